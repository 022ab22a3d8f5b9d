"""What the columns promise on both databases, and the two kinds of session."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from factories.people import make_account, make_unit
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from contest.accounts.models import Account, RoleGrant, Unit
from contest.core import audit, db

HANOI = timezone(timedelta(hours=7))


def test_a_moment_comes_back_aware_in_utc_to_the_microsecond(session: Session) -> None:
    here = datetime(2026, 11, 23, 6, 30, 15, 123456, tzinfo=HANOI)
    account = make_account(session)
    account.registered_at = here
    session.commit()
    session.expire_all()
    read = session.scalars(select(Account.registered_at)).one()
    assert read == here
    assert read.tzinfo is UTC
    assert read.isoformat() == "2026-11-22T23:30:15.123456+00:00"


def test_a_naive_moment_is_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="time zone"):
        session.scalars(select(Account).where(Account.registered_at < datetime(2026, 1, 1))).all()  # noqa: DTZ001


def test_moments_are_compared_as_moments(session: Session) -> None:
    moments = [datetime(2026, 1, 1, 0, 0, 0, n, tzinfo=UTC) for n in (0, 5, 999_999)]
    for moment in reversed(moments):
        audit.record(session, "test", "x", by=None, now=moment)
    session.flush()
    entry = audit.AuditEntry
    assert session.scalars(select(entry.at).order_by(entry.at)).all() == moments
    later = select(sa.func.count()).where(entry.at > moments[0].astimezone(HANOI))
    assert session.scalar(later) == 2


@pytest.mark.parametrize(
    "facts", [{}, {"a": [1, None, "ệ"]}, {"n": 2**40, "x": 0.5, "b": True}, {"a": {"b": None}}]
)
def test_json_comes_back_as_it_went(session: Session, facts: dict[str, Any]) -> None:
    session.add(
        audit.AuditEntry(at=datetime(2026, 1, 1, tzinfo=UTC), act="t", subject="s", facts=facts)
    )
    session.commit()
    session.expire_all()
    assert session.scalars(select(audit.AuditEntry.facts)).one() == facts


def test_foreign_keys_hold_on_both_databases(session: Session) -> None:
    session.add(RoleGrant(account_id=99, role="helper", unit_id=99, granted_at=datetime.now(UTC)))
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_transaction_commits_at_its_end_and_not_when_it_raises(engine: Engine) -> None:
    assert engine is not None

    def fail() -> None:
        with db.transaction() as session:
            make_unit(session, "b")
            raise KeyError

    with db.transaction() as session:
        make_unit(session, "a")
    with pytest.raises(KeyError):
        fail()
    with db.reading_session() as reading:
        assert reading.scalars(select(Unit.code)).all() == ["a"]


def test_a_savepoint_that_fails_leaves_the_rest_of_the_transaction(session: Session) -> None:
    make_unit(session, "a")
    with pytest.raises(IntegrityError), session.begin_nested():
        make_unit(session, "a")
    make_unit(session, "b")
    session.commit()
    assert session.scalars(select(Unit.code).order_by(Unit.code)).all() == ["a", "b"]


def test_writers_queue_and_a_reader_does_not_wait(engine: Engine) -> None:
    inside, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with db.transaction() as session:
            make_unit(session, "a")
            inside.set()
            may_end.wait(10)

    def second() -> None:
        with db.transaction() as session:
            make_unit(session, "b")

    assert engine is not None
    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    inside.wait(10)
    threads[1].start()
    with db.reading_session() as reading:
        assert "a" not in reading.scalars(select(Unit.code)).all()
    may_end.set()
    for thread in threads:
        thread.join()
    with db.reading_session() as reading:
        assert reading.scalars(select(Unit.code).order_by(Unit.code)).all() == ["a", "b"]


def test_what_is_there_already_stays_when_the_missing_is_inserted(session: Session) -> None:
    make_unit(session, "a", "Cũ")
    row = {"name_folded": "x", "name_key": "x", "kind": "other", "path": "/"}
    rows = [{**row, "code": code, "name": "Mới"} for code in ("a", "b")]
    db.insert_missing(session, Unit.__table__, rows, keys=["code"])
    db.insert_missing(session, Unit.__table__, [], keys=["code"])
    found = session.execute(select(Unit.code, Unit.name).order_by(Unit.code)).all()
    assert [tuple(row) for row in found] == [("a", "Cũ"), ("b", "Mới")]


def test_a_row_is_inserted_only_where_its_keys_are_free(session: Session) -> None:
    def fresh(code: str) -> Unit:
        return Unit(code=code, name=code, name_folded=code, name_key=code, kind="x", path="/")

    kept = db.insert_free(session, fresh("a"))
    assert kept is not None
    assert kept in session
    assert not session.is_modified(kept)
    assert kept.headcount is None  # what was not given is read
    assert db.insert_free(session, fresh("a")) is None
    other = db.insert_free(session, fresh("b"))
    assert other is not None
    assert other.id != kept.id
    kept.name = "đổi"
    session.commit()
    assert list(session.scalars(select(Unit.name).order_by(Unit.id))) == ["đổi", "b"]
