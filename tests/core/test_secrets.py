"""Sealing, passwords and codes: what must not be read, guessed or mistaken."""

import re

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from contest.core import ids, passwords
from contest.core.sealing import Sealer

KEY, OTHER = "k" * 40, "h" * 40


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_with_the_same_key_only(text: str) -> None:
    sealed = Sealer(KEY).seal(text)
    assert Sealer(KEY).open(sealed) == text
    with pytest.raises(ValueError, match="this installation"):
        Sealer(OTHER).open(sealed)


def test_sealing_twice_looks_different_but_blind_forms_are_equal() -> None:
    sealer = Sealer(KEY)
    assert sealer.seal("0912345678") != sealer.seal("0912345678")
    assert sealer.blind("0912345678") == sealer.blind("0912345678")
    assert sealer.blind("0912345678") != sealer.blind("0912345679")
    assert sealer.blind("0912345678") != Sealer(OTHER).blind("0912345678")
    assert re.fullmatch("[0-9a-f]{64}", sealer.blind("x"))


@pytest.mark.parametrize("text", ["", "x", "gAAAA", "ệ"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(ValueError, match="not sealed"):
        Sealer(KEY).open(text)


def test_a_password_fits_its_own_hash_and_nobody_fits_none() -> None:
    hashed = passwords.hash_password("bí mật")
    assert "bí mật" not in hashed
    assert hashed != passwords.hash_password("bí mật")
    assert passwords.is_right(hashed, "bí mật")
    assert not passwords.is_right(hashed, "bi mat")
    assert not passwords.is_right(None, "không có ai")
    assert not passwords.is_right("no hash at all", "bí mật")


def test_a_hash_of_weaker_parameters_asks_to_be_renewed() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x")
    assert passwords.needs_rehash(weak)
    assert not passwords.needs_rehash(passwords.hash_password("x"))


def test_codes_are_short_unlike_each_other_and_easy_to_read_aloud() -> None:
    codes = {ids.new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {12}
    assert not set("".join(codes)) & set("ilou")
    assert re.fullmatch(r"([0-9a-hjkmnp-tv-z]{4}-){2}[0-9a-hjkmnp-tv-z]{4}", ids.new_password())
    assert 0 <= ids.new_seed() < 2**62
