"""Static files: addresses that change with the content; a copy made small, once, before serving.

`build` copies static/ beside the data, minifies it, joins scripts that always stand together and
compresses everything; the site serves that copy when it is there, static/ itself when it is not.
"""

import hashlib
import shutil
from functools import lru_cache, partial
from pathlib import Path

from flask import Flask, url_for
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from contest.config import ROOT

STATIC = ROOT / "static"
YEAR = 365 * 24 * 3600  # seconds
MINIFIERS = {".css": cssmin, ".js": jsmin}
BUNDLES = {  # one file of the copy, from these in their order
    "js/paper.bundle.js": (
        "js/paper/answers.js",
        "js/paper/saving.js",
        "js/paper/news.js",
        "js/paper.js",
    ),
}


def build(data_dir: Path) -> Path:
    """Copy static/ into the data folder, minified and compressed; return the copy's place."""
    copy = data_dir / "static"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(STATIC, copy)
    for bundle, parts in BUNDLES.items():
        (copy / bundle).write_text(
            "".join((copy / part).read_text("utf-8") for part in parts), "utf-8"
        )
    compressor = Compressor(quiet=True)
    for path in sorted(copy.rglob("*")):
        if path.suffix in MINIFIERS:
            path.write_text(MINIFIERS[path.suffix](path.read_text("utf-8")), "utf-8")
        if path.is_file() and compressor.should_compress(path.name):
            compressor.compress(str(path))
    return copy


def install(app: Flask, data_dir: Path) -> None:
    """Serve static files from WSGI, before any of our own code runs."""
    copy = data_dir / "static"
    is_built = copy.is_dir()
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(copy if is_built else STATIC),
        prefix="static/",
        max_age=YEAR,
        autorefresh=not is_built,
    )
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["scripts"] = partial(scripts, is_built=is_built)


def asset(name: str) -> str:
    """Return the address of a static file, with the beginning of its SHA-256 as its version."""
    return url_for("static", filename=name, v=version(name))


def scripts(bundle: str, *, is_built: bool) -> list[str]:
    """Return the addresses of a bundle's scripts: the joined one of the copy, or each by itself."""
    parts = BUNDLES[bundle]
    if is_built:
        return [url_for("static", filename=bundle, v=version(*parts))]
    return [asset(part) for part in parts]


@lru_cache(maxsize=256)
def version(*names: str) -> str:
    """Return eight hexadecimal digits of the files' SHA-256."""
    return hashlib.sha256(b"".join((STATIC / name).read_bytes() for name in names)).hexdigest()[:8]
