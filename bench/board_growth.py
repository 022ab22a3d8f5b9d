"""How a board's first page and one's own place grow from a thousand results to a million.

`measure(engine)` wants an empty, migrated PostgreSQL. It fills two boards, lays their steps with
the worker's own function and times the real queries, cache off, over many random people.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text, update
from sqlalchemy.orm import Session

from contest import tables
from contest.accounts.models import Unit
from contest.audiences.models import Audience
from contest.contests.models import Contest, Division
from contest.rules.lifecycle import ContestState
from contest.standings import queries, service
from contest.standings.models import Board

SMALL, LARGE = 1_000, 1_000_000
RUNS = 300
WARM_UPS = 10
UNITS = 100
NOW = datetime(2026, 10, 10, tzinfo=UTC)

# 41 scores, ten thousand durations, one result a tenth of a second: keys as rules/ranking.py makes.
FILL = """
INSERT INTO accounts (id, code, login, password_hash, must_change_password, epoch, name,
                      name_folded, name_key, unit_id, audiences, is_active, registered_at)
SELECT :first + n, 'a' || :first + n, 'a' || :first + n, '-', false, 1, 'Nguyễn Văn ' || n, 'n',
       'n', :unit + n % :units, '[]', true, :now
FROM generate_series(1, :people) n;
INSERT INTO registrations (id, code, contest_id, account_id, division_id, unit_id, registered_at)
SELECT :first + n, 'r' || :first + n, :contest, :first + n, :division, :unit + n % :units, :now
FROM generate_series(1, :people) n;
INSERT INTO standings (board_id, registration_id, points, duration_ms, handed_in_at, tries,
                       sort_key)
SELECT :board, :first + n, points, ms, at, 1,
       lpad((1000000000000000 - (points * 1000000)::bigint)::text, 16, '0') || '|'
       || lpad(ms::text, 12, '0') || '|' || to_char(at AT TIME ZONE 'UTC', :format)
FROM (SELECT n, (hashint8(n) & 1048575) % 41 / 2.0 AS points,
             60000 + (hashint8(CAST(n AS bigint) * 7919) & 1048575) % 10000 * 60 AS ms,
             CAST(:now AS timestamptz) + n * interval '100 ms' AS at
      FROM generate_series(1, :people) n) made
"""
MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS.US'


def measure(engine: Engine) -> dict[str, Any]:
    """Return medians in milliseconds for both sizes, and `board_growth`, their ratio."""
    with Session(engine) as session:
        small = _fill(session, 1, SMALL)
        large = _fill(session, 2, LARGE)
        session.commit()
        began = time.perf_counter()
        steps = service.lay_steps(session, large, now=NOW)
        session.commit()
        laid_s = time.perf_counter() - began
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("accounts", "registrations", "standings", "steps", "units", "boards"):
            connection.exec_driver_sql(f"VACUUM ANALYZE {name}")
    with Session(engine) as session:
        found = _times(session, {SMALL: (small, 10**7), LARGE: (large, 2 * 10**7)})
    together = {size: each["first_page_ms"] + each["own_place_ms"] for size, each in found.items()}
    return {
        **{f"{name}_{size}": value for size, each in found.items() for name, value in each.items()},
        "steps": steps,
        "lay_steps_s": laid_s,
        "board_growth": together[LARGE] / together[SMALL],
    }


def _fill(session: Session, number: int, people: int) -> int:
    """Add a contest with one board of so many people; return the board's id."""
    first_unit = number * 1000
    units = [
        Unit(
            id=first_unit + n,
            code=f"u{first_unit + n}",
            name=f"Xã {n}",
            name_folded="x",
            name_key="x",
            kind="commune",
            path=f"/{first_unit + n}/",
        )
        for n in range(UNITS)
    ]
    audience = Audience(
        code=f"a{number}",
        name="",
        name_en="",
        description="",
        description_en="",
        position=number,
        rules={},
    )
    session.add_all([*units, audience])
    session.flush()
    contest = Contest(
        code=f"c{number}",
        unit_id=first_unit,
        title="",
        title_en="",
        about="",
        about_en="",
        contact="",
        state=ContestState.PUBLISHED,
        name_mask="initials",
        combine="sum",
        loaded_at=NOW,
    )
    session.add(contest)
    session.flush()
    division = Division(
        contest_id=contest.id,
        code="d",
        name="",
        name_en="",
        audience_id=audience.id,
        position=1,
        is_easy=False,
        prizes=[],
    )
    session.add(division)
    session.flush()
    board = Board(
        code=f"c{number}/all/d", contest_id=contest.id, division_id=division.id, kind="contest"
    )
    session.add(board)
    session.flush()
    facts = {
        "first": number * 10**7,
        "unit": first_unit,
        "units": UNITS,
        "people": people,
        "contest": contest.id,
        "division": division.id,
        "board": board.id,
        "now": NOW,
        "format": MOMENT,
    }
    # The rows agree with each other: a million look-ups of foreign keys would prove nothing.
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for statement in FILL.split(";"):
        session.execute(text(statement), facts)
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.execute(
        update(Board)
        .where(Board.id == board.id)
        .values(people=people, changed_at=NOW + timedelta(seconds=1))
    )
    return board.id


def _times(session: Session, boards: dict[int, tuple[int, int]]) -> dict[int, dict[str, float]]:
    """Time both sizes in turn, so that a busy moment of the machine falls on both alike."""
    calls = {
        size: _calls(session, board_id, first=first, people=size)
        for size, (board_id, first) in boards.items()
    }
    taken: dict[int, dict[str, list[float]]] = {
        size: {name: [] for name in each} for size, each in calls.items()
    }
    for run in range(-WARM_UPS, RUNS):
        for size, each in calls.items():
            for name, call in each.items():
                began = time.perf_counter()
                assert call()
                if run >= 0:
                    taken[size][name].append((time.perf_counter() - began) * 1000)
    return {
        size: {name: statistics.median(values) for name, values in each.items()}
        for size, each in taken.items()
    }


def _calls(
    session: Session, board_id: int, *, first: int, people: int
) -> dict[str, Callable[[], object]]:
    board = session.get_one(Board, board_id)
    chance = random.Random(people)
    last_page = people // queries.PER_PAGE
    return {
        "first_page_ms": lambda: queries.page(session, board, 1),
        "own_place_ms": lambda: queries.own(session, board, first + chance.randint(1, people)),
        "any_page_ms": lambda: queries.page(session, board, chance.randint(1, last_page)),
    }


assert tables.metadata is not None  # relationship names resolve
