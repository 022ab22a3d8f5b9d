"""The shape of an answer: kinds of question and what may be given to each.

Every index here is *authored*: the place of an option in the question as its author wrote it.
What a screen showed is turned back by `drawing.to_authored` before it is marked.

Shapes of a given value (plain JSON; None is a blank), by kind:
one: int · several: list of distinct ints · true_false: bool · ordering: list, the item put first
standing first · matching: list with one right index or None for each left, a right one may be
chosen again · number: text.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import cast

from contest.errors import N_, Invalid

Given = bool | int | str | list[int] | list[int | None] | None

MOST_OPTIONS = 100
NUMBER_LENGTH = 20
NUMBER = re.compile(r"([+-]?)([0-9]*)(?:[.,]([0-9]*))?")


class QuestionType(StrEnum):
    ONE = "one"
    SEVERAL = "several"
    TRUE_FALSE = "true_false"
    ORDERING = "ordering"
    MATCHING = "matching"
    NUMBER = "number"


def check_given(kind: QuestionType, size: int, size_right: int, value: object) -> Given:
    """Check the shape of a client's raw JSON `value` and give it normalised, None for a blank.

    `size` counts options, items or lefts, `size_right` the right side of a matching (else 0).
    A several comes back sorted, a number as plain decimal text ("3,50" → "3.5"). It costs a few
    microseconds: it runs at each save. Raises Invalid; nothing else, whatever the value.
    """
    return None if value is None else CHECKS[kind](size, size_right, value)


def ensure_size(size: object) -> None:
    if type(size) is not int or not 2 <= size <= MOST_OPTIONS:  # noqa: PLR2004
        raise Invalid(N_("Số phương án phải từ 2 đến %(most)d."), most=MOST_OPTIONS)


def ensure_index(index: object, size: int) -> None:
    if type(index) is not int or not 0 <= index < size:
        raise Invalid(N_("Phương án được chọn không có trong câu hỏi này."))


def _ensure_list(value: object, most: int) -> list[object]:
    if type(value) is not list:
        raise Invalid(N_("Câu trả lời phải là một danh sách phương án."))
    if len(cast("list[object]", value)) > most:
        raise Invalid(N_("Câu trả lời có nhiều mục hơn câu hỏi."))
    return cast("list[object]", value)


def distinct(value: object, size: int) -> list[int]:
    indices = cast("list[int]", _ensure_list(value, size))
    for index in indices:
        ensure_index(index, size)
    if len(set(indices)) < len(indices):
        raise Invalid(N_("Mỗi phương án chỉ được dùng một lần."))
    return indices


def _check_one(size: int, _size_right: int, value: object) -> Given:
    ensure_index(value, size)
    return cast("int", value)


def _check_several(size: int, _size_right: int, value: object) -> Given:
    return sorted(distinct(value, size)) or None


def ensure_boolean(value: object) -> bool:
    if type(value) is not bool:
        raise Invalid(N_("Câu trả lời phải là Đúng hoặc Sai."))
    return value


def _check_true_false(_size: int, _size_right: int, value: object) -> Given:
    return ensure_boolean(value)


def _check_ordering(size: int, _size_right: int, value: object) -> Given:
    placed = distinct(value, size)
    if placed and len(placed) < size:
        raise Invalid(N_("Hãy xếp đủ tất cả các mục."))
    return list(placed) or None


def _check_matching(size: int, size_right: int, value: object) -> Given:
    pairs = cast("list[int | None]", _ensure_list(value, size))
    if pairs and len(pairs) < size:
        raise Invalid(N_("Câu ghép đôi cần một ô cho mỗi mục bên trái."))
    chosen = [one for one in pairs if one is not None]
    for index in chosen:
        ensure_index(index, size_right)
    return list(pairs) if chosen else None


def _check_number(_size: int, _size_right: int, value: object) -> Given:
    return plain_number(value)


def plain_number(value: object) -> str | None:
    """Give what somebody typed as plain decimal text, None when nothing; raises Invalid."""
    text = _number_text(value)
    if not text:
        return None
    parts = NUMBER.fullmatch(text) if len(text) <= NUMBER_LENGTH else None
    if parts is None or not (parts[2] or parts[3]):
        raise Invalid(N_("Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."))
    decimals = (parts[3] or "").rstrip("0")
    plain = (parts[2].lstrip("0") or "0") + (f".{decimals}" if decimals else "")
    return f"-{plain}" if parts[1] == "-" and plain != "0" else plain


def _number_text(value: object) -> str:
    if type(value) is str:
        return value.strip()
    if type(value) is int and abs(value) < 10 ** (NUMBER_LENGTH - 1):
        return str(value)
    raise Invalid(N_("Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."))


CHECKS: Mapping[QuestionType, Callable[[int, int, object], Given]] = {
    QuestionType.ONE: _check_one,
    QuestionType.SEVERAL: _check_several,
    QuestionType.TRUE_FALSE: _check_true_false,
    QuestionType.ORDERING: _check_ordering,
    QuestionType.MATCHING: _check_matching,
    QuestionType.NUMBER: _check_number,
}
