"""Opening again what was handed in: the result is taken back, its history stays."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from contest.attempts.models import Attempt, Reopening
from contest.contests import running
from contest.contests.models import Division, Round
from contest.core.visitor import Visitor
from contest.errors import N_, Conflict, NotFound
from contest.rules.extra_time import Extra, reopened

REOPENINGS = Reopening.metadata.tables["reopenings"]
SETTLED = N_("Kết quả của đợt thi đã được chốt nên không thay đổi giờ làm bài được nữa.")
NO_ATTEMPT = N_("Không tìm thấy lượt thi này trong đợt thi.")


def limits(session: Session, round_: Round) -> dict[int, int | None]:
    """Return the divisions' own time limits in seconds, by the division's id."""
    found = select(Division.id, Division.time_limit_s)
    rows = session.execute(found.where(Division.contest_id == round_.contest_id))
    return {row.id: row.time_limit_s for row in rows}


def reopen(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    *,
    minutes: int,
    passes_closing: bool,
    reason: str,
    token: str,
    by: Visitor,
    now: datetime,
) -> Attempt:
    """Open a handed-in attempt again; it has the time that was left, at least `minutes`.

    Raises Conflict once the results are official, when it is being written, or when the person
    writes another one; Invalid when the round's closing leaves no time.
    """
    found = running.lock_round(session, contest, round_, by=by)
    ensure_unsettled(found)
    attempt = session.scalar(
        select(Attempt)
        .where(Attempt.code == code, Attempt.round_id == found.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if attempt is None:
        raise NotFound(NO_ATTEMPT)
    if session.scalar(select(Reopening.id).where(Reopening.token == token)) is not None:
        return attempt
    if attempt.handed_in_at is None:
        raise Conflict(N_("Bài này đang được làm, không cần mở lại."))
    _ensure_no_other(session, attempt)
    extra = Extra(timedelta(minutes=minutes), passes_closing)
    window = found.window(limits(session, found)[attempt.division_id])
    until = reopened(attempt.deadline, attempt.handed_in_at, now, at_least=extra, window=window)
    row = opened(
        attempt,
        until,
        token=token,
        grant_id=None,
        reason=reason,
        by=by.id,
        now=now,
        round_=found,
    )
    session.flush()
    session.execute(insert(REOPENINGS), [row])
    running.note(
        session,
        found,
        "attempts.reopen",
        by=by.id,
        now=now,
        attempt=attempt.code,
        reason=reason,
        receipt=row["receipt"],
        minutes=minutes,
    )
    return attempt


def _ensure_no_other(session: Session, attempt: Attempt) -> None:
    other = select(Attempt.id).where(
        Attempt.account_id == attempt.account_id,
        Attempt.round_id == attempt.round_id,
        Attempt.handed_in_at.is_(None),
    )
    if session.scalar(other) is not None:
        raise Conflict(N_("Người này đang làm một bài khác của đợt thi nên không mở lại được."))


def opened(
    attempt: Attempt,
    until: datetime,
    *,
    token: str,
    grant_id: int | None,
    reason: str,
    by: int,
    now: datetime,
    round_: Round,
) -> dict[str, Any]:
    """Take the result back from a locked attempt; return what its history keeps of it."""
    if attempt.handed_in_at is None or attempt.handed_in_by is None:
        raise ValueError("only what was handed in can be opened again")
    row = {
        "token": token,
        "attempt_id": attempt.id,
        "grant_id": grant_id,
        "reason": reason,
        "by": by,
        "at": now,
        "old_deadline": attempt.deadline,
        "new_deadline": until,
        "handed_in_at": attempt.handed_in_at,
        "handed_in_by": attempt.handed_in_by,
        "points": attempt.points,
        "receipt": attempt.receipt,
    }
    attempt.stood_ms += max(0, (now - attempt.handed_in_at) // timedelta(milliseconds=1))
    attempt.recount = attempt.recount or attempt.counted_at is not None
    attempt.paused_at = now if round_.paused_at is not None else None
    attempt.deadline = until
    for name in ("handed_in_at", "handed_in_by", "handed_in_as", "guess", "points", "out_of"):
        setattr(attempt, name, None)
    for name in ("right_count", "is_all_right", "is_void", "duration_ms", "marks", "receipt"):
        setattr(attempt, name, None)
    attempt.counted_at = None
    return row


def ensure_unsettled(round_: Round) -> None:
    """Raise Conflict once a locked round's results are official."""
    if round_.settled_at is not None:
        raise Conflict(SETTLED)
