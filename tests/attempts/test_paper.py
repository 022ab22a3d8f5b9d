"""A drawn paper as it is shown: every side in the paper's order, every right answer in words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from factories.attempts import (
    EVERY_KIND,
    NUMBER,
    ONE,
    SEVERAL,
    TRUE_FALSE,
    begin,
    make_stage,
    numbers,
)

from contest.attempts import paper
from question_bank import queries as bank
from question_bank.formats.reading import Feedback, Parallel
from question_bank.rules.keys import NumberKey, NumberRange

RIGHT = {
    "q-one": ["C"],
    "q-several": ["A", "C"],
    "q-true-false": ["true"],
    "q-ordering": ["1. A", "2. B", "3. C", "4. D"],
    "q-matching": ["A → a", "B → b", "C → c"],
    "q-number": ["12.5"],
}


def shown(session, attempt, values=None, language="vi"):
    drawn = paper.items(attempt.paper)
    questions = bank.versions(session, [item.version_id for item in drawn])
    return drawn, paper.show(drawn, questions, values or {}, language=language)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_right_answer_is_said_in_the_words_and_order_of_the_paper(session, seed):
    attempt = begin(session, make_stage(session), seed=seed)
    drawn, page = shown(session, attempt)

    for code, no in numbers(session, attempt).items():
        words = paper.right_in_words(page[no - 1], drawn[no - 1])
        is_in_order = code not in {"q-several", "q-matching"}
        assert (words if is_in_order else sorted(words)) == RIGHT[code]
        if code == "q-several":
            assert words == [text for text in page[no - 1].options if text in "AC"]
        if code == "q-matching":
            assert [line[0] for line in words] == list(page[no - 1].options)


def test_each_side_is_shown_in_its_own_order_with_what_was_saved(session):
    attempt = begin(session, make_stage(session), seed=3)
    _, page = shown(session, attempt, {1: "saved"})

    options = {one.code: one.options for one in EVERY_KIND}
    rights = {one.code: one.rights for one in EVERY_KIND}
    for code, no in numbers(session, attempt).items():
        row, one = attempt.paper[no - 1], page[no - 1]
        assert (one.no, one.text) == (no, f"Câu {code}?")
        assert one.options == tuple(options[code][at] for at in row["o"])
        assert one.rights == tuple(rights[code][at] for at in row["r"])
        assert one.value == ("saved" if no == 1 else None)


def test_another_language_is_shown_as_far_as_there_is_one(session):
    english = {"en": Parallel("Which?", ("E", "F", "G", "H"))}
    attempt = begin(session, make_stage(session, drafts=[replace(ONE, parallel=english)]))
    order = attempt.paper[0]["o"]

    _, (one,) = shown(session, attempt, language="en")
    _, (other,) = shown(session, attempt, language="km")

    assert (one.text, one.options) == ("Which?", tuple("EFGH"[at] for at in order))
    assert (other.text, other.options) == ("Câu q-one?", tuple("ABCD"[at] for at in order))


def test_the_author_speaks_of_each_option_chosen_and_of_the_whole(session):
    said = Feedback(("a!", "", "c!", "d!"), "Giỏi.", "Gần đúng.", "Chưa đúng.")
    drafts = [replace(ONE, feedback=said), replace(SEVERAL, feedback=said)]
    drafts.append(replace(TRUE_FALSE, feedback=Feedback(("Phải.", "Không phải."))))
    attempt = begin(session, make_stage(session, drafts=drafts))
    items, places = paper.items(attempt.paper), numbers(session, attempt)
    one, several = items[places["q-one"] - 1].order, items[places["q-several"] - 1].order
    values = {
        places["q-one"]: one.index(2),
        places["q-several"]: sorted([several.index(0), several.index(1)]),
        places["q-true-false"]: False,
    }
    _, page = shown(session, attempt, values)

    def told(code, verdict):
        no = places[code]
        return paper.said_of(page[no - 1], items[no - 1], verdict)

    assert told("q-one", "right") == ["c!", "Giỏi."]
    assert told("q-several", "partly") == ["a!", "Gần đúng."]
    assert told("q-true-false", "wrong") == ["Không phải."]
    _, blank = shown(session, attempt)
    assert paper.said_of(blank[0], items[0], "blank") == []


def test_every_right_number_is_said(session):
    key = NumberKey(
        Decimal("12.5"),
        others=(NumberRange(Decimal(20)), NumberRange(Decimal(30), share=Fraction(1, 2))),
    )
    attempt = begin(session, make_stage(session, drafts=[replace(NUMBER, key=key)]))
    (item,), (one,) = shown(session, attempt)

    assert paper.right_in_words(one, item) == ["12.5 / 20"]
