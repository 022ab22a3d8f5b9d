"""A bank with topics, audiences, units and people, and plain drafts to put into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from factories.people import make_audience
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Unit
from question_bank import queries, service
from question_bank.formats.reading import DraftQuestion, Reading
from question_bank.models import Bank, Question, QuestionState, QuestionVersion
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import OneKey

NOW = datetime(2026, 10, 10, 8, tzinfo=UTC)
TOPICS = (
    {"code": "devices", "name": "Thiết bị", "name_en": "Devices"},
    {"code": "scams", "name": "Lừa đảo", "name_en": "Scams"},
)
PLAIN = DraftQuestion(
    code="devices-001",
    type=QuestionType.ONE,
    topic="devices",
    difficulty=1,
    audiences=("everybody",),
    text="Nút nào để mở nguồn?",
    options=("Nguồn", "Âm lượng"),
    rights=(),
    key=OneKey(0, 2),
    explanation="Vì thế.",
    source="Sổ tay",
)
BARE = replace(PLAIN, code="", topic="", difficulty=None, audiences=(), source="", explanation="")
NOTHING: Mapping[str, bytes] = {}


def make_topics(session: Session) -> None:
    """Add two topics and the audience "elderly"."""
    queries.forget()
    service.load_topics(session, TOPICS)
    make_audience(session, "elderly", "Người cao tuổi")


def load(session: Session, *drafts: DraftQuestion, pictures: Any = None, problems: Any = ()) -> Any:
    """Bring drafts into the platform's bank, published."""
    reading = Reading(drafts, tuple(problems))
    return service.import_questions(session, reading, pictures or {}, by=None, now=NOW)


def rows(session: Session, table: Any) -> Any:
    """Give every row as it is stored now, the first first."""
    return session.scalars(
        select(table).order_by(table.id).execution_options(populate_existing=True)
    ).all()


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """Draw a plain picture."""
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


def make_bank(session: Session, unit: Unit | None, code: str, *, is_shared: bool = False) -> Bank:
    facts: dict[str, Any] = {"is_shared_down": is_shared, "by": None, "now": NOW}
    return service.open_bank(
        session, code, f"Ngân hàng {code}", unit_id=None if unit is None else unit.id, **facts
    )


def put(
    session: Session,
    *drafts: DraftQuestion,
    bank: Bank | None = None,
    as_state: QuestionState = QuestionState.PUBLISHED,
    by: int | None = None,
) -> None:
    """Import drafts into a bank (the platform's); all of them must be good."""
    report = service.import_questions(
        session, Reading(drafts, ()), by=by, now=NOW, bank=bank, as_state=as_state
    )
    assert report.problems == ()


def version_of(session: Session, question_id: int, no: int) -> QuestionVersion:
    found = select(QuestionVersion).where(
        QuestionVersion.question_id == question_id, QuestionVersion.no == no
    )
    return session.scalars(found.execution_options(populate_existing=True)).one()


def question_of(session: Session, code: str) -> Question:
    found = select(Question).where(Question.code == code)
    return session.scalars(found.execution_options(populate_existing=True)).one()
