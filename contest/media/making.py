"""One door to the makers: what was asked for decides who opens the file."""

from dataclasses import dataclass
from pathlib import Path

from contest.media import documents, pictures, video
from contest.media.made import Made, Prints, Tell
from contest.rules.media import Limits, What

UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Result:
    """What was made, and what the file that was sent truly is."""

    files: tuple[Made, ...]
    prints: Prints
    media_type: str = UNKNOWN


def make(ffmpeg: str | None, what: What, source: Path, limits: Limits, *, tell: Tell) -> Result:
    """Check and convert `source`; without an ffmpeg clips are not for this function.

    Raises Invalid when the file is refused, CageFailed when a program died.
    """
    if what is What.DOCUMENT:
        files = documents.make(source, limits, tell=tell)
        return Result(files, Prints(), documents.media_type(source))
    if what is What.PICTURE:
        return Result(*pictures.make(source, limits, tell=tell))
    if ffmpeg is None:
        raise ValueError("a clip needs an ffmpeg")
    clip = video.make(ffmpeg, source, limits, tell=tell)
    return Result(clip.files, clip.prints)
