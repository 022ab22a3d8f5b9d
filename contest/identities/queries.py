"""Reads of what people gave; nothing here opens a seal."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.identities.models import Identity
from contest.rules.identity import IdentityKey, IdentityRules


def given(session: Session, registration_id: int) -> dict[IdentityKey, Identity]:
    """Return what one registration gave, by what was asked."""
    rows = session.scalars(select(Identity).where(Identity.registration_id == registration_id))
    return {IdentityKey(row.field): row for row in rows}


def is_missing(session: Session, registration_id: int, rules: IdentityRules) -> bool:
    """Say whether a fact that must be given is not; asks nothing when the contest asks nothing."""
    wanted = {each.key.value for each in rules.fields if each.is_required}
    if not wanted:
        return False
    found = select(Identity.field).where(Identity.registration_id == registration_id)
    return not wanted <= set(session.scalars(found))


def of_many(
    session: Session, registration_ids: Collection[int]
) -> dict[int, dict[IdentityKey, Identity]]:
    """Return what some registrations gave, by registration."""
    rows = session.scalars(select(Identity).where(Identity.registration_id.in_(registration_ids)))
    found: dict[int, dict[IdentityKey, Identity]] = {}
    for row in rows:
        found.setdefault(row.registration_id, {})[IdentityKey(row.field)] = row
    return found


def taken(
    session: Session, contest_id: int, blinds: Mapping[IdentityKey, str], *, but: int
) -> set[IdentityKey]:
    """Return which of these blind values somebody else of the contest gave."""
    if not blinds:
        return set()
    rows = session.execute(
        select(Identity.field, Identity.blind).where(
            Identity.contest_id == contest_id,
            Identity.blind.in_(blinds.values()),
            Identity.registration_id != but,
        )
    )
    return {IdentityKey(field) for field, blind in rows if blinds.get(IdentityKey(field)) == blind}


def kept_for_one_of(session: Session, contest_ids: Iterable[int]) -> int | None:
    """Return one of the contests for which something is kept; None when there is none."""
    found = select(Identity.contest_id).where(Identity.contest_id.in_(list(contest_ids)))
    return session.scalar(found.limit(1))


def locked(rows: Iterable[Identity], settled_at: datetime | None) -> set[IdentityKey]:
    """Return what stood when results it concerns became official: that may not change any more."""
    if settled_at is None:
        return set()
    return {IdentityKey(row.field) for row in rows if row.saved_at <= settled_at}
