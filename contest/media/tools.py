"""Where ffmpeg is: the system's own when there is one, else the one a Python package carries."""

import importlib.util
import os
import shutil
from pathlib import Path

PACKAGE = "imageio_ffmpeg"


def ffmpeg() -> str | None:
    """Return the path of ffmpeg; None when this machine has none."""
    return shutil.which("ffmpeg") or packaged()


def packaged() -> str | None:
    """Return the ffmpeg inside the installed package of requirements-media.txt, if any."""
    found = importlib.util.find_spec(PACKAGE)
    for folder in (found.submodule_search_locations or ()) if found else ():
        for path in sorted(Path(folder, "binaries").glob("ffmpeg-*")):
            if os.access(path, os.X_OK):
                return str(path)
    return None
