"""From a phone on a link that breaks again and again to a result anybody can recompute."""

from __future__ import annotations

import hashlib
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from factories import clips
from factories.contests import make_registration
from factories.entries import make_entry
from factories.people import make_account, make_grant, make_unit
from journeys import history, looking, papers, people, phones
from journeys.people import Person
from journeys.sites import Site
from journeys.test_sending import begin, choose
from links import Link, weak_link
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from contest.accounts.models import Role, Unit
from contest.config import ROOT
from contest.contests.models import Contest, Division, Registration, Round
from contest.core import passwords
from contest.judging.models import Panelist

PASSWORD = "con trâu gặm cỏ"
SENDER = Person(
    *("Sùng Thị Mai", (3, 4, 1990), "si ma cai", "Xã Si Ma Cai", "sung.mai", "Mọi người dân"),
)
OTHERS = ("Lò Văn Pành", "Vàng A Lềnh", "Hoàng Thị Dung", "Tráng Seo Phà")
JUDGES = ("Đinh Thu Hằng", "Lục Văn Huyên", "Phạm Minh Tuấn")  # the last from a sender's own school
ROUND = """
[[rounds]]
code = "video"
name = "Video kỹ năng số"
name_en = "Digital skills clips"
kind = "entries"
opens_at = {opens_at}
closes_at = {closes_at}

[rounds.entries]
kinds = ["video"]
judges_each = 3

[[rounds.entries.criteria]]
code = "content"
name = "Nội dung đúng và có ích"
name_en = "Right and useful content"
weight = 2
most = 10

[[rounds.entries.criteria]]
code = "form"
name = "Cách thể hiện"
name_en = "Form"
weight = 1
most = 10
"""
SENT = "Bà con dùng VNeID"
# Each judge's points for an entry's content and form, by the entry's title.
GIVEN = {
    SENT: ((9, 8), (10, 9), (9, 9)),
    "Chợ phiên không tiền mặt": ((7, 7), (8, 8), (7, 6)),
    "Ví điện tử an toàn": ((6, 6), (7, 7), (6, 5)),
    "Lớp học dưới bản": ((5, 5), (6, 6), (5, 4)),
    "Đặt lịch khám bệnh": ((4, 4), (5, 5), (0, 0)),  # the third judge may not
}


@pytest.fixture(scope="module")
def contest(site: Site) -> str:
    code = f"giam-khao-{time.time_ns()}"
    now = datetime.now(UTC).replace(microsecond=0)
    round_ = ROUND.format(
        opens_at=papers.moment(now - timedelta(hours=1)),
        closes_at=papers.moment(now + timedelta(days=3)),
    )
    site.load(code, papers.HEAD.format(code=code) + papers.DIVISIONS + round_)
    return code


@pytest.fixture(scope="module")
def link(site: Site) -> Iterator[Link]:
    """About a second between two breaks, in which some two hundred KB get through."""
    port = urlsplit(site.url).port
    assert port is not None
    with weak_link(port, rate=200_000, up_s=1.2, down_s=0.4, seed=7) as laid:
        laid.is_breaking = False
        yield laid


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "Sung Thi Mai - VNeID.mp4"
    clips.of_size("640x480", seconds=6)(path)
    return path


@pytest.fixture
def sent(chromium: Browser, link: Link, contest: str, clip: Path) -> str:
    """Send the clip through the weak link; hand it in once it plays; return its title."""
    page = phones.opened(chromium, f"http://127.0.0.1:{link.port}")
    people.sign_in_or_register(page, SENDER)
    begin(page, contest, "Video")
    page.get_by_label("Tên bài dự thi").fill(SENT)
    expect(page.locator("[data-save-said]")).to_contain_text("Đã tự lưu trên máy chủ lúc")
    link.is_breaking = True
    choose(page, clip)
    card = page.locator(".entry-file")
    expect(card).to_contain_text(clip.stem, timeout=600_000)
    link.is_breaking = False
    assert link.breaks >= 3
    assert link.sent < 2 * clip.stat().st_size  # what had arrived was not sent again
    expect(card).to_contain_text(hashlib.sha256(clip.read_bytes()).hexdigest(), timeout=60_000)
    expect(card).to_contain_text("Đã sẵn sàng", timeout=60_000)
    page.get_by_role("link", name="Xem lại và nộp bài").click()
    page.get_by_role("button", name="Nộp bài").click()
    expect(page.get_by_role("heading", name="Đã nhận")).to_be_visible()
    page.context.close()
    return SENT


def others_send(site: Site, contest: str) -> str:
    """Four more entries, by people of four schools; return the code of their division."""
    with history.writing(site) as session:
        round_ = session.scalars(select(Round).join(Contest).where(Contest.code == contest)).one()
        held = session.get_one(Contest, round_.contest_id)
        division = session.scalars(  # the first sender's
            select(Division)
            .join(Registration, Registration.division_id == Division.id)
            .where(Division.contest_id == held.id)
        ).one()
        province = session.scalars(select(Unit).where(Unit.code == "15")).one()
        now = datetime.now(UTC)
        for at, (name, title) in enumerate(zip(OTHERS, list(GIVEN)[1:], strict=True)):
            school = make_unit(session, name=f"Trường {contest[-6:]} {at}", parent=province)
            school.kind = "school"
            sender = make_account(session, school, name)
            registration = make_registration(session, held, division, sender)
            make_entry(session, round_, registration, title=title, sent_at=now)
        for at, name in enumerate(JUDGES):
            unit = school if at == len(JUDGES) - 1 else province
            judge = make_account(session, unit, name, login=f"gk{at}.{contest[-8:]}")
            judge.password_hash = passwords.hash_password(PASSWORD)
        organizer = make_account(session, province, "Lù Thị Bích", login=f"btc.{contest[-8:]}")
        organizer.password_hash = passwords.hash_password(PASSWORD)
        make_grant(session, organizer, Role.ORGANIZER, province)
        return division.code


def days_pass(site: Site, contest: str) -> None:
    """The round closed two days ago, its grace long over."""
    with history.writing(site) as session:
        held = session.scalars(select(Contest.id).where(Contest.code == contest)).one()
        past = datetime.now(UTC) - timedelta(days=2)
        where = Round.contest_id == held
        session.execute(
            update(Round).where(where).values(opens_at=past - timedelta(days=5), closes_at=past)
        )


def call_the_jury(page: Page, base: str) -> None:
    """One blind phase, three judges, the first its head; everybody judges what they may."""
    page.goto(f"{base}/phases")
    page.get_by_role("button", name="Đặt một giai đoạn chấm kín").click()
    for at, name in enumerate(JUDGES):
        page.goto(f"{base}/panel/find?q={name}")
        page.locator("table a").first.click()
        if not at:
            page.get_by_label("Trưởng ban giám khảo").check()
        page.get_by_role("button", name="Đưa vào ban giám khảo").click()
        expect(page.get_by_text(f"{name} đã ở trong ban giám khảo.")).to_be_visible()
    page.goto(f"{base}/assignment")
    # The teacher may not judge the entry of the own school: said before, with its reason.
    expect(page.locator("main")).to_contain_text("xung đột")
    page.get_by_role("button", name="Phân công").click()
    expect(page.get_by_text("Đã phân công.")).to_be_visible()


def judge(chromium: Browser, site: Site, contest: str, at: int) -> set[str]:
    """Score everything in the queue; return the titles that were seen."""
    page = phones.opened(chromium, site.url, viewport={"width": 1024, "height": 768})
    noted = phones.complaints(page)
    people.sign_in(page, f"gk{at}.{contest[-8:]}", PASSWORD)
    page.goto(f"/judging/rounds/{contest}/video")
    page.get_by_role("link", name="Chấm bài tiếp theo").click()
    page.wait_for_load_state()
    seen = set[str]()
    while page.locator("#score-content").count():
        text = page.content()
        hidden = (SENDER.name, "Sung Thi Mai", SENDER.unit, *OTHERS, f"Trường {contest[-6:]}")
        assert [name for name in hidden if name in text] == []
        (title,) = (each for each in GIVEN if each in page.locator("main").inner_text())
        seen.add(title)
        if title == SENT and not at:
            video = page.locator("video")
            assert video.get_attribute("preload") == "none"
            video.evaluate("each => { each.muted = true; return each.play(); }")
            page.wait_for_function("() => document.querySelector('video').currentTime > 0.3")
            assert looking.faults(page) == []
        content, form = GIVEN[title][at]
        for code, points in (("content", content), ("form", form)):
            give(page, code, points)
        with page.expect_navigation():
            page.get_by_role("button", name="Nộp phiếu").first.click()
        expect(page.get_by_text("Đã nộp phiếu.").first).to_be_visible()
    assert noted == []
    page.context.close()
    return seen


def give(page: Page, code: str, points: int) -> None:
    """Put points on the sheet: a choice of steps or a field, as the criterion has it."""
    field = page.locator(f"#score-{code}")
    if field.evaluate("each => each.tagName === 'INPUT' && each.type === 'text'"):
        field.fill(str(points))
    else:
        page.locator(f".criterion:has(#score-{code})").get_by_label(str(points), exact=True).check()


def sign(page: Page, office: str) -> None:
    page.get_by_label(office).check()
    page.get_by_label("Tôi đã", exact=False).check()
    page.get_by_role("button", name="Ký kết quả").click()


def test_a_clip_is_sent_judged_blind_and_its_result_recomputed(
    chromium: Browser, site: Site, contest: str, sent: str, tmp_path: Path
) -> None:
    assert sent == SENT
    division = others_send(site, contest)
    days_pass(site, contest)

    desk = phones.opened(chromium, site.url, **phones.DESK)
    people.sign_in(desk, f"btc.{contest[-8:]}", PASSWORD)
    call_the_jury(desk, f"/organizer/judging/{contest}/video")

    seen = [judge(chromium, site, contest, at) for at in range(3)]
    assert seen[0] == seen[1] == set(GIVEN)
    assert seen[2] == set(GIVEN) - {"Đặt lịch khám bệnh"}

    desk.goto(f"/organizer/judging/{contest}/video/phases")
    desk.get_by_role("link", name="Kết thúc sớm").click()
    expect(desk.get_by_text("Mọi phiếu được phân công đều đã nộp.")).to_be_visible()
    assert looking.faults(desk) == []
    desk.get_by_label("Lý do").fill("Đủ phiếu.")
    desk.get_by_role("button", name="Kết thúc giai đoạn").click()
    expect(desk.get_by_text("Giai đoạn chấm đã kết thúc.")).to_be_visible()

    head = phones.opened(chromium, site.url)
    people.sign_in(head, f"gk0.{contest[-8:]}", PASSWORD)
    head.goto(f"/jury/{contest}/video")
    head.get_by_role("link", name="Tính kết quả để ký").click()
    head.get_by_label("Lý do", exact=False).fill("Một giám khảo cùng trường với thí sinh.")
    head.get_by_role("button", name="Tính kết quả").click()
    run = urlsplit(head.url).path
    sign(head, "Trưởng ban giám khảo")
    desk.goto(run)
    sign(desk, "Ban tổ chức")
    desk.get_by_role("link", name="Công bố kết quả").click()
    desk.get_by_role("button", name="Công bố kết quả").click()

    anybody = phones.opened(chromium, site.url)
    anybody.goto(f"/results/{contest}/video?division={division}")
    assert looking.faults(anybody) == []
    rows = anybody.locator(".board__name").all_inner_texts()
    assert [re.split(r"\s{2,}|\n", row.strip())[0] for row in rows] == list(GIVEN)
    with anybody.expect_download() as coming:
        anybody.get_by_role("link", name="Tải tệp kết quả").first.click()
    file = tmp_path / "ket-qua.json"
    coming.value.save_as(file)
    with history.writing(site) as session:
        known = session.scalars(select(Panelist.code)).all()
    assert any(code in file.read_text("utf-8") for code in known)
    assert [
        name for name in (SENDER.name, *OTHERS, *JUDGES) if name in file.read_text("utf-8")
    ] == []

    good = verify(file)
    assert (good.returncode, hashlib.sha256(file.read_bytes()).hexdigest() in good.stdout) == (
        0,
        True,
    )
    text = file.read_text("utf-8")
    forged, count = re.subn(r'("content": ?)"10"', r'\1"9.5"', text, count=1)
    assert count == 1
    file.write_text(forged, "utf-8")
    assert verify(file).returncode != 0
    for page in (desk, head, anybody):
        page.context.close()


def verify(file: Path) -> subprocess.CompletedProcess[str]:
    """Recompute a result file as anybody would."""
    return subprocess.run(
        ["make", "-s", "verify-result", f"FILE={file}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
