"""CSV: how it was written is found out; the columns mean what organizers write over them."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from question_bank.formats import csv
from question_bank.formats.reading import (
    CHANGED,
    FILE,
    LEFT_OUT,
    REFUSED,
    DraftQuestion,
    Feedback,
    Parallel,
)
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)
from tests.factories.questions import drafts

SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
USUAL = "Câu hỏi;A;B;C;D;Đáp án\n"


def read(text):
    return csv.read(text.encode())


def only(text):
    found = read(text)
    assert found.problems == ()
    (question,) = found.questions
    return question


def complaints(text):
    return [(one.place, str(one.what), one.done) for one in read(text).problems]


def complaint(text):
    ((place, said, done),) = complaints(text)
    assert (place, done) == ("row 2", LEFT_OUT)
    return said


@SLOW
@given(st.lists(drafts(), max_size=3, unique_by=lambda one: one.code))
def test_reads_back_what_it_wrote(questions):
    found = csv.read(csv.write(questions))

    assert (found.questions, found.problems) == (tuple(questions), ())


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_the_bytes_nothing_is_raised(data):
    found = csv.read(data)

    assert found.questions or found.problems or found.notes


@SLOW
@given(st.data())
def test_a_mutated_file_is_never_raised_at(data):
    whole = bytearray(csv.write(data.draw(st.lists(drafts(code=False), min_size=1, max_size=2))))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    found = csv.read(bytes(whole))

    assert found.questions or found.problems or found.notes


def test_a_file_begins_as_excel_wants_it():
    assert csv.write([]).startswith("\ufeffMã,Loại,Chủ đề,Mức độ,Đối tượng,Câu hỏi".encode())


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_delimiter_and_the_encoding_are_found_out(delimiter, encoding, end):
    lines = ["Câu hỏi|A|B|Đáp án", '"Hai\ndòng, ba; bốn"|Một|Hai|B']
    text = end.join(lines).replace("|", delimiter) + end

    (question,) = csv.read(text.encode(encoding)).questions

    assert (question.text, question.key) == ("Hai\ndòng, ba; bốn", OneKey(1, 2))


def test_a_line_naming_the_delimiter_is_obeyed():
    assert only("sep=;\nCâu hỏi;A;B;Đáp án\nMột?;1,2;3;A\n").options == ("1,2", "3")


def test_an_unclosed_quote_refuses_the_file_where_it_opens():
    found = read(USUAL + 'Một?;1;2;3;4;A\n"Hai?;1;2;3;4;A\nBa?;1;2;3;4;A\n')

    assert found.questions == ()
    assert [(one.place, one.done) for one in found.problems] == [("row 3", REFUSED)]


def test_what_excel_would_run_is_quoted_and_comes_back():
    question = only(USUAL + "'=1+1;'@a;-5;'+x;''=y;A\n")
    written = csv.write([question]).decode("utf-8-sig")

    assert (question.text, question.options) == ("=1+1", ("@a", "-5", "+x", "'=y"))
    assert "'=1+1,'@a,-5,'+x,''=y,A" in written
    assert csv.read(written.encode()).questions == (question,)


@pytest.mark.parametrize(
    "heading",
    [
        "Câu hỏi;Phương án A;Phương án B;Phương án C;Phương án D;Đáp án",
        "NỘI DUNG CÂU HỎI;Đáp án A;Đáp án B;Đáp án C;Đáp án D;Đáp án đúng",
        "cau hoi (bắt buộc);lựa chọn 1;lựa chọn 2;lựa chọn 3;lựa chọn 4;ket qua",
        "Question;Option A;Option B;Option C;Option D;Answer",
        "Question Text;Answer 1;Answer 2;Answer 3;Answer 4;Correct answer(s)",
        "Tổng hợp\n\nCâu hỏi;a;b;c;d;key",
    ],
)
@pytest.mark.parametrize(
    "answer", ["B", "b.", "Đáp án B", "hai", "B. Hai", "2"], ids=lambda text: text
)
def test_headings_and_answers_of_many_kinds(heading, answer):
    question = only(f"{heading}\nMấy?;Một;Hai;Ba;Bốn;{answer}\n")

    assert (question.type, question.options) == (QuestionType.ONE, ("Một", "Hai", "Ba", "Bốn"))
    assert question.key == OneKey(1, 4)


@pytest.mark.parametrize("answer", ["A,C", "a C", '"A;C"', "AC", "A và C", "1,3", '"Một\nBa"'])
def test_several_answers(answer):
    question = only(f"{USUAL}Mấy?;Một;Hai;Ba;Bốn;{answer}\n")

    assert (question.type, question.key) == (
        QuestionType.SEVERAL,
        SeveralKey(frozenset({0, 2}), 4),
    )


def test_columns_stand_in_any_order_and_unknown_ones_are_named():
    found = read("STT;Đáp án;B;Ghi chú;A;Câu hỏi\n1;B;Hai;xong;Một;Mấy?\n")

    assert [(one.options, one.key) for one in found.questions] == [(("Một", "Hai"), OneKey(1, 2))]
    assert [(one.place, str(one.what), one.done) for one in found.notes] == [
        ("row 1", "Cột “Ghi chú” không có ý nghĩa với hệ thống nên đã bỏ qua.", CHANGED)
    ]


@pytest.mark.parametrize(
    ("row", "kind", "key"),
    [
        ("Đúng?;;;;;Đúng", QuestionType.TRUE_FALSE, TrueFalseKey(right=True)),
        ("Đúng?;;;;;s", QuestionType.TRUE_FALSE, TrueFalseKey(right=False)),
        ("Đúng?;;;;;FALSE", QuestionType.TRUE_FALSE, TrueFalseKey(right=False)),
        ("Số?;;;;;3,50", QuestionType.NUMBER, NumberKey(Decimal("3.5"))),
        ("Số?;;;;;9..11", QuestionType.NUMBER, NumberKey(Decimal(10), Decimal(1))),
        ("Số?;;;;;từ 9 đến 11", QuestionType.NUMBER, NumberKey(Decimal(10), Decimal(1))),
        ("Nối?;a = 1;b -> 2;c => 1;;", QuestionType.MATCHING, MatchingKey((0, 1, 0), 2)),
    ],
)
def test_a_kind_left_out_is_inferred(row, kind, key):
    question = only(f"{USUAL}{row}\n")

    assert (question.type, question.key) == (kind, key)


@pytest.mark.parametrize(
    ("named", "row", "key"),
    [
        ("Một lựa chọn", "A;B;C;B", OneKey(1, 3)),
        ("single choice", "A;B;C;B", OneKey(1, 3)),
        ("Trắc nghiệm", "A;B;C;A,B", SeveralKey(frozenset({0, 1}), 3)),
        ("Nhiều đáp án", "x;y;z;B", SeveralKey(frozenset({1}), 3)),
        ("Đúng / Sai", "Đúng;Sai;;B", TrueFalseKey(right=False)),
        ("Sắp xếp", "x;y;z;", OrderingKey(3)),
        ("Ghép đôi", "x = 1;y = 2;z = 3;", MatchingKey((0, 1, 2), 3)),
        ("Điền số", ";;;12", NumberKey(Decimal(12))),
    ],
)
def test_a_kind_is_named_in_words(named, row, key):
    assert only(f"Loại;Câu hỏi;A;B;C;Đáp án\n{named};Gì?;{row}\n").key == key


def test_an_ordering_may_say_its_order():
    question = only("Loại;Câu hỏi;A;B;C;Đáp án\nSắp xếp;Xếp;hai;ba;một;C-A-B\n")

    assert question.options == ("một", "hai", "ba")


def test_a_matching_in_columns_with_decoys_and_shared_right_sides():
    question = only(
        "Câu hỏi;A;B;C;Vế phải 1;Vế phải 2;Vế phải thừa;Đáp án\n"
        'Nối;x;y;z;một;hai;"ba, bốn";"A-2; B-1, c-2"\n'
    )

    assert (question.options, question.rights) == (("x", "y", "z"), ("một", "hai", "ba", "bốn"))
    assert question.key == MatchingKey((1, 0, 1), 4)


@pytest.mark.parametrize(
    ("weights", "key"),
    [
        ("100; 50; -25", OneKey(0, 3, (Fraction(1), Fraction(1, 2), Fraction(-1, 4)))),
        ("100 33,33 -1/3", OneKey(0, 3, (Fraction(1), Fraction(1, 3), Fraction(-1, 3)))),
        ("100%;0%;0%", OneKey(0, 3)),
        ("50;50;-50", SeveralKey(frozenset({0, 1}), 3, (Fraction(1, 2),) * 2 + (Fraction(-1, 2),))),
    ],
)
def test_weights_may_stand_for_the_answer(weights, key):
    question = only(f'Câu hỏi;A;B;C;Trọng số\nMấy?;x;y;z;"{weights}"\n')

    assert question.key == key


def test_a_number_has_ranges_a_tolerance_and_a_unit():
    question = only(
        "Câu hỏi;Đáp án;Sai số;Khoảng đáp án khác;Đơn vị đo\n"
        'Bao xa?;12,5;0.5;"20 ± 1 = 50; 30..32 = 1/3; 40";km\n'
    )

    assert question.number_unit == "km"
    assert question.key == NumberKey(
        Decimal("12.5"),
        Decimal("0.5"),
        (
            NumberRange(Decimal(20), Decimal(1), Fraction(1, 2)),
            NumberRange(Decimal(31), Decimal(1), Fraction(1, 3)),
            NumberRange(Decimal(40)),
        ),
    )


def test_all_that_is_said_of_a_question():
    question = only(
        "Mã;Chủ đề;Độ khó;Đối tượng;Câu hỏi;A;B;Đáp án;Giải thích;Nguồn;Hạn dùng;Hình;Mô tả hình;"
        "Phản hồi B;Phản hồi khi đúng;Tên câu hỏi;Thư mục;Từ khóa;Question (en);Option A (en);"
        "Option B (en)\n"
        '001;devices;Thông hiểu;"elderly, everybody";Nút?;X;Y;A;Vì thế;Sổ tay;31/12/2027;qr.png;'
        'Mã QR;Chưa;Hay;Câu 1;a/b;"mạng;""x;y""";Which?;P;Q\n'
    )

    assert question == DraftQuestion(
        code="001",
        type=QuestionType.ONE,
        topic="devices",
        difficulty=2,
        audiences=("elderly", "everybody"),
        text="Nút?",
        options=("X", "Y"),
        rights=(),
        key=OneKey(0, 2),
        explanation="Vì thế",
        source="Sổ tay",
        valid_until=date(2027, 12, 31),
        picture="qr.png",
        picture_alt="Mã QR",
        parallel={"en": Parallel("Which?", ("P", "Q"))},
        name="Câu 1",
        category="a/b",
        tags=("mạng", "x;y"),
        feedback=Feedback(("", "Chưa"), right="Hay"),
    )


def test_html_is_made_safe_and_what_goes_is_told():
    found = read("Câu hỏi;A;B;Đáp án;Định dạng\n<b>x</b><script>y</script>;1;2;A;HTML\n")

    assert [(one.text, one.is_html) for one in found.questions] == [("<b>x</b>", True)]
    assert [str(one.what) for one in found.notes] == [
        "Cột “Câu hỏi” có mã HTML không được nhận; phần đó đã được bỏ."
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (";x;y;;;A", "Câu hỏi không có nội dung."),
        ("Q;x;y;;;", "Cột “Đáp án” còn trống."),
        ("Q;;;;;", "Cột “Đáp án” còn trống."),
        (
            "Q;;;;;D",
            (
                "Không nhận ra loại câu hỏi. Hãy ghi cột “Loại”: Một đáp án, Nhiều đáp án, "
                "Đúng/Sai, Sắp xếp, Ghép đôi, Điền số."
            ),
        ),
        (
            "Q;x;y;;;C",
            "Cột “Đáp án”: “C” không phải là chữ cái (từ A đến B) hay nội dung của một phương án.",
        ),
        ("Q;x;;z;;A", "Cột “B” để trống trong khi cột sau có nội dung."),
        ("Q;x;;;;A", "Câu hỏi cần ít nhất hai phương án, ghi ở các cột “A”, “B”…"),
        ("Q;x;x;;;A", "Câu hỏi có hai phương án giống nhau: “x”."),
        ("Q;x;y;;;A,B", "Câu nhiều lựa chọn cần ít nhất một phương án đúng và một sai."),
        (
            "Q;;;;;1.200",
            "Cột “Đáp án”: số “1.200” có thể đọc hai cách. Hãy ghi không có dấu ngăn hàng nghìn.",
        ),
        ("Q;a = b = c;d = e;;;", "Cột “Đáp án” còn trống."),
        (f"{'x' * 2001};x;y;;;A", "Nội dung câu hỏi dài quá 2000 ký tự."),
        (f"{'x' * 40_001};x;y;;;A", "Cột “Câu hỏi” dài quá 2000 ký tự."),
    ],
)
def test_what_is_wrong_is_said_with_the_column(row, sentence):
    assert complaint(f"{USUAL}{row}\n") == sentence


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        (
            "Loại câu",
            "Tự luận",
            ("Cột “Loại câu”: loại “Tự luận” chưa được hỗ trợ. Các loại dùng được: Một đáp án, "
            "Nhiều đáp án, Đúng/Sai, Sắp xếp, Ghép đôi, Điền số."),
        ),
        (
            "Mã",
            "mã 1",
            ("Cột “Mã”: mã chỉ gồm chữ không dấu, chữ số và dấu chấm, gạch nối, gạch dưới ở giữa, "
            "ví dụ thiet-bi-001."),
        ),
        ("Độ khó", "4", "Cột “Độ khó” phải là Dễ, Trung bình hoặc Khó (hay 1, 2, 3)."),
        ("Hạn dùng", "31/2/2027", ("Cột “Hạn dùng”: “31/2/2027” không phải là một ngày, ví dụ "
         "31/12/2027.")),
        ("Trọng số", "100", "Cột “Trọng số” phải có đúng 2 số, mỗi phương án một số."),
        ("Trọng số", "50 50", "Trọng số của phương án đúng phải là 100%."),
        ("Trọng số", "1/0 0", "Cột “Trọng số”: “1/0” không phải là một tỉ lệ, ví dụ 50 hoặc 1/3."),
        (
            "Hình",
            "../a.png",
            "Cột “Hình” phải là tên tệp hình không dấu, không có thư mục, ví dụ qr.png.",
        ),
        ("Định dạng", "Word", "Cột “Định dạng” chỉ nhận “HTML” hoặc để trống."),
        (
            "Phương án A (en)",
            "x",
            "Bản dịch ở cột “Phương án A (en)” phải có đúng 2 phần như câu gốc.",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_in_other_columns(column, value, sentence):
    assert complaint(f"Câu hỏi;A;B;Đáp án;{column}\nQ;x;y;A;{value}\n") == sentence


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("20 = 0", "Phần điểm của một khoảng số phải lớn hơn 0% và không quá 100%."),
        ("20 = 200", "Trọng số “200” không phải là một số phần trăm từ -100 đến 100."),
        ("hai mươi", ("Cột “Đáp án khác”: “hai mươi” không phải là khoảng số, ví dụ 9..11 hoặc "
         "10 ± 1 = 50.")),
        ("1.200 ± 1", ("Cột “Đáp án khác”: số “1.200” có thể đọc hai cách. Hãy ghi không có dấu "
         "ngăn hàng nghìn.")),
    ],
)  # fmt: skip
def test_what_is_wrong_in_ranges(value, sentence):
    assert complaint(f"Câu hỏi;Đáp án;Đáp án khác\nQ;10;{value}\n") == sentence


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            "Ghép đôi;a = b = c;d = e;",
            (
                "Cột “A” phải ghi một cặp “trái = phải”. Nếu nội dung có dấu bằng, "
                "hãy dùng mũi tên ->."
            ),
        ),
        ("Sắp xếp;a;b;A", "Cột “Đáp án” phải ghi mỗi mục đúng một lần, hoặc để trống."),
        ("Đúng/Sai;;;Có lẽ", "Cột “Đáp án” phải là Đúng hoặc Sai."),
        ("Đúng/Sai;;;D", "Cột “Đáp án” phải là Đúng hoặc Sai."),
        ("Một đáp án;a;b;A B", "Câu một đáp án chỉ có một phương án đúng, cột “Đáp án” ghi 2."),
    ],
)
def test_what_is_wrong_by_kind(row, sentence):
    assert complaint(f"Câu hỏi;Loại;A;B;Đáp án\nQ;{row}\n") == sentence


def test_right_sides_in_columns_need_a_whole_answer():
    text = "Câu hỏi;A;B;Vế phải 1;Vế phải 2;Đáp án\nQ;x;y;1;2;A-1\n"

    assert complaint(text) == ("Cột “Đáp án” phải ghi cho mỗi vế trái một vế phải, ví dụ A-1; B-3.")


def test_a_code_used_twice_is_told_at_the_second():
    text = "Mã;Câu hỏi;A;B;Đáp án\na;Q;x;y;A\n;;;;\na;P;x;y;A\n"

    assert [one.text for one in read(text).questions] == ["Q"]
    assert complaints(text) == [
        ("row 4", "Mã câu hỏi “a” đã dùng cho một câu ở trên trong cùng tệp.", LEFT_OUT)
    ]


def test_a_column_that_the_kind_does_not_use_is_noted():
    found = read("Câu hỏi;A;B;Đáp án;Sai số\nQ;x;y;A;2\n")

    assert [(one.place, str(one.what)) for one in found.notes] == [
        ("row 2", "Cột “Sai số” không dùng cho loại câu hỏi này nên đã bỏ qua.")
    ]


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("", "Không thấy dòng tiêu đề."),
        ("a;b\nc;d\n", "Không thấy dòng tiêu đề."),
        ("Câu hỏi;A;B;Đáp án;Answer\nQ;x;y;A;A\n", "Hai cột “Đáp án” và “Answer” cùng nghĩa."),
        (USUAL + "Q;x;y;;;A\n" * 20_001, "Tệp có nhiều hơn 20000 câu hỏi."),
        ("%PDF-1.7", "Đây là tệp PDF."),
    ],
)
def test_a_file_that_is_none_is_refused_whole(text, begin):
    (problem,) = read(text).problems

    assert (problem.place, problem.done) == (FILE, REFUSED)
    assert str(problem.what).startswith(begin)
