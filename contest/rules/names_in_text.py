"""Names written where a blind jury would read them: found without marks, proposed to be left out.

Pure. A proposal only: a person decides what is a name and what is content.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from contest.rules.vietnamese import fold, nfc

LEFT_OUT = "[…]"
LEAST_WORDS = 2  # a given name alone ("Lan") is a common word too
MOST_PIECES = 3  # quoted of one part; the rest is only counted
AROUND = 40  # signs quoted on either side of a name
CUT = "…"


class Place(StrEnum):
    """Which of the texts a jury reads."""

    TITLE = "title"
    TEXT = "text"
    FIGURES = "figures"
    ABOUT = "about"  # what can be seen on a file, for who cannot see
    CAPTIONS = "captions"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Part:
    """One text a jury reads, NFC; `number` is its file's place in the entry, from 1."""

    place: Place
    text: str
    number: int | None = None  # None: of no file


@dataclass(frozen=True, slots=True)
class Piece:
    """A name as it is written, with a little of what stands around it, on one line."""

    before: str
    name: str
    after: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """A part that holds names: how many, and the first of them."""

    part: Part
    count: int
    pieces: tuple[Piece, ...]

    @property
    def more(self) -> int:
        """Return how many are not quoted."""
        return self.count - len(self.pieces)


def sightings(parts: Iterable[Part], names: Iterable[str]) -> tuple[Sighting, ...]:
    """Return the parts in which any of the names stands, in their order."""
    wanted = tuple(names)
    seen = ((part, found(part.text, wanted)) for part in parts)
    return tuple(
        Sighting(part, len(places), tuple(_piece(part.text, *at) for at in places[:MOST_PIECES]))
        for part, places in seen
        if places
    )


def _piece(text: str, begin: int, end: int) -> Piece:
    start, stop = max(0, begin - AROUND), min(len(text), end + AROUND)
    before, after = _line(text[start:begin]), _line(text[end:stop])
    return Piece(
        before=f"{CUT if start else ''}{before}",
        name=_line(text[begin:end]),
        after=f"{after}{CUT if stop < len(text) else ''}",
    )


def _line(text: str) -> str:
    """Make every run of white space one blank; those at the ends stay."""
    inner = " ".join(text.split())
    if not inner:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if text[-1].isspace() else ''}"


@lru_cache(maxsize=4096)
def _bare(char: str) -> str:
    return fold(char) or (" " if char.isspace() else "")


def _folded(text: str) -> tuple[str, list[int]]:
    """Give the text without marks and case, and for each of its signs the place it came from.

    Runs of blanks become one.
    """
    signs: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        bare = _bare(char)
        if bare == " " and signs[-1:] == [" "]:
            continue
        for sign in bare:
            signs.append(sign)
            places.append(at)
    return "".join(signs), places


def found(text: str, names: Iterable[str]) -> list[tuple[int, int]]:
    """Return where names stand in an NFC text: (begin, end) places, in order, none overlapping.

    Names of fewer than two words are left alone; longer names win over those inside them.
    """
    folded, places = _folded(text)
    wanted = sorted({fold(name) for name in names}, key=len, reverse=True)
    is_taken = bytearray(len(text))
    taken: list[tuple[int, int]] = []
    for name in wanted:
        if len(name.split()) < LEAST_WORDS:
            continue
        at = folded.find(name)
        while at >= 0:
            end = at + len(name)
            begin_place, end_place = places[at], places[end - 1] + 1
            while end_place < len(text) and unicodedata.combining(text[end_place]):
                end_place += 1
            is_free = is_taken.find(1, begin_place, end_place) < 0
            if is_free and _is_word(folded, at, end):
                taken.append((begin_place, end_place))
                is_taken[begin_place:end_place] = b"\1" * (end_place - begin_place)
            at = folded.find(name, at + 1)
    return sorted(taken)


def _is_word(text: str, begin: int, end: int) -> bool:
    before, after = text[begin - 1 : begin], text[end : end + 1]
    return not before.isalnum() and not after.isalnum()


def without(text: str, names: Iterable[str]) -> str:
    """Return the text with each name found in it left out."""
    text = nfc(text)
    kept, at = [], 0
    for begin, end in found(text, names):
        kept += [text[at:begin], LEFT_OUT]
        at = end
    return "".join([*kept, text[at:]])
