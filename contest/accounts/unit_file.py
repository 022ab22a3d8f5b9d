"""Units as a spreadsheet lists them: CSV or Excel, one row a unit, Vietnamese headers."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from python_calamine import CalamineError, CalamineWorkbook

from contest.errors import N_, Invalid, Problem
from contest.rules.vietnamese import fold, nfc

LARGEST = 5 * 1024 * 1024  # bytes, as sent
LARGEST_UNPACKED = 60 * 1024 * 1024  # bytes
MOST_ROWS = 50_000
WHOLE = re.compile(r"[0-9]+|[0-9]{1,3}(\.[0-9]{3})+")  # 1200 or 1.200
HEADERS = {
    "ma": "code",
    "ten": "name",
    "loai": "kind",
    "ma don vi cap tren": "parent_code",
    "khoi": "block",
    "si so": "headcount",
}
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
DAMAGED = N_("Tệp Excel bị hỏng hoặc không phải .xlsx.")
# What zipfile and calamine raise on files that are damaged, encrypted or made to harm.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OverflowError),
    *(CalamineError, OSError, ValueError, IndexError),
)


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
    """Read a CSV (UTF-8, comma or semicolon) or Excel file of units.

    Raises Invalid naming each row that is wrong; all rows are good or none is taken.
    """
    if len(data) > LARGEST:
        raise _refused(N_("Tệp lớn hơn %(megabytes)d MB."), megabytes=LARGEST // 1024**2)
    rows = _excel(data) if data[:2] == b"PK" else _csv(data)
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if any(row)]
    if not numbered:
        raise _refused(N_("Tệp không có dòng nào."))
    if len(numbered) > MOST_ROWS:
        raise _refused(N_("Tệp có quá %(count)d dòng."), count=MOST_ROWS)
    names = [HEADERS.get(fold(cell)) for cell in numbered[0][1]]
    for needed in ("code", "name", "kind", "parent_code"):
        if needed not in names:
            title = next(header for header, name in HEADERS.items() if name == needed)
            raise _refused(N_("Thiếu cột “%(title)s” ở dòng đầu."), title=title)
    return _unit_rows(names, numbered[1:])


def _refused(message: str, **facts: object) -> Invalid:
    return Invalid(BAD_FILE, problems={"file": Problem(message, **facts)})


def _csv(data: bytes) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(N_("Tệp CSV cần lưu ở bảng mã UTF-8 (trong Excel: “CSV UTF-8”).")) from error
    if "\0" in text:
        raise _refused(N_("Tệp này không phải CSV hay Excel."))
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise _refused(N_("Tệp này không phải CSV hay Excel.")) from error


def _excel(data: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if sum(member.file_size for member in package.infolist()) > LARGEST_UNPACKED:
                raise _refused(N_("Tệp Excel bung ra quá lớn."))
            if package.testzip() is not None:  # reads no more than each member declares
                raise _refused(DAMAGED)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        cells = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except UNREADABLE as error:
        raise _refused(DAMAGED) from error
    return [[_text(cell) for cell in row] for row in cells]


def _text(cell: object) -> str:
    if isinstance(cell, float):  # a point would look like a thousands separator
        return str(int(cell)) if cell.is_integer() else str(cell).replace(".", ",")
    return str(cell)


def _unit_rows(
    names: Sequence[str | None], rows: Iterable[tuple[int, Sequence[str]]]
) -> list[UnitRow]:
    units: list[UnitRow] = []
    problems: dict[str, Problem] = {}
    seen: set[str] = set()
    for number, cells in rows:
        facts = {
            name: nfc(cell) for name, cell in zip(names, cells, strict=False) if name is not None
        }
        problem = _wrong(facts, seen)
        if problem is not None:
            problems[str(number)] = problem
            continue
        seen.add(facts["code"])
        units.append(_unit_row(facts))
    if problems:
        raise Invalid(BAD_FILE, problems=problems)
    return units


def _wrong(facts: dict[str, str], seen: set[str]) -> Problem | None:
    code = facts.get("code", "")
    headcount = facts.get("headcount", "")
    checks = (
        (not 1 <= len(code) <= 40, N_("Mã đơn vị cần từ 1 đến 40 ký tự.")),  # noqa: PLR2004
        (code in seen, N_("Mã đơn vị bị lặp trong tệp.")),
        (not 1 <= len(facts.get("name", "")) <= 200, N_("Tên đơn vị cần từ 1 đến 200 ký tự.")),  # noqa: PLR2004
        (fold(facts.get("kind", "")) not in KINDS, N_("Loại đơn vị không có trong danh sách.")),
        (len(facts.get("block", "")) > 60, N_("Tên khối dài quá 60 ký tự.")),  # noqa: PLR2004
        (bool(headcount) and not WHOLE.fullmatch(headcount), N_("Sĩ số phải là số nguyên.")),
        (len(headcount) > 9, N_("Sĩ số quá lớn.")),  # noqa: PLR2004
    )
    return next((Problem(sentence) for is_wrong, sentence in checks if is_wrong), None)


def _unit_row(facts: dict[str, str]) -> UnitRow:
    headcount = facts.get("headcount", "").replace(".", "")
    return UnitRow(
        code=facts["code"],
        name=facts["name"],
        kind=KINDS[fold(facts["kind"])],
        parent_code=facts.get("parent_code", ""),
        block=facts.get("block", ""),
        headcount=int(headcount) if headcount else None,
    )
