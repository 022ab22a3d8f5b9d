"""`python -m bench.panels`: does taking severity out bring the true order nearer, and how fast.

Juries are simulated: entries of known quality, judges of known severity, panels as the platform
assigns them. docs/judging.md says how to read the table. The last line is JSON.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from contest.rules.assignment import EntryFacts, JudgeFacts, assign
from contest.rules.judging import Adjustment, Score, adjust

ENTRIES, JUDGES, EACH = 60, 12, 3
NOISE, SLOPES = 0.7, 0.2  # of one score; of the logarithms of the judges' slopes
MIDDLE, SCALE, LEAST, MOST = 6.5, 1.5, 1, 10  # how a quality becomes a mark
PLANS = 20  # assignments that the runs of a condition take in turn
LARGE = 200, 20, 3
WANTED_MS = 50.0


@dataclass(frozen=True, slots=True)
class Condition:
    """`severity`: standard deviation of the judges' severity, in standard deviations of quality.

    `districts`: how many panels judge only their own entries (1: nobody is kept apart), whose
    levels differ by the standard deviation `levels`. `anchors`: entries scored by all. `rovers`:
    judges who score everywhere.
    """

    name: str
    severity: float
    districts: int = 1
    levels: float = 0.0
    anchors: int = 0
    rovers: int = 0


CONDITIONS = (
    Condition("equal", 0.0),
    Condition("mild", 0.35),
    Condition("moderate", 0.7),
    Condition("strong", 1.0),
    Condition("closed districts of unequal level", 0.7, districts=3, levels=0.7),
    Condition("the same, 4 anchors", 0.7, districts=3, levels=0.7, anchors=4),
    Condition("the same, 2 roving judges", 0.7, districts=3, levels=0.7, rovers=2),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over the runs. Tau: Kendall's, with the true order; `first`: how often the best leads.

    `gain_error`: the standard error of the difference of the two taus.
    """

    raw_tau: float
    adjusted_tau: float
    gain_error: float
    raw_first: float
    adjusted_first: float
    published: float  # share of the runs in which the gate lets the adjusted scores out

    @property
    def gain(self) -> float:
        return self.adjusted_tau - self.raw_tau


def simulate(condition: Condition, *, runs: int, seed: int) -> Figures:
    """Run a condition; the same figures for the same seed."""
    plans = [_plan(condition, seed + at) for at in range(min(PLANS, runs))]
    rows = [
        _run(condition, plans[at % len(plans)], np.random.default_rng([seed, at]))
        for at in range(runs)
    ]
    taken = np.array(rows, dtype=float)
    raw, adjusted, raw_first, adjusted_first, published = taken.mean(axis=0)
    gains = taken[:, 1] - taken[:, 0]
    return Figures(
        raw_tau=float(raw),
        adjusted_tau=float(adjusted),
        gain_error=float(gains.std(ddof=1) / np.sqrt(runs)),
        raw_first=float(raw_first),
        adjusted_first=float(adjusted_first),
        published=float(published),
    )


Cells = list[tuple[int, int]]
"""Entry and judge of every score, as numbers."""


def _plan(condition: Condition, seed: int) -> Cells:
    """Assign as the platform does; districts are divisions whose judges see no other.

    Their anchors are given by hand to everybody, as an organizer would.
    """
    entries = [EntryFacts(str(at), division=str(_district(condition, at))) for at in range(ENTRIES)]
    judges = [
        JudgeFacts(
            str(at),
            divisions=frozenset()
            if condition.districts == 1 or at < condition.rovers
            else frozenset({str(at % condition.districts)}),
        )
        for at in range(JUDGES)
    ]
    plan = assign(entries, judges, (), per_entry=EACH, seed=seed)
    cells = {(int(one.entry), int(one.judge)) for one in plan.pairs}
    for at in range(condition.anchors):
        cells |= {(at * ENTRIES // condition.anchors, judge) for judge in range(JUDGES)}
    return sorted(cells)


def _district(condition: Condition, entry: int) -> int:
    return entry % condition.districts


def _run(condition: Condition, cells: Cells, dice: np.random.Generator) -> tuple[float, ...]:
    levels = dice.normal(0, condition.levels, condition.districts)
    quality = dice.normal(0, 1, ENTRIES)
    quality += [levels[_district(condition, at)] for at in range(ENTRIES)]
    severity = dice.normal(0, condition.severity, JUDGES)
    slope = np.exp(dice.normal(0, SLOPES, JUDGES))
    noise = dice.normal(0, NOISE, len(cells))
    scores: list[Score] = [
        (f"{entry:03}", f"{judge:02}", _mark(slope[judge] * quality[entry] + severity[judge] + off))
        for (entry, judge), off in zip(cells, noise, strict=True)
    ]
    found = adjust(scores)
    jitter = dice.permutation(ENTRIES) * 1e-9  # ties are broken at random
    raw = np.array([one.raw for one in found.entries.values()]) + jitter
    adjusted = np.array([one.mean for one in found.entries.values()]) + jitter
    best = int(np.argmax(quality))
    return (
        tau(quality, raw),
        tau(quality, adjusted),
        float(np.argmax(raw) == best),
        float(np.argmax(adjusted) == best),
        float(found.gate == "adjust"),
    )


def _mark(quality: float) -> float:
    return float(min(MOST, max(LEAST, round(MIDDLE + SCALE * quality))))


def tau(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> float:
    """Give Kendall's tau of two lists without ties."""
    agree = np.sign(one[:, None] - one) * np.sign(other[:, None] - other)
    return float(agree.sum() / (len(one) * (len(one) - 1)))


def large_jury(seed: int = 1) -> list[Score]:
    """Give the scores of 200 entries by 20 judges, 3 an entry."""
    count, people, each = LARGE
    dice = random.Random(seed)
    quality = [dice.gauss(60, 10) for _ in range(count)]
    severity = [dice.gauss(0, 7) for _ in range(people)]
    plan = assign(
        [EntryFacts(f"{at:03}") for at in range(count)],
        [JudgeFacts(f"{at:02}") for at in range(people)],
        (),
        per_entry=each,
        seed=seed,
    )
    return [
        (
            one.entry,
            one.judge,
            quality[int(one.entry)] + severity[int(one.judge)] + dice.gauss(0, 7),
        )
        for one in plan.pairs
    ]


def adjust_ms(times: int = 15) -> float:
    """Time one adjustment of a large jury: the median of several, milliseconds."""
    scores = large_jury()
    return statistics.median(_timed(scores) for _ in range(times))


def _timed(scores: list[Score]) -> float:
    began = time.perf_counter()
    found: Adjustment = adjust(scores)
    spent = (time.perf_counter() - began) * 1000
    assert len(found.entries) == LARGE[0]
    return spent


def measure(*, runs: int, seed: int = 2026) -> dict[str, Any]:
    """Print the table; give its figures and `adjust_ms`."""
    found: dict[str, Any] = {"adjust_ms": round(adjust_ms(), 1), "panel_runs": runs}
    for line in _lines(runs, seed, found):
        print(line, flush=True)
    return found


def _lines(runs: int, seed: int, found: dict[str, Any]) -> Iterator[str]:
    verdict = "met" if found["adjust_ms"] < WANTED_MS else "NOT MET"
    size = "{} entries x {} judges x {} each".format(*LARGE)
    yield f"adjust_ms        {size}: {found['adjust_ms']} ms  (wanted < {WANTED_MS:.0f})  {verdict}"
    yield f"\n{runs} runs a condition; Kendall's tau with the true order\n"
    yield "| condition | raw | adjusted | gain ± s.e. | best first: raw | adjusted | gate open |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for condition in CONDITIONS:
        one = simulate(condition, runs=runs, seed=seed)
        found[f"tau_gain_{condition.name.replace(',', '').replace(' ', '_')}"] = round(one.gain, 4)
        yield (
            f"| {condition.name} | {one.raw_tau:.3f} | {one.adjusted_tau:.3f} "
            f"| {one.gain:+.3f} ± {one.gain_error:.3f} | {one.raw_first:.2f} "
            f"| {one.adjusted_first:.2f} | {one.published:.0%} |"
        )


def main() -> None:
    """Measure, say it in words, then in one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.panels", description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    given = parser.parse_args()
    print(json.dumps(measure(runs=given.runs)))


if __name__ == "__main__":
    main()
