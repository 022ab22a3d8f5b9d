"""Feeds the pure rules of item analysis with a round's papers; the outcome is plain JSON.

A round's outcome lies in storage under the round's codes: a settled round changes no more, and
measuring it again writes the same.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from contest.analysis import queries
from contest.attempts import paper
from contest.contests.models import Round
from contest.core.storage import Storage
from contest.errors import NotFound
from question_bank import queries as bank
from question_bank.formats import markup
from question_bank.queries import PaperQuestion
from question_bank.rules import item_analysis
from question_bank.rules.drawing import to_authored
from question_bank.rules.given import Given, QuestionType
from question_bank.rules.item_analysis import ItemFacts, OptionCounts, Row, Scores
from question_bank.rules.keys import OneKey, PartialPolicy, SeveralKey, TrueFalseKey
from question_bank.rules.marking import Scheme, Verdict

FOLDER = "analysis"
COUNTED = frozenset({QuestionType.ONE, QuestionType.SEVERAL, QuestionType.TRUE_FALSE})
SIZE_OF_TRUTH = 2
LONGEST_SHOWN = 300  # characters of a question or an option on the page


def key_of(contest_code: str, round_code: str) -> str:
    """Name where a round's outcome is kept."""
    return f"{FOLDER}/{contest_code}/{round_code}"


def kept(storage: Storage, contest_code: str, round_code: str) -> dict[str, Any] | None:
    """Return a round's outcome, None while nobody measured it."""
    with suppress(NotFound), storage.open(key_of(contest_code, round_code)) as file:
        found: dict[str, Any] = json.loads(file.read())
        return found
    return None


@dataclass(slots=True)
class _Table:
    """What the papers say, gathered in one walk."""

    rows: list[Row] = field(default_factory=list)
    questions: dict[int, PaperQuestion] = field(default_factory=dict)
    given: defaultdict[int, list[tuple[Given, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def measure(
    session: Session, round_: Round, *, now: datetime, tell: Callable[[int, int], object]
) -> dict[str, Any]:
    """Work out every figure of a settled round's questions, as plain JSON, the worst first."""
    table = _Table()
    for one in queries.papers(session, round_.id, tell=tell):
        _add(session, table, one)
    scheme = Scheme(round_.points, PartialPolicy(round_.partial), round_.wrong)
    items = tuple(
        ItemFacts(id_, float(round_.points), _random_guess(question, scheme))
        for id_, question in sorted(table.questions.items())
    )
    analysis = item_analysis.analyse(Scores(items, tuple(table.rows)))
    told = [
        _item(question, analysis.items[id_], table.given.get(id_))
        for id_, question in sorted(table.questions.items())
    ]
    return {
        "measured_at": now.isoformat(),
        "people": len(table.rows),
        "paper": asdict(analysis.paper),
        "items": sorted(told, key=_gravity),
    }


def _add(session: Session, table: _Table, one: queries.Paper) -> None:
    drawn = paper.items(one.drawn)
    new = [item.version_id for item in drawn if item.version_id not in table.questions]
    if new:
        table.questions |= bank.versions(session, new)
    points = {
        item.version_id: None if verdict == Verdict.BLANK else float(got)
        for item, (got, verdict) in zip(drawn, one.marks, strict=True)
    }
    total = sum(value or 0.0 for value in points.values())
    table.rows.append(Row(total, points))
    for no, item in enumerate(drawn, 1):
        question = table.questions[item.version_id]
        if question.type in COUNTED:
            shown = paper.checked(paper.shape(question), one.values.get(no))
            authored = to_authored(item, question.type, shown)
            table.given[item.version_id].append((authored, total))


def _random_guess(question: PaperQuestion, scheme: Scheme) -> float | None:
    key = question.key
    size, size_right = key.shape
    return item_analysis.random_guess_score(
        question.type,
        size,
        size_right,
        rights=len(key.right) if isinstance(key, SeveralKey) else None,
        weights=key.weights if isinstance(key, OneKey | SeveralKey) else (),
        scheme=scheme,
    )


def _item(
    question: PaperQuestion,
    statistics: item_analysis.ItemStatistics,
    given: Iterable[tuple[Given, float]] | None,
) -> dict[str, Any]:
    counts: OptionCounts | None = None
    if given is not None:
        is_truth = question.type is QuestionType.TRUE_FALSE
        size = SIZE_OF_TRUTH if is_truth else len(question.options)
        counts = item_analysis.option_counts(given, size)
    found = item_analysis.warnings(statistics, counts, question.key)
    return {
        "version_id": question.version_id,
        "question_id": question.question_id,
        "code": question.code,
        "type": question.type.value,
        "text": _plain(question, question.text),
        "options": [_plain(question, one) for one in question.options],
        "rights": _rights(question),
        "figures": asdict(statistics),
        "counts": None if counts is None else asdict(counts),
        "warnings": [
            {
                "code": one.code.value,
                "message": one.message,
                "facts": {name: _said(value) for name, value in one.facts.items()},
                "is_provisional": one.is_provisional,
            }
            for one in found
        ],
    }


def _plain(question: PaperQuestion, text: str) -> str:
    return (markup.plain(text) if question.is_html else text)[:LONGEST_SHOWN]


def _rights(question: PaperQuestion) -> list[int]:
    """Give the options that are right, by their place; of true/false, 1 is true."""
    match question.key:
        case OneKey(right=right) | TrueFalseKey(right=right):
            return [int(right)]
        case SeveralKey(right=rights):
            return sorted(rights)
    return []


def _said(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


ORDER = ("key_beaten", "negative", "below_guess", "weak", "too_hard", "unused_option", "too_easy")


def _gravity(item: Mapping[str, Any]) -> tuple[int, int, str]:
    """Put questions to look at first, those of too few papers after them."""
    codes = [one["code"] for one in item["warnings"]]
    worst = min((ORDER.index(one) for one in codes if one in ORDER), default=len(ORDER))
    return int("too_few" in codes), worst, item["code"]
