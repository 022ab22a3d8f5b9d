"""Jobs of somebody, at each point of their life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from factories.people import make_account, make_grant, make_unit
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Role
from contest.core import clock, db, jobs
from contest.core.jobs import Job
from contest.core.work import Work

NAME = "test.page"


@pytest.fixture
def owner(session: Session) -> Account:
    return make_account(session, name="Lò Thị Lan")


@pytest.fixture
def keeper(session: Session) -> Account:
    account = make_account(session, name="Quản trị viên")
    make_grant(session, account, Role.ADMINISTRATOR, make_unit(session))
    return account


@pytest.fixture
def enter(app: Flask, sign_in: Callable[..., Any]) -> Callable[[Account], FlaskClient]:
    """Open a browser signed in as an account."""

    def opened(account: Account) -> FlaskClient:
        client = app.test_client()
        sign_in(client, account)
        return client

    return opened


@pytest.fixture
def enqueue(session: Session, owner: Account) -> Callable[..., str]:
    def written(**facts: Any) -> str:
        facts = {"title": "Nhập câu hỏi", "by": owner.id, "now": clock.now(), **facts}
        code = jobs.enqueue(session, NAME, {}, subject="bank", **facts).code
        session.commit()
        return code

    return written


@pytest.fixture
def take(app: Flask) -> Callable[[], Work]:
    """Claim the next job as a worker would."""

    def taken() -> Work:
        with db.transaction() as session:
            claim = jobs.claim(session, names=[NAME], now=clock.now())
        assert claim is not None
        files = app.extensions["storage"]
        return Work(claim, files, clock_now=clock.now, is_stopping=lambda: False)

    return taken


@pytest.fixture
def fail(take: Callable[[], Work]) -> Callable[[Exception], str]:
    """Claim the next job and let its last try fail."""

    def failed(error: Exception) -> str:
        work = take()
        with db.transaction() as session:
            row = session.query(Job).filter_by(code=work.claim.code).one()
            row.tries = jobs.MOST_TRIES
            session.flush()
            held = jobs.Claim(
                **{name: getattr(row, name) for name in jobs.Claim.__dataclass_fields__}
            )
            jobs.fail(session, held, error, reference="ab12cd34", now=clock.now())
        return work.claim.code

    return failed
