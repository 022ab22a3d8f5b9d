"""What only our own files have a place for, written as tags that any program carries along.

"topic:devices", "difficulty:2", "audience:elderly", "source:…", "valid-until:2027-01-31",
"code:…", "unit:kg": so a question comes back whole from a format that knows tags.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from question_bank.formats import reading
from question_bank.formats.reading import DraftQuestion

CODE = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
LONGEST = {
    "topic": reading.LONGEST_NAME,
    "unit": reading.LONGEST_NAME,
    "source": reading.LONGEST_SOURCE,
}


@dataclass(frozen=True, slots=True)
class Labels:
    """What the tags of a question said; `tags` are the ones that are not ours."""

    code: str = ""
    topic: str = ""
    difficulty: int | None = None
    audiences: tuple[str, ...] = ()
    source: str = ""
    valid_until: date | None = None
    number_unit: str = ""
    tags: tuple[str, ...] = ()


def written(question: DraftQuestion) -> list[str]:
    """Give the tags that carry what the question says of itself, its own tags last."""
    found = [
        ("code", question.code),
        ("topic", question.topic),
        ("difficulty", str(question.difficulty or "")),
        *(("audience", audience) for audience in question.audiences),
        ("source", question.source),
        ("valid-until", question.valid_until.isoformat() if question.valid_until else ""),
        ("unit", question.number_unit),
    ]
    return [f"{name}:{value}" for name, value in found if value] + list(question.tags)


def read(tags: Iterable[str]) -> Labels:
    """Take our own tags apart from the others; one of ours that makes no sense stays a tag."""
    one: dict[str, str] = {}
    audiences: list[str] = []
    others: list[str] = []
    for tag in tags:
        name, colon, value = tag.partition(":")
        if name == "audience" and 0 < len(value) <= reading.LONGEST_NAME:
            audiences += [] if value in audiences else [value]
        elif colon and name not in one and _makes_sense(name, value):
            one[name] = value
        else:
            others.append(tag)
    return Labels(
        code=one.get("code", ""),
        topic=one.get("topic", ""),
        difficulty=int(one["difficulty"]) if "difficulty" in one else None,
        audiences=tuple(audiences),
        source=one.get("source", ""),
        valid_until=date.fromisoformat(one["valid-until"]) if "valid-until" in one else None,
        number_unit=one.get("unit", ""),
        tags=tuple(others),
    )


def _makes_sense(name: str, value: str) -> bool:
    if name == "difficulty":
        return value in {"1", "2", "3"}
    if name == "valid-until":
        return _is_date(value)
    if name == "code":
        return is_code(value)
    return name in LONGEST and 0 < len(value) <= LONGEST[name]


def is_code(text: str) -> bool:
    """Tell whether a text may be the code of a question: "devices-001", not "Câu 1"."""
    return len(text) <= reading.LONGEST_CODE and CODE.fullmatch(text) is not None


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
