"""People who go through the site's pages: opening an account, signing in, entering a contest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass(frozen=True, slots=True)
class Person:
    """`search` is what they type to find `unit`; `group` the audience they say they belong to."""

    name: str
    born: tuple[int, int, int]  # day, month, year
    search: str
    unit: str
    login: str
    division: str
    group: str | None = None
    password: str = "con trâu gặm cỏ"


def register(page: Page, who: Person) -> None:
    """Open an account from the front page on, as somebody who never saw the site."""
    page.goto("/")
    page.get_by_role("link", name="Đăng nhập").first.click()
    page.get_by_role("link", name="Mở tài khoản mới").click()
    page.get_by_label("Tìm theo tên").fill(who.search)
    page.get_by_role("button", name="Tìm đơn vị").click()
    page.get_by_role("link", name=who.unit, exact=True).first.click()
    page.get_by_label("Họ và tên").fill(who.name)
    for label, number in zip(("Ngày", "Tháng", "Năm"), who.born, strict=True):
        page.get_by_label(label, exact=True).fill(str(number))
    if who.group is not None:
        page.get_by_label(who.group).check()
    page.get_by_label("Tên đăng nhập hoặc số điện thoại").fill(who.login)
    page.get_by_label("Mật khẩu").fill(who.password)
    page.get_by_role("button", name="Mở tài khoản").click()
    expect(page.get_by_text("Tài khoản của bạn đã sẵn sàng.")).to_be_visible()


def sign_in(page: Page, login: str, password: str) -> None:
    page.goto("/accounts/sign-in")
    page.get_by_label("Tên đăng nhập hoặc số điện thoại").fill(login)
    page.get_by_label("Mật khẩu").fill(password)
    page.locator("main").get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def sign_in_or_register(page: Page, who: Person) -> None:
    """Open the account unless an earlier journey of this site has."""
    page.goto("/accounts/sign-in")
    page.get_by_label("Tên đăng nhập hoặc số điện thoại").fill(who.login)
    page.get_by_label("Mật khẩu").fill(who.password)
    page.locator("main").get_by_role("button", name="Đăng nhập").click()
    page.wait_for_load_state()
    if "sign-in" in page.url:
        register(page, who)


def join(page: Page, contest: str, who: Person) -> None:
    """Enter the contest in one's division."""
    page.goto(f"/contests/{contest}")
    page.get_by_role("link", name="Đăng ký dự thi").first.click()
    page.get_by_label(who.division).check()
    page.get_by_role("button", name=re.compile("^(Đăng ký|Chỉ đăng ký, làm bài sau)$")).click()
    expect(page.get_by_text(f"Bạn đã đăng ký ở bảng “{who.division}”.").first).to_be_visible()
