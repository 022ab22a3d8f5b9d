"""A question as a QTI item says it, made into a draft within the limits of every format."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from contest.errors import N_, Invalid, Problem
from contest.rules.vietnamese import nfc
from question_bank.formats import labels, limits, markup, reading
from question_bank.formats.reading import DraftQuestion, Feedback, Parallel
from question_bank.rules.keys import Key, key_from_json

SOURCE = re.compile(r'\bsrc="([^"]*)"')
ALT = re.compile(r'\balt="([^"]*)"')
BLOCK = re.compile(r"<(?:p|div|ul|ol|table|pre|blockquote|h[1-6])\b", re.IGNORECASE)
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,8})?")

MISSING = N_("Câu hỏi thiếu phần “%(name)s”.")
MANY_PICTURES = N_(
    "Câu hỏi có nhiều hơn một hình; mỗi câu chỉ giữ được một hình trong phần đề bài."
)
PICTURE_IN_OPTION = N_("Câu hỏi có hình trong phương án hoặc lời nhận xét, không giữ được.")
BAD_PARALLEL = N_("Bản dịch kèm theo câu hỏi không đọc được nên bị bỏ qua.")

UNLIKE_PARALLEL = N_("Bản dịch kèm theo không có đúng số mục như câu gốc, hoặc có mục quá dài.")
QUESTION = "itemBody"


@dataclass(slots=True)
class Sketch:
    """What an item says; texts are HTML with their pictures still in."""

    text: str = ""
    options: list[str] = field(default_factory=list)
    rights: list[str] = field(default_factory=list)
    key: Key | None = None
    explanation: list[str] = field(default_factory=list)
    feedback: Feedback = field(default_factory=Feedback)
    name: str = ""
    category: str = ""
    tags: Sequence[str] = ()
    parallel: Mapping[str, Parallel] = field(default_factory=dict)
    notes: list[Problem] = field(default_factory=list)

    def note(self, message: str, **facts: object) -> None:
        if not any(one.message == message for one in self.notes):
            self.notes.append(Problem(message, **facts))


# Gives the name a picture gets, by its address in the item; raises Invalid.
Pictures = Callable[[str], str]


def join(pieces: Sequence[str]) -> str:
    """Join pieces of HTML, each a paragraph of its own when there are several."""
    said = [one for one in pieces if one.strip()]
    if len(said) < 2:  # noqa: PLR2004
        return "".join(said)
    return "".join(one if BLOCK.match(one) else f"<p>{one}</p>" for one in said)


def draft(sketch: Sketch, picture_of: Pictures) -> DraftQuestion:
    """Make the question; raises Invalid with the first thing that keeps it from being held."""
    if sketch.key is None:
        raise Invalid(MISSING, name="key")
    key = key_from_json(sketch.key.kind, sketch.key.as_json())
    picture, alt = _picture(sketch, picture_of)
    texts, is_html = markup.unify(_sources(sketch))
    bare = _question(sketch, key, list(texts), is_html=is_html)
    question = replace(bare, picture=picture, picture_alt=alt)
    _check(question)
    return question


def _picture(sketch: Sketch, picture_of: Pictures) -> tuple[str | None, str]:
    said = sketch.feedback
    others = [*sketch.options, *sketch.rights, *sketch.explanation, *said.options]
    if any(map(markup.images, [*others, said.right, said.partly, said.wrong])):
        raise Invalid(PICTURE_IN_OPTION)
    images = markup.images(sketch.text)
    if len(images) > 1:
        raise Invalid(MANY_PICTURES)
    if not images:
        return None, ""
    source, alt = SOURCE.search(images[0]), ALT.search(images[0])
    described = nfc(html.unescape(alt[1])) if alt else ""
    return picture_of(html.unescape(source[1]) if source else ""), described


def _sources(sketch: Sketch) -> list[str]:
    said = sketch.feedback
    sources = [sketch.text, join(sketch.explanation), said.right, said.partly, said.wrong]
    sources += [*sketch.options, *sketch.rights, *said.options]
    for one in sketch.parallel.values():
        sources += [one.text, one.explanation, *one.options, *one.rights]
    return sources


def _question(sketch: Sketch, key: Key, texts: list[str], *, is_html: bool) -> DraftQuestion:
    def take(count: int) -> tuple[str, ...]:
        taken = tuple(texts[:count])
        del texts[:count]
        return taken

    text, explanation, right, partly, wrong = take(5)
    options, rights = take(len(sketch.options)), take(len(sketch.rights))
    each = take(len(sketch.feedback.options))
    parallel: dict[str, Parallel] = {}
    for language, one in sketch.parallel.items():
        other_text, other_explanation = take(2)
        parallel[language] = Parallel(
            other_text, take(len(one.options)), take(len(one.rights)), other_explanation
        )
    found = labels.read(nfc(tag) for tag in sketch.tags)
    return DraftQuestion(
        code=found.code,
        type=key.kind,
        topic=found.topic,
        difficulty=found.difficulty,
        audiences=found.audiences,
        text=text,
        options=options,
        rights=rights,
        key=key,
        explanation=explanation,
        source=found.source,
        number_unit=found.number_unit,
        valid_until=found.valid_until,
        parallel=parallel,
        is_html=is_html,
        name=nfc(sketch.name),
        category=nfc(sketch.category),
        tags=tuple(dict.fromkeys(tag for tag in found.tags if tag)),
        feedback=Feedback(each if any(each) else (), right, partly, wrong),
    )


def _check(question: DraftQuestion) -> None:
    broken = limits.first_broken(question)
    if broken is not None:
        raise Invalid(broken.message, **broken.facts)
    for one in question.parallel.values():
        _check_parallel(question, one)


def _check_parallel(question: DraftQuestion, one: Parallel) -> None:
    for parts, own in ((one.options, question.options), (one.rights, question.rights)):
        if parts and (len(parts) != len(own) or not all(parts)):
            raise Invalid(UNLIKE_PARALLEL)
        if any(len(part) > reading.LONGEST_OPTION for part in parts):
            raise Invalid(UNLIKE_PARALLEL)


def parallels(data: object) -> dict[str, Parallel] | None:
    """Read {language: {text, options, rights, explanation}} as our own packages have it."""
    if not isinstance(data, dict) or not all(map(_is_parallel, data.items())):
        return None
    return {
        language: Parallel(
            one.get("text", ""),
            tuple(one.get("options", ())),
            tuple(one.get("rights", ())),
            one.get("explanation", ""),
        )
        for language, one in data.items()
    }


def _is_parallel(item: tuple[object, object]) -> bool:
    language, one = item
    if not (isinstance(language, str) and LANGUAGE.fullmatch(language) and isinstance(one, dict)):
        return False
    texts = [one.get(name, "") for name in ("text", "explanation")]
    lists = [one.get(name, []) for name in ("options", "rights")]
    return (
        set(one) <= {"text", "explanation", "options", "rights"}
        and all(isinstance(text, str) for text in texts)
        and all(isinstance(each, list) and len(each) <= reading.MOST_OPTIONS for each in lists)
        and all(isinstance(text, str) for each in lists for text in each)
    )
