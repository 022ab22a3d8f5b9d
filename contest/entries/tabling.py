"""A spreadsheet of a round's entries: states, times, sizes and SHA-256 of every file."""

import io
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from xlsxwriter import Workbook

from contest.accounts import queries as people
from contest.accounts.models import Account, Role, Unit
from contest.contests import queries as contests
from contest.contests.models import Division, Registration, Round
from contest.core import audit, jobs
from contest.core.visitor import Visitor
from contest.core.work import Work
from contest.entries.models import Entry, EntryState, EntryVersion
from contest.errors import N_, NotAllowed
from contest.rules import languages
from contest.rules.entry_rules import NAMES, EntryKind

JOB = "entries.export"
TITLE = N_("Xuất danh sách bài dự thi")
WRITING = N_("Đang chép danh sách")
NO_LONGER = N_("Bạn không còn quyền xem các bài dự thi này.")
AT_ONCE = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = {
    EntryState.DRAFT: N_("Đang soạn"),
    EntryState.SENT: N_("Đã nộp"),
    EntryState.WITHDRAWN: N_("Đã rút"),
    EntryState.REFUSED: N_("Không được nhận"),
}
HEADS = (
    *("Mã bài", "Mã bài trước giám khảo", "Tên bài", "Loại", "Trạng thái", "Bảng thi"),
    *("Người gửi", "Đơn vị", "Thành viên", "Tiếng khác ngoài tiếng Việt"),
    *("Nộp lần cuối", "Lần nộp", "Nộp trong giờ chờ"),
    *("Mã xác nhận", "SHA-256 của bài", "Tệp", "Dung lượng (byte)", "SHA-256 của tệp"),
    "Lý do không nhận",
)
WIDTHS = (16, 16, 40, 20, 16, 24, 26, 30, 30, 28, 20, 9, 12, 20, 66, 34, 18, 66, 40)


def ask(
    session: Session,
    contest: str,
    round_: Round,
    *,
    by: Visitor,
    zone: ZoneInfo,
    now: datetime,
) -> str:
    """Let the worker write a file of a round's entries; return the job's code."""
    job = jobs.enqueue(
        session,
        JOB,
        {"contest": contest, "round": round_.code, "zone": zone.key},
        title=TITLE,
        subject=f"round:{contest}/{round_.code}",
        by=by.id,
        now=now,
    )
    found = contests.remembered(session, contest).contest
    audit.record(
        session,
        "entries.export",
        f"round:{contest}/{round_.code}",
        by=by.id,
        now=now,
        unit_id=found.unit_id,
        contest=contest,
    )
    session.flush()
    return job.code


def export(work: Work) -> None:
    """Write the file, read in pieces; who asked must still organize the contest."""
    zone = ZoneInfo(work.args["zone"])
    with work.reading() as session:
        round_id = _round_id(session, work)
    rows: list[tuple[str, ...]] = []
    last = 0
    while True:
        work.progress(len(rows), 0, WRITING)
        with work.reading() as session:
            found = _some(session, round_id, after=last)
        rows += [line for entry, facts in found for line in _lines(entry, facts, zone)]
        if len(found) < AT_ONCE:
            break
        last = found[-1][0].id
    work.attach("Bài dự thi.xlsx", XLSX, _xlsx(rows))


def _round_id(session: Session, work: Work) -> int:
    roles = (Role.ORGANIZER, Role.ADMINISTRATOR)
    scopes = people.scopes(session, work.by or 0)
    paths = tuple(scope.unit_path for scope in scopes if scope.role in roles)
    if not paths:
        raise NotAllowed(NO_LONGER)
    contest = contests.owned_one(session, work.args["contest"], paths)
    for each in contest.rounds:
        if each.code == work.args["round"]:
            return each.id
    raise NotAllowed(NO_LONGER)


_Facts = tuple[str, str, str, EntryVersion | None]


def _some(session: Session, round_id: int, *, after: int) -> list[tuple[Entry, _Facts]]:
    rows = session.execute(
        select(Entry, Account.name, Unit.name, Division.name, EntryVersion)
        .join(Registration, Registration.id == Entry.registration_id)
        .join(Account, Account.id == Registration.account_id)
        .join(Unit, Unit.id == Registration.unit_id)
        .join(Division, Division.id == Entry.division_id)
        .outerjoin(
            EntryVersion,
            (EntryVersion.entry_id == Entry.id) & (EntryVersion.no == Entry.version),
        )
        .where(Entry.round_id == round_id, Entry.id > after)
        .options(selectinload(Entry.files))
        .order_by(Entry.id)
        .limit(AT_ONCE)
    ).all()
    return [(row[0], (row[1], row[2], row[3], row[4])) for row in rows]


def _lines(entry: Entry, facts: _Facts, zone: ZoneInfo) -> list[tuple[str, ...]]:
    """Give a line for each file of an entry that is still its own, one when there is none."""
    sender, unit, division, version = facts
    sent = "" if entry.sent_at is None else f"{entry.sent_at.astimezone(zone):%d/%m/%Y %H:%M:%S}"
    of_entry = (
        *(entry.code, entry.blind_code, entry.title, NAMES[EntryKind(entry.kind)]),
        *(STATES[EntryState(entry.state)], division, sender, unit),
        *("; ".join(map(str, entry.members)), _said(entry.known_languages)),
        *(sent, str(entry.version)),
        *("có" if version is not None and version.is_late else "",),
        *(("", "") if version is None else (version.receipt, version.digest)),
    )
    files: Sequence[tuple[str, ...]] = [
        (file.name, str(file.bytes), file.sha256 or "")
        for file in entry.files
        if file.removed_at is None
    ]
    return [(*of_entry, *file, entry.refusal or "") for file in files or [("", "", "")]]


def _said(codes: Sequence[str]) -> str:
    """Say languages in the table's own language, Vietnamese."""
    return ", ".join(languages.NAMES.get(code, code) for code in codes)


def _xlsx(rows: Sequence[tuple[str, ...]]) -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "constant_memory": False}) as book:
        sheet = book.add_worksheet("Bài dự thi")
        bold = book.add_format({"bold": True, "bg_color": "#DCE9F7", "border": 1})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        for at, width in enumerate(WIDTHS):
            sheet.set_column(at, at, width, text)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate([HEADS, *rows]):
            for at, cell in enumerate(row):  # a text stays a text, however it begins
                sheet.write_string(number, at, cell, text if number else bold)
        sheet.autofilter(0, 0, max(1, len(rows)), len(HEADS) - 1)
    return out.getvalue()
