"""How entries and judges hang together: entry and judge are joined where one scores the other.

Severity is told apart from quality only inside a connected part (MacKay et al., R. Soc. Open Sci.
4, 2017), and a part that hangs by one score hangs by that score's luck.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

Node = tuple[str, str]
"""("entry" or "judge", code)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How well a plan hangs together; the less of it, the better.

    `parts`: connected parts. `links`: scores whose loss would split a part into two clusters, each
    with two judges or more. `weakest`: the judges of the smallest part, or of the smaller side of a
    link; nobody where the graph is in one piece with no link.
    """

    parts: int
    links: int
    weakest: frozenset[str] = field(compare=False)

    @property
    def measure(self) -> tuple[int, int]:
        return self.parts, self.links


def shape(pairs: Iterable[tuple[str, str]]) -> Shape:
    """Look at the graph of (entry, judge) pairs, all different."""
    graph: defaultdict[Node, list[Node]] = defaultdict(list)
    for entry, judge in sorted(pairs):
        graph["entry", entry].append(("judge", judge))
        graph["judge", judge].append(("entry", entry))
    seen: dict[Node, int] = {}
    parts, links = list[frozenset[str]](), list[frozenset[str]]()
    for start in sorted(graph):
        if start not in seen:
            walk = _Walk(graph, seen)
            walk.go(start)
            parts.append(_judges(walk.order))
            links += walk.links()
    thin = parts if len(parts) > 1 else links
    weakest = min(thin, key=lambda side: (len(side), sorted(side)), default=frozenset[str]())
    return Shape(len(parts), len(links), weakest)


@dataclass(slots=True)
class _Walk:
    """One part, depth first (Tarjan, Inf. Proc. Letters 2, 1974), without recursion."""

    graph: dict[Node, list[Node]]
    number: dict[Node, int]
    order: list[Node] = field(default_factory=list)
    parent: dict[Node, Node | None] = field(default_factory=dict)

    def go(self, start: Node) -> None:
        todo: list[tuple[Node, Node | None]] = [(start, None)]
        while todo:
            node, parent = todo.pop()
            if node in self.number:
                continue
            self.number[node] = len(self.number)
            self.parent[node] = parent
            self.order.append(node)
            todo += [(near, node) for near in self.graph[node] if near not in self.number]

    def links(self) -> list[frozenset[str]]:
        """Give the smaller side of every edge without which two clusters would come apart."""
        low = {node: self.number[node] for node in self.order}
        below = {node: _judges([node]) for node in self.order}
        every = _judges(self.order)
        found = []
        for node in reversed(self.order):
            parent = self.parent[node]
            low[node] = min(low[near] for near in (node, *self.graph[node]) if near != parent)
            if parent is None:
                continue
            below[parent] |= below[node]
            if low[node] > self.number[parent]:
                sides = below[node], every - below[node]
                smaller = min(sides, key=lambda side: (len(side), sorted(side)))
                if len(smaller) > 1:
                    found.append(smaller)
        return found


def _judges(nodes: Iterable[Node]) -> frozenset[str]:
    return frozenset(code for kind, code in nodes if kind == "judge")
