"""What the lists show, in which order, and in how few statements."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

import pytest
from factories.contests import (
    OPENING,
    WEEK,
    make_contest,
    make_division,
    make_registration,
    make_round,
)
from factories.people import make_account, make_audience, make_unit
from sqlalchemy.orm import Session

from contest.contests import queries
from contest.errors import NotFound
from contest.rules.eligibility import ReasonCode
from contest.rules.lifecycle import Phase

Counting = Callable[[], AbstractContextManager[list[str]]]
NOW = OPENING + timedelta(hours=1)
DAY = timedelta(days=1)


def make_dated(session: Session, code: str, opens_at: datetime, closes_at: datetime) -> None:
    contest = make_contest(session, code)
    make_round(session, contest, opens_at=opens_at, closes_at=closes_at)
    make_division(session, contest)


def test_open_contests_come_first_then_coming_then_over(session: Session) -> None:
    make_dated(session, "over-long-ago", NOW - 9 * DAY, NOW - 8 * DAY)
    make_dated(session, "over", NOW - 2 * DAY, NOW)
    make_dated(session, "later", NOW + 2 * DAY, NOW + 3 * DAY)
    make_dated(session, "soon", NOW + DAY, NOW + 3 * DAY)
    make_dated(session, "open-long", NOW - DAY, NOW + 9 * DAY)
    make_dated(session, "open", NOW, NOW + DAY)
    make_contest(session, "empty", loaded_at=NOW - 30 * DAY)
    make_contest(session, "draft", state="draft")
    session.expunge_all()
    assert [row.code for row in queries.published(session, NOW)] == [
        "open",
        "open-long",
        "soon",
        "later",
        "over",
        "over-long-ago",
        "empty",
    ]


def test_a_round_that_counts_is_shown_before_practice(session: Session) -> None:
    contest = make_contest(session)
    make_round(session, contest, "thi-thu", is_practice=True)
    make_round(session, contest, "tuan-1", closes_at=OPENING + 2 * WEEK)
    make_round(session, contest, "tuan-3", opens_at=OPENING + 4 * WEEK)
    make_round(session, contest, "tuan-2", opens_at=OPENING + 2 * WEEK)
    session.expunge_all()
    (row,) = queries.published(session, NOW)
    assert row.open_round is not None
    assert row.next_round is not None
    assert (row.open_round.code, row.next_round.code) == ("tuan-1", "tuan-2")
    assert (row.unit_name, row.last_closes_at) == ("Tỉnh Lào Cai", OPENING + 5 * WEEK)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_two_statements_however_long(
    session: Session, count_statements: Counting, count: int
) -> None:
    for number in range(count):
        make_dated(session, f"cuoc-{number}", OPENING, OPENING + WEEK)
    session.expunge_all()
    with count_statements() as counted:
        assert len(queries.published(session, NOW)) == count
    assert len(counted) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_a_contest_costs_three_statements_however_large(
    session: Session, count_statements: Counting, count: int
) -> None:
    contest = make_contest(session, "an-toan")
    for number in range(count):
        make_round(session, contest, opens_at=OPENING + number * WEEK)
        make_division(session, contest)
    session.expunge_all()
    with count_statements() as counted:
        found = queries.contest(session, "an-toan")
        assert (len(found.rounds), len(found.divisions)) == (count, count)
    assert len(counted) == 3
    with count_statements() as counted:
        assert len(queries.audiences(session, found)) == 1
        assert queries.owner(session, found).name == "Tỉnh Lào Cai"
    assert len(counted) == 2


def test_a_round_comes_with_its_contest_in_one_statement(
    session: Session, count_statements: Counting
) -> None:
    make_round(session, make_contest(session, "an-toan"), "tuan-1")
    session.expunge_all()
    with count_statements() as counted:
        found = queries.round_of(session, "an-toan", "tuan-1")
        assert (found.code, found.contest.code) == ("tuan-1", "an-toan")
    assert len(counted) == 1
    for contest_code, code in (("an-toan", "tuan-2"), ("khac", "tuan-1")):
        with pytest.raises(NotFound):
            queries.round_of(session, contest_code, code)


@pytest.mark.parametrize("state", ["draft", "archived"])
def test_what_is_not_published_is_not_found(session: Session, state: str) -> None:
    contest = make_contest(session, "an-toan", state=state)
    make_round(session, contest, "tuan-1")
    with pytest.raises(NotFound):
        queries.contest(session, "an-toan")
    with pytest.raises(NotFound):
        queries.round_of(session, "an-toan", "tuan-1")
    stored = queries.lock_by_code(session, "an-toan")
    assert stored is not None
    assert stored.state == state


def test_a_registration_and_its_division_are_found(session: Session) -> None:
    contest = make_contest(session)
    division, account = make_division(session, contest), make_account(session)
    assert queries.registration_of(session, contest.id, account.id) is None
    assert queries.has_registrations(session, contest.id) is False
    entry = make_registration(session, contest, division, account)
    assert queries.registration_of(session, contest.id, account.id) is entry
    assert queries.has_registrations(session, contest.id) is True
    assert queries.entered(session, account.id) == {contest.id}
    assert queries.division(session, entry.division_id) is division
    with pytest.raises(NotFound):
        queries.division(session, division.id + 1)


def test_a_kept_contest_costs_nothing_until_it_changes(
    session: Session, count_statements: Counting
) -> None:
    contest = make_contest(session, "an-toan")
    round_ = make_round(session, contest, "tuan-1")
    make_division(session, contest)
    queries.kept(session, "an-toan")
    with count_statements() as counted:
        found, kept = queries.kept_round(session, "an-toan", "tuan-1")
    assert counted == []
    assert kept is not round_
    assert (kept.id, kept.closes_at, kept.contest) == (round_.id, round_.closes_at, found.contest)
    assert kept not in session

    round_.closes_at += DAY
    session.flush()
    assert queries.kept_round(session, "an-toan", "tuan-1")[1].closes_at == round_.closes_at
    contest.state = "draft"
    session.flush()
    with pytest.raises(NotFound):
        queries.kept(session, "an-toan")
    with pytest.raises(NotFound, match="đợt thi"):
        queries.kept_round(session, "an-toan", "tuan-1")
    assert queries.remembered(session, "an-toan").contest.state == "draft"


@pytest.mark.parametrize("count", [1, 3])
def test_each_division_says_why_not_in_two_statements(
    session: Session, count_statements: Counting, count: int
) -> None:
    contest = make_contest(session, "an-toan")
    make_division(session, contest)
    for number in range(1, count):
        audience = make_audience(session, f"old-{number}", age_from=60 + number)
        make_division(session, contest, f"old-{number}", audience)
    account = make_account(session, make_unit(session), birth_date=date(1990, 1, 1))
    session.expunge_all()
    found = queries.kept(session, "an-toan")
    with count_statements() as counted:
        rows = queries.eligibility(session, found, account.id, NOW.date())
    assert len(counted) == 2
    reasons = [None if reason is None else reason.code for _, reason in rows]
    assert reasons == [None, *[ReasonCode.TOO_YOUNG] * (count - 1)]


def test_unsettled_are_closed_rounds_that_count(session: Session) -> None:
    contest = make_contest(session)
    closes_at = OPENING + WEEK
    make_round(session, contest, "thi-thu", is_practice=True)
    make_round(session, contest, "tuan-2", opens_at=OPENING + DAY, closes_at=closes_at)
    make_round(session, contest, "tuan-1", closes_at=OPENING + DAY)
    make_round(session, contest, "tuan-3", opens_at=closes_at)
    make_round(session, contest, "tuan-0", settled_at=closes_at)
    make_round(session, make_contest(session, state="archived"), "old")
    found = queries.unsettled(session, closes_at)
    assert [each.code for each in found] == ["tuan-1", "tuan-2"]
    assert found[0].contest is contest


def test_phases_follow_the_clock(session: Session) -> None:
    each = make_round(session, make_contest(session), freeze_s=3600)
    moments = (
        OPENING - DAY,
        OPENING,
        each.closes_at - timedelta(hours=1),
        each.closes_at,
    )
    assert [queries.phase(each, moment) for moment in moments] == [
        Phase.UPCOMING,
        Phase.OPEN,
        Phase.FROZEN,
        Phase.SETTLING,
    ]


def test_the_commitment_can_be_recomputed_by_anyone(session: Session) -> None:
    each = make_round(session, make_contest(session), draw_seed=2026)
    # printf '%s' 2026 | sha256sum
    assert queries.commitment(each) == (
        "158a323a7ba44870f23d96f1516dd70aa48e9a72db4ebb026b0a89e212a208ab"
    )
