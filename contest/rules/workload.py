"""How long judging takes: said before anybody is invited, and who falls behind while it runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contest.rules.entry_rules import EntryKind

SHEET_MINUTES = 2  # to fill one sheet in, after watching or reading
CLIP_MINUTES = 3  # of a clip whose length is not known
READING = {  # minutes to read or look at what has no length of its own
    EntryKind.ESSAY: 6,
    EntryKind.SCRIPT: 6,
    EntryKind.MODEL: 8,
    EntryKind.INFOGRAPHIC: 2,
    EntryKind.DRAWING: 2,
    EntryKind.PHOTO: 2,
}
BEHIND = 0.25  # of all of a judge's entries, less than the time gone by asks for


def minutes(kind: str, seconds: float | None) -> int:
    """Return the whole minutes one judge needs for one entry; `seconds`: the length of its clip."""
    if seconds is not None:
        watching = math.ceil(seconds / 60)
    else:
        watching = READING.get(EntryKind(kind), CLIP_MINUTES)
    return watching + SHEET_MINUTES


@dataclass(frozen=True, slots=True)
class Workload:
    """`sheets`: in all; `total` and `each_judge` in minutes; `entries_each`: of one judge."""

    entries: int
    sheets: int
    total: int
    each_judge: int
    entries_each: int


def workload(needed: Sequence[int], *, per_entry: int, judges: int) -> Workload:
    """Add up what a panel of `judges` has to do; `needed`: minutes one judge needs, by entry.

    With fewer judges than `per_entry` every judge has every entry.
    """
    times = min(per_entry, judges) if judges else per_entry
    sheets, total = len(needed) * times, sum(needed) * times
    return Workload(
        entries=len(needed),
        sheets=sheets,
        total=total,
        each_judge=math.ceil(total / judges) if judges else total,
        entries_each=math.ceil(sheets / judges) if judges else sheets,
    )


def is_behind(
    done: int, wanted: int, *, opens_at: datetime, closes_at: datetime, now: datetime
) -> bool:
    """Say whether a judge lags: done less than the share of the time gone by, a quarter allowed."""
    if not opens_at <= now or done >= wanted:
        return False
    if now >= closes_at:
        return True
    return done / wanted < (now - opens_at) / (closes_at - opens_at) - BEHIND
