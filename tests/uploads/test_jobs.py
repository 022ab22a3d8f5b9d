"""The worker's part: into storage, and the sweep."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import servers
from flask import Flask
from uploads.conftest import Script, change, finish, row, take

from contest import worker
from contest.core import clock, db
from contest.core.jobs import Job
from contest.core.storage import S3Storage, Storage
from contest.uploads import jobs as uploads
from contest.uploads import service
from contest.uploads.staging import Staging

DATA = bytes(range(256)) * 9000  # 2,304,000 bytes
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(scope="session")
def bucket() -> Iterator[str]:
    with servers.s3_server() as url:
        yield url


@pytest.fixture(params=["disk", "bucket"])
def files(request: pytest.FixtureRequest, app: Flask) -> Storage:
    if request.param == "disk":
        return app.extensions["storage"]
    return S3Storage(request.getfixturevalue("bucket"))


def sent(script: Script, data: bytes = DATA) -> str:
    path = script.open(len(data))
    assert script.patch(path, 0, data[:1_000_000]).status_code == 204
    assert script.patch(path, 1_000_000, data[1_000_000:]).status_code == 204
    return path.rpartition("/")[2]


def left(folder: Staging) -> list[str]:
    return [code for code, _path in folder.older(before=clock.now() + timedelta(days=9))]


def sweep(app: Flask, **later: float) -> int:
    desk = app.extensions["uploads"]
    now = clock.now() + timedelta(**later)
    return uploads.sweep(desk.staging, app.extensions["storage"], now)


def test_a_received_file_lies_in_storage_with_its_hash(
    app: Flask, script: Script, folder: Staging, files: Storage
) -> None:
    code = sent(script)
    work = finish(app, files)
    found = row(code)
    assert (found.state, found.sha256) == ("ready", SHA)
    assert found.storage_key == f"uploads/{code}/{work.claim.lease}"
    with files.open(found.storage_key) as stream:
        assert stream.read() == DATA
    assert left(folder) == []
    assert found.expires_at - found.ready_at == timedelta(hours=48)
    files.delete(found.storage_key)


class Down:
    """A storage that does not answer."""

    def put(self, key: str, content: BinaryIO | bytes, media_type: str) -> Any:
        raise ConnectionError(key, media_type, content)


def test_storage_that_is_down_is_tried_again_and_nothing_is_lost(
    app: Flask, script: Script, folder: Staging
) -> None:
    code = sent(script)
    with pytest.raises(ConnectionError):
        finish(app, Down())
    assert (row(code).state, left(folder)) == ("received", [code])
    with db.transaction() as session:
        session.query(Job).update({"lease": None, "leased_until": None})
    finish(app)
    assert row(code).sha256 == SHA
    receipt = script.client.get(f"/uploads/{code}/receipt", headers={"Accept": "application/json"})
    assert (receipt.json["state"], receipt.json["sha256"]) == ("ready", SHA)


def test_a_worker_that_died_after_its_work_is_repeated_without_harm(
    app: Flask, script: Script, folder: Staging
) -> None:
    code = sent(script)
    work = take(app)
    desk = app.extensions["uploads"]
    with folder.open(code) as file:
        kept = file.read()
    uploads.finish(work, staging=desk.staging, lasts=desk.lasts)
    key = row(code).storage_key
    folder._path(code).write_bytes(kept)  # it died before the copy was removed
    with db.transaction() as session:
        session.query(Job).update({"state": "waiting", "lease": None, "leased_until": None})
    finish(app)
    assert (row(code).storage_key, left(folder)) == (key, [])


def test_a_file_of_another_length_than_promised_is_never_called_received(
    app: Flask, script: Script, folder: Staging
) -> None:
    code = sent(script)
    with folder.held(code) as partial:
        partial.truncate(5)
    with pytest.raises(ValueError, match="5 bytes in staging, 2304000 promised"):
        finish(app)
    assert row(code).state == "received"
    assert list(app.extensions["storage"].kept("uploads")) == []


def test_an_upload_removed_while_it_is_moved_leaves_nothing(
    app: Flask, script: Script, owner: Any, folder: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = sent(script)
    work = take(app)
    desk = app.extensions["uploads"]
    put = work.storage.put

    def removed_meanwhile(*facts: Any) -> Any:
        done = put(*facts)
        with db.transaction() as session:
            service.remove(session, code, by=owner.id)
        return done

    monkeypatch.setattr(work.storage, "put", removed_meanwhile)
    uploads.finish(work, staging=desk.staging, lasts=desk.lasts)
    assert list(app.extensions["storage"].kept("uploads")) == []
    assert left(folder) == []


def test_the_worker_does_the_job_it_is_given(
    app: Flask, script: Script, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "HANDLERS", dict(worker.HANDLERS))
    monkeypatch.setattr(worker, "SWEEPS", [])
    worker._take_uploads(settings)
    code = sent(script)
    assert worker.work_once(worker.HANDLERS, app.extensions["storage"])
    assert row(code).sha256 == SHA
    change(code, expires_at=clock.now())
    for each in worker.SWEEPS:
        assert each(app.extensions["storage"], clock.now()) == 1
    assert list(app.extensions["storage"].kept("uploads")) == []


def test_expired_uploads_go_row_and_file_together(
    app: Flask, script: Script, folder: Staging
) -> None:
    half = script.open(100)
    script.patch(half, 0, b"x" * 50)
    whole = sent(script)
    finish(app)
    assert sweep(app, hours=47) == 0
    assert script.offset(half) == 50
    assert sweep(app, hours=49) == 2
    assert script.head(half).status_code == 404
    assert script.head(f"/uploads/{whole}").status_code == 404
    assert left(folder) == []
    assert list(app.extensions["storage"].kept("uploads")) == []


def test_a_received_file_waits_for_storage_however_long(
    app: Flask, script: Script, folder: Staging
) -> None:
    code = sent(script)
    assert sweep(app, days=30) == 0
    assert left(folder) == [code]


def test_what_no_row_knows_is_swept_after_a_day(
    app: Flask, script: Script, folder: Staging
) -> None:
    code = sent(script)
    orphan = folder.create()
    files = app.extensions["storage"]
    files.put(f"uploads/{orphan}/x", b"lost", "text/plain")
    files.put(f"uploads/{code}/theirs", b"in the making", "text/plain")
    sweep(app)
    assert set(left(folder)) == {code, orphan}
    old = (clock.now() - timedelta(days=2)).timestamp()
    for path in [folder._path(orphan), *Path(folder._folder.parent, "files").rglob("*")]:
        os.utime(path, (old, old))
    sweep(app)
    assert left(folder) == [code]
    assert [found.key for found in files.kept("uploads")] == [f"uploads/{code}/theirs"]
    finish(app)
    for path in Path(folder._folder.parent, "files").rglob("*"):
        os.utime(path, (old, old))
    sweep(app)
    assert [found.key for found in files.kept("uploads")] == [row(code).storage_key]


def test_the_hours_are_a_setting(app: Flask, script: Script) -> None:
    desk = app.extensions["uploads"]
    app.extensions["uploads"] = replace(desk, lasts=timedelta(hours=3))
    script.open(100)
    assert sweep(app, hours=2) == 0
    assert sweep(app, hours=4) == 1
