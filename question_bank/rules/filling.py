"""Filling the quotas of a paper: exact, by augmenting paths between quotas."""

from collections.abc import Iterable, Iterator, Sequence

Held = list[list[int]]  # for each quota of a pool, the candidates (by place in the pool) it holds


def fill(order: Iterable[int], masks: Sequence[int], counts: Sequence[int]) -> Held:
    """Give each candidate in `order` a place if that can be done without taking one from another.

    Greedy on a transversal matroid (Edmonds & Fulkerson 1965): the filling is as large as any.
    """
    held: Held = [[] for _ in counts]
    room = alive = sum(1 << bit for bit, count in enumerate(counts) if count)
    for one in order:
        mask = masks[one] & alive
        if not mask:
            continue
        if mask & room:
            bit = ((mask & room) & -(mask & room)).bit_length() - 1  # the most constrained of them
            held[bit].append(one)
        else:
            steps, bit = _explore(one, mask, held, masks, room)
            if bit < 0:  # what was reached is full for good: its questions fit nowhere else
                alive &= ~sum(1 << reached for reached in steps)
                continue
            _move_along(steps, bit, held)
        if len(held[bit]) == counts[bit]:
            room &= ~(1 << bit)
            if not room:
                break
    return held


Steps = dict[
    int, tuple[int, int]
]  # quota reached → the question that moves in, the quota it leaves


def _explore(one: int, mask: int, held: Held, masks: Sequence[int], room: int) -> tuple[Steps, int]:
    """Search breadth first for a quota with room, which comes second; -1 when there is none."""
    steps: Steps = dict.fromkeys(_bits(mask), (one, -1))
    queue = list(steps)
    for bit in queue:
        if room >> bit & 1:
            return steps, bit
        for other in held[bit]:
            for further in _bits(masks[other]):
                if further not in steps:
                    steps[further] = (other, bit)
                    queue.append(further)
    return steps, -1


def _move_along(steps: Steps, bit: int, held: Held) -> None:
    while bit >= 0:
        one, left = steps[bit]
        held[bit].append(one)
        if left >= 0:
            held[left].remove(one)
        bit = left


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1
