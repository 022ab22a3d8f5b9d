"""The panel: who may sit, what they may do there, and what stays when somebody leaves."""

from __future__ import annotations

import pytest
from factories.judging import make_assignment, make_phase, make_sheet
from factories.panels import HOUR, Jury, make_jury
from factories.people import make_account, make_grant, make_unit
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts import queries as people
from contest.accounts.models import Role
from contest.core.audit import AuditEntry
from contest.core.visitor import Scope
from contest.errors import Conflict, Invalid, NotFound
from contest.judging import assigning, panel, panel_queries
from contest.judging.models import Assignment, SheetState
from contest.judging.models import Conflict as Row
from contest.judging.panel import SeatFacts


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session, works=3)


def invite(jury: Jury, account, login="", **facts):
    return panel.invite(
        *jury.where,
        account.code,
        SeatFacts(**facts),
        login=login,
        by=jury.by,
        now=jury.round.opens_at,
    )


def test_a_judge_sits_with_a_number_a_role_and_limits(jury: Jury) -> None:
    first = invite(jury, jury.add_account("Lan"), most=20, divisions=("d1",), is_head=True)
    second = invite(jury, jury.add_account("Hoa"), is_scoring=False)
    assert (first.number, first.most, first.divisions, first.is_head, first.is_scoring) == (
        *(1, 20, ["d1"], True, True),
    )
    assert (second.number, second.most, second.divisions, second.is_scoring) == (
        *(2, None, [], False),
    )
    assert people.scopes(jury.session, first.account_id) == (Scope("judge", jury.province.path),)


def test_one_head_at_a_time(jury: Jury) -> None:
    first = invite(jury, jury.add_account("Lan"), is_head=True)
    second = invite(jury, jury.add_account("Hoa"), is_head=True)
    assert (first.is_head, second.is_head) == (False, True)
    panel.change(*jury.where, first.code, SeatFacts(is_head=True), by=jury.by, now=jury.closed)
    assert (first.is_head, second.is_head) == (True, False)


@pytest.mark.parametrize("facts", [{}, {"is_draft": True}, {"state": "withdrawn"}])
def test_who_has_an_entry_in_the_round_never_sits(jury: Jury, facts) -> None:
    jury.add_works(1, **facts)
    sender = panel_queries.works(jury.session, jury.round.id)
    account = jury.session.scalars(
        select(people.Account).where(people.Account.name == "Học sinh 4")
    ).one()
    with pytest.raises(Invalid) as told:
        invite(jury, account)
    assert str(told.value) == (
        "Học sinh 4 có bài dự thi trong đợt này, nên không thể làm giám khảo. Người gửi bài không "
        "chấm bài của đợt mình."
    )
    assert panel_queries.seats(jury.session, jury.round.id) == []
    assert len(sender) in {3, 4}


def test_nobody_sits_twice_and_no_locked_account_does(jury: Jury) -> None:
    lan = jury.add_account("Lan")
    invite(jury, lan)
    with pytest.raises(Conflict):
        invite(jury, lan)
    off = make_account(jury.session, jury.province, "Đã khoá", is_active=False)
    with pytest.raises(Invalid):
        invite(jury, off)
    assert len(panel_queries.seats(jury.session, jury.round.id)) == 1


def test_an_unknown_division_is_refused_and_nothing_is_written(jury: Jury) -> None:
    with pytest.raises(Invalid) as told:
        invite(jury, jury.add_account("Lan"), divisions=("d9",))
    assert set(told.value.problems) == {"divisions"}
    jury.session.flush()
    assert panel_queries.seats(jury.session, jury.round.id) == []


def test_languages_are_kept_in_order_written_in_the_log_and_never_unknown(jury: Jury) -> None:
    row = invite(jury, jury.add_account("Lan"), languages=("ium", "hmn"))
    assert row.languages == ["hmn", "ium"]
    panel.change(*jury.where, row.code, SeatFacts(languages=("eng",)), by=jury.by, now=jury.closed)
    assert row.languages == ["eng"]
    lines = jury.session.scalars(
        select(AuditEntry).where(AuditEntry.act.like("judging.%")).order_by(AuditEntry.id)
    )
    assert [(each.act, each.facts["languages"]) for each in lines] == [
        ("judging.invite", ["hmn", "ium"]),
        ("judging.change_seat", ["eng"]),
    ]
    with pytest.raises(Invalid) as told:
        invite(jury, jury.add_account("Hoa"), languages=("hmn", "vie"))
    assert set(told.value.problems) == {"languages"}
    assert len(panel_queries.seats(jury.session, jury.round.id)) == 1


def test_somebody_of_elsewhere_sits_only_by_the_whole_login(jury: Jury) -> None:
    elsewhere = make_unit(jury.session, name="Tỉnh khác", kind="province")
    guest = make_account(jury.session, elsewhere, "Khách mời")
    for login in ("", guest.login[:-1]):
        with pytest.raises(NotFound):
            invite(jury, guest, login=login)
    assert invite(jury, guest, login=guest.login).number == 1
    with pytest.raises(NotFound):
        panel.person(jury.session, "none", login="", by=jury.by)


def test_the_site_looks_for_conflicts_at_once(jury: Jury) -> None:
    school = make_unit(jury.session, name="Trường A", kind="school", parent=jury.province)
    (mine,) = jury.add_works(1, school)
    row = invite(jury, jury.add_account("Cô giáo", school))
    found = jury.session.scalars(select(Row)).all()
    assert [(each.panelist_id, each.entry_id, each.kind, each.set_by) for each in found] == [
        (row.id, mine.id, "unit", None)
    ]


def test_who_leaves_keeps_what_is_handed_in_and_gives_back_the_rest(jury: Jury) -> None:
    (judge,) = jury.add_judges(1, is_head=True)
    phase = make_phase(jury.session, jury.round)
    done, draft, waiting = jury.works
    for place, work in enumerate(jury.works, start=1):
        make_assignment(jury.session, judge, work, place)
    make_sheet(jury.session, judge, done, phase, {"content": "8", "form": "7"})
    make_sheet(jury.session, judge, draft, phase, {"content": "8"}, state=SheetState.DRAFT)
    count = panel.leave(*jury.where, judge.code, reason="ốm", by=jury.by, now=phase.opens_at + HOUR)
    assert count == 2
    rows = jury.session.scalars(select(Assignment).order_by(Assignment.place)).all()
    assert [(each.entry_id, each.end_reason, each.ended_at) for each in rows] == [
        (done.id, "", None),
        (draft.id, "left", phase.opens_at + HOUR),
        (waiting.id, "left", phase.opens_at + HOUR),
    ]
    assert (judge.left_at, judge.is_head) == (phase.opens_at + HOUR, False)
    assert panel_queries.sheets(jury.session, jury.round.id)[done.id, judge.id].counts
    line = jury.session.scalars(select(AuditEntry)).one()
    assert (line.act, line.facts["waiting"], line.facts["reason"]) == ("judging.leave", 2, "ốm")
    with pytest.raises(Conflict):
        panel.leave(*jury.where, judge.code, reason="ốm", by=jury.by, now=jury.closed)
    with pytest.raises(Conflict):
        panel.change(*jury.where, judge.code, SeatFacts(), by=jury.by, now=jury.closed)


def test_who_left_comes_back_to_the_same_number(jury: Jury) -> None:
    lan = jury.add_account("Lan")
    row = invite(jury, lan)
    panel.leave(*jury.where, row.code, reason="ốm", by=jury.by, now=jury.closed)
    invite(jury, jury.add_account("Hoa"))
    again = invite(jury, lan, most=5)
    assert (again.id, again.number, again.most, again.left_at) == (row.id, 1, 5, None)


def test_a_seat_of_another_round_is_not_found(jury: Jury) -> None:
    with pytest.raises(NotFound):
        panel.leave(*jury.where, "none", reason="vì", by=jury.by, now=jury.closed)


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.ADMINISTRATOR])
def test_who_reads_the_names_elsewhere_never_scores_a_blind_round(jury: Jury, role: Role) -> None:
    country = make_unit(jury.session, name="Cả nước", kind="other")
    jury.province.parent_id, jury.province.path = country.id, f"{country.path}{jury.province.id}/"
    for unit in (jury.province, country):
        account = jury.add_account("Lan", jury.province)
        make_grant(jury.session, account, role, unit)
        with pytest.raises(Invalid) as told:
            invite(jury, account)
        assert told.value.message == panel.KNOWS_NAMES
        assert str(told.value.problems["is_scoring"]).startswith("Lan có quyền của ban tổ chức")
        row = invite(jury, account, is_scoring=False)
        with pytest.raises(Invalid):
            panel.change(*jury.where, row.code, SeatFacts(), by=jury.by, now=jury.closed)
        assert row.is_scoring is False


def test_whose_role_shows_no_name_of_the_round_may_score(jury: Jury) -> None:
    school = make_unit(jury.session, name="Trường", kind="school", parent=jury.province)
    for role, unit in ((Role.ORGANIZER, school), (Role.HELPER, jury.province)):
        account = jury.add_account("Hoa")
        make_grant(jury.session, account, role, unit)
        assert invite(jury, account).is_scoring
    jury.round.entries = {**jury.round.entries, "is_blind": False}
    jury.session.flush()
    assert invite(jury, jury.organizer).is_scoring  # names are shown to every judge


def test_who_comes_to_know_the_names_keeps_the_seat_and_is_given_nothing_new(jury: Jury) -> None:
    row = invite(jury, jury.add_account("Lan"))
    invite(jury, jury.add_account("Hoa"))
    kept = make_assignment(jury.session, row, jury.works[0])
    account = jury.session.get_one(people.Account, row.account_id)
    make_grant(jury.session, account, Role.ORGANIZER, jury.province)
    seats = panel_queries.seats(jury.session, jury.round.id)
    assert [(each.knows_names, each.takes_more) for each in seats] == [(True, False), (False, True)]
    changed = panel.change(*jury.where, row.code, SeatFacts(most=5), by=jury.by, now=jury.closed)
    assert (changed.is_scoring, changed.most) == (True, 5)
    proposal = assigning.propose(jury.session, jury.round, anchors=0, now=jury.closed)
    theirs = [each.entry for each in proposal.plan.pairs if each.judge == row.code]
    assert theirs == [jury.works[0].blind_code]
    assert (kept.ended_at, proposal.ended, proposal.new) == (None, 0, 3)
