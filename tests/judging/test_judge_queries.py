"""Which entries a judge may reach: one's own, or all where the phase says so; never conflicted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from factories.contests import make_registration
from factories.entries import make_entry
from factories.judging import make_assignment, make_panelist
from factories.jury import DAY, NOON, Jury, make_judge_account, make_jury, make_work
from factories.people import make_unit
from sqlalchemy.orm import Session

from contest.core import ids
from contest.entries.models import Entry, EntryState
from contest.errors import NotFound, TooEarly
from contest.judging import judge_queries, queue
from contest.judging.models import Conflict


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session)


def reached(session: Session, jury: Jury, entry: Entry, *, by: int | None = None) -> bool:
    try:
        found = judge_queries.reach(session, entry.blind_code, by=by or jury.judge.id, now=NOON)
    except NotFound:
        return False
    return found.entry_id == entry.id


def conflict(jury: Jury, **facts: Any) -> Conflict:
    return Conflict(
        **{
            "code": ids.new_code(),
            "panelist_id": jury.panelist.id,
            "kind": "family",
            "reason": "",
            "set_by": jury.judge.id,
            "set_at": NOON,
            **facts,
        }
    )


def test_the_assigned_is_reached_and_nothing_else(session: Session, jury: Jury) -> None:
    mine, free = make_work(session, jury), make_work(session, jury, place=None)
    assert reached(session, jury, mine)
    assert not reached(session, jury, free)
    stranger = make_judge_account(session, jury.province)
    assert not reached(session, jury, mine, by=stranger.id)
    elsewhere = make_jury(session)
    assert not reached(session, jury, mine, by=elsewhere.judge.id)
    for state in ("draft", "withdrawn", "refused"):
        mine.state = state
        session.flush()
        assert not reached(session, jury, mine)


def test_a_phase_that_shows_all_keeps_to_ones_divisions(session: Session, jury: Jury) -> None:
    free = make_work(session, jury, place=None)
    jury.phase.sees_all = True
    session.flush()
    assert reached(session, jury, free)
    jury.panelist.divisions = ["another"]
    session.flush()
    assert not reached(session, jury, free)
    jury.panelist.divisions = [jury.division.code]
    session.flush()
    assert reached(session, jury, free)


def test_a_phase_that_shows_all_keeps_to_ones_languages(session: Session, jury: Jury) -> None:
    mine = make_work(session, jury, languages=["hmn"])
    free = make_work(session, jury, place=None, languages=["hmn", "ium"])
    jury.phase.sees_all = True
    session.flush()
    assert (reached(session, jury, mine), reached(session, jury, free)) == (True, False)
    jury.panelist.languages = ["hmn"]
    session.flush()
    assert not reached(session, jury, free)
    jury.panelist.languages = ["hmn", "ium"]
    session.flush()
    assert reached(session, jury, free)


def test_who_left_and_what_was_taken_off_are_gone(session: Session, jury: Jury) -> None:
    mine, taken = make_work(session, jury), make_work(session, jury, place=None)
    make_assignment(session, jury.panelist, taken, ended_at=NOON, end_reason="moved")
    assert not reached(session, jury, taken)
    jury.panelist.left_at = NOON
    session.flush()
    assert not reached(session, jury, mine)


def test_a_conflict_bars_an_entry_or_a_unit_with_all_below(session: Session, jury: Jury) -> None:
    school = make_unit(session, kind="school", parent=jury.province)
    pupils = make_unit(session, kind="class", parent=school)
    one, other = make_work(session, jury, unit=pupils), make_work(session, jury)
    row = conflict(jury, unit_id=school.id)
    session.add(row)
    session.flush()
    assert (reached(session, jury, one), reached(session, jury, other)) == (False, True)
    session.add(conflict(jury, entry_id=other.id))
    session.flush()
    assert not reached(session, jury, other)
    row.lifted_at = NOON
    session.flush()
    assert reached(session, jury, one)


@pytest.mark.parametrize("sees_all", [False, True])
def test_ones_own_school_is_barred_before_the_clock_finds_it(
    session: Session, jury: Jury, *, sees_all: bool
) -> None:
    school = make_unit(session, kind="school", parent=jury.province)
    pupils = make_unit(session, kind="class", parent=school)
    teacher = make_judge_account(session, jury.province, school)
    seat = make_panelist(session, jury.round, teacher)
    entry = make_work(session, jury, unit=pupils)
    jury.phase.sees_all = sees_all
    make_assignment(session, seat, entry)
    assert not reached(session, jury, entry, by=teacher.id)
    assert reached(session, jury, entry)
    # Found by the site, and lifted by an organizer with a reason.
    facts = {"panelist_id": seat.id, "kind": "unit", "set_by": None, "lifted_at": NOON}
    session.add(conflict(jury, entry_id=entry.id, **facts))
    session.flush()
    assert reached(session, jury, entry, by=teacher.id)


def test_ones_own_work_is_barred_whatever_was_lifted(session: Session, jury: Jury) -> None:
    entry = make_work(session, jury)
    sender = session.get_one(Entry, entry.id)
    registration = judge_queries.Registration
    account_id = session.get_one(registration, sender.registration_id).account_id
    seat = make_panelist(session, jury.round, session.get_one(type(jury.judge), account_id))
    make_assignment(session, seat, entry)
    facts = {"panelist_id": seat.id, "kind": "other", "set_by": None, "lifted_at": NOON}
    session.add(conflict(jury, entry_id=entry.id, **facts))
    session.flush()
    assert not reached(session, jury, entry, by=account_id)


def test_a_judge_who_handed_an_entry_in_judges_nothing_of_the_round(
    session: Session, jury: Jury
) -> None:
    mine = make_work(session, jury)
    registration = make_registration(session, jury.contest, jury.division, jury.judge)
    own = make_entry(session, jury.round, registration, is_draft=True)
    assert reached(session, jury, mine)  # what is not handed in is no rival
    own.state, own.version = EntryState.SENT, 1
    session.flush()
    assert not reached(session, jury, mine)
    where = session, jury.contest.code, jury.round.code
    seat = judge_queries.seat(*where, by=jury.judge.id, now=NOON)
    assert str(seat.why_not(NOON)) == judge_queries.TAKES_PART_TOO
    assert queue.of_seat(session, seat).items == ()
    (listed,) = queue.mine(session, by=jury.judge.id, now=NOON)
    assert listed.seat.takes_part
    own.state = EntryState.WITHDRAWN
    session.flush()
    assert reached(session, jury, mine)


def test_between_phases_the_assigned_can_be_read(session: Session, jury: Jury) -> None:
    entry = make_work(session, jury)
    after = jury.phase.closes_at + DAY
    found = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=after)
    assert (found.seat.phase, found.seat.sees_names) == (None, False)
    with pytest.raises(TooEarly):
        judge_queries.reach(
            session, entry.blind_code, by=jury.judge.id, now=jury.phase.opens_at - DAY
        )


def test_what_is_not_there_costs_what_is_not_theirs_costs(
    session: Session, jury: Jury, count_statements: Callable[[], Any]
) -> None:
    free = make_work(session, jury, place=None)
    barred = make_work(session, jury)
    session.add(conflict(jury, entry_id=barred.id))
    elsewhere = make_work(session, make_jury(session))
    session.flush()
    costs = []
    for code in ("0" * 12, free.blind_code, barred.blind_code, elsewhere.blind_code, free.code):
        with count_statements() as counted, pytest.raises(NotFound) as caught:
            judge_queries.reach(session, code, by=jury.judge.id, now=NOON)
        costs.append((len(counted), caught.value.message))
    assert costs == [(1, judge_queries.NO_ENTRY)] * 5
