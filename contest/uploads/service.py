"""The life of an upload: opened, noted, completed, stored, kept or forgotten."""

import re
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.core import db, jobs
from contest.core.storage import Stored
from contest.core.work import file_name
from contest.errors import N_, NotAllowed, NotFound
from contest.rules.vietnamese import nfc
from contest.uploads import queries
from contest.uploads.models import State, Upload
from contest.uploads.terms import Asked, Terms

JOB = "uploads.finish"
TITLE = N_("Lưu tệp đã nhận")
NOTED_EVERY = timedelta(hours=1)  # a row is not written for each chunk
LONGEST = {"fingerprint": 100, "subject": 120}
MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,49}/[a-z0-9.+-]{1,49}")
UNKNOWN_TYPE = "application/octet-stream"
TOO_MANY = N_(
    "Bạn đang có %(count)s tệp gửi dở. Bạn hãy gửi tiếp các tệp đó, hoặc bỏ bớt rồi gửi tệp mới."
)


def clean(asked: Asked) -> Asked:
    """Return what is asked with its texts fit to store: NFC, no path characters, not too long."""
    return Asked(
        purpose=asked.purpose,
        subject=nfc(asked.subject)[: LONGEST["subject"]],
        name=file_name(asked.name) or "tep",
        media_type=asked.media_type if MEDIA_TYPE.fullmatch(asked.media_type) else UNKNOWN_TYPE,
        length=asked.length,
        fingerprint=nfc(asked.fingerprint)[: LONGEST["fingerprint"]],
    )


def open(  # noqa: A001 -- uploads.service.open is what it does
    session: Session,
    asked: Asked,
    terms: Terms,
    *,
    code: str,
    sent_metadata: str = "",
    by: int,
    now: datetime,
    lasts: timedelta,
) -> Upload:
    """Write the row of a file to come; its empty file under `code` is there already.

    Raises TooLarge, Invalid or TooLate as the terms say, NotAllowed over the quota of files half
    sent. `lasts` is how long the upload waits after its last byte.
    """
    terms.check(asked, now=now)
    # One account's uploads are opened one after the other, so that the quota holds.
    session.execute(select(Account.id).where(Account.id == by).with_for_update())
    count = queries.count_unfinished(session, by=by, purpose=asked.purpose)
    if count >= terms.most_unfinished:
        raise NotAllowed(TOO_MANY, count=count)
    upload = Upload(
        code=code,
        owner_id=by,
        purpose=asked.purpose,
        subject=asked.subject,
        name=asked.name,
        media_type=asked.media_type,
        fingerprint=asked.fingerprint,
        sent_metadata=sent_metadata,
        length=asked.length,
        state=State.COMING,
        created_at=now,
        closes_at=terms.taken_until,
        expires_at=now + lasts,
    )
    session.add(upload)
    session.flush()
    return upload


def asked(upload: Upload) -> Asked:
    """Return what was asked when the upload was opened."""
    return Asked(
        purpose=upload.purpose,
        subject=upload.subject,
        name=upload.name,
        media_type=upload.media_type,
        length=upload.length,
        fingerprint=upload.fingerprint,
    )


def prolong(session: Session, code: str, *, closes_at: datetime | None) -> None:
    """Take bytes until later than was said at the beginning (None: without an end)."""
    coming = (Upload.code == code, Upload.state == State.COMING)
    session.execute(update(Upload).where(*coming).values(closes_at=closes_at))


def is_note_due(upload: Upload, *, now: datetime, lasts: timedelta) -> bool:
    """Say whether bytes that came at `now` move the expiry enough to be written."""
    return upload.expires_at is not None and now + lasts - upload.expires_at >= NOTED_EVERY


def note(session: Session, code: str, *, now: datetime, lasts: timedelta) -> None:
    """Put the expiry off: bytes came."""
    coming = (Upload.code == code, Upload.state == State.COMING)
    session.execute(update(Upload).where(*coming).values(expires_at=now + lasts))


def complete(session: Session, code: str, *, by: int, now: datetime) -> bool:
    """Mark the upload received and let a worker take it, together; False when it was before."""
    coming = (Upload.code == code, Upload.owner_id == by, Upload.state == State.COMING)
    received = {"state": State.RECEIVED, "received_at": now, "expires_at": None}
    changed = session.execute(update(Upload).where(*coming).values(**received).returning(Upload.id))
    if changed.scalar() is None:
        return False
    jobs.enqueue(
        session, JOB, {"code": code}, title=TITLE, subject=f"upload:{code}", by=by, now=now
    )
    return True


def stored(
    session: Session, code: str, *, key: str, what: Stored, now: datetime, lasts: timedelta
) -> bool:
    """Note where the file lies; False when the upload was removed or stored meanwhile.

    What nobody keeps expires `lasts` later.
    """
    upload = session.scalar(select(Upload).where(Upload.code == code).with_for_update())
    if upload is None or upload.state != State.RECEIVED:
        return False
    upload.state = State.READY
    upload.storage_key, upload.sha256, upload.ready_at = key, what.sha256, now
    upload.expires_at = None if upload.kept_at else now + lasts
    session.flush()
    return True


def keep(session: Session, code: str, *, by: int, purpose: str, now: datetime) -> Upload:
    """Take the account's received file for good: it expires no more.

    NotFound when there is none for the purpose, NotAllowed while bytes are missing.
    """
    upload = queries.own(session, code, by=by, locks=True)
    if upload.purpose != purpose:
        raise NotFound(queries.NONE)
    if upload.state == State.COMING:
        raise NotAllowed(N_("Tệp này chưa gửi xong. Bạn hãy gửi tiếp phần còn lại."))
    upload.kept_at = upload.kept_at or now
    upload.expires_at = None
    session.flush()
    return upload


def remove(session: Session, code: str, *, by: int) -> None:
    """Forget the account's upload; its bytes go after the commit. NotAllowed once it is kept."""
    upload = queries.own(session, code, by=by, locks=True)
    if upload.kept_at is not None:
        raise NotAllowed(N_("Tệp này đã thuộc một bài dự thi nên không bỏ ở đây được."))
    session.delete(upload)
    session.flush()


def forget(session: Session, upload: Upload) -> list[str]:
    """Delete the row of an upload nobody needs; return the keys to delete after the commit."""
    keys = [upload.storage_key] if upload.storage_key else []
    session.delete(upload)
    session.flush()
    return keys


def forget_expired(session: Session, *, now: datetime, limit: int = 100) -> list[str]:
    """Delete rows whose time is over; return their codes, whose bytes go after the commit."""
    old = select(Upload.id).where(Upload.expires_at <= now).order_by(Upload.id).limit(limit)
    if db.lock_for_update(session):
        old = old.with_for_update(skip_locked=True)
    gone = delete(Upload).where(Upload.id.in_(old.scalar_subquery())).returning(Upload.code)
    return list(session.scalars(gone, execution_options={"synchronize_session": False}))
