"""What the head of the jury and the organizer deliberate on, and the decisions they write down.

A decision is never edited: it is revoked, and another one made. Each one asks for a reason that is
published with the result.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.contests.models import Registration
from contest.core import audit, ids
from contest.entries.models import Entry, EntryState, EntryVersion
from contest.errors import N_, Conflict, Invalid, NotAllowed, NotFound, Problem, TooEarly
from contest.judging import judge_queries, queries, result_file, result_queries
from contest.judging.models import Decision
from contest.judging.result_queries import Chair
from contest.rules.judge_fit import PanelFit, judge_fits, panel_fits
from contest.rules.jury_result import EntryOutcome, Input, Outcome, Pool, compute

MARK, ORDER, OUT = "mark", "order", "out"
MOST_MARK = 100

NO_ENTRY = N_("Không tìm thấy bài này trong đợt thi.")
NO_DECISION = N_("Không tìm thấy quyết định này.")
REVOKED = N_("Quyết định này đã được rút.")
STANDS = N_("Bài này đã có quyết định cùng loại. Hãy rút quyết định cũ trước.")
NO_REASON = N_("Hãy ghi lý do; lý do được công bố cùng kết quả.")
BAD_MARK = N_("Điểm từ 0 đến 100.")
NOT_A_TIE = N_("Các bài này không còn bằng điểm nhau. Hãy tải lại trang.")
BAD_PLACES = N_("Hãy cho mỗi bài một thứ tự khác nhau, từ 1 đến %(count)s.")
NOT_CLOSED = N_("Đợt thi còn nhận bài đến %(closes_at)s, nên hội đồng chưa quyết định được.")

OWN_SIDE = N_(
    "Bạn có bài dự thi trong đợt này, hoặc người gửi bài cùng đơn vị với bạn, hoặc đã ghi xung đột "
    "lợi ích giữa bạn và bài này, nên bạn không quyết định về bài. Hãy để một người khác trong hội "
    "đồng quyết định: trưởng ban giám khảo hoặc người của ban tổ chức."
)
STILL_SCORING = N_("Giám khảo còn chấm đến %(closes_at)s, nên hội đồng chưa quyết định được.")


@dataclass(frozen=True, slots=True)
class Row:
    """An entry before the chair. `totals`: by judge's number (0: an examiner), the least first.

    `name` and `unit_name` are empty while names are hidden.
    """

    outcome: EntryOutcome
    title: str
    name: str
    unit_name: str
    totals: tuple[tuple[int, Decimal], ...]
    panel_note: Problem | None
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Judging:
    """What is said of the judges of one pool: the gate's verdict and who stands out."""

    divisions: tuple[str, ...]
    verdict: Problem
    is_adjusted: bool
    notes: tuple[Problem, ...]
    effects: tuple[tuple[int, Decimal, Decimal | None, int], ...]  # number, effect, se, count


@dataclass(frozen=True, slots=True)
class Table:
    """A division's rows: the ranked in their order, then the others."""

    code: str
    rows: tuple[Row, ...]
    ties: tuple[tuple[str, ...], ...]  # of the same mark, by code


@dataclass(frozen=True, slots=True)
class Deliberation:
    judging: tuple[Judging, ...]
    tables: tuple[Table, ...]
    short: tuple[str, ...]


def show(session: Session, chair: Chair) -> Deliberation:
    """Compute the result as it stands and say what the chair should look at.

    Raises Invalid for a sheet that no longer fits its criteria.
    """
    given, outcome = now_standing(session, chair)
    numbers = {
        each.code: each.number
        for each in queries.panelists(session, chair.round.id, with_left=True)
    }
    fits = {code: fit for pool in outcome.pools for code, fit in _panels(pool, given).items()}
    known = _known(session, chair)
    decisions = defaultdict(list)
    for each in result_queries.standing_decisions(session, chair.round.id):
        decisions[each.entry_id].append(each)
    tables = tuple(
        Table(
            division.code,
            tuple(
                _row(one, known[one.code], numbers, fits.get(one.code), decisions)
                for one in division.entries
            ),
            _ties(division.entries),
        )
        for division in outcome.divisions
    )
    judging = tuple(_judging(pool, given, numbers) for pool in outcome.pools)
    return Deliberation(judging, tables, outcome.short)


def now_standing(session: Session, chair: Chair) -> tuple[Input, Outcome]:
    """Compute the result from what is there now."""
    given = result_queries.gather(session, chair.contest, chair.round)
    return given, compute(given, seed=result_file.input_sha256(given))


@dataclass(frozen=True, slots=True)
class _Known:
    entry_id: int
    title: str
    name: str
    unit_name: str


def _known(session: Session, chair: Chair) -> dict[str, _Known]:
    """Return what the chair may know of each entry; a name only in a phase that shows names.

    The title is the one handed in last: the sender may be at another one.
    """
    title = EntryVersion.content["title"].as_string()
    wanted = (
        select(Entry.blind_code, Entry.id, title, Entry.redacted_title)
        .join(
            EntryVersion, (EntryVersion.entry_id == Entry.id) & (EntryVersion.no == Entry.version)
        )
        .where(Entry.round_id == chair.round.id, Entry.state == EntryState.SENT)
    )
    if not chair.sees_names:
        rows = session.execute(wanted)
        return {code: _Known(id_, blind or title, "", "") for code, id_, title, blind in rows}
    named = session.execute(
        wanted.join(Registration, Registration.id == Entry.registration_id)
        .join(Account, Account.id == Registration.account_id)
        .join(Unit, Unit.id == Registration.unit_id)
        .add_columns(Account.name, Unit.name)
    )
    return {code: _Known(id_, title, name, unit) for code, id_, title, _, name, unit in named}


def _row(
    one: EntryOutcome,
    known: _Known,
    numbers: Mapping[str, int],
    fit: PanelFit | None,
    decisions: Mapping[int, Sequence[Decision]],
) -> Row:
    totals = sorted(one.totals, key=lambda each: (each[1], each[0]))
    return Row(
        outcome=one,
        title=known.title,
        name=known.name,
        unit_name=known.unit_name,
        totals=tuple((numbers.get(by, 0), total) for by, total in totals),
        panel_note=None if fit is None else fit.note,
        decisions=tuple(decisions.get(known.entry_id, ())),
    )


def _ties(entries: Sequence[EntryOutcome]) -> tuple[tuple[str, ...], ...]:
    found = [tuple(sorted((one.code, *one.tie))) for one in entries if one.tie]
    return tuple(dict.fromkeys(found))


def _panels(pool: Pool, given: Input) -> dict[str, PanelFit]:
    return panel_fits(pool.found, _scored(pool, given))


def _scored(pool: Pool, given: Input) -> list[tuple[str, str, float]]:
    """Give the rows from which a pool was adjusted."""
    rubrics = {each.code: each.rubric for each in given.settings.divisions}
    return [
        (each.code, sheet.judge, float(rubric.total(sheet.scores)))
        for each in given.entries
        if each.division in pool.divisions and not each.is_practical
        if (rubric := rubrics[each.division]) is not None
        for sheet in each.sheets
    ]


def _judging(pool: Pool, given: Input, numbers: Mapping[str, int]) -> Judging:
    notes = [
        Problem(note.message, **{**note.facts, "judge": numbers.get(fit.judge, 0)})
        for fit in judge_fits(pool.found, _scored(pool, given)).values()
        for note in fit.notes
    ]
    return Judging(
        divisions=pool.divisions,
        verdict=pool.verdict,
        is_adjusted=pool.gate.value == "adjust",
        notes=tuple(notes),
        effects=tuple(
            sorted(
                ((numbers.get(one.judge, 0), one.effect, one.se, one.count) for one in pool.judges),
                key=lambda each: each[0],
            )
        ),
    )


# Decisions


def decide_mark(
    session: Session, chair: Chair, code: str, *, mark: Decimal, reason: str, now: datetime
) -> Decision:
    """Set an entry's final mark, 0 to 100, in the place of what was computed.

    Raises Invalid for a mark outside and for no reason, Conflict while another one stands,
    TooEarly while entries or sheets that count may come in, NotAllowed about an entry of one's own
    side, as every decision does.
    """
    if not 0 <= mark <= MOST_MARK:
        raise Invalid(BAD_MARK)
    return _decide(session, chair, code, MARK, reason=reason, now=now, mark=mark)


def leave_out(session: Session, chair: Chair, code: str, *, reason: str, now: datetime) -> Decision:
    """Leave an entry out of the ranking; Conflict when it is already."""
    return _decide(session, chair, code, OUT, reason=reason, now=now)


def decide_order(
    session: Session, chair: Chair, places: Mapping[str, int], *, reason: str, now: datetime
) -> list[Decision]:
    """Put the entries of one tie, by blind code, into the jury's order, places from 1.

    Raises Conflict when they are not exactly the entries of a tie any more, Invalid for places
    that are not 1 to their number. What was decided on the order of this tie before is revoked.
    """
    _ensure_over(session, chair, now)
    _, outcome = now_standing(session, chair)
    ties = {tie for each in outcome.divisions for tie in _ties(each.entries)}
    if tuple(sorted(places)) not in ties:
        raise Conflict(NOT_A_TIE)
    if sorted(places.values()) != list(range(1, len(places) + 1)):
        raise Invalid(BAD_PLACES, count=len(places))
    _reason(reason)
    known = result_queries.entry_ids(session, chair.round.id)
    concerned = {known[code] for code in places}
    for entry_id in concerned:
        _ensure_apart(session, chair, entry_id)
    for each in result_queries.standing_decisions(session, chair.round.id):
        if each.kind == ORDER and each.entry_id in concerned:
            revoke(session, chair, each.code, now=now)
    return [
        _decide(session, chair, code, ORDER, reason=reason, now=now, place=place)
        for code, place in sorted(places.items(), key=lambda item: item[1])
    ]


def revoke(session: Session, chair: Chair, code: str, *, now: datetime) -> Decision:
    """Take a decision back; Conflict when somebody already has, NotAllowed on one's own side."""
    found = session.scalar(
        select(Decision)
        .where(Decision.round_id == chair.round.id, Decision.code == code)
        .with_for_update()
    )
    if found is None:
        raise NotFound(NO_DECISION)
    if found.revoked_at is not None:
        raise Conflict(REVOKED)
    _ensure_apart(session, chair, found.entry_id)
    found.revoked_by, found.revoked_at = chair.account_id, now
    entry = session.get_one(Entry, found.entry_id)
    _record(session, chair, "judging.revoke", found, entry.blind_code, now=now)
    session.flush()
    return found


def _decide(
    session: Session,
    chair: Chair,
    code: str,
    kind: str,
    *,
    reason: str,
    now: datetime,
    mark: Decimal | None = None,
    place: int | None = None,
) -> Decision:
    _ensure_over(session, chair, now)
    said = _reason(reason)
    entry = session.scalar(
        select(Entry)
        .where(
            Entry.round_id == chair.round.id,
            Entry.blind_code == code,
            Entry.state == EntryState.SENT,
        )
        .with_for_update(key_share=True)
    )
    if entry is None:
        raise NotFound(NO_ENTRY)
    _ensure_apart(session, chair, entry.id)
    standing = select(Decision.id).where(
        Decision.entry_id == entry.id, Decision.kind == kind, Decision.revoked_at.is_(None)
    )
    if session.scalar(standing.limit(1)) is not None:
        raise Conflict(STANDS)
    made = Decision(
        code=ids.new_code(),
        round_id=chair.round.id,
        entry_id=entry.id,
        kind=kind,
        mark=mark,
        place=place,
        reason=said,
        by=chair.account_id,
        at=now,
    )
    session.add(made)
    _record(session, chair, "judging.decide", made, code, now=now)
    session.flush()
    return made


def _ensure_over(session: Session, chair: Chair, now: datetime) -> None:
    """Raise TooEarly while somebody's sheet could still answer what the jury decided."""
    if now < chair.round.closes_at:
        raise TooEarly(NOT_CLOSED, closes_at=chair.round.closes_at)
    until = queries.counted_until(queries.phases(session, chair.round.id), now)
    if until is not None:
        raise TooEarly(STILL_SCORING, closes_at=until)


def _ensure_apart(session: Session, chair: Chair, entry_id: int) -> None:
    """Raise NotAllowed for who is on an entry's side, or has one of their own in the round.

    Said only to who tries: a mark on the pages would tell a blind chair which entries these are.
    """
    if judge_queries.is_barred(session, entry_id, by=chair.account_id):
        raise NotAllowed(OWN_SIDE)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Invalid(NO_REASON)
    return reason.strip()


def _record(
    session: Session, chair: Chair, act: str, decision: Decision, entry: str, *, now: datetime
) -> None:
    audit.record(
        session,
        act,
        f"entry:{entry}",
        by=chair.account_id,
        now=now,
        unit_id=chair.contest.unit_id,
        contest=chair.contest.code,
        round=chair.round.code,
        kind=decision.kind,
        mark=None if decision.mark is None else str(decision.mark),
        place=decision.place,
        reason=decision.reason,
    )
