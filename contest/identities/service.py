"""Keeping what people give beyond their account, opening it for its owner, and forgetting it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from contest.core import db
from contest.core.sealing import Sealer
from contest.errors import N_, Conflict, Invalid, Problem
from contest.identities import queries
from contest.identities.models import Identity
from contest.rules import identity
from contest.rules.identity import IdentityField, IdentityKey, IdentityRules

TO_MEND = N_("Có chỗ cần xem lại")
TAKEN = N_(
    "Thông tin này đã được một người khác ghi trong cuộc thi. Bạn xem lại giúp có gõ nhầm không; "
    "nếu đúng là của bạn, hãy báo ban tổ chức."
)
BUSY = N_("Thông tin của bạn vừa được lưu ở một trang khác. Hãy tải lại trang rồi xem lại.")


@dataclass(frozen=True, slots=True)
class Given:
    """One fact as it was typed; `is_relatives`: a relative's stands in."""

    text: str
    is_relatives: bool = False


def keep(
    session: Session,
    registration_id: int,
    given: Mapping[IdentityKey, Given],
    *,
    contest_id: int,
    rules: IdentityRules,
    sealer: Sealer,
    now: datetime,
) -> list[IdentityKey]:
    """Store what was given for the fields of `rules`, all of it or nothing; return what changed.

    A fact left blank that may be is taken away; a fact `rules` does not name stays as it is.
    Raises Invalid whose problems are by key: what `normalise` refuses, and a fact that must differ
    from everybody else's and does not (whose it is, is never said). Raises Conflict when another
    page of the same person was faster.
    """
    values = _normalised(rules, given)
    blinds = {
        key: blind_of(sealer, contest_id, key, text)
        for key, (field, text, _) in values.items()
        if field.is_unique and text
    }
    _refuse_taken(queries.taken(session, contest_id, blinds, but=registration_id))
    stored = queries.given(session, registration_id)
    changed = []
    with session.begin_nested():
        for key, (_, text, is_relatives) in values.items():
            row = stored.get(key)
            if row is None and not text:
                continue
            if row is not None:
                if text and (sealer.open(row.sealed), row.is_relatives) == (text, is_relatives):
                    continue
                session.execute(delete(Identity).where(Identity.id == row.id))
                session.expunge(row)
            if text:
                fact = Identity(
                    registration_id=registration_id,
                    contest_id=contest_id,
                    field=key.value,
                    sealed=sealer.seal(text),
                    blind=blinds.get(key),
                    is_relatives=is_relatives,
                    saved_at=now,
                )
                if db.insert_free(session, fact) is None:
                    _refuse_taken(queries.taken(session, contest_id, blinds, but=registration_id))
                    raise Conflict(BUSY)
            changed.append(key)
    return changed


def problems_in(rules: IdentityRules, given: Mapping[IdentityKey, Given]) -> Mapping[str, Problem]:
    """Say what `keep` would refuse by itself, whatever others gave; empty when nothing."""
    try:
        _normalised(rules, given)
    except Invalid as error:
        return error.problems
    return {}


def _normalised(
    rules: IdentityRules, given: Mapping[IdentityKey, Given]
) -> dict[IdentityKey, tuple[IdentityField, str, bool]]:
    problems: dict[str, Problem] = {}
    values = {}
    for field in rules.fields:
        typed = given.get(field.key, Given(""))
        try:
            text = identity.normalise(field, typed.text)
        except Invalid as error:
            problems[field.key.value] = Problem(error.message, **error.facts)
        else:
            is_relatives = typed.is_relatives and field.may_be_relatives
            values[field.key] = field, text, is_relatives
    if problems:
        raise Invalid(TO_MEND, problems=problems)
    return values


def _refuse_taken(keys: set[IdentityKey]) -> None:
    if keys:
        raise Invalid(TO_MEND, problems={key.value: Problem(TAKEN) for key in keys})


def blind_of(sealer: Sealer, contest_id: int, key: IdentityKey, text: str) -> str:
    """Return what two equal facts of one contest have in common; another contest's differs."""
    return sealer.blind(f"identity|{contest_id}|{key.value}|{text}")


def opened(rows: Mapping[IdentityKey, Identity], sealer: Sealer) -> dict[IdentityKey, Given]:
    """Open the seals, for the owner or for who checks winners."""
    return {key: Given(sealer.open(row.sealed), row.is_relatives) for key, row in rows.items()}


def forget(session: Session, contest_id: int, *, limit: int) -> int:
    """Delete at most `limit` facts of a contest; return how many."""
    some = select(Identity.id).where(Identity.contest_id == contest_id).limit(limit)
    gone = session.execute(
        delete(Identity)
        .where(Identity.id.in_(some))
        .returning(Identity.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())
