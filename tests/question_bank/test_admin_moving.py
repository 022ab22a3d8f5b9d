"""Files in and out at the desk: sent, looked through, taken; lists taken out and printed."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import pytest
from factories.bank import PLAIN, put
from factories.desks import make_desk, make_neighbour, run_jobs, text_of
from sqlalchemy import func, select

from contest.core.jobs import Job
from question_bank.admin.importing import place_in_words
from question_bank.admin.samples import SAMPLES
from question_bank.formats import registry
from question_bank.formats.reading import Parallel
from question_bank.models import Question
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import OrderingKey

MIXED = """::Tốt::Hai cộng hai bằng mấy? {=4 ~5}

::Hỏng::Ba cộng ba bằng mấy? {~6 ~7}
"""
FORM = {
    "format": "auto",
    "bank": "cua-xa",
    "topic": "devices",
    "difficulty": "2",
    "audiences": "everybody",
}


@pytest.fixture
def desk(session):
    return make_desk(session)


@pytest.fixture
def author(client, desk, sign_in):
    sign_in(client, desk.author)
    return client


def send(client, data, name="de.gift", **facts):
    return client.post("/banks/import", data=FORM | facts | {"file": (BytesIO(data), name)})


def count(session):
    session.rollback()
    found = session.scalar(select(func.count()).select_from(Question))
    session.rollback()
    return found


def test_a_file_is_looked_through_and_its_good_questions_taken(app, author, session):
    sent = send(author, MIXED.encode())
    assert sent.status_code == 303
    assert "Đang chờ đến lượt" in text_of(author.get(sent.location))
    assert run_jobs(app) == 1

    page = author.get(sent.location).get_data(as_text=True)

    assert "Chưa câu nào được ghi vào ngân hàng." in page
    assert "<strong>Dòng 3</strong>: " in page
    assert 'id="q-1-0" name="q-1" value="0"' in page
    assert "<li>A. 4</li>" in page
    assert count(session) == 0
    taking = author.post(f"{sent.location}/take")
    assert taking.status_code == 303
    assert run_jobs(app) == 1
    assert "1 câu mới, 0 câu đổi nội dung; 0 câu không nạp." in text_of(author.get(taking.location))
    assert count(session) == 1
    assert "Không có câu hỏi nào như vậy." not in text_of(
        author.get("/banks/questions?bank=cua-xa&state=draft&sort=newest")
    )


def test_a_file_can_be_read_again_as_another_format(app, author):
    sent = send(author, "Hai cộng hai?\nA. 4\nB. 5\nANSWER: A\n".encode(), format="gift")
    run_jobs(app)
    first = author.get(sent.location).get_data(as_text=True)
    assert '<option value="gift" selected>' in first

    again = author.post(f"{sent.location}/again", data={"format": "aiken"})

    assert run_jobs(app) == 1
    page = author.get(again.location).get_data(as_text=True)
    assert '<option value="aiken" selected>' in page
    assert "Hai cộng hai?" in page


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"file": ""}, "Hãy chọn một tệp câu hỏi."),
        ({"bank": "lang-gieng"}, "Hãy chọn một trong các mục có sẵn."),
        ({"format": "pdf"}, "Hãy chọn một trong các mục có sẵn."),
        ({"audiences": "la"}, "Hãy chọn"),
    ],
)
def test_what_cannot_be_sent_is_said(author, session, facts, said):
    make_neighbour(session, "lang-gieng")
    data = FORM | {"file": (BytesIO(b"x"), "x.gift")} | facts

    answer = author.post("/banks/import", data=data)

    assert answer.status_code == 422
    assert said in text_of(answer)
    assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_a_file_no_reader_knows_is_refused_in_plain_words(app, author):
    sent = send(author, b"\x00\x01\x02", "anh.docx", format="docx")
    run_jobs(app)

    said = text_of(author.get(sent.location))

    assert "Không có câu nào mới để nạp từ tệp này." in said
    assert "Cả tệp" in said


def test_another_persons_import_is_not_there(app, author, desk, sign_in):
    sent = send(author, MIXED.encode())
    run_jobs(app)
    other = app.test_client()
    sign_in(other, desk.reviewer)

    assert other.get(sent.location).status_code == 404
    assert other.post(f"{sent.location}/take").status_code == 404
    assert other.post(f"{sent.location}/again").status_code == 404
    assert author.get("/banks/import/khong-co").status_code == 404
    assert author.get(f"{sent.location}/pictures/../x").status_code == 404
    assert author.get(f"{sent.location}/pictures/{'0' * 16}.png").status_code == 404


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("file", "Cả tệp"),
        ("line 7", "Dòng 7"),
        ("row 12", "Dòng 12"),
        ("question 12, paragraph 45", "Câu 12, đoạn 45"),
        ("question 3 (devices-003)", "Câu 3 (devices-003)"),
        ("question (devices-003)", "Câu (devices-003)"),
    ],
)
def test_places_are_said_in_words(app, place, words):
    with app.test_request_context():
        assert place_in_words(place) == words


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_file_can_be_read(author, name):
    answer = author.get(f"/banks/samples/{name}")

    format_ = {"excel": "xlsx", "word": "docx", "gift": "gift"}[name]
    reading = registry.read(answer.data, format_)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=mau-cau-hoi.")
    assert reading.problems == ()
    if name == "excel":
        assert reading.questions == ()  # to be filled in
    else:
        assert len(reading.questions) >= 3


def test_there_is_no_other_sample(author):
    assert author.get("/banks/samples/pdf").status_code == 404


def test_a_filtered_list_is_taken_out_and_its_losses_are_told_first(app, author, session, desk):
    ordering = replace(PLAIN, code="xep", type=QuestionType.ORDERING, key=OrderingKey(2), text="X?")
    spoken = replace(PLAIN, code="noi", text="Nói?", parallel={"hmn": Parallel("Hais?")})
    hard = replace(PLAIN, code="kho", text="Khó?", difficulty=3)
    put(session, PLAIN, ordering, spoken, hard, bank=desk.bank)
    session.commit()
    assert "3 câu của danh sách" in text_of(author.get("/banks/export?difficulty=1"))

    sent = author.post("/banks/export?difficulty=1", data={"format": "gift"})

    assert sent.status_code == 303
    assert run_jobs(app) == 1
    said = text_of(author.get(sent.location))
    assert "xep : cả câu không ghi được" in said
    assert "noi : thiếu hoặc đổi: bản song ngữ" in said
    page = author.get(sent.location).get_data(as_text=True)
    file = author.get(re.search(r'href="(/jobs/[^/]+/file)"', page)[1])
    codes = [one.code for one in registry.read(file.data, "gift").questions]
    assert codes == ["devices-001", "noi"]
    assert file.headers["Content-Disposition"] == "attachment; filename=cau-hoi.gift"


def test_a_list_of_a_neighbours_bank_is_empty(author, session):
    put(session, PLAIN, bank=make_neighbour(session, "lang-gieng").bank)
    session.commit()

    answer = author.post("/banks/export?bank=lang-gieng", data={"format": "gift"})

    assert answer.status_code == 422
    assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_a_paper_is_asked_for(app, author, session, desk):
    put(session, PLAIN, bank=desk.bank)
    session.commit()
    wrong = author.post("/banks/print", data={"title": " ", "codes": "0", "first": "x", "seed": ""})
    assert wrong.status_code == 422
    assert session.scalar(select(func.count()).select_from(Job)) == 0
    session.rollback()
    data = {"title": "Thi thử", "codes": "2", "first": "101", "seed": "tết", "has_sheet": "y"}

    sent = author.post("/banks/print", data=data)

    assert sent.status_code == 303
    assert run_jobs(app) == 1
    assert "Thi thử.zip" in text_of(author.get(sent.location))
