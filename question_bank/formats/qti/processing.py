"""Response processing of QTI 2.x and 3.0, run on one answer after another.

Source: IMS QTI 2.1 Assessment Test, Section and Item Information Model, 8 "Response Processing"
and 15 "Expressions". Operators that nobody needs for the kinds held here are refused by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import partial

from contest.core.xml import Element
from contest.errors import Invalid
from question_bank.formats.qti.operators import (
    NUMBERS,
    OPERATORS,
    PAIR,
    Scalar,
    Value,
    as_set,
    scalar,
)
from question_bank.formats.qti.scoring import UNUSUAL, Range, to_decimal, to_share
from question_bank.formats.qti.tree import attribute, child, children, inside, name_of, text_of

Values = dict[str, Value]
Expression = Callable[[Values], Value]
Rule = Callable[[Values], None]

MOST_NODES = 1000  # of the processing of one item
MOST_DEEP = 40


class Exit(Exception):
    """The processing ends here."""


@dataclass(slots=True)
class Worths:
    """What each value of a response is worth: the mapping of QTI."""

    entries: dict[Scalar, Fraction]
    default: Fraction = Fraction(0)
    low: Fraction | None = None
    high: Fraction | None = None

    def __call__(self, response: Value) -> Fraction:
        chosen = as_set(response)
        total = sum((self.entries.get(one, self.default) for one in chosen), Fraction(0))
        total = total if self.low is None else max(total, self.low)
        return total if self.high is None else min(total, self.high)


@dataclass(slots=True)
class Declaration:
    """A response or outcome variable as the item declares it."""

    identifier: str
    cardinality: str
    base: str
    correct: Value = None
    default: Value = None
    mapping: Worths | None = None


@dataclass(slots=True)
class Program:
    """The processing of an item, ready to run; `numbers` are what it compares numbers with."""

    responses: dict[str, Declaration]
    outcomes: dict[str, Declaration]
    rules: list[Rule] = field(default_factory=list)
    numbers: set[Decimal] = field(default_factory=set)
    stated: list[Range] = field(default_factory=list)
    is_mapped: bool = False  # it adds up what each chosen value is worth

    def run(self, identifier: str, response: Value) -> Values:
        """Give every outcome for this response; an outcome of numbers begins at 0."""
        values: Values = {
            name: one.default if one.default is not None or one.base not in NUMBERS else Fraction(0)
            for name, one in self.outcomes.items()
        }
        values[identifier] = response
        try:
            for rule in self.rules:
                rule(values)
        except Exit:
            pass
        return values

    def score(self, identifier: str, response: Value) -> Fraction:
        return scored(self.run(identifier, response))


def scored(values: Values) -> Fraction:
    """Give the score among the outcomes; one that is no number is 0, or 1 for true."""
    value = values.get("SCORE")
    return value if isinstance(value, Fraction) else Fraction(value is True)


def declarations(item: Element, kind: str) -> dict[str, Declaration]:
    """Read the responseDeclarations or outcomeDeclarations (`kind`) of an item."""
    return {attribute(one, "identifier"): _declaration(one) for one in children(item, kind)}


def _declaration(element: Element) -> Declaration:
    found = Declaration(
        attribute(element, "identifier"),
        attribute(element, "cardinality", "single"),
        attribute(element, "baseType", "identifier"),
    )
    found.correct = _stated(child(element, "correctResponse"), found)
    found.default = _stated(child(element, "defaultValue"), found)
    mapping = child(element, "mapping")
    if mapping is not None:
        found.mapping = Worths(
            {
                scalar(attribute(one, "mapKey"), found.base): to_share(
                    attribute(one, "mappedValue", "0")
                )
                for one in children(mapping, "mapEntry")
            },
            to_share(attribute(mapping, "defaultValue", "0")),
            _bound(mapping, "lowerBound"),
            _bound(mapping, "upperBound"),
        )
    return found


def _bound(mapping: Element, name: str) -> Fraction | None:
    text = attribute(mapping, name)
    return to_share(text) if text else None


def _stated(element: Element | None, declared: Declaration) -> Value:
    if element is None:
        return None
    values = [scalar(text_of(one), declared.base) for one in children(element, "value")]
    return _contained(values, declared.cardinality)


def _contained(values: Sequence[Scalar], cardinality: str) -> Value:
    if cardinality == "single":
        return values[0] if values else None
    return tuple(values) if cardinality == "ordered" else frozenset(values)


def program(item: Element, identifier: str) -> Program:
    """Make the processing of `item` runnable, `identifier` its one response.

    Raises Invalid naming what it uses that is not known here.
    """
    found = Program(
        declarations(item, "responseDeclaration"), declarations(item, "outcomeDeclaration")
    )
    found.outcomes.setdefault("SCORE", Declaration("SCORE", "single", "float"))
    element = child(item, "responseProcessing")
    template = "" if element is None else attribute(element, "template")
    declared = found.responses[identifier]
    _note_numbers(found, declared)
    if element is not None and len(element):
        if sum(1 for _ in element.iter()) > MOST_NODES:
            raise Invalid(UNUSUAL, name="responseProcessing")
        compiler = _Compiler(found)
        found.rules = [compiler.rule(one, 0) for one in element]
        found.stated = stated_ranges(element, identifier)
        return found
    name = template.rpartition("/")[2].removesuffix(".xml")
    if name not in {"", "match_correct", "map_response", "CC2_match", "CC2_map_response"}:
        raise Invalid(UNUSUAL, name=name[:60])
    is_mapped = name.endswith("map_response") or declared.correct is None
    if is_mapped and declared.mapping is not None:
        found.is_mapped = True
        found.rules = [partial(_set_mapped, declared.mapping, identifier)]
    else:
        found.rules = [partial(_set_matched, declared.correct, identifier)]
    return found


def _set_mapped(mapping: Worths, identifier: str, values: Values) -> None:
    values["SCORE"] = mapping(values.get(identifier))


def _set_matched(correct: Value, identifier: str, values: Values) -> None:
    values["SCORE"] = Fraction(correct is not None and values.get(identifier) == correct)


def _note_numbers(found: Program, declared: Declaration) -> None:
    if declared.base not in NUMBERS:
        return
    keys = as_set(declared.correct)
    if declared.mapping is not None:
        keys |= set(declared.mapping.entries)
    found.numbers |= {_decimal(one) for one in keys if isinstance(one, Fraction)}


def _decimal(number: Fraction) -> Decimal:
    # Made from decimal text or by sums and products of such: a few more digits are exact.
    return to_decimal(f"{Decimal(number.numerator) / Decimal(number.denominator):f}")


class _Compiler:
    """Turns rules and expressions into functions of the values."""

    def __init__(self, found: Program) -> None:
        self.found = found

    def rule(self, element: Element, depth: int) -> Rule:
        name = name_of(element)
        if depth > MOST_DEEP:
            raise Invalid(UNUSUAL, name=name[:60])
        if name == "responseCondition":
            return partial(_first_branch, [self.branch(one, depth) for one in element])
        if name == "setOutcomeValue" and len(element) == 1:
            target = attribute(element, "identifier")
            return partial(_set, target, self.expression(element[0], depth + 1))  # type: ignore[index]
        if name == "responseProcessingFragment":
            return partial(_all_rules, [self.rule(one, depth + 1) for one in element])
        if name == "exitResponse":
            return _exit
        raise Invalid(UNUSUAL, name=name[:60])

    def branch(self, element: Element, depth: int) -> tuple[Expression, list[Rule]]:
        parts = list(element)
        if name_of(element) == "responseElse":
            condition: Expression = _always
        elif parts:
            condition = self.expression(parts.pop(0), depth + 1)
        else:
            raise Invalid(UNUSUAL, name=name_of(element)[:60])
        return condition, [self.rule(one, depth + 1) for one in parts]

    def expression(self, element: Element, depth: int) -> Expression:
        name = name_of(element)
        if depth > MOST_DEEP:
            raise Invalid(UNUSUAL, name=name[:60])
        if name in LEAVES:
            return LEAVES[name](self.found, element)
        count, work = OPERATORS.get(name, (0, None))
        parts = [self.expression(one, depth + 1) for one in element]
        if work is None or (count and len(parts) != count):
            raise Invalid(UNUSUAL, name=name[:60])
        if name == "equal":
            return _equal(self.found, element, parts)
        if name == "index":
            return partial(_indexed, attribute(element, "n"), parts[0])
        return lambda values: work([part(values) for part in parts])


def _set(name: str, expression: Expression, values: Values) -> None:
    values[name] = expression(values)


def _all_rules(rules: list[Rule], values: Values) -> None:
    for rule in rules:
        rule(values)


def _exit(values: Values) -> None:  # noqa: ARG001 -- a rule is a function of the values
    raise Exit


def _always(values: Values) -> Value:  # noqa: ARG001 -- same
    return True


def _first_branch(branches: list[tuple[Expression, list[Rule]]], values: Values) -> None:
    for condition, rules in branches:
        if condition(values) is True:
            _all_rules(rules, values)
            return


# Expressions


def _base_value(found: Program, element: Element) -> Expression:
    value = scalar(text_of(element), attribute(element, "baseType", "identifier"))
    if isinstance(value, Fraction):
        found.numbers.add(_decimal(value))
    return lambda values: value  # noqa: ARG005 -- an expression is a function of the values


def _variable(found: Program, element: Element) -> Expression:  # noqa: ARG001 -- as the others
    name = attribute(element, "identifier")
    return lambda values: values.get(name)


def _correct(found: Program, element: Element) -> Expression:
    declared = found.responses.get(attribute(element, "identifier"))
    value = declared.correct if declared else None
    return lambda values: value  # noqa: ARG005 -- same


def _map_response(found: Program, element: Element) -> Expression:
    name = attribute(element, "identifier")
    declared = found.responses.get(name)
    mapping = declared.mapping if declared else None
    if mapping is None:
        raise Invalid(UNUSUAL, name="mapResponse")
    found.is_mapped = True
    return lambda values: mapping(values.get(name))


def _default(found: Program, element: Element) -> Expression:
    declared = found.outcomes.get(attribute(element, "identifier"))
    value = declared.default if declared else None
    return lambda values: value  # noqa: ARG005 -- same


def _null(found: Program, element: Element) -> Expression:  # noqa: ARG001 -- same
    return lambda values: None  # noqa: ARG005 -- same


LEAVES: Mapping[str, Callable[[Program, Element], Expression]] = {
    "baseValue": _base_value,
    "variable": _variable,
    "correct": _correct,
    "mapResponse": _map_response,
    "default": _default,
    "null": _null,
}


def _equal(found: Program, element: Element, parts: list[Expression]) -> Expression:
    mode = attribute(element, "toleranceMode", "exact")
    sizes = [to_decimal(one) for one in attribute(element, "tolerance", "0").split()] or [
        Decimal(0)
    ]
    below, above = Fraction(sizes[0]), Fraction(sizes[-1])
    is_low_in = attribute(element, "includeLowerBound", "true") != "false"
    is_high_in = attribute(element, "includeUpperBound", "true") != "false"
    if mode not in {"exact", "absolute", "relative"}:
        raise Invalid(UNUSUAL, name="equal")

    def ends(value: Fraction) -> tuple[Fraction, Fraction]:
        if mode == "exact":
            return value, value
        if mode == "absolute":
            return value - below, value + above
        return value * (1 - below / 100), value * (1 + above / 100)

    compared = [scalar(text_of(one), "float") for one in inside(element, "baseValue")]
    for declared in found.responses.values() if child(element, "correct") is not None else ():
        compared += as_set(declared.correct)
    for constant in compared:
        if isinstance(constant, Fraction):
            found.numbers |= {_decimal(one) for one in ends(constant)}

    def work(values: Values) -> Value:
        first, second = (part(values) for part in parts)
        if not (isinstance(first, Fraction) and isinstance(second, Fraction)):
            return None
        low, high = sorted(ends(first))
        return (low < second or (is_low_in and low == second)) and (
            second < high or (is_high_in and second == high)
        )

    return work


def _indexed(number: str, part: Expression, values: Values) -> Value:
    whole = part(values)
    at = int(number) if number.isdecimal() and len(number) < len("1000") else 0
    return whole[at - 1] if isinstance(whole, tuple) and 0 < at <= len(whole) else None


# Ranges as a file lists them


def stated_ranges(processing: Element, identifier: str) -> list[Range]:
    """Give the ranges of conditions that compare the response with two ends and set a score.

    Such a list keeps its order and its overlaps, which trying numbers out cannot tell. What is
    not of this shape is passed over: the caller compares the list with what numbers earn.
    """
    found = []
    for condition in children(processing, "responseCondition"):
        branch = child(condition, "responseIf")
        share = None if branch is None else _constant(child(branch, "setOutcomeValue"))
        ends = None if branch is None else _ends(branch, identifier)
        if share is not None and ends is not None:
            found.append(Range(*ends, share))
    return found


def _constant(rule: Element | None) -> Fraction | None:
    if rule is None or attribute(rule, "identifier") != "SCORE":
        return None
    value = child(rule, "baseValue")
    return None if value is None or len(rule) != 1 else to_share(text_of(value))


def _ends(branch: Element, identifier: str) -> tuple[Decimal, Decimal] | None:
    ends: dict[str, Decimal] = {}
    for comparison in inside(branch, "gte", "lte"):
        variable, value = child(comparison, "variable"), child(comparison, "baseValue")
        if variable is not None and value is not None and len(comparison) == PAIR:
            is_response = attribute(variable, "identifier") == identifier
            if is_response and name_of(next(iter(comparison))) == "variable":
                ends[name_of(comparison)] = to_decimal(text_of(value))
    return (ends["gte"], ends["lte"]) if len(ends) == PAIR else None
