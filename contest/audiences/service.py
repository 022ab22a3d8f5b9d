"""Writing audiences: loaded from a readable file, never coded."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.audiences.models import Audience
from contest.core import audit
from contest.errors import N_, Invalid, Problem
from contest.rules.eligibility import AudienceRules

LONGEST = {"name": 120, "name_en": 120, "description": 500, "description_en": 500}  # characters
FIELDS = tuple(LONGEST)
KEYS = frozenset({"code", "rules", *FIELDS})
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")  # as contest files name it
BAD_FILE = N_("Tệp đối tượng dự thi chưa đúng.")
NEEDS_ONE = N_("Cần ít nhất một phần [[%(name)s]].")
MISSING = N_("Thiếu mục này.")
UNKNOWN = N_("Không có mục nào tên như vậy; hãy xem lại cách viết.")
TOO_LONG = N_("Dài quá: tối đa %(most)d ký tự.")
BAD_CODE = N_("Mã đối tượng chỉ gồm chữ thường không dấu, chữ số, gạch nối, gạch dưới; tối đa 40.")
TWICE = N_("“%(code)s” được dùng hai lần.")
WANTS_TABLE = N_("Mục này phải viết thành một phần [%(name)s].")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a file came to."""

    rows: int
    added: int


def load(session: Session, data: bytes, *, now: datetime, only_new: bool = False) -> Loaded:
    """Write the audiences a TOML file lists, and keep their order among each other.

    Audiences already there take the file's words and rules, unless `only_new`: then they stay as
    the operator made them. Those the file does not name stay; new ones come last. Raises Invalid
    naming every audience and key that is wrong; then nothing is written.
    """
    wanted = _read(data)
    known = {audience.code: audience for audience in session.scalars(select(Audience))}
    taken = {code: row for code, row in wanted.items() if not (only_new and code in known)}
    added = taken.keys() - known.keys()
    places = sorted(known[code].position for code in taken.keys() & known.keys())
    last = max((audience.position for audience in known.values()), default=0)
    places += range(last + 1, last + 1 + len(added))
    for position, (code, row) in zip(places, taken.items(), strict=True):
        audience = known.get(code)
        if audience is None:
            audience = Audience(code=code)
            session.add(audience)
        for name, value in {**row, "position": position}.items():
            setattr(audience, name, value)
    if taken:
        audit.record(
            session,
            "audiences.load",
            "audiences",
            by=None,
            now=now,
            rows=len(taken),
            new=len(added),
        )
    session.flush()
    return Loaded(len(wanted), len(added))


def _read(data: bytes) -> dict[str, dict[str, Any]]:
    """Return the columns of each audience by its code, in the file's order."""
    try:
        tables = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(BAD_FILE) from error
    rows = tables.pop("audience", None)
    problems = {key: Problem(UNKNOWN) for key in tables}
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Invalid(
            BAD_FILE, problems={**problems, "audience": Problem(NEEDS_ONE, name="audience")}
        )
    found: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows, start=1):
        wrong = _wrong(row)
        code = row.get("code")
        if not wrong and code in found:
            wrong = {"code": Problem(TWICE, code=code)}
        problems |= {f"{number}.{key}": problem for key, problem in wrong.items()}
        if not wrong:
            rules = AudienceRules.from_json(row.get("rules", {})).as_json()
            found[row["code"]] = {**{name: row[name] for name in FIELDS}, "rules": rules}
    if problems:
        raise Invalid(BAD_FILE, problems=problems)
    return found


def _wrong(row: Mapping[str, Any]) -> dict[str, Problem]:
    """Name every key of one audience that is missing, unknown, too long or of the wrong kind."""
    problems = {str(key): Problem(UNKNOWN) for key in row if key not in KEYS}
    for name in ("code", *FIELDS):
        value = row.get(name)
        if not isinstance(value, str) or not value.strip():
            problems[name] = Problem(MISSING)
        elif len(value) > LONGEST.get(name, len(value)):
            problems[name] = Problem(TOO_LONG, most=LONGEST[name])
    if "code" not in problems and not CODE.fullmatch(row["code"]):
        problems["code"] = Problem(BAD_CODE)
    rules = row.get("rules", {})
    if not isinstance(rules, dict):
        return {**problems, "rules": Problem(WANTS_TABLE, name="audience.rules")}
    try:
        AudienceRules.from_json(rules)
    except Invalid as error:
        problems |= {f"rules.{key}": problem for key, problem in error.problems.items()}
    return problems
