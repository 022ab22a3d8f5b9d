"""Whose bank is whose."""

import pytest

from question_bank.rules.access import BankFacts, may_draw, may_read, may_write

PROVINCE, DISTRICT, SCHOOL, BESIDE = "/1/", "/1/7/", "/1/7/70/", "/1/71/"


@pytest.mark.parametrize(
    ("unit", "is_shared", "write", "read", "draw"),
    [
        (None, True, False, True, True),
        (None, False, False, False, False),
        (PROVINCE, True, False, True, True),
        (PROVINCE, False, False, False, False),
        (DISTRICT, True, True, True, True),
        (DISTRICT, False, True, True, True),
        (SCHOOL, True, True, True, False),
        (SCHOOL, False, True, True, False),
        (BESIDE, True, False, False, False),
    ],
)
def test_an_organizer_of_a_district_and_its_contest(unit, is_shared, write, read, draw):
    bank = BankFacts(unit, is_shared)

    assert may_write(bank, [DISTRICT], is_administrator=False) is write
    assert may_read(bank, [DISTRICT], is_administrator=False) is read
    assert may_draw(bank, DISTRICT) is draw


@pytest.mark.parametrize("unit", [None, PROVINCE, SCHOOL])
def test_an_administrator_reads_and_writes_every_bank(unit):
    bank = BankFacts(unit, is_shared_down=False)

    assert may_write(bank, [], is_administrator=True)
    assert may_read(bank, [], is_administrator=True)


def test_who_organizes_nothing_reads_nothing():
    bank = BankFacts(None, is_shared_down=True)

    assert not may_read(bank, [], is_administrator=False)


def test_nothing_is_drawn_from_a_retired_bank():
    assert not may_draw(BankFacts(DISTRICT, is_shared_down=True, is_retired=True), DISTRICT)
