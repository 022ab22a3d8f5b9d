"""The sender's pages: every door, whoever knocks, whatever they bring."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from factories.entries import make_entry
from factories.people import make_account
from factories.sending import Sending, make_sending, make_upload, store
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import SignIn
from contest.contests.models import Round
from contest.core import clock, db
from contest.core.db import Row
from contest.entries.models import Entry, EntryFile, EntryState, EntryVersion
from contest.media.models import Media, MediaFile
from contest.media.models import State as MediaState
from contest.rules.entry_rules import EntryKind
from contest.rules.media import FileKind

HOUR = timedelta(hours=1)
JSON = {"Accept": "application/json"}
VTT = "WEBVTT\n\n00:01.000 --> 00:04.000\nChào bà con!\n"


@pytest.fixture
def sending(session: Session, client: FlaskClient, sign_in: Callable[..., SignIn]) -> Sending:
    """A round that is open now, and its sender signed in."""
    made = make_sending(
        *(session,), opens_at=clock.now() - HOUR, is_gallery=True, takes_links=True, most_members=2
    )
    sign_in(client, made.account)
    return made


@pytest.fixture
def stranger(app: Flask, session: Session, sign_in: Callable[..., SignIn]) -> FlaskClient:
    other = app.test_client()
    sign_in(other, make_account(session))
    return other


def begin(client: FlaskClient, sending: Sending, kind: str = "video") -> str:
    """Begin an entry; return its address."""
    answer = client.post(sending.path, data={"kind": kind})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def entry_of(path: str) -> Entry:
    """Read the entry as it is by now, without holding on to the database."""
    with db.reading_session() as reading:
        return reading.scalars(select(Entry).where(Entry.code == path.split("/")[2])).one()


def the(kind: type[Row]) -> Row:
    """Read the one row there is of a table."""
    with db.reading_session() as reading:
        return reading.scalars(select(kind)).one()


def receive(session: Session, sending: Sending, path: str, **facts: Any) -> str:
    """Let an upload for the entry have come in; return its code."""
    upload = make_upload(*(session, entry_of(path), sending.account), at=clock.now(), **facts)
    session.commit()
    return upload.code


def whole(client: FlaskClient, session: Session, sending: Sending) -> str:
    """An entry with title and clip."""
    path = begin(client, sending)
    client.post(path, data={"title": "Bà con dùng VNeID"})
    client.post(f"{path}/files", data={"upload": receive(session, sending, path)})
    return path


def watchable(app: Flask, session: Session, path: str) -> EntryFile:
    """Let the entry's clip have been made."""
    file = session.scalars(select(EntryFile)).one()
    storage = app.extensions["storage"]
    kinds = ((FileKind.ORIGINAL, "application/octet-stream"), (FileKind.SMALL, "video/mp4"))
    rows = []
    for kind, media_type in (*kinds, (FileKind.POSTER, "image/jpeg")):
        key = f"media/{file.code}/{kind}"
        kept = storage.put(key, f"{kind}!".encode(), media_type)
        rows.append(
            MediaFile(
                *(),
                kind=kind,
                key=key,
                media_type=media_type,
                bytes=kept.bytes,
                sha256=kept.sha256,
                width=640,
                height=480,
            )
        )
    media = Media(
        code=f"m{file.code[:11]}",
        subject=f"entry:{path.split('/')[2]}",
        what="clip",
        state=MediaState.READY,
        name=file.name,
        limits={},
        job="none",
        created_at=clock.now(),
        files=rows,
    )
    file.media = media.code
    session.add(media)
    session.commit()
    return file


# The round's page


def test_the_contests_page_leads_to_the_round(client: FlaskClient, sending: Sending) -> None:
    assert f'href="{sending.path}"' in client.get(f"/contests/{sending.contest.code}").text
    page = client.get(sending.path).text
    for said in (
        "Loại bài: Video.",
        "Mỗi người một bài.",
        "Video: nhiều nhất 200 MB, dài đến 5 phút.",
        "nhiều nhất 2 thành viên",
        "thì được gửi tiếp thêm 1 giờ",
        "Nội dung đúng và có ích",
        "Từ 0 đến 10 điểm. Hệ số 2.",
        "7 điểm: Đúng, làm theo được.",
        "Gửi bài: Video",
    ):
        assert said in page


def test_the_lists_lead_there(client: FlaskClient, sending: Sending) -> None:
    home = client.get("/").text
    assert f'href="{sending.path}">Gửi bài dự thi</a>' in home


def test_who_is_not_in_the_contest_is_told_of_the_division(
    stranger: FlaskClient, sending: Sending
) -> None:
    page = stranger.get(sending.path).text
    assert f'name="division" value="{sending.division.code}"' in page
    path = begin(stranger, sending)
    assert stranger.get(path).status_code == 200


def test_practical_tasks_are_told_and_not_begun(
    client: FlaskClient, session: Session, sign_in: Callable[..., SignIn]
) -> None:
    sending = make_sending(
        session, opens_at=clock.now() - HOUR, kinds=(EntryKind.PRACTICAL, EntryKind.ESSAY)
    )
    sign_in(client, sending.account)
    page = client.get(sending.path).text
    assert "Tự mở ứng dụng VNeID: 1 điểm" in page
    assert 'value="practical"' not in page
    assert client.post(sending.path, data={"kind": "practical"}).status_code == 403


def test_lists_take_the_same_statements_however_long(
    client: FlaskClient,
    session: Session,
    sending: Sending,
    count_statements: Callable[[], Any],
) -> None:
    def count(path: str) -> int:
        with count_statements() as counted:
            assert client.get(path).status_code == 200
        return len(counted)

    make_entry(session, sending.round, sending.registration, no=1)
    session.commit()
    client.get(sending.path)
    few = [count("/entries/"), count(sending.path)]
    for no in range(2, 8):
        make_entry(session, sending.round, sending.registration, no=no)
    session.commit()
    assert [count("/entries/"), count(sending.path)] == few == [1, 4]


# The entry's page


def test_what_is_typed_is_kept_and_shown(client: FlaskClient, sending: Sending) -> None:
    path = begin(client, sending)
    answer = client.post(
        path,
        data={"title": "Tên <b>", "text": "Lời\r\nhai", "members": "Lý Mỷ", "links": ""},
    )
    assert (answer.status_code, answer.location) == (303, f"{path}?saved=1#files")
    page = client.get(path).text
    assert 'value="Tên &lt;b&gt;"' in page
    assert "Lý Mỷ</textarea>" in page
    assert f'data-keep="entry:{path.split("/")[2]}"' in page
    assert "data-kept" not in page
    assert "data-kept" in client.get(f"{path}?saved=1").text


def test_what_is_over_a_limit_is_shown_again_and_the_rest_is_kept(
    client: FlaskClient, sending: Sending
) -> None:
    path = begin(client, sending)
    answer = client.post(path, data={"title": "a" * 300, "text": "Lời", "links": "http://x"})
    assert answer.status_code == 422
    assert "a" * 300 in answer.text
    assert '<a href="#title">Nhiều nhất 200 chữ cái; bạn đã gõ 300.</a>' in answer.text
    assert '<a href="#links">Dòng 1:' in answer.text
    entry = entry_of(path)
    assert (entry.title, entry.text) == ("", "Lời")


def test_a_script_is_told_when_it_was_saved_and_what_was_not(
    client: FlaskClient, sending: Sending
) -> None:
    path = begin(client, sending)
    answer = client.post(path, data={"title": "a" * 300, "text": "Lời"}, headers=JSON)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["problems"] == {"title": "Nhiều nhất 200 chữ cái; bạn đã gõ 300."}
    assert entry_of(path).text == "Lời"


SPOKEN = {"has_languages": "1"}
CLOSED, OPEN = '<details id="more-languages">', '<details id="more-languages" open>'


def test_languages_are_ticked_in_a_closed_box_and_shown_until_the_receipt(
    client: FlaskClient, session: Session, sending: Sending
) -> None:
    path = whole(client, session, sending)
    page = client.get(path).text
    assert CLOSED in page
    assert 'name="languages" value="hmn"><label' in page
    answer = client.post(path, data={**SPOKEN, "languages": ["pcc", "hmn"]})
    assert answer.status_code == 303
    page = client.get(path).text
    assert OPEN in page
    assert 'name="languages" value="hmn" checked' in page
    assert client.post(path, data={"title": "Tên mới"}).status_code == 303  # a page without ticks
    assert entry_of(path).languages == ["hmn", "pcc"]
    assert "<dt>Bài dùng</dt><dd>tiếng Mông, tiếng Giáy</dd>" in client.get(f"{path}/hand-in").text
    assert client.post(f"{path}/hand-in").status_code == 303
    assert "tiếng Mông, tiếng Giáy" in client.get(f"{path}/received").text
    assert "Ban tổ chức ghi lại" not in client.get(path).text
    entry = session.scalars(select(Entry)).one()
    entry.jury_languages = []
    session.commit()
    assert "Ban tổ chức ghi lại để mời giám khảo: bài dùng tiếng Việt." in client.get(path).text
    assert client.post(path, data=SPOKEN).status_code == 303
    assert entry_of(path).languages == []


def test_an_unknown_language_is_refused_in_words_and_the_rest_is_kept(
    client: FlaskClient, sending: Sending
) -> None:
    path = begin(client, sending)
    client.post(path, data={**SPOKEN, "languages": "hmn"})
    wrong = {**SPOKEN, "title": "Tên", "languages": ["hmn", "<b>xyz"]}
    answer = client.post(path, data=wrong)
    assert answer.status_code == 422
    assert '<a href="#languages">Hãy chọn thứ tiếng trong các ô có sẵn.</a>' in answer.text
    assert OPEN in answer.text
    assert "xyz" not in answer.text
    asked = client.post(path, data=wrong, headers=JSON)
    assert (asked.status_code, asked.json and asked.json["problems"]) == (
        *(200, {"languages": "Hãy chọn thứ tiếng trong các ô có sẵn."}),
    )
    entry = entry_of(path)
    assert (entry.title, entry.languages) == ("Tên", ["hmn"])


def test_a_script_hears_what_is_still_missing(client: FlaskClient, sending: Sending) -> None:
    path = begin(client, sending)
    name = "Bạn hãy đặt tên cho bài dự thi."
    for title, is_missing in (("", True), ("Bà học VNeID", False)):
        told = client.post(path, data={**SPOKEN, "title": title}, headers=JSON).json
        assert told is not None
        assert (name in told["missing"]) is is_missing
        assert f"<li>{name}</li>" not in client.get(path).text or is_missing


def test_a_script_saves_ticks_with_the_draft(client: FlaskClient, sending: Sending) -> None:
    path = begin(client, sending)
    answer = client.post(path, data={**SPOKEN, "languages": ["eng", "tyz"]}, headers=JSON)
    assert (answer.status_code, answer.json and answer.json["problems"]) == (200, {})
    assert entry_of(path).languages == ["tyz", "eng"]


def test_a_closed_round_says_the_languages_in_a_sentence(
    client: FlaskClient, session: Session, sending: Sending
) -> None:
    entry = make_entry(session, sending.round, sending.registration, languages=["hmn", "eng"])
    session.get_one(Round, sending.round.id).closes_at = clock.now() - HOUR / 2
    session.commit()
    page = client.get(f"/entries/{entry.code}").text
    assert "Bài dùng: tiếng Mông, tiếng Anh." in page
    assert "more-languages" not in page


@pytest.mark.parametrize("path", ["", "/files", "/hand-in", "/received", "/withdraw"])
def test_a_foreign_entry_is_not_there(
    client: FlaskClient, session: Session, sending: Sending, stranger: FlaskClient, path: str
) -> None:
    entry = whole(client, session, sending)
    assert stranger.get(f"{entry}{path}").status_code == 404
    assert stranger.get(f"/entries/{'0' * 12}{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["", "/files", "/hand-in", "/withdraw", "/resume", "/consent-back", "/files/x/about"],
)
def test_a_foreign_entry_cannot_be_changed(
    client: FlaskClient, session: Session, sending: Sending, stranger: FlaskClient, path: str
) -> None:
    entry = whole(client, session, sending)
    answer = stranger.post(f"{entry}{path}", data={"title": "x", "upload": "0" * 24})
    assert answer.status_code == 404
    assert entry_of(entry).title == "Bà con dùng VNeID"


def test_nobody_enters_without_signing_in(app: Flask, sending: Sending) -> None:
    answer = app.test_client().get(sending.path)
    assert answer.status_code == 302
    assert "/accounts/sign-in" in answer.location


# Files


def test_a_received_file_becomes_part_of_the_entry_once(
    client: FlaskClient, session: Session, sending: Sending
) -> None:
    path = begin(client, sending)
    code = receive(session, sending, path)
    assert "Máy chủ đang ghép tệp vào bài." in client.get(path).text
    for _ in "12":
        answer = client.post(f"{path}/files", data={"upload": code})
        assert (answer.status_code, answer.location) == (303, f"{path}#files-clip")
    assert the(EntryFile).upload == code
    page = client.get(path).text
    assert "múa xoè.mp4" in page
    assert "Đang chuẩn bị để xem" in page
    asked = client.post(f"{path}/files", data={"upload": code}, headers=JSON)
    assert asked.json is not None
    assert (asked.json["what"], asked.json["bytes"]) == ("clip", 1000)


@pytest.mark.parametrize(
    ("upload", "status"), [("", 404), ("x", 404), ("0" * 24, 404), ("../../etc/passwd", 404)]
)
def test_nonsense_is_no_upload(
    client: FlaskClient, sending: Sending, upload: str, status: int
) -> None:
    path = begin(client, sending)
    assert client.post(f"{path}/files", data={"upload": upload}).status_code == status


def test_a_file_half_sent_or_for_another_entry_is_not_taken(
    client: FlaskClient, session: Session, sending: Sending, stranger: FlaskClient
) -> None:
    path, other = begin(client, sending), begin(stranger, sending)
    half = receive(session, sending, path, state="coming")
    assert client.post(f"{path}/files", data={"upload": half}).status_code == 403
    mine = receive(session, sending, path)
    assert stranger.post(f"{other}/files", data={"upload": mine}).status_code == 404
    assert client.post(f"{other}/files", data={"upload": mine}).status_code == 404


def test_one_clip_replaces_another(client: FlaskClient, session: Session, sending: Sending) -> None:
    path = whole(client, session, sending)
    code = receive(session, sending, path, name="bản hai.mp4")
    client.post(f"{path}/files", data={"upload": code})
    client.get(path)  # which says once what was received
    page = client.get(path).text
    assert "bản hai.mp4" in page
    assert "múa xoè.mp4" not in page


def test_a_ready_clip_plays_for_its_sender_alone(
    app: Flask, client: FlaskClient, session: Session, sending: Sending, stranger: FlaskClient
) -> None:
    path = whole(client, session, sending)
    file = watchable(app, session, path)
    page = client.get(path).text
    assert 'preload="none"' in page
    assert f'poster="{path}/files/{file.code}/poster"' in page
    for kind, body, shown in (
        ("480p", b"480p!", "inline"),
        ("poster", b"poster!", "inline"),
        ("original", b"original!", "attachment"),
    ):
        answer = client.get(f"{path}/files/{file.code}/{kind}")
        assert (answer.status_code, answer.data) == (200, body)
        assert answer.headers["Content-Disposition"].split(";")[0] == shown
        assert stranger.get(f"{path}/files/{file.code}/{kind}").status_code == 404
    part = client.get(f"{path}/files/{file.code}/480p", headers={"Range": "bytes=1-2"})
    assert (part.status_code, part.data) == (206, b"80")
    for wrong in ("720p", "zzz", "captions.vtt"):
        assert client.get(f"{path}/files/{file.code}/{wrong}").status_code == 404


def test_a_rejected_file_says_why(
    app: Flask, client: FlaskClient, session: Session, sending: Sending
) -> None:
    path = whole(client, session, sending)
    watchable(app, session, path)
    media = session.scalars(select(Media)).one()
    media.state = MediaState.REJECTED
    media.reason = {
        "kind": "Invalid",
        "message": "Video dài %(found)s (phút:giây), quá mức %(most)s. Hãy cắt ngắn rồi gửi lại.",
        "facts": {"found": "6:01", "most": "5:00"},
        "problems": {},
    }
    session.commit()
    page = client.get(path).text
    assert "Video dài 6:01 (phút:giây), quá mức 5:00. Hãy cắt ngắn rồi gửi lại." in page
    confirm = client.get(f"{path}/hand-in").text
    assert "Tệp “múa xoè.mp4” không dùng được." in confirm
    assert client.post(f"{path}/hand-in").status_code == 422


def test_captions_and_a_description_are_kept_or_the_trouble_said(
    app: Flask, client: FlaskClient, session: Session, sending: Sending
) -> None:
    path = whole(client, session, sending)
    file = watchable(app, session, path)

    def describe(data: bytes | None, about: str = "Một bạn nhỏ chỉ bà dùng máy.") -> str:
        fields: dict[str, Any] = {"about": about}
        if data is not None:
            fields["captions"] = (io.BytesIO(data), "phụ đề.vtt")
        answer = client.post(f"{path}/files/{file.code}/about", data=fields)
        assert (answer.status_code, answer.location) == (303, f"{path}#files-clip")
        return client.get(path).text

    assert "Đã lưu phần mô tả tệp." in describe(VTT.encode())
    answer = client.get(f"{path}/files/{file.code}/captions.vtt")
    assert (answer.text, answer.mimetype) == (VTT, "text/vtt")
    assert "phải bắt đầu bằng dòng WEBVTT" in describe(b"1\n00:01 chao", "Lời mới")
    assert "Tệp phụ đề nặng quá 200 KB." in describe(b"WEBVTT" + b"a" * 210_000)
    assert "không đọc được" in describe(b"\xff\xfe\x00").lower()
    file = the(EntryFile)
    assert (file.captions, file.about) == (VTT, "Một bạn nhỏ chỉ bà dùng máy.")
    assert "Nhiều nhất 500 chữ cái." in describe(None, "a" * 501)
    client.post(f"{path}/files/{file.code}/about", data={"about": "", "drop_captions": "1"})
    file = the(EntryFile)
    assert (file.captions, file.about) == (None, "")


def test_a_file_is_taken_out(client: FlaskClient, session: Session, sending: Sending) -> None:
    path = whole(client, session, sending)
    file = the(EntryFile)
    assert client.post(f"{path}/files/{file.code}/remove").status_code == 303
    client.get(path)  # which says once what was received
    assert "múa xoè.mp4" not in client.get(path).text
    assert client.post(f"{path}/files/{file.code}/remove").status_code == 404


# Handing in


def test_handing_in_ends_in_a_receipt_anybody_can_check(
    app: Flask, client: FlaskClient, session: Session, sending: Sending
) -> None:
    path = whole(client, session, sending)
    confirm = client.get(f"{path}/hand-in").text
    assert "Đây là những gì sẽ được chấm:" in confirm
    answer = client.post(f"{path}/hand-in")
    assert (answer.status_code, answer.location) == (303, f"{path}/received")
    version = the(EntryVersion)
    session.scalars(select(EntryFile)).one().sha256 = "cd" * 32
    session.commit()
    page = client.get(f"{path}/received").text
    assert ">Đã nhận</h1>" in page
    for said in (version.receipt, version.digest, "cd" * 32):
        assert said in page
    assert client.get(f"{path}/hand-in").status_code == 303  # nothing to hand in
    visitor = app.test_client()
    for typed in (version.receipt, version.receipt.lower().replace("-", " ")):
        shown = visitor.get("/entries/receipts", query_string={"code": typed}).text
        assert "Mã khớp" in shown
        assert "Đây là lần nộp mới nhất." in shown
        assert "cd" * 32 in shown
        for hidden in ("Lò Thị Lan", "múa xoè", "VNeID"):
            assert hidden not in shown
    client.post(path, data={"title": "Tên khác"})
    client.post(f"{path}/hand-in")
    shown = visitor.get("/entries/receipts", query_string={"code": version.receipt}).text
    assert "Đã được thay bằng một lần nộp sau." in shown


@pytest.mark.parametrize(
    ("code", "status"), [("zz", 422), ("", 422), ("0000-0000-0000-0000", 404), ("a" * 50, 422)]
)
def test_a_wrong_receipt_is_said(client: FlaskClient, code: str, status: int) -> None:
    assert client.get("/entries/receipts", query_string={"code": code}).status_code == status
    assert client.get("/entries/receipts").status_code == 200


def test_what_is_missing_is_listed_before_and_after(client: FlaskClient, sending: Sending) -> None:
    path = begin(client, sending)
    page = client.get(f"{path}/hand-in")
    assert page.status_code == 200
    assert "Bạn hãy đặt tên cho bài dự thi." in page.text
    answer = client.post(f"{path}/hand-in")
    assert answer.status_code == 422
    assert "Bài dự thi cần một video. Bạn hãy gửi tệp video." in answer.text
    assert client.get(f"{path}/received").status_code == 302


def test_withdrawing_asks_first_and_can_be_undone(
    client: FlaskClient, session: Session, sending: Sending
) -> None:
    path = whole(client, session, sending)
    client.post(f"{path}/hand-in")
    assert "Rút bài “Bà con dùng VNeID”?" in client.get(f"{path}/withdraw").text
    assert client.post(f"{path}/withdraw").status_code == 303
    assert "Bài này đã được rút" in client.get(path).text
    assert client.post(f"{path}/hand-in").status_code == 403
    assert client.post(f"{path}/resume").status_code == 303
    assert client.post(f"{path}/resume").status_code == 409
    assert entry_of(path).state == EntryState.SENT


def test_the_sender_reads_where_the_entry_is_shown_and_why_it_left(
    client: FlaskClient, session: Session, sending: Sending
) -> None:
    path = whole(client, session, sending)
    client.post(f"{path}/hand-in")
    entry = session.scalars(select(Entry)).one()
    address = f"/gallery/{sending.contest.code}/{sending.round.code}/{entry.code}"
    entry.published_at = clock.now()
    session.commit()
    assert f'href="{address}"' in client.get(path).text
    entry.published_at, entry.takedown = None, "Có người <chưa> đồng ý."
    session.commit()
    page = client.get(path).text
    assert "Lý do: Có người &lt;chưa&gt; đồng ý." in page
    assert address not in page


def test_every_door_is_shut_after_closing_and_the_pages_stay(
    client: FlaskClient, session: Session, sending: Sending
) -> None:
    path = whole(client, session, sending)
    client.post(f"{path}/hand-in")
    file = the(EntryFile)
    round_ = session.scalars(select(Round)).one()
    round_.opens_at, round_.closes_at = clock.now() - 2 * HOUR, clock.now() - HOUR / 60
    session.commit()
    for door in ("", "/withdraw", f"/files/{file.code}/remove", f"/files/{file.code}/about"):
        assert client.post(f"{path}{door}", data={"title": "x"}).status_code == 409
    assert client.post(f"{path}/hand-in").status_code == 303  # nothing changed: the same receipt
    assert client.post(sending.path, data={"kind": "video"}).status_code == 409
    for page in (path, f"{path}/received", sending.path, "/entries/"):
        assert client.get(page).status_code == 200
    assert 'name="title"' not in client.get(path).text
    assert entry_of(path).title == "Bà con dùng VNeID"


def test_easy_mode_follows_the_division(
    client: FlaskClient, session: Session, sending: Sending
) -> None:
    path = begin(client, sending)
    assert "data-easy" not in client.get(path).text
    session.get_one(type(sending.division), sending.division.id).is_easy = True
    session.commit()
    for page in (path, sending.path):
        assert '<html lang="vi" data-easy>' in client.get(page).text


def test_a_childs_consent_asks_for_a_guardian_and_shows_what_was_typed(
    client: FlaskClient, session: Session, sending: Sending
) -> None:
    sending.account.birth_date = None
    session.commit()
    path = begin(client, sending)
    typed = {"title": "Tranh", "has_gallery": "1", "shows_in_gallery": "y"}
    answer = client.post(path, data={**typed, "guardian_name": "Lò Văn Pó"})
    assert answer.status_code == 422
    assert "Lò Văn Pó" in answer.text
    assert '<a href="#guardian_phone">' in answer.text
    assert entry_of(path).shows_in_gallery is False
    facts = {"guardian_name": "Lò Văn Pó", "guardian_phone": "0912345678", "guardian_agrees": "y"}
    assert client.post(path, data={**typed, **facts}).status_code == 303
    assert entry_of(path).shows_in_gallery is True
    assert "0912345678" in client.get(path).text
    client.post(f"{path}/consent-back")
    assert entry_of(path).shows_in_gallery is False


def test_a_stored_upload_brings_its_hash(
    client: FlaskClient, session: Session, sending: Sending
) -> None:
    path = begin(client, sending)
    upload = make_upload(*(session, entry_of(path), sending.account), at=clock.now(), what="clip")
    store(session, upload)
    session.commit()
    client.post(f"{path}/files", data={"upload": upload.code})
    assert "SHA-256: <code" in client.get(path).text
