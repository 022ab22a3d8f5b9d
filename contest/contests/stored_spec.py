"""A stored contest as its file would say it: what editing and copying begin from."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Unit
from contest.contests import queries
from contest.contests.models import Contest, Division, Round
from contest.contests.specs import (
    Combine,
    ContestSpec,
    DivisionSpec,
    PrizeSpec,
    QuotaSpec,
    RoundKind,
    RoundSpec,
    Shows,
    TargetSpec,
)
from contest.rules.guess import GuessTarget
from contest.rules.identity import IdentityRules
from contest.rules.privacy import NameMask
from contest.rules.quota import CountingRule
from contest.rules.ranking import TieBreak
from contest.rules.timing import DeadlineRule
from question_bank.rules.keys import PartialPolicy


def spec_of(session: Session, contest: Contest, zone: ZoneInfo) -> ContestSpec:
    """Return a stored contest, its rounds and divisions loaded, as its file would say it."""
    codes = {each.id: each.code for each in queries.audiences(session, contest).values()}
    people_by_unit = queries.targets(session, contest.id)
    wanted = {contest.unit_id, *people_by_unit}
    rows = session.execute(select(Unit.id, Unit.code).where(Unit.id.in_(wanted)))
    units: dict[int, str] = dict(rows.all())
    return ContestSpec(
        code=contest.code,
        unit=units[contest.unit_id],
        title=contest.title,
        title_en=contest.title_en,
        about=contest.about,
        about_en=contest.about_en,
        contact=contest.contact,
        extra=contest.extra,
        extra_en=contest.extra_en,
        tries_total=contest.tries_total,
        name_mask=NameMask(contest.name_mask),
        combine=Combine(contest.combine),
        identity=IdentityRules.from_json(contest.identity),
        divisions=tuple(
            _division_spec(each, codes[each.audience_id]) for each in contest.divisions
        ),
        rounds=tuple(_round_spec(each, zone) for each in contest.rounds),
        targets=tuple(TargetSpec(units[id_], number) for id_, number in people_by_unit.items()),
    )


def _division_spec(row: Division, audience: str) -> DivisionSpec:
    return DivisionSpec(
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        audience=audience,
        is_easy=row.is_easy,
        time_limit_s=row.time_limit_s,
        prizes=tuple(PrizeSpec(**prize) for prize in row.prizes),
    )


def _round_spec(row: Round, zone: ZoneInfo) -> RoundSpec:
    return RoundSpec(
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        kind=RoundKind(row.kind),
        weight=row.weight,
        opens_at=row.opens_at.astimezone(zone),
        closes_at=row.closes_at.astimezone(zone),
        time_limit_s=row.time_limit_s,
        deadline_rule=DeadlineRule(row.deadline_rule),
        is_practice=row.is_practice,
        tries_round=row.tries_round,
        tries_day=row.tries_day,
        tries_week=row.tries_week,
        counting=CountingRule(row.counting),
        is_one_way=row.is_one_way,
        shuffles_questions=row.shuffles_questions,
        shuffles_options=row.shuffles_options,
        shows=Shows(row.shows),
        explains=row.explains,
        requires_all=row.requires_all,
        plan=tuple(
            QuotaSpec(**{**quota, "audiences": tuple(quota["audiences"])}) for quota in row.plan
        ),
        bound=row.bound,
        points=row.points,
        partial=PartialPolicy(row.partial),
        wrong=row.wrong,
        entries=row.entry_rules(),
        guess_text=row.guess_text,
        guess_text_en=row.guess_text_en,
        guess_target=None if row.guess_target is None else GuessTarget(row.guess_target),
        ties=tuple(TieBreak(tie) for tie in row.ties),
        freeze_s=row.freeze_s,
    )
