"""Reads of the day itself: how many wait, write and have handed in; and one person's history.

Every page here takes a fixed number of statements, however many people there are.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.attempts.models import (
    EPOCH,
    GUESS_NO,
    Announcement,
    Answer,
    Attempt,
    GivenTime,
    HandedInBy,
    Pause,
    Reopening,
    TimeGrant,
)
from contest.contests.models import Division, Registration, Round
from contest.core.audit import AuditEntry
from contest.errors import N_, NotFound
from contest.rules.vietnamese import fold

CHARTED = 30  # minutes
MINUTE_S = 60


@dataclass(slots=True)
class Count:
    """How many of a division, a unit, or all."""

    registered: int = 0
    started: int = 0  # people
    writing: int = 0
    handed_in: int = 0  # tries

    def add(self, name: str, number: int) -> None:
        setattr(self, name, getattr(self, name) + number)

    def as_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


def figures(
    session: Session, round_: Round, unit_id: int, unit_path: str, *, now: datetime
) -> dict[str, Any]:
    """Count a round's people in a part of the tree, as JSON can keep it; in four statements.

    {"all": counts, "divisions": {id: counts}, "units": [{"code", "name", counts}], "minutes":
    {"starts": {minute since the epoch: count}, "hand_ins": …}}. Units are those right below
    `unit_id`; who is counted under it itself, or elsewhere, stands in a last row without a code.
    """
    below = session.execute(
        select(Unit.id, Unit.code, Unit.name)
        .where(Unit.parent_id == unit_id)
        .order_by(Unit.name_key, Unit.id)
    ).all()
    depth = unit_path.count("/") - 1
    total, divisions = Count(), defaultdict[int, Count](Count)
    units = defaultdict[int, Count](Count)
    known = {row.id for row in below}
    for division_id, path, counts in _counted(session, round_, unit_path):
        parts = [int(part) for part in path.split("/") if part]
        child = parts[depth] if len(parts) > depth and parts[depth] in known else 0
        for name, number in counts.items():
            for count in (total, divisions[division_id], units[child]):
                count.add(name, number)
    rows = [{"code": row.code, "name": row.name, **units[row.id].as_json()} for row in below]
    if 0 in units:
        rows.append({"code": "", "name": "", **units[0].as_json()})
    return {
        "all": total.as_json(),
        "divisions": {str(id_): count.as_json() for id_, count in divisions.items()},
        "units": rows,
        "minutes": _minutes(session, round_.id, now),
        "at_ms": int(now.timestamp() * 1000),
    }


def _counted(
    session: Session, round_: Round, unit_path: str
) -> list[tuple[int, str, dict[str, int]]]:
    """Count registrations, then attempts, by division and unit."""
    inside = Unit.path.startswith(unit_path, autoescape=True)
    entered = (
        select(Registration.division_id, Unit.path, func.count())
        .join(Unit, Unit.id == Registration.unit_id)
        .where(Registration.contest_id == round_.contest_id, inside)
        .group_by(Registration.division_id, Unit.path)
    )
    found = [(row[0], row[1], {"registered": row[2]}) for row in session.execute(entered)]
    is_open = case((Attempt.handed_in_at.is_(None), 1), else_=0)
    tried = (
        select(
            Attempt.division_id,
            Unit.path,
            func.count(Attempt.registration_id.distinct()),
            func.sum(is_open),
            func.sum(1 - is_open),
        )
        .join(Registration, Registration.id == Attempt.registration_id)
        .join(Unit, Unit.id == Registration.unit_id)
        .where(Attempt.round_id == round_.id, inside)
        .group_by(Attempt.division_id, Unit.path)
    )
    names = ("started", "writing", "handed_in")
    found += [
        (row[0], row[1], dict(zip(names, row[2:], strict=True))) for row in session.execute(tried)
    ]
    return found


def _minutes(session: Session, round_id: int, now: datetime) -> dict[str, dict[str, int]]:
    """Count the starts and hand-ins of each of the last minutes of the whole round."""
    since = now - timedelta(minutes=CHARTED)
    dialect = session.get_bind().dialect.name
    columns = {"starts": Attempt.started_at, "hand_ins": Attempt.handed_in_at}
    counted = [
        select(literal(what), (minute := _minute(column, dialect)), func.count())
        .where(Attempt.round_id == round_id, column > since)
        .group_by(minute)
        for what, column in columns.items()
    ]
    found: dict[str, dict[str, int]] = {what: {} for what in columns}
    for what, minute, count in session.execute(union_all(*counted)):
        found[what][str(int(minute))] = count
    return found


def _minute(column: Any, dialect: str) -> ColumnElement[Any]:
    """Give the minute since the epoch a moment lies in."""
    if dialect == "postgresql":
        return cast(func.floor(func.extract("epoch", column)), BigInteger) // MINUTE_S
    return cast(func.strftime("%s", column), BigInteger) // MINUTE_S


# What was done on the day


@dataclass(frozen=True, slots=True)
class Acts:
    """The acts of a round for its organizers, the newest first, with who did them."""

    announcements: Sequence[tuple[Announcement, str]]
    grants: Sequence[tuple[TimeGrant, str, str | None, str | None]]  # by, person, unit
    pauses: Sequence[tuple[Pause, str]]


def acts_of(session: Session, round_id: int) -> Acts:
    """Return what was done in a round, in three statements."""
    said = session.execute(
        select(Announcement, Account.name)
        .join(Account, Account.id == Announcement.by)
        .where(Announcement.round_id == round_id)
        .order_by(Announcement.id.desc())
    )
    person = select(Account.name).where(Account.id == TimeGrant.account_id).scalar_subquery()
    unit = select(Unit.name).where(Unit.id == TimeGrant.unit_id).scalar_subquery()
    giver = select(Account.name).where(Account.id == TimeGrant.by).scalar_subquery()
    given = session.execute(
        select(TimeGrant, giver, person, unit)
        .where(TimeGrant.round_id == round_id)
        .order_by(TimeGrant.id.desc())
    )
    stopped = session.execute(
        select(Pause, Account.name)
        .join(Account, Account.id == Pause.by)
        .where(Pause.round_id == round_id)
        .order_by(Pause.id.desc())
    )
    return Acts(
        [(each, name) for each, name in said],
        [(each, by, who, where) for each, by, who, where in given],
        [(each, name) for each, name in stopped],
    )


# People


@dataclass(frozen=True, slots=True)
class Entered:
    """A person registered in a contest, as a list shows them."""

    code: str  # the registration's
    name: str
    unit: str
    division: str
    division_en: str
    state: str  # "", "writing", "handed_in": in the round asked for


def find_entered(
    session: Session, round_: Round, text: str, *, login: str, offset: int, limit: int
) -> list[Entered]:
    """Return people of a contest whose name holds every word of `text`, marks and case aside.

    `login` finds the owner of a login or a whole telephone number. In two statements.
    """
    words = [Account.name_folded.contains(word, autoescape=True) for word in fold(text).split()]
    exact = [Account.login == login] if login else []
    found = session.execute(
        select(
            Registration.id,
            Registration.code,
            Account.name,
            Unit.name,
            Division.name,
            Division.name_en,
        )
        .join(Account, Account.id == Registration.account_id)
        .join(Unit, Unit.id == Registration.unit_id)
        .join(Division, Division.id == Registration.division_id)
        .where(Registration.contest_id == round_.contest_id, or_(and_(True, *words), *exact))
        .order_by(Account.name_key, Registration.id)
        .offset(offset)
        .limit(limit)
    ).all()
    ids = [row[0] for row in found]
    tried = session.execute(
        select(Attempt.registration_id, Attempt.handed_in_at)
        .where(Attempt.round_id == round_.id, Attempt.registration_id.in_(ids))
        .order_by(Attempt.id)
    )
    states = {id_: "handed_in" if at else "writing" for id_, at in tried}
    return [Entered(*row[1:], states.get(row[0], "")) for row in found]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """An attempt an organizer may open again, and whose it is."""

    attempt: Attempt
    name: str
    registration_code: str


def handed_in(session: Session, round_id: int, code: str) -> HandedIn:
    """Return an attempt of a round with its person, in one statement."""
    row = session.execute(
        select(Attempt, Account.name, Registration.code)
        .join(Account, Account.id == Attempt.account_id)
        .join(Registration, Registration.id == Attempt.registration_id)
        .where(Attempt.code == code, Attempt.round_id == round_id)
    ).first()
    if row is None:
        raise NotFound(N_("Không tìm thấy lượt thi này trong đợt thi."))
    return HandedIn(*row)


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of an attempt's history; `facts` say more by kind."""

    at: datetime
    kind: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt with all that happened to it, the first first."""

    attempt: Attempt
    round: Round
    happenings: list[Happening]


@dataclass(frozen=True, slots=True)
class History:
    """One person in one contest."""

    registration: Registration
    account: Account
    unit: str
    division: Division
    tries: list[Tried]


def history(session: Session, contest_id: int, code: str) -> History:
    """Return a person's registration and tries with their whole history, in seven statements.

    Of a save it says when, which question and how often it was chosen, never what or how right.
    """
    person = session.execute(
        select(Registration, Account, Unit.name, Division)
        .join(Account, Account.id == Registration.account_id)
        .join(Unit, Unit.id == Registration.unit_id)
        .join(Division, Division.id == Registration.division_id)
        .where(Registration.code == code, Registration.contest_id == contest_id)
    ).first()
    if person is None:
        raise NotFound(N_("Không tìm thấy người này trong cuộc thi."))
    registration, account, unit_name, division = person
    tries = session.execute(
        select(Attempt, Round)
        .join(Round, Round.id == Attempt.round_id)
        .where(Attempt.registration_id == registration.id)
        .order_by(Attempt.id)
    ).all()
    lines = {attempt.id: _begun(attempt) for attempt, _ in tries}
    _add_acts(session, lines, {attempt.code: attempt.id for attempt, _ in tries}, account.id)
    _add_pauses(session, [(attempt, round_) for attempt, round_ in tries], lines)
    told = [
        Tried(attempt, round_, sorted(lines[attempt.id], key=lambda line: line.at))
        for attempt, round_ in tries
    ]
    return History(registration, account, unit_name, division, told)


def _begun(attempt: Attempt) -> list[Happening]:
    lines = [Happening(attempt.started_at, "start", {"code": attempt.code})]
    if attempt.handed_in_at is not None:
        facts = {"is_clock": attempt.handed_in_by == HandedInBy.CLOCK, "receipt": attempt.receipt}
        lines.append(Happening(attempt.handed_in_at, "hand_in", facts))
    return lines


def _add_acts(
    session: Session, lines: dict[int, list[Happening]], codes: dict[str, int], account_id: int
) -> None:
    ids = sorted(lines)
    saved = select(
        Answer.attempt_id, Answer.no, Answer.saved_at, Answer.saves, Answer.seq, Answer.value
    )
    for row in session.execute(saved.where(Answer.attempt_id.in_(ids))):
        facts = {
            "no": row.no,
            "is_guess": row.no == GUESS_NO,
            "saves": row.saves,
            "device": row.seq // EPOCH,
            "is_blank": row.value is None,
        }
        lines[row.attempt_id].append(Happening(row.saved_at, "save", facts))
    again = select(Reopening, Account.name).join(Account, Account.id == Reopening.by)
    for each, name in session.execute(again.where(Reopening.attempt_id.in_(ids))):
        first = {"is_clock": each.handed_in_by == HandedInBy.CLOCK, "receipt": each.receipt}
        lines[each.attempt_id].append(Happening(each.handed_in_at, "hand_in", first))
        facts = {"by": name, "reason": each.reason, "until": each.new_deadline}
        lines[each.attempt_id].append(Happening(each.at, "reopen", facts))
    given = (
        select(GivenTime, TimeGrant, Account.name)
        .join(TimeGrant, TimeGrant.id == GivenTime.grant_id)
        .join(Account, Account.id == TimeGrant.by)
        .where(GivenTime.attempt_id.in_(ids))
    )
    for time, grant, name in session.execute(given):
        facts = {
            "by": name,
            "reason": grant.reason,
            "minutes": grant.seconds // 60,
            "until": time.new_deadline,
        }
        lines[time.attempt_id].append(Happening(grant.at, "grant", facts))
    moved = select(AuditEntry).where(
        AuditEntry.by == account_id,
        AuditEntry.act == "attempts.take_over",
        AuditEntry.subject.in_([f"attempt:{code}" for code in codes]),
    )
    for entry in session.scalars(moved):
        attempt_id = codes[entry.subject.removeprefix("attempt:")]
        lines[attempt_id].append(Happening(entry.at, "device", {"no": entry.facts["no"]}))


def _add_pauses(
    session: Session, tries: Sequence[tuple[Attempt, Round]], lines: dict[int, list[Happening]]
) -> None:
    rounds = {round_.id for _, round_ in tries}
    stopped = session.execute(
        select(Pause, Account.name)
        .join(Account, Account.id == Pause.by)
        .where(Pause.round_id.in_(rounds))
    ).all()
    for attempt, _ in tries:
        for pause, name in stopped:
            was_there = (
                pause.round_id == attempt.round_id
                and (pause.resumed_at is None or attempt.started_at < pause.resumed_at)
                and (attempt.handed_in_at is None or attempt.handed_in_at > pause.at)
            )
            if was_there:
                facts = {"by": name, "reason": pause.reason, "until": pause.resumed_at}
                at = max(pause.at, attempt.started_at)
                lines[attempt.id].append(Happening(at, "pause", facts))
