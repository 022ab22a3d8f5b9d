"""Units, audiences and accounts as facts, without sealing or hashing."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from contest.accounts.models import Account, RoleGrant, SignIn, Unit
from contest.audiences.models import Audience
from contest.core import ids
from contest.rules.vietnamese import fold, name_sort_key, text_sort_key

_numbers = itertools.count(1)
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)


def make_unit(
    session: Session,
    code: str | None = None,
    name: str = "Phường Lào Cai",
    kind: str = "commune",
    parent: Unit | None = None,
    **facts: Any,
) -> Unit:
    unit = Unit(
        code=code or f"u{next(_numbers)}",
        name=name,
        name_folded=fold(name),
        name_key=text_sort_key(name),
        kind=kind,
        parent_id=None if parent is None else parent.id,
        path="",
        **facts,
    )
    session.add(unit)
    session.flush()
    unit.path = f"{'/' if parent is None else parent.path}{unit.id}/"
    session.flush()
    return unit


def make_audience(
    session: Session, code: str = "everybody", name: str = "Mọi người dân", **rules: Any
) -> Audience:
    number = next(_numbers)
    audience = Audience(
        code=code,
        name=name,
        name_en=f"{code} in English",
        description=f"Dành cho nhóm {name}.",
        description_en=f"For {code}.",
        position=number,
        rules=rules,
    )
    session.add(audience)
    session.flush()
    return audience


def make_account(
    session: Session,
    unit: Unit | None = None,
    name: str = "Nguyễn Thị Hoà",
    *,
    birth_date: date | None = date(1990, 6, 15),
    audiences: tuple[str, ...] = (),
    **facts: Any,
) -> Account:
    unit = unit or make_unit(session)
    account = Account(
        code=ids.new_code(),
        login=facts.pop("login", f"nguoi{next(_numbers)}"),
        password_hash="none",
        name=name,
        name_folded=fold(name),
        name_key=name_sort_key(name),
        birth_date=birth_date,
        unit_id=unit.id,
        audiences=list(audiences),
        registered_at=LONG_AGO,
        **facts,
    )
    session.add(account)
    session.flush()
    return account


def make_grant(session: Session, account: Account, role: str, unit: Unit) -> RoleGrant:
    granted = RoleGrant(account_id=account.id, role=role, unit_id=unit.id, granted_at=LONG_AGO)
    session.add(granted)
    session.flush()
    return granted


def make_sign_in(session: Session, account: Account, **facts: Any) -> SignIn:
    sign_in = SignIn(
        code=ids.new_code(32),
        account_id=account.id,
        epoch=account.epoch,
        device=facts.pop("device", "test"),
        opened_at=facts.pop("opened_at", LONG_AGO),
        **facts,
    )
    session.add(sign_in)
    session.flush()
    return sign_in
