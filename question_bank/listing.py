"""What stands beside the questions on organizers' pages: counts, versions, comments, units."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from contest.accounts.models import Account, Unit
from contest.accounts.queries import ids_in, inside
from contest.errors import N_, NotFound
from question_bank.formats import markup
from question_bank.models import Question, QuestionComment, QuestionState, QuestionVersion
from question_bank.ownership import Looker
from question_bank.queries import is_newest
from question_bank.searching import Alike

NO_UNIT = N_("Không tìm thấy đơn vị này trong phần đơn vị của bạn.")
MOST_UNITS = 500  # offered to choose from
MOST_VERSIONS = 200


@dataclass(frozen=True, slots=True)
class Counts:
    total: int = 0
    in_review: int = 0
    published: int = 0


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in a question's history."""

    no: int
    state: str
    created_at: datetime
    author: str | None
    reviewed_at: datetime | None
    reviewer: str | None


@dataclass(frozen=True, slots=True)
class CommentRow:
    id: int
    version_no: int
    text: str
    at: datetime
    author: str | None
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlikeRow:
    """A near-duplicate with what it asks, plain; `likeness` 0..1."""

    code: str
    likeness: float
    text: str


def counts(session: Session, bank_ids: Collection[int]) -> dict[int, Counts]:
    """Count the questions of banks: all, newest version waiting for review, drawn from."""
    waits = func.count().filter(QuestionVersion.state == QuestionState.IN_REVIEW)
    drawn = func.count().filter(Question.state == QuestionState.PUBLISHED)
    found = (
        select(Question.bank_id, func.count(), waits, drawn)
        .join(QuestionVersion, is_newest())
        .where(Question.bank_id.in_(bank_ids))
        .group_by(Question.bank_id)
    )
    return {bank_id: Counts(*rest) for bank_id, *rest in session.execute(found) if bank_id}


def history(session: Session, question_id: int) -> list[VersionRow]:
    """List a question's versions, the newest first."""
    author, reviewer = aliased(Account), aliased(Account)
    one = QuestionVersion
    found = (
        select(
            *(one.no, one.state, one.created_at, author.name, one.reviewed_at),
            reviewer.name.label("reviewer"),
        )
        .outerjoin(author, author.id == one.created_by)
        .outerjoin(reviewer, reviewer.id == one.reviewed_by)
        .where(one.question_id == question_id)
        .order_by(one.no.desc())
        .limit(MOST_VERSIONS)
    )
    return [VersionRow(*row) for row in session.execute(found)]


def authors_since_published(session: Session, question: Question) -> set[int | None]:
    """Return who wrote what waits to be published; none of them may publish it."""
    found = select(QuestionVersion.created_by).where(
        QuestionVersion.question_id == question.id, QuestionVersion.no > question.version_no
    )
    return set(session.scalars(found))


def comments(session: Session, question_id: int) -> list[CommentRow]:
    """List what was said of a question, the oldest first."""
    one = QuestionComment
    found = (
        select(one.id, one.version_no, one.text, one.at, Account.name, one.resolved_at)
        .outerjoin(Account, Account.id == one.by)
        .where(one.question_id == question_id)
        .order_by(one.at, one.id)
    )
    return [CommentRow(*row) for row in session.execute(found)]


def units(session: Session, looker: Looker) -> list[Unit]:
    """List units whose banks somebody may open: their own first, then those right below."""
    tops = {ids_in(path)[-1] for path in looker.paths if ids_in(path)}
    near = or_(Unit.id.in_(tops), Unit.parent_id.in_(tops))
    found = select(Unit).where(near, inside(looker.paths)).order_by(Unit.name_key, Unit.id)
    rows = session.scalars(found.limit(MOST_UNITS)).all()
    return sorted(rows, key=lambda unit: unit.id not in tops)


def unit_in(session: Session, code: str, looker: Looker) -> Unit:
    """Return a unit inside one's part of the tree; NotFound otherwise."""
    found = session.scalar(select(Unit).where(Unit.code == code, inside(looker.paths)))
    if found is None:
        raise NotFound(NO_UNIT)
    return found


def alike_rows(session: Session, found: Sequence[Alike]) -> list[AlikeRow]:
    """Say of each near-duplicate what it asks."""
    one = QuestionVersion
    asked = select(Question.id, one.text, one.is_html).join(one, is_newest())
    asked = asked.where(Question.id.in_([each.question_id for each in found]))
    texts = {
        row.id: markup.plain(row.text) if row.is_html else row.text
        for row in session.execute(asked)
    }
    return [AlikeRow(each.code, each.likeness, texts[each.question_id]) for each in found]
