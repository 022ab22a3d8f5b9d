"""Questions as a QTI 2.1 content package.

imsmanifest.xml lists one assessmentItem a question under items/, a test whose sections are the
categories, and pictures. Our labels are LOM keywords. Texts in other languages have no place in
an item; they lie under parallel/ as a file of the item's resource, which other programs pass over.
"""

import json
import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from contest.errors import N_, Invalid
from question_bank.formats import labels, markup
from question_bank.formats.qti import items
from question_bank.formats.qti.items import DECLARATION, QTI, SCHEMA, XSI, attribute
from question_bank.formats.qti.package import MANIFEST, PARALLEL
from question_bank.formats.reading import DraftQuestion, Parallel

CP = "http://www.imsglobal.org/xsd/imscp_v1p1"
CP_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd"
LOM = "http://ltsc.ieee.org/xsd/LOM"
# What XML 1.0 has no way to write (2.2 "Characters").
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
UNIX = 3  # who made the entries of the archive; the same wherever it is made

NO_PICTURE = N_("Không ghi được câu hỏi “%(name)s”: không có hình “%(picture)s”.")
BAD_CHARACTER = N_("Không ghi được câu hỏi “%(name)s”: có ký tự mà XML không chứa được.")


def write(questions: Iterable[DraftQuestion], *, pictures: Mapping[str, bytes] = {}) -> bytes:
    """Write a package that `reading.read` gives back; the same questions give the same bytes.

    `pictures` by the bare names the questions use. A picture that is not there, or a character
    that XML cannot hold (U+FFFE, U+FFFF), raises Invalid naming the question.
    """
    files: dict[str, bytes] = {}
    resources, categories = [], dict[str, list[str]]()
    for number, question in enumerate(questions, 1):
        name = f"q{number:05}"
        categories.setdefault(question.category, []).append(name)
        resources.append(_resource(question, name, files, pictures))
    whole = {MANIFEST: _manifest(resources).encode(), "test.xml": _test(categories).encode()}
    return _zipped(whole | files)


def _resource(
    question: DraftQuestion, name: str, files: dict[str, bytes], pictures: Mapping[str, bytes]
) -> str:
    """Put the files of a question into `files`; gives its resource of the manifest."""
    shown = question.code or question.name or name
    added = [f"items/{name}.xml"]
    if question.picture is not None:
        if question.picture not in pictures:
            raise Invalid(NO_PICTURE, name=shown, picture=question.picture)
        added.append(f"pictures/{question.picture}")
        files[added[-1]] = pictures[question.picture]
    picture = None if question.picture is None else f"../pictures/{question.picture}"
    files[added[0]] = _checked(items.item(question, name, picture), shown).encode()
    if question.parallel:
        added.append(f"{PARALLEL}{name}.json")
        files[added[-1]] = _parallel(question).encode()
    listed = "".join(f'<file href="{attribute(one)}"/>' for one in added)
    metadata = _checked(_metadata(labels.written(question)), shown)
    return (
        f'<resource identifier="{name}" type="imsqti_item_xmlv2p1" href="{added[0]}">'
        f"{metadata}{listed}</resource>"
    )


def _checked(text: str, shown: str) -> str:
    if UNWRITABLE.search(text):
        raise Invalid(BAD_CHARACTER, name=shown)
    return text


def _metadata(keywords: Iterable[str]) -> str:
    listed = "".join(
        f'<lom:keyword><lom:string language="vi">{markup.escape(one)}</lom:string></lom:keyword>'
        for one in keywords
    )
    if not listed:
        return ""
    general = f"<lom:general>{listed}</lom:general>"
    return f"<metadata><lom:lom>{general}</lom:lom></metadata>"


def _parallel(question: DraftQuestion) -> str:
    def shown(text: str) -> str:
        return text if question.is_html else markup.escape(text)

    def told(one: Parallel) -> dict[str, object]:
        return {
            "text": shown(one.text),
            "options": [shown(text) for text in one.options],
            "rights": [shown(text) for text in one.rights],
            "explanation": shown(one.explanation),
        }

    said = {language: told(one) for language, one in question.parallel.items()}
    return json.dumps(said, ensure_ascii=False, indent=1)


def _manifest(resources: list[str]) -> str:
    start = (
        f'<manifest xmlns="{CP}" xmlns:lom="{LOM}" xmlns:xsi="{XSI}"'
        f' xsi:schemaLocation="{CP} {CP_SCHEMA}" identifier="MANIFEST">\n'
        "<metadata><schema>QTIv2.1 Package</schema>"
        "<schemaversion>1.0.0</schemaversion></metadata>\n<organizations/>\n<resources>\n"
    )
    test = (
        '<resource identifier="test" type="imsqti_test_xmlv2p1" href="test.xml">'
        '<file href="test.xml"/></resource>'
    )
    return DECLARATION + start + "\n".join([test, *resources]) + "\n</resources>\n</manifest>\n"


def _test(categories: Mapping[str, list[str]]) -> str:
    start = (
        f'<assessmentTest xmlns="{QTI}" xmlns:xsi="{XSI}" xsi:schemaLocation="{QTI} {SCHEMA}"'
        ' identifier="test" title="test">\n'
        '<testPart identifier="part" navigationMode="nonlinear" submissionMode="individual">\n'
        '<assessmentSection identifier="all" title="all" visible="false">\n'
    )
    sections = (
        _section(category, names, number)
        for number, (category, names) in enumerate(categories.items(), 1)
    )
    end = "\n</assessmentSection>\n</testPart>\n</assessmentTest>\n"
    return DECLARATION + start + "\n".join(sections) + end


def _section(category: str, names: list[str], number: int) -> str:
    """Give a section for each name of the path, one inside the other."""
    inner = "".join(
        f'<assessmentItemRef identifier="{one}" href="items/{one}.xml"/>' for one in names
    )
    path = category.split("/") if category else []
    for depth, title in reversed(list(enumerate(path))):
        start = f'<assessmentSection identifier="s{number}.{depth}" title="{attribute(title)}"'
        inner = f'{start} visible="true">{inner}</assessmentSection>'
    return inner


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as package:
        for name, content in files.items():
            entry = ZipInfo(name)  # of 1 January 1980
            entry.compress_type = ZIP_DEFLATED
            entry.create_system = UNIX
            package.writestr(entry, content)
    return out.getvalue()
