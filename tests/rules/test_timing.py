"""When attempts start and end, and where the local day turns."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid, TooEarly, TooLate
from contest.rules.timing import (
    GRACE,
    DeadlineRule,
    Window,
    ensure_open,
    local_day,
    local_month,
    local_week,
    remaining,
    utc,
)

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
OPENING = datetime(2026, 10, 5, 8, 0, tzinfo=VIETNAM)
CLOSING = datetime(2026, 10, 10, 16, 0, tzinfo=VIETNAM)
NAIVE = datetime(2026, 10, 5, 8, 0)  # noqa: DTZ001 -- the very thing to be refused
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LIMIT = 20 * MINUTE

moments = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, VIETNAM, ZoneInfo("America/New_York")]),
)
spans = st.timedeltas(TICK, timedelta(days=40))


def window(rule=DeadlineRule.EARLIER, limit=LIMIT, opens_at=OPENING, closes_at=CLOSING):
    return Window(opens_at, closes_at, limit, rule)


@st.composite
def windows(draw):
    opens_at = draw(moments)
    closes_at = utc(opens_at) + draw(spans)
    return Window(opens_at, closes_at, draw(st.none() | spans), draw(st.sampled_from(DeadlineRule)))


def test_a_window_opens_on_the_dot_and_closes_on_the_dot():
    window().ensure_startable(OPENING)
    window().ensure_startable(CLOSING - TICK)
    with pytest.raises(TooEarly) as early:
        window().ensure_startable(OPENING - TICK)
    with pytest.raises(TooLate) as late:
        window().ensure_startable(CLOSING)
    assert early.value.facts == {"opens_at": OPENING}
    assert late.value.facts == {"closes_at": CLOSING}


@pytest.mark.parametrize(
    "facts",
    [
        {"opens_at": NAIVE},
        {"closes_at": NAIVE},
        {"closes_at": OPENING},
        {"closes_at": OPENING - TICK},
        {"limit": timedelta(0)},
        {"limit": -MINUTE},
    ],
)
def test_a_window_that_makes_no_sense_is_refused(facts):
    with pytest.raises(Invalid):
        window(**facts)


def test_an_early_start_has_the_whole_limit_under_either_rule():
    for rule in DeadlineRule:
        assert window(rule).deadline(OPENING) == OPENING + LIMIT


def test_a_late_start_ends_with_the_window_or_has_the_whole_limit_as_the_rule_says():
    start = CLOSING - 5 * MINUTE
    assert window(DeadlineRule.EARLIER).deadline(start) == CLOSING
    assert window(DeadlineRule.WHOLE_LIMIT).deadline(start) == CLOSING + 15 * MINUTE


def test_extra_time_reaches_past_the_closing_only_under_the_whole_limit_rule():
    start = CLOSING - 25 * MINUTE
    assert window(DeadlineRule.EARLIER).deadline(start, 3 * MINUTE) == CLOSING - 2 * MINUTE
    assert window(DeadlineRule.EARLIER).deadline(start, 10 * MINUTE) == CLOSING
    assert window(DeadlineRule.WHOLE_LIMIT).deadline(start, 10 * MINUTE) == CLOSING + 5 * MINUTE


def test_without_a_limit_everybody_has_until_the_closing():
    for rule in DeadlineRule:
        unlimited = window(rule, limit=None)
        assert unlimited.deadline(OPENING, 10 * MINUTE) == CLOSING
        assert unlimited.last_deadline == CLOSING


def test_negative_extra_time_and_a_naive_start_are_refused():
    with pytest.raises(Invalid):
        window().deadline(OPENING, -TICK)
    with pytest.raises(Invalid, match="thiếu múi giờ"):
        window().deadline(NAIVE)


def test_a_limit_is_real_minutes_where_the_clocks_are_put_back():
    new_york = ZoneInfo("America/New_York")
    start = datetime(2026, 11, 1, 1, 50, tzinfo=new_york)
    clocks = window(
        opens_at=datetime(2026, 10, 31, 8, tzinfo=new_york),
        closes_at=datetime(2026, 11, 2, 8, tzinfo=new_york),
    )
    assert clocks.deadline(start) == datetime(2026, 11, 1, 6, 10, tzinfo=UTC)
    assert remaining(start.replace(fold=1), start) == timedelta(hours=1)


@given(windows(), st.floats(0, 1, exclude_max=True), st.timedeltas(timedelta(0), LIMIT))
def test_a_startable_attempt_never_ends_after_the_last_deadline(window, part, extra):
    start = utc(window.opens_at) + part * (utc(window.closes_at) - utc(window.opens_at))
    if start >= utc(window.closes_at):  # rounding of the float
        start = utc(window.closes_at) - TICK
    window.ensure_startable(start)
    assert start < window.deadline(start) <= window.last_deadline
    assert window.deadline(start) <= window.deadline(start, extra)
    assert window.deadline(start, extra) <= window.deadline(window.closes_at, extra)


@given(windows(), moments, moments)
def test_who_starts_earlier_never_ends_later(window, one, other):
    first, second = sorted([utc(one), utc(other)])
    assert window.deadline(first) <= window.deadline(second)


def test_an_answer_is_taken_through_the_grace_and_not_a_moment_longer():
    ensure_open(CLOSING, CLOSING + GRACE - TICK)
    with pytest.raises(TooLate) as late:
        ensure_open(CLOSING, CLOSING + GRACE)
    assert late.value.facts == {"deadline": CLOSING}
    assert timedelta(seconds=10) == GRACE


def test_without_grace_the_deadline_itself_is_too_late():
    ensure_open(CLOSING, CLOSING - TICK, grace=timedelta(0))
    with pytest.raises(TooLate):
        ensure_open(CLOSING, CLOSING, grace=timedelta(0))


@given(moments, moments)
def test_time_remains_exactly_while_the_deadline_lies_ahead(deadline, now):
    left = remaining(deadline, now)
    assert left >= timedelta(0)
    assert (left > timedelta(0)) == (utc(deadline) > utc(now))
    assert utc(now) + left == max(utc(now), utc(deadline))


def test_the_day_turns_at_midnight_in_vietnam_and_not_in_greenwich():
    evening = datetime(2026, 10, 10, 23, 59, 59, tzinfo=VIETNAM)
    night = datetime(2026, 10, 11, 0, 0, 1, tzinfo=VIETNAM)
    assert local_day(evening, VIETNAM) == date(2026, 10, 10)
    assert local_day(night, VIETNAM) == date(2026, 10, 11)
    assert evening.astimezone(UTC).date() == night.astimezone(UTC).date() == date(2026, 10, 10)
    assert local_day(night.astimezone(UTC), VIETNAM) == date(2026, 10, 11)


def test_the_week_turns_between_sunday_and_monday():
    sunday = datetime(2026, 10, 11, 23, 59, 59, tzinfo=VIETNAM)
    assert local_week(sunday, VIETNAM) == date(2026, 10, 5)
    assert local_week(sunday + 2 * SECOND, VIETNAM) == date(2026, 10, 12)


def test_a_week_and_a_month_reach_over_the_new_year():
    new_year = datetime(2027, 1, 1, 0, 0, 1, tzinfo=VIETNAM)
    assert local_week(new_year, VIETNAM) == date(2026, 12, 28)
    assert local_month(new_year, VIETNAM) == date(2027, 1, 1)
    assert local_month(new_year - 2 * SECOND, VIETNAM) == date(2026, 12, 1)


def test_a_naive_moment_belongs_to_no_day():
    with pytest.raises(Invalid):
        local_day(NAIVE, VIETNAM)


@given(moments)
def test_a_day_lies_in_the_week_and_the_month_that_hold_it(now):
    day = local_day(now, VIETNAM)
    assert local_week(now, VIETNAM).weekday() == 0
    assert timedelta(0) <= day - local_week(now, VIETNAM) < timedelta(days=7)
    assert local_month(now, VIETNAM) == date(day.year, day.month, 1)
