"""What making yields, whatever was sent: files in the work folder, and fingerprints."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contest.rules.media import FileKind

Tell = Callable[[int, int, str], None]  # done, total, stage: Work.progress


@dataclass(frozen=True, slots=True)
class Made:
    """A file in the work folder, ready to be stored; sizes in pixels, time in seconds."""

    kind: FileKind
    path: Path
    media_type: str
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    has_sound: bool = False


@dataclass(frozen=True, slots=True)
class Prints:
    """Fingerprints: eight bytes for each second of picture, four for each eighth of sound."""

    frames: bytes = b""
    sound: bytes = b""
