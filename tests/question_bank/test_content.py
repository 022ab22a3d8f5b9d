"""The starter bank itself: whole, readable, balanced."""

import tomllib
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

import question_bank
from contest.audiences.models import Audience
from contest.config import ROOT
from question_bank import queries, service
from question_bank.formats import registry
from question_bank.formats.reading import Reading

CONTENT = Path(question_bank.__file__).parent / "content"
TOPICS = (
    *("devices", "internet", "public_services", "cashless"),
    *("official_information", "scams", "personal_data", "ai"),
)
CORE = TOPICS[:6]
NOW = datetime(2026, 10, 10, 8, tzinfo=UTC)
FILES = sorted(path for path in CONTENT.glob("*.toml") if path.name != "topics.toml")
AUDIENCES = tomllib.loads((ROOT / "contest/data/audiences.toml").read_text())["audience"]


@cache
def reading(path):
    return registry.read(path.read_bytes(), "toml")


def every_question():
    return [question for path in FILES for question in reading(path).questions]


def topic_rows():
    return tomllib.loads((CONTENT / "topics.toml").read_text())["topic"]


def test_the_topics_are_the_plans_six_and_two_more():
    assert tuple(row["code"] for row in topic_rows()) == TOPICS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_read_without_a_problem(path):
    found = reading(path)

    assert [(one.place, str(one.what)) for one in found.problems] == []
    assert len(found.questions) == path.read_text().count("[[question]]")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_nfc(path):
    assert unicodedata.is_normalized("NFC", path.read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_survives_being_written(path):
    found = reading(path)

    assert registry.read(registry.write(found.questions, "toml"), "toml") == found


def test_there_are_enough_questions_of_every_core_topic_and_difficulty():
    topics = Counter(question.topic for question in every_question())
    cells = {(question.topic, question.difficulty) for question in every_question()}

    assert topics.total() >= 240
    assert {topic: topics[topic] for topic in CORE if topics[topic] < 40} == {}
    assert {(topic, level) for topic in CORE for level in (1, 2, 3)} <= cells


def test_codes_are_unique_over_all_files():
    codes = Counter(question.code for question in every_question())

    assert [code for code, times in codes.items() if times > 1] == []


def test_every_question_explains_itself_and_names_its_source():
    assert [one.code for one in every_question() if not (one.explanation and one.source)] == []


def test_the_starter_bank_goes_in_whole(session, count_statements):
    service.load_topics(session, topic_rows())
    columns = Audience.__table__.columns.keys()
    for row in AUDIENCES:
        known = {name: value for name, value in row.items() if name in columns}
        session.add(Audience(**{"position": 1, "rules": {}} | known))
    session.flush()
    pictures = {path.name: path.read_bytes() for path in CONTENT.iterdir() if path.is_file()}
    whole = Reading(tuple(every_question()), ())

    with count_statements() as counted:
        report = service.import_questions(session, whole, pictures, by=None, now=NOW)

    assert [(one.place, str(one.what)) for one in report.problems] == []
    assert report.added == len(every_question())
    assert len(counted) == 8
    assert set(queries.topic_ids(session)) == set(TOPICS)
