"""Rows of named cells become questions: what a row says, and what is wrong with it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from contest.errors import N_, Problem
from contest.rules.vietnamese import fold
from question_bank.formats import limits, pictures, reading
from question_bank.formats.reading import DraftQuestion, Feedback, FoundProblem, Parallel, Reading
from question_bank.formats.sheets import bodies, cells, columns
from question_bank.formats.sheets.columns import Column, Field, Header
from question_bank.formats.sheets.row import RowReader, SheetRow
from question_bank.rules.given import QuestionType

CODE = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
PICTURE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
TITLES_OF_KINDS = ", ".join(cells.KIND_TITLES.values())

NO_HEADER = N_(
    "Không thấy dòng tiêu đề. Cần có cột “Câu hỏi” và các cột “Phương án A”, “Phương án B”… hoặc "
    "“Đáp án”."
)
TWIN_COLUMNS = N_("Hai cột “%(first)s” và “%(second)s” cùng nghĩa. Hãy bỏ bớt một cột.")
TOO_MANY = N_("Tệp có nhiều hơn %(most)d câu hỏi. Hãy chia thành nhiều tệp nhỏ hơn.")
NO_QUESTION = N_("Tệp chưa có câu hỏi nào dưới dòng tiêu đề.")
UNKNOWN_COLUMN = N_("Cột “%(column)s” không có ý nghĩa với hệ thống nên đã bỏ qua.")
SKIPPED = N_("Dòng này không có câu hỏi nên đã bỏ qua: “%(value)s”.")
HIDDEN = N_("Dòng này đang ẩn trong Excel nhưng vẫn được đọc.")
BAD_TYPE = N_("Cột “%(column)s”: loại “%(value)s” chưa được hỗ trợ. Các loại dùng được: %(types)s.")
NO_TYPE = N_("Không nhận ra loại câu hỏi. Hãy ghi cột “%(column)s”: %(types)s.")
BAD_CODE = N_(
    "Cột “%(column)s”: mã chỉ gồm chữ không dấu, chữ số và dấu chấm, gạch nối, gạch dưới ở giữa, "
    "ví dụ thiet-bi-001."
)
BAD_DIFFICULTY = N_("Cột “%(column)s” phải là Dễ, Trung bình hoặc Khó (hay 1, 2, 3).")
BAD_PICTURE = N_("Cột “%(column)s” phải là tên tệp hình không dấu, không có thư mục, ví dụ qr.png.")
BAD_PICTURE_DATA = N_("Hình ở dòng này lớn hơn %(most)d MB hoặc không phải PNG, JPEG, GIF, WebP.")
LOST_PICTURE = N_("Hình ở dòng này không thuộc câu hỏi nào nên đã bỏ qua.")
SECOND_PICTURE = N_("Mỗi câu hỏi chỉ có một hình; dòng này có %(count)d.")
OPTION_PICTURE = N_("Hình đặt ở cột “%(column)s”; hệ thống chưa nhận hình trong phương án.")
BAD_PARALLEL_COUNT = N_("Bản dịch ở cột “%(column)s” phải có đúng %(count)d phần như câu gốc.")
DUPLICATE = N_("Mã câu hỏi “%(code)s” đã dùng cho một câu ở trên trong cùng tệp.")


def read(rows: Iterable[SheetRow]) -> Reading:
    """Read rows, headings among the first of them; what is wrong is told by the row it is in."""
    rows = tuple(rows)
    header = columns.find((row.number, row.cells) for row in rows)
    if header is None:
        return refused(Problem(NO_HEADER))
    if header.twins:
        return refused(Problem(TWIN_COLUMNS, first=header.twins[0], second=header.twins[1]))
    below = [row for row in rows if row.number > header.number]
    if len(below) > reading.MOST_QUESTIONS:
        return refused(Problem(TOO_MANY, most=reading.MOST_QUESTIONS))
    return _Sheet(header).read(below)


def refused(what: Problem) -> Reading:
    """Say that nothing of the file was read."""
    return Reading((), (FoundProblem(reading.FILE, what, reading.REFUSED),))


class _Sheet:
    """A sheet being read: what its rows gave so far."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.languages = sorted({one.language for one in header.titles if one.language})
        self.questions: list[DraftQuestion] = []
        self.problems: list[FoundProblem] = []
        self.notes: list[FoundProblem] = []
        self.pictures: dict[str, bytes] = {}
        self.codes: set[str] = set()

    def read(self, rows: Iterable[SheetRow]) -> Reading:
        self.note(
            f"row {self.header.number}",
            [
                Problem(UNKNOWN_COLUMN, column=title)
                for title in self.header.unknown.values()
                if not columns.is_ordinal(title)
            ],
        )
        for row in rows:
            self.read_row(row)
        if not self.questions and not self.problems:
            self.note(reading.FILE, [Problem(NO_QUESTION)])
        return Reading(
            tuple(self.questions), tuple(self.problems), tuple(self.notes), self.pictures
        )

    def note(self, place: str, notes: Iterable[Problem]) -> None:
        self.notes += [FoundProblem(place, one, reading.CHANGED) for one in notes]

    def read_row(self, row: SheetRow) -> None:
        place = f"row {row.number}"
        reader = RowReader(self.header, row)
        if not (reader.values or reader.problems):
            stray = _stray(self.header, row)
            self.note(place, [Problem(SKIPPED, value=stray)] if stray else [])
            self.note(place, [Problem(LOST_PICTURE)] if row.pictures else [])
            return
        # A cell with an error of Excel says nothing more of its row.
        question = None if reader.problems else _question(reader, self.languages)
        code = question.code if question else reader.text(Field.CODE)[: reading.LONGEST_CODE]
        if code and code in self.codes:
            reader.wrong(DUPLICATE, code=code)
        self.codes.add(code)
        if question is None or reader.problems:
            said = {str(one): one for one in reader.problems}  # one sentence once
            self.problems += [FoundProblem(place, one, reading.LEFT_OUT) for one in said.values()]
            return
        if question.picture and row.pictures:
            self.pictures[question.picture] = row.pictures[0].data
        self.questions.append(question)
        reader.note_unused()
        self.note(place, [*([Problem(HIDDEN)] if row.is_hidden else []), *reader.notes])


def _stray(header: Header, row: SheetRow) -> str:
    """Give a text that stands outside of the columns we know, "" for none; numbers are no text."""
    known = [at for at in header.unknown if not columns.is_ordinal(header.unknown[at])]
    texts = [
        cells.as_text(value[: cells.LONGEST_RAW])
        for at, value in row.cells.items()
        if isinstance(value, str) and at not in known
    ]
    return next((text[: cells.SHOWN] for text in texts if text and not text.isdigit()), "")


def _question(row: RowReader, languages: Iterable[str]) -> DraftQuestion | None:
    kind = _kind(row)
    if kind is None:
        return None
    options, rights, key = bodies.read(row, kind)
    picture, alt = _picture(row)
    told: dict[str, Any] = {
        "code": _code(row),
        "topic": row.text(Field.TOPIC),
        "difficulty": _difficulty(row),
        "audiences": tuple(dict.fromkeys(cells.split(row.text(Field.AUDIENCES)))),
        "text": row.rich(Field.TEXT),
        "explanation": row.rich(Field.EXPLANATION),
        "source": row.text(Field.SOURCE),
        "number_unit": row.text(Field.UNIT),
        "valid_until": _valid_until(row),
        "name": row.text(Field.NAME),
        "category": row.text(Field.CATEGORY),
        "tags": tuple(dict.fromkeys(cells.split(row.text(Field.TAGS)))),
        "feedback": _feedback(row, len(options)),
    }
    parallel = _parallels(row, languages, len(options), len(rights))
    if row.problems or key is None:
        if not row.problems:
            row.wrong(NO_TYPE, column=row.title(Column(Field.TYPE)), types=TITLES_OF_KINDS)
        return None
    question = DraftQuestion(
        type=kind,
        options=options,
        rights=rights,
        key=key,
        picture=picture,
        picture_alt=alt,
        parallel=parallel,
        is_html=row.is_html,
        **told,
    )
    broken = limits.first_broken(question)
    if broken is not None:
        row.problems.append(broken)
    return question


def _kind(row: RowReader) -> QuestionType | None:
    column = Column(Field.TYPE)
    word = columns.words_of(row.text(Field.TYPE))
    if word and word not in cells.ANY_CHOICE:
        kind = cells.KINDS.get(word)
        if kind is None:
            value = row.text(Field.TYPE)[: cells.SHOWN]
            row.wrong(BAD_TYPE, column=row.title(column), value=value, types=TITLES_OF_KINDS)
        return kind
    kind = bodies.infer(row)
    if kind is None and not row.problems:
        if not row.has(bodies.ANSWER):
            row.wrong(bodies.MISSING, column=row.title(bodies.ANSWER))
        else:
            row.wrong(NO_TYPE, column=row.title(column), types=TITLES_OF_KINDS)
    return kind


def _code(row: RowReader) -> str:
    code = row.text(Field.CODE)
    if code and not CODE.fullmatch(code):
        row.wrong(BAD_CODE, column=row.title(Column(Field.CODE)))
    return code


def _difficulty(row: RowReader) -> int | None:
    word = fold(row.text(Field.DIFFICULTY))
    if word and word not in cells.DIFFICULTIES:
        row.wrong(BAD_DIFFICULTY, column=row.title(Column(Field.DIFFICULTY)))
    return cells.DIFFICULTIES.get(word)


def _valid_until(row: RowReader) -> date | None:
    return row.parsed(Field.VALID_UNTIL, cells.day)


def _picture(row: RowReader) -> tuple[str | None, str]:
    """Give the name and the description of the picture, from its cell or lying over the row."""
    named, alt = row.text(Field.PICTURE), row.text(Field.PICTURE_ALT)
    if named and not PICTURE.fullmatch(named):
        row.wrong(BAD_PICTURE, column=row.title(Column(Field.PICTURE)))
    count = len(row.pictures) + bool(named)
    if count > 1:
        row.wrong(SECOND_PICTURE, count=count)
    for one in row.pictures:
        column = row.columns.get(one.column)
        if column is not None and column.field in {Field.OPTION, Field.RIGHT}:
            row.wrong(OPTION_PICTURE, column=row.title(column))
        elif not one.name:
            row.wrong(BAD_PICTURE_DATA, most=pictures.MOST_BYTES // 1024**2)
        named, alt = one.name, alt or cells.as_text(one.alt)[: reading.LONGEST_ALT]
    if len(named) > reading.LONGEST_PICTURE:
        row.wrong(BAD_PICTURE, column=row.title(Column(Field.PICTURE)))
    return named or None, alt


def _feedback(row: RowReader, size: int) -> Feedback:
    each = tuple(row.rich(Field.OPTION_FEEDBACK, index) for index in range(size))
    return Feedback(
        options=each if any(each) else (),
        right=row.rich(Field.FEEDBACK_RIGHT),
        partly=row.rich(Field.FEEDBACK_PARTLY),
        wrong=row.rich(Field.FEEDBACK_WRONG),
    )


def _parallels(
    row: RowReader, languages: Iterable[str], options: int, rights: int
) -> Mapping[str, Parallel]:
    found = {}
    for language in languages:
        one = Parallel(
            text=row.rich(Field.TEXT, 0, language),
            options=_parallel_series(row, Field.OPTION, language, options),
            rights=_parallel_series(row, Field.RIGHT, language, rights),
            explanation=row.rich(Field.EXPLANATION, 0, language),
        )
        if one != Parallel():
            found[language] = one
    return found


def _parallel_series(row: RowReader, field: Field, language: str, count: int) -> tuple[str, ...]:
    texts = row.series(field, language)
    if texts and len(texts) != count and not row.problems:
        column = Column(field, 0, language)
        row.wrong(BAD_PARALLEL_COUNT, column=row.title(column), count=count)
    return texts
