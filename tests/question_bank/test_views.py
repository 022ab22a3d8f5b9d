"""Pictures over HTTP: public, kept for good, nothing else."""

import hashlib
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from contest.core import db
from contest.errors import ContestError
from contest.web import access, errors
from contest.web.application import Application
from question_bank import service, views
from question_bank.models import Recording


@pytest.fixture
def client(engine):
    """A site of this room alone: the pages of others must not decide these tests."""
    assert engine is not None
    site: Flask = Application("contest")
    site.register_blueprint(views.bp)
    site.before_request(access.check)
    site.register_error_handler(ContestError, lambda error: ("", errors.status_of(error)))
    return site.test_client()


@pytest.fixture
def digest(engine):
    assert engine is not None
    out = BytesIO()
    Image.new("RGB", (9, 6), "teal").save(out, "PNG")
    with db.transaction() as session:
        return service.add_picture(session, out.getvalue()).digest


def test_a_picture_is_public_and_kept_for_good(client, digest):
    answer = client.get(f"/questions/pictures/{digest}.webp")

    assert answer.status_code == 200
    assert answer.mimetype == "image/webp"
    assert Image.open(BytesIO(answer.data)).size == (9, 6)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["ETag"] == f'"{digest}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers


def test_a_browser_that_has_it_is_told_so(client, digest):
    answer = client.get(
        f"/questions/pictures/{digest}.webp", headers={"If-None-Match": f'"{digest}"'}
    )

    assert (answer.status_code, answer.data) == (304, b"")


@pytest.mark.parametrize("name", ["0" * 64, "x", "A" * 64, "..%2f..%2fetc", "é" * 64])
def test_there_is_nothing_else(client, digest, name):
    assert digest != name
    assert client.get(f"/questions/pictures/{name}.webp").status_code == 404


@pytest.fixture
def sound(session):
    """A recording somebody published; its digest."""
    data = b"\xff\xfb\x90\x64" + bytes(range(96))
    digest = hashlib.sha256(data).hexdigest()
    session.add(Recording(digest=digest, media_type="audio/mpeg", duration_ms=1000, data=data))
    session.commit()
    return digest, data


def test_a_recording_is_played_whole_and_kept_for_good(client, sound):
    digest, data = sound

    answer = client.get(f"/questions/recordings/{digest}")

    assert (answer.status_code, answer.data, answer.mimetype) == (200, data, "audio/mpeg")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_recording_is_played_in_parts(client, sound):
    digest, data = sound

    answer = client.get(f"/questions/recordings/{digest}", headers={"Range": "bytes=10-19"})

    assert (answer.status_code, answer.data) == (206, data[10:20])


@pytest.mark.parametrize("digest", ["0" * 64, "x"])
def test_a_recording_that_is_not_there_is_not_found(client, digest):
    assert client.get(f"/questions/recordings/{digest}").status_code == 404
