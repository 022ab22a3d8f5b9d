"""Bytes from the network to a partial file, whatever the network does.

No transaction is open meanwhile, and no more than a piece is in memory. A request that waits for
bytes which do not come is told to stop by a thread of its own: the socket is shut for reading, so
that what the server holds already is handed over and nothing that arrived is lost.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Any, BinaryIO

from contest.uploads.protocol import Checksum
from contest.uploads.staging import DiskFull, Partial

PIECE = 64 * 1024
LOOK_SECONDS = 0.25
MOST_DRAINED = 1024 * 1024  # what the server may hold once the socket is shut
IDLE_SECONDS = 60.0  # without a whole piece: slower than about 1 KB/s


class End(StrEnum):
    """How a request's body ended."""

    WHOLE = "whole"
    BROKEN = "broken"  # the link broke
    WANTED = "wanted"  # a newer request of the owner took over
    IDLE = "idle"
    BEYOND = "beyond"  # more than promised: cut back
    MISMATCH = "mismatch"  # the checksum: cut back
    FULL = "full"


class Body:
    """The body of one request, read from the server's own stream: at most `most` bytes."""

    def __init__(self, environ: Mapping[str, Any], *, length: int | None, most: int) -> None:
        self._stream: BinaryIO = environ["wsgi.input"]
        self._socket: socket.socket | None = environ.get("gunicorn.socket")
        is_ended = bool(environ.get("wsgi.input_terminated"))
        self._left = length if length is not None else (most + 1 if is_ended else 0)
        self._length = length
        self.is_beyond = length is not None and length > most
        self._most = most
        self._got = 0

    @property
    def is_empty(self) -> bool:
        """Say whether no byte can come."""
        return self._left == 0

    def pieces(self) -> Iterator[bytes]:
        """Give what comes; a link that breaks ends it like an end, see `is_whole`."""
        while self._left > 0:
            try:
                piece = self._stream.read(min(PIECE, self._left))
            except (OSError, ValueError):
                # A reset leaves what was read before it in the server's buffer: ask once more.
                piece = self._rest()
            if not piece:
                return
            self._left -= len(piece)
            self._got += len(piece)
            if self._got > self._most:
                self.is_beyond = True
                return
            yield piece

    def _rest(self) -> bytes:
        with suppress(OSError, ValueError):
            return self._stream.read(min(PIECE, self._left))
        return b""

    @property
    def is_whole(self) -> bool:
        """Say whether all that was announced came (nothing is announced by a chunked body)."""
        return self._length is None or self._left == 0

    def stop(self) -> None:
        """Let a waiting read end with what the server holds (from another thread)."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RD)


class _Watch:
    """Looks after a request in the making: is it wanted, is it idle?"""

    def __init__(self, body: Body, partial: Partial) -> None:
        self._body, self._partial = body, partial
        self._over = threading.Event()
        self.moved_at = time.monotonic()
        self.why: End | None = None

    def look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            if self._partial.is_wanted():
                self.why = End.WANTED
            elif time.monotonic() - self.moved_at > IDLE_SECONDS:
                self.why = End.IDLE
            if self.why is not None:
                self._body.stop()
                return

    @contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self.look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


def receive(body: Body, partial: Partial, *, checksum: Checksum | None = None) -> End:
    """Append a body to a partial file and say how it ended.

    Kept is whatever arrived, unless the bytes must match a checksum or are more than promised:
    then all of them or none.
    """
    if body.is_beyond:
        return End.BEYOND
    if checksum is not None:
        return _proved(body, partial, checksum)
    start = partial.size
    end = _appended(body, partial, lambda _piece: None)
    if end is End.BEYOND:
        partial.truncate(start)
    return end


def _proved(body: Body, partial: Partial, checksum: Checksum) -> End:
    start, hasher = partial.begin_unproved(), checksum.hasher()
    end = _appended(body, partial, hasher.update)
    if end is End.WHOLE and hasher.digest() != checksum.digest:
        end = End.MISMATCH
    if end is End.WHOLE:
        partial.prove()
    else:
        partial.truncate(start)
    return end


def _appended(body: Body, partial: Partial, see: Callable[[bytes], object]) -> End:
    watch, drained = _Watch(body, partial), 0
    with watch.watching():
        try:
            for piece in body.pieces():
                partial.append(piece)
                see(piece)
                watch.moved_at = time.monotonic()
                drained += len(piece) if watch.why is not None else 0
                if drained > MOST_DRAINED:  # a fast sender fills what was shut for ever
                    break
        except DiskFull:
            return End.FULL
    if body.is_beyond:
        return End.BEYOND
    return End.WHOLE if body.is_whole else watch.why or End.BROKEN
