"""Questions as an Excel workbook: what organizers fill in, pictures in the rows included."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO

from xlsxwriter import Workbook as BookWriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from contest.core.spreadsheets import Merged, Sheet, Value, Workbook
from contest.errors import N_, Invalid, Problem
from contest.rules.vietnamese import fold
from question_bank.formats import reading
from question_bank.formats.reading import DraftQuestion, FoundProblem, Reading
from question_bank.formats.sheets import cells, columns, rows, template_text, writing
from question_bank.formats.sheets.columns import Column, Field
from question_bank.formats.sheets.row import Anchored, SheetRow, picture_name

OURS = frozenset({fold(template_text.INSTRUCTIONS), fold(template_text.EXAMPLES)})
# A cell merged over many rows says the same of each of them, in these columns.
SHARED = frozenset(
    {
        *(Field.TYPE, Field.TOPIC, Field.DIFFICULTY, Field.AUDIENCES, Field.SOURCE),
        *(Field.VALID_UNTIL, Field.CATEGORY, Field.TAGS),
    }
)
LONGEST_NAME = 60  # characters of a sheet's name that a sentence repeats

TOO_LARGE = N_("Tệp lớn hơn %(most)d MB. Hãy chia thành nhiều tệp nhỏ hơn.")
SHEET_UNREAD = N_("Trang “%(name)s” không có dòng tiêu đề của câu hỏi nên không được đọc.")
SHEET_HIDDEN = N_("Trang “%(name)s” đang ẩn nên không được đọc.")
SHEET_LEFT = N_(
    "Trang “%(name)s” cũng có %(count)d dòng câu hỏi nhưng không được đọc. "
    "Hãy chép sang trang đầu hoặc gửi thành tệp riêng."
)

WIDE, NARROW = 45, 16  # characters of the usual letter
WIDE_FIELDS = frozenset({Field.TEXT, Field.EXPLANATION})
MIDDLE_FIELDS = frozenset({Field.OPTION, Field.RIGHT, Field.SOURCE, Field.OPTION_FEEDBACK})
LAST_CHECKED_ROW = 2000  # drop-downs reach so far in the template
MADE = datetime(2026, 1, 1)  # noqa: DTZ001 -- a file property; the same questions, the same bytes


def read(data: bytes) -> Reading:
    """Read the first sheet with headings; whatever the bytes, nothing is raised."""
    if len(data) > reading.MOST_BYTES:
        return rows.refused(Problem(TOO_LARGE, most=reading.MOST_BYTES // 1024**2))
    try:
        return _read(Workbook(data, most_bytes=reading.MOST_UNPACKED))
    except Invalid as error:
        return rows.refused(Problem(error.message, **error.facts))


def _read(book: Workbook) -> Reading:
    result: Reading | None = None
    problems: list[FoundProblem] = []
    notes: list[FoundProblem] = []
    for name in book.sheets:
        if fold(name.name) in OURS:
            continue
        shown = name.name[:LONGEST_NAME]
        if name.is_hidden:
            notes.append(_about_sheet(SHEET_HIDDEN, reading.CHANGED, name=shown))
            continue
        sheet = book.read(name)
        count = _count(sheet)
        if count is None:
            if sheet.rows:
                notes.append(_about_sheet(SHEET_UNREAD, reading.CHANGED, name=shown))
        elif result is None or not (result.questions or result.problems):
            result = rows.read(_rows(sheet))
        elif count:
            problems.append(_about_sheet(SHEET_LEFT, reading.LEFT_OUT, name=shown, count=count))
    if result is None:
        return rows.refused(Problem(rows.NO_HEADER))
    return Reading(
        result.questions,
        (*result.problems, *problems),
        (*result.notes, *notes),
        result.pictures,
    )


def _about_sheet(message: str, done: str, **facts: object) -> FoundProblem:
    return FoundProblem(reading.FILE, Problem(message, **facts), done)


def _count(sheet: Sheet) -> int | None:
    """Count the rows below the headings, None when there are no headings."""
    header = columns.find((row.number, row.cells) for row in sheet.rows)
    if header is None:
        return None
    return sum(row.number > header.number for row in sheet.rows)


def _rows(sheet: Sheet) -> Iterator[SheetRow]:
    """Give the rows with what merged cells and pictures say of them."""
    pictures = _pictures(sheet)
    shared = _shared(sheet)
    for row in sheet.rows:
        said: Mapping[int, Value] = {**shared.get(row.number, {}), **row.cells}
        lying = tuple(pictures.pop(row.number, ()))
        yield SheetRow(row.number, said, row.is_hidden, lying)
    for number, lying_alone in pictures.items():
        yield SheetRow(number, {}, pictures=tuple(lying_alone))


def _pictures(sheet: Sheet) -> dict[int, list[Anchored]]:
    names: dict[int, str] = {}  # one picture may lie in thousands of rows
    found: dict[int, list[Anchored]] = defaultdict(list)
    for one in sheet.pictures:
        name = names.setdefault(id(one.data), "") or picture_name(one.data)
        names[id(one.data)] = name
        found[one.row].append(Anchored(one.column, name, one.data, one.alt))
    return found


def _shared(sheet: Sheet) -> dict[int, dict[int, Value]]:
    """Give for each row the values of cells merged from above it, in the columns that share."""
    header = columns.find((row.number, row.cells) for row in sheet.rows)
    sharing = {
        at for at, column in (header.columns.items() if header else ()) if column.field in SHARED
    }
    by_column: dict[int, list[Merged]] = defaultdict(list)
    for merged in sheet.merged:
        if merged.column in sharing and merged.last_row > merged.first_row:
            by_column[merged.column].append(merged)
    found: dict[int, dict[int, Value]] = defaultdict(dict)
    for at, areas in by_column.items():
        areas.sort(key=lambda one: one.first_row)
        _spread(sheet, at, areas, found)
    return found


def _spread(
    sheet: Sheet, at: int, areas: Sequence[Merged], found: dict[int, dict[int, Value]]
) -> None:
    """Walk down the rows and the areas of one column together."""
    waiting = iter(areas)
    area = next(waiting, None)
    value: Value = ""
    for row in sheet.rows:
        while area is not None and row.number > area.last_row:
            area, value = next(waiting, None), ""
        if area is None:
            return
        if row.number == area.first_row:
            value = row.cells.get(at, "")
        elif row.number > area.first_row and value != "":
            found[row.number][at] = value


# Writing


def write(questions: Iterable[DraftQuestion]) -> bytes:
    """Write questions that `read` gives back equal; every cell is text."""
    heads, body = writing.table(questions)
    out = BytesIO()
    with _book(out) as book:
        _table(book, template_text.QUESTIONS, heads, body)
    return out.getvalue()


def template() -> bytes:
    """Give an empty workbook to fill in, with instructions and examples of every kind."""
    out = BytesIO()
    heads = template_text.COLUMNS
    with _book(out) as book:
        _lists(_table(book, template_text.QUESTIONS, heads, []), heads)
        _instructions(book)
        examples = [[row.get(head, "") for head in heads] for row in template_text.EXAMPLE_ROWS]
        _table(book, template_text.EXAMPLES, heads, examples)
    return out.getvalue()


def _book(out: BytesIO) -> BookWriter:
    book = BookWriter(out, {"in_memory": True})
    book.set_properties({"title": "Câu hỏi", "created": MADE})
    return book


def _table(
    book: BookWriter, name: str, heads: Sequence[Column], body: Iterable[Sequence[str]]
) -> Worksheet:
    sheet = book.add_worksheet(name)
    bold = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCE9F7", "border": 1}
    )
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    sheet.freeze_panes(1, 0)
    for at, head in enumerate(heads):
        sheet.set_column(at, at, _width(head.field), wrapped)
        sheet.write_string(0, at, head.title, bold)
    for number, row in enumerate(body, 1):
        _write_row(sheet, number, row, wrapped)
    return sheet


def _write_row(sheet: Worksheet, number: int, row: Sequence[str], wrapped: Format) -> None:
    for at, text in enumerate(row):
        if text:  # as text always: what begins with = or @ must not become a formula
            sheet.write_string(number, at, text, wrapped)


def _width(field: Field) -> int:
    if field in WIDE_FIELDS:
        return WIDE
    return 2 * NARROW if field in MIDDLE_FIELDS else NARROW


def _lists(sheet: Worksheet, heads: Sequence[Column]) -> None:
    """Let a kind and a level be picked from a list; other words are warned of, not forbidden."""
    choices = {
        Field.TYPE: list(cells.KIND_TITLES.values()),
        Field.DIFFICULTY: list(cells.DIFFICULTY_TITLES.values()),
    }
    for at, head in enumerate(heads):
        if head.field in choices:
            rule = {
                "validate": "list",
                "source": choices[head.field],
                "error_type": "warning",
                "error_title": head.title,
                "error_message": "Hãy chọn trong danh sách.",
            }
            sheet.data_validation(1, at, LAST_CHECKED_ROW, at, rule)


def _instructions(book: BookWriter) -> None:
    sheet = book.add_worksheet(template_text.INSTRUCTIONS)
    bold = book.add_format({"bold": True, "font_size": 13})
    name = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 2 * NARROW)
    sheet.set_column(1, 1, 2 * WIDE)
    for number, (what, how) in enumerate(template_text.LINES):
        sheet.write_string(number, 0, what, name if how else bold)
        sheet.write_string(number, 1, how, wrapped)
