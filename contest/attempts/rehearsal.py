"""A round sat by its organizer before anybody else: drawn, marked and scored, never stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from contest.attempts import paper, queries, service
from contest.attempts.models import Attempt
from contest.contests.models import Contest, Division, Round
from contest.contests.proving import plan_of
from contest.contests.specs import ContestSpec, RoundKind
from contest.errors import N_, Invalid, NotFound
from contest.rules import timing
from question_bank import queries as bank
from question_bank.rules import drawing

NO_ROUND = N_("Bản nháp không có đợt thi hoặc bảng thi này.")
NO_PAPER = N_("Đợt này nhận bài dự thi, không có đề để xem thử.")
SHORT = N_("Ngân hàng câu hỏi chưa đủ để rút đề cho đợt và bảng này, nên chưa xem thử được.")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a participant would sit; rows of no session, which nothing can write."""

    contest: Contest
    round: Round
    division: Division
    attempt: Attempt
    facts: queries.Facts  # what its answers are checked against
    divisions: Sequence[str]  # names, to choose another


def of_draft(
    session: Session,
    spec: ContestSpec,
    *,
    unit_id: int,
    round_at: int,
    division_at: int,
    seed: int,
    now: datetime,
) -> Rehearsal:
    """Draw the paper of `seed` for the round and division at these places (from 0).

    The clock runs as if the round opened now. Raises NotFound for a place that is not there, and
    Invalid where no paper can be drawn.
    """
    if not (0 <= round_at < len(spec.rounds) and 0 <= division_at < len(spec.divisions)):
        raise NotFound(NO_ROUND)
    each, group = spec.rounds[round_at], spec.divisions[division_at]
    if each.kind is not RoundKind.QUIZ:
        raise Invalid(NO_PAPER)
    pool = bank.candidates(
        session, audience=group.audience, valid_on=each.closes_at.date(), unit_id=unit_id
    )
    plan = plan_of(each)
    if drawing.check(pool, plan):
        raise Invalid(SHORT)
    drawn = drawing.draw(drawing.prepare(pool, plan), seed)
    contest = Contest(code=spec.code, title=spec.title, title_en=spec.title_en)
    round_ = Round(code=each.code, **each.columns())
    set_committed_value(round_, "contest", contest)
    division = Division(code=group.code, **group.columns())
    limit = division.time_limit_s or round_.time_limit_s
    ends = now + (round_.closes_at - round_.opens_at)
    window = timing.Window(
        opens_at=now,
        closes_at=ends,
        limit=round_.window(limit).limit,
        rule=timing.DeadlineRule(round_.deadline_rule),
    )
    attempt = Attempt(
        code="",
        paper=paper.stored(drawn),
        seed=seed,
        started_at=now,
        deadline=window.deadline(now),
        reached=1,
        handed_in_at=None,
        handed_in_by=None,
    )
    questions = bank.versions(session, [item.version_id for item in drawn.items])
    facts = queries.Facts(
        id=0,
        account_id=0,
        round_id=0,
        shapes=tuple(paper.shape(questions[item.version_id]) for item in drawn.items),
        has_guess=round_.guess_text is not None,
        is_one_way=False,
    )
    names = [one.name for one in spec.divisions]
    return Rehearsal(contest, round_, division, attempt, facts, names)


def score(session: Session, found: Rehearsal, values: Mapping[int, Any]) -> None:
    """Mark the paper and put its score on the attempt, as handing in does."""
    marks = service.mark_paper(session, found.attempt, found.round, values)
    service.write_score(found.attempt, found.round, marks)
