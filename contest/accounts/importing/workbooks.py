"""The .xlsx files of imports: templates to fill in, and what an import has made.

Every cell is text, so that zeros stay in front and nothing that begins with = is a formula.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from contest.accounts.importing.outcome import Fate, Plan, Planned
from contest.accounts.importing.places import Place
from contest.accounts.list_file import Heading
from contest.accounts.people_file import HEADINGS, Kind
from contest.accounts.unit_file import HEADINGS as UNIT_HEADINGS
from contest.accounts.unit_file import KINDS as UNIT_KINDS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MADE = datetime(2026, 1, 1)  # noqa: DTZ001 -- a file property; the same template, the same bytes
LAST_CHECKED_ROW = 5001  # drop-downs reach so far
MOST_PLACES = 5000  # listed in a template
WIDTHS = {"name": 30, "unit": 30, "scope": 30, "audiences": 26, "trade": 24, "code": 16}
USUAL_WIDTH = 18
UNITS = "units"

NAMES = {
    Kind.PEOPLE.value: "Mẫu người dự thi.xlsx",
    Kind.STAFF.value: "Mẫu giám khảo, người hỗ trợ.xlsx",
    Kind.HEADCOUNTS.value: "Mẫu số người của đơn vị.xlsx",
    UNITS: "Mẫu đơn vị.xlsx",
}
COLUMNS: Mapping[str, Sequence[Heading]] = {
    **{kind.value: headings for kind, headings in HEADINGS.items()},
    UNITS: UNIT_HEADINGS,
}
TRADES = (
    *("Nông, lâm nghiệp", "Công nghiệp, xây dựng", "Buôn bán, dịch vụ", "Du lịch", "Giáo dục"),
    *("Y tế", "Cơ quan nhà nước", "Lực lượng vũ trang", "Nghề khác"),
)
CHOICES: Mapping[str, Mapping[str, Sequence[str]]] = {
    Kind.PEOPLE.value: {"sex": ("Nam", "Nữ", "Khác"), "trade": TRADES, "role": ("Người dự thi",)},
    Kind.STAFF.value: {"role": ("Giám khảo", "Người hỗ trợ")},
    UNITS: {"kind": tuple(sorted({"Xã", "Phường", "Thôn", "Bản", "Trường", "Lớp", "Cơ quan"}))},
}
EXAMPLES: Mapping[str, Sequence[Sequence[str]]] = {
    Kind.PEOPLE.value: (
        (
            *("Nguyễn Thị Hoà", "15/06/1958", "Nữ", "0912345678", "", "Phường Lào Cai", "", ""),
            *("Người cao tuổi", "Nông, lâm nghiệp", "Người dự thi"),
        ),
        (
            *("Giàng A Páo", "02/09/2012", "Nam", "", "", "Trường THCS Kim Đồng", "6A", "HS0012"),
            *("Học sinh", "", ""),
        ),
    ),
    Kind.STAFF.value: (
        ("Lò Văn Sơn", "", "0987654321", "", "Phường Lào Cai", "Giám khảo", "Tỉnh Lào Cai"),
        ("Vàng Thị Mỷ", "01/02/2003", "", "my.vang", "Xã Hợp Thành", "Người hỗ trợ", ""),
    ),
    Kind.HEADCOUNTS.value: (("02647", "1200"), ("Xã Hợp Thành", "5.432")),
    UNITS: (
        ("02647", "Phường Lào Cai", "Phường", "15", "phường", "12000"),
        ("kd", "Trường THCS Kim Đồng", "Trường", "02647", "trường học", "650"),
    ),
}
HOW: Mapping[str, str] = {
    "name": "Ghi như trong giấy tờ, có dấu.",
    "birth_date": "Ngày/tháng/năm, ví dụ 15/06/1958. Chỉ biết năm thì ghi năm: hệ thống ghi 01/01.",
    "sex": "Nam, Nữ, Khác, hoặc để trống.",
    "phone": "Số điện thoại Việt Nam; mất số 0 đầu cũng được. Có số thì dùng số để đăng nhập.",
    "login": "Để trống thì hệ thống tự đặt: tên, họ và mã đơn vị.",
    "unit": "Mã hoặc tên đơn vị trong phần của bạn; không cần dấu. Xem trang “Danh mục đơn vị”.",
    "class": "Chỉ dùng cho trường học. Lớp chưa có thì được thêm vào trường.",
    "member_code": "Mã học sinh, mã hội viên. Nạp lại tệp, người cùng mã không bị thêm lần nữa.",
    "audiences": "Nhóm đối tượng; nhiều nhóm cách nhau bằng dấu phẩy.",
    "trade": "Chọn trong danh sách, hoặc để trống.",
    "role": "Chọn trong danh sách.",
    "scope": "Đơn vị mà người này chấm hoặc hỗ trợ; để trống thì là đơn vị của họ.",
    "headcount": "Tổng số người của đơn vị, số nguyên.",
    "code": "Mã riêng của đơn vị, không trùng.",
    "kind": "Tỉnh, xã, phường, thôn, bản, tổ dân phố, trường, lớp, cơ quan, chi bộ, hội…",
    "parent_code": "Mã của đơn vị ngay trên; đơn vị trên cùng thì để trống.",
    "block": "Khối địa phương, khối trường học… có thể để trống.",
}
ALWAYS = (
    ("Cách điền", ""),
    ("", "Điền vào trang “Danh sách”, mỗi dòng một mục. Giữ nguyên dòng tiêu đề."),
    ("", "Cột có dấu * phải điền. Các cột khác có thể để trống hoặc xoá đi."),
    ("", "Sau khi gửi, bạn xem trước từng dòng. Chưa bấm nạp thì chưa có gì được ghi."),
)


def template(kind: str, places: Sequence[Place], audiences: Sequence[str]) -> bytes:
    """Give an empty workbook of a kind, with instructions, examples and one's own units."""
    out = BytesIO()
    heads = COLUMNS[kind]
    titles = [head.title + (" *" if head.is_needed else "") for head in heads]
    with Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": NAMES[kind], "created": MADE})
        sheet = _table(book, "Danh sách", titles, [])
        for at, head in enumerate(heads):
            sheet.set_column(at, at, WIDTHS.get(head.field, USUAL_WIDTH), _text(book))
            choices = CHOICES.get(kind, {}).get(head.field)
            if choices:
                _choose(sheet, at, head.title, choices)
        lines = [(title, HOW[head.field]) for title, head in zip(titles, heads, strict=True)]
        if kind == Kind.PEOPLE.value and audiences:
            lines.append(("Các nhóm đối tượng", ", ".join(audiences)))
        if kind == UNITS:
            lines.append(("Các loại", ", ".join(sorted(UNIT_KINDS))))
        _two_columns(book, "Hướng dẫn", (*ALWAYS, *lines))
        _table(book, "Ví dụ", titles, EXAMPLES[kind])
        rows = [(place.code, place.name) for place in places[:MOST_PLACES]]
        _table(book, "Danh mục đơn vị", ["Mã", "Tên"], rows)
    return out.getvalue()


def made(plan: Plan, passwords: Mapping[int, str]) -> bytes:
    """Give what an import made: logins with their temporary passwords, and every row's fate."""
    out = BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        new = [line for line in plan.lines if line.fate is Fate.NEW]
        if new:
            heads = ["STT", "Họ và tên", "Ngày sinh", "Đơn vị", "Tên đăng nhập", "Mật khẩu tạm"]
            rows = [_slip(at, line, passwords) for at, line in enumerate(new, start=1)]
            sheet = _table(book, "Tên đăng nhập", heads, rows)
            for at, width in enumerate((6, 30, 13, 34, 30, 20)):
                sheet.set_column(at, at, width, _text(book))
            _print_nicely(sheet)
        heads = ["Dòng", "Họ và tên hoặc đơn vị", "Kết quả", "Ghi chú"]
        sheet = _table(book, "Kết quả từng dòng", heads, map(_result, plan.lines))
        for at, width in enumerate((8, 34, 18, 90)):
            sheet.set_column(at, at, width, _text(book))
        _print_nicely(sheet)
    return out.getvalue()


def _slip(at: int, line: Planned, passwords: Mapping[int, str]) -> tuple[str, ...]:
    born = line.row.birth_date if line.row else None
    unit = line.unit.name if line.unit else ""
    if line.new_class:
        unit = f"{line.new_class.name}, {unit}"
    day = f"{born:%d/%m/%Y}" if born else ""
    return (str(at), line.name, day, unit, line.shown_login, passwords[line.number])


FATES = {
    Fate.NEW: "Đã thêm",
    Fate.CHANGED: "Đã cập nhật",
    Fate.SAME: "Đã có sẵn",
    Fate.REFUSED: "Không nạp",
}


def _result(line: Planned) -> tuple[str, ...]:
    told = " ".join(str(problem) for problem in (*line.problems, *line.warnings))
    return (str(line.number), line.name, FATES[line.fate], told)


def _text(book: Workbook) -> object:
    return book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})


def _table(
    book: Workbook, name: str, titles: Sequence[str], rows: Iterable[Sequence[str]]
) -> Worksheet:
    sheet = book.add_worksheet(name)
    bold = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCE9F7", "border": 1}
    )
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "border": 1})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(titles) - 1), USUAL_WIDTH)
    for at, title in enumerate(titles):
        sheet.write_string(0, at, title, bold)
    for number, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            sheet.write_string(number, at, value, text)
    return sheet


def _two_columns(book: Workbook, name: str, lines: Iterable[tuple[str, str]]) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    for number, (what, how) in enumerate(lines):
        sheet.write_string(number, 0, what, bold)
        sheet.write_string(number, 1, how, wrapped)


def _choose(sheet: Worksheet, at: int, title: str, choices: Sequence[str]) -> None:
    """Let a word be picked from a list; other words are warned of, not forbidden."""
    rule = {
        "validate": "list",
        "source": list(choices),
        "error_type": "warning",
        "error_title": title,
        "error_message": "Hãy chọn trong danh sách.",
    }
    sheet.data_validation(1, at, LAST_CHECKED_ROW, at, rule)


def _print_nicely(sheet: Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
