"""A job for the tests, and a worker that stands still at one moment of it, to be killed there.

`python tests/factories/doomed.py DATABASE_URL FOLDER MOMENT` says "here" when it stands.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import event

from contest import worker
from contest.core import audit, db
from contest.core.storage import DiskStorage
from contest.core.work import Work

NAME = "test.write"
MOMENTS = ("claimed", "stepped", "attached", "written", "committing", "committed")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def writing(stand: Callable[[str], None]) -> worker.Handler:
    """Return a job's function that calls `stand` with each moment it comes to."""

    def write(work: Work) -> None:
        stand("claimed")
        with work.step() as session:
            audit.record(session, "test.step", "x", by=None, now=NOW)
        stand("stepped")
        work.attach("Kết quả.txt", "text/plain", f"lần {work.claim.tries}".encode())
        stand("attached")
        with work.finish() as session:
            audit.record(session, "test.finish", "x", by=None, now=NOW)
            session.flush()
            stand("written")
            event.listen(session, "before_commit", lambda _: stand("committing"))
        stand("committed")

    return write


def main(url: str, folder: str, moment: str) -> None:
    def stand(here: str) -> None:
        if here == moment:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            time.sleep(600)

    db.connect(url, pool_size=4)
    worker.work_once({NAME: writing(stand)}, DiskStorage(Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
