"""Files on their way: whose, what for, how far."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from contest.core.db import Base, Id


class State(StrEnum):
    """COMING: bytes lie in staging. RECEIVED: all did, the job moves them. READY: in storage."""

    COMING = "coming"
    RECEIVED = "received"
    READY = "ready"


class Upload(Base):
    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_owner_id_purpose", "owner_id", "purpose", "subject"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)  # 120 bits: its address is a secret
    owner_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    purpose: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(150))  # shown, never a path
    media_type: Mapped[str] = mapped_column(String(100))
    fingerprint: Mapped[str] = mapped_column(String(100))
    sent_metadata: Mapped[str] = mapped_column(String(4000))  # given back as it came
    length: Mapped[int] = mapped_column(BigInteger)  # bytes promised; the offset is the file's size
    state: Mapped[str] = mapped_column(String(10), default=State.COMING)
    created_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]  # no byte is taken from then on
    expires_at: Mapped[datetime | None] = mapped_column(index=True)  # None: stays
    received_at: Mapped[datetime | None]
    kept_at: Mapped[datetime | None]  # somebody needs it: an entry
    storage_key: Mapped[str | None] = mapped_column(String(200))
    sha256: Mapped[str | None] = mapped_column(String(64))
    ready_at: Mapped[datetime | None]
