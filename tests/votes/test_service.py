"""One account, one vote a period; moving, taking back, striking, giving back, forgetting."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from factories.contests import make_registration
from factories.entries import entry_rules
from factories.gallery import DAY, Scene
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from contest.core.audit import AuditEntry
from contest.core.sealing import Sealer
from contest.errors import NotAllowed, NotFound, TooEarly, TooLate
from contest.rules import voting
from contest.rules.entry_rules import VotePeriod, VoteRules
from contest.votes import queries, service
from contest.votes.models import Vote
from contest.votes.service import OfBurst, OfDevice, Origin

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PHONE = Origin("phone", "net")
MINUTE = timedelta(minutes=1)
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
SEALER = Sealer("một khoá bí mật chỉ dùng trong kiểm thử")


def give(scene, entry, by, now=None, origin=PHONE):
    return service.vote(
        *(scene.session, scene.here, entry.code),
        origin=origin,
        by=by.id,
        now=now or scene.at,
        zone=ZONE,
    )


def counts(scene):
    return queries.counts(scene.session, scene.round.id)


def once(session):
    rules = VoteRules(VotePeriod.ROUND, Decimal(30), 7)
    made = entry_rules(is_gallery=True, vote=rules)
    return Scene(session, datetime(2026, 11, 23, 9, tzinfo=UTC), rules=made)


def test_a_vote_is_counted_once_however_often_it_is_given(scene):
    entry, by = scene.entry(), scene.person()
    first = give(scene, entry, by)
    again = give(scene, entry, by, scene.at + MINUTE)
    assert (again.id, again.at) == (first.id, scene.at)
    assert counts(scene) == {entry.id: 1}


def test_a_changed_mind_moves_the_vote_of_the_same_day(scene):
    one, other, by = scene.entry(), scene.entry(), scene.person()
    give(scene, one, by)
    moved = give(scene, other, by, scene.at + MINUTE, Origin("tablet", "home"))
    assert counts(scene) == {other.id: 1}
    assert (moved.at, moved.device, moved.network) == (scene.at + MINUTE, "tablet", "home")


def test_each_local_day_has_its_own_vote(scene):
    entry, by = scene.entry(), scene.person()
    midnight = scene.at.replace(hour=17)  # in Lào Cai
    for now in (midnight - MINUTE, midnight, midnight + DAY):
        give(scene, entry, by, now)
    assert counts(scene) == {entry.id: 3}
    days = scene.session.scalars(select(Vote.period).order_by(Vote.period)).all()
    assert [day.isoformat() for day in days] == ["2026-11-23", "2026-11-24", "2026-11-25"]


def test_one_vote_a_round_is_one_however_many_days(session):
    scene = once(session)
    one, other, by = scene.entry(), scene.entry(), scene.person()
    give(scene, one, by)
    give(scene, other, by, scene.at + 3 * DAY)
    assert counts(scene) == {other.id: 1}


def test_a_vote_is_taken_until_the_last_moment_and_not_after(scene):
    entry, end = scene.entry(), scene.closes_at + 7 * DAY
    give(scene, entry, scene.person(), end - MINUTE)
    with pytest.raises(TooLate):
        give(scene, entry, scene.person(), end)
    with pytest.raises(TooEarly):
        give(scene, entry, scene.person(), scene.closes_at - MINUTE)
    with pytest.raises(TooLate):
        service.take_back(scene.session, scene.here, by=scene.organizer.id, now=end, zone=ZONE)
    assert counts(scene) == {entry.id: 1}


def test_a_vote_ends_with_the_results_when_they_come_earlier(scene):
    entry = scene.entry()
    scene.round.settled_at = scene.at + DAY
    scene.session.commit()
    give(scene, entry, scene.person(), scene.at + DAY - MINUTE)
    with pytest.raises(TooLate) as refused:
        give(scene, entry, scene.person(), scene.at + DAY)
    assert refused.value.facts == {"moment": scene.at + DAY}


@pytest.mark.parametrize("facts", [{"published_at": None}, {"shows_in_gallery": False}])
def test_what_is_not_shown_gets_no_vote(scene, facts):
    entry = scene.entry(**facts)
    with pytest.raises(NotFound):
        give(scene, entry, scene.person())


def test_a_round_without_a_vote_takes_none(session):
    scene = Scene(session, datetime(2026, 11, 23, 9, tzinfo=UTC), entry_rules(is_gallery=True))
    entry = scene.entry()
    with pytest.raises(NotFound) as refused:
        give(scene, entry, scene.person())
    assert refused.value.message == service.NO_VOTE


def test_who_may_not_vote_is_told_why(scene):
    owner = scene.person()
    entry = scene.entry(owner=owner)
    new = scene.person()
    new.registered_at = scene.at
    people = {
        voting.OWN: owner,
        voting.UNVERIFIED: scene.person(phone_blind=None),
        voting.OUTSIDE: scene.person(unit=scene.abroad),
        voting.INACTIVE: scene.person(is_active=False),
        voting.TOO_NEW: new,
    }
    scene.session.commit()
    for sentence, person in people.items():
        with pytest.raises((NotAllowed, TooEarly)) as refused:
            give(scene, entry, person)
        assert refused.value.message == sentence
    assert counts(scene) == {}


def test_a_pupil_of_a_list_and_an_entrant_from_elsewhere_may_vote(scene):
    entry = scene.entry()
    pupil = scene.person(phone_blind=None, member_code="HS-01")
    entrant = scene.person(unit=scene.abroad)
    make_registration(scene.session, scene.contest, scene.division, entrant)
    for person in (pupil, entrant):
        give(scene, entry, person)
    assert counts(scene) == {entry.id: 2}


def take_back(scene, by, now=None):
    service.take_back(scene.session, scene.here, by=by.id, now=now or scene.at, zone=ZONE)


def test_a_vote_is_taken_back_and_may_be_given_anew(scene):
    one, other, by = scene.entry(), scene.entry(), scene.person()
    give(scene, one, by)
    for _ in range(2):
        take_back(scene, by)
    assert counts(scene) == {}
    give(scene, other, by)
    assert counts(scene) == {other.id: 1}


def strike(scene, cluster, now=None):
    return service.strike(
        *(scene.session, scene.here, cluster),
        reason="Một máy bỏ phiếu thay nhiều người",
        by=scene.organizer.id,
        now=now or scene.at + MINUTE,
    )


def test_the_votes_of_one_device_are_struck_and_given_back(scene):
    entry = scene.entry()
    for _ in range(3):
        give(scene, entry, scene.person(), origin=Origin("shop", "n"))
    give(scene, entry, scene.person())
    assert strike(scene, OfDevice("shop")) == 3
    scene.session.expire_all()
    assert counts(scene) == {entry.id: 1}
    (act,) = queries.strikes(scene.session, scene.round.id)
    assert (act.votes, act.by, act.at, act.reason) == (
        3,
        "Lò Thị Mai",
        scene.at + MINUTE,
        "Một máy bỏ phiếu thay nhiều người",
    )
    by = scene.organizer.id
    assert service.give_back(scene.session, scene.here, act.code, by=by, now=scene.at) == 3
    assert counts(scene) == {entry.id: 4}
    assert queries.strikes(scene.session, scene.round.id) == []
    lines = scene.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    assert [(line.act, line.facts["count"]) for line in lines] == [
        ("votes.strike", 3),
        ("votes.give_back", 3),
    ]


def test_the_votes_of_a_burst_are_struck_by_entry_and_time(scene):
    one, other = scene.entry(), scene.entry()
    for at in range(4):
        give(scene, one, scene.person(), scene.at + at * MINUTE)
        give(scene, other, scene.person(), scene.at + at * MINUTE)
    until = scene.at + 2 * MINUTE
    assert strike(scene, OfBurst(one.code, scene.at + MINUTE, until), until) == 2
    assert counts(scene) == {one.id: 2, other.id: 4}


@pytest.mark.parametrize("cluster", [OfDevice("none"), OfDevice(""), OfBurst("none", START, START)])
def test_a_cluster_without_votes_is_not_found(scene, cluster):
    give(scene, scene.entry(), scene.person(), origin=Origin("", ""))
    with pytest.raises(NotFound):
        strike(scene, cluster)
    with pytest.raises(NotFound):
        service.give_back(scene.session, scene.here, "none", by=scene.organizer.id, now=scene.at)


def test_a_struck_vote_is_neither_moved_nor_taken_back(scene):
    one, other, by = scene.entry(), scene.entry(), scene.person()
    give(scene, one, by)
    strike(scene, OfDevice("phone"))
    scene.session.expire_all()
    for attempt in (lambda: give(scene, other, by), lambda: take_back(scene, by)):
        with pytest.raises(NotAllowed) as refused:
            attempt()
        assert refused.value.message == service.STRUCK
    assert counts(scene) == {}


def test_nothing_is_struck_once_the_results_are_official(scene):
    entry = scene.entry()
    give(scene, entry, scene.person())
    scene.round.settled_at = scene.at
    scene.session.commit()
    with pytest.raises(TooLate):
        strike(scene, OfDevice("phone"))
    with pytest.raises(TooLate):
        service.give_back(scene.session, scene.here, "x", by=scene.organizer.id, now=scene.at)


def test_the_list_without_people_gives_the_same_counts(scene):
    one, other, faithful = scene.entry(), scene.entry(), scene.person()
    for day in range(3):
        give(scene, one, faithful, scene.at + day * DAY)
    for _ in range(2):
        give(scene, other, scene.person(), origin=Origin("shop", "n"))
    give(scene, other, scene.person())
    strike(scene, OfDevice("shop"))
    rows = service.anonymous(scene.session, scene.here, SEALER)
    codes = {one.code: one.id, other.code: other.id}
    again = Counter(codes[entry] for _who, _day, _at, entry, counted in rows if counted == "1")
    assert again == counts(scene) == {one.id: 3, other.id: 1}
    whos = [who for who, _day, _at, entry, _counted in rows if entry == one.code]
    assert (len(set(whos)), len(rows)) == (1, 6)
    assert faithful.code not in str(rows)
    assert all(len(who) == 16 for who, *_rest in rows)


def test_an_account_has_another_hash_in_another_round(scene):
    entry, by = scene.entry(), scene.person()
    give(scene, entry, by)
    ((first, *_),) = service.anonymous(scene.session, scene.here, SEALER)
    scene.round.code = "dot-khac"
    ((second, *_),) = service.anonymous(scene.session, scene.here, SEALER)
    assert first != second


def test_an_origin_holds_neither_device_nor_address():
    one = service.origin("device", "10.1.2.3", SEALER)
    near = service.origin("device", "10.1.2.77", SEALER)
    far = service.origin("device", "10.1.3.3", SEALER)
    assert one == near
    assert one.network != far.network
    assert (len(one.network), "10.1" in one.network) == (64, False)
    assert service.origin("device", "", SEALER) == Origin("device", "")


def test_networks_and_devices_are_forgotten_thirty_days_after_the_vote(scene):
    entry = scene.entry()
    for _ in range(5):
        give(scene, entry, scene.person())
    due = scene.closes_at + 37 * DAY
    assert service.forget(scene.session, now=due - MINUTE, limit=3) == 0
    assert [service.forget(scene.session, now=due, limit=3) for _ in range(3)] == [3, 2, 0]
    scene.session.expire_all()
    kept = scene.session.execute(select(Vote.network, Vote.device).distinct()).all()
    assert kept == [("", "")]
    assert counts(scene) == {entry.id: 5}


def test_the_database_itself_refuses_a_second_vote_of_a_period(scene):
    entry, by = scene.entry(), scene.person()
    first = give(scene, entry, by)
    facts = {"round_id": first.round_id, "entry_id": entry.id, "account_id": by.id}
    scene.session.add(
        Vote(**facts, period=first.period, at=scene.at, device="", network="", struck_reason="")
    )
    with pytest.raises(IntegrityError):
        scene.session.flush()
    scene.session.rollback()


def test_a_vote_takes_the_same_statements_whatever_was_given_before(scene, count_statements):
    entries, by = [scene.entry() for _ in range(4)], scene.person()
    for each in entries:
        give(scene, each, scene.person())
    here = scene.here
    seen = []
    for each in entries[:2]:
        with count_statements() as counted:
            service.vote(
                *(scene.session, here, each.code),
                origin=PHONE,
                by=by.id,
                now=scene.at,
                zone=ZONE,
            )
        seen.append(len(counted))
    # entry, its pieces, the voter, the insertion; moving reads and writes the vote besides.
    assert seen == [4, 6]


@pytest.mark.parametrize("count", [1, 7])
def test_counting_and_listing_ask_once_however_many(scene, count_statements, count):
    entry = scene.entry()
    for _ in range(count):
        give(scene, entry, scene.person())
    round_id, here = scene.round.id, scene.here
    with count_statements() as counted:
        assert queries.counts(scene.session, round_id) == {entry.id: count}
        assert len(queries.casts(scene.session, round_id)) == count
        assert len(service.anonymous(scene.session, here, SEALER)) == count
    assert len(counted) == 3
