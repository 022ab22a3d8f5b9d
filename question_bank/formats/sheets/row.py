"""One row being read: gives each cell clean and remembers what was wrong, and what was unused."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from contest.core.spreadsheets import CellError, Value
from contest.errors import N_, Invalid, Problem
from contest.rules.vietnamese import fold
from question_bank.formats import markup, pictures, reading
from question_bank.formats.sheets import cells
from question_bank.formats.sheets.columns import Column, Field, Header

T = TypeVar("T")
SIGNATURES = {
    b"\x89PNG": ".png",
    b"\xff\xd8\xff": ".jpg",
    b"GIF8": ".gif",
    b"RIFF": ".webp",
}

CELL_ERROR = N_("Cột “%(column)s” có lỗi %(value)s của Excel.")
CELL_PICTURE = N_(
    "Cột “%(column)s” có hình đặt trong ô, chưa đọc được. Hãy đặt hình nổi trên ô câu hỏi."
)
CELL_TOO_LONG = N_("Cột “%(column)s” dài quá %(most)d ký tự.")
BLANK_BETWEEN = N_("Cột “%(column)s” để trống trong khi cột sau có nội dung.")
UNUSED = N_("Cột “%(column)s” không dùng cho loại câu hỏi này nên đã bỏ qua.")
CLEANED = N_("Cột “%(column)s” có mã HTML không được nhận; phần đó đã được bỏ.")
HTML_PICTURE = N_("Cột “%(column)s” có hình trong mã HTML, chưa đọc được.")
BAD_FORMAT = N_("Cột “%(column)s” chỉ nhận “HTML” hoặc để trống.")


@dataclass(frozen=True, slots=True)
class Anchored:
    """A picture that stands in this row, its corner in `column` (from 1); `picture_name` names it.

    `name` is "" when the bytes are no picture that people may send.
    """

    column: int
    name: str
    data: bytes
    alt: str = ""


def picture_name(data: bytes) -> str:
    """Make a bare name from the content, "" for what is no picture or a too large one."""
    ending = next((end for sign, end in SIGNATURES.items() if data.startswith(sign)), "")
    if not ending or len(data) > pictures.MOST_BYTES:
        return ""
    return hashlib.sha256(data).hexdigest()[:16] + ending


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as a codec gives it: its number as people see it, cells by column from 1."""

    number: int
    cells: Mapping[int, Value]
    is_hidden: bool = False
    pictures: tuple[Anchored, ...] = ()


class RowReader:
    def __init__(self, header: Header, row: SheetRow) -> None:
        self.titles = header.titles
        self.columns = header.columns
        self.pictures = row.pictures
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.used: set[Column] = set()
        self.values: dict[Column, Value] = {}
        for at, value in row.cells.items():
            column = header.columns.get(at)
            if column is not None:
                self._keep(column, value)
        self.is_html = self._read_format()

    def title(self, column: Column) -> str:
        return self.titles.get(column, column.title)

    def wrong(self, message: str, **facts: object) -> None:
        self.problems.append(Problem(message, **facts))

    def wrong_at(self, column: Column, error: Invalid) -> None:
        """Take over what the error says; its sentence may name the %(column)s."""
        # A sentence without places is shown as it stands: it may say "100%".
        facts = {"column": self.title(column)} if "%(column)s" in error.message else {}
        self.wrong(error.message, **error.facts, **facts)

    def has(self, column: Column) -> bool:
        return column in self.values

    def value(self, column: Column) -> Value:
        """Give a cell as it is, "" when there is none."""
        self.used.add(column)
        return self.values.get(column, "")

    def text(self, field: Field, index: int = 0, language: str = "") -> str:
        """Give a cell as plain text."""
        return cells.as_text(self.value(Column(field, index, language)))

    def rich(self, field: Field, index: int = 0, language: str = "") -> str:
        """Give a cell as safe HTML when the question is HTML, else as plain text."""
        column = Column(field, index, language)
        text = self.text(field, index, language)
        if not self.is_html or not text:
            return text
        if markup.images(text):
            self.wrong(HTML_PICTURE, column=self.title(column))
        clean = markup.clean(text)
        if len(markup.TAG.findall(clean)) < len(markup.TAG.findall(text)):
            self.notes.append(Problem(CLEANED, column=self.title(column)))
        return clean

    def series(self, field: Field, language: str = "") -> tuple[str, ...]:
        """Give the cells A, B, C … up to the last one that is filled; none between is empty."""
        last = self.last(field, language)
        for index in range(last):
            if not self.has(Column(field, index, language)):
                self.wrong(BLANK_BETWEEN, column=self.title(Column(field, index, language)))
        return tuple(self.rich(field, index, language) for index in range(last))

    def last(self, field: Field, language: str = "") -> int:
        """Count the cells of a series up to the last one that is filled."""
        found = (
            one.index + 1 for one in self.values if one.field is field and one.language == language
        )
        return max(found, default=0)

    def parsed(self, field: Field, parse: Callable[[Value], T]) -> T | None:
        """Give what `parse` makes of a cell, None when empty; its Invalid becomes a problem."""
        column = Column(field)
        if not self.has(column):
            return None
        try:
            return parse(self.value(column))
        except Invalid as error:
            self.wrong_at(column, error)
            return None

    def note_unused(self) -> None:
        self.notes += [
            Problem(UNUSED, column=self.title(column))
            for column in self.values
            if column not in self.used
        ]

    def _keep(self, column: Column, value: Value) -> None:
        if isinstance(value, CellError):
            message = CELL_PICTURE if value.is_picture else CELL_ERROR
            self.wrong(message, column=self.title(column), value=value.shown)
        elif isinstance(value, str) and len(value) > cells.LONGEST_RAW:
            self.wrong(CELL_TOO_LONG, column=self.title(column), most=reading.LONGEST_TEXT)
        elif cells.as_text(value):
            self.values[column] = value

    def _read_format(self) -> bool:
        word = fold(self.text(Field.FORMAT))
        if word not in cells.FORMATS:
            self.wrong(BAD_FORMAT, column=self.title(Column(Field.FORMAT)))
        return cells.FORMATS.get(word, False)
