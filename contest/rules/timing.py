"""When an attempt may start, when it must end, and which local day a moment belongs to.

Every moment is an aware datetime and is compared in UTC, so that two moments of the same zone
are never compared by the face of their clocks. Errors carry their moments as aware datetimes;
the web layer writes them in local time.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from contest.errors import N_, Invalid, TooEarly, TooLate

GRACE = timedelta(seconds=10)
"""What a slow network is forgiven: an answer may arrive this much after the deadline."""

NOTHING = timedelta(0)


class DeadlineRule(StrEnum):
    """What happens when the window closes before the personal limit is over (field.md §5)."""

    EARLIER = "earlier"
    WHOLE_LIMIT = "whole_limit"


def utc(moment: datetime) -> datetime:
    """Give the same moment in UTC; a naive datetime is refused with Invalid."""
    if moment.utcoffset() is None:
        raise Invalid(N_("Thời điểm %(moment)s thiếu múi giờ."), moment=moment.isoformat())
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """The opening hours of a round and the personal time limit inside them.

    `opens_at` is inclusive, `closes_at` exclusive. Without a `limit` everybody has until
    `closes_at`, whatever the rule. Refused with Invalid: naive datetimes, a closing that is not
    after the opening, a limit of nothing or less.
    """

    opens_at: datetime
    closes_at: datetime
    limit: timedelta | None
    rule: DeadlineRule

    def __post_init__(self) -> None:
        if utc(self.closes_at) <= utc(self.opens_at):
            raise Invalid(N_("Giờ đóng phải sau giờ mở."))
        if self.limit is not None and self.limit <= NOTHING:
            raise Invalid(N_("Thời gian làm bài phải lớn hơn 0."))

    def ensure_startable(self, now: datetime) -> None:
        """Raise TooEarly before `opens_at`, TooLate at `closes_at` and after."""
        if utc(now) < utc(self.opens_at):
            raise TooEarly(N_("Chưa đến giờ thi. Giờ mở: %(opens_at)s."), opens_at=self.opens_at)
        if utc(now) >= utc(self.closes_at):
            raise TooLate(N_("Đã hết giờ thi. Giờ đóng: %(closes_at)s."), closes_at=self.closes_at)

    def deadline(self, started_at: datetime, extra: timedelta = NOTHING) -> datetime:
        """Give the moment, in UTC, at which an attempt started at `started_at` ends.

        `extra` lengthens one person's limit. Under EARLIER nothing, extra time included, reaches
        past `closes_at`; under WHOLE_LIMIT the whole limit and the extra time always count.
        Negative extra time is refused with Invalid.
        """
        if extra < NOTHING:
            raise Invalid(N_("Thời gian cộng thêm không được âm."))
        started_at, closes_at = utc(started_at), utc(self.closes_at)
        if self.limit is None:
            return closes_at
        ends_at = started_at + self.limit + extra
        return ends_at if self.rule is DeadlineRule.WHOLE_LIMIT else min(ends_at, closes_at)

    @property
    def last_deadline(self) -> datetime:
        """The moment, in UTC, after which no attempt without extra time is running.

        With extra time it is `deadline(closes_at, the most extra time given)`.
        """
        return self.deadline(self.closes_at)


def ensure_open(deadline: datetime, now: datetime, grace: timedelta = GRACE) -> None:
    """Raise TooLate once `deadline` and the grace are over.

    The end is exclusive, as in SQL: `deadline > now - grace`.
    """
    if utc(now) >= utc(deadline) + grace:
        raise TooLate(N_("Đã hết giờ làm bài. Hạn nộp: %(deadline)s."), deadline=deadline)


def remaining(deadline: datetime, now: datetime) -> timedelta:
    """Give the time left until `deadline` (grace not counted), never less than nothing."""
    return max(utc(deadline) - utc(now), NOTHING)


def local_day(now: datetime, zone: ZoneInfo) -> date:
    """Give the calendar day of `now` in `zone`; quotas per day count by it (field.md §3.4)."""
    return utc(now).astimezone(zone).date()


def local_week(now: datetime, zone: ZoneInfo) -> date:
    """Give the Monday of the week of `now` in `zone`."""
    day = local_day(now, zone)
    return day - timedelta(days=day.weekday())


def local_month(now: datetime, zone: ZoneInfo) -> date:
    """Give the first day of the month of `now` in `zone`."""
    return local_day(now, zone).replace(day=1)
