"""Values shared through Redis, and what a refused or a silent Redis costs."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
import redis

from contest.core.shared_cache import PREFIX, SharedCache


def counted(values: list[Any]) -> Any:
    """A maker that gives 1, 2, 3 …"""

    def make() -> Any:
        values.append({"n": len(values) + 1, "tên": "Mẩy"})
        return values[-1]

    return make


def test_without_redis_the_process_keeps_values() -> None:
    cache, made = SharedCache(None, seconds=5), []
    make = counted(made)
    assert [cache.get("a", make)["n"] for _ in range(3)] == [1, 1, 1]
    assert cache.get("b", make)["n"] == 2
    cache.close()


def test_two_processes_share_a_value_through_redis(redis_url: str) -> None:
    one, other = SharedCache(redis_url, seconds=5), SharedCache(redis_url, seconds=5)
    make = counted([])
    client = redis.Redis.from_url(redis_url)
    client.flushdb()
    assert one.get("a", make) == other.get("a", make) == {"n": 1, "tên": "Mẩy"}
    assert 0 < client.ttl(f"{PREFIX}a") <= 5
    client.flushdb()
    assert one.get("a", make)["n"] == 2
    client.close()
    one.close()
    other.close()


def test_a_refused_redis_is_replaced_by_memory() -> None:
    cache, make = SharedCache("redis://127.0.0.1:1/0", seconds=5), counted([])
    assert [cache.get("a", make)["n"] for _ in range(3)] == [1, 1, 1]


def test_a_silent_redis_costs_a_tenth_of_a_second_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        cache, make = SharedCache(url, seconds=5), counted([])
        began = time.monotonic()
        assert cache.get("a", make)["n"] == 1
        first = time.monotonic() - began
        began = time.monotonic()
        for _ in range(100):
            assert cache.get("a", make)["n"] == 1
        assert 0.05 < first < 0.4
        assert time.monotonic() - began < 0.05
        cache.close()


def test_redis_lost_between_reading_and_writing_loses_nothing(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, make = SharedCache(redis_url, seconds=5), counted([])
    client = redis.Redis.from_url(redis_url)
    client.flushdb()
    client.close()

    def lost(*_args: object, **_facts: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(redis.Redis, "set", lost)
    assert [cache.get("x", make)["n"] for _ in range(3)] == [1, 1, 1]
    cache.close()
