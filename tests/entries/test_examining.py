"""The examiners' pages: found, ticked, on to the next; printed; nothing for others."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pdf_text
import pytest
from factories.desks import text_of
from factories.entries import CHECKLIST, entry_rules
from factories.people import make_account
from factories.watching import AT, Scene, account_of, make_scene
from flask.testing import FlaskClient
from sqlalchemy import select

from contest.contests.models import Registration
from contest.core import clock
from contest.entries.models import PracticalCheck
from contest.rules.entry_rules import Check, EntryKind

ROUND = "/practical/hoi-thi/video"
RULES = entry_rules(kinds=(EntryKind.PRACTICAL,), rubrics={})
DAY = {"shown_on-day": "17", "shown_on-month": "11", "shown_on-year": "2026"}


@pytest.fixture(autouse=True)
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def scene(session: Any) -> Scene:
    return make_scene(session, RULES, name="Thực hành")


@pytest.fixture
def tablet(scene: Scene, client: FlaskClient, sign_in: Callable[..., Any]) -> FlaskClient:
    """The browser of a helper of the commune."""
    sign_in(client, scene.account("helper", scene.commune, "Người hỗ trợ"))
    return client


def test_from_the_list_to_the_next_person_the_day_kept(scene: Scene, tablet: FlaskClient) -> None:
    code = account_of(scene.session, scene.person("Lò Thị Lan")).code
    scene.person("Vàng Mí Sình")
    scene.session.commit()
    assert "Thực hành" in text_of(tablet.get("/practical/"))
    said = text_of(tablet.get(f"{ROUND}?q=lo+lan"))
    assert "Lò Thị Lan" in said
    assert "Vàng Mí Sình" not in said
    page = tablet.get(f"{ROUND}/people/{code}").get_data(as_text=True)
    assert page.count('type="checkbox"') == len(CHECKLIST) + 1  # and "from paper"
    assert "Từ 16/11/2026 đến 18/11/2026" in page
    given = {"after": "0", "ticked": ["open", "find"], "is_from_paper": "y", "note": "tốt", **DAY}
    saved = tablet.post(f"{ROUND}/people/{code}", data=given)
    assert saved.status_code == 303
    assert saved.location == f"{ROUND}?day=2026-11-17&paper=1"
    said = text_of(tablet.get(saved.location))
    assert "Đã lưu phiếu của Lò Thị Lan. Mời người tiếp theo." in said
    assert "Thứ Ba 17/11/2026 · nhập từ phiếu giấy" in said
    assert "Bạn đã chấm" in said
    other = account_of(scene.session, scene.people[1]).code
    page = tablet.get(f"{ROUND}/people/{other}?day=2026-11-17&paper=1").get_data(as_text=True)
    assert 'name="shown_on-day" type="text" inputmode="numeric" maxlength="2" value="17"' in page
    assert page.count(" checked") == 1  # from paper; nothing is ticked for the next person
    again = tablet.get(f"{ROUND}/people/{code}").get_data(as_text=True)
    assert again.count(" checked") == 3
    assert 'name="after" value="1"' in again
    row = scene.session.scalars(select(PracticalCheck)).one()
    assert (row.ticked, row.note, row.is_from_paper) == (["find", "open"], "tốt", True)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"shown_on-day": ""}, "Hãy ghi đủ ngày, tháng và năm."),
        ({"shown_on-day": "31", "shown_on-month": "2"}, "Không có ngày này trong lịch."),
        ({"shown_on-year": "26"}, "Năm gồm bốn chữ số."),
        ({"ticked": ["nonsense"]}, "Hãy chọn trong các mục có sẵn."),
        ({"note": "x" * 501}, "Tối đa 500 ký tự."),
        ({"after": "-1"}, "Trang này đã cũ."),
        ({"shown_on-month": "10"}, "Ngày thực hành phải từ"),
        ({"after": "5"}, None),
    ],
)
def test_a_wrong_sheet_is_told_and_nothing_is_kept(
    scene: Scene, tablet: FlaskClient, wrong: dict[str, Any], sentence: str | None
) -> None:
    code = account_of(scene.session, scene.person()).code
    scene.session.commit()
    given = {"after": "0", "ticked": ["open"], **DAY, **wrong}
    answer = tablet.post(f"{ROUND}/people/{code}", data=given)
    if sentence is None:  # a number nobody gave: the first row all the same
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert scene.session.scalars(select(PracticalCheck)).all() == []


def test_somebody_unknown_to_the_contest_is_registered_first(
    scene: Scene, tablet: FlaskClient
) -> None:
    account = make_account(scene.session, scene.commune, "Bà Ké")
    scene.session.commit()
    address = f"{ROUND}/people/{account.code}"
    assert "Chưa đăng ký" in text_of(tablet.get(f"{ROUND}?q=ke"))
    said = text_of(tablet.get(address))
    assert "Người này chưa đăng ký cuộc thi." in said
    assert tablet.post(address, data={"ticked": ["open"], **DAY}).status_code == 409
    assert tablet.post(f"{address}/register", data={"division": "none"}).status_code == 422
    done = tablet.post(f"{address}/register", data={"division": "hoc-sinh"})
    assert (done.status_code, done.location) == (303, address)
    assert scene.session.scalars(select(Registration.account_id)).all() == [account.id]
    assert "Chạm vào từng việc" in text_of(tablet.get(address))


def test_ones_own_sheet_has_no_boxes(
    scene: Scene, client: FlaskClient, sign_in: Callable[..., Any]
) -> None:
    helper = scene.account("helper", scene.commune)
    scene.session.add(
        Registration(
            code="own",
            contest_id=scene.contest.id,
            account_id=helper.id,
            division_id=scene.division.id,
            unit_id=scene.commune.id,
            registered_at=AT,
        )
    )
    scene.session.commit()
    sign_in(client, helper)
    page = client.get(f"{ROUND}/people/{helper.code}")
    assert "Bạn không chấm cho chính mình được" in text_of(page)
    assert 'type="checkbox"' not in page.get_data(as_text=True)
    assert client.post(f"{ROUND}/people/{helper.code}", data=DAY).status_code == 403


def test_other_parts_people_and_rounds_are_not_found(scene: Scene, tablet: FlaskClient) -> None:
    there = account_of(scene.session, scene.person("Lan Anh", unit=scene.other)).code
    scene.session.commit()
    for address in (f"{ROUND}/people/{there}", f"{ROUND}/people/none", "/practical/hoi-thi/none"):
        assert tablet.get(address).status_code == 404
    assert tablet.post(f"{ROUND}/people/{there}", data=DAY).status_code == 404
    assert tablet.post(f"{ROUND}/people/{there}/register").status_code == 404
    assert "Lan Anh" not in text_of(tablet.get(f"{ROUND}?q=lan"))
    for query in ("q=%00", "day=x", "day=2026-99-99&paper=%00", "page=0"):
        assert tablet.get(f"{ROUND}?{query}").status_code == 200


def test_a_sheet_is_printed_with_names_tasks_and_lines(scene: Scene, tablet: FlaskClient) -> None:
    scene.person("Vàng Mí Sình")
    scene.person("Lan Anh", unit=scene.other)
    scene.session.commit()
    page = text_of(tablet.get(f"{ROUND}/sheet"))
    assert "Xã Bản Hồ" in page
    assert "Xã Nà Mây" not in page
    answer = tablet.get(f"{ROUND}/sheet.pdf?unit=ban-ho&blank=2")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    said = pdf_text.text_of(answer.data)
    for words in ("Phiếu thực hành", "Vàng Mí Sình", "15/06/1990", "Tự mở ứng dụng VNeID"):
        assert words in said
    assert "Lan Anh" not in said
    blank = pdf_text.text_of(tablet.get(f"{ROUND}/sheet.pdf").data)
    assert "Vàng Mí Sình" not in blank
    for wrong in ("unit=si-ma-cai", "unit=none", "blank=201", "blank=-1", "blank=x", "unit=%00"):
        assert tablet.get(f"{ROUND}/sheet.pdf?{wrong}").status_code == 422


def test_sixty_tasks_and_hostile_names_still_print(
    session: Any, client: FlaskClient, sign_in: Callable[..., Any]
) -> None:
    checks = tuple(Check(f"c{no}", f'Việc {no} #x $y "z"', "", Decimal(1)) for no in range(60))
    rules = entry_rules(kinds=(EntryKind.PRACTICAL,), rubrics={}, checklist=checks)
    scene = make_scene(session, rules, name="#eval($1) [x]")
    scene.person('#sys.inputs "Lan" \\')
    session.commit()
    sign_in(client, scene.account("judge"))
    said = pdf_text.text_of(client.get(f"{ROUND}/sheet.pdf?unit=ban-ho&blank=0").data)
    assert said.count('#sys.inputs "Lan" \\') == 5  # twelve tasks side by side
    assert 'Việc 59 #x $y "z"' in said
