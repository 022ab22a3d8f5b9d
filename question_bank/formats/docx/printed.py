"""An exam on paper: shuffled codes on pages of their own, answer sheets, the answer table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Cm, Pt
from docx.table import Table
from docx.text.paragraph import Paragraph

from contest.errors import N_, Invalid
from question_bank.formats.docx import sheet
from question_bank.formats.docx.labels import LETTERS
from question_bank.formats.docx.rich import Cells, Mark, Rich, from_html, rich
from question_bank.formats.docx.shuffling import Printed, papers
from question_bank.formats.reading import DraftQuestion
from question_bank.rules.given import QuestionType

BOLD, ITALIC = Mark(bold=True), Mark(italic=True)
TEXT_WIDTH = 17.0  # centimetres between the margins
IN_A_QUARTER, IN_A_HALF = 16, 38  # characters of an option that fit
MOST_CODES = 50
MOST_PRINTED = 500  # questions of one paper
ROWS_OF_SHEET = 25
CODES_IN_A_ROW = 8

NO_CODES = N_("Hãy cho ít nhất một mã đề; các mã đề phải khác nhau và không để trống.")
MANY_CODES = N_("In được nhiều nhất %(most)d mã đề một lần.")
MANY_QUESTIONS = N_("Đề in ra giấy có nhiều nhất %(most)d câu.")
NO_QUESTIONS = N_("Chưa có câu hỏi nào để in.")


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands at the top of a paper; empty lines are left out."""

    title: str
    organizer: str = ""
    unit: str = ""
    minutes: int | None = None


def paper(
    questions: Sequence[DraftQuestion],
    *,
    title: str,
    codes: Sequence[str],
    seed: str,
    pictures: Mapping[str, bytes] = {},
    organizer: str = "",
    unit: str = "",
    minutes: int | None = None,
    has_sheet: bool = True,
    has_key: bool = False,
) -> bytes:
    """Print one exam as a .docx: a shuffled paper and an answer sheet for each code.

    `seed`: any text; the same seed gives the same papers. `has_key` adds the answer table of all
    codes at the end; `key` gives it as a document of its own. Raises Invalid.
    """
    _ensure_printable(questions, codes)
    document = sheet.blank(top=1.8)
    heading = Heading(title, organizer, unit, minutes)
    for text in (title, organizer, unit, *codes):
        sheet.ensure_writable(text)
    printed = papers(questions, codes, seed)
    for at, (code, lines) in enumerate(printed.items()):
        _begin_section(document, f"{title} – Mã đề {code}", is_first=at == 0)
        _head(document, heading, code, len(lines))
        for number, one in enumerate(lines, 1):
            _question(document, number, one, pictures)
        _line(document, "--- HẾT ---", BOLD, is_centred=True)
        if has_sheet:
            _answer_sheet(document, heading, code, lines)
    if has_key:
        _begin_section(document, f"{title} – Đáp án", is_first=False)
        _key_tables(document, title, printed)
    return sheet.packed(document)


def key(
    questions: Sequence[DraftQuestion], *, title: str, codes: Sequence[str], seed: str
) -> bytes:
    """Give the answer table of all codes of the same exam as a .docx; raises Invalid."""
    _ensure_printable(questions, codes)
    sheet.ensure_writable(title + "".join(codes))
    document = sheet.blank(top=1.8)
    _begin_section(document, f"{title} – Đáp án", is_first=True)
    _key_tables(document, title, papers(questions, codes, seed))
    return sheet.packed(document)


def _ensure_printable(questions: Sequence[DraftQuestion], codes: Sequence[str]) -> None:
    if not codes or len(set(codes)) < len(codes) or not all(one.strip() for one in codes):
        raise Invalid(NO_CODES)
    if len(codes) > MOST_CODES:
        raise Invalid(MANY_CODES, most=MOST_CODES)
    if not questions:
        raise Invalid(NO_QUESTIONS)
    if len(questions) > MOST_PRINTED:
        raise Invalid(MANY_QUESTIONS, most=MOST_PRINTED)


# The page around


def _begin_section(document: Document, foot: str, *, is_first: bool) -> None:
    """Begin on a new page whose numbers start at 1 again."""
    section = document.sections[0] if is_first else document.add_section(WD_SECTION.NEW_PAGE)
    numbers = OxmlElement("w:pgNumType")
    numbers.set(qn("w:start"), "1")
    for old in section._sectPr.findall(qn("w:pgNumType")):  # noqa: SLF001 -- no other door
        section._sectPr.remove(old)  # noqa: SLF001
    section._sectPr.append(numbers)  # noqa: SLF001
    _foot(section, foot)


def _foot(section: Section, text: str) -> None:
    section.footer.is_linked_to_previous = False
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run(f"{text} – Trang ")
    _field(paragraph, "PAGE")
    paragraph.add_run("/")
    _field(paragraph, "SECTIONPAGES")


def _field(paragraph: Paragraph, name: str) -> None:
    element = OxmlElement("w:fldSimple")
    element.set(qn("w:instr"), name)
    paragraph._p.append(element)  # noqa: SLF001 -- the library writes no fields


def _line(
    document: Document, text: str, mark: Mark | None = None, *, is_centred: bool = False
) -> Paragraph:
    paragraph = document.add_paragraph()
    sheet.add_text(paragraph, text, mark)
    if is_centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


def _head(document: Document, heading: Heading, code: str, count: int) -> None:
    table = document.add_table(1, 2)
    left, right = table.rows[0].cells
    for cell, texts in (
        (left, [heading.organizer.upper(), heading.unit]),
        (right, [heading.title.upper(), _time(heading.minutes)]),
    ):
        paragraph = cell.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        shown = [text for text in texts if text]
        for at, text in enumerate(shown):
            sheet.add_text(paragraph, ("\n" if at else "") + text, None if at else BOLD)
    _line(document, f"Mã đề: {code}", BOLD, is_centred=True)
    _dotted(document, "Họ và tên: ", "Số báo danh: ")
    _dotted(document, "Lớp/Đơn vị: ", "Ngày thi: ")
    _line(document, f"Đề gồm {count} câu.", ITALIC)


def _time(minutes: int | None) -> str:
    return f"Thời gian làm bài: {minutes} phút" if minutes else ""


def _dotted(document: Document, first: str, second: str) -> None:
    paragraph = document.add_paragraph(first + "." * 62 + "  " + second + "." * 28)
    paragraph.paragraph_format.space_after = Pt(2)


# A question


def _question(
    document: Document, number: int, printed: Printed, pictures: Mapping[str, bytes]
) -> None:
    question = printed.question
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(5)
    sheet.add_text(paragraph, f"Câu {number}. ", BOLD)
    _blocks(document, paragraph, _shown(question, question.text))
    if question.picture is not None and question.picture in pictures:
        holder = document.add_paragraph()
        holder.alignment = WD_ALIGN_PARAGRAPH.CENTER
        sheet.add_picture(holder, question.picture, pictures, question.picture_alt)
        _keep(holder)
    hint = HINTS.get(question.type)
    if hint:
        _keep(_line(document, hint, ITALIC))
    if question.type is QuestionType.MATCHING:
        _columns(document, printed)
    elif question.type is QuestionType.TRUE_FALSE:
        _choices(document, [_plain("Đúng"), _plain("Sai")])
    elif question.options:
        _choices(document, [_shown(question, question.options[at]) for at in printed.options])
    else:
        unit = f" ({question.number_unit})" if question.number_unit else ""
        _line(document, f"Trả lời{unit}: " + "." * 40)


HINTS: Mapping[QuestionType, str] = {
    QuestionType.SEVERAL: "(Chọn tất cả các phương án đúng.)",
    QuestionType.ORDERING: "(Sắp xếp các mục theo thứ tự đúng; ghi các chữ cái vào phiếu.)",
    QuestionType.MATCHING: "(Ghép mỗi mục ở cột A với một mục ở cột B.)",
}

Blocks = list[Rich | Cells]


def _shown(question: DraftQuestion, text: str) -> Blocks:
    sheet.ensure_writable(text)
    return from_html(text) if question.is_html else _plain(text)


def _plain(text: str) -> Blocks:
    return [rich([(line, Mark())]) for line in text.split("\n")]


def _blocks(document: Document, paragraph: Paragraph, blocks: Blocks) -> None:
    """Put lines and tables down, the first line in the paragraph that has the label."""
    for at, block in enumerate(blocks):
        if isinstance(block, Cells):
            _table(document, block)
        else:
            here = paragraph if at == 0 else document.add_paragraph()
            sheet.add_rich(here, block)
            _keep(here)
    _keep(paragraph)


def _keep(paragraph: Paragraph) -> None:
    """Keep the paragraph whole and on the page of the next one."""
    paragraph.paragraph_format.keep_together = True
    paragraph.paragraph_format.keep_with_next = True


def _table(document: Document, cells: Cells) -> None:
    width = max(len(row) for row in cells.rows)
    table = document.add_table(len(cells.rows), width, style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    held = table._cells  # noqa: SLF001 -- asked for once: each asking counts them anew
    for at, row in enumerate(cells.rows):
        for place, text in enumerate(row):
            paragraph = held[at * width + place].paragraphs[0]
            sheet.add_rich(paragraph, text)
            _keep(paragraph)


def _choices(document: Document, options: Sequence[Blocks]) -> None:
    """Print options four, two or one a line, as their lengths allow."""
    columns = _columns_for(options)
    for begin in range(0, len(options), columns):
        paragraph = document.add_paragraph()
        form = paragraph.paragraph_format
        form.left_indent = Cm(0.6)
        form.space_after = Pt(1)
        for column in range(1, columns):
            stop = Cm(0.6 + (TEXT_WIDTH - 0.6) / columns * column)
            form.tab_stops.add_tab_stop(stop, WD_TAB_ALIGNMENT.LEFT)
        for at, blocks in enumerate(options[begin : begin + columns], begin):
            sheet.add_text(paragraph, ("\t" if at > begin else "") + f"{LETTERS[at]}. ", BOLD)
            for line, block in enumerate(blocks):
                sheet.add_text(paragraph, "\n" if line else "")
                sheet.add_rich(paragraph, _one_line(block))
        form.keep_together = True
        form.keep_with_next = begin + columns < len(options)


def _one_line(block: Rich | Cells) -> Rich:
    """A table inside an option is printed as its cells, one after the other."""
    if isinstance(block, Rich):
        return block
    texts = [" | ".join(cell.text for cell in row) for row in block.rows]
    return rich([("\n".join(texts), Mark())])


def _columns_for(options: Sequence[Blocks]) -> int:
    if any(len(blocks) > 1 or isinstance(block, Cells) for blocks in options for block in blocks):
        return 1
    longest = max((len(_one_line(block).text) for one in options for block in one), default=0)
    if longest <= IN_A_QUARTER:
        return 4
    return 2 if longest <= IN_A_HALF else 1


def _columns(document: Document, printed: Printed) -> None:
    question = printed.question
    rows = max(len(printed.options), len(printed.rights))
    table = document.add_table(rows + 1, 2, style="Table Grid")
    held = table._cells  # noqa: SLF001 -- asked for once
    sheet.add_text(held[0].paragraphs[0], "Cột A", BOLD)
    sheet.add_text(held[1].paragraphs[0], "Cột B", BOLD)
    lefts = [(f"{at + 1}. ", question.options[one]) for at, one in enumerate(printed.options)]
    rights = [
        (f"{LETTERS[at].lower()}. ", question.rights[one]) for at, one in enumerate(printed.rights)
    ]
    for side, texts in enumerate((lefts, rights)):
        for at, (label, text) in enumerate(texts):
            paragraph = held[2 * at + 2 + side].paragraphs[0]
            sheet.add_text(paragraph, label, BOLD)
            for line, block in enumerate(_shown(question, text)):
                sheet.add_text(paragraph, "\n" if line else "")
                sheet.add_rich(paragraph, _one_line(block))
    for cell in held[:-2]:
        _keep(cell.paragraphs[0])


# The answer sheet and the answer table


def _answer_sheet(
    document: Document, heading: Heading, code: str, lines: Sequence[Printed]
) -> None:
    title = _line(document, "PHIẾU TRẢ LỜI", BOLD, is_centred=True)
    title.paragraph_format.page_break_before = True
    _line(document, f"{heading.title} – Mã đề: {code}", is_centred=True)
    _dotted(document, "Họ và tên: ", "Số báo danh: ")
    _line(
        document, "Tô kín vòng tròn của phương án được chọn. Muốn đổi, tẩy sạch rồi tô lại.", ITALIC
    )
    answers = [(str(number), _circles(one)) for number, one in enumerate(lines, 1)]
    _side_by_side(document, ("Câu", "Trả lời"), answers, ROWS_OF_SHEET)


def _circles(printed: Printed) -> str:
    kind = printed.question.type
    if kind in {QuestionType.ONE, QuestionType.SEVERAL}:
        count = len(printed.options)
    elif kind is QuestionType.TRUE_FALSE:
        count = 2
    else:
        return "." * 20
    return " ".join(chr(ord("Ⓐ") + at) for at in range(count))


def _side_by_side(
    document: Document, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], most: int
) -> None:
    """Print narrow rows in several blocks beside each other, new tables when a page is full."""
    width, blocks = len(heads), 3 if len(rows) > most else 2
    for begin in range(0, len(rows), most * blocks):
        page = rows[begin : begin + most * blocks]
        height = -(-len(page) // blocks)
        table = document.add_table(height + 1, width * blocks, style="Table Grid")
        held = table._cells  # noqa: SLF001 -- asked for once
        for at in range(width * blocks):
            sheet.add_text(held[at].paragraphs[0], heads[at % width], BOLD)
        for at, row in enumerate(page):
            block, line = divmod(at, height)
            for place, text in enumerate(row):
                cell = held[(line + 1) * width * blocks + block * width + place]
                cell.paragraphs[0].add_run(text)
        _repeat_head(table)
        document.add_paragraph()


def _key_tables(document: Document, title: str, printed: Mapping[str, Sequence[Printed]]) -> None:
    _line(document, "BẢNG ĐÁP ÁN", BOLD, is_centred=True)
    _line(document, title, is_centred=True)
    codes = list(printed)
    count = len(printed[codes[0]])
    for begin in range(0, len(codes), CODES_IN_A_ROW):
        shown = codes[begin : begin + CODES_IN_A_ROW]
        table = document.add_table(count + 1, len(shown) + 1, style="Table Grid")
        held = table._cells  # noqa: SLF001 -- asked for once
        for at, text in enumerate(["Câu", *(f"Mã {code}" for code in shown)]):
            sheet.add_text(held[at].paragraphs[0], text, BOLD)
        for number in range(1, count + 1):
            answers = [printed[code][number - 1].answer for code in shown]
            for at, text in enumerate([str(number), *answers]):
                held[number * (len(shown) + 1) + at].paragraphs[0].add_run(text)
        _repeat_head(table)
        document.add_paragraph()


def _repeat_head(table: Table) -> None:
    """Show the first row again on each page, and break no row in two."""
    first = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001 -- the library has no door to it
    first.append(OxmlElement("w:tblHeader"))
    for row in table._tbl.tr_lst:  # noqa: SLF001
        row.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))
