"""Pictures: what telephones send is kept as ours, what is no picture is refused."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pillow_heif
import pytest
from factories import clips
from PIL import Image, ImageDraw

from contest.errors import Invalid
from contest.media import cage, pictures
from contest.media.cage import Bounds, CageFailed
from contest.rules import media as rules
from contest.rules.media import Limits

LIMITS = Limits(most_bytes=20 * 1024 * 1024)
ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


def quiet(_done: int, _total: int, _stage: str) -> None:
    """Hear of progress and say nothing."""


def drawn(size: tuple[int, int] = (400, 200), mode: str = "RGB") -> Image.Image:
    """Draw a red left half and a blue right half."""
    picture = Image.new(mode, size, "blue")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2 - 1, size[1]), fill="red")
    return picture


def with_place(picture: Image.Image, *, turned: bool) -> Image.Exif:
    exif = picture.getexif()
    exif[MAKER] = "SECRETMAKER"
    if turned:
        exif[ORIENTATION] = 6  # to be turned a quarter to the right
    exif.get_ifd(GPS).update({1: "N", 2: (22.0, 29.0, 8.0), 3: "E", 4: (103.0, 58.0, 14.0)})
    return exif


def saved(picture: Image.Image, kind: str, **facts: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **facts)
    return out.getvalue()


def jpeg() -> bytes:
    picture = drawn()
    return saved(picture, "JPEG", exif=with_place(picture, turned=True), comment=b"SECRETCOMMENT")


def heic() -> bytes:
    picture = drawn()
    out = BytesIO()
    pillow_heif.from_pillow(picture).save(out, exif=with_place(picture, turned=False).tobytes())
    return out.getvalue()


def make(data: bytes, folder: Path, limits: Limits = LIMITS) -> tuple[Path, Path, bytes]:
    source = folder / "source"
    source.write_bytes(data)
    (picture, poster), prints = pictures.make(source, limits, tell=quiet)
    for one in (picture, poster):
        with Image.open(one.path) as opened:
            assert (opened.format, opened.size) == ("WEBP", (one.width, one.height))
            assert not opened.getexif()
            assert not {"exif", "xmp", "icc_profile"} & set(opened.info)
    assert prints.sound == b""
    return picture.path, poster.path, prints.frames


HONEST: dict[str, tuple[Callable[[], bytes], tuple[int, int]]] = {
    "JPEG, turned, with a place": (jpeg, (200, 400)),
    "HEIC with a place": (heic, (400, 200)),
    "PNG": (lambda: saved(drawn(), "PNG"), (400, 200)),
    "PNG, see-through": (lambda: saved(drawn(mode="RGBA"), "PNG"), (400, 200)),
    "WebP": (lambda: saved(drawn(), "WEBP"), (400, 200)),
    "AVIF": (lambda: saved(drawn(), "AVIF"), (400, 200)),
    "GIF that moves": (
        lambda: saved(drawn(), "GIF", save_all=True, append_images=[drawn((400, 200))]),
        (400, 200),
    ),
    "grey, 16 bits": (lambda: saved(Image.new("I;16", (40, 20), 40000), "PNG"), (40, 20)),
    "CMYK": (lambda: saved(drawn().convert("CMYK"), "JPEG"), (400, 200)),
    "larger than a page": (lambda: saved(drawn((5120, 1280)), "JPEG"), (2560, 640)),
}


@pytest.mark.parametrize("name", HONEST)
def test_a_picture_is_kept_as_ours_upright_and_without_a_place(name: str, tmp_path: Path) -> None:
    maker, size = HONEST[name]
    data = maker()
    picture, poster, frames = make(data, tmp_path)
    with Image.open(picture) as opened:
        assert opened.size == size
    if "place" in name:
        assert b"SECRETMAKER" in data
    for path in (picture, poster):
        assert b"SECRET" not in path.read_bytes()
        assert b"Exif" not in path.read_bytes()
    assert len(frames) == 8


def test_a_turned_picture_stands_as_it_was_seen(tmp_path: Path) -> None:
    picture, _, _ = make(jpeg(), tmp_path)
    with Image.open(picture) as opened:
        top, bottom = (opened.convert("RGB").getpixel((100, y)) for y in (50, 350))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    # The red half, which lay on the left, is above.
    assert (top[0] > 200, top[2] < 60, bottom[2] > 200, bottom[0] < 60) == (True,) * 4


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that unpacks to gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(10_000_000), 9)
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return head + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "zero bytes": (lambda: b"", rules.EMPTY),
    "noise": (lambda: b"\x89PNG" + bytes(range(256)) * 40, rules.NO_PICTURE),
    "cut": (lambda: jpeg()[:900], rules.NO_PICTURE),
    "SVG": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        rules.NO_PICTURE,
    ),
    "PDF": (lambda: b"%PDF-1.4\n%%EOF", rules.NO_PICTURE),
    "TIFF": (lambda: saved(drawn(), "TIFF"), rules.NO_PICTURE),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", rules.NO_PICTURE),
    "bomb": (lambda: bomb(60_000, 60_000), rules.PICTURE_TOO_FINE),
    "bomb below the limit": (lambda: bomb(7_000, 7_000), rules.NO_PICTURE),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_is_refused(name: str, tmp_path: Path) -> None:
    maker, sentence = HOSTILE[name]
    with pytest.raises(Invalid) as refused:
        make(maker(), tmp_path)
    assert refused.value.message == sentence
    assert "%(" not in str(refused.value)


def test_a_clip_named_as_a_picture_is_no_picture(small_clip: Path, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        make(small_clip.read_bytes(), tmp_path)
    assert refused.value.message == rules.NO_PICTURE


def test_a_script_behind_a_picture_is_not_kept(tmp_path: Path) -> None:
    """GIF and JavaScript at once: the comment begins in the size of the picture."""
    both = saved(drawn((0x2A2F, 4)), "GIF") + b"*/=1;alert('SECRET')"
    assert both[6:8] == b"/*"
    picture, poster, _ = make(both, tmp_path)
    assert not [path for path in (picture, poster) if b"alert" in path.read_bytes()]


def test_the_limit_and_the_measured_value_are_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        make(saved(drawn((3000, 2000)), "PNG"), tmp_path, Limits(most_picture_pixels=2_500_000))
    assert {name: str(value) for name, value in refused.value.facts.items()} == {
        "found": "6.0",
        "most": "2.5",
    }


def test_a_painter_that_dies_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "BOUNDS", Bounds(wall_seconds=0.01))
    with pytest.raises(CageFailed) as failed:
        make(jpeg(), tmp_path)
    assert failed.value.reason == "time"


def test_the_web_process_and_the_worker_never_open_a_picture() -> None:
    """Only the painter imports Pillow, and nobody imports the painter."""
    room = Path(cage.__file__).parent
    openers = {path.name for path in room.glob("*.py") if "PIL" in path.read_text()}
    assert openers == {"painter.py"}
    assert not [path for path in room.glob("*.py") if "import painter" in path.read_text()]
    assert clips.Image is Image
