"""Weights as other programs write them, in percent with a few decimals, and as exact shares."""

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from contest.errors import N_, Invalid
from question_bank.rules.keys import OneKey, SeveralKey

PERCENT = re.compile(r"-?[0-9]{1,3}(?:[.,][0-9]{0,12})?")
# A share that no decimal ends is one of these when few decimals were written, else up to 1/100.
UNENDING = (3, 6, 7, 9, 11, 12)
MANY_DECIMALS = 3
SMALLEST_PART = 100
DECIMALS = 5  # as Moodle writes weights
BAD_WEIGHT = N_("Trọng số “%(value)s” không phải là một số phần trăm từ -100 đến 100.")
LONGEST_SHOWN = 20  # characters


def exact(text: str) -> Fraction:
    """Turn a percentage as text into the share it stands for: "33.33333" is 1/3, "50" is 1/2.

    One decimal or two stand for thirds, sixths … twelfths, three or more for any part down to
    1/100, when rounding or cutting that part gives just these digits. Raises Invalid.
    """
    clean = text.strip()
    if not PERCENT.fullmatch(clean):
        raise Invalid(BAD_WEIGHT, value=clean[:LONGEST_SHOWN])
    percent = Decimal(clean.replace(",", "."))
    if abs(percent) > 100:  # noqa: PLR2004 -- per cent
        raise Invalid(BAD_WEIGHT, value=clean[:LONGEST_SHOWN])
    share = Fraction(percent) / 100
    decimals = -int(percent.as_tuple().exponent)
    if decimals >= MANY_DECIMALS:
        parts = [share.limit_denominator(SMALLEST_PART)]
    else:
        parts = [Fraction(round(share * one), one) for one in UNENDING] if decimals > 0 else []
    return next((one for one in parts if _reads_as(one, percent, decimals)), share)


def percent(share: Fraction) -> str:
    """Write a share in percent so that `exact` gives it back: 1/3 is "33.33333", 1/2 is "50".

    Shares that neither end within five decimals nor are parts down to 1/100 are rounded.
    """
    step = Decimal(1).scaleb(-DECIMALS)
    value = (Decimal(share.numerator * 100) / share.denominator).quantize(step, ROUND_HALF_UP)
    short = f"{value:f}".rstrip("0").rstrip(".")
    return short if exact(short) == share else f"{value:f}"


def one_key(right: int, weights: Sequence[Fraction]) -> OneKey:
    """Make the key of one right option; weights that change no marking are dropped.

    1 for the right one and 0 for the others is what a key without weights earns under every
    `PartialPolicy`. Raises Invalid.
    """
    size = len(weights)
    key = OneKey(right, size, tuple(weights))
    return OneKey(right, size) if sum(map(bool, weights)) == 1 else key


def several_key(weights: Sequence[Fraction]) -> SeveralKey:
    """Make the key of the options with a weight above 0; weights that change nothing are dropped.

    Only under PROPORTIONAL do weights of several options count, and there +1/R for each of the R
    right ones and -1/W for each of the W wrong ones is what a key without weights earns. Raises
    Invalid.
    """
    right = frozenset(at for at, one in enumerate(weights) if one > 0)
    key = SeveralKey(right, len(weights), tuple(weights))
    return SeveralKey(right, key.size) if tuple(weights) == plain_weights(key) else key


def plain_weights(key: SeveralKey) -> tuple[Fraction, ...]:
    """Give the weights that stand for a key without any: +1/R and -1/W."""
    plus, minus = Fraction(1, len(key.right)), Fraction(-1, key.size - len(key.right))
    return tuple(plus if at in key.right else minus for at in range(key.size))


def _reads_as(share: Fraction, percent: Decimal, decimals: int) -> bool:
    step = Decimal(1).scaleb(-decimals)
    value = Decimal(share.numerator * 100) / share.denominator
    return percent in {value.quantize(step, ROUND_HALF_UP), value.quantize(step, ROUND_DOWN)}
