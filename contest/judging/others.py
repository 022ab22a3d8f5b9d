"""What the other judges gave, as far as the open phase shows it, and the calibration.

NEVER means never: no single sheet and no mean of them either.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.entries.models import Entry
from contest.judging import queries
from contest.judging.judge_queries import Seat, Work
from contest.judging.models import Panelist, ScoreSheet, SeesOthers, SheetState
from contest.judging.queue import Queue, Step
from contest.rules.rubric import Rubric

FEWEST = 2  # others before a mean of theirs is told


@dataclass(frozen=True, slots=True)
class Theirs:
    """A fellow judge's handed-in sheet: "Giám khảo 2"."""

    number: int
    scores: Mapping[str, Decimal]
    total: Decimal
    comment: str
    note: str


@dataclass(frozen=True, slots=True)
class Compared:
    """An anchor: own sum beside the mean of the others', once all own anchors are handed in."""

    position: int
    title: str
    blind_code: str
    mine: Decimal
    theirs: Decimal | None  # None while fewer than two others handed in
    count: int


def may_see(seat: Seat, *, is_done: bool) -> bool:
    """Say whether the open phase shows a judge the others' sheets of an entry."""
    if seat.phase is None:
        return False
    rule = seat.phase.sees_others
    return rule == SeesOthers.ALWAYS or (rule == SeesOthers.AFTER_OWN and is_done)


def may_see_totals(seat: Seat, *, is_all_done: bool, now: datetime) -> bool:
    """Say whether somebody of the jury who leads it too may see what the judges gave altogether.

    Who scores sees it as the open phase says, until no sheet that counts can come in any more.
    `is_all_done`: own sheets for everything in one's own queue are handed in.
    """
    if not seat.panelist.is_scoring or queries.counted_until(seat.phases, now) is None:
        return True
    return may_see(seat, is_done=is_all_done)


def of_work(session: Session, work: Work, *, is_done: bool) -> list[Theirs] | None:
    """Return the others' sheets of an entry by the judges' numbers; None while they are hidden."""
    if not may_see(work.seat, is_done=is_done):
        return None
    wanted = (
        select(Panelist.number, ScoreSheet)
        .join(ScoreSheet, ScoreSheet.panelist_id == Panelist.id)
        .where(
            ScoreSheet.entry_id == work.entry_id,
            ScoreSheet.state == SheetState.SUBMITTED,
            ScoreSheet.is_excluded.is_(False),
            Panelist.id != work.seat.panelist.id,
        )
        .order_by(Panelist.number)
    )
    return [
        Theirs(
            number=row.number,
            scores=work.rubric.clean(row.ScoreSheet.scores),
            total=work.rubric.total(row.ScoreSheet.scores),
            comment=row.ScoreSheet.comment,
            note=row.ScoreSheet.note,
        )
        for row in session.execute(wanted)
    ]


def anchors(session: Session, queue: Queue) -> list[Compared] | None:
    """Return the calibration; None until all own anchors are handed in, or where it is hidden."""
    mine = [each for each in queue.items if each.is_anchor]
    seat = queue.seat
    all_done = bool(mine) and all(each.step is Step.DONE for each in mine)
    if not all_done or not may_see(seat, is_done=True):
        return None
    rows = _handed_in(session, [each.blind_code for each in mine])
    found = []
    for each in mine:
        rubric = seat.rules.rubric(each.division.code)
        own, theirs = _sums(rows[each.blind_code], rubric, seat.panelist.id)
        if own is None:
            continue
        mean = _mean(theirs) if len(theirs) >= FEWEST else None
        found.append(Compared(each.position, each.title, each.blind_code, own, mean, len(theirs)))
    return found


def _handed_in(session: Session, blind_codes: Sequence[str]) -> dict[str, list[Any]]:
    wanted = (
        select(Entry.blind_code, ScoreSheet.panelist_id, ScoreSheet.scores)
        .join(ScoreSheet, ScoreSheet.entry_id == Entry.id)
        .where(
            Entry.blind_code.in_(blind_codes),
            ScoreSheet.state == SheetState.SUBMITTED,
            ScoreSheet.is_excluded.is_(False),
        )
    )
    rows = defaultdict(list)
    for row in session.execute(wanted):
        rows[row.blind_code].append(row)
    return rows


def _sums(
    rows: Sequence[Any], rubric: Rubric, panelist_id: int
) -> tuple[Decimal | None, list[Decimal]]:
    sums = {row.panelist_id: rubric.total(row.scores) for row in rows}
    own = sums.pop(panelist_id, None)
    return own, list(sums.values())


def _mean(sums: Sequence[Decimal]) -> Decimal:
    mean = sum(sums, Decimal(0)) / len(sums)
    return mean.quantize(Decimal("0.01"), ROUND_HALF_UP)
