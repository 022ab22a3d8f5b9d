"""Which formats questions can be read from and written in."""

from collections.abc import Callable, Iterable, Mapping

from contest.errors import N_, Invalid
from question_bank.formats import toml
from question_bank.formats.reading import DraftQuestion, Reading

READERS: Mapping[str, Callable[[bytes], Reading]] = {"toml": toml.read}
WRITERS: Mapping[str, Callable[[Iterable[DraftQuestion]], bytes]] = {"toml": toml.write}
UNKNOWN = N_("Không hỗ trợ định dạng tệp câu hỏi “%(format)s”.")


def read(data: bytes, format: str) -> Reading:  # noqa: A002 -- the word of the house
    """Read a file of questions; an unknown format raises Invalid, a bad file never raises."""
    if format not in READERS:
        raise Invalid(UNKNOWN, format=format)
    return READERS[format](data)


def write(questions: Iterable[DraftQuestion], format: str) -> bytes:  # noqa: A002 -- same
    """Write questions so that `read` gives them back; an unknown format raises Invalid."""
    if format not in WRITERS:
        raise Invalid(UNKNOWN, format=format)
    return WRITERS[format](questions)
