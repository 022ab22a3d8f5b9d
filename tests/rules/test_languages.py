"""Languages besides Vietnamese: a closed list, one order, nothing unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules.languages import NAMES, UNKNOWN, clean, knows

CODES = st.lists(st.sampled_from(sorted(NAMES)))


def test_the_codes_are_iso_639_3_and_vietnamese_is_none_of_them() -> None:
    assert list(NAMES) == ["hmn", "ium", "tyz", "pcc", "nut", "twh", "hni", "eng"]
    assert NAMES["hmn"] == "tiếng Mông"
    assert "vie" not in NAMES


@given(CODES)
def test_codes_come_out_once_each_in_the_order_of_the_list(codes: list[str]) -> None:
    found = clean(codes)
    assert set(found) == set(codes)
    assert found == [code for code in NAMES if code in found]
    assert clean(reversed(found)) == found


@pytest.mark.parametrize("code", ["vie", "HMN", "hmn ", "", "tiếng Mông", "\x00"])
def test_what_is_not_in_the_list_is_refused_whole(code: str) -> None:
    with pytest.raises(Invalid) as told:
        clean(["hmn", code])
    assert told.value.message == UNKNOWN


@pytest.mark.parametrize(
    ("known", "needed", "said"),
    [
        ([], [], True),
        (["hmn"], [], True),
        (["hmn"], ["hmn"], True),
        ([], ["hmn"], False),
        (["hmn"], ["hmn", "ium"], False),  # all of them
        (["ium", "hmn"], ["hmn", "ium"], True),
    ],
)
def test_all_the_languages_of_an_entry_must_be_known(
    *, known: list[str], needed: list[str], said: bool
) -> None:
    assert knows(known, needed) is said
