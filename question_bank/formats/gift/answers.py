"""What stands between the braces of a GIFT question, by type; as Moodle tells the types apart."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from contest.errors import N_, Invalid
from question_bank.formats import limits, weights
from question_bank.formats.gift import blocks
from question_bank.formats.gift.pieces import EMPTY, Piece, piece
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import Key, MatchingKey, NumberKey, NumberRange, TrueFalseKey

TRUE, FALSE = frozenset({"T", "TRUE"}), frozenset({"F", "FALSE"})
WEIGHT = re.compile(r"%([^%\s]{1,20})%")
NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,15}(?:[.,][0-9]{0,15})?|[.,][0-9]{1,15})(?:[eE][+-]?[0-9]{1,2})?"
)
NUMBER_BOUND = Decimal(10) ** 12
MOST_DECIMALS = 6
ARROW = "->"
ANYTHING = "*"

DESCRIPTION = N_("Đây là đoạn mô tả không có đáp án. Hệ thống không có loại câu hỏi này.")
ESSAY = N_("Đây là câu tự luận. Hệ thống không có loại câu hỏi này.")
SHORT_ANSWER = N_(
    "Đây là câu trả lời ngắn bằng chữ. Hệ thống không có loại câu hỏi này. Nếu là câu chọn đáp "
    "án thì mỗi phương án sai phải bắt đầu bằng dấu ~."
)
NO_SIGN = N_("Phần đáp án phải bắt đầu bằng dấu = hoặc ~.")
NO_RIGHT = N_("Câu hỏi không có đáp án đúng.")
MANY_RIGHT = N_(
    "Câu hỏi có nhiều dấu = nên không rõ đáp án đúng. Nếu có nhiều đáp án đúng, hãy dùng dấu ~ "
    "kèm trọng số, ví dụ ~%50%; dấu = trong nội dung hãy viết thành \\=."
)
WEIGHT_OF_RIGHT = N_("Phương án bắt đầu bằng dấu = phải có trọng số 100%.")
NO_ARROW = N_("Mỗi dòng của câu ghép đôi phải có dấu -> giữa hai vế.")
NO_NUMBER = N_("Câu số không có đáp án.")
BAD_NUMBER = N_("“%(value)s” không phải là số nhỏ hơn một nghìn tỉ, nhiều nhất 6 chữ số lẻ.")
NO_FULL_NUMBER = N_("Câu số phải có một đáp án được 100% điểm.")
LOST_FEEDBACK = N_("Các đáp án số có lời nhận xét khác nhau; chỉ giữ lời nhận xét đầu tiên.")
LOST_ANSWER = N_("Đáp án số có trọng số 0% đã được bỏ đi.")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the braces said: texts still to be cleaned, and the key made when they are.

    `rights`: for a matching one a left one, "" as the left of what only misleads.
    """

    type: QuestionType
    options: tuple[Piece, ...] = ()
    rights: tuple[Piece, ...] = ()
    feedback: tuple[Piece, ...] = ()
    right: Piece = EMPTY
    partly: Piece = EMPTY
    wrong: Piece = EMPTY
    key: Key | None = None
    notes: tuple[str, ...] = ()


def read(answers: str | None, default: str) -> Answers:
    """Read the part between the braces; raises Invalid, naming a type that is not ours."""
    if answers is None:
        raise Invalid(DESCRIPTION)
    if not answers:
        raise Invalid(ESSAY)
    if answers.startswith("#"):
        return _number(answers[1:], default)
    if "~" in answers:
        return _choice(answers, default)
    if "=" in answers and ARROW in answers:
        return _matching(answers, default)
    said = answers.partition("#")[0].strip().upper()
    if said in TRUE | FALSE:
        return _true_false(answers, default, is_true=said in TRUE)
    raise Invalid(SHORT_ANSWER)


def _commented(raw: str, default: str) -> tuple[Piece, Piece]:
    text, _, comment = raw.partition("#")
    return piece(text, default), piece(comment, default)


def _weighed(raw: str) -> tuple[Fraction | None, str]:
    found = WEIGHT.match(raw)
    return (weights.exact(found[1]), raw[found.end() :]) if found else (None, raw)


def _choice(answers: str, default: str) -> Answers:
    first, *rest = answers.replace("=", "~=").split("~")
    if first.strip():
        raise Invalid(NO_SIGN)
    shares: list[Fraction] = []
    rights: list[int] = []
    texts: list[tuple[Piece, Piece]] = []
    for at, raw in enumerate(map(str.strip, rest)):
        is_right = raw.startswith("=")
        share, text = _weighed(raw[1:].lstrip() if is_right else raw)
        if is_right and share not in {None, Fraction(1)}:
            raise Invalid(WEIGHT_OF_RIGHT)
        rights += [at] if is_right else []
        shares.append(Fraction(1) if is_right else share or Fraction(0))
        texts.append(_commented(text, default))
    limits.ensure_count(len(texts))
    if len(rights) > 1:
        raise Invalid(MANY_RIGHT)
    if not rights and not any(share > 0 for share in shares):
        raise Invalid(NO_RIGHT)
    key = weights.one_key(rights[0], shares) if rights else weights.several_key(shares)
    options, feedback = zip(*texts, strict=True)
    return Answers(key.kind, options, feedback=feedback, key=key)


def _true_false(answers: str, default: str, *, is_true: bool) -> Answers:
    wrong, right = [*answers.split("#", 2), "", ""][1:3]
    return Answers(
        QuestionType.TRUE_FALSE,
        right=piece(right, default),
        wrong=piece(wrong, default),
        key=TrueFalseKey(is_true),
    )


def _matching(answers: str, default: str) -> Answers:
    first, *rest = answers.split("=")
    if first.strip():
        raise Invalid(NO_SIGN)
    if not all(ARROW in one for one in rest):
        raise Invalid(NO_ARROW)
    sides = [one.partition(ARROW) for one in rest]
    lefts = tuple(piece(left, default) for left, _, _ in sides)
    # A right side says no format of its own.
    rights = tuple(Piece(blocks.reveal(right), default) for _, _, right in sides)
    return Answers(QuestionType.MATCHING, lefts, rights)


def matched(
    lefts: Sequence[str], rights: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], MatchingKey]:
    """Give (left sides, distinct right sides, key) of cleaned lines; an empty left misleads."""
    limits.ensure_count(sum(map(bool, lefts)))
    limits.ensure_count(len(set(rights)))
    distinct = {text: at for at, text in enumerate(dict.fromkeys(rights))}
    pairs = [(left, distinct[right]) for left, right in zip(lefts, rights, strict=True) if left]
    key = MatchingKey(tuple(right for _, right in pairs), len(distinct))
    return tuple(left for left, _ in pairs), tuple(distinct), key


@dataclass(frozen=True, slots=True)
class _Range:
    value: Decimal
    tolerance: Decimal
    share: Fraction
    comment: Piece


def _number(answers: str, default: str) -> Answers:
    accepted, tilde, wrong = answers.partition("~")
    raws = [one.strip() for one in accepted.split("=") if one.strip()]
    if not raws:
        raise Invalid(NO_NUMBER)
    said = EMPTY
    notes: list[str] = []
    ranges: list[_Range] = []
    for raw in raws:
        share, text = _weighed(raw)
        number, comment = _commented(text, default)
        if number.text == ANYTHING and share == 0:
            said = comment
        elif share == 0:
            notes.append(LOST_ANSWER)
        else:
            value, tolerance = _range(number.text)
            ranges.append(
                _Range(value, tolerance, Fraction(1) if share is None else share, comment)
            )
    if tilde:
        said = _commented(wrong, default)[1]
    full = next((one for one in ranges if one.share == 1), None)
    if full is None:
        raise Invalid(NO_FULL_NUMBER)
    others = tuple(
        NumberRange(one.value, one.tolerance, one.share) for one in ranges if one is not full
    )
    right, is_right_lost = _one_comment([one.comment for one in ranges if one.share == 1])
    partly, is_partly_lost = _one_comment([one.comment for one in ranges if one.share != 1])
    notes += [LOST_FEEDBACK] if is_right_lost or is_partly_lost else []
    key = NumberKey(full.value, full.tolerance, others)
    return Answers(
        QuestionType.NUMBER,
        right=right,
        partly=partly,
        wrong=said,
        key=NumberKey.from_json(key.as_json()),  # as it will be stored: 3.50 is 3.5
        notes=tuple(dict.fromkeys(notes)),
    )


def _one_comment(comments: Sequence[Piece]) -> tuple[Piece, bool]:
    """Give the first comment, and whether another says something else."""
    first = comments[0] if comments else EMPTY
    return first, any(one.text != first.text for one in comments)


def _range(text: str) -> tuple[Decimal, Decimal]:
    low, dots, high = text.partition("..")
    if dots and low:
        least, most = _decimal(low), _decimal(high)
        middle = (least + most) / 2
        return _bounded(middle), _bounded(most - middle)
    value, _, tolerance = text.partition(":")
    return _decimal(value), _decimal(tolerance) if tolerance.strip() else Decimal(0)


def _decimal(text: str) -> Decimal:
    clean = text.strip()
    if not NUMBER.fullmatch(clean):
        raise Invalid(BAD_NUMBER, value=clean[:20])
    return _bounded(Decimal(clean.replace(",", ".")))


def _bounded(number: Decimal) -> Decimal:
    """Give the number without needless zeros; raises Invalid when it is too long to be kept."""
    plain = Decimal(f"{number:f}".rstrip("0").rstrip(".")) if "." in f"{number:f}" else number
    exponent = plain.as_tuple().exponent
    if abs(plain) >= NUMBER_BOUND or (isinstance(exponent, int) and -exponent > MOST_DECIMALS):
        raise Invalid(BAD_NUMBER, value=f"{number:f}"[:20])
    return plain
