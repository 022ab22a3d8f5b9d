"""The same clip, sent twice in one contest, is shown to people; another one is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from factories import clips
from factories.contests import make_contest, make_division, make_registration
from factories.entries import make_entries_round, make_entry
from factories.media import make_media
from factories.people import make_account
from factories.watching import AT, make_file, make_scene
from sqlalchemy import select

from contest import closing, worker
from contest.core import jobs
from contest.core.jobs import Job
from contest.core.storage import DiskStorage
from contest.entries import comparing
from contest.entries.models import EntryFile, SimilarityFlag
from contest.media.models import Media, State

HANDLERS = {name: worker.HANDLERS[name] for name in ("media.process", comparing.JOB)}
SECONDS = 24


@pytest.fixture
def files(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "files")


@pytest.fixture(scope="session")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    made: dict[object, bytes] = {}

    def give(seed: int, *changes: object, before: tuple[object, ...] = ()) -> bytes:
        key = (seed, changes, before)
        if key not in made:
            folder = tmp_path_factory.mktemp("filmed")
            path = folder / "a.mp4"
            clips.filmed(path, seed, SECONDS)
            if changes or before:
                again = folder / "b.mp4"
                clips.run(*before, "-i", path, *changes, *clips.X264, again)
                path = again
            made[key] = path.read_bytes()
        return made[key]

    return give


def send(session, files, entry, data, *, minutes=0):
    """Put a clip into an entry as the sender's side does."""
    media = make_media(session, files, data, subject=f"entry:{entry.code}", now=AT)
    original = media.files[0]
    file = make_file(session, entry, "coming", received_at=AT + timedelta(minutes=minutes))
    file.media, file.sha256 = media.code, original.sha256
    session.commit()
    return file


def work(session, files) -> None:
    """Let the worker do all there is, jobs and the step, until nothing is left."""
    session.commit()
    done = True
    while done:
        done = worker.work_once(HANDLERS, files, clock_now=lambda: AT + timedelta(hours=1))
        done = worker.run_step(closing.compare_entries, AT + timedelta(hours=1), None) or done
    session.expire_all()


def told(session) -> dict[str, tuple[int, int, int, int]]:
    """Return by sense: the later entry, the earlier one, and the two moments."""
    rows = session.scalars(select(SimilarityFlag).order_by(SimilarityFlag.id)).all()
    assert len({row.sense for row in rows}) == len(rows)
    return {row.sense: (row.entry_id, row.other_id, row.at_s, row.there_s) for row in rows}


CHANGES = {
    "encoded anew, worse": ("-crf", "38", "-b:a", "32k"),
    "cropped a little": ("-vf", "crop=iw*0.94:ih*0.94"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_clip_encoded_anew_or_cropped_is_shown_at_the_same_moments(session, files, filmed, name):
    scene = make_scene(session)
    first, second = scene.entry(), scene.entry()
    send(session, files, first, filmed(1))
    send(session, files, second, filmed(1, *CHANGES[name]), minutes=5)
    work(session, files)
    assert told(session) == {
        "picture": (second.id, first.id, 0, 0),
        "sound": (second.id, first.id, 0, 0),
    }
    flags = session.scalars(select(SimilarityFlag)).all()
    assert {(flag.round_id, flag.verdict) for flag in flags} == {(scene.round.id, None)}
    assert {entry.state for entry in (first, second)} == {"sent"}  # nothing is refused by itself


def test_a_part_of_a_clip_is_shown_where_it_was_taken_from(session, files, filmed):
    scene = make_scene(session)
    first, second = scene.entry(), scene.entry()
    # The part was sent first, so it is the earlier one.
    send(session, files, first, filmed(1, "-t", "12", before=("-ss", "8")))
    send(session, files, second, filmed(1), minutes=1)
    work(session, files)
    found = told(session)
    assert {(later, earlier) for later, earlier, _, _ in found.values()} == {(second.id, first.id)}
    _, _, at, there = found["picture"]
    assert at - there == 8
    _, _, at, there = found["sound"]
    assert at - there in {7, 8}


def test_equal_bytes_are_shown_whichever_was_ready_first(session, files, filmed):
    scene = make_scene(session)
    early, late = scene.entry(), scene.entry()
    send(session, files, late, filmed(1), minutes=9)  # its medium is the older row
    send(session, files, early, filmed(1), minutes=1)
    work(session, files)
    assert told(session) == {
        "bytes": (late.id, early.id, 0, 0),
        "picture": (late.id, early.id, 0, 0),
        "sound": (late.id, early.id, 0, 0),
    }


def test_different_clips_and_an_entrys_own_replacement_are_not_shown(session, files, filmed):
    scene = make_scene(session)
    mine, other = scene.entry(), scene.entry()
    old = send(session, files, mine, filmed(1))
    old.removed_at = AT
    send(session, files, mine, filmed(1, *CHANGES["cropped a little"]), minutes=3)
    send(session, files, other, filmed(2))
    work(session, files)
    assert told(session) == {}
    asked = session.scalars(select(EntryFile.compare_asked_at)).all()
    assert len(asked) == 3
    assert None not in asked


def test_rounds_of_one_contest_are_compared_and_other_contests_are_not(session, files):
    scene = make_scene(session)
    elsewhere = make_entries_round(session, scene.contest, "chung-khao")
    first = scene.entry()
    second = make_entry(session, elsewhere, scene.person())
    foreign = make_contest(session, "cuoc-khac", scene.province)
    division = make_division(session, foreign)
    abroad = make_entries_round(session, foreign)
    person = make_registration(session, foreign, division, make_account(session))
    third = make_entry(session, abroad, person)
    for number, entry in enumerate((first, second, third)):
        file = make_file(
            session, entry, "kept", sha256="a" * 64, received_at=AT + timedelta(minutes=number)
        )
        assert file.media
    work(session, files)
    assert told(session) == {"bytes": (second.id, first.id, 0, 0)}
    assert session.scalars(select(SimilarityFlag)).one().round_id == elsewhere.id


def test_comparing_is_asked_for_once_and_again_when_a_file_was_made_anew(session, files):
    scene = make_scene(session)
    entry, other = scene.entry(), scene.entry()
    one = make_file(session, entry, "ready", sha256="b" * 64)
    make_file(session, other, "ready", sha256="b" * 64)
    for state in ("waiting", "coming", "rejected", "stuck"):
        make_file(session, entry, state)
    assert comparing.ask_due(session, now=AT, limit=1) == 1
    assert comparing.ask_due(session, now=AT, limit=9) == 1
    assert comparing.ask_due(session, now=AT, limit=9) == 0
    work(session, files)
    (code,) = session.scalars(select(SimilarityFlag.code))
    one.compare_asked_at = None  # what handling.make_again leaves
    work(session, files)
    assert session.scalars(select(SimilarityFlag.code)).all() == [code]  # each likeness once
    of_ours = select(Job.state).where(Job.name == comparing.JOB)
    assert session.scalars(of_ours).all() == [jobs.State.DONE] * 3


def test_comparing_a_file_that_is_gone_ends_well(session, files):
    scene = make_scene(session)
    file = make_file(session, scene.entry(), "ready")
    comparing.ask_due(session, now=AT, limit=9)
    session.delete(session.scalars(select(Media).where(Media.state == State.READY)).one())
    session.delete(file)
    work(session, files)
    states = session.scalars(select(Job.state).where(Job.name == comparing.JOB)).all()
    assert states == [jobs.State.DONE]


def test_one_file_never_buries_the_list(session, files, monkeypatch):
    monkeypatch.setattr(comparing, "MOST_FLAGS", 3)
    scene = make_scene(session)
    for _ in range(6):
        make_file(session, scene.entry(), "kept", sha256="c" * 64)
    comparing.ask_due(session, now=AT, limit=1)
    session.commit()
    worker.work_once(HANDLERS, files, clock_now=lambda: AT + timedelta(hours=1))
    assert len(session.scalars(select(SimilarityFlag)).all()) == 3
