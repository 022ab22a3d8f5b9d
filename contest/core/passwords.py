"""Password hashing: argon2id, at most two at once, so that a school at the bell stays in memory."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

# 19 MiB, two passes, one lane: OWASP's password storage cheat sheet, second choice.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_turn = threading.BoundedSemaphore(2)
# Compared when there is no such account, so that the answer takes as long.
_nobody = _hasher.hash("không có ai")


def hash_password(password: str) -> str:
    """Return the argon2id hash of `password` (about 27 ms of one core)."""
    with _turn:
        return _hasher.hash(password)


def is_right(hashed: str | None, password: str) -> bool:
    """Say whether `password` fits; takes the same time when there is no account (None)."""
    with _turn:
        try:
            fits = _hasher.verify(hashed or _nobody, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
    return fits and hashed is not None


def needs_rehash(hashed: str) -> bool:
    """Say whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(hashed)
