"""The part of a question in TOML that depends on its kind: options, right sides and key."""

import string
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from contest.errors import N_, Invalid
from question_bank.formats import reading
from question_bank.formats.toml_table import MISSING, NOT_LIST, Table, short
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    PARTS_OF_RANGE,
    SHARE,
    Key,
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
    key_from_json,
)

LETTERS = string.ascii_uppercase[: reading.MOST_OPTIONS]
BAD_LETTER = N_("Đáp án “%(value)s” không phải là chữ cái của một phương án, từ A đến %(last)s.")
BAD_LETTERS = N_("Đáp án phải là một danh sách chữ cái khác nhau.")
BAD_BOOLEAN = N_("Đáp án phải là true hoặc false, không có ngoặc kép.")
BAD_PAIRS = N_("Mục “pairs” phải là danh sách các cặp, mỗi cặp gồm hai văn bản.")
BAD_WEIGHTS = N_('Mục “weights” phải là danh sách phân số, mỗi phương án một, ví dụ "-1/3".')
BAD_OTHERS = N_(
    "Mục “others” phải là danh sách các khoảng số, mỗi khoảng gồm giá trị, sai số và phần điểm, "
    'ví dụ [12.5, 0.5, "1/2"].'
)
Body = tuple[tuple[str, ...], tuple[str, ...], Key | None]  # options, rights, key


def body_of(table: Table, kind: QuestionType) -> Body:
    """Read the part that depends on the kind; the key is None when something is wrong."""
    try:
        options, rights, key = BODIES[kind](table)
        # What is stored must be what is read back; this also turns 3.50 into 3.5.
        return options, rights, key and key_from_json(kind, key.as_json())
    except Invalid as error:
        if not table.problems:  # else the key's complaint only repeats one of ours
            table.wrong(error.message, **error.facts)
        return (), (), None


def _choices(table: Table) -> tuple[str, ...]:
    return table.texts("options", reading.LONGEST_OPTION, fewest=reading.FEWEST_OPTIONS)


def _one(table: Table) -> Body:
    options = _choices(table)
    right = _letter(table, table.data.get("answer"), len(options))
    weights = _weights(table)
    return options, (), None if right is None else OneKey(right, len(options), weights)


def _several(table: Table) -> Body:
    options = _choices(table)
    answer = table.data.get("answer")
    if answer is None:
        table.wrong(MISSING, name="answer")
    elif not isinstance(answer, list) or not answer or _has_twins(answer):
        table.wrong(BAD_LETTERS)
    else:
        rights = [_letter(table, one, len(options)) for one in answer]
        right = frozenset(one for one in rights if one is not None)
        weights = _weights(table)
        return options, (), SeveralKey(right, len(options), weights) if right else None
    return options, (), None


def _weights(table: Table) -> tuple[Fraction, ...]:
    found = table.data.get("weights", [])
    if not isinstance(found, list) or not all(map(_is_share, found)):
        table.wrong(BAD_WEIGHTS)
        return ()
    return tuple(map(Fraction, found))


def _is_share(value: object) -> bool:
    return isinstance(value, str) and SHARE.fullmatch(value) is not None


def _has_twins(values: list[Any]) -> bool:
    return any(one in values[:at] for at, one in enumerate(values))


def _letter(table: Table, value: object, size: int) -> int | None:
    if value is None:
        table.wrong(MISSING, name="answer")
    elif not size:
        return None  # the options were complained about
    elif isinstance(value, str) and len(value) == 1 and value in LETTERS[:size]:
        return LETTERS.index(value)
    else:
        table.wrong(BAD_LETTER, value=short(value), last=LETTERS[:size][-1])
    return None


def _true_false(table: Table) -> Body:
    answer = table.data.get("answer")
    if type(answer) is bool:
        return (), (), TrueFalseKey(answer)
    table.wrong(BAD_BOOLEAN)
    return (), (), None


def _ordering(table: Table) -> Body:
    options = _choices(table)
    return options, (), OrderingKey(len(options)) if options else None


def _matching(table: Table) -> Body:
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
    both = [table.clean(right) for _, right in pairs]  # a right side may serve several left ones
    different = list(dict.fromkeys(both))
    rights = table.parts("extra" if extra else "pairs", [*different, *extra], most, fewest=fewest)
    right = tuple(different.index(one) for one in both)
    return lefts, rights, MatchingKey(right, len(rights)) if rights else None


def _is_pair(value: object) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) for one in value)  # noqa: PLR2004
    )


def _number(table: Table) -> Body:
    if "answer" not in table.data:
        table.wrong(MISSING, name="answer")
        return (), (), None
    value = table.number("answer", table.data["answer"])
    tolerance = table.number("tolerance", table.data.get("tolerance", 0))
    others = table.data.get("others", [])
    if not isinstance(others, list) or not all(map(_is_range, others)):
        table.wrong(BAD_OTHERS)
        return (), (), None
    ranges = [
        NumberRange(table.number("others", a), table.number("others", b), Fraction(share))
        for a, b, share in others
    ]
    return (), (), NumberKey(value, tolerance, tuple(ranges))


def _is_range(value: object) -> bool:
    return isinstance(value, list) and len(value) == PARTS_OF_RANGE and _is_share(value[2])


BODIES: Mapping[QuestionType, Callable[[Table], Body]] = {
    QuestionType.ONE: _one,
    QuestionType.SEVERAL: _several,
    QuestionType.TRUE_FALSE: _true_false,
    QuestionType.ORDERING: _ordering,
    QuestionType.MATCHING: _matching,
    QuestionType.NUMBER: _number,
}
