"""Codes made of names: what stands in an address, without anybody having to think of it."""

import re
from collections.abc import Collection

from contest.rules.vietnamese import fold


def code_from(name: str, longest: int, taken: Collection[str], *, fallback: str) -> str:
    """Make a code of ours out of a name: "Tuần 1" becomes "tuan-1"; numbered when it is taken."""
    base = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[: longest - 4].strip("-")
    if len(base) < 2:  # noqa: PLR2004 -- as contest files ask
        base = fallback
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}-{number}"
    return found
