"""A contest as plain frozen values, consistent in themselves: what a file says, what is written."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from contest.rules.entry_rules import EntryRules
from contest.rules.guess import GuessTarget
from contest.rules.identity import IdentityRules
from contest.rules.privacy import NameMask
from contest.rules.quota import CountingRule
from contest.rules.ranking import TieBreak
from contest.rules.timing import DeadlineRule, utc
from question_bank.rules.keys import PartialPolicy


class Combine(StrEnum):
    """How month and contest boards add a person's rounds up."""

    SUM = "sum"
    BEST = "best"
    WEIGHTED = "weighted"  # each round's share of its greatest score, by its weight


class RoundKind(StrEnum):
    """How a round is taken part in."""

    QUIZ = "quiz"  # timed papers
    ENTRIES = "entries"  # submitted works, judged


class Shows(StrEnum):
    """What a person sees right after handing in."""

    NOTHING = "nothing"
    SCORE = "score"
    MARKS = "marks"


@dataclass(frozen=True, slots=True)
class PrizeSpec:
    """`count` equal prizes; `value` in words."""

    name: str
    name_en: str
    count: int
    value: str

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "name_en": self.name_en,
            "count": self.count,
            "value": self.value,
        }


@dataclass(frozen=True, slots=True)
class DivisionSpec:
    """A division; `audience` is a code, `time_limit_s` (seconds) replaces the round's."""

    code: str
    name: str
    name_en: str
    audience: str
    is_easy: bool
    time_limit_s: int | None
    prizes: tuple[PrizeSpec, ...]

    def columns(self) -> dict[str, Any]:
        """Give the columns the file alone decides, ids of other rows aside."""
        return {
            "name": self.name,
            "name_en": self.name_en,
            "is_easy": self.is_easy,
            "time_limit_s": self.time_limit_s,
            "prizes": [prize.as_json() for prize in self.prizes],
        }


@dataclass(frozen=True, slots=True)
class QuotaSpec:
    """`count` questions of a topic and a difficulty, None for any."""

    topic: str | None
    difficulty: int | None
    count: int
    audiences: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "difficulty": self.difficulty,
            "count": self.count,
            "audiences": sorted(self.audiences),
        }


@dataclass(frozen=True, slots=True)
class RoundSpec:
    """A round; its moments are aware, in the zone the file was read in; limits in seconds.

    `weight` is its percentage of the contest's total, for Combine.WEIGHTED only. A round of
    entries has no plan, and its settings of papers mean nothing; `entries` is None for a quiz,
    and for a round of entries stored before there were such settings.
    """

    code: str
    name: str
    name_en: str
    kind: RoundKind
    weight: Decimal | None
    opens_at: datetime
    closes_at: datetime
    time_limit_s: int | None
    deadline_rule: DeadlineRule
    is_practice: bool
    tries_round: int | None
    tries_day: int | None
    tries_week: int | None
    counting: CountingRule
    is_one_way: bool
    shuffles_questions: bool
    shuffles_options: bool
    shows: Shows
    explains: bool
    requires_all: bool
    plan: tuple[QuotaSpec, ...]
    bound: Decimal
    points: Decimal
    partial: PartialPolicy
    wrong: Decimal
    entries: EntryRules | None
    guess_text: str | None
    guess_text_en: str | None
    guess_target: GuessTarget | None
    ties: tuple[TieBreak, ...]
    freeze_s: int

    def columns(self) -> dict[str, Any]:
        """Give the columns the file decides: everything but code, seed and what closing finds."""
        return {
            "name": self.name,
            "name_en": self.name_en,
            "kind": self.kind.value,
            "weight": self.weight,
            "opens_at": utc(self.opens_at),
            "closes_at": utc(self.closes_at),
            "time_limit_s": self.time_limit_s,
            "deadline_rule": self.deadline_rule.value,
            "is_practice": self.is_practice,
            "tries_round": self.tries_round,
            "tries_day": self.tries_day,
            "tries_week": self.tries_week,
            "counting": self.counting.value,
            "is_one_way": self.is_one_way,
            "shuffles_questions": self.shuffles_questions,
            "shuffles_options": self.shuffles_options,
            "shows": self.shows.value,
            "explains": self.explains,
            "requires_all": self.requires_all,
            "plan": [quota.as_json() for quota in self.plan],
            "bound": self.bound,
            "points": self.points,
            "partial": self.partial.value,
            "wrong": self.wrong,
            "entries": {} if self.entries is None else self.entries.as_json(),
            "guess_text": self.guess_text,
            "guess_text_en": self.guess_text_en,
            "guess_target": None if self.guess_target is None else self.guess_target.value,
            "ties": [each.value for each in self.ties],
            "freeze_s": self.freeze_s,
        }


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """How many people a unit (its code) is asked to bring."""

    unit: str
    people: int


@dataclass(frozen=True, slots=True)
class ContestSpec:
    """A whole contest, consistent in itself; whether its units and topics exist is not known."""

    code: str
    unit: str
    title: str
    title_en: str
    about: str
    about_en: str
    contact: str
    extra: str
    extra_en: str
    tries_total: int | None
    name_mask: NameMask
    combine: Combine
    identity: IdentityRules
    divisions: tuple[DivisionSpec, ...]
    rounds: tuple[RoundSpec, ...]
    targets: tuple[TargetSpec, ...]

    def columns(self) -> dict[str, Any]:
        """Give the columns the file alone decides, ids of other rows aside."""
        return {
            "title": self.title,
            "title_en": self.title_en,
            "about": self.about,
            "about_en": self.about_en,
            "contact": self.contact,
            "extra": self.extra,
            "extra_en": self.extra_en,
            "tries_total": self.tries_total,
            "name_mask": self.name_mask.value,
            "combine": self.combine.value,
            "identity": self.identity.as_json(),
        }
