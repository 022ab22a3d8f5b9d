"""One question as it stands in a Word file → a DraftQuestion, or the sentence why not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from contest.errors import N_, Invalid
from contest.rules.vietnamese import fold, nfc
from question_bank.formats import limits, markup
from question_bank.formats.docx import keys, labels
from question_bank.formats.docx.grammar import CELL, Part, Raw
from question_bank.formats.docx.keys import Place
from question_bank.formats.docx.labels import LETTERS
from question_bank.formats.docx.paragraphs import Line
from question_bank.formats.docx.rich import (
    Mark,
    Rich,
    as_html,
    joined,
    plain,
    shown,
    without,
    without_uniform,
)
from question_bank.formats.reading import DraftQuestion, Feedback, Parallel
from question_bank.formats.toml_reading import BAD_CODE, BAD_PICTURE, CODE, PICTURE
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    SHARE,
    Key,
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)

KINDS: Mapping[str, QuestionType] = {
    **dict.fromkeys(["mot lua chon", "mot dap an"], QuestionType.ONE),
    **dict.fromkeys(["nhieu lua chon", "nhieu dap an"], QuestionType.SEVERAL),
    **dict.fromkeys(["dung sai", "dung/sai", "dung - sai"], QuestionType.TRUE_FALSE),
    **dict.fromkeys(["sap xep", "thu tu"], QuestionType.ORDERING),
    **dict.fromkeys(["ghep doi", "ghep noi", "ghep", "noi cot"], QuestionType.MATCHING),
    **dict.fromkeys(["so", "dien so", "tra loi so"], QuestionType.NUMBER),
}
CANNOT = N_("Loại câu hỏi “%(value)s” chưa dùng được ở đây.")
OPEN = N_("Câu hỏi không có phương án, và đáp án “%(value)s” không phải là số hay Đúng/Sai.")
OPEN_NO_KEY = N_("Câu hỏi không có phương án và không có đáp án (tự luận hoặc thiếu phương án).")
LOST = N_("Câu hỏi có %(what)s nên không đọc trọn được.")
TWO_PICTURES = N_("Câu hỏi có nhiều hơn một hình.")
PICTURE_ELSEWHERE = N_("Hình nằm trong phương án hoặc lời giải; chỉ dùng được hình ở phần hỏi.")
ASTRAY = N_(
    "Phương án không theo thứ tự (gặp %(value)s); có thể thiếu một phương án hoặc dòng “Câu …”."
)
TABLE_ASTRAY = N_("Có một bảng nằm sau các phương án nên không rõ thuộc về đâu.")
BAD_LEVEL = N_("Mức độ “%(value)s” không rõ; hãy ghi Nhận biết, Thông hiểu hoặc Vận dụng.")
BAD_DATE = N_("Hạn dùng “%(value)s” không phải là một ngày, ví dụ 31/12/2027.")
BAD_WEIGHTS = N_("Trọng số “%(value)s” không đọc được; hãy ghi dạng 1; 1/2; -1/3.")
BAD_ORDER = N_("Đáp án “%(value)s” không xếp đủ các mục, mỗi mục một lần.")
BAD_MATCHING = N_("Bảng ghép hoặc đáp án ghép “%(value)s” không đọc được; hãy ghi dạng 1-b, 2-a.")
BAD_LETTER = N_("Mục “%(value)s” không thuộc phương án nào của câu này.")

SPLIT = re.compile(r"\s*[;,]\s*")
ORDER_GAP = re.compile(r"\s*(?:->|→|–|-|>|,|;|\s)\s*")
MATCH_PAIR = re.compile(r"([0-9]{1,2})\s*(?:-|–|→|->|:|\.|=|\))?\s*([A-Ta-t])(?![^\W_])")
OTHER_RANGE = re.compile(r"(\S+) ± (\S+) \((\S+)\)")
DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})|([0-9]{4})-([0-9]{2})-([0-9]{2})")

Unit = Sequence[Part]


@dataclass(frozen=True, slots=True)
class Body:
    options: tuple[Unit, ...]
    rights: tuple[Unit, ...]
    key: Key
    number_unit: str = ""


def draft(raw: Raw, table: str, ignored: frozenset[Place]) -> tuple[DraftQuestion, dict[str, str]]:
    """Make the question; raises Invalid with the sentence of what is wrong.

    `table` is what the answer list says of it. The second value is {sent name: name it asks for}
    of its picture.
    """
    _ensure_readable(raw)
    body = _body(raw, table, ignored)
    texts = _Texts(raw, body)
    picture, names = _picture(raw)
    category = texts.line("category") or nfc(raw.category)
    question = DraftQuestion(
        code=_code(texts.line("code")),
        type=body.key.kind,
        topic=texts.line("topic"),
        difficulty=_level(
            texts.line("difficulty") or raw.aside, is_said="difficulty" in raw.fields
        ),
        audiences=texts.words("audiences"),
        text=texts.text(raw.text),
        options=tuple(map(texts.text, body.options)),
        rights=tuple(map(texts.text, body.rights)),
        key=body.key,
        explanation=texts.long("explanation"),
        source=texts.line("source"),
        number_unit=texts.line("number_unit") or body.number_unit,
        valid_until=_day(texts.line("valid_until")),
        picture=picture.picture if picture else texts.line("picture") or None,
        picture_alt=texts.line("picture_alt") or (nfc(picture.alt) if picture else ""),
        parallel=texts.parallels(),
        is_html=texts.is_html,
        name=texts.line("name"),
        category=category,
        tags=texts.words("tags"),
        feedback=texts.feedback(),
    )
    broken = limits.first_broken(question)
    if broken is not None:
        raise Invalid(broken.message, **broken.facts)
    return question, names


def _ensure_readable(raw: Raw) -> None:
    units = [raw.text, *(one.parts for one in raw.options)]
    units += [parts for lists in raw.fields.values() for parts in lists]
    found = [mark for unit in units for part in unit for mark in part.rich.objects()]
    if raw.matching is not None:
        lines = [line for row in raw.matching.rows for cell in row for line in cell]
        found += [mark for line in lines for mark in line.rich.objects()]
    lost = next((mark.lost for mark in found if mark.lost), "")
    if lost:
        raise Invalid(LOST, what=lost)
    inside = [mark for part in raw.text for mark in part.rich.objects()]
    if len(inside) > 1:
        raise Invalid(TWO_PICTURES)
    if len(found) > len(inside):
        raise Invalid(PICTURE_ELSEWHERE)
    for one in raw.wrong:
        raise Invalid(TABLE_ASTRAY) if one == "table" else Invalid(ASTRAY, value=one)


def _picture(raw: Raw) -> tuple[Mark | None, dict[str, str]]:
    marks = [mark for part in raw.text for mark in part.rich.objects()]
    named = _Texts.plain_line(raw, "picture")
    if named and not PICTURE.fullmatch(named):
        raise Invalid(BAD_PICTURE)
    if not marks:
        return None, {}
    mark = marks[0]
    same = named.rpartition(".")[2].lower() == mark.picture.rpartition(".")[2]
    if named and same:
        return replace(mark, picture=named), {mark.picture: named}
    return mark, {mark.picture: mark.picture}


class _Texts:
    """The texts of a question, all HTML or all plain."""

    def __init__(self, raw: Raw, body: Body) -> None:
        self.raw = raw
        self.options, self.rights = len(body.options), len(body.rights)
        units: list[Unit] = [raw.text, *body.options, *body.rights]
        units += [
            parts
            for name, lists in raw.fields.items()
            if name.startswith(labels.LONG) or "/" in name
            for parts in lists
        ]
        is_forced = any(part.style == "html" for unit in units for part in unit)
        self.is_html = is_forced or any(markup.says_something(_html(unit)) for unit in units)

    def text(self, unit: Unit) -> str:
        return _html(unit) if self.is_html else _plain(unit)

    def long(self, name: str) -> str:
        return self.text([part for parts in self.raw.fields.get(name, []) for part in parts])

    def line(self, name: str) -> str:
        return self.plain_line(self.raw, name)

    @staticmethod
    def plain_line(raw: Raw, name: str) -> str:
        return _plain([part for parts in raw.fields.get(name, []) for part in parts])

    def words(self, name: str) -> tuple[str, ...]:
        """Read "a; b": a line that our writer marked is one word as it stands."""
        found: list[str] = []
        for part in (part for parts in self.raw.fields.get(name, []) for part in parts):
            text = _plain([part])
            found += [text] if part.style else SPLIT.split(text)
        return tuple(one for one in dict.fromkeys(map(nfc, found)) if one)

    def feedback(self) -> Feedback:
        said = {
            name.removeprefix("feedback "): self.long(name)
            for name in self.raw.fields
            if name.startswith("feedback ")
        }
        letters = [one for one in said if len(one) == 1]
        _ensure_letters(letters, self.options)
        options = tuple(said.get(one, "") for one in LETTERS[: self.options]) if letters else ()
        return Feedback(
            options, said.get("right", ""), said.get("partly", ""), said.get("wrong", "")
        )

    def parallels(self) -> dict[str, Parallel]:
        languages = dict.fromkeys(name.partition("/")[0] for name in self.raw.fields if "/" in name)
        return {language: self.parallel(language) for language in languages}

    def parallel(self, language: str) -> Parallel:
        sides: list[tuple[str, ...]] = []
        for side, size in (("option", self.options), ("right", self.rights)):
            lead = f"{language}/{side} "
            letters = [one.removeprefix(lead) for one in self.raw.fields if one.startswith(lead)]
            _ensure_letters(letters, size)
            whole = [self.long(lead + one) for one in LETTERS[:size]] if letters else []
            if not all(whole):
                raise Invalid(BAD_LETTER, value=lead.strip())
            sides.append(tuple(whole))
        text, explanation = (self.long(f"{language}/{one}") for one in ("text", "explanation"))
        return Parallel(text, sides[0], sides[1], explanation)


def _ensure_letters(letters: Sequence[str], size: int) -> None:
    for one in letters:
        if one not in LETTERS[:size]:
            raise Invalid(BAD_LETTER, value=one)


def _rich(unit: Unit) -> Rich:
    texts = (part.rich.without_objects() for part in unit)
    return without_uniform(joined(text for text in texts if text.text))


def _plain(unit: Unit) -> str:
    if any(part.style for part in unit):
        return nfc("\n".join(plain(part.rich) for part in unit))
    return plain(_rich(unit))


def _html(unit: Unit) -> str:
    if not any(part.style for part in unit):
        return as_html(_rich(unit))
    pieces = [
        plain(part.rich) if part.style == "html" else markup.escape(plain(part.rich))
        for part in unit
    ]
    return markup.clean("<br>".join(piece for piece in pieces if piece))


def _code(text: str) -> str:
    if text and not CODE.fullmatch(text):
        raise Invalid(BAD_CODE)
    return text


def _level(text: str, *, is_said: bool) -> int | None:
    folded = re.sub(r"\s*\(.*\)$", "", fold(text)).strip(" .")
    level = labels.LEVELS.get(folded)
    if level is None and is_said and folded:
        raise Invalid(BAD_LEVEL, value=shown(text))
    return level


def _day(text: str) -> date | None:
    if not text:
        return None
    found = DAY.fullmatch(text)
    try:
        if found and found[3]:
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found:
            return date(int(found[4]), int(found[5]), int(found[6]))
    except ValueError as error:
        raise Invalid(BAD_DATE, value=shown(text)) from error
    raise Invalid(BAD_DATE, value=shown(text))


# The part that depends on the kind


def _body(raw: Raw, table: str, ignored: frozenset[Place]) -> Body:
    said = _Texts.plain_line(raw, "kind")
    kind = KINDS.get(fold(said)) if said else None
    if said and kind is None:
        raise Invalid(CANNOT, value=shown(said))
    answer = keys.answer_text(raw) or table
    if raw.matching is not None or kind is QuestionType.MATCHING:
        return _matching(raw, answer)
    if kind is QuestionType.ORDERING or _is_ordering(raw, answer, kind):
        return _ordering(raw, answer)
    if raw.options:
        return _choices(raw, table, kind, ignored)
    if kind in {None, QuestionType.TRUE_FALSE} and keys.truth(answer) is not None:
        return Body((), (), TrueFalseKey(bool(keys.truth(answer))))
    return _number(raw, answer)


def _choices(raw: Raw, table: str, kind: QuestionType | None, ignored: frozenset[Place]) -> Body:
    texts = [fold(_plain(one.parts)) for one in raw.options]
    is_truth = kind in {None, QuestionType.TRUE_FALSE} and sorted(texts) == ["dung", "sai"]
    if is_truth:
        return _truth(raw, table, texts, ignored)
    marked = keys.marked(raw, table, ignored)
    right = marked.agreed()
    size = len(raw.options)
    # What only showed the key says nothing of the text.
    options = tuple(
        [Part(without(part.rich, *marked.features), part.style) for part in one.parts]
        if at in right
        else one.parts
        for at, one in enumerate(raw.options)
    )
    weights = _weights(_Texts.plain_line(raw, "weights"))
    if kind is QuestionType.SEVERAL or (kind is None and len(right) > 1):
        return Body(options, (), SeveralKey(right, size, weights))
    if len(right) > 1:
        raise Invalid(CANNOT, value="một lựa chọn, nhiều đáp án")
    return Body(options, (), OneKey(min(right), size, weights))


def _truth(raw: Raw, table: str, texts: list[str], ignored: frozenset[Place]) -> Body:
    answer = keys.answer_text(raw) or table
    said = keys.truth(answer)
    if said is not None and len(answer.strip(" .")) > 1:
        return Body((), (), TrueFalseKey(said))
    right = keys.marked(raw, table, ignored).agreed()
    if len(right) > 1:
        raise Invalid(keys.NO_KEY)
    return Body((), (), TrueFalseKey(texts[min(right)] == "dung"))


def _weights(text: str) -> tuple[Fraction, ...]:
    parts = [one.strip() for one in text.split(";")] if text else []
    if not all(SHARE.fullmatch(one) for one in parts):
        raise Invalid(BAD_WEIGHTS, value=shown(text))
    return tuple(map(Fraction, parts))


def _is_ordering(raw: Raw, answer: str, kind: QuestionType | None) -> bool:
    said = " ".join(_plain([part]) for part in raw.text)
    parts = ORDER_GAP.split(answer.strip(" ."))
    size = len(raw.options) or len(raw.items)
    is_whole = size > 1 and len(set(parts)) == len(parts) == size
    return kind is None and is_whole and labels.ORDERING.search(said) is not None


def _ordering(raw: Raw, answer: str) -> Body:
    if raw.options:
        items: list[Unit] = [one.parts for one in raw.options]
    else:
        items = [_without_number(raw.text[place]) for _, place in raw.items]
        first = raw.items[0][1] if raw.items else len(raw.text)
        raw.text = raw.text[:first]
    parts = ORDER_GAP.split(answer.strip(" ."))
    order = [
        LETTERS.find(one.upper()) if one.isalpha() and len(one) == 1 else _index(one)
        for one in parts
    ]
    if sorted(order) != list(range(len(items))):
        raise Invalid(BAD_ORDER if answer else keys.NO_KEY, value=shown(answer))
    return Body(tuple(items[at] for at in order), (), OrderingKey(len(items)))


def _without_number(part: Part) -> list[Part]:
    found = labels.BARE.match(part.rich.text)
    return [Part(part.rich.cut(found.end() if found else 0), part.style)]


def _index(text: str) -> int:
    return int(text) - 1 if re.fullmatch("[0-9]{1,3}", text) else -1


def _matching(raw: Raw, answer: str) -> Body:
    rows = list(raw.matching.rows) if raw.matching is not None else []
    if rows and fold(_plain(_cell(rows[0][0]))).startswith(("cot a", "ve trai")):
        rows = rows[1:]
    lefts: list[Unit] = []
    rights: list[Unit] = []
    for row in rows:
        for cell, side in zip(row, (lefts, rights), strict=False):
            parts = _cell(cell)
            if any(part.rich.text.strip() for part in parts):
                side.append(_without_label(parts))
    bad = Invalid(BAD_MATCHING if answer else keys.NO_KEY, value=shown(answer))
    found = {int(one[1]) - 1: LETTERS.index(one[2].upper()) for one in MATCH_PAIR.finditer(answer)}
    if sorted(found) != list(range(len(lefts))) or not lefts:
        raise bad
    places = tuple(found[at] for at in range(len(lefts)))
    if max(places) >= len(rights):
        raise bad
    return Body(tuple(lefts), tuple(rights), MatchingKey(places, len(rights)))


def _cell(cell: Sequence[Line]) -> list[Part]:
    return [Part(line.rich, line.style) for line in cell if line.text.strip()]


def _without_label(parts: list[Part]) -> Unit:
    found = CELL.match(parts[0].rich.text)
    if found is None:
        return parts
    end = found.end()
    return [Part(parts[0].rich.cut(end), parts[0].style), *parts[1:]]


def _number(raw: Raw, answer: str) -> Body:
    if not answer:
        raise Invalid(OPEN_NO_KEY)
    try:
        value, tolerance, unit = keys.number(answer)
    except Invalid as error:
        if error.message != keys.BAD_NUMBER:
            raise
        raise Invalid(OPEN, value=shown(answer)) from error
    told = _Texts.plain_line(raw, "tolerance")
    if told:
        tolerance = keys.number(told)[0]
    lines = [_plain(parts) for parts in raw.fields.get("others", [])]
    others = tuple(_range(line) for line in lines)
    return Body((), (), NumberKey(value, tolerance or keys.exact("0"), others), unit)


def _range(line: str) -> NumberRange:
    found = OTHER_RANGE.fullmatch(line)
    if found is None or not SHARE.fullmatch(found[3]):
        raise Invalid(keys.BAD_NUMBER, value=shown(line))
    return NumberRange(keys.exact(found[1]), keys.exact(found[2]), Fraction(found[3]))
