"""Who chose which option: everybody, and those of high and of low totals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contest.errors import N_, Invalid
from question_bank.rules.given import Given

KELLEY = 0.27  # share of the upper and of the lower group: Kelley, J. Educ. Psychol. 30, 1939


@dataclass(frozen=True, slots=True)
class Group:
    """`n` people, of whom `blanks` left the question blank and chosen[i] took option i."""

    n: int
    blanks: int
    chosen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OptionCounts:
    everybody: Group
    upper: Group
    lower: Group


def option_counts(
    given: Iterable[tuple[Given, float]], size: int, share: float = KELLEY
) -> OptionCounts:
    """Count who chose what, from (authored answer, total of the paper) of one, several, true/false.

    A true/false has size 2: option 0 is false, option 1 is true. The upper group are the best
    `share` of the totals and everybody level with the last of them, the lower group likewise, so
    that no order of rows matters. Both are empty when the totals cannot tell them apart.
    """
    if not 0 < share <= 0.5:  # noqa: PLR2004 -- two groups at most halve the people
        raise Invalid(N_("Mỗi nhóm phải chiếm hơn 0 và không quá một nửa số người."))
    answers = [(_options(value, size), total) for value, total in given]
    totals = sorted(total for _, total in answers)
    low = high = 0.0
    if totals:
        take = max(1, round(share * len(totals)))
        low, high = totals[take - 1], totals[-take]
    upper = [chosen for chosen, total in answers if total >= high > low]
    lower = [chosen for chosen, total in answers if total <= low < high]
    everybody = [chosen for chosen, _ in answers]
    return OptionCounts(*(_group(some, size) for some in (everybody, upper, lower)))


def _options(value: Given, size: int) -> list[int]:
    chosen = value if isinstance(value, list) else [] if value is None else [value]
    options = [int(one) for one in chosen if isinstance(one, int) and 0 <= one < size]
    if len(options) < len(chosen):
        raise Invalid(N_("Phương án được chọn không có trong câu hỏi này."))
    return options


def _group(answers: Sequence[list[int]], size: int) -> Group:
    chosen = [0] * size
    for one in answers:
        for option in one:
            chosen[option] += 1
    return Group(len(answers), sum(not one for one in answers), tuple(chosen))
