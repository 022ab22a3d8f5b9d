"""What our own files have, as tags."""

from datetime import date

import pytest
from factories.questions import drafts
from hypothesis import given

from question_bank.formats import labels
from question_bank.formats.labels import Labels


@given(drafts(html=False, parallel=False, option_feedback=False))
def test_reads_what_it_wrote(question):
    assert labels.read(labels.written(question)) == Labels(
        code=question.code,
        topic=question.topic,
        difficulty=question.difficulty,
        audiences=question.audiences,
        source=question.source,
        valid_until=question.valid_until,
        number_unit=question.number_unit,
        tags=question.tags,
    )


def test_reads_every_label_and_leaves_the_other_tags():
    tags = ["code:a-1", "topic:devices", "difficulty:3", "audience:elderly", "audience:youth"]
    tags += ["source:Sổ tay: phần 2", "valid-until:2027-01-31", "unit:km/h", "dễ", "a:b"]

    assert labels.read(tags) == Labels(
        "a-1",
        "devices",
        3,
        ("elderly", "youth"),
        "Sổ tay: phần 2",
        date(2027, 1, 31),
        "km/h",
        ("dễ", "a:b"),
    )


@pytest.mark.parametrize(
    "tag",
    [
        *("difficulty:4", "difficulty:", "valid-until:31/01/2027", "valid-until:2027-02-30"),
        *("valid-until:20270131", "topic:", "topic", "audience:", "code:Câu 1", "code:a b"),
        *("code:" + "a" * 61, "topic:" + "a" * 41, "unit:" + "a" * 41, "audience:" + "a" * 41),
        "source:" + "a" * 501,
    ],
)
def test_a_label_that_makes_no_sense_stays_a_tag(tag):
    assert labels.read([tag]) == Labels(tags=(tag,))


def test_the_first_of_two_counts_and_an_audience_once():
    tags = ["topic:a", "topic:b", "audience:x", "audience:x"]

    assert labels.read(tags) == Labels(topic="a", audiences=("x",), tags=("topic:b",))


@pytest.mark.parametrize(
    ("text", "is_one"), [("a", True), ("devices-001", True), ("a.b_c", True), ("a-", False)]
)
def test_codes(text, is_one):
    assert labels.is_code(text) is is_one
