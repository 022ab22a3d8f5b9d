"""Questions as Aiken: a text, its options by letter, and one "ANSWER: B".

Source: Moodle's documentation, "Aiken format". Read a little more kindly than Moodle does: text of
several lines, lower-case answers, and no space after "A." or "A)".
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contest.errors import N_, Invalid, Problem
from contest.rules.vietnamese import nfc
from question_bank.formats import encodings, limits, markup, reading
from question_bank.formats.reading import (
    FILE,
    LEFT_OUT,
    REFUSED,
    DraftQuestion,
    FoundProblem,
    Reading,
)
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import OneKey

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OPTION = re.compile(r"([A-Z])[.)](.*)")
ANSWER = re.compile(r"ANSWER\s*:\s*(.*)", re.IGNORECASE)
SHOWN = 40  # characters

NO_ANSWER = N_("Câu hỏi không có dòng ANSWER.")
NO_OPTIONS = N_("Câu hỏi không có phương án. Mỗi phương án phải bắt đầu bằng “A.” hoặc “A)”.")
BAD_ANSWER = N_("Đáp án “%(value)s” không phải là chữ cái của một phương án, từ A đến %(last)s.")
BAD_ORDER = N_("Phương án phải theo thứ tự A, B, C…; chỗ này phải là %(letter)s.")
MANY_QUESTIONS = N_("Tệp có nhiều hơn %(most)d câu hỏi. Hãy chia thành nhiều tệp nhỏ hơn.")
CANNOT_HOLD = N_(
    "Tệp Aiken chỉ chứa được câu một lựa chọn không có hình, mỗi phương án một dòng. "
    "Hãy bỏ các câu sau: %(codes)s."
)


@dataclass(slots=True)
class _Entry:
    """The lines of a question; `line` (from 1) is its first, `wrong` what was seen so far."""

    line: int = 0
    text: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    wrong: Problem | None = None
    wrong_line: int = 0

    def complain(self, line: int, message: str, **facts: object) -> None:
        if self.wrong is None:
            self.wrong, self.wrong_line = Problem(message, **facts), line


# Reading


def read(data: bytes) -> Reading:
    """Read every question; whatever the bytes, problems are returned and nothing is raised.

    A question with a problem is left out whole, at the line of the problem. One that has no
    answer ends where the text of the next one starts.
    """
    try:
        text, notes = encodings.decode_questions(data)
        found: list[DraftQuestion] = []
        problems: list[FoundProblem] = []
        for entry, answer, line in _limited(_entries(text)):
            question = _question(entry, answer, line)
            if question is not None:
                found.append(question)
            elif entry.wrong is not None:
                problems.append(FoundProblem(f"line {entry.wrong_line}", entry.wrong, LEFT_OUT))
    except Invalid as error:
        what = Problem(error.message, **error.facts)
        return Reading((), (FoundProblem(FILE, what, REFUSED),))
    return Reading(tuple(found), tuple(problems), notes)


Ended = tuple[_Entry, str | None, int]


def _limited(entries: Iterable[Ended]) -> Iterator[Ended]:
    for number, one in enumerate(entries):
        if number == reading.MOST_QUESTIONS:
            raise Invalid(MANY_QUESTIONS, most=reading.MOST_QUESTIONS)
        yield one


def _entries(text: str) -> Iterator[Ended]:
    """Give (entry, its answer or None, the line where it ended)."""
    entry = _Entry()
    number = 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line:
            continue
        answer = ANSWER.fullmatch(line)
        option = _option(entry, line)
        if answer:
            entry.line = entry.line or number
            yield entry, answer[1].strip(), number
            entry = _Entry()
            continue
        if not option and entry.options:  # the next question: this one had no answer
            yield entry, None, entry.line
            entry = _Entry()
        entry.line = entry.line or number
        if option:
            _add_option(entry, number, option)
        else:
            entry.text.append(line)
    if entry.line:
        yield entry, None, entry.line


def _option(entry: _Entry, line: str) -> re.Match[str] | None:
    """Tell whether a line is an option: "v.v." inside a text is none, having no space."""
    found = OPTION.fullmatch(line)
    if found is None or not entry.text:
        return None
    is_next = LETTERS.startswith(found[1], len(entry.options))
    return found if is_next or found[2][:1].isspace() else None


def _add_option(entry: _Entry, line: int, option: re.Match[str]) -> None:
    expected = LETTERS[len(entry.options) : len(entry.options) + 1]
    if option[1] != expected:
        entry.complain(line, BAD_ORDER, letter=expected or LETTERS[-1])
    entry.options.append(nfc(option[2]))


def _question(entry: _Entry, answer: str | None, line: int) -> DraftQuestion | None:
    """Make the question; when it cannot be, `entry.wrong` says why and None is given."""
    if entry.wrong is not None:
        return None
    options = tuple(entry.options)
    if not options:
        entry.complain(entry.line, NO_OPTIONS)
    elif answer is None:
        entry.complain(line, NO_ANSWER)
    else:
        right = LETTERS.find(answer.rstrip(".)").upper() or " ")
        if len(answer.rstrip(".)")) != 1 or not 0 <= right < len(options):
            last = LETTERS[min(len(options), len(LETTERS)) - 1]
            entry.complain(line, BAD_ANSWER, value=answer[:SHOWN], last=last)
        else:
            return _checked(entry, options, right)
    return None


def _checked(entry: _Entry, options: tuple[str, ...], right: int) -> DraftQuestion | None:
    try:
        limits.ensure_count(len(options))
        key = OneKey(right, len(options))
    except Invalid as error:
        entry.complain(entry.line, error.message, **error.facts)
        return None
    question = DraftQuestion(
        code="",
        type=QuestionType.ONE,
        topic="",
        difficulty=None,
        audiences=(),
        text=nfc("\n".join(entry.text)),
        options=options,
        rights=(),
        key=key,
        explanation="",
        source="",
    )
    broken = limits.first_broken(question)
    if broken is None:
        return question
    entry.complain(entry.line, broken.message, **broken.facts)
    return None


# Writing


def write(questions: Iterable[DraftQuestion]) -> bytes:
    """Write questions with one right answer; raises Invalid, naming them, for all others.

    Only the text, the options and the right letter are written: Aiken has no place for anything
    else, marks, weights and blank lines included.
    """
    every = list(questions)
    unheld = [one.code or one.text[:SHOWN] for one in every if not _is_held(one)]
    if unheld:
        raise Invalid(CANNOT_HOLD, codes=", ".join(unheld))
    return "\n".join(map(_block, every)).encode()


def _is_held(question: DraftQuestion) -> bool:
    text, *options = _texts(question)
    lines = _lines(text)
    return (
        isinstance(question.key, OneKey)
        and question.picture is None
        and bool(text)
        and len(options) <= len(LETTERS)
        and not any(ANSWER.fullmatch(line) for line in lines)
        and not any(OPTION.fullmatch(line) for line in lines[1:])
        and all(options)
        and not any("\n" in one for one in options)
    )


def _texts(question: DraftQuestion) -> tuple[str, ...]:
    texts = (question.text, *question.options)
    return tuple(map(markup.plain, texts)) if question.is_html else texts


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _block(question: DraftQuestion) -> str:
    text, *options = _texts(question)
    right = question.key.right if isinstance(question.key, OneKey) else 0
    lines = _lines(text)
    lines += [f"{letter}. {one}" for letter, one in zip(LETTERS, options, strict=False)]
    return "\n".join([*lines, f"ANSWER: {LETTERS[right]}"]) + "\n"
