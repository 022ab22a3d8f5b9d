"""How many tries there are, which numbers they bear and which of them counts."""

from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid, NotAllowed
from contest.rules.quota import (
    CountingRule,
    Quota,
    QuotaSpent,
    Result,
    Span,
    Spent,
    Try,
    counting,
    left,
    next_try,
)
from contest.rules.ranking import TieBreak
from contest.rules.timing import local_day, local_week

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 10, 10, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

limits = st.none() | st.integers(1, 6)
quotas = st.builds(Quota, limits, limits, limits, limits)
numbers = st.integers(0, 6)
spendings = st.builds(Spent, numbers, numbers, numbers, numbers)


@dataclass(frozen=True)
class Paper:
    """A try of a test: any class will do, the key tells what counts."""

    name: str
    score: int
    seconds: int
    minute: int


def result(paper):
    return Result(Decimal(paper.score), paper.seconds * 1000, NOON + paper.minute * MINUTE)


papers = st.builds(Paper, st.text("abc"), *([st.integers(0, 3)] * 3))


def test_the_first_try_is_number_one_everywhere():
    assert next_try(Quota(), Spent()) == Try(1, 1, 1, 1)


def test_each_number_follows_its_own_count():
    spent = Spent(total=7, per_round=3, per_day=0, per_week=2)
    assert next_try(Quota(per_day=1), spent) == Try(contest_no=8, round_no=4, day_no=1, week_no=3)


@pytest.mark.parametrize(
    ("quota", "span", "promise"),
    [
        (Quota(total=3), Span.CONTEST, "hết 3 lượt thi của cả cuộc thi"),
        (Quota(per_round=2), Span.ROUND, "đợt sau"),
        (Quota(per_week=2), Span.WEEK, "thứ Hai"),
        (Quota(per_day=1), Span.DAY, "ngày mai"),
    ],
)
def test_a_spent_quota_says_which_one_it_is_and_when_the_next_try_comes(quota, span, promise):
    with pytest.raises(QuotaSpent, match=promise) as refusal:
        next_try(quota, Spent(3, 3, 3, 3))
    assert refusal.value.span is span
    assert isinstance(refusal.value, NotAllowed)


def test_of_several_spent_quotas_the_one_renewed_last_is_named():
    week_and_day = Quota(per_week=1, per_day=1)
    with pytest.raises(QuotaSpent) as refusal:
        next_try(week_and_day, Spent(1, 1, 1, 1))
    assert refusal.value.span is Span.WEEK


def test_one_try_a_day_is_renewed_two_seconds_later_when_they_straddle_midnight():
    started = [datetime(2026, 10, 10, 23, 59, 59, tzinfo=VIETNAM)]

    def spent_at(now):
        today, week = local_day(now, VIETNAM), local_week(now, VIETNAM)
        return Spent(
            total=len(started),
            per_day=sum(local_day(each, VIETNAM) == today for each in started),
            per_week=sum(local_week(each, VIETNAM) == week for each in started),
        )

    one_a_day = Quota(per_day=1)
    with pytest.raises(QuotaSpent):
        next_try(one_a_day, spent_at(started[0]))
    after = datetime(2026, 10, 11, 0, 0, 1, tzinfo=VIETNAM)
    assert next_try(one_a_day, spent_at(after)) == Try(2, 1, 1, 2)


@pytest.mark.parametrize("name", ["total", "per_round", "per_day", "per_week"])
def test_a_quota_of_nothing_and_a_negative_count_are_refused(name):
    with pytest.raises(Invalid):
        Quota(**{name: 0})
    with pytest.raises(Invalid):
        Spent(**{name: -1})


def test_the_smallest_remainder_is_what_is_left():
    quota = Quota(total=10, per_round=5, per_day=2)
    assert left(quota, Spent(total=8, per_round=1, per_day=1)) == 1
    assert left(quota, Spent(total=9, per_round=9, per_day=0)) == 0
    assert left(Quota(), Spent(9, 9, 9, 9)) is None


@given(quotas, spendings)
def test_a_try_is_given_exactly_while_one_is_left(quota, spent):
    remaining = left(quota, spent)
    if remaining == 0:
        with pytest.raises(QuotaSpent):
            next_try(quota, spent)
    else:
        assert astuple(next_try(quota, spent)) == (
            spent.total + 1,
            spent.per_round + 1,
            spent.per_day + 1,
            spent.per_week + 1,
        )


@given(quotas)
def test_trying_until_refused_uses_exactly_what_was_left(quota):
    spent, tries = Spent(), 0
    while tries < 10:
        try:
            coming = next_try(quota, spent)
        except QuotaSpent:
            break
        spent = Spent(coming.contest_no, coming.round_no, coming.day_no, coming.week_no)
        tries += 1
    allowed = left(quota, Spent())
    assert tries == (10 if allowed is None else allowed)


PAPERS = [
    Paper("first", score=8, seconds=100, minute=0),
    Paper("slow", score=9, seconds=300, minute=1),
    Paper("fast", score=9, seconds=200, minute=3),
    Paper("as fast but later", score=9, seconds=200, minute=4),
    Paper("last", score=1, seconds=10, minute=5),
]


def test_the_best_try_has_the_most_points_then_the_shortest_time_then_came_earlier():
    assert counting(PAPERS[::-1], CountingRule.BEST, result).name == "fast"


def test_the_best_try_is_the_earlier_one_where_the_contest_ranks_by_the_moment():
    by_moment = (TieBreak.SCORE, TieBreak.HANDED_IN_AT)
    assert counting(PAPERS, CountingRule.BEST, result, by_moment).name == "slow"
    both = (TieBreak.SCORE, TieBreak.HANDED_IN_AT, TieBreak.DURATION)
    assert counting(PAPERS, CountingRule.BEST, result, both).name == "slow"
    duration_first = (TieBreak.SCORE, TieBreak.DURATION, TieBreak.HANDED_IN_AT)
    assert counting(PAPERS, CountingRule.BEST, result, duration_first).name == "fast"


def test_the_first_and_the_last_try_go_by_the_moment_of_handing_in():
    assert counting(PAPERS[::-1], CountingRule.FIRST, result).name == "first"
    assert counting(PAPERS[::-1], CountingRule.LAST, result).name == "last"


@pytest.mark.parametrize("rule", CountingRule)
def test_without_a_try_nothing_counts(rule):
    assert counting([], rule, result) is None


@given(st.lists(papers, min_size=1), st.sampled_from(CountingRule), st.randoms())
def test_the_choice_does_not_depend_on_the_order_of_the_tries(tries, rule, random):
    shuffled = random.sample(tries, len(tries))
    if rule is CountingRule.BEST:
        assert result(counting(tries, rule, result)) == result(counting(shuffled, rule, result))
    else:
        chosen, other = counting(tries, rule, result), counting(shuffled, rule, result)
        assert chosen.minute == other.minute


@given(st.lists(papers, min_size=1))
def test_no_try_beats_the_best(tries):
    best = counting(tries, CountingRule.BEST, result)
    for each in tries:
        assert (best.score, -best.seconds, -best.minute) >= (
            each.score,
            -each.seconds,
            -each.minute,
        )
