"""The live figures and one person's history: right, in a fixed number of statements."""

from __future__ import annotations

import pytest
from factories.attempts import (
    MINUTE,
    OPENING,
    SECOND,
    TABLET,
    begin,
    make_stage,
    many,
    save,
    seq,
)
from factories.organizers import organizer_of, unit_below
from sqlalchemy import select, update

from contest.accounts.models import Account, Unit
from contest.attempts import granting, live, pausing, reopening, service
from contest.attempts.granting import GiveTime
from contest.attempts.models import Attempt
from contest.attempts.service import GiveAnswer
from contest.contests.models import Registration, Round
from contest.core import cache
from contest.errors import NotFound

AT = OPENING + 5 * MINUTE


def place(session, people, unit):
    moved = update(Registration).where(Registration.account_id.in_(people))
    session.execute(moved.values(unit_id=unit.id))


def top_of(session, stage):
    """The stage's unit, its path made of its own id."""
    unit = session.get_one(Unit, stage.unit_id)
    unit.path = f"/{unit.id}/"
    session.flush()
    return unit


def figures(session, stage, unit, now=AT):
    round_ = session.get_one(Round, stage.round_id)
    return live.figures(session, round_, unit.id, unit.path, now=now)


def registration_of(session, account_id):
    return session.scalars(select(Registration).where(Registration.account_id == account_id)).one()


def test_people_are_counted_by_division_unit_and_minute(session):
    stage = make_stage(session, drafts=many(1), people=5)
    top = top_of(session, stage)
    here, there = (unit_below(session, stage, code, code) for code in ("xa-a", "xa-b"))
    below = unit_below(session, stage, "thon")
    below.parent_id, below.path = here.id, f"{here.path}{below.id}/"
    place(session, stage.people[:1], here)
    place(session, stage.people[1:2], below)
    place(session, stage.people[2:4], there)
    one = begin(session, stage, AT - 3 * MINUTE, by=stage.people[0])
    begin(session, stage, AT - 3 * MINUTE, by=stage.people[1])
    begin(session, stage, AT - SECOND, by=stage.people[2])
    service.hand_in(session, one.code, by=one.account_id, now=AT - 2 * MINUTE)
    begin(session, stage, AT - MINUTE, by=stage.people[0])

    found = figures(session, stage, top)

    def row(code, name, *numbers):
        names = ("registered", "started", "writing", "handed_in")
        return {"code": code, "name": name, **dict(zip(names, numbers, strict=True))}

    assert found["all"] == {"registered": 5, "started": 3, "writing": 3, "handed_in": 1}
    assert found["divisions"] == {str(stage.division_id): found["all"]}
    assert found["units"] == [
        row("xa-a", "xa-a", 2, 2, 2, 1),
        row("xa-b", "xa-b", 2, 1, 1, 0),
        row("", "", 1, 0, 0, 0),
    ]
    minute = int(AT.timestamp()) // 60
    assert found["minutes"] == {
        "starts": {str(minute - 3): 2, str(minute - 1): 2},
        "hand_ins": {str(minute - 2): 1},
    }
    inside = figures(session, stage, here)
    assert inside["all"] == {"registered": 2, "started": 2, "writing": 2, "handed_in": 1}
    assert inside["units"] == [row("thon", "Xã", 1, 1, 1, 0), row("", "", 1, 1, 1, 1)]


@pytest.mark.parametrize("people", [3, 60])
def test_the_figures_take_four_statements_however_many_people(session, count_statements, people):
    stage = make_stage(session, drafts=many(1), people=people)
    top = top_of(session, stage)
    for person in stage.people:
        begin(session, stage, by=person)
    round_ = session.get_one(Round, stage.round_id)
    session.flush()
    with count_statements() as counted:
        found = live.figures(session, round_, top.id, top.path, now=AT)
    assert len(counted) == 4
    assert found["all"]["writing"] == people


def test_anybody_is_found_by_name_without_marks_or_by_login(session):
    stage = make_stage(session, drafts=many(1), people=3)
    names = ("Lò Thị Lan", "Giàng A Dế", "Lan Anh")
    for person, name in zip(stage.people, names, strict=True):
        folded = {"Lò Thị Lan": "lo thi lan", "Giàng A Dế": "giang a de", "Lan Anh": "lan anh"}
        session.execute(
            update(Account)
            .where(Account.id == person)
            .values(name=name, name_folded=folded[name], name_key=folded[name], login=folded[name])
        )
    one = begin(session, stage, by=stage.people[0])
    service.hand_in(session, one.code, by=one.account_id, now=AT)
    begin(session, stage, AT, by=stage.people[2])
    round_ = session.get_one(Round, stage.round_id)

    def found(text, login=""):
        rows = live.find_entered(session, round_, text, login=login, offset=0, limit=10)
        return [(row.name, row.state) for row in rows]

    assert found("LAN") == [("Lan Anh", "writing"), ("Lò Thị Lan", "handed_in")]
    assert found("lan thi") == [("Lò Thị Lan", "handed_in")]
    assert found("không có", login="giang a de") == [("Giàng A Dế", "")]
    assert found("zzz") == []
    assert len(found("")) == 3


def test_a_history_tells_every_thing_that_happened(session):
    stage = make_stage(session, drafts=many(3))
    boss = organizer_of(session, stage)
    attempt = begin(session, stage)
    save(session, attempt, GiveAnswer(1, 0, seq(1)), now=OPENING + SECOND)
    save(session, attempt, GiveAnswer(1, 2, seq(2)), now=OPENING + 2 * SECOND)
    save(session, attempt, GiveAnswer(1, 1, seq(1)), now=OPENING + 3 * SECOND)  # older: not kept
    service.take_over(session, attempt.code, by=stage.person, device=TABLET, now=OPENING + MINUTE)
    save(session, attempt, GiveAnswer(2, None, seq(1, 2)), now=OPENING + 2 * MINUTE)
    asked = GiveTime("a", 10, "Mất điện")
    granting.give_time(
        session, stage.contest, stage.round, asked, by=boss, now=OPENING + 3 * MINUTE
    )
    where = (session, stage.contest, stage.round)
    pausing.pause(*where, reason="Mưa", by=boss, now=OPENING + 4 * MINUTE)
    session.expire_all()
    receipt = service.hand_in(session, attempt.code, by=stage.person, now=AT).receipt
    reopening.reopen(
        *where,
        attempt.code,
        minutes=5,
        passes_closing=False,
        reason="Nhầm",
        token="t",
        by=boss,
        now=AT + MINUTE,
    )
    session.expire_all()
    code = registration_of(session, stage.person).code

    found = live.history(session, stage.contest_id, code)

    (tried,) = found.tries
    told = [
        (
            line.kind,
            (line.at - OPENING).total_seconds(),
            line.facts.get("no") or line.facts.get("reason") or line.facts.get("receipt"),
        )
        for line in tried.happenings
    ]
    assert told == [
        ("start", 0, None),
        ("save", 2, 1),
        ("device", 60, 2),
        ("save", 120, 2),
        ("grant", 180, "Mất điện"),
        ("pause", 240, "Mưa"),
        ("hand_in", 300, receipt),
        ("reopen", 360, "Nhầm"),
    ]
    assert [line.facts for line in tried.happenings if line.kind == "save"] == [
        {"no": 1, "is_guess": False, "saves": 2, "device": 1, "is_blank": False},
        {"no": 2, "is_guess": False, "saves": 1, "device": 2, "is_blank": True},
    ]


@pytest.mark.parametrize("tries", [1, 8])
def test_a_history_takes_seven_statements_however_long_it_is(session, count_statements, tries):
    stage = make_stage(session, drafts=many(3))
    for no in range(tries):
        attempt = begin(session, stage, OPENING + no * MINUTE)
        save(session, attempt, GiveAnswer(1, 0, seq(1)), now=OPENING + no * MINUTE)
        service.hand_in(session, attempt.code, by=stage.person, now=OPENING + no * MINUTE)
    code = registration_of(session, stage.person).code
    session.flush()
    session.expunge_all()
    with count_statements() as counted:
        found = live.history(session, stage.contest_id, code)
    assert len(counted) == 7
    assert len(found.tries) == tries


def test_somebody_of_another_contest_is_not_found(session):
    stage = make_stage(session, drafts=many(1))
    code = registration_of(session, stage.person).code
    with pytest.raises(NotFound):
        live.history(session, stage.contest_id + 1, code)
    with pytest.raises(NotFound):
        live.handed_in(session, stage.round_id, "none")
    assert session.scalars(select(Attempt)).all() == []
    cache.forget_everything()
