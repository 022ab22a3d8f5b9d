"""Marks added up, and attempts that are void for a blank."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.rules.scoring import Marked, Scheme, Score, is_void, total

RIGHT = Marked(Decimal(1), Decimal(1), is_right=True, is_blank=False)
PARTLY = Marked(Decimal("0.33"), Decimal(1), is_right=False, is_blank=False)
WRONG = Marked(Decimal("-0.5"), Decimal(1), is_right=False, is_blank=False)
BLANK = Marked(Decimal(0), Decimal(2), is_right=False, is_blank=True)
ALL_REQUIRED = Scheme(all_questions_required=True)

papers = st.lists(st.sampled_from([RIGHT, PARTLY, WRONG, BLANK]))


def test_points_are_added_up_exactly():
    assert total([RIGHT, PARTLY, PARTLY, PARTLY, BLANK], Scheme()) == Score(
        points=Decimal("1.99"), out_of=Decimal(6), right_count=1, all_right=False
    )


def test_everything_right_is_all_right():
    assert total(iter([RIGHT, RIGHT]), Scheme()) == Score(
        points=Decimal(2), out_of=Decimal(2), right_count=2, all_right=True
    )


def test_an_empty_paper_is_not_all_right():
    assert total([], Scheme()) == Score(Decimal(0), Decimal(0), 0, all_right=False)


@pytest.mark.parametrize(
    ("lowest", "points"),
    [(Decimal(0), Decimal(0)), (Decimal("-0.75"), Decimal("-0.75")), (None, Decimal(-1))],
)
def test_a_negative_total_is_lifted_to_the_lowest_allowed(lowest, points):
    assert total([WRONG, WRONG], Scheme(lowest=lowest)).points == points


def test_an_attempt_with_a_blank_is_void_where_all_questions_are_required():
    assert is_void([RIGHT, BLANK], ALL_REQUIRED)
    assert not is_void([RIGHT, WRONG], ALL_REQUIRED)
    assert not is_void([RIGHT, BLANK], Scheme())


def test_nine_answers_without_the_guess_are_void_too():
    assert is_void([RIGHT] * 9, ALL_REQUIRED, guess_missing=True)
    assert not is_void([RIGHT] * 9, Scheme(), guess_missing=True)


@given(papers, st.randoms())
def test_the_order_of_the_questions_does_not_change_the_score(marks, random):
    shuffled = random.sample(marks, len(marks))
    assert total(marks, Scheme()) == total(shuffled, Scheme())


@given(papers)
def test_all_right_means_every_point_there_is(marks):
    score = total(marks, Scheme())
    assert Decimal(0) <= score.points <= score.out_of
    assert not score.all_right or score.points == score.out_of
    assert not (score.all_right and is_void(marks, ALL_REQUIRED))
