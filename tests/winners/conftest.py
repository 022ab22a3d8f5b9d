"""A settled board with prizes, and what its people gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from factories.people import make_account, make_grant
from factories.standings import AFTER, OPENS, World, make_world
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Role
from contest.contests import queries as contests
from contest.core import clock
from contest.core.sealing import Sealer
from contest.identities import service as identities
from contest.identities.service import Given
from contest.rules.identity import AskedWhen, IdentityField, IdentityKey, IdentityRules
from contest.standings import service as standings

RULES = IdentityRules(
    AskedWhen.AFTER,
    (
        IdentityField(IdentityKey.NATIONAL_ID, is_unique=True),
        IdentityField(IdentityKey.PHONE, may_be_relatives=True),
    ),
    keep_days=30,
)
PRIZES = [
    {"name": "giải Nhất", "name_en": "first prize", "count": 1, "value": "quà"},
    {"name": "giải Nhì", "name_en": "second prize", "count": 1, "value": "quà"},
]
BOARD = "/organizer/winners/hoi-thi/round.r1/d1"


@dataclass
class Scene:
    """The world, with what is needed to let its people speak."""

    world: World
    sealer: Sealer
    session: Session

    def give(self, name: str, number: str, now: datetime = OPENS) -> None:
        given = {
            IdentityKey.NATIONAL_ID: Given(number),
            IdentityKey.PHONE: Given("0912345678", is_relatives=True),
        }
        identities.keep(
            self.session,
            self.world.people[name].id,
            given,
            contest_id=self.world.contest.id,
            rules=RULES,
            sealer=self.sealer,
            now=now,
        )

    def settle(self) -> None:
        self.world.count()
        assert standings.settle(self.session, self.world.rounds["r1"].id, now=AFTER)
        self.session.commit()

    def organizer(self, unit: str = "tinh", role: str = Role.ORGANIZER) -> Account:
        account = make_account(self.session, self.world.units[unit])
        make_grant(self.session, account, role, self.world.units[unit])
        self.session.commit()
        return account


@pytest.fixture
def scene(app: Flask, session: Session) -> Scene:
    """Three people with 10, 8 and 5 points; a and c gave what is asked, b did not."""
    world = make_world(session)
    world.contest.identity = RULES.as_json()
    world.divisions["d1"].prizes = PRIZES
    session.flush()
    for name, points in (("a", 10), ("b", 8), ("c", 5)):
        world.sit(name, points=points)
    made = Scene(world, app.extensions["sealer"], session)
    made.give("a", "010190000001")
    made.give("c", "010190000003")
    session.commit()
    contests.forget()
    return made


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Let the house's one clock stand at a named moment."""

    def stand(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    return stand


@pytest.fixture
def as_who(client: FlaskClient, sign_in: Callable[..., Any]) -> Callable[[Account], FlaskClient]:
    def enter(account: Account) -> FlaskClient:
        sign_in(client, account)
        return client

    return enter
