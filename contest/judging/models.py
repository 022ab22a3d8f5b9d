"""The jury: phases with rights, panelists, conflicts, assignments, sheets, decisions, results."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contest.core.db import Base, Id


class SeesOthers(StrEnum):
    """Whether a judge sees what others gave the same entry."""

    NEVER = "never"
    AFTER_OWN = "after_own"
    ALWAYS = "always"


class SheetState(StrEnum):
    """DRAFT: saved as typed, never counted. SUBMITTED: counts until SUPERSEDED by the next."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SUPERSEDED = "superseded"
    RECUSED = "recused"  # the judge may not or will not judge this entry, and says why


class ConflictKind(StrEnum):
    """Why a judge may not judge an entry."""

    UNIT = "unit"  # own school or unit: found by the site itself
    FAMILY = "family"
    COACH = "coach"
    DECLARED = "declared"
    OTHER = "other"


class RunState(StrEnum):
    """PROPOSED: computed. SIGNED: two signatures. PUBLISHED: for everybody. DROPPED: replaced."""

    PROPOSED = "proposed"
    SIGNED = "signed"
    PUBLISHED = "published"
    DROPPED = "dropped"


class JudgingPhase(Base):
    """A span of time with rights; the clock opens and closes it."""

    __tablename__ = "judging_phases"
    __table_args__ = (UniqueConstraint("round_id", "position"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    may_score: Mapped[bool]
    sees_others: Mapped[str] = mapped_column(String(10))
    sees_names: Mapped[bool]
    sees_all: Mapped[bool]  # every entry of the round, not the assigned ones alone
    counts: Mapped[bool]  # False: a calibration, whose sheets stay out of the result


class Panelist(Base):
    """A judge of a round; before entrants and fellow judges only a number, "Giám khảo 3"."""

    __tablename__ = "panelists"
    __table_args__ = (
        UniqueConstraint("round_id", "account_id"),
        UniqueConstraint("round_id", "number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)  # its name in result files
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    number: Mapped[int]
    is_head: Mapped[bool]  # trưởng ban giám khảo
    is_scoring: Mapped[bool]  # False: a chair who only signs
    most: Mapped[int | None]  # entries at most
    divisions: Mapped[list[Any]]  # codes; empty: every division
    # Known besides Vietnamese: codes of rules.languages.
    languages: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    joined_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]  # last time at the sheets
    checked_at: Mapped[datetime | None]  # until when the site has looked for own units' entries
    left_at: Mapped[datetime | None]


class Conflict(Base):
    """A judge may not judge an entry, or anything of a unit."""

    __tablename__ = "judging_conflicts"
    __table_args__ = (Index("ix_judging_conflicts_panelist_id", "panelist_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    panelist_id: Mapped[int] = mapped_column(ForeignKey("panelists.id"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entries.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))  # and all below it
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(500))
    set_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    set_at: Mapped[datetime]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str] = mapped_column(String(500), default="")


class Assignment(Base):
    """An entry is to be judged by a panelist; `place` is its place in that judge's own queue."""

    __tablename__ = "judging_assignments"
    __table_args__ = (
        UniqueConstraint("panelist_id", "entry_id"),
        Index("ix_judging_assignments_entry_id", "entry_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    panelist_id: Mapped[int] = mapped_column(ForeignKey("panelists.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"))
    place: Mapped[int]
    reason: Mapped[str] = mapped_column(String(20))  # rules.assignment
    is_anchor: Mapped[bool]
    made_at: Mapped[datetime]
    skipped_at: Mapped[datetime | None]  # "later": to the end of the queue
    ended_at: Mapped[datetime | None]  # taken off the judge; the row stays
    end_reason: Mapped[str] = mapped_column(String(20), default="")


class ScoreSheet(Base):
    """Phiếu chấm: what a judge gave an entry; handed-in versions are never edited."""

    __tablename__ = "score_sheets"
    __table_args__ = (
        UniqueConstraint("panelist_id", "entry_id", "version"),
        Index("ix_score_sheets_entry_id", "entry_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    panelist_id: Mapped[int] = mapped_column(ForeignKey("panelists.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"))
    phase_id: Mapped[int] = mapped_column(ForeignKey("judging_phases.id"))
    version: Mapped[int]
    entry_version: Mapped[int]  # of what was handed in, that was judged
    state: Mapped[str] = mapped_column(String(12))
    scores: Mapped[dict[str, Any]]  # criterion → points as text; a draft may lack some
    comment: Mapped[str] = mapped_column(Text)  # for the entrant
    note: Mapped[str] = mapped_column(Text)  # for the jury
    reason: Mapped[str] = mapped_column(String(500), default="")  # of a recusal
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    # An organizer keeps a sheet out of the result because of a conflict, and says why.
    is_excluded: Mapped[bool] = mapped_column(default=False)
    exclusion_reason: Mapped[str] = mapped_column(String(500), default="")


class Decision(Base):
    """What the jury decided about an entry in its deliberation; never edited, only revoked."""

    __tablename__ = "judging_decisions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"))
    kind: Mapped[str] = mapped_column(String(20))  # mark, order, out
    mark: Mapped[Decimal | None] = mapped_column(Numeric(9, 4))  # the final mark, 0 to 100
    place: Mapped[int | None]  # among the tied, from 1
    reason: Mapped[str] = mapped_column(String(1000))
    by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    revoked_at: Mapped[datetime | None]


class ResultRun(Base):
    """A result as computed: inputs, settings, version and outcome in one canonical file."""

    __tablename__ = "result_runs"
    __table_args__ = (UniqueConstraint("round_id", "no"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    no: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    body: Mapped[str] = mapped_column(Text)  # canonical JSON, UTF-8; never changed
    sha256: Mapped[str] = mapped_column(String(64))  # of the body's bytes
    input_sha256: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    published_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(1000), default="")  # of a correction
    counted_at: Mapped[datetime | None]  # taken into the boards


class ResultLine(Base):
    """An entry in a published result, as its file says: for pages and boards; never changed.

    A line without a place is of an entry that was not ranked.
    """

    __tablename__ = "result_lines"
    __table_args__ = (
        UniqueConstraint("run_id", "entry_id"),
        Index("ix_result_lines_run_id_division_id", "run_id", "division_id", "position"),
        Index("ix_result_lines_entry_id", "entry_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("result_runs.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"))
    division_id: Mapped[int] = mapped_column(ForeignKey("divisions.id"))
    position: Mapped[int]  # line on the page, from 1
    place: Mapped[int | None]
    prize: Mapped[int | None]  # number of the division's prize, from 0
    mark: Mapped[Decimal | None] = mapped_column(Numeric(9, 4))  # the final one, 0 to 100
    raw: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    adjusted: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    se: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    sent_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(120))  # the sender's, when it was published first
    unit_name: Mapped[str] = mapped_column(String(200))


class Signature(Base):
    """Somebody signs a result: two different people, one of them the head of the jury."""

    __tablename__ = "result_signatures"
    __table_args__ = (UniqueConstraint("run_id", "account_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("result_runs.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    office: Mapped[str] = mapped_column(String(20))  # head_judge, organizer
    sha256: Mapped[str] = mapped_column(String(64))  # of the body that was signed
    at: Mapped[datetime]
