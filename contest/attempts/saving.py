"""How a choice is written: the hot path, by tables and prebuilt statements.

Everywhere: read the attempt's clock under its lock, ask the pure rules, write. On PostgreSQL the
usual save, one choice of a free paper, is one statement that does all three; its conditions say
what `rules.timing.ensure_open` and the numbering say, and the same tests hold both ways.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, bindparam, literal, or_, select
from sqlalchemy.orm import Session

from contest.attempts import queries
from contest.attempts.models import EPOCH, Answer
from contest.core import db, direct
from contest.core.db import Json, UTCDateTime
from contest.errors import NotFound
from contest.rules import timing

ANSWERS = Answer.metadata.tables["answers"]
WRITTEN = ("value", "seq", "saved_at")


@dataclass(frozen=True, slots=True)
class Choice:
    """One checked choice as its row will hold it."""

    attempt_id: int
    no: int
    value: object
    seq: int
    saved_at: datetime


def write(session: Session, choice: Choice) -> None:
    """Write a choice over an older one; a newer one stays."""
    connection = session.connection()
    connection.execute(_newer_wins(connection.dialect.name), _row(choice))


def can_write_at_once(session: Session) -> bool:
    """Say whether this database writes inside a WITH (PostgreSQL does, SQLite does not)."""
    return session.get_bind().dialect.name == "postgresql"


def write_at_once(session: Session, choice: Choice) -> queries.Clock:
    """Lock the clock, write the choice if it is in time and rightly numbered; return the clock.

    The caller asks the pure rules of the returned clock: they refuse exactly what was not written.
    """
    facts = {**_row(choice), "after": choice.saved_at - timing.GRACE}
    for row in direct.run(session, _at_once(), facts):
        return queries.Clock(*row)
    raise NotFound(queries.NO_ATTEMPT)


def _row(choice: Choice) -> dict[str, object]:
    return {name: getattr(choice, name) for name in Choice.__slots__}


@cache
def _newer_wins(dialect_name: str) -> Any:
    return _over_older(db.upsert(dialect_name, ANSWERS))


def _over_older(new: Any) -> Any:
    return new.on_conflict_do_update(
        index_elements=["attempt_id", "no"],
        set_={**{name: new.excluded[name] for name in WRITTEN}, "saves": ANSWERS.c.saves + 1},
        where=ANSWERS.c.seq < new.excluded.seq,
    )


@cache
def _at_once() -> Select[Any]:
    clock = queries.CLOCK.cte("clock")
    choice = select(
        clock.c.id,
        bindparam("no", type_=Integer),
        bindparam("value", type_=Json),
        bindparam("seq", type_=BigInteger),
        bindparam("saved_at", type_=UTCDateTime),
        literal(1),  # so often chosen
    ).where(
        clock.c.handed_in_at.is_(None),
        or_(
            clock.c.deadline > bindparam("after", type_=UTCDateTime),
            clock.c.paused_at.is_not(None),
        ),
        bindparam("seq", type_=BigInteger) >= literal(EPOCH, BigInteger),
        bindparam("seq", type_=BigInteger) < (clock.c.holder_no + 1) * literal(EPOCH, BigInteger),
    )
    new = db.upsert("postgresql", ANSWERS).from_select(
        ["attempt_id", "no", *WRITTEN, "saves"], choice
    )
    return select(clock).add_cte(_over_older(new).returning(ANSWERS.c.no).cte("saved"))
