"""The receipt of a handed-in paper: a short code tied to what was answered and when.

Whoever holds the facts can recompute the code; one changed answer gives another code. It settles
"but I answered" (field.md §6.8).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import ascii_lowercase, ascii_uppercase

from contest.errors import N_, Invalid
from contest.rules.timing import utc

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O, U."""

_FORMAT = 1
_BYTES = 10
_LENGTH = 16
_GROUP = 4
_FORGIVEN = str.maketrans(ascii_lowercase, ascii_uppercase, "-‐‑–—_.") | str.maketrans(
    "oOiIlL", "001111"
)


@dataclass(frozen=True, slots=True)
class PaperItem:
    """One question as it was put: its version, and its options in the order shown."""

    version_id: int
    option_order: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """The last saved answer to question `no` of the paper; `value` is any JSON without floats."""

    no: int
    value: Json
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """All that a receipt vouches for; `items` in the order of the paper, answers in any order."""

    attempt_code: str
    started_at: datetime
    handed_in_at: datetime
    items: tuple[PaperItem, ...]
    answers: tuple[GivenAnswer, ...]
    guess: int | None


def canonical(facts: ReceiptFacts) -> bytes:
    """Write the facts in the one way that is hashed.

    JSON in ASCII with sorted keys and no spaces, answers by number, moments as ISO in UTC with
    six decimals. Raises Invalid for a naive datetime and for two answers to one question.
    """
    answers = sorted(facts.answers, key=lambda answer: answer.no)
    if len({answer.no for answer in answers}) != len(answers):
        raise Invalid(N_("Một câu hỏi có hai câu trả lời."))
    document = {
        "format": _FORMAT,
        "attempt": facts.attempt_code,
        "started_at": _iso(facts.started_at),
        "handed_in_at": _iso(facts.handed_in_at),
        "items": [[item.version_id, item.option_order] for item in facts.items],
        "answers": [[answer.no, answer.value, _iso(answer.saved_at)] for answer in answers],
        "guess": facts.guess,
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def receipt_code(facts: ReceiptFacts) -> str:
    """Give the code: the first 80 bits of SHA-256 in Crockford's base 32, as XXXX-XXXX-XXXX-XXXX.

    Raises Invalid as `canonical` does.
    """
    return code_of(canonical(facts))


def code_of(written: bytes) -> str:
    """Give the code of facts already written down."""
    number = int.from_bytes(hashlib.sha256(written).digest()[:_BYTES])
    digits = [ALPHABET[number >> 5 * shift & 31] for shift in reversed(range(_LENGTH))]
    return _grouped("".join(digits))


def normalise(code: str) -> str:
    """Give a typed code as it was printed, forgiving case, spaces, dashes, O for 0, I and L for 1.

    Raises Invalid when it cannot be a receipt code.
    """
    bare = "".join(code.translate(_FORGIVEN).split())
    if len(bare) != _LENGTH or not set(bare) <= set(ALPHABET):
        raise Invalid(N_("Mã xác nhận bài thi gồm 16 chữ và số, chia thành bốn nhóm."))
    return _grouped(bare)


def _grouped(digits: str) -> str:
    return "-".join(digits[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def _iso(moment: datetime) -> str:
    return utc(moment).isoformat(timespec="microseconds")
