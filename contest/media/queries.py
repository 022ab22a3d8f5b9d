"""Reading media: what is shown of a subject, what a job needs, what is like what."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload, selectinload

from contest.core import jobs
from contest.core.jobs import Job
from contest.errors import N_, NotFound
from contest.media import fingerprints
from contest.media.models import Media, MediaFile, MediaHash, State
from contest.rules.media import FileKind, Limits, What

NONE = N_("Không có tệp này.")


@dataclass(frozen=True, slots=True)
class Task:
    """What a job has to do: the file that was sent, and what was allowed."""

    code: str
    what: What
    limits: Limits
    key: str
    sha256: str


class Phase(StrEnum):
    """What people are told of a medium."""

    WAITING = "waiting"
    READY = "ready"
    REJECTED = "rejected"
    KEPT = "kept"
    STUCK = "stuck"  # its job rests after its last try, until a person decides
    STOPPED = "stopped"  # somebody cancelled the job


@dataclass(frozen=True, slots=True)
class Shown:
    """A medium with its files and how far its job is."""

    media: Media
    phase: Phase
    done: int
    total: int
    stage: str

    def file(self, *kinds: FileKind) -> MediaFile | None:
        """Return the first of `kinds` there is."""
        there = {one.kind: one for one in self.media.files}
        return next((there[kind] for kind in kinds if kind in there), None)


class Sense(StrEnum):
    """How two media are alike."""

    BYTES = "bytes"
    PICTURE = "picture"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class Found:
    """Another medium that is like this one; `at` and `there` are seconds in this and the other."""

    code: str
    subject: str
    sense: Sense
    seconds: int
    at: int
    there: int
    share: float  # 1.0 is all of the shorter


def task(session: Session, code: str, *, job: str) -> Task | None:
    """Return what to do; None when the medium is gone or another job has it by now."""
    wanted = (
        select(Media.what, Media.limits, MediaFile.key, MediaFile.sha256)
        .join(MediaFile)
        .where(Media.code == code, Media.job == job, MediaFile.kind == FileKind.ORIGINAL)
    )
    row = session.execute(wanted).one_or_none()
    if row is None:
        return None
    return Task(code, What(row.what), Limits.from_dict(row.limits), row.key, row.sha256)


def one(session: Session, code: str) -> Media:
    """Return a medium with its files and fingerprints; NotFound."""
    wanted = select(Media).where(Media.code == code)
    found = session.scalar(wanted.options(selectinload(Media.files), joinedload(Media.prints)))
    if found is None:
        raise NotFound(NONE)
    return found


def lock(session: Session, code: str, *, job: str) -> Media | None:
    """Return the medium for changing while `job` has it; None when it has not."""
    wanted = select(Media).where(Media.code == code, Media.job == job)
    return session.scalar(wanted.with_for_update().options(selectinload(Media.files)))


def of_subjects(session: Session, subjects: list[str]) -> dict[str, list[Shown]]:
    """Return the media of each subject, oldest first, with two statements however many."""
    wanted = (
        select(Media, Job.state, Job.done, Job.total, Job.stage)
        .outerjoin(Job, Job.code == Media.job)
        .where(Media.subject.in_(subjects))
        .options(selectinload(Media.files))
        .order_by(Media.id)
    )
    found: dict[str, list[Shown]] = {subject: [] for subject in subjects}
    for media, job_state, done, total, stage in session.execute(wanted):
        phase = _phase(media.state, job_state)
        found[media.subject].append(Shown(media, phase, done or 0, total or 0, stage or ""))
    return found


def _phase(state: str, job_state: str | None) -> Phase:
    if state != State.WAITING:
        return Phase(state)
    if job_state == jobs.State.FAILED:
        return Phase.STUCK
    return Phase.STOPPED if job_state in {jobs.State.CANCELLED, None} else Phase.WAITING


def file(session: Session, code: str, kind: FileKind) -> MediaFile:
    """Return one file of a medium; NotFound."""
    wanted = select(MediaFile).join(Media).where(Media.code == code, MediaFile.kind == kind)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound(NONE)
    return found


def alike(session: Session, code: str, *, among: str) -> list[Found]:
    """Find the media that share bytes, picture or sound with this one, of other subjects.

    `among` is the beginning of the subjects to look at. Ten thousand clips take about a second
    and 100 MB: for a job, not for a page.
    """
    here = one(session, code)
    others = (Media.subject.startswith(among, autoescape=True), Media.subject != here.subject)
    same = _same_bytes(session, here, others)
    if here.prints is None:
        return same
    wanted = select(Media.code, Media.subject, MediaHash.frames, MediaHash.sound).join(MediaHash)
    rows = session.execute(wanted.where(*others, Media.what == here.what).order_by(Media.id)).all()
    frames, sounds = [row.frames for row in rows], [row.sound for row in rows]
    if here.what == What.PICTURE:
        seen = fingerprints.same_picture(here.prints.frames, frames)
    else:
        seen = fingerprints.alike(here.prints.frames, frames)
    heard = fingerprints.same_sound(here.prints.sound, sounds)
    return same + [
        Found(
            rows[hit.other].code,
            rows[hit.other].subject,
            sense,
            hit.seconds,
            hit.at,
            hit.there,
            hit.share,
        )
        for sense, hits in ((Sense.PICTURE, seen), (Sense.SOUND, heard))
        for hit in hits
    ]


def _same_bytes(
    session: Session, here: Media, others: tuple[ColumnElement[bool], ...]
) -> list[Found]:
    sent = [one.sha256 for one in here.files if one.kind == FileKind.ORIGINAL]
    wanted = select(Media.code, Media.subject).join(MediaFile)
    wanted = wanted.where(*others, MediaFile.kind == FileKind.ORIGINAL, MediaFile.sha256.in_(sent))
    rows = session.execute(wanted.order_by(Media.id))
    return [Found(row.code, row.subject, Sense.BYTES, 0, 0, 0, 1.0) for row in rows]
