"""What a contest may ask beyond the account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules.identity import (
    LONGEST_TEXT,
    MAY_BE_RELATIVES,
    NO_LETTERS,
    NOT_A_PHONE,
    NOT_AN_EMAIL,
    NOT_AN_ID,
    NOT_FILLED,
    OLD_ID,
    TOO_LONG,
    AskedWhen,
    IdentityField,
    IdentityKey,
    IdentityRules,
    check,
    normalise,
)


def test_rules_come_back_from_json() -> None:
    rules = IdentityRules(
        AskedWhen.AFTER,
        (
            IdentityField(IdentityKey.PHONE, may_be_relatives=True),
            IdentityField(IdentityKey.STUDENT_CODE, is_required=False, is_unique=True),
        ),
    )
    assert IdentityRules.from_json(rules.as_json()) == rules


def test_nothing_asked_is_an_empty_object() -> None:
    assert IdentityRules().as_json() == {}
    assert IdentityRules(AskedWhen.AFTER).as_json() == {}
    assert IdentityRules.from_json({}) == IdentityRules()


@pytest.mark.parametrize("key", IdentityKey)
def test_a_relatives_fact_stands_in_only_where_it_makes_sense(key: IdentityKey) -> None:
    field = IdentityField(key, may_be_relatives=True)
    if key in MAY_BE_RELATIVES:
        check(field)
    else:
        with pytest.raises(Invalid):
            check(field)


def test_what_may_be_a_relatives_cannot_be_unique() -> None:
    with pytest.raises(Invalid):
        check(IdentityField(IdentityKey.PHONE, is_unique=True, may_be_relatives=True))
    check(IdentityField(IdentityKey.PHONE, is_unique=True))


def test_what_is_kept_is_kept_for_days_after_the_end() -> None:
    closed = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert IdentityRules(keep_days=30).kept_until(closed) == closed + timedelta(days=30)
    assert IdentityRules.from_json({"fields": []}).keep_days == 180


def test_only_what_is_asked_at_registering_is_asked_before() -> None:
    phone = (IdentityField(IdentityKey.PHONE),)
    assert IdentityRules(AskedWhen.BEFORE, phone).asks_before
    assert not IdentityRules(AskedWhen.AFTER, phone).asks_before
    assert not IdentityRules(AskedWhen.BEFORE).asks_before
    assert IdentityRules(fields=phone).field(IdentityKey.PHONE) == phone[0]
    assert IdentityRules(fields=phone).field(IdentityKey.CLASS) is None


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        (IdentityKey.PHONE, "+84 912.345.678", "0912345678"),
        (IdentityKey.PARENT_PHONE, "0214 3 840 123", "02143840123"),
        (IdentityKey.NATIONAL_ID, " 010 190 000-123 ", "010190000123"),
        (IdentityKey.NATIONAL_ID, "123.301.234.567", "123301234567"),  # born abroad
        (IdentityKey.EMAIL, " Lan.Nguyen@Example.VN ", "lan.nguyen@example.vn"),
        (IdentityKey.ADDRESS, "Thôn  Tả Phời,\nCam Đường", "Thôn Tả Phời, Cam Đường"),
        (IdentityKey.CLASS, " 9A2 ", "9A2"),
        (IdentityKey.STUDENT_CODE, "lc-0042", "LC-0042"),
        (IdentityKey.PARENT_NAME, "Giàng  A Dế", "Giàng A Dế"),
    ],
)
def test_a_fact_is_stored_in_one_form(key: IdentityKey, typed: str, stored: str) -> None:
    assert normalise(IdentityField(key), typed) == stored


@pytest.mark.parametrize(
    ("key", "typed", "message"),
    [
        (IdentityKey.PHONE, "123", NOT_A_PHONE),
        (IdentityKey.PARENT_PHONE, "0123 456 7890", NOT_A_PHONE),
        (IdentityKey.NATIONAL_ID, "063 123 456", OLD_ID),
        (IdentityKey.NATIONAL_ID, "01019000012", NOT_AN_ID),
        (IdentityKey.NATIONAL_ID, "0101900001234", NOT_AN_ID),
        (IdentityKey.NATIONAL_ID, "010490000123", NOT_AN_ID),  # nobody of the 22nd century yet
        (IdentityKey.NATIONAL_ID, "٠١٠١٩٠٠٠٠١٢٣", NOT_AN_ID),
        (IdentityKey.EMAIL, "lan.example.vn", NOT_AN_EMAIL),
        (IdentityKey.EMAIL, "lan@example", NOT_AN_EMAIL),
        (IdentityKey.EMAIL, f"lan@{'a.' * 60}vn", NOT_AN_EMAIL),
        (IdentityKey.ADDRESS, "x" * (LONGEST_TEXT + 1), TOO_LONG),
        (IdentityKey.CLASS, "x" * 61, TOO_LONG),
        (IdentityKey.STUDENT_CODE, "x" * 61, TOO_LONG),
        (IdentityKey.PARENT_NAME, "x" * 121, TOO_LONG),
        (IdentityKey.PARENT_NAME, "123", NO_LETTERS),
        *((key, " \u200b ", NOT_FILLED) for key in IdentityKey),
    ],
)
def test_what_is_not_the_fact_is_refused_in_words(
    key: IdentityKey, typed: str, message: str
) -> None:
    with pytest.raises(Invalid) as refused:
        normalise(IdentityField(key), typed)
    assert refused.value.message == message


@pytest.mark.parametrize("key", IdentityKey)
def test_a_fact_that_may_be_blank_may_be_blank(key: IdentityKey) -> None:
    assert normalise(IdentityField(key, is_required=False), "  ") == ""


@given(st.sampled_from(IdentityKey), st.text(max_size=300))
def test_what_was_stored_is_stored_again_as_it_is(key: IdentityKey, typed: str) -> None:
    field = IdentityField(key)
    try:
        stored = normalise(field, typed)
    except Invalid:
        return
    assert 0 < len(stored) <= LONGEST_TEXT
    assert normalise(field, stored) == stored
