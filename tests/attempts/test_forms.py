"""What comes in: scripts' JSON and plain forms, sensible, stale and hostile."""

from __future__ import annotations

import json
import math
from itertools import permutations, product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contest.attempts import paper
from contest.attempts.forms import LARGEST_SEQ, read_form, read_json
from contest.attempts.models import GUESS_NO
from contest.attempts.paper import Shape
from contest.attempts.service import GiveAnswer
from contest.errors import Invalid
from question_bank.rules.given import QuestionType

SHAPES = (
    Shape(QuestionType.ONE, 4, 0),
    Shape(QuestionType.SEVERAL, 4, 0),
    Shape(QuestionType.TRUE_FALSE, 0, 0),
    Shape(QuestionType.ORDERING, 3, 0),
    Shape(QuestionType.MATCHING, 3, 4),
    Shape(QuestionType.NUMBER, 0, 0),
)
ONE, SEVERAL, TRUE_FALSE, ORDERING, MATCHING, NUMBER = range(1, 7)
QUICK = settings(max_examples=150, deadline=None, database=None)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["answers", "no", "value", "seq", "x"]), inner)
    ),
    max_leaves=12,
)
ROWS = st.fixed_dictionaries({"no": JSON, "value": JSON, "seq": JSON}) | JSON
BODIES = JSON | st.fixed_dictionaries({"answers": st.lists(ROWS, max_size=4)})


# JSON


def body(*rows):
    return {"answers": list(rows)}


def row(**facts):
    return {"no": 1, "value": 0, "seq": 5, **facts}


def test_a_body_is_read_in_its_order():
    sent = body(row(no=3, value=[1, 2], seq=9), row(no=0, value=None, seq=1))

    assert read_json(sent) == [GiveAnswer(3, [1, 2], 9), GiveAnswer(0, None, 1)]


@QUICK
@given(BODIES)
def test_any_json_is_read_whole_or_is_invalid(payload):
    try:
        read = read_json(payload)
    except Invalid:
        return
    assert [(one.no, one.seq) for one in read] == [
        (each["no"], each["seq"]) for each in payload["answers"]
    ]
    assert all(type(one.no) is int and type(one.seq) is int for one in read)


@pytest.mark.parametrize(
    "payload",
    [
        *(None, [], {}, 5, "answers", [row()], {"answers": None}, {"answers": {}}),
        *({"answers": "abc"}, body(), body(None), body([]), body(row(), 5), body({"no": 1})),
        *(body({"no": 1, "value": 0}), body({**row(), "device": "x"})),
        *(body(row(no=value)) for value in (None, "1", 1.0, True, [1])),
        *(body(row(seq=value)) for value in (None, "5", 5.0, True, 0, -1, LARGEST_SEQ, 10**30)),
    ],
)
def test_another_shape_is_invalid(payload):
    with pytest.raises(Invalid, match="không đúng mẫu"):
        read_json(payload)


@pytest.mark.parametrize("seq", [1, LARGEST_SEQ - 1])
def test_what_a_browser_counts_is_a_number(seq):
    assert read_json(body(row(seq=seq))) == [GiveAnswer(1, 0, seq)]


# Plain forms


def read(fields, *, shapes=SHAPES):
    """Read a form whose fields may be lists, as several boxes of one name are."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    first = {name: values[0] for name, values in lists.items() if values}
    return read_form(first, lists, shapes)


def changed(no, fields, was=None):
    """What a form of one question gives, when it makes sense."""
    taken, problems = read({f"was-{no}": json.dumps(was), **fields})
    assert problems == {}
    return [(one.no, one.value, one.seq) for one in taken]


EACH_KIND = [
    (ONE, {"q-1": "0"}, 0),
    (ONE, {"q-1": "3"}, 3),
    (SEVERAL, {"q-2": ["2", "0"]}, [0, 2]),
    (SEVERAL, {"q-2": ["2", "2"]}, [2]),
    (TRUE_FALSE, {"q-3": "true"}, True),
    (TRUE_FALSE, {"q-3": "false"}, False),
    (ORDERING, {"q-4-0": "2", "q-4-1": "3", "q-4-2": "1"}, [2, 0, 1]),
    (MATCHING, {"q-5-0": "3", "q-5-1": "", "q-5-2": "0"}, [3, None, 0]),
    (NUMBER, {"q-6": " 3,5 "}, "3,5"),
]
NOTHING_CHOSEN = {
    ONE: {"q-1": ""},
    SEVERAL: {},
    TRUE_FALSE: {"q-3": ""},
    ORDERING: {"q-4-0": "", "q-4-1": "", "q-4-2": ""},
    MATCHING: {"q-5-0": "", "q-5-1": "", "q-5-2": ""},
    NUMBER: {"q-6": " "},
}


@pytest.mark.parametrize(("no", "fields", "value"), EACH_KIND)
def test_each_kind_of_question_is_read_from_its_fields(no, fields, value):
    assert changed(no, fields) == [(no, value, None)]
    assert paper.checked(SHAPES[no - 1], value) is not None


@pytest.mark.parametrize(("no", "fields", "value"), EACH_KIND)
def test_what_the_page_was_drawn_with_is_no_change(no, fields, value):
    assert changed(no, fields, was=value) == []


@pytest.mark.parametrize(("no", "fields"), list(NOTHING_CHOSEN.items()))
def test_nothing_chosen_where_nothing_was_is_no_change(no, fields):
    assert changed(no, fields) == []
    assert changed(no, {}) == []


@pytest.mark.parametrize(("no", "_fields", "was"), EACH_KIND)
def test_nothing_chosen_where_something_was_clears_it(no, _fields, was):
    assert changed(no, NOTHING_CHOSEN[no], was=was) == [(no, None, None)]


def test_a_stale_page_puts_no_old_choice_back():
    """Drawn when all was 0 and sent with one question changed: only that one is given."""
    page = {"was-1": "0", "q-1": "0", "was-6": '"12"', "q-6": "12", "was-3": "true", "q-3": "false"}

    assert read(page) == ([GiveAnswer(TRUE_FALSE, False)], {})


def test_a_question_not_on_the_page_is_left_alone():
    assert read({"q-1": "2", "q-0": "5"}) == ([], {})


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_every_order_comes_back_as_it_was_put(order):
    fields = {f"q-4-{item}": str(order.index(item) + 1) for item in range(3)}

    assert changed(ORDERING, fields) == [(ORDERING, list(order), None)]
    assert changed(ORDERING, fields, was=list(order)) == []


@pytest.mark.parametrize(
    "ranks", [one for one in product(["", "1", "2", "3", "4"], repeat=3) if any(one)]
)
def test_ranks_that_are_no_order_are_a_problem_and_nothing_else(ranks):
    fields = {f"q-4-{at}": rank for at, rank in enumerate(ranks)}

    taken, problems = read({"was-4": "null", **fields, "was-1": "null", "q-1": "2"})

    is_order = sorted(ranks) == ["1", "2", "3"]
    assert [one.no for one in taken] == ([ONE, ORDERING] if is_order else [ONE])
    assert {no: str(problem) for no, problem in problems.items()} == (
        {} if is_order else {"4": "Hãy chọn mỗi số thứ tự đúng một lần."}
    )


@pytest.mark.parametrize(
    "fields",
    [
        *({"was-1": "null", "q-1": text} for text in ("a", "12345", "1.0", "\x00", "१x")),
        *({"was-2": "null", "q-2": [text]} for text in ("", "a", "9" * 5000)),
        *({"was-3": "null", "q-3": text} for text in ("1", "True", "đúng")),
        *({"was-5": "null", "q-5-1": text} for text in ("a", "12345")),
    ],
)
def test_a_field_that_makes_no_sense_is_a_problem_of_its_question(fields):
    taken, problems = read({**fields, "was-6": "null", "q-6": "7"})

    (no,) = {name[4:] for name in fields if name.startswith("was-")}
    assert taken == [GiveAnswer(NUMBER, "7")]
    assert {at: str(problem) for at, problem in problems.items()} == {
        no: "Lựa chọn này không có trong đề."
    }


@pytest.mark.parametrize(
    ("guess", "was", "expected"),
    [
        ("12", "", [GiveAnswer(GUESS_NO, "12")]),
        ("12", "12", []),
        ("", "12", [GiveAnswer(GUESS_NO, "")]),
        (" ", "", []),
        ("một", "", [GiveAnswer(GUESS_NO, "một")]),
    ],
)
def test_a_guess_is_given_as_typed(guess, was, expected):
    assert read({"was-0": was, "q-0": guess}) == (expected, {})


@pytest.mark.parametrize("was", ["", "{", "[" * 1999, '{"a":' * 300, "9" * 1999, "NaN", "x" * 5000])
def test_a_spoilt_memory_of_the_page_only_means_that_something_changed(was):
    assert read({"was-1": was, "q-1": "2"}) == ([GiveAnswer(ONE, 2)], {})


NAMES = st.sampled_from(
    [
        *(f"{part}-{no}" for part in ("was", "q") for no in range(8)),
        *(f"q-{no}-{at}" for no in (ORDERING, MATCHING) for at in range(4)),
    ]
)
TEXTS = st.text(max_size=6) | st.sampled_from(
    ["", "0", "1", "2", "3", "true", "null", "[0]", "1_0", "१", "-1", " 1", "1e3", "[" * 1500]
)
FORMS = st.dictionaries(NAMES, TEXTS | st.lists(TEXTS, min_size=1, max_size=3), max_size=20)


@QUICK
@given(FORMS)
@example({"was-1": "[" * 1999, "q-1": "1"})
def test_any_form_gives_choices_and_problems_of_questions_on_its_page(fields):
    taken, problems = read(fields)

    shown = {int(name[4:]) for name in fields if name.startswith("was-")}
    numbers = [one.no for one in taken] + [int(no) for no in problems]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= shown & set(range(7))
    assert all(one.seq is None for one in taken)


@QUICK
@given(st.sampled_from(SHAPES), JSON)
def test_any_value_is_an_answer_in_its_one_form_or_invalid(shape, value):
    try:
        first = paper.checked(shape, value)
    except Invalid:
        return
    assert paper.checked(shape, first) == first
    assert not (isinstance(first, float) and math.isnan(first))


def test_a_paper_without_questions_gives_nothing():
    assert read({"was-1": "null", "q-1": "2"}, shapes=()) == ([], {})
