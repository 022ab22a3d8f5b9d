"""Text as other programs mark it up, made safe, and plain again where the marks say nothing."""

import html
import re
from collections.abc import Sequence

import nh3

from contest.rules.vietnamese import nfc

# What a question's text may hold: emphasis, lists, tables, sub- and superscripts, code.
TAGS = frozenset(
    {
        *("b", "blockquote", "br", "code", "del", "em", "i", "ins", "li", "ol", "p", "pre", "s"),
        *("small", "strong", "sub", "sup", "u", "ul"),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr"),
    }
)
ATTRIBUTES = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}}
# No mark may hold another "<", or a file of nothing but "<p" would take the square of its length.
ALONE = re.compile(r"</?(?:p|br|div|span)\b[^<>]*>", re.IGNORECASE)
TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
BREAK = re.compile(r"<br\b[^<>]*>|</p>|</div>|</li>|</tr>|</h[1-6]>", re.IGNORECASE)
IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
MARKS = re.compile("[<>&]")  # without one of them HTML is just its text
SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
LINES = re.compile(r" ?\n ?")
MANY_LINES = re.compile(r"\n{3,}")


def clean(source: str) -> str:
    """Give HTML that is safe to show: only `TAGS`, no attribute but a cell's, NFC."""
    if not MARKS.search(source):
        return nfc(source)
    return nfc(nh3.clean(source, tags=set(TAGS), attributes=ATTRIBUTES, link_rel=None)).strip()


def plain(source: str) -> str:
    """Give the text of HTML without any mark, a line for each paragraph and line break."""
    broken = BREAK.sub("\n", SPACES.sub(" ", source.replace("\n", " ")))
    bare = broken
    if MARKS.search(broken):
        bare = nh3.clean(broken, tags=set(), attributes={}, link_rel=None)
    text = SPACES.sub(" ", html.unescape(bare))
    return nfc(MANY_LINES.sub("\n\n", LINES.sub("\n", text)).strip())


def says_something(source: str) -> bool:
    """Tell whether safe HTML holds marks that plain text would lose (not mere paragraphs)."""
    return "<" in source and TAG.search(ALONE.sub("", clean(source))) is not None


def unify(sources: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Turn the HTML texts of one question into (texts, is_html): plain ones if none needs marks."""
    is_html = any(says_something(one) for one in sources)
    return tuple(map(clean if is_html else plain, sources)), is_html


def escape(text: str) -> str:
    """Write a plain text as HTML with its line breaks."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def images(source: str) -> list[str]:
    """Give the image tags of HTML as they stand; `clean` and `plain` drop them."""
    return IMAGE.findall(source)
