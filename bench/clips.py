"""How long a phone's clip keeps the worker, and how little when it need not be encoded.

`transcode_ratio`: CPU seconds of work for each second of a 720p clip as telephones film it: encoded
to 480p and 720p, with poster, strip and fingerprints. `remux_ratio`: the same for a clip that all
telephones can play as it is.
"""

import os
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from contest.media import tools, video
from contest.rules.media import Limits

SECONDS = 20
RUNS = 3
FILMED = ("-b:v", "12M", "-maxrate", "12M", "-bufsize", "12M")  # a telephone's usual rate
LIGHT = ("-b:v", "1100k", "-maxrate", "1200k", "-bufsize", "1200k")
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
        _film(program, filmed, FILMED)
        _film(program, light, LIGHT)
        ratios = {
            "transcode_ratio": _median(program, filmed, folder, runs, files=4),
            "remux_ratio": _median(program, light, folder, runs, files=3),
        }
    sizes = "encoded to 480p and 720p" if ratios else ""
    print(f"\nClips of {SECONDS} s, 720p: CPU seconds a second of clip ({sizes}; copied)")
    for key, value in ratios.items():
        print(f"  {key:16} {value:.3f}")
    return {key: round(value, 4) for key, value in ratios.items()}


def _film(program: str, path: Path, rate: tuple[str, ...]) -> None:
    picture = ("-f", "lavfi", "-i", SCENE, "-f", "lavfi", "-i", "sine=frequency=300")
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *rate)
    sound = ("-c:a", "aac", "-b:a", "96k", "-ac", "2")
    command = [program, "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *picture, *coded]
    command += [*sound, "-t", str(SECONDS), "-f", "mp4", str(path)]
    subprocess.run(command, check=True)


def _median(program: str, path: Path, folder: Path, runs: int, *, files: int) -> float:
    return statistics.median(_once(program, path, folder, no, files) for no in range(runs))


def _once(program: str, path: Path, folder: Path, no: int, files: int) -> float:
    """Return the CPU seconds one whole making took, its programs included, a second of clip."""
    place = folder / f"{path.name}-{no}"
    place.mkdir()
    source = place / "source"
    os.link(path, source)
    before = _cpu_s()
    made = video.make(program, source, Limits(), tell=lambda *_: None)
    if len(made.files) != files:
        kinds = [one.kind for one in made.files]
        raise RuntimeError(f"the clip was not made as meant: {kinds}")
    return (_cpu_s() - before) / SECONDS


def _cpu_s() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system
