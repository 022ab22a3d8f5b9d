"""Writing official results: the next revision of boards, and of the units of their spans.

What is written here is never updated; who calls has taken the lock of all boards.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from contest.contests.models import Round
from contest.contests.specs import RoundKind
from contest.core.db import Id
from contest.standings import queries
from contest.standings.models import Board

BOARDS = Board.metadata.tables["boards"]
STANDINGS = Board.metadata.tables["standings"]
OFFICIAL_ROWS = Board.metadata.tables["official_rows"]
REVISIONS = Board.metadata.tables["revisions"]
UNIT_RESULTS = Board.metadata.tables["unit_results"]
OFFICIAL_UNITS = Board.metadata.tables["official_units"]
UNIT_TARGETS = Board.metadata.tables["unit_targets"]
REGISTRATIONS = Board.metadata.tables["registrations"]
ACCOUNTS = Board.metadata.tables["accounts"]
UNITS = Board.metadata.tables["units"]

# Of a line as it stood: all but what only sorts it.
COPIED = (
    "attempt_id",
    "points",
    "guess",
    "guess_distance",
    "duration_ms",
    "handed_in_at",
    "tries",
)


def write(
    session: Session,
    board_ids: Sequence[int],
    *,
    reason: str,
    by: int | None,
    now: datetime,
    facts_anew: bool = False,
) -> None:
    """Write the next revision of the boards: places as rules/ranking.py gives them, 1, 2, 2, 4.

    A round of entries has the jury's places, which its keys hold (rules.judged_key): who has the
    first two is followed by the third. Whoever stood in the revision before keeps its name and
    unit, unless `facts_anew`.
    """
    standing, board = STANDINGS.c, BOARDS.c
    earlier = OFFICIAL_ROWS.alias("earlier")
    before = earlier.c
    name, unit_name = ACCOUNTS.c.name, UNITS.c.name
    judged = select(Round.id).where(Round.kind == RoundKind.ENTRIES)
    each = standing.board_id
    line = (standing.sort_key, standing.registration_id)
    rows = (
        select(
            standing.board_id,
            board.revision + 1,
            func.row_number().over(partition_by=each, order_by=line),
            case(
                (board.round_id.in_(judged), cast(standing.sort_key, Integer)),
                else_=func.rank().over(partition_by=each, order_by=standing.sort_key),
            ),
            standing.registration_id,
            name if facts_anew else func.coalesce(before.name, name),
            unit_name if facts_anew else func.coalesce(before.unit_name, unit_name),
            *(standing[column] for column in COPIED),
        )
        .join_from(STANDINGS, BOARDS, board.id == standing.board_id)
        .join(REGISTRATIONS, REGISTRATIONS.c.id == standing.registration_id)
        .join(ACCOUNTS, ACCOUNTS.c.id == REGISTRATIONS.c.account_id)
        .join(UNITS, UNITS.c.id == REGISTRATIONS.c.unit_id)
        .outerjoin(
            earlier,
            and_(
                before.board_id == standing.board_id,
                before.revision == board.revision,
                before.registration_id == standing.registration_id,
            ),
        )
        .where(standing.board_id.in_(board_ids))
    )
    kept = ["board_id", "revision", "position", "place", "registration_id", "name", "unit_name"]
    session.execute(insert(OFFICIAL_ROWS).from_select([*kept, *COPIED], rows))
    moment = literal(now, BOARDS.c.changed_at.type)
    told = select(board.id, board.revision + 1, moment, literal(by, Id), literal(reason))
    session.execute(
        insert(REVISIONS).from_select(
            ["board_id", "no", "at", "by", "reason"], told.where(board.id.in_(board_ids))
        )
    )
    session.execute(
        update(BOARDS)
        .where(board.id.in_(board_ids))
        .values(
            revision=board.revision + 1,
            official_at=func.coalesce(board.official_at, moment),
            changed_at=now,
        )
    )
    _write_units(session, board_ids, reason=reason, now=now, facts_anew=facts_anew)


def _write_units(
    session: Session, board_ids: Sequence[int], *, reason: str, now: datetime, facts_anew: bool
) -> None:
    """Write the next official result of the units of these boards' spans, from official rows.

    Headcounts and targets are kept with it: whatever is loaded later changes no published rate.
    """
    found = session.execute(
        select(BOARDS.c.code, BOARDS.c.contest_id).where(BOARDS.c.id.in_(board_ids))
    )
    spans = {code.rpartition("/")[0]: contest_id for code, contest_id in found}
    if not spans:
        return
    last = select(UNIT_RESULTS.c.code, func.max(UNIT_RESULTS.c.no))
    last = last.where(UNIT_RESULTS.c.code.in_(spans)).group_by(UNIT_RESULTS.c.code)
    numbers = {row[0]: row[1] for row in session.execute(last)}
    rows = [
        {
            "code": code,
            "no": numbers.get(code, 0) + 1,
            "contest_id": contest_id,
            "at": now,
            "reason": reason,
        }
        for code, contest_id in sorted(spans.items())
    ]
    result_ids = session.scalars(insert(UNIT_RESULTS).returning(UNIT_RESULTS.c.id), rows).all()
    (contest_id,) = set(spans.values())
    _keep_units(session, result_ids, contest_id, facts_anew=facts_anew)


def _keep_units(
    session: Session, result_ids: Sequence[int], contest_id: int, *, facts_anew: bool
) -> None:
    """Keep every unit of the part of the tree these new results are about."""
    result, unit = UNIT_RESULTS.c, UNITS.c
    head = result.code + "/"
    own = (
        select(
            result.id,
            REGISTRATIONS.c.unit_id,
            func.count().label("people"),
            func.sum(OFFICIAL_ROWS.c.tries).label("tries"),
            func.sum(OFFICIAL_ROWS.c.points).label("points"),
        )
        .join_from(UNIT_RESULTS, BOARDS, BOARDS.c.contest_id == result.contest_id)
        .join(
            OFFICIAL_ROWS,
            and_(
                OFFICIAL_ROWS.c.board_id == BOARDS.c.id,
                OFFICIAL_ROWS.c.revision == BOARDS.c.revision,
            ),
        )
        .join(REGISTRATIONS, REGISTRATIONS.c.id == OFFICIAL_ROWS.c.registration_id)
        .where(
            result.id.in_(result_ids),
            func.substr(BOARDS.c.code, 1, func.length(head)) == head,
        )
        .group_by(result.id, REGISTRATIONS.c.unit_id)
        .subquery()
    )
    previous, earlier = UNIT_RESULTS.alias("previous"), OFFICIAL_UNITS.alias("earlier")
    was_there = earlier.c.unit_id.is_not(None)

    def kept(name: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return value if facts_anew else case((was_there, earlier.c[name]), else_=value)

    rows = (
        select(
            result.id,
            unit.id,
            func.row_number().over(partition_by=result.id, order_by=(unit.name_key, unit.id)),
            kept("name", unit.name),
            kept("headcount", unit.headcount),
            kept("target_people", UNIT_TARGETS.c.people),
            *(func.coalesce(own.c[name], 0) for name in ("people", "tries", "points")),
        )
        .join_from(UNIT_RESULTS, UNITS, literal(True))
        .outerjoin(own, and_(own.c.id == result.id, own.c.unit_id == unit.id))
        .outerjoin(
            UNIT_TARGETS,
            and_(UNIT_TARGETS.c.contest_id == result.contest_id, UNIT_TARGETS.c.unit_id == unit.id),
        )
        .outerjoin(previous, and_(previous.c.code == result.code, previous.c.no == result.no - 1))
        .outerjoin(
            earlier, and_(earlier.c.result_id == previous.c.id, earlier.c.unit_id == unit.id)
        )
        .where(
            result.id.in_(result_ids),
            or_(
                *(
                    unit.path.startswith(path, autoescape=True)
                    for path in queries.unit_scopes(session, contest_id)
                )
            ),
        )
    )
    names = ["result_id", "unit_id", "position", "name", "headcount", "target_people"]
    names += ["people", "tries", "points"]
    session.execute(insert(OFFICIAL_UNITS).from_select(names, rows))
