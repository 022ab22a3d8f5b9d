"""Who belongs together: the same body, or one inside the other, unless it holds everybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.rules.conflict_of_interest import Node, are_together, body

PROVINCE, COMMUNE, VILLAGE = Node(1, "province"), Node(2, "commune"), Node(3, "village")
SCHOOL, CLASS_A, CLASS_B = Node(4, "school"), Node(5, "class"), Node(6, "class")
OFFICE, DESK, CELL = Node(7, "agency"), Node(8, "agency"), Node(9, "youth_cell")
OTHER_SCHOOL, OTHER_COMMUNE = Node(10, "school"), Node(11, "commune")
GROUP = Node(12, "other")

province = (PROVINCE,)
commune = (PROVINCE, COMMUNE)
village = (*commune, VILLAGE)
school = (*commune, SCHOOL)
class_a, class_b = (*school, CLASS_A), (*school, CLASS_B)
office = (PROVINCE, OFFICE)
desk, cell = (*office, DESK), (*office, CELL)
school_of_office = (*office, OTHER_SCHOOL)
other_commune = (PROVINCE, OTHER_COMMUNE)
group = (*commune, CELL)

OF_PROVINCE = frozenset({1})
OF_COMMUNE = frozenset({1, 2})
OF_SCHOOL = frozenset({1, 2, 4})


@pytest.mark.parametrize(
    ("judge", "entrant", "everyone", "together"),
    [
        (school, school, OF_PROVINCE, True),
        (class_a, class_b, OF_PROVINCE, True),  # another class of the same school
        (class_a, school, OF_PROVINCE, True),
        (school, (*commune, OTHER_SCHOOL), OF_PROVINCE, False),
        (village, village, OF_PROVINCE, True),
        (commune, commune, OF_PROVINCE, True),  # counted together on the boards of the province
        (commune, other_commune, OF_PROVINCE, False),
        (commune, school, OF_PROVINCE, False),  # a commune holds everybody who lives there
        (school, commune, OF_PROVINCE, False),
        (commune, village, OF_PROVINCE, False),
        (province, school, OF_PROVINCE, False),
        (province, province, OF_PROVINCE, False),
        (office, desk, OF_PROVINCE, True),
        (desk, office, OF_PROVINCE, True),
        (cell, office, OF_PROVINCE, True),  # a cell stands for its agency
        (cell, desk, OF_PROVINCE, True),
        (office, school_of_office, OF_PROVINCE, False),  # it runs all schools
        (school_of_office, office, OF_PROVINCE, False),
        (group, group, OF_PROVINCE, True),  # a cell right below a commune stands for itself
        (group, commune, OF_PROVINCE, False),
        (commune, commune, OF_COMMUNE, False),  # the commune's own contest
        (school, class_a, OF_COMMUNE, True),
        (school, class_a, OF_SCHOOL, False),  # the school's own contest
        (class_a, class_b, OF_SCHOOL, False),
        (class_a, class_a, OF_SCHOOL, True),
    ],
)
def test_the_rule(judge, entrant, everyone, together) -> None:
    assert are_together(judge, entrant, everyone) is together
    assert are_together(entrant, judge, everyone) is together


@pytest.mark.parametrize(
    ("lineage", "everyone", "found"),
    [
        (class_a, OF_PROVINCE, SCHOOL),
        (class_a, OF_SCHOOL, CLASS_A),
        (cell, OF_PROVINCE, OFFICE),
        (group, OF_PROVINCE, CELL),
        (province, OF_PROVINCE, None),
        ((), OF_PROVINCE, None),
    ],
)
def test_the_body_somebody_acts_for(lineage, everyone, found) -> None:
    assert body(lineage, everyone) == found


KINDS = ("province", "commune", "village", "school", "class", "agency", "company", "youth_cell")
lines = st.lists(st.sampled_from(KINDS), min_size=1, max_size=5)


@given(kinds=lines, other=lines, shared=st.integers(0, 5), owner=st.integers(0, 5))
def test_it_does_not_matter_who_is_the_judge(kinds, other, shared, owner) -> None:
    one = tuple(Node(at, kind) for at, kind in enumerate(kinds))
    two = one[:shared] + tuple(Node(100 + at, kind) for at, kind in enumerate(other))
    everyone = frozenset(node.id for node in one[:owner])
    assert are_together(one, two, everyone) is are_together(two, one, everyone)
