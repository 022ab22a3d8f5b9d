"""Pictures as people may send them in, and the one form in which they are kept.

A picture is decoded and encoded anew, so nothing of the sent bytes (metadata, places, scripts
hidden behind a picture's first bytes) is ever stored or served.
"""

import hashlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from contest.errors import N_, Invalid

MEDIA_TYPE = "image/webp"
ACCEPTED = ("PNG", "JPEG", "WEBP", "GIF")
MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 20_000_000
LONGEST_SIDE = 1280  # pixels
QUALITY = 82


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A WebP without metadata; `digest` is the SHA-256 of `data`."""

    digest: str
    width: int  # pixels
    height: int
    data: bytes


def encode(data: bytes) -> EncodedPicture:
    """Turn a PNG, JPEG, WebP or GIF (first frame) into our WebP; anything else raises Invalid."""
    if len(data) > MOST_BYTES:
        raise Invalid(N_("Hình lớn hơn %(most)d MB."), most=MOST_BYTES // 1024**2)
    try:
        with Image.open(BytesIO(data), formats=ACCEPTED) as sent:
            return _encode(sent)
    except Invalid:
        raise
    except Exception as error:  # a hostile file makes decoders raise anything
        raise Invalid(N_("Không đọc được hình. Hãy dùng tệp PNG, JPEG, WebP hoặc GIF.")) from error


def _encode(sent: Image.Image) -> EncodedPicture:
    if sent.width * sent.height > MOST_PIXELS:  # known from the header, before any decoding
        raise Invalid(N_("Hình có quá %(most)d triệu điểm ảnh."), most=MOST_PIXELS // 10**6)
    sent.load()
    upright = ImageOps.exif_transpose(sent)
    plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    out = BytesIO()
    plain.save(out, "WEBP", quality=QUALITY, method=4, exif=b"", xmp=b"", icc_profile=None)
    kept = out.getvalue()
    return EncodedPicture(hashlib.sha256(kept).hexdigest(), plain.width, plain.height, kept)
