"""A few words of the organizers to everybody who writes or waits in a round."""

from datetime import datetime

from sqlalchemy.orm import Session

from contest.attempts.models import Announcement
from contest.contests import running
from contest.core import db
from contest.core.visitor import Visitor
from contest.errors import N_, NotFound


def announce(
    session: Session,
    contest: str,
    round_: str,
    *,
    words: str,
    words_en: str,
    token: str,
    by: Visitor,
    now: datetime,
) -> None:
    """Say something to everybody who writes or waits in the round. Twice is once."""
    found = running.lock_round(session, contest, round_, by=by)
    row = Announcement(
        token=token,
        round_id=found.id,
        words=words,
        words_en=words_en,
        by=by.id,
        at=now,
        withdrawn_at=None,
        withdrawn_by=None,
    )
    if db.insert_free(session, row) is not None:
        running.note(session, found, "attempts.announce", by=by.id, now=now, announcement=row.id)


def withdraw(
    session: Session, contest: str, round_: str, announcement_id: int, *, by: Visitor, now: datetime
) -> None:
    """Take an announcement off the pages; it stays on record."""
    found = running.lock_round(session, contest, round_, by=by)
    row = session.get(Announcement, announcement_id)
    if row is None or row.round_id != found.id:
        raise NotFound(N_("Không tìm thấy lời nhắn này."))
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = now, by.id
        facts = {"announcement": announcement_id}
        running.note(session, found, "attempts.withdraw", by=by.id, now=now, **facts)
