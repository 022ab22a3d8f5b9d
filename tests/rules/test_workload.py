from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contest.rules.workload import Workload, is_behind, minutes, workload

OPENS = datetime(2026, 11, 23, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=8)


@pytest.mark.parametrize(
    ("kind", "seconds", "expected"),
    [
        ("video", 180.0, 5),
        ("video", 180.1, 6),
        ("video", 1.0, 3),
        ("video", None, 5),
        ("essay", None, 8),
        ("photo", None, 4),
        ("model", None, 10),
        ("model", 120.0, 4),
    ],
)
def test_minutes_of_one_entry(kind, seconds, expected) -> None:
    assert minutes(kind, seconds) == expected


def test_sixty_clips_of_a_minute_by_three_judges_are_nine_hours() -> None:
    assert workload([3] * 60, per_entry=3, judges=6) == Workload(
        entries=60, sheets=180, total=540, each_judge=90, entries_each=30
    )


def test_fewer_judges_than_wanted_have_every_entry_each() -> None:
    assert workload([3, 4], per_entry=3, judges=2) == Workload(
        entries=2, sheets=4, total=14, each_judge=7, entries_each=2
    )


def test_without_judges_the_whole_is_what_one_would_have() -> None:
    assert workload([3, 4], per_entry=3, judges=0) == Workload(
        entries=2, sheets=6, total=21, each_judge=21, entries_each=6
    )


@pytest.mark.parametrize(
    ("done", "day", "expected"),
    [
        (0, -1, False),
        (0, 1, False),
        (0, 2, False),
        (0, 3, True),
        (1, 3, False),
        (5, 7, False),
        (4, 7, True),
        (7, 8, True),
        (8, 8, False),
        (8, 20, False),
    ],
)
def test_who_is_behind(done, day, expected) -> None:
    now = OPENS + timedelta(days=day)
    assert is_behind(done, 8, opens_at=OPENS, closes_at=CLOSES, now=now) is expected


def test_who_has_nothing_is_not_behind() -> None:
    assert is_behind(0, 0, opens_at=OPENS, closes_at=CLOSES, now=CLOSES) is False
