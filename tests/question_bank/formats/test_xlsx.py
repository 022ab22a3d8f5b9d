"""Excel workbooks: as we write them, as people fill them in, and as they arrive broken."""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook as BookWriter

from question_bank.formats import xlsx
from question_bank.formats.reading import CHANGED, FILE, LEFT_OUT, REFUSED
from question_bank.formats.sheets import template_text
from question_bank.formats.sheets.cells import KIND_TITLES
from question_bank.formats.sheets.columns import TITLES
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import NumberKey, OneKey
from tests.factories.questions import drafts

SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
HEADS = ("Câu hỏi", "A", "B", "Đáp án")


def written(*sheets):
    """Give a workbook with a sheet for each function, called with the book and its sheet."""
    out = BytesIO()
    with BookWriter(out) as book:
        for fill in sheets:
            fill(book, book.add_worksheet())
    return out.getvalue()


def rows(*lines):
    def fill(_, sheet):
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)

    return fill


def red_png():
    out = BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, "PNG")
    return out.getvalue()


def said(found):
    return [(one.place, str(one.what), one.done) for one in found]


@SLOW
@given(st.lists(drafts(), max_size=3, unique_by=lambda one: one.code))
def test_reads_back_what_it_wrote(questions):
    found = xlsx.read(xlsx.write(questions))

    assert (found.questions, found.problems) == (tuple(questions), ())


@SLOW
@given(st.data())
def test_a_mutated_file_is_never_raised_at(data):
    whole = bytearray(data.draw(st.sampled_from([PLAIN, xlsx.template()])))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    found = xlsx.read(bytes(whole))

    assert found.questions or found.problems or found.notes


@SLOW
@given(st.data())
def test_a_part_mutated_inside_is_never_raised_at(data):
    with ZipFile(BytesIO(PLAIN)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    content = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    found = xlsx.read(zipped(parts | {name: bytes(content)}))

    assert found.questions or found.problems or found.notes


def zipped(parts):
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def with_everything(book, sheet):
    rows(HEADS, ("Một?", "1", "2", "A"))(book, sheet)
    sheet.write_datetime("F2", datetime(2027, 1, 2), book.add_format({"num_format": "d/m/yyyy"}))  # noqa: DTZ001
    sheet.insert_image("A2", "a.png", {"image_data": BytesIO(red_png())})
    sheet.merge_range("G1:G3", "gộp")


PLAIN = written(with_everything)


def test_every_cell_is_text_also_what_looks_like_a_formula():
    (question,) = xlsx.read(written(rows(HEADS, ("'=1?", "x", "y", "A")))).questions
    dangerous = [
        type(question)(**{name: getattr(question, name) for name in question.__slots__} | {
            "text": "=cmd|' /C calc'!A0", "options": ("@a", "+b"), "source": "http://a.vn"
        })
    ]  # fmt: skip
    data = xlsx.write(dangerous)
    with ZipFile(BytesIO(data)) as package:
        sheet = package.read("xl/worksheets/sheet1.xml")

    assert b"<f>" not in sheet
    assert b"<hyperlink" not in sheet
    assert xlsx.read(data).questions == tuple(dangerous)


def test_numbers_dates_booleans_and_results_of_formulas_are_read_as_shown():
    def fill(book, sheet):
        rows(("Mã", *HEADS, "Hạn dùng"), (12.0, "Một?", 1.5, 0.5, None, None))(book, sheet)
        sheet.write_number("A2", 7, book.add_format({"num_format": "000"}))
        sheet.write_number("D2", 0.5, book.add_format({"num_format": "0%"}))
        sheet.write_formula("E2", '="B"', None, "B")
        style = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_datetime("F2", datetime(2027, 12, 31), style)  # noqa: DTZ001
        rows((), (), (12.0, "Hai?", None, None, True), (13, "Ba?", None, None, 0.1))(book, sheet)

    found = xlsx.read(written(fill))

    assert found.problems == ()
    first, second, third = found.questions
    assert (first.code, first.options, first.key) == ("007", ("1,5", "50%"), OneKey(1, 2))
    assert first.valid_until == date(2027, 12, 31)
    assert (second.code, second.type) == ("12", QuestionType.TRUE_FALSE)
    assert (third.code, third.key) == ("13", NumberKey(Decimal("0.1")))


def test_an_error_of_excel_is_a_problem_of_its_row_and_column():
    def fill(book, sheet):
        rows(HEADS, ("Một?", "1", "2", "A"), ("Hai?", None, "2", "A"))(book, sheet)
        sheet.write_formula("B3", "=1/0", None, "#DIV/0!")

    found = xlsx.read(written(fill))

    assert [one.text for one in found.questions] == ["Một?"]
    assert said(found.problems) == [("row 3", "Cột “A” có lỗi #DIV/0! của Excel.", LEFT_OUT)]


def test_hidden_rows_are_read_with_a_note_and_empty_ones_passed_over():
    def fill(book, sheet):
        rows(("Ngân hàng câu hỏi",), (), HEADS, ("Một?", "1", "2", "A"), (), (" ", "", "", ""))(
            book, sheet
        )
        sheet.set_row(3, None, None, {"hidden": True})

    found = xlsx.read(written(fill))

    assert [one.text for one in found.questions] == ["Một?"]
    assert said(found.notes) == [
        ("row 4", "Dòng này đang ẩn trong Excel nhưng vẫn được đọc.", CHANGED)
    ]


def test_a_topic_merged_over_rows_belongs_to_each_of_them():
    def fill(book, sheet):
        lines = [("", f"{number}?", "1", "2", "A") for number in range(4)]
        rows(("Chủ đề", *HEADS), *lines)(book, sheet)
        sheet.merge_range("A2:A3", "devices")
        sheet.merge_range("A4:A5", "scams")

    found = xlsx.read(written(fill))

    assert [one.topic for one in found.questions] == ["devices", "devices", "scams", "scams"]


def test_the_first_sheet_with_headings_is_read_and_the_others_are_named():
    data = written(
        rows(("Lời nói đầu",)),
        rows(HEADS, ("Một?", "1", "2", "A")),
        rows(HEADS, ("Hai?", "1", "2", "A"), ("Ba?", "1", "2", "A")),
        lambda book, sheet: (rows(HEADS, ("Bốn?", "1", "2", "A"))(book, sheet), sheet.hide()),
        rows(),
    )

    found = xlsx.read(data)

    assert [one.text for one in found.questions] == ["Một?"]
    assert said(found.problems) == [
        (
            FILE,
            (
                "Trang “Sheet3” cũng có 2 dòng câu hỏi nhưng không được đọc. "
                "Hãy chép sang trang đầu hoặc gửi thành tệp riêng."
            ),
            LEFT_OUT,
        )
    ]
    assert said(found.notes) == [
        (
            FILE,
            "Trang “Sheet1” không có dòng tiêu đề của câu hỏi nên không được đọc.",
            CHANGED,
        ),
        (FILE, "Trang “Sheet4” đang ẩn nên không được đọc.", CHANGED),
    ]


def pictured(*places):
    def fill(book, sheet):
        rows(HEADS, ("Một?", "1", "2", "A"), ("Hai?", "1", "2", "A"))(book, sheet)
        for place in places:
            options = {"image_data": BytesIO(red_png()), "description": "Hình đỏ"}
            sheet.insert_image(place, "a.png", options)

    return xlsx.read(written(fill))


@pytest.mark.parametrize("place", ["A3", "F3"])
def test_a_picture_lying_over_a_row_is_its_picture(place):
    found = pictured(place)
    name = hashlib.sha256(red_png()).hexdigest()[:16] + ".png"

    assert [(one.picture, one.picture_alt) for one in found.questions] == [
        (None, ""),
        (name, "Hình đỏ"),
    ]
    assert found.pictures == {name: red_png()}


@pytest.mark.parametrize(
    ("places", "sentence"),
    [
        (("A3", "F3"), "Mỗi câu hỏi chỉ có một hình; dòng này có 2."),
        (("C3",), "Hình đặt ở cột “B”; hệ thống chưa nhận hình trong phương án."),
    ],
)
def test_a_second_picture_or_one_in_an_option_leaves_the_row_out(places, sentence):
    found = pictured(*places)

    assert [one.text for one in found.questions] == ["Một?"]
    assert said(found.problems) == [("row 3", sentence, LEFT_OUT)]
    assert found.pictures == {}


def test_a_picture_of_no_row_is_noted():
    assert said(pictured("A9").notes) == [
        ("row 9", "Hình ở dòng này không thuộc câu hỏi nào nên đã bỏ qua.", CHANGED)
    ]


def docx():
    out = BytesIO()
    Document().save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "begin"),
    [
        (b"", "Tệp này không phải là tệp Excel (.xlsx)."),
        (docx(), "Đây là tệp Word (.docx)."),
        (b"%PDF-1.7", "Đây là tệp PDF."),
        (PLAIN[:-30], "Tệp này không phải là tệp Excel"),
        (zipped({"[Content_Types].xml": "sheet.macroEnabled.main+xml"}), "Đây là tệp có macro"),
        (bytes(20 * 1024**2 + 1), "Tệp lớn hơn 20 MB."),
        (written(rows(("a", "b"))), "Không thấy dòng tiêu đề."),
    ],
)
def test_another_file_is_refused_by_its_name(data, begin):
    (problem,) = xlsx.read(data).problems

    assert (problem.place, problem.done) == (FILE, REFUSED)
    assert str(problem.what).startswith(begin)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_nothing_is_raised(data):
    assert [one.done for one in xlsx.read(data).problems] == [REFUSED]


# The template


def test_the_empty_template_has_its_sheets_and_no_question():
    data = xlsx.template()
    found = xlsx.read(data)

    assert CalamineWorkbook.from_filelike(BytesIO(data)).sheet_names == [
        "Câu hỏi",
        "Hướng dẫn",
        "Ví dụ",
    ]
    assert (found.questions, found.problems) == ((), ())
    assert said(found.notes) == [(FILE, "Tệp chưa có câu hỏi nào dưới dòng tiêu đề.", CHANGED)]


def test_the_template_offers_lists_and_keeps_its_headings_in_sight():
    with ZipFile(BytesIO(xlsx.template())) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()

    assert '"Một đáp án,Nhiều đáp án,Đúng/Sai,Sắp xếp,Ghép đôi,Điền số"' in sheet
    assert '"Dễ,Trung bình,Khó"' in sheet
    assert 'state="frozen"' in sheet


def test_the_examples_are_questions_of_every_kind():
    heads = template_text.COLUMNS
    lines = [[row.get(head, "") for head in heads] for row in template_text.EXAMPLE_ROWS]

    found = xlsx.read(written(rows([head.title for head in heads], *lines)))

    assert (found.problems, found.notes) == ((), ())
    assert [one.type for one in found.questions] == list(QuestionType)


def test_every_column_and_kind_of_the_template_is_explained():
    explained = " ".join(f"{what} {how}" for what, how in template_text.LINES)

    titles = [TITLES[head.field] for head in template_text.COLUMNS]
    assert [title for title in (*titles, *KIND_TITLES.values()) if title not in explained] == []
