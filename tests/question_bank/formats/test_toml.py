"""The authors' format: strict, complete, and written so that it reads back equal."""

import tomllib
import unicodedata
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from factories.questions import drafts
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules.vietnamese import nfc
from question_bank.formats import registry, toml
from question_bank.formats.reading import (
    FILE,
    LEFT_OUT,
    MOST_BYTES,
    REFUSED,
    DraftQuestion,
    Parallel,
)
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)

PLAIN = {
    "code": '"devices-001"',
    "type": '"one"',
    "topic": '"devices"',
    "difficulty": "1",
    "audiences": '["everybody"]',
    "text": '"Nút nào?"',
    "options": '["Nguồn", "Âm lượng", "Chụp ảnh"]',
    "answer": '"B"',
    "explanation": '"Vì thế."',
    "source": '"Sổ tay"',
}
NO_OPTIONS = {"options": None}
KINDS = {
    "one": {},
    "several": {"type": '"several"', "answer": '["C", "A"]'},
    "true_false": NO_OPTIONS | {"type": '"true_false"', "answer": "false"},
    "ordering": {"type": '"ordering"', "answer": None},
    "matching": {
        "type": '"matching"',
        "options": None,
        "answer": None,
        "pairs": '[["Một", "1"], ["Hai", "2"]]',
        "extra": '["3"]',
    },
    "number": NO_OPTIONS
    | {"type": '"number"', "answer": "3.50", "tolerance": "0.1", "number_unit": '"km"'},
}


def block(**changes):
    lines = PLAIN | changes
    written = [f"{name} = {value}" for name, value in lines.items() if value is not None]
    return "\n".join(["[[question]]", *written]) + "\n"


def read(text):
    return toml.read(text.encode())


def complaints(text):
    return [str(problem.what) for problem in read(text).problems]


def test_reads_a_question_whole():
    parallel = '[question.parallel.en]\ntext = "Which?"\noptions = ["Power", "Volume", "Shot"]\n'
    more = {"valid_until": "2027-12-31", "picture": '"qr.png"', "picture_alt": '"Mã QR"'}

    found = read(block(**more) + parallel)

    assert found.problems == ()
    assert found.questions == (
        DraftQuestion(
            code="devices-001",
            type=QuestionType.ONE,
            topic="devices",
            difficulty=1,
            audiences=("everybody",),
            text="Nút nào?",
            options=("Nguồn", "Âm lượng", "Chụp ảnh"),
            rights=(),
            key=OneKey(1, 3),
            explanation="Vì thế.",
            source="Sổ tay",
            valid_until=date(2027, 12, 31),
            picture="qr.png",
            picture_alt="Mã QR",
            parallel={"en": Parallel("Which?", ("Power", "Volume", "Shot"))},
        ),
    )


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("one", OneKey(1, 3)),
        ("several", SeveralKey(frozenset({0, 2}), 3)),
        ("true_false", TrueFalseKey(right=False)),
        ("ordering", OrderingKey(3)),
        ("matching", MatchingKey((0, 1), 3)),
        ("number", NumberKey(Decimal("3.5"), Decimal("0.1"))),
    ],
)
def test_every_kind_has_its_key(kind, key):
    found = read(block(**KINDS[kind]))

    assert found.problems == ()
    assert [one.key for one in found.questions] == [key]


def test_a_matching_keeps_its_extra_right_sides_last():
    (question,) = read(block(**KINDS["matching"])).questions

    assert (question.options, question.rights) == (("Một", "Hai"), ("1", "2", "3"))


def test_one_number_is_kept_in_one_form():
    (question,) = read(block(**KINDS["number"])).questions

    assert question.key.as_json() == {"value": "3.5", "tolerance": "0.1"}


def test_texts_are_composed_and_lose_what_nobody_sees():
    decomposed = unicodedata.normalize("NFD", "Nút nào?")

    (question,) = read(block(text=f'" {decomposed}\\u0000\\u200B "')).questions

    assert question.text == "Nút nào?"


@pytest.mark.parametrize("lead", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_byte_order_mark_and_windows_lines_are_welcome(lead, end):
    found = toml.read(lead + block().replace("\n", end).encode())

    assert (len(found.questions), found.problems) == (1, ())


@pytest.mark.parametrize(
    ("data", "place", "sentence"),
    [
        (b" " * (MOST_BYTES + 1), FILE, "Tệp lớn hơn 20 MB. Hãy chia thành nhiều tệp nhỏ hơn."),
        (
            b"# ok\n# \xff\n",
            "line 2",
            "Tệp không phải là văn bản UTF-8. Hãy lưu lại tệp với bảng mã UTF-8.",
        ),
        (
            b"[[question]]\ncode = devices",
            "line 2",
            "Dòng này sai cú pháp TOML: Invalid value (at line 2, column 8)",
        ),
        (
            b"a = [",
            FILE,
            "Tệp sai cú pháp TOML: Invalid value (at end of document)",
        ),
        (b"a = " + b"[" * 9000, FILE, "Tệp sai cú pháp TOML: nested too deeply"),
        (b"\n#" + b"a" * 50_000, "line 2", "Dòng này dài quá 50000 byte."),
        (b"a" + b".a" * 500, "line 1", "Dòng này có nhiều hơn 300 dấu chấm."),
        (b"question = 5", FILE, "Mỗi câu hỏi phải bắt đầu bằng một dòng [[question]]."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_place(data, place, sentence):
    found = toml.read(data)

    assert found.questions == ()
    assert [(one.place, str(one.what), one.done) for one in found.problems] == [
        (place, sentence, REFUSED)
    ]


def test_numbers_python_cannot_hold_are_a_problem_not_a_crash():
    assert len(read("a = " + "9" * 5000).problems) == 1
    assert len(read(block(**KINDS["number"] | {"answer": "1e" + "9" * 30})).problems) == 1


def test_a_key_beside_the_questions_is_named_and_the_questions_are_read():
    found = read('title = "Bộ câu hỏi"\n' + block())

    assert len(found.questions) == 1
    assert [(one.place, str(one.what), one.done) for one in found.problems] == [
        (FILE, "Tệp có mục lạ “title”; chỉ dùng [[question]].", LEFT_OUT)
    ]


def test_an_empty_file_has_no_questions_and_no_problems():
    assert read("# trống\n") == registry.read(b"", "toml")


def test_a_question_that_is_no_table_is_a_problem():
    (problem,) = read("question = [5]").problems

    assert problem.place == "question 1"


NUMBER = KINDS["number"]
MATCHING = KINDS["matching"]
SEVERAL = KINDS["several"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"anwser": '"A"'}, "Mục “anwser” không dùng cho loại câu hỏi này hoặc bị gõ nhầm."),
        ({"pairs": "[]"}, "Mục “pairs” không dùng cho loại câu hỏi này hoặc bị gõ nhầm."),
        ({"type": None}, "Thiếu mục “type”."),
        (
            {"type": '"essay"'},
            (
                "Loại câu hỏi “essay” không có; hãy dùng một trong các loại: "
                "one, several, true_false, ordering, matching, number."
            ),
        ),
        ({"code": None}, "Thiếu mục “code”."),
        (
            {"code": '"thiết bị"'},
            (
                "Mã câu hỏi chỉ gồm chữ không dấu, chữ số và dấu chấm, gạch nối, gạch dưới ở giữa, "
                "ví dụ devices-001."
            ),
        ),
        ({"code": f'"{"a" * 61}"'}, "Mục “code” dài quá 60 ký tự."),
        ({"topic": "3"}, "Mục “topic” phải là văn bản đặt trong dấu ngoặc kép."),
        ({"difficulty": "4"}, "Độ khó phải là 1, 2 hoặc 3."),
        ({"difficulty": "true"}, "Độ khó phải là 1, 2 hoặc 3."),
        ({"difficulty": None}, "Độ khó phải là 1, 2 hoặc 3."),
        ({"audiences": None}, "Thiếu mục “audiences”."),
        ({"html": '"yes"'}, "Mục “html” phải là true hoặc false, không có ngoặc kép."),
        ({"tags": '["a", "a"]'}, "Mục “tags” có phần bị lặp lại: “a”."),
        ({"feedback": '"Tốt"'}, "Lời phản hồi phải ghi thành mục [question.feedback]."),
        (
            {"feedback": '{options = ["a"]}'},
            "Lời phản hồi phải có đúng 3 phần, mỗi phương án một phần.",
        ),
        (
            {"weights": "[1, 0, 0]"},
            'Mục “weights” phải là danh sách phân số, mỗi phương án một, ví dụ "-1/3".',
        ),
        ({"weights": '["0", "1/2", "0"]'}, "Trọng số của phương án đúng phải là 100%."),
        (
            NUMBER | {"others": "[[1, 2]]"},
            (
                "Mục “others” phải là danh sách các khoảng số, mỗi khoảng gồm giá trị, sai số và "
                'phần điểm, ví dụ [12.5, 0.5, "1/2"].'
            ),
        ),
        (
            NUMBER | {"others": '[[1, 2, "2"]]'},
            "Phần điểm của một khoảng số phải lớn hơn 0% và không quá 100%.",
        ),
        ({"audiences": '"everybody"'}, "Mục “audiences” phải là một danh sách văn bản."),
        ({"text": '"\\u0007 "'}, "Thiếu mục “text”."),
        ({"text": f'"{"a" * 2001}"'}, "Mục “text” dài quá 2000 ký tự."),
        ({"explanation": None}, "Thiếu mục “explanation”."),
        ({"explanation": f'"{"a" * 2001}"'}, "Mục “explanation” dài quá 2000 ký tự."),
        ({"source": None}, "Thiếu mục “source”."),
        ({"source": f'"{"a" * 501}"'}, "Mục “source” dài quá 500 ký tự."),
        (
            {"valid_until": '"2027-12-31"'},
            "Mục “valid_until” phải là một ngày không có ngoặc kép, ví dụ 2027-12-31.",
        ),
        (
            {"valid_until": "2027-12-31T00:00:00"},
            "Mục “valid_until” phải là một ngày không có ngoặc kép, ví dụ 2027-12-31.",
        ),
        ({"answer": '"A"', "options": '["Một"]'}, "Mục “options” phải có từ 2 đến 20 phần."),
        (
            {"options": str([str(n) for n in range(21)])},
            "Mục “options” phải có từ 2 đến 20 phần.",
        ),
        ({"options": '["A", "B", "A"]'}, "Mục “options” có phần bị lặp lại: “A”."),
        ({"options": '["A", "B", " "]'}, "Mục “options” có phần để trống."),
        ({"options": '["A", "B", 3]'}, "Mục “options” phải là một danh sách văn bản."),
        ({"options": f'["A", "B", "{"a" * 501}"]'}, "Mục “options” dài quá 500 ký tự."),
        ({"answer": None}, "Thiếu mục “answer”."),
        (
            {"answer": '"D"'},
            "Đáp án “D” không phải là chữ cái của một phương án, từ A đến C.",
        ),
        (
            {"answer": '"AB"'},
            "Đáp án “AB” không phải là chữ cái của một phương án, từ A đến C.",
        ),
        (
            {"answer": "1"},
            "Đáp án “int” không phải là chữ cái của một phương án, từ A đến C.",
        ),
        (SEVERAL | {"answer": None}, "Thiếu mục “answer”."),
        (SEVERAL | {"answer": '"A"'}, "Đáp án phải là một danh sách chữ cái khác nhau."),
        (SEVERAL | {"answer": "[]"}, "Đáp án phải là một danh sách chữ cái khác nhau."),
        (SEVERAL | {"answer": '["A", "A"]'}, "Đáp án phải là một danh sách chữ cái khác nhau."),
        (
            SEVERAL | {"answer": '["Z"]'},
            "Đáp án “Z” không phải là chữ cái của một phương án, từ A đến C.",
        ),
        (
            SEVERAL | {"answer": '["A", "B", "C"]'},
            "Câu nhiều lựa chọn cần ít nhất một phương án đúng và một sai.",
        ),
        (
            KINDS["true_false"] | {"answer": '"true"'},
            "Đáp án phải là true hoặc false, không có ngoặc kép.",
        ),
        (
            MATCHING | {"pairs": '[["a", "b"], ["c"]]'},
            "Mục “pairs” phải là danh sách các cặp, mỗi cặp gồm hai văn bản.",
        ),
        (MATCHING | {"pairs": '[["a", "b"]]'}, "Mục “pairs” phải có từ 2 đến 20 phần."),
        (MATCHING | {"extra": '["1"]'}, "Mục “extra” có phần bị lặp lại: “1”."),
        (MATCHING | {"extra": '"1"'}, "Mục “extra” phải là một danh sách văn bản."),
        (NUMBER | {"answer": None}, "Thiếu mục “answer”."),
        *(
            (
                NUMBER | {"answer": bad},
                "Mục “answer” phải là một số nhỏ hơn một nghìn tỉ, nhiều nhất 6 chữ số lẻ.",
            )
            for bad in ('"8"', "true", "nan", "inf", "1e99", "0.0000001", "1000000000000")
        ),
        (NUMBER | {"tolerance": "-1"}, "Đáp án số và sai số phải là số; sai số không được âm."),
        (
            {"picture": '"../qr.png"', "picture_alt": '"Mã"'},
            "Tên hình phải là tên tệp không dấu, không có thư mục, ví dụ qr.png.",
        ),
        ({"picture": '"qr.png"'}, "Thiếu mục “picture_alt”."),
        ({"picture_alt": '"Mã"'}, "Có “picture_alt” nhưng không có “picture”."),
        (
            {"parallel": '"en"'},
            "Bản dịch phải ghi thành mục [question.parallel.en], en là mã ngôn ngữ.",
        ),
        (
            {"parallel": '{ENGLISH = {text = "a"}}'},
            "Bản dịch phải ghi thành mục [question.parallel.en], en là mã ngôn ngữ.",
        ),
        ({"parallel": "{en = {}}"}, "Bản dịch “en” không có nội dung."),
        (
            {"parallel": '{en = {text = "a", options = ["b", "c"]}}'},
            "Bản dịch “options” phải có đúng 3 phần như câu gốc.",
        ),
        (
            {"parallel": '{en = {text = "a", answer = "A"}}'},
            "Mục “answer” không dùng cho loại câu hỏi này hoặc bị gõ nhầm.",
        ),
    ],
)
def test_each_mistake_has_its_sentence_and_leaves_the_question_out(changes, sentence):
    found = read(block(**changes))

    assert found.questions == ()
    assert [str(problem.what) for problem in found.problems] == [sentence]
    assert {problem.done for problem in found.problems} == {LEFT_OUT}


def test_all_mistakes_of_a_question_are_told_at_once():
    assert complaints(block(source=None, difficulty="9", answer='"Z"')) == [
        "Đáp án “Z” không phải là chữ cái của một phương án, từ A đến C.",
        "Độ khó phải là 1, 2 hoặc 3.",
        "Thiếu mục “source”.",
    ]


def test_a_code_used_twice_is_read_once():
    found = read(block() + block() + block(code='"devices-002"'))

    assert [one.code for one in found.questions] == ["devices-001", "devices-002"]
    assert [(one.place, str(one.what)) for one in found.problems] == [
        (
            "question 2 (devices-001)",
            "Mã câu hỏi “devices-001” đã dùng cho một câu ở trên trong cùng tệp.",
        )
    ]


WRONG = st.sampled_from(
    ["{}", "[]", "[[]]", "[{a = 1}]", "1.5", "true", '""', "2027-01-01", "[1, [2]]"]
)


@given(st.lists(st.dictionaries(st.sampled_from([*PLAIN, "pairs", "extra", "tolerance"]), WRONG)))
def test_questions_read_and_questions_with_problems_are_all_there_are(changes):
    kinds = [KINDS[name] for name in KINDS]
    tables = [
        block(**kinds[at % len(kinds)] | {"code": f'"q{at}"'} | change)
        for at, change in enumerate(changes)
    ]

    found = read("".join(tables))

    assert len(found.questions) + len({one.place for one in found.problems}) == len(tables)


# Writing


@given(st.lists(drafts(), max_size=3, unique_by=lambda one: one.code or one.text))
def test_what_is_written_reads_back_equal(several):
    found = registry.read(registry.write(several, "toml"), "toml")

    assert found.problems == ()
    assert found.questions == tuple(several)


@pytest.mark.parametrize("name", ["code", "topic", "audiences", "explanation", "source"])
def test_what_must_be_stated_may_be_stated_empty(name):
    (question,) = read(block(**{name: "[]" if name == "audiences" else '""'})).questions

    assert getattr(question, name) == (() if name == "audiences" else "")


def test_an_unknown_difficulty_is_nought():
    (question,) = read(block(difficulty="0")).questions

    assert question.difficulty is None


def test_html_is_made_safe_as_it_is_read():
    marked = "'<p>H<sub>2</sub>O<script>alert(1)</script></p>'"

    (question,) = read(block(html="true", text=marked, name=marked)).questions

    assert (question.text, question.is_html) == ("<p>H<sub>2</sub>O</p>", True)
    assert question.name == "<p>H<sub>2</sub>O<script>alert(1)</script></p>"


def test_a_right_side_may_serve_several_left_ones():
    pairs = '[["Một", "lẻ"], ["Hai", "chẵn"], ["Ba", "lẻ"]]'

    (question,) = read(block(**MATCHING | {"pairs": pairs, "extra": None})).questions

    assert (question.rights, question.key) == (("lẻ", "chẵn"), MatchingKey((0, 1, 0), 2))


def test_twenty_options_of_dots_are_written_in_lines_that_are_read():
    (question,) = read(block()).questions
    options = tuple("." * (480 + number) for number in range(20))
    parallel = {"en": Parallel(options=options)}
    long = replace(question, options=options, key=OneKey(19, 20), parallel=parallel)

    assert toml.read(toml.write([long])).questions == (long,)


def test_many_dots_are_written_so_that_they_read_back():
    (question,) = read(block()).questions
    dotted = replace(question, text="." * 2000, options=("." * 500, "." * 499, "."))

    assert toml.read(toml.write([dotted])).questions == (dotted,)


@given(st.text())
def test_whatever_the_text_what_is_written_is_toml(text):
    (question,) = read(block()).questions

    document = tomllib.loads(toml.write([replace(question, text="a" + text)]).decode())

    assert document["question"][0]["text"] == nfc("a" + text)


@given(st.binary())
def test_whatever_the_bytes_reading_never_raises(data):
    assert toml.read(data).questions == ()


def test_a_format_nobody_knows_is_refused():
    with pytest.raises(Invalid):
        registry.read(b"", "doc")
    with pytest.raises(Invalid):
        registry.write([], "doc")
