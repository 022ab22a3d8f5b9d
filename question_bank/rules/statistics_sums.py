"""Means, variances and covariances of plain lists, by exact sums: no order of rows matters.

Moments as Moodle's "Quiz statistics calculations" takes them: variances and covariances divide
by n - 1. Differences as small as the rounding of floats count as none (`DUST`).
"""

from collections.abc import Sequence
from math import fsum, sqrt
from operator import mul

DUST = 1e-9


def mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


def deviations(values: Sequence[float]) -> list[float]:
    """Distances from the mean; all exactly 0 where the values differ by dust only."""
    middle = mean(values)
    away = [value - middle for value in values]
    if max(map(abs, away)) <= DUST * max(1.0, abs(middle)):
        return [0.0] * len(away)
    return away


def central_moment(away: Sequence[float], power: int) -> float:
    """m_k = (1/n) Σ d^k of the deviations d."""
    return fsum(one**power for one in away) / len(away)


def variance(away: Sequence[float]) -> float | None:
    """V = Σ d² / (n - 1) of the deviations d; None for fewer than two."""
    return fsum(map(mul, away, away)) / (len(away) - 1) if len(away) > 1 else None


def covariance(first: Sequence[float], second: Sequence[float]) -> float | None:
    """C = Σ d e / (n - 1) of the deviations d and e; None for fewer than two."""
    if len(first) < 2:  # noqa: PLR2004 -- one pair has no spread
        return None
    total = fsum(map(mul, first, second))
    scale = sqrt(fsum(map(mul, first, first))) * sqrt(fsum(map(mul, second, second)))
    return 0.0 if abs(total) <= DUST * scale else total / (len(first) - 1)
