"""Fifty people give one number at the same moment: one of them enters, whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from factories.contests import OPENING
from factories.people import make_account, make_unit
from sqlalchemy.orm import Session

from contest.contests import queries as contests_read
from contest.contests import service as contests
from contest.contests.models import Contest, Registration
from contest.core import db
from contest.core.sealing import Sealer
from contest.errors import Invalid
from contest.identities.models import Identity

from .conftest import GIVEN

THREADS = 50


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_number_is_given_once_however_many_hurry(
    session: Session, contest: Contest, sealer: Sealer, database_url: str
) -> None:
    unit = make_unit(session)
    people = [make_account(session, unit).id for _ in range(THREADS)]
    code = contest.code
    session.commit()
    contests_read.kept(session, code)
    session.rollback()
    engine = db.connect(database_url, pool_size=THREADS)
    gate = Barrier(THREADS)

    def enter(account_id: int) -> str:
        gate.wait()
        details = contests.Details(GIVEN, sealer)
        try:
            with db.transaction() as mine:
                contests.register(mine, code, "d1", by=account_id, now=OPENING, details=details)
        except Invalid as error:
            return ",".join(error.problems)
        return "entered"

    with ThreadPoolExecutor(THREADS) as pool:
        results = sorted(pool.map(enter, people))
    engine.dispose()
    assert results == ["entered"] + ["national_id"] * (THREADS - 1)
    assert session.scalar(sa.select(sa.func.count(Registration.id))) == 1
    assert session.scalar(sa.select(sa.func.count(Identity.id))) == 2
