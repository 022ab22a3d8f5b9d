"""A TOML table being read: each value clean, each mistake told."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from contest.errors import N_, Problem
from contest.rules.vietnamese import nfc
from question_bank.formats import markup, reading

NUMBER_BOUND = 10**12
MOST_DECIMALS = 6
UNKNOWN_KEY = N_("Mục “%(name)s” không dùng cho loại câu hỏi này hoặc bị gõ nhầm.")
MISSING = N_("Thiếu mục “%(name)s”.")
NOT_TEXT = N_("Mục “%(name)s” phải là văn bản đặt trong dấu ngoặc kép.")
TOO_LONG = N_("Mục “%(name)s” dài quá %(most)d ký tự.")
NOT_LIST = N_("Mục “%(name)s” phải là một danh sách văn bản.")
BAD_COUNT = N_("Mục “%(name)s” phải có từ %(fewest)d đến %(most)d phần.")
REPEATED = N_("Mục “%(name)s” có phần bị lặp lại: “%(value)s”.")
BLANK_PART = N_("Mục “%(name)s” có phần để trống.")
BAD_NUMBER = N_("Mục “%(name)s” phải là một số nhỏ hơn một nghìn tỉ, nhiều nhất 6 chữ số lẻ.")


def short(value: object) -> str:
    return nfc(value if isinstance(value, str) else type(value).__name__)[: reading.LONGEST_CODE]


class Table:
    """A TOML table being read: gives each value clean, and adds what is wrong to `problems`.

    `is_html` says how the texts a participant reads are cleaned; all others are plain.
    """

    def __init__(
        self, data: Mapping[str, Any], problems: list[Problem], *, is_html: bool = False
    ) -> None:
        self.data = data
        self.problems = problems
        self.clean = markup.clean if is_html else nfc

    def below(self, data: Mapping[str, Any]) -> "Table":
        """Give a table inside this one."""
        inner = Table(data, self.problems)
        inner.clean = self.clean
        return inner

    def stated(self, name: str, most: int) -> str:
        """Return a plain text that must be stated, if only as an empty one."""
        if name not in self.data:
            self.wrong(MISSING, name=name)
        return self.text(name, most, is_needed=False, is_plain=True)

    def wrong(self, message: str, **facts: object) -> None:
        self.problems.append(Problem(message, **facts))

    def refuse_unknown(self, known: frozenset[str]) -> None:
        for name in self.data:
            if name not in known:
                self.wrong(UNKNOWN_KEY, name=short(name))

    def text(self, name: str, most: int, *, is_needed: bool = True, is_plain: bool = False) -> str:
        value = self.data.get(name, "")
        if not isinstance(value, str):
            self.wrong(NOT_TEXT, name=name)
            return ""
        clean = nfc(value) if is_plain else self.clean(value)
        if is_needed and not clean:
            self.wrong(MISSING, name=name)
        if len(clean) > most:
            self.wrong(TOO_LONG, name=name, most=most)
        return clean

    def texts(self, name: str, most: int, *, fewest: int = 1) -> tuple[str, ...]:
        """Return a list of different texts of at most `most` characters each."""
        if name not in self.data:
            self.wrong(MISSING, name=name)
            return ()
        return self.parts(name, self.data[name], most, fewest=fewest)

    def parts(self, name: str, values: object, most: int, *, fewest: int) -> tuple[str, ...]:
        if not (isinstance(values, list) and all(isinstance(one, str) for one in values)):
            self.wrong(NOT_LIST, name=name)
            return ()
        clean = [self.clean(one) for one in values]
        if not fewest <= len(clean) <= reading.MOST_OPTIONS:
            self.wrong(BAD_COUNT, name=name, fewest=fewest, most=reading.MOST_OPTIONS)
        if not all(clean):
            self.wrong(BLANK_PART, name=name)
        if any(len(one) > most for one in clean):
            self.wrong(TOO_LONG, name=name, most=most)
        twice = next((one for at, one in enumerate(clean) if one and one in clean[:at]), None)
        if twice is not None:
            self.wrong(REPEATED, name=name, value=twice[: reading.LONGEST_CODE])
        return tuple(clean)

    def number(self, name: str, value: object) -> Decimal:
        is_number = type(value) is int or isinstance(value, Decimal)
        if not is_number or (type(value) is int and abs(value) >= NUMBER_BOUND):
            self.wrong(BAD_NUMBER, name=name)
            return Decimal(0)
        exact = Decimal(cast("Decimal | int", value))
        exponent = exact.as_tuple().exponent
        if (
            not isinstance(exponent, int)  # a NaN or an infinity
            or exponent < -MOST_DECIMALS
            or exact.adjusted() >= len(str(NUMBER_BOUND)) - 1
        ):
            self.wrong(BAD_NUMBER, name=name)
            return Decimal(0)
        return exact
