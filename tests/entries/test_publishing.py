"""Into the gallery and out of it: who may be shown, why not, and what the log says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from factories.gallery import Scene
from sqlalchemy import select

from contest.core.audit import AuditEntry
from contest.entries import publishing, selecting, showing
from contest.entries.models import EntryState
from contest.entries.selecting import LACKS
from contest.errors import Conflict, NotFound, TooEarly
from contest.media.models import State
from contest.rules.media import What

CLOSES = datetime(2026, 11, 23, 9, tzinfo=UTC)
CHILD = date(2015, 3, 1)


@pytest.fixture
def scene(session):
    return Scene(session, CLOSES)


def acts(session):
    return [row.act for row in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def publish(scene, entry, now=None):
    now = now or scene.at
    return publishing.publish(
        *(scene.session, scene.here, entry.code),
        by=scene.organizer.id,
        now=now,
        today=scene.today,
    )


def publish_all(scene, now=None):
    return publishing.publish_all(
        scene.session,
        scene.here,
        by=scene.organizer.id,
        now=now or scene.at,
        today=scene.today,
    )


def test_an_entry_is_shown_once_and_noted_once(scene):
    entry = scene.entry(What.CLIP, is_shown=False)
    publish(scene, entry)
    publish(scene, entry, scene.at + timedelta(hours=1))
    assert entry.published_at == scene.at
    assert acts(scene.session) == ["gallery.publish"]


def test_nothing_is_shown_while_entries_may_still_change(scene):
    entry = scene.entry(is_shown=False)
    early = scene.here.opens_at - timedelta(seconds=1)
    with pytest.raises(TooEarly) as refused:
        publish(scene, entry, early)
    assert refused.value.facts == {"moment": CLOSES + timedelta(hours=1)}
    with pytest.raises(TooEarly):
        publish_all(scene, early)
    publish(scene, entry, scene.here.opens_at)
    assert entry.published_at == CLOSES + timedelta(hours=1)


@pytest.mark.parametrize(
    ("facts", "lacking"),
    [
        ({"shows_in_gallery": False}, "consent"),
        ({"birth_date": CHILD}, "guardian"),
        ({"birth_date": None}, "guardian"),
        ({"state": State.WAITING}, "media"),
        ({"state": State.REJECTED}, "media"),
        ({"state": State.KEPT}, "media"),
    ],
)
def test_why_an_entry_is_not_shown_is_said(scene, facts, lacking):
    born = {key: facts[key] for key in facts if key == "birth_date"}
    rest = {key: facts[key] for key in facts if key != "birth_date"}
    entry = scene.entry(What.CLIP, owner=scene.person(**born), is_shown=False, **rest)
    with pytest.raises(Conflict) as refused:
        publish(scene, entry)
    assert refused.value.message == LACKS[lacking]
    assert publish_all(scene) == 0
    (row,) = selecting.candidates(
        scene.session, scene.round.id, today=scene.today, offset=0, limit=9
    )
    assert (row.lacks, row.is_shown) == (lacking, False)


@pytest.mark.parametrize("state", [EntryState.WITHDRAWN, EntryState.REFUSED, EntryState.DRAFT])
def test_what_is_not_handed_in_is_not_there(scene, state):
    entry = scene.entry(is_shown=False)
    entry.state = state
    scene.session.commit()
    with pytest.raises(NotFound):
        publish(scene, entry)
    assert publish_all(scene) == 0


def test_all_that_may_be_shown_is_shown_with_one_line(scene):
    entries = [scene.entry(What.CLIP, is_shown=False) for _ in range(3)]
    scene.entry(What.CLIP, is_shown=False, state=State.WAITING)
    scene.entry(is_shown=False, shows_in_gallery=False)
    assert publish_all(scene) == 3
    assert publish_all(scene) == 0
    assert [entry.published_at for entry in entries] == [scene.at] * 3
    (line,) = scene.session.scalars(select(AuditEntry))
    assert (line.act, line.facts, line.contest) == ("gallery.publish_all", {"count": 3}, "hoi-thi")


def test_what_was_taken_down_stays_down_until_a_person_shows_it(scene):
    entry = scene.entry()
    publishing.take_down(
        *(scene.session, scene.here, entry.code),
        reason="Có người chưa đồng ý",
        by=scene.organizer.id,
        now=scene.at,
    )
    assert (entry.published_at, entry.takedown) == (None, "Có người chưa đồng ý")
    assert publish_all(scene) == 0
    publish(scene, entry)
    assert (entry.published_at, entry.takedown) == (scene.at, None)
    assert acts(scene.session) == ["gallery.take_down", "gallery.publish"]


def test_what_is_not_shown_cannot_be_taken_down(scene):
    entry = scene.entry(is_shown=False)
    with pytest.raises(Conflict):
        publishing.take_down(
            *(scene.session, scene.here, entry.code),
            reason="x",
            by=scene.organizer.id,
            now=scene.at,
        )


def test_consent_taken_back_takes_the_entry_down_at_once(scene):
    owner = scene.person()
    entry = scene.entry(owner=owner)
    for _ in range(2):
        publishing.withdraw_own(scene.session, entry.code, by=owner.id, now=scene.at)
    assert (entry.shows_in_gallery, entry.published_at) == (False, None)
    assert acts(scene.session) == ["gallery.withdraw_consent"]
    with pytest.raises(NotFound):
        showing.one(scene.session, scene.here, entry.code, today=scene.today)


def test_nobody_takes_back_anothers_consent(scene):
    entry = scene.entry()
    with pytest.raises(NotFound):
        publishing.withdraw_own(scene.session, entry.code, by=scene.person().id, now=scene.at)
    assert entry.shows_in_gallery


def test_one_sees_ones_own_with_the_reason(scene):
    owner = scene.person()
    entry = scene.entry(owner=owner, title="của tôi", is_shown=False, takedown="lý do")
    scene.entry(title="của người khác")
    (row,) = selecting.mine(scene.session, owner.id)
    assert (row.entry.id, row.title, row.entry.takedown) == (entry.id, "của tôi", "lý do")


def test_an_organizer_of_another_part_has_no_such_gallery(scene):
    with pytest.raises(NotFound):
        publishing.owned(scene.session, "hoi-thi", "nop-bai", (scene.abroad.path,))
    with pytest.raises(NotFound):
        publishing.owned(scene.session, "hoi-thi", "khong", (scene.province.path,))
    _contest, here = publishing.owned(scene.session, "hoi-thi", "nop-bai", (scene.province.path,))
    assert here.round.id == scene.round.id


@pytest.mark.parametrize("count", [1, 6])
def test_the_organizers_list_asks_as_often_for_many_as_for_few(scene, count_statements, count):
    for _ in range(count):
        scene.entry(What.CLIP, What.PICTURE)
    scene.session.expire_all()
    round_id, today = scene.round.id, scene.today
    with count_statements() as counted:
        rows = selecting.candidates(scene.session, round_id, today=today, offset=0, limit=50)
    assert (len(rows), len(counted)) == (count, 3)


@pytest.mark.parametrize("count", [1, 6])
def test_publishing_all_asks_as_often_for_many_as_for_few(scene, count_statements, count):
    for _ in range(count):
        scene.entry(What.CLIP, is_shown=False)
    here, today = scene.here, scene.today
    with count_statements() as counted:
        found = selecting.publishable(scene.session, here.round.id, today=today)
    assert (len(found), len(counted)) == (count, 2)
