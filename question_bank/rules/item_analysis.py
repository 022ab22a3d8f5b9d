"""How good the questions are, told from the papers handed in; and what to say of it in plain words.

The figures are worked out in `item_statistics`, the counts in `option_counts`, what blind
guessing earns in `random_guess`: all their names are at hand here. See docs/item-analysis.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, floor

from contest.errors import N_
from question_bank.rules.item_statistics import (
    Analysis,
    ItemFacts,
    ItemStatistics,
    PaperStatistics,
    Row,
    Scores,
    analyse,
)
from question_bank.rules.keys import Key, OneKey, SeveralKey, TrueFalseKey
from question_bank.rules.option_counts import Group, OptionCounts, option_counts
from question_bank.rules.random_guess import random_guess_score

__all__ = [
    "Analysis",
    "Group",
    "ItemFacts",
    "ItemStatistics",
    "OptionCounts",
    "PaperStatistics",
    "Row",
    "Scores",
    "WarningCode",
    "Warning_",
    "analyse",
    "option_counts",
    "random_guess_score",
    "warnings",
]

RELIABLE_FROM = 30  # attempts; with fewer the figures are chance more than anything
EASY_ABOVE = 95.0  # facility, percent
HARD_BELOW = 5.0
WEAK_BELOW = 15.0  # discriminative efficiency Moodle's report marks as dubious, percent


class WarningCode(StrEnum):
    TOO_FEW = "too_few"
    KEY_BEATEN = "key_beaten"
    NEGATIVE = "negative"
    WEAK = "weak"
    BELOW_GUESS = "below_guess"
    TOO_HARD = "too_hard"
    TOO_EASY = "too_easy"
    UNUSED_OPTION = "unused_option"


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801 -- Warning is Python's own
    """A sentence for organizers: `message` is looked up in the translations, `facts` fill it.

    A provisional one rests on too few attempts: show it as a hint, raise no alarm.
    """

    code: WarningCode
    message: str
    facts: Mapping[str, object]
    is_provisional: bool = False


def warnings(
    statistics: ItemStatistics, counts: OptionCounts | None = None, key: Key | None = None
) -> tuple[Warning_, ...]:
    """Say in plain words what to look at, the gravest first; nothing when all is well.

    Without `counts` and `key`, or for a kind without options, only the figures speak. With too
    few attempts that is said first, and all the rest is provisional.
    """
    found = [*_from_figures(statistics)]
    if counts is not None and key is not None:
        found = [*_key_beaten(counts, key), *found, *_unused(counts, key)]
    if statistics.n >= RELIABLE_FROM:
        return tuple(found)
    few = Warning_(
        WarningCode.TOO_FEW,
        N_(
            "Câu này mới có %(n)d lượt làm, cần ít nhất %(enough)d lượt thì các con số mới đáng "
            "tin. Những nhận xét khác về câu này chỉ là tạm thời."
        ),
        {"n": statistics.n, "enough": RELIABLE_FROM},
    )
    return few, *(replace(one, is_provisional=True) for one in found)


def _from_figures(statistics: ItemStatistics) -> Iterable[Warning_]:
    facility, guess = statistics.facility, statistics.random_guess
    index, efficiency = statistics.discrimination_index, statistics.discriminative_efficiency
    if index is not None and index < 0:
        yield Warning_(
            WarningCode.NEGATIVE,
            N_(
                "Người điểm cao lại hay sai câu này hơn người điểm thấp (độ phân biệt "
                "%(index)d%%): hãy kiểm tra đáp án và cách hỏi."
            ),
            {"index": floor(index)},
        )
    elif efficiency is not None and efficiency < WEAK_BELOW:
        yield Warning_(
            WarningCode.WEAK,
            N_(
                "Câu này hầu như không phân biệt được người nắm bài với người chưa nắm bài (hiệu "
                "quả phân biệt %(efficiency)d%%): nên xem lại cách hỏi và các phương án."
            ),
            {"efficiency": floor(efficiency)},
        )
    if facility is None:
        return
    if guess is not None and facility < guess:
        yield Warning_(
            WarningCode.BELOW_GUESS,
            N_(
                "Kết quả còn thấp hơn chọn bừa (%(facility)d%% so với %(guess)d%%): câu có thể "
                "sai đáp án, gây hiểu nhầm hoặc gài bẫy."
            ),
            {"facility": floor(facility), "guess": ceil(guess)},
        )
    elif facility < HARD_BELOW:
        yield Warning_(
            WarningCode.TOO_HARD,
            N_(
                "Hầu như không ai làm được câu này (%(facility)d%%): hãy kiểm tra đáp án, lời văn "
                "và độ khó."
            ),
            {"facility": floor(facility)},
        )
    elif facility > EASY_ABOVE:
        yield Warning_(
            WarningCode.TOO_EASY,
            N_(
                "Hầu như ai cũng làm đúng câu này (%(facility)d%%): câu giúp khích lệ, nhưng "
                "không giúp phân loại."
            ),
            {"facility": floor(facility)},
        )


def _key_beaten(counts: OptionCounts, key: Key) -> Iterable[Warning_]:
    rights, chosen = _rights(key), counts.upper.chosen
    if not rights:
        return
    right = min(sorted(rights), key=lambda option: chosen[option])
    wrong = max(_wrongs(rights, chosen), key=lambda option: chosen[option])
    if chosen[wrong] <= chosen[right]:
        return
    tallies = {"other_count": chosen[wrong], "key_count": chosen[right]}
    if isinstance(key, TrueFalseKey):
        yield Warning_(
            WarningCode.KEY_BEATEN,
            N_(
                "Trong nhóm điểm cao, số người trả lời ngược với đáp án nhiều hơn số người trả lời "
                "theo đáp án (%(other_count)d so với %(key_count)d): hãy kiểm tra lại đáp án."
            ),
            tallies,
        )
        return
    yield Warning_(
        WarningCode.KEY_BEATEN,
        N_(
            "Trong nhóm điểm cao, phương án %(other)s được nhiều người chọn hơn đáp án %(key)s "
            "(%(other_count)d so với %(key_count)d): hãy kiểm tra lại đáp án."
        ),
        {"other": _letter(wrong), "key": _letter(right), **tallies},
    )


def _unused(counts: OptionCounts, key: Key) -> Iterable[Warning_]:
    rights, everybody = _rights(key), counts.everybody
    if not rights or isinstance(key, TrueFalseKey) or everybody.n == everybody.blanks:
        return
    unused = [one for one in _wrongs(rights, everybody.chosen) if not everybody.chosen[one]]
    if unused:
        yield Warning_(
            WarningCode.UNUSED_OPTION,
            N_(
                "Không ai chọn phương án %(options)s: phương án này quá dễ loại, nên thay bằng "
                "một phương án hợp lý hơn."
            ),
            {"options": ", ".join(map(_letter, unused))},
        )


def _rights(key: Key) -> Collection[int]:
    match key:
        case OneKey(right=right) | TrueFalseKey(right=right):
            return {int(right)}
        case SeveralKey(right=rights):
            return rights
    return ()


def _wrongs(rights: Collection[int], chosen: Sequence[int]) -> list[int]:
    return [option for option in range(len(chosen)) if option not in rights]


def _letter(option: int) -> str:
    """Name an option as the pages do: A to Z, then by its number."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return letters[option] if option < len(letters) else str(option + 1)
