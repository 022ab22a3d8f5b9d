"""Which feedback of an item is for whom, found from which answers show it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from contest.errors import N_
from question_bank.formats.qti.drafting import Sketch, join
from question_bank.formats.reading import Feedback

LOST = N_("Một lời nhận xét của câu hỏi chỉ hiện trong trường hợp riêng nên không giữ được.")
# How our own packages name what is shown for a right, a partly right and a wrong answer.
OWN = {"RIGHT": "right", "PARTLY": "partly", "WRONG": "wrong"}


@dataclass(frozen=True, slots=True)
class Case:
    """One answer tried out: the options chosen in it, its share, what it shows."""

    chosen: frozenset[int]
    share: Fraction
    shown: frozenset[str]


def sort_out(
    sketch: Sketch, texts: Mapping[str, str], cases: Sequence[Case], names: Sequence[str]
) -> None:
    """Put each feedback text (by its identifier) where it belongs; `names` are the options'.

    Shown always: part of the explanation. Shown with one option: of that option. Shown with all
    right, partly right or wrong answers: for these. Anything else is lost, with a note.
    """
    options = [""] * len(names)
    said = {"right": [sketch.feedback.right], "partly": [sketch.feedback.partly]}
    said["wrong"] = [sketch.feedback.wrong]
    for identifier, text in texts.items():
        shown = frozenset(at for at, one in enumerate(cases) if identifier in one.shown)
        if not text.strip() or not cases:
            continue
        at = _option(identifier, shown, cases, names)
        ends = _ends(shown, cases)
        if len(shown) == len(cases):
            sketch.explanation.append(text)
        elif at is not None and (not ends or _is_named(identifier, names[at])):
            options[at] = join([options[at], text])
        elif ends:
            for end in ends:
                said[end].append(text)
        else:
            sketch.note(LOST)
    own = sketch.feedback.options or [""] * len(names)
    both = tuple(join([mine, text]) for mine, text in zip(own, options, strict=True))
    sketch.feedback = Feedback(
        both if any(both) else (), join(said["right"]), join(said["partly"]), join(said["wrong"])
    )


def _is_named(identifier: str, name: str) -> bool:
    return identifier == name or identifier.startswith((f"{name}_", f"{name}-"))


def _option(
    identifier: str, shown: frozenset[int], cases: Sequence[Case], names: Sequence[str]
) -> int | None:
    found = [
        option
        for option in range(len(names))
        if shown and shown == {at for at, one in enumerate(cases) if option in one.chosen}
    ]
    named = [option for option in found if _is_named(identifier, names[option])]
    return next(iter(named or found), None)


def _ends(shown: frozenset[int], cases: Sequence[Case]) -> list[str]:
    tests: Mapping[str, Callable[[Fraction], bool]] = {
        "right": lambda share: share >= 1,
        "partly": lambda share: 0 < share < 1,
        "wrong": lambda share: share <= 0,
    }
    groups = {
        name: frozenset(at for at, one in enumerate(cases) if test(one.share))
        for name, test in tests.items()
    }
    found = [name for name, group in groups.items() if group and group <= shown]
    covered = frozenset[int]().union(*(groups[name] for name in found))
    return found if covered == shown else []
