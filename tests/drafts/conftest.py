"""An organizer of a ward, with questions enough for a small contest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from factories.contests import make_pool, make_topic
from factories.people import make_account, make_audience, make_grant, make_unit
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Role, Unit
from contest.core.visitor import Scope, Visitor


@dataclass(frozen=True, slots=True)
class Place:
    """A province, one of its wards and another; `by` organizes the first ward."""

    province: Unit
    ward: Unit
    other: Unit
    account: Account
    by: Visitor


@pytest.fixture
def place(session: Session) -> Place:
    province = make_unit(session, "15", "Tỉnh Lào Cai", "province")
    ward = make_unit(session, "02647", "Phường Lào Cai", parent=province)
    other = make_unit(session, "02650", "Phường Cam Đường", parent=province)
    make_audience(session, "everybody")
    make_audience(session, "elderly", "Người cao tuổi", age_from=60)
    make_pool(session, make_topic(session), 4)
    account = make_account(session, ward, "Lò Văn Chủ")
    make_grant(session, account, Role.ORGANIZER, ward)
    return Place(province, ward, other, account, visitor(account, ward))


def visitor(account: Account, unit: Unit, role: Role = Role.ORGANIZER) -> Visitor:
    return Visitor(account.id, 0, "", account.name, scopes=(Scope(role, unit.path),))


@pytest.fixture
def desk(client: FlaskClient, place: Place, sign_in: Callable[..., Any]) -> FlaskClient:
    """The organizer's browser."""
    sign_in(client, place.account)
    return client
