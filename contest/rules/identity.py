"""Which facts a contest asks of people beyond their account, and what it does with them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from contest.errors import N_, Invalid
from contest.rules.vietnamese import nfc, normalise_phone, tidy_name

USUAL_KEEP_DAYS = 180
LONGEST_KEEP_DAYS = 3650

UNIQUE_AND_RELATIVES = N_(
    "Đã cho dùng của người thân thì nhiều người có thể trùng nhau, "
    "nên không thể buộc mỗi người một số riêng."
)
NOT_RELATIVES = N_("Mục này không dùng thay của người thân được.")


class IdentityKey(StrEnum):
    """What may be asked; name, birth date, sex and unit are the account's own."""

    PHONE = "phone"
    NATIONAL_ID = "national_id"
    ADDRESS = "address"
    EMAIL = "email"
    CLASS = "class"
    STUDENT_CODE = "student_code"
    PARENT_NAME = "parent_name"
    PARENT_PHONE = "parent_phone"


class AskedWhen(StrEnum):
    """BEFORE: while registering. AFTER: on the page after the first handed-in paper that counts."""

    BEFORE = "before"
    AFTER = "after"


# A child or an old person may give the telephone or the papers of somebody at home
# (field.md P7, P8).
MAY_BE_RELATIVES = frozenset({IdentityKey.PHONE, IdentityKey.NATIONAL_ID, IdentityKey.EMAIL})


@dataclass(frozen=True, slots=True)
class IdentityField:
    """One fact that is asked.

    `is_required`: it cannot be left blank. `is_unique`: no two registrations of one contest may
    give the same. `may_be_relatives`: a relative's may stand in, and the page says so.
    """

    key: IdentityKey
    is_required: bool = True
    is_unique: bool = False
    may_be_relatives: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key.value,
            "required": self.is_required,
            "unique": self.is_unique,
            "relatives": self.may_be_relatives,
        }


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """All a contest asks; nothing when `fields` is empty.

    What was given is deleted `keep_days` days after the contest's last round closed.
    """

    when: AskedWhen = AskedWhen.BEFORE
    fields: tuple[IdentityField, ...] = ()
    keep_days: int = USUAL_KEEP_DAYS

    def as_json(self) -> dict[str, Any]:
        """Give what `Contest.identity` holds; {} when nothing is asked."""
        if not self.fields:
            return {}
        return {
            "when": self.when.value,
            "keep_days": self.keep_days,
            "fields": [field.as_json() for field in self.fields],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `as_json` gave."""
        return cls(
            AskedWhen(stored.get("when", AskedWhen.BEFORE)),
            tuple(
                IdentityField(
                    IdentityKey(field["key"]),
                    is_required=field["required"],
                    is_unique=field["unique"],
                    may_be_relatives=field["relatives"],
                )
                for field in stored.get("fields", [])
            ),
            keep_days=stored.get("keep_days", USUAL_KEEP_DAYS),
        )

    def kept_until(self, closes_at: datetime) -> datetime:
        """Return when what was given is deleted, `closes_at` being the last round's."""
        return closes_at + timedelta(days=self.keep_days)

    @property
    def asks_before(self) -> bool:
        """True when something is asked while registering."""
        return bool(self.fields) and self.when is AskedWhen.BEFORE

    def field(self, key: IdentityKey) -> IdentityField | None:
        """Return what is said of one fact, None when it is not asked."""
        return next((each for each in self.fields if each.key is key), None)


def check(field: IdentityField) -> None:
    """Refuse with Invalid a field whose settings contradict each other."""
    if field.may_be_relatives and field.key not in MAY_BE_RELATIVES:
        raise Invalid(NOT_RELATIVES)
    if field.may_be_relatives and field.is_unique:
        raise Invalid(UNIQUE_AND_RELATIVES)


NOT_FILLED = N_("Mục này cần được điền.")
TOO_LONG = N_("Mục này dài quá: tối đa %(most)d ký tự.")
NOT_A_PHONE = N_(
    "Số điện thoại chưa đúng. Bạn gõ 10 chữ số của số di động hoặc 11 chữ số của số cố định, "
    "ví dụ 0912 345 678."
)
NOT_AN_ID = N_("Số căn cước gồm đúng 12 chữ số. Bạn xem lại trên thẻ hoặc trong ứng dụng VNeID.")
OLD_ID = N_(
    "Số này có 9 chữ số, là số chứng minh nhân dân cũ. Bạn dùng số căn cước 12 chữ số, "
    "có trên thẻ căn cước hoặc trong ứng dụng VNeID."
)
NOT_AN_EMAIL = N_("Địa chỉ thư điện tử chưa đúng. Ví dụ: lan.nguyen@example.vn")
NO_LETTERS = N_("Bạn ghi họ tên bằng chữ.")
LONGEST_TEXT = 200  # characters of an address, the longest of what is asked
LONGEST_SHORT = 60  # characters of a class or a student's code
LONGEST_NAME = 120
_OLD_ID_DIGITS = 9
_BETWEEN_DIGITS = re.compile(r"[\s.\-]+")
# Three digits for where the birth was registered (a province, or a country abroad), one for
# century and sex (0 and 1: 20th, 2 and 3: 21st), two for the year, six at random: Article 13 of
# Nghị định 137/2015/NĐ-CP. The first three are not checked: foreign codes are not public.
_NATIONAL_ID = re.compile(r"[0-9]{3}[0-3][0-9]{8}", re.ASCII)
# What every mail server takes; whether the box exists is not known.
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}", re.ASCII)


def normalise(field: IdentityField, typed: str) -> str:
    """Give a fact as it is stored and compared; "" when a fact that may be blank is blank.

    One line, NFC. Telephone numbers become 0xxxxxxxxx, a national ID its 12 digits, an e-mail
    address and a student's code lose the difference of case. Raises Invalid with a sentence for
    the person: blank though required, or not what was asked.
    """
    text = tidy_name(nfc(typed))
    if not text:
        if field.is_required:
            raise Invalid(NOT_FILLED)
        return ""
    return _NORMALISED[field.key](text)


def _phone(text: str) -> str:
    found = normalise_phone(text)
    if found is None:
        raise Invalid(NOT_A_PHONE)
    return found


def _national_id(text: str) -> str:
    digits = _BETWEEN_DIGITS.sub("", text)
    if digits.isascii() and digits.isdigit() and len(digits) == _OLD_ID_DIGITS:
        raise Invalid(OLD_ID)
    if not _NATIONAL_ID.fullmatch(digits):
        raise Invalid(NOT_AN_ID)
    return digits


def _email(text: str) -> str:
    folded = text.lower()
    if len(folded) > LONGEST_NAME or not _EMAIL.fullmatch(folded):
        raise Invalid(NOT_AN_EMAIL)
    return folded


def _within(text: str, most: int) -> str:
    if len(text) > most:
        raise Invalid(TOO_LONG, most=most)
    return text


def _address(text: str) -> str:
    return _within(text, LONGEST_TEXT)


def _class(text: str) -> str:
    return _within(text, LONGEST_SHORT)


def _student_code(text: str) -> str:
    return _within(text.upper(), LONGEST_SHORT)


def _name(text: str) -> str:
    if not any(char.isalpha() for char in text):
        raise Invalid(NO_LETTERS)
    return _within(text, LONGEST_NAME)


_NORMALISED: dict[IdentityKey, Callable[[str], str]] = {
    IdentityKey.PHONE: _phone,
    IdentityKey.NATIONAL_ID: _national_id,
    IdentityKey.ADDRESS: _address,
    IdentityKey.EMAIL: _email,
    IdentityKey.CLASS: _class,
    IdentityKey.STUDENT_CODE: _student_code,
    IdentityKey.PARENT_NAME: _name,
    IdentityKey.PARENT_PHONE: _phone,
}
