"""The `material` of QTI 1.2 as HTML.

Source: IMS QTI ASI 1.2.1 Information Model, 3.6; `mat_formattedtext` is Blackboard's.
"""

import html
import re
from collections.abc import Iterator

from contest.core.xml import Element
from contest.errors import Invalid
from question_bank.formats import markup
from question_bank.formats.qti.drafting import join
from question_bank.formats.qti.tree import attribute, html_of, inside, name_of
from question_bank.formats.qti.v2 import CANNOT_HOLD

MARKED = re.compile(
    r"<(?:p|br|div|span|b|i|em|strong|img|ul|ol|sub|sup|table)\b|&nbsp;", re.IGNORECASE
)
TEXTS = ("mattext", "matemtext", "mat_formattedtext")
MEDIA = frozenset({"mataudio", "matvideo", "matapplet", "matapplication"})


def materials(element: Element, *, skipped: frozenset[str] = frozenset()) -> list[str]:
    """Give each material inside, one HTML a piece, except below elements named in `skipped`."""
    if name_of(element) == "material":
        return [_material(element)]
    return [
        piece
        for one in element
        if name_of(one) not in skipped
        for piece in materials(one, skipped=skipped)
    ]


def said(element: Element | None) -> str:
    """Give all materials inside as one HTML."""
    return "" if element is None else join(materials(element))


def blocks(element: Element, kind: str) -> Iterator[Element]:
    """Give the flows of a Blackboard class, as "RIGHT_MATCH_BLOCK"."""
    return (one for one in inside(element, "flow") if attribute(one, "class") == kind)


def _material(element: Element) -> str:
    parts = []
    for one in inside(
        element, "mattext", "matemtext", "mat_formattedtext", "matimage", "matbreak", *MEDIA
    ):
        name = name_of(one)
        if name in MEDIA:
            raise Invalid(CANNOT_HOLD, kind=name)
        if name == "matbreak":
            parts.append("<br>")
        elif name == "matimage":
            parts.append(_image(one))
        else:
            parts.append(_text(one))
    return " ".join(part for part in parts if part)


def _image(element: Element) -> str:
    source = attribute(element, "uri")
    if attribute(element, "embedded") == "base64" and element.text:
        kind = attribute(element, "imagtype", "image/png").casefold().replace("jpg", "jpeg")
        source = f"data:{kind};base64,{''.join(element.text.split())}"
    alt = attribute(element, "label")
    return f'<img src="{html.escape(source)}" alt="{html.escape(alt)}">'


def _text(element: Element) -> str:
    kind = (attribute(element, "texttype") or attribute(element, "type")).casefold()
    if len(element):  # XHTML standing in it as elements
        return html_of(element)
    text = (element.text or "").strip()
    if "html" in kind or kind == "smart_text" or (not kind and MARKED.search(text)):
        return text
    return markup.escape(text)
