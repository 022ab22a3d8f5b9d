"""Names in a text: found whatever their marks, never inside other words, proposed to leave out."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.rules.names_in_text import (
    AROUND,
    MOST_PIECES,
    Part,
    Piece,
    Place,
    Sighting,
    found,
    sightings,
    without,
)

NAMES = ("Lò Thị Lan", "Trường THCS Bản Hồ", "Lan")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Em là Lò Thị Lan, lớp 9.", "Em là […], lớp 9."),
        ("em la LO  THI\nLAN.", "em la […]."),
        ("Lò Thị Lan và Lò Thị Lan", "[…] và […]"),
        ("Trường THCS Bản Hồ: bài của em", "[…]: bài của em"),
        ("Hoa lan nở, Lan vui", "Hoa lan nở, Lan vui"),  # one word says too little
        ("Lò Thị Lanh", "Lò Thị Lanh"),
        ("Alò Thị Lan", "Alò Thị Lan"),
        ("", ""),
        ("🎬 Lò Thị Lan 🎬", "🎬 […] 🎬"),
    ],
)
def test_names_are_left_out(text: str, left: str) -> None:
    assert without(text, NAMES) == left
    assert without(unicodedata.normalize("NFD", text), NAMES) == left


def test_a_longer_name_wins_over_one_inside_it() -> None:
    assert found("Xã Bản Hồ Thượng", ["Bản Hồ", "Xã Bản Hồ Thượng"]) == [(0, 16)]


def test_no_names_change_nothing() -> None:
    assert found("Lò Thị Lan", []) == []
    assert found("Lò Thị Lan", ["", "  ", "Lan"]) == []


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=4))
def test_any_text_and_any_names_give_places_inside_the_text(text: str, names: list[str]) -> None:
    places = found(text, names)
    assert all(0 <= begin < end <= len(text) for begin, end in places)
    ends = [end for _, end in places]
    assert all(begin >= end for (begin, _), end in zip(places[1:], ends, strict=False))


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_name_between_blanks_is_always_found(before: str, after: str) -> None:
    left = without(f"{before} Giàng A Dế {after}", ["Giàng A Dế"])
    assert "[…]" in left
    assert "Giàng A Dế" not in left


def test_each_part_says_where_its_names_stand_and_quotes_them() -> None:
    title = Part(Place.TITLE, "Bài của LO THI LAN")
    clean = Part(Place.TEXT, "Hoa lan nở")
    captions = "WEBVTT\n\n00:01.000 --> 00:04.000\nEm là Lò\nThị Lan, xin chào"
    spoken = Part(Place.CAPTIONS, captions, 2)
    assert sightings([title, clean, spoken], NAMES) == (
        Sighting(title, 1, (Piece("Bài của ", "LO THI LAN", ""),)),
        Sighting(
            spoken, 1, (Piece("WEBVTT 00:01.000 --> 00:04.000 Em là ", "Lò Thị Lan", ", xin chào"),)
        ),
    )


def test_a_quotation_is_cut_on_both_sides() -> None:
    (seen,) = sightings([Part(Place.TEXT, "a" * 50 + " Lò Thị Lan " + "b" * 50)], NAMES)
    assert seen.pieces == (Piece("…" + "a" * 39 + " ", "Lò Thị Lan", " " + "b" * 39 + "…"),)


def test_what_is_not_quoted_is_counted() -> None:
    (seen,) = sightings([Part(Place.DOCUMENT, "Lò Thị Lan. " * 20_000, 1)], NAMES)
    assert (seen.count, len(seen.pieces), seen.more) == (
        *(20_000, MOST_PIECES),
        20_000 - MOST_PIECES,
    )


def test_nothing_written_or_no_names_are_no_sighting() -> None:
    assert sightings([Part(Place.TEXT, "")], NAMES) == ()
    assert sightings([Part(Place.TEXT, "Lò Thị Lan")], []) == ()


@given(st.text(max_size=120), st.text(max_size=120))
def test_a_quotation_is_short_and_on_one_line(before: str, after: str) -> None:
    text = f"{before} Giàng A Dế {after}"
    (seen,) = sightings([Part(Place.TEXT, text)], ["Giàng A Dế"])
    for piece in seen.pieces:
        assert "\n" not in piece.before + piece.name + piece.after
        assert len(piece.before) <= AROUND + 1
        assert len(piece.after) <= AROUND + 1
        assert piece.name.startswith("Giàng A Dế") or found(piece.name, ["Giàng A Dế"])
