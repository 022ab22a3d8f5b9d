"""Hostile files from storage to row: refused with a reason or made ready, and nothing is left.

Around each: nobody connects to a listening port the file names, though the cage is the one of a
kernel that gives no network of its own, and no program that the job started runs on.
"""

from __future__ import annotations

import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx
import pillow_heif
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from factories import clips
from factories.media import HANDLERS, LONG_AGO, make_media
from factories.pdfs import pdf
from PIL import Image
from sqlalchemy.orm import Session

from contest import worker
from contest.core import archives, db
from contest.core.storage import DiskStorage
from contest.media import cage, queries
from contest.media.queries import Phase, Shown
from contest.rules import media as rules
from contest.rules.media import FileKind, Limits, What

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SUBJECT = "entry:k7f2"
LONGEST_S = 60.0  # of any file here, on a busy machine
OWN_NETWORK = "libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)"
EXTERNAL_TEMPLATE = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
)


class Ears:
    """A port of this machine, TCP and UDP, that hears whether anybody calls."""

    def __init__(self) -> None:
        self.tcp, self.udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        self.tcp.bind(("127.0.0.1", 0))
        self.port = int(self.tcp.getsockname()[1])
        self.udp.bind(("127.0.0.1", self.port))
        self.tcp.listen()
        self.url = f"http://127.0.0.1:{self.port}"
        for each in (self.tcp, self.udp):
            each.setblocking(False)

    def heard(self) -> bool:
        try:
            self.tcp.accept()[0].close()
        except BlockingIOError:
            pass
        else:
            return True
        try:
            self.udp.recv(1)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        self.tcp.close()
        self.udp.close()


@pytest.fixture
def ears() -> Iterator[Ears]:
    found = Ears()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def work_folder(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let work folders lie here, and the cage have the network of the machine."""
    assert database_url
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    launcher = tmp_path / "launcher.py"
    text = cage.LAUNCHER.read_text()
    assert text.count(OWN_NETWORK) == 1
    launcher.write_text(text.replace(OWN_NETWORK, "pass"))
    monkeypatch.setattr(cage, "LAUNCHER", launcher)
    return folder


@pytest.fixture
def files(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "files")


def running_in(folder: Path) -> list[str]:
    """Name the processes, wherever they hang, whose environment names the folder: all of a cage."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            facts = path.read_bytes()
        except OSError:
            continue
        if str(folder).encode() in facts:
            found.append(path.parent.name)
    return found


def process(
    session: Session, files: DiskStorage, what: What, data: bytes, *, subject: str = SUBJECT
) -> Shown:
    """Let the worker do the job as it does any; return what people are shown."""
    limits = Limits(most_bytes=20 * 1024 * 1024, most_seconds=60)
    make_media(session, files, data, what=what, subject=subject, limits=limits)
    began = time.monotonic()
    assert worker.work_once(HANDLERS, files, clock_now=lambda: LONG_AGO)
    assert time.monotonic() - began < LONGEST_S
    with db.reading_session() as reading:
        (found,) = queries.of_subjects(reading, [subject])[subject]
        return found


def word(url: str = "", *, is_macro: bool = False) -> bytes:
    """A Word file; its template and a picture lie at `url`, or it is a .docm under another name."""
    document = docx.Document()
    document.add_paragraph("Bà tôi học gọi có hình.")
    if url:
        document.part.relate_to(f"{url}/a.png", RELATIONSHIP_TYPE.IMAGE, is_external=True)
        document.part._settings_part.relate_to(f"{url}/a.dotm", EXTERNAL_TEMPLATE, is_external=True)
    out = BytesIO()
    document.save(out)
    if not is_macro:
        return out.getvalue()
    renamed = BytesIO()
    plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    loaded = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    with ZipFile(out) as old, ZipFile(renamed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(plain, loaded))
    return renamed.getvalue()


def picture(kind: str) -> bytes:
    drawn = Image.effect_mandelbrot((160, 120), (-2, -1, 1, 1), 20).convert("RGB")
    out = BytesIO()
    if kind == "HEIC":
        pillow_heif.from_pillow(drawn).save(out)
    else:
        drawn.save(out, kind)
    return out.getvalue()


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}/a.ts\n#EXT-X-ENDLIST\n"
MANIFEST = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
    '<AdaptationSet><Representation id="1" mimeType="video/mp4"><BaseURL>{}/a.mp4</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>"
)
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" '
    'height="9"><script href="{0}/a.js"/><image xlink:href="{0}/a.png" width="9" height="9"/></svg>'
)
CALLING: dict[str, tuple[What, Callable[[str], bytes], str | None]] = {
    # name: (sent as, bytes made for an address, the sentence that refuses it; None: made ready)
    "HLS": (What.CLIP, lambda url: PLAYLIST.format(url).encode(), rules.NO_CLIP),
    "ffconcat": (
        What.CLIP,
        lambda url: f"ffconcat version 1.0\nfile {url}/a.mp4\n".encode(),
        rules.NO_CLIP,
    ),
    "DASH": (What.CLIP, lambda url: MANIFEST.format(url).encode(), rules.NO_CLIP),
    "SDP": (
        What.CLIP,
        lambda url: (
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nt=0 0\n"
            f"m=video {url.rpartition(':')[2]} RTP/AVP 96\na=rtpmap:96 H264/90000\n"
        ).encode(),
        rules.NO_CLIP,
    ),
    "SVG as a clip": (What.CLIP, lambda url: DRAWING.format(url).encode(), rules.NO_CLIP),
    "SVG as a picture": (What.PICTURE, lambda url: DRAWING.format(url).encode(), rules.NO_PICTURE),
    "PDF with a script": (
        What.DOCUMENT,
        lambda url: pdf("x", script=f"app.launchURL\\('{url}'\\)", url=url),
        None,
    ),
    "Word with outer parts": (What.DOCUMENT, word, None),
}


@pytest.mark.parametrize("name", CALLING)
def test_what_names_an_address_calls_nobody(
    name: str, session: Session, files: DiskStorage, ears: Ears, work_folder: Path
) -> None:
    what, maker, sentence = CALLING[name]
    data = maker(ears.url)
    assert str(ears.port).encode() in data or data.startswith(b"PK")
    ensure_end(process(session, files, what, data), sentence)
    assert not ears.heard()
    assert running_in(work_folder) == []


def test_a_clip_that_says_its_data_lie_elsewhere_calls_nobody(
    session: Session, files: DiskStorage, ears: Ears, work_folder: Path, tmp_path: Path
) -> None:
    clips.pointing_elsewhere(f"{ears.url}/a.mp4")(tmp_path / "pointing")
    data = (tmp_path / "pointing").read_bytes()
    assert f"{ears.url}/a.mp4".encode() in data
    ensure_end(process(session, files, What.CLIP, data), None)  # its own data are there as well
    assert not ears.heard()
    assert running_in(work_folder) == []


def test_the_ears_hear_a_program_of_the_cage_that_calls(ears: Ears, work_folder: Path) -> None:
    code = f"import socket; socket.create_connection(('127.0.0.1', {ears.port}))"
    assert cage.run([sys.executable, "-c", code], folder=work_folder).code == 0
    assert ears.heard()
    assert not ears.heard()


def ensure_end(found: Shown, sentence: str | None) -> None:
    """Refused for that reason, the original kept; or ready without one."""
    reason = found.media.reason["message"] if found.media.reason else None
    assert (found.phase, reason) == (Phase.REJECTED if sentence else Phase.READY, sentence)
    if sentence:
        assert [one.kind for one in found.media.files] == [FileKind.ORIGINAL]


QUIET: dict[str, tuple[What, Callable[[Callable[..., Path]], bytes], str | None]] = {
    "ten hours of frames": (
        What.CLIP,
        lambda clip: clip(clips.ten_hours_of_frames, "ten hours of frames").read_bytes(),
        rules.TOO_LONG,
    ),
    "zip before a clip": (
        What.CLIP,
        lambda clip: clip(clips.zip_before_clip, "zip before a clip").read_bytes(),
        rules.NO_CLIP,
    ),
    "clip named .jpg": (
        What.PICTURE,
        lambda clip: clip(clips.small, "small").read_bytes(),
        rules.NO_PICTURE,
    ),
    "picture named .mp4": (What.CLIP, lambda _clip: picture("JPEG"), rules.NO_CLIP),
    "sound only": (
        What.CLIP,
        lambda clip: clip(clips.sound_only, "sound only").read_bytes(),
        rules.NO_FRAMES,
    ),
    "Word with macros, renamed": (
        What.DOCUMENT,
        lambda _clip: word(is_macro=True),
        archives.INSTEAD[archives.FileKind.MACRO],
    ),
    "clip named .docx": (
        What.DOCUMENT,
        lambda clip: clip(clips.small, "small").read_bytes(),
        rules.NO_DOCUMENT,
    ),
}


@pytest.mark.parametrize("name", QUIET)
def test_what_is_not_what_it_says_ends_with_its_reason(
    name: str, session: Session, files: DiskStorage, work_folder: Path, clip: Callable[..., Path]
) -> None:
    what, maker, sentence = QUIET[name]
    ensure_end(process(session, files, what, maker(clip)), sentence)
    assert running_in(work_folder) == []


MUTATED: dict[str, tuple[What, Callable[[], bytes], int]] = {
    # name: (sent as, whole, how many mutations)
    "PNG": (What.PICTURE, lambda: picture("PNG"), 3),
    "JPEG": (What.PICTURE, lambda: picture("JPEG"), 3),
    "GIF": (What.PICTURE, lambda: picture("GIF"), 3),
    "WebP": (What.PICTURE, lambda: picture("WEBP"), 3),
    "HEIC": (What.PICTURE, lambda: picture("HEIC"), 4),
    "Word": (What.DOCUMENT, word, 25),
    "PDF": (What.DOCUMENT, lambda: pdf("x", "y"), 25),
}


@pytest.mark.parametrize("name", MUTATED)
def test_mutated_pictures_and_documents_end_ready_or_with_a_reason(
    name: str, session: Session, files: DiskStorage, work_folder: Path
) -> None:
    """Clips: test_video.py."""
    what, maker, count = MUTATED[name]
    whole = maker()
    for seed in range(count):
        data = clips.mutated(whole, seed)
        found = process(session, files, what, data, subject=f"entry:{seed}")
        assert found.phase in {Phase.READY, Phase.REJECTED}
        assert (found.media.reason is not None) is (found.phase is Phase.REJECTED)
    assert running_in(work_folder) == []
    assert list(work_folder.iterdir()) == []
