"""The file of a result: the same bytes for the same inputs, and nothing can be changed in it."""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from factories.entries import CHECKLIST, RUBRIC
from hypothesis import given
from hypothesis import strategies as st

from contest.config import ROOT
from contest.judging import result_file
from contest.rules.judging import FINE, Gate, adjust
from contest.rules.jury_result import (
    Decided,
    DivisionRules,
    EntryInput,
    Input,
    Prize,
    Settings,
    Sheet,
    Shown,
    compute,
    head_criterion,
)

PRIZES = (Prize("Giải Nhất", 1), Prize("Giải Nhì", 2))
SETTINGS = Settings(
    contest="hoi-thi",
    round="video",
    divisions=(DivisionRules("hs", PRIZES, RUBRIC), DivisionRules("nd", PRIZES, RUBRIC)),
    judges_each=3,
    checklist=CHECKLIST,
)


def sheet(judge: str, content: str, form: str, version: int = 1) -> Sheet:
    return Sheet(judge, version, {"content": content, "form": form})


def entry(code: str, *sheets: Sheet, minute: int = 0, **facts: object) -> EntryInput:
    values = {"division": "hs", "sent_at": f"2026-11-17T09:{minute:02}:00+00:00", **facts}
    return EntryInput(code, sheets=sheets, **values)


def full(seed: int = 1, entries: int = 12, judges: int = 5) -> Input:
    """Three sheets for each entry, judges of unlike severity."""
    dice = random.Random(seed)
    made = []
    for number in range(entries):
        seats = sorted(dice.sample(range(judges), 3))
        sheets = [
            sheet(f"gk{seat}", f"{min(10, 3 + dice.randrange(6) + seat * 0.5)}", "7.5")
            for seat in seats
        ]
        made.append(
            entry(f"b{number:02}", *sheets, minute=number, division=("hs", "nd")[number % 2])
        )
    return Input(SETTINGS, tuple(made))


inputs = st.builds(full, st.integers(0, 10_000), st.integers(1, 9), st.integers(3, 6))


@given(inputs)
def test_a_file_recomputes_to_the_same_bytes(found: Input) -> None:
    text = result_file.body(found)

    assert result_file.verify(text) is None
    assert result_file.read(text) == Input(
        found.settings, tuple(sorted(found.entries, key=by_code))
    )
    assert result_file.body(result_file.read(text)) == text
    assert text.endswith("}\n")


def by_code(one: EntryInput) -> str:
    return one.code


@given(st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_changes_nothing(dice: random.Random) -> None:
    found = full(3)
    shuffled = [replace(one, sheets=tuple(dice.sample(one.sheets, 3))) for one in found.entries]
    dice.shuffle(shuffled)

    assert result_file.body(Input(SETTINGS, tuple(shuffled))) == result_file.body(found)


BODY = result_file.body(full())


@given(st.integers(0, len(BODY) - 1), st.characters(min_codepoint=32, max_codepoint=126))
def test_any_changed_character_is_detected(at: int, other: str) -> None:
    changed = BODY[:at] + other + BODY[at + 1 :]

    assert (result_file.verify(changed) is None) == (changed == BODY)


@given(st.integers(0, len(BODY) - 1))
def test_any_missing_or_doubled_character_is_detected(at: int) -> None:
    assert result_file.verify(BODY[:at] + BODY[at + 1 :]) is not None
    assert result_file.verify(BODY[:at] + BODY[at] + BODY[at:]) is not None


def test_every_changed_number_of_the_inputs_is_detected_and_its_place_said() -> None:
    document = json.loads(BODY)
    spots = list(numbers(document["input"], ()))
    assert len(spots) > 100
    for path, value in spots:
        changed = json.loads(BODY)
        put(
            changed["input"], path, str(Decimal(value) + 1) if isinstance(value, str) else value + 1
        )
        problem = result_file.verify(written(changed))
        assert problem is not None, path


def test_a_changed_outcome_is_named() -> None:
    document = json.loads(BODY)
    row = document["outcome"]["divisions"][0]["entries"][0]
    was = row["mark"]
    row["mark"] = "99.00"

    problem = result_file.verify(written(document))

    assert problem.message == result_file.DIFFERS
    assert problem.facts == {
        "where": f"outcome.divisions[0].entries[{row['entry']}].mark",
        "theirs": '"99.00"',
        "ours": f'"{was}"',
    }


def numbers(value: object, path: tuple) -> list[tuple[tuple, object]]:
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        is_number = type(value) is int or str(value).replace(".", "", 1).isdigit()
        return [(path, value)] if is_number else []
    return list(itertools.chain.from_iterable(numbers(one, (*path, key)) for key, one in inner))


def put(document: dict, path: tuple, value: object) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


def written(document: dict) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "1" * 5000, "[" * 100_000, '{"a": NaN}'])
def test_what_is_no_result_file_is_told_so(text: str) -> None:
    assert result_file.verify(text).message == result_file.NOT_JSON


def test_a_file_of_other_rules_names_both_versions() -> None:
    other = BODY.replace('"rules_version": "2"', '"rules_version": "9"')

    problem = result_file.verify(other)

    assert (problem.message, problem.facts) == (
        result_file.OTHER_VERSION,
        {"theirs": "9", "ours": "2"},
    )


def test_the_file_holds_no_binary_float() -> None:
    def refuse(text: str) -> None:
        raise AssertionError(text)

    json.loads(BODY, parse_float=refuse)


def test_every_kind_of_processor_writes_the_same_bytes(tmp_path: Path) -> None:
    """The library of linear algebra takes other roads on other processors."""
    program = (
        "import sys; from contest.judging import result_file as f; "
        "sys.stdout.write(f.body(f.read(open(sys.argv[1], encoding='utf-8').read())))"
    )
    for seed, entries in ((1, 7), (2, 40)):
        text = result_file.body(full(seed, entries, 8))
        path = tmp_path / f"{seed}.json"
        path.write_text(text, "utf-8")
        for core in ("Prescott", "Nehalem", "Haswell"):
            done = subprocess.run(
                [sys.executable, "-c", program, str(path)],
                cwd=ROOT,
                env={**os.environ, "OPENBLAS_CORETYPE": core, "PYTHONIOENCODING": "utf-8"},
                capture_output=True,
                check=True,
            )
            assert done.stdout.decode() == text


def test_the_ratio_of_variances_lies_on_a_grid_that_every_machine_finds() -> None:
    scores = [
        (one.code, each.judge, float(RUBRIC.total(each.scores)))
        for one in full(5, 30, 8).entries
        for each in one.sheets
    ]
    found = adjust(scores)
    steps = math.log(found.judge_variance / found.residual_variance) / FINE

    assert steps == pytest.approx(round(steps), abs=1e-6)


# What is computed


def outcome(found: Input) -> dict[str, object]:
    made = compute(found, seed=result_file.input_sha256(found))
    return {one.code: one for division in made.divisions for one in division.entries}


def equal(grades: dict[str, str], *judges: str, **facts: object) -> Input:
    """Every judge gives an entry the same points for both criteria."""
    made = [
        entry(code, *(sheet(judge, points, points) for judge in judges), minute=no, **facts)
        for no, (code, points) in enumerate(grades.items())
    ]
    return Input(SETTINGS, tuple(made))


def test_judges_of_one_mind_leave_adjusted_and_raw_the_same() -> None:
    found = outcome(equal({"a": "9", "b": "8", "c": "7", "d": "6", "e": "5"}, "x", "y", "z"))

    assert [(one.place, one.raw, one.adjusted, one.mark) for one in found.values()] == [
        (1, Decimal("90.000000"), Decimal("90.000000"), Decimal("90.00")),
        (2, Decimal("80.000000"), Decimal("80.000000"), Decimal("80.00")),
        (3, Decimal("70.000000"), Decimal("70.000000"), Decimal("70.00")),
        (4, Decimal("60.000000"), Decimal("60.000000"), Decimal("60.00")),
        (5, Decimal("50.000000"), Decimal("50.000000"), Decimal("50.00")),
    ]


def test_a_strict_judge_pulls_nobody_down() -> None:
    """y gives each entry 2 points of 10 less, and sees all but the first one."""
    made = [entry("a", sheet("x", "8", "8"), sheet("z", "8", "8"))]
    for no, points in enumerate((8, 7, 6, 5, 4), start=1):
        sheets = [sheet(judge, str(points), str(points)) for judge in "xz"]
        made.append(entry(f"b{no}", *sheets, sheet("y", str(points - 2), str(points - 2))))
    found = outcome(Input(SETTINGS, tuple(made)))

    assert (found["a"].raw, found["b1"].raw) == (Decimal("80.000000"), Decimal("73.333333"))
    assert found["a"].adjusted == pytest.approx(found["b1"].adjusted, abs=Decimal("0.01"))


def test_divisions_of_one_rubric_are_one_pool_and_ranked_apart() -> None:
    made = compute(full(), seed="s")

    assert [pool.divisions for pool in made.pools] == [("hs", "nd")]
    assert [[one.place for one in each.entries] for each in made.divisions] == [
        [1, 2, 3, 4, 5, 6],
        [1, 2, 3, 4, 5, 6],
    ]


def test_equal_marks_are_settled_by_head_criterion_firsts_and_time_in_that_order() -> None:
    same = [
        entry("late", sheet("x", "7", "7"), sheet("y", "7", "7"), sheet("z", "7", "7"), minute=9),
        entry("soon", sheet("x", "7", "7"), sheet("y", "7", "7"), sheet("z", "7", "7"), minute=1),
        entry("head", *(sheet(judge, "7.5", "6") for judge in "xyz"), minute=20),
        entry("top", sheet("x", "9", "9"), sheet("y", "8", "8"), sheet("z", "4", "4"), minute=30),
    ]
    found = compute(Input(SETTINGS, tuple(same)), seed="s").divisions[0].entries

    assert [(one.code, one.place, one.step) for one in found] == [
        ("head", 1, ""),
        ("top", 2, "head"),
        ("soon", 3, "firsts"),
        ("late", 4, "handed_in"),
    ]
    assert found[0].tie == ("late", "soon", "top")
    assert head_criterion(RUBRIC).code == "content"


def decided(kind: str, **facts: object) -> tuple[Decided, ...]:
    return (Decided(f"q-{kind}", kind, facts.get("mark"), facts.get("place"), "Lý do"),)


def test_decisions_set_a_mark_leave_out_and_order_a_tie() -> None:
    base = equal({"a": "9", "b": "8", "c": "7", "d": "7", "e": "5"}, "x", "y", "z")
    given_ = {one.code: one for one in base.entries}
    given_["a"] = replace(given_["a"], decisions=decided("out"))
    given_["b"] = replace(given_["b"], decisions=decided("mark", mark=Decimal("40.00")))
    given_["c"] = replace(given_["c"], decisions=decided("order", place=2))
    given_["d"] = replace(given_["d"], decisions=decided("order", place=1))
    found = compute(Input(SETTINGS, tuple(given_.values())), seed="s").divisions[0].entries

    assert [(one.code, one.place, one.mark, one.step, one.prize) for one in found] == [
        ("d", 1, Decimal("70.00"), "", 0),
        ("c", 2, Decimal("70.00"), "decision", 1),
        ("e", 3, Decimal("50.00"), "mark", 1),
        ("b", 4, Decimal("40.00"), "mark", None),
        ("a", None, Decimal("90.00"), "", None),
    ]


def test_an_order_that_does_not_name_the_whole_tie_decides_nothing() -> None:
    base = equal({"a": "7", "b": "7"}, "x", "y", "z")
    late = replace(base.entries[1], decisions=decided("order", place=1))
    found = compute(Input(SETTINGS, (base.entries[0], late)), seed="s").divisions[0].entries

    assert [(one.code, one.step) for one in found] == [("a", ""), ("b", "handed_in")]


def test_a_vote_counts_by_its_share_of_the_most_votes_in_the_division() -> None:
    """(1 - 0.2) * 80 + 0.2 * 100 * 5 / 20 = 69."""
    settings = replace(SETTINGS, vote_share=Decimal(20))
    base = equal({"a": "9", "b": "8"}, "x", "y", "z")
    voted = Input(settings, (replace(base.entries[0], votes=20), replace(base.entries[1], votes=5)))
    found = outcome(voted)

    assert [(one.vote, one.mark) for one in found.values()] == [
        (Decimal("100.000000"), Decimal("92.00")),
        (Decimal("25.000000"), Decimal("69.00")),
    ]
    assert [one.mark for one in outcome(Input(settings, base.entries)).values()] == [
        Decimal("72.00"),
        Decimal("64.00"),
    ]


VOTED = replace(SETTINGS, vote_share=Decimal(30))


def test_what_could_not_be_voted_for_gets_the_mean_of_what_could() -> None:
    """The best by the jury: 0.7 * 95 + 0.3 * (100 + 50) / 2 = 89 between 93 and 75."""
    base = equal({"a": "9.5", "b": "9", "c": "8.5"}, "x", "y", "z")
    hidden, most, half = base.entries
    found = outcome(
        Input(
            VOTED,
            (
                replace(hidden, is_votable=False),
                replace(most, votes=40),
                replace(half, votes=20),
            ),
        )
    )

    assert [(one.code, one.place, one.vote, one.mark) for one in found.values()] == [
        ("b", 1, Decimal("100.000000"), Decimal("93.00")),
        ("a", 2, Decimal("75.000000"), Decimal("89.00")),
        ("c", 3, Decimal("50.000000"), Decimal("74.50")),
    ]


def test_what_was_taken_down_keeps_votes_that_give_more_than_the_mean() -> None:
    base = equal({"a": "9", "b": "9", "c": "9"}, "x", "y", "z")
    first, second, third = base.entries
    given_ = (
        replace(first, votes=30, is_votable=False),
        replace(second, votes=40),
        replace(third, votes=5, is_votable=False),
    )
    found = outcome(Input(VOTED, given_))

    assert [found[code].vote for code in "abc"] == [Decimal(100), Decimal(100), Decimal(100)]
    found = outcome(Input(VOTED, (*given_, replace(second, code="d", votes=0))))
    assert [found[code].vote for code in "abc"] == [Decimal(75), Decimal(100), Decimal(50)]


def test_where_nothing_could_be_voted_for_the_mark_is_the_jurys_alone() -> None:
    base = full(4)
    hidden = tuple(replace(one, is_votable=False) for one in base.entries)
    voted, plain = outcome(Input(VOTED, hidden)), outcome(base)

    assert [one.vote for one in voted.values()] == [None] * len(hidden)
    for code, one in plain.items():
        assert (voted[code].mark, voted[code].place) == (one.mark, one.place)
        assert voted[code].within.keys() == one.within.keys()


def shown_or_not(found: Input, dice: random.Random) -> Input:
    """Some entries with votes, some that nobody could vote for, at least one of them in each."""
    made = []
    for number, one in enumerate(found.entries):
        is_votable = number % 4 < 2 or dice.random() < 0.5
        votes = dice.randrange(50) if is_votable else 0
        made.append(replace(one, is_votable=is_votable, votes=votes))
    return Input(VOTED, tuple(made))


dice = st.randoms(use_true_random=False)


@given(inputs, dice)
def test_while_nobody_votes_consenting_or_not_changes_no_mark(
    found: Input, dice: random.Random
) -> None:
    some = shown_or_not(found, dice)
    none = Input(VOTED, tuple(replace(one, votes=0) for one in some.entries))
    everybody = Input(VOTED, tuple(replace(one, is_votable=True) for one in none.entries))

    marks = {code: one.mark for code, one in outcome(none).items()}
    assert marks == {code: one.mark for code, one in outcome(everybody).items()}


@given(inputs, dice)
def test_ones_own_consent_changes_no_mark_of_those_that_stood_the_vote(
    found: Input, dice: random.Random
) -> None:
    some = shown_or_not(found, dice)
    at = dice.randrange(len(some.entries))
    first = replace(some.entries[at], votes=0)
    marks = []
    for is_votable in (True, False):
        mine = replace(first, is_votable=is_votable)
        made = outcome(Input(VOTED, (*some.entries[:at], mine, *some.entries[at + 1 :])))
        others = {one.code for one in some.entries if one.is_votable} - {first.code}
        marks.append({code: made[code].mark for code in others if made[code].vote is not None})

    one, other = marks
    assert {code: one[code] for code in other} == other  # none where nothing is left to stand


@given(inputs, dice)
def test_what_could_not_be_voted_for_lies_between_the_least_and_the_most_and_keeps_its_order(
    found: Input, dice: random.Random
) -> None:
    some = shown_or_not(found, dice)
    by_code = {one.code: one for one in some.entries}
    for division in compute(some, seed="s").divisions:
        stood = [one.vote for one in division.entries if by_code[one.code].is_votable]
        rest = [one for one in division.entries if not by_code[one.code].is_votable]
        if stood:
            assert all(min(stood) <= one.vote <= max(stood) for one in rest)
        for one, other in itertools.combinations(rest, 2):
            assert one.jury == other.jury or (one.jury > other.jury) == (one.place < other.place)


@given(inputs, dice)
def test_a_file_with_entries_nobody_could_vote_for_recomputes_to_the_same_bytes(
    found: Input, dice: random.Random
) -> None:
    text = result_file.body(shown_or_not(found, dice))

    assert result_file.verify(text) is None
    swapped = text.replace('"is_votable": true', '"is_votable": false', 1)
    assert result_file.verify(swapped) is not None


def test_a_practical_task_is_the_mean_of_the_last_checks_of_its_examiners() -> None:
    """The checklist gives 1, 2 and 2 points: of five, one examiner saw all, the other three."""
    checks = (
        Shown("examiner 1", 1, frozenset({"open"})),
        Shown("examiner 1", 2, frozenset({"open", "sign_in", "find"})),
        Shown("examiner 2", 1, frozenset({"open", "sign_in"})),
    )
    found = outcome(Input(SETTINGS, (entry("p", is_practical=True, checks=checks),)))["p"]

    assert (found.raw, found.mark, found.place) == (Decimal("80.000000"), Decimal("80.00"), 1)
    assert found.totals == (("examiner 1", Decimal("100.0000")), ("examiner 2", Decimal("60.0000")))
    assert (found.adjusted, found.se, found.is_short) == (None, None, False)


def test_who_lacks_sheets_is_named_and_who_has_none_is_not_ranked() -> None:
    made = compute(Input(SETTINGS, (entry("none"), entry("one", sheet("x", "7", "7")))), seed="s")

    assert made.short == ("one", "none")
    assert [(one.code, one.place) for one in made.divisions[0].entries] == [
        ("one", 1),
        ("none", None),
    ]
    assert made.pools[0].gate is Gate.TOO_FEW_SCORES


def test_chances_of_the_prizes_add_up_to_their_number() -> None:
    found = compute(full(7, 20, 6), seed="seed").divisions[0].entries

    assert sum(one.within[1] for one in found) == 1
    assert sum(one.within[3] for one in found) == 3
    assert any(one.is_unsure for one in found)
    again = compute(full(7, 20, 6), seed="other").divisions[0].entries
    assert [one.within for one in again] != [one.within for one in found]
    assert [one.mark for one in again] == [one.mark for one in found]
