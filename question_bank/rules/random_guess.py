"""What somebody who guesses blindly may expect to earn from a question."""

from fractions import Fraction
from math import comb, perm

from contest.errors import N_, Invalid
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import PartialPolicy
from question_bank.rules.marking import Scheme

# The expected share of the points, and the chance of a share of 0, which takes the penalty.
_Guess = tuple[Fraction, Fraction]


def random_guess_score(
    kind: QuestionType,
    size: int = 0,
    size_right: int = 0,
    *,
    rights: int | None = None,
    scheme: Scheme | None = None,
) -> float | None:
    """Expected points of a blind guess, in percent of the question's points (Moodle's unit).

    A guess is any full answer of the right shape, each as likely as the next, never a blank:
    one: 1/size · true_false: 1/2 · number: 0, numbers are not guessed · matching: 1/size_right a
    place, every place at once 1/(size_right!/(size_right - size)!) · ordering: 1/size by pairs or
    places, 1/size! at once · several: over the 2^size - 1 non-empty choices, `rights` of the
    options being right; None only when the policy gives partial credit and `rights` is not said.
    `size` and `size_right` as in `Key.shape`. With `scheme` its policy and its penalty count:
    100 · (E[share] - wrong/points · P(share = 0)), which may be negative; without, all or nothing.
    """
    policy = scheme.partial if scheme else PartialPolicy.ALL_OR_NOTHING
    guess = _guess(kind, size, size_right, rights, policy)
    if guess is None:
        return None
    share, nothing = guess
    if scheme and not scheme.floor_at_zero:
        share -= nothing * Fraction(scheme.wrong) / Fraction(scheme.points)
    return float(100 * share)


def _guess(
    kind: QuestionType, size: int, size_right: int, rights: int | None, policy: PartialPolicy
) -> _Guess | None:
    if kind is QuestionType.NUMBER:
        return Fraction(0), Fraction(1)
    if kind is QuestionType.TRUE_FALSE:
        return _at_once(2)
    if size < 2 or (kind is QuestionType.MATCHING and size_right < size):  # noqa: PLR2004 -- a choice
        raise Invalid(N_("Câu hỏi cần ít nhất hai phương án."))
    if kind is QuestionType.ONE:
        return _at_once(size)
    if kind is QuestionType.SEVERAL:
        return _several(size, rights, policy)
    return _arranged(kind, size, size_right, policy)


def _arranged(kind: QuestionType, size: int, size_right: int, policy: PartialPolicy) -> _Guess:
    choices = size if kind is QuestionType.ORDERING else size_right
    if policy is PartialPolicy.ALL_OR_NOTHING:
        return _at_once(perm(choices, size))
    if kind is QuestionType.ORDERING and policy is PartialPolicy.PROPORTIONAL:
        return _places(size - 1, size)  # each of size - 1 pairs stands with a chance of 1/size
    return _places(size, choices)


def _at_once(ways: int) -> _Guess:
    """All or nothing: one of equally likely ways is right."""
    return Fraction(1, ways), Fraction(ways - 1, ways)


def _places(places: int, choices: int) -> _Guess:
    """`places` filled from `choices` without repeating; none right by inclusion and exclusion."""
    ways = perm(choices, places)
    none = sum(
        (-1) ** hit * comb(places, hit) * perm(choices - hit, places - hit)
        for hit in range(places + 1)
    )
    return Fraction(1, choices), Fraction(none, ways)


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
