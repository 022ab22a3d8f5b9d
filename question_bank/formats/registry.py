"""Which formats questions can be read from and written in."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from contest.errors import N_, Invalid
from question_bank.formats import aiken, csv, toml, xlsx
from question_bank.formats.docx import reader as docx_reader
from question_bank.formats.docx import writing as docx_writing
from question_bank.formats.gift import reader as gift_reader
from question_bank.formats.gift import writer as gift_writer
from question_bank.formats.moodle_xml import reader as moodle_reader
from question_bank.formats.moodle_xml import writer as moodle_writer
from question_bank.formats.qti import reading as qti_reading
from question_bank.formats.qti import writing as qti_writing
from question_bank.formats.reading import DraftQuestion, Reading

READERS: Mapping[str, Callable[[bytes], Reading]] = {
    "toml": toml.read,
    "xlsx": xlsx.read,
    "csv": csv.read,
    "docx": docx_reader.read,
    "word": docx_reader.read,
    "gift": gift_reader.read,
    "aiken": aiken.read,
    "moodle_xml": moodle_reader.read,
    # One reader tells the versions apart; the aliases are for whoever knows what they hold.
    **dict.fromkeys(("qti", "qti12", "qti21", "qti22", "qti30"), qti_reading.read),
}
WRITERS: Mapping[str, Callable[[Iterable[DraftQuestion]], bytes]] = {
    "toml": toml.write,
    "xlsx": xlsx.write,
    "csv": csv.write,
    "gift": gift_writer.write,
    "aiken": aiken.write,
}


class _PictureWriter(Protocol):
    def __call__(
        self, questions: Iterable[DraftQuestion], *, pictures: Mapping[str, bytes]
    ) -> bytes: ...


# These hold the pictures too.
PICTURE_WRITERS: Mapping[str, _PictureWriter] = {
    "moodle_xml": moodle_writer.write,
    "docx": docx_writing.write,
    "word": docx_writing.write,
    "qti": qti_writing.write,  # 2.1
}
UNKNOWN = N_("Không hỗ trợ định dạng tệp câu hỏi “%(format)s”.")


def read(data: bytes, format: str) -> Reading:  # noqa: A002 -- the word of the house
    """Read a file of questions; an unknown format raises Invalid, a bad file never raises."""
    if format not in READERS:
        raise Invalid(UNKNOWN, format=format)
    return READERS[format](data)


def write(
    questions: Iterable[DraftQuestion],
    format: str,  # noqa: A002 -- same
    *,
    pictures: Mapping[str, bytes] = {},
) -> bytes:
    """Write questions so that `read` gives them back; an unknown format raises Invalid.

    `pictures`: the bytes of the pictures by the names the questions use, for the formats that
    hold them; the others write the name alone.
    """
    if format in PICTURE_WRITERS:
        return PICTURE_WRITERS[format](questions, pictures=pictures)
    if format not in WRITERS:
        raise Invalid(UNKNOWN, format=format)
    return WRITERS[format](questions)
