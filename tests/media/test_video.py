"""Whatever is sent ends in files every telephone plays, or in a sentence that says why not."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from factories import clips

from contest.errors import Invalid
from contest.media import probing, tools, video
from contest.media.cage import CageFailed
from contest.media.video import Clip
from contest.rules import media as rules
from contest.rules.media import FileKind, Limits

LIMITS = Limits(most_bytes=20 * 1024 * 1024, most_seconds=60)


def quiet(_done: int, _total: int, _stage: str) -> None:
    """Hear of progress and say nothing."""


def make(tool: str, path: Path, folder: Path, limits: Limits = LIMITS) -> Clip:
    return video.make(tool, clips.copy_of(path, folder / "work"), limits, tell=quiet)


def sizes(made: Clip) -> list[tuple[str, int | None, int | None]]:
    return [(one.kind, one.width, one.height) for one in made.files]


HONEST = {
    # name: (maker, codec, container's length, [kind, width, height of what is to be watched])
    "plain": (clips.small, "h264", 2.0, [("480p", 160, 120)]),
    "silent": (clips.silent, "h264", 2.0, [("480p", 160, 120)]),
    "hevc": (clips.hevc_hlg, "hevc", 1.0, [("480p", 320, 240)]),
    "turned": (clips.turned, "h264", 1.0, [("480p", 480, 854), ("720p", 720, 1280)]),
    "wide pixels": (clips.wide_pixels, "h264", 2.0, [("480p", 320, 120)]),
    "variable rate": (clips.variable_rate, "h264", 2.0, [("480p", 160, 120)]),
    "3gp": (clips.threegp, "mpeg4", 2.0, [("480p", 176, 144)]),
    "webm without length": (clips.webm_without_length, "vp8", None, [("480p", 160, 120)]),
    "odd 4:4:4": (clips.odd_444, "h264", 1.0, [("480p", 160, 120)]),
    "transport stream": (clips.transport_stream, "h264", 2.0, [("480p", 160, 120)]),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_clip_is_made_watchable(
    name: str, ffmpeg: str, clip: Callable[..., Path], tmp_path: Path
) -> None:
    maker, codec, said, watchable = HONEST[name]
    made = make(ffmpeg, clip(maker, name), tmp_path)
    assert made.facts.video_codec == codec
    if said is None:
        assert made.facts.said_seconds is None
    else:
        assert made.facts.said_seconds == pytest.approx(said, abs=0.3)
    assert sizes(made)[: len(watchable)] == watchable
    assert [kind for kind, _, _ in sizes(made)[len(watchable) :]] == ["poster", "strip"]
    for one in made.files[: len(watchable)]:
        again = probing.describe(ffmpeg, one.path, most_seconds=100, beat=lambda: None)
        assert (again.video_codec, again.pixel_format) == ("h264", "yuv420p")
        assert again.shown == (one.width, one.height)
        assert again.sound_codec in {"aac", None}
        assert again.seconds == pytest.approx(made.facts.seconds, abs=0.25)
        data = one.path.read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")  # playing begins before the end comes
    assert len(made.prints.frames) in {
        8 * round(made.facts.seconds),
        8 * (round(made.facts.seconds) + 1),
    }


def test_a_clip_telephones_play_is_copied_and_a_large_one_encoded(
    ffmpeg: str, small_clip: Path, tmp_path: Path
) -> None:
    facts = make(ffmpeg, small_clip, tmp_path).facts
    assert [one.is_copy for one in rules.renditions(facts)] == [True]


def test_nothing_of_place_or_remark_is_left(
    ffmpeg: str, small_clip: Path, clip: Callable[..., Path], tmp_path: Path
) -> None:
    """Copied and encoded alike; read as metadata, and looked for in the bytes."""
    large = clip(clips.of_size("1280x720"), "large")
    for no, source in enumerate((small_clip, large)):
        before = clips.metadata_of(source)
        assert "SECRETCOMMENT" in before
        assert clips.PLACE.rstrip("/")[:6] in before
        assert all(secret in source.read_bytes() for secret in clips.SECRETS)
        made = make(ffmpeg, source, tmp_path / str(no))
        for one in made.files:
            assert not [secret for secret in clips.SECRETS if secret in one.path.read_bytes()]
        for one in made.files[:-2]:
            said = clips.metadata_of(one.path).lower()
            assert not [word for word in ("22.4", "secret", "location") if word in said]


def test_remarks_inside_the_stream_go_even_when_frames_are_copied(
    ffmpeg: str, small_clip: Path, tmp_path: Path
) -> None:
    assert b"x264 - core" in small_clip.read_bytes()  # a remark (SEI) of the encoder's own
    made = make(ffmpeg, small_clip, tmp_path)
    assert b"x264 - core" not in made.files[0].path.read_bytes()


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
HOSTILE = {
    "ffconcat, relative": (clips.text("ffconcat version 1.0\nfile secret.mp4\n"), rules.NO_CLIP),
    "ffconcat, absolute": (clips.text("ffconcat version 1.0\nfile /etc/passwd\n"), rules.NO_CLIP),
    "HLS to a file": (clips.text(PLAYLIST.format("secret.mp4")), rules.NO_CLIP),
    "HLS to http": (clips.text(PLAYLIST.format("http://127.0.0.1:9/a.ts")), rules.NO_CLIP),
    "HLS to file:": (clips.text(PLAYLIST.format("file:///etc/passwd")), rules.NO_CLIP),
    "SDP": (clips.text("v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n"), rules.NO_CLIP),
    "DASH": (
        clips.text('<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>'),
        rules.NO_CLIP,
    ),
    "SVG": (
        clips.text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'),
        rules.NO_CLIP,
    ),
    "noise": (clips.noise, rules.NO_CLIP),
    "zero bytes": (clips.empty, rules.EMPTY),
    "no index": (clips.without_index, rules.NO_CLIP),
    "zip before a clip": (clips.zip_before_clip, rules.NO_CLIP),
    "progressive, cut": (clips.progressive_cut, rules.CUT),
    "fragmented, cut": (clips.fragmented_cut, rules.BROKEN_OFF),
    "long fragments, cut": (clips.long_fragments_cut, rules.CUT),
    "sound only": (clips.sound_only, rules.NO_FRAMES),
    "sound with a cover": (clips.sound_with_cover, rules.NO_FRAMES),
    "huge frame": (clips.huge_frame, rules.TOO_FINE),
    "huge frame that lies": (clips.huge_frame_that_lies, rules.TOO_FINE),
    "ten hours": (clips.ten_hours, rules.TOO_LONG),
    "ten hours, unsaid": (clips.ten_hours_unsaid, rules.TOO_LONG),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_file_is_refused_with_its_reason(
    name: str, ffmpeg: str, clip: Callable[..., Path], small_clip: Path, tmp_path: Path
) -> None:
    maker, sentence = HOSTILE[name]
    source = clip(maker, name)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "secret.mp4").write_bytes(small_clip.read_bytes())
    start = time.monotonic()
    with pytest.raises(Invalid) as refused:
        make(ffmpeg, source, tmp_path)
    assert refused.value.message == sentence
    assert "%(" not in str(refused.value)  # every place is filled
    assert time.monotonic() - start < 30
    assert {path.name for path in (tmp_path / "work").iterdir()} == {"source", "secret.mp4"}


def test_the_measured_value_and_the_limit_are_named(
    ffmpeg: str, small_clip: Path, clip: Callable[..., Path], tmp_path: Path
) -> None:
    long = Limits(most_bytes=10**9, most_seconds=300)
    refusals = []
    for no, (path, limits) in enumerate(
        [
            (clip(clips.ten_hours, "ten hours"), long),
            (clip(clips.huge_frame, "huge frame"), long),
            (small_clip, Limits(most_bytes=10_000)),
            (small_clip, Limits(least_seconds=30)),
        ]
    ):
        with pytest.raises(Invalid) as refused:
            make(ffmpeg, path, tmp_path / str(no), limits)
        refusals.append(refused.value.facts)
    refusals[2].pop("found")
    assert refusals == [
        {"found": "600:00", "most": "5:00"},
        {"width": 12000, "height": 12000, "most": rules.millions(rules.MOST_PIXELS)},
        {"most": rules.megabytes(10_000)},
        {"found": "0:02", "least": "0:30"},
    ]


def test_a_clip_damaged_inside_is_refused_and_no_machine_is_blamed(
    ffmpeg: str, clip: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(Invalid) as refused:
        make(ffmpeg, clip(clips.damaged_inside, "damaged"), tmp_path)
    assert refused.value.message in {rules.BROKEN_INSIDE, rules.CUT, rules.NO_CLIP}


def test_mutated_clips_end_soon_and_well(clip: Callable[..., Path], tmp_path: Path) -> None:
    tool = tools.ffmpeg()
    assert tool
    whole = clip(clips.small, "small").read_bytes()
    start = time.monotonic()
    ends = []
    for seed in range(16):
        work = tmp_path / str(seed)
        work.mkdir()
        (work / "source").write_bytes(clips.mutated(whole, seed))
        try:
            video.make(tool, work / "source", LIMITS, tell=quiet)
            ends.append("made")
        except Invalid:
            ends.append("refused")
    assert set(ends) <= {"made", "refused"}
    assert len(ends) == 16
    assert time.monotonic() - start < 120


def test_progress_says_how_far_the_encoding_is_and_its_raising_stops_it(
    ffmpeg: str, clip: Callable[..., Path], tmp_path: Path
) -> None:
    class Enough(Exception):
        pass

    def stop(_done: int, _total: int, stage: str) -> None:
        if stage == video.ENCODING:
            raise Enough

    source = clips.copy_of(clip(clips.of_size("1280x720", 8), "eight seconds"), tmp_path / "work")
    start = time.monotonic()
    with pytest.raises(Enough):
        video.make(ffmpeg, source, LIMITS, tell=stop)
    assert time.monotonic() - start < 30


def test_a_program_that_dies_is_told_apart_from_a_bad_file(
    tmp_path: Path, small_clip: Path
) -> None:
    dying = tmp_path / "ffmpeg"
    dying.write_text("#!/bin/sh\necho 'at the worst moment' >&2\nkill -9 $$\n")
    dying.chmod(0o755)
    with pytest.raises(CageFailed) as failed:
        make(str(dying), small_clip, tmp_path)
    assert (failed.value.reason, failed.value.tail) == ("signal 9", "at the worst moment")


def test_the_poster_and_the_strip_show_the_clip_as_it_is_seen(
    ffmpeg: str, clip: Callable[..., Path], tmp_path: Path
) -> None:
    made = make(ffmpeg, clip(clips.turned, "turned"), tmp_path)
    shown = {one.kind: one for one in made.files}
    for kind, size in ((FileKind.POSTER, (480, 854)), (FileKind.STRIP, (1600, 284))):
        with clips.Image.open(shown[kind].path) as picture:
            assert picture.size == size == (shown[kind].width, shown[kind].height)
