"""What a clip is: measured by reading it from end to end once, without decoding a frame.

One run of ffmpeg that copies packets into `framecrc` gives codecs and sizes, and how far the
packets truly reach; ffprobe is not needed, so an ffmpeg without it serves as well.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from contest.errors import Invalid
from contest.media import cage
from contest.media.cage import Bounds, CageFailed
from contest.rules import media as rules
from contest.rules.media import ClipFacts

# Only these may open a stranger's file: no playlists, no scripts, no addresses, no pictures.
# `-protocol_whitelist` alone lets ffconcat and HLS name other files.
INPUT = (
    *("-protocol_whitelist", "file,pipe"),
    *("-format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts"),
    *("-max_pixels", str(rules.MOST_PIXELS)),
    *("-probesize", "20M", "-analyzeduration", "20M"),
)
QUIET = ("-hide_banner", "-nostdin", "-y", "-threads", "1")
SECONDS_BEYOND = 60  # read past the limit, so that the length of most is known
PROBE_BOUNDS = Bounds(wall_seconds=120.0)

STREAM = re.compile(r"  Stream #0:\d+(?:\[[^\]]*\])?(?:\([^)]*\))?: (Video|Audio): (.*)")
CODED = re.compile(r"(\w+).*?, (\w+)(?:\(([^()]*)\))?, (\d{1,6})x(\d{1,6})(?: \[SAR (\d+):(\d+))?")
SIZE = re.compile(r"(\w+).*?, (\d{1,6})x(\d{1,6})\b")
LENGTH = re.compile(r"  Duration: (\d+):(\d\d):(\d\d\.\d+)")
# "displaymatrix" up to ffmpeg 6, "Display Matrix" after.
TURNED = re.compile(r" +(?:displaymatrix|Display Matrix): rotation of (-?\d+(?:\.\d+)?) degrees")
TIMEBASE = re.compile(r"#tb (\d): (\d+)/(\d+)")


class _Enough(Exception):
    """There is no need to read on."""


@dataclass(slots=True)
class _Heard:
    """What ffmpeg said of its input, and the last moment of each stream."""

    most_seconds: float
    containers: str = ""
    said_seconds: float | None = None
    video: str = ""
    sound: str = ""
    turn: int = 0
    is_input: bool = False
    section: str = ""  # the kind of stream the lines that come belong to
    bases: dict[str, Fraction] = field(default_factory=dict)
    ends: dict[str, Fraction] = field(default_factory=dict)

    def is_enough(self) -> bool:
        """Say whether the clip is too long whatever comes, and its description is here."""
        return bool(self.video) and any(end > self.most_seconds for end in self.ends.values())

    def error(self, line: str) -> None:
        """Take a line of the description of the input."""
        if line.startswith("Input #0, "):
            self.containers = line.removeprefix("Input #0, ").partition(", from ")[0]
            self.is_input = True
        elif line.startswith(("Output #0", "Stream mapping:")):
            self.is_input = False
        elif self.is_input:
            self._describe(line)

    def _describe(self, line: str) -> None:
        if found := STREAM.fullmatch(line):
            kind, text = found.groups()
            self.section = kind if "(attached pic)" not in text else ""
            if self.section == "Video" and not self.video:
                self.video = text
            elif self.section == "Audio" and not self.sound:
                self.sound = text
            else:
                self.section = ""
        elif (found := LENGTH.match(line)) and self.said_seconds is None:
            hours, minutes, seconds = found.groups()
            self.said_seconds = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        elif (found := TURNED.match(line)) and self.section == "Video":
            self.turn = round(-float(found[1]) / 90) * 90 % 360

    def packet(self, line: str) -> None:
        """Take a line of framecrc: stream, dts, pts, duration, …"""
        if found := TIMEBASE.match(line):
            self.bases[found[1]] = Fraction(int(found[2]), int(found[3]))
        elif line[:1].isdigit():
            stream, _dts, shown, lasts = line.split(",")[:4]
            end = (int(shown) + int(lasts)) * self.bases[stream]
            if end > self.ends.get(stream, Fraction(0)):
                self.ends[stream] = end
            if end > self.most_seconds:
                raise _Enough


def describe(
    ffmpeg: str, source: Path, *, most_seconds: float, beat: Callable[[], None]
) -> ClipFacts:
    """Measure the clip at `source`; its own folder is all the run may write into.

    Raises Invalid when it is no clip or has no moving picture, CageFailed when the program died.
    """
    heard = _Heard(most_seconds + SECONDS_BEYOND)

    def beat_or_stop() -> None:
        beat()
        if heard.is_enough():
            raise _Enough

    try:
        ended = cage.run(
            [
                *(ffmpeg, *QUIET, "-loglevel", "info", "-nostats"),
                *(() if is_transport_stream(source) else ("-xerror",)),
                *INPUT,
                *("-i", f"file:{source}", "-map", "0:V:0", "-map", "0:a:0?", "-c", "copy"),
                *("-f", "framecrc", "pipe:1"),
            ],
            folder=source.parent,
            bounds=PROBE_BOUNDS,
            on_out=heard.packet,
            on_error=heard.error,
            beat=beat_or_stop,
        )
    except _Enough:
        return _facts(heard, source.stat().st_size, is_broken_off=False)
    if ended.is_late or ended.code < 0:
        raise CageFailed("probe", ended.reason, ended.tail)
    if not heard.containers:
        raise Invalid(rules.NO_CLIP)
    if not heard.video:
        raise Invalid(rules.NO_FRAMES if heard.sound else rules.NO_CLIP)
    return _facts(heard, source.stat().st_size, is_broken_off=ended.code != 0)


def _facts(heard: _Heard, size: int, *, is_broken_off: bool) -> ClipFacts:
    coded = CODED.match(heard.video)
    plain = SIZE.match(heard.video)
    if coded is None and plain is not None:  # too fine to decode: its sizes are known all the same
        rules.ensure_frame(int(plain[2]), int(plain[3]))
    if coded is None or not heard.ends.get("0"):
        raise Invalid(rules.NO_CLIP)
    codec, pixels, colours, width, height, across, down = coded.groups()
    transfer = set(re.split(r"[,/ ]+", colours or "")) & rules.HDR
    return ClipFacts(
        containers=heard.containers,
        bytes=size,
        seconds=float(max(heard.ends.values())),
        said_seconds=heard.said_seconds,
        video_codec=codec,
        pixel_format=pixels,
        width=int(width),
        height=int(height),
        turn=heard.turn,
        aspect=Fraction(int(across), int(down))
        if across and int(across) and int(down)
        else Fraction(1),
        transfer=next(iter(transfer), ""),
        sound_codec=heard.sound.split(" ")[0].rstrip(",") or None,
        is_broken_off=is_broken_off,
    )


def is_transport_stream(source: Path) -> bool:
    """Say whether the bytes look like MPEG-TS, which begins and ends anywhere, errors included."""
    packet = 188
    with source.open("rb") as file:
        head = file.read(packet * 3 + 1)
    return len(head) > packet * 3 and set(head[::packet]) == {0x47}
