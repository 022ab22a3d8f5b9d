"""A Word document as lines of formatted text and tables, in the order they stand.

What cannot be read (an equation object, a linked picture) leaves a sign in the text that says so,
hence a question that needs it is never read without it.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from contest.core.xml import Element
from question_bank.formats import pictures
from question_bank.formats.docx import equations, legacy
from question_bank.formats.docx.look import (
    VAL,
    Numbering,
    Props,
    Styles,
    W,
    read_numbering,
    read_styles,
    run_props,
)
from question_bank.formats.docx.package import Package
from question_bank.formats.docx.rich import OBJECT, PLAIN, Mark, Rich, rich

LITERAL_STYLE = "HoiThiNguyenVan"  # after its label, every sign stands for itself
HTML_STYLE = "HoiThiHTML"  # after its label stands HTML
RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
PLACED = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
VML = "{urn:schemas-microsoft-com:vml}"
OFFICE = "{urn:schemas-microsoft-com:office:office}"
COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MOST_TABLES_DEEP = 5

# Words for what cannot be read; they are quoted in a sentence.
EQUATION = "công thức toán"
MATHTYPE = "công thức MathType"
OLE = "đối tượng nhúng"
LINKED = "hình liên kết ra ngoài tệp"
CHART = "biểu đồ hoặc sơ đồ"
DRAWN = "hình kiểu lạ (EMF, WMF, BMP…)"
LARGE = "hình lớn hơn 2 MB"
MISSING = "hình bị hỏng"
SYMBOL = "ký hiệu của phông %s"
FONT = "chữ của phông %s"

MAGIC = ((b"\x89PNG\r\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"))
# Signs of Word's symbol fonts, by their places in the fonts.
SYMBOLS = {
    "symbol": {
        **dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True)),
        0x44: "Δ",
        0x57: "Ω",
        0x53: "Σ",
        0xA3: "≤",
        0xB3: "≥",
        0xB9: "≠",
        0xB4: "×",
        0xB8: "÷",
        0xB0: "°",
        0xB1: "±",
        0xB7: "•",
        0xA5: "∞",
        0xAE: "→",
        0xDE: "⇒",
        0xDB: "⇔",
        0xCE: "∈",
        0xBB: "≈",
        0xD6: "√",
        0xAC: "←",
        0x2D: "−",
    },
    "wingdings": {0xE0: "→", 0xDF: "←", 0xF0: "⇨", 0xFC: "✓", 0xFB: "✗", 0xA8: "□", 0x6F: "□"},
}
SYMBOLS["wingdings"] |= {0xFE: "☑", 0xFD: "☒", 0xA7: "▪", 0x6C: "●"}
SIGNS = {"tab": "\t", "ptab": "\t", "noBreakHyphen": "-"}
SKIPPED = frozenset({"pPr", "rPr", "instrText", "tblPr", "sdtPr", "sdtEndPr", "proofErr"})
SKIPPED |= {"bookmarkStart", "bookmarkEnd", "commentRangeStart", "commentRangeEnd"}
SKIPPED |= {"footnoteRef", "endnoteRef", "annotationRef", "lastRenderedPageBreak", "ruby"}
BLOCKS = frozenset({"sdt", "sdtContent", "ins", "moveTo", "customXml", "body", "smartTag"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line as a reader sees it, its automatic label in front.

    `place` counts paragraphs from 1; `heading` is 1..9 or 0; `style` "literal", "html" or "".
    `notes` name what stood here and was passed over (a footnote, a text box).
    """

    rich: Rich
    place: int
    heading: int = 0
    style: str = ""
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.rich.text


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: rows of cells, each with its lines."""

    rows: tuple[tuple[tuple[Line, ...], ...], ...]
    place: int


Block = Line | Grid

FOOTNOTE = "chú thích cuối trang"
TEXT_BOX = "ô chữ (text box)"
DELETED = "tracked"
COMMENTS = "comments"


@dataclass(slots=True)
class Document:
    """What a file gave: its blocks, pictures by name, and what was passed over anywhere."""

    blocks: list[Block] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    around: str = ""  # the text of page headers and footers
    converted: set[str] = field(default_factory=set)  # encodings turned into Unicode


def read_document(package: Package) -> Document:
    """Turn the parts of a file into lines and tables; never raises."""
    reader = _Reader(package)
    body = package.document.find(f"{W}body")
    if body is not None:
        reader.found.blocks = list(reader.blocks(body))
    texts = ("".join(one.text or "" for one in part.iter(f"{W}t")) for part in package.around)
    reader.found.around = " · ".join(text.strip() for text in texts if text.strip())
    return reader.found


class _Reader:
    def __init__(self, package: Package) -> None:
        self.package = package
        self.styles: Styles = read_styles(package.styles)
        self.numbering: Numbering = read_numbering(package.numbering)
        self.found = Document()
        self.place = 0
        self.names: dict[str, str] = {}  # part → the name its picture got

    def blocks(self, parent: Element, depth: int = 0) -> Iterator[Block]:
        for child in parent:
            name = child.tag.removeprefix(W)
            if name == "p":
                yield from self.paragraph(child)
            elif name == "tbl":
                yield from self.table(child, depth)
            elif name in {"del", "moveFrom"}:
                self.found.passed.add(DELETED)
            elif name in BLOCKS:
                yield from self.blocks(child, depth)
            elif name == "altChunk":
                self.place += 1
                yield Line(rich([(OBJECT, Mark(lost=OLE))]), self.place)

    def table(self, element: Element, depth: int) -> Iterator[Block]:
        place = self.place + 1
        rows: list[tuple[tuple[Line, ...], ...]] = []
        for row in self.inside(element, "tr"):
            cells = self.inside(row, "tc")
            # A table inside a cell is read as the lines of that cell.
            rows.append(tuple(tuple(self.lines(cell, depth + 1)) for cell in cells))
        if rows:
            yield Grid(tuple(rows), place)

    def inside(self, parent: Element, name: str) -> Iterator[Element]:
        for child in parent:
            bare = child.tag.removeprefix(W)
            if bare == name:
                yield child
            elif bare in BLOCKS:
                yield from self.inside(child, name)

    def lines(self, cell: Element, depth: int) -> Iterator[Line]:
        if depth > MOST_TABLES_DEEP:
            return
        for block in self.blocks(cell, depth):
            if isinstance(block, Line):
                yield block
            else:
                yield from (line for row in block.rows for one in row for line in one)

    def paragraph(self, element: Element) -> Iterator[Line]:
        self.place += 1
        props = element.find(f"{W}pPr")
        named = props.find(f"{W}pStyle") if props is not None else None
        style_name = "" if named is None else named.get(VAL, "")
        run = _Paragraph(self, style_name)
        label = self.label(props, style_name)
        if label:
            mark_props = props.find(f"{W}rPr") if props is not None else None
            run.add(f"{label} ", run.mark(run_props(mark_props)))
        run.walk(element)
        style = {LITERAL_STYLE: "literal", HTML_STYLE: "html"}.get(style_name, "")
        heading = self.styles.paragraph(style_name).heading
        for spans in [list(chain.from_iterable(run.lines))] if style else run.lines:
            text = rich(spans if style else run.composed(spans))
            yield Line(text, self.place, heading, style, tuple(run.notes))

    def label(self, props: Element | None, style_name: str) -> str:
        number, level = self.styles.paragraph(style_name).numbering
        own = props.find(f"{W}numPr") if props is not None else None
        if own is not None:
            parts = {one.tag.removeprefix(W): one.get(VAL, "") for one in own}
            number = parts.get("numId", number)
            level = int(parts["ilvl"]) if re.fullmatch("[0-8]", parts.get("ilvl", "")) else level
        return self.numbering.label(number, level) if number not in {"", "0"} else ""

    def picture(self, relation: str, alt: str) -> Mark:
        """Keep a picture of the file and give the mark that stands for it."""
        target = self.package.relations.get(relation)
        if target is not None and target.is_outside:
            return Mark(lost=LINKED)
        data = self.package.media.get(target.target) if target is not None else None
        if target is None or data is None:
            return Mark(lost=MISSING)
        if target.target not in self.names:
            kind = next((kind for magic, kind in MAGIC if data.startswith(magic)), "")
            if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
                kind = "webp"
            if not kind:
                return Mark(lost=DRAWN)
            if len(data) > pictures.MOST_BYTES:
                return Mark(lost=LARGE)
            name = f"{hashlib.sha256(data).hexdigest()[:16]}.{kind}"
            self.names[target.target] = name
            self.found.pictures[name] = data
        return Mark(picture=self.names[target.target], alt=alt)


class _Paragraph:
    """The runs of one paragraph, line by line."""

    def __init__(self, reader: _Reader, style_name: str) -> None:
        self.reader = reader
        self.base: Props = reader.styles.defaults | reader.styles.paragraph(style_name).props
        self.lines: list[list[tuple[str, Mark]]] = [[]]
        self.notes: list[str] = []
        self.fonts: list[tuple[int, int, str]] = []  # (line, span, font) of runs in old fonts
        self.depth_of_field = 0

    def add(self, text: str, mark: Mark) -> None:
        if text:
            self.lines[-1].append((text, mark))

    def mark(self, props: Props, *, is_link: bool = False) -> Mark:
        named = str(props.get("style", ""))
        style = self.reader.styles.style(named) if named else None
        is_link = is_link or (style is not None and "hyperlink" in style.name.lower())
        whole = self.base | (style.props if style else {}) | props
        return Mark(
            bold=bool(whole.get("bold")),
            italic=bool(whole.get("italic")),
            underline=bool(whole.get("underline")) and not is_link,
            strike=bool(whole.get("strike")),
            color="" if is_link else str(whole.get("color", "")),
            highlight=str(whole.get("highlight", "")),
            position=str(whole.get("position", "")),
        )

    def walk(self, parent: Element, *, is_link: bool = False) -> None:
        for child in parent:
            name = child.tag.removeprefix(W)
            if name == "r":
                self.run(child, is_link=is_link)
            elif name in {"del", "moveFrom"}:
                self.reader.found.passed.add(DELETED)
            elif child.tag in {f"{equations.MATH}oMath", f"{equations.MATH}oMathPara"}:
                self.equation(child)
            elif name == "p" or name in SKIPPED:
                continue
            else:
                if name in {"ins", "moveTo"}:
                    self.reader.found.passed.add(DELETED)
                self.walk(child, is_link=is_link or name == "hyperlink")

    def equation(self, element: Element) -> None:
        try:
            pieces = equations.linear(element)
        except equations.TooHardError:
            self.add(OBJECT, Mark(lost=EQUATION))
            return
        for text, position in pieces:
            self.add(unicodedata.normalize("NFKC", text) if text else "", Mark(position=position))

    def run(self, element: Element, *, is_link: bool) -> None:
        props = run_props(element.find(f"{W}rPr"))
        whole = self.base | props
        if whole.get("hidden"):
            return
        mark = self.mark(props, is_link=is_link)
        font = str(whole.get("font", ""))
        for child in element:
            self.piece(child, mark, font)

    def piece(self, element: Element, mark: Mark, font: str) -> None:
        name = element.tag.removeprefix(W)
        if name == "t":
            self.typed(element.text or "", mark, font)
        elif name in SIGNS:
            self.add(SIGNS[name], mark)
        elif name in {"br", "cr"}:
            self.lines[-1].append(("\n", PLAIN))
            self.lines.append([])
        elif name == "sym":
            self.symbol(element, mark)
        elif name == "instrText":
            self.field(element.text or "")
        elif element.tag == f"{COMPATIBLE}AlternateContent":
            for choice in islice(element, 1):
                for child in choice:
                    self.piece(child, mark, font)
        else:
            self.thing(name, element)

    def thing(self, name: str, element: Element) -> None:
        """Meet what is no text: references to elsewhere, objects, pictures."""
        if name in {"footnoteReference", "endnoteReference"}:
            self.notes.append(FOOTNOTE)
        elif name == "commentReference":
            self.reader.found.passed.add(COMMENTS)
        elif name == "object":
            self.ole(element)
        elif name == "drawing":
            self.drawing(element)
        elif name == "pict":
            self.vml(element)

    def typed(self, text: str, mark: Mark, font: str) -> None:
        if legacy.encoding_of(font) and text:
            self.fonts.append((len(self.lines) - 1, len(self.lines[-1]), font))
        self.add(text, mark)

    def field(self, instruction: str) -> None:
        if instruction.strip().upper().startswith("EQ "):
            self.add(OBJECT, Mark(lost=EQUATION))

    def symbol(self, element: Element, mark: Mark) -> None:
        font, code = element.get(f"{W}font", ""), element.get(f"{W}char", "")
        number = int(code, 16) if re.fullmatch("[0-9A-Fa-f]{1,4}", code) else 0
        sign = SYMBOLS.get(font.lower(), {}).get(number & 0xFF)
        if sign is None:
            self.add(OBJECT, Mark(lost=SYMBOL % font[:40]))
        else:
            self.add(sign, mark)

    def ole(self, element: Element) -> None:
        ole = element.find(f".//{OFFICE}OLEObject")
        program = "" if ole is None else ole.get("ProgID", "")
        what = MATHTYPE if program.startswith("Equation") else OLE
        self.add(OBJECT, Mark(lost=what))

    def drawing(self, element: Element) -> None:
        told = element.find(f".//{PLACED}docPr")
        alt = "" if told is None else told.get("descr", "")
        blips = list(element.iter(f"{DRAWING}blip"))
        has_text = next(element.iter(f"{W}txbxContent"), None) is not None
        if has_text:
            self.notes.append(TEXT_BOX)
        for blip in blips:
            inside = blip.get(f"{RELATIONS}embed", "")
            is_linked = blip.get(f"{RELATIONS}link", "") and not inside
            mark = Mark(lost=LINKED) if is_linked else self.reader.picture(inside, alt)
            self.add(OBJECT, mark)
        uris = [one.get("uri", "") for one in element.iter(f"{DRAWING}graphicData")]
        if not blips and any(uri.endswith(("/chart", "/diagram", "/chartex")) for uri in uris):
            self.add(OBJECT, Mark(lost=CHART))

    def vml(self, element: Element) -> None:
        if next(element.iter(f"{W}txbxContent"), None) is not None:
            self.notes.append(TEXT_BOX)
        for image in element.iter(f"{VML}imagedata"):
            mark = self.reader.picture(
                image.get(f"{RELATIONS}id", ""), image.get(f"{OFFICE}title", "")
            )
            self.add(OBJECT, mark)

    def composed(self, spans: list[tuple[str, Mark]]) -> list[tuple[str, Mark]]:
        """Give a line's spans in Unicode (NFC), without the line break at their end."""
        number = next((at for at, one in enumerate(self.lines) if one is spans), -1)
        fonts = {span: font for line, span, font in self.fonts if line == number}
        old = "".join(spans[at][0] for at in fonts)
        if fonts and not legacy.is_unicode(old):
            spans = [
                self.turned(text, mark, fonts.get(at, "")) for at, (text, mark) in enumerate(spans)
            ]
        kept = [(text, mark) for text, mark in spans if text != "\n"]
        return [(unicodedata.normalize("NFC", text), mark) for text, mark in kept]

    def turned(self, text: str, mark: Mark, font: str) -> tuple[str, Mark]:
        if not font:
            return text, mark
        try:
            turned = legacy.unicode(text, font)
        except UnicodeError:
            return OBJECT, replace(PLAIN, lost=FONT % font[:40])
        if turned != text:
            self.reader.found.converted.add(legacy.encoding_of(font))
        return turned, mark
