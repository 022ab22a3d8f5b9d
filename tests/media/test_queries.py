"""Reading media: few statements however many, and what is like what."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.media import LONG_AGO, make_media
from sqlalchemy.orm import Session

from contest.core.storage import DiskStorage
from contest.errors import NotFound
from contest.media import queries, service
from contest.media.made import Prints
from contest.media.models import Media
from contest.media.queries import Found, Sense
from contest.rules.media import FileKind, What

CHANCE = np.random.default_rng(11)
CLIP = CHANCE.integers(1, 2**63, 60, np.uint64).astype(">u8").tobytes()
SOUND = CHANCE.integers(0, 2**32, 480, np.uint32).astype("<u4").tobytes()


@pytest.fixture
def files(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "files")


def ready(
    session: Session, files: DiskStorage, subject: str, prints: Prints, **facts: Any
) -> Media:
    data = facts.pop("data", subject.encode())
    media = make_media(session, files, data, subject=subject, **facts)
    service.made(
        session,
        media.code,
        job=media.job,
        kept=[],
        prints=prints,
        media_type="video/mp4",
        now=LONG_AGO,
    )
    session.commit()
    return media


def test_a_list_of_subjects_takes_two_statements_however_long(
    session: Session, files: DiskStorage, count_statements: Any
) -> None:
    subjects = [f"entry:{no}" for no in range(3)]
    for subject in subjects:
        make_media(session, files, subject.encode(), subject=subject)
    session.expire_all()
    session.rollback()
    for asked in (subjects[:1], subjects):
        session.expunge_all()
        with count_statements() as counted:
            found = queries.of_subjects(session, [*asked, "entry:none"])
            kinds = [one.file(FileKind.ORIGINAL) for subject in asked for one in found[subject]]
        assert len(counted) == 2
        assert [kind is not None for kind in kinds] == [True] * len(asked)
        assert found["entry:none"] == []


def test_likenesses_name_the_other_and_the_seconds(session: Session, files: DiskStorage) -> None:
    mine = ready(session, files, "entry:c1.a", Prints(CLIP, SOUND), data=b"same")
    part = Prints(CLIP[8 * 20 :], SOUND[4 * 160 :])
    piece = ready(session, files, "entry:c1.b", part)
    twin = ready(session, files, "entry:c1.c", Prints(), data=b"same")
    ready(session, files, "entry:c1.a", Prints(CLIP, SOUND))  # the entrant's own second file
    ready(session, files, "entry:c2.d", Prints(CLIP, SOUND))  # of another contest
    noise = CHANCE.integers(1, 2**63, 60, np.uint64).astype(">u8").tobytes()
    ready(session, files, "entry:c1.e", Prints(noise))
    assert queries.alike(session, mine.code, among="entry:c1.") == [
        Found(twin.code, "entry:c1.c", Sense.BYTES, 0, 0, 0, 1.0),
        Found(piece.code, "entry:c1.b", Sense.PICTURE, 40, 20, 0, 1.0),
        Found(piece.code, "entry:c1.b", Sense.SOUND, 39, 19, 0, 1.0),
    ]


def test_pictures_are_like_pictures_only(session: Session, files: DiskStorage) -> None:
    mine = ready(session, files, "entry:1", Prints(CLIP[:8]), what=What.PICTURE)
    near = bytearray(CLIP[:8])
    near[3] ^= 0b101
    other = ready(session, files, "entry:2", Prints(bytes(near)), what=What.PICTURE)
    ready(session, files, "entry:3", Prints(CLIP[8:16]), what=What.PICTURE)
    ready(session, files, "entry:4", Prints(CLIP, SOUND), what=What.CLIP)
    assert queries.alike(session, mine.code, among="entry:") == [
        Found(other.code, "entry:2", Sense.PICTURE, 0, 0, 0, round(62 / 64, 3))
    ]


def test_a_medium_without_fingerprints_is_compared_by_its_bytes(
    session: Session, files: DiskStorage
) -> None:
    mine = ready(session, files, "entry:1", Prints(), data=b"pdf", what=What.DOCUMENT)
    ready(session, files, "entry:2", Prints(), data=b"pdf", what=What.DOCUMENT)
    assert [one.sense for one in queries.alike(session, mine.code, among="entry:")] == ["bytes"]


def test_what_is_not_there_is_not_found(session: Session, files: DiskStorage) -> None:
    media = make_media(session, files, b"x")
    assert queries.file(session, media.code, FileKind.ORIGINAL).bytes == 1
    for wanted in ((media.code, FileKind.SMALL), ("nothing", FileKind.ORIGINAL)):
        with pytest.raises(NotFound):
            queries.file(session, *wanted)
    with pytest.raises(NotFound):
        queries.one(session, "nothing")
