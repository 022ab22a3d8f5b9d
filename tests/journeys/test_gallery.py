"""The gallery and its vote on a telephone: looked at, voted for, reported, taken down."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from factories.gallery import MADE, VTT, Scene
from factories.people import make_account
from journeys import looking, people, phones
from journeys.sites import Site
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from contest.core import cache, clock, db, storage
from contest.core.passwords import hash_password
from contest.rules.media import FileKind, What
from contest.votes.models import Vote

CODE = "hoi-thi-co-binh-chon"
HERE = f"/gallery/{CODE}/nop-bai"
DESK = f"/organizer/gallery/{CODE}/nop-bai"
VOTES = f"/organizer/votes/{CODE}/nop-bai"
PASSWORD = "ba con trâu vàng"
NARROW = (320, 640)


def picture(colour: str, size: tuple[int, int]) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "WEBP")
    return out.getvalue()


def drawn() -> dict[What, dict[FileKind, tuple[bytes, str]]]:
    made = {what: dict(files) for what, files in MADE.items()}
    made[What.CLIP][FileKind.POSTER] = (picture("#2a6f5e", (640, 360)), "image/webp")
    made[What.PICTURE][FileKind.POSTER] = (picture("#8e1630", (320, 240)), "image/webp")
    made[What.PICTURE][FileKind.PICTURE] = (picture("#8e1630", (1200, 900)), "image/webp")
    return made


@contextmanager
def staged(site: Site) -> Iterator[Scene]:
    cache.forget_everything()
    engine = db.connect(site.settings.database_url, pool_size=2)
    try:
        with db.writing_session() as session:
            yield Scene(
                session,
                clock.now() - timedelta(hours=60),
                files=storage.opened(site.settings),  # type: ignore[arg-type]
                code=CODE,
                made=drawn(),
            )
            session.commit()
    finally:
        engine.dispose()
        cache.forget_everything()


@pytest.fixture(scope="module")
def addresses(site: Site) -> dict[str, str]:
    """Six entries of all sorts, a burst of votes; who votes and who decides may sign in."""
    with staged(site) as scene:
        title = "Giúp bà con xã Bát Xát làm hồ sơ dịch vụ công trực tuyến tại nhà"
        clip = scene.entry(What.CLIP, title=title, captions=VTT, members=["A", "B"])
        link = {"host": "youtube", "id": "abcdefghijk"}
        drawing = scene.entry(What.PICTURE, title="Chợ phiên số", kind="drawing", links=[link])
        essay = scene.entry(What.DOCUMENT, title="Mẹ em học quét mã", kind="essay")
        scene.entry(title="Chưa ra mắt", is_shown=False)
        scene.entry(title="Chưa đồng ý", is_shown=False, shows_in_gallery=False)
        for no in range(40):
            scene.session.add(
                Vote(
                    round_id=scene.round.id,
                    entry_id=clip.id,
                    account_id=make_account(scene.session, scene.commune).id,
                    period=scene.today,
                    at=scene.at + timedelta(seconds=no),
                    device="shop",
                    network="n",
                )
            )
        voter = scene.person("Sùng Thị Mỷ", login="nguoi.binh.chon")
        hashed = hash_password(PASSWORD)
        voter.password_hash = scene.organizer.password_hash = hashed
        scene.organizer.login = "to.chuc.trung.bay"
        return {"clip": clip.code, "drawing": drawing.code, "essay": essay.code}


def look(page: Page, name: str) -> None:
    """Hold the page to what all pages promise; keep a picture where one is asked for."""
    if folder := os.environ.get("GALLERY_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    size = page.viewport_size
    assert size is not None
    assert looking.faults(page) == []
    assert looking.too_wide(page, *NARROW) == []
    page.set_viewport_size(size)


def test_somebody_looks_votes_moves_the_vote_and_reports(
    chromium: Browser, site: Site, addresses: dict[str, str]
) -> None:
    page = phones.opened(chromium, site.url)
    noted = phones.complaints(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(HERE)
    expect(page.locator(".cards .card")).to_have_count(3)
    look(page, "list")
    for name in ("clip", "drawing", "essay"):
        page.goto(f"{HERE}/{addresses[name]}")
        look(page, name)
    assert [each for each in asked if each.endswith(("480p", "720p", ".mp4"))] == []
    people.sign_in(page, "nguoi.binh.chon", PASSWORD)
    page.goto(f"{HERE}/{addresses['clip']}")
    page.get_by_role("button", name="Bình chọn bài này").click()
    expect(page.get_by_text("Bạn đã bình chọn cho bài này.")).to_be_visible()
    look(page, "voted")
    page.goto(f"{HERE}/{addresses['drawing']}")
    page.get_by_role("button", name="Chuyển phiếu sang bài này").click()
    expect(page.get_by_text("Bạn đã bình chọn cho bài này.")).to_be_visible()
    page.get_by_role("button", name="Rút phiếu").click()
    expect(page.get_by_role("button", name="Bình chọn bài này")).to_be_visible()
    page.get_by_role("link", name="Báo cho ban tổ chức").click()
    page.get_by_role("button", name="Gửi báo cáo").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    look(page, "report")
    page.get_by_label("Trong bài có người chưa đồng ý cho quay, chụp").check()
    page.get_by_role("button", name="Gửi báo cáo").click()
    expect(page.get_by_text("Ban tổ chức đang xem.")).to_be_visible()
    look(page, "mine")
    assert noted == []
    page.context.close()


def test_an_organizer_publishes_answers_and_strikes(
    chromium: Browser, site: Site, addresses: dict[str, str]
) -> None:
    page = phones.opened(chromium, site.url)
    noted = phones.complaints(page)
    people.sign_in(page, "to.chuc.trung.bay", PASSWORD)
    page.goto(f"/organizer/gallery/{CODE}")
    look(page, "rounds")
    page.goto(DESK)
    page.get_by_role("button", name="Trưng bày mọi bài đủ điều kiện").click()
    expect(page.get_by_text("Đã đưa 1 bài ra trang trưng bày.")).to_be_visible()
    look(page, "candidates")
    page.goto(f"{DESK}/reports")
    look(page, "reports")
    page.get_by_role("link", name="Chợ phiên số").click()
    look(page, "answer")
    page.get_by_label("Gỡ bài xuống").check()
    page.get_by_label("Lời trả lời").fill("Cảm ơn bạn. Bài đã được gỡ.")
    page.get_by_role("button", name="Gửi trả lời").click()
    answer = page.goto(f"{HERE}/{addresses['drawing']}")
    assert answer is not None
    assert answer.status == 404
    page.goto(f"{DESK}/{addresses['essay']}/take-down")
    look(page, "take-down")
    page.goto(VOTES)
    look(page, "votes")
    page.get_by_role("link", name="Loại các phiếu này").first.click()
    look(page, "strike")
    page.get_by_label("Lý do loại các phiếu này").fill("Một máy bỏ phiếu cho bốn mươi tài khoản")
    page.get_by_role("button", name="Loại phiếu").click()
    expect(page.get_by_text("Đã loại 40 phiếu.")).to_be_visible()
    look(page, "struck")
    page.get_by_role("button", name="Trả lại phiếu").click()
    expect(page.get_by_text("Đã trả lại 40 phiếu.")).to_be_visible()
    assert noted == []
    page.context.close()
