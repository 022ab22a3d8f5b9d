"""Sound is known by its first bytes."""

import pytest

from contest.errors import Invalid
from question_bank.formats import recordings

MP3 = b"\xff\xfb\x90\x64" + bytes(20)
OGG = b"OggS\x00\x02" + bytes(20)
M4A = bytes(4) + b"ftypM4A " + bytes(20)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(20)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (MP3, "audio/mpeg"),
        (b"ID3\x04" + bytes(20), "audio/mpeg"),
        (OGG, "audio/ogg"),
        (M4A, "audio/mp4"),
        (WEBM, "audio/webm"),
    ],
)
def test_the_four_kinds_are_known(data, expected):
    assert recordings.media_type(data) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfb\x90",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"<html><script>alert(1)</script></html>",
        b"\xff\xff\x90\x64" + bytes(20),  # layer I
        b"\xff\xfb\xf0\x64" + bytes(20),  # no such bit rate
        b"\xff\xfb\x9c\x64" + bytes(20),  # no such sampling rate
        b"\xff\xeb\x90\x64" + bytes(20),  # a reserved version
        b"\x1a\x45\xdf\xa3" + bytes(30) + b"matroska",
        bytes(4) + b"ftypqt  " + bytes(20),
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(Invalid, match="Không nhận ra tệp âm thanh"):
        recordings.media_type(data)


def test_too_large_a_file_is_refused():
    with pytest.raises(Invalid, match="lớn hơn 2 MB"):
        recordings.media_type(MP3 + bytes(recordings.MOST_BYTES))


@pytest.mark.parametrize("duration_ms", [0, -1, recordings.LONGEST_MS + 1])
def test_a_length_that_cannot_be_is_refused(duration_ms):
    with pytest.raises(Invalid):
        recordings.ensure_duration(duration_ms)


@pytest.mark.parametrize("duration_ms", [None, 1, recordings.LONGEST_MS])
def test_a_length_is_taken_as_the_recorder_said(duration_ms):
    assert recordings.ensure_duration(duration_ms) == duration_ms
