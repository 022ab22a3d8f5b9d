"""The migrations build what the models say, and every step goes both ways."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from contest import tables
from contest.core import db, schema


@pytest.fixture
def empty(engine: Engine, tmp_path: Path) -> Iterator[Engine]:
    """A database of the same kind without any table."""
    if engine.dialect.name == "sqlite":
        opened = db.connect(f"sqlite:///{tmp_path / 'empty.db'}")
    else:
        schema.downgrade(engine, tables.metadata, "base")
        opened = engine
    yield opened
    opened.dispose()


def names(engine: Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def test_upgrading_from_nothing_gives_exactly_the_models(empty: Engine) -> None:
    assert names(empty) == set()
    schema.upgrade(empty, tables.metadata)
    assert names(empty) == set(tables.metadata.tables)
    with empty.connect() as connection:
        assert schema.differences(connection, tables.metadata) == []


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    schema.upgrade(engine, tables.metadata)
    with engine.connect() as connection:
        assert schema.differences(connection, tables.metadata) == []


def test_going_down_to_nothing_and_up_again_gives_the_same(engine: Engine) -> None:
    schema.downgrade(engine, tables.metadata, "base")
    assert names(engine) == set()
    schema.upgrade(engine, tables.metadata)
    with engine.connect() as connection:
        assert schema.differences(connection, tables.metadata) == []


def test_foreign_keys_are_on_again_after_a_migration(engine: Engine) -> None:
    schema.upgrade(engine, tables.metadata)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_missing_column_is_noticed(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audiences DROP COLUMN position")
        assert len(schema.differences(connection, tables.metadata)) == 1
