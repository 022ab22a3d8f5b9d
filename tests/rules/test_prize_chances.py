import math
import random

import pytest

from contest.rules.judging import adjust
from contest.rules.prize_chances import are_tied, chances


def panel(seed, entries=20, judges=5, spread=3.0, noise=0.7):
    dice = random.Random(seed)
    strict = [dice.gauss(0, 1) for _ in range(judges)]
    seen = [(entry, (entry + k) % judges) for entry in range(entries) for k in range(3)]
    return [
        (f"e{entry:02}", f"j{judge}", spread * entry + strict[judge] + dice.gauss(0, noise))
        for entry, judge in seen
    ]


def test_a_clear_winner_is_sure_and_the_rest_surely_not():
    found = chances(adjust(panel(1, spread=10)), [1, 3], seed=7)

    assert found["e19"].within == {1: 1.0, 3: 1.0}
    assert found["e00"].within == {1: 0.0, 3: 0.0}
    assert not found["e19"].is_unsure


def test_near_equals_share_the_chance_and_are_deliberated():
    found = chances(adjust(panel(2, spread=0.2)), [3], seed=7)

    assert sum(one.within[3] for one in found.values()) == pytest.approx(3)
    assert any(one.is_unsure for one in found.values())


def test_the_chance_of_two_is_that_of_their_difference():
    scores = [row for row in panel(3, entries=12, spread=0.4) if row[0] in {"e10", "e11"}]
    result = adjust(scores)
    spread = result.covariance
    gap = result.entries["e11"].mean - result.entries["e10"].mean
    z = gap / math.sqrt(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1])

    found = chances(result, [1], seed=3, draws=8000)

    expected = 0.5 * (1 + math.erf(z / math.sqrt(2)))
    assert found["e11"].within[1] == pytest.approx(expected, abs=0.02)
    assert found["e10"].within[1] == pytest.approx(1 - expected, abs=0.02)


def test_the_same_seed_gives_the_same_chances():
    result = adjust(panel(4, spread=0.3))

    assert chances(result, [1, 3, 6], seed=5) == chances(result, [1, 3, 6], seed=5)
    assert chances(result, [3], seed=5) != chances(result, [3], seed=6)


def test_more_prizes_never_lower_a_chance():
    for one in chances(adjust(panel(5, spread=0.3)), [1, 2, 5, 20], seed=1).values():
        assert one.within[1] <= one.within[2] <= one.within[5] <= one.within[20] == 1


def test_without_a_model_the_means_decide():
    found = chances(adjust([("a", "j", 3.0), ("b", "j", 2.0), ("c", "j", 2.0)]), [1, 2], seed=1)

    assert found["a"].within == {1: 1.0, 2: 1.0}
    assert found["b"].within == found["c"].within == {1: 0.0, 2: 1.0}


def test_nobody_has_no_chance():
    assert chances(adjust([]), [1], seed=1) == {}


def test_a_difference_below_its_error_is_a_tie():
    result = adjust(panel(6, spread=0.05, noise=1.5))
    names = sorted(result.entries, key=lambda name: result.entries[name].mean)

    assert are_tied(result, names[9], names[10])
    far = adjust(panel(6, spread=10))
    assert not are_tied(far, "e00", "e01")
    flat = adjust([("a", "j", 3.0), ("b", "j", 3.0), ("c", "j", 2.0)])
    assert are_tied(flat, "a", "b")
    assert not are_tied(flat, "a", "c")
