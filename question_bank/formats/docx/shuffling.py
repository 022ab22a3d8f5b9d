"""The papers of one exam: for each code, the order of its questions and of their parts.

The same questions, code and seed give the same paper on every machine (`random.Random` of a text
is SHA-512 of it).
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from question_bank.formats import markup
from question_bank.formats.docx.labels import LETTERS
from question_bank.formats.reading import DraftQuestion
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)

# "Cả A và B", "Tất cả các đáp án trên": such options speak of the others' places.
OF_PLACES = re.compile(
    r"\b[A-T]\s*(?:,|và|hoặc)\s*[A-T]\b"
    r"|(?:tất cả|không có|cả|các).{0,12}\b(?:đáp|phương) án\b.{0,12}\btrên|đều (?:đúng|sai)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Printed:
    """A question as it stands on one paper: its parts in their printed order.

    `options[i]` is the authored place of what is printed at place i; so are `rights`.
    """

    question: DraftQuestion
    options: tuple[int, ...]
    rights: tuple[int, ...]

    @property
    def answer(self) -> str:
        """What the answer table says: "B", "A, C", "Đúng", "1-c, 2-a", "12,5"."""
        key = self.question.key
        if isinstance(key, OneKey):
            return LETTERS[self.options.index(key.right)]
        if isinstance(key, SeveralKey):
            return ", ".join(sorted(LETTERS[self.options.index(one)] for one in key.right))
        if isinstance(key, TrueFalseKey):
            return "Đúng" if key.right else "Sai"
        if isinstance(key, OrderingKey):
            return "-".join(LETTERS[self.options.index(one)] for one in range(key.size))
        if isinstance(key, MatchingKey):
            places = [self.rights.index(key.right[one]) for one in self.options]
            return ", ".join(f"{at}-{LETTERS[place].lower()}" for at, place in enumerate(places, 1))
        return _number(key) if isinstance(key, NumberKey) else ""


def papers(
    questions: Sequence[DraftQuestion], codes: Sequence[str], seed: str
) -> dict[str, tuple[Printed, ...]]:
    """Give the printed questions of each code."""
    return {code: _paper(questions, random.Random(f"{seed}/{code}")) for code in codes}  # noqa: S311


def _paper(questions: Sequence[DraftQuestion], chance: random.Random) -> tuple[Printed, ...]:
    order = list(questions)
    chance.shuffle(order)
    return tuple(_printed(question, chance) for question in order)


def _printed(question: DraftQuestion, chance: random.Random) -> Printed:
    options = list(range(len(question.options)))
    rights = list(range(len(question.rights)))
    plain = (markup.plain(one) if question.is_html else one for one in question.options)
    if not any(OF_PLACES.search(one) for one in plain):
        chance.shuffle(options)
    chance.shuffle(rights)
    return Printed(question, tuple(options), tuple(rights))


def _number(key: NumberKey) -> str:
    shown = f"{key.value:f}".replace(".", ",")
    return shown + (f" ± {key.tolerance:f}".replace(".", ",") if key.tolerance else "")
