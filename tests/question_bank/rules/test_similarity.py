"""How alike two questions are, and finding the alike ones among many."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.rules.similarity import (
    ALIKE,
    BAND_BYTES,
    BANDS,
    MOST_MET,
    bands,
    likeness,
    meeting,
    shingles,
)

TEXTS = st.lists(st.text(max_size=40), max_size=5)
SYLLABLES = ("mã", "số", "cuộc", "gọi", "lạ", "tin", "nhắn", "thẻ", "cước", "trang", "mạng")


def test_shingles_are_neighbouring_words_without_marks():
    assert shingles(["Mã OTP là gì?", "Mật khẩu", "Đúng"]) == {
        *("ma otp", "otp la", "la gi"),
        *("mat khau", "dung"),
    }


def test_the_order_of_options_does_not_matter():
    assert shingles(["Câu hỏi nào", "An", "Bình"]) == shingles(["Câu hỏi nào", "Bình", "An"])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (set(), set(), 0.0),
        ({"a"}, set(), 0.0),
        ({"a"}, {"a"}, 1.0),
        ({"a", "b"}, {"b", "c"}, 1 / 3),
    ],
)
def test_likeness_is_jaccards(one, other, expected):
    assert likeness(frozenset(one), frozenset(other)) == expected


@given(TEXTS, TEXTS)
def test_likeness_is_the_same_both_ways_and_whole_of_oneself(one, other):
    a, b = shingles(one), shingles(other)

    assert 0 <= likeness(a, b) == likeness(b, a) <= 1
    assert likeness(a, a) == bool(a)
    assert len(bands(a)) == (BANDS * BAND_BYTES if a else 0)


def test_bands_stay_what_they_are_for_good():
    assert bands(frozenset({"ma otp", "otp la"})).hex()[:24] == "a352c6c7901ed85591a6a003"


def sentence(dice, words=18):
    return [dice.choice(SYLLABLES) + str(dice.randrange(60)) for _ in range(words)]


def test_a_question_with_a_word_changed_is_met_and_strangers_hardly_ever():
    dice = Random(7)
    stored = {at: sentence(dice) for at in range(2000)}
    kept = {at: bands(shingles([" ".join(words)])) for at, words in stored.items()}
    changed = []
    for at in range(200):
        words = list(stored[at])
        words[dice.randrange(1, len(words) - 1)] = "khác"
        changed.append(shingles([" ".join(words)]))

    met = meeting([bands(one) for one in changed], kept)

    found = sum(at in ids for at, ids in enumerate(met))
    assert all(likeness(changed[at], shingles([" ".join(stored[at])])) > ALIKE for at in range(200))
    assert found >= 198
    assert sum(map(len, met)) - found < 20


def test_thousands_made_from_one_pattern_do_not_all_meet():
    alike = bands(shingles(["Một cộng một bằng mấy"]))

    (met,) = meeting([alike], dict.fromkeys(range(5000), alike))

    assert 0 < len(met) <= MOST_MET


def test_nothing_meets_nothing():
    assert meeting([b"", bands(frozenset({"a"}))], {1: b""}) == [[], []]
