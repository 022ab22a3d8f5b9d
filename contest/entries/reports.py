"""Somebody says a shown entry should not be there; an organizer answers, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.contests.models import Contest, Round
from contest.core import audit, db, ids
from contest.entries import publishing, showing
from contest.entries.models import Entry, EntryReport, EntryVersion
from contest.entries.showing import Gallery
from contest.errors import N_, Conflict, NotFound
from contest.rules.entry_rules import EntryRules

ALREADY = N_("Bạn đã báo về bài này rồi. Ban tổ chức đang xem, hoặc đã trả lời ở trang này.")
ANSWERED = N_("Báo cáo này đã được trả lời.")
NO_REPORT = N_("Không tìm thấy báo cáo này.")


class Why(StrEnum):
    """What is wrong with an entry, to whoever reports it."""

    NOT_THEIRS = "not_theirs"
    PERSON = "person"
    HARMFUL = "harmful"
    OTHER = "other"


WHYS = {
    Why.NOT_THEIRS: N_("Bài không phải do người gửi làm ra"),
    Why.PERSON: N_("Trong bài có người chưa đồng ý cho quay, chụp"),
    Why.HARMFUL: N_("Nội dung sai, xúc phạm hoặc có hại"),
    Why.OTHER: N_("Lý do khác"),
}


def own(session: Session, entry_id: int, account_id: int) -> EntryReport | None:
    """Return what a person reported about an entry."""
    return session.scalar(
        select(EntryReport).where(
            EntryReport.entry_id == entry_id, EntryReport.account_id == account_id
        )
    )


def send(
    session: Session,
    here: Gallery,
    entry_id: int,
    *,
    why: Why,
    text: str,
    by: int,
    now: datetime,
) -> EntryReport:
    """Note one person's report of a shown entry; Conflict when there is one of theirs."""
    report = db.insert_free(
        session,
        EntryReport(
            code=ids.new_code(),
            entry_id=entry_id,
            account_id=by,
            reason=why,
            text=text,
            at=now,
        ),
    )
    if report is None:
        raise Conflict(ALREADY)
    audit.record(
        session,
        "gallery.report",
        f"entry:{_code(session, entry_id)}",
        by=by,
        now=now,
        unit_id=here.contest.unit_id,
        contest=here.contest.code,
        why=str(why),
    )
    session.flush()
    return report


def _code(session: Session, entry_id: int) -> str:
    return session.scalars(select(Entry.code).where(Entry.id == entry_id)).one()


@dataclass(frozen=True, slots=True)
class Reported:
    """A report in the organizers' queue."""

    report: EntryReport
    entry: Entry
    title: str
    by: str  # who reports


def _reported() -> Select[Any]:
    return (
        select(EntryReport, Entry, EntryVersion.content, Account.name)
        .join(Entry, Entry.id == EntryReport.entry_id)
        .join(EntryVersion, showing.is_latest())
        .join(Account, Account.id == EntryReport.account_id)
    )


def queue(session: Session, round_id: int, *, offset: int, limit: int) -> list[Reported]:
    """Return a round's reports: those not answered first, oldest first; in one statement."""
    rows = session.execute(
        _reported()
        .where(Entry.round_id == round_id)
        .order_by(EntryReport.answered_at.is_not(None), EntryReport.at, EntryReport.id)
        .offset(offset)
        .limit(limit)
    )
    return [
        Reported(report, entry, content["title"], name) for report, entry, content, name in rows
    ]


def one(session: Session, round_id: int, code: str) -> Reported:
    """Return one report of a round; NotFound."""
    wanted = _reported().where(Entry.round_id == round_id, EntryReport.code == code)
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound(NO_REPORT)
    report, entry, content, name = row
    return Reported(report, entry, content["title"], name)


@dataclass(frozen=True, slots=True)
class OwnReport:
    """What a person reported, and what became of it; the title is the gallery's."""

    report: EntryReport
    title: str


def mine(session: Session, account_id: int) -> list[OwnReport]:
    """Return a person's reports, the latest first."""
    rows = session.execute(
        select(EntryReport, Entry, EntryVersion.content, Contest, Round)
        .join(Entry, Entry.id == EntryReport.entry_id)
        .join(EntryVersion, showing.is_latest())
        .join(Round, Round.id == Entry.round_id)
        .join(Contest, Contest.id == Round.contest_id)
        .where(EntryReport.account_id == account_id)
        .order_by(EntryReport.at.desc(), EntryReport.id.desc())
    )
    return [
        OwnReport(report, showing.title(_gallery(contest, round_), entry, content))
        for report, entry, content, contest, round_ in rows
    ]


def _gallery(contest: Contest, round_: Round) -> Gallery:
    """Return the gallery of a round, also of one that shows nothing any more."""
    return Gallery(contest, round_, EntryRules.from_json(round_.entries))


def count_open(session: Session, round_ids: Sequence[int]) -> dict[int, int]:
    """Count the reports nobody answered, by round."""
    rows = session.execute(
        select(Entry.round_id, func.count())
        .select_from(EntryReport)
        .join(Entry, Entry.id == EntryReport.entry_id)
        .where(Entry.round_id.in_(round_ids), EntryReport.answered_at.is_(None))
        .group_by(Entry.round_id)
    )
    return {row[0]: row[1] for row in rows}


def answer(
    session: Session,
    here: Gallery,
    code: str,
    *,
    takes_down: bool,
    words: str,
    by: int,
    now: datetime,
) -> EntryReport:
    """Answer a report: the entry is taken down for that reason, or stays.

    Raises NotFound outside the round, Conflict when somebody answered before. An entry that has
    left the gallery meanwhile is not taken down once more.
    """
    row = session.execute(
        select(EntryReport, Entry)
        .join(Entry, Entry.id == EntryReport.entry_id)
        .where(EntryReport.code == code, Entry.round_id == here.round.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(NO_REPORT)
    report, entry = row
    if report.answered_at is not None:
        raise Conflict(ANSWERED)
    report.answer, report.answered_by, report.answered_at = words, by, now
    if takes_down and entry.published_at is not None:
        publishing.remove(session, here.contest, entry, reason=words, by=by, now=now)
    audit.record(
        session,
        "gallery.answer",
        f"entry:{entry.code}",
        by=by,
        now=now,
        unit_id=here.contest.unit_id,
        contest=here.contest.code,
        reason=words,
    )
    session.flush()
    return report
