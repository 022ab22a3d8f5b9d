from io import BytesIO

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contest.errors import Invalid
from question_bank.formats import embedded, registry
from question_bank.formats.docx import writing
from question_bank.formats.reading import DraftQuestion
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import OneKey
from tests.factories.questions import drafts
from tests.factories.word import picture


def question(text="Nào?", options=("Một", "Hai"), right=0, **facts):
    told = {"code": "", "topic": "", "difficulty": None, "audiences": (), "explanation": ""}
    key = OneKey(right, len(options))
    told |= {"type": QuestionType.ONE, "source": "", "rights": (), "key": key} | facts
    return DraftQuestion(text=text, options=options, **told)


def lines(data):
    return [paragraph.text for paragraph in docx.Document(BytesIO(data)).paragraphs]


def is_xml(drawn):
    return not any(sign in repr(drawn) for sign in ("\\uffff", "\\ufffe"))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(drafts().filter(is_xml), min_size=1, max_size=3, unique_by=lambda one: one.code))
def test_what_is_written_reads_back_equal(questions):
    found = registry.read(registry.write(questions, "docx"), "docx")

    assert found.problems == found.notes == ()
    assert found.questions == tuple(questions)


TRAPS = [
    "Câu 2. Nào?",
    "A. x  B. y  C. z",
    "Đáp án: B",
    "--- HẾT ---",
    "x\n\nCâu 3. y",
    "1.A 2.B 3.C",
]
TRAPS += [
    "*x*",
    "x*",
    "a\tb",
    "a  b",
    "(TH) x",
    "PHẦN I",
    "5. x",
    "BẢNG ĐÁP ÁN",
    "a\u00a0b",
    "\ufffc",
]
TRAPS += [
    "x\nA. y",
    "1,5",
    "Đúng",
    "Sai",
    ": x",
    ". x",
    "x B. y",
    "x (B) y",
    "- x",
    "Loại: Ghép đôi",
]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(TRAPS), min_size=4, max_size=4, unique=True))
def test_texts_that_look_like_labels_are_texts_all_the_same(texts):
    asked = question(texts[0], (texts[1], texts[2]), explanation=texts[3], source=texts[3])

    found = registry.read(registry.write([asked, asked], "docx"), "docx")

    assert found.problems == ()
    assert found.questions == (asked, asked)


def test_a_usual_question_stands_as_a_teacher_would_type_it():
    asked = question(
        *("Tỉnh nào?", ("Huế", "Lào Cai"), 1),
        difficulty=2,
        audiences=("thanh niên", "nông dân"),
        explanation="Vì thế.",
    )

    assert lines(registry.write([asked], "docx")) == [
        *("Câu 1. Tỉnh nào?", "A. Huế", "B. Lào Cai", "Đáp án: B", "Lời giải: Vì thế."),
        *("Mức độ: Thông hiểu", "Đối tượng: thanh niên; nông dân"),
    ]


def test_simple_html_is_shown_by_formatting():
    asked = question("H<sub>2</sub>O <b>không</b> là?", is_html=True)

    data = registry.write([asked], "docx")

    assert lines(data)[0] == "Câu 1. H2O không là?"
    assert registry.read(data, "docx").questions == (asked,)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_pictures_travel_along(kind):
    data = picture(kind=kind)
    name = embedded.bare_name(data)
    ours = {"qr." + name.rpartition(".")[2]: data, name: data}

    for picked in ours:
        asked = question(picture=picked, picture_alt="Ô đỏ")
        found = registry.read(registry.write([asked], "docx", pictures=ours), "docx")
        assert found.questions == (asked,)
        assert dict(found.pictures) == {picked: data}


def test_a_picture_that_is_not_there_is_named():
    asked = question(picture="qr.png", picture_alt="Mã")

    assert registry.read(registry.write([asked], "docx"), "docx").questions == (asked,)


def test_a_webp_is_shown_as_a_png():
    asked = question(picture="x.webp", picture_alt="Ô")

    data = registry.write([asked], "docx", pictures={"x.webp": picture(kind="WEBP")})

    (found,) = registry.read(data, "docx").questions
    assert found.picture.endswith(".png")


@pytest.mark.parametrize(
    ("asked", "pictures", "sentence"),
    [
        (question("a\uffff"), {}, "Câu “a?” có ký tự mà tệp Word không giữ được."),
        (
            question(picture="x.png"),
            {"x.png": b"no picture"},
            "Hình “x.png” không đặt được vào tệp Word.",
        ),
    ],
)
def test_what_word_cannot_hold_is_named(asked, pictures, sentence):
    with pytest.raises(Invalid) as raised:
        writing.write([asked], pictures=pictures)

    assert str(raised.value) == sentence


def test_two_thousand_questions_are_read():
    several = [question(f"Câu hỏi số {at} là gì?", source="SGK") for at in range(2000)]
    data = registry.write(several, "docx")

    found = registry.read(data, "docx")

    assert found.questions == tuple(several)
