"""From the marks of single questions to the score of an attempt."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Marked:
    """One question after marking: points earned (may be negative) out of the most to be earned."""

    points: Decimal
    out_of: Decimal
    is_right: bool
    is_blank: bool


@dataclass(frozen=True, slots=True)
class Scheme:
    """`all_questions_required`: an attempt with a blank is void. `lowest`: no total below it."""

    all_questions_required: bool = False
    lowest: Decimal | None = ZERO


@dataclass(frozen=True, slots=True)
class Score:
    points: Decimal
    out_of: Decimal
    right_count: int
    all_right: bool


def total(marks: Iterable[Marked], scheme: Scheme) -> Score:
    """Add up the marks of a paper, in points.

    Marks may be negative; the total is lifted to `scheme.lowest`. A paper without questions is
    not all right, or it would count among those with everything right (guess.py).
    """
    each = list(marks)
    points = sum((mark.points for mark in each), ZERO)
    right_count = sum(mark.is_right for mark in each)
    return Score(
        points=points if scheme.lowest is None else max(points, scheme.lowest),
        out_of=sum((mark.out_of for mark in each), ZERO),
        right_count=right_count,
        all_right=bool(each) and right_count == len(each),
    )


def is_void(marks: Iterable[Marked], scheme: Scheme, *, guess_missing: bool = False) -> bool:
    """Tell whether the attempt counts for nothing because something was left blank.

    P26: the try is void unless all ten were answered, nine questions and the guess.
    """
    if not scheme.all_questions_required:
        return False
    return guess_missing or any(mark.is_blank for mark in marks)
