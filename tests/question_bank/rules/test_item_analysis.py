import math
import statistics
from dataclasses import astuple, replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations, product
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contest.errors import Invalid
from question_bank.rules.given import QuestionType
from question_bank.rules.item_analysis import (
    ItemFacts,
    ItemStatistics,
    PaperStatistics,
    Row,
    Scores,
    WarningCode,
    analyse,
    option_counts,
    random_guess_score,
    warnings,
)
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    OneKey,
    OrderingKey,
    PartialPolicy,
    SeveralKey,
    TrueFalseKey,
)
from question_bank.rules.marking import Scheme, mark

CALM = settings(deadline=None, max_examples=40)  # a busy machine is no failure


def scores_of(*rows, most=1.0):
    """Make a table in which everybody has the same items; totals are the sums."""
    items = tuple(ItemFacts(id_, most) for id_ in range(len(rows[0])))
    return Scores(items, tuple(Row(math.fsum(x or 0 for x in r), dict(enumerate(r))) for r in rows))


def near(value, *, rel=1e-9):
    return pytest.approx(value, rel=rel, abs=1e-9)


def alike(some, others):
    """Whether two rows of figures are near, None only where None is."""
    pairs = list(zip(astuple(some), astuple(others), strict=True))
    return all(
        a is b if a is None or b is None else math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-5)
        for a, b in pairs
    )


# A table worked by hand: four people, three items of 1 point.
#
#         a  b  c   T    rest of a, b, c
#   An    1  1  1   3    2  2  2
#   Bình  1  1  0   2    1  1  2
#   Chi   1  0  0   1    0  1  1
#   Dũng  0  0  1   1    1  1  0
#
# a: mean 3/4; d = (¼,¼,¼,-¾), Σd² = 3/4, V = 1/4.      b: mean 1/2, V = 1/3.   c: as b.
# T: mean 7/4; d = (5/4,1/4,-3/4,-3/4), Σd² = 11/4, V = 11/12.

HAND = scores_of((1, 1, 1), (1, 1, 0), (1, 0, 0), (0, 0, 1))


def test_the_hand_worked_items():
    a, b, c = analyse(HAND).items.values()
    assert (a.n, b.n, c.n) == (4, 4, 4)
    assert (a.facility, b.facility, c.facility) == (75, 50, 50)
    assert a.sd == near(50)  # 100 · sqrt(1/4)
    assert b.sd == c.sd == near(100 / math.sqrt(3))
    # C(a,T): Σ d e = ¼·(5/4 + 1/4 - 3/4) + ¾·¾ = 3/16 + 9/16 = 3/4, over 3 = 1/4.
    # C(b,T): ½·(5/4 + 1/4 + 3/4 + 3/4) = 3/2, over 3 = 1/2.
    # C(c,T): ½·(5/4 - 1/4 + 3/4 - 3/4) = 1/2, over 3 = 1/6.
    roots = math.sqrt(1 / 4), math.sqrt(1 / 2), math.sqrt(1 / 6)
    for item, root in zip((a, b, c), roots, strict=True):
        assert item.effective_weight == near(100 * root / sum(roots))
        assert item.intended_weight == near(100 / 3)


def test_the_hand_worked_discrimination():
    a, b, c = analyse(HAND).items.values()
    # a: rest (2,1,0,1), mean 1, e = (1,0,-1,0); Σ d e = ¼ - ¼ + 0 = 0.
    #    sorted: x (0,1,1,1), X (0,1,1,2): Σ = ¾ + 0 + 0 + ¼ = 1.
    assert a.discrimination_index == 0
    assert a.discriminative_efficiency == 0
    # b: rest (2,1,1,1), mean 5/4, e = (¾,-¼,-¼,-¼), Σe² = 3/4; Σ d e = ½·(¾ - ¼ + ¼ + ¼) = ½.
    #    r = (1/2) / sqrt(1 · 3/4) = 1/sqrt 3.  sorted: x (0,0,1,1), X (1,1,1,2): Σ = ½, so 100 %.
    assert b.discrimination_index == near(100 / math.sqrt(3))
    assert b.discriminative_efficiency == near(100)
    # c: rest (2,2,1,0), mean 5/4, e = (¾,¾,-¼,-5/4), Σe² = 11/4; Σ d e = ½·(¾ - ¾ + ¼ - 5/4) = -½.
    #    r = -½ / sqrt(11/4) = -1/sqrt 11.  sorted: X (0,1,2,2): Σ = ½·(5/4 + ¼ + ¾ + ¾) = 3/2.
    assert c.discrimination_index == near(-100 / math.sqrt(11))
    assert c.discriminative_efficiency == near(-100 / 3)


def test_the_hand_worked_paper():
    paper = analyse(HAND).paper
    assert (paper.n, paper.mean, paper.median) == (4, 1.75, 1.5)
    assert paper.sd == near(math.sqrt(11 / 12))
    # Σd³ = (125 + 1 - 27 - 27)/64 = 9/8, m3 = 9/32, k3 = 16 m3 / (3·2) = 3/4.
    assert paper.skewness == near(0.75 / (11 / 12) ** 1.5)
    # m2 = 11/16; Σd⁴ = (625 + 1 + 81 + 81)/256 = 197/64, m4 = 197/256;
    # k4 = 16 (5·197/256 - 3·3·121/256) / (3·2·1) = 16 · (-104/256) / 6 = -13/12.
    assert paper.kurtosis == near(-13 / 12 / (11 / 12) ** 2)
    # ΣV = 1/4 + 1/3 + 1/3 = 11/12 = V(T): alpha = 150 · (1 - 1) = 0, all is error.
    assert paper.cronbach_alpha == near(0)
    assert paper.error_ratio == near(100)
    assert paper.standard_error == near(math.sqrt(11 / 12))


# Moodle's own test quiz: 25 attempts at 7 questions of 1 point, the figures worked out by Moodle's
# developers in a spreadsheet (moodle/moodle mod/quiz/report/statistics/tests: fixtures
# results00.csv and qstats00.csv, quiz figures in stats_from_steps_walkthrough_test.php).

HALF, THIRD = 0.5, 0.3333333
MOODLE = scores_of(
    (1, 1, 1, 1, 1, 0, 1),
    (1, 1, 1, 1, HALF, 1, 0),
    (1, 1, 1, 1, HALF, 0, 1),
    (0, 0, 1, 1, 1, 0, 0),
    (1, 0, 1, 0, 0, 1, HALF),
    (1, 1, 1, 1, HALF, 0, HALF),
    (0, 1, 1, 1, HALF, 1, HALF),
    (1, 1, 1, 0, HALF, 1, HALF),
    (1, 0, 1, 1, 1, 1, 1),
    (0, 1, 1, 0, HALF, 1, HALF),
    (0.8, 0, 1, 1, HALF, 1, HALF),
    (1, 1, 1, 0, HALF, 1, 1),
    (1, 0, 1, 1, HALF, 1, HALF),
    (1, 0, 1, 1, 1, 0, HALF),
    (0, 0, 1, 1, 0, 1, 1),
    (1, 0, 1, 0, HALF, 1, 1),
    (0.8, 0, 1, 1, HALF, 0, 1),
    (1, 0, 1, 1, 0, 1, HALF),
    (1, 0, 1, 1, HALF, 0, HALF),
    (0, 1, 1, 0, HALF, 1, 0),
    (1, 1, THIRD, 1, HALF, 0, HALF),
    (1, 1, 1, 0, HALF, 0, HALF),
    (1, 1, 1, 1, 0, 1, HALF),
    (0, 0, 1, 0, HALF, 1, 1),
    (0, 0, 1, 1, 1, 1, 1),
)


@pytest.mark.parametrize(
    ("id_", "published"),
    [
        (0, (70.4, 45.13682901, 21.2922742344, -7.0650767526, -9.4550536967)),
        (1, (48.0, 50.99019514, 18.8979800309, -28.8982125772, -36.7834118938)),
        (2, (97.3333332, 13.333334, 4.443012573, -9.1230674268, -21.6545012165)),
        (3, (68.0, 47.60952286, 18.9347251357, -22.6306444113, -31.4411395613)),
        (4, (52.0, 30.55050463, 11.1450138688, -17.6997047674, -21.1794802584)),
        (5, (64.0, 48.98979486, 9.8081339177, -45.3785178421, -56.9365974439)),
        (6, (62.0, 33.1662479, 15.4788602394, -5.6543166602, -6.5043742058)),
    ],
)
def test_items_are_as_moodle_publishes_them(id_, published):
    one = analyse(MOODLE).items[id_]
    ours = one.facility, one.sd, one.effective_weight
    assert one.n == 25
    assert (*ours, one.discrimination_index, one.discriminative_efficiency) == near(
        published, rel=1e-6
    )


def test_the_paper_is_as_moodle_publishes_it():
    published = PaperStatistics(
        n=25,
        mean=4.617333332,
        median=4.5,
        sd=0.8117265554,
        skewness=-0.092502502,
        kurtosis=-0.7073968557,
        cronbach_alpha=-87.2230935542,
        error_ratio=136.8294900795,
        standard_error=1.1106813066,
    )
    assert astuple(analyse(MOODLE).paper) == near(astuple(published), rel=1.5e-5)


# Tables of any shape, and slow definitions to hold the fast ones to


@st.composite
def tables(draw, *, ragged=True, least=0):
    most = draw(st.lists(st.sampled_from([1.0, 2.0, 2.5, 10.0]), min_size=1, max_size=5))
    ids = list(range(len(most)))
    held = st.lists(st.sampled_from(ids), unique=True) if ragged else st.just(ids)

    def row(some):
        shares = st.sampled_from([0, 0, 0.25, 1 / 3, 0.5, 1, 1])
        return st.fixed_dictionaries(
            {one: shares.map(lambda x, one=one: x * most[one]) | st.none() for one in some}
        )

    rows = draw(st.lists(held.flatmap(row), min_size=least, max_size=12))
    items = tuple(ItemFacts(one, most[one]) for one in ids)
    return Scores(items, tuple(Row(math.fsum(x or 0 for x in r.values()), r) for r in rows))


def figures(analysis):
    return [value for one in analysis.items.values() for value in astuple(one)] + list(
        astuple(analysis.paper)
    )


def column(scores, id_):
    return [(row.points[id_] or 0.0, row.total) for row in scores.rows if id_ in row.points]


def spread(values):
    """Sample standard deviation, 0 for what differs by the rounding of floats only."""
    return statistics.stdev(values) if max(values) - min(values) > 1e-9 else 0.0


@CALM
@given(tables())
def test_items_agree_with_naive_definitions(scores):
    for facts in scores.items:
        one, pairs = analyse(scores).items[facts.id], column(scores, facts.id)
        assert one.n == len(pairs)
        if len(pairs) < 2:
            assert one.sd is one.discrimination_index is one.discriminative_efficiency is None
            assert one.effective_weight is None
            continue
        points, rest = [x for x, _ in pairs], [t - x for x, t in pairs]
        assert one.facility == near(100 * statistics.mean(points) / facts.max_points)
        assert one.sd == near(100 * spread(points) / facts.max_points)
        if not spread(points) or not spread(rest):
            assert one.discrimination_index is one.discriminative_efficiency is None
            continue
        assert one.discrimination_index == near(100 * statistics.correlation(points, rest))
        most = statistics.covariance(sorted(points), sorted(rest))
        assert one.discriminative_efficiency == near(
            100 * statistics.covariance(points, rest) / most
        )


@CALM
@given(tables(ragged=False, least=2))
def test_the_whole_agrees_with_naive_definitions_when_all_have_the_same_items(scores):
    analysis, totals = analyse(scores), [row.total for row in scores.rows]
    together = {}
    for id_ in analysis.items:
        points = [x for x, _ in column(scores, id_)]
        value = statistics.covariance(points, totals)
        together[id_] = 0 if abs(value) < 1e-9 else value
    roots = sum(math.sqrt(value) for value in together.values() if value > 0)
    for id_, one in analysis.items.items():
        if together[id_] < 0 or not roots:
            assert one.effective_weight is None
        else:
            assert one.effective_weight == near(100 * math.sqrt(together[id_]) / roots)
    paper, count = analysis.paper, len(scores.items)
    assert paper.mean == near(statistics.mean(totals))
    assert paper.median == statistics.median(totals)
    assert paper.sd == near(spread(totals))
    if not spread(totals) or count == 1:
        assert paper.cronbach_alpha is paper.error_ratio is paper.standard_error is None
        return
    items = [statistics.variance([x for x, _ in column(scores, id_)]) for id_ in analysis.items]
    alpha = count / (count - 1) * (1 - sum(items) / statistics.variance(totals))
    assert paper.cronbach_alpha == near(100 * alpha, rel=1e-6)
    error = math.sqrt(max(0, 1 - alpha))
    assert paper.error_ratio == pytest.approx(100 * error, rel=1e-6, abs=1e-5)
    assert paper.standard_error == pytest.approx(error * spread(totals), rel=1e-6, abs=1e-6)


@CALM
@given(tables())
def test_every_figure_stays_within_its_bounds(scores):
    analysis = analyse(scores)
    assert all(value is None or math.isfinite(value) for value in figures(analysis))
    for one in analysis.items.values():
        for value in (one.facility, one.intended_weight, one.effective_weight):
            assert value is None or 0 <= value <= 100 + 1e-9
        assert one.discrimination_index is None or -100 <= one.discrimination_index <= 100
        assert one.discriminative_efficiency is None or one.discriminative_efficiency <= 100
        assert one.sd is None or one.sd >= 0
    paper = analysis.paper
    assert paper.cronbach_alpha is None or paper.cronbach_alpha <= 100
    assert paper.error_ratio is None or paper.error_ratio >= 0


@CALM
@given(tables(), st.randoms(use_true_random=False))
def test_no_order_of_rows_matters(scores, dice):
    rows = list(scores.rows)
    dice.shuffle(rows)
    assert analyse(Scores(scores.items, tuple(rows))) == analyse(scores)


@CALM
@given(tables(), st.sampled_from([-3.0, 0.5, 100.0]))
def test_points_given_to_everybody_change_no_item_and_only_the_middle_of_the_paper(scores, gift):
    before = analyse(scores)
    rows = tuple(replace(row, total=row.total + gift) for row in scores.rows)
    after = analyse(Scores(scores.items, rows))
    for id_, one in before.items.items():
        assert alike(after.items[id_], one)
    moved = replace(after.paper, mean=before.paper.mean, median=before.paper.median)
    assert alike(moved, before.paper)
    if scores.rows:
        assert after.paper.mean == near(before.paper.mean + gift)
        assert after.paper.median == near(before.paper.median + gift)


@CALM
@given(tables(ragged=False, least=2), st.sampled_from([0.01, 3.0, 1000.0]))
def test_another_scale_changes_no_percentage(scores, scale):
    items = tuple(replace(one, max_points=one.max_points * scale) for one in scores.items)
    rows = tuple(
        Row(row.total * scale, {id_: (x or 0) * scale for id_, x in row.points.items()})
        for row in scores.rows
    )
    after, before = analyse(Scores(items, rows)), analyse(scores)
    for id_, one in before.items.items():
        assert alike(after.items[id_], one)
    as_before = {
        name: value and value / scale
        for name in ("mean", "median", "sd", "standard_error")
        for value in [getattr(after.paper, name)]
    }
    assert alike(replace(after.paper, **as_before), before.paper)


@CALM
@given(tables(least=1))
def test_weights_of_the_papers_add_up_to_a_hundred(scores):
    """Each paper hands out 100 %; what an item has on average, times its papers, is its part."""
    statistics_ = analyse(scores).items.values()
    given_out = sum(one.n * (one.intended_weight or 0) for one in statistics_)
    assert given_out == near(100 * sum(bool(row.points) for row in scores.rows))


# Edges


def test_an_empty_table_has_no_figures():
    assert analyse(Scores((), ())) == analyse(Scores((), ()))
    analysis = analyse(Scores((ItemFacts(7, 1.0, 25.0, 6.25),), ()))
    assert analysis.items == {7: ItemStatistics(0, random_guess=25.0, intended_weight=6.25)}
    assert analysis.paper == PaperStatistics(0)


def test_a_single_row_has_no_spread():
    analysis = analyse(scores_of((1, 0)))
    assert analysis.items[0] == ItemStatistics(1, facility=100, intended_weight=50)
    assert analysis.paper == PaperStatistics(1, mean=1, median=1)


def test_two_and_three_rows_have_no_higher_moments():
    assert analyse(scores_of((1, 0), (1, 1))).paper.skewness is None
    paper = analyse(scores_of((1, 0), (1, 1), (0, 0))).paper
    assert paper.skewness == 0
    assert paper.kurtosis is None


def test_a_constant_item_spreads_nothing_and_weighs_nothing():
    always = analyse(scores_of((1, 1, 0), (1, 0, 0), (1, 1, 1))).items[0]
    assert (always.facility, always.sd, always.effective_weight) == (100, 0, 0)
    assert always.discrimination_index is None
    assert always.discriminative_efficiency is None


def test_items_that_all_agree_are_perfect():
    analysis = analyse(scores_of((1, 1, 1), (0, 0, 0), (1, 1, 1), (0, 0, 0)))
    for one in analysis.items.values():
        assert one.discrimination_index == near(100)
        assert one.discriminative_efficiency == near(100)
        assert one.effective_weight == near(100 / 3)
    paper = analysis.paper
    assert (paper.cronbach_alpha, paper.error_ratio) == (near(100), pytest.approx(0, abs=1e-5))


def test_an_item_against_the_total_has_no_effective_weight_and_takes_none_from_the_others():
    # T = (3, 3, 1, 1) with item 2 got right by the weak only: C(x, T) < 0.
    rows = (2, 1, 0), (2, 1, 0), (0, 0, 1), (0, 0, 1)
    items = analyse(scores_of(*rows, most=2.0)).items
    assert items[2].effective_weight is None
    # C(x_0, T) = 2 C(x_1, T), so that the roots stand as sqrt 2 : 1.
    assert items[0].effective_weight == near(100 * math.sqrt(2) / (math.sqrt(2) + 1))
    assert items[0].effective_weight + items[1].effective_weight == near(100)


def test_nobody_weighs_anything_when_all_totals_are_equal():
    analysis = analyse(scores_of((1, 0), (0, 1)))
    assert [one.effective_weight for one in analysis.items.values()] == [None, None]
    assert analysis.items[0].discrimination_index == near(-100)
    assert analysis.paper == PaperStatistics(2, mean=1, median=1, sd=0)


def test_a_rest_that_differs_by_the_rounding_of_floats_is_constant():
    # 0.1 + 0.2 + 0.1 - 0.1 is not 0.3: the rests differ in the seventeenth digit only.
    facts = tuple(ItemFacts(id_, 1.0) for id_ in range(2))
    rows = Row(0.1 + 0.2 + 0.1, {0: 0.1, 1: 0.3}), Row(0.3 + 0.7, {0: 0.7, 1: 0.3})
    one = analyse(Scores(facts, rows)).items[0]
    assert one.discrimination_index is None


def test_a_blank_counts_as_nothing_and_an_absent_item_not_at_all():
    facts = ItemFacts(1, 2.0), ItemFacts(2, 2.0)
    rows = Row(2.0, {1: 2.0, 2: None}), Row(1.0, {1: 1.0}), Row(0.0, {1: None})
    items = analyse(Scores(facts, rows)).items
    assert (items[1].n, items[1].facility) == (3, 50)
    assert (items[2].n, items[2].facility) == (1, 0)
    assert items[1].intended_weight == near((50 + 100 + 100) / 3)


def test_negative_points_give_a_negative_facility():
    assert analyse(scores_of((-0.5, 1), (-0.5, 0))).items[0].facility == -50


def test_what_is_known_beforehand_is_passed_on():
    facts = ItemFacts(1, 1.0, random_guess=25.0, intended_weight=12.5)
    one = analyse(Scores((facts,), (Row(1.0, {1: 1.0}),))).items[1]
    assert (one.random_guess, one.intended_weight) == (25.0, 12.5)


def test_papers_without_an_item_have_totals_only():
    paper = analyse(Scores((), (Row(1.0, {}), Row(3.0, {})))).paper
    assert paper == PaperStatistics(2, mean=2, median=2, sd=near(math.sqrt(2)))


def test_a_total_that_is_no_sum_keeps_alpha_at_most_a_hundred():
    rows = Row(10.0, {0: 1.0, 1: 1.0}), Row(0.0, {0: 0.0, 1: 1.0})
    paper = analyse(Scores((ItemFacts(0, 1.0), ItemFacts(1, 1.0)), rows)).paper
    assert (paper.cronbach_alpha, paper.error_ratio, paper.standard_error) == (100, 0, 0)


def answered(ability, hardness, dice):
    return float(dice.random() < 1 / (1 + math.exp(hardness - ability)))


def drawn_table(count, size, dice):
    """Papers of `size` items out of 60, and the totals of the same people on second papers."""
    hardness = [dice.gauss(0, 1) for _ in range(60)]
    rows, again = [], []
    for _ in range(count):
        ability = dice.gauss(0, 1.2)
        first, second = (
            {id_: answered(ability, hardness[id_], dice) for id_ in dice.sample(range(60), size)}
            for _ in range(2)
        )
        rows.append(Row(sum(first.values()), first))
        again.append(sum(second.values()))
    return Scores(tuple(ItemFacts(id_, 1.0) for id_ in range(60)), tuple(rows)), again


def test_alpha_of_drawn_papers_foretells_how_well_a_second_paper_agrees():
    """Reliability is the correlation of two papers drawn for the same people."""
    scores, again = drawn_table(4000, 12, Random(5))
    paper = analyse(scores).paper
    second = statistics.correlation([row.total for row in scores.rows], again)
    assert paper.cronbach_alpha == pytest.approx(100 * second, abs=4)
    differences = [row.total - other for row, other in zip(scores.rows, again, strict=True)]
    assert paper.standard_error == pytest.approx(
        statistics.stdev(differences) / math.sqrt(2), rel=0.05
    )


def test_a_whole_province_is_analysed_at_once():
    dice = Random(7)
    rows = []
    for _ in range(10_000):
        points = {id_: float(dice.random() < 0.6) for id_ in dice.sample(range(276), 15)}
        rows.append(Row(sum(points.values()), points))
    scores = Scores(tuple(ItemFacts(id_, 1.0) for id_ in range(276)), tuple(rows))
    analysis = analyse(scores)
    assert sum(one.n for one in analysis.items.values()) == 150_000
    assert abs(analysis.paper.cronbach_alpha) < 10  # pure chance is consistent with nothing


@pytest.mark.parametrize("points", [0.0, -1.0, math.nan, math.inf])
def test_an_item_is_worth_something_finite(points):
    with pytest.raises(Invalid):
        ItemFacts(1, points)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_points_are_finite(value):
    for total, points in ((value, {}), (1.0, {1: value})):
        with pytest.raises(Invalid):
            Row(total, points)


def test_a_table_names_each_item_once_and_no_stranger():
    one = ItemFacts(1, 1.0)
    with pytest.raises(Invalid):
        Scores((one, one), ())
    with pytest.raises(Invalid):
        Scores((one,), (Row(1.0, {2: 1.0}),))


# Random guesses


def every_answer(key):
    """Give each full answer somebody could guess."""
    size, size_right = key.shape
    match key.kind:
        case QuestionType.ONE:
            return list(range(size))
        case QuestionType.TRUE_FALSE:
            return [False, True]
        case QuestionType.SEVERAL:
            return [list(some) for r in range(1, size + 1) for some in combinations(range(size), r)]
        case QuestionType.ORDERING:
            return [list(some) for some in permutations(range(size))]
    return [list(some) for some in product(range(size_right), repeat=size)]


KEYS = [
    OneKey(1, 4),
    OneKey(0, 2),
    TrueFalseKey(right=True),
    SeveralKey(frozenset({0}), 3),
    SeveralKey(frozenset({0, 2}), 4),
    SeveralKey(frozenset({1, 2, 3}), 5),
    OrderingKey(2),
    OrderingKey(3),
    OrderingKey(5),
    MatchingKey((1, 0), 2),
    MatchingKey((2, 0, 1), 5),
    MatchingKey((0, 1, 2, 3), 4),
    MatchingKey((0, 0, 1), 2),
    OneKey(1, 4, (Fraction(1, 2), Fraction(1), Fraction(0), Fraction(-1, 3))),
    OneKey(0, 3, (Fraction(1), Fraction(-1), Fraction(-1))),
    SeveralKey(
        frozenset({0, 2}), 4, (Fraction(1, 3), Fraction(-1, 2), Fraction(2, 3), Fraction(0))
    ),
    SeveralKey(frozenset({3}), 4, (Fraction(-1), Fraction(-1, 3), Fraction(-1, 7), Fraction(1))),
]
SCHEMES = [
    Scheme(Decimal(3), policy, wrong, floor)
    for policy, wrong, floor in product(PartialPolicy, (Decimal(0), Decimal("1.5")), (False, True))
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_guess_earns_the_mean_over_all_answers(key, scheme):
    answers = every_answer(key)
    expected = statistics.mean(
        max(key.share(one, scheme.partial), 0)
        if mark(key, one, scheme).points >= 0
        else float(mark(key, one, scheme).points / scheme.points)
        for one in answers
    )
    rights = len(key.right) if isinstance(key, SeveralKey) else None
    weights = getattr(key, "weights", ())
    guess = random_guess_score(key.kind, *key.shape, rights=rights, weights=weights, scheme=scheme)
    assert guess == near(100 * float(expected))


def test_the_guesses_everybody_knows():
    assert random_guess_score(QuestionType.ONE, 4) == 25
    assert random_guess_score(QuestionType.TRUE_FALSE) == 50
    assert random_guess_score(QuestionType.NUMBER) == 0
    assert random_guess_score(QuestionType.SEVERAL, 4) == near(100 / 15)
    assert random_guess_score(QuestionType.ORDERING, 4) == near(100 / 24)
    assert random_guess_score(QuestionType.MATCHING, 3, 4) == near(100 / 64)
    assert random_guess_score(QuestionType.MATCHING, 3, 2) == near(100 / 8)


def test_a_penalty_makes_guessing_a_number_cost():
    scheme = Scheme(Decimal(2), wrong=Decimal("0.5"))
    assert random_guess_score(QuestionType.NUMBER, scheme=scheme) == -25


def test_partial_credit_of_several_needs_to_know_how_many_are_right():
    scheme = Scheme(Decimal(1), PartialPolicy.PROPORTIONAL)
    assert random_guess_score(QuestionType.SEVERAL, 4, scheme=scheme) is None
    for rights in (0, 4):
        with pytest.raises(Invalid):
            random_guess_score(QuestionType.SEVERAL, 4, rights=rights, scheme=scheme)


@pytest.mark.parametrize(
    ("kind", "size", "size_right"),
    [
        (QuestionType.ONE, 0, 0),
        (QuestionType.SEVERAL, 1, 0),
        (QuestionType.ORDERING, 1, 0),
        (QuestionType.MATCHING, 3, 1),
        (QuestionType.MATCHING, 1, 3),
    ],
)
def test_there_must_be_something_to_guess_from(kind, size, size_right):
    with pytest.raises(Invalid):
        random_guess_score(kind, size, size_right)


def test_each_option_needs_a_weight():
    with pytest.raises(Invalid):
        random_guess_score(QuestionType.ONE, 4, weights=[Fraction(1)])


def test_a_hundred_options_are_no_trouble():
    scheme = Scheme(Decimal(1), PartialPolicy.PROPORTIONAL, Decimal(1))
    guess = random_guess_score(QuestionType.SEVERAL, 100, rights=50, scheme=scheme)
    assert -100 < guess < 100
    assert random_guess_score(QuestionType.ORDERING, 100, scheme=scheme) < 1


# Options


def test_groups_are_counted_apart():
    given_ = [(0, 10), (0, 9), (1, 8), (0, 7), (2, 6), (None, 5), (1, 4), (1, 3), (1, 2), ([], 1)]
    counts = option_counts(given_, 4)
    assert astuple(counts.everybody) == (10, 2, (3, 4, 1, 0))
    assert astuple(counts.upper) == (3, 0, (2, 1, 0, 0))  # 2.7 of 10 people: 3
    assert astuple(counts.lower) == (3, 1, (0, 2, 0, 0))


def test_everybody_level_with_the_last_of_a_group_belongs_to_it():
    counts = option_counts([(0, 3), (0, 3), (0, 2), (1, 1), (1, 1), (1, 1)], 2, share=0.2)
    assert (counts.upper.n, counts.lower.n) == (2, 3)
    assert counts.upper.chosen == (2, 0)


def test_equal_totals_make_no_groups():
    counts = option_counts([(0, 5), (1, 5), (1, 5)], 2)
    assert (counts.everybody.n, counts.upper.n, counts.lower.n) == (3, 0, 0)
    assert option_counts([(0, 5)], 2).upper.n == 0
    assert option_counts([], 2).everybody == option_counts([], 2).upper


def test_several_and_true_false_are_counted_by_option():
    several = option_counts([([0, 2], 2), ([2], 1)], 3, share=0.5)
    assert several.everybody.chosen == (1, 0, 2)
    assert (several.upper.chosen, several.lower.chosen) == ((1, 0, 1), (0, 0, 1))
    assert option_counts([(True, 2), (False, 1), (True, 0)], 2).everybody.chosen == (1, 2)


@pytest.mark.parametrize("value", [4, -1, "3", [0, 9], [None, 1]])
def test_an_option_that_is_not_there_is_refused(value):
    with pytest.raises(Invalid):
        option_counts([(value, 1)], 4)


@pytest.mark.parametrize("share", [0, -1, 0.51])
def test_a_group_is_at_most_half_of_the_people(share):
    with pytest.raises(Invalid):
        option_counts([], 4, share)


@CALM
@given(
    st.lists(st.tuples(st.none() | st.integers(0, 3), st.integers(0, 6)), max_size=40),
    st.floats(0.01, 0.5),
    st.randoms(use_true_random=False),
)
def test_groups_never_overlap_and_no_order_matters(given_, share, dice):
    counts = option_counts(given_, 4, share)
    assert counts.upper.n + counts.lower.n <= counts.everybody.n == len(given_)
    for one in (counts.everybody, counts.upper, counts.lower):
        assert sum(one.chosen) + one.blanks == one.n
    if counts.upper.n:
        assert min(counts.upper.n, counts.lower.n) >= round(share * len(given_))
    shuffled = list(given_)
    dice.shuffle(shuffled)
    assert option_counts(shuffled, 4, share) == counts


# Warnings

GOOD = ItemStatistics(
    100,
    facility=60.0,
    sd=49.0,
    random_guess=25.0,
    discrimination_index=40.0,
    discriminative_efficiency=55.0,
)


def codes(*args):
    return [one.code for one in warnings(*args)]


def said(*args):
    return [one.message % one.facts for one in warnings(*args)]


def chose(upper, lower=()):
    """Make counts of four options: `upper` by the best half, `lower` by the others."""
    people = [(one, 2) for one in upper] + [(one, 1) for one in lower or range(4)]
    return option_counts(people, 4, share=0.5)


def test_a_good_item_is_passed_over_in_silence():
    assert warnings(GOOD) == ()
    assert warnings(GOOD, chose([2, 2, 2, 1]), OneKey(2, 4)) == ()


def test_strong_participants_against_the_key_are_named_first():
    negative = replace(GOOD, discrimination_index=-0.4)
    found = said(negative, chose([1, 1, 1, 2]), OneKey(2, 4))
    assert found == [
        (
            "Trong nhóm điểm cao, phương án B được nhiều người chọn hơn đáp án C (3 so với 1): "
            "hãy kiểm tra lại đáp án."
        ),
        (
            "Người điểm cao lại hay sai câu này hơn người điểm thấp (độ phân biệt -1%): "
            "hãy kiểm tra đáp án và cách hỏi."
        ),
    ]


def test_as_many_for_the_key_is_no_alarm():
    assert codes(GOOD, chose([1, 1, 2, 2]), OneKey(2, 4)) == []


def test_of_several_the_least_chosen_right_option_is_held_against_the_others():
    counts = option_counts([([0, 1], 2), ([0, 3], 2), ([0, 3], 2), ([1, 2], 1)] * 3, 4)
    key = SeveralKey(frozenset({0, 1}), 4)
    [found] = warnings(GOOD, counts, key)
    assert (found.code, found.facts["other"], found.facts["key"]) == (
        WarningCode.KEY_BEATEN,
        "D",
        "B",
    )


def test_of_true_and_false_the_strong_may_say_the_opposite():
    counts = option_counts([(False, 2), (False, 2), (True, 2), (True, 1), (True, 1)], 2)
    assert said(GOOD, counts, TrueFalseKey(right=True)) == [
        (
            "Trong nhóm điểm cao, số người trả lời ngược với đáp án nhiều hơn số người trả lời "
            "theo đáp án (2 so với 1): hãy kiểm tra lại đáp án."
        )
    ]
    assert codes(GOOD, counts, TrueFalseKey(right=False)) == []
    agreed = option_counts([(True, 2), (True, 1)], 2)
    assert codes(GOOD, agreed, TrueFalseKey(right=True)) == []  # nothing to replace


def test_unused_wrong_options_are_named():
    counts = chose([2, 2, 2], [2, 0])
    assert said(GOOD, counts, OneKey(2, 4)) == [
        (
            "Không ai chọn phương án B, D: phương án này quá dễ loại, nên thay bằng một phương án "
            "hợp lý hơn."
        )
    ]
    blank = option_counts([(None, 1), (None, 2)], 4)
    assert codes(GOOD, blank, OneKey(2, 4)) == []


def test_options_past_the_alphabet_go_by_number():
    counts = option_counts([(26, 2), (26, 2), (0, 1)], 30)
    assert warnings(GOOD, counts, OneKey(0, 30))[0].facts["other"] == "27"


def test_kinds_without_options_raise_no_alarm_about_them():
    counts = chose([1, 1])
    for key in (NumberKey(Decimal(4)), OrderingKey(4), MatchingKey((0, 1), 2), None):
        assert codes(GOOD, counts, key) == []
    assert codes(GOOD, None, OneKey(2, 4)) == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"discrimination_index": -0.1}, WarningCode.NEGATIVE),
        ({"discrimination_index": 0.0, "discriminative_efficiency": 0.0}, WarningCode.WEAK),
        ({"discriminative_efficiency": 14.9}, WarningCode.WEAK),
        ({"discriminative_efficiency": 15.0}, None),
        ({"discrimination_index": None, "discriminative_efficiency": None}, None),
        ({"facility": 24.9}, WarningCode.BELOW_GUESS),
        ({"facility": 25.0}, None),
        ({"facility": 4.9, "random_guess": 0.0}, WarningCode.TOO_HARD),
        ({"facility": 4.9, "random_guess": None}, WarningCode.TOO_HARD),
        ({"facility": 5.0, "random_guess": None}, None),
        ({"facility": 95.0}, None),
        ({"facility": 95.1}, WarningCode.TOO_EASY),
    ],
)
def test_the_thresholds(facts, code):
    assert codes(replace(GOOD, **facts)) == ([code] if code else [])


def test_figures_are_rounded_away_from_the_threshold():
    [found] = warnings(replace(GOOD, facility=24.9, random_guess=100 / 3))
    assert found.facts == {"facility": 24, "guess": 34}


def test_every_sentence_can_be_filled():
    for facts in (
        {"discrimination_index": -5.0},
        {"discriminative_efficiency": 3.0},
        {"facility": 3.0},
        {"facility": 3.0, "random_guess": None},
        {"facility": 99.0},
    ):
        [sentence] = said(replace(GOOD, **facts))
        assert "%(" not in sentence
        assert sentence.endswith(".")


def test_with_too_few_attempts_that_is_said_and_the_rest_is_provisional():
    few = replace(GOOD, n=29, discrimination_index=-20.0, facility=10.0)
    first, *others = warnings(few)
    assert first.code is WarningCode.TOO_FEW
    assert not first.is_provisional
    assert first.message % first.facts == (
        "Câu này mới có 29 lượt làm, cần ít nhất 30 lượt thì các con số mới đáng tin. "
        "Những nhận xét khác về câu này chỉ là tạm thời."
    )
    assert [(one.code, one.is_provisional) for one in others] == [
        (WarningCode.NEGATIVE, True),
        (WarningCode.BELOW_GUESS, True),
    ]
    assert not any(one.is_provisional for one in warnings(replace(few, n=30)))


def test_an_item_nobody_had_only_waits_for_attempts():
    assert codes(ItemStatistics(0)) == [WarningCode.TOO_FEW]


@CALM
@given(tables(), st.integers(0, 3))
@example(HAND, 0)
def test_any_figures_can_be_put_into_words(scores, right):
    for one in analyse(scores).items.values():
        for found in warnings(one, chose([0, 1]), OneKey(right, 4)):
            assert found.message % found.facts
