"""A question's form as a draft again: every part that makes no sense is named."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from contest.errors import N_, Invalid, Problem
from contest.rules.vietnamese import nfc
from question_bank.formats import reading, weights
from question_bank.formats.checking import TOO_LONG
from question_bank.formats.reading import DraftQuestion, Feedback, Parallel
from question_bank.forms.browsing import LEVELS
from question_bank.forms.writing import WITH_ROWS, QuestionForm
from question_bank.rules.given import QuestionType, plain_number
from question_bank.rules.keys import (
    Key,
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)

DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
KEY_PLACES = {QuestionType.NUMBER: "value", QuestionType.TRUE_FALSE: "truth"}
NO_RIGHT = N_("Hãy đánh dấu phương án đúng.")
BAD_DAY = N_("Hãy viết ngày như 31/12/2027, và ngày đó phải có trong lịch.")
BAD_NUMBER = N_("Hãy gõ một số, ví dụ 12 hoặc 3,5.")
NO_LANGUAGE = N_("Hãy chọn ngôn ngữ cho bản song ngữ.")
SAME_LANGUAGE = N_("Mỗi ngôn ngữ chỉ có một bản song ngữ.")
NOT_RIGHT = N_("Câu hỏi còn chỗ chưa đúng.")


class _Wrong:
    """Collects what is wrong, so that all of it is said at once."""

    def __init__(self) -> None:
        self.problems: dict[str, Problem] = {}

    def attempt(self, name: str, make: Callable[[], Any], otherwise: Any = None) -> Any:
        try:
            return make()
        except Invalid as error:
            self.problems.setdefault(name, Problem(error.message, **error.facts))
            return otherwise


def drafted(form: QuestionForm, *, code: str, category: str = "") -> DraftQuestion:
    """Turn the form into a draft; Invalid names every field that makes no sense.

    Lengths and counts are the store's to check.
    """
    wrong, kind = _Wrong(), form.kind
    rows = [row.form for row in form.options] if kind in WITH_ROWS else []
    rights = _rights(form, rows) if kind is QuestionType.MATCHING else ()
    key = wrong.attempt(KEY_PLACES.get(kind, "options"), lambda: _key(form, rows, rights))
    parallel = wrong.attempt("parallels", lambda: _parallels(form, rows), {})
    valid_until = wrong.attempt("valid_until", lambda: _day(form.valid_until.data))
    if key is None or wrong.problems:
        raise Invalid(NOT_RIGHT, problems=wrong.problems)
    return DraftQuestion(
        code=code,
        type=kind,
        topic=form.topic.data or "",
        difficulty=int(form.difficulty.data) if form.difficulty.data in LEVELS else None,
        audiences=tuple(form.audiences.data or ()),
        text=_text(form.text),
        options=tuple(_text(row.text) for row in rows),
        rights=rights,
        key=key,
        explanation=_text(form.explanation),
        source=_text(form.source),
        number_unit=_text(form.number_unit) if kind is QuestionType.NUMBER else "",
        valid_until=valid_until,
        picture_alt=_text(form.picture_alt),
        parallel=parallel,
        is_html=bool(form.is_html.data),
        name=_text(form.name),
        category=category,
        tags=_lines(form.tags.data),
        feedback=_feedback(form, rows),
    )


def _text(field: Any) -> str:
    return nfc((field.data or "").replace("\r\n", "\n"))


def _lines(text: str | None) -> tuple[str, ...]:
    lines = (nfc(line) for line in (text or "").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def _rights(form: QuestionForm, rows: Iterable[Any]) -> tuple[str, ...]:
    texts = [_text(row.right) for row in rows]
    return tuple(dict.fromkeys([*texts, *_lines(form.decoys.data)]))


def _key(form: QuestionForm, rows: Sequence[Any], rights: Sequence[str]) -> Key:
    match form.kind:
        case QuestionType.ONE:
            return _one_key(form, rows)
        case QuestionType.SEVERAL:
            return _several_key(rows)
        case QuestionType.TRUE_FALSE:
            if form.truth.data not in {"true", "false"}:
                raise Invalid(NO_RIGHT)
            return TrueFalseKey(form.truth.data == "true")
        case QuestionType.ORDERING:
            return OrderingKey(len(rows))
        case QuestionType.MATCHING:
            places = tuple(rights.index(_text(row.right)) for row in rows)
            return MatchingKey(places, len(rights))
        case QuestionType.NUMBER:
            return _number_key(form)


def _one_key(form: QuestionForm, rows: Sequence[Any]) -> OneKey:
    text = form.right.data or ""
    if not (text.isascii() and text.isdigit() and int(text) < len(rows)):
        raise Invalid(NO_RIGHT)
    right = int(text)
    given = _weights(rows, {right})
    return weights.one_key(right, given) if given else OneKey(right, len(rows))


def _several_key(rows: Sequence[Any]) -> SeveralKey:
    right = frozenset(at for at, row in enumerate(rows) if row.is_right.data)
    if not right:
        raise Invalid(NO_RIGHT)
    given = _weights(rows, right if len(right) == 1 else set())
    key = SeveralKey(right, len(rows), tuple(given))
    return weights.several_key(given) if given else key


def _weights(rows: Sequence[Any], whole: Iterable[int]) -> list[Fraction]:
    """Read the weights, none when no row has one; an empty one is 0, or 100 in `whole`."""
    texts = [nfc(row.weight.data or "").removesuffix("%").strip() for row in rows]
    if not any(texts):
        return []
    full = set(whole)
    return [
        weights.exact(text) if text else Fraction(int(at in full)) for at, text in enumerate(texts)
    ]


def _number_key(form: QuestionForm) -> NumberKey:
    others = []
    for row in form.ranges:
        one = row.form
        if not any(nfc(field.data or "") for field in (one.value, one.tolerance)):
            continue
        share = weights.exact(nfc(one.share.data or "100").removesuffix("%").strip())
        others.append(NumberRange(_number(one.value), _number(one.tolerance, "0"), share))
    return NumberKey(_number(form.value), _number(form.tolerance, "0"), tuple(others))


def _number(field: Any, otherwise: str = "") -> Decimal:
    try:
        found = plain_number(nfc(field.data or "").replace(",", ".") or otherwise)
    except Invalid as error:
        raise Invalid(BAD_NUMBER) from error
    if found is None:
        raise Invalid(BAD_NUMBER)
    return Decimal(found)


def _day(text: str | None) -> date | None:
    clean = nfc(text or "")
    if not clean:
        return None
    found = DAY.fullmatch(clean)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else _no_day()
    except ValueError as error:
        raise Invalid(BAD_DAY) from error


def _no_day() -> date:
    raise Invalid(BAD_DAY)


def _parallels(form: QuestionForm, rows: Sequence[Any]) -> Mapping[str, Parallel]:
    found: dict[str, Parallel] = {}
    for entry in form.parallels:
        row = entry.form
        texts = tuple(_text(one) for one in row.options)[: len(rows)]
        options = texts if any(texts) else ()
        rights = tuple(nfc(line) for line in (row.rights.data or "").splitlines())
        one = Parallel(
            _text(row.text), options, rights if any(rights) else (), _text(row.explanation)
        )
        if one == Parallel():
            continue
        language = nfc(row.language.data or "")
        if not language:
            raise Invalid(NO_LANGUAGE)
        if language in found:
            raise Invalid(SAME_LANGUAGE)
        if len(language) > reading.LONGEST_NAME:
            raise Invalid(TOO_LONG, name="parallel", most=reading.LONGEST_NAME)
        found[language] = one
    return found


def _feedback(form: QuestionForm, rows: Sequence[Any]) -> Feedback:
    texts: tuple[str, ...] = tuple(_text(row.feedback) for row in rows)
    if form.kind is QuestionType.TRUE_FALSE:
        texts = (_text(form.said_true), _text(form.said_false))
    if form.kind in {QuestionType.ORDERING, QuestionType.MATCHING}:
        texts = ()
    return Feedback(
        texts if any(texts) else (),
        _text(form.said_right),
        _text(form.said_partly),
        _text(form.said_wrong),
    )
