"""Door 2: the background worker. Every second it does what the clock has brought about.

Two workers may run at once: each step locks the rows it takes.
"""

import logging
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.exc import OperationalError

from contest import closing, tables  # noqa: F401 -- so that relationship names resolve
from contest.config import Settings
from contest.core import clock, db

log = logging.getLogger("contest.worker")

REST_SECONDS = 1.0
MOST_ROUNDS = 1000  # of one step before the others have their turn


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


def main() -> None:
    """Tick until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    settings = Settings.from_env()
    engine = db.connect(settings.database_url, pool_size=2)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("worker ready")
    while not stop.is_set():
        tick(settings.timezone)
        stop.wait(REST_SECONDS)
    engine.dispose()


if __name__ == "__main__":
    main()
