"""A judge at a tablet and on a phone: by keyboard, over a link that fails, without scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from journeys import judging, looking, people, phones
from journeys.judging import PASSWORD, Bench
from journeys.sites import Site
from journeys.test_keyboard import press_until
from playwright.sync_api import Browser, Page, expect

TABLET = {**phones.PHONE, "viewport": {"width": 1024, "height": 768}}
SIZES = ((320, 640), (390, 844), (768, 1024), (1024, 768), (1280, 800))


@pytest.fixture
def bench(site: Site, tmp_path: Path) -> Bench:
    return judging.make_bench(site, tmp_path)


def clean(page: Page) -> None:
    """Hold the page to what all pages promise, on every size a judge may have."""
    there = page.viewport_size
    assert there is not None
    assert looking.faults(page) == []
    for width, height in SIZES:
        assert looking.too_wide(page, width, height) == []
    page.set_viewport_size(there)


def enter(page: Page, bench: Bench) -> None:
    people.sign_in(page, bench.login, PASSWORD)
    page.goto(bench.queue)


def points(page: Page, given: str) -> None:
    """Choose the points of the second criterion."""
    page.locator(".criterion").nth(1).get_by_label(given, exact=True).check()


def saved(page: Page) -> None:
    expect(page.locator("#light")).to_have_text("Đã lưu nháp")


def test_a_judge_scores_at_a_tablet(chromium: Browser, site: Site, bench: Bench) -> None:
    page = phones.opened(chromium, site.url, **TABLET)
    noted = phones.complaints(page)
    people.sign_in(page, bench.login, PASSWORD)
    clean(page)
    page.get_by_role("link", name="Chấm thi", exact=True).click()
    clean(page)
    page.get_by_role("link", name="Vòng video").click()
    expect(page.locator(".stat").first).to_contain_text("0/4")
    clean(page)
    page.get_by_role("link", name="Chấm bài tiếp theo").click()
    # The first one of the judge's order has a sheet already, so the second comes first.
    expect(page).to_have_url(site.url + bench.sheets[1])
    assert page.locator("video").get_attribute("preload") == "none"
    clean(page)
    button = page.get_by_role("button", name="Nộp phiếu và sang bài tiếp")
    before = button.evaluate("each => each.offsetTop")
    page.get_by_label("Nội dung đúng và có ích", exact=True).fill("8,5")
    points(page, "7")
    saved(page)
    assert button.evaluate("each => each.offsetTop") == before  # it stays under the finger
    expect(page.locator("[data-total]")).to_have_text("Tạm tính: 80/100")
    points(page, "Chưa cho điểm")
    expect(page.locator("[data-total]")).to_have_text("Đã cho điểm 1/2 tiêu chí")
    saved(page)
    assert button.evaluate("each => each.offsetTop") == before
    page.reload()
    expect(page.locator("input[name=score-form]:checked")).to_have_value("")
    clean(page)
    points(page, "7")
    saved(page)
    page.get_by_label("Nhận xét gửi người dự thi").fill("Lời kể ấm áp.")
    saved(page)
    page.get_by_role("button", name="Nộp phiếu và sang bài tiếp").click()
    expect(page.get_by_text("Đã nộp phiếu. Bạn vẫn sửa được")).to_be_visible()
    expect(page).to_have_url(site.url + bench.sheets[2])
    page.get_by_role("button", name="Để sau").click()
    page.get_by_role("link", name="Tôi không chấm được bài này").wait_for()
    expect(page).to_have_url(site.url + bench.sheets[3])
    page.get_by_role("link", name="Tôi không chấm được bài này").click()
    clean(page)
    page.get_by_label("Vì sao bạn không chấm được bài này?").fill("Em này là cháu tôi.")
    page.get_by_role("button", name="Báo không chấm bài này").click()
    expect(page).to_have_url(site.url + bench.sheets[0])
    expect(page.get_by_text("Giám khảo 2")).to_have_count(0)
    page.get_by_label("Nội dung đúng và có ích", exact=True).fill("11")
    page.get_by_role("button", name="Nộp phiếu và sang bài tiếp").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    clean(page)
    page.get_by_label("Nội dung đúng và có ích", exact=True).fill("10")
    points(page, "9")
    page.get_by_role("button", name="Nộp phiếu và sang bài tiếp").click()
    page.wait_for_url("**" + bench.sheets[2])
    page.goto(bench.sheets[0])
    expect(page.get_by_role("heading", name="Giám khảo 2: 86,6667/100")).to_be_visible()
    clean(page)
    page.goto(bench.queue)
    expect(page.locator(".stat").first).to_contain_text("2/3")
    clean(page)
    page.get_by_role("link", name="So điểm của bạn ở các bài chấm chung").click()
    expect(page.get_by_role("row").last).to_contain_text("80")
    clean(page)
    assert noted == []
    page.context.close()


def test_a_judge_scores_by_keyboard_alone(chromium: Browser, site: Site, bench: Bench) -> None:
    page = phones.opened(chromium, site.url, **phones.DESK)
    enter(page, bench)
    press_until(page, "a.button--start")
    page.keyboard.press("Enter")
    page.wait_for_url("**" + bench.sheets[1])
    press_until(page, "#score-content")
    page.keyboard.type("8")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#score-content")).to_have_value("8,5")
    press_until(page, "input[name=score-form]")
    page.keyboard.type("1")
    expect(page.locator("input[name=score-form]:checked")).to_have_value("1")
    page.keyboard.type("0")
    expect(page.locator("input[name=score-form]:checked")).to_have_value("10")
    page.keyboard.press("Delete")
    expect(page.locator("input[name=score-form]:checked")).to_have_value("")
    page.keyboard.type("0")
    expect(page.locator("input[name=score-form]:checked")).to_have_value("0")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("input[name=score-form]:checked")).to_have_value("")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("input[name=score-form]:checked")).to_have_value("9")
    press_until(page, "#comment")
    page.keyboard.type("Hay 10")  # digits are text here
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**" + bench.sheets[2])
    page.goto(bench.sheets[1])
    expect(page.locator("#score-content")).to_have_value("8,5")
    expect(page.locator("input[name=score-form]:checked")).to_have_value("9")
    expect(page.locator("#comment")).to_have_value("Hay 10")
    page.context.close()


def test_a_lost_link_loses_nothing(chromium: Browser, site: Site, bench: Bench) -> None:
    page = phones.opened(chromium, site.url)
    enter(page, bench)
    page.goto(bench.sheets[1])
    page.get_by_label("Nội dung đúng và có ích", exact=True).fill("6")
    saved(page)
    page.context.set_offline(True)
    page.get_by_label("Nhận xét gửi người dự thi").fill("Gõ lúc mất mạng.")
    expect(page.locator("#light")).to_contain_text("Mất mạng")
    page.get_by_role("button", name="Nộp phiếu và sang bài tiếp").click()
    expect(page.locator("#notice")).to_contain_text("Chưa nộp được vì máy đang mất mạng")
    expect(page).to_have_url(site.url + bench.sheets[1])
    page.context.set_offline(False)
    saved(page)
    # Written again without a link, and the page is gone before it comes back.
    page.context.set_offline(True)
    page.get_by_label("Ghi chú cho ban giám khảo").fill("Chưa kịp gửi.")
    expect(page.locator("#light")).to_contain_text("Mất mạng")
    page.close()
    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(bench.sheets[1])
    expect(again.get_by_label("Ghi chú cho ban giám khảo")).to_have_value("Chưa kịp gửi.")
    # Closing may have sent it after all: then nothing waits and the light never came on.
    expect(again.locator("#light")).to_have_attribute("data-state", re.compile("^(saved)?$"))
    again.reload()
    expect(again.get_by_label("Nhận xét gửi người dự thi")).to_have_value("Gõ lúc mất mạng.")
    expect(again.get_by_label("Ghi chú cho ban giám khảo")).to_have_value("Chưa kịp gửi.")
    again.context.close()


def test_two_pages_ask_which_text_to_keep(chromium: Browser, site: Site, bench: Bench) -> None:
    one = phones.opened(chromium, site.url, **TABLET)
    enter(one, bench)
    one.goto(bench.sheets[1])
    other = one.context.new_page()
    other.goto(bench.sheets[1])
    one.get_by_label("Nhận xét gửi người dự thi").fill("Trang một")
    saved(one)
    other.bring_to_front()
    other.get_by_label("Nhận xét gửi người dự thi").fill("Trang hai")
    expect(other.locator("#notice")).to_contain_text("vừa được lưu ở một trang khác")
    expect(other.get_by_label("Nhận xét gửi người dự thi")).to_have_value("Trang hai")
    assert looking.faults(other) == []
    other.get_by_role("button", name="Dùng bản đã lưu").click()
    expect(other.get_by_label("Nhận xét gửi người dự thi")).to_have_value("Trang một")
    other.get_by_label("Nhận xét gửi người dự thi").fill("Trang hai, lần nữa")
    saved(other)
    one.context.close()


def test_a_judge_scores_without_scripts(chromium: Browser, site: Site, bench: Bench) -> None:
    page = phones.opened(chromium, site.url, java_script_enabled=False)
    enter(page, bench)
    page.get_by_role("link", name="Chấm bài tiếp theo").click()
    page.get_by_label("Nội dung đúng và có ích", exact=True).fill("7,5")
    page.get_by_role("button", name="Nộp phiếu và sang bài tiếp").click()
    expect(page.get_by_role("heading", name="Phiếu chưa nộp được")).to_be_visible()
    for given, value in (("5", "5"), ("Chưa cho điểm", ""), ("5", "5")):
        points(page, given)
        page.get_by_role("button", name="Lưu nháp").last.click()
        expect(page.get_by_text("Đã lưu nháp. Phiếu chưa được nộp.")).to_be_visible()
        expect(page.locator("input[name=score-form]:checked")).to_have_value(value)
    page.get_by_role("button", name="Nộp phiếu và sang bài tiếp").click()
    expect(page).to_have_url(site.url + bench.sheets[2])
    page.goto(bench.queue)
    expect(page.locator(".stat").first).to_contain_text("1/4")
    page.context.close()
