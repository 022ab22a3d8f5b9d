"""Reading Moodle XML: every question is read, or named with the reason why not."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from contest.core import xml
from contest.core.xml import Element
from contest.errors import N_, Invalid, Problem
from contest.rules.vietnamese import nfc
from question_bank.formats import embedded, labels, limits, reading
from question_bank.formats.moodle_xml import answers, files, texts
from question_bank.formats.moodle_xml.answers import Parts
from question_bank.formats.moodle_xml.texts import Settled, Source
from question_bank.formats.reading import (
    CHANGED,
    FILE,
    LEFT_OUT,
    REFUSED,
    DraftQuestion,
    Feedback,
    FoundProblem,
    Parallel,
    Reading,
)

CODE = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
SLASH = re.compile(r"(?<!/)/(?!/)")  # two together are a slash inside a name
ROOTS = re.compile(r"\$[a-z]+[0-9]*\$|\$course\$", re.IGNORECASE)
SHOWN = 60  # characters of a name

TOO_LARGE = N_("Tệp lớn hơn %(most)d MB. Hãy chia thành nhiều tệp nhỏ hơn.")
NOT_MOODLE = N_("Đây không phải là tệp Moodle XML: phần tử ngoài cùng phải là <quiz>.")
TOO_MANY = N_("Tệp có hơn %(most)d câu hỏi. Hãy chia thành nhiều tệp nhỏ hơn.")
UNKNOWN_PART = N_("Tệp có phần lạ “%(name)s” không đọc được.")

# What the platform cannot hold, by Moodle's name of the type.
SHORT_ANSWER = N_("Câu trả lời ngắn (%(kind)s) chưa dùng được; hãy đổi thành câu trắc nghiệm.")
ESSAY = N_("Câu tự luận (%(kind)s) không dùng được, vì máy không chấm được.")
CLOZE = N_("Câu điền vào đoạn văn (%(kind)s) chưa dùng được.")
CALCULATED = N_("Câu tính theo công thức (%(kind)s) chưa dùng được.")
DRAGGING = N_("Câu kéo thả, điền chỗ trống hoặc bấm vào hình (%(kind)s) chưa dùng được.")
RANDOM = N_("Câu rút ngẫu nhiên (%(kind)s) không phải là một câu hỏi; vòng thi tự rút câu hỏi.")
PROGRAM = N_("Câu chấm bằng chương trình (%(kind)s) không dùng được.")
UNKNOWN_TYPE = N_("Loại câu hỏi “%(kind)s” không dùng được.")
REFUSALS: Mapping[str, str] = {
    "shortanswer": SHORT_ANSWER,
    "regexp": SHORT_ANSWER,
    "pmatch": SHORT_ANSWER,
    "essay": ESSAY,
    "essayautograde": ESSAY,
    "recordrtc": ESSAY,
    "cloze": CLOZE,
    "multianswer": CLOZE,
    "multianswerrgx": CLOZE,
    "gapfill": CLOZE,
    "calculated": CALCULATED,
    "calculatedsimple": CALCULATED,
    "calculatedmulti": CALCULATED,
    "formulas": CALCULATED,
    "varnumeric": CALCULATED,
    "ddwtos": DRAGGING,
    "gapselect": DRAGGING,
    "ddmarker": DRAGGING,
    "ddimageortext": DRAGGING,
    "ddmatch": DRAGGING,
    "wordselect": DRAGGING,
    "random": RANDOM,
    "randomsamatch": RANDOM,
    "coderunner": PROGRAM,
    "stack": PROGRAM,
}

NOT_A_QUESTION = N_("Đoạn mô tả (description) không phải là câu hỏi nên không được giữ.")
LOST_CATEGORY_INFO = N_("Lời mô tả của thư mục “%(name)s” không được giữ.")
CHANGED_CATEGORY = N_("Tên thư mục “%(name)s” có dấu gạch chéo, được đổi thành gạch nối.")
LOST_GRADE = N_("Điểm của câu (%(value)s) không được giữ; điểm do vòng thi quy định.")
WAS_HIDDEN = N_("Câu này đang bị ẩn trong Moodle.")
LOST_HINTS = N_("Các gợi ý của câu này không được giữ.")
LOST_CODE = N_("Mã “%(code)s” không được giữ, vì sai cách viết hoặc đã có câu khác dùng.")
LOST_IMAGES = N_("Hình trong lời giải thích hoặc nhận xét không được giữ.")
LOST_FILES = N_("Câu hỏi có tệp kèm theo mà nội dung không dùng đến; tệp không được giữ.")
LOST_LANGUAGES = N_("Có thứ tiếng không giữ được: %(names)s.")
NO_ALT = N_("Hình của câu này không có lời mô tả cho người không nhìn thấy hình.")
MARKDOWN_KEPT = N_("Văn bản Markdown được giữ nguyên dấu, không trình bày lại.")


def read(data: bytes) -> Reading:
    """Read a file of Moodle XML; whatever the bytes, nothing is raised."""
    try:
        quiz = _quiz(data)
    except Invalid as error:
        return Reading((), (FoundProblem(FILE, _problem(error), REFUSED),))
    return _Reader().read(quiz)


def _quiz(data: bytes) -> Element:
    if len(data) > reading.MOST_BYTES:
        raise Invalid(TOO_LARGE, most=reading.MOST_BYTES // 1024**2)
    quiz = xml.parse(data)
    if quiz.tag != "quiz":
        raise Invalid(NOT_MOODLE)
    if len(quiz) > reading.MOST_QUESTIONS:
        raise Invalid(TOO_MANY, most=reading.MOST_QUESTIONS)
    return quiz


def _problem(error: Invalid) -> Problem:
    return Problem(error.message, **error.facts)


class _Reader:
    """A file being read, from its first question to its last."""

    def __init__(self) -> None:
        self.questions: list[DraftQuestion] = []
        self.problems: list[FoundProblem] = []
        self.notes: list[FoundProblem] = []
        self.pictures: dict[str, bytes] = {}
        self.codes: set[str] = set()
        self.category = ""
        self.number = 0

    def read(self, quiz: Element) -> Reading:
        for one in quiz:
            kind = (one.get("type") or "").strip()
            if one.tag != "question":
                what = Problem(UNKNOWN_PART, name=one.tag[:SHOWN])
                self.problems.append(FoundProblem(FILE, what, LEFT_OUT))
            elif kind == "category":
                self._enter(one)
            else:
                self.number += 1
                self._question(one, kind)
        found = tuple(self.questions), tuple(self.problems), tuple(self.notes)
        return Reading(*found, self.pictures)

    def _enter(self, element: Element) -> None:
        path = _text(element.find("category"))
        self.category, is_same = category(path)
        name = self.category[-SHOWN:]
        if not is_same:
            self._note(FILE, Problem(CHANGED_CATEGORY, name=name))
        if _text(element.find("info")):
            self._note(FILE, Problem(LOST_CATEGORY_INFO, name=name))

    def _note(self, place: str, what: Problem) -> None:
        self.notes.append(FoundProblem(place, what, CHANGED))

    def _question(self, element: Element, kind: str) -> None:
        name = " ".join(_text(element.find("name")).split())
        place = f"question {self.number}" + (f" ({name[:SHOWN]})" if name else "")
        if kind == "description":
            self._note(place, Problem(NOT_A_QUESTION))
            return
        try:
            draft, picture, notes = self._draft(element, kind, name)
            broken = limits.first_broken(draft)
        except Invalid as error:
            broken = _problem(error)
        if broken is not None:
            self.problems.append(FoundProblem(place, broken, LEFT_OUT))
            return
        self.questions.append(draft)
        self.codes.add(draft.code)
        self.notes += [FoundProblem(place, one, CHANGED) for one in notes]
        if picture is not None and draft.picture:
            self.pictures[draft.picture] = picture

    def _draft(
        self, element: Element, kind: str, name: str
    ) -> tuple[DraftQuestion, bytes | None, list[Problem]]:
        if kind not in answers.READERS:
            raise Invalid(REFUSALS.get(kind, UNKNOWN_TYPE), kind=kind[:SHOWN])
        text = texts.source(element.find("questiontext"))
        default = _format(element)
        explanation = texts.source(element.find("generalfeedback"), default)
        parts = answers.parts(element, kind, default)
        files.ensure_no_pictures((*parts.options, *parts.rights))
        files.ensure_no_media((text, explanation, *parts.options, *parts.rights))
        picture = files.picture(element, text)
        said = _Said(text, explanation, parts)
        tagged = labels.read(_tags(element))
        code, is_lost = self._code(element, tagged.code)
        draft = DraftQuestion(
            code=code,
            type=parts.kind,
            topic=tagged.topic,
            difficulty=tagged.difficulty,
            audiences=tagged.audiences,
            text=said.text,
            options=said.options,
            rights=said.rights,
            key=parts.key,
            explanation=said.explanation,
            source=tagged.source,
            number_unit=tagged.number_unit or nfc(parts.unit),
            valid_until=tagged.valid_until,
            picture=embedded.bare_name(picture[0]) if picture else None,
            picture_alt=picture[1] if picture else "",
            parallel=said.parallels,
            is_html=said.settled.is_html,
            name=name if element.find("name[@generated]") is None else "",
            category=self.category,
            tags=tagged.tags,
            feedback=said.feedback,
        )
        notes = [*_notes_of(element, text), *said.notes(), *parts.notes]
        notes += [Problem(NO_ALT)] if picture and not picture[1] else []
        notes += [Problem(LOST_CODE, code=_code_of(element)[:SHOWN])] if is_lost else []
        return draft, picture[0] if picture else None, notes

    def _code(self, element: Element, label: str) -> tuple[str, bool]:
        """Give the question's code and whether it had one that cannot be kept."""
        code = label or _code_of(element)
        is_good = CODE.fullmatch(code) is not None and code not in self.codes
        return (code, False) if is_good and len(code) <= reading.LONGEST_CODE else ("", bool(code))


class _Said:
    """The texts of a question, settled and put back in their places."""

    def __init__(self, text: Source, explanation: Source, parts: Parts) -> None:
        self.parts = parts
        answered = (parts.right, parts.partly, parts.wrong)
        groups = ((text, explanation), parts.options, parts.rights, parts.each, answered)
        self.sources = [one for group in groups for one in group]
        self.settled: Settled = texts.settle(self.sources)
        ends = [0]
        for group in groups:
            ends.append(ends[-1] + len(group))
        self.groups = [self.settled.texts[a:b] for a, b in pairwise(ends)]
        (own, said), options, rights, each, (right, partly, wrong) = self.groups
        self.text, self.explanation = own[""], said[""]
        self.options, self.rights = _ours(options), _ours(rights)
        self.feedback = Feedback(
            _ours(each) if any(_ours(each)) else (), right[""], partly[""], wrong[""]
        )
        found = {name: self._parallel(name) for name in self.settled.languages}
        self.parallels = {name: one for name, one in found.items() if one != Parallel()}

    def _parallel(self, language: str) -> Parallel:
        (text, explanation), options, rights, *_ = self.groups
        parallel = Parallel(
            text.get(language, ""),
            _theirs(options, language),
            _theirs(rights, language),
            explanation.get(language, ""),
        )
        for one in (*parallel.options, *parallel.rights):
            if not one:
                raise Invalid(limits.BLANK_OPTION)
            if len(one) > reading.LONGEST_OPTION:
                most = reading.LONGEST_OPTION
                raise Invalid(limits.LONG_OPTION, value=one[: limits.SHOWN], most=most)
        return parallel

    def notes(self) -> Iterator[Problem]:
        kept = 1 + len(self.parts.options) + len(self.parts.rights)
        if any(one.images for one in (*self.sources[1:2], *self.sources[kept + 1 :])):
            yield Problem(LOST_IMAGES)
        if any(one.is_marked for one in self.sources):
            yield Problem(MARKDOWN_KEPT)
        gone = [one for one in self.settled.languages if one not in self.parallels]
        gone += self.settled.lost
        if gone:
            yield Problem(LOST_LANGUAGES, names=", ".join(gone))


def _ours(told: tuple[dict[str, str], ...]) -> tuple[str, ...]:
    return tuple(one[""] for one in told)


def _theirs(told: tuple[dict[str, str], ...], language: str) -> tuple[str, ...]:
    """Give the texts of a list in another language, or none when no one is in it."""
    if not any(language in one for one in told):
        return ()
    return tuple(one.get(language, one[""]) for one in told)


# The common parts of a question


def _text(element: Element | None) -> str:
    """Give a plain text, ours of its languages; one that cannot be read is empty."""
    try:
        return nfc(texts.by_language(texts.raw(element))[""])
    except Invalid:
        return ""


def _format(element: Element) -> str:
    """Give the format of texts that name none: that of the question's text."""
    found = element.find("questiontext")
    return (found.get("format") if found is not None else None) or "html"


def _tags(element: Element) -> list[str]:
    found = [*element.findall("tags/tag"), *element.findall("coursetags/tag")]
    return list(dict.fromkeys(text for text in map(_text, found) if text))


def _code_of(element: Element) -> str:
    return nfc(element.findtext("idnumber", ""))


def _notes_of(element: Element, text: Source) -> Iterator[Problem]:
    grade = element.findtext("defaultgrade", "1").strip()
    if grade and not _is_one(grade):
        yield Problem(LOST_GRADE, value=grade[:SHOWN])
    if element.findtext("hidden", "0").strip() not in {"0", "", "false"}:
        yield Problem(WAS_HIDDEN)
    if element.find("hint") is not None:
        yield Problem(LOST_HINTS)
    if files.unused(element, text):
        yield Problem(LOST_FILES)


def _is_one(text: str) -> bool:
    try:
        return Decimal(text) == 1
    except InvalidOperation:
        return False


def category(path: str) -> tuple[str, bool]:
    """Turn "$course$/top/Mạng/A//B" into ("Mạng/A-B", whether no name was changed)."""
    names = [" ".join(one.replace("//", "/").split()) for one in SLASH.split(path)]
    if names and ROOTS.fullmatch(names[0]):
        names = names[2:] if names[1:2] == ["top"] else names[1:]
    kept = [one.replace("/", "-") for one in names if one]
    return "/".join(kept), not any("/" in one for one in names)
