"""What happens to media: taken in, made watchable, rejected, kept as they are, dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from contest.core import ids, jobs
from contest.core.storage import Stored
from contest.errors import N_, Conflict, Invalid
from contest.media import queries
from contest.media.made import Made, Prints
from contest.media.models import Media, MediaFile, MediaHash, State
from contest.rules import media as rules
from contest.rules.media import FileKind, Limits, What

FOLDER = "media"
LONGEST_TAIL = 4000  # characters of what a program said before it died
TITLES = {
    What.CLIP: N_("Xử lý video dự thi"),
    What.PICTURE: N_("Xử lý hình dự thi"),
    What.DOCUMENT: N_("Đọc tài liệu dự thi"),
}
OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that lies in storage already: bytes first, row second."""

    key: str
    bytes: int
    sha256: str  # hexadecimal
    name: str  # the sender's, as core.work.file_name leaves it


@dataclass(frozen=True, slots=True)
class Kept:
    """One made file, and where it was put."""

    made: Made
    key: str
    stored: Stored


def accept(
    session: Session,
    sent: Sent,
    *,
    what: What,
    subject: str,
    limits: Limits,
    by: int | None,
    now: datetime,
) -> Media:
    """Take in a file and ask for its making in the same transaction.

    Raises Invalid when it is empty or too large; everything else is found by the job, and stands
    in the row. From here on the file under `sent.key` belongs to the medium.
    """
    rules.ensure_bytes(sent.bytes, limits)
    media = Media(
        code=ids.new_code(),
        subject=subject,
        what=what,
        name=sent.name,
        limits=limits.as_dict(),
        created_at=now,
        files=[
            MediaFile(
                kind=FileKind.ORIGINAL,
                key=sent.key,
                media_type=OCTETS,
                bytes=sent.bytes,
                sha256=sent.sha256,
            )
        ],
    )
    media.job = _ask(session, media, by=by, now=now)
    session.add(media)
    session.flush()
    return media


def _ask(session: Session, media: Media, *, by: int | None, now: datetime) -> str:
    title, subject = TITLES[What(media.what)], media.subject
    job = jobs.enqueue(
        session,
        "media.process",
        {"media": media.code},
        title=title,
        subject=subject,
        by=by,
        now=now,
    )
    return job.code


def again(session: Session, code: str, *, by: int | None, now: datetime) -> Media:
    """Make a medium anew, with a job of its own: an ffmpeg was installed, a rule was changed.

    What was made before stays until the new files are there. Conflict while a job is at it.
    """
    media = queries.one(session, code)
    (shown,) = (
        one
        for one in queries.of_subjects(session, [media.subject])[media.subject]
        if one.media.code == code
    )
    if shown.phase is queries.Phase.WAITING:
        raise Conflict(N_("Tệp này đang được xử lý. Hãy chờ xong rồi thử lại."))
    media.job = _ask(session, media, by=by, now=now)
    if media.state != State.READY:
        media.state, media.reason, media.trouble, media.ended_at = State.WAITING, None, None, None
    session.flush()
    return media


def made(
    session: Session,
    code: str,
    *,
    job: str,
    kept: Sequence[Kept],
    prints: Prints,
    media_type: str,
    now: datetime,
) -> list[str] | None:
    """Switch a medium to new files; return the keys nothing points at any more, for deletion.

    None when the medium is gone or another job has it: then nothing was changed.
    """
    media = queries.lock(session, code, job=job)
    if media is None:
        return None
    old = [one for one in media.files if one.kind != FileKind.ORIGINAL]
    gone = [one.key for one in old]
    for one in old:
        media.files.remove(one)
    for one in media.files:
        one.media_type = media_type
    session.flush()  # the old rows leave before the new ones take their kinds
    media.files.extend(_row(one) for one in kept)
    media.prints = None
    session.flush()
    if prints.frames or prints.sound:
        media.prints = MediaHash(frames=prints.frames, sound=prints.sound)
    _end(media, State.READY, now)
    session.flush()
    return gone


def _row(kept: Kept) -> MediaFile:
    return MediaFile(
        kind=kept.made.kind,
        key=kept.key,
        media_type=kept.made.media_type,
        bytes=kept.stored.bytes,
        sha256=kept.stored.sha256,
        width=kept.made.width,
        height=kept.made.height,
        seconds=kept.made.seconds,
    )


def _end(media: Media, state: State, now: datetime) -> None:
    media.state, media.ended_at, media.reason, media.trouble = state, now, None, None


def reject(session: Session, code: str, refused: Invalid, *, job: str, now: datetime) -> None:
    """Note why a file cannot be taken; files made of it earlier stay."""
    media = queries.lock(session, code, job=job)
    if media is not None:
        _end(media, State.REJECTED, now)
        media.reason = jobs.kept_error(refused, reference="")
        session.flush()


def keep(session: Session, code: str, *, job: str, now: datetime) -> None:
    """Note that this machine cannot make it watchable: the original counts as it is."""
    media = queries.lock(session, code, job=job)
    if media is not None and media.state == State.WAITING:
        _end(media, State.KEPT, now)
        session.flush()


def note_trouble(session: Session, code: str, *, job: str, trouble: dict[str, Any]) -> None:
    """Keep what a dying program said, for the person who decides after the last try."""
    media = queries.lock(session, code, job=job)
    if media is not None:
        media.trouble = {**trouble, "tail": str(trouble.get("tail", ""))[-LONGEST_TAIL:]}
        session.flush()


def drop(session: Session, subject: str) -> list[str]:
    """Delete the media of a subject; return the keys to delete after the commit."""
    keys = []
    for shown in queries.of_subjects(session, [subject])[subject]:
        keys += [one.key for one in shown.media.files]
        session.delete(shown.media)
    session.flush()
    return keys


def forget(session: Session, code: str) -> list[str]:
    """Delete one medium; return the keys to delete after the commit."""
    media = queries.one(session, code)
    keys = [one.key for one in media.files]
    session.delete(media)
    session.flush()
    return keys
