"""Hand-calculated boards: counting, settling, correcting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories.standings import AFTER, CLOSES, OPENS, World, make_world
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contest.attempts.models import Attempt
from contest.core import db
from contest.core.audit import AuditEntry
from contest.errors import Conflict, Invalid, NotFound
from contest.rules import guess, ranking
from contest.standings import queries, service
from contest.standings.models import Board, OfficialRow, Revision, Standing, Step, UnitStanding

MINUTE = 60_000


def test_equal_rows_share_a_place_and_the_next_one_skips(world: World) -> None:
    start = OPENS + timedelta(hours=1)
    world.sit("an", points=14, duration_ms=6 * MINUTE, started_at=start)
    world.sit("binh", points=14, duration_ms=5 * MINUTE, started_at=start)
    world.sit("chi", points=14, duration_ms=6 * MINUTE, started_at=start)
    world.sit("dung", points=13, duration_ms=MINUTE, started_at=start)
    assert world.count() == 4
    assert world.places() == [(1, "binh", 14), (2, "an", 14), (2, "chi", 14), (4, "dung", 13)]
    assert world.board().people == 4


@pytest.mark.parametrize(
    ("rule", "points", "tries"), [("best", 9, 3), ("first", 5, 3), ("last", 7, 3)]
)
def test_the_rounds_rule_chooses_the_try_and_every_try_is_counted(
    world: World, rule: str, points: int, tries: int
) -> None:
    world.rounds["r1"].counting = rule
    for hours, each in enumerate((5, 9, 7), start=1):
        world.sit("an", points=each, started_at=OPENS + timedelta(hours=hours))
        world.count()
    row = world.session.scalars(select(Standing).where(Standing.board_id == world.board().id)).one()
    assert (row.points, row.tries) == (points, tries)


def test_a_void_try_is_a_try_but_no_result(world: World) -> None:
    world.sit("an", points=20, is_void=True)
    world.sit("an", points=3, started_at=OPENS + timedelta(hours=2))
    world.sit("binh", points=20, is_void=True)
    assert world.count() == 3
    assert world.places() == [(1, "an", 3)]
    unit = world.session.scalars(
        select(UnitStanding).where(UnitStanding.board_id == world.board().id)
    ).one()
    assert (unit.people, unit.tries, unit.points) == (1, 2, 3)


def test_only_void_tries_change_no_board(world: World) -> None:
    world.sit("an", is_void=True)
    assert world.count() == 1
    assert world.places() == []


def test_practice_and_open_tries_are_never_counted(world: World) -> None:
    world.add_round("thu", is_practice=True)
    world.sit("an", "thu")
    world.sit("an", is_open=True)
    assert world.count() == 0
    assert world.session.scalar(select(func.count()).select_from(Board)) == 0


def test_the_board_stands_still_while_frozen_and_goes_on_at_closing(world: World) -> None:
    world.rounds["r1"].freeze_s = 3600
    before = CLOSES - timedelta(hours=1, minutes=10)
    world.sit("an", points=5, started_at=before)
    world.sit("binh", points=9, started_at=CLOSES - timedelta(minutes=30))
    during = CLOSES - timedelta(minutes=5)
    assert world.count(during) == 1
    assert world.places() == [(1, "an", 5)]
    assert world.count(during) == 0
    assert world.count(CLOSES) == 1
    assert world.places() == [(1, "binh", 9), (2, "an", 5)]


def test_a_freeze_that_has_not_begun_holds_nothing_back(world: World) -> None:
    world.rounds["r1"].freeze_s = 3600
    world.sit("an")
    assert world.count(OPENS + timedelta(hours=2)) == 1


def test_a_freeze_longer_than_its_round_begins_with_it(world: World) -> None:
    world.rounds["r1"].freeze_s = 30 * 24 * 3600
    world.session.flush()
    assert queries.freezes(world.session, OPENS) == {world.rounds["r1"].id: OPENS}


def test_sums_add_points_and_time_over_the_month_and_the_contest(world: World) -> None:
    world.add_round("r2", opens_at=CLOSES, closes_at=CLOSES + timedelta(days=7))
    november = datetime(2026, 10, 31, 17, tzinfo=UTC)  # midnight in Hà Nội: 1 November
    world.add_round("r3", opens_at=CLOSES + timedelta(days=7), closes_at=november)
    world.sit("an", points=8, duration_ms=4 * MINUTE)
    world.sit("an", "r2", points=7, duration_ms=5 * MINUTE)
    world.sit("an", "r3", points=1, duration_ms=6 * MINUTE)
    world.sit("binh", points=9, duration_ms=9 * MINUTE)
    world.count(november)
    assert world.places("month.2026-10") == [(1, "an", 15), (2, "binh", 9)]
    assert world.places("month.2026-11") == [(1, "an", 1)]
    assert world.places("all") == [(1, "an", 16), (2, "binh", 9)]
    line = queries.own(world.session, world.board("all"), world.people["an"].id)
    assert line is not None
    last = world.rounds["r3"].opens_at + timedelta(hours=1, minutes=6)
    assert (line.duration_ms, line.handed_in_at, line.tries) == (15 * MINUTE, last, 3)


def test_best_takes_the_best_round_and_counts_every_try(make: Callable[..., World]) -> None:
    world = make(combine="best")
    world.add_round("r2", opens_at=CLOSES, closes_at=CLOSES + timedelta(days=7))
    world.sit("an", points=8)
    best = world.sit("an", "r2", points=9, guess=4)
    world.count(AFTER)
    row = world.session.scalars(
        select(Standing).where(Standing.board_id == world.board("all").id)
    ).one()
    assert (row.points, row.tries, row.attempt_id, row.guess) == (9, 2, best.id, None)


def test_units_count_their_own_people_and_move_with_better_tries(world: World) -> None:
    world.enter("an", unit="b1")
    world.enter("binh", unit="x2")
    world.sit("an", points=5)
    world.sit("binh", points=6)
    world.count()
    world.sit("an", points=8, started_at=OPENS + timedelta(hours=5))
    world.count()
    found = world.session.execute(
        select(UnitStanding.unit_id, UnitStanding.people, UnitStanding.tries, UnitStanding.points)
        .where(UnitStanding.board_id == world.board().id)
        .order_by(UnitStanding.unit_id)
    ).all()
    assert [tuple(row) for row in found] == [
        (world.units["x2"].id, 1, 1, 6),
        (world.units["b1"].id, 1, 2, 8),
    ]


def test_a_line_that_lost_its_only_valid_try_leaves_the_board(world: World) -> None:
    first = world.sit("an", points=9)
    world.count()
    first.is_void = True
    world.sit("an", is_void=True, started_at=OPENS + timedelta(hours=3))
    world.count()
    assert world.places() == []
    assert world.board().people == 0


def test_statements_do_not_grow_with_the_batch(
    world: World, count_statements: Callable[[], Any]
) -> None:
    world.sit("first")
    world.count()
    for number in range(300):
        world.enter(f"p{number}", unit=("x1", "x2", "b1")[number % 3])
    world.sit("p0", points=3)
    with count_statements() as one:
        assert world.count() == 1
    for number in range(1, 300):
        world.sit(f"p{number}", points=number % 21, duration_ms=1000 * number)
    with count_statements() as many:
        assert world.count() == 299
    on_postgresql = world.session.get_bind().dialect.name == "postgresql"
    assert len(one) == len(many) == 11 + on_postgresql


def test_counting_again_leaves_out_people_with_void_tries_only(world: World) -> None:
    only = world.sit("an", points=9)
    world.count()
    only.is_void = True
    world.session.flush()
    service.rebuild(world.session, world.board().id, now=AFTER)
    assert world.places() == []
    assert world.board().people == 0


def test_a_batch_has_its_limit(world: World) -> None:
    for number in range(3):
        world.sit(f"p{number}")
    assert service.catch_up(world.session, now=AFTER, limit=2) == 2
    assert service.catch_up(world.session, now=AFTER, limit=2) == 1


def guessing_world(world: World) -> None:
    """4 people take part; guesses 3, 6 and 4 miss by 1, 2, 0; one has no guess."""
    start = OPENS + timedelta(hours=1)
    world.sit("an", points=10, guess=3, started_at=start)
    world.sit("binh", points=10, guess=6, started_at=start)
    world.sit("chi", points=10, guess=4, duration_ms=9 * MINUTE, started_at=start)
    world.sit("dung", points=10, started_at=start)
    world.sit("ech", points=20, guess=4, is_void=True)


def test_settling_counts_the_guess_and_ranks_by_it(world: World) -> None:
    guessing_world(world)
    assert service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    assert world.rounds["r1"].guess_actual == 4
    assert world.official() == [
        (1, 1, "chi", 0),
        (2, 2, "an", 1),
        (3, 3, "binh", 2),
        (4, 4, "dung", None),
    ]
    board = world.board()
    assert (board.revision, board.official_at, board.people) == (1, AFTER, 4)
    assert world.board(division="d2").revision == 1
    assert [place for place, _, _ in world.places()] == [1, 2, 3, 4]
    assert world.official("all") == world.official("month.2026-10") == world.official()


def test_official_places_are_those_of_the_rule(world: World) -> None:
    for number in range(30):
        world.sit(f"p{number}", points=number % 4, guess=number % 7, duration_ms=number % 5 * 1000)
    service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    rows = [
        ranking.Row(
            each.registration_id,
            "",
            each.points,
            each.guess,
            each.duration_ms,
            each.handed_in_at,
            OPENS,
        )
        for each in world.session.scalars(
            select(Standing)
            .where(Standing.board_id == world.board().id)
            .order_by(Standing.registration_id)
        )
    ]
    ties = tuple(ranking.TieBreak(tie) for tie in world.rounds["r1"].ties)
    by_rule = ranking.rank(rows, ties, world.rounds["r1"].guess_actual, 2026)
    assert [(each.place, world.name_of(each.row.id)) for each in by_rule] == [
        (place, name) for _, place, name, _ in world.official()
    ]


@pytest.mark.parametrize("target", list(guess.GuessTarget))
def test_the_true_number_is_counted_as_the_rule_counts_it(
    world: World, target: guess.GuessTarget
) -> None:
    world.sit("an", is_all_right=True)
    world.sit("an", is_all_right=True, started_at=OPENS + timedelta(hours=3))
    world.sit("binh")
    world.sit("chi", is_all_right=True, is_void=True)
    world.sit("dung", is_open=True)
    tries = world.session.scalars(
        select(Attempt).where(Attempt.handed_in_at.is_not(None), Attempt.is_void.is_(False))
    )
    outcomes = [guess.Outcome(each.account_id, bool(each.is_all_right)) for each in tries]
    found = queries.guess_actual(world.session, world.rounds["r1"].id, target)
    assert found == guess.actual(target, outcomes)


def test_settling_twice_changes_nothing(world: World) -> None:
    guessing_world(world)
    round_id = world.rounds["r1"].id
    assert service.settle(world.session, round_id, now=AFTER)
    before = world.lines(), world.official(), world.board().changed_at
    assert not service.settle(world.session, round_id, now=AFTER + timedelta(hours=1))
    assert (world.lines(), world.official(), world.board().changed_at) == before
    assert world.session.scalar(select(func.count()).select_from(OfficialRow)) == 3 * 4


def test_nothing_is_settled_while_somebody_may_write(world: World) -> None:
    round_id = world.rounds["r1"].id
    world.sit("an")
    assert not service.settle(world.session, round_id, now=CLOSES + timedelta(seconds=9))
    late = world.sit("binh", is_open=True)
    assert not service.settle(world.session, round_id, now=AFTER)
    late.handed_in_at, late.points, late.is_void, late.duration_ms = CLOSES, Decimal(1), False, 1
    assert service.settle(world.session, round_id, now=AFTER)


def test_a_practice_round_is_never_settled(world: World) -> None:
    practice = world.add_round("thu", is_practice=True)
    assert not service.settle(world.session, practice.id, now=AFTER)


def test_an_unknown_round_and_an_unknown_board_are_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        service.settle(world.session, 10**6, now=AFTER)
    with pytest.raises(NotFound):
        service.rebuild(world.session, 10**6, now=AFTER)


def test_what_another_worker_is_taking_in_keeps_a_round_unsettled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sit("an")
    monkeypatch.setattr(service, "catch_up", lambda *_args, **_facts: 0)
    assert not service.settle(world.session, world.rounds["r1"].id, now=AFTER)


def test_month_and_contest_wait_for_all_their_rounds(world: World) -> None:
    """The month is complete with r2, the contest with r3; distances are summed over the rounds."""
    r2 = world.add_round("r2", opens_at=CLOSES, closes_at=CLOSES + timedelta(days=7))
    r3 = world.add_round(
        "r3",
        opens_at=CLOSES + timedelta(days=30),
        closes_at=CLOSES + timedelta(days=37),
        guess_target=None,
        ties=["score", "guess_distance", "duration"],
    )
    world.sit("an", points=5, guess=2)
    world.sit("binh", points=5, guess=5)
    world.sit("an", "r2", points=5, guess=0)
    world.sit("binh", "r2", points=5, guess=2, duration_ms=1000)
    world.sit("an", "r3", points=1)
    now = r3.closes_at + timedelta(hours=1)
    service.settle(world.session, world.rounds["r1"].id, now=now)
    assert world.board("month.2026-10").revision == 0
    service.settle(world.session, r2.id, now=now)
    # r1: 2 people, missed by 0 and 3; r2: 2 people, missed by 2 and 0
    assert world.official("month.2026-10") == [(1, 1, "an", 2), (2, 2, "binh", 3)]
    assert world.board("all").revision == 0
    service.settle(world.session, r3.id, now=now)
    assert world.official("all") == [(1, 1, "an", 2), (2, 2, "binh", 3)]


def test_a_missed_guess_leaves_a_sum_without_distance(world: World) -> None:
    r2 = world.add_round("r2", opens_at=CLOSES, closes_at=CLOSES + timedelta(days=7))
    world.sit("an", points=5, guess=1)
    world.sit("an", "r2", points=5)
    now = r2.closes_at + timedelta(hours=1)
    service.settle(world.session, world.rounds["r1"].id, now=now)
    service.settle(world.session, r2.id, now=now)
    assert world.official("all") == [(1, 1, "an", None)]


def test_a_correction_is_the_next_revision_with_its_reason(world: World) -> None:
    guessing_world(world)
    world.session.flush()
    service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    board = world.board()
    cheat = world.session.scalars(
        select(Attempt).where(Attempt.registration_id == world.people["chi"].id)
    ).one()
    cheat.is_void = True
    world.session.flush()
    organizer = world.people["dung"].account_id
    later = AFTER + timedelta(days=1)
    reason = "  Thí sinh thi hộ, theo biên bản số 5. "
    assert service.revise(world.session, board.id, reason=reason, by=organizer, now=later) == 2
    assert world.official(revision=1)[0] == (1, 1, "chi", 0)
    assert world.official(revision=2) == [
        (1, 1, "an", 1),
        (2, 2, "binh", 2),
        (3, 3, "dung", None),
    ]
    assert [name for _, name, _ in world.places()] == ["an", "binh", "dung"]
    told = queries.revisions(world.session, board.id)
    assert [(each.no, each.at, each.by, each.reason) for each in told] == [
        (1, AFTER, None, ""),
        (2, later, organizer, "Thí sinh thi hộ, theo biên bản số 5."),
    ]
    entry = world.session.scalars(select(AuditEntry)).one()
    assert (entry.act, entry.subject, entry.by) == (
        "standings.revise",
        "board:hoi-thi/round.r1/d1",
        organizer,
    )
    assert (world.board().official_at, world.board().people) == (AFTER, 3)


def test_a_correction_needs_an_official_result_and_a_reason(world: World) -> None:
    world.sit("an")
    world.count()
    by = world.people["an"].account_id
    with pytest.raises(Conflict):
        service.revise(world.session, world.board().id, reason="Sai", by=by, now=AFTER)
    service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    with pytest.raises(Invalid):
        service.revise(world.session, world.board().id, reason=" ", by=by, now=AFTER)


@pytest.mark.parametrize("kind", [OfficialRow, Revision])
def test_an_official_result_is_never_changed(world: World, kind: type[Any]) -> None:
    world.sit("an")
    service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    row = world.session.scalars(select(kind)).first()
    setattr(row, "place" if kind is OfficialRow else "reason", 7)
    with pytest.raises(TypeError, match="next revision"):
        world.session.flush()
    world.session.rollback()


def test_an_empty_round_is_settled_too(world: World) -> None:
    assert service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    assert world.official() == []
    assert world.board().revision == 1


def test_counting_again_gives_the_same_boards(make: Callable[..., World]) -> None:
    """Property: whatever came in, in whatever batches, a board counted anew is the same."""
    world = make(combine="best")
    world.add_round("r2", counting="last", opens_at=OPENS, closes_at=CLOSES, guess_target=None)
    world.add_round("r3", counting="first", opens_at=OPENS, closes_at=CLOSES + timedelta(days=40))
    number = 7
    for turn in range(120):
        number = number * 48271 % (2**31 - 1)
        name = f"p{number % 23}"
        if name not in world.people:
            world.enter(
                name, division=("d1", "d2")[number % 2], unit=("x1", "x2", "b1")[number // 5 % 3]
            )
        world.sit(
            name,
            ("r1", "r2", "r3")[number // 7 % 3],
            points=Decimal(number // 11 % 40) / 4,
            duration_ms=number % 5 * 1000,
            guess=number % 9 if number % 2 else None,
            is_void=number // 13 % 6 == 0,
            started_at=OPENS + timedelta(minutes=number // 17 % 50),
        )
        if turn % 3 == 0:
            service.catch_up(world.session, now=AFTER, limit=1 + number % 4)
    while world.count():
        pass
    before = world.lines()
    assert len(before) > 50
    for board in queries.boards_of(world.session, world.contest.id):
        service.rebuild(world.session, board.id, now=AFTER)
    assert world.lines() == before


@pytest.mark.usefixtures("engine")
def test_two_workers_count_every_try_once() -> None:
    with db.writing_session() as session:
        world = make_world(session)
        for number in range(60):
            world.sit(f"p{number % 12}", started_at=OPENS + timedelta(minutes=number))
        session.commit()
        counted: list[int] = []

        def work() -> None:
            with db.writing_session() as mine:
                while taken := service.catch_up(mine, now=AFTER, limit=7):
                    mine.commit()
                    counted.append(taken)

        workers = [threading.Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        session.expire_all()
        assert sum(counted) == 60
        before = world.lines()
        assert world.board().people == 12
        for board in queries.boards_of(session, world.contest.id):
            service.rebuild(session, board.id, now=AFTER)
        assert world.lines() == before


def long_world(session: Session, people: int, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(queries, "STEP", 10)
    monkeypatch.setattr(queries, "LONG", 20)
    world = make_world(session)
    world.rounds["r1"].ties = ["score"]
    for number in range(people):
        world.sit(f"p{number}", points=number // 7)
    world.count()
    return world


def test_steps_give_the_same_places_and_pages(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = long_world(session, 65, monkeypatch)
    board = world.board()

    def read() -> list[Any]:
        pages = [queries.page(session, board, number, size=9) for number in range(1, 10)]
        own = [queries.own(session, board, each.id) for each in world.people.values()]
        return [*pages, *own]

    before = read()
    assert service.lay_steps(session, board.id, now=AFTER) == 6
    assert session.scalars(select(Step.before).order_by(Step.before)).all() == list(
        range(10, 70, 10)
    )
    assert read() == before


def test_long_boards_are_measured_in_turn_after_a_change_but_not_too_often(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = long_world(session, 21, monkeypatch)
    soon, later = AFTER + timedelta(seconds=5), AFTER + timedelta(seconds=30)

    def measure(now: datetime) -> list[int]:
        return [service.lay_due_steps(session, now=now) for _ in range(4)]

    assert measure(AFTER) == [1, 1, 1, 0]  # the round, the month, the contest
    assert world.board().stepped_at == AFTER
    assert measure(later) == [0, 0, 0, 0]
    world.sit("p0", points=9, started_at=OPENS + timedelta(hours=4))
    world.count(soon)
    assert measure(soon) == [0, 0, 0, 0]
    assert measure(later) == [1, 1, 1, 0]


def test_a_short_board_needs_no_steps(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    long_world(session, 20, monkeypatch)
    assert service.lay_due_steps(session, now=AFTER) == 0


def test_nobody_stands_above_somebody_who_is_not_on_the_board(world: World) -> None:
    world.sit("an")
    world.count()
    stranger = world.enter("xa").id
    assert queries.above(world.session, world.board(), stranger) is None
    assert queries.own(world.session, world.board(), stranger) is None
    service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    assert queries.above(world.session, world.board(), stranger) is None
    assert queries.own(world.session, world.board(), stranger) is None
    assert queries.page(world.session, world.board(), 2) == []


@pytest.mark.parametrize("is_official", [False, True])
def test_the_nearest_better_line_is_the_last_with_a_better_place(
    world: World, *, is_official: bool
) -> None:
    world.rounds["r1"].ties = ["score"]
    for number in range(20):
        world.sit(f"p{number}", points=number // 3)
    world.count()
    if is_official:
        service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    rows = queries.page(world.session, world.board(), 1)
    for row in rows:
        before = [each for each in rows if each.place < row.place]
        found = queries.better(world.session, world.board(), row)
        assert found == (before[-1] if before else None)


def test_there_is_no_page_after_the_last(world: World) -> None:
    world.sit("an")
    world.count()
    assert queries.page(world.session, world.board(), 2) == []
