"""What drawing takes and gives: candidates and a plan of quotas in, papers and shortages out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contest.errors import N_, Invalid, Problem
from question_bank.rules.given import QuestionType

EXPECTED_BY_DIFFICULTY: Mapping[int, float] = {1: 0.8, 2: 0.6, 3: 0.4}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A published question that may be drawn.

    `expected`: share of people, 0..1, who get it right, measured or `EXPECTED_BY_DIFFICULTY`;
    `exposure`: papers it has stood on; `audiences`: empty means for everybody; `size` counts
    options, items or lefts and `size_right` the right side of a matching.
    """

    question_id: int
    version_id: int
    topic: str
    difficulty: int
    expected: float
    exposure: int
    audiences: frozenset[str]
    type: QuestionType
    size: int = 0
    size_right: int = 0

    def __post_init__(self) -> None:
        if self.difficulty not in EXPECTED_BY_DIFFICULTY:
            raise Invalid(N_("Độ khó phải là 1, 2 hoặc 3."))
        if not 0 <= self.expected <= 1 or self.exposure < 0:
            raise Invalid(N_("Tỉ lệ làm đúng phải từ 0 đến 1, số lần đã ra đề không được âm."))


@dataclass(frozen=True, slots=True)
class Quota:
    """`count` questions of a topic and a difficulty (None: any), for any of `audiences`."""

    topic: str | None
    difficulty: int | None
    count: int
    audiences: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.count < 1:
            raise Invalid(N_("Số câu của mỗi phần trong cấu trúc đề phải từ 1 trở lên."))

    def takes(self, one: Candidate) -> bool:
        return (
            self.topic in (None, one.topic)
            and self.difficulty in (None, one.difficulty)
            and not (self.audiences and one.audiences and self.audiences.isdisjoint(one.audiences))
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a paper is made of; `bound`: how far two papers' means may differ, 0..1."""

    quotas: tuple[Quota, ...]
    bound: float
    shuffle_questions: bool = True
    shuffle_options: bool = True

    def __post_init__(self) -> None:
        if not self.quotas:
            raise Invalid(N_("Cấu trúc đề cần ít nhất một phần."))
        if not 0 <= self.bound <= 1:
            raise Invalid(N_("Độ chênh cho phép giữa các đề phải từ 0 đến 1."))


@dataclass(frozen=True, slots=True)
class Item:
    """A question as one paper shows it: place shown → authored index, for each side."""

    version_id: int
    order: tuple[int, ...]
    order_right: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """`items` in the order shown; `expected`: their mean expected share, 0..1."""

    items: tuple[Item, ...]
    expected: float


@dataclass(frozen=True, slots=True)
class Shortage:
    """`needed` against `found`: questions of `quota` or, with None, trial papers in the bound."""

    quota: Quota | None
    needed: int
    found: int

    @property
    def problem(self) -> Problem:
        """The sentence to show to an organizer."""
        if self.quota is None:
            return Problem(UNEVEN, needed=self.needed, found=self.found)
        topic, difficulty = self.quota.topic, self.quota.difficulty
        return Problem(
            SHORT[topic is None, difficulty is None],
            topic=topic,
            difficulty=difficulty,
            needed=self.needed,
            found=self.found,
        )


class PoolTooSmall(Invalid):
    """A quota cannot be filled; facts: topic, difficulty, needed, found; `shortages` has all."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        first = shortages[0].problem
        problems = {f"shortages-{at}": one.problem for at, one in enumerate(shortages)}
        super().__init__(first.message, problems=problems, **first.facts)
        self.shortages = tuple(shortages)


class Unbalanced(Invalid):
    """No paper as even as the plan's bound wants was found."""


UNEVEN = N_(
    "Chỉ %(found)d trên %(needed)d đề rút thử đạt độ chênh cho phép; "
    "hãy nới độ chênh hoặc bổ sung câu hỏi."
)
SHORT: Mapping[tuple[bool, bool], str] = {
    (False, False): N_(
        "Chủ đề “%(topic)s”, độ khó %(difficulty)d: cần %(needed)d câu, chỉ có %(found)d câu."
    ),
    (False, True): N_("Chủ đề “%(topic)s”: cần %(needed)d câu, chỉ có %(found)d câu."),
    (True, False): N_("Độ khó %(difficulty)d: cần %(needed)d câu, chỉ có %(found)d câu."),
    (True, True): N_("Câu thuộc chủ đề bất kỳ: cần %(needed)d câu, chỉ có %(found)d câu."),
}
