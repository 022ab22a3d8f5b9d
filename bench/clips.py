"""`python -m bench.clips`: how long a clip keeps the worker, and how little when it is copied.

`transcode_ratio`: CPU seconds of work for each second of a 720p clip as telephones film it: encoded
to 480p and 720p, with poster, strip and fingerprints. `remux_ratio`: the same for a clip that all
telephones can play as it is: its packets are copied, and it is decoded once for its pictures and
fingerprints.
"""

import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from contest.media import tools, video
from contest.rules.media import Limits

SECONDS = 20  # of the clip as it was filmed
TIMES = 3  # the light one is so often as long
RUNS = 3
MOST_REMUX = 0.05
FILMED = ("-b:v", "12M", "-maxrate", "12M", "-bufsize", "12M")  # a telephone's usual rate
# As messengers send it on: every means of H.264 that makes decoding dearer is used.
LIGHT = ("-preset", "veryfast", "-b:v", "1100k", "-maxrate", "1200k", "-bufsize", "1200k")
# Moving shapes under grain: flat test pictures would flatter the encoder.
SCENE = "mandelbrot=s=1280x720:r=30:end_scale=0.02,noise=alls=12:allf=t"


def measure(runs: int = RUNS) -> dict[str, Any]:
    """Return both ratios, medians; nothing where there is no ffmpeg."""
    program = tools.ffmpeg()
    if program is None:
        print("clips: no ffmpeg here")
        return {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        filmed, light = folder / "filmed", folder / "light"
        _film(program, filmed)
        _lighten(program, filmed, light)
        long = _repeated(program, light)
        transcode = _median(program, filmed, runs, files=4) / SECONDS
        remux = _median(program, long, runs, files=3) / (SECONDS * TIMES)
    print(f"transcode_ratio  {transcode:.2f}  (720p, {SECONDS} s, encoded to 480p and 720p)")
    verdict = "met" if remux < MOST_REMUX else "NOT MET"
    print(f"remux_ratio      {remux:.3f}  (wanted < {MOST_REMUX}; {SECONDS * TIMES} s)  {verdict}")
    return {"transcode_ratio": round(transcode, 4), "remux_ratio": round(remux, 4)}


def _film(program: str, path: Path) -> None:
    picture = ("-f", "lavfi", "-i", SCENE, "-f", "lavfi", "-i", "sine=frequency=300")
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *FILMED)
    sound = ("-c:a", "aac", "-b:a", "96k", "-ac", "2")
    command = [program, "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *picture, *coded]
    command += [*sound, "-t", str(SECONDS), "-f", "mp4", str(path)]
    subprocess.run(command, check=True)


def _lighten(program: str, filmed: Path, path: Path) -> None:
    command = [program, "-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-i", str(filmed)]
    command += ["-c:v", "libx264", *LIGHT, "-c:a", "copy", "-f", "mp4", str(path)]
    subprocess.run(command, check=True)


def _repeated(program: str, path: Path) -> Path:
    """Return the clip `TIMES` times over: as many frames to read as a long one has."""
    long = path.with_name(f"{path.name}-long")
    command = [program, "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    command += ["-stream_loop", str(TIMES - 1), "-i", str(path), "-c", "copy", "-f", "mp4"]
    subprocess.run([*command, str(long)], check=True)
    return long


def _median(program: str, path: Path, runs: int, *, files: int) -> float:
    return statistics.median(_once(program, path, no, files) for no in range(runs))


def _once(program: str, path: Path, no: int, files: int) -> float:
    """Return the CPU seconds one whole making took, its programs included."""
    place = path.with_name(f"{path.name}-{no}")
    place.mkdir()
    source = place / "source"
    os.link(path, source)
    before = _cpu_s()
    made = video.make(program, source, Limits(), tell=lambda *_: None)
    if len(made.files) != files:
        kinds = [one.kind for one in made.files]
        raise RuntimeError(f"the clip was not made as meant: {kinds}")
    return _cpu_s() - before


def _cpu_s() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


if __name__ == "__main__":
    print(json.dumps(measure()))
