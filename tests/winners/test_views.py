"""What the owner sees of their details: gives, corrects, until the result they count for stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from factories.standings import AFTER, CLOSES, OPENS
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest import closing
from contest.accounts.models import Account
from contest.core.audit import AuditEntry
from contest.identities.models import Identity

from .conftest import Scene

As = Callable[[Account], FlaskClient]
At = Callable[[datetime], None]
PAGE = "/contests/hoi-thi/details"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FORM = {"identity_national_id": "010190000009", "identity_phone": "0987654321"}
DURING = OPENS + timedelta(days=2)


def account_of(scene: Scene, name: str) -> Account:
    return scene.session.get_one(Account, scene.world.people[name].account_id)


def fields(session: Session) -> list[tuple[int, str]]:
    session.expire_all()
    rows = session.execute(sa.select(Identity.registration_id, Identity.field))
    return sorted(map(tuple, rows))


def test_the_owner_sees_and_corrects_their_own(scene: Scene, as_who: As, at: At) -> None:
    at(DURING)
    phone = as_who(account_of(scene, "a"))
    page = phone.get(PAGE)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert 'value="010190000001"' in page.text
    assert 'id="relatives_phone"' in page.text
    answer = phone.post(PAGE, data=FORM)
    assert (answer.status_code, answer.location) == (303, "/contests/hoi-thi")
    page = phone.get(PAGE).text
    assert 'value="010190000009"' in page
    assert 'value="0987654321"' in page
    (entry,) = scene.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.act == "identities.keep")
    )
    assert (entry.subject, entry.facts) == (
        "registration:reg-a",
        {"fields": ["national_id", "phone"]},
    )


def test_what_is_wrong_is_said_and_nothing_changes(scene: Scene, as_who: As, at: At) -> None:
    at(DURING)
    phone = as_who(account_of(scene, "b"))
    answer = phone.post(PAGE, data={**FORM, "identity_phone": "12"})
    assert answer.status_code == 422
    assert '<a href="#identity_phone">Số điện thoại chưa đúng.' in answer.text
    assert 'value="010190000009"' in answer.text
    taken = phone.post(PAGE, data={**FORM, "identity_national_id": "010190000001"})
    assert taken.status_code == 422
    assert "đã được một người khác ghi trong cuộc thi" in taken.text
    assert len(fields(scene.session)) == 4


def test_what_stood_at_settling_stays_and_what_was_missing_may_come(
    scene: Scene, as_who: As, at: At
) -> None:
    scene.settle()
    at(AFTER + timedelta(hours=1))
    phone = as_who(account_of(scene, "a"))
    page = phone.get(PAGE).text
    assert "…001" in page
    assert "010190000001" not in page
    assert "identity_national_id" not in page
    phone.post(PAGE, data=FORM)
    assert "…001" in phone.get(PAGE).text
    late = as_who(account_of(scene, "b"))
    assert late.post(PAGE, data=FORM).status_code == 303
    assert 'value="010190000009"' in late.get(PAGE).text  # a slip may still be mended


def test_who_did_not_take_part_may_correct_after_settling(scene: Scene, as_who: As, at: At) -> None:
    scene.world.enter("d")
    scene.give("d", "010190000004")
    scene.settle()
    at(AFTER + timedelta(hours=1))
    assert 'value="010190000004"' in as_who(account_of(scene, "d")).get(PAGE).text


def test_who_is_not_entered_is_led_to_registering(scene: Scene, as_who: As, at: At) -> None:
    at(DURING)
    phone = as_who(scene.organizer("x1"))
    assert phone.get(PAGE).location == "/contests/hoi-thi/join"
    assert phone.post(PAGE, data=FORM).location == "/contests/hoi-thi/join"


def test_a_contest_that_asks_nothing_has_no_such_page(scene: Scene, as_who: As) -> None:
    scene.world.contest.identity = {}
    scene.session.commit()
    phone = as_who(account_of(scene, "a"))
    assert (phone.get(PAGE).status_code, phone.post(PAGE).status_code) == (404, 404)


def test_the_result_page_asks_gently_until_it_is_given(scene: Scene, as_who: As, at: At) -> None:
    at(DURING)
    attempt = scene.world.sit("b", guess=1)
    attempt.marks, attempt.receipt = [], "1111-2222-3333-4444"
    scene.session.commit()
    phone = as_who(account_of(scene, "b"))
    page = phone.get(f"/attempts/{attempt.code}/result").text
    assert "Còn một việc để được nhận giải" in page
    assert f'href="{PAGE}"' in page
    phone.post(PAGE, data=FORM)
    assert "Còn một việc" not in phone.get(f"/attempts/{attempt.code}/result").text


def test_all_is_forgotten_on_the_promised_day(scene: Scene, as_who: As, at: At) -> None:
    session = scene.session
    last = CLOSES + timedelta(days=30)
    assert closing.forget_identities(session, last - timedelta(seconds=1), ZONE) == 0
    assert len(fields(session)) == 4
    assert closing.forget_identities(session, last, ZONE) == 4
    session.commit()
    assert fields(session) == []
    (entry,) = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "identities.forget"))
    assert (entry.by, entry.contest, entry.facts) == (None, "hoi-thi", {"gone": 4})
    assert closing.forget_identities(session, last, ZONE) == 0
    at(last)
    phone = as_who(account_of(scene, "a"))
    answer = phone.get(PAGE)
    assert answer.status_code == 409
    assert "Đã hết hạn giữ thông tin" in answer.text
    assert phone.post(PAGE, data=FORM).status_code == 409
    assert fields(session) == []


def test_forgetting_is_a_step_of_the_worker() -> None:
    assert closing.forget_identities in closing.STEPS
