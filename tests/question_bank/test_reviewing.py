"""A question's way to being drawn: two people, versions that stay, comments, recordings."""

from dataclasses import replace
from io import BytesIO

import pytest
from factories.bank import NOW, PLAIN, make_topics, put, question_of, version_of
from factories.people import make_account
from PIL import Image
from sqlalchemy import select

from contest.core.audit import AuditEntry
from contest.errors import Conflict, Invalid, NotAllowed, NotFound
from question_bank import queries, service
from question_bank.models import Question, QuestionComment, QuestionVersion

MP3 = b"\xff\xfb\x90\x64" + bytes(20)


@pytest.fixture
def bank(session):
    make_topics(session)
    return session


@pytest.fixture
def author(bank):
    return make_account(bank, name="Nguyễn Thị An").id


@pytest.fixture
def reviewer(bank):
    return make_account(bank, name="Trần Văn Bình").id


def made(session, by, draft=PLAIN):
    platform = service.platform_bank(session)
    return service.create(session, platform, draft, by=by, now=NOW)


def drawn(session):
    found = queries.candidates(session, audience="everybody", valid_on=NOW.date(), unit_id=None)
    return [queries.versions(session, [one.version_id])[one.version_id].text for one in found]


def point():
    out = BytesIO()
    Image.new("RGB", (2, 2)).save(out, "PNG")
    return out.getvalue()


def standing(session, id_):
    question = session.get_one(Question, id_, populate_existing=True)
    no = question.draft_no or question.version_no
    state = version_of(session, id_, no).state
    return (question.state, question.version_no, question.draft_no, state)


def test_a_question_is_written_submitted_and_published_by_somebody_else(bank, author, reviewer):
    id_ = made(bank, author)
    seen = [standing(bank, id_)]
    service.submit(bank, id_, no=1, by=author, now=NOW)
    seen.append(standing(bank, id_))
    before = drawn(bank)
    service.publish(bank, id_, no=1, by=reviewer, now=NOW)
    seen.append(standing(bank, id_))

    version = version_of(bank, id_, 1)
    assert seen == [
        ("draft", 0, 1, "draft"),
        ("draft", 0, 1, "in_review"),
        ("published", 1, None, "published"),
    ]
    assert (before, drawn(bank)) == ([], [PLAIN.text])
    assert (version.created_by, version.created_at) == (author, NOW)
    assert (version.reviewed_by, version.reviewed_at) == (reviewer, NOW)
    assert [entry.act for entry in bank.scalars(select(AuditEntry).order_by(AuditEntry.id))] == [
        "questions.create",
        "questions.submit",
        "questions.publish",
    ]


def test_nobody_publishes_what_they_wrote_any_part_of(bank, author, reviewer):
    id_ = made(bank, author)
    service.edit(bank, id_, replace(PLAIN, text="Sửa?"), based_on=1, by=reviewer, now=NOW)
    service.submit(bank, id_, no=2, by=reviewer, now=NOW)

    for one in (author, reviewer):
        with pytest.raises(NotAllowed):
            service.publish(bank, id_, no=2, by=one, now=NOW)

    service.publish(bank, id_, no=2, by=make_account(bank).id, now=NOW)
    assert drawn(bank) == ["Sửa?"]


def test_who_wrote_an_earlier_published_version_may_review_the_next(bank, author, reviewer):
    id_ = made(bank, author)
    service.submit(bank, id_, no=1, by=author, now=NOW)
    service.publish(bank, id_, no=1, by=reviewer, now=NOW)
    service.edit(bank, id_, replace(PLAIN, text="Mới?"), based_on=1, by=reviewer, now=NOW)
    service.submit(bank, id_, no=2, by=reviewer, now=NOW)

    assert drawn(bank) == [PLAIN.text]
    service.publish(bank, id_, no=2, by=author, now=NOW)
    assert drawn(bank) == ["Mới?"]


def test_a_question_is_not_published_before_it_was_submitted(bank, author, reviewer):
    id_ = made(bank, author)

    with pytest.raises(Conflict):
        service.publish(bank, id_, no=1, by=reviewer, now=NOW)
    service.submit(bank, id_, no=1, by=author, now=NOW)
    with pytest.raises(Conflict):
        service.submit(bank, id_, no=1, by=author, now=NOW)


def test_what_was_edited_meanwhile_is_not_published_unseen(bank, author, reviewer):
    id_ = made(bank, author)
    service.submit(bank, id_, no=1, by=author, now=NOW)
    service.edit(bank, id_, replace(PLAIN, text="Lén sửa?"), based_on=1, by=author, now=NOW)

    with pytest.raises(Conflict):
        service.publish(bank, id_, no=1, by=reviewer, now=NOW)
    with pytest.raises(Conflict):
        service.publish(bank, id_, no=2, by=reviewer, now=NOW)
    with pytest.raises(Conflict):
        service.edit(bank, id_, PLAIN, based_on=1, by=reviewer, now=NOW)


def test_a_version_sent_back_is_a_draft_with_a_comment(bank, author, reviewer):
    id_ = made(bank, author)
    service.submit(bank, id_, no=1, by=author, now=NOW)
    with pytest.raises(Invalid):
        service.send_back(bank, id_, no=1, comment=" ", by=reviewer, now=NOW)

    service.send_back(bank, id_, no=1, comment="Thiếu nguồn.", by=reviewer, now=NOW)

    (said,) = bank.scalars(select(QuestionComment))
    assert standing(bank, id_) == ("draft", 0, 1, "draft")
    assert (said.text, said.version_no, said.by, said.at) == ("Thiếu nguồn.", 1, reviewer, NOW)
    assert said.resolved_at is None
    with pytest.raises(Conflict):
        service.send_back(bank, id_, no=1, comment="Nữa.", by=reviewer, now=NOW)


def test_a_comment_is_resolved_once(bank, author, reviewer):
    id_ = made(bank, author)
    comment = service.comment(bank, id_, "Khó hiểu.", no=1, by=reviewer, now=NOW)

    service.resolve(bank, id_, comment, by=author, now=NOW)
    service.resolve(bank, id_, comment, by=reviewer, now=NOW)

    (said,) = bank.scalars(select(QuestionComment))
    assert (said.resolved_at, said.resolved_by) == (NOW, author)
    with pytest.raises(NotFound):
        service.resolve(bank, id_ + 1, comment, by=author, now=NOW)
    with pytest.raises(Invalid):
        service.comment(bank, id_, "a" * 2001, no=1, by=reviewer, now=NOW)


def test_every_edit_is_a_version_and_an_equal_one_is_none(bank, author):
    id_ = made(bank, author)

    numbers = [
        service.edit(bank, id_, replace(PLAIN, text=text), based_on=based_on, by=author, now=NOW)
        for text, based_on in ((PLAIN.text, 1), ("Hai?", 1), ("Ba?", 2))
    ]

    assert numbers == [1, 2, 3]
    assert [
        one.text for one in bank.scalars(select(QuestionVersion).order_by(QuestionVersion.no))
    ] == [PLAIN.text, "Hai?", "Ba?"]


def test_a_picture_stays_goes_or_is_replaced(bank, author):
    shown = replace(PLAIN, picture="a.png", picture_alt="Nút")
    platform = service.platform_bank(bank)
    id_ = service.create(bank, platform, shown, {"a.png": point()}, by=author, now=NOW)
    kept = replace(PLAIN, text="Hai?", picture_alt="Nút")

    service.edit(bank, id_, kept, based_on=1, keeps_picture=True, by=author, now=NOW)
    service.edit(bank, id_, PLAIN, based_on=2, by=author, now=NOW)

    pictures = [version_of(bank, id_, no).picture_id for no in (1, 2, 3)]
    assert pictures[0] == pictures[1] is not None
    assert pictures[2] is None
    with pytest.raises(Invalid):
        service.edit(bank, id_, shown, based_on=3, by=author, now=NOW)


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"text": ""}, ["text"]),
        ({"topic": "cooking", "audiences": ("fish",)}, ["question-0", "question-1"]),
        ({"difficulty": None, "options": ("a",)}, ["question-0", "question-1", "options"]),
    ],
)
def test_a_draft_with_mistakes_is_not_stored(bank, author, changes, places):
    with pytest.raises(Invalid) as refused:
        made(bank, author, replace(PLAIN, **changes))

    assert sorted(refused.value.problems) == sorted(places)
    assert bank.scalars(select(Question)).all() == []


def test_a_code_is_needed_and_used_once_in_a_bank(bank, author):
    made(bank, author)

    with pytest.raises(Conflict):
        made(bank, author)
    with pytest.raises(Invalid):
        made(bank, author, replace(PLAIN, code=""))


def test_a_retired_question_is_brought_back_as_it_was(bank, author):
    put(bank, PLAIN)
    published, draft = (
        question_of(bank, PLAIN.code).id,
        made(bank, author, replace(PLAIN, code="b")),
    )

    for id_ in (published, draft):
        service.retire(bank, id_, by=author, now=NOW)
        service.retire(bank, id_, by=author, now=NOW)
    gone = drawn(bank)
    for id_ in (published, draft):
        service.bring_back(bank, id_, by=author, now=NOW)
        service.bring_back(bank, id_, by=author, now=NOW)

    assert (gone, drawn(bank)) == ([], [PLAIN.text])
    assert standing(bank, draft) == ("draft", 0, 1, "draft")
    with pytest.raises(NotFound):
        service.retire(bank, 404, by=author, now=NOW)


def test_a_version_never_changes_but_for_its_standing(bank, author):
    version = version_of(bank, made(bank, author), 1)
    version.text = "Khác?"

    with pytest.raises(TypeError):
        bank.flush()


def test_what_is_missing_is_told_before_publishing(bank, author):
    whole = version_of(bank, made(bank, author), 1)
    bare = replace(PLAIN, code="b", explanation="", source="")
    poor = version_of(bank, made(bank, author, bare), 1)

    assert service.warnings(whole) == []
    assert [str(one) for one in service.warnings(poor)] == [
        "Câu hỏi chưa có lời giải thích cho người dự thi.",
        "Câu hỏi chưa ghi nguồn.",
    ]


def test_a_recording_is_a_version_to_be_reviewed(bank, author, reviewer):
    put(bank, PLAIN)
    id_ = question_of(bank, PLAIN.code).id
    facts = {"by": author, "now": NOW, "duration_ms": 4000}

    no = service.add_recording(bank, id_, MP3, language="vi", based_on=1, **facts)
    unheard = drawn_recordings(bank)
    service.submit(bank, id_, no=no, by=author, now=NOW)
    service.publish(bank, id_, no=no, by=reviewer, now=NOW)

    (heard,) = drawn_recordings(bank)
    assert (no, unheard) == (2, [{}])
    assert heard["vi"].media_type == "audio/mpeg"
    kept = queries.recording(bank, heard["vi"].digest)
    assert (kept.data, kept.duration_ms) == (MP3, 4000)
    with pytest.raises(Invalid):
        service.add_recording(bank, id_, MP3, language="fr", based_on=2, **facts)
    with pytest.raises(Invalid):
        service.add_recording(bank, id_, b"<svg/>", language="vi", based_on=2, **facts)
    with pytest.raises(Conflict):
        service.add_recording(bank, id_, MP3, language="en", based_on=1, **facts)


def drawn_recordings(session):
    found = queries.candidates(session, audience="everybody", valid_on=NOW.date(), unit_id=None)
    versions = queries.versions(session, [one.version_id for one in found])
    return [dict(one.recordings) for one in versions.values()]


def test_importing_the_same_words_again_leaves_the_recording(bank, author):
    put(bank, PLAIN)
    id_ = question_of(bank, PLAIN.code).id
    facts = {"by": author, "now": NOW, "duration_ms": None}
    service.add_recording(bank, id_, MP3, language="vi", based_on=1, **facts)

    put(bank, PLAIN)

    assert standing(bank, id_) == ("published", 1, 2, "draft")
