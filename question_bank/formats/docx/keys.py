"""Which options a teacher marked as right: by formatting, by an asterisk, by a line or a table.

Each way is read by itself; two that disagree are a problem that names both.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from contest.errors import N_, Invalid
from contest.rules.vietnamese import fold
from question_bank.formats.docx.grammar import Answers, Raw
from question_bank.formats.docx.labels import LETTERS
from question_bank.formats.docx.rich import Mark, joined, plain
from question_bank.rules.given import plain_number

FEATURES: Mapping[str, str] = {
    "bold": N_("in đậm"),
    "underline": N_("gạch chân"),
    "color": N_("màu chữ"),
    "highlight": N_("tô nền"),
}
STAR = N_("dấu *")
LINE = N_("dòng “Đáp án”")
TABLE = N_("bảng đáp án")

CONFLICT = N_(
    "Đáp án không thống nhất: %(first)s cho %(first_letters)s, "
    "còn %(second)s cho %(second_letters)s."
)
NO_KEY = N_("Câu hỏi không có đáp án nào được đánh dấu.")
NO_OPTION = N_("Đáp án “%(value)s” không phải là phương án của câu này.")
UNCLEAR_TABLE = N_("Bảng đáp án có nhiều mã đề nên không biết dùng cột nào.")
TWO_NUMBERS = N_("Số %(value)s có thể hiểu hai cách; hãy viết liền, hoặc dùng dấu phẩy thập phân.")
BAD_NUMBER = N_("“%(value)s” không phải là một số.")

LETTER_LIST = re.compile(r"\(?[A-T]\)?(?:\s*(?:,|;|/|&|\+|-|–|và|\s)\s*[A-T])*[.)]?", re.IGNORECASE)
JOINED_LETTERS = re.compile(r"[A-T]{2,20}")
LETTER_AND_TEXT = re.compile(r"([A-T])\s*[.):]\s*\S", re.IGNORECASE)
TRUTHS = re.compile(r"([a-t])\s*[.):–-]?\s*(đúng|sai|đ|s)\b\s*[,;.]?\s*", re.IGNORECASE)
BARE_TRUTHS = re.compile(r"(?:(?:đúng|sai|đ|s)\b[\s,;–-]*){2,}", re.IGNORECASE)
NUMBER = re.compile(r"([+-]?[0-9]+(?:[.,][0-9]+)*)(?:\s*±\s*([0-9]+(?:[.,][0-9]+)?))?\s*(\D{0,40})")
THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
TRUE, FALSE = frozenset({"dung", "d", "true", "t", "x"}), frozenset({"sai", "s", "false", "f"})


@dataclass(slots=True)
class Marked:
    """The ways a question's key is shown: {way: options from 0}, and features used for it."""

    ways: dict[str, frozenset[int]] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)

    def agreed(self) -> frozenset[int]:
        """Give the options that every way marks alike; raises Invalid."""
        found = list(self.ways.items())
        for way, right in found[1:]:
            if right != found[0][1]:
                raise Invalid(
                    CONFLICT,
                    first=found[0][0],
                    first_letters=_letters(found[0][1]),
                    second=way,
                    second_letters=_letters(right),
                )
        if not found:
            raise Invalid(NO_KEY)
        return found[0][1]


def _letters(options: Iterable[int]) -> str:
    return ", ".join(LETTERS[one] for one in sorted(options))


Place = tuple[str, str]  # (feature, "label" or "content")


def decorations(raws: Iterable[Raw]) -> frozenset[Place]:
    """Give the formatting that is the look of this file and no key.

    Where all options of most questions are bold, one that is not was forgotten, not marked.
    """
    whole: Counter[Place] = Counter()
    partial: Counter[Place] = Counter()
    for raw in raws:
        for place, marked in _marked(raw).items():
            (whole if len(marked) == len(raw.options) else partial)[place] += 1
    return frozenset(place for place in whole if whole[place] > partial[place])


def marked(raw: Raw, table: str, ignored: frozenset[Place]) -> Marked:
    """Read every way; `table` is what an answer list says of this question, "" when nothing.

    Raises Invalid when an answer names no option.
    """
    found = Marked()
    size = len(raw.options)
    for place, options in _marked(raw).items():
        if place not in ignored and len(options) < size:
            way = FEATURES[place[0]]
            held = found.ways.get(way)
            found.ways[way if held in {None, options} else f"{way} (2)"] = options
            found.features.add(place[0])
    starred = frozenset(at for at, one in enumerate(raw.options) if one.is_starred)
    if starred:
        found.ways[STAR] = starred
    for way, text in ((LINE, answer_text(raw)), (TABLE, table)):
        if text:
            found.ways[way] = letters(text, raw)
    return found


def _marked(raw: Raw) -> dict[Place, frozenset[int]]:
    places: dict[Place, frozenset[int]] = {}
    for feature in FEATURES:
        for where in ("label", "content"):
            values = [_value(marks, feature) for marks in _looks(raw, where)]
            found = _distinguished(values)
            if found:
                places[feature, where] = found
    return places


def _looks(raw: Raw, where: str) -> list[list[Mark]]:
    if where == "label":
        return [one.label for one in raw.options]
    return [
        [mark for part in one.parts if not part.style for mark in part.rich.marks()]
        for one in raw.options
    ]


def _value(marks: Sequence[Mark], feature: str) -> str:
    """Give the value that all marks share, "" when they do not or there is none."""
    values = {getattr(mark, feature) for mark in marks}
    only = values.pop() if len(values) == 1 else ""
    return str(only or "")


def _distinguished(values: Sequence[str]) -> frozenset[int]:
    """Give the options that stand out: those with a value, or with another than most have."""
    found = frozenset(at for at, value in enumerate(values) if value)
    if found and len(found) == len(values):
        (usual, count), *_ = Counter(values).most_common()
        others = frozenset(at for at, value in enumerate(values) if value != usual)
        return others if others and count > len(others) else found
    return found


def answer_text(raw: Raw) -> str:
    """Give what stands after "Đáp án:" under the question, "" when there is none."""
    lines = [plain(joined(one.rich for one in parts)) for parts in raw.fields.get("answer", [])]
    distinct = list(dict.fromkeys(one.strip() for one in lines if one.strip()))
    return "; ".join(distinct)


def letters(text: str, raw: Raw) -> frozenset[int]:
    """Read the letters of right options; raises Invalid when it is something else."""
    clean = text.strip().rstrip(".").strip()
    size = len(raw.options)
    truths = TRUTHS.findall(clean) if TRUTHS.sub("", clean) == "" else []
    if len(truths) > 1:
        found = [letter.upper() for letter, truth in truths if fold(truth) in TRUE]
    elif BARE_TRUTHS.fullmatch(clean + " "):
        said = re.findall(r"đúng|sai|đ|s", clean, re.IGNORECASE)
        found = [LETTERS[at] for at, one in enumerate(said[:20]) if fold(one) in TRUE]
    elif LETTER_LIST.fullmatch(clean):
        found = re.findall(r"(?<![^\W_])[A-Ta-t](?![^\W_])", clean)
    elif JOINED_LETTERS.fullmatch(clean):
        found = list(clean)
    else:
        told = LETTER_AND_TEXT.match(clean)
        found = [told[1]] if told else _by_text(clean, raw)
    places = [LETTERS.index(one.upper()) for one in found]
    if not places or any(place >= size for place in places):
        raise Invalid(NO_OPTION, value=clean[:60])
    return frozenset(places)


def _by_text(text: str, raw: Raw) -> list[str]:
    """Find the option that is written out in full."""
    wanted = fold(text)
    texts = [fold(plain(joined(part.rich for part in one.parts))) for one in raw.options]
    return [LETTERS[at] for at, one in enumerate(texts) if one == wanted and at < len(LETTERS)]


def truth(text: str) -> bool | None:
    """Read "Đúng" or "Sai", None for anything else."""
    folded = fold(text).strip(" .")
    return True if folded in TRUE else False if folded in FALSE else None


def number(text: str) -> tuple[Decimal, Decimal | None, str]:
    """Read (value, tolerance, unit) from "12,5 ± 0,1 kg"; raises Invalid.

    A comma or a dot begins the decimals, but "12.000" may mean twelve thousand: nobody guesses.
    """
    clean = text.strip().rstrip(".").strip().replace("−", "-")
    found = NUMBER.fullmatch(clean)
    if found is None:
        raise Invalid(BAD_NUMBER, value=clean[:60])
    digits = found[1]
    if THOUSANDS.fullmatch(digits):
        if digits.count(".") == 1:
            raise Invalid(TWO_NUMBERS, value=digits)
        digits = digits.replace(".", "")
    return exact(digits), None if found[2] is None else exact(found[2]), found[3].strip()


def exact(text: str) -> Decimal:
    """Read a decimal number as it is kept: no needless zeros; raises Invalid."""
    told = plain_number(text.strip())
    if told is None:
        raise Invalid(BAD_NUMBER, value=text[:60])
    return Decimal(told)


def tables(raws: Sequence[Raw], answers: Answers) -> tuple[list[str], list[int]]:
    """Share out the list of answers: one text a question, and the numbers nobody has.

    Numbers may begin anew in each part of a paper: the second answer to question 1 then belongs
    to the second question 1, when there are as many of the one as of the other.
    """
    given: dict[int, list[str]] = {}
    for at, value in answers.given:
        given.setdefault(at, []).append(value)
    counts = Counter(raw.number for raw in raws)
    seen: Counter[int] = Counter()
    shared: list[str] = []
    for raw in raws:
        values = given.get(raw.number, [])
        if len(set(values)) == 1 and counts[raw.number] == 1:
            shared.append(values[0])
        elif len(values) == counts[raw.number]:
            shared.append(values[seen[raw.number]])
        else:
            shared.append(" / ".join(values))
        seen[raw.number] += 1
    return shared, sorted(set(given) - set(counts))
