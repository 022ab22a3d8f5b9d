"""Every request is one transaction; whatever goes wrong gets a page people can read."""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from factories.people import make_account, make_unit
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from contest.accounts.models import SignIn, Unit
from contest.app import create_app
from contest.core import db
from contest.errors import (
    N_,
    Busy,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    TooEarly,
    TooLate,
)
from contest.web import access, limits
from contest.web.application import current_session

PRIVATE = "0912345678"


def units() -> int:
    with db.reading_session() as reading:
        return reading.scalar(select(func.count(Unit.id))) or 0


def door(app: Flask, view: Callable[[], Any]) -> None:
    app.add_url_rule("/door", "door", access.public(view), methods=["GET", "POST"])


def test_what_a_post_writes_is_kept_and_what_a_get_writes_is_not(
    app: Flask, client: FlaskClient
) -> None:
    def write() -> str:
        make_unit(current_session())
        return "written"

    door(app, write)
    assert client.get("/door").text == "written"
    assert client.head("/door").status_code == 200
    assert units() == 0
    assert client.post("/door").text == "written"
    assert units() == 1


def test_a_crash_after_the_flush_leaves_nothing_but_a_reference_and_a_log_line(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    def crash() -> str:
        make_unit(current_session())
        raise KeyError("after the flush")

    door(app, crash)
    answer = client.post("/door")
    assert answer.status_code == 500
    assert units() == 0
    reference = re.search(r"Mã sự cố: ([0-9a-f]{8})", answer.text)[1]
    (line,) = [row for row in caplog.records if row.levelno == logging.ERROR]
    assert line.getMessage() == f"bug {reference} at door"
    assert line.exc_info is not None


def test_a_database_error_is_logged_without_the_row_it_was_about(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    def twice() -> str:
        make_account(current_session(), login=PRIVATE)
        make_account(current_session(), login=PRIVATE)
        return ""

    door(app, twice)
    assert client.post("/door").status_code == 500
    assert IntegrityError.__name__ in caplog.text
    assert "make_account" in caplog.text
    assert PRIVATE not in caplog.text


def test_a_busy_database_asks_to_try_again_shortly(
    app: Flask, client: FlaskClient, session: Session, sign_in: Callable[..., SignIn]
) -> None:
    def busy() -> str:
        make_unit(current_session())
        raise OperationalError("insert", {}, Exception("database is locked"))

    door(app, busy)
    sign_in(client, make_account(session))
    before = units()
    for method in (client.get, client.post):
        answer = method("/door")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "2"
        assert "Hệ thống đang bận" in answer.text
    assert units() == before
    script = client.post("/door", json={})
    assert script.json["wait_s"] == 2


def test_the_page_is_drawn_even_when_the_database_is_gone(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> str:
        return str(current_session().execute(text("select 1")))

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("connect", {}, Exception("gone"))

    door(app, gone)
    with client.session_transaction() as cookie:
        cookie.update(_user_id="x" * 32)
    monkeypatch.setattr(Session, "execute", fail)
    monkeypatch.setattr(Session, "connection", fail)
    monkeypatch.setattr(Engine, "connect", fail)
    monkeypatch.setattr(Engine, "raw_connection", fail)
    assert client.get("/door").status_code == 503
    me = client.get("/accounts/me")
    assert me.status_code == 503
    assert "Về trang chủ" in me.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound(N_("Không có.")), 404),
        (NotAllowed(N_("Không được.")), 403),
        (TooEarly(N_("Chưa tới giờ.")), 409),
        (TooLate(N_("Hết giờ.")), 409),
        (Conflict(N_("Có người nhanh hơn.")), 409),
        (Busy(N_("Đông quá.")), 503),
        (Invalid(N_("Sai %(n)d chỗ."), n=1, problems={"a": Problem(N_("Chỗ a."))}), 422),
    ],
)
def test_each_error_of_the_family_has_its_status_on_the_page_and_in_json(
    app: Flask, client: FlaskClient, error: Exception, status: int
) -> None:
    def refuse() -> str:
        raise error

    door(app, refuse)
    page = client.get("/door")
    assert page.status_code == status
    assert str(error) in page.text
    script = client.get("/door", headers={"Accept": "application/json"})
    assert script.status_code == status
    assert script.json["error"] == type(error).__name__
    assert script.json["message"] == str(error)
    assert script.json.get("problems") == ({"a": "Chỗ a."} if status == 422 else None)


def test_a_page_that_is_not_there_or_not_asked_that_way_is_answered_in_both_languages(
    client: FlaskClient,
) -> None:
    assert "Không tìm thấy trang này" in client.get("/nowhere").text
    refused = client.get("/accounts/sign-out")
    assert refused.status_code == 405
    assert "POST" in refused.headers["Allow"]
    assert "Trang này không nhận cách gửi đó" in refused.text
    large = client.post("/accounts/sign-in", data={"login": "x" * 2_000_000})
    assert large.status_code == 413
    assert "Nội dung gửi lên quá lớn" in large.text
    client.set_cookie("language", "en")
    english = client.get("/nowhere")
    assert english.status_code == 404
    assert '<html lang="en"' in english.text


def test_the_way_back_never_leads_to_another_site(client: FlaskClient) -> None:
    ours = client.get("/nowhere", headers={"Referer": "http://localhost/contests/"})
    assert 'href="http://localhost/contests/"' in ours.text
    theirs = client.get("/nowhere", headers={"Referer": "http://localhost.evil.test/"})
    assert "evil.test" not in theirs.text


ANSWERS = ("/", "/nowhere", "/accounts/me", "/accounts/sign-in", "/static/css/site.css", "/door")


@pytest.mark.parametrize("address", ANSWERS)
def test_every_answer_carries_the_security_headers(
    app: Flask, client: FlaskClient, address: str
) -> None:
    def crash() -> str:
        raise KeyError("bug")

    door(app, crash)
    answer = client.get(address)
    headers = answer.headers
    if address.startswith("/static"):  # served before our code runs
        assert answer.status_code == 200
        answer.close()
        return
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-store"


def test_only_a_bucket_that_browsers_reach_is_named_in_the_policy(
    settings: Any, engine: Any
) -> None:
    bucket = {
        "storage_url": "s3://key:hidden@garage/bucket",
        "storage_public_url": "https://files.example.vn/bucket",
    }
    site = create_app(replace(settings, **bucket), engine)
    policy = site.test_client().get("/").headers["Content-Security-Policy"]
    parts = dict(each.strip().split(" ", 1) for each in policy.split(";") if each.strip())
    assert parts["img-src"] == "'self' https://files.example.vn data:"
    assert parts["media-src"] == "'self' https://files.example.vn"
    assert [name for name, value in parts.items() if "example" in value] == ["img-src", "media-src"]
    plain = create_app(replace(settings, storage_url=bucket["storage_url"]), engine)
    assert "https" not in plain.test_client().get("/").headers["Content-Security-Policy"]


def test_over_https_cookies_are_secure_and_the_browser_is_told_to_stay(
    settings: Any, engine: Any
) -> None:
    site = create_app(replace(settings, is_https=True), engine)
    answer = site.test_client().get("/accounts/register", base_url="https://localhost")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert "Secure" in cookie


def test_only_a_view_that_asks_may_receive_more_than_the_others(
    app: Flask, client: FlaskClient
) -> None:
    def receive() -> str:
        return str(len(request.get_data()))

    app.add_url_rule("/small", "small", access.public(receive), methods=["POST"])

    @access.public
    @limits.body(3_000_000)
    def receive_more() -> str:
        return receive()

    app.add_url_rule("/big", "big", receive_more, methods=["POST"])
    sent = {"data": b"x" * 2_000_000, "content_type": "application/octet-stream"}
    assert client.post("/small", **sent).status_code == 413
    assert client.post("/big", **sent).text == "2000000"
