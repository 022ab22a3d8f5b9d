"""Reading questions as TOML: strictly, and every mistake told with its place."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from contest.errors import N_, Problem
from question_bank.formats import reading
from question_bank.formats.reading import DraftQuestion, Feedback, FoundProblem, Parallel, Reading
from question_bank.formats.toml_bodies import body_of
from question_bank.formats.toml_table import (
    MISSING,
    NOT_LIST,
    TOO_LONG,
    Table,
    short,
)
from question_bank.rules.given import QuestionType

LONGEST_LINE = 50_000  # bytes
# tomllib needs time that grows with the square of a dotted key: one of a million parts takes hours.
MOST_DOTS = 300  # in a line
UNKNOWN_DIFFICULTY = 0
MOST_DIFFICULT = 3
CODE = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,8})?")
PICTURE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
LINE_IN_MESSAGE = re.compile(r"\(at line ([0-9]+),")

COMMON = frozenset(
    {
        *("code", "type", "topic", "difficulty", "audiences", "text", "explanation", "source"),
        *("valid_until", "picture", "picture_alt", "parallel"),
        *("html", "name", "category", "tags", "feedback"),
    }
)
OF_TYPE: Mapping[QuestionType, frozenset[str]] = {
    QuestionType.ONE: frozenset({"options", "answer", "weights"}),
    QuestionType.SEVERAL: frozenset({"options", "answer", "weights"}),
    QuestionType.TRUE_FALSE: frozenset({"answer"}),
    QuestionType.ORDERING: frozenset({"options"}),
    QuestionType.MATCHING: frozenset({"pairs", "extra"}),
    QuestionType.NUMBER: frozenset({"answer", "tolerance", "others", "number_unit"}),
}
OF_FEEDBACK = frozenset({"options", "right", "partly", "wrong"})
OF_PARALLEL = frozenset({"text", "options", "rights", "explanation"})

TOO_LARGE = N_("Tệp lớn hơn %(most)d MB. Hãy chia thành nhiều tệp nhỏ hơn.")
NOT_UTF8 = N_("Tệp không phải là văn bản UTF-8. Hãy lưu lại tệp với bảng mã UTF-8.")
LINE_TOO_LONG = N_("Dòng này dài quá %(most)d byte.")
LINE_DOTTED = N_("Dòng này có nhiều hơn %(most)d dấu chấm.")
SYNTAX = N_("Dòng này sai cú pháp TOML: %(reason)s")
SYNTAX_SOMEWHERE = N_("Tệp sai cú pháp TOML: %(reason)s")
NOT_TABLES = N_("Mỗi câu hỏi phải bắt đầu bằng một dòng [[question]].")
UNKNOWN_IN_FILE = N_("Tệp có mục lạ “%(name)s”; chỉ dùng [[question]].")
BAD_TYPE = N_("Loại câu hỏi “%(value)s” không có; hãy dùng một trong các loại: %(types)s.")
BAD_CODE = N_(
    "Mã câu hỏi chỉ gồm chữ không dấu, chữ số và dấu chấm, gạch nối, gạch dưới ở giữa, "
    "ví dụ devices-001."
)
BAD_DIFFICULTY = N_("Độ khó phải là 1, 2 hoặc 3.")
BAD_DATE = N_("Mục “valid_until” phải là một ngày không có ngoặc kép, ví dụ 2027-12-31.")
BAD_HTML = N_("Mục “html” phải là true hoặc false, không có ngoặc kép.")
BAD_FEEDBACK = N_("Lời phản hồi phải ghi thành mục [question.feedback].")
BAD_FEEDBACK_COUNT = N_("Lời phản hồi phải có đúng %(count)d phần, mỗi phương án một phần.")
BAD_PICTURE = N_("Tên hình phải là tên tệp không dấu, không có thư mục, ví dụ qr.png.")
NO_PICTURE = N_("Có “picture_alt” nhưng không có “picture”.")
BAD_PARALLEL = N_("Bản dịch phải ghi thành mục [question.parallel.en], en là mã ngôn ngữ.")
BAD_PARALLEL_COUNT = N_("Bản dịch “%(name)s” phải có đúng %(count)d phần như câu gốc.")
EMPTY_PARALLEL = N_("Bản dịch “%(name)s” không có nội dung.")
DUPLICATE = N_("Mã câu hỏi “%(code)s” đã dùng cho một câu ở trên trong cùng tệp.")


def read(data: bytes) -> Reading:
    """Read a file strictly; whatever the bytes, problems are returned and nothing is raised."""
    document = _document(data)
    if isinstance(document, FoundProblem):
        return Reading((), (document,))
    tables = document.pop("question", [])
    problems = [
        FoundProblem(reading.FILE, Problem(UNKNOWN_IN_FILE, name=short(name)), reading.LEFT_OUT)
        for name in document
    ]
    if not isinstance(tables, list):
        tables, problems = [], [*problems, _refusal(reading.FILE, NOT_TABLES)]
    questions, wrong = _read_tables(tables)
    return Reading(tuple(questions), (*problems, *wrong))


def _document(data: bytes) -> dict[str, Any] | FoundProblem:
    if len(data) > reading.MOST_BYTES:
        return _refusal(reading.FILE, TOO_LARGE, most=reading.MOST_BYTES // 1024**2)
    hostile = _hostile_line(data)
    if hostile is not None:
        return hostile
    try:
        return tomllib.loads(data.decode("utf-8-sig"), parse_float=_decimal)
    except UnicodeDecodeError as error:
        bad_line = data.count(b"\n", 0, error.start) + 1
        return _refusal(f"line {bad_line}", NOT_UTF8)
    except RecursionError:
        return _refusal(reading.FILE, SYNTAX_SOMEWHERE, reason="nested too deeply")
    except ValueError as error:  # TOMLDecodeError, or a number or date Python cannot hold
        return _syntax_error(str(error))


def _hostile_line(data: bytes) -> FoundProblem | None:
    for number, line in enumerate(data.split(b"\n"), 1):
        if len(line) > LONGEST_LINE:
            return _refusal(f"line {number}", LINE_TOO_LONG, most=LONGEST_LINE)
        if line.count(b".") > MOST_DOTS:
            return _refusal(f"line {number}", LINE_DOTTED, most=MOST_DOTS)
    return None


def _syntax_error(message: str) -> FoundProblem:
    found = LINE_IN_MESSAGE.search(message)
    if found is None:
        return _refusal(reading.FILE, SYNTAX_SOMEWHERE, reason=message)
    return _refusal(f"line {found[1]}", SYNTAX, reason=message)


def _refusal(place: str, message: str, **facts: object) -> FoundProblem:
    return FoundProblem(place, Problem(message, **facts), reading.REFUSED)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        return Decimal("NaN")


def _read_tables(tables: list[Any]) -> tuple[list[DraftQuestion], list[FoundProblem]]:
    questions: list[DraftQuestion] = []
    problems: list[FoundProblem] = []
    codes: set[str] = set()
    for number, table in enumerate(tables, 1):
        found: list[Problem] = []
        question = _question(table, found)
        code = short(table["code"]) if isinstance(table, dict) and "code" in table else ""
        if code and code in codes:
            found.append(Problem(DUPLICATE, code=code))
        codes.add(code)
        place = f"question {number} ({code})" if code else f"question {number}"
        problems += [FoundProblem(place, one, reading.LEFT_OUT) for one in found]
        if question is not None and not found:
            questions.append(question)
    return questions, problems


def _question(data: object, problems: list[Problem]) -> DraftQuestion | None:
    if not isinstance(data, dict):
        problems.append(Problem(NOT_TABLES))
        return None
    is_html = data.get("html", False)
    table = Table(data, problems, is_html=is_html is True)
    if type(is_html) is not bool:
        table.wrong(BAD_HTML)
    kind = _kind(table)
    if kind is None:
        return None
    table.refuse_unknown(COMMON | OF_TYPE[kind])
    options, rights, key = body_of(table, kind)
    picture, picture_alt = _picture(table)
    draft: dict[str, Any] = {
        "code": _code(table),
        "type": kind,
        "topic": table.stated("topic", reading.LONGEST_NAME),
        "difficulty": _difficulty(table),
        "audiences": _audiences(table),
        "text": table.text("text", reading.LONGEST_TEXT),
        "explanation": _explanation(table),
        "source": table.stated("source", reading.LONGEST_SOURCE),
        "number_unit": _maybe(table, "number_unit", reading.LONGEST_NAME),
        "valid_until": _valid_until(table),
        "parallel": _parallels(table, len(options), len(rights)),
        "is_html": is_html,
        "name": _maybe(table, "name", reading.LONGEST_TEXT),
        "category": _maybe(table, "category", reading.LONGEST_CATEGORY),
        "tags": _tags(table),
        "feedback": _feedback(table, 2 if kind is QuestionType.TRUE_FALSE else len(options)),
    }
    if problems or key is None:
        return None
    return DraftQuestion(
        options=options, rights=rights, key=key, picture=picture, picture_alt=picture_alt, **draft
    )


def _maybe(table: Table, name: str, most: int) -> str:
    return table.text(name, most, is_needed=False, is_plain=True)


def _explanation(table: Table) -> str:
    if "explanation" not in table.data:
        table.wrong(MISSING, name="explanation")
    return table.text("explanation", reading.LONGEST_EXPLANATION, is_needed=False)


def _audiences(table: Table) -> tuple[str, ...]:
    if "audiences" not in table.data:
        table.wrong(MISSING, name="audiences")
        return ()
    plain = Table(table.data, table.problems)
    return plain.parts("audiences", table.data["audiences"], reading.LONGEST_NAME, fewest=0)


def _tags(table: Table) -> tuple[str, ...]:
    plain = Table(table.data, table.problems)
    return plain.parts("tags", table.data.get("tags", []), reading.LONGEST_TAG, fewest=0)


def _feedback(table: Table, count: int) -> Feedback:
    found = table.data.get("feedback", {})
    if not isinstance(found, dict):
        table.wrong(BAD_FEEDBACK)
        return Feedback()
    inner = table.below(found)
    inner.refuse_unknown(OF_FEEDBACK)
    most = reading.LONGEST_EXPLANATION
    words = {name: inner.text(name, most, is_needed=False) for name in ("right", "partly", "wrong")}
    options = found.get("options", [])
    if not (isinstance(options, list) and all(isinstance(one, str) for one in options)):
        inner.wrong(NOT_LIST, name="options")
        return Feedback()
    clean = tuple(map(inner.clean, options))
    if clean and len(clean) != count:
        inner.wrong(BAD_FEEDBACK_COUNT, count=count)
    if any(len(one) > most for one in clean):
        inner.wrong(TOO_LONG, name="options", most=most)
    return Feedback(clean if any(clean) else (), **words)


def _kind(table: Table) -> QuestionType | None:
    value = table.text("type", reading.LONGEST_NAME, is_plain=True)
    if value in list(QuestionType):
        return QuestionType(value)
    if value:
        table.wrong(BAD_TYPE, value=short(value), types=", ".join(QuestionType))
    return None


def _code(table: Table) -> str:
    code = table.stated("code", reading.LONGEST_CODE)
    if code and not CODE.fullmatch(code):
        table.wrong(BAD_CODE)
    return code


def _difficulty(table: Table) -> int | None:
    value = table.data.get("difficulty")
    if type(value) is int and UNKNOWN_DIFFICULTY <= value <= MOST_DIFFICULT:
        return None if value == UNKNOWN_DIFFICULTY else value
    table.wrong(BAD_DIFFICULTY)
    return None


def _valid_until(table: Table) -> date | None:
    value = table.data.get("valid_until")
    if value is None or type(value) is date:  # a datetime is a date too, but has a time of day
        return value
    table.wrong(BAD_DATE)
    return None


def _picture(table: Table) -> tuple[str | None, str]:
    has_picture = "picture" in table.data
    alt = table.text("picture_alt", reading.LONGEST_ALT, is_needed=has_picture, is_plain=True)
    if not has_picture:
        if alt:
            table.wrong(NO_PICTURE)
        return None, ""
    name = table.text("picture", reading.LONGEST_PICTURE, is_plain=True)
    if name and not PICTURE.fullmatch(name):
        table.wrong(BAD_PICTURE)
    return name, alt


def _parallels(table: Table, options: int, rights: int) -> dict[str, Parallel]:
    found = table.data.get("parallel", {})
    if not isinstance(found, dict):
        table.wrong(BAD_PARALLEL)
        return {}
    parallels = {}
    for language, data in found.items():
        if LANGUAGE.fullmatch(language) and isinstance(data, dict):
            parallels[language] = _parallel(table.below(data), language, options, rights)
        else:
            table.wrong(BAD_PARALLEL)
    return parallels


def _parallel(table: Table, language: str, options: int, rights: int) -> Parallel:
    table.refuse_unknown(OF_PARALLEL)
    parallel = Parallel(
        text=table.text("text", reading.LONGEST_TEXT, is_needed=False),
        options=_parallel_parts(table, "options", options),
        rights=_parallel_parts(table, "rights", rights),
        explanation=table.text("explanation", reading.LONGEST_EXPLANATION, is_needed=False),
    )
    if parallel == Parallel():
        table.wrong(EMPTY_PARALLEL, name=language)
    return parallel


def _parallel_parts(table: Table, name: str, count: int) -> tuple[str, ...]:
    if name not in table.data:
        return ()
    parts = table.texts(name, reading.LONGEST_OPTION)
    if len(parts) != count:
        table.wrong(BAD_PARALLEL_COUNT, name=name, count=count)
    return parts
