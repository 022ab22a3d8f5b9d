"""Pictures sent as entries: decoded in the cage, kept as a WebP of ours and a smaller one."""

from pathlib import Path

from contest.errors import N_, Invalid
from contest.media import cage, fingerprints
from contest.media.cage import Bounds
from contest.media.made import Made, Prints, Tell
from contest.rules import media as rules
from contest.rules.media import FileKind, Limits

WEBP = "image/webp"
PAINTER = Path(__file__).with_name("painter.py")
PAINTING = N_("Đang xử lý hình")
BOUNDS = Bounds(wall_seconds=60.0)


def make(source: Path, limits: Limits, *, tell: Tell) -> tuple[tuple[Made, ...], Prints]:
    """Check and convert the picture at `source`, writing beside it.

    Raises Invalid with the reason when it is refused, CageFailed when the program died.
    """
    rules.ensure_bytes(source.stat().st_size, limits)
    picture, poster = source.with_name("picture.webp"), source.with_name("poster.webp")
    facts = cage.ask(
        *(PAINTER, source, picture, poster, limits.most_picture_pixels),
        folder=source.parent,
        bounds=BOUNDS,
        beat=lambda: tell(0, 0, PAINTING),
    )
    if facts.get("refused") == "fine":
        rules.ensure_picture(facts["width"], facts["height"], limits)
    if "refused" in facts:
        raise Invalid(rules.NO_PICTURE)
    files = (
        Made(FileKind.PICTURE, picture, WEBP, facts["width"], facts["height"]),
        Made(FileKind.POSTER, poster, WEBP, facts["poster_width"], facts["poster_height"]),
    )
    return files, Prints(fingerprints.of_frames(bytes.fromhex(facts["luma"])))
