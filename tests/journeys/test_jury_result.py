"""From sheets to a published result in a browser: the chair's pages and everybody's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from factories.juries import make_jury
from journeys import history, looking, people, phones
from journeys.sites import Site
from playwright.sync_api import Browser, Page, expect

from contest.accounts.models import Account
from contest.core import passwords

PASSWORD = "bốn con vịt xanh"
HERE, OUT = "/jury/hoi-dong/video", "/results/hoi-dong/video"


@dataclass(frozen=True, slots=True)
class Judged:
    site: Site
    organizer: str
    head: str
    sender: str


@pytest.fixture(scope="module")
def judged(site: Site) -> Judged:
    """A round whose judging is over; its people sign in with PASSWORD."""
    hashed = passwords.hash_password(PASSWORD)
    with history.writing(site) as session:
        jury = make_jury(session, code="hoi-dong", opens_at=datetime.now(UTC) - timedelta(days=30))
        jury.enter("f", (("9", "9"), ("9", "8"), ("7", "7")))
        sender = session.get_one(Account, jury.people["a"].account_id)
        seen = (jury.organizer, jury.head, sender)
        for name, account in zip(("bantc", "truongban", "nguoigui"), seen, strict=True):
            account.login = f"{name}.hoithi"
            account.password_hash = hashed
        logins = [account.login for account in seen]
    return Judged(site, *logins)


@pytest.fixture
def pages(chromium: Browser, judged: Judged) -> Iterator[dict[str, Page]]:
    opened = {who: phones.opened(chromium, judged.site.url) for who in ("organizer", "head")}
    for who, page in opened.items():
        people.sign_in(page, getattr(judged, who), PASSWORD)
    yield opened
    for page in opened.values():
        page.context.close()


def look(page: Page) -> None:
    """Hold the page that is shown to what all pages promise, in both languages."""
    for language in ("en", "vi"):
        cookie = {"name": "language", "value": language, "url": page.url}
        page.context.add_cookies([cookie])
        page.goto(page.url)
        assert looking.faults(page) == []
        assert looking.too_wide(page, 320, 640) == []
        page.set_viewport_size(phones.PHONE["viewport"])


def test_the_jury_publishes_and_everybody_reads(
    pages: dict[str, Page], judged: Judged, chromium: Browser
) -> None:
    organizer, head = pages["organizer"], pages["head"]
    head.goto(HERE)
    look(head)
    head.get_by_role("link", name="Ghi thứ tự do hội đồng quyết định").click()
    look(head)
    head.get_by_label("Thứ tự của bài bai-a").fill("2")
    head.get_by_label("Thứ tự của bài bai-f").fill("1")
    head.get_by_label("Lý do").fill("Bài f dễ làm theo hơn")
    head.get_by_role("button", name="Ghi thứ tự này").click()
    expect(head.get_by_text("Đã ghi thứ tự do hội đồng quyết định.")).to_be_visible()
    head.get_by_role("link", name="bai-b").click()
    look(head)

    organizer.goto(HERE)
    organizer.get_by_role("link", name="Tính kết quả để ký").click()
    look(organizer)
    organizer.get_by_role("button", name="Tính kết quả").click()
    look(organizer)
    run = organizer.url
    for page in (head, organizer):
        page.goto(run)
        page.get_by_label("Tôi đã xem kết quả này và đồng ý ký.").check()
        page.get_by_role("button", name="Ký kết quả").click()
        expect(page.get_by_text("Đã ký kết quả.")).to_be_visible()
    organizer.get_by_role("link", name="Công bố kết quả").click()
    look(organizer)
    organizer.get_by_role("button", name="Công bố kết quả").click()
    expect(organizer.get_by_role("heading", name="Kết quả: ")).to_be_visible()

    sender = phones.opened(chromium, judged.site.url)
    people.sign_in(sender, judged.sender, PASSWORD)
    sender.goto(OUT)
    look(sender)
    sender.get_by_role("link", name="Bài a", exact=True).click()
    expect(sender.get_by_text("Lý do: Bài f dễ làm theo hơn")).to_be_visible()
    look(sender)
    sender.goto(OUT)
    sender.get_by_role("link", name="Điểm và nhận xét cho bài của tôi").click()
    expect(sender.get_by_text("Lời khen a").first).to_be_visible()
    look(sender)
    board = "/boards/hoi-dong/round.video/hoc-sinh"
    sender.goto(board)
    while not sender.get_by_text("Kết quả chính thức", exact=True).count():
        sender.wait_for_timeout(300)
        sender.goto(board)
    look(sender)
    sender.context.close()
