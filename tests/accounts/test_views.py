"""Signing in and out, opening an account, one's own facts: as a browser meets them."""

import html
import logging
import re
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from factories.people import make_account
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, SignIn
from contest.core import clock, db, passwords
from contest.core.audit import AuditEntry

PASSWORD = "cam mít dừa xoài"
PERSON = {
    "name": "Nguyễn Thị Hoà",
    "birth_date-day": "27",
    "birth_date-month": "3",
    "birth_date-year": "1958",
    "sex": "female",
    "trade": "farming",
    "login": "hoa.nguyen",
    "password": PASSWORD,
}


def register(client: FlaskClient, **facts: Any) -> Any:
    return client.post("/accounts/register/kd", data={**PERSON, **facts})


def enter(client: FlaskClient, login: str, password: str = PASSWORD, **more: Any) -> Any:
    form = {"login": login, "password": password, **more}
    return client.post("/accounts/sign-in", data=form)


def rows(statement: Any) -> Any:
    """Read in a session of its own: the test's would keep SQLite's one write lock."""
    with db.reading_session() as reading:
        return reading.scalars(statement).all()


def is_in(client: FlaskClient) -> bool:
    return client.get("/accounts/me").status_code == 200


def text_of(answer: Any) -> str:
    return html.unescape(answer.text)


@pytest.fixture
def hoa(session: Session, place: Any) -> Account:
    """Somebody whose password is PASSWORD."""
    account = make_account(session, place.school, login="hoa.nguyen")
    account.password_hash = passwords.hash_password(PASSWORD)
    session.commit()
    return account


# Opening an account


def test_registering_opens_the_account_and_signs_in(client: FlaskClient, place: Any) -> None:
    answer = register(client, audiences=["pupils"])
    assert (answer.status_code, answer.location) == (303, "/")
    account = rows(select(Account))[0]
    assert (account.name, account.login, account.unit_id) == (
        "Nguyễn Thị Hoà",
        "hoa.nguyen",
        place.school.id,
    )
    assert (account.sex, account.trade, account.audiences) == ("female", "farming", ["pupils"])
    assert str(account.birth_date) == "1958-03-27"
    page = text_of(client.get("/accounts/me"))
    assert "Trường THCS Kim Đồng, Phường Lào Cai, Tỉnh Lào Cai" in page
    assert "Nữ" in page
    assert "Nông, lâm nghiệp" in page


@pytest.mark.usefixtures("place")
def test_a_phone_number_signs_in_however_it_is_written_and_is_never_stored_in_clear(
    app: Flask, client: FlaskClient
) -> None:
    assert register(client, login="0912 345 678").status_code == 303
    account = rows(select(Account))[0]
    stored = " ".join(str(value) for value in vars(account).values())
    assert "912345678" not in stored
    assert account.login.startswith("tel:")
    assert "0912345678" in client.get("/accounts/me").text
    for spelling in ("0912 345 678", "+84912345678", "0912.345.678", "84 912 345 678"):
        other = app.test_client()
        assert enter(other, spelling).status_code == 303, spelling
        assert is_in(other)


@pytest.mark.usefixtures("place")
def test_composed_and_decomposed_typing_are_the_same_person_and_password(
    app: Flask, client: FlaskClient
) -> None:
    apart = {name: unicodedata.normalize("NFD", value) for name, value in PERSON.items()}
    assert register(client, **apart).status_code == 303
    assert rows(select(Account.name)) == ["Nguyễn Thị Hoà"]
    assert enter(app.test_client(), "Hoa.Nguyen", PASSWORD).status_code == 303


@pytest.mark.usefixtures("hoa")
def test_a_taken_login_is_said_beside_the_field_and_keeps_what_was_typed(
    client: FlaskClient,
) -> None:
    answer = register(client, login="HOA.nguyen", name="Hoàng Văn Bình", next="/contests/")
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'href="#login">Tên đăng nhập hoặc số điện thoại này đã có tài khoản' in page
    assert 'id="login-error"' in page
    for kept in ("Hoàng Văn Bình", "HOA.nguyen", 'value="1958"', 'value="/contests/"'):
        assert kept in page
    assert PASSWORD not in page
    assert rows(select(func.count(Account.id))) == [1]


@pytest.mark.usefixtures("place")
def test_two_registrations_at_the_same_moment_make_one_account(app: Flask) -> None:
    together = Barrier(4)

    def one(_number: int) -> int:
        client = app.test_client()
        together.wait()
        return int(register(client).status_code)

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(one, range(4)))
    assert answers == [303, 422, 422, 422]
    assert rows(select(func.count(Account.id))) == [1]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"birth_date-day": "31", "birth_date-month": "2"}, "day", "không có trong lịch"),
        ({"birth_date-year": ""}, "day", "Hãy gõ đủ ngày, tháng, năm sinh bằng số."),
        ({"birth_date-day": "hai"}, "day", "Hãy gõ một số nguyên."),
        ({"birth_date-month": "13"}, "month", "Tháng là một số từ 1 đến 12."),
        ({"birth_date-year": "58"}, "year", "Năm gồm bốn chữ số."),
        ({"birth_date-year": "1858"}, "day", "Năm sinh chưa đúng."),
        ({"birth_date-year": "2999"}, "day", "Năm sinh chưa đúng."),
    ],
)
def test_a_wrong_birth_date_is_explained_and_the_summary_leads_to_its_box(
    client: FlaskClient, facts: dict[str, str], field: str, sentence: str
) -> None:
    answer = register(client, **facts)
    page = text_of(answer)
    assert answer.status_code == 422
    assert re.search(rf'<a href="#birth_date-{field}">[^<]*{sentence}', page)
    assert re.search(rf'id="birth_date-error">.*{sentence}', page)
    assert f'id="birth_date-{field}"' in page


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"name": ""}, "Hãy gõ họ và tên đầy đủ."),
        ({"name": "H0a"}, "Họ và tên chỉ gồm chữ"),
        ({"name": "H"}, "ít nhất hai chữ cái"),
        ({"login": "1hoa"}, "bắt đầu bằng chữ"),
        ({"login": "012345"}, "hoặc là một số điện thoại Việt Nam"),
        ({"login": "hoà nguyễn"}, "chữ không dấu"),
        ({"password": "ngắn"}, "ít nhất 8 ký tự"),
        ({"password": "aaaaaaaaaa"}, "không lặp một vài ký tự"),
        ({"password": "Hoa.Nguyen"}, "không trùng tên đăng nhập"),
        ({"sex": "x"}, "Hãy chọn một trong các mục có sẵn."),
        ({"audiences": ["elders"]}, "Hãy chọn trong các mục có sẵn."),
    ],
)
def test_each_wrong_answer_has_its_own_sentence(
    client: FlaskClient, facts: dict[str, Any], sentence: str
) -> None:
    answer = register(client, **facts)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert rows(select(func.count(Account.id))) == [0]


@pytest.mark.usefixtures("place")
def test_somebody_born_today_here_may_register_while_utc_is_still_at_yesterday(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 22, 20, 0, tzinfo=UTC))
    today = {"birth_date-day": "23", "birth_date-month": "11", "birth_date-year": "2026"}
    assert register(client, **today, login="em.be").status_code == 303
    tomorrow = {**today, "birth_date-day": "24"}
    assert register(client, **tomorrow, login="em.be2").status_code == 422


def test_a_unit_is_found_without_marks_and_browsed_in_vietnamese_order(
    client: FlaskClient, place: Any
) -> None:
    page = text_of(client.get("/accounts/register?q=kim dong&next=/contests/"))
    assert "/accounts/register/kd?next=/contests/" in page
    assert "Phường Lào Cai, Tỉnh Lào Cai" in page
    browse = text_of(client.get("/accounts/register"))
    assert browse.index(place.ward.name) < browse.index(place.village.name)
    assert "/accounts/register?in=02647" in browse  # has a school below it
    assert "/accounts/register/02680" in browse
    inside = text_of(client.get("/accounts/register?in=02647"))
    assert "Chọn Phường Lào Cai" in inside
    assert "/accounts/register/kd" in inside
    assert client.get("/accounts/register?in=none").status_code == 404
    assert "Không có đơn vị nào mang tên này" in client.get("/accounts/register?q=zzz").text


def test_without_units_the_page_says_so(client: FlaskClient) -> None:
    assert "chưa nhập danh sách đơn vị" in client.get("/accounts/register").text


# Signing in and out


@pytest.mark.usefixtures("hoa")
def test_the_right_password_leads_where_the_visitor_wanted_to_go(client: FlaskClient) -> None:
    there = client.get("/accounts/me").location
    assert there == "/accounts/sign-in?next=/accounts/me?"
    assert 'value="/accounts/me?"' in client.get(there).text
    answer = enter(client, " Hoa.Nguyen ", next="/accounts/me?")
    assert (answer.status_code, answer.location) == (303, "/accounts/me")
    assert is_in(client)


@pytest.mark.usefixtures("hoa")
@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.test", "/\\evil.test", "https://evil.test", "javascript:alert(1)", "/\t/evil.test"],
)
def test_nobody_is_sent_to_another_site_after_signing_in(
    client: FlaskClient, elsewhere: str
) -> None:
    answer = enter(client, "hoa.nguyen", next=elsewhere)
    assert (answer.status_code, answer.location) == (303, "/")


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer_and_the_same_work(
    app: Flask, hoa: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    real = passwords._hasher.verify
    monkeypatch.setattr(
        type(passwords._hasher),
        "verify",
        lambda _self, hashed, given: compared.append(hashed) or real(hashed, given),
    )
    wrong = enter(app.test_client(), hoa.login, "sai mật khẩu")
    unknown = enter(app.test_client(), "khong.co", "sai mật khẩu")
    assert wrong.status_code == unknown.status_code == 422
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng." in wrong.text
    fleeting = re.compile(r'content="[0-9]{13}"|name="csrf_token" value="[^"]+"')
    wrong, unknown = (fleeting.sub("", answer.text) for answer in (wrong, unknown))
    assert wrong == unknown.replace("khong.co", hoa.login)
    assert compared == [hoa.password_hash, passwords._nobody]


def test_a_closed_account_cannot_sign_in_and_its_running_sign_in_ends(
    app: Flask, session: Session, hoa: Account, sign_in: Callable[..., SignIn]
) -> None:
    inside = app.test_client()
    sign_in(inside, hoa)
    hoa.is_active = False
    session.commit()
    assert not is_in(inside)
    answer = enter(app.test_client(), hoa.login)
    assert answer.status_code == 422
    assert "chưa đúng" in answer.text


@pytest.mark.usefixtures("hoa")
@pytest.mark.parametrize(("ticked", "is_kept"), [({"stays": "y"}, True), ({}, False)])
def test_the_sign_in_stays_thirty_days_only_when_ticked(
    client: FlaskClient, *, ticked: dict[str, str], is_kept: bool
) -> None:
    answer = enter(client, "hoa.nguyen", **ticked)
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session="))
    assert ("Expires=" in cookie) is is_kept
    if is_kept:
        until = datetime.strptime(
            re.search(r"Expires=([^;]+)", cookie)[1], "%a, %d %b %Y %H:%M:%S %Z"
        ).replace(tzinfo=UTC)
        assert 29 <= (until - clock.now()).days <= 30
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_out_ends_this_device_only(
    app: Flask, hoa: Account, sign_in: Callable[..., SignIn]
) -> None:
    here, there = app.test_client(), app.test_client()
    opened = sign_in(here, hoa)
    sign_in(there, hoa)
    assert is_in(here)
    stolen = here.get_cookie("session").value
    assert here.post("/accounts/sign-out").status_code == 303
    assert not is_in(here)
    here.set_cookie("session", stolen)
    assert not is_in(here)  # a copied cookie is worth nothing either
    assert is_in(there)
    assert rows(select(SignIn.ended_at).where(SignIn.id == opened.id)) != [None]


def test_an_old_hash_is_renewed_at_the_next_sign_in(
    client: FlaskClient, session: Session, hoa: Account
) -> None:
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    hoa.password_hash = weak.hash(PASSWORD)
    session.commit()
    assert enter(client, hoa.login).status_code == 303
    renewed = rows(select(Account.password_hash))[0]
    assert not passwords.needs_rehash(renewed)
    assert passwords.is_right(renewed, PASSWORD)


# Passwords


def test_a_new_password_ends_every_other_device_and_keeps_this_one(
    app: Flask, hoa: Account, sign_in: Callable[..., SignIn]
) -> None:
    here, there = app.test_client(), app.test_client()
    sign_in(here, hoa)
    sign_in(there, hoa)
    assert is_in(here)
    assert is_in(there)
    form = {"current": PASSWORD, "password": "mật khẩu mới tinh"}
    assert here.post("/accounts/me/password", data=form).status_code == 303
    assert is_in(here)
    assert not is_in(there)
    assert enter(app.test_client(), hoa.login).status_code == 422
    assert enter(app.test_client(), hoa.login, "mật khẩu mới tinh").status_code == 303
    (written,) = rows(select(AuditEntry))
    assert (written.act, written.by, written.facts) == ("accounts.set_password", hoa.id, {})


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"current": "sai mật khẩu", "password": "mật khẩu mới"}, "đang dùng chưa đúng"),
        ({"current": PASSWORD, "password": "ngắn"}, "ít nhất 8 ký tự"),
        ({"current": PASSWORD, "password": PASSWORD}, "cần khác mật khẩu đang dùng"),
        ({"current": "", "password": ""}, "Hãy gõ mật khẩu mới."),
    ],
)
def test_a_password_is_changed_only_by_who_knows_it_and_to_a_good_one(
    client: FlaskClient,
    hoa: Account,
    sign_in: Callable[..., SignIn],
    form: dict[str, str],
    sentence: str,
) -> None:
    sign_in(client, hoa)
    answer = client.post("/accounts/me/password", data=form)
    assert answer.status_code == 422
    assert sentence in text_of(answer)


def test_a_temporary_password_opens_only_the_page_to_change_it(
    client: FlaskClient, session: Session, hoa: Account
) -> None:
    hoa.must_change_password = True
    session.commit()
    assert enter(client, hoa.login).status_code == 303
    for page in ("/accounts/me", "/accounts/me/unit"):
        assert client.get(page).location == "/accounts/me/password"
    assert "mật khẩu tạm" in client.get("/accounts/me/password").text
    form = {"current": PASSWORD, "password": "mật khẩu mới tinh"}
    assert client.post("/accounts/me/password", data=form).status_code == 303
    assert is_in(client)


# One's own facts


def test_facts_are_corrected_and_the_new_name_shows_at_once(
    client: FlaskClient,
    hoa: Account,
    place: Any,
    sign_in: Callable[..., SignIn],
) -> None:
    sign_in(client, hoa)
    page = client.get("/accounts/me/facts/02680").text
    assert 'value="Nguyễn Thị Hoà"' in page
    assert 'value="15"' in page
    form = {**PERSON, "name": "Nguyễn Thị Hoa Mai", "audiences": ["pupils"], "sex": ""}
    assert client.post("/accounts/me/facts/02680", data=form).status_code == 303
    assert "Nguyễn Thị Hoa Mai" in client.get("/accounts/me").text
    (now,) = rows(select(Account))
    assert (now.unit_id, now.name_folded, now.sex) == (
        place.village.id,
        "nguyen thi hoa mai",
        None,
    )
    (written,) = rows(select(AuditEntry.facts))
    assert set(written) == {"fields"}
    assert {"name", "unit_id"} <= set(written["fields"])
    assert "sex" not in written["fields"]
    wrong = client.post("/accounts/me/facts/02680", data={**form, "name": ""})
    assert wrong.status_code == 422
    assert client.get("/accounts/me/unit?q=kim").text.count("/accounts/me/facts/kd") == 1


@pytest.mark.usefixtures("place")
def test_no_log_line_and_no_audit_row_holds_a_phone_a_login_or_a_password(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret, phone = "rất bí mật 123", "0987654321"
    register(client, login=phone, password=secret)
    register(app.test_client(), login=phone, password=secret)
    for _ in range(10):
        enter(app.test_client(), phone, "sai " + secret)
    enter(client, phone, secret)
    form = {"current": secret, "password": "mới " + secret}
    client.post("/accounts/me/password", data=form)
    audited = rows(select(AuditEntry))
    written = caplog.text + " ".join(f"{row.act} {row.subject} {row.facts}" for row in audited)
    assert audited
    for private in (phone, phone[1:], secret, "Nguyễn"):
        assert private not in written
