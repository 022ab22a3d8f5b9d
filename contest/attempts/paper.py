"""A drawn paper as it is stored, and as it is shown: positions on the screen, never the key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from question_bank.queries import PaperQuestion
from question_bank.rules.drawing import Item, Paper, to_authored
from question_bank.rules.given import Given, QuestionType, check_given
from question_bank.rules.keys import MatchingKey, NumberKey, OneKey, SeveralKey, TrueFalseKey


@dataclass(frozen=True, slots=True)
class Shape:
    """What a saved value is checked against: a question's kind and its sizes."""

    kind: QuestionType
    size: int
    size_right: int


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question as one paper shows it; `value` is the saved choice in shown positions."""

    no: int  # from 1
    question: PaperQuestion
    text: str
    options: tuple[str, ...]  # in the order shown
    rights: tuple[str, ...]
    value: Given
    parallel_text: str | None = None


def stored(paper: Paper) -> list[Any]:
    """Return a drawn paper as its row keeps it."""
    return [
        {"v": item.version_id, "o": list(item.order), "r": list(item.order_right)}
        for item in paper.items
    ]


def items(rows: Sequence[Mapping[str, Any]]) -> tuple[Item, ...]:
    """Return a stored paper's items, in the order shown."""
    return tuple(Item(row["v"], tuple(row["o"]), tuple(row["r"])) for row in rows)


def shape(question: PaperQuestion) -> Shape:
    return Shape(question.type, len(question.options), len(question.rights))


def show(
    drawn: Sequence[Item],
    questions: Mapping[int, PaperQuestion],
    values: Mapping[int, Given],
    *,
    language: str,
) -> list[ShownQuestion]:
    """Lay a paper out in the visitor's language, with what was saved so far."""
    return [
        _show_one(no, item, questions[item.version_id].in_language(language), values.get(no))
        for no, item in enumerate(drawn, start=1)
    ]


def _show_one(no: int, item: Item, question: PaperQuestion, value: Given) -> ShownQuestion:
    return ShownQuestion(
        no=no,
        question=question,
        text=question.text,
        options=_in_order(question.options, item.order),
        rights=_in_order(question.rights, item.order_right),
        value=value,
    )


def _in_order(texts: Sequence[str], order: Sequence[int]) -> tuple[str, ...]:
    return tuple(texts[at] for at in order) if order else tuple(texts)


def checked(shape_: Shape, value: object) -> Given:
    """Return a client's value brought to its one form; Invalid when it cannot be an answer."""
    return check_given(shape_.kind, shape_.size, shape_.size_right, value)


def right_in_words(one: ShownQuestion, item: Item) -> list[str]:
    """Say the right answer of a question in the words this paper showed."""
    question = one.question
    key = question.key
    if isinstance(key, OneKey):
        return [question.options[key.right]]
    if isinstance(key, SeveralKey):
        return [question.options[at] for at in item.order if at in key.right]
    if isinstance(key, TrueFalseKey):
        return ["true" if key.right else "false"]
    if isinstance(key, MatchingKey):
        return [
            f"{question.options[left]} → {question.rights[key.right[left]]}" for left in item.order
        ]
    if isinstance(key, NumberKey):
        ranges = [key.value, *(one.value for one in key.others if one.share == 1)]
        return [f"{' / '.join(f'{one:f}' for one in ranges)} {question.number_unit}".strip()]
    return [f"{at}. {text}" for at, text in enumerate(question.options, start=1)]


def said_of(one: ShownQuestion, item: Item, verdict: str) -> list[str]:
    """Give what the author says of this answer: of each option chosen, then of the whole."""
    said, kind = one.question.feedback, one.question.type
    authored = to_authored(item, kind, one.value)
    chosen: list[int] = []
    if kind is QuestionType.ONE and authored is not None:
        chosen = [cast("int", authored)]
    elif kind is QuestionType.SEVERAL:
        chosen = cast("list[int]", authored or [])
    elif kind is QuestionType.TRUE_FALSE and authored is not None:
        chosen = [0 if authored else 1]
    whole = {"right": said.right, "partly": said.partly or said.wrong, "wrong": said.wrong}
    texts = [said.options[at] for at in chosen] if said.options else []
    return [text for text in (*texts, whole.get(verdict, "")) if text]
