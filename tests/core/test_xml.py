"""Strangers' XML: what is welcome is read, what could hurt is refused with a sentence."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.core import xml
from contest.errors import Invalid

DECLARATIONS = (
    "Tệp XML có phần khai báo riêng (DOCTYPE với thực thể). Vì an toàn, tệp như vậy không được đọc."
)


def refusal(data):
    with pytest.raises(Invalid) as caught:
        xml.parse(data)
    return str(caught.value)


def test_reads_elements_attributes_and_texts():
    root = xml.parse(
        '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'
        '<a n="1">Đúng &amp; <![CDATA[<p>sai</p>]]> &#272;</a></quiz>'.encode()
    )

    (first,) = root
    assert (root.tag, first.tag, first.get("n"), first.get("m")) == ("quiz", "a", "1", None)
    assert (first.text, first.sourceline) == ("Đúng & <p>sai</p> Đ", 3)


def test_comments_and_instructions_are_not_there():
    root = xml.parse(b"<!-- a --><?b c?><q>x<!-- d -->y<?e f?>z</q><!-- g -->")

    assert (root.text, len(root)) == ("xyz", 0)


@pytest.mark.parametrize(
    "data",
    [
        "<q>Đúng</q>".encode(),
        "\ufeff<q>Đúng</q>".encode(),
        '<?xml version="1.0" encoding="UTF-16"?><q>Đúng</q>'.encode("utf-16"),
        '<?xml version="1.0" encoding="UTF-16"?><q>Đúng</q>'.encode("utf-16-le"),
        '<?xml version="1.0" encoding="UTF-16"?><q>Đúng</q>'.encode("utf-16-be"),
        "\ufeff<q>Đúng</q>".encode("utf-16-be"),
        "<q>Đúng</q>".encode("utf-32"),
        '<?xml version="1.0" encoding="windows-1258"?><q>Đúng</q>'.encode("cp1258"),
    ],
)
def test_encodings_are_those_of_the_mark_or_the_declaration(data):
    assert xml.parse(data).text == "Đúng"


def test_the_mark_wins_over_the_declaration():
    text = '\ufeff<?xml version="1.0" encoding="UTF-16"?><q>Đúng</q>'

    assert xml.parse(text.encode()).text == "Đúng"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            b'<?xml version="1.0" encoding="UTF-7"?><q/>',
            "Tệp XML dùng bảng mã “utf-7”, không đọc được. Hãy lưu lại tệp bằng UTF-8.",
        ),
        (
            b'<?xml version="1.0" encoding="UTF-16"?><q/>',
            "Tệp XML dùng bảng mã “utf-16”, không đọc được. Hãy lưu lại tệp bằng UTF-8.",
        ),
        (
            b'<?xml version="1.0" encoding="iso-8859-12"?><q/>',
            "Tệp XML dùng bảng mã “iso-8859-12”, không đọc được. Hãy lưu lại tệp bằng UTF-8.",
        ),
        (b"<q>\xff</q>", "Tệp XML không đúng với bảng mã UTF-8. Hãy lưu lại tệp bằng UTF-8."),
        (b"", "Tệp XML không có nội dung."),
        (b" \n<!-- a", "Tệp XML không có nội dung."),
        (
            b"<q>\n<a></q>",
            "Tệp XML sai cú pháp ở dòng 2: Opening and ending tag mismatch: a line 2 and q",
        ),
        (b"<q>\n\n&nbsp;</q>", "Tệp XML sai cú pháp ở dòng 3: Entity 'nbsp' not defined"),
        (b"\n\nquiz", "Tệp XML sai cú pháp ở dòng 3: Start tag expected, '<' not found"),
        (
            b"<q>\0</q>",
            "Tệp XML sai cú pháp ở dòng 1: Invalid character: Char 0x0 out of allowed range",
        ),
    ],
)
def test_what_cannot_be_read_is_named(data, sentence):
    assert refusal(data) == sentence


def bomb():
    """A thousand million laughs from nine lines."""
    lines = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return f'<!DOCTYPE q [<!ENTITY a0 "lol">{"".join(lines)}]><q>&a9;</q>'


@pytest.mark.parametrize(
    "text",
    [
        bomb(),
        f'<!DOCTYPE q [<!ENTITY a "{"a" * 100_000}">]><q>{"&a;" * 100_000}</q>',
        '<!DOCTYPE q [<!ENTITY a SYSTEM "file:///etc/passwd">]><q>&a;</q>',
        '<!DOCTYPE q [<!ENTITY % a SYSTEM "http://127.0.0.1:9/a">%a;]><q/>',
        '<!DOCTYPE q SYSTEM "a.dtd" [<!ATTLIST q b CDATA "c">]><q/>',
        '<!doctype q [<!ENTITY a "b">]><q>&a;</q>',
        '<!-- --> <?a?> <!DOCTYPE q\n[\n<!ENTITY a "b">]><q>&a;</q>',
        "<!DOCTYPE q [",
        '<!ENTITY a "b"><q/>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32"])
def test_declared_entities_are_refused_before_they_are_looked_at(text, encoding):
    before = time.monotonic()

    assert refusal(text.encode(encoding)) == DECLARATIONS
    assert time.monotonic() - before < 1


def test_a_declaration_inside_the_document_is_a_syntax_error():
    assert refusal(b'<q><!DOCTYPE q [<!ENTITY a "b">]>&a;</q>').startswith("Tệp XML sai cú pháp")
    assert refusal(b'x<!DOCTYPE q [<!ENTITY a "b">]><q>&a;</q>').startswith("Tệp XML sai cú pháp")


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE q>",
        '<!DOCTYPE q SYSTEM "file:///etc/passwd">',
        "<!DOCTYPE q PUBLIC '-//IMS//DTD' \"http://127.0.0.1:9/a.dtd\" >",
    ],
)
def test_a_doctype_that_only_names_a_grammar_is_passed_over(doctype):
    assert xml.parse(f"{doctype}<q>a</q>".encode()).text == "a"


def test_depth_is_limited():
    depth = xml.MOST_DEPTH
    assert len(list(xml.parse(b"<a>" * depth + b"</a>" * depth).iter())) == depth
    assert (
        refusal(b"<a>" * (depth + 1) + b"</a>" * (depth + 1))
        == "Tệp XML có các phần tử lồng nhau sâu quá 100 tầng."
    )
    assert refusal(b"<a>" * 500_000).startswith("Tệp XML")


def test_sizes_are_limited():
    many = "Tệp XML có quá nhiều phần tử. Hãy chia thành nhiều tệp nhỏ hơn."

    assert refusal(b"<q>" + b"<a/>" * xml.MOST_MARKS + b"</q>") == many
    assert refusal(b"<q>" + b"<a b=''/>" * (xml.MOST_MARKS // 2) + b"</q>") == many
    assert (
        refusal(b" " * (xml.MOST_BYTES + 1))
        == "Tệp XML lớn hơn 64 MB. Hãy chia thành nhiều tệp nhỏ hơn."
    )


def test_one_huge_text_is_refused():
    assert len(xml.parse(b"<q>" + b"a" * 9_000_000 + b"</q>").text) == 9_000_000
    assert (
        refusal(b"<q>\n" + b"a" * 11_000_000 + b"</q>")
        == "Tệp XML có một phần quá lớn ở dòng 2, chẳng hạn một hình quá 7 MB."
    )


@given(
    st.binary(max_size=200) | st.text("<>!?&;=\"'[]-/ aDOCTYPExml", max_size=200).map(str.encode)
)
def test_any_bytes_are_read_or_refused(data):
    try:
        said = xml.parse(data).tag
    except Invalid as problem:
        said = str(problem)
    assert isinstance(said, str)
