"""Reads of contests, rounds, divisions and registrations."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from contest.accounts import queries as people
from contest.accounts.models import Unit
from contest.audiences.models import Audience
from contest.contests.models import (
    Contest,
    Division,
    Registration,
    Round,
    RuleChange,
    UnitTarget,
)
from contest.contests.specs import RoundKind
from contest.core.cache import Cache
from contest.errors import N_, NotFound, TooEarly
from contest.rules import lifecycle
from contest.rules.eligibility import AudienceRules, PersonFacts, Reason, why_not
from contest.rules.identity import IdentityRules
from contest.rules.lifecycle import ContestState, Phase, RoundFacts

Part = TypeVar("Part", Round, Division)

NO_CONTEST = N_("Không tìm thấy cuộc thi này, hoặc cuộc thi chưa được công bố.")
NO_PAPERS = N_(
    "Đợt này nộp bài dự thi, không làm bài trắc nghiệm. Bạn vào trang cuộc thi để nộp bài."
)
NO_ROUND = N_("Không tìm thấy đợt thi này trong cuộc thi.")
NO_DIVISION = N_("Không tìm thấy bảng thi này.")
KEPT_SECONDS = 5  # how long another process may still see a contest as it was before a change


@dataclass(frozen=True, slots=True)
class Listed:
    """A published contest as the lists show it: what is open, what comes next.

    `open_round` closes first of those that count and are open now (a practice round when nothing
    else is); `next_round` is the next one to open; with neither, the contest is over.
    """

    id: int
    code: str
    title: str
    title_en: str
    unit_name: str
    open_round: Round | None
    next_round: Round | None
    last_closes_at: datetime


def published(session: Session, now: datetime) -> list[Listed]:
    """List the published contests: open first, then coming, then over, latest ended first."""
    rows = session.execute(
        select(Contest, Unit.name)
        .join(Unit, Unit.id == Contest.unit_id)
        .where(Contest.state == ContestState.PUBLISHED)
        .options(selectinload(Contest.rounds))
    )
    listed = [_listed(contest, unit_name, now) for contest, unit_name in rows]
    return sorted(listed, key=lambda row: _urgency(row, now))


def _listed(contest: Contest, unit_name: str, now: datetime) -> Listed:
    # What can be taken part in; one without rules yet still says when it opens.
    taken = [each for each in contest.rounds if each.kind == RoundKind.QUIZ or each.entries]
    open_now = [each for each in taken if each.opens_at <= now < each.closes_at]
    coming = [each for each in taken or contest.rounds if now < each.opens_at]
    return Listed(
        id=contest.id,
        code=contest.code,
        title=contest.title,
        title_en=contest.title_en,
        unit_name=unit_name,
        open_round=min(open_now, key=_first_of_all, default=None),
        next_round=min(coming, key=lambda each: each.opens_at, default=None),
        last_closes_at=max((each.closes_at for each in contest.rounds), default=contest.loaded_at),
    )


def _first_of_all(each: Round) -> tuple[bool, bool, datetime]:
    """Order what is open: practice last, papers before entries, then what closes first."""
    return each.is_practice, each.kind != RoundKind.QUIZ, each.closes_at


def _urgency(row: Listed, now: datetime) -> tuple[int, float, str]:
    """Order a list: what closes first, what opens first, what ended last."""
    if row.open_round is not None:
        return 0, (row.open_round.closes_at - now).total_seconds(), row.code
    if row.next_round is not None:
        return 1, (row.next_round.opens_at - now).total_seconds(), row.code
    return 2, (now - row.last_closes_at).total_seconds(), row.code


def contest(session: Session, code: str) -> Contest:
    """Return a published contest with its rounds and divisions, in three statements."""
    found = session.scalar(
        select(Contest)
        .where(Contest.code == code, Contest.state == ContestState.PUBLISHED)
        .options(selectinload(Contest.rounds), selectinload(Contest.divisions))
    )
    if found is None:
        raise NotFound(NO_CONTEST)
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """A contest with all it is made of, as this process remembers it: only for reading."""

    contest: Contest  # of no session, rounds and divisions loaded
    audiences: Mapping[int, Audience]  # by id
    rounds: Mapping[int, Round]  # by id, `.contest` loaded
    divisions: Mapping[int, Division]  # by id
    rules: Mapping[int, AudienceRules]  # by the audience's id

    def refusal(self, division: Division, facts: PersonFacts, on: date) -> Reason | None:
        """Say why a person may not enter a division on that day; None: they may."""
        audience = self.audiences[division.audience_id]
        return why_not(facts, audience.code, self.rules[audience.id], on)


_kept: Cache[Kept] = Cache(size=200, seconds=KEPT_SECONDS)


def remembered(session: Session, code: str) -> Kept:
    """Return a contest of any state from memory, at most `KEPT_SECONDS` old.

    What this process writes, it forgets (see `forget`), so its own changes as a rule show at once.
    """
    return _kept.get(code, lambda: _read_kept(session, code))


def kept(session: Session, code: str) -> Kept:
    """Return a published contest from memory, for the paths that thousands take in one minute."""
    found = remembered(session, code)
    if found.contest.state != ContestState.PUBLISHED:
        raise NotFound(NO_CONTEST)
    return found


def kept_round(session: Session, contest_code: str, round_code: str) -> tuple[Kept, Round]:
    """Return a round of a published contest, and that contest, from memory.

    Raises TooEarly for a round of entries: no paper can be drawn for it.
    """
    try:
        found = kept(session, contest_code)
    except NotFound as error:
        raise NotFound(NO_ROUND) from error
    for each in found.contest.rounds:
        if each.code == round_code:
            if each.kind != RoundKind.QUIZ:
                raise TooEarly(NO_PAPERS)
            return found, each
    raise NotFound(NO_ROUND)


def _read_kept(session: Session, code: str) -> Kept:
    row = session.execute(select(Contest.__table__).where(Contest.code == code)).first()
    if row is None:
        raise NotFound(NO_CONTEST)
    contest = Contest(**row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented name
    rounds = _copies(session, Round, contest.id, by=Round.opens_at)
    divisions = _copies(session, Division, contest.id, by=Division.position)
    set_committed_value(contest, "rounds", rounds)
    set_committed_value(contest, "divisions", divisions)
    for each in (*contest.rounds, *contest.divisions):
        set_committed_value(each, "contest", contest)
    wanted = {division.audience_id for division in contest.divisions}
    rows = session.execute(select(Audience.__table__).where(Audience.id.in_(wanted)))
    audiences = [Audience(**row._mapping) for row in rows]  # noqa: SLF001
    return Kept(
        contest=contest,
        audiences={each.id: each for each in audiences},
        rounds={each.id: each for each in contest.rounds},
        divisions={each.id: each for each in contest.divisions},
        rules={each.id: AudienceRules.from_json(each.rules) for each in audiences},
    )


def _copies(session: Session, kind: type[Part], contest_id: int, *, by: Any) -> list[Part]:
    """Read the rounds or divisions of a contest as objects that belong to no session."""
    found = select(kind.__table__).where(kind.contest_id == contest_id).order_by(by)
    return [kind(**row._mapping) for row in session.execute(found)]  # noqa: SLF001


def forget(*_: object) -> None:
    """Read contests anew: one of their rows was written."""
    _kept.clear()


for _kind in (Contest, Round, Division, Audience):
    for _change in ("after_insert", "after_update", "after_delete"):
        event.listen(_kind, _change, forget)


def audiences(session: Session, contest: Contest) -> dict[int, Audience]:
    """Return the audiences of a contest's divisions, by id."""
    wanted = {division.audience_id for division in contest.divisions}
    return {
        each.id: each for each in session.scalars(select(Audience).where(Audience.id.in_(wanted)))
    }


def owner(session: Session, contest: Contest) -> Unit:
    """Return the unit that owns a contest."""
    return session.scalars(select(Unit).where(Unit.id == contest.unit_id)).one()


def round_of(session: Session, contest_code: str, round_code: str) -> Round:
    """Return a quiz of a published contest, `.contest` loaded, in one statement."""
    found = session.scalar(
        select(Round)
        .join(Round.contest)
        .where(
            Contest.code == contest_code,
            Contest.state == ContestState.PUBLISHED,
            Round.code == round_code,
        )
        .options(joinedload(Round.contest, innerjoin=True))
    )
    if found is None:
        raise NotFound(NO_ROUND)
    if found.kind != RoundKind.QUIZ:
        raise TooEarly(NO_PAPERS)
    return found


def registration_of(session: Session, contest_id: int, account_id: int) -> Registration | None:
    """Return a person's registration in a contest, None when there is none."""
    return session.scalar(
        select(Registration).where(
            Registration.contest_id == contest_id, Registration.account_id == account_id
        )
    )


def division(session: Session, division_id: int) -> Division:
    """Return one division."""
    found = session.get(Division, division_id)
    if found is None:
        raise NotFound(NO_DIVISION)
    return found


def targets(session: Session, contest_id: int) -> dict[int, int]:
    """Return how many people each unit is asked to bring, by the unit's id."""
    rows = session.execute(
        select(UnitTarget.unit_id, UnitTarget.people).where(UnitTarget.contest_id == contest_id)
    )
    return {row.unit_id: row.people for row in rows}


def eligibility(
    session: Session, found: Kept, account_id: int, on: date
) -> list[tuple[Division, Reason | None]]:
    """Say for each division, in its order, why a person may not enter it on that day; None: may."""
    facts = people.person_facts(session, account_id)
    return [(each, found.refusal(each, facts, on)) for each in found.contest.divisions]


def lock_by_code(session: Session, code: str) -> Contest | None:
    """Return a contest of any state with rounds and divisions, locked for changing."""
    return session.scalar(
        select(Contest)
        .where(Contest.code == code)
        .options(selectinload(Contest.rounds), selectinload(Contest.divisions))
        .with_for_update(of=Contest)
    )


def has_registrations(session: Session, contest_id: int) -> bool:
    """Say whether anybody entered the contest."""
    found = select(Registration.id).where(Registration.contest_id == contest_id)
    return session.scalar(found.limit(1)) is not None


def unit_ids(session: Session, codes: Collection[str]) -> dict[str, int]:
    """Return the ids of units by code; codes without a unit are left out."""
    rows = session.execute(select(Unit.code, Unit.id).where(Unit.code.in_(codes)))
    return {row.code: row.id for row in rows}


def unsettled(session: Session, now: datetime) -> Sequence[Round]:
    """Return the quizzes that count and have closed without official results, earliest first."""
    return session.scalars(
        select(Round)
        .join(Round.contest)
        .where(
            Contest.state == ContestState.PUBLISHED,
            Round.settled_at.is_(None),
            Round.is_practice.is_(False),
            Round.kind == RoundKind.QUIZ,
            Round.closes_at <= now,
        )
        .options(joinedload(Round.contest, innerjoin=True))
        .order_by(Round.closes_at, Round.id)
    ).all()


@dataclass(frozen=True, slots=True)
class Past:
    """A contest whose people's details are to be deleted by now."""

    id: int
    code: str
    unit_id: int


def past_keeping(session: Session, now: datetime) -> list[Past]:
    """Return the contests whose days of keeping people's details are over."""
    last = select(func.max(Round.closes_at)).where(Round.contest_id == Contest.id)
    closed = last.scalar_subquery()
    rows = session.execute(
        select(Contest.id, Contest.code, Contest.unit_id, Contest.identity, closed)
        .where(closed < now - timedelta(days=1))
        .order_by(Contest.id)
    )
    return [
        Past(id_, code, unit_id)
        for id_, code, unit_id, asked, closed_at in rows
        if IdentityRules.from_json(asked).kept_until(closed_at) <= now
    ]


def phase(each: Round, now: datetime) -> Phase:
    """Tell where a loaded round is, extra time given to single people aside."""
    facts = RoundFacts(
        opens_at=each.opens_at,
        closes_at=each.closes_at,
        last_deadline=each.window().last_deadline,
        freeze=timedelta(seconds=each.freeze_s) if each.freeze_s else None,
        settled_at=each.settled_at,
    )
    return lifecycle.phase(facts, now)


def commitment(each: Round) -> str:
    """Give what is public of a round's seed before closing: the SHA-256 of its decimal digits."""
    return hashlib.sha256(str(each.draw_seed).encode()).hexdigest()


def entered(session: Session, account_id: int) -> set[int]:
    """Return the ids of the contests a person is registered in."""
    found = select(Registration.contest_id).where(Registration.account_id == account_id)
    return set(session.scalars(found))


def changes_of(session: Session, contest_id: int) -> Sequence[RuleChange]:
    """Return what was changed in a contest's rules since it was published, the latest first."""
    found = select(RuleChange).where(RuleChange.contest_id == contest_id)
    return session.scalars(found.order_by(RuleChange.at.desc(), RuleChange.id.desc())).all()


@dataclass(frozen=True, slots=True)
class Owned:
    """A published contest as its organizers' list shows it."""

    code: str
    title: str
    unit_name: str
    opens_at: datetime | None  # of the first round
    closes_at: datetime | None  # of the last one


def owned(session: Session, paths: Sequence[str]) -> list[Owned]:
    """List the published contests of units in some parts of the tree, the latest first."""
    opens, closes = func.min(Round.opens_at), func.max(Round.closes_at)
    rows = session.execute(
        select(Contest.code, Contest.title, Unit.name, opens, closes)
        .join(Unit, Unit.id == Contest.unit_id)
        .outerjoin(Round, Round.contest_id == Contest.id)
        .where(Contest.state == ContestState.PUBLISHED, people.inside(paths))
        .group_by(Contest.id, Contest.code, Contest.title, Unit.name)
        .order_by(closes.desc(), Contest.id)
    )
    return [Owned(*row) for row in rows]


def owned_one(session: Session, code: str, paths: Sequence[str]) -> Contest:
    """Return a published contest of a unit in some parts of the tree; NotFound outside them."""
    found = session.scalar(
        select(Contest)
        .join(Unit, Unit.id == Contest.unit_id)
        .where(Contest.code == code, Contest.state == ContestState.PUBLISHED, people.inside(paths))
        .options(selectinload(Contest.rounds), selectinload(Contest.divisions))
    )
    if found is None:
        raise NotFound(NO_CONTEST)
    return found
