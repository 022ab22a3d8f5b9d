"""Making a clip watchable: one pass over what was sent, the rest from what that pass made.

The stranger's frames are decoded once, in the cage. Poster, strip and fingerprints are taken from
the small file that came out, which is ours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from contest.errors import N_, Invalid
from contest.media import cage, fingerprints, probing
from contest.media.cage import Bounds, CageFailed
from contest.media.made import Made, Prints, Tell
from contest.media.probing import INPUT, QUIET
from contest.rules import media as rules
from contest.rules.media import ClipFacts, FileKind, Limits, Rendition

MP4, JPEG = "video/mp4", "image/jpeg"
READING, ENCODING, LOOKING = (
    N_("Đang kiểm tra video"),
    N_("Đang chuyển video để xem được trên mọi máy"),
    N_("Đang tạo ảnh xem trước"),
)
STRIP_PICTURES, STRIP_WIDTH = 10, 160
MOST_FRAMES_A_SECOND = "30"
# HLG and PQ shown on plain screens look washed out unless their light is mapped (ITU-R BT.2408).
TONE = (
    "zscale=tin={transfer}:pin=bt2020:min=bt2020nc:t=linear:npl=203,format=gbrpf32le,"
    "zscale=p=bt709,tonemap=tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv"
)
# Leave out frames between others; for small pictures also the smoothing of edges of blocks.
HASTY = ("-threads", "1", "-skip_frame", "bidir")
GLANCING = (*HASTY, "-skip_loop_filter", "all")
LISTING = Bounds(wall_seconds=20.0)


@dataclass(frozen=True, slots=True)
class Clip:
    """What was made of a clip: what it was, the files in the work folder, its fingerprints."""

    facts: ClipFacts
    files: tuple[Made, ...]
    prints: Prints


def make(ffmpeg: str, source: Path, limits: Limits, *, tell: Tell) -> Clip:
    """Check and convert the clip at `source`, writing beside it.

    Raises Invalid with the reason when it is refused, CageFailed when a program died of something
    else; whatever `tell` raises stops everything.
    """
    rules.ensure_bytes(source.stat().st_size, limits)
    facts = probing.describe(
        ffmpeg,
        source,
        most_seconds=limits.most_seconds,
        beat=lambda: tell(0, 0, READING),
    )
    rules.ensure_clip(facts, limits)
    plan = rules.renditions(facts)
    try:
        _convert(ffmpeg, source, facts, plan, tell)
        watchable = tuple(
            _measured(ffmpeg, source.with_name(f"{one.kind}.mp4"), one) for one in plan
        )
        rules.ensure_whole(facts.seconds, min(one.seconds or 0.0 for one in watchable))
        return Clip(facts, *_look(ffmpeg, watchable, tell))
    except CageFailed as failed:
        if failed.is_exit and not _decodes(ffmpeg, source, facts, tell):
            raise Invalid(rules.BROKEN_INSIDE) from failed
        raise


def _convert(
    ffmpeg: str, source: Path, facts: ClipFacts, plan: tuple[Rendition, ...], tell: Tell
) -> None:
    total = max(1, round(facts.seconds))

    def hear(line: str) -> None:
        name, _, value = line.partition("=")
        if name == "out_time_us" and value.lstrip("-").isdigit():
            at[0] = min(total, max(0, int(value) // 1_000_000))

    def beat() -> None:
        tell(at[0], total, ENCODING)

    at = [0]
    arguments = _conversion(source, facts, plan, tones=has_filter(ffmpeg, "zscale"))
    bounds = Bounds(wall_seconds=rules.wall_seconds(facts.seconds, len(plan)))
    _run([ffmpeg, *arguments], source.parent, bounds, beat=beat, hear=hear)


def _decodes(ffmpeg: str, source: Path, facts: ClipFacts, tell: Tell) -> bool:
    """Say whether the clip can be decoded without an error: then the fault is ours."""
    reading = [*QUIET, "-loglevel", "error", "-xerror", *INPUT, "-i", f"file:{source}"]
    program = [ffmpeg, *reading, "-map", "0:V:0", "-map", "0:a:0?", "-f", "null", "-"]
    bounds = Bounds(wall_seconds=rules.wall_seconds(facts.seconds))
    folder = source.parent
    ended = cage.run(program, folder=folder, bounds=bounds, beat=lambda: tell(0, 0, READING))
    return ended.code == 0 and not ended.is_late


def _conversion(
    source: Path, facts: ClipFacts, plan: tuple[Rendition, ...], *, tones: bool
) -> list[str]:
    """Return ffmpeg's arguments: one input, one output for each rendition."""
    arguments = [*QUIET, "-loglevel", "error", "-nostats", "-progress", "pipe:1", *INPUT]
    arguments += ["-i", f"file:{source}"]
    for one in plan:
        arguments += ["-map", "0:V:0", "-map", "0:a:0?", "-map_metadata", "-1"]
        arguments += ["-t", f"{facts.seconds + 1:.3f}"]
        arguments += ["-map_chapters", "-1", "-sn", "-dn", "-fflags", "+bitexact"]
        arguments += _copied() if one.is_copy else _encoded(one, facts, tones=tones)
        if one.is_copy and facts.sound_codec == "aac":
            arguments += ["-c:a", "copy"]
        else:
            arguments += ["-c:a", "aac", "-b:a", "64k", "-ac", "2", "-ar", "44100"]
        arguments += [
            "-movflags",
            "+faststart",
            "-f",
            "mp4",
            f"file:{source.with_name(f'{one.kind}.mp4')}",
        ]
    return arguments


def _copied() -> list[str]:
    # Units of type 6 are SEI: remarks inside the stream, where anything may be written.
    return ["-c:v", "copy", "-bsf:v", "filter_units=remove_types=6"]


def _encoded(one: Rendition, facts: ClipFacts, *, tones: bool) -> list[str]:
    steps = [f"scale={one.width}:{one.height}:flags=bicubic", "setsar=1"]
    if facts.transfer and tones:
        steps.append(TONE.format(transfer=facts.transfer))
    level = "3.1" if one.kind is FileKind.SMALL else "4.0"
    return [
        *("-vf", ",".join([*steps, "format=yuv420p"]), "-fpsmax", MOST_FRAMES_A_SECOND),
        *("-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-crf", str(one.crf)),
        *("-maxrate", f"{one.kilobits}k", "-bufsize", f"{2 * one.kilobits}k"),
        *("-profile:v", "main", "-level", level, "-g", "60", "-flags:v", "+bitexact"),
    ]


def _measured(ffmpeg: str, path: Path, one: Rendition) -> Made:
    """Read back what was made: a file that cannot be read is no result."""
    facts = probing.describe(ffmpeg, path, most_seconds=10**6, beat=lambda: None)
    width, height = facts.shown
    return Made(
        one.kind, path, MP4, width, height, facts.seconds, has_sound=bool(facts.sound_codec)
    )


def _look(ffmpeg: str, watchable: tuple[Made, ...], tell: Tell) -> tuple[tuple[Made, ...], Prints]:
    """Take strip, fingerprints and poster from the smallest file made."""
    small = watchable[0]
    folder, seconds = small.path.parent, max(small.seconds or 0.0, 0.1)
    tell(0, 0, LOOKING)
    frames, sound, strip = (folder / name for name in ("frames.gray", "sound.raw", "strip.jpg"))
    step = STRIP_PICTURES / seconds
    tiles = f"fps={step:.6f},scale={STRIP_WIDTH}:-2,tile={STRIP_PICTURES}x1,format=yuvj420p"
    side = fingerprints.SIDE
    arguments = [*_ours(small.path, *GLANCING), "-map", "0:V:0", "-vf"]
    arguments += [
        f"fps=1,scale={side}:{side}:flags=area,format=gray",
        "-f",
        "rawvideo",
        str(frames),
    ]
    arguments += [
        "-map",
        "0:V:0",
        "-vf",
        tiles,
        "-frames:v",
        "1",
        "-q:v",
        "5",
        "-f",
        "mjpeg",
        str(strip),
    ]
    if small.has_sound and has_muxer(ffmpeg, "chromaprint"):
        arguments += ["-map", "0:a:0", "-f", "chromaprint", "-fp_format", "raw", str(sound)]
    bounds = Bounds(wall_seconds=rules.wall_seconds(seconds))
    _run([ffmpeg, *arguments], folder, bounds, beat=lambda: tell(0, 0, LOOKING))
    luma = frames.read_bytes()
    rules.ensure_whole(seconds, len(luma) / side**2)
    poster = folder / "poster.jpg"
    at = min(fingerprints.liveliest(luma), max(0.0, seconds - 0.2))
    arguments = ["-ss", f"{at:.3f}", *_ours(small.path, *HASTY), "-map", "0:V:0", "-frames:v", "1"]
    arguments += ["-q:v", "4", "-vf", "format=yuvj420p", "-f", "mjpeg", str(poster)]
    _run([ffmpeg, *arguments], folder, bounds, beat=lambda: tell(0, 0, LOOKING))
    tile = rules.fitted(small.width or 2, small.height or 2, 10**6)
    strip_height = max(2, round(STRIP_WIDTH * tile[1] / tile[0] / 2) * 2)
    files = (
        *watchable,
        Made(FileKind.POSTER, poster, JPEG, small.width, small.height),
        Made(FileKind.STRIP, strip, JPEG, STRIP_WIDTH * STRIP_PICTURES, strip_height),
    )
    heard = sound.read_bytes() if sound.exists() else b""
    return files, Prints(fingerprints.of_frames(luma), heard)


def _ours(path: Path, *decoding: str) -> list[str]:
    return [*QUIET, "-loglevel", "error", *INPUT, *decoding, "-i", f"file:{path}"]


def _run(
    program: list[str],
    folder: Path,
    bounds: Bounds,
    *,
    beat: Callable[[], None],
    hear: Callable[[str], None] = lambda _line: None,
) -> None:
    ended = cage.run(program, folder=folder, bounds=bounds, on_out=hear, beat=beat)
    if ended.is_late or ended.code != 0:
        raise CageFailed("ffmpeg", ended.reason, ended.tail)


@lru_cache(maxsize=16)
def _names(ffmpeg: str, what: str) -> frozenset[str]:
    """List the names a build of ffmpeg knows: the second word of each line."""
    words: set[str] = set()

    def hear(line: str) -> None:
        words.update(line.split()[1:2])

    cage.run([ffmpeg, "-hide_banner", what], folder=Path("/"), bounds=LISTING, on_out=hear)
    return frozenset(words)


def has_filter(ffmpeg: str, name: str) -> bool:
    """Say whether this build of ffmpeg has a filter."""
    return name in _names(ffmpeg, "-filters")


def has_muxer(ffmpeg: str, name: str) -> bool:
    """Say whether this build of ffmpeg writes a format."""
    return name in _names(ffmpeg, "-muxers")
