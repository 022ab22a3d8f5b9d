"""A judge's own queue: what is to be scored, in an order of the judge's own, and how far it is.

How many sheets an entry has decides what comes next and is shown to no judge.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased, contains_eager

from contest.contests.models import Division, Round
from contest.entries.models import Entry, EntryFile, EntryVersion
from contest.judging import judge_queries, queries
from contest.judging.judge_queries import GROUND, Seat
from contest.judging.models import (
    Assignment,
    Conflict,
    ConflictKind,
    Panelist,
    ScoreSheet,
    SheetState,
)
from contest.media.models import Media, MediaFile
from contest.rules import workload
from contest.rules.entry_rules import EntryKind
from contest.rules.media import FileKind


class Step(StrEnum):
    """Where an entry is in its judge's queue."""

    OPEN = "open"
    DRAFT = "draft"
    LATER = "later"
    STALE = "stale"  # handed in, but the entry was replaced since
    CHANGED = "changed"  # handed in, and a draft lies over it
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the queue; `position` is its place there, from 1."""

    position: int
    blind_code: str
    kind: EntryKind
    title: str
    division: Division
    step: Step
    is_anchor: bool
    minutes: int  # one judge needs for it
    need: float = field(repr=False)  # sheets in / wanted: the least comes next

    @property
    def is_done(self) -> bool:
        return self.step in {Step.DONE, Step.CHANGED}


@dataclass(frozen=True, slots=True)
class Queue:
    """All of a judge's entries in the judge's own order."""

    seat: Seat
    items: tuple[Item, ...]
    recused: int

    @property
    def done(self) -> int:
        return sum(1 for each in self.items if each.is_done)

    @property
    def total(self) -> int:
        return len(self.items)

    @property
    def is_all_done(self) -> bool:
        return bool(self.items) and self.done == self.total

    @property
    def minutes_left(self) -> int:
        return sum(each.minutes for each in self.items if not each.is_done)

    def next(self, *, after: str = "") -> str | None:
        """Return the blind code to go on with: the least judged, what was put off comes last.

        `after` is not returned while there is another.
        """
        left = [each for each in self.items if not each.is_done]
        others = [each for each in left if each.blind_code != after] or left
        found = min(others, key=_urgency, default=None)
        return None if found is None else found.blind_code


def _urgency(item: Item) -> tuple[bool, float, int]:
    return item.step is Step.LATER, item.need, item.position


@dataclass(frozen=True, slots=True)
class Mine:
    """One of a judge's rounds in the list of all."""

    seat: Seat
    done: int
    total: int
    is_all_done: bool


def of_round(
    session: Session, contest_code: str, round_code: str, *, by: int, now: datetime
) -> Queue:
    """Return one's queue in a round; NotFound for who has no seat there."""
    return of_seat(session, judge_queries.seat(session, contest_code, round_code, by=by, now=now))


def of_seat(session: Session, seat: Seat) -> Queue:
    """Return the queue of a seat, in six statements however long it is."""
    rows = _rows(session, seat)
    sheets = _sheets(session, [seat.panelist.id])
    lengths = _lengths(session, [row.id for row in rows])
    ordered = sorted(rows, key=lambda row: _place(seat.panelist, row))
    items = tuple(
        _item(seat, at, row, sheets.get((seat.panelist.id, row.id), ()), lengths.get(row.id))
        for at, row in enumerate(ordered, start=1)
    )
    return Queue(seat, items, _recused(session, seat))


def mine(session: Session, *, by: int, now: datetime) -> list[Mine]:
    """Return all rounds one judges in, those that are open first."""
    wanted = (
        select(Panelist, Round, judge_queries.TAKES_PART)
        .join(Round, Round.id == Panelist.round_id)
        .join(Round.contest)
        .where(Panelist.account_id == by, Panelist.left_at.is_(None))
        .options(contains_eager(Round.contest))
    )
    found = []
    for panelist, round_, takes_part in session.execute(wanted.order_by(Panelist.id)).all():
        phases = queries.phases(session, round_.id)
        seat = Seat(panelist, round_, tuple(phases), queries.open_of(phases, now), takes_part)
        queue = of_seat(session, seat)
        found.append(Mine(seat, queue.done, queue.total, queue.is_all_done))
    return sorted(found, key=lambda each: each.seat.phase is None)


def _place(panelist: Panelist, row: Any) -> tuple[bool, int, str]:
    """Order by the assignment's place; the rest of an open round in a shuffle of one's own."""
    shuffled = hashlib.sha256(f"{panelist.code}:{row.blind_code}".encode()).hexdigest()
    if row.Assignment is None:
        return True, 0, shuffled
    return False, row.Assignment.place, shuffled


OTHERS, WANTED = aliased(ScoreSheet), aliased(Assignment)


def _counted(what: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(func.count(what)).where(*conditions).correlate(Entry).scalar_subquery()


def _rows(session: Session, seat: Seat) -> list[Any]:
    wanted = (
        select(
            Entry.id,
            Entry.blind_code,
            Entry.kind,
            Entry.version,
            Entry.redacted_title,
            Entry.jury_languages,
            EntryVersion.content["title"].as_string().label("title"),
            Division,
            Assignment,
            _counted(
                OTHERS.id,
                OTHERS.entry_id == Entry.id,
                OTHERS.state == SheetState.SUBMITTED,
                OTHERS.is_excluded.is_(False),
            ).label("sheets"),
            _counted(
                WANTED.id,
                WANTED.entry_id == Entry.id,
                WANTED.ended_at.is_(None),
            ).label("wanted"),
        )
        .add_columns(*GROUND)
        .where(Entry.round_id == seat.round.id)
    )
    account_id = seat.panelist.account_id
    wanted = judge_queries.of_judge(wanted, account_id).join(
        EntryVersion, (EntryVersion.entry_id == Entry.id) & (EntryVersion.no == Entry.version)
    )
    if not seat.sees_all:
        wanted = wanted.where(Assignment.id.is_not(None))
    rows = [
        row
        for row in session.execute(wanted)
        if row.Assignment is not None
        or judge_queries.may_roam(seat, row.Division, row.jury_languages)
    ]
    own = judge_queries.own_side(session, rows, account_id)
    return [row for row, is_own in zip(rows, own, strict=True) if not is_own]


@dataclass(frozen=True, slots=True)
class _Sheet:
    state: str
    phase_id: int
    entry_version: int


def _sheets(
    session: Session, panelist_ids: Sequence[int]
) -> dict[tuple[int, int], tuple[_Sheet, ...]]:
    wanted = select(
        ScoreSheet.panelist_id,
        ScoreSheet.entry_id,
        ScoreSheet.state,
        ScoreSheet.phase_id,
        ScoreSheet.entry_version,
    ).where(
        ScoreSheet.panelist_id.in_(panelist_ids),
        ScoreSheet.state.in_((SheetState.DRAFT, SheetState.SUBMITTED)),
    )
    found: dict[tuple[int, int], tuple[_Sheet, ...]] = {}
    for row in session.execute(wanted):
        key = (row.panelist_id, row.entry_id)
        found[key] = (*found.get(key, ()), _Sheet(row.state, row.phase_id, row.entry_version))
    return found


def _item(
    seat: Seat, position: int, row: Any, sheets: Sequence[_Sheet], seconds: float | None
) -> Item:
    return Item(
        position=position,
        blind_code=row.blind_code,
        kind=EntryKind(row.kind),
        title=row.title if row.redacted_title is None else row.redacted_title,
        division=row.Division,
        step=_step(seat, row, sheets),
        is_anchor=row.Assignment is not None and row.Assignment.is_anchor,
        minutes=workload.minutes(row.kind, seconds),
        need=row.sheets / max(1, row.wanted),
    )


def _step(seat: Seat, row: Any, sheets: Sequence[_Sheet]) -> Step:
    standing = next((each for each in sheets if each.state == SheetState.SUBMITTED), None)
    has_draft = any(each.state == SheetState.DRAFT for each in sheets)
    if standing is not None and seat.is_enough(standing.phase_id):
        if standing.entry_version != row.version:
            return Step.STALE
        return Step.CHANGED if has_draft else Step.DONE
    if row.Assignment is not None and row.Assignment.skipped_at is not None:
        return Step.LATER
    return Step.DRAFT if has_draft else Step.OPEN


def _recused(session: Session, seat: Seat) -> int:
    """Count the entries the judge stepped back from."""
    wanted = select(func.count(Conflict.entry_id.distinct())).where(
        Conflict.panelist_id == seat.panelist.id,
        Conflict.kind == ConflictKind.DECLARED,
        Conflict.lifted_at.is_(None),
    )
    return session.scalar(wanted) or 0


def _lengths(session: Session, entry_ids: Sequence[int]) -> dict[int, float]:
    """Return how long the entries' clips are, seconds by entry; those without one are left out."""
    wanted = (
        select(EntryFile.entry_id, func.max(MediaFile.seconds).label("seconds"))
        .join(Media, Media.code == EntryFile.media)
        .join(MediaFile, MediaFile.media_id == Media.id)
        .where(
            EntryFile.entry_id.in_(entry_ids),
            EntryFile.removed_at.is_(None),
            EntryFile.withheld.is_(None),
            MediaFile.kind.in_((FileKind.SMALL, FileKind.LARGE)),
            MediaFile.seconds.is_not(None),
        )
        .group_by(EntryFile.entry_id)
    )
    return {row.entry_id: row.seconds for row in session.execute(wanted)}
