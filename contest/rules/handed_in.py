"""What a handed-in version keeps of its files' descriptions and captions.

Pure. The rows of files are what the sender is working on; a jury and a gallery read what was
handed in, which the receipt's digest covers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contest.rules import entry_receipts


@dataclass(frozen=True, slots=True)
class Described:
    """What a sender says of a file: what can be seen, and a clip's captions (WebVTT)."""

    about: str
    captions: str | None


def kept(described: Described) -> dict[str, Any]:
    """Write it as a version's content keeps it; `vtt` only where there are captions.

    So a file without them gives the digest it gave before versions kept their text.
    """
    vtt = {"vtt": described.captions} if described.captions else {}
    return {"about": described.about, "captions": _digest(described.captions), **vtt}


def described(content: Mapping[str, Any], code: str, live: Described) -> Described:
    """Return what was said of a file when it was handed in; `live` is what its row says now.

    An older version kept the digest of its captions alone: they are the live ones as long as those
    are the same. What a version does not keep at all is read from the row.
    """
    sent: Mapping[str, Any] = next((each for each in content["files"] if each["code"] == code), {})
    digest = _digest(live.captions)
    older = live.captions if sent.get("captions", digest) == digest else None
    return Described(sent.get("about", live.about), sent.get("vtt", older))


def _digest(captions: str | None) -> str | None:
    return entry_receipts.digest({"text": captions}) if captions else None
