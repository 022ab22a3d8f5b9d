"""What every question must keep before it is stored, whatever codec or form it came through."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from contest.errors import N_, Problem
from contest.rules.vietnamese import nfc
from question_bank.formats import markup, reading
from question_bank.formats.reading import DraftQuestion, Feedback, Parallel
from question_bank.rules.given import QuestionType

DIFFICULTIES = (1, 2, 3)
WITH_OPTIONS = frozenset(
    {QuestionType.ONE, QuestionType.SEVERAL, QuestionType.ORDERING, QuestionType.MATCHING}
)

MISSING = N_("Thiếu mục “%(name)s”.")
TOO_LONG = N_("Mục “%(name)s” dài quá %(most)d ký tự.")
BAD_COUNT = N_("Mục “%(name)s” phải có từ %(fewest)d đến %(most)d phần.")
REPEATED = N_("Mục “%(name)s” có phần bị lặp lại: “%(value)s”.")
BLANK_PART = N_("Mục “%(name)s” có phần để trống.")
BAD_DIFFICULTY = N_("Độ khó phải là 1, 2 hoặc 3.")
BAD_KEY = N_("Đáp án không khớp với các phương án của câu hỏi.")


def clean(draft: DraftQuestion) -> DraftQuestion:
    """Make every text safe and clean again: a codec or a form is never trusted."""
    shown = markup.clean if draft.is_html else nfc
    return replace(
        draft,
        code=nfc(draft.code),
        topic=nfc(draft.topic),
        source=nfc(draft.source),
        number_unit=nfc(draft.number_unit),
        picture_alt=nfc(draft.picture_alt),
        name=nfc(draft.name),
        category=nfc(draft.category),
        audiences=tuple(map(nfc, draft.audiences)),
        tags=tuple(tag for tag in dict.fromkeys(map(nfc, draft.tags)) if tag),
        text=shown(draft.text),
        options=tuple(map(shown, draft.options)),
        rights=tuple(map(shown, draft.rights)),
        explanation=shown(draft.explanation),
        parallel={language: _parallel(one, shown) for language, one in draft.parallel.items()},
        feedback=_feedback(draft.feedback, shown),
    )


def _parallel(one: Parallel, shown: Callable[[str], str]) -> Parallel:
    options, rights = tuple(map(shown, one.options)), tuple(map(shown, one.rights))
    return Parallel(shown(one.text), options, rights, shown(one.explanation))


def _feedback(one: Feedback, shown: Callable[[str], str]) -> Feedback:
    options = tuple(map(shown, one.options))
    return Feedback(options, shown(one.right), shown(one.partly), shown(one.wrong))


def plain_texts(draft: DraftQuestion) -> tuple[str, ...]:
    """Give the text of a question, then its options and right sides, without marks."""
    texts = (draft.text, *draft.options, *draft.rights)
    return tuple(map(markup.plain, texts)) if draft.is_html else texts


def problems(draft: DraftQuestion) -> list[Problem]:
    """Say what keeps a cleaned question, its defaults filled in, from being stored."""
    return [*_missing(draft), *_too_long(draft), *_wrong_parts(draft), *_wrong_counts(draft)]


def _missing(draft: DraftQuestion) -> Iterator[Problem]:
    for name in ("text", "topic", "audiences"):
        if not getattr(draft, name):
            yield Problem(MISSING, name=name)
    if draft.is_html and draft.text and not markup.plain(draft.text):
        yield Problem(MISSING, name="text")
    if draft.difficulty not in DIFFICULTIES:
        yield Problem(BAD_DIFFICULTY)


def _too_long(draft: DraftQuestion) -> Iterator[Problem]:
    each, said = reading.LONGEST_EXPLANATION, draft.feedback
    limits: list[tuple[str, tuple[str, ...], int]] = [
        ("code", (draft.code,), reading.LONGEST_CODE),
        ("topic", (draft.topic,), reading.LONGEST_NAME),
        ("audiences", draft.audiences, reading.LONGEST_NAME),
        ("text", (draft.text,), reading.LONGEST_TEXT),
        ("options", draft.options, reading.LONGEST_OPTION),
        ("rights", draft.rights, reading.LONGEST_OPTION),
        ("explanation", (draft.explanation,), each),
        ("source", (draft.source,), reading.LONGEST_SOURCE),
        ("number_unit", (draft.number_unit,), reading.LONGEST_NAME),
        ("picture_alt", (draft.picture_alt,), reading.LONGEST_ALT),
        ("name", (draft.name,), reading.LONGEST_TEXT),
        ("category", (draft.category,), reading.LONGEST_CATEGORY),
        ("tags", draft.tags, reading.LONGEST_TAG),
        ("feedback", (*said.options, said.right, said.partly, said.wrong), each),
    ]
    for one in draft.parallel.values():
        limits += [
            ("parallel", (one.text, one.explanation), reading.LONGEST_TEXT),
            ("parallel", (*one.options, *one.rights), reading.LONGEST_OPTION),
        ]
    for name, texts, most in limits:
        if any(len(text) > most for text in texts):
            yield Problem(TOO_LONG, name=name, most=most)


def _wrong_parts(draft: DraftQuestion) -> Iterator[Problem]:
    for name in ("options", "rights"):
        texts = getattr(draft, name)
        if not all(texts):
            yield Problem(BLANK_PART, name=name)
        twice = next((one for at, one in enumerate(texts) if one and one in texts[:at]), None)
        if twice is not None:
            yield Problem(REPEATED, name=name, value=twice[: reading.LONGEST_CODE])


def _wrong_counts(draft: DraftQuestion) -> Iterator[Problem]:
    size, size_right = len(draft.options), len(draft.rights)
    if draft.key.kind is not draft.type or draft.key.shape != (size, size_right):
        yield Problem(BAD_KEY)
    fewest, most = reading.FEWEST_OPTIONS, reading.MOST_OPTIONS
    if draft.type in WITH_OPTIONS and not fewest <= size <= most:
        yield Problem(BAD_COUNT, name="options", fewest=fewest, most=most)
    if draft.type is QuestionType.MATCHING and size_right > most:
        yield Problem(BAD_COUNT, name="rights", fewest=fewest, most=most)
    if len(draft.tags) > reading.MOST_TAGS:
        yield Problem(BAD_COUNT, name="tags", fewest=0, most=reading.MOST_TAGS)
    said = 2 if draft.type is QuestionType.TRUE_FALSE else size
    if draft.feedback.options and len(draft.feedback.options) != said:
        yield Problem(BAD_COUNT, name="feedback", fewest=said, most=said)
    for one in draft.parallel.values():
        counts = ((one.options, size), (one.rights, size_right))
        if any(texts and len(texts) != count for texts, count in counts):
            yield Problem(BAD_COUNT, name="parallel", fewest=size, most=size)
