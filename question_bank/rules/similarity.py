"""How alike two questions are: for finding what a bank has already, in other words.

A question is the set of its shingles: neighbouring pairs of folded words of its text and of each
option (a text of one word gives that word), so the order of the options does not matter. Two
questions are as alike as their sets: Jaccard, |A ∩ B| / |A ∪ B| (Broder, "On the resemblance and
containment of documents", 1997). Marks, case and punctuation do not count.

So that a draft need not be compared with every question, each keeps `BANDS` bands of a min-hash
signature of ROWS hashes each (Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", ch. 3):
two questions of likeness s share a band with the chance 1 - (1 - s^ROWS)^BANDS: 99.8 % at 0.7,
96 % at 0.6, 35 % at 0.3. Those that share one are compared exactly.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import pairwise
from random import Random

from contest.rules.vietnamese import fold

ALIKE = 0.6  # likeness from which two questions are shown to a person as perhaps the same
BANDS = 16
ROWS = 3
BAND_BYTES = 4
MOST_IN_BAND = 50
MOST_MET = 100
PRIME = 2**61 - 1
WORD = re.compile(r"\w+")

# Fixed for good: stored bands are compared with new ones.
_DICE = Random(20261010)  # noqa: S311 -- any fixed numbers will do
_TURNS = tuple((_DICE.randrange(1, PRIME), _DICE.randrange(PRIME)) for _ in range(BANDS * ROWS))


def shingles(texts: Iterable[str]) -> frozenset[str]:
    """Give the shingles of a question's plain texts: its text, then its options."""
    found: set[str] = set()
    for text in texts:
        words = WORD.findall(fold(text))
        found |= {f"{one} {two}" for one, two in pairwise(words)} if len(words) > 1 else set(words)
    return frozenset(found)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Give the Jaccard likeness 0..1 of two sets of shingles; empty ones are like nothing."""
    together = len(one | other)
    return len(one & other) / together if together else 0.0


def bands(one: frozenset[str]) -> bytes:
    """Give the bands of a set of shingles, `BANDS` pieces of `BAND_BYTES`; b"" of an empty one."""
    if not one:
        return b""
    hashes = [
        int.from_bytes(blake2b(shingle.encode(), digest_size=8).digest(), "big") for shingle in one
    ]
    least = [min([(a * x + b) % PRIME for x in hashes]) for a, b in _TURNS]
    rows = [least[at : at + ROWS] for at in range(0, len(least), ROWS)]
    return b"".join(blake2b(repr(row).encode(), digest_size=BAND_BYTES).digest() for row in rows)


def pieces(found: bytes) -> list[tuple[int, bytes]]:
    """Cut stored bands into (number, piece): two questions meet where one of them is equal."""
    cuts = range(0, len(found), BAND_BYTES)
    return [(at, found[at : at + BAND_BYTES]) for at in cuts]


def meeting(wanted: Sequence[bytes], stored: Mapping[int, bytes]) -> list[list[int]]:
    """Give, for each of the `wanted` bands, the ids in `stored` that share one with it.

    Those that share most come first, `MOST_MET` at the most, and a band that very many share
    (`MOST_IN_BAND`) stands for its first ones only: questions made by the hundred from one
    pattern do not make the work grow without bound.
    """
    holders: dict[tuple[int, bytes], list[int]] = {
        piece: [] for one in wanted for piece in pieces(one)
    }
    for id_, kept in stored.items():
        for piece in pieces(kept):
            held = holders.get(piece)
            if held is not None and len(held) < MOST_IN_BAND:
                held.append(id_)
    found = []
    for one in wanted:
        met = Counter(id_ for piece in pieces(one) for id_ in holders[piece])
        found.append([id_ for id_, _ in met.most_common(MOST_MET)])
    return found
