"""What is taken of a clip, a picture or a document, and in which sizes a clip is made watchable.

Pure: facts measured elsewhere come in, a plan or an Invalid that names the limit and the measured
value comes out.
"""

from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from contest.errors import N_, Invalid

MEBIBYTE = 1024 * 1024
MOST_PIXELS = 4096 * 2304  # of one frame: 4K telephones pass
MOST_PICTURE_PIXELS = 50_000_000
SHORT_480, SHORT_720 = 480, 720  # pixels of the shorter side
SHORT_FOR_720 = 700  # a clip must have so many to be worth a second rendition
LONGEST_FOR_720 = 600.0  # seconds
COPY_BITS = 1_500_000  # a second, picture and sound together
CUT_SECONDS, CUT_SHARE = 2.0, 0.05  # what may be missing at the end of a whole clip
HDR = {"arib-std-b67", "smpte2084"}  # transfer functions of HLG and PQ
PLAIN = {"yuv420p", "yuvj420p"}

TOO_LARGE = N_("Tệp nặng %(found)s MB, quá mức %(most)s MB. Hãy gửi tệp nhẹ hơn.")
EMPTY = N_("Tệp rỗng (0 byte). Hãy chọn lại tệp rồi gửi.")
NO_CLIP = N_(
    "Không đọc được tệp này như một video. Hãy gửi tệp MP4, MOV, 3GP, WebM, MKV, AVI hoặc TS."
)
NO_FRAMES = N_("Tệp này chỉ có tiếng, không có hình. Hãy gửi một video.")
TOO_FINE = N_(
    "Khung hình %(width)s × %(height)s lớn quá mức %(most)s triệu điểm ảnh. "
    "Hãy quay hoặc xuất lại ở cỡ 1080p."
)
TOO_LONG = N_("Video dài %(found)s (phút:giây), quá mức %(most)s. Hãy cắt ngắn rồi gửi lại.")
TOO_SHORT = N_("Video chỉ dài %(found)s (phút:giây), chưa tới mức %(least)s.")
CUT = N_(
    "Video bị cụt: tệp ghi là dài %(said)s (phút:giây) nhưng chỉ đọc được %(found)s. "
    "Hãy gửi lại tệp đầy đủ."
)
BROKEN_OFF = N_(
    "Video bị hỏng hoặc chưa đủ: chỉ đọc được %(found)s đầu (phút:giây). Hãy gửi lại tệp đầy đủ."
)
BROKEN_INSIDE = N_(
    "Video bị hỏng ở bên trong nên không chuyển được. Hãy xuất hoặc quay lại rồi gửi tệp mới."
)
NO_PICTURE = N_("Không đọc được hình. Hãy gửi tệp JPEG, PNG, WebP, GIF hoặc HEIC.")
PICTURE_TOO_FINE = N_(
    "Hình có %(found)s triệu điểm ảnh, quá mức %(most)s triệu. Hãy thu nhỏ hình rồi gửi lại."
)
NO_DOCUMENT = N_("Tệp này không phải là tệp Word (.docx) hay PDF đọc được.")
BROKEN_PDF = N_("Không mở được tệp PDF này. Hãy xuất lại tệp rồi gửi.")
CUT_PDF = N_("Tệp PDF bị cụt: không có dấu kết thúc. Hãy xuất lại tệp rồi gửi.")


class What(StrEnum):
    """What a person was asked to send."""

    CLIP = "clip"
    PICTURE = "picture"
    DOCUMENT = "document"


class FileKind(StrEnum):
    """What one stored file of a medium is for."""

    ORIGINAL = "original"  # as sent; never public, it may hold a place
    SMALL = "480p"
    LARGE = "720p"
    POSTER = "poster"
    STRIP = "strip"
    PICTURE = "picture"
    PREVIEW = "preview"  # of a document: its text
    PAPER = "paper"  # of a PDF: pictures of its pages


@dataclass(frozen=True, slots=True)
class Limits:
    """What a contest takes; kept as JSON beside what was sent, so that it stays explainable."""

    most_bytes: int = 200 * MEBIBYTE
    least_seconds: float = 0.0
    most_seconds: float = 300.0
    most_picture_pixels: int = MOST_PICTURE_PIXELS

    def as_dict(self) -> dict[str, Any]:
        """Return the limits as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> "Limits":
        """Read what `as_dict` wrote."""
        return cls(**kept)


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What was measured of a clip. Sizes are pixels as coded, before turning; times seconds."""

    containers: str  # ffmpeg's names: "mov,mp4,m4a,3gp,3g2,mj2"
    bytes: int
    seconds: float  # up to the last frame that could be read
    said_seconds: float | None  # what the container says; None when it does not
    video_codec: str
    pixel_format: str
    width: int
    height: int
    turn: int = 0  # degrees to turn for showing: 0, 90, 180, 270
    aspect: Fraction = Fraction(1)  # of one pixel, width / height
    transfer: str = ""
    sound_codec: str | None = None
    is_broken_off: bool = False  # reading ended with an error

    @property
    def shown(self) -> tuple[int, int]:
        """Return width and height as the clip is shown: square pixels, upright."""
        width, height = max(1, round(self.width * self.aspect)), self.height
        return (height, width) if self.turn in {90, 270} else (width, height)

    @property
    def bits_a_second(self) -> float:
        """Return the mean rate of the whole file."""
        return self.bytes * 8 / self.seconds if self.seconds > 0 else float("inf")


@dataclass(frozen=True, slots=True)
class Rendition:
    """One watchable file to make; width and height are even; `is_copy` keeps the frames."""

    kind: FileKind
    width: int
    height: int
    crf: int
    kilobits: int  # highest mean rate of the picture
    is_copy: bool = False


def megabytes(size: int) -> Decimal:
    """Return bytes in MB (of 1024 × 1024), to one place."""
    return (Decimal(size) / MEBIBYTE).quantize(Decimal("0.1"), ROUND_HALF_UP)


def millions(pixels: int) -> Decimal:
    """Return pixels in millions, to one place."""
    return (Decimal(pixels) / 1_000_000).quantize(Decimal("0.1"), ROUND_HALF_UP)


def minutes(seconds: float) -> str:
    """Return a length as "m:ss", cut down to whole seconds: "5:07"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def ensure_bytes(found: int, limits: Limits) -> None:
    """Refuse an empty or too large file; the same rule before and after the upload."""
    if not found:
        raise Invalid(EMPTY)
    if found > limits.most_bytes:
        raise Invalid(TOO_LARGE, found=megabytes(found), most=megabytes(limits.most_bytes))


def ensure_frame(width: int, height: int) -> None:
    """Refuse a frame no telephone films: decoding it would take all the memory there is."""
    if width * height > MOST_PIXELS:
        raise Invalid(TOO_FINE, width=width, height=height, most=millions(MOST_PIXELS))


def ensure_picture(width: int, height: int, limits: Limits) -> None:
    """Refuse a picture with more pixels than the contest takes."""
    if width * height > limits.most_picture_pixels:
        most = millions(limits.most_picture_pixels)
        raise Invalid(PICTURE_TOO_FINE, found=millions(width * height), most=most)


def ensure_clip(facts: ClipFacts, limits: Limits) -> None:
    """Refuse a clip that is too fine, too long, cut off or too short, in this order."""
    ensure_frame(facts.width, facts.height)
    said = facts.said_seconds or 0.0
    if max(facts.seconds, said) >= limits.most_seconds + 1:  # people count whole seconds
        found = minutes(max(facts.seconds, said))
        raise Invalid(TOO_LONG, found=found, most=minutes(limits.most_seconds))
    ensure_whole(said, facts.seconds)
    if facts.is_broken_off:
        raise Invalid(BROKEN_OFF, found=minutes(facts.seconds))
    if facts.seconds < limits.least_seconds:
        found = minutes(facts.seconds)
        raise Invalid(TOO_SHORT, found=found, least=minutes(limits.least_seconds))


def ensure_whole(said: float, found: float) -> None:
    """Refuse a clip of which much less can be read than there should be."""
    if said - found > max(CUT_SECONDS, CUT_SHARE * said):
        raise Invalid(CUT, said=minutes(said), found=minutes(found))


def may_copy(facts: ClipFacts) -> bool:
    """Say whether telephones play the frames as they are, so that nothing need be encoded."""
    return (
        facts.video_codec == "h264"
        and facts.pixel_format in PLAIN
        and facts.transfer not in HDR
        and facts.aspect == 1
        and min(facts.shown) <= SHORT_720
        and facts.bits_a_second <= COPY_BITS
    )


def fitted(width: int, height: int, short: int) -> tuple[int, int]:
    """Return even sizes of the same shape whose shorter side is at most `short`; never larger."""
    share = min(Fraction(1), Fraction(short, min(width, height)))
    return _even(width * share, width), _even(height * share, height)


def _even(side: Fraction, most: int) -> int:
    return max(2, min(int(side / 2 + Fraction(1, 2)) * 2, most - most % 2))


def renditions(facts: ClipFacts) -> tuple[Rendition, ...]:
    """Plan the files to make: a copy when it will do, else 480p, and 720p when that is worth it."""
    width, height = facts.shown
    if may_copy(facts):
        kind = FileKind.SMALL if min(width, height) <= SHORT_480 else FileKind.LARGE
        return (Rendition(kind, width, height, 0, 0, is_copy=True),)
    plan = [Rendition(FileKind.SMALL, *fitted(width, height, SHORT_480), 26, 900)]
    if min(width, height) >= SHORT_FOR_720 and facts.seconds <= LONGEST_FOR_720:
        plan.append(Rendition(FileKind.LARGE, *fitted(width, height, SHORT_720), 25, 1800))
    return tuple(plan)


def wall_seconds(seconds: float, files: int = 1) -> float:
    """Return how long making so many files of a clip may take before it is stopped."""
    return 60.0 + 4.0 * seconds * files
