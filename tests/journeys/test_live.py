"""The day itself: an organizer at a desk acts, a paper open on a phone hears of it by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from journeys import looking, papers, people, phones, sitting
from journeys.people import Person
from journeys.sites import Site
from journeys.test_every_page import sign_in_organizer
from playwright.sync_api import Browser, Page, expect

CODE = "ngay-thi"
HEARD_MS = 45_000  # the page asks every 15 seconds
HOA = Person(
    *("Sùng Thị Hoa", (5, 5, 1980), "si ma cai", "Xã Si Ma Cai", "sung.hoa", "Mọi người dân"),
)


def clean(page: Page) -> None:
    """Hold the page to what all pages promise, on a phone and at a desk."""
    assert looking.faults(page) == []
    for width, height in ((320, 640), (390, 844), (1280, 800)):
        assert looking.too_wide(page, width, height) == []


def test_an_open_paper_hears_of_the_day_by_itself(chromium: Browser, site: Site) -> None:
    now = datetime.now(UTC)
    papers.load_short(site, CODE, opens_at=now, closes_at=now + timedelta(days=1))
    phone = phones.opened(chromium, site.url)
    noted = phones.complaints(phone)
    people.sign_in_or_register(phone, HOA)
    people.join(phone, CODE, HOA)
    phone.goto(f"/attempts/rounds/{CODE}/tuan-1")
    paper = sitting.start(phone)
    sitting.answer(sitting.card(phone, 1), is_right=True)
    sitting.expect_saved(phone)
    desk = phones.opened(chromium, site.url, **phones.DESK)
    sign_in_organizer(desk, site)
    desk.goto(f"/organizer/rounds/{CODE}")
    clean(desk)
    desk.get_by_role("link", name="Tuần 1").click()
    expect(desk.locator(".figure", has_text="Đang làm bài").locator("dd")).to_have_text("1")
    clean(desk)

    desk.get_by_role("link", name="Nhắn mọi người").click()
    clean(desk)
    desk.get_by_role("button", name="Gửi lời nhắn").click()
    expect(desk.locator("[data-error-summary]")).to_be_focused()
    clean(desk)
    desk.get_by_label("Lời nhắn", exact=True).fill("Cả xã mất điện, bạn cứ bình tĩnh.")
    desk.get_by_role("button", name="Gửi lời nhắn").click()
    heard = phone.locator("#news [data-news-list]")
    expect(heard).to_contain_text("bạn cứ bình tĩnh", timeout=HEARD_MS)
    assert looking.faults(phone) == []
    assert looking.too_wide(phone, 320, 640) == []

    desk.get_by_role("link", name="Thêm giờ", exact=True).first.click()
    clean(desk)
    desk.get_by_label("Thêm bao nhiêu phút").fill("30")
    desk.get_by_label("Lý do").fill("Mất điện")
    desk.get_by_role("button", name="Xem lại trước khi thêm").click()
    clean(desk)
    desk.get_by_role("button", name="Thêm giờ", exact=True).click()
    expect(desk.get_by_text("Đã thêm giờ cho 1 bài đang làm.")).to_be_visible()
    expect(heard).to_contain_text("Bạn được thêm 30 phút làm bài.", timeout=HEARD_MS)
    expect(phone.locator("#clock")).to_contain_text("34:", timeout=HEARD_MS)

    desk.get_by_role("link", name="Tạm dừng", exact=True).click()
    clean(desk)
    desk.get_by_label("Lý do").fill("Mất mạng toàn tỉnh")
    desk.get_by_role("button", name="Tạm dừng").click()
    clean(desk)
    expect(phone.locator("#news")).to_contain_text("đang tạm dừng đợt thi", timeout=HEARD_MS)
    expect(phone.locator("#clock")).to_contain_text("Đang tạm dừng")
    stands = phone.locator("#clock").inner_text()
    sitting.answer(sitting.card(phone, 2), is_right=True)
    sitting.expect_saved(phone)
    phone.wait_for_timeout(2500)
    assert phone.locator("#clock").inner_text() == stands

    desk.get_by_role("link", name="Chạy tiếp").click()
    clean(desk)
    desk.get_by_role("button", name="Chạy tiếp").click()
    expect(phone.locator("#clock")).not_to_contain_text("Đang tạm dừng", timeout=HEARD_MS)

    phone.goto(f"{paper.split('?')[0]}/hand-in")
    phone.get_by_role("button", name="Nộp bài").last.click()
    phone.wait_for_url("**/result")
    desk.get_by_role("link", name="Tìm một người").click()
    desk.get_by_label("Tên, tên đăng nhập hoặc số điện thoại").fill("sung thi hoa")
    desk.get_by_role("button", name="Tìm", exact=True).click()
    clean(desk)
    desk.get_by_role("link", name=HOA.name).click()
    expect(desk.get_by_text("Mất điện").first).to_be_visible()
    clean(desk)
    desk.get_by_role("link", name="Mở lại bài này").click()
    clean(desk)
    desk.get_by_label("Lý do").fill("Bấm nhầm")
    desk.get_by_role("button", name="Mở lại bài").click()
    expect(desk.get_by_text("Đã mở lại bài.")).to_be_visible()
    phone.goto(paper)
    sitting.answer(sitting.card(phone, 3), is_right=True)
    sitting.expect_saved(phone)
    assert noted == []
    phone.context.close()
    desk.context.close()


def test_the_live_page_comes_anew_by_itself_and_without_scripts_by_a_link(
    chromium: Browser, site: Site
) -> None:
    now = datetime.now(UTC)
    papers.load_short(site, "ngay-thi-2", opens_at=now, closes_at=now + timedelta(days=1))
    desk = phones.opened(chromium, site.url, **phones.DESK)
    sign_in_organizer(desk, site)
    desk.goto("/organizer/rounds/ngay-thi-2/tuan-1")
    entered = desk.locator(".figure", has_text="Đã đăng ký").locator("dd")
    expect(entered).to_have_text("0")
    phone = phones.opened(chromium, site.url)
    people.sign_in_or_register(phone, HOA)
    people.join(phone, "ngay-thi-2", HOA)
    expect(entered).to_have_text("1", timeout=HEARD_MS + 5000)
    plain = chromium.new_context(
        **phones.PHONE,
        base_url=site.url,
        java_script_enabled=False,
        storage_state=desk.context.storage_state(),
    ).new_page()
    plain.goto("/organizer/rounds/ngay-thi-2/tuan-1")
    plain.get_by_role("link", name="Tải lại số liệu").click()
    expect(plain.locator(".figure", has_text="Đã đăng ký").locator("dd")).to_have_text("1")
    plain.get_by_role("link", name="Tạm dừng", exact=True).click()
    plain.get_by_label("Lý do").fill("Thử không có kịch bản")
    plain.get_by_role("button", name="Tạm dừng").click()
    expect(plain.locator(".tag", has_text="Đang tạm dừng").first).to_be_visible()
    phone.goto("/attempts/rounds/ngay-thi-2/tuan-1")
    expect(phone.get_by_text("Ban tổ chức đang tạm dừng đợt thi.").first).to_be_visible()
    expect(phone.get_by_role("button", name="Bắt đầu làm bài")).to_have_count(0)
    assert looking.faults(phone) == []
    for each in (desk, phone, plain):
        each.context.close()
