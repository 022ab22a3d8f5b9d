"""Names in a text: found whatever their marks, never inside other words, proposed to leave out."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.rules.names_in_text import found, without

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
