"""Phases: when they may open, that they do not overlap, what stays once they opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from factories.judging import make_phase
from factories.panels import DAY, HOUR, Jury, make_jury
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.core.audit import AuditEntry
from contest.core.visitor import Scope, Visitor
from contest.errors import Conflict, Invalid, NotFound, TooEarly, TooLate
from contest.judging import phases, queries
from contest.judging.models import JudgingPhase, ResultRun, SeesOthers
from contest.judging.phases import PhaseFacts


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session)


def facts(jury: Jury, **other) -> PhaseFacts:
    opens_at = other.pop("opens_at", jury.round.closes_at + HOUR)
    return PhaseFacts(
        **{
            "name": "Chấm sơ khảo",
            "name_en": "First judging",
            "opens_at": opens_at,
            "closes_at": opens_at + 3 * DAY,
            **other,
        }
    )


def add(jury: Jury, now=None, **other) -> JudgingPhase:
    now = now or jury.round.opens_at
    return phases.add(*jury.where, facts(jury, **other), by=jury.by, now=now)


def acts(session: Session) -> list[tuple[str, str]]:
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(row.act, row.facts.get("reason", "")) for row in rows]


def sign(jury: Jury) -> None:
    jury.session.add(
        ResultRun(
            code="signed000001",
            round_id=jury.round.id,
            no=1,
            state="signed",
            body="{}",
            sha256="0" * 64,
            input_sha256="0" * 64,
            made_by=jury.organizer.id,
            made_at=jury.closed,
        )
    )
    jury.session.flush()


def test_the_usual_phase_is_blind_and_waits_for_the_last_file(jury: Jury) -> None:
    found = phases.usual(jury.round, now=jury.round.opens_at)
    assert found == PhaseFacts(
        "Chấm bài",
        "Judging",
        jury.round.closes_at + HOUR,
        jury.round.closes_at + HOUR + 7 * DAY,
        may_score=True,
        sees_others=SeesOthers.NEVER,
        sees_names=False,
        sees_all=False,
        counts=True,
    )


def test_the_usual_phase_opens_now_once_everything_is_in(jury: Jury) -> None:
    now = jury.round.closes_at + DAY + timedelta(seconds=30)
    assert phases.usual(jury.round, now=now).opens_at == jury.round.closes_at + DAY


@pytest.mark.parametrize("seconds", [0, 30, 3599, 3600, 3630])
def test_the_usual_phase_may_always_be_added(jury: Jury, seconds: int) -> None:
    now = jury.round.closes_at + timedelta(seconds=seconds)
    usual = phases.usual(jury.round, now=now)
    added = phases.add(*jury.where, usual, by=jury.by, now=now)
    assert (added.opens_at, added.closes_at) == (usual.opens_at, usual.closes_at)


def test_phases_follow_each_other_and_are_written_down(jury: Jury) -> None:
    one = add(jury, sees_others=SeesOthers.AFTER_OWN, sees_all=True)
    two = add(jury, opens_at=one.closes_at, name="Chấm chung khảo", sees_names=True)
    found = queries.phases(jury.session, jury.round.id)
    assert [(each.name, each.position) for each in found] == [
        ("Chấm sơ khảo", 1),
        ("Chấm chung khảo", 2),
    ]
    assert (one.sees_others, one.sees_all, one.sees_names) == ("after_own", True, False)
    assert (two.sees_others, two.sees_all, two.sees_names) == ("never", False, True)
    assert acts(jury.session) == [("judging.add_phase", "")] * 2


def test_a_phase_that_counts_waits_for_closing_and_grace(jury: Jury) -> None:
    early = jury.round.closes_at + HOUR - timedelta(seconds=1)
    with pytest.raises(TooEarly) as told:
        add(jury, opens_at=early)
    assert told.value.facts == {"earliest": jury.round.closes_at + HOUR}
    assert add(jury, opens_at=early, counts=False).counts is False


def test_not_even_a_calibration_opens_while_the_round_takes_entries(jury: Jury) -> None:
    with pytest.raises(TooEarly) as told:
        add(jury, opens_at=jury.round.closes_at - timedelta(seconds=1), counts=False)
    assert told.value.facts == {"earliest": jury.round.closes_at}


def test_two_scoring_phases_never_overlap(jury: Jury) -> None:
    one = add(jury)
    for opens_at in (one.opens_at, one.opens_at + DAY, one.closes_at - timedelta(seconds=1)):
        with pytest.raises(Invalid) as told:
            add(jury, opens_at=opens_at)
        assert set(told.value.problems) == {"opens_day"}
        assert told.value.facts == {"name": "Chấm sơ khảo"}
    looking = add(jury, opens_at=one.opens_at + DAY, may_score=False)
    assert [each.id for each in queries.phases(jury.session, jury.round.id)] == [
        one.id,
        looking.id,
    ]


def test_a_calibration_comes_before_every_phase_that_counts(jury: Jury) -> None:
    one = add(jury, opens_at=jury.round.closes_at + 5 * DAY)
    after = {"opens_at": one.closes_at, "counts": False}
    with pytest.raises(Invalid) as told:
        add(jury, **after)
    assert (set(told.value.problems), told.value.facts) == ({"opens_day"}, {"name": one.name})
    tried = add(jury, opens_at=one.opens_at - 3 * DAY, counts=False, name="Chấm thử")
    with pytest.raises(Invalid) as told:  # nor does one that counts slip in before it
        add(jury, closes_at=tried.opens_at)
    assert told.value.facts == {"name": "Chấm thử"}
    with pytest.raises(Invalid):
        phases.change(
            *jury.where, tried.code, facts(jury, **after), by=jury.by, now=jury.round.opens_at
        )
    looking = add(jury, **after, may_score=False)  # nobody writes sheets there
    assert [each.id for each in queries.phases(jury.session, jury.round.id)] == [
        *(one.id, tried.id, looking.id),
    ]


@pytest.mark.parametrize("after", [timedelta(0), timedelta(seconds=-1)])
def test_a_phase_closes_after_it_opens(jury: Jury, after: timedelta) -> None:
    opens_at = jury.round.closes_at + HOUR
    with pytest.raises(Invalid) as told:
        add(jury, closes_at=opens_at + after)
    assert set(told.value.problems) == {"closes_day"}


def test_a_phase_is_not_over_before_it_is_made(jury: Jury) -> None:
    with pytest.raises(Invalid):
        add(jury, now=jury.closed + 30 * DAY)
    assert queries.phases(jury.session, jury.round.id) == []


def test_a_phase_changes_until_it_opens(jury: Jury) -> None:
    one = add(jury)
    wish = replace(facts(jury), name="Chấm kín", sees_others=SeesOthers.ALWAYS)
    before = one.opens_at - timedelta(seconds=1)
    changed = phases.change(*jury.where, one.code, wish, by=jury.by, now=before)
    assert (changed.name, changed.sees_others) == ("Chấm kín", "always")
    with pytest.raises(TooLate):
        phases.change(*jury.where, one.code, wish, by=jury.by, now=one.opens_at)


def test_a_phase_is_deleted_only_before_it_opens(jury: Jury) -> None:
    one = add(jury)
    with pytest.raises(TooLate):
        phases.delete(*jury.where, one.code, by=jury.by, now=one.opens_at)
    phases.delete(*jury.where, one.code, by=jury.by, now=one.opens_at - timedelta(seconds=1))
    assert queries.phases(jury.session, jury.round.id) == []
    assert acts(jury.session)[-1] == ("judging.delete_phase", "")


def test_extending_moves_the_closing_and_keeps_the_reason(jury: Jury) -> None:
    one = add(jury)
    old = one.closes_at
    phases.extend(*jury.where, one.code, old + DAY, reason="mưa lũ", by=jury.by, now=old + HOUR)
    assert one.closes_at == old + DAY
    assert acts(jury.session)[-1] == ("judging.extend_phase", "mưa lũ")


def test_extending_never_shortens_nor_ends_in_the_past_nor_runs_into_the_next(jury: Jury) -> None:
    one = add(jury)
    two = add(jury, opens_at=one.closes_at + DAY)
    for closes_at, now in (
        (one.closes_at, one.opens_at),
        (one.closes_at - HOUR, one.opens_at),
        (one.closes_at + HOUR, one.closes_at + HOUR),
        (two.opens_at + timedelta(seconds=1), one.opens_at),
    ):
        with pytest.raises(Invalid) as told:
            phases.extend(*jury.where, one.code, closes_at, reason="vì", by=jury.by, now=now)
        assert set(told.value.problems) == {"closes_day"}
    phases.extend(*jury.where, one.code, two.opens_at, reason="vì", by=jury.by, now=one.opens_at)
    assert one.closes_at == two.opens_at


def test_a_phase_that_only_shows_may_be_extended_over_another(jury: Jury) -> None:
    one = add(jury, may_score=False)
    two = add(jury)
    phases.extend(
        *jury.where, one.code, two.closes_at + DAY, reason="xem", by=jury.by, now=one.opens_at
    )
    assert one.closes_at == two.closes_at + DAY


def test_a_finished_jury_need_not_wait(jury: Jury) -> None:
    one = add(jury)
    now = one.opens_at + HOUR
    phases.close_early(*jury.where, one.code, reason="đủ phiếu", by=jury.by, now=now)
    assert one.closes_at == now
    assert acts(jury.session)[-1] == ("judging.close_phase_early", "đủ phiếu")
    phases.extend(*jury.where, one.code, now + DAY, reason="còn bài", by=jury.by, now=now + HOUR)
    assert one.closes_at == now + DAY


def test_only_an_open_phase_ends_early(jury: Jury) -> None:
    one = add(jury)
    for now in (one.opens_at - HOUR, one.opens_at, one.closes_at, one.closes_at + HOUR):
        with pytest.raises(Conflict):
            phases.close_early(*jury.where, one.code, reason="vì", by=jury.by, now=now)
    sign(jury)
    with pytest.raises(Conflict):
        phases.close_early(*jury.where, one.code, reason="vì", by=jury.by, now=one.opens_at + HOUR)


def test_a_signed_result_holds_the_phases_still(jury: Jury) -> None:
    one = add(jury)
    sign(jury)
    with pytest.raises(Conflict):
        add(jury, opens_at=one.closes_at)
    with pytest.raises(Conflict):
        phases.extend(
            *jury.where, one.code, one.closes_at + DAY, reason="vì", by=jury.by, now=jury.closed
        )


def test_no_more_than_twenty(jury: Jury) -> None:
    for at in range(phases.MOST_PHASES):
        make_phase(jury.session, jury.round, position=at + 1, opens_at=jury.closed + at * 7 * DAY)
    with pytest.raises(Invalid):
        add(jury, opens_at=jury.closed + 1000 * DAY)


def test_organizers_of_elsewhere_and_other_rounds_find_nothing(jury: Jury) -> None:
    one = add(jury)
    other = Visitor(jury.organizer.id, 1, "code", "Nơi khác", (Scope("organizer", "/9999/"),))
    session, contest, round_ = jury.where
    with pytest.raises(NotFound):
        phases.add(session, contest, round_, facts(jury), by=other, now=jury.closed)
    with pytest.raises(NotFound):
        phases.delete(session, contest, "khac", one.code, by=jury.by, now=jury.round.opens_at)
    with pytest.raises(NotFound):
        phases.delete(*jury.where, "khac", by=jury.by, now=jury.round.opens_at)
