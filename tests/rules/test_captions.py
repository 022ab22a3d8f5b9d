"""Captions: what a player reads passes, everything else is said in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules import captions

WHOLE = """WEBVTT

NOTE của em

STYLE
::cue { color: red }

1
00:01.000 --> 00:04.000 align:start
Chào bà con!

01:00:05.500 --> 01:00:06.000
Mời bà con mở VNeID.
<i>Bước một</i>
"""


def test_cues_are_kept_and_looks_are_not() -> None:
    kept = captions.read(WHOLE.replace("\n", "\r\n").encode("utf-8-sig"))
    assert kept == (
        "WEBVTT\n\n1\n00:01.000 --> 00:04.000 align:start\nChào bà con!\n\n"
        "01:00:05.500 --> 01:00:06.000\nMời bà con mở VNeID.\n<i>Bước một</i>\n"
    )
    assert captions.read(kept.encode()) == kept


@pytest.mark.parametrize(
    ("text", "message", "facts"),
    [
        ("", captions.NO_HEADER, {}),
        ("1\n00:01.000 --> 00:04.000\na", captions.NO_HEADER, {}),
        ("WEBVTTX\n\n00:01.000 --> 00:04.000\na", captions.NO_HEADER, {}),
        ("WEBVTT", captions.NO_CUES, {}),
        ("WEBVTT\n\nNOTE x", captions.NO_CUES, {}),
        ("WEBVTT\n\n00:01,000 --> 00:04,000\na", captions.BAD_TIMES, {"line": 3}),
        ("WEBVTT\n\nmột\nhai\nba", captions.BAD_TIMES, {"line": 4}),
        ("WEBVTT\n\n00:61.000 --> 00:62.000\na", captions.BAD_TIMES, {"line": 3}),
        ("WEBVTT\n\n00:04.000 --> 00:04.000\na", captions.BACKWARDS, {"line": 3}),
        (
            "WEBVTT\n\n00:01.000 --> 00:04.000\na\n00:05.000 --> 00:06.000\nb",
            captions.BAD_TIMES,
            {"line": 5},
        ),
        (
            "WEBVTT\n\n" + "00:01.000 --> 00:02.000\na\n\n" * 5001,
            captions.TOO_MANY,
            {"most": 5000},
        ),
        ("WEBVTT\n\n" + "a" * 200 * 1024, captions.TOO_LARGE, {"most": 200}),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str, facts: dict[str, int]) -> None:
    with pytest.raises(Invalid) as caught:
        captions.read(text.encode())
    assert (caught.value.message, caught.value.facts) == (message, facts)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(Invalid) as caught:
        captions.read("WEBVTT\n\n".encode("utf-16"))
    assert caught.value.message == captions.NO_TEXT


LINES = st.sampled_from(
    ["WEBVTT", "", "00:01.000 --> 00:04.000", "chào", "NOTE", "-->", "1", "\u2028", "STYLE x"]
)


@given(st.lists(LINES, max_size=12).map("\n".join) | st.text(max_size=60))
def test_whatever_comes_ends_in_captions_or_a_sentence(text: str) -> None:
    data = text.encode(errors="surrogatepass")
    try:
        kept = captions.read(data)
    except Invalid:
        return
    assert kept.startswith("WEBVTT\n\n")
    assert captions.read(kept.encode()) == kept
