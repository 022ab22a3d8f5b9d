"""How long one answer may hold a web thread, and how many threads slow work may hold at once.

A thread that sends is held for as long as its reader takes; sixteen readers that do not read would
stop the whole site. So an answer that the link's own buffer cannot take at once needs a slot, slow
senders and slow readers together leave a quarter of the threads for pages, and a reader who takes
nothing is left.
"""

import io
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from flask import Flask, current_app, request

from contest.errors import N_, Busy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

PIECE = 64 * 1024  # bytes given to the link at a time
PIECE_SECONDS = 30.0  # to take a piece: slower than about 2 KB/s is as good as gone
PARTING_SECONDS = 2.0  # that a reader who wants the link to end has for ending it
# An answer that takes no slot, for the link's buffer takes it whole: half of what Linux lets a
# buffer be unless told otherwise (net.core.wmem_max); the rest is what the kernel counts besides.
SHORT, BUFFER = 128 * 1024, 208 * 1024  # bytes
QUICK = 1024 * 1024  # bytes: pictures, of which a page asks for six at once
READERS, GLANCERS = "readers", "glancers"
CROWDED = N_("Đang có nhiều người xem hoặc tải tệp cùng lúc. Bạn đợi vài giây rồi thử lại.")


@dataclass(frozen=True, slots=True)
class Threads:
    """The slots of one process, for each kind of slow work."""

    most: int  # for one kind; glancers may take all that is left
    together: int  # for all kinds
    busy: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def take(self, kind: str) -> bool:
        """Take a slot if one is free; who took it gives it back."""
        with self.lock:
            most = self.together if kind == GLANCERS else self.most
            if self.busy[kind] >= most or self.busy.total() >= self.together:
                return False
            self.busy[kind] += 1
            return True

    def give_back(self, kind: str) -> None:
        with self.lock:
            self.busy[kind] -= 1


def of(threads: int) -> Threads:
    """Half of the threads for one kind, three quarters for all; the rest is for pages."""
    return Threads(most=max(1, threads // 2), together=max(1, threads - -(-threads // 4)))


class Sent(io.RawIOBase):
    """A file on its way; like every stream it is closed at the latest when nobody knows it."""

    def __init__(self, file: BinaryIO, end: Callable[[], None]) -> None:
        super().__init__()
        self._file, self._end = file, end

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)

    def __next__(self) -> bytes:
        piece = b"" if self.closed else self.read(PIECE)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        if self.closed:
            return
        try:
            super().close()
            self._file.close()
        finally:
            self._end()


def install(app: Flask) -> None:
    """Leave readers who do not read. To be put around all else that answers."""
    app.wsgi_app = _Patience(app.wsgi_app)  # type: ignore[method-assign]
    logging.getLogger("gunicorn.error").addFilter(_is_news)


def here() -> Threads:
    """Return the slots of the process that answers this request."""
    found: Threads = current_app.extensions["threads"]
    return found


def sent(opened: Callable[[], BinaryIO], length: int) -> Sent:
    """Open a file of so many bytes for sending; Busy when too many are sent already.

    The stream gives its pieces when it is iterated, and its slot back when it is closed.
    """
    if length <= SHORT:
        _widen(request.environ)
        return Sent(opened(), lambda: None)
    threads, kind = here(), GLANCERS if length <= QUICK else READERS
    if not threads.take(kind):
        raise Busy(CROWDED)
    end = partial(threads.give_back, kind)
    try:
        return Sent(opened(), end)
    except BaseException:
        end()
        raise


def _widen(environ: Mapping[str, Any]) -> None:
    """Let the link's buffer take a short answer whole, so that no thread waits for its reader."""
    link: socket.socket | None = environ.get("gunicorn.socket")
    if link is not None:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)


class _Patience:
    """WSGI around the site: an answer goes out in pieces, each within PIECE_SECONDS."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        answer = self._app(environ, start_response)
        link: socket.socket | None = environ.get("gunicorn.socket")
        return answer if link is None else _Pieces(answer, link, is_last=_is_last(environ))


class _Pieces:
    """An answer cut into pieces: the time a link has is counted anew for each of them."""

    def __init__(self, answer: Iterable[bytes], link: socket.socket, *, is_last: bool) -> None:
        self._answer, self._link, self._is_last = answer, link, is_last
        self._is_sending = False
        link.settimeout(PIECE_SECONDS)

    def __iter__(self) -> Iterator[bytes]:
        for item in self._answer:
            for start in range(0, len(item), PIECE):
                self._is_sending = True
                yield item[start : start + PIECE]
                self._is_sending = False

    def close(self) -> None:
        try:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
        finally:
            with suppress(OSError):
                if self._is_sending:  # the reader took no more
                    self._link.shutdown(socket.SHUT_RDWR)
                elif self._is_last:
                    self._part()
                self._link.settimeout(None)

    def _part(self) -> None:
        """Wait for the reader's end of a link that ends here, reading what still comes from it.

        The server would do it where it takes all links, two seconds for each, and nobody else
        would be answered meanwhile.
        """
        self._link.shutdown(socket.SHUT_WR)
        end = time.monotonic() + PARTING_SECONDS
        with suppress(TimeoutError):
            while (left := end - time.monotonic()) > 0:
                self._link.settimeout(left)
                if not self._link.recv(PIECE):
                    break
        self._link.shutdown(socket.SHUT_RD)


def _is_last(environ: Mapping[str, Any]) -> bool:
    """Say whether the asker wants the link to end with this answer."""
    said = str(environ.get("HTTP_CONNECTION", "")).lower()
    is_old = environ.get("SERVER_PROTOCOL") == "HTTP/1.0"
    return "close" in said or (is_old and "keep-alive" not in said)


def _is_news(record: logging.LogRecord) -> bool:
    """Say whether the server's log wants a line: that a reader was left, it does not."""
    return record.exc_info is None or not isinstance(record.exc_info[1], TimeoutError)
