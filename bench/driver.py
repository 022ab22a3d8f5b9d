"""The load driver: one process, one thread, kept-alive sockets, no library between it and them.

`python -m bench.driver` reads one job (JSON) from standard input and writes one result (JSON) to
standard output. A job is {"kind": "answers" | "starts", "port", "connections", "cpu", "warm_s",
"measure_s", "people": [...], …}; see `_answering` and `_starting` for what a person needs.

A script is a generator: it yields the bytes of a request and receives the response. The driver
gives each connection one script, counts what finishes inside the measured window, and lets what is
under way finish afterwards, so that every acknowledged write is known to the caller.
"""

import base64
import json
import os
import random
import re
import resource
import select
import socket
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

EPOCH = 10**13  # contest/attempts/models.py: a first device's choices are numbered from here
SILENCE_S = 15.0  # no answer to anything for so long: something is broken
SAMPLE_EVERY = 40  # of so many pages one is kept, for the caller to look into
MOST_TOLD = 20
PAGE = b"text/html"
HEADERS = (
    b"Host: 127.0.0.1\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    b"Accept-Encoding: gzip, deflate, br\r\n"
    b"Accept-Language: vi,en;q=0.5\r\n"
)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LOCATION = re.compile(rb"\r\ncontent-location: *([^\r]+)", re.IGNORECASE)
COOKIE = re.compile(rb"\r\nset-cookie: *([^=]+)=([^;\r]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    head: bytes
    body: bytes


Script = Generator[bytes, Response, None]


class WrongAnswerError(Exception):
    """The server answered something that is no success."""


class ClosedError(Exception):
    """The server closed a kept-alive connection instead of answering."""


@dataclass(slots=True)
class Run:
    """What all scripts share, and what is told in the end."""

    until: float = 0.0  # no new request after it
    counted_from: float = 0.0
    counted_until: float = 0.0
    done: int = 0  # operations inside the window
    total: int = 0  # and outside it
    took: list[float] = field(default_factory=list)  # seconds of each of them
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    acknowledged: dict[tuple[int, int], tuple[int, Any]] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    ran_out: bool = False
    reopened: int = 0  # kept-alive connections the server closed while a request came

    def goes_on(self) -> bool:
        return time.monotonic() < self.until

    def finished(self, began: float) -> None:
        now = time.monotonic()
        self.total += 1
        if self.counted_from <= now < self.counted_until:
            self.done += 1
            self.took.append(now - began)


class Connection:
    """One kept-alive socket and the script that speaks over it."""

    def __init__(self, port: int, script: Script) -> None:
        self.port = port
        self.script = script
        self.sent = b""
        self.open()

    def open(self) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_reused = False
        self.received = b""
        self.needed = 0  # bytes of the whole response, once its head is here
        self.head_length = 0

    def send(self, data: bytes) -> None:
        # A request of ours always fits the socket's buffer: nothing else is under way.
        self.sent = data
        try:
            self.sock.sendall(data)
        except (ConnectionResetError, BrokenPipeError) as error:
            raise ClosedError from error

    def send_again(self) -> None:
        """Do what browsers do when a kept-alive connection turns out to be closed."""
        self.sock.close()
        self.open()
        self.sock.sendall(self.sent)

    def receive(self) -> Response | None:
        """Take what has come; return the response once it is whole."""
        try:
            data = self.sock.recv(262_144)
        except ConnectionResetError:
            data = b""
        if not data:
            if self.is_reused and not self.received:
                raise ClosedError
            raise WrongAnswerError("the server closed a connection")
        self.received += data
        if not self.needed:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return None
            length = LENGTH.search(self.received, 0, end + 2)
            if length is None:
                raise WrongAnswerError(f"no length: {self.received[:end]!r}")
            self.head_length = end + 4
            self.needed = self.head_length + int(length[1])
        if len(self.received) < self.needed:
            return None
        head, body = self.received[: self.head_length], self.received[self.head_length :]
        self.received, self.needed, self.is_reused = b"", 0, True
        return Response(int(head[9:12]), head, body)


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Drive one job to its end and say what happened."""
    if job["cpu"] is not None:
        os.sched_setaffinity(0, {job["cpu"]})
    here = Run()
    kind = {"answers": _answering, "starts": _starting}[job["kind"]]
    step = job["connections"]
    scripts = [kind(job, job["people"][first::step], here) for first in range(step)]
    connections = [Connection(job["port"], script) for script in scripts]
    now = time.monotonic()
    here.counted_from = now + job["warm_s"]
    here.counted_until = here.until = here.counted_from + job["measure_s"]
    cpu = _drive(connections, here)
    took = sorted(here.took) or [0.0]
    return {
        "done": here.done,
        "total": here.total,
        "seconds": time.monotonic() - now,
        "per_s": here.done / job["measure_s"],
        "cpu_share": cpu / job["measure_s"],
        "p50_ms": took[len(took) // 2] * 1000,
        "p95_ms": took[len(took) * 95 // 100] * 1000,
        "statuses": dict(here.statuses),
        "wrong": here.wrong[:MOST_TOLD],
        "acknowledged": [[*key, *value] for key, value in here.acknowledged.items()],
        "started": here.started,
        "samples": here.samples,
        "ran_out": here.ran_out,
        "reopened": here.reopened,
    }


def _drive(connections: Sequence[Connection], here: Run) -> float:
    """Run every script to its end; return the CPU seconds spent inside the window."""
    poll = select.epoll()
    live: dict[int, Connection] = {}
    for one in connections:
        first = next(one.script, None)
        if first is not None:
            one.send(first)
            live[one.sock.fileno()] = one
            poll.register(one.sock.fileno(), select.EPOLLIN)
    marks: list[float] = []
    while live:
        events = poll.poll(SILENCE_S)
        if not events:
            here.wrong.append(f"nothing answered for {SILENCE_S:.0f} s")
            break
        now = time.monotonic()
        if now >= (here.counted_from, here.counted_until)[min(len(marks), 1)] and len(marks) < 2:
            marks.append(_cpu())
        for number, _ in events:
            one = live[number]
            sock = one.sock
            goes_on = _step(one, here)
            if goes_on and one.sock is sock:
                continue
            del live[number]  # a closed socket has left the poll by itself
            if goes_on:
                live[one.sock.fileno()] = one
                poll.register(one.sock.fileno(), select.EPOLLIN)
            else:
                sock.close()
    marks += [_cpu()] * (2 - len(marks))
    poll.close()
    return marks[1] - marks[0]


def _step(one: Connection, here: Run) -> bool:
    """Hand a response to its script and send what it asks for; False when the script is over."""
    try:
        response = one.receive()
        if response is None:
            return True
        here.statuses[response.status] += 1
        one.send(one.script.send(response))
    except StopIteration:
        return False
    except ClosedError:
        here.reopened += 1
        return _send_again(one, here)
    except (WrongAnswerError, OSError) as error:
        here.wrong.append(str(error) or type(error).__name__)
        return False
    return True


def _send_again(one: Connection, here: Run) -> bool:
    """Every request here may be sent twice: the numbers and the quota make it one."""
    try:
        one.send_again()
    except OSError as error:
        here.wrong.append(f"not reopened: {error}")
        return False
    return True


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _post(path: bytes, cookies: bytes, kind: bytes, more: bytes, body: bytes) -> bytes:
    return (
        b"POST " + path + b" HTTP/1.1\r\n" + HEADERS + b"Cookie: " + cookies + b"\r\n"
        b"Content-Type: " + kind + b"\r\n" + more + b"Content-Length: %d\r\n\r\n" % len(body) + body
    )


def _get(path: bytes, cookies: bytes) -> bytes:
    return (
        b"GET " + path + b" HTTP/1.1\r\n" + HEADERS + b"Accept: text/html,*/*;q=0.8\r\n"
        b"Cookie: " + cookies + b"\r\n\r\n"
    )


def _expect(response: Response, *statuses: int) -> None:
    if response.status not in statuses:
        raise WrongAnswerError(
            f"{response.status}: {response.head[:300]!r} {response.body[:300]!r}"
        )


def _answering(_job: dict[str, Any], people: Sequence[dict[str, Any]], here: Run) -> Script:
    """Save one choice after the other, each for the next person.

    A person is {"id": attempt id, "path", "cookies", "token", "shapes": [[kind, size, right]]}.
    """
    dice = random.Random(people[0]["id"])
    last = 0
    for person in _round_and_round(people):
        if not here.goes_on():
            return
        no = dice.randrange(len(person["shapes"])) + 1
        value = _choice(dice, *person["shapes"][no - 1])
        last = max(last + 1, EPOCH + int(time.time() * 1000))
        body = json.dumps({"answers": [{"no": no, "value": value, "seq": last}]}).encode()
        more = b"Accept: application/json\r\nX-CSRFToken: " + person["token"].encode() + b"\r\n"
        request = _post(
            person["path"].encode(), person["cookies"].encode(), b"application/json", more, body
        )
        began = time.monotonic()
        response = yield request
        _expect(response, 200)
        if json.loads(response.body)["saved"] != [no]:
            raise WrongAnswerError(f"not saved: {response.body[:200]!r}")
        here.acknowledged[person["id"], no] = (last, value)
        here.finished(began)


def _round_and_round(people: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    while True:
        yield from people


def _choice(dice: random.Random, kind: str, size: int, size_right: int) -> Any:
    """Return a value the question takes, in the form in which the site keeps it."""
    if kind == "one":
        return dice.randrange(size)
    if kind == "several":
        return sorted(dice.sample(range(size), dice.randint(1, size)))
    if kind == "true_false":
        return dice.random() < 0.5
    if kind == "number":
        return str(dice.randint(1, 500))
    if kind == "ordering":
        return dice.sample(range(size), size)
    return dice.sample(range(size_right), size)  # matching


def _starting(job: dict[str, Any], people: Sequence[dict[str, Any]], here: Run) -> Script:
    """Join, start, and get the paper with one tap, each time as a person who never did.

    A person is {"cookies": {name: value}, "token"}; the job has "enter" (a path) and "form" (its
    fields, encoded).
    """
    form = b"application/x-www-form-urlencoded"
    for person in people:
        if not here.goes_on():
            return
        jar: dict[str, str] = dict(person["cookies"])
        token = f"csrf_token={person['token']}"
        began = time.monotonic()
        body = f"{token}&{job['form']}".encode()
        response = yield _post(job["enter"].encode(), _cookies(jar), form, b"", body)
        _expect(response, 200)
        if PAGE not in response.head:
            raise WrongAnswerError(f"no page: {response.head!r}")
        place = LOCATION.search(response.head)
        if place is None:
            raise WrongAnswerError(f"no location: {response.head!r}")
        here.started.append(place[1].decode().rsplit("/", 1)[1])
        if len(here.started) % SAMPLE_EVERY == 1:
            whole = response.head + response.body
            here.samples.append(base64.b64encode(whole).decode())
        here.finished(began)
    here.ran_out = here.ran_out or here.goes_on()


def _cookies(jar: dict[str, str]) -> bytes:
    return "; ".join(f"{name}={value}" for name, value in jar.items()).encode()


def _keep_cookies(jar: dict[str, str], response: Response) -> None:
    for name, value in COOKIE.findall(response.head):
        jar[name.decode()] = value.decode()


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
