"""What an answer is worth: kinds of question, their keys, and the points an answer earns.

Every index here is *authored*: the place of an option in the question as its author wrote it.
What a screen showed is turned back by `drawing.to_authored` before it is marked.

Shapes of a given value (plain JSON; None is a blank), by kind:
one: int · several: list of distinct ints · true_false: bool · ordering: list, the item put first
standing first · matching: list with one right index or None for each left · number: text.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar, Self, cast

from contest.errors import N_, Invalid

Given = bool | int | str | list[int] | list[int | None] | None

CENT = Decimal("0.01")
MOST_POINTS = Decimal(10_000)
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


class PartialPolicy(StrEnum):
    """How much a partly right answer is worth; one, true_false and number have no parts.

    proportional: several by Moodle's multi-answer "multichoice" weights, +1/R for each right
    option chosen and -1/W for each wrong one, not below 0; ordering by adjacent pairs (Moodle
    "ordering", relative to the next item, last excluded); matching by right places, as Moodle does.
    each_right: several as a row of true/false decisions (multiple true-false, "PS1/n", the
    true/false method of Betts et al., Educ. Psychol. Meas. 82(1), 2022); ordering by absolute
    positions (Moodle "ordering", absolute position); matching by right places.
    """

    ALL_OR_NOTHING = "all_or_nothing"
    PROPORTIONAL = "proportional"
    EACH_RIGHT = "each_right"


class Verdict(StrEnum):
    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a question is worth: `points` when right, `wrong` (points, ≥ 0) taken when wrong.

    `floor_at_zero` keeps each single question from going below 0, so that `wrong` takes nothing;
    a floor under the sum of a paper belongs to scoring. Raises Invalid on nonsense.
    """

    points: Decimal
    partial: PartialPolicy = PartialPolicy.ALL_OR_NOTHING
    wrong: Decimal = Decimal(0)
    floor_at_zero: bool = False

    def __post_init__(self) -> None:
        if not (self.points.is_finite() and 0 < self.points <= MOST_POINTS):
            raise Invalid(
                N_("Điểm của câu phải lớn hơn 0 và không quá %(most)s."), most=MOST_POINTS
            )
        if not (self.wrong.is_finite() and 0 <= self.wrong <= MOST_POINTS):
            raise Invalid(N_("Điểm trừ phải từ 0 đến %(most)s."), most=MOST_POINTS)


@dataclass(frozen=True, slots=True)
class Mark:
    """`points`: to 0.01, negative only by a penalty; `fraction`: exact share earned, 0..1."""

    points: Decimal
    fraction: Fraction
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Key(ABC):
    """The right answer of one question; `Invalid` is raised when it contradicts itself."""

    kind: ClassVar[QuestionType]

    @property
    def shape(self) -> tuple[int, int]:
        """(size, size_right) as `check_given` and `drawing.Candidate` want them."""
        return 0, 0

    @abstractmethod
    def share(self, given: Given, policy: PartialPolicy) -> Fraction:
        """The exact share, 0..1, that a checked answer (not blank) earns."""

    @abstractmethod
    def as_json(self) -> dict[str, object]:
        """Plain JSON that `key_from_json` reads back to an equal key."""

    @classmethod
    @abstractmethod
    def from_json(cls, data: object) -> Self:
        """Read what `as_json` wrote; anything else raises Invalid."""


@dataclass(frozen=True, slots=True)
class OneKey(Key):
    """Option `right` (from 0) of `size` options."""

    kind = QuestionType.ONE
    right: int
    size: int

    def __post_init__(self) -> None:
        _ensure_size(self.size)
        _ensure_index(self.right, self.size)

    @property
    def shape(self) -> tuple[int, int]:
        return self.size, 0

    def share(self, given: Given, policy: PartialPolicy) -> Fraction:  # noqa: ARG002 -- no part
        return Fraction(given == self.right)

    def as_json(self) -> dict[str, object]:
        return {"right": self.right, "size": self.size}

    @classmethod
    def from_json(cls, data: object) -> Self:
        right, size = _fields(data, "right", "size")
        return cls(cast("int", right), cast("int", size))


@dataclass(frozen=True, slots=True)
class SeveralKey(Key):
    """Options `right` of `size`; some are right and some are wrong, or ticking all would win."""

    kind = QuestionType.SEVERAL
    right: frozenset[int]
    size: int

    def __post_init__(self) -> None:
        _ensure_size(self.size)
        for index in self.right:
            _ensure_index(index, self.size)
        if not 0 < len(self.right) < self.size:
            raise Invalid(N_("Câu nhiều lựa chọn cần ít nhất một phương án đúng và một sai."))

    @property
    def shape(self) -> tuple[int, int]:
        return self.size, 0

    def share(self, given: Given, policy: PartialPolicy) -> Fraction:
        chosen = frozenset(cast("list[int]", given))
        hits = len(chosen & self.right)
        slips = len(chosen) - hits
        if policy is PartialPolicy.ALL_OR_NOTHING:
            return Fraction(chosen == self.right)
        rights = len(self.right)
        if policy is PartialPolicy.EACH_RIGHT:
            return Fraction(hits + self.size - rights - slips, self.size)
        return max(Fraction(0), Fraction(hits, rights) - Fraction(slips, self.size - rights))

    def as_json(self) -> dict[str, object]:
        return {"right": sorted(self.right), "size": self.size}

    @classmethod
    def from_json(cls, data: object) -> Self:
        right, size = _fields(data, "right", "size")
        _ensure_size(size)
        return cls(frozenset(_indices(right, cast("int", size))), cast("int", size))


@dataclass(frozen=True, slots=True)
class TrueFalseKey(Key):
    kind = QuestionType.TRUE_FALSE
    right: bool

    def __post_init__(self) -> None:
        _check_true_false(0, 0, self.right)

    def share(self, given: Given, policy: PartialPolicy) -> Fraction:  # noqa: ARG002 -- no part
        return Fraction(given is self.right)

    def as_json(self) -> dict[str, object]:
        return {"right": self.right}

    @classmethod
    def from_json(cls, data: object) -> Self:
        (right,) = _fields(data, "right")
        return cls(cast("bool", right))


@dataclass(frozen=True, slots=True)
class OrderingKey(Key):
    """`size` items written in their right order, 0 first."""

    kind = QuestionType.ORDERING
    size: int

    def __post_init__(self) -> None:
        _ensure_size(self.size)

    @property
    def shape(self) -> tuple[int, int]:
        return self.size, 0

    def share(self, given: Given, policy: PartialPolicy) -> Fraction:
        placed = cast("list[int]", given)
        if policy is PartialPolicy.PROPORTIONAL:
            pairs = sum(b == a + 1 for a, b in pairwise(placed))
            return Fraction(pairs, self.size - 1)
        return _share_of_places(placed, range(self.size), policy)

    def as_json(self) -> dict[str, object]:
        return {"size": self.size}

    @classmethod
    def from_json(cls, data: object) -> Self:
        (size,) = _fields(data, "size")
        return cls(cast("int", size))


@dataclass(frozen=True, slots=True)
class MatchingKey(Key):
    """`right[i]` is the right-hand index of left `i`; each is used once, some may be decoys."""

    kind = QuestionType.MATCHING
    right: tuple[int, ...]
    size_right: int

    def __post_init__(self) -> None:
        _ensure_size(self.size_right)
        _ensure_size(len(self.right))
        _indices(list(self.right), self.size_right)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.right), self.size_right

    def share(self, given: Given, policy: PartialPolicy) -> Fraction:
        return _share_of_places(cast("list[int | None]", given), self.right, policy)

    def as_json(self) -> dict[str, object]:
        return {"right": list(self.right), "size_right": self.size_right}

    @classmethod
    def from_json(cls, data: object) -> Self:
        right, size_right = _fields(data, "right", "size_right")
        _ensure_size(size_right)
        return cls(tuple(_indices(right, cast("int", size_right))), cast("int", size_right))


@dataclass(frozen=True, slots=True)
class NumberKey(Key):
    """Right when |given - value| ≤ tolerance, compared exactly."""

    kind = QuestionType.NUMBER
    value: Decimal
    tolerance: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not (self.value.is_finite() and self.tolerance.is_finite() and self.tolerance >= 0):
            raise Invalid(N_("Đáp án số và sai số phải là số; sai số không được âm."))

    def share(self, given: Given, policy: PartialPolicy) -> Fraction:  # noqa: ARG002 -- no part
        off = abs(Fraction(cast("str | int", given)) - Fraction(self.value))
        return Fraction(off <= Fraction(self.tolerance))

    def as_json(self) -> dict[str, object]:
        return {"value": f"{self.value:f}", "tolerance": f"{self.tolerance:f}"}

    @classmethod
    def from_json(cls, data: object) -> Self:
        value, tolerance = (_check_number(0, 0, x) for x in _fields(data, "value", "tolerance"))
        if value is None or tolerance is None:
            raise Invalid(N_("Đáp án số và sai số phải là số; sai số không được âm."))
        return cls(Decimal(value), Decimal(tolerance))


KEYS: Mapping[QuestionType, type[Key]] = {
    kind.kind: kind
    for kind in (OneKey, SeveralKey, TrueFalseKey, OrderingKey, MatchingKey, NumberKey)
}


def key_from_json(kind: QuestionType, data: object) -> Key:
    """Read the key of a question of `kind` from `data`, the JSON `Key.as_json` gives.

    one {right, size} · several {right: [], size} · true_false {right} · ordering {size} ·
    matching {right: [], size_right} · number {value, tolerance} as text. Raises Invalid.
    """
    return KEYS[kind].from_json(data)


def check_given(kind: QuestionType, size: int, size_right: int, value: object) -> Given:
    """Check the shape of a client's raw JSON `value` and give it normalised, None for a blank.

    `size` counts options, items or lefts, `size_right` the right side of a matching (else 0).
    A several comes back sorted, a number as plain decimal text ("3,50" → "3.5"). It costs a few
    microseconds: it runs at each save. Raises Invalid; nothing else, whatever the value.
    """
    return None if value is None else CHECKS[kind](size, size_right, value)


def mark(key: Key, given: Given, scheme: Scheme) -> Mark:
    """Mark a checked, authored answer: points = scheme.points x share, half up to 0.01.

    The share is the policy's (see `PartialPolicy` for the formulas and their sources). A share
    of 0 is wrong and takes `scheme.wrong` points; a blank earns and takes nothing.
    """
    if _is_blank(given):
        return Mark(Decimal("0.00"), Fraction(0), Verdict.BLANK)
    share = key.share(given, scheme.partial)
    points = scheme.points * share.numerator / share.denominator
    if not share and not scheme.floor_at_zero:
        points = -scheme.wrong
    return Mark(points.quantize(CENT, ROUND_HALF_UP) + 0, share, _verdict(share))


def _is_blank(given: Given) -> bool:
    return given is None or (type(given) is list and all(one is None for one in given))


def _verdict(share: Fraction) -> Verdict:
    if not share:
        return Verdict.WRONG
    return Verdict.RIGHT if share == 1 else Verdict.PARTLY


def _share_of_places(
    given: list[int] | list[int | None], right: range | tuple[int, ...], policy: PartialPolicy
) -> Fraction:
    hits = sum(a == b for a, b in zip(given, right, strict=True))
    if policy is PartialPolicy.ALL_OR_NOTHING:
        return Fraction(hits == len(right))
    return Fraction(hits, len(right))


def _fields(data: object, *names: str) -> list[object]:
    if not isinstance(data, dict) or set(data) != set(names):
        raise Invalid(N_("Đáp án cần có đúng các mục: %(names)s."), names=", ".join(names))
    return [data[name] for name in names]


def _ensure_size(size: object) -> None:
    if type(size) is not int or not 2 <= size <= MOST_OPTIONS:  # noqa: PLR2004
        raise Invalid(N_("Số phương án phải từ 2 đến %(most)d."), most=MOST_OPTIONS)


def _ensure_index(index: object, size: int) -> None:
    if type(index) is not int or not 0 <= index < size:
        raise Invalid(N_("Phương án được chọn không có trong câu hỏi này."))


def _ensure_list(value: object, most: int) -> list[object]:
    if type(value) is not list:
        raise Invalid(N_("Câu trả lời phải là một danh sách phương án."))
    if len(cast("list[object]", value)) > most:
        raise Invalid(N_("Câu trả lời có nhiều mục hơn câu hỏi."))
    return cast("list[object]", value)


def _indices(value: object, size: int) -> list[int]:
    indices = cast("list[int]", _ensure_list(value, size))
    for index in indices:
        _ensure_index(index, size)
    if len(set(indices)) < len(indices):
        raise Invalid(N_("Mỗi phương án chỉ được dùng một lần."))
    return indices


def _check_one(size: int, _size_right: int, value: object) -> Given:
    _ensure_index(value, size)
    return cast("int", value)


def _check_several(size: int, _size_right: int, value: object) -> Given:
    return sorted(_indices(value, size)) or None


def _check_true_false(_size: int, _size_right: int, value: object) -> Given:
    if type(value) is not bool:
        raise Invalid(N_("Câu trả lời phải là Đúng hoặc Sai."))
    return value


def _check_ordering(size: int, _size_right: int, value: object) -> Given:
    placed = _indices(value, size)
    if placed and len(placed) < size:
        raise Invalid(N_("Hãy xếp đủ tất cả các mục."))
    return list(placed) or None


def _check_matching(size: int, size_right: int, value: object) -> Given:
    pairs = cast("list[int | None]", _ensure_list(value, size))
    if pairs and len(pairs) < size:
        raise Invalid(N_("Câu ghép đôi cần một ô cho mỗi mục bên trái."))
    if not _indices([one for one in pairs if one is not None], size_right):
        return None
    return list(pairs)


def _check_number(_size: int, _size_right: int, value: object) -> str | None:
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
