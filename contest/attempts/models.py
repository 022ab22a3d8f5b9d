"""One try at one round: its drawn paper, its answers, its clock, its result."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from contest.core.db import Base, Id, Json

EPOCH = 10**13  # a device's choices are numbered holder_no * EPOCH + its clock in milliseconds
GUESS_NO = 0  # the guess question's number; drawn questions count from 1


class HandedInBy(StrEnum):
    """Who ended the attempt."""

    PERSON = "person"
    CLOCK = "clock"


class Attempt(Base):
    """Lượt thi. The unique numbers below are the quota: nobody can take the same try twice."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("account_id", "contest_id", "contest_no"),
        UniqueConstraint("account_id", "round_id", "round_no"),
        UniqueConstraint("account_id", "round_id", "day", "day_no"),
        UniqueConstraint("account_id", "round_id", "week", "week_no"),
        Index(
            "uq_attempts_one_open",
            "account_id",
            "round_id",
            unique=True,
            sqlite_where=text("handed_in_at IS NULL"),
            postgresql_where=text("handed_in_at IS NULL"),
        ),
        Index(
            "ix_attempts_open_deadline",
            "deadline",
            sqlite_where=text("handed_in_at IS NULL"),
            postgresql_where=text("handed_in_at IS NULL"),
        ),
        Index(
            "ix_attempts_uncounted",
            "handed_in_at",
            sqlite_where=text("counted_at IS NULL"),
            postgresql_where=text("counted_at IS NULL"),
        ),
        Index(
            "ix_attempts_unexposed",
            "id",
            sqlite_where=text("exposed_at IS NULL"),
            postgresql_where=text("exposed_at IS NULL"),
        ),
        Index("ix_attempts_round_id", "round_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), index=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contests.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    division_id: Mapped[int] = mapped_column(ForeignKey("divisions.id"))
    contest_no: Mapped[int | None]  # practice takes none
    round_no: Mapped[int]
    day: Mapped[date]  # local
    day_no: Mapped[int]
    week: Mapped[date]  # its local Monday
    week_no: Mapped[int]
    started_at: Mapped[datetime]
    deadline: Mapped[datetime]  # the only clock of this attempt
    paper: Mapped[list[Any]]  # [{"v": version id, "o": order shown, "r": order of right sides}]
    seed: Mapped[int] = mapped_column(Id)  # evidence of the draw
    reached: Mapped[int] = mapped_column(default=1)  # one-way papers: the question now open
    holder: Mapped[str] = mapped_column(String(64))  # the device that writes (its cookie's hash)
    holder_no: Mapped[int] = mapped_column(default=1)  # grows with every change of device
    handed_in_at: Mapped[datetime | None]
    handed_in_by: Mapped[str | None] = mapped_column(String(10))
    guess: Mapped[int | None] = mapped_column(Id)
    points: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    out_of: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    right_count: Mapped[int | None]
    is_all_right: Mapped[bool | None]
    is_void: Mapped[bool | None]
    duration_ms: Mapped[int | None] = mapped_column(Id)
    marks: Mapped[list[Any] | None]  # [[points, verdict]] in paper order
    receipt: Mapped[str | None] = mapped_column(String(20), unique=True)
    counted_at: Mapped[datetime | None]  # when the boards took it in
    exposed_at: Mapped[datetime | None]  # when its questions' exposure was counted


class Answer(Base):
    """The newest choice for one question, in the positions shown on this paper."""

    __tablename__ = "answers"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[Any | None] = mapped_column(Json)
    seq: Mapped[int] = mapped_column(Id)  # grows with every choice; an older one never wins
    saved_at: Mapped[datetime]
