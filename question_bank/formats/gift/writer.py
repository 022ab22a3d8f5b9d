"""Questions as GIFT that Moodle reads, and that reads back equal here."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from contest.errors import N_, Invalid
from question_bank.formats import labels, markup, weights
from question_bank.formats.gift import blocks
from question_bank.formats.gift.answers import ARROW
from question_bank.formats.gift.pieces import HTML, PLAIN
from question_bank.formats.reading import DraftQuestion
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)

CANNOT_HOLD = N_(
    "Tệp GIFT không chứa được câu sắp xếp thứ tự và câu có hình. Hãy bỏ các câu sau: %(codes)s."
)
SHOWN = 40  # characters of a question without a code
ROOT = f"$course$/{blocks.TOP}"
LEADING = ("[", "%")  # would be read as a format or a weight


def write(questions: Iterable[DraftQuestion]) -> bytes:
    """Write questions; raises Invalid, naming them, for those that GIFT cannot hold.

    GIFT has no ordering and no pictures. It has no place for texts in a second language, for the
    feedback on a whole choice or matching (right, partly, wrong), for "partly" of a number
    without ranges worth less; these parts are not written.
    """
    every = list(questions)
    unheld = [one.code or one.text[:SHOWN] for one in every if not _is_held(one)]
    if unheld:
        raise Invalid(CANNOT_HOLD, codes=", ".join(unheld))
    return "".join(_file(every)).encode()


def _is_held(question: DraftQuestion) -> bool:
    return question.picture is None and not isinstance(question.key, OrderingKey)


def _file(questions: Iterable[DraftQuestion]) -> Iterator[str]:
    category = ""
    for question in questions:
        if question.category != category:
            category = question.category
            yield f"{blocks.CATEGORY} {ROOT}{'/' if category else ''}{category}\n\n"
        yield "\n".join([*_head(question), *_answers(question)]) + "}\n\n"


def _head(question: DraftQuestion) -> Iterator[str]:
    said = [f"[id:{_bracketed(question.code)}]"] if question.code else []
    said += [f"[tag:{_bracketed(one)}]" for one in labels.written(replace(question, code=""))]
    if said:
        yield "// " + " ".join(said)
    title = f"::{blocks.escape(question.name)}::" if question.name else ""
    sign = "#" if isinstance(question.key, NumberKey) else ""
    yield f"{title}[{_format(question)}]{blocks.escape(question.text)} {{{sign}"


def _bracketed(text: str) -> str:
    """Write what stands in the brackets of a comment; a last backslash must not escape them."""
    one_line = " ".join(text.split()).replace("]", "\\]")
    return f"{one_line} " if one_line.endswith("\\") else one_line


def _format(question: DraftQuestion) -> str:
    return HTML if question.is_html else PLAIN


def _answers(question: DraftQuestion) -> Iterator[str]:
    key, feedback = question.key, question.feedback
    if isinstance(key, OneKey | SeveralKey):
        yield from _choices(question, key)
    elif isinstance(key, TrueFalseKey):
        yield "\t" + ("TRUE" if key.right else "FALSE") + _verdicts(question)
    elif isinstance(key, MatchingKey):
        yield from _pairs(question, key)
    elif isinstance(key, NumberKey):
        for one in (NumberRange(key.value, key.tolerance), *key.others):
            said = feedback.right if one.share == 1 else feedback.partly
            tolerance = f":{one.tolerance:f}" if one.tolerance else ""
            yield f"\t={_weight(one.share)}{one.value:f}{tolerance}{_comment(question, said)}"
        if feedback.wrong:
            yield f"\t~{_comment(question, feedback.wrong)}"
    if question.explanation:
        yield f"\t{blocks.GENERAL}{_text(question, question.explanation)}"


def _choices(question: DraftQuestion, key: OneKey | SeveralKey) -> Iterator[str]:
    shares = key.weights or (Fraction(0),) * key.size
    if isinstance(key, SeveralKey) and not key.weights:
        shares = weights.plain_weights(key)
    comments = question.feedback.options or ("",) * key.size
    for at, (text, share, said) in enumerate(zip(question.options, shares, comments, strict=True)):
        is_one = isinstance(key, OneKey) and at == key.right
        sign = "=" if is_one else f"~{_weight(share) if share else ''}"
        yield f"\t{sign}{_text(question, text)}{_comment(question, said)}"


def _weight(share: Fraction) -> str:
    return f"%{weights.percent(share)}%" if share != 1 else "%100%"


def _verdicts(question: DraftQuestion) -> str:
    """Write what is said of a wrong and of a right answer, in this order."""
    said = question.feedback
    right, wrong = said.right, said.wrong
    if said.options:  # of "Đúng" and of "Sai"
        is_true = question.key == TrueFalseKey(right=True)
        first, second = said.options if is_true else reversed(said.options)
        right, wrong = right or first, wrong or second
    if not (right or wrong):
        return ""
    comment = f"#{_text(question, wrong)}"
    return f"{comment}#{_text(question, right)}" if right else comment


def _pairs(question: DraftQuestion, key: MatchingKey) -> Iterator[str]:
    """Write a line a left side, then the right sides that belong to none."""
    for left, right in zip(question.options, key.right, strict=True):
        yield f"\t={_left(question, left)} {ARROW} {blocks.escape(question.rights[right])}"
    for at, right_text in enumerate(question.rights):
        if at not in key.right:
            yield f"\t= {ARROW} {blocks.escape(right_text)}"


def _left(question: DraftQuestion, text: str) -> str:
    if ARROW in text and not question.is_html:  # an arrow has no escape, but "&gt;" is none
        return f"[{HTML}]{blocks.escape(markup.escape(text))}"
    return _text(question, text)


def _text(question: DraftQuestion, text: str) -> str:
    """Write a text in the format of its question, said again where its start would mislead."""
    return (f"[{_format(question)}]" if text.startswith(LEADING) else "") + blocks.escape(text)


def _comment(question: DraftQuestion, text: str) -> str:
    return f"#{_text(question, text)}" if text else ""
