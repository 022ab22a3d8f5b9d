"""Finding questions in banks: by words and facts, and by likeness to a draft."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.rules.vietnamese import fold
from question_bank.formats import markup
from question_bank.models import Bank, Question, QuestionState, QuestionVersion, Topic
from question_bank.queries import ENOUGH_ANSWERED, is_newest
from question_bank.rules import similarity

PER_PAGE = 50
AT_ONCE = 5000  # ids in one statement
MOST_ALIKE = 5  # shown for one draft


class Sort(StrEnum):
    CODE = "code"
    NEWEST = "newest"
    MOST_USED = "most_used"
    HARDEST = "hardest"  # measured; what was answered too seldom comes last
    EXPIRING = "expiring"  # what is valid for good comes last


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for; what is empty or None does not count. Bounds are inclusive.

    `text`: every word must stand in the question (text, options, name, code, category, tags),
    marks and case aside. `state`: of the newest version, or RETIRED. `share_*`: measured share
    0..1 of right answers, from `ENOUGH_ANSWERED` answers on.
    """

    text: str = ""
    topic: str = ""
    difficulty: int | None = None
    audience: str = ""
    state: QuestionState | None = None
    type: str = ""
    tag: str = ""
    valid_before: date | None = None  # runs out on this day or sooner
    valid_after: date | None = None  # still valid on this day
    exposure_least: int | None = None
    exposure_most: int | None = None
    share_least: float | None = None
    share_most: float | None = None


@dataclass(frozen=True, slots=True)
class FoundQuestion:
    """A row of the list: a question in its newest version."""

    question_id: int
    bank: str  # code
    code: str
    state: QuestionState  # of the question
    version_state: QuestionState  # of the newest version
    no: int  # of the newest version
    drawn_no: int  # of the published version, 0 when there is none
    type: str
    topic: str
    difficulty: int
    audiences: tuple[str, ...]
    text: str  # plain
    name: str
    tags: tuple[str, ...]
    valid_until: date | None
    exposure: int
    answered: int
    share: float | None  # measured, 0..1
    created_at: datetime
    author: str | None


@dataclass(frozen=True, slots=True)
class FoundPage:
    rows: tuple[FoundQuestion, ...]
    total: int  # rows on all pages


@dataclass(frozen=True, slots=True)
class Alike:
    """A stored question much like a draft; `likeness` 0..1."""

    question_id: int
    code: str
    likeness: float


MEASURED = case(
    (
        Question.answered >= ENOUGH_ANSWERED,
        cast(Question.right, Float) / cast(func.nullif(Question.answered, 0), Float),
    ),
    else_=None,
)
ORDERS: dict[Sort, tuple[Any, ...]] = {
    Sort.CODE: (),
    Sort.NEWEST: (QuestionVersion.created_at.desc(),),
    Sort.MOST_USED: (Question.exposure.desc(),),
    Sort.HARDEST: (MEASURED.is_(None), MEASURED),
    Sort.EXPIRING: (QuestionVersion.valid_until.is_(None), QuestionVersion.valid_until),
}


def search(
    session: Session,
    filters: Filters,
    *,
    bank_ids: Collection[int],
    sort: Sort = Sort.CODE,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> FoundPage:
    """Return one page (from 1) of the questions of some banks that fit, and how many there are.

    Two statements, however many questions there are.
    """
    fits = [Question.bank_id.in_(bank_ids), *_conditions(filters)]
    joined = select(func.count()).select_from(Question).join(QuestionVersion, is_newest())
    joined = joined.join(Topic, Topic.id == QuestionVersion.topic_id)
    total = session.scalar(joined.where(*fits)) or 0
    order = (*ORDERS[sort], Question.code, Question.id)
    rows = session.execute(
        _found().where(*fits).order_by(*order).offset((page - 1) * per_page).limit(per_page)
    )
    return FoundPage(tuple(map(_row, rows)), total)


def _found() -> Select[Any]:
    version = QuestionVersion
    return (
        select(
            *(Question.id, Bank.code.label("bank"), Question.code, Question.state),
            *(version.state.label("version_state"), version.no, Question.version_no),
            *(version.type, Topic.code.label("topic"), version.difficulty, version.audiences),
            *(version.text, version.is_html, version.name, version.tags, version.valid_until),
            *(Question.exposure, Question.answered, MEASURED.label("share")),
            *(version.created_at, Account.name.label("author")),
        )
        .join(version, is_newest())
        .join(Topic, Topic.id == version.topic_id)
        .join(Bank, Bank.id == Question.bank_id)
        .outerjoin(Account, Account.id == version.created_by)
    )


def _row(row: Row[Any]) -> FoundQuestion:
    return FoundQuestion(
        question_id=row.id,
        bank=row.bank,
        code=row.code,
        state=QuestionState(row.state),
        version_state=QuestionState(row.version_state),
        no=row.no,
        drawn_no=row.version_no,
        type=row.type,
        topic=row.topic,
        difficulty=row.difficulty,
        audiences=tuple(row.audiences),
        text=markup.plain(row.text) if row.is_html else row.text,
        name=row.name,
        tags=tuple(row.tags),
        valid_until=row.valid_until,
        exposure=row.exposure,
        answered=row.answered,
        share=row.share,
        created_at=row.created_at,
        author=row.author,
    )


def _conditions(filters: Filters) -> Iterable[ColumnElement[bool]]:
    version = QuestionVersion
    for word in fold(filters.text).split():
        yield version.search_text.contains(word, autoescape=True)
    if filters.tag:
        yield version.search_tags.contains(f"|{fold(filters.tag)}|", autoescape=True)
    if filters.audience:  # a list of plain ASCII codes, in JSON as text
        yield cast(version.audiences, Text).contains(f'"{filters.audience}"', autoescape=True)
    for column, wanted in (
        (Topic.code, filters.topic),
        (version.type, filters.type),
        (version.difficulty, filters.difficulty),
    ):
        if wanted:
            yield column == wanted
    if filters.state is not None:
        yield _stands(filters.state)
    yield from _bounds(filters)


def _stands(state: QuestionState) -> ColumnElement[bool]:
    is_retired = Question.state == QuestionState.RETIRED
    if state is QuestionState.RETIRED:
        return is_retired
    return and_(QuestionVersion.state == state, ~is_retired)


def _bounds(filters: Filters) -> Iterable[ColumnElement[bool]]:
    valid_until = QuestionVersion.valid_until
    if filters.valid_before is not None:
        yield valid_until <= filters.valid_before
    if filters.valid_after is not None:
        yield or_(valid_until.is_(None), valid_until >= filters.valid_after)
    for column, least, most in (
        (Question.exposure, filters.exposure_least, filters.exposure_most),
        (MEASURED, filters.share_least, filters.share_most),
    ):
        if least is not None:
            yield column >= least
        if most is not None:
            yield column <= most


def alike(
    session: Session, wanted: Sequence[frozenset[str]], *, bank_ids: Collection[int]
) -> list[list[Alike]]:
    """Return, for each draft's shingles, the questions of some banks much like it, likest first.

    By the newest versions; at most `MOST_ALIKE` each. One statement for the bands of all, and one
    for the texts of each `AT_ONCE` questions that share a band with one of the drafts.
    """
    newest = select(Question.id, QuestionVersion.bands).join(QuestionVersion, is_newest())
    newest = newest.where(Question.bank_id.in_(bank_ids), QuestionVersion.bands.is_not(None))
    stored = {id_: kept for id_, kept in session.execute(newest) if kept}
    met = similarity.meeting([similarity.bands(one) for one in wanted], stored)
    texts = _shingles(session, sorted({id_ for ids in met for id_ in ids}))
    return [
        _likest(one, {id_: texts[id_] for id_ in ids}) for one, ids in zip(wanted, met, strict=True)
    ]


def _shingles(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, frozenset[str]]]:
    """Give code and shingles of questions."""
    found = {}
    version = QuestionVersion
    columns = (Question.id, Question.code, version.text, version.options, version.rights)
    newest = select(*columns, version.is_html).join(version, is_newest())
    for at in range(0, len(ids), AT_ONCE):
        for row in session.execute(newest.where(Question.id.in_(ids[at : at + AT_ONCE]))):
            texts = (row.text, *row.options, *row.rights)
            plain = tuple(map(markup.plain, texts)) if row.is_html else texts
            found[row.id] = row.code, similarity.shingles(plain)
    return found


def _likest(one: frozenset[str], others: dict[int, tuple[str, frozenset[str]]]) -> list[Alike]:
    compared = [
        Alike(id_, code, similarity.likeness(one, other)) for id_, (code, other) in others.items()
    ]
    close = [each for each in compared if each.likeness >= similarity.ALIKE]
    return sorted(close, key=lambda each: (-each.likeness, each.question_id))[:MOST_ALIKE]
