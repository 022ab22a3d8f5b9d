"""Writing questions as TOML, so that `toml_reading.read` gives them back equal."""

from collections.abc import Iterable, Sequence

from contest.rules.vietnamese import nfc
from question_bank.formats import reading
from question_bank.formats.reading import DraftQuestion, Feedback, Parallel
from question_bank.formats.toml_bodies import LETTERS
from question_bank.formats.toml_reading import MOST_DOTS
from question_bank.rules.keys import (
    Key,
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    SeveralKey,
    TrueFalseKey,
)

EMPTY = '""'


def write(questions: Iterable[DraftQuestion]) -> bytes:
    """Write questions that `read` gives back equal."""
    return "\n".join(_block(question) for question in questions).encode()


def _block(question: DraftQuestion) -> str:
    lines = ["[[question]]"]
    lines += [f"{name} = {value}" for name, value in _values(question) if value]
    said = [f"{name} = {value}" for name, value in _feedback_values(question.feedback) if value]
    lines += ["", "[question.feedback]", *said] if said else []
    for language, parallel in question.parallel.items():
        lines += ["", f"[question.parallel.{language}]"]
        lines += [f"{name} = {value}" for name, value in _parallel_values(parallel) if value]
    return "\n".join(lines) + "\n"


def _values(question: DraftQuestion) -> Iterable[tuple[str, str]]:
    """Give each key and its TOML, empty for what has no line; what must be stated always has."""
    yield "code", _quoted(question.code) or EMPTY
    yield "type", _quoted(question.type)
    yield "html", "true" if question.is_html else ""
    yield "name", _quoted(question.name)
    yield "category", _quoted(question.category)
    yield "tags", _list(question.tags)
    yield "topic", _quoted(question.topic) or EMPTY
    yield "difficulty", str(question.difficulty or 0)
    yield "audiences", _list(question.audiences) or "[]"
    yield "text", _quoted(question.text)
    yield from _body_values(question)
    yield "number_unit", _quoted(question.number_unit)
    yield "explanation", _quoted(question.explanation) or EMPTY
    yield "source", _quoted(question.source) or EMPTY
    yield "valid_until", question.valid_until.isoformat() if question.valid_until else ""
    yield "picture", _quoted(question.picture or "")
    yield "picture_alt", _quoted(question.picture_alt)


def _body_values(question: DraftQuestion) -> Iterable[tuple[str, str]]:
    key = question.key
    if isinstance(key, MatchingKey):
        pairs = [
            (left, question.rights[right])
            for left, right in zip(question.options, key.right, strict=True)
        ]
        used = set(key.right)
        yield "pairs", "[\n" + "".join(f"  {_list(pair)},\n" for pair in pairs) + "]"
        yield "extra", _lines([one for at, one in enumerate(question.rights) if at not in used])
        return
    yield "options", _lines(question.options)
    yield "answer", _answer(key)
    if isinstance(key, OneKey | SeveralKey):
        yield "weights", _list([str(one) for one in key.weights])
    if isinstance(key, NumberKey):
        yield "tolerance", f"{key.tolerance:f}" if key.tolerance else ""
        yield (
            "others",
            ", ".join(map(_range, key.others)) and f"[{', '.join(map(_range, key.others))}]",
        )


def _range(one: NumberRange) -> str:
    return f'[{one.value:f}, {one.tolerance:f}, "{one.share}"]'


def _answer(key: Key) -> str:
    if isinstance(key, OneKey):
        return _quoted(LETTERS[key.right])
    if isinstance(key, SeveralKey):
        return _list([LETTERS[right] for right in sorted(key.right)])
    if isinstance(key, TrueFalseKey):
        return "true" if key.right else "false"
    if isinstance(key, NumberKey):
        return f"{key.value:f}"
    return ""


def _feedback_values(feedback: Feedback) -> Iterable[tuple[str, str]]:
    yield "options", _lines(feedback.options)
    yield "right", _quoted(feedback.right)
    yield "partly", _quoted(feedback.partly)
    yield "wrong", _quoted(feedback.wrong)


def _parallel_values(parallel: Parallel) -> Iterable[tuple[str, str]]:
    yield "text", _quoted(parallel.text)
    yield "options", _lines(parallel.options)
    yield "rights", _lines(parallel.rights)
    yield "explanation", _quoted(parallel.explanation)


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]" if texts else ""


def _lines(texts: Sequence[str]) -> str:
    """Write a list of texts that may be long or empty, a line for each."""
    each = "".join(f"  {_quoted(one) or EMPTY},\n" for one in texts)
    return f"[\n{each}]" if texts else ""


def _quoted(text: str) -> str:
    """Write a basic string; nothing for an empty text."""
    clean = nfc(text).replace("\\", "\\\\").replace('"', '\\"')
    escaped = clean.replace("\n", "\\n").replace("\t", "\\t")
    if escaped.count(".") > MOST_DOTS // (reading.MOST_OPTIONS + 1):  # a line may hold all options
        escaped = escaped.replace(".", "\\u002E")
    return f'"{escaped}"' if escaped else ""
