"""A form of another site changes nothing; a page left open for hours still works."""

import re
import time
from collections.abc import Callable

import pytest
from factories.people import make_account
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest.accounts.models import SignIn


@pytest.fixture
def guarded(app: Flask, session: Session, sign_in: Callable[..., SignIn]) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    sign_in(client, make_account(session))
    return client


def token(client: FlaskClient) -> str:
    page = client.get("/accounts/me").text
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def test_a_form_without_its_token_is_refused_politely(guarded: FlaskClient) -> None:
    answer = guarded.post("/accounts/sign-out")
    assert answer.status_code == 400
    assert "Phiên làm việc trên trang này đã cũ" in answer.text
    assert guarded.get("/accounts/me").status_code == 200


def test_a_token_five_hours_old_still_works(
    guarded: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = token(guarded)
    later = time.time() + 5 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert guarded.post("/accounts/sign-out", data={"csrf_token": old}).status_code == 303


def test_a_script_sends_its_token_in_a_header(guarded: FlaskClient) -> None:
    fresh = token(guarded)
    refused = guarded.post("/accounts/sign-out", json={})
    assert (refused.status_code, refused.json["error"]) == (400, "csrf")
    answer = guarded.post("/accounts/sign-out", json={}, headers={"X-CSRFToken": fresh})
    assert answer.status_code == 303


def test_the_token_of_another_session_is_worth_nothing(app: Flask, guarded: FlaskClient) -> None:
    page = app.test_client().get("/accounts/sign-in").text
    foreign = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    assert guarded.post("/accounts/sign-out", data={"csrf_token": foreign}).status_code == 400


def test_a_known_token_is_good_for_its_own_session_only(
    app: Flask, guarded: FlaskClient, session: Session, sign_in: Callable[..., SignIn]
) -> None:
    known = token(guarded)
    headers = {"X-CSRFToken": known}
    asked = ("/preferences/easy", {"easy": "1"})
    statuses = [guarded.post(asked[0], json=asked[1], headers=headers).status_code for _ in "12"]
    assert 400 not in statuses
    other = app.test_client()
    sign_in(other, make_account(session))
    token(other)  # its session has a token of its own
    assert other.post(asked[0], json=asked[1], headers=headers).status_code == 400


def test_over_https_a_known_token_still_needs_this_site_as_referrer(guarded: FlaskClient) -> None:
    headers = {"X-CSRFToken": token(guarded)}
    base = {"base_url": "https://localhost", "json": {}}
    here, abroad = {"Referer": "https://localhost/x"}, {"Referer": "https://elsewhere.example/"}
    answers = [
        guarded.post("/preferences/easy", headers={**headers, **more}, **base).status_code
        for more in (here, here, abroad, {}, here)
    ]
    good = answers[0]
    assert good != 400
    assert answers == [good, good, 400, 400, good]
