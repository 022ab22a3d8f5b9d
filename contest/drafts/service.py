"""Writing drafts: beginning, saving, copying, publishing, throwing away."""

import copy
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from contest.accounts.models import Role
from contest.contests import contest_data, stored_spec
from contest.contests import queries as contests_read
from contest.contests import service as contests
from contest.contests.models import Contest
from contest.contests.rule_changes import Change
from contest.contests.specs import RoundKind
from contest.core import audit, ids
from contest.core.visitor import Visitor
from contest.drafts import kinds, naming, queries, reading
from contest.drafts.models import Draft
from contest.errors import N_, Conflict, Invalid, NotAllowed, Problem

STALE = N_("Bản nháp này vừa được lưu ở một nơi khác.")
ELSEWHERE = N_("Đơn vị này nằm ngoài phần đơn vị của bạn.")
NO_KIND = N_("Hãy chọn một kiểu cuộc thi.")
NO_TITLE = N_("Hãy điền tên cuộc thi.")
CODE_TAKEN = N_("Mã này đã có cuộc thi khác dùng. Hãy đổi mã.")
LONG_REASON = N_("Lý do dài quá: tối đa %(most)d ký tự.")
NEEDS_REASON = N_(
    "Cuộc thi đã công bố, nên đổi thể lệ phải ghi lý do; mọi người đều đọc được lý do này."
)
OVERTAKEN = N_(
    "Cuộc thi này vừa được sửa bằng cách khác sau khi bản nháp được mở. "
    "Hãy xoá bản nháp rồi mở lại cuộc thi để sửa."
)
NOT_READY = N_("Còn %(count)d chỗ cần sửa trước khi công bố.")
FULL = N_("Đã đủ số dòng cho phép.")
COPIED = N_("Cuộc thi này chưa có đợt thi nào nên chưa chép được.")

EDIT, COPY = "edit", "copy"
LONGEST_TITLE = 200
LONGEST_REASON = 500
LONGEST_CODE = 60
FALLBACK = "cuoc-thi"  # the code of a title without letters
MOST_ROWS = {"divisions": 20, "rounds": 60}
WEEKS_AT_ONCE = 3
NUMBER = re.compile(r"(\d+)(?!.*\d)")


class Stale(Conflict):
    """The draft was saved elsewhere since this page was shown; `draft` is how it stands now."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(STALE)
        self.draft = draft


def _paths(by: Visitor) -> tuple[str, ...]:
    return by.paths(Role.ORGANIZER, Role.ADMINISTRATOR)


def create(
    session: Session,
    *,
    kind: str,
    title: str,
    unit: str,
    by: Visitor,
    now: datetime,
    zone: ZoneInfo,
) -> Draft:
    """Begin a draft of a kind for a unit (its code); Invalid names an empty title, no such kind."""
    problems = {}
    if kind not in kinds.CODES:
        problems["kind"] = Problem(NO_KIND)
    if not title.strip():
        problems["title"] = Problem(NO_TITLE)
    if problems:
        raise Invalid(NO_KIND, problems=problems)
    data = kinds.data_of(kind, now=now, zone=zone)
    base = naming.code_from(title, LONGEST_CODE, (), fallback=FALLBACK)
    taken = queries.codes_like(session, base)
    code = naming.code_from(title, LONGEST_CODE, taken, fallback=FALLBACK)
    data = {**data, "title": title, "unit": unit, "code": code}
    return _insert(session, data, kind=kind, by=by, now=now)


def _insert(
    session: Session,
    data: dict[str, Any],
    *,
    kind: str,
    by: Visitor,
    now: datetime,
    contest: Contest | None = None,
) -> Draft:
    draft = Draft(
        code=ids.new_code(),
        unit_id=_own_unit(session, data["unit"], by),
        kind=kind,
        title=data["title"][:LONGEST_TITLE],
        data=data,
        step="about",
        version=1,
        updated_at=now,
        updated_by=by.id,
        contest_id=None if contest is None else contest.id,
        loaded_at=None if contest is None else contest.loaded_at,
    )
    session.add(draft)
    session.flush()
    _record(session, "draft.create", draft, by=by, now=now)
    session.flush()
    return draft


def _record(session: Session, act: str, draft: Draft, *, by: Visitor, now: datetime) -> None:
    audit.record(
        session,
        act,
        f"draft:{draft.code}",
        by=by.id,
        now=now,
        unit_id=draft.unit_id,
        kind=draft.kind,
    )


def _own_unit(session: Session, code: str, by: Visitor) -> int:
    unit = queries.unit_in(session, code, _paths(by))
    if unit is None:
        raise NotAllowed(ELSEWHERE)
    return unit.id


def save(
    session: Session,
    code: str,
    *,
    version: int,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    next_step: str,
    by: Visitor,
    now: datetime,
) -> Draft:
    """Write what one step's page says; Stale when the draft was saved since the page was shown."""
    draft = _current(session, code, version, by)
    data = change(copy.deepcopy(draft.data))
    if data.get("unit") != draft.data.get("unit"):
        draft.unit_id = _own_unit(session, data.get("unit", ""), by)
    draft.data = data
    draft.title = str(data.get("title", ""))[:LONGEST_TITLE]
    draft.step = next_step
    draft.version += 1
    draft.updated_at = now
    draft.updated_by = by.id
    session.flush()
    return draft


def _current(session: Session, code: str, version: int, by: Visitor) -> Draft:
    draft = queries.lock(session, code, _paths(by))
    if draft.version != version:
        raise Stale(draft)
    return draft


# Rows of a list


def added(data: dict[str, Any], key: str) -> dict[str, Any]:
    """Give the data with an empty row more; a round begins with the settings of the last one."""
    rows = _with_room(data, key, 1)
    row: dict[str, Any] = {}
    if key == "rounds":
        last: dict[str, Any] = next((each for each in reversed(rows) if _is_quiz(each)), {})
        own = {"code", "name", "name_en", "opens_at", "closes_at", "is_practice", "weight"}
        row = {name: value for name, value in last.items() if name not in own}
    return {**data, key: [*rows, row]}


def removed(data: dict[str, Any], key: str, at: int) -> dict[str, Any]:
    rows = data[key]
    return {**data, key: [*rows[:at], *rows[at + 1 :]]}


def raised(data: dict[str, Any], key: str, at: int) -> dict[str, Any]:
    """Give the data with a row before the one that was above it."""
    rows = list(data[key])
    if 0 < at < len(rows):
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    return {**data, key: rows}


def copied(data: dict[str, Any], at: int) -> dict[str, Any]:
    """Give the data with a copy of a round, a week later, right after it."""
    rows = _with_room(data, "rounds", 1)
    if at >= len(rows):
        return data
    return {**data, "rounds": [*rows[: at + 1], _week_later(rows[at], rows), *rows[at + 1 :]]}


def more_weeks(data: dict[str, Any]) -> dict[str, Any]:
    """Give the data with three rounds more, each a week after the one before it."""
    rows = list(_with_room(data, "rounds", WEEKS_AT_ONCE))
    last = next((each for each in reversed(rows) if _counts(each)), None)
    if last is None:
        return added(data, "rounds")
    for _ in range(WEEKS_AT_ONCE):
        last = _week_later(last, rows)
        rows.append(last)
    return {**data, "rounds": rows}


def _with_room(data: dict[str, Any], key: str, count: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = data[key]
    if len(rows) + count > MOST_ROWS[key]:
        raise Conflict(FULL)
    return rows


def _is_quiz(each: Mapping[str, Any]) -> bool:
    return each.get("kind") != RoundKind.ENTRIES


def _counts(each: Mapping[str, Any]) -> bool:
    return _is_quiz(each) and not each.get("is_practice")


def _week_later(each: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    later = kinds.shifted(copy.deepcopy(each), kinds.WEEK)
    for key in ("code", "weight", "name_en"):
        later.pop(key, None)
    names = {row.get("name") for row in rows}
    name = _numbered(str(each.get("name", "")))
    while name in names:
        name = _numbered(name)
    return {**later, "name": name}


def _numbered(name: str) -> str:
    """Give the next name: "Tuần 1" becomes "Tuần 2", "Chung kết" becomes "Chung kết 2"."""
    if NUMBER.search(name) is None:
        return f"{name} 2".strip()
    return NUMBER.sub(lambda found: str(int(found[1]) + 1), name)


# From a published contest


def copy_contest(
    session: Session, contest_code: str, *, by: Visitor, now: datetime, zone: ZoneInfo
) -> Draft:
    """Begin a draft as a copy of a contest of one's own part, its first round next Monday."""
    contest = contests_read.owned_one(session, contest_code, _paths(by))
    data = contest_data.as_data(stored_spec.spec_of(session, contest, zone))
    if not data["rounds"]:
        raise Conflict(COPIED)
    data = kinds.moved(data, now=now, zone=zone)
    data["code"] = _free_code(session, contest.code)
    draft = _insert(session, data, kind=COPY, by=by, now=now)
    audit.record(
        session,
        "contest.copy",
        f"contest:{contest.code}",
        by=by.id,
        now=now,
        unit_id=contest.unit_id,
        contest=contest.code,
        draft=draft.code,
    )
    session.flush()
    return draft


def _free_code(session: Session, code: str) -> str:
    base = re.sub(r"-\d{1,3}$", "", code)[: LONGEST_CODE - 4]
    taken = queries.codes_like(session, base)
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"


def edit_contest(
    session: Session, contest_code: str, *, by: Visitor, now: datetime, zone: ZoneInfo
) -> Draft:
    """Return the draft that edits a contest of one's own part, beginning it when there is none."""
    contest = contests_read.owned_one(session, contest_code, _paths(by))
    draft = queries.of_contest(session, contest.id)
    if draft is not None:
        return draft
    data = contest_data.as_data(stored_spec.spec_of(session, contest, zone))
    try:
        with session.begin_nested():
            return _insert(session, data, kind=EDIT, by=by, now=now, contest=contest)
    except IntegrityError as error:
        raise Conflict(STALE) from error


# Checking and publishing


def problems(
    session: Session, draft: Draft, *, by: Visitor, now: datetime, zone: ZoneInfo
) -> tuple[dict[str, Problem], list[Change]]:
    """Say everything that keeps a draft from being published, by place, and what it would change.

    Raises Conflict as loading a contest does: begun and more than wording changes, archived.
    """
    try:
        spec = reading.spec_of(draft.data, zone)
    except Invalid as error:
        return error.problems, []
    found: dict[str, Problem] = {}
    owner = queries.contest_owner(session, spec.code)
    if owner is not None and owner != draft.contest_id:
        return {"code": Problem(CODE_TAKEN)}, []
    if queries.unit_in(session, spec.unit, _paths(by)) is None:
        found["unit"] = Problem(ELSEWHERE)
    try:
        changes = contests.check(session, spec, now=now, zone=zone)
    except Invalid as error:
        return {**found, **error.problems}, []
    return found, changes


def publish(
    session: Session,
    code: str,
    *,
    version: int,
    reason: str,
    by: Visitor,
    now: datetime,
    zone: ZoneInfo,
) -> Contest:
    """Make a draft a published contest and take the draft away.

    Raises Stale, Invalid with every problem (`problems`) or for want of a reason where published
    rules change, and Conflict as loading a contest does.
    """
    draft = _current(session, code, version, by)
    found, changes = problems(session, draft, by=by, now=now, zone=zone)
    if found:
        raise Invalid(NOT_READY, problems=found, count=len(found))
    _ensure_not_overtaken(session, draft)
    if changes and not reason.strip():
        raise Invalid(NEEDS_REASON, problems={"reason": Problem(NEEDS_REASON)})
    if len(reason) > LONGEST_REASON:
        long = Problem(LONG_REASON, most=LONGEST_REASON)
        raise Invalid(LONG_REASON, problems={"reason": long}, most=LONGEST_REASON)
    spec = reading.spec_of(draft.data, zone)
    contest = contests.load_contest(
        session, spec, by=by.id, now=now, reason=reason.strip(), zone=zone
    )
    audit.record(
        session,
        "contest.publish",
        f"contest:{contest.code}",
        by=by.id,
        now=now,
        unit_id=contest.unit_id,
        contest=contest.code,
        draft=draft.code,
        is_edit=draft.contest_id is not None,
    )
    session.delete(draft)
    session.flush()
    return contest


def _ensure_not_overtaken(session: Session, draft: Draft) -> None:
    if draft.contest_id is None:
        return
    contest = session.get_one(Contest, draft.contest_id)
    if contest.loaded_at != draft.loaded_at:
        raise Conflict(OVERTAKEN)


def delete(session: Session, code: str, *, by: Visitor, now: datetime) -> Draft:
    """Throw a draft away; the contest it edits stays as it is."""
    draft = queries.lock(session, code, _paths(by))
    _record(session, "draft.delete", draft, by=by, now=now)
    session.delete(draft)
    session.flush()
    return draft
