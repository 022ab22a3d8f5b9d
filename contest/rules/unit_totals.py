"""Units as contestants: people, tries, rates, and sums over the tree of units (field.md §3.7)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import takewhile

from contest.errors import N_, Invalid
from contest.rules.ranking import competition_places


@dataclass(frozen=True, slots=True)
class UnitTotal:
    """What a unit brought together.

    `people` are distinct persons and `tries` their attempts; `points` sums one counting try a
    person. `headcount` is the declared size, `target_people` the number asked for (chỉ tiêu).
    """

    unit_id: int
    people: int = 0
    tries: int = 0
    points: Decimal = Decimal(0)
    headcount: int | None = None
    target_people: int | None = None

    @property
    def rate(self) -> Decimal | None:
        """People by headcount, 1 = everybody; above 1 shows that the headcount is wrong."""
        return _share(Decimal(self.people), self.headcount)

    @property
    def average(self) -> Decimal | None:
        """Points a person."""
        return _share(self.points, self.people)

    @property
    def target_share(self) -> Decimal | None:
        """People by target, 1 = reached; above 1 is common (203 % in field.md §2.2)."""
        return _share(Decimal(self.people), self.target_people)


def _share(part: Decimal, whole: int | None) -> Decimal | None:
    return part / whole if whole else None


class UnitOrder(StrEnum):
    """What units are ordered by: P4 and P13 take the count, P23 the rate."""

    COUNT = "count"
    RATE = "rate"
    AVERAGE = "average"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class PlacedUnit:
    """`place` and `value` are None for a unit that cannot be compared."""

    total: UnitTotal
    value: Decimal | None
    place: int | None


def order(totals: Iterable[UnitTotal], by: UnitOrder, minimum_people: int = 0) -> list[PlacedUnit]:
    """Place the units, best first, as 1, 2, 2, 4.

    Units without a value, and those with fewer than `minimum_people` people, come last and have
    no place. Units that tie, and those without a place, keep the order in which they were given.
    """
    valued = [(total, _value(total, by, minimum_people)) for total in totals]
    placed = [(total, value) for total, value in valued if value is not None]
    placed.sort(key=lambda pair: -pair[1])
    places = competition_places(value for _, value in placed)
    return [
        *(PlacedUnit(*pair, place) for pair, place in zip(placed, places, strict=True)),
        *(PlacedUnit(total, None, None) for total, value in valued if value is None),
    ]


def _value(total: UnitTotal, by: UnitOrder, minimum_people: int) -> Decimal | None:
    return _VALUES[by](total) if total.people >= minimum_people else None


_VALUES: dict[UnitOrder, Callable[[UnitTotal], Decimal | None]] = {
    UnitOrder.COUNT: lambda total: Decimal(total.people),
    UnitOrder.RATE: lambda total: total.rate,
    UnitOrder.AVERAGE: lambda total: total.average,
    UnitOrder.TARGET: lambda total: total.target_share,
}


def roll_up(
    own: Mapping[int, UnitTotal], parents: Mapping[int, int | None]
) -> dict[int, UnitTotal]:
    """Sum each unit's own counts with those of every unit under it, for every unit named.

    `own` counts a person in one unit of the tree only; a unit missing from `parents` is a root.
    A declared headcount or target stands as it is. Where none is declared it is the sum of the
    children's, provided all of them have one and nobody was counted for the parent itself:
    otherwise the sum would miss people and flatter the rate. Raises Invalid for a circle.
    """
    children = _children(parents)
    totals: dict[int, UnitTotal] = {}
    for unit in reversed(_from_the_roots(own.keys() | parents.keys(), parents, children)):
        below = [totals[child] for child in children.get(unit, ())]
        totals[unit] = _sum(own.get(unit, UnitTotal(unit)), below)
    return totals


def scopes(owner: str, others: Iterable[str]) -> list[str]:
    """Give the smallest parts of the tree that hold the owner and all the others, as paths.

    "/1/7/" and "/1/9/12/" lie in "/1/"; what lies under another root adds that whole tree.
    """
    top, roots = _ids(owner), set()
    for path in map(_ids, others):
        if path[0] == top[0]:
            both = zip(top, path, strict=False)
            top = [mine for mine, _ in takewhile(lambda pair: pair[0] == pair[1], both)]
        else:
            roots.add(path[0])
    return [f"/{'/'.join(top)}/", *(f"/{root}/" for root in sorted(roots, key=int))]


def _ids(path: str) -> list[str]:
    return path.strip("/").split("/")


def _children(parents: Mapping[int, int | None]) -> dict[int, list[int]]:
    children: dict[int, list[int]] = defaultdict(list)
    for child, parent in parents.items():
        if parent is not None:
            children[parent].append(child)
    return children


def _from_the_roots(
    named: Iterable[int],
    parents: Mapping[int, int | None],
    children: Mapping[int, Sequence[int]],
) -> list[int]:
    """List all units, each after its parent; those in a circle are never reached from a root."""
    units = {*named, *children}
    found = [unit for unit in units if parents.get(unit) is None]
    for unit in found:
        found.extend(children.get(unit, ()))  # the list grows while it is walked
    if len(found) != len(units):
        raise Invalid(N_("Cây đơn vị có vòng lặp: một đơn vị là cấp trên của chính nó."))
    return found


def _sum(own: UnitTotal, below: Sequence[UnitTotal]) -> UnitTotal:
    return UnitTotal(
        own.unit_id,
        people=own.people + sum(each.people for each in below),
        tries=own.tries + sum(each.tries for each in below),
        points=sum((each.points for each in below), own.points),
        headcount=_declared(own, own.headcount, [each.headcount for each in below]),
        target_people=_declared(own, own.target_people, [each.target_people for each in below]),
    )


def _declared(own: UnitTotal, declared: int | None, below: Sequence[int | None]) -> int | None:
    known = [number for number in below if number is not None]
    if declared is not None or own.people or not known or len(known) < len(below):
        return declared
    return sum(known)
