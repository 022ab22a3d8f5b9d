"""Static files: addresses that change with the content, and pre-compressed copies.

`build` copies static/ beside the data and compresses it (WhiteNoise's own compressor); the site
serves that copy when it is there, static/ itself when it is not.
"""

import hashlib
import shutil
from functools import lru_cache
from pathlib import Path

from flask import Flask, url_for
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from contest.config import ROOT

STATIC = ROOT / "static"
YEAR = 365 * 24 * 3600  # seconds


def build(data_dir: Path) -> Path:
    """Copy and compress static/ into the data folder; return the copy's place."""
    copy = data_dir / "static"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(STATIC, copy)
    compressor = Compressor(quiet=True)
    for path in sorted(copy.rglob("*")):
        if path.is_file() and compressor.should_compress(path.name):
            compressor.compress(str(path))
    return copy


def install(app: Flask, data_dir: Path) -> None:
    """Serve static files from WSGI, before any of our own code runs."""
    copy = data_dir / "static"
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(copy if copy.is_dir() else STATIC),
        prefix="static/",
        max_age=YEAR,
        autorefresh=not copy.is_dir(),
    )
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """Return the address of a static file, with the beginning of its SHA-256 as its version."""
    return url_for("static", filename=name, v=version(name))


@lru_cache(maxsize=256)
def version(name: str) -> str:
    """Return eight hexadecimal digits of the file's SHA-256."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]
