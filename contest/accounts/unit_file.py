"""Units as a spreadsheet lists them: CSV or Excel, one row a unit, Vietnamese headers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from contest.accounts import list_file
from contest.accounts.list_file import Heading, Line
from contest.errors import N_, Invalid, Problem
from contest.rules.vietnamese import fold

MOST_ROWS = 50_000
WHOLE = re.compile(r"[0-9]+|[0-9]{1,3}((\.[0-9]{3})+|(,[0-9]{3})+)")  # 1200, 1.200 or 1,200
# A code stands in addresses of pages: /accounts/register/<code>; "." and ".." mean others there.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
HEADINGS = (
    Heading("code", "Mã", ("ma don vi",), is_needed=True),
    Heading("name", "Tên", ("ten don vi",), is_needed=True),
    Heading("kind", "Loại", ("loai don vi",), is_needed=True),
    Heading("parent_code", "Mã đơn vị cấp trên", ("cap tren",), is_needed=True),
    Heading("block", "Khối"),
    Heading("headcount", "Sĩ số", ("so nguoi",)),
)
KINDS = {
    "tinh": "province",
    "xa": "commune",
    "phuong": "commune",
    "thon": "village",
    "ban": "village",
    "to dan pho": "village",
    "truong": "school",
    "truong hoc": "school",
    "lop": "class",
    "co quan": "agency",
    "so": "agency",
    "ban nganh": "agency",
    "doanh nghiep": "company",
    "chi doan": "youth_cell",
    "doan co so": "youth_cell",
    "tinh doan": "youth_cell",
    "chi bo": "party_cell",
    "dang bo": "party_cell",
    "hoi": "association",
    "to cong nghe so": "digital_team",
    "to cong nghe so cong dong": "digital_team",
    "khac": "other",
}
BAD_FILE = N_("Tệp đơn vị chưa đọc được.")


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit as a file lists it; `parent_code` empty for a root, headcount in people."""

    code: str
    name: str
    kind: str
    parent_code: str
    block: str
    headcount: int | None


def read(data: bytes) -> list[UnitRow]:
    """Read a CSV or Excel file of units.

    Raises Invalid naming each row that is wrong; all rows are good or none is taken.
    """
    listed = list_file.read(data, HEADINGS, most_rows=MOST_ROWS)
    if not listed.lines:
        raise list_file.refused(list_file.EMPTY)
    return _unit_rows(listed.lines)


def _unit_rows(lines: Iterable[Line]) -> list[UnitRow]:
    units: list[UnitRow] = []
    problems: dict[str, Problem] = {}
    seen: set[str] = set()
    for line in lines:
        facts = {heading.field: line.text(heading.field) for heading in HEADINGS}
        problem = _wrong(facts, seen)
        if problem is not None:
            problems[str(line.number)] = problem
            continue
        seen.add(facts["code"])
        units.append(_unit_row(facts))
    if problems:
        raise Invalid(BAD_FILE, problems=problems)
    return units


def _wrong(facts: dict[str, str], seen: set[str]) -> Problem | None:
    code, headcount = facts["code"], facts["headcount"]
    checks = (
        (not 1 <= len(code) <= 40, N_("Mã đơn vị cần từ 1 đến 40 ký tự.")),  # noqa: PLR2004
        (
            not CODE.fullmatch(code),
            N_(
                "Mã đơn vị chỉ gồm chữ cái không dấu, chữ số, dấu chấm, gạch nối, gạch dưới, "
                "và bắt đầu bằng chữ cái hoặc chữ số."
            ),
        ),
        (code in seen, N_("Mã đơn vị bị lặp trong tệp.")),
        (not 1 <= len(facts["name"]) <= 200, N_("Tên đơn vị cần từ 1 đến 200 ký tự.")),  # noqa: PLR2004
        (fold(facts["kind"]) not in KINDS, N_("Loại đơn vị không có trong danh sách.")),
        (len(facts["block"]) > 60, N_("Tên khối dài quá 60 ký tự.")),  # noqa: PLR2004
        (bool(headcount) and not WHOLE.fullmatch(headcount), N_("Sĩ số phải là số nguyên.")),
        (len(headcount) > 9, N_("Sĩ số quá lớn.")),  # noqa: PLR2004
    )
    return next((Problem(sentence) for is_wrong, sentence in checks if is_wrong), None)


def _unit_row(facts: dict[str, str]) -> UnitRow:
    headcount = facts["headcount"].replace(".", "").replace(",", "")
    return UnitRow(
        code=facts["code"],
        name=facts["name"],
        kind=KINDS[fold(facts["kind"])],
        parent_code=facts["parent_code"],
        block=facts["block"],
        headcount=int(headcount) if headcount else None,
    )
