"""Votes given, moved and taken back; votes struck and given back; networks forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from contest.core import audit, db, ids
from contest.core.sealing import Sealer
from contest.entries import showing
from contest.entries.models import Entry
from contest.entries.showing import Gallery, Shown
from contest.errors import N_, Conflict, NotAllowed, NotFound, TooLate
from contest.rules import voting
from contest.rules.entry_rules import VoteRules
from contest.rules.timing import local_day
from contest.votes import queries
from contest.votes.models import Vote
from contest.votes.queries import Listed

NO_VOTE = N_("Đợt thi này không có bình chọn.")
STRUCK = N_("Ban tổ chức đã loại phiếu này của bạn. Lý do: %(reason)s")
NOTHING_THERE = N_("Không còn phiếu nào như vậy để loại. Hãy tải lại trang.")
NO_STRIKE = N_("Không tìm thấy lần loại phiếu này.")
NOT_OFFICIAL = N_("Danh sách phiếu bình chọn được công bố cùng kết quả chính thức.")
SETTLED = N_("Kết quả đã công bố với các phiếu này, nên không loại hay trả lại phiếu được nữa.")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a vote comes from, hashed: neither the device nor the address can be read from it."""

    device: str
    network: str


def origin(device: str, address: str, sealer: Sealer) -> Origin:
    """Return a vote's origin; the network is IPv4 /24 or IPv6 /48, hashed with our key."""
    found = voting.network(address)
    return Origin(device, sealer.blind(f"vote/{found}") if found else "")


def rules_of(here: Gallery) -> VoteRules:
    """Return the rules of a gallery's vote; NotFound when there is none."""
    if here.rules.vote is None:
        raise NotFound(NO_VOTE)
    return here.rules.vote


def period(here: Gallery, now: datetime, zone: ZoneInfo) -> date:
    """Return what a vote given now is counted under."""
    return voting.period(
        rules_of(here),
        today=local_day(now, zone),
        closing_day=local_day(here.round.closes_at, zone),
    )


def ended_at(here: Gallery) -> datetime:
    """Return when the vote ends: as its rules say, or with the results when they come earlier."""
    end = voting.closes_at(here.round.closes_at, rules_of(here))
    settled_at = here.round.settled_at
    return end if settled_at is None else min(end, settled_at)


def ensure_open(here: Gallery, now: datetime) -> None:
    """Raise TooEarly or TooLate while no vote is taken."""
    if refused := voting.why_closed(here.round.closes_at, rules_of(here), now):
        raise refused
    if now >= (end := ended_at(here)):
        raise TooLate(voting.CLOSED, moment=end)


def vote(
    session: Session,
    here: Gallery,
    code: str,
    *,
    origin: Origin,
    by: int,
    now: datetime,
    zone: ZoneInfo,
) -> Vote:
    """Vote for a shown entry; within the period a vote for another moves here.

    The unique key of round, account and period has the last word. Raises NotFound for what is not
    shown, TooEarly or TooLate outside the vote's time, and what the rule of voting.why_not says.
    """
    ensure_open(here, now)
    entry = showing.one(session, here, code, today=local_day(now, zone))
    voter = queries.voter(session, here.contest, by)
    if refused := voting.why_not(voter, now, is_own=entry.account_id == by):
        raise refused
    day = period(here, now, zone)
    fresh = Vote(
        round_id=here.round.id,
        entry_id=entry.id,
        account_id=by,
        period=day,
        at=now,
        device=origin.device,
        network=origin.network,
        struck_reason="",
    )
    if (made := db.insert_free(session, fresh)) is not None:
        return made
    mine = queries.own(session, here.round.id, by, day, locks=True)
    if mine is None:  # taken back this very moment, in another tab
        raise Conflict(N_("Bạn vừa đổi phiếu ở một trang khác. Hãy tải lại trang."))
    return _move(session, mine, entry, origin, now)


def _move(session: Session, mine: Vote, entry: Shown, origin: Origin, now: datetime) -> Vote:
    _ensure_not_struck(mine)
    if mine.entry_id != entry.id:
        mine.entry_id, mine.at = entry.id, now
        mine.device, mine.network = origin.device, origin.network
        session.flush()
    return mine


def _ensure_not_struck(mine: Vote) -> None:
    if mine.struck_at is not None:
        raise NotAllowed(STRUCK, reason=mine.struck_reason)


def take_back(session: Session, here: Gallery, *, by: int, now: datetime, zone: ZoneInfo) -> None:
    """Take back one's vote of this period; twice is once. A struck vote stays as it is."""
    ensure_open(here, now)
    mine = queries.own(session, here.round.id, by, period(here, now, zone), locks=True)
    if mine is not None:
        _ensure_not_struck(mine)
        session.delete(mine)
        session.flush()


@dataclass(frozen=True, slots=True)
class OfBurst:
    """The votes of one entry between two moments, both included."""

    entry: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class OfDevice:
    """The votes from one device."""

    device: str


def strike(
    session: Session,
    here: Gallery,
    cluster: OfBurst | OfDevice,
    *,
    reason: str,
    by: int,
    now: datetime,
) -> int:
    """Let the votes of a cluster not count; return how many. They can be given back.

    Raises NotFound when none is there (any more), TooLate once the results are official.
    """
    _ensure_unsettled(here)
    act = ids.new_code()
    struck = session.execute(
        update(Vote)
        .where(Vote.round_id == here.round.id, Vote.struck_at.is_(None), condition(cluster))
        .values(struck_at=now, struck_by=by, struck_reason=reason, strike=act)
        .returning(Vote.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not struck:
        raise NotFound(NOTHING_THERE)
    _note(session, here, "votes.strike", by=by, now=now, count=len(struck), reason=reason)
    return len(struck)


def condition(cluster: OfBurst | OfDevice) -> ColumnElement[bool]:
    """Return the condition that a vote belongs to a cluster."""
    if isinstance(cluster, OfDevice):
        return (Vote.device == cluster.device) & (Vote.device != "")
    entry = select(Entry.id).where(Entry.code == cluster.entry).scalar_subquery()
    return (Vote.entry_id == entry) & Vote.at.between(cluster.since, cluster.until)


def give_back(session: Session, here: Gallery, act: str, *, by: int, now: datetime) -> int:
    """Let the votes struck in one act count again; return how many. NotFound: no such act."""
    _ensure_unsettled(here)
    back = session.execute(
        update(Vote)
        .where(Vote.round_id == here.round.id, Vote.strike == act)
        .values(struck_at=None, struck_by=None, struck_reason="", strike=None)
        .returning(Vote.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not back:
        raise NotFound(NO_STRIKE)
    _note(session, here, "votes.give_back", by=by, now=now, count=len(back))
    return len(back)


def _ensure_unsettled(here: Gallery) -> None:
    if here.round.settled_at is not None:
        raise TooLate(SETTLED)


def _note(
    session: Session, here: Gallery, act: str, *, by: int, now: datetime, **facts: object
) -> None:
    audit.record(
        session,
        act,
        f"round:{here.contest.code}/{here.round.code}",
        by=by,
        now=now,
        unit_id=here.contest.unit_id,
        contest=here.contest.code,
        **facts,
    )
    session.flush()


def anonymous(session: Session, here: Gallery, sealer: Sealer) -> list[tuple[str, ...]]:
    """Return every vote of a round as rows of text: who (hashed), period, moment, entry, counts.

    The hash is keyed and holds the round: the same account has another hash in another round, and
    nobody without our key can try accounts out. Counting the rows with "1" by entry gives `counts`.
    """
    return [
        (who, each.period.isoformat(), each.at.isoformat(timespec="seconds"), each.entry, counts)
        for who, each, counts in _hashed(session, here, sealer)
    ]


def _hashed(session: Session, here: Gallery, sealer: Sealer) -> Iterator[tuple[str, Listed, str]]:
    """Give each vote with its account's hash, and "1" where it counts."""
    prefix = f"votes/{here.contest.code}/{here.round.code}"
    hashes: dict[str, str] = {}
    for each in queries.listed(session, here.round.id):
        who = hashes.get(each.account)
        if who is None:
            who = hashes[each.account] = sealer.blind(f"{prefix}/{each.account}")[:16]
        yield who, each, "0" if each.is_struck else "1"


def published(session: Session, here: Gallery, sealer: Sealer) -> list[tuple[str, ...]]:
    """Return what everybody may count again: who (hashed), period, entry, counts.

    Entries go by their codes in the result's file. Without the moment, in no order of time: who
    saw somebody vote shall not find their other votes by it. NotFound before official results.
    """
    rules_of(here)
    if here.round.settled_at is None:
        raise NotFound(NOT_OFFICIAL)
    return sorted(
        (who, each.period.isoformat(), each.blind_code, counts)
        for who, each, counts in _hashed(session, here, sealer)
    )


def forget(session: Session, *, now: datetime, limit: int) -> int:
    """Blank networks and devices of votes that closed long enough ago; return how many votes."""
    round_id = queries.to_forget(session, now)
    if round_id is None:
        return 0
    some = (
        select(Vote.id)
        .where(Vote.round_id == round_id, Vote.network > "")
        .order_by(Vote.id)
        .limit(limit)
    )
    done = session.execute(
        update(Vote)
        .where(Vote.id.in_(some))
        .values(network="", device="")
        .returning(Vote.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(done)
