"""Time given on the day itself: more minutes, clocks that stand while a round is paused, reopening.

Every moment is an aware datetime and is compared in UTC. No rule here ever shortens anybody's time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contest.errors import N_, Invalid
from contest.rules.timing import GRACE, NOTHING, DeadlineRule, Window, utc

MOST_MINUTES = 600


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a grant is for: one person, a unit with everything below it, or everybody."""

    account_id: int | None = None
    unit_path: str | None = None  # "/1/7/"

    def __post_init__(self) -> None:
        if self.account_id is not None and self.unit_path is not None:
            raise Invalid(N_("Chỉ cho thêm giờ một người, hoặc một đơn vị, hoặc tất cả."))

    def covers(self, account_id: int, unit_path: str) -> bool:
        """Say whether a person counted under `unit_path` is meant."""
        if self.account_id is not None:
            return account_id == self.account_id
        return self.unit_path is None or unit_path.startswith(self.unit_path)


@dataclass(frozen=True, slots=True)
class Extra:
    """More time; `passes_closing` lets it reach beyond the round's closing."""

    time: timedelta
    passes_closing: bool

    def __post_init__(self) -> None:
        if not NOTHING < self.time <= timedelta(minutes=MOST_MINUTES):
            raise Invalid(N_("Số phút cho thêm phải từ 1 đến %(most)s."), most=MOST_MINUTES)


def ends_with_round(window: Window) -> bool:
    """Say whether the round's closing ends every attempt that has no leave to pass it."""
    return window.limit is None or window.rule is DeadlineRule.EARLIER


def lengthened(deadline: datetime, extra: Extra, window: Window) -> datetime:
    """Give an attempt's deadline, in UTC, after `extra`; never before the old one.

    Without leave to pass it the round's closing still ends the attempt, where its rule says so.
    """
    old, wanted = utc(deadline), utc(deadline) + extra.time
    if extra.passes_closing or not ends_with_round(window):
        return wanted
    return max(old, min(wanted, utc(window.closes_at)))


def resumed(deadline: datetime, stopped_at: datetime, now: datetime) -> datetime:
    """Give the deadline, in UTC, of an attempt whose clock stood from `stopped_at` until `now`."""
    return utc(deadline) + max(NOTHING, utc(now) - utc(stopped_at))


def is_running(deadline: datetime, stopped_at: datetime | None, now: datetime) -> bool:
    """Say whether an answer is still taken: the clock stands, or deadline and grace are ahead."""
    return stopped_at is not None or utc(now) < utc(deadline) + GRACE


def used(started_at: datetime, ended_at: datetime, stood: timedelta) -> timedelta:
    """Give the time a person had the paper in hand: what the clock stood does not count."""
    return max(NOTHING, utc(ended_at) - utc(started_at) - stood)


def reopened(
    deadline: datetime,
    handed_in_at: datetime,
    now: datetime,
    *,
    at_least: Extra,
    window: Window,
) -> datetime:
    """Give the new deadline, in UTC, of an attempt opened again at `now`.

    The time that was left when it was handed in, at least `at_least`. Raises Invalid when the
    round's closing leaves nothing of it.
    """
    left = max(NOTHING, utc(deadline) - utc(handed_in_at))
    wanted = utc(now) + max(left, at_least.time)
    if not at_least.passes_closing and ends_with_round(window):
        wanted = min(wanted, utc(window.closes_at))
    if wanted <= utc(now):
        raise Invalid(N_("Đợt thi đã đóng. Muốn mở lại bài, hãy cho phép làm tiếp sau giờ đóng."))
    return wanted
