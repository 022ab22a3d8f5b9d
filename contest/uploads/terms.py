"""On what terms somebody may send a file: what is asked, what is allowed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from sqlalchemy.orm import Session

from contest.core.visitor import Visitor
from contest.errors import N_, Invalid, TooLate

MEBIBYTE = 1024 * 1024


class TooLarge(Invalid):
    """The file is larger than allowed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A file somebody wants to send; `subject` names what it is for, as its policy understands."""

    purpose: str
    subject: str
    name: str  # a label, never a path
    media_type: str  # as the browser says; nobody relies on it
    length: int  # bytes
    fingerprint: str = ""  # the page's own mark of the file, to know it again


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy allows: size, endings of names, and until when bytes are taken."""

    most_bytes: int
    suffixes: tuple[str, ...]  # ".mp4", lower case; empty: any
    media_types: tuple[str, ...] = ()  # for the file chooser: "video/*"
    closes_at: datetime | None = None  # no file is begun from then on
    grace: timedelta = timedelta(0)  # after closing, for the rest of a file begun before
    most_unfinished: int = 5  # files half sent, for one account and purpose

    @property
    def taken_until(self) -> datetime | None:
        """Return when the last byte of a file begun in time must have come."""
        return None if self.closes_at is None else self.closes_at + self.grace

    def check(self, asked: Asked, *, now: datetime) -> None:
        """Raise TooLate, TooLarge or Invalid when the file may not be sent."""
        ensure_open(self.closes_at, now)
        if asked.length > self.most_bytes:
            raise TooLarge(
                N_("Tệp nặng %(size)s MB, nhiều nhất được %(most)s MB. Bạn hãy chọn tệp nhẹ hơn."),
                size=-(-asked.length // MEBIBYTE),
                most=self.most_bytes // MEBIBYTE,
            )
        if self.suffixes and PurePosixPath(asked.name.lower()).suffix not in self.suffixes:
            raise Invalid(
                N_("Chỉ nhận tệp có đuôi %(suffixes)s. Bạn hãy chọn tệp khác."),
                suffixes=", ".join(self.suffixes),
            )


def ensure_open(closes_at: datetime | None, now: datetime) -> None:
    """Raise TooLate once no byte is taken any more."""
    if closes_at is not None and now >= closes_at:
        raise TooLate(
            N_("Đã hết hạn nhận tệp lúc %(moment)s. Phần đã gửi vẫn được giữ."), moment=closes_at
        )


# A policy raises an error of the family (NotFound, NotAllowed, TooEarly …) or gives its terms.
# It is asked before the first byte, in a short transaction that may write.
Policy = Callable[[Session, Asked, Visitor, datetime], Terms]
