"""What tus 1.0 says of headers, as pure parsing (https://tus.io/protocols/resumable-upload).

Offered: creation, creation-with-upload, termination, checksum, expiration. Not concatenation.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Any

from contest.errors import N_

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
CHECKSUMS = {"sha1": 20, "sha256": 32}  # name → bytes of its digest
CONTENT_TYPE = "application/offset+octet-stream"
DIGITS = re.compile(r"[0-9]{1,15}")
KEY = re.compile(r"[!-+\--~]{1,60}")  # printable ASCII without space and comma
MOST_BYTES = 4 * 1024**3  # of any file; what it is for has a smaller limit
LONGEST_METADATA = 4000  # characters, as sent

MALFORMED = N_("Yêu cầu gửi tệp bị thiếu hoặc sai. Bạn hãy tải lại trang rồi thử lại.")


class Refused(Exception):
    """The protocol's own refusals: a status of its table and a sentence safe to show."""

    def __init__(self, status: int, kind: str, message: str = MALFORMED, **facts: Any) -> None:
        super().__init__(kind)
        self.status, self.kind, self.message, self.facts = status, kind, message, facts


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must hash to."""

    algorithm: str  # a key of CHECKSUMS
    digest: bytes

    def hasher(self) -> Any:
        """Return a fresh hash of the algorithm."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def whole(text: str | None, header: str) -> int:
    """Return a count of bytes, 0 or more; refuse (400) anything else."""
    if text is None or DIGITS.fullmatch(text) is None:
        raise Refused(400, f"bad-{header}")
    return int(text)


def metadata(text: str | None) -> dict[str, str]:
    """Read Upload-Metadata: comma-separated `key base64`, unique keys, a value may be missing.

    Values must be UTF-8 without NUL. Refused (400): anything else, or more than 4,000 characters.
    """
    found: dict[str, str] = {}
    if text is None or not text:
        return found
    if len(text) > LONGEST_METADATA:
        raise Refused(400, "bad-metadata")
    for pair in text.split(","):
        key, _space, value = pair.strip(" ").partition(" ")
        if KEY.fullmatch(key) is None or key in found:
            raise Refused(400, "bad-metadata")
        found[key] = _decoded(value)
    return found


def _decoded(value: str) -> str:
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:  # bad UTF-8 is a ValueError
        raise Refused(400, "bad-metadata") from error
    if "\0" in text:
        raise Refused(400, "bad-metadata")
    return text


def checksum(text: str | None) -> Checksum | None:
    """Read Upload-Checksum, `algorithm base64`; refuse (400) an unknown or malformed one."""
    if text is None:
        return None
    algorithm, _space, value = text.partition(" ")
    if algorithm not in CHECKSUMS:
        raise Refused(400, "unknown-checksum")
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(400, "bad-checksum") from error
    if len(digest) != CHECKSUMS[algorithm]:
        raise Refused(400, "bad-checksum")
    return Checksum(algorithm, digest)
