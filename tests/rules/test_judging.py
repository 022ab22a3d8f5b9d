import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.mixed_linear_model import MixedLM

from contest.errors import Invalid
from contest.rules.judging import FEWEST_ENTRIES, Gate, adjust


def sheet(seed, entries, judges, each, *, severity=0.7, noise=0.7):
    """Scores of a round in which every entry has `each` judges, near-balanced."""
    dice = random.Random(seed)
    quality = [dice.gauss(0, 1) for _ in range(entries)]
    strict = [dice.gauss(0, severity) for _ in range(judges)]
    return [
        (
            f"e{entry:03}",
            f"j{judge:02}",
            6.5 + 1.5 * (quality[entry] + strict[judge] + dice.gauss(0, noise)),
        )
        for entry in range(entries)
        for judge in sorted(dice.sample(range(judges), each))
    ]


def oracle(scores, ratio):
    """The mixed model by its dense matrices, at one ratio: generalised least squares."""
    entries = sorted({entry for entry, *_ in scores})
    judges = sorted({judge for _, judge, _ in scores})
    x = np.array([[entry == one for one in entries] for entry, *_ in scores], dtype=float)
    z = np.array([[judge == one for one in judges] for _, judge, _ in scores], dtype=float)
    y = np.array([points for *_, points in scores])
    h = np.eye(len(y)) + ratio * z @ z.T
    inverse = np.linalg.inv(h)
    system = x.T @ inverse @ x
    means = np.linalg.solve(system, x.T @ inverse @ y)
    left = y - x @ means
    freedom = len(y) - len(entries)
    residual = left @ inverse @ left / freedom
    effects = ratio * z.T @ inverse @ left
    deviance = (
        np.linalg.slogdet(h)[1]
        + np.linalg.slogdet(system)[1]
        + freedom * (1 + math.log(2 * math.pi * residual))
    )
    errors = np.sqrt(np.diag(np.linalg.inv(system)) * residual)
    return means, effects, residual, deviance, errors


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_mixed_model_of_its_dense_matrices(seed):
    scores = sheet(seed, 24, 6, 3)
    found = adjust(scores)

    ratio = found.judge_variance / found.residual_variance
    means, effects, residual, deviance, errors = oracle(scores, ratio)

    assert [one.mean for one in found.entries.values()] == pytest.approx(means, abs=1e-8)
    assert [one.se for one in found.entries.values()] == pytest.approx(errors, abs=1e-8)
    assert [one.effect for one in found.judges.values()] == pytest.approx(effects, abs=1e-8)
    assert found.residual_variance == pytest.approx(residual, rel=1e-9)
    assert found.minus_two_reml == pytest.approx(deviance, abs=1e-7)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_ratio_fits_better(seed):
    scores = sheet(seed, 20, 5, 3)
    found = adjust(scores)

    for log in np.linspace(-12, 8, 201):
        assert found.minus_two_reml <= oracle(scores, math.exp(log))[3] + 1e-8


@pytest.mark.parametrize("seed", range(3))
def test_statsmodels_finds_the_same_variances_and_means(seed):
    scores = sheet(seed, 15, 6, 4, severity=1.0)
    entries = sorted({entry for entry, *_ in scores})
    x = np.array([[entry == one for one in entries] for entry, *_ in scores], dtype=float)
    y = np.array([points for *_, points in scores])
    theirs = MixedLM(y, x, groups=np.array([judge for _, judge, _ in scores])).fit(
        reml=True, method="lbfgs"
    )

    ours = adjust(scores)

    assert ours.residual_variance == pytest.approx(theirs.scale, rel=1e-3)
    assert ours.judge_variance == pytest.approx(float(theirs.cov_re[0, 0]), rel=1e-3)
    means = [one.mean for one in ours.entries.values()]
    assert means == pytest.approx(theirs.fe_params, abs=1e-3)
    errors = [one.se for one in ours.entries.values()]
    assert errors == pytest.approx(theirs.bse_fe, rel=1e-3)
    assert ours.minus_two_reml == pytest.approx(-2 * theirs.llf, abs=1e-3)


def test_a_strict_judge_pulls_nobody_down():
    scores = [
        (f"e{entry}", judge, 5.0 + entry - (2.0 if judge == "strict" else 0.0) + 0.01 * wiggle)
        for entry in range(8)
        for wiggle, judge in enumerate(("strict", "kind", "calm"))
        if (entry + wiggle) % 3
    ]
    found = adjust(scores)

    assert found.judges["strict"].effect < -1
    assert found.judges["kind"].effect > 0.5
    gaps = np.diff([one.mean for one in found.entries.values()])
    assert gaps == pytest.approx(np.ones(7), abs=0.05)
    assert found.severity_p < 0.001


def test_effects_of_each_connected_part_sum_up_to_nothing():
    scores = sheet(1, 20, 4, 2) + [
        (f"x{entry}", f"k{judge}", points) for entry, judge, points in sheet(2, 12, 3, 2)
    ]
    found = adjust(scores)

    assert len(found.components) == 2
    for part in found.components:
        effects = [found.judges[judge].effect for judge in part.judges]
        assert sum(effects) == pytest.approx(0, abs=1e-9)
        raw = [one.raw * one.count for name, one in found.entries.items() if name in part.entries]
        mean = [one.mean * one.count for name, one in found.entries.items() if name in part.entries]
        assert len(raw) == len(mean)


def test_parts_that_share_no_judge_are_not_compared():
    scores = sheet(1, 20, 4, 2) + [
        (f"x{entry}", f"k{judge}", points) for entry, judge, points in sheet(2, 12, 3, 2)
    ]
    found = adjust(scores)

    assert found.gate is Gate.APART
    assert found.verdict.facts == {"parts": 2}
    assert [len(part.entries) for part in found.components] == [20, 12]
    name = next(iter(found.entries))
    assert found.published(name) == found.entries[name].raw


def test_a_judge_who_saw_few_entries_is_not_adjusted_for():
    scores = sheet(3, 20, 5, 3)
    scores += [(f"e{entry:03}", "guest", 6.0) for entry in range(FEWEST_ENTRIES - 1)]

    found = adjust(scores)

    assert found.gate is Gate.TOO_FEW_ENTRIES
    assert found.verdict.facts == {"fewest": FEWEST_ENTRIES}
    enough = adjust([*scores, ("e010", "guest", 6.0)])
    assert enough.gate is Gate.ADJUST
    assert enough.published("e000") == enough.entries["e000"].mean


def test_one_score_an_entry_tells_nothing_of_severity():
    found = adjust([(f"e{entry}", "one", float(entry)) for entry in range(6)])

    assert found.gate is Gate.TOO_FEW_SCORES
    assert found.minus_two_reml is None
    assert found.severity_p is None
    assert found.entries["e4"].mean == 4
    assert found.entries["e4"].se is None
    assert found.judges["one"].effect == 0


def test_full_agreement_gives_the_raw_means_back():
    scores = [(f"e{e}", f"j{j}", float(e)) for e in range(6) for j in range(3)]
    found = adjust(scores)

    assert [one.mean for one in found.entries.values()] == [0, 1, 2, 3, 4, 5]
    assert found.judge_variance == 0
    assert found.residual_variance == 0


def test_without_severity_the_raw_means_stay():
    scores = [(f"e{e:02}", f"j{(e + k) % 6}", e / 3 + (k - 1)) for e in range(30) for k in range(3)]
    found = adjust(scores)

    assert found.judge_variance == 0
    assert found.severity_p == 0.5
    assert [one.mean for one in found.entries.values()] == pytest.approx(
        [one.raw for one in found.entries.values()]
    )


def test_nothing_scored_is_nothing_found():
    found = adjust([])

    assert (found.entries, found.judges, found.components) == ({}, {}, ())
    assert found.gate is Gate.TOO_FEW_SCORES


@pytest.mark.parametrize("points", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(points):
    with pytest.raises(Invalid):
        adjust([("e", "j", points)])


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False), st.floats(-100, 100))
def test_order_and_origin_do_not_matter(seed, dice, shift):
    scores = sheet(seed, 12, 4, 3)
    shuffled = [(entry, judge, points + shift) for entry, judge, points in scores]
    dice.shuffle(shuffled)

    one, other = adjust(scores), adjust(shuffled)

    assert [entry.mean + shift for entry in one.entries.values()] == pytest.approx(
        [entry.mean for entry in other.entries.values()], abs=1e-6
    )
    assert adjust(sorted(shuffled)).entries == other.entries
