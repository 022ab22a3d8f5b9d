"""A clip in a real browser: it plays to its end, part by part, and jumps where it is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from factories import clips
from journeys import phones, test_uploads
from journeys.sites import Site
from playwright.sync_api import Browser, Page, Response
from uploads.wire import CLIP

from contest.core.storage import DiskStorage

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
def door(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    clips.long(path, SECONDS)
    assert path.stat().st_size > 8 * SHORT
    DiskStorage(site.folder / "files").put(CLIP, path.read_bytes(), "video/mp4")
    with test_uploads._door(site) as url:
        yield url


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
