"""An organizer sets up a jury on a phone: phase, judges, conflict, assignment, a slow judge."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from factories.contests import make_contest, make_division, make_registration
from factories.entries import entry_rules, make_entries_round, make_entry
from factories.judging import make_sheet
from factories.people import make_account, make_grant, make_unit
from journeys import history, looking, people, phones
from journeys.sites import Site
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from contest.accounts.models import Role, Unit
from contest.audiences.models import Audience
from contest.contests.models import Contest, Round
from contest.core import passwords
from contest.entries.models import Entry
from contest.judging.models import Assignment, JudgingPhase, Panelist

DAY = timedelta(days=1)
PASSWORD = "con trâu gặm cỏ"
TITLES = (
    *("Bà học VNeID", "Chợ phiên không tiền mặt", "Ví điện tử an toàn", "Lớp học dưới bản"),
    *("Nhận diện cuộc gọi lừa đảo mạo danh công an", "Đặt lịch khám bệnh trên điện thoại"),
)
JUDGES = ("Đặng Thu Hà", "Công Tằng Tôn Nữ Diệu Huyền", "Sùng A Chớ", "Trần Quốc Huy")


@dataclass(frozen=True, slots=True)
class Desk:
    """Who signs in, and where the jury's pages begin."""

    login: str
    base: str
    stamp: int


@pytest.fixture
def desk(site: Site) -> Desk:
    """A round that closed yesterday with six works; four people who may judge, one a teacher."""
    now, stamp = datetime.now(UTC), time.time_ns()
    hashed = passwords.hash_password(PASSWORD)
    with history.writing(site) as session:
        province = session.scalars(select(Unit).where(Unit.code == "15")).one()
        everybody = session.scalars(select(Audience).where(Audience.code == "everybody")).one()
        owner = make_unit(session, name="Hội thi thử", kind="other", parent=province)
        contest = make_contest(session, f"cham-{stamp}", owner, title="Hội thi video")
        contest.title_en = "Video contest"
        division = make_division(session, contest, "d1", everybody, name="Mọi người dân")
        make_division(session, contest, "d2", everybody, name="Học sinh", name_en="Pupils")
        round_ = make_entries_round(
            session,
            contest,
            "video",
            entry_rules(judges_each=2),
            opens_at=now - 20 * DAY,
            closes_at=now - DAY,
            name="Vòng video",
            name_en="Videos",
        )
        for at, title in enumerate(TITLES):
            school = make_unit(session, name=f"Trường {at + 1}", kind="school", parent=owner)
            sender = make_account(session, school, f"Em số {at + 1}")
            registration = make_registration(session, contest, division, sender)
            make_entry(session, round_, registration, title=title, sent_at=now - 2 * DAY)
        for at, name in enumerate(JUDGES):
            unit = make_unit(session, name=f"Cơ quan {at + 1}", kind="agency", parent=owner)
            make_account(session, unit if at else school, name)
        boss = make_account(session, owner, "Trưởng ban tổ chức", login=f"btc.{stamp}")
        boss.password_hash = hashed
        make_grant(session, boss, Role.ORGANIZER, owner)
        return Desk(boss.login, f"/organizer/judging/{contest.code}/{round_.code}", stamp)


def clean(page: Page, name: str, language: str = "vi") -> None:
    """Hold the page to what all pages promise."""
    there = page.viewport_size
    assert there is not None
    assert page.locator("html").get_attribute("lang") == language
    assert looking.faults(page) == []
    assert looking.too_wide(page, 320, 640) == []
    page.set_viewport_size(there)
    if folder := os.environ.get("CONTEST_TEST_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def visit(page: Page, desk: Desk, path: str, name: str) -> None:
    answer = page.goto(desk.base + path)
    assert answer is not None
    assert answer.status == 200
    clean(page, name)


def invite(page: Page, desk: Desk, name: str) -> None:
    page.goto(f"{desk.base}/panel/find?q={name}")
    page.locator("table a").first.click()
    expect(page.get_by_role("heading", name=f"Mời {name}")).to_be_visible()
    page.get_by_role("button", name="Đưa vào ban giám khảo").click()
    expect(page.get_by_text(f"{name} đã ở trong ban giám khảo.")).to_be_visible()


@pytest.mark.parametrize("device", [phones.PHONE, phones.DESK], ids=["phone", "desk"])
def test_a_jury_from_phase_to_slow_judge(
    chromium: Browser, site: Site, desk: Desk, device: dict[str, Any]
) -> None:
    page = phones.opened(chromium, site.url, **device)
    noted = phones.complaints(page)
    people.sign_in(page, desk.login, PASSWORD)
    contest = desk.base.split("/")[3]
    page.goto(f"/organizer/rounds/{contest}")
    page.get_by_role("link", name="Chấm bài dự thi").click()
    expect(page.get_by_role("heading", name="Tiến độ chấm")).to_be_visible()
    clean(page, "progress-empty")
    visit(page, desk, "/assignment", "assignment-empty")
    visit(page, desk, "/conflicts", "conflicts-empty")
    visit(page, desk, "/conflicts/new", "conflict-empty")
    visit(page, desk, "/phases", "phases-empty")
    page.get_by_role("button", name="Đặt một giai đoạn chấm kín").click()
    expect(page.get_by_role("heading", name="Chấm bài")).to_be_visible()
    clean(page, "phases")
    visit(page, desk, "/phases/new", "phase")
    page.get_by_role("button", name="Lưu giai đoạn").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    clean(page, "phase-refused")
    page.goto(f"{desk.base}/phases")
    page.get_by_role("link", name="Gia hạn").click()
    clean(page, "extend")
    page.get_by_label("Lý do").fill("Mưa lũ, giám khảo mất mạng.")
    page.get_by_role("button", name="Gia hạn").click()
    expect(page.get_by_text("Đã gia hạn đến")).to_be_visible()
    visit(page, desk, "/panel", "panel-empty")
    visit(page, desk, "/panel/find", "find-empty")
    visit(page, desk, "/panel/find?q=dang thu", "find")
    page.locator("table a").first.click()
    clean(page, "add")
    for name in JUDGES:
        invite(page, desk, name)
    clean(page, "panel")
    visit(page, desk, "/conflicts", "conflicts")  # the teacher's own school was found
    expect(page.get_by_text("hệ thống tự ghi").first).to_be_visible()
    page.get_by_role("link", name="Ghi một xung đột").click()
    page.get_by_label("Giám khảo", exact=True).select_option(label=f"3. {JUDGES[2]}")
    page.get_by_label("Với bài dự thi").select_option(index=1)
    page.get_by_label("Lý do", exact=True).fill("Chú ruột của em.")
    clean(page, "conflict")
    page.get_by_role("button", name="Ghi xung đột").click()
    expect(page.get_by_text("Đã ghi xung đột.")).to_be_visible()
    page.get_by_role("link", name="Gỡ xung đột").first.click()
    clean(page, "lift")
    visit(page, desk, "/assignment?anchors=1", "assignment")
    page.get_by_role("button", name="Phân công").click()
    expect(page.get_by_text("Đã phân công.")).to_be_visible()
    clean(page, "progress")
    judge_one(site, desk)
    visit(page, desk, "", "progress-judged")
    page.get_by_role("link", name="Chuyển bài chưa chấm").first.click()
    clean(page, "move")
    page.get_by_label("Lý do").fill("Đi công tác.")
    page.get_by_role("button", name="Chuyển tất cả").click()
    expect(page.get_by_text("Đã chuyển.")).to_be_visible()
    page.goto(f"{desk.base}/panel")
    page.get_by_role("link", name="Sửa").first.click()
    clean(page, "seat")
    page.goto(f"{desk.base}/panel")
    page.get_by_role("link", name="Rời ban").last.click()
    clean(page, "leave")
    page.get_by_label("Lý do").fill("Ốm dài ngày.")
    page.get_by_role("button", name="Cho rời ban giám khảo").click()
    expect(page.get_by_text("Giám khảo đã rời ban.")).to_be_visible()
    clean(page, "assignment-again")
    title = correct_languages(site, desk)
    visit(page, desk, "/assignment?anchors=1", "assignment-misfits")
    page.get_by_role("link", name="Rút bài khỏi giám khảo").filter(has_text=title).first.click()
    expect(page.get_by_label("Với bài dự thi").locator("option:checked")).to_contain_text(title)
    page.get_by_label("Lý do khác").check()
    page.get_by_label("Lý do", exact=True).fill("Không hiểu tiếng Mông.")
    page.get_by_role("button", name="Ghi xung đột").click()
    expect(page.get_by_text("1 bài đã rút khỏi giám khảo này.")).to_be_visible()
    assert noted == []
    page.context.close()


def correct_languages(site: Site, desk: Desk) -> str:
    """Note that an entry still to be judged is in Hmong, which nobody knows; return its title."""
    with history.writing(site) as session:
        entry = session.scalars(
            select(Entry)
            .join(Assignment, Assignment.entry_id == Entry.id)
            .join(Panelist, Panelist.id == Assignment.panelist_id)
            .join(Round, Round.id == Entry.round_id)
            .join(Contest, Contest.id == Round.contest_id)
            .where(
                Contest.code == desk.base.split("/")[3],
                Assignment.ended_at.is_(None),
                Panelist.left_at.is_(None),
            )
            .order_by(Assignment.id.desc())
            .limit(1)
        ).one()
        entry.jury_languages = ["hmn"]
        return entry.title


def judge_one(site: Site, desk: Desk) -> None:
    """Let the first judge hand one sheet in."""
    code = desk.base.split("/")[3]
    with history.writing(site) as session:
        task, judge, entry, phase = session.execute(
            select(Assignment, Panelist, Entry, JudgingPhase)
            .join(Panelist, Panelist.id == Assignment.panelist_id)
            .join(Entry, Entry.id == Assignment.entry_id)
            .join(JudgingPhase, JudgingPhase.round_id == Panelist.round_id)
            .join(Round, Round.id == Panelist.round_id)
            .join(Contest, Contest.id == Round.contest_id)
            .where(Contest.code == code, Panelist.number == 1)
            .order_by(Assignment.id)
            .limit(1)
        ).one()
        assert task.ended_at is None
        make_sheet(session, judge, entry, phase, {"content": "8", "form": "7"})
