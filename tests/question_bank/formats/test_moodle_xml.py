"""Moodle XML: all of a real export is read or named, and what we write reads back equal."""

import base64
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contest.core import xml
from question_bank.formats import pictures as picture_rules
from question_bank.formats import registry
from question_bank.formats.moodle_xml import reader, writer
from question_bank.formats.reading import (
    CHANGED,
    FILE,
    LEFT_OUT,
    MOST_BYTES,
    MOST_QUESTIONS,
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

EXPORT = Path(__file__).with_name("moodle_export.xml").read_bytes()
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5Erk"
    "Jggg=="
)
PIXEL_NAME = sha256(PIXEL).hexdigest()[:16] + ".png"
NONE = DraftQuestion(
    code="",
    type=QuestionType.TRUE_FALSE,
    topic="",
    difficulty=None,
    audiences=(),
    text="Đúng không?",
    options=(),
    rights=(),
    key=TrueFalseKey(right=True),
    explanation="",
    source="",
)


def text(content, element="questiontext", kind="html", more=""):
    told = f"<![CDATA[{content}]]>"
    return f'<{element} format="{kind}"><text>{told}</text>{more}</{element}>'


def answer(fraction, content, more=""):
    return f'<answer fraction="{fraction}" format="html"><text>{content}</text>{more}</answer>'


TRUE_FALSE = answer(100, "true") + answer(0, "false")


def question(kind, body, stem=None, name="Câu"):
    asked = text("Hỏi gì?") if stem is None else stem
    return f'<question type="{kind}"><name><text>{name}</text></name>{asked}{body}</question>'


def quiz(*questions):
    return f'<?xml version="1.0" encoding="UTF-8"?><quiz>{"".join(questions)}</quiz>'.encode()


def read_one(kind, body, stem=None):
    """Read a file of one good question."""
    found = reader.read(quiz(question(kind, body, stem)))
    assert found.problems == ()
    (only,) = found.questions
    return only


def choices(*fractions, single="true"):
    told = "".join(answer(one, f"Ý {at}") for at, one in enumerate(fractions))
    return f"<single>{single}</single>{told}"


def complaints(kind, body, stem=None):
    found = reader.read(quiz(question(kind, body, stem)))
    assert found.questions == ()
    assert {(one.place, one.done) for one in found.problems} == {("question 1 (Câu)", LEFT_OUT)}
    return [str(one.what) for one in found.problems]


def notes(kind, body, stem=None):
    found = reader.read(quiz(question(kind, body, stem)))
    assert len(found.questions) == 1
    assert {(one.place, one.done) for one in found.notes} <= {("question 1 (Câu)", CHANGED)}
    return [str(one.what) for one in found.notes]


# A whole export


def test_an_export_of_moodle_4_is_read_whole():
    found = reader.read(EXPORT)

    folder = "Mặc định cho KNS/An toàn-bảo mật"
    higher = "Mặc định cho KNS"
    assert found.questions == (
        replace(
            NONE,
            code="mk-001",
            type=QuestionType.ONE,
            name="Mật khẩu mạnh",
            category=folder,
            topic="security",
            tags=("mật khẩu",),
            text="Mật khẩu nào an toàn nhất?",
            options=("123456", "Meo-An-Com-7-Bat", "MeoAnCom"),
            key=OneKey(1, 3, (Fraction(0), Fraction(1), Fraction(1, 3))),
            explanation="Dài và khó đoán.",
            picture=PIXEL_NAME,
            picture_alt="Bàn phím & ổ khóa",
            feedback=Feedback(
                options=("Ai cũng đoán được.", "", ""),
                right="Câu trả lời của bạn đúng",
                wrong="Bạn thử lại nhé.",
            ),
        ),
        replace(
            NONE,
            type=QuestionType.SEVERAL,
            name="Dấu hiệu lừa đảo",
            category=folder,
            is_html=True,
            text="<p>Dấu hiệu nào là của tin nhắn <b>lừa đảo</b>?</p>",
            options=(
                "Giục chuyển tiền",
                "Xin mã OTP",
                "<p>Đường dẫn lạ</p>",
                "Gọi đúng tên bạn &amp; họ",
            ),
            key=SeveralKey(
                frozenset({0, 1, 2}),
                4,
                (Fraction(1, 3), Fraction(1, 3), Fraction(1, 3), Fraction(-1, 2)),
            ),
            feedback=Feedback(partly="Còn thiếu"),
        ),
        replace(
            NONE,
            name="OTP",
            category=folder,
            text="Nên đọc mã OTP\ncho người gọi điện.",
            key=TrueFalseKey(right=False),
            explanation="Không bao giờ.",
            feedback=Feedback(options=("Bạn sẽ mất tiền.", "")),
        ),
        replace(
            NONE,
            type=QuestionType.MATCHING,
            name="Ghép biểu tượng",
            category=higher,
            text="Ghép ứng dụng với việc nó làm.",
            options=("Zalo", "VNeID", "Messenger"),
            rights=("Nhắn tin", "Giấy tờ a < b", "Xem phim"),
            key=MatchingKey((0, 1, 0), 3),
        ),
        replace(
            NONE,
            type=QuestionType.NUMBER,
            name="Kilobyte",
            category=higher,
            text="1 KB có bao nhiêu byte (1 < 2)?",
            key=NumberKey(
                Decimal(1024), others=(NumberRange(Decimal(1000), Decimal("0.5"), Fraction(1, 2)),)
            ),
            number_unit="byte",
            feedback=Feedback(
                right="Đúng theo hệ nhị phân.", partly="Đúng theo hệ thập phân.", wrong="Chưa đúng."
            ),
        ),
        replace(
            NONE,
            type=QuestionType.ORDERING,
            name="Gửi thư",
            category=higher,
            text="Xếp các bước gửi thư điện tử.",
            options=("Mở hộp thư", "Viết thư", "Bấm gửi"),
            key=OrderingKey(3),
        ),
        replace(
            NONE,
            type=QuestionType.SEVERAL,
            name="Chọn hết",
            category=higher,
            text="Thiết bị nào vào được mạng?",
            options=("Điện thoại", "Máy tính", "Cái ghế"),
            key=SeveralKey(frozenset({0, 1}), 3),
        ),
    )
    assert found.pictures == {PIXEL_NAME: PIXEL}


def test_what_the_export_loses_is_named():
    found = reader.read(EXPORT)

    assert [(one.place, str(one.what)) for one in found.notes] == [
        (
            FILE,
            (
                "Tên thư mục “Mặc định cho KNS/An toàn-bảo mật” có dấu gạch chéo, "
                "được đổi thành gạch nối."
            ),
        ),
        (FILE, "Lời mô tả của thư mục “Mặc định cho KNS/An toàn-bảo mật” không được giữ."),
        (
            "question 2 (Dấu hiệu lừa đảo)",
            "Điểm của câu (2.0000000) không được giữ; điểm do vòng thi quy định.",
        ),
        ("question 2 (Dấu hiệu lừa đảo)", "Câu này đang bị ẩn trong Moodle."),
        ("question 2 (Dấu hiệu lừa đảo)", "Các gợi ý của câu này không được giữ."),
        (
            "question 2 (Dấu hiệu lừa đảo)",
            "Câu này giữ nguyên thứ tự phương án; ở đây thứ tự phương án được xáo trộn.",
        ),
        ("question 6 (Gửi thư)", "Câu sắp xếp chỉ hiện một số mục; ở đây hiện tất cả."),
        (
            "question 6 (Gửi thư)",
            "Cách tính điểm của loại câu “ordering” không giữ được; vòng thi quy định.",
        ),
        (
            "question 7 (Chọn hết)",
            "Cách tính điểm của loại câu “multichoiceset” không giữ được; vòng thi quy định.",
        ),
        (
            "question 8 (Phần hai)",
            "Đoạn mô tả (description) không phải là câu hỏi nên không được giữ.",
        ),
    ]
    assert [(one.place, str(one.what), one.done) for one in found.problems] == [
        (
            "question 9 (Thủ đô)",
            "Câu trả lời ngắn (shortanswer) chưa dùng được; hãy đổi thành câu trắc nghiệm.",
            LEFT_OUT,
        ),
        (
            "question 10 (Bài viết)",
            "Câu tự luận (essay) không dùng được, vì máy không chấm được.",
            LEFT_OUT,
        ),
        ("question 11 (Điền)", "Câu điền vào đoạn văn (cloze) chưa dùng được.", LEFT_OUT),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_the_export_reads_the_same_in_another_encoding(encoding):
    again = EXPORT.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode(encoding)

    found, first = reader.read(again), reader.read(EXPORT)
    assert (found.questions, found.pictures) == (first.questions, first.pictures)
    assert (len(found.problems), len(found.notes)) == (3, 10)


def test_the_export_comes_back_from_our_own_file():
    found = reader.read(EXPORT)

    again = registry.read(
        registry.write(found.questions, "moodle_xml", pictures=found.pictures), "moodle_xml"
    )

    assert (again.questions, again.problems) == (found.questions, ())
    assert (again.pictures, again.notes) == (found.pictures, ())


# Choices and their weights


@pytest.mark.parametrize(
    ("fractions", "key"),
    [
        (("100", "0", "0"), OneKey(0, 3)),
        (("0", "100.0000000"), OneKey(1, 2)),
        (("100", "-33.33333"), OneKey(0, 2, (Fraction(1), Fraction(-1, 3)))),
        (("50", "100"), OneKey(1, 2, (Fraction(1, 2), Fraction(1)))),
    ],
)
def test_one_right_option(fractions, key):
    assert read_one("multichoice", choices(*fractions)).key == key


@pytest.mark.parametrize(
    ("fractions", "key"),
    [
        (("50", "50", "-100"), SeveralKey(frozenset({0, 1}), 3)),
        (("33.33333", "33.33333", "33.33333", "-100"), SeveralKey(frozenset({0, 1, 2}), 4)),
        (("100", "-33.333", "-33.33333", "-33.333333333333336"), SeveralKey(frozenset({0}), 4)),
        (
            ("100", "0"),
            SeveralKey(frozenset({0}), 2, (Fraction(1), Fraction(0))),
        ),
        (
            ("14.28571",) * 7 + ("-14.285710000000002",),
            SeveralKey(frozenset(range(7)), 8, (Fraction(1, 7),) * 7 + (Fraction(-1, 7),)),
        ),
        (
            ("83.33333", "16.66667", "-11.11111"),
            SeveralKey(frozenset({0, 1}), 3, (Fraction(5, 6), Fraction(1, 6), Fraction(-1, 9))),
        ),
        (
            ("12.5", "87.5", "-5"),
            SeveralKey(frozenset({0, 1}), 3, (Fraction(1, 8), Fraction(7, 8), Fraction(-1, 20))),
        ),
    ],
)
def test_several_right_options_have_exact_weights(fractions, key):
    assert read_one("multichoice", choices(*fractions, single="false")).key == key


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (choices("100", "100"), "Câu chọn một đáp án lại có nhiều phương án được 100% điểm."),
        (choices("90", "0"), "Câu hỏi không có phương án nào được 100% điểm."),
        (choices(), "Câu hỏi không có phương án trả lời."),
        (choices("100"), "Số phương án phải từ 2 đến 100."),
        (choices(*["100"] + ["0"] * 100), "Câu hỏi có hơn 100 phương án."),
        (choices(*["100"] + ["0"] * 20), "Câu hỏi phải có từ 2 đến 20 phương án."),
        (choices("100", "1000"), "Trọng số “1000” không phải là một số phần trăm từ -100 đến 100."),
        (choices("100", "1E9"), "Trọng số “1E9” không phải là một số phần trăm từ -100 đến 100."),
        (choices("100", "x"), "Trọng số “x” không phải là một số phần trăm từ -100 đến 100."),
        (
            choices("100", "101.1234567"),
            "Trọng số “101.1234567” không phải là một số phần trăm từ -100 đến 100.",
        ),
        (choices("100", "NaN"), "Trọng số “NaN” không phải là một số phần trăm từ -100 đến 100."),
        (
            choices("100", "50", single="0"),
            "Câu nhiều lựa chọn cần ít nhất một phương án đúng và một sai.",
        ),
        (
            choices("60", "60", "0", single="false"),
            "Trọng số của các phương án đúng phải cộng lại thành 100%.",
        ),
        (
            answer(100, "giống") + answer(0, "giống"),
            "Câu hỏi có hai phương án giống nhau: “giống”.",
        ),
        (answer(100, "có") + answer(0, " "), "Câu hỏi có phương án để trống."),
        (answer(100, "a") + answer(0, "b" * 501), f"Phương án “{'b' * 40}…” dài quá 500 ký tự."),
        (
            answer(100, "a") + answer(0, "<p>b</p>"),
            "HTML trong mục “text” phải đặt trong CDATA.",
        ),
    ],
)
def test_a_choice_that_cannot_be_kept_is_left_out(body, sentence):
    assert complaints("multichoice", body) == [sentence]


def test_a_several_of_the_open_university_and_its_old_way_of_marking():
    old = "".join(
        answer(0, word, f"<correctanswer>{right}</correctanswer>")
        for word, right in (("a", 1), ("b", 0), ("c", 1))
    )

    new = read_one("oumultiresponse", choices("100", "0", "100"))

    assert new.key == read_one("oumultiresponse", old).key == SeveralKey(frozenset({0, 2}), 3)


# The other types


@pytest.mark.parametrize(
    ("answers", "right"),
    [
        (answer(100, "true") + answer(0, "false"), True),
        (answer(0, "false") + answer(100, "true"), True),
        (answer(100, "false") + answer(0, "true"), False),
        (answer(0, "Đúng") + answer(100, "Sai"), False),
    ],
)
def test_true_and_false_are_told_by_word_else_by_place(answers, right):
    assert read_one("truefalse", answers).key == TrueFalseKey(right)


def test_a_true_false_with_two_right_answers_is_left_out():
    assert complaints("truefalse", answer(100, "true") + answer(100, "false")) == [
        "Câu đúng/sai cần đúng hai phương án, một đúng và một sai."
    ]


def numbers(*told):
    return "".join(
        answer(share, value, f"<tolerance>{near}</tolerance>") for share, value, near in told
    )


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (numbers((100, "3.50", "0.10")), NumberKey(Decimal("3.5"), Decimal("0.1"))),
        (numbers((100, "-3,5", "")), NumberKey(Decimal("-3.5"))),
        (numbers((100, "1E3", "1.0E-5")), NumberKey(Decimal(1000), Decimal("0.00001"))),
        (numbers((100, "-0.0", "0")), NumberKey(Decimal(0))),
        (
            numbers((33.33333, "2", "0"), (100, "5", "0"), (100, "7", "1")),
            NumberKey(
                Decimal(5),
                others=(
                    NumberRange(Decimal(2), share=Fraction(1, 3)),
                    NumberRange(Decimal(7), Decimal(1)),
                ),
            ),
        ),
    ],
)
def test_numbers_and_their_tolerances_are_exact(body, key):
    assert read_one("numerical", body).key == key


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (numbers((50, "1", "0")), "Câu hỏi không có phương án nào được 100% điểm."),
        (
            numbers((100, "*", "0")),
            "Câu số cho điểm mọi câu trả lời (*), nên không có đáp án để chấm.",
        ),
        *(
            (
                numbers((100, value, "0")),
                f"“{value}” không phải là một số nhỏ hơn một nghìn tỉ, nhiều nhất 6 chữ số lẻ.",
            )
            for value in ("ba", "", "1E99999999", "1000000000000", "0.0000001", "NaN", "Infinity")
        ),
        (numbers((100, "1", "-1")), "Đáp án số và sai số phải là số; sai số không được âm."),
    ],
)
def test_numbers_that_cannot_be_kept_are_left_out(body, sentence):
    assert complaints("numerical", body) == [sentence]


def test_what_numbers_lose_is_noted():
    said = text("Gần đúng", "feedback")
    units = "".join(
        f"<unit><multiplier>{by}</multiplier><unit_name>{name}</unit_name></unit>"
        for by, name in (("1000", "m"), ("1.0", "km"))
    )
    body = numbers((50, "5", "2"), (100, "5", "0"), (0, "9", "0"))
    body += answer(100, "6", said) + f"<units>{units}</units>"

    assert notes("numerical", body) == [
        "Các số sai có lời nhận xét hoặc điểm trừ riêng không giữ được.",
        "Một số lời nhận xét riêng của câu này không có chỗ để giữ.",
        "Các khoảng đáp án chồng lên nhau; ở đây lấy khoảng được nhiều điểm nhất.",
        "Các đơn vị đo và cách chấm đơn vị không giữ được; chỉ giữ đơn vị chính.",
    ]
    assert read_one("numerical", body).number_unit == "km"


def pair(left, right):
    return f"<subquestion><text>{left}</text><answer><text>{right}</text></answer></subquestion>"


def test_a_fixed_order_and_feedback_of_items_are_noted():
    fixed = "<shuffleanswers>0</shuffleanswers>" + pair("a", "1") + pair("b", "2")
    said = answer(1, "a", text("Nhớ nhé", "feedback")) + answer(2, "b")

    assert notes("matching", fixed) == [
        "Câu này giữ nguyên thứ tự phương án; ở đây thứ tự phương án được xáo trộn."
    ]
    assert notes("ordering", said) == ["Một số lời nhận xét riêng của câu này không có chỗ để giữ."]


def test_a_matching_needs_two_different_sides():
    same_left = pair("a", "1") + pair("a", "2")
    one_right = pair("a", "1") + pair("b", "1")

    assert complaints("match", same_left) == ["Câu hỏi có hai phương án giống nhau: “a”."]
    assert complaints("matching", one_right) == ["Số phương án phải từ 2 đến 100."]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("calculatedmulti", "Câu tính theo công thức (calculatedmulti) chưa dùng được."),
        ("ddwtos", "Câu kéo thả, điền chỗ trống hoặc bấm vào hình (ddwtos) chưa dùng được."),
        (
            "random",
            "Câu rút ngẫu nhiên (random) không phải là một câu hỏi; vòng thi tự rút câu hỏi.",
        ),
        ("stack", "Câu chấm bằng chương trình (stack) không dùng được."),
        ("musicnote", "Loại câu hỏi “musicnote” không dùng được."),
        ("", "Loại câu hỏi “” không dùng được."),
    ],
)
def test_types_without_a_place_are_refused_by_name(kind, sentence):
    assert complaints(kind, "") == [sentence]


# Texts


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        ("html", "<p>Một</p><p>Hai &amp; ba</p>", "Một\nHai & ba"),
        ("html", "a <script>alert(1)</script><style>p{}</style>b", "a b"),
        ("plain_text", "a <b>b</b>\n c  d &amp;", "a <b>b</b>\n c  d &amp;"),
        ("moodle_auto_format", "Một\nHai", "Một\nHai"),
        ("markdown", "Một **hai**", "Một **hai**"),
        ("html", " Nu\u0301t \u200b\u202enào ", "Nút nào"),
    ],
)
def test_texts_are_read_in_their_format(kind, content, told):
    assert read_one("truefalse", TRUE_FALSE, text(content, kind=kind)).text == told


def test_html_is_cleaned_and_plain_texts_join_it():
    stem = text('<b onclick="x()">a</b><a href="javascript:x()">b</a>')
    body = TRUE_FALSE + text("1 < 2", "generalfeedback", "plain_text")

    only = read_one("truefalse", body, stem)

    assert (only.is_html, only.text, only.explanation) == (True, "<b>a</b>b", "1 &lt; 2")


def test_markdown_is_kept_and_noted():
    assert notes("truefalse", TRUE_FALSE, text("Một **hai**", kind="markdown")) == [
        "Văn bản Markdown được giữ nguyên dấu, không trình bày lại."
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "Câu hỏi không có nội dung."),
        ("<script>alert(1)</script>", "Câu hỏi không có nội dung."),
        ("a" * 2001, "Nội dung câu hỏi dài quá 2000 ký tự."),
        ("a" * 60_000, "Văn bản dài quá 50000 ký tự."),
        ("<b>" * 1001, "Văn bản có hơn 1000 thẻ HTML."),
        (
            '<video src="a.mp4"></video>a',
            "Câu hỏi có âm thanh, phim, hình vẽ SVG hoặc trang nhúng nên không dùng được.",
        ),
        (
            'Nghe <a href="@@PLUGINFILE@@/a.mp3">đây</a>',
            "Câu hỏi có tệp đính kèm không phải là hình.",
        ),
    ],
)
def test_a_text_that_cannot_be_kept_leaves_the_question_out(content, sentence):
    assert complaints("truefalse", TRUE_FALSE, text(content)) == [sentence]


@pytest.mark.parametrize(
    ("content", "ours", "english"),
    [
        ("{mlang vi}Xin chào{mlang}{mlang en}Hello{mlang}", "Xin chào", "Hello"),
        ("Câu: {mlang en}Hello{mlang} {mlang other}Chào{mlang}.", "Câu: Chào.", "Câu: Hello ."),
        ("{ mlang vi,fr }Chào{ mlang }{MLANG en_us}Hi{mlang}", "Chào", None),
        (
            (
                '<p><span lang="en" class="multilang">Hi</span>'
                ' <span class="multilang" lang="vi">Chào</span></p>'
            ),
            "Chào",
            "Hi",
        ),
        ("{mlang en}một mình", "{mlang en}một mình", None),
        ("{mlang}một mình{mlang}", "{mlang}một mình{mlang}", None),
        ("&#123;mlang en}Hi{mlang}", "{mlang en}Hi{mlang}", None),
    ],
)
def test_languages_are_told_apart(content, ours, english):
    only = read_one("truefalse", TRUE_FALSE, text(content))

    assert only.text.replace("  ", " ") == ours
    found = only.parallel.get("en")
    assert (found and found.text) == english


def test_parallels_reach_the_options_and_the_explanation():
    body = choices("100", "0").replace("Ý 1", "{mlang vi}Không{mlang}{mlang en}No{mlang}")
    body += text("{mlang vi}Vì{mlang}{mlang en}Because{mlang}", "generalfeedback")

    only = read_one("multichoice", body)

    assert only.options == ("Ý 0", "Không")
    assert only.parallel == {"en": Parallel("", ("Ý 0", "No"), (), "Because")}


@pytest.mark.parametrize(
    ("english", "sentence"),
    [
        (" ", "Câu hỏi có phương án để trống."),
        ("n" * 501, f"Phương án “{'n' * 40}…” dài quá 500 ký tự."),
    ],
)
def test_a_parallel_option_keeps_the_limits_too(english, sentence):
    told = f"{{mlang vi}}Không{{mlang}}{{mlang en}}{english}{{mlang}}"

    assert complaints("multichoice", choices("100", "0").replace("Ý 1", told)) == [sentence]


def test_too_many_languages_leave_the_question_out():
    told = "".join(f"{{mlang {name}}}x{{mlang}}" for name in "abcdefghi")

    assert complaints("truefalse", TRUE_FALSE, text(told)) == ["Câu hỏi có hơn 8 thứ tiếng."]


def test_languages_without_a_place_are_named():
    body = TRUE_FALSE + text("{mlang vi}Tốt{mlang}{mlang en}Good{mlang}", "correctfeedback")
    stem = text("{mlang vi}a{mlang}{mlang x_klingon_1}b{mlang}")

    assert notes("truefalse", body, stem) == ["Có thứ tiếng không giữ được: en, x-klingon-1."]


# Pictures


def shown(source="@@PLUGINFILE@@/a.png", alt="Hình"):
    return f'Nhìn <img src="{source}" alt="{alt}">'


def file(name="a.png", data=PIXEL, folder="/", encoding="base64"):
    coded = data if isinstance(data, str) else base64.b64encode(data).decode()
    return f'<file name="{name}" path="{folder}" encoding="{encoding}">{coded}</file>'


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("@@PLUGINFILE@@/a.png", file()),
        ("@@PLUGINFILE@@/a.png?time=17", file()),
        ("@@PLUGINFILE@@/%E1%BA%A3nh%20%281%29.png", file("ảnh (1).png")),
        ("@@PLUGINFILE@@/%E1%BA%A3nh.png", file("a\u0309nh.png")),
        ("@@PLUGINFILE@@/b/a.png", file(folder="/b/") + file(data=b"khac")),
        ("data:image/png;base64," + base64.b64encode(PIXEL).decode(), ""),
        ("@@PLUGINFILE@@/a.png", file(data=base64.encodebytes(PIXEL).decode())),
    ],
)
def test_the_picture_in_a_text_is_found(source, kept):
    found = reader.read(quiz(question("truefalse", TRUE_FALSE, text(shown(source), more=kept))))

    assert found.pictures == {PIXEL_NAME: PIXEL}
    assert [(one.text, one.picture, one.picture_alt) for one in found.questions] == [
        ("Nhìn", PIXEL_NAME, "Hình")
    ]


def test_a_picture_of_moodle_1_and_of_markdown_is_found():
    coded = base64.b64encode(PIXEL).decode()
    old = TRUE_FALSE + f"<image>a.png</image><image_base64>{coded}</image_base64>"
    marked = text("Nhìn ![Hình](@@PLUGINFILE@@/a.png)", kind="markdown", more=file())

    assert read_one("truefalse", old).picture == PIXEL_NAME
    only = read_one("truefalse", TRUE_FALSE, marked)
    assert (only.picture, only.picture_alt, only.text) == (PIXEL_NAME, "Hình", "Nhìn")


@pytest.mark.parametrize(
    ("stem", "sentence"),
    [
        (text(shown()), "Hình “a.png” không có trong tệp."),
        (
            text(shown("https://vidu.vn/a.png")),
            (
                "Hình “https://vidu.vn/a.png” nằm ngoài tệp nên không đọc được. "
                "Hãy đưa hình vào câu hỏi."
            ),
        ),
        (
            text(shown() + shown("@@PLUGINFILE@@/b.png"), more=file() + file("b.png")),
            "Câu hỏi có nhiều hơn một hình; chỉ giữ được một hình trong nội dung câu hỏi.",
        ),
        (
            text(shown(), more=file(data="không phải base64")),
            "Hình trong tệp bị hỏng: nội dung không đúng mã base64.",
        ),
        (
            text(shown(), more=file(encoding="rot13")),
            "Hình trong tệp dùng cách mã hóa “rot13”, không đọc được.",
        ),
        (
            text(shown("@@PLUGINFILE@@/a.svg"), more=file("a.svg", b"<svg onload='x()'/>")),
            "Không đọc được hình. Hãy dùng tệp PNG, JPEG, WebP hoặc GIF.",
        ),
        (
            text(shown(), more=file(data="A" * (picture_rules.MOST_BYTES * 2))),
            "Hình lớn hơn 2 MB.",
        ),
        (text('a <img src="'), "Hình trong câu hỏi được ghi sai cú pháp."),
        (text(shown(alt="a" * 301), more=file()), "Lời mô tả hình dài quá 300 ký tự."),
    ],
)
def test_a_picture_that_cannot_be_kept_leaves_the_question_out(stem, sentence):
    assert complaints("truefalse", TRUE_FALSE, stem) == [sentence]


def test_a_picture_in_an_option_leaves_the_question_out():
    body = answer(100, "a") + f'<answer fraction="0"><text><![CDATA[{shown()}]]></text></answer>'

    assert complaints("multichoice", body) == [
        "Phương án có hình; chỉ giữ được hình trong nội dung câu hỏi."
    ]


def test_lost_pictures_and_missing_descriptions_are_noted():
    body = TRUE_FALSE + text("Vì " + shown(), "generalfeedback", more=file())
    stem = text(shown(alt=""), more=file())

    assert notes("truefalse", body, stem) == [
        "Hình trong lời giải thích hoặc nhận xét không được giữ.",
        "Hình của câu này không có lời mô tả cho người không nhìn thấy hình.",
    ]
    assert notes("truefalse", TRUE_FALSE, text("a", more=file())) == [
        "Câu hỏi có tệp kèm theo mà nội dung không dùng đến; tệp không được giữ."
    ]


def test_a_question_left_out_leaves_no_picture_behind():
    bad = question("multichoice", choices("90", "0"), text(shown(), more=file()))

    assert reader.read(quiz(bad)).pictures == {}


# Names, codes, categories


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("$course$/top/A/B", "A/B"),
        ("$course$/A", "A"),
        ("$system$/top/ A  b /C", "A b/C"),
        ("$module$/top", ""),
        ("$cat1$/top/A", "A"),
        ("A/B//C", "A/B-C"),
        ("top/A", "top/A"),
        ("", ""),
    ],
)
def test_categories_are_paths_without_their_root(path, told):
    head = f'<question type="category"><category><text>{path}</text></category></question>'

    (only,) = reader.read(quiz(head, question("truefalse", TRUE_FALSE))).questions

    assert only.category == told


def test_a_name_that_cannot_be_read_is_empty():
    found = reader.read(quiz(question("truefalse", TRUE_FALSE, name="<b>Câu</b>")))

    assert [one.name for one in found.questions] == [""]


@pytest.mark.parametrize("grade", ["0.5", "một"])
def test_points_of_their_own_are_noted(grade):
    assert notes("truefalse", f"{TRUE_FALSE}<defaultgrade>{grade}</defaultgrade>") == [
        f"Điểm của câu ({grade}) không được giữ; điểm do vòng thi quy định."
    ]


def test_a_code_that_is_bad_or_taken_is_dropped_with_a_note():
    coded = [
        question("truefalse", f"{TRUE_FALSE}<idnumber>{code}</idnumber>")
        for code in ("a-1", "a-1", "Câu số 1", "")
    ]

    found = reader.read(quiz(*coded))

    assert [one.code for one in found.questions] == ["a-1", "", "", ""]
    assert [(one.place, str(one.what)) for one in found.notes] == [
        (f"question {at} (Câu)", f"Mã “{code}” không được giữ, {why}")
        for why in ["vì sai cách viết hoặc đã có câu khác dùng."]
        for at, code in ((2, "a-1"), (3, "Câu số 1"))
    ]


# Whole files


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b" " * (MOST_BYTES + 1), "Tệp lớn hơn 20 MB. Hãy chia thành nhiều tệp nhỏ hơn."),
        (b"", "Tệp XML không có nội dung."),
        (b"::A:: 1+1 {=2}", "Tệp XML sai cú pháp ở dòng 1: Start tag expected, '<' not found"),
        (
            b"<questestinterop/>",
            "Đây không phải là tệp Moodle XML: phần tử ngoài cùng phải là <quiz>.",
        ),
        (
            b'<!DOCTYPE quiz [<!ENTITY a "b">]><quiz>&a;</quiz>',
            (
                "Tệp XML có phần khai báo riêng (DOCTYPE với thực thể). Vì an toàn, tệp như vậy "
                "không được đọc."
            ),
        ),
        (
            b"<quiz>" + b"<a>" * 200 + b"</a>" * 200 + b"</quiz>",
            "Tệp XML có các phần tử lồng nhau sâu quá 100 tầng.",
        ),
        (
            quiz("<question/>" * (MOST_QUESTIONS + 1)),
            "Tệp có hơn 20000 câu hỏi. Hãy chia thành nhiều tệp nhỏ hơn.",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(data, sentence):
    found = reader.read(data)

    assert [(one.place, str(one.what), one.done) for one in found.problems] == [
        (FILE, sentence, REFUSED)
    ]


def test_strange_parts_of_a_file_are_named():
    found = reader.read(quiz("<lesson/>", question("truefalse", TRUE_FALSE)))

    assert len(found.questions) == 1
    assert [(one.place, str(one.what), one.done) for one in found.problems] == [
        (FILE, "Tệp có phần lạ “lesson” không đọc được.", LEFT_OUT)
    ]


# Writing


def as_written(question):
    """Give the number's further ranges as files have them: Moodle takes the first that fits."""
    if not isinstance(question.key, NumberKey):
        return question
    others = sorted(question.key.others, key=lambda one: -one.share)
    return replace(question, key=replace(question.key, others=tuple(others)))


@given(st.lists(drafts().map(as_written), max_size=4, unique_by=lambda one: one.code or id(one)))
def test_whatever_is_written_reads_back_equal(questions):
    found = registry.read(registry.write(questions, "moodle_xml"), "moodle_xml")

    assert found.problems == ()
    assert found.questions == tuple(questions)


@given(drafts(), st.text("aăđ\"'<>&] ", max_size=12).map(lambda alt: " ".join(alt.split())))
def test_a_picture_is_written_and_read_back(question, alt):
    question = replace(as_written(question), picture=PIXEL_NAME, picture_alt=alt)

    found = reader.read(writer.write([question], pictures={PIXEL_NAME: PIXEL}))

    assert (found.questions, found.pictures) == ((question,), {PIXEL_NAME: PIXEL})


def test_a_picture_we_do_not_have_is_missed_when_read():
    question = replace(NONE, picture="qr.png", picture_alt="Mã")

    (problem,) = reader.read(writer.write([question])).problems

    assert str(problem.what) == "Hình “qr.png” không có trong tệp."


def test_what_looks_like_a_mark_of_a_language_stays_text():
    english = {"en": Parallel("{mlang vi}Hi{mlang}")}
    question = replace(NONE, text="Gõ {mlang en}Hi{mlang} <b>", parallel=english)

    assert reader.read(writer.write([question])).questions == (question,)


def test_a_plain_text_keeps_its_spaces():
    question = replace(NONE, text="a  b\n\n\n\tc")

    assert reader.read(writer.write([question])).questions == (question,)


def test_moodle_gets_the_elements_it_asks_for():
    key = SeveralKey(frozenset({0, 1, 2}), 5)
    options = ("A]]>", "B", "C", "D", "E")
    several = replace(NONE, type=QuestionType.SEVERAL, options=options, key=key, category="K/L")

    told = writer.write([several, replace(NONE, category="")]).decode()

    assert re.findall(r'<question type="(\w+)">', told) == [
        *("category", "multichoice", "category", "truefalse")
    ]
    assert re.findall(r"<category><text>(.*?)</text>", told) == ["$course$/top/K/L", "$course$/top"]
    assert re.findall(r'<answer fraction="(.*?)"', told) == [
        *("33.33333", "33.33333", "33.33333", "-50", "-50"),
        *("100", "0"),
    ]
    assert re.findall(r"<name.*?><text>(.*?)</text>", told) == ["Đúng không?", "Đúng không?"]
    assert "<single>false</single>" in told
    assert "<![CDATA[A]]]]><![CDATA[>]]>" in told


def test_the_best_range_stands_first_since_moodle_takes_the_first():
    others = (NumberRange(Decimal(5), Decimal(2), Fraction(1, 2)), NumberRange(Decimal(6)))
    number = replace(
        NONE,
        type=QuestionType.NUMBER,
        key=NumberKey(Decimal(5), Decimal("0.5"), others),
        number_unit="kg",
        feedback=Feedback(wrong="Chưa đúng."),
    )

    told = writer.write([number]).decode()

    assert re.findall(r'<answer fraction="(\d+)".*?>\n<text>(.*?)</text>', told)[:3] == [
        *(("100", "5"), ("100", "6"), ("50", "5"))
    ]
    assert re.findall(r'<answer fraction="0".*?><text>(.*?)</text>', told) == ["*"]
    assert "<unit_name>kg</unit_name>" in told


@given(st.data())
@example(None)
def test_a_damaged_file_never_raises(data):
    lines = EXPORT.decode().splitlines(keepends=True)
    if data is not None:
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(lines) - 1))
            lines[at : at + data.draw(st.integers(0, 3))] = data.draw(
                st.lists(st.sampled_from([*lines, "<text/>", "<answer/>", "&x;", "\0", "]]>"]))
            )

    file = "".join(lines).encode()

    found = reader.read(file)

    if [one.done for one in found.problems] == [REFUSED]:
        assert found.questions == ()
    else:
        left_out = {one.place for one in found.problems} - {FILE}
        assert len(found.questions) + len(left_out) == len(asked(file))


def asked(file):
    """Give the elements of a file that are questions."""
    kinds = [one.get("type") or "" for one in xml.parse(file).findall("question")]
    return [one for one in kinds if one.strip() not in {"category", "description"}]


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_raise(data):
    assert reader.read(data).questions == ()
