"""Asking for a file of the log, and writing it."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from contest.accounts import queries as people
from contest.core import audit, jobs
from contest.core.visitor import Visitor
from contest.core.work import Work
from contest.errors import N_, Invalid, NotAllowed
from contest.journal import queries
from contest.journal.queries import Filters, Line, Reader
from contest.journal.saying import plainly, told

TITLE = N_("Xuất nhật ký")
WRITING = N_("Đang chép nhật ký")
MOST_LINES = 200_000
AT_ONCE = 1000
XLSX, CSV = "xlsx", "csv"
TYPES = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    CSV: "text/csv; charset=utf-8",
}
HEADS = ("Thời điểm", "Ai", "Việc", "Cuộc thi", "Mã việc")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would reckon


def ask(
    session: Session, filters: Filters, kind: str, *, by: Visitor, zone: ZoneInfo, now: datetime
) -> str:
    """Let the worker write a file of the lines somebody may read; return the job's code."""
    if kind not in TYPES:
        raise Invalid(N_("Hãy chọn Excel hoặc CSV."))
    job = jobs.enqueue(
        session,
        "journal.export",
        {"filters": filters.as_json(), "kind": kind, "zone": zone.key},
        title=TITLE,
        subject="journal",
        by=by.id,
        now=now,
    )
    audit.record(session, "journal.export", f"job:{job.code}", by=by.id, now=now, format=kind)
    session.flush()
    return job.code


def export(work: Work) -> None:
    """Write the file, read in pieces; who asked must still be an organizer."""
    kind, zone = work.args["kind"], ZoneInfo(work.args["zone"])
    filters = Filters.from_json(work.args["filters"])
    rows = [_row(line, zone) for line in _all(work, filters, zone)]
    data = _csv(rows) if kind == CSV else _xlsx(rows)
    work.attach(f"Nhật ký.{kind}", TYPES[kind], data)


def _all(work: Work, filters: Filters, zone: ZoneInfo) -> Iterator[Line]:
    with work.reading() as session:
        reader = Reader.of(work.by or 0, people.scopes(session, work.by or 0))
        if not (reader.is_administrator or reader.paths):
            raise NotAllowed(N_("Bạn không còn quyền xem nhật ký."))
        total = min(MOST_LINES, queries.count(session, reader, filters, zone=zone))
    done, before = 0, None
    while done < MOST_LINES:
        work.progress(done, total, WRITING)
        with work.reading() as session:
            found = queries.lines(session, reader, filters, zone=zone, limit=AT_ONCE, before=before)
        yield from found
        if len(found) < AT_ONCE:
            return
        done, before = done + len(found), found[-1].id


def _row(line: Line, zone: ZoneInfo) -> tuple[str, ...]:
    at = f"{line.at.astimezone(zone):%d/%m/%Y %H:%M:%S}"
    return (at, line.who or "Hệ thống", told(line, plainly), line.contest or "", line.act)


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([HEADS, *([_safe(cell) for cell in row] for row in rows)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _xlsx(rows: list[tuple[str, ...]]) -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "constant_memory": False}) as book:
        sheet = book.add_worksheet("Nhật ký")
        bold = book.add_format({"bold": True, "bg_color": "#DCE9F7", "border": 1})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        for at, width in enumerate((20, 28, 90, 40, 26)):
            sheet.set_column(at, at, width, text)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate([HEADS, *rows]):
            for at, cell in enumerate(row):
                sheet.write_string(number, at, cell, text if number else bold)
        sheet.autofilter(0, 0, max(1, len(rows)), len(HEADS) - 1)
    return out.getvalue()
