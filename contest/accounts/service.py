"""Writing people, units, roles and sign-ins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from contest.accounts import logins, queries
from contest.accounts.models import Account, Role, RoleGrant, SignIn, Unit
from contest.accounts.unit_file import UnitRow
from contest.core import audit, ids
from contest.core.sealing import Sealer
from contest.core.visitor import Scope, Visitor
from contest.errors import N_, Conflict, Invalid, NotAllowed, Problem
from contest.rules.vietnamese import (
    fold,
    name_sort_key,
    nfc,
    normalise_phone,
    text_sort_key,
    tidy_name,
)

SHORTEST_PASSWORD = 8
TAKEN = N_(
    "Tên đăng nhập hoặc số điện thoại này đã có tài khoản. Bạn hãy đăng nhập, hoặc chọn tên khác."
)
# Whose password an organizer or an administrator may reset inside their own part.
HELPED_BY: Mapping[str, frozenset[str]] = {
    Role.ORGANIZER: frozenset({Role.HELPER, Role.JUDGE, Role.ORGANIZER}),
    Role.ADMINISTRATOR: frozenset(Role),
}
# The facts of an account the log names when they change; others follow from them.
TOLD = ("name", "birth_date", "sex", "unit_id", "audiences", "trade")
WRONG = N_("Tên đăng nhập hoặc mật khẩu chưa đúng. Bạn hãy xem lại, chú ý chữ hoa và chữ thường.")


@dataclass(frozen=True, slots=True)
class Register:
    """A person opens an account. `login` is a login name or a telephone number."""

    login: str
    password: str = field(repr=False)
    name: str
    birth_date: date | None
    sex: str | None
    unit_code: str
    audiences: tuple[str, ...]
    trade: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """A person corrects what the account says of them."""

    name: str
    birth_date: date | None
    sex: str | None
    unit_code: str
    audiences: tuple[str, ...]
    trade: str | None = None


def register(
    session: Session, wish: Register, *, password_hash: str, sealer: Sealer, now: datetime
) -> Account:
    """Open an account; Conflict when the login is taken.

    The password comes hashed: hashing takes long and must not hold SQLite's one write lock.
    """
    phone = normalise_phone(wish.login)
    account = Account(
        code=ids.new_code(),
        login=logins.stored_login(wish.login, sealer),
        phone_sealed=None if phone is None else sealer.seal(phone),
        phone_blind=None if phone is None else logins.blind_phone(phone, sealer),
        password_hash=password_hash,
        registered_at=now,
        unit_id=queries.unit(session, wish.unit_code).id,
        **_facts(session, wish),
    )
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        raise Conflict(TAKEN) from error
    return account


def _facts(session: Session, wish: Register | ChangeFacts) -> dict[str, object]:
    name = tidy_name(wish.name)
    known = {audience.code for audience in queries.audiences(session)}
    if not set(wish.audiences) <= known:
        raise Invalid(
            N_("Nhóm đối tượng không có trong danh sách."),
            problems={"audiences": Problem(N_("Hãy chọn trong các nhóm có sẵn."))},
        )
    return {
        "name": name,
        "name_folded": fold(name),
        "name_key": name_sort_key(name),
        "birth_date": wish.birth_date,
        "sex": wish.sex,
        "audiences": sorted(wish.audiences),
        "trade": wish.trade,
    }


def change_facts(session: Session, wish: ChangeFacts, *, by: int, now: datetime) -> Account:
    """Correct a person's own facts. Registrations already made keep their unit.

    The log tells which facts changed, not what they were: it never forgets, and people may.
    """
    account = queries.account(session, by)
    facts = {"unit_id": queries.unit(session, wish.unit_code).id, **_facts(session, wish)}
    changed = [name for name, value in facts.items() if getattr(account, name) != value]
    for name in changed:
        setattr(account, name, facts[name])
    audit.record(
        session,
        "accounts.change_facts",
        f"account:{account.code}",
        by=by,
        now=now,
        unit_id=account.unit_id,
        fields=[name for name in TOLD if name in changed],
    )
    session.flush()
    return account


def open_sign_in(session: Session, account_id: int, *, device: str, now: datetime) -> SignIn:
    """Begin a stay of the account on one device."""
    account = session.get_one(Account, account_id)
    sign_in = SignIn(
        code=ids.new_code(32),
        account_id=account_id,
        epoch=account.epoch,
        device=device,
        opened_at=now,
    )
    session.add(sign_in)
    session.flush()
    return sign_in


def end_sign_in(session: Session, sign_in_id: int, *, now: datetime) -> None:
    """End one stay; ending it twice changes nothing."""
    running = update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None))
    session.execute(running.values(ended_at=now))


def set_password(
    session: Session, account_id: int, *, password_hash: str, by: int, now: datetime
) -> Account:
    """Set a person's own new password: every device signed in until now is signed out."""
    account = session.get_one(Account, account_id)
    account.password_hash = password_hash
    account.must_change_password = False
    account.epoch += 1
    subject, unit_id = f"account:{account.code}", account.unit_id
    audit.record(session, "accounts.set_password", subject, by=by, now=now, unit_id=unit_id)
    session.flush()
    return account


def give_temporary_password(
    session: Session, code: str, *, password_hash: str, by: Visitor, now: datetime
) -> Account:
    """An organizer helps somebody of their part of the tree who forgot the password.

    An organizer may help helpers, judges and organizers whose roles lie inside that part; nobody
    can take over an account that may do more than they may themselves.
    """
    person = queries.person(session, code, paths=by.paths(Role.ORGANIZER, Role.ADMINISTRATOR))
    ensure_may_help(queries.scopes(session, person.id), by)
    person.password_hash = password_hash
    person.must_change_password = True
    person.epoch += 1
    audit.record(
        session,
        "accounts.give_temporary_password",
        f"account:{person.code}",
        by=by.id,
        now=now,
        unit_id=person.unit_id,
    )
    session.flush()
    return person


def ensure_may_help(theirs: Sequence[Scope], by: Visitor) -> None:
    """Refuse when the person to be helped may do something somewhere that the helper may not."""
    for scope in theirs:
        covers = (
            mine
            for mine in by.scopes
            if scope.role in HELPED_BY.get(mine.role, ())
            and scope.unit_path.startswith(mine.unit_path)
        )
        if next(covers, None) is None:
            raise NotAllowed(
                N_("Người này giữ vai trò ngoài quyền của bạn. Hãy nhờ quản trị viên cấp trên.")
            )


def rehash(session: Session, account_id: int, password_hash: str) -> None:
    """Keep the same password under today's hashing parameters."""
    session.get_one(Account, account_id).password_hash = password_hash


def grant(
    session: Session, account: Account, role: Role, unit: Unit, *, by: int | None, now: datetime
) -> None:
    """Give a role inside one part of the tree; giving it twice changes nothing."""
    held = select(RoleGrant.id).where(
        RoleGrant.account_id == account.id,
        RoleGrant.role == role,
        RoleGrant.unit_id == unit.id,
    )
    if session.scalar(held) is not None:
        return
    session.add(RoleGrant(account_id=account.id, role=role, unit_id=unit.id, granted_at=now))
    audit.record(
        session,
        "accounts.grant",
        f"account:{account.code}",
        by=by,
        now=now,
        unit_id=unit.id,
        role=role,
        unit=unit.code,
    )
    session.flush()


def make_organizer(
    session: Session,
    *,
    login: str,
    name: str,
    unit_code: str,
    role: Role,
    password_hash: str,
    sealer: Sealer,
    now: datetime,
) -> Account:
    """Open an account with a role: the operator's way in before any organizer exists."""
    wish = Register(
        login=login,
        password="",
        name=name,
        birth_date=None,
        sex=None,
        unit_code=unit_code,
        audiences=(),
    )
    account = register(session, wish, password_hash=password_hash, sealer=sealer, now=now)
    grant(session, account, role, queries.unit(session, unit_code), by=None, now=now)
    return account


def load_units(session: Session, rows: Sequence[UnitRow], *, by: int | None, now: datetime) -> int:
    """Write the units a file lists, parents first whatever their order; return how many are new.

    A unit already there takes the file's name, kind, block and headcount; its place in the tree
    does not move. Invalid names every row that cannot be placed or says another place than the
    stored one, and then nothing is written.
    """
    known = {unit.code: unit for unit in session.scalars(select(Unit))}
    _ensure_unmoved(rows, known)
    added = 0
    waiting = list(rows)
    while waiting:
        ready = [row for row in waiting if not row.parent_code or row.parent_code in known]
        if not ready:
            raise Invalid(
                N_("Có đơn vị thiếu đơn vị cấp trên trong tệp."),
                problems={
                    row.code: Problem(
                        N_("Không tìm thấy đơn vị cấp trên mã %(code)s."), code=row.parent_code
                    )
                    for row in waiting
                },
            )
        for row in ready:
            if row.code in known:
                _describe(known[row.code], row)
        new = [row for row in ready if row.code not in known]
        known.update(_add_units(session, new, known))
        added += len(new)
        done = {row.code for row in ready}
        waiting = [row for row in waiting if row.code not in done]
    audit.record(session, "accounts.load_units", "units", by=by, now=now, rows=len(rows), new=added)
    session.flush()
    return added


def _ensure_unmoved(rows: Sequence[UnitRow], known: Mapping[str, Unit]) -> None:
    """Refuse, before anything is written, rows that would move a unit: people stand below it."""
    codes = {unit.id: unit.code for unit in known.values()}
    stored = {
        code: "" if unit.parent_id is None else codes[unit.parent_id]
        for code, unit in known.items()
    }
    problems = {
        row.code: Problem(
            N_(
                "Đơn vị đang thuộc cấp trên “%(stored)s” mà tệp ghi “%(code)s”. Nạp tệp không "
                "chuyển được đơn vị; hãy ghi lại mã cấp trên đang có."
            ),
            stored=stored[row.code],
            code=row.parent_code,
        )
        for row in rows
        if row.code in stored and row.parent_code != stored[row.code]
    }
    if problems:
        raise Invalid(N_("Có đơn vị ghi khác cấp trên đang có."), problems=problems)


def _add_units(
    session: Session, rows: Sequence[UnitRow], known: Mapping[str, Unit]
) -> dict[str, Unit]:
    """Add units of one generation: their ids come from the database, then their paths."""
    added = {}
    for row in rows:
        parent = known.get(row.parent_code)
        unit = Unit(code=row.code, parent_id=None if parent is None else parent.id, path="")
        _describe(unit, row)
        added[row.code] = unit
    session.add_all(added.values())
    session.flush()
    for row in rows:
        parent = known.get(row.parent_code)
        added[row.code].path = f"{'/' if parent is None else parent.path}{added[row.code].id}/"
    return added


def _describe(unit: Unit, row: UnitRow) -> None:
    unit.name = tidy_name(row.name)
    unit.name_folded = fold(unit.name)
    unit.name_key = text_sort_key(unit.name)
    unit.kind = row.kind
    unit.block = row.block or None
    unit.headcount = row.headcount


def check_password(password: str, login: str) -> None:
    """Refuse a password that is too short, too plain, or the login itself."""
    text = nfc(password)
    too_plain = len(set(text)) < 4 or fold(text) == fold(login)  # noqa: PLR2004
    if len(text) < SHORTEST_PASSWORD or too_plain:
        raise Invalid(
            N_("Mật khẩu chưa đủ an toàn."),
            problems={
                "password": Problem(
                    N_(
                        "Mật khẩu cần ít nhất %(count)d ký tự, không lặp một vài ký tự "
                        "và không trùng tên đăng nhập."
                    ),
                    count=SHORTEST_PASSWORD,
                )
            },
        )
