"""A drawn paper as it is shown: every side in the paper's order, every right answer in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories.attempts import EVERY_KIND, ONE, begin, make_stage, numbers

from contest.attempts import paper
from question_bank import queries as bank
from question_bank.formats.reading import Parallel

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
