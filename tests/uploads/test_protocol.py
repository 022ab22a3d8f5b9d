"""The headers of tus, read strictly."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.uploads import protocol
from contest.uploads.protocol import Checksum, Refused

KEYS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","),
    min_size=1,
    max_size=20,
)
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


def status_of(call: object, *arguments: object) -> int:
    with pytest.raises(Refused) as caught:
        call(*arguments)
    return caught.value.status


@pytest.mark.parametrize(("text", "bytes_"), [("0", 0), ("1", 1), ("104857600", 104857600)])
def test_a_length_is_digits(text: str, bytes_: int) -> None:
    assert protocol.whole(text, "length") == bytes_


@pytest.mark.parametrize("text", [None, "", "-1", "+1", "1.5", "1e3", "٣", " 1", "1_0", "9" * 16])
def test_anything_else_is_no_length(text: str | None) -> None:
    assert status_of(protocol.whole, text, "length") == 400


def test_metadata_are_pairs_whose_value_may_be_missing() -> None:
    name = base64.b64encode("múa xoè.mp4".encode()).decode()
    assert protocol.metadata(f"filename {name},is_draft,note ") == {
        "filename": "múa xoè.mp4",
        "is_draft": "",
        "note": "",
    }
    assert protocol.metadata(None) == protocol.metadata("") == {}


@pytest.mark.parametrize(
    "text",
    [
        "filename bXVh,filename bXVh",  # twice
        "filename b!Vh",
        "filename bXV",  # padding is missing
        "filename bX Vh",
        "filename -_==",  # the other alphabet
        "filename /w==",  # no UTF-8
        "filename AA==",  # NUL
        "tên bXVh",
        ",",
        "a bXVh,",
        " ",
        "x" * 61,
        "a " + "A" * 4000,
    ],
)
def test_metadata_that_are_not_well_formed_are_refused_whole(text: str) -> None:
    assert status_of(protocol.metadata, text) == 400


@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_what_is_packed_is_read_back(facts: dict[str, str]) -> None:
    sent = ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in facts.items()
    )
    assert protocol.metadata(sent) == facts


@given(st.text(max_size=200))
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    for read in (protocol.metadata, protocol.checksum, lambda sent: protocol.whole(sent, "offset")):
        refused = None
        try:
            read(text)
        except Refused as error:
            refused = error
        assert refused is None or refused.status == 400


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_checksum_names_its_algorithm_and_digest(algorithm: str) -> None:
    digest = hashlib.new(algorithm, b"abc").digest()
    found = protocol.checksum(f"{algorithm} {base64.b64encode(digest).decode()}")
    assert found == Checksum(algorithm, digest)
    hasher = found.hasher()
    hasher.update(b"abc")
    assert hasher.digest() == digest
    assert protocol.checksum(None) is None


@pytest.mark.parametrize(
    "text", ["", "md5 AAAA", "sha1", "sha1 !!!!", "sha1 AAAA", "SHA1 AAAA", "crc32 AAAA"]
)
def test_an_unknown_or_malformed_checksum_is_refused(text: str) -> None:
    assert status_of(protocol.checksum, text) == 400
