"""Drawing a paper out of a pool: quotas exactly, fairly balanced, a different paper for everybody.

`prepare` once a round, keep the Pool for all of it (another pool has another centre), `draw` once
an attempt. A pool that could be prepared never fails to give a paper, whatever the seed. What goes
in and comes out is described in `plans`: all its names are at hand here.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import cast

from question_bank.rules.filling import Held, fill
from question_bank.rules.given import Given, QuestionType
from question_bank.rules.plans import (
    EXPECTED_BY_DIFFICULTY,
    UNEVEN,
    Candidate,
    Item,
    Paper,
    Plan,
    PoolTooSmall,
    Quota,
    Shortage,
    Unbalanced,
)

__all__ = [
    "EXPECTED_BY_DIFFICULTY",
    "Candidate",
    "Item",
    "Paper",
    "Plan",
    "Pool",
    "PoolTooSmall",
    "Quota",
    "Shortage",
    "Unbalanced",
    "check",
    "draw",
    "prepare",
    "spread",
    "to_authored",
    "to_shown",
]

TRIALS = 64  # papers drawn on trial when a pool is prepared or checked
ENOUGH = 0.9  # of the trial papers must come inside the bound by themselves, says `check`
TRIES = 4  # random papers a draw may balance before it falls back on the anchor
UNORDERED = frozenset({QuestionType.TRUE_FALSE, QuestionType.NUMBER})
DUST = 1e-9  # floats that differ by less are equal


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates and plan made ready for drawing; immutable, so share it between threads.

    `counts`, `by_share` and the bits of `masks` follow the quotas, most constrained first.
    """

    candidates: tuple[Candidate, ...]
    plan: Plan
    ranks: tuple[int, ...]  # each quota's place in the plan
    counts: tuple[int, ...]
    masks: tuple[int, ...]  # for each candidate, a bit for each quota that takes it
    scales: tuple[float, ...]  # for each candidate, 1 / its weight in the draw
    shares: tuple[float, ...]  # for each candidate, its expected share
    by_share: tuple[tuple[int, ...], ...]  # for each quota, its candidates by rising share
    rising: tuple[tuple[float, ...], ...]  # the shares of `by_share`
    centre: float = 0.0
    anchor: tuple[tuple[int, ...], ...] = ()  # a paper inside the bound, for when all else fails

    @property
    def total(self) -> int:
        """How many questions a paper has."""
        return sum(self.counts)

    @property
    def slack(self) -> float:
        """How far the sum of a paper's shares may be from the centre's."""
        return self.plan.bound / 2 * self.total + DUST


def prepare(candidates: Iterable[Candidate], plan: Plan) -> Pool:
    """Make a pool ready, once for a round: group, prove the quotas, find the centre and an anchor.

    Of several versions of one question the newest (largest version_id) counts. The centre is the
    mean expected share of a random paper that knows no exposure. Raises PoolTooSmall when the
    quotas cannot all be filled (exact), Unbalanced when `TRIALS` searches found no paper within
    bound/2 of the centre (such a paper may yet exist: local search is not a proof).
    """
    pool = _grouped(candidates, plan)
    shortages = _shortages(pool)
    if shortages:
        raise PoolTooSmall(shortages)
    pool = replace(pool, centre=_centre(pool))
    for trial in range(TRIALS):
        held = _balanced(pool, _dice(trial))
        if held is not None:
            return replace(pool, anchor=tuple(map(tuple, held)))
    raise Unbalanced(UNEVEN, needed=TRIALS, found=0)


def draw(pool: Pool, seed: int) -> Paper:
    """Draw the paper of `seed`, always the same from an equal pool; never raises.

    Questions come by weighted sampling without replacement (Efraimidis & Spirakis 2006) with
    weight 1/√(1 + exposure/(1 + mean exposure)), then single swaps within a quota bring the mean
    expected share within bound/2 of the pool's centre: no two papers differ by more than a bound.
    Ordering items and the rights of a matching are always shuffled. A seed should be unguessable.
    """
    dice = _dice(seed)
    held: Sequence[Sequence[int]] | None = None
    for _ in range(TRIES):
        held = _balanced(pool, dice)
        if held is not None:
            break
    chosen = _in_order(pool, pool.anchor if held is None else held, dice)
    items = tuple([_item(pool.candidates[one], pool.plan, dice) for one in chosen])
    return Paper(items, _mean(pool.shares, chosen))


def check(candidates: Iterable[Candidate], plan: Plan) -> list[Shortage]:
    """Say what keeps a round from being set up: every short quota, else an unmeetable bound.

    Short quotas are exact: a quota is named when it cannot be filled beside the more constrained
    ones, and `found` is what is left for it. The bound is tried with `TRIALS` seeds: it passes
    when `ENOUGH` of them come inside at the first try. A draw that fails `TRIES` times takes the
    anchor's questions: passing promises that no draw raises and that this fate is rare.
    """
    pool = _grouped(candidates, plan)
    shortages = _shortages(pool)
    if shortages:
        return shortages
    pool = replace(pool, centre=_centre(pool))
    found = sum(_balanced(pool, _dice(trial)) is not None for trial in range(TRIALS))
    return [] if found >= ENOUGH * TRIALS else [Shortage(None, TRIALS, found)]


def spread(candidates: Iterable[Candidate], plan: Plan, seeds: Iterable[int]) -> float:
    """Give the largest difference of mean expected share, 0..1, among the papers of `seeds`."""
    pool = prepare(candidates, plan)
    means = [draw(pool, seed).expected for seed in seeds]
    return max(means, default=0.0) - min(means, default=0.0)


def to_authored(item: Item, kind: QuestionType, shown: Given) -> Given:
    """Turn a checked value in shown places (`marking.check_given`) into authored indices."""
    order, rights = item.order, item.order_right
    if shown is None:
        return None
    if kind is QuestionType.ONE:
        return order[cast("int", shown)]
    if kind is QuestionType.SEVERAL:
        return sorted(order[place] for place in cast("list[int]", shown))
    if kind is QuestionType.ORDERING:
        return [order[place] for place in cast("list[int]", shown)]
    if kind is QuestionType.MATCHING:
        pairs = dict(zip(order, cast("list[int | None]", shown), strict=True))
        placed = [pairs[left] for left in range(len(order))]
        return [None if place is None else rights[place] for place in placed]
    return shown


def to_shown(item: Item, kind: QuestionType, authored: Given) -> Given:
    """Undo `to_authored`: where on this paper's screen an authored value stands."""
    back = Item(item.version_id, _inverse(item.order), _inverse(item.order_right))
    return to_authored(back, kind, authored)


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(range(len(order)), key=order.__getitem__))


def _dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 -- fairness and repeatability, not secrecy: seeds are secret


def _mean(shares: Sequence[float], chosen: Sequence[int]) -> float:
    return math.fsum([shares[one] for one in chosen]) / len(chosen)


# Preparing


def _grouped(candidates: Iterable[Candidate], plan: Plan) -> Pool:
    newest: dict[int, Candidate] = {}
    for one in sorted(candidates, key=lambda one: one.version_id):
        newest[one.question_id] = one
    wanted = [one for one in newest.values() if any(quota.takes(one) for quota in plan.quotas)]
    wanted.sort(key=lambda one: one.question_id)
    fits = [[at for at, one in enumerate(wanted) if quota.takes(one)] for quota in plan.quotas]
    ranks = sorted(range(len(fits)), key=lambda rank: (len(fits[rank]), rank))
    by_share = [sorted(fits[rank], key=lambda at: wanted[at].expected) for rank in ranks]
    quotas = [plan.quotas[rank] for rank in ranks]
    return Pool(
        candidates=tuple(wanted),
        plan=plan,
        ranks=tuple(ranks),
        counts=tuple(quota.count for quota in quotas),
        masks=tuple(
            sum(quota.takes(one) << bit for bit, quota in enumerate(quotas)) for one in wanted
        ),
        scales=_scales(wanted),
        shares=tuple(one.expected for one in wanted),
        by_share=tuple(map(tuple, by_share)),
        rising=tuple(tuple(wanted[at].expected for at in row) for row in by_share),
    )


def _scales(candidates: Sequence[Candidate]) -> tuple[float, ...]:
    usual = 1 + sum(one.exposure for one in candidates) / max(1, len(candidates))
    return tuple(math.sqrt(1 + one.exposure / usual) for one in candidates)


def _shortages(pool: Pool) -> list[Shortage]:
    """Add the quotas one by one; what each adds to the largest possible filling is its own."""
    short, before = [], 0
    for bit, needed in enumerate(pool.counts):
        counts = (*pool.counts[: bit + 1], *[0] * (len(pool.counts) - bit - 1))
        filled = sum(map(len, fill(range(len(pool.masks)), pool.masks, counts)))
        if filled - before < needed:
            short.append((pool.ranks[bit], needed, filled - before))
        before = filled
    return [Shortage(pool.plan.quotas[rank], *figures) for rank, *figures in sorted(short)]


def _centre(pool: Pool) -> float:
    """Average unweighted trial papers, each question standing for all that fit the same quotas."""
    alike: dict[int, list[float]] = {}
    for mask, share in zip(pool.masks, pool.shares, strict=True):
        alike.setdefault(mask, []).append(share)
    means = {mask: math.fsum(shares) / len(shares) for mask, shares in alike.items()}
    stand_ins = [means[mask] for mask in pool.masks]
    centres = []
    for trial in range(TRIALS):
        order = list(range(len(pool.masks)))
        _dice(trial).shuffle(order)
        held = fill(order, pool.masks, pool.counts)
        centres.append(_mean(stand_ins, [one for row in held for one in row]))
    return math.fsum(centres) / TRIALS


# Balancing


def _balanced(pool: Pool, dice: Random) -> Held | None:
    """Draw once at random and even it out; None when swaps could not bring it inside the bound."""
    roll, log = dice.random, math.log
    keys = [log(1.0 - roll()) * scale for scale in pool.scales]
    order = sorted(range(len(keys)), key=keys.__getitem__, reverse=True)
    held = fill(order, pool.masks, pool.counts)
    return held if _even_out(pool, held, dice) else None


def _even_out(pool: Pool, held: Held, dice: Random) -> bool:
    """Swap held questions for free ones of the same quota until the sum of shares is inside."""
    shares, slack = pool.shares, pool.slack
    taken = {one for row in held for one in row}
    off = math.fsum([shares[one] for one in taken]) - pool.centre * pool.total
    while abs(off) > slack:
        swap = _landing(pool, held, taken, off, dice) or _nearing(pool, held, taken, off)
        if swap is None:
            return False
        bit, place, new = swap
        old = held[bit][place]
        held[bit][place] = new
        taken.remove(old)
        taken.add(new)
        off += shares[new] - shares[old]
    return True


def _landing(
    pool: Pool, held: Held, taken: set[int], off: float, dice: Random
) -> tuple[int, int, int] | None:
    """Find, from a random start, one swap that lands inside: quota, place in it, the newcomer."""
    places = [(bit, place) for bit, row in enumerate(held) for place in range(len(row))]
    start, slack = int(dice.random() * len(places)), pool.slack - DUST / 2
    for bit, place in places[start:] + places[:start]:
        row, rising = pool.by_share[bit], pool.rising[bit]
        want = pool.shares[held[bit][place]] - off
        low, high = bisect_left(rising, want - slack), bisect_right(rising, want + slack)
        middle = low + int(dice.random() * (high - low))
        for new in (*row[middle:high], *row[low:middle]):
            if new not in taken:
                return bit, place, new
    return None


def _nearing(pool: Pool, held: Held, taken: set[int], off: float) -> tuple[int, int, int] | None:
    """Find the swap that comes nearest to the centre, None when no swap comes nearer."""
    best, least = None, abs(off) - DUST
    for bit, row in enumerate(held):
        free = [one for one in pool.by_share[bit] if one not in taken]
        shares = [pool.shares[one] for one in free]
        for place, old in enumerate(row):
            want = pool.shares[old] - off
            at = bisect_left(shares, want)
            for near in range(max(0, at - 1), min(len(free), at + 1)):
                if abs(shares[near] - want) < least:
                    best, least = (bit, place, free[near]), abs(shares[near] - want)
    return best


# Showing


def _in_order(pool: Pool, held: Sequence[Sequence[int]], dice: Random) -> list[int]:
    rows = sorted(zip(pool.ranks, held, strict=True))
    chosen = [one for _, row in rows for one in sorted(row)]
    if pool.plan.shuffle_questions:
        dice.shuffle(chosen)
    return chosen


def _item(one: Candidate, plan: Plan, dice: Random) -> Item:
    if one.type in UNORDERED:
        return Item(one.version_id, ())
    if one.type is QuestionType.ORDERING:
        return Item(one.version_id, _disordered(one.size, dice))
    order = _shuffled(one.size, dice) if plan.shuffle_options else tuple(range(one.size))
    if one.type is QuestionType.MATCHING:
        return Item(one.version_id, order, _shuffled(one.size_right, dice))
    return Item(one.version_id, order)


def _shuffled(size: int, dice: Random) -> tuple[int, ...]:
    order = list(range(size))
    dice.shuffle(order)
    return tuple(order)


def _disordered(size: int, dice: Random) -> tuple[int, ...]:
    """Shuffle into any but the right order, the others equally likely (two items: reversed)."""
    order, right = _shuffled(size, dice), tuple(range(size))
    while order == right and size > 1:
        order = _shuffled(size, dice)
    return order
