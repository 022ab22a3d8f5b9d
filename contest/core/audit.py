"""Who did what, when: rows written in the same transaction as the act."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from contest.core.db import Base, Id


class AuditEntry(Base):
    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)  # None: the clock
    act: Mapped[str] = mapped_column(String(60))  # "room.verb"
    subject: Mapped[str] = mapped_column(String(120))  # "contest:k7f2", a public code
    facts: Mapped[dict[str, Any]]  # what changed; never personal data


def record(
    session: Session, act: str, subject: str, *, by: int | None, now: datetime, **facts: Any
) -> None:
    """Write one line of the log in the caller's transaction."""
    session.add(AuditEntry(at=now, by=by, act=act, subject=subject, facts=facts))
