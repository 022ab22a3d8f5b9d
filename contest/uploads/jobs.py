"""What the worker does: move a received file into storage, and sweep what expired."""

import io
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import BinaryIO, TypeVar

from contest.core import db
from contest.core.storage import Storage
from contest.core.work import Work
from contest.errors import N_
from contest.uploads import queries, service
from contest.uploads.models import State
from contest.uploads.service import JOB
from contest.uploads.staging import Staging

FOLDER = "uploads"
BATCH = 500
ORPHAN_AGE = timedelta(days=1)
__all__ = ["JOB", "finish", "sweep"]
Found = TypeVar("Found")
STAGE = N_("Đang cất tệp vào kho")


class _Told(io.RawIOBase):
    """A file that tells how far it was read."""

    def __init__(self, file: BinaryIO, tell: Callable[[int], None]) -> None:
        super().__init__()
        self._file, self._tell, self._read = file, tell, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        self._tell(self._read)
        found = self._file.read(size)
        self._read += len(found)
        return found


def finish(work: Work, *, staging: Staging, lasts: timedelta) -> None:
    """Hash the received file, put it into storage, fill its row, then drop the staging copy.

    Begun anew after a death at any point, it ends the same: the row decides. Storage that does not
    answer is the job's failure: it is tried again, and the staging copy stays until it worked.
    """
    code: str = work.args["code"]
    with work.reading() as session:
        upload = queries.by_code(session, code)
    if upload is None or upload.state != State.RECEIVED:
        if upload is not None and upload.state == State.READY:
            staging.remove(code)
        return
    key = f"{FOLDER}/{code}/{work.claim.lease}"
    length = upload.length
    with staging.open(code) as file:
        told: BinaryIO = _Told(file, lambda done: work.progress(done, length, STAGE))  # type: ignore[assignment]
        what = work.storage.put(key, told, upload.media_type)
    if what.bytes != length:
        work.storage.delete(key)
        raise ValueError(f"upload {code}: {what.bytes} bytes in staging, {length} promised")
    with work.finish() as session:
        is_ours = service.stored(session, code, key=key, what=what, now=work.now(), lasts=lasts)
    if not is_ours:
        work.storage.delete(key)
    staging.remove(code)


def sweep(staging: Staging, files: Storage, now: datetime) -> int:
    """Remove expired uploads, row and file together, and files no row knows; return how many rows.

    Rows go first: a crash between leaves files without a row, which the next sweep finds.
    """
    with db.transaction() as session:
        gone = service.forget_expired(session, now=now)
    for code in gone:
        staging.remove(code)
        for found in files.kept(f"{FOLDER}/{code}"):
            files.delete(found.key)
    _sweep_staging(staging, before=now - ORPHAN_AGE)
    _sweep_storage(files, before=now - ORPHAN_AGE)
    return len(gone)


def _sweep_staging(staging: Staging, *, before: datetime) -> None:
    for old in _some_at_a_time(staging.older(before=before)):
        with db.reading_session() as session:
            known = queries.staged(session, {code for code, _path in old})
        for code, path in old:
            if code not in known:
                path.unlink(missing_ok=True)


def _sweep_storage(files: Storage, *, before: datetime) -> None:
    kept = (found.key for found in files.kept(FOLDER) if found.at < before)
    for keys in _some_at_a_time(kept):
        codes = {key.split("/")[1] for key in keys}
        with db.reading_session() as session:
            wanted = queries.storage_keys(session, codes)
            moving = queries.still_arriving(session, codes)
        for key in keys:
            if key not in wanted and key.split("/")[1] not in moving:
                files.delete(key)


def _some_at_a_time(found: Iterable[Found]) -> Iterator[list[Found]]:
    """Give lists that fit into one statement."""
    left = iter(found)
    while some := list(islice(left, BATCH)):
        yield some
