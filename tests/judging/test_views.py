"""The judge's pages over HTTP: forms without scripts, the script's door, what they cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from factories.contests import make_registration
from factories.entries import make_entry
from factories.judging import make_phase, make_sheet
from factories.jury import (
    CLIP,
    Jury,
    add_file,
    assignment_of,
    make_judge_account,
    make_jury,
    make_work,
)
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.core.storage import S3Storage
from contest.entries.models import Entry
from contest.judging.models import Conflict, ScoreSheet
from contest.rules.entry_rules import EVERY
from contest.rules.media import What
from contest.rules.rubric import Criterion, Rubric

MINUTE = timedelta(minutes=1)
FILLED = {"score-content": "8,5", "score-form": "7", "comment": "Hay lắm.", "note": ""}
SCORES = {"content": "9", "form": "9"}


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session, now=datetime.now(UTC))


@pytest.fixture
def entry(session: Session, jury: Jury) -> Entry:
    return make_work(session, jury, title="Ví điện tử an toàn")


@pytest.fixture
def judge(
    client: FlaskClient, session: Session, jury: Jury, entry: Entry, sign_in: Callable[..., Any]
) -> FlaskClient:
    assert entry.round_id == jury.round.id
    session.commit()
    sign_in(client, jury.judge)
    return client


def sheets(session: Session) -> list[tuple[int, str, dict[str, str], str]]:
    session.expire_all()
    found = session.scalars(select(ScoreSheet).order_by(ScoreSheet.entry_id, ScoreSheet.version))
    return [(row.version, row.state, row.scores, row.comment) for row in found]


def home(jury: Jury) -> str:
    return f"/judging/rounds/{jury.contest.code}/{jury.round.code}"


def test_a_judge_finds_the_round_in_the_menu_and_the_next_entry_in_the_queue(
    judge: FlaskClient, entry: Entry, jury: Jury
) -> None:
    assert 'href="/judging/"' in judge.get("/").text
    assert f'href="{home(jury)}"' in judge.get("/judging/").text
    queue = judge.get(home(jury)).text
    assert "0/1" in queue
    assert "Ví điện tử an toàn" in queue
    answer = judge.get(f"{home(jury)}/next")
    assert (answer.status_code, answer.location) == (302, f"/judging/{entry.blind_code}")


def test_the_sheet_says_which_languages_the_work_uses(
    judge: FlaskClient, session: Session, entry: Entry
) -> None:
    at = f"/judging/{entry.blind_code}"
    assert "Bài dùng:" not in judge.get(at).text
    entry.jury_languages = ["hmn", "eng"]
    session.commit()
    assert "<p>Bài dùng: tiếng Mông, tiếng Anh.</p>" in judge.get(at).text


def test_the_menu_of_others_has_no_such_line(
    client: FlaskClient, session: Session, sign_in: Callable[..., Any], jury: Jury
) -> None:
    outsider = make_judge_account(session, jury.province)
    session.commit()
    assert "/judging/" not in client.get("/").text
    sign_in(client, outsider)
    assert "chưa có tên trong ban giám khảo" in client.get("/judging/").text


def test_handing_in_leads_to_the_next_and_then_to_the_queue(
    judge: FlaskClient, session: Session, jury: Jury, entry: Entry
) -> None:
    second = make_work(session, jury, place=2)
    session.commit()
    first = judge.post(f"/judging/{entry.blind_code}", data={**FILLED, "go": "submit", "known": ""})
    assert (first.status_code, first.location) == (303, f"/judging/{second.blind_code}")
    last = judge.post(f"/judging/{second.blind_code}", data={**FILLED, "go": "submit", "known": ""})
    assert (last.status_code, last.location) == (303, home(jury))
    whole = {"content": "8.5", "form": "7"}
    assert sheets(session) == [(1, "submitted", whole, "Hay lắm.")] * 2
    queue = judge.get(home(jury)).text
    assert "2/2" in queue
    assert "Bạn đã nộp phiếu cho mọi bài được giao." in queue


def test_a_sheet_with_blanks_is_kept_and_says_what_is_missing(
    judge: FlaskClient, session: Session, entry: Entry
) -> None:
    here = f"/judging/{entry.blind_code}"
    answer = judge.post(
        here, data={"go": "submit", "known": "", "score-content": "8,3", "note": "x"}
    )
    assert answer.status_code == 422
    assert (
        'href="#score-content">Tiêu chí “Nội dung đúng và có ích”: điểm phải từ 0 đến 10'
        in answer.text
    )
    assert 'href="#score-form">Phiếu chấm còn thiếu điểm của tiêu chí' in answer.text
    assert 'value="8,3"' in answer.text
    assert sheets(session) == [(1, "draft", {"content": "8,3"}, "")]


def test_a_text_that_is_too_long_stays_on_the_page(
    judge: FlaskClient, session: Session, entry: Entry
) -> None:
    long = "a" * 4001
    answer = judge.post(
        f"/judging/{entry.blind_code}", data={**FILLED, "go": "save", "known": "", "comment": long}
    )
    assert answer.status_code == 422
    assert f"{long}</textarea>" in answer.text
    assert sheets(session) == []


def test_two_pages_of_one_judge_lose_nothing(
    judge: FlaskClient, session: Session, entry: Entry
) -> None:
    here = f"/judging/{entry.blind_code}"
    judge.post(here, data={**FILLED, "go": "save", "known": "", "comment": "trang một"})
    answer = judge.post(here, data={**FILLED, "go": "save", "known": "", "comment": "trang hai"})
    assert answer.status_code == 409
    assert "trang một" in answer.text  # what is stored, beside
    assert "trang hai</textarea>" in answer.text  # what was typed here, still in its box
    known = answer.text.split('name="known" value="')[1].split('"')[0]
    judge.post(here, data={**FILLED, "go": "save", "known": known, "comment": "trang hai"})
    assert [row[3] for row in sheets(session)] == ["trang hai"]


def test_the_scripts_door_saves_and_tells_of_a_newer_text(
    judge: FlaskClient, session: Session, entry: Entry
) -> None:
    here = f"/judging/{entry.blind_code}/draft"
    draft = {"scores": {"content": "8"}, "comment": " Hay ", "note": "", "known": ""}
    saved = judge.post(here, json=draft)
    assert saved.status_code == 200
    assert saved.json == {
        "scores": {"content": "8"},
        "comment": "Hay",
        "note": "",
        "known": saved.json["known"],
    }
    newer = judge.post(here, json={**draft, "comment": "khác"})
    assert (newer.status_code, newer.json["error"]) == (409, "newer")
    assert newer.json["known"] == saved.json["known"]
    for wrong in (
        [],
        {"scores": {}},
        {**draft, "scores": [1]},
        {**draft, "known": 3},
        {**draft, "scores": {"content": 8}},
        {**draft, "more": ""},
    ):
        assert judge.post(here, json=wrong).status_code == 422
    assert sheets(session) == [(1, "draft", {"content": "8"}, "Hay")]


def test_putting_off_and_stepping_back(
    judge: FlaskClient, session: Session, jury: Jury, entry: Entry
) -> None:
    here, queue = f"/judging/{entry.blind_code}", home(jury)
    second = make_work(session, jury, place=2)
    session.commit()
    next_one = f"/judging/{second.blind_code}"
    session.rollback()
    later = judge.post(here, data={**FILLED, "go": "later", "known": ""})
    assert (later.status_code, later.location) == (303, next_one)
    assert "Để sau" in judge.get(queue).text
    assert judge.get(f"{here}/recuse").status_code == 200
    assert judge.post(f"{here}/recuse", data={"reason": ""}).status_code == 422
    gone = judge.post(f"{here}/recuse", data={"reason": "Cháu tôi."})
    assert (gone.status_code, gone.location) == (303, next_one)
    assert judge.get(here).status_code == 404
    assert [row.reason for row in session.scalars(select(Conflict))] == ["Cháu tôi."]
    assert assignment_of(session, jury, entry).skipped_at is not None


def test_a_calibration_after_sheets_that_count_keeps_what_was_typed_as_a_draft(
    judge: FlaskClient, session: Session, jury: Jury, entry: Entry
) -> None:
    now = datetime.now(UTC)
    before = {"opens_at": now - 3 * MINUTE, "closes_at": now - 2 * MINUTE}
    make_sheet(session, jury.panelist, entry, make_phase(session, jury.round, **before), SCORES)
    jury.phase.counts = False
    session.commit()
    at = f"/judging/{entry.blind_code}"
    (known,) = re.findall(r'name="known" value="([^"]*)"', judge.get(at).text)
    answer = judge.post(at, data={**FILLED, "go": "submit", "known": known})
    assert (answer.status_code, answer.location) == (303, at)
    assert [(version, state) for version, state, _, _ in sheets(session)] == [
        *((1, "submitted"), (2, "draft")),
    ]
    assert "không thay được phiếu ấy" in judge.get(at).text


def test_a_closed_phase_shows_the_sheet_and_takes_nothing(
    judge: FlaskClient, session: Session, jury: Jury, entry: Entry
) -> None:
    here = f"/judging/{entry.blind_code}"
    make_sheet(session, jury.panelist, entry, jury.phase, {"content": "8", "form": "7"})
    jury.phase.closes_at = datetime.now(UTC) - MINUTE
    session.commit()
    page = judge.get(here)
    assert page.status_code == 200
    assert "Giai đoạn chấm đã đóng lúc" in page.text
    assert 'name="go"' not in page.text
    for answer in (
        judge.post(here, data={**FILLED, "go": "submit", "known": ""}),
        judge.post(f"{here}/draft", json={"scores": {}, "comment": "", "note": "", "known": ""}),
        judge.get(f"{here}/recuse"),
    ):
        assert answer.status_code == 409
    assert [row[1] for row in sheets(session)] == ["submitted"]


def test_a_judge_who_takes_part_is_told_so_at_the_queue(
    judge: FlaskClient, session: Session, jury: Jury, entry: Entry
) -> None:
    registration = make_registration(session, jury.contest, jury.division, jury.judge)
    make_entry(session, jury.round, registration)
    session.commit()
    queue = judge.get(home(jury))
    assert queue.status_code == 200
    assert "Bạn đã nộp bài dự thi trong đợt này" in queue.text
    assert entry.blind_code not in queue.text
    at = f"/judging/{entry.blind_code}"
    filled = {**FILLED, "go": "submit", "known": ""}
    assert [judge.get(at).status_code, judge.post(at, data=filled).status_code] == [404, 404]
    assert sheets(session) == []


def test_few_steps_are_buttons_and_many_a_box(
    judge: FlaskClient, session: Session, jury: Jury, entry: Entry
) -> None:
    page = judge.get(f"/judging/{entry.blind_code}").text
    assert (page.count('type="radio"'), page.count('inputmode="decimal"')) == (0, 2)
    rubric = Rubric(
        (Criterion("content", "Nội dung"), Criterion("extra", "Thêm", is_counted=False))
    )
    jury.round.entries = {**jury.round.entries, "rubrics": {EVERY: rubric.as_json()}}
    session.commit()
    judge.post(
        f"/judging/{entry.blind_code}", data={"go": "save", "known": "", "score-content": "7"}
    )
    page = judge.get(f"/judging/{entry.blind_code}").text
    assert (page.count('type="radio"'), page.count(" checked")) == (24, 2)
    assert "Tạm tính: 70/100" in page


def test_points_given_by_a_button_can_be_taken_back_until_handing_in_asks_for_all(
    judge: FlaskClient, session: Session, jury: Jury, entry: Entry
) -> None:
    rubric = Rubric((Criterion("content", "Nội dung"), Criterion("form", "Cách thể hiện")))
    jury.round.entries = {**jury.round.entries, "rubrics": {EVERY: rubric.as_json()}}
    session.commit()
    here = f"/judging/{entry.blind_code}"
    none = 'id="score-form-none" name="score-form" value=""'
    assert f'{none} checked><label for="score-form-none">Chưa cho điểm' in judge.get(here).text
    given = {"go": "save", "score-content": "8", "score-form": "7"}
    judge.post(here, data={**given, "known": ""})
    page = judge.get(here).text
    assert f"{none}><label" in page
    known = page.split('name="known" value="')[1].split('"')[0]
    session.rollback()
    judge.post(here, data={**given, "known": known, "score-form": ""})
    assert [row[2] for row in sheets(session)] == [{"content": "8"}]
    session.rollback()
    page = judge.get(here).text
    assert f"{none} checked" in page
    known = page.split('name="known" value="')[1].split('"')[0]
    answer = judge.post(here, data={**given, "known": known, "go": "submit", "score-form": ""})
    assert answer.status_code == 422
    assert 'href="#score-form">Phiếu chấm còn thiếu điểm của tiêu chí' in answer.text
    assert [row[1] for row in sheets(session)] == ["draft"]


def test_a_clip_is_played_poster_first_in_ranges(
    app: Flask, judge: FlaskClient, session: Session, entry: Entry
) -> None:
    add_file(session, app.extensions["storage"], entry, What.CLIP, CLIP, captions="WEBVTT\n")
    session.commit()
    here = f"/judging/{entry.blind_code}/media/1"
    page = judge.get(f"/judging/{entry.blind_code}").text
    assert f'<video controls preload="none" playsinline poster="{here}/poster"' in page
    assert f'<source src="{here}/480p" type="video/mp4">' in page
    assert f'<a href="{here}/720p">' in page
    part = judge.get(f"{here}/480p", headers={"Range": "bytes=6-9"})
    assert (part.status_code, part.get_data(), part.mimetype) == (206, b"clip", "video/mp4")
    subtitles = judge.get(f"{here}/captions")
    assert (subtitles.get_data(), subtitles.content_type) == (
        b"WEBVTT\n",
        "text/vtt; charset=utf-8",
    )


def test_a_clip_in_a_bucket_is_at_an_address_that_names_nobody(
    app: Flask, judge: FlaskClient, session: Session, entry: Entry
) -> None:
    add_file(session, app.extensions["storage"], entry, What.CLIP, CLIP, captions="WEBVTT\n")
    session.commit()
    bucket = "https://files.example.vn/bucket"
    app.extensions["storage"] = S3Storage("s3://key:hidden@garage/bucket", bucket)
    here = f"/judging/{entry.blind_code}/media/1"
    answer = judge.get(f"{here}/480p")
    there = answer.headers["Location"]
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "private, no-store")
    assert there.startswith(f"{bucket}/")
    assert not [each for each in (entry.code, entry.blind_code, "filename") if each in there]
    assert judge.get(f"{here}/captions").status_code == 200
    judge.post("/accounts/sign-out")
    assert "files.example.vn" not in judge.get(f"{here}/480p").headers.get("Location", "")


@pytest.mark.parametrize("count", [1, 10])
def test_pages_cost_the_same_however_much_there_is(
    app: Flask,
    judge: FlaskClient,
    session: Session,
    jury: Jury,
    entry: Entry,
    *,
    count: int,
    count_statements: Callable[[], Any],
) -> None:
    for place in range(count):
        make_work(session, jury, place=10 + place)
        add_file(session, app.extensions["storage"], entry, What.CLIP, CLIP)
    session.commit()
    judge.get("/judging/")  # what the process keeps
    costs = {}
    for name, address in (
        ("queue", home(jury)),
        ("sheet", f"/judging/{entry.blind_code}"),
        ("file", f"/judging/{entry.blind_code}/media/1/480p"),
    ):
        with count_statements() as counted:
            assert judge.get(address).status_code == 200
        costs[name] = len(counted)
    draft = {"scores": {"content": "8"}, "comment": "", "note": "", "known": ""}
    with count_statements() as counted:
        assert judge.post(f"/judging/{entry.blind_code}/draft", json=draft).status_code == 200
    costs["draft"] = len(counted)
    with count_statements() as counted:
        answer = judge.post(
            f"/judging/{entry.blind_code}", data={**FILLED, "go": "submit", "known": ""}
        )
    assert answer.status_code == 409
    assert costs == {"queue": 7, "sheet": 6, "file": 5, "draft": 7}
