"""The store of questions: a question is a name in a bank; its versions are what people sat."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    event,
    inspect,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from contest.core.db import Base, Id, Json

PLATFORM = "platform"  # code of the bank that belongs to no unit; the starter content is in it


class QuestionState(StrEnum):
    """Where a version stands: draft → in review → published, or back to draft with a comment.

    Of a question: `DRAFT` until a version of it is published, then `PUBLISHED` or `RETIRED`;
    only a published question is drawn, always in its published version.
    """

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    RETIRED = "retired"


class Topic(Base):
    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]


class Bank(Base):
    """Questions kept together by a unit, or by the platform (no unit): rules/access.py."""

    __tablename__ = "banks"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)  # stands in its address
    name: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    is_shared_down: Mapped[bool]  # units below its own may read it and draw from it
    retired_at: Mapped[datetime | None]


class Picture(Base):
    """A re-encoded picture without metadata; small enough to live beside its question."""

    __tablename__ = "pictures"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of data
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]  # pixels
    height: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Recording(Base):
    """A question read aloud; versions name it by its digest."""

    __tablename__ = "recordings"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of data
    media_type: Mapped[str] = mapped_column(String(40))
    duration_ms: Mapped[int | None]  # as the recorder said
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Question(Base):
    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("bank_id", "code"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    # None: from before there were banks; `banking.bring_up_to_date` gives it the platform's.
    bank_id: Mapped[int | None] = mapped_column(ForeignKey("banks.id"))
    code: Mapped[str] = mapped_column(String(60), index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    version_no: Mapped[int]  # the published version, the one to be drawn; 0: none yet
    draft_no: Mapped[int | None]  # the newest version while it is not published
    exposure: Mapped[int] = mapped_column(default=0)  # papers it stood in
    answered: Mapped[int] = mapped_column(default=0)  # handed-in papers in which it was marked
    right: Mapped[int] = mapped_column(default=0)  # of those, wholly right


class QuestionVersion(Base):
    """What a person sat: its content is written once. `key` is as question_bank/rules mark it."""

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
    rights: Mapped[list[Any]]  # distinct right sides of a matching question
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
    # Every text is HTML, sanitised when stored; else every text is plain.
    is_html: Mapped[bool] = mapped_column(default=False, server_default=sql("false"))
    name: Mapped[str] = mapped_column(Text, default="", server_default="")
    category: Mapped[str] = mapped_column(String(200), default="", server_default="")
    tags: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    feedback: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default="{}"
    )  # {"options", "right", "partly", "wrong"}, or nothing
    digest: Mapped[str] = mapped_column(
        String(64)
    )  # of everything above: an equal import adds none
    recordings: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default="{}"
    )  # language code to {"digest", "media_type", "duration_ms"}
    # Made for looking: "" and None until they are filled (see searching.py, rules/similarity.py).
    search_text: Mapped[str] = mapped_column(Text, default="", server_default="")
    search_tags: Mapped[str] = mapped_column(Text, default="", server_default="")  # "|tag|tag|"
    bands: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # its author
    state: Mapped[str] = mapped_column(
        String(20), default=QuestionState.PUBLISHED.value, server_default="published"
    )
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class QuestionComment(Base):
    """What a reviewer or an author said of a version."""

    __tablename__ = "question_comments"
    __table_args__ = (Index("ix_question_comments_question_id", "question_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    version_no: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


MAY_CHANGE = frozenset({"state", "reviewed_at", "reviewed_by"})  # of a version


@event.listens_for(QuestionVersion, "before_update")
def _refuse_change(_mapper: object, _connection: object, version: QuestionVersion) -> None:
    changed = {one.key for one in inspect(version).attrs if one.history.has_changes()}
    if changed - MAY_CHANGE:
        raise TypeError("a question's version never changes: write the next one")
