"""On what terms files for entries are taken: asked before the first byte, shown on the page."""

from datetime import datetime
from pathlib import PurePosixPath

from sqlalchemy.orm import Session

from contest.core.visitor import Visitor
from contest.entries import files, queries, service
from contest.entries.queries import PURPOSE, Owned
from contest.errors import N_, Invalid, NotAllowed, NotFound
from contest.rules.entry_rules import EntryKind, EntryRules
from contest.rules.media import EMPTY, What
from contest.uploads import desk
from contest.uploads.desk import Box
from contest.uploads.terms import Asked, Terms

MOST_SENT = 60  # files ever sent for one entry, replaced ones too
FULL = N_("Bài này đã đủ %(most)s tệp. Bạn hãy bỏ bớt một tệp rồi gửi tệp mới.")
SENT_OFTEN = N_("Bài này đã gửi %(most)s tệp, kể cả tệp đã thay. Bạn hãy liên hệ ban tổ chức.")
SUFFIXES = {
    What.CLIP: (
        *(".mp4", ".mov", ".m4v", ".3gp", ".3g2", ".webm", ".mkv", ".avi", ".ts"),
        *(".mts", ".m2ts"),
    ),
    What.PICTURE: (".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif"),
    What.DOCUMENT: (".docx", ".pdf"),
}
MEDIA_TYPES = {What.CLIP: ("video/*",), What.PICTURE: ("image/*",), What.DOCUMENT: ()}


def terms(owned: Owned, what: What) -> Terms:
    """Return what may be sent for an entry, whoever asks."""
    rules = EntryRules.from_json(owned.round.entries)
    return Terms(
        most_bytes=rules.limits(what).most_bytes,
        suffixes=SUFFIXES[what],
        media_types=MEDIA_TYPES[what],
        closes_at=owned.round.closes_at,
        grace=rules.grace,
    )


def policy(session: Session, asked: Asked, by: Visitor, now: datetime) -> Terms:
    """Let the sender of an entry send a file it takes, until closing; see uploads.terms.Policy."""
    code, what = files.read_subject(asked.subject)
    owned = queries.own(session, code, by=by.id)
    most = EntryRules.from_json(owned.round.entries).most_files(EntryKind(owned.entry.kind), what)
    if not most:
        raise NotFound(queries.NO_ENTRY)
    service.ensure_changeable(owned, now)
    # The plain form asks once before it knows name and length; its stand-in has no suffix.
    if PurePosixPath(asked.name).suffix and not asked.length:
        raise Invalid(EMPTY)
    if most > 1 and sum(each.what == what for each in owned.files) >= most:
        raise NotAllowed(FULL, most=most)
    if len(owned.entry.files) >= MOST_SENT:
        raise NotAllowed(SENT_OFTEN, most=MOST_SENT)
    return terms(owned, what)


def box(session: Session, owned: Owned, what: What, *, next_url: str) -> Box:
    """Lay out the sending of one file of a sort."""
    return desk.box(
        session,
        terms(owned, what),
        purpose=PURPOSE,
        subject=files.subject(owned.entry.code, what),
        by=owned.registration.account_id,
        next_url=next_url,
    )
