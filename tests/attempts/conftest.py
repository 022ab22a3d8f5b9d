"""One database of each kind for the whole room, emptied after each test: these tests are many."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from contest import tables
from contest.core import audit, cache, db


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def kept_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path_factory.mktemp("attempts") / "contest.db"
        path.write_bytes(template.read_bytes())
        engine = db.connect(f"sqlite:///{path}")
        yield engine
        engine.dispose()
        return
    there: sa.URL = request.getfixturevalue("postgresql")
    name = f"t_{uuid.uuid4().hex}"
    admin = sa.create_engine(there.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"create database {name} template {there.database}"))
    url = there.set(database=name).render_as_string(hide_password=False)
    engine = db.connect(url)
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(sa.text(f"drop database {name} with (force)"))
    admin.dispose()


@pytest.fixture
def database_url(kept_engine: Engine) -> str:
    return kept_engine.url.render_as_string(hide_password=False)


@pytest.fixture
def engine(kept_engine: Engine) -> Iterator[Engine]:
    cache.forget_everything()
    db.bind(kept_engine)
    yield kept_engine
    with kept_engine.begin() as connection:
        _unguard(connection)
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
        audit.guard(connection)


def _unguard(connection: sa.Connection) -> None:
    """Let this database forget its audit log, which refuses that everywhere else."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "drop trigger if exists audit_entries_no_change on audit_entries"
        )
    else:
        for act in ("update", "delete"):
            connection.exec_driver_sql(f"drop trigger if exists audit_entries_no_{act}")
