"""What of an entry comes through the one read, and which of its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from factories.jury import (
    CLIP,
    HIDDEN,
    NOON,
    PDF,
    PICTURE,
    WORD,
    Jury,
    add_file,
    make_jury,
    make_work,
    say_later,
)
from sqlalchemy.orm import Session

from contest.core.storage import DiskStorage
from contest.entries.models import Entry, EntryVersion
from contest.errors import NotFound
from contest.judging import blind, judge_queries
from contest.judging.blind import BlindEntry, BlindMedia, Names
from contest.judging.judge_queries import Work
from contest.media.models import State
from contest.rules.entry_rules import EntryKind, Link
from contest.rules.media import FileKind, What


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session)


@pytest.fixture
def files(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path)


def reach(session: Session, jury: Jury, entry: Entry) -> Work:
    return judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=NOON)


def read(session: Session, jury: Jury, entry: Entry, files: DiskStorage) -> BlindEntry:
    return blind.read(session, reach(session, jury, entry), files)


def test_an_entry_comes_as_it_was_handed_in_and_without_whose_it_is(
    session: Session, jury: Jury, files: DiskStorage
) -> None:
    entry = make_work(
        session,
        jury,
        kind="model",
        title="Tổ công nghệ số",
        text="Cách làm.",
        figures=[{"name": "Số hộ", "value": "120"}],
        links=[{"host": "youtube", "id": "abcdefghijk"}],
        languages=["hmn"],
    )
    entry.title, entry.text = "đang sửa dở", "chưa gửi"  # after handing in
    entry.languages = ["ium"]
    add_file(session, files, entry, What.CLIP, CLIP, seconds=90.0, about="Cảnh họp", captions="W")
    found = read(session, jury, entry, files)
    assert found == BlindEntry(
        blind_code=entry.blind_code,
        kind=EntryKind.MODEL,
        title="Tổ công nghệ số",
        text="Cách làm.",
        figures=(("Số hộ", "120"),),
        links=(Link("youtube", "abcdefghijk"),),
        languages=("hmn",),
        media=(
            BlindMedia(
                n=1,
                number=1,
                what=What.CLIP,
                state=State.READY,
                kinds=(FileKind.SMALL, FileKind.LARGE, FileKind.POSTER),
                seconds=90.0,
                width=None,
                height=None,
                about="Cảnh họp",
                has_captions=True,
                text=None,
                trouble=None,
                is_raw=False,
            ),
        ),
        withheld=0,
        is_redacted=False,
        names=None,
    )
    assert [word for word in HIDDEN if word in repr(found)] == []


def test_a_redacted_text_takes_the_place_of_all_that_was_typed(
    session: Session, jury: Jury, files: DiskStorage
) -> None:
    entry = make_work(
        session,
        jury,
        title="Bài của TEN-RIENG",
        text="Em là TEN-RIENG",
        figures=[{"name": "TEN-RIENG", "value": "1"}],
        kind="model",
        redacted="Em là ███",
        redacted_title="Bài của ███",
    )
    add_file(session, files, entry, What.PICTURE, PICTURE, about="TEN-RIENG đứng bên trái")
    add_file(session, files, entry, What.DOCUMENT, WORD)
    found = read(session, jury, entry, files)
    assert (found.title, found.text, found.figures, found.is_redacted) == (
        "Bài của ███",
        "Em là ███",
        (),
        True,
    )
    # A document is the work itself: only an organizer's act of its own keeps it away.
    assert [(one.what, one.about) for one in found.media] == [
        (What.PICTURE, ""),
        (What.DOCUMENT, ""),
    ]
    assert "TEN-RIENG" not in repr(found)


def test_a_withheld_file_does_not_come_and_leaves_the_others_their_addresses(
    session: Session, jury: Jury, files: DiskStorage
) -> None:
    entry = make_work(session, jury, kind="essay")
    for withheld in ("TEN-RIENG trong tệp", None):
        add_file(session, files, entry, What.DOCUMENT, WORD, withheld=withheld)
    add_file(
        *(session, files, entry, What.CLIP, CLIP),
        withheld="Tên",
        captions="TEN-RIENG",
        about="TEN-RIENG",
    )
    found = read(session, jury, entry, files)
    assert [(one.n, one.number, one.what) for one in found.media] == [(2, 2, What.DOCUMENT)]
    assert found.withheld == 2
    assert "TEN-RIENG" not in repr(found)
    for _ in range(2):
        work = reach(session, jury, entry)
        assert blind.file(session, work, 2, FileKind.PREVIEW).name.endswith("-2")
        for n in (1, 3):
            for kind in FileKind:
                with pytest.raises(NotFound):
                    blind.file(session, work, n, kind)
        with pytest.raises(NotFound):
            blind.captions(session, work, 3)
        jury.phase.sees_names = True  # a phase that shows names shows no withheld file either
        session.flush()


def test_names_come_only_in_a_phase_that_shows_them(
    session: Session, jury: Jury, files: DiskStorage
) -> None:
    entry = make_work(session, jury)
    member = entry.members[0]
    jury.phase.sees_names = True
    session.flush()
    names = read(session, jury, entry, files).names
    assert names is not None
    assert names == Names(names.sender, names.unit, (member,))
    assert names.sender.startswith("NGUOI-GUI")
    assert names.unit.startswith("TRUONG-HIDDEN")


def kinds(session: Session, jury: Jury, entry: Entry) -> list[str]:
    """Which files of the first medium can be fetched."""
    work, found = reach(session, jury, entry), []
    for kind in FileKind:
        try:
            blind.file(session, work, 1, kind)
        except NotFound:
            continue
        found.append(kind.value)
    return found


@pytest.mark.parametrize(
    ("what", "contents", "state", "blindly", "with_names"),
    [
        (
            What.CLIP,
            CLIP,
            State.READY,
            ["480p", "720p", "poster"],
            ["original", "480p", "720p", "poster"],
        ),
        (What.PICTURE, PICTURE, State.READY, ["picture"], ["original", "picture"]),
        (What.DOCUMENT, WORD, State.READY, ["preview"], ["original", "preview"]),
        (What.DOCUMENT, PDF, State.READY, ["preview", "paper"], ["original", "preview", "paper"]),
        (What.DOCUMENT, PDF[:2], State.READY, ["paper"], ["original", "paper"]),
        (What.DOCUMENT, PDF[:1], State.READY, ["original"], ["original"]),
        (What.CLIP, CLIP[:1], State.KEPT, ["original"], ["original"]),
        (What.CLIP, CLIP[:1], State.WAITING, [], []),
        (What.CLIP, CLIP[:1], State.REJECTED, [], []),
    ],
)
def test_the_original_stays_away_while_there_is_anything_of_ours(
    session: Session,
    jury: Jury,
    files: DiskStorage,
    *,
    what: What,
    contents: Any,
    state: State,
    blindly: list[str],
    with_names: list[str],
) -> None:
    entry = make_work(session, jury)
    add_file(session, files, entry, what, contents, state=state)
    assert kinds(session, jury, entry) == blindly
    (one,) = read(session, jury, entry, files).media
    assert one.is_raw is (blindly == ["original"])
    jury.phase.sees_names = True
    session.flush()
    assert kinds(session, jury, entry) == with_names


def test_files_have_names_and_hashes_of_ours(
    session: Session, jury: Jury, files: DiskStorage
) -> None:
    entry, twin = make_work(session, jury, place=1), make_work(session, jury, place=2)
    sent = add_file(session, files, entry, What.DOCUMENT, PDF)
    add_file(session, files, twin, What.DOCUMENT, PDF)
    one = blind.file(session, reach(session, jury, entry), 1, "paper")
    other = blind.file(session, reach(session, jury, twin), 1, "paper")
    assert one.name == f"bai-{entry.blind_code}-1.pdf"
    assert sent.sha256 is not None
    assert len({one.kept.sha256, other.kept.sha256, sent.sha256}) == 3
    assert (
        blind.file(session, reach(session, jury, entry), 1, "paper").kept.sha256 == one.kept.sha256
    )


def test_a_word_file_is_read_as_plain_text(
    session: Session, jury: Jury, files: DiskStorage
) -> None:
    entry = make_work(session, jury, kind="essay")
    add_file(session, files, entry, What.DOCUMENT, WORD)
    assert [one.text for one in read(session, jury, entry, files).media] == [
        "Bài viết về ví điện tử."
    ]


def test_only_files_of_what_was_handed_in_last_count(
    session: Session, jury: Jury, files: DiskStorage
) -> None:
    entry = make_work(session, jury)
    add_file(session, files, entry, What.PICTURE, PICTURE)
    version = session.get_one(EntryVersion, (entry.id, 1))
    kept = version.content
    add_file(session, files, entry, What.PICTURE, PICTURE)
    version.content = kept  # the second one was added after handing in
    session.flush()
    assert len(read(session, jury, entry, files).media) == 1
    for n in (0, 2, 9):
        with pytest.raises(NotFound):
            blind.file(session, reach(session, jury, entry), n, "picture")


def test_captions_are_handed_out_where_there_are_any(
    session: Session, jury: Jury, files: DiskStorage
) -> None:
    entry = make_work(session, jury)
    add_file(session, files, entry, What.CLIP, CLIP, captions="WEBVTT")
    add_file(session, files, entry, What.PICTURE, PICTURE)
    work = reach(session, jury, entry)
    assert blind.captions(session, work, 1) == "WEBVTT"
    with pytest.raises(NotFound):
        blind.captions(session, work, 2)


def test_what_is_said_of_a_file_after_handing_in_does_not_reach_the_jury(
    session: Session, jury: Jury, files: DiskStorage
) -> None:
    entry = make_work(session, jury)
    add_file(session, files, entry, What.CLIP, CLIP, captions="WEBVTT 1", about="Cảnh họp")
    add_file(session, files, entry, What.CLIP, CLIP)
    say_later(session, entry, "TEN-RIENG", "WEBVTT TEN-RIENG")
    found, work = read(session, jury, entry, files), reach(session, jury, entry)
    assert [(one.about, one.has_captions) for one in found.media] == [
        ("Cảnh họp", True),
        ("", False),
    ]
    assert blind.captions(session, work, 1) == "WEBVTT 1"
    with pytest.raises(NotFound):
        blind.captions(session, work, 2)
    say_later(session, entry, "", None)  # handed in again, then taken out
    assert blind.captions(session, work, 1) == "WEBVTT TEN-RIENG"


@pytest.mark.parametrize("count", [1, 8])
def test_reading_costs_the_same_with_one_file_or_many(
    session: Session,
    jury: Jury,
    files: DiskStorage,
    count: int,
    count_statements: Callable[[], Any],
) -> None:
    entry = make_work(session, jury)
    for _ in range(count):
        add_file(session, files, entry, What.PICTURE, PICTURE)
    code = entry.blind_code
    by = jury.judge.id
    session.expunge_all()
    with count_statements() as counted:
        work = judge_queries.reach(session, code, by=by, now=NOON)
    assert len(counted) == 2  # the entry with all rights, the units on both sides
    with count_statements() as counted:
        blind.read(session, work, files)
    assert len(counted) == 3  # what was handed in, its files with their media, the made files
