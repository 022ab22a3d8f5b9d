"""Aiken: one right answer, by letter; problems by line."""

import pytest
from factories.questions import drafts
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from question_bank.formats import aiken, registry
from question_bank.formats.reading import FILE, LEFT_OUT, REFUSED, DraftQuestion
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import OneKey, TrueFalseKey


def draft(text, options, right):
    return DraftQuestion(
        code="",
        type=QuestionType.ONE,
        topic="",
        difficulty=None,
        audiences=(),
        text=text,
        options=options,
        rights=(),
        key=OneKey(right, len(options)),
        explanation="",
        source="",
    )


ONE = draft("Nút nào tắt máy?", ("Nguồn", "Âm lượng"), 1)


def read(text):
    return aiken.read(text.encode())


def complaints(text):
    found = read(text)
    return [(one.place, one.done, str(one.what)) for one in found.problems]


@pytest.mark.parametrize(
    "text",
    [
        "Nút nào tắt máy?\nA. Nguồn\nB. Âm lượng\nANSWER: B\n",
        "Nút nào tắt máy?\nA) Nguồn\nB) Âm lượng\nANSWER: b",
        "Nút nào tắt máy?\r\nA.Nguồn\r\nB)Âm lượng\r\nanswer:B\r\n",
        "\n\n  Nút nào tắt máy?\n\n A. Nguồn\n\n\tB.  Âm lượng \nANSWER :  B. \n\n",
        "\ufeffNút nào tắt máy?\nA. Nguồn\nB. Âm lượng\nANSWER: B)",
    ],
)
def test_reads_the_whole_convention(text):
    found = read(text)

    assert (found.questions, found.problems, found.notes) == ((ONE,), (), ())


def test_text_may_have_many_lines_and_look_a_little_like_options():
    text = "A. Cho đoạn sau\nX.509 và v.v.\nV.v.\nHỏi gì?\nA. Một\nB. Hai\nANSWER: A\n"

    assert read(text).questions == (
        draft("A. Cho đoạn sau\nX.509 và v.v.\nV.v.\nHỏi gì?", ("Một", "Hai"), 0),
    )


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("Hỏi?\nA. x\nB. y\n", 1, "Câu hỏi không có dòng ANSWER."),
        (
            "Hỏi?\nA. x\nB. y\nANSWER: C",
            4,
            "Đáp án “C” không phải là chữ cái của một phương án, từ A đến B.",
        ),
        (
            "Hỏi?\nA. x\nB. y\nANSWER: A, B",
            4,
            "Đáp án “A, B” không phải là chữ cái của một phương án, từ A đến B.",
        ),
        (
            "Hỏi?\nA. x\nB. y\nANSWER:",
            4,
            "Đáp án “” không phải là chữ cái của một phương án, từ A đến B.",
        ),
        (
            "\nHỏi?\nANSWER: A",
            2,
            "Câu hỏi không có phương án. Mỗi phương án phải bắt đầu bằng “A.” hoặc “A)”.",
        ),
        (
            "Chỉ có chữ",
            1,
            "Câu hỏi không có phương án. Mỗi phương án phải bắt đầu bằng “A.” hoặc “A)”.",
        ),
        (
            "Hỏi?\nA. x\nC. y\nANSWER: A",
            3,
            "Phương án phải theo thứ tự A, B, C…; chỗ này phải là B.",
        ),
        ("Hỏi?\nA. x\nB. x\nANSWER: A", 1, "Câu hỏi có hai phương án giống nhau: “x”."),
        ("Hỏi?\nA. x\nB.\nANSWER: A", 1, "Câu hỏi có phương án để trống."),
        ("Hỏi?\nA. x\nANSWER: A", 1, "Câu hỏi phải có từ 2 đến 20 phương án."),
        (f"{'x' * 2001}\nA. x\nB. y\nANSWER: A", 1, "Nội dung câu hỏi dài quá 2000 ký tự."),
    ],
)
def test_says_at_its_line_why_a_question_is_left_out(text, line, said):
    assert read(text).questions == ()
    assert complaints(text) == [(f"line {line}", LEFT_OUT, said)]


def test_a_question_without_an_answer_leaves_the_next_one_alone():
    found = read("Một?\nA. x\nB. y\n\nNút nào tắt máy?\nA. Nguồn\nB. Âm lượng\nANSWER: B\n")

    assert found.questions == (ONE,)
    assert [(one.place, one.done) for one in found.problems] == [("line 1", LEFT_OUT)]


def test_refuses_more_questions_than_a_file_may_have():
    ((place, done, said),) = complaints("Hỏi?\nA. x\nB. y\nANSWER: A\n" * 20_001)

    assert (place, done) == (FILE, REFUSED)
    assert said.startswith("Tệp có nhiều hơn 20000 câu hỏi.")


ROUND = drafts(
    types=[QuestionType.ONE],
    html=False,
    lines=False,
    explanation=False,
    feedback=False,
    option_feedback=False,
    weights=False,
    name=False,
    category=False,
    tags=False,
    labels=False,
    code=False,
    valid_until=False,
    parallel=False,
).filter(lambda one: not aiken.ANSWER.fullmatch(one.text))


@given(st.lists(ROUND, max_size=4))
def test_reads_back_what_it_wrote(questions):
    found = aiken.read(aiken.write(questions))

    assert (found.questions, found.problems) == (tuple(questions), ())


def test_writes_the_convention():
    assert aiken.write([ONE, ONE]).decode() == (
        "Nút nào tắt máy?\nA. Nguồn\nB. Âm lượng\nANSWER: B\n\n"
        "Nút nào tắt máy?\nA. Nguồn\nB. Âm lượng\nANSWER: B\n"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"type": QuestionType.TRUE_FALSE, "options": (), "key": TrueFalseKey(right=True)},
        {"text": "Một\nA. hai"},
        {"text": "ANSWER: A"},
        {"options": ("một\nhai", "ba")},
        {"picture": "a.png"},
    ],
)
def test_names_the_questions_that_aiken_cannot_hold(changes):
    told = {one: getattr(ONE, one) for one in ONE.__slots__}
    odd = DraftQuestion(**told | {"code": "odd-1"} | changes)

    with pytest.raises(Invalid) as raised:
        aiken.write([ONE, odd])

    assert raised.value.facts == {"codes": "odd-1"}


SIGNS = ["A. ", "B) ", "C.", "ANSWER:", "answer: A", " B", "\n", "\n\n", "x", "é", "\x00", "Z. "]


@given(st.lists(st.sampled_from(SIGNS), max_size=40).map("".join))
def test_any_text_ends_in_questions_and_problems(text):
    answers = [one for one in text.split("\n") if aiken.ANSWER.fullmatch(one.strip())]
    found = read(text)

    ended = len(found.questions) + len(found.problems)
    assert ended >= len(answers) or found.problems[0].done == REFUSED


@given(st.binary(max_size=300))
def test_any_bytes_never_raise(data):
    assert all(one.done in {LEFT_OUT, REFUSED} for one in aiken.read(data).problems)


def test_stands_in_the_registry():
    assert registry.read(registry.write([ONE], "aiken"), "aiken").questions == (ONE,)
