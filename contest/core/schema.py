"""Migrations, always started here with a connection and a metadata handed over."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData

from contest.core import audit

SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, metadata: MetaData, revision: str = "head") -> None:
    """Bring the database to `revision`.

    Runs on a connection of its own with SQLite's foreign keys off, since rebuilding a table would
    otherwise delete its children; the keys are checked before the commit. The audit log is guarded
    anew: a rebuilt table has lost its triggers.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection:
        raw = connection.connection.dbapi_connection
        if is_sqlite and raw is not None:
            raw.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                command.upgrade(_config(connection, metadata), revision)
                audit.guard(connection)
                if is_sqlite:
                    _refuse_orphans(connection)
        finally:
            if is_sqlite and raw is not None:
                raw.execute("PRAGMA foreign_keys = ON")


def downgrade(engine: Engine, metadata: MetaData, revision: str) -> None:
    """Take the database back to `revision` (tests prove every step both ways)."""
    with engine.connect() as connection, connection.begin():
        command.downgrade(_config(connection, metadata), revision)


def differences(connection: Connection, metadata: MetaData) -> list[object]:
    """Return what the tables in the database and the models do not agree on."""
    context = MigrationContext.configure(connection, opts={"compare_type": False})
    return list(compare_metadata(context, metadata))


def new_revision(engine: Engine, metadata: MetaData, message: str) -> None:
    """Write a migration from the difference between models and database (for developers)."""
    with engine.connect() as connection, connection.begin():
        command.revision(_config(connection, metadata), message=message, autogenerate=True)


def _config(connection: Connection, metadata: MetaData) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    return config


def _refuse_orphans(connection: Connection) -> None:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        raise RuntimeError(f"migration left orphan rows: {orphans[:5]}")
