"""What people gave beyond their account, for one contest: sealed, never readable in the table."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contest.core.db import Base, Id


class Identity(Base):
    """One fact of one registration. `blind` is there only where no two may give the same."""

    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("registration_id", "field"),
        UniqueConstraint("contest_id", "field", "blind"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    contest_id: Mapped[int] = mapped_column(ForeignKey("contests.id"))
    field: Mapped[str] = mapped_column(String(20))  # rules/identity.py
    sealed: Mapped[str] = mapped_column(String(1500))  # core/sealing.py
    blind: Mapped[str | None] = mapped_column(String(64))
    is_relatives: Mapped[bool]
    saved_at: Mapped[datetime]
