"""Files behind one interface: a folder of this machine, or a bucket of an S3-compatible service.

A key is a path of ours, "jobs/k7f2…/result", never a name that somebody typed. What is put under a
key appears whole or not at all, and replaces what was there.
"""

import hashlib
import io
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from contest.config import Settings
from contest.errors import N_, NotFound

KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
LONGEST_KEY = 200
CHUNK = 1024 * 1024  # bytes held in memory at a time
TEMPORARY = ".coming"  # no key begins with a dot
GONE = N_("Tệp này không còn nữa.")
ABSENT = {"404", "NoSuchKey", "NotFound"}
CONNECT_S, READ_S, TRIES = 5, 60, 3


class NoAnswer(OSError):
    """Storage does not let itself be read now; what is not there is NotFound instead.

    None of the errors that are the visitor's: a job that meets it is tried again.
    """


@dataclass(frozen=True, slots=True)
class Stored:
    """What was put: its length in bytes and its SHA-256, hexadecimal."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One file there is, and when it was put."""

    key: str
    at: datetime


class Storage(Protocol):
    """What both kinds of storage do. A bad key is a ValueError; an absent file NotFound.

    Opening, reading what was opened, `size` and `exists` raise NoAnswer while storage is down.
    """

    def put(self, key: str, content: BinaryIO | bytes, media_type: str) -> Stored:
        """Keep `content` (bytes, or a stream read to its end) under `key`."""

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open the bytes from `start` up to, without, `end`; the caller closes the stream."""

    def address(self, key: str, *, seconds: int, media_type: str, disposition: str) -> str | None:
        """Return a signed address that hands out the file for so long; None when there is none."""

    def size(self, key: str) -> int:
        """Return the length in bytes."""

    def exists(self, key: str) -> bool:
        """Say whether there is a file under `key`."""

    def delete(self, key: str) -> None:
        """Remove the file; removing what is not there changes nothing."""

    def kept(self, folder: str) -> Iterator[Kept]:
        """Name every file whose key begins with `folder` and a slash, in no order."""

    def tidy(self, *, before: datetime) -> int:
        """Remove what puts broken off before that moment left behind; return how many."""


def opened(settings: Settings) -> Storage:
    """Return the storage the settings name."""
    if settings.storage_url is None:
        files = DiskStorage(settings.data_dir / "files")
        files.begin()
        return files
    return S3Storage(settings.storage_url, settings.storage_public_url)


@contextmanager
def _asking() -> Iterator[None]:
    """Turn every way in which storage fails to be read into NoAnswer."""
    try:
        yield
    except (OSError, BotoCoreError, ClientError) as error:
        raise NoAnswer(type(error).__name__) from error


def ensure_key(key: str) -> str:
    """Return `key`; ValueError when it is not a path of ours."""
    if len(key) > LONGEST_KEY or KEY.fullmatch(key) is None:
        raise ValueError(f"not a storage key: {key[:LONGEST_KEY]!r}")
    return key


class _Counted(io.RawIOBase):
    """A stream that counts and hashes what is read from it."""

    def __init__(self, content: BinaryIO | bytes) -> None:
        super().__init__()
        self._source = io.BytesIO(content) if isinstance(content, bytes) else content
        self._bytes = 0
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        found = self._source.read(size)
        self._bytes += len(found)
        self._hash.update(found)
        return found

    def stored(self) -> Stored:
        return Stored(self._bytes, self._hash.hexdigest())


class _Slice(io.RawIOBase):
    """The next `left` bytes of a file, which is closed with this stream."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        super().__init__()
        self._file, self._left = file, left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        with _asking():
            found = self._file.read(min(len(buffer), self._left))
        self._left -= len(found)
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Body(io.RawIOBase):
    """What a bucket sends, closed with this stream."""

    def __init__(self, body: BinaryIO) -> None:
        super().__init__()
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        with _asking():
            found = self._body.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def readall(self) -> bytes:
        with _asking():
            return self._body.read()

    def close(self) -> None:
        self._body.close()
        super().close()


class DiskStorage:
    """Files under `root`, in 256 folders by the hash of the key."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self) -> None:
        """Make the folder every storage has, so that one whose disk is away can be told."""
        self._make(self._root / TEMPORARY)

    @contextmanager
    def _looking(self) -> Iterator[None]:
        try:
            with _asking():
                yield
        except NoAnswer as error:
            if isinstance(error.__cause__, FileNotFoundError):
                self._ensure_here()
                raise NotFound(GONE) from error
            raise

    def _ensure_here(self) -> None:
        if not (self._root / TEMPORARY).is_dir():
            raise NoAnswer("the folder of files is away")

    def _path(self, key: str) -> Path:
        return self._root / hashlib.sha256(ensure_key(key).encode()).hexdigest()[:2] / key

    def _make(self, folder: Path) -> None:
        """Make a folder and those above it for us alone (`parents` would let others in)."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for above in reversed(folder.relative_to(self._root).parents):
            (self._root / above).mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)

    def put(self, key: str, content: BinaryIO | bytes, media_type: str) -> Stored:  # noqa: ARG002 -- a folder keeps no types
        path = self._path(key)
        coming = self._root / TEMPORARY / secrets.token_hex(16)
        self._make(coming.parent)
        counted = _Counted(content)
        try:
            with coming.open("xb") as file:
                while chunk := counted.read(CHUNK):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            self._make(path.parent)
            coming.replace(path)
        except BaseException:
            coming.unlink(missing_ok=True)
            raise
        for folder in path.relative_to(self._root).parents:  # a new folder's name is an entry too
            _sync(self._root / folder)
        return counted.stored()

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        path = self._path(key)
        with self._looking():
            file = path.open("rb")
        length = os.fstat(file.fileno()).st_size
        file.seek(start)
        left = max(0, min(length, length if end is None else end) - start)
        return io.BufferedReader(_Slice(file, left))

    def size(self, key: str) -> int:
        path = self._path(key)
        with self._looking():
            return path.stat().st_size

    def address(self, key: str, *, seconds: int, media_type: str, disposition: str) -> None:  # noqa: ARG002 -- a folder has none
        return None

    def exists(self, key: str) -> bool:
        path = self._path(key)
        with self._looking():
            is_there = path.is_file()
        if not is_there:
            self._ensure_here()
        return is_there

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def kept(self, folder: str) -> Iterator[Kept]:
        ensure_key(folder)
        for shard in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            for path in sorted((shard / folder).rglob("*")):
                with suppress(FileNotFoundError):  # deleted meanwhile
                    if path.is_file():
                        yield Kept(path.relative_to(shard).as_posix(), _changed_at(path))

    def tidy(self, *, before: datetime) -> int:
        removed = 0
        for path in (self._root / TEMPORARY).glob("*"):
            with suppress(FileNotFoundError):
                if _changed_at(path) < before:
                    path.unlink()
                    removed += 1
        return removed


def _sync(folder: Path) -> None:
    """Make the entries of a folder survive a power cut."""
    opened_folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened_folder)
    finally:
        os.close(opened_folder)


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


class S3Storage:
    """A bucket of an S3-compatible service, at `s3://key:secret@host/bucket?endpoint=…`.

    Other servers than Amazon's want path addresses, and answer ranges and checksums their own way.
    """

    def __init__(self, url: str, public_url: str | None = None) -> None:
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
        self._bucket = parts.path.strip("/")
        make = partial(
            boto3.session.Session().client,
            "s3",
            region_name=asked.get("region", ["us-east-1"])[0],
            aws_access_key_id=unquote(parts.username or ""),
            aws_secret_access_key=unquote(parts.password or ""),
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                connect_timeout=CONNECT_S,
                read_timeout=READ_S,
                retries={"max_attempts": TRIES, "mode": "standard"},
            ),
        )
        self._s3 = make(endpoint_url=asked.get("endpoint", [f"https://{host}"])[0])
        # Signs only; the host is part of what is signed, so it must be the one browsers ask.
        abroad = public_url.removesuffix(f"/{self._bucket}") if public_url else None
        self._signer = make(endpoint_url=abroad) if abroad else None

    def put(self, key: str, content: BinaryIO | bytes, media_type: str) -> Stored:
        counted = _Counted(content)
        self._s3.upload_fileobj(
            counted, self._bucket, ensure_key(key), ExtraArgs={"ContentType": media_type}
        )
        return counted.stored()

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        if end is not None and end <= start:
            self.size(key)
            return io.BytesIO()
        asked = {} if not start and end is None else {"Range": _range(start, end)}
        try:
            with _asking():
                found = self._s3.get_object(Bucket=self._bucket, Key=ensure_key(key), **asked)
        except NoAnswer as error:
            if _code(error) in {"416", "InvalidRange"}:  # beyond its end
                return io.BytesIO()
            raise _absent(error) from error.__cause__
        return io.BufferedReader(_Body(found["Body"]))

    def address(self, key: str, *, seconds: int, media_type: str, disposition: str) -> str | None:
        if self._signer is None:
            return None
        asked = {
            "Bucket": self._bucket,
            "Key": ensure_key(key),
            "ResponseContentType": media_type,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": f"private, max-age={seconds}",
        }
        signed: str = self._signer.generate_presigned_url(
            "get_object", Params=asked, ExpiresIn=seconds
        )
        return signed

    def size(self, key: str) -> int:
        try:
            with _asking():
                found = self._s3.head_object(Bucket=self._bucket, Key=ensure_key(key))
        except NoAnswer as error:
            raise _absent(error) from error.__cause__
        return int(found["ContentLength"])

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except NotFound:
            return False
        return True

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=ensure_key(key))

    def kept(self, folder: str) -> Iterator[Kept]:
        pages = self._s3.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=f"{ensure_key(folder)}/"):
            for found in page.get("Contents", []):
                yield Kept(found["Key"], found["LastModified"].astimezone(UTC))

    def tidy(self, *, before: datetime) -> int:
        removed = 0
        pages = self._s3.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self._bucket):
            for found in page.get("Uploads", []):
                if found["Initiated"].astimezone(UTC) < before:
                    self._s3.abort_multipart_upload(
                        Bucket=self._bucket, Key=found["Key"], UploadId=found["UploadId"]
                    )
                    removed += 1
        return removed


def _range(start: int, end: int | None) -> str:
    return f"bytes={start}-{'' if end is None else end - 1}"


def _code(error: NoAnswer) -> str:
    """Return what the service itself said; nothing when it said nothing."""
    told = error.__cause__
    return (
        str(told.response.get("Error", {}).get("Code", "")) if isinstance(told, ClientError) else ""
    )


def _absent(error: NoAnswer) -> Exception:
    """Return NotFound for what is not there, the error itself for anything else."""
    return NotFound(GONE) if _code(error) in ABSENT else error
