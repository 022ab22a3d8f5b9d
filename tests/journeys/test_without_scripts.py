"""Everything without JavaScript: opening an account, entering, answering all kinds, handing in."""

from __future__ import annotations

import time

from journeys import papers, people, phones, sitting
from journeys.sites import Site
from playwright.sync_api import Browser, expect

HOA = people.Person(
    name="Lù Thị Hoa",
    born=(3, 9, 1994),
    search="muong khuong",
    unit="Xã Mường Khương",
    login="lu.hoa",
    division="Mọi người dân",
)


def test_all_kinds_of_questions_are_answered_without_scripts(chromium: Browser, site: Site) -> None:
    code = papers.load_every_kind(site, f"khong-script-{time.time_ns()}")
    page = phones.opened(chromium, site.url, java_script_enabled=False)
    noted = phones.complaints(page)
    people.register(page, HOA)
    people.join(page, code, HOA)
    page.get_by_role("link", name="Vào thi").first.click()
    sitting.start(page)
    kinds = []
    for box in page.locator(".question:not(.question--guess)").all():
        kinds.append(box.get_attribute("data-kind"))
        sitting.answer(box, is_right=True)
    assert set(kinds) == set(sitting.ANSWERS)
    page.locator("#q-0").fill("1.234")
    page.get_by_role("button", name="Lưu bài").locator("visible=true").click()
    expect(page.get_by_text("Đã lưu các câu trả lời.")).to_be_visible()
    expect(page.locator("#q-0")).to_have_value("1234")
    sitting.hand_in(page)
    total = len(kinds)
    expect(page.locator(".result__score")).to_have_text(f"{total} / {total} điểm")
    expect(page.get_by_text("Số thật có sau khi đợt thi đóng.")).to_be_visible()
    assert noted == []
    page.context.close()
