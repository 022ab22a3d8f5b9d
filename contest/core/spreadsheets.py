"""Excel workbooks (.xlsx) from strangers, read cell by cell as they stream past.

Readers that lay a sheet out as a grid take memory for every cell between the first and the last:
two cells in opposite corners are enough to stop the process. Here only cells that say something
are kept, and all of them are counted. Source of the format: ECMA-376 Part 1, 18.3 (worksheets),
18.4 (strings), 18.8 (styles), 20.5 (drawings).
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from lxml import etree

from contest.core import archives, xml
from contest.errors import N_, Invalid

MOST_PARTS = 5000
MOST_CELLS = 1_000_000  # of a sheet, and strings of a workbook
MOST_CHARACTERS = 50_000_000  # of a sheet, each cell counted with its whole text
MOST_ELEMENTS = 3_000_000  # of a part
MOST_MERGED = 20_000
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
EXACT_DIGITS = 15
CHUNK = 1 << 16  # bytes

REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# A character that XML cannot hold is written _x000D_; a literal _x000D_ as _x005F_x000D_ (22.4.2.7)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What in a number format is not a place of the number: quoted, bracketed, escaped text.
SILENT = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
DATE_SIGNS = re.compile(r"[dmyhs]", re.IGNORECASE)
ZEROS = re.compile(r"0{2,}")
BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
BUILT_IN_PERCENTS = frozenset({9, 10})

TOO_MANY_CELLS = N_("Tệp Excel có quá nhiều ô. Hãy chia thành nhiều tệp nhỏ hơn.")
DAMAGED = N_("Tệp Excel bị hỏng. Hãy mở bằng Excel, lưu lại rồi gửi lại.")


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell that shows an error like #REF!; `is_picture`: it stands for a picture in the cell."""

    shown: str
    is_picture: bool = False


Value = str | Decimal | bool | date | CellError


@dataclass(frozen=True, slots=True)
class Row:
    """A row that says something: its number as Excel shows it, cells by column from 1."""

    number: int
    cells: Mapping[int, Value]
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that lies over a sheet, its upper left corner in this row and column, from 1."""

    row: int
    column: int
    data: bytes
    alt: str


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells shown as one: the value stands in the first row and column."""

    first_row: int
    last_row: int
    column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    rows: tuple[Row, ...]
    merged: tuple[Merged, ...]
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class SheetName:
    """`part` is where the sheet lies in the package."""

    name: str
    is_hidden: bool
    part: str


class Workbook:
    """An .xlsx, opened: `sheets` names them in their order, `read` gives one.

    Both raise Invalid when the file is not what it says. `most_bytes` bounds what it unpacks to.
    """

    def __init__(self, data: bytes, *, most_bytes: int) -> None:
        archives.ensure_office(data, "xlsx")
        files = archives.names_and_data(data, most_bytes=most_bytes, most_files=MOST_PARTS)
        self._files = {name.lower(): content for name, content in files.items()}
        book = self._related("", "officeDocument")
        if not book:
            raise Invalid(DAMAGED)
        root = xml.parse(self._part(book[0]))
        self._is_1904 = any(
            _local(one.attrib, "date1904") in {"1", "true"} for one in _named(root, "workbookPr")
        )
        self._styles = self._read_styles(book[0])
        self._strings = self._read_strings(book[0])
        parts = self._relations(book[0])
        self.sheets = [
            SheetName(
                one.get("name", ""),
                is_hidden=one.get("state", "visible") != "visible",
                part=parts.get(_local(one.attrib, "id"), ("", ""))[1],
            )
            for one in _named(root, "sheet")
        ]

    def read(self, sheet: SheetName) -> Sheet:
        target = _SheetTarget(self._value)
        _stream(self._part(sheet.part), target)
        pictures: list[Picture] = []
        for drawing in self._related(sheet.part, "drawing"):
            pictures += self._pictures(drawing)
        return Sheet(tuple(target.rows), tuple(target.merged), tuple(pictures))

    # Parts and what they are to each other

    def _part(self, name: str) -> bytes:
        content = self._files.get(name.lower())
        if content is None:
            raise Invalid(DAMAGED)
        return content

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Give {id: (kind, part)} of what a part ("" for the package) points to inside the file."""
        folder, _, name = part.rpartition("/")
        content = self._files.get(posixpath.join(folder, "_rels", f"{name}.rels").lower())
        if content is None:
            return {}
        found = {}
        for one in _named(xml.parse(content), "Relationship"):
            if one.get("TargetMode") != "External":
                target = posixpath.join("/", folder, one.get("Target", ""))
                kind = one.get("Type", "").rpartition("/")[2]
                found[one.get("Id", "")] = kind, posixpath.normpath(target).lstrip("/")
        return found

    def _related(self, part: str, kind: str) -> list[str]:
        return [target for what, target in self._relations(part).values() if what == kind]

    # Strings, styles, values

    def _read_strings(self, book: str) -> list[str]:
        target = _StringsTarget()
        for part in self._related(book, "sharedStrings")[:1]:
            _stream(self._part(part), target)
        return target.strings

    def _read_styles(self, book: str) -> list[str]:
        """Give for each cell style "date", "percent", zeros ("000") or "" (a plain number)."""
        for part in self._related(book, "styles")[:1]:
            root = xml.parse(self._part(part))
            codes = {
                one.get("numFmtId", ""): one.get("formatCode", "") for one in _named(root, "numFmt")
            }
            for styles in _named(root, "cellXfs"):
                ids = [one.get("numFmtId", "0") for one in styles]
                return [_style(one, codes.get(one)) for one in ids]
        return []

    def _value(self, kind: str, style: str, text: str) -> Value:
        if kind == "s":
            at = int(text) if text.isascii() and text.isdigit() else -1
            if not 0 <= at < len(self._strings):
                raise Invalid(DAMAGED)
            return self._strings[at]
        if kind in {"str", "inlineStr"}:
            return _unescaped(text)
        if kind == "b":
            return text.strip() in {"1", "true"}
        if kind == "d":
            with suppress(ValueError):
                return date.fromisoformat(text[:10])
            return text
        at = int(style) if style.isascii() and style.isdigit() else 0
        return _number(text, self._styles[at] if at < len(self._styles) else "", self._is_1904)

    # Pictures

    def _pictures(self, drawing: str) -> list[Picture]:
        media = self._relations(drawing)
        found = []
        for anchor in xml.parse(self._part(drawing)):
            corner = _named(anchor, "from")
            row = _number_of(corner, "row") + 1
            column = _number_of(corner, "col") + 1
            for blip in _named(anchor, "blip"):
                _, part = media.get(_local(blip.attrib, "embed"), ("", ""))
                alts = [one.get("descr", "") for one in _named(anchor, "cNvPr")]
                content = self._files.get(part.lower(), b"")
                found.append(Picture(row, column, content, next(filter(None, alts), "")))
        return found


# Streams


class _Target(Protocol):
    def start(self, tag: str, attrib: Mapping[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...
    def close(self) -> None: ...


class _Counted:
    """Passes the elements of a part on by their local names, up to `MOST_ELEMENTS`."""

    def __init__(self, target: _Target) -> None:
        self.target = target
        self.count = 0
        self.data = target.data
        self.close = target.close

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        self.count += 1
        if self.count > MOST_ELEMENTS:
            raise Invalid(TOO_MANY_CELLS)
        self.target.start(tag.rpartition("}")[2], attrib)

    def end(self, tag: str) -> None:
        self.target.end(tag.rpartition("}")[2])


def _stream(content: bytes, target: _Target) -> None:
    body = xml.body_of(content)
    parser = etree.XMLParser(
        target=_Counted(target),
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        for at in range(0, len(body), CHUNK):
            parser.feed(body[at : at + CHUNK])
        parser.close()
    except etree.XMLSyntaxError as error:
        raise Invalid(DAMAGED) from error


class _StringsTarget:
    """Shared strings: the runs of one joined, without the readings of Asian scripts."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self.parts: list[str] = []
        self.is_text = False
        self.in_reading = 0

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:  # noqa: ARG002 -- lxml calls so
        if tag == "si":
            self.parts = []
        elif tag == "rPh":
            self.in_reading += 1
        self.is_text = tag == "t" and not self.in_reading

    def data(self, text: str) -> None:
        if self.is_text:
            self.parts.append(text)

    def end(self, tag: str) -> None:
        self.is_text = False
        if tag == "rPh":
            self.in_reading -= 1
        elif tag == "si":
            self.strings.append(_unescaped("".join(self.parts)))
            if len(self.strings) > MOST_CELLS:
                raise Invalid(TOO_MANY_CELLS)

    def close(self) -> None:
        self.is_text = False


class _SheetTarget:
    """A worksheet: rows with their cells, what is merged."""

    def __init__(self, value: Callable[[str, str, str], Value]) -> None:
        self.value = value
        self.rows: list[Row] = []
        self.merged: list[Merged] = []
        self.row = self.column = 0
        self.is_hidden = False
        self.cells: dict[int, Value] = {}
        self.cell: Mapping[str, str] = {}
        self.parts: list[str] = []
        self.is_text = False
        self.count = self.characters = 0

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        if tag == "row":
            number = attrib.get("r", "")
            self.row = int(number) if re.fullmatch("[0-9]{1,7}", number) else self.row + 1
            self.column, self.cells = 0, {}
            self.is_hidden = attrib.get("hidden") in {"1", "true"}
        elif tag == "c":
            found = REFERENCE.fullmatch(attrib.get("r", ""))
            self.column = _column_number(found[1]) if found else self.column + 1
            self.cell, self.parts = dict(attrib), []
        elif tag == "mergeCell" and len(self.merged) < MOST_MERGED:
            self._merge(attrib.get("ref", ""))
        self.is_text = tag in {"v", "t"}

    def data(self, text: str) -> None:
        if self.is_text:
            self.parts.append(text)

    def end(self, tag: str) -> None:
        self.is_text = False
        if tag == "c":
            self._end_cell()
        elif tag == "row" and self.cells:
            if not (1 <= self.row <= LAST_ROW and max(self.cells) <= LAST_COLUMN):
                raise Invalid(DAMAGED)
            self.rows.append(Row(self.row, self.cells, self.is_hidden))

    def close(self) -> None:
        self.is_text = False

    def _end_cell(self) -> None:
        self.count += 1
        text = "".join(self.parts)
        kind = self.cell.get("t", "n")
        if text and kind == "e":
            self.cells[self.column] = CellError(text[:20], is_picture="vm" in self.cell)
        elif text:
            value = self.value(kind, self.cell.get("s", "0"), text)
            self.characters += len(value) if isinstance(value, str) else 1
            if value != "":
                self.cells[self.column] = value
        if self.count > MOST_CELLS or self.characters > MOST_CHARACTERS:
            raise Invalid(TOO_MANY_CELLS)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        begin, end = REFERENCE.fullmatch(first), REFERENCE.fullmatch(last)
        if begin and end:
            self.merged.append(Merged(int(begin[2]), int(end[2]), _column_number(begin[1])))


# Values


def _style(number: str, code: str | None) -> str:
    if code is None:
        known = int(number) if number.isascii() and number.isdigit() else 0
        return (
            "date" if known in BUILT_IN_DATES else "percent" if known in BUILT_IN_PERCENTS else ""
        )
    said = SILENT.sub("", code).partition(";")[0]
    if "%" in said:
        return "percent"
    if ZEROS.fullmatch(said):
        return said
    return "date" if said.lower() != "general" and DATE_SIGNS.search(said) else ""


def _number(text: str, style: str, is_1904: bool) -> Value:  # noqa: FBT001 -- the workbook's own
    """Give a number as Excel shows it: 15 digits, as a date, in percent, with leading zeros."""
    number = _decimal(text)
    if number is None:
        return text
    if style == "date":
        return _moment(float(number), is_1904)
    if style == "percent":
        return f"{(number * 100).normalize():f}%".replace(".", ",")
    if style and number >= 0 and number.as_tuple().exponent == 0:
        return str(number).zfill(len(style))
    return number


def _decimal(text: str) -> Decimal | None:
    """Read a number of XML to 15 digits, as many as Excel shows; None when it is none."""
    if text.isascii() and text.isdigit() and len(text) <= EXACT_DIGITS:
        return Decimal(text)  # nearly every number is one of these
    try:
        number = Decimal(f"{float(text):.{EXACT_DIGITS}g}")
    except ValueError:
        return None
    if not number.is_finite():
        return None
    is_whole = number == number.to_integral_value() and abs(number) < 10**20
    return number.quantize(Decimal(1)) if is_whole else number


def _moment(serial: float, is_1904: bool) -> Value:  # noqa: FBT001 -- the workbook's own
    """Turn a serial number into a day; a time of day, alone or with a day, is text."""
    # Excel believes in a 29 February 1900, so before it the count begins a day later.
    first = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 31 if serial < 60 else 30)  # noqa: DTZ001, PLR2004
    try:
        moment = first + timedelta(seconds=round(serial * 86400))
    except OverflowError:
        return Decimal(f"{serial:.15g}")
    if serial < 1:
        return f"{moment:%H:%M}"
    return moment.date() if serial.is_integer() else f"{moment:%d/%m/%Y %H:%M}"


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


# Elements by their local names: the strict and the usual form of the format differ in namespaces


def _named(element: xml.Element, name: str) -> list[xml.Element]:
    return list(element.iter(f"{{*}}{name}"))


def _local(attributes: Mapping[str, str], name: str) -> str:
    return next((v for key, v in attributes.items() if key.rpartition("}")[2] == name), "")


def _number_of(corner: list[xml.Element], name: str) -> int:
    text = next((one.text or "" for part in corner for one in _named(part, name)), "")
    return int(text) if re.fullmatch("[0-9]{1,7}", text.strip()) else 0
