"""Questions as TOML: the authors' format, read strictly and written so that it reads back equal."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from contest.errors import N_, Invalid, Problem
from contest.rules.vietnamese import nfc
from question_bank.formats import reading
from question_bank.formats.reading import DraftQuestion, FoundProblem, Parallel, Reading
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    Key,
    MatchingKey,
    NumberKey,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
    key_from_json,
)

LONGEST_LINE = 50_000  # bytes
# tomllib needs time that grows with the square of a dotted key: one of a million parts takes hours.
MOST_DOTS = 300  # in a line
LETTERS = "ABCDEFGHIJ"
MOST_DIFFICULT = 3
NUMBER_BOUND = 10**12
MOST_DECIMALS = 6
CODE = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,8})?")
PICTURE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
LINE_IN_MESSAGE = re.compile(r"\(at line ([0-9]+),")

COMMON = frozenset(
    {
        *("code", "type", "topic", "difficulty", "audiences", "text", "explanation", "source"),
        *("valid_until", "picture", "picture_alt", "parallel"),
    }
)
OF_TYPE: Mapping[QuestionType, frozenset[str]] = {
    QuestionType.ONE: frozenset({"options", "answer"}),
    QuestionType.SEVERAL: frozenset({"options", "answer"}),
    QuestionType.TRUE_FALSE: frozenset({"answer"}),
    QuestionType.ORDERING: frozenset({"options"}),
    QuestionType.MATCHING: frozenset({"pairs", "extra"}),
    QuestionType.NUMBER: frozenset({"answer", "tolerance", "number_unit"}),
}
OF_PARALLEL = frozenset({"text", "options", "rights", "explanation"})

TOO_LARGE = N_("Tệp lớn hơn %(most)d MB. Hãy chia thành nhiều tệp nhỏ hơn.")
NOT_UTF8 = N_("Tệp không phải là văn bản UTF-8. Hãy lưu lại tệp với bảng mã UTF-8.")
LINE_TOO_LONG = N_("Dòng này dài quá %(most)d byte.")
LINE_DOTTED = N_("Dòng này có nhiều hơn %(most)d dấu chấm.")
SYNTAX = N_("Dòng này sai cú pháp TOML: %(reason)s")
SYNTAX_SOMEWHERE = N_("Tệp sai cú pháp TOML: %(reason)s")
NOT_TABLES = N_("Mỗi câu hỏi phải bắt đầu bằng một dòng [[question]].")
UNKNOWN_IN_FILE = N_("Tệp có mục lạ “%(name)s”; chỉ dùng [[question]].")
UNKNOWN_KEY = N_("Mục “%(name)s” không dùng cho loại câu hỏi này hoặc bị gõ nhầm.")
MISSING = N_("Thiếu mục “%(name)s”.")
NOT_TEXT = N_("Mục “%(name)s” phải là văn bản đặt trong dấu ngoặc kép.")
TOO_LONG = N_("Mục “%(name)s” dài quá %(most)d ký tự.")
NOT_LIST = N_("Mục “%(name)s” phải là một danh sách văn bản.")
BAD_COUNT = N_("Mục “%(name)s” phải có từ %(fewest)d đến %(most)d phần.")
REPEATED = N_("Mục “%(name)s” có phần bị lặp lại: “%(value)s”.")
BLANK_PART = N_("Mục “%(name)s” có phần để trống.")
BAD_TYPE = N_("Loại câu hỏi “%(value)s” không có; hãy dùng một trong các loại: %(types)s.")
BAD_CODE = N_(
    "Mã câu hỏi chỉ gồm chữ không dấu, chữ số và dấu chấm, gạch nối, gạch dưới ở giữa, "
    "ví dụ devices-001."
)
BAD_DIFFICULTY = N_("Độ khó phải là 1, 2 hoặc 3.")
BAD_DATE = N_("Mục “valid_until” phải là một ngày không có ngoặc kép, ví dụ 2027-12-31.")
BAD_LETTER = N_("Đáp án “%(value)s” không phải là chữ cái của một phương án, từ A đến %(last)s.")
BAD_LETTERS = N_("Đáp án phải là một danh sách chữ cái khác nhau.")
BAD_BOOLEAN = N_("Đáp án phải là true hoặc false, không có ngoặc kép.")
BAD_NUMBER = N_("Mục “%(name)s” phải là một số nhỏ hơn một nghìn tỉ, nhiều nhất 6 chữ số lẻ.")
BAD_PAIRS = N_("Mục “pairs” phải là danh sách các cặp, mỗi cặp gồm hai văn bản.")
BAD_PICTURE = N_("Tên hình phải là tên tệp không dấu, không có thư mục, ví dụ qr.png.")
NO_PICTURE = N_("Có “picture_alt” nhưng không có “picture”.")
BAD_PARALLEL = N_("Bản dịch phải ghi thành mục [question.parallel.en], en là mã ngôn ngữ.")
BAD_PARALLEL_COUNT = N_("Bản dịch “%(name)s” phải có đúng %(count)d phần như câu gốc.")
EMPTY_PARALLEL = N_("Bản dịch “%(name)s” không có nội dung.")
DUPLICATE = N_("Mã câu hỏi “%(code)s” đã dùng cho một câu ở trên trong cùng tệp.")


# Reading


def read(data: bytes) -> Reading:
    """Read a file strictly; whatever the bytes, problems are returned and nothing is raised."""
    document = _document(data)
    if isinstance(document, FoundProblem):
        return Reading((), (document,))
    tables = document.pop("question", [])
    problems = [
        FoundProblem(reading.FILE, Problem(UNKNOWN_IN_FILE, name=_short(name)), reading.LEFT_OUT)
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


def _short(value: object) -> str:
    return nfc(value if isinstance(value, str) else type(value).__name__)[: reading.LONGEST_CODE]


def _read_tables(tables: list[Any]) -> tuple[list[DraftQuestion], list[FoundProblem]]:
    questions: list[DraftQuestion] = []
    problems: list[FoundProblem] = []
    codes: set[str] = set()
    for number, table in enumerate(tables, 1):
        found: list[Problem] = []
        question = _question(table, found)
        code = _short(table["code"]) if isinstance(table, dict) and "code" in table else ""
        if code and code in codes:
            found.append(Problem(DUPLICATE, code=code))
        codes.add(code)
        place = f"question {number} ({code})" if code else f"question {number}"
        problems += [FoundProblem(place, one, reading.LEFT_OUT) for one in found]
        if question is not None and not found:
            questions.append(question)
    return questions, problems


class _Table:
    """A TOML table being read: gives each value clean, and adds what is wrong to `problems`."""

    def __init__(self, data: Mapping[str, Any], problems: list[Problem]) -> None:
        self.data = data
        self.problems = problems

    def wrong(self, message: str, **facts: object) -> None:
        self.problems.append(Problem(message, **facts))

    def refuse_unknown(self, known: frozenset[str]) -> None:
        for name in self.data:
            if name not in known:
                self.wrong(UNKNOWN_KEY, name=_short(name))

    def text(self, name: str, most: int, *, is_needed: bool = True) -> str:
        value = self.data.get(name, "")
        if not isinstance(value, str):
            self.wrong(NOT_TEXT, name=name)
            return ""
        clean = nfc(value)
        if is_needed and not clean:
            self.wrong(MISSING, name=name)
        if len(clean) > most:
            self.wrong(TOO_LONG, name=name, most=most)
        return clean

    def texts(self, name: str, most: int, *, fewest: int = 1) -> tuple[str, ...]:
        """Return a list of different texts of at most `most` characters each."""
        if name not in self.data:
            self.wrong(MISSING, name=name)
            return ()
        return self.parts(name, self.data[name], most, fewest=fewest)

    def parts(self, name: str, values: object, most: int, *, fewest: int) -> tuple[str, ...]:
        if not (isinstance(values, list) and all(isinstance(one, str) for one in values)):
            self.wrong(NOT_LIST, name=name)
            return ()
        clean = [nfc(one) for one in values]
        if not fewest <= len(clean) <= reading.MOST_OPTIONS:
            self.wrong(BAD_COUNT, name=name, fewest=fewest, most=reading.MOST_OPTIONS)
        if not all(clean):
            self.wrong(BLANK_PART, name=name)
        if any(len(one) > most for one in clean):
            self.wrong(TOO_LONG, name=name, most=most)
        twice = next((one for at, one in enumerate(clean) if one and one in clean[:at]), None)
        if twice is not None:
            self.wrong(REPEATED, name=name, value=twice[: reading.LONGEST_CODE])
        return tuple(clean)

    def number(self, name: str) -> Decimal:
        value = self.data[name]
        is_number = type(value) is int or isinstance(value, Decimal)
        if not is_number or (type(value) is int and abs(value) >= NUMBER_BOUND):
            self.wrong(BAD_NUMBER, name=name)
            return Decimal(0)
        exact = Decimal(value)
        exponent = exact.as_tuple().exponent
        if (
            not isinstance(exponent, int)  # a NaN or an infinity
            or exponent < -MOST_DECIMALS
            or exact.adjusted() >= len(str(NUMBER_BOUND)) - 1
        ):
            self.wrong(BAD_NUMBER, name=name)
            return Decimal(0)
        return exact


Body = tuple[tuple[str, ...], tuple[str, ...], Key | None]  # options, rights, key


def _question(data: object, problems: list[Problem]) -> DraftQuestion | None:
    if not isinstance(data, dict):
        problems.append(Problem(NOT_TABLES))
        return None
    table = _Table(data, problems)
    kind = _kind(table)
    if kind is None:
        return None
    table.refuse_unknown(COMMON | OF_TYPE[kind])
    options, rights, key = _body(table, kind)
    picture, picture_alt = _picture(table)
    draft: dict[str, Any] = {
        "code": _code(table),
        "type": kind,
        "topic": table.text("topic", reading.LONGEST_NAME),
        "difficulty": _difficulty(table),
        "audiences": table.texts("audiences", reading.LONGEST_NAME),
        "text": table.text("text", reading.LONGEST_TEXT),
        "explanation": table.text("explanation", reading.LONGEST_EXPLANATION),
        "source": table.text("source", reading.LONGEST_SOURCE),
        "number_unit": table.text("number_unit", reading.LONGEST_NAME, is_needed=False),
        "valid_until": _valid_until(table),
        "parallel": _parallels(table, len(options), len(rights)),
    }
    if problems or key is None:
        return None
    return DraftQuestion(
        options=options, rights=rights, key=key, picture=picture, picture_alt=picture_alt, **draft
    )


def _kind(table: _Table) -> QuestionType | None:
    value = table.text("type", reading.LONGEST_NAME)
    if value in list(QuestionType):
        return QuestionType(value)
    if value:
        table.wrong(BAD_TYPE, value=_short(value), types=", ".join(QuestionType))
    return None


def _code(table: _Table) -> str:
    code = table.text("code", reading.LONGEST_CODE)
    if code and not CODE.fullmatch(code):
        table.wrong(BAD_CODE)
    return code


def _difficulty(table: _Table) -> int:
    value = table.data.get("difficulty")
    if type(value) is int and 1 <= value <= MOST_DIFFICULT:
        return value
    table.wrong(BAD_DIFFICULTY)
    return 1


def _valid_until(table: _Table) -> date | None:
    value = table.data.get("valid_until")
    if value is None or type(value) is date:  # a datetime is a date too, but has a time of day
        return value
    table.wrong(BAD_DATE)
    return None


def _picture(table: _Table) -> tuple[str | None, str]:
    has_picture = "picture" in table.data
    alt = table.text("picture_alt", reading.LONGEST_ALT, is_needed=has_picture)
    if not has_picture:
        if alt:
            table.wrong(NO_PICTURE)
        return None, ""
    name = table.text("picture", reading.LONGEST_PICTURE)
    if name and not PICTURE.fullmatch(name):
        table.wrong(BAD_PICTURE)
    return name, alt


def _body(table: _Table, kind: QuestionType) -> Body:
    """Read the part that depends on the kind; the key is None when something is wrong."""
    try:
        options, rights, key = BODIES[kind](table)
        # What is stored must be what is read back; this also turns 3.50 into 3.5.
        return options, rights, key and key_from_json(kind, key.as_json())
    except Invalid as error:
        if not table.problems:  # else the key's complaint only repeats one of ours
            table.wrong(error.message, **error.facts)
        return (), (), None


def _choices(table: _Table) -> tuple[str, ...]:
    return table.texts("options", reading.LONGEST_OPTION, fewest=reading.FEWEST_OPTIONS)


def _one(table: _Table) -> Body:
    options = _choices(table)
    right = _letter(table, table.data.get("answer"), len(options))
    return options, (), None if right is None else OneKey(right, len(options))


def _several(table: _Table) -> Body:
    options = _choices(table)
    answer = table.data.get("answer")
    if answer is None:
        table.wrong(MISSING, name="answer")
    elif not isinstance(answer, list) or not answer or _has_twins(answer):
        table.wrong(BAD_LETTERS)
    else:
        rights = [_letter(table, one, len(options)) for one in answer]
        right = frozenset(one for one in rights if one is not None)
        return options, (), SeveralKey(right, len(options)) if right else None
    return options, (), None


def _has_twins(values: list[Any]) -> bool:
    return any(one in values[:at] for at, one in enumerate(values))


def _letter(table: _Table, value: object, size: int) -> int | None:
    if value is None:
        table.wrong(MISSING, name="answer")
    elif not size:
        return None  # the options were complained about
    elif isinstance(value, str) and len(value) == 1 and value in LETTERS[:size]:
        return LETTERS.index(value)
    else:
        table.wrong(BAD_LETTER, value=_short(value), last=LETTERS[:size][-1])
    return None


def _true_false(table: _Table) -> Body:
    answer = table.data.get("answer")
    if type(answer) is bool:
        return (), (), TrueFalseKey(answer)
    table.wrong(BAD_BOOLEAN)
    return (), (), None


def _ordering(table: _Table) -> Body:
    options = _choices(table)
    return options, (), OrderingKey(len(options)) if options else None


def _matching(table: _Table) -> Body:
    pairs = table.data.get("pairs")
    if not isinstance(pairs, list) or not all(map(_is_pair, pairs)):
        table.wrong(BAD_PAIRS)
        return (), (), None
    most, fewest = reading.LONGEST_OPTION, reading.FEWEST_OPTIONS
    extra = table.data.get("extra", [])
    if not isinstance(extra, list):
        table.wrong(NOT_LIST, name="extra")
        return (), (), None
    lefts = table.parts("pairs", [left for left, _ in pairs], most, fewest=fewest)
    both = [*(right for _, right in pairs), *extra]
    rights = table.parts("extra" if extra else "pairs", both, most, fewest=fewest)
    return lefts, rights, MatchingKey(tuple(range(len(lefts))), len(rights))


def _is_pair(value: object) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) for one in value)  # noqa: PLR2004
    )


def _number(table: _Table) -> Body:
    if "answer" not in table.data:
        table.wrong(MISSING, name="answer")
        return (), (), None
    tolerance = table.number("tolerance") if "tolerance" in table.data else Decimal(0)
    return (), (), NumberKey(table.number("answer"), tolerance)


BODIES: Mapping[QuestionType, Callable[[_Table], Body]] = {
    QuestionType.ONE: _one,
    QuestionType.SEVERAL: _several,
    QuestionType.TRUE_FALSE: _true_false,
    QuestionType.ORDERING: _ordering,
    QuestionType.MATCHING: _matching,
    QuestionType.NUMBER: _number,
}


def _parallels(table: _Table, options: int, rights: int) -> dict[str, Parallel]:
    found = table.data.get("parallel", {})
    if not isinstance(found, dict):
        table.wrong(BAD_PARALLEL)
        return {}
    parallels = {}
    for language, data in found.items():
        if LANGUAGE.fullmatch(language) and isinstance(data, dict):
            parallels[language] = _parallel(_Table(data, table.problems), language, options, rights)
        else:
            table.wrong(BAD_PARALLEL)
    return parallels


def _parallel(table: _Table, language: str, options: int, rights: int) -> Parallel:
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


def _parallel_parts(table: _Table, name: str, count: int) -> tuple[str, ...]:
    if name not in table.data:
        return ()
    parts = table.texts(name, reading.LONGEST_OPTION)
    if len(parts) != count:
        table.wrong(BAD_PARALLEL_COUNT, name=name, count=count)
    return parts


# Writing


def write(questions: Iterable[DraftQuestion]) -> bytes:
    """Write questions that `read` gives back equal."""
    return "\n".join(_block(question) for question in questions).encode()


def _block(question: DraftQuestion) -> str:
    lines = ["[[question]]"]
    lines += [f"{name} = {value}" for name, value in _values(question) if value]
    for language, parallel in question.parallel.items():
        lines += ["", f"[question.parallel.{language}]"]
        lines += [f"{name} = {value}" for name, value in _parallel_values(parallel) if value]
    return "\n".join(lines) + "\n"


def _values(question: DraftQuestion) -> Iterable[tuple[str, str]]:
    """Give each key and its TOML, empty for what has no line."""
    yield "code", _quoted(question.code)
    yield "type", _quoted(question.type)
    yield "topic", _quoted(question.topic)
    yield "difficulty", str(question.difficulty)
    yield "audiences", _list(question.audiences)
    yield "text", _quoted(question.text)
    yield from _body_values(question)
    yield "number_unit", _quoted(question.number_unit)
    yield "explanation", _quoted(question.explanation)
    yield "source", _quoted(question.source)
    yield "valid_until", question.valid_until.isoformat() if question.valid_until else ""
    yield "picture", _quoted(question.picture or "")
    yield "picture_alt", _quoted(question.picture_alt)


def _body_values(question: DraftQuestion) -> Iterable[tuple[str, str]]:
    key = question.key
    if isinstance(key, MatchingKey):
        pairs = zip(question.options, question.rights, strict=False)
        yield "pairs", "[\n" + "".join(f"  {_list(pair)},\n" for pair in pairs) + "]"
        yield "extra", _list(question.rights[len(question.options) :])
        return
    if question.options:
        yield "options", "[\n" + "".join(f"  {_quoted(one)},\n" for one in question.options) + "]"
    yield "answer", _answer(key)
    if isinstance(key, NumberKey):
        yield "tolerance", f"{key.tolerance:f}" if key.tolerance else ""


def _answer(key: Key) -> str:
    if isinstance(key, OneKey):
        return _quoted(LETTERS[key.right])
    if isinstance(key, SeveralKey):
        return _list([LETTERS[right] for right in sorted(key.right)])
    if isinstance(key, TrueFalseKey):
        return "true" if key.right else "false"
    if isinstance(key, NumberKey):
        return f"{key.value:f}"
    return ""


def _parallel_values(parallel: Parallel) -> Iterable[tuple[str, str]]:
    yield "text", _quoted(parallel.text)
    yield "options", _list(parallel.options)
    yield "rights", _list(parallel.rights)
    yield "explanation", _quoted(parallel.explanation)


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]" if texts else ""


def _quoted(text: str) -> str:
    """Write a basic string; an empty text has no line at all."""
    clean = nfc(text).replace("\\", "\\\\").replace('"', '\\"')
    escaped = clean.replace("\n", "\\n").replace("\t", "\\t")
    if escaped.count(".") > MOST_DOTS // (reading.MOST_OPTIONS + 1):  # a line may hold all options
        escaped = escaped.replace(".", "\\u002E")
    return f'"{escaped}"' if escaped else ""
