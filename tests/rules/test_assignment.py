import random
from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from contest.errors import Invalid
from contest.rules.assignment import (
    EntryFacts,
    JudgeFacts,
    Limit,
    Pair,
    Reason,
    Unfit,
    assign,
    unfit,
    warnings,
)
from contest.rules.judging import Gate, adjust


def entries(count):
    return [EntryFacts(f"e{at:03}") for at in range(count)]


def judges(count, **facts):
    return [JudgeFacts(f"j{at:02}", **facts) for at in range(count)]


def panels(plan):
    found = defaultdict(set)
    for one in plan.pairs:
        found[one.entry].add(one.judge)
    return found


def loads(plan):
    return Counter(one.judge for one in plan.pairs)


def meetings(plan):
    return Counter(
        frozenset(two)
        for entry, panel in panels(plan).items()
        if entry not in plan.anchors
        for two in combinations(sorted(panel), 2)
    )


def said(problems):
    return [str(one) for one in problems]


def test_everybody_has_the_same_and_pairs_of_judges_meet_equally_often():
    plan = assign(entries(200), judges(20), (), per_entry=3, seed=7)

    assert {len(panel) for panel in panels(plan).values()} == {3}
    assert set(loads(plan).values()) == {30}
    assert set(meetings(plan).values()) == {3, 4}
    assert len(meetings(plan)) == 190
    assert {one.reason for one in plan.pairs} == {Reason.BALANCE}
    assert (plan.shortfalls, plan.warnings, plan.dropped) == ((), (), ())
    assert plan.is_full


def test_anchors_are_scored_by_all_and_never_first():
    plan = assign(entries(40), judges(8), (), per_entry=3, anchors=4, seed=3)

    assert len(plan.anchors) == 4
    for anchor in plan.anchors:
        assert panels(plan)[anchor] == {one.code for one in judges(8)}
    assert max(loads(plan).values()) - min(loads(plan).values()) <= 1
    assert all(queue[0] not in plan.anchors for queue in plan.queues.values())
    assert {one.reason for one in plan.pairs if one.is_anchor} == {Reason.ANCHOR}
    assert {one.entry for one in plan.pairs if one.is_anchor} == set(plan.anchors)


def test_anchors_are_entries_that_most_may_score():
    conflicts = [(f"e{at:03}", "j00") for at in range(36)]

    plan = assign(entries(40), judges(8), conflicts, per_entry=3, anchors=4, seed=3)

    assert plan.anchors == ("e036", "e037", "e038", "e039")


def test_an_anchor_is_first_only_among_anchors():
    plan = assign(entries(2), judges(2), (), per_entry=1, anchors=2, seed=1)

    assert {len(queue) for queue in plan.queues.values()} == {2}
    assert plan.anchors == ("e000", "e001")


def test_anchors_leave_room_for_every_entry():
    """Three judges take four each: the anchor's third judge is given up for the last entry."""
    plan = assign(entries(6), judges(3, most=4), (), per_entry=2, anchors=1, seed=2)

    assert plan.is_full
    assert set(loads(plan).values()) == {4}
    assert said(plan.warnings)[0] == (
        f"Bài chấm chung {plan.anchors[0]} có 2 trên 3 giám khảo chấm được, vì những người còn "
        "lại đã nhận đủ số bài tối đa."
    )


def test_more_anchors_than_entries_are_said():
    barred = [("e001", f"j{at:02}") for at in range(5)]

    plan = assign(entries(2), judges(5), barred, per_entry=1, anchors=3, seed=2)

    assert plan.anchors == ("e000",)
    assert said(plan.warnings)[0] == (
        "Chỉ có 1 trên 3 bài chấm chung, vì không còn bài nào chấm được."
    )


def test_each_judge_has_an_own_order():
    plan = assign(entries(30), judges(5), (), per_entry=5, seed=3)

    assert len(set(plan.queues.values())) == 5
    assert {tuple(sorted(queue)) for queue in plan.queues.values()} == {
        tuple(one.code for one in entries(30))
    }
    order = {(one.judge, one.entry): one.order for one in plan.pairs}
    for judge, queue in plan.queues.items():
        assert [order[judge, entry] for entry in queue] == list(range(1, 31))


def test_another_seed_gives_another_plan():
    plans = [assign(entries(20), judges(5), (), per_entry=3, seed=seed) for seed in (1, 1, 2)]

    assert plans[0] == plans[1]
    assert plans[0].pairs != plans[2].pairs


def test_a_top_up_keeps_what_exists_and_adds_only_what_is_missing():
    first = assign(entries(30), judges(6), (), per_entry=3, anchors=2, seed=5)
    existing = [
        Pair(one.entry, one.judge, is_done=one.order <= 6, is_anchor=one.is_anchor)
        for one in first.pairs
    ]
    left = [JudgeFacts(one.code, is_active=one.code != "j02") for one in judges(6)]

    second = assign(entries(31), left, (), per_entry=3, anchors=2, seed=5, existing=existing)

    kept = {(one.entry, one.judge) for one in second.pairs if one.reason is Reason.KEPT}
    gone = {(one.entry, one.judge) for one in second.dropped}
    assert kept == {(one.entry, one.judge) for one in existing if one.judge != "j02" or one.is_done}
    assert gone == {
        (one.entry, one.judge) for one in existing if one.judge == "j02" and not one.is_done
    }
    assert second.anchors == first.anchors
    assert second.is_full
    added = [one for one in second.pairs if one.reason is not Reason.KEPT]
    assert {one.judge for one in added if one.entry != "e030"} <= {
        "j00",
        "j01",
        "j03",
        "j04",
        "j05",
    }
    assert {one.reason for one in added if one.entry != "e030"} == {Reason.TOP_UP}
    assert [one.reason for one in added if one.entry == "e030"] == [Reason.BALANCE] * 3
    assert len(added) == 3 + sum(entry not in first.anchors for entry, _ in gone)
    active = [count for judge, count in loads(second).items() if judge != "j02"]
    assert max(active) - min(active) <= 1
    for judge, queue in first.queues.items():
        tail = [entry for entry in queue[1:] if entry in second.queues[judge][1:]]
        assert [entry for entry in second.queues[judge][1:] if entry in tail] == tail


def test_entries_are_moved_off_a_slow_judge():
    first = assign(entries(20), judges(5), (), per_entry=2, seed=5)
    existing = [Pair(one.entry, one.judge, is_done=one.order <= 3) for one in first.pairs]
    slow = {(one.entry, one.judge) for one in existing if one.judge == "j01"}

    second = assign(
        entries(20), judges(5), (), per_entry=2, seed=5, existing=existing, taken_off=slow
    )

    assert loads(second)["j01"] == 3
    assert second.is_full
    assert {(one.entry, one.judge) for one in second.dropped} == {
        (one.entry, one.judge) for one in existing if one.judge == "j01" and not one.is_done
    }


def test_nothing_is_kept_of_whom_is_not_there_or_in_conflict():
    existing = [
        Pair("e000", "j00", is_done=True),
        Pair("e000", "gone", is_done=True),
        Pair("gone", "j00", is_done=True),
        Pair("e001", "j01", is_done=True),
    ]

    plan = assign(entries(2), judges(3), [("e000", "j00")], per_entry=2, seed=1, existing=existing)

    assert plan.dropped == (existing[1], existing[0], existing[2])
    assert panels(plan)["e000"] == {"j01", "j02"}
    assert "j01" in panels(plan)["e001"]


def test_a_kept_pair_may_break_the_other_limits():
    """Somebody gave it by hand; only new pairs are bound."""
    judge = JudgeFacts("j", most=1, divisions=frozenset({"B"}))
    existing = [Pair("e000", "j"), Pair("e001", "j")]

    plan = assign(entries(3), [judge], (), per_entry=1, seed=1, existing=existing)

    assert [(one.entry, one.reason) for one in plan.pairs] == [
        ("e000", Reason.KEPT),
        ("e001", Reason.KEPT),
    ]


def test_what_no_longer_fits_is_named_and_what_is_to_be_done_comes_first():
    works = [
        EntryFacts("e1", languages=frozenset({"hmn", "ium"})),
        EntryFacts("e2", "d1"),
        EntryFacts("e3", languages=frozenset({"hmn"})),
    ]
    people = [
        JudgeFacts("j1", most=0, divisions=frozenset({"d2"}), languages=frozenset({"hmn"})),
        JudgeFacts("j2", is_active=False),
    ]
    pairs = [Pair("e1", "j1", is_done=True), Pair("e2", "j1"), Pair("e3", "j1"), Pair("e3", "j2")]
    pairs += [Pair("e2", "j2"), Pair("gone", "j1"), Pair("e1", "gone")]
    assert unfit(works, people, {("e3", "j2"), ("e1", "j2")}, pairs) == (
        Unfit(Pair("e3", "j2"), Limit.CONFLICT),
        Unfit(Pair("e1", "j1", is_done=True), Limit.LANGUAGE, frozenset({"ium"})),
    )


def test_a_full_plan_is_found_by_passing_judges_on():
    """The scarce judge must be left to the entry nobody else may score."""
    conflicts = [("e000", "j01"), ("e000", "j02"), ("e001", "j02")]

    plan = assign(entries(3), judges(3, most=1), conflicts, per_entry=1, seed=1)

    assert panels(plan) == {"e000": {"j00"}, "e001": {"j01"}, "e002": {"j02"}}


def test_a_shortfall_names_every_limit():
    entry = EntryFacts("bai", division="Tiểu học", languages=frozenset({"vi", "hmn"}))
    both = frozenset({"vi", "hmn"})
    panel = [
        JudgeFacts("a", languages=both),
        JudgeFacts("b", languages=frozenset({"vi"})),
        JudgeFacts("c", languages=both, divisions=frozenset({"THCS"})),
        JudgeFacts("d", languages=both, most=0),
        JudgeFacts("e", languages=both),
        JudgeFacts("f", languages=both, divisions=frozenset({"Tiểu học"})),
        JudgeFacts("g", languages=both, is_active=False),
    ]

    plan = assign([entry], panel, [("bai", "a")], per_entry=7, seed=1, taken_off=[("bai", "e")])

    [short] = plan.shortfalls
    assert (short.entry, short.got, short.wanted) == ("bai", 1, 7)
    assert str(short.problem) == "Bài bai mới có 1 trên 7 giám khảo."
    assert said(short.why) == [
        "Hội đồng chỉ có 6 giám khảo đang chấm.",
        "1 giám khảo có xung đột lợi ích với bài này.",
        "1 giám khảo không chấm bảng “Tiểu học”.",
        "1 giám khảo không dùng ngôn ngữ của bài này.",
        "1 giám khảo đã được rút khỏi bài này.",
        "1 giám khảo đã nhận đủ số bài tối đa.",
    ]
    assert short.limits == dict.fromkeys(Limit, 1)
    assert not plan.is_full


def test_shortage_is_shared_out():
    """Ten places for six entries of two: all have one before any has two."""
    plan = assign(entries(6), judges(2, most=5), (), per_entry=2, seed=1)

    assert sorted(len(panel) for panel in panels(plan).values()) == [1, 1, 2, 2, 2, 2]
    assert [said(one.why) for one in plan.shortfalls] == [
        ["1 giám khảo đã nhận đủ số bài tối đa."]
    ] * 2


def test_clusters_are_joined_by_whoever_may_score_both():
    """Two divisions, each with judges of its own, and two judges who may score both."""
    two = [EntryFacts(f"a{at}", "A") for at in range(12)]
    two += [EntryFacts(f"b{at}", "B") for at in range(12)]
    panel = [
        JudgeFacts(f"{name}{at}", divisions=frozenset({name.upper()}))
        for name in "ab"
        for at in range(4)
    ]
    for seed in range(20):
        plan = assign(two, [*panel, *judges(2)], (), per_entry=2, seed=seed)

        assert plan.is_full
        assert not [one for one in plan.warnings if "tách" in str(one) or "chỉ nối" in str(one)]


def test_closed_panels_are_warned_of():
    two = [EntryFacts(f"a{at}", "A") for at in range(10)]
    two += [EntryFacts(f"b{at}", "B") for at in range(10)]
    panel = [
        JudgeFacts(f"{name}{at}", divisions=frozenset({name.upper()}))
        for name in "ab"
        for at in range(3)
    ]

    plan = assign(two, panel, (), per_entry=2, seed=1)

    assert plan.is_full
    assert said(plan.warnings) == [
        (
            "Giám khảo và bài dự thi tách thành 2 nhóm không có bài chấm chung, nên sau này "
            "điểm giữa các nhóm không so sánh được. Hãy thêm bài chấm chung cho mọi giám khảo."
        )
    ]


def test_kept_panels_are_joined_by_what_is_still_free():
    """Closed panels of two, all kept; the last third judge of each entry brings them together."""
    existing = [
        Pair(f"e{at:03}", f"j{2 * (at % 4) + side:02}") for at in range(24) for side in range(2)
    ]
    plan = assign(entries(24), judges(8), (), per_entry=3, seed=1, existing=existing)

    assert plan.is_full
    assert plan.warnings == ()


def test_too_little_for_the_gate_is_warned_of():
    plan = assign(entries(8), judges(2), (), per_entry=1, seed=1)

    assert said(plan.warnings) == [
        (
            "Giám khảo và bài dự thi tách thành 2 nhóm không có bài chấm chung, nên sau này "
            "điểm giữa các nhóm không so sánh được. Hãy thêm bài chấm chung cho mọi giám khảo."
        ),
        (
            "Giám khảo j00, j01 được giao ít hơn 5 bài, nên sau này chưa đủ để bù phần chặt tay "
            "hoặc dễ tay; kết quả sẽ dùng điểm trung bình."
        ),
        (
            "Mỗi bài chỉ có khoảng một giám khảo, nên sau này chưa tách được phần chặt tay hoặc dễ "
            "tay; kết quả sẽ dùng điểm trung bình."
        ),
    ]


def test_a_thin_link_is_warned_of():
    pairs = [(f"a{at}", judge) for at in range(6) for judge in "12"]
    pairs += [(f"b{at}", judge) for at in range(6) for judge in "34"]

    assert said(warnings([*pairs, ("a0", "3")])) == [
        (
            "Có nhóm giám khảo chỉ nối với phần còn lại bằng một phiếu chấm. Hãy thêm bài chấm "
            "chung để phần bù điểm chắc chắn hơn."
        )
    ]
    assert said(warnings([*pairs, ("a0", "3"), ("b0", "1")])) == []


def test_nothing_to_assign_is_no_problem():
    plan = assign([], [], (), per_entry=3, anchors=0, seed=1)

    assert (plan.pairs, plan.queues, plan.shortfalls, plan.warnings) == ((), {}, (), ())


def test_without_judges_every_entry_is_short():
    plan = assign(entries(2), [], (), per_entry=1, seed=1)

    assert [said(one.why) for one in plan.shortfalls] == [
        ["Hội đồng chỉ có 0 giám khảo đang chấm."]
    ] * 2


@pytest.mark.parametrize(("per_entry", "anchors"), [(0, 0), (1, -1)])
def test_nonsense_is_refused(per_entry, anchors):
    with pytest.raises(Invalid):
        assign(entries(1), judges(1), (), per_entry=per_entry, anchors=anchors, seed=1)


@st.composite
def rooms(draw):
    """A small jury with every kind of limit, and something that exists already."""
    names = st.frozensets(st.sampled_from(["A", "B"]), max_size=2)
    given_entries = [
        EntryFacts(
            f"e{at}",
            draw(st.sampled_from(["A", "B"])),
            draw(st.sampled_from([frozenset(), frozenset(), frozenset({"vi"})])),
        )
        for at in range(draw(st.integers(1, 9)))
    ]
    given_judges = [
        JudgeFacts(
            f"j{at}",
            most=draw(st.none() | st.integers(0, 6)),
            divisions=draw(names),
            languages=draw(st.sampled_from([frozenset({"vi"}), frozenset()])),
            is_active=draw(st.sampled_from([True, True, True, False])),
        )
        for at in range(draw(st.integers(1, 6)))
    ]
    some = st.sets(
        st.tuples(
            st.sampled_from([one.code for one in given_entries]),
            st.sampled_from([one.code for one in given_judges]),
        ),
        max_size=8,
    )
    existing = [
        Pair(entry, judge, draw(st.booleans()), draw(st.booleans()))
        for entry, judge in sorted(draw(some))
    ]
    return {
        "entries": given_entries,
        "judges": given_judges,
        "conflicts": draw(some),
        "per_entry": draw(st.integers(1, 4)),
        "anchors": draw(st.integers(0, 3)),
        "seed": draw(st.integers(0, 99)),
        "existing": existing,
        "taken_off": draw(some),
    }


def may(room, entry, judge):
    return (
        judge.is_active
        and (entry.code, judge.code) not in room["conflicts"] | room["taken_off"]
        and (not judge.divisions or entry.division in judge.divisions)
        and entry.languages <= judge.languages
    )


def kept_of(room):
    active = {one.code for one in room["judges"] if one.is_active}
    return {
        (one.entry, one.judge)
        for one in room["existing"]
        if (one.entry, one.judge) not in room["conflicts"]
        and (
            one.is_done or (one.judge in active and (one.entry, one.judge) not in room["taken_off"])
        )
    }


def most_covered(room):
    """The most places that can be filled: kept ones and a maximum flow for the rest."""
    kept = kept_of(room)
    names = [one.code for one in room["entries"]]
    had = Counter(entry for entry, _ in kept)
    load = Counter(judge for _, judge in kept)
    size = 2 + len(names) + len(room["judges"])
    flow = np.zeros((size, size), dtype=np.int32)
    for at, entry in enumerate(room["entries"]):
        flow[0, 2 + at] = max(0, room["per_entry"] - had[entry.code])
        for column, judge in enumerate(room["judges"]):
            if may(room, entry, judge) and (entry.code, judge.code) not in kept:
                flow[2 + at, 2 + len(names) + column] = 1
    for column, judge in enumerate(room["judges"]):
        most = len(names) if judge.most is None else judge.most
        flow[2 + len(names) + column, 1] = max(0, most - load[judge.code])
    found = maximum_flow(csr_array(flow), 0, 1).flow_value
    return found + sum(min(room["per_entry"], had[name]) for name in names)


@settings(max_examples=300, deadline=None)
@given(rooms())
def test_a_plan_breaks_no_limit_and_fills_as_much_as_a_maximum_flow(room):
    plan = assign(**room)

    kept = kept_of(room)
    facts = {one.code: one for one in room["entries"]}
    people = {one.code: one for one in room["judges"]}
    assert {(one.entry, one.judge) for one in plan.pairs if one.reason is Reason.KEPT} == kept
    assert {(one.entry, one.judge) for one in plan.dropped} == {
        (one.entry, one.judge) for one in room["existing"]
    } - kept
    assert len({(one.entry, one.judge) for one in plan.pairs}) == len(plan.pairs)
    old = Counter(judge for _, judge in kept)
    for judge, load in loads(plan).items():
        most = people[judge].most
        assert most is None or load <= max(most, old[judge])
    had = Counter(entry for entry, _ in kept)
    for one in plan.pairs:
        if one.reason is not Reason.KEPT:
            assert may(room, facts[one.entry], people[one.judge])
    sizes = {name: len(panels(plan)[name]) for name in facts}
    wanted = room["per_entry"]
    assert sum(min(wanted, size) for size in sizes.values()) == most_covered(room)
    for name, size in sizes.items():
        assert name in plan.anchors or size <= max(wanted, had[name])
    assert [(one.entry, one.got) for one in plan.shortfalls] == [
        (name, size) for name, size in sorted(sizes.items()) if size < wanted
    ]
    for judge, queue in plan.queues.items():
        assert Counter(queue) == Counter(one.entry for one in plan.pairs if one.judge == judge)


@settings(max_examples=60, deadline=None)
@given(rooms(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_does_not_matter(room, dice):
    shuffled = dict(room)
    for name in ("entries", "judges", "existing"):
        shuffled[name] = dice.sample(room[name], len(room[name]))

    assert repr(assign(**shuffled)) == repr(assign(**room))  # problems have no equality


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30), st.integers(1, 8), st.integers(1, 4), st.integers(0, 3), st.integers())
@example(5, 7, 2, 0, 0)
@example(3, 4, 2, 0, 0)  # a star would hang together better than a chain, but its middle has three
def test_where_nothing_forbids_loads_are_even(many, people, wanted, anchors, seed):
    plan = assign(entries(many), judges(people), (), per_entry=wanted, anchors=anchors, seed=seed)

    found = [loads(plan)[one.code] for one in judges(people)]
    assert max(found) - min(found) <= 1
    assert plan.is_full == (people >= wanted)


@settings(max_examples=60, deadline=None)
@given(st.integers(4, 30), st.integers(2, 8), st.integers(2, 4), st.integers())
def test_where_nothing_forbids_all_hangs_together(many, people, wanted, seed):
    """A tree needs one score less than there are entries and judges."""
    plan = assign(entries(many), judges(people), (), per_entry=wanted, seed=seed)

    scores = len(plan.pairs)
    apart = any("tách" in str(one) for one in plan.warnings)
    assert apart == (scores < many + len(loads(plan)) - 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12), st.integers(2, 5), st.integers(1, 3), st.integers(0, 2), st.integers())
def test_the_warnings_foretell_the_gate(many, people, wanted, anchors, seed):
    plan = assign(entries(many), judges(people), (), per_entry=wanted, anchors=anchors, seed=seed)
    dice = random.Random(seed)

    found = adjust([(one.entry, one.judge, dice.gauss(0, 1)) for one in plan.pairs])

    grave = [
        one for one in plan.warnings if "chỉ nối" not in str(one) and "Bài chấm" not in str(one)
    ]
    assert (found.gate is not Gate.ADJUST) == bool(grave)
