"""One try at one round: its drawn paper, its answers, its clock, its result."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, UniqueConstraint, false, text
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
        Index(
            "ix_attempts_recount",
            "id",
            sqlite_where=text("recount"),
            postgresql_where=text("recount"),
        ),
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
    paused_at: Mapped[datetime | None]  # since when its clock stands; the deadline waits with it
    stood_ms: Mapped[int] = mapped_column(Id, default=0, server_default="0")  # in all; see `used`
    paper: Mapped[list[Any]]  # [{"v": version id, "o": order shown, "r": order of right sides}]
    seed: Mapped[int] = mapped_column(Id)  # evidence of the draw
    reached: Mapped[int] = mapped_column(default=1)  # one-way papers: the question now open
    holder: Mapped[str] = mapped_column(String(64))  # the device that writes (its cookie's hash)
    holder_no: Mapped[int] = mapped_column(default=1)  # grows with every change of device
    handed_in_at: Mapped[datetime | None]
    handed_in_by: Mapped[str | None] = mapped_column(String(10))
    handed_in_as: Mapped[str | None] = mapped_column(String(120))  # the name as it was then
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
    # Opened again after the boards took it in: they are to let go of it.
    recount: Mapped[bool] = mapped_column(default=False, server_default=false())


class Answer(Base):
    """The newest choice for one question, in the positions shown on this paper."""

    __tablename__ = "answers"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[Any | None] = mapped_column(Json)
    seq: Mapped[int] = mapped_column(Id)  # grows with every choice; an older one never wins
    saved_at: Mapped[datetime]
    saves: Mapped[int] = mapped_column(default=1, server_default="1")  # how often it was chosen


class TimeGrant(Base):
    """Thêm giờ: more time in a round for one person, a unit and all below it, or everybody."""

    __tablename__ = "time_grants"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)  # the form's: sent twice is once
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    seconds: Mapped[int]
    passes_closing: Mapped[bool]
    is_lasting: Mapped[bool]  # also for who starts later in the round
    ran_out_since: Mapped[datetime | None]  # reopens what the clock handed in since then
    reason: Mapped[str] = mapped_column(String(300))
    by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]  # no longer for who starts later


class GivenTime(Base):
    """What a grant did to one attempt; a grant never counts twice for the same one."""

    __tablename__ = "given_times"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    grant_id: Mapped[int] = mapped_column(ForeignKey("time_grants.id"), primary_key=True)
    old_deadline: Mapped[datetime]
    new_deadline: Mapped[datetime]


class Pause(Base):
    """Tạm dừng: while it lasts nobody may start and every running clock of the round stands."""

    __tablename__ = "pauses"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300))
    by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
    resumed_at: Mapped[datetime | None]
    resumed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    old_closes_at: Mapped[datetime | None]  # when the closing was moved along


class Announcement(Base):
    """Lời nhắn of the organizers to everybody who writes or waits in a round."""

    __tablename__ = "announcements"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    words: Mapped[str] = mapped_column(String(500))
    words_en: Mapped[str] = mapped_column(String(500))
    by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Reopening(Base):
    """Mở lại bài: an attempt that had been handed in, as it stood then."""

    __tablename__ = "reopenings"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("time_grants.id"))
    reason: Mapped[str] = mapped_column(String(300))
    by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
    old_deadline: Mapped[datetime]
    new_deadline: Mapped[datetime]
    handed_in_at: Mapped[datetime]
    handed_in_by: Mapped[str] = mapped_column(String(10))
    points: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    receipt: Mapped[str | None] = mapped_column(String(20), index=True)
