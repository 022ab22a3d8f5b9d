"""What a job's handler holds: its facts, its progress, its files, and the transactions it needs.

A handler is a thin function of a room's `jobs.py` that takes one `Work`. It reads and computes
outside any transaction, says how far it is at least twice a minute, and writes in one short
transaction at the end (`finish`) or in small batches that may be repeated (`step`): on SQLite
whoever writes keeps everybody's answers waiting. It may be killed at any moment and begun anew, so
whatever it does outside the database must bear repetition.

    def export(work: Work) -> None:
        with work.reading() as session:
            rows = queries.everything(session)
        work.attach("Câu hỏi.xlsx", XLSX, workbook(rows, tell=work.progress))
"""

import logging
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from contest.core import db, jobs
from contest.core.sealing import Sealer
from contest.core.storage import Storage
from contest.errors import N_, NotFound

log = logging.getLogger(__name__)

HEARTBEAT = timedelta(seconds=1)
LONGEST_NAME = 150  # characters of a file's name


class Stopping(Exception):
    """This worker ends; another shall do the job."""


class Work:
    """One try at one job, in the hands of one thread."""

    def __init__(
        self,
        claim: jobs.Claim,
        storage: Storage,
        *,
        clock_now: Callable[[], datetime],
        is_stopping: Callable[[], bool],
        sealer: Sealer | None = None,
    ) -> None:
        self.claim = claim
        self.storage = storage
        self._sealer = sealer
        self.is_finished = False
        self._now = clock_now
        self._is_stopping = is_stopping
        self._beat_at = clock_now()
        self._block: Session | None = None
        self._progress: dict[str, Any] = {}
        self._result: dict[str, Any] | None = None
        self._kept = jobs.KEPT

    @property
    def args(self) -> dict[str, Any]:
        return self.claim.args

    @property
    def by(self) -> int | None:
        """The account the job works for."""
        return self.claim.owner_id

    @property
    def sealer(self) -> Sealer:
        """What seals personal data; a worker without a secret key has none."""
        if self._sealer is None:
            raise RuntimeError("this worker was given no secret key")
        return self._sealer

    def now(self) -> datetime:
        return self._now()

    def progress(self, done: int, total: int = 0, stage: str = "") -> None:
        """Say how far the work is; call it often, it writes at most once a second.

        `total` is 0 while nobody knows; `stage` is an N_ sentence. Raises Cancelled, LeaseLost or
        Stopping, which the handler must let pass. Inside a block on SQLite it only remembers: the
        block holds the one write lock, and nobody can take the job over meanwhile.
        """
        self._progress = {"done": done, "total": total, "stage": stage}
        if self._is_stopping():
            raise Stopping(self.claim.code)
        now = self._now()
        if now - self._beat_at < HEARTBEAT:
            return
        if self._block is not None and not db.lock_for_update(self._block):
            return
        self._beat_at = now
        try:
            with db.transaction() as session:
                jobs.renew(session, self.claim, now=now, **self._progress)
        except OperationalError:
            log.warning("job %s: the database is busy; no heartbeat this time", self.claim.code)

    def reading(self) -> Session:
        """Open a session to read with: `with work.reading() as session`."""
        return db.reading_session()

    @contextmanager
    def step(self) -> Iterator[Session]:
        """Write one small batch, which stays even when the job fails later; LeaseLost undoes it."""
        with self._writing() as session:
            yield session
            self._beat_at = self._now()
            jobs.renew(session, self.claim, now=self._beat_at, **self._progress)

    @contextmanager
    def finish(self) -> Iterator[Session]:
        """Write the work and mark the job done, together or not at all."""
        with self._writing() as session:
            yield session
            facts = {"result": self._result, **self._progress}
            jobs.finish(session, self.claim, now=self._now(), kept=self._kept, **facts)
        self.is_finished = True

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        try:
            with db.transaction() as session:
                self._block = session
                yield session
        finally:
            self._block = None

    def source(self) -> BinaryIO:
        """Open the file the job was asked to read; NotFound when there is none."""
        if self.claim.source_key is None:
            raise NotFound(N_("Việc này không có tệp kèm theo."))
        return self.storage.open(self.claim.source_key)

    def attach(
        self,
        name: str,
        media_type: str,
        content: BinaryIO | bytes,
        *,
        kept: timedelta = jobs.KEPT,
    ) -> None:
        """Keep the file this job makes for its owner; the last one attached is the result.

        After `kept` the job and all its files go.
        Each try has a key of its own: a holder that lost its lease overwrites nobody's file.
        """
        key = f"{jobs.FOLDER}/{self.claim.code}/{self.claim.lease}"
        stored = self.storage.put(key, content, media_type)
        self._kept = kept
        self._result = {
            "key": key,
            "name": file_name(name),
            "type": media_type,
            "bytes": stored.bytes,
            "sha256": stored.sha256,
        }


def file_name(name: str) -> str:
    """Return a name every system takes: NFC, no control or path characters, not too long."""
    name = unicodedata.normalize("NFC", name)
    kept = "".join(" " if not sign.isprintable() or sign in '/\\:*?"<>|' else sign for sign in name)
    stem, dot, suffix = " ".join(kept.split()).rpartition(".")
    return f"{stem[: LONGEST_NAME - len(suffix) - 1].strip()}{dot}{suffix}"
