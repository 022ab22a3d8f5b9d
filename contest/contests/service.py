"""Setting contests up from their files, and entering people in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from contest.accounts import queries as people
from contest.accounts.models import Role
from contest.contests import contest_file, proving, queries, rule_changes
from contest.contests.models import (
    Contest,
    Division,
    Registration,
    Round,
    RuleChange,
    UnitTarget,
)
from contest.contests.specs import ContestSpec
from contest.core import audit, db, ids
from contest.core.sealing import Sealer
from contest.core.visitor import Visitor
from contest.errors import N_, Conflict, Invalid, NotAllowed, NotFound, Problem, TooLate
from contest.identities import service as identities
from contest.identities.service import Given
from contest.rules.identity import IdentityKey, IdentityRules
from contest.rules.lifecycle import ContestState
from contest.rules.timing import local_day, utc
from question_bank import queries as bank

Row = TypeVar("Row", Contest, Division, Round)

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

MISSING = N_("Tệp cuộc thi nhắc đến %(count)d tên không có trong hệ thống.")
NO_UNIT = N_("Không có đơn vị nào mang mã “%(code)s”.")
NO_AUDIENCE = N_("Không có đối tượng nào mang mã “%(code)s”.")
NO_TOPIC = N_("Không có chủ đề nào mang mã “%(code)s”.")
BEGUN = N_(
    "Cuộc thi đã có người đăng ký hoặc đã mở đợt thi, nên chỉ còn sửa được câu chữ. "
    "Tệp mới còn đổi: %(places)s."
)
CLOSED_ALREADY = N_("Giờ đóng của đợt này đã qua rồi. Hãy chọn ngày sắp tới.")
LOADING = N_("Một người khác vừa nạp cuộc thi cùng mã. Bạn hãy xem lại rồi nạp lần nữa.")
ARCHIVED = N_("Cuộc thi đã được lưu trữ, không nạp lại được.")
OVER = N_("Cuộc thi đã kết thúc vào %(closed_at)s nên không nhận đăng ký nữa.")
SETTLED = N_("Kết quả của đợt thi này đã được chốt rồi.")
ELSEWHERE = N_("Cuộc thi này thuộc đơn vị khác, ngoài phần đơn vị của bạn.")
RELOADED = N_("Ban tổ chức nạp lại tệp cuộc thi.")
ASKED_FIRST = N_(
    "Cuộc thi này hỏi thêm vài thông tin khi đăng ký. Bạn điền ở đây rồi bấm đăng ký nhé."
)
TRY_AGAIN = N_("Đăng ký chưa xong vì hệ thống đang bận. Bạn hãy bấm đăng ký lần nữa.")


@dataclass(frozen=True, slots=True)
class Details:
    """What a contest asks while registering, and what seals it."""

    given: Mapping[IdentityKey, Given]
    sealer: Sealer


def register(
    session: Session,
    contest_code: str,
    division_code: str,
    *,
    by: int,
    now: datetime,
    details: Details | None = None,
    zone: ZoneInfo = LOCAL,
) -> Registration:
    """Enter a person in one division of a published contest; entering twice changes nothing.

    Age counts on the local day of registering; the unit is the account's of this moment and stays.
    Somebody already entered keeps the division and the details they gave first. Raises NotAllowed
    with the plain reason when the division is for others or details are asked and none came,
    TooLate when the last round has closed, Invalid as `identities.service.keep` does; then nothing
    is written.
    """
    return enter(
        session, contest_code, division_code, by=by, now=now, details=details, zone=zone
    ).registration


@dataclass(frozen=True, slots=True)
class Entered:
    """A person's registration, and whether it was made this very moment."""

    registration: Registration
    is_new: bool


@dataclass(frozen=True, slots=True)
class Admitted:
    """A registration not written yet, good as long as the person's row has this version."""

    registration: Registration
    version: str


def enter(
    session: Session,
    contest_code: str,
    division_code: str,
    *,
    by: int,
    now: datetime,
    details: Details | None = None,
    zone: ZoneInfo = LOCAL,
) -> Entered:
    """Register as `register` does, and say whether the person was not entered before."""
    found = queries.kept(session, contest_code)
    division = _division(found.contest, division_code)
    try:
        entry = _enter(session, found, division, details, by=by, now=now, on=local_day(now, zone))
    except (NotAllowed, TooLate):
        already = queries.registration_of(session, found.contest.id, by)
        if already is None:
            raise
        return Entered(already, is_new=False)
    already = entry or queries.registration_of(session, found.contest.id, by)
    if already is None:
        raise Conflict(TRY_AGAIN)
    return Entered(already, is_new=entry is not None)


def _enter(
    session: Session,
    found: queries.Kept,
    division: Division,
    details: Details | None,
    *,
    by: int,
    now: datetime,
    on: date,
) -> Registration | None:
    """Enter a person who may; None when a row of theirs (or of the same code) is there already."""
    row = _admitted(found, division, people.entrant(session, by), by=by, now=now, on=on)
    rules = IdentityRules.from_json(found.contest.identity)
    if not rules.asks_before:
        return db.insert_free(session, row)
    if details is None:
        raise NotAllowed(ASKED_FIRST)
    with session.begin_nested():  # refused details leave no registration
        entry = db.insert_free(session, row)
        if entry is not None:
            identities.keep(
                session,
                entry.id,
                details.given,
                contest_id=found.contest.id,
                rules=rules,
                sealer=details.sealer,
                now=now,
            )
    return entry


def admit(
    session: Session,
    contest_code: str,
    division_code: str,
    *,
    by: int,
    now: datetime,
    zone: ZoneInfo = LOCAL,
) -> Admitted | None:
    """Return a person's registration for the caller to write, by what is remembered of them.

    None when they are not remembered or details are asked first. Raises what `register` raises;
    whether the person is entered already is not looked up.
    """
    found = queries.kept(session, contest_code)
    division = _division(found.contest, division_code)
    entrant = people.entrant_seen(session, by)
    if (
        entrant is None
        or entrant.version is None
        or IdentityRules.from_json(found.contest.identity).asks_before
    ):
        return None
    row = _admitted(found, division, entrant, by=by, now=now, on=local_day(now, zone))
    return Admitted(row, entrant.version)


def _admitted(
    found: queries.Kept,
    division: Division,
    entrant: people.Entrant,
    *,
    by: int,
    now: datetime,
    on: date,
) -> Registration:
    """Return the row of a person who may enter this division now."""
    ensure_joinable(found.contest, now)
    reason = found.refusal(division, entrant.facts, on)
    if reason is not None:
        raise NotAllowed(reason.message, **reason.facts)
    return Registration(
        code=ids.new_code(),
        contest_id=found.contest.id,
        account_id=by,
        division_id=division.id,
        unit_id=entrant.unit_id,
        registered_at=now,
    )


def _division(contest: Contest, code: str) -> Division:
    found = next((each for each in contest.divisions if each.code == code), None)
    if found is None:
        raise NotFound(queries.NO_DIVISION)
    return found


def ensure_joinable(contest: Contest, now: datetime) -> None:
    """Raise TooLate once the last round of a contest (its rounds loaded) has closed."""
    closed_at = max(each.closes_at for each in contest.rounds)
    if closed_at <= utc(now):
        raise TooLate(OVER, closed_at=closed_at)


def ensure_within(session: Session, visitor: Visitor, contest: Contest) -> None:
    """Let an organizer touch only contests of their own part of the tree; NotAllowed otherwise."""
    owner = queries.owner(session, contest)
    if not owner.path.startswith(visitor.paths(Role.ORGANIZER, Role.ADMINISTRATOR)):
        raise NotAllowed(ELSEWHERE)


def settle(session: Session, round_id: int, *, actual: int | None, now: datetime) -> Round:
    """Note that a round's results are official, and the true number behind its guess question."""
    found = session.get_one(Round, round_id)
    if found.settled_at is not None:
        raise Conflict(SETTLED)
    found.guess_actual = actual
    found.settled_at = now
    session.flush()
    return found


def load_contest(
    session: Session,
    spec: ContestSpec,
    *,
    by: int | None,
    now: datetime,
    reason: str = RELOADED,
    zone: ZoneInfo = LOCAL,
) -> Contest:
    """Write a contest as its file says and publish it; return it with rounds and divisions.

    Raises Invalid naming every unit, audience and topic that is not there, then every round that
    would be over before it opened here, then every quota the pool cannot fill for a division, on
    the day its round closes. A code loaded before is changed,
    and its rounds keep their seeds; once somebody registered or a round opened only texts may
    change, and what `rule_changes.allowed_late` allows; Conflict names what else would. What
    changes in the rules is kept with the `reason`, for everybody to read.
    """
    found = _Found(session, spec)
    contest, changes = _ensured(session, found, now=now, zone=zone)
    is_new = contest is None
    contest = _write(session, contest, found, now)
    session.flush()
    if changes:
        _keep_changes(session, contest, changes, reason=reason, by=by, now=now)
    audit.record(
        session,
        "contests.load",
        f"contest:{spec.code}",
        by=by,
        now=now,
        unit_id=contest.unit_id,
        contest=contest.code,
        is_new=is_new,
        rounds=[each.code for each in spec.rounds],
        divisions=[each.code for each in spec.divisions],
    )
    session.flush()
    return contest


def check(
    session: Session, spec: ContestSpec, *, now: datetime, zone: ZoneInfo = LOCAL
) -> list[rule_changes.Change]:
    """Try what `load_contest` would, writing nothing; return what would change in the rules.

    Raises what `load_contest` raises.
    """
    return _ensured(session, _Found(session, spec), now=now, zone=zone)[1]


def _ensured(
    session: Session, found: "_Found", *, now: datetime, zone: ZoneInfo
) -> tuple[Contest | None, list[rule_changes.Change]]:
    """Return the stored contest, locked, and what changes in it, once nothing speaks against."""
    found.ensure_complete()
    contest = queries.lock_by_code(session, found.spec.code)
    if contest is not None and contest.state == ContestState.ARCHIVED:
        raise Conflict(ARCHIVED)
    _ensure_coming(found.spec, contest, now)
    changes = [] if contest is None else _changes(session, contest, found, zone)
    if contest is not None and _has_begun(session, contest, now):
        _ensure_allowed(contest, changes, now)
    else:
        proving.ensure_pool(session, found.spec, unit_id=found.contest()["unit_id"])
    return contest, changes


def _ensure_coming(spec: ContestSpec, contest: Contest | None, now: datetime) -> None:
    """Refuse rounds that are over already, such as those of a mistyped year: nobody could sit them.

    Rounds that opened here may be over; a contest that is finished can be loaded again.
    """
    stored = [] if contest is None else contest.rounds
    opened = {each.code for each in stored if each.opens_at <= utc(now)}
    problems = {
        f"rounds.{each.code}.closes_at": Problem(CLOSED_ALREADY)
        for each in spec.rounds
        if each.code not in opened and utc(each.closes_at) <= utc(now)
    }
    if problems:
        raise Invalid(contest_file.BAD_FILE, problems=problems, count=len(problems))


def _keep_changes(
    session: Session,
    contest: Contest,
    changes: Sequence[rule_changes.Change],
    *,
    reason: str,
    by: int | None,
    now: datetime,
) -> None:
    told = [each.as_json() for each in changes]
    session.add(RuleChange(contest_id=contest.id, at=now, by=by, reason=reason[:500], changes=told))
    audit.record(
        session,
        "contest.change_rule",
        f"contest:{contest.code}",
        by=by,
        now=now,
        unit_id=contest.unit_id,
        contest=contest.code,
        reason=reason,
        places=[each.place for each in changes],
    )


def _has_begun(session: Session, contest: Contest, now: datetime) -> bool:
    is_open = any(each.opens_at <= utc(now) for each in contest.rounds)
    return is_open or queries.has_registrations(session, contest.id)


class _Found:
    """What a file's codes stand for, and so the columns its rows are to have, by code."""

    def __init__(self, session: Session, spec: ContestSpec) -> None:
        self.spec = spec
        self._units = queries.unit_ids(
            session, [spec.unit, *(target.unit for target in spec.targets)]
        )
        audiences = people.audiences(session)
        self._audiences = {each.code: each.id for each in audiences}
        self._audience_names = {each.id: each.name for each in audiences}
        self._topics = bank.topic_ids(session)

    def ensure_complete(self) -> None:
        """Raise Invalid naming every unit, audience and topic that is not there."""
        sentences = {"unit": NO_UNIT, "audience": NO_AUDIENCE, "topic": NO_TOPIC}
        known = {"unit": self._units, "audience": self._audiences, "topic": self._topics}
        problems = {
            place: Problem(sentences[kind], code=code)
            for place, kind, code in self._named()
            if code not in known[kind]
        }
        if problems:
            raise Invalid(MISSING, problems=problems, count=len(problems))

    def _named(self) -> Iterator[tuple[str, str, str]]:
        """Give the place, the kind and the code of every other row the file names."""
        yield "unit", "unit", self.spec.unit
        for number, target in enumerate(self.spec.targets, start=1):
            yield f"targets.{number}.unit", "unit", target.unit
        for division in self.spec.divisions:
            yield f"divisions.{division.code}.audience", "audience", division.audience
        for each in self.spec.rounds:
            for number, quota in enumerate(each.plan, start=1):
                place = f"rounds.{each.code}.plan.{number}"
                if quota.topic is not None:
                    yield f"{place}.topic", "topic", quota.topic
                for code in quota.audiences:
                    yield f"{place}.audiences", "audience", code

    def names(self) -> dict[str, dict[int, str]]:
        """Give what other rows are called, by the column that names them."""
        codes = {id_: code for code, id_ in self._units.items()}
        return {"audience_id": self._audience_names, "unit_id": codes}

    def contest(self) -> dict[str, Any]:
        return {**self.spec.columns(), "unit_id": self._units[self.spec.unit]}

    def divisions(self) -> dict[str, dict[str, Any]]:
        return {
            each.code: {
                **each.columns(),
                "audience_id": self._audiences[each.audience],
                "position": position,
            }
            for position, each in enumerate(self.spec.divisions, start=1)
        }

    def rounds(self) -> dict[str, dict[str, Any]]:
        return {each.code: each.columns() for each in self.spec.rounds}

    def targets(self) -> dict[int, int]:
        return {self._units[target.unit]: target.people for target in self.spec.targets}


def _changes(
    session: Session, contest: Contest, found: "_Found", zone: ZoneInfo
) -> list[rule_changes.Change]:
    """List what a spec would change in the rules of a stored contest, wording aside."""
    changes = rule_changes.found(
        contest,
        columns=found.contest(),
        divisions=found.divisions(),
        rounds=found.rounds(),
        words=rule_changes.Words(zone, found.names()),
    )
    before, after = queries.targets(session, contest.id), found.targets()
    if before != after:
        told = str(sum(before.values())), str(sum(after.values()))
        changes.append(rule_changes.Change("targets", "", "targets", *told))
    return changes


def _ensure_allowed(
    contest: Contest, changes: Sequence[rule_changes.Change], now: datetime
) -> None:
    """Refuse with Conflict a spec that would change more than wording and what may change late."""
    refused = [
        each.place for each in changes if not rule_changes.allowed_late(each, contest, utc(now))
    ]
    if refused:
        raise Conflict(BEGUN, places=", ".join(sorted(refused)))


def _write(session: Session, contest: Contest | None, found: "_Found", now: datetime) -> Contest:
    """Make the rows say what the file says; rows whose codes stay keep their ids and seeds."""
    columns = {**found.contest(), "state": ContestState.PUBLISHED.value, "loaded_at": now}
    if contest is None:
        contest = _insert(session, Contest(code=found.spec.code, **columns))
    _put(contest, columns)
    for row in _left_out(contest, found.spec):
        session.delete(row)
    divisions, rounds = found.divisions(), found.rounds()
    contest.divisions = [_division_row(contest, code, divisions[code]) for code in divisions]
    contest.rounds = sorted(
        (_round_row(contest, code, rounds[code]) for code in rounds), key=lambda row: row.opens_at
    )
    _write_targets(session, contest, found.targets())
    return contest


def _insert(session: Session, contest: Contest) -> Contest:
    contest.rounds, contest.divisions = [], []
    try:
        with session.begin_nested():
            session.add(contest)
    except IntegrityError as error:
        raise Conflict(LOADING) from error
    return contest


def _division_row(contest: Contest, code: str, values: Mapping[str, Any]) -> Division:
    here = (row for row in contest.divisions if row.code == code)
    return _put(next(here, None) or Division(code=code), values)


def _round_row(contest: Contest, code: str, values: Mapping[str, Any]) -> Round:
    here = (row for row in contest.rounds if row.code == code)
    row = next(here, None) or Round(code=code, draw_seed=ids.new_seed())
    return _put(row, values)


def _left_out(contest: Contest, spec: ContestSpec) -> list[Division | Round]:
    """Give the stored rounds and divisions whose codes the file no longer has."""
    divisions = {each.code for each in spec.divisions}
    rounds = {each.code for each in spec.rounds}
    return [
        *(row for row in contest.divisions if row.code not in divisions),
        *(row for row in contest.rounds if row.code not in rounds),
    ]


def _write_targets(session: Session, contest: Contest, wanted: Mapping[int, int]) -> None:
    session.execute(delete(UnitTarget).where(UnitTarget.contest_id == contest.id))
    session.add_all(
        UnitTarget(contest_id=contest.id, unit_id=unit_id, people=number)
        for unit_id, number in wanted.items()
    )


def _put(row: Row, values: Mapping[str, Any]) -> Row:
    for key, value in values.items():
        setattr(row, key, value)
    return row
