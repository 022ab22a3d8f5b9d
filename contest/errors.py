"""What can go wrong in a contest, named once; `web/errors.py` alone knows the statuses."""

from typing import Any


def N_(message: str) -> str:  # noqa: N802 -- the name gettext extractors look for
    """Mark a Vietnamese sentence for translation without translating it here."""
    return message


class ContestError(Exception):
    """Base of the family: a Vietnamese sentence safe to show, with %(name)s places to fill.

    `message` is looked up in the translations by the web layer, so it must stay a literal marked
    with `N_`; `facts` fills its places.
    """

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        return self.message % self.facts if self.facts else self.message


class NotFound(ContestError):
    """There is none, or none for you."""


class NotAllowed(ContestError):
    """You may not."""


class TooEarly(ContestError):
    """The time for this has not come."""


class TooLate(ContestError):
    """The time for this is over."""


class Conflict(ContestError):
    """Somebody, or you in another tab, was faster."""


class Busy(ContestError):
    """Too many do this at once: in a moment there is room again."""


class Invalid(ContestError):
    """Well-formed, but against a rule.

    `problems` maps a field or a place in a file to its sentence, for forms and files alike.
    """

    def __init__(
        self, message: str, *, problems: dict[str, "Problem"] | None = None, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.problems = problems or {}


class Problem:
    """One thing wrong at one place: a translatable sentence and what fills it."""

    def __init__(self, message: str, **facts: Any) -> None:
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        return self.message % self.facts if self.facts else self.message

    def __repr__(self) -> str:
        return f"Problem({str(self)!r})"
