"""A whole site as people meet it: gunicorn and the worker, started and stopped for real."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contest.cli import FIRST_LOGIN, gunicorn_arguments
from contest.config import ROOT, Settings

PATIENCE_S = 30
SECRET = "một khoá bí mật chỉ dùng cho các chuyến đi thử"
PASSWORD = re.compile(r"password:\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Site:
    """`url` has no slash at its end; `organizer` is the first account's login and password."""

    url: str
    folder: Path
    environment: Mapping[str, str]
    organizer: tuple[str, str]

    @property
    def settings(self) -> Settings:
        return Settings.from_env(self.environment)

    def cli(self, *arguments: str) -> str:
        """Run `python -m contest.cli …` as the operator would."""
        return _run(self.environment, *arguments)

    def load(self, code: str, text: str) -> None:
        """Load a contest from what its file says."""
        file = self.folder / f"{code}.toml"
        file.write_text(text, "utf-8")
        self.cli("load", str(file))


@contextmanager
def running(
    folder: Path, *, database_url: str = "", redis_url: str = "", workers: int = 1
) -> Iterator[Site]:
    """Prepare a site in an empty folder, serve it, and end it."""
    environment = {
        **os.environ,
        "CONTEST_DATA_DIR": str(folder),
        "CONTEST_DATABASE_URL": database_url,
        "CONTEST_REDIS_URL": redis_url,
        "CONTEST_STORAGE_URL": "",
        "CONTEST_SECRET_KEY": SECRET,
        "CONTEST_WORKERS": str(workers),
        "PORT": str(_free_port()),
    }
    password = PASSWORD.search(_run(environment, "prepare"))
    assert password is not None
    settings = Settings.from_env(environment)
    url = f"http://127.0.0.1:{settings.port}"
    log = (folder / "log").open("ab")
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", *program], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        for program in (
            ["gunicorn", *gunicorn_arguments(settings), "wsgi:app"],
            ["contest.worker"],
        )
    ]
    try:
        _wait_for(url, programs, folder / "log")
        yield Site(url, folder, environment, (FIRST_LOGIN, password[1]))
    finally:
        for program in programs:
            program.send_signal(signal.SIGTERM)
        for program in programs:
            try:
                program.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()
        log.close()


def _run(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "contest.cli", *arguments],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, programs: list[subprocess.Popen[bytes]], log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 -- our own address
                return
        except (urllib.error.URLError, OSError):
            ended = any(program.poll() is not None for program in programs)
            if ended or time.monotonic() > end:
                raise RuntimeError(log.read_text("utf-8", errors="replace")) from None
            time.sleep(0.05)
