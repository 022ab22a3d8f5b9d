"""Programs that open strangers' files: few rights, little memory, little time, and no shell.

Every decoder runs here, in a process of its own that may be killed without harm.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

LAUNCHER = Path(__file__).with_name("launcher.py")
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
BEAT_SECONDS = 0.5
LONGEST_LINE = 8192  # bytes; what is beyond is dropped
TAIL_LINES = 40
NICE = 15


class CageFailed(Exception):
    """A program died of something that is not known to be its file's fault; trying again may help.

    `reason` is short: "exit 1", "signal 9", "time", "memory"; `tail` the last it said.
    """

    def __init__(self, program: str, reason: str, tail: str) -> None:
        super().__init__(f"{program}: {reason}\n{tail}")
        self.reason = reason
        self.tail = tail

    @property
    def is_exit(self) -> bool:
        """Say whether the program ended by itself: it was neither killed nor stopped."""
        return self.reason.startswith("exit")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a program may use up."""

    wall_seconds: float = 60.0
    memory_bytes: int = 1536 * 1024 * 1024  # of address space
    file_bytes: int = 1024 * 1024 * 1024  # of any one file it writes

    @property
    def cpu_seconds(self) -> int:
        """Return the processor time: with one thread never more than the wall shows."""
        return int(self.wall_seconds) + 5


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its exit code (negative: the signal), the end of what it said."""

    code: int
    is_late: bool  # it was stopped because its time was over
    tail: str

    @property
    def reason(self) -> str:
        """Say the end in a word or two."""
        if self.is_late or self.code == -signal.SIGXCPU:
            return "time"
        if self.code == -signal.SIGXFSZ:
            return "size"
        return f"signal {-self.code}" if self.code < 0 else f"exit {self.code}"


def _nothing(_line: str) -> None:
    """Hear a line and forget it."""


def _silent() -> None:
    """Be called on each beat and do nothing."""


def run(
    program: Sequence[str],
    *,
    folder: Path,
    bounds: Bounds | None = None,
    on_out: Callable[[str], None] = _nothing,
    on_error: Callable[[str], None] = _nothing,
    beat: Callable[[], None] = _silent,
) -> Ended:
    """Run a program in `folder` to its end; its lines go to `on_out` and `on_error` as they come.

    `beat` is called at least twice a second: whatever it raises kills the program and goes on up.
    """
    bounds = bounds or Bounds()
    limits = (bounds.memory_bytes, bounds.cpu_seconds, bounds.file_bytes, NICE)
    launch = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), *map(str, limits)]
    tail: deque[str] = deque(maxlen=TAIL_LINES)

    def hear(line: str) -> None:
        tail.append(line[:500])
        on_error(line)

    with subprocess.Popen(
        [*launch, *program],
        cwd=folder,
        env={**ENVIRONMENT, "TMPDIR": str(folder), "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            is_late = _listen(process, time.monotonic() + bounds.wall_seconds, on_out, hear, beat)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    return Ended(process.returncode, is_late, "\n".join(tail))


def ask(
    program: Path,
    *given: object,
    folder: Path,
    bounds: Bounds | None = None,
    beat: Callable[[], None] = _silent,
) -> dict[str, Any]:
    """Run a program of our own that says its answer as one line of JSON; return the answer.

    What it says it refused stands under "refused". Raises CageFailed when it died or its memory
    was over, whatever `beat` raises.
    """
    said: list[str] = []
    words = [sys.executable, "-I", str(program), *map(str, given)]
    ended = run(words, folder=folder, bounds=bounds, on_out=said.append, beat=beat)
    if ended.is_late or ended.code != 0 or not said:
        raise CageFailed(program.stem, ended.reason, ended.tail)
    answer: dict[str, Any] = json.loads(said[-1])
    if answer.get("refused") == "memory":
        raise CageFailed(program.stem, "memory", ended.tail)
    return answer


def _listen(
    process: subprocess.Popen[bytes],
    end: float,
    on_out: Callable[[str], None],
    on_error: Callable[[str], None],
    beat: Callable[[], None],
) -> bool:
    """Hand on what the program says until it ends; True when its time was over first."""
    with selectors.DefaultSelector() as selector:
        for stream, heard in ((process.stdout, on_out), (process.stderr, on_error)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, _Lines(heard))
        beaten = time.monotonic()
        while selector.get_map():
            for key, _ in selector.select(BEAT_SECONDS):
                if not _take(key.fileobj, key.data):
                    selector.unregister(key.fileobj)
            now = time.monotonic()
            if now >= end:
                return True
            if now - beaten >= BEAT_SECONDS:
                beaten = now
                beat()
        # Its pipes are closed, so it is ending; one that only pretends is killed when time is up.
        try:
            process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            return True
    return False


def _take(stream: object, lines: "_Lines") -> bool:
    """Hand on what has come; False at the end."""
    file: IO[bytes] = stream  # type: ignore[assignment]
    chunk = os.read(file.fileno(), 65536)
    lines.take(chunk)
    return bool(chunk)


class _Lines:
    """Bytes cut into lines, none longer than LONGEST_LINE."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        self._heard = heard
        self._rest = b""

    def take(self, chunk: bytes) -> None:
        *whole, self._rest = (self._rest + chunk).replace(b"\r", b"\n").split(b"\n")
        self._rest = self._rest[:LONGEST_LINE]
        if not chunk and self._rest:
            whole.append(self._rest)
            self._rest = b""
        for line in whole:
            self._heard(line[:LONGEST_LINE].decode("utf-8", "replace"))
