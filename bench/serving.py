"""gunicorn as `python -m contest.cli serve` runs it, and what /proc says of its processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contest.cli import gunicorn_arguments
from contest.config import ROOT, Settings

START_S = 30.0
STOP_S = 15.0
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a port of 127.0.0.1 nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Server:
    """A running gunicorn."""

    port: int
    pid: int

    def workers(self) -> list[int]:
        return children(self.pid)

    def peak_mib(self) -> float:
        """Return the largest resident memory any worker ever had (VmHWM)."""
        return max(_peak_kib(pid) for pid in self.workers()) / 1024


@contextmanager
def served(target: str, settings: Settings, env: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Serve `target` with the site's own gunicorn arguments until the block ends."""
    command = [sys.executable, "-m", "gunicorn", *gunicorn_arguments(settings), target]
    with log.open("wb") as said:
        master = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        server = Server(settings.port, master.pid)
        _wait(server, settings.workers, master, log)
        yield server
    finally:
        _stop(master)


def _wait(server: Server, workers: int, master: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until every worker has loaded its application and listens."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and master.poll() is None:
        if _listeners(server.port) >= workers and len(server.workers()) == workers:
            return
        time.sleep(0.1)
    raise RuntimeError(f"gunicorn did not start:\n{log.read_text()}")


def _listeners(port: int) -> int:
    """Count listening sockets; with --reuse-port each worker opens its own, after loading."""
    wanted = f"0100007F:{port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1] == wanted and row[3] == "0A" for row in rows)


def _stop(master: subprocess.Popen[bytes]) -> None:
    if master.poll() is None:
        master.terminate()
    try:
        master.wait(STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(master.pid, signal.SIGKILL)
        master.wait()


def children(pid: int) -> list[int]:
    """Return the processes `pid` started, as long as they run."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(part) for part in text.split()]


def named(name: str) -> list[int]:
    """Return the processes whose command holds `name`, such as a path that only we use."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if name.encode() in words:
                found.append(int(folder.name))
    return found


def cpu_s(pids: list[int]) -> float:
    """Return the CPU seconds these processes and the children they waited for have used."""
    return sum(map(_cpu_s, pids))


def _cpu_s(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text.rsplit(")", 1)[1].split()
    return sum(int(field) for field in fields[11:15]) / TICKS


def _peak_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
