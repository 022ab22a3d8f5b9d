"""Stopping and restarting a job: who may, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from factories.people import make_account
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.core import audit, db, jobs
from contest.core.jobs import Job, State
from contest.core.visitor import Scope, Visitor
from contest.core.work import Work
from contest.errors import Conflict, Invalid, NotFound
from contest.jobs import service

LATER = datetime(2099, 1, 5, tzinfo=UTC)  # after every lease


def visitor(account: Account, *roles: str) -> Visitor:
    scopes = tuple(Scope(role, "/1/") for role in roles)
    return Visitor(account.id, 1, "x", account.name, scopes)


def audited() -> list[tuple[str, int | None]]:
    with db.reading_session() as session:
        return [(entry.act, entry.by) for entry in session.query(audit.AuditEntry).order_by("id")]


def test_a_waiting_job_is_cancelled_at_once(
    session: Session, owner: Account, enqueue: Callable[..., str]
) -> None:
    code = enqueue()
    job = service.cancel(session, code, by=visitor(owner), now=LATER)
    session.commit()
    assert (job.state, job.finished_at) == (State.CANCELLED, LATER)
    assert job.expires_at == LATER + timedelta(days=7)
    service.cancel(session, code, by=visitor(owner), now=LATER)
    session.commit()
    assert audited() == [("jobs.cancel", owner.id)]
    with db.transaction() as writing:
        assert jobs.claim(writing, names=["test.page"], now=LATER) is None


def test_a_running_job_is_asked_and_ends_by_itself(
    session: Session, owner: Account, enqueue: Callable[..., str], take: Callable[[], Work]
) -> None:
    code = enqueue()
    work = take()
    now = work.now()
    job = service.cancel(session, code, by=visitor(owner), now=now)
    session.commit()
    assert (job.state, job.cancel_asked_at, job.finished_at) == (State.WAITING, now, None)
    with pytest.raises(jobs.Cancelled), work.step():
        pass


def test_a_job_whose_worker_died_is_cancelled_at_once(
    session: Session, owner: Account, enqueue: Callable[..., str], take: Callable[[], Work]
) -> None:
    code = enqueue()
    work = take()
    job = service.cancel(session, code, by=visitor(owner), now=LATER)
    session.commit()
    assert (job.state, job.lease) == (State.CANCELLED, None)
    with pytest.raises(jobs.LeaseLost), work.finish():
        pass


def test_a_done_job_cannot_be_cancelled_nor_restarted(
    session: Session, owner: Account, enqueue: Callable[..., str], take: Callable[[], Work]
) -> None:
    code = enqueue()
    with take().finish():
        pass
    for act in (service.cancel, service.restart):
        with pytest.raises(Conflict):
            act(session, code, by=visitor(owner), now=LATER)


def test_a_failed_job_begins_anew_with_all_its_tries(
    session: Session,
    owner: Account,
    enqueue: Callable[..., str],
    fail: Callable[[Exception], str],
    take: Callable[[], Work],
) -> None:
    code = enqueue()
    fail(ValueError())
    job = service.restart(session, code, by=visitor(owner), now=job_now(code))
    session.commit()
    assert (job.state, job.tries, job.error, job.finished_at) == (State.WAITING, 0, None, None)
    assert audited() == [("jobs.restart", owner.id)]
    assert take().claim.tries == 1


def job_now(code: str) -> datetime:
    with db.reading_session() as session:
        found = session.query(Job).filter_by(code=code).one().finished_at
    assert found is not None
    return found


def test_a_failed_job_can_be_dropped(
    session: Session, owner: Account, enqueue: Callable[..., str], fail: Callable[[Exception], str]
) -> None:
    code = enqueue()
    fail(Invalid("Tệp sai."))
    job = service.cancel(session, code, by=visitor(owner), now=LATER)
    assert (job.state, job.expires_at) == (State.CANCELLED, LATER + timedelta(days=7))


def test_only_the_owner_and_administrators_may_touch_a_job(
    session: Session, owner: Account, enqueue: Callable[..., str], fail: Callable[[Exception], str]
) -> None:
    other = make_account(session)
    code = enqueue()
    fail(ValueError())
    for act in (service.cancel, service.restart):
        with pytest.raises(NotFound):
            act(session, code, by=visitor(other), now=LATER)
        with pytest.raises(NotFound):
            act(session, code, by=visitor(other, "organizer"), now=LATER)
        with pytest.raises(NotFound):
            act(session, "none", by=visitor(owner), now=LATER)
    keeper = visitor(other, "administrator")
    assert service.restart(session, code, by=keeper, now=LATER).state == State.WAITING
    assert service.cancel(session, code, by=keeper, now=LATER).state == State.CANCELLED
