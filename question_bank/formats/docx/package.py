"""The parts of a .docx file, unpacked without trust: only what is read is taken out of it."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from contest.core import archives, xml
from contest.core.xml import Element
from contest.errors import N_, Invalid
from question_bank.formats import reading

MOST_PARTS = 10_000
DOCUMENT = "word/document.xml"
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
# Files saved as "Strict Open XML" differ in these names only.
STRICT = {
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    ),
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": (
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    ),
    b"http://purl.oclc.org/ooxml/officeDocument/math": (
        b"http://schemas.openxmlformats.org/officeDocument/2006/math"
    ),
    b"http://purl.oclc.org/ooxml/drawingml/": b"http://schemas.openxmlformats.org/drawingml/2006/",
}

TOO_LARGE = N_("Tệp lớn hơn %(most)d MB. Hãy chia thành nhiều tệp nhỏ hơn.")
NO_DOCUMENT = N_("Tệp Word bị hỏng: không có phần nội dung. Hãy mở bằng Word và lưu lại.")


@dataclass(frozen=True, slots=True)
class Relation:
    """What an id in the document leads to: a part of the package, or an address outside."""

    target: str
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class Package:
    document: Element
    styles: Element | None
    numbering: Element | None
    around: tuple[Element, ...] = ()  # headers and footers of the pages
    relations: Mapping[str, Relation] = field(default_factory=dict)
    media: Mapping[str, bytes] = field(default_factory=dict)


def open_package(data: bytes) -> Package:
    """Unpack and parse; raises Invalid with a sentence that says what the file is instead."""
    if len(data) > reading.MOST_BYTES:
        raise Invalid(TOO_LARGE, most=reading.MOST_BYTES // 1024**2)
    archives.ensure_office(data, "docx")
    parts = archives.names_and_data(
        data, most_bytes=reading.MOST_UNPACKED, most_files=MOST_PARTS, wanted=_is_wanted
    )
    main = _main_name(parts)
    if main not in parts:
        raise Invalid(NO_DOCUMENT)
    folder, name = posixpath.split(main)
    relations = _relations(parts.get(f"{folder}/_rels/{name}.rels"), folder)
    return Package(
        document=_parsed(parts[main]),
        styles=_maybe(parts, f"{folder}/styles.xml"),
        numbering=_maybe(parts, f"{folder}/numbering.xml"),
        around=tuple(_parsed(parts[one]) for one in parts if _is_around(one)),
        relations=relations,
        media=parts,
    )


def _is_wanted(name: str) -> bool:
    return name.endswith((".xml", ".rels")) or "/media/" in name


def _is_around(name: str) -> bool:
    bare = posixpath.basename(name)
    return bare.startswith(("header", "footer")) and bare.endswith(".xml")


def _main_name(parts: Mapping[str, bytes]) -> str:
    if "_rels/.rels" not in parts:
        return DOCUMENT
    for one in _parsed(parts["_rels/.rels"]).iter(RELATIONS):
        if one.get("Type", "").endswith("/officeDocument"):
            return posixpath.normpath(one.get("Target", "").lstrip("/"))
    return DOCUMENT


def _relations(data: bytes | None, folder: str) -> dict[str, Relation]:
    found: dict[str, Relation] = {}
    for one in _parsed(data).iter(RELATIONS) if data else ():
        target = one.get("Target", "")
        if one.get("TargetMode", "") == "External":
            found[one.get("Id", "")] = Relation(target, is_outside=True)
        else:
            at = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
            found[one.get("Id", "")] = Relation(posixpath.normpath(at))
    return found


def _maybe(parts: Mapping[str, bytes], name: str) -> Element | None:
    return _parsed(parts[name]) if name in parts else None


def _parsed(data: bytes) -> Element:
    if b"purl.oclc.org" in data:
        for strict, usual in STRICT.items():
            data = data.replace(strict, usual)
    return xml.parse(data)
