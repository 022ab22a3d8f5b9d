"""A weak link: everything between a phone and the site goes through it, slowly, until it breaks.

A break is what a telephone sees when it loses its cell: its connections end without a word, and
new ones are refused for a while. What had reached the site stays there.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE = 16 * 1024  # bytes moved at a time
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing throws away what was not sent


@dataclass
class Link:
    """A running link; `sent` counts the bytes the phone sent, requests and all."""

    port: int
    target: int
    rate: int  # bytes a second from the phone
    up_s: float  # mean time between two breaks, seconds
    down_s: float  # how long nothing gets through, seconds
    chance: random.Random
    sent: int = 0
    breaks: int = 0
    is_breaking: bool = True
    _is_down: bool = False
    _phones: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        breaking = asyncio.create_task(self._break())
        async with server:
            await stop.wait()
        breaking.cancel()
        self._cut()

    async def _break(self) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / self.up_s))
            if not self.is_breaking:
                continue
            if self._phones:
                self.breaks += 1
            self._is_down = True
            self._cut()
            await asyncio.sleep(self.chance.expovariate(1 / self.down_s))
            self._is_down = False

    def _cut(self) -> None:
        for phone in list(self._phones):
            opened = phone.get_extra_info("socket")
            with suppress(OSError):
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            phone.transport.abort()

    async def _carry(self, phone: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self._is_down:
            back.transport.abort()
            return
        self._phones.add(back)
        try:
            site, there = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            back.transport.abort()
            self._phones.discard(back)
            return
        answering = asyncio.create_task(self._answer(site, back))
        try:
            while piece := await phone.read(PIECE):
                self.sent += len(piece)
                there.write(piece)
                await there.drain()
                await asyncio.sleep(len(piece) / self.rate)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._phones.discard(back)
            with suppress(OSError):
                there.close()  # in order: what arrived is read to its end
            with suppress(asyncio.CancelledError, ConnectionError):
                await asyncio.wait_for(answering, 5)

    async def _answer(self, site: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await site.read(PIECE):
                back.write(piece)
                await back.drain()
            back.close()


@contextmanager
def weak_link(
    target: int, *, rate: int, up_s: float, down_s: float, seed: int = 1
) -> Iterator[Link]:
    """Lay a link to the site at `target` (a port of 127.0.0.1) until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    link = Link(port, target, rate, up_s, down_s, random.Random(seed))
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(link.serve(stop),), daemon=True)
    thread.start()
    try:
        yield link
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        if not loop.is_running():
            loop.close()
