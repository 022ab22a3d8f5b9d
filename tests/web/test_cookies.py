"""A cookie read once is remembered by its exact text, and never for longer than it lasts."""

from datetime import timedelta

import pytest
from flask import Flask, Response, flash, get_flashed_messages, session

from contest.web.cookies import RememberedCookies


@pytest.fixture
def site() -> Flask:
    made = Flask("cookies")
    made.secret_key = "k" * 40
    made.session_interface = RememberedCookies()
    made.permanent_session_lifetime = timedelta(days=30)
    made.config["SESSION_REFRESH_EACH_REQUEST"] = False

    @made.post("/set/<name>")
    def put(name: str) -> Response:
        session["account"] = name
        return Response("set")

    @made.post("/flash")
    def say() -> Response:
        flash("xong")
        return Response("said")

    @made.get("/flashed")
    def flashed() -> Response:
        return Response("|".join(get_flashed_messages()))

    @made.get("/")
    def here() -> Response:
        return Response(str(session.get("account")))

    return made


def cookie_of(answer: Response) -> str:
    return answer.headers["Set-Cookie"].split("session=", 1)[1].split(";", 1)[0]


def asked(site: Flask, cookie: str) -> str:
    return (
        site.test_client(use_cookies=False).get("/", headers={"Cookie": f"session={cookie}"}).text
    )


def test_the_same_cookie_says_the_same_each_time(site: Flask) -> None:
    cookie = cookie_of(site.test_client().post("/set/lan"))
    assert [asked(site, cookie) for _ in range(3)] == ["lan"] * 3


def test_a_cookie_changed_by_one_letter_is_none(site: Flask) -> None:
    cookie = cookie_of(site.test_client().post("/set/lan"))
    asked(site, cookie)
    for at in (1, len(cookie) // 2, len(cookie) - 3):
        forged = cookie[:at] + ("A" if cookie[at] != "A" else "B") + cookie[at + 1 :]
        assert asked(site, forged) == "None"


def test_a_remembered_cookie_ends_when_its_time_is_over(site: Flask) -> None:
    cookie = cookie_of(site.test_client().post("/set/lan"))
    assert asked(site, cookie) == "lan"
    site.permanent_session_lifetime = timedelta(seconds=-2)
    assert asked(site, cookie) == "None"


def test_what_one_request_changes_another_does_not_see(site: Flask) -> None:
    client = site.test_client(use_cookies=False)
    cookie = cookie_of(site.test_client().post("/set/lan"))
    headers = {"Cookie": f"session={cookie}"}
    assert client.post("/set/hoa", headers=headers).text == "set"
    assert client.get("/", headers=headers).text == "lan"


def test_messages_are_shown_once_to_each_cookie(site: Flask) -> None:
    client = site.test_client(use_cookies=False)
    cookie = cookie_of(site.test_client().post("/flash"))
    headers = {"Cookie": f"session={cookie}"}
    assert [client.get("/flashed", headers=headers).text for _ in range(2)] == ["xong", "xong"]
