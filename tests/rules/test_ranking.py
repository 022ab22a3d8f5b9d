"""Places, ties and the reasons for them, held against a slow oracle."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules.ranking import (
    GUESS_RULES,
    Explained,
    Placed,
    Row,
    Separation,
    TieBreak,
    check,
    competition_places,
    draw_value,
    explain,
    rank,
    separates,
    sort_key,
)

NOON = datetime(2026, 10, 10, 5, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SEED = 2026
SCORE_ONLY = (TieBreak.SCORE,)
AN = Row(1, "AN", Decimal(10), 500, 60_000, NOON, NOON - 3600 * SECOND)


def row(code, **facts):
    return replace(AN, public_code=code, id=sum(code.encode()), **facts)


def places(rows, ties=SCORE_ONLY, actual=None, seed=SEED):
    return [(placed.row.public_code, placed.place) for placed in rank(rows, ties, actual, seed)]


# Few values, so that ties are the normal case (field.md §3.3), and a few far-off ones.
scores = st.sampled_from(
    [Decimal(text) for text in ("-1.25", "0", "-0", "0.01", "9.5", "9.50", "10", "999999999")]
)
guesses = st.none() | st.integers(495, 505) | st.sampled_from([-(10**15), 10**15 + 501])
moments = st.builds(
    lambda second, zone: (NOON + second * SECOND / 4).astimezone(zone),
    st.integers(0, 3),
    st.sampled_from([UTC, ZoneInfo("Asia/Ho_Chi_Minh")]),
)
durations = st.sampled_from([0, 1, 59_999, 60_000, 10**12 - 1])
rows = st.builds(
    Row,
    st.integers(1, 10**6),
    st.sampled_from("ABCDEFG"),
    scores,
    guesses,
    durations,
    *[moments] * 2,
)
tie_lists = st.permutations(list(TieBreak)[1:]).flatmap(
    lambda rules: st.integers(0, len(rules)).map(lambda cut: (TieBreak.SCORE, *rules[:cut]))
)
actuals = st.none() | st.integers(498, 502)
FAR = 10**12 - 2


def lot(code, seed):
    return hashlib.sha256(f"{seed}|{code}".encode()).hexdigest()[:32]


def oracle_beats(a, b, ties, actual, seed):
    """Compare rule by rule, in plain words; no key, no sorting."""
    for rule in ties:
        if rule in GUESS_RULES:
            if actual is None or a.guess == b.guess:
                continue
            if a.guess is None or b.guess is None:
                return a.guess is not None
        pair = {
            TieBreak.SCORE: lambda row: -row.score,
            TieBreak.GUESS_DISTANCE: lambda row: min(abs(row.guess - actual), FAR),
            TieBreak.GUESS_NOT_OVER: lambda row: row.guess > actual,
            TieBreak.GUESS_NOT_UNDER: lambda row: row.guess < actual,
            TieBreak.DURATION: lambda row: row.duration_ms,
            TieBreak.HANDED_IN_AT: lambda row: row.handed_in_at,
            TieBreak.REGISTERED_AT: lambda row: row.registered_at,
            TieBreak.DRAW: lambda row: lot(row.public_code, seed),
        }[rule]
        if pair(a) != pair(b):
            return pair(a) < pair(b)
    return False


@given(st.lists(rows, max_size=12), tie_lists, actuals, st.integers(0, 5))
def test_a_place_is_one_more_than_the_rows_that_are_better(field, ties, actual, seed):
    for placed in rank(field, ties, actual, seed):
        better = sum(oracle_beats(other, placed.row, ties, actual, seed) for other in field)
        assert placed.place == better + 1


@given(rows, rows, tie_lists, actuals, st.integers(0, 5))
def test_keys_compare_as_rows_rank_and_are_equal_exactly_for_ties(a, b, ties, actual, seed):
    key_a, key_b = (sort_key(each, ties, actual, seed) for each in (a, b))
    assert len(key_a) == len(key_b)
    assert key_a.isascii()
    assert (key_a < key_b) == oracle_beats(a, b, ties, actual, seed)
    assert (key_b < key_a) == oracle_beats(b, a, ties, actual, seed)


@given(rows, rows, tie_lists, actuals, st.integers(0, 5))
def test_a_separation_is_found_exactly_where_one_row_beats_the_other(a, b, ties, actual, seed):
    found = separates(a, b, ties, actual, seed)
    beaten = [oracle_beats(*pair, ties, actual, seed) for pair in ((a, b), (b, a))]
    assert (found is not None) == any(beaten)
    if found is not None:
        before = ties[: ties.index(found.rule)]
        assert not before or separates(a, b, before, actual, seed) is None
        assert separates(b, a, ties, actual, seed) == Separation(
            found.rule, found.value_b, found.value_a
        )


def test_a_tie_is_explained_by_the_nearest_better_row():
    first, best = row("A", score=Decimal(12)), row("B", score=Decimal(11), duration_ms=1)
    second, third = row("C", score=Decimal(11)), row("D", score=Decimal(11))
    ties = (TieBreak.SCORE, TieBreak.DURATION)
    slower = Separation(TieBreak.DURATION, 1, 60_000)
    assert explain(third, [first, best, second], ties, None, SEED) == Explained(1, best, slower)
    assert explain(second, [first, best], ties, None, SEED) == Explained(0, best, slower)
    assert explain(first, [], ties, None, SEED) == Explained(0, None, None)
    assert explain(third, [second], ties, None, SEED) == Explained(1, None, None)


@given(st.lists(rows, max_size=12), tie_lists, actuals, st.integers(0, 5))
def test_every_place_but_the_first_is_explained_and_two_rows_are_enough(field, ties, actual, seed):
    placed = rank(field, ties, actual, seed)
    for at, each in enumerate(placed):
        above = [one.row for one in placed[:at]]
        found = explain(each.row, above, ties, actual, seed)
        before = [one for one in placed if one.place < each.place]
        assert found.tied == at - len(before)
        assert (found.better is None) == (each.place == 1)
        if before:
            last = before[-1]
            assert found.better is last.row
            assert found.separation == separates(last.row, each.row, ties, actual, seed)
            enough = explain(each.row, [last.row, *above[-1:]], ties, actual, seed)
            assert (enough.better, enough.separation) == (found.better, found.separation)


@given(st.lists(rows, max_size=12), tie_lists, actuals, st.randoms())
def test_neither_the_order_given_nor_the_ids_decide_a_place(field, ties, actual, random):
    shuffled = [replace(each, id=random.randint(1, 10**6)) for each in field]
    random.shuffle(shuffled)

    def seen(placed):
        return sorted((sort_key(each.row, ties, actual, SEED), each.place) for each in placed)

    assert seen(rank(field, ties, actual, SEED)) == seen(rank(shuffled, ties, actual, SEED))


def test_places_run_one_two_two_four():
    field = [
        row("D", score=Decimal(7)),
        row("B", score=Decimal(9)),
        row("A", score=Decimal(10)),
        row("C", score=Decimal("9.00")),
    ]
    assert places(field) == [("A", 1), ("B", 2), ("C", 2), ("D", 4)]
    assert competition_places([]) == []
    assert rank([AN], SCORE_ONLY, None, SEED) == [Placed(AN, 1)]


def test_half_the_field_may_share_the_first_place():
    winners = [row(f"W{number}", duration_ms=number) for number in range(500)]
    others = [row(f"L{number}", score=Decimal(9)) for number in range(500)]
    placed = rank([*others, *winners], SCORE_ONLY, None, SEED)
    assert [each.place for each in placed] == [1] * 500 + [501] * 500
    assert [each.row for each in placed] == [*winners, *others]


def test_the_nearest_guess_wins_and_no_guess_loses_to_any():
    field = [
        row("none", guess=None),
        row("wild", guess=10**30),
        row("over", guess=503),
        row("under", guess=497),
        row("exact", guess=500),
    ]
    by_distance = (TieBreak.SCORE, TieBreak.GUESS_DISTANCE)
    expected = [("exact", 1), ("over", 2), ("under", 2), ("wild", 4), ("none", 5)]
    assert places(field, by_distance, 500) == expected


def test_an_equally_near_guess_that_is_not_over_or_not_under_wins_where_the_rules_say_so():
    field = [row("over", guess=503), row("under", guess=497)]
    not_over = (TieBreak.SCORE, TieBreak.GUESS_DISTANCE, TieBreak.GUESS_NOT_OVER)
    not_under = (TieBreak.SCORE, TieBreak.GUESS_DISTANCE, TieBreak.GUESS_NOT_UNDER)
    assert places(field, not_over, 500) == [("under", 1), ("over", 2)]
    assert places(field, not_under, 500) == [("over", 1), ("under", 2)]


def test_an_exact_guess_is_neither_over_nor_under():
    for rule in (TieBreak.GUESS_NOT_OVER, TieBreak.GUESS_NOT_UNDER):
        found = separates(row("A", guess=500), row("B", guess=None), (TieBreak.SCORE, rule), 500, 0)
        assert found == Separation(rule, value_a=True, value_b=None)


def test_before_the_closing_guesses_separate_nobody():
    field = [row("far", guess=1), row("near", guess=500)]
    assert places(field, (TieBreak.SCORE, TieBreak.GUESS_DISTANCE)) == [("far", 1), ("near", 1)]


def test_a_true_number_of_nought_is_known():
    field = [row("A", guess=3), row("B", guess=0)]
    assert places(field, (TieBreak.SCORE, TieBreak.GUESS_DISTANCE), 0) == [("B", 1), ("A", 2)]


@pytest.mark.parametrize(
    ("rule", "better", "worse"),
    [
        (TieBreak.DURATION, {"duration_ms": 59_999}, {"duration_ms": 60_000}),
        (TieBreak.HANDED_IN_AT, {"handed_in_at": NOON - SECOND}, {"handed_in_at": NOON}),
        (TieBreak.REGISTERED_AT, {"registered_at": NOON - SECOND}, {"registered_at": NOON}),
        (TieBreak.SCORE, {"score": Decimal("9.01")}, {"score": Decimal(9)}),
    ],
)
def test_a_separation_names_the_rule_and_what_it_saw(rule, better, worse):
    ties = tuple(dict.fromkeys((TieBreak.SCORE, rule)))
    (value,), (other,) = better.values(), worse.values()
    a, b = row("A", **worse), row("B", **better)
    assert separates(a, b, ties, 500, SEED) == Separation(rule, other, value)
    assert places([a, b], ties) == [("B", 1), ("A", 2)]


def test_anyone_can_recompute_the_draw():
    # printf '%s' '2026|K7F2-9QMX' | sha256sum
    assert draw_value(2026, "K7F2-9QMX") == "79f2d991b0b00d8788222d8eeec11c92"
    ties = (TieBreak.SCORE, TieBreak.DRAW)
    lots = {code: lot(code, SEED) for code in ("A", "B", "C")}
    assert [code for code, _ in places([row(code) for code in lots], ties)] == sorted(
        lots, key=lots.__getitem__
    )
    assert separates(row("A"), row("B"), ties, None, SEED) == Separation(
        TieBreak.DRAW, lots["A"], lots["B"]
    )


def test_another_seed_may_draw_another_winner():
    ties = (TieBreak.SCORE, TieBreak.DRAW)
    winners = {places([row("A"), row("B")], ties, seed=seed)[0] for seed in range(20)}
    assert winners == {("A", 1), ("B", 1)}


def test_a_difference_behind_the_sixth_decimal_is_a_tie():
    third = Decimal(1) / 3
    assert places([row("A", score=third), row("B", score=Decimal("0.333333"))]) == [
        ("A", 1),
        ("B", 1),
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"score": Decimal("NaN")},
        {"score": Decimal("Infinity")},
        {"score": Decimal(10**9)},
        {"score": Decimal(-(10**9))},
        {"duration_ms": -1},
        {"duration_ms": 10**12},
        {"handed_in_at": datetime(2026, 10, 10)},  # noqa: DTZ001 -- the very thing to be refused
    ],
)
def test_a_value_that_no_key_can_hold_is_refused(facts):
    ties = (TieBreak.SCORE, TieBreak.DURATION, TieBreak.HANDED_IN_AT)
    with pytest.raises(Invalid):
        sort_key(row("A", **facts), ties, None, SEED)


@pytest.mark.parametrize(
    "ties",
    [
        (),
        (TieBreak.DURATION, TieBreak.SCORE),
        (TieBreak.SCORE, TieBreak.SCORE),
        (TieBreak.SCORE, TieBreak.DRAW, TieBreak.DRAW),
    ],
)
def test_tie_breaks_begin_with_the_score_and_name_nothing_twice(ties):
    with pytest.raises(Invalid):
        check(ties, has_guess=True)
    with pytest.raises(Invalid):
        sort_key(AN, ties, None, SEED)
    with pytest.raises(Invalid):
        separates(AN, AN, ties, None, SEED)


def test_an_empty_field_is_placed_as_nobody():
    assert rank([], SCORE_ONLY, None, SEED) == []


@pytest.mark.parametrize("rule", sorted(GUESS_RULES))
def test_rules_about_the_guess_need_a_guess_question(rule):
    check((TieBreak.SCORE, rule), has_guess=True)
    with pytest.raises(Invalid):
        check((TieBreak.SCORE, rule), has_guess=False)


def test_every_list_without_a_guess_suits_a_contest_without_a_guess():
    check(tuple(rule for rule in TieBreak if rule not in GUESS_RULES), has_guess=False)
