"""One test for each way a name could leak to a judge: pages, addresses, headers, files, counts.

Every hidden field of every entry holds an unmistakable word (factories.jury.HIDDEN).
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from factories.judging import make_assignment, make_panelist, make_sheet
from factories.jury import (
    CLIP,
    HIDDEN,
    PDF,
    PICTURE,
    WORD,
    Content,
    Jury,
    add_file,
    make_judge_account,
    make_jury,
    make_work,
)
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from contest.entries.models import Entry, EntryReport
from contest.judging.models import Panelist
from contest.media import pictures
from contest.media.models import MediaFile
from contest.rules.entry_rules import VotePeriod, VoteRules
from contest.rules.media import FileKind, Limits, What
from contest.votes.models import Vote

WHOLE = {"content": "8", "form": "7"}
JUDGES_ADDRESSES = re.compile(
    r"/judging/(rounds/[a-z0-9-]+/[a-z0-9-]+(/next|/anchors)?"
    r"|[0-9a-z]{12}(/draft|/recuse|/media/\d+/(480p|720p|poster|picture|preview|original|captions))?)?"
)


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session, now=datetime.now(UTC), sees_others="after_own")


@pytest.fixture
def entries(session: Session, app: Flask, jury: Jury) -> list[Entry]:
    """One of each sort, all assigned, in an order of the judge's own."""
    files = app.extensions["storage"]
    clip = make_work(session, jury, place=2, links=[{"host": "youtube", "id": "abcdefghijk"}])
    add_file(session, files, clip, What.CLIP, CLIP, seconds=60.0, captions="WEBVTT")
    model = make_work(
        session, jury, place=1, kind="model", figures=[{"name": "Số hộ", "value": "120"}]
    )
    add_file(session, files, model, What.PICTURE, PICTURE, about="Cảnh họp thôn")
    essay = make_work(session, jury, place=3, kind="essay")
    add_file(session, files, essay, What.DOCUMENT, WORD)
    session.commit()
    return [model, clip, essay]


@pytest.fixture
def judge(client: FlaskClient, jury: Jury, sign_in: Callable[..., Any]) -> FlaskClient:
    sign_in(client, jury.judge)
    return client


def addresses(jury: Jury, entries: list[Entry]) -> list[str]:
    """Every address a judge's page could have for these entries, and some it must not."""
    home = f"/judging/rounds/{jury.contest.code}/{jury.round.code}"
    found = ["/judging/", home, f"{home}/next", f"{home}/anchors"]
    for entry in entries:
        here = f"/judging/{entry.blind_code}"
        kinds = [*FileKind, "captions"]
        media = [f"{here}/media/{n}/{kind}" for n in (0, 1, 2) for kind in kinds]
        found += [here, f"{here}/recuse", *media]
    return found


def said(answer: TestResponse) -> str:
    """All an answer tells: status, headers, body."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    return f"{answer.status}\n{headers}\n{answer.get_data().decode('utf-8', 'replace')}"


def leaks(text: str, entries: list[Entry]) -> list[str]:
    return [word for word in (*HIDDEN, *(entry.code for entry in entries)) if word in text]


def main_of(answer: TestResponse) -> str:
    """The page without what changes by itself: the clock, tokens, the address it was asked by."""
    found = re.search(r"<main.*</main>", answer.text, re.DOTALL)
    assert found is not None
    return re.sub(r'name="csrf_token" value="[^"]*"', "", found[0])


def test_no_page_file_or_header_holds_a_hidden_word(
    judge: FlaskClient, session: Session, jury: Jury, entries: list[Entry]
) -> None:
    shown = 0
    for address in addresses(jury, entries):
        answer = judge.get(address)
        assert leaks(said(answer), entries) == [], address
        shown += answer.status_code == 200
    assert (
        shown == 2 + 2 * 3 + 3 + 1 + 1 + 1
    )  # lists; sheets, recusals; clip, captions, picture, text
    del session


def test_no_answer_to_a_form_or_script_holds_a_hidden_word(
    judge: FlaskClient, entries: list[Entry]
) -> None:
    here = f"/judging/{entries[0].blind_code}"
    draft = {"scores": {"content": "8"}, "comment": "", "note": "", "known": ""}
    told = [
        judge.post(f"{here}/draft", json=draft),
        judge.post(f"{here}/draft", json={**draft, "comment": "trang khác"}),  # 409
        judge.post(f"{here}/draft", json={"scores": 1}),  # 422
        judge.post(here, data={"go": "submit", "known": "", "score-content": "99"}),
        judge.post(f"{here}/recuse", data={"reason": ""}),
        judge.post(here, data={"go": "later", "known": "không còn mới"}),
        judge.post(f"{here}/recuse", data={"reason": "Người nhà."}),
        judge.get(here),
    ]
    assert [answer.status_code for answer in told] == [200, 409, 422, 409, 422, 409, 303, 404]
    assert [leaks(said(answer), entries) for answer in told] == [[]] * len(told)


def test_searching_and_filtering_find_nothing_hidden(
    judge: FlaskClient, jury: Jury, entries: list[Entry]
) -> None:
    home = f"/judging/rounds/{jury.contest.code}/{jury.round.code}"
    plain = main_of(judge.get(home))
    assert plain.count("<tr>") == 1 + len(entries)
    for query in (
        "q=NGUOI-GUI",
        "unit=TRUONG-HIDDEN",
        "name=THANH-VIEN",
        f"code={entries[0].code}",
    ):
        assert main_of(judge.get(f"{home}?{query}")) == plain


def test_sorting_and_paging_follow_nothing_hidden(
    judge: FlaskClient, jury: Jury, entries: list[Entry]
) -> None:
    home = f"/judging/rounds/{jury.contest.code}/{jury.round.code}"
    plain = main_of(judge.get(home))
    order = re.findall(r"/judging/([0-9a-z]{12})\">", plain.split("<table")[1])
    assert order == [entry.blind_code for entry in entries]  # the judge's own places
    handed_in = sorted(entries, key=lambda entry: entry.sent_at or jury.now)
    assert handed_in != entries
    for query in ("sort=name", "sort=sent_at", "order=desc", "page=2", "after=1"):
        assert main_of(judge.get(f"{home}?{query}")) == plain


def test_nothing_is_exported_to_judges(
    app: Flask, judge: FlaskClient, jury: Jury, entries: list[Entry]
) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("judging.")}
    round_ = "/judging/rounds/<contest_code>/<round_code>"
    assert rules == {
        *("/judging/", round_, f"{round_}/next", f"{round_}/anchors"),
        *("/judging/<blind_code>", "/judging/<blind_code>/draft", "/judging/<blind_code>/recuse"),
        "/judging/<blind_code>/media/<int:n>/captions",
        "/judging/<blind_code>/media/<int:n>/<kind>",
    }
    for address in addresses(jury, entries):
        answer = judge.get(address)
        assert answer.headers.get("Content-Disposition", "inline") == "inline", address
    for address in ("/organizer/journal/", "/organizer/people"):
        assert judge.get(address).status_code == 403


@pytest.mark.parametrize(("made", "kind"), [(PDF, "paper"), (PDF[:1], "original")])
def test_a_download_has_a_name_of_ours(
    app: Flask, judge: FlaskClient, session: Session, jury: Jury, *, made: Any, kind: str
) -> None:
    entry = make_work(session, jury, kind="essay")
    add_file(session, app.extensions["storage"], entry, What.DOCUMENT, made)
    session.commit()
    page = judge.get(f"/judging/{entry.blind_code}")
    assert ("Trong tệp có thể còn tên người gửi" in page.text) is (kind == "original")
    answer = judge.get(f"/judging/{entry.blind_code}/media/1/{kind}")
    name = f"bai-{entry.blind_code}-1.pdf"
    assert answer.headers["Content-Disposition"] == (
        f"attachment; filename={name}; filename*=UTF-8''{name}"
    )
    assert leaks(str(answer.headers), [entry]) == []


def test_a_picture_is_served_without_what_the_camera_wrote(
    app: Flask, judge: FlaskClient, session: Session, jury: Jury, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x013B], exif[0x8298] = "NGUOI-GUI", "TRUONG-HIDDEN"  # artist, copyright
    exif.get_ifd(0x8825)[1] = "N"  # a place
    sent = tmp_path / "sent.jpg"
    Image.new("RGB", (320, 240), "teal").save(sent, exif=exif, comment=b"NGUOI-GUI")
    original = sent.read_bytes()
    assert b"NGUOI-GUI" in original
    (made, _), _ = pictures.make(sent, Limits(), tell=lambda _done, _total, _stage: None)
    contents = (
        Content(FileKind.ORIGINAL, original, "image/jpeg"),
        Content(made.kind, made.path.read_bytes(), made.media_type),
    )
    entry = make_work(session, jury)
    add_file(session, app.extensions["storage"], entry, What.PICTURE, contents)
    session.commit()
    answer = judge.get(f"/judging/{entry.blind_code}/media/1/picture")
    assert leaks(said(answer), [entry]) == []
    shown = Image.open(io.BytesIO(answer.get_data()))
    assert (dict(shown.getexif()), shown.info.get("comment")) == ({}, None)
    assert judge.get(f"/judging/{entry.blind_code}/media/1/original").status_code == 404


def test_addresses_and_tags_are_of_ours(
    judge: FlaskClient, session: Session, jury: Jury, entries: list[Entry]
) -> None:
    known = set(session.scalars(select(MediaFile.sha256)))
    known |= {hashlib.sha256(word.encode()).hexdigest() for word in HIDDEN}
    tags = []
    for address in addresses(jury, entries):
        answer = judge.get(address)
        inside = re.findall(r'(?:href|src|poster|action|data-\w+)="(/judging/[^"]*)"', answer.text)
        assert [found for found in inside if not JUDGES_ADDRESSES.fullmatch(found)] == []
        assert JUDGES_ADDRESSES.fullmatch(answer.headers.get("Location", "/judging/"))
        if "ETag" in answer.headers:
            tags.append(answer.headers["ETag"].strip('"'))
    assert len(tags) == len(set(tags)) == 5
    assert [tag for tag in tags if any(sha.startswith(tag) for sha in known)] == []


def test_free_text_can_be_covered(
    app: Flask, judge: FlaskClient, session: Session, jury: Jury
) -> None:
    typed = {"title": "NGUOI-GUI kể", "text": "Em là NGUOI-GUI", "kind": "model"}
    figures = [{"name": "TRUONG-HIDDEN", "value": "THANH-VIEN"}]
    entry = make_work(session, jury, figures=figures, **typed)
    add_file(
        session, app.extensions["storage"], entry, What.PICTURE, PICTURE, about="NGUOI-GUI cười"
    )
    session.commit()
    here = f"/judging/{entry.blind_code}"
    assert leaks(said(judge.get(here)), [entry]) != []  # typed by the sender, as yet uncovered
    entry.redacted, entry.redacted_title = "Em là ███", "███ kể"
    session.commit()
    for address in addresses(jury, [entry]):
        assert leaks(said(judge.get(address)), [entry]) == [], address
    assert "Em là ███" in judge.get(here).text


def test_a_covered_title_is_covered_where_a_vote_and_a_report_name_it(
    client: FlaskClient, session: Session, sign_in: Callable[..., Any]
) -> None:
    """A judge may look, vote and report like anybody: the pages of the gallery tell no name."""
    vote = VoteRules(VotePeriod.ROUND, Decimal(10), 7)
    jury = make_jury(session, now=datetime.now(UTC), rules={"is_gallery": True, "vote": vote})
    shown = {"shows_in_gallery": True, "published_at": jury.round.closes_at}
    shown["guardian_agreed_at"] = jury.round.opens_at
    first = make_work(session, jury, title="NGUOI-GUI kể", **shown)
    first.redacted, first.redacted_title = "Em là ███", "███ kể"
    second = make_work(session, jury, title="Bài khác", place=2, **shown)
    jury.judge.phone_blind = "sealed"  # so that they may vote
    at = {"account_id": jury.judge.id, "entry_id": first.id, "at": jury.now}
    session.add(
        Vote(
            round_id=jury.round.id,
            period=jury.round.closes_at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date(),
            **{"device": "", "network": "", "struck_reason": "", **at},
        )
    )
    session.add(EntryReport(code="bao-cao", reason="other", text="", **at))
    session.commit()
    sign_in(client, jury.judge)
    gallery = f"/gallery/{jury.contest.code}/{jury.round.code}"
    pages = {
        gallery: "███ kể",
        f"{gallery}/{first.code}": "███ kể",
        f"{gallery}/{second.code}": "Phiếu của bạn đang dành cho bài “███ kể”.",
        "/gallery/mine": "███ kể",
    }
    for address, words in pages.items():
        answer = client.get(address)
        assert words in answer.text, address
        assert "NGUOI-GUI" not in said(answer), address
    jury.round.settled_at = jury.now  # names are shown from here on
    session.commit()
    assert "NGUOI-GUI kể" in client.get("/gallery/mine").text


def test_a_file_that_names_somebody_can_be_kept_away(
    app: Flask, judge: FlaskClient, session: Session, jury: Jury
) -> None:
    entry = make_work(session, jury, kind="essay")
    files = app.extensions["storage"]
    signed = (*WORD[:1], Content(FileKind.PREVIEW, b"NGUOI-GUI", "text/plain; charset=utf-8"))
    sent = [
        add_file(session, files, entry, What.DOCUMENT, signed),
        add_file(session, files, entry, What.CLIP, CLIP, captions="NGUOI-GUI", about="NGUOI-GUI"),
    ]
    session.commit()
    here = f"/judging/{entry.blind_code}"
    shown = [f"{here}/media/1/preview", f"{here}/media/2/480p", f"{here}/media/2/captions"]
    assert [judge.get(address).status_code for address in shown] == [200] * 3
    assert leaks(said(judge.get(here)), [entry]) != []
    for file in sent:
        file.withheld = "NGUOI-GUI ký tên"
    session.commit()
    for address in addresses(jury, [entry]):
        assert leaks(said(judge.get(address)), [entry]) == [], address
    assert [judge.get(address).status_code for address in shown] == [404] * 3
    assert "Ban tổ chức không đưa 2 tệp của bài này cho giám khảo." in judge.get(here).text


def test_all_that_is_not_theirs_is_the_same_404(
    client: FlaskClient,
    session: Session,
    jury: Jury,
    entries: list[Entry],
    sign_in: Callable[..., Any],
) -> None:
    free = make_work(session, jury, place=None)
    foreign = make_work(session, make_jury(session, now=jury.now))
    draft = make_work(session, jury, place=8)
    draft.state = "withdrawn"
    outsider = make_judge_account(session, jury.province)
    session.commit()
    sign_in(client, jury.judge)
    codes = [free.blind_code, foreign.blind_code, draft.blind_code, "0" * 12, entries[0].code]
    told = set()
    for code in codes:
        for below in ("", "/recuse", "/media/1/480p", "/media/1/captions"):
            answer = client.get(f"/judging/{code}{below}")
            told.add((answer.status_code, main_of(answer)))
    for code in codes:
        answer = client.post(f"/judging/{code}/draft", json={"scores": {}})
        told.add((answer.status_code, answer.text))
    assert [status for status, _ in told] == [404, 404]  # one page, one JSON
    sign_in(client, outsider)
    for address in addresses(jury, entries)[1:]:
        assert client.get(address).status_code == 404, address


def test_how_far_the_others_are_is_not_told(
    judge: FlaskClient, session: Session, jury: Jury, entries: list[Entry]
) -> None:
    home = f"/judging/rounds/{jury.contest.code}/{jury.round.code}"
    watched = [home, *(f"/judging/{entry.blind_code}" for entry in entries)]
    before = [main_of(judge.get(address)) for address in watched]
    for _ in range(2):
        other = make_panelist(session, jury.round, make_judge_account(session, jury.province))
        for entry in entries:
            make_assignment(session, other, entry)
            make_sheet(session, other, entry, jury.phase, WHOLE, comment="NGUOI-CHAM-KHAC")
    session.commit()
    assert [main_of(judge.get(address)) for address in watched] == before


def test_others_scores_come_after_ones_own_and_without_their_names(
    judge: FlaskClient, session: Session, jury: Jury, entries: list[Entry]
) -> None:
    entry = entries[0]
    account = make_judge_account(session, jury.province)
    other = make_panelist(session, jury.round, account, number=9002)
    make_sheet(session, other, entry, jury.phase, WHOLE, comment="LOI-NHAN-XET", note="GHI-CHU")
    session.commit()
    here = f"/judging/{entry.blind_code}"
    hidden = ("LOI-NHAN-XET", "GHI-CHU", "9002", "76,67", account.name)
    judge.post(f"{here}/draft", json={"scores": WHOLE, "comment": "", "note": "", "known": ""})
    assert [word for word in hidden if word in judge.get(here).text] == []
    done = judge.post(
        here, data={"go": "submit", "known": "", "score-content": "8", "score-form": "7"}
    )
    assert done.status_code == 303
    page = judge.get(here).text
    assert [word for word in hidden if word in page] == ["LOI-NHAN-XET", "GHI-CHU", "9002"]
    assert "Giám khảo 9002: 76,6667/100" in page


def test_names_are_shown_where_the_phase_shows_them(
    judge: FlaskClient, session: Session, jury: Jury, entries: list[Entry]
) -> None:
    """The other side of all this: what is hidden above is there to be found."""
    jury.phase.sees_names = True
    session.commit()
    page = judge.get(f"/judging/{entries[0].blind_code}").text
    shown = [word for word in HIDDEN if word in page]
    assert shown == ["NGUOI-GUI", "TRUONG-HIDDEN", "THANH-VIEN"]
    jury.phase.closes_at = datetime.now(UTC) - timedelta(seconds=1)
    session.commit()
    assert leaks(judge.get(f"/judging/{entries[0].blind_code}").text, entries) == []
    assert session.get_one(Panelist, jury.panelist.id).left_at is None
