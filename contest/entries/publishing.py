"""What goes into the gallery and out of it; every act stands in the log."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from contest.contests import queries as contests
from contest.contests.models import Contest, Round
from contest.core import audit
from contest.entries import selecting, showing
from contest.entries.models import Entry
from contest.entries.showing import Gallery
from contest.errors import N_, Conflict, NotFound, TooEarly

NOT_YET = N_("Bài chỉ được trưng bày sau khi không ai còn sửa bài được nữa, tức là từ %(moment)s.")
NOT_SHOWN = N_("Bài này không có trong trang trưng bày, nên không cần gỡ.")


def owned(
    session: Session, contest_code: str, round_code: str, paths: tuple[str, ...]
) -> tuple[Contest, Gallery]:
    """Return a contest of the organizer's part of the tree and its round's gallery; NotFound."""
    contest = contests.owned_one(session, contest_code, paths)
    for each in contest.rounds:
        found = showing.of_round(contest, each) if each.code == round_code else None
        if found is not None:
            return contest, found
    raise NotFound(showing.NO_GALLERY)


def publish(
    session: Session, here: Gallery, code: str, *, by: int, now: datetime, today: date
) -> Entry:
    """Show one entry to everybody; once more changes nothing.

    A taken-down entry may be shown again so: a person decided it. Raises TooEarly while entries
    may still change, NotFound unless it is handed in, Conflict with the reason when consent or a
    watchable file is missing.
    """
    _ensure_closed(here, now)
    entry, account, content = selecting.found(session, here.round.id, code, locks=True)
    is_ready = not selecting.not_ready(session, {entry.id: content})
    if wrong := selecting.lacks(entry, account, today=today, is_ready=is_ready):
        raise Conflict(selecting.LACKS[wrong])
    if entry.published_at is None:
        entry.published_at, entry.takedown = now, None
        _note(session, "gallery.publish", here.contest, entry, by=by, now=now)
    session.flush()
    return entry


def publish_all(session: Session, here: Gallery, *, by: int, now: datetime, today: date) -> int:
    """Show everything that may be shown; return how many came in anew.

    What an organizer took down stays down. Raises TooEarly as `publish` does.
    """
    _ensure_closed(here, now)
    found = selecting.publishable(session, here.round.id, today=today)
    for entry in found:
        entry.published_at = now
    if found:
        audit.record(
            session,
            "gallery.publish_all",
            f"round:{here.contest.code}/{here.round.code}",
            by=by,
            now=now,
            unit_id=here.contest.unit_id,
            contest=here.contest.code,
            count=len(found),
        )
    session.flush()
    return len(found)


def _ensure_closed(here: Gallery, now: datetime) -> None:
    if now < here.opens_at:
        raise TooEarly(NOT_YET, moment=here.opens_at)


def take_down(
    session: Session, here: Gallery, code: str, *, reason: str, by: int, now: datetime
) -> Entry:
    """Take an entry out of the gallery; its sender reads `Entry.takedown`. Conflict: not in it."""
    entry, _account, _content = selecting.found(session, here.round.id, code, locks=True)
    if entry.published_at is None:
        raise Conflict(NOT_SHOWN)
    remove(session, here.contest, entry, reason=reason, by=by, now=now)
    return entry


def remove(
    session: Session, contest: Contest, entry: Entry, *, reason: str, by: int, now: datetime
) -> None:
    """Take a locked entry out of the gallery with a reason."""
    entry.published_at, entry.takedown = None, reason
    _note(session, "gallery.take_down", contest, entry, by=by, now=now, reason=reason)
    session.flush()


def withdraw_consent(session: Session, entry: Entry, *, by: int, now: datetime) -> None:
    """Take back the sender's consent: the entry leaves the gallery at once. Twice is once.

    The caller has made sure that `by` is the sender, and holds the entry's row.
    """
    if not entry.shows_in_gallery and entry.published_at is None:
        return
    entry.shows_in_gallery, entry.published_at = False, None
    entry.guardian_sealed = entry.guardian_agreed_at = None
    round_ = session.get_one(Round, entry.round_id)
    contest = session.get_one(Contest, round_.contest_id)
    _note(session, "gallery.withdraw_consent", contest, entry, by=by, now=now)
    session.flush()


def withdraw_own(session: Session, code: str, *, by: int, now: datetime) -> Entry:
    """Take back one's consent for an own entry; NotFound for anybody else's."""
    entry, _contest = selecting.lock_own(session, code, by)
    withdraw_consent(session, entry, by=by, now=now)
    return entry


def _note(
    session: Session,
    act: str,
    contest: Contest,
    entry: Entry,
    *,
    by: int,
    now: datetime,
    **facts: object,
) -> None:
    audit.record(
        session,
        act,
        f"entry:{entry.code}",
        by=by,
        now=now,
        unit_id=contest.unit_id,
        contest=contest.code,
        **facts,
    )
