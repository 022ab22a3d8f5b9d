"""The words of the rules in the language being spoken."""

from typing import Any

from flask_babel import gettext


def say(message: str, **places: Any) -> str:
    """Return a sentence in the visitor's language, its places filled."""
    words: str = gettext(message, **places)
    return words
