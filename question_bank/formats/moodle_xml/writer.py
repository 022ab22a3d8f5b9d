"""Writing Moodle XML that Moodle imports and that `reader.read` gives back equal.

What Moodle has no place for stands in tags (`labels`) and, for true/false and numbers, in
elements of other types that Moodle passes over.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from html import escape
from urllib.parse import quote

from question_bank.formats import labels, markup, weights
from question_bank.formats.moodle_xml.texts import OURS
from question_bank.formats.reading import DraftQuestion
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    SeveralKey,
    TrueFalseKey,
)

TYPES: Mapping[QuestionType, str] = {
    QuestionType.ONE: "multichoice",
    QuestionType.SEVERAL: "multichoice",
    QuestionType.TRUE_FALSE: "truefalse",
    QuestionType.ORDERING: "ordering",
    QuestionType.MATCHING: "matching",
    QuestionType.NUMBER: "numerical",
}
LONGEST_NAME = 80  # characters of a name made from the text
LANGUAGE_MARK = re.compile(r"\{(?=\s*mlang)", re.IGNORECASE)
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(questions: Iterable[DraftQuestion], *, pictures: Mapping[str, bytes] = {}) -> bytes:
    """Write questions as Moodle exports them.

    `pictures`: the bytes of the pictures, by the names the questions use. A question whose picture
    is not among them names it all the same: Moodle then shows its description.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    category = ""
    for question in questions:
        if question.category != category:
            category = question.category
            lines += _category(category)
        lines += _Writer(question, pictures).lines()
    return "\n".join([*lines, "</quiz>", ""]).encode()


def _category(path: str) -> Iterator[str]:
    yield '<question type="category">'
    yield f"<category>{_text(f'$course$/top/{path}' if path else '$course$/top')}</category>"
    yield '<info format="html"><text></text></info>'
    yield "<idnumber></idnumber>"
    yield "</question>"


def _text(text: str) -> str:
    return f"<text>{_escaped(text)}</text>"


def _escaped(text: str) -> str:
    clean = NOT_XML.sub("", text)
    if not any(sign in clean for sign in "<>&"):
        return clean
    return f"<![CDATA[{clean.replace(']]>', ']]]]><![CDATA[>')}]]>"


class _Writer:
    """One question being written."""

    def __init__(self, question: DraftQuestion, pictures: Mapping[str, bytes]) -> None:
        self.question = question
        self.pictures = pictures

    def lines(self) -> Iterator[str]:
        question = self.question
        yield f'<question type="{TYPES[question.type]}">'
        yield from self._head()
        yield from BODIES[question.type](self)
        tags = "".join(f"<tag>{_text(tag)}</tag>" for tag in labels.written(question))
        yield f"<tags>{tags}</tags>" if tags else ""
        yield "</question>"

    def _head(self) -> Iterator[str]:
        question = self.question
        made = "" if question.name else ' generated="true"'
        yield f"<name{made}>{_text(question.name or self._made_name())}</name>"
        yield self._question_text()
        explained = {name: one.explanation for name, one in question.parallel.items()}
        yield self._told("generalfeedback", question.explanation, explained)
        penalty = "1.0000000" if question.type is QuestionType.TRUE_FALSE else "0.3333333"
        yield f"<defaultgrade>1.0000000</defaultgrade><penalty>{penalty}</penalty>"
        yield f"<hidden>0</hidden><idnumber>{_escaped(question.code)}</idnumber>"

    def _made_name(self) -> str:
        text = markup.plain(self.question.text) if self.question.is_html else self.question.text
        return " ".join(text.split())[:LONGEST_NAME].strip() or "?"

    def _question_text(self) -> str:
        question = self.question
        others = {name: one.text for name, one in question.parallel.items()}
        if not question.picture:
            return self._told("questiontext", question.text, others)
        _, body = self._marked(question.text, others, is_html=True)
        address = f"@@PLUGINFILE@@/{quote(question.picture)}"
        image = f'<img src="{address}" alt="{escape(question.picture_alt)}">'
        data = self.pictures.get(question.picture)
        file = ""
        if data is not None:
            coded = base64.b64encode(data).decode("ascii")
            name = escape(question.picture)
            file = f'<file name="{name}" path="/" encoding="base64">{coded}</file>'
        return f'<questiontext format="html">{_text(body + image)}{file}</questiontext>'

    def _told(
        self,
        name: str,
        text: str,
        others: Mapping[str, str] = {},
        more: str = "",
        attributes: str = "",
    ) -> str:
        """Write an element that holds a text, ours and those of other languages, and `more`."""
        kind, body = self._marked(text, others, is_html=self.question.is_html)
        return f'<{name}{attributes} format="{kind}">{_text(body)}{more}</{name}>'

    def _marked(self, text: str, others: Mapping[str, str], *, is_html: bool) -> tuple[str, str]:
        """Give (format, text); languages and pictures need HTML, as Moodle's filters do."""
        told = {name: other for name, other in others.items() if other}
        if not (is_html or told):
            return "plain_text", text
        ours = self._as_html(text)
        if not told:
            return "html", ours
        blocks = {OURS: ours} | {name: self._as_html(other) for name, other in told.items()}
        return "html", "".join(f"{{mlang {name}}}{one}{{mlang}}" for name, one in blocks.items())

    def _as_html(self, text: str) -> str:
        told = text if self.question.is_html else markup.escape(text)
        return LANGUAGE_MARK.sub("&#123;", told)

    def _options(self) -> Iterator[tuple[str, dict[str, str]]]:
        yield from self._side(self.question.options, "options")

    def _side(self, side: Sequence[str], name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Give each text of a list with those in other languages."""
        others = {
            language: getattr(one, name)
            for language, one in self.question.parallel.items()
            if getattr(one, name)
        }
        for at, text in enumerate(side):
            yield text, {language: told[at] for language, told in others.items()}

    def _combined_feedback(self) -> Iterator[str]:
        feedback = self.question.feedback
        yield self._told("correctfeedback", feedback.right)
        yield self._told("partiallycorrectfeedback", feedback.partly)
        yield self._told("incorrectfeedback", feedback.wrong)

    def _extra_feedback(self) -> Iterator[str]:
        """Write it where Moodle's type has none and passes over it."""
        feedback = self.question.feedback
        if feedback.right or feedback.partly or feedback.wrong:
            yield from self._combined_feedback()

    def _feedback_of(self, at: int) -> str:
        said = self.question.feedback.options
        return self._told("feedback", said[at] if said else "")

    def choice(self) -> Iterator[str]:
        key = self.question.key
        assert isinstance(key, OneKey | SeveralKey)  # noqa: S101 -- as the table says
        yield f"<single>{'true' if isinstance(key, OneKey) else 'false'}</single>"
        yield "<shuffleanswers>true</shuffleanswers><answernumbering>ABCD</answernumbering>"
        yield "<showstandardinstruction>0</showstandardinstruction>"
        yield from self._combined_feedback()
        for at, (text, others) in enumerate(self._options()):
            share = f' fraction="{weights.percent(_shares(key)[at])}"'
            yield self._told("answer", text, others, self._feedback_of(at), share)

    def true_false(self) -> Iterator[str]:
        key = self.question.key
        assert isinstance(key, TrueFalseKey)  # noqa: S101 -- as the table says
        yield from self._extra_feedback()
        for at, word in enumerate(("true", "false")):
            share = "100" if key.right is (word == "true") else "0"
            yield f'<answer fraction="{share}" format="moodle_auto_format">{_text(word)}'
            yield f"{self._feedback_of(at)}</answer>"

    def ordering(self) -> Iterator[str]:
        count = len(self.question.options)
        yield "<layouttype>VERTICAL</layouttype><selecttype>ALL</selecttype>"
        yield f"<selectcount>{count}</selectcount>"
        yield "<gradingtype>RELATIVE_NEXT_EXCLUDE_LAST</gradingtype>"
        yield "<showgrading>SHOW</showgrading><numberingstyle>none</numberingstyle>"
        yield from self._combined_feedback()
        yield "<shownumcorrect>1</shownumcorrect>"
        for at, (text, others) in enumerate(self._options(), 1):
            yield self._told("answer", text, others, attributes=f' fraction="{at}.0000000"')

    def matching(self) -> Iterator[str]:
        key = self.question.key
        assert isinstance(key, MatchingKey)  # noqa: S101 -- as the table says
        rights = list(self._side(self.question.rights, "rights"))
        answers = [self._told("answer", text, others) for text, others in rights]
        yield "<shuffleanswers>true</shuffleanswers>"
        yield from self._combined_feedback()
        for at, (text, others) in enumerate(self._options()):
            yield self._told("subquestion", text, others, answers[key.right[at]])
        for at, answer in enumerate(answers):
            if at not in key.right:
                yield self._told("subquestion", "", more=answer)

    def number(self) -> Iterator[str]:
        key, feedback = self.question.key, self.question.feedback
        assert isinstance(key, NumberKey)  # noqa: S101 -- as the table says
        yield from self._extra_feedback()
        ranges = (NumberRange(key.value, key.tolerance), *key.others)
        # Moodle takes the first range that fits, we the best one.
        for one in sorted(ranges, key=lambda found: -found.share):
            said = self._told("feedback", feedback.right if one.share == 1 else feedback.partly)
            near = f"<tolerance>{one.tolerance:f}</tolerance>{said}"
            share = weights.percent(one.share)
            yield f'<answer fraction="{share}" format="moodle_auto_format">'
            yield f"{_text(f'{one.value:f}')}{near}</answer>"
        if feedback.wrong:
            said = self._told("feedback", feedback.wrong)
            yield '<answer fraction="0" format="moodle_auto_format"><text>*</text>'
            yield f"<tolerance>0</tolerance>{said}</answer>"
        if self.question.number_unit:
            unit = _escaped(self.question.number_unit)
            yield f"<units><unit><multiplier>1</multiplier><unit_name>{unit}</unit_name></unit>"
            yield "</units><unitgradingtype>0</unitgradingtype><showunits>0</showunits>"
        else:
            yield "<unitgradingtype>0</unitgradingtype><showunits>3</showunits>"


def _shares(key: OneKey | SeveralKey) -> tuple[Fraction, ...]:
    if key.weights:
        return key.weights
    if isinstance(key, SeveralKey):
        return weights.plain_weights(key)
    return tuple(Fraction(at == key.right) for at in range(key.size))


BODIES = {
    QuestionType.ONE: _Writer.choice,
    QuestionType.SEVERAL: _Writer.choice,
    QuestionType.TRUE_FALSE: _Writer.true_false,
    QuestionType.ORDERING: _Writer.ordering,
    QuestionType.MATCHING: _Writer.matching,
    QuestionType.NUMBER: _Writer.number,
}
