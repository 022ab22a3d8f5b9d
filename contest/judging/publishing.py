"""From a proposed result to a published one: computed, signed by two, shown to everybody.

A result is never changed. What is added after it was computed makes it stale: it can no longer be
signed, and a new one is proposed. A correction is a new result that replaces the published one,
with a reason everybody can read.
"""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contest.contests.models import Round
from contest.core import audit, ids
from contest.errors import N_, Conflict, Invalid, NotAllowed, TooEarly
from contest.judging import queries, result_file, result_queries
from contest.judging.models import ResultLine, ResultRun, RunState, Signature
from contest.judging.result_queries import Chair

HEAD, ORGANIZER = "head_judge", "organizer"
OFFICES = (HEAD, ORGANIZER)

NOT_CLOSED = N_("Đợt thi còn nhận bài đến %(closes_at)s, nên chưa tính kết quả được.")
STILL_SCORING = N_("Giám khảo còn chấm đến %(closes_at)s, nên chưa tính kết quả được.")
STILL_VOTING = N_("Còn nhận bình chọn đến %(closes_at)s, nên chưa tính kết quả được.")
NOTHING_JUDGED = N_("Chưa có bài nào có phiếu chấm được tính.")
SHORT = N_(
    "Còn %(count)s bài chưa đủ phiếu chấm. Hãy phân công chấm thêm, hoặc ghi lý do vẫn tính "
    "kết quả."
)
WHY_CORRECT = N_(
    "Kết quả đã công bố. Hãy ghi lý do đính chính; mọi người xem kết quả đều đọc được lý do này."
)
STALE = N_(
    "Sau khi tính bản kết quả này đã có phiếu chấm, quyết định hoặc bình chọn thay đổi. "
    "Hãy tính lại rồi ký bản mới."
)
NOT_YOURS = N_("Bạn không ký được với tư cách này.")
SIGNED_ALREADY = N_("Bạn đã ký bản kết quả này. Chữ ký thứ hai phải của một người khác.")
OFFICE_TAKEN = N_("Đã có người ký với tư cách này.")
NOT_PROPOSED = N_("Bản kết quả này không còn chờ ký.")
NOT_SIGNED = N_("Bản kết quả cần đủ hai chữ ký rồi mới công bố được.")
ORGANIZERS_ACT = N_("Việc công bố do ban tổ chức làm.")
BROKEN = N_("Nội dung bản kết quả không còn khớp với mã đã ký, nên không công bố được.")


def propose(
    session: Session, chair: Chair, *, goes_on: str = "", reason: str = "", now: datetime
) -> ResultRun:
    """Compute a result and store its file; an earlier proposal that was not published is dropped.

    Raises TooEarly while entries, sheets or votes may still come in; Invalid under `goes_on` while
    entries lack sheets and no reason to go on is given, under `reason` for a correction without
    one, and for sheets that no longer fit their criteria.
    """
    _lock(session, chair.round.id)
    _ensure_over(session, chair, now)
    before = result_queries.published(session, chair.round.id)
    reason = reason.strip() if before is not None else ""
    if before is not None and not reason:
        raise Invalid(WHY_CORRECT, problems={})
    given = result_queries.gather(
        session,
        chair.contest,
        chair.round,
        goes_on=goes_on.strip(),
        corrects="" if before is None else before.sha256,
        reason=reason,
    )
    body = result_file.body(given)
    _ensure_whole(json.loads(body)["outcome"], goes_on=goes_on.strip())
    for each in result_queries.runs(session, chair.round.id):
        if each.state in (RunState.PROPOSED, RunState.SIGNED):
            each.state = RunState.DROPPED
    last = session.scalar(
        select(func.max(ResultRun.no)).where(ResultRun.round_id == chair.round.id)
    )
    made = ResultRun(
        code=ids.new_code(),
        round_id=chair.round.id,
        no=(last or 0) + 1,
        state=RunState.PROPOSED,
        body=body,
        sha256=result_file.sha256(body),
        input_sha256=result_file.input_sha256(given),
        made_by=chair.account_id,
        made_at=now,
        reason=reason,
    )
    session.add(made)
    _record(session, chair, "judging.propose", made, now=now, reason=reason or goes_on.strip())
    session.flush()
    return made


def is_stale(session: Session, chair: Chair, run: ResultRun) -> bool:
    """Say whether what a result rests on has changed since it was computed."""
    settings = json.loads(run.body)["input"]
    fresh = result_queries.gather(
        session,
        chair.contest,
        chair.round,
        goes_on=settings["goes_on"],
        corrects=settings["corrects"],
        reason=settings["reason"],
    )
    return result_file.input_sha256(fresh) != run.input_sha256


def offices(session: Session, chair: Chair, run: ResultRun) -> tuple[str, ...]:
    """Return what somebody may sign a result as, now; nothing once they have signed it."""
    given = result_queries.signatures(session, run.id)
    if run.state != RunState.PROPOSED or any(one.account_id == chair.account_id for one in given):
        return ()
    taken = {one.office for one in given}
    return tuple(office for office in _held(chair) if office not in taken)


def _held(chair: Chair) -> tuple[str, ...]:
    held = {HEAD: chair.is_head, ORGANIZER: chair.is_organizer}
    return tuple(office for office in OFFICES if held[office])


def sign(session: Session, chair: Chair, code: str, *, office: str, now: datetime) -> ResultRun:
    """Sign a proposed result; with the second signature it may be published.

    Raises Conflict when it is stale, dropped or published, signed by this person already, or
    signed by somebody else in the same office; NotAllowed for an office that is not theirs.
    """
    _lock(session, chair.round.id)
    run = result_queries.run(session, chair.round.id, code)
    given = result_queries.signatures(session, run.id)
    if run.state != RunState.PROPOSED:
        raise Conflict(NOT_PROPOSED)
    if office not in _held(chair):
        raise NotAllowed(NOT_YOURS)
    if any(one.account_id == chair.account_id for one in given):
        raise Conflict(SIGNED_ALREADY)
    if any(one.office == office for one in given):
        raise Conflict(OFFICE_TAKEN)
    if is_stale(session, chair, run):
        raise Conflict(STALE)
    session.add(
        Signature(
            run_id=run.id,
            account_id=chair.account_id,
            office=office,
            sha256=run.sha256,
            at=now,
        )
    )
    if {one.office for one in given} | {office} == set(OFFICES):
        run.state = RunState.SIGNED
    _record(session, chair, "judging.sign", run, now=now, office=office)
    session.flush()
    return run


def publish(session: Session, chair: Chair, code: str, *, now: datetime) -> ResultRun:
    """Show a signed result to everybody, in the place of the one before. It never changes again.

    Raises NotAllowed for who is no organizer, Conflict when it is not signed, stale or broken.
    """
    _lock(session, chair.round.id)
    run = result_queries.run(session, chair.round.id, code)
    if not chair.is_organizer:
        raise NotAllowed(ORGANIZERS_ACT)
    if run.state != RunState.SIGNED:
        raise Conflict(NOT_SIGNED)
    given = result_queries.signatures(session, run.id)
    hashes = {result_file.sha256(run.body), run.sha256, *(one.sha256 for one in given)}
    if len(hashes) != 1 or result_file.verify(run.body) is not None:
        raise Conflict(BROKEN)
    if is_stale(session, chair, run):
        raise Conflict(STALE)
    before = result_queries.published(session, chair.round.id)
    if before is not None:
        before.state = RunState.DROPPED
    run.state = RunState.PUBLISHED
    run.published_by = chair.account_id
    run.published_at = now
    session.flush()
    _write_lines(session, chair, run, before)
    _record(session, chair, "judging.publish", run, now=now, reason=run.reason)
    session.flush()
    return run


def mark_counted(session: Session, run: ResultRun, *, now: datetime) -> None:
    """Note that the boards have taken a published result in."""
    run.counted_at = now
    session.flush()


def _lock(session: Session, round_id: int) -> None:
    """Let acts on one jury's result wait for each other."""
    session.get(Round, round_id, populate_existing=True, with_for_update={"key_share": True})


def _ensure_over(session: Session, chair: Chair, now: datetime) -> None:
    round_, rules = chair.round, chair.rules
    if now < round_.closes_at:
        raise TooEarly(NOT_CLOSED, closes_at=round_.closes_at)
    until = queries.counted_until(queries.phases(session, round_.id), now)
    if until is not None:
        raise TooEarly(STILL_SCORING, closes_at=until)
    if rules.vote is not None:
        closes_at = round_.closes_at + timedelta(days=rules.vote.days)
        if now < closes_at:
            raise TooEarly(STILL_VOTING, closes_at=closes_at)


def _ensure_whole(outcome: dict[str, Any], *, goes_on: str) -> None:
    ranked = [
        each
        for division in outcome["divisions"]
        for each in division["entries"]
        if each["place"] is not None
    ]
    if not ranked:
        raise TooEarly(NOTHING_JUDGED)
    if outcome["short"] and not goes_on:
        raise Invalid(SHORT, count=len(outcome["short"]))


def _write_lines(session: Session, chair: Chair, run: ResultRun, before: ResultRun | None) -> None:
    document = json.loads(run.body)
    divisions = {each.code: each for each in chair.contest.divisions}
    entry_ids = result_queries.entry_ids(session, chair.round.id)
    senders = result_queries.senders(session, chair.round.id)
    if before is not None:  # a correction of marks is none of names
        senders |= result_queries.published_senders(session, before.id)
    sent = {one["entry"]: one["sent_at"] for one in document["input"]["entries"]}
    for division in document["outcome"]["divisions"]:
        own = divisions[division["code"]]
        names = [prize["name"] for prize in own.prizes]
        for position, one in enumerate(division["entries"], start=1):
            entry_id = entry_ids[one["entry"]]
            name, unit_name = senders[entry_id]
            session.add(
                ResultLine(
                    run_id=run.id,
                    entry_id=entry_id,
                    division_id=own.id,
                    position=position,
                    place=one["place"],
                    prize=None if one["prize"] is None else names.index(one["prize"]),
                    mark=_decimal(one["mark"]),
                    raw=_decimal(one["raw"]),
                    adjusted=_decimal(one["adjusted"]),
                    se=_decimal(one["se"]),
                    sent_at=datetime.fromisoformat(sent[one["entry"]]),
                    name=name,
                    unit_name=unit_name,
                )
            )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _record(
    session: Session, chair: Chair, act: str, run: ResultRun, *, now: datetime, **facts: str
) -> None:
    audit.record(
        session,
        act,
        f"round:{chair.contest.code}/{chair.round.code}",
        by=chair.account_id,
        now=now,
        unit_id=chair.contest.unit_id,
        contest=chair.contest.code,
        no=run.no,
        sha256=run.sha256,
        **{name: fact for name, fact in facts.items() if fact},
    )
