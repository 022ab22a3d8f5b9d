"""An entry from a phone on a bad link to its receipt, and an essay without scripts."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from factories import clips
from factories.word import word
from journeys import looking, papers, people, phones
from journeys.people import Person
from journeys.sites import Site
from playwright.sync_api import Browser, Page, expect

MY = Person(
    *("Lý Thị Mỷ", (3, 4, 1985), "si ma cai", "Xã Si Ma Cai", "ly.my", "Mọi người dân"),
)
PHU = Person(
    *("Giàng A Phủ", (9, 2, 1971), "muong khuong", "Xã Mường Khương", "giang.phu"),
    *("Mọi người dân",),
)
ROUND = """
[[rounds]]
code = "bai"
name = "Video hay, bài viết hay"
name_en = "Good clips, good essays"
kind = "entries"
opens_at = {opens_at}
closes_at = {closes_at}

[rounds.entries]
kinds = ["video", "essay"]
each = 2
gallery = true

[[rounds.entries.criteria]]
code = "content"
name = "Nội dung đúng và có ích"
name_en = "Right and useful content"
about = "Kỹ năng số được chỉ đúng, người xem làm theo được."
"""
SLOW = 60_000  # bytes a second
SHOTS = os.environ.get("SHOTS", "")  # a folder to leave pictures of the pages in, to look at


@pytest.fixture(scope="module")
def contest(site: Site) -> str:
    code = f"gui-bai-{time.time_ns()}"
    now = datetime.now(UTC).replace(microsecond=0)
    round_ = ROUND.format(
        opens_at=papers.moment(now - timedelta(hours=1)),
        closes_at=papers.moment(now + timedelta(days=3)),
    )
    site.load(code, papers.HEAD.format(code=code) + papers.DIVISIONS + round_)
    return code


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real clip of some hundred KB, large enough to be cut off on its way."""
    path = tmp_path_factory.mktemp("clip") / "bà con dùng VNeID 🎬.mp4"
    clips.of_size("640x480", seconds=3)(path)
    return path


def seen(page: Page, name: str) -> None:
    """Hold a page to what all pages promise; leave a picture of it where one is wanted."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    assert looking.faults(page) == [], name
    assert looking.too_wide(page, 320, 640) == [], name
    page.set_viewport_size(phones.PHONE["viewport"])


def slow(page: Page, bytes_a_second: int) -> None:
    link = page.context.new_cdp_session(page)
    speeds = {"downloadThroughput": 10**7, "uploadThroughput": bytes_a_second}
    link.send("Network.emulateNetworkConditions", {"offline": False, "latency": 20, **speeds})


def begin(page: Page, contest: str, kind: str) -> None:
    page.goto(f"/contests/{contest}")
    page.get_by_role("link", name=re.compile("^Gửi bài dự thi")).click()
    seen(page, f"round-{kind}")
    page.get_by_role("button", name=f"Gửi bài: {kind}").click()
    page.wait_for_url("**/entries/*")


def choose(page: Page, file: Path) -> None:
    page.get_by_label("Chọn tệp").set_input_files(file)
    page.get_by_role("button", name="Gửi tệp").click()


@pytest.fixture
def phone(chromium: Browser, site: Site) -> Iterator[Page]:
    page = phones.opened(chromium, site.url)
    people.sign_in_or_register(page, MY)
    yield page
    page.context.close()


def test_a_clip_survives_a_lost_link_and_plays(phone: Page, contest: str, clip: Path) -> None:
    page, noted = phone, phones.complaints(phone)
    size = clip.stat().st_size
    assert size > 4 * SLOW  # some seconds on the way
    begin(page, contest, "Video")
    seen(page, "empty")
    page.get_by_label("Tên bài dự thi").fill("Bà con dùng VNeID")
    missing = page.locator("[data-missing]")
    expect(missing).to_contain_text("Bạn hãy đặt tên cho bài dự thi.")
    expect(page.locator("[data-save-said]")).to_contain_text("Đã tự lưu trên máy chủ lúc")
    expect(missing).not_to_contain_text("Bạn hãy đặt tên cho bài dự thi.")
    expect(missing).to_contain_text("Bạn hãy gửi tệp video.")
    spoken = page.get_by_label("Tiếng Mông")
    expect(spoken).to_be_hidden()
    page.get_by_text("Bài có dùng tiếng khác ngoài tiếng Việt?").click()
    seen(page, "languages")
    with page.expect_response(lambda each: each.request.method == "POST") as saved:
        spoken.check()
    assert "languages=hmn" in str(saved.value.request.post_data)

    slow(page, SLOW)
    choose(page, clip)
    page.wait_for_function("() => document.querySelector('#upload-clip-progress').value >= 10")
    page.get_by_label("Lời giới thiệu").fill("Bà tôi tự làm từng bước.")
    page.context.set_offline(True)
    expect(page.locator("[data-upload-state]")).to_contain_text("Mất mạng")
    seen(page, "offline")
    page.context.set_offline(False)
    page.get_by_role("button", name="Tạm dừng").click()
    page.reload()
    expect(page.get_by_text("Bạn còn tệp gửi dở:")).to_be_visible()
    expect(page.get_by_label("Lời giới thiệu")).to_have_value("Bà tôi tự làm từng bước.")
    expect(page.get_by_label("Tiếng Mông")).to_be_checked()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url[-9:]}"))
    slow(page, 10 * SLOW)
    choose(page, clip)

    card = page.locator(".entry-file")
    expect(card).to_contain_text("bà con dùng VNeID", timeout=60_000)
    assert "POST /uploads/" not in asked  # it went on where it was
    expect(card).to_contain_text("Đã sẵn sàng", timeout=60_000)
    expect(card).to_contain_text(hashlib.sha256(clip.read_bytes()).hexdigest())
    seen(page, "ready")
    video = page.locator("video")
    assert video.get_attribute("preload") == "none"
    assert "/poster" in str(video.get_attribute("poster"))
    video.evaluate("each => { each.muted = true; return each.play(); }")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.5")

    page.get_by_role("link", name="Xem lại và nộp bài").click()
    expect(page.get_by_text("Bà tôi tự làm từng bước.")).to_be_visible()
    expect(page.get_by_text("tiếng Mông", exact=True)).to_be_visible()
    seen(page, "confirm")
    page.get_by_role("button", name="Nộp bài").click()
    expect(page.get_by_role("heading", name="Đã nhận")).to_be_visible()
    seen(page, "received")
    receipt = page.locator("#receipt").inner_text()
    page.get_by_role("link", name="Kiểm tra mã biên nhận").click()
    expect(page.get_by_role("heading", name="Mã khớp")).to_be_visible()
    expect(page.get_by_text(receipt).first).to_be_visible()
    seen(page, "receipt")
    page.go_back()
    page.get_by_role("link", name="Sửa hoặc nộp lại").click()
    expect(page.get_by_text("Bạn không phải làm gì thêm.")).to_be_visible()
    page.get_by_role("link", name="Rút bài này").click()
    expect(page.get_by_role("heading", name="Rút bài “Bà con dùng VNeID”?")).to_be_visible()
    seen(page, "withdraw")
    page.goto("/entries/")
    expect(page.get_by_text("Đã nộp")).to_be_visible()
    seen(page, "mine")
    trouble = [each for each in noted if "ERR_INTERNET_DISCONNECTED" not in each]
    assert trouble == []


def test_an_essay_is_sent_without_scripts(
    chromium: Browser, site: Site, contest: str, tmp_path: Path
) -> None:
    essay = tmp_path / "bài viết.docx"
    essay.write_bytes(word("Bình dân học vụ số ở bản tôi.", "Bà con học mỗi tối thứ Bảy."))
    page = phones.opened(chromium, site.url, java_script_enabled=False)
    noted = phones.complaints(page)
    people.register(page, PHU)
    page.goto(f"/contests/{contest}")
    page.get_by_role("link", name=re.compile("^Gửi bài dự thi")).click()
    page.get_by_role("button", name="Gửi bài: Bài viết").click()
    page.get_by_label("Tên bài dự thi").fill("Học số ở bản")
    page.get_by_text("Bài có dùng tiếng khác ngoài tiếng Việt?").click()
    page.get_by_label("Tiếng Giáy").check()
    page.get_by_role("button", name="Lưu").first.click()
    expect(page.get_by_text("Đã lưu bài trên máy chủ.")).to_be_visible()
    expect(page.get_by_label("Tiếng Giáy")).to_be_checked()
    choose(page, essay)
    expect(page.get_by_role("heading", name="Biên nhận tệp")).to_be_visible()
    expect(page.get_by_text(hashlib.sha256(essay.read_bytes()).hexdigest())).to_be_visible(
        timeout=30_000
    )
    page.get_by_role("link", name="Quay lại", exact=True).click()
    card = page.locator(".entry-file")
    expect(card).to_contain_text("bài viết.docx")
    for _ in range(60):
        if page.get_by_text("Đã sẵn sàng").count():
            break
        time.sleep(0.5)
        page.reload()
    expect(card).to_contain_text("Đã sẵn sàng")
    page.get_by_role("link", name="Xem lại và nộp bài").click()
    page.get_by_role("button", name="Nộp bài").click()
    expect(page.get_by_role("heading", name="Đã nhận")).to_be_visible()
    assert noted == []
    page.context.close()
