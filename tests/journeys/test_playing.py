"""A clip in a real browser: it plays to its end, part by part, and jumps where it is told."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import servers
from factories import clips
from journeys import phones, test_uploads
from journeys.sites import Site
from playwright.sync_api import Browser, Page, Response
from uploads.wire import CLIP

from contest.core.storage import DiskStorage, S3Storage

SECONDS = 20
SHORT = 128 * 1024
LENGTH = """() => new Promise((done, fail) => {
  const video = document.querySelector("video");
  video.addEventListener("loadedmetadata", () => done(video.duration));
  video.addEventListener("error", () => fail(new Error(video.error.message)));
  video.load(); video.preload = "auto"; video.muted = true;
})"""
PLAYED = """() => new Promise((done, fail) => {
  const video = document.querySelector("video");
  video.addEventListener("ended", () => done(video.currentTime));
  video.addEventListener("error", () => fail(new Error(video.error.message)));
  video.playbackRate = 8;
  video.play().catch(fail);
})"""
JUMPED = """(to) => new Promise((done, fail) => {
  const video = document.querySelector("video");
  video.addEventListener("seeked", () => done(video.currentTime), {once: true});
  video.addEventListener("error", () => fail(new Error(video.error.message)));
  video.currentTime = to;
})"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    clips.long(path, SECONDS)
    assert path.stat().st_size > 8 * SHORT
    return path.read_bytes()


@pytest.fixture(scope="module")
def door(site: Site, clip: bytes) -> Iterator[str]:
    DiskStorage(site.folder / "files").put(CLIP, clip, "video/mp4")
    with test_uploads._door(site) as url:
        yield url


@pytest.fixture(scope="module")
def bucket(site: Site, clip: bytes) -> Iterator[tuple[str, str]]:
    """The site with its files in a bucket that browsers reach: both addresses."""
    with servers.s3_server() as url:
        there = f"{parse_qs(urlsplit(url).query)['endpoint'][0]}/contest"
        S3Storage(url).put(CLIP, clip, "video/mp4")
        env = {"CONTEST_STORAGE_URL": url, "CONTEST_STORAGE_PUBLIC_URL": there}
        with test_uploads._door(site, **env) as found:
            yield found, there


@pytest.fixture
def page(chromium: Browser, door: str) -> Iterator[Page]:
    opened = phones.opened(chromium, door)
    yield opened
    opened.context.close()


def test_a_clip_plays_to_its_end_in_parts_that_hold_no_thread(page: Page) -> None:
    parts: list[Response] = []
    page.on("response", lambda one: parts.append(one) if "test-clip" in one.url else None)
    page.goto("/test-watch")
    assert page.evaluate(LENGTH) == pytest.approx(SECONDS, abs=0.5)
    assert page.evaluate(PLAYED) == pytest.approx(SECONDS, abs=0.5)
    assert {one.status for one in parts} == {206}
    assert len(parts) > 8
    assert all(int(one.headers["content-length"]) <= SHORT for one in parts)


def test_a_player_jumps_and_goes_on_from_there(page: Page) -> None:
    page.goto("/test-watch")
    page.evaluate(LENGTH)
    for to in (15, 3, 11):
        assert page.evaluate(JUMPED, to) == pytest.approx(to, abs=0.1)
    assert page.evaluate(PLAYED) == pytest.approx(SECONDS, abs=0.5)


def test_a_clip_plays_from_the_buckets_signed_address(
    chromium: Browser, bucket: tuple[str, str]
) -> None:
    url, there = bucket
    page = phones.opened(chromium, url)
    complaints = phones.complaints(page)
    asked: list[tuple[int, str]] = []
    page.on("response", lambda one: asked.append((one.status, one.url)))
    page.goto("/test-watch")
    assert page.evaluate(LENGTH) == pytest.approx(SECONDS, abs=0.5)
    assert page.evaluate(JUMPED, 12) == pytest.approx(12, abs=0.1)
    assert page.evaluate(PLAYED) == pytest.approx(SECONDS, abs=0.5)
    assert complaints == []
    doors = [status for status, one in asked if "/test-clip/" in one]
    assert doors
    assert set(doors) == {302}
    assert any(one.startswith(f"{there}/{CLIP}?") for _status, one in asked)
    page.context.close()
