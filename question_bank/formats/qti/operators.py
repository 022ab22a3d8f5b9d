"""Values of QTI 2.x and 3.0, and the operators of its expressions.

Source: IMS QTI 2.1 Information Model, 15.2 to 15.4. A null part makes most results null.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial

from contest.errors import Invalid
from question_bank.formats.qti.scoring import UNUSUAL, to_decimal

Scalar = str | Fraction | bool
# A container is a frozenset (cardinality multiple) or a tuple (ordered).
Value = Scalar | frozenset[Scalar] | tuple[Scalar, ...] | None

NUMBERS = frozenset({"integer", "float", "duration"})
PAIR = 2
MOST_BITS = 1000  # of a product


def as_set(value: Value) -> frozenset[Scalar]:
    if value is None:
        return frozenset()
    return frozenset(value) if isinstance(value, tuple | frozenset) else frozenset({value})


def scalar(text: str, base: str) -> Scalar:
    """Read one value of a base type; pairs become "A B", undirected ones in ABC order."""
    text = " ".join(text.split())
    if base in NUMBERS:
        return Fraction(to_decimal(text))
    if base == "boolean":
        return text == "true"
    return " ".join(sorted(text.split())) if base == "pair" else text


def _numbers(parts: Sequence[Value]) -> list[Fraction] | None:
    flat = [one for part in parts for one in (as_set(part) or {None})]
    found = [one for one in flat if isinstance(one, Fraction)]
    return found if len(found) == len(flat) else None


def _sum(parts: Sequence[Value]) -> Value:
    numbers = _numbers(parts)
    return None if numbers is None else sum(numbers, Fraction(0))


def _product(parts: Sequence[Value]) -> Value:
    numbers = _numbers(parts)
    if numbers is None:
        return None
    total = Fraction(1)
    for one in numbers:
        total *= one
    if max(abs(total.numerator), total.denominator).bit_length() > MOST_BITS:
        raise Invalid(UNUSUAL, name="product")
    return total


def _subtract(parts: Sequence[Value]) -> Value:
    numbers = _numbers(parts)
    return None if numbers is None or len(numbers) != PAIR else numbers[0] - numbers[1]


def _divide(parts: Sequence[Value]) -> Value:
    numbers = _numbers(parts)
    return None if numbers is None or not numbers[-1] else numbers[0] / numbers[-1]


def _compared(work: Callable[[Fraction, Fraction], bool], parts: Sequence[Value]) -> Value:
    numbers = _numbers(parts)
    return None if numbers is None or len(numbers) != PAIR else work(numbers[0], numbers[1])


def _matched(parts: Sequence[Value]) -> Value:
    first, second = parts
    return None if first is None or second is None else first == second


def _not(parts: Sequence[Value]) -> Value:
    return None if parts[0] is None else parts[0] is not True


def _and(parts: Sequence[Value]) -> Value:
    return all(one is True for one in parts)


def _or(parts: Sequence[Value]) -> Value:
    return any(one is True for one in parts)


def _member(parts: Sequence[Value]) -> Value:
    return None if None in parts else as_set(parts[0]) <= as_set(parts[1])


def _contains(parts: Sequence[Value]) -> Value:
    return None if None in parts else as_set(parts[1]) <= as_set(parts[0])


def _multiple(parts: Sequence[Value]) -> Value:
    return frozenset(one for part in parts for one in as_set(part)) or None


def _ordered(parts: Sequence[Value]) -> Value:
    flat: list[Scalar] = []
    for part in parts:
        flat += part if isinstance(part, tuple) else as_set(part)
    return tuple(flat) or None


def _is_null(parts: Sequence[Value]) -> Value:
    return parts[0] is None or parts[0] in (frozenset(), ())


def _greatest(parts: Sequence[Value]) -> Value:
    numbers = _numbers(parts)
    return max(numbers) if numbers else None


def _least(parts: Sequence[Value]) -> Value:
    numbers = _numbers(parts)
    return min(numbers) if numbers else None


def _size(parts: Sequence[Value]) -> Value:
    return Fraction(len(as_set(parts[0])))


# Name: how many parts it takes (0: any number) and what it makes of their values.
OPERATORS: Mapping[str, tuple[int, Callable[[Sequence[Value]], Value]]] = {
    "match": (2, _matched),
    "stringMatch": (2, _matched),
    "equal": (2, _matched),
    "index": (1, _is_null),
    "isNull": (1, _is_null),
    "not": (1, _not),
    "and": (0, _and),
    "or": (0, _or),
    "sum": (0, _sum),
    "product": (0, _product),
    "subtract": (2, _subtract),
    "divide": (2, _divide),
    "gt": (2, partial(_compared, lambda a, b: a > b)),
    "gte": (2, partial(_compared, lambda a, b: a >= b)),
    "lt": (2, partial(_compared, lambda a, b: a < b)),
    "lte": (2, partial(_compared, lambda a, b: a <= b)),
    "member": (2, _member),
    "contains": (2, _contains),
    "multiple": (0, _multiple),
    "ordered": (0, _ordered),
    "max": (0, _greatest),
    "min": (0, _least),
    "containerSize": (1, _size),
}
