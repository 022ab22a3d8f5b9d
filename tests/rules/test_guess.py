"""The true number: people with everything right, participants, or tries."""

from hypothesis import given
from hypothesis import strategies as st

from contest.rules.guess import GuessTarget, Outcome, actual

AN, BINH, CHI = 1, 2, 3
OUTCOMES = [
    Outcome(AN, all_right=False),
    Outcome(AN, all_right=True),
    Outcome(AN, all_right=True),
    Outcome(BINH, all_right=True),
    Outcome(BINH, all_right=False),
    Outcome(CHI, all_right=False),
]

outcomes = st.lists(st.builds(Outcome, st.integers(1, 6), st.booleans()))


def test_a_person_with_everything_right_in_any_try_is_counted_once():
    assert actual(GuessTarget.ALL_RIGHT_PEOPLE, OUTCOMES) == 2


def test_a_person_with_several_tries_is_one_participant():
    assert actual(GuessTarget.PARTICIPANTS, OUTCOMES) == 3


def test_every_try_is_a_try():
    assert actual(GuessTarget.TRIES, iter(OUTCOMES)) == 6


def test_nobody_came():
    assert [actual(target, []) for target in GuessTarget] == [0, 0, 0]


@given(outcomes)
def test_the_all_right_are_participants_and_participants_have_tries(tries):
    right, people, number = (actual(target, tries) for target in GuessTarget)
    assert right <= people <= number
    assert actual(GuessTarget.PARTICIPANTS, tries * 2) == people
    assert actual(GuessTarget.TRIES, tries * 2) == 2 * number
