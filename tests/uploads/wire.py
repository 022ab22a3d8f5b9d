"""A real gunicorn and bare sockets: what clients and links do at their worst."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from factories.people import make_account, make_sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest.cli import gunicorn_arguments
from contest.config import ROOT, Settings
from contest.core import db

PATIENCE_S = 120
TUS = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}
CLIP = "media/test/clip"  # a key of storage
SECRET = "một khoá bí mật chỉ dùng trong kiểm thử"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cookies_of(app: Flask, session: Session) -> tuple[str, str]:
    """Sign somebody in; return the Cookie header and the CSRF token that go together."""
    account = make_account(session)
    opened = make_sign_in(session, account)
    session.commit()
    client: FlaskClient = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update(_user_id=opened.code, _fresh=True, account=account.id)
    page = client.get("/accounts/me").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    pairs = "; ".join(f"{each.key}={each.value}" for each in client._cookies.values())
    return pairs, token


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """One running site, as one signed-in person speaks to it over bare sockets."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    cookie: str
    token: str
    app: Flask
    sockets: list[socket.socket] = field(default_factory=list)

    def somebody_else(self) -> Server:
        """Return the same site as another person, just signed in, speaks to it."""
        with db.writing_session() as session:
            cookie, token = cookies_of(self.app, session)
        return replace(self, cookie=cookie, token=token, sockets=[])

    def close(self) -> None:
        """Close the sockets that are left."""
        for opened in self.sockets:
            opened.close()

    def connect(self) -> socket.socket:
        opened = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        self.sockets.append(opened)
        return opened

    def head_of(self, method: str, path: str, **headers: str) -> bytes:
        named = {
            **TUS,
            "Host": f"127.0.0.1:{self.port}",
            "Cookie": self.cookie,
            "X-CSRFToken": self.token,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [
            f"{method} {path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in named.items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send a whole request on a connection of its own and read the whole answer."""
        with self.connect() as opened:
            length = {"Content_Length": str(len(body)), "Connection": "close"}
            opened.sendall(self.head_of(method, path, **length, **headers) + body)
            return read_answer(opened)

    def open(self, length: int, name: str = "clip.mp4") -> str:
        facts = {"purpose": "test", "filename": name, "subject": "entry:1"}
        packed = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in facts.items())
        answer = self.ask("POST", "/uploads/", Upload_Length=str(length), Upload_Metadata=packed)
        assert answer.status == 201, answer
        return answer.headers["location"]

    def patch_head(self, path: str, offset: int, length: int) -> bytes:
        return self.head_of(
            "PATCH",
            path,
            Content_Type="application/offset+octet-stream",
            Upload_Offset=str(offset),
            Content_Length=str(length),
        )

    def patch(self, path: str, offset: int, body: bytes) -> Answer:
        with self.connect() as opened:
            opened.sendall(self.patch_head(path, offset, len(body)) + body)
            return read_answer(opened)

    def offset(self, path: str) -> int:
        answer = self.ask("HEAD", path)
        assert answer.status == 200, answer
        return int(answer.headers["upload-offset"])

    def finish(self, path: str, data: bytes, piece: int = 2**20) -> None:
        """Send what is missing, in pieces."""
        at = self.offset(path)
        while at < len(data):
            answer = self.patch(path, at, data[at : at + piece])
            assert answer.status == 204, answer
            at = int(answer.headers["upload-offset"])

    def staged(self, path: str) -> bytes:
        return (self.folder / "staging" / path.rpartition("/")[2]).read_bytes()

    def receipt(self, path: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.ask("GET", f"{path}/receipt").body)
        return found

    def worker(self) -> int:
        """Return the process id of the one web worker."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        (only,) = children.split()
        return int(only)

    def most_memory(self) -> int:
        """Return the most bytes the web worker ever held (VmHWM)."""
        status = Path(f"/proc/{self.worker()}/status").read_text()
        line = next(each for each in status.splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def kill_worker(self) -> None:
        """SIGKILL the web worker, and wait for the next one."""
        old = self.worker()
        os.kill(old, signal.SIGKILL)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with suppress(ValueError, OSError):
                if self.worker() != old and self.ask("OPTIONS", "/uploads/").status == 204:
                    return
            time.sleep(0.05)
        raise AssertionError("no new worker came")


def read_answer(opened: socket.socket) -> Answer:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = opened.recv(65536)
        if not piece:
            raise ConnectionError(data)
        data += piece
    head, _empty, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
    while len(body) < int(headers.get("content-length", "0")):
        piece = opened.recv(65536)
        if not piece:
            break
        body += piece
    return Answer(int(first.split()[1]), headers, body)


@contextmanager
def serving(app: Flask, session: Session, settings: Settings, **env: str) -> Iterator[Server]:
    """Serve uploads.site on the settings' database, for one signed-in person to begin with."""
    port, (cookie, token) = free_port(), cookies_of(app, session)
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
        "CONTEST_DATA_DIR": str(settings.data_dir),
        "CONTEST_DATABASE_URL": settings.database_url,
        "CONTEST_REDIS_URL": "",
        "CONTEST_STORAGE_URL": "",
        "CONTEST_SECRET_KEY": settings.secret_key,
        "CONTEST_WORKERS": "1",
        "PORT": str(port),
        **env,
    }
    arguments = gunicorn_arguments(Settings.from_env(environment))
    log = (settings.data_dir / "log").open("ab")

    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *arguments, "uploads.site:app"],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=log,
    )
    server = Server(port, settings.data_dir, process, cookie, token, app)
    try:
        _wait(server)
        yield server
    finally:
        server.close()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait(server: Server) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/", timeout=5):
                return
        except OSError:
            if server.process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.05)
