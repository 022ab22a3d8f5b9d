"""Somebody who sends files, and a script that speaks tus to the site."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from factories.people import make_account
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from uploads import wire
from werkzeug.test import TestResponse

from contest.accounts.models import Account
from contest.app import create_app
from contest.config import Settings
from contest.core import cache, clock, db, jobs
from contest.core.visitor import Visitor
from contest.core.work import Work
from contest.errors import N_, NotAllowed
from contest.uploads import jobs as uploads_jobs
from contest.uploads import staging
from contest.uploads.models import Upload
from contest.uploads.staging import Staging
from contest.uploads.terms import Asked, Terms

MOST = 3_000_000
BYTES = "application/offset+octet-stream"
ONE_REQUEST = 128 * 1024  # KB; the shared site takes so much at once


def packed(facts: Mapping[str, str]) -> str:
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in facts.items()
    )


def metadata(name: str = "múa xoè.mp4", **facts: str) -> str:
    return packed({"purpose": "test", "filename": name, "filetype": "video/mp4", **facts})


@dataclass
class Policy:
    """What the test's room allows; a test may change it."""

    terms: Terms = field(default_factory=lambda: Terms(most_bytes=MOST, suffixes=(".mp4", ".pdf")))
    asked: list[Asked] = field(default_factory=list)
    is_closed: bool = False

    def __call__(self, _session: Session, asked: Asked, _by: Visitor, _now: object) -> Terms:
        self.asked.append(asked)
        if self.is_closed:
            raise NotAllowed(N_("Bạn không dự cuộc thi này."))
        return self.terms


class Script:
    """A browser that speaks tus."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def send(self, method: str, path: str, *, body: bytes = b"", **headers: str) -> TestResponse:
        """Send with `Tus-Resumable`; `Upload_Offset="3"` is the header Upload-Offset."""
        named = {"Tus_Resumable": "1.0.0", "Accept": "application/json", **headers}
        pairs = {name.replace("_", "-"): value for name, value in named.items() if value}
        return self.client.open(path, method=method, data=body, headers=pairs)

    def create(self, length: int, **headers: str) -> TestResponse:
        headers = {"Upload_Metadata": metadata(), "Upload_Length": str(length), **headers}
        return self.send("POST", "/uploads/", **headers)

    def open(self, length: int, **headers: str) -> str:
        answer = self.create(length, **headers)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["Location"])

    def patch(self, path: str, offset: int, body: bytes, **headers: str) -> TestResponse:
        headers = {"Content_Type": BYTES, "Upload_Offset": str(offset), **headers}
        return self.send("PATCH", path, body=body, **headers)

    def head(self, path: str) -> TestResponse:
        return self.send("HEAD", path)

    def offset(self, path: str) -> int:
        answer = self.head(path)
        assert answer.status_code == 200
        return int(answer.headers["Upload-Offset"])


@pytest.fixture
def policy(app: Flask) -> Policy:
    found = Policy()
    app.extensions["uploads"].policies["test"] = found
    return found


@pytest.fixture
def owner(session: Session) -> Account:
    return make_account(session, name="Lò Thị Lan")


@pytest.fixture
def enter(app: Flask, sign_in: Callable[..., Any]) -> Callable[[Account], FlaskClient]:
    """Open a browser signed in as an account."""

    def opened(account: Account) -> FlaskClient:
        client = app.test_client()
        sign_in(client, account)
        return client

    return opened


@pytest.fixture
def script(policy: Policy, owner: Account, enter: Callable[[Account], FlaskClient]) -> Script:  # noqa: ARG001 -- it opens the door
    return Script(enter(owner))


@pytest.fixture
def folder(tmp_path: Path) -> Staging:
    return staging.of(tmp_path)


def row(code: str) -> Upload:
    with db.reading_session() as reading:
        return reading.query(Upload).filter_by(code=code.rpartition("/")[2]).one()


def change(code: str, **values: object) -> None:
    with db.transaction() as writing:
        found = writing.query(Upload).filter_by(code=code.rpartition("/")[2]).one()
        for name, value in values.items():
            setattr(found, name, value)


def take(app: Flask, files: Any = None) -> Work:
    """Claim the next finishing job as a worker would."""
    with db.transaction() as writing:
        claim = jobs.claim(writing, names=[uploads_jobs.JOB], now=clock.now())
    assert claim is not None
    files = files or app.extensions["storage"]
    return Work(claim, files, clock_now=clock.now, is_stopping=lambda: False)


def finish(app: Flask, files: Any = None) -> Work:
    work = take(app, files)
    desk = app.extensions["uploads"]
    uploads_jobs.finish(work, staging=desk.staging, lasts=desk.lasts)
    return work


@contextmanager
def _database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Make an empty, migrated database of the kind asked for; yield its address."""
    if request.param == "sqlite":
        path = folder / "contest.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{path}"
        return
    template: sa.URL = request.getfixturevalue("postgresql")
    name = f"wire_{uuid.uuid4().hex}"
    admin = sa.create_engine(template.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"create database {name} template {template.database}"))
    yield template.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f"drop database {name} with (force)"))
    admin.dispose()


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[wire.Server, sa.Engine]]:
    """One gunicorn for all tests over bare sockets: starting it takes longer than most of them."""
    folder = tmp_path_factory.mktemp("wire")
    with _database(request, folder) as url:
        settings = Settings(data_dir=folder, database_url=url, secret_key=wire.SECRET)
        engine = db.connect(url)
        app = create_app(settings, engine)
        app.config["WTF_CSRF_ENABLED"] = False
        chunk = {"CONTEST_UPLOAD_CHUNK_KB": str(ONE_REQUEST)}
        with (
            db.writing_session() as session,
            wire.serving(app, session, settings, **chunk) as server,
        ):
            yield server, engine
        engine.dispose()


@pytest.fixture
def server(running: tuple[wire.Server, sa.Engine]) -> Iterator[wire.Server]:
    """The running site, with a new account to speak to it."""
    shared, engine = running
    cache.forget_everything()
    db.bind(engine)
    one = shared.somebody_else()
    yield one
    one.close()
