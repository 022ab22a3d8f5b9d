"""A file sent by a plain form, for browsers without scripts: streamed to disk, never held whole."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from werkzeug.datastructures import FileStorage
from werkzeug.formparser import FormDataParser

from contest.uploads.protocol import Refused
from contest.uploads.staging import FULL, DiskFull, Staging

MEBIBYTE = 1024 * 1024
MOST_BYTES = 50 * MEBIBYTE  # of the file: a broken link loses all of it
OVERHEAD = 64 * 1024  # the other fields and the form's own signs
FIELDS = 512 * 1024  # bytes of the form held in memory at a time
MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """What the form brought: its file, still under a name for the moment, and its token."""

    path: Path
    name: str
    media_type: str
    length: int
    token: str


def read(
    stream: IO[bytes], *, options: dict[str, str], length: int | None, staging: Staging
) -> Sent:
    """Read a multipart body with one file; Refused (400) when it is cut short or not one.

    Raises DiskFull. Whoever calls removes `path` unless it is adopted.
    """
    path = staging.plain()
    opened: list[IO[bytes]] = []

    def file_for(**_facts: Any) -> IO[bytes]:
        if opened:
            raise Refused(400, "one-file")
        opened.append(path.open("xb+"))
        return opened[0]

    parser = FormDataParser(
        stream_factory=cast("Any", file_for),
        max_form_memory_size=FIELDS,
        max_form_parts=MOST_PARTS,
        silent=False,
    )
    try:
        _rest, form, files = parser.parse(stream, "multipart/form-data", length, options)
        return _sent(path, next(iter(files.values()), None), opened, form.get("csrf_token", ""))
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise DiskFull from error
        if isinstance(error, ValueError):
            raise Refused(400, "cut-short") from error
        raise
    finally:
        for each in opened:
            each.close()


def _sent(path: Path, file: FileStorage | None, opened: list[IO[bytes]], token: str) -> Sent:
    if file is None:
        raise Refused(400, "no-file")
    for each in opened:
        each.flush()
        os.fsync(each.fileno())  # before anybody writes that it is here
    return Sent(path, file.filename or "", file.mimetype, path.stat().st_size, token)
