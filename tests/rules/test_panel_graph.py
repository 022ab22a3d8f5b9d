from hypothesis import given
from hypothesis import strategies as st

from contest.rules.panel_graph import shape


def pairs(text):
    """Read `a1 a2 b1`: entry a scored by the judges 1 and 2, entry b by 1."""
    return [(word[0], word[1:]) for word in text.split()]


def test_nothing_has_no_part():
    found = shape([])

    assert found.measure == (0, 0)
    assert found.weakest == frozenset()


def test_one_piece_without_a_link_has_no_weak_spot():
    found = shape(pairs("a1 a2 b2 b3 c3 c1 d1"))

    assert found.measure == (1, 0)
    assert found.weakest == frozenset()


def test_the_smallest_part_is_the_weakest():
    found = shape(pairs("a1 a2 b2 b3 c4 c5 d4 d5"))

    assert found.measure == (2, 0)
    assert found.weakest == {"4", "5"}


def test_a_score_that_alone_holds_two_clusters_is_a_link():
    found = shape(pairs("a1 a2 b1 b2 b3 c3 c4 c5 d3 d4 d5"))

    assert found.measure == (1, 1)
    assert found.weakest == {"1", "2"}
    assert shape(pairs("a1 a2 b1 b2 b3 c3 c4 c5 d3 d4 d5 a4")).measure == (1, 0)


def test_a_judge_with_one_entry_is_no_cluster():
    assert shape(pairs("a1 a2 b1 b2 b3")).measure == (1, 0)


def judges_of(edges, start):
    reached = {start}
    while True:
        more = {
            node
            for entry, judge in edges
            for node in (("e", entry), ("j", judge))
            if ("e", entry) in reached or ("j", judge) in reached
        }
        if more <= reached:
            return reached
        reached |= more


def parts_of(edges):
    left = {("e", entry) for entry, _ in edges} | {("j", judge) for _, judge in edges}
    found = []
    while left:
        part = judges_of(edges, min(left))
        found.append(part)
        left -= part
    return found


@given(st.sets(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("123456")), max_size=18))
def test_it_agrees_with_taking_every_score_away_in_turn(edges):
    parts = parts_of(edges)
    links = 0
    for edge in edges:
        entry_side = judges_of(edges - {edge}, ("e", edge[0]))
        if ("j", edge[1]) not in entry_side:
            other_side = judges_of(edges - {edge}, ("j", edge[1]))
            links += all(
                sum(kind == "j" for kind, _ in side) > 1 for side in (entry_side, other_side)
            )

    assert shape(edges).measure == (len(parts), links)
