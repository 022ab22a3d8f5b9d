"""Door 2: the background worker. Every second it does what the clock has brought about.

Beside the tick, a few threads take long work from the table of jobs, so that an hour of it keeps
no round waiting. Two workers may run at once: each step locks the rows it takes, each job is
claimed for a lease.
"""

import logging
import secrets
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from contest import closing, tables  # noqa: F401 -- so that relationship names resolve
from contest.accounts import jobs as accounts_jobs
from contest.analysis import jobs as analysis
from contest.config import Settings
from contest.core import clock, db, jobs, storage
from contest.core.sealing import Sealer
from contest.core.storage import Storage
from contest.core.work import Stopping, Work
from contest.entries import comparing, tabling
from contest.entries import jobs as entries
from contest.errors import ContestError
from contest.journal import jobs as journal
from contest.media import jobs as media
from contest.uploads import jobs as uploads
from contest.uploads import staging
from question_bank import jobs as questions

log = logging.getLogger("contest.worker")

REST_SECONDS = 1.0
MOST_ROUNDS = 1000  # of one step before the others have their turn
HANDS = 2  # jobs at a time: one long video leaves a hand for what takes seconds
PATIENCE_SECONDS = 10.0  # for the hands to put their work down
SWEEP_EVERY = timedelta(minutes=10)
ORPHAN_AGE = timedelta(days=1)  # a file without a row may still get one before that

Handler = Callable[[Work], None]

# The name of a job → the function of a room's jobs.py that does it.
HANDLERS: dict[str, Handler] = {
    "accounts.import_people": accounts_jobs.import_people,
    "journal.export": journal.export,
    "media.process": media.process,
    entries.FORGET: entries.forget_file,
    comparing.JOB: comparing.compare,
    tabling.JOB: tabling.export,
    "analysis.measure": analysis.measure,
    "questions.read": questions.read,
    "questions.take": questions.take,
    "questions.export": questions.export,
    "questions.print": questions.print_paper,
}

# What else is swept, every ten minutes; `main` adds what needs the settings.
SWEEPS: list[Callable[[Storage, datetime], object]] = []


def run_step(step: closing.Step, now: datetime, zone: ZoneInfo) -> int:
    """Do one piece of one step in a transaction of its own; return how much was done."""
    with db.transaction() as session:
        return step(session, now, zone)


def tick(zone: ZoneInfo, *, clock_now: Callable[[], datetime] = clock.now) -> int:
    """Do everything that is due; return how much was done. A failing step stops no other."""
    done = 0
    for step in closing.STEPS:
        try:
            for _ in range(MOST_ROUNDS):
                count = run_step(step, clock_now(), zone)
                done += count
                if not count:
                    break
        except OperationalError:
            log.warning("%s: the database is busy; again at the next tick", step.__name__)
        except Exception:
            log.exception("%s failed; again at the next tick", step.__name__)
    return done


def work_once(
    handlers: Mapping[str, Handler],
    files: Storage,
    *,
    clock_now: Callable[[], datetime] = clock.now,
    is_stopping: Callable[[], bool] = lambda: False,
    sealer: Sealer | None = None,
) -> bool:
    """Claim the job that is due longest and do it; False when none is due."""
    with db.reading_session() as session:
        if not jobs.is_due(session, names=handlers.keys(), now=clock_now()):
            return False
    with db.transaction() as session:
        claim = jobs.claim(session, names=handlers.keys(), now=clock_now())
    if claim is None:
        return False
    work = Work(claim, files, clock_now=clock_now, is_stopping=is_stopping, sealer=sealer)
    try:
        _do(handlers[claim.name], work)
    except jobs.LeaseLost:
        log.warning("job %s (%s): somebody else holds it by now", claim.code, claim.name)
    return True


def _do(handler: Handler, work: Work) -> None:
    """Do a job and write down how it ended; LeaseLost when that is no longer ours to write."""
    try:
        handler(work)
        if not work.is_finished:
            with work.finish():
                pass
    except jobs.LeaseLost:
        raise
    except jobs.Cancelled:
        with db.transaction() as session:
            jobs.cancelled(session, work.claim, now=work.now())
    except Stopping:
        with db.transaction() as session:
            jobs.give_back(session, work.claim, now=work.now())
    except Exception as error:  # noqa: BLE001 -- whatever a handler raises ends in its row
        reference = secrets.token_hex(4)
        _log(work.claim, error, reference)
        with db.transaction() as session:
            jobs.fail(session, work.claim, error, reference=reference, now=work.now())


def _log(claim: jobs.Claim, error: Exception, reference: str) -> None:
    """Log what is not the file's fault; a database error's own text may hold a row."""
    here = f"job {claim.code} ({claim.name}), try {claim.tries}"
    if isinstance(error, ContestError):
        log.info("%s: refused, %s", here, type(error).__name__)
    elif isinstance(error, SQLAlchemyError):
        stack = "".join(traceback.format_tb(error.__traceback__))
        log.error("bug %s at %s: %s\n%s", reference, here, type(error).__name__, stack)
    else:
        log.error("bug %s at %s", reference, here, exc_info=error)


def sweep(files: Storage, *, now: datetime) -> int:
    """Delete ended jobs kept long enough, and files no row knows; return how many jobs went.

    Rows go first: a crash between leaves files without a row, which the next sweep finds.
    """
    with db.transaction() as session:
        gone = jobs.forget_expired(session, now=now)
    for code in gone:
        for found in files.kept(f"{jobs.FOLDER}/{code}"):
            files.delete(found.key)
    _sweep_orphans(files, before=now - ORPHAN_AGE)
    files.tidy(before=now - ORPHAN_AGE)
    return len(gone)


def _sweep_orphans(files: Storage, *, before: datetime) -> None:
    old: dict[str, list[str]] = {}
    for found in files.kept(jobs.FOLDER):
        if found.at < before:
            old.setdefault(found.key.split("/")[1], []).append(found.key)
    with db.reading_session() as session:
        known = jobs.known(session, old)
    for code in old.keys() - known:
        for key in old[code]:
            files.delete(key)


def work_until(
    stop: threading.Event, files: Storage, *, is_sweeper: bool, sealer: Sealer | None = None
) -> None:
    """Be one hand: job after job until told to stop; rest while there is none."""
    swept_at = clock.now() - SWEEP_EVERY
    while not stop.is_set():
        try:
            if work_once(HANDLERS, files, is_stopping=stop.is_set, sealer=sealer):
                continue
            if is_sweeper and clock.now() - swept_at >= SWEEP_EVERY:
                swept_at = clock.now()
                sweep(files, now=swept_at)
                for more in SWEEPS:
                    more(files, swept_at)
        except OperationalError:
            log.warning("jobs: the database is busy; again in a moment")
        except Exception:
            log.exception("jobs: a hand stumbled; again in a moment")
        stop.wait(REST_SECONDS)


def _take_uploads(settings: Settings) -> None:
    """Move received files into storage, and sweep those that expired."""
    folder = staging.of(settings.data_dir)
    lasts = timedelta(hours=settings.upload_hours)
    HANDLERS[uploads.JOB] = partial(uploads.finish, staging=folder, lasts=lasts)
    SWEEPS.append(partial(uploads.sweep, folder))


def main() -> None:
    """Tick, with hands beside it, until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    settings = Settings.from_env()
    engine = db.connect(settings.database_url, pool_size=2 + 2 * HANDS)
    files, sealer = storage.opened(settings), Sealer(settings.secret_key)
    _take_uploads(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    hands = [
        # A hand in the middle of something that cannot stop dies with us; its lease runs out.
        threading.Thread(
            target=work_until,
            args=(stop, files),
            kwargs={"is_sweeper": not no, "sealer": sealer},
            daemon=True,
        )
        for no in range(HANDS)
    ]
    for hand in hands:
        hand.start()
    log.info("worker ready")
    while not stop.is_set():
        tick(settings.timezone)
        stop.wait(REST_SECONDS)
    for hand in hands:
        hand.join(PATIENCE_SECONDS / HANDS)
    engine.dispose()


if __name__ == "__main__":
    main()
