"""Conflicts: found by the site, set, lifted; what they do to assignments and to sheets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories.contests import make_registration
from factories.entries import make_entry
from factories.judging import make_assignment, make_phase, make_sheet
from factories.panels import HOUR, Jury, make_jury
from factories.people import make_unit
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.core.audit import AuditEntry
from contest.entries.models import EntryState
from contest.errors import Conflict as Clash
from contest.errors import Invalid, NotFound
from contest.judging import conflicts, panel_queries
from contest.judging.conflicts import NewConflict, Reach
from contest.judging.models import Assignment, Conflict, ConflictKind, ScoreSheet

FULL = {"content": "8", "form": "7"}


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session, works=3, judges=2)


def wish(jury: Jury, **facts) -> NewConflict:
    return NewConflict(
        **{
            "judge": jury.judges[0].code,
            "kind": ConflictKind.FAMILY,
            "reason": "chị em ruột",
            **facts,
        }
    )


def set_one(jury: Jury, **facts) -> Reach:
    return conflicts.set_one(*jury.where, wish(jury, **facts), by=jury.by, now=jury.closed)


def rows(jury: Jury) -> list[Conflict]:
    return list(jury.session.scalars(select(Conflict).order_by(Conflict.id)))


def sheet_of(jury: Jury, judge, work) -> tuple[bool, str]:
    jury.session.expire_all()
    found = jury.session.scalars(
        select(ScoreSheet).where(ScoreSheet.panelist_id == judge.id, ScoreSheet.entry_id == work.id)
    ).one()
    return found.is_excluded, found.exclusion_reason


def test_the_site_finds_schools_and_own_works_once(jury: Jury) -> None:
    school = make_unit(jury.session, name="Trường A", kind="school", parent=jury.province)
    group = make_unit(jury.session, name="Lớp 10A", kind="class", parent=school)
    other = make_unit(jury.session, name="Lớp 10B", kind="class", parent=school)
    (work,) = jury.add_works(1, group)
    (judge,) = jury.add_judges(1, other)
    own = make_entry(
        jury.session,
        jury.round,
        make_registration(jury.session, jury.contest, jury.division, jury.accounts[0]),
    )
    make_assignment(jury.session, judge, work)
    assert conflicts.find(jury.session, jury.round, now=jury.closed) == 2
    found = {(each.entry_id, each.panelist_id, each.kind) for each in rows(jury)}
    assert found == {
        (work.id, judge.id, "unit"),
        (own.id, jury.judges[0].id, "other"),
    }
    ended = jury.session.scalars(select(Assignment)).one()
    jury.session.refresh(ended)
    assert (ended.ended_at, ended.end_reason) == (jury.closed, "conflict")
    assert conflicts.find(jury.session, jury.round, now=jury.closed + HOUR) == 0
    assert [each.checked_at for each in jury.judges] == [jury.closed + HOUR] * 3


def test_a_found_one_that_was_lifted_stays_lifted(jury: Jury) -> None:
    school = make_unit(jury.session, name="Trường A", kind="school", parent=jury.province)
    jury.add_works(1, school)
    jury.add_judges(1, school)
    conflicts.find(jury.session, jury.round, now=jury.closed)
    (row,) = rows(jury)
    conflicts.lift(
        *jury.where,
        row.code,
        reason="không còn dạy ở đó",
        counts_sheets=False,
        by=jury.by,
        now=jury.closed + HOUR,
    )
    assert conflicts.find(jury.session, jury.round, now=jury.closed + 2 * HOUR) == 0
    assert (row.lifted_by, row.lifted_at, row.lift_reason) == (
        *(jury.organizer.id, jury.closed + HOUR, "không còn dạy ở đó"),
    )


def test_drafts_and_gone_entries_make_no_conflict(jury: Jury) -> None:
    school = make_unit(jury.session, name="Trường A", kind="school", parent=jury.province)
    jury.add_judges(1, school)
    jury.add_works(1, school, is_draft=True)
    jury.add_works(1, school, state=EntryState.WITHDRAWN)
    jury.add_works(1, school, state=EntryState.REFUSED)
    jury.add_works(1, school, kind="practical")
    assert conflicts.find(jury.session, jury.round, now=jury.closed) == 0


def test_the_clock_looks_again_when_something_came_in_during_a_phase(jury: Jury) -> None:
    school = make_unit(jury.session, name="Trường A", kind="school", parent=jury.province)
    jury.add_judges(1, school)
    before = jury.round.closes_at - HOUR
    assert conflicts.find_due(jury.session, now=before) == 0  # nobody judges yet
    phase = make_phase(jury.session, jury.round)
    assert conflicts.find_due(jury.session, now=phase.opens_at) == 1
    assert conflicts.find_due(jury.session, now=phase.opens_at) == 0
    assert rows(jury) == []
    jury.add_works(1, school, sent_at=phase.opens_at + HOUR)
    assert conflicts.find_due(jury.session, now=phase.opens_at + 2 * HOUR) == 1
    assert [each.kind for each in rows(jury)] == ["unit"]
    assert conflicts.find_due(jury.session, now=phase.closes_at) == 0


def test_one_set_for_an_entry_ends_the_assignment_and_keeps_the_sheet_out(jury: Jury) -> None:
    work, judge = jury.works[0], jury.judges[0]
    phase = make_phase(jury.session, jury.round)
    for each in jury.works:
        make_assignment(jury.session, judge, each)
        make_sheet(jury.session, judge, each, phase, FULL)
    assert set_one(jury, entry=work.code) == Reach(ended=1, sheets=1)
    assert sheet_of(jury, judge, work) == (True, "chị em ruột")
    assert sheet_of(jury, judge, jury.works[1]) == (False, "")
    running = jury.session.scalars(select(Assignment).where(Assignment.ended_at.is_(None)))
    assert {each.entry_id for each in running} == {each.id for each in jury.works[1:]}
    line = jury.session.scalars(select(AuditEntry)).one()
    assert (line.act, line.facts["kept_out"], line.facts["reason"]) == (
        *("judging.set_conflict", 1, "chị em ruột"),
    )


def test_the_organizer_may_let_the_sheet_count(jury: Jury) -> None:
    work, judge = jury.works[0], jury.judges[0]
    make_sheet(jury.session, judge, work, make_phase(jury.session, jury.round), FULL)
    assert set_one(jury, entry=work.code, keeps_out=False) == Reach(ended=0, sheets=0)
    assert sheet_of(jury, judge, work) == (False, "")


def test_one_set_for_a_unit_is_about_everything_below_it(jury: Jury) -> None:
    school = make_unit(jury.session, name="Trường A", kind="school", parent=jury.province)
    group = make_unit(jury.session, name="Lớp 10A", kind="class", parent=school)
    jury.add_works(2, group)
    for each in jury.works:
        make_assignment(jury.session, jury.judges[0], each)
        make_assignment(jury.session, jury.judges[1], each)
    assert set_one(jury, unit=school.code).ended == 2
    found = panel_queries.conflicts(jury.session, jury.round.id)
    works = panel_queries.works(jury.session, jury.round.id)
    assert set(panel_queries.barred(found, works)) == {
        (each.id, jury.judges[0].id) for each in jury.works[3:]
    }
    assert [(each.unit_name, each.entry_code) for each in found] == [("Trường A", None)]


@pytest.mark.parametrize("facts", [{}, {"entry": "x", "unit": "y"}])
def test_one_is_about_an_entry_or_a_unit(jury: Jury, facts) -> None:
    with pytest.raises(Invalid) as told:
        set_one(jury, **facts)
    assert set(told.value.problems) == {"entry"}


def test_what_is_not_there_is_not_found(jury: Jury) -> None:
    for facts in (
        {"entry": "none"},
        {"unit": "none"},
        {"entry": jury.works[0].code, "judge": "none"},
    ):
        with pytest.raises(NotFound):
            set_one(jury, **facts)
    with pytest.raises(NotFound):
        panel_queries.conflict(jury.session, jury.round.id, "none")
    assert rows(jury) == []


def test_the_same_is_not_set_twice_until_it_is_lifted(jury: Jury) -> None:
    work = jury.works[0]
    set_one(jury, entry=work.code)
    with pytest.raises(Clash):
        set_one(jury, entry=work.code)
    (row,) = rows(jury)
    lifting = {"reason": "nhầm", "by": jury.by, "now": jury.closed}
    conflicts.lift(*jury.where, row.code, counts_sheets=False, **lifting)
    with pytest.raises(Clash):
        conflicts.lift(*jury.where, row.code, counts_sheets=False, **lifting)
    with pytest.raises(Clash):
        conflicts.decide_sheets(*jury.where, row.code, keeps_out=True, **lifting)
    set_one(jury, entry=work.code)
    assert len(rows(jury)) == 2


@pytest.mark.parametrize(("counts", "after"), [(True, (False, "nhầm")), (False, (True, "vì"))])
def test_lifting_says_what_becomes_of_the_sheet(jury: Jury, counts, after) -> None:
    work, judge = jury.works[0], jury.judges[0]
    make_sheet(jury.session, judge, work, make_phase(jury.session, jury.round), FULL)
    set_one(jury, entry=work.code, reason="vì")
    (row,) = rows(jury)
    done = conflicts.lift(
        *jury.where,
        row.code,
        reason="nhầm",
        counts_sheets=counts,
        by=jury.by,
        now=jury.closed,
    )
    assert done == Reach(0, int(counts))
    assert sheet_of(jury, judge, work) == after


def test_a_sheet_that_another_conflict_bars_stays_out_when_one_is_lifted(jury: Jury) -> None:
    work, judge = jury.works[0], jury.judges[0]
    unit = jury.session.get_one(conflicts.people.Unit, jury.accounts[0].unit_id)
    make_sheet(jury.session, judge, work, make_phase(jury.session, jury.round), FULL)
    set_one(jury, entry=work.code)
    path = panel_queries.works(jury.session, jury.round.id)[0].unit_path
    (own,) = panel_queries.units(jury.session, [path])
    set_one(jury, unit=own.code, reason="cùng dòng họ")
    assert unit.id != own.id
    first = rows(jury)[0]
    done = conflicts.lift(
        *jury.where, first.code, reason="nhầm", counts_sheets=True, by=jury.by, now=jury.closed
    )
    assert done == Reach(0, 0)
    assert sheet_of(jury, judge, work)[0] is True


def test_a_declared_conflict_leaves_the_sheet_to_the_organizer(jury: Jury) -> None:
    work, judge = jury.works[0], jury.judges[0]
    make_sheet(jury.session, judge, work, make_phase(jury.session, jury.round), FULL)
    row = Conflict(
        code="declared0001",
        panelist_id=judge.id,
        entry_id=work.id,
        kind=ConflictKind.DECLARED,
        reason="nhận ra giọng cháu tôi",
        set_by=judge.account_id,
        set_at=jury.closed,
    )
    jury.session.add(row)
    jury.session.flush()
    about = {"by": jury.by, "now": jury.closed}
    kept = conflicts.decide_sheets(
        *jury.where, row.code, keeps_out=True, reason="chấm sau khi biết", **about
    )
    assert (kept, sheet_of(jury, judge, work)) == (Reach(0, 1), (True, "chấm sau khi biết"))
    again = conflicts.decide_sheets(
        *jury.where, row.code, keeps_out=False, reason="chấm trước khi biết", **about
    )
    assert (again, sheet_of(jury, judge, work)) == (Reach(0, 1), (False, "chấm trước khi biết"))
    found = jury.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    assert [each.act for each in found] == ["judging.keep_sheets_out", "judging.count_sheets"]


def test_a_judges_own_work_is_never_let_through(jury: Jury) -> None:
    registration = make_registration(jury.session, jury.contest, jury.division, jury.accounts[0])
    own = make_entry(jury.session, jury.round, registration)
    phase = make_phase(jury.session, jury.round)
    make_sheet(jury.session, jury.judges[0], own, phase, FULL)
    conflicts.find(jury.session, jury.round, now=jury.closed)
    (row,) = rows(jury)
    about = {"reason": "vì", "by": jury.by, "now": jury.closed}
    with pytest.raises(Invalid):
        conflicts.lift(*jury.where, row.code, counts_sheets=True, **about)
    with pytest.raises(Invalid):
        conflicts.decide_sheets(*jury.where, row.code, keeps_out=False, **about)
    assert conflicts.decide_sheets(*jury.where, row.code, keeps_out=True, **about).sheets == 1


def test_a_wish_says_by_itself_that_sheets_stay_out(jury: Jury) -> None:
    assert replace(wish(jury), entry="x").keeps_out is True
