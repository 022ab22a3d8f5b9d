"""Practical tasks: an examiner ticks what somebody showed; a correction is a row of its own.

Each examiner's last row counts. Two examiners may each have theirs; they never wait for each other
longer than one statement, and nobody ticks for themselves.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contest.contests import service as joining
from contest.contests.models import Registration, Round
from contest.core import audit, db, ids
from contest.core.visitor import Visitor
from contest.entries import examinees
from contest.entries.examinees import Person
from contest.entries.models import Entry, EntryState, EntryVersion, PracticalCheck
from contest.errors import N_, Conflict, Invalid, NotAllowed, TooEarly, TooLate
from contest.rules import entry_receipts
from contest.rules.entry_rules import EntryKind, EntryRules, practical_points
from contest.rules.timing import local_day

OWN = N_("Bạn không được chấm phần thực hành của chính mình.")
NOT_YET = N_("Đợt thi mở lúc %(at)s. Trước đó chưa ghi kết quả thực hành được.")
SETTLED = N_("Kết quả của đợt này đã được chốt nên không ghi thêm được.")
FIRST_JOIN = N_("Người này chưa đăng ký cuộc thi. Hãy đăng ký trước rồi chấm.")
WRONG_DAY = N_("Ngày thực hành phải từ %(first)s đến %(last)s.")
REFUSED = N_("Ban tổ chức đã từ chối bài thực hành này, nên không ghi thêm được.")
WITHDRAWN = N_("Người dự thi đã rút bài thực hành này, nên không ghi thêm được.")
TOO_MANY = N_("Người này đã dùng hết số bài được dự trong đợt.")
TWICE = N_("Bạn vừa lưu phiếu của người này ở một trang khác. Hãy tải lại trang để xem bản đó.")
BUSY = N_("Có người khác vừa mở phiếu của người này. Bạn hãy bấm lưu lần nữa.")


@dataclass(frozen=True, slots=True)
class Ticked:
    """One filled checklist; `after` is the number of the examiner's row that was shown, 0: none."""

    ticked: frozenset[str]
    shown_on: date  # local day
    is_from_paper: bool
    note: str = ""
    after: int = 0


def register(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    division: str,
    *,
    by: Visitor,
    now: datetime,
    zone: ZoneInfo,
) -> Registration:
    """Enter somebody in the contest for them; raises what `contests.service.register` raises."""
    found = examinees.round_of(session, contest, round_, by=by)
    person = examinees.person(session, found, code, by=by)
    entered = joining.enter(session, contest, division, by=person.account.id, now=now, zone=zone)
    if entered.is_new:
        _note(session, found, "entries.register", f"account:{code}", by=by, now=now)
    return entered.registration


def _note(
    session: Session,
    round_: Round,
    act: str,
    subject: str,
    *,
    by: Visitor,
    now: datetime,
    **facts: Any,
) -> None:
    audit.record(
        session,
        act,
        subject,
        by=by.id,
        now=now,
        unit_id=round_.contest.unit_id,
        contest=round_.contest.code,
        **facts,
    )
    session.flush()


def save(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    given: Ticked,
    *,
    by: Visitor,
    now: datetime,
    zone: ZoneInfo,
) -> PracticalCheck:
    """Write down what an examiner saw `code` (an account's) do; the same form sent twice is once.

    Raises NotFound outside one's part, NotAllowed for oneself, TooEarly before the round opens,
    TooLate once its results are official, Invalid for a day outside the round or a tick on no line
    of the checklist, Conflict when the examiner saved elsewhere meanwhile.
    """
    found = examinees.round_of(session, contest, round_, by=by)
    person = examinees.person(session, found, code, by=by)
    _ensure_may(found, person, given, by=by, now=now, zone=zone)
    rules = EntryRules.from_json(found.entries)
    points = practical_points(rules.checklist, given.ticked)
    entry = _entry(session, found, person, rules, now=now)
    last = _last(session, entry.id, by.id)
    if last is not None and last.no != given.after:
        if last.no == given.after + 1 and _says(last) == _says_given(given):
            return last
        raise Conflict(TWICE)
    check = db.insert_free(
        session,
        PracticalCheck(
            entry_id=entry.id,
            examiner_id=by.id,
            no=1 if last is None else last.no + 1,
            ticked=sorted(given.ticked),
            note=given.note,
            is_from_paper=given.is_from_paper,
            shown_on=given.shown_on,
            entered_at=now,
        ),
    )
    if check is None:
        raise Conflict(TWICE)
    _note(
        session,
        found,
        "entries.tick",
        f"entry:{entry.code}",
        by=by,
        now=now,
        no=check.no,
        points=f"{points.normalize():f}",
        from_paper=given.is_from_paper,
    )
    return check


def _ensure_may(
    round_: Round, person: Person, given: Ticked, *, by: Visitor, now: datetime, zone: ZoneInfo
) -> None:
    if person.account.id == by.id:
        raise NotAllowed(OWN)
    if now < round_.opens_at:
        raise TooEarly(NOT_YET, at=round_.opens_at)
    if round_.settled_at is not None:
        raise TooLate(SETTLED)
    if person.registration is None:
        raise Conflict(FIRST_JOIN)
    first, last = days(round_, now=now, zone=zone)
    if not first <= given.shown_on <= last:
        raise Invalid(WRONG_DAY, first=first, last=last)


def days(round_: Round, *, now: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """Return the first and last local day on which a task may have been shown."""
    closing = local_day(min(round_.closes_at, now), zone)
    return local_day(round_.opens_at, zone), closing


def _says(check: PracticalCheck) -> tuple[Any, ...]:
    return frozenset(check.ticked), check.shown_on, check.is_from_paper, check.note


def _says_given(given: Ticked) -> tuple[Any, ...]:
    return given.ticked, given.shown_on, given.is_from_paper, given.note


def _last(session: Session, entry_id: int, examiner_id: int) -> PracticalCheck | None:
    wanted = select(PracticalCheck).where(
        PracticalCheck.entry_id == entry_id, PracticalCheck.examiner_id == examiner_id
    )
    return session.scalar(wanted.order_by(PracticalCheck.no.desc()).limit(1))


def _entry(
    session: Session, round_: Round, person: Person, rules: EntryRules, *, now: datetime
) -> Entry:
    """Return the person's practical entry, handed in; made now when there is none."""
    entry = person.entry or _made(session, round_, person, rules, now=now)
    lock = select(Entry).where(Entry.id == entry.id).with_for_update()
    entry = session.scalars(lock.execution_options(populate_existing=True)).one()
    if entry.state == EntryState.REFUSED:
        raise Conflict(REFUSED)
    if entry.state == EntryState.WITHDRAWN:
        raise Conflict(WITHDRAWN)
    if entry.version == 0:
        _hand_in(session, entry, now)
    return entry


def _made(
    session: Session, round_: Round, person: Person, rules: EntryRules, *, now: datetime
) -> Entry:
    registration = person.registration
    if registration is None:
        raise Conflict(FIRST_JOIN)
    used = select(Entry.no).where(
        Entry.round_id == round_.id, Entry.registration_id == registration.id
    )
    taken = set(session.scalars(used))
    free = next((no for no in range(1, rules.each + 1) if no not in taken), None)
    made = None if free is None else _drafted(session, round_, registration, free, now=now)
    if made is not None:
        return made
    # Another examiner was faster by a moment: theirs is the entry.
    theirs = select(Entry).where(
        Entry.round_id == round_.id,
        Entry.registration_id == registration.id,
        Entry.kind == EntryKind.PRACTICAL,
    )
    entry = session.scalar(theirs.order_by(Entry.no).limit(1))
    if entry is None:
        raise Conflict(TOO_MANY if free is None else BUSY)
    return entry


def _drafted(
    session: Session, round_: Round, registration: Registration, no: int, *, now: datetime
) -> Entry | None:
    """Begin the person's practical entry; None when its number was taken meanwhile."""
    return db.insert_free(
        session,
        Entry(
            code=ids.new_code(),
            blind_code=ids.new_code(),
            round_id=round_.id,
            registration_id=registration.id,
            division_id=registration.division_id,
            kind=EntryKind.PRACTICAL,
            no=no,
            state=EntryState.DRAFT,
            title=round_.name,
            text="",
            figures=[],
            links=[],
            members=[],
            shows_in_gallery=False,
            version=0,
            created_at=now,
            changed_at=now,
        ),
    )


def _hand_in(session: Session, entry: Entry, now: datetime) -> None:
    content = {
        "kind": entry.kind,
        "title": entry.title,
        "text": entry.text,
        "figures": entry.figures,
        "links": entry.links,
        "members": entry.members,
        "files": [],
    }
    digest = entry_receipts.digest(content)
    entry.state, entry.version = EntryState.SENT, 1
    entry.sent_at = entry.changed_at = now
    session.add(
        EntryVersion(
            entry_id=entry.id,
            no=1,
            sent_at=now,
            content=content,
            digest=digest,
            receipt=entry_receipts.receipt(entry.code, 1, now, digest),
            is_late=False,
        )
    )
    session.flush()


def points(session: Session, round_id: int) -> list[tuple[str, int, Decimal]]:
    """Return (entry code, examiner's account id, points of 0 to 100) for the result.

    Each examiner's last row counts; only entries that stand as handed in. In entries' and
    examiners' order; in two statements.
    """
    rules = EntryRules.from_json(session.get_one(Round, round_id).entries)
    last = (
        select(
            func.max(PracticalCheck.no).label("no"),
            PracticalCheck.entry_id,
            PracticalCheck.examiner_id,
        )
        .join(Entry, Entry.id == PracticalCheck.entry_id)
        .where(Entry.round_id == round_id, Entry.state == EntryState.SENT)
        .group_by(PracticalCheck.entry_id, PracticalCheck.examiner_id)
        .subquery()
    )
    rows = session.execute(
        select(Entry.code, PracticalCheck.examiner_id, PracticalCheck.ticked)
        .join(PracticalCheck, PracticalCheck.entry_id == Entry.id)
        .join(
            last,
            (last.c.entry_id == PracticalCheck.entry_id)
            & (last.c.examiner_id == PracticalCheck.examiner_id)
            & (last.c.no == PracticalCheck.no),
        )
        .order_by(Entry.id, PracticalCheck.examiner_id)
    )
    return [
        (code, examiner, practical_points(rules.checklist, frozenset(ticked)))
        for code, examiner, ticked in rows
    ]
