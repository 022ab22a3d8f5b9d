"""Text with its formatting, cut and joined like a string, turned into HTML and read from it."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from contest.rules.vietnamese import nfc
from question_bank.formats import markup

OBJECT = "\ufffc"  # stands where a picture, or something that cannot be read, stands
WHITE = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")
# In the order they are opened; a superscript inside a bold word is <b><sup>.
INLINE = (("b", "bold"), ("i", "italic"), ("u", "underline"), ("s", "strike"))
SAME = {"strong": "b", "em": "i", "ins": "u", "del": "s"}


@dataclass(frozen=True, slots=True)
class Mark:
    """How a run looks. `color` and `highlight` are "" when they are the usual ones."""

    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    color: str = ""
    highlight: str = ""
    position: str = ""  # "sub" or "sup"
    picture: str = ""  # the name of the picture this sign stands for
    alt: str = ""
    lost: str = ""  # what this sign stands for and cannot be read
    html: str = ""  # HTML that stands as it is: a table


PLAIN = Mark()


@dataclass(frozen=True, slots=True)
class Rich:
    """A text and its runs: (length, mark), together as long as the text."""

    text: str = ""
    runs: tuple[tuple[int, Mark], ...] = ()

    def cut(self, start: int, end: int | None = None) -> "Rich":
        """Give the part from `start` up to `end`."""
        end = len(self.text) if end is None else end
        parts: list[tuple[int, Mark]] = []
        at = 0
        for length, mark in self.runs:
            kept = min(at + length, end) - max(at, start)
            if kept > 0:
                parts.append((kept, mark))
            at += length
        return Rich(self.text[start:end], tuple(parts))

    def strip(self) -> "Rich":
        start = len(self.text) - len(self.text.lstrip())
        return self.cut(start, max(start, len(self.text.rstrip())))

    def spans(self) -> Iterator[tuple[str, Mark]]:
        at = 0
        for length, mark in self.runs:
            yield self.text[at : at + length], mark
            at += length

    def marks(self) -> list[Mark]:
        """Give the marks of the runs that show something."""
        return [mark for text, mark in self.spans() if text.strip()]

    def without_objects(self) -> "Rich":
        kept = [(text, mark) for text, mark in self.spans() if not (mark.picture or mark.lost)]
        return rich(kept).strip()

    def objects(self) -> list[Mark]:
        return [mark for _, mark in self.runs if mark.picture or mark.lost]


def rich(spans: Iterable[tuple[str, Mark]]) -> Rich:
    """Join spans; neighbours that look alike become one run."""
    texts: list[str] = []
    runs: list[tuple[int, Mark]] = []
    for text, mark in spans:
        if not text:
            continue
        texts.append(text)
        if runs and runs[-1][1] == mark and not (mark.picture or mark.lost or mark.html):
            runs[-1] = (runs[-1][0] + len(text), mark)
        else:
            runs.append((len(text), mark))
    return Rich("".join(texts), tuple(runs))


def joined(parts: Iterable[Rich], glue: str = "\n") -> Rich:
    spans: list[tuple[str, Mark]] = []
    for at, part in enumerate(parts):
        spans += [(glue, PLAIN)] if at else []
        spans += part.spans()
    return rich(spans)


def tidy(source: Rich) -> Rich:
    """Collapse white space as people do not mean it, line by line; the marks stay."""
    spans: list[tuple[str, Mark]] = []
    last = "\n"
    for text, mark in source.spans():
        short = WHITE.sub(" ", text)
        if last in " \n":
            short = short.lstrip(" ")
        short = re.sub(r" ?\n ?", "\n", short)
        last = short[-1] if short else last
        spans.append((short, mark))
    return rich(spans).strip()


def plain(source: Rich) -> str:
    """Give the text without marks and objects."""
    kept = (
        markup.plain(mark.html) if mark.html else text
        for text, mark in source.spans()
        if not (mark.picture or mark.lost)
    )
    return nfc("".join(kept))


def as_html(source: Rich) -> str:
    """Give safe HTML; colours and highlights have no place in it."""
    pieces: list[str] = []
    for text, mark in _meaningful(source):
        if mark.html:
            pieces.append(mark.html)
            continue
        names = [name for name, field in INLINE if getattr(mark, field)]
        names += [mark.position] if mark.position else []
        opened = "".join(f"<{name}>" for name in names)
        closed = "".join(f"</{name}>" for name in reversed(names))
        pieces.append(f"{opened}{markup.escape(nfc_inside(text))}{closed}")
    return markup.clean("".join(pieces))


def nfc_inside(text: str) -> str:
    """Clean a piece of a text without trimming it."""
    return nfc(f"|{text}|")[1:-1]


def _meaningful(source: Rich) -> Iterable[tuple[str, Mark]]:
    spans: list[tuple[str, Mark]] = []
    for text, mark in source.spans():
        if not (mark.picture or mark.lost):
            spans.append((text, replace(mark, color="", highlight="", alt="")))
    return rich(spans).spans()


def without(source: Rich, *fields: str) -> Rich:
    """Take away formatting by the names of its fields in Mark."""
    cleared: dict[str, bool | str] = {
        field: "" if field in {"color", "highlight"} else False for field in fields
    }
    return rich((text, _cleared(mark, cleared)) for text, mark in source.spans())


def _cleared(mark: Mark, fields: dict[str, bool | str]) -> Mark:
    return replace(mark, **fields)  # type: ignore[arg-type] # each field gets its own kind


def without_uniform(source: Rich) -> Rich:
    """Take away bold, italic and underline that cover the whole text and so stress nothing."""
    marks = source.marks()
    uniform = [
        field for _, field in INLINE if marks and all(getattr(mark, field) for mark in marks)
    ]
    return without(source, *uniform) if uniform else source


# HTML for showing


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of HTML: rows of cells."""

    rows: tuple[tuple[Rich, ...], ...]


class _Parser(HTMLParser):
    """Cuts HTML into lines of rich text and tables; lists become lines with their signs."""

    BREAKING = frozenset({"p", "br", "li", "blockquote", "pre", "ul", "ol"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Rich | Cells] = []
        self.spans: list[tuple[str, Mark]] = []
        self.open: list[str] = []
        self.rows: list[list[Rich]] = []
        self.lists: list[int] = []  # the next number of each open list, -1 for bullets

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 -- its signature
        tag = SAME.get(tag, tag)
        if tag == "br" and self.in_table:
            self.spans.append(("\n", PLAIN))
        elif tag in self.BREAKING and not self.in_table:
            self.end_line(is_forced=tag == "br")
        if tag in {"ul", "ol"}:
            self.lists.append(1 if tag == "ol" else -1)
        elif tag == "li":
            self.spans.append((self.sign(), PLAIN))
        elif tag == "table" and not self.in_table:
            self.end_line()
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.spans = []
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        tag = SAME.get(tag, tag)
        if tag not in self.open:
            return
        while self.open.pop() != tag:
            pass
        if tag in {"td", "th"}:
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append(rich(self.spans).strip())
            self.spans = []
        elif tag == "table" and not self.in_table:
            if any(self.rows):
                self.blocks.append(Cells(tuple(tuple(row) for row in self.rows)))
            self.spans = []
        elif tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
        if tag in self.BREAKING and not self.in_table:
            self.end_line()

    def handle_data(self, data: str) -> None:
        self.spans.append((data, self.mark()))

    @property
    def in_table(self) -> bool:
        return "table" in self.open

    def mark(self) -> Mark:
        names = set(self.open)
        position = next((one for one in reversed(self.open) if one in {"sub", "sup"}), "")
        fields = {field: name in names for name, field in INLINE}
        fields["bold"] = fields["bold"] or "th" in names
        return Mark(**fields, position=position)  # type: ignore[arg-type] # all are booleans

    def sign(self) -> str:
        if not self.lists or self.lists[-1] < 0:
            return "• "
        self.lists[-1] += 1
        return f"{self.lists[-1] - 1}. "

    def end_line(self, *, is_forced: bool = False) -> None:
        line = rich(self.spans)
        if line.text.strip() or is_forced:
            self.blocks.append(line)
        self.spans = []


def from_html(source: str) -> list[Rich | Cells]:
    """Give the lines and tables of safe HTML, for showing."""
    parser = _Parser()
    parser.feed(source)
    parser.close()
    parser.end_line()
    return parser.blocks


def same_html(source: str) -> Rich | None:
    """Give the rich text whose `as_html` is `source`, None when there is none."""
    blocks = from_html(source)
    lines = [one for one in blocks if isinstance(one, Rich)]
    if len(lines) != len(blocks) or "\t" in source or any("\n" in one.text for one in lines):
        return None
    whole = joined(lines)
    is_same = as_html(whole) == source and as_html(without_uniform(tidy(whole))) == source
    return whole if is_same else None


def shown(text: str) -> str:
    """Quote a text shortly in a problem."""
    short = " ".join(html.unescape(text).split())
    return short if len(short) <= 60 else short[:59] + "…"  # noqa: PLR2004
