"""QTI elements under one set of names, and their content as HTML.

QTI 3.0 writes "qti-simple-choice" and "response-identifier" where 2.x writes "simpleChoice" and
"responseIdentifier" (3.0 "Migration from QTI 2.x"); here both have the 2.x name.
"""

import html
import re
from collections.abc import Iterator
from functools import lru_cache

from contest.core.xml import Element

HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
VOID = frozenset({"br", "hr", "img", "col"})
# QTI 2.1 has no element for these: they travel as a span of that class.
AS_SPANS = frozenset({"u", "s", "ins", "del"})
NOT_SHOWN = frozenset(
    {
        *("feedbackInline", "feedbackBlock", "rubricBlock", "prompt", "catalogInfo", "script"),
        *("style", "templateInline", "templateBlock", "stylesheet", "companionMaterialsInfo"),
    }
)
FORMULA = "http://www.w3.org/1998/Math/MathML"


@lru_cache(maxsize=2000)
def _name(tag: str) -> str:
    bare = tag.rpartition("}")[2]
    if not bare.startswith("qti-"):
        return bare
    first, *others = bare[4:].split("-")
    return first + "".join(part.capitalize() for part in others)


@lru_cache(maxsize=500)
def _kebab(name: str) -> str:
    return HUMP.sub(lambda hump: "-" + hump[1].lower(), name)


def name_of(element: Element) -> str:
    """Give the name of the element without its namespace, in the spelling of QTI 2.x."""
    return _name(element.tag)


def attribute(element: Element, name: str, default: str = "") -> str:
    """Give an attribute by its 2.x name, trimmed."""
    return (element.get(name) or element.get(_kebab(name)) or default).strip()


def children(element: Element, *names: str) -> list[Element]:
    return [one for one in element if name_of(one) in names]


def child(element: Element, name: str) -> Element | None:
    return next((one for one in element if name_of(one) == name), None)


def inside(element: Element, *names: str) -> Iterator[Element]:
    """Give every element of these names below, in the order of the document."""
    return (one for one in element.iter() if one is not element and name_of(one) in names)


def text_of(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def has_formula(element: Element) -> bool:
    return any(one.tag.startswith(f"{{{FORMULA}}}") for one in element.iter())


def html_of(element: Element, left_out: frozenset[str] = frozenset()) -> str:
    """Write what stands inside the element as HTML, without feedback and `left_out`.

    Pictures stay as <img src alt>; a field inside a sentence leaves "____".
    """
    parts: list[str] = []
    _write(element, parts, NOT_SHOWN | left_out)
    return "".join(parts).strip()


def _write(element: Element, parts: list[str], left_out: frozenset[str]) -> None:
    # The depth is bounded by the parser (xml.MOST_DEPTH).
    parts.append(html.escape(element.text or "", quote=False))
    for one in element:
        name = name_of(one)
        if name in {"textEntryInteraction", "inlineChoiceInteraction"} and _is_in_sentence(one):
            parts.append("____")
        if name in {"img", "object"}:
            parts.append(_picture(one, name))
        elif name not in left_out:
            _write_element(one, name, parts, left_out)
        parts.append(html.escape(one.tail or "", quote=False))


def _write_element(element: Element, name: str, parts: list[str], left_out: frozenset[str]) -> None:
    mark = attribute(element, "class") if name == "span" else ""
    name = mark if mark in AS_SPANS else name
    spans = "".join(
        f' {each}="{html.escape(element.get(each, ""))}"'
        for each in ("colspan", "rowspan", "scope")
        if name in {"td", "th"} and element.get(each)
    )
    parts.append(f"<{name}{spans}>")
    if name not in VOID:
        _write(element, parts, left_out)
        parts.append(f"</{name}>")


def _is_in_sentence(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and bool(text_of(parent))


def _picture(element: Element, name: str) -> str:
    source = attribute(element, "src" if name == "img" else "data")
    if name == "object" and attribute(element, "type", "image/").partition("/")[0] != "image":
        return '<img src="" alt="object">'
    alt = attribute(element, "alt") or text_of(element)
    return f'<img src="{html.escape(source)}" alt="{html.escape(alt)}">'
