"""Organizers as services know them: a visitor with a role in one part of the tree."""

from __future__ import annotations

from factories.attempts import Stage, add_person
from sqlalchemy.orm import Session

from contest.accounts.models import Unit
from contest.core.visitor import Scope, Visitor


def organizer_of(session: Session, stage: Stage, *, role: str = "organizer") -> Visitor:
    """Add somebody who organizes in the stage's unit and below."""
    account_id = add_person(session, stage)
    path = session.get_one(Unit, stage.unit_id).path
    return Visitor(account_id, 1, "code", "Ban Tổ chức", (Scope(role, path),))


def outsider_of(session: Session, stage: Stage) -> Visitor:
    """Add somebody who organizes elsewhere."""
    return Visitor(add_person(session, stage), 1, "code", "Nơi khác", (Scope("organizer", "/9/"),))


def unit_below(session: Session, stage: Stage, code: str, name: str = "Xã") -> Unit:
    """Add a unit right below the stage's."""
    top = session.get_one(Unit, stage.unit_id)
    unit = Unit(
        code=code,
        name=name,
        name_folded=name.lower(),
        name_key=name.lower(),
        kind="commune",
        parent_id=top.id,
        path="",
    )
    session.add(unit)
    session.flush()
    unit.path = f"{top.path}{unit.id}/"
    session.flush()
    return unit
