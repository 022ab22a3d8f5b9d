"""XML that strangers send, read without a document type, entities, network or surprises.

The prolog (declaration, comments, DOCTYPE) is cut off before libxml2 sees the text, so nothing it
could declare exists: an entity other than the five of XML is a syntax error, an internal subset
is refused by us. What is counted before parsing bounds the memory a file can take.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Protocol, cast, overload

from lxml import etree

from contest.errors import N_, Invalid

MOST_BYTES = 64 * 1024 * 1024
# Signs of a tag or an attribute ("<" and "="): a tree of so many takes some 600 MB at the worst.
MOST_MARKS = 2_000_000
MOST_DEPTH = 100

# Encodings a declaration may name. UTF-7 and other tricks that hide the "<" of a tag are not here.
ENCODING = re.compile(
    r"utf-?8|us-ascii|ascii|utf-?16(?:-?[lb]e)?|utf-?32(?:-?[lb]e)?|iso-?8859-?[0-9]{1,2}|latin-?1"
    r"|windows-125[0-8]|cp125[0-8]|cp437|cp85[0-9]|koi8-[ru]|gb2312|gbk|gb18030|big5|shift_jis"
    r"|euc-(?:jp|kr)"
)
# Longest first: the mark of UTF-32-LE begins with that of UTF-16-LE.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
DECLARED = re.compile(rb"""<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
DOCTYPE = re.compile(
    r"""<!DOCTYPE\s+[^\s>\["']{1,200}
        (?:\s+(?:SYSTEM|PUBLIC\s+(?:"[^"<]{0,500}"|'[^'<]{0,500}'))
           (?:\s+(?:"[^"<]{0,500}"|'[^'<]{0,500}'))?)?\s*>""",
    re.VERBOSE,
)
SPACE = re.compile(r"[ \t\r\n]*")

TOO_LARGE = N_("Tệp XML lớn hơn %(most)d MB. Hãy chia thành nhiều tệp nhỏ hơn.")
BAD_ENCODING = N_("Tệp XML dùng bảng mã “%(name)s”, không đọc được. Hãy lưu lại tệp bằng UTF-8.")
NOT_AS_DECLARED = N_("Tệp XML không đúng với bảng mã %(name)s. Hãy lưu lại tệp bằng UTF-8.")
HAS_DECLARATIONS = N_(
    "Tệp XML có phần khai báo riêng (DOCTYPE với thực thể). Vì an toàn, tệp như vậy không được đọc."
)
TOO_MANY = N_("Tệp XML có quá nhiều phần tử. Hãy chia thành nhiều tệp nhỏ hơn.")
TOO_DEEP = N_("Tệp XML có các phần tử lồng nhau sâu quá %(most)d tầng.")
SYNTAX = N_("Tệp XML sai cú pháp ở dòng %(line)d: %(reason)s")
PART_TOO_LARGE = N_("Tệp XML có một phần quá lớn ở dòng %(line)d, chẳng hạn một hình quá 7 MB.")
EMPTY = N_("Tệp XML không có nội dung.")


class Element(Protocol):
    """The part of an lxml element that is used here; lxml ships no types.

    A tree holds elements only: comments and processing instructions are left out, CDATA is text.
    `tag` is "{namespace}name" or "name"; texts are None when there is none.
    """

    tag: str
    text: str | None
    tail: str | None
    sourceline: int | None  # from 1
    attrib: Mapping[str, str]

    def __iter__(self) -> Iterator["Element"]: ...
    def __len__(self) -> int: ...
    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, default: str, /) -> str: ...
    def find(self, path: str, /) -> "Element | None": ...
    def findall(self, path: str, /) -> list["Element"]: ...
    @overload
    def findtext(self, path: str, /) -> str | None: ...
    @overload
    def findtext(self, path: str, default: str, /) -> str: ...
    def iter(self, *tags: str) -> Iterator["Element"]: ...
    def itertext(self) -> Iterator[str]: ...
    def getparent(self) -> "Element | None": ...
    def getnext(self) -> "Element | None": ...
    def getprevious(self) -> "Element | None": ...


def parse(data: bytes) -> Element:
    """Parse a whole document and give its root; raises Invalid, and nothing else.

    A DOCTYPE that only names a public grammar is passed over; the grammar is never fetched.
    """
    if len(data) > MOST_BYTES:
        raise Invalid(TOO_LARGE, most=MOST_BYTES // 1024**2)
    body = _without_prolog(_decoded(data))
    if body.count("<") + body.count("=") > MOST_MARKS:
        raise Invalid(TOO_MANY)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
            raise Invalid(PART_TOO_LARGE, line=max(error.lineno or 1, 1)) from error
        reason = (error.msg or "").partition(", line ")[0].strip()
        raise Invalid(SYNTAX, line=max(error.lineno or 1, 1), reason=reason) from error
    if root.xpath(f"boolean({'/*' * (MOST_DEPTH + 1)})"):
        raise Invalid(TOO_DEEP, most=MOST_DEPTH)
    return cast("Element", root)


def body_of(data: bytes) -> bytes:
    """Give the root element alone, as UTF-8, for readers of streams; raises Invalid."""
    if len(data) > MOST_BYTES:
        raise Invalid(TOO_LARGE, most=MOST_BYTES // 1024**2)
    return _without_prolog(_decoded(data)).encode("utf-8")


def _decoded(data: bytes) -> str:
    name = next((name for mark, name in MARKS if data.startswith(mark)), "")
    if not name:
        declared = DECLARED.match(data)
        name = declared[1].decode("ascii").lower() if declared else "utf-8"
        # These words without a mark would be a lie: the declaration itself was read as ASCII.
        if not ENCODING.fullmatch(name) or name.startswith(("utf-16", "utf16", "utf-32", "utf32")):
            raise Invalid(BAD_ENCODING, name=name)
    try:
        return data.decode(name)
    except LookupError as error:
        raise Invalid(BAD_ENCODING, name=name) from error
    except UnicodeDecodeError as error:
        raise Invalid(NOT_AS_DECLARED, name=name.removesuffix("-sig").upper()) from error


def _without_prolog(text: str) -> str:
    """Cut off all that stands before the root element, keeping its line breaks."""
    at, length = 0, len(text)
    while True:
        at = cast("re.Match[str]", SPACE.match(text, at)).end()
        if text.startswith("<?", at):
            at = _after(text, "?>", at)
        elif text.startswith("<!--", at):
            at = _after(text, "-->", at + 4)
        elif text.startswith("<!", at):
            doctype = DOCTYPE.match(text, at)
            if doctype is None:
                raise Invalid(HAS_DECLARATIONS)
            at = doctype.end()
        else:
            break
    if at == length:
        raise Invalid(EMPTY)
    return "\n" * text.count("\n", 0, at) + text[at:]


def _after(text: str, end: str, start: int) -> int:
    """Give the place after the next `end`; when there is none, the end of the text."""
    found = text.find(end, start)
    return len(text) if found < 0 else found + len(end)
