from collections import Counter
from dataclasses import FrozenInstanceError, replace
from itertools import pairwise, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contest.errors import Invalid
from question_bank.rules.drawing import (
    EXPECTED_BY_DIFFICULTY,
    TRIALS,
    Candidate,
    Item,
    Plan,
    PoolTooSmall,
    Quota,
    Shortage,
    Unbalanced,
    check,
    draw,
    prepare,
    spread,
    to_authored,
    to_shown,
)
from question_bank.rules.given import QuestionType

ONE, SEVERAL, TRUE_FALSE, ORDERING, MATCHING, NUMBER = QuestionType
NOBODY = frozenset()
SIDES = {ONE: (4, 0), SEVERAL: (5, 0), ORDERING: (4, 0), MATCHING: (3, 5)}


def question(number, topic="a", difficulty=1, **facts):
    kind = facts.setdefault("type", ONE)
    size, size_right = SIDES.get(kind, (0, 0))
    shape = {"version_id": 1000 + number, "exposure": 0, "audiences": NOBODY}
    share = {"expected": EXPECTED_BY_DIFFICULTY[difficulty], "size": size, "size_right": size_right}
    return Candidate(number, topic=topic, difficulty=difficulty, **{**shape, **share, **facts})


def bank(per_cell=16, topics="abcde"):
    cells = product(range(per_cell), topics, (1, 2, 3))
    kinds = list(QuestionType)
    return [
        question(number, topic, level, exposure=number % 7, type=kinds[number % 6])
        for number, (_, topic, level) in enumerate(cells)
    ]


def by_version(candidates):
    return {one.version_id: one for one in candidates}


def drawn(candidates, paper):
    known = by_version(candidates)
    return [known[item.version_id] for item in paper.items]


def can_fill(candidates, quotas):
    """Brute force: may every place of every quota get a question of its own."""
    places = [quota for quota in quotas for _ in range(quota.count)]

    def fill(at, left):
        return at == len(places) or any(
            places[at].takes(one) and fill(at + 1, left - {one}) for one in left
        )

    return fill(0, frozenset(candidates))


def small_pools():
    one = st.builds(
        question,
        st.integers(1, 8),
        st.sampled_from("ab"),
        st.sampled_from([1, 2]),
        type=st.sampled_from(QuestionType),
        exposure=st.integers(0, 50),
        expected=st.floats(0, 1),
        audiences=st.frozensets(st.sampled_from("xy")),
    )
    return st.lists(one, max_size=8, unique_by=lambda one: one.question_id)


def quotas():
    topics, levels = st.sampled_from([None, "a", "b"]), st.sampled_from([None, 1, 2])
    audiences = st.frozensets(st.sampled_from("xy"), max_size=1)
    one = st.builds(Quota, topics, levels, st.integers(1, 3), audiences)
    return st.lists(one, min_size=1, max_size=4).map(tuple)


def plans(bound=1.0):
    return st.builds(Plan, quotas(), st.just(bound), st.booleans(), st.booleans())


CALM = settings(deadline=None, max_examples=40)  # a busy machine is no failure
SEEDS = st.integers(0, 2**63)


# Quotas


@given(small_pools(), plans(), SEEDS)
@settings(CALM, max_examples=120)
def test_a_paper_is_drawn_exactly_when_brute_force_finds_one(candidates, plan, seed):
    try:
        paper = draw(prepare(candidates, plan), seed)
    except PoolTooSmall:
        assert not can_fill(candidates, plan.quotas)
        return
    except Unbalanced:  # a bound of 1 leaves half the scale to each side of the centre
        assert can_fill(candidates, plan.quotas)
        return
    chosen = drawn(candidates, paper)
    assert len(chosen) == sum(quota.count for quota in plan.quotas)
    assert len({one.question_id for one in chosen}) == len(chosen)
    assert can_fill(chosen, plan.quotas)


def test_each_quota_gets_exactly_its_count():
    candidates = bank()
    quotas = tuple(Quota(topic, level, 1) for topic in "abcde" for level in (1, 2, 3))
    pool = prepare(candidates, Plan(quotas, 0.0))
    for seed in range(100):
        chosen = drawn(candidates, draw(pool, seed))
        cells = Counter((one.topic, one.difficulty) for one in chosen)
        assert cells == {(quota.topic, quota.difficulty): 1 for quota in quotas}


@given(SEEDS)
@CALM
def test_overlapping_quotas_share_the_last_questions_without_repeats(seed):
    candidates = [question(1, "a", 1), question(2, "a", 2), question(3, "b", 1)]
    plan = Plan((Quota(None, 1, 1), Quota("a", None, 1), Quota("b", None, 1)), 1.0)
    paper = draw(prepare(candidates, plan), seed)
    assert {one.question_id for one in drawn(candidates, paper)} == {1, 2, 3}


def test_a_short_quota_is_named_with_what_it_needs_and_what_there_is():
    plan = Plan((Quota("a", None, 2), Quota("b", 3, 4)), 1.0)
    candidates = [question(1), question(2), question(3, "b", 3), question(4, "b", 1)]
    with pytest.raises(PoolTooSmall) as caught:
        prepare(candidates, plan)
    assert caught.value.facts == {"topic": "b", "difficulty": 3, "needed": 4, "found": 1}
    assert str(caught.value) == "Chủ đề “b”, độ khó 3: cần 4 câu, chỉ có 1 câu."
    assert caught.value.shortages == (Shortage(plan.quotas[1], 4, 1),)
    assert [str(one) for one in caught.value.problems.values()] == [str(caught.value)]


@pytest.mark.parametrize(
    ("quota", "sentence"),
    [
        (Quota("a", None, 3), "Chủ đề “a”: cần 3 câu, chỉ có 1 câu."),
        (Quota(None, 1, 3), "Độ khó 1: cần 3 câu, chỉ có 1 câu."),
        (Quota(None, None, 3), "Câu thuộc chủ đề bất kỳ: cần 3 câu, chỉ có 1 câu."),
    ],
)
def test_the_sentence_leaves_out_what_the_quota_leaves_open(quota, sentence):
    assert str(check([question(1)], Plan((quota,), 1.0))[0].problem) == sentence


def test_every_short_quota_is_named_in_the_order_of_the_plan():
    plan = Plan((Quota("a", None, 2), Quota("c", None, 1), Quota("b", None, 3)), 1.0)
    candidates = [question(1), question(2, "b"), question(3, "b")]
    assert check(candidates, plan) == [
        Shortage(plan.quotas[0], 2, 1),
        Shortage(plan.quotas[1], 1, 0),
        Shortage(plan.quotas[2], 3, 2),
    ]


def test_the_general_quota_is_short_when_the_particular_one_takes_its_questions():
    plan = Plan((Quota(None, None, 5), Quota("a", None, 2)), 1.0)
    candidates = [question(1), question(2), *(question(n, "b") for n in range(3, 7))]
    assert check(candidates, plan) == [Shortage(plan.quotas[0], 5, 4)]


@given(small_pools(), st.integers(1, 5), st.integers(1, 5))
@CALM
def test_separate_quotas_are_short_by_plain_counting(candidates, first, second):
    plan = Plan((Quota("a", None, first), Quota("b", None, second)), 1.0)
    has = Counter(one.topic for one in candidates)
    expected = [Shortage(q, q.count, has[q.topic]) for q in plan.quotas if has[q.topic] < q.count]
    found = [one for one in check(candidates, plan) if one.quota is not None]
    assert found == expected


@given(small_pools(), plans())
@CALM
def test_check_finds_short_quotas_exactly_when_brute_force_cannot_fill_them(candidates, plan):
    short = [one for one in check(candidates, plan) if one.quota is not None]
    assert bool(short) != can_fill(candidates, plan.quotas)
    assert all(one.found < one.needed == one.quota.count for one in short)


def test_a_question_for_everybody_suits_every_audience():
    quota = Quota(None, None, 1, frozenset({"pupils", "elders"}))
    assert quota.takes(question(1))
    assert quota.takes(question(1, audiences=frozenset({"elders", "staff"})))
    assert not quota.takes(question(1, audiences=frozenset({"staff"})))
    assert Quota(None, None, 1).takes(question(1, audiences=frozenset({"staff"})))


@given(SEEDS)
@CALM
def test_only_the_newest_version_of_a_question_is_drawn(seed):
    old, new = question(1, version_id=7), question(1, version_id=9)
    plan = Plan((Quota(None, None, 1),), 0.0)
    for candidates in ([old, new], [new, old]):
        assert [item.version_id for item in draw(prepare(candidates, plan), seed).items] == [9]
    with pytest.raises(PoolTooSmall):
        prepare([old, new], Plan((Quota(None, None, 2),), 1.0))


# The same again, and different


@given(small_pools(), plans(), SEEDS, st.randoms())
@CALM
def test_the_order_of_the_candidates_does_not_matter(candidates, plan, seed, chance):
    shuffled = candidates[:]
    chance.shuffle(shuffled)
    try:
        pool = prepare(candidates, plan)
    except Invalid as error:
        with pytest.raises(type(error)) as caught:
            prepare(shuffled, plan)
        assert caught.value.facts == error.facts  # noqa: PT017 -- both ways fail alike
        return
    assert prepare(shuffled, plan) == pool
    assert draw(prepare(iter(shuffled), plan), seed) == draw(pool, seed) == draw(pool, seed)


def test_different_seeds_give_different_papers():
    pool = prepare(bank(), Plan((Quota(None, None, 15),), 0.05))
    assert len({draw(pool, seed) for seed in range(200)}) == 200


def test_every_question_is_drawn_some_day():
    candidates = bank(per_cell=4)
    pool = prepare(candidates, Plan((Quota(None, None, 15),), 0.05))
    seen = {item.version_id for seed in range(300) for item in draw(pool, seed).items}
    assert seen == set(by_version(candidates))


def test_a_question_shown_often_is_drawn_mildly_less():
    worn, fresh = range(10), range(10, 20)
    candidates = [question(n, exposure=300) for n in worn] + [question(n) for n in fresh]
    pool = prepare(candidates, Plan((Quota(None, None, 5),), 0.0))
    times = Counter(item.version_id >= 1010 for s in range(2000) for item in draw(pool, s).items)
    assert 1.1 < times[True] / times[False] < 2


def test_a_prepared_pool_cannot_be_changed():
    pool = prepare([question(1)], Plan((Quota(None, None, 1),), 0.0))
    with pytest.raises(FrozenInstanceError):
        pool.centre = 1.0
    assert hash(pool) == hash(prepare([question(1)], pool.plan))


# Balance


def test_the_centre_is_the_mean_of_the_means_of_separate_quotas():
    candidates = [question(n, "a", expected=n / 10) for n in (2, 4, 6)]
    candidates += [question(n, "b", expected=n / 10) for n in (5, 9)]
    pool = prepare(candidates, Plan((Quota("a", None, 3), Quota("b", None, 1)), 0.2))
    assert pool.centre == pytest.approx((3 * 0.4 + 0.7) / 4)


def test_the_expected_share_of_a_paper_is_the_mean_of_its_questions():
    candidates = [question(1, expected=0.25), question(2, expected=0.5)]
    assert draw(prepare(candidates, Plan((Quota(None, None, 2),), 0.0)), 5).expected == 0.375


@given(small_pools(), quotas(), st.floats(0, 1), st.lists(SEEDS, min_size=2, max_size=4))
@CALM
def test_no_two_papers_of_a_pool_differ_by_more_than_the_bound(candidates, wanted, bound, seeds):
    try:
        pool = prepare(candidates, Plan(wanted, bound))
    except Invalid:
        assume(condition=False)
    papers = [draw(pool, seed) for seed in seeds]
    for paper in papers:
        assert abs(paper.expected - pool.centre) <= bound / 2 + 2e-9
        assert can_fill(drawn(candidates, paper), wanted)
    assert spread(candidates, pool.plan, seeds) <= bound + 2e-9


@pytest.mark.parametrize("bound", [0.1, 0.02, 0.0])
def test_a_rich_bank_keeps_even_a_narrow_bound(bound):
    wanted = (Quota("a", None, 4), Quota("b", None, 3), Quota(None, None, 5), Quota(None, 3, 3))
    candidates = [replace(one, expected=(37 * one.question_id % 101) / 100) for one in bank()]
    plan = Plan(wanted, max(bound, 0.002))
    assert check(candidates, plan) == []
    assert spread(candidates, plan, range(300)) <= plan.bound + 2e-9


def test_the_spread_of_no_papers_is_nothing():
    assert spread([question(1)], Plan((Quota(None, None, 1),), 0.0), []) == 0


def test_the_spread_is_the_largest_difference_seen():
    candidates = [question(1, expected=0.25), question(2, expected=0.75)]
    assert spread(candidates, Plan((Quota(None, None, 1),), 0.5), range(50)) == 0.5


def test_a_bound_that_no_paper_can_meet_is_said_when_the_pool_is_prepared():
    candidates = [question(1, expected=0.0), question(2, expected=1.0)]
    plan = Plan((Quota(None, None, 1),), 0.9)
    assert check(candidates, plan) == [Shortage(None, TRIALS, 0)]
    with pytest.raises(Unbalanced) as caught:
        prepare(candidates, plan)
    assert str(caught.value) == str(check(candidates, plan)[0].problem)
    assert str(caught.value).startswith("Chỉ 0 trên 64 đề rút thử đạt độ chênh cho phép")


def test_a_pool_where_balancing_often_fails_is_reported_yet_every_draw_keeps_the_bound():
    shares = {"a": (0.2, 0.4, 0.3), "b": (0.1, 0.5, 0.3)}
    every = enumerate((topic, share) for topic in shares for share in shares[topic])
    candidates = [question(n, topic, expected=share) for n, (topic, share) in every]
    plan = Plan((Quota("a", None, 1), Quota("b", None, 1)), 0.04)
    (shortage,) = check(candidates, plan)
    assert shortage.quota is None
    assert 0 < shortage.found < TRIALS / 2
    assert spread(candidates, plan, range(300)) <= 0.04 + 2e-9


# What a paper shows


@pytest.mark.parametrize("questions", [True, False])
@pytest.mark.parametrize("options", [True, False])
def test_every_order_is_a_permutation_of_the_questions_sides(questions, options):
    candidates = bank(per_cell=2)
    pool = prepare(candidates, Plan((Quota(None, None, 30),), 0.0, questions, options))
    known = by_version(candidates)
    for item in (item for seed in range(20) for item in draw(pool, seed).items):
        size, size_right = SIDES.get(known[item.version_id].type, (0, 0))
        assert sorted(item.order) == list(range(size))
        assert sorted(item.order_right) == list(range(size_right))


@given(SEEDS, st.integers(2, 5), st.booleans())
@CALM
def test_an_ordering_is_never_shown_in_its_right_order(seed, size, options):
    plan = Plan((Quota(None, None, 1),), 0.0, shuffle_options=options)
    (item,) = draw(prepare([question(1, type=ORDERING, size=size)], plan), seed).items
    assert sorted(item.order) == list(range(size)) != list(item.order)


def test_an_ordering_of_one_item_is_left_as_it_is():
    pool = prepare([question(1, type=ORDERING, size=1)], Plan((Quota(None, None, 1),), 0.0))
    assert draw(pool, 1).items == (Item(1001, (0,)),)


def test_the_wrong_orders_of_an_ordering_are_about_equally_likely():
    pool = prepare([question(1, type=ORDERING, size=3)], Plan((Quota(None, None, 1),), 0.0))
    orders = Counter(draw(pool, seed).items[0].order for seed in range(1000))
    assert len(orders) == 5
    assert min(orders.values()) > 140


def test_options_stay_as_written_when_the_plan_says_so_but_the_rights_of_a_matching_move():
    candidates = [question(1), question(2, type=SEVERAL), question(3, type=MATCHING)]
    plan = Plan((Quota(None, None, 3),), 0.0, shuffle_questions=False, shuffle_options=False)
    papers = [draw(prepare(candidates, plan), seed).items for seed in range(60)]
    assert {tuple(item.order for item in items) for items in papers} == {
        ((0, 1, 2, 3), (0, 1, 2, 3, 4), (0, 1, 2))
    }
    assert len({items[2].order_right for items in papers}) > 20


def test_options_move_when_the_plan_says_so():
    candidates = [question(1), question(2, type=MATCHING)]
    pool = prepare(candidates, Plan((Quota(None, None, 2),), 0.0, shuffle_questions=False))
    papers = [draw(pool, seed).items for seed in range(300)]
    assert len({items[0].order for items in papers}) == 24
    assert len({items[1].order for items in papers}) == 6


def test_unshuffled_questions_follow_the_plan_and_then_their_numbers():
    candidates = bank(per_cell=3)
    wanted = (Quota(None, 2, 4), Quota("c", 1, 2), Quota("a", 3, 1))
    pool = prepare(candidates, Plan(wanted, 1.0, shuffle_questions=False))
    chosen = drawn(candidates, draw(pool, 3))
    assert [one.difficulty for one in chosen] == [2, 2, 2, 2, 1, 1, 3]
    for start, end in ((0, 4), (4, 6)):
        assert all(a.question_id < b.question_id for a, b in pairwise(chosen[start:end]))


def test_shuffled_questions_mix_the_quotas():
    wanted = (Quota("a", None, 2), Quota("b", None, 2))
    candidates = bank(per_cell=2)
    pool = prepare(candidates, Plan(wanted, 1.0))
    topics = {"".join(one.topic for one in drawn(candidates, draw(pool, s))) for s in range(200)}
    assert topics == {"aabb", "abab", "abba", "baab", "baba", "bbaa"}


# Between the screen and the key


@pytest.mark.parametrize(
    ("kind", "item", "shown", "authored"),
    [
        (ONE, Item(1, (2, 0, 1)), 0, 2),
        (SEVERAL, Item(1, (2, 0, 1)), [0, 1], [0, 2]),
        (TRUE_FALSE, Item(1, ()), True, True),
        (NUMBER, Item(1, ()), "3.5", "3.5"),
        (ORDERING, Item(1, (2, 0, 1)), [1, 2, 0], [0, 1, 2]),
        (MATCHING, Item(1, (1, 0), (2, 0, 1)), [0, None], [None, 2]),
        (MATCHING, Item(1, (1, 2, 0), (2, 0, 1)), [0, 1, 2], [1, 2, 0]),
        (MATCHING, Item(1, (1, 0), (2, 0, 1)), None, None),
    ],
)
def test_a_shown_answer_becomes_the_authored_one_and_back(kind, item, shown, authored):
    assert to_authored(item, kind, shown) == authored
    assert to_shown(item, kind, authored) == shown


@st.composite
def shown_answers(draw_):
    kind = draw_(st.sampled_from(QuestionType))
    size, more = draw_(st.integers(2, 6)), draw_(st.integers(0, 2))
    rights = range(size + more if kind is MATCHING else 0)
    order = range(0 if kind in (TRUE_FALSE, NUMBER) else size)
    item = Item(1, tuple(draw_(st.permutations(order))), tuple(draw_(st.permutations(rights))))
    answers = {
        ONE: st.integers(0, size - 1),
        SEVERAL: st.sets(st.integers(0, size - 1), min_size=1).map(sorted),
        TRUE_FALSE: st.booleans(),
        ORDERING: st.permutations(range(size)),
        MATCHING: st.permutations([*rights, *[None] * size]).map(lambda all_: all_[:size]),
        NUMBER: st.integers().map(str),
    }
    return kind, item, draw_(st.none() | answers[kind])


@given(shown_answers())
@CALM
def test_an_answer_goes_to_the_key_and_back_unchanged(trip):
    kind, item, shown = trip
    assert to_shown(item, kind, to_authored(item, kind, shown)) == shown
    assert to_authored(item, kind, to_shown(item, kind, shown)) == shown


# Values that contradict themselves


@pytest.mark.parametrize(
    "facts",
    [
        {"difficulty": 4},
        {"expected": 1.5},
        {"expected": -0.1},
        {"expected": float("nan")},
        {"exposure": -1},
    ],
)
def test_a_candidate_outside_its_scales_is_refused(facts):
    with pytest.raises(Invalid):
        replace(question(1), **facts)


def test_a_plan_needs_quotas_counts_and_a_bound():
    with pytest.raises(Invalid, match="ít nhất một phần"):
        Plan((), 0.1)
    with pytest.raises(Invalid, match="từ 1 trở lên"):
        Quota(None, None, 0)
    for bound in (-0.1, 1.1, float("nan")):
        with pytest.raises(Invalid, match="từ 0 đến 1"):
            Plan((Quota(None, None, 1),), bound)
