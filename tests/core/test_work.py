"""What a handler holds: progress at most once a second, blocks that end with the lease, files."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from contest.core import audit, db, jobs
from contest.core.jobs import Job, State
from contest.core.storage import DiskStorage
from contest.core.work import Stopping, Work, file_name
from contest.errors import NotFound

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NAME = "test.work"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, span: timedelta) -> None:
        self.at += span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "files")


@pytest.fixture
def begin(session: Session, clock: Clock, files: DiskStorage) -> Callable[..., Work]:
    def enqueue(*, is_stopping: Callable[[], bool] = lambda: False, **facts: Any) -> Work:
        jobs.enqueue(session, NAME, {"a": 1}, title="Thử", subject="x", by=None, now=NOW, **facts)
        session.commit()
        with db.transaction() as writing:
            claim = jobs.claim(writing, names=[NAME], now=NOW)
        assert claim is not None
        return Work(claim, files, clock_now=clock, is_stopping=is_stopping)

    return enqueue


def row(work: Work) -> Job:
    with db.reading_session() as session:
        return session.query(Job).filter_by(code=work.claim.code).one()


def acts() -> list[str]:
    with db.reading_session() as session:
        return [entry.act for entry in session.query(audit.AuditEntry).order_by("id")]


def ask_to_stop(work: Work) -> None:
    with db.transaction() as session:
        session.query(Job).filter_by(code=work.claim.code).one().cancel_asked_at = NOW


def test_progress_is_written_at_most_once_a_second(
    begin: Callable[..., Work], clock: Clock, count_statements: Any
) -> None:
    work = begin()
    with count_statements() as counted:
        for done in range(100):
            work.progress(done, 300, "Đang đọc")
        clock.pass_(SECOND)
        for done in range(100, 200):
            work.progress(done, 300, "Đang đọc")
    assert len(counted) == 1
    found = row(work)
    assert (found.done, found.total, found.stage) == (100, 300, "Đang đọc")
    assert found.leased_until == NOW + SECOND + jobs.LEASE


def test_what_was_said_last_stands_in_the_done_row(begin: Callable[..., Work]) -> None:
    work = begin()
    work.progress(7, 7, "Đang ghi")
    with work.finish() as session:
        audit.record(session, "test.done", "x", by=work.by, now=work.now())
    assert work.is_finished
    found = row(work)
    assert (found.state, found.done, found.total, found.result) == (State.DONE, 7, 7, None)
    assert acts() == ["test.done"]


def test_a_step_stays_when_the_rest_fails(begin: Callable[..., Work], clock: Clock) -> None:
    work = begin()
    clock.pass_(50 * SECOND)
    with work.step() as session:
        audit.record(session, "test.step", "x", by=None, now=NOW)
    assert row(work).leased_until == NOW + 50 * SECOND + jobs.LEASE

    def break_off() -> None:
        with work.finish() as session:
            audit.record(session, "test.rest", "x", by=None, now=NOW)
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert acts() == ["test.step"]
    assert (work.is_finished, row(work).state) == (False, State.WAITING)


def test_a_step_of_a_lost_lease_rolls_back(begin: Callable[..., Work]) -> None:
    work = begin()
    with db.transaction() as other:
        assert jobs.claim(other, names=[NAME], now=NOW + jobs.LEASE) is not None
    with pytest.raises(jobs.LeaseLost), work.step() as session:
        audit.record(session, "test.step", "x", by=None, now=NOW)
    with pytest.raises(jobs.LeaseLost), work.finish() as session:
        audit.record(session, "test.finish", "x", by=None, now=NOW)
    assert acts() == []


def test_a_lost_lease_is_heard_of_with_the_next_progress(
    begin: Callable[..., Work], clock: Clock
) -> None:
    work = begin()
    with db.transaction() as other:
        jobs.claim(other, names=[NAME], now=NOW + jobs.LEASE)
    clock.pass_(SECOND)
    with pytest.raises(jobs.LeaseLost):
        work.progress(1)


def test_a_wish_to_stop_is_heard_between_blocks_and_rolls_a_step_back(
    begin: Callable[..., Work], clock: Clock
) -> None:
    work = begin()
    ask_to_stop(work)
    work.progress(1)
    with pytest.raises(jobs.Cancelled), work.step() as session:
        audit.record(session, "test.step", "x", by=None, now=NOW)
    assert acts() == []
    clock.pass_(2 * SECOND)
    with pytest.raises(jobs.Cancelled):
        work.progress(2)


def test_progress_inside_a_block_never_waits_for_the_block_itself(
    begin: Callable[..., Work], clock: Clock, engine: Engine
) -> None:
    """SQLite's one write lock is the block's own; PostgreSQL takes the heartbeat beside it."""
    work = begin()
    with work.finish() as session:
        audit.record(session, "test.one", "x", by=None, now=NOW)
        session.flush()
        clock.pass_(SECOND)
        work.progress(1, 2)
        held = row(work)
    assert held.done == (1 if engine.dialect.name == "postgresql" else 0)
    assert (row(work).done, row(work).total) == (1, 2)
    assert acts() == ["test.one"]


def test_a_worker_that_ends_says_so_at_once(begin: Callable[..., Work]) -> None:
    with pytest.raises(Stopping):
        begin(is_stopping=lambda: True).progress(1)


def test_the_source_is_read_from_where_it_was_put(
    begin: Callable[..., Work], files: DiskStorage
) -> None:
    files.put(jobs.source_key("abc"), "tệp gửi lên".encode(), "text/plain")
    work = begin(code="abc", has_source=True)
    with work.source() as file:
        assert file.read().decode() == "tệp gửi lên"


def test_a_job_without_a_source_says_so(begin: Callable[..., Work]) -> None:
    work = begin()
    assert (work.args, work.by) == ({"a": 1}, None)
    with pytest.raises(NotFound):
        work.source()


def test_the_last_file_attached_is_the_result(
    begin: Callable[..., Work], files: DiskStorage
) -> None:
    work = begin()
    work.attach("một.txt", "text/plain", b"1")
    work.attach("Câu hỏi: bản/2.csv", "text/csv", "một,hai".encode())
    with work.finish():
        pass
    result = row(work).result
    assert result is not None
    assert result == {
        "key": f"jobs/{work.claim.code}/{work.claim.lease}",
        "name": "Câu hỏi bản 2.csv",
        "type": "text/csv",
        "bytes": 9,
        "sha256": "50668c21164f29015f4b738b10fcab4566c08c152a78f119a7b7e7334863b28d",
    }
    with files.open(result["key"]) as file:
        assert file.read().decode() == "một,hai"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Đề thi.docx", "Đề thi.docx"),
        ("De\u0302\u0300 thi.docx", "Dề thi.docx"),
        ("../../etc/pass\x00wd\n.txt", ".. .. etc pass wd.txt"),
        ('a<b>"c"|?*.csv', "a b c.csv"),
        ("không đuôi", "không đuôi"),
        ("x" * 300 + ".xlsx", "x" * 145 + ".xlsx"),
    ],
)
def test_a_file_name_suits_every_system(typed: str, kept: str) -> None:
    assert file_name(typed) == kept
