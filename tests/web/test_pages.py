"""Small parts of pages, preferences, and what no template may hold."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from contest.config import ROOT
from contest.web import pages, words

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_a_script_or_a_style(path: object) -> None:
    assert INLINE.findall(path.read_text()) == []


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("/contests/?page=2", "/contests/?page=2"),
        ("/accounts/me?", "/accounts/me"),
        ("", "/"),
        ("contests", "/"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test/", "/"),
        ("/a\nb", "/"),
        ("http:///evil.test", "/"),
    ],
)
def test_the_next_page_is_always_one_of_ours(app: Flask, wanted: str, there: str) -> None:
    with app.test_request_context("/", query_string={"next": wanted}):
        assert pages.safe_next() == there


@pytest.mark.parametrize(
    ("typed", "number"), [("3", 3), ("0", 1), ("-1", 1), ("x", 1), ("٣", 1), ("9" * 30, 100_000)]
)
def test_the_number_of_a_page_is_never_nonsense(app: Flask, typed: str, number: int) -> None:
    with app.test_request_context("/", query_string={"page": typed}):
        assert pages.page_number() == number


def test_easy_mode_and_language_are_one_tap_and_lead_back(client: FlaskClient) -> None:
    answer = client.post("/preferences/easy", data={"easy": "1", "next": "/accounts/sign-in?"})
    assert (answer.status_code, answer.location) == (303, "/accounts/sign-in")
    assert "data-easy" in client.get("/accounts/sign-in").text
    client.post("/preferences/easy", data={"easy": ""})
    assert "data-easy" not in client.get("/accounts/sign-in").text
    client.post("/preferences/language", data={"language": "en"})
    assert '<html lang="en"' in client.get("/accounts/sign-in").text
    client.post("/preferences/language", data={"language": "xx"})
    assert '<html lang="vi"' in client.get("/accounts/sign-in").text


def test_moments_spans_and_numbers_are_said_as_people_say_them(app: Flask) -> None:
    with app.test_request_context("/"):
        assert words.moment(datetime(2026, 11, 22, 17, 30, tzinfo=UTC)) == (
            "00:30, Thứ Hai 23/11/2026"
        )
        assert words.clock_time(datetime(2026, 11, 22, 17, 30, 5, tzinfo=UTC)) == "00:30:05"
        assert words.day(date(2026, 11, 22)) == "Chủ nhật 22/11/2026"
        assert words.duration(timedelta(hours=1, minutes=2, seconds=5)) == "1 giờ 2 phút 5 giây"
        assert words.duration(0) == "0 giây"
        assert words.number(1_234_567) == "1.234.567"
        assert words.number(Decimal("1234.56"), 1) == "1.234,6"
        assert words.points(Decimal("8.50")) == "8,5"
        assert words.points(Decimal(10)) == "10"
        assert words.points(None) == ""
        assert words.translate("%(a)s, %(b)s", {"a": date(2026, 11, 22), "b": Decimal("0.5")}) == (
            "Chủ nhật 22/11/2026, 0,5"
        )
    with app.test_request_context("/", headers={"Cookie": "language=en"}):
        assert words.number(1_234_567) == "1,234,567"
        assert words.points(Decimal("8.50")) == "8.5"
        assert words.day(date(2026, 11, 22)) == "Sun 22/11/2026"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_fills_a_sentence_is_escaped_in_pages_only(app: Flask, language: str) -> None:
    text = "{{ _('Câu %(no)s', no=no) }}|{{ _('Đã lưu') }}"
    page = app.jinja_env.from_string("{% autoescape true %}" + text + "{% endautoescape %}")
    plain = app.jinja_env.from_string("{% autoescape false %}" + text + "{% endautoescape %}")
    cookie = {"Cookie": f"language={language}"}
    words = ("Câu", "Đã lưu") if language == "vi" else ("Question", "Saved")
    with app.test_request_context(headers=cookie):
        assert page.render(no="<b>") == f"{words[0]} &lt;b&gt;|{words[1]}"
        assert plain.render(no="<b>") == f"{words[0]} <b>|{words[1]}"
