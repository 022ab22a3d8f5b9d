"""A document as a Word file and as a PDF."""

import io
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import docx
from docx.document import Document as WordFile
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table as WordTable

from contest.config import ROOT
from contest.core import pdf
from contest.regulations.document import Block, Document, Heading, Items, Paragraph, Table

TEMPLATE = ROOT / "templates" / "regulations" / "document.typ"
FONT = "Times New Roman"
BLACK = RGBColor(0, 0, 0)
KINDS = {Heading: "heading", Paragraph: "paragraph", Items: "items", Table: "table"}


def as_pdf(document: Document) -> bytes:
    """Return the document as a PDF of A4 pages."""
    data = asdict(document)
    data["opening"] = [_told(block) for block in document.opening]
    data["sections"] = [
        {"title": section.title, "blocks": [_told(block) for block in section.blocks]}
        for section in document.sections
    ]
    return pdf.render(TEMPLATE, data)


def _told(block: Block) -> dict[str, Any]:
    told = {"kind": KINDS[type(block)], **asdict(block)}
    if isinstance(block, Table):
        columns = zip(block.head, *block.rows, strict=True)
        told["widest"] = [max(len(cell) for cell in column) for column in columns]
    return told


def as_word(document: Document) -> bytes:
    """Return the document as a .docx of A4 pages in the form of official papers."""
    file = docx.Document()
    _prepare(file, document)
    _centred(file, document.owner.upper(), "Normal")
    _centred(file, f"{document.kind.upper()}\n{document.title}", "Title")
    for block in document.opening:
        _DRAWN[type(block)](file, block)
    for section in document.sections:
        file.add_heading(section.title, 1)
        for block in section.blocks:
            _DRAWN[type(block)](file, block)
    written = io.BytesIO()
    file.save(written)
    return written.getvalue()


def _prepare(file: WordFile, document: Document) -> None:
    page = file.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin, page.right_margin = Cm(3), Cm(2)
    page.top_margin = page.bottom_margin = Cm(2)
    facts = file.core_properties
    facts.title, facts.author, facts.comments = document.title, document.owner, ""
    facts.language = document.language
    sizes = {"Normal": 13, "Title": 16, "Heading 1": 14, "Heading 2": 13}
    for name, size in sizes.items():
        style = file.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        style.font.color.rgb = BLACK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{script}"), FONT)


def _centred(file: WordFile, text: str, style: str) -> None:
    file.add_paragraph(text, style).alignment = WD_ALIGN_PARAGRAPH.CENTER


def _heading(file: WordFile, block: Heading) -> None:
    file.add_heading(block.text, 2)


def _paragraph(file: WordFile, block: Paragraph) -> None:
    file.add_paragraph(block.text)


def _items(file: WordFile, block: Items) -> None:
    """Numbers are written out: a numbered style of Word would count on from list to list."""
    for number, item in enumerate(block.items, start=1):
        if block.is_numbered:
            line = file.add_paragraph(f"{number}. {item}")
            line.paragraph_format.left_indent = Cm(0.6)
        else:
            file.add_paragraph(item, "List Bullet")


def _table(file: WordFile, block: Table) -> None:
    table = file.add_table(0, len(block.head), "Table Grid")
    _row(table, block.head, is_head=True)
    for row in block.rows:
        _row(table, row)
    file.add_paragraph()


def _row(table: WordTable, texts: Sequence[str], *, is_head: bool = False) -> None:
    row = table.add_row()  # type: ignore[no-untyped-call]
    for cell, text in zip(row.cells, texts, strict=True):
        run = cell.paragraphs[0].add_run(text)
        run.bold, run.font.size = is_head, Pt(12)
    if is_head:  # said again on each page the table goes on to
        properties = row._tr.get_or_add_trPr()  # noqa: SLF001 -- python-docx has no other way
        properties.append(OxmlElement("w:tblHeader"))


_DRAWN: dict[type, Callable[[WordFile, Any], None]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Items: _items,
    Table: _table,
}
