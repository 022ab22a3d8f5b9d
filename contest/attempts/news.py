"""What is new for who writes or waits: announcements, more time, a pause. Asked for all the time.

A round's acts are counted on its row. Each process asks for that number every few seconds and for
nothing else while it stands; what a single attempt got is read again only when it grew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.attempts.models import Announcement, Attempt, GivenTime, Pause, Reopening, TimeGrant
from contest.contests.models import Round
from contest.core.cache import Cache

# Pages ask every 10 to 12 seconds; with this what was said is seen within 15.
NEWS_SECONDS = 2.5
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Item:
    """One thing said: an announcement's own words, or a number of minutes and why."""

    id: str  # the same on every page: "a12", "g7", "r3"
    at: datetime
    words: str = ""
    words_en: str = ""
    minutes: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RoundNews:
    """What everybody in a round is told."""

    acts_no: int
    paused_at: datetime | None
    pause_reason: str
    items: tuple[Item, ...]  # the newest first


@dataclass(frozen=True, slots=True)
class AttemptNews:
    """What one attempt got, and its clock."""

    acts_no: int
    deadline: datetime
    paused_at: datetime | None
    items: tuple[Item, ...]


QUIET = RoundNews(0, None, "", ())
_rounds: Cache[RoundNews] = Cache(size=500, seconds=NEWS_SECONDS)
_attempts: Cache[AttemptNews] = Cache(size=50_000, seconds=None)


def of_round(session: Session, round_id: int) -> RoundNews:
    """Return what is new in a round, at most `NEWS_SECONDS` old."""
    return _rounds.get(round_id, lambda: _read_round(session, round_id))


def _read_round(session: Session, round_id: int) -> RoundNews:
    """Read the count, and the rest when there is anything: one statement or three."""
    found = session.execute(
        select(Round.acts_no, Round.paused_at).where(Round.id == round_id)
    ).one()
    if not found.acts_no:
        return QUIET
    said = session.scalars(
        select(Announcement)
        .where(Announcement.round_id == round_id, Announcement.withdrawn_at.is_(None))
        .order_by(Announcement.id.desc())
        .limit(MOST_SHOWN)
    )
    items = tuple(Item(f"a{each.id}", each.at, each.words, each.words_en) for each in said)
    reason = session.scalar(
        select(Pause.reason).where(Pause.round_id == round_id, Pause.resumed_at.is_(None))
    )
    return RoundNews(found.acts_no, found.paused_at, reason or "", items)


def of_attempt(session: Session, attempt_id: int, acts_no: int) -> AttemptNews:
    """Return an attempt's clock and what it got, as of the `acts_no`-th act of its round."""
    kept = _attempts.peek(attempt_id)
    if kept is None or kept.acts_no != acts_no:
        kept = _read_attempt(session, attempt_id, acts_no)
        _attempts.put(attempt_id, kept)
    return kept


def _read_attempt(session: Session, attempt_id: int, acts_no: int) -> AttemptNews:
    clock = session.execute(
        select(Attempt.deadline, Attempt.paused_at).where(Attempt.id == attempt_id)
    ).one()
    given = session.execute(
        select(TimeGrant.id, TimeGrant.at, TimeGrant.seconds, TimeGrant.reason)
        .join(GivenTime, GivenTime.grant_id == TimeGrant.id)
        .where(GivenTime.attempt_id == attempt_id, GivenTime.new_deadline > GivenTime.old_deadline)
    )
    items = [Item(f"g{id_}", at, minutes=s // 60, reason=why) for id_, at, s, why in given]
    again = session.execute(
        select(Reopening.id, Reopening.at, Reopening.reason).where(
            Reopening.attempt_id == attempt_id
        )
    )
    items += [Item(f"r{id_}", at, reason=why) for id_, at, why in again]
    return AttemptNews(acts_no, clock.deadline, clock.paused_at, tuple(items))


def newest_first(*lists: Sequence[Item]) -> list[Item]:
    """Lay some lists of news together."""
    return sorted((item for items in lists for item in items), key=lambda item: item.at)[::-1]
