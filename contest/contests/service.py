"""Setting contests up from their files, and entering people in them."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from contest.accounts import queries as people
from contest.accounts.models import Role
from contest.contests import proving, queries
from contest.contests.models import Contest, Division, Registration, Round, UnitTarget
from contest.contests.specs import ContestSpec
from contest.core import audit, db, ids
from contest.core.visitor import Visitor
from contest.errors import N_, Conflict, Invalid, NotAllowed, NotFound, Problem, TooLate
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
LOADING = N_("Một người khác vừa nạp cuộc thi cùng mã. Bạn hãy xem lại rồi nạp lần nữa.")
ARCHIVED = N_("Cuộc thi đã được lưu trữ, không nạp lại được.")
OVER = N_("Cuộc thi đã kết thúc vào %(closed_at)s nên không nhận đăng ký nữa.")
SETTLED = N_("Kết quả của đợt thi này đã được chốt rồi.")
ELSEWHERE = N_("Cuộc thi này thuộc đơn vị khác, ngoài phần đơn vị của bạn.")
TRY_AGAIN = N_("Đăng ký chưa xong vì hệ thống đang bận. Bạn hãy bấm đăng ký lần nữa.")

TEXTS = frozenset({"title", "title_en", "about", "about_en", "contact", "name", "name_en"})


def register(
    session: Session,
    contest_code: str,
    division_code: str,
    *,
    by: int,
    now: datetime,
    zone: ZoneInfo = LOCAL,
) -> Registration:
    """Enter a person in one division of a published contest; entering twice changes nothing.

    Age counts on the local day of registering; the unit is the account's of this moment and stays.
    Somebody already entered keeps the division they chose first. Raises NotAllowed with the plain
    reason when the division is for others, TooLate when the last round has closed.
    """
    found = queries.kept(session, contest_code)
    division = _division(found.contest, division_code)
    try:
        entry = _enter(session, found, division, by=by, now=now, on=local_day(now, zone))
    except (NotAllowed, TooLate):
        already = queries.registration_of(session, found.contest.id, by)
        if already is None:
            raise
        return already
    entry = entry or queries.registration_of(session, found.contest.id, by)
    if entry is None:
        raise Conflict(TRY_AGAIN)
    return entry


def _enter(
    session: Session, found: queries.Kept, division: Division, *, by: int, now: datetime, on: date
) -> Registration | None:
    """Enter a person who may; None when a row of theirs (or of the same code) is there already."""
    ensure_joinable(found.contest, now)
    entrant = people.entrant(session, by)
    reason = found.refusal(division, entrant.facts, on)
    if reason is not None:
        raise NotAllowed(reason.message, **reason.facts)
    row = Registration(
        code=ids.new_code(),
        contest_id=found.contest.id,
        account_id=by,
        division_id=division.id,
        unit_id=entrant.unit_id,
        registered_at=now,
    )
    return db.insert_free(session, row)


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


def load_contest(session: Session, spec: ContestSpec, *, by: int | None, now: datetime) -> Contest:
    """Write a contest as its file says and publish it; return it with rounds and divisions.

    Raises Invalid naming every unit, audience and topic that is not there, then every quota the
    pool cannot fill for a division, on the day its round closes. A code loaded before is changed,
    and its rounds keep their seeds; once somebody registered or a round opened only texts may
    change, and Conflict names what else would.
    """
    found = _Found(session, spec)
    found.ensure_complete()
    contest = queries.lock_by_code(session, spec.code)
    is_new = contest is None
    if contest is not None and contest.state == ContestState.ARCHIVED:
        raise Conflict(ARCHIVED)
    if contest is not None and _has_begun(session, contest, now):
        _ensure_only_texts(session, contest, found)
    else:
        proving.ensure_pool(session, spec)
    contest = _write(session, contest, found, now)
    audit.record(
        session,
        "contests.load",
        f"contest:{spec.code}",
        by=by,
        now=now,
        is_new=is_new,
        rounds=[each.code for each in spec.rounds],
        divisions=[each.code for each in spec.divisions],
    )
    session.flush()
    return contest


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
        self._audiences = {each.code: each.id for each in people.audiences(session)}
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


def _ensure_only_texts(session: Session, contest: Contest, found: _Found) -> None:
    """Refuse with Conflict a file that would change more than wording."""
    places = list(_changed(contest, found.contest()))
    for label, rows, wanted in (
        ("divisions", contest.divisions, found.divisions()),
        ("rounds", contest.rounds, found.rounds()),
    ):
        here = {row.code: row for row in rows}
        places += [f"{label}.{code}" for code in here.keys() ^ wanted.keys()]
        for code in here.keys() & wanted.keys():
            places += [f"{label}.{code}.{key}" for key in _changed(here[code], wanted[code])]
    if queries.targets(session, contest.id) != found.targets():
        places.append("targets")
    if places:
        raise Conflict(BEGUN, places=", ".join(sorted(places)))


def _changed(row: Contest | Division | Round, wanted: Mapping[str, Any]) -> Iterator[str]:
    """Give the settings that would change, wording aside."""
    for key, value in wanted.items():
        is_prizes = key == "prizes"
        before = _promised(getattr(row, key)) if is_prizes else getattr(row, key)
        after = _promised(value) if is_prizes else value
        if key not in TEXTS and before != after:
            yield key


def _promised(prizes: list[Any]) -> list[tuple[int, str]]:
    """Give what prizes promise, their names aside."""
    return [(prize["count"], prize["value"]) for prize in prizes]


def _write(session: Session, contest: Contest | None, found: _Found, now: datetime) -> Contest:
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
