"""The bytes of a question file as text, and what its report says of the encoding.

`core/encodings.py` tells the encodings apart; here stands what else a sent file may be.
"""

from contest.core import encodings
from contest.core.encodings import (
    IS_BINARY,
    LEGACY,
    TCVN3,
    TONES,
    UNCLEAR,
    UTF_8,
    UTF_16,
    VNI,
    WINDOWS_1258,
    is_syllable,
)
from contest.errors import N_, Invalid, Problem
from question_bank.formats import reading
from question_bank.formats.reading import CHANGED, FILE, FoundProblem

TOO_LARGE = N_("Tệp lớn hơn %(most)d MB. Hãy chia thành nhiều tệp nhỏ hơn.")
IS_WORD = N_("Đây là tệp Word. Bạn hãy chọn định dạng Word, hoặc lưu lại thành văn bản thuần.")
IS_EXCEL = N_("Đây là tệp Excel. Bạn hãy chọn định dạng Excel.")
IS_ZIP = N_("Đây là tệp nén. Bạn hãy giải nén rồi chọn tệp bên trong.")
IS_PDF = N_("Đây là tệp PDF. Hệ thống không đọc câu hỏi từ PDF.")
IS_OFFICE = N_("Đây là tệp Office kiểu cũ. Bạn hãy lưu lại thành .docx hoặc .xlsx.")
IS_RTF = N_("Đây là tệp RTF. Bạn hãy lưu lại thành văn bản thuần UTF-8.")
IS_PICTURE = N_("Đây là một tệp hình, không phải tệp câu hỏi.")
IS_XML = N_("Đây là tệp XML. Bạn hãy chọn định dạng Moodle XML hoặc QTI.")
CONVERTED = N_("Tệp dùng bảng mã %(name)s và đã được chuyển sang Unicode. Bạn hãy xem lại chữ.")
CONVERTED_TCVN3 = N_(
    "Tệp dùng bảng mã TCVN3 (ABC) và đã được chuyển sang Unicode. Trong bảng mã này chữ hoa có "
    "dấu thanh trùng với chữ thường, nên có thể đã thành chữ thường. Bạn hãy xem lại chữ."
)

SIGNATURES = (
    (b"%PDF", IS_PDF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", IS_OFFICE),
    (b"{\\rtf", IS_RTF),
    (b"\x1f\x8b", IS_ZIP),
    (b"Rar!", IS_ZIP),
    (b"7z\xbc\xaf\x27\x1c", IS_ZIP),
    (b"\x89PNG", IS_PICTURE),
    (b"\xff\xd8\xff", IS_PICTURE),
    (b"GIF8", IS_PICTURE),
)
LONGEST_PROLOGUE = 1000  # characters


def decode(data: bytes) -> tuple[str, str]:
    r"""Give (text, name of the encoding); raises Invalid for what is no text or stays unclear.

    UTF-8 and UTF-16 with or without a byte order mark; UTF-16 without one when every other byte
    tells so; else TCVN3, VNI or Windows-1258 when the words are Vietnamese in just one of them.
    Lines end in "\n" alone. What `notes` says of the name belongs in the report.
    """
    _refuse_binary(data)
    return encodings.decode(data)


def decode_questions(data: bytes) -> tuple[str, tuple[FoundProblem, ...]]:
    """Give (text, notes) of a file that should be GIFT, Aiken or the like; raises Invalid."""
    text, name = decode(data)
    if text[:LONGEST_PROLOGUE].lstrip().startswith(("<?xml", "<quiz", "<!DOCTYPE")):
        raise Invalid(IS_XML)
    return text, notes(name)


def notes(name: str) -> tuple[FoundProblem, ...]:
    """Give what a report must say of the encoding `decode` named: nothing for Unicode."""
    if name in {UTF_8, UTF_16}:
        return ()
    what = Problem(CONVERTED_TCVN3) if name == TCVN3 else Problem(CONVERTED, name=name)
    return (FoundProblem(FILE, what, CHANGED),)


def _refuse_binary(data: bytes) -> None:
    if len(data) > reading.MOST_BYTES:
        raise Invalid(TOO_LARGE, most=reading.MOST_BYTES // 1024**2)
    if data.startswith(b"PK\x03\x04"):
        kinds = ((b"word/", IS_WORD), (b"xl/", IS_EXCEL))
        raise Invalid(next((said for name, said in kinds if name in data), IS_ZIP))
    for signature, said in SIGNATURES:
        if data.startswith(signature):
            raise Invalid(said)


__all__ = [
    "IS_BINARY",
    "LEGACY",
    "TCVN3",
    "TONES",
    "UNCLEAR",
    "UTF_8",
    "UTF_16",
    "VNI",
    "WINDOWS_1258",
    "decode",
    "decode_questions",
    "is_syllable",
    "notes",
]
