"""A contest that is still being set up: one row, worked on page by page."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contest.core.db import Base, Id


class Draft(Base):
    """What its organizers typed so far, finished or not, in the shape of a contest file."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("contest_id"),)  # one draft at a time edits a contest

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)  # stands in its address
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))  # what it began from: kinds.py, "copy", "edit"
    title: Mapped[str] = mapped_column(String(200))  # as in `data`, for lists
    data: Mapped[dict[str, Any]]  # contests/contest_data.py; text that is no value stays as typed
    step: Mapped[str] = mapped_column(String(20))  # last seen
    version: Mapped[int] = mapped_column(default=1)  # grows with every save
    updated_at: Mapped[datetime]
    updated_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    contest_id: Mapped[int | None] = mapped_column(ForeignKey("contests.id"))  # it edits this one
    loaded_at: Mapped[datetime | None]  # of that contest, when the draft was opened
