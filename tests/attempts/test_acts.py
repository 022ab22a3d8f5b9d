"""More time, pauses, announcements, opening again: on both databases, by named moments."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from factories.attempts import (
    CLOSING,
    HANOI,
    MINUTE,
    OPENING,
    PHONE,
    SECOND,
    TABLET,
    answer_all,
    begin,
    make_stage,
    many,
    save,
    seq,
    stored,
)
from factories.organizers import organizer_of, outsider_of, unit_below
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from contest import closing
from contest.accounts.models import Unit
from contest.attempts import announcing, granting, news, pausing, queries, reopening, service
from contest.attempts.granting import Given, GiveTime
from contest.attempts.models import (
    Announcement,
    Attempt,
    GivenTime,
    HandedInBy,
    Pause,
    Reopening,
    TimeGrant,
)
from contest.attempts.service import GiveAnswer
from contest.contests.models import Registration, Round, RuleChange
from contest.core import cache, db
from contest.core.audit import AuditEntry
from contest.errors import Conflict, Invalid, NotFound, TooEarly, TooLate
from contest.rules.extra_time import Scope
from contest.rules.timing import GRACE
from contest.standings import service as standings
from contest.standings.models import Standing

POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
AT = OPENING + 5 * MINUTE
END = OPENING + 15 * MINUTE
NOON = OPENING + 60 * MINUTE  # a short round's closing


def asked(minutes=10, token="a", **facts):  # noqa: S107 -- a form's mark
    return GiveTime(**{"token": token, "minutes": minutes, "reason": "Mất điện", **facts})


def give(session, stage, by, now=AT, **facts):
    found = granting.give_time(session, stage.contest, stage.round, asked(**facts), by=by, now=now)
    session.expire_all()
    cache.forget_everything()
    return found


def pause(session, stage, by, now=AT, reason="Mất mạng"):
    count = pausing.pause(session, stage.contest, stage.round, reason=reason, by=by, now=now)
    session.expire_all()
    cache.forget_everything()
    return count


def resume(session, stage, by, now, *, moves_closing=False):
    count = pausing.resume(
        session,
        stage.contest,
        stage.round,
        moves_closing=moves_closing,
        by=by,
        now=now,
        zone=HANOI,
    )
    session.expire_all()
    cache.forget_everything()
    return count


def reopen(session, stage, attempt, by, now, **facts):
    found = reopening.reopen(
        session,
        stage.contest,
        stage.round,
        attempt.code,
        **{
            "minutes": 5,
            "passes_closing": False,
            "reason": "Bấm nhầm",
            "token": "t",
            "by": by,
            "now": now,
            **facts,
        },
    )
    session.expire_all()
    return found


def hand_in(session, attempt, now):
    return service.hand_in(session, attempt.code, by=attempt.account_id, now=now)


def deadlines(session):
    return list(session.scalars(select(Attempt.deadline).order_by(Attempt.id)))


def count(session, table):
    return session.scalar(select(func.count()).select_from(table))


def acts(session):
    found = select(AuditEntry.act).where(AuditEntry.subject == "round:hoi-thi/r1")
    return list(session.scalars(found.order_by(AuditEntry.id)))


@pytest.fixture
def stage(session):
    return make_stage(session, drafts=many(3), people=3)


@pytest.fixture
def boss(session, stage):
    return organizer_of(session, stage)


# More time


def test_everybody_gets_more_time_and_it_is_on_record(session, stage, boss):
    one, two = (begin(session, stage, by=person) for person in stage.people[:2])
    hand_in(session, two, AT)

    assert give(session, stage, boss) == Given(1, 0)

    assert deadlines(session) == [END + 10 * MINUTE, END]
    row = session.scalars(select(GivenTime)).one()
    assert (row.attempt_id, row.old_deadline, row.new_deadline) == (
        one.id,
        END,
        END + 10 * MINUTE,
    )
    grant = session.scalars(select(TimeGrant)).one()
    assert (grant.seconds, grant.reason, grant.by, grant.at) == (600, "Mất điện", boss.id, AT)
    assert acts(session) == ["attempts.give_time"]
    assert session.get_one(Round, stage.round_id).acts_no == 1


def test_the_same_form_sent_twice_gives_once(session, stage, boss):
    begin(session, stage)

    first = give(session, stage, boss)
    second = give(session, stage, boss, now=AT + SECOND)

    assert (first, second) == (Given(1, 0), Given(1, 0))
    assert deadlines(session) == [END + 10 * MINUTE]
    assert acts(session) == ["attempts.give_time"]


def test_two_grants_add_up(session, stage, boss):
    begin(session, stage)
    give(session, stage, boss)
    give(session, stage, boss, minutes=3, token="b")
    assert deadlines(session) == [END + 13 * MINUTE]


def test_one_person_gets_more_time_the_others_none(session, stage, boss):
    for person in stage.people:
        begin(session, stage, by=person)
    code = session.scalar(
        select(Registration.code).where(Registration.account_id == stage.people[1])
    )
    assert give(session, stage, boss, person=code) == Given(1, 0)
    assert deadlines(session) == [END, END + 10 * MINUTE, END]


def test_a_unit_and_all_below_it_get_more_time(session, stage, boss):
    commune = unit_below(session, stage, "xa")
    hamlet = Unit(
        code="thon",
        name="Thôn",
        name_folded="thon",
        name_key="thon",
        kind="hamlet",
        parent_id=commune.id,
        path=f"{commune.path}999/",
    )
    session.add(hamlet)
    session.flush()
    for person, unit in zip(stage.people[1:], (commune, hamlet), strict=True):
        moved = update(Registration).where(Registration.account_id == person)
        session.execute(moved.values(unit_id=unit.id))
    for person in stage.people:
        begin(session, stage, by=person)

    assert give(session, stage, boss, unit="xa") == Given(2, 0)

    assert deadlines(session) == [END, END + 10 * MINUTE, END + 10 * MINUTE]


@pytest.mark.parametrize(("is_lasting", "extra"), [(True, 10), (False, 0)])
def test_who_starts_later_gets_it_when_it_lasts(session, stage, boss, is_lasting, extra):
    give(session, stage, boss, is_lasting=is_lasting)

    attempt = begin(session, stage, AT + MINUTE)

    assert attempt.deadline == END + 6 * MINUTE + extra * MINUTE
    assert count(session, GivenTime) == (1 if is_lasting else 0)


def test_who_starts_later_gets_only_what_is_meant_for_them(session, stage, boss):
    unit_below(session, stage, "xa")
    code = session.scalar(
        select(Registration.code).where(Registration.account_id == stage.people[1])
    )
    give(session, stage, boss, person=code, token="b")
    give(session, stage, boss, unit="xa", token="c")
    give(session, stage, boss, unit="tinh", minutes=1, token="d")

    started = [begin(session, stage, AT, by=person).deadline for person in stage.people]

    assert started == [END + 6 * MINUTE, END + 16 * MINUTE, END + 6 * MINUTE]


def test_a_grant_that_was_ended_counts_no_more_for_who_starts(session, stage, boss):
    before = begin(session, stage)
    give(session, stage, boss)
    (grant_id,) = session.scalars(select(TimeGrant.id))
    granting.end_grant(session, stage.contest, stage.round, grant_id, by=boss, now=AT)
    cache.forget_everything()

    after = begin(session, stage, AT, by=stage.people[1])

    session.refresh(before)
    assert (before.deadline, after.deadline) == (END + 10 * MINUTE, AT + 15 * MINUTE)


@pytest.mark.parametrize(("passes", "expected"), [(False, NOON), (True, NOON + 8 * MINUTE)])
def test_the_closing_is_passed_only_with_leave(session, boss, stage, passes, expected):
    session.execute(update(Round).values(closes_at=NOON))
    cache.forget_everything()
    running = begin(session, stage, NOON - 17 * MINUTE)
    give(session, stage, boss, now=NOON - 10 * MINUTE, passes_closing=passes)
    session.refresh(running)
    later = begin(session, stage, NOON - 17 * MINUTE, by=stage.people[1])

    assert [running.deadline, later.deadline] == [expected, expected]


def test_results_wait_for_who_may_pass_the_closing(session, boss, stage):
    session.execute(update(Round).values(closes_at=NOON))
    cache.forget_everything()
    attempt = begin(session, stage, NOON - 15 * MINUTE)
    give(session, stage, boss, now=NOON - MINUTE, passes_closing=True)
    after = NOON + GRACE + SECOND

    assert service.expire_overdue(session, now=after) == 0
    assert standings.settle(session, stage.round_id, now=after) is False
    session.refresh(attempt)
    hand_in(session, attempt, NOON + 5 * MINUTE)
    assert standings.settle(session, stage.round_id, now=NOON + 5 * MINUTE) is True


def test_who_started_while_it_was_written_is_caught_up_with(session, stage, boss):
    begin(session, stage)
    give(session, stage, boss)
    begin(session, stage, AT, by=stage.people[1])
    session.execute(
        update(Attempt)
        .where(Attempt.deadline == END + 15 * MINUTE)
        .values(deadline=END + 5 * MINUTE)
    )
    late = session.scalars(select(Attempt.id).where(Attempt.deadline == END + 5 * MINUTE)).one()
    session.execute(GivenTime.__table__.delete().where(GivenTime.attempt_id == late))

    counts = [granting.catch_up(session, now=AT + SECOND) for _ in range(2)]

    assert counts == [1, 0]
    assert deadlines(session) == [END + 10 * MINUTE, END + 15 * MINUTE]
    assert session.get_one(Round, stage.round_id, populate_existing=True).acts_no == 2


def test_time_that_ran_out_stays_out_unless_it_is_opened_again(session, stage, boss):
    attempt = begin(session, stage)
    assert service.expire_overdue(session, now=END + MINUTE) == 1

    assert give(session, stage, boss, now=END + 2 * MINUTE) == Given(0, 0)

    session.refresh(attempt)
    assert (attempt.handed_in_at, attempt.deadline) == (END, END)


def test_what_ran_out_during_an_outage_is_opened_again_with_the_grant(session, stage, boss):
    attempt = begin(session, stage)
    by_hand = begin(session, stage, by=stage.people[1])
    long_ago = begin(session, stage, OPENING - timedelta(0), by=stage.people[2])
    hand_in(session, by_hand, AT)
    session.execute(update(Attempt).where(Attempt.id == long_ago.id).values(deadline=AT))
    service.expire_overdue(session, now=END + MINUTE)
    now = END + 2 * MINUTE

    reached = granting.reach(
        session, stage.contest, stage.round, asked(ran_out_since=END), by=boss, now=now
    )
    given_ = give(session, stage, boss, now=now, ran_out_since=END)

    assert (reached, given_) == (Given(0, 1), Given(0, 1))
    session.refresh(attempt)
    assert (attempt.handed_in_at, attempt.deadline) == (None, now + 10 * MINUTE)
    row = session.scalars(select(Reopening)).one()
    assert (row.attempt_id, row.handed_in_at, row.handed_in_by) == (attempt.id, END, "clock")
    hand_in(session, attempt, now + MINUTE)
    assert attempt.duration_ms == 16 * 60_000


def test_an_act_on_official_results_is_refused(session, stage, boss):
    session.execute(update(Round).values(settled_at=CLOSING))
    attempt = begin(session, stage)
    hand_in(session, attempt, AT)
    with pytest.raises(Conflict):
        give(session, stage, boss)
    with pytest.raises(Conflict):
        reopen(session, stage, attempt, boss, AT)


@pytest.mark.parametrize("role", ["organizer", "judge"])
def test_who_organizes_elsewhere_finds_no_round(session, stage, role):
    stranger = (
        outsider_of(session, stage)
        if role == "organizer"
        else organizer_of(session, stage, role="judge")
    )
    attempt = begin(session, stage)
    hand_in(session, attempt, AT)
    for act in (
        lambda: give(session, stage, stranger),
        lambda: pause(session, stage, stranger),
        lambda: resume(session, stage, stranger, AT),
        lambda: reopen(session, stage, attempt, stranger, AT),
        lambda: say(session, stage, stranger),
    ):
        with pytest.raises(NotFound):
            act()
    assert session.get_one(Round, stage.round_id).acts_no == 0


@pytest.mark.parametrize("facts", [{"person": "none"}, {"unit": "none"}])
def test_more_time_for_nobody_is_not_found(session, stage, boss, facts):
    with pytest.raises(NotFound):
        give(session, stage, boss, **facts)


@pytest.mark.parametrize("minutes", [0, 601])
def test_nonsense_minutes_are_refused(session, stage, boss, minutes):
    with pytest.raises(Invalid):
        give(session, stage, boss, minutes=minutes)


paths = st.lists(st.sampled_from(["1", "2", "12"]), min_size=1, max_size=3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=paths, meant=paths)
def test_sql_covers_whom_the_rule_covers(session, where, meant):
    """The grant's condition in the statement and `Scope.covers` say the same."""
    here, there = (f"/{'/'.join(path)}/" for path in (where, meant))
    nested = session.begin_nested()
    stage = make_stage(session, drafts=many(1), people=1)
    units = [
        Unit(code=code, name=code, name_folded=code, name_key=code, kind="x", path=path)
        for code, path in (("here", here), ("there", there))
    ]
    session.add_all(units)
    session.flush()
    session.execute(update(Registration).values(unit_id=units[0].id))
    attempt = begin(session, stage)
    grant = TimeGrant(round_id=stage.round_id, unit_id=units[1].id, at=AT, is_lasting=True)
    found = session.execute(granting._running(grant, AT)).all()
    assert bool(found) is Scope(unit_path=there).covers(attempt.account_id, here)
    nested.rollback()
    cache.forget_everything()


# Pausing


def test_while_a_round_stands_nobody_starts_and_choices_are_taken(session, stage, boss):
    attempt = begin(session, stage)

    assert pause(session, stage, boss) == 1

    with pytest.raises(TooEarly):
        begin(session, stage, AT + MINUTE, by=stage.people[1])
    assert begin(session, stage, AT + MINUTE).id == attempt.id
    late = END + 60 * MINUTE
    saved = save(session, attempt, GiveAnswer(1, 0, seq(1)), now=late)
    assert (saved.deadline, saved.paused_at) == (END, AT)
    assert stored(session, attempt.id) == {1: (0, seq(1))}
    assert service.expire_overdue(session, now=late) == 0
    assert closing.settle_closed(session, CLOSING + MINUTE, HANOI) == 0


def test_a_start_refused_by_a_memory_of_yesterday_is_refused_by_the_row_too(session, stage, boss):
    """Another process may still remember the round as running."""
    begin(session, stage)
    pausing.pause(session, stage.contest, stage.round, reason="x", by=boss, now=AT)
    with pytest.raises(TooEarly):
        begin(session, stage, AT, by=stage.people[1])


def test_each_clock_runs_on_with_what_it_had(session, stage, boss):
    begin(session, stage)
    begin(session, stage, OPENING + 2 * MINUTE, by=stage.people[1])
    pause(session, stage, boss)

    assert resume(session, stage, boss, AT + 7 * MINUTE + 13 * SECOND) == 2

    stood = 7 * MINUTE + 13 * SECOND
    assert deadlines(session) == [END + stood, END + 2 * MINUTE + stood]
    assert set(session.scalars(select(Attempt.stood_ms))) == {433_000}
    assert set(session.scalars(select(Attempt.paused_at))) == {None}
    assert session.get_one(Round, stage.round_id).paused_at is None
    row = session.scalars(select(Pause)).one()
    assert (row.at, row.resumed_at, row.resumed_by) == (AT, AT + stood, boss.id)
    assert acts(session) == ["attempts.pause", "attempts.resume"]


def test_pausing_and_resuming_twice_is_once(session, stage, boss):
    begin(session, stage)
    assert [pause(session, stage, boss, AT + n * SECOND) for n in range(2)] == [1, 0]
    assert [resume(session, stage, boss, AT + MINUTE + n * SECOND) for n in range(2)] == [1, 0]
    assert deadlines(session) == [END + MINUTE]
    assert count(session, Pause) == 1


def test_the_closing_moves_along_when_it_is_asked_to_and_everybody_reads_it(session, stage, boss):
    begin(session, stage)
    pause(session, stage, boss)

    resume(session, stage, boss, AT + 30 * MINUTE, moves_closing=True)

    assert session.get_one(Round, stage.round_id).closes_at == CLOSING + 30 * MINUTE
    change = session.scalars(select(RuleChange)).one()
    assert change.reason == "Mất mạng"
    assert change.changes == [
        {
            "where": "Đợt r1",
            "key": "closes_at",
            "old": "08:00 07/12/2026",
            "new": "08:30 07/12/2026",
        }
    ]


def test_handing_in_while_the_round_stands_counts_only_the_time_used(session, stage, boss):
    attempt = begin(session, stage)
    pause(session, stage, boss)

    done = hand_in(session, attempt, END + 60 * MINUTE)

    assert (done.handed_in_at, done.handed_in_by) == (END + 60 * MINUTE, HandedInBy.PERSON)
    assert done.duration_ms == 5 * 60_000
    assert service.is_receipt_true(session, done)
    assert resume(session, stage, boss, END + 61 * MINUTE) == 0


def test_after_a_pause_the_clock_hands_in_at_the_moved_deadline(session, stage, boss):
    attempt = begin(session, stage)
    pause(session, stage, boss)
    resume(session, stage, boss, AT + 20 * MINUTE)
    with pytest.raises(TooLate):
        save(session, attempt, GiveAnswer(1, 0, seq(1)), now=END + 20 * MINUTE + GRACE)

    assert service.expire_overdue(session, now=END + 20 * MINUTE + GRACE) == 1

    session.refresh(attempt)
    assert attempt.handed_in_at == END + 20 * MINUTE
    assert attempt.duration_ms == 15 * 60_000


def test_who_slipped_in_while_the_pause_was_written_stands_too(session, stage, boss):
    attempt = begin(session, stage)
    pause(session, stage, boss)
    session.execute(update(Attempt).values(paused_at=None))

    counts = [pausing.catch_up(session, now=AT + SECOND) for _ in range(2)]

    session.refresh(attempt)
    assert counts == [1, 0]
    assert attempt.paused_at == AT + SECOND


def test_more_time_given_while_the_round_stands_is_kept(session, stage, boss):
    begin(session, stage)
    pause(session, stage, boss)
    give(session, stage, boss, now=END + 60 * MINUTE)
    resume(session, stage, boss, AT + 2 * MINUTE)
    assert deadlines(session) == [END + 12 * MINUTE]


def test_a_round_that_is_over_for_everybody_needs_no_pause(session, stage, boss):
    with pytest.raises(Conflict):
        pause(session, stage, boss, CLOSING + MINUTE)


# Announcing


def say(session, stage, by, token="a", now=AT):  # noqa: S107 -- same
    announcing.announce(
        session,
        stage.contest,
        stage.round,
        words="Còn 5 phút.",
        words_en="Five minutes left.",
        token=token,
        by=by,
        now=now,
    )
    session.expire_all()
    cache.forget_everything()


def test_an_announcement_is_said_once_and_can_be_withdrawn(session, stage, boss):
    say(session, stage, boss)
    say(session, stage, boss)
    found = news.of_round(session, stage.round_id)
    assert [(item.words, item.words_en, item.at) for item in found.items] == [
        ("Còn 5 phút.", "Five minutes left.", AT)
    ]
    row = session.scalars(select(Announcement)).one()

    announcing.withdraw(session, stage.contest, stage.round, row.id, by=boss, now=AT + MINUTE)
    cache.forget_everything()

    assert news.of_round(session, stage.round_id).items == ()
    assert (row.withdrawn_at, row.withdrawn_by) == (AT + MINUTE, boss.id)
    assert acts(session) == ["attempts.announce", "attempts.withdraw"]


def test_news_of_an_attempt_are_its_own_and_read_again_only_after_an_act(
    session, stage, boss, count_statements
):
    one, two = (begin(session, stage, by=person) for person in stage.people[:2])
    code = session.scalar(
        select(Registration.code).where(Registration.account_id == stage.people[0])
    )
    give(session, stage, boss, person=code)

    mine = news.of_attempt(session, one.id, 1)
    other = news.of_attempt(session, two.id, 1)
    with count_statements() as counted:
        assert news.of_attempt(session, one.id, 1) is mine
    assert len(counted) == 0
    assert [(item.minutes, item.reason) for item in mine.items] == [(10, "Mất điện")]
    assert (mine.deadline, other.items, other.deadline) == (END + 10 * MINUTE, (), END)


# Opening again


def test_what_was_handed_in_by_mistake_is_opened_again_with_the_time_that_was_left(
    session, stage, boss
):
    attempt = begin(session, stage)
    answer_all(session, attempt, {"q-01": 2}, now=AT)
    receipt = hand_in(session, attempt, AT).receipt

    reopen(session, stage, attempt, boss, END + MINUTE)

    assert attempt.deadline == END + 11 * MINUTE
    assert (attempt.handed_in_at, attempt.receipt, attempt.points) == (None, None, None)
    assert attempt.handed_in_as is None
    row = session.scalars(select(Reopening)).one()
    assert (row.receipt, row.points, row.handed_in_at) == (receipt, 1, AT)
    assert (row.old_deadline, row.new_deadline) == (END, END + 11 * MINUTE)
    save(session, attempt, GiveAnswer(1, 0, seq(9)), now=END + 2 * MINUTE)
    again = hand_in(session, attempt, END + 3 * MINUTE)
    assert again.receipt != receipt
    assert service.is_receipt_true(session, again)
    assert again.duration_ms == 7 * 60_000


@pytest.mark.parametrize(("minutes", "expected"), [(5, 5), (30, 30)])
def test_it_gets_at_least_so_many_minutes(session, stage, boss, minutes, expected):
    attempt = begin(session, stage)
    hand_in(session, attempt, END - MINUTE)
    reopen(session, stage, attempt, boss, END + MINUTE, minutes=minutes)
    assert attempt.deadline == END + MINUTE + expected * MINUTE


def test_the_same_form_sent_twice_opens_once(session, stage, boss):
    attempt = begin(session, stage)
    hand_in(session, attempt, AT)
    for moment in (AT + MINUTE, AT + 2 * MINUTE):
        reopen(session, stage, attempt, boss, moment)
    assert attempt.deadline == AT + 11 * MINUTE
    assert count(session, Reopening) == 1


def test_what_is_being_written_or_has_another_beside_it_is_not_opened(session, stage, boss):
    first = begin(session, stage)
    with pytest.raises(Conflict):
        reopen(session, stage, first, boss, AT)
    hand_in(session, first, AT)
    begin(session, stage, AT)
    with pytest.raises(Conflict):
        reopen(session, stage, first, boss, AT, token="u")
    assert count(session, Reopening) == 0


def test_after_the_closing_it_needs_leave(session, stage, boss):
    attempt = begin(session, stage)
    hand_in(session, attempt, AT)
    now = CLOSING + SECOND
    with pytest.raises(Invalid):
        reopen(session, stage, attempt, boss, now)
    reopen(session, stage, attempt, boss, now, passes_closing=True)
    assert attempt.deadline == now + 10 * MINUTE
    assert standings.settle(session, stage.round_id, now=now + MINUTE) is False


def lines(session):
    """What the round's board says; the month's and the contest's stand beside it or not at all."""
    found = session.execute(select(Standing.attempt_id, Standing.points, Standing.duration_ms))
    rows = [tuple(row) for row in found]
    assert len(rows) % 3 == 0
    return sorted(row for row in rows if row[0] is not None)


def test_boards_drop_what_was_opened_and_count_it_again_when_it_is_handed_in(session, stage, boss):
    attempt = begin(session, stage)
    answer_all(session, attempt, {"q-01": 2}, now=AT)
    hand_in(session, attempt, AT)
    assert standings.catch_up(session, now=AT) == 1
    assert lines(session) == [(attempt.id, 1, 300_000)]
    session.refresh(attempt)

    reopen(session, stage, attempt, boss, AT + MINUTE)

    assert [standings.drop_reopened(session, now=AT + MINUTE) for _ in range(2)] == [1, 0]
    assert lines(session) == []
    session.refresh(attempt)
    answer_all(session, attempt, {"q-02": 2}, now=AT + 2 * MINUTE)
    hand_in(session, attempt, AT + 3 * MINUTE)
    assert standings.catch_up(session, now=AT + 3 * MINUTE) == 1
    assert lines(session) == [(attempt.id, 2, 420_000)]


def test_handed_in_again_before_the_boards_let_go_it_is_counted_once(session, stage, boss):
    attempt = begin(session, stage)
    hand_in(session, attempt, AT)
    standings.catch_up(session, now=AT)
    session.refresh(attempt)
    reopen(session, stage, attempt, boss, AT + MINUTE)
    hand_in(session, attempt, AT + 2 * MINUTE)

    assert standings.catch_up(session, now=AT + 2 * MINUTE) == 1
    assert standings.drop_reopened(session, now=AT + 2 * MINUTE) == 0
    assert lines(session) == [(attempt.id, 0, 360_000)]


def test_another_try_of_the_person_stays_on_the_board(session, stage, boss):
    first = begin(session, stage)
    hand_in(session, first, AT)
    second = begin(session, stage, AT)
    hand_in(session, second, AT + 2 * MINUTE)
    standings.catch_up(session, now=AT + 2 * MINUTE)
    session.refresh(second)

    reopen(session, stage, second, boss, AT + 3 * MINUTE)
    standings.drop_reopened(session, now=AT + 3 * MINUTE)

    assert lines(session) == [(first.id, 0, 300_000)]


# The number of statements, and many hands at once


@pytest.mark.parametrize("people", [2, 40])
def test_the_number_of_statements_does_not_grow_with_the_people(session, count_statements, people):
    stage = make_stage(session, drafts=many(1), people=people)
    boss = organizer_of(session, stage)
    for person in stage.people:
        begin(session, stage, by=person)
    session.flush()

    counts = {}
    for name, act in {
        "give": lambda: granting.give_time(
            session, stage.contest, stage.round, asked(), by=boss, now=AT
        ),
        "pause": lambda: pausing.pause(
            session, stage.contest, stage.round, reason="x", by=boss, now=AT
        ),
        "resume": lambda: pausing.resume(
            session, stage.contest, stage.round, moves_closing=False, by=boss, now=AT, zone=HANOI
        ),
    }.items():
        with count_statements() as counted:
            act()
        counts[name] = len(counted)

    assert counts == {"give": 7, "pause": 7, "resume": 7}


T = Any


def at_once(tasks: Sequence[Callable[[], T]]) -> list[T]:
    barrier = threading.Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T:
        barrier.wait(timeout=30)
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [done.result(timeout=60) for done in [pool.submit(run, task) for task in tasks]]


@pytest.fixture
def committed(engine):
    """A stage and its organizer that other threads see, ten people writing."""
    assert engine is not None
    with db.transaction() as session:
        stage = make_stage(session, drafts=many(2), people=10)
        boss = organizer_of(session, stage)
        for person in stage.people[:8]:
            begin(session, stage, by=person)
    return stage, boss


def inside(act):
    with db.transaction() as session:
        return act(session)


@POSTGRESQL
def test_grants_saves_hand_ins_and_starts_at_once_lose_nothing(committed):
    stage, boss = committed
    with db.reading_session() as session:
        codes = [(each.code, each.account_id) for each in session.scalars(select(Attempt))]

    def one_save(code, by):
        try:
            given = [GiveAnswer(1, 1, seq(5))]
            inside(lambda s: service.answer(s, code, given, by=by, device=PHONE, now=AT))
        except TooLate:
            return False
        return True

    tasks = [
        *(
            lambda n=n: inside(
                lambda s: granting.give_time(
                    s, stage.contest, stage.round, asked(1, f"g{n}"), by=boss, now=AT
                )
            )
            for n in range(4)
        ),
        *(lambda one=one: one_save(*one) for one in codes),
        *(
            lambda one=one: inside(lambda s: service.hand_in(s, one[0], by=one[1], now=AT))
            for one in codes[:4]
        ),
        *(lambda by=by: inside(lambda s: begin(s, stage, AT, by=by)) for by in stage.people[8:]),
    ]
    done = at_once(tasks)
    inside(lambda s: granting.catch_up(s, now=AT + SECOND))

    with db.reading_session() as session:
        rows = session.scalars(select(Attempt).order_by(Attempt.id)).all()
        for attempt in rows:
            uses = session.scalar(select(func.count()).where(GivenTime.attempt_id == attempt.id))
            begun = AT if attempt.account_id in stage.people[8:] else OPENING
            assert attempt.deadline == begun + 15 * MINUTE + uses * MINUTE
            if attempt.handed_in_at is None:
                assert uses == 4
            else:
                assert service.is_receipt_true(session, attempt)
        promised = {code for (code, _), kept in zip(codes, done[4:12], strict=True) if kept}
        saved = {each.code for each in rows if stored(session, each.id)}
        assert saved == promised


@POSTGRESQL
def test_the_same_form_from_ten_threads_is_one_grant(committed):
    stage, boss = committed
    found = at_once(
        [
            lambda: inside(
                lambda s: granting.give_time(
                    s, stage.contest, stage.round, asked(), by=boss, now=AT
                )
            )
        ]
        * 10
    )
    assert found == [Given(8, 0)] * 10
    with db.reading_session() as session:
        assert set(deadlines(session)) == {END + 10 * MINUTE}
        assert session.get_one(Round, stage.round_id).acts_no == 1


@POSTGRESQL
def test_a_save_does_not_wait_for_a_grant_under_way(committed):
    stage, boss = committed
    with db.reading_session() as session:
        attempt = session.scalars(select(Attempt).limit(1)).one()
    with db.writing_session() as giving, ThreadPoolExecutor(1) as pool:
        granting.give_time(giving, stage.contest, stage.round, asked(), by=boss, now=AT)
        given_ = [GiveAnswer(1, 1, seq(5))]
        saving = pool.submit(
            lambda: inside(
                lambda s: service.answer(
                    s, attempt.code, given_, by=attempt.account_id, device=PHONE, now=AT
                )
            )
        )
        assert saving.result(timeout=10).deadline == END
        giving.commit()


@POSTGRESQL
def test_settling_and_opening_again_at_once_never_leave_an_open_paper_in_official_results(
    committed,
):
    stage, boss = committed
    with db.reading_session() as session:
        codes = [(each.code, each.account_id) for each in session.scalars(select(Attempt))]
    for code, by in codes:
        inside(lambda s, code=code, by=by: service.hand_in(s, code, by=by, now=AT))
    after = CLOSING + MINUTE

    def open_again(code):
        try:
            inside(
                lambda s: reopening.reopen(
                    s,
                    stage.contest,
                    stage.round,
                    code,
                    minutes=5,
                    passes_closing=True,
                    reason="x",
                    token=code,
                    by=boss,
                    now=after,
                )
            )
        except Conflict:
            return False
        return True

    opened, settled = at_once(
        [
            lambda: open_again(codes[0][0]),
            lambda: inside(lambda s: standings.settle(s, stage.round_id, now=after)),
        ]
    )
    with db.reading_session() as session:
        assert queries.has_open(session, stage.round_id) is opened
    assert settled is not opened


def test_a_change_of_device_is_in_the_log(session, stage):
    attempt = begin(session, stage)
    service.take_over(session, attempt.code, by=stage.person, device=TABLET, now=AT)
    service.take_over(session, attempt.code, by=stage.person, device=TABLET, now=AT)
    found = session.execute(
        select(AuditEntry.at, AuditEntry.by, AuditEntry.facts).where(
            AuditEntry.subject == f"attempt:{attempt.code}"
        )
    ).all()
    assert [tuple(row) for row in found] == [(AT, stage.person, {"no": 2})]


def test_a_round_of_another_name_is_not_found(session, stage, boss):
    with pytest.raises(NotFound):
        give(session, replace(stage, round="khac"), boss)
