"""The part of a row that depends on the kind of question: options, right sides, key."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from contest.core.spreadsheets import Value
from contest.errors import N_, Invalid
from contest.rules.vietnamese import fold
from question_bank.formats import weights
from question_bank.formats.sheets import cells
from question_bank.formats.sheets.columns import LETTERS, Column, Field
from question_bank.formats.sheets.row import RowReader
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

Body = tuple[tuple[str, ...], tuple[str, ...], Key | None]  # options, rights, key
NOTHING: Body = ((), (), None)

ANSWER = Column(Field.ANSWER)
# "A", "B." and "đáp án C" name one option; "A, C", "A và C" and "A;C" several.
ONE_LETTER = re.compile(r"(?:(?:dap an|phuong an|cau|option) )?([a-t])[.):]?")
BETWEEN = re.compile(r"\s*[,;/+&]\s*|\s+(?:va|and)\s+|\s+")
JOINED = re.compile("[A-T]{2,20}")
LETTER_AND_TEXT = re.compile(r"([A-Ta-t])\s*[.):]\s*(.+)", re.DOTALL)
POSITIONS = re.compile(r"[0-9]{1,2}(?:[\s,;/+&-]+[0-9]{1,2})*")
# An arrow first: then an equals sign is part of what it joins.
ARROW = re.compile(r"\s*(?:->|=>|→|⇒)\s*")
EQUALS = re.compile(r"\s*=\s*")
PAIR = re.compile(r"([a-t]|[0-9]{1,2})\s*[-–—=:.>→]+\s*([a-t]|[0-9]{1,2})", re.IGNORECASE)

MISSING = N_("Cột “%(column)s” còn trống.")
BAD_ANSWER = N_(
    "Cột “%(column)s”: “%(value)s” không phải là chữ cái (từ A đến %(last)s) hay nội dung của một "
    "phương án."
)
ONE_ANSWER = N_("Câu một đáp án chỉ có một phương án đúng, cột “%(column)s” ghi %(count)d.")
BAD_TRUTH = N_("Cột “%(column)s” phải là Đúng hoặc Sai.")
BAD_COUNT = N_("Cột “%(column)s” phải có đúng %(count)d số, mỗi phương án một số.")
BAD_PAIR = N_(
    "Cột “%(column)s” phải ghi một cặp “trái = phải”. Nếu nội dung có dấu bằng, "
    "hãy dùng mũi tên ->."
)
BAD_PAIRS = N_("Cột “%(column)s” phải ghi cho mỗi vế trái một vế phải, ví dụ A-1; B-3.")
BAD_ORDER = N_("Cột “%(column)s” phải ghi mỗi mục đúng một lần, hoặc để trống.")
NO_OPTIONS = N_("Câu hỏi cần ít nhất hai phương án, ghi ở các cột “%(first)s”, “%(second)s”…")


def infer(row: RowReader) -> QuestionType | None:
    """Tell the kind of a question whose row does not say it; None when nothing tells."""
    options = row.last(Field.OPTION)
    if row.last(Field.RIGHT) or row.has(Column(Field.DECOYS)):
        return QuestionType.MATCHING
    if not options:
        return _infer_without_options(row)
    if row.has(ANSWER):
        found = _chosen([row.text(Field.OPTION, at) for at in range(options)], row.value(ANSWER))
        return QuestionType.SEVERAL if found and len(found) > 1 else QuestionType.ONE
    if row.has(Column(Field.WEIGHTS)):
        given = row.parsed(Field.WEIGHTS, _shares) or ()
        return QuestionType.ONE if Fraction(1) in given else QuestionType.SEVERAL
    texts = [row.text(Field.OPTION, index) for index in range(options)]
    return QuestionType.MATCHING if all(_pair(text) for text in texts) else QuestionType.ONE


def _infer_without_options(row: RowReader) -> QuestionType | None:
    value = row.value(ANSWER)
    if _truth(value) is not None and not isinstance(value, Decimal):
        return QuestionType.TRUE_FALSE
    try:
        cells.one_range(cells.as_text(value)) if isinstance(value, str) else cells.number(value)
    except Invalid as error:
        return QuestionType.NUMBER if error.message == cells.UNCLEAR else None
    return QuestionType.NUMBER


def read(row: RowReader, kind: QuestionType) -> Body:
    """Read the options, right sides and key; the key is None when something is wrong."""
    try:
        options, rights, key = BODIES[kind](row)
        # What is stored must be what is read back; this also turns 3.50 into 3.5.
        return options, rights, key and key_from_json(kind, key.as_json())
    except Invalid as error:
        if not row.problems:  # else the key's complaint only repeats one of ours
            row.wrong(error.message, **error.facts)
        return NOTHING


def _options(row: RowReader) -> tuple[str, ...]:
    options = row.series(Field.OPTION)
    if len(options) < 2:  # noqa: PLR2004 -- as a sentence says
        first, second = (row.title(Column(Field.OPTION, at)) for at in (0, 1))
        row.wrong(NO_OPTIONS, first=first, second=second)
    return options


# One and several


def _one(row: RowReader) -> Body:
    options = _options(row)
    given = _weights(row, len(options))
    right = _rights(row, options, given)
    if len(right) > 1:
        row.wrong(ONE_ANSWER, column=row.title(ANSWER), count=len(right))
    if len(right) != 1 or row.problems:
        return NOTHING
    key = weights.one_key(right[0], given) if given else OneKey(right[0], len(options))
    return options, (), key


def _several(row: RowReader) -> Body:
    options = _options(row)
    given = _weights(row, len(options))
    right = frozenset(_rights(row, options, given))
    if not right or row.problems:
        return NOTHING
    if not given:
        return options, (), SeveralKey(right, len(options))
    SeveralKey(right, len(options), given)  # the answer and the weights must agree
    return options, (), weights.several_key(given)


def _rights(row: RowReader, options: Sequence[str], given: Sequence[Fraction]) -> list[int]:
    if not row.has(ANSWER):
        best = max(given, default=Fraction(0))
        if best <= 0:
            row.wrong(MISSING, column=row.title(ANSWER))
        floor = Fraction(1) if best == 1 else Fraction(0)
        return [at for at, one in enumerate(given) if best > 0 and one > 0 and one >= floor]
    value = row.value(ANSWER)
    found = _chosen(options, value)
    if not found and options:
        facts = {"value": cells.as_text(value)[: cells.SHOWN], "last": LETTERS[len(options) - 1]}
        row.wrong(BAD_ANSWER, column=row.title(ANSWER), **facts)
    return found


def _chosen(options: Sequence[str], value: Value) -> list[int]:
    """Tell which options an answer names: by letters, by their text, by numbers; [] if unclear."""
    text = cells.as_text(value)
    said = [text, f"{value:f}"] if isinstance(value, Decimal) else [text]
    ways: tuple[Callable[[], list[int]], ...] = (
        lambda: _by_letters(text),
        lambda: _by_texts(options, said),
        lambda: _by_joined_letters(text),
        lambda: _by_letter_and_text(options, text),
        lambda: _by_texts(options, re.split(r"[;\n]", text), needs_all=True),
        lambda: _by_positions(text),
    )
    for way in ways:
        found = way()
        if found and max(found) < len(options) and len(set(found)) == len(found):
            return sorted(found)
    return []


def _by_letters(text: str) -> list[int]:
    parts = [part for part in BETWEEN.split(fold(text)) if part]
    whole = ONE_LETTER.fullmatch(fold(text))
    if whole:
        return [LETTERS.index(whole[1].upper())]
    found = [ONE_LETTER.fullmatch(part) for part in parts]
    return [LETTERS.index(one[1].upper()) for one in found if one] if all(found) else []


def _by_joined_letters(text: str) -> list[int]:
    return [LETTERS.index(one) for one in text] if JOINED.fullmatch(text) else []


def _by_letter_and_text(options: Sequence[str], text: str) -> list[int]:
    found = LETTER_AND_TEXT.fullmatch(text)
    index = LETTERS.index(found[1].upper()) if found else len(options)
    is_same = index < len(options) and found is not None and fold(found[2]) == fold(options[index])
    return [index] if is_same else []


def _by_texts(
    options: Sequence[str], texts: Sequence[str], *, needs_all: bool = False
) -> list[int]:
    exact = {option: at for at, option in enumerate(options)}
    folded: dict[str, list[int]] = {}
    for at, option in enumerate(options):
        folded.setdefault(fold(option), []).append(at)
    found = []
    for text in texts:
        alike = folded.get(fold(text), [])
        alike = [exact[text.strip()]] if text.strip() in exact else alike
        if len(alike) == 1:
            found += alike
        elif needs_all:
            return []
    return found[: None if needs_all else 1]


def _by_positions(text: str) -> list[int]:
    if not POSITIONS.fullmatch(text):
        return []
    return [int(one) - 1 for one in re.findall("[0-9]+", text) if int(one) > 0]


def _shares(value: Value) -> tuple[Fraction, ...]:
    return cells.shares(f"{value:f}" if isinstance(value, Decimal) else cells.as_text(value))


def _weights(row: RowReader, size: int) -> tuple[Fraction, ...]:
    given = row.parsed(Field.WEIGHTS, _shares) or ()
    if given and len(given) != size:
        row.wrong(BAD_COUNT, column=row.title(Column(Field.WEIGHTS)), count=size)
    return given


# True or false, numbers


def _truth(value: Value) -> bool | None:
    if isinstance(value, bool):
        return value
    text = cells.as_text(value)
    return None if text in {"D", "d"} else cells.TRUTHS.get(fold(text))  # D is no Đ


def _true_false(row: RowReader) -> Body:
    answer = row.value(ANSWER)
    options = row.series(Field.OPTION)  # "A. Đúng, B. Sai" with a letter for the answer
    chosen = _chosen(options, answer) if options else []
    truth = _truth(options[chosen[0]] if len(chosen) == 1 else answer)
    if not row.has(ANSWER):
        row.wrong(MISSING, column=row.title(ANSWER))
    elif truth is None:
        row.wrong(BAD_TRUTH, column=row.title(ANSWER))
    return NOTHING if truth is None else ((), (), TrueFalseKey(truth))


def _number(row: RowReader) -> Body:
    if not row.has(ANSWER):
        row.wrong(MISSING, column=row.title(ANSWER))
        return NOTHING
    value = row.value(ANSWER)
    try:
        number, tolerance = _value_and_tolerance(value)
    except Invalid as error:
        row.wrong_at(ANSWER, error)
        return NOTHING
    tolerance = row.parsed(Field.TOLERANCE, cells.number) or tolerance
    others = row.parsed(Field.RANGES, lambda one: cells.ranges(cells.as_text(one))) or ()
    return (), (), NumberKey(number, tolerance, others)


def _value_and_tolerance(value: Value) -> tuple[Decimal, Decimal]:
    try:
        return cells.number(value), Decimal(0)
    except Invalid:
        text = cells.as_text(value)
        if "±" not in text and ".." not in text and "đến" not in text:
            raise
        found = cells.one_range(text)
        return found.value, found.tolerance


# Ordering, matching


def _ordering(row: RowReader) -> Body:
    options = _options(row)
    if row.has(ANSWER):
        text = row.text(Field.ANSWER)
        order = _by_letters(re.sub("[->→]+", " ", text)) or _by_joined_letters(text)
        order = order or _by_positions(text)
        if sorted(order) != list(range(len(options))):
            row.wrong(BAD_ORDER, column=row.title(ANSWER))
            return NOTHING
        if order != sorted(order) and (row.last(Field.OPTION_FEEDBACK) or _is_translated(row)):
            row.wrong(BAD_ORDER, column=row.title(ANSWER))  # the others would need the same turn
        options = tuple(options[at] for at in order)
    return options, (), OrderingKey(len(options))


def _is_translated(row: RowReader) -> bool:
    return any(one.language and one.field is Field.OPTION for one in row.values)


def _matching(row: RowReader) -> Body:
    if row.last(Field.RIGHT):
        return _matching_of_columns(row)
    pairs = []
    for index, text in enumerate(_options(row)):
        pair = _pair(text)
        if pair is None:
            row.wrong(BAD_PAIR, column=row.title(Column(Field.OPTION, index)))
        else:
            pairs.append(pair)
    decoys = row.parsed(Field.DECOYS, lambda one: cells.split(cells.as_text(one))) or ()
    if row.problems:
        return NOTHING
    rights = tuple(dict.fromkeys([right for _, right in pairs] + list(decoys)))
    key = MatchingKey(tuple(rights.index(right) for _, right in pairs), len(rights))
    return tuple(left for left, _ in pairs), rights, key


def _pair(text: str) -> tuple[str, str] | None:
    sign = ARROW if ARROW.search(text) else EQUALS
    parts = sign.split(text)
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else None  # noqa: PLR2004


def _matching_of_columns(row: RowReader) -> Body:
    options, said = _options(row), row.series(Field.RIGHT)
    decoys = row.parsed(Field.DECOYS, lambda one: cells.split(cells.as_text(one))) or ()
    rights = tuple(dict.fromkeys((*said, *decoys)))
    places = [rights.index(right) for right in said]
    if row.has(ANSWER):
        chosen = _pairs(row.text(Field.ANSWER), len(options), len(said))
    else:
        chosen = list(range(len(options))) if len(said) >= len(options) else []
    if len(chosen) != len(options):
        row.wrong(BAD_PAIRS, column=row.title(ANSWER))
    if row.problems:
        return NOTHING
    return options, rights, MatchingKey(tuple(places[at] for at in chosen), len(rights))


def _pairs(text: str, lefts: int, rights: int) -> list[int]:
    """Give for each left side its right one; [] when the answer is not A-1; B-3 for every one."""
    found: dict[int, int] = {}
    parts = [part.strip() for part in re.split(r"[;,\n]", text) if part.strip()]
    for part in parts:
        pair = PAIR.fullmatch(part)
        if pair is None:
            return []
        found[_index(pair[1])] = _index(pair[2])
    is_whole = sorted(found) == list(range(lefts)) and len(parts) == lefts
    is_known = all(0 <= right < rights for right in found.values())
    return [found[left] for left in range(lefts)] if is_whole and is_known else []


def _index(sign: str) -> int:
    return int(sign) - 1 if sign.isdigit() else LETTERS.index(sign.upper())


BODIES: Mapping[QuestionType, Callable[[RowReader], Body]] = {
    QuestionType.ONE: _one,
    QuestionType.SEVERAL: _several,
    QuestionType.TRUE_FALSE: _true_false,
    QuestionType.ORDERING: _ordering,
    QuestionType.MATCHING: _matching,
    QuestionType.NUMBER: _number,
}
