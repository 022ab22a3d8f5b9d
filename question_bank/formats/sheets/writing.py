"""Questions become rows of named cells that `rows.read` turns back into equal questions."""

from collections.abc import Iterable, Iterator, Sequence

from question_bank.formats.reading import DraftQuestion
from question_bank.formats.sheets import cells
from question_bank.formats.sheets.columns import LETTERS, Column, Field
from question_bank.rules.keys import (
    Key,
    MatchingKey,
    NumberKey,
    OneKey,
    SeveralKey,
    TrueFalseKey,
)

# These stand in every file, filled or not, so that one written can be filled further.
ALWAYS = (
    *(Column(field) for field in (Field.CODE, Field.TYPE, Field.TOPIC, Field.DIFFICULTY)),
    *(Column(Field.AUDIENCES), Column(Field.TEXT)),
    *(Column(Field.OPTION, index) for index in range(4)),
    *(Column(Field.ANSWER), Column(Field.EXPLANATION), Column(Field.SOURCE)),
)


def table(questions: Iterable[DraftQuestion]) -> tuple[list[Column], list[list[str]]]:
    """Give the columns in their order and a row of texts for each question."""
    rows = [dict(_cells(question)) for question in questions]
    used = {column for row in rows for column, text in row.items() if text}
    columns = sorted({*ALWAYS, *used}, key=lambda one: one.position)
    return columns, [[row.get(column, "") for column in columns] for row in rows]


def _cells(question: DraftQuestion) -> Iterator[tuple[Column, str]]:
    plain = {
        Field.CODE: question.code,
        Field.TYPE: cells.KIND_TITLES[question.type],
        Field.TOPIC: question.topic,
        Field.DIFFICULTY: cells.DIFFICULTY_TITLES.get(question.difficulty or 0, ""),
        Field.AUDIENCES: cells.join(question.audiences),
        Field.TEXT: question.text,
        Field.UNIT: question.number_unit,
        Field.EXPLANATION: question.explanation,
        Field.SOURCE: question.source,
        Field.VALID_UNTIL: f"{question.valid_until:%d/%m/%Y}" if question.valid_until else "",
        Field.PICTURE: question.picture or "",
        Field.PICTURE_ALT: question.picture_alt,
        Field.FEEDBACK_RIGHT: question.feedback.right,
        Field.FEEDBACK_PARTLY: question.feedback.partly,
        Field.FEEDBACK_WRONG: question.feedback.wrong,
        Field.NAME: question.name,
        Field.CATEGORY: question.category,
        Field.TAGS: cells.join(question.tags),
        Field.FORMAT: cells.HTML if question.is_html else "",
    }
    yield from ((Column(field), text) for field, text in plain.items())
    yield from _series(Field.OPTION, question.options)
    yield from _series(Field.RIGHT, question.rights)
    yield from _series(Field.OPTION_FEEDBACK, question.feedback.options)
    yield from ((Column(field), text) for field, text in _key_cells(question.key))
    for language, parallel in question.parallel.items():
        yield Column(Field.TEXT, 0, language), parallel.text
        yield from _series(Field.OPTION, parallel.options, language)
        yield from _series(Field.RIGHT, parallel.rights, language)
        yield Column(Field.EXPLANATION, 0, language), parallel.explanation


def _series(field: Field, texts: Sequence[str], language: str = "") -> Iterator[tuple[Column, str]]:
    yield from ((Column(field, index, language), text) for index, text in enumerate(texts))


def _key_cells(key: Key) -> Iterator[tuple[Field, str]]:
    if isinstance(key, OneKey):
        yield Field.ANSWER, LETTERS[key.right]
        yield Field.WEIGHTS, cells.write_shares(key.weights)
    elif isinstance(key, SeveralKey):
        yield Field.ANSWER, ", ".join(LETTERS[right] for right in sorted(key.right))
        yield Field.WEIGHTS, cells.write_shares(key.weights)
    elif isinstance(key, TrueFalseKey):
        yield Field.ANSWER, "Đúng" if key.right else "Sai"
    elif isinstance(key, MatchingKey):
        pairs = (f"{LETTERS[left]}-{right + 1}" for left, right in enumerate(key.right))
        yield Field.ANSWER, "; ".join(pairs)
    elif isinstance(key, NumberKey):
        yield Field.ANSWER, cells.write_number(key.value)
        yield Field.TOLERANCE, cells.write_number(key.tolerance) if key.tolerance else ""
        yield Field.RANGES, cells.write_ranges(key.others)
