"""What an answer is worth: the points a checked answer earns under a round's scheme."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from contest.errors import N_, Invalid
from question_bank.rules.given import Given
from question_bank.rules.keys import Key, PartialPolicy

CENT = Decimal("0.01")
MOST_POINTS = Decimal(10_000)


class Verdict(StrEnum):
    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a question is worth: `points` when right, `wrong` (points, ≥ 0) taken when wrong.

    `floor_at_zero` keeps each single question from going below 0, so that `wrong` takes nothing;
    a floor under the sum of a paper belongs to scoring. Raises Invalid on nonsense.
    """

    points: Decimal
    partial: PartialPolicy = PartialPolicy.ALL_OR_NOTHING
    wrong: Decimal = Decimal(0)
    floor_at_zero: bool = False

    def __post_init__(self) -> None:
        if not (self.points.is_finite() and 0 < self.points <= MOST_POINTS):
            raise Invalid(
                N_("Điểm của câu phải lớn hơn 0 và không quá %(most)s."), most=MOST_POINTS
            )
        if not (self.wrong.is_finite() and 0 <= self.wrong <= MOST_POINTS):
            raise Invalid(N_("Điểm trừ phải từ 0 đến %(most)s."), most=MOST_POINTS)


@dataclass(frozen=True, slots=True)
class Mark:
    """`points`: to 0.01, below 0 only by a penalty or a weight; `fraction`: exact share, -1..1."""

    points: Decimal
    fraction: Fraction
    verdict: Verdict


def mark(key: Key, given: Given, scheme: Scheme) -> Mark:
    """Mark a checked, authored answer: points = scheme.points x share, half up to 0.01.

    The share is the policy's (see `PartialPolicy` for the formulas and their sources). A share
    of 0 is wrong and takes `scheme.wrong` points, one below 0 takes what its author weighed; a
    blank earns and takes nothing. `scheme.floor_at_zero` keeps both from taking anything.
    """
    if _is_blank(given):
        return Mark(Decimal("0.00"), Fraction(0), Verdict.BLANK)
    share = key.share(given, scheme.partial)
    points = scheme.points * share.numerator / share.denominator
    if not share:
        points = -scheme.wrong
    if scheme.floor_at_zero:
        points = max(points, Decimal(0))
    return Mark(points.quantize(CENT, ROUND_HALF_UP) + 0, share, _verdict(share))


def _is_blank(given: Given) -> bool:
    return given is None or (type(given) is list and all(one is None for one in given))


def _verdict(share: Fraction) -> Verdict:
    if share <= 0:
        return Verdict.WRONG
    return Verdict.RIGHT if share == 1 else Verdict.PARTLY
