"""What changed in published rules, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contest.config import ROOT
from contest.contests import contest_file, rule_changes
from contest.contests.rule_changes import Words
from contest.rules.identity import AskedWhen, IdentityField, IdentityKey, IdentityRules

WORDS = Words(ZoneInfo("Asia/Ho_Chi_Minh"), {"audience_id": {7: "Người cao tuổi"}})
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


def test_every_setting_that_may_change_has_a_name() -> None:
    data = (ROOT / "contest" / "data" / "demo.toml").read_bytes()
    spec = contest_file.read(data, zone=WORDS.zone, now=NOW)
    keys = {*spec.columns(), *spec.rounds[0].columns(), *spec.divisions[0].columns()}
    keys |= {"unit_id", "audience_id", "position", "targets", "divisions", "rounds"}
    assert keys - rule_changes.TEXTS - rule_changes.LABELS.keys() == set()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("tries_day", None, "không"),
        ("tries_day", 3, "3"),
        ("is_one_way", True, "có"),
        ("is_one_way", False, "không"),
        ("audience_id", 7, "Người cao tuổi"),
        ("audience_id", 8, "8"),
        ("combine", "weighted", "theo tỉ trọng từng đợt"),
        ("ties", ["score", "duration"], "điểm, làm nhanh hơn"),
        ("time_limit_s", 630, "10 phút 30 giây"),
        ("time_limit_s", 600, "10 phút"),
        ("freeze_s", 0, "0 giây"),
        ("opens_at", datetime(2026, 11, 16, 9, tzinfo=UTC), "16:00 16/11/2026"),
        ("points", Decimal("2.50"), "2,5"),
        (
            "plan",
            [
                {"topic": "scams", "difficulty": 1, "count": 2, "audiences": []},
                {"topic": None, "difficulty": None, "count": 3, "audiences": []},
            ],
            "5 câu (scams độ khó 1: 2; chủ đề bất kỳ: 3)",
        ),
        (
            "prizes",
            [{"name": "giải Nhất", "count": 1, "value": "giấy khen"}],
            "1 giải Nhất giấy khen",
        ),
        ("prizes", [], "không"),
    ],
)
def test_values_are_said_in_words(key: str, value: Any, said: str) -> None:
    assert WORDS.say(key, value) == said


def test_what_is_asked_is_said_in_words() -> None:
    rules = IdentityRules(
        AskedWhen.AFTER,
        (
            IdentityField(IdentityKey.PHONE, may_be_relatives=True),
            IdentityField(IdentityKey.CLASS, is_required=False, is_unique=True),
        ),
    )
    assert WORDS.say("identity", rules.as_json()).startswith(
        "hỏi sau khi nộp bài: điện thoại, có thể của người thân; lớp, không bắt buộc, không trùng"
    )
