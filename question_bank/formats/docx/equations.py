"""Word's own equations (OMML) as a line of text, when they are simple enough for one.

Fractions become (a)/(b), roots √(x), powers and indices super- and subscripts. Anything else
(matrices, sums with limits, …) is not guessed at. Source: ECMA-376 Part 1, 22.1.
"""

from collections.abc import Callable, Mapping

from contest.core.xml import Element

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SKIPPED = frozenset({"ctrlPr", "rPr", "fPr", "radPr", "sSupPr", "sSubPr", "dPr", "funcPr"})
SKIPPED |= {"sSubSupPr", "oMathParaPr", "sPrePr", "argPr", "boxPr"}
THROUGH = frozenset({"oMath", "oMathPara", "e", "num", "den", "sup", "sub", "deg", "fName", "box"})

Pieces = list[tuple[str, str]]  # (text, "" or "sub" or "sup")


class TooHardError(Exception):
    """The equation has a part that a line of text cannot show."""


def linear(element: Element) -> Pieces:
    """Give the pieces of an equation; raises TooHardError."""
    pieces: Pieces = []
    for child in element:
        pieces += _part(child)
    return pieces


def _part(element: Element) -> Pieces:
    namespace, _, name = element.tag.rpartition("}")
    if namespace + "}" == WORD:
        return []  # the run properties and marks of the text around
    if name in SKIPPED:
        return []
    if name == "r":
        return [(element.findtext(f"{MATH}t") or "", "")]
    if name in THROUGH:
        return linear(element)
    if name in SHAPES:
        return SHAPES[name](element)
    raise TooHardError(name)


def _arm(element: Element, name: str) -> Pieces:
    arm = element.find(MATH + name)
    return [] if arm is None else linear(arm)


def _value(element: Element, path: str, default: str) -> str:
    found = element.find("/".join(MATH + name for name in path.split("/")))
    return default if found is None else found.get(f"{MATH}val", default)


def _grouped(pieces: Pieces) -> Pieces:
    text = "".join(piece for piece, _ in pieces)
    is_one = text.isalnum() and (len(text) == 1 or text.isdigit())
    return pieces if is_one and len(pieces) == 1 else [("(", ""), *pieces, (")", "")]


def _fraction(element: Element) -> Pieces:
    if _value(element, "fPr/type", "bar") == "noBar":
        raise TooHardError("noBar")
    return [*_grouped(_arm(element, "num")), ("/", ""), *_grouped(_arm(element, "den"))]


def _root(element: Element) -> Pieces:
    degree = "".join(text for text, _ in _arm(element, "deg"))
    index: Pieces = [(degree, "sup")] if degree else []
    return [*index, ("√", ""), *_grouped(_arm(element, "e"))]


def _raised(arm: str) -> Callable[[Element], Pieces]:
    def shape(element: Element) -> Pieces:
        base = _arm(element, "e")
        if any(position for _, position in _arm(element, arm)):
            raise TooHardError("nested")
        text = "".join(piece for piece, _ in base)
        lead = base if len(text) <= 1 or text.isalnum() else _grouped(base)
        return [*lead, ("".join(piece for piece, _ in _arm(element, arm)), arm)]

    return shape


def _both(element: Element) -> Pieces:
    return [*_raised("sub")(element), *_raised("sup")(element)[-1:]]


def _delimited(element: Element) -> Pieces:
    begin, end = _value(element, "dPr/begChr", "("), _value(element, "dPr/endChr", ")")
    between = _value(element, "dPr/sepChr", "|")
    pieces: Pieces = [(begin, "")]
    for at, arm in enumerate(element.findall(f"{MATH}e")):
        pieces += [(between, "")] if at else []
        pieces += linear(arm)
    return [*pieces, (end, "")]


def _function(element: Element) -> Pieces:
    return [*_arm(element, "fName"), (" ", ""), *_arm(element, "e")]


SHAPES: Mapping[str, Callable[[Element], Pieces]] = {
    "f": _fraction,
    "rad": _root,
    "sSup": _raised("sup"),
    "sSub": _raised("sub"),
    "sSubSup": _both,
    "d": _delimited,
    "func": _function,
}
