"""Reads for examiners of practical tasks: which rounds, which people, what was ticked so far.

An examiner sees a contest when their part of the tree and the contest's unit lie on one line, and
of its people those of their own part only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from contest.accounts import queries as people
from contest.accounts.logins import PHONE_PREFIX
from contest.accounts.models import Account, Role, Unit
from contest.contests import queries as contests
from contest.contests.models import Contest, Division, Registration, Round
from contest.contests.specs import RoundKind
from contest.core.visitor import Visitor
from contest.entries.models import Entry, PracticalCheck
from contest.errors import N_, NotFound
from contest.rules.entry_rules import EntryKind
from contest.rules.lifecycle import ContestState
from contest.rules.vietnamese import fold

EXAMINERS = (Role.HELPER, Role.JUDGE, Role.ORGANIZER, Role.ADMINISTRATOR)
NO_ROUND = N_("Không tìm thấy đợt thi thực hành này.")
NO_PERSON = N_("Không tìm thấy người này trong phần đơn vị của bạn.")
MOST_ON_SHEET = 500  # names
MOST_UNITS = 500  # to choose from


def _on_line(paths: Sequence[str]) -> ColumnElement[bool]:
    """Say in SQL that a contest's unit lies in a part of the tree, or the part in the unit."""
    below = (literal(path).startswith(Unit.path) for path in paths)
    return or_(people.inside(paths), *below)


def _rounds(by: Visitor) -> Any:
    return (
        select(Round)
        .join(Contest, Contest.id == Round.contest_id)
        .join(Unit, Unit.id == Contest.unit_id)
        .where(
            Contest.state == ContestState.PUBLISHED,
            Round.kind == RoundKind.ENTRIES,
            _on_line(by.paths(*EXAMINERS)),
        )
        .options(joinedload(Round.contest).selectinload(Contest.divisions))
    )


def is_practical(round_: Round) -> bool:
    """Say whether a round takes practical tasks."""
    rules = round_.entry_rules()
    return rules is not None and EntryKind.PRACTICAL in rules.kinds


def rounds(session: Session, *, by: Visitor) -> list[Round]:
    """Return the rounds of practical tasks a person may examine in, the latest to close first."""
    found = session.scalars(_rounds(by).order_by(Round.closes_at.desc(), Round.id))
    return [each for each in found if is_practical(each)]


def round_of(session: Session, contest_code: str, round_code: str, *, by: Visitor) -> Round:
    """Return a round of practical tasks, `.contest` and its divisions loaded; NotFound."""
    wanted = _rounds(by).where(Contest.code == contest_code, Round.code == round_code)
    found: Round | None = session.scalar(wanted)
    if found is None or not is_practical(found):
        raise NotFound(NO_ROUND)
    return found


# People


@dataclass(frozen=True, slots=True)
class Found:
    """A person an examiner may choose; `division` is empty for who is not registered."""

    code: str  # the account's
    name: str
    birth_date: date | None
    unit: str
    division: str
    division_en: str
    is_registered: bool
    mine: int  # how often the examiner has ticked for them
    all: int  # how often anybody has


def find(
    session: Session,
    round_: Round,
    text: str,
    *,
    login: str,
    by: Visitor,
    offset: int,
    limit: int,
) -> list[Found]:
    """Return people by name without marks, login or member code, registered ones first.

    `login` is the text in the form logins are stored in: a whole telephone number finds its owner.
    In one statement.
    """
    is_phone = Account.login.startswith(PHONE_PREFIX)
    words = [
        or_(
            Account.name_folded.contains(word, autoescape=True),
            and_(~is_phone, Account.login.startswith(word, autoescape=True)),
            func.lower(Account.member_code) == word,
        )
        for word in fold(text).split()
    ]
    counted = (
        select(
            Entry.registration_id.label("registration_id"),
            func.count(PracticalCheck.id).label("all"),
            func.count(PracticalCheck.id).filter(PracticalCheck.examiner_id == by.id).label("mine"),
        )
        .join(PracticalCheck, PracticalCheck.entry_id == Entry.id)
        .where(Entry.round_id == round_.id)
        .group_by(Entry.registration_id)
        .subquery()
    )
    registered = and_(
        Registration.account_id == Account.id, Registration.contest_id == round_.contest_id
    )
    rows: Any = session.execute(
        select(
            Account.code,
            Account.name,
            Account.birth_date,
            Unit.name.label("unit"),
            Division.name.label("division"),
            Division.name_en.label("division_en"),
            Registration.id.label("registration"),
            func.coalesce(counted.c.mine, 0).label("mine"),
            func.coalesce(counted.c.all, 0).label("all"),
        )
        .select_from(Account)
        .outerjoin(Registration, registered)
        .join(Unit, Unit.id == func.coalesce(Registration.unit_id, Account.unit_id))
        .outerjoin(Division, Division.id == Registration.division_id)
        .outerjoin(counted, counted.c.registration_id == Registration.id)
        .where(
            people.inside(by.paths(*EXAMINERS)),
            Account.is_active.is_(True),
            or_(and_(True, *words), Account.login == login) if text else Registration.id > 0,
        )
        .order_by(Registration.id.is_(None), Account.name_key, Account.id)
        .offset(offset)
        .limit(limit)
    )
    return [
        Found(
            code=row.code,
            name=row.name,
            birth_date=row.birth_date,
            unit=row.unit,
            division=row.division or "",
            division_en=row.division_en or "",
            is_registered=row.registration is not None,
            mine=row.mine,
            all=row.all,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be examined: their registration and entry where there are, and what was ticked.

    `checks` hold each examiner's last row with the examiner's name, the latest first.
    """

    account: Account
    unit: Unit
    registration: Registration | None
    division: Division | None
    entry: Entry | None
    checks: tuple[tuple[PracticalCheck, str], ...]

    def by_examiner(self, examiner_id: int) -> PracticalCheck | None:
        """Return what an examiner ticked last, None when nothing yet."""
        return next((check for check, _ in self.checks if check.examiner_id == examiner_id), None)


def person(session: Session, round_: Round, code: str, *, by: Visitor) -> Person:
    """Return somebody of the examiner's part of the tree; NotFound. In two statements."""
    row = session.execute(
        select(Account, Unit, Registration, Division, Entry)
        .select_from(Account)
        .outerjoin(
            Registration,
            and_(
                Registration.account_id == Account.id,
                Registration.contest_id == round_.contest_id,
            ),
        )
        .join(Unit, Unit.id == func.coalesce(Registration.unit_id, Account.unit_id))
        .outerjoin(Division, Division.id == Registration.division_id)
        .outerjoin(
            Entry,
            and_(
                Entry.registration_id == Registration.id,
                Entry.round_id == round_.id,
                Entry.kind == EntryKind.PRACTICAL,
            ),
        )
        .where(
            Account.code == code,
            Account.is_active.is_(True),
            people.inside(by.paths(*EXAMINERS)),
        )
        .order_by(Entry.no)
        .limit(1)
    ).first()
    if row is None:
        raise NotFound(NO_PERSON)
    account, unit, registration, division, entry = row
    checks = () if entry is None else last_checks(session, [entry.id])
    return Person(account, unit, registration, division, entry, tuple(checks))


def last_checks(session: Session, entry_ids: Sequence[int]) -> list[tuple[PracticalCheck, str]]:
    """Return the last row of each examiner for entries, with names, the latest entered first."""
    last = (
        select(func.max(PracticalCheck.id))
        .where(PracticalCheck.entry_id.in_(entry_ids))
        .group_by(PracticalCheck.entry_id, PracticalCheck.examiner_id)
    )
    rows = session.execute(
        select(PracticalCheck, Account.name)
        .join(Account, Account.id == PracticalCheck.examiner_id)
        .where(PracticalCheck.id.in_(last))
        .order_by(PracticalCheck.id.desc())
    )
    return [(check, name) for check, name in rows]


def divisions_for(session: Session, round_: Round, account_id: int, on: date) -> list[Division]:
    """Return the divisions a person may be registered in on a day."""
    kept = contests.kept(session, round_.contest.code)
    return [
        division
        for division, reason in contests.eligibility(session, kept, account_id, on)
        if reason is None
    ]


# Sheets


def units_with_people(session: Session, round_: Round, *, by: Visitor) -> list[tuple[str, str]]:
    """Return (code, name) of the units of one's part that have registered people, by name."""
    rows = session.execute(
        select(Unit.code, Unit.name)
        .join(Registration, Registration.unit_id == Unit.id)
        .where(
            Registration.contest_id == round_.contest_id,
            people.inside(by.paths(*EXAMINERS)),
        )
        .group_by(Unit.id, Unit.code, Unit.name, Unit.name_key)
        .order_by(Unit.name_key, Unit.id)
        .limit(MOST_UNITS)
    )
    return [(row[0], row[1]) for row in rows]


def names_for_sheet(
    session: Session, round_: Round, unit_code: str, *, by: Visitor
) -> tuple[str, list[tuple[str, date | None]]]:
    """Return a unit's name, and its registered people with birth dates, in Vietnamese order.

    Raises NotFound for a unit outside one's part.
    """
    unit = session.scalar(
        select(Unit).where(Unit.code == unit_code, people.inside(by.paths(*EXAMINERS)))
    )
    if unit is None:
        raise NotFound(N_("Không tìm thấy đơn vị này."))
    rows = session.execute(
        select(Account.name, Account.birth_date)
        .join(Registration, Registration.account_id == Account.id)
        .where(Registration.contest_id == round_.contest_id, Registration.unit_id == unit.id)
        .order_by(Account.name_key, Account.id)
        .limit(MOST_ON_SHEET)
    )
    return unit.name, [(row[0], row[1]) for row in rows]
