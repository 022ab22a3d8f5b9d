"""What both writers of Word files need: a page of A4 in Times New Roman, runs, tables, pictures."""

import re
from collections.abc import Mapping
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.image.exceptions import (
    InvalidImageStreamError,
    UnexpectedEndOfFileError,
    UnrecognizedImageError,
)
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from PIL import Image, UnidentifiedImageError

from contest.errors import N_, Invalid
from question_bank.formats.docx.rich import Mark, Rich

FONT = "Times New Roman"
SIZE = 12.5  # points
WIDEST = Cm(12)
TALLEST = Cm(9)
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

BAD_SIGN = N_("Câu “%(text)s” có ký tự mà tệp Word không giữ được.")
BAD_PICTURE = N_("Hình “%(name)s” không đặt được vào tệp Word.")


def blank(*, top: float = 2, side: float = 2) -> Document:
    """Give an empty A4 document; margins in centimetres."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin = section.bottom_margin = Cm(top)
    section.left_margin = section.right_margin = Cm(side)
    usual = document.styles["Normal"]
    if isinstance(usual, ParagraphStyle):
        usual.font.name, usual.font.size = FONT, Pt(SIZE)
        usual.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
        usual.paragraph_format.space_after = Pt(3)
    return document


def add_style(document: Document, name: str, style_id: str) -> None:
    """Add a paragraph style; the paragraph typed after one of it is a usual one again."""
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.element.set(qn("w:styleId"), style_id)
    if isinstance(style, ParagraphStyle):
        style.base_style = document.styles["Normal"]
        style.next_paragraph_style = document.styles["Normal"]
        style.quick_style = True


def ensure_writable(text: str) -> None:
    """Raise Invalid when XML cannot hold a sign of the text."""
    if NOT_XML.search(text):
        raise Invalid(BAD_SIGN, text=NOT_XML.sub("?", text)[:60])


def add_text(paragraph: Paragraph, text: str, mark: Mark | None = None) -> None:
    """Add a run that looks as `mark` says."""
    run = paragraph.add_run(text)
    if mark is None:
        return
    run.bold, run.italic = mark.bold or None, mark.italic or None
    run.underline = mark.underline or None
    run.font.strike = mark.strike or None
    if mark.position:  # each of the two, set to nothing, clears the other
        run.font.superscript = mark.position == "sup"
        if mark.position == "sub":
            run.font.subscript = True


def add_rich(paragraph: Paragraph, text: Rich) -> None:
    for part, mark in text.spans():
        add_text(paragraph, part, mark)


def add_picture(paragraph: Paragraph, name: str, pictures: Mapping[str, bytes], alt: str) -> None:
    """Put a picture in the line, no larger than a third of the page; raises Invalid.

    Word knows no WebP: such a picture is put there as a PNG.
    """
    try:
        shape = paragraph.add_run().add_picture(BytesIO(_for_word(pictures[name])))
    except (
        InvalidImageStreamError,
        UnexpectedEndOfFileError,
        UnidentifiedImageError,
        UnrecognizedImageError,
        OSError,
        ValueError,
        ZeroDivisionError,
    ) as error:
        raise Invalid(BAD_PICTURE, name=name) from error
    shrink = max(shape.width / WIDEST, shape.height / TALLEST, 1)
    shape.width = Emu(int(shape.width / shrink))
    shape.height = Emu(int(shape.height / shrink))
    told = shape._inline.docPr  # noqa: SLF001 -- the library has no other door to the description
    told.set("descr", alt)


def _for_word(data: bytes) -> bytes:
    if not (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return data
    out = BytesIO()
    with Image.open(BytesIO(data), formats=["WEBP"]) as picture:
        picture.save(out, "PNG")
    return out.getvalue()


def packed(document: Document) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()
