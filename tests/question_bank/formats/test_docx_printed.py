from io import BytesIO

import docx
import pytest

from contest.errors import Invalid
from question_bank.formats.docx.printed import key, paper
from question_bank.formats.docx.shuffling import papers
from question_bank.formats.reading import DraftQuestion
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)
from tests.factories.word import picture

CODES = ("101", "102")


def question(made, text="Nào?", options=(), rights=(), **facts):
    told = {"code": "", "topic": "", "difficulty": None, "audiences": (), "explanation": ""}
    told |= {"source": "", "type": made.kind, "key": made} | facts
    return DraftQuestion(text=text, options=options, rights=rights, **told)


FOUR = ("Một", "Hai", "Ba", "Bốn")
EVERY = [
    question(OneKey(1, 4), "Chọn một", FOUR),
    question(SeveralKey(frozenset({0, 2}), 4), "Chọn nhiều", FOUR),
    question(TrueFalseKey(right=False), "Đúng hay sai"),
    question(OrderingKey(3), "Xếp lại", ("Trước", "Giữa", "Sau")),
    question(MatchingKey((0, 1), 3), "Ghép", ("Mèo", "Chó"), ("Meo", "Gâu", "Ò ó o")),
    question(NumberKey.from_json({"value": "12.5", "tolerance": "0.1"}), "Mấy", number_unit="kg"),
    question(
        OneKey(0, 2),
        "<p>H<sub>2</sub>O</p><table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>",
        ("<b>x</b>", "y"),
        is_html=True,
    ),
]


def opened(data):
    return docx.Document(BytesIO(data))


def texts(document):
    return [paragraph.text for paragraph in document.paragraphs if paragraph.text]


def test_the_same_seed_gives_the_same_papers_and_codes_differ():
    first = papers(EVERY * 3, CODES, "2026")

    assert first == papers(EVERY * 3, CODES, "2026")
    assert first["101"] != first["102"]
    assert first != papers(EVERY * 3, CODES, "2027")


def test_a_code_keeps_its_paper_whatever_other_codes_are_printed():
    assert papers(EVERY, CODES, "s")["102"] == papers(EVERY, ["102"], "s")["102"]


def test_every_question_stands_on_every_paper_once():
    for printed in papers(EVERY, CODES, "s").values():
        assert sorted(one.question.text for one in printed) == sorted(one.text for one in EVERY)
        for one in printed:
            assert sorted(one.options) == list(range(len(one.question.options)))


def test_printed_answers_lead_to_the_right_options():
    for code in map(str, range(30)):
        for one in papers(EVERY, [code], "s")[code]:
            shown = [one.question.options[at] for at in one.options]
            made = one.question.key
            if isinstance(made, OneKey):
                assert shown["ABCD".index(one.answer)] == one.question.options[made.right]
            elif isinstance(made, SeveralKey):
                rights = {shown["ABCD".index(letter)] for letter in one.answer.split(", ")}
                assert rights == {"Một", "Ba"}
            elif isinstance(made, OrderingKey):
                order = [shown["ABC".index(letter)] for letter in one.answer.split("-")]
                assert order == ["Trước", "Giữa", "Sau"]
            elif isinstance(made, MatchingKey):
                sides = [one.question.rights[at] for at in one.rights]
                pairs = dict(pair.split("-") for pair in one.answer.split(", "))
                matched = {shown[int(at) - 1]: sides["abc".index(to)] for at, to in pairs.items()}
                assert matched == {"Mèo": "Meo", "Chó": "Gâu"}
            else:
                assert one.answer == (
                    "Sai" if made.kind is QuestionType.TRUE_FALSE else "12,5 ± 0,1"
                )


@pytest.mark.parametrize(
    "last", ["Cả A và B", "Tất cả các đáp án trên", "Không có phương án nào ở trên"]
)
def test_options_that_speak_of_places_stay_in_their_order(last):
    asked = question(OneKey(2, 3), "Nào?", ("Một", "Hai", last))

    assert {papers([asked], [str(at)], "s")[str(at)][0].options for at in range(20)} == {(0, 1, 2)}


def test_each_code_is_a_section_of_a4_with_its_own_page_numbers():
    document = opened(paper(EVERY, title="Hội thi", codes=CODES, seed="s", minutes=45))

    assert len(document.sections) == 2
    for section, code in zip(document.sections, CODES, strict=True):
        assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
        assert section.footer.paragraphs[0].text.startswith(f"Hội thi – Mã đề {code} – Trang ")
        assert [one.get(one.keys()[0]) for one in section._sectPr.findall("{*}pgNumType")] == ["1"]
    assert document.styles["Normal"].font.name == "Times New Roman"
    assert document.styles["Normal"].font.size.pt == 12.5


def test_a_paper_holds_its_head_questions_end_and_answer_sheet():
    document = opened(
        paper(
            *(EVERY,),
            title="Hội thi số",
            codes=["101"],
            seed="s",
            minutes=45,
            organizer="Sở A",
            unit="Trường B",
        )
    )
    shown = texts(document)

    head = [cell.text for cell in document.tables[0].rows[0].cells]
    assert head == ["SỞ A\nTrường B", "HỘI THI SỐ\nThời gian làm bài: 45 phút"]
    assert shown[0] == "Mã đề: 101"
    assert [one.split(". ")[0] for one in shown if one.startswith("Câu ")] == [
        f"Câu {at}" for at in range(1, 8)
    ]
    assert "--- HẾT ---" in shown
    assert shown.index("PHIẾU TRẢ LỜI") > shown.index("--- HẾT ---")
    sheet = [cell.text for row in document.tables[-1].rows for cell in row.cells]
    assert sorted(one for one in sheet if one.startswith("Ⓐ")) == [
        "Ⓐ Ⓑ",
        "Ⓐ Ⓑ",
        "Ⓐ Ⓑ Ⓒ Ⓓ",
        "Ⓐ Ⓑ Ⓒ Ⓓ",
    ]


def test_options_stay_with_their_question():
    document = opened(paper(EVERY[:1], title="T", codes=["1"], seed="s", has_sheet=False))
    asked, options = (
        next(one for one in document.paragraphs if one.text.startswith(lead))
        for lead in ("Câu 1.", "A.")
    )

    assert asked.paragraph_format.keep_with_next
    assert options.text.count("\t") == 3  # four short options in one line
    assert not options.paragraph_format.keep_with_next


def test_the_key_at_the_end_and_the_key_apart_say_the_same():
    whole = opened(paper(EVERY, title="T", codes=CODES, seed="s", has_key=True))
    apart = opened(key(EVERY, title="T", codes=CODES, seed="s"))

    tables = [
        [[cell.text for cell in row.cells] for row in document.tables[-1].rows]
        for document in (whole, apart)
    ]
    printed = papers(EVERY, CODES, "s")
    expected = [["Câu", "Mã 101", "Mã 102"]]
    expected += [
        [str(at + 1), printed["101"][at].answer, printed["102"][at].answer] for at in range(7)
    ]
    assert tables == [expected, expected]


def test_pictures_are_printed():
    asked = question(OneKey(0, 2), "Hình gì?", ("x", "y"), picture="a.png", picture_alt="Ô")

    document = opened(
        paper([asked], title="T", codes=["1"], seed="s", pictures={"a.png": picture()})
    )

    assert len(document.inline_shapes) == 1


@pytest.mark.parametrize(
    ("questions", "codes", "sentence"),
    [
        (EVERY, [], "Hãy cho ít nhất một mã đề; các mã đề phải khác nhau và không để trống."),
        (
            EVERY,
            ["1", "1"],
            "Hãy cho ít nhất một mã đề; các mã đề phải khác nhau và không để trống.",
        ),
        (EVERY, [str(at) for at in range(51)], "In được nhiều nhất 50 mã đề một lần."),
        ([], ["1"], "Chưa có câu hỏi nào để in."),
        (EVERY * 72, ["1"], "Đề in ra giấy có nhiều nhất 500 câu."),
    ],
)
def test_what_cannot_be_printed_is_said(questions, codes, sentence):
    with pytest.raises(Invalid) as raised:
        paper(questions, title="T", codes=codes, seed="s")

    assert str(raised.value) == sentence
