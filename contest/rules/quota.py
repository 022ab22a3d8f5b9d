"""How many tries a person has, and which of them counts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from contest.errors import N_, Invalid, NotAllowed
from contest.rules.ranking import TieBreak
from contest.rules.timing import utc

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Span(StrEnum):
    """What a quota counts in, from the one that ends last to the one renewed first."""

    CONTEST = "contest"
    ROUND = "round"
    WEEK = "week"
    DAY = "day"


_SPENT_SENTENCES = {
    Span.CONTEST: N_("Bạn đã dùng hết %(allowed)s lượt thi của cả cuộc thi."),
    Span.ROUND: N_(
        "Bạn đã dùng hết %(allowed)s lượt của đợt thi này. Bạn có thể thi tiếp ở đợt sau, nếu có."
    ),
    Span.WEEK: N_(
        "Bạn đã dùng hết %(allowed)s lượt của tuần này. Lượt mới có từ thứ Hai, nếu đợt thi còn mở."
    ),
    Span.DAY: N_(
        "Bạn đã dùng hết %(allowed)s lượt của hôm nay. Lượt mới có từ ngày mai, nếu đợt thi còn mở."
    ),
}


class QuotaSpent(NotAllowed):
    """No try is left in `span`; the sentence says when the next one comes."""

    def __init__(self, span: Span, allowed: int) -> None:
        super().__init__(_SPENT_SENTENCES[span], allowed=allowed)
        self.span = span


@dataclass(frozen=True, slots=True)
class Quota:
    """Tries allowed to one person; None means without limit (field.md §2.2, "Quotas").

    Days and weeks are local ones, `timing.local_day` and `timing.local_week`. A quota below one
    is refused with Invalid.
    """

    total: int | None = None
    per_round: int | None = None
    per_day: int | None = None
    per_week: int | None = None

    def __post_init__(self) -> None:
        if any(allowed is not None and allowed < 1 for allowed in astuple(self)):
            raise Invalid(N_("Số lượt thi cho phép phải từ 1 trở lên."))


@dataclass(frozen=True, slots=True)
class Spent:
    """Tries already begun by one person: the highest number given out in each span.

    A void or disqualified try keeps its number. Negative numbers are refused with Invalid.
    """

    total: int = 0
    per_round: int = 0
    per_day: int = 0
    per_week: int = 0

    def __post_init__(self) -> None:
        if min(astuple(self)) < 0:
            raise Invalid(N_("Số lượt đã thi không được âm."))


@dataclass(frozen=True, slots=True)
class Try:
    """The numbers of a coming try, from one; a unique constraint on each lets one tab win."""

    contest_no: int
    round_no: int
    day_no: int
    week_no: int


def next_try(quota: Quota, spent: Spent) -> Try:
    """Number the coming try.

    Raises QuotaSpent when none is left; of several spent quotas it names the one that is renewed
    last, since that one decides when the next try comes.
    """
    for span, allowed, used in _spans(quota, spent):
        if used >= allowed:
            raise QuotaSpent(span, allowed)
    return Try(spent.total + 1, spent.per_round + 1, spent.per_day + 1, spent.per_week + 1)


def left(quota: Quota, spent: Spent) -> int | None:
    """Give the tries that may be begun now: the smallest remainder, None without any limit."""
    remainders = [max(allowed - used, 0) for _, allowed, used in _spans(quota, spent)]
    return min(remainders, default=None)


def _spans(quota: Quota, spent: Spent) -> Iterator[tuple[Span, int, int]]:
    """List the limited spans, the one renewed last first."""
    spans = (
        (Span.CONTEST, quota.total, spent.total),
        (Span.ROUND, quota.per_round, spent.per_round),
        (Span.WEEK, quota.per_week, spent.per_week),
        (Span.DAY, quota.per_day, spent.per_day),
    )
    for span, allowed, used in spans:
        if allowed is not None:
            yield span, allowed, used


class CountingRule(StrEnum):
    """Which of a person's tries in a round stands on the board (field.md §3.4)."""

    BEST = "best"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Result:
    """What decides between two tries of one person: milliseconds, and an aware datetime."""

    score: Decimal
    duration_ms: int
    handed_in_at: datetime


def counting(
    attempts: Sequence[T],
    rule: CountingRule,
    key: Callable[[T], Result],
    ties: tuple[TieBreak, ...] = (),
) -> T | None:
    """Choose the try that counts; None when there is none.

    First and last go by the moment of handing in. Best goes by score, then duration, then the
    earlier one; where the contest's own `ties` put the earlier before the faster, so does this,
    or a later and faster try would push its owner down. Guesses never choose, or more tries
    would buy more guesses. Of tries alike in everything the one given first counts.
    """
    if rule is CountingRule.FIRST:
        return min(attempts, key=lambda each: utc(key(each).handed_in_at), default=None)
    if rule is CountingRule.LAST:
        return max(attempts, key=lambda each: utc(key(each).handed_in_at), default=None)
    earlier_first = _comes_before(TieBreak.HANDED_IN_AT, TieBreak.DURATION, ties)
    return min(
        attempts, key=lambda each: _best_key(key(each), earlier_first=earlier_first), default=None
    )


def _comes_before(one: TieBreak, other: TieBreak, ties: tuple[TieBreak, ...]) -> bool:
    return one in ties and (other not in ties or ties.index(one) < ties.index(other))


def _best_key(result: Result, *, earlier_first: bool) -> tuple[Decimal, timedelta, timedelta]:
    moment, duration = utc(result.handed_in_at) - _EPOCH, timedelta(milliseconds=result.duration_ms)
    times = (moment, duration) if earlier_first else (duration, moment)
    return (-result.score, *times)
