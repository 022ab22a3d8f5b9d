"""Attempts as facts: a handed-in try of a registration, without a paper to speak of."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import SignIn
from contest.attempts.models import Attempt, HandedInBy
from contest.contests.models import Registration, Round
from contest.core import ids

_numbers = itertools.count(1)


def make_attempt(
    session: Session,
    registration: Registration,
    round_: Round,
    *,
    started_at: datetime | None = None,
    duration_ms: int = 300_000,
    points: Decimal | int | str = 10,
    guess: int | None = None,
    is_void: bool = False,
    is_all_right: bool = False,
    is_open: bool = False,
) -> Attempt:
    """Add a try; it is handed in `duration_ms` after its start unless it `is_open`."""
    started_at = started_at or round_.opens_at + timedelta(hours=1)
    no = next(_numbers)
    attempt = Attempt(
        code=ids.new_code(),
        account_id=registration.account_id,
        registration_id=registration.id,
        contest_id=registration.contest_id,
        round_id=round_.id,
        division_id=registration.division_id,
        contest_no=None if round_.is_practice else no,
        round_no=no,
        day=started_at.date(),
        day_no=no,
        week=started_at.date(),
        week_no=no,
        started_at=started_at,
        deadline=started_at + timedelta(minutes=15),
        paper=[],
        seed=no,
        holder=_sign_in(session, registration.account_id, started_at),
    )
    if not is_open:
        attempt.handed_in_at = started_at + timedelta(milliseconds=duration_ms)
        attempt.handed_in_by = HandedInBy.PERSON
        attempt.points = Decimal(points)
        attempt.out_of = Decimal(20)
        attempt.is_void = is_void
        attempt.is_all_right = is_all_right
        attempt.right_count = 0
        attempt.duration_ms = duration_ms
        attempt.guess = guess
        attempt.marks = []
    session.add(attempt)
    session.flush()
    return attempt


def _sign_in(session: Session, account_id: int, at: datetime) -> int:
    found = session.scalar(select(SignIn.id).where(SignIn.account_id == account_id).limit(1))
    if found is not None:
        return found
    sign_in = SignIn(
        code=ids.new_code(32), account_id=account_id, epoch=1, device="test", opened_at=at
    )
    session.add(sign_in)
    session.flush()
    return sign_in.id
