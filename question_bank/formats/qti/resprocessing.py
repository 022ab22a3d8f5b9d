"""The resprocessing of QTI 1.2, run on one answer after another.

Source: IMS QTI ASI 1.2.1 Information Model, 3.4; and what Canvas, Blackboard, Brightspace and
Moodle make of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from contest.core.xml import Element
from contest.errors import Invalid
from question_bank.formats.qti.scoring import UNUSUAL, to_decimal, to_share
from question_bank.formats.qti.tree import attribute, child, children, inside, name_of, text_of

MOST_NODES = 1000  # of the processing of one item
MOST_DEEP = 40

# Each response: the labels chosen, in order; or a number.
Responses = Mapping[str, tuple[str, ...] | Fraction]
Condition = Callable[[Responses], bool]


@dataclass(frozen=True, slots=True)
class Branch:
    """One respcondition."""

    condition: Condition
    sets: tuple[tuple[str, Fraction], ...]  # (action, number) on the score
    shows: frozenset[str]
    is_last: bool  # when it holds, the rest is not looked at
    chosen: tuple[tuple[str, str], ...]  # (response, label) it asks for


@dataclass(slots=True)
class Processing:
    """The processing of an item; `numbers` are what it compares with."""

    branches: list[Branch] = field(default_factory=list)
    numbers: set[Decimal] = field(default_factory=set)
    start: Fraction = Fraction(0)
    low: Fraction | None = None
    high: Fraction | None = None
    adds_up: bool = False

    def run(self, responses: Responses) -> tuple[Fraction, frozenset[str]]:
        """Give the score and the identifiers of the feedback shown."""
        score, shown = self.start, frozenset[str]()
        for branch in self.branches:
            if branch.condition(responses):
                for action, number in branch.sets:
                    score = ACTIONS[action](score, number)
                shown |= branch.shows
                if branch.is_last:
                    break
        score = score if self.low is None else max(score, self.low)
        return (score if self.high is None else min(score, self.high)), shown


ACTIONS: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "set": lambda score, number: number,  # noqa: ARG005 -- an action is a function of both
    "add": lambda score, number: score + number,
    "subtract": lambda score, number: score - number,
}


def processing(item: Element) -> Processing:
    """Make the resprocessing of the item runnable; raises Invalid naming what is unusual."""
    found = Processing()
    element = child(item, "resprocessing")
    if element is None:
        return found
    if sum(1 for _ in element.iter()) > MOST_NODES:
        raise Invalid(UNUSUAL, name="resprocessing")
    variable = _variable(element)
    for one in inside(element, "decvar"):
        if attribute(one, "varname", "SCORE").casefold() == variable:
            found.start = to_share(attribute(one, "defaultval", "0"))
            found.low = _bound(one, "minvalue")
            found.high = _bound(one, "maxvalue")
    actions = {attribute(one, "action").casefold() for one in inside(element, "setvar")}
    found.adds_up = "add" in actions
    for one in children(element, "respcondition"):
        found.branches.append(_branch(found, one, variable))
    return found


def _bound(element: Element, name: str) -> Fraction | None:
    text = attribute(element, name)
    return to_share(text) if text else None


def _variable(element: Element) -> str:
    """Give the name of the score: SCORE, or the only variable that is set (case folded)."""
    names = {_named(one).partition(".")[0] for one in inside(element, "setvar")}
    if len(names) == 1:
        return names.pop()
    return "score"


def _named(setvar: Element) -> str:
    name = attribute(setvar, "varname") or attribute(setvar, "variablename", "SCORE")
    return name.casefold()


def _branch(found: Processing, element: Element, variable: str) -> Branch:
    sets = []
    for one in children(element, "setvar"):
        action = attribute(one, "action", "Set").casefold()
        if _named(one).partition(".")[0] != variable:
            continue
        if action not in ACTIONS:
            raise Invalid(UNUSUAL, name=action[:60])
        sets.append((action, _amount(found, text_of(one))))
    # By the book a condition that holds is the last one unless it says otherwise; but whoever
    # adds points up means all the conditions to be looked at.
    goes_on = attribute(element, "continue", "Yes" if found.adds_up else "No").casefold() == "yes"
    variables = children(element, "conditionvar")
    conditions = [_condition(found, one, 0) for each in variables for one in each]
    shows = frozenset(attribute(one, "linkrefid") for one in children(element, "displayfeedback"))
    is_last = not goes_on and bool(sets or not shows)
    return Branch(
        lambda responses: all(one(responses) for one in conditions),
        tuple(sets),
        shows,
        is_last,
        tuple(pair for each in variables for pair in _chosen(each)),
    )


def _amount(found: Processing, text: str) -> Fraction:
    if text.casefold() == "score.max":
        return found.high or Fraction(1)
    return to_share(text or "0")


def _chosen(element: Element) -> list[tuple[str, str]]:
    """Give what a condition wants chosen: each varequal that no "not" turns around."""
    pairs = []
    for one in element:
        name = name_of(one)
        if name == "varequal":
            pairs.append((attribute(one, "respident"), text_of(one)))
        elif name in {"and", "or"}:
            pairs += _chosen(one)
    return pairs


def _condition(found: Processing, element: Element, depth: int) -> Condition:
    name = name_of(element)
    if depth > MOST_DEEP:
        raise Invalid(UNUSUAL, name=name[:60])
    if name in JOINED:
        parts = [_condition(found, one, depth + 1) for one in element]
        return JOINED[name](parts)
    identifier = attribute(element, "respident")
    if name == "other":
        return lambda responses: True  # noqa: ARG005 -- a condition is a function of the answers
    if name == "unanswered":
        return lambda responses: not _given(responses, identifier)
    if name == "varequal":
        return _equal(found, identifier, text_of(element))
    if name in COMPARED:
        bound = to_decimal(text_of(element))
        found.numbers.add(bound)
        return _compared(identifier, COMPARED[name], Fraction(bound))
    raise Invalid(UNUSUAL, name=name[:60])


def _given(responses: Responses, identifier: str) -> tuple[str, ...] | Fraction | None:
    given = responses.get(identifier)
    return given if given or isinstance(given, Fraction) else None


def _equal(found: Processing, identifier: str, text: str) -> Condition:
    number: Fraction | None = None
    try:
        decimal = to_decimal(text)
        number = Fraction(decimal)
        found.numbers.add(decimal)
    except Invalid:
        pass  # the name of a label

    def holds(responses: Responses) -> bool:
        given = responses.get(identifier, ())
        return given == number if isinstance(given, Fraction) else text in given

    return holds


def _compared(
    identifier: str, work: Callable[[Fraction, Fraction], bool], bound: Fraction
) -> Condition:
    def holds(responses: Responses) -> bool:
        given = responses.get(identifier)
        return isinstance(given, Fraction) and work(given, bound)

    return holds


COMPARED: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "vargt": lambda given, bound: given > bound,
    "vargte": lambda given, bound: given >= bound,
    "varlt": lambda given, bound: given < bound,
    "varlte": lambda given, bound: given <= bound,
}
JOINED: Mapping[str, Callable[[list[Condition]], Condition]] = {
    "and": lambda parts: lambda responses: all(one(responses) for one in parts),
    "or": lambda parts: lambda responses: any(one(responses) for one in parts),
    "not": lambda parts: lambda responses: not any(one(responses) for one in parts),
}
