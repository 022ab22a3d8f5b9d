"""The plain form, the receipt, and what a page needs to send a file."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from factories.people import make_account
from flask import Flask, render_template
from flask.testing import FlaskClient
from flask_login import login_user
from sqlalchemy.orm import Session
from uploads.conftest import Policy, Script, finish, metadata, row
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from contest.accounts.models import Account
from contest.config import ROOT
from contest.core import clock, db
from contest.core.visitor import Visitor
from contest.uploads import desk
from contest.uploads.models import Upload
from contest.uploads.staging import Staging
from contest.uploads.terms import Terms

DATA = bytes(range(256)) * 5000
SHA = hashlib.sha256(DATA).hexdigest()


def plain(
    client: FlaskClient, data: bytes = DATA, name: str = "múa xoè.mp4", **facts: str
) -> TestResponse:
    fields = {**facts, "file": FileStorage(io.BytesIO(data), name, content_type="video/mp4")}
    return posted(client, "/uploads/plain/test?subject=entry:1", fields)


def posted(client: FlaskClient, path: str, fields: dict[str, Any]) -> TestResponse:
    boundary, body = encode_multipart(fields)
    return client.post(path, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def left(folder: Staging) -> list[str]:
    return [path.name for _code, path in folder.older(before=clock.now() + timedelta(days=1))]


def rows() -> int:
    with db.reading_session() as reading:
        return reading.query(Upload).count()


def test_a_plain_form_ends_in_a_receipt(app: Flask, script: Script, folder: Staging) -> None:
    answer = plain(script.client)
    assert answer.status_code == 303
    code = re.fullmatch(r"/uploads/([0-9a-z]{24})/receipt", answer.location)[1]
    found = row(code)
    assert (found.state, found.name, found.length) == ("received", "múa xoè.mp4", len(DATA))
    assert (found.subject, found.media_type) == ("entry:1", "video/mp4")
    assert left(folder) == [code]
    page = script.client.get(answer.location).text
    assert "Máy chủ đã nhận đủ tệp của bạn." in page
    assert "1.280.000 byte" in page
    finish(app)
    page = script.client.get(answer.location).text
    assert SHA in page
    assert "Đã nhận và cất giữ" in page
    assert "receipt.js" not in page


def test_the_receipt_leads_back_to_a_page_of_ours_alone(script: Script) -> None:
    fields = {"file": FileStorage(io.BytesIO(DATA), "a.mp4")}
    answer = posted(script.client, "/uploads/plain/test?subject=x&next=/contests/", fields)
    assert answer.location.endswith("/receipt?next=/contests/")
    assert (
        '<a class="button" href="/contests/">Quay lại</a>'
        in script.client.get(answer.location).text
    )
    evil = answer.location.replace("/contests/", "//evil.test/")
    assert "evil.test/" not in script.client.get(evil).text.split("<main")[1].split("</main")[0]


def test_a_plain_file_over_the_limit_is_told_so_before_it_is_read(script: Script) -> None:
    answer = script.client.post(
        "/uploads/plain/test",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        environ_overrides={"CONTENT_LENGTH": str(60 * 2**20)},
    )
    assert answer.status_code == 413
    assert "Cách gửi thường chỉ nhận tệp đến 50 MB." in answer.text


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [("clip.exe", b"x", 422), ("", b"", 422), ("clip.mp4", b"x" * 3_100_000, 413)],
)
def test_a_plain_file_the_terms_forbid_leaves_nothing(
    script: Script, folder: Staging, name: str, data: bytes, status: int
) -> None:
    assert plain(script.client, data, name).status_code == status
    assert (rows(), left(folder)) == (0, [])


def test_a_plain_form_for_which_nobody_asked_is_refused(
    script: Script, policy: Policy, folder: Staging
) -> None:
    assert (
        script.client.post(
            "/uploads/plain/other", data={"file": (io.BytesIO(b"x"), "a.mp4")}
        ).status_code
        == 404
    )
    policy.is_closed = True
    assert plain(script.client).status_code == 403
    policy.is_closed = False
    policy.terms = replace(policy.terms, closes_at=clock.now())
    assert plain(script.client).status_code == 409
    assert (rows(), left(folder)) == (0, [])


def test_a_plain_form_cut_short_or_without_a_file_leaves_nothing(
    script: Script, folder: Staging
) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    cut = script.client.post(
        "/uploads/plain/test", data=head + DATA, content_type="multipart/form-data; boundary=x"
    )
    assert cut.status_code == 400
    assert script.client.post("/uploads/plain/test", data={"a": "b"}).status_code == 422
    none = script.client.post(
        "/uploads/plain/test", data={"a": "b"}, content_type="multipart/form-data"
    )
    assert none.status_code == 400
    two = {name: FileStorage(io.BytesIO(DATA), "a.mp4") for name in ("file", "more")}
    assert posted(script.client, "/uploads/plain/test", two).status_code == 400
    assert (rows(), left(folder)) == (0, [])


def test_a_plain_form_needs_its_token(app: Flask, script: Script, folder: Staging) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert plain(script.client).status_code == 400
    assert plain(script.client, csrf_token="x").status_code == 400
    assert (rows(), left(folder)) == (0, [])
    page = script.client.get("/accounts/me").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert plain(script.client, csrf_token=token).status_code == 303


def test_below_the_watermark_the_plain_form_says_so(app: Flask, script: Script) -> None:
    found = app.extensions["uploads"]
    app.extensions["uploads"] = replace(found, floor=found.staging.free() * 2)
    answer = plain(script.client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (507, "60")
    assert "Máy chủ sắp hết chỗ chứa" in answer.text


def test_the_receipt_of_a_file_half_sent_says_how_to_go_on(script: Script) -> None:
    path = script.open(len(DATA))
    script.patch(path, 0, DATA[:1000])
    page = script.client.get(f"{path}/receipt").text
    assert "Tệp này chưa gửi xong" in page
    assert "1.000 byte" in page
    assert script.client.get(f"{path}/receipt", headers={"Accept": "application/json"}).json == {
        "code": path.rpartition("/")[2],
        "name": "múa xoè.mp4",
        "state": "coming",
        "word": "Đang gửi dở",
        "length": len(DATA),
        "offset": 1000,
        "sha256": None,
        "received_at": None,
    }


def test_a_receipt_is_its_owners_alone(
    app: Flask, script: Script, session: Session, enter: Callable[[Account], FlaskClient]
) -> None:
    path = script.open(3)
    script.patch(path, 0, b"abc")
    finish(app)
    assert script.client.get(f"{path}/receipt").status_code == 200
    assert enter(make_account(session)).get(f"{path}/receipt").status_code == 404
    assert app.test_client().get(f"{path}/receipt").status_code == 302
    assert script.client.get("/uploads/none/receipt").status_code == 404


def box_of(app: Flask, owner: Account, session: Session) -> desk.Box:
    with app.test_request_context():
        terms = Terms(most_bytes=100 * 2**20, suffixes=(".mp4", ".mov"), media_types=("video/*",))
        return desk.box(session, terms, purpose="test", subject="entry:1", by=owner.id)


def test_a_page_knows_what_is_half_sent_and_the_limits(
    app: Flask, script: Script, owner: Account, session: Session
) -> None:
    path = script.open(1000, Upload_Metadata=metadata(subject="entry:1", fingerprint="1-1000-ab"))
    script.patch(path, 0, b"x" * 250)
    script.open(1000, Upload_Metadata=metadata(subject="entry:2"))
    box = box_of(app, owner, session)
    (half,) = box.half_sent
    assert (half.url, half.fingerprint, half.offset, half.percent) == (path, "1-1000-ab", 250, 25)
    assert (box.most_bytes, box.most_plain_bytes) == (100 * 2**20, 50 * 2**20)
    assert (box.accept, box.chunk) == ("video/*,.mp4,.mov", 2 * 2**20)
    assert (box.url, box.plain_url) == ("/uploads/", "/uploads/plain/test?subject=entry:1")


@pytest.mark.parametrize("files", [1, 5])
def test_a_page_asks_one_statement_however_many_are_half_sent(
    *,
    app: Flask,
    script: Script,
    owner: Account,
    session: Session,
    count_statements: Any,
    files: int,
) -> None:
    for _ in range(files):
        script.open(1000, Upload_Metadata=metadata(subject="entry:1"))
    with count_statements() as counted:
        assert len(box_of(app, owner, session).half_sent) == files
    assert len(counted) == 1


def test_the_partial_works_without_scripts_and_states_its_limits(
    app: Flask, script: Script, owner: Account, session: Session
) -> None:
    script.open(1000, Upload_Metadata=metadata('<b>"x".mp4', subject="entry:1"))
    box = box_of(app, owner, session)
    with app.test_request_context():
        login_user(Visitor(owner.id, 1, "x", owner.name))
        page = render_template("uploads/_send.html", box=box)
    assert 'action="/uploads/plain/test?subject=entry:1" enctype="multipart/form-data"' in page
    assert 'accept="video/*,.mp4,.mov"' in page
    assert "Nhiều nhất 100 MB." in page
    assert "nên tệp nhiều nhất 50 MB" in page
    assert "Hãy giữ trang này mở." in page
    assert "<b>" not in page
    words = json.loads(unescape(re.search(r'data-words="([^"]+)"', page)[1]))
    assert words["paused"] == "Đã tạm dừng ở {sent}. Phần đã gửi vẫn còn nguyên."
    half = json.loads(unescape(re.search(r'data-half="([^"]+)"', page)[1]))
    assert half[0]["length"] == 1000


def test_the_library_is_the_published_one() -> None:
    folder = ROOT / "static/vendor/tus-js-client"
    named = dict(
        reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines()
    )
    found = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in named}
    assert found == named
    assert set(named) == {"tus.min.js", "LICENSE", "LICENSES-bundled.txt"}
