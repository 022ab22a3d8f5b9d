"""One item of QTI 2.0, 2.1, 2.2 or 3.0.

Sources: IMS QTI 2.1 Information Model (2012), 2.2 (2015), 1EdTech QTI 3.0 ASI (2022). What an item
earns is found by running its response processing (`processing`), never by its looks.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from contest.core.xml import Element
from contest.errors import N_, Invalid
from question_bank.formats import labels, markup
from question_bank.formats.qti import feedback, scoring
from question_bank.formats.qti.drafting import MISSING, QUESTION, Sketch, join
from question_bank.formats.qti.operators import NUMBERS, Value, as_set
from question_bank.formats.qti.processing import Program, program, scored
from question_bank.formats.qti.scoring import CONTRADICTS, SIMPLIFIED
from question_bank.formats.qti.tree import (
    attribute,
    child,
    children,
    has_formula,
    html_of,
    inside,
    name_of,
)
from question_bank.formats.reading import Feedback
from question_bank.rules.keys import MatchingKey, OrderingKey, TrueFalseKey

TRUE_FALSE = "true-false"  # the class that tells our own true/false from a choice of two
TRUE, FALSE = "TRUE", "FALSE"
BLANK = "____"  # where a field stood in a sentence; see tree.html_of
HOLLOW = re.compile(r"<(p|div|span)>\s*</\1>")
SIDES = 2

CANNOT_HOLD = N_("Loại câu hỏi “%(kind)s” không dùng được ở đây.")
MANY_PARTS = N_("Câu hỏi gồm nhiều phần trả lời (%(kinds)s), không chuyển sang đây được.")
HAS_TEMPLATE = N_("Câu hỏi sinh số liệu ngẫu nhiên (templateDeclaration), không chuyển được.")
HAS_STIMULUS = N_("Câu hỏi dựa vào một bài đọc nằm ngoài câu hỏi, không chuyển được.")
HAS_FORMULA = N_("Câu hỏi có công thức MathML, không chuyển được.")
NO_PAIRS = N_("Câu ghép đôi này không cho mỗi mục bên trái đúng một mục bên phải.")
TWO_COLUMNS = N_("Các mục vốn để chung một nhóm nay được chia thành hai cột để ghép.")
RUBRIC = N_("Hướng dẫn chấm hoặc hướng dẫn riêng (rubricBlock) của câu hỏi không được giữ.")
CATALOG = N_("Nội dung hỗ trợ tiếp cận (catalog) của câu hỏi không được giữ.")

Answers = list[tuple[frozenset[int], Value]]  # what is chosen, and the response that says so


@dataclass(slots=True)
class _Item:
    """An item being read."""

    element: Element
    body: Element
    interaction: Element
    sketch: Sketch
    program: Program
    response: str
    names: list[str] = field(default_factory=list)  # of the options, as the item identifies them
    answers: Answers = field(default_factory=list)  # tried out to find whom feedback is for

    def score(self, value: Value) -> Fraction:
        return self.program.score(self.response, value)


def read(item: Element, sketch: Sketch) -> None:
    """Fill the sketch (its tags are there) from an assessmentItem; raises Invalid."""
    title = attribute(item, "title")
    sketch.name = "" if title == attribute(item, "identifier") else title
    body = child(item, "itemBody")
    if child(item, "templateDeclaration") is not None:
        raise Invalid(HAS_TEMPLATE)
    if child(item, "assessmentStimulusRef") is not None:
        raise Invalid(HAS_STIMULUS)
    if body is None:
        raise Invalid(MISSING, name=QUESTION)
    interaction = _interaction(body)
    if has_formula(body):
        raise Invalid(HAS_FORMULA)
    for name, message in (("rubricBlock", RUBRIC), ("catalogInfo", CATALOG)):
        if next(inside(item, name), None) is not None:
            sketch.note(message)
    response = attribute(interaction, "responseIdentifier")
    declared = [attribute(one, "identifier") for one in children(item, "responseDeclaration")]
    if response not in declared:
        raise Invalid(MISSING, name="responseDeclaration")
    found = _Item(item, body, interaction, sketch, program(item, response), response)
    KINDS[name_of(interaction)](found)
    sketch.text = _text(found)
    _feedback(found)


def _interaction(body: Element) -> Element:
    found = [one for one in body.iter() if name_of(one).endswith("Interaction")]
    kinds = list(dict.fromkeys(name_of(one)[:60] for one in found))
    unknown = next((kind for kind in kinds if kind not in KINDS), None)
    if unknown is not None:
        raise Invalid(CANNOT_HOLD, kind=unknown)
    if len(found) > 1:
        raise Invalid(MANY_PARTS, kinds=", ".join(kinds))
    if not found:
        raise Invalid(CANNOT_HOLD, kind="itemBody")
    return found[0]


def _text(item: _Item) -> str:
    body = html_of(item.body, frozenset({name_of(item.interaction)}))
    unit = labels.read(item.sketch.tags).number_unit
    if unit:
        # Our own packages show the unit behind the field; here it has a place of its own.
        body = body.removesuffix(f"<p>{BLANK} {markup.escape(unit)}</p>")
    while (bare := HOLLOW.sub("", body)) != body:
        body = bare.strip()
    prompt = child(item.interaction, "prompt")
    pieces = [body, "" if prompt is None else html_of(prompt)]
    return join([one for one in pieces if markup.plain(one) or markup.images(one)])


# The kinds of interaction


def _choice(item: _Item) -> None:
    is_marked = TRUE_FALSE in attribute(item.interaction, "class").split()
    choices = children(item.interaction, "simpleChoice", "inlineChoice")
    item.names = [attribute(one, "identifier") for one in choices]
    item.sketch.options = [html_of(one) for one in choices]
    declared = item.program.responses[item.response]
    if len(set(item.names)) < len(item.names) or declared.cardinality == "ordered":
        raise Invalid(CONTRADICTS)
    is_one = declared.cardinality == "single" or attribute(item.interaction, "maxChoices") == "1"
    right = _indices(item, declared.correct)
    if is_one:
        _choice_of_one(item, right, is_true_false=is_marked)
    else:
        score = _scorer(item)
        adds_up = item.program.is_mapped
        key, notes = scoring.several_key(len(item.names), score, right, adds_up=adds_up)
        item.sketch.key = key
        for message in notes:
            item.sketch.note(message)
        sets = [key.right, *(frozenset({at}) for at in range(len(item.names)))]
        item.answers = [(chosen, _chosen(item, chosen)) for chosen in dict.fromkeys(sets)]


def _choice_of_one(item: _Item, right: frozenset[int] | None, *, is_true_false: bool) -> None:
    if right is not None and len(right) != 1:
        raise Invalid(CONTRADICTS)
    key = scoring.one_key(len(item.names), _scorer(item), None if right is None else min(right))
    item.sketch.key = key
    item.answers = [
        (frozenset({at}), _chosen(item, frozenset({at}))) for at in range(len(item.names))
    ]
    if is_true_false and item.names == [TRUE, FALSE]:
        item.sketch.key = TrueFalseKey(item.names[key.right] == TRUE)
        item.sketch.options = []


def _indices(item: _Item, correct: Value) -> frozenset[int] | None:
    if correct is None:
        return None
    if not all(one in item.names for one in as_set(correct)):
        raise Invalid(CONTRADICTS)
    return frozenset(item.names.index(str(one)) for one in as_set(correct))


def _chosen(item: _Item, chosen: frozenset[int]) -> Value:
    names = frozenset(item.names[at] for at in chosen)
    if item.program.responses[item.response].cardinality == "single":
        return next(iter(names), None)
    return names or None


def _scorer(item: _Item) -> Callable[[frozenset[int]], Fraction]:
    return lambda chosen: item.score(_chosen(item, chosen))


def _order(item: _Item) -> None:
    choices = {
        attribute(one, "identifier"): one for one in children(item.interaction, "simpleChoice")
    }
    correct = item.program.responses[item.response].correct
    if not isinstance(correct, tuple) or sorted(map(str, correct)) != sorted(choices):
        raise Invalid(CONTRADICTS)
    item.names = [str(one) for one in correct]
    item.sketch.options = [html_of(choices[name]) for name in item.names]
    item.sketch.key = OrderingKey(len(correct))
    _ensure_top(item, correct, tuple(reversed(correct)))


def _ensure_top(item: _Item, right: Value, wrong: Value) -> None:
    if item.score(right) <= max(item.score(wrong), Fraction(0)):
        raise Invalid(CONTRADICTS)
    item.answers = [(frozenset(), right), (frozenset(), wrong)]


def _match(item: _Item) -> None:
    sets = [
        {attribute(one, "identifier"): one for one in children(each, "simpleAssociableChoice")}
        for each in children(item.interaction, "simpleMatchSet")
    ]
    if len(sets) != SIDES:
        raise Invalid(NO_PAIRS)
    pairs = _pairs(item)
    if all(_partners(pairs, name, 0) == 1 for name in sets[0]):
        lefts, rights, partner = *sets, dict(pairs)
    elif all(_partners(pairs, name, 1) == 1 for name in sets[1]):
        lefts, rights, partner = sets[1], sets[0], {right: left for left, right in pairs}
    else:
        raise Invalid(NO_PAIRS)
    _matching(item, lefts, rights, partner)
    wrong = [(left, pairs[at - 1][1]) for at, (left, _) in enumerate(pairs)]
    _ensure_matching(item, pairs, wrong)


def _partners(pairs: Sequence[tuple[str, str]], name: str, side: int) -> int:
    return sum(pair[side] == name for pair in pairs)


def _pairs(item: _Item) -> list[tuple[str, str]]:
    declared = item.program.responses[item.response]
    found = as_set(declared.correct)
    if declared.correct is None and declared.mapping is not None:
        found = frozenset(one for one, share in declared.mapping.entries.items() if share > 0)
    pairs = [tuple(str(one).split()) for one in found]
    if not pairs or any(len(pair) != SIDES for pair in pairs):
        raise Invalid(NO_PAIRS)
    return sorted((pair[0], pair[1]) for pair in pairs)


def _matching(
    item: _Item,
    lefts: Mapping[str, Element],
    rights: Mapping[str, Element],
    partner: Mapping[str, str],
) -> None:
    places = {name: at for at, name in enumerate(rights)}
    if not all(partner.get(name) in places for name in lefts):
        raise Invalid(NO_PAIRS)
    item.sketch.options = [html_of(one) for one in lefts.values()]
    item.sketch.rights = [html_of(one) for one in rights.values()]
    item.sketch.key = MatchingKey(tuple(places[partner[name]] for name in lefts), len(rights))
    item.names = []


def _ensure_matching(
    item: _Item, pairs: Sequence[tuple[str, str]], wrong: Sequence[tuple[str, str]]
) -> None:
    """See that the pairs earn the most, and that each earns the same."""

    def score(chosen: Sequence[tuple[str, str]]) -> Fraction:
        return item.score(_joined(chosen))

    whole = score(pairs)
    parts = {whole - score([one for one in pairs if one != left_out]) for left_out in pairs}
    if whole <= 0 or min(parts) < 0:
        raise Invalid(CONTRADICTS)
    is_penalised = set(wrong).isdisjoint(pairs) and score(wrong) < 0
    if len(parts) > 1 or is_penalised:
        item.sketch.note(SIMPLIFIED)
    item.answers = [(frozenset(), _joined(pairs)), (frozenset(), _joined(wrong))]


def _joined(pairs: Sequence[tuple[str, str]]) -> Value:
    return frozenset(" ".join(pair) for pair in pairs) or None


def _associate(item: _Item) -> None:
    choices = {
        attribute(one, "identifier"): one
        for one in children(item.interaction, "simpleAssociableChoice")
    }
    pairs = _pairs(item)
    used = [name for pair in pairs for name in pair]
    if sorted(used) != sorted(choices):
        raise Invalid(NO_PAIRS)
    order = {name: at for at, name in enumerate(choices)}
    sorted_pairs = sorted(
        (sorted(pair, key=order.__getitem__) for pair in pairs), key=lambda pair: order[pair[0]]
    )
    partner = {pair[0]: pair[1] for pair in sorted_pairs}
    rights = {name: choices[name] for name in choices if name not in partner}
    _matching(item, {name: choices[name] for name in partner}, rights, partner)
    wrong = [(left, pairs[at - 1][1]) for at, (left, _) in enumerate(pairs)]
    ordered = [tuple(sorted(pair)) for pair in wrong]
    _ensure_matching(item, pairs, [(pair[0], pair[1]) for pair in ordered])
    item.sketch.note(TWO_COLUMNS)


def _number(item: _Item) -> None:
    declared = item.program.responses[item.response]
    if declared.base not in NUMBERS or declared.cardinality != "single":
        raise Invalid(CANNOT_HOLD, kind=f"{name_of(item.interaction)} ({declared.base[:20]})")
    correct = declared.correct
    key, notes = scoring.number_key(
        item.program.numbers,
        item.score,
        item.program.stated,
        correct if isinstance(correct, Fraction) else None,
    )
    item.sketch.key = key
    for message in notes:
        item.sketch.note(message)
    beyond = max(item.program.numbers) + 1
    item.answers = [(frozenset(), Fraction(key.value)), (frozenset(), Fraction(beyond))]


KINDS: Mapping[str, Callable[[_Item], None]] = {
    "choiceInteraction": _choice,
    "inlineChoiceInteraction": _choice,
    "orderInteraction": _order,
    "matchInteraction": _match,
    "associateInteraction": _associate,
    "textEntryInteraction": _number,
    "sliderInteraction": _number,
}


# Feedback


def _feedback(item: _Item) -> None:
    own = dict.fromkeys(feedback.OWN.values(), "")
    texts: dict[str, str] = {}
    said: dict[str, Element] = {}
    for one in inside(item.element, "modalFeedback", "feedbackInline", "feedbackBlock"):
        outcome, identifier = attribute(one, "outcomeIdentifier"), attribute(one, "identifier")
        if outcome == "RESULT" and identifier in feedback.OWN:
            own[feedback.OWN[identifier]] = html_of(one)
            continue
        key = identifier if identifier not in texts else f"{identifier}_{len(texts)}"
        texts[key], said[key] = html_of(one), one
    base = Feedback((), own["right"], own["partly"], own["wrong"])
    item.sketch.feedback = base
    if texts:
        feedback.sort_out(item.sketch, texts, _cases(item, said), item.names)


def _cases(item: _Item, said: Mapping[str, Element]) -> list[feedback.Case]:
    runs = [item.program.run(item.response, value) for _, value in item.answers]
    scores = [scored(values) for values in runs]
    top = max(scores, default=Fraction(0)) or Fraction(1)
    return [
        feedback.Case(
            chosen, score / top, frozenset(key for key, one in said.items() if _shows(one, values))
        )
        for (chosen, _), score, values in zip(item.answers, scores, runs, strict=True)
    ]


def _shows(element: Element, values: Mapping[str, Value]) -> bool:
    shown = as_set(values.get(attribute(element, "outcomeIdentifier")))
    return (attribute(element, "identifier") in shown) == (
        attribute(element, "showHide", "show") != "hide"
    )
