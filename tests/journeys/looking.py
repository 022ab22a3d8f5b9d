"""What every page must pass: axe without a violation, nothing wider than the screen."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def faults(page: Page) -> list[str]:
    """Run axe-core with every rule it has on by default, once the page is whole."""
    page.wait_for_load_state()  # a click comes back when the first bytes of its answer do
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"axe {each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in found
        for node in each["nodes"]
    ]


def too_wide(page: Page, width: int, height: int) -> list[str]:
    """Name what sticks out sideways on a screen of this size, once the page is whole."""
    page.wait_for_load_state()
    page.set_viewport_size({"width": width, "height": height})
    scroll = page.evaluate("document.documentElement.scrollWidth")
    if scroll <= width:
        return []
    culprits = page.evaluate(
        """width => [...document.querySelectorAll("body *")]
          .filter((each) => each.getBoundingClientRect().right > width + 1)
          .slice(0, 5).map((each) => each.outerHTML.slice(0, 140))""",
        width,
    )
    return [f"{scroll} px wide on {width} px: {culprits}"]
