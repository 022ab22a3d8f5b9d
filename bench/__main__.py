"""`python -m bench`: how fast the hot paths are, beside a bare floor on the same machine.

What is measured and how to read it: docs/bench.md. The last line is JSON.
"""

import argparse
import base64
import gzip
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import sqlalchemy as sa
from sqlalchemy import Engine

from bench import (
    board_growth,
    clips,
    desk_queries,
    floor,
    imports,
    panels,
    seeding,
    serving,
    uploads,
)
from contest import tables
from contest.app import create_app
from contest.config import ROOT, Settings
from contest.core import db
from contest.web import assets
from tests import servers

CONNECTIONS = 32
SITE = ("answers", "starts")
BARS = {"answers_ratio": 0.5, "starts_ratio": 0.2, "board_growth": 1.5}
PG_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
QUESTION = re.compile(rb'id="question-(\d+)"')
BUSY = 0.5  # load average before the run that makes its figures doubtful
SPARE = 8  # fresh people for starts, beside what the last rate asks for


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and with how many people."""

    rounds: int
    warm_s: float
    measure_s: float
    longest_warm_s: float
    takers: int
    threads: int
    workers: int
    board: int | None  # results on the large board; None: leave it out


@dataclass(slots=True)
class Series:
    """The phases of one kind: one run of the driver each."""

    name: str
    runs: list[dict[str, Any]] = field(default_factory=list)

    def middle(self, key: str) -> float:
        return float(statistics.median(run[key] for run in self.runs))

    def extent(self, key: str) -> tuple[float, float]:
        values = [run[key] for run in self.runs]
        return min(values), max(values)


class WrongError(Exception):
    """A measurement that must not be believed."""


@dataclass(slots=True)
class Bench:
    """The servers of one run and what was acknowledged by them so far."""

    plan: Plan
    site: serving.Server
    floor: serving.Server
    database: list[int]
    redis: list[int]
    takers: list[dict[str, Any]]
    saved: dict[str, dict[tuple[int, int], tuple[int, Any]]] = field(
        default_factory=lambda: {"floor": {}, "answers": {}}
    )
    started: list[str] = field(default_factory=list)

    def floor_phase(self, *, seconds: float | None = None) -> dict[str, Any]:
        paths = [{**one, "path": f"/{one['id']}/answers"} for one in self.takers]
        result = self._drive("answers", self.floor, paths, seconds)
        self._keep("floor", result)
        return result

    def answers_phase(self, *, seconds: float | None = None) -> dict[str, Any]:
        result = self._drive("answers", self.site, self.takers, seconds)
        self._keep("answers", result)
        on = result["total"] % len(self.takers)  # the next phase goes on where this one stopped
        self.takers = self.takers[on:] + self.takers[:on]
        return result

    def warm_up(self) -> None:
        """Let everybody save once: a person's first save reads the paper, the other 14 do not."""
        self.floor_phase(seconds=1)
        until = time.monotonic() + self.plan.longest_warm_s
        while time.monotonic() < until:
            self.answers_phase(seconds=1)
            if len({attempt for attempt, _ in self.saved["answers"]}) == len(self.takers):
                break

    def starts_phase(
        self, people: Sequence[seeding.Person], *, seconds: float | None = None
    ) -> dict[str, Any]:
        job = {
            "enter": f"/attempts/rounds/{seeding.CONTEST}/{seeding.ROUND}/enter",
            "form": f"division={seeding.DIVISION}",
        }
        rows = [{"cookies": one.cookies, "token": one.token} for one in people]
        result = self._drive("starts", self.site, rows, seconds, **job)
        self.started += result["started"]
        for sample in result["samples"]:
            _check_page(base64.b64decode(sample))
        if result["ran_out"]:
            raise WrongError("the fresh accounts ran out before the time did")
        return result

    def _drive(
        self,
        kind: str,
        server: serving.Server,
        people: Sequence[dict[str, Any]],
        seconds: float | None,
        **more: Any,
    ) -> dict[str, Any]:
        job = {
            "kind": kind,
            "port": server.port,
            "connections": CONNECTIONS,
            "cpu": max(os.sched_getaffinity(0)),
            "warm_s": self.plan.warm_s,
            "measure_s": seconds or self.plan.measure_s,
            "people": people,
            **more,
        }
        groups = {"app": server.workers(), "postgres": self.database, "redis": self.redis}
        before = {name: _cpu_of(name, pids) for name, pids in groups.items()}
        said = subprocess.run(
            [sys.executable, "-m", "bench.driver"],
            input=json.dumps(job).encode(),
            stdout=subprocess.PIPE,
            cwd=ROOT,
            check=True,
        )
        result: dict[str, Any] = json.loads(said.stdout)
        if result["wrong"]:
            raise WrongError(f"{kind}: {result['statuses']}\n" + "\n".join(result["wrong"]))
        for name, pids in groups.items():
            used = _cpu_of(name, pids) - before[name]
            result[f"{name}_ms"] = used * 1000 / max(1, result["total"])
        return result

    def _keep(self, name: str, result: dict[str, Any]) -> None:
        for attempt, no, seq, value in result["acknowledged"]:
            self.saved[name][attempt, no] = seq, value


def _cpu_of(name: str, pids: list[int]) -> float:
    if name == "postgres":  # its backends come and go; ended ones count with their parent
        pids = [one for pid in pids for one in (pid, *serving.children(pid))]
    return serving.cpu_s(pids)


def _check_page(whole: bytes) -> None:
    """Raise unless a page the driver kept is a paper of all its questions."""
    head, _, body = whole.partition(b"\r\n\r\n")
    if b"content-encoding: br" in head.lower():
        body = brotli.decompress(body)
    elif b"content-encoding: gzip" in head.lower():
        body = gzip.decompress(body)
    shown = {int(number) for number in QUESTION.findall(body)}
    if shown != set(range(1, seeding.PAPER + 1)):
        raise WrongError(f"a paper page shows the questions {sorted(shown)}")


@contextmanager
def _servers(plan: Plan) -> Iterator[tuple[Bench, Engine, Callable[[int], list[seeding.Person]]]]:
    """Start and fill everything; stop and remove everything."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        url = stack.enter_context(servers.postgres(is_durable=True))
        redis_url = stack.enter_context(servers.redis_server())
        common: dict[str, Any] = {
            "data_dir": folder,
            "database_url": url,
            "secret_key": secrets.token_urlsafe(48),
            "redis_url": redis_url,
            "threads": plan.threads,
            "workers": plan.workers,
        }
        engine = db.connect(url, pool_size=2)
        stack.callback(engine.dispose)
        site, bare = [Settings(**common, port=serving.free_port()) for _ in range(2)]
        assets.build(folder)
        app = create_app(site, engine)
        now = seeding.moment()
        questions = seeding.fill(engine, now)
        floor.metadata.create_all(engine)
        takers = seeding.begin(seeding.add_people(app, plan.takers, now), now)
        with engine.connect() as connection:
            shown = [f"{name}={_show(connection, name)}" for name in PG_SETTINGS]
            version = _show(connection, "server_version")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("vacuum analyze")
        print(f"PostgreSQL {version}: {', '.join(shown)}; papers of {seeding.PAPER}")
        print(f"questions drawn of {questions}; {len(takers)} takers with attempts; gunicorn")
        print(f"gthread {plan.workers} × {plan.threads}; {CONNECTIONS} connections.", flush=True)
        running = [
            stack.enter_context(
                serving.served(target, settings, _env(settings), folder / f"{name}.log")
            )
            for name, target, settings in (
                ("site", "wsgi:app", site),
                ("floor", "bench.floor:app", bare),
            )
        ]
        socket_dir = str(sa.make_url(url).query["host"])
        bench = Bench(
            plan,
            site=running[0],
            floor=running[1],
            database=serving.named(f"{socket_dir}/d"),
            redis=serving.named(redis_url.removeprefix("unix://").removesuffix("/s")),
            takers=takers,
        )
        yield bench, engine, lambda count: seeding.add_people(app, count, now)


def _env(settings: Settings) -> dict[str, str]:
    return {
        "CONTEST_DATA_DIR": str(settings.data_dir),
        "CONTEST_DATABASE_URL": settings.database_url,
        "CONTEST_SECRET_KEY": settings.secret_key,
        "CONTEST_REDIS_URL": settings.redis_url or "",
        "CONTEST_THREADS": str(settings.threads),
        "CONTEST_WORKERS": str(settings.workers),
        "PORT": str(settings.port),
    }


def _show(connection: sa.Connection, name: str) -> str:
    return str(connection.exec_driver_sql(f"show {name}").scalar_one())


def _measure(plan: Plan) -> tuple[dict[str, Series], dict[str, Any]]:
    found = {name: Series(name) for name in ("floor", "answers", "starts")}
    with _servers(plan) as (bench, engine, add_people):
        bench.warm_up()
        last = bench.starts_phase(add_people(1500), seconds=1)
        for number in range(plan.rounds):
            wanted = last["total"] / last["seconds"] * (plan.warm_s + plan.measure_s)
            fresh = add_people(int(wanted * SPARE) + 4 * CONNECTIONS)
            found["floor"].runs.append(bench.floor_phase())
            found["answers"].runs.append(bench.answers_phase())
            found["floor"].runs.append(bench.floor_phase())
            last = bench.starts_phase(fresh)
            found["starts"].runs.append(last)
            rates = ", ".join(f"{one.name} {one.runs[-1]['per_s']:.0f}/s" for one in found.values())
            print(f"round {number + 1} of {plan.rounds}: {rates}", flush=True)
        peak = bench.site.peak_mib()
        _check_rows(bench, engine)
        more = {"board_growth": _board(engine, plan), "worker_peak_mib": round(peak, 1)}
        return found, more | _imports(engine) | _desk(engine)


def _check_rows(bench: Bench, engine: Engine) -> None:
    """Raise unless everything the servers acknowledged is in the database, and nothing else."""
    for name, stored in (
        ("answers", seeding.stored_answers(engine)),
        ("floor", floor.stored(engine)),
    ):
        if stored != bench.saved[name]:
            lost = sum(stored.get(key) != value for key, value in bench.saved[name].items())
            raise WrongError(f"{name}: {lost} acknowledged saves are not as they were sent")
        print(f"{name}: all {len(stored)} choices are stored as last acknowledged")
    sizes = seeding.papers(engine, bench.started)
    if len(sizes) != len(bench.started) or set(sizes.values()) != {seeding.PAPER}:
        raise WrongError(f"{len(sizes)} of {len(bench.started)} started attempts are stored")
    print(f"starts: all {len(sizes)} attempts are stored, each with {seeding.PAPER} questions")


def _board(engine: Engine, plan: Plan) -> float | None:
    """Return how reading a board grows, on a database of its own beside the site's."""
    if plan.board is None:
        return None
    print("board: filling", flush=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("create database board")
    own = sa.create_engine(engine.url.set(database="board"))
    try:
        tables.metadata.create_all(own)
        board_growth.LARGE = plan.board
        found = board_growth.measure(own)
    finally:
        own.dispose()
    for name, value in found.items():
        print(f"  {name:26} {value:.2f}" if isinstance(value, float) else f"  {name:26} {value}")
    return round(float(found["board_growth"]), 3)


def _imports(engine: Engine) -> dict[str, Any]:
    """Return how long 5,000 questions of each format take to come in, on the site's database."""
    url = engine.url.render_as_string(hide_password=False)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = imports.measure(url, Path(folder))
    return {
        f"import_{name}_{key}": value
        for name, figures in found.items()
        for key, value in figures.items()
    }


def _desk(engine: Engine) -> dict[str, Any]:
    """Return the statements of the organizer's long pages, on a database of its own."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("create database desk")
    own = sa.create_engine(engine.url.set(database="desk"))
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            return desk_queries.measure(own, Path(folder))
    finally:
        own.dispose()
        db.bind(engine)


def _report(found: dict[str, Series], more: dict[str, Any]) -> dict[str, Any]:
    print()
    columns = ("per second", "min–max", "p50 ms", "p95 ms", "driver", "app", "postgres", "redis")
    print(f"{'':8}" + "".join(f"{column:>13}" for column in columns))
    for one in found.values():
        low, high = one.extent("per_s")
        cells = [f"{one.middle('per_s'):.0f}", f"{low:.0f}–{high:.0f}"]
        cells += [f"{one.middle(key):.1f}" for key in ("p50_ms", "p95_ms")]
        cells += [f"{one.middle('cpu_share'):.0%}"]
        cells += [f"{one.middle(f'{key}_ms'):.2f} ms" for key in ("app", "postgres", "redis")]
        print(f"{one.name:8}" + "".join(f"{cell:>13}" for cell in cells))
    reopened = sum(run["reopened"] for one in found.values() for run in one.runs)
    if reopened:
        print(f"the server closed a kept-alive connection under a request {reopened} times")
    print("driver: share of one core; app, postgres, redis: CPU time of one operation\n")
    base = found["floor"].middle("per_s")
    facts = {
        **{f"{name}_ratio": round(found[name].middle("per_s") / base, 3) for name in SITE},
        **more,
        **{f"{name}_cpu_ratio": round(_cpu_ratio(found, name), 3) for name in SITE},
        "floor_per_s": round(base, 1),
        "answers_per_s": round(found["answers"].middle("per_s"), 1),
        "starts_per_s": round(found["starts"].middle("per_s"), 1),
        "driver_cpu_share": round(max(one.middle("cpu_share") for one in found.values()), 3),
    }
    _say_bars(facts)
    return facts


def _cpu_ratio(found: dict[str, Series], name: str) -> float:
    """Compare CPU time instead of rates: steadier where other programs share the machine."""
    base, here = (
        sum(found[which].middle(f"{part}_ms") for part in ("app", "postgres", "redis"))
        for which in ("floor", name)
    )
    return base / here


def _say_bars(facts: dict[str, Any]) -> None:
    for name, bar in BARS.items():
        value, sign = facts[name], "≤" if name == "board_growth" else "≥"
        if value is None:
            print(f"{name:16} not measured")
        else:
            is_met = value <= bar if sign == "≤" else value >= bar
            print(f"{name:16} {value:.3f}  (wanted {sign} {bar})  {'met' if is_met else 'NOT MET'}")
    for name in imports.FORMATS:
        seconds, peak = facts[f"import_{name}_seconds"], facts[f"import_{name}_peak_mib"]
        verdict = "met" if seconds < imports.WANTED_S else "NOT MET"
        print(
            f"import_rate      {imports.SIZE} {name} questions in {seconds} s, {peak} MiB at most"
            f"  (wanted < {imports.WANTED_S:.0f} s)  {verdict}"
        )
    for name in ("live_page", "bank_list"):
        few, many = facts[f"desk_queries_{name}"]
        verdict = "met" if few == many else "NOT MET"
        print(
            f"desk_queries     {name}: {few} statements at {desk_queries.FEW} rows, {many} at"
            f" {desk_queries.MANY}  (wanted equal)  {verdict}"
        )
    print(f"worker_peak_mib  {facts['worker_peak_mib']}\n")


def _plan() -> Plan:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute, less steady")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--takers", type=int, help="people who answer, each in an attempt")
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--no-board", action="store_true", help="leave board_growth out")
    given = parser.parse_args()
    return Plan(
        rounds=given.rounds or (2 if given.quick else 5),
        warm_s=0.5 if given.quick else 1.0,
        measure_s=2.0 if given.quick else 5.0,
        longest_warm_s=5.0 if given.quick else 20.0,
        takers=given.takers or (200 if given.quick else 1000),
        threads=given.threads,
        workers=given.workers,
        board=None if given.no_board else 100_000 if given.quick else board_growth.LARGE,
    )


def main() -> None:
    """Measure, say it in words, then in one line of JSON."""
    began = time.monotonic()
    load = os.getloadavg()[0]
    if load > BUSY:
        print(f"Other programs are busy here (load {load:.1f}): do not trust these figures.")
    facts = _report(*_measure(_plan()))
    facts |= panels.measure(runs=100)
    facts |= clips.measure() | uploads.measure()
    facts["load_before"] = round(load, 2)
    facts["seconds"] = round(time.monotonic() - began)
    print(json.dumps(facts))


if __name__ == "__main__":
    try:
        main()
    except WrongError as error:
        sys.exit(f"bench: {error}")
