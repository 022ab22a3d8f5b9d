"""Short-lived values in this process's memory: pulled when asked for, forgotten after seconds."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")
WAIT_SECONDS = 1.0  # for another thread's making of the same value
_all: "WeakSet[Cache[Any]]" = WeakSet()


class Cache(Generic[T]):
    """At most `size` values, each for `seconds` (None: for good, for what never changes)."""

    def __init__(self, *, size: int, seconds: float | None) -> None:
        self._size = size
        self._seconds = seconds
        self._kept: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}
        _all.add(self)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the kept value, or make, keep and return it.

        Who asks while another thread makes it waits for that one, since a round opens to all at
        once; but not for long: it may hold what the other one needs.
        """
        kept = self._fresh(key)
        if kept is not None:
            return kept[0]
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        is_ours = making.acquire(timeout=WAIT_SECONDS)
        try:
            kept = self._fresh(key)
            if kept is not None:
                return kept[0]
            value = make()
            self.put(key, value)
        finally:
            with self._lock:
                self._making.pop(key, None)
            if is_ours:
                making.release()
        return value

    def _fresh(self, key: Hashable) -> tuple[T] | None:
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or (self._seconds is not None and kept[0] <= time.monotonic()):
            return None
        return (kept[1],)

    def peek(self, key: Hashable) -> T | None:
        """Return the kept value, however old, or None."""
        with self._lock:
            kept = self._kept.get(key)
        return None if kept is None else kept[1]

    def put(self, key: Hashable, value: T) -> None:
        """Keep `value`, dropping the oldest when full."""
        with self._lock:
            self._kept[key] = (time.monotonic() + (self._seconds or 0), value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def drop(self, key: Hashable) -> None:
        """Forget one value."""
        with self._lock:
            self._kept.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


def forget_everything() -> None:
    """Empty every cache of this process: another database, or freshly loaded data."""
    for cache in list(_all):
        cache.clear()
