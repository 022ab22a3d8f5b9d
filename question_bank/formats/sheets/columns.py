"""The columns of a sheet of questions: what their headings may be, in Vietnamese and English."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from contest.core.spreadsheets import Value
from contest.rules.vietnamese import fold, tidy_name
from question_bank.formats import reading

LETTERS = "ABCDEFGHIJKLMNOPQRST"  # as many as `reading.MOST_OPTIONS`
LONGEST_HEADING = 80  # characters
MOST_ROWS_ABOVE = 30  # titles and remarks that stand above the headings


class Field(StrEnum):
    """What a column holds; the first of these stand first in a file we write."""

    CODE = "code"
    TYPE = "type"
    TOPIC = "topic"
    DIFFICULTY = "difficulty"
    AUDIENCES = "audiences"
    TEXT = "text"
    OPTION = "option"
    RIGHT = "right"
    DECOYS = "decoys"
    ANSWER = "answer"
    WEIGHTS = "weights"
    TOLERANCE = "tolerance"
    RANGES = "ranges"
    UNIT = "unit"
    EXPLANATION = "explanation"
    SOURCE = "source"
    VALID_UNTIL = "valid_until"
    PICTURE = "picture"
    PICTURE_ALT = "picture_alt"
    OPTION_FEEDBACK = "option_feedback"
    FEEDBACK_RIGHT = "feedback_right"
    FEEDBACK_PARTLY = "feedback_partly"
    FEEDBACK_WRONG = "feedback_wrong"
    NAME = "name"
    CATEGORY = "category"
    TAGS = "tags"
    FORMAT = "format"


TITLES: Mapping[Field, str] = {
    Field.CODE: "Mã",
    Field.TYPE: "Loại",
    Field.TOPIC: "Chủ đề",
    Field.DIFFICULTY: "Mức độ",
    Field.AUDIENCES: "Đối tượng",
    Field.TEXT: "Câu hỏi",
    Field.OPTION: "Phương án",
    Field.RIGHT: "Vế phải",
    Field.DECOYS: "Vế phải thừa",
    Field.ANSWER: "Đáp án",
    Field.WEIGHTS: "Trọng số",
    Field.TOLERANCE: "Sai số",
    Field.RANGES: "Khoảng đáp án khác",
    Field.UNIT: "Đơn vị đo",
    Field.EXPLANATION: "Lời giải thích",
    Field.SOURCE: "Nguồn",
    Field.VALID_UNTIL: "Hạn dùng",
    Field.PICTURE: "Hình",
    Field.PICTURE_ALT: "Mô tả hình",
    Field.OPTION_FEEDBACK: "Phản hồi",
    Field.FEEDBACK_RIGHT: "Phản hồi khi đúng",
    Field.FEEDBACK_PARTLY: "Phản hồi khi đúng một phần",
    Field.FEEDBACK_WRONG: "Phản hồi khi sai",
    Field.NAME: "Tên câu hỏi",
    Field.CATEGORY: "Thư mục",
    Field.TAGS: "Từ khoá",
    Field.FORMAT: "Định dạng",
}
# Other headings, without marks and punctuation.
OTHER_NAMES: Mapping[Field, str] = {
    Field.CODE: "ma cau hoi|ma cau|code|id|question id|question code",
    Field.TYPE: "loai cau hoi|loai cau|dang|dang cau hoi|kieu|type|question type|kind",
    Field.TOPIC: "chuyen de|linh vuc|nhom|topic|subject",
    Field.DIFFICULTY: "do kho|muc do nhan thuc|muc|difficulty|level",
    Field.AUDIENCES: "doi tuong du thi|danh cho|audience|audiences",
    Field.TEXT: "noi dung cau hoi|noi dung|de bai|cau|question|question text|text",
    Field.DECOYS: "ve thua|muc gay nhieu|decoys|decoy|extra|distractors",
    Field.ANSWER: (
        "dap an dung|cau tra loi|cau tra loi dung|phuong an dung|ket qua|dap an chinh xac|answer"
        "|correct|correct answer|correct answers|right answer|key|answer key"
    ),
    Field.WEIGHTS: "trong so phuong an|ti le diem|weights|weight",
    Field.TOLERANCE: "dung sai|sai so cho phep|tolerance",
    Field.RANGES: "dap an khac|khoang dap an|ranges|other answers",
    Field.UNIT: "don vi|don vi tinh|unit",
    Field.EXPLANATION: "giai thich|loi giai|giai thich dap an|explanation|rationale",
    Field.SOURCE: "nguon tai lieu|can cu|trich dan|tai lieu|source|reference",
    Field.VALID_UNTIL: "han su dung|dung den ngay|hieu luc den|valid until|expires",
    Field.PICTURE: "hinh anh|anh|ten hinh|tep hinh|picture|image",
    Field.PICTURE_ALT: "mo ta anh|mo ta hinh anh|picture alt|alt|alt text|image description",
    Field.FEEDBACK_RIGHT: "feedback right|correct feedback|feedback when right",
    Field.FEEDBACK_PARTLY: "feedback partly|partially correct feedback|feedback when partly right",
    Field.FEEDBACK_WRONG: "feedback wrong|incorrect feedback|feedback when wrong",
    Field.NAME: "ten|tieu de|name|title",
    Field.CATEGORY: "danh muc|folder|category",
    Field.TAGS: "nhan|the|tags|keywords",
    Field.FORMAT: "dinh dang van ban|format|text format",
}
NUMBERED: Mapping[Field, str] = {
    Field.OPTION: "phuong an|pa|dap an|lua chon|tra loi|cau tra loi|option|choice|answer",
    Field.RIGHT: "ve phai|cot phai|cot b|right|match",
    Field.OPTION_FEEDBACK: "phan hoi|phan hoi phuong an|nhan xet|feedback|option feedback",
}
WITH_NUMBER = re.compile(r"(?:(.+) )?([a-t]|[1-9]|1[0-9]|20)")
TRANSLATED = frozenset({Field.TEXT, Field.OPTION, Field.RIGHT, Field.EXPLANATION})
LANGUAGE = re.compile(r"\(([a-z]{2,3}(?:-[A-Za-z]{2,8})?)\)$")
BRACKETS = re.compile(r"\([^()]*\)")
SIGNS = re.compile(r"[^a-z0-9]+")
ORDINALS = frozenset({"stt", "tt", "so thu tu", "no", "so", "thu tu"})  # nobody misses these
PLAIN_NAMES: Mapping[str, Field] = {
    name: field
    for field, title in TITLES.items()
    if field not in NUMBERED
    for name in (fold(title), *OTHER_NAMES[field].split("|"))
}
NUMBERED_NAMES: Mapping[str, Field] = {
    name: field for field, names in NUMBERED.items() for name in names.split("|")
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `index` (from 0) of an option, a right side or a feedback; "" our own language."""

    field: Field
    index: int = 0
    language: str = ""

    @property
    def title(self) -> str:
        """The heading as we write it."""
        words = TITLES[self.field]
        if self.field is Field.RIGHT:
            words = f"{words} {self.index + 1}"
        elif self.field in NUMBERED:
            words = f"{words} {LETTERS[self.index]}"
        return f"{words} ({self.language})" if self.language else words

    @property
    def position(self) -> tuple[bool, str, int, int]:
        """Where it stands among others in a file we write: translations last."""
        return bool(self.language), self.language, list(Field).index(self.field), self.index


@dataclass(frozen=True, slots=True)
class Header:
    """A row of headings: columns by their numbers, their titles as written, and the odd ones.

    `twins` are two headings that mean the same column; `unknown` those that mean none.
    """

    number: int
    columns: Mapping[int, Column]
    titles: Mapping[Column, str]
    unknown: Mapping[int, str]
    twins: tuple[str, str] | None = None


def recognise(heading: str) -> Column | None:
    """Tell which column a heading names, without regard to marks, case and remarks in brackets."""
    tidy = tidy_name(heading[:LONGEST_HEADING])
    language = LANGUAGE.search(tidy)
    words = words_of(BRACKETS.sub(" ", tidy))
    column = _plain(words)
    if column is not None and language and column.field in TRANSLATED:
        return Column(column.field, column.index, language[1])
    return column


def words_of(text: str) -> str:
    """Give a text without marks, case and signs: "Đúng / Sai" becomes "dung sai"."""
    return SIGNS.sub(" ", fold(text)).strip()


def _plain(words: str) -> Column | None:
    if words in PLAIN_NAMES:
        return Column(PLAIN_NAMES[words])
    found = WITH_NUMBER.fullmatch(words)
    if found is None:
        return None
    name, sign = found[1], found[2]
    index = int(sign) - 1 if sign.isdigit() else LETTERS.index(sign.upper())
    if name is None:  # a bare letter heads an option, a bare number nothing
        return None if sign.isdigit() else Column(Field.OPTION, index)
    field = NUMBERED_NAMES.get(name)
    return Column(field, index) if field and index < reading.MOST_OPTIONS else None


def find(rows: Iterable[tuple[int, Mapping[int, Value]]]) -> Header | None:
    """Find the headings among the first (number, cells): a question and an answer or an option."""
    for seen, (number, cells) in enumerate(rows):
        if seen >= MOST_ROWS_ABOVE:
            return None
        header = _header(number, cells)
        fields = {column.field for column in header.titles if not column.language}
        if Field.TEXT in fields and fields & {Field.OPTION, Field.ANSWER, Field.WEIGHTS}:
            return header
    return None


def _header(number: int, cells: Mapping[int, Value]) -> Header:
    columns: dict[int, Column] = {}
    titles: dict[Column, str] = {}
    unknown: dict[int, str] = {}
    twins = None
    for at, value in cells.items():
        title = tidy_name(value[:LONGEST_HEADING]) if isinstance(value, str) else ""
        column = recognise(title)
        if column is None:
            unknown[at] = title
        elif column in titles:
            twins = twins or (titles[column], title)
        else:
            columns[at], titles[column] = column, title
    return Header(number, columns, titles, unknown, twins)


def is_ordinal(title: str) -> bool:
    """Tell whether a heading without meaning for us only numbers the rows, or is empty."""
    words = words_of(title)
    return not words or words in ORDINALS
