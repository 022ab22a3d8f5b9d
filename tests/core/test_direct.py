"""Statements run by the driver itself say and keep what SQLAlchemy's own way would."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import BigInteger, Engine, String, bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from contest.core import audit, db, direct
from contest.core.db import Json, UTCDateTime

ENTRIES = audit.AuditEntry.metadata.tables["audit_entries"]
NOW = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)
FACTS = {"act": "t", "subject": "s", "at": NOW, "facts": {"tên": ["Ệ", None, 1.5]}}


def writing(engine: Engine) -> Any:
    """Return a statement that writes a line of the audit and tells its row."""
    names = ("act", "subject", "at", "facts")
    new = db.upsert(engine.dialect.name, ENTRIES).from_select(
        names,
        select(
            bindparam("act", type_=String),
            bindparam("subject", type_=String),
            bindparam("at", type_=UTCDateTime),
            bindparam("facts", type_=Json),
        ).where(sa.true()),
        include_defaults=False,
    )
    return new.returning(ENTRIES.c.id, ENTRIES.c.at, ENTRIES.c.facts)


READING = select(ENTRIES.c.id, ENTRIES.c.at, ENTRIES.c.facts).where(
    ENTRIES.c.subject == bindparam("subject", type_=String)
)


def test_values_go_in_and_come_out_as_the_columns_say(session: Session, engine: Engine) -> None:
    ((_id, at, facts),) = direct.run(session, writing(engine), FACTS)
    assert (at, at.tzinfo, facts) == (NOW, UTC, FACTS["facts"])
    session.commit()
    assert direct.read(READING, {"subject": "s"}) == [(_id, at, facts)]
    assert direct.read(READING, {"subject": "nobody"}) == []


def test_a_statement_belongs_to_what_the_session_has_begun(
    session: Session, engine: Engine
) -> None:
    session.execute(select(ENTRIES.c.id))
    assert len(direct.run(session, writing(engine), FACTS)) == 1
    session.rollback()
    assert direct.read(READING, {"subject": "s"}) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
class TestAlone:
    """On PostgreSQL, outside a transaction."""

    def test_it_is_kept_without_a_commit(self, session: Session, engine: Engine) -> None:
        direct.run(session, writing(engine), FACTS)
        assert not session.in_transaction()
        session.rollback()
        assert len(direct.read(READING, {"subject": "s"})) == 1

    def test_who_listens_to_statements_hears_it(
        self, session: Session, engine: Engine, count_statements: Any
    ) -> None:
        with count_statements() as counted:
            direct.run(session, writing(engine), FACTS)
            direct.read(READING, {"subject": "s"})
        assert [each.split()[0] for each in counted] == ["INSERT", "SELECT"]

    def test_the_next_user_of_the_connection_has_transactions_again(
        self, session: Session, engine: Engine
    ) -> None:
        for _ in range(8):
            direct.run(session, writing(engine), FACTS)
        with engine.connect() as connection:
            assert connection.connection.dbapi_connection.autocommit is False
            connection.execute(writing(engine), FACTS)
            connection.rollback()
        assert len(direct.read(READING, {"subject": "s"})) == 8

    def test_a_connection_the_server_closed_is_replaced(
        self, session: Session, engine: Engine
    ) -> None:
        direct.run(session, writing(engine), FACTS)
        with engine.connect() as one, engine.connect() as other:
            ids = [
                each.exec_driver_sql("select pg_backend_pid()").scalar_one()
                for each in (one, other)
            ]
        killer = sa.create_engine(engine.url, isolation_level="AUTOCOMMIT")
        with killer.connect() as connection:
            for each in ids:
                connection.execute(select(sa.func.pg_terminate_backend(each)))
        killer.dispose()
        assert len(direct.run(session, writing(engine), FACTS)) == 1
        assert len(direct.read(READING, {"subject": "s"})) == 2

    def test_what_the_database_refuses_is_said_in_the_usual_words(
        self, session: Session, engine: Engine
    ) -> None:
        with pytest.raises(IntegrityError):
            direct.run(session, writing(engine), {**FACTS, "act": None})
        with pytest.raises(DBAPIError):
            direct.read(select(sa.cast(sa.literal("x").op("||")("y"), BigInteger)), {})
        assert direct.read(READING, {"subject": "s"}) == []
        assert len(direct.run(session, writing(engine), FACTS)) == 1

    def test_a_default_nobody_spelt_out_is_noticed(self, session: Session) -> None:
        new = sa.insert(audit.AuditEntry.__table__).values(act=bindparam("act"), subject=None)
        with pytest.raises(ValueError, match="spelt out"):
            direct.run(session, new.returning(ENTRIES.c.id), {"act": "t"})
