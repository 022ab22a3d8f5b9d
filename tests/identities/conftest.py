"""A contest that asks for two facts while registering, and people who may enter it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from factories.contests import OPENING, make_contest, make_division, make_round
from factories.people import make_account
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.config import Settings
from contest.contests import service as contests
from contest.contests.models import Contest, Registration
from contest.core.sealing import Sealer
from contest.identities.service import Given
from contest.rules.identity import AskedWhen, IdentityField, IdentityKey, IdentityRules

RULES = IdentityRules(
    AskedWhen.BEFORE,
    (
        IdentityField(IdentityKey.NATIONAL_ID, is_unique=True),
        IdentityField(IdentityKey.PHONE, may_be_relatives=True),
        IdentityField(IdentityKey.CLASS, is_required=False),
    ),
    keep_days=30,
)
NUMBER = "010190000123"
GIVEN = {
    IdentityKey.NATIONAL_ID: Given("010 190 000 123"),
    IdentityKey.PHONE: Given("0912 345 678", is_relatives=True),
}


@pytest.fixture
def sealer(settings: Settings) -> Sealer:
    return Sealer(settings.secret_key)


@pytest.fixture
def contest(session: Session) -> Contest:
    made = make_contest(session, "an-toan", identity=RULES.as_json())
    make_round(session, made, "tuan-1")
    make_division(session, made, "d1")
    session.commit()
    return made


@pytest.fixture
def enter(session: Session, contest: Contest, sealer: Sealer) -> Callable[..., Registration]:
    def entering(
        given: dict[IdentityKey, Given] | None = None,
        account: Account | None = None,
        now: datetime = OPENING,
    ) -> Registration:
        who = account or make_account(session)
        details = contests.Details(GIVEN if given is None else given, sealer)
        return contests.register(session, contest.code, "d1", by=who.id, now=now, details=details)

    return entering
