"""Counting how often somebody acts, in this process."""

from hypothesis import given
from hypothesis import strategies as st

from contest.core.pace import Pace

BEGIN = 1_000_020.0  # a window begins


def test_what_is_allowed_goes_through_and_the_next_is_told_how_long_to_wait() -> None:
    pace = Pace(most=3, seconds=60)
    assert [pace.spend("an", BEGIN + at) for at in (0, 1, 2)] == [0, 0, 0]
    assert pace.spend("an", BEGIN + 10) == 50
    assert pace.spend("binh", BEGIN + 10) == 0


def test_after_the_told_wait_the_last_window_fades() -> None:
    pace = Pace(most=3, seconds=60)
    for at in (0, 1, 2):
        pace.spend("an", BEGIN + at)
    assert pace.spend("an", BEGIN + 60) > 0
    assert pace.spend("an", BEGIN + 81) == 0
    assert pace.spend("an", BEGIN + 121) == 0


def test_only_the_last_keys_are_remembered() -> None:
    pace = Pace(most=1, seconds=60, keys=1)
    assert pace.spend("an", BEGIN) == 0
    assert pace.spend("an", BEGIN) > 0
    assert pace.spend("binh", BEGIN) == 0
    assert pace.spend("an", BEGIN) == 0


def test_forgetting_begins_anew() -> None:
    pace = Pace(most=1, seconds=60)
    pace.spend("an", BEGIN)
    pace.forget()
    assert pace.spend("an", BEGIN) == 0


@given(st.lists(st.floats(0, 40, allow_nan=False), max_size=60), st.integers(1, 5))
def test_never_more_than_twice_the_pace_in_any_span_of_one_window(
    gaps: list[float], most: int
) -> None:
    pace = Pace(most=most, seconds=60)
    now, passed = BEGIN, []
    for gap in gaps:
        now += gap
        if pace.spend("an", now) == 0:
            passed.append(now)
    for begin in passed:
        assert sum(begin <= at < begin + 60 for at in passed) <= 2 * most
