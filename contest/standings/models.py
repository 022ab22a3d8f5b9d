"""Boards: provisional rows kept up to date by the worker, official rows written once."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Numeric, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, object_session

from contest.core.db import Base, Id

# Keys are ASCII and sort byte by byte (rules/ranking.py); SQLite does so by itself.
SortKey = String(160).with_variant(String(160, collation="C"), "postgresql")


class BoardKind(StrEnum):
    """What span a board covers."""

    ROUND = "round"
    MONTH = "month"
    CONTEST = "contest"


class Board(Base):
    """One ranked list: a span of a contest, for one division."""

    __tablename__ = "boards"
    __table_args__ = (Index("ix_boards_contest_id", "contest_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(
        String(160), unique=True
    )  # contest/span/division: its address
    contest_id: Mapped[int] = mapped_column(ForeignKey("contests.id"))
    division_id: Mapped[int] = mapped_column(ForeignKey("divisions.id"))
    kind: Mapped[str] = mapped_column(String(10))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("rounds.id"))
    month: Mapped[date | None]  # its first day
    people: Mapped[int] = mapped_column(default=0)  # rows, so that no page has to count them
    changed_at: Mapped[datetime | None]
    stepped_at: Mapped[datetime | None]  # when the steps were last laid
    revision: Mapped[int] = mapped_column(default=0)  # 0: provisional
    official_at: Mapped[datetime | None]


class Standing(Base):
    """A person on a board, provisional: the try that counts, or what a span's rounds make of it."""

    __tablename__ = "standings"
    __table_args__ = (
        UniqueConstraint("board_id", "registration_id"),
        Index("ix_standings_board_id_sort_key", "board_id", "sort_key", "registration_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), index=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempts.id"))  # None for a sum
    points: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    guess: Mapped[int | None] = mapped_column(Id)  # round boards
    guess_distance: Mapped[int | None] = mapped_column(
        Id
    )  # once every round of the span is settled
    duration_ms: Mapped[int] = mapped_column(Id)
    handed_in_at: Mapped[datetime]
    tries: Mapped[int]  # void ones too
    sort_key: Mapped[str] = mapped_column(SortKey)


class Step(Base):
    """A measured row of a long board: `before` rows stand above it."""

    __tablename__ = "steps"
    __table_args__ = (Index("ix_steps_board_id_sort_key", "board_id", "sort_key", "before"),)

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    before: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sort_key: Mapped[str] = mapped_column(SortKey)
    registration_id: Mapped[int] = mapped_column(Id)  # equal keys stand in registration order


class UnitStanding(Base):
    """A unit's own people on a board, without the units below it."""

    __tablename__ = "unit_standings"

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    people: Mapped[int]
    tries: Mapped[int]
    points: Mapped[Decimal] = mapped_column(Numeric(14, 2))


class Revision(Base):
    """Why and when an official result was written: the first, then each correction."""

    __tablename__ = "revisions"

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # None: the clock
    reason: Mapped[str] = mapped_column(Text)  # empty for the first


class OfficialRow(Base):
    """A place in an official result. Never updated: a correction is the next revision.

    It keeps whose place it is by name and unit: an account may take another name tomorrow.
    """

    __tablename__ = "official_rows"
    __table_args__ = (
        UniqueConstraint("board_id", "revision", "registration_id"),
        UniqueConstraint("board_id", "revision", "position"),
        Index("ix_official_rows_registration_id", "registration_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"))
    revision: Mapped[int]
    position: Mapped[int]  # line on the page, from 1; equal places stand in registration order
    place: Mapped[int]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    name: Mapped[str] = mapped_column(String(120))  # whole; the contest's mask is for the page
    unit_name: Mapped[str] = mapped_column(String(200))
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempts.id"))
    points: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    guess: Mapped[int | None] = mapped_column(Id)
    guess_distance: Mapped[int | None] = mapped_column(Id)
    duration_ms: Mapped[int] = mapped_column(Id)
    handed_in_at: Mapped[datetime]
    tries: Mapped[int]


class UnitResult(Base):
    """An official result of units, a span's divisions together: the first, then each correction."""

    __tablename__ = "unit_results"
    __table_args__ = (UniqueConstraint("code", "no"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(120))  # contest/span
    no: Mapped[int]
    contest_id: Mapped[int] = mapped_column(ForeignKey("contests.id"))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)  # empty for the first


class OfficialUnit(Base):
    """A unit in an official result, with all that its rates rest on: never updated either.

    Units nobody came from are here too, without them the sums of those above would be others.
    """

    __tablename__ = "official_units"

    result_id: Mapped[int] = mapped_column(ForeignKey("unit_results.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    position: Mapped[int]  # in the Vietnamese order of the names
    name: Mapped[str] = mapped_column(String(200))
    headcount: Mapped[int | None]
    target_people: Mapped[int | None]
    people: Mapped[int]  # its own, without the units below it
    tries: Mapped[int]
    points: Mapped[Decimal] = mapped_column(Numeric(14, 2))


_Written = OfficialRow | Revision | UnitResult | OfficialUnit


@event.listens_for(OfficialRow, "before_update")
@event.listens_for(Revision, "before_update")
@event.listens_for(UnitResult, "before_update")
@event.listens_for(OfficialUnit, "before_update")
def _refuse_change(_mapper: object, _connection: object, row: _Written) -> None:
    session = object_session(row)
    if session is not None and session.is_modified(row):
        raise TypeError("an official result never changes: write the next revision")
