"""What the pages of an entry show: its files and how far they are, what is missing, its hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from contest.core import jobs
from contest.core.sealing import Sealer
from contest.entries import counter, queries, saving, service
from contest.entries.models import Entry, EntryFile, EntryState, EntryVersion
from contest.entries.queries import Owned
from contest.errors import N_, Invalid
from contest.media.models import MediaFile
from contest.media.queries import Phase, Shown
from contest.rules.entry_rules import SHAPES, EntryKind, EntryRules, Link
from contest.rules.media import FileKind, What
from contest.uploads.desk import Box
from contest.uploads.models import Upload
from contest.web.words import translate

ORDER = (What.CLIP, What.PICTURE, What.DOCUMENT)
TITLES = {
    What.CLIP: N_("Video"),
    What.PICTURE: N_("Hình"),
    What.DOCUMENT: N_("Tài liệu (Word hoặc PDF)"),
}
STATES = {
    EntryState.DRAFT: N_("Bản nháp, chưa nộp"),
    EntryState.SENT: N_("Đã nộp"),
    EntryState.WITHDRAWN: N_("Đã rút"),
    EntryState.REFUSED: N_("Ban tổ chức không nhận"),
}
TONES = {
    EntryState.DRAFT: "wait",
    EntryState.SENT: "good",
    EntryState.WITHDRAWN: "plain",
    EntryState.REFUSED: "bad",
}


class Hours(StrEnum):
    """Where a round is for one entry. GRACE: closed, but a file begun before is still welcome."""

    EARLY = "early"
    OPEN = "open"
    GRACE = "grace"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Card:
    """One file of an entry; `shown` is None until the worker has taken it in."""

    file: EntryFile
    shown: Shown | None

    @property
    def phase(self) -> Phase:
        return Phase.WAITING if self.shown is None else self.shown.phase

    @property
    def percent(self) -> int | None:
        """How far the making is, None while nobody knows."""
        if self.shown is None or not self.shown.total:
            return None
        return min(100, self.shown.done * 100 // self.shown.total)

    @property
    def stage(self) -> str:
        return translate(self.shown.stage) if self.shown and self.shown.stage else ""

    @property
    def reason(self) -> str:
        """Why the file cannot be used, in the reader's words."""
        kept = self.shown.media.reason if self.shown else None
        return translate(kept["message"], jobs.facts_of(kept)) if kept else ""

    def made(self, *kinds: str) -> MediaFile | None:
        """Return the first of the made files there is."""
        return self.shown.file(*map(FileKind, kinds)) if self.shown else None


@dataclass(frozen=True, slots=True)
class Part:
    """One sort of file an entry takes: what is there, what is coming, the box to send another."""

    what: What
    title: str
    most: int
    cards: tuple[Card, ...]
    received: tuple[Upload, ...]  # whole, about to become part of the entry
    box: Box | None  # None while no more is taken

    @property
    def is_busy(self) -> bool:
        """Say whether looking again soon will show something new."""
        return bool(self.received) or any(each.phase is Phase.WAITING for each in self.cards)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All of one entry's page but its form."""

    owned: Owned
    rules: EntryRules
    hours: Hours
    parts: tuple[Part, ...]
    latest: EntryVersion | None
    is_changed: bool
    missing: tuple[Invalid, ...]
    links: tuple[Link, ...]

    @property
    def entry(self) -> Entry:
        return self.owned.entry

    @property
    def is_writable(self) -> bool:
        """Say whether words and files may be changed now."""
        return self.hours is Hours.OPEN and self.entry.state in {EntryState.DRAFT, EntryState.SENT}

    @property
    def fills_blanks(self) -> bool:
        """Say whether, after closing, an empty title or text may still be filled in."""
        is_blank = not (self.entry.title and self.entry.text)
        return self.hours is Hours.GRACE and is_blank and service.has_late_file(self.owned)

    @property
    def may_hand_in(self) -> bool:
        """Say whether the button to hand in stands there."""
        if self.entry.state not in {EntryState.DRAFT, EntryState.SENT}:
            return False
        if self.entry.state == EntryState.SENT and not self.is_changed:
            return False
        is_late = self.hours is Hours.GRACE and service.has_late_file(self.owned)
        return self.hours is Hours.OPEN or is_late

    @property
    def is_busy(self) -> bool:
        return any(each.is_busy for each in self.parts)


def hours(owned: Owned, now: datetime, *, is_coming: bool) -> Hours:
    """Say where the round is for this entry."""
    if now < owned.round.opens_at:
        return Hours.EARLY
    if now < owned.round.closes_at:
        return Hours.OPEN
    is_late = is_coming or service.has_late_file(owned)
    return Hours.GRACE if is_late and service.is_in_grace(owned, now) else Hours.OVER


def of(session: Session, owned: Owned, *, now: datetime) -> Sheet:
    """Read what the page of an entry shows, in a fixed number of statements."""
    entry, by = owned.entry, owned.registration.account_id
    rules = EntryRules.from_json(owned.round.entries)
    shown = queries.shown(session, entry.code)
    received = queries.received_for(session, entry.code, by=by)
    coming = queries.coming_for(session, entry.code, by=by)
    found = hours(owned, now, is_coming=bool(coming or received))
    latest = queries.latest(session, entry)
    takes = (EntryState.DRAFT, EntryState.SENT)
    parts = tuple(
        _part(
            session,
            owned,
            what,
            shown=shown,
            received=[each for each in received if _is_for(each, what)],
            is_coming=any(_is_for(each, what) for each in coming),
            hours_=found if entry.state in takes else Hours.OVER,
            most=rules.most_files(EntryKind(entry.kind), what),
        )
        for what in ORDER
        if what in SHAPES[EntryKind(entry.kind)].files
    )
    return Sheet(
        owned=owned,
        rules=rules,
        hours=found,
        parts=parts,
        latest=latest,
        is_changed=service.is_changed(owned, latest),
        missing=service.missing_with(owned, shown),
        links=tuple(Link(**each) for each in entry.links),
    )


def _is_for(upload: Upload, what: What) -> bool:
    return upload.subject.endswith(f":{what}")


def _part(
    session: Session,
    owned: Owned,
    what: What,
    *,
    shown: dict[str, Shown],
    received: Sequence[Upload],
    is_coming: bool,
    hours_: Hours,
    most: int,
) -> Part:
    cards = tuple(
        Card(each, shown.get(each.media or "")) for each in owned.files if each.what == what
    )
    is_full = most > 1 and len(cards) + len(received) >= most
    takes = (hours_ is Hours.OPEN and not is_full) or (hours_ is Hours.GRACE and is_coming)
    back = url_for("entries.show", code=owned.entry.code, _anchor=f"files-{what}")
    return Part(
        what=what,
        title=translate(TITLES[what]),
        most=most,
        cards=cards,
        received=tuple(received),
        box=counter.box(session, owned, what, next_url=back) if takes else None,
    )


def typed(entry: Entry, sealer: Sealer) -> dict[str, Any]:
    """Return what the form is filled with."""
    guardian = saving.guardian(entry, sealer)
    lines = (f"{each['name']}: {each['value']}" for each in entry.figures)
    return {
        "title": entry.title,
        "text": entry.text,
        "figures": "\n".join(line.removesuffix(": ") for line in lines),
        "members": "\n".join(entry.members),
        "links": "\n".join(Link(**each).address for each in entry.links),
        "languages": entry.languages,
        "shows_in_gallery": entry.shows_in_gallery,
        "guardian_name": guardian.name if guardian else "",
        "guardian_phone": guardian.phone if guardian else "",
        "guardian_agrees": guardian is not None,
    }
