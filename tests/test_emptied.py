"""The database kept for all tests of a process: emptied whatever a test wrote, anew after more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import emptied
import pytest
import sqlalchemy as sa

from contest import tables
from contest.core.db import UTCDateTime

VALUES: dict[type[Any], Any] = {
    sa.Boolean: False,
    sa.Integer: 1,  # and BigInteger
    sa.String: "x",  # and Text
    sa.Double: 0.5,
    sa.Numeric: Decimal(1),
    sa.LargeBinary: b"x",
    sa.JSON: {},
    sa.Date: date(2026, 11, 23),
    UTCDateTime: datetime(2026, 11, 23, tzinfo=UTC),
}


@pytest.fixture
def kept(postgresql: sa.URL) -> Iterator[emptied.Database]:
    made = emptied.Database(postgresql)
    yield made
    made.close()


def fill(url: str) -> None:
    """Write one row into every table, whatever it refers to."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("set local session_replication_role = replica"))
        for table in tables.metadata.sorted_tables:
            wanted = (each for each in table.c if not each.nullable and each.name != "id")
            row = {each.name: value(each) for each in wanted}
            connection.execute(table.insert().values(row))
    engine.dispose()


def value(column: sa.Column[Any]) -> Any:
    return next(given for kind, given in VALUES.items() if isinstance(column.type, kind))


def counts(url: str) -> set[int]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = {
            connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in tables.metadata.sorted_tables
        }
    engine.dispose()
    return found


def last_number(url: str) -> int:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(sa.text("select max(id) from units")) or 0
    engine.dispose()
    return int(found)


def test_rows_of_every_table_are_taken_out_of_the_same_database(kept: emptied.Database) -> None:
    url = kept.url
    for _ in range(2):
        fill(url)
        assert counts(url) == {1}
        assert last_number(url) == 1
        kept.empty()
        assert kept.url == url
        assert counts(url) == {0}


def test_a_table_left_behind_brings_a_new_database(kept: emptied.Database) -> None:
    url = kept.url
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table left_behind (id int)"))
    engine.dispose()
    kept.empty()
    assert kept.url != url
    assert counts(kept.url) == {0}
