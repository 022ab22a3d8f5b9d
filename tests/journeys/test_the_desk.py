"""From an empty installation to a contest that was held: all of it from the browser."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import docx
from journeys import looking, people, phones, sitting
from journeys.people import Person
from journeys.sites import Site
from journeys.test_bank import SLOW_MS, organizer
from journeys.test_drafts import go_on
from playwright.sync_api import Browser, Page, expect
from xlsxwriter import Workbook

from contest.core import clock

BANK = "Câu hỏi hội thi của xã"
TITLE = "Hội thi kỹ năng số xã Mường Khương"
HEARD_MS = 45_000  # the page asks every 15 seconds
WORD = {
    "Nên đặt mật khẩu thế nào?": ("Thật ngắn", "*Dài, dễ nhớ, mỗi nơi một khác", "Là ngày sinh"),
    "Ai được biết mã OTP của bạn?": ("Nhân viên ngân hàng", "Công an", "*Không ai cả"),
    "Thấy liên kết lạ trong tin nhắn thì nên làm gì?": ("Bấm thử", "*Không bấm", "Gửi cho bạn"),
}
EXCEL = {
    "Ứng dụng định danh điện tử của Việt Nam tên là gì?": ("VNeID", "Zalo", "Google", "A"),
    "Muốn chụp ảnh màn hình để làm gì?": ("Xoá tin", "Giữ lại bằng chứng", "Tắt máy", "B"),
    "Hết pin giữa chừng thì bài đã lưu có mất không?": ("Có", "Không", "Tuỳ máy", "B"),
}
HOME = ("muong khuong", "Xã Mường Khương")
ENTRANTS = (
    Person("Lù A Dơ", (3, 4, 1990), *HOME, "lu.do", "Mọi người dân"),
    Person("Sùng Thị Mỷ", (9, 9, 1985), *HOME, "sung.my", "Mọi người dân"),
    Person("Giàng Thị Cú", (1, 2, 1950), *HOME, "giang.cu", "Người cao tuổi"),
)


def word_file() -> bytes:
    document = docx.Document()
    for no, (text, options) in enumerate(WORD.items(), 1):
        document.add_paragraph(f"Câu {no}. {text}")
        for letter, option in zip("ABC", options, strict=True):
            mark = "*" if option.startswith("*") else ""
            document.add_paragraph(f"{mark}{letter}. {option.removeprefix('*')}")
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def excel_file() -> bytes:
    out = BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Câu hỏi")
        sheet.write_row(0, 0, ("Câu hỏi", "A", "B", "C", "Đáp án"))
        for at, (text, (*options, key)) in enumerate(EXCEL.items(), 1):
            sheet.write_row(at, 0, (text, *options, key))
    return out.getvalue()


def bring_in(page: Page, name: str, data: bytes) -> None:
    page.goto("/banks/import")
    page.get_by_label("Tệp câu hỏi").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )
    page.get_by_label("Ngân hàng", exact=False).first.select_option(label=BANK)
    page.get_by_label("Chủ đề, khi tệp không ghi").select_option(index=1)
    page.get_by_label("Mọi người dân", exact=True).check()
    page.get_by_role("button", name="Đọc tệp").click()
    expect(page.get_by_role("heading", name=f"Xem trước: {name}")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name=re.compile("^Nạp 3 câu tốt")).click()
    expect(page.get_by_role("heading", name="Đã nạp câu hỏi")).to_be_visible(timeout=SLOW_MS)


def review(author: Page, reviewer: Page, text: str) -> None:
    author.goto("/banks/questions")
    author.get_by_label("Tìm", exact=False).first.fill(text)
    author.get_by_role("button", name="Tìm", exact=True).click()
    author.get_by_role("link", name=text).click()
    author.get_by_role("button", name="Gửi duyệt").click()
    expect(author.get_by_text("Chờ duyệt", exact=True).last).to_be_visible()
    reviewer.goto("/banks/review")
    reviewer.get_by_role("link", name=text).click()
    reviewer.get_by_role("button", name="Duyệt, cho dùng").click()
    expect(reviewer.get_by_text("Đã duyệt. Từ nay câu này được rút vào đề.")).to_be_visible()


def set_up(page: Page) -> str:
    """Two divisions, two rounds, the first open since yesterday; return the contest's code."""
    now = clock.now()
    page.goto("/desk")
    page.get_by_role("link", name="Lập cuộc thi mới").click()
    page.get_by_label("Tên cuộc thi").fill(TITLE)
    page.get_by_label("Bắt đầu từ đầu").check()
    page.get_by_role("button", name="Bắt đầu").click()
    page.get_by_label("Lời giới thiệu", exact=True).fill("Thi để học, ai cũng dự được.")
    page.get_by_label("Liên hệ ban tổ chức").fill("Lò Thị Mai, 0214 000 000")
    go_on(page)
    for at, (name, audience) in enumerate(
        (("Mọi người dân", "everybody"), ("Người cao tuổi", "elderly"))
    ):
        page.get_by_role("button", name="Thêm bảng thi").click()
        page.locator(f"#divisions-{at}-name").fill(name)
        page.locator(f"#divisions-{at}-audience").select_option(audience)
    go_on(page)
    page.get_by_role("button", name="Thêm đợt thi").click()
    page.locator("#rounds-0-name").fill("Tuần 1")
    page.locator("#rounds-0-opens_day").fill(f"{now - timedelta(days=1):%d/%m/%Y}")
    page.locator("#rounds-0-opens_time").fill("08:00")
    page.locator("#rounds-0-closes_day").fill(f"{now + timedelta(days=2):%d/%m/%Y}")
    page.locator("#rounds-0-closes_time").fill("20:00")
    page.locator("#rounds-0-minutes").fill("20")
    page.get_by_role("button", name=re.compile("Chép, lùi một tuần")).click()
    expect(page.locator("#rounds-1-name")).to_have_value("Tuần 2")
    go_on(page)
    page.locator("#plan-0-level_any").fill("4")
    go_on(page)
    for heading in ("Lượt thi và xếp hạng", "Câu hỏi dự đoán", "Thông tin hỏi thêm"):
        expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        go_on(page)
    go_on(page)
    expect(page.get_by_text("Không còn gì phải sửa")).to_be_visible()
    return page.url


def preview(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Xem thử đợt “Tuần 1”").click()
    expect(page.locator(".question")).to_have_count(4)
    assert looking.faults(page) == []
    assert looking.too_wide(page, 320, 640) == []
    page.get_by_role("button", name="Nộp bài xem thử").click()
    expect(page.get_by_role("heading", name="Đáp án và giải thích")).to_be_visible()
    assert looking.faults(page) == []
    assert looking.too_wide(page, 320, 640) == []


def publish(page: Page, address: str) -> str:
    page.goto(address)
    page.get_by_role("link", name="Công bố cuộc thi").click()
    page.get_by_role("button", name="Công bố ngay").click()
    expect(page.get_by_text("Cuộc thi đã được công bố.")).to_be_visible()
    return page.url.rsplit("/", 1)[1]


def give_five_minutes(desk: Page, code: str, who: Person) -> None:
    desk.goto(f"/organizer/rounds/{code}")
    desk.get_by_role("link", name="Tuần 1").click()
    desk.get_by_role("link", name="Tìm một người").click()
    desk.get_by_label("Tên, tên đăng nhập hoặc số điện thoại").fill("sung thi my")
    desk.get_by_role("button", name="Tìm", exact=True).click()
    desk.get_by_role("link", name=who.name).click()
    desk.get_by_role("link", name="Thêm giờ cho người này").click()
    desk.get_by_label("Thêm bao nhiêu phút").fill("5")
    desk.get_by_label("Lý do").fill("Máy bị treo")
    desk.get_by_role("button", name="Xem lại trước khi thêm").click()
    desk.get_by_role("button", name="Thêm giờ", exact=True).click()
    expect(desk.get_by_text("Đã thêm giờ cho 1 bài đang làm.")).to_be_visible()


def test_from_nothing_to_a_contest_that_was_held(chromium: Browser, site: Site) -> None:
    mai = organizer(chromium, site, "mai.xa", "Lò Thị Mai")
    pao = organizer(chromium, site, "pao.xa", "Vàng A Páo")
    mai.goto("/banks/new")
    mai.get_by_label("Tên ngân hàng câu hỏi").fill(BANK)
    mai.get_by_role("button", name="Lưu").click()
    bring_in(mai, "de.docx", word_file())
    bring_in(mai, "de.xlsx", excel_file())
    for text in (*WORD, *EXCEL):
        review(mai, pao, text)
    address = set_up(mai)
    preview(mai, address)
    code = publish(mai, address)

    opened = []
    for who in ENTRANTS:
        phone = phones.opened(chromium, site.url)
        people.register(phone, who)
        people.join(phone, code, who)
        phone.goto(f"/attempts/rounds/{code}/tuan-1")
        sitting.start(phone)
        opened.append(phone)
    slow = opened[1]
    give_five_minutes(mai, code, ENTRANTS[1])
    expect(slow.locator("#news")).to_contain_text("Bạn được thêm 5 phút", timeout=HEARD_MS)
    for phone in opened:
        phone.reload()
        for box in phone.locator(".question:not(.question--guess)").all():
            if box.is_visible():
                sitting.touch(box)
        sitting.hand_in(phone)

    mai.goto("/organizer/journal/")
    told = mai.locator("table").inner_text()
    for words in (
        "mở ngân hàng câu hỏi",
        "gửi tệp câu hỏi để xem trước",
        "bắt đầu soạn một bản nháp",
        "công bố cuộc thi",
        "thêm 5 phút",
        "Lý do: Máy bị treo",
    ):
        assert words in told, words
    for each in (mai, pao, *opened):
        each.context.close()
