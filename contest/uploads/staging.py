"""Files half received, on this machine's disk: the offset is the file's size, under a lock.

Beside `CODE` may lie `CODE.wanted` (somebody newer waits for the lock) and `CODE.from` (the bytes
after the size it names await their checksum).
"""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from contest.core import ids

FOLDER = "staging"
CODE_LENGTH = 24
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 8.0  # for an older request to let go
WANTED, FROM, PLAIN = ".wanted", ".from", ".plain"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Busy(Exception):
    """An older request did not let go in time."""


class DiskFull(Exception):
    """No room for the bytes; those written before stay."""


class Partial:
    """One file in the hands of one request, which holds its lock."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor
        self._wanted, self._from = path.with_suffix(WANTED), path.with_suffix(FROM)
        self._wanted.unlink(missing_ok=True)
        if self._from.exists():  # its writer died before the checksum was known
            self.truncate(int(self._from.read_text() or 0))

    @property
    def size(self) -> int:
        """The bytes received so far."""
        return os.fstat(self._descriptor).st_size

    def append(self, piece: bytes) -> None:
        """Write at the end; DiskFull keeps what found room."""
        left = memoryview(piece)
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except OSError as error:
                if error.errno in FULL:
                    raise DiskFull from error
                raise

    def is_wanted(self) -> bool:
        """Say whether a newer request waits for this file."""
        return self._wanted.exists()

    def begin_unproved(self) -> int:
        """Promise to cut back to the size as it is now unless `prove` follows; return it."""
        size = self.size
        self._from.write_text(str(size))
        return size

    def prove(self) -> None:
        """Let the bytes since `begin_unproved` stay."""
        self._from.unlink(missing_ok=True)

    def truncate(self, size: int) -> None:
        """Cut back to `size` bytes."""
        os.ftruncate(self._descriptor, size)
        self._from.unlink(missing_ok=True)

    def sync(self) -> None:
        """Make the bytes survive a power cut."""
        os.fsync(self._descriptor)


class Staging:
    """The folder of partial files; `CONTEST_DATA_DIR/staging`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, code: str) -> Path:
        if len(code) != CODE_LENGTH or not set(code) <= set(ids.ALPHABET):
            raise ValueError("not a code of ours")
        return self._folder / code

    def create(self) -> str:
        """Make an empty file for us alone; return its code."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        code = ids.new_code(CODE_LENGTH)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        try:
            os.close(os.open(self._path(code), flags, 0o600))
        except OSError as error:
            if error.errno in FULL:
                raise DiskFull from error
            raise
        return code

    def size(self, code: str) -> int | None:
        """Return the bytes received so far, None when there is no file."""
        try:
            return self._path(code).stat().st_size
        except FileNotFoundError:
            return None

    def free(self) -> int:
        """Return the bytes this disk still takes."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return shutil.disk_usage(self._folder).free

    @contextmanager
    def held(self, code: str, *, patience: float = PATIENCE_SECONDS) -> Iterator[Partial]:
        """Hold the file alone; ask an older holder to let go.

        FileNotFoundError when there is none, Busy when the holder did not let go in `patience`
        seconds.
        """
        path = self._path(code)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        try:
            self._lock(path, descriptor, patience)
            yield Partial(path, descriptor)
        finally:
            os.close(descriptor)

    def _lock(self, path: Path, descriptor: int, patience: float) -> None:
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise Busy(path.name) from None
                path.with_suffix(WANTED).touch()
                time.sleep(POLL_SECONDS)
            else:
                break
        if os.fstat(descriptor).st_nlink == 0:  # removed while we waited
            path.with_suffix(WANTED).unlink(missing_ok=True)
            raise FileNotFoundError(path.name)

    def open(self, code: str) -> BinaryIO:
        """Open a file to read it; the caller closes it."""
        return self._path(code).open("rb")

    def remove(self, code: str) -> None:
        """Remove a file and what lies beside it; removing what is not there changes nothing."""
        for path in (self._path(code), *map(self._path(code).with_suffix, (WANTED, FROM))):
            path.unlink(missing_ok=True)

    def plain(self) -> Path:
        """Return a fresh name for a file that a plain form brings."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder / f"{ids.new_code(CODE_LENGTH)}{PLAIN}"

    def adopt(self, file: Path, code: str) -> None:
        """Put the whole, synced file of a plain form in the place of `code`'s empty one."""
        file.replace(self._path(code))

    def older(self, *, before: datetime) -> Iterator[tuple[str, Path]]:
        """Give what was last written before then: the code it belongs to, and the path."""
        for path in sorted(self._folder.glob("*")):
            try:
                changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            except FileNotFoundError:
                continue
            if changed < before:
                yield path.name.partition(".")[0], path


def of(data_dir: Path) -> Staging:
    """Return the folder of partial files in the data folder; web and worker share it."""
    return Staging(data_dir / FOLDER)
