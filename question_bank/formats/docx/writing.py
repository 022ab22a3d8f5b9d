"""Questions as a Word document that a teacher can edit and that `read` gives back equal.

Usual texts stand as anybody would type them. A text that would be taken for something else (it
has several lines, or holds "B." after a space) stands in a paragraph style of ours that says: after
the label, every sign stands for itself. HTML that formatting cannot show stands as its source.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from contest.errors import N_, Invalid
from contest.rules.vietnamese import fold
from question_bank.formats import embedded, markup
from question_bank.formats.docx import sheet
from question_bank.formats.docx.drafts import SPLIT
from question_bank.formats.docx.labels import LETTERS
from question_bank.formats.docx.paragraphs import HTML_STYLE, LITERAL_STYLE
from question_bank.formats.docx.rich import PLAIN, Mark, Rich, plain, rich, same_html, tidy
from question_bank.formats.reading import DraftQuestion
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)

LEVELS = {1: "Nhận biết", 2: "Thông hiểu", 3: "Vận dụng"}
LITERAL_NAME = "Hội Thi – nguyên văn"
HTML_NAME = "Hội Thi – HTML"
BOLD = Mark(bold=True)
# Whatever looks like a label inside a text, or at its beginning or end.
STRANGE = re.compile(r"^[^\w]|\*$|(?:^|[\s*(\[])[A-Ta-t]\*?\s?[.):/\]]|[\t\n\ufffc]")

MANY_OPTIONS = N_("Câu “%(text)s” có quá nhiều phương án để ghi vào tệp Word.")


def write(questions: Iterable[DraftQuestion], *, pictures: Mapping[str, bytes] = {}) -> bytes:
    """Write an editable .docx; raises Invalid when Word cannot hold a text or a picture.

    `pictures`: bytes by the names the questions use; one that is not there is named in a line.
    """
    document = sheet.blank()
    sheet.add_style(document, LITERAL_NAME, LITERAL_STYLE)
    sheet.add_style(document, HTML_NAME, HTML_STYLE)
    writer = _Writer(document, pictures)
    for number, question in enumerate(questions, 1):
        writer.question(number, question)
    return sheet.packed(document)


class _Writer:
    def __init__(self, document: Document, pictures: Mapping[str, bytes]) -> None:
        self.document, self.pictures = document, pictures
        self.last = document.element.body[-1]  # the properties of the last section
        self.is_html = False

    def question(self, number: int, question: DraftQuestion) -> None:
        if max(len(question.options), len(question.rights)) > len(LETTERS):
            raise Invalid(MANY_OPTIONS, text=question.text[:60])
        self.is_html = question.is_html
        is_source = question.is_html and not markup.says_something(question.text)
        self.text(self.paragraph(), f"Câu {number}.", question.text, is_source=is_source, mark=BOLD)
        if question.picture is not None and question.picture in self.pictures:
            paragraph = self.paragraph()
            sheet.add_picture(paragraph, question.picture, self.pictures, question.picture_alt)
        if isinstance(question.key, MatchingKey):
            self.matching(question)
        else:
            for letter, option in zip(LETTERS, question.options, strict=False):
                self.text(self.paragraph(), f"{letter}.", option)
        for label, value in _key_lines(question):
            self.plain(label, value)
        for label, value in _shown_lines(question):
            self.text(self.paragraph(), f"{label}:", value)
        for label, value in self.said(question):
            self.plain(label, value)
        for label, words in (("Đối tượng", question.audiences), ("Từ khoá", question.tags)):
            self.words(label, words)

    def paragraph(self) -> Paragraph:
        """Add a paragraph before the last properties of the body (faster than by the library)."""
        element = OxmlElement("w:p")
        self.last.addprevious(element)
        return Paragraph(element, self.document._body)  # noqa: SLF001 -- what the library passes

    def plain(self, label: str, value: str, *, is_source: bool = False) -> None:
        """Write a line that never is HTML."""
        is_html, self.is_html = self.is_html, False
        self.text(self.paragraph(), f"{label}:", value, is_source=is_source)
        self.is_html = is_html

    def words(self, label: str, words: Sequence[str]) -> None:
        """Put words on one line; where one holds a separator each gets a line of its own."""
        if not words:
            return
        if any(SPLIT.search(one) or not _is_usual(one) for one in words):
            for one in words:
                self.plain(label, one, is_source=True)
        else:
            self.plain(label, "; ".join(words))

    def text(
        self,
        paragraph: Paragraph,
        label: str,
        value: str,
        *,
        is_source: bool = False,
        mark: Mark = PLAIN,
    ) -> None:
        sheet.ensure_writable(value)
        formatted = None if is_source else _formatted(value, is_html=self.is_html)
        sheet.add_text(paragraph, f"{label} ", mark)
        if formatted is not None:
            sheet.add_rich(paragraph, formatted)
            return
        style = HTML_STYLE if self.is_html else LITERAL_STYLE
        named = OxmlElement("w:pStyle")
        named.set(qn("w:val"), style)
        paragraph._p.get_or_add_pPr().insert(0, named)  # noqa: SLF001 -- by id, not by search
        sheet.add_text(paragraph, value)

    def matching(self, question: DraftQuestion) -> None:
        rows = max(len(question.options), len(question.rights))
        table = self.document.add_table(rows + 1, 2, style="Table Grid")
        cells = table._cells  # noqa: SLF001 -- asked for once: each asking counts them anew
        cells[0].text, cells[1].text = "Cột A", "Cột B"
        for at, text in enumerate(question.options):
            self.cell(cells[2 * at + 2], f"{at + 1}.", text)
        for at, text in enumerate(question.rights):
            self.cell(cells[2 * at + 3], f"{LETTERS[at].lower()}.", text)

    def cell(self, cell: _Cell, label: str, text: str) -> None:
        self.text(cell.paragraphs[0], label, text)

    def said(self, question: DraftQuestion) -> Iterator[tuple[str, str]]:
        """Give the lines about the question: (label, plain text)."""
        level = question.difficulty
        day = question.valid_until
        yield from _present(
            ("Mã", question.code),
            ("Tên", question.name),
            ("Thư mục", question.category),
            ("Chủ đề", question.topic),
            ("Mức độ", LEVELS.get(level, "") if level else ""),
            ("Nguồn", question.source),
            ("Hạn dùng", f"{day.day:02}/{day.month:02}/{day.year:04}" if day else ""),
            ("Đơn vị", question.number_unit),
            ("Hình", self.named(question.picture)),
            ("Mô tả hình", question.picture_alt),
        )

    def named(self, picture: str | None) -> str:
        """Give a picture's name where the reader would not make the same of its content."""
        held = self.pictures.get(picture or "")
        return "" if picture is None or (held and embedded.bare_name(held) == picture) else picture


def _present(*lines: tuple[str, str]) -> Iterator[tuple[str, str]]:
    yield from (line for line in lines if line[1])


def _key_lines(question: DraftQuestion) -> Iterator[tuple[str, str]]:
    key = question.key
    if isinstance(key, OneKey):
        if sorted(map(fold, question.options)) == ["dung", "sai"]:
            yield "Loại", "Một lựa chọn"
        yield "Đáp án", LETTERS[key.right]
    elif isinstance(key, SeveralKey):
        if len(key.right) == 1 or len(question.options) == 2:  # noqa: PLR2004
            yield "Loại", "Nhiều lựa chọn"
        yield "Đáp án", ", ".join(LETTERS[one] for one in sorted(key.right))
    elif isinstance(key, TrueFalseKey):
        yield "Đáp án", "Đúng" if key.right else "Sai"
    elif isinstance(key, OrderingKey):
        yield "Loại", "Sắp xếp"
        yield "Đáp án", "-".join(LETTERS[: key.size])
    elif isinstance(key, MatchingKey):
        yield "Loại", "Ghép đôi"
        pairs = (f"{at}-{LETTERS[one].lower()}" for at, one in enumerate(key.right, 1))
        yield "Đáp án", ", ".join(pairs)
    elif isinstance(key, NumberKey):
        yield from _number_lines(key)
    if isinstance(key, OneKey | SeveralKey) and key.weights:
        yield "Trọng số", "; ".join(map(str, key.weights))


def _number_lines(key: NumberKey) -> Iterator[tuple[str, str]]:
    yield "Đáp án", _decimal(key.value)
    if key.tolerance:
        yield "Sai số", _decimal(key.tolerance)
    for one in key.others:
        yield "Đáp số khác", f"{_decimal(one.value)} ± {_decimal(one.tolerance)} ({one.share})"


def _decimal(number: Decimal) -> str:
    return f"{number:f}".replace(".", ",")


def _shown_lines(question: DraftQuestion) -> Iterator[tuple[str, str]]:
    """Give the texts shown to people: (label, text in the kind of the question)."""
    said = question.feedback
    options = zip(LETTERS, said.options, strict=False)
    yield from _present(
        ("Lời giải", question.explanation),
        *((f"Phản hồi {letter}", text) for letter, text in options),
        ("Phản hồi đúng", said.right),
        ("Phản hồi đúng một phần", said.partly),
        ("Phản hồi sai", said.wrong),
    )
    for language, one in question.parallel.items():
        sides = chain(
            ((f"Phương án {at}", text) for at, text in zip(LETTERS, one.options, strict=False)),
            ((f"Vế phải {at}", text) for at, text in zip(LETTERS, one.rights, strict=False)),
        )
        lines = [("Câu hỏi", one.text), *sides, ("Lời giải", one.explanation)]
        yield from _present(*((f"[{language}] {label}", text) for label, text in lines))


def _formatted(value: str, *, is_html: bool) -> Rich | None:
    """Give a text as a person would type it, None when it would be read as something else."""
    text = same_html(value) if is_html else rich([(value, PLAIN)])
    if text is None or not _is_usual(text.text):
        return None
    if not is_html and plain(tidy(text)) != value:
        return None
    return text


def _is_usual(text: str) -> bool:
    return not STRANGE.search(text) and tidy(rich([(text, PLAIN)])).text == text
