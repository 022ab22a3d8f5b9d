"""Fifty threads with one account: never more votes than periods."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

from sqlalchemy import select

from contest.core import db
from contest.votes import queries, service
from contest.votes.models import Vote
from contest.votes.service import Origin

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
THREADS = 50


def test_fifty_threads_of_one_account_are_one_vote(scene):
    entries = [scene.entry().code for _ in range(5)]
    by, here, now = scene.person().id, scene.here, scene.at
    scene.session.commit()
    assert here.contest.code  # read before the threads come
    assert here.round.code
    scene.session.expunge_all()
    barrier = threading.Barrier(THREADS)

    def vote(no):
        barrier.wait(timeout=30)
        with db.transaction() as session:
            given = service.vote(
                *(session, here, entries[no % len(entries)]),
                origin=Origin(f"device{no}", "net"),
                by=by,
                now=now,
                zone=ZONE,
            )
            return given.id

    with ThreadPoolExecutor(THREADS) as pool:
        ids = [done.result(timeout=60) for done in [pool.submit(vote, n) for n in range(THREADS)]]

    with db.reading_session() as session:
        (row,) = session.scalars(select(Vote)).all()
        assert set(ids) == {row.id}
        assert queries.counts(session, here.round.id) == {row.entry_id: 1}
