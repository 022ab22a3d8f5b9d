"""Questions as hypothesis draws them, for the laws every format of question files keeps.

    @given(st.lists(drafts(types=CHOICES, html=False)))
    def test_reads_back_what_it_wrote(questions): ...

A switch that is off keeps what the format cannot hold out of the questions drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from contest.rules.vietnamese import nfc
from question_bank.formats import markup
from question_bank.formats.reading import DraftQuestion, Feedback, Parallel
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

EVERY_TYPE = tuple(QuestionType)
CHOICES = (QuestionType.ONE, QuestionType.SEVERAL)
SYLLABLES = ["Nguyễn", "đường", "Lào Cai", "mã OTP", "Ỷ", "3,5", "ừ", "QR", "😀", "a<b", "&amp;"]
# What the formats give a meaning to, alone and doubled.
SIGNS = [*"=~#{}:\\/%[]<>&'\"`$*_-|;,.()!?@^+", "::", "->", "####", "//", "\\n", "{{", "[["]
SIGNS += ["A.", "B) x", "ANSWER: A", "[html]", "<b>", "&lt;", "$$x$$", "=1", "%50%", "{T}", "1..5"]
TAG_LETTERS = st.sampled_from("abcxyzăđêươ ịễ:/-_.;09")
SHARES = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 4), Fraction(1, 5), Fraction(1, 10)]
CODES = st.from_regex(r"[A-Za-z0-9]{1,8}([._-][A-Za-z0-9]{1,6}){0,2}", fullmatch=True)
DAYS = st.dates(date(2020, 1, 1), date(2099, 12, 31))
# Without the two that are no characters at all and that XML cannot hold.
PRINTABLE = st.characters(codec="utf-8", exclude_characters="\ufffe\uffff")


def texts(*, lines: bool = True) -> st.SearchStrategy[str]:
    """Plain texts, never empty, that come back equal from HTML (`plain(escape(text)) == text`)."""
    piece = st.sampled_from(SYLLABLES + SIGNS) | st.text(PRINTABLE, max_size=5)
    glue = [" ", " ", "", "\n"] if lines else [" ", " ", ""]
    joined = st.builds(
        lambda pieces, glue: glue.join(pieces),
        st.lists(piece, min_size=1, max_size=4),
        st.sampled_from(glue),
    )
    kept = joined.map(lambda text: markup.plain(markup.escape(nfc(text))))
    if not lines:
        kept = kept.map(lambda text: " ".join(text.split()))
    return kept.filter(lambda text: bool(text) and markup.plain(markup.escape(text)) == text)


def html_texts() -> st.SearchStrategy[str]:
    """Safe HTML, never without visible text, that `markup.clean` leaves alone."""
    shapes = ["<p>%s</p>", "<b>%s</b>", "x<sup>%s</sup>", "<ul><li>%s</li></ul>", "%s", "%s<br>%s"]
    return (
        st.tuples(st.sampled_from(shapes), texts())
        .map(lambda drawn: markup.clean(drawn[0].replace("%s", markup.escape(drawn[1]))))
        .filter(lambda text: bool(markup.plain(text)) and markup.clean(text) == text)
    )


@st.composite
def drafts(
    draw: st.DrawFn,
    *,
    types: Sequence[QuestionType] = EVERY_TYPE,
    html: bool = True,
    lines: bool = True,
    explanation: bool = True,
    feedback: bool = True,
    option_feedback: bool = True,
    weights: bool = True,
    number_ranges: bool = True,
    repeated_rights: bool = True,
    decoys: bool = True,
    name: bool = True,
    category: bool = True,
    tags: bool = True,
    labels: bool = True,
    code: bool = True,
    number_unit: bool = True,
    valid_until: bool = True,
    parallel: bool = True,
) -> DraftQuestion:
    """Draw a whole question, valid by the limits of `reading`.

    types: the kinds drawn. html: some are HTML (then at least one text has marks). lines: texts
    may have line breaks. explanation: may be there. feedback: for right, partly, wrong (a
    true_false has no "partly"); option_feedback: one for each option (one and several). weights:
    of one and several (never all as without weights). number_ranges: further accepted ranges.
    repeated_rights, decoys: of a matching. name, category, tags: each may be there. labels:
    topic, difficulty, audiences and source may be there; valid_until and number_unit (numbers
    only) too, each by its own switch. code: may be there; lists of drafts then need
    `unique_by=lambda one: one.code`, or code=False. parallel: may have one in English. Pictures
    are not drawn: tests add their own.
    """
    kind = draw(st.sampled_from(list(types)))
    is_html = html and draw(st.booleans())
    text = html_texts() if is_html else texts(lines=lines)
    options, rights, key = draw(
        _bodies(
            kind,
            text,
            weights=weights,
            number_ranges=number_ranges,
            repeated_rights=repeated_rights,
            decoys=decoys,
        )
    )
    body = {"options": options, "rights": rights, "key": key, "type": kind, "is_html": is_html}
    said = {"text": draw(text), "explanation": draw(_maybe(text, explanation))}
    said["feedback"] = draw(
        _feedbacks(kind, len(options), text, whole=feedback, each=option_feedback)
    )
    said["parallel"] = draw(_parallels(len(options), len(rights), text)) if parallel else {}
    question = DraftQuestion(
        **body,
        **said,
        **draw(_labels(labels)),
        code=draw(_maybe(CODES, code)),
        number_unit=draw(_maybe(tag_texts(), number_unit and kind is QuestionType.NUMBER)),
        valid_until=draw(st.none() | DAYS) if valid_until else None,
        name=draw(_maybe(texts(lines=False).filter(lambda text: len(text) <= 60), name)),
        category=draw(_maybe(_paths(), category)),
        tags=tuple(draw(st.lists(own_tags(), max_size=3, unique=True))) if tags else (),
    )
    return with_marks(question) if is_html else question


def tag_texts() -> st.SearchStrategy[str]:
    """Short words of one line for what travels in tags."""
    return st.text(TAG_LETTERS, min_size=1, max_size=12).map(_one_line).filter(bool)


def own_tags() -> st.SearchStrategy[str]:
    """Tags that are not one of our labels."""
    return tag_texts().map(lambda text: text.replace(":", "-"))


def with_marks(question: DraftQuestion) -> DraftQuestion:
    """Give the HTML question a text that plain text would lose the marks of."""
    told = {one: getattr(question, one) for one in question.__slots__}
    return DraftQuestion(**told | {"text": "<p><b>Câu</b></p>" + question.text})


def _one_line(text: str) -> str:
    return " ".join(nfc(text).split())


def _maybe(strategy: st.SearchStrategy[str], is_wanted: bool) -> st.SearchStrategy[str]:  # noqa: FBT001
    return st.just("") | strategy if is_wanted else st.just("")


def _paths() -> st.SearchStrategy[str]:
    names = own_tags().map(lambda text: text.replace("/", "-").strip("- "))
    return st.lists(names.filter(bool), min_size=1, max_size=3).map("/".join)


@st.composite
def _labels(draw: st.DrawFn, is_wanted: bool) -> dict[str, Any]:  # noqa: FBT001
    if not is_wanted:
        return {"topic": "", "difficulty": None, "audiences": (), "source": ""}
    audiences = st.lists(tag_texts(), max_size=3, unique=True)
    return {
        "topic": draw(_maybe(tag_texts(), True)),
        "difficulty": draw(st.sampled_from([None, 1, 2, 3])),
        "audiences": tuple(draw(audiences)),
        "source": draw(_maybe(tag_texts(), True)),
    }


@st.composite
def _feedbacks(
    draw: st.DrawFn,
    kind: QuestionType,
    size: int,
    text: st.SearchStrategy[str],
    *,
    whole: bool,
    each: bool,
) -> Feedback:
    count = size if each and kind in CHOICES else 0
    options = draw(st.lists(_maybe(text, True), min_size=count, max_size=count))
    return Feedback(
        tuple(options) if any(options) else (),
        draw(_maybe(text, whole)),
        draw(_maybe(text, whole and kind is not QuestionType.TRUE_FALSE)),
        draw(_maybe(text, whole)),
    )


@st.composite
def _parallels(
    draw: st.DrawFn, options: int, rights: int, text: st.SearchStrategy[str]
) -> dict[str, Parallel]:
    if draw(st.booleans()):
        return {}
    return {
        "en": Parallel(
            draw(text),
            draw(st.just(()) | _distinct(text, options, options)) if options else (),
            draw(st.just(()) | _distinct(text, rights, rights)) if rights else (),
            draw(_maybe(text, True)),
        )
    }


def _distinct(
    text: st.SearchStrategy[str], least: int, most: int
) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(text, min_size=least, max_size=most, unique=True).map(tuple)


Body = tuple[tuple[str, ...], tuple[str, ...], Key]


@st.composite
def _bodies(
    draw: st.DrawFn,
    kind: QuestionType,
    text: st.SearchStrategy[str],
    *,
    weights: bool,
    number_ranges: bool,
    repeated_rights: bool,
    decoys: bool,
) -> Body:
    if kind is QuestionType.TRUE_FALSE:
        return (), (), TrueFalseKey(draw(st.booleans()))
    if kind is QuestionType.NUMBER:
        return (), (), draw(_number_keys(number_ranges))
    options = draw(_distinct(text, 2, 6))
    if kind is QuestionType.ORDERING:
        return options, (), OrderingKey(len(options))
    if kind is QuestionType.MATCHING:
        rights, matching = draw(_matchings(len(options), text, repeated_rights, decoys))
        return options, rights, matching
    keys: Callable[..., st.SearchStrategy[Key]] = (
        _one_keys if kind is QuestionType.ONE else _several_keys
    )
    return options, (), draw(keys(len(options), weights))


@st.composite
def _one_keys(draw: st.DrawFn, size: int, weighed: bool) -> Key:  # noqa: FBT001
    right = draw(st.integers(0, size - 1))
    if not (weighed and draw(st.booleans())):
        return OneKey(right, size)
    parts = [Fraction(0), *SHARES, *(-one for one in SHARES), Fraction(-1)]
    others = draw(st.lists(st.sampled_from(parts), min_size=size, max_size=size))
    others[right] = Fraction(0)
    if not any(others):
        return OneKey(right, size)
    others[right] = Fraction(1)
    return OneKey(right, size, tuple(others))


@st.composite
def _several_keys(draw: st.DrawFn, size: int, weighed: bool) -> Key:  # noqa: FBT001
    right = draw(st.frozensets(st.integers(0, size - 1), min_size=1, max_size=size - 1))
    if not (weighed and draw(st.booleans())):
        return SeveralKey(right, size)
    minus = draw(st.sampled_from([Fraction(0), Fraction(-1), *(-one for one in SHARES)]))
    first = Fraction(1) - Fraction(len(right) - 1, 10)  # uneven, so never as without weights
    parts = {at: Fraction(1, 10) for at in right} | {min(right): first}
    if len(set(parts.values())) == 1 and minus == Fraction(-1, size - len(right)):
        minus = Fraction(0)
    return SeveralKey(right, size, tuple(parts.get(at, minus) for at in range(size)))


@st.composite
def _matchings(
    draw: st.DrawFn,
    size: int,
    text: st.SearchStrategy[str],
    repeated: bool,  # noqa: FBT001
    decoys: bool,  # noqa: FBT001
) -> tuple[tuple[str, ...], MatchingKey]:
    """Rights stand in the order the left ones first use them, decoys after: as files have them."""
    pattern = [0]
    for _ in range(size - 1):
        new = max(pattern) + 1
        pattern.append(draw(st.integers(0, new)) if repeated else new)
    used = max(pattern) + 1
    extra = draw(st.integers(0, 2)) if decoys else 0
    if used + extra == 1:  # a side of one is no choice
        pattern[-1], used = 1, 2
    return draw(_distinct(text, used + extra, used + extra)), MatchingKey(
        tuple(pattern), used + extra
    )


def _decimals(least: int, most: int) -> st.SearchStrategy[Decimal]:
    """Numbers as the keys keep them: at most six decimals, no needless zero, no exponent."""
    scaled = st.tuples(st.integers(least, most), st.integers(0, 6))
    return scaled.map(
        lambda drawn: Decimal(plain_number(f"{Decimal(drawn[0]).scaleb(-drawn[1]):f}"))
    )


@st.composite
def _number_keys(draw: st.DrawFn, ranges: bool) -> Key:  # noqa: FBT001
    number, tolerance = _decimals(-(10**9), 10**9), _decimals(0, 10**7)
    others = st.lists(
        st.builds(NumberRange, number, tolerance, st.sampled_from([Fraction(1), *SHARES])),
        max_size=3,
    )
    return NumberKey(draw(number), draw(tolerance), tuple(draw(others)) if ranges else ())
