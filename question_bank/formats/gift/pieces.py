"""Texts of GIFT in the four formats Moodle knows, and what they become here."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from contest.errors import N_, Invalid
from contest.rules.vietnamese import nfc
from question_bank.formats import embedded, markup
from question_bank.formats.gift import blocks

MOODLE, HTML, PLAIN, MARKDOWN = "moodle", "html", "plain", "markdown"
FORMATS = (MOODLE, HTML, PLAIN, MARKDOWN)
PREFIX = re.compile(r"\[(moodle|html|plain|markdown)\]")
KNOWN = "|".join(
    sorted(
        markup.TAGS
        | {"a", "big", "center", "div", "dd", "dl", "dt", "em", "embed", "font", "h1", "h2", "h3"}
        | {"h4", "h5", "h6", "hr", "iframe", "img", "object", "script", "span", "style", "tt"}
        | {"audio", "caption", "col", "colgroup", "figure", "source", "svg", "video"}
    )
)
NO_MARK = re.compile(rf"<(?!/?(?:{KNOWN})\b[^<>]*>|!--)", re.IGNORECASE)
BLOCKS = re.compile(r"<(?:p|div|ul|ol|table|pre|blockquote|h[1-6])\b", re.IGNORECASE)
SOURCE = re.compile(r"""\bsrc\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
ALT = re.compile(r"""\balt\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
DATA = re.compile(r"data:image/[a-z0-9.+-]+;base64,", re.IGNORECASE)
LONGEST_MARKED = 100_000  # characters of one text with its marks, without the picture

IN_OPTION = N_("Câu có hình nằm trong phương án hoặc lời nhận xét; chỉ nội dung câu mới có hình.")
TWO_PICTURES = N_("Câu có nhiều hơn một hình. Hệ thống chỉ giữ được một hình mỗi câu.")
NOT_INSIDE = N_("Hình của câu nằm ngoài tệp. Bạn hãy thêm câu này bằng tay kèm theo hình.")
LONG_MARKED = N_("Câu có một đoạn dài quá %(most)d ký tự.")


@dataclass(frozen=True, slots=True)
class Piece:
    """One text as the file has it, escapes shown, and which of FORMATS it is in."""

    text: str = ""
    format: str = PLAIN

    @property
    def is_marked(self) -> bool:
        """Tell whether it is HTML; Moodle's own format is plain text that may hold some."""
        if self.format == HTML:
            return True
        return self.format == MOODLE and markup.MARKS.search(self.text) is not None

    @property
    def html(self) -> str:
        if not self.is_marked:
            return markup.escape(nfc(self.text))
        lenient = NO_MARK.sub("&lt;", self.text)
        if self.format == MOODLE and not BLOCKS.search(lenient):
            return lenient.replace("\n", "<br>")
        return lenient

    @property
    def plain(self) -> str:
        return markup.plain(self.html) if self.is_marked else nfc(self.text)


EMPTY = Piece()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the file: its bare name, what is said of it, its bytes."""

    name: str
    alt: str
    data: bytes


def piece(raw: str, default: str = MOODLE) -> Piece:
    """Read a part of a block, its format said in front or `default`."""
    prefix = PREFIX.match(raw.lstrip())
    if prefix is None:
        return Piece(blocks.reveal(raw), default)
    return Piece(blocks.reveal(raw.lstrip()[prefix.end() :]), prefix[1])


def unify(pieces: Sequence[Piece]) -> tuple[tuple[str, ...], bool]:
    """Give the texts of one question, clean, and whether they are HTML: plain if none needs it."""
    if any(len(one.text) > LONGEST_MARKED for one in pieces):
        raise Invalid(LONG_MARKED, most=LONGEST_MARKED)
    is_html = any(one.is_marked and markup.says_something(one.html) for one in pieces)
    if is_html:
        return tuple(markup.clean(one.html) for one in pieces), True
    return tuple(one.plain for one in pieces), False


def take_picture(text: Piece, others: Sequence[Piece]) -> tuple[Piece, Picture | None]:
    """Take the picture out of a question's text; raises Invalid for what cannot be kept."""
    if any(one.is_marked and markup.images(one.text) for one in others):
        raise Invalid(IN_OPTION)
    images = markup.images(text.text) if text.is_marked else []
    if not images:
        return text, None
    if len(images) > 1:
        raise Invalid(TWO_PICTURES)
    data = _inside(_attribute(SOURCE, images[0]))
    picture = Picture(embedded.bare_name(data), nfc(_attribute(ALT, images[0])), data)
    return Piece(text.text.replace(images[0], ""), text.format), picture


def _attribute(pattern: re.Pattern[str], tag: str) -> str:
    found = pattern.search(tag)
    return html.unescape(found[1].strip("\"'")) if found else ""


def _inside(source: str) -> bytes:
    head = DATA.match(source)
    if head is None:
        raise Invalid(NOT_INSIDE)
    return embedded.from_base64(source[head.end() :])
