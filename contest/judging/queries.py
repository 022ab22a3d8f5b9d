"""Reads of the jury that several files of this room share: phases, panelists, conflicts."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.judging.models import Conflict, JudgingPhase, Panelist


def phases(session: Session, round_id: int) -> list[JudgingPhase]:
    """Return a round's phases, first to last."""
    wanted = select(JudgingPhase).where(JudgingPhase.round_id == round_id)
    return list(session.scalars(wanted.order_by(JudgingPhase.position)))


def phase_now(session: Session, round_id: int, now: datetime) -> JudgingPhase | None:
    """Return the phase that is open; of several that overlap, one in which sheets are written."""
    return open_of(phases(session, round_id), now)


def open_of(found: list[JudgingPhase], now: datetime) -> JudgingPhase | None:
    """Return the open one of a round's phases, by the rule of `phase_now`."""
    there = [one for one in found if one.opens_at <= now < one.closes_at]
    return min(there, key=lambda one: (not one.may_score, one.position), default=None)


def counted_until(found: Iterable[JudgingPhase], now: datetime) -> datetime | None:
    """Return until when sheets that count may still come in; None once that is over."""
    ends = (one.closes_at for one in found if one.may_score and one.counts and now < one.closes_at)
    return max(ends, default=None)


def panelist(session: Session, round_id: int, account_id: int) -> Panelist | None:
    """Return somebody's seat in a round's jury; None for others and for who has left."""
    wanted = select(Panelist).where(
        Panelist.round_id == round_id,
        Panelist.account_id == account_id,
        Panelist.left_at.is_(None),
    )
    return session.scalar(wanted)


def panelists(session: Session, round_id: int, *, with_left: bool = False) -> list[Panelist]:
    """Return a round's jury by number, on request with those who have left."""
    wanted = select(Panelist).where(Panelist.round_id == round_id).order_by(Panelist.number)
    if not with_left:
        wanted = wanted.where(Panelist.left_at.is_(None))
    return list(session.scalars(wanted))


def conflicts_of(session: Session, panelist_ids: list[int]) -> list[Conflict]:
    """Return the conflicts that stand (not lifted) of these panelists, oldest first."""
    wanted = select(Conflict).where(
        Conflict.panelist_id.in_(panelist_ids), Conflict.lifted_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(Conflict.id)))
