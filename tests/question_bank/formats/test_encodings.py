"""Text files of today and of the years before Unicode."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from question_bank.formats import encodings
from question_bank.formats.encodings import TCVN3, UTF_8, UTF_16, VNI, WINDOWS_1258
from question_bank.formats.reading import CHANGED, FILE, MOST_BYTES

LOWER = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
UPPER = LOWER.upper()
CAPITALS_OF_TCVN3 = "ĂÂÊÔƠƯĐ"

# As the tables of fonts have them: the bytes of LOWER, shown as Windows-1252 would.
TCVN3_BYTES = "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ"
VNI_LETTERS = re.findall(
    "[^ ]+",
    "aø aù aû aõ aï aê aè aé aú aü aë aâ aà aá aå aã aä ñ eø eù eû eõ eï eâ eà eá eå eã eä "
    "ì í æ ó ò oø où oû oõ oï oâ oà oá oå oã oä ô ôø ôù ôû ôõ ôï uø uù uû uõ uï ö öø öù öû öõ öï "
    "yø yù yû yõ î ",
)

BANK = "\n".join(
    path.read_text() for path in sorted(Path("question_bank/content").glob("[1-6]_*.toml"))
)


def tcvn3(text):
    table = dict(zip(LOWER, TCVN3_BYTES, strict=True))
    table |= dict(zip(CAPITALS_OF_TCVN3, "¡¢£¤¥¦§", strict=True))
    lowered = "".join(
        one.lower() if one.lower() in table and one not in table else one for one in text
    )
    return "".join(table.get(one, one) for one in lowered).encode("cp1252")


def vni(text):
    table = dict(zip(LOWER, VNI_LETTERS, strict=True))
    table |= dict(zip(UPPER, (one.upper() for one in VNI_LETTERS), strict=True))
    return "".join(table.get(one, one) for one in text).encode("cp1252")


def windows_1258(text):
    """Letters with a hat, horn or breve are one sign, a tone follows as its own."""
    signs = []
    for one in text:
        letters = unicodedata.normalize("NFD", one)
        tones = [mark for mark in letters if mark in encodings.TONES]
        base = "".join(mark for mark in letters if mark not in encodings.TONES)
        signs.append(unicodedata.normalize("NFC", base) + "".join(tones))
    return "".join(signs).encode("cp1258")


CODECS = {
    TCVN3: tcvn3,
    VNI: vni,
    WINDOWS_1258: windows_1258,
}
SENTENCE = "Nguyễn Thị Hoà hỏi: “Đường dẫn lạ này có mở được không, thưa bác?” – Ông Ứng nói."


def without_signs(text):
    """Take out what the old encodings never had, and the places of a tone nobody can tell."""
    return "".join(one for one in text if one in LOWER + UPPER or ord(one) < 128)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (SENTENCE.encode(), UTF_8),
        (SENTENCE.encode("utf-8-sig"), UTF_8),
        (SENTENCE.encode("utf-16"), UTF_16),
        (b"\xff\xfe" + SENTENCE.encode("utf-16-le"), UTF_16),
        (b"\xfe\xff" + SENTENCE.encode("utf-16-be"), UTF_16),
        (SENTENCE.encode("utf-16-le"), UTF_16),
        (SENTENCE.encode("utf-16-be"), UTF_16),
        (tcvn3(SENTENCE), TCVN3),
        (vni(SENTENCE), VNI),
        (windows_1258(SENTENCE), WINDOWS_1258),
    ],
)
def test_a_sentence_is_read_in_every_encoding(data, name):
    # TCVN3 keeps no upper case of a letter with a tone: the reader sees "ứng" and is told so.
    expected = SENTENCE.replace("Ứng", "ứng") if name == TCVN3 else SENTENCE

    assert encodings.decode(data) == (expected, name)


@pytest.mark.parametrize("letter", LOWER + UPPER)
@pytest.mark.parametrize("name", list(CODECS))
def test_every_letter_comes_back_from_every_old_encoding(name, letter):
    is_lost = name == TCVN3 and letter in UPPER and letter not in CAPITALS_OF_TCVN3
    expected = letter.lower() if is_lost else letter

    assert encodings.LEGACY[name](CODECS[name](letter)) == expected
    assert (
        encodings.LEGACY[name](CODECS[name](f"x{letter} {letter}.")) == f"x{expected} {expected}."
    )


@pytest.mark.parametrize("name", list(CODECS))
def test_the_whole_bank_is_told_apart_and_comes_back(name):
    text = without_signs(BANK)
    lost = {one: one.lower() for one in UPPER if one not in CAPITALS_OF_TCVN3}

    found, told = encodings.decode(CODECS[name](text))

    assert told == name
    if name == TCVN3:
        assert found.lower() == text.lower()
        assert found.translate(str.maketrans(lost)) == text.translate(str.maketrans(lost))
    else:
        assert found == text


@pytest.mark.parametrize("name", list(CODECS))
def test_every_question_of_the_bank_alone_is_told_apart_or_refused(name):
    wrong = []
    for line in filter(lambda line: line.startswith("text ="), BANK.split("\n")):
        text = without_signs(line)
        try:
            found, told = encodings.decode(CODECS[name](text))
        except Invalid:
            continue
        wrong += (
            [line] if (told, found.lower()) != (name, text.lower()) and not text.isascii() else []
        )

    assert wrong == []


def test_a_word_in_capitals_stays_in_capitals_in_tcvn3():
    text = "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM, ĐẢNG BỘ tỉnh Lào Cai, điện ĐIỆN, QR"

    assert encodings.decode(tcvn3(text)) == (text.replace("XÃ", "Xã").replace("BỘ", "Bộ"), TCVN3)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff")))
def test_unicode_is_never_taken_for_anything_else(text):
    lines = text.replace("\r\n", "\n").replace("\r", "\n")

    assert encodings.decode(text.encode()) == (lines, UTF_8)
    assert encodings.decode(text.encode("utf-8-sig")) == (lines, UTF_8)
    assert encodings.decode(b"\xff\xfe" + text.encode("utf-16-le")) == (lines, UTF_16)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04....word/document.xml", encodings.IS_WORD),
        (b"PK\x03\x04....xl/workbook.xml", encodings.IS_EXCEL),
        (b"PK\x03\x04....imsmanifest.xml", encodings.IS_ZIP),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", encodings.IS_OFFICE),
        (b"%PDF-1.7\n", encodings.IS_PDF),
        (b"{\\rtf1\\ansi", encodings.IS_RTF),
        (b"\x89PNG\r\n", encodings.IS_PICTURE),
        (b"abc\0def", encodings.IS_BINARY),
        (b"\0" * 100, encodings.IS_BINARY),
        (b"\xff\xfe\x00\xd8", encodings.IS_BINARY),
        (b"\xff\xfe" + "a\0b".encode("utf-16-le"), encodings.IS_BINARY),
        (b"caf\xe9 cr\xe8me", encodings.UNCLEAR),
        (b"\x81\x8d\x8f", encodings.UNCLEAR),
        ("Đường".encode()[:-1] + b"\xff", encodings.UNCLEAR),
        (b"x" * (MOST_BYTES + 1), encodings.TOO_LARGE),
    ],
)
def test_what_is_no_text_or_unclear_is_refused_by_name(data, said):
    with pytest.raises(Invalid) as raised:
        encodings.decode(data)

    assert raised.value.message == said


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(data):
    try:
        text, name = encodings.decode(data)
    except Invalid as error:
        text, name = str(error), UTF_8

    assert name in {UTF_8, UTF_16, *CODECS}
    assert "\0" not in text


@pytest.mark.parametrize("unit", [b"a", b"A", b"aB", b"a\xf8", b"\xf8", b"\xb5", b"a ", b"_a"])
def test_long_lines_without_sense_end_soon(unit):
    with pytest.raises(Invalid) as raised:
        encodings.decode(unit * 2_000_000 + b" \xd1\xff\xe9x")

    assert raised.value.message == encodings.UNCLEAR


def test_what_was_converted_is_noted():
    notes = {name: encodings.notes(name) for name in (UTF_8, UTF_16, TCVN3, VNI, WINDOWS_1258)}

    assert notes[UTF_8] == notes[UTF_16] == ()
    for name in CODECS:
        ((place, done, said),) = [(one.place, one.done, str(one.what)) for one in notes[name]]
        assert (place, done) == (FILE, CHANGED)
        assert f"bảng mã {name} và đã được chuyển sang Unicode." in said


@pytest.mark.parametrize(
    "word",
    ["nguyễn", "ỷ", "ươi", "khuỷu", "nghiêng", "giặt", "gì", "quốc", "Đắk", "xoong", "thuở", "yêu"],
)
def test_syllables(word):
    assert encodings.is_syllable(word)


@pytest.mark.parametrize("word", ["", "café", "b", "ấấ", "ngđ", "naïve", "µ", "zá", "aâ", "strá"])
def test_what_is_no_syllable(word):
    assert not encodings.is_syllable(word)
