"""Assignment: looked at first, saved as seen, topped up, taken off a slow judge."""

from __future__ import annotations

from collections import Counter

import pytest
from factories.contests import make_registration
from factories.entries import make_entry
from factories.judging import make_assignment, make_phase, make_sheet
from factories.panels import HOUR, Jury, make_jury
from factories.people import make_unit
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest import closing
from contest.contests.models import Registration
from contest.core.audit import AuditEntry
from contest.entries.models import EntryState
from contest.errors import Conflict, Invalid, TooEarly
from contest.judging import assigning, conflicts, panel, panel_queries
from contest.judging.assigning import Proposal
from contest.judging.conflicts import NewConflict
from contest.judging.models import Assignment, ConflictKind, SheetState
from contest.judging.panel import SeatFacts
from contest.judging.progress import Step, progress

FULL = {"content": "8", "form": "7"}


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session, works=6, judges=4)


def look(jury: Jury, anchors: int = 0, now=None) -> Proposal:
    return assigning.propose(jury.session, jury.round, anchors=anchors, now=now or jury.closed)


def assign(jury: Jury, anchors: int = 0, now=None) -> Proposal:
    now = now or jury.closed
    seen = look(jury, anchors, now).seen
    return assigning.assign(*jury.where, anchors=anchors, seen=seen, by=jury.by, now=now)


def rows(jury: Jury) -> list[Assignment]:
    jury.session.expire_all()
    return panel_queries.assignments(jury.session, jury.round.id)


def running(jury: Jury) -> set[tuple[int, int]]:
    return {(each.entry_id, each.panelist_id) for each in rows(jury) if each.ended_at is None}


def test_looking_writes_nothing_and_says_the_same_each_time(jury: Jury) -> None:
    first, second = look(jury), look(jury)
    assert first.seen == second.seen
    assert (first.new, first.ended, first.lacks) == (18, 0, ())
    assert sorted(each.total for each in first.loads) == [4, 4, 5, 5]
    assert rows(jury) == []


def test_what_was_seen_is_saved_with_reasons_places_and_the_seed(jury: Jury) -> None:
    done = assign(jury)
    found = rows(jury)
    assert Counter(each.entry_id for each in found) == dict.fromkeys(
        (work.id for work in jury.works), 3
    )
    assert {each.reason for each in found} <= {"balance", "bridge"}
    places: dict[int, list[int]] = {}
    for each in found:
        places.setdefault(each.panelist_id, []).append(each.place)
    assert all(sorted(each) == list(range(1, len(each) + 1)) for each in places.values())
    line = jury.session.scalars(select(AuditEntry)).one()
    assert (line.act, line.facts["new"], line.facts["seed"], line.facts["plan"]) == (
        *("judging.assign", 18, str(jury.round.draw_seed), done.seen),
    )
    assert (look(jury).new, look(jury).ended) == (0, 0)


def test_a_plan_that_changed_since_is_not_saved(jury: Jury) -> None:
    seen = look(jury).seen
    jury.add_works(1)
    with pytest.raises(Conflict):
        assigning.assign(*jury.where, anchors=0, seen=seen, by=jury.by, now=jury.closed)
    assert rows(jury) == []


def test_anchors_go_to_everybody_and_never_first(jury: Jury) -> None:
    done = assign(jury, anchors=2)
    assert len(done.anchors) == 2
    found = [each for each in rows(jury) if each.is_anchor]
    assert len(found) == 8
    assert min(each.place for each in found) > 1
    assert assigning.usual_anchors(jury.session, jury.round.id) == 2


def test_a_judge_who_handed_an_entry_in_gives_the_work_back(jury: Jury) -> None:
    assign(jury)
    judge, account = jury.judges[0], jury.accounts[0]
    phase = make_phase(jury.session, jury.round)
    done, *rest = sorted(entry for entry, by in running(jury) if by == judge.id)
    entries = {each.id: each for each in jury.works}
    make_sheet(jury.session, judge, entries[done], phase, FULL)
    registration = make_registration(jury.session, jury.contest, jury.division, account)
    own = make_entry(jury.session, jury.round, registration)
    proposal = assign(jury)
    assert proposal.lacks == ()
    theirs = {entry for entry, by in running(jury) if by == judge.id}
    assert theirs == {done}
    assert rest
    assert {by for entry, by in running(jury) if entry == own.id} == {
        each.id for each in jury.judges[1:]
    }


@pytest.mark.parametrize("count", [-1, 21])
def test_a_senseless_number_of_anchors_is_refused(jury: Jury, count: int) -> None:
    with pytest.raises(Invalid):
        look(jury, anchors=count)


def test_nothing_is_assigned_before_closing_or_without_works_or_judges(session: Session) -> None:
    jury = make_jury(session)
    with pytest.raises(TooEarly):
        look(jury, now=jury.round.closes_at - HOUR)
    with pytest.raises(Invalid) as told:
        look(jury)
    assert str(told.value) == "Chưa có bài dự thi nào để phân công."
    jury.add_works(2)
    jury.add_judges(1, is_scoring=False)
    with pytest.raises(Invalid) as told:
        look(jury)
    assert str(told.value) == "Chưa có giám khảo nào. Hãy mời giám khảo trước."


def test_many_entries_ask_for_anchors(session: Session) -> None:
    jury = make_jury(session, works=19)
    assert assigning.usual_anchors(session, jury.round.id) == 0
    jury.add_works(1)
    assert assigning.usual_anchors(session, jury.round.id) == 4


def test_drafts_practical_tasks_and_gone_entries_are_not_assigned(jury: Jury) -> None:
    jury.add_works(1, is_draft=True)
    jury.add_works(1, state=EntryState.WITHDRAWN)
    jury.add_works(1, state=EntryState.REFUSED)
    jury.add_works(1, kind="practical")
    assign(jury)
    assert {each.entry_id for each in rows(jury)} == {work.id for work in jury.works[:6]}


def test_conflicts_load_and_divisions_hold_and_the_page_says_why(session: Session) -> None:
    jury = make_jury(session, works=3, judges=2, judges_each=3)
    school = make_unit(session, name="Trường A", kind="school", parent=jury.province)
    (mine,) = jury.add_works(1, school)
    (teacher,) = jury.add_judges(1, school)
    jury.judges[1].most = 2
    jury.judges[0].divisions = ["d9"]
    session.flush()
    found = look(jury)
    assert len(found.lacks) == 4
    assert sum(each.got for each in found.lacks) == 5  # two of one judge, three of the teacher
    by_work = {each.work.id: [str(why) for why in each.why] for each in found.lacks}
    assert "1 giám khảo có xung đột lợi ích với bài này." in by_work[mine.id]
    assert all("1 giám khảo không chấm bảng “d1”." in why for why in by_work.values())
    loads = {each.seat.row.id: each.total for each in found.loads}
    assert loads == {jury.judges[0].id: 0, jury.judges[1].id: 2, teacher.id: 3}


def test_an_entry_goes_only_to_judges_who_know_all_its_languages(session: Session) -> None:
    jury = make_jury(session, works=4, judges=5, judges_each=2)
    spoken, both, *_ = jury.works
    spoken.jury_languages, both.jury_languages = ["hmn"], ["hmn", "ium"]
    for judge, known in zip(jury.judges, (["hmn"], ["hmn", "ium"], ["ium"], [], []), strict=True):
        judge.languages = known
    session.flush()
    done = assign(jury)
    pairs = running(jury)
    one, two, *_ = jury.judges
    assert {judge for entry, judge in pairs if entry == spoken.id} == {one.id, two.id}
    assert {judge for entry, judge in pairs if entry == both.id} == {two.id}
    (lack,) = done.lacks
    assert (lack.work.id, lack.got, [str(why) for why in lack.why]) == (
        *(both.id, 1, ["4 giám khảo không dùng ngôn ngữ của bài này."]),
    )


def test_what_a_sender_is_still_typing_does_not_bind_the_jury(session: Session) -> None:
    jury = make_jury(session, works=1, judges=2, judges_each=2)
    jury.works[0].languages = ["hmn"]  # not handed in
    session.flush()
    assert look(jury).lacks == ()


def test_topping_up_and_moving_off_keep_to_languages_and_keep_what_stands(
    session: Session,
) -> None:
    jury = make_jury(session, works=4, judges=3, judges_each=1)
    assign(jury)
    before = running(jury)
    taken = dict(before)
    work = jury.works[0]
    slow = next(each for each in jury.judges if each.id == taken[work.id])
    knowing, deaf = (each for each in jury.judges if each is not slow)
    work.jury_languages, knowing.languages = ["hmn"], ["hmn"]
    session.flush()
    assert look(jury).new == 0  # somebody decided so: what stands stays
    assign(jury)
    assert running(jury) == before
    assigning.move_off(*jury.where, slow.code, reason="bận", by=jury.by, now=jury.closed + HOUR)
    assert {judge for entry, judge in running(jury) if entry == work.id} == {knowing.id}
    now = jury.closed + 2 * HOUR
    moved = assigning.move_off(*jury.where, knowing.code, reason="ốm", by=jury.by, now=now)
    assert [each.work.id for each in moved.lacks] == [work.id]
    assert not {pair for pair in running(jury) if pair == (work.id, deaf.id)}


def told(proposal: Proposal) -> list[tuple[int, int, bool, tuple[str, ...], bool]]:
    return [
        (each.work.id, each.seat.row.id, each.is_conflict, each.missing, each.is_done)
        for each in proposal.misfits
    ]


def test_what_was_assigned_before_languages_changed_is_named_until_it_is_mended(
    session: Session,
) -> None:
    jury = make_jury(session, works=2, judges=3, judges_each=1)
    assign(jury)
    assert look(jury).misfits == ()
    (entry_id, judge_id), other = sorted(running(jury))
    work = next(each for each in jury.works if each.id == entry_id)
    judge = next(each for each in jury.judges if each.id == judge_id)
    work.jury_languages = ["hmn", "eng"]
    judge.languages = ["eng"]
    session.flush()
    assert told(look(jury)) == [(entry_id, judge_id, False, ("hmn",), False)]
    make_sheet(session, judge, work, make_phase(session, jury.round), FULL)
    assert told(look(jury)) == [(entry_id, judge_id, False, ("hmn",), True)]
    judge.languages = ["eng", "hmn"]  # a slip of the pen, mended
    session.flush()
    assert look(jury).misfits == ()
    judge.languages = []  # and the judge's own list may be what changes
    session.flush()
    assert told(look(jury)) == [(entry_id, judge_id, False, ("hmn", "eng"), True)]
    wish = NewConflict(judge.code, ConflictKind.OTHER, "không hiểu tiếng", entry=work.code)
    conflicts.set_one(*jury.where, wish, by=jury.by, now=jury.closed)
    found = look(jury)
    assert (found.misfits, [each.work.id for each in found.lacks]) == ((), [entry_id])
    assert running(jury) == {other}


def test_a_conflict_that_came_after_assigning_is_named_until_the_next_assigning(
    jury: Jury,
) -> None:
    assign(jury)
    entry_id, judge_id = min(running(jury))
    work = next(each for each in jury.works if each.id == entry_id)
    judge = next(each for each in jury.judges if each.id == judge_id)
    sender = jury.session.get_one(Registration, work.registration_id)
    account = jury.accounts[jury.judges.index(judge)]
    sender.unit_id = account.unit_id  # corrected: they are of one office
    jury.session.flush()
    found = look(jury)
    assert told(found) == [(entry_id, judge_id, True, (), False)]
    assert found.ended == 1
    assign(jury)
    assert look(jury).misfits == ()
    assert (entry_id, judge_id) not in running(jury)


def test_of_who_left_nothing_is_named(jury: Jury) -> None:
    assign(jury)
    phase, judge = make_phase(jury.session, jury.round), jury.judges[0]
    mine = next(each for each in rows(jury) if each.panelist_id == judge.id)
    work = next(each for each in jury.works if each.id == mine.entry_id)
    make_sheet(jury.session, judge, work, phase, FULL)
    panel.leave(*jury.where, judge.code, reason="ốm", by=jury.by, now=jury.closed)
    work.jury_languages = ["hmn"]
    jury.session.flush()
    named = {each.seat.row.id for each in look(jury).misfits}
    assert judge.id not in named
    assert len(named) == 2


def test_naming_what_no_longer_fits_costs_no_statement(session, count_statements) -> None:
    jury = make_jury(session, works=3, judges=3)
    counts = []
    for _ in range(2):
        assign(jury)
        for each in jury.works:
            each.jury_languages = ["hmn"]
        session.commit()
        with count_statements() as planned:
            found = look(jury)
        counts.append((len(planned), len(found.misfits)))
        for each in jury.works:
            each.jury_languages = []
        jury.add_works(20)
        jury.add_judges(5)
    assert counts == [(7, 9), (7, 69)]


def test_warnings_name_judges_by_number_and_entries_by_title(session: Session) -> None:
    jury = make_jury(session, works=3, judges=3)
    said = [str(each) for each in look(jury).warnings]
    assert said == [
        (
            "Giám khảo 1, 2, 3 được giao ít hơn 5 bài, nên sau này chưa đủ để bù phần chặt tay "
            "hoặc dễ tay; kết quả sẽ dùng điểm trung bình."
        )
    ]
    jury.judges[0].most = 1
    session.flush()
    said = [str(each) for each in look(jury, anchors=2).warnings]
    titles = {work.title for work in jury.works}
    assert any(f"“{title}”" in each for title in titles for each in said)


def test_late_entries_are_topped_up_and_what_was_there_stays(jury: Jury) -> None:
    assign(jury)
    before = running(jury)
    (late,) = jury.add_works(1)
    done = assign(jury, now=jury.closed + HOUR)
    assert (done.new, done.ended) == (3, 0)
    assert before < running(jury)
    fresh = [each for each in rows(jury) if each.entry_id == late.id]
    assert {each.reason for each in fresh} <= {"balance", "bridge", "top_up"}
    assert {each.made_at for each in fresh} == {jury.closed + HOUR}


def test_who_left_is_replaced_and_keeps_what_is_done(jury: Jury) -> None:
    assign(jury)
    phase = make_phase(jury.session, jury.round)
    judge = jury.judges[0]
    mine = [each for each in rows(jury) if each.panelist_id == judge.id]
    done = jury.session.get_one(type(jury.works[0]), mine[0].entry_id)
    make_sheet(jury.session, judge, done, phase, FULL)
    panel.leave(*jury.where, judge.code, reason="ốm", by=jury.by, now=jury.closed)
    topped = assign(jury, now=jury.closed + HOUR)
    assert topped.new == len(mine) - 1
    assert {pair for pair in running(jury) if pair[1] == judge.id} == {(done.id, judge.id)}
    assert Counter(entry for entry, _ in running(jury)) == dict.fromkeys(
        (work.id for work in jury.works), 3
    )
    assert {each.seat.row.id: each.done for each in topped.loads}[judge.id] == 1


def test_what_a_judge_came_back_to_is_the_same_row(session: Session) -> None:
    jury = make_jury(session, works=6, judges=3)  # all are needed for every entry
    assign(jury)
    judge, account = jury.judges[0], jury.accounts[0]
    before = running(jury)
    panel.leave(*jury.where, judge.code, reason="ốm", by=jury.by, now=jury.closed)
    panel.invite(*jury.where, account.code, SeatFacts(), login="", by=jury.by, now=jury.closed)
    assign(jury)
    assert running(jury) == before
    assert len(rows(jury)) == 18


def test_everything_not_judged_is_moved_off_a_slow_judge_in_one_act(jury: Jury) -> None:
    assign(jury)
    phase = make_phase(jury.session, jury.round)
    slow = jury.judges[0]
    mine = [each.entry_id for each in rows(jury) if each.panelist_id == slow.id]
    entries = {work.id: work for work in jury.works}
    make_sheet(jury.session, slow, entries[mine[0]], phase, FULL)
    make_sheet(jury.session, slow, entries[mine[1]], phase, FULL, state=SheetState.DRAFT)
    now = phase.opens_at + HOUR
    done = assigning.move_off(*jury.where, slow.code, reason="bận", by=jury.by, now=now)
    assert done.new == len(mine) - 1
    ended = [each for each in rows(jury) if each.ended_at is not None]
    assert {(each.entry_id, each.panelist_id, each.end_reason) for each in ended} == {
        (entry, slow.id, "moved") for entry in mine[1:]
    }
    assert Counter(entry for entry, _ in running(jury)) == dict.fromkeys(entries, 3)
    line = jury.session.scalars(
        select(AuditEntry).where(AuditEntry.act == "judging.move_off")
    ).one()
    assert (line.facts["moved"], line.facts["reason"]) == (len(mine) - 1, "bận")
    with pytest.raises(Conflict):
        assigning.move_off(*jury.where, slow.code, reason="bận", by=jury.by, now=now)
    # They never come back, not even when somebody else leaves.
    panel.leave(*jury.where, jury.judges[1].code, reason="ốm", by=jury.by, now=now)
    assign(jury, now=now)
    assert not running(jury) & {(entry, slow.id) for entry in mine[1:]}


def test_a_conflict_is_assigned_to_others_and_may_come_back_once_lifted(session: Session) -> None:
    jury = make_jury(session, works=2, judges=4)
    assign(jury)
    before = running(jury)
    entry_id, judge_id = min(before)
    judge = next(each for each in jury.judges if each.id == judge_id)
    work = next(each for each in jury.works if each.id == entry_id)
    wish = NewConflict(judge.code, ConflictKind.COACH, "thầy dạy em", entry=work.code)
    conflicts.set_one(*jury.where, wish, by=jury.by, now=jury.closed)
    assign(jury)
    assert (entry_id, judge_id) not in running(jury)
    assert Counter(entry for entry, _ in running(jury))[entry_id] == 3
    (row,) = panel_queries.conflicts(session, jury.round.id)
    conflicts.lift(
        *jury.where, row.row.code, reason="nhầm", counts_sheets=False, by=jury.by, now=jury.closed
    )
    panel.leave(
        *jury.where,
        next(
            each.code
            for each in jury.judges
            if each.id != judge_id and (entry_id, each.id) in running(jury)
        ),
        reason="ốm",
        by=jury.by,
        now=jury.closed,
    )
    assign(jury)
    assert (entry_id, judge_id) in running(jury)


def test_an_entry_refused_later_ends_its_assignments_by_the_clock(jury: Jury, settings) -> None:
    assign(jury)
    jury.works[0].state = EntryState.REFUSED
    jury.works[1].state = EntryState.WITHDRAWN
    jury.session.flush()
    assert closing.look_after_juries(jury.session, jury.closed, settings.timezone) == 6
    assert closing.look_after_juries(jury.session, jury.closed, settings.timezone) == 0
    ended = [each for each in rows(jury) if each.ended_at is not None]
    assert {(each.entry_id, each.end_reason) for each in ended} == {
        (jury.works[0].id, "gone"),
        (jury.works[1].id, "gone"),
    }


def test_an_entry_refused_a_moment_ago_is_ended_by_the_next_assigning(jury: Jury) -> None:
    assign(jury)
    jury.works[0].state = EntryState.REFUSED
    jury.session.flush()
    done = assign(jury)
    assert done.ended == 3
    assert {each.end_reason for each in rows(jury) if each.ended_at} == {"gone"}


def test_a_calibration_sheet_does_not_stand_for_the_real_one(jury: Jury) -> None:
    work, judge = jury.works[0], jury.judges[0]
    trial = make_phase(jury.session, jury.round, counts=False)
    make_sheet(jury.session, judge, work, trial, FULL)
    found = {each.seat.row.id: each.done for each in look(jury).loads}
    assert found[judge.id] == 0


def test_a_sheet_without_assignment_counts_as_one_of_the_three(jury: Jury) -> None:
    work, judge = jury.works[0], jury.judges[0]
    make_sheet(jury.session, judge, work, make_phase(jury.session, jury.round), FULL)
    assign(jury)
    mine = [each for each in rows(jury) if each.entry_id == work.id]
    assert len(mine) == 3
    assert [each.reason for each in mine if each.panelist_id == judge.id] == ["kept"]


def test_progress_says_who_did_what_and_nothing_of_points(session: Session) -> None:
    jury = make_jury(session, works=3, judges=2, judges_each=2)
    one, two = jury.judges
    phase = make_phase(session, jury.round)
    for work in jury.works:
        make_assignment(session, one, work)
    make_assignment(session, two, jury.works[0])
    make_sheet(session, one, jury.works[0], phase, FULL)
    make_sheet(session, one, jury.works[1], phase, {}, state=SheetState.DRAFT)
    make_sheet(session, two, jury.works[0], phase, FULL, is_excluded=True)
    now = phase.opens_at + 6 * 24 * HOUR
    found = progress(session, jury.round, now=now)
    assert found.phase is phase
    assert [
        (each.seat.row.number, each.done, each.wanted, each.minutes, each.is_behind)
        for each in found.judges
    ] == [(1, 1, 3, 10, True), (2, 1, 1, 0, False)]
    assert [
        (each.work.id, each.done, [(seat.row.number, step) for seat, step in each.judges])
        for each in found.works
    ] == [
        (jury.works[1].id, 0, [(1, Step.DRAFT)]),
        (jury.works[2].id, 0, [(1, Step.WAITING)]),
        (jury.works[0].id, 1, [(1, Step.IN), (2, Step.OUT)]),
    ]
    assert (found.sheets, found.wanted, found.unassigned, found.undecided) == (1, 6, 2, 0)


def test_progress_before_anything(session: Session) -> None:
    jury = make_jury(session)
    found = progress(session, jury.round, now=jury.round.opens_at)
    assert (found.phase, found.judges, found.works, found.sheets, found.wanted) == (
        *(None, (), (), 0, 0),
    )


def test_statements_do_not_grow_with_entries_and_judges(session, count_statements) -> None:
    jury = make_jury(session, works=3, judges=3)
    counts = []
    for _ in range(2):
        session.commit()
        with count_statements() as looked:
            progress(session, jury.round, now=jury.closed)
        with count_statements() as planned:
            look(jury)
        counts.append((len(looked), len(planned)))
        jury.add_works(20)
        jury.add_judges(5)
    assert counts == [(7, 7), (7, 7)]
