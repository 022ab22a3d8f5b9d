"""A medium is made once, whatever dies; results are switched in together or not at all."""

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from factories import clips
from factories import media as factory
from factories.media import FILES, HANDLERS, LONG_AGO, make_media
from factories.pdfs import pdf
from PIL import Image
from sqlalchemy.orm import Session

from contest import worker
from contest.config import ROOT
from contest.core import clock, db
from contest.core import jobs as core_jobs
from contest.core.jobs import Job
from contest.core.storage import DiskStorage, Stored
from contest.media import jobs, queries, service, tools
from contest.media.models import Media
from contest.media.queries import Phase, Shown
from contest.rules import media as rules
from contest.rules.media import FileKind, Limits, What

MINUTE = timedelta(minutes=1)


@pytest.fixture
def files(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "files")


@pytest.fixture(autouse=True)
def work_folder(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let work folders lie where this test can see them; the database's own lie elsewhere."""
    assert database_url
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def do(files: DiskStorage, now: datetime = LONG_AGO) -> bool:
    return worker.work_once(HANDLERS, files, clock_now=lambda: now)


def shown(subject: str = "entry:k7f2") -> Shown:
    with db.reading_session() as session:
        (found,) = queries.of_subjects(session, [subject])[subject]
        return found


def ensure_whole(files: DiskStorage, found: Shown, code: str) -> None:
    """Rows and storage say the same: every row has its bytes, and no other bytes are there."""
    for one in found.media.files:
        with files.open(one.key) as file:
            data = file.read()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one.bytes, one.sha256)
    made = {one.key for one in found.media.files if one.kind != FileKind.ORIGINAL}
    assert {kept.key for kept in files.kept(f"media/{code}")} == made


def test_a_clip_is_made_watchable(
    session: Session, files: DiskStorage, small_clip: Path, work_folder: Path
) -> None:
    code = make_media(session, files, small_clip.read_bytes()).code
    assert shown().phase is Phase.WAITING
    assert do(files)
    found = shown()
    assert found.phase is Phase.READY
    assert [(one.kind, one.width, one.height) for one in found.media.files] == [
        ("original", None, None),
        ("480p", 160, 120),
        ("poster", 160, 120),
        ("strip", 1600, 120),
    ]
    playing = found.file(FileKind.SMALL, FileKind.LARGE)
    assert playing is not None
    assert (playing.media_type, playing.seconds) == ("video/mp4", pytest.approx(2.0, abs=0.1))
    assert found.file(FileKind.LARGE) is None
    with db.reading_session() as reading:
        prints = queries.one(reading, code).prints
    assert prints is not None
    assert len(prints.frames) == 16
    ensure_whole(files, found, code)
    assert list(work_folder.iterdir()) == []
    assert not do(files)


def test_a_picture_and_documents_are_made_too(
    session: Session, files: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither needs an ffmpeg."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(tools, "PACKAGE", "no_such_package")
    out = BytesIO()
    Image.effect_mandelbrot((80, 60), (-2, -1, 1, 1), 20).save(out, "PNG")
    make_media(session, files, out.getvalue(), what=What.PICTURE, subject="entry:a")
    make_media(session, files, pdf("x"), what=What.DOCUMENT, subject="entry:b")
    assert do(files)
    assert do(files)
    kinds = {
        subject: [(one.kind, one.media_type) for one in shown(subject).media.files]
        for subject in ("entry:a", "entry:b")
    }
    assert kinds == {
        "entry:a": [
            ("original", "application/octet-stream"),
            ("picture", "image/webp"),
            ("poster", "image/webp"),
        ],
        "entry:b": [
            ("original", "application/pdf"),
            ("paper", "application/pdf"),
            ("preview", "text/plain; charset=utf-8"),
        ],
    }


def test_a_refused_clip_says_why_and_keeps_its_original(
    session: Session, files: DiskStorage
) -> None:
    media = make_media(session, files, b"#EXTM3U\n")
    assert do(files)
    found = shown()
    assert found.phase is Phase.REJECTED
    assert found.media.reason is not None
    assert found.media.reason["message"] == rules.NO_CLIP
    assert [one.kind for one in found.media.files] == ["original"]
    assert files.exists(found.media.files[0].key)
    with db.reading_session() as reading:
        assert reading.query(Job).filter_by(code=media.job).one().state == "done"
    assert not do(files, LONG_AGO + timedelta(days=1))


def test_a_measured_refusal_is_kept_with_its_figures(
    session: Session, files: DiskStorage, small_clip: Path
) -> None:
    make_media(session, files, small_clip.read_bytes(), limits=Limits(least_seconds=60))
    assert do(files)
    reason = shown().media.reason
    assert reason is not None
    sentence = reason["message"] % core_jobs.facts_of(reason)
    assert sentence == "Video chỉ dài 0:02 (phút:giây), chưa tới mức 1:00."


def test_without_an_ffmpeg_the_original_counts_and_is_made_when_there_is_one(
    session: Session, files: DiskStorage, small_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = make_media(session, files, small_clip.read_bytes()).code
    with monkeypatch.context() as without:
        without.setenv("PATH", "")
        without.setattr(tools, "PACKAGE", "no_such_package")
        assert do(files)
    found = shown()
    assert (found.phase, [one.kind for one in found.media.files]) == (Phase.KEPT, ["original"])
    with db.transaction() as writing:
        service.again(writing, code, by=None, now=LONG_AGO)
    assert shown().phase is Phase.WAITING
    assert do(files)
    assert shown().phase is Phase.READY
    ensure_whole(files, shown(), code)


def test_making_again_switches_all_files_and_removes_the_old_ones(
    session: Session, files: DiskStorage, small_clip: Path
) -> None:
    code = make_media(session, files, small_clip.read_bytes()).code
    assert do(files)
    before = {one.key for one in shown().media.files}
    with db.transaction() as writing:
        service.again(writing, code, by=None, now=LONG_AGO)
    assert shown().phase is Phase.READY  # what there is stays watchable meanwhile
    assert do(files)
    after = {one.key for one in shown().media.files}
    assert len(before & after) == 1  # the original
    ensure_whole(files, shown(), code)


def test_a_medium_dropped_meanwhile_is_nobodys(
    session: Session, files: DiskStorage, small_clip: Path
) -> None:
    class Dropping(DiskStorage):
        def put(self, key: str, content: BinaryIO | bytes, media_type: str) -> Stored:
            with db.transaction() as writing:
                service.drop(writing, "entry:k7f2")
            return super().put(key, content, media_type)

    code = make_media(session, files, small_clip.read_bytes()).code
    assert do(Dropping(files._root))
    with db.reading_session() as reading:
        assert reading.query(Media).count() == 0
    assert list(files.kept(f"media/{code}")) == []
    assert not do(files, LONG_AGO + timedelta(days=1))


def test_dropped_before_its_turn_it_is_no_work(session: Session, files: DiskStorage) -> None:
    key = make_media(session, files, b"x").files[0].key
    with db.transaction() as writing:
        assert service.drop(writing, "entry:k7f2") == [key]
    assert do(files)
    assert not do(files)


def test_a_program_that_dies_three_times_rests_with_what_it_said(
    session: Session,
    files: DiskStorage,
    small_clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dying = tmp_path / "bin" / "ffmpeg"
    dying.parent.mkdir()
    dying.write_text("#!/bin/sh\necho 'out of luck' >&2\nkill -11 $$\n")
    dying.chmod(0o755)
    media = make_media(session, files, small_clip.read_bytes())
    with monkeypatch.context() as broken:
        broken.setenv("PATH", str(dying.parent))
        for no in range(3):
            assert do(files, LONG_AGO + no * 10 * MINUTE)
            trouble = shown().media.trouble
            assert trouble == {"reason": "signal 11", "tail": "out of luck", "try": no + 1}
        assert not do(files, LONG_AGO + timedelta(days=9))
    assert shown().phase is Phase.STUCK
    with db.transaction() as writing:
        service.again(writing, media.code, by=None, now=LONG_AGO)
    assert do(files)
    found = shown()
    assert (found.phase, found.media.trouble) == (Phase.READY, None)


def test_bytes_that_changed_in_storage_are_never_taken_for_what_was_sent(
    session: Session, files: DiskStorage, small_clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    media = make_media(session, files, small_clip.read_bytes())
    files.put(media.files[0].key, small_clip.read_bytes()[:-1] + b"!", "video/mp4")
    assert do(files)
    assert "Damaged" in caplog.text
    assert shown().phase is Phase.WAITING


def test_progress_is_told_in_stages_people_can_read(
    session: Session, files: DiskStorage, small_clip: Path
) -> None:
    media = make_media(session, files, small_clip.read_bytes())
    assert do(files)
    with db.reading_session() as reading:
        job = reading.query(Job).filter_by(code=media.job).one()
    assert (job.stage, job.total, job.title) == (jobs.STORING, FILES, service.TITLES[What.CLIP])
    assert job.tries == 1


def test_a_holder_that_lost_its_lease_leaves_nothing_behind(
    session: Session, files: DiskStorage, small_clip: Path
) -> None:
    """A slow worker stores its files after another one did all the work."""
    code = make_media(session, files, small_clip.read_bytes()).code
    overtaken: list[str] = []

    class Slow(DiskStorage):
        def put(self, key: str, content: BinaryIO | bytes, media_type: str) -> Stored:
            if not overtaken:
                assert do(files, LONG_AGO + core_jobs.LEASE)
                overtaken.extend(one.key for one in shown().media.files)
            return super().put(key, content, media_type)

    assert do(Slow(files._root))
    assert len(overtaken) == FILES + 1
    assert [one.key for one in shown().media.files] == overtaken
    ensure_whole(files, shown(), code)


def test_work_folders_of_the_dead_are_swept(
    session: Session, files: DiskStorage, small_clip: Path, work_folder: Path
) -> None:
    now = datetime.now(UTC)
    for name, age in (("contest-media-old", 2), ("contest-media-new", 0), ("other", 9)):
        (work_folder / name).mkdir()
        (work_folder / name / "source").write_bytes(b"x")
        then = (now - timedelta(days=age)).timestamp()
        os.utime(work_folder / name, (then, then))
    make_media(session, files, small_clip.read_bytes())
    assert do(files, now)
    assert {path.name for path in work_folder.iterdir()} == {"contest-media-new", "other"}


# Until the last transaction the database sees one thing, a lease that ran out: once is enough.
KILLED = [
    *(("sqlite", moment) for moment in factory.MOMENTS),
    *(("postgresql", moment) for moment in ("stored", "committing", "committed")),
]


@pytest.mark.parametrize(("database_url", "moment"), KILLED, indirect=["database_url"])
def test_a_worker_killed_at_any_moment_means_done_once_later(  # noqa: PLR0917 -- fixtures
    session: Session,
    database_url: str,
    files: DiskStorage,
    tmp_path: Path,
    clip: Callable[..., Path],
    small_clip: Path,
    moment: str,
) -> None:
    long = clip(clips.of_size("1280x720", 8), "eight seconds")
    source = long if moment == "encoding" else small_clip
    code = make_media(session, files, source.read_bytes()).code
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    program = [sys.executable, factory.__file__, database_url, str(tmp_path / "files"), moment]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(theirs)}
    process = subprocess.Popen(program, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        if moment == "encoding":
            wait_until(lambda: any(theirs.glob("contest-media-*/480p.mp4")))
        else:
            assert process.stdout.readline() == b"here\n"
        process.kill()
        assert process.wait() == -signal.SIGKILL
    wait_until(lambda: not running_in(theirs))
    is_done = moment == "committed"
    assert not do(files, clock.now())  # the lease of the dead still holds
    if moment == "encoding":  # a short one will do for the second try
        return ensure_taken_over(session, code)
    later = clock.now() + core_jobs.LEASE
    wait_until(lambda: do(files, later) or shown().phase is Phase.READY)
    wait_until(lambda: shown().phase is Phase.READY)
    with db.reading_session() as reading:
        job = reading.query(Job).filter_by(code=shown().media.job).one()
    assert (job.state, job.tries) == ("done", 1 if is_done else 2)
    ensure_whole(files, shown(), code)
    assert not do(files, later + timedelta(days=1))
    return None


def ensure_taken_over(session: Session, code: str) -> None:
    later = clock.now() + core_jobs.LEASE
    with db.transaction() as writing:
        claim = core_jobs.claim(writing, names=HANDLERS, now=later)
    assert claim is not None
    assert (claim.args, claim.tries) == ({"media": code}, 2)
    assert session.is_active


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def running_in(folder: Path) -> list[str]:
    """Name the processes whose arguments name the folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if str(folder).encode() in line:
            found.append(path.parent.name)
    return found
