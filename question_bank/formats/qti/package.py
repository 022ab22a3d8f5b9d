"""A bare XML file or a zipped content package, taken apart into the XML files of its questions.

Source: IMS Content Packaging 1.1.4 and 1.2 (imsmanifest.xml), as QTI 1.2, 2.x and 3.0 and Common
Cartridge use it. Nothing outside the package is ever fetched.
"""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from contest.core import archives, xml
from contest.core.xml import Element
from contest.errors import N_, Invalid, Problem
from question_bank.formats import reading
from question_bank.formats.embedded import bare_name, from_base64
from question_bank.formats.qti.drafting import parallels
from question_bank.formats.qti.tree import attribute, child, children, inside, name_of
from question_bank.formats.reading import Parallel

MANIFEST = "imsmanifest.xml"
PARALLEL = "parallel/"  # where our own packages keep the texts in other languages
MOST_FILES = 3 * reading.MOST_QUESTIONS
QUESTIONS = re.compile(
    r"qti", re.IGNORECASE
)  # in the type of a resource; Blackboard's x-bb-qti too
ROOTS = frozenset({"questestinterop", "assessmentItem"})
# Roots of files a package may list that hold no question.
PARTS = frozenset({"assessmentSection", "assessmentStimulus", "outcomeDeclaration"})
TEST = re.compile(rb"assessment-?test", re.IGNORECASE)
HEAD = 20_000  # bytes in which the root element stands
OUTSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
EMBEDDED = re.compile(r"data:image/[a-z+.-]{1,20};base64,([A-Za-z0-9+/=\s]+)", re.IGNORECASE)
# What Common Cartridge writes instead of its root folder.
ROOT_FOLDERS = ("$IMS-CC-FILEBASE$/", "$IMS_CC_FILEBASE$/")
WEB = "web_resources/"

NO_MANIFEST = N_("Gói thiếu tệp imsmanifest.xml; các tệp câu hỏi trong gói vẫn được đọc.")
NO_FILE = N_("Gói nhắc tới tệp “%(name)s” nhưng không có tệp đó.")
NO_QUESTIONS = N_("Không tìm thấy câu hỏi QTI nào trong tệp.")
NOT_QTI = N_("Tệp XML có gốc “%(name)s”, không phải là QTI.")
OUTSIDE_PICTURE = N_("Hình “%(name)s” nằm ngoài gói nên không được lấy.")
NO_PICTURE = N_("Không có hình “%(name)s” trong gói.")
TOO_LARGE = N_("Tệp lớn hơn %(most)d MB. Hãy chia thành nhiều tệp nhỏ hơn.")


@dataclass(frozen=True, slots=True)
class Source:
    """One XML file with questions; `root` is None when it could not be read: see `problem`."""

    path: str
    root: Element | None
    problem: Problem | None = None
    tags: tuple[str, ...] = ()
    parallel: Mapping[str, Parallel] | None = field(default_factory=dict)  # None: unreadable


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that should hold questions, and what the manifest says of it."""

    path: str
    resource: Element | None = None
    is_sure: bool = True  # else any other XML file may lie there too


@dataclass(slots=True)
class Package:
    """What was sent; `categories` gives the path of sections an item's file stands in."""

    files: Mapping[str, bytes]
    bare: Element | None = None
    entries: list[Entry] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    categories: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)

    def sources(self) -> Iterator[Source]:
        """Parse one file after another, so that one tree at a time takes memory."""
        if self.bare is not None:
            yield Source("", self.bare)
        for entry in self.entries:
            source = _source(self, entry)
            if source is not None:
                yield source

    def picture(self, path: str, address: str) -> str:
        """Take the picture an item at `path` names; gives its new name, raises Invalid."""
        embedded = EMBEDDED.fullmatch(address)
        if embedded:
            return self._kept(from_base64(embedded[1]))
        address = unquote(address)
        if OUTSIDE.match(address):
            raise Invalid(OUTSIDE_PICTURE, name=address[:100])
        found = next((one for one in _places(path, address) if one in self.files), None)
        if found is None:
            raise Invalid(NO_PICTURE, name=address[:100])
        return self._kept(self.files[found])

    def _kept(self, data: bytes) -> str:
        name = bare_name(data)
        self.pictures[name] = data
        return name


def _places(path: str, address: str) -> Iterator[str]:
    """Give the paths an address may mean, the likeliest first."""
    address = address.partition("?")[0].partition("#")[0]
    for mark in ROOT_FOLDERS:
        if address.startswith(mark):
            bare = address.removeprefix(mark)
            yield from (posixpath.normpath(one) for one in (WEB + bare, bare))
            return
    yield posixpath.normpath(posixpath.join(posixpath.dirname(path), address))
    yield posixpath.normpath(address)
    yield posixpath.normpath(WEB + address)


def open_package(data: bytes) -> Package:
    """Take the file apart; raises Invalid when nothing of it can be read."""
    if len(data) > reading.MOST_BYTES:
        raise Invalid(TOO_LARGE, most=reading.MOST_BYTES // 1024**2)
    if not data.startswith(b"PK"):
        return _bare(data)
    files = archives.names_and_data(data, most_bytes=reading.MOST_UNPACKED, most_files=MOST_FILES)
    package = Package(files)
    manifests = [one for one in files if one.rpartition("/")[2].lower() == MANIFEST]
    if manifests:
        _follow(package, min(manifests, key=lambda one: one.count("/")))
    else:
        package.notes.append(Problem(NO_MANIFEST))
        names = sorted(one for one in files if one.lower().endswith(".xml"))
        package.entries = [Entry(name, is_sure=False) for name in names]
    return package


def _bare(data: bytes) -> Package:
    root = xml.parse(data)
    if name_of(root) not in ROOTS:
        raise Invalid(NOT_QTI, name=name_of(root)[:60])
    return Package({}, root)


def _follow(package: Package, manifest: str) -> None:
    root = xml.parse(package.files[manifest])
    base = posixpath.dirname(manifest)
    found: dict[str, Entry] = {}
    tests: dict[str, Element] = {}
    for group in inside(root, "resources"):
        here = posixpath.join(base, _base(group))
        for resource in children(group, "resource"):
            if not QUESTIONS.search(attribute(resource, "type")):
                continue
            path = _file_of(resource, posixpath.join(here, _base(resource)))
            test = _test(package.files.get(path, b""))
            if test is not None:
                tests[path] = test
            else:
                found.setdefault(path, Entry(path, resource))
    for path, test in tests.items():
        _place(package, path, test, found)
    package.entries = list(found.values())


def _test(data: bytes) -> Element | None:
    if not TEST.search(data[:HEAD]):
        return None
    try:
        root = xml.parse(data)
    except Invalid:
        return None  # it is complained of when its turn comes
    return root if name_of(root) == "assessmentTest" else None


def _base(element: Element) -> str:
    return element.get("{http://www.w3.org/XML/1998/namespace}base") or ""


def _file_of(resource: Element, base: str) -> str:
    """Give the path of the file of a resource; a Blackboard export names it in bb:file."""
    named = resource.get("href") or next(
        (value for name, value in resource.attrib.items() if name.endswith("}file")), ""
    )
    if not named:
        hrefs = [one.get("href") or "" for one in children(resource, "file")]
        named = next((one for one in hrefs if one.lower().endswith(".xml")), "".join(hrefs[:1]))
    return posixpath.normpath(posixpath.join(base, unquote(named)))


def _source(package: Package, entry: Entry) -> Source | None:
    """Parse the file of an entry; None for one that nobody said to hold questions."""
    path, resource = entry.path, entry.resource
    data = package.files.get(path)
    if data is None:
        return Source(path, None, Problem(NO_FILE, name=path[:100]))
    try:
        root = xml.parse(data)
    except Invalid as error:
        return Source(path, None, Problem(error.message, **error.facts))
    name = name_of(root)
    if name in ROOTS:
        tags = () if resource is None else _tags(resource)
        return Source(path, root, None, tags, _parallel(package, resource))
    if entry.is_sure and name not in PARTS:
        return Source(path, None, Problem(NOT_QTI, name=name[:60]))
    return None


def _tags(resource: Element) -> tuple[str, ...]:
    """Give the keywords of the metadata: LOM's general/keyword, whatever the namespace."""
    metadata = child(resource, "metadata")
    if metadata is None:
        return ()
    said = ((one.text or "").strip() for each in inside(metadata, "keyword") for one in each.iter())
    return tuple(filter(None, said))


def _parallel(package: Package, resource: Element | None) -> Mapping[str, Parallel] | None:
    if resource is None:
        return {}
    hrefs = (unquote(one.get("href") or "") for one in children(resource, "file"))
    named = next((one for one in hrefs if one.startswith(PARALLEL) and one.endswith(".json")), "")
    if not named:
        return {}
    try:
        return parallels(json.loads(package.files.get(named, b"")))
    except (ValueError, RecursionError):
        return None


def _place(package: Package, path: str, test: Element, found: dict[str, Entry]) -> None:
    """Note the sections items stand in, and add items only the test names."""
    folder = posixpath.dirname(path)
    waiting: list[tuple[Element, tuple[str, ...]]] = [(test, ())]
    while waiting:
        element, titles = waiting.pop()
        name = name_of(element)
        if name == "assessmentItemRef":
            href = unquote(attribute(element, "href"))
            item = posixpath.normpath(posixpath.join(folder, href))
            package.categories.setdefault(item, "/".join(filter(None, titles)))
            found.setdefault(item, Entry(item))
        elif name in {"assessmentSection", "testPart", "assessmentTest"}:
            is_shown = name == "assessmentSection" and attribute(element, "visible") != "false"
            inner = (*titles, attribute(element, "title")) if is_shown else titles
            waiting += [(one, inner) for one in reversed(list(element))]
