"""One question as an assessmentItem of QTI 2.1.

Element order, required attributes and identifiers (NCName) follow IMS QTI 2.1, XML binding (2012).
Outcomes: SCORE 0..1; FEEDBACK the options chosen; RESULT right, partly or wrong; EXPLANATION is
always shown.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from html import escape
from typing import cast

from question_bank.formats import markup
from question_bank.formats.qti import feedback
from question_bank.formats.qti.tree import AS_SPANS
from question_bank.formats.qti.v2 import FALSE, TRUE, TRUE_FALSE
from question_bank.formats.reading import DraftQuestion
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    SeveralKey,
    TrueFalseKey,
)

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
DECIMALS = 24  # of a share that no decimal ends: enough to tell it from every other one
SPANS = re.compile(rf"<(/?)({'|'.join(sorted(AS_SPANS))})>")
IN_ATTRIBUTE = str.maketrans({"\n": "&#10;", "\t": "&#9;"})
RESPONSE = '<variable identifier="RESPONSE"/>'
CORRECT = '<correct identifier="RESPONSE"/>'
SCORE = '<variable identifier="SCORE"/>'
MATCHED = f"<match>{RESPONSE}{CORRECT}</match>"


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the kind of a question gives to its item."""

    cardinality: str
    base: str
    correct: Sequence[str]
    interaction: str
    names: Sequence[str] = ()  # of the options that may have feedback
    mapping: Mapping[str, Fraction] | None = None
    is_bounded: bool = False  # the mapping, from 0 to 1
    rules: str = ""  # when no template does it
    right: str = MATCHED  # the condition of a right answer, and of one that is right in part
    partly: str = f'<gt>{SCORE}<baseValue baseType="float">0</baseValue></gt>'


def attribute(text: str) -> str:
    """Write a text as the value of an attribute, quotes left to the caller."""
    return escape(text).translate(IN_ATTRIBUTE)


def item(question: DraftQuestion, identifier: str, picture: str | None) -> str:
    """Write the item; `picture` is the address of the question's picture from the item's file."""
    parts = KINDS[question.type](question)
    title = attribute(question.name or identifier)
    shown = [] if picture is None else [_picture(picture, question.picture_alt)]
    body = "".join([_block(question, question.text), *shown, parts.interaction])
    start = (
        f'<assessmentItem xmlns="{QTI}" xmlns:xsi="{XSI}" xsi:schemaLocation="{QTI} {SCHEMA}"'
        f' identifier="{identifier}" title="{title}" adaptive="false" timeDependent="false">'
    )
    lines = [
        start,
        _response(parts),
        _outcome("SCORE", "float", "0"),
        *_feedback_outcomes(question, parts),
        f"<itemBody>{body}</itemBody>",
        _processing(question, parts),
        *_feedback(question, parts),
        "</assessmentItem>\n",
    ]
    return DECLARATION + "\n".join(lines)


def _flow(question: DraftQuestion, text: str) -> str:
    """Give a text as XHTML."""
    source = markup.clean(text) if question.is_html else markup.escape(text)
    spans = SPANS.sub(lambda tag: "</span>" if tag[1] else f'<span class="{tag[2]}">', source)
    return spans.replace("<br>", "<br/>").replace("&nbsp;", "&#160;")


def _block(question: DraftQuestion, text: str) -> str:
    return f"<div>{_flow(question, text)}</div>"


def _picture(address: str, alt: str) -> str:
    return f'<div><img src="{attribute(address)}" alt="{attribute(alt)}"/></div>'


def share(number: Fraction) -> str:
    """Write a share as a decimal that `scoring.to_share` reads back."""
    with localcontext() as context:
        context.prec = 4 * DECIMALS
        value = Decimal(number.numerator) / number.denominator
        if Fraction(value) != number:
            value = round(value, DECIMALS)
        return f"{value:f}"


def _response(parts: _Parts) -> str:
    values = "".join(f"<value>{one}</value>" for one in parts.correct)
    mapping = ""
    if parts.mapping is not None:
        bounds = ' lowerBound="0" upperBound="1"' if parts.is_bounded else ""
        entries = "".join(
            f'<mapEntry mapKey="{key}" mappedValue="{share(value)}"/>'
            for key, value in parts.mapping.items()
        )
        mapping = f'<mapping{bounds} defaultValue="0">{entries}</mapping>'
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{parts.cardinality}"'
        f' baseType="{parts.base}"><correctResponse>{values}</correctResponse>{mapping}'
        "</responseDeclaration>"
    )


def _outcome(name: str, base: str, default: str = "", cardinality: str = "single") -> str:
    value = f"<defaultValue><value>{default}</value></defaultValue>" if default else ""
    start = f'<outcomeDeclaration identifier="{name}" cardinality="{cardinality}" baseType="{base}"'
    return f"{start}>{value}</outcomeDeclaration>" if value else f"{start}/>"


def _set(name: str, expression: str) -> str:
    return f'<setOutcomeValue identifier="{name}">{expression}</setOutcomeValue>'


def _constant(base: str, value: str) -> str:
    return f'<baseValue baseType="{base}">{value}</baseValue>'


# The kinds of question


def _choices(question: DraftQuestion, names: Sequence[str], texts: Sequence[str]) -> str:
    return "".join(
        f'<simpleChoice identifier="{name}">{_flow(question, text)}</simpleChoice>'
        for name, text in zip(names, texts, strict=True)
    )


def _names(letter: str, count: int) -> list[str]:
    return [f"{letter}{number}" for number in range(1, count + 1)]


def _one(question: DraftQuestion) -> _Parts:
    key = cast("OneKey", question.key)
    names = _names("C", key.size)
    choices = _choices(question, names, question.options)
    weights = dict(zip(names, key.weights, strict=True)) if key.weights else None
    return _Parts(
        *("single", "identifier", [names[key.right]], _choice(choices, most=1), names, weights)
    )


def _several(question: DraftQuestion) -> _Parts:
    key = cast("SeveralKey", question.key)
    names = _names("C", key.size)
    right = [names[at] for at in sorted(key.right)]
    members = (f"<member>{_constant('identifier', one)}{RESPONSE}</member>" for one in right)
    return _Parts(
        "multiple",
        "identifier",
        right,
        _choice(_choices(question, names, question.options), most=0),
        names,
        dict(zip(names, key.weights, strict=True)) if key.weights else None,
        is_bounded=True,
        partly=f"<or>{''.join(members)}</or>",
    )


def _choice(choices: str, *, most: int, kind: str = "") -> str:
    start = f'<choiceInteraction{kind} responseIdentifier="RESPONSE" shuffle="true"'
    return f'{start} maxChoices="{most}">{choices}</choiceInteraction>'


def _true_false(question: DraftQuestion) -> _Parts:
    key = cast("TrueFalseKey", question.key)
    choices = (
        f'<simpleChoice identifier="{TRUE}">Đúng</simpleChoice>'
        f'<simpleChoice identifier="{FALSE}">Sai</simpleChoice>'
    )
    interaction = _choice(choices, most=1, kind=f' class="{TRUE_FALSE}"')
    right = [TRUE if key.right else FALSE]
    return _Parts(
        *("single", "identifier", right, interaction.replace('"true"', '"false"'), (TRUE, FALSE))
    )


def _ordering(question: DraftQuestion) -> _Parts:
    names = _names("C", len(question.options))
    choices = _choices(question, names, question.options)
    start = '<orderInteraction responseIdentifier="RESPONSE" shuffle="true">'
    placed = (
        f'<match><index n="{at}">{RESPONSE}</index>{_constant("identifier", name)}</match>'
        for at, name in enumerate(names, 1)
    )
    partly = f"<or>{''.join(placed)}</or>"
    interaction = f"{start}{choices}</orderInteraction>"
    return _Parts("ordered", "identifier", names, interaction, partly=partly)


def _matching(question: DraftQuestion) -> _Parts:
    key = cast("MatchingKey", question.key)
    lefts, rights = _names("L", len(key.right)), _names("R", key.size_right)
    pairs = [f"{left} {rights[at]}" for left, at in zip(lefts, key.right, strict=True)]
    sides = _side(question, lefts, question.options, 1) + _side(
        question, rights, question.rights, len(lefts)
    )
    start = '<matchInteraction responseIdentifier="RESPONSE" shuffle="true"'
    members = (f"<member>{_constant('directedPair', one)}{RESPONSE}</member>" for one in pairs)
    return _Parts(
        "multiple",
        "directedPair",
        pairs,
        f'{start} maxAssociations="{len(lefts)}">{sides}</matchInteraction>',
        mapping=dict.fromkeys(pairs, Fraction(1, len(pairs))),
        is_bounded=True,
        partly=f"<or>{''.join(members)}</or>",
    )


def _side(question: DraftQuestion, names: Sequence[str], texts: Sequence[str], most: int) -> str:
    choices = "".join(
        f'<simpleAssociableChoice identifier="{name}" matchMax="{most}">'
        f"{_flow(question, text)}</simpleAssociableChoice>"
        for name, text in zip(names, texts, strict=True)
    )
    return f"<simpleMatchSet>{choices}</simpleMatchSet>"


def _number(question: DraftQuestion) -> _Parts:
    key = cast("NumberKey", question.key)
    ranges = (NumberRange(key.value, key.tolerance), *key.others)
    unit = f" {escape(question.number_unit, quote=False)}" if question.number_unit else ""
    return _Parts(
        "single",
        "float",
        [f"{key.value:f}"],
        f'<p><textEntryInteraction responseIdentifier="RESPONSE"/>{unit}</p>',
        rules="".join(map(_range, ranges)),
        right=f"<gte>{SCORE}{_constant('float', '1')}</gte>",
    )


def _range(one: NumberRange) -> str:
    """Give the range its share, unless one before it gave more."""
    with localcontext() as context:
        context.prec = 4 * DECIMALS
        low, high = f"{one.value - one.tolerance:f}", f"{one.value + one.tolerance:f}"
    earned = _constant("float", share(one.share))
    condition = (
        f"<and><gte>{RESPONSE}{_constant('float', low)}</gte>"
        f"<lte>{RESPONSE}{_constant('float', high)}</lte><gt>{earned}{SCORE}</gt></and>"
    )
    branch = f"<responseIf>{condition}{_set('SCORE', earned)}</responseIf>"
    return f"<responseCondition>{branch}</responseCondition>"


KINDS: Mapping[QuestionType, Callable[[DraftQuestion], _Parts]] = {
    QuestionType.ONE: _one,
    QuestionType.SEVERAL: _several,
    QuestionType.TRUE_FALSE: _true_false,
    QuestionType.ORDERING: _ordering,
    QuestionType.MATCHING: _matching,
    QuestionType.NUMBER: _number,
}


# Processing and feedback


def _ends(question: DraftQuestion) -> dict[str, str]:
    said = question.feedback
    ends = {"right": said.right, "partly": said.partly, "wrong": said.wrong}
    return {name: ends[end] for name, end in feedback.OWN.items() if ends[end]}


def _processing(question: DraftQuestion, parts: _Parts) -> str:
    is_said = bool(question.feedback.options or _ends(question))
    if not is_said and not parts.rules:
        name = "match_correct" if parts.mapping is None else "map_response"
        return f'<responseProcessing template="{TEMPLATES}{name}"/>'
    rules = [parts.rules or _score(parts)]
    if question.feedback.options:
        rules.append(_set("FEEDBACK", RESPONSE))
    if _ends(question):
        rules.append(
            f"<responseCondition><responseIf>{parts.right}{_result('RIGHT')}</responseIf>"
            f"<responseElseIf>{parts.partly}{_result('PARTLY')}</responseElseIf>"
            f"<responseElse>{_result('WRONG')}</responseElse></responseCondition>"
        )
    return f"<responseProcessing>{''.join(rules)}</responseProcessing>"


def _score(parts: _Parts) -> str:
    if parts.mapping is not None:
        return _set("SCORE", '<mapResponse identifier="RESPONSE"/>')
    return (
        f"<responseCondition><responseIf>{MATCHED}{_set('SCORE', _constant('float', '1'))}"
        f"</responseIf><responseElse>{_set('SCORE', _constant('float', '0'))}</responseElse>"
        "</responseCondition>"
    )


def _result(name: str) -> str:
    return _set("RESULT", _constant("identifier", name))


def _feedback_outcomes(question: DraftQuestion, parts: _Parts) -> list[str]:
    outcomes = []
    if question.feedback.options:
        outcomes.append(_outcome("FEEDBACK", "identifier", cardinality=parts.cardinality))
    if _ends(question):
        outcomes.append(_outcome("RESULT", "identifier"))
    if question.explanation:
        outcomes.append(_outcome("EXPLANATION", "identifier", "SHOWN"))
    return outcomes


def _feedback(question: DraftQuestion, parts: _Parts) -> list[str]:
    each = zip(parts.names, question.feedback.options, strict=False)
    found = [("FEEDBACK", name, text) for name, text in each if text]
    found += [("RESULT", name, text) for name, text in _ends(question).items()]
    if question.explanation:
        found.append(("EXPLANATION", "SHOWN", question.explanation))
    return [
        f'<modalFeedback outcomeIdentifier="{outcome}" identifier="{name}" showHide="show">'
        f"{_flow(question, text)}</modalFeedback>"
        for outcome, name, text in found
    ]
