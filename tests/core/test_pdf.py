"""PDFs: every Vietnamese letter is drawn, text is never markup, equal data give equal bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
import typst
from pdf_text import text_of

from contest.core import pdf

TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set text(font: "Be Vietnam Pro")
#data.text

#strong(data.text)
"""
LETTERS = (
    "ÀẢÃÁẠ ĂẰẲẴẮẶ ÂẦẨẪẤẬ ĐÈẺẼÉẸ ÊỀỂỄẾỆ ÌỈĨÍỊ ÒỎÕÓỌ ÔỒỔỖỐỘ ƠỜỞỠỚỢ ÙỦŨÚỤ ƯỪỬỮỨỰ ỲỶỸÝỴ "
    "àảãáạ ăằẳẵắặ âầẩẫấậ đèẻẽéẹ êềểễếệ ìỉĩíị òỏõóọ ôồổỗốộ ơờởỡớợ ùủũúụ ưừửữứự ỳỷỹýỵ “” – … ₫"
)
FACES = {"regular": 400, "bold": 700}


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "a.typ"
    path.write_text(TEMPLATE, "utf-8")
    return path


def test_every_vietnamese_letter_can_be_copied_out(template: Path) -> None:
    made = pdf.render(template, {"text": LETTERS})
    assert made.startswith(b"%PDF-")
    assert text_of(made) == f"{LETTERS} {LETTERS}"


def test_both_faces_come_from_our_own_font(template: Path) -> None:
    made = pdf.render(template, {"text": LETTERS})
    assert b"+BeVietnamPro-Regular/" in made
    assert b"+BeVietnamPro-Bold/" in made
    assert made.count(b"/Subtype/Type0") == len(FACES)  # nothing was borrowed from another font
    ours = {(each.style, each.weight) for each in pdf.FONTS.fonts() if "Viet" in each.family}
    assert ours == {("normal", weight) for weight in FACES.values()}


@pytest.mark.parametrize("text", ["#panic(1)", "*a* _b_ $x$ @c <d> \\e", "= no heading", '"]}#{'])
def test_text_is_never_markup(template: Path, text: str) -> None:
    assert text_of(pdf.render(template, {"text": text})) == f"{text} {text}"


def test_equal_data_give_equal_bytes(template: Path) -> None:
    assert pdf.render(template, {"text": "a"}) == pdf.render(template, {"text": "a"})
    assert pdf.render(template, {"text": "a"}) != pdf.render(template, {"text": "b"})


def test_a_broken_template_says_so(tmp_path: Path) -> None:
    path = tmp_path / "b.typ"
    path.write_text("#nothing-of-that-name")
    with pytest.raises(typst.TypstError):
        pdf.render(path, {})
