from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.formats import registry
from question_bank.formats.reading import CHANGED, FILE, LEFT_OUT, REFUSED
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)
from tests.factories.word import numbered, picture, with_picture, word, xml

ABCD = ["A. Hà Nội", "B. Huế", "C. Lào Cai", "D. Sa Pa"]
TEXTS = ("Hà Nội", "Huế", "Lào Cai", "Sa Pa")


def read(*paragraphs):
    return registry.read(word(*paragraphs), "docx")


def one(*paragraphs):
    """Read a file of one question that has nothing wrong."""
    found = read(*paragraphs)
    assert found.problems == ()
    (question,) = found.questions
    return question


def sentences(found):
    return [(problem.place, str(problem.what)) for problem in found.problems]


# How a question and its options begin


@pytest.mark.parametrize(
    "label",
    [
        *("Câu 1. ", "Câu 1: ", "CÂU 1) ", "câu hỏi 1. ", "Câu hỏi 1 ", "Bài 1: ", "1. ", "1) "),
        *("Câu 1 (0,25 điểm): ", "Câu 1 [NB]. ", "Câu 1 - ", "Ca\u0302u 1. "),
    ],
)
def test_every_way_to_begin_a_question(label):
    question = one(f"{label}Tỉnh nào?", *ABCD, "Đáp án: C")

    assert (question.text, question.options) == ("Tỉnh nào?", TEXTS)
    assert question.key == OneKey(2, 4)


@pytest.mark.parametrize("shape", ["{}. ", "{}) ", "{}: ", "{}/ ", "{}.", "({}) "])
@pytest.mark.parametrize("letters", ["ABCD", "abcd"])
def test_every_way_to_begin_an_option(shape, letters):
    options = [shape.format(letter) + text for letter, text in zip(letters, TEXTS, strict=True)]

    assert one("Câu 1. Tỉnh nào?", *options, "ĐA: B").options == TEXTS


@pytest.mark.parametrize(
    "lines",
    [
        ["A. Hà Nội\tB. Huế\tC. Lào Cai\tD. Sa Pa"],
        ["A. Hà Nội     B. Huế", "C. Lào Cai     D. Sa Pa"],
        ["A. Hà Nội B. Huế C. Lào Cai D. Sa Pa"],
        ["A. Hà Nội\nB. Huế\nC. Lào Cai\nD. Sa Pa"],
        [{"table": [["A. Hà Nội", "B. Huế"], ["C. Lào Cai", "D. Sa Pa"]]}],
        [{"table": [["A. Hà Nội", "C. Lào Cai"], ["B. Huế", "D. Sa Pa"]]}],
        [{"table": [["A", "Hà Nội", "B", "Huế"], ["C", "Lào Cai", "D", "Sa Pa"]]}],
    ],
)
def test_options_in_one_line_or_in_a_table(lines):
    assert one("Câu 1. Tỉnh nào?", *lines, "Đáp án: A").options == TEXTS


def test_options_in_the_line_of_the_question():
    question = one("Câu 1. Tỉnh nào?   A. Hà Nội   B. Huế", "Đáp án: B")

    assert (question.text, question.options) == ("Tỉnh nào?", ("Hà Nội", "Huế"))


def test_a_letter_inside_an_option_is_no_label():
    question = one("Câu 1. Ăn gì?", "A. Vitamin B. và muối", "B. Cơm", "Đáp án: A")

    assert question.options == ("Vitamin B. và muối", "Cơm")


def test_questions_and_options_numbered_by_word():
    found = read(
        numbered(
            *((0, "Tỉnh nào?"), (1, "Hà Nội"), (1, [("Huế", "b")])),
            *((0, "Màu nào?"), (1, [("Đỏ", "b")]), (1, "Xanh")),
        )
    )

    assert found.problems == ()
    assert [(each.text, each.options, each.key) for each in found.questions] == [
        ("Tỉnh nào?", ("Hà Nội", "Huế"), OneKey(1, 2)),
        ("Màu nào?", ("Đỏ", "Xanh"), OneKey(0, 2)),
    ]


def test_up_to_twenty_options():
    letters = "ABCDEFGHIJKLMNOPQRST"

    question = one(
        "Câu 1. Số?", *(f"{one}. số {at}" for at, one in enumerate(letters)), "Đáp án: T"
    )

    assert question.key == OneKey(19, 20)


def test_texts_of_several_paragraphs_and_numbered_statements():
    question = one(
        *("Câu 1. Cho các ý:", "1. Tắt máy", "2. Mở máy", "Ý nào đúng?"),
        *("A. Chỉ ý 1", "vì an toàn", "B. Chỉ ý 2", "Đáp án: A", "Lời giải: Vì", "an toàn."),
    )

    assert question.text == "Cho các ý:\n1. Tắt máy\n2. Mở máy\nÝ nào đúng?"
    assert question.options == ("Chỉ ý 1\nvì an toàn", "Chỉ ý 2")
    assert question.explanation == "Vì\nan toàn."


# How a key is shown


@pytest.mark.parametrize("look", ["b", "u", "red", "yellow", "b red"])
@pytest.mark.parametrize("where", ["option", "letter", "both"])
def test_a_key_shown_by_formatting(look, where):
    shown = {
        "option": ["B. ", ("Huế", look)],
        "letter": [("B", look), ". Huế"],
        "both": [("B. Huế", look)],
    }[where]

    question = one("Câu 1. Nào?", "A. Hà Nội", shown, "C. Lào Cai")

    assert question.key == OneKey(1, 3)
    assert (question.options, question.is_html) == (("Hà Nội", "Huế", "Lào Cai"), False)


def test_several_in_bold_are_several_right():
    question = one("Câu 1. Nào?", [("A. Một", "b")], "B. Hai", [("C. Ba", "b")])

    assert question.key == SeveralKey(frozenset({0, 2}), 3)


def test_options_in_one_line_keep_their_own_look():
    question = one("Câu 1. Nào?", ["A. Một    ", ("B. Hai", "u"), "    C. Ba"])

    assert (question.options, question.key) == (("Một", "Hai", "Ba"), OneKey(1, 3))


def test_all_in_bold_is_no_key():
    found = read("Câu 1. Nào?", [("A. Một", "b")], [("B. Hai", "b")])

    assert found.questions == ()
    assert sentences(found) == [("Câu 1 (đoạn 1)", "Câu hỏi không có đáp án nào được đánh dấu.")]


def test_bold_letters_of_a_whole_file_are_its_look():
    labelled = [[("A.", "b"), " Một"], [("B.", "b"), " Hai"]]

    found = read(
        *("Câu 1. Nào?", *labelled, "Đáp án: A", "Câu 2. Nào?", *labelled, "Đáp án: B"),
        *("Câu 3. Nào?", [("A.", "b"), " Một"], "B. Hai", "Đáp án: B"),
    )

    assert found.problems == ()
    assert [each.key.right for each in found.questions] == [0, 1, 1]


def test_a_red_one_among_blue_ones_stands_out():
    options = [[("A. Một", "blue")], [("B. Hai", "red")], [("C. Ba", "blue")]]

    assert one("Câu 1. Nào?", *options).key == OneKey(1, 3)


@pytest.mark.parametrize("line", ["*B. Huế", "B*. Huế", "B.* Huế", "B. Huế*", "* B. Huế"])
def test_a_key_shown_by_an_asterisk(line):
    question = one("Câu 1. Nào?", "A. Hà Nội", line)

    assert (question.options, question.key) == (("Hà Nội", "Huế"), OneKey(1, 2))


@pytest.mark.parametrize(
    ("line", "right"),
    [
        *(
            (text, {1})
            for text in ["Đáp án: B", "ĐA: b", "Đáp án đúng: B.", "=> Chọn B", "Đáp án B"]
        ),
        *((text, {1}) for text in ["Đáp án: B. Huế", "Chọn đáp án B.", "Đ/A: B", "Đáp án: Huế"]),
        *((text, {0, 2}) for text in ["Đáp án: A, C", "Đáp án: A và C", "Đáp án: AC", "ĐA: a;c"]),
        *((text, {0, 2}) for text in ["Đáp án: a) Đ, b) S, c) Đ", "Đáp án: Đ S Đ"]),
    ],
)
def test_a_line_of_the_answer(line, right):
    key = one("Câu 1. Nào?", "A. Hà Nội", "B. Huế", "C. Sa Pa", line).key

    assert key == (OneKey(min(right), 3) if len(right) == 1 else SeveralKey(frozenset(right), 3))


@pytest.mark.parametrize(
    "answers",
    [
        ["BẢNG ĐÁP ÁN", "1.A 2.B 3.C"],
        ["ĐÁP ÁN", "1-A, 2-B, 3-C"],
        ["1A  2B  3C"],
        ["--- HẾT ---", "Câu 1: A", "Câu 2: B", "Câu 3: C"],
        ["ĐÁP ÁN", {"table": [["Câu", "1", "2", "3"], ["Đáp án", "A", "B", "C"]]}],
        [{"table": [["Câu", "Đáp án"], ["1", "A"], ["2", "B"], ["3", "C"]]}],
        [{"table": [["1.A", "2.B", "3.C"]]}],
        [{"table": [["1", "2"], ["A", "B"], ["3", ""], ["C", ""]]}, "HẾT"],
    ],
)
def test_a_list_of_answers_at_the_end(answers):
    if isinstance(answers[0], dict) and answers[0]["table"][0] == ["1", "2"]:
        answers = ["ĐÁP ÁN", *answers]
    questions = [line for at in (1, 2, 3) for line in (f"Câu {at}. Nào?", "A. x", "B. y", "C. z")]

    found = read(*questions, *answers)

    assert found.problems == found.notes == ()
    assert [each.key.right for each in found.questions] == [0, 1, 2]


def test_numbers_that_begin_anew_are_matched_in_their_order():
    part = ["Câu 1. Nào?", "A. x", "B. y"]

    found = read("PHẦN I. Dễ", *part, "PHẦN II. Khó", *part, "ĐÁP ÁN", "1.A", "1.B")

    assert [(each.key.right, each.category) for each in found.questions] == [
        (0, "PHẦN I. Dễ"),
        (1, "PHẦN II. Khó"),
    ]


def test_a_table_for_several_papers_is_not_guessed_at():
    table = [["Câu", "Mã đề 101", "Mã đề 102"], ["1", "A", "B"]]

    found = read("Câu 1. Nào?", "A. x", "B. y", "ĐÁP ÁN", {"table": table})

    assert sentences(found) == [
        ("Câu 1 (đoạn 1)", "Bảng đáp án có nhiều mã đề nên không biết dùng cột nào.")
    ]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            [[("A. x", "b")], "B. y", "Đáp án: B"],
            "in đậm cho A, còn dòng “Đáp án” cho B.",
        ),
        (["*A. x", "B. y", "Đáp án: B"], "dấu * cho A, còn dòng “Đáp án” cho B."),
        (
            ["A. x", "B. y", "Đáp án: B", "BẢNG ĐÁP ÁN", "1. A"],
            "dòng “Đáp án” cho B, còn bảng đáp án cho A.",
        ),
        ([[("A. x", "b")], [("B. y", "u")], "C. z"], "in đậm cho A, còn gạch chân cho B."),
    ],
)
def test_two_ways_that_disagree_are_both_named(lines, sentence):
    found = read(
        "Câu 7. Nào?",
        *(line.replace("1. A", "7. A") if isinstance(line, str) else line for line in lines),
    )

    assert found.questions == ()
    assert sentences(found) == [("Câu 7 (đoạn 1)", f"Đáp án không thống nhất: {sentence}")]


# The kinds


@pytest.mark.parametrize(("answer", "right"), [("Đúng", True), ("Sai", False), ("S", False)])
def test_true_or_false_without_options(answer, right):
    assert one("Câu 1. Nước sôi ở 100 độ.", f"Đáp án: {answer}").key == TrueFalseKey(right)


def test_true_or_false_as_two_options():
    question = one("Câu 1. Nước sôi ở 100 độ.", "A. Đúng", [("B. Sai", "b")])

    assert (question.options, question.key) == ((), TrueFalseKey(right=False))


def test_a_number_with_its_tolerance_and_unit():
    question = one("Câu 1. Nặng bao nhiêu?", "Đáp án: 12,50 kg", "Sai số: 0,1")

    assert question.key == NumberKey(Decimal("12.5"), Decimal("0.1"))
    assert question.number_unit == "kg"


def test_a_number_that_can_be_read_two_ways_is_asked_about():
    assert sentences(read("Câu 1. Mấy?", "Đáp án: 12.000")) == [
        (
            "Câu 1 (đoạn 1)",
            "Số 12.000 có thể hiểu hai cách; hãy viết liền, hoặc dùng dấu phẩy thập phân.",
        )
    ]
    assert one("Câu 1. Mấy?", "Đáp án: 1.200.000").key == NumberKey(Decimal(1200000))


def test_an_order_by_numbers_or_letters():
    question = one("Câu 1. Sắp xếp:", "1. ba", "2. một", "3. hai", "Đáp án: 2-3-1")

    assert (question.text, question.options) == ("Sắp xếp:", ("một", "hai", "ba"))
    assert question.key == OrderingKey(3)
    lettered = one("Câu 1. Thứ tự nào?", "A. hai", "B. một", "Đáp án: B → A")
    assert lettered.options == ("một", "hai")


def test_two_columns_to_match():
    rows = [["Cột A", "Cột B"], ["1. Mèo", "a. Gâu"], ["2. Chó", "b. Meo"], ["", "c. Ò ó o"]]

    question = one("Câu 1. Ghép:", {"table": rows}, "Đáp án: 1-b, 2-a")

    assert question.options == ("Mèo", "Chó")
    assert question.rights == ("Gâu", "Meo", "Ò ó o")
    assert question.key == MatchingKey((1, 0), 3)


def test_kinds_that_cannot_be_held_are_refused_by_name():
    found = read(
        *("Câu 1. Hãy trình bày.", "Câu 2. Ai?", "Đáp án: Bác Hồ", "Câu 3. Vì sao?"),
        *("Loại: Tự luận", "Đáp án: A"),
    )

    assert sentences(found) == [
        (
            "Câu 1 (đoạn 1)",
            "Câu hỏi không có phương án và không có đáp án (tự luận hoặc thiếu phương án).",
        ),
        (
            "Câu 2 (đoạn 2)",
            "Câu hỏi không có phương án, và đáp án “Bác Hồ” không phải là số hay Đúng/Sai.",
        ),
        ("Câu 3 (đoạn 4)", "Loại câu hỏi “Tự luận” chưa dùng được ở đây."),
    ]


# What else is said of a question


def test_the_lines_about_a_question():
    question = one(
        *("Câu 1 (TH). Nào?", "A. x", "*B. y", "Phản hồi A: Chưa đúng", "Giải thích: Vì y."),
        *("Nguồn: SGK", "Chủ đề: Thiết bị", "Mức độ: Vận dụng", "Đối tượng: thanh niên, nông dân"),
        *("Mã: tb-01", "Hạn dùng: 31/12/2027", "Từ khoá: máy; điện"),
    )

    assert question.feedback.options == ("Chưa đúng", "")
    assert (question.explanation, question.source, question.topic) == ("Vì y.", "SGK", "Thiết bị")
    assert (question.difficulty, question.audiences) == (3, ("thanh niên", "nông dân"))
    assert (question.code, question.tags) == ("tb-01", ("máy", "điện"))
    assert question.valid_until.isoformat() == "2027-12-31"


def test_headings_are_folders():
    tail = ["A. x", "*B. y"]

    found = read(
        *(("# ", "Tin học"), ("## ", "Bài mở đầu"), "Câu 1. Một?", *tail),
        *(("## ", "Mạng"), "Câu 2. Hai?", *tail, "Chương 2. Máy in", "Câu 3. Ba?", *tail),
    )

    assert [each.category for each in found.questions] == [
        "Tin học/Bài mở đầu",
        "Tin học/Mạng",
        "Tin học/Chương 2. Máy in",
    ]


def test_what_stands_before_the_first_question_is_quoted_in_one_note():
    found = read(
        {"table": [["SỞ GIÁO DỤC", "ĐỀ THI"]]},
        *("Họ và tên: ........", "Câu 1. Nào?", "A. x", "*B. y", "--- HẾT ---"),
        "Giám thị không giải thích gì thêm.",
    )

    assert [(note.place, str(note.what), note.done) for note in found.notes] == [
        (
            FILE,
            (
                "Phần trước câu hỏi đầu tiên không được đọc: “SỞ GIÁO DỤC · ĐỀ THI · "
                "Họ và tên: ........”."
            ),
            CHANGED,
        )
    ]


def test_questions_after_the_end_are_told_of():
    body = ["Nào?", "A. x", "*B. y"]

    found = read("Câu 1. " + body[0], *body[1:], "HẾT", "Câu 1. " + body[0], *body[1:])

    assert len(found.questions) == 1
    assert sentences(found) == [
        (
            "Câu 1 (đoạn 5)",
            "Câu này nằm sau dòng HẾT hoặc bảng đáp án nên không được đọc.",
        )
    ]


def test_a_missing_label_of_a_question_is_seen():
    found = read("Câu 1. Nào?", "A. x", "*B. y", "Câu không số?", "A. z", "*B. t")

    assert found.questions == ()
    assert [place for place, _ in sentences(found)] == ["Câu 1 (đoạn 1)"]


def test_a_code_used_twice_is_read_once():
    lines = ["A. x", "*B. y", "Mã: q1"]

    found = read("Câu 1. Một?", *lines, "Câu 2. Hai?", *lines)

    assert len(found.questions) == 1
    assert [place for place, _ in sentences(found)] == ["Câu 2 (đoạn 5)"]


# Marks, pictures, equations


def test_marks_that_matter_become_html():
    question = one(["Câu 1. H", ("2", "sub"), "O ", ("không", "b"), " là?"], "A. x<y", "*B. y")

    assert question.is_html
    assert question.text == "H<sub>2</sub>O <b>không</b> là?"
    assert question.options == ("x&lt;y", "y")


def test_a_question_all_in_bold_stays_plain():
    question = one([("Câu 1. Nào?", "b")], "A. x", [("B. y", "b u")])

    assert (question.text, question.options, question.is_html) == ("Nào?", ("x", "y"), False)


def test_a_picture_comes_along_with_its_description():
    data = picture()
    question_and_picture = with_picture("Câu 1. Hình gì?", data, alt="Ô đỏ")

    found = read(question_and_picture, "A. Đỏ", "*B. Xanh")

    (question,) = found.questions
    assert dict(found.pictures) == {question.picture: data}
    assert (question.text, question.picture_alt) == ("Hình gì?", "Ô đỏ")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            [
                with_picture("Câu 1. Hình gì?", picture()),
                with_picture("", picture("blue")),
                *("A. x", "*B. y"),
            ],
            "Câu hỏi có nhiều hơn một hình.",
        ),
        (
            ["Câu 1. Nào?", with_picture("A. ", picture()), "*B. y"],
            "Hình nằm trong phương án hoặc lời giải; chỉ dùng được hình ở phần hỏi.",
        ),
        (
            [with_picture("Câu 1. Nào?", picture(kind="BMP")), "A. x", "*B. y"],
            "Câu hỏi có hình kiểu lạ (EMF, WMF, BMP…) nên không đọc trọn được.",
        ),
        (
            [
                xml(
                    "<w:r><w:t>Câu 1. Tính </w:t></w:r><w:r><w:object>"
                    '<o:OLEObject ProgID="Equation.DSMT4"/></w:object></w:r>'
                ),
                *("A. x", "*B. y"),
            ],
            "Câu hỏi có công thức MathType nên không đọc trọn được.",
        ),
        (
            [
                xml(
                    "<w:r><w:t>Câu 1. Tính </w:t></w:r><m:oMath><m:m><m:mr><m:e/></m:mr></m:m>"
                    "</m:oMath>"
                ),
                *("A. x", "*B. y"),
            ],
            "Câu hỏi có công thức toán nên không đọc trọn được.",
        ),
    ],
)
def test_what_cannot_be_held_leaves_the_question_out_by_name(lines, sentence):
    found = read(*lines)

    assert found.questions == ()
    assert [(problem.done, str(problem.what)) for problem in found.problems] == [
        (LEFT_OUT, sentence)
    ]


def test_simple_equations_become_text():
    def r(text):
        return f"<m:r><m:t>{text}</m:t></m:r>"

    question = one(
        xml(
            "<w:r><w:t>Câu 1. Tính </w:t></w:r><m:oMath>"
            f"<m:f><m:num>{r('x+1')}</m:num><m:den>{r('2')}</m:den></m:f>{r('+')}"
            f"<m:sSup><m:e>{r('a')}</m:e><m:sup>{r('2')}</m:sup></m:sSup>{r('+')}"
            f"<m:rad><m:deg/><m:e>{r('bc')}</m:e></m:rad></m:oMath>"
        ),
        *("A. x", "*B. y"),
    )

    assert question.text == "Tính (x+1)/2+a<sup>2</sup>+√(bc)"


def test_a_table_of_the_question_is_kept():
    question = one("Câu 1. Xem bảng:", {"table": [["Năm", "Số"], ["2024", "5"]]}, "A. x", "*B. y")

    assert question.is_html
    assert question.text == (
        "Xem bảng:<br><table><tbody><tr><td>Năm</td><td>Số</td></tr>"
        "<tr><td>2024</td><td>5</td></tr></tbody></table>"
    )


def test_insertions_are_read_deletions_are_not_and_it_is_said_once():
    found = read(
        xml(
            '<w:r><w:t xml:space="preserve">Câu 1. Nơi </w:t></w:r>'
            '<w:ins w:id="1" w:author="a"><w:r><w:t>nào?</w:t></w:r></w:ins>'
            '<w:del w:id="2" w:author="a"><w:r><w:delText>đâu?</w:delText></w:r></w:del>'
            '<w:r><w:commentReference w:id="3"/></w:r><w:r><w:footnoteReference w:id="4"/></w:r>'
        ),
        *("A. x", "*B. y"),
    )

    assert [each.text for each in found.questions] == ["Nơi nào?"]
    assert [(note.place, str(note.what)) for note in found.notes] == [
        (FILE, "Tệp có thay đổi chưa duyệt: chữ thêm vào được đọc, chữ đã xoá thì không."),
        (FILE, "Các nhận xét (comment) trong tệp không được đọc."),
        ("Câu 1 (đoạn 1)", "Câu hỏi có chú thích cuối trang; phần đó không được đọc."),
    ]


@pytest.mark.parametrize(
    ("font", "old", "text"),
    [
        (".VnTime", "ViÖt Nam", "Việt Nam"),
        (".VnTimeH", "viÖt nam", "VIỆT nam".upper()),
        ("VNI-Times", "Vieät Nam", "Việt Nam"),
        (".VnTime", "Việt Nam", "Việt Nam"),
    ],
)
def test_old_fonts_are_turned_into_unicode(font, old, text):
    question = one(["Câu 1. ", (old, f"font:{font}")], "A. x", "*B. y")

    assert question.text.upper() == text.upper() if font == ".VnTimeH" else question.text == text


# Files that are no such file


def test_whatever_is_no_word_file_is_refused():
    cases = {
        b"": "Tệp này không phải là tệp Word (.docx).",
        b"%PDF-1.7": "Đây là tệp PDF. Hãy gửi tệp Word hoặc Excel gốc.",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument\0".encode("utf-16-le"): (
            "Đây là tệp Word đời cũ (.doc). Hãy mở bằng Word và lưu lại thành .docx."
        ),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage\0".encode("utf-16-le"): (
            "Tệp có mật khẩu. Hãy bỏ mật khẩu rồi gửi lại."
        ),
        word("Thư mời họp"): (
            "Không thấy câu hỏi nào trong tệp. Mỗi câu hãy bắt đầu bằng “Câu 1.”, “Câu 2.”…"
        ),
        changed(word("Câu 1. x"), "word/vbaProject.bin", b"macro"): (
            "Đây là tệp có macro nên không được nhận. Hãy lưu lại không kèm macro."
        ),
        changed(word("Câu 1. x"), "word/document.xml", b"\0" * (201 * 1024 * 1024)): (
            "Tệp nén bung ra quá 200 MB. Hãy chia thành nhiều tệp nhỏ hơn."
        ),
        changed(
            word("Câu 1. x"),
            "word/document.xml",
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        ): (
            "Tệp XML có phần khai báo riêng (DOCTYPE với thực thể). "
            "Vì an toàn, tệp như vậy không được đọc."
        ),
    }

    for data, sentence in cases.items():
        found = registry.read(data, "docx")
        assert [(one.place, str(one.what), one.done) for one in found.problems] == [
            (FILE, sentence, REFUSED)
        ]


def changed(data, name, content):
    """Give the archive with one part put in the place of another, or added."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return out.getvalue()


def test_a_linked_picture_is_never_fetched():
    def link(document):
        with_picture("Câu 1. Hình gì?", picture())(document)
        relations = document.part.rels
        linked = relations.get_or_add_ext_rel(
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image",
            "http://192.0.2.1/x.png",
        )
        for blip in document.element.iter("{*}blip"):
            blip.set(f"{{{blip.nsmap['r']}}}embed", linked)

    found = read(link, "A. x", "*B. y")

    assert [str(problem.what) for problem in found.problems] == [
        "Câu hỏi có hình liên kết ra ngoài tệp nên không đọc trọn được."
    ]


WHOLE = word("Câu 1. Nào?", "A. x", "*B. y", {"table": [["1", "2"], ["A", "B"]]})


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=8))
def test_a_spoilt_file_never_raises(at, bits):
    registry.read(WHOLE[:at] + bits + WHOLE[at + len(bits) :], "docx")


PIECES = ["Câu 1.", "Câu 2", "3.", "A. x", "*B. y", "c) z", "A. x\tB. y", "Đáp án: B", "ĐA: 1-b"]
PIECES += ["HẾT", "BẢNG ĐÁP ÁN", "1.A 2.B 3.C", "Lời giải", "PHẦN I", "Sắp xếp", "x", "", "*"]
PIECES += [
    "Loại: Ghép đôi",
    "Loại: Sắp xếp",
    "Trọng số: 1;0",
    "[en] Phương án A: x",
    "Phản hồi C: x",
]
PIECES += ["Hạn dùng: 31/02/2027", "Mức độ: lạ", "Sai số: -1", "Đáp số khác: 1 ± 2 (3)", "Mã: -"]
TABLES = st.sampled_from(
    ["", "1", "A", "1. x", "b. y", "Câu", "Đáp án", "Cột A", "Cột B", "Câu 5. z"]
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(PIECES)
        | st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["b", "", "red sup"])))
        | st.lists(st.lists(TABLES, min_size=2, max_size=2), min_size=1, max_size=3).map(
            lambda rows: {"table": rows}
        ),
        max_size=12,
    )
)
def test_whatever_the_lines_reading_never_raises(lines):
    registry.read(word(*lines), "docx")


def test_the_alias_reads_the_same():
    assert registry.read(saved_question(), "word") == registry.read(saved_question(), "docx")


def saved_question():
    return word("Câu 1. Nào?", "A. x", "*B. y")


def test_the_kind_of_each_question_is_told():
    found = read(
        "Câu 1. Nào?", "A. x", "*B. y", "2. Mấy?", "Đáp án: 4", "3) Phải không?", "ĐA: Đúng"
    )

    assert [each.type for each in found.questions] == [
        QuestionType.ONE,
        QuestionType.NUMBER,
        QuestionType.TRUE_FALSE,
    ]
