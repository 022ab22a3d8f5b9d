"""How often somebody may do a thing, counted in this process.

The sliding-window counter of Cloudflare ("How we built rate limiting capable of scaling to
millions of domains", 2017): the last whole window counts by the share of it still in sight. The
library's memory storage starts a clean-up thread every few hits, which cost a third of a save.
"""

import math
import threading
from collections import OrderedDict


class Pace:
    """At most `most` acts in `seconds` for each key; the last `keys` keys are remembered."""

    def __init__(self, *, most: int, seconds: int, keys: int = 100_000) -> None:
        self._most, self._seconds, self._keys = most, seconds, keys
        self._windows: OrderedDict[str, tuple[int, int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, key: str, now: float) -> int:
        """Count one act at `now` (epoch seconds); return 0, or the seconds to wait when refused."""
        window, elapsed = divmod(now, self._seconds)
        with self._lock:
            then, before, here = self._windows.get(key, (int(window), 0, 0))
            if then != window:
                before, here = (here if then == window - 1 else 0), 0
            seen = before * (1 - elapsed / self._seconds) + here
            if seen >= self._most:
                return max(1, math.ceil(self._seconds - elapsed))
            self._windows[key] = (int(window), before, here + 1)
            self._windows.move_to_end(key)
            if len(self._windows) > self._keys:
                self._windows.popitem(last=False)
        return 0

    def forget(self) -> None:
        """Begin anew for everybody."""
        with self._lock:
            self._windows.clear()
