"""The phases of a round by the clock, and the moves of a contest by people."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Conflict, Invalid, TooEarly
from contest.rules.lifecycle import (
    ContestState,
    Phase,
    RoundFacts,
    ensure_move,
    ensure_settleable,
    phase,
)
from contest.rules.timing import GRACE

OPENING = datetime(2026, 10, 5, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
CLOSING = OPENING + 120 * HOUR
FACTS = RoundFacts(
    opens_at=OPENING,
    closes_at=CLOSING,
    last_deadline=CLOSING + HOUR,
    freeze=None,
    settled_at=None,
)
FROZEN = replace(FACTS, freeze=2 * HOUR)
SETTLED = replace(FROZEN, settled_at=CLOSING + 3 * HOUR)

moments = st.timedeltas(-5 * HOUR, 130 * HOUR).map(lambda passed: OPENING + passed)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (OPENING - TICK, Phase.UPCOMING),
        (OPENING, Phase.OPEN),
        (CLOSING - 2 * HOUR - TICK, Phase.OPEN),
        (CLOSING - 2 * HOUR, Phase.FROZEN),
        (CLOSING - TICK, Phase.FROZEN),
        (CLOSING, Phase.SETTLING),
        (CLOSING + 3 * HOUR - TICK, Phase.SETTLING),
        (CLOSING + 3 * HOUR, Phase.OFFICIAL),
    ],
)
def test_a_round_goes_through_its_phases_on_the_dot(now, expected):
    assert phase(SETTLED, now) is expected


def test_without_a_freeze_a_round_stays_open_to_the_end():
    assert phase(FACTS, CLOSING - TICK) is Phase.OPEN


def test_an_unsettled_round_stays_settling():
    assert phase(FACTS, CLOSING + 1000 * HOUR) is Phase.SETTLING


def test_a_freeze_longer_than_the_round_begins_with_it():
    all_frozen = replace(FACTS, freeze=1000 * HOUR)
    assert phase(all_frozen, OPENING - TICK) is Phase.UPCOMING
    assert phase(all_frozen, OPENING) is Phase.FROZEN


@given(moments, moments)
def test_no_round_goes_back(one, other):
    order = list(Phase)
    first, second = (order.index(phase(SETTLED, now)) for now in sorted([one, other]))
    assert first <= second


def test_results_are_settled_only_when_no_answer_can_arrive_any_more():
    last = FACTS.last_deadline + GRACE
    ensure_settleable(FACTS, last)
    ensure_settleable(FACTS, FACTS.last_deadline, grace=timedelta(0))
    with pytest.raises(TooEarly) as early:
        ensure_settleable(FACTS, last - TICK)
    assert early.value.facts == {"settleable_at": last}


@pytest.mark.parametrize(
    "facts",
    [
        {"opens_at": CLOSING},
        {"last_deadline": CLOSING - TICK},
        {"freeze": timedelta(0)},
        {"freeze": -HOUR},
        {"settled_at": CLOSING - TICK},
        {"opens_at": OPENING.replace(tzinfo=None)},
        {"settled_at": CLOSING.replace(tzinfo=None)},
    ],
)
def test_moments_out_of_order_are_refused(facts):
    with pytest.raises(Invalid):
        replace(FACTS, **facts)


def test_a_contest_is_published_and_then_archived():
    ensure_move(ContestState.DRAFT, ContestState.PUBLISHED)
    ensure_move(ContestState.PUBLISHED, ContestState.ARCHIVED)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (ContestState.DRAFT, ContestState.ARCHIVED),
        (ContestState.PUBLISHED, ContestState.DRAFT),
        (ContestState.ARCHIVED, ContestState.PUBLISHED),
        (ContestState.ARCHIVED, ContestState.DRAFT),
    ],
)
def test_a_contest_neither_leaps_nor_goes_back(here, there):
    with pytest.raises(Invalid):
        ensure_move(here, there)


@pytest.mark.parametrize("state", ContestState)
def test_a_second_click_finds_the_contest_moved_already(state):
    with pytest.raises(Conflict):
        ensure_move(state, state)
