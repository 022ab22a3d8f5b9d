"""How sure a jury's order is: the chance of each entry to be among the prizes.

True scores are drawn from the normal distribution of the adjusted means and their covariance; an
entry that is neither surely in nor surely out belongs to the zone to deliberate, as in the NIPS
2014 experiment (Lawrence & Cortes). Drawn by the standard library from a seed, so that the same
result file gives the same chances anywhere.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contest.rules.judging import Adjustment

DRAWS = 2000
UNSURE = (0.1, 0.9)  # chances between which an entry is deliberated


@dataclass(frozen=True, slots=True)
class Chance:
    """`within[m]`: the chance, 0..1, to be among the m best; `is_unsure` for any m asked."""

    within: Mapping[int, float]
    is_unsure: bool


def chances(
    found: Adjustment, places: Sequence[int], *, seed: int, draws: int = DRAWS
) -> dict[str, Chance]:
    """Give each entry's chance to be among the first m for every m of `places`.

    `places` are counts of prizes added up (1 first, 1 + 2 with the seconds, …). Without a fitted
    model nothing is uncertain: the order of the means decides, an equal mean counting as ahead.
    """
    names = list(found.entries)
    means = np.array([one.mean for one in found.entries.values()])
    counts = {place: np.zeros(len(names)) for place in places}
    is_fitted = found.minus_two_reml is not None and bool(names)
    root = _root(found.covariance) if is_fitted else np.zeros((len(names), len(names)))
    dice = random.Random(seed)  # noqa: S311 -- reproducible on purpose
    rounds = draws if is_fitted else 1
    for _ in range(rounds):
        noise = np.array([dice.gauss(0, 1) for _ in names])
        drawn = means + root @ noise
        ahead = (drawn[None, :] > drawn[:, None]).sum(axis=1)
        for place in counts:
            counts[place] += ahead < place
    return {
        name: _chance({place: float(count[at]) / rounds for place, count in counts.items()})
        for at, name in enumerate(names)
    }


def are_tied(found: Adjustment, one: str, other: str) -> bool:
    """Say whether two entries differ by less than one standard error of their difference."""
    names = list(found.entries)
    here, there = names.index(one), names.index(other)
    gap = abs(found.entries[one].mean - found.entries[other].mean)
    if found.minus_two_reml is None:
        return gap == 0
    spread = found.covariance
    error = spread[here, here] + spread[there, there] - 2 * spread[here, there]
    return bool(gap**2 < error)


def _chance(within: dict[int, float]) -> Chance:
    low, high = UNSURE
    return Chance(within, any(low < one < high for one in within.values()))


def _root(covariance: np.ndarray) -> np.ndarray:
    """Give the symmetric square root of the covariance, also where that is only just positive.

    There is only one, whatever signs and order a machine gives the eigenvectors.
    """
    values, vectors = np.linalg.eigh(covariance)
    root: np.ndarray = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return root
