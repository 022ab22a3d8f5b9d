"""Archives and Office files from strangers: bounded, checked, and named for what they are."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from contest.core import archives
from contest.core.archives import FileKind
from contest.errors import Invalid

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
TYPES = "application/vnd.openxmlformats-officedocument."


def zipped(files, method=ZIP_DEFLATED):
    out = BytesIO()
    with ZipFile(out, "w", method) as package:
        for name, content in files:
            package.writestr(ZipInfo(name), content, method)
    return out.getvalue()


def unpack(data, most_bytes=1000, most_files=5, wanted=None):
    return archives.names_and_data(
        data, most_bytes=most_bytes, most_files=most_files, wanted=wanted
    )


def refusal(data, **limits):
    with pytest.raises(Invalid) as caught:
        unpack(data, **limits)
    return str(caught.value)


def docx():
    out = BytesIO()
    Document().save(out)
    return out.getvalue()


def xlsx():
    out = BytesIO()
    with Workbook(out) as book:
        book.add_worksheet().write_string("A1", "Câu hỏi")
    return out.getvalue()


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
def test_gives_files_in_their_order_and_no_folder(method):
    data = zipped([("b/", ""), ("b/đề.txt", "một"), ("a.txt", "")], method)

    assert list(unpack(data).items()) == [("b/đề.txt", "một".encode()), ("a.txt", b"")]


def test_gives_only_what_is_wanted():
    data = zipped([("a.txt", "1"), ("b.txt", "2" * 5000)])

    assert unpack(data, wanted=lambda name: name == "a.txt") == {"a.txt": b"1"}


def test_an_archive_inside_stays_bytes():
    inner = zipped([("x", "y")])

    assert unpack(zipped([("inner.zip", inner)])) == {"inner.zip": inner}


def test_packing_gives_what_unpacking_took():
    files = {"a/b.xml": b"<a/>", "đề.txt": b"\0" * 9}

    assert unpack(archives.pack(files)) == files


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
def test_the_limit_counts_all_files_together(method):
    data = zipped([("a", "x" * 600), ("b", "y" * 400)], method)

    assert sum(map(len, unpack(data, most_bytes=1000).values())) == 1000
    assert refusal(data, most_bytes=999) == (
        "Tệp nén bung ra quá 1 MB. Hãy chia thành nhiều tệp nhỏ hơn."
    )


def lying(data, size, content):
    """Let the directory say that the only file has `size` bytes, with their right checksum."""
    at = data.index(b"PK\x01\x02")
    crc = zlib.crc32(content[:size])
    return (
        data[: at + 16]
        + struct.pack("<I", crc)
        + data[at + 20 : at + 24]
        + (struct.pack("<I", size) + data[at + 28 :])
    )


def test_a_bomb_that_says_it_is_small_is_counted():
    content = b"0" * 1_000_000
    bomb = lying(zipped([("a", content)]), 10, content)
    with ZipFile(BytesIO(bomb)) as package:
        assert package.read("a") == b"0" * 10  # the standard library believes it

    assert refusal(bomb, most_bytes=100_000).startswith("Tệp nén bung ra quá")
    assert refusal(bomb, most_bytes=2_000_000) == (
        "Tệp nén bị hỏng ở “a”. Hãy tạo lại tệp rồi gửi lại."
    )


def test_too_many_files_are_refused():
    data = zipped([(str(number), "") for number in range(6)])

    assert refusal(data) == "Tệp nén chứa nhiều hơn 5 tệp. Hãy chia thành nhiều tệp nhỏ hơn."


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../a", "a/../../b", "a//b", "./a", "a\\b", "C:a", "c:/a", "a\nb", "x" * 501],
)
def test_a_name_that_could_leave_its_folder_is_refused(name):
    assert refusal(zipped([(name, "")])).startswith("Tệp nén có tên tệp không an toàn: “")


@pytest.mark.parametrize("twin", ["a.xml", "A.xml"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(twin):
    assert refusal(zipped([("a.xml", "1"), (twin, "2")])) == (
        f"Tệp nén có hai tệp cùng tên “{twin}”."
    )


def test_a_password_is_named():
    data = bytearray(zipped([("a", "1")]))
    data[data.index(b"PK\x01\x02") + 8] |= 1

    assert refusal(bytes(data)) == "Tệp có mật khẩu. Hãy bỏ mật khẩu rồi gửi lại."


def test_a_strange_method_is_refused():
    assert refusal(zipped([("a", "1")], ZIP_BZIP2)) == (
        "Tệp nén dùng kiểu nén lạ. Hãy nén lại thành .zip thường."
    )


def test_a_changed_byte_is_noticed():
    data = bytearray(zipped([("a", "một hai ba")], ZIP_STORED))
    data[40] ^= 1

    assert refusal(bytes(data)) == "Tệp nén bị hỏng ở “a”. Hãy tạo lại tệp rồi gửi lại."


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x05\x06", b"hello", docx()[:-100]])
def test_what_is_no_zip_is_refused(data):
    assert refusal(data) == "Tệp nén bị hỏng hoặc không phải tệp .zip."


GOOD = zipped([("a.txt", "một " * 40), ("b/c.txt", "hai"), ("d.bin", bytes(200))])


@given(st.data())
def test_a_mutated_archive_is_read_or_refused(data):
    broken = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, len(GOOD) - 1))] = data.draw(st.integers(0, 255))
    found = {}
    with suppress(Invalid):
        found = unpack(bytes(broken))

    assert sum(map(len, found.values())) <= 1000
    assert archives.kind_of(bytes(broken)) in FileKind


def part(kind):
    return f'<Types><Override ContentType="{TYPES}{kind}"/></Types>'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (docx(), FileKind.DOCX),
        (xlsx(), FileKind.XLSX),
        (zipped([("a.txt", "1")]), FileKind.ZIP),
        (zipped([("[Content_Types].xml", part("presentationml.x"))]), FileKind.ZIP),
        (zipped([("[Content_Types].xml", "vnd.ms-excel.sheet.macroEnabled.main")]), FileKind.MACRO),
        (
            zipped(
                [
                    ("[Content_Types].xml", part("wordprocessingml.document.main+xml")),
                    ("word/VbaProject.bin", "x"),
                ]
            ),
            FileKind.MACRO,
        ),
        (
            zipped([("mimetype", "application/vnd.oasis.opendocument.spreadsheet")], ZIP_STORED),
            FileKind.ODS,
        ),
        (OLE + "WordDocument\0".encode("utf-16-le"), FileKind.DOC),
        (OLE + "Workbook\0".encode("utf-16-le"), FileKind.XLS),
        (OLE + "EncryptedPackage\0".encode("utf-16-le"), FileKind.LOCKED),
        (OLE + "Workbook\0_VBA_PROJECT\0".encode("utf-16-le"), FileKind.MACRO),
        (OLE, FileKind.OTHER),
        (b"%PDF-1.7\n", FileKind.PDF),
        (b"{\\rtf1", FileKind.RTF),
        (b"PK garbage", FileKind.ZIP),
        (b"", FileKind.OTHER),
    ],
)
def test_a_file_is_known_by_its_bytes(data, kind):
    assert archives.kind_of(data) is kind


@pytest.mark.parametrize(("data", "kind"), [(docx(), "docx"), (xlsx(), "xlsx")])
def test_the_right_office_file_passes(data, kind):
    archives.ensure_office(data, kind)


@pytest.mark.parametrize(
    ("data", "wanted", "sentence"),
    [
        (b"a", "docx", "Tệp này không phải là tệp Word (.docx)."),
        (b"a", "xlsx", "Tệp này không phải là tệp Excel (.xlsx)."),
        (docx(), "xlsx", "Đây là tệp Word (.docx). Hãy chọn định dạng Word khi gửi."),
        (
            zipped([("[Content_Types].xml", "macroEnabled")]),
            "docx",
            "Đây là tệp có macro nên không được nhận. Hãy lưu lại không kèm macro.",
        ),
    ],
)
def test_another_file_is_refused_by_what_it_is(data, wanted, sentence):
    with pytest.raises(Invalid) as caught:
        archives.ensure_office(data, wanted)

    assert str(caught.value) == sentence
