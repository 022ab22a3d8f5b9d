"""The files inside a Moodle question, and the one picture a question may have in its text."""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from contest.core.xml import Element
from contest.errors import N_, Invalid
from contest.rules.vietnamese import nfc
from question_bank.formats import embedded
from question_bank.formats.moodle_xml.texts import Image, Source

PLUGINFILE = "@@PLUGINFILE@@/"
DATA = re.compile(r"data:image/[a-z0-9.+-]{1,40};base64,", re.IGNORECASE)
MEDIA = re.compile(r"<(?:audio|video|iframe|object|embed|canvas|svg|math)\b", re.IGNORECASE)

ONE_PICTURE = N_("Câu hỏi có nhiều hơn một hình; chỉ giữ được một hình trong nội dung câu hỏi.")
IN_OPTION = N_("Phương án có hình; chỉ giữ được hình trong nội dung câu hỏi.")
OUTSIDE = N_("Hình “%(name)s” nằm ngoài tệp nên không đọc được. Hãy đưa hình vào câu hỏi.")
MISSING = N_("Hình “%(name)s” không có trong tệp.")
HAS_MEDIA = N_("Câu hỏi có âm thanh, phim, hình vẽ SVG hoặc trang nhúng nên không dùng được.")
HAS_ATTACHMENT = N_("Câu hỏi có tệp đính kèm không phải là hình.")
BAD_ENCODING = N_("Hình trong tệp dùng cách mã hóa “%(name)s”, không đọc được.")
SHOWN = 60  # characters of a name


def ensure_no_media(sources: Sequence[Source]) -> None:
    """Refuse texts that mean nothing without a sound, a film or an attachment."""
    for one in sources:
        if one.is_html and MEDIA.search(one.text):
            raise Invalid(HAS_MEDIA)
        if "@@PLUGINFILE@@" in one.text:
            raise Invalid(HAS_ATTACHMENT)


def ensure_no_pictures(sources: Sequence[Source]) -> None:
    """Refuse options that show pictures."""
    if any(one.images for one in sources):
        raise Invalid(IN_OPTION)


def picture(question: Element, text: Source) -> tuple[bytes, str] | None:
    """Give (bytes, description) of the picture in the question's text, None when there is none.

    Raises Invalid when there are several, or when it is not in the file.
    """
    images = {one.source: one for one in reversed((*text.images, *_old_image(question)))}
    if not images:
        return None
    if len(images) > 1:
        raise Invalid(ONE_PICTURE)
    (image,) = images.values()
    return _data(question, image.source), image.alt


def unused(question: Element, text: Source) -> bool:
    """Tell whether the question holds files that its text does not show."""
    used = {_path(one.source) for one in text.images}
    return any(_name(one) not in used for one in question.iter("file"))


def _old_image(question: Element) -> list[Image]:
    """Give the picture as Moodle 1 wrote it, beside the text."""
    has_image = question.findtext("image_base64", "").strip()
    return [Image(PLUGINFILE, "")] if has_image else []


def _data(question: Element, source: str) -> bytes:
    inline = DATA.match(source)
    if inline:
        return embedded.from_base64(source[inline.end() :])
    if source == PLUGINFILE:
        return embedded.from_base64(question.findtext("image_base64", ""))
    if not source.startswith(PLUGINFILE):
        raise Invalid(OUTSIDE, name=source[:SHOWN])
    holder = question.find("questiontext")
    files = holder.findall("file") if holder is not None else []
    found = next((one for one in files if _name(one) == _path(source)), None)
    if found is None:
        raise Invalid(MISSING, name=_path(source)[:SHOWN])
    encoding = found.get("encoding") or "base64"
    if encoding != "base64":
        raise Invalid(BAD_ENCODING, name=encoding[:SHOWN])
    return embedded.from_base64(found.text or "")


def _path(source: str) -> str:
    """Give folder and name of "@@PLUGINFILE@@/folder/a%20b.png?time=1" as the file has them."""
    return nfc(unquote(source.removeprefix(PLUGINFILE).partition("?")[0])).strip("/")


def _name(file: Element) -> str:
    folder = (file.get("path") or "/").strip("/")
    return nfc(f"{folder}/{file.get('name') or ''}").strip("/")
