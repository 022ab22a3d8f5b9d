"""Asked while registering: the same form, refused in words, never offered past."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from factories.contests import make_contest, make_division, make_round
from factories.people import make_account, make_audience
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.attempts.models import Attempt
from contest.contests.models import Contest, Registration
from contest.core import clock
from contest.core.audit import AuditEntry
from contest.identities.models import Identity

from .conftest import NUMBER, RULES

DAY = timedelta(days=1)
PATH = "/contests/an-toan/join"
FORM = {
    "division": "d1",
    "identity_national_id": NUMBER,
    "identity_phone": "0912 345 678",
    "relatives_phone": "y",
}
SignIn = Callable[..., Any]


@pytest.fixture
def lan(session: Session, client: FlaskClient, sign_in: SignIn) -> Account:
    contest = make_contest(session, "an-toan", identity=RULES.as_json())
    now = clock.now()
    make_round(session, contest, "tuan-1", opens_at=now - DAY, closes_at=now + DAY)
    make_division(session, contest, "d1", name="Mọi người dân")
    account = make_account(session, name="Lù Thị Lan")
    sign_in(client, account)
    return account


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_page_asks_and_says_why_and_how_long(lan: Account, client: FlaskClient) -> None:
    page = client.get(PATH).text
    assert lan.name in page
    assert "tự xoá sau 30 ngày kể từ khi cuộc thi kết thúc" in page
    for name in ("identity_national_id", "identity_phone", "relatives_phone", "identity_class"):
        assert f'name="{name}"' in page
    assert 'name="relatives_national_id"' not in page
    assert "Lớp (không bắt buộc)" in words(page)
    assert 'href="/contests/an-toan/regulations"' in page


@pytest.mark.usefixtures("lan")
def test_what_is_asked_first_is_not_passed_by_with_one_tap(
    client: FlaskClient, session: Session
) -> None:
    assert "/enter" not in client.get(PATH).text
    answer = client.post("/attempts/rounds/an-toan/tuan-1/enter", data={"division": "d1"})
    assert (answer.status_code, answer.location) == (303, PATH)
    assert "Cuộc thi này hỏi thêm vài thông tin khi đăng ký." in client.get(PATH).text
    assert session.scalar(sa.select(sa.func.count(Registration.id))) == 0
    assert session.scalar(sa.select(sa.func.count(Attempt.id))) == 0


def test_registering_stores_what_was_typed(
    lan: Account, client: FlaskClient, session: Session
) -> None:
    answer = client.post(PATH, data=FORM)
    assert (answer.status_code, answer.location) == (303, "/contests/an-toan")
    (registration,) = session.scalars(sa.select(Registration))
    assert registration.account_id == lan.id
    rows = session.execute(
        sa.select(Identity.registration_id, Identity.field, Identity.is_relatives)
    )
    assert sorted(map(tuple, rows)) == [
        (registration.id, "national_id", False),
        (registration.id, "phone", True),
    ]


@pytest.mark.usefixtures("lan")
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(
    client: FlaskClient, session: Session
) -> None:
    answer = client.post(PATH, data={"division": "d1", "identity_national_id": "063123456"})
    assert answer.status_code == 422
    said = words(answer.text)
    assert said.count("Số này có 9 chữ số, là số chứng minh nhân dân cũ.") == 2  # summary, field
    assert '<a href="#identity_phone">Mục này cần được điền.</a>' in answer.text
    assert 'value="063123456"' in answer.text
    assert 'value="d1" checked' in answer.text
    assert session.scalar(sa.select(sa.func.count(Registration.id))) == 0


def test_a_number_of_somebody_else_is_refused_kindly(
    lan: Account, client: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    client.post(PATH, data=FORM)
    sign_in(client, make_account(session, name="Vàng Seo Sử"))
    answer = client.post(PATH, data=FORM)
    assert answer.status_code == 422
    assert "Thông tin này đã được một người khác ghi trong cuộc thi." in words(answer.text)
    assert lan.name not in answer.text
    assert session.scalar(sa.select(sa.func.count(Registration.id))) == 1


@pytest.mark.usefixtures("lan")
def test_an_empty_form_hears_of_everything_at_once(client: FlaskClient, session: Session) -> None:
    other = make_audience(session, "old", "Người cao tuổi", age_from=18)
    contest = session.scalars(sa.select(Contest)).one()
    make_division(session, contest, "d2", other)
    session.commit()
    answer = client.post(PATH, data={})
    assert answer.status_code == 422
    for field in ("division", "identity_national_id", "identity_phone"):
        assert f'<li><a href="#{field}">' in answer.text
    assert '<a href="#identity_class">' not in answer.text


@pytest.mark.usefixtures("lan")
def test_a_missing_division_says_so_and_keeps_what_was_typed(client: FlaskClient) -> None:
    answer = client.post(PATH, data={**FORM, "division": "zz"})
    assert answer.status_code == 422
    assert f'value="{NUMBER}"' in answer.text


@pytest.mark.usefixtures("lan")
def test_no_value_reaches_an_address_a_log_or_another_page(
    client: FlaskClient, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        answer = client.post(PATH, data=FORM)
    assert NUMBER not in (answer.location or "")
    assert NUMBER not in caplog.text
    assert "0912345678" not in caplog.text
    for path in ("/contests/an-toan", "/accounts/me", "/contests/an-toan/regulations"):
        page = client.get(path).text
        assert NUMBER not in page
        assert "0912345678" not in page
    entries = session.scalars(sa.select(AuditEntry)).all()
    assert not [each for each in entries if NUMBER in str(each.facts)]


def test_a_contest_that_asks_nothing_asks_nothing_and_costs_nothing(
    session: Session, client: FlaskClient, sign_in: SignIn, count_statements: Callable[..., Any]
) -> None:
    contest: Contest = make_contest(session, "khac")
    now = clock.now()
    make_round(session, contest, "tuan-1", opens_at=now - DAY, closes_at=now + DAY)
    make_division(session, contest, "d1")
    sign_in(client, make_account(session))
    page = client.get("/contests/khac/join").text
    assert "identity_" not in page
    assert "/enter" in page
    with count_statements() as counted:
        client.post("/contests/khac/join", data={"division": "d1"})
    assert not [each for each in counted if "identities" in each]
