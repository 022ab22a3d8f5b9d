"""The row is the truth of a job: enqueued with its change, claimed once, finished by its holder."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories.people import make_account
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from contest.core import audit, db, jobs
from contest.core.jobs import Claim, Job, State
from contest.errors import Invalid, NotFound, Problem

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
NAME = "test.count"


def enqueue(session: Session, subject: str = "test", **facts: Any) -> Job:
    facts = {"title": "Đếm thử", "by": None, "now": NOW, **facts}
    return jobs.enqueue(session, NAME, {"upto": 3}, subject=subject, **facts)


def committed(session: Session, subject: str = "test", **facts: Any) -> str:
    code = enqueue(session, subject, **facts).code
    session.commit()
    return code


def claim(now: datetime = NOW, names: tuple[str, ...] = (NAME,)) -> Claim | None:
    with db.transaction() as session:
        return jobs.claim(session, names=names, now=now)


def taken(now: datetime = NOW) -> Claim:
    found = claim(now)
    assert found is not None
    return found


def row(code: str) -> Job:
    with db.reading_session() as session:
        return session.query(Job).filter_by(code=code).one()


def fail(held: Claim, error: Exception, now: datetime) -> None:
    with db.transaction() as session:
        jobs.fail(session, held, error, reference="ab12", now=now)


def test_a_job_enqueued_in_a_transaction_that_rolls_back_vanishes(session: Session) -> None:
    enqueue(session)
    session.rollback()
    assert claim() is None
    with db.reading_session() as reading:
        assert reading.query(Job).count() == 0


def test_the_job_due_longest_comes_first_and_none_comes_early(session: Session) -> None:
    later = committed(session, run_at=NOW + MINUTE)
    second = committed(session, run_at=NOW - MINUTE)
    first = committed(session, run_at=NOW - 2 * MINUTE)
    third = committed(session, run_at=NOW - MINUTE)
    assert [taken().code for _ in range(3)] == [first, second, third]
    assert claim() is None
    assert taken(NOW + MINUTE).code == first  # its lease ran out, and it is due longest
    assert {taken(NOW + MINUTE).code for _ in range(3)} == {second, third, later}


def test_a_claim_carries_what_the_work_needs(session: Session) -> None:
    account = make_account(session)
    code = committed(session, by=account.id, code="abc", has_source=True)
    held = taken()
    assert (held.code, held.name, held.args) == ("abc", NAME, {"upto": 3})
    assert (held.owner_id, held.source_key, held.tries) == (account.id, "jobs/abc/source", 1)
    assert row(code).leased_until == NOW + jobs.LEASE
    assert row(code).is_held(NOW)
    assert not row(code).is_held(NOW + jobs.LEASE)


def test_a_worker_takes_only_the_kinds_it_knows(session: Session) -> None:
    code = committed(session)
    assert claim(names=("test.other",)) is None
    assert claim(names=()) is None
    with db.reading_session() as reading:
        assert not jobs.is_due(reading, names=("test.other",), now=NOW)
        assert not jobs.is_due(reading, names=(NAME,), now=NOW - SECOND)
        assert jobs.is_due(reading, names=(NAME,), now=NOW)
    assert taken().code == code


def test_eight_threads_claim_a_job_once(session: Session) -> None:
    codes = {committed(session) for _ in range(5)}
    start = threading.Barrier(8)
    found: list[str | None] = []

    def run() -> None:
        start.wait()
        for _ in range(5):
            held = claim()
            found.append(None if held is None else held.code)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(code for code in found if code) == sorted(codes)
    assert {row(code).tries for code in codes} == {1}


def test_a_lease_that_ran_out_is_taken_over_and_its_first_holder_rolls_back(
    session: Session,
) -> None:
    code = committed(session)
    first = taken()
    assert claim(NOW + jobs.LEASE - SECOND) is None
    second = taken(NOW + jobs.LEASE)
    assert (second.code, second.tries) == (code, 2)
    assert first.lease != second.lease

    def finish_late() -> None:
        with db.transaction() as late:
            audit.record(late, "test.first", "x", by=None, now=NOW)
            late.flush()
            jobs.finish(late, first, now=NOW + 2 * MINUTE)

    with pytest.raises(jobs.LeaseLost):
        finish_late()
    with db.transaction() as writing:
        audit.record(writing, "test.second", "x", by=None, now=NOW)
        jobs.finish(writing, second, now=NOW + 2 * MINUTE, done=3)
    with pytest.raises(jobs.LeaseLost):
        fail(first, ValueError(), NOW + 3 * MINUTE)
    with db.reading_session() as reading:
        assert [entry.act for entry in reading.query(audit.AuditEntry)] == ["test.second"]
    ended = row(code)
    assert (ended.state, ended.done, ended.error) == (State.DONE, 3, None)
    assert ended.finished_at == NOW + 2 * MINUTE
    assert ended.expires_at == NOW + 2 * MINUTE + timedelta(days=7)


def test_an_old_lease_nobody_took_over_still_finishes(session: Session) -> None:
    code = committed(session)
    held = taken()
    with db.transaction() as writing:
        jobs.finish(writing, held, now=NOW + 10 * MINUTE)
    assert row(code).state == State.DONE
    with pytest.raises(jobs.LeaseLost), db.transaction() as again:
        jobs.finish(again, held, now=NOW + 11 * MINUTE)


def test_progress_keeps_the_lease(session: Session) -> None:
    code = committed(session)
    held = taken()
    with db.transaction() as writing:
        jobs.renew(writing, held, now=NOW + 50 * SECOND, done=1, total=3, stage="Đang đọc tệp")
    assert claim(NOW + 100 * SECOND) is None
    found = row(code)
    assert (found.done, found.total, found.stage) == (1, 3, "Đang đọc tệp")
    assert taken(NOW + 110 * SECOND).code == code


def test_three_failures_wait_longer_each_time_and_then_rest(session: Session) -> None:
    code = committed(session)
    fail(taken(), ValueError("secret"), NOW)
    assert row(code).run_at == NOW + 30 * SECOND
    assert claim(NOW + 29 * SECOND) is None
    fail(taken(NOW + 30 * SECOND), ValueError("secret"), NOW + MINUTE)
    assert row(code).run_at == NOW + 6 * MINUTE
    assert row(code).state == State.WAITING
    fail(taken(NOW + 6 * MINUTE), ValueError("secret"), NOW + 7 * MINUTE)
    ended = row(code)
    assert (ended.state, ended.tries, ended.expires_at) == (State.FAILED, 3, None)
    assert ended.error == {
        "kind": "Bug",
        "message": jobs.BROKE,
        "facts": {"reference": "ab12"},
        "problems": {},
    }
    assert claim(NOW + 365 * 24 * 60 * MINUTE) is None
    with db.transaction() as writing:
        assert jobs.forget_expired(writing, now=NOW + timedelta(days=365)) == []


def test_a_refusal_is_not_tried_again_and_keeps_its_sentences(session: Session) -> None:
    code = committed(session)
    facts = {
        "count": 3,
        "points": Decimal("8.50"),
        "at": NOW,
        "day": date(2026, 11, 23),
        "took": timedelta(seconds=90),
        "names": ("a", "b"),
        "none": None,
    }
    problems = {"Dòng 3": Problem("Thiếu %(what)s.", what="mã"), "Dòng 9": Problem("Trống.")}
    fail(taken(), Invalid("Tệp có %(count)s lỗi.", problems=problems, **facts), NOW)
    ended = row(code)
    assert (ended.state, ended.tries) == (State.FAILED, 1)
    assert ended.expires_at == NOW + timedelta(days=7)
    assert ended.error is not None
    assert (ended.error["kind"], ended.error["message"]) == ("Invalid", "Tệp có %(count)s lỗi.")
    assert jobs.facts_of(ended.error) == facts | {"names": "('a', 'b')"}
    assert {
        place: (found["message"], jobs.facts_of(found))
        for place, found in ended.error["problems"].items()
    } == {"Dòng 3": ("Thiếu %(what)s.", {"what": "mã"}), "Dòng 9": ("Trống.", {})}


def test_a_refusal_keeps_no_more_problems_than_a_page_holds() -> None:
    many = {str(no): Problem("Sai.") for no in range(600)}
    kept = jobs.kept_error(Invalid("Tệp sai.", problems=many), reference="")
    assert list(kept["problems"]) == [str(no) for no in range(500)]
    assert jobs.kept_error(NotFound("Không có."), reference="")["problems"] == {}


def test_a_job_whose_workers_die_three_times_rests(session: Session) -> None:
    code = committed(session)
    for no in range(3):
        taken(NOW + no * jobs.LEASE)
    assert claim(NOW + 3 * jobs.LEASE - SECOND) is None
    assert row(code).state == State.WAITING
    with db.reading_session() as reading:
        assert jobs.is_due(reading, names=(NAME,), now=NOW + 3 * jobs.LEASE)
    assert claim(NOW + 3 * jobs.LEASE) is None
    ended = row(code)
    assert (ended.state, ended.lease, ended.expires_at) == (State.FAILED, None, None)
    assert ended.error is not None
    assert (ended.error["message"], ended.error["facts"]) == (jobs.LOST, {"tries": 3})


def asked_to_stop(code: str) -> None:
    with db.transaction() as session:
        session.query(Job).filter_by(code=code).one().cancel_asked_at = NOW


def test_whoever_is_asked_to_stop_hears_of_it_with_the_next_heartbeat(session: Session) -> None:
    code = committed(session)
    held = taken()
    asked_to_stop(code)
    with pytest.raises(jobs.Cancelled), db.transaction() as writing:
        jobs.renew(writing, held, now=NOW + SECOND)
    with db.transaction() as writing:
        jobs.cancelled(writing, held, now=NOW + SECOND)
    ended = row(code)
    assert (ended.state, ended.finished_at) == (State.CANCELLED, NOW + SECOND)
    assert ended.expires_at == NOW + SECOND + jobs.KEPT
    assert claim(NOW + 10 * MINUTE) is None


@pytest.mark.parametrize("end", ["fails", "gives back", "dies"])
def test_a_job_asked_to_stop_is_not_begun_again(session: Session, end: str) -> None:
    code = committed(session)
    held = taken()
    asked_to_stop(code)
    if end == "fails":
        fail(held, ValueError(), NOW)
    elif end == "gives back":
        with db.transaction() as writing:
            jobs.give_back(writing, held, now=NOW)
    assert claim(NOW + 10 * MINUTE) is None
    assert row(code).state == State.CANCELLED
    assert row(code).expires_at is not None


def test_work_that_was_done_before_it_heard_is_done(session: Session) -> None:
    code = committed(session)
    held = taken()
    asked_to_stop(code)
    with db.transaction() as writing:
        jobs.finish(writing, held, now=NOW)
    assert row(code).state == State.DONE


def test_a_job_given_back_has_lost_no_try(session: Session) -> None:
    committed(session)
    held = taken()
    with db.transaction() as writing:
        jobs.give_back(writing, held, now=NOW + SECOND)
    assert claim(NOW) is None
    assert taken(NOW + SECOND).tries == 1


def test_ended_rows_go_after_a_week_and_others_stay(session: Session) -> None:
    codes = [committed(session, subject) for subject in ("a", "b", "c")]
    with db.transaction() as writing:
        jobs.finish(writing, taken(), now=NOW)
    fail(taken(), NotFound("Không có."), NOW + SECOND)
    week = NOW + timedelta(days=7)
    with db.transaction() as writing:
        assert jobs.forget_expired(writing, now=week - SECOND) == []
    with db.transaction() as writing:
        assert jobs.forget_expired(writing, now=week) == [codes[0]]
    with db.transaction() as writing:
        assert jobs.forget_expired(writing, now=week + SECOND) == [codes[1]]
    with db.reading_session() as reading:
        assert jobs.known(reading, codes) == {codes[2]}


@pytest.mark.parametrize("rows", [1, 40])
def test_a_claim_is_three_statements_however_many_wait(
    session: Session, engine: Engine, count_statements: Any, rows: int
) -> None:
    assert engine.dialect.name
    for _ in range(rows):
        enqueue(session)
    session.commit()
    with count_statements() as counted:
        assert claim() is not None
    assert len(counted) == 3
