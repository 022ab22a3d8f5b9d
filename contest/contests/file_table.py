"""One table of a settings file, read key by key: each slip is noted at its place, none stops."""

import re
from collections import Counter
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from contest.errors import N_, Problem
from contest.rules.vietnamese import nfc, tidy_name

Choice = TypeVar("Choice", bound=StrEnum)

CODE = re.compile(r"[a-z0-9-]+")
SHORTEST_CODE = 2
YEARS = range(2000, 2101)

UNKNOWN = N_("Không có mục nào tên như vậy; hãy xem lại cách viết.")
MISSING = N_("Thiếu mục này.")
WANTS_TEXT = N_("Mục này phải là chữ trong dấu ngoặc kép.")
EMPTY = N_("Mục này không được để trống.")
TOO_LONG = N_("Dài quá: tối đa %(most)d ký tự.")
BAD_CODE = N_(
    "Mã chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối, từ %(least)d đến %(most)d ký tự."
)
WANTS_WHOLE = N_("Mục này phải là số nguyên từ %(least)d đến %(most)d.")
WANTS_NUMBER = N_("Mục này phải là số.")
WANTS_ABOVE = N_("Mục này phải lớn hơn %(least)s và không quá %(most)s.")
WANTS_BETWEEN = N_("Mục này phải từ %(least)s đến %(most)s.")
TOO_FINE = N_("Mục này có tối đa %(places)d chữ số sau dấu phẩy.")
WANTS_FLAG = N_("Mục này phải là true hoặc false.")
WANTS_CHOICE = N_("Mục này phải là một trong: %(choices)s.")
WANTS_MOMENT = N_(
    "Mục này phải là ngày giờ địa phương, không kèm múi giờ, ví dụ 2026-11-16 16:00:00."
)
BAD_YEAR = N_("Năm phải từ %(least)d đến %(most)d.")
NO_SUCH_TIME = N_("Giờ này không có trong ngày đổi giờ của múi giờ đang dùng.")
WANTS_LIST = N_('Mục này phải là danh sách các chuỗi, ví dụ ["score", "duration"].')
WANTS_TABLE = N_("Mục này phải viết thành một phần [%(name)s].")
WANTS_TABLES = N_("Mục này phải viết thành từng phần [[%(name)s]].")


class Table:
    """Each method takes one key, notes what is wrong with it, and gives a value.

    The value is a harmless one when something is wrong: it may be used for nothing but further
    reading. `close` must come last.
    """

    def __init__(self, values: dict[str, Any], place: str, problems: dict[str, Problem]) -> None:
        self._values = values
        self._place = place
        self._problems = problems
        self._asked: set[str] = set()

    def at(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

    def note(self, key: str, message: str, **facts: object) -> None:
        """Note a problem; the first at each place stays."""
        self._problems.setdefault(self.at(key), Problem(message, **facts))

    def is_fine(self, *keys: str) -> bool:
        return not any(self.at(key) in self._problems for key in keys)

    def is_clean(self) -> bool:
        """Say whether nothing is wrong with this table, nor within it."""
        return not any(
            place == self._place or place.startswith(f"{self._place}.") for place in self._problems
        )

    def has(self, key: str) -> bool:
        self._asked.add(key)
        return key in self._values

    def _take(self, key: str, *, needed: bool) -> object:
        if self.has(key):
            return self._values[key]
        if needed:
            self.note(key, MISSING)
        return None

    def missing(self, key: str) -> None:
        """Note that a key is not there."""
        self.note(key, MISSING)

    def close(self) -> None:
        """Refuse every key nobody asked for."""
        for key in self._values.keys() - self._asked:
            self.note(key, UNKNOWN)

    def text(self, key: str, most: int, *, needed: bool = True, lines: bool = False) -> str:
        value = self._take(key, needed=needed)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.note(key, WANTS_TEXT)
            return ""
        tidied = nfc(value) if lines else tidy_name(value)
        if needed and not tidied:
            self.note(key, EMPTY)
        if len(tidied) > most:
            self.note(key, TOO_LONG, most=most)
        return tidied

    def code(self, key: str, most: int) -> str:
        """Take a code of ours, the kind that stands in addresses."""
        value = self._take(key, needed=True)
        if value is None:
            return ""
        if not _is_code(value, most):
            self.note(key, BAD_CODE, least=SHORTEST_CODE, most=most)
            return ""
        return str(value)

    def whole(self, key: str, least: int, most: int) -> int:
        """Take a whole number, `least` when something is wrong with it."""
        found = self.maybe_whole(key, least, most)
        if not self.has(key):
            self.note(key, MISSING)
        return least if found is None else found

    def maybe_whole(self, key: str, least: int, most: int) -> int | None:
        value = self._take(key, needed=False)
        if value is None:
            return None
        if type(value) is not int or not least <= value <= most:
            self.note(key, WANTS_WHOLE, least=least, most=most)
            return None
        return value

    def whole_or(self, key: str, default: int, least: int, most: int) -> int:
        """Take a whole number, `default` for none."""
        found = self.maybe_whole(key, least, most)
        return default if found is None else found

    def decimal(
        self, key: str, default: str, most: Decimal, *, places: int, above_zero: bool = False
    ) -> Decimal:
        value = self._take(key, needed=False)
        if value is None:
            return Decimal(default)
        number = Decimal(value) if type(value) is int else value
        if not isinstance(number, Decimal) or not number.is_finite():
            self.note(key, WANTS_NUMBER)
            return Decimal(default)
        if not 0 <= number <= most or (above_zero and not number):
            self.note(key, WANTS_ABOVE if above_zero else WANTS_BETWEEN, least=0, most=most)
            return Decimal(default)
        if number != round(number, places):
            self.note(key, TOO_FINE, places=places)
        return number

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._take(key, needed=False)
        if value is None:
            return default
        if type(value) is not bool:
            self.note(key, WANTS_FLAG)
            return default
        return value

    def choice(self, key: str, default: Choice) -> Choice:
        return self.maybe_choice(key, type(default)) or default

    def maybe_choice(self, key: str, kind: type[Choice]) -> Choice | None:
        value = self._take(key, needed=False)
        if value is None:
            return None
        found = _member(kind, value)
        if found is None:
            self.note(key, WANTS_CHOICE, choices=", ".join(kind))
        return found

    def choices(
        self, key: str, default: tuple[Choice, ...], *, kind: type[Choice] | None = None
    ) -> tuple[Choice, ...]:
        """Take a list of members of a kind, of the same one as the `default`'s unless told."""
        value = self._take(key, needed=False)
        if value is None:
            return default
        if not isinstance(value, list):
            self.note(key, WANTS_LIST)
            return default
        kind = kind or type(default[0])
        found = [each for one in value if (each := _member(kind, one)) is not None]
        if len(found) < len(value):
            self.note(key, WANTS_CHOICE, choices=", ".join(kind))
            return default
        return tuple(found)

    def words(self, key: str) -> tuple[str, ...]:
        value = self._take(key, needed=False)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.note(key, WANTS_LIST)
            return ()
        return tuple(value)

    def moment(self, key: str, zone: ZoneInfo) -> datetime | None:
        value = self._take(key, needed=True)
        if value is None:
            return None
        if not isinstance(value, datetime) or value.tzinfo is not None:
            self.note(key, WANTS_MOMENT)
            return None
        if value.year not in YEARS:
            self.note(key, BAD_YEAR, least=YEARS[0], most=YEARS[-1])
            return None
        return self._exists(key, value.replace(tzinfo=zone), zone)

    def _exists(self, key: str, moment: datetime, zone: ZoneInfo) -> datetime | None:
        # A clock put forward skips an hour; going through UTC moves such a time.
        there_and_back = datetime.fromtimestamp(moment.timestamp(), zone)
        if there_and_back.replace(tzinfo=None) != moment.replace(tzinfo=None):
            self.note(key, NO_SUCH_TIME)
            return None
        return moment

    def one(self, key: str) -> "Table | None":
        """Take the part written [key], None when there is none."""
        value = self._take(key, needed=False)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.note(key, WANTS_TABLE, name=key)
            return None
        return Table(value, self.at(key), self._problems)

    def empty(self, key: str) -> "Table":
        """Give the part [key] as if it were there, with nothing in it."""
        return Table({}, self.at(key), self._problems)

    def tables(self, key: str, *, named: bool = False) -> list["Table"]:
        """Take the parts written [[key]]: placed by their codes when `named`, else by number."""
        value = self._take(key, needed=False)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.note(key, WANTS_TABLES, name=key)
            return []
        labels = [str(number) for number in range(1, len(value) + 1)]
        if named:
            codes = [each.get("code") for each in value]
            once = Counter(code for code in codes if _is_code(code, None))
            labels = [
                str(code) if _is_code(code, None) and once[code] == 1 else label
                for code, label in zip(codes, labels, strict=True)
            ]
        return [
            Table(each, f"{self.at(key)}.{label}", self._problems)
            for each, label in zip(value, labels, strict=True)
        ]


def _is_code(value: object, most: int | None) -> bool:
    if not isinstance(value, str) or CODE.fullmatch(value) is None:
        return False
    return len(value) >= SHORTEST_CODE and (most is None or len(value) <= most)


def _member(kind: type[Choice], value: object) -> Choice | None:
    return next((each for each in kind if each.value == value), None)
