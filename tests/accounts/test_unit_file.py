"""Units in CSV and Excel as people really save them, and files made to harm."""

import io
import random
import zipfile
from xml.sax.saxutils import escape

import pytest

from contest.accounts import unit_file
from contest.accounts.unit_file import UnitRow
from contest.config import ROOT
from contest.errors import Invalid

HEAD = ["mã", "tên", "loại", "mã đơn vị cấp trên", "khối", "sĩ số"]
SCHOOL = UnitRow("kd", "Trường THCS Kim Đồng", "school", "02647", "trường học", 1200)
BAD_CODE = (
    "Mã đơn vị chỉ gồm chữ cái không dấu, chữ số, dấu chấm, gạch nối, gạch dưới, "
    "và bắt đầu bằng chữ cái hoặc chữ số."
)
CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def relation(target: str, kind: str) -> str:
    return (
        f'<Relationships xmlns="{RELATIONS}">'
        f'<Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>'
    )


def xlsx(rows: list[list[object]]) -> bytes:
    """Write the smallest workbook a spreadsheet program would open."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = ""
        for column, value in zip("ABCDEFGH", row, strict=False):
            place = f"{column}{number}"
            if isinstance(value, int | float):
                cells += f'<c r="{place}"><v>{value}</v></c>'
            elif value:
                text = escape(str(value))
                cells += f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
        lines.append(f'<row r="{number}">{cells}</row>')
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", CONTENT_TYPES)
        package.writestr("_rels/.rels", relation("xl/workbook.xml", "officeDocument"))
        package.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels", relation("worksheets/sheet1.xml", "worksheet")
        )
        package.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{SHEET}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
        )
    return data.getvalue()


def sentences(data: bytes) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        unit_file.read(data)
    return {place: str(problem) for place, problem in caught.value.problems.items()}


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_is_read_as_excel_saves_it(delimiter: str, mark: str, end: str) -> None:
    row = ["kd", "Trường THCS Kim Đồng", "Trường học", "02647", "trường học", "1.200"]
    text = mark + delimiter.join(HEAD) + end + delimiter.join(row) + end
    assert unit_file.read(text.encode()) == [SCHOOL]


def test_excel_is_read_with_numbers_as_numbers() -> None:
    row = ["kd", "Trường THCS Kim Đồng", "trường", "02647", "trường học", 1200.0]
    assert unit_file.read(xlsx([HEAD, row])) == [SCHOOL]
    as_number = [15, "Tỉnh Lào Cai", "tỉnh", "", "", ""]
    assert unit_file.read(xlsx([HEAD, as_number]))[0].code == "15"


@pytest.mark.parametrize("written", ["1200", "1.200", '"1,200"'])
def test_a_headcount_may_have_its_thousands_apart(written: str) -> None:
    text = f"{','.join(HEAD)}\nkd,Trường,trường,02647,,{written}\n"
    assert unit_file.read(text.encode())[0].headcount == 1200


def test_a_part_of_a_person_in_excel_is_no_thousands() -> None:
    for value in (1.2, 45.125, 45.1234):
        assert sentences(xlsx([HEAD, ["a", "A", "xã", "", "", value]])) == {
            "2": "Sĩ số phải là số nguyên."
        }


@pytest.mark.parametrize("code", ["15", "02647", "kd", "THCS_Kim-Dong.2", "9a"])
def test_codes_that_fit_an_address_are_taken(code: str) -> None:
    text = f"{','.join(HEAD)}\n{code},Trường,trường,,,\n"
    assert unit_file.read(text.encode())[0].code == code


def test_bad_rows_of_a_workbook_keep_their_numbers_past_empty_lines() -> None:
    data = xlsx(
        [HEAD, ["a", "A", "xã", "", "", 45.5], [], ["b", "", "xã"], ["c", "C", "xã", "", "", ""]]
    )
    assert sentences(data) == {
        "2": "Sĩ số phải là số nguyên.",
        "4": "Tên đơn vị cần từ 1 đến 200 ký tự.",
    }


def test_the_units_that_come_with_the_site_are_read() -> None:
    rows = unit_file.read((ROOT / "contest/data/units_lao_cai.csv").read_bytes())
    assert len(rows) == 100
    assert {row.kind for row in rows} == {"province", "commune"}


def bomb() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"0" * (61 * 1024**2))
    return data.getvalue()


def lying_bomb() -> bytes:
    """Declare ten bytes where far more are packed."""
    data = bomb()
    size = (61 * 1024**2).to_bytes(4, "little")
    return data.replace(size, (10).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Tệp không có dòng nào."),
        (b"\n \n,,,\n", "Tệp không có dòng nào."),
        ("tên\nA\n".encode(), "Thiếu cột “Mã”."),
        ("mã,tên\n".encode("utf-16"), "Thiếu cột “Loại”."),
        ((",".join(HEAD) + "\n").encode(), "Tệp không có dòng nào."),
        ("mã,tên,loại\0".encode(), "Đây không phải là tệp văn bản."),
        (b'a,"' + b"x" * 200_000, "Tệp này không phải CSV hay Excel"),
        (b"PK\x03\x04 not a zip", "Tệp này không phải CSV hay Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old .xls", "Đây là tệp Excel đời cũ"),
        (b"%PDF-1.7", "Đây là tệp PDF."),
        (bomb(), "Tệp này không phải CSV hay Excel"),
        (lying_bomb(), "Tệp này không phải CSV hay Excel"),
        (b"x" * (5 * 1024**2 + 1), "Tệp lớn hơn 5 MB."),
        ((",".join(HEAD) + "\n").encode() + b"m\n" * 50_001, "Tệp có quá 50000 dòng."),
    ],
)
def test_what_is_no_list_of_units_is_refused_with_a_reason(data: bytes, sentence: str) -> None:
    assert sentences(data)["file"].startswith(sentence)


def test_no_damage_to_a_workbook_gets_past_us() -> None:
    whole = xlsx([HEAD, ["kd", "Trường", "trường", "", "", 1]])
    chance = random.Random(5)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(2, len(data))] = chance.randrange(256)
        try:
            unit_file.read(bytes(data))
        except Invalid as error:
            assert error.problems  # noqa: PT017 -- either it reads or it says why


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("x" * 41 + ",A,xã,", "Mã đơn vị cần từ 1 đến 40 ký tự."),
        (",A,xã,", "Mã đơn vị cần từ 1 đến 40 ký tự."),
        *((f"{code},A,xã,", BAD_CODE) for code in ("TH/01", "../a b?x=%41", "..", "-a", "Trường")),
        ("a,A,xã,,,1.20", "Sĩ số phải là số nguyên."),
        ('a,A,xã,,,"1,200.300"', "Sĩ số phải là số nguyên."),
        ("a," + "A" * 201 + ",xã,", "Tên đơn vị cần từ 1 đến 200 ký tự."),
        ("a,A,xã,," + "k" * 61, "Tên khối dài quá 60 ký tự."),
        ("a,A,xã,,,-5", "Sĩ số phải là số nguyên."),
        ("a,A,xã,,,1.2", "Sĩ số phải là số nguyên."),
        ("a,A,xã,,,1234567890", "Sĩ số quá lớn."),
    ],
)
def test_each_wrong_row_says_what_is_wrong(row: str, sentence: str) -> None:
    data = (",".join(HEAD) + "\n" + row + "\n").encode()
    assert sentences(data) == {"2": sentence}
