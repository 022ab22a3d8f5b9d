"""Who may vote, periods, networks, and what in the votes deserves a look."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import NotAllowed, TooEarly, TooLate
from contest.rules import voting
from contest.rules.entry_rules import VotePeriod, VoteRules
from contest.rules.voting import Burst, Cast, Shared, Voter

CLOSES = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAILY = VoteRules(VotePeriod.DAY, Decimal(30), 7)
ONCE = VoteRules(VotePeriod.ROUND, Decimal(10), 3)
GOOD = {
    "is_active": True,
    "is_inside": True,
    "has_phone": True,
    "is_listed": False,
    "registered_at": CLOSES - 30 * DAY,
}


def refused(now=CLOSES + DAY, *, is_own=False, **facts):
    found = voting.why_not(Voter(**{**GOOD, **facts}), now, is_own=is_own)
    return None if found is None else (type(found), found.message)


def test_an_account_with_a_phone_or_a_code_of_a_list_may_vote():
    assert refused() is None
    assert refused(has_phone=False, is_listed=True) is None


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"is_active": False}, (NotAllowed, voting.INACTIVE)),
        ({"is_own": True}, (NotAllowed, voting.OWN)),
        ({"is_inside": False}, (NotAllowed, voting.OUTSIDE)),
        ({"has_phone": False}, (NotAllowed, voting.UNVERIFIED)),
        ({"registered_at": CLOSES + MINUTE}, (TooEarly, voting.TOO_NEW)),
    ],
)
def test_others_hear_one_plain_reason(facts, said):
    assert refused(**facts) == said


def test_an_account_is_old_enough_after_exactly_a_day():
    assert refused(CLOSES, registered_at=CLOSES - DAY) is None
    early = voting.why_not(Voter(**{**GOOD, "registered_at": CLOSES}), CLOSES + DAY - MINUTE)
    assert early is not None
    assert early.facts == {"moment": CLOSES + DAY}


def test_votes_are_taken_from_closing_for_the_stated_days():
    assert isinstance(voting.why_closed(CLOSES, DAILY, CLOSES - MINUTE), TooEarly)
    assert voting.why_closed(CLOSES, DAILY, CLOSES) is None
    assert voting.why_closed(CLOSES, DAILY, CLOSES + 7 * DAY - MINUTE) is None
    late = voting.why_closed(CLOSES, DAILY, CLOSES + 7 * DAY)
    assert isinstance(late, TooLate)
    assert late.facts == {"moment": CLOSES + 7 * DAY}
    assert voting.forgotten_at(CLOSES, DAILY) == CLOSES + 37 * DAY


def test_a_vote_counts_under_its_day_or_under_the_closing_day():
    today, closing = date(2026, 11, 25), date(2026, 11, 23)
    assert voting.period(DAILY, today=today, closing_day=closing) == today
    assert voting.period(ONCE, today=today, closing_day=closing) == closing


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.2.0/24"),
        ("::ffff:10.1.2.3", "10.1.2.0/24"),
        ("2001:db8:aa:bb:cc::1", "2001:db8:aa::/48"),
        ("", ""),
        ("máy của tôi", ""),
    ],
)
def test_an_address_is_kept_as_its_network(address, network):
    assert voting.network(address) == network


def cast(entry=1, account=1, at=CLOSES, device="d", network="n"):
    return Cast(entry, account, at, device, network)


def spread(count, every, entry=1, start=CLOSES):
    return [cast(entry, 1000 + no, start + no * every, f"d{no}") for no in range(count)]


WHOLE = {"since": CLOSES, "until": CLOSES + 7 * DAY}


def test_a_steady_stream_is_no_burst_however_wide():
    assert voting.bursts(spread(2000, 5 * MINUTE), **WHOLE) == []


def test_votes_far_above_the_usual_pace_are_a_burst():
    slow = spread(100, 100 * MINUTE)
    fast = spread(40, timedelta(seconds=10), start=CLOSES + 3 * DAY)
    (burst,) = voting.bursts(slow + fast, **WHOLE)
    start = CLOSES + 3 * DAY
    assert burst == Burst(1, start, start + timedelta(seconds=390), 40, 100 / 1007)


def test_a_class_that_votes_together_is_no_burst():
    assert voting.bursts(spread(29, timedelta(seconds=1)), **WHOLE) == []
    assert [each.votes for each in voting.bursts(spread(30, timedelta(seconds=1)), **WHOLE)] == [30]


def test_windows_that_touch_are_one_burst():
    (burst,) = voting.bursts(spread(400, timedelta(seconds=5)), **WHOLE)
    assert (burst.since, burst.until, burst.votes) == (
        CLOSES,
        CLOSES + 399 * timedelta(seconds=5),
        400,
    )


def test_entries_are_held_to_their_own_pace():
    rows = spread(40, timedelta(seconds=10), entry=2) + spread(5000, 2 * MINUTE, entry=1)
    assert [each.entry for each in voting.bursts(rows, **WHOLE)] == [2]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 60)), max_size=120))
def test_bursts_hold_no_more_votes_than_there_are(rows):
    casts = [cast(entry, no, CLOSES + at * MINUTE) for no, (entry, at) in enumerate(rows)]
    for burst in voting.bursts(casts, **WHOLE):
        inside = [
            each
            for each in casts
            if each.entry == burst.entry and burst.since <= each.at <= burst.until
        ]
        assert 30 <= burst.votes <= len(inside)


def test_a_family_shares_a_device_and_a_crowd_does_not():
    family = [cast(account=no, device="home") for no in range(5)]
    crowd = [cast(entry=1 + no % 2, account=no, device="shop") for no in range(7)]
    assert voting.shared_devices(family) == []
    assert voting.shared_devices(family + crowd) == [Shared("shop", 7, 7, ((1, 4), (2, 3)))]
    days = [cast(account=1, device="one", at=CLOSES + no * DAY) for no in range(9)]
    assert voting.shared_devices(days) == []


def test_a_network_is_shown_and_what_was_forgotten_is_nobodys():
    rows = [cast(account=no, network="school") for no in range(3)]
    rows += [cast(account=9, network=""), cast(account=8, network="home", device="")]
    assert voting.busiest_networks(rows) == [
        Shared("school", 3, 3, ((1, 3),)),
        Shared("home", 1, 1, ((1, 1),)),
    ]
