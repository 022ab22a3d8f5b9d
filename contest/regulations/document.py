"""A document as structure: what a page, a Word file and a PDF are each made from."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line above what follows, below the section's own title."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list; numbered where the order matters."""

    items: tuple[str, ...]
    is_numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as long as `head`."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Items | Table


@dataclass(frozen=True, slots=True)
class Section:
    """`title` carries its number: "II. Thời gian"."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """`owner` stands above the title as letterheads do; `language` is "vi" or "en"."""

    language: str
    owner: str
    kind: str
    title: str
    opening: tuple[Block, ...]
    sections: tuple[Section, ...]


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    """Make each part between empty lines a paragraph."""
    return tuple(Paragraph(part.strip()) for part in text.split("\n\n") if part.strip())


def alike(
    things: Iterable[T],
    write: Callable[[T], tuple[Block, ...]],
    names: Callable[[Sequence[T]], str],
    *,
    title: str = "",
) -> list[Block]:
    """Write each thing; those that come out the same are said once, under their names.

    With one text for all the names are not needed; `title` stands above in any case.
    """
    groups: dict[tuple[Block, ...], list[T]] = {}
    for each in things:
        groups.setdefault(write(each), []).append(each)
    said: list[Block] = []
    for blocks, same in groups.items():
        words = [title, names(same) if len(groups) > 1 else ""]
        heading = ". ".join(word for word in words if word)
        said += [*([Heading(heading)] if heading else []), *blocks]
    return said


_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def roman(number: int) -> str:
    """Write a number below 40 as sections are numbered: I, II, III, IV."""
    said = ""
    for value, sign in _ROMAN:
        said += sign * (number // value)
        number %= value
    return said
