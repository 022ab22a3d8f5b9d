"""One entry with all an organizer may see, and the names its jury shall not read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, selectinload

from contest.accounts import queries as people
from contest.accounts.models import Account, Unit
from contest.contests.models import Division, Registration
from contest.core.audit import AuditEntry
from contest.core.storage import Storage
from contest.entries import filing
from contest.entries.filing import File
from contest.entries.models import (
    Entry,
    EntryState,
    EntryVersion,
    PracticalCheck,
)
from contest.errors import N_, NotFound
from contest.media.previews import Previews, Trouble
from contest.media.queries import Phase
from contest.rules import handed_in, names_in_text
from contest.rules.entry_rules import MOST_CHARACTERS
from contest.rules.handed_in import Described
from contest.rules.media import FileKind, What
from contest.rules.names_in_text import Part, Place, Sighting

NO_ENTRY = N_("Không tìm thấy bài dự thi này trong đợt thi.")
MOST_JOURNAL = 100  # lines of one entry
# Bytes of a document's text in which names are sought: fewer than media.documents keeps at most,
# so that a text cut there is told as cut here.
MOST_READ = 192 * 1024
NOT_READY = N_("Tệp chưa sẵn sàng nên máy chưa đọc được chữ bên trong. Bạn xem giúp khi tệp xong.")
NO_WORDS = N_("Máy không đọc được chữ nào trong tệp (có thể là bản chụp). Bạn mở tệp xem giúp.")
LOST = N_("Không thấy phần chữ của tệp trong kho. Bạn mở tệp xem giúp.")
NO_ANSWER = N_(
    "Kho tệp đang không trả lời nên chưa tìm được tên trong tệp. Bạn mở lại trang này sau ít phút."
)
TOO_LONG = N_("Tệp dài: máy chỉ tìm tên ở phần đầu. Bạn đọc giúp phần còn lại.")
TROUBLES = {Trouble.LOST: LOST, Trouble.SILENT: NO_ANSWER}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log about an entry; `who` is None for the clock."""

    at: datetime
    act: str
    who: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Whole:
    """One entry with all an organizer may see."""

    entry: Entry
    account: Account
    registration: Registration
    unit: Unit
    division: Division
    files: tuple[File, ...]
    versions: Sequence[EntryVersion]  # the latest first
    checks: Sequence[tuple[PracticalCheck, str]]  # with the examiner's name, the latest first
    flags: int
    lines: tuple[Line, ...]  # the latest first

    @property
    def current(self) -> tuple[File, ...]:
        return tuple(each for each in self.files if each.file.removed_at is None)

    @property
    def replaced(self) -> tuple[File, ...]:
        return tuple(each for each in self.files if each.file.removed_at is not None)


def one(session: Session, round_id: int, code: str) -> Whole:
    """Return an entry of a round; NotFound. In ten statements at most."""
    row = session.execute(
        select(Entry, Account, Registration, Unit, Division)
        .join(Registration, Registration.id == Entry.registration_id)
        .join(Account, Account.id == Registration.account_id)
        .join(Unit, Unit.id == Registration.unit_id)
        .join(Division, Division.id == Entry.division_id)
        .where(Entry.round_id == round_id, Entry.code == code)
        .options(selectinload(Entry.files))
    ).first()
    if row is None:
        raise NotFound(NO_ENTRY)
    entry, account, registration, unit, division = row
    versions = select(EntryVersion).where(EntryVersion.entry_id == entry.id)
    checks = (
        select(PracticalCheck, Account.name)
        .join(Account, Account.id == PracticalCheck.examiner_id)
        .where(PracticalCheck.entry_id == entry.id)
    )
    return Whole(
        entry=entry,
        account=account,
        registration=registration,
        unit=unit,
        division=division,
        files=filing.files_of(session, entry.files),
        versions=session.scalars(versions.order_by(EntryVersion.no.desc())).all(),
        checks=[
            (check, name)
            for check, name in session.execute(checks.order_by(PracticalCheck.id.desc()))
        ],
        flags=filing.open_flags_of(session, [entry.id]).get(entry.id, 0),
        lines=_lines(session, code),
    )


def _lines(session: Session, code: str) -> tuple[Line, ...]:
    wanted = (
        select(AuditEntry, Account.name)
        .outerjoin(Account, Account.id == AuditEntry.by)
        .where(AuditEntry.subject == f"entry:{code}")
        .order_by(AuditEntry.id.desc())
        .limit(MOST_JOURNAL)
    )
    return tuple(Line(row.at, row.act, name, row.facts) for row, name in session.execute(wanted))


@dataclass(frozen=True, slots=True)
class Checked:
    """A file of the latest handing in; `number` is its place there, from 1, as the jury counts.

    `text` is what a document says, as far as it was read; `told` why that is not all of it.
    """

    number: int
    file: File
    said: Described  # when it was handed in
    text: str = ""
    told: str | None = None

    @property
    def is_withheld(self) -> bool:
        return self.file.file.withheld is not None


@dataclass(frozen=True, slots=True)
class Named:
    """What the sender wrote in all places, the names the sender goes by, and a proposal."""

    entry: Entry
    title: str
    text: str
    figures: str
    names: tuple[str, ...]
    files: tuple[Checked, ...]

    @property
    def count(self) -> int:
        """How many names stand in title and text."""
        found = names_in_text.found
        return len(found(self.title, self.names)) + len(found(self.text, self.names))

    @property
    def sightings(self) -> tuple[Sighting, ...]:
        """Where names stand in what the jury reads as things are (judging/blind.py)."""
        covered = self.entry.redacted
        parts = [
            Part(Place.TITLE, self.entry.redacted_title or self.title),
            Part(Place.TEXT, self.text if covered is None else covered),
            Part(Place.FIGURES, self.figures if covered is None else ""),
        ]
        for each in self.files:
            if not each.is_withheld:
                parts += [
                    Part(Place.ABOUT, each.said.about if covered is None else "", each.number),
                    Part(Place.CAPTIONS, each.said.captions or "", each.number),
                    Part(Place.DOCUMENT, each.text, each.number),
                ]
        return names_in_text.sightings(parts, self.names)

    @property
    def proposed_title(self) -> str:
        return names_in_text.without(self.title, self.names)

    @property
    def proposed_text(self) -> str:
        """All the text will stand in for, without names: text, figures, withheld documents.

        Documents are left out where there would be too much.
        """
        typed = names_in_text.without(_joined(self.text, self.figures), self.names)
        whole = _joined(typed, self.withheld_text)
        return whole if len(whole) <= MOST_CHARACTERS else typed

    @property
    def withheld_text(self) -> str:
        """What the documents say that the jury does not get, without names."""
        said = _joined(*(each.text for each in self.files if each.is_withheld))
        return names_in_text.without(said, self.names)


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)


def named(session: Session, whole: Whole, files: Storage) -> Named:
    """Gather an entry's names and all that is written in it; one statement.

    Up to MOST_READ bytes of each document are read from storage; once storage does not answer, it
    is not asked again.
    """
    content = whole.versions[0].content if whole.versions else {}
    above = people.ancestors(session, whole.unit.path)
    units = [unit.name for unit in above if unit.parent_id is not None]
    members = [name for name in content.get("members", whole.entry.members) if name]
    figures = content.get("figures", whole.entry.figures)
    return Named(
        entry=whole.entry,
        title=str(content.get("title", whole.entry.title)),
        text=str(content.get("text", whole.entry.text)),
        figures="\n".join(f"{each['name']}: {each['value']}" for each in figures),
        names=(whole.account.name, *map(str, members), *units),
        files=_checked(whole, content, Previews(files)),
    )


def _checked(whole: Whole, content: Mapping[str, Any], previews: Previews) -> tuple[Checked, ...]:
    by_code = {each.file.code: each for each in whole.files}
    sent = (each["code"] for each in content.get("files", ()))
    there = [by_code[code] for code in sent if code in by_code]
    found: list[Checked] = []
    for number, file in enumerate(there, start=1):
        said = handed_in.described(content, file.file.code, file.file.said)
        if file.file.what != What.DOCUMENT:
            found.append(Checked(number, file, said))
        else:
            found.append(Checked(number, file, said, *_read(file, previews)))
    return tuple(found)


def _read(file: File, previews: Previews) -> tuple[str, str | None]:
    """Return what a document says, and why that is not all (None when it is)."""
    if file.shown is None or file.phase is not Phase.READY:
        return "", NOT_READY
    kept = file.shown.file(FileKind.PREVIEW)
    if kept is None:
        return "", NO_WORDS
    text, trouble = previews.text(kept, MOST_READ)
    if trouble is not None:
        return "", TROUBLES[trouble]
    return text or "", None if kept.bytes <= MOST_READ else TOO_LONG


def unread(session: Session, round_id: int, *, after: int = 0) -> str | None:
    """Return the code of the next entry handed in whose text nobody has looked at for names.

    After the entry `after` (an id), then from the first again; None when all are done.
    """
    wanted = select(Entry.code).where(
        Entry.round_id == round_id,
        Entry.state == EntryState.SENT,
        Entry.kind != "practical",
        Entry.redacted.is_(None),
    )
    later = case((Entry.id > after, 0), else_=1)
    return session.scalar(wanted.order_by(later, Entry.id).limit(1))


def count_unread(session: Session, round_id: int) -> int:
    """Count the entries handed in whose text nobody has looked at for names."""
    wanted = select(func.count()).where(
        Entry.round_id == round_id,
        Entry.state == EntryState.SENT,
        Entry.kind != "practical",
        Entry.redacted.is_(None),
    )
    return session.scalar(wanted.select_from(Entry)) or 0
