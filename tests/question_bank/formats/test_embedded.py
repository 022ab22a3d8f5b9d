"""Pictures inside a file: known by their first bytes, named by their content."""

import base64
from hashlib import sha256

import pytest

from contest.errors import Invalid
from question_bank.formats import embedded
from question_bank.formats.pictures import MOST_BYTES


@pytest.mark.parametrize(
    ("start", "ending"),
    [
        (b"\x89PNG\r\n\x1a\n", ".png"),
        (b"\xff\xd8\xff\xe0", ".jpg"),
        (b"GIF89a", ".gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", ".webp"),
    ],
)
def test_a_picture_is_named_by_its_content(start, ending):
    data = start + b"rest"

    assert embedded.bare_name(data) == sha256(data).hexdigest()[:16] + ending


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"RIFF\x10\0\0\0WAVEfmt ", b"%PDF-1.7"])
def test_anything_else_is_refused(data):
    with pytest.raises(Invalid) as caught:
        embedded.bare_name(data)
    assert str(caught.value) == "Không đọc được hình. Hãy dùng tệp PNG, JPEG, WebP hoặc GIF."


def test_a_large_picture_is_refused_before_it_is_decoded():
    most = b"GIF8" + b"a" * (MOST_BYTES - 4)
    coded = base64.b64encode(most).decode()

    assert embedded.from_base64(coded) == most
    assert embedded.bare_name(most).endswith(".gif")
    for refused in (
        lambda: embedded.bare_name(most + b"a"),
        lambda: embedded.from_base64(base64.b64encode(most + b"aaa").decode()),
    ):
        with pytest.raises(Invalid) as caught:
            refused()
        assert str(caught.value) == "Hình lớn hơn 2 MB."


@pytest.mark.parametrize("text", ["=", "a", "không phải", "QUJD!"])
def test_wrong_base64_is_refused(text):
    with pytest.raises(Invalid) as caught:
        embedded.from_base64(text)
    assert str(caught.value) == "Hình trong tệp bị hỏng: nội dung không đúng mã base64."


def test_base64_may_be_broken_into_lines():
    assert embedded.from_base64(" QUJD\r\n\tREVG ") == b"ABCDEF"
