"""The bytes of a text file as text: UTF-8, UTF-16, and the encodings Vietnam used before them.

Which old encoding a file has is seen by what it says: decoded rightly, its words with marks are
Vietnamese syllables; decoded wrongly, hardly any is. A file that stays unclear is refused.

Sources: Windows-1258 as Python knows it. TCVN3 ("ABC", the .VnTime fonts) is set VN3 of TCVN
5712:1993, whose upper-case letters with a tone have no bytes of their own: the fonts whose names
end in "H" show the lower-case ones as capitals. VNI for Windows (VNI-Times) writes a letter as a
base letter and a byte for its marks.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Mapping

from contest.errors import N_, Invalid

UTF_8 = "UTF-8"
UTF_16 = "UTF-16"
WINDOWS_1258 = "Windows-1258"
TCVN3 = "TCVN3 (ABC)"
VNI = "VNI"

IS_BINARY = N_("Đây không phải là tệp văn bản.")
UNCLEAR = N_("Không nhận ra bảng mã của tệp. Bạn hãy lưu lại tệp với bảng mã UTF-8.")

MARKS_OF_16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))

# TCVN3: bytes 0xA1 to 0xFE in turn; "·" stands where the set has nothing.
TCVN3_LETTERS = (
    "ĂÂÊÔƠƯĐăâêôơưđ·"
    "\u0300\u0309\u0303\u0301\u0323àảãáạ·ằẳẵắ·"
    "······ặầẩẫấậè·ẻẽ"
    "éẹềểễếệìỉ···ĩíịò"
    "·ỏõóọồổỗốộờởỡớợù"
    "·ủũúụừửữứựỳỷỹýỵ"
)
UNDEFINED = "\ufffe"  # as charmap_decode wants it
LATIN = bytes(range(0x80, 0xA1)).decode("cp1252", "replace").replace("\ufffd", UNDEFINED)
TCVN3_TABLE = (
    bytes(range(0x80)).decode() + LATIN + TCVN3_LETTERS.replace("·", UNDEFINED) + UNDEFINED
)
# VNI: what a byte after a base letter, or alone, stands for; upper case by the same bytes - 0x20.
_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT = "\u0300\u0301\u0309\u0303\u0323"
_CIRCUMFLEX, _BREVE = "\u0302\u0306"
VNI_TONES = {"ø": _GRAVE, "ù": _ACUTE, "û": _HOOK, "õ": _TILDE, "ï": _DOT}
VNI_CIRCUMFLEX = {
    mark: _CIRCUMFLEX + tone
    for mark, tone in zip("âàáåãä", ["", _GRAVE, _ACUTE, _HOOK, _TILDE, _DOT], strict=True)
}
VNI_BREVE = {
    mark: _BREVE + tone
    for mark, tone in zip("êèéúüë", ["", _GRAVE, _ACUTE, _HOOK, _TILDE, _DOT], strict=True)
}
VNI_MARKS: Mapping[str, Mapping[str, str]] = {
    "a": VNI_TONES | VNI_CIRCUMFLEX | VNI_BREVE,
    "e": VNI_TONES | VNI_CIRCUMFLEX,
    "o": VNI_TONES | VNI_CIRCUMFLEX,
    "ô": VNI_TONES,
    "u": VNI_TONES,
    "ö": VNI_TONES,
    "y": VNI_TONES,
}
VNI_ALONE = {
    "ô": "ơ",
    "ö": "ư",
    "ñ": "đ",
    "î": "ỵ",
    "ì": "ì",
    "í": "í",
    "æ": "ỉ",
    "ó": "ĩ",
    "ò": "ị",
}
VNI_PAIR = re.compile("([aeouyôö])([øùûõïâàáåãäêèéúüë]?)|[ñîìíæóò]", re.IGNORECASE)

# How a syllable may be spelled, its tone taken off; sources: chính tả of the reformed script.
SYLLABLE = re.compile(
    "(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnpqrstvx])?"
    "(?:oai|oay|oao|oeo|uây|uôi|ươi|ươu|uyê|uya|uyu|iêu|yêu|uao|uêu|"
    "ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iu|oa|oă|oe|oi|ôi|ơi|oo|ua|uâ|uê|ui|uô|uơ|uy|ưa|ươ|ưi|ưu|yê|"
    "[aăâeêioôơuưy])"
    "(?:ch|ng|nh|[ckmnpt])?"
)
TONES = frozenset("\u0300\u0309\u0303\u0301\u0323")
# A word as it stands in the file; typographic quotes, dashes and the like end one.
WORD = re.compile("[A-Za-z\u00a1-\u1fff]+")
CAPITAL = "[^\\W_]*[A-ZĂÂÊÔƠƯĐ]"
SHOUTED = re.compile(rf"\b(?={CAPITAL}{CAPITAL})[^\Wa-z_]+\b")
SAMPLE = 64 * 1024  # bytes of lines with marks that are tried
CERTAIN = 0.8  # the share of words that must be Vietnamese
DOUBTFUL = 0.7  # the share that any other encoding may reach at most


def decode(data: bytes) -> tuple[str, str]:
    r"""Give (text, name of the encoding); raises Invalid for what is no text or stays unclear.

    UTF-8 and UTF-16 with or without a byte order mark; UTF-16 without one when every other byte
    tells so; else TCVN3, VNI or Windows-1258 when the words are Vietnamese in just one of them.
    Lines end in "\n" alone.
    """
    text, name = _decode(data)
    if "\0" in text:
        raise Invalid(IS_BINARY)
    return text.replace("\r\n", "\n").replace("\r", "\n"), name


def _decode(data: bytes) -> tuple[str, str]:
    try:
        for mark, codec in MARKS_OF_16:
            if data.startswith(mark):
                return data[len(mark) :].decode(codec), UTF_16
        if b"\0" in data:
            return data.decode(_plainly_16(data)), UTF_16
    except UnicodeDecodeError as error:
        raise Invalid(IS_BINARY) from error
    try:
        return data.decode("utf-8-sig"), UTF_8
    except UnicodeDecodeError:
        return _decode_legacy(data)


def _plainly_16(data: bytes) -> str:
    """Tell the order of the bytes of UTF-16 by where its zeros stand; raises Invalid."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    least = len(data) // 8  # a quarter of the signs: spaces and letters without marks are more
    if len(data) % 2 == 0 and odd > least and not even:
        return "utf-16-le"
    if len(data) % 2 == 0 and even > least and not odd:
        return "utf-16-be"
    raise Invalid(IS_BINARY)


# The encodings of old


def _decode_legacy(data: bytes) -> tuple[str, str]:
    sample = _sample(data)
    shares = {name: _share(decoder, sample) for name, decoder in LEGACY.items()}
    best = max(shares, key=shares.__getitem__)
    others = max(share for name, share in shares.items() if name != best)
    if shares[best] < CERTAIN or others > DOUBTFUL:
        raise Invalid(UNCLEAR)
    try:
        return LEGACY[best](data), best
    except UnicodeDecodeError as error:
        raise Invalid(UNCLEAR) from error


def _sample(data: bytes) -> bytes:
    lines: list[bytes] = []
    size = 0
    for line in re.split(rb"[\r\n]", data):
        if not line.isascii():
            lines.append(line[:SAMPLE])
            size += len(line)
        if size >= SAMPLE:
            break
    return b"\n".join(lines)


def _share(decoder: Callable[[bytes], str], sample: bytes) -> float:
    """Tell which part of the words with marks is Vietnamese when decoded so."""
    try:
        words = [one for one in WORD.findall(decoder(sample)) if not one.isascii()]
    except UnicodeDecodeError:
        return 0.0
    return sum(map(is_syllable, words)) / len(words) if words else 0.0


def is_syllable(word: str) -> bool:
    """Tell whether a word is spelled as a Vietnamese syllable: its letters and at most one tone."""
    letters = unicodedata.normalize("NFD", word.lower())
    bare = [one for one in letters if one not in TONES]
    toneless = unicodedata.normalize("NFC", "".join(bare))
    return len(letters) - len(bare) <= 1 and SYLLABLE.fullmatch(toneless) is not None


def _windows_1258(data: bytes) -> str:
    return unicodedata.normalize("NFC", data.decode("cp1258"))


def _tcvn3(data: bytes) -> str:
    """Decode TCVN3; in a word of capitals ("VIỆT") the letters with a tone become capitals too."""
    text, _ = codecs.charmap_decode(data, "strict", TCVN3_TABLE)
    return SHOUTED.sub(lambda found: found[0].upper(), unicodedata.normalize("NFC", text))


def _vni(data: bytes) -> str:
    text = VNI_PAIR.sub(_vni_letter, data.decode("cp1252"))
    return unicodedata.normalize("NFC", text)


def _vni_letter(found: re.Match[str]) -> str:
    base, mark = found[1] or found[0], found[2] or ""
    marks = VNI_MARKS.get(base.lower(), {}).get(mark.lower(), mark)
    letter = VNI_ALONE.get(base.lower(), base.lower()) + marks
    return letter.upper() if base.isupper() else letter


LEGACY: Mapping[str, Callable[[bytes], str]] = {
    TCVN3: _tcvn3,
    VNI: _vni,
    WINDOWS_1258: _windows_1258,
}
