"""A round under judging: a jury, entries with files, every hidden field an unmistakable word."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from factories.contests import make_contest, make_division, make_registration
from factories.entries import entry_rules, make_entries_round, make_entry
from factories.judging import make_assignment, make_panelist, make_phase
from factories.people import LONG_AGO, make_account, make_grant, make_unit
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Role, Unit
from contest.contests.models import Contest, Division, Round
from contest.core import ids
from contest.core.storage import Storage
from contest.entries.models import Entry, EntryFile, EntryVersion
from contest.judging.models import Assignment, JudgingPhase, Panelist
from contest.media.models import Media, MediaFile, State
from contest.rules import handed_in
from contest.rules.entry_rules import EntryKind
from contest.rules.media import FileKind, What

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
DAY = timedelta(days=1)
_numbers = itertools.count(1)
# What stands in hidden fields, so that one search finds any leak.
HIDDEN = (
    *("NGUOI-GUI", "TRUONG-HIDDEN", "THANH-VIEN", "TEN-TEP", "khoa-luu-tru", "ma-bai-that"),
    *("ma-tep-that", "ma-media-thật", "ma-tai-len", "ma-bien-nhan", "NGUOI-BAO-HO"),
)


@dataclass(frozen=True, slots=True)
class Jury:
    """One round with an open phase and one judge; `now` is the moment the phase is open at."""

    contest: Contest
    division: Division
    round: Round
    phase: JudgingPhase
    judge: Account
    panelist: Panelist
    province: Unit
    now: datetime


def make_jury(session: Session, *, now: datetime = NOON, **facts: Any) -> Jury:
    """Add a province's contest with a round of entries that closed and a phase open at `now`."""
    province = make_unit(session, name="Tỉnh Lào Cai", kind="province")
    contest = make_contest(session, unit=province)
    division = make_division(session, contest, name="Bảng chung", name_en="All")
    kinds = (EntryKind.VIDEO, EntryKind.ESSAY, EntryKind.MODEL)
    round_ = make_entries_round(
        session,
        contest,
        rules=entry_rules(kinds=kinds, **facts.pop("rules", {})),
        opens_at=now - 20 * DAY,
        closes_at=now - 5 * DAY,
        name="Vòng sáng tạo",
        name_en="Works",
    )
    phase = make_phase(session, round_, opens_at=now - DAY, closes_at=now + DAY, **facts)
    judge = make_judge_account(session, province)
    panelist = make_panelist(session, round_, judge)
    return Jury(contest, division, round_, phase, judge, panelist, province, now)


def make_judge_account(session: Session, province: Unit, unit: Unit | None = None) -> Account:
    """Add somebody who may judge, of an agency of their own unless told otherwise."""
    unit = unit or make_unit(session, name="Trung tâm", kind="agency", parent=province)
    account = make_account(session, unit, f"Giám khảo số {next(_numbers)}")
    make_grant(session, account, Role.JUDGE, province)
    return account


def make_work(
    session: Session,
    jury: Jury,
    *,
    unit: Unit | None = None,
    place: int | None = 1,
    **facts: Any,
) -> Entry:
    """Add a handed-in entry whose hidden fields hold HIDDEN; assigned unless `place` is None."""
    number = next(_numbers)
    unit = unit or make_unit(
        session, name=f"TRUONG-HIDDEN {number}", kind="school", parent=jury.province
    )
    sender = make_account(session, unit, f"NGUOI-GUI {number}", login=f"nguoi-gui-{number}")
    registration = make_registration(session, jury.contest, jury.division, sender)
    entry = make_entry(
        session,
        jury.round,
        registration,
        **{
            "sent_at": jury.round.closes_at - timedelta(hours=number),
            "members": [f"THANH-VIEN {number}"],
            "guardian_sealed": "NGUOI-BAO-HO",
            **facts,
        },
    )
    entry.code = f"ma-bai-that-{number}"[:16]
    version = session.get_one(EntryVersion, (entry.id, 1))
    version.receipt = f"ma-bien-nhan-{number}"
    if place is not None:
        make_assignment(session, jury.panelist, entry, place)
    session.flush()
    return entry


def assignment_of(session: Session, jury: Jury, entry: Entry) -> Assignment:
    return (
        session.query(Assignment).filter_by(panelist_id=jury.panelist.id, entry_id=entry.id).one()
    )


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes of one stored file."""

    kind: FileKind
    data: bytes
    media_type: str


CLIP = (
    Content(FileKind.ORIGINAL, b"original with NGUOI-GUI and a place", "video/quicktime"),
    Content(FileKind.SMALL, b"small clip of ours", "video/mp4"),
    Content(FileKind.LARGE, b"large clip of ours", "video/mp4"),
    Content(FileKind.POSTER, b"poster of ours", "image/jpeg"),
    Content(FileKind.STRIP, b"strip of ours", "image/jpeg"),
)
PICTURE = (
    Content(FileKind.ORIGINAL, b"photo with NGUOI-GUI", "image/jpeg"),
    Content(FileKind.PICTURE, b"picture of ours", "image/jpeg"),
)
WORD = (
    Content(
        FileKind.ORIGINAL,
        b"PK NGUOI-GUI",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    Content(FileKind.PREVIEW, "Bài viết về ví điện tử.".encode(), "text/plain; charset=utf-8"),
)
PDF = (
    Content(FileKind.ORIGINAL, b"%PDF-1.7 /Author (NGUOI-GUI)", "application/pdf"),
    Content(FileKind.PAPER, b"%PDF-1.7 pages of ours", "application/pdf"),
    Content(FileKind.PREVIEW, "Chữ trong tài liệu.".encode(), "text/plain; charset=utf-8"),
)


def add_file(
    session: Session,
    files: Storage,
    entry: Entry,
    what: What,
    contents: tuple[Content, ...],
    *,
    state: State = State.READY,
    seconds: float | None = None,
    **facts: Any,
) -> EntryFile:
    """Add a file to what was handed in last, with what was made of it, in storage too."""
    number = next(_numbers)
    media = Media(
        code=f"mm{ids.new_code(10)}",
        subject=f"entry:{entry.code}",
        what=what,
        state=state,
        name=f"TEN-TEP-{number}.mov",
        limits={},
        job="",
        created_at=LONG_AGO,
    )
    for each in contents:
        key = f"khoa-luu-tru/{number}-{each.kind}"
        files.put(key, each.data, each.media_type)
        media.files.append(
            MediaFile(
                kind=each.kind,
                key=key,
                media_type=each.media_type,
                bytes=len(each.data),
                sha256=hashlib.sha256(each.data).hexdigest(),
                seconds=seconds,
            )
        )
    session.add(media)
    row = EntryFile(
        **{
            "code": f"ma-tep-that-{number}"[:16],
            "entry_id": entry.id,
            "what": what,
            "upload": f"ma-tai-len-{number}",
            "name": f"TEN-TEP-{number}.mov",
            "bytes": 1,
            "sha256": media.files[0].sha256,
            "media": media.code,
            "about": "",
            "captions": None,
            "begun_at": LONG_AGO,
            "received_at": LONG_AGO,
            **facts,
        }
    )
    session.add(row)
    version = session.get_one(EntryVersion, (entry.id, entry.version))
    sent = {"code": row.code, "what": what, "name": row.name, "sha256": row.sha256}
    version.content = {**version.content, "files": [*version.content["files"], sent]}
    session.flush()
    return row


def say_later(session: Session, entry: Entry, about: str, captions: str | None) -> None:
    """Hand in what is said of an entry's files; then their sender says something else of them."""
    rows = {
        each.code: each
        for each in session.scalars(select(EntryFile).where(EntryFile.entry_id == entry.id))
    }
    version = session.get_one(EntryVersion, (entry.id, entry.version))
    sent = [
        {**each, **handed_in.kept(rows[each["code"]].said)} for each in version.content["files"]
    ]
    version.content = {**version.content, "files": sent}
    for row in rows.values():
        row.about, row.captions = about, captions
    session.flush()
