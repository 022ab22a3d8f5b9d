"""One item of QTI 1.2, as Canvas, Blackboard, Brightspace, Moodle and Common Cartridge write it.

Source: IMS QTI ASI 1.2.1 Information Model and XML Binding. What an item earns is found by running
its resprocessing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from contest.core.xml import Element
from contest.errors import Invalid
from question_bank.formats import markup
from question_bank.formats.qti import feedback, scoring
from question_bank.formats.qti.drafting import MISSING, QUESTION, Sketch, join
from question_bank.formats.qti.material import blocks, materials, said
from question_bank.formats.qti.resprocessing import Processing, Responses, processing
from question_bank.formats.qti.scoring import CONTRADICTS, NO_RIGHT, SIMPLIFIED
from question_bank.formats.qti.tree import attribute, child, children, inside, name_of, text_of
from question_bank.formats.qti.v2 import CANNOT_HOLD, MANY_PARTS, NO_PAIRS, RUBRIC
from question_bank.rules.keys import Key, MatchingKey, OneKey, OrderingKey, TrueFalseKey

RESPONSES = frozenset(
    {"response_lid", "response_str", "response_num", "response_xy", "response_grp"}
    | {"response_extension", "response_na"}
)
# The metadata fields that name the kind of a question, the surest first.
KIND_FIELDS = (
    *("question_type", "cc_profile", "bbmd_questiontype", "qmd_questiontype", "qmd_itemtype"),
)
# Kinds whose answer is no choice, order, pair or number, by what their names hold.
CANNOT = re.compile(
    r"essay|short.(?:answer|response)|fill|fib\b|cloze|blank|dropdown|file|upload|text_only"
    r"|calculated|formula|hot.?spot|jumbled|opinion|likert|quiz.?bowl|pattern|categorization",
    re.IGNORECASE,
)
NUMERIC = re.compile(r"numer", re.IGNORECASE)
TRUE_FALSE = re.compile(r"true.?(?:/|_|or)?.?false", re.IGNORECASE)
MATCHING = re.compile(r"match", re.IGNORECASE)
NUMBER_FIELDS = frozenset({"integer", "decimal", "scientific"})
YES = frozenset({"true", "t", "đúng", "vrai", "verdadero", "wahr"})
NO = frozenset({"false", "f", "sai", "faux", "falso", "falsch"})


@dataclass(slots=True)
class _Item:
    """An item being read."""

    presentation: Element
    sketch: Sketch
    processing: Processing
    kind: str
    names: list[str] = field(default_factory=list)
    answers: list[tuple[frozenset[int], Responses]] = field(default_factory=list)

    def score(self, responses: Responses) -> Fraction:
        return self.processing.run(responses)[0]


def items(root: Element) -> Iterator[tuple[Element, str]]:
    """Give each item and the path of titles it stands in: assessment, then sections."""
    waiting: list[tuple[Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, titles = waiting.pop()
        name = name_of(element)
        if name == "item":
            yield element, "/".join(filter(None, titles))
        elif name in {"questestinterop", "assessment", "objectbank", "section"}:
            inner = (*titles, attribute(element, "title"))
            waiting += [(one, inner) for one in reversed(list(element))]


def read(item: Element, sketch: Sketch) -> None:
    """Fill the sketch from an item; raises Invalid."""
    title = attribute(item, "title")
    sketch.name = "" if title == attribute(item, "ident") else title
    kind = _kind(item)
    presentation = child(item, "presentation")
    if CANNOT.search(kind) and not NUMERIC.search(kind):
        raise Invalid(CANNOT_HOLD, kind=kind)
    if presentation is None:
        raise Invalid(MISSING, name=QUESTION)
    if child(item, "rubric") is not None:
        sketch.note(RUBRIC)
    found = _Item(presentation, sketch, processing(item), kind)
    sketch.text = _text(presentation)
    _body(found)
    _feedback(found, item)


def _kind(item: Element) -> str:
    fields = {
        text_of(child(one, "fieldlabel")).casefold(): text_of(child(one, "fieldentry"))
        for one in inside(item, "qtimetadatafield")
    }
    metadata = child(item, "itemmetadata")
    for one in () if metadata is None else inside(metadata, *KIND_FIELDS):
        fields.setdefault(name_of(one), text_of(one))
    return next((fields[name][:60] for name in KIND_FIELDS if fields.get(name)), "")


def _text(presentation: Element) -> str:
    skipped = {id(one) for one in blocks(presentation, "RIGHT_MATCH_BLOCK")}
    pieces = []
    waiting = list(reversed(list(presentation)))
    while waiting:
        one = waiting.pop()
        if name_of(one) == "material":
            pieces += materials(one)
        elif name_of(one) not in RESPONSES and id(one) not in skipped:
            waiting += reversed(list(one))
    return _joined(pieces)


def _joined(pieces: Sequence[str]) -> str:
    return join([one for one in pieces if markup.plain(one) or markup.images(one)])


def _body(item: _Item) -> None:
    responses = list(inside(item.presentation, *RESPONSES))
    kinds = list(dict.fromkeys(name_of(one) for one in responses))
    if kinds == ["response_lid"] and len(responses) > 1:
        _matching(item, responses)
    elif len(responses) > 1:
        raise Invalid(MANY_PARTS, kinds=item.kind or ", ".join(kinds))
    elif kinds == ["response_lid"]:
        if MATCHING.search(item.kind):
            _matching(item, responses)
        elif attribute(responses[0], "rcardinality").casefold() == "ordered":
            _ordering(item, responses[0])
        else:
            _choice(item, responses[0])
    elif responses and _is_number(item, responses[0]):
        _number(item, responses[0])
    else:
        raise Invalid(CANNOT_HOLD, kind=item.kind or ", ".join(kinds) or "presentation")


def _is_number(item: _Item, response: Element) -> bool:
    if name_of(response) == "response_num" or NUMERIC.search(item.kind):
        return name_of(response) in {"response_num", "response_str"}
    fields = {attribute(one, "fibtype").casefold() for one in inside(response, "render_fib")}
    return bool(fields) and fields <= NUMBER_FIELDS


# Choices


def _choice(item: _Item, response: Element) -> None:
    labels = list(inside(response, "response_label"))
    identifier = attribute(response, "ident")
    texts = [said(one) for one in labels]
    truths = [_truth(text) for text in texts] if TRUE_FALSE.search(item.kind) else []
    if sorted(map(str, truths)) == ["False", "True"] and not truths[0]:
        labels, texts, truths = labels[::-1], texts[::-1], truths[::-1]
    item.names = [attribute(one, "ident") for one in labels]
    item.sketch.options = texts
    if len(set(item.names)) < len(item.names):
        raise Invalid(CONTRADICTS)

    def responses(chosen: frozenset[int]) -> Responses:
        return {identifier: tuple(item.names[at] for at in sorted(chosen))}

    def score(chosen: frozenset[int]) -> Fraction:
        return item.score(responses(chosen))

    size = len(labels)
    if attribute(response, "rcardinality", "Single").casefold() == "multiple":
        right = _right(item, identifier, score)
        key, notes = scoring.several_key(size, score, right, adds_up=item.processing.adds_up)
        for message in notes:
            item.sketch.note(message)
        sets = [key.right, *(frozenset({at}) for at in range(size))]
        item.sketch.key = key
    else:
        one = scoring.one_key(size, score, None)
        item.sketch.key = _one_or_truth(item, one, truths)
        sets = [frozenset({at}) for at in range(size)]
    item.answers = [(chosen, responses(chosen)) for chosen in dict.fromkeys(sets)]


def _truth(text: str) -> bool | None:
    word = markup.plain(text).casefold()
    return True if word in YES else False if word in NO else None


def _one_or_truth(item: _Item, key: OneKey, truths: Sequence[bool | None]) -> Key:
    if list(truths) != [True, False]:
        return key
    item.sketch.options = []
    if key.weights:
        item.sketch.note(SIMPLIFIED)
    return TrueFalseKey(key.right == 0)


def _right(item: _Item, identifier: str, score: scoring.Score) -> frozenset[int]:
    """Find the right options of a choice of several: what conditions that give points ask for."""
    places = {name: at for at, name in enumerate(item.names)}
    asked = [
        frozenset(
            places[name] for one, name in branch.chosen if one == identifier and name in places
        )
        for branch in item.processing.branches
        if any(number > 0 for _, number in branch.sets)
    ]
    together = frozenset[int]().union(*asked)
    singles = frozenset(at for at in range(len(item.names)) if score(frozenset({at})) > 0)
    candidates = [*asked, together, singles]
    best = max(candidates, key=lambda chosen: (score(chosen), -len(chosen)))
    if score(best) <= 0:
        raise Invalid(NO_RIGHT)
    return best


def _ordering(item: _Item, response: Element) -> None:
    identifier = attribute(response, "ident")
    labels = {attribute(one, "ident"): one for one in inside(response, "response_label")}
    orders = [
        [name for one, name in branch.chosen if one == identifier]
        for branch in item.processing.branches
        if any(number > 0 for _, number in branch.sets)
    ]
    order = next((one for one in orders if sorted(one) == sorted(labels)), None)
    if order is None:
        raise Invalid(NO_RIGHT)
    item.sketch.options = [said(labels[name]) for name in order]
    item.sketch.key = OrderingKey(len(order))
    item.answers = [(frozenset(), {identifier: tuple(order)}), (frozenset(), {})]


# Matching


def _matching(item: _Item, responses: Sequence[Element]) -> None:
    lefts = [said_before_labels(one) for one in responses]
    columns = [_rights(item, one) for one in responses]
    is_known = bool(MATCHING.search(item.kind))
    if not is_known and (not all(lefts) or any(set(one) != set(columns[0]) for one in columns)):
        raise Invalid(MANY_PARTS, kinds=item.kind or "response_lid")
    rights = list(dict.fromkeys(text for column in columns for text in column))
    names = [attribute(one, "ident") for one in responses]
    partners = {name: _partner(item, name) for name in names}
    labels = [
        {attribute(one, "ident"): at for at, one in enumerate(inside(each, "response_label"))}
        for each in responses
    ]
    places = []
    for name, known, column in zip(names, labels, columns, strict=True):
        if partners[name] not in known:
            raise Invalid(NO_PAIRS)
        places.append(rights.index(column[known[partners[name]]]))
    item.sketch.options, item.sketch.rights = lefts, rights
    item.sketch.key = MatchingKey(tuple(places), len(rights))
    _weigh(item, {name: (partner,) for name, partner in partners.items()})


def said_before_labels(response: Element) -> str:
    """Give the left side of a pair: the material of a response outside its labels."""
    own = _joined(materials(response, skipped=frozenset({"response_label"})))
    if own:
        return own
    # Blackboard puts it beside the response, in the flow around both.
    parent = response.getparent()
    is_flow = parent is not None and name_of(parent) == "flow"
    return _joined(materials(parent, skipped=RESPONSES)) if parent is not None and is_flow else ""


def _rights(item: _Item, response: Element) -> list[str]:
    texts = [said(one) for one in inside(response, "response_label")]
    if any(texts):
        return texts
    shown = [said(one) for block in blocks(item.presentation, "RIGHT_MATCH_BLOCK") for one in block]
    return shown if len(shown) == len(texts) else texts


def _partner(item: _Item, name: str) -> str:
    branches = item.processing.branches
    gives = [one for one in branches if any(number > 0 for _, number in one.sets)]
    if not any(one.sets for one in branches):  # Blackboard's pairs set no score
        gives = branches
    asked = {label for branch in gives for one, label in branch.chosen if one == name}
    if len(asked) != 1:
        raise Invalid(NO_PAIRS)
    return asked.pop()


def _weigh(item: _Item, right: Mapping[str, tuple[str, ...]]) -> None:
    whole = item.score(right)
    parts = {
        whole - item.score({one: value for one, value in right.items() if one != name})
        for name in right
    }
    if whole > 0 and max(parts) - min(parts) > scoring.NEAR * whole * 10:
        item.sketch.note(SIMPLIFIED)
    item.answers = [(frozenset(), right), (frozenset(), {})]


# Numbers


def _number(item: _Item, response: Element) -> None:
    identifier = attribute(response, "ident")
    points = item.processing.numbers
    item.sketch.key, notes = scoring.number_key(
        points, lambda number: item.score({identifier: number})
    )
    for message in notes:
        item.sketch.note(message)
    right, beyond = Fraction(item.sketch.key.value), Fraction(max(points)) + 1
    item.answers = [(frozenset(), {identifier: one}) for one in (right, beyond)]


# Feedback


def _feedback(item: _Item, element: Element) -> None:
    texts = {attribute(one, "ident"): said(one) for one in children(element, "itemfeedback")}
    runs = [item.processing.run(responses) for _, responses in item.answers]
    top = max((score for score, _ in runs), default=Fraction(0)) or Fraction(1)
    cases = [
        feedback.Case(chosen, score / top, shown)
        for (chosen, _), (score, shown) in zip(item.answers, runs, strict=True)
    ]
    feedback.sort_out(item.sketch, texts, cases, item.names)
