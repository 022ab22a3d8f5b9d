"""Reads of attempts, and the locks people race for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.attempts.models import Answer, Attempt
from contest.attempts.paper import Shape, items, shape
from contest.contests import queries as contests
from contest.contests.models import Contest, Division, Registration, Round
from contest.core.cache import Cache
from contest.errors import N_, NotFound
from contest.rules.quota import Spent
from question_bank import queries as bank
from question_bank.rules.marking import Verdict

ATTEMPTS, ROUNDS = Attempt.metadata.tables["attempts"], Attempt.metadata.tables["rounds"]
NO_ATTEMPT = N_("Không tìm thấy lượt thi này, hoặc lượt thi không phải của bạn.")


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an attempt never changes while it is written: kept in memory for the hot path."""

    id: int
    account_id: int
    round_id: int
    shapes: tuple[Shape, ...]  # question 1 first
    has_guess: bool
    is_one_way: bool


_facts: Cache[Facts] = Cache(size=50_000, seconds=None)


@dataclass(frozen=True, slots=True)
class Sat:
    """An attempt as its person's list and result page show it."""

    attempt: Attempt
    round: Round
    contest: Contest
    division: Division


@dataclass(frozen=True, slots=True)
class Entry:
    """How a person stands in a round before a start."""

    registration_id: int
    division_id: int
    running: Attempt | None
    spent: Spent
    is_paused: bool  # the round, right now


def facts(session: Session, code: str, *, by: int) -> Facts:
    """Return the unchanging facts of one's own attempt; NotFound for anybody else's."""
    found = _facts.get(code, lambda: _read_facts(session, code))
    if found.account_id != by:
        raise NotFound(NO_ATTEMPT)
    return found


def known_round(code: str) -> int | None:
    """Return the round of an attempt whose facts this process has in memory."""
    found = _facts.peek(code)
    return None if found is None else found.round_id


FACTS = (
    select(
        ATTEMPTS.c.id,
        ATTEMPTS.c.account_id,
        ATTEMPTS.c.round_id,
        ATTEMPTS.c.paper,
        ROUNDS.c.guess_text,
        ROUNDS.c.is_one_way,
    )
    .join(ROUNDS, ROUNDS.c.id == ATTEMPTS.c.round_id)
    .where(ATTEMPTS.c.code == bindparam("code"))
)


def _read_facts(session: Session, code: str) -> Facts:
    row = session.connection().execute(FACTS, {"code": code}).first()
    if row is None:
        raise NotFound(NO_ATTEMPT)
    drawn = items(row.paper)
    questions = bank.versions(session, [item.version_id for item in drawn])
    return Facts(
        id=row.id,
        account_id=row.account_id,
        round_id=row.round_id,
        shapes=tuple(shape(questions[item.version_id]) for item in drawn),
        has_guess=row.guess_text is not None,
        is_one_way=row.is_one_way,
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """What of an attempt decides whether a choice is taken, read under its lock."""

    id: int
    deadline: datetime
    paused_at: datetime | None
    handed_in_at: datetime | None
    reached: int
    holder: str
    holder_no: int


CLOCK = (
    select(*(ATTEMPTS.c[name] for name in Clock.__slots__))
    .where(ATTEMPTS.c.id == bindparam("attempt_id"))
    .with_for_update(read=True, key_share=True)
)


def clock_of(session: Session, attempt_id: int) -> Clock:
    """Return an attempt's clock, kept from being handed in until this transaction ends.

    KEY SHARE lets any number of saves through at once and waits only for a handing in. Written by
    the table, prebuilt: it runs at each save.
    """
    return Clock(*session.connection().execute(CLOCK, {"attempt_id": attempt_id}).one())


def lock(session: Session, code: str, *, by: int) -> Attempt:
    """Return one's own attempt, locked until the transaction ends."""
    found = select(Attempt).where(Attempt.code == code, Attempt.account_id == by)
    locked = found.with_for_update().execution_options(populate_existing=True)
    attempt = session.scalar(locked)
    if attempt is None:
        raise NotFound(NO_ATTEMPT)
    return attempt


def would_void(session: Session, attempt: Attempt, no: int) -> bool:
    """Say whether question `no` is blank in a round that counts whole papers only."""
    is_answered = exists().where(
        Answer.attempt_id == attempt.id, Answer.no == no, Answer.value.is_not(None)
    )
    found = select(Round.requires_all & ~is_answered).where(Round.id == attempt.round_id)
    return session.execute(found).scalar_one()


# Statements of the hot path, built once.
_SAT = (
    select(Attempt, Contest.code)
    .join(Contest, Contest.id == Attempt.contest_id)
    .where(Attempt.code == bindparam("code"), Attempt.account_id == bindparam("account"))
)
_SAVED = Answer.__table__.c
_CHOICES = (
    select(_SAVED.no, _SAVED.value)
    .where(_SAVED.attempt_id == bindparam("attempt"))
    .order_by(_SAVED.no)
)


def sat(session: Session, code: str, *, by: int) -> Sat:
    """Return one's own attempt with its round, contest and division, these from memory."""
    row = session.execute(_SAT, {"code": code, "account": by}).first()
    if row is None:
        raise NotFound(NO_ATTEMPT)
    return beside(session, *row)


def beside(session: Session, attempt: Attempt, contest_code: str) -> Sat:
    """Return an attempt with its round, contest and division, these from memory."""
    kept = contests.remembered(session, contest_code)
    if attempt.round_id not in kept.rounds or attempt.division_id not in kept.divisions:
        contests.forget()  # another process changed the contest a moment ago
        kept = contests.remembered(session, contest_code)
    return Sat(
        attempt, kept.rounds[attempt.round_id], kept.contest, kept.divisions[attempt.division_id]
    )


def mine(session: Session, account_id: int, *, limit: int = 100) -> list[Sat]:
    """List one's own attempts, the newest first."""
    rows = session.execute(
        _sat()
        .where(Attempt.account_id == account_id)
        .order_by(Attempt.started_at.desc(), Attempt.id.desc())
        .limit(limit)
    )
    return [Sat(*row) for row in rows]


def _sat() -> Select[Attempt, Round, Contest, Division]:
    return (
        select(Attempt, Round, Contest, Division)
        .join(Round, Round.id == Attempt.round_id)
        .join(Contest, Contest.id == Attempt.contest_id)
        .join(Division, Division.id == Attempt.division_id)
    )


def in_round(session: Session, account_id: int, round_id: int) -> Sequence[Attempt]:
    """List one's own attempts of a round, the first first."""
    found = select(Attempt).where(Attempt.account_id == account_id, Attempt.round_id == round_id)
    return session.scalars(found.order_by(Attempt.round_no)).all()


def open_one(session: Session, account_id: int, round_id: int) -> Attempt | None:
    """Return the attempt of the round that is not handed in yet, if there is one."""
    return session.scalar(
        select(Attempt).where(
            Attempt.account_id == account_id,
            Attempt.round_id == round_id,
            Attempt.handed_in_at.is_(None),
        )
    )


def spent(
    session: Session, account_id: int, *, contest_id: int, round_id: int, day: date, week: date
) -> Spent:
    """Return the highest try numbers given out to a person, in one statement."""
    in_this_round = Attempt.round_id == round_id
    row = session.execute(
        select(
            func.coalesce(func.max(Attempt.contest_no), 0),
            _highest(Attempt.round_no, in_this_round),
            _highest(Attempt.day_no, and_(in_this_round, Attempt.day == day)),
            _highest(Attempt.week_no, and_(in_this_round, Attempt.week == week)),
        ).where(Attempt.account_id == account_id, Attempt.contest_id == contest_id)
    ).one()
    return Spent(total=row[0] or 0, per_round=row[1], per_day=row[2], per_week=row[3])


def _highest(column: Any, when: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.max(case((when, column))), 0)


def _entry_statement() -> Select[Any]:
    """Build the statement of `entry` on bare tables, once: building takes longer than running."""
    tries, entered = Attempt.__table__.c, Registration.__table__.c
    in_this_round = tries.round_id == bindparam("round")
    is_open = and_(in_this_round, tries.handed_in_at.is_(None))
    of_the_day = and_(in_this_round, tries.day == bindparam("day"))
    of_the_week = and_(in_this_round, tries.week == bindparam("week"))
    mine = and_(tries.account_id == entered.account_id, tries.contest_id == entered.contest_id)
    return (
        select(
            entered.id,
            entered.division_id,
            func.max(case((is_open, tries.id))),
            select(ROUNDS.c.paused_at.is_not(None))
            .where(ROUNDS.c.id == bindparam("round"))
            .scalar_subquery(),
            func.coalesce(func.max(tries.contest_no), 0),
            _highest(tries.round_no, in_this_round),
            _highest(tries.day_no, of_the_day),
            _highest(tries.week_no, of_the_week),
        )
        .select_from(Registration.__table__.outerjoin(Attempt.__table__, mine))
        .where(
            entered.account_id == bindparam("account"), entered.contest_id == bindparam("contest")
        )
        .group_by(entered.id, entered.division_id)
    )


def entry(
    session: Session, account_id: int, *, contest_id: int, round_id: int, day: date, week: date
) -> Entry | None:
    """Return how a person stands before a start, None when not registered, in one statement."""
    asked = {"account": account_id, "contest": contest_id, "round": round_id}
    row = session.execute(_ENTRY, {**asked, "day": day, "week": week}).first()
    if row is None:
        return None
    registration_id, division_id, open_id, is_paused, *highest = row
    running = None if open_id is None else session.get_one(Attempt, open_id)
    return Entry(registration_id, division_id, running, Spent(*highest), bool(is_paused))


_ENTRY = _entry_statement()


def choices(session: Session, attempt_id: int) -> dict[int, Any]:
    """Return the saved values of an attempt by number, for showing its paper."""
    rows = session.execute(_CHOICES, {"attempt": attempt_id})
    return {row.no: row.value for row in rows}


def answers(session: Session, attempt_id: int) -> Sequence[Answer]:
    """List the saved answers of an attempt by number."""
    found = select(Answer).where(Answer.attempt_id == attempt_id).order_by(Answer.no)
    return session.scalars(found.execution_options(populate_existing=True)).all()


def overdue(session: Session, *, before: datetime, limit: int) -> Sequence[Attempt]:
    """Lock some attempts whose deadline passed by `before` and nobody handed in."""
    found = (
        select(Attempt)
        .where(
            Attempt.handed_in_at.is_(None),
            Attempt.paused_at.is_(None),
            Attempt.deadline <= before,
        )
        .order_by(Attempt.deadline)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(found).all()


def uncounted(
    session: Session, *, before: Mapping[int, datetime] | None = None, limit: int = 500
) -> Sequence[Attempt]:
    """Lock some handed-in attempts that no board took in yet, the earliest first.

    `before` holds back what a round (by id) handed in at or after a moment: its public board
    stands still. Practice counts for nothing and never comes.
    """
    waits = [
        and_(Attempt.round_id == round_id, Attempt.handed_in_at >= moment)
        for round_id, moment in (before or {}).items()
    ]
    found = (
        select(Attempt)
        .where(
            Attempt.counted_at.is_(None),
            Attempt.handed_in_at.is_not(None),
            Attempt.contest_no.is_not(None),
            *([~or_(*waits)] if waits else []),
        )
        .order_by(Attempt.handed_in_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(found).all()


def reopened(session: Session, *, limit: int) -> Sequence[Attempt]:
    """Lock some attempts that were opened again after the boards took them in."""
    found = select(Attempt).where(Attempt.recount.is_(True)).order_by(Attempt.id).limit(limit)
    return session.scalars(found.with_for_update(skip_locked=True)).all()


def unexposed(session: Session, *, limit: int) -> Sequence[Attempt]:
    """Lock some attempts whose questions' exposure was not counted yet."""
    found = select(Attempt).where(Attempt.exposed_at.is_(None)).order_by(Attempt.id).limit(limit)
    return session.scalars(found.with_for_update(skip_locked=True)).all()


def marked(session: Session, round_id: int) -> dict[int, tuple[int, int]]:
    """Count, for each question version drawn in a round: papers handed in, and wholly right."""
    papers, rights = Counter[int](), Counter[int]()
    found = select(Attempt.paper, Attempt.marks).where(
        Attempt.round_id == round_id, Attempt.handed_in_at.is_not(None)
    )
    for drawn, marks in session.execute(found.execution_options(yield_per=1000)):
        for row, (_points, verdict) in zip(drawn, marks or (), strict=True):
            papers[row["v"]] += 1
            rights[row["v"]] += verdict == Verdict.RIGHT
    return {version_id: (count, rights[version_id]) for version_id, count in papers.items()}


def has_open(session: Session, round_id: int) -> bool:
    """Say whether anybody still writes in the round."""
    found = select(Attempt.id).where(Attempt.round_id == round_id, Attempt.handed_in_at.is_(None))
    return session.scalar(found.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Receipted:
    """An attempt found by its receipt, for anybody who holds the code."""

    attempt: Attempt
    round: Round
    contest: Contest
    name: str  # as at handing in


def name_of(account_id: int) -> ScalarSelect[str]:
    """Give a person's name as the database finds it while it writes: no statement of its own."""
    return select(Account.name).where(Account.id == account_id).scalar_subquery()


def by_receipt(session: Session, receipt: str) -> Receipted:
    """Return the attempt a receipt names; NotFound when none has it."""
    row = session.execute(
        select(Attempt, Round, Contest, func.coalesce(Attempt.handed_in_as, Account.name))
        .join(Round, Round.id == Attempt.round_id)
        .join(Contest, Contest.id == Attempt.contest_id)
        .join(Account, Account.id == Attempt.account_id)
        .where(Attempt.receipt == receipt)
    ).first()
    if row is None:
        raise NotFound(N_("Không có bài thi nào mang mã xác nhận này. Hãy xem lại từng chữ."))
    return Receipted(*row)
