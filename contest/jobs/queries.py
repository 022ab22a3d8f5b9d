"""Reading jobs: whose they are, and which rest until a person decides."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Role
from contest.core.jobs import Job, State
from contest.core.visitor import Visitor
from contest.errors import N_, NotFound

NONE = N_("Không có việc này, hoặc việc đã cũ và được dọn đi.")
MOST_RESTING = 100


def visible(session: Session, code: str, *, by: Visitor, locks: bool = False) -> Job:
    """Return the job for its owner or an administrator; NotFound for anybody else."""
    wanted = select(Job).where(Job.code == code)
    if locks:
        wanted = wanted.with_for_update()  # SQLite's one writer needs none and says none
    job = session.scalar(wanted)
    if job is None or not (job.owner_id == by.id or by.may(Role.ADMINISTRATOR)):
        raise NotFound(NONE)
    return job


def with_file(session: Session, code: str, *, by: int, now: datetime) -> Job:
    """Return the owner's done job that still has its file; NotFound for anybody else."""
    job = session.scalar(select(Job).where(Job.code == code, Job.owner_id == by))
    if job is None or job.result is None or not has_file(job, now):
        raise NotFound(NONE)
    return job


def has_file(job: Job, now: datetime) -> bool:
    """Say whether the job's file can still be fetched."""
    return job.result is not None and job.expires_at is not None and now < job.expires_at


def own(session: Session, account_id: int, *, offset: int, limit: int) -> list[Job]:
    """List an account's jobs, the newest first; ended ones leave after a week."""
    mine = select(Job).where(Job.owner_id == account_id)
    newest = mine.order_by(Job.created_at.desc(), Job.id.desc())
    return list(session.scalars(newest.offset(offset).limit(limit)))


def resting(session: Session) -> list[Job]:
    """List the jobs that failed for no fault of their file and wait for a person, oldest first."""
    rest = select(Job).where(Job.state == State.FAILED, Job.expires_at.is_(None))
    return list(session.scalars(rest.order_by(Job.finished_at, Job.id).limit(MOST_RESTING)))
