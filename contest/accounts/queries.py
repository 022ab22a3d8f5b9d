"""Reads of people and units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    event,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session, joinedload

from contest.accounts.logins import PHONE_PREFIX
from contest.accounts.models import Account, RoleGrant, SignIn, Unit
from contest.audiences.models import Audience
from contest.core import db, direct
from contest.core.cache import Cache
from contest.core.visitor import Scope, Visitor
from contest.errors import N_, NotFound
from contest.rules.eligibility import PersonFacts
from contest.rules.vietnamese import fold

NO_ACCOUNT = N_("Không tìm thấy tài khoản này.")
LINEAGE_SECONDS = 60  # how long another process may still know a unit's old kind or block

Lineage = tuple[frozenset[str], frozenset[str]]  # kinds and blocks of a unit and all above it
_lineages: Cache[Lineage] = Cache(size=5000, seconds=LINEAGE_SECONDS)


@dataclass(frozen=True, slots=True)
class Entrant:
    """A person as they enter a contest; `version` of their row where it was read some time ago."""

    facts: PersonFacts
    unit_id: int
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the people's page."""

    code: str
    name: str
    login: str
    birth_date: date | None
    unit: str
    is_active: bool


# One row for each role, one without when there is none. Asked at nearly every request: by tables.
SIGN_INS, ACCOUNTS = SignIn.metadata.tables["sign_ins"], Account.metadata.tables["accounts"]
GRANTS, UNITS = RoleGrant.metadata.tables["role_grants"], Unit.metadata.tables["units"]
# A row's version (PostgreSQL, "System Columns"): a write may ask whether what was read still holds.
VERSION = cast(literal_column("accounts.xmin"), String)
HOME = UNITS.alias("home")
_seen: Cache["_Seen"] = Cache(size=20_000, seconds=None)  # filled anew whenever the visitor is


class _Seen(NamedTuple):
    """What decides where a person may enter, as read with the visitor."""

    birth_date: date | None
    trade: str | None
    audiences: list[str]
    unit_id: int
    path: str
    version: str | None = None


@cache
def _visitor(dialect_name: str) -> Select[Any]:
    """Ask for a visitor; with what `entrant_seen` gives where rows have versions."""
    found = (
        select(
            SIGN_INS.c.id,
            ACCOUNTS.c.id,
            ACCOUNTS.c.name,
            ACCOUNTS.c.must_change_password,
            GRANTS.c.role,
            UNITS.c.path,
        )
        .join(ACCOUNTS, ACCOUNTS.c.id == SIGN_INS.c.account_id)
        .outerjoin(GRANTS, GRANTS.c.account_id == ACCOUNTS.c.id)
        .outerjoin(UNITS, UNITS.c.id == GRANTS.c.unit_id)
        .where(
            SIGN_INS.c.code == bindparam("code"),
            SIGN_INS.c.ended_at.is_(None),
            SIGN_INS.c.epoch == ACCOUNTS.c.epoch,
            ACCOUNTS.c.is_active.is_(True),
        )
        .order_by(GRANTS.c.id)
    )
    if dialect_name != "postgresql":
        return found
    seen = [ACCOUNTS.c[name] for name in ("birth_date", "trade", "audiences", "unit_id")]
    return found.join(HOME, HOME.c.id == ACCOUNTS.c.unit_id).add_columns(
        *seen, HOME.c.path, VERSION
    )


def visitor(sign_in_code: str) -> Visitor | None:
    """Return who holds a running sign-in, or None when it ended or a new password ended it."""
    rows = direct.read(_visitor(db.dialect_name()), {"code": sign_in_code})
    if not rows:
        return None
    sign_in_id, account_id, name, must_change_password, _role, _path, *seen = rows[0]
    if seen:
        _seen.put(account_id, _Seen(*seen))
    return Visitor(
        id=account_id,
        sign_in_id=sign_in_id,
        sign_in_code=sign_in_code,
        name=name,
        scopes=tuple(Scope(row[4], row[5]) for row in rows if row[4] is not None),
        must_change_password=must_change_password,
    )


def scopes(session: Session, account_id: int) -> tuple[Scope, ...]:
    """Return an account's roles and the part of the tree each covers."""
    rows = session.execute(
        select(RoleGrant.role, Unit.path)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(RoleGrant.account_id == account_id)
        .order_by(RoleGrant.id)
    )
    return tuple(Scope(role, path) for role, path in rows)


def by_login(session: Session, login: str) -> Account | None:
    return session.scalar(select(Account).where(Account.login == login))


def has_signed_in(session: Session, account_id: int, device: str) -> bool:
    """Say whether this browser has signed in to the account before."""
    found = select(SignIn.id).where(SignIn.account_id == account_id, SignIn.device == device)
    return session.scalar(found.limit(1)) is not None


def account(session: Session, account_id: int) -> Account:
    found = session.scalar(
        select(Account).where(Account.id == account_id).options(joinedload(Account.unit))
    )
    if found is None:
        raise NotFound(NO_ACCOUNT)
    return found


def person_facts(session: Session, account_id: int) -> PersonFacts:
    """Return what the audiences' rules look at: age, units above, blocks, trade, own groups."""
    return entrant(session, account_id).facts


_WHO, _WHERE = Account.__table__.c, Unit.__table__.c
_ENTRANT = (  # built once, on bare tables: thousands enter in one minute
    select(_WHO.birth_date, _WHO.trade, _WHO.audiences, _WHO.unit_id, _WHERE.path)
    .join_from(Account.__table__, Unit.__table__, _WHERE.id == _WHO.unit_id)
    .where(_WHO.id == bindparam("account"))
)


def entrant(session: Session, account_id: int) -> Entrant:
    """Return a person as they enter a contest: what the rules look at, and their unit."""
    row = session.connection().execute(_ENTRANT, {"account": account_id}).first()
    if row is None:
        raise NotFound(NO_ACCOUNT)
    return _entrant(session, _Seen(*row))


def entrant_seen(session: Session, account_id: int) -> Entrant | None:
    """Return the same as it was when the visitor was read, with its version; None when unknown.

    For writes that prove the version (`is_unchanged`): it costs no statement of its own.
    """
    seen = _seen.peek(account_id)
    return None if seen is None else _entrant(session, seen)


def is_unchanged(
    account_id: ColumnElement[int], version: ColumnElement[str]
) -> ColumnElement[bool]:
    """Return the condition that a person's row still has this version (PostgreSQL)."""
    return exists().where(ACCOUNTS.c.id == account_id, version == VERSION)


def _entrant(session: Session, row: _Seen) -> Entrant:
    kinds, blocks = _lineages.get(row.path, lambda: _lineage(session, row.path))
    facts = PersonFacts(
        birth_date=row.birth_date,
        unit_kinds=kinds,
        blocks=blocks,
        trade=row.trade,
        audience_codes=frozenset(row.audiences),
    )
    return Entrant(facts, row.unit_id, row.version)


def _lineage(session: Session, path: str) -> Lineage:
    above = ancestors(session, path)
    kinds = frozenset(unit.kind for unit in above)
    return kinds, frozenset(unit.block for unit in above if unit.block)


def _forget_lineages(*_: object) -> None:
    _lineages.clear()


for _change in ("after_insert", "after_update", "after_delete"):
    event.listen(Unit, _change, _forget_lineages)


def ids_in(path: str) -> list[int]:
    """Return the ids a unit's path names, from the root down to itself."""
    return [int(part) for part in path.split("/") if part]


def ancestors(session: Session, path: str) -> Sequence[Unit]:
    """Return a unit and everything above it, from the root down."""
    found = select(Unit).where(Unit.id.in_(ids_in(path))).order_by(func.length(Unit.path))
    return session.scalars(found).all()


def unit(session: Session, code: str) -> Unit:
    found = session.scalar(select(Unit).where(Unit.code == code))
    if found is None:
        raise NotFound(N_("Không tìm thấy đơn vị này."))
    return found


def children(session: Session, parent_id: int | None) -> Sequence[Unit]:
    """Return the units right below one (None: the roots), in Vietnamese order."""
    found = select(Unit).where(Unit.parent_id.is_not_distinct_from(parent_id))
    return session.scalars(found.order_by(Unit.name_key, Unit.id)).all()


def with_children(session: Session, units: Sequence[Unit]) -> set[int]:
    """Return the ids of those units that have others below them."""
    found = select(Unit.parent_id).where(Unit.parent_id.in_([unit.id for unit in units])).distinct()
    return {parent for parent in session.scalars(found) if parent is not None}


def find_units(session: Session, text: str, *, limit: int = 20) -> Sequence[Unit]:
    """Return units whose name holds `text`, marks and case aside; beginnings come first."""
    wanted = fold(text)
    if not wanted:
        return []
    begins = case((Unit.name_folded.startswith(wanted, autoescape=True), 0), else_=1)
    found = select(Unit).where(Unit.name_folded.contains(wanted, autoescape=True))
    return session.scalars(found.order_by(begins, Unit.name_key, Unit.id).limit(limit)).all()


def trails(session: Session, units: Sequence[Unit]) -> dict[int, str]:
    """Return for each unit's id the names above it, nearest first: "Trường A, Xã B"."""
    wanted = {above for unit in units for above in ids_in(unit.path)}
    rows = session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(wanted)))
    names: dict[int, str] = dict(rows.all())
    return {
        unit.id: ", ".join(names[above] for above in reversed(ids_in(unit.path)[:-1]))
        for unit in units
    }


def inside(paths: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a unit lies in one of the parts of the tree."""
    if not paths:
        return false()
    return or_(*(Unit.path.startswith(path, autoescape=True) for path in paths))


def find_people(
    session: Session,
    text: str,
    *,
    paths: Sequence[str],
    login: str = "",
    offset: int = 0,
    limit: int = 50,
) -> list[Person]:
    """Return people of some parts of the tree whose name or login holds every word of `text`.

    Marks and case do not matter; given names come first, in Vietnamese order. `login` is the
    text in the form logins are stored in: a whole telephone number finds its owner. One row more
    than `limit` would tell the caller that another page follows: ask for limit + 1.
    """
    is_by_phone = Account.login.startswith(PHONE_PREFIX)
    words = [
        or_(
            Account.name_folded.contains(word, autoescape=True),
            and_(~is_by_phone, Account.login.startswith(word, autoescape=True)),
        )
        for word in fold(text).split()
    ]
    found = (
        select(Account, Unit.name)
        .join(Unit, Unit.id == Account.unit_id)
        .where(inside(paths), or_(and_(True, *words), Account.login == login))
        .order_by(Account.name_key, Account.id)
    )
    rows = session.execute(found.offset(offset).limit(limit))
    return [
        Person(
            row.code,
            row.name,
            "" if row.login.startswith(PHONE_PREFIX) else row.login,
            row.birth_date,
            unit_name,
            row.is_active,
        )
        for row, unit_name in rows
    ]


def person(session: Session, code: str, *, paths: Sequence[str]) -> Account:
    """Return one person of the caller's part of the tree; NotFound outside it."""
    found = session.scalar(
        select(Account)
        .join(Unit, Unit.id == Account.unit_id)
        .where(Account.code == code, inside(paths))
        .options(joinedload(Account.unit))
    )
    if found is None:
        raise NotFound(N_("Không tìm thấy người này trong phần đơn vị của bạn."))
    return found


def audiences(session: Session) -> Sequence[Audience]:
    """Return every audience in its order."""
    return session.scalars(select(Audience).order_by(Audience.position)).all()
