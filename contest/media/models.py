"""Tables of media: what was sent for which subject, the files made of it, its fingerprints."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contest.core.db import Base, Id


class State(StrEnum):
    """What is known of a medium. How far its job is, the job says."""

    WAITING = "waiting"  # its job has not ended well yet
    READY = "ready"
    REJECTED = "rejected"  # `reason` says why
    KEPT = "kept"  # this machine has no ffmpeg: the original counts, and can be downloaded


class Media(Base):
    """One clip, picture or document somebody sent."""

    __tablename__ = "media"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)  # "entry:k7f2", whose it is
    what: Mapped[str] = mapped_column(String(10))  # rules.media.What
    state: Mapped[str] = mapped_column(String(10), default=State.WAITING)
    name: Mapped[str] = mapped_column(String(150))  # as sent: a label, never a path
    limits: Mapped[dict[str, Any]]  # rules.media.Limits, as they were when it was sent
    job: Mapped[str] = mapped_column(String(12), index=True)  # code of the job that may change it
    reason: Mapped[dict[str, Any] | None]  # of a rejection: what jobs.kept_error made
    trouble: Mapped[dict[str, Any] | None]  # of the last try that died: reason, tail, try
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    files: Mapped[list["MediaFile"]] = relationship(
        back_populates="media", cascade="all, delete-orphan", order_by="MediaFile.id"
    )
    prints: Mapped["MediaHash | None"] = relationship(
        back_populates="media", cascade="all, delete-orphan"
    )


class MediaFile(Base):
    """One file in storage."""

    __tablename__ = "media_files"
    __table_args__ = (UniqueConstraint("media_id", "kind"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    kind: Mapped[str] = mapped_column(String(10))  # rules.media.FileKind
    key: Mapped[str] = mapped_column(String(200), unique=True)
    media_type: Mapped[str] = mapped_column(String(100))
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)  # hexadecimal
    width: Mapped[int | None]  # pixels
    height: Mapped[int | None]
    seconds: Mapped[float | None]

    media: Mapped[Media] = relationship(back_populates="files")


class MediaHash(Base):
    """The fingerprints of one medium, in one row: comparing reads ten thousand of them."""

    __tablename__ = "media_hashes"

    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"), primary_key=True)
    frames: Mapped[bytes] = mapped_column(LargeBinary)  # eight bytes a second
    sound: Mapped[bytes] = mapped_column(LargeBinary)  # four bytes an eighth of a second

    media: Mapped[Media] = relationship(back_populates="prints")
