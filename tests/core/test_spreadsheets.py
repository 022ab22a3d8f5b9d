"""Workbooks from strangers: what cells say, and files made to harm."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from PIL import Image
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook as BookWriter

from contest.core import spreadsheets
from contest.core.spreadsheets import CellError, Merged, Row, Workbook
from contest.errors import Invalid

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MOST = 50_000_000


def written(fill):
    out = BytesIO()
    with BookWriter(out) as book:
        fill(book, book.add_worksheet("Một"))
    return out.getvalue()


def replaced(data, part, change):
    """Give the package with one part changed."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    return out.getvalue()


def raw(cells, prolog=b""):
    """Give a workbook whose only sheet holds this XML between <sheetData> and its end."""
    xml = f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'.encode()
    data = written(lambda _, sheet: sheet.write_string("A1", "x"))
    return replaced(data, "xl/worksheets/sheet1.xml", lambda _: prolog + xml)


def first(data):
    book = Workbook(data, most_bytes=MOST)
    return book.read(book.sheets[0])


def cells(data):
    return {row.number: dict(row.cells) for row in first(data).rows}


def test_values_are_what_a_person_sees():
    def fill(book, sheet):
        def styled(code):
            return book.add_format({"num_format": code})

        sheet.write_string("A1", "Câu\nhỏi <&> _x0041_")
        sheet.write_rich_string("B1", "đậm ", book.add_format({"bold": True}), "nhạt")
        sheet.write_number("C1", 12.0)
        sheet.write_number("D1", 0.1 + 0.2)
        sheet.write_boolean("E1", True)
        sheet.write_datetime("F1", datetime(2027, 12, 31), styled("dd/mm/yyyy"))  # noqa: DTZ001
        sheet.write_datetime("G1", datetime(2027, 12, 31, 7, 5), styled("d/m/yy hh:mm"))  # noqa: DTZ001
        sheet.write_number("H1", 0.75, styled("hh:mm"))
        sheet.write_number("I1", 0.5, styled("0%"))
        sheet.write_number("J1", 7, styled("000"))
        sheet.write_formula("K1", "=1+1", None, 2)
        sheet.write_formula("L1", '="a"', None, "kết quả")
        sheet.write_formula("M1", "=1/0", None, "#DIV/0!")
        sheet.write_number("N1", 1200, styled('#,##0 "đồng mỗi ngày"'))
        sheet.write_number("O1", -12.5)
        sheet.write_number("P1", 0.125, styled("0.0%"))

    assert list(cells(written(fill))[1].values()) == [
        "Câu\nhỏi <&> _x0041_",
        "đậm nhạt",
        Decimal(12),
        Decimal("0.3"),
        True,
        date(2027, 12, 31),
        "31/12/2027 07:05",
        "18:00",
        "50%",
        "007",
        Decimal(2),
        "kết quả",
        CellError("#DIV/0!"),
        Decimal(1200),
        Decimal("-12.5"),
        "12,5%",
    ]


def test_days_count_as_excel_counts_them():
    def fill(book, sheet):
        style = book.add_format({"num_format": "d/m/yyyy"})
        for row, serial in enumerate((1, 59, 61, 45000)):
            sheet.write_number(row, 0, serial, style)

    data = written(fill)
    days = [date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1), date(2023, 3, 15)]

    assert [row[1] for row in cells(data).values()] == days
    old = replaced(
        data,
        "xl/workbook.xml",
        lambda xml: xml.replace(b"<workbookPr ", b'<workbookPr date1904="1" '),
    )
    assert cells(old)[4][1] == date(2027, 3, 16)


def test_texts_are_those_another_reader_finds():
    texts = ["0012", " hai ", "ba\nbốn", "=1+1", "@x", "5", "", "😀"]

    def fill(_, sheet):
        for row, text in enumerate(texts):
            sheet.write_string(row, 2, text)

    data = written(fill)
    sheet = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0)
    theirs = [row[2] for row in sheet.to_python(skip_empty_area=False)]

    assert theirs == texts
    assert [row[3] for row in cells(data).values()] == [text for text in texts if text]


def test_hidden_rows_merged_cells_and_hidden_sheets_are_told():
    def fill(book, sheet):
        sheet.write_string("A1", "thấy")
        sheet.write_string("B3", "ẩn")
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.merge_range("C1:D4", "gộp")
        book.add_worksheet("Hai").hide()

    book = Workbook(written(fill), most_bytes=MOST)
    sheet = book.read(book.sheets[0])

    assert [(one.name, one.is_hidden) for one in book.sheets] == [("Một", False), ("Hai", True)]
    assert sheet.rows == (
        Row(1, {1: "thấy", 3: "gộp"}),
        Row(3, {2: "ẩn"}, is_hidden=True),
    )
    assert sheet.merged == (Merged(1, 4, 3),)


def test_pictures_stand_where_their_corner_is():
    def fill(_, sheet):
        sheet.insert_image(
            "B4", "a.png", {"image_data": BytesIO(picture()), "description": "Mã QR"}
        )

    (found,) = first(written(fill)).pictures

    assert (found.row, found.column, found.alt, found.data) == (4, 2, "Mã QR", picture())


def picture():
    out = BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, "PNG")
    return out.getvalue()


def test_cells_without_references_follow_each_other():
    found = cells(
        raw(
            '<row><c t="inlineStr"><is><t>a</t></is></c><c><v>2</v></c></row>'
            '<row><c r="C9"><v>3</v></c></row>'
        )
    )

    assert found == {1: {1: "a", 2: Decimal(2)}, 2: {3: Decimal(3)}}


def test_two_far_corners_cost_nothing():
    far = (
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    )

    assert cells(raw(far)) == {1: {1: Decimal(1)}, 1048576: {16384: Decimal(2)}}


def test_a_picture_in_a_cell_is_told_from_an_error():
    assert cells(raw('<row><c t="e" vm="1"><v>#VALUE!</v></c></row>')) == {
        1: {1: CellError("#VALUE!", is_picture=True)}
    }


def refusal(data, most=MOST):
    with pytest.raises(Invalid) as caught:
        first_with(data, most)
    return str(caught.value)


def first_with(data, most):
    book = Workbook(data, most_bytes=most)
    book.read(book.sheets[0])


DAMAGED = "Tệp Excel bị hỏng. Hãy mở bằng Excel, lưu lại rồi gửi lại."


@pytest.mark.parametrize(
    "cells",
    [
        '<row><c t="s"><v>5</v></c></row>',  # a string that is not there
        '<row r="1048577"><c><v>5</v></c></row>',
        '<row><c r="ZZZ1"><v>5</v></c></row>',
        "<row><c>",
        "&lol;",
    ],
)
def test_nonsense_is_refused(cells):
    assert refusal(raw(cells)) == DAMAGED


def test_entities_are_refused_before_anything_expands():
    bomb = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

    assert refusal(raw("<row><c><v>&b;</v></c></row>", bomb)).startswith(
        "Tệp XML có phần khai báo riêng"
    )
    outside = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    assert refusal(raw("<row><c><v>&b;</v></c></row>", outside)).startswith(
        "Tệp XML có phần khai báo riêng"
    )


def test_what_unpacks_to_too_much_is_refused():
    data = raw("<row/>" * 200_000)

    assert len(data) < 20_000
    assert refusal(data, 1_000_000) == "Tệp nén bung ra quá 1 MB. Hãy chia thành nhiều tệp nhỏ hơn."


def test_one_long_string_in_many_cells_is_counted(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_CHARACTERS", 1000)
    many = '<row><c t="inlineStr"><is><t>' + "x" * 500 + "</t></is></c>" + "<c/>" * 5 + "</row>"

    assert len(cells(raw(many * 2))) == 2
    assert refusal(raw(many * 3)) == "Tệp Excel có quá nhiều ô. Hãy chia thành nhiều tệp nhỏ hơn."


def test_empty_cells_are_counted_too(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_CELLS", 1000)

    assert cells(raw("<row>" + "<c/>" * 1000 + "</row>")) == {}
    assert refusal(raw("<row>" + "<c/>" * 1001 + "</row>")) == (
        "Tệp Excel có quá nhiều ô. Hãy chia thành nhiều tệp nhỏ hơn."
    )
