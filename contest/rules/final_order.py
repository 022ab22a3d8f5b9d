"""The jury's published order: marks, how ties are settled, prizes, and whom to deliberate about.

Ties are settled by a recorded decision of the jury, then by the published rule: the mean of the
head criterion, how many judges put the entry first, the earlier hand-in. What is equal in all of
them shares a place (1, 2, 2, 4). Why each entry stands below the one above it is kept.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from contest.rules.judging import Adjustment, Gate, Score
from contest.rules.prize_chances import are_tied, chances
from contest.rules.ranking import SCORE_DECIMALS, competition_places

CENT = Decimal("0.01")  # marks are published to it
NOISE = Decimal(1).scaleb(-SCORE_DECIMALS)  # below it a float's digits depend on the machine


class Step(StrEnum):
    """What separates an entry from the one above it; SHARED: nothing does."""

    MARK = "mark"
    DECISION = "decision"
    HEAD = "head"
    FIRSTS = "firsts"
    HANDED_IN = "handed_in"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class TieFacts:
    """What settles ties. `head`: the mean of the head criterion, None where there is none."""

    head: Fraction | None
    firsts: int
    handed_in_at: datetime


@dataclass(frozen=True, slots=True)
class Ranked:
    """`mark`: as published. `tie`: those it is tied with by marks, itself left out, sorted.

    `step`: what put it below the entry above it, None for the first one.
    """

    entry: str
    place: int
    mark: Decimal
    tie: tuple[str, ...]
    step: Step | None


@dataclass(frozen=True, slots=True)
class FinalOrder:
    """`unused`: decisions that name no tie of this order exactly; they have decided nothing."""

    rows: tuple[Ranked, ...]
    unused: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Prizes:
    """`given`: an entry's prize.

    `beyond`: how many more than there are, because of shared places; `left`: how many are not
    given.
    """

    given: Mapping[str, str]
    beyond: Mapping[str, int]
    left: Mapping[str, int]


def published_mark(found: Adjustment, entry: str) -> Decimal:
    """Give the mark of an entry as published: to 2 places, half up (raw where the gate says so)."""
    return Decimal(found.published(entry)).quantize(NOISE).quantize(CENT, ROUND_HALF_UP)


def final_order(
    found: Adjustment,
    facts: Mapping[str, TieFacts],
    *,
    decisions: Iterable[Sequence[str]] = (),
    is_error_a_tie: bool = False,
) -> FinalOrder:
    """Order the entries of `facts`, best first.

    Equal published marks are a tie. With `is_error_a_tie`, and where adjusted marks are published,
    so is a difference below one standard error: from the top, a tie takes in all that follow and
    cannot be told from its first entry. Inside a tie the mark does not count any more.

    A decision is a tie's entries in the jury's order, all of them; of two for one tie the later
    holds. One that names no tie exactly is ignored, and said. Entries that are not in `facts`
    (withdrawn, disqualified, of another division) are left out, though their scores have shaped
    `found`. Raises KeyError for an entry without a score.
    """
    marks = {entry: published_mark(found, entry) for entry in facts}
    said = {frozenset(one): tuple(one) for one in decisions}
    ties = list(_ties(found, marks, is_error_a_tie=is_error_a_tie))
    keyed = sorted(
        (_Key(number, _rank(entry, said.get(frozenset(tie), ())), *_rule(facts[entry])), entry)
        for number, tie in enumerate(ties)
        for entry in tie
    )
    places = competition_places([key for key, _ in keyed])
    steps = [_step(above, here) for (above, _), (here, _) in pairwise(keyed)]
    rows = tuple(
        Ranked(
            entry=entry,
            place=place,
            mark=marks[entry],
            tie=tuple(sorted(set(ties[key.tie]) - {entry})),
            step=step,
        )
        for (key, entry), place, step in zip(keyed, places, [None, *steps], strict=False)
    )
    used = {frozenset(tie) for tie in ties}
    return FinalOrder(rows, tuple(one for which, one in said.items() if which not in used))


def prizes(order: FinalOrder, names: Sequence[tuple[str, int]]) -> Prizes:
    """Give (prize, count), the highest first, by place: a shared place shares its prize.

    So two at place 1 both take the first prize and leave one second prize less; who shares the last
    place of a prize makes one more of it.
    """
    slots = [name for name, count in names for _ in range(count)]
    given = {row.entry: slots[row.place - 1] for row in order.rows if row.place <= len(slots)}
    used = Counter(given.values())
    return Prizes(
        given=given,
        beyond={name: used[name] - count for name, count in names if used[name] > count},
        left={name: count - used[name] for name, count in names if used[name] < count},
    )


def to_deliberate(
    found: Adjustment, order: FinalOrder, names: Sequence[tuple[str, int]], *, seed: int
) -> tuple[str, ...]:
    """Give the entries whose chance of a prize, or of a higher one, is neither small nor great.

    In the order's order; nobody where raw means are published, for their errors are not known.
    """
    if found.gate is not Gate.ADJUST:
        return ()
    entries = [row.entry for row in order.rows]
    counts = np.cumsum([count for _, count in names], dtype=int)
    unsure = chances(_only(found, entries), [int(one) for one in counts], seed=seed)
    return tuple(entry for entry in entries if unsure[entry].is_unsure)


def count_firsts(scores: Iterable[Score]) -> dict[str, int]:
    """Count for each entry the judges who gave no other entry more; equals are first together."""
    best: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    found = Counter[str]()
    for entry, judge, points in scores:
        best[judge].append((points, entry))
        found[entry] += 0
    for theirs in best.values():
        highest = max(points for points, _ in theirs)
        found.update(entry for points, entry in theirs if points == highest)
    return dict(found)


def head_means(points: Iterable[tuple[str, Decimal]]) -> dict[str, Fraction]:
    """Give the exact mean of the head criterion's points of each entry."""
    given: defaultdict[str, list[Fraction]] = defaultdict(list)
    for entry, one in points:
        given[entry].append(Fraction(one))
    return {entry: sum(theirs, Fraction(0)) / len(theirs) for entry, theirs in given.items()}


def _ties(
    found: Adjustment, marks: Mapping[str, Decimal], *, is_error_a_tie: bool
) -> Iterator[tuple[str, ...]]:
    by_error = is_error_a_tie and found.gate is Gate.ADJUST
    left = sorted(marks, key=lambda entry: (-marks[entry], entry))
    while left:
        first = left[0]
        size = 1
        while size < len(left) and (
            marks[left[size]] == marks[first] or (by_error and are_tied(found, first, left[size]))
        ):
            size += 1
        yield tuple(left[:size])
        left = left[size:]


class _Key(NamedTuple):
    """What orders entries, the smaller first; in the order of the steps."""

    tie: int
    decided: int
    head: tuple[bool, Fraction]
    firsts: int
    handed_in_at: datetime


def _rule(facts: TieFacts) -> tuple[tuple[bool, Fraction], int, datetime]:
    return (facts.head is None, -(facts.head or Fraction(0))), -facts.firsts, facts.handed_in_at


def _rank(entry: str, decided: tuple[str, ...]) -> int:
    return decided.index(entry) if decided else 0


def _step(above: _Key, here: _Key) -> Step:
    """Find the first thing in which two keys differ."""
    seen = zip(Step, above, here, strict=False)
    return next((step for step, one, other in seen if one != other), Step.SHARED)


def _only(found: Adjustment, entries: Collection[str]) -> Adjustment:
    """Leave the other entries out of the chances: they take no place any more."""
    names = list(found.entries)
    at = [names.index(entry) for entry in entries]
    return replace(
        found,
        entries={entry: found.entries[entry] for entry in entries},
        covariance=found.covariance[np.ix_(at, at)],
    )
