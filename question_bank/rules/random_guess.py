"""What somebody who guesses blindly may expect to earn from a question."""

from collections.abc import Sequence
from fractions import Fraction
from math import comb, factorial, lcm, perm

from contest.errors import N_, Invalid
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import PartialPolicy
from question_bank.rules.marking import Scheme

# The expected share of the points, and the chance of a share of 0, which takes the penalty.
_Guess = tuple[Fraction, Fraction]
FEWEST = 2  # options; with fewer there is nothing to guess


def random_guess_score(
    kind: QuestionType,
    size: int = 0,
    size_right: int = 0,
    *,
    rights: int | None = None,
    weights: Sequence[Fraction] = (),
    scheme: Scheme | None = None,
) -> float | None:
    """Expected points of a blind guess, in percent of the question's points (Moodle's unit).

    A guess is any full answer of the right shape, each as likely as the next, never a blank:
    one: 1/size · true_false: 1/2 · number: 0, numbers are not guessed · matching: 1/size_right a
    place, each for itself (a right side may be chosen again), every place at once
    1/size_right^size · ordering: 1/size by pairs or places, 1/size! at once · several: over the
    2^size - 1 non-empty choices, `rights` of the options being right; None only when the policy
    gives partial credit and neither `rights` nor `weights` is said.
    `weights` are the key's, one an option, and count where the policy takes them
    (`keys.PartialPolicy`): one earns their mean, several the mean over all choices of their sum
    held within 0..1. `size` and `size_right` as in `Key.shape`.
    With `scheme` its policy and its penalty count: 100 · (E[share] - wrong/points · P(share = 0)),
    which may be negative; without, all or nothing. Time and memory of several grow with the number
    of different sums its weights can make: at most 2^size, some thousands for weights people set.
    """
    policy = scheme.partial if scheme else PartialPolicy.ALL_OR_NOTHING
    floors = scheme is not None and scheme.floor_at_zero
    if weights and len(weights) != size:
        raise Invalid(N_("Mỗi phương án cần một trọng số."))
    counted = _counting(kind, weights, policy)
    guess: _Guess | None
    if not counted:
        guess = _guess(kind, size, size_right, rights, policy)
    elif kind is QuestionType.ONE:
        guess = _one_weighted(counted, floors=floors)
    else:
        guess = _several_weighted(counted)
    if guess is None:
        return None
    share, nothing = guess
    if scheme and not floors:
        share -= nothing * Fraction(scheme.wrong) / Fraction(scheme.points)
    return float(100 * share)


def _counting(
    kind: QuestionType, weights: Sequence[Fraction], policy: PartialPolicy
) -> Sequence[Fraction]:
    """Give the weights if this policy takes them for this kind."""
    if kind is QuestionType.ONE:
        return () if policy is PartialPolicy.ALL_OR_NOTHING else weights
    return weights if policy is PartialPolicy.PROPORTIONAL else ()


def _guess(
    kind: QuestionType, size: int, size_right: int, rights: int | None, policy: PartialPolicy
) -> _Guess | None:
    if kind is QuestionType.NUMBER:
        return Fraction(0), Fraction(1)
    if kind is QuestionType.TRUE_FALSE:
        return _at_once(2)
    if size < FEWEST or (kind is QuestionType.MATCHING and size_right < FEWEST):
        raise Invalid(N_("Câu hỏi cần ít nhất hai phương án."))
    if kind is QuestionType.ONE:
        return _at_once(size)
    if kind is QuestionType.SEVERAL:
        return _several(size, rights, policy)
    if kind is QuestionType.MATCHING:
        return _matching(size, size_right, policy)
    return _ordering(size, policy)


def _one_weighted(weights: Sequence[Fraction], *, floors: bool) -> _Guess:
    """Give the mean of the weights; with a floor a negative one takes nothing."""
    earned = [max(one, Fraction(0)) if floors else one for one in weights]
    return sum(earned, Fraction(0)) / len(weights), Fraction(
        weights.count(Fraction(0)), len(weights)
    )


def _several_weighted(weights: Sequence[Fraction]) -> _Guess:
    """Count how many choices come to each sum of weights, in units of their common denominator."""
    unit = lcm(*(one.denominator for one in weights))
    sums = {0: 1}
    for one in weights:
        step, more = int(one * unit), dict(sums)
        for reached, count in sums.items():
            more[reached + step] = more.get(reached + step, 0) + count
        sums = more
    ways = 2 ** len(weights) - 1
    earned = sum(count * min(max(reached, 0), unit) for reached, count in sums.items())
    nothing = sum(count for reached, count in sums.items() if reached <= 0) - 1  # the empty choice
    return Fraction(earned, unit * ways), Fraction(nothing, ways)


def _matching(size: int, size_right: int, policy: PartialPolicy) -> _Guess:
    if policy is PartialPolicy.ALL_OR_NOTHING:
        return _at_once(size_right**size)
    return Fraction(1, size_right), Fraction(size_right - 1, size_right) ** size


def _ordering(size: int, policy: PartialPolicy) -> _Guess:
    if policy is PartialPolicy.ALL_OR_NOTHING:
        return _at_once(factorial(size))
    # By pairs each of size - 1 pairs stands with a chance of 1/size.
    places = size - 1 if policy is PartialPolicy.PROPORTIONAL else size
    # None right, by inclusion and exclusion.
    none = sum(
        (-1) ** hit * comb(places, hit) * perm(size - hit, places - hit)
        for hit in range(places + 1)
    )
    return Fraction(1, size), Fraction(none, perm(size, places))


def _at_once(ways: int) -> _Guess:
    """All or nothing: one of equally likely ways is right."""
    return Fraction(1, ways), Fraction(ways - 1, ways)


def _several(size: int, rights: int | None, policy: PartialPolicy) -> _Guess | None:
    ways = 2**size - 1
    if policy is PartialPolicy.ALL_OR_NOTHING:
        return _at_once(ways)
    if rights is None:
        return None
    if not 0 < rights < size:
        raise Invalid(N_("Câu nhiều lựa chọn cần ít nhất một phương án đúng và một sai."))
    wrongs = size - rights
    if policy is PartialPolicy.EACH_RIGHT:
        # Half of the decisions are right over all choices; the empty one, left out, has the wrongs.
        return (Fraction(2**size, 2) - Fraction(wrongs, size)) / ways, Fraction(1, ways)
    share, nothing = Fraction(0), -1  # the empty choice is not a guess
    for hits in range(rights + 1):
        for slips in range(wrongs + 1):
            count = comb(rights, hits) * comb(wrongs, slips)
            worth = Fraction(hits, rights) - Fraction(slips, wrongs)
            share += count * max(Fraction(0), worth)
            nothing += count * (worth <= 0)
    return share / ways, Fraction(nothing, ways)
