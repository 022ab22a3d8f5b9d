"""The database: base class, column types, reading and writing sessions, the doors' transaction."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached, sessionmaker
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_MS = 5000

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER keys only
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database; a naive value is refused.

    Stored as ISO text of fixed width on SQLite, so that text order is time order, and as
    `timestamptz` on PostgreSQL.
    """

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(UTC)
        if dialect.name == "postgresql":
            return value
        return value.isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value if dialect.name == "postgresql" else datetime.fromisoformat(value)
        return moment.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table of the house."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UTCDateTime, dict[str, Any]: Json, list[Any]: Json}  # noqa: RUF012


Row = TypeVar("Row", bound=Base)

reading_session = sessionmaker(expire_on_commit=False)
writing_session = sessionmaker(expire_on_commit=False)


def connect(url: str, *, pool_size: int = 16) -> Engine:
    """Open the engine for `url` and bind both kinds of session to it."""
    if url.startswith("sqlite"):
        engine = create_engine(url, hide_parameters=True, pool_size=pool_size, max_overflow=4)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=4,
            skip_autocommit_rollback=True,  # one statement alone leaves nothing to roll back
        )
    bind(engine)
    return engine


def bind(engine: Engine) -> None:
    """Point both kinds of session at `engine`."""
    reading_session.configure(bind=engine)
    writing_session.configure(bind=engine.execution_options(sqlite_begin="IMMEDIATE"))


def _prepare_sqlite(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    # sqlite3 begins transactions too late for savepoints unless it is told to leave them alone.
    connection.isolation_level = None
    for pragma in (
        "foreign_keys = ON",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a session that commits when the block ends and rolls back when it raises."""
    with writing_session.begin() as session:
        yield session


def dialect_name() -> str:
    """Return the name of the database in use: "postgresql" or "sqlite"."""
    engine: Engine = reading_session.kw["bind"]
    return engine.dialect.name


def upsert(dialect_name: str, table: Table) -> Any:
    """Return the dialect's INSERT that knows ON CONFLICT, for `table`."""
    if dialect_name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def insert_missing(
    session: Session, table: Table, rows: Sequence[dict[str, Any]], *, keys: Sequence[str]
) -> None:
    """Insert the rows whose `keys` are not there yet; leave the others as they are."""
    if rows:
        statement = upsert(session.get_bind().dialect.name, table).values(list(rows))
        session.execute(statement.on_conflict_do_nothing(index_elements=list(keys)))


@cache
def _insertion(dialect_name: str, table: Any) -> Any:
    return upsert(dialect_name, table).on_conflict_do_nothing().returning(table.c.id)


def insert_free(session: Session, row: Row) -> Row | None:
    """Write a new row unless another holds one of its unique keys: then None, and nothing written.

    The row belongs to the session afterwards. One statement that breaks no transaction, where a
    failed INSERT would need a savepoint around it.
    """
    table = type(row).__table__
    values = {column.key: vars(row)[column.key] for column in table.c if column.key in vars(row)}
    connection = session.connection()
    id_ = connection.execute(_insertion(connection.dialect.name, table), values).scalar()
    if id_ is None:
        return None
    set_committed_value(row, "id", id_)
    make_transient_to_detached(row)
    session.add(row)
    return row


def lock_for_update(session: Session) -> bool:
    """Say whether this database locks single rows (SQLite's one writer needs no row lock)."""
    return session.get_bind().dialect.name == "postgresql"
