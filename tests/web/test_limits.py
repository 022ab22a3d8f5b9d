"""What is counted, what is stopped, who is never shut out, and what a lost Redis costs."""

import contextlib
import re
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import servers
from argon2 import PasswordHasher
from factories.people import make_account, make_unit
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.app import create_app
from contest.config import Settings
from contest.core import passwords
from contest.web import limits

PASSWORD = "cam mít dừa xoài"
CLASS = 45
HAMLET = 60
LONG = 10  # seconds of patience: a busy test machine must not look like a lost Redis
MOMENT = 1_800_000_100.5  # well inside a quarter of an hour, where a window begins


@pytest.fixture(params=["memory", "redis"])
def site(
    request: pytest.FixtureRequest,
    settings: Settings,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """The site, counting in this process or in a real Redis of its own."""
    if request.param == "redis":
        monkeypatch.setattr(limits, "REDIS_PATIENCE", LONG)
        settings = replace(settings, redis_url=request.getfixturevalue("redis_url"))
    yield build(settings, engine)
    limits.limiter.reset()


@pytest.fixture(autouse=True)
def _forgets_lost_servers() -> Iterator[None]:
    limits.limiter._storage_dead = False
    limits.limiter._Limiter__last_check_backend = 0
    limits.limiter._Limiter__check_backend_count = 0
    yield
    limits.limiter._storage_dead = False


def build(settings: Settings, engine: Engine) -> Flask:
    site = create_app(settings, engine)
    site.config["WTF_CSRF_ENABLED"] = False
    return site


@pytest.fixture
def hoa(session: Session) -> Account:
    account = make_account(session, make_unit(session, "kd"), login="hoa")
    account.password_hash = passwords.hash_password(PASSWORD)
    session.commit()
    return account


def enter(client: FlaskClient, login: str, password: str = PASSWORD, address: str = "") -> Any:
    return client.post(
        "/accounts/sign-in",
        data={"login": login, "password": password},
        environ_base={"REMOTE_ADDR": address or "113.160.1.1"},
    )


def open_account(client: FlaskClient, login: str, **facts: str) -> int:
    """Read the form and send it; return the answer's status."""
    form = {
        "name": "Lò Thị Mai",
        "birth_date-day": "1",
        "birth_date-month": "9",
        "birth_date-year": "2012",
        "login": login,
        "password": PASSWORD,
    }
    assert client.get("/accounts/register/kd").status_code == 200
    return client.post("/accounts/register/kd", data={**form, **facts}).status_code


@pytest.fixture
def school(session: Session) -> None:
    make_unit(session, "kd")
    session.commit()


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with little work, where hundreds of accounts are opened."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))


@pytest.mark.usefixtures("school")
def test_a_class_behind_one_address_registers_and_signs_in_without_one_refusal(
    site: Flask,
) -> None:
    pupils = [site.test_client() for _ in range(CLASS)]
    for number, pupil in enumerate(pupils):
        assert open_account(pupil, f"hs9a.{number}") == 303
        assert pupil.post("/accounts/sign-out").status_code == 303
    answers = [enter(pupil, f"hs9a.{number}") for number, pupil in enumerate(pupils)]
    assert {answer.status_code for answer in answers} == {303}


@pytest.mark.parametrize("site", ["memory"], indirect=True)  # Redis has a clock of its own
@pytest.mark.usefixtures("school", "cheap")
def test_a_hamlet_registers_on_one_phone_mistyping_and_looking_again(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = site.test_client()
    moment = [MOMENT]
    monkeypatch.setattr(time, "time", lambda: moment[0])
    for number in range(HAMLET):
        moment[0] += 20
        assert phone.get("/accounts/register/kd").status_code == 200
        assert open_account(phone, f"ban.{number}", password="ngắn") == 422
        assert open_account(phone, f"ban.{number}") == 303
        assert phone.post("/accounts/sign-out").status_code == 303


@pytest.mark.parametrize("site", ["memory"], indirect=True)  # Redis has a clock of its own
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("school", "cheap")
def test_one_phone_does_not_open_accounts_without_end(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = site.test_client()
    moment = [MOMENT]
    monkeypatch.setattr(time, "time", lambda: moment[0])
    codes = []
    for number in range(125):
        moment[0] += 5
        codes.append(open_account(phone, f"may.{number}"))
    assert codes == [303] * 120 + [429] * 5


@pytest.mark.parametrize("site", ["memory"], indirect=True)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("school")
def test_reading_the_forms_is_never_counted(site: Flask) -> None:
    visitor = site.test_client()
    codes = {visitor.get("/accounts/register/kd").status_code for _ in range(300)}
    codes |= {visitor.get("/accounts/sign-in").status_code for _ in range(700)}
    assert codes == {200}
    assert open_account(visitor, "den.sau") == 303


@pytest.mark.usefixtures("school")
def test_a_form_mistyped_many_times_is_still_taken_but_a_flood_is_not(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: MOMENT)
    person = site.test_client()
    assert {open_account(person, "tham", password="ngắn") for _ in range(50)} == {422}
    assert open_account(person, "tham") == 303
    codes = [open_account(person, "tham", password="ngắn") for _ in range(12)]
    assert codes == [422] * 9 + [429] * 3
    assert open_account(site.test_client(), "nguoi.khac") == 303


@pytest.mark.usefixtures("hoa")
def test_a_guesser_is_stopped_whatever_address_he_comes_from_but_the_owner_is_not(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: MOMENT)
    owner = site.test_client()
    assert enter(owner, "hoa").status_code == 303
    owner.post("/accounts/sign-out")
    answers = [
        enter(site.test_client(), "hoa", f"đoán mò {number}", f"14.160.0.{number}")
        for number in range(10)
    ]
    assert [answer.status_code for answer in answers][-3:] == [429, 429, 429]
    stranger = enter(site.test_client(), "Hoa", PASSWORD, "27.64.0.1")
    assert stranger.status_code == 429
    assert enter(owner, "hoa").status_code == 303
    assert enter(site.test_client(), "someone.else").status_code == 422


@pytest.mark.usefixtures("hoa")
def test_the_owners_own_phone_is_stopped_too_after_too_many_guesses(site: Flask) -> None:
    phone = site.test_client()
    assert enter(phone, "hoa").status_code == 303
    codes = [enter(phone, "hoa", "sai bét").status_code for _ in range(10)]
    assert codes[:5] == [422] * 5
    assert codes[-1] == 429
    assert "Mật khẩu vừa bị gõ sai nhiều lần trên máy này." in enter(phone, "hoa", "sai bét").text


@pytest.mark.usefixtures("hoa")
def test_after_the_wait_that_was_told_the_stranger_may_try_again(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = build(settings, engine)
    moment = [MOMENT]
    monkeypatch.setattr(time, "time", lambda: moment[0])
    for number in range(8):
        enter(site.test_client(), "hoa", f"đoán mò {number}")
    refused = enter(site.test_client(), "hoa")
    moment[0] += int(refused.headers["Retry-After"]) - 2
    assert enter(site.test_client(), "hoa").status_code == 429
    moment[0] += 3
    assert enter(site.test_client(), "hoa").status_code == 303


@pytest.mark.usefixtures("hoa")
def test_the_refusal_says_how_long_to_wait(site: Flask) -> None:
    for _ in range(9):
        page = enter(site.test_client(), "hoa", "đoán mò")
    assert page.status_code == 429
    seconds = int(page.headers["Retry-After"])
    assert 1 <= seconds <= 900
    assert "Bạn thao tác hơi nhanh" not in page.text
    minutes = -(-seconds // 60)
    assert (
        f"Tài khoản này vừa bị gõ sai mật khẩu nhiều lần. Bạn đợi {minutes} phút rồi thử lại; "
        "máy đã từng đăng nhập vẫn vào được."
    ) in page.text
    shown = int(re.search(r'data-retry-after="([0-9]+)"', page.text)[1])
    assert shown == seconds
    script = site.test_client().post(
        "/accounts/sign-in",
        data={"login": "hoa", "password": "đoán mò"},
        headers={"Accept": "application/json"},
    )
    assert script.status_code == 429
    assert script.json["error"] == "too-fast"
    assert 1 <= script.json["wait_s"] <= 900
    assert script.headers["Retry-After"] == str(script.json["wait_s"])


def test_the_refusal_says_the_same_of_an_account_that_does_not_exist(site: Flask) -> None:
    for _ in range(9):
        page = enter(site.test_client(), "khong.co.ai", "đoán mò")
    assert page.status_code == 429
    assert "Tài khoản này vừa bị gõ sai mật khẩu nhiều lần." in page.text


def test_two_accounts_tried_at_the_same_moment_are_counted_apart(site: Flask) -> None:
    """Flask-Limiter's own context manager mixes up what two threads do."""
    together = threading.Barrier(2)

    def spend(login: str) -> None:
        for _ in range(8):
            together.wait()
            with site.test_request_context("/accounts/sign-in", method="POST"):
                site.preprocess_request()
                with limits.guessing(login, is_known_device=False):
                    pass

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(spend, login) for login in ("an", "binh")]:
            done.result()


@contextlib.contextmanager
def silent_server() -> Iterator[tuple[str, Callable[[], int]]]:
    """Listen and never answer; count who knocked."""
    knocks: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)

    def take() -> None:
        with contextlib.suppress(OSError):
            while True:
                knocks.append(listener.accept()[0])

    thread = threading.Thread(target=take)
    thread.start()
    try:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}", lambda: len(knocks)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for knock in knocks:
            knock.close()


@pytest.mark.usefixtures("hoa")
def test_a_silent_redis_is_asked_seldom_and_guessers_are_still_stopped(
    settings: Settings, engine: Engine
) -> None:
    with silent_server() as (url, knocks):
        site = build(replace(settings, redis_url=url), engine)
        began = time.monotonic()
        codes = [enter(site.test_client(), "hoa", "đoán mò").status_code for _ in range(20)]
        took = time.monotonic() - began
        assert codes[:8] == [422] * 8
        assert codes[-5:] == [429] * 5
        # once at first, then after 1, 2, 4 … seconds; each costs at most the patience
        assert 1 <= knocks() <= 2 + took.__ceil__().bit_length()


@pytest.mark.usefixtures("hoa")
def test_a_redis_that_stops_is_replaced_at_once_and_taken_back_when_it_returns(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [MOMENT]
    monkeypatch.setattr(time, "time", lambda: moment[0])
    monkeypatch.setattr(limits, "REDIS_PATIENCE", LONG)
    with tempfile.TemporaryDirectory(prefix="rd-") as folder:
        place = Path(folder, "s")  # leads to whichever server runs
        with servers.redis_server() as url:
            place.symlink_to(url.removeprefix("unix://"))
            site = build(replace(settings, redis_url=f"unix://{place}"), engine)
            assert enter(site.test_client(), "hoa", "đoán mò").status_code == 422
            assert not limits.limiter._storage_dead
        codes = [enter(site.test_client(), "hoa", "đoán mò").status_code for _ in range(10)]
        assert limits.limiter._storage_dead
        assert codes == [422] * 8 + [429] * 2
        assert site.test_client().get("/accounts/register").status_code == 200
        place.unlink()
        with servers.redis_server() as url:
            place.symlink_to(url.removeprefix("unix://"))
            moment[0] += 60
            assert enter(site.test_client(), "hoa").status_code == 303
            assert not limits.limiter._storage_dead


def test_a_site_starts_while_redis_is_away(settings: Settings, engine: Engine) -> None:
    site = build(replace(settings, redis_url="redis://127.0.0.1:1"), engine)
    assert site.test_client().get("/accounts/sign-in").status_code == 200
