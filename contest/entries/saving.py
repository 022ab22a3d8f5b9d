"""What a sender types, as it is kept: cleaned, within hard limits, whatever is still missing."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from contest.core.sealing import Sealer
from contest.entries.models import LONGEST_TITLE, Entry
from contest.errors import N_, Invalid, Problem
from contest.rules import entry_rules, languages
from contest.rules.entry_rules import MOST_CHARACTERS, MOST_MEMBERS, EntryRules
from contest.rules.vietnamese import nfc, normalise_phone, tidy_name

MOST_FIGURES = 20
MOST_LINKS = 3
LONGEST_NAME = 120  # of a person
LONGEST_FIGURE = 100  # of its name, of its value

TOO_LONG = N_("Nhiều nhất %(most)s chữ cái; bạn đã gõ %(found)s.")
TOO_MANY_LINES = N_("Nhiều nhất %(most)s dòng; bạn đã gõ %(found)s.")
LONG_LINE = N_("Dòng %(line)s dài quá %(most)s chữ cái.")
BAD_LINK = N_(
    "Dòng %(line)s: chỉ nhận đường dẫn của một video trên YouTube hoặc TikTok, bắt đầu bằng "
    "https://."
)
SHORT_LINK = N_(
    "Dòng %(line)s: đây là đường dẫn rút gọn của TikTok (vt.tiktok.com, vm.tiktok.com), chưa nhận "
    "được. Bạn hãy mở đường dẫn ấy trong trình duyệt, rồi sao chép đường dẫn đầy đủ có chữ /video/."
)
NO_GUARDIAN = N_(
    "Người dưới 16 tuổi muốn trưng bày bài cần cha, mẹ hoặc người giám hộ đồng ý: hãy ghi họ tên."
)
NO_PHONE = N_("Hãy ghi số điện thoại của cha, mẹ hoặc người giám hộ, ví dụ 0912 345 678.")
NOT_AGREED = N_("Cha, mẹ hoặc người giám hộ hãy đánh dấu vào ô đồng ý.")


@dataclass(frozen=True, slots=True)
class Save:
    """What was typed; None leaves what is there. Lists come a line each; "name: value" a figure.

    `languages` are codes of rules.languages, in any order.
    """

    title: str | None = None
    text: str | None = None
    figures: str | None = None
    members: str | None = None
    links: str | None = None
    languages: tuple[str, ...] | None = None
    shows_in_gallery: bool | None = None
    guardian_name: str = ""
    guardian_phone: str = ""
    guardian_agrees: bool = False


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who agreed that the entry of somebody under sixteen is shown."""

    name: str
    phone: str


def guardian(entry: Entry, sealer: Sealer) -> Guardian | None:
    """Open who agreed; None where nobody was asked."""
    if entry.guardian_sealed is None:
        return None
    return Guardian(**json.loads(sealer.open(entry.guardian_sealed)))


def only_blanks(typed: Save, entry: Entry) -> Save:
    """Return of what was typed only what fills a blank: all that is taken after closing."""
    kept = Save()
    if not entry.title:
        kept = replace(kept, title=typed.title)
    if not entry.text:
        kept = replace(kept, text=typed.text)
    return kept


def write(
    entry: Entry,
    typed: Save,
    rules: EntryRules,
    *,
    sealer: Sealer,
    needs_guardian: bool,
    now: datetime,
) -> dict[str, Problem]:
    """Put into the row what is within the limits; return what is not, by field, left as it was."""
    problems: dict[str, Problem] = {}
    for each in fields(typed):
        given = getattr(typed, each.name)
        read = READERS.get(each.name)
        if read is None or given is None:
            continue
        try:
            setattr(entry, each.name, read(given))
        except Invalid as error:
            problems[each.name] = Problem(error.message, **error.facts)
    if typed.shows_in_gallery is not None:
        shows = typed.shows_in_gallery and rules.is_gallery
        problems |= _consent(
            entry, typed, shows=shows, needs_guardian=needs_guardian, sealer=sealer, now=now
        )
    return problems


def _title(typed: str) -> str:
    return _within(tidy_name(typed), LONGEST_TITLE)


def _text(typed: str) -> str:
    return _within(nfc(typed), MOST_CHARACTERS)


def _within(text: str, most: int) -> str:
    if len(text) > most:
        raise Invalid(TOO_LONG, most=most, found=len(text))
    return text


def _lines(typed: str, most: int) -> list[tuple[int, str]]:
    """Return the lines that are not blank, with their numbers."""
    lines = [
        (no, line) for no, each in enumerate(nfc(typed).split("\n"), 1) if (line := tidy_name(each))
    ]
    if len(lines) > most:
        raise Invalid(TOO_MANY_LINES, most=most, found=len(lines))
    return lines


def _members(typed: str) -> list[str]:
    lines = _lines(typed, MOST_MEMBERS)
    for no, line in lines:
        if len(line) > LONGEST_NAME:
            raise Invalid(LONG_LINE, line=no, most=LONGEST_NAME)
    return [line for _no, line in lines]


def _figures(typed: str) -> list[dict[str, str]]:
    found = []
    for no, line in _lines(typed, MOST_FIGURES):
        name, _colon, value = line.partition(":")
        if max(len(name), len(value)) > LONGEST_FIGURE:
            raise Invalid(LONG_LINE, line=no, most=LONGEST_FIGURE)
        found.append({"name": name.strip(), "value": value.strip()})
    return found


def _links(typed: str) -> list[dict[str, str]]:
    found = []
    for no, line in _lines(typed, MOST_LINKS):
        try:
            link = entry_rules.link(line)
        except Invalid as error:
            told = SHORT_LINK if entry_rules.is_short_link(line) else BAD_LINK
            raise Invalid(told, line=no) from error
        found.append({"host": link.host, "id": link.id})
    return found


READERS: dict[str, Callable[[Any], Any]] = {
    "title": _title,
    "text": _text,
    "figures": _figures,
    "members": _members,
    "links": _links,
    "languages": languages.clean,
}


def _consent(
    entry: Entry,
    typed: Save,
    *,
    shows: bool,
    needs_guardian: bool,
    sealer: Sealer,
    now: datetime,
) -> dict[str, Problem]:
    """Keep a consent only when it is whole: the column never says more than was agreed to."""
    if not shows or not needs_guardian:
        entry.shows_in_gallery = shows
        entry.guardian_sealed = entry.guardian_agreed_at = None
        return {}
    name = tidy_name(typed.guardian_name)
    phone = normalise_phone(typed.guardian_phone)
    problems: dict[str, Problem] = {}
    if not name:
        problems["guardian_name"] = Problem(NO_GUARDIAN)
    elif len(name) > LONGEST_NAME:
        problems["guardian_name"] = Problem(TOO_LONG, most=LONGEST_NAME, found=len(name))
    if phone is None:
        problems["guardian_phone"] = Problem(NO_PHONE)
    if not typed.guardian_agrees:
        problems["guardian_agrees"] = Problem(NOT_AGREED)
    if problems or phone is None:
        entry.shows_in_gallery = False
        return problems
    said = Guardian(name, phone)
    if guardian(entry, sealer) != said:
        sealed = json.dumps({"name": name, "phone": phone}, ensure_ascii=False)
        entry.guardian_sealed, entry.guardian_agreed_at = sealer.seal(sealed), now
    entry.shows_in_gallery = True
    return {}
