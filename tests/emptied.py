"""A PostgreSQL database that is emptied after each test instead of made anew.

Copying the template takes a third of a second, since each table and index is a file of its own;
taking out the few rows of a test takes a hundredth. Where a test left more than rows behind, a
table or a column, the template is copied after all.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import sqlalchemy as sa
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.exc import ProgrammingError

from contest import tables

MOST_TIMES = 200  # rows that were deleted stay in the files: then a fresh copy is quicker again
SHAPE = """
select count(*), sum(hashtext(a.attrelid::regclass::text || a.attname || a.atttypid))
from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relnamespace = 'public'::regnamespace and not a.attisdropped
"""
OTHERS = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
"""
NUMBERS = """
select setval(pg_get_serial_sequence(t, 'id'), 1, false) from unnest(cast(:tables as text[])) t
where pg_get_serial_sequence(t, 'id') is not null  -- an error where there is no such column
"""


@dataclass
class Database:
    """`url` is that of an empty, migrated database; after a test it is to be emptied."""

    template: sa.URL
    name: str = ""
    times: int = 0
    shape: tuple[int, ...] = ()
    tables: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tables = [table.name for table in tables.metadata.sorted_tables]
        self._admin = sa.create_engine(
            self.template.set(database="postgres"), isolation_level="AUTOCOMMIT"
        )
        self._make()

    @property
    def url(self) -> str:
        return self.template.set(database=self.name).render_as_string(hide_password=False)

    def empty(self) -> None:
        """Take out every row and count from 1 again."""
        self.times += 1
        if self.times >= MOST_TIMES or not self._is_emptied():
            self.drop()
            self._make()

    def drop(self) -> None:
        self._engine.dispose()
        with self._admin.connect() as connection:
            connection.execute(sa.text(f"drop database {self.name} with (force)"))

    def close(self) -> None:
        """Leave nothing behind."""
        self.drop()
        self._admin.dispose()

    def _make(self) -> None:
        self.name, self.times = f"t_{uuid.uuid4().hex}", 0
        with self._admin.connect() as connection:
            made = f"create database {self.name} template {self.template.database}"
            connection.execute(sa.text(made))
        self._engine = sa.create_engine(self.template.set(database=self.name))
        with self._engine.connect() as connection:
            self.shape = tuple(connection.execute(sa.text(SHAPE)).one())

    def _is_emptied(self) -> bool:
        filled = " union all ".join(
            f"select '{name}' where exists (select from {name})" for name in self.tables
        )
        try:
            with self._engine.begin() as connection:
                connection.execute(sa.text(OTHERS))
                if tuple(connection.execute(sa.text(SHAPE)).one()) != self.shape:
                    return False
                names = list(connection.scalars(sa.text(filled)))
                connection.execute(sa.text("set local session_replication_role = replica"))
                for name in names:  # no trigger and no foreign key asks
                    connection.execute(sa.text(f"delete from {name}"))
                numbered = [name for name in names if "id" in tables.metadata.tables[name].c]
                connection.execute(sa.text(NUMBERS), {"tables": numbered})
        except ProgrammingError as error:
            if isinstance(error.orig, InsufficientPrivilege):  # a server of somebody else's
                return False
            raise
        return True
