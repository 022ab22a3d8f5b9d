"""What may stand in one cell: lists, numbers, ranges, weights, dates, words for kinds and levels.

Reading takes what people write; writing gives what reads back equal.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from contest.core.spreadsheets import CellError, Value
from contest.errors import N_, Invalid
from contest.rules.vietnamese import nfc
from question_bank.formats import reading, weights
from question_bank.formats.sheets.columns import words_of
from question_bank.rules.given import QuestionType, plain_number
from question_bank.rules.keys import SHARE, NumberRange

LONGEST_RAW = 20 * reading.LONGEST_TEXT  # characters; a longer cell is too long for anything
SHOWN = 40  # characters of a cell that a sentence repeats

KIND_TITLES: Mapping[QuestionType, str] = {
    QuestionType.ONE: "Một đáp án",
    QuestionType.SEVERAL: "Nhiều đáp án",
    QuestionType.TRUE_FALSE: "Đúng/Sai",
    QuestionType.ORDERING: "Sắp xếp",
    QuestionType.MATCHING: "Ghép đôi",
    QuestionType.NUMBER: "Điền số",
}
OTHER_KINDS: Mapping[QuestionType, str] = {
    QuestionType.ONE: (
        "mot lua chon|chon mot|1 dap an|mot phuong an|single|single choice|one|one answer"
    ),
    QuestionType.SEVERAL: (
        "nhieu lua chon|chon nhieu|nhieu phuong an|several|multiple|multiple answers"
        "|multiple response|checkbox|several answers"
    ),
    QuestionType.TRUE_FALSE: "dung sai|true false|truefalse|true_false|yes no",
    QuestionType.ORDERING: "sap xep thu tu|thu tu|sap thu tu|ordering|order|sequence",
    QuestionType.MATCHING: "ghep|noi|noi cot|ghep noi|ghep cap|matching|match",
    QuestionType.NUMBER: "so|nhap so|tra loi so|number|numeric|numerical",
}
# A quiz of options, one or several of them right: the answer tells which.
ANY_CHOICE = frozenset({"trac nghiem", "multiple choice", "trac nghiem nhieu lua chon", "choice"})
KINDS: Mapping[str, QuestionType] = {
    name: kind
    for kind, title in KIND_TITLES.items()
    for name in map(words_of, (title, kind.value, *OTHER_KINDS[kind].split("|")))
}
DIFFICULTY_TITLES: Mapping[int, str] = {1: "Dễ", 2: "Trung bình", 3: "Khó"}
# The levels of school tests (nhận biết, thông hiểu, vận dụng, vận dụng cao) beside plain words.
DIFFICULTIES: Mapping[str, int] = {
    "1": 1,
    "de": 1,
    "nhan biet": 1,
    "nb": 1,
    "easy": 1,
    "2": 2,
    "trung binh": 2,
    "vua": 2,
    "tb": 2,
    "thong hieu": 2,
    "th": 2,
    "medium": 2,
    "3": 3,
    "kho": 3,
    "van dung": 3,
    "van dung cao": 3,
    "vd": 3,
    "vdc": 3,
    "hard": 3,
}
TRUTHS: Mapping[str, bool] = {
    **dict.fromkeys(("dung", "d", "true", "t", "yes", "y", "co", "x"), True),
    **dict.fromkeys(("sai", "s", "false", "f", "no", "n", "khong"), False),
}
HTML = "HTML"
FORMATS: Mapping[str, bool] = {"": False, "van ban": False, "text": False, "plain": False} | {
    "html": True
}

PART = re.compile(r'[ \t]*("(?:[^"]|"")*")[ \t]*(?:[;,\n]|$)|([^;,\n]*)(?:[;,\n]|$)')
NEEDS_QUOTES = re.compile(r'[;,\n"]')
# 1.200 is twelve hundred to some and one and a fifth to others.
UNCLEAR_NUMBER = re.compile(r"[+-]?[1-9][0-9]{0,2}([.,])[0-9]{3}(?:\1[0-9]{3})*")
NUMBER = r"[+-]?[0-9][0-9.,]{0,30}"
RANGE = re.compile(
    rf"(?P<value>{NUMBER}) *(?:(?:±|\+/-|\+-) *(?P<tolerance>{NUMBER}))? *(?:= *(?P<share>.+))?"
)
FROM_TO = re.compile(
    rf"(?:từ +)?(?P<low>{NUMBER}?) *(?:\.\.+|…|đến) *(?P<high>{NUMBER}) *(?:= *(?P<share>.+))?"
)
DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")

# Filled up by `RowReader.wrong_at`, which knows the column.
BAD_NUMBER = N_("Cột “%(column)s”: “%(value)s” không phải là một số, ví dụ 12 hoặc 3,5.")
UNCLEAR = N_(
    "Cột “%(column)s”: số “%(value)s” có thể đọc hai cách. Hãy ghi không có dấu ngăn hàng nghìn."
)
BAD_RANGE = N_(
    "Cột “%(column)s”: “%(value)s” không phải là khoảng số, ví dụ 9..11 hoặc 10 ± 1 = 50."
)
BAD_SHARE = N_("Cột “%(column)s”: “%(value)s” không phải là một tỉ lệ, ví dụ 50 hoặc 1/3.")
BAD_DATE = N_("Cột “%(column)s”: “%(value)s” không phải là một ngày, ví dụ 31/12/2027.")


def as_text(value: Value) -> str:
    """Give a cell as a person reads it: clean, a comma before decimals, days as dd/mm/yyyy."""
    if isinstance(value, str):
        return nfc(value)
    if isinstance(value, bool):
        return "Đúng" if value else "Sai"
    if isinstance(value, CellError):
        return value.shown
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else f"{value:%d/%m/%Y}"


# Lists


def split(text: str) -> tuple[str, ...]:
    """Take apart a list by ; or , or lines; a part with one of these stands in double quotes."""
    parts = []
    for quoted, bare in PART.findall(text):
        parts.append(quoted[1:-1].replace('""', '"').strip() if quoted else bare.strip())
    return tuple(part for part in parts if part)


def join(parts: Iterable[str]) -> str:
    """Write a list that `split` takes apart again; no part may be empty."""
    return "; ".join(map(_quoted, parts))


def _quoted(part: str) -> str:
    doubled = part.replace('"', '""')
    return f'"{doubled}"' if NEEDS_QUOTES.search(part) else part


# Numbers


def number(value: Value) -> Decimal:
    """Read a number; raises Invalid, also for a text like 1.200 that can be read two ways."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
    else:
        text = as_text(value).replace(" ", "")
        if UNCLEAR_NUMBER.fullmatch(text):
            raise Invalid(UNCLEAR, value=text[:SHOWN])
    try:
        plain = plain_number(text)
    except Invalid:
        plain = None
    if plain is None:
        raise Invalid(BAD_NUMBER, value=text[:SHOWN])
    return Decimal(plain)


def write_number(value: Decimal) -> str:
    """Write a number so that `number` reads it: 1.234 becomes 1,2340."""
    text = f"{value:f}".replace(".", ",")
    return f"{text}0" if UNCLEAR_NUMBER.fullmatch(text) else text


def ranges(text: str) -> tuple[NumberRange, ...]:
    """Read ranges apart by ; or lines: 10 ± 1 = 50; 9..11 = 1/3; 20."""
    return tuple(one_range(part) for part in re.split(r"[;\n]", text) if part.strip())


def one_range(text: str) -> NumberRange:
    """Read one range, its share in percent or as a fraction; raises Invalid."""
    clean = text.strip()
    found = FROM_TO.fullmatch(clean)
    if found:
        low, high = number(found["low"].rstrip(".")), number(found["high"])
        value, tolerance = (low + high) / 2, (high - low) / 2
    else:
        found = RANGE.fullmatch(clean)
        if found is None:
            raise Invalid(BAD_RANGE, value=clean[:SHOWN])
        value, tolerance = number(found["value"]), number(found["tolerance"] or "0")
    return NumberRange(value, tolerance, share(found["share"] or "100"))


def write_ranges(values: Sequence[NumberRange]) -> str:
    return "; ".join(
        f"{write_number(one.value)} ± {write_number(one.tolerance)} = {write_share(one.share)}"
        for one in values
    )


# Weights


def share(text: str) -> Fraction:
    """Read a share: per cent with or without the sign, or a fraction like 1/3; raises Invalid."""
    clean = text.strip().removesuffix("%").strip()
    if "/" not in clean:
        return weights.exact(clean)
    if not SHARE.fullmatch(clean):
        raise Invalid(BAD_SHARE, value=clean[:SHOWN])
    return Fraction(clean)


def write_share(value: Fraction) -> str:
    written = weights.percent(value)
    return written if weights.exact(written) == value else str(value)


def shares(text: str) -> tuple[Fraction, ...]:
    """Read weights apart by ; or lines or blanks, or by commas when nothing else is there."""
    parts = re.split(r"[;\s]+", text.strip(" ;\n"))
    if len(parts) == 1 and text.count(",") > 1:
        parts = text.split(",")
    elif ";" not in text:
        parts = [part.rstrip(",") for part in parts]
    return tuple(share(part) for part in parts)


def write_shares(values: Sequence[Fraction]) -> str:
    return "; ".join(map(write_share, values))


# Days, letters


def day(value: Value) -> date:
    """Read a day, as Excel keeps it or as dd/mm/yyyy; raises Invalid."""
    if isinstance(value, date):
        return value
    text = as_text(value)
    found, iso = DAY.fullmatch(text), ISO_DAY.fullmatch(text)
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1]))
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
    except ValueError:
        pass
    raise Invalid(BAD_DATE, value=text[:SHOWN])
