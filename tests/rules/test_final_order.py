import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contest.rules.final_order import (
    FinalOrder,
    Ranked,
    Step,
    TieFacts,
    count_firsts,
    final_order,
    head_means,
    prizes,
    published_mark,
    to_deliberate,
)
from contest.rules.judging import Gate, adjust
from contest.rules.prize_chances import are_tied

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)


def raw(**marks):
    """One score an entry: its raw mean is published."""
    return adjust([(entry, "j", mark) for entry, mark in marks.items()])


def facts(head=0, firsts=0, minutes=0):
    return TieFacts(
        None if head is None else Fraction(head), firsts, NOON + timedelta(minutes=minutes)
    )


def alike(found):
    return dict.fromkeys(found.entries, facts())


def panel(seed=1, spread=3.0, noise=0.7, entries=20):
    dice = random.Random(seed)
    strict = [dice.gauss(0, 1) for _ in range(5)]
    return adjust(
        [
            (f"e{entry:02}", f"j{judge}", spread * entry + strict[judge] + dice.gauss(0, noise))
            for entry in range(entries)
            for judge in ((entry + k) % 5 for k in range(3))
        ]
    )


def seen(order):
    return [(row.entry, row.place) for row in order.rows]


def test_marks_order_and_each_step_is_named():
    found = raw(a=70, b=90, c=80)

    assert final_order(found, alike(found)) == FinalOrder(
        (
            Ranked("b", 1, Decimal("90.00"), (), None),
            Ranked("c", 2, Decimal("80.00"), (), Step.MARK),
            Ranked("a", 3, Decimal("70.00"), (), Step.MARK),
        ),
        (),
    )


def test_marks_are_published_to_two_places_half_up():
    found = raw(a=78.125, b=78.12499999999999, c=78.1249, d=-0.005)

    assert [str(published_mark(found, name)) for name in "abcd"] == [
        "78.13",
        "78.13",
        "78.12",
        "-0.01",
    ]
    assert seen(final_order(found, alike(found))) == [("a", 1), ("b", 1), ("c", 3), ("d", 4)]


def test_the_adjusted_mark_is_published_where_the_gate_allows():
    found = panel()

    assert found.gate is Gate.ADJUST
    assert published_mark(found, "e07") == round(Decimal(found.entries["e07"].mean), 2)


def test_ties_are_settled_by_the_published_rule():
    found = raw(a=80, b=80, c=80, d=80, e=80, f=80, g=70)
    order = final_order(
        found,
        {
            "a": facts(head=None, firsts=9, minutes=-9),
            "b": facts(head=7, firsts=1, minutes=5),
            "c": facts(head=7, firsts=2, minutes=5),
            "d": facts(head=7, firsts=1, minutes=2),
            "e": facts(head=9),
            "f": facts(head=7, firsts=1, minutes=5),
            "g": facts(head=10),
        },
    )

    assert [(row.entry, row.place, row.step) for row in order.rows] == [
        ("e", 1, None),
        ("c", 2, Step.HEAD),
        ("d", 3, Step.FIRSTS),
        ("b", 4, Step.HANDED_IN),
        ("f", 4, Step.SHARED),
        ("a", 6, Step.HEAD),
        ("g", 7, Step.MARK),
    ]
    assert order.rows[0].tie == ("a", "b", "c", "d", "f")
    assert order.rows[-1].tie == ()


def test_a_decision_goes_before_the_rule():
    found = raw(a=80, b=80, c=70)
    told = {"a": facts(head=9), "b": facts(head=1), "c": facts()}

    order = final_order(found, told, decisions=[("a", "b"), ("b", "a")])

    assert seen(order) == [("b", 1), ("a", 2), ("c", 3)]
    assert order.rows[1].step is Step.DECISION
    assert order.unused == ()


@pytest.mark.parametrize("decision", [("b", "c"), ("a", "b", "c"), ("a", "x"), ("a",)])
def test_a_decision_about_no_tie_decides_nothing_and_is_said(decision):
    """The marks may have changed since; what was decided then must not turn other places."""
    found = raw(a=80, b=80, c=70)
    told = {"a": facts(head=9), "b": facts(head=1), "c": facts()}

    order = final_order(found, told, decisions=[decision])

    assert seen(order) == [("a", 1), ("b", 2), ("c", 3)]
    assert order.unused == (decision,)


def test_a_difference_below_its_error_is_a_tie_where_asked():
    found = panel(seed=6, spread=0.1, noise=1.5)
    plain = final_order(found, alike(found))
    first, second = (row.entry for row in plain.rows[:2])
    assert are_tied(found, first, second)
    told = alike(found) | {second: facts(head=1)}

    assert seen(final_order(found, told))[:2] == [(first, 1), (second, 2)]
    order = final_order(found, told, is_error_a_tie=True)

    assert seen(order)[0] == (second, 1)
    for row in order.rows:
        assert row.entry not in row.tie
    whole = {row.entry for row in order.rows if first in (row.entry, *row.tie)}
    assert all(one == first or are_tied(found, first, one) for one in whole)
    rest = [row.entry for row in plain.rows if row.entry not in whole]
    assert not are_tied(found, first, rest[0])


def test_errors_make_no_tie_where_raw_means_are_published():
    found = replace(panel(seed=6, spread=0.1, noise=1.5), gate=Gate.APART)

    plain, asked = (final_order(found, alike(found), is_error_a_tie=flag) for flag in (False, True))

    assert plain == asked


def test_who_is_not_ranked_takes_no_place():
    found = raw(a=90, b=80, c=70)

    assert seen(final_order(found, {"b": facts(), "c": facts()})) == [("b", 1), ("c", 2)]
    with pytest.raises(KeyError):
        final_order(found, {"x": facts()})


def test_nobody_is_no_order():
    assert final_order(adjust([]), {}) == FinalOrder((), ())


def test_prizes_go_down_the_places():
    found = raw(a=90, b=80, c=70, d=60, e=50)
    order = final_order(found, alike(found))

    told = prizes(order, [("nhất", 1), ("nhì", 1), ("ba", 2)])

    assert told.given == {"a": "nhất", "b": "nhì", "c": "ba", "d": "ba"}
    assert (told.beyond, told.left) == ({}, {})


def test_a_shared_place_shares_its_prize():
    found = raw(a=90, b=90, c=70, d=60, e=60)
    order = final_order(found, alike(found))

    told = prizes(order, [("nhất", 1), ("nhì", 2), ("ba", 1), ("tư", 2)])

    assert told.given == {"a": "nhất", "b": "nhất", "c": "nhì", "d": "ba", "e": "ba"}
    assert told.beyond == {"nhất": 1, "ba": 1}
    assert told.left == {"nhì": 1, "tư": 2}


def test_the_zone_to_deliberate_is_where_prizes_are_unsure():
    names = [("nhất", 1), ("nhì", 2)]
    clear = panel(spread=20)
    close = panel(seed=2, spread=0.3)

    assert to_deliberate(clear, final_order(clear, alike(clear)), names, seed=1) == ()
    order = final_order(close, alike(close))
    zone = to_deliberate(close, order, names, seed=1)

    assert len(zone) >= 2
    ranked = [row.entry for row in order.rows]
    assert list(zone) == [entry for entry in ranked if entry in zone]
    assert zone == to_deliberate(close, order, names, seed=1)


def test_who_is_not_ranked_takes_no_chance_either():
    """Without the two best the third and fourth contend for the first prize."""
    found = panel(spread=20)
    rest = {entry: facts() for entry in found.entries if entry not in {"e19", "e18"}}
    close = replace(
        found,
        entries=found.entries
        | {"e16": replace(found.entries["e16"], mean=found.entries["e17"].mean)},
    )

    order = final_order(close, rest)

    assert to_deliberate(close, order, [("nhất", 1)], seed=1) == ("e16", "e17")


def test_where_raw_means_are_published_there_is_no_zone():
    found = raw(a=90, b=90)

    assert to_deliberate(found, final_order(found, alike(found)), [("nhất", 1)], seed=1) == ()


def test_a_judge_puts_the_best_first_and_equals_together():
    scores = [
        ("a", "x", 9.0),
        ("b", "x", 9.0),
        ("c", "x", 8.0),
        ("a", "y", 5.0),
        ("b", "y", 4.0),
        ("c", "z", 1.0),
    ]

    assert count_firsts(scores) == {"a": 2, "b": 1, "c": 1}
    assert count_firsts([("a", "x", 2.0), ("b", "x", 1.0)]) == {"a": 1, "b": 0}


def test_head_means_are_exact():
    points = [("a", Decimal(7)), ("a", Decimal("7.5")), ("a", Decimal(8)), ("b", Decimal(1))]
    points.append(("b", Decimal("0.3")))

    assert head_means(points) == {"a": Fraction(15, 2), "b": Fraction(13, 20)}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 4), min_size=1),
    st.data(),
    st.booleans(),
)
def test_places_follow_marks_and_every_entry_has_one(marks, data, flag):
    found = raw(**marks)
    told = {
        entry: facts(data.draw(st.integers(0, 1)), data.draw(st.integers(0, 1))) for entry in marks
    }

    order = final_order(found, told, is_error_a_tie=flag)

    assert sorted(row.entry for row in order.rows) == sorted(marks)
    for above, here in zip(order.rows, order.rows[1:], strict=False):
        assert above.mark >= here.mark
        assert (above.place == here.place) == (here.step is Step.SHARED)
        same = (marks[above.entry], told[above.entry]) == (marks[here.entry], told[here.entry])
        assert same == (here.step is Step.SHARED)
    for row in order.rows:
        assert row.place == 1 + sum(
            (-marks[one], -told[one].head, -told[one].firsts)
            < (-marks[row.entry], -told[row.entry].head, -told[row.entry].firsts)
            for one in marks
        )
