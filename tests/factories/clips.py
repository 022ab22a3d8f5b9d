"""Clips for the tests, honest and hostile, each made by a command in about a second."""

from __future__ import annotations

import random
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from contest.media import tools

PLACE = "+22.4856+103.9707/"  # Lào Cai
SECRETS = (b"loci", b"22.48", b"SECRETCOMMENT", b"SECRETSTREAM")  # loci: a box with a place
METADATA = (
    *("-metadata", f"location={PLACE}", "-metadata", "comment=SECRETCOMMENT +22.4856"),
    *("-metadata:s:v:0", "handler_name=SECRETSTREAM"),
    *("-metadata:s:v:0", "title=SECRETSTREAM"),
)
PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=160x120:d=2:r=10")
TONE = ("-f", "lavfi", "-i", "sine=d=2")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")


def run(*arguments: object) -> None:
    """Run the ffmpeg there is, as whoever makes a clip at home."""
    program = tools.ffmpeg()
    assert program, "the tests need an ffmpeg: requirements-media.txt brings one"
    quiet = [program, "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    done = subprocess.run(
        [*quiet, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def metadata_of(path: Path) -> str:
    """Return all that ffmpeg reads as metadata: of the file, its streams, its chapters."""
    program = tools.ffmpeg()
    assert program
    reading = [program, "-hide_banner", "-loglevel", "error", "-i", f"file:{path}"]
    dumped = [*reading, "-map", "0", "-c", "copy", "-f", "ffmetadata", "-"]
    return subprocess.run(dumped, capture_output=True, text=True, check=True).stdout


def small(path: Path) -> None:
    run(*PICTURE, *TONE, *X264, *METADATA, "-movflags", "+faststart", "-f", "mp4", path)


def long(path: Path, seconds: int) -> None:
    """A clip of many parts: some 100 KB a second, as the ones made for looking."""
    source = ("-f", "lavfi", "-i", f"testsrc2=s=320x240:d={seconds}:r=15")
    tone = ("-f", "lavfi", "-i", f"sine=d={seconds}")
    rate = ("-b:v", "900k", "-minrate", "900k", "-maxrate", "900k", "-bufsize", "900k", "-g", "30")
    fill = ("-x264-params", "nal-hrd=cbr")
    run(*source, *tone, *X264, *rate, *fill, "-movflags", "+faststart", "-f", "mp4", path)


def of_size(size: str, seconds: int = 1) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        source = ("-f", "lavfi", "-i", f"testsrc2=s={size}:d={seconds}:r=10")
        run(*source, *X264, "-crf", "4", *METADATA, "-f", "mp4", path)

    return make


def turned(path: Path) -> None:
    """A telephone held upright: lying frames with a matrix that says so, as big ones are."""
    straight = path.with_name("straight.mp4")
    run("-f", "lavfi", "-i", "testsrc2=s=1280x720:d=1:r=5", *X264, "-crf", "4", straight)
    data = straight.read_bytes()
    one, zero = (1 << 16).to_bytes(4), bytes(4)
    lying = one + zero * 3 + one + zero * 3 + (1 << 30).to_bytes(4)
    # The matrix of ISO/IEC 14496-12, 8.3.2, in the header of the track (tkhd).
    upright = zero + one + zero + (2**32 - (1 << 16)).to_bytes(4) + zero * 4 + (1 << 30).to_bytes(4)
    at = data.index(lying, data.index(b"tkhd"))
    path.write_bytes(data[:at] + upright + data[at + len(lying) :])


def hevc_hlg(path: Path) -> None:
    colours = (
        "-color_primaries",
        "bt2020",
        "-color_trc",
        "arib-std-b67",
        "-colorspace",
        "bt2020nc",
    )
    source = ("-f", "lavfi", "-i", "testsrc2=s=320x240:d=1:r=10")
    coded = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
    run(*source, *coded, "-x265-params", "log-level=error:pools=1", *colours, "-f", "mov", path)


def variable_rate(path: Path) -> None:
    steps = ("-vf", "setpts='if(lt(N,10),N*0.05,0.5+(N-10)*0.15)/TB'", "-fps_mode", "vfr")
    run(*PICTURE, *steps, *X264, "-f", "mp4", path)


def threegp(path: Path) -> None:
    source = ("-f", "lavfi", "-i", "testsrc2=s=176x144:d=2:r=10")
    run(*source, *TONE, "-c:v", "mpeg4", "-c:a", "aac", "-f", "3gp", path)


def webm_without_length(path: Path) -> None:
    """What a browser's recorder writes: it cannot go back to say how long it was."""
    live = ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-f", "webm")
    run(*PICTURE, *TONE, *live, "-live", "1", path)


def odd_444(path: Path) -> None:
    source = ("-f", "lavfi", "-i", "testsrc2=s=640x480:d=1:r=10")
    odd = ("-vf", "scale=161:121,format=yuv444p", "-c:v", "libx264")
    run(*source, *odd, "-f", "mp4", path)


def silent(path: Path) -> None:
    run(*PICTURE, *X264, "-f", "mp4", path)


def wide_pixels(path: Path) -> None:
    run(*PICTURE, *X264, "-vf", "setsar=2", "-f", "mp4", path)


def transport_stream(path: Path) -> None:
    """Cut at both ends, as a receiver writes it."""
    whole = path.with_name("whole.ts")
    run(*PICTURE, *TONE, *X264, "-g", "5", "-f", "mpegts", whole)
    data = whole.read_bytes()
    path.write_bytes(data[: len(data) // 188 * 188 - 188 * 3])


def sound_only(path: Path) -> None:
    run(*TONE, "-c:a", "aac", "-f", "mp4", path)


def sound_with_cover(path: Path) -> None:
    cover = path.with_name("cover.png")
    Image.new("RGB", (64, 64), "red").save(cover)
    both = ("-map", "0:a", "-map", "1:v", "-c:a", "aac", "-c:v", "copy")
    run(*TONE, "-i", cover, *both, "-disposition:v:0", "attached_pic", "-f", "mp4", path)


def huge_frame(path: Path) -> None:
    source = ("-f", "lavfi", "-i", "color=s=12000x12000:d=0.2:r=5")
    run(*source, "-c:v", "libx264", "-preset", "ultrafast", "-f", "mp4", path)


def huge_frame_that_lies(path: Path) -> None:
    """The container says 320 × 240, the stream inside 12000 × 12000."""
    huge_frame(path)
    big = (12000).to_bytes(2)
    data = path.read_bytes().replace(big * 2, (320).to_bytes(2) + (240).to_bytes(2))
    path.write_bytes(data.replace(big + bytes(2), (320).to_bytes(2) + bytes(2)))


def ten_hours(path: Path) -> None:
    """Two frames, ten hours apart: a small file that would fill a day."""
    source = ("-f", "lavfi", "-i", "testsrc2=s=160x120:d=0.2:r=10", "-vf", "setpts=N*36000/TB")
    run(*source, "-fps_mode", "passthrough", *X264, "-f", "mp4", path)


def ten_hours_unsaid(path: Path) -> None:
    source = ("-f", "lavfi", "-i", "testsrc2=s=160x120:d=1:r=10", "-vf", "setpts=N*3600/TB")
    live = ("-c:v", "libvpx", "-deadline", "realtime", "-f", "webm", "-live", "1")
    run(*source, "-fps_mode", "passthrough", *live, path)


def ten_hours_of_frames(path: Path) -> None:
    """One frame a second for ten hours: the packets of a minute, copied 600 times."""
    minute = path.with_name("minute.mp4")
    run("-f", "lavfi", "-i", "color=s=160x120:d=60:r=1", *X264, "-f", "mp4", minute)
    run("-stream_loop", 599, "-i", minute, "-c", "copy", "-f", "mp4", path)


def pointing_elsewhere(url: str) -> Callable[[Path], None]:
    """Make a clip whose tracks say that their data lie at `url` (ISO/IEC 14496-12, 8.7.2)."""

    def pointed(boxes: bytes) -> bytes:
        found, at = b"", 0
        while at < len(boxes):
            size, kind = int.from_bytes(boxes[at : at + 4]), boxes[at + 4 : at + 8]
            body = boxes[at + 8 : at + size]
            if kind in {b"moov", b"trak", b"mdia", b"minf", b"dinf"}:
                body = pointed(body)
            elif kind == b"dref":
                entry = b"url " + bytes(4) + url.encode() + b"\0"
                body = body[:8] + (len(entry) + 4).to_bytes(4) + entry
            found += (len(body) + 8).to_bytes(4) + kind + body
            at += size
        return found

    def make(path: Path) -> None:
        run(*PICTURE, *X264, "-f", "mp4", path)  # the index is last: nothing before it moves
        path.write_bytes(pointed(path.read_bytes()))

    return make


def fragmented_cut(path: Path) -> None:
    """Cut in the middle of a fragment."""
    whole = path.with_name("fragmented.mp4")
    source = ("-f", "lavfi", "-i", "testsrc2=s=160x120:d=6:r=10", "-f", "lavfi", "-i", "sine=d=6")
    run(*source, *X264, "-g", "10", "-movflags", "frag_keyframe+empty_moov", whole)
    cut(whole, path, 0.6)


def long_fragments_cut(path: Path) -> None:
    """Cut where ffmpeg ends with 0 and says nothing; only the length tells."""
    whole = path.with_name("fragmented.mp4")
    source = ("-f", "lavfi", "-i", "testsrc2=s=160x120:d=9:r=10", "-f", "lavfi", "-i", "sine=d=9")
    run(*source, *X264, "-g", "45", "-movflags", "frag_keyframe+empty_moov", whole)
    cut(whole, path, 0.3)


def progressive_cut(path: Path) -> None:
    whole = path.with_name("progressive.mp4")
    source = ("-f", "lavfi", "-i", "testsrc2=s=160x120:d=6:r=10")
    run(*source, *X264, "-movflags", "+faststart", whole)
    cut(whole, path, 0.6)


def without_index(path: Path) -> None:
    """A telephone that ran out of power: the index, written last, is not there."""
    whole = path.with_name("late.mp4")
    run(*PICTURE, *X264, "-f", "mp4", whole)
    cut(whole, path, 0.7)


def cut(whole: Path, path: Path, share: float) -> None:
    data = whole.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def damaged_inside(path: Path) -> None:
    """Every frame after the headers is noise; the container is whole."""
    small(path)
    data = bytearray(path.read_bytes())
    at = data.index(b"mdat") + 1200
    data[at:] = random.Random(7).randbytes(len(data) - at)
    path.write_bytes(data)


def zip_before_clip(path: Path) -> None:
    clip = path.with_name("inside.mp4")
    small(clip)
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("a.html", "<script>alert(1)</script>")
    with path.open("ab") as file:
        file.write(clip.read_bytes())


def text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(content) and None


def noise(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(500_000))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def mutated(whole: bytes, seed: int) -> bytes:
    """Return the bytes with a few of them changed, cut out or doubled."""
    chance = random.Random(seed)
    data = bytearray(whole)
    for _ in range(chance.randint(1, 30)):
        at = chance.randrange(len(data))
        kind = chance.randrange(4)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            data[at : at + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
        elif kind == 2:
            del data[at : at + chance.randint(1, 200)]
        else:
            data[at:at] = data[at : at + chance.randint(1, 200)]
    return bytes(data)


def filmed(path: Path, seed: int, seconds: int = 24, changes: Sequence[object] = ()) -> None:
    """Film something like a scene: soft shapes that move, another every two seconds, with sound."""
    chance = np.random.default_rng(seed)
    rate, width, height = 5, 192, 144
    frames = []
    for second in range(seconds):
        if second % 2 == 0:
            field = chance.integers(0, 256, (9, 12), np.uint8)
            scene = Image.fromarray(field).resize(
                (width + 40, height + 20), Image.Resampling.BICUBIC
            )
        for no in range(rate):
            x = (second % 2) * 20 + no * 4
            frames.append(scene.crop((x, x // 2, x + width, x // 2 + height)).tobytes())
    pitches = chance.integers(150, 1500, (seconds * 4, 3))
    times = np.arange(11025 // 4) / 11025
    waves = [sum(np.sin(2 * np.pi * pitch * times) for pitch in row) / 4 for row in pitches]
    sound = (np.concatenate(waves) * 20000).astype("<i2").tobytes()
    raw, wave = path.with_suffix(".gray"), path.with_suffix(".pcm")
    raw.write_bytes(b"".join(frames))
    wave.write_bytes(sound)
    seen = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}", "-r", rate, "-i", raw)
    heard = ("-f", "s16le", "-ar", 11025, "-ac", 1, "-i", wave)
    run(*seen, *heard, *X264, *changes, "-f", "mp4", path)
    raw.unlink()
    wave.unlink()


def copy_of(path: Path, folder: Path) -> Path:
    """Put a clip where a job would: alone in a folder, without a suffix."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "source"
    shutil.copyfile(path, source)
    return source
