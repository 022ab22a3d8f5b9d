"""Banks and lists at the desk: who sees what, filters in the address, counted statements."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from factories.bank import PLAIN, make_bank, put
from factories.desks import make_desk, make_neighbour, text_of
from factories.people import make_account, make_grant, make_unit
from sqlalchemy import select, update

from contest.core import clock
from contest.core.audit import AuditEntry
from question_bank import service
from question_bank.models import Bank, Question, QuestionState
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import TrueFalseKey

SECOND = replace(
    PLAIN,
    code="scams-001",
    topic="scams",
    difficulty=3,
    audiences=("elderly",),
    text="Cuộc gọi lừa đảo",
    tags=("OTP",),
    valid_until=(clock.now() + timedelta(days=9)).date(),
)
THIRD = replace(
    PLAIN,
    code="devices-002",
    type=QuestionType.TRUE_FALSE,
    options=(),
    key=TrueFalseKey(right=True),
    text="Màn hình cảm ứng",
    valid_until=(clock.now() - timedelta(days=9)).date(),
)


@pytest.fixture
def desk(session):
    return make_desk(session)


@pytest.fixture
def author(client, desk, sign_in):
    sign_in(client, desk.author)
    return client


def codes(answer):
    assert answer.status_code == 200
    return re.findall(r'href="/banks/[^/"]+/q/([^"]+)"', answer.get_data(as_text=True))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["devices-001", "devices-002", "scams-001"]),
        ("q=lua+dao", ["scams-001"]),
        ("q=LỪA", ["scams-001"]),
        ("topic=scams", ["scams-001"]),
        ("difficulty=1", ["devices-001", "devices-002"]),
        ("audience=elderly", ["scams-001"]),
        ("type=true_false", ["devices-002"]),
        ("tag=otp", ["scams-001"]),
        ("state=draft", []),
        ("state=published", ["devices-001", "devices-002", "scams-001"]),
        ("valid=good", ["devices-001", "scams-001"]),
        ("valid=soon", ["scams-001"]),
        ("valid=over", ["devices-002"]),
        ("used=never", ["devices-001", "devices-002"]),
        ("used=some", ["scams-001"]),
        ("used=often", []),
        ("measured=hard", ["scams-001"]),
        ("measured=easy", []),
        ("bank=cua-xa", ["devices-001", "devices-002", "scams-001"]),
        ("sort=most_used", ["scams-001", "devices-001", "devices-002"]),
        ("sort=expiring", ["devices-002", "scams-001", "devices-001"]),
        ("difficulty=x&state=x&valid=x&used=x&sort=x&page=-1", 3),
        ("page=9", []),
        ("q=%25", []),
    ],
)
def test_filters_in_the_address(author, session, desk, query, found):
    put(session, PLAIN, SECOND, THIRD, bank=desk.bank)
    counted = {"exposure": 40, "answered": 40, "right": 10}
    session.execute(update(Question).where(Question.code == "scams-001").values(counted))
    session.commit()

    listed = codes(author.get(f"/banks/questions?{query}"))

    assert (len(listed) if isinstance(found, int) else listed) == found


def test_the_list_costs_as_many_statements_at_ten_thousand_questions(
    author, session, desk, count_statements
):
    def fill(first, last):
        put(
            session,
            *(replace(PLAIN, code=f"n-{at:05}", text=f"Câu số {at}") for at in range(first, last)),
            bank=desk.bank,
        )
        session.commit()

    def listed():
        author.get("/banks/questions")  # who is here is remembered for a while
        with count_statements() as seen:
            answer = author.get("/banks/questions?q=cau&bank=cua-xa&topic=devices")
        return len(seen), len(codes(answer))

    fill(0, 10)
    assert listed() == (5, 10)
    fill(10, 10_000)
    assert listed() == (5, 50)


def test_banks_are_listed_with_what_they_hold(author, session, desk, count_statements):
    put(session, PLAIN, SECOND, bank=desk.bank)
    put(session, THIRD, bank=desk.bank, as_state=QuestionState.DRAFT, by=desk.author.id)
    service.platform_bank(session)
    session.commit()

    with count_statements() as seen:
        answer = author.get("/banks/")

    assert len(seen) == 3
    said = text_of(answer)
    assert "Ngân hàng cua-xa Xã Bản Hồ 3 câu, 2 câu đã duyệt, 0 câu chờ duyệt" in said
    assert "Ngân hàng chung Của toàn hệ thống 0 câu" in said


def test_a_bank_of_another_unit_is_not_there(author, session):
    neighbour = make_neighbour(session, "lang-gieng")
    put(session, PLAIN, bank=neighbour.bank)
    session.commit()

    assert codes(author.get("/banks/questions")) == []
    assert "lang-gieng" not in author.get("/banks/").get_data(as_text=True)
    for method, path in (
        ("get", "/banks/lang-gieng/new"),
        ("get", "/banks/lang-gieng/new/one"),
        ("post", "/banks/lang-gieng/new/one"),
        ("post", "/banks/lang-gieng/alike"),
        ("get", "/banks/lang-gieng/settings"),
        ("post", "/banks/lang-gieng/retire"),
        ("post", "/banks/lang-gieng/bring-back"),
        ("get", "/banks/lang-gieng/q/devices-001"),
        ("get", "/banks/lang-gieng/q/devices-001/edit"),
        ("get", "/banks/lang-gieng/q/devices-001/history"),
        *(
            ("post", f"/banks/lang-gieng/q/devices-001/{act}")
            for act in ("submit", "publish", "retire", "bring-back", "comment", "recordings")
        ),
    ):
        assert getattr(author, method)(path).status_code == 404, path


def test_a_bank_shared_down_may_be_read_and_not_changed(client, session, desk, sign_in):
    unit = make_unit(session, parent=desk.unit)
    below = make_account(session, unit)
    make_grant(session, below, "organizer", unit)
    put(session, PLAIN, bank=make_bank(session, desk.unit, "chung", is_shared=True))
    session.commit()
    sign_in(client, below)

    assert codes(client.get("/banks/questions")) == ["devices-001"]
    page = client.get("/banks/chung/q/devices-001").get_data(as_text=True)
    assert "Việc có thể làm" not in page
    assert client.get("/banks/chung/q/devices-001/edit").status_code == 404


def test_a_bank_is_opened_renamed_shared_retired_and_brought_back(author, session, desk):
    unit = desk.unit.id
    page = author.post("/banks/new", data={"name": "Câu hỏi Tết", "unit": desk.unit.code})
    code = page.location.split("bank=")[1]

    def bank():
        session.rollback()
        found = session.scalars(select(Bank).where(Bank.code == code)).one()
        facts = found.name, found.unit_id, found.is_shared_down, found.retired_at is not None
        session.rollback()
        return facts

    assert bank() == ("Câu hỏi Tết", unit, False, False)
    author.post(f"/banks/{code}/settings", data={"name": "Tết Bính Ngọ", "is_shared_down": "y"})
    assert bank() == ("Tết Bính Ngọ", unit, True, False)
    author.post(f"/banks/{code}/retire")
    assert bank() == ("Tết Bính Ngọ", unit, True, True)
    author.post(f"/banks/{code}/bring-back")
    assert bank() == ("Tết Bính Ngọ", unit, True, False)
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject == f"bank:{code}"))
    assert list(acts) == ["banks.open", "banks.change", "banks.retire", "banks.bring_back"]


def test_a_bank_needs_a_name_and_a_unit_of_ones_own(author, session):
    elsewhere = make_unit(session)
    session.commit()

    nameless = author.post("/banks/new", data={"name": " "})
    assert nameless.status_code == 422
    assert "Mục này cần được điền." in text_of(nameless)
    for unit in (elsewhere.code, "", "khong-co"):
        answer = author.post("/banks/new", data={"name": "X", "unit": unit})
        assert answer.status_code == 422, unit
    assert list(session.scalars(select(Bank.name))) == ["Ngân hàng cua-xa"]


def test_an_administrator_opens_one_of_no_unit(client, session, desk, sign_in):
    administrator = make_account(session, desk.unit)
    make_grant(session, administrator, "administrator", desk.unit)
    sign_in(client, administrator)

    answer = client.post("/banks/new", data={"name": "Toàn tỉnh", "unit": ""})

    assert answer.status_code == 303
    found = session.scalars(select(Bank).where(Bank.name == "Toàn tỉnh")).one()
    assert found.unit_id is None


def test_the_queue_shows_what_waits(author, session, desk):
    put(session, PLAIN, SECOND, bank=desk.bank, as_state=QuestionState.DRAFT, by=desk.author.id)
    id_ = session.scalars(select(Question.id).where(Question.code == "scams-001")).one()
    service.submit(session, id_, no=1, by=desk.author.id, now=clock.now())
    session.commit()

    assert codes(author.get("/banks/review")) == ["scams-001"]
