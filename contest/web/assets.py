"""Static files: addresses that change with the content; a copy made small, once, before serving.

`build` copies static/ beside the data, minifies it, joins scripts that always stand together, puts
styles' small pictures into the styles and compresses everything; the site serves that copy when it
is there, static/ itself when it is not.
"""

import hashlib
import re
import shutil
from functools import lru_cache, partial
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from flask import Flask, url_for
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from contest.config import ROOT

try:
    import minify
except ImportError:  # no wheel of it for this machine: files keep their spaces and long names
    minify = None

STATIC = ROOT / "static"
YEAR = 365 * 24 * 3600  # seconds
KINDS = {".css": "text/css", ".js": "application/javascript"}
MAKERS = ("whitenoise", "brotli", "tdewolff-minify")  # whose next release may make other files
LANGUAGE = 2017  # the newest year of JavaScript phones must know; minifying adds nothing newer
PLAIN = " '/:=,;"  # characters of a picture's text that a quoted data address holds as they are
PICTURE = re.compile(r"url\(\.\./(img/[\w-]+\.svg)\)")
BUNDLES = {  # one file of the copy, from these in their order
    "js/paper.bundle.js": (
        "js/paper/answers.js",
        "js/paper/saving.js",
        "js/paper/news.js",
        "js/paper.js",
    ),
}


def build(data_dir: Path) -> Path:
    """Copy static/ into the data folder, minified and compressed; return the copy's place.

    A copy that stands as it was built, from the same files by the same builder, is kept.
    """
    copy, note = data_dir / "static", data_dir / "static.sha256"
    if note.is_file() and note.read_text("utf-8") == _state(copy):
        return copy
    note.unlink(missing_ok=True)
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(STATIC, copy)
    for bundle, parts in BUNDLES.items():
        (copy / bundle).write_text(
            "".join((copy / part).read_text("utf-8") for part in parts), "utf-8"
        )
    compressor = Compressor(quiet=True)
    for path in sorted(copy.rglob("*")):
        if path.suffix in KINDS and not path.is_relative_to(copy / "vendor"):
            path.write_text(_small(path.read_text("utf-8"), path.suffix), "utf-8")
        if path.is_file() and compressor.should_compress(path.name):
            compressor.compress(str(path))
    note.write_text(_state(copy), "utf-8")  # last: a build cut short is made anew
    return copy


def _state(copy: Path) -> str:
    """Return a digest of what a copy is made from, and by what, and of what lies in it."""
    found = hashlib.sha256()
    for path in (Path(__file__), *_files(STATIC)):
        found.update(f"{path} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    for maker in MAKERS:
        found.update(f"{maker} {_release(maker)}\n".encode())
    found.update(f"{minify is None}\n".encode())
    for path in _files(copy):
        found.update(f"{path.relative_to(copy)} {path.stat().st_size}\n".encode())
    return found.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _release(maker: str) -> str | None:
    try:
        return metadata.version(maker)
    except metadata.PackageNotFoundError:
        return None


def _small(text: str, suffix: str) -> str:
    """Return a style or a script as it is served: minified, a style with its pictures inside."""
    if minify:
        minify.config({"js-version": LANGUAGE})
        text = minify.string(KINDS[suffix], text)
    return PICTURE.sub(_inside, text) if suffix == ".css" else text


def _inside(reference: re.Match[str]) -> str:
    """Return a style's picture as text of its own: one request less on a weak link."""
    picture = (STATIC / reference[1]).read_text("utf-8").replace('"', "'").strip()
    return f'url("data:image/svg+xml,{quote(picture, safe=PLAIN)}")'


def install(app: Flask, data_dir: Path) -> None:
    """Serve static files from WSGI, before any of our own code runs."""
    copy = data_dir / "static"
    is_built = copy.is_dir()
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(copy if is_built else STATIC),
        prefix="static/",
        max_age=YEAR,
        allow_all_origins=False,
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
