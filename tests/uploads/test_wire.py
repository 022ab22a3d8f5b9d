"""Uploads through a real gunicorn: broken links, races, kills, and flat memory."""

from __future__ import annotations

import hashlib
import random
import resource
import socket
import struct
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from resumable_upload import TusClient
from uploads import wire
from uploads.conftest import change, finish, row

from contest.core import clock, db
from contest.core.jobs import Job
from contest.uploads import service

MEBIBYTE = 2**20
RANDOM = random.Random(20261123)
MOST_GROWTH = 10 * 1000**2  # bytes, whatever the size of the file


# What happens between the wire and the disk asks the database nothing.
on_sqlite = pytest.mark.parametrize("running", ["sqlite"], indirect=True)


def noise(length: int) -> bytes:
    return random.Random(length).randbytes(length)


def wait_for(server: wire.Server, path: str, size: int) -> None:
    """Wait until so many bytes lie on disk."""
    end = time.monotonic() + wire.PATIENCE_S
    while len(server.staged(path)) < size:
        assert time.monotonic() < end
        time.sleep(0.01)


def cut(server: wire.Server, path: str, at: int, data: bytes, *, is_reset: bool) -> None:
    """Announce all that is missing, send a part, break the link."""
    opened = server.connect()
    left = len(data) - at
    opened.sendall(
        server.patch_head(path, at, min(left, 2 * MEBIBYTE))
        + data[at : at + RANDOM.randrange(left)][:MEBIBYTE]
    )
    if is_reset:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    opened.close()


def test_a_link_cut_at_random_bytes_loses_nothing_and_the_file_arrives_whole(
    server: wire.Server,
) -> None:
    data = noise(3 * MEBIBYTE + 12345)
    path = server.open(len(data))
    at = 0
    for turn in range(12):
        cut(server, path, at, data, is_reset=bool(turn % 2))
        now = server.offset(path)
        assert now >= at  # an old request that was slow to begin may still add to it
        assert data.startswith(server.staged(path))
        at = now
        if at >= len(data) - 1:
            break
    assert at > 0
    server.finish(path, data)
    assert server.staged(path) == data
    assert row(path).state == "received"


@on_sqlite
def test_a_cut_keeps_every_byte_that_came_before_an_orderly_end(server: wire.Server) -> None:
    data = noise(MEBIBYTE)
    path = server.open(len(data))
    opened = server.connect()
    opened.sendall(server.patch_head(path, 0, len(data)) + data[:777_777])
    opened.shutdown(socket.SHUT_WR)
    answer = wire.read_answer(opened)
    assert (answer.status, server.offset(path)) == (400, 777_777)
    assert server.staged(path) == data[:777_777]


@on_sqlite
def test_a_stuck_request_lets_go_for_a_newer_one_and_keeps_its_bytes(server: wire.Server) -> None:
    data = noise(MEBIBYTE)
    path = server.open(len(data))
    stuck = server.connect()
    stuck.sendall(server.patch_head(path, 0, len(data)) + data[:100_001])
    wait_for(server, path, 65_536)
    began = time.monotonic()
    assert server.offset(path) == 100_001
    assert time.monotonic() - began < 8
    assert wire.read_answer(stuck).status == 423
    again = server.connect()
    again.sendall(server.patch_head(path, 100_001, len(data) - 100_001) + data[100_001:300_000])
    wait_for(server, path, 200_000)
    answer = server.patch(path, 300_000, data[300_000:])  # a PATCH takes over too
    assert answer.status == 204
    assert server.staged(path) == data


@on_sqlite
def test_head_in_the_middle_of_a_healthy_patch_tells_the_truth(server: wire.Server) -> None:
    data = noise(2 * MEBIBYTE)
    path = server.open(len(data))
    is_over = threading.Event()

    def drip() -> None:
        opened = server.connect()
        opened.sendall(server.patch_head(path, 0, len(data)))
        try:
            for start in range(0, len(data), 4096):
                if is_over.is_set():
                    return
                opened.sendall(data[start : start + 4096])
                time.sleep(0.002)
        except OSError:
            return  # it had to let go

    thread = threading.Thread(target=drip)
    thread.start()
    wait_for(server, path, 1)
    told = server.offset(path)
    is_over.set()
    thread.join()
    assert 0 < told <= len(data)
    assert server.staged(path)[:told] == data[:told]
    server.finish(path, data)
    assert server.staged(path) == data


def test_of_two_patches_at_once_over_the_wire_the_file_is_right(server: wire.Server) -> None:
    data = noise(2 * MEBIBYTE)
    path = server.open(len(data))
    statuses: list[int] = []

    def race() -> None:
        try:
            statuses.append(server.patch(path, 0, data).status)
        except OSError:
            statuses.append(0)  # cut off in favour of the other

    threads = [threading.Thread(target=race) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {0, 204, 409, 423, 410}
    size = server.offset(path)
    assert server.staged(path) == data[:size]
    server.finish(path, data)
    assert server.staged(path) == data
    with db.reading_session() as reading:
        about = f"upload:{path.rpartition('/')[2]}"
        assert reading.query(Job).filter_by(name=service.JOB, subject=about).count() == 1


@on_sqlite
def test_a_lying_length_is_found_out(server: wire.Server) -> None:
    path = server.open(1000)
    assert server.patch(path, 0, noise(1001)).status == 413
    assert server.offset(path) == 0
    opened = server.connect()
    head = server.head_of(
        "PATCH",
        path,
        Content_Type="application/offset+octet-stream",
        Upload_Offset="0",
        Transfer_Encoding="chunked",
    )
    opened.sendall(head + b"5dc\r\n" + noise(1500) + b"\r\n0\r\n\r\n")
    assert wire.read_answer(opened).status == 413
    assert server.offset(path) == 0
    short = server.connect()
    short.sendall(head + b"1f4\r\n" + noise(1000)[:500] + b"\r\n0\r\n\r\n")
    answer = wire.read_answer(short)
    assert (answer.status, answer.headers["upload-offset"]) == (204, "500")


@on_sqlite
def test_the_upload_expires_in_the_middle_of_a_patch_and_the_link_ends_well(
    server: wire.Server,
) -> None:
    data = noise(MEBIBYTE)
    path = server.open(len(data))
    end = clock.now() + timedelta(seconds=3)
    change(path, expires_at=end)
    opened = server.connect()
    opened.sendall(server.patch_head(path, 0, 500_000) + data[:300_000])
    wait_for(server, path, 200_000)
    while clock.now() <= end:
        time.sleep(0.05)
    assert server.ask("HEAD", path).status == 410
    opened.sendall(data[300_000:500_000])
    assert wire.read_answer(opened).status == 204  # begun in time: its bytes put the expiry off
    assert server.offset(path) == 500_000


def test_a_web_worker_killed_in_the_middle_of_a_patch_loses_little_and_the_upload_goes_on(
    server: wire.Server,
) -> None:
    data = noise(2 * MEBIBYTE)
    path = server.open(len(data))
    opened = server.connect()
    opened.sendall(server.patch_head(path, 0, len(data)) + data[:1_500_000])
    wait_for(server, path, 1_400_000)
    server.kill_worker()
    at = server.offset(path)
    assert 1_400_000 <= at <= 1_500_000
    assert server.staged(path) == data[:at]
    server.finish(path, data)
    assert server.staged(path) == data


@on_sqlite
def test_a_checksummed_piece_that_a_kill_cut_short_is_not_kept(server: wire.Server) -> None:
    data = noise(MEBIBYTE)
    path = server.open(len(data))
    server.patch(path, 0, data[:1000])
    opened = server.connect()
    head = (
        server.patch_head(path, 1000, 900_000)[:-2]
        + b"Upload-Checksum: sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=\r\n\r\n"
    )
    opened.sendall(head + data[1000:600_000])
    wait_for(server, path, 500_000)
    server.kill_worker()
    assert server.offset(path) == 1000
    assert server.staged(path) == data[:1000]


@on_sqlite
def test_memory_stays_flat_however_large_the_file(server: wire.Server) -> None:
    """The same with 500 MB: `python -m bench.uploads`."""
    piece = noise(4 * MEBIBYTE)
    total = 100 * MEBIBYTE
    server.kill_worker()  # the next one has not had large memory yet
    small = server.open(len(piece))
    server.finish(small, piece)
    before = server.most_memory()
    path = server.open(total)
    opened = server.connect()
    opened.sendall(server.patch_head(path, 0, total))
    for _ in range(total // len(piece)):
        opened.sendall(piece)
    assert wire.read_answer(opened).status == 204
    assert server.most_memory() - before < MOST_GROWTH
    while (found := row(path)).state != "ready":
        work = finish(server.app)
    expected = hashlib.sha256(piece * (total // len(piece))).hexdigest()
    assert (found.sha256, found.length) == (expected, total)
    assert work.is_finished


@on_sqlite
def test_memory_stays_flat_for_the_plain_form_too(server: wire.Server) -> None:
    piece, pieces = noise(MEBIBYTE), 45
    field = '--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + server.token
    file = '\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    head, tail = (field + file).encode(), b"\r\n--x--\r\n"
    server.kill_worker()
    server.finish(server.open(len(piece)), piece)
    before = server.most_memory()
    opened = server.connect()
    length = len(head) + pieces * len(piece) + len(tail)
    kind = {"Content_Type": "multipart/form-data; boundary=x", "Content_Length": str(length)}
    opened.sendall(
        server.head_of("POST", "/uploads/plain/test?subject=x", **kind).replace(
            b"Tus-Resumable: 1.0.0\r\n", b""
        )
        + head
    )
    for _ in range(pieces):
        opened.sendall(piece)
    opened.sendall(tail)
    answer = wire.read_answer(opened)
    assert answer.status == 303
    assert server.most_memory() - before < MOST_GROWTH
    path = answer.headers["location"].removesuffix("/receipt")
    assert hashlib.sha256(server.staged(path)).digest() == hashlib.sha256(piece * pieces).digest()


@on_sqlite
def test_a_full_disk_is_said_and_what_was_received_goes_on_later(server: wire.Server) -> None:
    data = noise(6 * MEBIBYTE)
    path = server.open(len(data))
    worker = server.worker()
    usual = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (4 * MEBIBYTE, usual[1]))
    for start in (0, 2 * MEBIBYTE - 7):
        assert server.patch(path, start, data[start : start + 2 * MEBIBYTE - 7]).status == 204
    at = server.offset(path)
    answer = server.patch(path, at, data[at : at + MEBIBYTE])
    assert (answer.status, answer.headers["retry-after"]) == (507, "60")
    assert "Máy chủ sắp hết chỗ chứa" in answer.body.decode()
    assert server.offset(path) == 4 * MEBIBYTE
    resource.prlimit(worker, resource.RLIMIT_FSIZE, usual)
    assert server.offset(path) == 4 * MEBIBYTE
    server.finish(path, data)
    assert server.staged(path) == data


@on_sqlite
@pytest.mark.parametrize("is_overridden", [False, True])
def test_a_client_of_somebody_elses_is_served(
    server: wire.Server, tmp_path: Path, *, is_overridden: bool
) -> None:
    data = noise(3 * MEBIBYTE + 5)
    file = tmp_path / "clip.mp4"
    file.write_bytes(data)
    client = TusClient(
        f"http://127.0.0.1:{server.port}/uploads/",
        checksum=True,
        headers={"Cookie": server.cookie, "X-CSRFToken": server.token},
        override_patch_method=is_overridden,
    )
    url = client.upload_file(str(file), metadata={"purpose": "test", "filename": "clip.mp4"})
    path = url[url.index("/uploads/") :]
    assert server.staged(path) == data
    assert row(path).state == "received"
