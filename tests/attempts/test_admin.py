"""The organizer's pages of the day itself, and what open pages hear: through the doors."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from factories.attempts import (
    EVERY_KIND,
    MINUTE,
    add_person,
    begin,
    enter,
    make_stage,
    sign_in,
)
from factories.organizers import unit_below
from sqlalchemy import select, update

from contest.accounts.models import RoleGrant, Unit
from contest.app import create_app
from contest.attempts import news
from contest.attempts.models import Announcement, Attempt, Pause, Reopening, TimeGrant
from contest.contests.models import Registration, Round
from contest.core import cache, clock

ROUND = "/organizer/rounds/hoi-thi/r1"


class House:
    """A site with a running round, a person writing and an organizer, each in a browser."""

    def __init__(self, session, app, people):
        self.session, self.app = session, app
        app.config["WTF_CSRF_ENABLED"] = False
        self.now = clock.now()
        self.stage = make_stage(
            session,
            drafts=EVERY_KIND,
            people=people,
            opens_at=self.now - timedelta(hours=1),
            closes_at=self.now + timedelta(days=1),
        )
        self.person, self.boss = app.test_client(), app.test_client()
        self.boss_id = add_person(session, self.stage)
        unit = session.get_one(Unit, self.stage.unit_id)
        unit.path = f"/{unit.id}/"
        session.add(
            RoleGrant(
                account_id=self.boss_id, role="organizer", unit_id=unit.id, granted_at=self.now
            )
        )
        self.enter(self.boss, self.boss_id)
        self.enter(self.person, self.stage.person)
        self.person.post("/attempts/rounds/hoi-thi/r1/start")
        self.attempt = self.fresh()

    def enter(self, client, account_id):
        code = sign_in(self.session, account_id)
        self.session.commit()
        with client.session_transaction() as cookie:
            cookie.update(_user_id=code, _fresh=True, account=account_id)

    def registration(self):
        found = select(Registration.code).where(Registration.account_id == self.stage.person)
        code = self.session.scalar(found)
        self.session.rollback()
        return code

    def all(self, table):
        """What the requests wrote; nothing stays locked."""
        self.session.rollback()
        found = self.session.scalars(select(table)).all()
        self.session.expunge_all()
        self.session.rollback()
        return found

    def fresh(self):
        """The attempt as it is stored now."""
        (self.attempt,) = self.all(Attempt)
        return self.attempt

    def hear(self, no=""):
        news._rounds.clear()
        return self.person.get(f"/attempts/{self.attempt.code}/news?no={no}")


@pytest.fixture
def house(session, settings, engine):
    return House(session, create_app(settings, engine), 1)


def token(page):
    return re.search(r'name="token"[^>]*value="([0-9a-z]{20})"', page.text)[1]


def test_the_live_page_counts_and_its_figures_come_alone(house):
    page = house.boss.get(ROUND)
    part = house.boss.get(f"{ROUND}/figures")
    assert (page.status_code, part.status_code) == (200, 200)
    assert "<dt>Đang làm bài</dt><dd>1</dd>" in page.text
    assert "<dt>Đang làm bài</dt><dd>1</dd>" in part.text
    assert "<html" not in part.text


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/figures",
        "/more-time",
        "/pause",
        "/resume",
        "/announce",
        "/people",
        "/people/none",
        "/attempts/none/reopen",
    ],
)
def test_who_organizes_elsewhere_finds_nothing(house, path):
    elsewhere = unit_below(house.session, house.stage, "khac")
    grant = house.session.scalars(select(RoleGrant)).one()
    grant.unit_id = elsewhere.id
    house.session.commit()
    cache.forget_everything()
    assert house.boss.get(ROUND + path).status_code == 404
    assert house.person.get(ROUND + path).status_code == 403


@pytest.mark.parametrize("people", [10, 60])
def test_the_figures_cost_the_same_however_many_write(
    session, settings, engine, count_statements, people
):
    house = House(session, create_app(settings, engine), people)
    for person in house.stage.people[1:]:
        begin(session, house.stage, house.now, by=person)
    session.commit()
    house.boss.get("/accounts/me")  # who the visitor is, is remembered
    with count_statements() as first:
        assert house.boss.get(f"{ROUND}/figures").status_code == 200
    with count_statements() as second:
        assert house.boss.get(f"{ROUND}/figures").status_code == 200
    with count_statements() as page:
        assert house.boss.get(ROUND).status_code == 200
    # The contest with its rounds and divisions; once in five seconds its unit and the figures;
    # what was done on the day.
    assert (len(first), len(second), len(page)) == (8, 3, 6)


def test_waiting_devices_and_failing_saves_are_counted(house):
    address = f"/attempts/{house.attempt.code}/answers"
    other = house.app.test_client()
    assert other.get("/attempts/rounds/hoi-thi/r1/news").json == {"no": 0, "pause": "", "news": []}
    house.person.post(address, json={"answers": [{"no": 1, "value": 0, "seq": 10**13 + 1}]})
    house.person.post(address, json={"answers": "nonsense"})
    house.person.post(address, json={"answers": [{"no": 99, "value": 0, "seq": 10**13 + 1}]})
    page = house.boss.get(f"{ROUND}/figures").text
    assert "<dt>Đang ở trang chờ</dt><dd>1</dd>" in page
    assert "<dt>Lượt lưu chưa được</dt><dd>2</dd>" in page
    assert "nội dung không hợp lệ: <strong>2</strong>" in page
    assert "Lượt lưu câu trả lời: 1 trong 30 phút" in page


def test_units_are_sorted_as_asked(house):
    for code, name in (("xa-a", "Xã A"), ("xa-b", "Xã B")):
        unit_below(house.session, house.stage, code, name)
    unit = house.session.scalars(select(Unit).where(Unit.code == "xa-b")).one()
    house.session.execute(update(Registration).values(unit_id=unit.id))
    house.session.commit()
    entered = enter(house.session, house.stage)
    unit_a = house.session.scalars(select(Unit.id).where(Unit.code == "xa-a")).one()
    moved = update(Registration).where(Registration.account_id == entered)
    house.session.execute(moved.values(unit_id=unit_a))
    unit_below(house.session, house.stage, "xa-c", "Xã C")
    house.session.commit()
    for sort, expected in (("name", ["Xã A", "Xã B"]), ("writing", ["Xã B", "Xã A"])):
        page = house.boss.get(f"{ROUND}/figures?sort={sort}").text
        assert re.findall(r">(Xã [AB])</a></strong>", page) == expected
        assert "<summary>1 đơn vị chưa có ai đăng ký</summary>" in page
    assert house.boss.get(f"{ROUND}?sort=nonsense&in=xa-b").status_code == 200
    assert house.boss.get(f"{ROUND}?in=none").status_code == 404


def test_more_time_asks_shows_whom_it_reaches_and_gives(house):
    form = house.boss.get(f"{ROUND}/more-time")
    sent = {"token": token(form), "minutes": "10", "reason": "Mất điện", "is_lasting": "y"}

    sure = house.boss.post(f"{ROUND}/more-time", data=sent)
    assert house.all(TimeGrant) == []
    assert "Thêm giờ như thế này?" in sure.text
    assert "<dt>Bài đang làm được thêm giờ</dt><dd>1</dd>" in sure.text
    mend = house.boss.post(f"{ROUND}/more-time", data={**sent, "do": "mend"})
    assert 'value="10"' in mend.text
    before = house.attempt.deadline
    for _ in range(2):
        done = house.boss.post(f"{ROUND}/more-time", data={**sent, "do": "sure"})
        assert (done.status_code, done.location) == (303, ROUND)

    assert house.fresh().deadline == before + 10 * MINUTE
    page = house.boss.get(ROUND).text
    assert "Đã thêm giờ cho 1 bài đang làm." in page
    assert "10 phút cho tất cả" in page
    heard = house.hear("0").json
    assert heard["no"] == 1
    assert heard["deadline_ms"] == int(house.attempt.deadline.timestamp() * 1000)
    assert [item["words"] for item in heard["news"]] == [
        "Bạn được thêm 10 phút làm bài. Lý do: Mất điện"
    ]
    assert (
        "Bạn được thêm 10 phút làm bài. Lý do: Mất điện"
        in house.person.get(f"/attempts/{house.attempt.code}").text
    )
    grant_id = house.all(TimeGrant)[0].id
    assert house.boss.post(f"{ROUND}/grants/{grant_id}/end").status_code == 303
    assert "không áp dụng cho người bắt đầu từ" in house.boss.get(ROUND).text


@pytest.mark.parametrize(
    ("query", "name"), [("?person={code}", "Giàng A Dế"), ("?unit=tinh", "Tỉnh")]
)
def test_more_time_names_whom_it_is_for(house, query, name):
    address = f"{ROUND}/more-time{query.format(code=house.registration())}"
    form = house.boss.get(address)
    assert f"<dt>Cho ai</dt><dd>{name}</dd>" in form.text
    sent = {"token": token(form), "minutes": "3", "reason": "Ốm", "do": "sure"}
    assert house.boss.post(address, data=sent).status_code == 303
    grant = house.all(TimeGrant)[0]
    assert (grant.account_id is not None, grant.unit_id is not None) == (
        "person" in query,
        "unit" in query,
    )


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"minutes": "", "reason": "x"}, "Hãy gõ số phút."),
        ({"minutes": "0", "reason": "x"}, "Số phút từ 1 đến 600."),
        ({"minutes": "abc", "reason": "x"}, "Hãy gõ một số nguyên."),
        ({"minutes": "5", "reason": "  "}, "Hãy ghi lý do."),
        ({"minutes": "5", "reason": "x" * 301}, "Tối đa 300 ký tự."),
        ({"minutes": "5", "reason": "x", "run_out_minutes": "-1"}, "Số phút từ 0 đến 600."),
        ({"minutes": "5", "reason": "x", "token": "y"}, "Trang này đã cũ."),
    ],
)
def test_a_wrong_form_comes_back_with_what_is_wrong(house, sent, said):
    answer = house.boss.post(f"{ROUND}/more-time", data={"token": "0" * 20, "do": "sure", **sent})
    assert answer.status_code == 422
    assert "data-error-summary" in answer.text
    assert said in answer.text
    assert house.all(TimeGrant) == []


def test_a_pause_is_seen_on_the_paper_and_ends(house):
    assert house.boss.post(f"{ROUND}/pause", data={"reason": ""}).status_code == 422
    form = house.boss.get(f"{ROUND}/pause")
    sent = {"token": token(form), "reason": "Mất mạng toàn tỉnh"}
    assert house.boss.post(f"{ROUND}/pause", data=sent).status_code == 303
    said = (
        "Ban tổ chức đang tạm dừng đợt thi. Đồng hồ của mọi người đứng yên. "
        "Lý do: Mất mạng toàn tỉnh"
    )
    heard = house.hear().json
    assert heard["pause"] == said
    assert heard["paused_ms"] == int(house.fresh().paused_at.timestamp() * 1000)
    cache.forget_everything()
    assert said in house.person.get(f"/attempts/{house.attempt.code}").text
    waiting = house.person.get("/attempts/rounds/hoi-thi/r1").text
    assert said in waiting
    saved = house.person.post(
        f"/attempts/{house.attempt.code}/answers",
        json={"answers": [{"no": 1, "value": 0, "seq": 10**13 + 1}]},
    )
    assert saved.json["paused_ms"] == heard["paused_ms"]
    assert "Đợt thi đang tạm dừng" in house.boss.get(ROUND).text

    assert house.boss.get(f"{ROUND}/resume").status_code == 200
    assert house.boss.post(f"{ROUND}/resume", data={"moves_closing": "y"}).status_code == 303

    assert house.hear().json["paused_ms"] == 0
    pause = house.all(Pause)[0]
    assert house.all(Round)[0].closes_at - pause.old_closes_at == pause.resumed_at - pause.at
    changes = house.boss.get("/contests/hoi-thi").text
    assert "giờ đóng" in changes


def test_an_announcement_is_heard_in_both_languages_until_it_is_withdrawn(house):
    assert house.boss.post(f"{ROUND}/announce", data={"words": ""}).status_code == 422
    form = house.boss.get(f"{ROUND}/announce")
    sent = {"token": token(form), "words": "Còn <5> phút", "words_en": "Five minutes"}
    for _ in range(2):
        assert house.boss.post(f"{ROUND}/announce", data=sent).status_code == 303
    assert [item["words"] for item in house.hear("0").json["news"]] == ["Còn <5> phút"]
    house.person.set_cookie("language", "en")
    assert [item["words"] for item in house.hear("0").json["news"]] == ["Five minutes"]
    house.person.delete_cookie("language")
    cache.forget_everything()
    assert "Còn &lt;5&gt; phút" in house.person.get(f"/attempts/{house.attempt.code}").text
    assert "Còn &lt;5&gt; phút" in house.person.get("/attempts/rounds/hoi-thi/r1").text
    row = house.all(Announcement)[0]

    assert house.boss.post(f"{ROUND}/announcements/{row.id}/withdraw").status_code == 303

    assert house.hear().json["news"] == []
    assert "Đã rút" in house.boss.get(ROUND).text


def test_a_quiet_poll_asks_the_database_nothing(house, count_statements):
    house.hear()
    with count_statements() as counted:
        for _ in range(5):
            answer = house.person.get(f"/attempts/{house.attempt.code}/news?no=0")
            assert answer.json == {"no": 0}
    assert len(counted) == 0
    news._rounds.clear()
    with count_statements() as again:
        house.person.get(f"/attempts/{house.attempt.code}/news?no=0")
    assert len(again) == 1


def test_news_are_for_whom_they_are(house):
    stranger = house.app.test_client()
    assert stranger.get(f"/attempts/{house.attempt.code}/news").status_code == 404
    assert house.boss.get(f"/attempts/{house.attempt.code}/news").status_code == 404
    assert stranger.get("/attempts/rounds/hoi-thi/r9/news").status_code == 404


def test_a_person_is_found_their_history_read_and_their_paper_opened_again(house):
    house.person.post(f"/attempts/{house.attempt.code}/hand-in")
    receipt = house.fresh().receipt
    listed = house.boss.get(f"{ROUND}/people?q=giang").text
    code = house.registration()
    assert f'href="{ROUND}/people/{code}"' in listed
    assert "Đã nộp" in listed
    told = house.boss.get(f"{ROUND}/people/{code}").text
    assert receipt in told
    address = f"{ROUND}/attempts/{house.attempt.code}/reopen"
    assert f'href="{address}"' in told
    form = house.boss.get(address)
    assert "Thời gian còn lại lúc nộp</dt><dd>14 phút" in form.text
    bad = house.boss.post(address, data={"token": token(form), "minutes": "5", "reason": ""})
    assert bad.status_code == 422

    sent = {"token": token(form), "minutes": "20", "reason": "Bấm nhầm"}
    for _ in range(2):
        assert house.boss.post(address, data=sent).status_code == 303

    attempt = house.fresh()
    row = house.all(Reopening)[0]
    assert attempt.handed_in_at is None
    assert attempt.deadline == row.at + 20 * MINUTE
    told = house.boss.get(f"{ROUND}/people/{code}").text
    assert receipt in told
    assert "Bấm nhầm (Giàng A Dế)" in told
    again = house.boss.get(address).text
    assert "Bài này đang được làm, không cần mở lại." in again
    assert house.person.get(f"/attempts/{attempt.code}").status_code == 200


def test_the_desk_leads_to_the_rounds_and_they_to_the_live_page(house):
    assert 'href="/organizer/rounds/hoi-thi"' in house.boss.get("/desk").text
    assert f'href="{ROUND}"' in house.boss.get("/organizer/rounds/hoi-thi").text
