"""Units compared by count, rate, average and target, and summed over their tree."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules.unit_totals import PlacedUnit, UnitOrder, UnitTotal, order, roll_up, scopes

PROVINCE, COMMUNE, WARD, VILLAGE, HAMLET = 1, 2, 3, 4, 5
TREE = {PROVINCE: None, COMMUNE: PROVINCE, WARD: PROVINCE, VILLAGE: COMMUNE, HAMLET: COMMUNE}

counts = st.integers(0, 50)
units = st.builds(
    UnitTotal,
    st.integers(1, 9),
    counts,
    counts,
    st.integers(0, 500).map(Decimal),
    st.none() | counts,
    st.none() | counts,
)


def unit(number, *, people=0, tries=0, points=0, headcount=None, target=None):
    return UnitTotal(number, people, tries, Decimal(points), headcount, target)


def places(totals, by, minimum_people=0):
    placed = order(totals, by, minimum_people)
    return [(each.total.unit_id, each.place) for each in placed]


def test_a_unit_has_a_rate_an_average_and_a_share_of_its_target():
    school = unit(1, people=30, tries=45, points=240, headcount=40, target=25)
    assert school.rate == Decimal("0.75")
    assert school.average == Decimal(8)
    assert school.target_share == Decimal("1.2")


@pytest.mark.parametrize("declared", [None, 0])
def test_what_was_not_declared_cannot_be_divided_by(declared):
    empty = unit(1, headcount=declared, target=declared)
    assert (empty.rate, empty.average, empty.target_share) == (None, None, None)


def test_more_people_than_declared_show_as_a_rate_above_one():
    assert unit(1, people=60, headcount=40).rate == Decimal("1.5")


def test_units_are_placed_one_two_two_four():
    totals = [unit(1, people=5), unit(2, people=7), unit(3, people=9), unit(4, people=7)]
    assert places(totals, UnitOrder.COUNT) == [(3, 1), (2, 2), (4, 2), (1, 4)]


def test_each_order_has_its_own_winner():
    totals = [
        unit(1, people=9, points=9, headcount=90, target=90),
        unit(2, people=8, points=16, headcount=10, target=80),
        unit(3, people=7, points=70, headcount=70, target=70),
        unit(4, people=6, points=6, headcount=60, target=3),
    ]
    winners = {by: order(totals, by)[0].total.unit_id for by in UnitOrder}
    assert winners == {
        UnitOrder.COUNT: 1,
        UnitOrder.RATE: 2,
        UnitOrder.AVERAGE: 3,
        UnitOrder.TARGET: 4,
    }


def test_equal_shares_of_different_sizes_tie():
    totals = [unit(1, people=1, headcount=3), unit(2, people=2, headcount=6)]
    assert places(totals, UnitOrder.RATE) == [(1, 1), (2, 1)]


def test_units_without_a_value_come_last_and_have_no_place():
    totals = [unit(1, people=9), unit(2, people=1, headcount=9), unit(3)]
    assert places(totals, UnitOrder.RATE) == [(2, 1), (1, None), (3, None)]
    assert order(totals, UnitOrder.RATE)[1] == PlacedUnit(totals[0], None, None)


def test_units_with_too_few_people_are_not_placed():
    totals = [unit(1, people=2, headcount=2), unit(2, people=10, headcount=20)]
    assert places(totals, UnitOrder.RATE) == [(1, 1), (2, 2)]
    assert places(totals, UnitOrder.RATE, minimum_people=10) == [(2, 1), (1, None)]


@given(st.lists(units), st.sampled_from(UnitOrder), counts)
def test_a_place_is_one_more_than_the_units_that_are_better(totals, by, minimum_people):
    placed = order(totals, by, minimum_people)
    assert len(placed) == len(totals)
    values = [each.value for each in placed if each.value is not None]
    for each in placed:
        if each.value is None:
            assert each.place is None
        else:
            assert each.place == sum(value > each.value for value in values) + 1


def test_a_parent_has_its_own_people_and_those_of_all_below():
    own = {
        PROVINCE: unit(PROVINCE, people=1, tries=2, points=3),
        COMMUNE: unit(COMMUNE, people=10, tries=20, points=30),
        VILLAGE: unit(VILLAGE, people=100, tries=200, points=300),
        HAMLET: unit(HAMLET, people=1000, tries=2000, points=3000),
    }
    rolled = roll_up(own, TREE)
    assert rolled == {
        PROVINCE: unit(PROVINCE, people=1111, tries=2222, points=3333),
        COMMUNE: unit(COMMUNE, people=1110, tries=2220, points=3330),
        WARD: unit(WARD),
        VILLAGE: own[VILLAGE],
        HAMLET: own[HAMLET],
    }


def test_a_declared_headcount_stands_before_the_sum_of_the_children():
    own = {
        COMMUNE: unit(COMMUNE, headcount=500),
        VILLAGE: unit(VILLAGE, headcount=90, target=9),
        HAMLET: unit(HAMLET, headcount=60, target=6),
        WARD: unit(WARD, headcount=300),
    }
    rolled = roll_up(own, TREE)
    assert (rolled[COMMUNE].headcount, rolled[COMMUNE].target_people) == (500, 15)
    assert (rolled[PROVINCE].headcount, rolled[PROVINCE].target_people) == (800, None)


def test_an_unknown_child_or_people_of_its_own_leave_a_parent_without_a_headcount():
    village = unit(VILLAGE, headcount=90)
    tree = {VILLAGE: COMMUNE, HAMLET: COMMUNE}
    assert roll_up({VILLAGE: village}, tree)[COMMUNE].headcount is None
    hamlet = unit(HAMLET, headcount=60)
    both = {VILLAGE: village, HAMLET: hamlet}
    assert roll_up(both, tree)[COMMUNE].headcount == 150
    assert roll_up(both | {COMMUNE: unit(COMMUNE, people=1)}, tree)[COMMUNE].headcount is None


def test_a_unit_outside_the_tree_is_a_root():
    alone = unit(99, people=3)
    assert roll_up({99: alone}, {}) == {99: alone}
    assert roll_up({}, {}) == {}


@pytest.mark.parametrize("parents", [{1: 1}, {1: 2, 2: 1}, {1: 2, 2: 3, 3: 1, 4: None, 5: 1}])
def test_a_circle_is_refused(parents):
    with pytest.raises(Invalid):
        roll_up({}, parents)


def test_a_very_deep_tree_is_no_trouble():
    chain = {number: number - 1 for number in range(2, 5001)}
    assert roll_up({5000: unit(5000, people=1)}, chain)[1].people == 1


@given(st.dictionaries(st.integers(1, 12), counts), st.data())
def test_every_unit_holds_the_people_of_all_its_descendants(people, data):
    parents = {
        number: data.draw(st.none() | st.integers(1, number - 1)) if number > 1 else None
        for number in range(1, 13)
    }
    rolled = roll_up({each: unit(each, people=count) for each, count in people.items()}, parents)

    def holds(ancestor, number):
        while number is not None and number != ancestor:
            number = parents[number]
        return number == ancestor

    for each, total in rolled.items():
        assert total.people == sum(count for number, count in people.items() if holds(each, number))


@pytest.mark.parametrize(
    ("owner", "others", "found"),
    [
        ("/1/7/", [], ["/1/7/"]),
        ("/1/7/", ["/1/7/12/"], ["/1/7/"]),
        ("/1/7/", ["/1/9/12/"], ["/1/"]),
        ("/1/7/30/", ["/1/7/31/", "/1/7/32/5/"], ["/1/7/"]),
        ("/1/7/", ["/1/"], ["/1/"]),
        ("/1/7/", ["/10/2/", "/2/", "/10/"], ["/1/7/", "/2/", "/10/"]),
    ],
)
def test_scopes_by_hand(owner: str, others: list[str], found: list[str]) -> None:
    assert scopes(owner, others) == found


PATHS = st.lists(st.integers(1, 3), min_size=1, max_size=4).map(
    lambda ids: f"/{'/'.join(map(str, ids))}/"
)


@given(PATHS, st.lists(PATHS, max_size=5))
def test_scopes_hold_everybody_once_and_nothing_smaller_does(owner: str, others: list[str]) -> None:
    found = scopes(owner, others)
    for path in (owner, *others):
        assert sum(path.startswith(scope) for scope in found) == 1
    own, *roots = found
    assert owner.startswith(own)
    assert all(root.count("/") == 2 for root in roots)
    below = [path for path in (owner, *others) if path.startswith(own)]
    assert own in below or len({path[len(own) :].split("/")[0] for path in below}) > 1
