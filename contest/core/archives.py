"""Files sent in by people: zip archives unpacked without trust, Office files told apart.

A zip says of itself how large it will be, and may lie; so bytes are counted while they inflate.
Nothing is ever written to a disk. Source of the layout: PKWARE APPNOTE.TXT 6.3.10, 4.3 and 4.4.
"""

import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from contest.errors import N_, Invalid

LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, lengths of the name and of the extra field
SIGNATURE = b"PK\x03\x04"
ENCRYPTED = 0x1 | 0x40 | 0x2000  # flags: a password, strong encryption, masked headers
DRIVE = re.compile(r"[A-Za-z]:")
MOST_SMALL = 1024 * 1024  # bytes: of the parts that tell what an Office file is
MOST_PARTS = 10_000
LONGEST_NAME = 500  # characters

NO_ZIP = N_("Tệp nén bị hỏng hoặc không phải tệp .zip.")
DAMAGED = N_("Tệp nén bị hỏng ở “%(name)s”. Hãy tạo lại tệp rồi gửi lại.")
TOO_LARGE = N_("Tệp nén bung ra quá %(most)d MB. Hãy chia thành nhiều tệp nhỏ hơn.")
TOO_MANY = N_("Tệp nén chứa nhiều hơn %(most)d tệp. Hãy chia thành nhiều tệp nhỏ hơn.")
HAS_PASSWORD = N_("Tệp có mật khẩu. Hãy bỏ mật khẩu rồi gửi lại.")
BAD_NAME = N_("Tệp nén có tên tệp không an toàn: “%(name)s”.")
TWICE = N_("Tệp nén có hai tệp cùng tên “%(name)s”.")
BAD_METHOD = N_("Tệp nén dùng kiểu nén lạ. Hãy nén lại thành .zip thường.")


class FileKind(StrEnum):
    """What the bytes of a file are, whatever its name says."""

    DOCX = "docx"
    XLSX = "xlsx"
    ODS = "ods"
    DOC = "doc"  # Word 97-2003
    XLS = "xls"  # Excel 97-2003
    MACRO = "macro"  # an Office file with a program inside
    LOCKED = "locked"  # an Office file with a password
    PDF = "pdf"
    RTF = "rtf"
    ZIP = "zip"  # any other archive
    OTHER = "other"


WANTED = {
    FileKind.DOCX: N_("Tệp này không phải là tệp Word (.docx)."),
    FileKind.XLSX: N_("Tệp này không phải là tệp Excel (.xlsx)."),
}
INSTEAD: Mapping[FileKind, str] = {
    FileKind.MACRO: N_("Đây là tệp có macro nên không được nhận. Hãy lưu lại không kèm macro."),
    FileKind.LOCKED: HAS_PASSWORD,
    FileKind.DOC: N_("Đây là tệp Word đời cũ (.doc). Hãy mở bằng Word và lưu lại thành .docx."),
    FileKind.XLS: N_("Đây là tệp Excel đời cũ (.xls). Hãy mở bằng Excel và lưu lại thành .xlsx."),
    FileKind.DOCX: N_("Đây là tệp Word (.docx). Hãy chọn định dạng Word khi gửi."),
    FileKind.XLSX: N_("Đây là tệp Excel (.xlsx). Hãy chọn định dạng Excel khi gửi."),
    FileKind.ODS: N_("Đây là tệp OpenDocument (.ods). Hãy mở tệp và lưu lại thành .xlsx."),
    FileKind.PDF: N_("Đây là tệp PDF. Hãy gửi tệp Word hoặc Excel gốc."),
}


def names_and_data(
    data: bytes,
    *,
    most_bytes: int,
    most_files: int,
    wanted: Callable[[str], bool] | None = None,
) -> dict[str, bytes]:
    """Unpack a zip into {name: bytes}, in the order of its directory; folders are skipped.

    `most_bytes` bounds the inflated bytes of all files together, `most_files` their number;
    `wanted` may name the files to inflate, the others are left out. Archives inside are plain
    bytes here. Refused by Invalid: passwords, absolute or climbing names, backslashes, drives,
    names that differ in case only, strange methods, wrong checksums, lengths that lie.
    """
    unpacked: dict[str, bytes] = {}
    left = most_bytes
    for member in _members(data, most_files):
        if wanted is not None and not wanted(member.filename):
            continue
        content = _inflated(data, member, left)
        if content is None:
            raise Invalid(TOO_LARGE, most=max(1, most_bytes // 1024**2))
        unpacked[member.filename] = content
        left -= len(content)
    return unpacked


def pack(files: Mapping[str, bytes]) -> bytes:
    """Zip files without compression: hand a library what was checked, never what was sent."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as package:
        for name, content in files.items():
            package.writestr(ZipInfo(name), content)
    return out.getvalue()


def kind_of(data: bytes) -> FileKind:
    """Tell what a file is from its bytes; never raises."""
    if data.startswith(b"PK"):
        try:
            return _kind_of_zip(data)
        except Invalid as error:
            return FileKind.LOCKED if error.message == HAS_PASSWORD else FileKind.ZIP
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _kind_of_ole(data)
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return FileKind.PDF
    return FileKind.RTF if data.startswith(b"{\\rtf") else FileKind.OTHER


def ensure_office(data: bytes, kind: str) -> None:
    """Raise Invalid, saying what it is instead, unless the bytes are of `kind`: docx or xlsx.

    Only the directory and the list of parts are looked at: unpack by `names_and_data` after.
    """
    found = kind_of(data)
    if found is not FileKind(kind):
        raise Invalid(INSTEAD.get(found, WANTED[FileKind(kind)]))


def _members(data: bytes, most_files: int) -> list[ZipInfo]:
    try:
        with ZipFile(BytesIO(data)) as package:
            members = package.infolist()
    except (BadZipFile, LargeZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Invalid(NO_ZIP) from error
    if len(members) > most_files:
        raise Invalid(TOO_MANY, most=most_files)
    seen: set[str] = set()
    for member in members:
        _ensure_name(member.filename)
        key = unicodedata.normalize("NFC", member.filename).casefold()
        if key in seen:
            raise Invalid(TWICE, name=_shown(member.filename))
        seen.add(key)
        if member.flag_bits & ENCRYPTED:
            raise Invalid(HAS_PASSWORD)
        if member.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise Invalid(BAD_METHOD)
    return [member for member in members if not member.is_dir()]


def _ensure_name(name: str) -> None:
    parts = name.rstrip("/").split("/")
    is_bad = (
        not name
        or len(name) > LONGEST_NAME
        or "\\" in name
        or DRIVE.match(name)
        or any(unicodedata.category(char) in {"Cc", "Cs"} for char in name)
        or any(part in {"", ".", ".."} for part in parts)  # "" is a leading or doubled slash
    )
    if is_bad:
        raise Invalid(BAD_NAME, name=_shown(name))


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name[:80])


def _inflated(data: bytes, member: ZipInfo, most: int) -> bytes | None:
    """Give the content of a member, None when it has more than `most` bytes."""
    damaged = Invalid(DAMAGED, name=_shown(member.filename))
    begin = member.header_offset
    header = data[begin : begin + LOCAL_HEADER.size] if begin >= 0 else b""
    if len(header) < LOCAL_HEADER.size:
        raise damaged
    signature, name_length, extra_length = LOCAL_HEADER.unpack(header)
    begin += LOCAL_HEADER.size + name_length + extra_length
    packed = memoryview(data)[begin : begin + member.compress_size]
    if signature != SIGNATURE or len(packed) != member.compress_size:
        raise damaged
    content = bytes(packed[: most + 1])
    if member.compress_type == ZIP_DEFLATED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = inflater.decompress(packed, most + 1)
        except zlib.error as error:
            raise damaged from error
        if len(content) <= most and not inflater.eof:
            raise damaged
    if len(content) > most:
        return None
    if len(content) != member.file_size or zlib.crc32(content) != member.CRC:
        raise damaged
    return content


def _kind_of_zip(data: bytes) -> FileKind:
    lists = {"[content_types].xml", "mimetype"}
    found = names_and_data(
        data,
        most_bytes=MOST_SMALL,
        most_files=MOST_PARTS,
        wanted=lambda name: name.lower() in lists,
    )
    names = {member.filename.lower() for member in _members(data, MOST_PARTS)}
    types = b"".join(found.values()).lower()
    if b"macroenabled" in types or any(name.endswith("vbaproject.bin") for name in names):
        return FileKind.MACRO
    if b"wordprocessingml.document.main+xml" in types:
        return FileKind.DOCX
    if b"spreadsheetml.sheet.main+xml" in types:
        return FileKind.XLSX
    if types.strip() == b"application/vnd.oasis.opendocument.spreadsheet":
        return FileKind.ODS
    return FileKind.ZIP


def _kind_of_ole(data: bytes) -> FileKind:
    """Look for the names of streams, UTF-16 in the directory of a compound file [MS-CFB] 2.6."""
    kinds = {
        "EncryptedPackage": FileKind.LOCKED,
        "_VBA_PROJECT": FileKind.MACRO,
        "WordDocument": FileKind.DOC,
        "Workbook": FileKind.XLS,
        "Book": FileKind.XLS,
    }
    for name, kind in kinds.items():
        if (name + "\0").encode("utf-16-le") in data:
            return kind
    return FileKind.OTHER
