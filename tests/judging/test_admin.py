"""The organizer's pages of the jury, through the doors: acts, refusals, nonsense, statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from factories.contests import make_registration, make_round
from factories.entries import make_entries_round, make_entry
from factories.judging import make_assignment, make_phase, make_sheet
from factories.panels import DAY, HOUR, Jury, make_jury
from factories.people import make_account, make_grant, make_unit
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from contest.accounts.models import Role
from contest.contests.models import Registration
from contest.core import clock, db
from contest.core.audit import AuditEntry
from contest.entries.models import EntryVersion
from contest.judging.models import (
    Assignment,
    Conflict,
    ConflictKind,
    JudgingPhase,
    Panelist,
    ScoreSheet,
)

BASE = "/organizer/judging/hoi-thi"
HERE = f"{BASE}/r1"
FULL = {"content": "8", "form": "7"}
REASON = {"reason": "mưa lũ"}


class Desk:
    """An organizer's browser in front of a jury; the clock stands where the test says."""

    def __init__(self, jury: Jury, client: FlaskClient) -> None:
        self.jury, self.client = jury, client

    def get(self, path: str = "", **query: Any) -> TestResponse:
        self.jury.session.commit()
        return self.client.get(HERE + path, query_string=query)

    def post(self, path: str, **data: Any) -> TestResponse:
        self.jury.session.commit()
        return self.client.post(HERE + path, data=data)

    def all(self, table: Any) -> list[Any]:
        with db.reading_session() as reading:
            return list(reading.scalars(select(table).order_by(table.id)))


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def at(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    return at


@pytest.fixture
def desk(session: Session, client: FlaskClient, sign_in: Any, stand: Any) -> Desk:
    jury = make_jury(session, works=3, judges=3)
    sign_in(client, jury.organizer)
    stand(jury.closed)
    return Desk(jury, client)


def phase_data(**other: str) -> dict[str, str]:
    return {
        "name": "Chấm kín",
        "opens_day": "24/11/2026",
        "opens_time": "8:00",
        "closes_day": "30/11/2026",
        "closes_time": "17g00",
        "may_score": "yes",
        "sees_others": "after_own",
        "sees_names": "no",
        "sees_all": "no",
        "counts": "yes",
        **other,
    }


def test_one_round_leads_straight_to_its_progress_and_several_are_listed(desk: Desk) -> None:
    desk.jury.session.commit()
    one = desk.client.get(BASE)
    assert (one.status_code, one.location) == (302, HERE)
    make_entries_round(desk.jury.session, desk.jury.contest, "r2", name="Vòng tranh")
    desk.jury.session.commit()
    page = desk.client.get(BASE)
    assert re.findall(r'<h2><a href="([^"]+)">', page.text) == [HERE, f"{BASE}/r2"]


def test_the_usual_phase_is_one_tap(desk: Desk) -> None:
    assert "Đặt một giai đoạn chấm kín trong 7 ngày" in desk.get("/phases").text
    answer = desk.post("/phases/usual")
    assert (answer.status_code, answer.location) == (303, f"{HERE}/phases")
    (phase,) = desk.all(JudgingPhase)
    assert (phase.opens_at, phase.closes_at) == (desk.jury.closed, desk.jury.closed + 7 * DAY)
    again = desk.post("/phases/usual")
    assert again.status_code == 422
    assert len(desk.all(JudgingPhase)) == 1


def test_a_phase_is_asked_for_in_plain_questions(desk: Desk) -> None:
    page = desk.get("/phases/new").text
    assert "Giám khảo có thấy điểm của người khác không?" in page
    answer = desk.post("/phases/new", **phase_data(sees_names="yes"))
    assert answer.status_code == 303
    (phase,) = desk.all(JudgingPhase)
    assert (phase.name, phase.sees_others, phase.sees_names, phase.counts) == (
        *("Chấm kín", "after_own", True, True),
    )
    local = desk.client.application.extensions["settings"].timezone
    assert phase.opens_at == datetime(2026, 11, 24, 8, tzinfo=local)
    assert phase.closes_at == datetime(2026, 11, 30, 17, tzinfo=local)
    listed = desk.get("/phases").text
    assert "Sau khi nộp phiếu của mình cho bài đó" in listed


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Hãy đặt tên cho giai đoạn."),
        ({"name": "x" * 121}, "Tối đa 120 ký tự."),
        ({"opens_day": "31/02/2026"}, "Hãy gõ ngày như 07/12/2026 và giờ như 16:00."),
        ({"closes_time": "25:00"}, "Hãy gõ ngày như 07/12/2026 và giờ như 16:00."),
        ({"closes_day": "01/01/9999"}, None),
        ({"closes_day": ""}, "Hãy gõ ngày như 07/12/2026 và giờ như 16:00."),
        ({"closes_day": "24/11/2026", "closes_time": "8:00"}, "Giai đoạn phải đóng sau khi mở."),
        ({"opens_day": "20/11/2026"}, "Chỉ chấm khi đã hết giờ nhận bài."),
        ({"opens_day": "20/11/2026", "counts": "no"}, "Chấm thử cũng chỉ mở khi đã đóng nhận bài"),
        ({"may_score": "maybe"}, "Hãy chọn một trong các mục có sẵn."),
        ({"sees_others": "x\x00"}, "Hãy chọn một trong các mục có sẵn."),
    ],
)
def test_a_wrong_phase_is_refused_in_words(desk: Desk, wrong: dict[str, str], sentence) -> None:
    answer = desk.post("/phases/new", **phase_data(**wrong))
    if sentence is None:
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "data-error-summary" in answer.text
    assert desk.all(JudgingPhase) == []


def test_a_phase_is_changed_deleted_extended(desk: Desk, stand) -> None:
    phase = make_phase(desk.jury.session, desk.jury.round, opens_at=desk.jury.closed + DAY)
    at = f"/phases/{phase.code}"
    assert 'value="Chấm chung khảo"' in desk.get(at).text
    assert desk.post(at, **phase_data(opens_day="25/11/2026")).status_code == 303
    (changed,) = desk.all(JudgingPhase)
    assert changed.name == "Chấm kín"
    stand(changed.opens_at + HOUR)
    assert "Giai đoạn này đã mở" in desk.get(at).text
    assert desk.post(at, **phase_data()).status_code == 409
    assert "không xoá được" in desk.get(f"{at}/delete").text
    assert desk.post(f"{at}/delete").status_code == 409
    later = {"closes_day": "02/12/2026", "closes_time": "17:00"}
    assert desk.get(f"{at}/extend").status_code == 200
    assert desk.post(f"{at}/extend", **later).status_code == 422  # no reason
    assert desk.post(f"{at}/extend", **later, **REASON).status_code == 303
    earlier = {**later, "closes_day": "01/12/2026"}
    assert desk.post(f"{at}/extend", **earlier, **REASON).status_code == 422
    assert [each.act for each in desk.all(AuditEntry)] == [
        "judging.change_phase",
        "judging.extend_phase",
    ]


def test_a_phase_not_yet_open_is_deleted_after_asking(desk: Desk) -> None:
    phase = make_phase(desk.jury.session, desk.jury.round, opens_at=desk.jury.closed + DAY)
    assert desk.get(f"/phases/{phase.code}/delete").status_code == 200
    assert len(desk.all(JudgingPhase)) == 1
    assert desk.post(f"/phases/{phase.code}/delete").status_code == 303
    assert desk.all(JudgingPhase) == []


def test_somebody_is_found_without_marks_and_taken_in(desk: Desk) -> None:
    account = desk.jury.add_account("Đỗ Thị Hường")
    page = desk.get("/panel/find", q="huong do").text
    assert re.findall(r'href="[^"]*panel/add\?person=(\w+)"', page) == [account.code]
    page = desk.get("/panel/add", person=account.code).text
    assert "Khối lượng chấm" in page
    assert "Mỗi người khoảng 3 bài" in page
    answer = desk.client.post(
        f"{HERE}/panel/add?person={account.code}",
        data={"most": "40", "is_scoring": "yes", "is_head": "y"},
    )
    assert (answer.status_code, answer.location) == (303, f"{HERE}/panel")
    row = desk.all(Panelist)[-1]
    assert (row.account_id, row.number, row.most, row.is_head) == (account.id, 4, 40, True)
    assert "Đỗ Thị Hường" in desk.get("/panel").text
    again = desk.client.post(f"{HERE}/panel/add?person={account.code}", data={"is_scoring": "yes"})
    assert again.status_code == 422
    assert "đã ở trong ban giám khảo" in again.text


def test_a_new_judge_may_enter_at_once(desk: Desk, app: Flask, sign_in) -> None:
    account = desk.jury.add_account("Lan")
    other = app.test_client()
    sign_in(other, account)
    assert other.get("/judging/").status_code == 403  # remembered without a role
    desk.client.post(f"{HERE}/panel/add?person={account.code}", data={"is_scoring": "yes"})
    assert other.get("/judging/").status_code == 200
    assert [each.act for each in desk.all(AuditEntry)] == ["accounts.grant", "judging.invite"]


def test_an_entrant_is_refused_with_the_sentence(desk: Desk) -> None:
    sender = desk.jury.session.scalar(select(func.min(desk.jury.works[0].registration_id)))
    assert sender is not None
    page = desk.get("/panel/find", q="hoc sinh 1").text
    (code,) = re.findall(r'href="[^"]*panel/add\?person=(\w+)"', page)
    answer = desk.client.post(f"{HERE}/panel/add?person={code}", data={"is_scoring": "yes"})
    assert answer.status_code == 422
    assert "có bài dự thi trong đợt này, nên không thể làm giám khảo" in answer.text
    assert len(desk.all(Panelist)) == 3


def test_somebody_of_elsewhere_is_found_by_the_whole_login_only(desk: Desk) -> None:
    elsewhere = make_unit(desk.jury.session, name="Tỉnh khác", kind="province")
    guest = make_account(desk.jury.session, elsewhere, "Khách Mời", login="khach.moi")
    assert guest.code not in desk.get("/panel/find", q="khach moi").text
    assert guest.code not in desk.get("/panel/find", q="khach.mo").text
    page = desk.get("/panel/find", q="khach.moi").text
    assert f"person={guest.code}&amp;login=khach.moi" in page
    assert desk.get("/panel/add", person=guest.code).status_code == 404
    assert desk.get("/panel/add", person=guest.code, login="khach.moi").status_code == 200
    at = f"{HERE}/panel/add?person={guest.code}"
    assert desk.client.post(at, data={"is_scoring": "yes"}).status_code == 404
    data = {"is_scoring": "yes", "login": "khach.moi"}
    assert desk.client.post(at, data=data).status_code == 303
    assert desk.all(Panelist)[-1].account_id == guest.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"most": "0"},
        {"most": "many"},
        {"most": "9" * 30},
        {"divisions": "d9"},
        {"languages": "vie"},
        {"is_scoring": "maybe"},
        {"login": "x" * 81},
    ],
)
def test_a_wrong_seat_is_refused(desk: Desk, wrong) -> None:
    data = {"is_scoring": "yes", **wrong}
    at = f"/panel/{desk.jury.judges[0].code}"
    assert desk.post(at, **data).status_code == 422
    assert [each.most for each in desk.all(Panelist)] == [None, None, None]


def test_a_seat_is_changed(desk: Desk) -> None:
    at = f"/panel/{desk.jury.judges[0].code}"
    assert desk.get(at).status_code == 200
    data = {"most": "7", "is_scoring": "no", "divisions": "d1", "is_head": "y"}
    assert desk.post(at, **data, languages=["eng", "hmn"]).status_code == 303
    row = desk.all(Panelist)[0]
    assert row.languages == ["hmn", "eng"]
    assert 'value="hmn" checked' in desk.get(at).text
    assert "tiếng Mông, tiếng Anh" in desk.get("/panel").text
    assert (row.most, row.is_scoring, row.divisions, row.is_head) == (7, False, ["d1"], True)


def test_the_plan_says_that_nobody_understands_an_entry(desk: Desk) -> None:
    desk.jury.works[0].jury_languages = ["hmn"]
    desk.jury.judges[0].languages = ["hmn"]
    desk.jury.session.flush()
    page = desk.get("/assignment").text
    assert "2 giám khảo không dùng ngôn ngữ của bài này." in page
    assert "1 trên 3 giám khảo" in page


def test_the_plan_names_what_was_assigned_and_fits_no_more_and_where_to_mend_it(
    desk: Desk,
) -> None:
    jury = desk.jury
    judge, work = jury.judges[0], jury.works[0]
    make_assignment(jury.session, judge, work)
    assert "không còn hợp với giám khảo" not in desk.get("/assignment").text
    work.jury_languages = ["hmn"]
    jury.session.flush()
    page = desk.get("/assignment").text
    assert "Bài đã giao không còn hợp với giám khảo" in page
    assert "Bài dùng tiếng Mông mà giám khảo này không ghi là biết." in page
    assert f"{judge.number}. Giám khảo A" in page
    take = f"{HERE}/conflicts/new?judge={judge.code}&amp;entry={work.code}"
    entries = HERE.replace("/judging/", "/entries/")
    mend = (f"{HERE}/panel/{judge.code}", f"{entries}/works/{work.code}/languages", take)
    for address in mend:
        assert f'href="{address}"' in page
        assert desk.client.get(address.replace("&amp;", "&")).status_code == 200
    form = desk.client.get(take.replace("&amp;", "&")).text
    for code in (judge.code, work.code):
        assert re.search(rf'<option [^>]*value="{code}"[^>]*>', form)
        assert re.search(rf'<option (selected value="{code}"|value="{code}" selected)', form)
    phase = make_phase(jury.session, jury.round)
    make_sheet(jury.session, judge, work, phase, {"content": "8", "form": "7"})
    assert "Phiếu đã nộp vẫn được tính." in desk.get("/assignment").text
    account = jury.accounts[0]
    work.jury_languages = []
    jury.session.get_one(Registration, work.registration_id).unit_id = account.unit_id
    jury.session.flush()
    page = desk.get("/assignment").text
    assert "Giám khảo có xung đột lợi ích với bài này." in page
    assert "phiếu đã nộp chờ bạn quyết định" in page


def test_the_workload_is_said_before_anybody_is_invited(desk: Desk) -> None:
    page = desk.get("/panel", entries="60", minutes="3").text
    assert "9 giờ" in page  # 60 entries, 3 judges each, 3 minutes
    assert "3 giờ" in page  # each of the three
    for nonsense in ("x", "-1", "0", "99999999", "", "６０"):
        assert desk.get("/panel", entries=nonsense, minutes=nonsense).status_code == 200


def test_a_judge_leaves_and_the_work_goes_back(desk: Desk) -> None:
    judge = desk.jury.judges[0]
    make_assignment(desk.jury.session, judge, desk.jury.works[0])
    at = f"/panel/{judge.code}/leave"
    assert "1 bài chưa chấm xong" in desk.get(at).text
    assert desk.post(at).status_code == 422
    answer = desk.post(at, **REASON)
    assert (answer.status_code, answer.location) == (303, f"{HERE}/assignment")
    assert desk.post(at, **REASON).status_code == 409
    assert "đã rời ban" in desk.get(at).text
    assert "Đã rời ban" in desk.get("/panel").text


def test_the_plan_is_looked_at_then_saved(desk: Desk) -> None:
    page = desk.get("/assignment").text
    (seen,) = re.findall(r'name="seen" type="hidden" value="(\w{64})"', page)
    assert desk.all(Assignment) == []
    answer = desk.post("/assignment", anchors="0", seen=seen)
    assert (answer.status_code, answer.location) == (303, HERE)
    assert len(desk.all(Assignment)) == 9
    assert "Đã phân công xong" in desk.get("/assignment").text


def test_a_plan_that_changed_meanwhile_is_shown_again(desk: Desk) -> None:
    answer = desk.post("/assignment", anchors="0", seen="0" * 64)
    assert (answer.status_code, answer.location) == (303, f"{HERE}/assignment?anchors=0")
    assert desk.all(Assignment) == []
    assert "đã đổi từ lúc bạn xem" in desk.get("/assignment").text


@pytest.mark.parametrize("anchors", ["", "x", "-1", "21", "99999999999999999999"])
def test_senseless_anchors_are_refused(desk: Desk, anchors: str) -> None:
    assert desk.post("/assignment", anchors=anchors, seen="0" * 64).status_code == 422
    assert desk.get("/assignment", anchors=anchors).status_code == 200
    assert desk.all(Assignment) == []


def test_before_closing_the_page_says_when(desk: Desk, stand) -> None:
    stand(desk.jury.round.closes_at - DAY)
    assert "Đợt này còn nhận bài." in desk.get("/assignment").text
    assert desk.post("/assignment", anchors="0", seen="0").status_code == 409


def test_a_slow_judge_is_relieved_after_asking(desk: Desk) -> None:
    slow = desk.jury.add_judges(1)[0]
    make_phase(desk.jury.session, desk.jury.round)
    for work in desk.jury.works:
        make_assignment(desk.jury.session, slow, work)
    at = f"/panel/{slow.code}/move"
    page = desk.get(at).text
    assert "3 bài chưa nộp phiếu rời khỏi giám khảo này" in page
    assert desk.post(at).status_code == 422
    assert {each.ended_at for each in desk.all(Assignment)} == {None}
    assert desk.post(at, **REASON).status_code == 303
    assert {each.end_reason for each in desk.all(Assignment) if each.ended_at} == {"moved"}
    assert "không còn bài nào chưa chấm" in desk.get(at).text
    assert desk.post(at, **REASON).status_code == 409


def conflict_data(desk: Desk, **other: str) -> dict[str, str]:
    return {
        "judge": desk.jury.judges[0].code,
        "kind": "family",
        "entry": desk.jury.works[0].code,
        "unit": "",
        "keeps_out": "yes",
        "reason": "chị em ruột",
        **other,
    }


def test_a_conflict_is_set_and_lifted_with_what_becomes_of_the_sheet(desk: Desk) -> None:
    phase = make_phase(desk.jury.session, desk.jury.round)
    make_sheet(desk.jury.session, desk.jury.judges[0], desk.jury.works[0], phase, FULL)
    assert desk.get("/conflicts/new", judge=desk.jury.judges[0].code).status_code == 200
    assert desk.post("/conflicts/new", **conflict_data(desk)).status_code == 303
    (row,) = desk.all(Conflict)
    (sheet,) = desk.all(ScoreSheet)
    assert (sheet.is_excluded, sheet.exclusion_reason) == (True, "chị em ruột")
    assert "1 phiếu để ngoài kết quả" in desk.get("/conflicts").text
    again = desk.post("/conflicts/new", **conflict_data(desk))
    assert again.status_code == 422
    assert "Xung đột này đã được ghi rồi." in again.text
    at = f"/conflicts/{row.code}/lift"
    assert "1 phiếu của giám khảo này đang bị để ngoài kết quả" in desk.get(at).text
    assert desk.post(at, counts_sheets="yes").status_code == 422
    assert desk.post(at, counts_sheets="yes", reason="ghi nhầm").status_code == 303
    (sheet,) = desk.all(ScoreSheet)
    assert (sheet.is_excluded, sheet.exclusion_reason) == (False, "ghi nhầm")
    assert "Gỡ vì: ghi nhầm" in desk.get("/conflicts").text
    assert desk.post(at, counts_sheets="yes", reason="ghi nhầm").status_code == 409


def test_a_sheet_given_before_a_declared_conflict_waits_for_a_decision(desk: Desk) -> None:
    judge, work = desk.jury.judges[0], desk.jury.works[0]
    make_sheet(desk.jury.session, judge, work, make_phase(desk.jury.session, desk.jury.round), FULL)
    desk.jury.session.add(
        Conflict(
            code="declared0001",
            panelist_id=judge.id,
            entry_id=work.id,
            kind=ConflictKind.DECLARED,
            reason="cháu tôi",
            set_by=judge.account_id,
            set_at=desk.jury.closed,
        )
    )
    assert "Có phiếu chờ bạn quyết định" in desk.get().text
    assert "Giám khảo tự khai: cháu tôi" in desk.get("/conflicts").text
    at = "/conflicts/declared0001/sheets"
    assert desk.get(at).status_code == 200
    assert desk.post(at, reason="vì").status_code == 422  # nothing chosen
    assert desk.post(at, keeps_out="yes", reason="chấm sau khi biết").status_code == 303
    assert [each.is_excluded for each in desk.all(ScoreSheet)] == [True]
    assert "Có phiếu chờ bạn quyết định" not in desk.get().text


@pytest.mark.parametrize(
    "wrong",
    [
        {"entry": ""},
        {"entry": "none"},
        {"unit": "none", "entry": ""},
        {"judge": "none"},
        {"kind": "declared"},
        {"reason": ""},
        {"reason": "x" * 301},
        {"reason": "\x00\x01 "},
        {"keeps_out": "maybe"},
    ],
)
def test_a_wrong_conflict_is_refused(desk: Desk, wrong) -> None:
    answer = desk.post("/conflicts/new", **conflict_data(desk, **wrong))
    assert answer.status_code == 422
    assert "data-error-summary" in answer.text
    assert desk.all(Conflict) == []


def test_a_units_works_are_barred_together(desk: Desk) -> None:
    page = desk.get("/conflicts/new").text
    units = re.findall(r'<option value="(\w+)">Trường (\d)</option>', page)
    assert [number for _, number in units] == ["1", "2", "3"]
    data = conflict_data(desk, entry="", unit=units[1][0])
    assert desk.post("/conflicts/new", **data).status_code == 303
    assert "mọi bài của Trường 2" in desk.get("/conflicts").text


def test_names_are_shown_as_they_are_typed_never_as_html(desk: Desk) -> None:
    version = desk.jury.session.get_one(EntryVersion, (desk.jury.works[0].id, 1))
    version.content = {**version.content, "title": "<script>alert(1)</script>"}
    desk.jury.accounts[0].name = "<b>Lan</b>"
    for path in ("", "/panel", "/assignment", "/conflicts/new"):
        page = desk.get(path).text
        assert "<script>alert" not in page
        assert ("&lt;script&gt;alert" in page) is (path in {"", "/conflicts/new"})
        assert "<b>Lan" not in page


PAGES = ("", "/phases", "/phases/new", "/panel", "/panel/find", "/conflicts", "/assignment")


def test_other_organizers_find_nothing_and_a_quiz_has_no_jury(
    desk: Desk, client: FlaskClient, sign_in
) -> None:
    make_round(desk.jury.session, desk.jury.contest, "quiz")
    desk.jury.session.commit()
    for path in PAGES:
        assert client.get(f"{BASE}/quiz{path}").status_code == 404
        assert client.get(f"{BASE}/none{path}").status_code == 404
        assert client.get(f"/organizer/judging/none/r1{path}").status_code == 404
    elsewhere = make_unit(desk.jury.session, name="Tỉnh khác", kind="province")
    other = make_account(desk.jury.session, elsewhere)
    make_grant(desk.jury.session, other, Role.ORGANIZER, elsewhere)
    sign_in(client, other)
    judge = desk.jury.judges[0].code
    for path in PAGES:
        assert client.get(HERE + path).status_code == 404
    for path in (
        *("/phases/usual", "/phases/new", "/assignment", "/conflicts/new"),
        *(f"/panel/{judge}", f"/panel/{judge}/leave", f"/panel/{judge}/move"),
    ):
        assert client.post(HERE + path, data=REASON).status_code == 404
    assert desk.all(AuditEntry) == []


@pytest.mark.parametrize("odd", ["none", "x" * 300, "' or 1=1 --", "🙂", "%ff"])
def test_odd_codes_are_not_found(desk: Desk, odd: str) -> None:
    for path in (
        *(f"/phases/{odd}", f"/phases/{odd}/extend", f"/phases/{odd}/delete"),
        *(f"/panel/{odd}", f"/panel/{odd}/leave", f"/panel/{odd}/move"),
        *(f"/conflicts/{odd}/lift", f"/conflicts/{odd}/sheets"),
    ):
        assert desk.get(path).status_code == 404
        assert desk.post(path, **REASON).status_code == 404
    assert desk.get("/panel/add", person=odd).status_code == 404


def test_statements_do_not_grow(desk: Desk, count_statements) -> None:
    make_phase(desk.jury.session, desk.jury.round)
    make_assignment(desk.jury.session, desk.jury.judges[0], desk.jury.works[0])
    seen: dict[str, list[int]] = {path: [] for path in PAGES}
    for _ in range(2):
        for path in PAGES:
            desk.get(path)
            with count_statements() as counted:
                assert desk.client.get(HERE + path).status_code == 200
            seen[path].append(len(counted))
        works = desk.jury.add_works(10)
        for judge in desk.jury.add_judges(3):
            for work in works:
                make_assignment(desk.jury.session, judge, work)
            desk.jury.session.add(
                Conflict(
                    code=f"c{judge.id}",
                    panelist_id=judge.id,
                    entry_id=works[0].id,
                    kind=ConflictKind.OTHER,
                    reason="",
                    set_by=desk.jury.organizer.id,
                    set_at=desk.jury.closed,
                )
            )
    assert {path: len(set(counts)) for path, counts in seen.items()} == dict.fromkeys(PAGES, 1)
    assert {path: counts[0] for path, counts in seen.items()} == {
        "": 10,
        "/phases": 4,
        "/phases/new": 3,
        "/panel": 6,
        "/panel/find": 3,
        "/conflicts": 6,
        "/assignment": 11,
    }


def test_a_round_whose_closing_moved_warns_about_its_phases(desk: Desk) -> None:
    make_phase(desk.jury.session, desk.jury.round, opens_at=desk.jury.round.closes_at + HOUR)
    assert "Giờ đóng nhận bài đã đổi" not in desk.get("/phases").text
    desk.jury.round.closes_at += timedelta(days=1)
    assert "Giờ đóng nhận bài đã đổi" in desk.get("/phases").text


def test_pages_name_a_work_as_it_was_handed_in(desk: Desk) -> None:
    """The sender goes on typing another title: nobody judges that one."""
    work, judge = desk.jury.works[0], desk.jury.judges[0]
    handed_in, work.title = work.title, "CHƯA NỘP"
    desk.jury.session.add(
        Conflict(
            code="family000001",
            panelist_id=judge.id,
            entry_id=work.id,
            kind=ConflictKind.FAMILY,
            reason="chị em",
            set_by=desk.jury.organizer.id,
            set_at=desk.jury.closed,
        )
    )
    for path in ("", "/conflicts", "/conflicts/new"):
        page = desk.get(path).text
        assert (handed_in in page, "CHƯA NỘP" in page) == (True, False), path


def test_the_panel_shows_who_takes_part_and_whose_name_a_group_holds(desk: Desk) -> None:
    jury = desk.jury
    assert "banner--warning" not in desk.get("/panel").text
    registration = make_registration(jury.session, jury.contest, jury.division, jury.accounts[0])
    make_entry(jury.session, jury.round, registration)
    jury.add_works(1, members=["Em Bé", jury.accounts[1].name.upper()], title="Bản em")
    page = unescape(desk.get("/panel").text)
    assert page.count("banner--warning") == 2
    assert f"{jury.accounts[0].name} đã nộp bài dự thi trong đợt này" in page
    assert f"“Bản em” có người trùng họ tên với giám khảo {jury.accounts[1].name}" in page
    assert "Có bài dự thi" in page
    for judge in jury.judges[:2]:
        judge.left_at = jury.closed
    assert "banner--warning" not in desk.get("/panel").text


def test_an_organizer_is_invited_to_lead_and_not_to_score(desk: Desk) -> None:
    at = f"{HERE}/panel/add?person={desk.jury.organizer.code}"
    desk.jury.session.commit()
    refused = desk.client.post(at, data={"is_scoring": "yes"})
    assert refused.status_code == 422
    assert "xem được tên người gửi bài, mà đợt này chấm kín" in refused.text
    assert desk.client.post(at, data={"is_scoring": "no", "is_head": "y"}).status_code == 303
    assert "Biết tên người gửi" not in desk.get("/panel").text


def test_the_panel_warns_of_a_judge_who_was_given_a_role_since(desk: Desk) -> None:
    make_grant(desk.jury.session, desk.jury.accounts[0], Role.ORGANIZER, desk.jury.province)
    page = unescape(desk.get("/panel").text)
    assert page.count("banner--warning") == 1
    assert f"{desk.jury.accounts[0].name} chấm bài ở đây và nay có quyền" in page
    assert "Biết tên người gửi" in page
    assert desk.post(f"/panel/{desk.jury.judges[0].code}", is_scoring="no").status_code == 303
    assert "banner--warning" not in desk.get("/panel").text
