"""Reads of a jury's result: what it is computed from, what was proposed, what is published."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, defer

from contest.accounts.models import Account, Role, Unit
from contest.contests import queries as contests
from contest.contests.models import Contest, Registration, Round
from contest.contests.specs import RoundKind
from contest.core.visitor import Visitor
from contest.entries.models import Entry, EntryState, EntryVersion, PracticalCheck
from contest.errors import N_, NotFound, TooEarly
from contest.judging import others, queries, queue
from contest.judging.judge_queries import Seat
from contest.judging.models import (
    Decision,
    JudgingPhase,
    Panelist,
    ResultLine,
    ResultRun,
    RunState,
    ScoreSheet,
    SheetState,
    Signature,
)
from contest.rules import voting
from contest.rules.entry_rules import EVERY, EntryKind, EntryRules, VoteRules
from contest.rules.final_order import CENT
from contest.rules.jury_result import (
    Decided,
    DivisionRules,
    EntryInput,
    Input,
    Prize,
    Settings,
    Sheet,
    Shown,
)
from contest.rules.timing import utc
from contest.votes.models import Vote

PER_PAGE = 50
NO_ROUND = N_("Không tìm thấy đợt thi này trong cuộc thi.")
SCORES_TOO = N_(
    "Bạn đang chấm bài trong đợt này, nên chưa xem được điểm các giám khảo khác cho. Trang hội "
    "đồng mở cho bạn khi việc chấm xong, lúc %(closes_at)s."
)
OWN_FIRST = N_(
    "Bạn đang chấm bài trong đợt này. Trang hội đồng mở cho bạn khi bạn đã nộp phiếu cho mọi bài "
    "được giao, hoặc khi việc chấm xong."
)
NO_RESULT = N_("Đợt thi này chưa công bố kết quả chấm.")
NO_RUN = N_("Không tìm thấy bản kết quả này.")
NO_LINE = N_("Bài này không có trong kết quả đã công bố.")


@dataclass(frozen=True, slots=True)
class Chair:
    """Who leads a round's jury: its head, an organizer of the contest's unit, or one who is both.

    `contest` has its rounds and divisions loaded.
    """

    contest: Contest
    round: Round
    rules: EntryRules
    account_id: int
    is_head: bool
    is_organizer: bool
    sees_names: bool
    waits_until: datetime | None  # entries, or sheets that count, may come in: nothing is decided


def chair(
    session: Session, contest_code: str, round_code: str, *, by: Visitor, now: datetime
) -> Chair:
    """Return the round as its chair may see it; NotFound for everybody else.

    Raises TooEarly for a judge who leads too and may not know the others' sheets yet.
    """
    contest, round_ = entries_round(session, contest_code, round_code)
    seat = queries.panelist(session, round_.id, by.id)
    unit = contests.owner(session, contest)
    paths = by.paths(Role.ORGANIZER, Role.ADMINISTRATOR)
    is_organizer = any(unit.path.startswith(path) for path in paths)
    is_head = seat is not None and seat.is_head
    if not (is_head or is_organizer):
        raise NotFound(NO_ROUND)
    phases = queries.phases(session, round_.id)
    phase = queries.open_of(phases, now)
    if seat is not None:
        refusal = _why_not(session, Seat(seat, round_, tuple(phases), phase), now)
        if refusal is not None:
            raise refusal
    return Chair(
        contest=contest,
        round=round_,
        rules=EntryRules.from_json(round_.entries),
        account_id=by.id,
        is_head=is_head,
        is_organizer=is_organizer,
        sees_names=phase is not None and phase.sees_names,
        waits_until=round_.closes_at
        if now < round_.closes_at
        else queries.counted_until(phases, now),
    )


def why_not(session: Session, round_: Round, *, by: int, now: datetime) -> TooEarly | None:
    """Say why one who leads the jury may not look at what was given yet; None when one may."""
    seat = queries.panelist(session, round_.id, by)
    if seat is None:
        return None
    phases = queries.phases(session, round_.id)
    here = Seat(seat, round_, tuple(phases), queries.open_of(phases, now))
    return _why_not(session, here, now)


def _why_not(session: Session, seat: Seat, now: datetime) -> TooEarly | None:
    if others.may_see_totals(seat, is_all_done=False, now=now):
        return None
    if not others.may_see_totals(seat, is_all_done=True, now=now):
        until = queries.counted_until(seat.phases, now)
        return TooEarly(SCORES_TOO, closes_at=until)
    return None if queue.of_seat(session, seat).is_all_done else TooEarly(OWN_FIRST)


def entries_round(session: Session, contest_code: str, round_code: str) -> tuple[Contest, Round]:
    """Return a round of entries of a published contest, and that contest."""
    contest = contests.contest(session, contest_code)
    for each in contest.rounds:
        if each.code == round_code and each.kind == RoundKind.ENTRIES:
            return contest, each
    raise NotFound(NO_ROUND)


# What a result is computed from


def gather(
    session: Session,
    contest: Contest,
    round_: Round,
    *,
    goes_on: str = "",
    corrects: str = "",
    reason: str = "",
) -> Input:
    """Read everything a result rests on, in five statements (four without a vote).

    What counts: entries that are handed in now; sheets handed in and not kept out, of phases that
    count, also by judges who have left; standing decisions; votes that were not struck. Whether
    an entry could be voted for: see `_is_votable`.
    """
    rules = EntryRules.from_json(round_.entries)
    divisions = {each.id: each.code for each in contest.divisions}
    entries = session.execute(
        select(
            Entry.id,
            Entry.blind_code,
            Entry.division_id,
            Entry.kind,
            Entry.sent_at,
            Entry.published_at,
            Entry.shows_in_gallery,
            Entry.takedown,
        ).where(Entry.round_id == round_.id, Entry.state == EntryState.SENT)
    ).all()
    sheets, left_out = _sheets(session, round_.id)
    checks = _checks(session, round_.id)
    decisions = _decisions(session, round_.id)
    votes = {} if rules.vote is None else _votes(session, round_.id)
    settings = Settings(
        contest=contest.code,
        round=round_.code,
        divisions=tuple(
            DivisionRules(
                code=each.code,
                prizes=tuple(Prize(one["name"], one["count"]) for one in each.prizes),
                rubric=rules.rubrics.get(each.code) or rules.rubrics.get(EVERY),
            )
            for each in contest.divisions
        ),
        judges_each=rules.judges_each,
        vote_share=None if rules.vote is None else rules.vote.share,
        checklist=rules.checklist,
        goes_on=goes_on,
        corrects=corrects,
        reason=reason,
    )
    found = tuple(
        EntryInput(
            code=row.blind_code,
            division=divisions[row.division_id],
            sent_at=row.sent_at.astimezone(UTC).isoformat(timespec="microseconds"),
            is_practical=row.kind == EntryKind.PRACTICAL,
            votes=votes.get(row.id, 0),
            is_votable=rules.vote is None or _is_votable(row, votes, round_, rules.vote),
            sheets=tuple(sheets[row.id]),
            checks=tuple(checks[row.id]),
            decisions=tuple(decisions[row.id]),
            left_out=tuple(left_out[row.id]),
        )
        for row in entries
    )
    return Input(settings, found)


def _sheets(
    session: Session, round_id: int
) -> tuple[defaultdict[int, list[Sheet]], defaultdict[int, list[str]]]:
    rows = session.execute(
        select(
            ScoreSheet.entry_id,
            Panelist.code,
            ScoreSheet.version,
            ScoreSheet.scores,
            ScoreSheet.is_excluded,
        )
        .join(Panelist, Panelist.id == ScoreSheet.panelist_id)
        .join(JudgingPhase, JudgingPhase.id == ScoreSheet.phase_id)
        .where(
            Panelist.round_id == round_id,
            ScoreSheet.state == SheetState.SUBMITTED,
            JudgingPhase.counts.is_(True),
        )
    )
    counted: defaultdict[int, list[Sheet]] = defaultdict(list)
    left_out: defaultdict[int, list[str]] = defaultdict(list)
    for entry_id, judge, version, scores, is_excluded in rows:
        if is_excluded:
            left_out[entry_id].append(judge)
        else:
            counted[entry_id].append(Sheet(judge, version, scores))
    return counted, left_out


def _checks(session: Session, round_id: int) -> defaultdict[int, list[Shown]]:
    rows = session.execute(
        select(
            PracticalCheck.entry_id,
            PracticalCheck.examiner_id,
            PracticalCheck.no,
            PracticalCheck.ticked,
        )
        .join(Entry, Entry.id == PracticalCheck.entry_id)
        .where(Entry.round_id == round_id)
    ).all()
    examiners = sorted({row.examiner_id for row in rows})
    numbers = {id_: f"examiner {no}" for no, id_ in enumerate(examiners, start=1)}
    found: defaultdict[int, list[Shown]] = defaultdict(list)
    for row in rows:
        found[row.entry_id].append(Shown(numbers[row.examiner_id], row.no, frozenset(row.ticked)))
    return found


def _decisions(session: Session, round_id: int) -> defaultdict[int, list[Decided]]:
    found: defaultdict[int, list[Decided]] = defaultdict(list)
    for each in standing_decisions(session, round_id):
        # Rounded, for a number read back may carry noughts that the one just written does not.
        mark = None if each.mark is None else each.mark.quantize(CENT)
        decided = Decided(each.code, each.kind, mark, each.place, each.reason)
        found[each.entry_id].append(decided)
    return found


def standing_decisions(session: Session, round_id: int) -> Sequence[Decision]:
    """Return the decisions that were not revoked, oldest first."""
    wanted = select(Decision).where(Decision.round_id == round_id, Decision.revoked_at.is_(None))
    return session.scalars(wanted.order_by(Decision.id)).all()


def _votes(session: Session, round_id: int) -> dict[int, int]:
    """Return the votes that count, 0 for an entry whose votes were all struck."""
    counts = func.count(case((Vote.struck_at.is_(None), 1)))
    rows = session.execute(
        select(Vote.entry_id, counts).where(Vote.round_id == round_id).group_by(Vote.entry_id)
    )
    return {row[0]: row[1] for row in rows}


def _is_votable(row: Any, votes: Mapping[int, int], round_: Round, rules: VoteRules) -> bool:
    """Say whether an entry could be voted for: shown from before the vote's end until now.

    Whoever takes back their consent after somebody voted keeps those votes: else who has few
    could have them exchanged for the mean. What organizers took down could not be voted for.
    """
    until = voting.closes_at(round_.closes_at, rules)
    published_at = row.published_at
    if published_at is not None and row.shows_in_gallery and utc(published_at) < until:
        return True
    return row.id in votes and row.takedown is None


# Proposed results


def entry_ids(session: Session, round_id: int) -> dict[str, int]:
    """Return the ids of a round's entries by their blind codes."""
    rows = session.execute(select(Entry.blind_code, Entry.id).where(Entry.round_id == round_id))
    return {row[0]: row[1] for row in rows}


def runs(session: Session, round_id: int) -> Sequence[ResultRun]:
    """Return every result that was proposed, the latest first, without their bodies."""
    wanted = select(ResultRun).where(ResultRun.round_id == round_id)
    return session.scalars(
        wanted.order_by(ResultRun.no.desc()).options(defer(ResultRun.body))
    ).all()


def run(session: Session, round_id: int, code: str) -> ResultRun:
    """Return one result of a round with its body."""
    wanted = select(ResultRun).where(ResultRun.round_id == round_id, ResultRun.code == code)
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(NO_RUN)
    return found


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature, with the name of who gave it."""

    account_id: int
    name: str
    office: str
    sha256: str
    at: datetime


def signatures(session: Session, run_id: int) -> list[Signed]:
    """Return who signed a result, the first one first."""
    rows = session.execute(
        select(Signature.account_id, Account.name, Signature.office, Signature.sha256, Signature.at)
        .join(Account, Account.id == Signature.account_id)
        .where(Signature.run_id == run_id)
        .order_by(Signature.id)
    )
    return [Signed(*row) for row in rows]


# What is published


def published(session: Session, round_id: int) -> ResultRun | None:
    """Return the result that stands, without its body; None before the first one."""
    wanted = select(ResultRun).where(
        ResultRun.round_id == round_id, ResultRun.state == RunState.PUBLISHED
    )
    return session.scalar(wanted.options(defer(ResultRun.body)))


def history(session: Session, round_id: int) -> Sequence[ResultRun]:
    """Return every result that was published, the replaced ones too, first to last."""
    wanted = select(ResultRun).where(
        ResultRun.round_id == round_id, ResultRun.published_at.is_not(None)
    )
    return session.scalars(wanted.order_by(ResultRun.no).options(defer(ResultRun.body))).all()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a published result; the name is whole, the view masks it."""

    position: int
    place: int | None
    prize: int | None
    mark: Decimal | None
    raw: Decimal | None
    adjusted: Decimal | None
    se: Decimal | None
    sent_at: datetime
    division_id: int
    entry_id: int
    code: str
    title: str
    name: str
    members: int
    unit_name: str
    account_id: int


def _lines(run_id: int, *which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Select lines that may be shown: not those withdrawn or refused since."""
    return (
        select(
            ResultLine.position,
            ResultLine.place,
            ResultLine.prize,
            ResultLine.mark,
            ResultLine.raw,
            ResultLine.adjusted,
            ResultLine.se,
            ResultLine.sent_at,
            ResultLine.division_id,
            ResultLine.entry_id,
            Entry.blind_code,
            EntryVersion.content["title"].as_string(),
            ResultLine.name,
            Entry.members,
            ResultLine.unit_name,
            Registration.account_id,
        )
        .join(Entry, Entry.id == ResultLine.entry_id)
        .join(
            EntryVersion,
            (EntryVersion.entry_id == Entry.id) & (EntryVersion.no == Entry.version),
        )
        .join(Registration, Registration.id == Entry.registration_id)
        .where(ResultLine.run_id == run_id, Entry.state == EntryState.SENT, *which)
        .order_by(ResultLine.division_id, ResultLine.position)
    )


def senders(session: Session, round_id: int) -> dict[int, tuple[str, str]]:
    """Return the name and the unit's name of each entry's sender, by entry id, as of today."""
    wanted = (
        select(Entry.id, Account.name, Unit.name)
        .join(Registration, Registration.id == Entry.registration_id)
        .join(Account, Account.id == Registration.account_id)
        .join(Unit, Unit.id == Registration.unit_id)
        .where(Entry.round_id == round_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(wanted)}


def published_senders(session: Session, run_id: int) -> dict[int, tuple[str, str]]:
    """Return the same as a published result says it."""
    wanted = select(ResultLine.entry_id, ResultLine.name, ResultLine.unit_name)
    rows = session.execute(wanted.where(ResultLine.run_id == run_id))
    return {row[0]: (row[1], row[2]) for row in rows}


def _told(session: Session, wanted: Select[*tuple[Any, ...]]) -> list[Line]:
    found = []
    for row in session.execute(wanted):
        values = list(row)
        values[13] = len(row[13])  # members
        found.append(Line(*values))
    return found


def page(session: Session, run_id: int, division_id: int, number: int) -> tuple[list[Line], bool]:
    """Return a page of a division's ranked entries, from 1, and whether another follows."""
    wanted = _lines(run_id, ResultLine.division_id == division_id, ResultLine.place.is_not(None))
    start = (number - 1) * PER_PAGE
    found = _told(session, wanted.offset(start).limit(PER_PAGE + 1))
    return found[:PER_PAGE], len(found) > PER_PAGE


def line(session: Session, run_id: int, code: str) -> Line:
    """Return the line of an entry by its blind code."""
    found = _told(session, _lines(run_id, Entry.blind_code == code))
    if not found:
        raise NotFound(NO_LINE)
    return found[0]


def lines_of(session: Session, run_id: int, account_id: int) -> list[Line]:
    """Return the lines of one person's entries, unranked ones too."""
    return _told(session, _lines(run_id, Registration.account_id == account_id))


@dataclass(frozen=True, slots=True)
class GivenSheet:
    """What one judge gave an entry, for its sender: nothing says who."""

    scores: dict[str, str]
    comment: str


def sheets_of(
    session: Session, entry_id: int, counted: Sequence[tuple[str, int]]
) -> list[GivenSheet]:
    """Return the counted sheets of an entry, named by judge's code and version, in no order."""
    rows = session.execute(
        select(Panelist.code, ScoreSheet.version, ScoreSheet.scores, ScoreSheet.comment)
        .join(Panelist, Panelist.id == ScoreSheet.panelist_id)
        .where(ScoreSheet.entry_id == entry_id)
    )
    wanted = set(counted)
    found = [
        GivenSheet(scores, comment)
        for code, version, scores, comment in rows
        if (code, version) in wanted
    ]
    return sorted(found, key=lambda one: (one.comment, sorted(one.scores.items())))


# For the boards


@dataclass(frozen=True, slots=True)
class PublishedMark:
    """A ranked entry of a published result, as a try for the boards: 0 to 100 points."""

    contest_id: int
    registration_id: int
    registration_code: str
    division_id: int
    unit_id: int
    registered_at: datetime
    round_id: int
    place: int
    mark: Decimal
    sent_at: datetime


def published_marks(
    session: Session,
    round_ids: Sequence[int],
    *which: ColumnElement[bool],
    stream: int | None = None,
) -> Iterator[PublishedMark]:
    """Yield what the published results of some rounds say of entrants, by registration id.

    `which` may ask of Registration; withdrawn and refused entries are left out.
    """
    wanted: Select[*tuple[Any, ...]] = (
        select(
            Registration.contest_id,
            Registration.id,
            Registration.code,
            Registration.division_id,
            Registration.unit_id,
            Registration.registered_at,
            ResultRun.round_id,
            ResultLine.place,
            ResultLine.mark,
            ResultLine.sent_at,
        )
        .join_from(ResultLine, ResultRun, ResultRun.id == ResultLine.run_id)
        .join(Entry, Entry.id == ResultLine.entry_id)
        .join(Registration, Registration.id == Entry.registration_id)
        .where(
            ResultRun.round_id.in_(round_ids),
            ResultRun.state == RunState.PUBLISHED,
            ResultLine.place.is_not(None),
            Entry.state == EntryState.SENT,
            *which,
        )
        .order_by(Registration.id, ResultLine.id)
    )
    if stream is not None:
        wanted = wanted.execution_options(yield_per=stream)
    for row in session.execute(wanted):
        yield PublishedMark(*row)


def uncounted(session: Session) -> ResultRun | None:
    """Return a published result that the boards have not taken in yet, the earliest first."""
    wanted = select(ResultRun).where(
        ResultRun.state == RunState.PUBLISHED, ResultRun.counted_at.is_(None)
    )
    return session.scalar(
        wanted.order_by(ResultRun.published_at, ResultRun.id)
        .options(defer(ResultRun.body))
        .limit(1)
    )
