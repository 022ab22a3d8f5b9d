"""Writing boards: taking results in as they come, making them official, correcting them.

Every writer first takes the one lock of all boards (queries.lock_boards). A person's lines are
always made anew from that person's tries by the one pure function `rules.lines`, so counting one
by one, counting again and settling cannot disagree.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from contest.attempts import queries as attempts_read
from contest.attempts import service as attempts
from contest.attempts.models import Attempt
from contest.contests import service as contests
from contest.contests.models import Contest, Registration, Round
from contest.contests.specs import RoundKind
from contest.core import audit, db
from contest.core.db import Id
from contest.errors import N_, Conflict, Invalid, NotFound, TooEarly
from contest.judging import publishing
from contest.judging import result_queries as jury
from contest.rules.guess import GuessTarget
from contest.rules.lifecycle import RoundFacts, ensure_settleable
from contest.standings import official, queries, rules
from contest.standings.models import Board, BoardKind, Standing

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
STEPS_LAST = timedelta(seconds=20)  # a long board is measured this often at most

BOARDS = Board.metadata.tables["boards"]
STANDINGS = Board.metadata.tables["standings"]
STEPS = Board.metadata.tables["steps"]
UNIT_STANDINGS = Board.metadata.tables["unit_standings"]

LINE = (*official.COPIED, "sort_key")
BoardKey = tuple[str, int]  # a span's code, a division's id
LineKey = tuple[int, int]  # a board's id, a registration's id


# Taking results in


def catch_up(session: Session, *, now: datetime, zone: ZoneInfo = ZONE, limit: int = 500) -> int:
    """Take handed-in papers into the provisional boards; return how many.

    What was handed in after a round's board froze waits until the round closes. The number of
    statements does not depend on the number of papers.
    """
    queries.lock_boards(session)
    held = queries.freezes(session, now)
    taken = attempts_read.uncounted(session, before=held, limit=limit)
    if not taken:
        return 0
    attempts.mark_counted(session, [each.id for each in taken], now=now)
    _make_anew(session, taken, now=now, zone=zone, fresh=_Fresh())
    return len(taken)


def drop_reopened(
    session: Session, *, now: datetime, zone: ZoneInfo = ZONE, limit: int = 500
) -> int:
    """Take off the provisional boards what was opened again; return how many.

    It comes back when it is handed in again. A person whose only try it was leaves the boards.
    """
    queries.lock_boards(session)
    gone = attempts_read.reopened(session, limit=limit)
    if not gone:
        return 0
    attempts.mark_dropped(session, [each.id for each in gone])
    ids = sorted({each.registration_id for each in gone})
    units = session.execute(
        select(Registration.id, Registration.unit_id).where(Registration.id.in_(ids))
    )
    fresh = _Fresh(units={row.id: row.unit_id for row in units})
    _make_anew(session, gone, now=now, zone=zone, fresh=fresh)
    return len(gone)


def _make_anew(
    session: Session,
    tries_of: Sequence[Attempt],
    *,
    now: datetime,
    zone: ZoneInfo,
    fresh: "_Fresh",
) -> None:
    """Put new lines on the boards for the people of these attempts, from all their tries."""
    touched = sorted({each.registration_id for each in tries_of})
    found = queries.contest_rules(session, sorted({each.contest_id for each in tries_of}), zone)
    boards = _open_boards(session, found.values())
    judged = [id_ for contest in found.values() for id_ in contest.judged]
    tried = queries.tried(session, Registration.id.in_(touched), judged=judged)
    for contest_id, entrant, tries in tried:
        contest = found[contest_id]
        lines = rules.lines(entrant, tries, contest.spans(), contest.combine)
        fresh.add(
            entrant,
            {boards[contest_id][code, entrant.division_id]: line for code, line in lines.items()},
        )
    _replace(session, fresh, now=now)


@dataclass(slots=True)
class _Fresh:
    """Lines newly made, by board and registration, and the unit each registration counts for."""

    lines: dict[LineKey, rules.Line] = field(default_factory=dict)
    units: dict[int, int] = field(default_factory=dict)

    def add(self, entrant: rules.Entrant, lines: Mapping[int, rules.Line]) -> None:
        self.units[entrant.id] = entrant.unit_id
        for board_id, line in lines.items():
            self.lines[board_id, entrant.id] = line

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "board_id": board_id,
                "registration_id": registration_id,
                **{name: getattr(line, name) for name in LINE},
            }
            for (board_id, registration_id), line in self.lines.items()
        ]


def _open_boards(
    session: Session, of: Iterable[rules.ContestRules]
) -> dict[int, dict[BoardKey, int]]:
    """Return the ids of all boards of the contests, making those that are missing."""
    known = {each.id: each for each in of}
    wanted: dict[str, tuple[int, BoardKey, dict[str, Any]]] = {}
    for contest_id, division_id, division_code in queries.divisions(session, sorted(known)):
        for span in known[contest_id].spans():
            code = f"{known[contest_id].code}/{span.code}/{division_code}"
            row = {
                "code": code,
                "contest_id": contest_id,
                "division_id": division_id,
                "kind": _kind(span),
                "round_id": span.round_id,
                "month": span.month,
                "people": 0,
                "revision": 0,
            }
            wanted[code] = (contest_id, (span.code, division_id), row)
    ids = _board_ids(session, sorted(known), wanted)
    missing = [code for code in wanted if code not in ids]
    if missing:
        rows = [wanted[code][2] for code in missing]
        db.insert_missing(session, BOARDS, rows, keys=["code"])
        ids = _board_ids(session, sorted(known), wanted)
    found: dict[int, dict[BoardKey, int]] = defaultdict(dict)
    for code, (contest_id, key, _) in wanted.items():
        found[contest_id][key] = ids[code]
    return found


def _board_ids(
    session: Session, contest_ids: Sequence[int], wanted: Iterable[str]
) -> dict[str, int]:
    found = session.execute(select(Board.code, Board.id).where(Board.contest_id.in_(contest_ids)))
    return {code: board_id for code, board_id in found if code in wanted}


def _kind(span: rules.Span) -> BoardKind:
    if span.round_id is not None:
        return BoardKind.ROUND
    return BoardKind.MONTH if span.month is not None else BoardKind.CONTEST


def _replace(session: Session, fresh: _Fresh, *, now: datetime) -> None:
    """Put people's new lines in the place of all their old ones; move people and units along."""
    people: dict[int, int] = defaultdict(int)
    units: dict[LineKey, _Sums] = defaultdict(_Sums)
    old = session.execute(
        select(Standing.board_id, Standing.registration_id, Standing.tries, Standing.points).where(
            Standing.registration_id.in_(sorted(fresh.units))
        )
    ).all()
    for board_id, registration_id, tries, points in old:
        people[board_id] -= 1
        units[board_id, fresh.units[registration_id]].add(-1, -tries, -points)
    for (board_id, registration_id), line in fresh.lines.items():
        people[board_id] += 1
        units[board_id, fresh.units[registration_id]].add(1, line.tries, line.points)
    gone = [(row.board_id, row.registration_id) for row in old]
    gone = [key for key in gone if key not in fresh.lines]
    if gone:
        which = tuple_(STANDINGS.c.board_id, STANDINGS.c.registration_id)
        session.execute(delete(STANDINGS).where(which.in_(gone)))
    _upsert(session, STANDINGS, fresh.rows(), keys=("board_id", "registration_id"))
    _upsert(
        session,
        UNIT_STANDINGS,
        [
            {"board_id": board_id, "unit_id": unit_id, **asdict(sums)}
            for (board_id, unit_id), sums in sorted(units.items())
            if sums != _Sums()
        ],
        keys=("board_id", "unit_id"),
        adds=True,
    )
    if people:
        moved = update(BOARDS).where(BOARDS.c.id == bindparam("board"))
        moved = moved.values(people=BOARDS.c.people + bindparam("moved"), changed_at=now)
        session.execute(moved, [{"board": id_, "moved": by} for id_, by in sorted(people.items())])


@dataclass(slots=True)
class _Sums:
    """What a unit gains or loses on a board."""

    people: int = 0
    tries: int = 0
    points: Decimal = Decimal(0)

    def add(self, people: int, tries: int, points: Decimal) -> None:
        self.people += people
        self.tries += tries
        self.points += points


def _upsert(
    session: Session,
    table: Table,
    rows: Sequence[dict[str, Any]],
    *,
    keys: tuple[str, ...],
    adds: bool = False,
) -> None:
    """Write rows over those with the same keys, or add the numbers to theirs."""
    if not rows:
        return
    statement = db.upsert(session.get_bind().dialect.name, table)
    new = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if adds:
        new = {name: table.c[name] + value for name, value in new.items()}
    session.execute(
        statement.on_conflict_do_update(index_elements=list(keys), set_=new), list(rows)
    )


# Making results official


def settle(session: Session, round_id: int, *, now: datetime, zone: ZoneInfo = ZONE) -> bool:
    """Make a closed round's result official, and the month's and contest's it completes.

    Returns False, and changes nothing, when the round is settled already, counts for nothing, is
    one of entries, or somebody may still write in it. The true number of the guess question counts
    valid tries only (queries.guess_actual).
    """
    queries.lock_boards(session)
    round_ = session.get(
        Round, round_id, populate_existing=True, with_for_update={"key_share": True}
    )
    if round_ is None:
        raise NotFound(N_("Không tìm thấy đợt thi này."))
    is_counted = not round_.is_practice and round_.kind == RoundKind.QUIZ
    if round_.settled_at is not None or not is_counted or not _is_over(session, round_, now):
        return False
    while catch_up(session, now=now, zone=zone):
        pass
    if queries.has_uncounted(session, round_id):
        return False
    target = round_.guess_target
    actual = (
        queries.guess_actual(session, round_id, GuessTarget(target)) if target is not None else None
    )
    contests.settle(session, round_id, actual=actual, now=now)
    contest = queries.contest_rules(session, [round_.contest_id], zone)[round_.contest_id]
    spans = [
        span
        for span in contest.spans()
        if span.is_settled and any(each.id == round_id for each in span.rounds)
    ]
    boards = _open_boards(session, [contest])[contest.id]
    codes = {span.code for span in spans}
    boards = {key: board_id for key, board_id in boards.items() if key[0] in codes}
    _count_again(session, contest, spans, boards, now=now)
    official.write(session, sorted(boards.values()), reason="", by=None, now=now)
    return True


def settle_judged(session: Session, *, now: datetime, zone: ZoneInfo = ZONE) -> int:
    """Take one published jury's result into the boards; return how many there were to take.

    The first result of a round makes it official, with the month's and contest's it completes; a
    later one corrects each of them that is official, with the reason of the correction.
    """
    queries.lock_boards(session)
    run = jury.uncounted(session)
    if run is None:
        return 0
    round_ = session.get_one(
        Round, run.round_id, populate_existing=True, with_for_update={"key_share": True}
    )
    publishing.mark_counted(session, run, now=now)
    if round_.is_practice:
        return 1
    is_first = round_.settled_at is None
    if is_first:
        contests.settle(session, round_.id, actual=None, now=now)
    contest = queries.contest_rules(session, [round_.contest_id], zone)[round_.contest_id]
    spans = [span for span in contest.spans() if any(each.id == round_.id for each in span.rounds)]
    codes = {span.code: span.is_settled for span in spans}
    boards = _open_boards(session, [contest])[contest.id]
    boards = {key: board_id for key, board_id in boards.items() if key[0] in codes}
    _count_again(session, contest, spans, boards, now=now)
    settled = sorted(board_id for (code, _), board_id in boards.items() if codes[code])
    by = None if is_first else run.published_by
    official.write(session, settled, reason="" if is_first else run.reason, by=by, now=now)
    return 1


def _is_over(session: Session, round_: Round, now: datetime) -> bool:
    facts = RoundFacts(
        opens_at=round_.opens_at,
        closes_at=round_.closes_at,
        last_deadline=round_.window().last_deadline,
        freeze=None,
        settled_at=None,
    )
    try:
        ensure_settleable(facts, now)
    except TooEarly:
        return False
    if round_.paused_at is not None:
        return False
    return not attempts_read.has_open(session, round_.id)


def revise(
    session: Session,
    board_id: int,
    *,
    reason: str,
    by: int,
    now: datetime,
    zone: ZoneInfo = ZONE,
    facts_anew: bool = False,
) -> int:
    """Count an official board again and write its next revision; return the revision's number.

    The true number of the guess question stays as it was announced, and other boards stay as they
    are: each correction is somebody's decision, with a reason everybody can read. Names, headcounts
    and targets stay as they were kept too, or whatever changed since would ride on a correction of
    something else: `facts_anew` is the decision to take them as they are now.
    """
    queries.lock_boards(session)
    board = _board(session, board_id)
    if not board.revision:
        raise Conflict(N_("Bảng này chưa có kết quả chính thức nên chưa thể đính chính."))
    if not reason.strip():
        raise Invalid(N_("Hãy ghi lý do đính chính; mọi người xem bảng đều đọc được lý do này."))
    _count_board_again(session, board, zone, now=now)
    official.write(
        session, [board_id], reason=reason.strip(), by=by, now=now, facts_anew=facts_anew
    )
    number = board.revision + 1
    contest = session.get_one(Contest, board.contest_id)
    audit.record(
        session,
        "standings.revise",
        f"board:{board.code}",
        by=by,
        now=now,
        unit_id=contest.unit_id,
        contest=contest.code,
        revision=number,
        reason=reason.strip(),
    )
    session.flush()
    session.refresh(board)
    return number


def rebuild(session: Session, board_id: int, *, now: datetime, zone: ZoneInfo = ZONE) -> None:
    """Count a board again wholly from the tries it has taken in; official places stay."""
    queries.lock_boards(session)
    board = _board(session, board_id)
    _count_board_again(session, board, zone, now=now)
    session.refresh(board)


def _board(session: Session, board_id: int) -> Board:
    board = session.get(Board, board_id, populate_existing=True)
    if board is None:
        raise NotFound(N_("Không tìm thấy bảng xếp hạng này."))
    return board


def _count_board_again(session: Session, board: Board, zone: ZoneInfo, *, now: datetime) -> None:
    contest = queries.contest_rules(session, [board.contest_id], zone)[board.contest_id]
    code = board.code.split("/")[1]
    spans = [span for span in contest.spans() if span.code == code]
    _count_again(session, contest, spans, {(code, board.division_id): board.id}, now=now)


def _count_again(
    session: Session,
    contest: rules.ContestRules,
    spans: Sequence[rules.Span],
    boards: Mapping[BoardKey, int],
    *,
    now: datetime,
) -> None:
    """Empty some boards of a contest and fill them from the tries, a block of people at a time."""
    ids = sorted(boards.values())
    for table in (STANDINGS, UNIT_STANDINGS, STEPS):
        session.execute(delete(table).where(table.c.board_id.in_(ids)))
    rounds = {each.id for span in spans for each in span.rounds}
    found = queries.tried(
        session,
        Registration.division_id.in_(sorted({division_id for _, division_id in boards})),
        rounds=sorted(rounds),
        judged=sorted(rounds & set(contest.judged)),
        stream=queries.STREAMED,
    )
    while block := list(islice(found, queries.STREAMED)):
        fresh = _Fresh()
        for _, entrant, tries in block:
            lines = rules.lines(entrant, tries, spans, contest.combine)
            fresh.add(
                entrant,
                {boards[code, entrant.division_id]: line for code, line in lines.items()},
            )
        if rows := fresh.rows():
            session.execute(insert(STANDINGS), rows)
    _sum_units(session, ids)
    counted = select(func.count()).where(STANDINGS.c.board_id == BOARDS.c.id).scalar_subquery()
    session.execute(
        update(BOARDS)
        .where(BOARDS.c.id.in_(ids))
        .values(people=counted, changed_at=now, stepped_at=None)
    )


def _sum_units(session: Session, board_ids: Sequence[int]) -> None:
    own = (
        select(
            STANDINGS.c.board_id,
            Registration.unit_id,
            func.count(),
            func.sum(STANDINGS.c.tries),
            func.sum(STANDINGS.c.points),
        )
        .join(Registration, Registration.id == STANDINGS.c.registration_id)
        .where(STANDINGS.c.board_id.in_(board_ids))
        .group_by(STANDINGS.c.board_id, Registration.unit_id)
    )
    names = ["board_id", "unit_id", "people", "tries", "points"]
    session.execute(insert(UNIT_STANDINGS).from_select(names, own))


# Measuring long boards


def lay_due_steps(session: Session, *, now: datetime) -> int:
    """Measure one long board that changed since it was last measured; return how many were due."""
    board_id = queries.long_board_to_measure(session, laid_before=now - STEPS_LAST)
    if board_id is None:
        return 0
    lay_steps(session, board_id, now=now)
    return 1


def lay_steps(session: Session, board_id: int, *, now: datetime) -> int:
    """Measure every thousandth row of a board anew; return the number of steps."""
    queries.lock_boards(session)
    session.execute(delete(STEPS).where(STEPS.c.board_id == board_id))
    order = (STANDINGS.c.sort_key, STANDINGS.c.registration_id)
    numbered = (
        select(*order, (func.row_number().over(order_by=order) - 1).label("before"))
        .where(STANDINGS.c.board_id == board_id)
        .subquery()
    )
    laid = select(
        literal(board_id, Id),
        numbered.c.before,
        numbered.c.sort_key,
        numbered.c.registration_id,
    ).where(numbered.c.before > 0, numbered.c.before % queries.STEP == 0)
    names = ["board_id", "before", "sort_key", "registration_id"]
    session.execute(insert(STEPS).from_select(names, laid))
    session.execute(update(BOARDS).where(BOARDS.c.id == board_id).values(stepped_at=now))
    found = select(func.count()).where(STEPS.c.board_id == board_id)
    return session.scalars(found).one()
