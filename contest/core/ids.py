"""Public codes: random, unguessable, short enough to read aloud.

Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O, U.
"""

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
CODE_LENGTH = 12  # 60 bits


def new_code(length: int = CODE_LENGTH) -> str:
    """Return a fresh code of `length` characters, 5 random bits each."""
    bits = secrets.randbits(5 * length)
    return "".join([ALPHABET[bits >> 5 * at & 31] for at in range(length)])


def new_password(groups: int = 3) -> str:
    """Return a temporary password that can be read aloud: groups of four, 20 bits a group."""
    return "-".join(new_code(4) for _ in range(groups))


def new_seed() -> int:
    """Return 62 unguessable bits, small enough for every database's big integer."""
    return secrets.randbits(62)
