"""Two organizers and their questions: written, reviewed, brought in, taken out, printed."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from journeys import looking, people, phones
from journeys.sites import Site
from playwright.sync_api import Browser, Page, expect
from xlsxwriter import Workbook

from question_bank.formats import registry

SLOW_MS = 30_000  # a job waits for the worker's next look
UNIT = "02671"
BANK = "Câu hỏi của xã"
TEXT = "Nên làm gì khi quên mật khẩu ứng dụng?"
PASSWORD = "ba con ngựa trắng"
WORD = (
    *("Câu 1. Mã QR dùng để làm gì?", "A. Để trang trí", "*B. Để quét và trả tiền", "C. Để in"),
    *("Câu 2. Câu này không có đáp án?", "A. Một", "B. Hai"),
)


def organizer(chromium: Browser, site: Site, login: str, name: str) -> Page:
    """Somebody the operator has just made an organizer of the commune."""
    facts = ("--login", login, "--name", name, "--unit", UNIT, "--role", "organizer")
    given = site.cli("add", *facts).strip().splitlines()[-1].split(" / ")[1]
    page = phones.opened(chromium, site.url)
    people.sign_in(page, login, given)
    page.goto("/accounts/me")
    if page.get_by_label("Mật khẩu đang dùng").count():  # the first sign-in asks for a new one
        page.get_by_label("Mật khẩu đang dùng").fill(given)
        page.get_by_label("Mật khẩu mới").fill(PASSWORD)
        page.get_by_role("button", name="Đổi mật khẩu").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    return page


@pytest.fixture(scope="module")
def pair(chromium: Browser, site: Site) -> Iterator[tuple[Page, Page]]:
    mai = organizer(chromium, site, "mai.soan", "Lò Thị Mai")
    pao = organizer(chromium, site, "pao.duyet", "Vàng A Páo")
    mai.goto("/banks/new")
    mai.get_by_label("Tên ngân hàng câu hỏi").fill(BANK)
    mai.get_by_role("button", name="Lưu").click()
    expect(mai.get_by_role("heading", name=BANK)).to_be_visible()
    yield mai, pao
    for page in (mai, pao):
        page.context.close()


def test_one_writes_and_the_other_reviews(pair: tuple[Page, Page]) -> None:
    mai, pao = pair
    noted = phones.complaints(mai)
    mai.goto("/banks/")
    mai.get_by_role("link", name=BANK, exact=True).click()
    mai.get_by_role("link", name="Soạn câu hỏi").click()
    mai.get_by_role("link", name="Một đáp án đúng").click()
    mai.get_by_label("Nội dung câu hỏi", exact=True).fill(TEXT)
    mai.get_by_role("button", name="Thêm một dòng").click()
    expect(mai.get_by_label("Phương án E", exact=True)).to_be_focused()
    mai.get_by_role("button", name="Bỏ dòng này E").click()
    expect(mai.get_by_label("Phương án E", exact=True)).to_have_count(0)
    expect(mai.get_by_label("Nội dung câu hỏi", exact=True)).to_have_value(TEXT)
    for letter, text in zip(
        "ABCD", ("Hỏi người lạ", "Bấm Quên mật khẩu", "Bỏ", "Đoán"), strict=True
    ):
        mai.get_by_label(f"Phương án {letter}", exact=True).fill(text)
    mai.get_by_label("B là đáp án").check()
    mai.get_by_label("Chủ đề").select_option(index=1)
    mai.get_by_label("Mọi người dân", exact=True).check()
    assert looking.faults(mai) == []
    mai.get_by_role("button", name="Lưu và gửi duyệt").click()
    expect(mai.get_by_text("Chờ duyệt", exact=True).last).to_be_visible()
    expect(mai.get_by_text("Bạn là người soạn nên không tự duyệt được.")).to_be_visible()
    assert looking.faults(mai) == []
    assert noted == []
    pao.goto("/banks/review")
    pao.get_by_role("link", name=TEXT).click()
    pao.get_by_label("Nhận xét của bạn").fill("Câu hay, dễ hiểu.")
    pao.get_by_role("button", name="Gửi nhận xét").click()
    pao.get_by_role("button", name="Duyệt, cho dùng").click()
    expect(pao.get_by_text("Đã duyệt. Từ nay câu này được rút vào đề.")).to_be_visible()
    assert looking.faults(pao) == []


def word_file() -> bytes:
    document = docx.Document()
    for line in WORD:
        document.add_paragraph(line)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def excel_file() -> bytes:
    out = BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Câu hỏi")
        heads = ("Câu hỏi", "Phương án A", "Phương án B", "Đáp án")
        rows = (("Thủ đô của Việt Nam?", "Huế", "Hà Nội", "B"), ("Câu hỏng?", "Một", "Hai", "H"))
        for at, row in enumerate((heads, *rows)):
            sheet.write_row(at, 0, row)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "good"),
    [
        ("de.docx", word_file, "Mã QR dùng để làm gì?"),
        ("de.xlsx", excel_file, "Thủ đô của Việt Nam?"),
    ],
)
def test_files_with_mistakes_come_in_as_far_as_they_are_good(
    pair: tuple[Page, Page], name: str, make: Any, good: str
) -> None:
    page = pair[0]
    page.goto("/banks/import")
    page.get_by_label("Tệp câu hỏi").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": make()}
    )
    page.get_by_label("Chủ đề, khi tệp không ghi").select_option(index=0)
    page.get_by_label("Mọi người dân", exact=True).check()
    page.get_by_role("button", name="Đọc tệp").click()
    expect(page.get_by_role("heading", name=f"Xem trước: {name}")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("heading", name="Chỗ cần sửa trong tệp")).to_be_visible()
    expect(page.get_by_text(good)).to_be_visible()
    assert looking.faults(page) == []
    assert looking.too_wide(page, 320, 640) == []
    page.get_by_role("button", name="Nạp 1 câu tốt, làm bản nháp của tôi").click()
    expect(page.get_by_role("heading", name="Đã nạp câu hỏi")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("link", name="Xem các bản nháp").click()
    expect(page.get_by_role("link", name=good)).to_be_visible()


def test_the_bank_is_taken_out_and_printed(pair: tuple[Page, Page], tmp_path: Path) -> None:
    page = pair[0]
    page.goto("/banks/")
    page.get_by_role("link", name=BANK, exact=True).click()
    page.get_by_role("link", name="Xuất danh sách này").click()
    page.get_by_label("Moodle GIFT").check()
    page.get_by_role("button", name="Tạo tệp").click()
    link = page.get_by_role("link", name="Tải tệp về máy")
    expect(link).to_be_visible(timeout=SLOW_MS)
    with page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "cau-hoi.gift")
    texts = [
        one.text
        for one in registry.read((tmp_path / "cau-hoi.gift").read_bytes(), "gift").questions
    ]
    assert sorted(texts) == sorted([TEXT, "Mã QR dùng để làm gì?", "Thủ đô của Việt Nam?"])
    page.goto("/banks/questions")
    page.get_by_label("Ngân hàng", exact=True).select_option(label=BANK)
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.get_by_role("link", name="In đề ra giấy").click()
    page.get_by_label("Tên bài thi").fill("Thi thử của xã")
    page.get_by_label("Số mã đề").fill("2")
    assert looking.faults(page) == []
    page.get_by_role("button", name="Tạo đề").click()
    expect(link).to_be_visible(timeout=SLOW_MS)
    with page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "de.zip")
    with zipfile.ZipFile(tmp_path / "de.zip") as archive:
        paper = docx.Document(BytesIO(archive.read("de-thi.docx")))
    codes = [one.text for one in paper.paragraphs if one.text.startswith("Mã đề")]
    assert codes == ["Mã đề: 101", "Mã đề: 102"]
