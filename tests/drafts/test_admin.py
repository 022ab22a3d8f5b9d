"""The organizer's desk, page by page, as a browser without JavaScript sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from factories.contests import make_contest, make_round
from factories.drafts import make_draft
from factories.people import make_account, make_grant
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Role
from contest.contests import queries as contests
from contest.core import clock, db
from contest.drafts.forms.registry import FORMS
from contest.drafts.models import Draft

LINK = re.compile(r'<li><a href="([^"]*#[^"]+)">([^<]+)</a></li>')
PAGES = [*FORMS, "check", "publish", "delete"]
LATER = clock.now() + timedelta(days=30)
DAY = f"{LATER:%d/%m/%Y}"


def stored(code: str) -> Draft:
    with db.reading_session() as reading:
        return reading.scalars(select(Draft).where(Draft.code == code)).one()


def named(page: str) -> list[tuple[str, str]]:
    """Return the links of the error summary."""
    return [(unescape(href), unescape(words)) for href, words in LINK.findall(page)]


def fresh(session: Session, place: Any, **facts: Any) -> Draft:
    draft = make_draft(session, place.ward, place.account, **facts)
    draft.data = {
        **draft.data,
        "rounds": [
            {
                **each,
                "opens_at": f"{LATER:%Y-%m-%d}T08:00:00",
                "closes_at": f"{LATER + timedelta(days=6):%Y-%m-%d}T08:00:00",
            }
            for each in draft.data["rounds"]
        ],
    }
    session.commit()
    return draft


def test_the_desk_lists_drafts_and_contests_of_ones_own_part_in_few_statements(
    desk: FlaskClient, session: Session, place: Any, count_statements: Callable[[], Any]
) -> None:
    def shown(number: int) -> int:
        for _ in range(number):
            make_draft(session, place.ward, place.account, data={"title": "Nháp của tôi"})
            make_round(session, make_contest(session, unit=place.ward, title="Đã mở"))
        session.commit()
        with count_statements() as counted:
            page = desk.get("/desk").text
        assert page.count("Nháp của tôi</a>") == page.count("Đã mở</a>")
        return len(counted)

    make_draft(session, place.other, place.account, data={"title": "Nháp nơi khác"})
    make_contest(session, unit=place.province, title="Cuộc thi của tỉnh")
    assert [shown(1), shown(3)] == [3, 2]  # the first asks who is here, too
    page = desk.get("/desk").text
    assert "Nháp nơi khác" not in page
    assert "Cuộc thi của tỉnh" not in page


@pytest.mark.parametrize("page", PAGES)
def test_a_foreign_draft_is_not_there(
    desk: FlaskClient, session: Session, place: Any, page: str
) -> None:
    draft = make_draft(session, place.other, place.account)
    session.commit()
    assert desk.get(f"/desk/{draft.code}/{page}").status_code == 404
    assert desk.post(f"/desk/{draft.code}/{page}").status_code in {404, 405}
    assert stored(draft.code).version == 1


def test_a_foreign_contest_can_neither_be_copied_nor_edited(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    make_contest(session, "cua-tinh", place.province)
    session.commit()
    assert desk.post("/desk/contests/cua-tinh/copy").status_code == 404
    assert desk.post("/desk/contests/cua-tinh/edit").status_code == 404


def test_an_administrator_sees_all_of_their_part(
    client: FlaskClient, session: Session, place: Any, sign_in: Callable[..., Any]
) -> None:
    admin = make_account(session, place.province, "Vàng Thị Quản")
    make_grant(session, admin, Role.ADMINISTRATOR, place.province)
    draft = fresh(session, place)
    sign_in(client, admin)
    assert client.get(f"/desk/{draft.code}/check").status_code == 200


def test_a_step_that_is_not_there_is_not_found(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    draft = fresh(session, place)
    assert desk.get(f"/desk/{draft.code}/nothing").status_code == 404
    assert desk.post(f"/desk/{draft.code}/nothing").status_code == 404


def test_beginning_without_a_name_or_a_kind_says_so(desk: FlaskClient) -> None:
    page = desk.post("/desk/new", data={"title": " ", "unit": "02647"})
    assert page.status_code == 422
    assert named(page.text) == [
        ("#title", "Hãy điền tên cuộc thi."),
        ("#kind", "Hãy chọn một kiểu cuộc thi."),
    ]


def test_what_is_no_value_is_kept_as_typed_and_named_with_a_link_to_its_field(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    draft = fresh(session, place)
    typed = {
        "version": "1",
        "rounds-0-was": "0",
        "rounds-0-name": "Tuần 1",
        "rounds-0-kind": "quiz",
        "rounds-0-opens_day": DAY,
        "rounds-0-opens_time": "16h30",
        "rounds-0-closes_day": "32/13/2026",
        "rounds-0-closes_time": "9:00",
        "rounds-0-minutes": "mười",
        "rounds-0-deadline_rule": "earlier",
        "do": "save",
    }
    answer = desk.post(f"/desk/{draft.code}/rounds", data=typed)
    assert (answer.status_code, answer.location) == (303, f"/desk/{draft.code}/rounds?check=1")
    page = desk.get(answer.location).text
    assert named(page) == [
        (
            "#rounds-0-closes_day",
            "“Tuần 1”, Giờ đóng: Hãy gõ ngày như 07/12/2026 và giờ như 16:00.",
        ),
        ("#rounds-0-minutes", "“Tuần 1”, Số phút làm bài: Hãy gõ số phút, ví dụ 15."),
    ]
    for value in ("32/13/2026", "9:00", "mười", DAY, "16:30"):
        assert f'value="{value}"' in page
    (each,) = stored(draft.code).data["rounds"]
    assert each["opens_at"] == f"{LATER:%Y-%m-%d}T16:30:00"
    assert each["plan"] == [{"topic": "devices", "difficulty": 1, "count": 3}]


def test_a_good_step_leads_to_the_next_and_is_remembered(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    draft = fresh(session, place)
    typed = {
        "version": "1",
        "title": "Mới",
        "code": "",
        "unit": "02647",
        "about": "Lời.",
        "contact": "Ai đó",
    }
    answer = desk.post(f"/desk/{draft.code}/about", data={**typed, "do": "save"})
    assert (answer.status_code, answer.location) == (303, f"/desk/{draft.code}/divisions")
    found = stored(draft.code)
    assert (found.title, found.data["code"], found.step, found.version) == (
        "Mới",
        "moi",
        "divisions",
        2,
    )
    assert f'href="/desk/{draft.code}/divisions"' in desk.get("/desk").text
    answer = desk.post(f"/desk/{draft.code}/about", data={**typed, "version": "2", "do": "later"})
    assert answer.location == "/desk"


def test_buttons_add_raise_copy_and_remove_rows_and_keep_what_is_typed(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    draft = fresh(session, place)

    def press(step: str, act: str, **typed: str) -> None:
        version = str(stored(draft.code).version)
        answer = desk.post(
            f"/desk/{draft.code}/{step}", data={"version": version, "do": act, **typed}
        )
        assert (answer.status_code, answer.location) == (303, f"/desk/{draft.code}/{step}")

    first = {
        "divisions-0-was": "0",
        "divisions-0-name": "Đổi tên",
        "divisions-0-audience": "elderly",
    }
    press("divisions", "add", **first)
    second = {"divisions-1-was": "1", "divisions-1-name": "Bảng hai", "divisions-1-audience": ""}
    press("divisions", "up-1", **first, **second)
    assert stored(draft.code).data["divisions"] == [
        {"code": "bang-hai", "name": "Bảng hai"},
        {"code": "doi-ten", "name": "Đổi tên", "audience": "elderly"},
    ]
    press("divisions", "remove-0", **{"divisions-0-was": "0", "divisions-1-was": "1"})
    assert len(stored(draft.code).data["divisions"]) == 1
    times = {
        "rounds-0-opens_day": DAY,
        "rounds-0-opens_time": "8:00",
        "rounds-0-closes_day": f"{LATER + timedelta(days=6):%d/%m/%Y}",
        "rounds-0-closes_time": "8:00",
    }
    press("rounds", "copy-0", **{"rounds-0-was": "0", "rounds-0-name": "Tuần 1"}, **times)
    rounds = stored(draft.code).data["rounds"]
    assert [each["name"] for each in rounds] == ["Tuần 1", "Tuần 2"]
    assert rounds[1]["opens_at"] == f"{LATER + timedelta(days=7):%Y-%m-%d}T08:00:00"


def test_two_tabs_see_both_texts_and_nothing_is_lost(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    draft = fresh(session, place)
    typed = {"version": "1", "unit": "02647", "about": "Thi để học.", "contact": "Ai", "do": "save"}
    desk.post(f"/desk/{draft.code}/about", data={**typed, "title": "Thẻ thứ nhất"})
    answer = desk.post(f"/desk/{draft.code}/about", data={**typed, "title": "Thẻ thứ hai"})
    assert answer.status_code == 409
    assert stored(draft.code).title == "Thẻ thứ nhất"
    cells = re.findall(r'<td role="cell"[^>]*>(?:<strong>)?([^<]*)', answer.text)
    assert cells[:3] == ["Tên cuộc thi", "Thẻ thứ nhất", "Thẻ thứ hai"]
    assert 'value="Thẻ thứ hai"' in answer.text
    assert '<input name="version" type="hidden" value="2">' in answer.text
    again = desk.post(
        f"/desk/{draft.code}/about", data={**typed, "version": "2", "title": "Thẻ thứ hai"}
    )
    assert (again.status_code, stored(draft.code).title) == (303, "Thẻ thứ hai")


def test_the_table_of_numbers_shows_the_pool_and_writes_the_plan(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    draft = fresh(session, place)
    page = desk.get(f"/desk/{draft.code}/paper").text
    assert '<span class="desk-has" id="plan-0-level_1-has">có 4</span>' in page
    assert '<span class="desk-has" id="plan-0-level_2-has">có 0</span>' in page
    typed = {
        "version": "1",
        "applies": "all",
        "plan-0-level_1": "2",
        "plan-0-level_2": "",
        "plan-0-level_3": "",
        "plan-0-level_any": "1",
        "plan-1-level_1": "",
        "plan-1-level_2": "",
        "plan-1-level_3": "",
        "plan-1-level_any": "1",
        "points": "2,5",
        "wrong": "0",
        "partial": "all_or_nothing",
        "shows": "marks",
        "bound": "15",
        "explains": "y",
        "do": "save",
    }
    answer = desk.post(f"/desk/{draft.code}/paper", data=typed)
    assert answer.location == f"/desk/{draft.code}/ranking"
    (each,) = stored(draft.code).data["rounds"]
    assert each["plan"] == [
        {"count": 2, "topic": "devices", "difficulty": 1},
        {"count": 1, "topic": "devices"},
        {"count": 1},
    ]
    assert [each[key] for key in ("points", "bound", "shows", "explains", "shuffles_options")] == [
        "2.5",
        "0.15",
        "marks",
        True,
        False,
    ]


def test_settings_go_to_all_rounds_or_to_the_one_in_hand(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    draft = fresh(session, place)
    one = stored(draft.code).data["rounds"][0]
    rounds = [one, {**one, "code": "b", "name": "B"}, {**one, "code": "c", "is_practice": True}]
    draft.data = {**draft.data, "rounds": rounds}
    session.commit()
    typed = {"version": "1", "guess_text": "Bao nhiêu?", "guess_target": "tries", "do": "save"}
    desk.post(f"/desk/{draft.code}/guess?round=2", data={**typed, "applies": "one"})
    assert [each.get("guess_target") for each in stored(draft.code).data["rounds"]] == [
        None,
        "tries",
        None,
    ]
    desk.post(f"/desk/{draft.code}/guess", data={**typed, "version": "2", "applies": "all"})
    assert [each.get("guess_target") for each in stored(draft.code).data["rounds"]] == [
        "tries",
        "tries",
        None,
    ]


def test_the_check_names_what_is_short_with_a_link_to_its_cell(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    plan = [{"topic": "devices", "difficulty": 1, "count": 9}]
    draft = fresh(session, place)
    draft.data = {**draft.data, "rounds": [{**draft.data["rounds"][0], "plan": plan}]}
    session.commit()
    ((href, words),) = named(desk.get(f"/desk/{draft.code}/check").text)
    assert href == f"/desk/{draft.code}/paper?check=1&round=1#plan-0-level_1"
    assert words == (
        "“Tuần 1”, Số câu: Đợt “Tuần 1”, bảng “Mọi người”, chủ đề “Chủ đề devices”, độ khó 1: "
        "cần 9 câu, chỉ có 4 câu."
    )
    refused = desk.post(f"/desk/{draft.code}/publish", data={"version": "1"})
    assert refused.status_code == 422
    assert named(refused.text) == [(href, words)]


def test_every_problem_of_an_empty_draft_links_to_a_field_that_is_there(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    data = {
        "divisions": [{"prizes": [{"value": "quà"}]}, {"code": "a", "name": "A"}],
        "rounds": [
            {"deadline_rule": "whole_limit", "ties": ["score", "guess_distance"], "points": "x"},
            {"code": "b", "guess_text": "?", "freeze_s": 10**9, "plan": [{"count": "ba"}]},
            {"code": "c", "is_practice": True, "kind": "quiz", "tries_day": "nhiều"},
        ],
        "combine": "weighted",
        "tries_total": "x",
        "name_mask": "lạ",
        "identity": {
            "when": "lạ",
            "fields": [{"key": "phone", "unique": True, "relatives": True}, {"key": "lạ"}],
        },
        "title": None,
        "about": None,
        "contact": None,
        "code": None,
        "targets": [{"unit": "15", "people": 0}],
    }
    draft = make_draft(session, place.ward, place.account, data=data)
    session.commit()
    found = named(desk.get(f"/desk/{draft.code}/check").text)
    assert len(found) == 38
    for href, words in found:
        path, anchor = href.split("#")
        assert f'id="{anchor}"' in desk.get(path).text, (href, words)
        assert "[[" not in words


def test_a_draft_is_published_and_the_contest_is_there(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    draft = fresh(session, place)
    page = desk.get(f"/desk/{draft.code}/publish")
    assert "Lý do đổi thể lệ" not in page.text
    answer = desk.post(f"/desk/{draft.code}/publish", data={"version": "1"})
    assert (answer.status_code, answer.location) == (303, "/contests/an-toan")
    assert desk.get("/contests/an-toan").status_code == 200
    assert desk.get(f"/desk/{draft.code}/about").status_code == 404


def test_published_rules_change_only_with_a_reason_everybody_can_read(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    draft = fresh(session, place)
    desk.post(f"/desk/{draft.code}/publish", data={"version": "1"})
    address = desk.post("/desk/contests/an-toan/edit").location
    code = address.split("/")[2]
    assert desk.post("/desk/contests/an-toan/edit").location == address
    page = desk.get(f"/desk/{code}/ranking").text
    assert 'name="tries_total"' in page
    typed = {"version": "1", "applies": "all", "tries_total": "4", "counting": "best"}
    typed |= {"ties-0-rule": "duration", "ties-1-rule": "handed_in_at"}
    desk.post(f"/desk/{code}/ranking", data={**typed, "do": "save", "name_mask": "initials"})
    refused = desk.post(f"/desk/{code}/publish", data={"version": "2"})
    assert refused.status_code == 422
    assert (
        "#reason",
        "Cuộc thi đã công bố, nên đổi thể lệ phải ghi lý do; mọi người đều đọc được lý do này.",
    ) in named(refused.text)
    done = desk.post(f"/desk/{code}/publish", data={"version": "2", "reason": "Thêm <b>lượt</b>."})
    assert done.status_code == 303
    shown = desk.get("/contests/an-toan").text
    assert "Lý do: Thêm &lt;b&gt;lượt&lt;/b&gt;." in shown
    assert "số lượt của cả cuộc thi" in shown
    with db.reading_session() as reading:
        contest = contests.contest(reading, "an-toan")
        assert [each.changes for each in contests.changes_of(reading, contest.id)] == [
            [{"where": "", "key": "tries_total", "old": "không", "new": "4"}]
        ]


def test_a_draft_is_deleted_after_asking(desk: FlaskClient, session: Session, place: Any) -> None:
    draft = fresh(session, place)
    assert "Xoá bản nháp" in desk.get(f"/desk/{draft.code}/delete").text
    assert stored(draft.code).version == 1
    assert desk.post(f"/desk/{draft.code}/delete").location == "/desk"
    assert desk.get(f"/desk/{draft.code}/about").status_code == 404


def test_a_contest_is_copied_with_one_click(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    draft = fresh(session, place)
    desk.post(f"/desk/{draft.code}/publish", data={"version": "1"})
    address = desk.post("/desk/contests/an-toan/copy").location
    assert 'value="an-toan-2"' in desk.get(address).text
