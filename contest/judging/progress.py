"""How far the jury is, for the organizer: who has done what. Nothing here tells what was given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from contest.contests.models import Round
from contest.judging import panel_queries, queries
from contest.judging.models import JudgingPhase, SheetState
from contest.judging.panel_queries import Pair, Seat, Sheet, Work
from contest.rules import workload
from contest.rules.entry_rules import EntryRules


class Step(StrEnum):
    """How far one judge is with one entry."""

    IN = "in"
    DRAFT = "draft"
    WAITING = "waiting"
    OUT = "out"  # handed in, and kept out of the result


@dataclass(frozen=True, slots=True)
class JudgeLine:
    """One judge: `done` of `wanted`, minutes of work left."""

    seat: Seat
    done: int
    wanted: int
    minutes: int
    is_behind: bool


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One entry: `done` of `wanted` sheets, and each of its judges by number."""

    work: Work
    done: int
    wanted: int
    judges: tuple[tuple[Seat, Step], ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """`sheets` in, of `wanted`; entries that nobody has, least judged first."""

    phases: Sequence[JudgingPhase]
    phase: JudgingPhase | None
    judges: tuple[JudgeLine, ...]
    works: tuple[WorkLine, ...]
    sheets: int
    wanted: int
    unassigned: int
    undecided: int  # sheets handed in despite a conflict that stands, and counting


def progress(session: Session, round_: Round, *, now: datetime) -> Progress:
    """Say how far every judge and every entry is, in a fixed number of statements."""
    works = panel_queries.works(session, round_.id)
    seats = panel_queries.seats(session, round_.id)
    phases = queries.phases(session, round_.id)
    phase = panel_queries.phase_now(phases, now)
    sheets = panel_queries.sheets(session, round_.id)
    here = {each.id for each in works}
    tasks = {
        (each.entry_id, each.panelist_id)
        for each in panel_queries.assignments(session, round_.id)
        if each.ended_at is None and each.entry_id in here
    }
    barred = panel_queries.barred(panel_queries.conflicts(session, round_.id), works)
    handed_in = panel_queries.handed_in(session, round_.id)
    each_ = EntryRules.from_json(round_.entries).judges_each
    steps = _steps(tasks, sheets, here, phase)
    lines = tuple(_work_lines(works, seats, steps, each_))
    return Progress(
        phases=phases,
        phase=phase,
        judges=tuple(_judge_lines(works, seats, steps, phase, now)),
        works=lines,
        sheets=sum(step is Step.IN for step in steps.values()),
        wanted=sum(max(line.wanted, line.done) for line in lines),
        unassigned=sum(len(line.judges) < line.wanted for line in lines),
        undecided=sum(pair in barred and not is_out for pair, is_out in handed_in.items()),
    )


def _steps(
    tasks: set[Pair],
    sheets: Mapping[Pair, Sheet],
    here: set[int],
    phase: JudgingPhase | None,
) -> dict[Pair, Step]:
    """Say how far each pair is that is assigned, or that wrote a sheet without being asked."""
    for_real = phase is None or phase.counts
    found = dict.fromkeys(tasks, Step.WAITING)
    for pair, sheet in sheets.items():
        if pair[0] not in here or sheet.state == SheetState.RECUSED:
            continue
        if sheet.state == SheetState.DRAFT:
            if pair in tasks:
                found[pair] = Step.DRAFT
        elif sheet.is_excluded:
            found[pair] = Step.OUT
        elif sheet.is_for_real or not for_real:
            found[pair] = Step.IN
    return found


def _judge_lines(
    works: list[Work],
    seats: list[Seat],
    steps: Mapping[Pair, Step],
    phase: JudgingPhase | None,
    now: datetime,
) -> list[JudgeLine]:
    minutes = {each.id: each.minutes for each in works}
    lines = []
    for seat in seats:
        mine = {pair: step for pair, step in steps.items() if pair[1] == seat.row.id}
        done = sum(step in {Step.IN, Step.OUT} for step in mine.values())
        if not seat.is_working and not mine:
            continue
        behind = (
            phase is not None
            and seat.row.left_at is None
            and workload.is_behind(
                done, len(mine), opens_at=phase.opens_at, closes_at=phase.closes_at, now=now
            )
        )
        left = sum(
            minutes[pair[0]] for pair, step in mine.items() if step in {Step.WAITING, Step.DRAFT}
        )
        lines.append(JudgeLine(seat, done, len(mine), left, behind))
    return lines


def _work_lines(
    works: list[Work], seats: list[Seat], steps: Mapping[Pair, Step], wanted: int
) -> list[WorkLine]:
    by_entry: dict[int, list[tuple[Seat, Step]]] = {each.id: [] for each in works}
    who = {each.row.id: each for each in seats}
    for pair in sorted(steps, key=lambda pair: who[pair[1]].row.number):
        by_entry[pair[0]].append((who[pair[1]], steps[pair]))
    lines = [
        WorkLine(
            work,
            sum(step is Step.IN for _, step in by_entry[work.id]),
            wanted,
            tuple(by_entry[work.id]),
        )
        for work in works
    ]
    return sorted(lines, key=lambda line: (line.done - line.wanted, line.work.id))
