"""Make the pictures of docs/huong-dan-to-chuc.md: `python -m tests.journeys.organizer_pictures`.

Every name is invented. The pages are those of a site that runs for this only.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from factories import lists
from journeys import history, papers, people, phones, pictures, sites
from journeys.history import Past
from journeys.people import Person
from journeys.test_bank import PASSWORD, SLOW_MS
from journeys.test_drafts import go_on
from journeys.test_people_import import HEAD
from journeys.test_the_desk import BANK, bring_in, word_file
from playwright.sync_api import Browser, Page, expect, sync_playwright

from contest.attempts import service as attempts
from contest.contests import contest_file
from contest.contests import service as contests
from contest.core import clock, passwords

ABOVE = 20  # px left over a heading that a picture begins with
DAY = "ngay-hoi-chuyen-doi-so"
OVER = "thi-thu-thang-truoc"
TITLE = "Thi trắc nghiệm kỹ năng số hằng tuần"
PUPIL = "Học sinh, sinh viên"
EVERYBODY = "Mọi người dân"
UNITS = ("02671", "02647", "02701", "02809", "02839")
FAMILY = ("Giàng", "Nguyễn", "Lý", "Sùng", "Trần", "Vàng", "Đặng", "Phàn", "Bùi", "Hoàng")
GIVEN = ("Thị Mỷ", "Văn Hùng", "A Chớ", "Thu Hà", "Quốc Huy", "Lở Mẩy", "Gia Linh", "Minh Đức")
ROWS = [
    ["Tẩn Thị Mẩy", "15/06/1958", "0912345671", "Xã Si Ma Cai"],
    ["Giàng A Páo", "1/2/1990", "", "Si Ma Cai"],
    ["Lù Thị Dở", "31/02/1990", "", "Xã Si Ma Cai"],
    ["Nguyễn Văn Thắng", "20/11/1985", "", "Xã Si Ma Kai"],
]
HEAD_OF = """
code = "{code}"
unit = "15"
title = "{title}"
about = "Thi để biết và dùng được."
contact = "Ban tổ chức (dữ liệu giới thiệu)"
"""


def main() -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        sites.running(Path(folder)) as site,
        sync_playwright() as playwright,
    ):
        make_past(site)
        make_day(site)
        browser = phones.launch(playwright)
        bank(organizer(browser, site, "mai.xa", "02809"))
        desk = organizer(browser, site, "mai.tinh", "15")
        desk.goto("/desk")
        code = set_up(desk)
        the_day(desk)
        rules(browser, site, code)
        browser.close()


def organizer(browser: Browser, site: sites.Site, login: str, unit: str) -> Page:
    """Sign an organizer of a unit in, at a desk, their own password set."""
    told = site.cli("add", "--login", login, "--name", "Lò Thị Mai", "--unit", unit)
    given = told.rsplit("/", 1)[1].strip()
    page = phones.opened(browser, site.url, **phones.DESK)
    people.sign_in(page, login, given)
    page.goto("/accounts/me")
    if page.get_by_label("Mật khẩu đang dùng").count():
        page.get_by_label("Mật khẩu đang dùng").fill(given)
        page.get_by_label("Mật khẩu mới").fill(PASSWORD)
        page.get_by_role("button", name="Đổi mật khẩu").click()
    expect(page.get_by_role("heading", name="Lò Thị Mai")).to_be_visible()
    return page


def one_wrong() -> bytes:
    """Write an Excel file of two questions, the second without a right answer."""
    rows = (
        ("Câu hỏi", "A", "B", "C", "Đáp án"),
        ("Ứng dụng định danh điện tử của Việt Nam tên là gì?", "VNeID", "Zalo", "Google", "A"),
        ("Muốn chụp ảnh màn hình để làm gì?", "Xoá tin", "Giữ lại bằng chứng", "Tắt máy", "H"),
    )
    return lists.xlsx({"Câu hỏi": rows})


def bank(page: Page) -> None:
    """Open a bank, write a question, bring files in."""
    page.goto("/banks/new")
    page.get_by_label("Tên ngân hàng câu hỏi").fill(BANK)
    page.get_by_role("button", name="Lưu").click()
    bring_in(page, "de.docx", word_file())
    page.goto("/banks/")
    page.get_by_role("link", name="Soạn câu hỏi").first.click()
    page.get_by_role("link", name="Một đáp án đúng").click()
    page.get_by_label("Nội dung câu hỏi", exact=True).fill("Nên làm gì khi quên mật khẩu VNeID?")
    options = ("Nhờ người lạ mở giúp", "Bấm Quên mật khẩu", "Cài ứng dụng khác", "Đoán nhiều lần")
    for letter, text in zip("ABCD", options, strict=True):
        page.get_by_label(f"Phương án {letter}", exact=True).fill(text)
    page.get_by_label("B là đáp án").check()
    pictures.take(page, "to-chuc-soan-cau", at="#options", above=330)
    page.get_by_label("Chủ đề").select_option(index=1)
    page.get_by_label(EVERYBODY, exact=True).check()
    page.get_by_role("button", name="Lưu và gửi duyệt").click()
    page.goto("/banks/")
    pictures.take(page, "to-chuc-ngan-hang")
    page.goto("/banks/import")
    data = one_wrong()
    page.get_by_label("Tệp câu hỏi").set_input_files(
        {"name": "de.xlsx", "mimeType": "application/octet-stream", "buffer": data}
    )
    page.get_by_label("Ngân hàng", exact=False).first.select_option(label=BANK)
    page.get_by_label("Chủ đề, khi tệp không ghi").select_option(index=1)
    page.get_by_label(EVERYBODY, exact=True).check()
    page.get_by_role("button", name="Đọc tệp").click()
    expect(page.get_by_role("heading", name="Xem trước: de.xlsx")).to_be_visible(timeout=SLOW_MS)
    pictures.take(page, "to-chuc-xem-truoc-cau-hoi", at="h1", above=ABOVE)


def set_up(page: Page) -> str:
    """Set a weekly contest up from the ready-made kind and publish it; return its code."""
    page.get_by_role("link", name="Lập cuộc thi mới").click()
    page.get_by_label("Tên cuộc thi").fill(TITLE)
    page.get_by_label("Thi trắc nghiệm hằng tuần").check()
    page.get_by_role("button", name="Bắt đầu").click()
    go_on(page)
    go_on(page)
    expect(page.get_by_role("heading", level=1, name="Các đợt thi")).to_be_visible()
    pictures.take(page, "to-chuc-cac-dot", at="h1", above=100)
    go_on(page)
    hard = page.locator("#plan-0-level_3")
    hard.fill("60")
    draft = page.url.split("?")[0].rsplit("/", 1)[0]
    go_on(page)
    page.goto(f"{draft}/check")
    expect(page.get_by_role("heading", name="chỗ cần sửa trước khi công bố")).to_be_visible()
    pictures.take(page, "to-chuc-kiem-tra-con-loi", at="h1", above=60)
    page.goto(f"{draft}/paper")
    hard.fill("")
    go_on(page)
    page.goto(f"{draft}/check")
    expect(page.get_by_text("Không còn gì phải sửa")).to_be_visible()
    pictures.take(page, "to-chuc-kiem-tra", at=".button--start", above=480)
    page.get_by_role("link", name="Công bố cuộc thi").click()
    page.get_by_role("button", name="Công bố ngay").click()
    expect(page.get_by_text("Cuộc thi đã được công bố.")).to_be_visible()
    return page.url.rsplit("/", 1)[1]


def person_of(at: int, group: str) -> Past:
    """Invent a person; how they sit is their own."""
    family, given = FAMILY[at % len(FAMILY)], GIVEN[at % len(GIVEN)]
    year = 1960 + at % 40 if group == EVERYBODY else 2008
    login = f"{'dan' if group == EVERYBODY else 'hoc-sinh'}.{at}"
    return Past(
        Person(f"{family} {given}", (at % 28 + 1, 3, year), "", "", login, group, group),
        right=6 - at % 4,
        guess=20 + at,
        took=timedelta(seconds=150 + 11 * at),
        unit=UNITS[at % len(UNITS)],
        starts=timedelta(minutes=1 + at),
    )


def make_past(site: sites.Site) -> None:
    """A contest of last week with prizes, settled by the site's own worker."""
    now = datetime.now(UTC)
    round_ = papers.round_of(
        "tuan-1", opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=2)
    )
    head = HEAD_OF.format(code=OVER, title="Hội thi An toàn trên mạng")
    text = head + papers.with_prizes("pupils") + round_ + papers.identity("after")
    pasts = [person_of(at, PUPIL) for at in range(12)]
    history.play(site, text, {PUPIL: "hoc-sinh"}, pasts)


def make_day(site: sites.Site) -> None:
    """A round open for fifty minutes: two of three have handed in, the others still write."""
    zone, now = site.settings.timezone, clock.now()
    opened = now - timedelta(minutes=50)
    before = opened - timedelta(hours=2)
    round_ = papers.round_of(
        "buoi-sang", opens_at=opened, closes_at=now + timedelta(hours=2), limit=3600
    ).replace("Tuần 1", "Buổi sáng")
    head = HEAD_OF.format(code=DAY, title="Ngày hội Chuyển đổi số")
    text = head + papers.with_prizes("everybody") + round_
    pasts = [person_of(at, EVERYBODY) for at in range(45)]
    hashed = passwords.hash_password(pasts[0].who.password)
    with history.writing(site) as session:
        spec = contest_file.read(text.encode(), zone=zone, now=before)
        contests.load_contest(session, spec, by=None, now=before)
        for at, past in enumerate(pasts):
            by = history.open_account(session, site, past, hashed, before)
            contests.register(session, DAY, "moi-nguoi", by=by, now=before, zone=zone)
            if at % 3:
                history.sit(site, session, DAY, "buoi-sang", by=by, past=past)
            elif at:
                attempts.start(
                    *(session, DAY, "buoi-sang"),
                    by=by,
                    device=history.PHONE,
                    seed=by,
                    now=opened + past.starts,
                    zone=zone,
                )
            session.flush()


def the_day(page: Page) -> None:
    """Watch, tell everybody, load a list, look at the winners and the journal."""
    page.goto("/desk")
    pictures.take(page, "to-chuc-cuoc-thi-cua-toi", at="h1", above=ABOVE)
    watch = f"/organizer/rounds/{DAY}/buoi-sang"
    page.goto(f"{watch}/announce")
    page.get_by_label("Lời nhắn", exact=True).fill("Cả xã mất điện, bạn cứ bình tĩnh.")
    page.get_by_role("button", name="Gửi lời nhắn").click()
    page.goto(f"{watch}/more-time?unit=02671")
    page.get_by_label("Thêm bao nhiêu phút").fill("15")
    page.get_by_label("Lý do").fill("Mất điện toàn xã")
    page.get_by_role("button", name="Xem lại trước khi thêm").click()
    page.get_by_role("button", name="Thêm giờ", exact=True).click()
    page.goto(watch)
    page.wait_for_timeout(1000)
    pictures.take(page, "to-chuc-theo-doi", at="h1", above=ABOVE)
    page.goto("/organizer/lists/")
    page.get_by_label("Người dự thi").check()
    data = {"name": "Danh sách.csv", "mimeType": "text/csv", "buffer": lists.csv([HEAD, *ROWS])}
    page.get_by_label("Tệp Excel hoặc CSV").set_input_files(data)  # type: ignore[arg-type]
    page.get_by_role("button", name="Gửi và xem trước").click()
    expect(page.get_by_text("chưa đọc được").first).to_be_visible()
    pictures.take(page, "to-chuc-xem-truoc-danh-sach", at="main form", above=ABOVE)
    page.get_by_role("button", name="Nạp 2 dòng").click()
    page.goto(f"/organizer/winners/{OVER}")
    page.get_by_role("link", name="Xem người đoạt giải").first.click()
    pictures.take(page, "to-chuc-nguoi-doat-giai")
    page.goto("/organizer/journal/")
    pictures.take(page, "to-chuc-nhat-ky", at="h1", above=ABOVE)


def rules(browser: Browser, site: sites.Site, code: str) -> None:
    """Show the rules on a phone."""
    facts = {"viewport": {"width": 390, "height": 844}}
    phone = phones.opened(browser, site.url, **facts)
    phone.goto(f"/contests/{code}/regulations")
    pictures.take(phone, "to-chuc-the-le")


if __name__ == "__main__":
    main()
