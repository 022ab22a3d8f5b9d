"""How runs look and how paragraphs are numbered: styles.xml and numbering.xml, worked out.

Source: ECMA-376 Part 1, 17.7 (styles), 17.9 (numbering).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from contest.core.xml import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VAL = f"{W}val"
OFF = frozenset({"0", "false", "off", "none"})
MOST_LEVELS = 9
MOST_STYLES_DEEP = 20
DARK = 0x50  # a grey below this is black to the eye
HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
PLACE = re.compile(r"%([1-9])")
TOGGLES = {"b": "bold", "i": "italic", "strike": "strike", "dstrike": "strike", "vanish": "hidden"}

Props = dict[str, object]  # of a run: bold, italic, underline, strike, color, highlight, …


def run_props(element: Element | None) -> Props:
    """Give what the run properties say; what they do not mention is missing."""
    props: Props = {}
    for one in element if element is not None else ():
        name, value = one.tag.removeprefix(W), one.get(VAL, "")
        if name in TOGGLES:
            props[TOGGLES[name]] = value not in OFF
        elif name == "u":
            props["underline"] = value not in OFF
        elif name == "color":
            props["color"] = _color(value)
        elif name == "highlight":
            props["highlight"] = "" if value == "none" else value
        elif name == "shd":
            fill = one.get(f"{W}fill", "").upper()
            props["highlight"] = "" if fill in {"", "AUTO", "FFFFFF"} else fill
        elif name == "vertAlign":
            props["position"] = {"superscript": "sup", "subscript": "sub"}.get(value, "")
        elif name == "rFonts":
            font = one.get(f"{W}ascii", "") or one.get(f"{W}hAnsi", "")
            props |= {"font": font} if font else {}
        elif name == "rStyle":
            props["style"] = value
    return props


def _color(value: str) -> str:
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", value):
        return ""
    parts = [int(value[at : at + 2], 16) for at in (0, 2, 4)]
    return "" if max(parts) < DARK and max(parts) - min(parts) < DARK // 2 else value.upper()


@dataclass(frozen=True, slots=True)
class Style:
    props: Props
    name: str = ""
    heading: int = 0
    numbering: tuple[str, int] = ("", 0)  # numId, level


@dataclass(slots=True)
class Styles:
    """Every style with what it inherits."""

    elements: Mapping[str, Element] = field(default_factory=dict)
    defaults: Props = field(default_factory=dict)
    usual: str = ""  # the paragraph style of what names none
    found: dict[str, Style] = field(default_factory=dict)

    def style(self, name: str, depth: int = 0) -> Style:
        if name in self.found:
            return self.found[name]
        element = self.elements.get(name)
        if element is None or depth > MOST_STYLES_DEEP:
            return Style({})
        based = element.find(f"{W}basedOn")
        parent = Style({}) if based is None else self.style(based.get(VAL, ""), depth + 1)
        named = element.find(f"{W}name")
        title = "" if named is None else named.get(VAL, "")
        heading = HEADING.fullmatch(title)
        self.found[name] = Style(
            parent.props | run_props(element.find(f"{W}rPr")),
            title,
            int(heading[1]) if heading else parent.heading,
            _numbering_of(element.find(f"{W}pPr"), parent.numbering),
        )
        return self.found[name]

    def paragraph(self, name: str) -> Style:
        return self.style(name or self.usual)


def read_styles(root: Element | None) -> Styles:
    styles: dict[str, Element] = {}
    usual = ""
    for one in root.findall(f"{W}style") if root is not None else ():
        name = one.get(f"{W}styleId", "")
        styles[name] = one
        if one.get(f"{W}type", "") == "paragraph" and one.get(f"{W}default", "") in {
            "1",
            "true",
            "on",
        }:
            usual = name
    default = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr") if root is not None else None
    return Styles(styles, run_props(default), usual)


def _numbering_of(props: Element | None, before: tuple[str, int]) -> tuple[str, int]:
    numbered = props.find(f"{W}numPr") if props is not None else None
    if numbered is None:
        return before
    number, level = numbered.find(f"{W}numId"), numbered.find(f"{W}ilvl")
    return (
        before[0] if number is None else number.get(VAL, ""),
        before[1] if level is None else _whole(level.get(VAL, ""), 0),
    )


def _whole(value: str, default: int) -> int:
    return int(value) if re.fullmatch(r"[0-9]{1,6}", value) else default


@dataclass(frozen=True, slots=True)
class Level:
    kind: str = "decimal"
    text: str = ""
    start: int = 1


@dataclass(slots=True)
class Numbering:
    """The lists of a document and where each has come to."""

    lists: Mapping[str, str]  # numId → abstract list
    levels: Mapping[str, Mapping[int, Level]]  # of each abstract list
    starts: Mapping[tuple[str, int], int]  # (numId, level) → where it starts anew
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)

    def label(self, number: str, level: int) -> str:
        """Count one paragraph and give its label, "" when it has none, "•" for a bullet."""
        abstract = self.lists.get(number, "")
        levels = self.levels.get(abstract, {})
        if level not in levels:
            return ""
        counts = self.counts.setdefault(abstract, {})
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        anew = self.starts.get((number, level))
        if anew is not None and (number, level) not in self.begun:
            counts[level] = anew
        else:
            counts[level] = counts.get(level, levels[level].start - 1) + 1
        self.begun.add((number, level))
        shape = levels[level]
        if shape.kind in {"bullet", "none"}:
            return "•" if shape.kind == "bullet" else ""

        def shown(place: re.Match[str]) -> str:
            other = int(place[1]) - 1
            kind = levels.get(other, Level())
            return _numeral(kind.kind, counts.get(other, kind.start))

        return PLACE.sub(shown, shape.text)


def read_numbering(root: Element | None) -> Numbering:
    lists: dict[str, str] = {}
    levels: dict[str, dict[int, Level]] = {}
    starts: dict[tuple[str, int], int] = {}
    links: dict[str, str] = {}  # the style of a list → the abstract list that has its levels
    for one in root.findall(f"{W}abstractNum") if root is not None else ():
        name = one.get(f"{W}abstractNumId", "")
        levels[name] = {
            _whole(level.get(f"{W}ilvl", ""), 0): _level(level) for level in one.findall(f"{W}lvl")
        }
        style = one.find(f"{W}styleLink")
        if style is not None:
            links[style.get(VAL, "")] = name
    for one in root.findall(f"{W}abstractNum") if root is not None else ():
        style = one.find(f"{W}numStyleLink")
        if style is not None:
            levels[one.get(f"{W}abstractNumId", "")] = levels.get(
                links.get(style.get(VAL, ""), ""), {}
            )
    for one in root.findall(f"{W}num") if root is not None else ():
        number, abstract = one.get(f"{W}numId", ""), one.find(f"{W}abstractNumId")
        lists[number] = "" if abstract is None else abstract.get(VAL, "")
        for override in one.findall(f"{W}lvlOverride"):
            anew = override.find(f"{W}startOverride")
            if anew is not None:
                at = _whole(override.get(f"{W}ilvl", ""), 0)
                starts[number, at] = _whole(anew.get(VAL, ""), 1)
    return Numbering(lists, levels, starts)


def _level(element: Element) -> Level:
    values = {
        name: "" if found is None else found.get(VAL, "")
        for name in ("numFmt", "lvlText", "start")
        for found in [element.find(W + name)]
    }
    return Level(values["numFmt"] or "decimal", values["lvlText"], _whole(values["start"], 1))


def _numeral(kind: str, number: int) -> str:
    if kind in {"upperLetter", "lowerLetter"}:
        letter = chr(ord("A") + (number - 1) % 26) * min((number - 1) // 26 + 1, 5)
        return letter if kind == "upperLetter" else letter.lower()
    if kind in {"upperRoman", "lowerRoman"}:
        roman = _roman(number)
        return roman if kind == "upperRoman" else roman.lower()
    return f"{number:02}" if kind == "decimalZero" else str(number)


def _roman(number: int) -> str:
    signs = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC")]
    signs += [(50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]
    left, text = min(number, 3999), ""
    for value, sign in signs:
        text += sign * (left // value)
        left %= value
    return text
