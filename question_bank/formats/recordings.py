"""Sound as people may send it in: known by its first bytes, never by what it calls itself."""

from contest.errors import N_, Invalid

MOST_BYTES = 2 * 1024 * 1024
LONGEST_MS = 10 * 60 * 1000
LEAST_BYTES = 12
MPEG_LAYER_3 = 0b01
NOT_SOUND = N_("Không nhận ra tệp âm thanh. Hãy dùng tệp MP3, OGG, M4A hoặc WebM.")


def media_type(data: bytes) -> str:
    """Give the media type of an MP3, OGG, M4A or WebM; anything else raises Invalid.

    MP3: an ID3v2 tag or a frame header of MPEG layer III with a bit rate and a sampling rate;
    OGG: "OggS" (RFC 3533); M4A: an ISO base media file ("ftyp") of a brand for sound; WebM: an
    EBML header whose DocType is "webm".
    """
    if len(data) > MOST_BYTES:
        raise Invalid(N_("Tệp âm thanh lớn hơn %(most)d MB."), most=MOST_BYTES // 1024**2)
    if len(data) >= LEAST_BYTES:
        if data.startswith(b"ID3") or _is_frame(data[:3]):
            return "audio/mpeg"
        if data.startswith(b"OggS\x00"):
            return "audio/ogg"
        if data[4:8] == b"ftyp" and data[8:12] in {b"M4A ", b"M4B ", b"mp42", b"isom", b"iso2"}:
            return "audio/mp4"
        if data.startswith(b"\x1a\x45\xdf\xa3") and b"\x42\x82\x84webm" in data[:64]:
            return "audio/webm"
    raise Invalid(NOT_SOUND)


def _is_frame(head: bytes) -> bool:
    """Tell an MPEG audio frame header of layer III (ISO/IEC 11172-3, 2.4.2.3)."""
    is_in_step = head[0] == 0xFF and head[1] >> 5 == 0b111  # noqa: PLR2004 -- eleven ones
    is_known = head[1] >> 3 & 0b11 != 0b01  # the version that is reserved
    is_layer_3 = head[1] >> 1 & 0b11 == MPEG_LAYER_3
    has_rates = head[2] >> 4 not in {0, 0b1111} and head[2] >> 2 & 0b11 != 0b11  # noqa: PLR2004
    return is_in_step and is_known and is_layer_3 and has_rates


def ensure_duration(duration_ms: int | None) -> int | None:
    """Return how long a recording lasts, as the recorder said; raises Invalid on nonsense."""
    if duration_ms is not None and not 0 < duration_ms <= LONGEST_MS:
        raise Invalid(N_("Bản đọc dài nhất là %(most)d phút."), most=LONGEST_MS // 60_000)
    return duration_ms
