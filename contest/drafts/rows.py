"""What the buttons beside a step's rows do to a draft's data."""

import re
from typing import Any

from contest.contests.entries_table import MOST_CRITERIA
from contest.drafts import rubrics, service
from contest.errors import Conflict
from contest.rules.entry_rules import MOST_CHECKS

ROW_ACT = re.compile(r"(remove|up|copy)-(\d{1,3})")
# Of the step "criteria": whether in the criteria or in the checklist.
PART_ACT = re.compile(r"(add|remove|up|ready)-(criteria|checklist)(?:-([a-z0-9]{1,20}))?")
MOST = {"criteria": MOST_CRITERIA, "checklist": MOST_CHECKS}


def after(data: dict[str, Any], step: str, act: str, *, round_at: int) -> dict[str, Any]:
    """Do what a button named `act` does; other words change nothing."""
    if step == "criteria":
        return _in_criteria(data, act, round_at)
    return _in_list(data, step, act) if step in {"divisions", "rounds"} else data


def _in_list(data: dict[str, Any], step: str, act: str) -> dict[str, Any]:
    if act == "add":
        return service.added(data, step)
    if act == "weeks" and step == "rounds":
        return service.more_weeks(data)
    found = ROW_ACT.fullmatch(act)
    if found is None:
        return data
    at = int(found[2])
    if found[1] == "copy":
        return service.copied(data, at) if step == "rounds" else data
    return {"remove": service.removed, "up": service.raised}[found[1]](data, step, at)


def _in_criteria(data: dict[str, Any], act: str, round_at: int) -> dict[str, Any]:
    found = PART_ACT.fullmatch(act)
    if found is None or round_at >= len(data["rounds"]):
        return data
    verb, part, which = found[1], found[2], found[3] or ""
    rounds = list(data["rounds"])
    entries = dict(rounds[round_at].get("entries", {}))
    if verb == "add":
        entries = _with_room(entries, part, [{}])
    elif verb == "ready":
        entries = _with_ready(entries, part, which)
    elif which.isdigit():
        move = {"remove": service.removed, "up": service.raised}[verb]
        entries = move({part: [], **entries}, part, int(which[:3]))
    rounds[round_at] = {**rounds[round_at], "entries": entries}
    return {**data, "rounds": rounds}


def _with_ready(entries: dict[str, Any], part: str, kind: str) -> dict[str, Any]:
    """Add the ready-made rows of a kind that are not there; rows without a name go."""
    kept = [row for row in entries.get(part, []) if row.get("name")]
    codes = {row.get("code") for row in kept}
    more = [row for row in rubrics.ready(kind, part) if row["code"] not in codes]
    return _with_room({**entries, part: kept}, part, more)


def _with_room(entries: dict[str, Any], part: str, more: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [*entries.get(part, []), *more]
    if len(rows) > MOST[part]:
        raise Conflict(service.FULL)
    return {**entries, part: rows}
