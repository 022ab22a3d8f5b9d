"""Text typed in the fonts of the nineties (.VnTime, VNI-Times), turned into Unicode by font.

In such a file "ViÖt" looks like "Việt" only because the font draws other letters.
"""

import re

from question_bank.formats import encodings

VIETNAMESE = re.compile("[ăĂđĐĩĨũŨơƠưƯ\u0300-\u0323\u1ea0-\u1ef9]")
HIGH = re.compile("[\u0080-\u00ff\uf080-\uf0ff]")
SYMBOL_PAGE = 0xF000  # where Word keeps the letters of fonts without a Unicode table
CONTROLS = range(0x80, 0xA0)


def encoding_of(font: str) -> str:
    """Give the name of the encoding a font draws, "" for every usual font."""
    lower = font.lower()
    if lower.startswith(".vn"):
        return encodings.TCVN3
    return encodings.VNI if lower.startswith(("vni-", "vni ")) else ""


def is_unicode(text: str) -> bool:
    """Tell that a text in such a font was typed as Unicode all the same."""
    return VIETNAMESE.search(text) is not None


def unicode(text: str, font: str) -> str:
    """Turn a run into Unicode; raises UnicodeError when it holds what the encoding has not."""
    if HIGH.search(text) is None:
        return text
    codes = [
        ord(sign) - SYMBOL_PAGE if "\uf020" <= sign <= "\uf0ff" else ord(sign) for sign in text
    ]
    raw = b"".join(_byte(code) for code in codes)
    turned = encodings.LEGACY[encoding_of(font)](raw)
    # The fonts whose names end in H draw capitals for the codes of small letters.
    is_capitals = encoding_of(font) == encodings.TCVN3 and font.upper().endswith("H")
    return turned.upper() if is_capitals else turned


def _byte(code: int) -> bytes:
    return bytes([code]) if code in CONTROLS else chr(code).encode("cp1252")
