"""What a Moodle question asks for: its options and its key, one function a type.

Source: docs.moodle.org "Moodle XML format", and what Moodle 4.5 and 5.0 write (qformat_xml,
qtype_ordering), the plug-ins multichoiceset and oumultiresponse.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from fractions import Fraction
from itertools import combinations

from contest.core.xml import Element
from contest.errors import N_, Invalid, Problem
from question_bank.formats import weights
from question_bank.formats.moodle_xml.texts import NOTHING, Source, raw, source
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    Key,
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)

NUMBER_BOUND = 10**12
MOST_DECIMALS = 6
LONGEST_NUMBER = 40  # characters
DECIMALS_OF_WEIGHTS = 5  # Moodle keeps seven of the share, which are five of the percentage
MOST_ANSWERS = 100
IS_ONE = re.compile(r"1(?:\.0*)?")

NO_ANSWERS = N_("Câu hỏi không có phương án trả lời.")
MANY_ANSWERS = N_("Câu hỏi có hơn %(most)d phương án.")
TWO_RIGHT = N_("Câu chọn một đáp án lại có nhiều phương án được 100% điểm.")
NO_RIGHT = N_("Câu hỏi không có phương án nào được 100% điểm.")
BAD_TRUE_FALSE = N_("Câu đúng/sai cần đúng hai phương án, một đúng và một sai.")
BAD_NUMBER = N_("“%(value)s” không phải là một số nhỏ hơn một nghìn tỉ, nhiều nhất 6 chữ số lẻ.")
EVERY_NUMBER = N_("Câu số cho điểm mọi câu trả lời (*), nên không có đáp án để chấm.")

FIXED_ORDER = N_("Câu này giữ nguyên thứ tự phương án; ở đây thứ tự phương án được xáo trộn.")
SCORED_BY_ROUND = N_("Cách tính điểm của loại câu “%(kind)s” không giữ được; vòng thi quy định.")
ONLY_SOME_ITEMS = N_("Câu sắp xếp chỉ hiện một số mục; ở đây hiện tất cả.")
LOST_FEEDBACK = N_("Một số lời nhận xét riêng của câu này không có chỗ để giữ.")
LOST_UNITS = N_("Các đơn vị đo và cách chấm đơn vị không giữ được; chỉ giữ đơn vị chính.")
LOST_NUMBERS = N_("Các số sai có lời nhận xét hoặc điểm trừ riêng không giữ được.")
LARGEST_SHARE = N_("Các khoảng đáp án chồng lên nhau; ở đây lấy khoảng được nhiều điểm nhất.")

GRADINGS = frozenset(
    {"all_or_nothing", "absolute_position", "relative_next_exclude_last", "relative", ""}
)


@dataclass(slots=True)
class Parts:
    """A question's key and texts before they are settled; `notes` tell what has no place."""

    kind: QuestionType
    key: Key
    options: Sequence[Source] = ()
    rights: Sequence[Source] = ()
    each: Sequence[Source] = ()  # feedback, one an option
    right: Source = NOTHING
    partly: Source = NOTHING
    wrong: Source = NOTHING
    unit: str = ""
    notes: list[Problem] = field(default_factory=list)

    def note(self, message: str, **facts: str) -> None:
        self.notes.append(Problem(message, **facts))


def parts(question: Element, kind: str, default: str) -> Parts:
    """Read the answers of a question of a Moodle type in `READERS`; raises Invalid.

    `default` is the format of texts that name none.
    """
    found = READERS[kind](question, default)
    if found.kind is not QuestionType.NUMBER or question.find("correctfeedback") is not None:
        found.right = source(question.find("correctfeedback"), default)
        found.partly = source(question.find("partiallycorrectfeedback"), default)
        found.wrong = source(question.find("incorrectfeedback"), default)
    return found


def share(text: str) -> Fraction:
    """Turn a percentage into the share it stands for: "33.33333" is 1/3; raises Invalid."""
    try:
        value = Decimal(text.strip()[:LONGEST_NUMBER])
    except InvalidOperation:
        return weights.exact(text)
    if value.is_finite() and int(value.as_tuple().exponent) < -DECIMALS_OF_WEIGHTS:
        # A sum of the computer's, such as 14.285710000000002.
        step = Decimal(1).scaleb(-DECIMALS_OF_WEIGHTS)
        if abs(value) <= 100:  # noqa: PLR2004 -- per cent
            value = value.quantize(step, ROUND_HALF_EVEN)
            return weights.exact(f"{value:f}".rstrip("0").rstrip("."))
    return weights.exact(text)


def number(text: str) -> Decimal:
    """Turn a number of Moodle's ("3.5", "1E-5", "3,5") into a decimal without needless zeros."""
    clean = text.strip()
    try:
        value = Decimal(clean if "." in clean else clean.replace(",", ".", 1))
    except InvalidOperation:
        value = Decimal("NaN")
    # Checked before it is written out: 1E999999 has a million digits.
    is_small = value.is_finite() and (not value or abs(value.adjusted()) < LONGEST_NUMBER)
    plain = f"{value:f}" if is_small and value else "0"
    bare = Decimal(plain.rstrip("0").rstrip(".") if "." in plain else plain)
    is_exact = -int(bare.as_tuple().exponent) <= MOST_DECIMALS
    if not (is_small and is_exact and abs(bare) < NUMBER_BOUND):
        raise Invalid(BAD_NUMBER, value=clean[:LONGEST_NUMBER])
    return bare


def _answers(question: Element, name: str = "answer") -> list[Element]:
    found = question.findall(name)
    if not found:
        raise Invalid(NO_ANSWERS)
    if len(found) > MOST_ANSWERS:
        raise Invalid(MANY_ANSWERS, most=MOST_ANSWERS)
    return found


def _is_on(question: Element, name: str, default: str) -> bool:
    """Read a switch as Moodle does: "false", "0" and an empty one are off."""
    return question.findtext(name, default).strip().lower() not in {"false", "0", ""}


def _share_of(answer: Element) -> Fraction:
    return share(answer.get("fraction") or "0")


# Choices


def _multichoice(question: Element, default: str) -> Parts:
    shares = [_share_of(one) for one in _answers(question)]
    if _is_on(question, "single", "true"):
        return _choice(question, default, _one_key(shares))
    return _choice(question, default, weights.several_key(shares))


def _one_key(shares: Sequence[Fraction]) -> OneKey:
    full = [at for at, one in enumerate(shares) if one == 1]
    if not full:
        raise Invalid(NO_RIGHT)
    if len(full) > 1:
        raise Invalid(TWO_RIGHT)
    return weights.one_key(full[0], shares)


def _unweighted(question: Element, default: str) -> Parts:
    """Read a type whose answers are right or wrong and whose scoring the round decides."""
    answers = _answers(question)
    right = frozenset(at for at, one in enumerate(answers) if _is_right(one))
    found = _choice(question, default, SeveralKey(right, len(answers)))
    found.note(SCORED_BY_ROUND, kind=question.get("type", ""))
    return found


def _is_right(answer: Element) -> bool:
    marked = answer.find("correctanswer")  # as the plug-in wrote it at first
    if marked is not None:
        return _is_on(answer, "correctanswer", "0")
    return _share_of(answer) > 0


def _choice(question: Element, default: str, key: OneKey | SeveralKey) -> Parts:
    answers = _answers(question)
    found = Parts(
        key.kind,
        key,
        options=[source(one, default) for one in answers],
        each=[source(one.find("feedback"), default) for one in answers],
    )
    if not _is_on(question, "shuffleanswers", "true"):
        found.note(FIXED_ORDER)
    return found


def _true_false(question: Element, default: str) -> Parts:
    answers = _answers(question)
    said = [raw(one).strip().lower() for one in answers]
    if len(answers) != 2 or sorted(map(_share_of, answers)) != [0, 1]:  # noqa: PLR2004
        raise Invalid(BAD_TRUE_FALSE)
    # Old files wrote the words in their own language, the true one first.
    in_order = answers[::-1] if said == ["false", "true"] else answers
    true, false = in_order
    return Parts(
        QuestionType.TRUE_FALSE,
        TrueFalseKey(_share_of(true) == 1),
        each=[source(one.find("feedback"), default) for one in (true, false)],
    )


# Ordering and matching


def _ordering(question: Element, default: str) -> Parts:
    answers = _answers(question)
    found = Parts(
        QuestionType.ORDERING,
        OrderingKey(len(answers)),
        options=[source(one, default) for one in answers],
    )
    chosen = question.findtext("selecttype", question.findtext("logical", "ALL")).strip().upper()
    count = question.findtext("selectcount", question.findtext("studentsee", "0")).strip()
    shown = (
        int(count) if count.isascii() and count.isdecimal() and len(count) < LONGEST_NUMBER else 0
    )
    if chosen not in {"ALL", "EXACT", "0"} and 0 < shown < len(answers):
        found.note(ONLY_SOME_ITEMS)
    if question.findtext("gradingtype", "").strip().lower() not in GRADINGS:
        found.note(SCORED_BY_ROUND, kind="ordering")
    if any(raw(one.find("feedback")).strip() for one in answers):
        found.note(LOST_FEEDBACK)
    return found


def _matching(question: Element, default: str) -> Parts:
    lefts, rights, pairs = [], [], []
    decoys = []
    for one in _answers(question, "subquestion"):
        answer = one.find("answer")
        right = source(answer, "plain_text")
        left = source(one, default)
        if not left.text and not left.images:
            decoys.append(right)
            continue
        lefts.append(left)
        if right not in rights:
            rights.append(right)
        pairs.append(rights.index(right))
    rights += [one for one in dict.fromkeys(decoys) if one not in rights and one.text]
    key = MatchingKey(tuple(pairs), len(rights))
    found = Parts(QuestionType.MATCHING, key, options=lefts, rights=rights)
    if not _is_on(question, "shuffleanswers", "true"):
        found.note(FIXED_ORDER)
    return found


# Numbers


def _numerical(question: Element, default: str) -> Parts:
    notes: list[str] = []
    ranges: list[tuple[NumberRange, Source]] = []
    wrong = NOTHING
    for answer in _answers(question):
        text, part = raw(answer).strip(), _share_of_number(answer)
        feedback = source(answer.find("feedback"), default)
        if text == "*":
            if part > 0:
                raise Invalid(EVERY_NUMBER)
            wrong = feedback
        elif part > 0:
            near = number(answer.findtext("tolerance", "0").strip() or "0")
            ranges.append((NumberRange(number(text), near, part), feedback))
        else:
            notes.append(LOST_NUMBERS)
    full = next((at for at, (one, _) in enumerate(ranges) if one.share == 1), None)
    if full is None:
        raise Invalid(NO_RIGHT)
    first, right = ranges[full]
    others = tuple(one for at, (one, _) in enumerate(ranges) if at != full)
    key = NumberKey(first.value, first.tolerance, others)
    found = Parts(QuestionType.NUMBER, key, right=right, wrong=wrong)
    partly = [said for one, said in ranges if one.share < 1]
    found.partly = partly[0] if partly else NOTHING
    if any(said != (right if one.share == 1 else found.partly) for one, said in ranges):
        notes.append(LOST_FEEDBACK)
    if any(b.share > a.share and _overlap(a, b) for (a, _), (b, _) in combinations(ranges, 2)):
        notes.append(LARGEST_SHARE)
    found.unit, is_lost = _unit(question)
    notes += [LOST_UNITS] * is_lost
    for note in dict.fromkeys(notes):
        found.note(note)
    return found


def _share_of_number(answer: Element) -> Fraction:
    old = answer.findtext("fraction", "").strip()  # from 0 to 1, as Moodle 1 wrote it
    return share(f"{number(old) * 100:f}") if old else _share_of(answer)


def _overlap(one: NumberRange, other: NumberRange) -> bool:
    return abs(one.value - other.value) <= one.tolerance + other.tolerance


def _unit(question: Element) -> tuple[str, bool]:
    """Give the unit that answers are in, and whether there was more to units than that."""
    units = question.findall("units/unit")
    main = [one for one in units if IS_ONE.fullmatch(one.findtext("multiplier", "1").strip())]
    name = main[0].findtext("unit_name", "").strip() if main else ""
    is_graded = question.findtext("unitgradingtype", "0").strip() not in {"0", ""}
    return name, len(units) > 1 or is_graded or len(main) < len(units)


READERS: Mapping[str, Callable[[Element, str], Parts]] = {
    "multichoice": _multichoice,
    "multichoiceset": _unweighted,
    "oumultiresponse": _unweighted,
    "truefalse": _true_false,
    "matching": _matching,
    "match": _matching,
    "numerical": _numerical,
    "ordering": _ordering,
}
