"""Questions out of a GIFT file; sources: Moodle's documentation and how Moodle itself reads it."""

from typing import Any

from contest.errors import N_, Invalid, Problem
from contest.rules.vietnamese import nfc
from question_bank.formats import encodings, labels, limits, reading
from question_bank.formats.gift import answers, blocks, pieces
from question_bank.formats.gift.answers import Answers
from question_bank.formats.gift.blocks import Block
from question_bank.formats.gift.pieces import MARKDOWN, Picture, piece
from question_bank.formats.reading import (
    CHANGED,
    FILE,
    LEFT_OUT,
    REFUSED,
    DraftQuestion,
    Feedback,
    FoundProblem,
    Reading,
)

MANY_QUESTIONS = N_("Tệp có nhiều hơn %(most)d câu hỏi. Hãy chia thành nhiều tệp nhỏ hơn.")
DUPLICATE = N_("Mã câu hỏi “%(code)s” đã dùng cho một câu ở trên trong cùng tệp.")
WAS_MARKDOWN = N_("Câu viết bằng Markdown; các dấu định dạng được giữ nguyên như chữ thường.")
NO_CODE = N_("Mã “%(value)s” không dùng được làm mã câu hỏi nên đã được bỏ đi.")


def read(data: bytes) -> Reading:
    """Read every question that is ours; whatever the bytes, problems are returned, none raised.

    One question that is not read is one problem at the line where it starts. Markdown is kept
    as plain text, since its signs still tell a reader what was meant, and noted.
    """
    try:
        text, notes = encodings.decode_questions(data)
        return _File(list(notes)).read(text)
    except Invalid as error:
        what = Problem(error.message, **error.facts)
        return Reading((), (FoundProblem(FILE, what, REFUSED),))


class _File:
    """What was read of one file so far."""

    def __init__(self, notes: list[FoundProblem]) -> None:
        self.questions: list[DraftQuestion] = []
        self.problems: list[FoundProblem] = []
        self.notes = notes
        self.pictures: dict[str, bytes] = {}
        self.codes: set[str] = set()

    def read(self, text: str) -> Reading:
        for number, block in enumerate(blocks.blocks(text)):
            if number == reading.MOST_QUESTIONS:
                raise Invalid(MANY_QUESTIONS, most=reading.MOST_QUESTIONS)
            try:
                self._take(block)
            except Invalid as error:
                what = Problem(error.message, **error.facts)
                self.problems.append(FoundProblem(f"line {block.line}", what, LEFT_OUT))
        found, problems, notes = self.questions, self.problems, self.notes
        return Reading(tuple(found), tuple(problems), tuple(notes), self.pictures)

    def _take(self, block: Block) -> None:
        question, picture, notes = _question(block)
        broken = limits.first_broken(question)
        if broken is not None:
            raise Invalid(broken.message, **broken.facts)
        if question.code in self.codes:
            raise Invalid(DUPLICATE, code=question.code)
        self.codes |= {question.code} - {""}
        self.pictures |= {picture.name: picture.data} if picture else {}
        self.notes += [FoundProblem(f"line {block.line}", one, CHANGED) for one in notes]
        self.questions.append(question)


def _question(block: Block) -> tuple[DraftQuestion, Picture | None, list[Problem]]:
    parts = blocks.parts(block)
    text = piece(parts.text)
    found = answers.read(parts.answers, text.format)
    others = (
        *(piece(parts.general, text.format), found.right, found.partly, found.wrong),
        *(*found.options, *found.rights, *found.feedback),
    )
    text, picture = pieces.take_picture(text, others)
    clean, is_html = pieces.unify((text, *others))
    notes = [Problem(one) for one in found.notes]
    if any(one.format == MARKDOWN and one.text for one in (text, *others)):
        notes.append(Problem(WAS_MARKDOWN))
    said, code_notes = _labels(block)
    question = DraftQuestion(
        **said,
        **_body(found, clean),
        is_html=is_html,
        name=" ".join(nfc(blocks.reveal(parts.title)).split()),
        category=block.category,
        picture=picture.name if picture else None,
        picture_alt=picture.alt if picture else "",
    )
    return question, picture, notes + code_notes


def _body(found: Answers, clean: tuple[str, ...]) -> dict[str, Any]:
    """Give the cleaned texts their names; `clean` is in the order of `_question`."""
    text, explanation, right, partly, wrong, *rest = clean
    size, size_right = len(found.options), len(found.rights)
    options, rights = tuple(rest[:size]), tuple(rest[size : size + size_right])
    comments = tuple(rest[size + size_right :])
    key = found.key
    if key is None:
        options, rights, key = answers.matched(options, rights)
    return {
        "type": found.type,
        "text": text,
        "explanation": explanation,
        "options": options,
        "rights": rights,
        "key": key,
        "feedback": Feedback(comments if any(comments) else (), right, partly, wrong),
    }


def _labels(block: Block) -> tuple[dict[str, Any], list[Problem]]:
    """Give the fields that the comments carry, and what of them could not be kept."""
    said = labels.read(dict.fromkeys(block.found(blocks.TAG)))
    ident = next(iter(block.found(blocks.ID)), "")
    code = said.code or (ident if labels.is_code(ident) else "")
    notes = [Problem(NO_CODE, value=ident[: reading.LONGEST_CODE])] if ident and not code else []
    fields = {
        "code": code,
        "topic": said.topic,
        "difficulty": said.difficulty,
        "audiences": said.audiences,
        "source": said.source,
        "valid_until": said.valid_until,
        "number_unit": said.number_unit,
        "tags": said.tags,
    }
    return fields, notes
