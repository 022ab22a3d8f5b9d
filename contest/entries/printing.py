"""The printed sheet of practical tasks: what is ticked, for whom, on paper without a link."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from contest.config import ROOT
from contest.contests.models import Round
from contest.core import pdf
from contest.rules.entry_rules import Check, EntryRules
from contest.web.words import is_english, named, points

TEMPLATE = ROOT / "templates" / "practical" / "sheet.typ"
MOST_COLUMNS = 12  # tasks in one table: boxes a pen can hit
MOST_BLANK = 200


def sheet(
    round_: Round, *, unit: str, people: Sequence[tuple[str, date | None]], blank: int
) -> bytes:
    """Return the PDF (A4, lying): the tasks with numbers, then a row for each name and each blank.

    `round_.contest` is loaded. More tasks than fit side by side go on in a further table.
    """
    checklist = EntryRules.from_json(round_.entries).checklist
    rows = [
        {"name": name, "born": "" if born is None else f"{born:%d/%m/%Y}"} for name, born in people
    ]
    rows += [{"name": "", "born": ""}] * blank
    return pdf.render(
        TEMPLATE,
        {
            "language": "en" if is_english() else "vi",
            "title": _("Phiếu thực hành"),
            "contest": named(round_.contest, "title"),
            "round": named(round_),
            "unit": _("Đơn vị: %(name)s", name=unit or "." * 60),
            "day": _("Ngày: ...... / ...... / ............"),
            "examiner": _("Người chấm (ký, ghi rõ họ tên): %(dots)s", dots="." * 50),
            "how": _("Đánh dấu × vào ô của việc người dự thi tự làm được. Để trống nếu chưa."),
            "later": _("Sau buổi thực hành, hãy nhập phiếu này vào trang chấm thực hành."),
            "heads": [_("STT"), _("Họ và tên"), _("Ngày sinh"), _("Ghi chú")],
            "tasks": [_task(no, check) for no, check in enumerate(checklist, start=1)],
            "parts": [
                list(range(first + 1, min(first + MOST_COLUMNS, len(checklist)) + 1))
                for first in range(0, len(checklist), MOST_COLUMNS)
            ],
            "rows": rows,
        },
    )


def _task(no: int, check: Check) -> dict[str, Any]:
    worth = _("%(points)s điểm", points=points(check.points))
    return {"no": no, "name": named(check), "worth": worth}
