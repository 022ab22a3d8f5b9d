"""Reads of the gallery: what everybody may see of a round's published entries.

One condition, `visible`, decides everywhere: lists, pages, files, reports and votes.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.contests import queries as contests
from contest.contests.models import Contest, Division, Registration, Round
from contest.contests.specs import RoundKind
from contest.entries.models import Entry, EntryFile, EntryState, EntryVersion
from contest.errors import N_, NotFound
from contest.media.models import Media, MediaFile, State
from contest.rules import handed_in
from contest.rules.entry_rules import GUARDIAN_UNDER, SHOWN_LINKS, EntryKind, EntryRules, Link
from contest.rules.handed_in import Described
from contest.rules.media import FileKind
from contest.rules.privacy import NameMask, mask

PER_PAGE = 12
NO_GALLERY = N_("Đợt thi này không có trang trưng bày bài dự thi.")
NO_ENTRY = N_("Không tìm thấy bài này trong trang trưng bày. Có thể bài đã được gỡ xuống.")
NO_FILE = N_("Không tìm thấy tệp này trong trang trưng bày.")
# Made by us, without what the original may hold (a place, a name). Originals are never here.
PUBLIC = (
    FileKind.SMALL,
    FileKind.LARGE,
    FileKind.POSTER,
    FileKind.PICTURE,
    FileKind.PREVIEW,
    FileKind.PAPER,
)


@dataclass(frozen=True, slots=True)
class Gallery:
    """A round that shows its entries; `contest` and `round` are copies of no session."""

    contest: Contest
    round: Round
    rules: EntryRules

    @property
    def shows_names(self) -> bool:
        """Say whether names and units are shown: never while a jury may still judge blindly."""
        return not self.rules.is_blind or self.round.settled_at is not None

    @property
    def opens_at(self) -> datetime:
        """Return the moment from which nothing handed in can change any more."""
        return self.round.closes_at + self.rules.grace

    @property
    def address(self) -> dict[str, Any]:
        return {"contest_code": self.contest.code, "round_code": self.round.code}


def of_round(contest: Contest, each: Round) -> Gallery | None:
    """Return a round's gallery; None when it takes no entries or shows none."""
    if each.kind != RoundKind.ENTRIES or not each.entries:
        return None
    rules = EntryRules.from_json(each.entries)
    return Gallery(contest, each, rules) if rules.is_gallery else None


def gallery(session: Session, contest_code: str, round_code: str) -> Gallery:
    """Return the gallery of a published contest's round, from memory; NotFound."""
    contest = contests.kept(session, contest_code).contest
    for each in contest.rounds:
        found = of_round(contest, each) if each.code == round_code else None
        if found is not None:
            return found
    raise NotFound(NO_GALLERY)


def grown_on(today: date) -> date:
    """Return the latest day of birth that needs no guardian's consent (entry_rules)."""
    try:
        return today.replace(year=today.year - GUARDIAN_UNDER)
    except ValueError:  # 29 February
        return today.replace(year=today.year - GUARDIAN_UNDER, day=28)


def consented(today: date) -> ColumnElement[bool]:
    """Return the condition that the sender agrees, and a guardian where one must."""
    return and_(
        Entry.shows_in_gallery,
        or_(Entry.guardian_agreed_at.is_not(None), Account.birth_date <= grown_on(today)),
    )


def visible(today: date) -> ColumnElement[bool]:
    """Return the condition that everybody may see an entry; Account is its sender's."""
    return and_(
        Entry.state == EntryState.SENT,
        Entry.version > 0,
        Entry.kind != EntryKind.PRACTICAL,
        Entry.published_at.is_not(None),
        consented(today),
    )


def with_sender(*wanted: Any) -> Select[Any]:
    """Begin a query of entries joined with their registration and sender."""
    return (
        select(*wanted)
        .select_from(Entry)
        .join(Registration, Registration.id == Entry.registration_id)
        .join(Account, Account.id == Registration.account_id)
    )


def shuffled(
    session: Session, here: Gallery, *, seed: str, today: date, division: int | None
) -> list[int]:
    """Return the ids of what a gallery shows, in an order of the seed's own.

    With a seed for each visitor and day nobody's entry stands first for everybody.
    """
    wanted = with_sender(Entry.id, Entry.code).where(
        Entry.round_id == here.round.id, visible(today)
    )
    if division is not None:
        wanted = wanted.where(Entry.division_id == division)
    rows = session.execute(wanted).all()
    return [id_ for id_, code in sorted(rows, key=lambda row: _lot(seed, row.code))]


def _lot(seed: str, code: str) -> bytes:
    return hashlib.sha256(f"{seed}/{code}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Card:
    """An entry as a list shows it; name and unit are "" while names are not shown."""

    code: str
    title: str
    kind: EntryKind
    name: str
    members: int
    unit: str
    division_id: int
    poster: str  # code of the file, "" without a picture
    about: str


def cards(session: Session, here: Gallery, ids: Sequence[int]) -> list[Card]:
    """Return the entries of `ids` in that order, in two statements."""
    rows = session.execute(
        with_sender(Entry, EntryVersion.content, Account.name, Unit.name)
        .join(Unit, Unit.id == Registration.unit_id)
        .join(EntryVersion, is_latest())
        .where(Entry.id.in_(ids))
    ).all()
    posters = _posters(session, here, {row[0].id: row[1] for row in rows})
    made = {
        entry.id: Card(
            code=entry.code,
            title=title(here, entry, content),
            kind=EntryKind(entry.kind),
            name=_name(here, name),
            members=len(content["members"]),
            unit=unit if here.shows_names else "",
            division_id=entry.division_id,
            poster=posters[entry.id].code if entry.id in posters else "",
            about=_about(here, entry, content, posters[entry.id]) if entry.id in posters else "",
        )
        for entry, content, name, unit in rows
    }
    return [made[id_] for id_ in ids if id_ in made]


def is_latest() -> ColumnElement[bool]:
    return and_(EntryVersion.entry_id == Entry.id, EntryVersion.no == Entry.version)


def title(here: Gallery, entry: Entry, content: dict[str, Any]) -> str:
    """Give the title; the one with names taken out while names are not shown."""
    hidden = entry.redacted_title if not here.shows_names else None
    return str(hidden or content["title"])


def _name(here: Gallery, name: str) -> str:
    return mask(name, NameMask(here.contest.name_mask)) if here.shows_names else ""


def codes_in(content: dict[str, Any]) -> list[str]:
    """Return the codes of the files a handed-in version is made of, in their order."""
    return [each["code"] for each in content["files"]]


def _is_given(here: Gallery) -> ColumnElement[bool]:
    """Return the condition that a file is shown: what a jury may not see waits for the names."""
    return true() if here.shows_names else EntryFile.withheld.is_(None)


def _is_covered(here: Gallery, entry: Entry) -> bool:
    """Say whether the jury's text stands in place of all the sender typed (judging/blind.py)."""
    return entry.redacted is not None and not here.shows_names


def _about(here: Gallery, entry: Entry, content: dict[str, Any], file: EntryFile) -> str:
    return "" if _is_covered(here, entry) else _said(content, file).about


def _said(content: dict[str, Any], file: EntryFile) -> Described:
    """Return what was handed in with a file, whatever its row says since."""
    return handed_in.described(content, file.code, file.said)


def _posters(
    session: Session, here: Gallery, contents: dict[int, dict[str, Any]]
) -> dict[int, EntryFile]:
    """Return for each entry the first of its files that has a small picture."""
    codes = [code for content in contents.values() for code in codes_in(content)]
    rows = session.scalars(
        select(EntryFile)
        .join(Media, Media.code == EntryFile.media)
        .join(MediaFile, MediaFile.media_id == Media.id)
        .where(EntryFile.code.in_(codes), MediaFile.kind == FileKind.POSTER, _is_given(here))
        .order_by(EntryFile.id)
    )
    found: dict[int, EntryFile] = {}
    for file in rows:
        found.setdefault(file.entry_id, file)
    return found


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of an entry as its page shows it, with the renditions there are."""

    code: str
    what: str
    about: str
    has_captions: bool
    kinds: frozenset[str]
    bytes: dict[str, int]
    width: int | None  # of what is shown, pixels
    height: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A published entry as its page shows it."""

    id: int
    code: str
    account_id: int  # the sender, for rules; never drawn
    title: str
    kind: EntryKind
    text: str
    figures: list[dict[str, str]]
    links: list[Link]
    name: str
    members: int
    unit: str
    division: Division
    pieces: list[Piece]
    published_at: datetime


def one(session: Session, here: Gallery, code: str, *, today: date) -> Shown:
    """Return an entry of a gallery, in three statements; NotFound unless everybody may see it."""
    row = session.execute(
        with_sender(Entry, EntryVersion.content, Account.id, Account.name, Unit.name, Division)
        .join(Unit, Unit.id == Registration.unit_id)
        .join(Division, Division.id == Entry.division_id)
        .join(EntryVersion, is_latest())
        .where(Entry.code == code, Entry.round_id == here.round.id, visible(today))
    ).one_or_none()
    if row is None:
        raise NotFound(NO_ENTRY)
    entry, content, account_id, name, unit, division = row
    return Shown(
        id=entry.id,
        code=entry.code,
        account_id=account_id,
        title=title(here, entry, content),
        kind=EntryKind(entry.kind),
        text=_text(here, entry, content),
        figures=[] if _is_covered(here, entry) else content["figures"],
        links=[
            Link(each["host"], each["id"])
            for each in content["links"]
            if each["host"] in SHOWN_LINKS
        ],
        name=_name(here, name),
        members=len(content["members"]),
        unit=unit if here.shows_names else "",
        division=division,
        pieces=_pieces(session, here, entry, content),
        published_at=entry.published_at,
    )


def _text(here: Gallery, entry: Entry, content: dict[str, Any]) -> str:
    return str(entry.redacted if _is_covered(here, entry) else content["text"])


def _pieces(session: Session, here: Gallery, entry: Entry, content: dict[str, Any]) -> list[Piece]:
    rows = session.execute(
        select(EntryFile, MediaFile)
        .join(Media, Media.code == EntryFile.media)
        .join(MediaFile, MediaFile.media_id == Media.id)
        .where(
            EntryFile.code.in_(codes_in(content)),
            MediaFile.kind.in_(PUBLIC),
            Media.state == State.READY,
            _is_given(here),
        )
        .order_by(EntryFile.id, MediaFile.id)
    ).all()
    files: dict[str, EntryFile] = {}
    made: dict[str, list[MediaFile]] = defaultdict(list)
    for file, rendition in rows:
        files[file.code] = file
        made[file.code].append(rendition)
    return [
        _piece(
            file,
            made[code],
            about=_about(here, entry, content, file),
            has_captions=bool(_said(content, file).captions),
        )
        for code, file in files.items()
    ]


def _piece(file: EntryFile, made: list[MediaFile], *, about: str, has_captions: bool) -> Piece:
    by_kind = {each.kind: each for each in made}
    main = by_kind.get(FileKind.SMALL) or by_kind.get(FileKind.PICTURE)
    return Piece(
        code=file.code,
        what=file.what,
        about=about,
        has_captions=has_captions,
        kinds=frozenset(by_kind),
        bytes={kind: each.bytes for kind, each in by_kind.items()},
        width=main.width if main is not None else None,
        height=main.height if main is not None else None,
    )


def rendition(
    session: Session, here: Gallery, code: str, file_code: str, kind: str, *, today: date
) -> MediaFile:
    """Return a made file of a visible entry's handed-in version, in one statement; NotFound.

    An original is none, whatever is asked for.
    """
    row = session.execute(
        with_sender(MediaFile, EntryVersion.content)
        .join(EntryVersion, is_latest())
        .join(EntryFile, EntryFile.entry_id == Entry.id)
        .join(Media, Media.code == EntryFile.media)
        .join(MediaFile, MediaFile.media_id == Media.id)
        .where(
            Entry.code == code,
            Entry.round_id == here.round.id,
            visible(today),
            EntryFile.code == file_code,
            _is_given(here),
            Media.state == State.READY,
            MediaFile.kind == kind,
            MediaFile.kind.in_(PUBLIC),
        )
    ).one_or_none()
    if row is None or file_code not in codes_in(row.content):
        raise NotFound(NO_FILE)
    found: MediaFile = row[0]
    return found


def captions(session: Session, here: Gallery, code: str, file_code: str, *, today: date) -> str:
    """Return the captions that were handed in with a visible entry's clip; NotFound."""
    row = session.execute(
        with_sender(EntryFile, EntryVersion.content)
        .join(EntryVersion, is_latest())
        .join(EntryFile, EntryFile.entry_id == Entry.id)
        .where(
            Entry.code == code,
            Entry.round_id == here.round.id,
            visible(today),
            EntryFile.code == file_code,
            _is_given(here),
        )
    ).one_or_none()
    if row is None or file_code not in codes_in(row.content):
        raise NotFound(NO_FILE)
    found = _said(row.content, row.EntryFile).captions
    if not found:
        raise NotFound(NO_FILE)
    return found
