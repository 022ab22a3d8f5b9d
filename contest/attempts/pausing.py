"""Pausing a round: nobody starts, every running clock stands, choices are still taken."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from contest.attempts.models import Attempt, Pause
from contest.contests import running
from contest.contests.models import Contest, Round
from contest.contests.specs import RoundKind
from contest.core.visitor import Visitor
from contest.errors import N_, Conflict
from contest.rules.extra_time import resumed
from contest.rules.lifecycle import ContestState
from contest.rules.timing import GRACE

ATTEMPTS = Attempt.metadata.tables["attempts"]


def pause(
    session: Session, contest: str, round_: str, *, reason: str, by: Visitor, now: datetime
) -> int:
    """Let every running clock of the round stand; return how many. Twice is once."""
    found = running.lock_round(session, contest, round_, by=by)
    if found.paused_at is not None:
        return 0
    if found.closes_at <= now and not _has_running(session, found.id, now):
        raise Conflict(N_("Đợt thi đã đóng và không còn ai làm bài nên không cần tạm dừng."))
    found.paused_at = now
    session.add(Pause(round_id=found.id, reason=reason, by=by.id, at=now))
    count = _hold(session, [found.id], now)
    running.note(session, found, "attempts.pause", by=by.id, now=now, reason=reason, held=count)
    return count


def _has_running(session: Session, round_id: int, now: datetime) -> bool:
    found = select(Attempt.id).where(
        Attempt.round_id == round_id,
        Attempt.handed_in_at.is_(None),
        Attempt.deadline > now - GRACE,
    )
    return session.scalar(found.limit(1)) is not None


def _hold(session: Session, round_ids: Sequence[int], now: datetime) -> int:
    """Stop the clocks of the attempts still running in some rounds."""
    found = (
        select(Attempt.id)
        .where(
            Attempt.round_id.in_(round_ids),
            Attempt.handed_in_at.is_(None),
            Attempt.paused_at.is_(None),
            Attempt.deadline > now - GRACE,
        )
        .order_by(Attempt.id)
        .with_for_update(key_share=True)
    )
    ids = [{"attempt": id_} for id_ in session.scalars(found)]
    if ids:
        held = update(ATTEMPTS).where(ATTEMPTS.c.id == bindparam("attempt"))
        session.connection().execute(held.values(paused_at=now), ids)
    return len(ids)


def resume(
    session: Session,
    contest: str,
    round_: str,
    *,
    moves_closing: bool,
    by: Visitor,
    now: datetime,
    zone: ZoneInfo,
) -> int:
    """Let the clocks run on: each deadline moves by the time its clock stood; return how many.

    `moves_closing` lets the round close later by the length of the pause. Twice is once.
    """
    found = running.lock_round(session, contest, round_, by=by)
    if found.paused_at is None:
        return 0
    stopped = session.scalars(
        select(Pause).where(Pause.round_id == found.id, Pause.resumed_at.is_(None))
    ).one()
    stopped.resumed_at, stopped.resumed_by = now, by.id
    standing = (
        select(Attempt.id, Attempt.deadline, Attempt.paused_at, Attempt.stood_ms)
        .where(
            Attempt.round_id == found.id,
            Attempt.handed_in_at.is_(None),
            Attempt.paused_at.is_not(None),
        )
        .order_by(Attempt.id)
        .with_for_update(key_share=True)
    )
    rows = session.execute(standing).all()
    if rows:
        runs = update(ATTEMPTS).where(ATTEMPTS.c.id == bindparam("attempt"))
        session.connection().execute(
            runs.values(deadline=bindparam("new"), stood_ms=bindparam("stood"), paused_at=None),
            [
                {
                    "attempt": row.id,
                    "new": resumed(row.deadline, row.paused_at, now),
                    "stood": row.stood_ms + _milliseconds(row.paused_at, now),
                }
                for row in rows
            ],
        )
    if moves_closing:
        stopped.old_closes_at = found.closes_at
        later = found.closes_at + (now - found.paused_at)
        running.move_closing(
            session, found, later, reason=stopped.reason, by=by.id, now=now, zone=zone
        )
    found.paused_at = None
    running.note(
        session,
        found,
        "attempts.resume",
        by=by.id,
        now=now,
        released=len(rows),
        moves_closing=moves_closing,
    )
    return len(rows)


def _milliseconds(since: datetime, until: datetime) -> int:
    return max(0, (until - since) // timedelta(milliseconds=1))


def let_run(attempt: Attempt, now: datetime) -> None:
    """Let one locked attempt's clock run on: its person hands it in while the round stands."""
    if attempt.paused_at is not None:
        attempt.deadline = resumed(attempt.deadline, attempt.paused_at, now)
        attempt.stood_ms += _milliseconds(attempt.paused_at, now)
        attempt.paused_at = None


def catch_up(session: Session, *, now: datetime) -> int:
    """Stop the clocks of who started while a pause was being written; return how many."""
    paused = (
        select(Round.id)
        .join(Contest, Contest.id == Round.contest_id)
        .where(
            Round.paused_at.is_not(None),
            Round.kind == RoundKind.QUIZ,
            Contest.state == ContestState.PUBLISHED,
        )
    )
    count = 0
    for round_id in session.scalars(paused).all():
        held = _hold(session, [round_id], now)
        if held:
            running.count_act(session, round_id)
        count += held
    return count
