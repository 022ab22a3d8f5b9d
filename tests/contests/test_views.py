"""The pages: what a person sees and does, in Vietnamese, at a constant number of statements."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from factories.contests import make_contest, make_division, make_registration, make_round
from factories.people import make_account, make_audience, make_sign_in, make_unit
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.contests.models import Contest, Division, Registration
from contest.core import clock, db
from contest.rules.timing import GRACE

Counting = Callable[[], AbstractContextManager[list[str]]]
DAY = timedelta(days=1)
CODE = "an-toan"


def opened(session: Session, code: str = CODE, **facts: object) -> Contest:
    """Add a contest with a practice round, one open and one coming round, and two divisions."""
    now = clock.now()
    contest = make_contest(session, code, **facts)
    make_round(
        session,
        contest,
        "tuan-1",
        name="Tuần một",
        name_en="Week one",
        opens_at=now - DAY,
        closes_at=now + DAY,
        tries_day=2,
        guess_text="Sẽ có bao nhiêu người tham gia?",
        guess_target="participants",
        ties=["score", "guess_distance", "duration", "handed_in_at"],
    )
    make_round(session, contest, "tuan-2", opens_at=now + DAY, closes_at=now + 2 * DAY)
    make_round(
        session, contest, "thi-thu", name="Thi thử", is_practice=True, opens_at=now - 2 * DAY
    )
    prizes = [{"name": "giải Nhất", "name_en": "first prize", "count": 1, "value": "giấy khen"}]
    make_division(session, contest, "moi-nguoi", name="Mọi người dân", prizes=prizes)
    old = make_audience(session, f"elderly-{code}", "Người cao tuổi", age_from=60)
    make_division(
        session, contest, "cao-tuoi", old, name="Người cao tuổi", is_easy=True, time_limit_s=1800
    )
    return contest


def sign_in(client: FlaskClient, session: Session, account: Account) -> None:
    code = make_sign_in(session, account).code
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = code
        cookie["account"] = account.id


def text_of(page: str) -> str:
    """Give what a person reads, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def get(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return text_of(answer.text)


def test_home_says_what_is_open_and_what_to_do(client: FlaskClient, session: Session) -> None:
    opened(session, title="Bình dân học vụ số")
    now = clock.now()
    coming = make_contest(session, "sap-mo", title="Cuộc thi sắp tới")
    make_round(session, coming, opens_at=now + DAY)
    session.commit()
    page = client.get("/").text
    assert "Bình dân học vụ số" in text_of(page)
    assert "Tuần một: mở đến" in text_of(page)
    assert "Dự thi chỉ ba bước" in text_of(page)
    assert "Sắp mở Cuộc thi sắp tới" in text_of(page)
    assert f'href="/contests/{CODE}/join"' in page


def test_home_without_contests_is_kind(client: FlaskClient) -> None:
    assert "Hôm nay chưa có cuộc thi nào đang mở." in get(client, "/")
    assert "Chưa có cuộc thi nào được công bố." in get(client, "/contests/")


def test_home_takes_a_registered_person_straight_to_the_round(
    client: FlaskClient, session: Session
) -> None:
    contest = opened(session)
    account = make_account(session)
    make_registration(session, contest, contest_division(session, contest, "moi-nguoi"), account)
    sign_in(client, session, account)
    page = client.get("/").text
    assert f'href="/attempts/rounds/{CODE}/tuan-1"' in page
    assert "Dự thi chỉ ba bước" not in page


def contest_division(session: Session, contest: Contest, code: str) -> Division:
    session.refresh(contest, ["divisions"])
    return next(each for each in contest.divisions if each.code == code)


def test_the_list_has_three_parts(client: FlaskClient, session: Session) -> None:
    opened(session, title="Đang thi đây")
    now = clock.now()
    make_round(session, make_contest(session, title="Chưa thi"), opens_at=now + DAY)
    over = make_contest(session, title="Thi xong rồi")
    make_round(session, over, opens_at=now - 2 * DAY, closes_at=now - DAY)
    session.commit()
    page = get(client, "/contests/")
    parts = re.search(
        "Các cuộc thi Đang mở (.*) Sắp mở Sắp mở (.*) Đã kết thúc Đã kết thúc (.*)", page
    )
    assert parts is not None
    assert "Đang thi đây" in parts[1]
    assert "Chưa thi" in parts[2]
    assert "Thi xong rồi" in parts[3]


def test_the_contest_page_states_the_rules_before_the_start(
    client: FlaskClient, session: Session
) -> None:
    opened(session, tries_total=9)
    session.commit()
    page = get(client, f"/contests/{CODE}")
    for sentence in (
        "Đang mở Tuần một",
        "5 câu và một câu dự đoán, 15 phút cho một lượt làm bài",
        "Nhiều nhất 2 lượt mỗi ngày",
        "Cả cuộc thi: nhiều nhất 9 lượt, không kể thi thử.",
        "Bảng này có 30 phút cho một lượt làm bài.",
        "1 giải Nhất: giấy khen",
        "lúc nào đến trước thì tính lúc đó",
        f"muộn không quá {GRACE.seconds} giây",
        "Mỗi câu trả lời đúng được 1 điểm.",
        "lượt tốt nhất được tính",
        "Sẽ có bao nhiêu người tham gia?",
        "Điểm cao hơn xếp trên. Số dự đoán gần số thật hơn xếp trên. Làm bài nhanh hơn xếp trên.",
        "Ai bằng nhau ở mọi tiêu chí thì cùng hạng.",
        "cộng điểm các đợt lại",
        "“Nguyễn V. A.”",
        "Đăng ký dự thi",
    ):
        assert sentence in page, sentence
    assert "Vào thi" not in page


def test_every_rule_has_its_words(client: FlaskClient, session: Session) -> None:
    contest = make_contest(session, CODE, name_mask="hidden", combine="best")
    now = clock.now()
    every_tie = (
        *("score", "guess_not_over", "guess_not_under", "duration"),
        *("registered_at", "draw"),
    )
    make_round(
        session,
        contest,
        opens_at=now - DAY,
        time_limit_s=600,
        deadline_rule="whole_limit",
        is_one_way=True,
        requires_all=True,
        wrong=1,
        partial="proportional",
        counting="last",
        shows="nothing",
        explains=False,
        ties=list(every_tie),
        freeze_s=3600,
        guess_text="Bao nhiêu?",
        guess_target="tries",
        tries_round=3,
        tries_week=2,
    )
    make_round(session, contest, opens_at=now + 8 * DAY, time_limit_s=None)
    make_division(session, contest)
    session.commit()
    page = get(client, f"/contests/{CODE}")
    for sentence in (
        "luôn được làm đủ thời gian",
        "không quay lại câu trước",
        "Phải trả lời đủ tất cả các câu",
        "bị trừ 1 điểm",
        "đúng một phần thì được một phần điểm",
        "lượt cuối cùng được tính",
        "Điểm được công bố sau khi đợt thi đóng.",
        "Số dự đoán không vượt quá số thật xếp trên.",
        "Rút thăm bằng máy",
        "Trong 1 giờ cuối",
        "số lượt bài hợp lệ đã nộp",
        "2 lượt mỗi tuần (từ thứ Hai đến Chủ nhật), 3 lượt trong cả đợt",
        "làm đến khi đợt thi đóng",
        "Bạn làm bài đến lúc đợt thi đóng.",
        "lấy đợt tốt nhất",
        "không ghi tên",
    ):
        assert sentence in page, sentence


def test_the_seed_is_only_committed_to_until_results_are_official(
    client: FlaskClient, session: Session
) -> None:
    contest = make_contest(session, CODE)
    now = clock.now()
    make_round(
        session,
        contest,
        opens_at=now - 3 * DAY,
        closes_at=now - 2 * DAY,
        settled_at=now - DAY,
        draw_seed=11_111_111,
    )
    make_round(session, contest, opens_at=now - DAY, draw_seed=22_222_222)
    make_division(session, contest)
    session.commit()
    page = get(client, f"/contests/{CODE}")
    assert "Số đã dùng: 11111111" in page
    assert "22222222" not in page
    assert "Đã có kết quả" in page
    assert len(re.findall(r"\b[0-9a-f]{64}\b", page)) == 2


def test_a_registered_person_sees_a_button_for_each_round(
    client: FlaskClient, session: Session
) -> None:
    contest = opened(session)
    account = make_account(session, birth_date=date(1950, 1, 1))
    make_registration(session, contest, contest_division(session, contest, "cao-tuoi"), account)
    sign_in(client, session, account)
    page = client.get(f"/contests/{CODE}").text
    assert f'href="/attempts/rounds/{CODE}/tuan-1"' in page
    assert f'href="/attempts/rounds/{CODE}/thi-thu"' in page
    assert f'href="/attempts/rounds/{CODE}/tuan-2"' not in page
    assert f'href="/boards/{CODE}"' in page
    assert "data-easy" in page
    assert "Bạn đã đăng ký ở bảng “Người cao tuổi”." in text_of(page)
    assert "30 phút cho một lượt làm bài" in text_of(page)


def test_a_contest_that_is_over_offers_its_results(client: FlaskClient, session: Session) -> None:
    contest = make_contest(session, CODE)
    now = clock.now()
    make_round(session, contest, opens_at=now - 2 * DAY, closes_at=now - DAY)
    make_division(session, contest)
    account = make_account(session)
    sign_in(client, session, account)
    page = get(client, f"/contests/{CODE}")
    assert "Cuộc thi đã kết thúc." in page
    assert "Đã đóng, đang chốt kết quả" in page
    assert "không nhận đăng ký nữa" in get(client, f"/contests/{CODE}/join", 409)


def test_an_unknown_contest_is_not_found(client: FlaskClient, session: Session) -> None:
    make_contest(session, CODE, state="draft")
    session.commit()
    assert "Không tìm thấy cuộc thi này" in get(client, f"/contests/{CODE}", 404)


def test_joining_needs_signing_in(client: FlaskClient, session: Session) -> None:
    opened(session)
    session.commit()
    answer = client.get(f"/contests/{CODE}/join")
    assert answer.status_code == 302
    assert answer.location.startswith("/accounts/sign-in?next=")


def test_joining_lists_what_is_open_and_why_the_rest_is_not(
    client: FlaskClient, session: Session
) -> None:
    contest = opened(session)
    work = make_audience(session, "farmers", "Nông dân", trades=["farming"])
    make_division(session, contest, "nong-dan", work, name="Nông dân")
    village = make_audience(session, "villagers", "Người bản", unit_kinds=["village", "guild"])
    make_division(session, contest, "ban", village, name="Thôn bản")
    account = make_account(session, make_unit(session, name="Xã Y Tý"), birth_date=date(1990, 1, 1))
    sign_in(client, session, account)
    page = client.get(f"/contests/{CODE}/join").text
    assert re.findall(r'name="division" value="([^"]+)" checked', page) == ["moi-nguoi"]
    said = text_of(page)
    for sentence in (
        "Nguyễn Thị Hoà",
        "Xã Y Tý",
        "Vì sao tôi chưa vào được bảng khác?",
        "Bảng này dành cho người từ 60 tuổi trở lên",
        "người làm ngành nghề: Nông, lâm nghiệp",
        "người thuộc: guild, thôn, bản, tổ dân phố;",
    ):
        assert sentence in said, sentence


def test_one_who_fits_nowhere_is_told_what_to_do(client: FlaskClient, session: Session) -> None:
    contest = make_contest(session, CODE)
    make_round(session, contest, opens_at=clock.now() - DAY)
    old = make_audience(session, "elderly", age_from=60)
    make_division(session, contest, "cao-tuoi", old)
    account = make_account(session, birth_date=None)
    sign_in(client, session, account)
    page = client.get(f"/contests/{CODE}/join").text
    assert "Hiện bạn chưa vào được bảng nào" in page
    assert "chưa có ngày sinh" in page
    assert '<form method="post" novalidate' not in page


def test_joining_registers_and_leads_to_the_contest(client: FlaskClient, session: Session) -> None:
    opened(session)
    account = make_account(session, birth_date=date(1990, 1, 1))
    sign_in(client, session, account)
    for _ in range(2):
        answer = client.post(f"/contests/{CODE}/join", data={"division": "moi-nguoi"})
        assert (answer.status_code, answer.location) == (303, f"/contests/{CODE}")
    with db.reading_session() as reading:
        assert reading.scalar(select(func.count()).select_from(Registration)) == 1
    assert "Bạn đã đăng ký ở bảng “Mọi người dân”." in get(client, f"/contests/{CODE}")
    assert client.get(f"/contests/{CODE}/join").status_code == 303


@pytest.mark.parametrize("data", [{}, {"division": "cao-tuoi"}, {"division": "khong-co"}])
def test_a_division_for_others_cannot_be_forced(
    client: FlaskClient, session: Session, data: dict[str, str]
) -> None:
    opened(session)
    account = make_account(session, birth_date=date(1990, 1, 1))
    sign_in(client, session, account)
    answer = client.post(f"/contests/{CODE}/join", data=data)
    assert answer.status_code == 422
    assert "Có chỗ cần xem lại" in answer.text
    with db.reading_session() as reading:
        assert reading.scalar(select(func.count()).select_from(Registration)) == 0


def test_english_is_one_tap_away(client: FlaskClient, session: Session) -> None:
    opened(session, title_en="Digital literacy")
    session.commit()
    client.set_cookie("language", "en")
    page = get(client, f"/contests/{CODE}")
    assert "Digital literacy" in page
    assert "Week one" in page
    assert "1 first prize" in page


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_the_same_at_one_and_at_three(
    client: FlaskClient, session: Session, count_statements: Counting, count: int
) -> None:
    contest = opened(session)
    for number in range(count - 1):
        opened(session, f"khac-{number}")
        make_round(session, contest, opens_at=clock.now() + (9 + number) * 9 * DAY)
        make_division(session, contest)
    account = make_account(session)
    sign_in(client, session, account)
    client.get("/")  # the visitor is known for a while
    costs = {}
    for path in ("/", "/contests/", f"/contests/{CODE}", f"/contests/{CODE}/join"):
        with count_statements() as counted:
            assert client.get(path).status_code == 200
        costs[path] = len(counted)
    assert costs == {"/": 3, "/contests/": 3, f"/contests/{CODE}": 7, f"/contests/{CODE}/join": 8}
