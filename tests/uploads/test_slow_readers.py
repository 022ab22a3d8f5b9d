"""Readers that do not read, through a real gunicorn: pages and uploads go on beside them."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from uploads import wire

from contest.app import create_app
from contest.config import Settings
from contest.core import cache, db
from contest.core.storage import DiskStorage

LENGTH = 40 * 2**20
THREADS = 8
LEAVES_S = 3.0  # a reader who takes nothing for so long is left
SHORT = 128 * 1024


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[wire.Server]:
    folder = tmp_path_factory.mktemp("readers")
    (folder / "contest.db").write_bytes(sqlite_template.read_bytes())
    DiskStorage(folder / "files").put(wire.CLIP, bytes(LENGTH), "video/mp4")
    url = f"sqlite:///{folder / 'contest.db'}"
    settings = Settings(data_dir=folder, database_url=url, secret_key=wire.SECRET)
    cache.forget_everything()
    engine = db.connect(url)
    app = create_app(settings, engine)
    more = {"CONTEST_THREADS": str(THREADS), "TEST_PIECE_SECONDS": str(LEAVES_S)}
    with db.writing_session() as session, wire.serving(app, session, settings, **more) as server:
        yield server
    engine.dispose()


@pytest.fixture
def server(running: wire.Server) -> Iterator[wire.Server]:
    yield running
    running.close()
    running.sockets.clear()
    wait_until(lambda: download(running) == 200)


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + wire.PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def deaf(server: wire.Server, path: str, **headers: str) -> socket.socket:
    """Ask and read nothing, with the smallest window there is."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    opened.settimeout(wire.PATIENCE_S)
    opened.connect(("127.0.0.1", server.port))
    server.sockets.append(opened)
    opened.sendall(server.head_of("GET", path, **headers))
    return opened


def download(server: wire.Server) -> int:
    """Begin to download, tell the status, and go."""
    with server.connect() as opened:
        opened.sendall(server.head_of("GET", "/test-clip/original"))
        return int(opened.recv(64).split()[1])


def whole(server: wire.Server) -> int:
    """Download to the end, in a moment; return how many bytes came after the headers."""
    with server.connect() as opened:
        opened.sendall(server.head_of("GET", "/test-clip/original", Connection="close"))
        got, head = 0, b""
        while piece := opened.recv(2**20):
            head = head or piece.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            got += len(piece)
    return got - len(head)


def seconds_of(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def test_readers_that_do_not_read_stop_neither_pages_nor_uploads(server: wire.Server) -> None:
    for _each in range(2 * THREADS):
        deaf(server, "/test-clip/original")
    wait_until(lambda: download(server) == 503)
    path = server.open(SHORT)

    def go_on() -> None:
        assert server.ask("GET", "/").status == 200
        server.finish(path, bytes(SHORT))

    assert seconds_of(go_on) < LEAVES_S
    crowded = server.ask("GET", "/test-clip/original")
    assert (crowded.status, crowded.headers["retry-after"]) == (503, "2")
    assert "Đang có nhiều người xem" in crowded.body.decode()
    assert server.ask("HEAD", "/test-clip/original").status == 200
    assert server.ask("GET", "/test-clip/original", Range=f"bytes={LENGTH}-").status == 416
    assert server.ask("GET", "/test-clip/original", If_None_Match=f'"{"ab" * 16}"').status == 304
    part = server.ask("GET", "/test-clip/480p", Range="bytes=0-")
    assert (part.status, len(part.body)) == (206, SHORT)


def test_a_reader_who_takes_nothing_is_left_and_the_slot_is_free_again(
    server: wire.Server,
) -> None:
    left = [deaf(server, "/test-clip/original") for _each in range(THREADS)]
    wait_until(lambda: download(server) == 503)
    wait_until(lambda: download(server) == 200)  # with all of them still there
    for each in left:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
        got = 0
        while piece := each.recv(2**20):
            got += len(piece)
        assert got < LENGTH


@pytest.mark.parametrize("ending", ["close", "head", "past", "known", "part", "whole"])
def test_a_slot_is_given_back_however_an_answer_ends(server: wire.Server, ending: str) -> None:
    for _each in range(THREADS):
        match ending:
            case "close":
                wait_until(lambda: download(server) == 200)
            case "head":
                assert server.ask("HEAD", "/test-clip/original").status == 200
            case "past":
                asked = {"Range": f"bytes={LENGTH}-"}
                assert server.ask("GET", "/test-clip/original", **asked).status == 416
            case "known":
                asked = {"If_None_Match": f'"{"ab" * 16}"'}
                assert server.ask("GET", "/test-clip/original", **asked).status == 304
            case "part":
                asked = {"Range": f"bytes=5-{2**20}"}
                answer = server.ask("GET", "/test-clip/original", **asked)
                assert (answer.status, len(answer.body)) == (206, 2**20 - 4)
            case "whole":
                assert whole(server) == LENGTH


def test_parts_for_players_hold_no_thread_even_when_nobody_reads_them(
    server: wire.Server,
) -> None:
    for _each in range(4 * THREADS):
        deaf(server, "/test-clip/480p", Range="bytes=0-")
    assert seconds_of(lambda: server.ask("GET", "/")) < LEAVES_S
    assert download(server) == 200


def test_links_that_are_to_end_and_do_not_keep_nobody_waiting(server: wire.Server) -> None:
    def ask() -> None:
        for _each in range(THREADS - 1):
            opened = server.connect()
            opened.sendall(server.head_of("GET", "/", Connection="close"))
            assert opened.recv(16).startswith(b"HTTP/1.1 200")
        assert server.ask("GET", "/").status == 200

    assert seconds_of(ask) < 2.0
