"""The one read through which a judge gets an entry (docs/decisions/0013-blind-judging.md).

Rows of entries, senders and files stay inside this file: what leaves it holds nothing by which a
sender could be told, whatever a template does with it. Names leave it in a phase that shows names.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from contest.accounts.models import Account, Unit
from contest.contests.models import Registration
from contest.core.storage import Storage
from contest.entries.models import Entry, EntryFile, EntryVersion
from contest.errors import NotFound
from contest.judging.judge_queries import NO_ENTRY, Work
from contest.media.models import Media, MediaFile, State
from contest.media.previews import Previews, Trouble
from contest.rules import handed_in
from contest.rules.entry_rules import EntryKind, Link
from contest.rules.handed_in import Described
from contest.rules.media import FileKind, What

MADE = {
    What.CLIP: (FileKind.SMALL, FileKind.LARGE, FileKind.POSTER),
    What.PICTURE: (FileKind.PICTURE,),
    What.DOCUMENT: (FileKind.PREVIEW, FileKind.PAPER),
}
ENDINGS = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "video/mp4": ".mp4",
    "image/jpeg": ".jpg",
    "image/png": ".png",
}
USUAL_ENDINGS = {What.CLIP: ".mp4", What.PICTURE: ".jpg", What.DOCUMENT: ""}
MOST_TEXT = 1024 * 1024  # bytes of a preview that are shown


@dataclass(frozen=True, slots=True)
class BlindMedia:
    """One clip, picture or document. `n` counts all from 1, `number` those of its sort.

    Withheld files are counted too, so that no address comes to mean another file. `kinds`
    are the files that may be fetched. `is_raw`: only what was sent is there, and it may name its
    maker inside.
    """

    n: int
    number: int
    what: What
    state: str
    kinds: tuple[FileKind, ...]
    seconds: float | None
    width: int | None
    height: int | None
    about: str
    has_captions: bool
    text: str | None  # of a document
    trouble: Trouble | None  # why its text is not there
    is_raw: bool


@dataclass(frozen=True, slots=True)
class Names:
    """Who made the entry, in phases that show it."""

    sender: str
    unit: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlindEntry:
    """An entry as its jury sees it: what was handed in last, without whose it is."""

    blind_code: str
    kind: EntryKind
    title: str
    text: str
    figures: tuple[tuple[str, str], ...]
    links: tuple[Link, ...]
    languages: tuple[str, ...]  # codes, besides Vietnamese
    media: tuple[BlindMedia, ...]
    withheld: int  # files the organizers keep from the jury
    is_redacted: bool
    names: Names | None

    @property
    def is_cut(self) -> bool:
        """Say whether storage did not answer for a part of it."""
        return any(one.trouble is Trouble.SILENT for one in self.media)


def read(session: Session, work: Work, files: Storage) -> BlindEntry:
    """Return the entry as it was handed in last, blind unless the open phase shows names."""
    row = _row(session, work)
    content: Mapping[str, Any] = row.content
    is_redacted = row.redacted is not None
    media, previews = _media(session, work, content), Previews(files)
    return BlindEntry(
        blind_code=work.blind_code,
        kind=EntryKind(content["kind"]),
        title=content["title"] if row.redacted_title is None else row.redacted_title,
        text=row.redacted if is_redacted else content["text"],
        figures=()
        if is_redacted
        else tuple((each["name"], each["value"]) for each in content["figures"]),
        links=tuple(Link(each["host"], each["id"]) for each in content["links"]),
        languages=tuple(row.jury_languages),
        media=tuple(
            _shown(one, previews, is_redacted=is_redacted) for one in media if not one.is_withheld
        ),
        withheld=sum(one.is_withheld for one in media),
        is_redacted=is_redacted,
        names=_names(session, work, content) if work.seat.sees_names else None,
    )


def _row(session: Session, work: Work) -> Any:
    wanted = (
        select(EntryVersion.content, Entry.redacted, Entry.redacted_title, Entry.jury_languages)
        .join(Entry, Entry.id == EntryVersion.entry_id)
        .where(EntryVersion.entry_id == work.entry_id, EntryVersion.no == work.entry_version)
    )
    return session.execute(wanted).one()


def _names(session: Session, work: Work, content: Mapping[str, Any]) -> Names:
    wanted = (
        select(Account.name, Unit.name.label("unit"))
        .select_from(Entry)
        .join(Registration, Registration.id == Entry.registration_id)
        .join(Account, Account.id == Registration.account_id)
        .join(Unit, Unit.id == Registration.unit_id)
        .where(Entry.id == work.entry_id)
    )
    row = session.execute(wanted).one()
    return Names(row.name, row.unit, tuple(content["members"]))


@dataclass(frozen=True, slots=True)
class _Medium:
    """A file of the entry with what was made of it, inside this file only."""

    n: int
    number: int
    file: EntryFile
    said: Described  # when it was handed in
    media: Media | None
    allowed: Mapping[FileKind, MediaFile]
    is_raw: bool

    @property
    def is_withheld(self) -> bool:
        return self.file.withheld is not None


def _media(session: Session, work: Work, content: Mapping[str, Any]) -> list[_Medium]:
    codes = [each["code"] for each in content["files"]]
    if not codes:
        return []
    wanted = (
        select(EntryFile, Media)
        .outerjoin(Media, Media.code == EntryFile.media)
        .where(EntryFile.entry_id == work.entry_id, EntryFile.code.in_(codes))
        .options(selectinload(Media.files))
    )
    rows = {row.EntryFile.code: row for row in session.execute(wanted)}
    there = [rows[code] for code in codes if code in rows]
    seen: dict[str, int] = {}
    found: list[_Medium] = []
    for row in there:
        what = What(row.EntryFile.what)
        seen[what] = seen.get(what, 0) + 1
        allowed, is_raw = _allowed(what, row.Media, sees_names=work.seat.sees_names)
        found.append(
            _Medium(
                n=len(found) + 1,
                number=seen[what],
                file=row.EntryFile,
                said=handed_in.described(content, row.EntryFile.code, row.EntryFile.said),
                media=row.Media,
                allowed=allowed,
                is_raw=is_raw,
            )
        )
    return found


def _allowed(
    what: What, media: Media | None, *, sees_names: bool
) -> tuple[dict[FileKind, MediaFile], bool]:
    """Give the files a judge may fetch, and whether what was sent is the only one to look at."""
    if media is None or media.state not in {State.READY, State.KEPT}:
        return {}, False
    by_kind = {FileKind(one.kind): one for one in media.files}
    made = {kind: by_kind[kind] for kind in MADE[what] if kind in by_kind}
    is_raw = not any(kind is not FileKind.POSTER for kind in made)
    if (is_raw or sees_names) and FileKind.ORIGINAL in by_kind:
        made[FileKind.ORIGINAL] = by_kind[FileKind.ORIGINAL]
    return made, is_raw


def _shown(one: _Medium, previews: Previews, *, is_redacted: bool) -> BlindMedia:
    sizes = [kept for kind, kept in one.allowed.items() if kind is not FileKind.ORIGINAL]
    first = sizes[0] if sizes else None
    preview = one.allowed.get(FileKind.PREVIEW)
    text, trouble = (None, None) if preview is None else previews.text(preview, MOST_TEXT)
    return BlindMedia(
        n=one.n,
        number=one.number,
        what=What(one.file.what),
        state=State.WAITING if one.media is None else one.media.state,
        kinds=tuple(one.allowed),
        seconds=None if first is None else first.seconds,
        width=None if first is None else first.width,
        height=None if first is None else first.height,
        about="" if is_redacted else one.said.about,
        has_captions=bool(one.said.captions),
        text=text,
        trouble=trouble,
        is_raw=one.is_raw,
    )


@dataclass(frozen=True, slots=True)
class BlindFile:
    """A stored file under a name of ours; `kept` belongs to no session and tells no hash."""

    kept: MediaFile
    name: str


def file(session: Session, work: Work, n: int, kind: str) -> BlindFile:
    """Return one file of an entry; NotFound for every kind a judge may not fetch."""
    one = _medium(session, work, n)
    kept = next((found for each, found in one.allowed.items() if each == kind), None)
    if kept is None:
        raise NotFound(NO_ENTRY)
    ending = ENDINGS.get(kept.media_type, USUAL_ENDINGS[What(one.file.what)])
    return BlindFile(_masked(work, n, kept), f"bai-{work.blind_code}-{n}{ending}")


def captions(session: Session, work: Work, n: int) -> str:
    """Return the captions of a clip, WebVTT; NotFound when it has none."""
    found = _medium(session, work, n).said.captions
    if not found:
        raise NotFound(NO_ENTRY)
    return found


def _medium(session: Session, work: Work, n: int) -> _Medium:
    row = _row(session, work)
    found = _media(session, work, row.content)
    one = next((each for each in found if each.n == n and not each.is_withheld), None)
    if one is None:
        raise NotFound(NO_ENTRY)
    return one


def _masked(work: Work, n: int, kept: MediaFile) -> MediaFile:
    """Copy a file's row with another hash: its sender knows the SHA-256, and the ETag says it."""
    told = f"{work.blind_code}:{n}:{kept.kind}:{kept.sha256}"
    return MediaFile(
        kind=kept.kind,
        key=kept.key,
        media_type=kept.media_type,
        bytes=kept.bytes,
        sha256=hashlib.sha256(told.encode()).hexdigest(),
    )
