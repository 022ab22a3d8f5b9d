"""Reads of boards: pages, places, what stands above, units; and what the counting works from.

No read grows with the board: a long board has steps, measured rows every thousand, and whatever
is asked for is found from the nearest one.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    and_,
    case,
    func,
    not_,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Session

from contest.accounts import queries as people
from contest.accounts.models import Account, Unit
from contest.attempts.models import Attempt
from contest.contests.models import Contest, Division, Registration, Round
from contest.contests.specs import RoundKind
from contest.core import db
from contest.errors import N_, NotFound
from contest.judging import result_queries as jury
from contest.rules.guess import GuessTarget
from contest.rules.quota import CountingRule
from contest.rules.ranking import TieBreak, competition_places
from contest.rules.timing import local_month
from contest.rules.unit_totals import UnitTotal, scopes
from contest.standings.models import (
    Board,
    OfficialRow,
    OfficialUnit,
    Revision,
    Standing,
    Step,
    UnitResult,
    UnitStanding,
)
from contest.standings.rules import (
    JUDGED_OUT_OF,
    JUDGED_TIES,
    Combine,
    ContestRules,
    Entrant,
    RoundRules,
    Tried,
)

PER_PAGE = 50
STEP = 1000  # rows between two steps
LONG = 2 * STEP  # a board with more people than this has steps
STREAMED = 2000  # rows fetched at once when a whole board is counted again
BOARDS_LOCK = 0x626F6172  # "boar": the key of PostgreSQL's advisory lock


# What the counting works from


def lock_boards(session: Session) -> None:
    """Wait until nobody else writes boards; held to the end of the transaction.

    SQLite has one writer anyway. One lock for all boards, taken before anything else, leaves no
    order in which two workers could wait for each other.
    """
    if db.lock_for_update(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": BOARDS_LOCK})


def freezes(session: Session, now: datetime) -> dict[int, datetime]:
    """Return since when the public boards of a round, by its id, stand still now."""
    running = select(Round).where(Round.opens_at <= now, Round.closes_at > now, Round.freeze_s > 0)
    since = {each.id: frozen_since(each, now) for each in session.scalars(running)}
    return {round_id: moment for round_id, moment in since.items() if moment is not None}


def frozen_since(round_: Round, now: datetime) -> datetime | None:
    """Return since when the round's public boards stand still; None while they do not."""
    since = max(round_.opens_at, round_.closes_at - timedelta(seconds=round_.freeze_s))
    return since if round_.freeze_s and since <= now < round_.closes_at else None


def contest_rules(
    session: Session, contest_ids: Sequence[int], zone: ZoneInfo
) -> dict[int, ContestRules]:
    """Return what makes the boards of these contests, by id; practice rounds are none of it."""
    found = session.execute(
        select(Contest.id, Contest.code, Contest.combine, Round)
        .join(Round, and_(Round.contest_id == Contest.id, Round.is_practice.is_(False)))
        .where(Contest.id.in_(contest_ids))
        .order_by(Contest.id, Round.closes_at, Round.id)
        .execution_options(populate_existing=True)
    )
    rules: dict[int, ContestRules] = {}
    for contest_id, code, combine, round_ in found:
        before = rules[contest_id].rounds if contest_id in rules else ()
        rules[contest_id] = ContestRules(
            contest_id, code, Combine(combine), (*before, _round_rules(round_, zone))
        )
    return rules


def rules_of(contest: Contest, zone: ZoneInfo) -> ContestRules:
    """Return what makes the boards of a contest whose rounds are loaded."""
    counting = [each for each in contest.rounds if not each.is_practice]
    counting.sort(key=lambda each: (each.closes_at, each.id))
    rounds = tuple(_round_rules(each, zone) for each in counting)
    return ContestRules(contest.id, contest.code, Combine(contest.combine), rounds)


def _round_rules(round_: Round, zone: ZoneInfo) -> RoundRules:
    is_sat = round_.kind == RoundKind.QUIZ
    questions = sum(quota["count"] for quota in round_.plan)
    return RoundRules(
        id=round_.id,
        code=round_.code,
        closes_at=round_.closes_at,
        month=local_month(round_.closes_at, zone),
        counting=CountingRule(round_.counting),
        ties=tuple(TieBreak(tie) for tie in round_.ties) if is_sat else JUDGED_TIES,
        seed=round_.draw_seed,
        has_guess=round_.guess_target is not None,
        actual=round_.guess_actual if round_.settled_at is not None else None,
        is_settled=round_.settled_at is not None,
        is_sat=is_sat,
        weight=round_.weight,
        out_of=round_.points * questions if is_sat else JUDGED_OUT_OF,
    )


def divisions(session: Session, contest_ids: Sequence[int]) -> list[tuple[int, int, str]]:
    """Return (contest id, division id, code) of every division of the contests."""
    found = select(Division.contest_id, Division.id, Division.code)
    rows = session.execute(found.where(Division.contest_id.in_(contest_ids)))
    return [(contest_id, division_id, code) for contest_id, division_id, code in rows]


def tried(
    session: Session,
    *which: ColumnElement[bool],
    rounds: Sequence[int] | None = None,
    judged: Sequence[int],
    stream: int | None = None,
) -> Iterator[tuple[int, Entrant, list[Tried]]]:
    """Yield (contest id, entrant, the tries the boards have taken in), an entrant at a time.

    `which` asks of Registration; `rounds` are the only ones whose papers are read (None: all).
    `judged` are the rounds whose published entries are read besides; nothing is asked without any.
    """
    sat = _papers(session, *which, rounds=rounds, stream=stream)
    both = heapq.merge(sat, _entries(session, *which, judged=judged, stream=stream), key=_id_first)
    for _, group in groupby(both, key=_id_first):
        rows = list(group)
        contest_id, entrant, _ = rows[0]
        yield contest_id, entrant, [each for *_, each in rows]


_Try = tuple[int, Entrant, Tried]


def _id_first(row: _Try) -> int:
    return row[1].id


def _papers(
    session: Session,
    *which: ColumnElement[bool],
    rounds: Sequence[int] | None,
    stream: int | None,
) -> Iterator[_Try]:
    found = (
        select(
            Registration.id.label("registration_id"),
            Registration.contest_id,
            Registration.code,
            Registration.division_id,
            Registration.unit_id,
            Registration.registered_at,
            Attempt.id,
            Attempt.round_id,
            Attempt.points,
            Attempt.duration_ms,
            Attempt.handed_in_at,
            Attempt.guess,
            Attempt.is_void,
        )
        .join(Attempt, Attempt.registration_id == Registration.id)
        .where(Attempt.counted_at.is_not(None), Attempt.contest_no.is_not(None), *which)
        .order_by(Registration.id, Attempt.id)
    )
    if rounds is not None:
        found = found.where(Attempt.round_id.in_(rounds))
    if stream is not None:
        found = found.execution_options(yield_per=stream)
    for row in session.execute(found):
        entrant = Entrant(
            row.registration_id, row.code, row.division_id, row.unit_id, row.registered_at
        )
        paper = Tried(
            row.id,
            row.round_id,
            row.points or Decimal(0),
            row.duration_ms or 0,
            row.handed_in_at,
            row.guess,
            bool(row.is_void),
        )
        yield row.contest_id, entrant, paper


def _entries(
    session: Session, *which: ColumnElement[bool], judged: Sequence[int], stream: int | None
) -> Iterator[_Try]:
    if not judged:
        return
    for each in jury.published_marks(session, judged, *which, stream=stream):
        entrant = Entrant(
            each.registration_id,
            each.registration_code,
            each.division_id,
            each.unit_id,
            each.registered_at,
        )
        entry = Tried(
            id=None,
            round_id=each.round_id,
            points=each.mark,
            duration_ms=0,
            handed_in_at=each.sent_at,
            guess=None,
            is_void=False,
            place=each.place,
        )
        yield each.contest_id, entrant, entry


def has_uncounted(session: Session, round_id: int) -> bool:
    """Say whether a handed-in paper of the round still waits for the boards."""
    found = select(Attempt.id).where(
        Attempt.round_id == round_id,
        Attempt.counted_at.is_(None),
        Attempt.handed_in_at.is_not(None),
    )
    return session.scalar(found.limit(1)) is not None


def guess_actual(session: Session, round_id: int, target: GuessTarget) -> int:
    """Count what was to be guessed, as rules/guess.py does, in the database.

    Void tries count for nothing, so the participants are exactly the people on the round's boards.
    """
    person = Attempt.registration_id
    counted: dict[GuessTarget, ColumnElement[int]] = {
        GuessTarget.TRIES: func.count(),
        GuessTarget.PARTICIPANTS: func.count(person.distinct()),
        GuessTarget.ALL_RIGHT_PEOPLE: func.count(
            case((Attempt.is_all_right.is_(True), person)).distinct()
        ),
    }
    found = select(counted[target]).where(
        Attempt.round_id == round_id,
        Attempt.handed_in_at.is_not(None),
        Attempt.is_void.is_not(True),
    )
    return session.scalars(found).one()


def long_board_to_measure(session: Session, *, laid_before: datetime) -> int | None:
    """Return a long provisional board that changed since its steps were laid, the stalest first."""
    never = Board.stepped_at.is_(None)
    return session.scalar(
        select(Board.id)
        .where(
            Board.people > LONG,
            Board.revision == 0,
            or_(
                never,
                and_(Board.changed_at > Board.stepped_at, Board.stepped_at <= laid_before),
            ),
        )
        .order_by(never.desc(), Board.stepped_at, Board.id)
        .limit(1)
    )


# Pages


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A line of a board as it is read: the name is whole, the view masks it."""

    place: int
    registration_id: int
    code: str
    name: str
    unit_name: str
    registered_at: datetime
    points: Decimal
    guess: int | None
    guess_distance: int | None
    duration_ms: int
    handed_in_at: datetime
    tries: int


def board(session: Session, code: str) -> Board | None:
    """Return a board by its code; there is none before the first result."""
    return session.scalar(select(Board).where(Board.code == code))


def boards_of(session: Session, contest_id: int) -> Sequence[Board]:
    return session.scalars(
        select(Board).where(Board.contest_id == contest_id).order_by(Board.id)
    ).all()


def revisions(session: Session, board_id: int) -> Sequence[Revision]:
    """Return the official result's history, the first writing first."""
    found = select(Revision).where(Revision.board_id == board_id)
    return session.scalars(found.order_by(Revision.no)).all()


def page(session: Session, board: Board, number: int, *, size: int = PER_PAGE) -> list[BoardRow]:
    """Return a page of the board, from 1; empty after the last."""
    start = (number - 1) * size
    if board.revision:
        lines = _official(board).where(
            OfficialRow.position > start, OfficialRow.position <= start + size
        )
        return [_official_row(row) for row in session.execute(_kept(lines.subquery()))]
    step = _step_before(session, board.id, start) if start else None
    lines = _lines(board.id)
    shift = start
    if step is not None:
        lines = lines.where(*_from(step))
        start -= step.before
    lines = lines.order_by(Standing.sort_key, Standing.registration_id).offset(start).limit(size)
    rows = session.execute(_told(lines.subquery(), "sort_key", "registration_id")).all()
    if not rows:
        return []
    first = place(session, board.id, rows[0].sort_key) if shift else 1
    places = competition_places(row.sort_key for row in rows)
    return [
        _row(row, first if here == 1 else shift + here)
        for row, here in zip(rows, places, strict=True)
    ]


def _step_before(session: Session, board_id: int, start: int) -> Row[int, str, int] | None:
    return session.execute(
        select(Step.before, Step.sort_key, Step.registration_id)
        .where(Step.board_id == board_id, Step.before <= start)
        .order_by(Step.before.desc())
        .limit(1)
    ).first()


def place(session: Session, board_id: int, sort_key: str) -> int:
    """Return the provisional place of a key: 1 + the rows with a smaller one.

    Counted from the last step before it: at most a thousand rows, and what came in since.
    """
    step = session.execute(
        select(Step.before, Step.sort_key, Step.registration_id)
        .where(Step.board_id == board_id, Step.sort_key < sort_key)
        .order_by(Step.sort_key.desc(), Step.before.desc())
        .limit(1)
    ).first()
    above = select(func.count()).where(Standing.board_id == board_id, Standing.sort_key < sort_key)
    if step is not None:
        above = above.where(*_from(step))
    return 1 + (step.before if step is not None else 0) + session.scalars(above).one()


def _from(step: Row[int, str, int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions of the rows from a step on.

    The first says less than the second; PostgreSQL guesses a range by it, not by the pair, and
    would else start parallel workers to count a handful of rows.
    """
    pair = tuple_(Standing.sort_key, Standing.registration_id)
    return (
        Standing.sort_key >= step.sort_key,
        pair >= tuple_(step.sort_key, step.registration_id),
    )


def own(session: Session, board: Board, registration_id: int) -> BoardRow | None:
    """Return one person's line with its place; None when they are not on the board."""
    if board.revision:
        lines = _official(board).where(OfficialRow.registration_id == registration_id)
        found = session.execute(_kept(lines.subquery())).first()
        return _official_row(found) if found is not None else None
    lines = _lines(board.id).where(Standing.registration_id == registration_id)
    found = session.execute(_told(lines.subquery(), "sort_key")).first()
    return _row(found, place(session, board.id, found.sort_key)) if found is not None else None


def above(session: Session, board: Board, registration_id: int) -> BoardRow | None:
    """Return the line right above a person's; None for the first, and for nobody on the board."""
    if board.revision:
        mine = _official(board).where(OfficialRow.registration_id == registration_id).subquery()
        lines = _official(board).where(
            OfficialRow.position == select(mine.c.position - 1).scalar_subquery()
        )
        found = session.execute(_kept(lines.subquery())).first()
        return _official_row(found) if found is not None else None
    key = session.scalar(
        select(Standing.sort_key).where(
            Standing.board_id == board.id, Standing.registration_id == registration_id
        )
    )
    if key is None:
        return None
    here = tuple_(Standing.sort_key, Standing.registration_id)
    lines = (
        _lines(board.id)
        .where(here < tuple_(key, registration_id))
        .order_by(Standing.sort_key.desc(), Standing.registration_id.desc())
        .limit(1)
    )
    found = session.execute(_told(lines.subquery(), "sort_key")).first()
    return _row(found, place(session, board.id, found.sort_key)) if found is not None else None


def better(session: Session, board: Board, row: BoardRow) -> BoardRow | None:
    """Return the last line with a better place than a line's; None when its place is the first.

    However many share a place, no line between is read.
    """
    if board.revision:
        lines = _official(board).where(
            OfficialRow.position < row.place, OfficialRow.place < row.place
        )
        last = lines.order_by(OfficialRow.position.desc()).limit(1)
        found = session.execute(_kept(last.subquery())).first()
        return _official_row(found) if found is not None else None
    key = select(Standing.sort_key).where(
        Standing.board_id == board.id, Standing.registration_id == row.registration_id
    )
    lines = _lines(board.id).where(Standing.sort_key < key.scalar_subquery())
    last = lines.order_by(Standing.sort_key.desc(), Standing.registration_id.desc()).limit(1)
    found = session.execute(_told(last.subquery(), "sort_key")).first()
    return _row(found, place(session, board.id, found.sort_key)) if found is not None else None


def registration(session: Session, contest_id: int, code: str) -> int:
    """Return the id of a registration of the contest by its public code."""
    found = session.scalar(
        select(Registration.id).where(
            Registration.contest_id == contest_id, Registration.code == code
        )
    )
    if found is None:
        raise NotFound(N_("Không tìm thấy người này trong cuộc thi."))
    return found


def _lines(board_id: int) -> Select[*tuple[Any, ...]]:
    columns = Standing.__table__.c
    return select(*columns).where(Standing.board_id == board_id)


def _official(board: Board) -> Select[*tuple[Any, ...]]:
    columns = OfficialRow.__table__.c
    return select(*columns).where(
        OfficialRow.board_id == board.id, OfficialRow.revision == board.revision
    )


def _kept(lines: Subquery) -> Select[*tuple[Any, ...]]:
    """Join the few official lines of a page with what they do not keep: public codes."""
    return (
        select(lines, Registration.code, Registration.registered_at)
        .join(Registration, Registration.id == lines.c.registration_id)
        .order_by(lines.c.position)
    )


def _told(lines: Subquery, *order: str) -> Select[*tuple[Any, ...]]:
    """Join the few provisional lines of a page with the people they are about, as they are now."""
    return (
        select(
            lines,
            Registration.code,
            Registration.registered_at,
            Account.name,
            Unit.name.label("unit_name"),
        )
        .join(Registration, Registration.id == lines.c.registration_id)
        .join(Account, Account.id == Registration.account_id)
        .join(Unit, Unit.id == Registration.unit_id)
        .order_by(*(lines.c[name] for name in order))
    )


def _official_row(row: Row[*tuple[Any, ...]]) -> BoardRow:
    return _row(row, row.place)


def _row(row: Row[*tuple[Any, ...]], place: int) -> BoardRow:
    values = row._mapping  # noqa: SLF001 -- Row's documented mapping
    names = BoardRow.__dataclass_fields__.keys() - {"place"}
    return BoardRow(place=place, **{name: values[name] for name in names})


# Units


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit of one part of the tree; `own` is what its own people brought, and its size."""

    id: int
    code: str
    name: str
    parent_id: int | None
    own: UnitTotal


def units_in(
    session: Session, board_codes: Sequence[str], path: str, targets: Mapping[int, int]
) -> list[UnitLine]:
    """Return a unit and everything below it as it stands now, in Vietnamese order of names."""
    sums = _unit_sums(session, board_codes, path)
    found = select(Unit.id, Unit.code, Unit.name, Unit.parent_id, Unit.headcount)
    inside = found.where(Unit.path.startswith(path, autoescape=True))
    return [
        UnitLine(
            row.id,
            row.code,
            row.name,
            row.parent_id,
            replace(
                sums.get(row.id, UnitTotal(row.id)),
                headcount=row.headcount,
                target_people=targets.get(row.id),
            ),
        )
        for row in session.execute(inside.order_by(Unit.name_key, Unit.id))
    ]


def _unit_sums(session: Session, board_codes: Sequence[str], path: str) -> dict[int, UnitTotal]:
    """Sum some boards' own people, tries and points, by the unit's id, in one part of the tree."""
    found = (
        select(
            UnitStanding.unit_id,
            func.sum(UnitStanding.people),
            func.sum(UnitStanding.tries),
            func.sum(UnitStanding.points),
        )
        .join(Board, Board.id == UnitStanding.board_id)
        .join(Unit, Unit.id == UnitStanding.unit_id)
        .where(Board.code.in_(board_codes), Unit.path.startswith(path, autoescape=True))
        .group_by(UnitStanding.unit_id)
    )
    return {
        unit_id: UnitTotal(unit_id, people=people, tries=tries, points=points)
        for unit_id, people, tries, points in session.execute(found)
    }


def unit_results(session: Session, code: str) -> Sequence[UnitResult]:
    """Return the official results of a span's units, the first writing first."""
    found = select(UnitResult).where(UnitResult.code == code)
    return session.scalars(found.order_by(UnitResult.no)).all()


def official_units(session: Session, result_id: int, path: str) -> list[UnitLine]:
    """Return what an official result keeps of a unit, of everything below it and of those above."""
    found = (
        select(OfficialUnit, Unit.code, Unit.parent_id)
        .join(Unit, Unit.id == OfficialUnit.unit_id)
        .where(
            OfficialUnit.result_id == result_id,
            or_(Unit.path.startswith(path, autoescape=True), Unit.id.in_(people.ids_in(path))),
        )
        .order_by(OfficialUnit.position)
    )
    return [
        UnitLine(
            kept.unit_id,
            code,
            kept.name,
            parent_id,
            UnitTotal(
                kept.unit_id,
                people=kept.people,
                tries=kept.tries,
                points=kept.points,
                headcount=kept.headcount,
                target_people=kept.target_people,
            ),
        )
        for kept, code, parent_id in session.execute(found)
    ]


def unit_scopes(session: Session, contest_id: int) -> list[str]:
    """Return the parts of the tree that hold a contest's owner and everybody registered."""
    owner = select(Unit.path).join(Contest, Contest.unit_id == Unit.id)
    path = session.scalars(owner.where(Contest.id == contest_id)).one()
    outside = (
        select(Unit.path)
        .where(
            Unit.id.in_(select(Registration.unit_id).where(Registration.contest_id == contest_id)),
            not_(Unit.path.startswith(path, autoescape=True)),
        )
        .order_by(Unit.id)
    )
    return scopes(path, session.scalars(outside))
