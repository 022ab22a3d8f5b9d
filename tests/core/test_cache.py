"""Values of this process: kept for seconds, never too many, forgotten when told."""

import threading
import time

import pytest

from contest.core.cache import Cache, forget_everything


def test_a_value_is_made_once_until_its_seconds_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    cache, made = Cache[int](size=9, seconds=5), []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [cache.get("a", make), cache.get("a", make)] == [1, 1]
    moment[0] += 5
    assert cache.get("a", make) == 2


def test_none_is_a_value_and_no_seconds_means_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache[None](size=9, seconds=None)
    calls = []
    for moment in (0.0, 1e9):
        monkeypatch.setattr(time, "monotonic", lambda moment=moment: moment)
        assert cache.get("a", lambda: calls.append(1)) is None
    assert calls == [1]


def test_the_oldest_goes_when_it_is_full() -> None:
    cache = Cache[str](size=2, seconds=None)
    for key in "abc":
        cache.put(key, key)
    assert [cache.get(key, lambda: "new") for key in "bc"] == ["b", "c"]
    assert cache.get("a", lambda: "new") == "new"


def test_values_are_forgotten_one_by_one_or_all_at_once() -> None:
    cache = Cache[str](size=9, seconds=None)
    cache.put("a", "old")
    cache.put("b", "old")
    cache.drop("a")
    cache.drop("not there")
    assert cache.get("a", lambda: "new") == "new"
    assert cache.get("b", lambda: "new") == "old"
    forget_everything()
    assert cache.get("b", lambda: "new") == "new"


def test_a_maker_that_fails_keeps_nothing() -> None:
    cache = Cache[int](size=9, seconds=None)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", lambda: 2) == 2


def test_threads_that_ask_at_once_share_one_making() -> None:
    cache, made = Cache[int](size=9, seconds=60), []
    goes, asked = threading.Event(), threading.Barrier(5)

    def make() -> int:
        made.append(1)
        goes.wait(5)
        return len(made)

    def ask() -> None:
        asked.wait(5)
        assert cache.get("a", make) == 1

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    asked.wait(5)
    goes.set()
    for thread in threads:
        thread.join(5)
    assert made == [1]


def test_who_waits_too_long_makes_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contest.core.cache.WAIT_SECONDS", 0.01)
    cache = Cache[str](size=9, seconds=60)
    begun, goes = threading.Event(), threading.Event()

    def hang() -> str:
        begun.set()
        goes.wait(5)
        return "late"

    other = threading.Thread(target=lambda: cache.get("a", hang))
    other.start()
    begun.wait(5)

    assert cache.get("a", lambda: "own") == "own"

    goes.set()
    other.join(5)
