"""A teacher sets a contest up in the browser: left, taken up again, mended, published."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from journeys import looking, people, phones
from journeys.sites import Site
from playwright.sync_api import Browser, Page, expect

from contest.core import clock

NEXT_MONTH = clock.now() + timedelta(days=30)


def day(later: int) -> str:
    return f"{NEXT_MONTH + timedelta(days=later):%d/%m/%Y}"


def teacher(chromium: Browser, site: Site, **facts: object) -> Page:
    login = f"co.giao.{time.time_ns() % 10**9}"
    told = site.cli("add", "--login", login, "--name", "Hoàng Thị Giáo", "--unit", "15")
    password = told.rsplit("/", 1)[1].strip()
    page = phones.opened(chromium, site.url, **facts)
    people.sign_in(page, login, password)
    return page


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Lưu và tiếp tục").click()


def step(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    for width, height in ((390, 844), (1280, 800)):
        assert looking.too_wide(page, width, height) == []
    assert looking.faults(page) == []


def begin(page: Page, title: str) -> None:
    page.goto("/desk")
    page.get_by_role("link", name="Lập cuộc thi mới").click()
    page.get_by_role("button", name="Bắt đầu").click()
    page.get_by_role("link", name="Hãy điền tên cuộc thi.").click()
    expect(page.get_by_label("Tên cuộc thi")).to_be_focused()
    page.get_by_label("Tên cuộc thi").fill(title)
    page.get_by_label("Bắt đầu từ đầu").check()
    page.get_by_role("button", name="Bắt đầu").click()


def divide(page: Page) -> None:
    """Two divisions, the second one raised to the first place."""
    page.get_by_role("button", name="Thêm bảng thi").click()
    page.locator("#divisions-0-name").fill("Mọi người dân")
    page.locator("#divisions-0-audience").select_option("everybody")
    page.get_by_role("button", name="Thêm bảng thi").click()
    page.locator("#divisions-1-name").fill("Người cao tuổi")
    go_on(page)
    page.get_by_role("link", name="“Người cao tuổi”, Dành cho ai").click()
    expect(page.locator("#divisions-1-audience")).to_be_focused()
    page.locator("#divisions-1-audience").select_option("elderly")
    page.get_by_role("button", name=re.compile("Đưa lên.*Người cao tuổi")).click()
    expect(page.locator("#divisions-0-name")).to_have_value("Người cao tuổi")
    go_on(page)


def date(page: Page) -> None:
    """Two rounds, the second a copy of the first; one mistake is named and mended."""
    page.get_by_role("button", name="Thêm đợt thi").click()
    page.locator("#rounds-0-name").fill("Tuần 1")
    page.locator("#rounds-0-opens_day").fill(day(0))
    page.locator("#rounds-0-opens_time").fill("8h")
    page.locator("#rounds-0-closes_day").fill(day(-1))
    page.locator("#rounds-0-closes_time").fill("20:00")
    page.locator("#rounds-0-minutes").fill("10")
    go_on(page)
    page.get_by_role("link", name="“Tuần 1”, Giờ đóng: Giờ đóng phải sau giờ mở.").click()
    expect(page.locator("#rounds-0-closes_day")).to_be_focused()
    page.locator("#rounds-0-closes_day").fill(day(6))
    page.get_by_role("button", name=re.compile("Chép, lùi một tuần.*Tuần 1")).click()
    expect(page.locator("#rounds-1-name")).to_have_value("Tuần 2")
    expect(page.locator("#rounds-1-opens_day")).to_have_value(day(7))
    go_on(page)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_contest_is_set_up_left_taken_up_again_and_published(
    chromium: Browser, site: Site, *, scripts: bool
) -> None:
    page = teacher(chromium, site, **phones.DESK, java_script_enabled=scripts)
    noted = phones.complaints(page)
    title = f"Cô giáo lập cuộc thi {time.time_ns()}"
    begin(page, title)
    if scripts:
        step(page, "Giới thiệu")
    page.get_by_label("Lời giới thiệu", exact=True).fill("Thi để học.\n\nAi cũng dự được.")
    go_on(page)
    page.get_by_role("link", name="Liên hệ: Hãy điền mục này.").click()
    page.get_by_label("Liên hệ ban tổ chức").fill("Cô Giáo, 0214 000 000")
    go_on(page)
    divide(page)
    date(page)
    page.locator("#plan-0-level_1").fill("500")
    page.locator("#plan-5-level_any").fill("3")
    page.get_by_role("button", name="Lưu, để sau làm tiếp").click()
    expect(page.get_by_text("Đã lưu bản nháp.")).to_be_visible()
    page.get_by_role("link", name=re.compile(f"Làm tiếp.*{title}")).click()
    expect(page.locator("#plan-0-level_1")).to_have_value("500")
    page.locator("#plan-0-level_1").fill("60")
    go_on(page)
    for heading in ("Lượt thi và xếp hạng", "Câu hỏi dự đoán", "Thông tin hỏi thêm"):
        expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        go_on(page)
    page.locator("#divisions-0-prizes-0-name").fill("giải Nhất")
    page.locator("#divisions-0-prizes-0-count").fill("1")
    go_on(page)
    short = page.get_by_role("link", name="bảng “Mọi người dân”, chủ đề").first
    expect(short).to_contain_text("cần 60 câu")
    if scripts:
        step(page, "Kiểm tra và công bố")
    short.click()
    page.locator("#plan-0-level_1").fill("2")
    go_on(page)
    page.goto(page.url.rsplit("/", 1)[0] + "/check")
    expect(page.get_by_text("Không còn gì phải sửa")).to_be_visible()
    page.get_by_role("link", name="Công bố cuộc thi").click()
    if scripts:
        step(page, f"Công bố “{title}”?")
    page.get_by_role("button", name="Công bố ngay").click()
    expect(page.get_by_text("Cuộc thi đã được công bố.")).to_be_visible()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    names = page.locator(".card h3").all_inner_texts()
    assert names == ["Tuần 1", "Tuần 2", "Người cao tuổi", "Mọi người dân"]
    assert noted == []
    page.context.close()
