"""Who the signed cookie names, remembered for a few seconds by each process."""

from contest.accounts import queries
from contest.core.cache import Cache
from contest.core.visitor import Visitor

# How long another process may still know a sign-in that was ended. Somebody writing saves an answer
# every dozen seconds: a shorter memory would ask the database at nearly every save.
REMEMBERED_SECONDS = 30
_visitors: Cache[Visitor | None] = Cache(size=20_000, seconds=REMEMBERED_SECONDS)


def load(sign_in_code: str) -> Visitor | None:
    """Turn the signed cookie's code into the visitor, outside the request's session."""
    return _visitors.get(sign_in_code, lambda: queries.visitor(sign_in_code))


def forget(sign_in_code: str) -> None:
    """Ask the database next time: this sign-in ended, or its person changed."""
    _visitors.drop(sign_in_code)


def forget_all() -> None:
    """Ask the database next time about everybody: a new password ended an account's devices."""
    _visitors.clear()
