"""Make the pictures of entries and their jury: `python -m tests.journeys.entries_pictures`.

Every name is invented, every clip is drawn here. The pages are those of a site that runs for this
only.
"""

from __future__ import annotations

import io
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from factories import clips
from factories.contests import make_contest, make_division, make_registration
from factories.entries import entry_rules, make_entries_round, make_entry
from factories.judging import make_assignment, make_panelist, make_phase, make_sheet
from factories.jury import Content, add_file
from factories.people import make_account, make_grant, make_unit
from journeys import history, papers, people, phones, pictures, sites, test_sending
from journeys.people import Person
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Role, Unit
from contest.audiences.models import Audience
from contest.contests.models import Contest, Division, Round
from contest.core import passwords, storage
from contest.entries.models import Entry
from contest.rules.entry_rules import EntryKind
from contest.rules.media import FileKind, What

DAY = timedelta(days=1)
PASSWORD = "con trâu gặm cỏ"
SENDING = "clip-ban-em-so-hoa"
JUDGING = "clip-hay-song-so"
OVER = "clip-giup-ba-con"
MY = Person(
    *("Lý Thị Mỷ", (3, 4, 1985), "si ma cai", "Xã Si Ma Cai", "ly.my", "Mọi người dân"),
)
TITLES = (
    "Chợ phiên không tiền mặt",
    "Bà học dùng VNeID",
    "Đặt lịch khám bệnh từ bản",
    "Nhận ra tin nhắn lừa đảo",
    "Bán mận trên sàn điện tử",
    "Gửi hồ sơ không phải xuống núi",
)
SENDERS = (
    *("Giàng Thị Mẩy", "Trần Quốc Huy", "Lý A Sử"),
    *("Đặng Thu Hà", "Vàng Mí Sình", "Phàn Lở Mẩy"),
)
INTRO = "Nhóm em quay ở chợ phiên, hướng dẫn bà con quét mã để trả tiền và xem lại sao kê."
# What three judges give in the round that is over: content and form, in the order of TITLES.
GIVEN = (
    (("9", "9"), ("9", "8"), ("7,5", "7")),
    (("9", "8"), ("8,5", "9"), ("7", "7")),
    (("8", "7"), ("8", "8"), ("6,5", "6")),
    (("7", "7"), ("7,5", "7"), ("5", "6")),
    (("6", "7"), ("6", "6"), ("5", "4")),
    (("5", "6"), ("5,5", "5"), ("4", "3")),
)
PRIZES = [
    {"name": "Giải Nhất", "name_en": "First prize", "count": 1, "value": ""},
    {"name": "Giải Nhì", "name_en": "Second prize", "count": 2, "value": ""},
]
ROUND = test_sending.ROUND
TABLET = {**phones.PHONE, "viewport": {"width": 1024, "height": 768}}


@dataclass(frozen=True, slots=True)
class Films:
    """What clips look like here: one to send, its poster in some colours."""

    clip: Path
    posters: tuple[bytes, ...]


def main() -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        sites.running(Path(folder)) as site,
        sync_playwright() as playwright,
    ):
        films = make_films(Path(folder))
        make_sending(site)
        make_rounds(site, films)
        browser = phones.launch(playwright)
        sender(browser, site, films.clip)
        judge(browser, site)
        organizer(browser, site)
        visitor(browser, site)
        browser.close()


def make_films(folder: Path) -> Films:
    hues = ("#2a6f5e", "#8e3b2f", "#31598a", "#6b5b16", "#5c3f7a", "#2f6d7a")
    scenes = [scene(hue) for hue in hues]
    still, clip = folder / "scene.png", folder / "cho-phien.mp4"
    scenes[0].save(still)
    move = "zoompan=z='1+on/900':d=150:s=854x480:fps=25"
    sound = ("-f", "lavfi", "-i", "sine=d=6")
    clips.run("-i", still, *sound, "-vf", move, "-t", 6, *clips.X264, "-crf", 6, clip)
    return Films(clip, tuple(as_jpeg(each) for each in scenes))


def scene(hue: str) -> Image.Image:
    """Draw terraces below mountains, a sun above."""
    picture = Image.new("RGB", (854, 480), "#dfeaf2")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((610, 50, 700, 140), fill="#f2b84b")
    draw.polygon(
        [(0, 290), (210, 90), (400, 280), (560, 140), (854, 310), (854, 480), (0, 480)], hue
    )
    green = Image.new("RGB", (1, 1), hue).getpixel((0, 0))
    assert isinstance(green, tuple)
    for step in range(7):
        light = tuple(min(255, round(part + (235 - part) * step / 9)) for part in green)
        top = 300 + 27 * step
        draw.ellipse((-260 + 40 * step, top, 1040 - 20 * step, top + 420), light)
    return picture


def as_jpeg(picture: Image.Image) -> bytes:
    kept = io.BytesIO()
    picture.resize((427, 240)).save(kept, "JPEG", quality=80)
    return kept.getvalue()


def make_sending(site: sites.Site) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    head = papers.HEAD.format(code=SENDING).replace("Chuyến đi thử", "Bản em số hoá")
    opens_at, closes_at = papers.moment(now - DAY), papers.moment(now + 3 * DAY)
    site.load(
        SENDING,
        head + papers.DIVISIONS + ROUND.format(opens_at=opens_at, closes_at=closes_at),
    )


def make_rounds(site: sites.Site, films: Films) -> None:
    """One round that is being judged, one whose judging is over and whose clips are shown."""
    now, files = datetime.now(UTC), storage.opened(site.settings)
    with history.writing(site) as session:
        people_of = _People(session)
        contest, division = _contest(session, JUDGING, "Clip hay, sống số", people_of)
        round_ = _round(session, contest, closes_at=now - 5 * DAY)
        opens_at = now - 2 * DAY
        phase = make_phase(session, round_, opens_at=opens_at, closes_at=now + 5 * DAY)
        seats = [make_panelist(session, round_, each, number=no) for no, each in people_of.judges]
        for at, entry in enumerate(_entries(session, round_, contest, division, people_of)):
            _add_clip(session, files, entry, films, at)
            for seat in seats:
                make_assignment(session, seat, entry, at + 1, is_anchor=at < 2)
                if at < 3 - seat.number % 3:
                    content, form = GIVEN[at][seat.number - 1]
                    scores = {"content": content.replace(",", "."), "form": form}
                    make_sheet(session, seat, entry, phase, scores)

        contest, division = _contest(session, OVER, "Clip giúp bà con", people_of)
        round_ = _round(session, contest, closes_at=now - 20 * DAY)
        phase = make_phase(session, round_, closes_at=now - 2 * DAY)
        seats = [make_panelist(session, round_, each, number=no) for no, each in people_of.judges]
        make_panelist(session, round_, people_of.head, number=4, is_head=True, is_scoring=False)
        for at, entry in enumerate(_entries(session, round_, contest, division, people_of)):
            _add_clip(session, files, entry, films, at)
            entry.published_at = now - DAY
            for seat, (content, form) in zip(seats, GIVEN[at], strict=True):
                make_assignment(session, seat, entry, at + 1)
                scores = {"content": content.replace(",", "."), "form": form}
                make_sheet(session, seat, entry, phase, scores, comment="Rõ và gần gũi.")


class _People:
    """Who takes part in both rounds; the judges and the organizer sign in with PASSWORD."""

    def __init__(self, session: Session) -> None:
        self.hashed = passwords.hash_password(PASSWORD)
        self.session = session
        self.province = session.scalars(select(Unit).where(Unit.code == "15")).one()
        named = enumerate(("Đỗ Minh Châu", "Phạm Văn Bình", "Nông Thị Hạnh"), start=1)
        self.judges = [(no, self._seated(name, Role.JUDGE)) for no, name in named]
        self.head = self._seated("Hoàng Đức Thịnh", Role.JUDGE)
        self.organizer = self._seated("Mai Thu Trang", Role.ORGANIZER)

    def _seated(self, name: str, role: Role) -> Account:
        login = f"{name.rsplit(maxsplit=1)[-1]}.{role}"
        account = make_account(self.session, self.province, name, login=LOGINS[login])
        account.password_hash = self.hashed
        make_grant(self.session, account, role, self.province)
        return account


LOGINS = {
    "Châu.judge": "chau.cham",
    "Bình.judge": "binh.cham",
    "Hạnh.judge": "hanh.cham",
    "Thịnh.judge": "thinh.cham",
    "Trang.organizer": "trang.tochuc",
}


def _contest(
    session: Session, code: str, title: str, people_of: _People
) -> tuple[Contest, Division]:
    everybody = session.scalars(select(Audience).where(Audience.code == "everybody")).one()
    contest = make_contest(session, code, people_of.province, title=title)
    division = make_division(
        session, contest, audience=everybody, name="Mọi người dân", prizes=PRIZES
    )
    return contest, division


def _round(session: Session, contest: Contest, *, closes_at: datetime) -> Round:
    rules = entry_rules(kinds=(EntryKind.VIDEO,), is_gallery=True)
    return make_entries_round(
        *(session, contest, "video", rules),
        opens_at=closes_at - 15 * DAY,
        closes_at=closes_at,
        name="Video kỹ năng số",
        name_en="Digital skills clips",
    )


def _entries(
    session: Session, round_: Round, contest: Contest, division: Division, people_of: _People
) -> list[Entry]:
    made = []
    for at, title in enumerate(TITLES):
        school = make_unit(
            session, name=f"Trường THCS số {at + 1}", kind="school", parent=people_of.province
        )
        account = make_account(session, school, SENDERS[at])
        registration = make_registration(session, contest, division, account)
        facts = {"title": title, "text": INTRO, "shows_in_gallery": True}
        sent_at = round_.closes_at - timedelta(hours=5 + at)
        made.append(make_entry(session, round_, registration, sent_at=sent_at, **facts))
    return made


def _add_clip(
    session: Session, files: storage.Storage, entry: Entry, films: Films, at: int
) -> None:
    contents = (
        Content(FileKind.SMALL, films.clip.read_bytes(), "video/mp4"),
        Content(FileKind.POSTER, films.posters[at], "image/jpeg"),
    )
    add_file(session, files, entry, What.CLIP, contents, seconds=6.0)


def sender(browser: Browser, site: sites.Site, clip: Path) -> None:
    page = phones.opened(browser, site.url, device_scale_factor=1.5)
    people.register(page, MY)
    page.goto(f"/contests/{SENDING}")
    page.get_by_role("link", name="Gửi bài dự thi").first.click()
    page.get_by_role("button", name="Gửi bài: Video").click()
    page.wait_for_url("**/entries/*")
    page.get_by_label("Tên bài dự thi").fill(TITLES[0])
    page.get_by_label("Lời giới thiệu").fill(INTRO)
    expect(page.locator("[data-save-said]")).to_contain_text("Đã tự lưu trên máy chủ lúc")
    test_sending.slow(page, clip.stat().st_size // 12)
    test_sending.choose(page, clip)
    page.wait_for_function("() => document.querySelector('#upload-clip-progress').value >= 40")
    pictures.take(page, "bai-du-thi-dang-gui", at="#upload-clip-progress", above=330)
    test_sending.slow(page, 10**7)
    card = page.locator(".entry-file")
    expect(card).to_contain_text("Đã sẵn sàng", timeout=90_000)
    page.wait_for_timeout(2000)  # the player draws itself
    pictures.take(page, "bai-du-thi-xem-lai", at=".entry-file", above=60)
    page.get_by_role("link", name="Xem lại và nộp bài").click()
    page.get_by_role("button", name="Nộp bài").click()
    expect(page.get_by_role("heading", name="Đã nhận")).to_be_visible()
    pictures.take(page, "bai-du-thi-da-nhan")
    page.context.close()


def judge(browser: Browser, site: sites.Site) -> None:
    page = phones.opened(browser, site.url, **TABLET)
    people.sign_in(page, "chau.cham", PASSWORD)
    page.goto(f"/judging/rounds/{JUDGING}/video")
    pictures.take(page, "cham-thi-danh-sach")
    page.get_by_role("link", name="Chấm bài tiếp theo").click()
    page.get_by_label("Nội dung đúng và có ích", exact=True).fill("8,5")
    expect(page.locator("#light")).to_have_text("Đã lưu nháp")
    pictures.take(page, "cham-thi-phieu", at="h1", above=20)
    page.context.close()


def organizer(browser: Browser, site: sites.Site) -> None:
    page = phones.opened(browser, site.url, **phones.DESK)
    people.sign_in(page, "trang.tochuc", PASSWORD)
    page.goto(f"/organizer/judging/{JUDGING}/video")
    pictures.take(page, "cham-thi-tien-do", at="h1", above=20)
    page.goto(f"/jury/{OVER}/video")
    pictures.take(page, "cham-thi-hoi-dong", at="h1", above=20)
    page.get_by_role("link", name="Tính kết quả để ký").click()
    page.get_by_role("button", name="Tính kết quả").click()
    publish(page, browser, site)
    page.context.close()


def publish(page: Page, browser: Browser, site: sites.Site) -> None:
    """Sign the proposed result with the head of the jury, and publish it."""
    head = phones.opened(browser, site.url)
    people.sign_in(head, "thinh.cham", PASSWORD)
    for one in (head, page):
        one.goto(page.url)
        one.get_by_label("Tôi đã xem kết quả này và đồng ý ký.").check()
        one.get_by_role("button", name="Ký kết quả").click()
        expect(one.get_by_text("Đã ký kết quả.")).to_be_visible()
    page.get_by_role("link", name="Công bố kết quả").click()
    page.get_by_role("button", name="Công bố kết quả").click()
    expect(page.get_by_role("heading", name="Kết quả: ")).to_be_visible()
    head.context.close()


def visitor(browser: Browser, site: sites.Site) -> None:
    page = phones.opened(browser, site.url, device_scale_factor=1.5)
    page.goto(f"/results/{OVER}/video")
    pictures.take(page, "cham-thi-ket-qua")
    page.goto(f"/gallery/{OVER}/video")
    pictures.take(page, "trung-bay")
    page.context.close()


if __name__ == "__main__":
    main()
