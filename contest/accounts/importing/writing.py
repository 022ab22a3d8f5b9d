"""Writing a plan: classes, accounts, roles, headcounts, in few statements whatever the number."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from contest.accounts import queries
from contest.accounts.importing.outcome import Fate, NewClass, Plan, Planned
from contest.accounts.models import Account, RoleGrant, Unit
from contest.accounts.people_file import Kind
from contest.core import audit, ids
from contest.core.sealing import Sealer
from contest.rules.vietnamese import fold, name_sort_key, text_sort_key, tidy_name


def write(
    session: Session,
    plan: Plan,
    hashes: Mapping[int, str],
    *,
    sealer: Sealer,
    by: int,
    now: datetime,
    file: str,
) -> None:
    """Write every good row of a plan made in this transaction; `hashes` by the rows' numbers.

    The passwords come hashed: hashing takes long and must not hold SQLite's one write lock.
    """
    if plan.kind is Kind.HEADCOUNTS:
        _write_headcounts(session, plan.to_write)
    else:
        _write_people(session, plan.to_write, hashes, sealer=sealer, by=by, now=now)
    counts: dict[str, Any] = {fate: count for fate, count in plan.counts.items() if count}
    audit.record(
        session,
        "accounts.import_people",
        f"people-file:{file}",
        by=by,
        now=now,
        unit_id=_common_unit(plan.to_write),
        kind=plan.kind.value,
        **counts,
    )
    session.flush()


def _common_unit(lines: Sequence[Planned]) -> int | None:
    """Give the lowest unit above all units of some rows."""
    paths = [queries.ids_in(line.unit.path) for line in lines if line.unit is not None]
    common: int | None = None
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        common = level[0]
    return common


def _write_headcounts(session: Session, lines: Sequence[Planned]) -> None:
    rows = [{"id": line.unit.id, "headcount": line.headcount} for line in lines if line.unit]
    if rows:
        session.execute(update(Unit), rows)


def _write_people(
    session: Session,
    lines: Sequence[Planned],
    hashes: Mapping[int, str],
    *,
    sealer: Sealer,
    by: int,
    now: datetime,
) -> None:
    new = [line for line in lines if line.fate is Fate.NEW]
    classes = _write_classes(session, new)
    codes = {line.number: ids.new_code() for line in new}
    rows = [
        {
            **_facts(line, classes, sealer),
            "code": codes[line.number],
            "password_hash": hashes[line.number],
            "must_change_password": True,
            "registered_at": now,
        }
        for line in new
    ]
    if rows:
        session.execute(insert(Account), rows)
    _write_grants(session, lines, codes, by=by, now=now)


def _facts(line: Planned, classes: Mapping[str, int], sealer: Sealer) -> dict[str, object]:
    row, unit = line.row, line.unit
    if row is None or unit is None:
        raise ValueError(f"row {line.number} is planned without its facts")
    return {
        "login": line.login,
        "phone_sealed": sealer.seal(row.phone) if row.phone else None,
        "phone_blind": line.phone_blind,
        "member_code": row.member_code or None,
        "name": row.name,
        "name_folded": fold(row.name),
        "name_key": name_sort_key(row.name),
        "birth_date": row.birth_date,
        "sex": row.sex,
        "unit_id": classes[line.new_class.code] if line.new_class else unit.id,
        "audiences": list(line.audiences),
        "trade": row.trade,
    }


def _write_classes(session: Session, lines: Sequence[Planned]) -> dict[str, int]:
    """Add the classes that are not there yet; return their ids by code."""
    wanted: dict[str, NewClass] = {
        line.new_class.code: line.new_class for line in lines if line.new_class
    }
    units = {code: _class_unit(one) for code, one in wanted.items()}
    session.add_all(units.values())
    session.flush()
    for code, unit in units.items():
        unit.path = f"{wanted[code].parent_path}{unit.id}/"
    session.flush()
    return {code: unit.id for code, unit in units.items()}


def _class_unit(wanted: NewClass) -> Unit:
    name = tidy_name(wanted.name)
    return Unit(
        code=wanted.code,
        name=name,
        name_folded=fold(name),
        name_key=text_sort_key(name),
        kind="class",
        parent_id=wanted.parent_id,
        path="",
    )


def _write_grants(
    session: Session,
    lines: Sequence[Planned],
    codes: Mapping[int, str],
    *,
    by: int,
    now: datetime,
) -> None:
    granted = [line for line in lines if line.grant]
    if not granted:
        return
    made = select(Account.code, Account.id).where(Account.code.in_(codes.values()))
    accounts: dict[str, int] = dict(session.execute(made).all())
    units = {line.grant[1] for line in granted if line.grant}
    codes_of = select(Unit.id, Unit.code).where(Unit.id.in_(units))
    named: dict[int, str] = dict(session.execute(codes_of).all())
    for line in granted:
        if line.grant is None:
            continue
        role, unit_id = line.grant
        code = line.account_code or codes[line.number]
        account_id = line.account_id or accounts[code]
        session.add(RoleGrant(account_id=account_id, role=role, unit_id=unit_id, granted_at=now))
        audit.record(
            session,
            "accounts.grant",
            f"account:{code}",
            by=by,
            now=now,
            unit_id=unit_id,
            role=role,
            unit=named[unit_id],
        )
