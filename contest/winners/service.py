"""Correcting one's details, and looking at the winners': each look is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from contest.contests.models import Contest, Registration
from contest.core import audit
from contest.core.sealing import Sealer
from contest.errors import N_, TooLate
from contest.identities import queries as identities_read
from contest.identities import service as identities
from contest.identities.service import Given
from contest.rules.identity import IdentityKey, IdentityRules
from contest.winners import queries
from contest.winners.queries import Winner

FORGOTTEN = N_(
    "Đã hết hạn giữ thông tin của cuộc thi này, nên hệ thống không nhận thông tin nữa. "
    "Nếu cần, bạn liên hệ ban tổ chức."
)


def open_rules(
    session: Session, contest: Contest, registration: Registration, *, now: datetime
) -> IdentityRules:
    """Return what a person may still give or correct; the rounds of `contest` are loaded.

    What stood when the results of a round they took part in became official stays as it is.
    Raises TooLate once the days of keeping are over.
    """
    rules = IdentityRules.from_json(contest.identity)
    closes_at = max(each.closes_at for each in contest.rounds)
    if rules.kept_until(closes_at) <= now:
        raise TooLate(FORGOTTEN)
    stored = identities_read.given(session, registration.id)
    settled_at = queries.last_settled(session, registration.id)
    locked = identities_read.locked(stored.values(), settled_at)
    return replace(rules, fields=tuple(each for each in rules.fields if each.key not in locked))


def correct(
    session: Session,
    contest: Contest,
    registration: Registration,
    given: Mapping[IdentityKey, Given],
    *,
    sealer: Sealer,
    now: datetime,
) -> None:
    """Store what a person gives for themselves, as `identities.service.keep` does."""
    changed = identities.keep(
        session,
        registration.id,
        given,
        contest_id=contest.id,
        rules=open_rules(session, contest, registration, now=now),
        sealer=sealer,
        now=now,
    )
    if changed:
        audit.record(
            session,
            "identities.keep",
            f"registration:{registration.code}",
            by=registration.account_id,
            now=now,
            unit_id=contest.unit_id,
            contest=contest.code,
            fields=[key.value for key in changed],
        )


def look(
    session: Session,
    contest: Contest,
    board_code: str,
    found: Sequence[Winner],
    *,
    sealer: Sealer,
    by: int,
    now: datetime,
) -> dict[int, dict[IdentityKey, Given]]:
    """Open what the winners gave, by registration, and write down who looked at whose."""
    rows = identities_read.of_many(session, [each.registration_id for each in found])
    audit.record(
        session,
        "winners.look",
        f"contest:{contest.code}",
        by=by,
        now=now,
        unit_id=contest.unit_id,
        contest=contest.code,
        board=board_code,
        registrations=[each.code for each in found],
        fields=[field["key"] for field in contest.identity.get("fields", [])],
    )
    session.flush()
    return {id_: identities.opened(given, sealer) for id_, given in rows.items()}
