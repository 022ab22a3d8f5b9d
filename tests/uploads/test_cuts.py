"""Uploads cut at random bytes, headers included: every one of them arrives as it was sent."""

from __future__ import annotations

import hashlib
import random
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from uploads import wire
from uploads.conftest import finish

from contest.core import db
from contest.uploads.models import Upload

PHONES, EACH = 8, 25  # uploads in all: 200
MOST_BYTES = 90_000
PASSING = {409, 423, 503}  # ask again: somebody older still writes, or many do
AT_ONCE = struct.pack("ii", 1, 0)


def told(server: wire.Server, path: str) -> int:
    """Ask how much is there, as the page does after each break."""
    end = time.monotonic() + wire.PATIENCE_S
    while True:
        answer = server.ask("HEAD", path)
        if answer.status == 200:
            return int(answer.headers["upload-offset"])
        assert answer.status in PASSING
        assert time.monotonic() < end
        time.sleep(0.1)


def cut(server: wire.Server, path: str, data: bytes, chance: random.Random) -> None:
    """Send what is missing, break the link somewhere: in the head, the body, before the answer."""
    at = told(server, path)
    head = server.patch_head(path, at, len(data) - at)
    request = head + data[at:]
    is_in_head = chance.random() < 0.25
    end = chance.randrange(1, len(head)) if is_in_head else chance.randint(len(head), len(request))
    opened = server.connect()
    opened.sendall(request[:end])
    how = chance.random()
    if how < 0.45:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    if how < 0.95:
        opened.close()  # else the site hears nothing at all


def arrive(server: wire.Server, path: str, data: bytes) -> None:
    """Send on until all is there."""
    end = time.monotonic() + wire.PATIENCE_S
    while (at := told(server, path)) < len(data):
        assert time.monotonic() < end
        try:
            answer = server.patch(path, at, data[at:])
        except OSError:
            continue  # refused before it was read: ask again
        assert answer.status in {204, *PASSING}


def send(server: wire.Server, seed: int) -> dict[str, str]:
    """Send some files, each cut one to three times; give code and hash of each."""
    chance = random.Random(seed)
    sent = {}
    for _ in range(EACH):
        data = chance.randbytes(chance.randint(1, MOST_BYTES))
        path = server.open(len(data))
        for _ in range(chance.randint(1, 3)):
            cut(server, path, data, chance)
        arrive(server, path, data)
        sent[path.rpartition("/")[2]] = hashlib.sha256(data).hexdigest()
    return sent


@pytest.mark.parametrize("running", ["sqlite"], indirect=True)
def test_200_uploads_cut_at_random_bytes_all_arrive_with_their_hash(server: wire.Server) -> None:
    phones = [server.somebody_else() for _ in range(PHONES)]
    with ThreadPoolExecutor(PHONES) as threads:
        parts = list(threads.map(send, phones, range(PHONES)))
    sent = {code: sha for part in parts for code, sha in part.items()}
    for _ in sent:
        finish(server.app)
    with db.reading_session() as reading:
        rows = reading.query(Upload).filter(Upload.code.in_(sent)).all()
    assert {one.code: one.sha256 for one in rows} == sent
    assert len(sent) == PHONES * EACH == 200
    for phone in phones:
        phone.close()
