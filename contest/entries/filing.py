"""Where the files of entries are: being made, ready, waiting for a person; likenesses counted."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.contests.models import Registration, Round
from contest.core import jobs
from contest.core.jobs import Job
from contest.entries.models import (
    Entry,
    EntryFile,
    SimilarityFlag,
)
from contest.errors import N_, NotFound
from contest.media import queries as media
from contest.media.models import Media
from contest.media.models import State as MediaState
from contest.media.queries import Phase, Shown
from contest.uploads import service as uploads

NO_FILE = N_("Không tìm thấy tệp này trong cuộc thi.")


class FileState(StrEnum):
    """What a list may be filtered by: where the files of an entry are."""

    WAITING = "waiting"
    READY = "ready"
    REJECTED = "rejected"
    STUCK = "stuck"  # stopped too: both wait for a person
    KEPT = "kept"


NEEDS_A_PERSON = (FileState.STUCK, FileState.REJECTED, FileState.KEPT)
UPLOAD = "upload:"  # how the subject of a job that moves a received file begins
# Received files that could not be put into storage in any of their job's tries.
_NOT_STORED = select(func.substr(Job.subject, len(UPLOAD) + 1)).where(
    Job.state == jobs.State.FAILED, Job.name == uploads.JOB
)
_RESTING = or_(Job.code.is_(None), Job.state.in_((jobs.State.FAILED, jobs.State.CANCELLED)))
# The state of one file, over EntryFile left-joined to Media and Job: as media.queries.Phase says.
file_state: ColumnElement[str] = case(
    (and_(Media.code.is_(None), EntryFile.upload.in_(_NOT_STORED)), FileState.STUCK.value),
    (Media.code.is_(None), FileState.WAITING.value),
    (Media.state != MediaState.WAITING, Media.state),
    (_RESTING, FileState.STUCK.value),
    else_=FileState.WAITING.value,
)


def with_media(wanted: Any) -> Any:
    """Join a select over EntryFile to its media and their jobs, where there are."""
    joined = wanted.outerjoin(Media, Media.code == EntryFile.media)
    return joined.outerjoin(Job, Job.code == Media.job)


def file_states(session: Session, ids: Collection[int]) -> dict[int, list[FileState]]:
    wanted = with_media(select(EntryFile.entry_id, file_state).select_from(EntryFile))
    wanted = wanted.where(EntryFile.entry_id.in_(ids), EntryFile.removed_at.is_(None))
    states: dict[int, list[FileState]] = defaultdict(list)
    for entry_id, state in session.execute(wanted.order_by(EntryFile.id)):
        states[entry_id].append(FileState(state))
    return states


@dataclass(frozen=True, slots=True)
class File:
    """A file of an entry and what became of it; `shown` is None while it is not taken in."""

    file: EntryFile
    shown: Shown | None
    moving: Job | None = None  # of a file without a medium: what puts it into storage

    @property
    def phase(self) -> Phase:
        if self.shown is not None:
            return self.shown.phase
        is_stuck = self.moving is not None and self.moving.state == jobs.State.FAILED
        return Phase.STUCK if is_stuck else Phase.WAITING


def files_of(session: Session, files: Sequence[EntryFile]) -> tuple[File, ...]:
    """Return files with their media, or the jobs that store them; in four statements at most."""
    shown = media_of(session, [each.media for each in files if each.media is not None])
    moving = _moving(session, [each.upload for each in files if each.media is None])
    return tuple(File(each, shown.get(each.media or ""), moving.get(each.upload)) for each in files)


def _moving(session: Session, uploads_: Collection[str]) -> dict[str, Job]:
    if not uploads_:
        return {}
    wanted = select(Job).where(
        Job.name == uploads.JOB, Job.subject.in_([f"{UPLOAD}{code}" for code in uploads_])
    )
    found = session.scalars(wanted.order_by(Job.id))
    return {each.subject.removeprefix(UPLOAD): each for each in found}


def media_of(session: Session, codes: Collection[str]) -> dict[str, Shown]:
    """Return media by their codes, with files and phases; in three statements."""
    if not codes:
        return {}
    wanted = select(Media.subject).where(Media.code.in_(codes)).distinct()
    subjects = list(session.scalars(wanted))
    found = media.of_subjects(session, subjects)
    return {
        shown.media.code: shown
        for of_one in found.values()
        for shown in of_one
        if shown.media.code in codes
    }


def file_in(session: Session, contest_id: int, code: str) -> EntryFile:
    """Return a file of any entry of a contest; NotFound."""
    found = session.scalar(
        select(EntryFile)
        .join(Entry, Entry.id == EntryFile.entry_id)
        .join(Round, Round.id == Entry.round_id)
        .where(Round.contest_id == contest_id, EntryFile.code == code)
    )
    if found is None or found.media is None:
        raise NotFound(NO_FILE)
    return found


def open_flags_of(session: Session, ids: Collection[int]) -> dict[int, int]:
    wanted = (
        select(SimilarityFlag.entry_id, SimilarityFlag.other_id)
        .join(Entry, Entry.id == SimilarityFlag.entry_id)
        .where(
            or_(SimilarityFlag.entry_id.in_(ids), SimilarityFlag.other_id.in_(ids)),
            SimilarityFlag.verdict.is_(None),
        )
    )
    counted: dict[int, int] = defaultdict(int)
    for pair in session.execute(wanted.distinct()):
        for entry_id in pair:
            counted[entry_id] += 1
    return counted


def open_flags(session: Session, round_id: int) -> int:
    """Count the likenesses of a round that nobody has decided."""
    return (
        session.scalar(
            select(func.count())
            .select_from(SimilarityFlag)
            .where(SimilarityFlag.round_id == round_id, SimilarityFlag.verdict.is_(None))
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class Queued:
    """A file that is being made, or waits for a person, and whose it is."""

    file: File
    entry_code: str
    title: str
    sender: str
    job: Job | None

    @property
    def is_at_work(self) -> bool:
        return self.file.phase is Phase.WAITING


def queue(session: Session, round_id: int, *, offset: int, limit: int) -> list[Queued]:
    """Return files that need a person, then those being made, the oldest first.

    In four statements.
    """
    is_waiting = file_state == FileState.WAITING.value
    wanted = with_media(
        select(EntryFile, Entry.code, Entry.title, Account.name, Job)
        .select_from(EntryFile)
        .join(Entry, Entry.id == EntryFile.entry_id)
        .join(Registration, Registration.id == Entry.registration_id)
        .join(Account, Account.id == Registration.account_id)
    ).where(
        Entry.round_id == round_id,
        EntryFile.removed_at.is_(None),
        or_(is_waiting, file_state.in_(NEEDS_A_PERSON)),
    )
    first = case((is_waiting, 1), else_=0)
    rows = session.execute(
        wanted.order_by(first, EntryFile.received_at, EntryFile.id).offset(offset).limit(limit)
    ).all()
    files = files_of(session, [row[0] for row in rows])
    return [Queued(file, *row[1:]) for file, row in zip(files, rows, strict=True)]
