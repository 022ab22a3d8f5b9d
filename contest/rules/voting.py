"""Public votes: who may vote, how long a vote stands, and what in the votes deserves a look.

Pure. Flags are for a person to look at; nothing here takes a vote away.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

from contest.errors import N_, ContestError, NotAllowed, TooEarly, TooLate
from contest.rules.entry_rules import VotePeriod, VoteRules
from contest.rules.timing import utc

KNOWN_FOR = timedelta(days=1)  # an account must be that old before it votes
FORGET_AFTER = timedelta(days=30)  # after the vote closes: networks and devices are blanked
NETWORK_V4, NETWORK_V6 = 24, 48  # bits of an address that name its network

WINDOW = timedelta(minutes=10)
LEAST_BURST = 30  # votes in a window: fewer is one class voting together
BURST_FACTOR = 8  # times the entry's own usual pace
MOST_BURSTS = 20  # looked for in one entry
# A family shares a telephone (field.md §2.2), so some accounts on one device are as usual.
MOST_ON_DEVICE = 5

OWN = N_("Đây là bài của bạn. Bạn hãy bình chọn cho bài của người khác.")
INACTIVE = N_("Tài khoản của bạn đang tạm ngừng nên chưa bình chọn được. Hãy hỏi ban tổ chức.")
OUTSIDE = N_(
    "Bình chọn này dành cho người thuộc các đơn vị của cuộc thi và người đã đăng ký dự thi."
)
UNVERIFIED = N_(
    "Để bình chọn, tài khoản cần có số điện thoại hoặc có mã trong danh sách của ban tổ chức. "
    "Bạn hãy nhờ ban tổ chức, thầy cô ghi giúp."
)
TOO_NEW = N_(
    "Tài khoản cần được mở ít nhất một ngày trước khi bình chọn. Bạn quay lại sau %(moment)s nhé."
)
CLOSED = N_("Bình chọn đã kết thúc lúc %(moment)s. Cảm ơn bạn đã quan tâm.")
NOT_YET = N_("Bình chọn mở sau khi đợt thi đóng.")


@dataclass(frozen=True, slots=True)
class Voter:
    """What is asked of an account that votes.

    `is_inside`: its unit lies below the contest's, or it is registered in the contest.
    `is_listed`: an organizer's list gave it a member code.
    """

    is_active: bool
    is_inside: bool
    has_phone: bool
    is_listed: bool
    registered_at: datetime


def closes_at(round_closes_at: datetime, rules: VoteRules) -> datetime:
    """Return the moment from which no vote is taken."""
    return utc(round_closes_at) + timedelta(days=rules.days)


def forgotten_at(round_closes_at: datetime, rules: VoteRules) -> datetime:
    """Return the moment from which no vote names its network or device any more."""
    return closes_at(round_closes_at, rules) + FORGET_AFTER


def period(rules: VoteRules, *, today: date, closing_day: date) -> date:
    """Return the day a vote given today is counted under: one account, one vote under each."""
    return today if rules.period is VotePeriod.DAY else closing_day


def why_closed(round_closes_at: datetime, rules: VoteRules, now: datetime) -> ContestError | None:
    """Say why no vote is taken at `now`; None while votes are taken."""
    if utc(now) < utc(round_closes_at):
        return TooEarly(NOT_YET)
    end = closes_at(round_closes_at, rules)
    return TooLate(CLOSED, moment=end) if utc(now) >= end else None


def why_not(voter: Voter, now: datetime, *, is_own: bool = False) -> ContestError | None:
    """Say in one plain sentence why an account may not vote for an entry; None: it may."""
    if not voter.is_active:
        return NotAllowed(INACTIVE)
    if is_own:
        return NotAllowed(OWN)
    if not voter.is_inside:
        return NotAllowed(OUTSIDE)
    if not (voter.has_phone or voter.is_listed):
        return NotAllowed(UNVERIFIED)
    since = utc(voter.registered_at) + KNOWN_FOR
    return TooEarly(TOO_NEW, moment=since) if utc(now) < since else None


def network(address: str) -> str:
    """Return the network an address lies in ("10.1.2.0/24"); "" for what is no address."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    bits = NETWORK_V4 if isinstance(found, IPv4Address) else NETWORK_V6
    spare = found.max_prefixlen - bits
    first = int(found) >> spare << spare
    return f"{type(found)(first)}/{bits}"


@dataclass(frozen=True, slots=True)
class Cast:
    """One vote that counts."""

    entry: int
    account: int
    at: datetime
    device: str
    network: str


@dataclass(frozen=True, slots=True)
class Burst:
    """Many votes for one entry in a short time; `usual` is its votes in ten minutes otherwise."""

    entry: int
    since: datetime
    until: datetime  # the last vote of it
    votes: int
    usual: float


@dataclass(frozen=True, slots=True)
class Shared:
    """Votes of many accounts from one device or one network, by entry, the most first."""

    key: str
    accounts: int
    votes: int
    entries: tuple[tuple[int, int], ...]


def bursts(casts: Iterable[Cast], *, since: datetime, until: datetime) -> list[Burst]:
    """Find where an entry got votes far faster than it usually does, earliest first.

    Ten minutes with at least 30 votes and 8 times the pace of the rest of the time from `since`
    to `until`; windows that touch are one burst.
    """
    by_entry: dict[int, list[datetime]] = defaultdict(list)
    for cast in casts:
        by_entry[cast.entry].append(cast.at)
    found = [
        burst
        for entry, moments in by_entry.items()
        for burst in _joined(_bursts_of(entry, sorted(moments), until - since))
    ]
    return sorted(found, key=lambda burst: (burst.since, burst.entry))


def _bursts_of(entry: int, moments: list[datetime], span: timedelta) -> list[Burst]:
    rest = max(1.0, span / WINDOW - 1)  # windows besides the one looked at
    found: list[Burst] = []
    while len(found) < MOST_BURSTS:
        start, stop = _densest(moments)
        count = stop - start
        usual = (len(moments) - count) / rest
        if count < max(LEAST_BURST, BURST_FACTOR * usual):
            break
        found.append(Burst(entry, moments[start], moments[stop - 1], count, usual))
        moments = moments[:start] + moments[stop:]
    return found


def _densest(moments: Sequence[datetime]) -> tuple[int, int]:
    """Return the slice of the most moments that lie within one window, the earliest such."""
    best = (0, 0)
    for start, moment in enumerate(moments):
        stop = bisect_right(moments, moment + WINDOW, lo=start)
        if stop - start > best[1] - best[0]:
            best = (start, stop)
    return best


def _joined(found: list[Burst]) -> list[Burst]:
    joined: list[Burst] = []
    for burst in sorted(found, key=lambda each: each.since):
        last = joined[-1] if joined else None
        if last is None or burst.since - last.until > WINDOW:
            joined.append(burst)
            continue
        joined[-1] = Burst(
            last.entry,
            last.since,
            max(last.until, burst.until),
            last.votes + burst.votes,
            min(last.usual, burst.usual),
        )
    return joined


def shared_devices(casts: Iterable[Cast]) -> list[Shared]:
    """Find devices from which more accounts voted than a family has, the most accounts first."""
    return [each for each in _shared(casts, "device") if each.accounts > MOST_ON_DEVICE]


def busiest_networks(casts: Iterable[Cast], most: int = 10) -> list[Shared]:
    """Return the networks most accounts voted from: no flag, for a school is one network."""
    return _shared(casts, "network")[:most]


def _shared(casts: Iterable[Cast], by: str) -> list[Shared]:
    groups: dict[str, list[Cast]] = defaultdict(list)
    for cast in casts:
        if key := getattr(cast, by):
            groups[key].append(cast)
    found = [
        Shared(
            key,
            len({cast.account for cast in group}),
            len(group),
            tuple(
                sorted(
                    Counter(cast.entry for cast in group).items(),
                    key=lambda pair: (-pair[1], pair[0]),
                )
            ),
        )
        for key, group in groups.items()
    ]
    return sorted(found, key=lambda each: (-each.accounts, each.key))
