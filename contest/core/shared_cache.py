"""Short-lived values shared by all processes through Redis, when there is one that answers.

What is kept here can always be made again: losing Redis loses nothing, and a silent Redis costs a
tenth of a second once in a while, not on every request.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from contest.core.cache import Cache

PATIENCE = 0.1  # seconds to connect or to answer
REST = 5.0  # seconds in which a Redis that failed is not asked again
PREFIX = "cache:"


class SharedCache:
    """JSON values for `seconds`, in Redis or, without one, in this process's memory."""

    def __init__(self, redis_url: str | None, *, seconds: int, size: int = 2000) -> None:
        self._seconds = seconds
        self._here: Cache[Any] = Cache(size=size, seconds=seconds)
        self._silent_until = 0.0
        self._redis = (
            redis.Redis.from_url(
                redis_url,
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                retry=Retry(NoBackoff(), 0),
            )
            if redis_url is not None
            else None
        )

    def get(self, key: str, make: Callable[[], Any]) -> Any:
        """Return the kept value, or make, keep and return it; `make` gives what JSON can say."""
        client = self._redis
        if client is None or time.monotonic() < self._silent_until:
            return self._here.get(key, make)
        try:
            kept = client.get(PREFIX + key)
        except redis.RedisError:
            self._rest()
            return self._here.get(key, make)
        if kept is not None:
            return json.loads(kept)  # type: ignore[arg-type]  # not an awaitable here
        value = make()
        try:
            client.set(PREFIX + key, json.dumps(value, ensure_ascii=False), ex=self._seconds)
        except redis.RedisError:
            self._rest()
            self._here.put(key, value)
        return value

    def close(self) -> None:
        """Let the connections go."""
        if self._redis is not None:
            self._redis.close()

    def _rest(self) -> None:
        self._silent_until = time.monotonic() + REST
