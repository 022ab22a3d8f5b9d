"""A program in the cage: bounded in time, memory and files, alone, and never a danger to us."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contest.media import cage
from contest.media.cage import Bounds, CageFailed, Ended

PYTHON = (sys.executable, "-I", "-c")


def say(code: str, folder: Path, bounds: Bounds | None = None) -> tuple[Ended, list[str]]:
    heard: list[str] = []
    return cage.run([*PYTHON, code], folder=folder, bounds=bounds, on_out=heard.append), heard


def test_lines_come_as_they_are_said_and_the_tail_of_errors_stays(tmp_path: Path) -> None:
    code = "import sys\nfor i in range(99): print(i, file=sys.stderr)\nprint('một'); sys.exit(3)"
    ended, heard = say(code, tmp_path)
    assert heard == ["một"]
    assert ended == Ended(3, is_late=False, tail="\n".join(map(str, range(59, 99))))
    assert ended.reason == "exit 3"


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    ended, heard = say("print('x' * 5_000_000, end='')", tmp_path)
    assert (ended.code, [len(line) for line in heard]) == (0, [cage.LONGEST_LINE])


def test_a_shell_reads_nothing_of_the_arguments(tmp_path: Path) -> None:
    heard: list[str] = []
    name = "$(touch made); `touch made` 'ảnh'\"\n|"
    code = "import sys; print(repr(sys.argv[1]))"
    cage.run([*PYTHON, code, name], folder=tmp_path, on_out=heard.append)
    assert heard == [repr(name)]
    assert list(tmp_path.iterdir()) == []


def test_time_ends_it_and_all_it_started(tmp_path: Path) -> None:
    marker = f"sleep 60.{os.getpid()}"
    start = time.monotonic()
    ended = cage.run(
        ["/bin/sh", "-c", f"{marker} & {marker}"], folder=tmp_path, bounds=Bounds(wall_seconds=1)
    )
    assert time.monotonic() - start < 10
    assert (ended.is_late, ended.reason) == (True, "time")
    assert gone(marker)


def test_a_program_that_closes_its_mouth_is_ended_too(tmp_path: Path) -> None:
    code = "import os, time; os.close(1); os.close(2); time.sleep(60)"
    start = time.monotonic()
    ended, _ = say(code, tmp_path, Bounds(wall_seconds=2))
    assert (ended.reason, time.monotonic() - start < 20) == ("time", True)


def running(words: str) -> list[str]:
    wanted = words.replace(" ", "\0").encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if line.rstrip(b"\0") == wanted:
            found.append(path.parent.name)
    return found


def gone(words: str) -> bool:
    """Say whether no such program runs; a killed one may take a moment to leave."""
    end = time.monotonic() + 10
    while running(words) and time.monotonic() < end:
        time.sleep(0.02)
    return not running(words)


def test_memory_is_refused_beyond_the_bound(tmp_path: Path) -> None:
    bounds = Bounds(memory_bytes=300 * 1024 * 1024)
    ended, _ = say("x = bytearray(400_000_000)", tmp_path, bounds)
    assert (ended.code, ended.tail.rpartition("\n")[2]) == (1, "MemoryError")
    assert say("x = bytearray(50_000_000)", tmp_path, bounds)[0].code == 0


def test_a_file_does_not_grow_beyond_the_bound(tmp_path: Path) -> None:
    bounds = Bounds(file_bytes=1_000_000)
    ended = cage.run(
        ["dd", "if=/dev/zero", "of=big", "bs=100000", "count=50"], folder=tmp_path, bounds=bounds
    )
    assert ended.reason == "size"
    assert (tmp_path / "big").stat().st_size == 1_000_000


def test_it_sees_nothing_of_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTEST_SECRET_KEY", "x" * 32)
    code = (
        "import os, resource, sys\n"
        "print(sorted(os.environ))\n"
        "print(os.getcwd(), os.getpgid(0) == os.getpid(), os.nice(0))\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), sys.stdin.read())"
    )
    _, heard = say(code, tmp_path)
    assert heard == [
        "['HOME', 'LC_ALL', 'OPENBLAS_NUM_THREADS', 'PATH', 'TMPDIR']",
        f"{tmp_path} True {min(19, os.nice(0) + cage.NICE)}",
        "(0, 0) ",
    ]


def test_it_has_no_network_where_the_kernel_lets_us_take_it_away(tmp_path: Path) -> None:
    tried = subprocess.run(["unshare", "-Un", "true"], capture_output=True, check=False)
    may_take = tried.returncode == 0
    _, heard = say("import os; print(os.readlink('/proc/self/ns/net'))", tmp_path)
    assert (heard[0] != str(Path("/proc/self/ns/net").readlink())) is may_take


def test_what_the_beat_raises_kills_the_program_and_goes_up(tmp_path: Path) -> None:
    marker = f"sleep 61.{os.getpid()}"
    beats = []

    def beat() -> None:
        beats.append(running(marker))
        if len(beats) == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        cage.run(marker.split(), folder=tmp_path, beat=beat)
    assert len(beats[1]) == 1
    assert gone(marker)


def test_it_dies_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    marker = f"sleep 62.{os.getpid()}"
    code = (
        "import sys; from pathlib import Path; from contest.media import cage\n"
        "cage.run(sys.argv[2:], folder=Path(sys.argv[1]))"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), *marker.split()])
    end = time.monotonic() + 20
    while not running(marker) and time.monotonic() < end:
        time.sleep(0.02)
    assert len(running(marker)) == 1
    worker.kill()
    worker.wait()
    while running(marker) and time.monotonic() < end:
        time.sleep(0.02)
    assert running(marker) == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ('print(\'{"refused": "memory"}\')', "memory"),
        ("print('{}'); sys.exit(3)", "exit 3"),
        ("pass", "exit 0"),
    ],
)
def test_a_program_that_has_no_answer_failed(tmp_path: Path, code: str, reason: str) -> None:
    program = tmp_path / "oracle.py"
    program.write_text(f"import sys\n{code}\n")
    with pytest.raises(CageFailed, match="oracle") as failed:
        cage.ask(program, folder=tmp_path)
    assert failed.value.reason == reason


def test_a_program_is_asked_and_its_last_line_is_the_answer(tmp_path: Path) -> None:
    program = tmp_path / "oracle.py"
    said = "print('hm'); print(json.dumps({'given': sys.argv[1:], 'refused': 'locked'}))"
    program.write_text(f"import json, sys\n{said}\n")
    assert cage.ask(program, 7, tmp_path, folder=tmp_path) == {
        "given": ["7", str(tmp_path)],
        "refused": "locked",
    }
