"""Each row of the protocol's table, on both databases."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from factories.people import make_account
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session
from uploads.conftest import BYTES, MOST, Policy, Script, change, metadata, row

from contest.accounts.models import Account
from contest.core import clock, db
from contest.core.jobs import Job
from contest.uploads import service
from contest.uploads.models import Upload
from contest.uploads.staging import Staging

DATA = bytes(range(256)) * 400  # 102,400 bytes
HALF = len(DATA) // 2


def held(folder: Staging, path: str) -> bytes:
    with folder.open(path.rpartition("/")[2]) as file:
        return file.read()


def jobs_of() -> list[Job]:
    with db.reading_session() as reading:
        return reading.query(Job).filter_by(name=service.JOB).all()


def rows() -> int:
    with db.reading_session() as reading:
        return reading.query(Upload).count()


# Tus-Resumable


@pytest.mark.parametrize("version", ["", "0.2.2", "1.0.1", "x"])
def test_another_version_is_refused_before_anything(script: Script, version: str) -> None:
    path = script.open(10)
    for answer in (
        script.create(10, Tus_Resumable=version),
        script.patch(path, 0, b"0123456789", Tus_Resumable=version),
        script.send("HEAD", path, Tus_Resumable=version),
        script.send("DELETE", path, Tus_Resumable=version),
    ):
        assert answer.status_code == 412
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert (rows(), script.offset(path)) == (1, 0)


def test_options_say_what_is_spoken_to_everybody(client: FlaskClient) -> None:
    for path in ("/uploads/", "/uploads/000000000000000000000000"):
        answer = client.options(path, headers={"Tus-Resumable": "0.2.2"})
        assert (answer.status_code, answer.data) == (204, b"")
        headers = answer.headers
        assert headers["Tus-Resumable"] == "1.0.0"
        assert headers["Tus-Version"] == "1.0.0"
        assert (
            headers["Tus-Extension"]
            == "creation,creation-with-upload,termination,checksum,expiration"
        )
        assert headers["Tus-Checksum-Algorithm"] == "sha1,sha256"
        assert headers["Tus-Max-Size"] == "4294967296"


# X-HTTP-Method-Override


def test_the_override_replaces_the_real_method(script: Script) -> None:
    path = script.open(10)
    facts = {"Content_Type": BYTES, "Upload_Offset": "0", "X_HTTP_Method_Override": "PATCH"}
    answer = script.send("POST", path, body=b"01234", **facts)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "5")
    head = script.send("POST", path, X_HTTP_Method_Override="HEAD")
    assert (head.status_code, head.headers["Upload-Offset"], head.data) == (200, "5", b"")
    lost = script.send("POST", "/uploads/" + "0" * 24, X_HTTP_Method_Override="HEAD")
    assert (lost.status_code, lost.headers["Content-Length"], lost.data) == (404, "0", b"")
    assert script.send("POST", path, X_HTTP_Method_Override="DELETE").status_code == 204
    assert script.head(path).status_code == 404


def test_the_override_does_nothing_elsewhere(script: Script) -> None:
    answer = script.send("GET", "/accounts/me", X_HTTP_Method_Override="DELETE")
    assert answer.status_code == 200


# POST


def test_creation_answers_with_an_address_and_an_expiry(script: Script, policy: Policy) -> None:
    answer = script.create(
        len(DATA), Upload_Metadata=metadata(subject="entry:1", fingerprint="1-x")
    )
    assert answer.status_code == 201
    assert answer.data == b""
    assert "Upload-Offset" not in answer.headers
    path = answer.headers["Location"]
    assert path.startswith("/uploads/")
    found = row(path)
    assert (found.length, found.state, found.name) == (len(DATA), "coming", "múa xoè.mp4")
    assert (found.purpose, found.subject, found.fingerprint) == ("test", "entry:1", "1-x")
    assert found.expires_at - found.created_at == timedelta(hours=48)
    assert answer.headers["Upload-Expires"].endswith(" GMT")
    (asked,) = policy.asked
    assert (asked.length, asked.media_type) == (len(DATA), "video/mp4")


def test_a_client_that_drops_the_slash_is_served(script: Script) -> None:
    facts = {"Upload_Metadata": metadata(), "Upload_Length": "5"}
    assert script.send("POST", "/uploads", **facts).status_code == 201


def test_nothing_is_complete_at_once(script: Script) -> None:
    path = script.open(0)
    assert row(path).state == "received"
    assert script.offset(path) == 0
    assert len(jobs_of()) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload_Length": ""}, 400),
        ({"Upload_Length": "", "Upload_Defer_Length": "1"}, 400),  # not offered
        ({"Upload_Length": "-1"}, 400),
        ({"Upload_Length": "abc"}, 400),
        ({"Upload_Length": str(MOST + 1)}, 413),
        ({"Upload_Length": str(5 * 1024**3)}, 413),
        ({"Upload_Metadata": "filename !!!"}, 400),
        ({"Upload_Metadata": "filename bXVh,filename bXVh"}, 400),
        ({"Upload_Metadata": ""}, 404),  # for no purpose
        ({"Upload_Metadata": metadata(purpose="other")}, 404),
        ({"Upload_Metadata": metadata("mua.exe")}, 422),
        ({"Upload_Checksum": "md5 AAAA"}, 400),
    ],
)
def test_what_may_not_be_created_leaves_nothing(
    script: Script, folder: Staging, headers: dict[str, str], status: int
) -> None:
    answer = script.create(10, **headers)
    assert answer.status_code == status
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert answer.json["message"]
    assert rows() == 0
    assert list(folder.older(before=clock.now() + timedelta(days=1))) == []


def test_the_policy_has_the_word_before_the_first_byte(script: Script, policy: Policy) -> None:
    policy.is_closed = True
    answer = script.create(10)
    assert (answer.status_code, answer.json["message"]) == (403, "Bạn không dự cuộc thi này.")
    policy.is_closed = False
    policy.terms = replace(policy.terms, closes_at=clock.now())
    answer = script.create(10)
    assert (answer.status_code, answer.json["error"]) == (409, "TooLate")
    assert rows() == 0


def test_too_large_a_file_is_told_its_size_and_the_limit(script: Script) -> None:
    answer = script.create(MOST + 1)
    assert (
        answer.json["message"] == "Tệp nặng 3 MB, nhiều nhất được 2 MB. Bạn hãy chọn tệp nhẹ hơn."
    )


def test_only_so_many_files_are_half_sent(script: Script, policy: Policy) -> None:
    policy.terms = replace(policy.terms, most_unfinished=2)
    first = script.open(5)
    script.open(5)
    answer = script.create(5)
    assert answer.status_code == 403
    assert answer.json["message"].startswith("Bạn đang có 2 tệp gửi dở.")
    assert script.patch(first, 0, b"12345").status_code == 204
    assert script.create(5).status_code == 201


def test_below_the_watermark_nothing_new_is_taken_and_nothing_is_lost(
    app: Flask, script: Script, policy: Policy
) -> None:
    path = script.open(len(DATA))
    script.patch(path, 0, DATA[:HALF])
    desk = app.extensions["uploads"]
    enough = desk.staging.free()
    app.extensions["uploads"] = replace(desk, floor=enough + 10**9)
    answer = script.create(10)
    assert (answer.status_code, answer.headers["Retry-After"]) == (507, "60")
    assert answer.json["message"].startswith("Máy chủ sắp hết chỗ chứa")
    assert script.patch(path, HALF, DATA[HALF:]).status_code == 204  # begun: half of the floor
    other = row(path)
    assert other.state == "received"
    app.extensions["uploads"] = desk
    begun = script.open(10)
    app.extensions["uploads"] = replace(desk, floor=3 * enough)
    answer = script.patch(begun, 0, b"0123456789")
    assert (answer.status_code, answer.json["wait_s"]) == (507, 60)
    assert script.offset(begun) == 0
    assert len(policy.asked) == 3


def test_the_clients_name_is_a_label_and_never_a_path(script: Script, folder: Staging) -> None:
    path = script.open(3, Upload_Metadata=metadata("../../etc/\r\npa:ss\\wd?.mp4"))
    assert row(path).name == ".. .. etc pa ss wd.mp4"
    script.patch(path, 0, b"abc")
    assert held(folder, path) == b"abc"
    decomposed = script.open(3, Upload_Metadata=metadata("mu\u0301a.mp4"))
    assert row(decomposed).name == "múa.mp4"


# creation-with-upload


def test_creation_takes_the_first_bytes_along(script: Script, folder: Staging) -> None:
    answer = script.send(
        "POST",
        "/uploads/",
        body=DATA[:HALF],
        Upload_Metadata=metadata(),
        Upload_Length=str(len(DATA)),
        Content_Type=BYTES,
    )
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(HALF))
    path = answer.headers["Location"]
    assert script.offset(path) == HALF
    assert held(folder, path) == DATA[:HALF]


def test_creation_with_the_whole_file_is_complete(script: Script) -> None:
    answer = script.send(
        "POST",
        "/uploads/",
        body=DATA,
        Upload_Metadata=metadata(),
        Upload_Length=str(len(DATA)),
        Content_Type=BYTES,
    )
    assert answer.headers["Upload-Offset"] == str(len(DATA))
    assert row(answer.headers["Location"]).state == "received"


def test_creation_with_a_body_of_another_type_is_refused(script: Script) -> None:
    answer = script.send(
        "POST",
        "/uploads/",
        body=b"x",
        Upload_Metadata=metadata(),
        Upload_Length="1",
        Content_Type="text/plain",
    )
    assert (answer.status_code, rows()) == (415, 0)


def test_creation_with_more_than_promised_keeps_the_upload_without_the_bytes(
    script: Script,
) -> None:
    answer = script.send(
        "POST",
        "/uploads/",
        body=b"123456",
        Upload_Metadata=metadata(),
        Upload_Length="5",
        Content_Type=BYTES,
    )
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "0")


# HEAD


def test_head_says_how_far_it_is(script: Script) -> None:
    sent = metadata(subject="entry:1")
    path = script.open(len(DATA), Upload_Metadata=sent)
    answer = script.head(path)
    assert answer.status_code == 200
    assert answer.data == b""
    assert answer.headers["Upload-Offset"] == "0"
    assert answer.headers["Upload-Length"] == str(len(DATA))
    assert answer.headers["Upload-Metadata"] == sent
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Upload-Expires"].endswith(" GMT")
    script.patch(path, 0, DATA)
    done = script.head(path)
    assert (done.status_code, done.headers["Upload-Offset"]) == (200, str(len(DATA)))
    assert "Upload-Expires" not in done.headers


def test_head_knows_unknown_foreign_and_expired(
    script: Script, session: Session, enter: Callable[[Account], FlaskClient]
) -> None:
    path = script.open(10)
    for lost in ("/uploads/" + "0" * 24, "/uploads/x", "/uploads/..%2fsecret_key", path + "0"):
        answer = script.head(lost)
        assert (answer.status_code, "Upload-Offset" in answer.headers) == (404, False)
    other = Script(enter(make_account(session)))
    for answer in (other.head(path), other.patch(path, 0, b"x"), other.send("DELETE", path)):
        assert (answer.status_code, "Upload-Offset" in answer.headers) == (404, False)
    change(path, expires_at=clock.now())
    answer = script.head(path)
    assert (answer.status_code, "Upload-Offset" in answer.headers) == (410, False)
    assert script.patch(path, 0, b"x").status_code == 410


def test_head_completes_what_a_dead_process_did_not(script: Script, folder: Staging) -> None:
    path = script.open(4)
    with folder.held(path.rpartition("/")[2]) as partial:
        partial.append(b"abcd")  # and the process died before it wrote the row
    assert (row(path).state, jobs_of()) == ("coming", [])
    assert script.offset(path) == 4
    assert row(path).state == "received"
    assert len(jobs_of()) == 1
    assert script.offset(path) == 4
    assert len(jobs_of()) == 1


# PATCH


def test_pieces_make_the_file_and_the_last_one_its_job(
    script: Script, folder: Staging, owner: Account
) -> None:
    path = script.open(len(DATA))
    first = script.patch(path, 0, DATA[:HALF])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(HALF))
    assert first.headers["Upload-Expires"].endswith(" GMT")
    assert jobs_of() == []
    last = script.patch(path, HALF, DATA[HALF:])
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, str(len(DATA)))
    assert held(folder, path) == DATA
    found = row(path)
    assert (found.state, found.expires_at) == ("received", None)
    (job,) = jobs_of()
    assert (job.args, job.owner_id) == ({"code": found.code}, owner.id)


def test_another_content_type_is_415(script: Script) -> None:
    path = script.open(10)
    for kind in ("application/octet-stream", "multipart/form-data; boundary=x", ""):
        assert script.patch(path, 0, b"x", Content_Type=kind).status_code == 415
    assert script.offset(path) == 0


@pytest.mark.parametrize("offset", [1, HALF + 1, len(DATA), 10**14])
def test_another_offset_is_409_and_changes_nothing(
    script: Script, folder: Staging, offset: int
) -> None:
    path = script.open(len(DATA))
    script.patch(path, 0, DATA[:HALF])
    answer = script.patch(path, offset, b"xyz")
    assert (answer.status_code, answer.json["error"]) == (409, "offset")
    assert held(folder, path) == DATA[:HALF]


def test_an_offset_that_is_none_is_400(script: Script) -> None:
    path = script.open(10)
    assert script.patch(path, 0, b"x", Upload_Offset="").status_code == 400
    assert script.patch(path, 0, b"x", Upload_Offset="-1").status_code == 400


def test_more_than_promised_is_refused(script: Script, folder: Staging) -> None:
    path = script.open(10)
    assert script.patch(path, 0, b"01234").status_code == 204
    assert script.patch(path, 5, b"567890").status_code == 413
    assert held(folder, path) == b"01234"


def test_more_than_the_ceiling_of_one_request_is_refused(app: Flask, script: Script) -> None:
    app.extensions["uploads"] = replace(app.extensions["uploads"], chunk=1000)
    path = script.open(len(DATA))
    assert script.patch(path, 0, DATA[:1001]).status_code == 413
    assert script.patch(path, 0, DATA[:1000]).status_code == 204


def test_a_complete_upload_takes_no_more(script: Script) -> None:
    path = script.open(3)
    script.patch(path, 0, b"abc")
    assert script.patch(path, 3, b"").status_code == 204
    assert script.patch(path, 3, b"d").status_code == 409
    assert script.patch(path, 0, b"abc").status_code == 409
    assert len(jobs_of()) == 1


def test_after_the_closing_no_byte_is_taken_and_those_received_stay(
    script: Script, policy: Policy
) -> None:
    policy.terms = replace(policy.terms, closes_at=clock.now() + timedelta(hours=1))
    path = script.open(len(DATA))
    script.patch(path, 0, DATA[:HALF])
    policy.terms = replace(policy.terms, closes_at=clock.now())
    change(path, closes_at=clock.now())
    answer = script.patch(path, HALF, DATA[HALF:])
    assert (answer.status_code, answer.json["error"]) == (409, "TooLate")
    assert answer.json["message"].startswith("Đã hết hạn nhận tệp lúc ")
    assert script.offset(path) == HALF


def test_bytes_put_the_expiry_off_without_a_write_for_each_piece(
    script: Script, count_statements: Any
) -> None:
    path = script.open(len(DATA))
    before = row(path).expires_at
    script.patch(path, 0, DATA[:10])
    with count_statements() as counted:
        script.patch(path, 10, DATA[10:20])
    assert [text.split()[0] for text in counted] == ["SELECT"]
    assert row(path).expires_at == before
    change(path, expires_at=before - timedelta(hours=3))
    script.patch(path, 20, DATA[20:30])
    assert row(path).expires_at > before


def test_no_transaction_is_open_while_bytes_flow(script: Script, engine: Any) -> None:
    path = script.open(len(DATA))
    open_now: set[object] = set()
    seen: list[int] = []
    watchers = {"begin": open_now.add, "commit": open_now.discard, "rollback": open_now.discard}
    for act, note in watchers.items():
        event.listen(engine, act, note)

    class Watched:
        """The body of the request, which looks at the database when it is read."""

        def __init__(self) -> None:
            self.left = DATA

        def read(self, size: int) -> bytes:
            seen.append(len(open_now))
            piece, self.left = self.left[:size], self.left[size:]
            return piece

    answer = script.client.open(
        path,
        method="PATCH",
        headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": BYTES},
        environ_overrides={"wsgi.input": Watched(), "CONTENT_LENGTH": str(len(DATA))},
    )
    for act, note in watchers.items():
        event.remove(engine, act, note)
    assert answer.status_code == 204
    assert seen == [0, 0]
    assert row(path).state == "received"


def test_the_bytes_of_a_broken_request_put_the_expiry_off_too(script: Script) -> None:
    path = script.open(len(DATA))
    near = clock.now() + timedelta(minutes=5)
    change(path, expires_at=near)
    answer = script.client.open(
        path,
        method="PATCH",
        headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": BYTES},
        environ_overrides={"wsgi.input": io.BytesIO(DATA[:HALF]), "CONTENT_LENGTH": str(len(DATA))},
    )
    assert answer.status_code == 400
    assert script.offset(path) == HALF
    assert row(path).expires_at > near + timedelta(hours=47)


# Upload-Checksum


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_checksum_decides_about_the_piece(
    script: Script, folder: Staging, algorithm: str
) -> None:
    path = script.open(len(DATA))
    script.patch(path, 0, DATA[:HALF])

    def claimed(data: bytes) -> str:
        return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"

    bad = script.patch(path, HALF, DATA[HALF:], Upload_Checksum=claimed(b"other"))
    assert bad.status == "460 Checksum Mismatch"
    assert script.offset(path) == HALF
    assert script.patch(path, HALF, DATA[HALF:], Upload_Checksum="crc32 AAAA").status_code == 400
    good = script.patch(path, HALF, DATA[HALF:], Upload_Checksum=claimed(DATA[HALF:]))
    assert good.status_code == 204
    assert held(folder, path) == DATA


# DELETE


def test_a_terminated_upload_is_gone_row_and_file(script: Script, folder: Staging) -> None:
    path = script.open(len(DATA))
    script.patch(path, 0, DATA[:HALF])
    answer = script.send("DELETE", path)
    assert (answer.status_code, answer.data) == (204, b"")
    assert script.head(path).status_code == 404
    assert script.patch(path, HALF, b"x").status_code == 404
    assert script.send("DELETE", path).status_code == 404
    assert list(folder.older(before=clock.now() + timedelta(days=1))) == []


def test_a_kept_upload_is_not_terminated(script: Script, owner: Account) -> None:
    path = script.open(3)
    script.patch(path, 0, b"abc")
    with db.transaction() as writing:
        code = path.rpartition("/")[2]
        service.keep(writing, code, by=owner.id, purpose="test", now=clock.now())
    assert script.send("DELETE", path).status_code == 403
    assert row(path).kept_at is not None


def test_an_upload_removed_while_its_bytes_come_is_not_called_received(
    script: Script, owner: Account, folder: Staging
) -> None:
    path = script.open(len(DATA))
    code = path.rpartition("/")[2]

    class Removing:
        """The body of the request; the sweep comes while it is read."""

        def __init__(self) -> None:
            self.left = DATA

        def read(self, size: int) -> bytes:
            if self.left == DATA:
                with db.transaction() as writing:
                    service.remove(writing, code, by=owner.id)
                folder.remove(code)
            piece, self.left = self.left[:size], self.left[size:]
            return piece

    answer = script.client.open(
        path,
        method="PATCH",
        headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": BYTES},
        environ_overrides={"wsgi.input": Removing(), "CONTENT_LENGTH": str(len(DATA))},
    )
    assert answer.status_code == 404
    assert (rows(), jobs_of()) == (0, [])


# Who may


def test_a_script_that_is_not_signed_in_gets_no_page_but_401(app: Flask, script: Script) -> None:
    path = script.open(10)
    stranger = Script(app.test_client())
    for answer in (stranger.create(1), stranger.head(path), stranger.patch(path, 0, b"x")):
        assert answer.status_code == 401
        assert answer.headers["Tus-Resumable"] == "1.0.0"


def test_a_request_needs_its_token_in_the_header(app: Flask, script: Script) -> None:
    path = script.open(10)
    app.config["WTF_CSRF_ENABLED"] = True
    for answer in (
        script.create(10),
        script.patch(path, 0, b"x"),
        script.send("DELETE", path),
        script.send("POST", path, X_HTTP_Method_Override="DELETE"),
    ):
        assert (answer.status_code, answer.json["error"]) == (400, "csrf")
    assert script.offset(path) == 0
    page = script.client.get("/accounts/me").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert script.patch(path, 0, b"x", X_CSRFToken=token).status_code == 204


# At once


def test_a_crowd_is_told_to_wait(app: Flask, script: Script, owner: Account) -> None:
    path = script.open(10)
    desk = app.extensions["uploads"]
    threads = app.extensions["threads"]
    assert (threads.most, threads.together) == (8, 12)  # the others are left for pages
    crowds = ((desk, {owner.id: 3}), (threads, {"senders": 8}), (threads, {"readers": 12}))
    for where, others in crowds:
        where.busy.update(others)
        answer = script.patch(path, 0, b"x")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.json["wait_s"] == 2
        where.busy.clear()
    assert script.patch(path, 0, b"x").status_code == 204
    assert dict(desk.busy) == {}
    assert threads.busy.total() == 0


def test_of_two_patches_at_once_one_wins_and_the_file_is_right(
    app: Flask, script: Script, folder: Staging
) -> None:
    path = script.open(len(DATA))
    with script.client.session_transaction() as cookie:
        kept = dict(cookie)
    answers: list[int] = []
    ready = threading.Barrier(2)

    def race() -> None:
        client = app.test_client()
        with client.session_transaction() as mine:
            mine.update(kept)
        ready.wait()
        answers.append(Script(client).patch(path, 0, DATA).status_code)

    threads = [threading.Thread(target=race) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(204) == 1
    assert set(answers) <= {204, 409, 410}
    assert held(folder, path) == DATA
    assert len(jobs_of()) == 1


def test_a_file_begun_in_time_may_end_within_the_grace(script: Script, policy: Policy) -> None:
    now = clock.now()
    policy.terms = replace(
        policy.terms, closes_at=now + timedelta(hours=1), grace=timedelta(hours=2)
    )
    path = script.open(10)
    assert row(path).closes_at == now + timedelta(hours=3)
    policy.terms = replace(policy.terms, closes_at=now)  # the round has closed
    assert script.create(10).status_code == 409
    assert script.patch(path, 0, b"01234").status_code == 204
    policy.terms = replace(policy.terms, grace=timedelta(0))
    change(path, closes_at=clock.now())  # and so has the grace
    late = script.patch(path, 5, b"56789")
    assert (late.status_code, script.offset(path)) == (409, 5)


def test_a_grace_that_grew_helps_a_file_on_its_way(
    script: Script, policy: Policy, count_statements: Any
) -> None:
    now = clock.now()
    policy.terms = replace(policy.terms, closes_at=now + timedelta(hours=1))
    path = script.open(len(DATA))
    change(path, closes_at=now, created_at=now - timedelta(days=1))  # the round has closed
    policy.terms = replace(policy.terms, closes_at=now)
    asked = len(policy.asked)
    assert script.patch(path, 0, DATA[:HALF]).status_code == 409
    policy.terms = replace(policy.terms, grace=timedelta(hours=2))
    assert script.patch(path, 0, DATA[:HALF]).status_code == 204
    assert row(path).closes_at == now + timedelta(hours=2)
    first = policy.asked[0]
    assert policy.asked[asked:] == [first, first]  # as it was asked before the first byte
    policy.terms = replace(policy.terms, grace=timedelta(0))  # what was promised stays
    with count_statements() as counted:
        assert script.patch(path, HALF, DATA[HALF : HALF + 9]).status_code == 204
    usual = len(counted)
    change(path, closes_at=None)
    with count_statements() as counted:
        assert script.patch(path, HALF + 9, DATA[HALF + 9 : HALF + 99]).status_code == 204
    assert len(counted) == usual
    assert len(policy.asked) == asked + 2


def test_who_may_send_no_more_hears_when_it_closed(script: Script, policy: Policy) -> None:
    policy.terms = replace(policy.terms, closes_at=clock.now() + timedelta(hours=1))
    path = script.open(10)
    change(path, closes_at=clock.now())
    policy.is_closed = True
    answer = script.patch(path, 0, b"01234")
    assert (answer.status_code, answer.json["error"]) == (409, "TooLate")
