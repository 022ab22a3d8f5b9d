"""Entering and starting with one tap: the paper is there, and loading it again changes nothing."""

from __future__ import annotations

import re
import time

import pytest
from journeys import looking, papers, people, phones, sitting
from journeys.sites import Site
from playwright.sync_api import Browser, expect


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_one_tap_opens_the_paper(chromium: Browser, site: Site, scripts: bool) -> None:  # noqa: FBT001
    code = papers.load_every_kind(site, f"mot-cham-{time.time_ns()}")
    page = phones.opened(chromium, site.url, java_script_enabled=scripts)
    noted = phones.complaints(page)
    who = people.Person(
        name="Giàng A Sáng",
        born=(5, 5, 1990),
        search="muong khuong",
        unit="Xã Mường Khương",
        login=f"giang.sang{int(scripts)}",
        division="Mọi người dân",
    )
    people.register(page, who)
    page.goto(f"/contests/{code}/join")
    page.get_by_label(who.division).check()
    expect(page.get_by_text("Trước khi bắt đầu")).to_be_visible()
    if scripts:
        assert looking.faults(page) == []

    page.get_by_role("button", name="Đăng ký và bắt đầu làm bài ngay").click()

    expect(page.locator(".question").first).to_be_visible()
    if scripts:
        expect(page).to_have_url(re.compile(r"/attempts/[0-9a-z]{12}$"))
        first = page.locator(".question:not(.question--guess)").first
        sitting.answer(first, is_right=True)
        sitting.expect_saved(page)
        page.reload()
        expect(page.locator(".question").first).to_be_visible()
        sitting.expect_saved(page)
    else:
        page.get_by_role("button", name="Lưu bài").locator("visible=true").click()
        expect(page).to_have_url(re.compile(r"/attempts/[0-9a-z]{12}\?"))
    sitting.hand_in(page)
    assert noted == []
    page.context.close()
