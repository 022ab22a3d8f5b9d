"""Finding entries of one contest that share bytes, pictures or sound, for people to look at.

A step of the clock asks for one job a file once the file is ready; the job compares it with every
file of the same contest, whichever round it was sent to, and writes each likeness once. Nothing is
ever refused here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.contests.models import Round
from contest.core import db, ids, jobs
from contest.core.work import Work
from contest.entries.models import Entry, EntryFile, SimilarityFlag
from contest.errors import N_
from contest.media import queries as media
from contest.media.models import Media
from contest.media.models import State as MediaState
from contest.media.queries import Found

JOB = "entries.compare"
TITLE = N_("So bài dự thi với các bài khác")
SUBJECTS = "entry:"  # how the subjects of entries' media begin
COMPARABLE = (MediaState.READY, MediaState.KEPT)  # what was kept as it is has its bytes at least
FLAGS = SimilarityFlag.metadata.tables["similarity_flags"]
MOST_FLAGS = 100  # of one file, equal bytes first: a song all sing would bury everything else
KEYS = ("entry_id", "other_id", "media", "other_media", "sense")


def ask_due(session: Session, *, now: datetime, limit: int) -> int:
    """Ask for the comparing of files that became ready; return how many."""
    wanted = (
        select(EntryFile)
        .join(Media, Media.code == EntryFile.media)
        .where(EntryFile.compare_asked_at.is_(None), Media.state.in_(COMPARABLE))
        .order_by(EntryFile.id)
        .limit(limit)
    )
    if db.lock_for_update(session):
        wanted = wanted.with_for_update(of=EntryFile, skip_locked=True)
    found = session.scalars(wanted).all()
    for file in found:
        file.compare_asked_at = now
        jobs.enqueue(
            session,
            JOB,
            {"media": file.media},
            title=TITLE,
            subject=f"file:{file.code}",
            by=None,
            now=now,
        )
    session.flush()
    return len(found)


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose a medium is, and since when."""

    entry_id: int
    round_id: int
    contest_id: int
    media: str
    since: tuple[datetime, int]  # when it was received, then the order of the rows


def compare(work: Work) -> None:
    """Compare one medium with those of the same contest; begun anew, it writes the same once."""
    code = str(work.args["media"])
    with work.reading() as session:
        mine = _owners(session, [code]).get(code)
        if mine is None:  # the entry's file is gone
            return
        found = media.alike(session, code, among=SUBJECTS)
        owners = _owners(session, sorted({one.code for one in found}))
    told = [
        _row(mine, owners[one.code], one, now=work.now())
        for one in found
        if one.code in owners and _is_worth_telling(mine, owners[one.code])
    ]
    with work.finish() as session:
        # A pair compared from both of its ends keeps what was written first.
        db.insert_missing(session, FLAGS, told[:MOST_FLAGS], keys=KEYS)


def _is_worth_telling(mine: _Owner, other: _Owner) -> bool:
    """Say whether two media belong to different entries of one contest."""
    return mine.contest_id == other.contest_id and mine.entry_id != other.entry_id


def _owners(session: Session, codes: Sequence[str]) -> dict[str, _Owner]:
    rows = session.execute(
        select(EntryFile, EntryFile.media, Entry.round_id, Round.contest_id)
        .join(Entry, Entry.id == EntryFile.entry_id)
        .join(Round, Round.id == Entry.round_id)
        .where(EntryFile.media.in_(codes))
    )
    return {
        str(code): _Owner(
            file.entry_id, round_id, contest_id, str(code), (file.received_at, file.id)
        )
        for file, code, round_id, contest_id in rows
    }


def _row(mine: _Owner, other: _Owner, one: Found, *, now: datetime) -> dict[str, Any]:
    """Give a likeness as its row: the later of the two comes first, from whichever it was found."""
    later, earlier, at, there = mine, other, one.at, one.there
    if mine.since < other.since:
        later, earlier, at, there = other, mine, one.there, one.at
    return {
        "code": ids.new_code(),
        "round_id": later.round_id,
        "entry_id": later.entry_id,
        "other_id": earlier.entry_id,
        "media": later.media,
        "other_media": earlier.media,
        "sense": one.sense.value,
        "seconds": one.seconds,
        "at_s": at,
        "there_s": there,
        "share": one.share,
        "found_at": now,
        "reason": "",
    }
