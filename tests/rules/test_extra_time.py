"""Time on the day itself: never shortened, the same whatever the order of small steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules.extra_time import (
    Extra,
    Scope,
    ends_with_round,
    is_running,
    lengthened,
    reopened,
    resumed,
    used,
)
from contest.rules.timing import GRACE, DeadlineRule, Window

OPENING = datetime(2026, 11, 23, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=9))
some = st.timedeltas(min_value=SECOND, max_value=timedelta(minutes=600))
extras = st.builds(Extra, some, st.booleans())
windows = st.builds(
    lambda long, limit, rule: Window(OPENING, OPENING + long, limit, rule),
    some,
    st.one_of(st.none(), some),
    st.sampled_from(DeadlineRule),
)
moments = spans.map(lambda span: OPENING + span)


def window(minutes=60, limit=15 * MINUTE, rule=DeadlineRule.EARLIER):
    return Window(OPENING, OPENING + minutes * MINUTE, limit, rule)


@given(moments, extras, windows)
def test_more_time_never_shortens_and_never_gives_more_than_asked(deadline, extra, window):
    new = lengthened(deadline, extra, window)
    assert deadline <= new <= deadline + extra.time
    if extra.passes_closing or not ends_with_round(window):
        assert new == deadline + extra.time
    elif new != deadline:
        assert new <= window.closes_at


@given(moments, st.lists(extras, max_size=4), windows)
def test_two_grants_of_one_kind_are_one_of_their_sum(deadline, extras, window):
    for passes in (True, False):
        step = deadline
        for each in extras:
            step = lengthened(step, Extra(each.time, passes), window)
        total = sum((each.time for each in extras), timedelta(0))
        if not extras:
            assert step == deadline
        elif total <= timedelta(minutes=600):
            assert step == lengthened(deadline, Extra(total, passes), window)


@pytest.mark.parametrize(
    ("deadline", "passes", "rule", "limit", "expected"),
    [
        (30, False, DeadlineRule.EARLIER, 15, 40),
        (55, False, DeadlineRule.EARLIER, 15, 60),
        (55, True, DeadlineRule.EARLIER, 15, 65),
        (60, False, DeadlineRule.EARLIER, 15, 60),
        (70, False, DeadlineRule.WHOLE_LIMIT, 15, 80),
        (60, False, DeadlineRule.WHOLE_LIMIT, None, 60),
        (60, True, DeadlineRule.WHOLE_LIMIT, None, 70),
        (70, False, DeadlineRule.EARLIER, 15, 70),  # an older grant passed the closing
    ],
)
def test_the_closing_ends_it_unless_it_may_be_passed(deadline, passes, rule, limit, expected):
    here = window(limit=None if limit is None else limit * MINUTE, rule=rule)
    new = lengthened(OPENING + deadline * MINUTE, Extra(10 * MINUTE, passes), here)
    assert new == OPENING + expected * MINUTE


@pytest.mark.parametrize("time", [timedelta(0), -MINUTE, 601 * MINUTE])
def test_nonsense_minutes_are_refused(time):
    with pytest.raises(Invalid):
        Extra(time, passes_closing=False)


@given(moments, moments, spans)
def test_a_clock_that_stood_keeps_what_was_left(deadline, stopped_at, pause):
    now = stopped_at + pause
    assert resumed(deadline, stopped_at, now) - now == deadline - stopped_at


@given(moments, spans, spans)
def test_two_pauses_in_a_row_are_one(stopped_at, first, second):
    deadline, middle = OPENING + timedelta(hours=10), stopped_at + first
    twice = resumed(resumed(deadline, stopped_at, middle), middle, middle + second)
    assert twice == resumed(deadline, stopped_at, middle + second)


def test_a_choice_is_taken_while_the_clock_stands_and_until_the_grace_is_over():
    assert is_running(OPENING, None, OPENING + GRACE - SECOND)
    assert not is_running(OPENING, None, OPENING + GRACE)
    assert is_running(OPENING, OPENING - MINUTE, OPENING + timedelta(days=1))


@given(moments, spans, spans)
def test_what_the_clock_stood_is_not_time_used(started_at, worked, stood):
    assert used(started_at, started_at + worked + stood, stood) == worked
    assert used(started_at, started_at, stood) == timedelta(0)


@given(moments, spans, spans, some, st.booleans(), windows)
def test_what_is_opened_again_has_the_time_that_was_left(  # noqa: PLR0917 -- drawn facts
    left, gone, later, least, passes, window
):
    handed_in_at, deadline = left, left + gone
    now = handed_in_at + later
    wanted = now + max(gone, least)
    at_least = Extra(least, passes)
    if not passes and ends_with_round(window) and window.closes_at <= now:
        with pytest.raises(Invalid):
            reopened(deadline, handed_in_at, now, at_least=at_least, window=window)
        return
    until = reopened(deadline, handed_in_at, now, at_least=at_least, window=window)
    assert now < until <= wanted
    if passes or not ends_with_round(window) or wanted <= window.closes_at:
        assert until == wanted
    else:
        assert until == window.closes_at


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(), [True, True, True]),
        (Scope(account_id=1), [True, False, False]),
        (Scope(unit_path="/1/7/"), [True, True, False]),
        (Scope(unit_path="/1/70/"), [False, False, True]),
    ],
)
def test_whom_a_grant_covers(scope, expected):
    people = [(1, "/1/7/"), (2, "/1/7/9/"), (3, "/1/70/")]
    assert [scope.covers(*each) for each in people] == expected


def test_a_grant_is_for_a_person_or_a_unit_not_both():
    with pytest.raises(Invalid):
        Scope(account_id=1, unit_path="/1/")
