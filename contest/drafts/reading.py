"""What a draft's data means: the very same reader that reads contest files."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from contest.contests import contest_data, contest_file
from contest.contests.specs import Combine, ContestSpec, RoundKind
from contest.rules.entry_rules import EntryKind

# What an organizer typed stays in the draft while another choice makes it mean nothing.
OF_PAPERS = frozenset({"plan", "guess_text", "guess_text_en", "guess_target", "is_practice"})
OF_GUESS = frozenset({"guess_text", "guess_text_en", "guess_target"})


def spec_of(data: Mapping[str, Any], zone: ZoneInfo) -> ContestSpec:
    """Read a draft's data; Invalid names everything that is missing or wrong, as for a file."""
    return contest_file.spec_of(effective(data), zone=zone)


def effective(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the reader is to see: without what other choices of the draft switch off."""
    is_weighted = data.get("combine") == Combine.WEIGHTED
    rounds = [_round(each, is_weighted=is_weighted) for each in data.get("rounds", [])]
    return contest_data.readable({**data, "rounds": rounds})


def _round(values: Mapping[str, Any], *, is_weighted: bool) -> dict[str, Any]:
    is_entries = values.get("kind") == RoundKind.ENTRIES
    is_practice = bool(values.get("is_practice")) and not is_entries
    if is_entries:
        values = {**values, "entries": _entries(values.get("entries", {}))}
    off = set(OF_PAPERS if is_entries else OF_GUESS if is_practice else ())
    if not is_entries:
        off.add("entries")
    if is_practice or not is_weighted:
        off.add("weight")
    found = {key: value for key, value in values.items() if key not in off}
    if off >= OF_GUESS and isinstance(found.get("ties"), list):
        found["ties"] = [tie for tie in found["ties"] if not str(tie).startswith("guess_")]
    return found


def _entries(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave the checklist out where nothing practical is taken."""
    is_practical = EntryKind.PRACTICAL in values.get("kinds", [])
    return {key: value for key, value in values.items() if is_practical or key != "checklist"}
