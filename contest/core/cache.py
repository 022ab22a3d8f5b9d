"""Short-lived values in this process's memory: pulled when asked for, forgotten after seconds."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")
_all: "WeakSet[Cache[Any]]" = WeakSet()


class Cache(Generic[T]):
    """At most `size` values, each for `seconds` (None: for good, for what never changes)."""

    def __init__(self, *, size: int, seconds: float | None) -> None:
        self._size = size
        self._seconds = seconds
        self._kept: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._lock = threading.Lock()
        _all.add(self)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the kept value, or make, keep and return it."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and (self._seconds is None or kept[0] > time.monotonic()):
            return kept[1]
        value = make()
        self.put(key, value)
        return value

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
