"""Parts of pages that say the same to everybody: drawn once for each language and mode, then kept.

`{% call standing("name") %}…{% endcall %}` in a template. Nothing of a person may stand inside.
"""

from collections.abc import Callable, Hashable
from typing import Any

from flask import Flask, request, url_for
from markupsafe import Markup

from contest.core.cache import Cache
from contest.web.preferences import is_easy
from contest.web.words import language

_parts: Cache[Markup] = Cache(size=1000, seconds=None)
_addresses: Cache[str] = Cache(size=1000, seconds=None)


def standing(*key: Hashable, caller: Callable[[], Markup]) -> Markup:
    """Give the part named `key` as it was drawn the first time in this language and mode."""
    return _parts.get((key, language(), is_easy(), request.script_root), caller)


def address(endpoint: str, **values: Any) -> str:
    """Be the templates' `url_for`, which need not work out a plain page's address each time."""
    if values or endpoint.startswith("."):
        return url_for(endpoint, **values)
    return _addresses.get((endpoint, request.script_root), lambda: url_for(endpoint))


def install(app: Flask) -> None:
    """Give the templates both."""
    app.jinja_env.globals.update(standing=standing, url_for=address)
