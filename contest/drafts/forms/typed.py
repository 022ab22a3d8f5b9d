"""Between what people type and what a draft holds. What is no value is kept as it was typed."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from contest.rules.vietnamese import nfc

MINUTE_S = 60
DIGITS = 9  # more are no number of ours
DAY = re.compile(r"\s*(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})\s*")
TIME = re.compile(r"\s*(\d{1,2})\s*(?:[:.hg]\s*(\d{2})?)?\s*", re.IGNORECASE)
BETWEEN = "|"  # stands between a day and a time that make no moment


def line(text: str | None) -> str:
    return nfc(text or "")


def whole(text: str | None) -> int | str | None:
    """Read a whole number."""
    said = line(text)
    if said.isascii() and said.isdigit() and len(said) <= DIGITS:
        return int(said)
    return said or None


def said(value: object) -> str:
    return "" if value is None else str(value)


def decimal(text: str | None) -> str | None:
    """Read a number with a decimal comma or point, as text JSON can hold."""
    return line(text).replace(",", ".") or None


def said_decimal(value: object) -> str:
    number = _number(said(value))
    return said(value) if number is None else _plain(number)


def minutes(text: str | None) -> int | str | None:
    """Read minutes as seconds."""
    number = _number(line(text).replace(",", "."))
    if number is None:
        return line(text) or None
    seconds = number * MINUTE_S
    return int(seconds) if seconds == int(seconds) else line(text)


def said_minutes(value: object) -> str:
    return _plain(Decimal(value) / MINUTE_S) if type(value) is int else said(value)


def percent(text: str | None) -> str | None:
    """Read a percentage as a share."""
    number = _number(line(text).replace(",", "."))
    return line(text) or None if number is None else str(number / 100)


def said_percent(value: object) -> str:
    number = _number(said(value))
    return said(value) if number is None else _plain(number * 100)


def _number(text: str) -> Decimal | None:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text, re.ASCII):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # pragma: no cover -- the expression lets none through
        return None


def _plain(number: Decimal) -> str:
    rounded = round(number, 4).normalize()
    return f"{rounded:f}".replace(".", ",")


def moment(day: str | None, clock: str | None) -> str | None:
    """Read a day like 07/12/2026 and a time like 16:00; both empty are None."""
    days, clocks = DAY.fullmatch(line(day)), TIME.fullmatch(line(clock))
    if days is not None and clocks is not None:
        try:
            found = datetime(  # noqa: DTZ001 -- local, as contest files are
                int(days[3]), int(days[2]), int(days[1]), int(clocks[1]), int(clocks[2] or 0)
            )
            return found.isoformat(timespec="seconds")
        except ValueError:
            pass
    both = f"{line(day)}{BETWEEN}{line(clock)}"
    return None if both == BETWEEN else both


def said_moment(value: object) -> tuple[str, str]:
    """Give a day and a time as people write them."""
    text = said(value)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        day, _, clock = text.partition(BETWEEN)
        return day, clock
    return f"{found:%d/%m/%Y}", f"{found:%H:%M}"


def put(values: dict[str, Any], **typed: Any) -> None:
    """Write what was typed; what is empty is left out, as files leave it out."""
    for key, value in typed.items():
        if value is None or value == "":
            values.pop(key, None)
        else:
            values[key] = value
