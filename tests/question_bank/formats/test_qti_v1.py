"""Items of QTI 1.2 as Canvas, Blackboard and others write them."""

import html
from decimal import Decimal
from fractions import Fraction

import pytest

from question_bank.formats.qti.reading import read
from question_bank.formats.qti.v2 import MANY_PARTS
from question_bank.formats.reading import LEFT_OUT, Feedback
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)


def document(*items, title="Tuần 1"):
    """Give what Canvas puts around its items."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2">
  <assessment ident="a1" title="{title}"><section ident="root_section">
  {"".join(items)}</section></assessment></questestinterop>""".encode()


def item(kind, presentation, processing, feedback="", *, text="<p>Nút nào?</p>"):
    fields = [("question_type", kind), ("points_possible", "1.0")] if kind else []
    metadata = "".join(
        f"<qtimetadatafield><fieldlabel>{name}</fieldlabel><fieldentry>{value}</fieldentry>"
        "</qtimetadatafield>"
        for name, value in fields
    )
    return f"""<item ident="g1" title="Một câu">
      <itemmetadata><qtimetadata>{metadata}</qtimetadata></itemmetadata>
      <presentation><material><mattext texttype="text/html">{html.escape(text)}</mattext></material>
      {presentation}</presentation>
      <resprocessing><outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE"
        vartype="Decimal"/></outcomes>{processing}</resprocessing>{feedback}</item>"""


def label(ident, text):
    return (
        f'<response_label ident="{ident}"><material><mattext texttype="text/plain">{text}'
        "</mattext></material></response_label>"
    )


def lid(labels, ident="response1", many="Single", before=""):
    listed = "".join(label(name, text) for name, text in labels.items())
    return (
        f'<response_lid ident="{ident}" rcardinality="{many}">{before}'
        f"<render_choice>{listed}</render_choice></response_lid>"
    )


def equal(name, ident="response1"):
    return f'<varequal respident="{ident}">{name}</varequal>'


def condition(asked, score=None, feedback="", more='continue="No"', action="Set"):
    points = "" if score is None else f'<setvar action="{action}" varname="SCORE">{score}</setvar>'
    shown = f'<displayfeedback feedbacktype="Response" linkrefid="{feedback}"/>' if feedback else ""
    return (
        f"<respcondition {more}><conditionvar>{asked}</conditionvar>{points}{shown}</respcondition>"
    )


def said(ident, text):
    return (
        f'<itemfeedback ident="{ident}"><flow_mat><material><mattext texttype="text/plain">{text}'
        "</mattext></material></flow_mat></itemfeedback>"
    )


THREE = {"7210": "Nguồn", "1": "Âm lượng", "33": "Chụp ảnh"}


def only(*items):
    found = read(document(*items))
    assert [str(one.what) for one in found.problems] == []
    (question,) = found.questions
    return question


def complaint(*items):
    (problem,) = read(document(*items)).problems
    assert (problem.done, problem.place) == (LEFT_OUT, "question 1 (Một câu)")
    return str(problem.what)


def notes(*items):
    return [str(one.what) for one in read(document(*items)).notes]


def test_reads_a_canvas_choice_with_its_feedback():
    on, other = 'continue="Yes"', "<other/>"
    processing = (
        condition(other, None, "general_fb", on)
        + condition(equal("7210"), None, "7210_fb", on)
        + condition(equal("1"), 100, "correct_fb")
        + condition(other, None, "general_incorrect_fb", on)
    )
    feedback = said("general_fb", "Vì thế.") + said("7210_fb", "Chưa.")
    feedback += said("correct_fb", "Hay.") + said("general_incorrect_fb", "Tiếc.")
    question = only(item("multiple_choice_question", lid(THREE), processing, feedback))
    assert question.text == "Nút nào?"
    assert question.options == ("Nguồn", "Âm lượng", "Chụp ảnh")
    assert (question.key, question.explanation) == (OneKey(1, 3), "Vì thế.")
    assert question.feedback == Feedback(("Chưa.", "", ""), "Hay.", "", "Tiếc.")
    assert (question.name, question.category) == ("Một câu", "Tuần 1")


def test_reads_a_canvas_choice_of_several():
    asked = f"<and>{equal('7210')}<not>{equal('1')}</not>{equal('33')}</and>"
    question = only(
        item("multiple_answers_question", lid(THREE, many="Multiple"), condition(asked, 100))
    )
    assert question.key == SeveralKey(frozenset({0, 2}), 3)


def test_points_added_up_are_weights():
    processing = "".join(
        condition(equal(name), score, more="", action="Add")
        for name, score in (("7210", 2), ("1", 1), ("33", -3))
    ).replace('maxvalue="100"', "")
    question = only(item("", lid(THREE, many="Multiple"), processing))
    weights = (Fraction(2, 3), Fraction(1, 3), Fraction(-1))
    assert question.key == SeveralKey(frozenset({0, 1}), 3, weights)


def test_parts_of_a_choice_of_one_are_weights():
    processing = condition(equal("7210"), 50) + condition(equal("33"), 100)
    question = only(item("", lid(THREE), processing))
    assert question.key == OneKey(2, 3, (Fraction(1, 2), Fraction(0), Fraction(1)))


@pytest.mark.parametrize(
    ("names", "right", "key"),
    [
        (("True", "False"), "a", True),
        (("True", "False"), "b", False),
        (("False", "True"), "a", False),
        (("Sai", "Đúng"), "b", True),
    ],
)
def test_reads_true_and_false(names, right, key):
    labels = dict(zip("ab", names, strict=True))
    question = only(item("true_false_question", lid(labels), condition(equal(right), 100)))
    assert (question.key, question.options) == (TrueFalseKey(key), ())


def test_a_true_false_in_other_words_stays_a_choice():
    data = item("true_false_question", lid({"a": "Có", "b": "Không"}), condition(equal("a"), 100))
    assert only(data).key == OneKey(0, 2)


RIGHTS = {"r1": "Điện", "r2": "Âm thanh", "r3": "Ánh sáng"}


def left(text):
    return f'<material><mattext texttype="text/plain">{text}</mattext></material>'


def test_reads_a_canvas_matching():
    presentation = lid(RIGHTS, "response_1", before=left("Nguồn"))
    presentation += lid(RIGHTS, "response_2", before=left("Loa"))
    presentation += lid(RIGHTS, "response_3", before=left("Phích cắm"))
    processing = "".join(
        condition(equal(name, ident), "33.33", more="", action="Add")
        for ident, name in (("response_1", "r1"), ("response_2", "r2"), ("response_3", "r1"))
    )
    data = item("matching_question", presentation, processing)
    question = only(data)
    assert question.options == ("Nguồn", "Loa", "Phích cắm")
    assert question.rights == ("Điện", "Âm thanh", "Ánh sáng")
    assert (question.key, notes(data)) == (MatchingKey((0, 1, 0), 3), [])


def test_reads_a_blackboard_matching():
    """The right sides stand in a block of their own, and pairs set no score."""

    def pair(ident, text, names):
        labels = "".join(f'<response_label ident="{name}"/>' for name in names)
        return (
            f'<flow class="Block"><flow class="FORMATTED_TEXT_BLOCK"><material><mat_extension>'
            f'<mat_formattedtext type="HTML">{text}</mat_formattedtext></mat_extension></material>'
            f'</flow><response_lid ident="{ident}" rcardinality="Single"><render_choice>'
            f"<flow_label>{labels}</flow_label></render_choice></response_lid></flow>"
        )

    def right(text):
        return f'<flow class="Block">{left(text)}</flow>'

    presentation = (
        f'<flow class="RESPONSE_BLOCK">{pair("L1", "Một", "ab")}{pair("L2", "Hai", "cd")}</flow>'
        f'<flow class="RIGHT_MATCH_BLOCK">{right("1")}{right("2")}</flow>'
    )
    processing = condition(equal("b", "L1"), feedback="correct", more="")
    processing += condition(equal("c", "L2"), feedback="correct", more="")
    text = item("", presentation, processing).replace(
        "<qtimetadata></qtimetadata>", "<bbmd_questiontype>Matching</bbmd_questiontype>"
    )
    question = only(text)
    assert (question.options, question.rights) == (("Một", "Hai"), ("1", "2"))
    assert question.key == MatchingKey((1, 0), 2)


def test_reads_a_blackboard_choice():
    processing = (
        '<respcondition title="correct"><conditionvar>'
        f"{equal('b', 'response')}</conditionvar>"
        '<setvar variablename="SCORE" action="Set">SCORE.max</setvar></respcondition>'
        '<respcondition title="incorrect"><conditionvar><other/></conditionvar>'
        '<setvar variablename="SCORE" action="Set">0.0</setvar></respcondition>'
    )
    question = only(item("", lid({"a": "Một", "b": "Hai"}, "response"), processing))
    assert question.key == OneKey(1, 2)


def test_reads_an_order():
    asked = equal("c") + equal("a") + equal("b")
    presentation = lid({"a": "Một", "b": "Hai", "c": "Không"}, many="Ordered")
    question = only(item("ordering_question", presentation, condition(asked, 100)))
    assert question.options == ("Không", "Một", "Hai")
    assert question.key == OrderingKey(3)


FIELD = (
    '<response_str ident="response1" rcardinality="Single"><render_fib fibtype="Decimal">'
    '<response_label ident="answer1"/></render_fib></response_str>'
)


def bound(name, value):
    return f'<{name} respident="response1">{value}</{name}>'


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        (
            f"<or>{equal('4.0')}<and>{bound('vargte', '3.5')}{bound('varlte', '4.5')}</and></or>",
            NumberKey(Decimal(4), Decimal("0.5")),
        ),
        (bound("vargte", "6.0") + bound("varlte", "8.0"), NumberKey(Decimal(7), Decimal(1))),
        (equal("12"), NumberKey(Decimal(12))),
    ],
)
def test_reads_a_canvas_number(asked, key):
    question = only(item("numerical_question", FIELD, condition(asked, 100)))
    assert question.key == key


def test_a_range_without_an_end_is_left_out():
    data = item("numerical_question", FIELD, condition(bound("vargte", "6"), 100))
    assert complaint(data) == "Khoảng đáp án số không có giới hạn ở một đầu."


@pytest.mark.parametrize(
    "kind",
    [
        *("essay_question", "short_answer_question", "fill_in_multiple_blanks_question"),
        *("multiple_dropdowns_question", "file_upload_question", "calculated_question"),
        *("text_only_question", "cc.fib.v0p1", "Hot Spot", "Short Response"),
    ],
)
def test_kinds_that_cannot_be_held_are_named(kind):
    data = item(kind, lid(THREE), condition(equal("1"), 100))
    assert complaint(data) == f"Loại câu hỏi “{kind}” không dùng được ở đây."


@pytest.mark.parametrize(
    ("presentation", "processing", "sentence"),
    [
        (
            FIELD.replace("Decimal", "String"),
            condition(equal("York"), 100),
            "Loại câu hỏi “response_str” không dùng được ở đây.",
        ),
        (
            '<response_xy ident="r"/>',
            "",
            "Loại câu hỏi “response_xy” không dùng được ở đây.",
        ),
        (
            lid(THREE) + FIELD,
            "",
            MANY_PARTS % {"kinds": "response_lid, response_str"},
        ),
        (lid(THREE), "", "Câu hỏi không có đáp án đúng, hoặc đáp án không được điểm nào."),
        (
            lid(THREE),
            condition(equal("1"), 100) + condition(equal("33"), 100),
            "Câu hỏi chỉ chọn một nhưng có nhiều phương án cùng được trọn điểm.",
        ),
        (
            lid(THREE),
            condition('<varsubstring respident="response1">1</varsubstring>', 100),
            "Câu hỏi có cách chấm điểm riêng (varsubstring), không chuyển sang đây được.",
        ),
        (
            lid({"a": "x", "b": "y"}, "r1", before=left("z")) + lid({"a": "x", "b": "w"}, "r2"),
            "",
            "Câu hỏi gồm nhiều phần trả lời (response_lid), không chuyển sang đây được.",
        ),
    ],
)
def test_what_cannot_be_held_is_left_out(presentation, processing, sentence):
    assert complaint(item("", presentation, processing)) == sentence


def test_plain_text_without_a_type_is_plain_and_marks_are_marks():
    data = item("", lid({"a": "1 &lt; 2", "b": "3"}), condition(equal("a"), 1))
    data = data.replace(' texttype="text/plain"', "")
    assert only(data).options == ("1 < 2", "3")
    marked = data.replace("1 &lt; 2", "&lt;b&gt;1&lt;/b&gt;")
    assert only(marked).options == ("<b>1</b>", "3")


def test_every_item_is_read_or_named():
    good = item("", lid(THREE), condition(equal("1"), 100))
    bad = item("essay_question", lid(THREE), "")
    found = read(document(good, bad, good))
    assert len(found.questions) == 2
    assert [one.place for one in found.problems] == ["question 2 (Một câu)"]


def test_sections_give_the_category():
    one = item("", lid(THREE), condition(equal("1"), 100))
    data = f"""<questestinterop><section title="Lớp 1"><section title="Máy tính">{one}</section>
      <section title="Mạng">{one}</section></section>{one}</questestinterop>"""
    found = read(data.encode())
    assert [one.category for one in found.questions] == ["Lớp 1/Máy tính", "Lớp 1/Mạng", ""]
