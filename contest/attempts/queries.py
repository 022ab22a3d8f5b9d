"""Reads of attempts, and the locks people race for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from contest.accounts.models import Account
from contest.attempts.models import Answer, Attempt
from contest.attempts.paper import Shape, items, shape
from contest.contests.models import Contest, Division, Round
from contest.core.cache import Cache
from contest.errors import N_, NotFound
from contest.rules.quota import Spent
from question_bank import queries as bank
from question_bank.rules.marking import Verdict

NO_ATTEMPT = N_("Không tìm thấy lượt thi này, hoặc lượt thi không phải của bạn.")


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an attempt never changes while it is written: kept in memory for the hot path."""

    id: int
    account_id: int
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


def facts(session: Session, code: str, *, by: int) -> Facts:
    """Return the unchanging facts of one's own attempt; NotFound for anybody else's."""
    found = _facts.get(code, lambda: _read_facts(session, code))
    if found.account_id != by:
        raise NotFound(NO_ATTEMPT)
    return found


def _read_facts(session: Session, code: str) -> Facts:
    row = session.execute(
        select(Attempt, Round.guess_text, Round.is_one_way)
        .join(Round, Round.id == Attempt.round_id)
        .where(Attempt.code == code)
    ).first()
    if row is None:
        raise NotFound(NO_ATTEMPT)
    attempt, guess_text, is_one_way = row
    drawn = items(attempt.paper)
    questions = bank.versions(session, [item.version_id for item in drawn])
    return Facts(
        id=attempt.id,
        account_id=attempt.account_id,
        shapes=tuple(shape(questions[item.version_id]) for item in drawn),
        has_guess=guess_text is not None,
        is_one_way=is_one_way,
    )


def clock_of(session: Session, attempt_id: int) -> Attempt:
    """Return the attempt's row, kept from being handed in until this transaction ends.

    KEY SHARE lets any number of saves through at once and waits only for a handing in.
    """
    found = select(Attempt).where(Attempt.id == attempt_id)
    locked = found.with_for_update(read=True, key_share=True)
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def lock(session: Session, code: str, *, by: int) -> Attempt:
    """Return one's own attempt, locked until the transaction ends."""
    found = select(Attempt).where(Attempt.code == code, Attempt.account_id == by)
    locked = found.with_for_update().execution_options(populate_existing=True)
    attempt = session.scalar(locked)
    if attempt is None:
        raise NotFound(NO_ATTEMPT)
    return attempt


def sat(session: Session, code: str, *, by: int) -> Sat:
    """Return one's own attempt with its round, contest and division."""
    row = session.execute(_sat().where(Attempt.code == code, Attempt.account_id == by)).first()
    if row is None:
        raise NotFound(NO_ATTEMPT)
    return Sat(*row)


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


def _highest(column: InstrumentedAttribute[int], when: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.max(case((when, column))), 0)


def answers(session: Session, attempt_id: int) -> Sequence[Answer]:
    """List the saved answers of an attempt by number."""
    found = select(Answer).where(Answer.attempt_id == attempt_id).order_by(Answer.no)
    return session.scalars(found.execution_options(populate_existing=True)).all()


def overdue(session: Session, *, before: datetime, limit: int) -> Sequence[Attempt]:
    """Lock some attempts whose deadline passed by `before` and nobody handed in."""
    found = (
        select(Attempt)
        .where(Attempt.handed_in_at.is_(None), Attempt.deadline <= before)
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
    name: str


def by_receipt(session: Session, receipt: str) -> Receipted:
    """Return the attempt a receipt names; NotFound when none has it."""
    row = session.execute(
        select(Attempt, Round, Contest, Account.name)
        .join(Round, Round.id == Attempt.round_id)
        .join(Contest, Contest.id == Attempt.contest_id)
        .join(Account, Account.id == Attempt.account_id)
        .where(Attempt.receipt == receipt)
    ).first()
    if row is None:
        raise NotFound(N_("Không có bài thi nào mang mã xác nhận này. Hãy xem lại từng chữ."))
    return Receipted(*row)
