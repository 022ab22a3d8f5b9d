"""Small common parts of pages: where to go next, which page of a list."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import request, url_for

from contest.rules.vietnamese import nfc

PER_PAGE = 50
LAST_PAGE = 100_000


def safe_next(default: str | None = None) -> str:
    """Return the address a form asked to go to, when it is one of ours; home otherwise."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    is_ours = (
        wanted.startswith("/")
        and not wanted.startswith(("//", "/\\"))
        and not parts.scheme
        and not parts.netloc
        and wanted.isprintable()
    )
    if not is_ours:
        return default or url_for("main.home")
    return wanted.rstrip("?")


def page_number() -> int:
    """Return the page of a list that was asked for, from 1; nonsense means the first."""
    text = request.args.get("page", "1")
    if not text.isascii() or not text.isdigit():
        return 1
    return min(max(1, int(text[:9])), LAST_PAGE)


def asked(name: str, longest: int = 80) -> str:
    """Return a text of the address's query, clean (PostgreSQL refuses NUL) and cut to `longest`."""
    return nfc(request.args.get(name, ""))[:longest]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its rows, its number from 1, and whether another follows."""

    rows: tuple[object, ...]
    number: int
    has_more: bool
