"""One set of facts, one code; another set, another code."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules.receipts import (
    ALPHABET,
    GivenAnswer,
    PaperItem,
    ReceiptFacts,
    canonical,
    normalise,
    receipt_code,
)

START = datetime(2026, 10, 10, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FACTS = ReceiptFacts(
    attempt_code="K7F2-9QMX",
    started_at=START,
    handed_in_at=START + 9 * MINUTE,
    items=(PaperItem(41, (2, 0, 1)), PaperItem(7, ("b", "a"))),
    answers=(
        GivenAnswer(1, [0, 2], START + MINUTE),
        GivenAnswer(2, "Đúng", START + 2 * MINUTE),
    ),
    guess=500,
)
CANONICAL = (
    b'{"answers":[[1,[0,2],"2026-10-10T01:01:00.000000+00:00"],'
    b'[2,"\\u0110\\u00fang","2026-10-10T01:02:00.000000+00:00"]],'
    b'"attempt":"K7F2-9QMX","format":1,"guess":500,'
    b'"handed_in_at":"2026-10-10T01:09:00.000000+00:00",'
    b'"items":[[41,[2,0,1]],[7,["b","a"]]],'
    b'"started_at":"2026-10-10T01:00:00.000000+00:00"}'
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
answers = st.lists(
    st.builds(GivenAnswer, st.integers(1, 50), values, st.just(START)),
    unique_by=lambda answer: answer.no,
    max_size=8,
)


def test_the_facts_are_written_in_one_way():
    assert canonical(FACTS) == CANONICAL
    assert json.loads(canonical(FACTS))["attempt"] == "K7F2-9QMX"


def test_the_code_is_the_first_eighty_bits_of_the_hash():
    bits = int(hashlib.sha256(CANONICAL).hexdigest()[:20], 16)
    digits = [ALPHABET[int(f"{bits:080b}"[at : at + 5], 2)] for at in range(0, 80, 5)]
    code = receipt_code(FACTS)
    assert code.replace("-", "") == "".join(digits)
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]


def test_another_zone_for_the_same_moment_gives_the_same_code():
    moved = replace(FACTS, started_at=START.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")))
    assert receipt_code(moved) == receipt_code(FACTS)


@pytest.mark.parametrize(
    "facts",
    [
        {"attempt_code": "K7F2-9QMY"},
        {"started_at": START + timedelta(microseconds=1)},
        {"handed_in_at": START + 9 * MINUTE + timedelta(microseconds=1)},
        {"items": FACTS.items[::-1]},
        {"items": (PaperItem(41, (0, 2, 1)), FACTS.items[1])},
        {"answers": FACTS.answers[:1]},
        {"answers": (FACTS.answers[0], replace(FACTS.answers[1], value="đúng"))},
        {"answers": (FACTS.answers[0], replace(FACTS.answers[1], saved_at=START))},
        {"guess": None},
        {"guess": 501},
    ],
)
def test_a_changed_fact_changes_the_code(facts):
    assert receipt_code(replace(FACTS, **facts)) != receipt_code(FACTS)


@given(answers, st.randoms())
def test_answers_may_come_in_any_order(given_answers, random):
    one = replace(FACTS, answers=tuple(given_answers))
    random.shuffle(given_answers)
    assert canonical(replace(FACTS, answers=tuple(given_answers))) == canonical(one)


def test_two_answers_to_one_question_are_refused():
    with pytest.raises(Invalid):
        receipt_code(replace(FACTS, answers=(FACTS.answers[0], FACTS.answers[0])))


def test_a_naive_moment_is_refused():
    with pytest.raises(Invalid):
        canonical(replace(FACTS, started_at=START.replace(tzinfo=None)))


@given(st.integers(), st.integers(-12, 12))
def test_a_printed_code_is_already_normal(guess, hours):
    zone = timezone(timedelta(hours=hours))
    code = receipt_code(replace(FACTS, guess=guess, handed_in_at=START.astimezone(zone)))
    assert normalise(code) == code
    assert normalise(code.lower().replace("-", " ")) == code
    assert normalise(code.replace("0", "o").replace("1", "l")) == code


@pytest.mark.parametrize(
    "typed",
    [
        "01AB-CDEF-GHJK-MNPQ",
        "oiab cdef ghjk mnpq",
        " OLAB–CDEF—GHJK.MNPQ\n",
        "o1abcdefghjkmnpq",
        "0Iab\u00a0cdef\tghjk_mnpq",
    ],
)
def test_what_people_type_is_forgiven(typed):
    assert normalise(typed) == "01AB-CDEF-GHJK-MNPQ"


@pytest.mark.parametrize(
    "typed",
    ["", "01AB", "01AB-CDEF-GHJK-MNPQ-R", "U1AB-CDEF-GHJK-MNPQ", "ß1ABCDEFGHJKMNP", "é" * 16],
)
def test_what_cannot_be_a_code_is_refused(typed):
    with pytest.raises(Invalid):
        normalise(typed)
