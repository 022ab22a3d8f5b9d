"""A contest, its rounds and divisions, and who registered: settings are data."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contest.core.db import Base, Id
from contest.rules.entry_rules import EntryRules
from contest.rules.timing import DeadlineRule, Window
from question_bank.rules.drawing import Plan, Quota


class Contest(Base):
    """One competition, owned by an organizing unit."""

    __tablename__ = "contests"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)  # stands in its address
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    about: Mapped[str] = mapped_column(Text)
    about_en: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(String(300))
    extra: Mapped[str] = mapped_column(Text, default="", server_default="")  # further rules
    extra_en: Mapped[str] = mapped_column(Text, default="", server_default="")
    state: Mapped[str] = mapped_column(String(20))  # rules/lifecycle.py
    tries_total: Mapped[int | None]  # over all rounds that count
    name_mask: Mapped[str] = mapped_column(String(20))  # rules/privacy.py
    combine: Mapped[str] = mapped_column(String(10))  # month, contest: sum, best, weighted
    identity: Mapped[dict[str, Any]] = mapped_column(  # rules/identity.py; {}: nothing is asked
        default=dict, server_default="{}"
    )
    loaded_at: Mapped[datetime]

    rounds: Mapped[list["Round"]] = relationship(
        lazy="raise", order_by="Round.opens_at", back_populates="contest"
    )
    divisions: Mapped[list["Division"]] = relationship(
        lazy="raise", order_by="Division.position", back_populates="contest"
    )


class Division(Base):
    """Bảng thi: entrants ranked only among themselves, for one audience."""

    __tablename__ = "divisions"
    __table_args__ = (UniqueConstraint("contest_id", "code"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contests.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"))
    position: Mapped[int]
    is_easy: Mapped[bool]  # easy mode unless the person says otherwise
    time_limit_s: Mapped[int | None]  # instead of the round's, seconds
    prizes: Mapped[list[Any]]  # [{"name", "name_en", "count", "value"}], best first

    contest: Mapped[Contest] = relationship(lazy="raise", back_populates="divisions")


class Round(Base):
    """Đợt thi: one window in which papers of one plan may be sat."""

    __tablename__ = "rounds"
    __table_args__ = (UniqueConstraint("contest_id", "code"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contests.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(10), default="quiz", server_default="quiz")
    weight: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))  # percent, "weighted" only
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime] = mapped_column(index=True)
    time_limit_s: Mapped[int | None]  # seconds; None: until closing
    deadline_rule: Mapped[str] = mapped_column(String(20))
    is_practice: Mapped[bool]  # counts for nothing
    tries_round: Mapped[int | None]
    tries_day: Mapped[int | None]  # local days
    tries_week: Mapped[int | None]  # local weeks, Monday to Sunday
    counting: Mapped[str] = mapped_column(String(10))  # best, first, last
    is_one_way: Mapped[bool]  # no going back to an earlier question
    shuffles_questions: Mapped[bool]
    shuffles_options: Mapped[bool]
    shows: Mapped[str] = mapped_column(String(20))  # after handing in: nothing, score, marks
    explains: Mapped[bool]  # right answers and explanations after closing
    requires_all: Mapped[bool]  # a paper with a blank is void
    plan: Mapped[list[Any]]  # [{"topic", "difficulty", "count", "audiences"}]
    bound: Mapped[Decimal] = mapped_column(Numeric(5, 4))  # papers differ by at most this share
    points: Mapped[Decimal] = mapped_column(Numeric(6, 2))  # for each question
    partial: Mapped[str] = mapped_column(String(20))  # question_bank/rules/marking.py
    wrong: Mapped[Decimal] = mapped_column(Numeric(6, 2))  # points taken for a wrong answer
    # What a round of entries takes (rules/entry_rules.py); {}: a quiz.
    entries: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    guess_text: Mapped[str | None] = mapped_column(Text)
    guess_text_en: Mapped[str | None] = mapped_column(Text)
    guess_target: Mapped[str | None] = mapped_column(String(20))
    guess_actual: Mapped[int | None]  # the true number, known after closing
    ties: Mapped[list[Any]]  # rules/ranking.py, first to last
    draw_seed: Mapped[int] = mapped_column(Id)  # secret until closing; its SHA-256 is public
    freeze_s: Mapped[int]  # seconds before closing in which the public board stands still
    settled_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]  # nobody may start; running clocks stand
    # How many acts of the day itself (more time, pause, announcement …) there were.
    acts_no: Mapped[int] = mapped_column(default=0, server_default="0")

    contest: Mapped[Contest] = relationship(lazy="raise", back_populates="rounds")

    def window(self, time_limit_s: int | None = None) -> Window:
        """Return the times of this round, with a division's own limit when it has one."""
        seconds = time_limit_s or self.time_limit_s
        return Window(
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            limit=None if seconds is None else timedelta(seconds=seconds),
            rule=DeadlineRule(self.deadline_rule),
        )

    def entry_rules(self) -> EntryRules | None:
        """Return what a round of entries takes; None for a quiz, and where none were set up."""
        return EntryRules.from_json(self.entries) if self.entries else None

    def drawing_plan(self) -> Plan:
        """Return the quotas papers are drawn by, and how far apart two papers may lie."""
        quotas = tuple(
            Quota(
                topic=row["topic"],
                difficulty=row["difficulty"],
                count=row["count"],
                audiences=frozenset(row["audiences"]),
            )
            for row in self.plan
        )
        return Plan(
            quotas=quotas,
            bound=float(self.bound),
            shuffle_questions=self.shuffles_questions,
            shuffle_options=self.shuffles_options,
        )


class Registration(Base):
    """A person entered in a contest, in one division, counted under one unit."""

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("contest_id", "account_id"),
        Index("ix_registrations_account_id", "account_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contests.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    division_id: Mapped[int] = mapped_column(ForeignKey("divisions.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    registered_at: Mapped[datetime]


class UnitTarget(Base):
    """Chỉ tiêu: how many people a unit is asked to bring to a contest."""

    __tablename__ = "unit_targets"
    __table_args__ = (UniqueConstraint("contest_id", "unit_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contests.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    people: Mapped[int]


class RuleChange(Base):
    """What was changed in the rules of a published contest, by whom and why; never edited."""

    __tablename__ = "rule_changes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contests.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # None: the operator
    reason: Mapped[str] = mapped_column(String(500))
    changes: Mapped[list[Any]]  # [{"where", "key", "old", "new"}], in words
