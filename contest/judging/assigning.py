"""Who judges what: a plan that is looked at first, then saved; topped up; taken off a slow judge.

The seed of the lot is the round's own, drawn when the contest was loaded and its hash published
since, so that nobody can draw until the plan suits them.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.contests import running
from contest.contests.models import Round
from contest.core.visitor import Visitor
from contest.entries.models import Entry, EntryState
from contest.errors import N_, Invalid, Problem, TooEarly
from contest.errors import Conflict as Clash
from contest.judging import conflicts, panel, panel_queries
from contest.judging.models import Assignment
from contest.judging.panel_queries import Pair, Seat, Sheet, Work
from contest.rules import assignment as rules
from contest.rules import languages
from contest.rules.assignment import EntryFacts, JudgeFacts, Plan
from contest.rules.entry_rules import EntryRules

GONE, MOVED, DROPPED = "gone", "moved", "dropped"  # why an assignment ended
MOST_ANCHORS = 20
ENOUGH_FOR_ANCHORS = 20  # entries, from which on some are best scored by everybody
USUAL_ANCHORS = 4  # restores most of what closed panels lose, by simulation
NOT_CLOSED = N_("Đợt này còn nhận bài. Sau khi đóng, lúc %(closes_at)s, bạn mới phân công được.")
NO_WORKS = N_("Chưa có bài dự thi nào để phân công.")
NO_SEATS = N_("Chưa có giám khảo nào. Hãy mời giám khảo trước.")
CHANGED = N_(
    "Danh sách bài, giám khảo hoặc xung đột đã đổi từ lúc bạn xem. Hãy xem lại bảng phân công mới "
    "rồi bấm lần nữa."
)
TOO_MANY_ANCHORS = N_("Số bài chấm chung từ 0 đến %(most)s.")
NOTHING_LEFT = N_("Giám khảo này không còn bài nào chưa chấm.")


@dataclass(frozen=True, slots=True)
class Load:
    """What one judge would have: `had` and still has, `new`, `done` of them, `taken` off."""

    seat: Seat
    had: int
    new: int
    done: int
    taken: int
    minutes: int  # of what is not done

    @property
    def total(self) -> int:
        return self.had + self.new


@dataclass(frozen=True, slots=True)
class Lack:
    """An entry with too few judges, and why."""

    work: Work
    got: int
    wanted: int
    why: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Misfit:
    """An entry given to a judge who would not get it now; `missing`: codes of languages."""

    work: Work
    seat: Seat
    is_conflict: bool
    missing: tuple[str, ...]
    is_done: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be. `seen`: a digest of it, so that what is saved is what was looked at."""

    plan: Plan
    works: Mapping[str, Work]  # by blind code
    seats: Mapping[str, Seat]  # by code
    loads: tuple[Load, ...]
    lacks: tuple[Lack, ...]
    misfits: tuple[Misfit, ...]
    warnings: tuple[Problem, ...]
    anchors: tuple[Work, ...]
    wanted: int
    seen: str
    new: int
    ended: int
    rows: Mapping[Pair, Assignment]


def usual_anchors(session: Session, round_id: int) -> int:
    """Return how many anchors to propose: those there are, else some once entries are many."""
    rows = panel_queries.assignments(session, round_id)
    there = {each.entry_id for each in rows if each.is_anchor and each.ended_at is None}
    if any(each.ended_at is None for each in rows):
        return min(len(there), MOST_ANCHORS)
    enough = len(panel_queries.works(session, round_id)) >= ENOUGH_FOR_ANCHORS
    return USUAL_ANCHORS if enough else 0


def propose(
    session: Session, round_: Round, *, anchors: int, now: datetime, without: int | None = None
) -> Proposal:
    """Plan who judges what from what stands; nothing is written.

    `without`: a panelist who keeps what is done and gives the rest away. Raises TooEarly while the
    round takes entries, Invalid without entries or judges.
    """
    if now < round_.closes_at:
        raise TooEarly(NOT_CLOSED, closes_at=round_.closes_at)
    if not 0 <= anchors <= MOST_ANCHORS:
        raise Invalid(TOO_MANY_ANCHORS, most=MOST_ANCHORS)
    works = panel_queries.works(session, round_.id)
    seats = panel_queries.seats(session, round_.id)
    if not works:
        raise Invalid(NO_WORKS)
    if not any(each.is_working for each in seats):
        raise Invalid(NO_SEATS)
    rows = {
        (each.entry_id, each.panelist_id): each
        for each in panel_queries.assignments(session, round_.id)
    }
    table = _Table(works, seats, rows, panel_queries.sheets(session, round_.id), without)
    barred = _barred(session, round_, works, seats)
    apart = {table.codes(pair) for pair in barred if table.knows(pair)}
    wanted = EntryRules.from_json(round_.entries).judges_each
    plan = rules.assign(
        table.entries(),
        table.judges(),
        apart,
        per_entry=wanted,
        anchors=anchors,
        seed=round_.draw_seed,
        existing=table.existing(),
        taken_off=table.taken_off(),
    )
    return table.proposal(plan, wanted, table.misfits(apart))


def _barred(session: Session, round_: Round, works: list[Work], seats: list[Seat]) -> set[Pair]:
    """Return the pairs in conflict: those written down, and those the site would find now."""
    standing = panel_queries.conflicts(session, round_.id)
    known = {
        (each.row.entry_id, each.row.panelist_id)
        for each in standing
        if each.row.set_by is None and each.row.lifted_at is not None
    }
    found = conflicts.own_pairs(session, round_, seats, works)
    seen = {(work.id, seat.row.id) for work, seat, _ in found}
    return set(panel_queries.barred(standing, works)) | (seen - known)


def assign(
    session: Session,
    contest: str,
    round_: str,
    *,
    anchors: int,
    seen: str,
    by: Visitor,
    now: datetime,
) -> Proposal:
    """Save the plan that was looked at; Conflict when it would be another one by now."""
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    conflicts.find(session, found, now=now)
    proposal = propose(session, found, anchors=anchors, now=now)
    if proposal.seen != seen:
        raise Clash(CHANGED)
    _save(session, proposal, now)
    running.note(
        session,
        found,
        "judging.assign",
        by=by.id,
        now=now,
        new=proposal.new,
        ended=proposal.ended,
        lacking=len(proposal.lacks),
        anchors=len(proposal.anchors),
        wanted=proposal.wanted,
        seed=str(found.draw_seed),
        plan=proposal.seen,
    )
    return proposal


def move_off(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    *,
    reason: str,
    by: Visitor,
    now: datetime,
) -> Proposal:
    """Take everything a judge has not handed in off them and give it to others, in one act.

    What is handed in stays; the entries do not come back to this judge. Raises Conflict when
    nothing is left to move.
    """
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    seat = panel_queries.seat(session, found.id, code)
    moved = panel.undone(session, found.id, seat.row.id)
    if not moved:
        raise Clash(NOTHING_LEFT)
    conflicts.find(session, found, now=now)
    anchors = usual_anchors(session, found.id)
    proposal = propose(session, found, anchors=anchors, now=now, without=seat.row.id)
    _save(session, proposal, now, moved_off=seat.row.id)
    running.note(
        session,
        found,
        "judging.move_off",
        by=by.id,
        now=now,
        judge=code,
        number=seat.row.number,
        moved=len(moved),
        new=proposal.new,
        lacking=len(proposal.lacks),
        seed=str(found.draw_seed),
        plan=proposal.seen,
        reason=reason,
    )
    return proposal


def end_gone(session: Session, *, now: datetime, limit: int) -> int:
    """End the assignments of entries that were withdrawn or refused since; return how many."""
    gone = (EntryState.WITHDRAWN, EntryState.REFUSED)
    found = session.scalars(
        select(Assignment)
        .join(Entry, Entry.id == Assignment.entry_id)
        .where(Assignment.ended_at.is_(None), Entry.state.in_(gone))
        .order_by(Assignment.id)
        .limit(limit)
        .with_for_update(of=Assignment, skip_locked=True)
    ).all()
    for each in found:
        each.ended_at, each.end_reason = now, GONE
    session.flush()
    return len(found)


def _save(
    session: Session, proposal: Proposal, now: datetime, *, moved_off: int | None = None
) -> None:
    works = {code: each.id for code, each in proposal.works.items()}
    seats = {code: each.row.id for code, each in proposal.seats.items()}
    planned = set()
    for each in proposal.plan.pairs:
        pair = works[each.entry], seats[each.judge]
        planned.add(pair)
        row = proposal.rows.get(pair)
        if row is None:
            row = Assignment(panelist_id=pair[1], entry_id=pair[0], reason=each.reason)
            row.made_at = now
            session.add(row)
        elif row.ended_at is not None:
            row.ended_at, row.end_reason, row.skipped_at = None, "", None
            row.made_at, row.reason = now, each.reason
        row.place, row.is_anchor = each.order, each.is_anchor
    here = set(works.values())
    for pair, row in proposal.rows.items():
        if row.ended_at is None and pair not in planned:
            row.ended_at = now
            row.end_reason = MOVED if pair[1] == moved_off else DROPPED
            if pair[0] not in here:
                row.end_reason = GONE
    session.flush()


@dataclass(frozen=True, slots=True)
class _Table:
    """What a plan is made from, between ids here and codes there."""

    works: list[Work]
    seats: list[Seat]
    rows: Mapping[Pair, Assignment]
    sheets: Mapping[Pair, Sheet]
    without: int | None

    @property
    def entry_codes(self) -> dict[int, str]:
        return {each.id: each.blind_code for each in self.works}

    @property
    def judge_codes(self) -> dict[int, str]:
        return {each.row.id: each.row.code for each in self.seats}

    def knows(self, pair: Pair) -> bool:
        return pair[0] in self.entry_codes and pair[1] in self.judge_codes

    def codes(self, pair: Pair) -> tuple[str, str]:
        return self.entry_codes[pair[0]], self.judge_codes[pair[1]]

    def entries(self) -> list[EntryFacts]:
        return [
            EntryFacts(each.blind_code, each.division, frozenset(each.languages))
            for each in self.works
        ]

    def judges(self) -> list[JudgeFacts]:
        return [self.judge(seat) for seat in self.seats]

    def judge(self, seat: Seat) -> JudgeFacts:
        return JudgeFacts(
            seat.row.code,
            # What is there stays; the page of the panel says what to do about it.
            most=0 if seat.knows_names else seat.row.most,
            divisions=frozenset(seat.row.divisions),
            languages=frozenset(seat.row.languages),
            is_active=seat.is_working and seat.row.id != self.without,
        )

    def is_done(self, pair: Pair) -> bool:
        sheet = self.sheets.get(pair)
        return sheet is not None and sheet.counts

    def existing(self) -> list[rules.Pair]:
        """Give what stands: running assignments, and sheets that count without one."""
        running_ = {pair for pair, row in self.rows.items() if row.ended_at is None}
        done = {pair for pair in self.sheets if self.is_done(pair)}
        return [
            rules.Pair(
                *self.codes(pair),
                is_done=self.is_done(pair),
                is_anchor=pair in running_ and self.rows[pair].is_anchor,
            )
            for pair in sorted(running_ | done)
            if self.knows(pair)
        ]

    def misfits(self, apart: set[tuple[str, str]]) -> tuple[Misfit, ...]:
        """Give what is assigned and would not be now; of who left nothing is to be decided here."""
        works = {each.blind_code: each for each in self.works}
        seats = {each.row.code: each for each in self.seats if each.row.left_at is None}
        given = [
            rules.Pair(*self.codes(pair), is_done=self.is_done(pair))
            for pair, row in self.rows.items()
            if row.ended_at is None and self.knows(pair)
        ]
        found = rules.unfit(self.entries(), self.judges(), apart, given)
        return tuple(
            Misfit(
                works[each.pair.entry],
                seats[each.pair.judge],
                each.limit is rules.Limit.CONFLICT,
                tuple(languages.clean(each.missing)),
                each.pair.is_done,
            )
            for each in found
            if each.pair.judge in seats
        )

    def taken_off(self) -> set[tuple[str, str]]:
        """Give what was once taken off a slow judge: it does not come back."""
        return {
            self.codes(pair)
            for pair, row in self.rows.items()
            if row.ended_at is not None and row.end_reason == MOVED and self.knows(pair)
        }

    def proposal(self, plan: Plan, wanted: int, misfits: tuple[Misfit, ...]) -> Proposal:
        works = {each.blind_code: each for each in self.works}
        seats = {each.row.code: each for each in self.seats}
        had = {
            self.codes(pair)
            for pair, row in self.rows.items()
            if row.ended_at is None and self.knows(pair)
        }
        planned = {(each.entry, each.judge) for each in plan.pairs}
        numbers = {code: each.row.number for code, each in seats.items()}
        return Proposal(
            plan=plan,
            works=works,
            seats=seats,
            loads=tuple(self._loads(had, planned)),
            lacks=tuple(
                Lack(works[each.entry], each.got, each.wanted, each.why) for each in plan.shortfalls
            ),
            misfits=misfits,
            warnings=tuple(_named(each, works, numbers) for each in plan.warnings),
            anchors=tuple(works[code] for code in plan.anchors),
            wanted=wanted,
            seen=_digest(plan),
            new=len(planned - had),
            ended=sum(row.ended_at is None for row in self.rows.values()) - len(had & planned),
            rows=self.rows,
        )

    def _loads(self, had: set[tuple[str, str]], planned: set[tuple[str, str]]) -> list[Load]:
        minutes = {each.blind_code: each.minutes for each in self.works}
        done = {self.codes(pair) for pair in self.sheets if self.knows(pair) and self.is_done(pair)}
        kept = Counter(judge for _, judge in had & planned)
        new = Counter(judge for _, judge in planned - had)
        finished = Counter(judge for _, judge in done & planned)
        taken = Counter(judge for _, judge in had - planned)
        left: Counter[str] = Counter()
        for entry, judge in planned - done:
            left[judge] += minutes[entry]
        return [
            Load(seat, kept[code], new[code], finished[code], taken[code], left[code])
            for code, seat in ((each.row.code, each) for each in self.seats)
            if seat.is_working or kept[code] or taken[code]
        ]


def _named(problem: Problem, works: Mapping[str, Work], numbers: Mapping[str, int]) -> Problem:
    """Put titles and numbers in the place of codes."""
    facts = dict(problem.facts)
    if "entry" in facts:
        facts["entry"] = f"“{works[facts['entry']].title}”"
    if "judges" in facts:
        found = sorted(numbers[code] for code in facts["judges"].split(", "))
        facts["judges"] = ", ".join(map(str, found))
    return Problem(problem.message, **facts)


def _digest(plan: Plan) -> str:
    said = [[each.entry, each.judge, each.is_anchor, each.order] for each in plan.pairs]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
