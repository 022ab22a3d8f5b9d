"""Every page a browser can get, on a phone and at a desk, easy and not, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from journeys import banking, history, looking, papers, people, phones, sitting, watched
from journeys.history import Past
from journeys.people import Person
from journeys.sites import Site
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from contest.accounts.models import Account
from contest.app import create_app
from contest.core import jobs

OVER = "da-xong"
OPEN = "dang-mo"
ASKING = "hoi-them"
JOB = "waiting00001"
DEMO = "binh-dan-hoc-vu-so-lao-cai"
FIRST_VIEW = 25 * 1024  # bytes
NEW_PASSWORD = "bốn con vịt vàng"
PUPIL = "Học sinh, sinh viên"
NAMES = (
    *("Giàng Thị Mỷ", "Nguyễn Hoàng Bảo Anh", "Lý Phương Thảo", "Sùng A Chớ", "Trần Quốc Huy"),
    *("Vàng Mí Sình", "Đặng Thu Hà", "Bùi Gia Linh", "Phàn Lở Mẩy", "Công Tằng Tôn Nữ Diệu Huyền"),
)
LAN = Person(
    *("Lò Thị Lan", (17, 6, 2008), "", "", "lo.lan", PUPIL, PUPIL),
)


@dataclass(frozen=True, slots=True)
class Lived:
    """A site with a past, who is signed in where, and the addresses of what they have."""

    site: Site
    states: dict[str, Any]  # storage of the browsers: stranger, participant, organizer, tablet
    pages: dict[str, list[str]]  # endpoint to addresses
    visitor: dict[str, str]  # endpoint to who sees it


@pytest.fixture(scope="session")
def lived(site: Site, chromium: Browser) -> Lived:
    make_past(site)
    papers.load_every_kind(site, OPEN)
    load_asking(site)
    page = phones.opened(chromium, site.url)
    wait_for_boards(page)
    people.sign_in(page, LAN.login, LAN.password)
    people.join(page, OPEN, LAN)
    page.goto(f"/attempts/rounds/{OPEN}/tuan-1")
    sitting.start(page)
    paper = page.url.split("?")[0].removeprefix(site.url)
    sitting.answer(sitting.card(page, 2), is_right=True)
    sitting.expect_saved(page)
    page.goto("/attempts/")
    done = page.locator("a[href$='/result']").first.get_attribute("href") or ""
    page.goto(done)
    receipt = page.locator("#receipt").inner_text().strip()
    make_job(site)
    organizer = phones.opened(chromium, site.url)
    sign_in_organizer(organizer, site)
    organizer.goto("/organizer/people?q=lan")
    person = organizer.locator("table a").first.get_attribute("href") or ""
    draft = begin_draft(organizer).removeprefix(site.url)
    of_bank = banking.use(organizer, site.url, OVER)
    of_entries = watched.prepare(site)
    tablet = phones.opened(chromium, site.url)
    people.sign_in(tablet, LAN.login, LAN.password)
    states = {
        "stranger": {},
        "participant": page.context.storage_state(),
        "organizer": organizer.context.storage_state(),
        "tablet": tablet.context.storage_state(),
    }
    for each in (page, organizer, tablet):
        each.context.close()
    pages = addresses(paper, done, receipt, person, draft) | of_bank | of_entries
    return Lived(site, states, pages, VISITORS)


VISITORS = {
    "stranger": "accounts.choose_unit accounts.register accounts.sign_in attempts.receipt_form",
    "organizer": "accounts_admin.people accounts_admin.person accounts_admin.units "
    "drafts.desk drafts.begin drafts.step drafts.check drafts.confirm drafts.delete "
    "winners_admin.boards winners_admin.winners "
    "attempts_admin.rounds attempts_admin.watch attempts_admin.more_time attempts_admin.pause "
    "attempts_admin.resume attempts_admin.announce attempts_admin.entrants "
    "accounts_lists.index journal.index",
}
STEPS = (
    *("about", "divisions", "rounds", "paper", "ranking", "guess", "entries", "criteria"),
    *("identity", "prizes"),
)
# Files and answers to scripts; they stand in other pages.
NO_PAGES = {
    *("jobs.download", "jobs.state", "questions.picture", "static"),
    *("attempts_admin.figures", "attempts_news.attempt", "attempts_news.round"),
    *("attempts_admin.history", "attempts_admin.reopen"),  # the journey of the day itself
    *("regulations.as_pdf", "regulations.as_word"),
    *("accounts_lists.template", "questions.recording"),
    # Each has a journey of its own that looks at it in the same way.
    *("accounts_lists.look_over", "rehearsals.show", "uploads.receipt"),
    # Judges' pages: test_a_judge.py.
    *("judging.mine", "judging.show_queue", "judging.sheet", "judging.ask_recusal"),
    *("judging.anchors", "judging.go_on", "judging.file", "judging.captions"),
    *("entries.round", "entries.show", "entries.confirm", "entries.received"),
    *("entries.confirm_withdrawal", "entries.files", "entry_files.captions", "entry_files.watch"),
    *("attempts.back", "attempts.entered"),  # they only lead to another page
    # test_gallery.py looks at the pages of these.
    *("gallery.index", "gallery.show", "gallery.report", "gallery.mine"),
    *("gallery.rendition", "gallery.captions", "votes_admin.export", "votes.listed"),
    *("gallery_admin.rounds", "gallery_admin.index", "gallery_admin.queue"),
    *("gallery_admin.answer", "gallery_admin.take_down"),
    *("votes_admin.index", "votes_admin.strike"),
    # The journey of the jury's desk.
    *("judging_admin.rounds", "judging_admin.progress", "judging_admin.list_phases"),
    *("judging_admin.add_phase", "judging_admin.change_phase", "judging_admin.extend_phase"),
    "judging_admin.close_phase",
    *("judging_admin.delete_phase", "judging_panel.show_panel", "judging_panel.find"),
    *("judging_panel.add", "judging_panel.change", "judging_panel.leave", "judging_panel.move"),
    *("judging_conflicts.index", "judging_conflicts.add", "judging_conflicts.lift"),
    *("judging_conflicts.sheets", "judging_assigning.plan"),
    # The journey of a jury's result looks at each of them.
    *("judging_chair.deliberate", "judging_chair.entry", "judging_chair.order"),
    *("judging_chair.propose", "judging_chair.publish", "judging_chair.run"),
    *("judging_result.mine", "judging_result.show", "judging_result.why"),
    *("judging_chair.run_file", "judging_result.file"),
    *banking.NO_PAGES,
    *watched.NO_PAGES,
}


def addresses(paper: str, done: str, receipt: str, person: str, draft: str) -> dict[str, list[str]]:
    board = f"/boards/{OVER}/round.tuan-1/hoc-sinh"
    return {
        "main.home": ["/"],
        "contests.index": ["/contests/"],
        "contests.show": [f"/contests/{DEMO}", f"/contests/{OVER}"],
        "contests.join": [f"/contests/{DEMO}/join", f"/contests/{ASKING}/join"],
        "regulations.show": [f"/contests/{each}/regulations" for each in (DEMO, OVER, ASKING)],
        "winners.details": [f"/contests/{OVER}/details"],
        "winners_admin.boards": [f"/organizer/winners/{OVER}"],
        "winners_admin.winners": [f"/organizer/winners/{OVER}/round.tuan-1/hoc-sinh"],
        "accounts.sign_in": ["/accounts/sign-in"],
        "accounts.choose_unit": ["/accounts/register", "/accounts/register?q=lao+cai"],
        "accounts.register": ["/accounts/register/02671"],
        "accounts.me": ["/accounts/me"],
        "accounts.choose_own_unit": ["/accounts/me/unit?q=zzz"],
        "accounts.change_facts": ["/accounts/me/facts/02671"],
        "accounts.change_password": ["/accounts/me/password"],
        "attempts.mine": ["/attempts/"],
        "attempts.round": [f"/attempts/rounds/{OPEN}/tuan-1", f"/attempts/rounds/{OVER}/tuan-1"],
        "attempts.sit": [paper, f"{paper}?q=6"],
        "attempts.confirm": [f"{paper}/hand-in"],
        "attempts.result": [done],
        "attempts.receipt_form": ["/attempts/receipts", f"/attempts/receipts?code={receipt}"],
        "entries.mine": ["/entries/"],
        "entries.receipt_form": ["/entries/receipts"],
        "jobs.mine": ["/jobs/"],
        "jobs.show": [f"/jobs/{JOB}"],
        "jobs.confirm_cancel": [f"/jobs/{JOB}/cancel"],
        "standings.contest": [f"/boards/{OVER}"],
        "standings.board": [board, f"/boards/{OVER}/all/hoc-sinh", f"/boards/{OPEN}/all/can-bo"],
        "standings.why": [f"{board}/why"],
        "standings.units": [f"/boards/{OVER}/units", f"/boards/{OVER}/units?by=average&in=02671"],
        "accounts_admin.people": ["/organizer/people", "/organizer/people?q=lan"],
        "accounts_admin.person": [person],
        "accounts_admin.units": ["/organizer/units", "/organizer/units?in=15"],
        "attempts_admin.rounds": [f"/organizer/rounds/{OPEN}"],
        "attempts_admin.watch": [f"/organizer/rounds/{OPEN}/tuan-1"],
        "attempts_admin.more_time": [f"/organizer/rounds/{OPEN}/tuan-1/more-time"],
        "attempts_admin.pause": [f"/organizer/rounds/{OPEN}/tuan-1/pause"],
        "attempts_admin.resume": [f"/organizer/rounds/{OPEN}/tuan-1/resume"],
        "attempts_admin.announce": [f"/organizer/rounds/{OPEN}/tuan-1/announce"],
        "attempts_admin.entrants": [f"/organizer/rounds/{OPEN}/tuan-1/people?q=lan"],
        "accounts_lists.index": ["/organizer/lists/"],
        "journal.index": ["/organizer/journal/", "/organizer/journal/?q=lan"],
        "drafts.desk": ["/desk"],
        "drafts.begin": ["/desk/new"],
        "drafts.step": [f"{draft}/{step}" for step in STEPS],
        "drafts.check": [f"{draft}/check"],
        "drafts.confirm": [f"{draft}/publish"],
        "drafts.delete": [f"{draft}/delete"],
    }


def begin_draft(page: Page) -> str:
    """Begin a contest with a quiz and videos; return the address its steps begin with."""
    page.goto("/desk/new")
    page.locator("#title").fill("Cuộc thi đang soạn")
    page.locator("input[name=kind][value=quiz-video]").check()
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url("**/about")
    return page.url.rsplit("/", 1)[0]


def load_asking(site: Site) -> None:
    """A contest that asks while registering."""
    now = datetime.now(UTC)
    round_ = papers.round_of("tuan-1", opens_at=now, closes_at=now + timedelta(days=1))
    asked = papers.identity("before")
    site.load(ASKING, papers.HEAD.format(code=ASKING) + papers.DIVISIONS + round_ + asked)


def make_job(site: Site) -> None:
    """One of a kind the site's worker does not know: it waits as long as anybody looks."""
    with history.writing(site) as session:
        owner = session.scalars(select(Account.id).where(Account.login == LAN.login)).one()
        facts = {"title": "Nhập câu hỏi", "subject": "x", "by": owner, "now": datetime.now(UTC)}
        jobs.enqueue(session, "test.waits", {}, code=JOB, **facts)


def make_past(site: Site) -> None:
    now = datetime.now(UTC)
    first = papers.round_of(
        "tuan-1", opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=6)
    )
    second = papers.round_of(
        *("tuan-2",),
        opens_at=now - timedelta(days=5),
        closes_at=now - timedelta(days=2),
        name="Tuần 2",
        name_en="Week 2",
    )
    divisions = papers.with_prizes("pupils")
    asked = papers.identity("after")
    text = papers.HEAD.format(code=OVER) + divisions + first + second + asked
    pasts = [
        Past(
            Person(name, (1 + at, 9, 2009), "", "", f"hs.{at}", PUPIL, PUPIL),
            right=6 - at % 4,
            guess=None if at == 7 else 5 + at,
            took=timedelta(seconds=90 + 7 * (at % 3)),
            unit="02671" if at % 2 else "02647",
        )
        for at, name in enumerate(NAMES)
    ]
    lan = Past(LAN, right=4, guess=9, took=timedelta(seconds=97), unit="02671")
    history.play(site, text, {PUPIL: "hoc-sinh"}, [*pasts, lan])


def wait_for_boards(page: Page) -> None:
    """The worker counts the past within some ticks."""
    page.goto(f"/boards/{OVER}/all/hoc-sinh")
    while not page.get_by_text("Kết quả chính thức", exact=True).count():
        page.wait_for_timeout(300)
        page.reload()


def sign_in_organizer(page: Page, site: Site) -> None:
    login, password = site.organizer
    people.sign_in(page, login, password)
    if page.get_by_label("Mật khẩu đang dùng").count():
        page.get_by_label("Mật khẩu đang dùng").fill(password)
        page.get_by_label("Mật khẩu mới").fill(NEW_PASSWORD)
        page.get_by_role("button", name="Đổi mật khẩu").click()
        expect(page.get_by_role("heading", name="Ban Tổ chức")).to_be_visible()


@dataclass(frozen=True, slots=True)
class Mode:
    """How somebody looks: the device, the screen it is narrowed to, easy or not, the language."""

    device: dict[str, Any]
    narrow: tuple[int, int]
    easy: bool
    language: str


MODES = {
    "phone-easy-vi": Mode(phones.PHONE, (320, 640), easy=True, language="vi"),
    "phone-plain-en": Mode(phones.PHONE, (320, 640), easy=False, language="en"),
    "desk-plain-vi": Mode(phones.DESK, (640, 400), easy=False, language="vi"),  # 200 % zoom
    "desk-easy-en": Mode(phones.DESK, (640, 400), easy=True, language="en"),
    "desk-plain-en": Mode(phones.DESK, (640, 400), easy=False, language="en"),
}


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    return MODES[request.param]


def opened(chromium: Browser, lived: Lived, mode: Mode, who: str) -> BrowserContext:
    context = chromium.new_context(
        **mode.device, base_url=lived.site.url, storage_state=lived.states[who] or None
    )
    context.set_default_timeout(phones.PATIENCE_MS)
    for name, value in (("easy", str(int(mode.easy))), ("language", mode.language)):
        context.add_cookies([{"name": name, "value": value, "url": lived.site.url}])
    return context


def look(page: Page, mode: Mode) -> list[str]:
    """Hold one shown page to what all pages promise."""
    found = looking.faults(page)
    found += looking.too_wide(page, *mode.narrow)
    if not page.locator("h1").first.is_visible():
        found.append("no heading left on the narrow screen")
    page.set_viewport_size(mode.device["viewport"])
    is_easy = page.locator("html[data-easy]").count() == 1
    if is_easy is not mode.easy:
        found.append(f"easy mode is {is_easy}")
    if page.locator("html").get_attribute("lang") != mode.language:
        found.append("another language")
    return found


# An organizer's pages are many: one phone and one desk, one of each language and mode.
LOOKS = [
    *((name, "stranger") for name in MODES),
    *((name, "participant") for name in ("phone-easy-vi", "phone-plain-en", "desk-plain-en")),
    *((name, "organizer") for name in ("phone-easy-vi", "desk-plain-en")),
]


@pytest.mark.parametrize(("name", "who"), LOOKS)
def test_every_page_is_for_everybody(chromium: Browser, lived: Lived, name: str, who: str) -> None:
    mode = MODES[name]
    context = opened(chromium, lived, mode, who)
    page = context.new_page()
    noted = phones.complaints(page)
    found, site = {}, lived.site
    for endpoint, each in lived.pages.items():
        if who_sees(endpoint) != who:
            continue
        for address in each:
            answer = page.goto(address)
            assert answer is not None
            assert (answer.status, page.url) == (200, site.url + address)
            found[address] = look(page, mode)
    context.close()
    assert {address: faults for address, faults in found.items() if faults} == {}
    assert noted == []


def who_sees(endpoint: str) -> str:
    if endpoint.startswith(("questions_admin.", "analysis.", "entries_admin.", "practical.")):
        return "organizer"
    for who, endpoints in VISITORS.items():
        if endpoint in endpoints.split():
            return who
    return "participant"


def test_no_page_is_forgotten(lived: Lived) -> None:
    app = create_app(lived.site.settings)
    known = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES
    }
    assert known == set(lived.pages)


def test_pages_that_say_no_are_for_everybody(chromium: Browser, lived: Lived, mode: Mode) -> None:
    """Refused forms, what is not there, what is for others, the paper on a second device."""
    found = {}
    context = opened(chromium, lived, mode, "stranger")
    page = context.new_page()
    for address in ("/accounts/register/02671", "/accounts/sign-in"):
        page.goto(address)
        page.locator("main form button[type=submit]").last.click()
        expect(page.locator("[data-error-summary]")).to_be_focused()
        found[f"refused {address}"] = look(page, mode)
    page.goto("/attempts/receipts?code=1111-2222-3333-4444")
    found["no such receipt"] = look(page, mode)
    page.goto("/khong-co-trang-nay")
    found["404"] = look(page, mode)
    context.close()
    context = opened(chromium, lived, mode, "tablet")
    page = context.new_page()
    page.goto("/organizer/people")
    found["403"] = look(page, mode)
    page.goto(lived.pages["attempts.sit"][0])
    expect(page.locator("form[action$='take-over']")).to_be_attached()
    found["elsewhere"] = look(page, mode)
    context.close()
    assert {address: faults for address, faults in found.items() if faults} == {}


def test_the_exam_page_is_small_at_first_view(
    chromium: Browser, lived: Lived, record_property: Callable[[str, object], None]
) -> None:
    """Fifteen questions with nothing in the cache: page, styles, scripts, pictures of the site."""
    bao = Person(
        *("Vù A Bảo", (2, 2, 1990), "si ma cai", "Xã Si Ma Cai", "vu.bao", "Mọi người dân"),
    )
    page = phones.opened(chromium, lived.site.url)
    people.register(page, bao)
    people.join(page, DEMO, bao)
    page.goto(f"/attempts/rounds/{DEMO}/tuan-1")
    at = sitting.start(page)
    assert page.locator(".question:not(.question--guess)").count() == 15
    for encodings in ("gzip", "gzip, deflate, br"):
        context = chromium.new_context(
            **phones.PHONE,
            storage_state=page.context.storage_state(),
            extra_http_headers={"Accept-Encoding": encodings},
        )
        cold = context.new_page()
        received = bytes_received(cold, at)
        assert cold.locator("#paper").count() == 1
        record_property(encodings, sum(received.values()))
        assert sum(received.values()) <= FIRST_VIEW, received
        context.close()
    page.context.close()


def bytes_received(page: Page, address: str) -> dict[str, int]:
    """Load an address without cache; return the bytes over the wire, headers too, by what came."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    names: dict[str, str] = {}
    received: dict[str, int] = {}
    wire.on(
        "Network.requestWillBeSent",
        lambda event: names.__setitem__(event["requestId"], event["request"]["url"]),
    )
    wire.on(
        "Network.loadingFinished",
        lambda event: received.__setitem__(
            names[event["requestId"]].split("/")[-1].split("?")[0],
            int(event["encodedDataLength"]),
        ),
    )
    page.goto(address, wait_until="networkidle")
    return received
