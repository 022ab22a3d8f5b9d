"""What a file of questions says, as plain values, and what was wrong with it.

The law of every format: questions in the file = questions read + questions with problems.
Nothing is dropped in silence; a question with a problem is left out whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from contest.errors import Problem
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import Key

FILE = "file"  # the place of a problem that belongs to no line and no question
LEFT_OUT = "left_out"  # this question, or this part of the file, was not read; the rest was
REFUSED = "refused"  # nothing of the file was read
CHANGED = "changed"  # read, but something of it was altered or could not be kept

MOST_BYTES = 20 * 1024 * 1024  # of a file as it was sent
MOST_UNPACKED = 200 * 1024 * 1024  # bytes, of everything in an archive together
MOST_QUESTIONS = 20_000
LONGEST_CODE = 60  # characters, this and the next
LONGEST_NAME = 40  # a topic, an audience, a unit of a number
LONGEST_TEXT = 2000
LONGEST_OPTION = 500
LONGEST_EXPLANATION = 2000
LONGEST_SOURCE = 500
LONGEST_ALT = 300
LONGEST_PICTURE = 100
LONGEST_CATEGORY = 200
LONGEST_TAG = 60
MOST_TAGS = 20
FEWEST_OPTIONS = 2
MOST_OPTIONS = 20


@dataclass(frozen=True, slots=True)
class Parallel:
    """A question in a second language; what is empty is shown as the question has it."""

    text: str = ""
    options: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is said of an answer after handing in, besides the explanation; empty is unsaid.

    `options`: one text an option, or none at all.
    """

    options: tuple[str, ...] = ()
    right: str = ""
    partly: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class DraftQuestion:
    """A question as its author wrote it; every text is clean (`vietnamese.nfc`).

    `options` are choices, items in their right order, or left sides; `rights` the distinct right
    sides of a matching (`key.right` says which belongs to which left one); `picture` a file's
    bare name. `is_html`: every text, the parallel ones and the feedback too, is HTML as
    `markup.clean` leaves it; else every text is plain.

    What many formats do not know may be missing: `code` (made from the content when stored),
    `topic`, `difficulty` and `audiences` (asked from who imports). `category` is the path of the
    folder it stood in, "/" between names; `tags` are free words of its author.
    """

    code: str
    type: QuestionType
    topic: str
    difficulty: int | None
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
    is_html: bool = False
    name: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    feedback: Feedback = Feedback()


@dataclass(frozen=True, slots=True)
class FoundProblem:
    """`place`: FILE, "line 7", or "question 3 (devices-003)"; `done`: one of the words above."""

    place: str
    what: Problem
    done: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave.

    `problems` (LEFT_OUT, REFUSED) tell of what was not read, one a question at least; `notes`
    (CHANGED) of what was read, but not just as it stood. `pictures` are those the file itself
    held, by the bare name its questions use.
    """

    questions: tuple[DraftQuestion, ...]
    problems: tuple[FoundProblem, ...]
    notes: tuple[FoundProblem, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
