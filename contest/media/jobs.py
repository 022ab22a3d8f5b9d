"""The job of this room: fetch what was sent, have it made, put the results, switch to them."""

import hashlib
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from contest.core import jobs
from contest.core.work import Work
from contest.errors import N_, Invalid
from contest.media import making, queries, service, tools
from contest.media.cage import CageFailed
from contest.media.making import Result
from contest.media.queries import Task
from contest.media.service import Kept
from contest.rules.media import What

CHUNK = 1024 * 1024  # bytes
PREFIX = "contest-media-"
LEFT_AFTER = timedelta(days=1)  # a work folder so old has lost its worker
FETCHING, STORING = N_("Đang lấy tệp"), N_("Đang lưu kết quả")


class Damaged(Exception):
    """The stored bytes are not those that were received."""


def process(work: Work) -> None:
    """Make one medium watchable; killed at any moment and begun anew, it does the same once."""
    code, job = str(work.args["media"]), work.claim.code
    with work.reading() as session:
        task = queries.task(session, code, job=job)
    if task is None:  # dropped, or taken over by a later job
        return
    ffmpeg = tools.ffmpeg()
    if task.what is What.CLIP and ffmpeg is None:
        with work.finish() as session:
            service.keep(session, code, job=job, now=work.now())
        return
    _sweep(work.now())
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        source = Path(name) / "source"  # no suffix: the bytes alone say what it is
        _fetch(work, task, source)
        try:
            result = making.make(ffmpeg, task.what, source, task.limits, tell=work.progress)
        except Invalid as refused:
            with work.finish() as session:
                service.reject(session, code, refused, job=job, now=work.now())
            return
        except CageFailed as failed:
            _give_up(work, task, failed)
        _switch(work, task, result, _store(work, task, result))


def _fetch(work: Work, task: Task, path: Path) -> None:
    """Copy the file out of storage, making sure that it is the one received."""
    digest, total = hashlib.sha256(), work.storage.size(task.key)
    with work.storage.open(task.key) as stored, path.open("xb") as file:
        while chunk := stored.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
            work.progress(file.tell(), total, FETCHING)
    if digest.hexdigest() != task.sha256:
        raise Damaged(task.key)


def _give_up(work: Work, task: Task, failed: CageFailed) -> NoReturn:
    """Keep what the program said, and let the job be tried again."""
    trouble = {"reason": failed.reason, "tail": failed.tail, "try": work.claim.tries}
    with work.step() as session:
        service.note_trouble(session, task.code, job=work.claim.code, trouble=trouble)
    raise failed


def _folder(work: Work, task: Task) -> str:
    return f"{service.FOLDER}/{task.code}/{work.claim.code}"


def _store(work: Work, task: Task, result: Result) -> list[Kept]:
    """Put each file under a name of this try's own, so that no other holder's is overwritten."""
    kept = []
    here = f"{_folder(work, task)}/{work.claim.tries}-{work.claim.lease[:8]}"
    for no, one in enumerate(result.files):
        work.progress(no, len(result.files), STORING)
        key = f"{here}/{one.path.name}"
        with one.path.open("rb") as file:
            kept.append(Kept(one, key, work.storage.put(key, file, one.media_type)))
    return kept


def _switch(work: Work, task: Task, result: Result, kept: list[Kept]) -> None:
    """Point the rows at the new files in the job's last transaction; then sweep up behind."""
    ours = {one.key for one in kept}
    try:
        with work.finish() as session:
            gone = service.made(
                session,
                task.code,
                job=work.claim.code,
                kept=kept,
                prints=result.prints,
                media_type=result.media_type,
                now=work.now(),
            )
    except (jobs.LeaseLost, jobs.Cancelled):  # rolled back for certain: nothing points at them
        for key in ours:
            work.storage.delete(key)
        raise
    tries = {found.key for found in work.storage.kept(_folder(work, task))}
    for key in tries if gone is None else (tries - ours).union(gone):
        work.storage.delete(key)


def _sweep(now: datetime) -> None:
    """Remove the work folders of workers that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            changed = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
        except FileNotFoundError:
            continue
        if changed < now - LEFT_AFTER:
            shutil.rmtree(folder, ignore_errors=True)
