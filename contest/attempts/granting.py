"""More time: given to who writes now and to who starts later, counted once for each attempt.

An act first holds the round's row, then the attempts in the order of their ids; a save is never
kept waiting by it. It carries the token of its form: sent twice, it is done once. Whoever started
while it was being written is caught up with by the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from contest.accounts.models import Account, Unit
from contest.attempts import reopening
from contest.attempts.models import Attempt, GivenTime, HandedInBy, Reopening, TimeGrant
from contest.contests import running
from contest.contests.models import Division, Registration, Round
from contest.core import db
from contest.core.visitor import Visitor
from contest.errors import N_, Invalid, NotFound
from contest.rules.extra_time import Extra, lengthened, reopened
from contest.rules.timing import GRACE, Window

CAUGHT_UP = timedelta(minutes=2)  # nobody's start takes longer than that
ATTEMPTS, GIVEN = Attempt.metadata.tables["attempts"], GivenTime.metadata.tables["given_times"]


@dataclass(frozen=True, slots=True)
class GiveTime:
    """More time, as the form says it. `person` is a registration's code, `unit` a unit's."""

    token: str
    minutes: int
    reason: str
    person: str | None = None
    unit: str | None = None
    passes_closing: bool = False
    is_lasting: bool = True
    ran_out_since: datetime | None = None  # None: what the clock handed in stays handed in


@dataclass(frozen=True, slots=True)
class Given:
    """How many attempts an act reached, and how many of them it opened again."""

    lengthened: int
    reopened: int


@dataclass(frozen=True, slots=True)
class Change:
    """A deadline moved by one grant."""

    grant_id: int
    old: datetime
    new: datetime


def give_time(
    session: Session, contest: str, round_: str, asked: GiveTime, *, by: Visitor, now: datetime
) -> Given:
    """Give more time to who writes now, and to who starts later when the grant is lasting.

    Never shortens a deadline. Raises NotFound outside one's part, Conflict once the results are
    official, Invalid for nonsense.
    """
    found = running.lock_round(session, contest, round_, by=by)
    reopening.ensure_unsettled(found)
    extra = Extra(timedelta(minutes=asked.minutes), asked.passes_closing)
    account_id, unit_id = _whom(session, found, asked)
    grant = db.insert_free(
        session,
        TimeGrant(
            token=asked.token,
            round_id=found.id,
            account_id=account_id,
            unit_id=unit_id,
            seconds=int(extra.time.total_seconds()),
            passes_closing=asked.passes_closing,
            is_lasting=asked.is_lasting,
            ran_out_since=asked.ran_out_since,
            reason=asked.reason,
            by=by.id,
            at=now,
            ended_at=None,
        ),
    )
    if grant is None:
        return _given_before(session, asked.token)
    count = _apply(session, grant, found, now)
    reopened_ = _reopen_run_out(session, grant, found, now) if asked.ran_out_since else 0
    running.note(
        session,
        found,
        "attempts.give_time",
        by=by.id,
        now=now,
        minutes=asked.minutes,
        reason=asked.reason,
        grant=grant.id,
        lengthened=count,
        reopened=reopened_,
        passes_closing=asked.passes_closing,
        to=asked.person or asked.unit or "everybody",
    )
    return Given(count, reopened_)


def reach(
    session: Session, contest: str, round_: str, asked: GiveTime, *, by: Visitor, now: datetime
) -> Given:
    """Count whom a grant would reach now, before it is given; nothing is written."""
    found = running.lock_round(session, contest, round_, by=by)
    reopening.ensure_unsettled(found)
    Extra(timedelta(minutes=asked.minutes), asked.passes_closing)
    account_id, unit_id = _whom(session, found, asked)
    grant = TimeGrant(
        round_id=found.id,
        account_id=account_id,
        unit_id=unit_id,
        ran_out_since=asked.ran_out_since,
        at=now,
        is_lasting=False,
    )
    open_ = select(func.count()).select_from(_running(grant, now).subquery())
    count = session.scalars(open_).one()
    if asked.ran_out_since is None:
        return Given(count, 0)
    over = select(func.count()).select_from(_run_out(grant, now).distinct().subquery())
    return Given(count, session.scalars(over).one())


def end_grant(
    session: Session, contest: str, round_: str, grant_id: int, *, by: Visitor, now: datetime
) -> None:
    """Let a grant no longer count for who starts from now on; what was given stays given."""
    found = running.lock_round(session, contest, round_, by=by)
    grant = session.get(TimeGrant, grant_id)
    if grant is None or grant.round_id != found.id:
        raise NotFound(N_("Không tìm thấy lần thêm giờ này."))
    if grant.ended_at is None:
        grant.ended_at = now
        running.note(session, found, "attempts.end_grant", by=by.id, now=now, grant=grant_id)


def _whom(session: Session, round_: Round, asked: GiveTime) -> tuple[int | None, int | None]:
    """Return the account or the unit that is meant; Invalid when there is none."""
    if asked.person:
        account_id = session.scalar(
            select(Registration.account_id).where(
                Registration.code == asked.person, Registration.contest_id == round_.contest_id
            )
        )
        if account_id is None:
            raise NotFound(N_("Không tìm thấy người này trong cuộc thi."))
        return account_id, None
    if asked.unit:
        unit_id = session.scalar(select(Unit.id).where(Unit.code == asked.unit))
        if unit_id is None:
            raise NotFound(N_("Không tìm thấy đơn vị này."))
        return None, unit_id
    return None, None


def _given_before(session: Session, token: str) -> Given:
    """Say again what the same form did the first time."""
    mine = TimeGrant.token == token
    count = select(func.count()).select_from(GivenTime).join(TimeGrant).where(mine)
    again = (
        select(func.count())
        .select_from(Reopening)
        .join(TimeGrant, TimeGrant.id == Reopening.grant_id)
        .where(mine)
    )
    return Given(session.scalars(count).one(), session.scalars(again).one())


def _covered(grant: TimeGrant) -> ColumnElement[bool]:
    """Say in SQL what `extra_time.Scope.covers` says: whose attempts a grant is about."""
    if grant.account_id is not None:
        return Attempt.account_id == grant.account_id
    if grant.unit_id is None:
        return Attempt.round_id == grant.round_id
    top = aliased(Unit)
    path = select(top.path).where(top.id == grant.unit_id).scalar_subquery()
    below = (
        select(Registration.id)
        .join(Unit, Unit.id == Registration.unit_id)
        .where(Registration.id == Attempt.registration_id, Unit.path.startswith(path))
    )
    return exists(below)


def _running(grant: TimeGrant, now: datetime) -> Select[int, datetime, int]:
    """Select the covered attempts that are being written and that the grant did not reach yet."""
    found = select(
        Attempt.id, Attempt.deadline, func.coalesce(Division.time_limit_s, 0).label("limit_s")
    ).join(Division, Division.id == Attempt.division_id)
    reached = exists().where(
        GivenTime.attempt_id == Attempt.id, GivenTime.grant_id == (grant.id or 0)
    )
    found = found.where(
        Attempt.round_id == grant.round_id,
        Attempt.handed_in_at.is_(None),
        or_(Attempt.deadline > now - GRACE, Attempt.paused_at.is_not(None)),
        _covered(grant),
        ~reached,
    )
    return found if grant.is_lasting else found.where(Attempt.started_at <= grant.at)


def _apply(session: Session, grant: TimeGrant, round_: Round, now: datetime) -> int:
    """Lengthen every attempt the grant has not reached yet; return how many."""
    found = _running(grant, now).order_by(Attempt.id)
    rows = session.execute(found.with_for_update(of=Attempt, key_share=True)).all()
    extra = Extra(timedelta(seconds=grant.seconds), grant.passes_closing)
    windows: dict[int, Window] = {}
    moved = []
    for row in rows:
        window = windows.setdefault(row.limit_s, round_.window(row.limit_s or None))
        new = lengthened(row.deadline, extra, window)
        moved.append({"attempt": row.id, "old": row.deadline, "new": new, "grant": grant.id})
    _move(session, moved)
    return len(moved)


def _move(session: Session, moved: Sequence[dict[str, Any]]) -> None:
    if not moved:
        return
    later = update(ATTEMPTS).where(ATTEMPTS.c.id == bindparam("attempt"))
    session.connection().execute(
        later.values(deadline=bindparam("new")),
        [{"attempt": row["attempt"], "new": row["new"]} for row in moved],
    )
    session.connection().execute(
        insert(GIVEN),
        [
            {
                "attempt_id": row["attempt"],
                "grant_id": row["grant"],
                "old_deadline": row["old"],
                "new_deadline": row["new"],
            }
            for row in moved
        ],
    )


def lasting_grants(session: Session, attempt: Attempt) -> Sequence[TimeGrant]:
    """Return the grants a new attempt comes under, the first first; in one statement."""
    mine, top = aliased(Unit), aliased(Unit)
    path = (
        select(mine.path)
        .join(Registration, Registration.unit_id == mine.id)
        .where(Registration.id == attempt.registration_id)
        .scalar_subquery()
    )
    found = (
        select(TimeGrant)
        .outerjoin(top, top.id == TimeGrant.unit_id)
        .where(
            TimeGrant.round_id == attempt.round_id,
            TimeGrant.is_lasting.is_(True),
            TimeGrant.ended_at.is_(None),
            or_(TimeGrant.account_id.is_(None), TimeGrant.account_id == attempt.account_id),
            or_(top.id.is_(None), path.startswith(top.path)),
        )
        .order_by(TimeGrant.id)
    )
    return session.scalars(found).all()


def lengthen(attempt: Attempt, grants: Sequence[TimeGrant], window: Window) -> list[Change]:
    """Move a new attempt's deadline by the grants it comes under."""
    changes = []
    for grant in grants:
        extra = Extra(timedelta(seconds=grant.seconds), grant.passes_closing)
        old = attempt.deadline
        attempt.deadline = lengthened(old, extra, window)
        changes.append(Change(grant.id, old, attempt.deadline))
    return changes


def note_given(session: Session, attempt_id: int, changes: Sequence[Change]) -> None:
    """Write down what moved the deadline of a new attempt."""
    session.add_all(
        GivenTime(
            attempt_id=attempt_id,
            grant_id=each.grant_id,
            old_deadline=each.old,
            new_deadline=each.new,
        )
        for each in changes
    )
    if changes:
        session.flush()


# Opening again with a grant


def _run_out(grant: TimeGrant, now: datetime) -> Select[Any]:
    """Select the accounts whose covered attempt the clock ended since the grant's moment."""
    other = aliased(Attempt)
    writes = exists().where(
        other.account_id == Attempt.account_id,
        other.round_id == Attempt.round_id,
        other.handed_in_at.is_(None),
    )
    return select(Attempt.account_id).where(
        Attempt.round_id == grant.round_id,
        Attempt.handed_in_by == HandedInBy.CLOCK,
        Attempt.deadline >= grant.ran_out_since,
        Attempt.deadline <= now,
        _covered(grant),
        ~writes,
    )


def _reopen_run_out(session: Session, grant: TimeGrant, round_: Round, now: datetime) -> int:
    """Open again, for the grant's time from now on, what the clock handed in; return how many.

    Of two such attempts of one person the later one is opened.
    """
    found = _run_out(grant, now).with_only_columns(Attempt, maintain_column_froms=True)
    locked = found.order_by(Attempt.id).with_for_update(of=Attempt, key_share=True)
    last = {
        each.account_id: each
        for each in session.scalars(locked.execution_options(populate_existing=True))
    }
    extra = Extra(timedelta(seconds=grant.seconds), grant.passes_closing)
    limits = reopening.limits(session, round_)
    rows = []
    for attempt in sorted(last.values(), key=lambda each: each.id):
        window = round_.window(limits[attempt.division_id])
        try:
            until = reopened(now, now, now, at_least=extra, window=window)
        except Invalid:  # the round closed and the grant does not pass its closing
            continue
        rows.append(
            reopening.opened(
                attempt,
                until,
                token=f"{grant.token}.{attempt.code}",
                grant_id=grant.id,
                reason=grant.reason,
                by=grant.by,
                now=now,
                round_=round_,
            )
        )
    session.flush()
    if rows:
        session.execute(insert(reopening.REOPENINGS), rows)
    return len(rows)


# What the clock makes good


def catch_up(session: Session, *, now: datetime) -> int:
    """Reach who started while a grant was being written, unseen by it; return how many."""
    recent = session.scalars(
        select(TimeGrant).where(TimeGrant.at > now - CAUGHT_UP, TimeGrant.ended_at.is_(None))
    ).all()
    count = 0
    for grant in recent:
        if session.execute(_running(grant, now).limit(1)).first() is None:
            continue
        running.count_act(session, grant.round_id)
        count += _apply(session, grant, session.get_one(Round, grant.round_id), now)
    return count


def name_of(session: Session, code: str, contest_id: int) -> str | None:
    """Return who is registered under a code in a contest, for the page that asks again."""
    return session.scalar(
        select(Account.name)
        .join(Registration, Registration.account_id == Account.id)
        .where(Registration.code == code, Registration.contest_id == contest_id)
    )
