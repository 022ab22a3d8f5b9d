"""The devices of the journeys: a small phone, a desk, and what goes wrong on them, noted."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "is_mobile": True,
    "has_touch": True,
    "locale": "vi-VN",
    "timezone_id": "Asia/Ho_Chi_Minh",
}
DESK: dict[str, Any] = {
    "viewport": {"width": 1280, "height": 800},
    "locale": "vi-VN",
    "timezone_id": "Asia/Ho_Chi_Minh",
}
PATIENCE_MS = 30_000  # a machine that runs other things besides; no test waits this long in vain


def is_there() -> bool:
    return os.access(CHROMIUM, os.X_OK)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))


def lasting(playwright: Playwright, folder: Path, **facts: Any) -> BrowserContext:
    """Open a phone whose browser keeps its cookies and storage in `folder` when it is closed."""
    context = playwright.chromium.launch_persistent_context(
        folder, executable_path=CHROMIUM, args=list(ARGUMENTS), **{**PHONE, **facts}
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


def opened(browser: Browser, url: str, **facts: Any) -> Page:
    """Open one page of a new device; a phone unless `facts` say otherwise."""
    context = browser.new_context(**{**PHONE, "base_url": url, **facts})
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def complaints(page: Page) -> list[str]:
    """Note what the page's console complains of, CSP included; the list fills as pages pass.

    A refused form (status 4xx) is an answer, not a complaint.
    """
    noted: list[str] = []

    def note(message: ConsoleMessage) -> None:
        is_answer = "the server responded with a status of 4" in message.text
        if message.type in {"error", "warning"} and not is_answer:
            noted.append(f"{page.url}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: noted.append(f"{page.url}: {error}"))
    return noted
