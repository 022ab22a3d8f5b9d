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
