"""Media for the tests, and a worker that stands still at one moment, to be killed there.

`python tests/factories/media.py DATABASE_URL FOLDER MOMENT` says "here" when it stands.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import event
from sqlalchemy.orm import Session

from contest import tables, worker  # noqa: F401 -- so that relationship names resolve
from contest.core import db
from contest.core.storage import DiskStorage, Stored
from contest.media import jobs, service
from contest.media.models import Media
from contest.media.service import Sent
from contest.rules.media import Limits, What

LONG_AGO = datetime(2020, 1, 6, tzinfo=UTC)  # due by every machine's clock
HANDLERS: dict[str, worker.Handler] = {"media.process": jobs.process}
MOMENTS = ("fetching", "encoding", "storing", "stored", "committing", "committed")
FILES = 3  # of a clip whose frames are copied: 480p, poster, strip


def make_media(
    session: Session,
    files: DiskStorage,
    data: bytes,
    *,
    what: What = What.CLIP,
    subject: str = "entry:k7f2",
    name: str = "Bài dự thi 🎬.mp4",
    limits: Limits | None = None,
    now: datetime = LONG_AGO,
) -> Media:
    """Put a file into storage and take it in, as a room above does."""
    digest = hashlib.sha256(data).hexdigest()
    key = f"uploads/{digest[:12]}-{subject.replace(':', '-')}"
    files.put(key, data, "application/octet-stream")
    sent = Sent(key, len(data), digest, name)
    media = service.accept(
        session, sent, what=what, subject=subject, limits=limits or Limits(), by=None, now=now
    )
    session.commit()
    return media


class Standing(DiskStorage):
    """Storage that tells of each moment it comes to."""

    def __init__(self, root: Path, stand: Callable[[str], None]) -> None:
        super().__init__(root)
        self.stand = stand
        self.stored = 0

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        self.stand("fetching")
        return super().open(key, start, end)

    def put(self, key: str, content: BinaryIO | bytes, media_type: str) -> Stored:
        stored = super().put(key, content, media_type)
        self.stored += 1
        if self.stored == 1:
            self.stand("storing")
        if self.stored == FILES:
            self.stand("stored")
        return stored


def main(url: str, folder: str, moment: str) -> None:
    def stand(here: str) -> None:
        if here == moment:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            time.sleep(600)

    db.connect(url, pool_size=4)
    files = Standing(Path(folder), stand)

    def committing(_session: Session) -> None:
        if files.stored == FILES:
            stand("committing")

    event.listen(db.writing_session, "before_commit", committing)
    worker.work_once(HANDLERS, files)
    stand("committed")


if __name__ == "__main__":
    main(*sys.argv[1:])
