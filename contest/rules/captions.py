"""Captions of a clip in WebVTT (https://www.w3.org/TR/webvtt1/): checked before they are kept.

Pure. What passes is served as text/vtt; players of browsers read it as text, never as a page.
"""

import re
from itertools import pairwise

from contest.errors import N_, Invalid
from contest.rules.vietnamese import nfc

MOST_BYTES = 200 * 1024
MOST_CUES = 5000
ARROW = "-->"
MINUTE = 60
TIME = r"(?:(\d{2,3}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
TIMES = re.compile(rf"{TIME}[ \t]+-->[ \t]+{TIME}(?:[ \t]+\S.*)?", re.ASCII)
NOT_CUES = ("NOTE", "STYLE", "REGION")

TOO_LARGE = N_("Tệp phụ đề nặng quá %(most)s KB.")
NO_TEXT = N_("Không đọc được tệp phụ đề: tệp phải là chữ thường, bảng mã UTF-8.")
NO_HEADER = N_("Tệp phụ đề phải bắt đầu bằng dòng WEBVTT.")
BAD_TIMES = N_(
    "Phụ đề, dòng %(line)s: mốc giờ không đúng mẫu. Viết như 00:01.000 --> 00:04.000 "
    "(phút:giây.phần nghìn)."
)
BACKWARDS = N_("Phụ đề, dòng %(line)s: giờ kết thúc phải sau giờ bắt đầu.")
NO_CUES = N_("Tệp phụ đề không có câu nào.")
TOO_MANY = N_("Tệp phụ đề có quá %(most)s câu.")


def read(data: bytes) -> str:
    """Return the captions as text, NFC, lines ended by newlines; Invalid that says what is wrong.

    Blocks of style and region are left out: what a page looks like is ours to say.
    """
    if len(data) > MOST_BYTES:
        raise Invalid(TOO_LARGE, most=MOST_BYTES // 1024)
    try:
        text = nfc(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Invalid(NO_TEXT) from error
    lines = text.split("\n")
    if lines[0] != "WEBVTT" and not lines[0].startswith(("WEBVTT ", "WEBVTT\t")):
        raise Invalid(NO_HEADER)
    kept, count = ["WEBVTT"], 0
    for block in _blocks(lines):
        if block[0][1].split(" ")[0] in NOT_CUES:
            continue
        _ensure_cue(block)
        count += 1
        kept += ["", *(line for _no, line in block)]
    if not count:
        raise Invalid(NO_CUES)
    if count > MOST_CUES:
        raise Invalid(TOO_MANY, most=MOST_CUES)
    return "\n".join(kept) + "\n"


def _blocks(lines: list[str]) -> list[list[tuple[int, str]]]:
    """Return what stands between blank lines after the header, each line with its number."""
    blanks = [no for no, line in enumerate(lines) if not line.strip()]
    edges = [*blanks, len(lines)]
    found = [
        [(no + 1, lines[no]) for no in range(start + 1, end)] for start, end in pairwise(edges)
    ]
    return [block for block in found if block]


def _ensure_cue(block: list[tuple[int, str]]) -> None:
    """Refuse a block whose first or second line is no pair of times, or that has another arrow."""
    at = 0 if ARROW in block[0][1] or len(block) == 1 else 1
    line, text = block[at]
    found = TIMES.fullmatch(text.strip())
    if found is None:
        raise Invalid(BAD_TIMES, line=line)
    if _milliseconds(*found.groups()[4:8]) <= _milliseconds(*found.groups()[:4]):
        raise Invalid(BACKWARDS, line=line)
    for number, more in block[at + 1 :]:
        if ARROW in more:
            raise Invalid(BAD_TIMES, line=number)


def _milliseconds(hours: str | None, minutes: str, seconds: str, rest: str) -> int:
    whole = (int(hours or 0) * MINUTE + int(minutes)) * MINUTE + int(seconds)
    return whole * 1000 + int(rest)
