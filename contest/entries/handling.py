"""What organizers do with entries: refuse, take back, take names out, help files that are stuck.

Every act holds the entry's row, is written in the log, and never touches what was handed in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Role
from contest.contests.models import Contest, Round
from contest.core import audit, jobs
from contest.core.jobs import Job
from contest.core.visitor import Visitor
from contest.entries import dossier, filing, listing
from contest.entries.models import Entry, EntryFile, EntryState, SimilarityFlag
from contest.errors import N_, Conflict, Invalid, NotFound
from contest.jobs import service as job_acts
from contest.media import service as media
from contest.media.models import Media
from contest.media.queries import Phase
from contest.rules import languages as rules
from contest.rules.entry_rules import EntryKind

ORGANIZERS = (Role.ORGANIZER, Role.ADMINISTRATOR)
FINE, COPIED = "fine", "copied"
SETTLED = N_("Kết quả của đợt này đã được chốt nên không đổi được nữa.")
NOT_SENT = N_("Chỉ bài đã nộp mới có thể bị từ chối. Bài này chưa nộp hoặc đã được rút.")
NOT_JUDGED = N_("Chỉ ghi được thứ tiếng của bài đã nộp để giám khảo chấm.")
NOT_REFUSED = N_("Bài này không ở trạng thái bị từ chối.")
BEEN_REFUSED = N_("Bài này đã bị từ chối rồi.")
NOT_STUCK = N_("Tệp này không chờ người xử lý nữa. Hãy tải lại trang.")
CHANGED = N_("Người gửi vừa nộp lại bài. Hãy đọc bản mới rồi lưu lần nữa.")
FILE_REFUSED = N_("Ban tổ chức không nhận tệp này. Lý do: %(reason)s")


@dataclass(frozen=True, slots=True)
class Where:
    """A round by its address."""

    contest: str
    round: str


def _round(session: Session, where: Where, by: Visitor) -> Round:
    return listing.round_of(session, where.contest, where.round, by=by)


def _lock(session: Session, where: Where, code: str, by: Visitor) -> tuple[Round, Entry]:
    """Return a round of the organizer's part and its entry, locked; NotFound elsewhere."""
    round_ = _round(session, where, by)
    wanted = select(Entry).where(Entry.code == code, Entry.round_id == round_.id)
    entry = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if entry is None:
        raise NotFound(dossier.NO_ENTRY)
    return round_, entry


def _ensure_unsettled(round_: Round) -> None:
    if round_.settled_at is not None:
        raise Conflict(SETTLED)


def _note(
    session: Session,
    where: Where,
    act: str,
    code: str,
    *,
    by: Visitor,
    now: datetime,
    **facts: object,
) -> None:
    unit_id = select(Contest.unit_id).where(Contest.code == where.contest)
    audit.record(
        session,
        act,
        f"entry:{code}",
        by=by.id,
        now=now,
        unit_id=session.scalars(unit_id).one(),
        contest=where.contest,
        **facts,
    )
    session.flush()


def refuse(
    session: Session, where: Where, code: str, *, reason: str, by: Visitor, now: datetime
) -> Entry:
    """Take an entry out of the contest; its sender reads why. Twice with one reason is once.

    Raises NotFound outside one's part, Conflict when it is not handed in or results are official.
    """
    round_, entry = _lock(session, where, code, by)
    _ensure_unsettled(round_)
    if entry.state == EntryState.REFUSED:
        if entry.refusal == reason:
            return entry
        raise Conflict(BEEN_REFUSED)
    if entry.state != EntryState.SENT:
        raise Conflict(NOT_SENT)
    entry.state, entry.refusal = EntryState.REFUSED, reason
    _note(session, where, "entries.refuse", code, by=by, now=now, reason=reason)
    return entry


def take_back(session: Session, where: Where, code: str, *, by: Visitor, now: datetime) -> Entry:
    """Let a refused entry stand as handed in again; twice is once."""
    round_, entry = _lock(session, where, code, by)
    _ensure_unsettled(round_)
    if entry.state == EntryState.SENT:
        return entry
    if entry.state != EntryState.REFUSED:
        raise Conflict(NOT_REFUSED)
    entry.state, entry.refusal = EntryState.SENT, None
    _note(session, where, "entries.take_back", code, by=by, now=now)
    return entry


def redact(
    session: Session,
    where: Where,
    code: str,
    *,
    title: str,
    text: str,
    version: int,
    by: Visitor,
    now: datetime,
) -> Entry:
    """Keep what the jury reads instead of title and text; the handing in itself stays.

    `version` is the handing in that was read: Conflict when another came meanwhile. The log says
    that it was done, never the words.
    """
    round_, entry = _lock(session, where, code, by)
    _ensure_unsettled(round_)
    if entry.state != EntryState.SENT:
        raise Conflict(NOT_SENT)
    if entry.version != version:
        raise Conflict(CHANGED)
    if (entry.redacted_title, entry.redacted) == (title, text):
        return entry
    entry.redacted_title, entry.redacted = title, text
    _note(session, where, "entries.redact", code, by=by, now=now, version=version)
    return entry


def set_languages(
    session: Session,
    where: Where,
    code: str,
    *,
    languages: Iterable[str],
    version: int,
    by: Visitor,
    now: datetime,
) -> Entry:
    """Say which languages (codes) the judges of an entry must know; the handing in itself stays.

    `version` is the handing in that was looked at: the next one says it anew. What is assigned
    stays assigned. Raises NotFound outside one's part, Conflict when it is not handed in, another
    handing in came meanwhile or results are official, Invalid for an unknown code.
    """
    round_, entry = _lock(session, where, code, by)
    _ensure_unsettled(round_)
    if entry.state != EntryState.SENT or entry.kind == EntryKind.PRACTICAL:
        raise Conflict(NOT_JUDGED)
    if entry.version != version:
        raise Conflict(CHANGED)
    before, wanted = entry.jury_languages, rules.clean(languages)
    if before == wanted:
        return entry
    entry.jury_languages = wanted
    facts = {"languages": wanted, "before": before, "version": version}
    _note(session, where, "entries.set_languages", code, by=by, now=now, **facts)
    return entry


# Files


def _lock_file(session: Session, round_: Round, code: str) -> tuple[Entry, EntryFile]:
    row = session.execute(
        select(Entry, EntryFile)
        .join(EntryFile, EntryFile.entry_id == Entry.id)
        .where(EntryFile.code == code, Entry.round_id == round_.id)
        .with_for_update(of=EntryFile)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound(filing.NO_FILE)
    return row[0], row[1]


def make_again(session: Session, where: Where, code: str, *, by: Visitor, now: datetime) -> None:
    """Have a file made anew, with a job of its own and all its tries.

    One that could not be put into storage is stored again. Conflict while a job is at it.
    """
    entry, file = _lock_file(session, _round(session, where, by), code)
    if file.media is None:
        _store_again(session, file, now=now)
    else:
        before = session.scalars(select(Media.job).where(Media.code == file.media)).one()
        media.again(session, file.media, by=by.id, now=now)
        job_acts.let_go(session, before, now=now)
        file.compare_asked_at = None
    _note(session, where, "entries.make_again", entry.code, by=by, now=now, file=code)


def _store_again(session: Session, file: EntryFile, *, now: datetime) -> None:
    (found,) = filing.files_of(session, [file])
    if found.phase is not Phase.STUCK or found.moving is None:
        raise Conflict(NOT_STUCK)
    wanted = select(Job).where(Job.id == found.moving.id).with_for_update()
    job = session.scalars(wanted.execution_options(populate_existing=True)).one()
    if job.state != jobs.State.FAILED:
        raise Conflict(NOT_STUCK)
    job_acts.begin_anew(job, now=now)


def refuse_file(
    session: Session, where: Where, code: str, *, reason: str, by: Visitor, now: datetime
) -> None:
    """Give up a file whose making failed; its sender reads why and may send another.

    Conflict for a file that does not wait for a person.
    """
    entry, file = _lock_file(session, _round(session, where, by), code)
    (found,) = filing.files_of(session, [file])
    if found.shown is None or found.phase not in {Phase.STUCK, Phase.STOPPED}:
        raise Conflict(NOT_STUCK)
    refused = Invalid(FILE_REFUSED, reason=reason)
    medium = found.shown.media
    media.reject(session, medium.code, refused, job=medium.job, now=now)
    job_acts.let_go(session, medium.job, now=now)  # begun anew, it would undo the decision
    _note(
        session, where, "entries.refuse_file", entry.code, by=by, now=now, file=code, reason=reason
    )


def withhold_file(
    session: Session, where: Where, code: str, *, reason: str, by: Visitor, now: datetime
) -> EntryFile:
    """Keep a file from the jury, and out of the gallery while names are hidden there.

    What was handed in stays; its sender is told nothing. Twice with one reason is once, another
    reason takes the place of the first. Raises NotFound outside one's part, Conflict once results
    are official.
    """
    round_ = _round(session, where, by)
    entry, file = _lock_file(session, round_, code)
    _ensure_unsettled(round_)
    if file.withheld == reason:
        return file
    file.withheld = reason
    facts = {"file": code, "reason": reason}
    _note(session, where, "entries.withhold_file", entry.code, by=by, now=now, **facts)
    return file


def give_file(
    session: Session, where: Where, code: str, *, by: Visitor, now: datetime
) -> EntryFile:
    """Let the jury have a withheld file again; twice is once. Raises as `withhold_file` does."""
    round_ = _round(session, where, by)
    entry, file = _lock_file(session, round_, code)
    _ensure_unsettled(round_)
    if file.withheld is None:
        return file
    file.withheld = None
    _note(session, where, "entries.give_file", entry.code, by=by, now=now, file=code)
    return file


# Likenesses


def decide(
    session: Session,
    where: Where,
    code: str,
    *,
    verdict: str,
    reason: str,
    by: Visitor,
    now: datetime,
) -> SimilarityFlag:
    """Write down what a person found of two entries that are alike; nothing is refused by it.

    A later decision replaces the earlier one; both stay in the log.
    """
    round_ = _round(session, where, by)
    if verdict not in {FINE, COPIED}:
        raise Invalid(N_("Hãy chọn một trong hai cách xử lý."))
    wanted = select(SimilarityFlag).where(
        SimilarityFlag.code == code, SimilarityFlag.round_id == round_.id
    )
    flag = session.scalar(wanted.with_for_update())
    if flag is None:
        raise NotFound(N_("Không tìm thấy cặp bài này."))
    if (flag.verdict, flag.reason) == (verdict, reason):
        return flag
    flag.verdict, flag.reason = verdict, reason
    flag.decided_by, flag.decided_at = by.id, now
    wanted_code = select(Entry.code).where(Entry.id == flag.entry_id)
    entry_code = session.scalars(wanted_code).one()
    _note(
        session,
        where,
        "entries.decide_likeness",
        entry_code,
        by=by,
        now=now,
        verdict=verdict,
        reason=reason,
        flag=code,
    )
    return flag
