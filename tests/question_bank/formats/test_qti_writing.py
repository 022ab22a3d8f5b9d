"""What is written as a QTI 2.1 package reads back equal."""

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.core import xml
from contest.errors import Invalid
from question_bank.formats import registry
from question_bank.formats.embedded import bare_name
from question_bank.formats.qti.items import share
from question_bank.formats.qti.reading import read
from question_bank.formats.qti.scoring import to_share
from question_bank.formats.qti.writing import write
from question_bank.formats.reading import DraftQuestion, Feedback, Parallel
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

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
TWO, THREE = ("Một", "Hai"), ("Một", "Hai", "Ba")
QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"

PLAIN = DraftQuestion(
    code="",
    type=QuestionType.ONE,
    topic="",
    difficulty=None,
    audiences=(),
    text="Nút nào?",
    options=THREE,
    rights=(),
    key=OneKey(1, 3),
    explanation="",
    source="",
)
FEEDBACK = Feedback(("A", "", "C"), "Hay.", "Gần.", "Tiếc.")
KINDS = {
    "one": PLAIN,
    "weighted": replace(PLAIN, key=OneKey(0, 3, (Fraction(1), Fraction(1, 3), Fraction(-1, 7)))),
    "several": replace(
        PLAIN, type=QuestionType.SEVERAL, key=SeveralKey(frozenset({0, 2}), 3), feedback=FEEDBACK
    ),
    "true_false": replace(
        PLAIN,
        type=QuestionType.TRUE_FALSE,
        key=TrueFalseKey(False),
        options=(),
        feedback=Feedback(("", "Đúng thế."), "Hay.", "", ""),
    ),
    "ordering": replace(
        PLAIN,
        type=QuestionType.ORDERING,
        key=OrderingKey(3),
        feedback=Feedback((), "Hay.", "Gần.", "Tiếc."),
    ),
    "matching": replace(
        PLAIN,
        type=QuestionType.MATCHING,
        key=MatchingKey((1, 1, 0), 3),
        rights=("x", "y", "z"),
        feedback=Feedback((), "Hay.", "Gần.", "Tiếc."),
    ),
    "number": replace(
        PLAIN,
        type=QuestionType.NUMBER,
        options=(),
        key=NumberKey(
            Decimal("12.5"),
            Decimal("0.25"),
            (NumberRange(Decimal(12), Decimal(5), Fraction(1, 3)),),
        ),
        number_unit="km < m",
    ),
}


def has_unwritable(questions):
    return re.search(r"\ufff[ef]", ascii(questions)) is not None


@given(st.lists(drafts(), min_size=1, max_size=4, unique_by=lambda one: one.code or id(one)))
def test_reads_back_what_it_wrote(questions):
    try:
        data = write(questions)
    except Invalid:
        assert has_unwritable(questions)
        return
    found = read(data)
    assert [str(one.what) for one in (*found.problems, *found.notes)] == []
    assert found.questions == tuple(questions)
    assert write(questions) == data


@pytest.mark.parametrize("kind", KINDS)
def test_reads_back_each_kind(kind):
    found = read(write([KINDS[kind]]))
    assert found.problems == found.notes == ()
    assert found.questions == (KINDS[kind],)


def test_pictures_come_along():
    question = replace(PLAIN, picture=bare_name(PNG), picture_alt='Nút "nguồn" & đèn')
    data = registry.write([question], "qti", pictures={bare_name(PNG): PNG})
    found = read(data)
    assert found.questions == (question,)
    assert found.pictures == {bare_name(PNG): PNG}


def test_a_picture_that_is_not_there_is_named():
    question = replace(PLAIN, code="devices-001", picture="a.png")
    with pytest.raises(Invalid) as error:
        write([question])
    assert str(error.value) == "Không ghi được câu hỏi “devices-001”: không có hình “a.png”."


def test_a_character_that_xml_cannot_hold_is_named():
    with pytest.raises(Invalid) as error:
        write([replace(PLAIN, text="a\ufffe")])
    assert str(error.value) == "Không ghi được câu hỏi “q00001”: có ký tự mà XML không chứa được."


def test_texts_in_other_languages_stay_out_of_the_items():
    question = replace(PLAIN, parallel={"en": Parallel("Which <button>?", ("1", "2", "3"))})
    with ZipFile(BytesIO(write([question]))) as package:
        texts = {name: package.read(name).decode() for name in package.namelist()}
    assert list(texts) == [
        "imsmanifest.xml",
        "test.xml",
        "items/q00001.xml",
        "parallel/q00001.json",
    ]
    assert "Which" not in texts["items/q00001.xml"]
    assert read(write([question])).questions == (question,)


def test_marks_that_qti_has_no_element_for_travel_as_spans():
    text = "<u>Chân</u> <s>cũ</s> <ins>mới</ins> a<br>b <i>c</i>"
    question = replace(PLAIN, text=text, is_html=True)
    with ZipFile(BytesIO(write([question]))) as package:
        root = xml.parse(package.read("items/q00001.xml"))
    body = root.find(f"{QTI}itemBody/{QTI}div")
    names = ["span", "span", "span", "br", "i"]
    assert [one.tag.removeprefix(QTI) for one in body] == names
    assert read(write([question])).questions == (question,)


@pytest.mark.parametrize("kind", KINDS)
def test_elements_stand_in_the_order_of_the_schema(kind):
    question = replace(KINDS[kind], explanation="Vì thế.")
    with ZipFile(BytesIO(write([question]))) as package:
        root = xml.parse(package.read("items/q00001.xml"))
    order = [
        *("responseDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing"),
        "modalFeedback",
    ]
    places = [order.index(one.tag.removeprefix(QTI)) for one in root]
    assert places == sorted(places)
    assert {"identifier", "title", "adaptive", "timeDependent"} <= set(root.attrib)
    names = [one.get("identifier") for one in root.iter() if one.tag.endswith("Choice")]
    assert len(set(names)) == len(names)


@given(st.integers(-(10**9) + 1, 10**9 - 1), st.integers(1, 10**9 - 1))
def test_shares_are_exact(numerator, denominator):
    number = Fraction(numerator, denominator)
    assert to_share(share(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.33333", Fraction(1, 3)),
        ("0.333", Fraction(1, 3)),
        ("0.1667", Fraction(1, 6)),
        ("-0.6666667", Fraction(-2, 3)),
        ("0.25", Fraction(1, 4)),
        ("0.105", Fraction(21, 200)),
        ("33", Fraction(33)),
    ],
)
def test_shares_of_other_programs_are_what_they_mean(text, number):
    assert to_share(text) == number
