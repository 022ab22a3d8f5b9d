"""The right answer of a question, by kind, and the share of it that an answer earns."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar, Self, cast

from contest.errors import N_, Invalid
from question_bank.rules.given import (
    Given,
    QuestionType,
    distinct,
    ensure_boolean,
    ensure_index,
    ensure_size,
    plain_number,
)

ONE = Fraction(1)
MOST_RANGES = 10
PARTS_OF_RANGE = 3
SHARE = re.compile(r"-?[0-9]{1,9}(?:/[1-9][0-9]{0,8})?")
BAD_RANGE = N_("Đáp án số và sai số phải là số; sai số không được âm.")
BAD_SHARE = N_("Trọng số phải là một phân số, ví dụ 1/2 hoặc -1/3.")


class PartialPolicy(StrEnum):
    """How much a partly right answer is worth; true_false has no parts.

    proportional: one and several by their author's weights where the key has them (Moodle
    "multichoice": one takes the weight of the option, several the sum of the weights, 0..1);
    else several by +1/R for each right option chosen and -1/W for each wrong one, not below 0;
    ordering by adjacent pairs (Moodle "ordering", relative to the next item, last excluded);
    matching by right places, as Moodle does.
    each_right: several as a row of true/false decisions (multiple true-false, "PS1/n", the
    true/false method of Betts et al., Educ. Psychol. Meas. 82(1), 2022); ordering by absolute
    positions (Moodle "ordering", absolute position); matching by right places.
    """

    ALL_OR_NOTHING = "all_or_nothing"
    PROPORTIONAL = "proportional"
    EACH_RIGHT = "each_right"


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
        """The exact share, -1..1, that a checked answer (not blank) earns.

        Below 0 only by an author's negative weight.
        """

    @abstractmethod
    def as_json(self) -> dict[str, object]:
        """Plain JSON that `key_from_json` reads back to an equal key."""

    @classmethod
    @abstractmethod
    def from_json(cls, data: object) -> Self:
        """Read what `as_json` wrote; anything else raises Invalid."""


@dataclass(frozen=True, slots=True)
class OneKey(Key):
    """Option `right` (from 0) of `size` options.

    `weights`, when the author gave some: one share -1..1 an option, 1 for the right one.
    """

    kind = QuestionType.ONE
    right: int
    size: int
    weights: tuple[Fraction, ...] = ()

    def __post_init__(self) -> None:
        ensure_size(self.size)
        ensure_index(self.right, self.size)
        _ensure_weights(self.weights, self.size)
        if self.weights and self.weights[self.right] != 1:
            raise Invalid(N_("Trọng số của phương án đúng phải là 100%."))

    @property
    def shape(self) -> tuple[int, int]:
        return self.size, 0

    def share(self, given: Given, policy: PartialPolicy) -> Fraction:
        if self.weights and policy is not PartialPolicy.ALL_OR_NOTHING:
            return self.weights[cast("int", given)]
        return Fraction(given == self.right)

    def as_json(self) -> dict[str, object]:
        return {"right": self.right, "size": self.size} | _weights_as_json(self.weights)

    @classmethod
    def from_json(cls, data: object) -> Self:
        right, size, weights = _fields(data, "right", "size", maybe="weights")
        return cls(cast("int", right), cast("int", size), _weights_from_json(weights))


@dataclass(frozen=True, slots=True)
class SeveralKey(Key):
    """Options `right` of `size`; some are right and some are wrong, or ticking all would win.

    `weights`, when the author gave some: one share -1..1 an option, above 0 for the right ones
    only; those of the right ones sum up to 1.
    """

    kind = QuestionType.SEVERAL
    right: frozenset[int]
    size: int
    weights: tuple[Fraction, ...] = ()

    def __post_init__(self) -> None:
        ensure_size(self.size)
        for index in self.right:
            ensure_index(index, self.size)
        if not 0 < len(self.right) < self.size:
            raise Invalid(N_("Câu nhiều lựa chọn cần ít nhất một phương án đúng và một sai."))
        _ensure_weights(self.weights, self.size)
        if self.weights and self.right != {at for at, one in enumerate(self.weights) if one > 0}:
            raise Invalid(N_("Phương án đúng phải có trọng số dương, phương án sai thì không."))
        if self.weights and sum(self.weights[at] for at in self.right) != 1:
            raise Invalid(N_("Trọng số của các phương án đúng phải cộng lại thành 100%."))

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
        if self.weights:
            return min(max(sum((self.weights[at] for at in chosen), Fraction(0)), Fraction(0)), ONE)
        return max(Fraction(0), Fraction(hits, rights) - Fraction(slips, self.size - rights))

    def as_json(self) -> dict[str, object]:
        return {"right": sorted(self.right), "size": self.size} | _weights_as_json(self.weights)

    @classmethod
    def from_json(cls, data: object) -> Self:
        right, size, weights = _fields(data, "right", "size", maybe="weights")
        ensure_size(size)
        indices = frozenset(distinct(right, cast("int", size)))
        return cls(indices, cast("int", size), _weights_from_json(weights))


@dataclass(frozen=True, slots=True)
class TrueFalseKey(Key):
    kind = QuestionType.TRUE_FALSE
    right: bool

    def __post_init__(self) -> None:
        ensure_boolean(self.right)

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
        ensure_size(self.size)

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
    """`right[i]` is the right-hand index of left `i`; one may serve several, some may be decoys."""

    kind = QuestionType.MATCHING
    right: tuple[int, ...]
    size_right: int

    def __post_init__(self) -> None:
        ensure_size(self.size_right)
        ensure_size(len(self.right))
        for index in self.right:
            ensure_index(index, self.size_right)

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
        if not isinstance(right, list):
            raise Invalid(N_("Câu trả lời phải là một danh sách phương án."))
        return cls(tuple(right), cast("int", size_right))


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Numbers within `tolerance` of `value`, both ends in, earn `share` (above 0, at most 1)."""

    value: Decimal
    tolerance: Decimal = Decimal(0)
    share: Fraction = ONE

    def __post_init__(self) -> None:
        if not (self.value.is_finite() and self.tolerance.is_finite() and self.tolerance >= 0):
            raise Invalid(BAD_RANGE)
        if not 0 < self.share <= 1:
            raise Invalid(N_("Phần điểm của một khoảng số phải lớn hơn 0% và không quá 100%."))

    def holds(self, number: Fraction) -> bool:
        return abs(number - Fraction(self.value)) <= Fraction(self.tolerance)


@dataclass(frozen=True, slots=True)
class NumberKey(Key):
    """Right when |given - value| ≤ tolerance, compared exactly.

    `others` are further accepted ranges, a share of 1 or a part each; an answer earns the largest
    share of the ranges it lies in. Under ALL_OR_NOTHING only a share of 1 counts.
    """

    kind = QuestionType.NUMBER
    value: Decimal
    tolerance: Decimal = Decimal(0)
    others: tuple[NumberRange, ...] = ()

    def __post_init__(self) -> None:
        NumberRange(self.value, self.tolerance)
        if len(self.others) > MOST_RANGES:
            raise Invalid(N_("Một câu số có nhiều nhất %(most)d khoảng đáp án."), most=MOST_RANGES)

    def share(self, given: Given, policy: PartialPolicy) -> Fraction:
        number = Fraction(cast("str | int", given))
        ranges = (NumberRange(self.value, self.tolerance), *self.others)
        best = max((one.share for one in ranges if one.holds(number)), default=Fraction(0))
        return Fraction(best == 1) if policy is PartialPolicy.ALL_OR_NOTHING else best

    def as_json(self) -> dict[str, object]:
        data: dict[str, object] = {
            "value": f"{self.value:f}",
            "tolerance": f"{self.tolerance:f}",
        }
        if self.others:
            data["others"] = [
                [f"{one.value:f}", f"{one.tolerance:f}", str(one.share)] for one in self.others
            ]
        return data

    @classmethod
    def from_json(cls, data: object) -> Self:
        value, tolerance, others = _fields(data, "value", "tolerance", maybe="others")
        return cls(_decimal(value), _decimal(tolerance), _ranges(others))


KEYS: Mapping[QuestionType, type[Key]] = {
    kind.kind: kind
    for kind in (OneKey, SeveralKey, TrueFalseKey, OrderingKey, MatchingKey, NumberKey)
}


def key_from_json(kind: QuestionType, data: object) -> Key:
    """Read the key of a question of `kind` from `data`, the JSON `Key.as_json` gives.

    one {right, size} · several {right: [], size} · true_false {right} · ordering {size} ·
    matching {right: [], size_right} · number {value, tolerance} as text. one and several may
    have weights: ["1", "-1/3"]; number others: [[value, tolerance, share]]. Raises Invalid.
    """
    return KEYS[kind].from_json(data)


def _share_of_places(
    given: list[int] | list[int | None], right: range | tuple[int, ...], policy: PartialPolicy
) -> Fraction:
    hits = sum(a == b for a, b in zip(given, right, strict=True))
    if policy is PartialPolicy.ALL_OR_NOTHING:
        return Fraction(hits == len(right))
    return Fraction(hits, len(right))


def _fields(data: object, *names: str, maybe: str | None = None) -> list[object]:
    """Give the values of a key's JSON; `maybe` names one that may be missing (None)."""
    if not isinstance(data, dict) or set(data) - {maybe} != set(names):
        raise Invalid(N_("Đáp án cần có đúng các mục: %(names)s."), names=", ".join(names))
    return [data[name] for name in names] + ([data.get(maybe)] if maybe else [])


def _ensure_weights(weights: tuple[Fraction, ...], size: int) -> None:
    if weights and len(weights) != size:
        raise Invalid(N_("Mỗi phương án cần một trọng số."))
    if not all(-1 <= one <= 1 for one in weights):
        raise Invalid(N_("Trọng số phải từ -100% đến 100%."))


def _weights_as_json(weights: tuple[Fraction, ...]) -> dict[str, object]:
    return {"weights": [str(one) for one in weights]} if weights else {}


def _weights_from_json(data: object) -> tuple[Fraction, ...]:
    if data is None:
        return ()
    if not isinstance(data, list):
        raise Invalid(N_("Mỗi phương án cần một trọng số."))
    return tuple(map(_fraction, data))


def _fraction(data: object) -> Fraction:
    if not isinstance(data, str) or not SHARE.fullmatch(data):
        raise Invalid(BAD_SHARE)
    return Fraction(data)


def _decimal(data: object) -> Decimal:
    text = plain_number(data)
    if text is None:
        raise Invalid(BAD_RANGE)
    return Decimal(text)


def _ranges(data: object) -> tuple[NumberRange, ...]:
    if data is None:
        return ()
    if not isinstance(data, list) or not all(
        isinstance(one, list) and len(one) == PARTS_OF_RANGE for one in data
    ):
        raise Invalid(BAD_RANGE)
    return tuple(NumberRange(_decimal(a), _decimal(b), _fraction(c)) for a, b, c in data)
