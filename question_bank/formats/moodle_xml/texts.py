"""A text of Moodle XML: its format, its pictures, its languages; and the texts of one question.

Languages are marked as Moodle's filters have them: "{mlang vi}…{mlang}{mlang en}…{mlang}"
(filter_multilang2) and <span lang="en" class="multilang"> (filter_multilang).
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contest.core.xml import Element
from contest.errors import N_, Invalid
from contest.rules.vietnamese import nfc
from question_bank.formats import markup

LONGEST_SOURCE = 50_000  # characters of HTML, pictures apart: far more than any text we keep
MOST_TAGS = 1000  # of a text: nested by the thousand they take long to clean
MOST_LANGUAGES = 8
OURS = "vi"
OTHER = "other"  # what the filter shows to everybody whose language is not there

PLAIN_FORMATS = frozenset({"plain_text", "wiki_like", "markdown"})
AUTO_FORMAT = "moodle_auto_format"
# A tag of a picture; quotes may hold ">". It never looks past the next "<", so time stays linear.
IMAGE = re.compile(r"""<img\b(?:[^<>"']|"[^"<]*"|'[^'<]*')*+>""", re.IGNORECASE)
ATTRIBUTE = re.compile(
    r"""(?<![\w-])(src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
MARKDOWN_IMAGE = re.compile(r"!\[([^\[\]\n]{0,300})\]\(([^()\s]{1,300})(?:\s[^()\n]{0,300})?\)")
MARKDOWN = re.compile(r"[*_`\[\]<]|^ {0,3}(?:#|>|[-+] |[0-9]+\. )", re.MULTILINE)
# What says nothing to `markup.says_something`; most texts hold no other tag.
PARAGRAPHS = re.compile(r"</?(?:p|br|div|span)\b[^<>]*>", re.IGNORECASE)
GONE = re.compile(r"<p\b[^<>]*>\s*\0\s*(?:<br\b[^<>]*>\s*)?</p>|\0", re.IGNORECASE)
MLANG = re.compile(r"\{\s*mlang(?:\s+([a-z0-9_-][a-z0-9_,\s-]{0,100}))?\s*\}", re.IGNORECASE)
SPAN = re.compile(
    r"<span(?=[^<>]*\bclass=[\"']?multilang\b)(?=[^<>]*\blang=[\"']?([a-z0-9_-]{1,20}))[^<>]*>"
    r"([^<]*(?:<(?!/?span\b)[^<]*)*)</span>",
    re.IGNORECASE,
)
BETWEEN_BLOCKS = re.compile(r"(\{mlang\})\s+(?=\{mlang )")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,8})?")

NOT_IN_CDATA = N_("HTML trong mục “text” phải đặt trong CDATA.")
TOO_LONG = N_("Văn bản dài quá %(most)d ký tự.")
MANY_TAGS = N_("Văn bản có hơn %(most)d thẻ HTML.")
MANY_LANGUAGES = N_("Câu hỏi có hơn %(most)d thứ tiếng.")
BAD_IMAGE = N_("Hình trong câu hỏi được ghi sai cú pháp.")


@dataclass(frozen=True, slots=True)
class Image:
    source: str
    alt: str


@dataclass(frozen=True, slots=True)
class Source:
    """A text as the file has it, its pictures taken out; `marked`: Markdown kept as it stood."""

    text: str = ""
    is_html: bool = False
    images: tuple[Image, ...] = ()
    is_marked: bool = False


NOTHING = Source()


def raw(element: Element | None) -> str:
    """Give what <text> holds, or the element itself when it has none; raises Invalid."""
    if element is None:
        return ""
    inner = element.find("text")
    holder = element if inner is None else inner
    if len(holder) and inner is not None:
        raise Invalid(NOT_IN_CDATA)
    return holder.text or ""


def source(element: Element | None, default: str = "html") -> Source:
    """Read a text in its format (`default` where it names none); raises Invalid."""
    if element is None:
        return NOTHING
    name = (element.get("format") or default).strip()
    text = raw(element).strip()
    is_marked = name == "markdown" and MARKDOWN.search(text) is not None
    is_html = name not in PLAIN_FORMATS
    images: tuple[Image, ...] = ()
    if is_html:
        text, images = _without_images(text)
        text = text.replace("\n", "<br>") if name == AUTO_FORMAT else text
    elif name == "markdown":
        images = tuple(Image(one[2], nfc(one[1])) for one in MARKDOWN_IMAGE.finditer(text))
        text = MARKDOWN_IMAGE.sub("", text)
    if text.count("<") > MOST_TAGS:
        raise Invalid(MANY_TAGS, most=MOST_TAGS)
    if len(text) > LONGEST_SOURCE:
        raise Invalid(TOO_LONG, most=LONGEST_SOURCE)
    return Source(text, is_html, images, is_marked)


def _without_images(text: str) -> tuple[str, tuple[Image, ...]]:
    if "<img" not in text.lower():
        return text, ()
    images = []
    for tag in IMAGE.findall(text):
        said = {one[1].lower(): one[2] or one[3] or one[4] or "" for one in ATTRIBUTE.finditer(tag)}
        alt = " ".join(nfc(html.unescape(said.get("alt", ""))).split())
        images.append(Image(html.unescape(said.get("src", "")).strip(), alt))
    bare = GONE.sub(" ", IMAGE.sub("\0", text))
    if "<img" in bare.lower():
        raise Invalid(BAD_IMAGE)
    return bare, tuple(images)


# Languages


def by_language(text: str) -> dict[str, str]:
    """Split marked text into {"": ours, "en": …}; text without marks is ours alone.

    Ours is Vietnamese; where there is none what is meant for everybody, else the first language.
    What stands outside the marks belongs to every language. Raises Invalid.
    """
    pieces = list(_pieces(_unspanned(text)))
    found = list(dict.fromkeys(name for names, _ in pieces for name in names))
    if not found:
        return {"": text}
    if len(found) > MOST_LANGUAGES:
        raise Invalid(MANY_LANGUAGES, most=MOST_LANGUAGES)
    main = next((one for one in (OURS, OTHER) if one in found), found[0])
    others = [name for name in found if name not in {main, OTHER}]
    return {"": _told(pieces, main)} | {name: _told(pieces, name) for name in others}


def _told(pieces: Iterable[tuple[tuple[str, ...], str]], language: str) -> str:
    return "".join(text for names, text in pieces if not names or language in names)


def _unspanned(text: str) -> str:
    if "multilang" not in text.lower():
        return text
    marked = SPAN.sub(lambda one: f"{{mlang {one[1]}}}{one[2]}{{mlang}}", text)
    return BETWEEN_BLOCKS.sub(r"\1", marked)


def _pieces(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give (languages, text) in turn, no language for what stands outside the marks."""
    opened: tuple[str, ...] = ()
    begun, at = 0, 0  # where the open block's mark and its text begin
    for mark in MLANG.finditer(text):
        if mark[1] and not opened:
            yield (), text[at : mark.start()]
            opened = tuple(
                one.strip().replace("_", "-") for one in mark[1].split(",") if one.strip()
            )
            begun, at = mark.start(), mark.end()
        elif not mark[1] and opened:
            yield opened, text[at : mark.start()]
            opened, at = (), mark.end()
    yield (), text[begun if opened else at :]


# The texts of one question


@dataclass(frozen=True, slots=True)
class Settled:
    """The texts of one question, in the order they were given: {"": ours, "en": …} each."""

    texts: tuple[dict[str, str], ...]
    is_html: bool
    languages: tuple[str, ...]
    lost: tuple[str, ...]  # languages whose names we have no place for


def settle(sources: Sequence[Source]) -> Settled:
    """Make all texts of a question plain, or all of them safe HTML when one needs its marks."""
    split = [by_language(one.text) if one.is_html else {"": one.text} for one in sources]
    is_html = any(
        "<" in PARAGRAPHS.sub("", text) and markup.says_something(text)
        for one, texts in zip(sources, split, strict=True)
        if one.is_html
        for text in texts.values()
    )
    names = tuple(dict.fromkeys(name for texts in split for name in texts if name))
    return Settled(
        tuple(
            {name: _settled(text, one.is_html, is_html) for name, text in texts.items()}
            for one, texts in zip(sources, split, strict=True)
        ),
        is_html,
        tuple(name for name in names if LANGUAGE.fullmatch(name)),
        tuple(name for name in names if not LANGUAGE.fullmatch(name)),
    )


def _settled(text: str, was_html: bool, is_html: bool) -> str:  # noqa: FBT001
    if not text:
        return ""
    if was_html:
        return markup.clean(text) if is_html else markup.plain(text)
    return markup.clean(markup.escape(nfc(text))) if is_html else nfc(text)
