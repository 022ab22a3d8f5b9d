"""What a file of questions says, as plain values, and what was wrong with it.

The law of every format: questions in the file = questions read + questions with problems.
Nothing is dropped in silence; a question with a problem is left out whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from contest.errors import Problem
from question_bank.rules.marking import Key, QuestionType

FILE = "file"  # the place of a problem that belongs to no line and no question
LEFT_OUT = "left_out"  # this question, or this part of the file, was not read; the rest was
REFUSED = "refused"  # nothing of the file was read

MOST_BYTES = 5 * 1024 * 1024
LONGEST_CODE = 60  # characters, this and the next
LONGEST_NAME = 40  # a topic, an audience, a unit of a number
LONGEST_TEXT = 2000
LONGEST_OPTION = 500
LONGEST_EXPLANATION = 2000
LONGEST_SOURCE = 500
LONGEST_ALT = 300
LONGEST_PICTURE = 100
FEWEST_OPTIONS = 2
MOST_OPTIONS = 10


@dataclass(frozen=True, slots=True)
class Parallel:
    """A question in a second language; what is empty is shown as the question has it."""

    text: str = ""
    options: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class DraftQuestion:
    """A question as its author wrote it; every text is clean (`vietnamese.nfc`).

    `options` are choices, items in their right order, or left sides; `rights` the right sides of
    a matching in the order of the left ones, extra ones last; `picture` a file's bare name.
    """

    code: str
    type: QuestionType
    topic: str
    difficulty: int
    audiences: tuple[str, ...]
    text: str
    options: tuple[str, ...]
    rights: tuple[str, ...]
    key: Key
    explanation: str
    source: str
    number_unit: str = ""
    valid_until: date | None = None
    picture: str | None = None
    picture_alt: str = ""
    parallel: Mapping[str, Parallel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundProblem:
    """`place`: FILE, "line 7", or "question 3 (devices-003)"; `done`: LEFT_OUT or REFUSED."""

    place: str
    what: Problem
    done: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave."""

    questions: tuple[DraftQuestion, ...]
    problems: tuple[FoundProblem, ...]
