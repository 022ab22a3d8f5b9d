"""The log is written once: neither the models nor the database change a line."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from contest import tables
from contest.core import audit, db, schema
from contest.core.audit import AuditEntry

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def entry(session: Session) -> AuditEntry:
    facts = {"reason": "Mất điện", "places": ["Đợt “Tuần 1”"], "minutes": 10}
    audit.record(session, "attempts.pause", "round:k7/tuan-1", by=None, now=NOW, **facts)
    session.commit()
    found = session.scalars(sa.select(AuditEntry)).one()
    session.commit()  # holds no lock while others change the table
    return found


def test_a_line_is_found_by_its_subject_and_the_texts_of_its_facts(entry: AuditEntry) -> None:
    assert entry.words == "round:k7/tuan-1 mat dien đot “tuan 1”".replace("đ", "d")
    assert (entry.unit_id, entry.contest) == (None, None)


def test_the_models_change_no_line(session: Session, entry: AuditEntry) -> None:
    entry.act = "attempts.resume"
    with pytest.raises(RuntimeError, match="written once"):
        session.flush()
    session.rollback()
    session.delete(entry)
    with pytest.raises(RuntimeError, match="written once"):
        session.flush()


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET act = 'x'", "DELETE FROM audit_entries"]
)
def test_the_database_changes_no_line(engine: Engine, entry: AuditEntry, statement: str) -> None:
    assert entry.id
    with pytest.raises(DBAPIError, match="written once"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    with engine.connect() as connection:
        count = sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.act == "attempts.pause")
        assert connection.scalar(count) == 1


def test_a_rebuilt_table_is_guarded_again_by_the_next_upgrade(
    engine: Engine, entry: AuditEntry
) -> None:
    assert entry.id
    drops = {
        "sqlite": ["DROP TRIGGER audit_entries_no_update", "DROP TRIGGER audit_entries_no_delete"],
        "postgresql": ["DROP TRIGGER audit_entries_no_change ON audit_entries"],
    }
    with engine.begin() as connection:
        for statement in drops[engine.dialect.name]:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("UPDATE audit_entries SET act = 'x'")
    schema.upgrade(engine, tables.metadata)
    with pytest.raises(DBAPIError, match="written once"), engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_entries SET act = 'y'")


@pytest.fixture
def created(tmp_path: Path) -> Iterator[Engine]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    db.Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_a_table_made_from_the_models_is_guarded(created: Engine) -> None:
    row = "INSERT INTO audit_entries (at, act, subject, facts) VALUES ('x', 'a.b', 's', '{}')"
    with created.begin() as connection:
        connection.exec_driver_sql(row)
    with pytest.raises(DBAPIError, match="written once"), created.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_entries")
