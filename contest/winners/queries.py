"""Reads of who stands where a prize is, and since when a person's details may not change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.attempts.models import Attempt
from contest.contests.models import Registration, Round
from contest.entries.models import Entry
from contest.standings.models import Board, OfficialRow

MOST_WINNERS = 2000  # a board promises at most some hundred prizes; ties at the last place join


@dataclass(frozen=True, slots=True)
class Winner:
    """A line of an official board at a place with a prize."""

    place: int
    registration_id: int
    code: str
    name: str
    birth_date: date | None
    unit_name: str
    points: Decimal


def winners(session: Session, board: Board, places: int) -> list[Winner]:
    """Return the official lines of the first `places` places, ties included, in their order.

    Names and units are those the result was made official with.
    """
    rows = session.execute(
        select(
            OfficialRow.place,
            OfficialRow.registration_id,
            Registration.code,
            OfficialRow.name,
            Account.birth_date,
            OfficialRow.unit_name,
            OfficialRow.points,
        )
        .join(Registration, Registration.id == OfficialRow.registration_id)
        .join(Account, Account.id == Registration.account_id)
        .where(
            OfficialRow.board_id == board.id,
            OfficialRow.revision == board.revision,
            OfficialRow.place <= places,
        )
        .order_by(OfficialRow.position)
        .limit(MOST_WINNERS)
    )
    return [Winner(*row) for row in rows]


def last_settled(session: Session, registration_id: int) -> datetime | None:
    """Return when a round a person took part in last became official; None: none did yet."""
    sat = select(Attempt.round_id).where(
        Attempt.registration_id == registration_id, Attempt.contest_no.is_not(None)
    )
    sent = select(Entry.round_id).where(Entry.registration_id == registration_id, Entry.version > 0)
    took_part = or_(Round.id.in_(sat), Round.id.in_(sent))
    return session.scalar(select(func.max(Round.settled_at)).where(took_part))


def places_of(prizes: Sequence[dict[str, Any]]) -> int:
    """Return how many places win something."""
    return sum(prize["count"] for prize in prizes)


def prize_at(prizes: Sequence[dict[str, Any]], place: int) -> dict[str, Any] | None:
    """Return the prize a place wins: the best ones first, as many as there are of each."""
    last = 0
    for prize in prizes:
        last += prize["count"]
        if place <= last:
            return prize
    return None
