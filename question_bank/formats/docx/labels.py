"""How teachers begin a line: the words and signs that say what the line is."""

import re
from collections.abc import Mapping

from contest.rules.vietnamese import fold

LETTERS = "ABCDEFGHIJKLMNOPQRST"
LONGEST_SPLIT = 20_000  # characters of a line that is searched for labels at all

QUESTION = re.compile(
    r"\s*(?:câu(?:\s+hỏi)?|bài(?:\s+tập)?|question)\s*(?:số\s*)?(?P<number>[0-9]{1,5})"
    r"(?:\s*[(\[](?P<aside>[^()\[\]]{1,40})[)\]])?\s*(?:(?P<sign>[.:)/–-])|(?=\s|$))\s*",
    re.IGNORECASE,
)
BARE = re.compile(r"\s*(?P<number>[0-9]{1,4})\s*[.)/](?=\D|$)\s*")
OPTION = re.compile(
    r"\s*(?P<star>\*?)\s*[(\[]?(?P<letter>[A-Ta-t])(?P<star2>\*?)(?P<sign>[.):/\]])(?P<star3>\*?)\s*"
)
WIDE = r"(?:\t\s*|[ \u00a0]{2,})"
ASIDE = re.compile(r"[(\[]\s*(NB|TH|VD|VDC|VD cao)\s*[)\]]\s*[.:]?\s*", re.IGNORECASE)
FIELD = re.compile(r"\s*(?:=>|→|-)?\s*(?P<name>[^:：]{1,40}?)\s*[:：]\s*")
ALONE = re.compile(r"\s*(lời giải|hướng dẫn giải|giải thích)\s*\.?\s*$", re.IGNORECASE)
CHOSEN = re.compile(
    r"\s*(?:=>|→|⇒)?\s*(?:(?:đáp\s*án|đ/?a)(?:\s+đúng)?(?:\s+là)?|chọn(?:\s+(?:đáp|phương)\s+án)?)"
    r"\s*[:.–-]?\s*(?P<answer>[A-T](?:\s*(?:,|;|và|&)\s*[A-T])*)\s*\.?\s*$",
    re.IGNORECASE,
)
END = re.compile(r"[\s\-–—_.*=(]*hết[\s\-–—_.*=)]*$", re.IGNORECASE)
KEY_HEADING = re.compile(
    r"\s*(?:[IVX]+\.|[0-9]+\.|phần)?\s*(?:bảng\s+)?(?:đáp\s*án|hướng\s+dẫn\s+chấm|hướng\s+dẫn\s+giải)"
    r"(?:\s+(?:và|chi\s+tiết|tham\s+khảo|đề|mã\s+đề|trắc\s+nghiệm)\b.{0,60})?\s*:?\s*$",
    re.IGNORECASE,
)
HEADING = re.compile(
    r"\s*(?P<word>phần|chương|chuyên\s+đề|chủ\s+đề|mục)\s+(?:[IVXLC]+|[0-9]{1,3}|[A-Z])"
    r"(?:\s*[.:–-].*|\s*)$",
    re.IGNORECASE,
)
GROUP = re.compile(
    r"(?:trả\s+lời|từ|cho)\s+(?:các\s+)?câu(?:\s+hỏi)?(?:\s+từ)?\s+[0-9]", re.IGNORECASE
)
PAIR = re.compile(
    r"(?:câu\s*)?(?P<number>[0-9]{1,4})\s*[.:)\-–=]?\s*(?P<value>[A-T](?:\s*,\s*[A-T])*)(?![^\W_])",
    re.IGNORECASE,
)
LISTED = re.compile(
    r"\s*(?:câu\s*)?(?P<number>[0-9]{1,4})\s*[.:)–-]\s*(?:(?:đáp\s*án|chọn)\s*:?\s*)?(?P<value>.{1,60})$",
    re.IGNORECASE,
)
SINGLE_VALUE = re.compile(
    r"[A-T](?:\s*[,;]\s*[A-T])*\.?|đúng|sai|đ|s|[+-]?[0-9]+(?:[.,][0-9]+)?", re.IGNORECASE
)
BETWEEN = re.compile(r"[\s,;|.–-]*")
ORDERING = re.compile(r"sắp xếp|thứ tự", re.IGNORECASE)
PARALLEL = re.compile(r"\[(?P<language>[a-z]{2,3}(?:-[A-Za-z]{2,8})?)\]\s*(?P<name>.+)")

ANSWER, EXPLANATION = "answer", "explanation"
FIELDS: Mapping[str, str] = {
    **dict.fromkeys(["dap an", "dap an dung", "da", "d/a", "dap an chon", "answer"], ANSWER),
    **dict.fromkeys(["key", "tra loi", "dap so"], ANSWER),
    **dict.fromkeys(["loi giai", "giai thich", "giai", "hd", "hdg", "huong dan giai"], EXPLANATION),
    **dict.fromkeys(["huong dan", "loi giai thich", "loi giai chi tiet"], EXPLANATION),
    "nguon": "source",
    "chu de": "topic",
    **dict.fromkeys(["muc do", "do kho", "muc do nhan thuc"], "difficulty"),
    "doi tuong": "audiences",
    **dict.fromkeys(["ma", "ma cau", "ma cau hoi"], "code"),
    "han dung": "valid_until",
    **dict.fromkeys(["tu khoa", "the", "nhan"], "tags"),
    "sai so": "tolerance",
    "don vi": "number_unit",
    **dict.fromkeys(["loai", "loai cau hoi", "dang", "dang cau hoi"], "kind"),
    "trong so": "weights",
    "dap so khac": "others",
    **dict.fromkeys(["ten", "ten cau hoi"], "name"),
    "thu muc": "category",
    "hinh": "picture",
    "mo ta hinh": "picture_alt",
    "phan hoi dung": "feedback right",
    "phan hoi dung mot phan": "feedback partly",
    "phan hoi sai": "feedback wrong",
}
# Fields whose text may go on in the next paragraphs.
LONG = ("explanation", "feedback")
LEVELS: Mapping[str, int] = {
    **dict.fromkeys(["1", "nb", "nhan biet", "biet", "de"], 1),
    **dict.fromkeys(["2", "th", "thong hieu", "hieu", "trung binh", "tb"], 2),
    **dict.fromkeys(["3", "vd", "vdc", "van dung", "van dung cao", "vd cao", "kho"], 3),
}


def field_of(name: str) -> str:
    """Give the field that a label names, "" for words that are no label of ours.

    "feedback A" for an option's, "en/text", "en/option A", "en/right a", "en/explanation" for
    the texts in a second language.
    """
    told = PARALLEL.fullmatch(name.strip())
    folded = fold(told["name"] if told else name)
    if not told:
        found = re.fullmatch("phan hoi ([a-t])", folded)
        return f"feedback {found[1].upper()}" if found else FIELDS.get(folded, "")
    found = re.fullmatch("(phuong an|ve phai) ([a-t])", folded)
    if found:
        side = "option" if found[1] == "phuong an" else "right"
        return f"{told['language']}/{side} {found[2].upper()}"
    kinds = {"cau hoi": "text", "loi giai": "explanation"}
    return f"{told['language']}/{kinds[folded]}" if folded in kinds else ""


def option_starts(text: str, first: int) -> list[re.Match[str]]:
    """Give the labels of options in a line that begins with option `first` (from 0).

    Further ones are looked for after a tab or two spaces; after a single space only when the
    letters run on to a third, so that "A. Vitamin B. và C" stays one option.
    """
    head = OPTION.match(text)
    if head is None or head["letter"].upper() != LETTERS[first : first + 1]:
        return []
    if len(text) > LONGEST_SPLIT:
        return [head]
    wide = _run(text, head, first, WIDE)
    if len(wide) > 1:
        return wide
    close = _run(text, head, first, r"\s+")
    return close if len(close) > 2 else [head]  # noqa: PLR2004 -- A, B and C


def _run(text: str, head: re.Match[str], first: int, gap: str) -> list[re.Match[str]]:
    found = [head]
    is_upper = head["letter"].isupper()
    for letter in LETTERS[first + 1 :]:
        wanted = letter if is_upper else letter.lower()
        sign = re.escape(head["sign"])
        label = rf"{gap}\*?\s?[(\[]?{wanted}\*?{sign}"
        place = re.compile(label).search(text, found[-1].end())
        match = OPTION.match(text, place.start()) if place else None
        if match is None:
            break
        found.append(match)
    return found


def pairs(text: str, fewest: int) -> list[tuple[int, str]]:
    """Give (number, letters) when the whole line is such a list: "1.A 2.B 3-C"."""
    if len(text) > LONGEST_SPLIT:
        return []
    found = list(PAIR.finditer(text))
    if len(found) < fewest or not BETWEEN.fullmatch(PAIR.sub("", text)):
        return []
    return [(int(one["number"]), one["value"].upper()) for one in found]
