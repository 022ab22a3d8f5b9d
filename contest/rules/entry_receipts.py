"""The receipt of a handed-in entry: tied to what was handed in, as what, and when.

Pure. Whoever holds the content can hash it again: canonical JSON, SHA-256; one changed sign gives
another code.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contest.rules import receipts
from contest.rules.timing import utc


def canonical(content: Mapping[str, Any]) -> bytes:
    """Write the content in the one way that is hashed: UTF-8 JSON, sorted keys, no spaces."""
    text = json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical content, hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def receipt(entry_code: str, no: int, sent_at: datetime, content_digest: str) -> str:
    """Return the code of a handing in: 80 bits of SHA-256, as XXXX-XXXX-XXXX-XXXX."""
    facts = [entry_code, no, utc(sent_at).isoformat(timespec="microseconds"), content_digest]
    return receipts.code_of(canonical({"entry": facts}))


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two contents are the same work.

    A file's hash may have come to be known since; captions are told by their digest, for older
    contents do not hold their text.
    """
    return canonical(_comparable(one)) == canonical(_comparable(other))


def _comparable(content: Mapping[str, Any]) -> dict[str, Any]:
    files = [
        {**{key: value for key, value in each.items() if key != "vtt"}, "sha256": None}
        for each in content["files"]
    ]
    return {**content, "files": files}
