"""Reads of votes: one's own, how many count, who votes, what is to be looked at or forgotten."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.contests.models import Contest, Registration, Round
from contest.contests.specs import RoundKind
from contest.entries import showing
from contest.entries.models import Entry, EntryVersion
from contest.entries.showing import Gallery
from contest.rules.entry_rules import EntryRules
from contest.rules.voting import FORGET_AFTER, Cast, Voter, forgotten_at
from contest.votes.models import Vote


def own(
    session: Session, round_id: int, account_id: int, period: date, *, locks: bool = False
) -> Vote | None:
    """Return an account's vote of a period."""
    wanted = select(Vote).where(
        Vote.round_id == round_id, Vote.account_id == account_id, Vote.period == period
    )
    if locks:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted)


def voter(session: Session, contest: Contest, account_id: int) -> Voter:
    """Return what the rule asks of an account, in one statement."""
    registered = exists().where(
        Registration.contest_id == contest.id, Registration.account_id == Account.id
    )
    owner_path = select(Unit.path).where(Unit.id == contest.unit_id).scalar_subquery()
    row = session.execute(
        select(
            Account.is_active,
            Account.phone_blind,
            Account.phone_sealed,
            Account.member_code,
            Account.registered_at,
            Unit.path,
            owner_path.label("owner"),
            registered.label("is_entered"),
        )
        .join(Unit, Unit.id == Account.unit_id)
        .where(Account.id == account_id)
    ).one()
    return Voter(
        is_active=row.is_active,
        is_inside=row.is_entered or row.path.startswith(row.owner),
        has_phone=bool(row.phone_blind or row.phone_sealed),
        is_listed=bool(row.member_code),
        registered_at=row.registered_at,
    )


def counts(session: Session, round_id: int) -> dict[int, int]:
    """Return how many votes count for each entry of a round, by the entry's id.

    What was struck is left out; so are entries without a vote.
    """
    rows = session.execute(
        select(Vote.entry_id, func.count())
        .where(Vote.round_id == round_id, Vote.struck_at.is_(None))
        .group_by(Vote.entry_id)
    )
    return {row[0]: row[1] for row in rows}


def count_of(session: Session, entry_id: int) -> int:
    """Return how many votes count for one entry."""
    wanted = select(func.count()).where(Vote.entry_id == entry_id, Vote.struck_at.is_(None))
    return session.scalar(wanted) or 0


def count_in(session: Session, round_id: int, belongs: ColumnElement[bool]) -> int:
    """Count the votes of a round that count and belong to a cluster."""
    wanted = select(func.count()).select_from(Vote)
    return (
        session.scalar(wanted.where(Vote.round_id == round_id, Vote.struck_at.is_(None), belongs))
        or 0
    )


def casts(session: Session, round_id: int) -> list[Cast]:
    """Return every vote of a round that counts, as the rules look at them, oldest first."""
    rows = session.execute(
        select(Vote.entry_id, Vote.account_id, Vote.at, Vote.device, Vote.network)
        .where(Vote.round_id == round_id, Vote.struck_at.is_(None))
        .order_by(Vote.at, Vote.id)
    )
    return [Cast(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Named:
    """An entry in its sender's words, for organizers; `is_shown`: the gallery has it now."""

    code: str
    title: str
    is_shown: bool


def entries(session: Session, ids: Collection[int]) -> dict[int, Named]:
    """Return entries by id, in one statement."""
    rows = session.execute(
        select(Entry, EntryVersion.content)
        .join(
            EntryVersion,
            (EntryVersion.entry_id == Entry.id) & (EntryVersion.no == Entry.version),
        )
        .where(Entry.id.in_(ids))
    )
    return {
        entry.id: Named(entry.code, content["title"], entry.published_at is not None)
        for entry, content in rows
    }


def title(session: Session, here: Gallery, entry_id: int, *, today: date) -> str:
    """Return an entry's title as the gallery shows it; "" for what it does not show any more."""
    row = session.execute(
        showing.with_sender(Entry, EntryVersion.content)
        .join(EntryVersion, showing.is_latest())
        .where(Entry.id == entry_id, showing.visible(today))
    ).one_or_none()
    return "" if row is None else showing.title(here, row[0], row[1])


def opened_at(session: Session, round_id: int) -> datetime | None:
    """Return since when an entry of a round is shown, the first of them."""
    return session.scalar(select(func.min(Entry.published_at)).where(Entry.round_id == round_id))


@dataclass(frozen=True, slots=True)
class Strike:
    """Votes struck in one act."""

    code: str
    at: datetime
    by: str
    reason: str
    votes: int


def strikes(session: Session, round_id: int) -> list[Strike]:
    """Return the acts that struck votes of a round, the latest first."""
    rows: Any = session.execute(
        select(Vote.strike, Vote.struck_at, Account.name, Vote.struck_reason, func.count())
        .join(Account, Account.id == Vote.struck_by)
        .where(Vote.round_id == round_id, Vote.strike.is_not(None))
        .group_by(Vote.strike, Vote.struck_at, Account.name, Vote.struck_reason)
        .order_by(Vote.struck_at.desc(), Vote.strike)
    )
    return [Strike(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Listed:
    """A vote of the list that is handed out."""

    account: str  # the account's code, to be hashed before anybody reads it
    at: datetime
    period: date
    entry: str
    blind_code: str  # the entry's name in the result's file
    is_struck: bool


def listed(session: Session, round_id: int) -> list[Listed]:
    """Return every vote of a round, struck ones too, oldest first."""
    rows = session.execute(
        select(Account.code, Vote.at, Vote.period, Entry.code, Entry.blind_code, Vote.struck_at)
        .join(Account, Account.id == Vote.account_id)
        .join(Entry, Entry.id == Vote.entry_id)
        .where(Vote.round_id == round_id)
        .order_by(Vote.at, Vote.id)
    )
    return [Listed(*row[:5], is_struck=row[5] is not None) for row in rows]


def to_forget(session: Session, now: datetime) -> int | None:
    """Return a round whose votes still name networks or devices past their time; None: none."""
    keeps = exists().where(Vote.round_id == Round.id, Vote.network > "")
    rows = session.execute(
        select(Round.id, Round.closes_at, Round.entries)
        .where(
            Round.kind == RoundKind.ENTRIES,
            Round.closes_at <= now - FORGET_AFTER,
            keeps,
        )
        .order_by(Round.closes_at, Round.id)
    )
    for id_, closes_at, kept in rows:
        rules = EntryRules.from_json(kept).vote if kept else None
        if rules is None or forgotten_at(closes_at, rules) <= now:
            return int(id_)
    return None
