"""Handing a stored file to a browser: ranges for playing, and no power for what strangers sent.

The rooms above decide who may have it; these are the headers and bytes.
"""

from collections.abc import Iterable
from functools import partial
from urllib.parse import quote

from flask import Response, request
from werkzeug.http import dump_options_header

from contest.core.storage import Storage
from contest.core.work import file_name
from contest.media.models import MediaFile
from contest.rules.media import FileKind
from contest.web import threads

# Shown inside a page; everything else is a download. All of these were made by us.
INLINE = {
    FileKind.SMALL,
    FileKind.LARGE,
    FileKind.POSTER,
    FileKind.STRIP,
    FileKind.PICTURE,
    FileKind.PREVIEW,
}
OURS = INLINE | {FileKind.PAPER}  # with their own type; a PDF is no part of a page
CLIPS = {FileKind.SMALL, FileKind.LARGE}
# How long a signed address lives. What is fetched at once needs no more than a slow link's wait; a
# player keeps the address and asks it again after each jump or pause (docs/decisions/0018).
FETCHED_SECONDS, PLAYED_SECONDS = 10 * 60, 2 * 60 * 60
KEPT, UNKEPT = "private, max-age=3600", "private, no-store"
POLICY = "default-src 'none'; sandbox"


def answer(
    files: Storage, kept: MediaFile, *, name: str, cache: str = KEPT, stays: bool = False
) -> Response:
    """Answer with a file, or the part of it that was asked for (RFC 9110, 14.2: one range).

    `name` is what a download is called, `cache` how long who may keep it. 416 when the range lies
    beyond the end. Where the bucket has an address for browsers they are sent there, unless the
    file `stays`: its key would say too much.
    """
    if request.method == "GET" and not stays:
        there = _elsewhere(files, kept, name)
        if there is not None:
            return there
    tag = f'"{kept.sha256[:32]}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Cache-Control": cache,
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Disposition": _disposition(kept, name),
    }
    if request.if_none_match.contains_weak(tag.strip('"')):
        return Response(status=304, headers=headers)
    start, stop, status = 0, kept.bytes, 200
    if _wants_part(tag):
        part = request.range.range_for_length(kept.bytes) if request.range else None
        if part is None:
            headers["Content-Range"] = f"bytes */{kept.bytes}"
            return Response(status=416, headers=headers)
        start, stop = part
        if kept.kind in CLIPS and _asks_for_the_rest():
            # A player takes as much as it plays, and asks on by itself: a part that the link's
            # buffer takes at once leaves the thread free while it plays. Even ends suit players.
            stop = min(stop, (start // threads.SHORT + 1) * threads.SHORT)
            if stop < part[1]:  # a browser's store would ask on to the very end, all at once
                headers["Cache-Control"] = UNKEPT
        status = 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{kept.bytes}"
    headers["Content-Length"] = str(stop - start)
    body: Iterable[bytes] = ()
    if request.method != "HEAD":
        body = threads.sent(partial(files.open, kept.key, start, stop), stop - start)
    return Response(
        body, status=status, headers=headers, mimetype=_type(kept), direct_passthrough=True
    )


def _elsewhere(files: Storage, kept: MediaFile, name: str) -> Response | None:
    """Send the browser to the bucket's signed address; None where there is none."""
    seconds = PLAYED_SECONDS if kept.kind in CLIPS else FETCHED_SECONDS
    address = files.address(
        kept.key, seconds=seconds, media_type=_type(kept), disposition=_disposition(kept, name)
    )
    if address is None:
        return None
    headers = {"Location": address, "Cache-Control": UNKEPT}  # who asks again is looked at again
    return Response(status=302, headers=headers)


def _wants_part(tag: str) -> bool:
    """Say whether one range is asked for; several at once are answered with the whole file."""
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return False
    condition = request.headers.get("If-Range")
    return condition is None or condition == tag


def _asks_for_the_rest() -> bool:
    """Say whether all from a place on is asked for, as players do; other ranges are kept to."""
    start, stop = request.range.ranges[0] if request.range else (0, 0)
    return start >= 0 and stop is None


def _type(kept: MediaFile) -> str:
    return kept.media_type if kept.kind in OURS else "application/octet-stream"


def _disposition(kept: MediaFile, name: str) -> str:
    if kept.kind in INLINE:
        return "inline"
    name = file_name(name)
    plain = name.encode("ascii", "ignore").decode() or "file"
    named = dump_options_header("attachment", {"filename": plain})
    return f"{named}; filename*=UTF-8''{quote(name, safe='')}"
