"""What is taken of a clip, and in which sizes it is made watchable."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules import media
from contest.rules.media import ClipFacts, FileKind, Limits, Rendition

CLIP = ClipFacts(
    containers="mov,mp4,m4a,3gp,3g2,mj2",
    bytes=30_000_000,
    seconds=100.0,
    said_seconds=100.0,
    video_codec="h264",
    pixel_format="yuv420p",
    width=1920,
    height=1080,
    sound_codec="aac",
)
LIGHT = replace(CLIP, bytes=10_000_000, width=1280, height=720)
LIMITS = Limits(most_bytes=100 * media.MEBIBYTE, least_seconds=10, most_seconds=120)


def refusal(facts: ClipFacts, limits: Limits = LIMITS) -> tuple[str, dict[str, object]]:
    with pytest.raises(Invalid) as refused:
        media.ensure_clip(facts, limits)
    return refused.value.message, refused.value.facts


def test_a_usual_clip_is_taken() -> None:
    media.ensure_clip(CLIP, LIMITS)
    media.ensure_clip(replace(CLIP, said_seconds=None), LIMITS)
    media.ensure_clip(replace(CLIP, width=4096, height=2304), LIMITS)


@pytest.mark.parametrize(
    ("changes", "sentence", "facts"),
    [
        (
            {"width": 4097, "height": 2304},
            media.TOO_FINE,
            {"width": 4097, "height": 2304, "most": Decimal("9.4")},
        ),
        (
            {"seconds": 125.4, "said_seconds": 125.4},
            media.TOO_LONG,
            {"found": "2:05", "most": "2:00"},
        ),
        ({"said_seconds": 36000.0}, media.TOO_LONG, {"found": "600:00", "most": "2:00"}),
        ({"seconds": 80.0}, media.CUT, {"said": "1:40", "found": "1:20"}),
        ({"is_broken_off": True}, media.BROKEN_OFF, {"found": "1:40"}),
        (
            {"seconds": 9.5, "said_seconds": 9.5},
            media.TOO_SHORT,
            {"found": "0:09", "least": "0:10"},
        ),
    ],
)
def test_a_refusal_names_the_limit_and_the_measured_value(
    changes: dict[str, float], sentence: str, facts: dict[str, object]
) -> None:
    refused = replace(CLIP, **changes)  # type: ignore[arg-type]
    assert refusal(refused) == (sentence, facts)
    assert "%(" not in sentence % facts


def test_a_part_of_a_second_too_long_is_not_refused() -> None:
    media.ensure_clip(replace(CLIP, seconds=120.9, said_seconds=120.9), LIMITS)
    assert refusal(replace(CLIP, seconds=121.0, said_seconds=121.0))[0] == media.TOO_LONG


@pytest.mark.parametrize(
    ("said", "found", "is_whole"),
    [
        (100.0, 95.0, True),
        (100.0, 94.9, False),
        (10.0, 8.0, True),
        (10.0, 7.9, False),
        (0.0, 5.0, True),
        (5.0, 9.0, True),
    ],
)
def test_a_little_may_be_missing_at_the_end(said: float, found: float, *, is_whole: bool) -> None:
    if is_whole:
        media.ensure_whole(said, found)
    else:
        with pytest.raises(Invalid):
            media.ensure_whole(said, found)


def test_bytes_are_refused_when_there_are_none_or_too_many() -> None:
    media.ensure_bytes(LIMITS.most_bytes, LIMITS)
    with pytest.raises(Invalid) as none:
        media.ensure_bytes(0, LIMITS)
    assert none.value.message == media.EMPTY
    with pytest.raises(Invalid) as many:
        media.ensure_bytes(150_000_000, LIMITS)
    assert str(many.value) == "Tệp nặng 143.1 MB, quá mức 100.0 MB. Hãy gửi tệp nhẹ hơn."


def test_pixels_of_a_picture_are_counted() -> None:
    media.ensure_picture(10_000, 5_000, LIMITS)
    with pytest.raises(Invalid) as refused:
        media.ensure_picture(10_000, 5_001, LIMITS)
    assert refused.value.facts == {"found": Decimal("50.0"), "most": Decimal("50.0")}


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"sound_codec": None}, True),
        ({"sound_codec": "opus"}, True),  # the sound alone is encoded
        ({"turn": 90}, True),
        ({"video_codec": "hevc"}, False),
        ({"pixel_format": "yuv444p"}, False),
        ({"width": 1920, "height": 1080}, False),
        ({"bytes": 20_000_000}, False),
        ({"aspect": Fraction(4, 3)}, False),
        ({"transfer": "smpte2084"}, False),
        ({"seconds": 0.0}, False),
    ],
)
def test_frames_are_copied_when_every_telephone_plays_them(
    changes: dict[str, object], *, may: bool
) -> None:
    assert media.may_copy(replace(LIGHT, **changes)) is may  # type: ignore[arg-type]


def test_a_copy_is_the_only_file_and_is_named_by_its_size() -> None:
    assert media.renditions(LIGHT) == (Rendition(FileKind.LARGE, 1280, 720, 0, 0, is_copy=True),)
    low = replace(LIGHT, width=640, height=360, turn=90)
    assert media.renditions(low) == (Rendition(FileKind.SMALL, 360, 640, 0, 0, is_copy=True),)


def test_a_large_clip_gets_two_sizes_and_a_long_or_low_one_only_one() -> None:
    small, large = (
        Rendition(FileKind.SMALL, 854, 480, 26, 900),
        Rendition(FileKind.LARGE, 1280, 720, 25, 1800),
    )
    assert media.renditions(CLIP) == (small, large)
    assert media.renditions(replace(CLIP, seconds=601.0)) == (small,)
    low = replace(CLIP, width=848, height=576)
    assert media.renditions(low) == (Rendition(FileKind.SMALL, 706, 480, 26, 900),)
    upright = replace(CLIP, turn=270)
    assert [(one.width, one.height) for one in media.renditions(upright)] == [
        (480, 854),
        (720, 1280),
    ]


@given(st.integers(1, 20_000), st.integers(1, 20_000), st.sampled_from([480, 720]))
def test_a_fitted_frame_is_even_never_larger_and_keeps_its_shape(
    width: int, height: int, short: int
) -> None:
    found = media.fitted(width, height, short)
    assert [side % 2 for side in found] == [0, 0]
    assert min(found) <= short
    for side, before in zip(found, (width, height), strict=True):
        assert 2 <= side <= max(2, before)
        share = min(1, short / min(width, height))
        assert abs(side - before * share) <= 2


def test_limits_are_kept_as_json_and_read_again() -> None:
    assert Limits.from_dict(LIMITS.as_dict()) == LIMITS


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (59.9, "0:59"), (61, "1:01"), (36000, "600:00")]
)
def test_a_length_is_said_in_minutes_and_seconds(seconds: float, said: str) -> None:
    assert media.minutes(seconds) == said


def test_making_has_time_for_what_it_does() -> None:
    assert media.wall_seconds(100) == 460
    assert media.wall_seconds(100, files=2) == 860
