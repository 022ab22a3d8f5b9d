"""Reading what a document says: the text that was made of it when it came in."""

from contest.core.storage import Storage
from contest.media.models import MediaFile


def text(files: Storage, kept: MediaFile, most: int) -> str:
    """Return the first `most` bytes of a preview as text.

    NotFound when it is not in storage any more, one of `storage.FAILURES` when storage is down.
    """
    with files.open(kept.key, 0, min(kept.bytes, most)) as file:
        return file.read().decode("utf-8", "replace")
