"""The attempt: start, answer, take over, hand in, expire. The server alone keeps time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from contest.attempts import granting, opening, paper, pausing, queries, saving
from contest.attempts.models import EPOCH, GUESS_NO, Answer, Attempt, HandedInBy
from contest.audiences.models import Audience
from contest.contests import queries as contests
from contest.contests import service as registering
from contest.contests.models import Division, Registration, Round
from contest.core import audit, db, ids
from contest.core.cache import Cache
from contest.errors import N_, Conflict, Invalid, NotAllowed, TooEarly, TooLate
from contest.rules import extra_time, receipts, scoring, timing
from contest.rules.quota import Quota, Spent, Try, next_try
from question_bank import queries as bank
from question_bank.rules import drawing, keys, marking

LARGEST_SEQ = 2**53  # what a browser counts exactly
MOST_AT_ONCE = 100  # answers in one save
GUESS_DIGITS = 12
GUESS = re.compile(r"[0-9]+|[0-9]{1,3}(?:[. ][0-9]{3})+")
POOL_SECONDS = 60.0
PAUSED = N_("Ban tổ chức đang tạm dừng đợt thi này. Bạn chờ một lát rồi bắt đầu.")

_pools: Cache[drawing.Pool] = Cache(size=500, seconds=POOL_SECONDS)


@dataclass(frozen=True, slots=True)
class GiveAnswer:
    """One choice. `seq` grows with every choice of a device; None: this is the newest."""

    no: int
    value: object
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save came to: the clock, and whether another device holds the paper now."""

    deadline: datetime
    is_elsewhere: bool
    paused_at: datetime | None = None  # since when that clock stands


def start(
    session: Session,
    contest_code: str,
    round_code: str,
    *,
    by: int,
    device: str,
    seed: int,
    now: datetime,
    zone: ZoneInfo,
) -> Attempt:
    """Begin a try, or return the one that is running: two taps are one start.

    Raises TooEarly, TooLate, NotAllowed (not registered, no try left) and PoolTooSmall. The unique
    numbers of the attempt have the last word on the quota.
    """
    kept, round_ = contests.kept_round(session, contest_code, round_code)
    day, week = timing.local_day(now, zone), timing.local_week(now, zone)
    entry = queries.entry(
        session, by, contest_id=round_.contest_id, round_id=round_.id, day=day, week=week
    )
    if entry is None:
        raise NotAllowed(
            N_("Bạn chưa đăng ký cuộc thi này. Hãy đăng ký trước, rồi bắt đầu làm bài.")
        )
    return _start(session, kept, round_, entry, by=by, device=device, seed=seed, now=now, zone=zone)


def enter(
    session: Session,
    contest_code: str,
    round_code: str,
    division_code: str,
    *,
    by: int,
    device: str,
    seed: int,
    now: datetime,
    zone: ZoneInfo,
) -> Attempt:
    """Register and begin a try in one act; somebody registered before just begins.

    Raises what `contests.service.register` and `start` raise.
    """
    kept, round_ = contests.kept_round(session, contest_code, round_code)
    window = round_.window(None)
    window.ensure_startable(now)
    common: dict[str, Any] = {"by": by, "now": now, "zone": zone}
    if saving.can_write_at_once(session) and not (round_.acts_no or round_.paused_at):
        try:
            admitted = registering.admit(session, contest_code, division_code, **common)
        except (NotAllowed, TooLate):
            admitted = None  # somebody entered before may start all the same
        if admitted is not None:
            entry = _newcomer(round_, admitted.registration)
            attempt = _fresh(session, kept, round_, entry, device=device, seed=seed, **common)
            if opening.write_at_once(session, admitted, attempt):
                return attempt
    entered = registering.enter(session, contest_code, division_code, **common)
    if not entered.is_new:
        return start(session, contest_code, round_code, device=device, seed=seed, **common)
    entry = _newcomer(round_, entered.registration)
    return _start(session, kept, round_, entry, device=device, seed=seed, **common)


def _newcomer(round_: Round, registration: Registration) -> queries.Entry:
    """Say how somebody registered this moment stands in a round."""
    is_paused = round_.paused_at is not None
    spent = Spent(0, 0, 0, 0)
    return queries.Entry(registration.id, registration.division_id, None, spent, is_paused)


def _start(
    session: Session,
    kept: contests.Kept,
    round_: Round,
    entry: queries.Entry,
    *,
    by: int,
    device: str,
    seed: int,
    now: datetime,
    zone: ZoneInfo,
) -> Attempt:
    running = entry.running
    if running is not None and extra_time.is_running(running.deadline, running.paused_at, now):
        return running
    if entry.is_paused:
        raise TooEarly(PAUSED)
    division = kept.divisions[entry.division_id]
    window = round_.window(division.time_limit_s)
    window.ensure_startable(now)
    if running is not None:
        hand_in(session, running.code, by=by, now=now)
    attempt = _fresh(
        session, kept, round_, entry, by=by, device=device, seed=seed, now=now, zone=zone
    )
    grants = granting.lasting_grants(session, attempt) if round_.acts_no else []
    given = granting.lengthen(attempt, grants, window)
    inserted = _insert(session, attempt)
    if inserted is attempt:
        granting.note_given(session, attempt.id, given)
    return inserted


def _fresh(
    session: Session,
    kept: contests.Kept,
    round_: Round,
    entry: queries.Entry,
    *,
    by: int,
    device: str,
    seed: int,
    now: datetime,
    zone: ZoneInfo,
) -> Attempt:
    """Return a try that begins now, its paper drawn; it is not written yet."""
    division = kept.divisions[entry.division_id]
    number = next_try(quota_of(round_), entry.spent)
    day, week = timing.local_day(now, zone), timing.local_week(now, zone)
    return Attempt(
        code=ids.new_code(),
        account_id=by,
        registration_id=entry.registration_id,
        contest_id=round_.contest_id,
        round_id=round_.id,
        division_id=division.id,
        day=day,
        week=week,
        **_numbers(number, is_practice=round_.is_practice),
        started_at=now,
        deadline=round_.window(division.time_limit_s).deadline(now),
        paused_at=None,
        stood_ms=0,
        recount=False,
        paper=paper.stored(drawing.draw(pool_of(session, round_, division, zone), seed)),
        seed=seed,
        reached=1,
        holder=device,
        holder_no=1,
        handed_in_at=None,
    )


def _insert(session: Session, attempt: Attempt) -> Attempt:
    inserted = db.insert_free(session, attempt)
    running = inserted or queries.open_one(session, attempt.account_id, attempt.round_id)
    if running is None:
        raise Conflict(
            N_("Lượt thi này vừa được dùng ở một máy hoặc một trang khác. Hãy tải lại trang.")
        )
    return running


def _numbers(number: Try, *, is_practice: bool) -> dict[str, int | None]:
    return {
        "contest_no": None if is_practice else number.contest_no,
        "round_no": number.round_no,
        "day_no": number.day_no,
        "week_no": number.week_no,
    }


def quota_of(round_: Round) -> Quota:
    """Return a round's quota; practice does not spend the contest's."""
    return Quota(
        total=None if round_.is_practice else round_.contest.tries_total,
        per_round=round_.tries_round,
        per_day=round_.tries_day,
        per_week=round_.tries_week,
    )


def pool_of(session: Session, round_: Round, division: Division, zone: ZoneInfo) -> drawing.Pool:
    """Return the prepared pool of a round's division, kept for a minute."""
    return _pools.get((round_.id, division.id), lambda: _prepare(session, round_, division, zone))


def _prepare(session: Session, round_: Round, division: Division, zone: ZoneInfo) -> drawing.Pool:
    audience = session.get_one(Audience, division.audience_id)
    last_day = timing.local_day(round_.closes_at, zone)  # as the pool was proved
    unit_id = round_.contest.unit_id
    candidates = bank.candidates(
        session, audience=audience.code, valid_on=last_day, unit_id=unit_id
    )
    return drawing.prepare(candidates, round_.drawing_plan())


VOIDS = N_(
    "Bạn chưa trả lời câu này. Đợt thi này cần trả lời mọi câu: bỏ trống một câu thì cả bài không "
    "được tính, mà câu đã qua thì không quay lại được."
)


def answer(
    session: Session,
    code: str,
    given: Sequence[GiveAnswer],
    *,
    by: int,
    device: str,
    now: datetime,
) -> Saved:
    """Save choices; an older one never overwrites a newer one, whatever order they arrive in.

    Raises NotFound for another person's attempt, Invalid for a value that cannot be an answer (and
    then saves none of them), TooLate after the deadline and its grace or after handing in.
    """
    facts = queries.facts(session, code, by=by)
    if len(given) > MOST_AT_ONCE:
        raise Invalid(N_("Quá nhiều câu trả lời trong một lần gửi."))
    values = [(one, checked(facts, one)) for one in given]
    values.sort(key=lambda pair: pair[0].no)  # two saves never wait for each other in a circle
    usual = _usual(session, facts, values, now)
    if usual is not None:
        clock = saving.write_at_once(session, usual)
    else:
        clock = queries.clock_of(session, facts.id)
    ensure_writable(clock, now)
    if facts.is_one_way:
        _ensure_here(clock, given)
    _ensure_numbered(clock, given)
    if usual is None:
        for one, value in values:
            seq = one.seq if one.seq is not None else _newest_seq(session, clock, one.no)
            saving.write(session, saving.Choice(clock.id, one.no, value, seq, now))
    return Saved(clock.deadline, is_elsewhere=clock.holder != device, paused_at=clock.paused_at)


def _usual(
    session: Session,
    facts: queries.Facts,
    values: Sequence[tuple[GiveAnswer, object]],
    now: datetime,
) -> saving.Choice | None:
    """Return the one numbered choice of a free paper, which can be written in one statement."""
    if len(values) != 1 or facts.is_one_way or not saving.can_write_at_once(session):
        return None
    one, value = values[0]
    if one.seq is None or not EPOCH <= one.seq < LARGEST_SEQ:
        return None
    return saving.Choice(facts.id, one.no, value, one.seq, now)


def ensure_writable(attempt: Attempt | queries.Clock, now: datetime) -> None:
    """Refuse what comes after handing in, or after the deadline and the stated grace."""
    if attempt.handed_in_at is not None:
        raise TooLate(N_("Bài này đã được nộp nên không nhận thêm câu trả lời."))
    if attempt.paused_at is None:  # while the clock stands every choice is in time
        timing.ensure_open(attempt.deadline, now)


def checked(facts: queries.Facts, one: GiveAnswer) -> object:
    """Return a choice as it is stored; Invalid when it cannot be an answer of this paper."""
    if one.no == GUESS_NO and facts.has_guess:
        return _checked_guess(one.value)
    if not 1 <= one.no <= len(facts.shapes):
        raise Invalid(N_("Đề thi không có câu số %(no)s."), no=one.no)
    return paper.checked(facts.shapes[one.no - 1], one.value)


def _checked_guess(value: object) -> int | None:
    """Return a guess as a whole number; blank is no guess. Dots between thousands are forgiven."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str) and GUESS.fullmatch(value.strip()):
        digits = value.replace(".", "").replace(" ", "").strip().lstrip("0") or "0"
        value = int(digits[: GUESS_DIGITS + 1])
    if type(value) is not int or value < 0:
        raise Invalid(N_("Số dự đoán phải là số nguyên từ 0 trở lên."))
    if value >= 10**GUESS_DIGITS:
        raise Invalid(N_("Số dự đoán quá lớn."))
    return value


def _ensure_here(attempt: queries.Clock, given: Sequence[GiveAnswer]) -> None:
    allowed = {attempt.reached, GUESS_NO}
    if any(one.no not in allowed for one in given):
        raise NotAllowed(N_("Đợt thi này làm lần lượt từng câu, không quay lại câu trước."))


def _ensure_numbered(attempt: queries.Clock, given: Sequence[GiveAnswer]) -> None:
    """Refuse numbers of devices that do not write yet: they would beat those that will."""
    most = (attempt.holder_no + 1) * EPOCH
    if any(one.seq is not None and not EPOCH <= one.seq < most for one in given):
        raise Invalid(N_("Số thứ tự của lần chọn không hợp lệ. Hãy tải lại trang làm bài."))


def _newest_seq(session: Session, attempt: queries.Clock, no: int) -> int:
    """Return a number above the stored choice's: a form without scripts always says the newest."""
    stored = session.scalar(
        select(func.max(Answer.seq)).where(Answer.attempt_id == attempt.id, Answer.no == no)
    )
    return max((stored or 0) + 1, attempt.holder_no * EPOCH)


def go_on(
    session: Session, code: str, *, after: int, by: int, now: datetime, leaves_blank: bool = False
) -> Attempt:
    """Leave question `after` of a one-way paper for good; leaving it twice changes nothing.

    Raises Invalid for a blank question where that voids the paper, unless `leaves_blank` says that
    the person knows.
    """
    attempt = queries.lock(session, code, by=by)
    ensure_writable(attempt, now)
    if after == attempt.reached and after < len(attempt.paper):
        if not leaves_blank and queries.would_void(session, attempt, after):
            raise Invalid(VOIDS)
        attempt.reached = after + 1
    session.flush()
    return attempt


def take_over(session: Session, code: str, *, by: int, device: str, now: datetime) -> Attempt:
    """Go on writing on this device; the one before is told at its next save."""
    attempt = queries.lock(session, code, by=by)
    ensure_writable(attempt, now)
    if attempt.holder != device:
        attempt.holder = device
        attempt.holder_no += 1
        audit.record(
            session,
            "attempts.take_over",
            f"attempt:{attempt.code}",
            by=by,
            now=now,
            no=attempt.holder_no,
        )
    session.flush()
    return attempt


def hand_in(session: Session, code: str, *, by: int, now: datetime) -> Attempt:
    """Hand in; a second time changes nothing. After the deadline it counts as of the deadline."""
    attempt = queries.lock(session, code, by=by)
    if attempt.handed_in_at is None:
        pausing.let_run(attempt, now)
        is_late = now > attempt.deadline
        _finish(
            session,
            attempt,
            by=HandedInBy.CLOCK if now >= attempt.deadline + timing.GRACE else HandedInBy.PERSON,
            at=attempt.deadline if is_late else now,
        )
    return attempt


def expire_overdue(session: Session, *, now: datetime, limit: int = 200) -> int:
    """Hand in, with what was saved, for everybody who did not come back; return how many."""
    found = queries.overdue(session, before=now - timing.GRACE, limit=limit)
    for attempt in found:
        _finish(session, attempt, by=HandedInBy.CLOCK, at=attempt.deadline)
    return len(found)


def mark_counted(session: Session, attempt_ids: Sequence[int], *, now: datetime) -> None:
    """Note that the boards took these attempts in."""
    taken = update(Attempt).where(Attempt.id.in_(attempt_ids))
    session.execute(
        taken.values(counted_at=now, recount=False),
        execution_options={"synchronize_session": False},
    )


def mark_dropped(session: Session, attempt_ids: Sequence[int]) -> None:
    """Note that the boards let go of these attempts, which were opened again."""
    gone = update(Attempt).where(Attempt.id.in_(attempt_ids)).values(recount=False)
    session.execute(gone, execution_options={"synchronize_session": False})


def mark_exposed(session: Session, attempt_ids: Sequence[int], *, now: datetime) -> None:
    """Note that the exposure of these attempts' questions was counted."""
    seen = update(Attempt).where(Attempt.id.in_(attempt_ids))
    session.execute(seen.values(exposed_at=now), execution_options={"synchronize_session": False})


def _finish(session: Session, attempt: Attempt, *, by: HandedInBy, at: datetime) -> None:
    """Mark the paper and write its result and receipt."""
    round_ = session.get_one(Round, attempt.round_id)
    saved = {one.no: one for one in queries.answers(session, attempt.id)}
    marks = mark_paper(session, attempt, round_, {no: one.value for no, one in saved.items()})
    attempt.handed_in_at = at
    attempt.handed_in_by = by
    attempt.handed_in_as = queries.name_of(attempt.account_id)
    stood = timedelta(milliseconds=attempt.stood_ms)
    used = extra_time.used(attempt.started_at, at, stood)
    attempt.duration_ms = used // timedelta(milliseconds=1)
    attempt.guess = saved[GUESS_NO].value if GUESS_NO in saved else None
    write_score(attempt, round_, marks)
    attempt.receipt = receipts.receipt_code(receipt_facts(attempt, list(saved.values())))
    session.flush()


def mark_paper(
    session: Session, attempt: Attempt, round_: Round, values: Mapping[int, object]
) -> list[marking.Mark]:
    """Mark every question of a paper; `values` are in shown positions, by number."""
    drawn = paper.items(attempt.paper)
    questions = bank.versions(session, [item.version_id for item in drawn])
    scheme = marking.Scheme(
        points=round_.points, partial=keys.PartialPolicy(round_.partial), wrong=round_.wrong
    )
    marks = []
    for no, item in enumerate(drawn, start=1):
        question = questions[item.version_id]
        shown = paper.checked(paper.shape(question), values.get(no))
        authored = drawing.to_authored(item, question.type, shown)
        marks.append(marking.mark(question.key, authored, scheme))
    return marks


def write_score(attempt: Attempt, round_: Round, marks: Sequence[marking.Mark]) -> None:
    """Put the score these marks come to on the attempt."""
    marked = [
        scoring.Marked(
            points=mark.points,
            out_of=round_.points,
            is_right=mark.verdict is marking.Verdict.RIGHT,
            is_blank=mark.verdict is marking.Verdict.BLANK,
        )
        for mark in marks
    ]
    scheme = scoring.Scheme(all_questions_required=round_.requires_all)
    score = scoring.total(marked, scheme)
    has_no_guess = round_.guess_text is not None and attempt.guess is None
    attempt.points = score.points
    attempt.out_of = score.out_of
    attempt.right_count = score.right_count
    attempt.is_all_right = score.all_right
    attempt.is_void = scoring.is_void(marked, scheme, guess_missing=has_no_guess)
    attempt.marks = [[str(mark.points), mark.verdict.value] for mark in marks]


def receipt_facts(attempt: Attempt, saved: Sequence[Answer]) -> receipts.ReceiptFacts:
    """Return what a receipt vouches for, from the rows as they are stored now."""
    if attempt.handed_in_at is None:
        raise ValueError("an attempt has a receipt once it is handed in")
    return receipts.ReceiptFacts(
        attempt_code=attempt.code,
        started_at=attempt.started_at,
        handed_in_at=attempt.handed_in_at,
        items=tuple(receipts.PaperItem(row["v"], (*row["o"], *row["r"])) for row in attempt.paper),
        answers=tuple(
            receipts.GivenAnswer(one.no, one.value, one.saved_at)
            for one in saved
            if one.no != GUESS_NO
        ),
        guess=attempt.guess,
    )


def is_receipt_true(session: Session, attempt: Attempt) -> bool:
    """Recompute the receipt from the stored answers and times and compare."""
    saved = queries.answers(session, attempt.id)
    return receipts.receipt_code(receipt_facts(attempt, saved)) == attempt.receipt
