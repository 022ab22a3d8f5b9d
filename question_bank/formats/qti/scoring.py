"""Keys found by trying answers out: what a question's own processing gives for each.

The processing of a QTI item is a small program. Reading its shape alone would be guessing; so it
is run on enough answers, and a key is made only when it earns what the program gave.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

from contest.errors import N_, Invalid
from question_bank.rules.keys import (
    MOST_RANGES,
    NumberKey,
    NumberRange,
    OneKey,
    PartialPolicy,
    SeveralKey,
)

ZERO, ONE = Fraction(0), Fraction(1)
NEAR = Fraction(1, 1000)  # two shares closer than this are the same, but for rounding
MOST_TRIED = 4  # options of which every set is tried out
MOST_POINTS = 60
DIGITS = 60
EXACT_DECIMALS = 20  # as many as our own files have: more than any program rounds to
ROUNDED = 3  # decimals from which 0.333 means 1/3
FEW_PARTS, MANY_PARTS, WELL_ROUNDED = 12, 100, 5

NO_RIGHT = N_("Câu hỏi không có đáp án đúng, hoặc đáp án không được điểm nào.")
MANY_RIGHT = N_("Câu hỏi chỉ chọn một nhưng có nhiều phương án cùng được trọn điểm.")
CONTRADICTS = N_("Đáp án đúng và cách chấm điểm ghi trong câu hỏi không khớp nhau.")
UNUSUAL = N_("Câu hỏi có cách chấm điểm riêng (%(name)s), không chuyển sang đây được.")
UNBOUNDED = N_("Khoảng đáp án số không có giới hạn ở một đầu.")
SIMPLIFIED = N_(
    "Cách tính điểm từng phần riêng của câu này không giữ được; đáp án đúng vẫn giữ nguyên."
)
BORDERS = N_("Khoảng đáp án số không lấy hai đầu; ở đây hai đầu cũng được tính là đúng.")
BELOW_ZERO = N_("Ở tệp gốc, tổng điểm của câu này có thể âm; ở đây thấp nhất là 0 điểm.")

Score = Callable[[frozenset[int]], Fraction]


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both in, earn `share`."""

    low: Decimal
    high: Decimal
    share: Fraction

    def holds(self, number: Fraction) -> bool:
        return Fraction(self.low) <= number <= Fraction(self.high)


def to_share(text: str) -> Fraction:
    """Read a weight as a file has it: 0.3333333 is a third, 0.25 a quarter; else as it stands.

    Raises Invalid for what is no number of a sensible size.
    """
    number = to_decimal(text)
    exact = Fraction(number)
    exponent = number.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    if decimals >= EXACT_DECIMALS:
        return exact.limit_denominator(10**9)
    if decimals < ROUNDED:
        return exact
    parts = MANY_PARTS if decimals >= WELL_ROUNDED else FEW_PARTS
    near = exact.limit_denominator(parts)
    return near if abs(near - exact) < Fraction(1, 10**decimals) else exact


def to_decimal(text: str) -> Decimal:
    """Read a number of at most 40 signs; anything else raises Invalid."""
    try:
        number = Decimal(text.strip().replace(",", ".")) if len(text.strip()) <= DIGITS else None
    except ArithmeticError:
        number = None
    if number is None or not number.is_finite() or abs(number.adjusted()) > DIGITS:
        raise Invalid(N_("“%(text)s” không phải là một số dùng được."), text=text.strip()[:40])
    return number


def one_key(size: int, score: Score, right: int | None) -> OneKey:
    """Make the key of a choice of one; `right`, when the file names it, settles a tie."""
    scores = [score(frozenset({at})) for at in range(size)]
    top = max(scores, default=ZERO)
    if top <= 0:
        raise Invalid(NO_RIGHT)
    best = [at for at, one in enumerate(scores) if one == top]
    if right is None and len(best) > 1:
        raise Invalid(MANY_RIGHT)
    if right is not None and right not in best:
        raise Invalid(CONTRADICTS)
    chosen = best[0] if right is None else right
    weights = tuple(_tidy(one / top) for one in scores)
    is_plain = all(one == (at == chosen) for at, one in enumerate(weights))
    return OneKey(chosen, size, () if is_plain else weights)


def several_key(
    size: int, score: Score, right: frozenset[int] | None, *, adds_up: bool
) -> tuple[SeveralKey, list[str]]:
    """Make the key of a choice of several, and what has to be said of it.

    `adds_up`: the file gives a weight to each option, so they are kept even where they happen to
    earn all or nothing; else such a question leaves parts to the policy of the contest.
    """
    empty = score(frozenset())
    if right is None:
        right = frozenset(at for at in range(size) if score(frozenset({at})) > max(empty, ZERO))
    plain = SeveralKey(right, size)
    tried = {chosen: score(chosen) for chosen in _samples(size, right)}
    top = max(tried.values())
    if top <= 0:
        raise Invalid(NO_RIGHT)
    if tried[right] != top:
        raise Invalid(CONTRADICTS)
    notes = [BELOW_ZERO] if min(tried.values()) < 0 else []
    earned = {chosen: max(one, ZERO) / top for chosen, one in tried.items()}
    if not adds_up and all(one == (chosen == right) for chosen, one in earned.items()):
        return plain, notes
    weighted = _weighted(plain, score, top)
    if weighted is not None and _earns(weighted, earned):
        is_plain = _earns(plain, {one: _share(weighted, one) for one in earned})
        return (plain if is_plain else weighted), notes
    if [chosen for chosen, one in earned.items() if one == 1] != [right]:
        raise Invalid(CONTRADICTS)
    return plain, [SIMPLIFIED]


def _samples(size: int, right: frozenset[int]) -> list[frozenset[int]]:
    """Give enough sets of options: all of them for few options, telling ones for many."""
    if size <= MOST_TRIED:
        return [
            frozenset(at for at in range(size) if number >> at & 1) for number in range(2**size)
        ]
    every = range(size)
    found = [frozenset[int](), right, frozenset(every), frozenset(every) - right]
    found += [frozenset({at}) for at in every]
    found += [right ^ {at} for at in every]
    found += [frozenset(pair) for pair in pairwise(every)]
    return list(dict.fromkeys(found))


def _weighted(key: SeveralKey, score: Score, top: Fraction) -> SeveralKey | None:
    """Take the weight of each option from what it alone changes."""
    whole = score(key.right)
    parts = [
        score(frozenset({at})) if at in key.right else score(key.right | {at}) - whole
        for at in range(key.size)
    ]
    try:
        return SeveralKey(key.right, key.size, tuple(_tidy(one / top) for one in parts))
    except Invalid:
        return None


def _share(key: SeveralKey, chosen: frozenset[int]) -> Fraction:
    return key.share(sorted(chosen), PartialPolicy.PROPORTIONAL)


def _earns(key: SeveralKey, earned: dict[frozenset[int], Fraction]) -> bool:
    return all(abs(_share(key, chosen) - one) < NEAR for chosen, one in earned.items())


def _tidy(share: Fraction) -> Fraction:
    """Undo the rounding that a division by a rounded sum brings in."""
    near = share.limit_denominator(MANY_PARTS)
    return near if abs(near - share) < Fraction(1, 10**9) else share


def number_key(
    points: Iterable[Decimal],
    score: Callable[[Fraction], Fraction],
    stated: Sequence[Range] = (),
    right: Fraction | None = None,
) -> tuple[NumberKey, list[str]]:
    """Make the key of a number; `points` are all numbers that the processing compares with.

    Between two neighbouring points the score does not change. `stated` are ranges as the file
    lists them: they are used when they earn the same as `score`.
    """
    places = _places(sorted(set(points)))
    scores = [score(Fraction(one)) for one in places]
    top = max(scores, default=ZERO)
    if top <= 0:
        raise Invalid(NO_RIGHT)
    if scores[0] > 0 or scores[-1] > 0:
        raise Invalid(UNBOUNDED)
    shares = [max(one, ZERO) / top for one in scores]
    notes = [BELOW_ZERO] if min(scores) < 0 else []
    ranges = list(stated)
    if not ranges or not _hold(ranges, places, shares):
        ranges = _levels(places, shares)
        if not _hold(ranges, places, shares):
            notes.append(BORDERS)
    whole = [one for one in ranges if one.share == 1]
    first = next((one for one in whole if right is not None and one.holds(right)), None)
    if not whole or len(ranges) > MOST_RANGES + 1:
        raise Invalid(UNUSUAL, name="number")
    main = first if first is not None and not stated else whole[0]
    ranges.remove(main)
    return NumberKey(*_middle(main), tuple(_number_range(one) for one in ranges)), notes


def _hold(ranges: Sequence[Range], places: Sequence[Decimal], shares: Sequence[Fraction]) -> bool:
    return all(
        abs(max((one.share for one in ranges if one.holds(Fraction(place))), default=ZERO) - share)
        < NEAR
        for place, share in zip(places, shares, strict=True)
    )


def _places(points: Sequence[Decimal]) -> list[Decimal]:
    """Give the points, one place between each two and one beyond each end."""
    if not points:
        raise Invalid(NO_RIGHT)
    if len(points) > MOST_POINTS:
        raise Invalid(UNUSUAL, name="number")
    with localcontext() as context:
        context.prec = 4 * DIGITS
        between = [(low + high) / 2 for low, high in pairwise(points)]
        return sorted([points[0] - 1, *points, *between, points[-1] + 1])


def _levels(places: Sequence[Decimal], shares: Sequence[Fraction]) -> list[Range]:
    """Give for each share the stretches that earn at least so much; ends in between are points."""
    found: dict[tuple[Decimal, Decimal], Range] = {}
    for level in sorted({one for one in shares if one > 0}, reverse=True):
        start: int | None = None
        for at, share in enumerate(shares):
            if share >= level and start is None:
                start = at
            elif share < level and start is not None:
                # Points stand at odd places: 1, 3, 5 …
                low, high = places[start - 1 + start % 2], places[at - 1 + at % 2]
                found.setdefault((low, high), Range(low, high, level))
                start = None
    return list(found.values())


def _middle(one: Range) -> tuple[Decimal, Decimal]:
    with localcontext() as context:
        context.prec = 4 * DIGITS
        return _short((one.low + one.high) / 2), _short((one.high - one.low) / 2)


def _short(number: Decimal) -> Decimal:
    text = f"{number:f}"
    return Decimal((text.rstrip("0").rstrip(".") if "." in text else text) or "0")


def _number_range(one: Range) -> NumberRange:
    return NumberRange(*_middle(one), one.share)
