"""What organizers do with entries: once, in their own part, written in the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories.entries import make_entries_round
from factories.watching import AT, flagged, make_file, make_scene
from sqlalchemy import select

from contest.core import jobs
from contest.core.audit import AuditEntry
from contest.core.jobs import Job
from contest.entries import filing, handling
from contest.entries.handling import Where
from contest.entries.models import EntryState
from contest.errors import Conflict, Invalid, NotFound
from contest.media.models import Media
from contest.media.queries import Phase

WHERE = Where("hoi-thi", "video")
ELSEWHERE = Where("hoi-thi", "none")


def acts(session):
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(row.act, row.subject, row.facts) for row in rows]


def phase_of(session, file):
    (found,) = filing.files_of(session, [file])
    return found.phase


def test_an_entry_is_refused_with_a_reason_and_taken_back(session):
    scene = make_scene(session)
    boss, entry = scene.visitor(), scene.entry()
    for _ in range(2):  # a double tap
        handling.refuse(session, WHERE, entry.code, reason="Lạc đề", by=boss, now=AT)
    assert (entry.state, entry.refusal) == (EntryState.REFUSED, "Lạc đề")
    with pytest.raises(Conflict):
        handling.refuse(session, WHERE, entry.code, reason="Khác", by=boss, now=AT)
    for _ in range(2):
        handling.take_back(session, WHERE, entry.code, by=boss, now=AT)
    assert (entry.state, entry.refusal) == (EntryState.SENT, None)
    assert acts(session) == [
        ("entries.refuse", f"entry:{entry.code}", {"reason": "Lạc đề"}),
        ("entries.take_back", f"entry:{entry.code}", {}),
    ]
    line = session.scalars(select(AuditEntry)).first()
    assert (line.by, line.unit_id, line.contest) == (boss.id, scene.province.id, "hoi-thi")


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_only_what_was_handed_in_is_refused_or_read_for_names(session, state):
    scene = make_scene(session)
    boss, entry = scene.visitor(), scene.entry()
    entry.state = state
    session.flush()
    with pytest.raises(Conflict):
        handling.refuse(session, WHERE, entry.code, reason="x", by=boss, now=AT)
    with pytest.raises(Conflict):
        handling.take_back(session, WHERE, entry.code, by=boss, now=AT)
    with pytest.raises(Conflict):
        handling.redact(session, WHERE, entry.code, title="a", text="b", version=1, by=boss, now=AT)
    assert acts(session) == []


def test_nothing_changes_once_results_are_official(session):
    scene = make_scene(session, settled_at=AT)
    boss, entry = scene.visitor(), scene.entry()
    with pytest.raises(Conflict):
        handling.refuse(session, WHERE, entry.code, reason="x", by=boss, now=AT)
    with pytest.raises(Conflict):
        handling.redact(session, WHERE, entry.code, title="a", text="b", version=1, by=boss, now=AT)
    assert entry.state == EntryState.SENT


def test_every_act_is_for_organizers_of_the_place_alone(session):
    scene = make_scene(session)
    entry = scene.entry()
    file = make_file(session, entry, "stuck")
    flag = flagged(session, entry, scene.entry())
    for by, where, is_known in (
        (scene.visitor("organizer", scene.other), WHERE, True),
        (scene.visitor("judge"), WHERE, True),
        (scene.visitor(), ELSEWHERE, True),
        (scene.visitor(), WHERE, False),
    ):
        codes = [entry.code, file.code, flag.code] if is_known else ["none"] * 3
        for act, code, facts in (
            (handling.refuse, codes[0], {"reason": "x"}),
            (handling.take_back, codes[0], {}),
            (handling.redact, codes[0], {"title": "a", "text": "b", "version": 1}),
            (handling.set_languages, codes[0], {"languages": ["hmn"], "version": 1}),
            (handling.make_again, codes[1], {}),
            (handling.refuse_file, codes[1], {"reason": "x"}),
            (handling.decide, codes[2], {"verdict": "fine", "reason": "x"}),
        ):
            with pytest.raises(NotFound):
                act(session, where, code, by=by, now=AT, **facts)
    assert acts(session) == []


def test_an_entry_of_another_round_is_not_found(session):
    scene = make_scene(session)
    make_entries_round(session, scene.contest, "khac")
    entry = scene.entry()
    with pytest.raises(NotFound):
        handling.refuse(
            session, Where("hoi-thi", "khac"), entry.code, reason="x", by=scene.visitor(), now=AT
        )


def test_words_for_the_jury_are_kept_for_the_version_that_was_read(session):
    scene = make_scene(session)
    boss, entry = scene.visitor(), scene.entry()
    facts = {"title": "Bài […]", "text": "", "by": boss, "now": AT}
    for _ in range(2):
        handling.redact(session, WHERE, entry.code, version=1, **facts)
    assert (entry.redacted_title, entry.redacted) == ("Bài […]", "")
    entry.version = 2
    session.flush()
    with pytest.raises(Conflict):
        handling.redact(session, WHERE, entry.code, version=1, **facts)
    # The log never holds the words: they may be names.
    assert acts(session) == [("entries.redact", f"entry:{entry.code}", {"version": 1})]


def test_an_organizer_says_which_languages_the_jury_must_know(session):
    scene = make_scene(session)
    boss, entry = scene.visitor(), scene.entry(languages=["hmn"])
    assert entry.jury_languages == ["hmn"]
    for _ in range(2):  # a double tap
        handling.set_languages(
            *(session, WHERE, entry.code), languages=["eng", "ium"], version=1, by=boss, now=AT
        )
    assert (entry.jury_languages, entry.languages) == (["ium", "eng"], ["hmn"])
    assert entry.known_languages == ["ium", "eng"]
    facts = {"languages": ["ium", "eng"], "before": ["hmn"], "version": 1}
    assert acts(session) == [("entries.set_languages", f"entry:{entry.code}", facts)]
    for wrong, version, error in ((["vie"], 1, Invalid), (["hmn"], 2, Conflict)):
        with pytest.raises(error):
            handling.set_languages(
                *(session, WHERE, entry.code), languages=wrong, version=version, by=boss, now=AT
            )
    assert entry.jury_languages == ["ium", "eng"]
    assert len(acts(session)) == 1


@pytest.mark.parametrize(
    ("facts", "scene_facts"),
    [
        ({"is_draft": True}, {}),
        ({"kind": "practical"}, {}),
        ({}, {"settled_at": AT}),
    ],
    ids=["draft", "practical", "settled"],
)
def test_languages_are_said_of_what_a_jury_is_still_to_judge(session, facts, scene_facts):
    scene = make_scene(session, **scene_facts)
    boss, entry = scene.visitor(), scene.entry(**facts)
    with pytest.raises(Conflict):
        handling.set_languages(
            *(session, WHERE, entry.code),
            languages=["hmn"],
            version=entry.version,
            by=boss,
            now=AT,
        )
    assert acts(session) == []


@pytest.mark.parametrize("state", ["stuck", "stopped", "rejected", "kept"])
def test_a_file_is_made_again_with_a_job_of_its_own(session, state):
    scene = make_scene(session)
    boss, entry = scene.visitor(), scene.entry()
    file = make_file(session, entry, state, compare_asked_at=AT)
    before = session.scalars(select(Media)).one().job
    handling.make_again(session, WHERE, file.code, by=boss, now=AT)
    medium = session.scalars(select(Media)).one()
    job = session.scalars(select(Job).where(Job.code == medium.job)).one()
    assert medium.job != before
    assert (job.name, job.state, job.owner_id) == ("media.process", "waiting", boss.id)
    assert phase_of(session, file) is Phase.WAITING
    assert file.compare_asked_at is None  # it will be compared anew
    left = session.scalars(select(Job.state).where(Job.code == before)).one()
    assert left == ("cancelled" if state in {"stuck", "stopped"} else "done")
    with pytest.raises(Conflict):
        handling.make_again(session, WHERE, file.code, by=boss, now=AT)
    assert [act for act, _, _ in acts(session)] == ["entries.make_again"]


def test_a_file_that_could_not_be_stored_is_stored_again(session):
    scene = make_scene(session)
    boss, entry = scene.visitor(), scene.entry()
    file = make_file(session, entry, "unstored")
    assert phase_of(session, file) is Phase.STUCK
    later = AT + timedelta(days=1)
    handling.make_again(session, WHERE, file.code, by=boss, now=later)
    job = session.scalars(select(Job).where(Job.name == "uploads.finish")).one()
    assert (job.state, job.tries, job.run_at, job.error) == (jobs.State.WAITING, 0, later, None)
    assert phase_of(session, file) is Phase.WAITING
    with pytest.raises(Conflict):
        handling.make_again(session, WHERE, file.code, by=boss, now=later)


@pytest.mark.parametrize("state", ["stuck", "stopped"])
def test_a_stuck_file_is_given_up_with_a_reason_the_sender_reads(session, state):
    scene = make_scene(session)
    boss, entry = scene.visitor(), scene.entry()
    file = make_file(session, entry, state)
    handling.refuse_file(session, WHERE, file.code, reason="Không mở được", by=boss, now=AT)
    medium = session.scalars(select(Media)).one()
    assert phase_of(session, file) is Phase.REJECTED
    assert medium.reason["message"] % medium.reason["facts"] == (
        "Ban tổ chức không nhận tệp này. Lý do: Không mở được"
    )
    assert entry.state == EntryState.SENT  # the entry itself stays
    assert session.scalars(select(Job.state)).one() == jobs.State.CANCELLED
    with pytest.raises(Conflict):
        handling.refuse_file(session, WHERE, file.code, reason="x", by=boss, now=AT)


@pytest.mark.parametrize("state", ["ready", "waiting", "coming", "kept", "unstored"])
def test_a_file_nobody_waits_for_is_not_given_up(session, state):
    scene = make_scene(session)
    boss = scene.visitor()
    file = make_file(session, scene.entry(), state)
    before = phase_of(session, file)
    with pytest.raises(Conflict):
        handling.refuse_file(session, WHERE, file.code, reason="x", by=boss, now=AT)
    assert phase_of(session, file) is before


def test_a_likeness_is_decided_and_refuses_nobody(session):
    scene = make_scene(session)
    boss, first, second = scene.visitor(), scene.entry(), scene.entry()
    flag = flagged(session, first, second)
    said = {"by": boss, "now": AT}
    for _ in range(2):
        handling.decide(session, WHERE, flag.code, verdict="copied", reason="Y hệt", **said)
    assert (flag.verdict, flag.reason, flag.decided_by, flag.decided_at) == (
        *("copied", "Y hệt", boss.id),
        AT,
    )
    handling.decide(session, WHERE, flag.code, verdict="fine", reason="Nhầm", **said)
    assert flag.verdict == "fine"
    assert (first.state, second.state) == (EntryState.SENT, EntryState.SENT)
    assert [(act, facts["verdict"]) for act, _, facts in acts(session)] == [
        ("entries.decide_likeness", "copied"),
        ("entries.decide_likeness", "fine"),
    ]
    with pytest.raises(Invalid):
        handling.decide(session, WHERE, flag.code, verdict="reject", reason="x", **said)
