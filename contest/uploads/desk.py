"""What the doors of uploads share: the staging folder, the policies, how many receive at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from flask import Flask, current_app, url_for
from sqlalchemy.orm import Session

from contest.config import Settings
from contest.core import ids
from contest.core.visitor import Visitor
from contest.errors import N_, NotFound
from contest.uploads import plain_form, queries, staging
from contest.uploads.protocol import Refused
from contest.uploads.staging import CODE_LENGTH, Staging
from contest.uploads.terms import MEBIBYTE, Asked, Policy, Terms
from contest.web.threads import Threads

KIBIBYTE = 1024
MOST_OF_ONE = 3  # requests at once of one account: an old one may still be letting go
SENDERS = "senders"
RETRY_SECONDS = {423: 2, 503: 2, 507: 60}

DISK_FULL = N_(
    "Máy chủ sắp hết chỗ chứa nên tạm ngừng nhận tệp. Phần đã gửi vẫn được giữ. "
    "Bạn thử lại sau ít phút."
)
CROWDED = N_("Đang có nhiều người gửi tệp. Phần đã gửi vẫn được giữ, bạn đợi vài giây rồi thử lại.")


@dataclass(frozen=True, slots=True)
class Desk:
    """One site's receiving of files; `policies` is filled by the rooms that want files."""

    staging: Staging
    chunk: int  # most bytes in one request
    floor: int  # bytes that stay free on the disk
    lasts: timedelta
    threads: Threads  # of this process: receiving takes slots of them
    busy: Counter[int] = field(default_factory=Counter)  # account → requests
    lock: Lock = field(default_factory=Lock)
    policies: dict[str, Policy] = field(default_factory=dict)

    def terms(self, session: Session, asked: Asked, *, by: Visitor, now: datetime) -> Terms:
        """Ask the purpose's policy; NotFound when nobody wants such files."""
        policy = self.policies.get(asked.purpose)
        if policy is None:
            raise NotFound(N_("Trang này không nhận loại tệp đó."))
        return policy(session, asked, by, now)

    def ensure_room(self, length: int, *, is_new: bool) -> None:
        """Refuse (507) what would fill the disk; a file begun may use half of what stays free."""
        if self.staging.free() - length < (self.floor if is_new else self.floor // 2):
            raise Refused(507, "disk-full", DISK_FULL)

    @contextmanager
    def receiving(self, account_id: int) -> Iterator[None]:
        """Take one of the slots: slow links must leave threads for everybody's answers."""
        with self.lock:
            is_free = self.busy[account_id] < MOST_OF_ONE and self.threads.take(SENDERS)
            if not is_free:
                raise Refused(503, "crowded", CROWDED)
            self.busy[account_id] += 1
        try:
            yield
        finally:
            self.threads.give_back(SENDERS)
            with self.lock:
                self.busy[account_id] -= 1
                if not self.busy[account_id]:
                    del self.busy[account_id]


def install(app: Flask, settings: Settings) -> None:
    """Give the site its desk."""
    app.extensions["uploads"] = Desk(
        staging=staging.of(settings.data_dir),
        chunk=settings.upload_chunk_kb * KIBIBYTE,
        floor=settings.disk_floor_mb * MEBIBYTE,
        lasts=timedelta(hours=settings.upload_hours),
        threads=app.extensions["threads"],
    )


def here() -> Desk:
    """Return the desk of the site that answers this request."""
    found: Desk = current_app.extensions["uploads"]
    return found


def is_code(text: str) -> bool:
    """Say whether an address may name an upload."""
    return len(text) == CODE_LENGTH and set(text) <= set(ids.ALPHABET)


@dataclass(frozen=True, slots=True)
class HalfSent:
    """A file the account began to send; the page goes on when it is chosen again."""

    code: str
    url: str
    name: str
    fingerprint: str
    length: int
    offset: int
    percent: int


@dataclass(frozen=True, slots=True)
class Box:
    """What templates/uploads/_send.html needs to take one file."""

    purpose: str
    subject: str
    most_bytes: int
    most_plain_bytes: int
    suffixes: tuple[str, ...]
    accept: str  # for the file chooser
    chunk: int
    closes_at: datetime | None
    grace: timedelta
    half_sent: tuple[HalfSent, ...]
    url: str
    plain_url: str


def box(
    session: Session, terms: Terms, *, purpose: str, subject: str, by: int, next_url: str = ""
) -> Box:
    """Lay out the sending of one file for a page; `next_url` is where its receipt leads back to."""
    desk = here()
    rows = queries.unfinished(session, by=by, purpose=purpose, subject=subject)
    return Box(
        purpose=purpose,
        subject=subject,
        most_bytes=terms.most_bytes,
        most_plain_bytes=min(terms.most_bytes, plain_form.MOST_BYTES),
        suffixes=terms.suffixes,
        accept=",".join((*terms.media_types, *terms.suffixes)),
        chunk=desk.chunk,
        closes_at=terms.closes_at,
        grace=terms.grace,
        half_sent=tuple(
            HalfSent(
                code=row.code,
                url=url_for("tus.offset", code=row.code),
                name=row.name,
                fingerprint=row.fingerprint,
                length=row.length,
                offset=(offset := desk.staging.size(row.code) or 0),
                percent=offset * 100 // max(1, row.length),
            )
            for row in rows
        ),
        url=url_for("tus.create"),
        plain_url=url_for("uploads.plain", purpose=purpose, subject=subject, next=next_url or None),
    )
