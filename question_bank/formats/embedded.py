"""Pictures that stand inside a file of questions: their bytes and the bare name they get."""

import base64
import binascii
import hashlib

from contest.errors import N_, Invalid
from question_bank.formats.pictures import MOST_BYTES

SIGNATURES = ((b"\x89PNG\r\n\x1a\n", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"GIF8", ".gif"))
LENGTH_OF_NAME = 16  # hexadecimal digits of the SHA-256

TOO_LARGE = N_("Hình lớn hơn %(most)d MB.")
NOT_A_PICTURE = N_("Không đọc được hình. Hãy dùng tệp PNG, JPEG, WebP hoặc GIF.")
BAD_BASE64 = N_("Hình trong tệp bị hỏng: nội dung không đúng mã base64.")


def bare_name(data: bytes) -> str:
    """Give the name of a picture, made of its content: "0123456789abcdef.png".

    PNG, JPEG, GIF and WebP by their first bytes; whether the rest can be decoded is seen when the
    picture is stored. Raises Invalid for anything else (SVG too: it can hold scripts).
    """
    if len(data) > MOST_BYTES:
        raise Invalid(TOO_LARGE, most=MOST_BYTES // 1024**2)
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    ending = (
        ".webp" if is_webp else next((end for sign, end in SIGNATURES if data.startswith(sign)), "")
    )
    if not ending:
        raise Invalid(NOT_A_PICTURE)
    return hashlib.sha256(data).hexdigest()[:LENGTH_OF_NAME] + ending


def from_base64(text: str) -> bytes:
    """Decode base64 with or without line breaks; raises Invalid, before decoding if too large."""
    bare = "".join(text.split())
    if len(bare) > (MOST_BYTES + 2) // 3 * 4:
        raise Invalid(TOO_LARGE, most=MOST_BYTES // 1024**2)
    try:
        return base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(BAD_BASE64) from error
