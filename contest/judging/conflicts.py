"""Conflicts of interest: found by the site, set by the organizer, lifted; what they did to sheets.

A pair in conflict loses its assignment at once. A sheet already handed in stays until somebody
decides, with a reason, whether it counts.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from contest.accounts import queries as people
from contest.contests import running
from contest.contests.models import Round
from contest.core import ids
from contest.core.visitor import Visitor
from contest.entries.models import Entry, EntryState
from contest.errors import N_, Invalid, Problem
from contest.errors import Conflict as Clash
from contest.judging import panel_queries
from contest.judging.models import (
    Assignment,
    Conflict,
    ConflictKind,
    JudgingPhase,
    Panelist,
    ScoreSheet,
    SheetState,
)
from contest.judging.panel_queries import Pair, Seat, Work
from contest.rules.conflict_of_interest import are_together

BY_CONFLICT = "conflict"  # why an assignment ended
ONE_OF_BOTH = N_("Hãy chọn một bài dự thi, hoặc một đơn vị.")
SET_ALREADY = N_("Xung đột này đã được ghi rồi.")
LIFTED_ALREADY = N_("Xung đột này đã được gỡ rồi.")
OWN_WORK = N_("Đây là bài của chính giám khảo, nên không gỡ được.")
BY_HAND = frozenset({ConflictKind.FAMILY, ConflictKind.COACH, ConflictKind.OTHER})


@dataclass(frozen=True, slots=True)
class NewConflict:
    """What an organizer sets: about one entry (its code) or a whole unit (its code).

    `keeps_out`: sheets this judge already handed in for it do not count.
    """

    judge: str
    kind: ConflictKind
    reason: str
    entry: str = ""
    unit: str = ""
    keeps_out: bool = True


@dataclass(frozen=True, slots=True)
class Reach:
    """What a conflict did: how many assignments it ended, how many sheets it kept out or gave."""

    ended: int
    sheets: int


def own_pairs(
    session: Session, round_: Round, seats: Collection[Seat], works: Collection[Work]
) -> Iterator[tuple[Work, Seat, ConflictKind]]:
    """Yield who must not judge what, by units and senders alone (two statements)."""
    paths = {each.unit_path for each in seats} | {each.unit_path for each in works}
    lineage = panel_queries.lineages(session, paths)
    everyone = panel_queries.everyone(session, round_)
    known: dict[tuple[str, str], bool] = {}
    for seat in seats:
        for work in works:
            if work.sender_id == seat.row.account_id:
                yield work, seat, ConflictKind.OTHER
                continue
            places = seat.unit_path, work.unit_path
            if places not in known:
                known[places] = are_together(lineage[places[0]], lineage[places[1]], everyone)
            if known[places]:
                yield work, seat, ConflictKind.UNIT


def find(session: Session, round_: Round, *, now: datetime) -> int:
    """Write the conflicts the site can see by itself; return how many are new.

    Those of a head who only leads too, who decides about no entry of the own side. One found
    before, lifted or not, is not written again.
    """
    seats = [
        each
        for each in panel_queries.seats(session, round_.id)
        if each.row.left_at is None and (each.row.is_scoring or each.row.is_head)
    ]
    works = panel_queries.works(session, round_.id)
    old = panel_queries.conflicts(session, round_.id)
    known = {(each.row.entry_id, each.row.panelist_id) for each in old if each.row.set_by is None}
    new = [
        Conflict(
            code=ids.new_code(),
            panelist_id=seat.row.id,
            entry_id=work.id,
            unit_id=None,
            kind=kind,
            reason="",
            set_by=None,
            set_at=now,
        )
        for work, seat, kind in own_pairs(session, round_, seats, works)
        if (work.id, seat.row.id) not in known
    ]
    session.add_all(new)
    for each in seats:
        each.row.checked_at = now
    session.flush()
    _end(session, {(each.entry_id or 0, each.panelist_id) for each in new}, now=now)
    return len(new)


def find_due(session: Session, *, now: datetime) -> int:
    """Find the conflicts of one round in whose phase judges sit and something came in since."""
    came = exists().where(
        Entry.round_id == Panelist.round_id,
        Entry.state == EntryState.SENT,
        Entry.sent_at > Panelist.checked_at,
    )
    is_open = exists().where(
        JudgingPhase.round_id == Panelist.round_id,
        JudgingPhase.opens_at <= now,
        JudgingPhase.closes_at > now,
    )
    round_id = session.scalar(
        select(Panelist.round_id)
        .where(
            Panelist.left_at.is_(None),
            Panelist.is_scoring.is_(True),
            is_open,
            or_(Panelist.checked_at.is_(None), came),
        )
        .limit(1)
    )
    if round_id is None:
        return 0
    found = session.get_one(Round, round_id, with_for_update={"key_share": True})
    find(session, found, now=now)
    return 1


def set_one(
    session: Session, contest: str, round_: str, wish: NewConflict, *, by: Visitor, now: datetime
) -> Reach:
    """Keep a judge from an entry or from everything of a unit, with a reason.

    Raises Invalid without exactly one of both, NotFound for what is not of this round, Conflict
    when the same stands already or the result is signed.
    """
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    if bool(wish.entry) == bool(wish.unit):
        raise Invalid(ONE_OF_BOTH, problems={"entry": Problem(ONE_OF_BOTH)})
    seat = panel_queries.seat(session, found.id, wish.judge)
    entry_id = panel_queries.entry_id(session, found.id, wish.entry) if wish.entry else None
    unit_id = people.unit(session, wish.unit).id if wish.unit else None
    about = seat.row.id, entry_id, unit_id
    for each in panel_queries.conflicts(session, found.id):
        row = each.row
        if row.lifted_at is None and (row.panelist_id, row.entry_id, row.unit_id) == about:
            raise Clash(SET_ALREADY)
    conflict = Conflict(
        code=ids.new_code(),
        panelist_id=seat.row.id,
        entry_id=entry_id,
        unit_id=unit_id,
        kind=wish.kind,
        reason=wish.reason,
        set_by=by.id,
        set_at=now,
    )
    session.add(conflict)
    session.flush()
    pairs = _pairs(session, found.id, conflict)
    ended = _end(session, pairs, now=now)
    kept_out = _decide(session, pairs, wish.reason, keeps_out=True) if wish.keeps_out else 0
    running.note(
        session,
        found,
        "judging.set_conflict",
        by=by.id,
        now=now,
        conflict=conflict.code,
        judge=seat.row.code,
        number=seat.row.number,
        kind=str(wish.kind),
        ended=ended,
        kept_out=kept_out,
        reason=wish.reason,
    )
    return Reach(ended, kept_out)


def lift(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    *,
    reason: str,
    counts_sheets: bool,
    by: Visitor,
    now: datetime,
) -> Reach:
    """Let a judge judge after all, with a reason; sheets kept out count again if that is wished.

    Raises Invalid for a judge's own work, Conflict when it is lifted already.
    """
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    each = panel_queries.conflict(session, found.id, code)
    if each.row.lifted_at is not None:
        raise Clash(LIFTED_ALREADY)
    if is_own_work(each.row):
        raise Invalid(OWN_WORK)
    pairs = _pairs(session, found.id, each.row)
    each.row.lifted_at, each.row.lifted_by, each.row.lift_reason = now, by.id, reason
    session.flush()
    # What another conflict still keeps apart stays kept out.
    rest = panel_queries.conflicts(session, found.id)
    pairs -= set(panel_queries.barred(rest, panel_queries.works(session, found.id)))
    given = _decide(session, pairs, reason, keeps_out=False) if counts_sheets else 0
    running.note(
        session,
        found,
        "judging.lift_conflict",
        by=by.id,
        now=now,
        conflict=code,
        number=each.number,
        given=given,
        reason=reason,
    )
    return Reach(0, given)


def decide_sheets(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    *,
    keeps_out: bool,
    reason: str,
    by: Visitor,
    now: datetime,
) -> Reach:
    """Decide, with a reason, whether sheets given in spite of a standing conflict count."""
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    each = panel_queries.conflict(session, found.id, code)
    if each.row.lifted_at is not None:
        raise Clash(LIFTED_ALREADY)
    if not keeps_out and is_own_work(each.row):
        raise Invalid(OWN_WORK)
    changed = _decide(session, _pairs(session, found.id, each.row), reason, keeps_out=keeps_out)
    running.note(
        session,
        found,
        "judging.keep_sheets_out" if keeps_out else "judging.count_sheets",
        by=by.id,
        now=now,
        conflict=code,
        number=each.number,
        sheets=changed,
        reason=reason,
    )
    return Reach(0, changed)


def is_own_work(row: Conflict) -> bool:
    """Say whether the site found that the judge sent the entry."""
    return row.set_by is None and row.kind == ConflictKind.OTHER


def _pairs(session: Session, round_id: int, row: Conflict) -> set[Pair]:
    """Return the pairs a conflict is about."""
    found = [each for each in panel_queries.conflicts(session, round_id) if each.row.id == row.id]
    works = panel_queries.works(session, round_id)
    return {(work.id, row.panelist_id) for each in found for work in works if each.covers(work)}


def _end(session: Session, pairs: Collection[Pair], *, now: datetime) -> int:
    """End the running assignments of pairs; the rows stay."""
    mine = _grouped(pairs)
    ended = 0
    for panelist_id, entry_ids in mine:
        done = session.execute(
            update(Assignment)
            .where(
                Assignment.panelist_id == panelist_id,
                Assignment.entry_id.in_(entry_ids),
                Assignment.ended_at.is_(None),
            )
            .values(ended_at=now, end_reason=BY_CONFLICT)
        )
        ended += done.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    return ended


def _decide(session: Session, pairs: Collection[Pair], reason: str, *, keeps_out: bool) -> int:
    """Keep handed-in sheets of pairs out, or let them count; return how many changed."""
    changed = 0
    for panelist_id, entry_ids in _grouped(pairs):
        done = session.execute(
            update(ScoreSheet)
            .where(
                ScoreSheet.panelist_id == panelist_id,
                ScoreSheet.entry_id.in_(entry_ids),
                ScoreSheet.state == SheetState.SUBMITTED,
                ScoreSheet.is_excluded.is_(not keeps_out),
            )
            .values(is_excluded=keeps_out, exclusion_reason=reason)
        )
        changed += done.rowcount  # type: ignore[attr-defined]  # same
    return changed


def _grouped(pairs: Iterable[Pair]) -> list[tuple[int, list[int]]]:
    """Group pairs by judge, both in the order of their ids."""
    found: dict[int, list[int]] = {}
    for entry_id, panelist_id in sorted(pairs):
        found.setdefault(panelist_id, []).append(entry_id)
    return sorted(found.items())
