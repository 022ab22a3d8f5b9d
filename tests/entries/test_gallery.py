"""The gallery's doors: lists, an entry, its files with ranges, reports, one's own, organizers."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta

import pytest
from factories.entries import entry_rules
from factories.gallery import CLIP, VTT, Scene
from factories.people import make_account, make_grant

from contest.accounts.models import Role
from contest.core import clock
from contest.entries import showing
from contest.entries.models import Entry, EntryReport
from contest.media.models import State
from contest.rules.media import FileKind, What

HERE = "/gallery/hoi-thi/nop-bai"
DESK = "/organizer/gallery/hoi-thi/nop-bai"
HOUR = timedelta(hours=1)
MOST_BYTES = 25 * 1024


@pytest.fixture
def scene(app, session):
    return Scene(session, clock.now() - 3 * HOUR, files=app.extensions["storage"])


@pytest.fixture
def enter(app, sign_in):
    def opened(account):
        browser = app.test_client()
        sign_in(browser, account)
        return browser

    return opened


def titles(page):
    return re.findall(r"<h3><a [^>]*>([^<]+)</a></h3>", page.text)


def file_of(scene, entry, at=0):
    shown = showing.one(scene.session, scene.here, entry.code, today=scene.today)
    return shown.pieces[at].code


def test_the_list_shows_what_is_published_with_lazy_small_pictures(scene, client):
    clip = scene.entry(What.CLIP, title="Clip một")
    scene.entry(title="Chưa", is_shown=False)
    page = client.get(HERE)
    assert (page.status_code, titles(page)) == (200, ["Clip một"])
    source = f"{HERE}/{clip.code}/files/{file_of(scene, clip)}/poster"
    image = f'src="{source}" alt="Một bạn cầm điện thoại">'
    assert (
        f'<img class="poster" loading="lazy" decoding="async" width="480" height="270" {image}'
        in (page.text)
    )
    assert "<video" not in page.text
    assert "Nguyễn" not in page.text


def test_a_page_of_the_list_is_small_and_holds_twelve(scene, client):
    for no in range(14):
        scene.entry(What.CLIP, title=f"Hướng dẫn bà con làm thủ tục trên mạng {no}")
    first, second = client.get(HERE), client.get(f"{HERE}?page=2")
    assert (len(titles(first)), len(titles(second))) == (12, 2)
    assert len(set(titles(first)) | set(titles(second))) == 14
    assert len(gzip.compress(first.data, 5)) <= MOST_BYTES
    assert titles(client.get(HERE)) == titles(first)  # this browser's own order stands
    assert client.get(f"{HERE}?page=3").status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?page=0", 200),
        ("?page=x", 200),
        ("?page=99999999999", 404),
        ("?division=khong", 404),
        ("?division=bang-a", 200),
        ("?division=%00", 200),
        ("?division=" + "a" * 5000, 404),
    ],
)
def test_nonsense_in_the_address_is_answered(scene, client, query, status):
    scene.entry()
    assert client.get(HERE + query).status_code == status


def test_an_entry_is_played_only_when_asked_and_in_small_first(scene, client):
    entry = scene.entry(What.CLIP, captions=VTT, title="Clip")
    base = f"{HERE}/{entry.code}"
    files = f"{base}/files/{file_of(scene, entry)}"
    page = client.get(base).text
    assert '<video controls preload="none" playsinline width="640" height="360"' in page
    assert f'<source src="{files}/480p" type="video/mp4">' in page
    assert f'<track kind="captions" srclang="vi" label="Phụ đề" src="{files}/captions.vtt">' in page
    fine = client.get(f"{base}?size=720p").text
    assert f'<source src="{files}/720p" type="video/mp4">' in fine


def test_a_link_leads_out_and_nothing_foreign_is_embedded(scene, client):
    link = {"host": "youtube", "id": "abcdefghijk"}
    entry = scene.entry(links=[link], text="<script>alert(1)</script>")
    page = client.get(f"{HERE}/{entry.code}")
    address = "https://www.youtube.com/watch?v=abcdefghijk"
    assert f'<a href="{address}" rel="noopener noreferrer nofollow external">' in page.text
    assert "<iframe" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "frame-src" not in page.headers["Content-Security-Policy"]


def test_a_documents_text_is_shown_as_text(scene, client):
    entry = scene.entry(What.DOCUMENT, kind="essay")
    page = client.get(f"{HERE}/{entry.code}").text
    assert "Bài viết &lt;b&gt;của&lt;/b&gt; em" in page


def test_a_clip_is_handed_out_in_parts_to_everybody_for_a_while(scene, client):
    entry = scene.entry(What.CLIP)
    address = f"{HERE}/{entry.code}/files/{file_of(scene, entry)}/480p"
    whole = client.get(address)
    assert (whole.status_code, whole.data) == (200, CLIP)
    assert whole.headers["Cache-Control"] == "public, max-age=600"
    assert "Set-Cookie" not in whole.headers
    part = client.get(address, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.data) == (206, CLIP[4:8])
    assert part.headers["Content-Range"] == f"bytes 4-7/{len(CLIP)}"
    assert client.get(address, headers={"Range": "bytes=999999-"}).status_code == 416
    again = client.get(address, headers={"If-None-Match": whole.headers["ETag"]})
    assert again.status_code == 304
    assert client.head(address).data == b""
    assert "nguyen-van-an" not in str(whole.headers)


@pytest.mark.parametrize("kind", ["original", "strip", "picture", "khong"])
def test_what_is_no_public_file_is_not_found(scene, client, kind):
    entry = scene.entry(What.CLIP)
    address = f"{HERE}/{entry.code}/files/{file_of(scene, entry)}/{kind}"
    assert client.get(address).status_code == 404


def test_captions_are_text_for_players(scene, client):
    entry = scene.entry(What.CLIP, captions=VTT)
    answer = client.get(f"{HERE}/{entry.code}/files/{file_of(scene, entry)}/captions.vtt")
    assert (answer.data.decode(), answer.mimetype) == (VTT, "text/vtt")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    without = scene.entry(What.CLIP)
    address = f"{HERE}/{without.code}/files/{file_of(scene, without)}/captions.vtt"
    assert client.get(address).status_code == 404


def test_everything_of_an_entry_is_gone_once_it_is_taken_down(scene, client, enter):
    entry = scene.entry(What.CLIP, captions=VTT)
    base = f"{HERE}/{entry.code}"
    files = f"{base}/files/{file_of(scene, entry)}"
    addresses = [base, f"{base}?size=720p", *(f"{files}/{k}" for k in ("480p", "720p", "poster"))]
    addresses.append(f"{files}/captions.vtt")
    assert [client.get(each).status_code for each in addresses] == [200] * 6
    organizer = enter(scene.organizer)
    taken = organizer.post(f"{DESK}/{entry.code}/take-down", data={"reason": "Sai nội dung"})
    assert (taken.status_code, taken.location) == (303, DESK)
    assert [client.get(each).status_code for each in addresses] == [404] * 6
    assert titles(client.get(HERE)) == []
    assert organizer.get(f"{base}/report").status_code == 404
    assert "Sai nội dung" in organizer.get(DESK).text


def test_judges_are_asked_to_wait_while_names_are_hidden(scene, client, enter):
    scene.entry()
    judge = make_account(scene.session, scene.commune)
    make_grant(scene.session, judge, Role.JUDGE, scene.province)
    words = "Đợt này chấm không biết tên. Nếu bạn trong ban giám khảo"
    assert words in enter(judge).get(HERE).text
    assert words not in client.get(HERE).text
    scene.round.settled_at = clock.now()
    scene.session.commit()
    page = enter(judge).get(HERE).text
    assert words not in page
    assert "Nguyễn V. A., Xã Suối Mây" in page


def test_a_contest_without_a_gallery_has_no_page(session, client):
    Scene(session, clock.now() - 3 * HOUR, rules=entry_rules())
    assert client.get(HERE).status_code == 404
    assert client.get("/gallery/khong/nop-bai").status_code == 404


def report_data(**facts):
    return {"why": "person", "text": "Có em tôi trong clip", **facts}


def test_a_report_is_taken_once_and_its_answer_is_read(scene, enter):
    entry = scene.entry(title="Bài A")
    someone = enter(scene.person("Vàng A Sang"))
    address = f"{HERE}/{entry.code}/report"
    sent = someone.post(address, data=report_data())
    assert (sent.status_code, sent.location) == (303, "/gallery/mine")
    assert someone.post(address, data=report_data()).status_code == 409
    assert "Bạn đã báo về bài này" in someone.get(address).text
    report = scene.session.query(EntryReport).one()
    organizer = enter(scene.organizer)
    assert "Có em tôi trong clip" in organizer.get(f"{DESK}/reports").text
    answer = f"{DESK}/reports/{report.code}"
    assert "Vàng A Sang" in organizer.get(answer).text
    words = {"verdict": "taken_down", "words": "Cảm ơn bạn, bài đã được gỡ."}
    assert organizer.post(answer, data=words).location == f"{DESK}/reports"
    assert organizer.post(answer, data=words).status_code == 409
    assert "Cảm ơn bạn, bài đã được gỡ." in someone.get("/gallery/mine").text
    assert someone.get(f"{HERE}/{entry.code}").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        {},
        report_data(why="khong"),
        report_data(why="other", text=" "),
        report_data(text="a" * 501),
    ],
)
def test_a_report_without_a_reason_is_asked_again(scene, enter, data):
    entry = scene.entry()
    answer = enter(scene.person()).post(f"{HERE}/{entry.code}/report", data=data)
    assert answer.status_code == 422
    assert "data-error-summary" in answer.text
    assert scene.session.query(EntryReport).count() == 0


def test_reporting_is_limited_for_an_account(scene, enter):
    entry = scene.entry()
    someone = enter(scene.person())
    answers = [someone.get(f"{HERE}/{entry.code}/report").status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]


def test_one_takes_back_consent_from_ones_own_page(scene, enter):
    owner = scene.person()
    entry = scene.entry(owner=owner, title="Của tôi")
    mine = enter(owner)
    assert "Của tôi" in mine.get("/gallery/mine").text
    address = f"/gallery/mine/{entry.code}/withdraw"
    assert enter(scene.person()).post(address).status_code == 404
    assert mine.post(address).location == "/gallery/mine"
    scene.session.expire_all()
    kept = scene.session.get_one(Entry, entry.id)
    assert (kept.shows_in_gallery, kept.published_at) == (False, None)
    assert "Bạn chưa có bài nào cho trưng bày." in mine.get("/gallery/mine").text


def test_an_organizer_publishes_one_and_then_all(scene, enter):
    entries = [scene.entry(What.CLIP, is_shown=False) for _ in range(3)]
    scene.entry(What.CLIP, is_shown=False, state=State.WAITING, title="Chưa xong")
    organizer = enter(scene.organizer)
    page = organizer.get(DESK).text
    assert page.count("Đủ điều kiện</strong>") == 3
    assert "Tệp của bài chưa xử lý xong hoặc không xem được." in page
    organizer.post(f"{DESK}/{entries[0].code}/publish")
    assert len(titles(organizer.get(HERE))) == 1
    organizer.post(f"{DESK}/publish")
    assert "Đã đưa 2 bài ra trang trưng bày." in organizer.get(DESK).text
    assert len(titles(organizer.get(HERE))) == 3


def test_an_organizer_hears_why_not(scene, enter):
    entry = scene.entry(is_shown=False, shows_in_gallery=False)
    answer = enter(scene.organizer).post(f"{DESK}/{entry.code}/publish")
    assert answer.status_code == 409
    assert "Người gửi chưa đồng ý cho trưng bày." in answer.text


def test_taking_down_needs_a_reason(scene, enter):
    entry = scene.entry(title="Bài")
    organizer = enter(scene.organizer)
    address = f"{DESK}/{entry.code}/take-down"
    assert "Bài</p>" in organizer.get(address).text
    for reason in ("", " ", "a" * 501):
        assert organizer.post(address, data={"reason": reason}).status_code == 422
    assert organizer.get(f"{HERE}/{entry.code}").status_code == 200


def test_an_answer_needs_a_verdict_and_words(scene, enter):
    entry = scene.entry()
    enter(scene.person()).post(f"{HERE}/{entry.code}/report", data=report_data())
    report = scene.session.query(EntryReport).one()
    organizer = enter(scene.organizer)
    address = f"{DESK}/reports/{report.code}"
    for data in ({}, {"verdict": "khong", "words": "x"}, {"verdict": "stays", "words": ""}):
        assert organizer.post(address, data=data).status_code == 422


def test_organizers_of_other_parts_find_nothing(scene, enter):
    entry = scene.entry()
    other = make_account(scene.session, scene.abroad)
    make_grant(scene.session, other, Role.ORGANIZER, scene.abroad)
    scene.session.commit()
    stranger = enter(other)
    for address in ("/organizer/gallery/hoi-thi", DESK, f"{DESK}/reports", f"{DESK}/reports/x"):
        assert stranger.get(address).status_code == 404
    for address in ("publish", f"{entry.code}/publish", f"{entry.code}/take-down"):
        assert stranger.post(f"{DESK}/{address}", data={"reason": "x"}).status_code == 404


def test_the_rounds_of_a_contest_with_their_open_reports(scene, enter):
    entry = scene.entry()
    enter(scene.person()).post(f"{HERE}/{entry.code}/report", data=report_data())
    page = enter(scene.organizer).get("/organizer/gallery/hoi-thi").text
    assert f'<a href="{DESK}">' in page
    assert "1 báo cáo chờ trả lời" in page
    assert '<a href="/organizer/votes/hoi-thi/nop-bai">' in page


@pytest.mark.parametrize("count", [1, 6])
def test_the_list_asks_as_often_for_many_as_for_few(scene, client, count_statements, count):
    for _ in range(count):
        scene.entry(What.CLIP, What.PICTURE)
    client.get(HERE)
    with count_statements() as counted:
        assert len(titles(client.get(HERE))) == count
    assert len(counted) == 3


def test_a_file_takes_one_statement(scene, client, count_statements):
    entry = scene.entry(What.CLIP)
    address = f"{HERE}/{entry.code}/files/{file_of(scene, entry)}/{FileKind.SMALL}"
    client.get(HERE)
    with count_statements() as counted:
        assert client.get(address).status_code == 200
    assert len(counted) == 1
