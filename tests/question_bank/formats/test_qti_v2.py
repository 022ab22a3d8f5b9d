"""Items of QTI 2.1, 2.2 and 3.0 as other programs write them."""

from decimal import Decimal
from fractions import Fraction

import pytest

from contest.core import xml
from question_bank.formats.qti.reading import read
from question_bank.formats.reading import LEFT_OUT, REFUSED, Feedback
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    OrderingKey,
    SeveralKey,
)

CORRECT = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
MAPPED = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"
SCORE = '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>'


def item(response, body, processing=f'<responseProcessing template="{CORRECT}"/>', *, more=""):
    """Give a bare item of QTI 2.1."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="item-1"
    title="Một câu" adaptive="false" timeDependent="false" xml:lang="vi">
  {response}
  {SCORE}
  <itemBody>
    {body}
  </itemBody>
  {processing}
  {more}
</assessmentItem>""".encode()


def declared(cardinality, values, mapping="", base="identifier"):
    stated = "".join(f"<value>{one}</value>" for one in values)
    correct = f"<correctResponse>{stated}</correctResponse>" if values else ""
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}"'
        f' baseType="{base}">{correct}{mapping}</responseDeclaration>'
    )


def entries(attributes="", **weights):
    listed = "".join(
        f'<mapEntry mapKey="{key}" mappedValue="{value}"/>' for key, value in weights.items()
    )
    return f"<mapping {attributes}>{listed}</mapping>"


def choices(most=1, texts=("Nguồn", "Âm lượng", "Chụp ảnh"), prompt="<prompt>Nút nào?</prompt>"):
    listed = "\n".join(
        f'<simpleChoice identifier="{name}">{text}</simpleChoice>'
        for name, text in zip("ABCDEFGHIJ", texts, strict=False)
    )
    return (
        f'<choiceInteraction responseIdentifier="RESPONSE" shuffle="true" maxChoices="{most}">'
        f"{prompt}{listed}</choiceInteraction>"
    )


def only(data):
    found = read(data)
    assert [str(one.what) for one in found.problems] == []
    (question,) = found.questions
    return question


def complaint(data):
    found = read(data)
    assert found.questions == ()
    (problem,) = found.problems
    assert (problem.done, problem.place) == (LEFT_OUT, "question 1 (Một câu)")
    return str(problem.what)


def notes(data):
    return [str(one.what) for one in read(data).notes]


MAP = f'<responseProcessing template="{MAPPED}"/>'


def test_reads_a_choice_of_one():
    question = only(item(declared("single", ["B"]), "<p>Nhìn hình.</p>" + choices()))
    assert question.key == OneKey(1, 3)
    assert question.text == "Nhìn hình.\nNút nào?"
    assert question.options == ("Nguồn", "Âm lượng", "Chụp ảnh")
    assert (question.name, question.code, question.is_html) == ("Một câu", "", False)


def test_marks_that_say_something_stay_html():
    question = only(item(declared("single", ["A"]), choices(texts=("10<sup>2</sup>", "a &lt; b"))))
    assert question.is_html
    assert question.options == ("10<sup>2</sup>", "a &lt; b")


def test_a_mapping_gives_weights():
    mapping = entries('defaultValue="0"', A="1", B="0.5", C="-0.33333")
    question = only(item(declared("single", ["A"], mapping), choices(), MAP))
    assert question.key == OneKey(0, 3, (Fraction(1), Fraction(1, 2), Fraction(-1, 3)))


def test_a_mapping_of_full_and_none_gives_no_weights():
    data = item(declared("single", ["A"], entries(A="2")), choices(), MAP)
    assert only(data).key == OneKey(0, 3)


def test_the_right_option_must_earn_the_most():
    data = item(declared("single", ["A"], entries(A="0", B="1")), choices(), MAP)
    assert complaint(data) == ("Đáp án đúng và cách chấm điểm ghi trong câu hỏi không khớp nhau.")


def test_reads_a_choice_of_several_matched_whole():
    question = only(item(declared("multiple", ["A", "C"]), choices(0)))
    assert question.key == SeveralKey(frozenset({0, 2}), 3)


def test_reads_a_choice_of_several_with_weights():
    # The shape of the best-practice item "Composition of Water".
    mapping = entries('lowerBound="0" upperBound="2" defaultValue="-2"', A="1", B="1", D="-1")
    data = item(declared("multiple", ["A", "B"], mapping), choices(0, "HOCN"), MAP)
    half = Fraction(1, 2)
    assert only(data).key == SeveralKey(frozenset({0, 1}), 4, (half, half, Fraction(-1), -half))


def test_weights_that_change_nothing_are_dropped():
    mapping = entries('lowerBound="0"', A="0.5", B="0.5", C="-0.5", D="-0.5")
    data = item(declared("multiple", ["A", "B"], mapping), choices(0, "HOCN"), MAP)
    assert only(data).key == SeveralKey(frozenset({0, 1}), 4)


def test_a_score_below_zero_is_noted():
    mapping = entries("", A="0.5", B="0.5", C="-1")
    data = item(declared("multiple", ["A", "B"], mapping), choices(0), MAP)
    assert notes(data) == ["Ở tệp gốc, tổng điểm của câu này có thể âm; ở đây thấp nhất là 0 điểm."]


def test_any_of_several_right_ones_is_not_guessed():
    mapping = entries('upperBound="1"', A="1", B="1")
    data = item(declared("multiple", ["A", "B"], mapping), choices(0), MAP)
    assert complaint(data) == ("Đáp án đúng và cách chấm điểm ghi trong câu hỏi không khớp nhau.")


CUSTOM = """<responseProcessing><responseCondition>
  <responseIf><match><variable identifier="RESPONSE"/><baseValue baseType="identifier">C</baseValue>
    </match><setOutcomeValue identifier="SCORE"><baseValue baseType="float">3</baseValue>
    </setOutcomeValue></responseIf>
  <responseElseIf><match><variable identifier="RESPONSE"/><baseValue baseType="identifier">B
    </baseValue></match><setOutcomeValue identifier="SCORE">
    <baseValue baseType="float">1</baseValue></setOutcomeValue></responseElseIf>
  <responseElse><setOutcomeValue identifier="SCORE"><baseValue baseType="float">0</baseValue>
    </setOutcomeValue></responseElse></responseCondition>
  <setOutcomeValue identifier="FEEDBACK"><variable identifier="RESPONSE"/></setOutcomeValue>
</responseProcessing>"""
FEEDBACK = '<outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier"/>'


def modal(identifier, text, outcome="FEEDBACK", show="show"):
    return (
        f'<modalFeedback outcomeIdentifier="{outcome}" identifier="{identifier}"'
        f' showHide="{show}"><p>{text}</p></modalFeedback>'
    )


def test_runs_custom_processing():
    question = only(item(declared("single", []), choices(), CUSTOM))
    assert question.key == OneKey(2, 3, (Fraction(0), Fraction(1, 3), Fraction(1)))


def test_sorts_feedback_by_who_sees_it():
    texts = modal("A", "Chưa.") + modal("C", "Giỏi.") + modal("NONE", "Vì thế.", show="hide")
    question = only(item(declared("single", ["C"]), choices(), CUSTOM, more=texts))
    assert question.feedback == Feedback(("Chưa.", "", "Giỏi."))
    assert question.explanation == "Vì thế."


def test_feedback_inside_a_choice_is_the_choice_s():
    inline = (
        '<feedbackInline outcomeIdentifier="FEEDBACK" identifier="A">Đúng rồi.</feedbackInline>'
    )
    question = only(
        item(
            declared("single", ["A"]),
            choices(texts=(f"Một {inline}", "Hai")),
            CUSTOM.replace(">C<", ">A<"),
        )
    )
    assert question.options == ("Một", "Hai")
    assert question.feedback == Feedback(("Đúng rồi.", ""))


def test_feedback_for_right_and_wrong_answers():
    processing = """<responseProcessing><responseCondition><responseIf>
      <match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>
      <setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue>
      </setOutcomeValue><setOutcomeValue identifier="F">
      <baseValue baseType="identifier">correct</baseValue>
      </setOutcomeValue></responseIf><responseElse><setOutcomeValue identifier="F">
      <baseValue baseType="identifier">incorrect</baseValue></setOutcomeValue></responseElse>
      </responseCondition></responseProcessing>"""
    texts = modal("correct", "Hay.", "F") + modal("incorrect", "Tiếc.", "F")
    question = only(item(declared("single", ["A"]), choices(), processing, more=texts))
    assert question.feedback == Feedback((), "Hay.", "", "Tiếc.")


def test_reads_an_order():
    body = """<orderInteraction responseIdentifier="RESPONSE" shuffle="true">
      <prompt>Xếp thứ tự.</prompt><simpleChoice identifier="DriverA">Rubens</simpleChoice>
      <simpleChoice identifier="DriverB">Jenson</simpleChoice>
      <simpleChoice identifier="DriverC">Michael</simpleChoice></orderInteraction>"""
    question = only(item(declared("ordered", ["DriverC", "DriverA", "DriverB"]), body))
    assert question.options == ("Michael", "Rubens", "Jenson")
    assert question.key == OrderingKey(3)


MATCH = """<matchInteraction responseIdentifier="RESPONSE" shuffle="true" maxAssociations="4">
  <prompt>Ghép.</prompt><simpleMatchSet>
  <simpleAssociableChoice identifier="C" matchMax="1">Capulet</simpleAssociableChoice>
  <simpleAssociableChoice identifier="D" matchMax="1">Demetrius</simpleAssociableChoice>
  <simpleAssociableChoice identifier="L" matchMax="1">Lysander</simpleAssociableChoice>
  </simpleMatchSet><simpleMatchSet>
  <simpleAssociableChoice identifier="M" matchMax="4">Midsummer</simpleAssociableChoice>
  <simpleAssociableChoice identifier="R" matchMax="4">Romeo</simpleAssociableChoice>
  <simpleAssociableChoice identifier="T" matchMax="4">Tempest</simpleAssociableChoice>
  </simpleMatchSet></matchInteraction>"""


def pairs(**weights):
    listed = "".join(
        f'<mapEntry mapKey="{key.replace("_", " ")}" mappedValue="{value}"/>'
        for key, value in weights.items()
    )
    return f'<mapping defaultValue="0">{listed}</mapping>'


def test_reads_a_matching_with_repeated_rights_and_decoys():
    response = declared(
        "multiple", ["C R", "D M", "L M"], pairs(C_R=1, D_M=1, L_M=1), "directedPair"
    )
    data = item(response, MATCH, MAP)
    question = only(data)
    assert question.options == ("Capulet", "Demetrius", "Lysander")
    assert question.rights == ("Midsummer", "Romeo", "Tempest")
    assert question.key == MatchingKey((1, 0, 0), 3)
    assert notes(data) == []


def test_uneven_pairs_are_noted():
    response = declared(
        "multiple", ["C R", "D M", "L M"], pairs(C_R=1, D_M=0.5, L_M=0.5), "directedPair"
    )
    assert notes(item(response, MATCH, MAP)) == [
        "Cách tính điểm từng phần riêng của câu này không giữ được; đáp án đúng vẫn giữ nguyên."
    ]


def test_sides_are_turned_when_only_that_makes_pairs():
    response = declared("multiple", ["C M", "C R", "D T"], base="directedPair")
    question = only(item(response, MATCH))
    assert question.options == ("Midsummer", "Romeo", "Tempest")
    assert question.key == MatchingKey((0, 0, 1), 3)


def test_a_left_without_a_partner_is_left_out():
    response = declared("multiple", ["C R", "D M"], base="directedPair")
    assert complaint(item(response, MATCH)) == (
        "Câu ghép đôi này không cho mỗi mục bên trái đúng một mục bên phải."
    )


def test_associations_in_pairs_become_two_columns():
    body = """<associateInteraction responseIdentifier="RESPONSE" shuffle="true"
      maxAssociations="2">
      <simpleAssociableChoice identifier="A" matchMax="1">Hà Nội</simpleAssociableChoice>
      <simpleAssociableChoice identifier="L" matchMax="1">Lào</simpleAssociableChoice>
      <simpleAssociableChoice identifier="V" matchMax="1">Việt Nam</simpleAssociableChoice>
      <simpleAssociableChoice identifier="W" matchMax="1">Viêng Chăn</simpleAssociableChoice>
      </associateInteraction>"""
    data = item(declared("multiple", ["V A", "W L"], base="pair"), "<p>Ghép.</p>" + body)
    question = only(data)
    assert question.options == ("Hà Nội", "Lào")
    assert question.rights == ("Việt Nam", "Viêng Chăn")
    assert question.key == MatchingKey((0, 1), 2)
    assert notes(data) == ["Các mục vốn để chung một nhóm nay được chia thành hai cột để ghép."]


ENTRY = '<p>Có <textEntryInteraction responseIdentifier="RESPONSE" expectedLength="3"/> xã.</p>'


def test_reads_a_number():
    question = only(item(declared("single", ["99"], base="integer"), ENTRY))
    assert question.text == "Có ____ xã."
    assert question.key == NumberKey(Decimal(99))


def equal(attributes, score="1"):
    return f"""<responseProcessing><responseCondition><responseIf>
      <equal {attributes}><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></equal>
      <setOutcomeValue identifier="SCORE"><baseValue baseType="float">{score}</baseValue>
      </setOutcomeValue></responseIf></responseCondition></responseProcessing>"""


@pytest.mark.parametrize(
    ("attributes", "tolerance"),
    [
        ('toleranceMode="exact"', "0"),
        ('toleranceMode="absolute" tolerance="0.5"', "0.5"),
        ('toleranceMode="absolute" tolerance="0.5 0.5"', "0.5"),
    ],
)
def test_reads_a_tolerance(attributes, tolerance):
    question = only(item(declared("single", ["12.5"], base="float"), ENTRY, equal(attributes)))
    assert question.key == NumberKey(Decimal("12.5"), Decimal(tolerance))


def test_open_ends_are_noted():
    attributes = 'toleranceMode="absolute" tolerance="2" includeUpperBound="false"'
    data = item(declared("single", ["10"], base="float"), ENTRY, equal(attributes))
    assert only(data).key == NumberKey(Decimal(10), Decimal(2))
    assert notes(data) == [
        "Khoảng đáp án số không lấy hai đầu; ở đây hai đầu cũng được tính là đúng."
    ]


def test_reads_a_mapping_of_numbers():
    mapping = entries(**{"7": "1", "8": "0.5"})
    question = only(item(declared("single", ["7"], mapping, "integer"), ENTRY, MAP))
    half = NumberRange(Decimal(8), Decimal(0), Fraction(1, 2))
    assert question.key == NumberKey(Decimal(7), Decimal(0), (half,))


def test_reads_two_ends_with_a_part_around():
    processing = """<responseProcessing>
      <responseCondition><responseIf><and>
      <gte><variable identifier="RESPONSE"/><baseValue baseType="float">9</baseValue></gte>
      <lte><variable identifier="RESPONSE"/><baseValue baseType="float">11</baseValue></lte></and>
      <setOutcomeValue identifier="SCORE"><baseValue baseType="float">2</baseValue>
      </setOutcomeValue></responseIf><responseElseIf><and>
      <gte><variable identifier="RESPONSE"/><baseValue baseType="float">5</baseValue></gte>
      <lte><variable identifier="RESPONSE"/><baseValue baseType="float">15</baseValue></lte></and>
      <setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue>
      </setOutcomeValue></responseElseIf></responseCondition></responseProcessing>"""
    question = only(item(declared("single", [], base="float"), ENTRY, processing))
    part = NumberRange(Decimal(10), Decimal(5), Fraction(1, 2))
    assert question.key == NumberKey(Decimal(10), Decimal(1), (part,))


def test_a_slider_is_a_number():
    body = (
        '<sliderInteraction responseIdentifier="RESPONSE" lowerBound="0" upperBound="100">'
        "<prompt>Bao nhiêu?</prompt></sliderInteraction>"
    )
    question = only(item(declared("single", ["40"], base="integer"), body))
    assert (question.text, question.key) == ("Bao nhiêu?", NumberKey(Decimal(40)))


def test_a_single_inline_choice_is_a_choice():
    body = """<p>Thủ đô là <inlineChoiceInteraction responseIdentifier="RESPONSE" shuffle="true">
      <inlineChoice identifier="H">Hà Nội</inlineChoice><inlineChoice identifier="L">Lào Cai
      </inlineChoice></inlineChoiceInteraction>.</p>"""
    question = only(item(declared("single", ["H"]), body))
    assert question.text == "Thủ đô là ____."
    assert (question.options, question.key) == (("Hà Nội", "Lào Cai"), OneKey(0, 2))


UNUSUAL = '<responseProcessing template="http://example.org/rp/my_own.xml"/>'
OPERATOR = """<responseProcessing><setOutcomeValue identifier="SCORE"><customOperator class="x">
  <variable identifier="RESPONSE"/></customOperator></setOutcomeValue></responseProcessing>"""


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            item(
                declared("single", [], base="string"),
                '<extendedTextInteraction responseIdentifier="RESPONSE"/>',
            ),
            "Loại câu hỏi “extendedTextInteraction” không dùng được ở đây.",
        ),
        (
            item(declared("single", ["York"], base="string"), ENTRY),
            "Loại câu hỏi “textEntryInteraction (string)” không dùng được ở đây.",
        ),
        (
            item(declared("single", ["A"]), choices() + choices()),
            "Câu hỏi gồm nhiều phần trả lời (choiceInteraction), không chuyển sang đây được.",
        ),
        (
            item(declared("single", ["A"]), "<p>Chữ.</p>"),
            "Loại câu hỏi “itemBody” không dùng được ở đây.",
        ),
        (
            item(declared("single", ["A"]) + '<templateDeclaration identifier="N"/>', choices()),
            "Câu hỏi sinh số liệu ngẫu nhiên (templateDeclaration), không chuyển được.",
        ),
        (
            item(
                declared("single", ["A"]),
                '<p><math xmlns="http://www.w3.org/1998/Math/MathML"><mn>1</mn></math></p>'
                + choices(),
            ),
            "Câu hỏi có công thức MathML, không chuyển được.",
        ),
        (
            item(declared("single", ["A"]), choices(), UNUSUAL),
            "Câu hỏi có cách chấm điểm riêng (my_own), không chuyển sang đây được.",
        ),
        (
            item(declared("single", ["A"]), choices(), OPERATOR),
            "Câu hỏi có cách chấm điểm riêng (customOperator), không chuyển sang đây được.",
        ),
        (
            item(declared("single", ["Z"]), choices()),
            "Đáp án đúng và cách chấm điểm ghi trong câu hỏi không khớp nhau.",
        ),
        (
            item(declared("single", []), choices()),
            "Câu hỏi không có đáp án đúng, hoặc đáp án không được điểm nào.",
        ),
        (item("", choices()), "Câu hỏi thiếu phần “responseDeclaration”."),
        (
            item(
                declared("single", ["A"]),
                '<p><img src="https://example.org/a.png" alt=""/></p>' + choices(),
            ),
            "Hình “https://example.org/a.png” nằm ngoài gói nên không được lấy.",
        ),
        (
            item(declared("single", ["A"]), choices(texts=("x", "x"))),
            "Câu hỏi có hai phương án giống nhau: “x”.",
        ),
        (
            item(declared("single", ["A"]), choices(texts=("x", ""))),
            "Câu hỏi có phương án để trống.",
        ),
        (
            item(declared("single", ["A"]), choices(texts=("x" * 501, "y"))),
            f"Phương án “{'x' * 40}…” dài quá 500 ký tự.",
        ),
        (
            item(declared("single", ["A"]), choices(texts=('<img src="a.png" alt=""/>', "y"))),
            "Câu hỏi có hình trong phương án hoặc lời nhận xét, không giữ được.",
        ),
    ],
)
def test_what_cannot_be_held_is_left_out_by_name(data, sentence):
    assert complaint(data) == sentence


def test_what_is_passed_over_is_noted():
    body = '<rubricBlock view="scorer"><p>Chấm rộng.</p></rubricBlock><p>Đề.</p>' + choices()
    data = item(declared("single", ["A"]), body)
    assert only(data).text == "Đề.\nNút nào?"
    assert notes(data) == [
        "Hướng dẫn chấm hoặc hướng dẫn riêng (rubricBlock) của câu hỏi không được giữ."
    ]


THREE = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
  identifier="i3" title="Một câu" adaptive="false" time-dependent="false" xml:lang="vi">
  <qti-response-declaration identifier="RESPONSE" cardinality="{cardinality}"
    base-type="identifier">
    <qti-correct-response>{correct}</qti-correct-response>
    <qti-mapping default-value="0" lower-bound="0"><qti-map-entry map-key="A" mapped-value="1"/>
    <qti-map-entry map-key="C" mapped-value="-0.5"/></qti-mapping>
  </qti-response-declaration>
  <qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>
  <qti-item-body><p>Tin nhắn lạ.</p>
    <qti-choice-interaction response-identifier="RESPONSE" max-choices="{most}" shuffle="true">
      <qti-prompt>Nên làm gì?</qti-prompt>
      <qti-simple-choice identifier="A">Xóa</qti-simple-choice>
      <qti-simple-choice identifier="B">Hỏi người thân</qti-simple-choice>
      <qti-simple-choice identifier="C">Bấm</qti-simple-choice>
    </qti-choice-interaction></qti-item-body>
  <qti-response-processing
    template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/{template}.xml"/>
  <qti-modal-feedback outcome-identifier="X" identifier="Y" show-hide="hide">
    <qti-content-body><p>Vì thế.</p></qti-content-body></qti-modal-feedback>
  <qti-catalog-info><qti-catalog id="c"/></qti-catalog-info>
</qti-assessment-item>"""


def test_reads_a_choice_of_qti_3():
    correct = "<qti-value>A</qti-value>"
    data = THREE.format(cardinality="single", correct=correct, most=1, template="match_correct")
    question = only(data.encode())
    assert question.text == "Tin nhắn lạ.\nNên làm gì?"
    assert question.options == ("Xóa", "Hỏi người thân", "Bấm")
    assert (question.key, question.explanation) == (OneKey(0, 3), "Vì thế.")
    assert notes(data.encode()) == [
        "Nội dung hỗ trợ tiếp cận (catalog) của câu hỏi không được giữ."
    ]


def test_reads_weights_of_qti_3():
    correct = "<qti-value>A</qti-value>"
    data = THREE.format(cardinality="multiple", correct=correct, most=0, template="map_response")
    weights = (Fraction(1), Fraction(0), Fraction(-1, 2))
    assert only(data.encode()).key == SeveralKey(frozenset({0}), 3, weights)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Tệp XML không có nội dung."),
        (b"<quiz/>", "Tệp XML có gốc “quiz”, không phải là QTI."),
        (b"<questestinterop/>", "Không tìm thấy câu hỏi QTI nào trong tệp."),
        (
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><assessmentItem/>',
            xml.HAS_DECLARATIONS,
        ),
    ],
)
def test_refuses_the_whole_file(data, sentence):
    found = read(data)
    assert [(str(one.what), one.done) for one in found.problems] == [(sentence, REFUSED)]
