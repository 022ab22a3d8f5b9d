"""The true number behind the guess question "how many people will …?", known once all is closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class GuessTarget(StrEnum):
    """What was to be guessed: P1 and P9 ask for the first, P2, P26 and P27 for the second."""

    ALL_RIGHT_PEOPLE = "all_right_people"
    PARTICIPANTS = "participants"
    TRIES = "tries"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One handed-in try that is neither void nor disqualified."""

    person_id: int
    all_right: bool


def actual(target: GuessTarget, outcomes: Iterable[Outcome]) -> int:
    """Count what was to be guessed.

    `outcomes` are all handed-in tries, not only the counting ones: a person is all right with
    everything right in any of them, and is one person however many there are (field.md §3.7).
    """
    tries = list(outcomes)
    if target is GuessTarget.TRIES:
        return len(tries)
    everybody = target is GuessTarget.PARTICIPANTS
    return len({each.person_id for each in tries if everybody or each.all_right})
