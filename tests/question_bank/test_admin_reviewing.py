"""A question's page: two people, comments, history."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories.bank import PLAIN, put, question_of, version_of
from factories.desks import make_desk, text_of
from sqlalchemy import select

from contest.core.audit import AuditEntry
from question_bank import service
from question_bank.models import QuestionComment, QuestionState

HERE = "/banks/cua-xa/q/devices-001"


@pytest.fixture
def desk(session):
    made = make_desk(session)
    put(session, PLAIN, bank=made.bank, as_state=QuestionState.DRAFT, by=made.author.id)
    session.commit()
    return made


@pytest.fixture
def author(app, desk, sign_in):
    client = app.test_client()
    sign_in(client, desk.author)
    return client


@pytest.fixture
def reviewer(app, desk, sign_in):
    client = app.test_client()
    sign_in(client, desk.reviewer)
    return client


def states(session):
    session.rollback()
    question = question_of(session, "devices-001")
    newest = version_of(session, question.id, question.draft_no or question.version_no)
    found = question.state, newest.state, question.version_no
    session.rollback()
    return found


def test_two_people_publish_a_question(author, reviewer, session, desk):
    assert author.post(f"{HERE}/submit", data={"no": "1"}).status_code == 303
    assert states(session) == ("draft", "in_review", 0)
    assert "Bạn là người soạn nên không tự duyệt được." in text_of(author.get(HERE))
    assert author.post(f"{HERE}/publish", data={"no": "1"}).status_code == 403
    assert states(session) == ("draft", "in_review", 0)
    assert "Duyệt, cho dùng" in text_of(reviewer.get(HERE))

    assert reviewer.post(f"{HERE}/publish", data={"no": "1"}).status_code == 303

    assert states(session) == ("published", "published", 1)
    acts = session.execute(select(AuditEntry.act, AuditEntry.by).order_by(AuditEntry.id)).all()
    assert [tuple(row) for row in acts if row.act.startswith("questions.") and row.by] == [
        ("questions.import", desk.author.id),
        ("questions.submit", desk.author.id),
        ("questions.publish", desk.reviewer.id),
    ]


def test_a_question_is_sent_back_with_a_comment(author, reviewer, session):
    author.post(f"{HERE}/submit", data={"no": "1"})
    empty = reviewer.post(f"{HERE}/comment", data={"no": "1", "text": " ", "do": "send-back"})
    assert empty.status_code == 422
    assert "Hãy viết nhận xét để người soạn biết cần sửa gì." in text_of(empty)

    sent = {"no": "1", "text": "Nêu rõ <máy> nào", "do": "send-back"}
    assert reviewer.post(f"{HERE}/comment", data=sent).status_code == 303

    assert states(session) == ("draft", "draft", 0)
    page = author.get(HERE).get_data(as_text=True)
    assert "Nêu rõ &lt;máy&gt; nào" in page
    comment = session.scalars(select(QuestionComment.id)).one()
    session.rollback()
    assert author.post(f"{HERE}/resolve/{comment}").status_code == 303
    assert "Đánh dấu là xong" not in text_of(author.get(HERE))
    assert author.post(f"{HERE}/resolve/{comment + 1}").status_code == 404


def test_a_comment_changes_no_state(author, session):
    answer = author.post(f"{HERE}/comment", data={"no": "1", "text": "Hay", "do": "comment"})

    assert answer.status_code == 303
    assert states(session) == ("draft", "draft", 0)
    assert session.scalars(select(QuestionComment.text)).all() == ["Hay"]


@pytest.mark.parametrize("no", ["2", "", "x", "9" * 20, "-1"])
def test_an_act_on_another_version_is_a_conflict(author, session, no):
    assert author.post(f"{HERE}/submit", data={"no": no}).status_code == 409
    assert states(session) == ("draft", "draft", 0)


def test_a_question_is_retired_and_brought_back(author, session):
    assert author.post(f"{HERE}/retire").status_code == 303
    assert states(session)[0] == "retired"
    page = text_of(author.get(HERE))
    assert "Đã ngừng dùng" in page
    assert "Gửi duyệt" not in page
    assert author.post(f"{HERE}/bring-back").status_code == 303
    assert states(session)[0] == "draft"


def test_the_page_shows_what_participants_see_and_the_answer_under_it(author):
    page = author.get(HERE).get_data(as_text=True)

    assert '<input type="radio" id="q-1-0" name="q-1" value="0">' in page
    assert page.index("Nút nào để mở nguồn?") < page.index("<li>A. Nguồn</li>")
    assert "Vì thế." in page


def test_near_duplicates_are_named_on_a_drafts_page(author, session, desk):
    put(session, replace(PLAIN, code="ban-sao", topic="scams"), bank=desk.bank)
    session.commit()

    assert "ban-sao (giống 100%)" in text_of(author.get(HERE))


def test_two_versions_are_laid_side_by_side(author, session, desk):
    id_ = question_of(session, "devices-001").id
    changed = replace(PLAIN, text="Nút nào để tắt nguồn?", tags=("mới",))
    facts = {"based_on": 1, "by": desk.reviewer.id, "now": desk.author.registered_at}
    service.edit(session, id_, changed, **facts)
    session.commit()

    page = author.get(f"{HERE}/history").get_data(as_text=True)

    assert "Nút nào để <del>mở</del><ins>tắt</ins> nguồn?" in page
    assert "<dt>Nhãn</dt><dd><ins>mới</ins></dd>" in page
    assert "<dt>Lời giải thích</dt>" not in page
    same = author.get(f"{HERE}/history?old=2&new=2")
    assert "Hai bản này giống hệt nhau về nội dung." in text_of(same)
    for wrong in ("old=9", "new=x", "new=" + "9" * 9):
        assert author.get(f"{HERE}/history?{wrong}").status_code == 404, wrong


def test_there_is_no_other_question(author):
    assert author.get("/banks/cua-xa/q/khong-co").status_code == 404
    assert author.get("/banks/cua-xa/new/essay").status_code == 404
