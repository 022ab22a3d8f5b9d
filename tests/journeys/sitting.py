"""Answering a paper by what stands on it; right answers come from the bank's content files."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from contest.cli import CONTENT

EVERY_KIND = Path(__file__).parent / "every_kind.toml"
LETTERS = "ABCDEFGHIJ"


def plain(text: str) -> str:
    return " ".join(text.split())


@cache
def content() -> dict[str, dict[str, Any]]:
    """Give every question of the starter bank, and of the journeys' own file, by its words."""
    found = {}
    for file in (*sorted(CONTENT.glob("[0-9]*.toml")), EVERY_KIND):
        for question in tomllib.loads(file.read_text("utf-8"))["question"]:
            found[plain(question["text"])] = question
    return found


def card(page: Page, no: int) -> Locator:
    return page.locator(f"#question-{no}")


def known(box: Locator) -> dict[str, Any]:
    """Find a shown question in the content by its words."""
    return content()[plain(box.locator(".question__words").inner_text())]


def answer(box: Locator, *, is_right: bool) -> None:
    """Answer a shown question, rightly or wrongly; with and without scripts."""
    question = known(box)
    ANSWERS[question["type"]](box, question, is_right)


def touch(box: Locator) -> None:
    """Choose once, whatever the question: the page may refuse a second choice."""
    options = box.locator(".choice:not(.choice--blank) input")
    moves = box.locator("[data-move='1']:visible")
    if options.count():
        options.first.check(force=True)
    elif moves.count():
        moves.first.click()
    elif box.locator("select").count():
        box.locator("select").first.select_option(index=1)
    else:
        box.locator("input.input").fill("7")
        box.locator("input.input").dispatch_event("change")


def _tick(box: Locator, text: str) -> None:
    for row in box.locator(".choice:not(.choice--blank)").all():
        if plain(row.locator("label > span").last.inner_text()) == plain(text):
            row.locator("input").check(force=True)
            return
    raise AssertionError(text)


def _one(box: Locator, question: dict[str, Any], is_right: bool) -> None:  # noqa: FBT001
    right = LETTERS.index(question["answer"])
    _tick(box, question["options"][right if is_right else right - 1])


def _several(box: Locator, question: dict[str, Any], is_right: bool) -> None:  # noqa: FBT001
    right = {LETTERS.index(letter) for letter in question["answer"]}
    for at, text in enumerate(question["options"]):
        if (at in right) is is_right:
            _tick(box, text)


def _true_false(box: Locator, question: dict[str, Any], is_right: bool) -> None:  # noqa: FBT001
    value = str(question["answer"] is is_right).lower()
    box.locator(f"input[value={value}]").check(force=True)


def _number(box: Locator, question: dict[str, Any], is_right: bool) -> None:  # noqa: FBT001
    value = Decimal(str(question["answer"])) + (0 if is_right else 100_000)
    box.locator("input.input").fill(f"{value:f}".replace(".", ","))
    box.locator("input.input").dispatch_event("change")


def _matching(box: Locator, question: dict[str, Any], is_right: bool) -> None:  # noqa: FBT001
    pairs = {plain(left): right for left, right in question["pairs"]}
    rights = list(pairs.values())
    for row in box.locator(".match__row").all():
        right = pairs[plain(row.locator("label").inner_text())]
        other = rights[(rights.index(right) + 1) % len(rights)]
        row.locator("select").select_option(label=right if is_right else other)


def _ordering(box: Locator, question: dict[str, Any], is_right: bool) -> None:  # noqa: FBT001
    wanted = [plain(text) for text in question["options"]]
    wanted = wanted if is_right else wanted[::-1]
    items = box.locator(".order__item")
    if not box.locator("[data-move]").count():
        for item in items.all():
            place = wanted.index(plain(item.locator(".order__text").inner_text())) + 1
            item.locator("select").select_option(str(place))
        return
    for place, text in enumerate(wanted):
        while plain(items.nth(place).locator(".order__text").inner_text()) != text:
            shown = [plain(each) for each in items.locator(".order__text").all_inner_texts()]
            items.nth(shown.index(text)).locator("[data-move='-1']").click()
    keep = box.locator("[data-keep]")
    if keep.is_visible():
        keep.click()


ANSWERS = {
    "one": _one,
    "several": _several,
    "true_false": _true_false,
    "number": _number,
    "matching": _matching,
    "ordering": _ordering,
}


def start(page: Page) -> str:
    """Press the button that begins, once it may be pressed; return the attempt's address."""
    button = page.get_by_role("button", name="Bắt đầu làm bài")
    expect(button).to_be_enabled(timeout=60_000)
    button.click()
    page.locator("#paper").wait_for(state="attached")
    page.wait_for_load_state()  # questions and scripts, too
    return page.url.split("?", maxsplit=1)[0]


def expect_saved(page: Page) -> None:
    expect(page.locator("#light")).to_have_attribute("data-state", "saved")
    expect(page.locator("#light")).to_be_visible()


def hand_in(page: Page) -> str:
    """Hand in through the page that asks; return the receipt."""
    page.locator("button[value=hand-in]:visible").first.click()
    page.get_by_role("heading", name="Bạn muốn nộp bài?").wait_for()
    page.get_by_role("button", name="Nộp bài").click()
    page.get_by_role("heading", name="Đã nộp bài").wait_for()
    return page.locator("#receipt").inner_text().strip()
