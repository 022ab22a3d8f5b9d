"""Long work as rows: written with the change that asks for it, claimed for a while, done once.

A row is *claimed* for a lease under a random token. The work's own transaction marks it done on
condition that the token still stands, so whoever lost the lease rolls back. `core/work.py` holds
what a handler sees, `contest/worker.py` the loop, `contest/jobs` the pages.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from contest.core import db, ids
from contest.core.db import Base, Id
from contest.errors import N_, ContestError, Invalid

LEASE = timedelta(seconds=60)
MOST_TRIES = 3
WAITS = (timedelta(seconds=30), timedelta(minutes=5))  # after the first failure, the second
KEPT = timedelta(days=7)  # an ended row and its file
MOST_PROBLEMS = 500  # of a refused file, kept for the page
FOLDER = "jobs"

BROKE = N_("Hệ thống gặp lỗi khi làm việc này. Mã sự cố: %(reference)s")
LOST = N_("Máy xử lý bị dừng giữa chừng %(tries)s lần liền.")


class State(StrEnum):
    """What was decided about a job. Whether it is running, the lease says."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Base):
    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_run_at", "state", "run_at"),
        Index("ix_jobs_owner_id_created_at", "owner_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(60))  # "room.verb"
    title: Mapped[str] = mapped_column(String(200))  # a sentence marked with N_
    subject: Mapped[str] = mapped_column(String(120))  # "contest:k7f2", a public code
    args: Mapped[dict[str, Any]]  # never personal data
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # None: the clock
    state: Mapped[str] = mapped_column(String(10), default=State.WAITING)
    created_at: Mapped[datetime]
    run_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(String(24))
    leased_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)  # 0: not known
    stage: Mapped[str] = mapped_column(String(200), default="")  # a sentence marked with N_
    cancel_asked_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None] = mapped_column(
        index=True
    )  # None: rests until somebody acts
    error: Mapped[dict[str, Any] | None]  # what `kept_error` made
    source_key: Mapped[str | None] = mapped_column(String(200))  # the file to read
    result: Mapped[dict[str, Any] | None]  # of the file made: key, name, type, bytes, sha256

    def is_held(self, now: datetime) -> bool:
        """Say whether a worker holds it at `now`."""
        return self.leased_until is not None and self.leased_until > now


class LeaseLost(Exception):
    """Somebody else holds the job by now: what was written must roll back."""


class Cancelled(Exception):
    """Whoever may has asked to stop."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in hand: its facts, and the token that proves it is ours."""

    id: int
    code: str
    name: str
    args: dict[str, Any]
    owner_id: int | None
    source_key: str | None
    tries: int
    lease: str


def source_key(code: str) -> str:
    """Return where the file to read is put, before the row is written."""
    return f"{FOLDER}/{code}/source"


def enqueue(
    session: Session,
    name: str,
    args: dict[str, Any],
    *,
    title: str,
    subject: str,
    by: int | None,
    now: datetime,
    run_at: datetime | None = None,
    code: str | None = None,
    has_source: bool = False,
) -> Job:
    """Write a job in the caller's transaction; a worker finds it after the commit.

    `title` is an N_ sentence for its page, `by` the account that owns its result. With
    `has_source`, the file lies in storage under `source_key(code)` already: bytes first.
    """
    code = code or ids.new_code()
    job = Job(
        code=code,
        name=name,
        title=title,
        subject=subject,
        args=args,
        owner_id=by,
        created_at=now,
        run_at=run_at or now,
        source_key=source_key(code) if has_source else None,
    )
    session.add(job)
    session.flush()
    return job


def _free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    unheld = or_(Job.leased_until.is_(None), Job.leased_until <= now)
    return (Job.state == State.WAITING, Job.run_at <= now, unheld)


def is_due(session: Session, *, names: Collection[str], now: datetime) -> bool:
    """Say whether a job waits for a hand; a reading session will do."""
    due = select(Job.id).where(*_free(now), Job.name.in_(names)).limit(1)
    return session.scalar(due) is not None


def claim(session: Session, *, names: Collection[str], now: datetime) -> Claim | None:
    """Take the job that is due longest, in one UPDATE; None when there is none.

    Only jobs of `names` are taken, so that an old worker leaves new kinds to a new one.
    """
    _end_abandoned(session, now)
    first = _picked(session, select(Job.id).where(*_free(now), Job.name.in_(names)), limit=1)
    taken = (
        update(Job)
        .where(Job.id == first.scalar_subquery())
        .values(lease=ids.new_code(24), leased_until=now + LEASE, tries=Job.tries + 1)
        .returning(
            *(Job.id, Job.code, Job.name, Job.args, Job.owner_id),
            *(Job.source_key, Job.tries, Job.lease),
        )
    )
    found = session.execute(taken, execution_options={"synchronize_session": False}).one_or_none()
    return None if found is None else Claim(*found)


def _picked(session: Session, wanted: Any, *, limit: int) -> Any:
    """Return the oldest rows of `wanted`, locked where rows are, without those in other hands."""
    found = wanted.order_by(Job.run_at, Job.id).limit(limit)
    return found.with_for_update(skip_locked=True) if db.lock_for_update(session) else found


def _end_abandoned(session: Session, now: datetime) -> None:
    """Settle what dead workers left: cancelled where that was asked, failed after all its tries."""
    abandoned = (*_free(now), Job.lease.is_not(None))
    ends: tuple[tuple[ColumnElement[bool], dict[str, Any]], ...] = (
        (
            Job.cancel_asked_at.is_not(None),
            {"state": State.CANCELLED, "expires_at": now + KEPT},
        ),
        (Job.tries >= MOST_TRIES, {"state": State.FAILED, "error": _lost()}),
    )
    for why, values in ends:
        some = _picked(session, select(Job.id).where(*abandoned, why), limit=100)
        session.execute(
            update(Job)
            .where(Job.id.in_(some.scalar_subquery()))
            .values(lease=None, leased_until=None, finished_at=now, **values),
            execution_options={"synchronize_session": False},
        )


def _lost() -> dict[str, Any]:
    return {"kind": "Lost", "message": LOST, "facts": {"tries": MOST_TRIES}, "problems": {}}


def _change_own(session: Session, held: Claim, **values: Any) -> Any:
    """Change the row and return its cancel_asked_at; LeaseLost when it is not ours any more."""
    ours = (Job.id == held.id, Job.lease == held.lease, Job.state == State.WAITING)
    changed = session.execute(
        update(Job).where(*ours).values(**values).returning(Job.cancel_asked_at),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if changed is None:
        raise LeaseLost(held.code)
    return changed[0]


def renew(session: Session, held: Claim, *, now: datetime, **progress: Any) -> None:
    """Keep the lease and note how far the work is; LeaseLost, or Cancelled when that was asked."""
    if _change_own(session, held, leased_until=now + LEASE, **progress) is not None:
        raise Cancelled(held.code)


def finish(
    session: Session, held: Claim, *, now: datetime, kept: timedelta = KEPT, **facts: Any
) -> None:
    """Mark the job done inside the transaction that did its work; LeaseLost undoes both.

    The row and its files go after `kept`.
    """
    facts |= {"state": State.DONE, "finished_at": now, "expires_at": now + kept, "error": None}
    _change_own(session, held, lease=None, leased_until=None, **facts)


def _put_down(session: Session, held: Claim, *, now: datetime, **values: Any) -> None:
    """Let the job wait for its next try, or end it when stopping was asked meanwhile."""
    asked = _change_own(session, held, lease=None, leased_until=None, **values)
    if asked is not None:
        ended = {"state": State.CANCELLED, "finished_at": now, "expires_at": now + KEPT}
        session.execute(
            update(Job).where(Job.id == held.id).values(**ended),
            execution_options={"synchronize_session": False},
        )


def give_back(session: Session, held: Claim, *, now: datetime) -> None:
    """Put a job down that this worker has no time left for; it counts as no try."""
    _put_down(session, held, now=now, run_at=now, tries=held.tries - 1)


def cancelled(session: Session, held: Claim, *, now: datetime) -> None:
    """Note that the work stopped because that was asked."""
    ended = {"state": State.CANCELLED, "finished_at": now, "expires_at": now + KEPT}
    _change_own(session, held, lease=None, leased_until=None, **ended)


def fail(
    session: Session, held: Claim, error: BaseException, *, reference: str, now: datetime
) -> None:
    """Note a failure: refused at once when the error is ours to show, tried again later otherwise.

    After MOST_TRIES the job rests, without an expiry, until somebody restarts or drops it.
    """
    values: dict[str, Any] = {"error": kept_error(error, reference=reference)}
    if isinstance(error, ContestError):
        values |= {"state": State.FAILED, "finished_at": now, "expires_at": now + KEPT}
    elif held.tries >= MOST_TRIES:
        values |= {"state": State.FAILED, "finished_at": now}
    else:
        _put_down(session, held, now=now, run_at=now + WAITS[held.tries - 1], **values)
        return
    _change_own(session, held, lease=None, leased_until=None, **values)


def forget_expired(session: Session, *, now: datetime, limit: int = 100) -> list[str]:
    """Delete rows kept long enough; return their codes, whose files go after the commit."""
    old = select(Job.id).where(Job.expires_at <= now).order_by(Job.id).limit(limit)
    if db.lock_for_update(session):
        old = old.with_for_update(skip_locked=True)
    gone = delete(Job).where(Job.id.in_(old.scalar_subquery())).returning(Job.code)
    return list(session.scalars(gone, execution_options={"synchronize_session": False}))


def known(session: Session, codes: Collection[str]) -> set[str]:
    """Return those of `codes` that still have a row."""
    return set(session.scalars(select(Job.code).where(Job.code.in_(codes))))


def kept_error(error: BaseException, *, reference: str) -> dict[str, Any]:
    """Return an error as JSON safe to show: kind, message, facts, problems by place."""
    if not isinstance(error, ContestError):
        facts = {"reference": reference}
        return {"kind": "Bug", "message": BROKE, "facts": facts, "problems": {}}
    problems = error.problems if isinstance(error, Invalid) else {}
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "facts": _packed(error.facts),
        "problems": {
            place: {"message": found.message, "facts": _packed(found.facts)}
            for place, found in list(problems.items())[:MOST_PROBLEMS]
        },
    }


def _packed(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: Any) -> Any:
    """Return a fact as JSON; what people read in their own way keeps its kind."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    return str(value)


_KINDS: dict[str, Callable[[Any], Any]] = {
    "decimal": Decimal,
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "seconds": lambda seconds: timedelta(seconds=seconds),
}


def facts_of(kept: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of a kept error, or of one of its problems, as they were raised."""
    facts: dict[str, Any] = kept["facts"]
    return {name: _unpacked(value) for name, value in facts.items()}


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, plain),) = value.items()
    return _KINDS[kind](plain)
