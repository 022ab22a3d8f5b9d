"""A list somebody made in Excel: its heading found, its rows as named cells.

Takes .xlsx and CSV as Vietnamese Excel writes them: commas or semicolons, UTF-8 or the old
encodings, a title above the headings, more sheets than one, numbers where text was meant.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contest.core import archives, encodings
from contest.core.archives import FileKind
from contest.core.spreadsheets import CellError, Sheet, Value, Workbook
from contest.errors import N_, Invalid, Problem
from contest.rules.vietnamese import fold, nfc

LARGEST = 5 * 1024 * 1024  # bytes, as sent
LARGEST_UNPACKED = 60 * 1024 * 1024  # bytes
LONGEST_CELL = 500  # characters that are kept of one
HEADING_WITHIN = 40  # rows: titles and notes may stand above
LONGEST_NAME = 60  # characters of a sheet's name that a sentence repeats
FILE = "file"

BAD_FILE = N_("Tệp chưa đọc được.")
EMPTY = N_("Tệp không có dòng nào.")
TOO_LARGE = N_("Tệp lớn hơn %(megabytes)d MB. Hãy chia thành nhiều tệp nhỏ hơn.")
TOO_MANY = N_("Tệp có quá %(count)d dòng. Hãy chia thành nhiều tệp nhỏ hơn.")
NO_HEADING = N_("Thiếu cột “%(title)s”. Bạn hãy dùng tệp mẫu và giữ nguyên dòng tiêu đề.")
NOT_A_LIST = N_("Tệp này không phải CSV hay Excel (.xlsx).")
SHEET_LEFT = N_("Trang “%(name)s” cũng có danh sách nhưng không được đọc. Hãy gửi thành tệp riêng.")
SHEET_HIDDEN = N_("Trang “%(name)s” đang ẩn nên không được đọc.")
HIDDEN_ROWS = N_("Có %(count)d dòng đang ẩn trong Excel; các dòng này vẫn được đọc.")
CONVERTED = N_("Tệp dùng bảng mã %(name)s và đã được chuyển sang Unicode. Bạn hãy xem lại chữ.")

# Kinds of file about which there is a sentence that helps.
SAID_BETTER = frozenset({FileKind.MACRO, FileKind.LOCKED, FileKind.XLS, FileKind.ODS, FileKind.PDF})
OURS = frozenset({"huong dan", "vi du", "danh muc don vi"})  # sheets of our own templates
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # how the files of Excel 97-2003 begin
BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
THREE_DECIMALS = re.compile(r",[0-9]{3}$")
NO_WORD = re.compile(r"[^a-z0-9 ]+")

Cell = str | date


@dataclass(frozen=True, slots=True)
class Line:
    """A row below the headings; cells by field, empty ones left out."""

    number: int  # as Excel shows it
    cells: Mapping[str, Cell]

    def text(self, field: str) -> str:
        """Give a cell as people would write it: a day as dd/mm/yyyy, "" when it is empty."""
        value = self.cells.get(field, "")
        return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


@dataclass(frozen=True, slots=True)
class Listing:
    """What a file lists; `notes` tell what of it was not read, or read with doubt."""

    lines: tuple[Line, ...]
    notes: tuple[Problem, ...] = ()
    fields: frozenset[str] = frozenset()  # whose columns are there


@dataclass(frozen=True, slots=True)
class Heading:
    """One column a list may have; `aliases` are other names people give it, folded."""

    field: str
    title: str
    aliases: tuple[str, ...] = ()
    is_needed: bool = False


def read(data: bytes, headings: Sequence[Heading], *, most_rows: int) -> Listing:
    """Read the first sheet that has the headings.

    Raises Invalid whose problem "file" says why, whatever the bytes.
    """
    if len(data) > LARGEST:
        raise refused(TOO_LARGE, megabytes=LARGEST // 1024**2)
    kind = FileKind.XLS if data.startswith(OLE) else archives.kind_of(data)
    try:
        if kind is FileKind.XLSX:
            return _read_book(Workbook(data, most_bytes=LARGEST_UNPACKED), headings, most_rows)
        if kind is not FileKind.OTHER:
            raise refused(archives.INSTEAD[kind] if kind in SAID_BETTER else NOT_A_LIST)
        return _read_csv(data, headings, most_rows)
    except Invalid as error:
        raise error if error.problems else refused(error.message, **error.facts) from error


def refused(message: str, **facts: object) -> Invalid:
    return Invalid(BAD_FILE, problems={FILE: Problem(message, **facts)})


def _read_book(book: Workbook, headings: Sequence[Heading], most_rows: int) -> Listing:
    found: Listing | None = None
    first: Invalid | None = None
    notes: list[Problem] = []
    for name in book.sheets:
        shown = name.name[:LONGEST_NAME]
        if fold(name.name) in OURS:
            continue
        if name.is_hidden:
            notes.append(Problem(SHEET_HIDDEN, name=shown))
            continue
        try:
            listed = _listing(_rows(book.read(name)), headings, most_rows)
        except Invalid as error:
            first = first or error
            continue
        if found is None or not found.lines:
            found = listed
        elif listed.lines:
            notes.append(Problem(SHEET_LEFT, name=shown))
    if found is None:
        raise first or refused(EMPTY)
    return Listing(found.lines, (*found.notes, *notes), found.fields)


def _rows(sheet: Sheet) -> Iterator[tuple[int, Mapping[int, Cell], bool]]:
    for row in sheet.rows:
        cells = {at: _cell(value) for at, value in row.cells.items()}
        yield row.number, {at: cell for at, cell in cells.items() if cell}, row.is_hidden


def _cell(value: Value) -> Cell:
    if isinstance(value, CellError):
        return value.shown
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, Decimal):  # nothing here may look like a separator of thousands
        text = f"{value:f}".replace(".", ",")
        return f"{text}0" if THREE_DECIMALS.search(text) else text
    return nfc(value)[:LONGEST_CELL] if isinstance(value, str) else value


def _read_csv(data: bytes, headings: Sequence[Heading], most_rows: int) -> Listing:
    text, name = encodings.decode(data)
    first, _, rest = text.partition("\n")
    skipped = 0
    if first.lower().startswith("sep=") and len(first.strip()) == len("sep=;"):
        text, skipped = rest, 1  # Excel's own way to name the separator
    try:
        listed = _listing(_csv_rows(text, skipped), headings, most_rows)
    except csv.Error as error:
        raise refused(NOT_A_LIST) from error
    if name in {encodings.UTF_8, encodings.UTF_16}:
        return listed
    return Listing(listed.lines, (*listed.notes, Problem(CONVERTED, name=name)), listed.fields)


def _csv_rows(text: str, skipped: int) -> Iterator[tuple[int, Mapping[int, Cell], bool]]:
    """Give rows by the number of their line among records, as Excel would show them."""
    top = text[:5000]
    delimiter = max(";,\t", key=top.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for number, cells in enumerate(reader, start=1 + skipped):
        said = {at: nfc(cell)[:LONGEST_CELL] for at, cell in enumerate(cells, start=1)}
        yield number, {at: cell for at, cell in said.items() if cell}, False


def _listing(
    rows: Iterable[tuple[int, Mapping[int, Cell], bool]],
    headings: Sequence[Heading],
    most_rows: int,
) -> Listing:
    columns: dict[int, str] | None = None
    best: dict[int, str] = {}
    lines: list[Line] = []
    hidden = seen = 0
    for number, cells, is_hidden in rows:
        if not cells:
            continue
        seen += 1
        if columns is None:
            named = _named(cells, headings)
            best = max(best, named, key=len)
            if _missing(named, headings) is None:
                columns = named
            elif seen > HEADING_WITHIN:
                break
            continue
        said = {columns[at]: cell for at, cell in cells.items() if at in columns}
        if not said:
            continue
        hidden += is_hidden
        lines.append(Line(number, said))
        if len(lines) > most_rows:
            raise refused(TOO_MANY, count=most_rows)
    if columns is None:
        missing = _missing(best, headings)
        raise refused(NO_HEADING, title=missing.title) if seen and missing else refused(EMPTY)
    notes = (Problem(HIDDEN_ROWS, count=hidden),) if hidden else ()
    return Listing(tuple(lines), notes, frozenset(columns.values()))


def plain(title: str) -> str:
    """Give a heading as it is compared: folded, without brackets, stars and colons."""
    return " ".join(NO_WORD.sub(" ", BRACKETS.sub(" ", fold(title))).split())


def _named(cells: Mapping[int, Cell], headings: Sequence[Heading]) -> dict[int, str]:
    known = {name: each.field for each in headings for name in (plain(each.title), *each.aliases)}
    named: dict[int, str] = {}
    for at, cell in cells.items():
        field = known.get(plain(cell)) if isinstance(cell, str) else None
        if field is not None and field not in named.values():
            named[at] = field
    return named


def _missing(named: Mapping[int, str], headings: Sequence[Heading]) -> Heading | None:
    there = set(named.values())
    return next((each for each in headings if each.is_needed and each.field not in there), None)
