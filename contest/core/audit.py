"""Who did what, when: rows written in the same transaction as the act, once and for all.

Nothing changes or deletes a row: the models refuse it, and so do triggers in the database, which
`guard` puts there after every migration (rebuilding a table on SQLite drops its triggers).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import Connection, ForeignKey, Index, String, Text, event, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from contest.core.db import Base, Id
from contest.rules.vietnamese import fold

LONGEST_WORDS = 2000  # characters kept for searching
REFUSAL = "audit_entries: rows are written once"


class AuditEntry(Base):
    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_unit_id_at", "unit_id", "at"),
        Index("ix_audit_entries_contest_at", "contest", "at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)  # None: the clock
    act: Mapped[str] = mapped_column(String(60))  # "room.verb"
    subject: Mapped[str] = mapped_column(String(120))  # "contest:k7f2", a public code
    facts: Mapped[dict[str, Any]]  # what changed; never personal data
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))  # whose thing it was
    contest: Mapped[str | None] = mapped_column(String(60))  # the code of the contest it was about
    words: Mapped[str] = mapped_column(Text, server_default="")  # folded, to search in


def record(
    session: Session,
    act: str,
    subject: str,
    *,
    by: int | None,
    now: datetime,
    unit_id: int | None = None,
    contest: str | None = None,
    **facts: Any,
) -> None:
    """Write one line of the log in the caller's transaction.

    `unit_id` is the unit the thing belongs to: its organizers may read the line. `contest` is the
    code of the contest the act was about. Neither stands in `facts`.
    """
    session.add(
        AuditEntry(
            at=now,
            by=by,
            act=act,
            subject=subject,
            facts=facts,
            unit_id=unit_id,
            contest=contest,
            words=words_of(subject, facts),
        )
    )


def latest(session: Session, act: str) -> dict[str, Any]:
    """Return the facts of the newest line of an act that belongs to no unit; empty without one."""
    lines = select(AuditEntry.facts).where(AuditEntry.unit_id.is_(None), AuditEntry.act == act)
    newest = lines.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(1)
    return session.scalar(newest) or {}


def words_of(subject: str, facts: dict[str, Any]) -> str:
    """Give what a line can be found by: its subject and every text of its facts, without marks."""
    return fold(" ".join([subject, *_texts(facts)]))[:LONGEST_WORDS]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _refuse(*_: object) -> NoReturn:
    raise RuntimeError(REFUSAL)


for _change in ("before_update", "before_delete"):
    event.listen(AuditEntry, _change, _refuse)


# The same in the database itself, for whoever comes past the models.
SQLITE = tuple(
    f"CREATE TRIGGER IF NOT EXISTS audit_entries_no_{act} BEFORE {act} ON audit_entries "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for act in ("update", "delete")
)
REFUSING = f"""
CREATE OR REPLACE FUNCTION audit_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$
"""
GUARDING = """
CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_refuse()
"""
POSTGRESQL = (REFUSING, "DROP TRIGGER IF EXISTS audit_entries_no_change ON audit_entries", GUARDING)
GUARDS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def guard(connection: Connection) -> None:
    """Let the database refuse to change or delete lines; once more changes nothing."""
    if not inspect(connection).has_table(AuditEntry.__tablename__):
        return
    for statement in GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def _guard_new(_table: object, connection: Connection, **_: object) -> None:
    for statement in GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


event.listen(AuditEntry.__table__, "after_create", _guard_new)
