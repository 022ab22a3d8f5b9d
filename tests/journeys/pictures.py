"""Make the README's pictures in docs/img: `python -m tests.journeys.pictures`.

Every name is invented. The pages are those of a site that runs for this only.
"""

from __future__ import annotations

import io
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from journeys import history, papers, people, phones, sites, sitting
from journeys.history import Past
from journeys.people import Person
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from contest.config import ROOT

FOLDER = ROOT / "docs" / "img"
LARGEST = 120_000  # bytes
OVER = "tuan-le-chuyen-doi-so"
DEMO = "binh-dan-hoc-vu-so-lao-cai"
PUPIL = "Học sinh, sinh viên"
PUPILS = (  # name, unit, right answers of six, guess, seconds
    ("Giàng Thị Mỷ", "02671", 6, 14, 171),
    ("Nguyễn Hoàng Bảo Anh", "02647", 6, 9, 152),
    ("Lý Phương Thảo", "02671", 6, 20, 149),
    ("Sùng A Chớ", "02701", 5, 12, 203),
    ("Trần Quốc Huy", "02647", 5, 12, 236),
    ("Vàng Mí Sình", "02809", 5, 30, 188),
    ("Đặng Thu Hà", "02839", 4, 11, 214),
    ("Phàn Lở Mẩy", "02683", 4, 25, 260),
    ("Bùi Gia Linh", "02647", 3, 10, 175),
)
THAO = 2  # whose phone it is
DUNG = Person(
    *("Ma Seo Dũng", (2, 9, 1957), "bac ha", "Xã Bắc Hà", "ma.dung", "Người cao tuổi"),
)
OVER_HEAD = f"""
code = "{OVER}"
unit = "15"
title = "Tuần lễ Chuyển đổi số"
title_en = "Digital week"
about = "Sáu câu hỏi về kỹ năng số hằng ngày."
about_en = "Six questions about everyday digital skills."
contact = "Ban tổ chức (dữ liệu giới thiệu)"
"""


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        sites.running(Path(folder)) as site,
        sync_playwright() as playwright,
    ):
        make_past(site)
        browser = phones.launch(playwright)
        take_all(browser, site)
        browser.close()


def make_past(site: sites.Site) -> None:
    now = datetime.now(UTC)
    round_ = papers.round_of(
        "tuan-1", opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=2)
    )
    pasts = [
        Past(
            Person(name, (3 + at, 9, 2009), "", "", f"hoc.sinh.{at}", PUPIL, PUPIL),
            right=right,
            guess=guess,
            took=timedelta(seconds=took),
            unit=unit,
            starts=timedelta(hours=2, minutes=37 * at),
        )
        for at, (name, unit, right, guess, took) in enumerate(PUPILS)
    ]
    history.play(site, OVER_HEAD + papers.DIVISIONS + round_, {PUPIL: "hoc-sinh"}, pasts)


def opened(browser: Browser, site: sites.Site) -> Page:
    return phones.opened(browser, site.url, device_scale_factor=1.5)


def take_all(browser: Browser, site: sites.Site) -> None:
    stranger = opened(browser, site)
    stranger.goto("/")
    take(stranger, "home")
    stranger.goto(f"/contests/{DEMO}")
    take(stranger, "contest")

    pupil = opened(browser, site)
    people.sign_in(pupil, f"hoc.sinh.{THAO}", "con trâu gặm cỏ")
    board = f"/boards/{OVER}/round.tuan-1/hoc-sinh"
    pupil.goto(board)
    for _ in range(60):
        if pupil.get_by_text("Kết quả chính thức", exact=True).count():
            break
        pupil.wait_for_timeout(500)
        pupil.reload()
    take(pupil, "board", at="table.board", above=90)
    pupil.goto(f"{board}/why")
    take(pupil, "why")
    pupil.goto("/attempts/")
    pupil.locator("a[href$='/result']").first.click()
    take(pupil, "result")
    who = Person(PUPILS[THAO][0], (5, 9, 2009), "", "", "", PUPIL, PUPIL)
    people.join(pupil, DEMO, who)
    pupil.goto(f"/attempts/rounds/{DEMO}/tuan-1")
    sitting.start(pupil)
    for no in (1, 2, 3):
        sitting.answer(sitting.card(pupil, no), is_right=True)
    sitting.expect_saved(pupil)
    take(pupil, "exam", at="#question-2", above=20)

    elder = opened(browser, site)
    people.register(elder, DUNG)
    people.join(elder, DEMO, DUNG)
    elder.goto(f"/attempts/rounds/{DEMO}/tuan-1")
    sitting.start(elder)
    sitting.answer(sitting.card(elder, 1), is_right=True)
    sitting.expect_saved(elder)
    take(elder, "easy", at="#question-1", above=10)

    organizer = opened(browser, site)
    login, password = site.organizer
    people.sign_in(organizer, login, password)
    if organizer.get_by_label("Mật khẩu đang dùng").count():
        organizer.get_by_label("Mật khẩu đang dùng").fill(password)
        organizer.get_by_label("Mật khẩu mới").fill("bốn con vịt vàng")
        organizer.get_by_role("button", name="Đổi mật khẩu").click()
        expect(organizer.get_by_role("heading", name="Ban Tổ chức")).to_be_visible()
    organizer.goto("/organizer/people?q=thao")
    take(organizer, "organizer-people")


def take(page: Page, name: str, *, at: str | None = None, above: int = 0) -> None:
    """Save what the phone's screen shows, scrolled so that `at` stands `above` px from the top."""
    if at is not None:
        page.locator(at).first.evaluate(
            "(part, above) => scrollTo(0, part.getBoundingClientRect().top + scrollY - above)",
            above,
        )
    page.evaluate("document.activeElement && document.activeElement.blur()")
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = FOLDER / f"{name}.png"
    picture.quantize(128, method=Image.Quantize.MEDIANCUT).save(path, optimize=True)
    size = path.stat().st_size
    assert size <= LARGEST, f"{path}: {size} bytes"
    sys.stdout.write(f"{path}: {picture.size[0]}x{picture.size[1]}, {size} bytes\n")


if __name__ == "__main__":
    main()
