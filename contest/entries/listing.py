"""A round's entries for organizers: the list, its filters and its figures.

Every page takes a fixed number of statements, however many entries there are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from contest.accounts import queries as people
from contest.accounts.models import Account, Unit
from contest.contests.models import Contest, Division, Registration, Round
from contest.contests.specs import RoundKind
from contest.core.visitor import Visitor
from contest.entries import filing
from contest.entries.models import (
    Entry,
    EntryFile,
)
from contest.errors import N_, NotFound
from contest.rules.lifecycle import ContestState
from contest.rules.vietnamese import fold

NO_ROUND = N_("Không tìm thấy đợt nộp bài này trong cuộc thi.")


def round_of(session: Session, contest_code: str, round_code: str, *, by: Visitor) -> Round:
    """Return a round of entries of a published contest in the organizer's part; NotFound else.

    `.contest` is not loaded; see `contests.queries.owned_one` for pages.
    """
    found = session.scalar(
        select(Round)
        .join(Contest, Contest.id == Round.contest_id)
        .join(Unit, Unit.id == Contest.unit_id)
        .where(
            Contest.code == contest_code,
            Contest.state == ContestState.PUBLISHED,
            Round.code == round_code,
            Round.kind == RoundKind.ENTRIES,
            people.inside(by.paths("organizer", "administrator")),
        )
    )
    if found is None:
        raise NotFound(NO_ROUND)
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty means everything. `division` is a code."""

    text: str = ""
    division: str = ""
    kind: str = ""
    state: str = ""
    files: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry as the list shows it."""

    code: str
    title: str
    kind: str
    state: str
    version: int
    sender: str
    unit: str
    division: str
    division_en: str
    sent_at: datetime | None
    changed_at: datetime
    files: tuple[filing.FileState, ...]
    flags: int  # likenesses nobody has decided


def _sought(round_id: int, wanted: Wanted) -> Any:
    found: Any = (
        select(Entry, Account.name, Unit.name, Division.name, Division.name_en)
        .join(Registration, Registration.id == Entry.registration_id)
        .join(Account, Account.id == Registration.account_id)
        .join(Unit, Unit.id == Registration.unit_id)
        .join(Division, Division.id == Entry.division_id)
        .where(Entry.round_id == round_id)
    )
    for word in fold(wanted.text).split():
        found = found.where(
            or_(
                Entry.title_folded.contains(word, autoescape=True),
                Account.name_folded.contains(word, autoescape=True),
                Entry.code == word,
            )
        )
    if wanted.division:
        found = found.where(Division.code == wanted.division)
    if wanted.kind:
        found = found.where(Entry.kind == wanted.kind)
    if wanted.state:
        found = found.where(Entry.state == wanted.state)
    if wanted.files:
        found = found.where(_has_file(wanted.files))
    return found


def _has_file(state: str) -> ColumnElement[bool]:
    inner = filing.with_media(select(EntryFile.id).select_from(EntryFile))
    return exists(
        inner.where(
            EntryFile.entry_id == Entry.id,
            EntryFile.removed_at.is_(None),
            filing.file_state == state,
        ).correlate(Entry)
    )


def page(
    session: Session, round_id: int, wanted: Wanted, *, offset: int, limit: int
) -> list[Listed]:
    """Return entries of a round, the latest change first; in three statements."""
    newest = (Entry.changed_at.desc(), Entry.id.desc())
    found = session.execute(
        _sought(round_id, wanted).order_by(*newest).offset(offset).limit(limit)
    ).all()
    ids = [row[0].id for row in found]
    files = filing.file_states(session, ids)
    flags = filing.open_flags_of(session, ids)
    return [
        Listed(
            code=entry.code,
            title=entry.title,
            kind=entry.kind,
            state=entry.state,
            version=entry.version,
            sender=name,
            unit=unit,
            division=division,
            division_en=division_en,
            sent_at=entry.sent_at,
            changed_at=entry.changed_at,
            files=tuple(files[entry.id]),
            flags=flags.get(entry.id, 0),
        )
        for entry, name, unit, division, division_en in found
    ]


@dataclass(frozen=True, slots=True)
class Figures:
    """How many entries of a round are in each state, and files in each; likenesses undecided."""

    states: dict[str, int]
    files: dict[str, int]
    flags: int

    def of(self, state: str) -> int:
        return self.states.get(state, 0)

    def files_of(self, state: str) -> int:
        return self.files.get(state, 0)


def figures(session: Session, round_id: int) -> Figures:
    """Count a round's entries, files and open likenesses; in three statements."""
    states = select(Entry.state, func.count()).where(Entry.round_id == round_id)
    files = filing.with_media(
        select(filing.file_state, func.count())
        .select_from(EntryFile)
        .join(Entry, Entry.id == EntryFile.entry_id)
    ).where(Entry.round_id == round_id, EntryFile.removed_at.is_(None))
    return Figures(
        states=dict(session.execute(states.group_by(Entry.state)).all()),
        files=dict(session.execute(files.group_by(filing.file_state)).all()),
        flags=filing.open_flags(session, round_id),
    )
