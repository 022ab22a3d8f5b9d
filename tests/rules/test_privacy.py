"""Names on public boards, whole and hidden."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.rules.privacy import NameMask, mask


@pytest.mark.parametrize(
    ("name", "full", "initials", "given_only"),
    [
        ("Nguyễn Văn An", "Nguyễn Văn An", "Nguyễn V. A.", "… An"),
        ("  Đặng   Thị\tÁnh ", "Đặng Thị Ánh", "Đặng T. Á.", "… Ánh"),
        ("Lò Đức", "Lò Đức", "Lò Đ.", "… Đức"),
        ("vàng a đủa", "vàng a đủa", "vàng A. Đ.", "… đủa"),
        ("Mỷ", "Mỷ", "M.", "Mỷ"),
        ("", "", "", ""),
        (" \u00a0 ", "", "", ""),
    ],
)
def test_a_name_shows_as_much_as_the_organisers_decided(name, full, initials, given_only):
    assert mask(name, NameMask.FULL) == full
    assert mask(name, NameMask.INITIALS) == initials
    assert mask(name, NameMask.GIVEN_ONLY) == given_only
    assert mask(name, NameMask.HIDDEN) == "…"


def test_a_decomposed_name_comes_out_composed():
    decomposed = unicodedata.normalize("NFD", "Đỗ Thị Ẩn")
    assert mask(decomposed, NameMask.FULL) == "Đỗ Thị Ẩn"
    assert mask(decomposed, NameMask.INITIALS) == "Đỗ T. Ẩ."


def test_an_initial_keeps_the_marks_that_no_single_letter_has():
    assert mask("Siu o\u0306\u0323m", NameMask.INITIALS) == "Siu Ọ\u0306."
    assert mask("Siu m\u0300", NameMask.INITIALS) == "Siu M\u0300."


@given(st.text(), st.sampled_from(NameMask))
def test_every_mask_of_every_text_is_composed_and_tidy(name, how):
    shown = mask(name, how)
    assert unicodedata.is_normalized("NFC", shown)
    assert shown == " ".join(shown.split())


@given(st.lists(st.sampled_from(["An", "Bình", "Chí", "Dũng"]), min_size=2, max_size=5))
def test_no_mask_but_the_full_one_shows_a_middle_name(words):
    shown = mask(" ".join(["Nguyễn", "Quỳnh", *words]), NameMask.INITIALS)
    assert shown.startswith("Nguyễn Q. ")
    assert all(len(word) == 2 for word in shown.split()[1:])
    assert mask(" ".join(["Nguyễn", *words]), NameMask.GIVEN_ONLY) == f"… {words[-1]}"
