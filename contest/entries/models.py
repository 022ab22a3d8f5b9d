"""Entries: submitted works, what was handed in each time, what was ticked, what looks alike."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from contest.core.db import Base, Id
from contest.rules.handed_in import Described
from contest.rules.vietnamese import fold

LONGEST_TITLE = 200


class EntryState(StrEnum):
    """DRAFT: the sender is at it. SENT: handed in, and may be replaced until closing."""

    DRAFT = "draft"
    SENT = "sent"
    WITHDRAWN = "withdrawn"  # by the sender
    REFUSED = "refused"  # by an organizer, with a reason


class Entry(Base):
    """One work of one person or group in one round.

    The columns are what the sender is working on; what was handed in last is the latest
    EntryVersion, and only that is judged.
    """

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("round_id", "registration_id", "no"),  # no more than the round allows
        Index("ix_entries_round_id_state", "round_id", "state"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)  # its address for sender, organizer
    blind_code: Mapped[str] = mapped_column(String(16), unique=True)  # its name before the jury
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), index=True)
    division_id: Mapped[int] = mapped_column(ForeignKey("divisions.id"))
    kind: Mapped[str] = mapped_column(String(20))  # rules.entry_rules.EntryKind
    no: Mapped[int]  # from 1 to the round's number of entries each
    state: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    # For searching without marks; follows the title by itself.
    title_folded: Mapped[str] = mapped_column(String(LONGEST_TITLE), default="")
    text: Mapped[str] = mapped_column(Text)
    figures: Mapped[list[Any]]  # [{"name", "value"}]
    links: Mapped[list[Any]]  # [{"host", "id"}]
    members: Mapped[list[Any]]  # names of the group besides the sender, in their order
    # Besides Vietnamese: codes of rules.languages, in their order.
    languages: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    # Those its judges must know: as handed in last, or as an organizer corrected since.
    jury_languages: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    shows_in_gallery: Mapped[bool]  # the sender's consent
    guardian_sealed: Mapped[str | None] = mapped_column(Text)  # name and phone, core/sealing
    guardian_agreed_at: Mapped[datetime | None]
    version: Mapped[int]  # of the latest handing in; 0: never
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]  # the latest handing in
    refusal: Mapped[str | None] = mapped_column(String(500))  # the organizer's reason
    redacted: Mapped[str | None] = mapped_column(Text)  # text for the jury, names taken out
    redacted_title: Mapped[str | None] = mapped_column(String(200))
    published_at: Mapped[datetime | None]  # shown in the gallery since
    takedown: Mapped[str | None] = mapped_column(String(500))  # why it left the gallery again

    files: Mapped[list["EntryFile"]] = relationship(
        lazy="raise", order_by="EntryFile.id", back_populates="entry"
    )

    @property
    def known_languages(self) -> list[Any]:
        """Give the codes to show: the jury's once it was handed in, the sender's draft before."""
        return self.jury_languages if self.version else self.languages

    @validates("title")
    def _fold_title(self, _name: str, title: str) -> str:
        self.title_folded = fold(title)[:LONGEST_TITLE]
        return title

    @validates("version")
    def _forget_redaction(self, _name: str, version: int) -> int:
        """Words taken out of one handing in say nothing of the next."""
        if self.id is not None and version != self.version:
            self.redacted = self.redacted_title = None
        return version


class EntryFile(Base):
    """A file of an entry: an upload that becomes a medium once it lies in storage."""

    __tablename__ = "entry_files"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"), index=True)
    what: Mapped[str] = mapped_column(String(10))  # rules.media.What
    upload: Mapped[str] = mapped_column(String(24), unique=True)  # its code in contest.uploads
    name: Mapped[str] = mapped_column(String(150))  # as sent: for the sender only
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))  # once it lies in storage
    media: Mapped[str | None] = mapped_column(String(12), index=True)  # its code in contest.media
    about: Mapped[str] = mapped_column(String(500))  # what can be seen, for who cannot see
    captions: Mapped[str | None] = mapped_column(Text)  # WebVTT, for clips
    begun_at: Mapped[datetime]  # when its first byte was announced
    received_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]  # replaced; kept as long as a version names it
    # When its comparing with other entries was asked for; None: not yet, or made anew since.
    compare_asked_at: Mapped[datetime | None] = mapped_column(index=True)
    withheld: Mapped[str | None] = mapped_column(String(500))  # why the jury does not get it

    entry: Mapped[Entry] = relationship(lazy="raise", back_populates="files")

    @property
    def said(self) -> Described:
        """Give what the sender says of it now; a version keeps what was handed in."""
        return Described(self.about, self.captions)


class EntryVersion(Base):
    """What was handed in, once and for all; the receipt is checked against it."""

    __tablename__ = "entry_versions"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sent_at: Mapped[datetime]
    # kind, title, text, figures, links, members, files (with what rules.handed_in keeps of each);
    # languages where there are some
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the content, canonical JSON
    receipt: Mapped[str] = mapped_column(String(24), unique=True)
    is_late: Mapped[bool]  # came in within the grace, from an upload begun before closing


class PracticalCheck(Base):
    """What an examiner saw a person do; a correction is a row of its own, the last one counts."""

    __tablename__ = "practical_checks"
    __table_args__ = (UniqueConstraint("entry_id", "examiner_id", "no"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"))
    examiner_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    no: Mapped[int]
    ticked: Mapped[list[Any]]  # codes of the checklist's lines that were shown
    note: Mapped[str] = mapped_column(String(500))
    is_from_paper: Mapped[bool]  # entered from a printed sheet
    shown_on: Mapped[date]  # local day on which the person showed it
    entered_at: Mapped[datetime]


class SimilarityFlag(Base):
    """Two entries that share bytes, pictures or sound; a person decides, nothing is refused."""

    __tablename__ = "similarity_flags"
    __table_args__ = (UniqueConstraint("entry_id", "other_id", "media", "other_media", "sense"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"))  # the later one
    other_id: Mapped[int] = mapped_column(ForeignKey("entries.id"), index=True)
    media: Mapped[str] = mapped_column(String(12))
    other_media: Mapped[str] = mapped_column(String(12))
    sense: Mapped[str] = mapped_column(String(10))  # media.queries.Sense
    seconds: Mapped[int]  # how long they are alike
    at_s: Mapped[int]  # from this moment of the entry's clip, seconds
    there_s: Mapped[int]  # and this moment of the other's
    share: Mapped[float]  # 1.0 is all of the shorter
    found_at: Mapped[datetime]
    verdict: Mapped[str | None] = mapped_column(String(10))  # fine, copied
    reason: Mapped[str] = mapped_column(String(500), default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None]


class EntryReport(Base):
    """Somebody says an entry of the gallery should not be there."""

    __tablename__ = "entry_reports"
    __table_args__ = (UniqueConstraint("entry_id", "account_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(String(500))
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    answered_at: Mapped[datetime | None]
