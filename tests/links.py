"""A weak link: everything between a phone and the site goes through it, slowly, until it breaks.

A break is what a telephone sees when it loses its cell: its connections end, and new ones are
refused for a while. What had reached the site stays there, what was in the air is lost. To the
site some breaks are an end, the others silence: it must find out by itself.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE = 4 * 1024  # bytes moved at a time
LATE = 0.02  # seconds a sleep may last too long without slowing the link
BUFFER = 32 * 1024  # of the sockets: what a phone thinks is sent has nearly all been carried
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing throws away what was not sent
SILENT_SHARE = 0.5  # of the breaks the site hears nothing of


@dataclass
class Link:
    """A running link; times are seconds, `rate` bytes a second from all phones together."""

    target: int  # a port of 127.0.0.1
    rate: int
    up_s: float  # mean time between two breaks
    down_s: float  # mean time in which nothing gets through
    flight_s: float  # from the phone to the site, and back again
    chance: random.Random
    port: int = 0
    sent: int = 0  # bytes the phones sent, requests and all, also those lost in the air
    breaks: int = 0  # that a phone noticed
    is_breaking: bool = True
    _is_down: bool = False
    _free_at: float = 0.0  # when the link has carried all it took
    _calls: dict[StreamWriter, asyncio.Future[None]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def serve(self, is_up: threading.Event, stop: asyncio.Event) -> None:
        """Carry until `stop`."""
        own = socket.socket()
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)  # its calls inherit it
        own.bind(("127.0.0.1", 0))
        self.port = int(own.getsockname()[1])
        server = await asyncio.start_server(self._carry, sock=own, limit=PIECE)
        breaking = asyncio.create_task(self._break())
        is_up.set()
        await stop.wait()
        server.close()
        await asyncio.sleep(0.05)  # a call that was let in begins, and ends with the others
        left = [breaking, *filter(None, self._tasks)]
        for each in left:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _break(self) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / self.up_s))
            if not self.is_breaking:
                continue
            self.breaks += any(not broken.done() for broken in self._calls.values())
            self._is_down = True
            self._cut()
            await asyncio.sleep(self.chance.expovariate(1 / self.down_s))
            self._is_down = False

    def _cut(self) -> None:
        for phone, broken in self._calls.items():
            opened = phone.get_extra_info("socket")
            with suppress(OSError):
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            phone.transport.abort()
            if not broken.done():
                broken.set_result(None)

    async def _carry(self, phone: StreamReader, back: StreamWriter) -> None:
        there: StreamWriter | None = None
        self._tasks.add(asyncio.current_task())
        broken = self._calls[back] = asyncio.get_running_loop().create_future()
        try:
            if self._is_down:
                back.transport.abort()
                return
            site, there = await self._site()
            ways = [
                asyncio.create_task(self._send(phone, there)),
                asyncio.create_task(self._answer(site, back)),
            ]
            await asyncio.wait([*ways, broken], return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()  # what is in the air is lost
            await asyncio.gather(*ways, return_exceptions=True)
            if broken.done() and self.chance.random() < SILENT_SHARE:
                with suppress(ConnectionError):
                    while await site.read(PIECE):  # until the site gives up
                        pass
        except (OSError, asyncio.CancelledError):
            pass  # no way to the site, or the link itself ends
        finally:
            del self._calls[back]
            self._tasks.discard(asyncio.current_task())
            back.close()
            if there is not None:
                there.close()  # in order: what arrived is read to its end

    async def _site(self) -> tuple[StreamReader, StreamWriter]:
        opened = socket.socket()
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        await asyncio.get_running_loop().sock_connect(opened, ("127.0.0.1", self.target))
        return await asyncio.open_connection(sock=opened, limit=PIECE)

    async def _send(self, phone: StreamReader, there: StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        async with self._flying(there) as air:
            while piece := await phone.read(PIECE):
                self.sent += len(piece)
                self._free_at = max(self._free_at, loop.time() - LATE) + len(piece) / self.rate
                await asyncio.sleep(self._free_at - loop.time())
                await air.put((loop.time() + self.flight_s, piece))

    async def _answer(self, site: StreamReader, back: StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        async with self._flying(back) as air:
            while piece := await site.read(PIECE):
                await air.put((loop.time() + self.flight_s, piece))

    def _flying(self, to: StreamWriter) -> _Air:
        return _Air(to, most=4 + int(self.rate * self.flight_s / PIECE))


class _Air:
    """Bytes on their way, each with the moment it lands; leaving waits until all have landed."""

    def __init__(self, to: StreamWriter, *, most: int) -> None:
        self._to = to
        self._queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(most)

    async def __aenter__(self) -> asyncio.Queue[tuple[float, bytes]]:
        self._landing = asyncio.create_task(self._land())
        return self._queue

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            await self._queue.put((0.0, b""))
            await self._landing
        self._landing.cancel()

    async def _land(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, piece = await self._queue.get()
            if not piece:
                return
            await asyncio.sleep(due - loop.time())
            self._to.write(piece)
            await self._to.drain()


@contextmanager
def weak_link(
    target: int, *, rate: int, up_s: float, down_s: float, flight_s: float = 0.0, seed: int = 1
) -> Iterator[Link]:
    """Lay a link to the site at `target` (a port of 127.0.0.1) until the block ends."""
    link = Link(target, rate, up_s, down_s, flight_s, random.Random(seed))
    stop, is_up, runner = asyncio.Event(), threading.Event(), asyncio.Runner()
    loop = runner.get_loop()

    def run() -> None:
        with runner:
            runner.run(link.serve(is_up, stop))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert is_up.wait(10)
    try:
        yield link
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
