"""Long work as its owner sees it: the bar moves by itself, survives a reload, ends in a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from journeys import looking, people, phones
from journeys.people import Person
from journeys.sites import Site
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from contest import tables  # noqa: F401 -- so that relationship names resolve
from contest.accounts.models import Account
from contest.core import cache, clock, db, jobs, storage
from contest.core.jobs import Job
from contest.core.work import HEARTBEAT, Work

NAME = "test.journey"  # the site's own worker knows no such job: this test plays it
MAI = Person(
    *("Hoàng Thị Mai", (3, 4, 1985), "si ma cai", "Xã Si Ma Cai", "hoang.mai", "Mọi người dân"),
)
TITLE = "Xuất câu hỏi"


@contextmanager
def worker_of(site: Site) -> Iterator[None]:
    cache.forget_everything()
    engine = db.connect(site.settings.database_url, pool_size=2)
    try:
        yield
    finally:
        engine.dispose()
        cache.forget_everything()


def enqueue(code: str) -> None:
    with db.transaction() as session:
        owner = session.scalars(select(Account.id).where(Account.login == MAI.login)).one()
        facts = {"title": TITLE, "subject": "x", "by": owner, "now": clock.now()}
        jobs.enqueue(session, NAME, {}, code=code, **facts)


def take(site: Site) -> Work:
    with db.transaction() as session:
        claim = jobs.claim(session, names=[NAME], now=clock.now())
    assert claim is not None
    files = storage.opened(site.settings)
    later = iter(range(1, 1000))  # every heartbeat is due
    return Work(
        claim,
        files,
        clock_now=lambda: clock.now() + next(later) * HEARTBEAT,
        is_stopping=lambda: False,
    )


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    opened = phones.opened(chromium, site.url)
    people.sign_in_or_register(opened, MAI)
    yield opened
    opened.context.close()


def test_the_bar_moves_by_itself_and_ends_in_a_file(site: Site, page: Page, tmp_path: Path) -> None:
    noted = phones.complaints(page)
    with worker_of(site):
        enqueue("journey00001")
        page.goto("/jobs/journey00001")
        expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
        expect(page.locator(".tag")).to_have_text("Đang chờ đến lượt")
        assert looking.faults(page) == []
        work = take(site)
        work.progress(10, 40)
        expect(page.locator("[data-job-counted]")).to_have_text("10 trên 40 (25%)")
        expect(page.locator(".tag")).to_have_text("Đang làm")
        expect(page.locator("progress")).to_have_js_property("value", 10)
        page.reload()
        expect(page.locator("[data-job-counted]")).to_have_text("10 trên 40 (25%)")
        assert looking.faults(page) == []
        work.progress(20, 40)
        expect(page.locator("[data-job-said]")).to_have_text("Đang làm. 20 trên 40 (50%)")
        work.attach("Câu hỏi.csv", "text/csv", "mã,câu hỏi\n".encode())
        with work.finish():
            pass
        link = page.get_by_role("link", name="Tải tệp về máy")
        expect(link).to_be_visible()
    assert looking.faults(page) == []
    with page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "got")
    assert download.value.suggested_filename == "Câu hỏi.csv"
    assert (tmp_path / "got").read_text("utf-8") == "mã,câu hỏi\n"
    page.goto("/jobs/")
    expect(page.get_by_role("link", name=TITLE, exact=True)).to_be_visible()
    assert looking.faults(page) == []
    assert looking.too_wide(page, 320, 640) == []
    assert noted == []


def test_without_scripts_the_page_comes_again_and_a_job_can_be_cancelled(
    chromium: Browser, site: Site, page: Page
) -> None:
    context = chromium.new_context(
        **phones.PHONE,
        base_url=site.url,
        java_script_enabled=False,
        storage_state=page.context.storage_state(),
    )
    context.set_default_timeout(phones.PATIENCE_MS)
    plain = context.new_page()
    with worker_of(site):
        enqueue("journey00002")
        plain.goto("/jobs/journey00002")
        expect(plain.get_by_role("link", name="Xem lại ngay")).to_be_visible()
        work = take(site)
        work.progress(10, 40)
        expect(plain.locator("[data-job-counted]")).to_have_text("10 trên 40 (25%)", timeout=20_000)
        plain.get_by_role("link", name="Huỷ việc này").click()
        plain.get_by_role("button", name="Huỷ việc này").click()
        expect(plain.locator(".tag")).to_have_text("Đang dừng lại")
        with pytest.raises(jobs.Cancelled):
            work.progress(11, 40)
        with db.transaction() as session:
            jobs.cancelled(session, work.claim, now=clock.now())
        expect(plain.locator(".tag")).to_have_text("Đã huỷ", timeout=20_000)
        with db.reading_session() as session:
            assert session.query(Job).filter_by(code="journey00002").one().state == "cancelled"
    context.close()
