from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contest.errors import Invalid
from question_bank.rules.given import QuestionType, check_given
from question_bank.rules.keys import (
    Key,
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    OrderingKey,
    PartialPolicy,
    SeveralKey,
    TrueFalseKey,
    key_from_json,
)
from question_bank.rules.marking import Mark, Scheme, Verdict, mark

ALL, PROPORTIONAL, EACH = PartialPolicy
TEN = Decimal(10)
CALM = settings(deadline=None, max_examples=40)  # a busy machine is no failure
LONG = settings(CALM, max_examples=120)


def policies():
    return st.sampled_from(PartialPolicy)


def schemes():
    cents = st.decimals(0, 100, places=2)
    return st.builds(Scheme, cents.filter(bool), policies(), cents, st.booleans())


def several_keys():
    def of(size):
        some = st.frozensets(st.integers(0, size - 1), min_size=1, max_size=size - 1)
        return st.builds(SeveralKey, some, st.just(size))

    return st.integers(2, 7).flatmap(of)


def matching_keys():
    def of(sizes):
        lefts, size_right = min(sizes), max(sizes)
        rights = st.permutations(range(size_right)).map(lambda order: tuple(order[:lefts]))
        return st.builds(MatchingKey, rights, st.just(size_right))

    return st.tuples(st.integers(2, 6), st.integers(2, 6)).flatmap(of)


def keys():
    one = st.integers(2, 6).flatmap(
        lambda size: st.builds(OneKey, st.integers(0, size - 1), st.just(size))
    )
    number = st.builds(
        NumberKey,
        st.decimals(-1000, 1000, places=3),
        st.decimals(0, 10, places=3),
    )
    ordering = st.builds(OrderingKey, st.integers(2, 6))
    yes = st.builds(TrueFalseKey, st.booleans())
    return st.one_of(one, several_keys(), yes, ordering, matching_keys(), number)


def answers(key: Key):
    """Give any well-shaped raw answer to the key's question, a blank among them."""
    size, size_right = key.shape
    rights = st.permutations([*range(size_right), *[None] * size]).map(lambda all_: all_[:size])
    return (
        st.none()
        | {
            QuestionType.ONE: st.integers(0, max(0, size - 1)),
            QuestionType.SEVERAL: st.sets(st.integers(0, max(0, size - 1))).map(list),
            QuestionType.TRUE_FALSE: st.booleans(),
            QuestionType.ORDERING: st.permutations(range(size)),
            QuestionType.MATCHING: rights,
            QuestionType.NUMBER: st.decimals(-1000, 1000, places=2).map(lambda x: f"{x:f}"),
        }[key.kind]
    )


def keys_and_answers():
    return keys().flatmap(lambda key: st.tuples(st.just(key), answers(key)))


def full_answer(key: Key):
    if isinstance(key, OrderingKey):
        return list(range(key.size))
    if isinstance(key, NumberKey):
        return f"{key.value:f}"
    if isinstance(key, SeveralKey):
        return sorted(key.right)
    return list(key.right) if isinstance(key, MatchingKey) else key.right


def json_values():
    plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=25)
    small = st.integers(-2, 9) | st.text("0123456789.,-+eE ", max_size=22)
    return st.recursive(
        plain | small,
        lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )


# By hand


@pytest.mark.parametrize(
    ("key", "answer", "policy", "share"),
    [
        (OneKey(2, 4), 2, ALL, "1"),
        (OneKey(2, 4), 1, ALL, "0"),
        (OneKey(2, 4), 1, EACH, "0"),
        (TrueFalseKey(right=True), True, ALL, "1"),
        (TrueFalseKey(right=True), False, PROPORTIONAL, "0"),
        (NumberKey(Decimal("3.5"), Decimal("0.1")), "3.6", ALL, "1"),
        (NumberKey(Decimal("3.5"), Decimal("0.1")), "3.4", EACH, "1"),
        (NumberKey(Decimal("3.5"), Decimal("0.1")), "3.61", ALL, "0"),
        (NumberKey(Decimal(8)), "8", ALL, "1"),
        (NumberKey(Decimal(8)), 8, ALL, "1"),
        (SeveralKey(frozenset({0, 2}), 5), [0, 2], ALL, "1"),
        (SeveralKey(frozenset({0, 2}), 5), [0], ALL, "0"),
        (SeveralKey(frozenset({0, 2}), 5), [0], PROPORTIONAL, "1/2"),
        (SeveralKey(frozenset({0, 2}), 5), [0, 2, 4], PROPORTIONAL, "2/3"),
        (SeveralKey(frozenset({0, 2}), 5), [0, 1], PROPORTIONAL, "1/6"),
        (SeveralKey(frozenset({0, 2}), 5), [0, 1, 3], PROPORTIONAL, "0"),
        (SeveralKey(frozenset({0, 2}), 5), [0, 1, 2, 3, 4], PROPORTIONAL, "0"),
        (SeveralKey(frozenset({0, 2}), 5), [0], EACH, "4/5"),
        (SeveralKey(frozenset({0, 2}), 5), [0, 1], EACH, "3/5"),
        (SeveralKey(frozenset({0, 2}), 5), [1, 3, 4], EACH, "0"),
        (SeveralKey(frozenset({0, 2}), 5), [0, 1, 2, 3, 4], EACH, "2/5"),
        (OrderingKey(4), [0, 1, 2, 3], ALL, "1"),
        (OrderingKey(4), [0, 1, 3, 2], ALL, "0"),
        (OrderingKey(4), [1, 2, 3, 0], PROPORTIONAL, "2/3"),
        (OrderingKey(4), [1, 2, 3, 0], EACH, "0"),
        (OrderingKey(4), [0, 1, 3, 2], PROPORTIONAL, "1/3"),
        (OrderingKey(4), [0, 1, 3, 2], EACH, "1/2"),
        (OrderingKey(4), [3, 2, 1, 0], PROPORTIONAL, "0"),
        (MatchingKey((2, 0, 1), 4), [2, 0, 1], ALL, "1"),
        (MatchingKey((2, 0, 1), 4), [2, 0, 3], ALL, "0"),
        (MatchingKey((2, 0, 1), 4), [2, None, 3], PROPORTIONAL, "1/3"),
        (MatchingKey((2, 0, 1), 4), [2, 0, None], EACH, "2/3"),
        (MatchingKey((2, 0, 1), 4), [None, 1, None], EACH, "0"),
    ],
)
def test_the_share_is_what_a_hand_calculates(key, answer, policy, share):
    assert mark(key, answer, Scheme(TEN, policy)).fraction == Fraction(share)


def test_points_are_rounded_half_up_to_a_hundredth():
    thirds = SeveralKey(frozenset({0, 1, 2}), 4)
    assert mark(thirds, [0, 1], Scheme(Decimal(1), PROPORTIONAL)) == Mark(
        Decimal("0.67"), Fraction(2, 3), Verdict.PARTLY
    )
    half = SeveralKey(frozenset({0, 1}), 4)
    assert mark(half, [0], Scheme(Decimal("0.25"), PROPORTIONAL)).points == Decimal("0.13")


def test_a_wrong_answer_takes_its_penalty():
    scheme = Scheme(TEN, wrong=Decimal("2.50"))
    assert mark(OneKey(0, 4), 1, scheme) == Mark(Decimal("-2.50"), Fraction(0), Verdict.WRONG)


def test_a_partly_right_answer_takes_no_penalty():
    scheme = Scheme(TEN, PROPORTIONAL, wrong=Decimal(5))
    assert mark(MatchingKey((0, 1), 2), [0, None], scheme) == Mark(
        Decimal("5.00"), Fraction(1, 2), Verdict.PARTLY
    )


def test_a_floor_keeps_the_question_at_zero():
    scheme = Scheme(TEN, wrong=Decimal(5), floor_at_zero=True)
    assert mark(OneKey(0, 4), 1, scheme) == Mark(Decimal("0.00"), Fraction(0), Verdict.WRONG)


@pytest.mark.parametrize("blank", [None, [], [None, None, None]])
def test_a_blank_is_not_wrong(blank):
    scheme = Scheme(TEN, EACH, wrong=Decimal(5))
    zero = Mark(Decimal("0.00"), Fraction(0), Verdict.BLANK)
    assert mark(MatchingKey((2, 0, 1), 3), blank, scheme) == zero


def test_no_mark_is_ever_written_minus_zero():
    assert str(mark(OneKey(0, 4), 1, Scheme(TEN, wrong=Decimal("0.001"))).points) == "0.00"
    assert str(mark(OneKey(0, 4), 1, Scheme(TEN)).points) == "0.00"


def test_numbers_are_compared_exactly_however_long():
    key = NumberKey(Decimal(10**18), Decimal(0))
    assert mark(key, "1000000000000000000", Scheme(TEN)).verdict is Verdict.RIGHT
    assert mark(key, "1000000000000000001", Scheme(TEN)).verdict is Verdict.WRONG
    narrow = NumberKey(Decimal(10**18), Decimal("0.00000000000000001"))
    assert mark(narrow, "0.00000000000000001", Scheme(TEN)).verdict is Verdict.WRONG


# For every key, answer and scheme


@given(keys_and_answers(), schemes())
@CALM
def test_points_stay_between_the_penalty_and_full_points(pair, scheme):
    key, answer = pair
    got = mark(key, answer, scheme)
    lowest = Decimal(0) if scheme.floor_at_zero else -scheme.wrong
    assert lowest <= got.points <= scheme.points
    assert 0 <= got.fraction <= 1
    assert got.points.as_tuple().exponent == -2


@given(keys_and_answers(), schemes())
@CALM
def test_the_verdict_says_what_the_share_says(pair, scheme):
    key, answer = pair
    got = mark(key, check_given(key.kind, *key.shape, answer), scheme)
    shares = {Verdict.RIGHT: got.fraction == 1, Verdict.PARTLY: 0 < got.fraction < 1}
    assert shares.get(got.verdict, got.fraction == 0)
    assert got.points <= 0 or got.verdict in (Verdict.RIGHT, Verdict.PARTLY)


@given(keys(), schemes())
@CALM
def test_the_key_itself_earns_full_points(key, scheme):
    assert mark(key, full_answer(key), scheme) == Mark(scheme.points, Fraction(1), Verdict.RIGHT)


@given(keys_and_answers(), schemes())
@CALM
def test_only_the_right_answer_earns_the_whole_share(pair, scheme):
    key, answer = pair
    plain = check_given(key.kind, *key.shape, answer)
    whole = mark(key, plain, scheme).fraction == 1
    if key.kind is QuestionType.NUMBER:
        close = plain is not None and abs(Decimal(plain) - key.value) <= key.tolerance
        assert whole == close
    else:
        assert whole == (plain == full_answer(key))


@given(keys(), schemes())
@CALM
def test_a_blank_earns_and_takes_nothing(key, scheme):
    assert mark(key, None, scheme) == Mark(Decimal("0.00"), Fraction(0), Verdict.BLANK)


@given(several_keys(), schemes())
@CALM
def test_ticking_everything_never_earns_full_points(key, scheme):
    got = mark(key, list(range(key.size)), scheme)
    assert got.fraction < 1
    assert got.fraction == 0 or scheme.partial is EACH


@given(several_keys(), policies(), st.data())
@CALM
def test_one_more_right_tick_never_costs_and_one_more_wrong_tick_never_earns(key, policy, data):
    ticks = data.draw(st.sets(st.integers(0, key.size - 1), min_size=1))
    scheme = Scheme(TEN, policy)
    before = mark(key, sorted(ticks), scheme).points
    for more in set(range(key.size)) - ticks:
        after = mark(key, sorted({*ticks, more}), scheme).points
        assert after >= before if more in key.right else after <= before


@given(matching_keys(), policies(), st.data())
@CALM
def test_mending_one_pair_never_costs(key, policy, data):
    answer = data.draw(answers(key).filter(lambda one: one is not None))
    left = data.draw(st.integers(0, len(key.right) - 1))
    mended = [None if right == key.right[left] else right for right in answer]
    mended[left] = key.right[left]
    scheme = Scheme(TEN, policy)
    assert mark(key, mended, scheme).points >= mark(key, answer, scheme).points


@given(several_keys(), schemes(), st.data())
@CALM
def test_the_names_of_the_options_do_not_matter_to_a_several(key, scheme, data):
    ticks = data.draw(st.lists(st.integers(0, key.size - 1), unique=True))
    names = data.draw(st.permutations(range(key.size)))
    other = SeveralKey(frozenset(names[index] for index in key.right), key.size)
    renamed = data.draw(st.permutations([names[index] for index in ticks]))
    assert mark(key, ticks, scheme) == mark(other, renamed, scheme)


@given(matching_keys(), schemes(), st.data())
@CALM
def test_the_names_of_the_sides_do_not_matter_to_a_matching(key, scheme, data):
    answer = data.draw(answers(key).filter(lambda one: one is not None))
    lefts = data.draw(st.permutations(range(len(key.right))))
    names = [*data.draw(st.permutations(range(key.size_right)))]
    other = MatchingKey(tuple(names[key.right[left]] for left in lefts), key.size_right)
    renamed = [None if answer[left] is None else names[answer[left]] for left in lefts]
    assert mark(key, answer, scheme) == mark(other, renamed, scheme)


# Keys and schemes that contradict themselves


@given(keys())
@CALM
def test_a_key_comes_back_equal_from_its_json(key):
    assert key_from_json(key.kind, key.as_json()) == key


@given(st.sampled_from(QuestionType), json_values())
@LONG
def test_a_key_from_nonsense_is_invalid_and_nothing_else(kind, data):
    try:
        key = key_from_json(kind, data)
    except Invalid:
        return
    assert key.kind is kind


@given(st.sampled_from(QuestionType), st.lists(json_values(), min_size=2, max_size=2))
@LONG
def test_a_key_with_nonsense_in_its_fields_is_invalid_and_nothing_else(kind, values):
    names = {
        QuestionType.TRUE_FALSE: ("right",),
        QuestionType.ORDERING: ("size",),
        QuestionType.MATCHING: ("right", "size_right"),
        QuestionType.NUMBER: ("value", "tolerance"),
    }.get(kind, ("right", "size"))
    data = dict(zip(names, values, strict=False))
    try:
        key = key_from_json(kind, data)
    except Invalid:
        return
    assert key_from_json(kind, key.as_json()) == key


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("one", {"right": 4, "size": 4}),
        ("one", {"right": True, "size": 4}),
        ("one", {"right": 0, "size": 1}),
        ("one", {"right": 0, "size": 101}),
        ("one", {"right": 0}),
        ("one", {"right": 0, "size": 4, "hint": 1}),
        ("several", {"right": [], "size": 4}),
        ("several", {"right": [0, 1], "size": 2}),
        ("several", {"right": [0, 0], "size": 3}),
        ("several", {"right": [[0]], "size": 3}),
        ("several", {"right": [0], "size": "3"}),
        ("true_false", {"right": 1}),
        ("ordering", {"size": 1}),
        ("matching", {"right": [0, 1, 2], "size_right": 2}),
        ("matching", {"right": [0, 0], "size_right": 1}),
        ("matching", {"right": 0, "size_right": 2}),
        ("one", {"right": 0, "size": 2, "weights": ["1/2", "0"]}),
        ("one", {"right": 0, "size": 2, "weights": ["1"]}),
        ("one", {"right": 0, "size": 2, "weights": ["1", "-2"]}),
        ("one", {"right": 0, "size": 2, "weights": ["1", "0.5"]}),
        ("one", {"right": 0, "size": 2, "weights": "1"}),
        ("several", {"right": [0, 1], "size": 3, "weights": ["1/2", "1/3", "0"]}),
        ("several", {"right": [0, 1], "size": 3, "weights": ["1/2", "0", "1/2"]}),
        ("number", {"value": "1", "tolerance": "0", "others": [["1", "0"]]}),
        ("number", {"value": "1", "tolerance": "0", "others": [["1", "0", "0"]]}),
        ("number", {"value": "1", "tolerance": "0", "others": [["1", "-1", "1/2"]]}),
        ("number", {"value": "1", "tolerance": "0", "others": [["1", "0", "1/2"]] * 11}),
        ("matching", {"right": [0], "size_right": 2}),
        ("number", {"value": "", "tolerance": "0"}),
        ("number", {"value": "1", "tolerance": None}),
        ("number", {"value": "1", "tolerance": "-0.1"}),
        ("number", {"value": "NaN", "tolerance": "0"}),
        ("number", []),
    ],
)
def test_a_key_that_contradicts_itself_is_refused(kind, data):
    with pytest.raises(Invalid):
        key_from_json(QuestionType(kind), data)


def test_a_key_made_by_hand_is_checked_too():
    with pytest.raises(Invalid):
        SeveralKey(frozenset({7}), 4)
    with pytest.raises(Invalid):
        NumberKey(Decimal("NaN"))
    with pytest.raises(Invalid):
        NumberKey(Decimal(1), Decimal("Infinity"))


@pytest.mark.parametrize("points", ["0", "-1", "NaN", "Infinity", "10001"])
def test_a_scheme_needs_points_to_give(points):
    with pytest.raises(Invalid, match="Điểm của câu phải lớn hơn 0 và không quá 10000"):
        Scheme(Decimal(points))


@pytest.mark.parametrize("wrong", ["-1", "NaN", "Infinity", "10001"])
def test_a_penalty_is_never_negative(wrong):
    with pytest.raises(Invalid, match="Điểm trừ phải từ 0 đến 10000"):
        Scheme(TEN, wrong=Decimal(wrong))


# The raw value of a client


@pytest.mark.parametrize(
    ("kind", "raw", "clean"),
    [
        ("one", 3, 3),
        ("one", None, None),
        ("several", [2, 0], [0, 2]),
        ("several", [], None),
        ("true_false", False, False),
        ("ordering", [2, 0, 3, 1], [2, 0, 3, 1]),
        ("ordering", [], None),
        ("matching", [4, None, 0, None], [4, None, 0, None]),
        ("matching", [None, None, None, None], None),
        ("matching", [], None),
        ("number", "3,50", "3.5"),
        ("number", " +007.0 ", "7"),
        ("number", "-,5", "-0.5"),
        ("number", "5.", "5"),
        ("number", "-0,00", "0"),
        ("number", -12, "-12"),
        ("number", "  ", None),
        ("number", "12345678901234567890", "12345678901234567890"),
    ],
)
def test_a_well_shaped_value_is_normalised(kind, raw, clean):
    assert check_given(QuestionType(kind), 4, 5, raw) == clean


@pytest.mark.parametrize(
    ("kind", "raw", "sentence"),
    [
        ("one", 4, "Phương án được chọn không có trong câu hỏi này."),
        ("one", -1, "Phương án được chọn không có trong câu hỏi này."),
        ("one", True, "Phương án được chọn không có trong câu hỏi này."),
        ("one", 1.0, "Phương án được chọn không có trong câu hỏi này."),
        ("one", "1", "Phương án được chọn không có trong câu hỏi này."),
        ("several", 1, "Câu trả lời phải là một danh sách phương án."),
        ("several", [1, 1], "Mỗi phương án chỉ được dùng một lần."),
        ("several", [0, 1, 2, 3, 4], "Câu trả lời có nhiều mục hơn câu hỏi."),
        ("several", [[0]], "Phương án được chọn không có trong câu hỏi này."),
        ("true_false", 1, "Câu trả lời phải là Đúng hoặc Sai."),
        ("ordering", [0, 1, 2], "Hãy xếp đủ tất cả các mục."),
        ("ordering", [0, 1, 2, 2], "Mỗi phương án chỉ được dùng một lần."),
        ("matching", [0, 1], "Câu ghép đôi cần một ô cho mỗi mục bên trái."),
        ("matching", [5, None, None, None], "Phương án được chọn không có trong câu hỏi này."),
        ("number", "1.234,5", "Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."),
        ("number", "1e5", "Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."),
        ("number", "NaN", "Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."),
        ("number", "٣", "Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."),
        ("number", ".", "Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."),
        ("number", "-", "Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."),
        ("number", "1" * 21, "Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."),
        ("number", 10**19, "Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."),
        ("number", 3.5, "Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."),
        ("number", True, "Câu trả lời phải là một số, ví dụ 12 hoặc 3,5."),
    ],
)
def test_a_malformed_value_is_refused_with_its_sentence(kind, raw, sentence):
    with pytest.raises(Invalid) as caught:
        check_given(QuestionType(kind), 4, 5, raw)
    assert str(caught.value) == sentence


@given(st.sampled_from(QuestionType), st.integers(2, 5), st.integers(0, 2), json_values())
@LONG
def test_no_raw_value_raises_anything_but_invalid(kind, size, more, raw):
    try:
        clean = check_given(kind, size, size + more, raw)
    except Invalid:
        return
    assert check_given(kind, size, size + more, clean) == clean


@given(keys_and_answers())
@CALM
def test_whatever_passes_the_check_can_be_marked(pair):
    key, answer = pair
    clean = check_given(key.kind, *key.shape, answer)
    for policy in PartialPolicy:
        assert mark(key, clean, Scheme(TEN, policy)) == mark(key, answer, Scheme(TEN, policy))


def test_checking_leaves_the_clients_list_alone():
    raw = [2, 0]
    check_given(QuestionType.SEVERAL, 4, 0, raw)
    assert raw == [2, 0]


def test_a_number_too_long_to_print_is_refused():
    with pytest.raises(Invalid, match="phải là một số"):
        check_given(QuestionType.NUMBER, 0, 0, 10**5000)


THIRD = Fraction(1, 3)


@pytest.mark.parametrize(
    ("key", "given", "policy", "share"),
    [
        (OneKey(0, 3, (Fraction(1), Fraction(1, 2), -THIRD)), 1, PROPORTIONAL, Fraction(1, 2)),
        (OneKey(0, 3, (Fraction(1), Fraction(1, 2), -THIRD)), 2, EACH, -THIRD),
        (OneKey(0, 3, (Fraction(1), Fraction(1, 2), -THIRD)), 1, ALL, Fraction(0)),
        (
            SeveralKey(frozenset({0, 1}), 3, (THIRD, 2 * THIRD, Fraction(-1))),
            [1],
            PROPORTIONAL,
            2 * THIRD,
        ),
        (
            SeveralKey(frozenset({0, 1}), 3, (THIRD, 2 * THIRD, Fraction(-1))),
            [0, 1, 2],
            PROPORTIONAL,
            Fraction(0),
        ),
        (
            SeveralKey(frozenset({0, 1}), 3, (THIRD, 2 * THIRD, Fraction(-1))),
            [0, 1],
            ALL,
            Fraction(1),
        ),
        (
            NumberKey(Decimal(5), Decimal(0), (NumberRange(Decimal(5), Decimal(1), THIRD),)),
            "5.5",
            PROPORTIONAL,
            THIRD,
        ),
        (
            NumberKey(Decimal(5), Decimal(0), (NumberRange(Decimal(5), Decimal(1), THIRD),)),
            "5",
            PROPORTIONAL,
            Fraction(1),
        ),
        (
            NumberKey(Decimal(5), Decimal(0), (NumberRange(Decimal(5), Decimal(1), THIRD),)),
            "4",
            ALL,
            Fraction(0),
        ),
        (MatchingKey((0, 0, 1), 2), [0, 0, 0], PROPORTIONAL, 2 * THIRD),
    ],
)
def test_an_authors_weights_decide_the_share_and_survive_storage(key, given, policy, share):
    assert key.share(given, policy) == share
    assert key_from_json(key.kind, key.as_json()) == key


def test_a_negative_weight_takes_points_unless_the_question_stops_at_zero():
    key = OneKey(0, 2, (Fraction(1), -THIRD))
    assert mark(key, 1, Scheme(TEN, PROPORTIONAL)).points == Decimal("-3.33")
    assert mark(key, 1, Scheme(TEN, PROPORTIONAL, floor_at_zero=True)).points == 0
    assert mark(key, 1, Scheme(TEN, PROPORTIONAL)).verdict is Verdict.WRONG
