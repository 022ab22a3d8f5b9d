"""The opening minute: who enters and starts with one tap is written by one statement.

On PostgreSQL only; elsewhere, and for everybody who is entered already, the usual acts are made one
after the other. The database's unique keys have the last word either way.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import String, bindparam, select
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from contest.accounts import queries as people
from contest.attempts.models import Attempt
from contest.contests.models import Registration
from contest.contests.service import Admitted
from contest.core import db, direct

REGISTRATIONS = Registration.metadata.tables["registrations"]
ATTEMPTS = Attempt.metadata.tables["attempts"]
MADE = ("id", "registration_id")  # by the database
REGISTERED, STARTED = "r_", "a_"  # before the names of the two rows' values


def write_at_once(session: Session, admitted: Admitted, attempt: Attempt) -> bool:
    """Write both rows, or say False: a key of one is held by another, or the person has changed.

    The attempt belongs to no session afterwards. False may leave the registration written, which
    is what starting by the usual way looks up first.
    """
    given = _values(REGISTERED, vars(admitted.registration)) | _values(STARTED, vars(attempt))
    given["version"] = admitted.version
    names = tuple(name for name in given if name.startswith(STARTED))
    made = direct.run(session, _both(names), given)
    if not made:
        return False
    for name, value in zip(MADE, made[0], strict=True):
        set_committed_value(attempt, name, value)
    make_transient_to_detached(attempt)
    return True


def _values(prefix: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        prefix + name: value
        for name, value in row.items()
        if not name.startswith("_") and name not in MADE
    }


@cache
def _both(names: tuple[str, ...]) -> Any:
    """Return the statement that writes a registration and an attempt of these columns."""
    columns = [name.removeprefix(STARTED) for name in names]
    entering = {
        column.key: bindparam(REGISTERED + column.key, type_=column.type)
        for column in REGISTRATIONS.c
        if column.key not in MADE
    }
    is_as_seen = people.is_unchanged(entering["account_id"], bindparam("version", type_=String))
    registered = (
        db.upsert("postgresql", REGISTRATIONS)
        .from_select(list(entering), select(*entering.values()).where(is_as_seen))
        .on_conflict_do_nothing()
        .returning(REGISTRATIONS.c.id)
        .cte("registered")
    )
    fresh = select(
        registered.c.id,
        *(bindparam(STARTED + name, type_=ATTEMPTS.c[name].type) for name in columns),
    )
    started = db.upsert("postgresql", ATTEMPTS).from_select(["registration_id", *columns], fresh)
    return started.on_conflict_do_nothing().returning(*(ATTEMPTS.c[name] for name in MADE))
