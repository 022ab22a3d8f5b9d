"""What every question must keep before it is stored."""

from dataclasses import replace

import pytest
from factories.bank import PLAIN
from factories.questions import drafts
from hypothesis import given

from question_bank.formats import checking
from question_bank.formats.reading import Feedback, Parallel
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import MatchingKey, OneKey, OrderingKey


def told(draft):
    return [str(one) for one in checking.problems(checking.clean(draft))]


@given(drafts())
def test_what_a_codec_reads_is_clean_already_and_whole(draft):
    whole = replace(draft, topic="devices", difficulty=1, audiences=("everybody",))

    assert checking.clean(whole) == whole
    assert checking.problems(whole) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": " \u200b "}, "Thiếu mục “text”."),
        ({"text": "<p></p>", "is_html": True}, "Thiếu mục “text”."),
        ({"topic": ""}, "Thiếu mục “topic”."),
        ({"audiences": ()}, "Thiếu mục “audiences”."),
        ({"difficulty": None}, "Độ khó phải là 1, 2 hoặc 3."),
        ({"difficulty": 4}, "Độ khó phải là 1, 2 hoặc 3."),
        ({"text": "a" * 2001}, "Mục “text” dài quá 2000 ký tự."),
        ({"options": ("a", "b" * 501)}, "Mục “options” dài quá 500 ký tự."),
        ({"tags": ("a" * 61,)}, "Mục “tags” dài quá 60 ký tự."),
        ({"feedback": Feedback(right="a" * 2001)}, "Mục “feedback” dài quá 2000 ký tự."),
        ({"parallel": {"en": Parallel("a" * 2001)}}, "Mục “parallel” dài quá 2000 ký tự."),
        ({"options": ("a", "")}, "Mục “options” có phần để trống."),
        ({"options": ("a", "a")}, "Mục “options” có phần bị lặp lại: “a”."),
        ({"options": ("a", "b", "c")}, "Đáp án không khớp với các phương án của câu hỏi."),
        ({"key": OrderingKey(2)}, "Đáp án không khớp với các phương án của câu hỏi."),
        (
            {"options": tuple(map(str, range(21))), "key": OneKey(0, 21)},
            "Mục “options” phải có từ 2 đến 20 phần.",
        ),
        (
            {
                "type": QuestionType.MATCHING,
                "rights": tuple(map(str, range(21))),
                "key": MatchingKey((0, 1), 21),
            },
            "Mục “rights” phải có từ 2 đến 20 phần.",
        ),
        ({"tags": tuple(map(str, range(21)))}, "Mục “tags” phải có từ 0 đến 20 phần."),
        ({"feedback": Feedback(("a",))}, "Mục “feedback” phải có từ 2 đến 2 phần."),
        (
            {"parallel": {"en": Parallel("a", ("b", "c", "d"))}},
            "Mục “parallel” phải có từ 2 đến 2 phần.",
        ),
    ],
)
def test_each_thing_wrong_has_its_sentence(changes, sentence):
    assert told(replace(PLAIN, **changes)) == [sentence]


def test_the_texts_of_html_are_found_without_marks():
    draft = replace(PLAIN, is_html=True, text="<p>H<sub>2</sub>O</p>", options=("<b>a</b>", "b"))

    assert checking.plain_texts(draft) == ("H2O", "a", "b")
