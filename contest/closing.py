"""What the clock brings about, in order: hand in → count → settle → measure → forget.

Each step does a bounded piece of work in the transaction it is given and returns how much it did,
so that the worker can repeat it until nothing is left. Nothing depends on a step being prompt:
whether an attempt is open is decided by its stored deadline.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from contest.attempts import granting, pausing
from contest.attempts import queries as attempts_read
from contest.attempts import service as attempts
from contest.contests import queries as contests
from contest.core import audit
from contest.entries import comparing
from contest.entries import files as entry_files
from contest.entries import service as entries
from contest.identities import queries as identities_read
from contest.identities import service as identities
from contest.judging import assigning, conflicts
from contest.standings import service as standings
from contest.votes import service as votes
from question_bank import service as bank

BATCH = 200

Step = Callable[[Session, datetime, ZoneInfo], int]


def catch_up_acts(session: Session, now: datetime, _zone: ZoneInfo) -> int:
    """Reach who started while organizers gave more time or paused the round."""
    return granting.catch_up(session, now=now) + pausing.catch_up(session, now=now)


def hand_in_overdue(session: Session, now: datetime, _zone: ZoneInfo) -> int:
    """Hand in for everybody whose time ran out and who did not come back."""
    return attempts.expire_overdue(session, now=now, limit=BATCH)


def count_handed_in(session: Session, now: datetime, zone: ZoneInfo) -> int:
    """Take handed-in papers into the provisional boards."""
    return standings.catch_up(session, now=now, zone=zone, limit=BATCH)


def drop_reopened(session: Session, now: datetime, zone: ZoneInfo) -> int:
    """Take off the provisional boards what was opened again."""
    return standings.drop_reopened(session, now=now, zone=zone, limit=BATCH)


def count_exposure(session: Session, now: datetime, _zone: ZoneInfo) -> int:
    """Count the papers each question stood in, practice included."""
    found = attempts_read.unexposed(session, limit=BATCH)
    drawn = Counter(row["v"] for attempt in found for row in attempt.paper)
    if found:
        bank.count_papers(session, drawn, {})
        attempts.mark_exposed(session, [attempt.id for attempt in found], now=now)
    return len(found)


def settle_closed(session: Session, now: datetime, zone: ZoneInfo) -> int:
    """Make the results of one closed round official, once nobody can write in it any more.

    How hard its questions proved is counted only now: while a round runs, every paper of it is
    balanced against the same figures.
    """
    for round_ in contests.unsettled(session, now):
        if standings.settle(session, round_.id, now=now, zone=zone):
            bank.count_papers(session, {}, attempts_read.marked(session, round_.id))
            return 1
    return 0


def settle_judged(session: Session, now: datetime, zone: ZoneInfo) -> int:
    """Take one result that a jury published into the boards."""
    return standings.settle_judged(session, now=now, zone=zone)


def measure_boards(session: Session, now: datetime, _zone: ZoneInfo) -> int:
    """Lay steps on one long board that changed."""
    return standings.lay_due_steps(session, now=now)


def attach_entry_files(session: Session, now: datetime, _zone: ZoneInfo) -> int:
    """Make what was received for entries part of them, whether or not the page is still open."""
    return entry_files.attach_received(session, now=now, limit=BATCH)


def take_in_entry_files(session: Session, now: datetime, _zone: ZoneInfo) -> int:
    """Ask for stored files of entries to be made watchable."""
    return entry_files.take_in(session, now=now, limit=BATCH)


def hand_in_late_entries(session: Session, now: datetime, _zone: ZoneInfo) -> int:
    """Hand in whole entries whose file, begun before closing, came in within the grace."""
    return entries.hand_in_late(session, now=now)


def forget_identities(session: Session, now: datetime, _zone: ZoneInfo) -> int:
    """Delete what people gave for one contest once its days are over, as its rules promise."""
    past = {each.id: each for each in contests.past_keeping(session, now)}
    contest_id = identities_read.kept_for_one_of(session, past)
    if contest_id is None:
        return 0
    gone = identities.forget(session, contest_id, limit=BATCH)
    contest = past[contest_id]
    audit.record(
        session,
        "identities.forget",
        f"contest:{contest.code}",
        by=None,
        now=now,
        unit_id=contest.unit_id,
        contest=contest.code,
        gone=gone,
    )
    return gone


def compare_entries(session: Session, now: datetime, _zone: ZoneInfo) -> int:
    """Ask for the comparing of entries' files that became ready."""
    return comparing.ask_due(session, now=now, limit=BATCH)


def look_after_juries(session: Session, now: datetime, _zone: ZoneInfo) -> int:
    """Take entries that are gone off their judges; find conflicts with what came in late."""
    ended = assigning.end_gone(session, now=now, limit=BATCH)
    return ended + conflicts.find_due(session, now=now)


def forget_networks(session: Session, now: datetime, _zone: ZoneInfo) -> int:
    """Blank the networks and devices of public votes that closed long enough ago."""
    return votes.forget(session, now=now, limit=BATCH)


STEPS: tuple[Step, ...] = (
    catch_up_acts,
    hand_in_overdue,
    count_handed_in,
    drop_reopened,
    count_exposure,
    settle_closed,
    settle_judged,
    measure_boards,
    attach_entry_files,
    take_in_entry_files,
    hand_in_late_entries,
    forget_identities,
    forget_networks,
    compare_entries,
    look_after_juries,
)
