"""A draft as a participant will see it, its answer in words, how two versions differ."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from fractions import Fraction

from contest.errors import N_
from question_bank.formats import markup, weights
from question_bank.formats.reading import DraftQuestion
from question_bank.queries import PaperPicture, PaperQuestion, PaperRecording
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NO_RECORDINGS: Mapping[str, PaperRecording] = {}


@dataclass(frozen=True, slots=True)
class Preview:
    """A question as the templates of papers take it; nothing is chosen yet."""

    no: int
    question: PaperQuestion
    text: str
    options: tuple[str, ...]  # in the order shown
    rights: tuple[str, ...]
    value: None = None


def preview(
    draft: DraftQuestion,
    *,
    no: int = 1,
    picture: PaperPicture | None = None,
    recordings: Mapping[str, PaperRecording] = NO_RECORDINGS,
) -> Preview:
    """Lay a draft out; what papers always shuffle is shuffled, by its code, always alike."""
    chance = random.Random(draft.code)  # noqa: S311 -- a preview only
    options, rights = list(draft.options), list(draft.rights)
    if draft.type is QuestionType.ORDERING:
        chance.shuffle(options)
    chance.shuffle(rights)
    question = PaperQuestion(
        version_id=0,
        question_id=0,
        code=draft.code,
        type=draft.type,
        topic=draft.topic,
        topic_name=draft.topic,
        topic_name_en=draft.topic,
        difficulty=draft.difficulty or 1,
        text=draft.text,
        options=draft.options,
        rights=draft.rights,
        key=draft.key,
        number_unit=draft.number_unit,
        explanation=draft.explanation,
        source=draft.source,
        valid_until=draft.valid_until,
        picture=picture,
        is_html=draft.is_html,
        recordings=recordings,
    )
    return Preview(no, question, draft.text, tuple(options), tuple(rights))


def letter(at: int) -> str:
    """Name an option as papers do: A to Z, then by its number."""
    return LETTERS[at] if at < len(LETTERS) else str(at + 1)


def answer(draft: DraftQuestion) -> list[str]:
    """Say the right answer, a line for each part; "true" and "false" are for the page to say."""
    key = draft.key
    shown = [markup.plain(one) if draft.is_html else one for one in draft.options]
    rights = [markup.plain(one) if draft.is_html else one for one in draft.rights]
    lines: list[str] = []
    match key:
        case OneKey():
            lines = [f"{letter(key.right)}. {shown[key.right]}"]
        case SeveralKey():
            lines = [f"{letter(at)}. {shown[at]}" for at in sorted(key.right)]
        case TrueFalseKey():
            lines = ["true" if key.right else "false"]
        case OrderingKey():
            lines = [f"{at}. {text}" for at, text in enumerate(shown, 1)]
        case MatchingKey():
            lines = [f"{shown[left]} → {rights[at]}" for left, at in enumerate(key.right)]
        case NumberKey():
            lines = _ranges(key, draft.number_unit)
    return lines


def weight(draft: DraftQuestion, at: int) -> str:
    """Give the weight in percent an author gave to an option, "" when none was given."""
    given = getattr(draft.key, "weights", ())
    return weights.percent(given[at]) if given else ""


def _ranges(key: NumberKey, unit: str) -> list[str]:
    ranges = [
        (key.value, key.tolerance, Fraction(1)),
        *((one.value, one.tolerance, one.share) for one in key.others),
    ]
    lines = []
    for value, tolerance, share in ranges:
        line = f"{value:f}" + (f" ± {tolerance:f}" if tolerance else "")
        line = f"{line} {unit}".strip().replace(".", ",")
        lines.append(line if share == 1 else f"{line} ({weights.percent(share)}%)")
    return lines


# Two versions


class Kind(StrEnum):
    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Change:
    """A part that differs: its words in order, each run the same, gone or new."""

    label: str  # an N_ sentence
    pieces: tuple[tuple[Kind, str], ...] = field(default=())


LABELS = {
    "text": N_("Nội dung câu hỏi"),
    "options": N_("Phương án"),
    "rights": N_("Cột ghép"),
    "answer": N_("Đáp án"),
    "explanation": N_("Lời giải thích"),
    "feedback": N_("Lời nhận xét"),
    "topic": N_("Chủ đề"),
    "difficulty": N_("Độ khó"),
    "audiences": N_("Đối tượng"),
    "source": N_("Nguồn"),
    "valid_until": N_("Dùng được đến ngày"),
    "tags": N_("Nhãn"),
    "name": N_("Tên gợi nhớ"),
    "category": N_("Thư mục"),
    "picture": N_("Hình"),
    "picture_alt": N_("Lời mô tả hình"),
    "parallel": N_("Bản song ngữ"),
    "number_unit": N_("Đơn vị của số"),
    "weights": N_("Trọng số"),
    "code": N_("Mã câu hỏi"),
    "type": N_("Loại câu hỏi"),
}


def parts(draft: DraftQuestion) -> dict[str, str]:
    """Say everything a draft holds in plain words, by the names of LABELS."""

    def plain(text: str) -> str:
        return markup.plain(text) if draft.is_html else text

    def lines(texts: Sequence[str]) -> str:
        return "\n".join(plain(one) for one in texts)

    said = draft.feedback
    weighed = [weight(draft, at) for at in range(len(draft.options))]
    return {
        "text": plain(draft.text),
        "options": lines([f"{letter(at)}. {one}" for at, one in enumerate(draft.options)]),
        "rights": lines(draft.rights),
        "answer": "\n".join(answer(draft)),
        "weights": "\n".join(one for one in weighed if one),
        "number_unit": draft.number_unit,
        "explanation": plain(draft.explanation),
        "feedback": lines([*said.options, *(one for one in _whole(draft) if one)]),
        "topic": draft.topic,
        "difficulty": str(draft.difficulty or ""),
        "audiences": ", ".join(draft.audiences),
        "source": draft.source,
        "valid_until": f"{draft.valid_until:%d/%m/%Y}" if draft.valid_until else "",
        "tags": "\n".join(draft.tags),
        "name": draft.name,
        "category": draft.category,
        "picture": draft.picture or "",
        "picture_alt": draft.picture_alt,
        "parallel": "\n\n".join(
            lines([language, one.text, *one.options, *one.rights, one.explanation]).strip()
            for language, one in sorted(draft.parallel.items())
        ),
    }


def _whole(draft: DraftQuestion) -> tuple[str, str, str]:
    return draft.feedback.right, draft.feedback.partly, draft.feedback.wrong


def changes(before: DraftQuestion, after: DraftQuestion) -> list[Change]:
    """Say what differs between two drafts, part by part, word by word."""
    old, new = parts(before), parts(after)
    return [
        Change(LABELS[name], _pieces(old[name], new[name]))
        for name in old
        if old[name] != new[name]
    ]


def _pieces(old: str, new: str) -> tuple[tuple[Kind, str], ...]:
    before, after = _words(old), _words(new)
    found: list[tuple[Kind, str]] = []
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found.append((Kind.SAME, "".join(before[a:b])))
            continue
        if b > a:
            found.append((Kind.GONE, "".join(before[a:b])))
        if d > c:
            found.append((Kind.NEW, "".join(after[c:d])))
    return tuple(found)


def _words(text: str) -> list[str]:
    """Cut a text into words and single signs between them."""
    found: list[str] = []
    for sign in text:
        if found and sign.isalnum() and found[-1].isalnum():
            found[-1] += sign
        else:
            found.append(sign)
    return found
