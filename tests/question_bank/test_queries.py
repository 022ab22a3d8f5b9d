"""Questions read for drawing and for papers."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from contest.audiences.models import Audience
from question_bank import queries, service
from question_bank.formats.reading import DraftQuestion, Parallel, Reading
from question_bank.models import Question, QuestionVersion
from question_bank.rules.drawing import Candidate
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import MatchingKey, OneKey

NOW = datetime(2026, 10, 10, 8, tzinfo=UTC)
TODAY = date(2026, 10, 10)
PLAIN = DraftQuestion(
    code="devices-001",
    type=QuestionType.ONE,
    topic="devices",
    difficulty=2,
    audiences=("everybody",),
    text="Nút nào?",
    options=("Nguồn", "Âm lượng", "Loa"),
    rights=(),
    key=OneKey(0, 3),
    explanation="Vì thế.",
    source="Sổ tay",
)
# A picture of one point, so that these tests need no drawing.
POINT = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


@pytest.fixture
def bank(session):
    queries.forget()
    service.load_topics(session, [{"code": "devices", "name": "Thiết bị", "name_en": "Devices"}])
    for position, code in enumerate(["elderly", "pupils"]):
        words = {"name": code, "name_en": code, "description": "", "description_en": ""}
        session.add(Audience(code=code, position=position, rules={}, **words))
    session.flush()
    return session


def load(session, *drafts, pictures=None):
    reading = Reading(drafts, ())
    report = service.import_questions(session, reading, pictures or {}, by=None, now=NOW)
    assert report.problems == ()


def ids(session):
    return list(session.scalars(select(QuestionVersion.id).order_by(QuestionVersion.id)))


def drawn(session, audience="everybody", valid_on=TODAY):
    found = queries.candidates(session, audience=audience, valid_on=valid_on, unit_id=None)
    names = dict(session.execute(select(Question.id, Question.code)).all())
    return [names[one.question_id] for one in found]


def test_a_candidate_says_what_drawing_needs(bank):
    matching = replace(
        PLAIN,
        code="m",
        type=QuestionType.MATCHING,
        audiences=("elderly", "pupils"),
        options=("a", "b"),
        rights=("1", "2", "3"),
        key=MatchingKey((0, 1), 3),
    )
    load(bank, PLAIN, matching)
    one, two = ids(bank)
    questions = list(bank.scalars(select(Question.id).order_by(Question.code)))

    assert queries.candidates(bank, audience="pupils", valid_on=TODAY, unit_id=None) == [
        Candidate(questions[0], one, "devices", 2, 0.6, 0, frozenset(), QuestionType.ONE, 3, 0),
        Candidate(
            *(questions[1], two, "devices", 2, 0.6, 0),
            *(frozenset({"elderly", "pupils"}), QuestionType.MATCHING, 2, 3),
        ),
    ]


def test_questions_are_for_an_audience_or_for_everybody(bank):
    load(
        bank,
        replace(PLAIN, code="all"),
        replace(PLAIN, code="old", audiences=("elderly",)),
        replace(PLAIN, code="young", audiences=("pupils",)),
        replace(PLAIN, code="both", audiences=("pupils", "elderly")),
    )

    assert drawn(bank, "elderly") == ["all", "old", "both"]
    assert drawn(bank, "pupils") == ["all", "young", "both"]
    assert drawn(bank, "everybody") == ["all"]


def test_a_question_is_drawn_until_the_last_day_it_is_valid(bank):
    load(bank, replace(PLAIN, valid_until=TODAY))

    assert drawn(bank, valid_on=TODAY) == ["devices-001"]
    assert drawn(bank, valid_on=date(2026, 10, 11)) == []


def test_only_the_newest_version_is_drawn(bank):
    load(bank, PLAIN)
    load(bank, replace(PLAIN, valid_until=date(2020, 1, 1)))
    assert drawn(bank) == []

    load(bank, replace(PLAIN, text="Khác?"))
    (found,) = queries.candidates(bank, audience="everybody", valid_on=TODAY, unit_id=None)
    assert found.version_id == ids(bank)[-1]


def test_a_retired_question_is_not_drawn(bank):
    load(bank, PLAIN)
    service.retire(bank, bank.scalar(select(Question.id)), by=None, now=NOW)

    assert drawn(bank) == []


@pytest.mark.parametrize(
    ("difficulty", "answered", "right", "expected"),
    [
        (1, 0, 0, 0.8),
        (3, 29, 29, 0.4),
        (3, 30, 30, 34 / 40),
        (3, 30, 0, 4 / 40),
        (1, 990, 495, 503 / 1000),
    ],
)
def test_a_measured_share_is_believed_slowly(difficulty, answered, right, expected):
    share = queries.expected_share(difficulty, answered=answered, right=right)

    assert share == pytest.approx(expected)


def test_candidates_have_the_measured_share(bank):
    load(bank, PLAIN)
    bank.execute(update(Question).values(exposure=50, answered=40, right=9))

    (found,) = queries.candidates(bank, audience="everybody", valid_on=TODAY, unit_id=None)

    assert (found.exposure, found.expected) == (50, 15 / 50)


@pytest.mark.parametrize("count", [1, 3])
def test_candidates_take_one_statement(bank, count_statements, count):
    load(bank, *(replace(PLAIN, code=f"q-{number}") for number in range(count)))

    with count_statements() as counted:
        found = queries.candidates(bank, audience="everybody", valid_on=TODAY, unit_id=None)

    assert (len(found), len(counted)) == (count, 1)


def test_a_version_comes_with_everything_to_show_and_mark_it(bank):
    draft = replace(
        PLAIN,
        valid_until=TODAY,
        picture="qr.gif",
        picture_alt="Mã QR",
        parallel={"en": Parallel("Which?", ("Power", "Volume", "Speaker"))},
    )
    load(bank, draft, pictures={"qr.gif": POINT})
    (version_id,) = ids(bank)

    found = queries.versions(bank, [version_id])[version_id]

    assert found.picture is not None
    assert found == queries.PaperQuestion(
        version_id=version_id,
        question_id=bank.scalar(select(Question.id)),
        code="devices-001",
        type=QuestionType.ONE,
        topic="devices",
        topic_name="Thiết bị",
        topic_name_en="Devices",
        difficulty=2,
        text="Nút nào?",
        options=("Nguồn", "Âm lượng", "Loa"),
        rights=(),
        key=OneKey(0, 3),
        number_unit="",
        explanation="Vì thế.",
        source="Sổ tay",
        valid_until=TODAY,
        picture=queries.PaperPicture(found.picture.digest, "Mã QR", 1, 1),
        parallel={"en": Parallel("Which?", ("Power", "Volume", "Speaker"))},
    )
    assert queries.picture(bank, found.picture.digest).width == 1


def test_a_parallel_text_is_shown_as_far_as_there_is_one(bank):
    load(bank, replace(PLAIN, parallel={"en": Parallel("Which?")}))
    (question,) = queries.versions(bank, ids(bank)).values()

    english = question.in_language("en")

    assert (english.text, english.options) == ("Which?", PLAIN.options)
    assert english.explanation == "Vì thế."
    assert question.in_language("fr") is question


@pytest.mark.parametrize("count", [1, 3])
def test_only_versions_never_seen_before_are_asked_for(bank, count_statements, count):
    load(bank, *(replace(PLAIN, code=f"q-{number}") for number in range(count + 1)))
    *seen, unseen = ids(bank)

    with count_statements() as first:
        queries.versions(bank, seen)
    with count_statements() as again:
        kept = queries.versions(bank, reversed(seen))
    with count_statements() as more:
        queries.versions(bank, [*seen, unseen])

    assert (len(first), len(again), len(more)) == (1, 0, 1)
    assert list(kept) == seen[::-1]
    assert len(more[0].split("IN (")[-1].split(",")) == 1


def test_a_version_that_is_not_there_is_left_out(bank):
    assert queries.versions(bank, [404]) == {}


def test_what_is_forgotten_is_read_again(bank, count_statements):
    load(bank, PLAIN)
    queries.versions(bank, ids(bank))
    queries.forget()
    wanted = ids(bank)

    with count_statements() as counted:
        queries.versions(bank, wanted)

    assert len(counted) == 1
