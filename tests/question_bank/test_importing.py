"""The bank filled from files: what would change, versions, codes, all or nothing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from factories.bank import (
    BARE,
    NOW,
    PLAIN,
    load,
    make_bank,
    make_topics,
    picture,
    put,
    question_of,
    rows,
)
from factories.people import make_account, make_unit

from contest.core.audit import AuditEntry
from contest.errors import Conflict, Invalid, NotAllowed, Problem
from question_bank import queries, service
from question_bank.formats.reading import (
    LEFT_OUT,
    Feedback,
    FoundProblem,
    Parallel,
    Reading,
)
from question_bank.models import Picture, Question, QuestionState, QuestionVersion
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import NumberKey, OneKey


@pytest.fixture
def bank(session):
    make_topics(session)
    return session


def test_a_new_question_is_published_with_everything_it_says(bank):
    draft = replace(
        PLAIN,
        type=QuestionType.NUMBER,
        options=(),
        key=NumberKey(Decimal(8), Decimal("0.5")),
        number_unit="km",
        valid_until=date(2027, 12, 31),
        parallel={"en": Parallel("How far?")},
    )

    report = load(bank, draft)

    (question,) = rows(bank, Question)
    (version,) = rows(bank, QuestionVersion)
    assert report == service.ImportReport(1, 0, 0, ())
    assert (question.code, question.state, question.version_no) == ("devices-001", "published", 1)
    assert (question.exposure, question.answered, question.right) == (0, 0, 0)
    assert (version.question_id, version.no, version.created_at) == (question.id, 1, NOW)
    assert version.key == {"value": "8", "tolerance": "0.5"}
    assert (version.number_unit, version.valid_until) == ("km", date(2027, 12, 31))
    assert version.parallel == {
        "en": {"text": "How far?", "options": [], "rights": [], "explanation": ""}
    }


def test_the_same_file_again_changes_nothing(bank):
    load(bank, PLAIN, replace(PLAIN, code="b"))

    assert load(bank, PLAIN, replace(PLAIN, code="b")) == service.ImportReport(0, 0, 2, ())
    assert len(rows(bank, QuestionVersion)) == 2
    assert [entry.facts for entry in rows(bank, AuditEntry)] == [{"added": 2, "changed": 0}]


@pytest.mark.parametrize(
    "change",
    [
        {"topic": "scams"},
        {"difficulty": 2},
        {"audiences": ("elderly",)},
        {"text": "Nút gì?"},
        {"options": ("Nguồn", "Loa")},
        {"key": OneKey(1, 2)},
        {"explanation": "Khác."},
        {"source": "Khác"},
        {"valid_until": date(2027, 1, 1)},
        {"picture_alt": "Hình"},
        {"parallel": {"en": Parallel("Which?")}},
        {"is_html": True},
        {"name": "Nút"},
        {"category": "Thiết bị/Nút"},
        {"tags": ("nút",)},
        {"feedback": Feedback(right="Giỏi.")},
        {"key": OneKey(0, 2, (Fraction(1), Fraction(-1, 2)))},
    ],
)
def test_changed_content_is_the_next_version_and_the_old_one_stays(bank, change):
    load(bank, PLAIN)

    report = load(bank, replace(PLAIN, **change))

    first, second = rows(bank, QuestionVersion)
    assert report == service.ImportReport(0, 1, 0, ())
    assert (first.no, second.no, first.question_id) == (1, 2, second.question_id)
    assert first.text == PLAIN.text
    assert [one.version_no for one in rows(bank, Question)] == [2]


def test_content_that_comes_back_is_a_version_again(bank):
    for text in ("a", "b", "a"):
        load(bank, replace(PLAIN, text=text))

    assert [one.text for one in rows(bank, QuestionVersion)] == ["a", "b", "a"]


def test_good_questions_go_in_and_bad_ones_are_reported(bank):
    in_file = FoundProblem("question 9", Problem("Thiếu mục “text”."), LEFT_OUT)

    report = load(
        bank,
        PLAIN,
        replace(PLAIN, code="a", topic="cooking"),
        replace(PLAIN, code="b", audiences=("elderly", "fish")),
        replace(PLAIN, code="c", picture="qr.png", picture_alt="Mã"),
        replace(PLAIN, code="d", picture="bad.png", picture_alt="Mã"),
        pictures={"bad.png": b"<svg/>"},
        problems=[in_file],
    )

    assert (report.added, report.changed, report.unchanged) == (1, 0, 0)
    assert [(one.place, str(one.what), one.done) for one in report.problems] == [
        ("question 9", "Thiếu mục “text”.", LEFT_OUT),
        ("question (a)", "Chủ đề “cooking” chưa có trong hệ thống.", LEFT_OUT),
        ("question (b)", "Đối tượng “fish” chưa có trong hệ thống.", LEFT_OUT),
        ("question (c)", "Thiếu tệp hình “qr.png”.", LEFT_OUT),
        (
            "question (d)",
            "Không đọc được hình. Hãy dùng tệp PNG, JPEG, WebP hoặc GIF.",
            LEFT_OUT,
        ),
    ]
    assert [one.code for one in rows(bank, Question)] == ["devices-001"]


def test_a_picture_is_kept_once_and_a_new_one_is_a_new_version(bank):
    with_picture = [
        replace(PLAIN, code=code, picture="qr.png", picture_alt="Mã QR") for code in "ab"
    ]
    load(bank, *with_picture, pictures={"qr.png": picture()})

    same = load(bank, *with_picture, pictures={"qr.png": picture()})
    other = load(bank, *with_picture, pictures={"qr.png": picture(size=(61, 40))})

    assert (same.unchanged, other.changed) == (2, 2)
    small, large = rows(bank, Picture)
    assert [one.picture_id for one in rows(bank, QuestionVersion)] == [
        *(small.id, small.id),
        *(large.id, large.id),
    ]


@pytest.mark.parametrize("count", [1, 240])
def test_any_number_of_questions_takes_a_handful_of_statements(bank, count_statements, count):
    drafts = [replace(PLAIN, code=f"q-{number}") for number in range(count)]
    later = [replace(draft, text="Khác?") for draft in drafts]

    with count_statements() as first:
        load(bank, *drafts)
    with count_statements() as again:
        load(bank, *drafts)
    with count_statements() as changed:
        load(bank, *later)

    assert (len(first), len(again), len(changed)) == (8, 4, 7)


def test_two_people_importing_at_once_is_a_conflict(bank, monkeypatch):
    load(bank, PLAIN)
    monkeypatch.setattr(queries, "newest", lambda *_, **_facts: {})

    with pytest.raises(Conflict):
        load(bank, PLAIN)

    assert len(rows(bank, Question)) == 1


# Drafts of people


def test_what_a_person_imports_is_a_draft_until_somebody_else_publishes_it(bank):
    author = make_account(bank)

    put(bank, PLAIN, as_state=QuestionState.DRAFT, by=author.id)

    (question,), (version,) = rows(bank, Question), rows(bank, QuestionVersion)
    assert (question.state, question.version_no, question.draft_no) == ("draft", 0, 1)
    assert (version.state, version.created_by, version.reviewed_by) == ("draft", author.id, None)


def test_a_person_cannot_publish_by_importing(bank):
    author = make_account(bank)

    with pytest.raises(NotAllowed):
        service.import_questions(bank, Reading((PLAIN,), ()), by=author.id, now=NOW)

    assert rows(bank, Question) == []


def test_a_changed_draft_leaves_the_published_version_drawn(bank):
    put(bank, PLAIN)
    put(bank, replace(PLAIN, text="Khác?"), as_state=QuestionState.DRAFT)

    (question,) = rows(bank, Question)
    assert (question.state, question.version_no, question.draft_no) == ("published", 1, 2)
    (found,) = queries.candidates(bank, audience="everybody", valid_on=NOW.date(), unit_id=None)
    assert queries.versions(bank, [found.version_id])[found.version_id].text == PLAIN.text


def test_publishing_by_the_platform_replaces_a_draft_in_hand(bank):
    put(bank, PLAIN, as_state=QuestionState.DRAFT)
    put(bank, replace(PLAIN, text="Khác?"))

    (question,) = rows(bank, Question)
    assert (question.state, question.version_no, question.draft_no) == ("published", 2, None)


def test_a_retired_question_stays_retired_when_its_content_changes(bank):
    put(bank, PLAIN)
    service.retire(bank, question_of(bank, PLAIN.code).id, by=None, now=NOW)

    put(bank, replace(PLAIN, text="Khác?"))

    assert [(one.state, one.version_no) for one in rows(bank, Question)] == [("retired", 2)]


def test_what_a_person_changed_is_kept_when_asked(bank):
    author = make_account(bank)
    put(bank, PLAIN)
    put(bank, replace(PLAIN, text="Của tôi?"), as_state=QuestionState.DRAFT, by=author.id)

    report = service.import_questions(
        bank, Reading((PLAIN,), ()), by=None, now=NOW, keeps_edited=True
    )

    assert report == service.ImportReport(0, 0, 1, ())
    assert [one.text for one in rows(bank, QuestionVersion)] == [PLAIN.text, "Của tôi?"]


# What a file does not say


DEFAULTS = service.Defaults("scams", 3, ("elderly",), "Tài liệu của xã")


def test_what_the_file_does_not_say_is_filled_in(bank):
    said = replace(BARE, text="Khác?", topic="devices", difficulty=1)
    reading = Reading((BARE, said), ())

    report = service.import_questions(bank, reading, by=None, now=NOW, defaults=DEFAULTS)

    topics = {one.id: one.code for one in queries.topics(bank)}
    assert report == service.ImportReport(2, 0, 0, ())
    assert [
        (topics[one.topic_id], one.difficulty, one.audiences, one.source)
        for one in rows(bank, QuestionVersion)
    ] == [
        ("scams", 3, ["elderly"], "Tài liệu của xã"),
        ("devices", 1, ["elderly"], "Tài liệu của xã"),
    ]


def test_without_defaults_what_is_missing_is_said(bank):
    report = service.import_questions(bank, Reading((BARE,), ()), by=None, now=NOW)

    assert [(one.place, str(one.what)) for one in report.problems] == [
        ("question (Nút nào để mở nguồn?)", "Thiếu mục “topic”."),
        ("question (Nút nào để mở nguồn?)", "Thiếu mục “audiences”."),
        ("question (Nút nào để mở nguồn?)", "Độ khó phải là 1, 2 hoặc 3."),
    ]


def test_a_question_without_a_code_is_known_by_its_content(bank):
    reading = Reading((BARE, replace(BARE, text="Khác?"), BARE), ())
    loading = {"by": None, "now": NOW, "defaults": DEFAULTS}

    first = service.import_questions(bank, reading, **loading)
    again = service.import_questions(bank, reading, **loading)

    codes = [one.code for one in rows(bank, Question)]
    assert (first.added, again.added, again.unchanged) == (2, 0, 2)
    assert [str(one.what) for one in first.problems] == [
        "Câu này giống hệt một câu ở trên trong cùng tệp."
    ]
    assert [len(code) for code in codes] == [12, 12]
    assert all(code.startswith("q-") for code in codes)


def test_the_same_code_lives_in_two_banks(bank):
    commune = make_bank(bank, make_unit(bank), "xa")
    put(bank, PLAIN)
    put(bank, replace(PLAIN, text="Của xã?"), bank=commune)

    assert [(one.code, one.version_no) for one in rows(bank, Question)] == [
        ("devices-001", 1),
        ("devices-001", 1),
    ]


def test_all_or_nothing_names_every_problem_and_stores_nothing(bank):
    reading = Reading((PLAIN, replace(PLAIN, code="b", topic="cooking")), ())

    with pytest.raises(Invalid) as refused:
        service.import_questions(bank, reading, by=None, now=NOW, is_whole=True)

    assert {place: str(what) for place, what in refused.value.problems.items()} == {
        "question (b)": "Chủ đề “cooking” chưa có trong hệ thống."
    }
    assert rows(bank, Question) == []


def test_the_pictures_a_file_held_itself_are_used(bank):
    draft = replace(PLAIN, picture="abc.png", picture_alt="Mã")
    reading = Reading((draft,), (), pictures={"abc.png": picture()})

    service.import_questions(bank, reading, by=None, now=NOW)

    assert len(rows(bank, Picture)) == 1


def test_html_is_made_safe_whatever_a_codec_left_in_it(bank):
    evil = "<p onclick='x()'>Nút<script>alert(1)</script><img src=x onerror=y></p>"
    draft = replace(
        PLAIN,
        is_html=True,
        text=evil,
        options=(evil, "<b>B</b>"),
        explanation=evil,
        feedback=Feedback((evil, ""), evil, "", ""),
        parallel={"en": Parallel(evil, (evil, "b"), (), evil)},
    )

    put(bank, draft)

    (version,) = rows(bank, QuestionVersion)
    stored = str([version.text, version.options, version.explanation, version.feedback])
    assert version.text == "<p>Nút</p>"
    assert not any(bad in stored + str(version.parallel) for bad in ("script", "onclick", "<img"))


def test_progress_is_told_and_ends_at_the_whole(bank):
    told = []
    drafts = tuple(replace(PLAIN, code=f"q-{at}", text=f"Câu {at}?") for at in range(1500))

    service.import_questions(
        bank,
        Reading(drafts, ()),
        by=None,
        now=NOW,
        on_progress=lambda done, total: told.append((done, total)),
    )

    assert told == [
        (0, 3000),
        (1000, 3000),
        (1500, 3000),
        (2500, 3000),
        (3000, 3000),
    ]


# Looking first


def test_a_plan_says_what_would_become_of_each_question_and_stores_nothing(bank):
    put(bank, PLAIN, replace(PLAIN, code="b", text="Làm gì khi nhận cuộc gọi lạ?"))
    platform = service.platform_bank(bank)
    reading = Reading(
        (
            PLAIN,
            replace(PLAIN, code="b", text="Làm gì khi nhận tin nhắn lạ?"),
            replace(PLAIN, code="c", text="Nút nào để mở nguồn nhỉ?"),
            replace(PLAIN, code="d", text=""),
        ),
        (),
    )

    plan = service.plan_import(bank, reading, bank=platform)

    assert [(one.draft.code, one.fate) for one in plan.questions] == [
        ("devices-001", service.Fate.SAME),
        ("b", service.Fate.CHANGED),
        ("c", service.Fate.NEW),
        ("d", service.Fate.LEFT_OUT),
    ]
    assert [[each.code for each in one.alike] for one in plan.questions] == [
        [],
        [],
        ["devices-001"],
        [],
    ]
    assert [str(one.what) for one in plan.problems] == ["Thiếu mục “text”."]
    assert [plan.count(fate) for fate in service.Fate] == [1, 1, 1, 1]
    assert len(rows(bank, Question)) == 2


@pytest.mark.parametrize("count", [1, 300])
def test_a_plan_takes_five_statements(bank, count_statements, count):
    put(bank, PLAIN)
    platform = service.platform_bank(bank)
    drafts = tuple(replace(PLAIN, code=f"n-{at}") for at in range(count))

    with count_statements() as counted:
        service.plan_import(bank, Reading(drafts, ()), bank=platform)

    assert len(counted) == 5
