"""A line of the log in words."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from contest.journal.queries import Line
from contest.journal.sentences import ACTS, CLOCK, COUNTS, UNKNOWN, WITH_REASON, WORDS

Translate = Callable[[str, Mapping[str, Any]], str]
LONGEST = 500  # characters of a fact that a sentence repeats


def plainly(message: str, facts: Mapping[str, Any]) -> str:
    """Fill a sentence's places in Vietnamese: for files, which have no visitor."""
    return message % facts if facts else message


def told(line: Line, translate: Translate) -> str:
    """Say a line: who did what to which thing, and why."""
    facts: dict[str, Any] = defaultdict(lambda: "–")
    facts.update(dict.fromkeys(COUNTS, "0"))
    for name, value in line.facts.items():
        facts[name] = _worded(name, value, translate)
    facts["who"] = line.who or translate(CLOCK, {})
    facts["subject"] = line.subject
    facts["act"] = line.act
    message = ACTS.get(line.act, UNKNOWN)
    sentence = translate(message, _of(message, facts))
    reason = str(line.facts.get("reason") or "")[:LONGEST]
    if not reason:
        return sentence
    return translate(WITH_REASON, {"sentence": sentence, "reason": reason})


def _worded(name: str, value: Any, translate: Translate) -> str:
    """Say a fact: codes in the words we have for them, a list with commas."""
    if isinstance(value, list):
        return ", ".join(_worded(name, each, translate) for each in value)[:LONGEST] or "–"
    word = WORDS.get(name, {}).get(str(value))
    return translate(word, {}) if word else str(value)[:LONGEST]


def _of(message: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Give the facts a sentence has places for, a dash for what was not written down."""
    return {name: facts[name] for name in facts.keys() | _places(message)}


def _places(message: str) -> set[str]:
    return {part.partition(")")[0] for part in message.split("%(")[1:]}
