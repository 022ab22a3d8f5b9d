"""GIFT: the published grammar, what of it is ours, and Moodle's way of reading it."""

import base64
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO

import pytest
from factories.questions import drafts
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from contest.errors import Invalid
from question_bank.formats import registry
from question_bank.formats.gift import reader, writer
from question_bank.formats.reading import (
    CHANGED,
    FILE,
    LEFT_OUT,
    MOST_BYTES,
    MOST_QUESTIONS,
    REFUSED,
    DraftQuestion,
    Feedback,
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

HELD = tuple(kind for kind in QuestionType if kind is not QuestionType.ORDERING)
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def read(text):
    return reader.read(text.encode())


def only(text):
    """Give the one question of a text, read without a word."""
    found = read(text)
    assert (found.problems, found.notes, len(found.questions)) == ((), (), 1)
    return found.questions[0]


def complaints(text):
    found = read(text)
    assert found.questions == ()
    return [(one.place, one.done, str(one.what)) for one in found.problems]


def complaint(text):
    ((place, done, said),) = complaints(text)
    assert (place, done) == ("line 1", LEFT_OUT)
    return said


def draft(kind, text, key, options=(), rights=(), **more):
    plain = {"code": "", "topic": "", "difficulty": None, "audiences": (), "source": ""}
    plain |= {"explanation": ""} | more
    return DraftQuestion(type=kind, text=text, key=key, options=options, rights=rights, **plain)


# The grammar


def test_reads_one_choice_with_everything_around_it():
    text = (
        "// question: 7  name: Nút nguồn\n"
        "// [id:devices-001] [tag:topic:devices] [tag:difficulty:2] [tag:audience:elderly]\n"
        "// [tag:audience:everybody] [tag:source:Sổ tay \\] 2] [tag:valid-until:2027-12-31]\n"
        "// [tag:dễ nhớ]\n"
        "::Nút nguồn:: Nút nào tắt máy? {\n"
        "  =Nguồn # Đúng rồi\n"
        "  ~Âm lượng\n"
        "  ~%-50%Chụp ảnh#Chưa đúng\n"
        "  ####Nút nguồn nằm bên phải.\n"
        "}\n"
    )

    assert only("$CATEGORY: $course$/top/Thiết bị/Điện thoại//bảng\n\n" + text) == draft(
        QuestionType.ONE,
        "Nút nào tắt máy?",
        OneKey(0, 3, (Fraction(1), Fraction(0), -HALF)),
        ("Nguồn", "Âm lượng", "Chụp ảnh"),
        code="devices-001",
        topic="devices",
        difficulty=2,
        audiences=("elderly", "everybody"),
        source="Sổ tay ] 2",
        valid_until=date(2027, 12, 31),
        tags=("dễ nhớ",),
        name="Nút nguồn",
        category="Thiết bị/Điện thoại-bảng",
        explanation="Nút nguồn nằm bên phải.",
        feedback=Feedback(("Đúng rồi", "", "Chưa đúng")),
    )


@pytest.mark.parametrize(
    ("answers", "key"),
    [
        ("~a =b ~c", OneKey(1, 3)),
        ("=%100%b ~%0%a", OneKey(0, 2)),
        ("~%33.33333%a ~b =c", OneKey(2, 3, (THIRD, Fraction(0), Fraction(1)))),
        ("~%50%a ~%50%b ~%-100%c", SeveralKey(frozenset({0, 1}), 3)),
        (
            "~%50%a ~%50%b ~c",
            SeveralKey(frozenset({0, 1}), 3, (HALF, HALF, Fraction(0))),
        ),
        (
            "~%33.333%a ~%33.33%b ~%33.3%c ~%-50%d",
            SeveralKey(frozenset({0, 1, 2}), 4, (THIRD, THIRD, THIRD, -HALF)),
        ),
        ("~%100%a ~b", SeveralKey(frozenset({0}), 2, (Fraction(1), Fraction(0)))),
    ],
)
def test_choices_have_the_key_their_weights_say(answers, key):
    assert only(f"Câu? {{{answers}}}").key == key


@pytest.mark.parametrize(
    ("answers", "right", "feedback"),
    [
        ("T", True, Feedback()),
        ("TRUE", True, Feedback()),
        ("F", False, Feedback()),
        ("FALSE", False, Feedback()),
        ("true", True, Feedback()),
        ("T#sai rồi#đúng rồi", True, Feedback(right="đúng rồi", wrong="sai rồi")),
        ("F#sai rồi", False, Feedback(wrong="sai rồi")),
        ("F##đúng rồi", False, Feedback(right="đúng rồi")),
    ],
)
def test_true_and_false_with_what_is_said_of_both(answers, right, feedback):
    found = only(f"Trái đất tròn.{{{answers}####Vì thế.}}")

    assert found.key == TrueFalseKey(right)
    assert (found.feedback, found.explanation) == (feedback, "Vì thế.")


def test_matching_with_a_right_side_used_twice_and_one_that_misleads():
    found = only("Nối. {\n=Mèo -> thú\n=Chó->thú\n=Cá -> nước -> mặn\n= -> chim\n####Thế.}")

    assert (found.options, found.rights) == (("Mèo", "Chó", "Cá"), ("thú", "nước -> mặn", "chim"))
    assert found.key == MatchingKey((0, 0, 1), 3)
    assert found.explanation == "Thế."


@pytest.mark.parametrize(
    ("answers", "key"),
    [
        ("#3:2", NumberKey(Decimal(3), Decimal(2))),
        ("#3", NumberKey(Decimal(3))),
        ("# =-1,50:0.250", NumberKey(Decimal("-1.5"), Decimal("0.25"))),
        ("#1..5", NumberKey(Decimal(3), Decimal(2))),
        ("#-2..-1", NumberKey(Decimal("-1.5"), Decimal("0.5"))),
        ("#1822:1.0E-5", NumberKey(Decimal(1822), Decimal("0.00001"))),
        (
            "#=1822:0 =%50%1822:2 =%33.33333%1800..1900",
            NumberKey(
                Decimal(1822),
                Decimal(0),
                (
                    NumberRange(Decimal(1822), Decimal(2), HALF),
                    NumberRange(Decimal(1850), Decimal(50), THIRD),
                ),
            ),
        ),
    ],
)
def test_numbers_in_all_their_spellings(answers, key):
    assert only(f"Năm nào? {{{answers}}}").key == key


def test_a_number_keeps_what_is_said_of_right_partly_and_wrong():
    found = only("Năm nào? {#\n=1822:0#Đúng\n=%50%1822:2#Gần đúng\n~#Sai\n####Grant sinh 1822.}")

    assert found.feedback == Feedback(right="Đúng", partly="Gần đúng", wrong="Sai")
    assert found.explanation == "Grant sinh 1822."


def test_what_of_a_number_is_lost_is_noted():
    found = read("N? {#\n=1:0#Một\n=2:0#Hai\n=%0%3:0#Không}")

    assert [one.key for one in found.questions] == [
        NumberKey(Decimal(1), Decimal(0), (NumberRange(Decimal(2)),))
    ]
    assert [(one.place, one.done, str(one.what)) for one in found.notes] == [
        ("line 1", CHANGED, "Đáp án số có trọng số 0% đã được bỏ đi."),
        (
            "line 1",
            CHANGED,
            "Các đáp án số có lời nhận xét khác nhau; chỉ giữ lời nhận xét đầu tiên.",
        ),
    ]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Máy {~a =b} thì tắt.", "Máy _____ thì tắt."),
        ("Máy thì {~a =b}.", "Máy thì _____."),
        ("Máy nào? {~a =b}", "Máy nào?"),
        ("Máy nào? {\n~a\n\t=b\n}\n\n\n", "Máy nào?"),
        ("Một\nhai\\nba {~a =b}", "Một\nhai\nba"),
        ("2 \\+ \\{x\\} \\= \\~y \\# z\\: \\\\n {~a =b}", "2 \\+ {x} = ~y # z: \\n"),
        ("a // b {~a =b}", "a // b"),
        ("//bỏ\nHỏi?\n  // bỏ nữa\n{~a =b}", "Hỏi?"),
        ("[plain]2 < 3 &amp; <b>x</b> {~a =b}", "2 < 3 &amp; <b>x</b>"),
        ("[html]2 &lt; 3<br>x {~a =b}", "2 < 3\nx"),
        ("[moodle]<p>x</p> {~a =b}", "x"),
        ("x<y và y<z {~a =b}", "x<y và y<z"),
        ("[lạ] x {~a =b}", "[lạ] x"),
        ("::Một tên\nHỏi {~a =b}", "Một tên\nHỏi"),
    ],
)
def test_the_text_of_a_question(source, text):
    assert only(source).text == text


def test_html_stays_where_it_says_something():
    found = only("[html]<p>H<sub>2</sub>O</p><script>x</script> {~[plain]a < b =[html]<i>c</i>}")

    assert found.is_html
    assert found.text == "<p>H<sub>2</sub>O</p>"
    assert found.options == ("a &lt; b", "<i>c</i>")


def test_markdown_is_kept_as_it_is_written_and_noted():
    found = read("[markdown]Chọn **hai** {~%50%a ~%50%b ~%-100%c}")

    assert [one.text for one in found.questions] == ["Chọn **hai**"]
    assert [(one.place, one.done) for one in found.notes] == [("line 1", CHANGED)]


def test_windows_line_ends_blank_lines_and_a_mark_change_nothing():
    plain = "// [id:a-1]\n::A::Một? {=x ~y}\n\n\n::B::Hai? {T}\n"

    assert read(plain).questions == read("\ufeff" + plain.replace("\n", "\r\n")).questions
    assert [one.name for one in read(plain).questions] == ["A", "B"]


def test_a_category_holds_until_the_next_one():
    text = "$CATEGORY: Một/Hai\nA{T}\n\nB{T}\n\n$CATEGORY: $course$/top\n\nC{T}"

    assert [one.category for one in read(text).questions] == ["Một/Hai", "Một/Hai", ""]


# What is not ours


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Chỉ là lời dẫn.", "Đây là đoạn mô tả không có đáp án."),
        ("Viết một đoạn văn. {}", "Đây là câu tự luận."),
        ("Viết một đoạn văn. { ####chấm tay }", "Đây là câu tự luận."),
        ("Ai? {=Grant =Ulysses}", "Đây là câu trả lời ngắn bằng chữ."),
        ("Ai? {=Grant}", "Đây là câu trả lời ngắn bằng chữ."),
        ("Ai? {=%50%Grant}", "Đây là câu trả lời ngắn bằng chữ."),
        ("Ai? {Grant}", "Đây là câu trả lời ngắn bằng chữ."),
        ("A {=x ~y} B {=z ~t}", "Câu có nhiều hơn một phần đáp án"),
        ("Ai? {=x ~y", "Dấu ngoặc nhọn"),
        ("Ai? =x ~y}", "Dấu ngoặc nhọn"),
        ("Ai? }{", "Dấu ngoặc nhọn"),
        ("x? {=x^{2} ~y}", "Dấu ngoặc nhọn"),
        ("Ai? {x =y ~z}", "Phần đáp án phải bắt đầu"),
        ("Ai? {=x =y ~z}", "Câu hỏi có nhiều dấu ="),
        ("Ai? {~x ~y}", "Câu hỏi không có đáp án đúng."),
        ("Ai? {=%50%x ~y}", "Phương án bắt đầu bằng dấu ="),
        ("Ai? {~%101%x ~y}", "Trọng số “101”"),
        ("Ai? {~%60%x ~%60%y ~z}", "Trọng số của các phương án đúng"),
        ("Ai? {~%50%x ~%50%y}", "Câu nhiều lựa chọn cần"),
        ("Ai? {~x}", "Câu hỏi phải có từ 2 đến 20 phương án."),
        ("Ai? {=x" + "~y" * 20 + "}", "Câu hỏi phải có từ 2 đến 20 phương án."),
        ("Nối {=a -> b}", "Câu hỏi phải có từ 2 đến 20 phương án."),
        ("Nối {=a -> b =c -> b}", "Câu hỏi phải có từ 2 đến 20 phương án."),
        ("Nối {=a -> b =a -> c}", "Câu hỏi có hai phương án giống nhau"),
        ("Ai? {=x ~}", "Câu hỏi có phương án để trống."),
        ("Ai? {=x ~x}", "Câu hỏi có hai phương án giống nhau"),
        ("{=x ~y}", "Câu hỏi không có nội dung."),
        ("Nối {=a -> b =c}", "Mỗi dòng của câu ghép đôi"),
        ("Nối {a=b -> c}", "Phần đáp án phải bắt đầu"),
        ("Năm? {#}", "Câu số không có đáp án."),
        ("Năm? {#x}", "“x” không phải là số"),
        ("Năm? {#1:x}", "“x” không phải là số"),
        ("Năm? {#*}", "“*” không phải là số"),
        ("Năm? {#0.0000001}", "“0.0000001” không phải là số"),
        ("Năm? {#1e13}", "“10000000000000” không phải là số"),
        ("Năm? {#=%50%3}", "Câu số phải có một đáp án được 100%"),
        ("x" * 2001 + "{T}", "Nội dung câu hỏi dài quá 2000 ký tự."),
        ("[html]" + "<b>" * 40_000 + "{T}", "Câu có một đoạn dài quá 100000 ký tự."),
    ],
)
def test_says_at_its_line_why_a_question_is_left_out(source, said):
    assert complaint(source).startswith(said)


def test_a_question_with_a_problem_leaves_the_others_alone():
    found = read("// lời\nA {T}\n\n\nB {=x =y}\n\n// [id:c]\n::C::\nC {F}")

    assert [one.text for one in found.questions] == ["A", "C"]
    assert [(one.place, one.done) for one in found.problems] == [("line 5", LEFT_OUT)]


def test_a_code_stands_once_and_a_foreign_id_is_noted():
    found = read("// [id:a]\nA{T}\n\n// [id:a]\nB{T}\n\n// [id:Câu 1]\nC{T}")

    assert [one.code for one in found.questions] == ["a", ""]
    assert [one.place for one in found.problems] == ["line 5"]
    assert [str(one.what) for one in found.notes] == [
        "Mã “Câu 1” không dùng được làm mã câu hỏi nên đã được bỏ đi."
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.7", "Đây là tệp PDF. Hệ thống không đọc câu hỏi từ PDF."),
        (b'<?xml version="1.0"?><quiz/>', "Đây là tệp XML."),
        (b"x" * (MOST_BYTES + 1), "Tệp lớn hơn 20 MB."),
        (b"A{T}\n\n" * (MOST_QUESTIONS + 1), "Tệp có nhiều hơn 20000 câu hỏi."),
    ],
)
def test_a_whole_file_is_refused_with_its_reason(data, said):
    found = reader.read(data)

    ((place, done, why),) = [(one.place, one.done, str(one.what)) for one in found.problems]
    assert (place, done, found.questions) == (FILE, REFUSED, ())
    assert why.startswith(said)


# Pictures


def picture():
    out = BytesIO()
    Image.new("RGB", (2, 2), "red").save(out, "PNG")
    return out.getvalue()


def image(data, alt=""):
    source = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    return f'<img src="{source}" alt="{alt}">'.replace("=", "\\=").replace(":", "\\:")


def test_a_picture_inside_the_text_becomes_the_picture_of_the_question():
    found = read(f"[html]<p>Nút gì?</p>{image(picture(), 'Một nút')} {{=x ~y}}")

    (question,) = found.questions
    assert found.pictures == {question.picture: picture()}
    assert question.picture.endswith(".png")
    assert (question.text, question.picture_alt) == ("Nút gì?", "Một nút")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (f"[html]A{image(picture())}{image(picture())}{{T}}", "Câu có nhiều hơn một hình."),
        (f"[html]A{{=x{image(picture())} ~y}}", "Câu có hình nằm trong phương án"),
        (f"[html]A{{T####{image(picture())}}}", "Câu có hình nằm trong phương án"),
        ('[html]A<img src\\="@@PLUGINFILE@@/a.png">{T}', "Hình của câu nằm ngoài tệp."),
        ('A <img src\\="https\\://x.vn/a.png"> {T}', "Hình của câu nằm ngoài tệp."),
        (f"[html]A{image(b'<svg/>')}{{T}}", "Không đọc được hình."),
        (f'[html]A{image(picture())[:-20]}?"> {{T}}', "Hình trong tệp bị hỏng"),
    ],
)
def test_a_picture_that_cannot_be_kept_leaves_its_question_out(source, said):
    found = read(source)

    assert (found.questions, found.pictures) == ((), {})
    assert [str(one.what)[: len(said)] for one in found.problems] == [said]


# Writing


def held_by_gift(question):
    """Take off what the docstring of `write` says has no place in GIFT."""
    said = question.feedback
    if question.type is QuestionType.NUMBER:
        is_parted = any(one.share != 1 for one in question.key.others)
        return replace(question, feedback=replace(said, partly=said.partly if is_parted else ""))
    if question.type is QuestionType.TRUE_FALSE:
        return question
    return replace(question, feedback=Feedback(said.options))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.lists(
        drafts(types=HELD, parallel=False).map(held_by_gift),
        max_size=4,
        unique_by=lambda one: one.code or id(one),
    )
)
def test_reads_back_what_it_wrote(questions):
    found = reader.read(writer.write(questions))

    assert (found.problems, found.notes) == ((), ())
    assert found.questions == tuple(questions)


@pytest.mark.parametrize(
    ("question", "written"),
    [
        (
            draft(
                QuestionType.ONE,
                "2 + 2 = ?",
                OneKey(1, 2, (HALF, Fraction(1))),
                ("%3", "4"),
                code="a-1",
                name="Cộng",
                tags=("dễ",),
                category="Toán",
                explanation="Đếm.",
                feedback=Feedback(("Gần", "")),
            ),
            (
                "$CATEGORY: $course$/top/Toán\n\n// [id:a-1] [tag:dễ]\n"
                "::Cộng::[plain]2 + 2 \\= ? {\n\t~%50%[plain]%3#Gần\n\t=4\n\t####Đếm.}\n\n"
            ),
        ),
        (
            draft(QuestionType.SEVERAL, "Hai?", SeveralKey(frozenset({0, 1, 2}), 4), tuple("abcd")),
            "[plain]Hai? {\n\t~%33.33333%a\n\t~%33.33333%b\n\t~%33.33333%c\n\t~%-100%d}\n\n",
        ),
        (
            draft(
                QuestionType.TRUE_FALSE,
                "Tròn.",
                TrueFalseKey(right=False),
                feedback=Feedback(right="Giỏi"),
            ),
            "[plain]Tròn. {\n\tFALSE##Giỏi}\n\n",
        ),
        (
            draft(QuestionType.MATCHING, "Nối", MatchingKey((1, 1), 3), ("a->", "b"), tuple("xyz")),
            "[plain]Nối {\n\t=[html]a-&gt; -> y\n\t=b -> y\n\t= -> x\n\t= -> z}\n\n",
        ),
        (
            draft(
                QuestionType.NUMBER,
                "Mấy?",
                NumberKey(Decimal("1.5"), Decimal("0.1"), (NumberRange(Decimal(2), share=HALF),)),
                number_unit="km",
            ),
            "// [tag:unit:km]\n[plain]Mấy? {#\n\t=%100%1.5:0.1\n\t=%50%2}\n\n",
        ),
    ],
)
def test_writes_what_moodle_reads(question, written):
    assert writer.write([question]).decode() == written


def test_names_the_questions_that_gift_cannot_hold():
    ordering = draft(QuestionType.ORDERING, "Xếp", OrderingKey(2), ("a", "b"), code="o-1")
    pictured = draft(QuestionType.TRUE_FALSE, "Hình", TrueFalseKey(True), picture="a.png")

    with pytest.raises(Invalid) as raised:
        writer.write(
            [ordering, draft(QuestionType.TRUE_FALSE, "Được", TrueFalseKey(True)), pictured]
        )

    assert raised.value.facts == {"codes": "o-1, Hình"}


# Whatever the bytes

SIGNS = ["::", "{", "}", "=", "~", "#", "####", "->", "%50%", "%", "\\", "\n", "\n\n", "//"]
SIGNS += ["[id:", "[tag:", "]", "$CATEGORY:", "/", "<b>", "<img src=", "[html]", "[markdown]", "1"]
SIGNS += ["..", ":", "T", "a ", "\x00", "\x01", "\x07", "é", "<", "&", "*", "e9", "\r", "\u0301"]
SOUP = st.lists(st.sampled_from(SIGNS), max_size=40).map("".join)
MANY = ["<img ", "<p", "{", "}", "::", "[tag:", "[id:", "~", "=", "####", "\\", "%", "&", "a"]
MANY += ["{=<b ~<i", "//", "// [tag:", "<!--", "$CATEGORY:"]


@example("{#1e99}")
@given(SOUP)
def test_any_text_is_read_or_complained_about_block_by_block(text):
    found = read(text.replace("\x00", ""))

    said = [one for one in found.problems if one.done == LEFT_OUT]
    assert len({one.place for one in said}) == len(said)
    assert found.problems == () or said or found.problems[0].done == REFUSED


@given(st.binary(max_size=300))
def test_any_bytes_never_raise(data):
    found = reader.read(data)

    assert all(one.done in {LEFT_OUT, REFUSED} for one in found.problems)


@pytest.mark.parametrize("unit", MANY)
@pytest.mark.parametrize("before", ["", "[html]", "// ", "x {"])
def test_a_file_of_one_sign_over_and_over_ends_soon(before, unit):
    found = read(before + unit * (300_000 // len(unit)) + " {T}")

    assert found.questions == ()


def test_reads_and_writes_five_thousand_questions():
    many = "".join(
        f"// [id:q-{n}] [tag:difficulty:1]\n::Câu {n}::[html]<p>Câu hỏi <b>số</b> {n}?</p> {{\n"
        "\t=<p>Đúng rồi</p>#Giỏi\n\t~<p>Sai một</p>#Chưa\n\t~Sai hai\n\t~Sai ba\n\t####Vì thế.}\n\n"
        for n in range(5000)
    )

    found = read(many)

    assert (len(found.questions), found.problems) == (5000, ())
    assert reader.read(writer.write(found.questions)).questions == found.questions


def test_stands_in_the_registry():
    one = draft(QuestionType.TRUE_FALSE, "Tròn.", TrueFalseKey(right=True))

    assert registry.read(registry.write([one], "gift"), "gift").questions == (one,)
