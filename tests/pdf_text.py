"""What a reader copies out of a PDF: its glyphs, turned into letters by the file's own tables.

Only for files as typst writes them: no object streams, Identity-H fonts, one content a page.
"""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\nendstream", re.DOTALL)
_FONT = re.compile(rb"/(f\d+) [\d.-]+ Tf")
_PAIR = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")


def text_of(data: bytes) -> str:
    """Return the text of all pages; line ends are spaces."""
    objects = {int(no): body for no, body in _OBJECT.findall(data)}
    said = []
    for body in objects.values():
        if not re.search(rb"/Type\s*/Page\b", body):
            continue
        resources = _of(objects, body, rb"Resources")
        fonts = {
            name: _letters(objects, objects[int(font)])
            for name, font in re.findall(rb"/(f\d+) (\d+) 0 R", resources)
        }
        said.append(_page(_stream(_of(objects, body, rb"Contents")), fonts))
    return " ".join(" ".join(said).split())


def _of(objects: dict[int, bytes], body: bytes, key: bytes) -> bytes:
    found = re.search(rb"/" + key + rb" (\d+) 0 R", body)
    assert found, key
    return objects[int(found[1])]


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found
    return zlib.decompress(found[1]) if b"FlateDecode" in body else found[1]


def _letters(objects: dict[int, bytes], font: bytes) -> dict[int, str]:
    table = _stream(_of(objects, font, rb"ToUnicode"))
    return {
        int(glyph, 16): bytes.fromhex(letters.decode()).decode("utf-16-be")
        for glyph, letters in _PAIR.findall(table)
    }


def _page(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    content = re.sub(rb"/ActualText<[0-9A-F]*>", b"", content)  # of letters that may break apart
    said = []
    letters: dict[int, str] = {}
    at = content.find(b"BT")
    while 0 <= at < len(content):
        if font := _FONT.match(content, at):
            letters, at = fonts[font[1]], font.end()
        elif content[at : at + 1] in (b"(", b"<") and content[at : at + 2] != b"<<":
            raw, at = _string(content, at)
            numbers = [int.from_bytes(raw[i : i + 2]) for i in range(0, len(raw), 2)]
            said += [letters[number] for number in numbers]
        elif content.startswith(b"ET", at):
            said.append(" ")
            at = content.find(b"BT", at)
        else:
            at += 2 if content[at : at + 2] == b"<<" else 1
    return "".join(said)


_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)


def _string(content: bytes, at: int) -> tuple[bytes, int]:
    """Read the string that begins at `at`, and where it ends; brackets in pairs stand as such."""
    if content[at : at + 1] == b"<":
        end = content.index(b">", at)
        return bytes.fromhex(content[at + 1 : end].decode()), end + 1
    raw, depth, at = b"", 1, at + 1
    while True:
        if escape := _ESCAPE.match(content, at):
            code = escape[1]
            is_number = code[:1].isdigit()
            raw += bytes([int(code, 8)]) if is_number else _ESCAPES.get(code, code)
            at = escape.end()
            continue
        sign, at = content[at : at + 1], at + 1
        depth += {b"(": 1, b")": -1}.get(sign, 0)
        if not depth:
            return raw, at
        raw += sign
