"""Reads for who decides about the gallery: an organizer what may be shown, a sender what is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.contests.models import Contest, Registration, Round
from contest.entries import showing
from contest.entries.models import Entry, EntryFile, EntryReport, EntryState, EntryVersion
from contest.errors import N_, NotFound
from contest.media.models import Media, State
from contest.rules.entry_rules import EntryKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """A handed-in entry before its organizers; `lacks` says why it may not be published yet."""

    entry: Entry
    title: str
    name: str
    unit: str
    division_id: int
    lacks: str  # a key of LACKS, "" when it may be published
    is_shown: bool
    reports: int  # not answered yet


LACKS = {
    "consent": N_("Người gửi chưa đồng ý cho trưng bày."),
    "guardian": N_("Người gửi chưa đủ 16 tuổi, chưa có cha, mẹ hoặc người giám hộ đồng ý."),
    "media": N_("Tệp của bài chưa xử lý xong hoặc không xem được."),
}


def candidates(
    session: Session, round_id: int, *, today: date, offset: int, limit: int
) -> list[Candidate]:
    """Return handed-in entries in the order they came in, in three statements."""
    rows = session.execute(
        _handed_in(round_id, Entry, EntryVersion.content, Account, Unit.name)
        .join(Unit, Unit.id == Registration.unit_id)
        .order_by(Entry.sent_at, Entry.id)
        .offset(offset)
        .limit(limit)
    ).all()
    unready = not_ready(session, {row[0].id: row[1] for row in rows})
    reports = _open_reports(session, [row[0].id for row in rows])
    return [
        Candidate(
            entry=entry,
            title=content["title"],
            name=account.name,
            unit=unit,
            division_id=entry.division_id,
            lacks=lacks(entry, account, today=today, is_ready=entry.id not in unready),
            is_shown=entry.published_at is not None
            and not lacks(entry, account, today=today, is_ready=True),
            reports=reports.get(entry.id, 0),
        )
        for entry, content, account, unit in rows
    ]


def _handed_in(round_id: int, *wanted: Any) -> Select[Any]:
    return (
        showing.with_sender(*wanted)
        .join(EntryVersion, showing.is_latest())
        .where(
            Entry.round_id == round_id,
            Entry.state == EntryState.SENT,
            Entry.kind != EntryKind.PRACTICAL,
        )
    )


def lacks(entry: Entry, account: Account, *, today: date, is_ready: bool) -> str:
    """Return the key of LACKS that keeps an entry out of the gallery, "" when nothing does."""
    if not entry.shows_in_gallery:
        return "consent"
    is_grown = account.birth_date is not None and account.birth_date <= showing.grown_on(today)
    if not is_grown and entry.guardian_agreed_at is None:
        return "guardian"
    return "" if is_ready else "media"


def not_ready(session: Session, contents: dict[int, dict[str, Any]]) -> set[int]:
    """Return the ids of the entries with a handed-in file that is not made watchable."""
    codes = {code: id_ for id_, content in contents.items() for code in showing.codes_in(content)}
    ready = session.scalars(
        select(EntryFile.code)
        .join(Media, Media.code == EntryFile.media)
        .where(EntryFile.code.in_(codes), Media.state == State.READY)
    )
    return {codes[code] for code in codes.keys() - set(ready)}


def _open_reports(session: Session, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(EntryReport.entry_id, func.count())
        .where(EntryReport.entry_id.in_(ids), EntryReport.answered_at.is_(None))
        .group_by(EntryReport.entry_id)
    )
    return {row[0]: row[1] for row in rows}


def publishable(session: Session, round_id: int, *, today: date) -> list[Entry]:
    """Return, locked, what may be published and is not; what was taken down stays down."""
    rows = session.execute(
        _handed_in(round_id, Entry, EntryVersion.content)
        .where(showing.consented(today), Entry.published_at.is_(None), Entry.takedown.is_(None))
        .order_by(Entry.id)
        .with_for_update(of=Entry)
    ).all()
    unready = not_ready(session, {row[0].id: row[1] for row in rows})
    return [entry for entry, _content in rows if entry.id not in unready]


def found(
    session: Session, round_id: int, code: str, *, locks: bool = False
) -> tuple[Entry, Account, dict[str, Any]]:
    """Return a handed-in entry with its sender and content, for changing if so asked; NotFound."""
    wanted = _handed_in(round_id, Entry, Account, EntryVersion.content).where(Entry.code == code)
    if locks:
        wanted = wanted.with_for_update(of=Entry).execution_options(populate_existing=True)
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound(N_("Không tìm thấy bài đã nộp này trong đợt thi."))
    return row[0], row[1], row[2]


def count(session: Session, round_id: int) -> int:
    """Count the handed-in entries of a round that could ever be shown."""
    found = (
        select(func.count())
        .select_from(Entry)
        .where(
            Entry.round_id == round_id,
            Entry.state == EntryState.SENT,
            Entry.version > 0,
            Entry.kind != EntryKind.PRACTICAL,
        )
    )
    return session.scalar(found) or 0


@dataclass(frozen=True, slots=True)
class Mine:
    """An own entry that is or was to be shown."""

    entry: Entry
    title: str
    contest: Contest
    round: Round


def mine(session: Session, account_id: int) -> list[Mine]:
    """Return a person's entries they let be shown, or that were taken down; newest first."""
    rows = session.execute(
        showing.with_sender(Entry, EntryVersion.content, Contest, Round)
        .join(EntryVersion, showing.is_latest())
        .join(Round, Round.id == Entry.round_id)
        .join(Contest, Contest.id == Round.contest_id)
        .where(
            Registration.account_id == account_id,
            Entry.state == EntryState.SENT,
            or_(Entry.shows_in_gallery, Entry.takedown.is_not(None)),
        )
        .order_by(Entry.sent_at.desc(), Entry.id.desc())
    )
    return [
        Mine(entry, content["title"], contest, round_) for entry, content, contest, round_ in rows
    ]


def lock_own(session: Session, code: str, account_id: int) -> tuple[Entry, Contest]:
    """Return an own entry for changing, whatever its state, with its contest; NotFound."""
    row = session.execute(
        showing.with_sender(Entry, Contest)
        .join(Round, Round.id == Entry.round_id)
        .join(Contest, Contest.id == Round.contest_id)
        .where(Entry.code == code, Registration.account_id == account_id)
        .with_for_update(of=Entry)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("Không tìm thấy bài dự thi này trong các bài của bạn."))
    return row[0], row[1]
