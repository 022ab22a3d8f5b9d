"""What a question of any file may hold."""

from dataclasses import replace

import pytest
from factories.questions import drafts
from hypothesis import given

from contest.errors import Invalid
from question_bank.formats import limits
from question_bank.formats.reading import DraftQuestion, Feedback, Parallel
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import OneKey

GOOD = DraftQuestion(
    code="a",
    type=QuestionType.ONE,
    topic="",
    difficulty=None,
    audiences=(),
    text="Hỏi?",
    options=("x", "y"),
    rights=(),
    key=OneKey(0, 2),
    explanation="",
    source="",
)


@given(drafts())
def test_every_question_drawn_keeps_every_limit(question):
    assert limits.first_broken(question) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": ""}, "Câu hỏi không có nội dung."),
        ({"text": "x" * 2001}, "Nội dung câu hỏi dài quá 2000 ký tự."),
        ({"explanation": "x" * 2001}, "Lời giải thích dài quá 2000 ký tự."),
        ({"feedback": Feedback(right="x" * 2001)}, "Lời nhận xét dài quá 2000 ký tự."),
        ({"feedback": Feedback(("", "x" * 2001))}, "Lời nhận xét dài quá 2000 ký tự."),
        ({"source": "x" * 501}, "Tên nguồn dài quá 500 ký tự."),
        ({"picture_alt": "x" * 301}, "Lời mô tả hình dài quá 300 ký tự."),
        ({"code": "x" * 61}, "Mã câu hỏi dài quá 60 ký tự."),
        ({"name": "x" * 301}, "Tên câu hỏi dài quá 300 ký tự."),
        ({"category": "x" * 201}, "Tên thư mục dài quá 200 ký tự."),
        ({"topic": "x" * 41}, f"“{'x' * 40}…” dài quá 40 ký tự."),
        ({"audiences": ("x" * 41,)}, f"“{'x' * 40}…” dài quá 40 ký tự."),
        ({"number_unit": "x" * 41}, f"“{'x' * 40}…” dài quá 40 ký tự."),
        ({"tags": ("x" * 61,)}, f"Nhãn “{'x' * 40}…” dài quá 60 ký tự."),
        ({"tags": tuple(map(str, range(21)))}, "Câu hỏi có nhiều hơn 20 nhãn."),
        ({"options": ("x",)}, "Câu hỏi phải có từ 2 đến 20 phương án."),
        ({"options": tuple(map(str, range(21)))}, "Câu hỏi phải có từ 2 đến 20 phương án."),
        ({"options": ("x", "")}, "Câu hỏi có phương án để trống."),
        ({"options": ("x", "x")}, "Câu hỏi có hai phương án giống nhau: “x”."),
        ({"options": ("x", "y" * 501)}, f"Phương án “{'y' * 40}…” dài quá 500 ký tự."),
        ({"type": QuestionType.MATCHING}, "Câu hỏi phải có từ 2 đến 20 phương án."),
        ({"parallel": {"en": Parallel("x" * 2001)}}, "Nội dung câu hỏi dài quá 2000 ký tự."),
    ],
)
def test_the_first_broken_limit_is_said(changes, said):
    assert limits.first_broken(GOOD) is None
    assert str(limits.first_broken(replace(GOOD, **changes))) == said


@pytest.mark.parametrize("size", [0, 1, 21])
def test_a_choice_of_too_few_or_too_many_is_refused(size):
    with pytest.raises(Invalid):
        limits.ensure_count(size)
