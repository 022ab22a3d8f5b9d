"""What people may do with a job: ask it to stop, begin it anew, drop it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.core import audit
from contest.core.jobs import KEPT, Job, State
from contest.core.visitor import Visitor
from contest.errors import N_, Conflict
from contest.jobs import queries


def cancel(session: Session, code: str, *, by: Visitor, now: datetime) -> Job:
    """Stop a job: at once when nobody holds it, at its next sign of progress otherwise.

    A failed job is dropped. Conflict when it is done; asking twice changes nothing.
    """
    job = queries.visible(session, code, by=by, locks=True)
    if job.state == State.DONE:
        raise Conflict(N_("Việc này đã làm xong nên không huỷ được nữa."))
    if job.state == State.CANCELLED or job.cancel_asked_at is not None:
        return job
    job.cancel_asked_at = now
    if not job.is_held(now):
        job.state = State.CANCELLED
        job.finished_at = now
        job.expires_at = now + KEPT
        job.lease = job.leased_until = None
    audit.record(session, "jobs.cancel", f"job:{job.code}", by=by.id, now=now, name=job.name)
    session.flush()
    return job


def restart(session: Session, code: str, *, by: Visitor, now: datetime) -> Job:
    """Let a failed job begin anew with all its tries; Conflict when it has not failed."""
    job = queries.visible(session, code, by=by, locks=True)
    if job.state != State.FAILED:
        raise Conflict(N_("Việc này không ở trạng thái chờ làm lại."))
    begin_anew(job, now=now)
    audit.record(session, "jobs.restart", f"job:{job.code}", by=by.id, now=now, name=job.name)
    session.flush()
    return job


def begin_anew(job: Job, *, now: datetime) -> None:
    """Let a locked job that failed wait for a hand again, with all its tries."""
    job.state = State.WAITING
    job.run_at = now
    job.tries = job.done = job.total = 0
    job.stage = ""
    job.error = job.finished_at = job.expires_at = job.cancel_asked_at = None


def let_go(session: Session, code: str, *, now: datetime) -> None:
    """End a failed job that nobody will begin anew: something else was decided about its work."""
    wanted = select(Job).where(Job.code == code, Job.state == State.FAILED)
    job = session.scalar(wanted.with_for_update())
    if job is not None:
        job.state, job.finished_at, job.expires_at = State.CANCELLED, now, now + KEPT
        session.flush()
