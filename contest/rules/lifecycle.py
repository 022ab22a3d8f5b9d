"""What the clock decides about a round is computed here; what people decide is a stored state."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contest.errors import N_, Conflict, Invalid, TooEarly
from contest.rules.timing import GRACE, NOTHING, utc


class Phase(StrEnum):
    """Where a round is; OFFICIAL is the only one in which a place is final (field.md §3.2)."""

    UPCOMING = "upcoming"
    OPEN = "open"
    FROZEN = "frozen"
    SETTLING = "settling"
    OFFICIAL = "official"


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """The moments of a round, all aware.

    `last_deadline` is the latest deadline of any attempt, extra time included. For the last
    `freeze` before `closes_at`, and then until the results are official, the public board stands
    still. Refused with Invalid: naive datetimes, moments out of order, a freeze of nothing or
    less.
    """

    opens_at: datetime
    closes_at: datetime
    last_deadline: datetime
    freeze: timedelta | None
    settled_at: datetime | None

    def __post_init__(self) -> None:
        if not utc(self.opens_at) < utc(self.closes_at) <= utc(self.last_deadline):
            raise Invalid(N_("Giờ mở, giờ đóng và hạn nộp cuối phải theo thứ tự."))
        if self.freeze is not None and self.freeze <= NOTHING:
            raise Invalid(N_("Thời gian đóng băng bảng xếp hạng phải lớn hơn 0."))
        if self.settled_at is not None and utc(self.settled_at) < utc(self.closes_at):
            raise Invalid(N_("Không thể chốt kết quả trước giờ đóng."))


def phase(facts: RoundFacts, now: datetime) -> Phase:
    """Tell where the round is at `now`: openings are inclusive, ends exclusive."""
    now = utc(now)
    if now < utc(facts.opens_at):
        return Phase.UPCOMING
    if facts.settled_at is not None and now >= utc(facts.settled_at):
        return Phase.OFFICIAL
    if now >= utc(facts.closes_at):
        return Phase.SETTLING
    freezes_at = _freezes_at(facts)
    return Phase.FROZEN if freezes_at is not None and now >= freezes_at else Phase.OPEN


def ensure_settleable(facts: RoundFacts, now: datetime, grace: timedelta = GRACE) -> None:
    """Raise TooEarly while an answer to some attempt may still arrive."""
    settleable_at = utc(facts.last_deadline) + grace
    if utc(now) < settleable_at:
        raise TooEarly(
            N_("Vẫn còn người đang làm bài. Có thể chốt kết quả từ %(settleable_at)s."),
            settleable_at=settleable_at,
        )


def _freezes_at(facts: RoundFacts) -> datetime | None:
    """A freeze longer than the round begins with it."""
    if facts.freeze is None:
        return None
    return max(utc(facts.closes_at) - facts.freeze, utc(facts.opens_at))


class ContestState(StrEnum):
    """What the organisers have decided about a contest."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


_MOVES = frozenset(
    {
        (ContestState.DRAFT, ContestState.PUBLISHED),
        (ContestState.PUBLISHED, ContestState.ARCHIVED),
    }
)


def ensure_move(here: ContestState, there: ContestState) -> None:
    """Let a contest go from draft to published to archived, a step at a time, never back.

    Raises Conflict when it is there already (somebody was faster), Invalid for other moves.
    """
    if here is there:
        raise Conflict(N_("Cuộc thi đã ở trạng thái này rồi."))
    if (here, there) not in _MOVES:
        raise Invalid(N_("Cuộc thi chỉ đi từ bản nháp sang công bố, rồi từ công bố sang lưu trữ."))
