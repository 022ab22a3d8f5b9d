"""Login names: in which form they are stored, and new ones made from people's names."""

import re

from contest.core.sealing import Sealer
from contest.rules.vietnamese import fold, normalise_phone

PHONE_PREFIX = "tel:"
BLIND_LENGTH = 60  # of a phone's blind form, as stored
LONGEST = 30  # characters of a login name
LONGEST_SUFFIX = 10
TYPED = re.compile(r"[a-z][a-z0-9._-]{2,29}")
NO_SIGN = re.compile(r"[^a-z0-9]+")


def stored_login(typed: str, sealer: Sealer) -> str:
    """Return the form in which a typed login is kept: a folded name, or a blind phone number."""
    phone = normalise_phone(typed)
    if phone is not None:
        return phone_login(blind_phone(phone, sealer))
    return fold(typed).replace(" ", "")


def blind_phone(phone: str, sealer: Sealer) -> str:
    """Return the form in which telephone numbers (as `normalise_phone` gives them) compare."""
    return sealer.blind(phone)[:BLIND_LENGTH]


def phone_login(blind: str) -> str:
    """Return the stored login of somebody who signs in by their telephone number."""
    return PHONE_PREFIX + blind


def suggested(name: str, unit_code: str) -> str:
    """Make a login from a name and a unit: ("Nguyễn Thị Hoà", "KĐ-1") gives "hoa.nguyen.kd1".

    It may be taken: `numbered` gives the next ones to try.
    """
    words = [NO_SIGN.sub("", word) for word in fold(name).split()]
    words = [word for word in words if word]
    ends = words[-1:] + (words[:1] if len(words) > 1 else [])
    if not ends or not ends[0][0].isalpha():
        ends = ["nguoi", *ends]
    suffix = NO_SIGN.sub("", fold(unit_code))[:LONGEST_SUFFIX]
    room = LONGEST - len(suffix) - 6  # a dot, a number up to five digits
    return ".".join(filter(None, (".".join(ends)[:room].rstrip("."), suffix)))


def numbered(login: str, number: int) -> str:
    """Give the login itself for 1, else with the number at its end."""
    return login if number == 1 else f"{login}-{number}"
