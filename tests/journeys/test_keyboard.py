"""A paper by keyboard alone: reach it, answer, see where one is, hear the clock, hand in."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from journeys import papers, people, phones, sitting
from journeys.people import Person
from journeys.sites import Site
from playwright.sync_api import Browser, Page, expect

DAO = Person(
    *("Tẩn Tả Mẩy", (8, 3, 1991), "ta phin", "Xã Tả Phìn", "tan.may", "Mọi người dân"),
)
MOST_TABS = 120
HEAR = """() => {
  window.heard = [];
  const region = document.getElementById("say");
  const hear = () => window.heard.push(region.textContent);
  new MutationObserver(hear).observe(region, { childList: true });
}"""


def press_until(page: Page, selector: str, key: str = "Tab") -> None:
    """Go on by keyboard until `selector` has the focus; everything on the way can be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert is_focus_seen(page), selector
            return
    raise AssertionError(f"{selector} is out of the keyboard's reach")


def is_focus_seen(page: Page) -> bool:
    """The focused control, or its label, wears an outline, a shadow or a border of its own."""
    return bool(
        page.evaluate(
            """() => {
              const here = document.activeElement;
              const parts = [here, ...(here.labels || [])];
              const box = parts[parts.length - 1].getBoundingClientRect();
              const isOnScreen = box.bottom > 0 && box.top < innerHeight && box.width > 0;
              return isOnScreen && parts.some((part) => {
                const look = getComputedStyle(part);
                const before = getComputedStyle(part, "::before");
                const wears = (each) => each.boxShadow !== "none"
                  || (each.outlineStyle !== "none" && parseFloat(each.outlineWidth) >= 2);
                return wears(look) || wears(before);
              });
            }"""
        )
    )


def test_a_paper_by_keyboard_alone(chromium: Browser, site: Site) -> None:
    code = papers.load_every_kind(site, f"ban-phim-{time.time_ns()}")
    page = phones.opened(chromium, site.url, **phones.DESK)
    people.sign_in_or_register(page, DAO)
    people.join(page, code, DAO)
    page.goto(f"/attempts/rounds/{code}/tuan-1")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    press_until(page, "form[action$='/start'] button")
    page.keyboard.press("Enter")
    page.locator("#paper").wait_for(state="attached")
    page.wait_for_load_state()

    answered = set()
    for no in range(1, 7):
        box = sitting.card(page, no)
        kind = box.get_attribute("data-kind") or ""
        answer_by_keys(page, f"#question-{no}", kind)
        sitting.expect_saved(page)
        answered.add(kind)
    assert answered == set(sitting.ANSWERS)
    press_until(page, "#q-0")
    page.keyboard.type("12")
    sitting.expect_saved(page)
    expect(page.locator("[data-count]").first).to_have_text("Đã trả lời 6/6 câu")
    press_until(page, "button[value=hand-in]")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Bạn muốn nộp bài?").wait_for()
    press_until(page, "form[action$='/hand-in'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Đã nộp bài")).to_be_visible()
    page.context.close()


def answer_by_keys(page: Page, box: str, kind: str) -> None:
    if kind in {"one", "true_false", "several"}:
        press_until(page, f"{box} input")
        page.keyboard.press("b" if kind == "one" else "1")
    elif kind == "number":
        press_until(page, f"{box} input.input")
        page.keyboard.type("2,5")
    elif kind == "matching":
        for at in range(3):
            press_until(page, f"{box} select[id$='-{at}']")
            for _ in range(at + 1):
                page.keyboard.press("ArrowDown")
    else:
        press_until(page, f"{box} [data-move='1']:not([aria-disabled])")
        page.keyboard.press("Enter")
        expect(page.locator("#say")).to_contain_text("vị trí 2/4")


def test_a_wrong_number_brings_the_focus_to_what_is_wrong(chromium: Browser, site: Site) -> None:
    """Without scripts for saving, the summary stands first; with them, it has the focus."""
    page = phones.opened(chromium, site.url)
    page.goto("/accounts/register/02671")
    page.locator("main form button[type=submit]").last.click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    assert page.title().startswith("Lỗi:")
    first = summary.locator("a").first
    wanted = (first.get_attribute("href") or "").removeprefix("#")
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#{wanted}")).to_be_focused()
    page.context.close()


def test_the_clock_is_spoken_each_minute_and_in_the_last_seconds(
    chromium: Browser, site: Site
) -> None:
    """The live region says when a minute is over, and 30, 10 and 5 seconds before the end."""
    code = f"dong-ho-{time.time_ns()}"
    now = datetime.now(UTC)
    papers.load_short(site, code, opens_at=now, closes_at=now + timedelta(days=1))
    page = phones.opened(chromium, site.url)
    people.sign_in_or_register(page, DAO)
    people.join(page, code, DAO)
    page.clock.install()
    page.goto(f"/attempts/rounds/{code}/tuan-1")
    sitting.start(page)
    region = page.locator("#say")
    assert region.get_attribute("role") == "status"
    clock = page.locator("#clock")
    expect(clock).to_have_attribute("role", "timer")
    expect(clock).to_have_attribute("aria-live", "off")
    before = clock.inner_text()
    page.clock.run_for(61_000)
    expect(region).to_have_text("Còn 4 phút", use_inner_text=False)
    assert clock.inner_text() != before
    page.evaluate(HEAR)
    page.clock.run_for(236_000)
    said = [sitting.plain(each) for each in page.evaluate("window.heard")]
    minutes = ["Còn 3 phút", "Còn 2 phút", "Còn 1 phút"]
    assert said[:6] == [*minutes, "Còn 30 giây", "Còn 10 giây", "Còn 5 giây"]
    page.context.close()
