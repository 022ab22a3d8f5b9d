"""Rows of people against the accounts that are there: who is new, who is known, who is in doubt."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from contest.accounts import logins, queries
from contest.accounts.importing.outcome import Fate, NewClass, Planned
from contest.accounts.importing.places import Place, Places, class_key
from contest.accounts.models import Account, RoleGrant, Unit
from contest.accounts.people_file import Kind, PersonRow
from contest.core.sealing import Sealer
from contest.errors import N_, Problem
from contest.rules.vietnamese import fold

SAME_PERSON = N_("Người này đã có tài khoản; thông tin trong tài khoản được giữ nguyên.")
ROLE_GIVEN = N_("Người này đã có tài khoản; chỉ thêm vai trò.")
TWICE = N_("Trùng với dòng %(number)d của tệp.")
LOGIN_TAKEN = N_("Tên đăng nhập “%(login)s” đã có người khác dùng.")
CODE_TAKEN = N_("Mã số “%(code)s” trong đơn vị này đang ghi cho người tên khác.")
NAMESAKE = N_("Đã có người cùng họ tên và ngày sinh ở %(unit)s. Nếu là một người, hãy bỏ dòng này.")
PHONE_SHARED = N_("Số điện thoại này đã có người khác dùng để đăng nhập hoặc đăng ký.")
ELSEWHERE = N_(
    "Người cùng họ tên và số điện thoại này đã có tài khoản ở đơn vị ngoài phần của bạn."
)
NEW_CLASS = N_("Sẽ thêm %(name)s vào %(unit)s.")
NO_CLASS = N_("Chỉ trường học mới có lớp; %(unit)s thì không.")
AUDIENCE_UNKNOWN = N_("Đối tượng “%(text)s” không có trong danh sách nên được bỏ qua.")
CLOSED = N_("Tài khoản của người này đang bị khoá.")

TRIES = 5  # at finding a free login with a number made from the row


@dataclass(frozen=True, slots=True)
class _Known:
    """An account that a row might mean. `path` is its unit's."""

    id: int
    code: str
    login: str
    name: str  # folded
    birth_date: date | None
    phone_blind: str | None
    member_code: str | None
    is_active: bool
    unit_id: int
    path: str
    unit: str
    is_mine: bool

    @property
    def phone(self) -> str | None:
        """The blind form of its telephone number, wherever it stands."""
        return self.phone_blind or (
            self.login.removeprefix(logins.PHONE_PREFIX)
            if self.login.startswith(logins.PHONE_PREFIX)
            else None
        )


@dataclass(slots=True)
class _Draft:
    """A row on its way to its plan."""

    row: PersonRow
    folded: str
    problems: list[Problem]
    warnings: list[Problem]
    named: Place | None = None  # the unit as the row names it
    unit: Place | None = None  # the same, or the class below it
    new_class: NewClass | None = None
    scope: Place | None = None
    blind: str | None = None
    audiences: tuple[str, ...] = ()
    known: _Known | None = None
    login: str = ""
    shown: str = ""

    @property
    def where(self) -> tuple[int, str]:
        """The unit the person will belong to, a class that is not there yet by its code."""
        place = self.unit.id if self.unit else 0
        return place, self.new_class.code if self.new_class else ""


@dataclass(slots=True)
class _Found:
    """Accounts by what a row may say of them."""

    by_login: dict[str, _Known] = field(default_factory=dict)
    by_phone: dict[str, list[_Known]] = field(default_factory=lambda: defaultdict(list))
    by_birth: dict[tuple[str, date | None], list[_Known]] = field(
        default_factory=lambda: defaultdict(list)
    )
    by_code: dict[str, list[_Known]] = field(default_factory=lambda: defaultdict(list))


class People:
    """Plans people, judges and helpers."""

    def __init__(
        self, session: Session, kind: Kind, paths: Sequence[str], places: Places, sealer: Sealer
    ) -> None:
        self.session = session
        self.kind = kind
        self.paths = paths
        self.places = places
        self.sealer = sealer
        self.audiences = {
            fold(word): audience.code
            for audience in queries.audiences(session)
            for word in (audience.code, audience.name)
        }
        self.classes: dict[tuple[int, str], NewClass] = {}

    def plan(self, rows: Iterable[PersonRow]) -> tuple[Planned, ...]:
        drafts = [self._placed(row) for row in rows]
        found = self._found(drafts)
        for draft in drafts:
            self._recognise(draft, found)
        self._refuse_twice(drafts)
        grants = self._grants(drafts)
        self._name_logins(drafts, found)
        return tuple(self._planned(draft, grants) for draft in drafts)

    # Words that the database knows

    def _placed(self, row: PersonRow) -> _Draft:
        draft = _Draft(row, fold(row.name), list(row.problems), list(row.warnings))
        draft.blind = logins.blind_phone(row.phone, self.sealer) if row.phone else None
        draft.named = draft.unit = self._unit(draft, row.unit)
        if row.class_name and draft.unit is not None:
            self._put_in_class(draft, draft.unit, row.class_name)
        if self.kind is Kind.STAFF:
            draft.scope = self._unit(draft, row.scope) if row.scope else draft.unit
        codes = []
        for word in row.audiences:
            code = self.audiences.get(fold(word))
            if code is None:
                draft.warnings.append(Problem(AUDIENCE_UNKNOWN, text=word[:40]))
            else:
                codes.append(code)
        draft.audiences = tuple(sorted(set(codes)))
        return draft

    def _unit(self, draft: _Draft, text: str) -> Place | None:
        found = self.places.find(text) if text else None
        if isinstance(found, Problem):
            draft.problems.append(found)
            return None
        return found

    def _put_in_class(self, draft: _Draft, school: Place, name: str) -> None:
        there = self.places.class_of(school, name)
        if there is not None:
            draft.unit = there
        elif school.kind != "school":
            draft.problems.append(Problem(NO_CLASS, unit=school.name))
        else:
            draft.new_class = self._new_class(school, name)
            told = {"name": draft.new_class.name, "unit": school.name}
            draft.warnings.append(Problem(NEW_CLASS, **told))

    def _new_class(self, school: Place, name: str) -> NewClass:
        key = (school.id, class_key(name))
        if key not in self.classes:
            shown = name if fold(name).startswith("lop ") else f"Lớp {name}"
            digest = hashlib.blake2s(f"{school.code}/{key[1]}".encode()).hexdigest()[:6]
            code = f"{school.code[:20]}-{key[1][:12]}"
            if self.places.has_code(code):
                code = f"{code}-{digest}"
            self.classes[key] = NewClass(code, shown, school.id, school.path)
        return self.classes[key]

    # Who is there already

    def _found(self, drafts: Sequence[_Draft]) -> _Found:
        blinds = {draft.blind for draft in drafts if draft.blind}
        typed = {draft.row.login for draft in drafts if draft.row.login}
        typed |= {logins.phone_login(blind) for blind in blinds}
        codes = {draft.row.member_code for draft in drafts if draft.row.member_code}
        names = {draft.folded for draft in drafts}
        days = {draft.row.birth_date for draft in drafts if draft.row.birth_date}
        found = _Found()
        for known in self._accounts(or_(Account.login.in_(typed), Account.phone_blind.in_(blinds))):
            found.by_login[known.login] = known
            if known.phone:
                found.by_phone[known.phone].append(known)
        here = queries.inside(self.paths)
        is_born_so = or_(Account.birth_date.in_(days), Account.birth_date.is_(None))
        for known in self._accounts(and_(here, Account.name_folded.in_(names), is_born_so)):
            found.by_birth[known.name, known.birth_date].append(known)
        for known in self._accounts(and_(here, Account.member_code.in_(codes))):
            found.by_code[known.member_code or ""].append(known)
        return found

    def _accounts(self, condition: object) -> list[_Known]:
        columns = (
            *(Account.id, Account.code, Account.login, Account.name_folded, Account.birth_date),
            *(Account.phone_blind, Account.member_code, Account.is_active, Account.unit_id),
            *(Unit.path, Unit.name),
        )
        rows = self.session.execute(
            select(*columns)
            .join(Unit, Unit.id == Account.unit_id)
            .where(condition)  # type: ignore[arg-type]  # a condition of SQLAlchemy's
            .order_by(Account.id)
        )
        return [_Known(*row, is_mine=row.path.startswith(tuple(self.paths))) for row in rows]

    def _recognise(self, draft: _Draft, found: _Found) -> None:
        """Find out whether the row is somebody who is there, by the surest word first."""
        row = draft.row
        if row.login and row.login in found.by_login:
            self._take(draft, found.by_login[row.login], LOGIN_TAKEN, login=row.login)
        elif row.member_code and draft.named is not None:
            self._recognise_code(draft, draft.named, found.by_code.get(row.member_code, []))
        if draft.known is None and not draft.problems and draft.blind:
            self._recognise_phone(draft, found.by_phone.get(draft.blind, []))
        if draft.known is None and not draft.problems and draft.unit is not None:
            self._recognise_namesake(draft, draft.unit, found)
        if draft.known is not None and not draft.known.is_active:
            draft.warnings.append(Problem(CLOSED))

    def _take(self, draft: _Draft, known: _Known, message: str, **facts: str) -> None:
        if known.is_mine and known.name == draft.folded:
            draft.known = known
        else:
            draft.problems.append(Problem(message, **facts))

    def _recognise_code(self, draft: _Draft, named: Place, holders: Sequence[_Known]) -> None:
        """Classes of a school may number their pupils alike: the name tells them apart."""
        here = [known for known in holders if known.path.startswith(named.path)]
        draft.known = next((known for known in here if known.name == draft.folded), None)
        if draft.known is None and any((known.unit_id, "") == draft.where for known in here):
            draft.problems.append(Problem(CODE_TAKEN, code=draft.row.member_code))

    def _recognise_phone(self, draft: _Draft, holders: Sequence[_Known]) -> None:
        namesakes = [known for known in holders if known.name == draft.folded]
        mine = next((known for known in namesakes if known.is_mine), None)
        if mine is not None:
            draft.known = mine
        elif namesakes:
            draft.problems.append(Problem(ELSEWHERE))
        elif holders:
            draft.warnings.append(Problem(PHONE_SHARED))

    def _recognise_namesake(self, draft: _Draft, unit: Place, found: _Found) -> None:
        row = draft.row
        says_more = bool(row.login or draft.blind or row.member_code)
        for known in found.by_birth.get((draft.folded, row.birth_date), []):
            is_inside = known.path.startswith(unit.path) and not draft.new_class
            is_here = is_inside or (draft.named and known.unit_id == draft.named.id)
            if is_here and not says_more:
                draft.known = known
                return
            if row.birth_date is not None:
                draft.warnings.append(Problem(NAMESAKE, unit=known.unit))
                return

    # The file against itself

    def _refuse_twice(self, drafts: Sequence[_Draft]) -> None:
        seen: dict[tuple[object, ...], int] = {}
        for draft in drafts:
            if draft.problems:
                continue
            keys = list(self._keys(draft))
            before = next((seen[key] for key in keys if key in seen), None)
            if before is not None:
                draft.problems.append(Problem(TWICE, number=before))
                continue
            seen.update(dict.fromkeys(keys, draft.row.number))

    def _keys(self, draft: _Draft) -> Iterable[tuple[object, ...]]:
        """Give what no two rows may share; who is known already may get several roles."""
        row = draft.row
        more: tuple[object, ...] = ()
        if self.kind is Kind.STAFF and draft.known is not None:
            more = (row.role, draft.scope.id if draft.scope else 0)
        if row.login:
            yield ("login", row.login, *more)
        if draft.blind:
            yield ("phone", draft.blind, draft.folded, *more)
        if row.member_code:
            yield ("code", draft.where, row.member_code, *more)
        if not (row.login or draft.blind or row.member_code):
            yield ("name", draft.folded, row.birth_date, draft.where, *more)

    def _grants(self, drafts: Sequence[_Draft]) -> set[tuple[int, str, int]]:
        if self.kind is not Kind.STAFF:
            return set()
        known = {draft.known.id for draft in drafts if draft.known}
        held = select(RoleGrant.account_id, RoleGrant.role, RoleGrant.unit_id)
        rows = self.session.execute(held.where(RoleGrant.account_id.in_(known)))
        return {(account_id, role, unit_id) for account_id, role, unit_id in rows}

    # Logins of new accounts

    def _name_logins(self, drafts: Sequence[_Draft], found: _Found) -> None:
        """Give every new account a login: the one typed, its phone, or one from its name."""
        phones = set(found.by_phone)
        made: list[_Draft] = []
        for draft in drafts:
            if draft.problems or draft.known is not None:
                continue
            if draft.row.login:
                draft.login = draft.shown = draft.row.login
            elif draft.blind and draft.row.phone and draft.blind not in phones:
                phones.add(draft.blind)
                draft.login, draft.shown = logins.phone_login(draft.blind), draft.row.phone
            else:
                made.append(draft)
        used = {draft.login for draft in drafts if draft.login}
        for draft in made:
            base = logins.suggested(draft.row.name, draft.unit.code if draft.unit else "")
            draft.login = next(
                login
                for login in (logins.numbered(base, number) for number in range(1, len(drafts) + 2))
                if login not in used
            )
            used.add(draft.login)
        self._avoid_taken(made, used)
        for draft in made:
            draft.shown = draft.login

    def _avoid_taken(self, made: Sequence[_Draft], used: set[str]) -> None:
        waiting = list(made)
        for round_ in range(TRIES):
            wanted = [draft.login for draft in waiting]
            rows = self.session.scalars(select(Account.login).where(Account.login.in_(wanted)))
            taken = set(rows)
            waiting = [draft for draft in waiting if draft.login in taken]
            if not waiting:
                return
            for draft in waiting:
                base = logins.suggested(draft.row.name, draft.unit.code if draft.unit else "")
                draft.login = _numbered_by(base, draft, round_, used)
                used.add(draft.login)

    # The outcome

    def _planned(self, draft: _Draft, grants: set[tuple[int, str, int]]) -> Planned:
        row = draft.row
        planned = Planned(
            number=row.number,
            fate=Fate.REFUSED,
            name=row.name,
            unit=draft.unit,
            row=row,
            problems=tuple(draft.problems),
            warnings=tuple(draft.warnings),
        )
        if draft.problems:
            return planned
        grant = (str(row.role), draft.scope.id) if row.role and draft.scope else None
        if draft.known is None:
            return replace(
                planned,
                fate=Fate.NEW,
                login=draft.login,
                shown_login=draft.shown,
                phone_blind=draft.blind,
                new_class=draft.new_class,
                audiences=draft.audiences,
                grant=grant,
            )
        is_granted = grant is None or (draft.known.id, *grant) in grants
        told = Problem(SAME_PERSON if is_granted else ROLE_GIVEN)
        kept = [one for one in planned.warnings if one.message in SAID_OF_KNOWN]
        return replace(
            planned,
            fate=Fate.SAME if is_granted else Fate.CHANGED,
            account_id=draft.known.id,
            account_code=draft.known.code,
            grant=None if is_granted else grant,
            warnings=(told, *kept),
        )


SAID_OF_KNOWN = frozenset({CLOSED})


def _numbered_by(base: str, draft: _Draft, round_: int, used: set[str]) -> str:
    """Make another login from the row itself, so that the same plan comes out every time."""
    row = draft.row
    seed = f"{round_}/{draft.folded}/{row.birth_date}/{draft.where}/{draft.blind}/{row.number}"
    while True:
        digits = int(hashlib.blake2s(seed.encode()).hexdigest()[:12], 16) % 9000 + 1000
        login = logins.numbered(base, digits)
        if login not in used:
            return login
        seed += "+"
