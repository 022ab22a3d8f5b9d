"""Taking media in, making them anew, dropping them."""

from pathlib import Path

import pytest
from factories.media import LONG_AGO, make_media
from sqlalchemy.orm import Session

from contest.core import jobs
from contest.core.jobs import Job
from contest.core.storage import DiskStorage, Stored
from contest.errors import Conflict, Invalid
from contest.media import queries, service
from contest.media.made import Made, Prints
from contest.media.models import Media, MediaFile, MediaHash, State
from contest.media.queries import Phase
from contest.media.service import Kept, Sent
from contest.rules import media as rules
from contest.rules.media import FileKind, Limits, What

STORED = Stored(10, "a" * 64)


@pytest.fixture
def files(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "files")


def finish(session: Session, media: Media, *kinds: FileKind, no: int = 1) -> list[str] | None:
    kept = [
        Kept(Made(kind, Path("x"), "video/mp4", 160, 120, 2.0), f"media/a/{no}/{kind}", STORED)
        for kind in kinds
    ]
    return service.made(
        session,
        media.code,
        job=media.job,
        kept=kept,
        prints=Prints(b"x" * 16, b"y" * 8),
        media_type="video/mp4",
        now=LONG_AGO,
    )


def test_taking_in_writes_the_medium_its_original_and_its_job(
    session: Session, files: DiskStorage
) -> None:
    media = make_media(session, files, b"clip", limits=Limits(most_seconds=90))
    job = session.query(Job).one()
    assert (job.name, job.args, job.subject) == (
        "media.process",
        {"media": media.code},
        "entry:k7f2",
    )
    assert (media.job, media.state, media.name) == (job.code, State.WAITING, "Bài dự thi 🎬.mp4")
    assert Limits.from_dict(media.limits) == Limits(most_seconds=90)
    task = queries.task(session, media.code, job=job.code)
    assert task is not None
    assert (task.what, task.limits.most_seconds) == (What.CLIP, 90)
    assert queries.task(session, media.code, job="another") is None


@pytest.mark.parametrize(("size", "sentence"), [(0, rules.EMPTY), (11, rules.TOO_LARGE)])
def test_what_is_empty_or_too_large_is_refused_before_any_row(
    session: Session, size: int, sentence: str
) -> None:
    sent = Sent("uploads/a", size, "0" * 64, "a.mp4")
    facts = {"what": What.CLIP, "subject": "x", "limits": Limits(most_bytes=10)}
    with pytest.raises(Invalid) as refused:
        service.accept(session, sent, **facts, by=None, now=LONG_AGO)
    assert refused.value.message == sentence
    assert session.query(Media).count() == session.query(Job).count() == 0


def test_made_files_are_switched_in_together_and_the_old_named(
    session: Session, files: DiskStorage
) -> None:
    media = make_media(session, files, b"clip")
    assert finish(session, media, FileKind.SMALL, FileKind.POSTER) == []
    assert finish(session, media, FileKind.SMALL, no=2) == ["media/a/1/480p", "media/a/1/poster"]
    session.commit()
    found = queries.one(session, media.code)
    assert [one.kind for one in found.files] == ["original", "480p"]
    assert (found.state, found.ended_at) == (State.READY, LONG_AGO)
    assert session.query(MediaHash).count() == 1


def test_a_job_that_no_longer_has_the_medium_changes_nothing(
    session: Session, files: DiskStorage
) -> None:
    media = make_media(session, files, b"clip")
    old = media.job
    media.job = "another"
    session.commit()
    refused = Invalid(rules.NO_CLIP)
    service.reject(session, media.code, refused, job=old, now=LONG_AGO)
    service.keep(session, media.code, job=old, now=LONG_AGO)
    service.note_trouble(session, media.code, job=old, trouble={"tail": "x"})
    assert (
        service.made(
            session,
            media.code,
            job=old,
            kept=[],
            prints=Prints(),
            media_type="video/mp4",
            now=LONG_AGO,
        )
        is None
    )
    session.refresh(media)
    assert (media.state, media.reason, media.trouble) == (State.WAITING, None, None)


def test_the_end_of_what_a_program_said_is_kept(session: Session, files: DiskStorage) -> None:
    media = make_media(session, files, b"clip")
    service.note_trouble(session, media.code, job=media.job, trouble={"tail": "x" * 9000 + "end"})
    assert media.trouble is not None
    assert len(media.trouble["tail"]) == service.LONGEST_TAIL
    assert media.trouble["tail"].endswith("end")


def test_nothing_is_made_anew_while_it_is_being_made(session: Session, files: DiskStorage) -> None:
    media = make_media(session, files, b"clip")
    with pytest.raises(Conflict):
        service.again(session, media.code, by=None, now=LONG_AGO)
    service.reject(session, media.code, Invalid(rules.NO_CLIP), job=media.job, now=LONG_AGO)
    before = media.job
    service.again(session, media.code, by=None, now=LONG_AGO)
    assert media.job != before
    assert (media.state, media.reason) == (State.WAITING, None)
    assert session.query(Job).filter_by(state=jobs.State.WAITING).count() == 2


@pytest.mark.parametrize(
    ("state", "phase"),
    [("waiting", Phase.WAITING), ("failed", Phase.STUCK), ("cancelled", Phase.STOPPED)],
)
def test_a_medium_waits_as_its_job_does(
    session: Session, files: DiskStorage, state: str, phase: Phase
) -> None:
    make_media(session, files, b"clip")
    session.query(Job).one().state = state
    session.flush()
    (found,) = queries.of_subjects(session, ["entry:k7f2"])["entry:k7f2"]
    assert found.phase is phase


def test_a_dropped_subject_leaves_no_row_and_names_every_file(
    session: Session, files: DiskStorage
) -> None:
    media = make_media(session, files, b"clip")
    original = media.files[0].key
    finish(session, media, FileKind.SMALL)
    session.commit()
    other = make_media(session, files, b"other", subject="entry:b")
    assert service.drop(session, "entry:k7f2") == [original, "media/a/1/480p"]
    assert service.drop(session, "entry:k7f2") == []
    assert [one.media_id for one in session.query(MediaFile)] == [other.id]
    assert session.query(MediaHash).count() == 0
