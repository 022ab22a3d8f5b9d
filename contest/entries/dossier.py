"""One entry with all an organizer may see, and the names its jury shall not read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, selectinload

from contest.accounts import queries as people
from contest.accounts.models import Account, Unit
from contest.contests.models import Division, Registration
from contest.core.audit import AuditEntry
from contest.entries import filing
from contest.entries.filing import File
from contest.entries.models import (
    Entry,
    EntryState,
    EntryVersion,
    PracticalCheck,
)
from contest.errors import N_, NotFound
from contest.rules import names_in_text

NO_ENTRY = N_("Không tìm thấy bài dự thi này trong đợt thi.")
MOST_JOURNAL = 100  # lines of one entry


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
class Named:
    """An entry's title and text as handed in, the names its sender goes by, and a proposal."""

    entry: Entry
    title: str
    text: str
    names: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many names stand in title and text."""
        found = names_in_text.found
        return len(found(self.title, self.names)) + len(found(self.text, self.names))

    @property
    def proposed_title(self) -> str:
        return names_in_text.without(self.title, self.names)

    @property
    def proposed_text(self) -> str:
        return names_in_text.without(self.text, self.names)


def named(session: Session, whole: Whole) -> Named:
    """Gather the names of an entry's sender, group and units; one statement."""
    content = whole.versions[0].content if whole.versions else {}
    above = people.ancestors(session, whole.unit.path)
    units = [unit.name for unit in above if unit.parent_id is not None]
    members = [name for name in content.get("members", whole.entry.members) if name]
    return Named(
        entry=whole.entry,
        title=str(content.get("title", whole.entry.title)),
        text=str(content.get("text", whole.entry.text)),
        names=(whole.account.name, *map(str, members), *units),
    )


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
