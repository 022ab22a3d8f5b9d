"""What the boards take in, and what people read about their own tries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories.attempts import (
    MINUTE,
    OPENING,
    add_round,
    answer_all,
    begin,
    enter,
    make_stage,
    many,
    numbers,
)

from contest.attempts import queries, service

AT = OPENING + 5 * MINUTE
MICROSECOND = timedelta(microseconds=1)


def sit_out(session, stage, now, **facts):
    """One whole try of a minute."""
    attempt = begin(session, stage, now, **facts)
    return service.hand_in(session, attempt.code, by=attempt.account_id, now=now + MINUTE)


# What the boards take in


def uncounted(session, **facts):
    return [each.id for each in queries.uncounted(session, **facts)]


@pytest.fixture
def finished(session):
    """Two handed-in tries of two rounds, the second first; one of practice; one open."""
    stage = make_stage(session, drafts=many(1), people=2)
    add_round(session, stage.contest_id, "r2", count=1)
    add_round(session, stage.contest_id, "p", count=1, is_practice=True)
    one, two = stage.people
    first = sit_out(session, stage, OPENING + 2 * MINUTE, by=one)
    second = sit_out(session, stage, OPENING, by=two, round="r2")
    sit_out(session, stage, OPENING, by=one, round="p")
    begin(session, stage, OPENING, by=two)
    return first, second


def test_the_uncounted_come_earliest_first_without_practice_and_open_ones(session, finished):
    first, second = finished

    assert uncounted(session) == [second.id, first.id]
    assert uncounted(session, limit=1) == [second.id]


def test_what_was_counted_does_not_come_again(session, finished):
    first, second = finished

    service.mark_counted(session, [second.id], now=AT)

    session.expire_all()
    assert uncounted(session) == [first.id]
    assert (first.counted_at, second.counted_at) == (None, AT)


@pytest.mark.usefixtures("finished")
def test_marking_none_marks_none(session):
    service.mark_counted(session, [], now=AT)
    service.mark_exposed(session, [], now=AT)

    assert len(uncounted(session)) == 2


def test_a_frozen_round_is_held_back_from_its_moment_on(session, finished):
    first, second = finished
    handed_in = first.handed_in_at

    assert uncounted(session, before={first.round_id: handed_in}) == [second.id]
    assert uncounted(session, before={first.round_id: handed_in + MICROSECOND}) == [
        second.id,
        first.id,
    ]
    assert uncounted(session, before={first.round_id: OPENING, second.round_id: OPENING}) == []
    assert uncounted(session, before={}) == [second.id, first.id]


@pytest.mark.usefixtures("finished")
def test_exposure_is_counted_once(session):
    all_ids = [each.id for each in queries.unexposed(session, limit=10)]

    service.mark_exposed(session, all_ids[:3], now=AT)

    assert len(all_ids) == 4
    assert [each.id for each in queries.unexposed(session, limit=10)] == all_ids[3:]
    assert len(queries.unexposed(session, limit=10)) == 1


# Reads


def test_a_person_sees_their_own_tries_the_newest_first(session, finished):
    first, second = finished

    mine = queries.mine(session, first.account_id)

    assert [(sat.attempt.started_at, sat.round.code) for sat in mine] == [
        (OPENING + 2 * MINUTE, "r1"),
        (OPENING, "p"),
    ]
    assert [sat.contest.code for sat in mine] == ["hoi-thi", "hoi-thi"]
    assert [sat.division.code for sat in mine] == ["d1", "d1"]
    assert len(queries.mine(session, second.account_id, limit=1)) == 1


def test_ones_own_attempt_comes_with_its_round_and_contest(session, finished):
    sat = queries.sat(session, finished[1].code, by=finished[1].account_id)

    assert (sat.attempt, sat.round.code, sat.contest.code) == (finished[1], "r2", "hoi-thi")


def test_the_tries_of_a_round_come_in_their_order(session):
    stage = make_stage(session, people=2)
    tries = [sit_out(session, stage, OPENING + at * MINUTE) for at in (0, 5, 9)]
    sit_out(session, stage, OPENING, by=stage.people[1])

    assert queries.in_round(session, stage.person, stage.round_id) == tries


def test_a_round_has_somebody_open_until_all_are_in(session):
    stage = make_stage(session, people=2)
    before = queries.has_open(session, stage.round_id)
    tries = [begin(session, stage, by=person) for person in stage.people]

    seen = [queries.has_open(session, stage.round_id)]
    for each in tries:
        service.hand_in(session, each.code, by=each.account_id, now=AT)
        seen.append(queries.has_open(session, stage.round_id))

    assert (before, seen) == (False, [True, True, False])


def test_nothing_is_spent_before_the_first_try(session):
    stage = make_stage(session)

    spent = queries.spent(
        session,
        enter(session, stage),
        contest_id=stage.contest_id,
        round_id=stage.round_id,
        day=OPENING.date(),
        week=OPENING.date(),
    )

    assert (spent.total, spent.per_round, spent.per_day, spent.per_week) == (0, 0, 0, 0)


def test_the_questions_of_a_round_are_counted_by_version(session):
    stage = make_stage(session, drafts=many(2), people=4)
    one, two, three, open_ = (begin(session, stage, by=person) for person in stage.people)
    number_of = numbers(session, one)
    for attempt, right in ((one, ["q-01", "q-02"]), (two, ["q-01"]), (open_, ["q-01"])):
        answer_all(session, attempt, dict.fromkeys(right, 2), now=AT)
    for attempt in (one, two, three):
        service.hand_in(session, attempt.code, by=attempt.account_id, now=AT)

    version = {code: one.paper[no - 1]["v"] for code, no in number_of.items()}
    assert queries.marked(session, stage.round_id) == {
        version["q-01"]: (3, 2),
        version["q-02"]: (3, 1),
    }
    assert queries.marked(session, stage.round_id + 1) == {}
