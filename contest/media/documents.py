"""Documents sent as entries: told apart by their bytes, shown as text and as pictures of pages.

Nothing in them is run, opened or fetched: macros are refused, links stay unread, a PDF is drawn
in the cage.
"""

import posixpath
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from contest.core import archives, xml
from contest.core.archives import FileKind as Office
from contest.core.xml import Element
from contest.errors import N_, Invalid
from contest.media import cage
from contest.media.cage import Bounds
from contest.media.made import Made, Tell
from contest.rules import media as rules
from contest.rules.media import FileKind, Limits

TEXT = "text/plain; charset=utf-8"
MEDIA_TYPES = {
    Office.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Office.PDF: "application/pdf",
}
MOST_READ = 100 * 1024 * 1024  # bytes of a document, whatever the contest takes
MOST_UNPACKED = 32 * 1024 * 1024  # of the parts that hold text
MOST_PARTS = 10_000
MOST_CHARACTERS = 200_000  # of the preview; what is beyond stands in the file itself
LAST_BYTES = 2048  # of a PDF, where its end mark stands (ISO 32000-1, 7.5.5)
PAGER = Path(__file__).with_name("pager.py")
DRAWING = N_("Đang đọc tài liệu")
BOUNDS = Bounds(wall_seconds=180.0)
MAIN = "word/document.xml"
BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
LEFT_OUT = {"Fallback", "del", "moveFrom", "instrText", "delText"}


def make(source: Path, limits: Limits, *, tell: Tell) -> tuple[Made, ...]:
    """Check the document at `source` and write its text, and a PDF's pages, beside it.

    Raises Invalid with the reason when it is refused, CageFailed when the program died.
    """
    size = source.stat().st_size
    rules.ensure_bytes(size, limits)
    if size > MOST_READ:
        raise Invalid(rules.TOO_LARGE, found=rules.megabytes(size), most=rules.megabytes(MOST_READ))
    data = source.read_bytes()
    preview = source.with_name("preview.txt")
    kind = archives.kind_of(data)
    if kind is Office.PDF:
        if b"%%EOF" not in data[-LAST_BYTES:]:
            raise Invalid(rules.CUT_PDF)
        return _drawn(source, preview, tell)
    if kind is not Office.DOCX:
        wants = {Office.MACRO, Office.LOCKED, Office.DOC}
        raise Invalid(archives.INSTEAD[kind] if kind in wants else rules.NO_DOCUMENT)
    preview.write_text(text_of(data), encoding="utf-8")
    return (Made(FileKind.PREVIEW, preview, TEXT),)


def _drawn(source: Path, preview: Path, tell: Tell) -> tuple[Made, ...]:
    """Draw a PDF's pages; its text is there only where it holds any (a scan has none)."""
    paper = source.with_name("paper.pdf")
    facts = cage.ask(
        *(PAGER, source, paper, preview),
        folder=source.parent,
        bounds=BOUNDS,
        beat=lambda: tell(0, 0, DRAWING),
    )
    if "refused" in facts:
        is_locked = facts["refused"] == "locked"
        raise Invalid(archives.HAS_PASSWORD if is_locked else rules.BROKEN_PDF)
    made = Made(FileKind.PAPER, paper, MEDIA_TYPES[Office.PDF])
    return (made, Made(FileKind.PREVIEW, preview, TEXT)) if facts["characters"] else (made,)


def media_type(source: Path) -> str:
    """Return the type of a document by its bytes, for those who download it."""
    with source.open("rb") as file:
        is_pdf = file.read(1024).lstrip().startswith(b"%PDF-")
    return MEDIA_TYPES[Office.PDF if is_pdf else Office.DOCX]


def text_of(data: bytes) -> str:
    """Return the text of a Word file's body, a line a paragraph; raises Invalid."""
    parts = archives.names_and_data(
        data,
        most_bytes=MOST_UNPACKED,
        most_files=MOST_PARTS,
        wanted=lambda name: name == "_rels/.rels" or name.endswith("document.xml"),
    )
    main = _main_name(parts.get("_rels/.rels"))
    if main not in parts:
        raise Invalid(rules.NO_DOCUMENT)
    lines: list[str] = []
    left = MOST_CHARACTERS
    for paragraph in xml.parse(parts[main]).iter():
        if _local(paragraph) != "p" or left <= 0:
            continue
        line = "".join(_texts(paragraph))[:left]
        left -= len(line) + 1
        lines.append(line)
    return unicodedata.normalize("NFC", "\n".join(lines).strip())


def _main_name(relations: bytes | None) -> str:
    for one in xml.parse(relations) if relations else ():
        if one.get("Type", "").endswith("/officeDocument"):
            return posixpath.normpath(one.get("Target", "").lstrip("/"))
    return MAIN


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _texts(element: Element) -> Iterator[str]:
    """Give the texts of a paragraph; a paragraph inside it (a text box) has a line of its own."""
    for inner in element:
        name = _local(inner)
        if name == "t":
            yield inner.text or ""
        elif name in BREAKS:
            yield BREAKS[name]
        elif name not in LEFT_OUT and name != "p":
            yield from _texts(inner)
