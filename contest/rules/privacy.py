"""How much of a name a public board shows. Vietnamese names: family, middle, given, in order."""

import unicodedata
from collections.abc import Callable
from enum import StrEnum

HIDDEN = "…"


class NameMask(StrEnum):
    FULL = "full"
    INITIALS = "initials"
    GIVEN_ONLY = "given_only"
    HIDDEN = "hidden"


def mask(full_name: str, how: NameMask) -> str:
    """Show a name as the organisers decided: NFC, with single spaces.

    "Nguyễn Văn An" becomes "Nguyễn V. A." (initials), "… An" (given_only) or "…" (hidden). A
    name of one word is a given name: "A." by initials, itself by given_only. A name without
    letters stays empty, but for hidden.
    """
    words = unicodedata.normalize("NFC", full_name).split()
    return _SHOWN[how](words)


def _initials(words: list[str]) -> str:
    family, others = (words[:1], words[1:]) if len(words) > 1 else ([], words)
    return " ".join([*family, *(f"{_initial(word)}." for word in others)])


def _initial(word: str) -> str:
    """Take the first letter in capitals with every mark on it, those outside NFC letters too."""
    marks = 1
    while marks < len(word) and unicodedata.combining(word[marks]):
        marks += 1
    return unicodedata.normalize("NFC", word[:marks].upper())


def _given(words: list[str]) -> str:
    return " ".join([HIDDEN] * (len(words) > 1) + words[-1:])


def _hidden(_: list[str]) -> str:
    return HIDDEN


_SHOWN: dict[NameMask, Callable[[list[str]], str]] = {
    NameMask.FULL: " ".join,
    NameMask.INITIALS: _initials,
    NameMask.GIVEN_ONLY: _given,
    NameMask.HIDDEN: _hidden,
}
