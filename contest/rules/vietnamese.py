"""Vietnamese text: clean, searched without marks, put in alphabetical order; phone numbers.

Everything here is pure and needs no table of names, so a stored column can be computed once, when
a row is written, and compared as plain ASCII by SQLite and PostgreSQL alike.

Sources: the alphabet and the order of the tones (level, huyền, hỏi, ngã, sắc, nặng) are those of
Vietnamese dictionaries and of the Unicode CLDR collation for "vi", which Debian's PostgreSQL calls
vi-x-icu. Numbers of subscribers follow the national numbering plan, Thông tư 22/2014/TT-BTTTT.
"""

import re
import unicodedata

_BREVE = "\u0306"
_CIRCUMFLEX = "\u0302"
_HORN = "\u031b"

# The tones in dictionary order; the level tone has no mark. Any other mark sorts after them.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_OTHER_MARK = "6"

# Each letter is two signs: its base letter and its place among the letters made from that base.
_SHAPED = {
    ("a0", _BREVE): "a1",
    ("a0", _CIRCUMFLEX): "a2",
    ("e0", _CIRCUMFLEX): "e1",
    ("o0", _CIRCUMFLEX): "o1",
    ("o0", _HORN): "o2",
    ("u0", _HORN): "u1",
}

# Đ has no decomposition; eth and the African d look the same and come from old converted files.
_D_WITH_STROKE = str.maketrans(dict.fromkeys("ðɖ", "đ"))
_D_WITHOUT_STROKE = str.maketrans(dict.fromkeys("đðɖ", "d"))

# What Word, old Macs and EBCDIC call the end of a line.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_JOINERS = frozenset("\u200c\u200d")  # emoji and some scripts need them
_APOSTROPHES = frozenset("'`´\u2018\u2019\u02bb\u02bc\u02b9")

_PHONE_SEPARATORS = re.compile(r"[\s.()\u00ad\u2010-\u2015\u2212-]+")
_PHONE = re.compile(r"(?:(?:\+|00)?840?|0)([35789][0-9]{8}|2[0-9]{9})")


def nfc(text: str) -> str:
    """Give the text as it should be stored: composed (NFC), without unseen characters, trimmed.

    Control and format characters (NUL, which PostgreSQL refuses; zero-width spaces; marks that
    turn the direction of writing) and lone surrogates go; newline and tab stay, every other end
    of a line becomes a newline, and the joiners that emoji need stay. Never raises. Idempotent.
    """
    if text.isprintable():  # no control or format character and no end of a line: ten times faster
        return unicodedata.normalize("NFC", text).strip()
    lines = _LINE_ENDS.sub("\n", text)
    seen = "".join(char for char in lines if char in "\n\t" or not _is_unseen(char))
    return unicodedata.normalize("NFC", seen).strip()


def tidy_name(text: str) -> str:
    """Give a name as it should be stored: one line, single spaces, composed (NFC), trimmed.

    Letters are left as the owner wrote them: neither the case nor the place of a tone is touched.
    Never raises. Idempotent.
    """
    joined = "".join(char for char in nfc(text) if char not in _JOINERS)
    return unicodedata.normalize("NFC", " ".join(joined.split()))


def fold(text: str) -> str:
    """Give the text for searching without marks: "Nguyễn Thị Hoà" becomes "nguyen thi hoa".

    Marks are dropped, đ becomes d, the case is folded, white space is collapsed. Fold both what
    is stored and what is sought, then compare or look for a part. Both places of a tone (hoà,
    hòa) and both Unicode forms (NFC, NFD) fold alike. Never raises. Idempotent.
    """
    # Marks go before the case is folded too: the fold turns one of them (U+0345) into a letter.
    bare = _without_marks(_without_marks(nfc(text)).casefold())
    return " ".join(unicodedata.normalize("NFC", bare.translate(_D_WITHOUT_STROKE)).split())


def text_sort_key(text: str) -> str:
    """Give an ASCII string whose binary order is the Vietnamese order of the texts.

    Made for a stored, indexed column. Words are compared one after the other: first their letters
    (a ă â b c d đ e ê … y z; f j w z at their Latin places), then their tone, then the next word,
    as in dictionaries: ba, ba ba, bà, bà ba. (ICU compares the letters of the whole text before
    any tone and so puts "hoà bình" before "hoa cúc"; single words come in the same order.)
    Digits sort before letters, one by one; other scripts after z. Case, punctuation, the place of
    the tone and the Unicode form do not matter.

    Only 0-9 and a-z appear, so the usual collations of PostgreSQL agree with binary order; an
    index is still best declared COLLATE "C". A letter takes two signs, a word two or three more
    (a letter of another script takes eight); store it in a column without a short limit.
    Never raises.
    """
    return "".join(_word_key(word) for word in _words(text))


def name_sort_key(full_name: str) -> str:
    """Give an ASCII string that orders people as Vietnamese lists do: by given name first.

    The last word is the given name; the family name and the middle names follow in the order
    they are written. "Trần Văn An" comes before "Lê Thị Bình". Otherwise as `text_sort_key`.
    """
    words = _words(full_name)
    return "".join(_word_key(word) for word in words[-1:] + words[:-1])


def normalise_phone(text: str) -> str | None:
    """Give a Vietnamese number as 0xxxxxxxxx, or None when the text is not one.

    Mobile numbers (03, 05, 07, 08, 09) have ten digits, fixed ones (02) eleven. Spaces, dots,
    dashes and brackets are skipped; +84, 0084 and 84 stand for the first 0. Short numbers,
    1800 and 1900 services, the eleven-digit mobile numbers (01) that ended in 2018 and two
    numbers in one field are not numbers of a person. Whether the number is in use is not known.

    Never raises. Source: Thông tư 22/2014/TT-BTTTT (lengths and first digits).
    """
    found = _PHONE.fullmatch(_PHONE_SEPARATORS.sub("", nfc(text)))
    return "0" + found[1] if found else None


def _is_unseen(char: str) -> bool:
    return char not in _JOINERS and unicodedata.category(char) in {"Cc", "Cf", "Cs"}


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    kept = (char for char in decomposed if unicodedata.category(char) not in {"Mn", "Me", "Cf"})
    return "".join(kept)


def _words(text: str) -> list[str]:
    """Split into words of lower-case letters, marks and digits, decomposed (NFD)."""
    lower = unicodedata.normalize("NFD", nfc(text)).casefold()
    letters = unicodedata.normalize("NFD", lower).translate(_D_WITH_STROKE)
    kept = (
        char if unicodedata.category(char)[0] in "LMN" else " "
        for char in letters
        if char not in _APOSTROPHES and char not in _JOINERS
    )
    return "".join(kept).split()


def _word_key(word: str) -> str:
    """Encode the letters of a word, then "0", its tones in order, and "0".

    No code of a letter begins with "0" and none is the beginning of another, so comparing keys
    compares letter with letter, and a word comes before every longer word it begins.
    """
    letters: list[str] = []
    tones: list[str] = []
    for char in word:
        shaped = _SHAPED.get((letters[-1], char)) if letters else None
        if shaped:
            letters[-1] = shaped
        elif char in _TONES:
            tones.append(_TONES[char])
        elif unicodedata.category(char) in {"Mn", "Me"}:
            tones.append(_OTHER_MARK)
        else:
            letters.append(_letter_code(char))
    return "".join([*letters, "0", *tones, "0"])


def _letter_code(char: str) -> str:
    if "a" <= char <= "z":
        return char + "0"
    if char == "đ":
        return "d1"
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return f"1{digit}"
    return f"z9{ord(char):06x}"
