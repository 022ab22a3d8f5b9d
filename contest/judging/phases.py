"""The phases of judging: when the jury may do what. Set before they open, later only lengthened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from contest.contests import running
from contest.contests.models import Round
from contest.core import ids
from contest.core.visitor import Visitor
from contest.errors import N_, Conflict, Invalid, Problem, TooEarly, TooLate
from contest.judging import panel_queries, queries
from contest.judging.models import JudgingPhase, SeesOthers
from contest.rules.entry_rules import EntryRules

USUAL = timedelta(days=7)
USUAL_NAME, USUAL_NAME_EN = "Chấm bài", "Judging"
MOST_PHASES = 20
CLOSES_FIRST = N_("Giai đoạn phải đóng sau khi mở.")
TOO_SOON = N_(
    "Chỉ chấm khi đã hết giờ nhận bài. Giai đoạn này mở sớm nhất lúc %(earliest)s: giờ đóng đợt "
    "cộng thời gian chờ tệp gửi dở."
)
TOO_SOON_TO_TRY = N_("Chấm thử cũng chỉ mở khi đã đóng nhận bài, sớm nhất lúc %(earliest)s.")
OVER_ALREADY = N_("Giờ đóng phải ở phía trước.")
OVERLAPS = N_(
    "Hai giai đoạn được chấm không được chồng giờ nhau. Giai đoạn này chồng lên “%(name)s”."
)
TRIES_FIRST = N_(
    "Giai đoạn chấm thử phải ở trước mọi giai đoạn chấm tính điểm: chấm thử để thống nhất cách "
    "chấm, không thay được phiếu đã tính. Hãy xem lại giờ mở của giai đoạn này và của “%(name)s”."
)
OPENED = N_(
    "Giai đoạn này đã mở, nên quyền của giám khảo giữ nguyên và không xoá được. Bạn vẫn gia hạn "
    "được."
)
NOT_OPEN = N_("Giai đoạn này không đang mở, nên không có gì để kết thúc sớm.")
ONLY_LATER = N_("Gia hạn là lùi giờ đóng: giờ mới phải sau giờ đóng hiện nay.")
TOO_MANY = N_("Một đợt có nhiều nhất %(most)s giai đoạn chấm.")


@dataclass(frozen=True, slots=True)
class PhaseFacts:
    """A phase as the form says it."""

    name: str
    name_en: str
    opens_at: datetime
    closes_at: datetime
    may_score: bool = True
    sees_others: SeesOthers = SeesOthers.NEVER
    sees_names: bool = False
    sees_all: bool = False
    counts: bool = True


def earliest(round_: Round, *, counts: bool) -> datetime:
    """Return when a phase may open: sheets that count wait for the files that may still come."""
    if not counts:
        return round_.closes_at
    return round_.closes_at + EntryRules.from_json(round_.entries).grace


def usual(round_: Round, *, now: datetime) -> PhaseFacts:
    """Give the one phase most contests need: blind, own entries only, seven days."""
    opens_at = max(now, earliest(round_, counts=True)).replace(second=0, microsecond=0)
    opens_at = max(opens_at, earliest(round_, counts=True))
    return PhaseFacts(USUAL_NAME, USUAL_NAME_EN, opens_at, opens_at + USUAL)


def add(
    session: Session,
    contest: str,
    round_: str,
    facts: PhaseFacts,
    *,
    by: Visitor,
    now: datetime,
) -> JudgingPhase:
    """Add a phase to a round of entries of one's own part.

    Raises Invalid for times out of order, on top of another scoring phase or a calibration after
    sheets that count, TooEarly before the round has closed, Conflict once the result is signed.
    """
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    others = queries.phases(session, found.id)
    if len(others) >= MOST_PHASES:
        raise Invalid(TOO_MANY, most=MOST_PHASES)
    _check(found, facts, others, now)
    phase = JudgingPhase(
        code=ids.new_code(),
        round_id=found.id,
        position=max((each.position for each in others), default=0) + 1,
    )
    _write(phase, facts)
    session.add(phase)
    running.note(
        session,
        found,
        "judging.add_phase",
        by=by.id,
        now=now,
        phase=phase.code,
        name=facts.name,
        **_said(facts),
    )
    return phase


def change(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    facts: PhaseFacts,
    *,
    by: Visitor,
    now: datetime,
) -> JudgingPhase:
    """Change a phase that has not opened; TooLate afterwards, else as `add`."""
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    phase = _unopened(session, found, code, now)
    others = [each for each in queries.phases(session, found.id) if each.id != phase.id]
    _check(found, facts, others, now)
    _write(phase, facts)
    running.note(
        session,
        found,
        "judging.change_phase",
        by=by.id,
        now=now,
        phase=phase.code,
        name=facts.name,
        **_said(facts),
    )
    return phase


def delete(
    session: Session, contest: str, round_: str, code: str, *, by: Visitor, now: datetime
) -> None:
    """Delete a phase that has not opened; TooLate afterwards."""
    found = panel_queries.lock_round(session, contest, round_, by=by)
    phase = _unopened(session, found, code, now)
    session.delete(phase)
    running.note(
        session,
        found,
        "judging.delete_phase",
        by=by.id,
        now=now,
        phase=phase.code,
        name=phase.name,
    )


def extend(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    closes_at: datetime,
    *,
    reason: str,
    by: Visitor,
    now: datetime,
) -> JudgingPhase:
    """Let a phase close later, with a reason; one that is over opens again.

    Raises Invalid when the new time is not later, or runs into another scoring phase.
    """
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    phase = panel_queries.phase(session, found.id, code)
    if closes_at <= phase.closes_at:
        raise Invalid(ONLY_LATER, problems={"closes_day": Problem(ONLY_LATER)})
    if closes_at <= now:
        raise Invalid(OVER_ALREADY, problems={"closes_day": Problem(OVER_ALREADY)})
    others = [each for each in queries.phases(session, found.id) if each.id != phase.id]
    if phase.may_score:
        _ensure_apart(phase.opens_at, closes_at, others, "closes_day")
    old = phase.closes_at
    phase.closes_at = closes_at
    running.note(
        session,
        found,
        "judging.extend_phase",
        by=by.id,
        now=now,
        phase=phase.code,
        name=phase.name,
        old=old.isoformat(),
        new=closes_at.isoformat(),
        reason=reason,
    )
    return phase


def close_early(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    *,
    reason: str,
    by: Visitor,
    now: datetime,
) -> JudgingPhase:
    """End a phase that is open, with a reason: every sheet is in, say. It may be extended again.

    Raises Conflict when it is not open, and when its result is signed.
    """
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    phase = panel_queries.phase(session, found.id, code)
    if not phase.opens_at < now < phase.closes_at:
        raise Conflict(NOT_OPEN)
    old, phase.closes_at = phase.closes_at, now
    running.note(
        session,
        found,
        "judging.close_phase_early",
        by=by.id,
        now=now,
        phase=phase.code,
        name=phase.name,
        old=old.isoformat(),
        reason=reason,
    )
    return phase


def _unopened(session: Session, round_: Round, code: str, now: datetime) -> JudgingPhase:
    phase = panel_queries.phase(session, round_.id, code)
    if phase.opens_at <= now:
        raise TooLate(OPENED)
    return phase


def _check(round_: Round, facts: PhaseFacts, others: Sequence[JudgingPhase], now: datetime) -> None:
    if facts.closes_at <= facts.opens_at:
        raise Invalid(CLOSES_FIRST, problems={"closes_day": Problem(CLOSES_FIRST)})
    if facts.closes_at <= now:
        raise Invalid(OVER_ALREADY, problems={"closes_day": Problem(OVER_ALREADY)})
    first = earliest(round_, counts=facts.counts)
    if facts.opens_at < first:
        raise TooEarly(TOO_SOON if facts.counts else TOO_SOON_TO_TRY, earliest=first)
    if facts.may_score:
        _ensure_apart(facts.opens_at, facts.closes_at, others, "opens_day")
        _ensure_tries_first(facts, others)


def _ensure_tries_first(facts: PhaseFacts, others: Iterable[JudgingPhase]) -> None:
    """Refuse a calibration after a phase that counts: its sheets would stand on real ones."""
    for each in others:
        if not each.may_score or each.counts == facts.counts:
            continue
        tried, counted = facts.opens_at, each.opens_at
        if facts.counts:
            tried, counted = counted, tried
        if counted < tried:
            problem = Problem(TRIES_FIRST, name=each.name)
            raise Invalid(TRIES_FIRST, problems={"opens_day": problem}, name=each.name)


def _ensure_apart(
    opens_at: datetime, closes_at: datetime, others: Iterable[JudgingPhase], place: str
) -> None:
    for each in others:
        if each.may_score and each.opens_at < closes_at and opens_at < each.closes_at:
            problem = Problem(OVERLAPS, name=each.name)
            raise Invalid(OVERLAPS, problems={place: problem}, name=each.name)


def _write(phase: JudgingPhase, facts: PhaseFacts) -> None:
    phase.name, phase.name_en = facts.name, facts.name_en
    phase.opens_at, phase.closes_at = facts.opens_at, facts.closes_at
    phase.may_score, phase.sees_others = facts.may_score, facts.sees_others
    phase.sees_names, phase.sees_all, phase.counts = facts.sees_names, facts.sees_all, facts.counts


def _said(facts: PhaseFacts) -> dict[str, object]:
    """Give the settings for the log."""
    return {
        "opens_at": facts.opens_at.isoformat(),
        "closes_at": facts.closes_at.isoformat(),
        "may_score": facts.may_score,
        "sees_others": str(facts.sees_others),
        "sees_names": facts.sees_names,
        "sees_all": facts.sees_all,
        "counts": facts.counts,
    }
