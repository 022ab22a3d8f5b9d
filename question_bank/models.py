"""The store of questions: a question is a name; its versions are what people sat."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, object_session

from contest.core.db import Base, Id, Json


class QuestionState(StrEnum):
    """Only a published question is drawn."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Topic(Base):
    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]


class Picture(Base):
    """A re-encoded picture without metadata; small enough to live beside its question."""

    __tablename__ = "pictures"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of data
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]  # pixels
    height: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Question(Base):
    __tablename__ = "questions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    version_no: Mapped[int]  # the newest version, the one to be drawn
    exposure: Mapped[int] = mapped_column(default=0)  # papers it stood in
    answered: Mapped[int] = mapped_column(default=0)  # handed-in papers in which it was marked
    right: Mapped[int] = mapped_column(default=0)  # of those, wholly right


class QuestionVersion(Base):
    """What a person sat: written once. `options` and `key` are as question_bank/rules mark them."""

    __tablename__ = "question_versions"
    __table_args__ = (UniqueConstraint("question_id", "no"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    no: Mapped[int]
    type: Mapped[str] = mapped_column(String(20))
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"), index=True)
    difficulty: Mapped[int]  # 1 easy, 2 middling, 3 hard
    audiences: Mapped[list[Any]]  # codes
    text: Mapped[str] = mapped_column(Text)
    options: Mapped[list[Any]]  # choices, items in right order, or left sides
    rights: Mapped[list[Any]]  # right sides of a matching question, extra ones last
    key: Mapped[Any] = mapped_column(Json)
    number_unit: Mapped[str] = mapped_column(String(40), default="")
    explanation: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(500))
    valid_until: Mapped[date | None]
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("pictures.id"))
    picture_alt: Mapped[str] = mapped_column(String(300), default="")
    parallel: Mapped[
        dict[str, Any]
    ]  # language code to {"text", "options", "rights", "explanation"}
    digest: Mapped[str] = mapped_column(
        String(64)
    )  # of everything above: an equal import adds none
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


@event.listens_for(QuestionVersion, "before_update")
def _refuse_change(_mapper: object, _connection: object, version: QuestionVersion) -> None:
    session = object_session(version)
    if session is not None and session.is_modified(version):
        raise TypeError("a question's version never changes: write the next one")
