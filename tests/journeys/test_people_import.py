"""A list from Excel: looked over, loaded, its passwords fetched; one of the people signs in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import lists
from journeys import looking, people, phones
from journeys.sites import Site
from playwright.sync_api import Browser, Page, expect

from contest.core.spreadsheets import Workbook

HEAD = ["Họ và tên", "Ngày sinh", "Số điện thoại", "Đơn vị"]
# Names nobody else on this site has: a namesake would be looked at first.
ROWS = [
    ["Lò Thị Ngát", "15/06/1958", "912345698", "Xã Si Ma Cai"],
    ["Vàng A Tủa", "1/2/90", "", "Si Ma Cai"],
    ["Sai Ngày", "31/02/1990", "", "Xã Si Ma Kai"],
]


@pytest.fixture
def desk(chromium: Browser, site: Site) -> Iterator[Page]:
    opened = phones.opened(chromium, site.url, **phones.DESK)
    people.sign_in(opened, *site.organizer)
    yield opened
    opened.context.close()


def looks_right(page: Page) -> None:
    for width, height in ((320, 640), (390, 844), (1280, 800)):
        assert looking.too_wide(page, width, height) == []
    assert looking.faults(page) == []


def test_a_list_is_loaded_and_its_people_sign_in(
    chromium: Browser, site: Site, desk: Page, tmp_path: Path
) -> None:
    noted = phones.complaints(desk)
    file = tmp_path / "Danh sách.csv"
    file.write_bytes(lists.csv([HEAD, *ROWS]))
    desk.goto("/organizer/lists/")
    looks_right(desk)
    desk.get_by_label("Người dự thi").check()
    desk.get_by_label("Tệp Excel hoặc CSV").set_input_files(str(file))
    desk.get_by_role("button", name="Gửi và xem trước").click()
    expect(desk.get_by_text("Ngày sinh “31/02/1990” chưa đọc được.")).to_be_visible()
    expect(desk.get_by_text("Có phải là: Xã Si Ma Cai")).to_be_visible()
    looks_right(desk)
    desk.get_by_role("button", name="Nạp 2 dòng").click()
    link = desk.get_by_role("link", name="Tải tệp về máy")
    expect(link).to_be_visible()
    with desk.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "got.xlsx")
    book = Workbook((tmp_path / "got.xlsx").read_bytes(), most_bytes=10**7)
    slips = [list(row.cells.values()) for row in book.read(book.sheets[0]).rows][1:]
    assert [(slip[1], slip[4]) for slip in slips] == [
        ("Lò Thị Ngát", "0912345698"),
        ("Vàng A Tủa", slips[1][4]),
    ]
    phone = phones.opened(chromium, site.url)
    people.sign_in(phone, str(slips[0][4]), str(slips[0][5]))
    phone.goto("/accounts/me")
    assert phone.url.endswith("/accounts/me/password")
    phone.context.close()
    desk.goto("/organizer/journal/")
    expect(desk.get_by_text("nạp danh sách người dự thi: thêm 2").first).to_be_visible()
    looks_right(desk)
    assert noted == []
