"""A contest file is read as strictly as a form, and everything wrong is named at once."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contest.config import ROOT
from contest.contests import contest_file
from contest.contests.specs import (
    Combine,
    ContestSpec,
    PrizeSpec,
    RoundKind,
    Shows,
    TargetSpec,
)
from contest.errors import Invalid, Problem
from contest.rules.guess import GuessTarget
from contest.rules.identity import AskedWhen, IdentityField, IdentityKey, IdentityRules
from contest.rules.privacy import NameMask
from contest.rules.quota import CountingRule
from contest.rules.ranking import TieBreak
from contest.rules.timing import DeadlineRule
from question_bank.rules.keys import PartialPolicy

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
DEMO = ROOT / "contest" / "data" / "demo.toml"
GUIDE = ROOT / "docs" / "contest-file.md"

CONTEST = """
code = "hoi-thi-so"
unit = "15"
title = "Hội thi số"
about = "Thi để học."
contact = "0214 000 000"
"""
DIVISION = """
[[divisions]]
code = "moi-nguoi"
name = "Mọi người"
audience = "everybody"
"""
ROUND = """
[[rounds]]
code = "tuan-1"
name = "Tuần 1"
opens_at = 2026-11-16 16:00:00
closes_at = 2026-11-23 15:00:00
"""
PLAN = """
[[rounds.plan]]
topic = "devices"
count = 10
"""
SMALLEST = CONTEST + DIVISION + ROUND + PLAN


def read(text: str, **facts: Any) -> ContestSpec:
    return contest_file.read(text.encode(), zone=ZONE, **facts)


def problems(text: str, **facts: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        read(text, **facts)
    assert caught.value.facts["count"] == len(caught.value.problems)
    return {place: str(problem) for place, problem in caught.value.problems.items()}


def test_the_smallest_file_takes_sensible_defaults() -> None:
    spec = read(SMALLEST)
    assert (spec.code, spec.unit, spec.title, spec.title_en) == (
        "hoi-thi-so",
        "15",
        "Hội thi số",
        "",
    )
    assert (spec.name_mask, spec.combine, spec.tries_total, spec.targets) == (
        NameMask.INITIALS,
        Combine.SUM,
        None,
        (),
    )
    (division,) = spec.divisions
    assert (division.is_easy, division.time_limit_s, division.prizes) == (False, None, ())
    (each,) = spec.rounds
    assert each.opens_at == datetime(2026, 11, 16, 9, tzinfo=UTC)
    assert each.closes_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert (each.bound, each.points, each.wrong) == (Decimal("0.10"), Decimal(1), Decimal(0))
    assert each.ties == (TieBreak.SCORE, TieBreak.DURATION, TieBreak.HANDED_IN_AT)
    assert each.deadline_rule is DeadlineRule.EARLIER
    assert each.counting is CountingRule.BEST
    assert each.shows is Shows.SCORE
    assert each.partial is PartialPolicy.ALL_OR_NOTHING
    assert (each.explains, each.shuffles_questions, each.shuffles_options) == (True, True, True)
    assert (each.is_practice, each.is_one_way, each.requires_all) == (False, False, False)
    assert (each.time_limit_s, each.freeze_s, each.guess_text) == (None, 0, None)
    assert (each.tries_round, each.tries_day, each.tries_week) == (None, None, None)
    (quota,) = each.plan
    assert (quota.topic, quota.difficulty, quota.count, quota.audiences) == (
        "devices",
        None,
        10,
        (),
    )


def test_a_guess_brings_its_tie_break_by_default() -> None:
    guess = 'guess_text = "Bao nhiêu người?"\nguess_target = "participants"\n'
    (each,) = read(CONTEST + DIVISION + ROUND + guess + PLAN).rounds
    assert each.guess_target is GuessTarget.PARTICIPANTS
    assert each.ties == (
        TieBreak.SCORE,
        TieBreak.GUESS_DISTANCE,
        TieBreak.DURATION,
        TieBreak.HANDED_IN_AT,
    )


def test_every_setting_can_be_written() -> None:
    contest = (
        'title_en = "T"\nabout_en = "A"\ntries_total = 9\nname_mask = "full"\ncombine = "best"\n'
    )
    division = (
        'name_en = "E"\nis_easy = true\ntime_limit_s = 1800\n'
        '[[divisions.prizes]]\nname = "giải Nhất"\ncount = 1\nvalue = "giấy khen"\n'
    )
    round_ = (
        'name_en = "W"\ntime_limit_s = 900\ndeadline_rule = "whole_limit"\ntries_round = 5\n'
        'tries_day = 1\ntries_week = 3\ncounting = "first"\nis_one_way = true\n'
        'shuffles_questions = false\nshuffles_options = false\nshows = "nothing"\n'
        "explains = false\nrequires_all = true\nbound = 0.25\npoints = 2.5\n"
        'partial = "proportional"\nwrong = 1\nties = ["score", "draw"]\nfreeze_s = 3600\n'
    )
    plan = PLAN + 'difficulty = 3\naudiences = ["pupils"]\n'
    targets = '[[targets]]\nunit = "02647"\npeople = 200\n'
    spec = read(CONTEST + contest + DIVISION + division + ROUND + round_ + plan + targets)
    assert (spec.tries_total, spec.name_mask, spec.combine) == (9, NameMask.FULL, Combine.BEST)
    assert spec.divisions[0].prizes == (PrizeSpec("giải Nhất", "", 1, "giấy khen"),)
    assert spec.divisions[0].time_limit_s == 1800
    assert spec.targets == (TargetSpec("02647", 200),)
    (each,) = spec.rounds
    assert each.deadline_rule is DeadlineRule.WHOLE_LIMIT
    assert (each.points, each.wrong, each.bound) == (Decimal("2.5"), Decimal(1), Decimal("0.25"))
    assert each.ties == (TieBreak.SCORE, TieBreak.DRAW)
    assert (each.plan[0].difficulty, each.plan[0].audiences) == (3, ("pupils",))
    assert each.columns()["ties"] == ["score", "draw"]


def test_texts_are_composed_and_trimmed_and_only_about_keeps_its_lines() -> None:
    text = SMALLEST.replace('"Hội thi số"', '"  Hội\\nthi   số "')
    text = text.replace('"Thi để học."', '"""\nMột.\n\nHai.\n"""')
    spec = read(text)
    assert (spec.title, spec.about) == ("Hội thi số", "Một.\n\nHai.")


def test_all_problems_are_told_at_once() -> None:
    text = 'code = "X"\ncolour = 1\n' + DIVISION + ROUND.replace("2026-11-16 16:00:00", '"mai"')
    assert problems(text).keys() == {
        "code",
        "unit",
        "title",
        "about",
        "contact",
        "colour",
        "rounds.tuan-1.opens_at",
        "rounds.tuan-1.plan",
    }


MISSING = "Thiếu mục này."
BAD_ROUND_CODE = "Mã chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối, từ 2 đến 40 ký tự."


@pytest.mark.parametrize(
    ("before", "after", "place", "sentence"),
    [
        ('unit = "15"\n', "", "unit", MISSING),
        ('code = "hoi-thi-so"\n', "", "code", MISSING),
        ('title = "Hội thi số"', "title = 7", "title", "chữ trong dấu ngoặc kép"),
        ('title = "Hội thi số"', 'title = " "', "title", "không được để trống"),
        ('"Hội thi số"', f'"{"a" * 201}"', "title", "tối đa 200 ký tự"),
        ('"0214 000 000"', f'"{"a" * 301}"', "contact", "tối đa 300 ký tự"),
        ('"hoi-thi-so"', '"Hội Thi"', "code", "chữ thường không dấu"),
        ('"hoi-thi-so"', '"a"', "code", "từ 2 đến 60"),
        ('"hoi-thi-so"', "5", "code", "chữ thường không dấu"),
        ("\n[[divisions]]", "\ntries_total = 0\n[[divisions]]", "tries_total", "từ 1 đến 1000"),
        ("\n[[divisions]]", "\ntries_total = true\n[[divisions]]", "tries_total", "số nguyên"),
        ("\n[[divisions]]", '\nname_mask = "x"\n[[divisions]]', "name_mask", "full, initials"),
        ("\n[[divisions]]", '\ncombine = "x"\n[[divisions]]', "combine", "sum, best"),
        ('"moi-nguoi"', '"Moi nguoi"', "divisions.1.code", "từ 2 đến 40"),
        ('name = "Mọi người"\n', "", "divisions.moi-nguoi.name", MISSING),
        ('audience = "everybody"\n', "", "divisions.moi-nguoi.audience", MISSING),
        ('= "everybody"\n', '= "everybody"\nis_easy = 1\n', "divisions.moi-nguoi.is_easy", "true"),
        (
            '= "everybody"\n',
            '= "everybody"\ntime_limit_s = 5\n',
            "divisions.moi-nguoi.time_limit_s",
            "từ 10 đến 604800",
        ),
        (
            '= "everybody"\n',
            '= "everybody"\nprizes = 3\n',
            "divisions.moi-nguoi.prizes",
            "[[prizes]]",
        ),
        (
            '= "everybody"\n',
            '= "everybody"\n[[divisions.prizes]]\nname = "A"\ncount = 0\n',
            "divisions.moi-nguoi.prizes.1.count",
            "từ 1 đến 1000",
        ),
        (
            '= "everybody"\n',
            '= "everybody"\n[[divisions.prizes]]\ncount = 1\nworth = 2\n',
            "divisions.moi-nguoi.prizes.1.worth",
            "Không có mục nào tên như vậy",
        ),
        ('code = "tuan-1"', 'code = "tuần-1"', "rounds.1.code", BAD_ROUND_CODE),
        ('code = "tuan-1"', f'code = "{"a" * 41}"', f"rounds.{'a' * 41}.code", BAD_ROUND_CODE),
        ("opens_at = 2026-11-16 16:00:00\n", "", "rounds.tuan-1.opens_at", MISSING),
        ("2026-11-16 16:00:00", "2026-11-16", "rounds.tuan-1.opens_at", "ngày giờ địa phương"),
        ("2026-11-16 16:00:00", "2026-11-16T16:00:00Z", "rounds.tuan-1.opens_at", "không kèm múi"),
        ("2026-11-16 16:00:00", "1026-11-16 16:00:00", "rounds.tuan-1.opens_at", "từ 2000 đến"),
        ("2026-11-23 15:00:00", "2026-11-16 16:00:00", "rounds.tuan-1.closes_at", "sau giờ mở"),
        (
            "\n[[rounds.plan]]",
            "\ntries_day = 0\n[[rounds.plan]]",
            "rounds.tuan-1.tries_day",
            "từ 1",
        ),
        (
            "\n[[rounds.plan]]",
            "\nbound = 1.5\n[[rounds.plan]]",
            "rounds.tuan-1.bound",
            "từ 0 đến 1",
        ),
        ("\n[[rounds.plan]]", "\nbound = -1\n[[rounds.plan]]", "rounds.tuan-1.bound", "từ 0 đến 1"),
        (
            "\n[[rounds.plan]]",
            "\nbound = nan\n[[rounds.plan]]",
            "rounds.tuan-1.bound",
            "phải là số",
        ),
        (
            "\n[[rounds.plan]]",
            "\nbound = true\n[[rounds.plan]]",
            "rounds.tuan-1.bound",
            "phải là số",
        ),
        (
            "\n[[rounds.plan]]",
            "\nbound = 0.12345\n[[rounds.plan]]",
            "rounds.tuan-1.bound",
            "tối đa 4 chữ số",
        ),
        ("\n[[rounds.plan]]", "\npoints = 0\n[[rounds.plan]]", "rounds.tuan-1.points", "lớn hơn 0"),
        ("\n[[rounds.plan]]", "\nwrong = -1\n[[rounds.plan]]", "rounds.tuan-1.wrong", "từ 0 đến"),
        ("\n[[rounds.plan]]", '\nshows = "all"\n[[rounds.plan]]', "rounds.tuan-1.shows", "marks"),
        (
            "\n[[rounds.plan]]",
            '\ndeadline_rule = "whole_limit"\n[[rounds.plan]]',
            "rounds.tuan-1.deadline_rule",
            "cần có thời gian làm bài",
        ),
        (
            "\n[[rounds.plan]]",
            "\nfreeze_s = 601200\n[[rounds.plan]]",
            "rounds.tuan-1.freeze_s",
            "ngắn hơn",
        ),
        (
            "\n[[rounds.plan]]",
            '\nguess_text = "Bao nhiêu?"\n[[rounds.plan]]',
            "rounds.tuan-1.guess_target",
            "cùng nhau",
        ),
        (
            "\n[[rounds.plan]]",
            '\nguess_target = "tries"\n[[rounds.plan]]',
            "rounds.tuan-1.guess_text",
            "cùng nhau",
        ),
        (
            "\n[[rounds.plan]]",
            '\nguess_text_en = "How many?"\n[[rounds.plan]]',
            "rounds.tuan-1.guess_text",
            "cùng nhau",
        ),
        (
            "\n[[rounds.plan]]",
            '\nties = "score"\n[[rounds.plan]]',
            "rounds.tuan-1.ties",
            "danh sách",
        ),
        (
            "\n[[rounds.plan]]",
            '\nties = ["luck"]\n[[rounds.plan]]',
            "rounds.tuan-1.ties",
            "một trong",
        ),
        (
            "\n[[rounds.plan]]",
            '\nties = ["draw"]\n[[rounds.plan]]',
            "rounds.tuan-1.ties",
            "phải là điểm",
        ),
        (
            "\n[[rounds.plan]]",
            '\nties = ["score", "guess_distance"]\n[[rounds.plan]]',
            "rounds.tuan-1.ties",
            "cần cuộc thi có câu hỏi dự đoán",
        ),
        ("count = 10", "count = 0", "rounds.tuan-1.plan.1.count", "từ 1 đến 200"),
        ("count = 10\n", "", "rounds.tuan-1.plan.1.count", MISSING),
        (
            "count = 10",
            "count = 10\ndifficulty = 4",
            "rounds.tuan-1.plan.1.difficulty",
            "từ 1 đến 3",
        ),
        (
            "count = 10",
            "count = 10\naudiences = [1]",
            "rounds.tuan-1.plan.1.audiences",
            "danh sách",
        ),
        ('topic = "devices"', 'topic = ""', "rounds.tuan-1.plan.1.topic", "để trống"),
        ("count = 10", "count = 150\n[[rounds.plan]]\ncount = 51", "rounds.tuan-1.plan", "200 câu"),
        (
            "count = 10",
            "count = 10\n[[targets]]\nunit = '1'\npeople = 0",
            "targets.1.people",
            "từ 1",
        ),
        (
            "closes_at = 2",
            "lasts_days = 3\ncloses_at = 2",
            "rounds.tuan-1.opens_at",
            "một cách ghi giờ",
        ),
    ],
)
def test_each_rule_has_its_place_and_sentence(
    before: str, after: str, place: str, sentence: str
) -> None:
    assert before in SMALLEST
    found = problems(SMALLEST.replace(before, after, 1), now=NOW)
    assert sentence in found[place]


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        (CONTEST + DIVISION, "rounds", "Cần ít nhất một phần [[rounds]]."),
        (CONTEST + ROUND + PLAN, "divisions", "Cần ít nhất một phần [[divisions]]."),
        (SMALLEST + DIVISION, "divisions.2.code", "“moi-nguoi” được dùng hai lần."),
        (SMALLEST + ROUND + PLAN, "rounds.2.code", "“tuan-1” được dùng hai lần."),
        (
            SMALLEST + '[[targets]]\nunit = "1"\npeople = 1\n' * 2,
            "targets.2.unit",
            "“1” được dùng hai lần.",
        ),
    ],
)
def test_the_whole_is_checked_too(text: str, place: str, sentence: str) -> None:
    assert problems(text)[place] == sentence


def test_rounds_that_count_may_not_overlap_but_practice_may() -> None:
    second = (ROUND + PLAN).replace("tuan-1", "tuan-2")
    touching = second.replace("11-23 15", "11-30 15").replace("11-16 16", "11-23 15")
    assert [each.code for each in read(SMALLEST + touching).rounds] == ["tuan-1", "tuan-2"]
    assert problems(SMALLEST + second) == {
        "rounds.tuan-2.opens_at": "Đợt này mở khi đợt “tuan-1” chưa đóng; "
        "các đợt tính điểm không được chồng nhau."
    }
    practice = second.replace('name = "Tuần 1"', 'name = "Thi thử"\nis_practice = true')
    assert len(read(SMALLEST + practice).rounds) == 2


def test_a_long_round_overlaps_every_round_inside_it() -> None:
    second = (ROUND + PLAN).replace("tuan-1", "tuan-2").replace("11-23 15", "11-17 15")
    third = (ROUND + PLAN).replace("tuan-1", "tuan-3").replace("11-16", "11-18")
    assert problems(SMALLEST + second + third).keys() == {
        "rounds.tuan-2.opens_at",
        "rounds.tuan-3.opens_at",
    }


RELATIVE = (
    CONTEST
    + DIVISION
    + '[[rounds]]\ncode = "mau"\nname = "Mẫu"\nopens_in_days = -1\nlasts_days = 60\n'
    + PLAN
)


def test_relative_days_begin_this_morning() -> None:
    (each,) = read(RELATIVE, now=NOW).rounds
    assert each.opens_at == datetime(2026, 11, 22, 8, tzinfo=ZONE)
    assert each.closes_at == datetime(2027, 1, 21, 8, tzinfo=ZONE)
    assert each.opens_at < NOW < each.closes_at


def test_relative_days_need_to_know_today_and_each_other() -> None:
    assert "chỉ dùng cho dữ liệu giới thiệu" in problems(RELATIVE)["rounds.mau.opens_in_days"]
    half = RELATIVE.replace("lasts_days = 60\n", "")
    assert problems(half, now=NOW) == {"rounds.mau.lasts_days": MISSING}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\xff\xfe", "Tệp phải là văn bản UTF-8."),
        (b'code = "a', "Tệp chưa đúng cú pháp TOML."),
        (b"code = 1\ncode = 2\n", "Tệp chưa đúng cú pháp TOML ở dòng 2, cột 9."),
        (b"a = " + b"9" * 5000, "Tệp chưa đúng cú pháp TOML."),
        (b"a = " + b"[" * 5000, "Tệp chưa đúng cú pháp TOML."),
        (b"#" * (512 * 1024 + 1), "Tệp lớn hơn 512 KB."),
    ],
)
def test_what_is_no_toml_is_refused_as_a_whole(data: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        contest_file.read(data, zone=ZONE)
    assert {place: str(what) for place, what in caught.value.problems.items()} == {"file": sentence}


def test_a_byte_order_mark_is_no_problem() -> None:
    assert contest_file.read(b"\xef\xbb\xbf" + SMALLEST.encode(), zone=ZONE).code == "hoi-thi-so"


def test_a_time_the_clock_skips_is_refused() -> None:
    text = SMALLEST.replace("2026-11-16 16:00:00", "2026-03-29 02:30:00")
    with pytest.raises(Invalid) as caught:
        contest_file.read(text.encode(), zone=ZoneInfo("Europe/Berlin"))
    assert "không có trong ngày đổi giờ" in str(caught.value.problems["rounds.tuan-1.opens_at"])


def test_the_demonstration_is_sound_and_open_at_once() -> None:
    spec = contest_file.read(DEMO.read_bytes(), zone=ZONE, now=NOW)
    assert [division.audience for division in spec.divisions] == [
        "pupils",
        "youth_union",
        "associations",
        "elderly",
        "officials",
        "workers_farmers",
        "everybody",
    ]
    phases = [each.opens_at <= NOW < each.closes_at for each in spec.rounds]
    assert phases == [True, True, False]
    assert [sum(quota.count for quota in each.plan) for each in spec.rounds] == [10, 15, 15]
    easy = next(division for division in spec.divisions if division.is_easy)
    assert (easy.audience, easy.time_limit_s) == ("elderly", 1800)


def test_the_guide_shows_a_file_that_reads() -> None:
    guide = GUIDE.read_text("utf-8")
    example = guide.split("```toml\n")[-1].split("```")[0]
    assert contest_file.read(example.encode(), zone=ZONE).code == "an-toan-tren-mang"


def test_the_guide_names_every_key() -> None:
    guide = GUIDE.read_text("utf-8")
    known = tomllib.loads(DEMO.read_text("utf-8"))
    keys = {*known, *known["divisions"][0], *known["rounds"][1], "opens_at", "closes_at", "targets"}
    spec = read(SMALLEST)
    keys |= {*spec.columns(), *spec.rounds[0].columns(), *spec.divisions[0].columns()}
    said = {key for key in keys if f"`{key}`" in guide or f"[[{key}]]" in guide}
    assert keys - said == set()


WEIGHTED = """
[[rounds]]
code = "tuan-1"
name = "Tuần 1"
weight = 70
opens_at = 2026-11-16 16:00:00
closes_at = 2026-11-23 15:00:00
[[rounds.plan]]
topic = "devices"
count = 10
[[rounds]]
code = "video"
name = "Video"
kind = "entries"
weight = 30
opens_at = 2026-11-16 16:00:00
closes_at = 2026-12-23 15:00:00
[rounds.entries]
kinds = ["video"]
[[rounds.entries.criteria]]
code = "content"
name = "Nội dung"
"""
BY_WEIGHT = CONTEST + 'combine = "weighted"' + DIVISION + WEIGHTED


def test_a_round_of_entries_needs_no_plan_and_may_run_beside_a_quiz() -> None:
    spec = read(BY_WEIGHT)
    assert spec.combine is Combine.WEIGHTED
    assert [(each.kind, each.weight, len(each.plan)) for each in spec.rounds] == [
        (RoundKind.QUIZ, Decimal(70), 1),
        (RoundKind.ENTRIES, Decimal(30), 0),
    ]
    assert [each.entries is None for each in spec.rounds] == [True, False]


def test_weights_must_sum_up_to_the_whole() -> None:
    assert problems(BY_WEIGHT.replace("weight = 30", "weight = 20.5")) == {
        "combine": "Tỉ trọng của các đợt cộng lại phải bằng 100, ở đây là 90.5."
    }


def test_every_counting_round_needs_its_weight() -> None:
    assert problems(BY_WEIGHT.replace("weight = 30\n", "")) == {
        "rounds.video.weight": str(Problem(contest_file.NEEDS_WEIGHT))
    }
    assert problems(BY_WEIGHT.replace("weight = 30", "weight = 0")) == {
        "rounds.video.weight": "Mục này phải lớn hơn 0 và không quá 100."
    }


def test_weights_mean_nothing_elsewhere() -> None:
    assert set(problems(BY_WEIGHT.replace('combine = "weighted"', ""))) == {
        "rounds.tuan-1.weight",
        "rounds.video.weight",
    }
    practice = BY_WEIGHT.replace('name = "Tuần 1"', 'name = "Tuần 1"\nis_practice = true')
    assert problems(practice) == {
        "combine": "Tỉ trọng của các đợt cộng lại phải bằng 100, ở đây là 30.",
        "rounds.tuan-1.weight": str(Problem(contest_file.WEIGHT_UNUSED)),
    }


def test_a_round_of_entries_has_no_paper_no_guess_and_is_no_practice() -> None:
    more = 'kind = "entries"\nis_practice = true\nguess_text = "?"\nguess_target = "tries"'
    found = problems(BY_WEIGHT.replace('kind = "entries"', more) + PLAN)
    assert set(found) == {
        "rounds.video.guess_text",
        "rounds.video.is_practice",
        "rounds.video.plan",
        "rounds.video.weight",
        "combine",
    }


def test_a_guess_in_practice_cannot_be_computed() -> None:
    text = SMALLEST.replace(
        'name = "Tuần 1"',
        'name = "Tuần 1"\nis_practice = true\nguess_text = "?"\nguess_target = "tries"',
    )
    assert set(problems(text)) == {"rounds.tuan-1.guess_text"}


IDENTITY = """
[identity]
when = "after"
[[identity.fields]]
key = "phone"
relatives = true
[[identity.fields]]
key = "class"
required = false
unique = true
"""


def test_what_is_asked_beyond_the_account_is_read() -> None:
    assert read(SMALLEST).identity == IdentityRules()
    assert read(SMALLEST + IDENTITY).identity == IdentityRules(
        AskedWhen.AFTER,
        (
            IdentityField(IdentityKey.PHONE, may_be_relatives=True),
            IdentityField(IdentityKey.CLASS, is_required=False, is_unique=True),
        ),
    )


def test_slips_in_what_is_asked_are_named() -> None:
    assert problems(SMALLEST + IDENTITY.replace('"class"', '"phone"')) == {
        "identity.fields.2.key": "“phone” được dùng hai lần."
    }
    assert set(problems(SMALLEST + IDENTITY.replace("required = false", "relatives = true"))) == {
        "identity.fields.2.relatives"
    }
    assert problems(SMALLEST + IDENTITY.replace('key = "class"\n', "")) == {
        "identity.fields.2.key": "Thiếu mục này."
    }
    text = SMALLEST.replace("contact =", 'identity = "phone"\ncontact =')
    assert problems(text) == {"identity": "Mục này phải viết thành một phần [identity]."}
    assert set(problems(SMALLEST + IDENTITY.replace('"after"', '"never"\nwho = 1'))) == {
        "identity.when",
        "identity.who",
    }


def test_how_long_details_are_kept_is_read() -> None:
    text = SMALLEST + IDENTITY.replace('"after"', '"after"\nkeep_days = 30')
    assert read(text).identity.keep_days == 30
    assert read(SMALLEST + IDENTITY).identity.keep_days == 180
    for wrong in ("0", "3651", '"30"'):
        text = SMALLEST + IDENTITY.replace('"after"', f'"after"\nkeep_days = {wrong}')
        assert set(problems(text)) == {"identity.keep_days"}


def test_further_rules_are_read_with_their_paragraphs() -> None:
    more = 'extra = """Không thi hộ.\n\nKhông tài liệu."""\nextra_en = "Nobody for another."\n'
    found = read(SMALLEST.replace("contact =", f"{more}contact ="))
    assert found.extra == "Không thi hộ.\n\nKhông tài liệu."
    assert found.extra_en == "Nobody for another."
    assert (read(SMALLEST).extra, read(SMALLEST).extra_en) == ("", "")
