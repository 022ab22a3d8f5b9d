"""Rough counts: in this process, summed through Redis, and without a Redis that died."""

from __future__ import annotations

import pytest
import redis

from contest.core.tally import Tally

NOW = 1_800_000_000.0  # the first second of a minute and of an hour


@pytest.fixture
def address(redis_url):
    client = redis.Redis.from_url(redis_url)
    client.flushall()
    client.close()
    return redis_url


def test_counts_are_kept_by_group_word_and_minute():
    tally = Tally(None)
    for at in (NOW, NOW + 59, NOW + 60):
        tally.count("a", "saved", at)
    tally.count("a", "late", NOW)
    tally.count("b", "saved", NOW)
    minute = int(NOW) // 60
    assert tally.minutes("a", NOW + 60, back=10) == {
        "saved": {minute: 2, minute + 1: 1},
        "late": {minute: 1},
    }
    assert tally.minutes("a", NOW + 60, back=1) == {"saved": {minute + 1: 1}}
    assert tally.minutes("c", NOW, back=10) == {}


def test_old_minutes_are_forgotten():
    tally = Tally(None)
    for minute in range(200):
        tally.count("a", "saved", NOW + 60 * minute)
    assert len(tally._minutes) == 90


def test_who_was_seen_within_a_minute_is_here_once():
    tally = Tally(None)
    for who, at in (("x", NOW), ("y", NOW + 30), ("x", NOW + 40), ("z", NOW + 45)):
        tally.see("a", who, at)
    assert [tally.present("a", NOW + after) for after in (45, 91, 101, 106)] == [3, 2, 1, 0]
    assert tally.present("b", NOW) == 0


def test_two_processes_are_summed_through_redis(address):
    one, two = Tally(address), Tally(address)
    for tally, who in ((one, "x"), (two, "y"), (two, "x")):
        tally.count("a", "saved", NOW)
        tally.see("a", who, NOW)
        tally.carry()
    minute = int(NOW) // 60
    for tally in (one, two):
        assert tally.minutes("a", NOW, back=5) == {"saved": {minute: 3}}
        assert tally.present("a", NOW) == 2
        assert tally.present("a", NOW + 61) == 0
        tally.close()


def test_the_hour_before_is_read_too(address):
    tally = Tally(address)
    tally.count("a", "saved", NOW - 1)
    tally.count("a", "saved", NOW)
    minute = int(NOW) // 60
    assert tally.minutes("a", NOW, back=5) == {"saved": {minute - 1: 1, minute: 1}}
    tally.close()


def test_without_an_answering_redis_this_process_still_counts(tmp_path):
    tally = Tally(f"unix://{tmp_path}/none")
    tally.count("a", "saved", NOW)
    tally.see("a", "x", NOW)
    tally.carry()
    assert tally.minutes("a", NOW, back=5) == {"saved": {int(NOW) // 60: 1}}
    assert tally.present("a", NOW) == 1
    tally.close()
