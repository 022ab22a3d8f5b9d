"""Documents: text and pictures of pages are made of them, and nothing in them ever runs."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import docx
import pypdfium2
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from factories.pdfs import pdf

from contest.core import archives
from contest.errors import Invalid
from contest.media import documents, pager
from contest.media.made import Made
from contest.rules import media as rules
from contest.rules.media import FileKind, Limits

LIMITS = Limits(most_bytes=5 * 1024 * 1024)


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Chuyện chiếc điện thoại", 1)
    document.add_paragraph("Bà tôi học gọi\tcó hình.")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Ô một", "Ô hai"
    paragraph = document.add_paragraph("Xem ")
    link = OxmlElement("w:hyperlink")
    where = "http://example.invalid/SECRET"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    link.set(qn("r:id"), document.part.relate_to(where, kind, is_external=True))
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "trang này"
    run.append(text)
    link.append(run)
    paragraph._p.append(link)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def changed(change: Callable[[str, bytes], dict[str, bytes]]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(word())) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            for key, content in change(name, old.read(name)).items():
                new.writestr(key, content)
    return out.getvalue()


def put(data: bytes, folder: Path) -> Path:
    source = folder / "source"
    source.write_bytes(data)
    return source


def test_a_word_file_is_shown_as_its_text(tmp_path: Path) -> None:
    source = put(word(), tmp_path)
    (preview,) = make(source)
    assert (preview.kind, preview.media_type) == (FileKind.PREVIEW, "text/plain; charset=utf-8")
    assert preview.path.read_text("utf-8") == (
        "Chuyện chiếc điện thoại\nBà tôi học gọi\tcó hình.\nÔ một\nÔ hai\nXem trang này"
    )
    assert documents.media_type(source) == documents.MEDIA_TYPES[archives.FileKind.DOCX]


def test_a_long_text_ends_where_the_preview_does() -> None:
    document = docx.Document()
    for _ in range(30):
        document.add_paragraph("x" * 10_000)
    out = BytesIO()
    document.save(out)
    text = documents.text_of(out.getvalue())
    assert len(text) == documents.MOST_CHARACTERS
    assert set(text) == {"x", "\n"}


def test_a_pdf_becomes_pictures_of_its_pages_and_its_text(tmp_path: Path) -> None:
    source = put(pdf("Trang mot", "Trang hai"), tmp_path)

    paper, preview = make(source)

    assert (paper.kind, paper.media_type) == (FileKind.PAPER, "application/pdf")
    assert (preview.kind, preview.path.read_text("utf-8")) == (
        FileKind.PREVIEW,
        "Trang mot\n\nTrang hai",
    )
    assert documents.media_type(source) == "application/pdf"
    with pypdfium2.PdfDocument(paper.path) as drawn:
        assert [drawn[at].get_size() for at in range(len(drawn))] == [(595, 842)] * 2
        page = drawn[0].render().to_pil().convert("L")
        assert drawn[0].get_textpage().get_text_bounded() == ""
    dark = page.point(lambda light: 255 * (light < 128)).getbbox()
    assert dark is not None
    left, top, right, bottom = dark  # the words stand where they stood: 72 points in, 142 down
    assert 70 <= left <= 80
    assert right < 250
    assert 115 <= top < bottom <= 150


def test_nothing_of_a_pdfs_maker_is_in_what_judges_get(tmp_path: Path) -> None:
    made = make(put(pdf("Bai", author="Hoa Ban", script="app.beep(0)"), tmp_path))
    for one in made:
        data = one.path.read_bytes()
        for word in (b"Hoa Ban", b"JavaScript", b"OpenAction", b"example.invalid", b"Secret"):
            assert word not in data
    with pypdfium2.PdfDocument(made[0].path) as drawn:
        told = drawn.get_metadata_dict()
    assert {told[name] for name in ("Author", "Title", "Subject", "Keywords")} == {""}


def test_a_pdf_without_text_has_its_pages_alone(tmp_path: Path) -> None:
    (paper,) = make(put(pdf(""), tmp_path))
    assert paper.kind is FileKind.PAPER


def test_a_long_pdf_is_drawn_as_far_as_judges_are_shown(tmp_path: Path) -> None:
    paper, _ = make(put(pdf(*["x"] * (pager.MOST_PAGES + 1)), tmp_path))
    with pypdfium2.PdfDocument(paper.path) as drawn:
        assert len(drawn) == pager.MOST_PAGES


def test_a_pdf_with_a_password_is_refused_with_what_to_do(tmp_path: Path) -> None:
    # A handler and keys that no empty password opens (ISO 32000-1, 7.6.3).
    locked = pdf("x").replace(
        b"/Info 4 0 R",
        b"/Info 4 0 R /ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 "
        b"/O <" + b"11" * 32 + b"> /U <" + b"22" * 32 + b"> >>",
    )
    with pytest.raises(Invalid) as refused:
        make(put(locked, tmp_path))
    assert refused.value.message == archives.HAS_PASSWORD


def make(source: Path) -> tuple[Made, ...]:
    return documents.make(source, LIMITS, tell=lambda *_: None)


def entities(name: str, data: bytes) -> dict[str, bytes]:
    if name != "word/document.xml":
        return {name: data}
    bomb = b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    head, mark, tail = data.partition(b"<w:document")
    return {name: head + bomb + mark + tail}


def macros(name: str, data: bytes) -> dict[str, bytes]:
    return {name: data} | ({"word/vbaProject.bin": b"x"} if name == "word/document.xml" else {})


def headless(name: str, data: bytes) -> dict[str, bytes]:
    return {} if name == "word/document.xml" else {name: data}


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "zero bytes": (lambda: b"", rules.EMPTY),
    "text": (lambda: b"xin ch\xc3\xa0o", rules.NO_DOCUMENT),
    "HTML": (lambda: b"<html><script>alert(1)</script>", rules.NO_DOCUMENT),
    "RTF": (lambda: b"{\\rtf1 a}", rules.NO_DOCUMENT),
    "macros": (lambda: changed(macros), archives.INSTEAD[archives.FileKind.MACRO]),
    "Word 97": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument\0".encode("utf-16-le"),
        archives.INSTEAD[archives.FileKind.DOC],
    ),
    "no body": (lambda: changed(headless), rules.NO_DOCUMENT),
    "PDF, cut": (lambda: pdf("x")[:400], rules.CUT_PDF),
    "PDF, no page": (pdf, rules.BROKEN_PDF),
    "PDF, nothing in it": (lambda: b"%PDF-1.4\n%%EOF\n", rules.BROKEN_PDF),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_document_is_refused(name: str, tmp_path: Path) -> None:
    maker, sentence = REFUSED[name]
    with pytest.raises(Invalid) as refused:
        make(put(maker(), tmp_path))
    assert refused.value.message == sentence


def test_entities_and_other_files_are_not_read(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        make(put(changed(entities), tmp_path))
    assert "DOCTYPE" in refused.value.message


def test_a_document_larger_than_the_memory_for_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MOST_READ", 1000)
    with pytest.raises(Invalid) as refused:
        make(put(word(), tmp_path))
    assert refused.value.message == rules.TOO_LARGE
