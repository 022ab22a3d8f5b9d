"""The worker does all that is due, whatever one step does."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from factories import doomed
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from contest import closing, worker
from contest.config import ROOT
from contest.core import audit, clock, db, jobs
from contest.core.jobs import Job
from contest.core.storage import DiskStorage, Kept
from contest.core.work import Work
from contest.errors import Invalid

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 6, tzinfo=UTC)  # due by every machine's clock
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def test_a_tick_on_an_empty_house_does_nothing(engine: Engine) -> None:
    assert engine.dialect.name
    assert worker.tick(ZONE, clock_now=lambda: NOW) == 0


def test_a_failing_step_stops_no_other_and_leaves_nothing_half_written(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    left = [3]

    def breaks(session: Session, now: datetime, _zone: ZoneInfo) -> int:
        audit.record(session, "test.half", "x", by=None, now=now)
        session.flush()
        raise RuntimeError("on purpose")

    def works(session: Session, now: datetime, _zone: ZoneInfo) -> int:
        if not left[0]:
            return 0
        left[0] -= 1
        audit.record(session, "test.whole", "x", by=None, now=now + timedelta(seconds=left[0]))
        return 1

    monkeypatch.setattr(closing, "STEPS", (breaks, works))
    assert worker.tick(ZONE, clock_now=lambda: NOW) == 3
    with db.reading_session() as session:
        acts = [entry.act for entry in session.query(audit.AuditEntry)]
    assert acts == ["test.whole"] * 3
    assert "breaks failed" in caplog.text
    assert engine.dialect.name


def enqueue(session: Session, name: str = doomed.NAME, **facts: Any) -> str:
    facts = {"title": "Thử", "subject": "x", "by": None, "now": NOW, **facts}
    code = jobs.enqueue(session, name, {}, **facts).code
    session.commit()
    return code


def row(code: str) -> Job:
    with db.reading_session() as reading:
        return reading.query(Job).filter_by(code=code).one()


def acts() -> list[str]:
    with db.reading_session() as reading:
        return [entry.act for entry in reading.query(audit.AuditEntry).order_by("id")]


@pytest.fixture
def files(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "files")


def do(files: DiskStorage, handler: worker.Handler, now: datetime = NOW, **facts: Any) -> bool:
    return worker.work_once({doomed.NAME: handler}, files, clock_now=lambda: now, **facts)


def test_no_job_is_no_work(session: Session, files: DiskStorage, count_statements: Any) -> None:
    assert session.is_active
    with count_statements() as counted:
        assert not do(files, doomed.writing(lambda _: None))
    assert len(counted) == 1


def test_a_job_is_done_once_and_leaves_its_file(session: Session, files: DiskStorage) -> None:
    code = enqueue(session)
    handler = doomed.writing(lambda _: None)
    assert do(files, handler)
    assert not do(files, handler, NOW + timedelta(days=1))
    ended = row(code)
    assert (ended.state, ended.tries) == ("done", 1)
    assert acts() == ["test.step", "test.finish"]
    assert ended.result is not None
    with files.open(ended.result["key"]) as file:
        assert file.read().decode() == "lần 1"


def test_a_job_done_by_eight_threads_is_done_once(session: Session, files: DiskStorage) -> None:
    code = enqueue(session)
    start = threading.Barrier(8)
    did: list[bool] = []

    def run() -> None:
        start.wait()
        did.append(do(files, doomed.writing(lambda _: None)))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(did) == [False] * 7 + [True]
    assert acts() == ["test.step", "test.finish"]
    assert row(code).tries == 1


def test_a_handler_that_only_reads_is_done_when_it_returns(
    session: Session, files: DiskStorage
) -> None:
    code = enqueue(session)

    def export(work: Work) -> None:
        with work.reading() as reading:
            work.attach("Việc.csv", "text/csv", str(reading.query(Job).count()).encode())

    assert do(files, export)
    result = row(code).result
    assert result is not None
    assert (row(code).state, result["bytes"], result["name"]) == ("done", 1, "Việc.csv")


def test_a_bug_is_tried_three_times_and_its_text_stays_in_the_log(
    session: Session, files: DiskStorage, caplog: pytest.LogCaptureFixture
) -> None:
    code = enqueue(session)

    def breaks(work: Work) -> None:
        with work.finish() as writing:
            audit.record(writing, "test.half", "x", by=None, now=NOW)
            writing.flush()
            raise RuntimeError("Nguyễn Văn A")

    for wait in (timedelta(), timedelta(minutes=1), timedelta(hours=1)):
        assert do(files, breaks, NOW + wait)
    assert not do(files, breaks, NOW + timedelta(days=9))
    ended = row(code)
    assert (ended.state, ended.tries) == ("failed", 3)
    assert "Nguyễn" not in str(ended.error)
    assert ended.error is not None
    assert f"bug {ended.error['facts']['reference']} at job {code}" in caplog.text
    assert acts() == []


def test_a_database_error_leaves_no_row_in_the_log(
    session: Session, files: DiskStorage, caplog: pytest.LogCaptureFixture
) -> None:
    code = enqueue(session)

    def doubles(work: Work) -> None:
        with work.finish() as writing:
            for _ in range(2):
                twice = {"title": "Nguyễn Văn A", "subject": "x", "by": None, "now": NOW}
                jobs.enqueue(writing, "test.other", {}, code="twice", **twice)

    assert do(files, doubles)
    assert row(code).state == "waiting"
    assert "IntegrityError" in caplog.text
    assert "Nguyễn" not in caplog.text


def test_a_refused_file_is_not_tried_again(session: Session, files: DiskStorage) -> None:
    code = enqueue(session)

    def refuses(_work: Work) -> None:
        raise Invalid("Tệp này không phải bảng tính.")

    assert do(files, refuses)
    assert not do(files, refuses, NOW + timedelta(hours=1))
    ended = row(code)
    assert (ended.state, ended.tries) == ("failed", 1)
    assert ended.error is not None
    assert ended.error["message"] == "Tệp này không phải bảng tính."


def test_a_cancelled_job_ends_with_nothing_written(session: Session, files: DiskStorage) -> None:
    code = enqueue(session)

    def works(work: Work) -> None:
        with db.transaction() as other:
            other.query(Job).filter_by(code=code).one().cancel_asked_at = NOW
        with work.step() as writing:
            audit.record(writing, "test.step", "x", by=None, now=NOW)

    assert do(files, works)
    assert (row(code).state, acts()) == ("cancelled", [])


def test_a_worker_told_to_stop_gives_its_job_back(session: Session, files: DiskStorage) -> None:
    code = enqueue(session)
    assert do(files, lambda work: work.progress(1), is_stopping=lambda: True)
    given = row(code)
    assert (given.state, given.tries, given.lease) == ("waiting", 0, None)
    assert do(files, doomed.writing(lambda _: None))
    assert row(code).state == "done"


def test_a_holder_that_wakes_too_late_changes_nothing(
    session: Session, files: DiskStorage, caplog: pytest.LogCaptureFixture
) -> None:
    code = enqueue(session)
    later = NOW + jobs.LEASE

    def sleeps(work: Work) -> None:
        assert do(files, doomed.writing(lambda _: None), later)
        with work.finish() as writing:
            audit.record(writing, "test.late", "x", by=None, now=NOW)

    assert do(files, sleeps)
    assert acts() == ["test.step", "test.finish"]
    assert (row(code).state, row(code).tries) == ("done", 2)
    assert "somebody else holds it" in caplog.text


@pytest.mark.parametrize("moment", doomed.MOMENTS)
def test_a_worker_killed_at_any_moment_means_the_job_is_done_once_later(
    session: Session, database_url: str, files: DiskStorage, tmp_path: Path, moment: str
) -> None:
    code = enqueue(session, run_at=LONG_AGO)
    program = [sys.executable, doomed.__file__, database_url, str(tmp_path / "files"), moment]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(program, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"here\n"
        process.kill()
        assert process.wait() == -signal.SIGKILL
    handler = doomed.writing(lambda _: None)
    is_done = moment == "committed"
    now = clock.now()
    assert not do(files, handler, now)  # the lease of the dead still holds
    end = time.monotonic() + 30
    while row(code).state != "done" and time.monotonic() < end:
        do(files, handler, now + jobs.LEASE)  # PostgreSQL notices a dead client in a moment
    ended = row(code)
    assert (ended.state, ended.tries) == ("done", 1 if is_done else 2)
    assert acts().count("test.finish") == 1
    assert ended.result is not None
    with files.open(ended.result["key"]) as file:
        assert file.read().decode() == f"lần {ended.tries}"
    assert not do(files, handler, now + timedelta(days=1))


def put_old(files: DiskStorage, folder: Path, key: str) -> None:
    files.put(key, b"x", "text/plain")
    (path,) = folder.glob(f"files/??/{key}")
    os.utime(path, ((NOW - timedelta(days=2)).timestamp(),) * 2)


def test_a_sweep_takes_ended_jobs_with_their_files_and_files_without_a_row(
    session: Session, files: DiskStorage, tmp_path: Path
) -> None:
    done = enqueue(session, has_source=True)
    do(files, doomed.writing(lambda _: None))
    waiting = enqueue(session, has_source=True)
    for key in (jobs.source_key(done), f"jobs/{done}/lost", jobs.source_key(waiting)):
        put_old(files, tmp_path, key)
    put_old(files, tmp_path, "jobs/nobody/source")
    files.put("jobs/coming/source", b"x", "text/plain")
    os.utime(*tmp_path.glob("files/??/jobs/coming/source"), times=(NOW.timestamp(),) * 2)
    put_old(files, tmp_path, "pictures/a1")
    result = row(done).result
    assert result is not None
    stays = {jobs.source_key(waiting), "jobs/coming/source", "pictures/a1"}
    before = stays | {jobs.source_key(done), f"jobs/{done}/lost", result["key"]}
    assert worker.sweep(files, now=NOW + timedelta(hours=1)) == 0
    assert keys(files) == before
    assert worker.sweep(files, now=NOW + timedelta(days=7)) == 1
    assert keys(files) == {jobs.source_key(waiting), "pictures/a1"}
    with db.reading_session() as reading:
        assert [job.code for job in reading.query(Job)] == [waiting]


def keys(files: DiskStorage) -> set[str]:
    return {kept.key for folder in ("jobs", "pictures") for kept in files.kept(folder)}


def test_hands_work_and_sweep_until_told_to_stop(
    session: Session, files: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = enqueue(session, run_at=LONG_AGO)
    stop = threading.Event()
    monkeypatch.setattr(worker, "REST_SECONDS", 0.01)
    monkeypatch.setitem(worker.HANDLERS, doomed.NAME, doomed.writing(lambda _: None))
    arguments = {"args": (stop, files), "kwargs": {"is_sweeper": True}}
    hands = [threading.Thread(target=worker.work_until, **arguments) for _ in range(worker.HANDS)]
    for hand in hands:
        hand.start()
    end = time.monotonic() + 30
    while row(code).state != "done" and time.monotonic() < end:
        time.sleep(0.01)
    stop.set()
    for hand in hands:
        hand.join()
    assert (row(code).state, row(code).tries) == ("done", 1)


def test_a_hand_that_stumbles_goes_on(
    session: Session, files: DiskStorage, caplog: pytest.LogCaptureFixture
) -> None:
    assert session.is_active
    rests = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            rests.append(timeout)
            if len(rests) == 2:
                self.set()
            return super().wait(0)

    class Broken(DiskStorage):
        def kept(self, folder: str) -> Iterator[Kept]:
            raise OSError(folder)

    worker.work_until(Stop(), Broken(Path("/nowhere")), is_sweeper=True)
    assert rests == [worker.REST_SECONDS] * 2
    assert caplog.text.count("a hand stumbled") == 1
    assert keys(files) == set()


def test_every_job_that_is_written_has_its_function() -> None:
    asked = re.compile(r'jobs\.enqueue\(\s*\w+,\s*"([^"]+)"')
    sources = [
        path.read_text("utf-8")
        for name in ("contest", "question_bank")
        for path in (ROOT / name).rglob("*.py")
        if path != ROOT / "contest" / "worker.py"
    ]
    known = {*worker.HANDLERS, "uploads.finish"}  # the last needs the settings: `main` adds it
    assert {name for source in sources for name in asked.findall(source)} <= known
    unasked = {name for name in known if not any(f'"{name}"' in source for source in sources)}
    assert unasked == set()
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", name) for name in known)


def test_the_worker_leaves_jobs_it_does_not_know_and_stops_when_told(
    session: Session, database_url: str, tmp_path: Path
) -> None:
    """The real program, ended by SIGTERM."""
    code = enqueue(session, "test.unknown", run_at=LONG_AGO)
    environment = {
        **os.environ,
        "CONTEST_DATA_DIR": str(tmp_path),
        "CONTEST_DATABASE_URL": database_url,
        "CONTEST_SECRET_KEY": "x" * 32,
        "CONTEST_STORAGE_URL": "",
    }
    program = [sys.executable, "-m", "contest.worker"]
    process = subprocess.Popen(
        program, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    with process.stderr:
        assert "worker ready" in process.stderr.readline()
        process.terminate()
        assert process.wait(30) == 0
    assert (row(code).state, row(code).tries) == ("waiting", 0)
