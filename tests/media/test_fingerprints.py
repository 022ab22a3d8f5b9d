"""The same clip is found again after encoding, cropping, trimming; a different one is not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from factories import clips

from contest.media import fingerprints, tools, video
from contest.media.made import Prints
from contest.rules.media import Limits


def prints(path: Path, folder: Path) -> Prints:
    tool = tools.ffmpeg()
    assert tool
    source = clips.copy_of(path, folder)
    return video.make(tool, source, Limits(), tell=lambda _done, _total, _stage: None).prints


CHANGES: dict[str, tuple[object, ...]] = {
    "encoded anew, worse": ("-crf", "38", "-b:a", "32k"),
    "smaller": ("-vf", "scale=120:90", "-ar", "22050"),
    "cropped a little": ("-vf", "crop=iw*0.94:ih*0.94"),
    "brighter": ("-vf", "eq=brightness=0.08:contrast=1.1"),
}


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Prints]:
    made: dict[str, Prints] = {}

    def give(name: str, seed: int, *changes: object, before: tuple[object, ...] = ()) -> Prints:
        if name not in made:
            folder = tmp_path_factory.mktemp("filmed")
            path = folder / "a.mp4"
            clips.filmed(path, seed)
            if changes or before:
                again = folder / "b.mp4"
                clips.run(*before, "-i", path, *changes, *clips.X264, again)
                path = again
            made[name] = prints(path, folder / "work")
        return made[name]

    return give


@pytest.mark.parametrize("name", CHANGES)
def test_the_same_clip_changed_is_found_at_the_same_seconds(
    name: str, filmed: Callable[..., Prints]
) -> None:
    first, other = filmed("first", 1), filmed("other", 2)
    again = filmed(name, 1, *CHANGES[name])
    (seen,) = fingerprints.alike(again.frames, [other.frames, first.frames])
    assert (seen.other, seen.at, seen.there) == (1, 0, 0)
    assert seen.seconds >= 20
    assert seen.share >= 0.8
    (heard,) = fingerprints.same_sound(again.sound, [other.sound, first.sound])
    assert (heard.other, heard.at, heard.there) == (1, 0, 0)
    assert heard.seconds >= 18


def test_a_part_of_a_clip_is_found_where_it_was_taken_from(filmed: Callable[..., Prints]) -> None:
    first, other = filmed("first", 1), filmed("other", 2)
    part = filmed("part", 1, "-t", "12", before=("-ss", "8"))
    (seen,) = fingerprints.alike(part.frames, [other.frames, first.frames])
    assert (seen.other, seen.there - seen.at) == (1, 8)
    assert seen.seconds >= 10
    (heard,) = fingerprints.same_sound(part.sound, [other.sound, first.sound])
    assert heard.other == 1
    assert heard.there - heard.at in {7, 8}
    (turned_round,) = fingerprints.alike(first.frames, [part.frames])
    assert (turned_round.at - turned_round.there, turned_round.seconds) == (8, seen.seconds)


def test_a_different_clip_is_not_found(filmed: Callable[..., Prints]) -> None:
    first, other = filmed("first", 1), filmed("other", 2)
    assert fingerprints.alike(first.frames, [other.frames]) == []
    assert fingerprints.same_sound(first.sound, [other.sound]) == []


def test_frames_that_show_nothing_and_silence_are_like_nothing() -> None:
    black = fingerprints.of_frames(bytes(fingerprints.SIDE**2) * 30)
    assert black == bytes(8 * 30)
    assert fingerprints.alike(black, [black]) == []
    silence = np.full(400, 627964279, "<u4").tobytes()
    assert fingerprints.same_sound(silence, [silence]) == []


def test_nothing_is_compared_with_nothing() -> None:
    assert fingerprints.alike(b"", [b"", b""]) == []
    assert fingerprints.alike(b"", []) == []
    assert fingerprints.same_sound(b"", []) == []
    assert fingerprints.same_sound(b"", [b""]) == []
    assert fingerprints.same_picture(b"", [b"x" * 8]) == []
    assert fingerprints.liveliest(b"") == 0.0
    assert fingerprints.of_frames(b"") == b""


def test_the_liveliest_frame_of_the_first_half_is_the_poster() -> None:
    side = fingerprints.SIDE
    stripes = bytes([0, 255]) * (side**2 // 2)
    greys = bytes([128]) * side**2
    assert fingerprints.liveliest(greys + stripes + greys + greys) == 1.0
    assert fingerprints.liveliest(greys * 3 + stripes) == 0.0


def test_pictures_are_compared_by_one_hash() -> None:
    chance = np.random.default_rng(3)
    base = chance.integers(0, 256, (8, 8)).repeat(4, 0).repeat(4, 1)
    mine = fingerprints.of_frames(base.astype(np.uint8).tobytes())
    near = np.clip(base + chance.integers(-50, 50, (8, 8)).repeat(4, 0).repeat(4, 1), 0, 255)
    far = chance.integers(0, 256, (8, 8)).repeat(4, 0).repeat(4, 1)
    library = [fingerprints.of_frames(one.astype(np.uint8).tobytes()) for one in (far, near, base)]
    found = fingerprints.same_picture(mine, library)
    assert [one.other for one in found] == [2, 1]
    assert found[0].share == 1.0


def test_clips_that_all_begin_alike_are_compared_in_bounded_memory() -> None:
    """A contest's own opening in every clip, or one clip sent a thousand times."""
    clip = np.arange(1, 181, dtype=">u8").tobytes()  # a few bits apart: all seconds look alike
    found = fingerprints.alike(clip, [clip] * 300)
    assert [(one.other, one.seconds) for one in found] == [(no, 180) for no in range(300)]


def test_one_of_ten_thousand_clips_is_found() -> None:
    """Among 1.8 million hashes and 14 million numbers of sound."""
    chance = np.random.default_rng(5)
    hashes = chance.integers(1, 2**63, (10_000, 180), np.uint64)
    sounds = chance.integers(0, 2**32, (10_000, 1450), np.uint32)
    frames = [row.astype(">u8").tobytes() for row in hashes]
    sound = [row.astype("<u4").tobytes() for row in sounds]
    (seen,) = fingerprints.alike(frames[4321][40 * 8 :], frames)
    (heard,) = fingerprints.same_sound(sound[4321][4 * 100 :], sound)
    assert (seen.other, seen.seconds, seen.at, seen.there) == (4321, 140, 0, 40)
    assert (heard.other, heard.at, heard.there, heard.share) == (4321, 0, 12, 1.0)
