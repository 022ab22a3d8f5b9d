"""Cells of lists as Vietnamese Excel really writes them."""

import unicodedata
from datetime import date
from typing import Any

import pytest
from factories.lists import csv, xlsx

from contest.accounts import forms, people_file
from contest.accounts.models import Role
from contest.accounts.people_file import Kind, PersonRow
from contest.errors import Invalid

TODAY = date(2026, 11, 23)
HEAD = ["Họ và tên", "Ngày sinh", "Giới tính", "Số điện thoại", "Tên đăng nhập", "Đơn vị"]
HOA = ["Nguyễn Thị Hoà", "15/06/1958", "Nữ", "0912345678", "", "Phường Lào Cai"]


def read(data: bytes, kind: Kind = Kind.PEOPLE) -> list[PersonRow]:
    return [people_file.person(line, kind, TODAY) for line in people_file.read(data, kind).lines]


def one(**cells: Any) -> PersonRow:
    facts = dict(zip(HEAD, HOA, strict=True)) | cells
    (row,) = read(xlsx({"1": [list(facts), list(facts.values())]}))
    return row


def windows_1258(text: str) -> bytes:
    """Write letters with their shape, tones after them, as Windows of old did."""
    tones = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))
    parts = []
    for char in unicodedata.normalize("NFC", text):
        marks = unicodedata.normalize("NFD", char)
        tone = "".join(mark for mark in marks if ord(mark) in tones)
        parts.append(unicodedata.normalize("NFC", marks.translate(tones)) + tone)
    return "".join(parts).encode("cp1258")


def said(problems: Any) -> list[str]:
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        (912345678, "0912345678"),
        (2143820820, "02143820820"),
        ("0912 345 678", "0912345678"),
        ("+84 912.345.678", "0912345678"),
        ("'0912345678", "0912345678"),
        ("", None),
    ],
)
def test_a_phone_gets_its_zero_back(cell: object, phone: str | None) -> None:
    assert one(**{"Số điện thoại": cell}).phone == phone


@pytest.mark.parametrize("cell", ["12345", "0912", "không có"])
def test_what_is_no_phone_is_said(cell: str) -> None:
    row = one(**{"Số điện thoại": cell})
    assert said(row.problems) == [f"“{cell}” không phải là số điện thoại Việt Nam."]


def test_a_phone_in_the_column_of_logins_is_a_phone() -> None:
    row = one(**{"Số điện thoại": "", "Tên đăng nhập": "0912 345 678"})
    assert (row.phone, row.login, row.problems) == ("0912345678", "", ())


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (date(1958, 6, 15), date(1958, 6, 15)),
        ("15/06/1958", date(1958, 6, 15)),
        ("15-6-1958", date(1958, 6, 15)),
        ("15.6.1958", date(1958, 6, 15)),
        ("1958-06-15", date(1958, 6, 15)),
        (" 15/06/1958 ", date(1958, 6, 15)),
        ("15/06/1958 00:00", date(1958, 6, 15)),
        (21351, date(1958, 6, 15)),
        ("1/2/90", date(1990, 2, 1)),
        ("1/2/10", date(2010, 2, 1)),
        (1958, date(1958, 1, 1)),
        ("1958", date(1958, 1, 1)),
        ("", None),
    ],
)
def test_a_birth_date_is_read_as_people_write_it(cell: object, day: date | None) -> None:
    row = one(**{"Ngày sinh": cell})
    assert (row.birth_date, row.problems) == (day, ())


@pytest.mark.parametrize(
    ("cell", "sentences"),
    [
        ("1958", ["Chỉ có năm sinh, nên ngày sinh được ghi là 01/01/1958."]),
        ("1/2/90", ["Năm sinh chỉ có hai chữ số, được hiểu là 01/02/1990."]),
        ("01/02/2024", ["Tuổi theo ngày sinh là 2. Hãy xem lại ngày sinh."]),
        ("01/02/1920", ["Tuổi theo ngày sinh là 106. Hãy xem lại ngày sinh."]),
        ("", ["Không có ngày sinh: các bảng thi theo tuổi sẽ không nhận người này."]),
    ],
)
def test_a_doubtful_birth_date_is_a_warning(cell: str, sentences: list[str]) -> None:
    assert said(one(**{"Ngày sinh": cell}).warnings) == sentences


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"Ngày sinh": "31/02/1990"}, "Ngày sinh “31/02/1990” chưa đọc được."),
        ({"Ngày sinh": "xưa lắm"}, "Ngày sinh “xưa lắm” chưa đọc được."),
        ({"Ngày sinh": "01/01/2030"}, "Ngày sinh 01/01/2030 ở tương lai"),
        ({"Ngày sinh": "01/01/1890"}, "Ngày sinh 01/01/1890 ở tương lai hoặc quá 120 năm"),
        ({"Họ và tên": "H0a"}, "Họ và tên chỉ gồm chữ"),
        ({"Họ và tên": ""}, "Họ và tên chỉ gồm chữ"),
        ({"Họ và tên": "A" * 101}, "Họ và tên chỉ gồm chữ"),
        ({"Giới tính": "x"}, "Giới tính “x” chưa rõ."),
        ({"Tên đăng nhập": "1a"}, "Tên đăng nhập cần từ 3 đến 30 chữ"),
        ({"Đơn vị": ""}, "Hãy ghi đơn vị."),
        ({"Vai trò": "Giám khảo"}, "Vai trò “Giám khảo” nạp bằng mẫu giám khảo"),
        ({"Lớp": "6" * 61}, "Tên lớp dài quá 60 ký tự."),
        ({"Mã số": "6" * 41}, "Mã số dài quá 40 ký tự."),
    ],
)
def test_each_wrong_cell_has_its_own_sentence(facts: dict[str, str], sentence: str) -> None:
    row = one(**facts)
    assert [problem.startswith(sentence) for problem in said(row.problems)] == [True]


def test_every_cell_is_understood() -> None:
    row = one(
        **{"Giới tính": "nữ", "Tên đăng nhập": "Hoa.Nguyen", "Lớp": " 6A ", "Mã số": 12},
        **{"Đối tượng": "Học sinh; Đoàn viên", "Nghề nghiệp": "nông, lâm nghiệp"},
        **{"Vai trò": "Thí sinh"},
    )
    assert (row.sex, row.login, row.class_name, row.member_code) == (
        *("female", "hoa.nguyen", "6A", "12"),
    )
    assert (row.audiences, row.trade, row.role) == (("Học sinh", "Đoàn viên"), "farming", None)
    assert (row.problems, row.warnings) == ((), ())


def test_judges_and_helpers_need_a_role_we_may_give() -> None:
    head = ["Họ và tên", "Đơn vị", "Vai trò", "Phạm vi"]
    data = csv(
        [head]
        + [["Lò Văn Sơn", "15", role, "Tỉnh"] for role in ("Giám khảo", "hỗ trợ", "ban tổ chức")]
    )
    rows = read(data, Kind.STAFF)
    assert [row.role for row in rows] == [Role.JUDGE, Role.HELPER, None]
    assert [len(row.problems) for row in rows] == [0, 0, 1]


def test_titles_above_the_headings_and_other_sheets_are_no_matter() -> None:
    data = xlsx(
        {
            "Hướng dẫn": [HEAD, HOA],
            "Bìa": [["UBND PHƯỜNG LÀO CAI"]],
            "Lớp 6A": [
                ["DANH SÁCH NGƯỜI DỰ THI"],
                [],
                ["STT", "HỌ VÀ TÊN *", "Ngày  sinh (dd/mm/yyyy)", "Đơn vị:"],
                [1, "Nguyễn Thị Hoà", date(1958, 6, 15), "Phường Lào Cai"],
                [],
                [2, "Giàng A Páo", date(2012, 9, 2), "kd"],
            ],
            "Lớp 6B": [HEAD, HOA],
        }
    )
    listed = people_file.read(data, Kind.PEOPLE)
    assert [(line.number, line.text("name")) for line in listed.lines] == [
        (4, "Nguyễn Thị Hoà"),
        (6, "Giàng A Páo"),
    ]
    assert said(listed.notes) == [
        "Trang “Lớp 6B” cũng có danh sách nhưng không được đọc. Hãy gửi thành tệp riêng."
    ]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_with_every_separator(delimiter: str) -> None:
    assert read(csv([HEAD, HOA], delimiter))[0].name == "Nguyễn Thị Hoà"
    first = f"sep={delimiter}\r\n".encode() + csv([HEAD, HOA], delimiter)[3:]
    assert [line.number for line in people_file.read(first, Kind.PEOPLE).lines] == [3]


def test_csv_of_old_machines_is_read_and_said() -> None:
    text = "\r\n".join(",".join(row) for row in (HEAD, HOA, HOA))
    listed = people_file.read(text.encode("utf-16"), Kind.PEOPLE)
    assert (listed.lines[0].text("unit"), listed.notes) == ("Phường Lào Cai", ())
    legacy = people_file.read(windows_1258(text), Kind.PEOPLE)
    assert legacy.lines[0].text("unit") == "Phường Lào Cai"
    assert said(legacy.notes)[0].startswith("Tệp dùng bảng mã Windows-1258")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Tệp không có dòng nào."),
        (csv([HEAD]), "Tệp không có dòng nào."),
        (csv([["a", "b"], ["c", "d"]]), "Thiếu cột “Họ và tên”."),
        (csv([["Họ và tên", "Ngày sinh"]]), "Thiếu cột “Đơn vị”."),
        (csv([HEAD, *([HOA] * 5001)]), "Tệp có quá 5000 dòng."),
        (b"%PDF-1.7", "Đây là tệp PDF."),
        (b"x" * (5 * 1024**2 + 1), "Tệp lớn hơn 5 MB."),
    ],
)
def test_what_is_no_list_is_refused_with_a_reason(data: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        people_file.read(data, Kind.PEOPLE)
    assert str(caught.value.problems["file"]).startswith(sentence)


@pytest.mark.parametrize(
    ("cell", "count"), [(1200, 1200), ("1.200", 1200), ("1,200", 1200), ("0", 0), ("nhiều", None)]
)
def test_headcounts_are_whole_numbers(cell: object, count: int | None) -> None:
    data = xlsx({"1": [["Mã đơn vị", "Sĩ số"], ["02647", cell]]})
    (line,) = people_file.read(data, Kind.HEADCOUNTS).lines
    row = people_file.count(line)
    assert (row.unit, row.headcount) == ("02647", count)
    assert bool(row.problems) is (count is None)


def test_the_trades_are_those_of_the_form() -> None:
    assert [(code, str(word)) for code, word in people_file.TRADES.items()] == [
        (code, str(word)) for code, word in forms.TRADES if code
    ]
