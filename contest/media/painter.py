"""Started as a program of its own, in the cage: decodes one picture and writes ours.

`python -I painter.py SOURCE PICTURE POSTER MOST_PIXELS` prints one JSON object: `width`, `height`
and `luma` (hexadecimal, SIDE × SIDE) of what was written, or `refused` with a word that says why.
Nothing of the sent bytes is kept: metadata, places, profiles, later frames are gone.
"""

import json
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, ImageOps

ACCEPTED = ("PNG", "JPEG", "WEBP", "GIF", "HEIF", "AVIF")
LONGEST, POSTER_LONGEST = 2560, 640  # pixels
QUALITY, POSTER_QUALITY = 85, 75
SIDE = 32  # of the luma frame that fingerprints are made of


def paint(source: Path, picture: Path, poster: Path, most_pixels: int) -> dict[str, Any]:
    """Decode `source`, write two WebP files, and say what was done."""
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None  # counted below, before anything is decoded
    with Image.open(source, formats=ACCEPTED) as sent:
        if sent.width * sent.height > most_pixels:
            return {"refused": "fine", "width": sent.width, "height": sent.height}
        if sent.format in {"JPEG", "MPO"}:
            sent.draft("RGB", (LONGEST, LONGEST))
        sent.load()
        upright = ImageOps.exif_transpose(sent)
        plain = _in_usual_colours(upright, sent.info.get("icc_profile"))
    plain.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    _save(plain, picture, QUALITY)
    luma = plain.convert("RGB").convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    size = {"width": plain.width, "height": plain.height, "luma": luma.tobytes().hex()}
    plain.thumbnail((POSTER_LONGEST, POSTER_LONGEST), Image.Resampling.LANCZOS)
    _save(plain, poster, POSTER_QUALITY)
    return {**size, "poster_width": plain.width, "poster_height": plain.height}


def _in_usual_colours(sent: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB; a profile nobody can read is left out."""
    plain = sent.convert("RGBA" if sent.has_transparency_data else "RGB")
    if profile and sent.mode == plain.mode:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            there = ImageCms.ImageCmsProfile(BytesIO(profile))
            usual = ImageCms.createProfile("sRGB")
            plain = ImageCms.profileToProfile(plain, there, usual) or plain
    return plain


def _save(picture: Image.Image, path: Path, quality: int) -> None:
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())  # pixels, nothing else
    bare.save(path, "WEBP", quality=quality, method=4)


def main(arguments: list[str]) -> None:
    """Paint, and say how it went."""
    source, picture, poster = (Path(one) for one in arguments[:3])
    try:
        said = paint(source, picture, poster, int(arguments[3]))
    except MemoryError:
        said = {"refused": "memory"}
    except Exception as error:  # noqa: BLE001 -- a hostile file makes decoders raise anything
        said = {"refused": "unreadable", "why": type(error).__name__}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
