"""Word files as teachers make them, built by python-docx for the tests of reading them."""

from io import BytesIO

import docx
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import RGBColor
from PIL import Image


def word(*paragraphs):
    """Make a .docx of paragraphs.

    A text, a list of runs (a text, or (text, "b u i sup sub red yellow font:.VnTime")), a table
    as {"table": rows of texts}, a heading as ("# ", text), or a function given the document.
    """
    document = docx.Document()
    for one in paragraphs:
        if callable(one):
            one(document)
        elif isinstance(one, dict):
            add_table(document, one["table"])
        elif isinstance(one, tuple):
            document.add_heading(one[1], level=len(one[0].strip()))
        else:
            add_runs(document.add_paragraph(), one)
    return saved(document)


def add_table(document, rows):
    table = document.add_table(len(rows), len(rows[0]))
    for at, row in enumerate(rows):
        for place, text in enumerate(row):
            add_runs(table.cell(at, place).paragraphs[0], text)


def add_runs(paragraph, runs):
    for one in [runs] if isinstance(runs, str) else runs:
        text, look = (one, "") if isinstance(one, str) else one
        run = paragraph.add_run(text)
        for word_of_look in look.split():
            shape(run, word_of_look)


def shape(run, look):
    if look == "b":
        run.bold = True
    elif look == "u":
        run.underline = True
    elif look == "i":
        run.italic = True
    elif look == "sup":
        run.font.superscript = True
    elif look == "sub":
        run.font.subscript = True
    elif look == "red":
        run.font.color.rgb = RGBColor(0xFF, 0, 0)
    elif look == "blue":
        run.font.color.rgb = RGBColor(0, 0, 0xFF)
    elif look == "yellow":
        element = OxmlElement("w:highlight")
        element.set(qn("w:val"), "yellow")
        run._r.get_or_add_rPr().append(element)
    else:
        run.font.name = look.removeprefix("font:")


def numbered(*levels):
    """Give a function that adds paragraphs numbered by Word itself: (level, text)."""

    def add(document):
        numbering = document.part.numbering_part.element
        kinds = [("decimal", "Câu %1."), ("upperLetter", "%2.")]
        shapes = "".join(
            f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
            f'<w:lvlText w:val="{text}"/></w:lvl>'
            for at, (kind, text) in enumerate(kinds)
        )
        abstract = f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{shapes}</w:abstractNum>'
        numbering.insert(0, parse_xml(abstract))
        numbering.append(
            parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>')
        )
        for level, runs in levels:
            paragraph = document.add_paragraph()
            add_runs(paragraph, runs)
            props = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            props.get_or_add_ilvl().val = level
            props.get_or_add_numId().val = 90

    return add


def xml(source):
    """Give a function that adds a paragraph written in WordprocessingML: what is inside w:p."""

    def add(document):
        names = nsdecls("w", "m", "r") + ' xmlns:o="urn:schemas-microsoft-com:office:office"'
        document.element.body.insert(
            len(document.element.body) - 1, parse_xml(f"<w:p {names}>{source}</w:p>")
        )

    return add


def picture(color="red", kind="PNG"):
    out = BytesIO()
    Image.new("RGB", (40, 30), color).save(out, kind)
    return out.getvalue()


def with_picture(text, data, *, alt=""):
    """Give a function that adds a paragraph with a picture in its line."""

    def add(document):
        run = document.add_paragraph(text).add_run()
        run.add_picture(BytesIO(data))._inline.docPr.set("descr", alt)

    return add


def saved(document):
    out = BytesIO()
    document.save(out)
    return out.getvalue()
