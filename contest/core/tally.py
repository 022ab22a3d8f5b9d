"""Rough counts of what happens, by the minute, and who was seen a moment ago: never a result.

Counting touches this process's memory only. With Redis, what was counted is carried there by a
thread of its own about once a second, so that all processes are summed up; nobody waits for it,
and a Redis that does not answer costs nothing but the sum.
"""

import logging
import threading
import time
from collections import Counter, OrderedDict, defaultdict

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

PATIENCE = 0.25  # seconds to connect or to answer
REST = 5.0  # seconds in which a Redis that failed is not asked again
CARRIED_EVERY = 1.0  # seconds
KEPT_MINUTES = 90
PRESENT_S = 60  # who asked within this many seconds is here
MOST_SEEN = 100_000  # names remembered in a group
MINUTE = 60
HOUR = 3600
PREFIX = "tally:"

Minutes = dict[str, dict[int, int]]  # what → minute since the epoch → how often


class Tally:
    """Counts by group (a round, say) and word; `now` is epoch seconds."""

    def __init__(self, redis_url: str | None) -> None:
        self._lock = threading.Lock()
        self._minutes: OrderedDict[int, Counter[tuple[str, str]]] = OrderedDict()
        self._seen: dict[str, OrderedDict[str, float]] = defaultdict(OrderedDict)
        self._pending: Counter[tuple[str, int, str]] = Counter()
        self._pending_seen: dict[tuple[str, str], float] = {}
        self._carried_at = time.monotonic()
        self._silent_until = 0.0
        self._redis = (
            redis.Redis.from_url(
                redis_url,
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                retry=Retry(NoBackoff(), 0),
                decode_responses=True,
            )
            if redis_url is not None
            else None
        )

    def count(self, group: str, what: str, now: float) -> None:
        """Count one `what` in this minute of `group`."""
        minute = int(now // MINUTE)
        with self._lock:
            if minute not in self._minutes:
                self._minutes[minute] = Counter()
                while len(self._minutes) > KEPT_MINUTES:
                    self._minutes.popitem(last=False)
            self._minutes[minute][group, what] += 1
            if self._redis is not None:
                self._pending[group, minute, what] += 1
        self._carry_sometimes()

    def see(self, group: str, who: str, now: float) -> None:
        """Note that `who` (a device's hash, say) is in `group` now."""
        with self._lock:
            seen = self._seen[group]
            seen[who] = now
            seen.move_to_end(who)
            while seen and (len(seen) > MOST_SEEN or next(iter(seen.values())) <= now - PRESENT_S):
                seen.popitem(last=False)
            if self._redis is not None:
                self._pending_seen[group, who] = now
        self._carry_sometimes()

    def minutes(self, group: str, now: float, *, back: int) -> Minutes:
        """Return the counts of the last `back` minutes (at most an hour), this one included."""
        last = int(now // MINUTE)
        found: Minutes = defaultdict(dict)
        for minute, what, count in self._shared(group, now) or self._here(group):
            if last - back < minute <= last:
                found[what][minute] = count
        return dict(found)

    def present(self, group: str, now: float) -> int:
        """Return how many were seen within the last minute."""
        with self._lock:
            here = sum(1 for at in self._seen.get(group, {}).values() if at > now - PRESENT_S)
        if self._is_silent():
            return here
        assert self._redis is not None  # noqa: S101 -- for the type checker
        self.carry()
        key = f"{PREFIX}{group}:seen"
        try:
            return max(here, int(self._redis.zcount(key, now - PRESENT_S, "+inf")))  # type: ignore[arg-type]
        except redis.RedisError:
            self._rest()
            return here

    def carry(self) -> None:
        """Bring to Redis what was counted since the last time; it is lost when Redis is."""
        with self._lock:
            counts, self._pending = self._pending, Counter()
            seen, self._pending_seen = self._pending_seen, {}
            self._carried_at = time.monotonic()
        if self._is_silent() or not (counts or seen):
            return
        assert self._redis is not None  # noqa: S101 -- for the type checker
        try:
            with self._redis.pipeline(transaction=False) as line:
                keys = set()
                for (group, minute, what), count in counts.items():
                    keys.add(key := _hour_key(group, minute * MINUTE))
                    line.hincrby(key, f"{minute}:{what}", count)
                for (group, who), at in seen.items():
                    keys.add(key := f"{PREFIX}{group}:seen")
                    line.zadd(key, {who: at})
                    line.zremrangebyscore(key, "-inf", at - PRESENT_S)
                for key in keys:
                    line.expire(key, 3 * HOUR)
                line.execute()
        except redis.RedisError:
            self._rest()

    def close(self) -> None:
        """Let the connections go."""
        if self._redis is not None:
            self._redis.close()

    def _carry_sometimes(self) -> None:
        if self._redis is None or time.monotonic() - self._carried_at < CARRIED_EVERY:
            return
        with self._lock:
            if time.monotonic() - self._carried_at < CARRIED_EVERY:
                return
            self._carried_at = time.monotonic()
        threading.Thread(target=self.carry, daemon=True).start()

    def _here(self, group: str) -> list[tuple[int, str, int]]:
        with self._lock:
            return [
                (minute, what, count)
                for minute, counts in self._minutes.items()
                for (which, what), count in counts.items()
                if which == group
            ]

    def _shared(self, group: str, now: float) -> list[tuple[int, str, int]]:
        if self._is_silent():
            return []
        assert self._redis is not None  # noqa: S101 -- for the type checker
        self.carry()
        try:
            with self._redis.pipeline(transaction=False) as line:
                line.hgetall(_hour_key(group, now - HOUR))
                line.hgetall(_hour_key(group, now))
                hours = line.execute()
        except redis.RedisError:
            self._rest()
            return []
        return [
            (int(minute), what, int(count))
            for hour in hours
            for field, count in hour.items()
            for minute, what in [field.split(":", 1)]
        ]

    def _is_silent(self) -> bool:
        return self._redis is None or time.monotonic() < self._silent_until

    def _rest(self) -> None:
        self._silent_until = time.monotonic() + REST


def _hour_key(group: str, at: float) -> str:
    return f"{PREFIX}{group}:{int(at // HOUR)}"
