"""Names written where a blind jury would read them: found without marks, proposed to be left out.

Pure. A proposal only: a person decides what is a name and what is content.
"""

import unicodedata
from collections.abc import Iterable

from contest.rules.vietnamese import fold, nfc

LEFT_OUT = "[…]"
LEAST_WORDS = 2  # a given name alone ("Lan") is a common word too


def _folded(text: str) -> tuple[str, list[int]]:
    """Give the text without marks and case, and for each of its signs the place it came from.

    Runs of blanks become one.
    """
    signs: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        bare = fold(char) or (" " if char.isspace() else "")
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
            is_free = all(end_place <= one or begin_place >= other for one, other in taken)
            if is_free and _is_word(folded, at, end):
                taken.append((begin_place, end_place))
            at = folded.find(name, at + 1)
    return sorted(taken)


def _is_word(text: str, begin: int, end: int) -> bool:
    before, after = text[begin - 1 : begin], text[end : end + 1]
    return not before.isalnum() and not after.isalnum()


def without(text: str, names: Iterable[str]) -> str:
    """Return the text with each name found in it left out."""
    text = nfc(text)
    for begin, end in reversed(found(text, names)):
        text = text[:begin] + LEFT_OUT + text[end:]
    return text
