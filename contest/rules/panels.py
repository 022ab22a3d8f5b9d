"""Who scores what while it is being worked out: full first, then even, then mixed, then joined.

Every step keeps what the one before has reached. `fill` is a maximum matching by augmenting paths,
so it finds a full assignment wherever there is one; `level` moves entries along paths from judges
with many to judges with few until none is left (then the sum of squared loads is the least);
`mix` swaps judges until pairs of judges meet about equally often; `join` swaps and moves until the
graph hangs together.
"""

import hashlib
import random
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice, product

from contest.rules.panel_graph import Shape, shape

SWAPS = 20_000  # tried while mixing; more change next to nothing for 200 entries of 20 judges
JOINS = 400  # swaps and moves tried for each step of joining
UNEVEN = 2  # loads that differ by so much can be levelled


@dataclass(slots=True)
class Panels:
    """The state of the search. `may`: who may score an entry.

    `room`: how many entries a judge takes at the most. What was kept is never touched; pairs of
    `anchors` are given up only where an entry would go short.
    """

    may: dict[str, list[str]]
    room: Mapping[str, float]
    wanted: int
    seed: int
    anchors: frozenset[str] = frozenset()
    panel: dict[str, set[str]] = field(init=False)
    load: dict[str, int] = field(init=False)
    fresh: dict[str, set[str]] = field(init=False)
    met: dict[str, dict[str, int]] = field(init=False)
    bridges: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for entry, judges in self.may.items():
            judges.sort(key=lambda one: self.lot(entry, one))
        self.panel = {entry: set() for entry in self.may}
        self.load = dict.fromkeys(self.room, 0)
        self.fresh = {judge: set() for judge in self.room}
        self.met = {judge: dict.fromkeys(self.room, 0) for judge in self.room}

    def lot(self, *names: str) -> bytes:
        """Draw what decides between equals: the same for the same seed and names."""
        return hashlib.sha256("|".join((str(self.seed), *names)).encode()).digest()

    def pairs(self) -> Iterator[tuple[str, str]]:
        return ((entry, judge) for entry, judges in self.panel.items() for judge in judges)

    def keep(self, entry: str, judge: str) -> None:
        """Add a pair that stays whatever comes."""
        self.add(entry, judge)
        self.fresh[judge].remove(entry)

    def add(self, entry: str, judge: str) -> None:
        for other in self.panel[entry]:
            self._meet(judge, other, 1)
        self.panel[entry].add(judge)
        self.fresh[judge].add(entry)
        self.load[judge] += 1

    def drop(self, entry: str, judge: str) -> None:
        self.panel[entry].remove(judge)
        self.fresh[judge].remove(entry)
        self.load[judge] -= 1
        for other in self.panel[entry]:
            self._meet(judge, other, -1)

    def _meet(self, one: str, other: str, by: int) -> None:
        self.met[one][other] += by
        self.met[other][one] += by

    def has_room(self, judge: str) -> bool:
        return self.load[judge] < self.room[judge]

    def share_anchors(self) -> None:
        """Give the anchors to everybody who may score them and has room."""
        for entry in sorted(self.anchors, key=self.lot):
            for judge in self.may[entry]:
                if judge not in self.panel[entry] and self.has_room(judge):
                    self.add(entry, judge)

    def fill(self) -> None:
        """Give every entry as many judges as it wants, round by round, as far as can be.

        All get their first judge before any gets a second one. The judge with the least load is
        taken, then the one who met the others of the panel least often, then the lot's.
        """
        order = sorted(self.may, key=lambda entry: (len(self.may[entry]), self.lot(entry)))
        for round_no in range(1, self.wanted + 1):
            for entry in order:
                if len(self.panel[entry]) < round_no and not self._give(entry):
                    self._augment(entry)

    def _give(self, entry: str) -> bool:
        panel = self.panel[entry]
        free = [one for one in self.may[entry] if one not in panel and self.has_room(one)]
        if free:
            self.add(
                entry,
                min(free, key=lambda one: (self.load[one], sum(self.met[one][o] for o in panel))),
            )
        return bool(free)

    def _augment(self, entry: str) -> None:
        """Free a judge for an entry by passing others on, along the shortest path there is."""
        path = _Path(self, self.fresh, entry=entry)
        for judge in path.judges():
            if self.has_room(judge):
                return path.shift(judge)
            for other in sorted(self.fresh[judge] & self.anchors):
                if len(self.panel[other]) > self.wanted:
                    self.drop(other, judge)
                    return path.shift(judge)
        return None

    def level(self) -> None:
        """Move entries from judges with many to judges with few, as long as that evens out."""
        while any(self._relieve(judge) for judge in self._by_load()):
            pass

    def _by_load(self) -> list[str]:
        return sorted(self.fresh, key=lambda one: (-self.load[one], self.lot(one)))

    def _relieve(self, judge: str) -> bool:
        path = _Path(self, {one: self.movable(one) for one in self.fresh}, judge=judge)
        for other in path.judges():
            if self.load[other] <= self.load[judge] - UNEVEN and self.has_room(other):
                path.shift(other)
                return True
        return False

    def movable(self, judge: str) -> Collection[str]:
        """Give the entries of a judge that may go to another one."""
        return self.fresh[judge] - self.anchors

    def mix(self) -> None:
        """Swap judges of two entries, drawn at random, where that lessens the repeated pairs."""
        dice = random.Random(self.lot("mix"))  # noqa: S311 -- reproducible on purpose
        places = sorted((entry, judge) for judge in self.fresh for entry in self.movable(judge))
        tries = min(SWAPS, len(places) ** 2)
        for _ in range(tries):
            one, other = (int(dice.random() * len(places)) for _ in range(2))
            (first, here), (second, there) = places[one], places[other]
            if self._may_swap(first, here, second, there) and self._gain(
                first, here, second, there
            ):
                self._apply(_swap(first, here, second, there))
                places[one], places[other] = (first, there), (second, here)

    def _may_swap(self, first: str, here: str, second: str, there: str) -> bool:
        return (
            here not in self.panel[second]
            and there not in self.panel[first]
            and there in self.may[first]
            and here in self.may[second]
        )

    def _gain(self, first: str, here: str, second: str, there: str) -> bool:
        """Say whether a swap lessens the sum of the squares of how often two judges meet."""
        only_first = self.panel[first] - self.panel[second] - {here}
        only_second = self.panel[second] - self.panel[first] - {there}
        change = 0
        for leaver, comer, others in ((here, there, only_first), (there, here, only_second)):
            for other in others:
                change += self.met[comer][other] - self.met[leaver][other] + 1
        return change < 0

    def _apply(self, change: "Change") -> None:
        for entry, leaver, _ in change:
            self.drop(entry, leaver)
        for entry, _, comer in change:
            self.add(entry, comer)

    def join(self) -> None:
        """Swap, or else move, entries between clusters until the graph hangs together well."""
        used = sum(map(bool, self.panel.values())) + sum(map(bool, self.load.values()))
        fewest = max(1, used - sum(self.load.values()))  # parts: every score joins two at the most
        now: Shape | None = shape(self.pairs())
        while now is not None and now.measure > (fewest, 0):
            now = self._joined_better(now, fewest)

    def _joined_better(self, now: Shape, fewest: int) -> Shape | None:
        """Make the first change that helps the weakest spot; None where none was found.

        Only parts that could be one (more than the `fewest`) are worth uneven loads, a thin link
        is not.
        """
        dice = random.Random(self.lot("join", *sorted(now.weakest)))  # noqa: S311 -- as above
        places = sorted((entry, judge) for judge in self.fresh for entry in self.movable(judge))
        dice.shuffle(places)
        inside = [place for place in places if place[1] in now.weakest]
        outside = [place for place in places if place[1] not in now.weakest]
        swaps = islice(self._swaps(inside, outside), JOINS)
        is_even = now.parts <= fewest
        moves = islice(self._moves(inside, outside, now.weakest, is_even=is_even), JOINS)
        for change in chain(swaps, moves):
            self._apply(change)
            found = shape(self.pairs())
            if found.measure < now.measure:
                self.bridges |= {(entry, comer) for entry, _, comer in change}
                return found
            self._apply(tuple((entry, comer, leaver) for entry, leaver, comer in change))
        return None

    def _swaps(self, inside: list["Place"], outside: list["Place"]) -> Iterator["Change"]:
        for (first, here), (second, there) in product(inside, outside):
            if self._may_swap(first, here, second, there):
                yield _swap(first, here, second, there)

    def _moves(
        self,
        inside: list["Place"],
        outside: list["Place"],
        weakest: frozenset[str],
        *,
        is_even: bool,
    ) -> Iterator["Change"]:
        """Give the moves over the gap, to the judges with the least load first.

        A judge's last entry stays: a judge without any is no bridge. `is_even`: only to judges who
        have less.
        """
        for entry, judge in chain(inside, outside):
            if self.load[judge] == 1:
                continue
            for other in sorted(self.may[entry], key=lambda one: self.load[one]):
                if is_even and self.load[other] >= self.load[judge]:
                    break
                is_over = (judge in weakest) != (other in weakest)
                if is_over and other not in self.panel[entry] and self.has_room(other):
                    yield ((entry, judge, other),)


Place = tuple[str, str]
"""An entry and a judge who has it."""

Change = tuple[tuple[str, str, str], ...]
"""Entries, each with the judge who leaves it and the one who comes."""


def _swap(first: str, here: str, second: str, there: str) -> Change:
    return (first, here, there), (second, there, here)


@dataclass(slots=True)
class _Path:
    """A search, breadth first, for who could take an entry when others pass on one of theirs.

    It starts at an entry that lacks a judge, or at a judge who has too many. `through`: what a
    judge could pass on.
    """

    panels: Panels
    through: Mapping[str, Collection[str]]
    entry: str | None = None
    judge: str | None = None
    takes: dict[str, str] = field(default_factory=dict)
    leaves: dict[str, str] = field(default_factory=dict)

    def judges(self) -> Iterator[str]:
        """Give every judge who can be reached, once, the nearest first."""
        todo = deque[str]()
        if self.entry is not None:
            todo.append(self.entry)
        if self.judge is not None:
            self._pass_on(self.judge, todo)
        while todo:
            here = todo.popleft()
            for judge in self.panels.may[here]:
                if judge in self.takes or judge in self.panels.panel[here]:
                    continue
                self.takes[judge] = here
                yield judge
                self._pass_on(judge, todo)

    def _pass_on(self, judge: str, todo: deque[str]) -> None:
        for entry in sorted(self.through[judge]):
            if entry != self.entry and entry not in self.leaves:
                self.leaves[entry] = judge
                todo.append(entry)

    def shift(self, judge: str) -> None:
        """Give `judge` the entry the search came by, and so on back to its start."""
        comer: str | None = judge
        while comer is not None:
            here = self.takes[comer]
            leaver = self.leaves.get(here)
            if leaver is not None:
                self.panels.drop(here, leaver)
            self.panels.add(here, comer)
            comer = None if leaver == self.judge else leaver
