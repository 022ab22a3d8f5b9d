"""When a judge and an entrant belong together so closely that one must not judge the other.

A person's body is the unit they act for: of a pupil or a teacher the whole school, whatever the
class; of a cell of an agency or a company that agency or company; else their own unit. The two
belong together when their bodies are the same, or when one lies inside the other. What holds
everybody tells nothing, so it does not count: the unit that owns the contest and all above it; a
province or a commune as the outer one of two; and whatever stands above a school, since it runs
many schools.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

SCHOOL = "school"
HOLDS_ALL = frozenset({"province", "commune"})
CELLS = frozenset({"class", "youth_cell", "party_cell"})
EMPLOYERS = frozenset({"agency", "company"})


@dataclass(frozen=True, slots=True)
class Node:
    """A unit on the way from the root down; `kind` as `accounts.models.Unit` has it."""

    id: int
    kind: str


Lineage = tuple[Node, ...]
"""A unit and everything above it, from the root down; the unit itself is the last one."""


def are_together(judge: Lineage, entrant: Lineage, everyone: AbstractSet[int]) -> bool:
    """Say whether the units of a judge and of an entrant make a conflict of interest.

    `everyone`: the ids of the unit that owns the contest and of all above it.
    """
    one, other = body(judge, everyone), body(entrant, everyone)
    if one is None or other is None:
        return False
    if one.id == other.id:
        return True
    if one in entrant:
        return _counts(one, other)
    return other in judge and _counts(other, one)


def body(lineage: Lineage, everyone: AbstractSet[int]) -> Node | None:
    """Give the body somebody of a unit acts for; None where the unit holds everybody."""
    below = [node for node in reversed(lineage) if node.id not in everyone]
    if not below:
        return None
    schools = [node for node in below if node.kind == SCHOOL]
    if schools:
        return schools[0]
    if below[0].kind in CELLS:
        return next((node for node in below if node.kind in EMPLOYERS), below[0])
    return below[0]


def _counts(outer: Node, inner: Node) -> bool:
    """Say whether being inside tells anything."""
    if outer.kind in HOLDS_ALL:
        return False
    return inner.kind != SCHOOL or outer.kind == SCHOOL
