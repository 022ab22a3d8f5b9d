"""Ready-made criteria for each kind of entry, to be taken into a draft and changed there."""

import copy
import tomllib
from functools import cache
from typing import Any

from contest.config import ROOT

FILE = ROOT / "contest" / "data" / "rubrics.toml"


@cache
def _parsed() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"), parse_float=str)


def ready(kind: str, key: str) -> list[dict[str, Any]]:
    """Give the rows of a kind as a draft holds them; `key`: criteria, or checklist."""
    found: list[dict[str, Any]] = _parsed().get(kind, {}).get(key, [])
    return copy.deepcopy(found)


def kinds(key: str) -> frozenset[str]:
    """Give the kinds that have such rows."""
    return frozenset(kind for kind, parts in _parsed().items() if key in parts)
