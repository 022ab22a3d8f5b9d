"""What a round of entries takes is read strictly, and written back as it was read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.contests import contest_data, contest_file
from contest.errors import Invalid
from contest.rules.entry_rules import EVERY, EntryKind, EntryRules, VotePeriod, VoteRules
from contest.rules.rubric import Criterion, Level

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
CODES = ("hoc-sinh", "moi-nguoi", "nguoi-cao-tuoi")
HEAD = """
code = "ke-chuyen"
unit = "15"
title = "Kể chuyện"
about = "Thi để học."
contact = "0214 000 000"
""" + "".join(
    f'[[divisions]]\ncode = "{code}"\nname = "Bảng {code}"\naudience = "everybody"\n'
    for code in CODES
)
ROUND = """
[[rounds]]
code = "video"
name = "Video"
kind = "entries"
opens_at = 2026-12-07 08:00:00
closes_at = 2026-12-21 17:00:00
"""
CRITERION = '[[rounds.entries.criteria]]\ncode = "content"\nname = "Nội dung"\n'
SMALLEST = '[rounds.entries]\nkinds = ["video"]\n' + CRITERION


def read(entries: str) -> EntryRules:
    spec = contest_file.read((HEAD + ROUND + entries).encode(), zone=ZONE)
    rules = spec.rounds[0].entries
    assert rules is not None
    return rules


def problems(entries: str, round_: str = ROUND) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        contest_file.read((HEAD + round_ + entries).encode(), zone=ZONE)
    return {
        place.removeprefix("rounds.video."): str(problem)
        for place, problem in caught.value.problems.items()
    }


def test_the_smallest_part_takes_the_usual_settings() -> None:
    rules = read(SMALLEST)
    assert rules.rubrics[EVERY].criteria == (Criterion(code="content", name="Nội dung"),)
    assert rules == EntryRules(kinds=(EntryKind.VIDEO,), rubrics=rules.rubrics)


def test_every_setting_is_read() -> None:
    rules = read(
        """
        [rounds.entries]
        kinds = ["practical", "essay"]
        each = 2
        most_members = 4
        most_clip_mb = 100
        most_file_mb = 5
        most_pictures = 3
        least_seconds = 30
        most_seconds = 180
        most_characters = 5000
        links = true
        grace_s = 600
        gallery = true
        judges_each = 5
        blind = false
        [rounds.entries.vote]
        period = "round"
        share = 12.5
        days = 3
        [[rounds.entries.checklist]]
        code = "open"
        name = "Mở ứng dụng"
        points = 2
        [[rounds.entries.criteria]]
        code = "content"
        name = "Nội dung"
        name_en = "Content"
        about = "Đúng."
        about_en = "Right."
        weight = 2.50
        least = 1
        most = 5
        step = 0.5
        counted = true
        levels = [{ points = 3, text = "Được.", text_en = "Fair." }]
        """
    )
    assert (rules.each, rules.most_members, rules.judges_each, rules.grace_s) == (2, 4, 5, 600)
    assert (rules.most_clip_mb, rules.most_file_mb, rules.most_pictures) == (100, 5, 3)
    assert (rules.least_seconds, rules.most_seconds, rules.most_characters) == (30, 180, 5000)
    assert (rules.takes_links, rules.is_gallery, rules.is_blind) == (True, True, False)
    assert rules.vote == VoteRules(VotePeriod.ROUND, Decimal("12.5"), 3)
    assert [(each.code, each.points) for each in rules.checklist] == [("open", Decimal(2))]
    assert rules.rubrics[EVERY].criteria == (
        Criterion(
            code="content",
            name="Nội dung",
            name_en="Content",
            about="Đúng.",
            about_en="Right.",
            weight=Decimal("2.5"),
            least=Decimal(1),
            most=Decimal(5),
            step=Decimal("0.5"),
            levels=(Level(Decimal(3), "Được.", "Fair."),),
        ),
    )
    assert EntryRules.from_json(json.loads(json.dumps(rules.as_json()))) == rules


def test_criteria_may_differ_by_division() -> None:
    rules = read(
        SMALLEST
        + '[[rounds.entries.criteria]]\ncode = "hand"\nname = "Tự làm"\n'
        + 'divisions = ["hoc-sinh"]\n'
        + '[[rounds.entries.criteria]]\ncode = "form"\nname = "Cách thể hiện"\n'
    )
    codes = {code: [one.code for one in each.criteria] for code, each in rules.rubrics.items()}
    assert codes == {EVERY: ["content", "form"], "hoc-sinh": ["content", "hand", "form"]}


WRONG = [
    (
        "",
        {
            "entries.kinds": "Hãy chọn ít nhất một loại bài dự thi.",
            "entries.criteria": (
                "Hãy nêu các tiêu chí chấm: thể lệ phải công bố trước khi nhận bài."
            ),
        },
    ),
    (
        '[rounds.entries]\nkinds = ["video"]\n',
        {
            "entries.criteria": (
                "Hãy nêu các tiêu chí chấm: thể lệ phải công bố trước khi nhận bài."
            )
        },
    ),
    ("entries = 5\n", {"entries": "Mục này phải viết thành một phần [entries]."}),
    (
        '[rounds.entries]\nkinds = "video"\n' + CRITERION,
        {"entries.kinds": 'Mục này phải là danh sách các chuỗi, ví dụ ["score", "duration"].'},
    ),
    (
        '[rounds.entries]\nkinds = ["video", "video"]\n' + CRITERION,
        {"entries.kinds": "Mỗi loại bài dự thi chỉ ghi một lần."},
    ),
    (
        '[rounds.entries]\nkinds = ["video"]\neach = 0\nsise = 3\ngrace_s = "1"\n' + CRITERION,
        {
            "entries.each": "Mục này phải là số nguyên từ 1 đến 10.",
            "entries.sise": "Không có mục nào tên như vậy; hãy xem lại cách viết.",
            "entries.grace_s": "Mục này phải là số nguyên từ 0 đến 86400.",
        },
    ),
    (
        '[rounds.entries]\nkinds = ["video"]\nleast_seconds = 301\n' + CRITERION,
        {
            "entries.least_seconds": (
                "Độ dài ít nhất của video không được lớn hơn độ dài nhiều nhất."
            )
        },
    ),
    (
        '[rounds.entries]\nkinds = ["practical"]\n',
        {"entries.checklist": "Phần thi thực hành cần một bảng kiểm các việc phải làm được."},
    ),
    (
        SMALLEST + '[[rounds.entries.checklist]]\ncode = "a"\nname = "A"\n',
        {"entries.checklist": ("Bảng kiểm chỉ dùng khi đợt thi có phần thực hành (“practical”).")},
    ),
    (
        SMALLEST + "[rounds.entries.vote]\nshare = 31\n",
        {
            "entries.gallery": "Muốn có bình chọn thì bài dự thi phải được trưng bày.",
            "entries.vote.share": "Mục này phải lớn hơn 0 và không quá 30.",
        },
    ),
    (
        SMALLEST + "[rounds.entries.vote]\n",
        {
            "entries.gallery": "Muốn có bình chọn thì bài dự thi phải được trưng bày.",
            "entries.vote.share": "Thiếu mục này.",
        },
    ),
    (
        SMALLEST + CRITERION,
        {"entries.criteria.2.code": "“content” được dùng hai lần."},
    ),
    (
        SMALLEST + 'step = 3\n[[rounds.entries.criteria]]\ncode = "Form"\n',
        {
            "entries.criteria.1.step": "Bước điểm phải lớn hơn 0 và chia hết khoảng từ 0 đến 10.",
            "entries.criteria.2.code": (
                "Mã bắt đầu bằng chữ thường không dấu, sau đó là chữ thường, chữ số hoặc dấu gạch "
                "dưới, nhiều nhất 32 ký tự."
            ),
            "entries.criteria.2.name": "Thiếu mục này.",
        },
    ),
    (
        SMALLEST + 'levels = [{ points = 4, text = "A" }, { points = 12, text = "B" }]\n',
        {"entries.criteria.1.levels.2.points": "Mức điểm 12 nằm ngoài khoảng từ 0 đến 10."},
    ),
    (
        SMALLEST + "counted = false\n",
        {"entries.criteria": "Bảng thi “hoc-sinh” chưa có tiêu chí nào được tính điểm."},
    ),
    (
        SMALLEST + 'divisions = ["hoc-sinh"]\n',
        {"entries.criteria": "Bảng thi “moi-nguoi” chưa có tiêu chí chấm nào."},
    ),
    (
        SMALLEST + 'divisions = ["ai-do"]\n',
        {
            "entries.criteria": "Bảng thi “hoc-sinh” chưa có tiêu chí chấm nào.",
            "entries.criteria.1.divisions": "Cuộc thi không có bảng thi mang mã “ai-do”.",
        },
    ),
]


@pytest.mark.parametrize(("entries", "said"), WRONG)
def test_what_is_wrong_is_named_at_its_place(entries: str, said: dict[str, str]) -> None:
    assert problems(entries) == said


def test_a_quiz_has_no_settings_of_entries() -> None:
    quiz = ROUND.replace('kind = "entries"\n', "")
    plan = '[[rounds.plan]]\ntopic = "devices"\ncount = 1\n'
    assert problems(SMALLEST + plan, quiz) == {
        "entries": "Phần [rounds.entries] chỉ dùng cho đợt nộp bài (kind = “entries”)."
    }


NAMES = st.text("aăâđê ơư", min_size=1, max_size=12).filter(str.strip)
NUMBERS = st.integers(1, 400).map(lambda number: Decimal(number) / 4)


@st.composite
def criteria(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    codes = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True))
    for code in codes:
        step = draw(NUMBERS)
        row: dict[str, Any] = {
            "code": code,
            "name": draw(NAMES),
            "weight": draw(NUMBERS),
            "most": step * draw(st.integers(1, 8)),
            "step": step,
            "divisions": draw(st.lists(st.sampled_from(CODES), max_size=3, unique=True)),
        }
        if draw(st.booleans()):
            row["levels"] = [{"points": row["most"], "text": draw(NAMES), "text_en": "Good"}]
        rows.append(row)
    rows.append({"code": "g", "name": "Chung", "divisions": draw(st.just([]))})
    return draw(st.permutations(rows))


@st.composite
def parts(draw: st.DrawFn) -> dict[str, Any]:
    kinds = draw(st.lists(st.sampled_from(EntryKind), min_size=1, max_size=8, unique=True))
    part: dict[str, Any] = {
        "kinds": [kind.value for kind in kinds],
        "each": draw(st.integers(1, 10)),
        "most_members": draw(st.integers(0, 30)),
        "least_seconds": draw(st.integers(0, 60)),
        "most_seconds": draw(st.integers(60, 3600)),
        "grace_s": draw(st.integers(0, 86400)),
        "gallery": True,
        "links": draw(st.booleans()),
        "blind": draw(st.booleans()),
        "criteria": draw(criteria()),
    }
    if draw(st.booleans()):
        part["vote"] = {"share": draw(st.integers(1, 30)), "days": draw(st.integers(1, 90))}
    if EntryKind.PRACTICAL in kinds:
        part["checklist"] = [{"code": "a", "name": draw(NAMES), "points": draw(NUMBERS)}]
    return part


@given(parts())
def test_what_is_read_is_written_back(part: dict[str, Any]) -> None:
    values = contest_file.parse((HEAD + ROUND).encode())
    values["rounds"][0]["entries"] = part
    spec = contest_file.spec_of(values, zone=ZONE)
    data = json.loads(json.dumps(contest_data.as_data(spec)))
    again = contest_file.spec_of(contest_data.readable(data), zone=ZONE)
    assert again == spec
    assert json.loads(json.dumps(contest_data.as_data(again))) == data
    rules = spec.rounds[0].entries
    assert rules is not None
    assert EntryRules.from_json(json.loads(json.dumps(rules.as_json()))) == rules
