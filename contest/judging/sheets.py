"""Score sheets: saved as typed, handed in whole, edited until the phase closes, never overwritten.

A handed-in sheet stays what it was: editing it begins a draft of its own, and counts only once the
draft is handed in. `Draft.known` names what the judge's page had before its eyes; when another page
has written since, nothing is stored and both texts are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.core import audit, db, ids
from contest.errors import N_, Invalid, Problem, TooEarly
from contest.errors import Conflict as Overtaken
from contest.judging.conflicts import BY_CONFLICT
from contest.judging.judge_queries import NO_PHASE, Work
from contest.judging.models import (
    Conflict,
    ConflictKind,
    JudgingPhase,
    Panelist,
    ScoreSheet,
    SheetState,
)
from contest.rules.rubric import INCOMPLETE, UNKNOWN

LONGEST = 4000  # characters of the comment, of the note
LONGEST_POINTS = 20  # characters of one box
LONGEST_REASON = 500
SEEN = timedelta(minutes=1)
NEW = ""  # `known` of a page that was drawn before there was any sheet
TOO_LONG = N_("Phần này dài %(found)s chữ cái, nhiều nhất được %(most)s.")
NEWER = N_(
    "Phiếu này vừa được lưu ở một trang khác. Bản ở đây chưa được lưu nhưng vẫn còn nguyên; "
    "hãy so hai bản rồi lưu lại."
)
NO_REASON = N_("Hãy nói ngắn gọn vì sao bạn không chấm được bài này.")
COUNTED = N_(
    "Phiếu bạn đã nộp cho bài này đang được tính điểm, nên phiếu chấm thử không thay được phiếu "
    "ấy. Những gì bạn vừa ghi được giữ làm bản nháp."
)
BAD_POINTS = N_("Điểm ghi ở đây dài quá.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a judge typed. `scores`: criterion to text; blank ones may be left out."""

    scores: Mapping[str, str]
    comment: str
    note: str
    known: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One's own sheet as a page shows it; `known` goes back with the next save."""

    scores: Mapping[str, str]
    comment: str
    note: str
    known: str
    is_done: bool  # handed in, for this version of the entry and this sort of phase
    has_changes: bool  # a draft lies over a handed-in sheet
    is_stale: bool  # the entry was replaced after this sheet was handed in
    saved_at: datetime | None
    submitted_at: datetime | None


BLANK = Sheet(
    scores={},
    comment="",
    note="",
    known=NEW,
    is_done=False,
    has_changes=False,
    is_stale=False,
    saved_at=None,
    submitted_at=None,
)


class Newer(Overtaken):
    """Another page of the same judge saved first; `sheet` is what it saved."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(NEWER)
        self.sheet = sheet


class Counted(Overtaken):
    """A sheet that counts stands: one of a calibration never takes its place."""

    def __init__(self) -> None:
        super().__init__(COUNTED)


def own(session: Session, work: Work) -> Sheet:
    """Return one's own sheet of an entry; blank when there is none."""
    latest, standing = _rows(session, work)
    return _shown(work, latest, standing)


def _rows(session: Session, work: Work) -> tuple[ScoreSheet | None, ScoreSheet | None]:
    """Give the sheet that is written on or was handed in last, and the one that stands."""
    wanted = (
        select(ScoreSheet)
        .where(
            ScoreSheet.panelist_id == work.seat.panelist.id,
            ScoreSheet.entry_id == work.entry_id,
        )
        .order_by(ScoreSheet.version.desc())
        .execution_options(populate_existing=True)
    )
    found = list(session.scalars(wanted))
    latest = found[0] if found else None
    standing = next((each for each in found if each.state == SheetState.SUBMITTED), None)
    return latest, standing


def _shown(work: Work, latest: ScoreSheet | None, standing: ScoreSheet | None) -> Sheet:
    if latest is None:
        return BLANK
    is_stale = standing is not None and standing.entry_version != work.entry_version
    return Sheet(
        scores=_typed(latest),
        comment=latest.comment,
        note=latest.note,
        known=_known(latest),
        is_done=standing is not None and not is_stale and work.seat.is_enough(standing.phase_id),
        has_changes=standing is not None and latest.state == SheetState.DRAFT,
        is_stale=is_stale,
        saved_at=latest.saved_at,
        submitted_at=None if standing is None else standing.submitted_at,
    )


def _typed(row: ScoreSheet) -> dict[str, str]:
    return {code: str(points) for code, points in row.scores.items()}


def _known(row: ScoreSheet) -> str:
    return f"{row.version}.{int(row.saved_at.timestamp() * 1_000_000)}"


def save_draft(session: Session, work: Work, draft: Draft, *, now: datetime) -> Sheet:
    """Keep what was typed, whole or not; a handed-in sheet goes on to count beside it.

    Saving the same once more changes nothing. Raises TooEarly and TooLate outside an open phase
    that scores, Invalid for what cannot be kept, Newer when another page saved first.
    """
    phase = _scoring(work, now)
    scores = _kept(work, draft)
    latest, standing = _locked(session, work)
    if _is_same(latest, scores, draft):
        return _shown(work, latest, standing)
    _ensure_newest(work, latest, standing, draft)
    if latest is None or latest.state != SheetState.DRAFT:
        latest = _begin(session, work, latest, SheetState.DRAFT, now)
    latest.scores, latest.comment, latest.note = scores, draft.comment, draft.note
    _date(work, latest, phase, now)
    _see(work, now)
    session.flush()
    return _shown(work, latest, standing)


def submit(session: Session, work: Work, draft: Draft, *, by: int, now: datetime) -> Sheet:
    """Hand in a whole sheet; the one before it is superseded and kept.

    Twice the same is once. Raises Invalid whose problems name every criterion that is blank or
    wrong, Counted in a calibration after a sheet that counts, and what `save_draft` raises; then
    nothing is written.
    """
    phase = _scoring(work, now)
    _kept(work, draft)
    _ensure_whole(work, draft)
    read = work.rubric.clean(draft.scores)
    scores = {code: f"{points:f}" for code, points in read.items()}
    latest, standing = _locked(session, work)
    is_same = latest is not None and latest is standing and _is_same(latest, scores, draft)
    if is_same and _shown(work, latest, standing).is_done:
        return _shown(work, latest, standing)
    if not _is_same(latest, _kept(work, draft), draft):
        _ensure_newest(work, latest, standing, draft)
    if standing is not None:
        if not phase.counts and work.seat.counts(standing.phase_id):
            raise Counted
        standing.state = SheetState.SUPERSEDED
    if latest is None or latest.state != SheetState.DRAFT:
        latest = _begin(session, work, latest, SheetState.SUBMITTED, now)
    latest.scores, latest.comment, latest.note = dict(scores), draft.comment, draft.note
    _date(work, latest, phase, now)
    latest.state, latest.submitted_at = SheetState.SUBMITTED, now
    if work.assignment is not None:
        work.assignment.skipped_at = None
    _see(work, now)
    _record(session, work, "judging.submit", by=by, now=now, version=latest.version)
    session.flush()
    return _shown(work, latest, latest)


def recuse(session: Session, work: Work, reason: str, *, by: int, now: datetime) -> None:
    """Step back from an entry: a declared conflict that bars it, and a sheet that says why.

    A sheet handed in before stands until the organizer decides. Raises Invalid without a reason,
    and TooEarly and TooLate outside an open phase that scores.
    """
    phase = _scoring(work, now)
    reason = reason.strip()
    if not reason:
        raise Invalid(NO_REASON, problems={"reason": Problem(NO_REASON)})
    _ensure_short("reason", reason, LONGEST_REASON)
    latest, _ = _locked(session, work)
    if latest is None or latest.state != SheetState.DRAFT:
        latest = _begin(session, work, latest, SheetState.RECUSED, now)
    latest.state, latest.reason = SheetState.RECUSED, reason
    _date(work, latest, phase, now)
    if work.assignment is not None:
        work.assignment.ended_at, work.assignment.end_reason = now, BY_CONFLICT
    session.add(
        Conflict(
            code=ids.new_code(),
            panelist_id=work.seat.panelist.id,
            entry_id=work.entry_id,
            kind=ConflictKind.DECLARED,
            reason=reason,
            set_by=by,
            set_at=now,
        )
    )
    _see(work, now)
    _record(session, work, "judging.recuse", by=by, now=now)
    session.flush()


def skip(session: Session, work: Work, *, now: datetime) -> None:
    """Put an entry to the end of one's own queue; what is written of its sheet stays."""
    _scoring(work, now)
    if work.assignment is not None:
        work.assignment.skipped_at = now
    _see(work, now)
    session.flush()


def _scoring(work: Work, now: datetime) -> JudgingPhase:
    refusal = work.seat.why_not(now)
    if refusal is not None or work.seat.phase is None:
        raise refusal or TooEarly(NO_PHASE)
    return work.seat.phase


def _kept(work: Work, draft: Draft) -> dict[str, str]:
    """Return the boxes that are filled, as typed; Invalid for what cannot be kept at all."""
    known = {criterion.code for criterion in work.rubric.criteria}
    typed = {code: text.strip() for code, text in draft.scores.items() if text.strip()}
    for code, text in typed.items():
        if code not in known:
            raise Invalid(UNKNOWN, code=code, problems={code: Problem(UNKNOWN, code=code)})
        if len(text) > LONGEST_POINTS:
            raise Invalid(BAD_POINTS, problems={code: Problem(BAD_POINTS)})
    _ensure_short("comment", draft.comment, LONGEST)
    _ensure_short("note", draft.note, LONGEST)
    return typed


def _ensure_short(place: str, text: str, most: int) -> None:
    if len(text) > most:
        facts = {"found": len(text), "most": most}
        raise Invalid(TOO_LONG, problems={place: Problem(TOO_LONG, **facts)}, **facts)


def _ensure_whole(work: Work, draft: Draft) -> None:
    """Name everything that is blank or not allowed at once."""
    wrong: dict[str, Problem] = {}
    for criterion in work.rubric.criteria:
        try:
            points = criterion.read(draft.scores.get(criterion.code))
        except Invalid as error:
            wrong[criterion.code] = Problem(error.message, **error.facts)
            continue
        if points is None and criterion.is_counted:
            wrong[criterion.code] = Problem(INCOMPLETE, name=criterion.name)
    if wrong:
        first = next(iter(wrong.values()))
        raise Invalid(first.message, problems=wrong, **first.facts)


def _locked(session: Session, work: Work) -> tuple[ScoreSheet | None, ScoreSheet | None]:
    """Give the sheets while no other page of this judge can write."""
    mine = select(Panelist.id).where(Panelist.id == work.seat.panelist.id)
    session.execute(mine.with_for_update())
    return _rows(session, work)


def _is_same(latest: ScoreSheet | None, scores: Mapping[str, str], draft: Draft) -> bool:
    if latest is None or latest.state == SheetState.RECUSED:
        return False
    mine = (_plain(scores), draft.comment, draft.note)
    return mine == (_plain(_typed(latest)), latest.comment, latest.note)


def _plain(scores: Mapping[str, str]) -> dict[str, str]:
    """Give the boxes with one decimal mark: "8,5" typed again is "8.5" stored."""
    return {code: text.replace(",", ".") for code, text in scores.items()}


def _ensure_newest(
    work: Work, latest: ScoreSheet | None, standing: ScoreSheet | None, draft: Draft
) -> None:
    if draft.known != (NEW if latest is None else _known(latest)):
        raise Newer(_shown(work, latest, standing))


def _begin(
    session: Session, work: Work, before: ScoreSheet | None, state: SheetState, now: datetime
) -> ScoreSheet:
    phase = _scoring(work, now)
    row = ScoreSheet(
        panelist_id=work.seat.panelist.id,
        entry_id=work.entry_id,
        phase_id=phase.id,
        version=1 if before is None else before.version + 1,
        entry_version=work.entry_version,
        state=state,
        scores={},
        comment="",
        note="",
        reason="",
        begun_at=now,
        saved_at=now,
        submitted_at=None,
    )
    if db.insert_free(session, row) is None:  # another page, past the lock: the key decides
        raise Newer(own(session, work))
    return row


def _date(work: Work, row: ScoreSheet, phase: JudgingPhase, now: datetime) -> None:
    row.phase_id, row.entry_version, row.saved_at = phase.id, work.entry_version, now


def _see(work: Work, now: datetime) -> None:
    panelist = work.seat.panelist
    if panelist.seen_at is None or now - panelist.seen_at >= SEEN:
        panelist.seen_at = now


def _record(
    session: Session, work: Work, act: str, *, by: int, now: datetime, **facts: int
) -> None:
    contest = work.seat.round.contest
    audit.record(
        session,
        act,
        f"entry:{work.blind_code}",
        by=by,
        now=now,
        unit_id=contest.unit_id,
        contest=contest.code,
        **facts,
    )
