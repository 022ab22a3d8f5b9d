"""Reports of shown entries: one each, answered once, with words for both sides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from factories.gallery import Scene
from sqlalchemy import select

from contest.core.audit import AuditEntry
from contest.entries import reports
from contest.entries.reports import Why
from contest.errors import Conflict, NotFound

CLOSES = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def scene(session):
    return Scene(session, CLOSES)


def send(scene, entry, by, now=None):
    return reports.send(
        *(scene.session, scene.here, entry.id),
        why=Why.PERSON,
        text="Có em tôi",
        by=by.id,
        now=now or scene.at,
    )


def answer(scene, report, *, takes_down, now=None):
    return reports.answer(
        *(scene.session, scene.here, report.code),
        takes_down=takes_down,
        words="Đã xem lại.",
        by=scene.organizer.id,
        now=now or scene.at,
    )


def test_one_person_reports_an_entry_once(scene):
    entry, by = scene.entry(), scene.person()
    report = send(scene, entry, by)
    with pytest.raises(Conflict):
        send(scene, entry, by)
    send(scene, entry, scene.person())
    assert reports.own(scene.session, entry.id, by.id) is report
    assert reports.count_open(scene.session, [scene.round.id]) == {scene.round.id: 2}


def test_an_answer_that_takes_down_tells_the_sender_why(scene):
    entry = scene.entry()
    report = send(scene, entry, scene.person())
    answer(scene, report, takes_down=True)
    assert (entry.published_at, entry.takedown) == (None, "Đã xem lại.")
    assert (report.answer, report.answered_by) == ("Đã xem lại.", scene.organizer.id)
    lines = scene.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    assert [line.act for line in lines] == [
        "gallery.report",
        "gallery.take_down",
        "gallery.answer",
    ]


def test_an_answer_may_let_the_entry_stay(scene):
    entry = scene.entry()
    shown_at = entry.published_at
    report = send(scene, entry, scene.person())
    answer(scene, report, takes_down=False)
    assert (entry.published_at, entry.takedown) == (shown_at, None)
    with pytest.raises(Conflict):
        answer(scene, report, takes_down=True)
    assert entry.published_at == shown_at


def test_a_second_report_of_what_left_takes_nothing_down_again(scene):
    entry = scene.entry()
    first, second = (send(scene, entry, scene.person()) for _ in range(2))
    answer(scene, first, takes_down=True)
    entry.takedown = "lý do đầu"
    answer(scene, second, takes_down=True)
    assert entry.takedown == "lý do đầu"


def test_the_queue_has_the_unanswered_first_and_the_oldest_of_them_on_top(scene):
    sent = [
        send(scene, scene.entry(title=title), scene.person(), scene.at + timedelta(minutes=at))
        for title, at in (("b", 2), ("a", 1), ("c", 0))
    ]
    answer(scene, sent[2], takes_down=False)
    rows = reports.queue(scene.session, scene.round.id, offset=0, limit=9)
    assert [row.title for row in rows] == ["a", "b", "c"]


def test_a_report_of_another_round_is_not_found(scene):
    report = send(scene, scene.entry(), scene.person())
    assert reports.one(scene.session, scene.round.id, report.code).report is report
    for round_id, code in ((0, report.code), (scene.round.id, "none")):
        with pytest.raises(NotFound):
            reports.one(scene.session, round_id, code)


def test_one_reads_the_answer_after_the_entry_is_gone(scene):
    by = scene.person()
    report = send(scene, scene.entry(title="bài"), by)
    answer(scene, report, takes_down=True)
    (row,) = reports.mine(scene.session, by.id)
    assert (row.title, row.report.answer) == ("bài", "Đã xem lại.")


@pytest.mark.parametrize("count", [1, 5])
def test_the_queue_asks_as_often_for_many_as_for_few(scene, count_statements, count):
    for _ in range(count):
        send(scene, scene.entry(), scene.person())
    round_id = scene.round.id
    with count_statements() as counted:
        assert len(reports.queue(scene.session, round_id, offset=0, limit=50)) == count
    assert len(counted) == 1
