"""Statements handed to the driver as they are: what thousands of phones ask in the same minute.

SQLAlchemy writes such a statement and knows how its values go in and come out; both are worked out
once, and a call costs what the driver costs: on PostgreSQL half of the usual (see docs/bench.md).
Nothing else changes: the pool is the same, who listens to statements hears these, and when the
driver complains, SQLAlchemy asks again in its own way and says what is wrong in its own words.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Dialect, Engine
from sqlalchemy.orm import Session

from contest.core import db

Change = Callable[[Any], Any]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """A statement worked out for one dialect."""

    text: str
    constants: Mapping[str, Any]
    going_in: Mapping[str, Change]
    coming_out: tuple[Change | None, ...]


def run(session: Session, statement: Any, facts: Mapping[str, Any]) -> list[Row]:
    """Run one statement that is no part of anything else; return its rows.

    It commits by itself unless the session has begun something: then it belongs to that. It must
    bear being run twice: a connection that breaks may break after the database has done its work.
    `statement` is built once and kept by its module; its columns' defaults are spelt out in it.
    """
    engine = session.get_bind()
    if (
        not session.in_transaction()
        and isinstance(engine, Engine)
        and engine.dialect.name == "postgresql"
    ):
        return _alone(engine, statement, facts)
    return [tuple(row) for row in session.connection().execute(statement, facts)]


def read(statement: Any, facts: Mapping[str, Any]) -> list[Row]:
    """Run one statement that reads, outside every session; return its rows."""
    engine: Engine = db.reading_session.kw["bind"]
    if engine.dialect.name == "postgresql":
        return _alone(engine, statement, facts)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(statement, facts)]


def _alone(engine: Engine, statement: Any, facts: Mapping[str, Any]) -> list[Row]:
    ready = _ready(engine.dialect, statement)
    values = {**ready.constants, **facts}
    for name, change in ready.going_in.items():
        values[name] = change(values[name])
    with suppress(cast("Any", engine.dialect).loaded_dbapi.Error):
        return _by_driver(engine, ready, values)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        return [tuple(row) for row in connection.execute(statement, facts)]


def _by_driver(engine: Engine, ready: Ready, values: dict[str, Any]) -> list[Row]:
    pooled = engine.raw_connection()
    connection: Any = pooled.driver_connection
    try:
        connection.autocommit = True  # no BEGIN and no COMMIT: nothing is sent for them
        try:
            cursor = connection.cursor()
            engine.dispatch.before_cursor_execute(None, cursor, ready.text, values, None, False)
            rows = cursor.execute(ready.text, values).fetchall()
        finally:
            connection.autocommit = False
    except BaseException:
        is_broken = connection.closed
        pooled.invalidate()  # whatever happened to it, nobody else finds it so
        if is_broken:
            engine.dispose()  # the server went away: the pool's other connections are dead as well
        raise
    finally:
        pooled.close()
    return [tuple(map(_out, row, ready.coming_out)) for row in rows]


def _out(value: Any, change: Change | None) -> Any:
    return value if change is None else change(value)


@lru_cache(maxsize=64)
def _ready(dialect: Dialect, statement: Any) -> Ready:
    compiled = statement.compile(dialect=dialect)
    constants = {name: one.value for name, one in compiled.binds.items() if not one.required}
    forgotten = [name for name, value in constants.items() if value is None]
    if forgotten:
        raise ValueError(f"columns' defaults must be spelt out: {forgotten}")
    binds = {name: one.type.dialect_impl(dialect) for name, one in compiled.binds.items()}
    going_in = {name: kind.bind_processor(dialect) for name, kind in binds.items()}
    columns = [one.type.dialect_impl(dialect) for one in statement.exported_columns]
    return Ready(
        text=str(compiled),
        constants={
            name: change(value) if (change := going_in[name]) else value
            for name, value in constants.items()
        },
        going_in={
            name: change
            for name, change in going_in.items()
            if change is not None and name not in constants
        },
        coming_out=tuple(kind.result_processor(dialect, None) for kind in columns),
    )
