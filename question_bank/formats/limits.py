"""What a question may hold, whatever file it came from: checked once, after a format read it."""

from collections.abc import Iterator, Sequence

from contest.errors import N_, Invalid, Problem
from question_bank.formats import reading
from question_bank.formats.reading import DraftQuestion
from question_bank.rules.given import QuestionType

NO_TEXT = N_("Câu hỏi không có nội dung.")
LONG_TEXT = N_("Nội dung câu hỏi dài quá %(most)d ký tự.")
LONG_EXPLANATION = N_("Lời giải thích dài quá %(most)d ký tự.")
LONG_FEEDBACK = N_("Lời nhận xét dài quá %(most)d ký tự.")
LONG_SOURCE = N_("Tên nguồn dài quá %(most)d ký tự.")
LONG_ALT = N_("Lời mô tả hình dài quá %(most)d ký tự.")
LONG_CODE = N_("Mã câu hỏi dài quá %(most)d ký tự.")
LONG_NAME = N_("“%(value)s…” dài quá %(most)d ký tự.")
LONG_TITLE = N_("Tên câu hỏi dài quá %(most)d ký tự.")
LONG_CATEGORY = N_("Tên thư mục dài quá %(most)d ký tự.")
LONG_TAG = N_("Nhãn “%(value)s…” dài quá %(most)d ký tự.")
MANY_TAGS = N_("Câu hỏi có nhiều hơn %(most)d nhãn.")
COUNT_OF_OPTIONS = N_("Câu hỏi phải có từ %(fewest)d đến %(most)d phương án.")
BLANK_OPTION = N_("Câu hỏi có phương án để trống.")
TWIN_OPTIONS = N_("Câu hỏi có hai phương án giống nhau: “%(value)s”.")
LONG_OPTION = N_("Phương án “%(value)s…” dài quá %(most)d ký tự.")

LONGEST_TITLE = 300  # characters
SHOWN = 40  # characters of a text that a sentence repeats
WITHOUT_OPTIONS = frozenset({QuestionType.TRUE_FALSE, QuestionType.NUMBER})


def first_broken(question: DraftQuestion) -> Problem | None:
    """Give the first limit of `reading` that the question breaks, None when it keeps them all."""
    return next(_broken(question), None)


def _broken(question: DraftQuestion) -> Iterator[Problem]:
    if not question.text:
        yield Problem(NO_TEXT)
    for side in _sides(question):
        yield from _broken_side(side)
    for message, most, values in _lengths(question):
        yield from (Problem(message, most=most) for value in values if len(value) > most)
    for value in (question.topic, question.number_unit, *question.audiences):
        if len(value) > reading.LONGEST_NAME:
            yield Problem(LONG_NAME, value=value[:SHOWN], most=reading.LONGEST_NAME)
    if len(question.tags) > reading.MOST_TAGS:
        yield Problem(MANY_TAGS, most=reading.MOST_TAGS)
    for tag in question.tags:
        if len(tag) > reading.LONGEST_TAG:
            yield Problem(LONG_TAG, value=tag[:SHOWN], most=reading.LONGEST_TAG)


def _lengths(question: DraftQuestion) -> Iterator[tuple[str, int, Sequence[str]]]:
    """Give (sentence, most characters, the texts it is said of)."""
    feedback, parallels = question.feedback, question.parallel.values()
    said = (*feedback.options, feedback.right, feedback.partly, feedback.wrong)
    explanations = (question.explanation, *(one.explanation for one in parallels))
    yield LONG_TEXT, reading.LONGEST_TEXT, (question.text, *(one.text for one in parallels))
    yield LONG_EXPLANATION, reading.LONGEST_EXPLANATION, explanations
    yield LONG_FEEDBACK, reading.LONGEST_EXPLANATION, said
    yield LONG_SOURCE, reading.LONGEST_SOURCE, (question.source,)
    yield LONG_ALT, reading.LONGEST_ALT, (question.picture_alt,)
    yield LONG_CODE, reading.LONGEST_CODE, (question.code,)
    yield LONG_TITLE, LONGEST_TITLE, (question.name,)
    yield LONG_CATEGORY, reading.LONGEST_CATEGORY, (question.category,)


def ensure_count(size: int) -> None:
    """Raise Invalid unless a choice may have so many options; keys themselves allow more."""
    fewest, most = reading.FEWEST_OPTIONS, reading.MOST_OPTIONS
    if not fewest <= size <= most:
        raise Invalid(COUNT_OF_OPTIONS, fewest=fewest, most=most)


def _broken_side(texts: Sequence[str]) -> Iterator[Problem]:
    fewest, most = reading.FEWEST_OPTIONS, reading.MOST_OPTIONS
    if not fewest <= len(texts) <= most:
        yield Problem(COUNT_OF_OPTIONS, fewest=fewest, most=most)
    if not all(texts):
        yield Problem(BLANK_OPTION)
    seen: set[str] = set()
    for text in texts:
        if text in seen:
            yield Problem(TWIN_OPTIONS, value=text[:SHOWN])
        seen.add(text)
        if len(text) > reading.LONGEST_OPTION:
            yield Problem(LONG_OPTION, value=text[:SHOWN], most=reading.LONGEST_OPTION)


def _sides(question: DraftQuestion) -> Sequence[Sequence[str]]:
    if question.type in WITHOUT_OPTIONS:
        return ()
    if question.type is QuestionType.MATCHING:
        return question.options, question.rights
    return (question.options,)
