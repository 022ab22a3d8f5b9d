"""Percentages of other programs as exact shares."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from question_bank.formats import weights
from question_bank.rules.keys import OneKey, PartialPolicy, SeveralKey

# Every weight that Moodle offers.
OF_MOODLE = {
    "100": 1,
    "90": Fraction(9, 10),
    "83.33333": Fraction(5, 6),
    "80": Fraction(4, 5),
    "75": Fraction(3, 4),
    "70": Fraction(7, 10),
    "66.66667": Fraction(2, 3),
    "60": Fraction(3, 5),
    "50": Fraction(1, 2),
    "40": Fraction(2, 5),
    "33.33333": Fraction(1, 3),
    "30": Fraction(3, 10),
    "25": Fraction(1, 4),
    "20": Fraction(1, 5),
    "16.66667": Fraction(1, 6),
    "14.28571": Fraction(1, 7),
    "12.5": Fraction(1, 8),
    "11.11111": Fraction(1, 9),
    "10": Fraction(1, 10),
    "5": Fraction(1, 20),
    "0": Fraction(0),
}


@pytest.mark.parametrize(("text", "share"), OF_MOODLE.items())
def test_weights_of_moodle_are_exact_both_ways(text, share):
    assert (weights.exact(text), weights.percent(Fraction(share))) == (share, text)
    assert weights.exact(f"-{text}") == -share


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("33.333", Fraction(1, 3)),
        ("33.33", Fraction(1, 3)),
        ("66.6", Fraction(2, 3)),
        ("16,7", Fraction(1, 6)),
        ("33", Fraction(33, 100)),
        ("33.300", Fraction(333, 1000)),
        (" 50.00000 ", Fraction(1, 2)),
        ("7.69231", Fraction(1, 13)),
    ],
)
def test_few_digits_stand_for_the_parts_they_round(text, share):
    assert weights.exact(text) == share


@pytest.mark.parametrize("text", ["", "x", "101", "-100.5", "1e2", "٣", "5%", "1" * 30, "nan"])
def test_what_is_no_weight(text):
    with pytest.raises(Invalid):
        weights.exact(text)


@given(
    st.fractions(-1, 1, max_denominator=100)
    | st.integers(-(10**5), 10**5).map(lambda n: Fraction(n, 10**5))
)
def test_what_is_written_reads_back(share):
    assert weights.exact(weights.percent(share)) == share


def answers(size):
    return [[at for at in range(size) if bits >> at & 1] for bits in range(1, 2**size)]


@given(st.integers(2, 6), st.data())
def test_plain_weights_change_no_marking(size, data):
    right = data.draw(st.frozensets(st.integers(0, size - 1), min_size=1, max_size=size - 1))
    key = SeveralKey(right, size)
    plain = weights.plain_weights(key)
    weighed = SeveralKey(right, size, plain)

    assert weights.several_key(plain) == key
    assert [[weighed.share(one, policy) for policy in PartialPolicy] for one in answers(size)] == [
        [key.share(one, policy) for policy in PartialPolicy] for one in answers(size)
    ]


def test_weights_that_mean_something_stay():
    half, none = Fraction(1, 2), Fraction(0)

    assert weights.one_key(1, [none, Fraction(1)]) == OneKey(1, 2)
    assert weights.one_key(1, [half, Fraction(1)]) == OneKey(1, 2, (half, Fraction(1)))
    assert weights.several_key([half, half, none]) == SeveralKey(
        frozenset({0, 1}), 3, (half, half, none)
    )
