"""`python -m bench.uploads`: what a weak link costs a phone, and what a large file costs the site.

`upload_overhead`: bytes a phone sends for each byte of a file, over a link that drops at random.
The page is the real one, in chromium; link, phone's clock and outages run `SPEED` times as fast, so
that chunks, waits and drops keep their proportions. `upload_memory_mb`: how much the largest memory
of a web worker grows by one large file, whether it comes in the page's chunks or in one request.
"""

import hashlib
import http.client
import json
import random
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, expect, sync_playwright
from sqlalchemy import select

from bench import seeding, serving
from bench.seeding import Person
from contest import tables, worker
from contest.accounts import service as people
from contest.accounts import unit_file
from contest.app import create_app
from contest.config import ROOT, Settings
from contest.core import db, storage
from contest.uploads import jobs
from contest.uploads.models import Upload
from contest.uploads.protocol import CONTENT_TYPE, VERSION
from contest.uploads.staging import of as staging_of
from contest.web import assets
from tests.journeys import phones
from tests.links import Link, weak_link

MEBIBYTE = 1024 * 1024
CLIP = 40_000_000  # bytes
RATE, UP_S, DOWN_S, FLIGHT_S = 60_000, 30.0, 5.0, 0.2  # the weak link, at its own pace
SPEED = 30
PATIENCE_S = 300
MOST_OVERHEAD, MOST_GROWTH_MB = 1.05, 10.0
LARGE = 500_000_000  # bytes
# The phone's clock: the page measures and waits in the time of its link.
FAST_CLOCK = """(() => {
  const speed = %d, real = Date.now.bind(Date), start = real();
  const later = window.setTimeout.bind(window), again = window.setInterval.bind(window);
  Date.now = () => start + (real() - start) * speed;
  window.setTimeout = (run, wait, ...given) => later(run, (wait || 0) / speed, ...given);
  window.setInterval = (run, wait, ...given) => again(run, (wait || 0) / speed, ...given);
})();"""


@dataclass(frozen=True, slots=True)
class Site:
    """The site of the tests of uploads, and somebody signed in."""

    server: serving.Server
    settings: Settings
    person: Person

    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.person.cookies.items())
        named = {"Cookie": cookies, "X-CSRFToken": self.person.token}
        return {**named, "Tus-Resumable": VERSION, "Accept": "application/json"}


def measure(*, seed: int = 2026) -> dict[str, Any]:
    """Print both figures and give them; without a chromium the first is left out."""
    return _memory() | _overhead(seed)


@contextmanager
def _site(most_kb: int = 0) -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        settings = Settings(
            data_dir=folder,
            database_url=f"sqlite:///{folder / 'contest.db'}",
            secret_key=secrets.token_urlsafe(48),
            port=serving.free_port(),
        )
        engine = db.connect(settings.database_url)
        try:
            tables.metadata.create_all(engine)
            assets.build(folder)
            now = seeding.moment()
            with db.transaction() as writing:
                rows = unit_file.read((seeding.DATA / "units_lao_cai.csv").read_bytes())
                people.load_units(writing, rows, by=None, now=now)
            (person,) = seeding.add_people(create_app(settings, engine), 1, now)
            env = {
                "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
                "CONTEST_DATA_DIR": str(folder),
                "CONTEST_DATABASE_URL": settings.database_url,
                "CONTEST_REDIS_URL": "",
                "CONTEST_STORAGE_URL": "",
                "CONTEST_SECRET_KEY": settings.secret_key,
                "CONTEST_UPLOAD_CHUNK_KB": str(most_kb or settings.upload_chunk_kb),
                "PORT": str(settings.port),
            }
            with serving.served("uploads.site:app", settings, env, folder / "log") as server:
                site = Site(server, settings, person)
                _ensure_page(site)
                yield site
        finally:
            engine.dispose()


def _ensure_page(site: Site) -> None:
    """Wait for the page; its worker has loaded the site then."""
    opened = http.client.HTTPConnection("127.0.0.1", site.server.port, timeout=PATIENCE_S)
    opened.request("GET", "/test-upload", headers=site.headers())
    assert opened.getresponse().status == 200
    opened.close()


def _overhead(seed: int) -> dict[str, Any]:
    if not phones.is_there():
        print(f"upload_overhead  not measured: no chromium at {phones.CHROMIUM}")
        return {}
    content = random.Random(seed).randbytes(CLIP)
    facts = {
        "rate": RATE * SPEED,
        "up_s": UP_S / SPEED,
        "down_s": DOWN_S / SPEED,
        "flight_s": FLIGHT_S / SPEED,
        "seed": seed,
    }
    with _site() as site:
        clip = site.settings.data_dir / "clip.mp4"
        clip.write_bytes(content)
        with weak_link(site.server.port, **facts) as link:
            seconds = _sent_by_phone(site, link, clip)
        received = _stored_hash(site)
    if received != hashlib.sha256(content).hexdigest():
        raise RuntimeError("the file that arrived is another one")
    ratio = link.sent / CLIP
    verdict = "met" if ratio <= MOST_OVERHEAD else "NOT MET"
    print(
        f"upload_overhead  {link.sent} bytes sent for {CLIP}, {link.breaks} drops,"
        f" {seconds:.0f} s ({seconds * SPEED / 60:.0f} min of the phone's); SHA-256 equal:"
        f" {ratio:.4f}  (wanted ≤ {MOST_OVERHEAD})  {verdict}",
        flush=True,
    )
    return {
        "upload_overhead": round(ratio, 4),
        "upload_drops": link.breaks,
        "upload_phone_minutes": round(seconds * SPEED / 60, 1),
    }


def _sent_by_phone(site: Site, link: Link, clip: Path) -> float:
    """Send `clip` as a person would; `link` counts from the tap to the page's "received"."""
    link.is_breaking = False
    with sync_playwright() as playwright:
        browser = phones.launch(playwright)
        url = f"http://127.0.0.1:{link.port}"
        context: BrowserContext = browser.new_context(**phones.PHONE, base_url=url)
        jar = [{"name": k, "value": v, "url": url} for k, v in site.person.cookies.items()]
        context.add_cookies(jar)  # type: ignore[arg-type]
        context.add_init_script(FAST_CLOCK % SPEED)
        page = context.new_page()
        page.goto("/test-upload")
        page.get_by_label("Chọn tệp").set_input_files(clip)
        link.is_breaking, link.sent, link.breaks = True, 0, 0
        began = time.monotonic()
        page.get_by_role("button", name="Gửi tệp").click()
        expect(page.locator("[data-upload-done]")).to_be_visible(timeout=PATIENCE_S * 1000)
        seconds = time.monotonic() - began
        link.is_breaking = False
        browser.close()
    return seconds


def _stored_hash(site: Site) -> str | None:
    """Let the worker finish the one upload; return the SHA-256 of its row."""
    staging = staging_of(site.settings.data_dir)

    def finish(work: Any) -> None:
        jobs.finish(work, staging=staging, lasts=timedelta(hours=1))

    worker.work_once({jobs.JOB: finish}, storage.opened(site.settings))
    with db.reading_session() as session:
        return session.scalars(select(Upload.sha256)).one()


def _memory() -> dict[str, Any]:
    grown = {}
    for name, chunk in (("in chunks", 2 * MEBIBYTE), ("in one request", LARGE + MEBIBYTE)):
        with _site(chunk // 1024) as site:
            _send(site, 4 * MEBIBYTE, chunk)  # what any upload needs is there by now
            before = site.server.peak_mib()
            began = time.monotonic()
            _send(site, LARGE, chunk)
            grown[name] = site.server.peak_mib() - before
            seconds = time.monotonic() - began
        print(f"  {LARGE} bytes {name}: {grown[name]:+.1f} MiB on {before:.0f}, {seconds:.0f} s")
    most = max(grown.values())
    verdict = "met" if most < MOST_GROWTH_MB else "NOT MET"
    print(f"upload_memory_mb {most:.1f}  (wanted < {MOST_GROWTH_MB:.0f})  {verdict}", flush=True)
    return {"upload_memory_mb": round(most, 1)}


def _send(site: Site, length: int, chunk: int) -> None:
    opened = http.client.HTTPConnection("127.0.0.1", site.server.port, timeout=PATIENCE_S)
    facts = "purpose dGVzdA==,filename YS5tcDQ=,subject YQ=="  # test, a.mp4, a
    headers = {**site.headers(), "Upload-Length": str(length), "Upload-Metadata": facts}
    opened.request("POST", "/uploads/", headers={**headers, "Content-Length": "0"})
    answer = opened.getresponse()
    answer.read()
    assert answer.status == 201, answer.status
    path = str(answer.headers["Location"])
    for at in range(0, length, chunk):
        size = min(chunk, length - at)
        headers = {"Content-Type": CONTENT_TYPE, "Content-Length": str(size)}
        named = {**site.headers(), **headers, "Upload-Offset": str(at)}
        opened.request("PATCH", path, body=_zeros(size), headers=named)
        answer = opened.getresponse()
        answer.read()
        assert answer.status == 204, answer.status
    opened.close()


def _zeros(size: int) -> Iterator[bytes]:
    whole = bytes(MEBIBYTE)
    for at in range(0, size, len(whole)):
        yield whole[: size - at]


if __name__ == "__main__":
    print(json.dumps(measure()))
