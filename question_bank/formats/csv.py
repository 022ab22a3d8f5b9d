"""Questions as CSV: the delimiter and the encoding found out, written so that Excel opens it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from contest.errors import N_, Invalid, Problem
from question_bank.formats import encodings
from question_bank.formats.reading import REFUSED, DraftQuestion, FoundProblem, Reading
from question_bank.formats.sheets import columns, rows, writing
from question_bank.formats.sheets.row import SheetRow

DELIMITERS = (",", ";", "\t")
FIRST_ROWS = 40  # enough to find the headings
MOST_COLUMNS = 1000
# Excel takes these for formulas, a quote before them makes them text.
FORMULA = re.compile(r"'*[=+\-@\t]")
QUOTED_FORMULA = re.compile(r"'+[=+\-@\t]")
HARMLESS = re.compile(r"-?[0-9]+(?:,[0-9]+)?")  # a number is what it is
SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

BROKEN = N_(
    "Từ dòng này tệp CSV không còn đúng cú pháp, thường do thiếu một dấu ngoặc kép. "
    "Hãy sửa rồi gửi lại."
)


def read(data: bytes) -> Reading:
    """Read a CSV; whatever the bytes, problems are returned and nothing is raised."""
    try:
        text, encoding = encodings.decode(data)
    except Invalid as error:
        return rows.refused(Problem(error.message, **error.facts))
    found: list[SheetRow] = []
    text, delimiter = _delimiter(text)
    try:
        found.extend(_rows(text, delimiter))
    except csv.Error:
        number = found[-1].number + 1 if found else 1
        return Reading((), (FoundProblem(f"row {number}", Problem(BROKEN), REFUSED),))
    result = rows.read(found)
    notes = (*encodings.notes(encoding), *result.notes)
    return Reading(result.questions, result.problems, notes, result.pictures)


def write(questions: Iterable[DraftQuestion]) -> bytes:
    """Write questions that `read` gives back equal: UTF-8 with its mark, commas, CRLF."""
    heads, body = writing.table(questions)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([head.title for head in heads])
    writer.writerows([_safe(text) for text in row] for row in body)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _delimiter(text: str) -> tuple[str, str]:
    """Give the text without a line "sep=;" and the delimiter with which headings are found."""
    said = SEPARATOR.match(text)
    if said and said[1] in DELIMITERS:
        return text[said.end() :], said[1]
    best, most = DELIMITERS[0], 0
    for delimiter in DELIMITERS:
        header = columns.find((row.number, row.cells) for row in _first_rows(text, delimiter))
        if header is not None and len(header.columns) > most:
            best, most = delimiter, len(header.columns)
    return text, best


def _first_rows(text: str, delimiter: str) -> list[SheetRow]:
    found: list[SheetRow] = []
    try:
        for row in _rows(text, delimiter):
            found.append(row)
            if row.number >= FIRST_ROWS:
                break
    except csv.Error:
        pass  # with another delimiter, or said when all is read
    return found


def _rows(text: str, delimiter: str) -> Iterator[SheetRow]:
    """Give the rows that say something; raises csv.Error for quotes that do not fit."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for number, row in enumerate(reader, 1):
        cells = {at: _plain(text) for at, text in enumerate(row[:MOST_COLUMNS], 1) if text.strip()}
        if cells:
            yield SheetRow(number, cells)


def _safe(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) and not HARMLESS.fullmatch(text) else text


def _plain(text: str) -> str:
    return text[1:] if QUOTED_FORMULA.match(text) else text
