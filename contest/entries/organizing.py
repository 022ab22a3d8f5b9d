"""What the organizers' pages of entries share: the round they are about, and words for states."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from contest.accounts.models import Role
from contest.contests import queries as contests
from contest.contests.models import Contest, Round
from contest.contests.specs import RoundKind
from contest.entries import handling, listing
from contest.entries.filing import FileState
from contest.entries.handling import Where
from contest.entries.models import EntryState
from contest.errors import N_, NotFound
from contest.media.queries import Phase
from contest.rules.entry_rules import NAMES, EntryKind, EntryRules
from contest.rules.names_in_text import Place
from contest.web import access, pages
from contest.web.application import current_session
from contest.web.words import translate

ORGANIZERS = (Role.ORGANIZER, Role.ADMINISTRATOR)
STATES = {
    EntryState.DRAFT: (N_("Đang soạn"), "plain"),
    EntryState.SENT: (N_("Đã nộp"), "good"),
    EntryState.WITHDRAWN: (N_("Đã rút"), "plain"),
    EntryState.REFUSED: (N_("Không được nhận"), "bad"),
}
FILES = {
    FileState.WAITING: (N_("Đang xử lý"), "info"),
    FileState.READY: (N_("Xem được"), "good"),
    FileState.REJECTED: (N_("Tệp không dùng được"), "bad"),
    FileState.STUCK: (N_("Tệp chờ người xử lý"), "wait"),
    FileState.KEPT: (N_("Giữ nguyên, chưa xem được"), "wait"),
}
PHASES = {
    Phase.STOPPED: FILES[FileState.STUCK],
    **{Phase(state.value): words for state, words in FILES.items()},
}
SENSES = {
    "bytes": N_("Cùng một tệp"),
    "picture": N_("Giống hình"),
    "sound": N_("Giống tiếng"),
}
VERDICTS = {handling.FINE: N_("Hai bài khác nhau"), handling.COPIED: N_("Là một, cần xử lý")}
PLACES = {  # before the number of the file, where there is one
    Place.TITLE: N_("Trong tên bài"),
    Place.TEXT: N_("Trong lời bài"),
    Place.FIGURES: N_("Trong số liệu"),
    Place.ABOUT: N_("Trong lời tả của tệp"),
    Place.CAPTIONS: N_("Trong phụ đề của tệp"),
    Place.DOCUMENT: N_("Trong tệp"),
}
ACTS = {
    "entries.refuse": N_("Không nhận bài"),
    "entries.take_back": N_("Nhận lại bài"),
    "entries.redact": N_("Xem tên trong bài cho giám khảo"),
    "entries.set_languages": N_("Ghi lại các thứ tiếng của bài"),
    "entries.make_again": N_("Cho xử lý lại một tệp"),
    "entries.refuse_file": N_("Không nhận một tệp"),
    "entries.withhold_file": N_("Không đưa một tệp cho giám khảo"),
    "entries.give_file": N_("Đưa lại một tệp cho giám khảo"),
    "entries.decide_likeness": N_("Xem xét hai bài giống nhau"),
    "entries.tick": N_("Chấm thực hành"),
    "entries.hand_in": N_("Nộp bài"),
    "entries.hand_in_late": N_("Nộp bài khi tệp gửi dở tới đủ"),
    "entries.withdraw": N_("Rút bài"),
    "entries.resume": N_("Khôi phục bài đã rút"),
    "entries.take_back_consent": N_("Thôi đồng ý trưng bày"),
}


def entry_words(kind: str, key: object) -> tuple[str, str]:
    """Give the words and the tone of a state, a file's phase, a sense, a kind, an act …"""
    tables: dict[str, dict[Any, Any]] = {
        "state": STATES,
        "file": PHASES,
        "sense": SENSES,
        "verdict": VERDICTS,
        "kind": NAMES,
        "act": ACTS,
        "place": PLACES,
    }
    found = tables[kind].get(key, str(key))
    words, tone = found if isinstance(found, tuple) else (found, "plain")
    return translate(words), tone


@dataclass(frozen=True, slots=True)
class Here:
    """The round a page is about, within the organizer's part of the tree."""

    contest: Contest
    round: Round

    @property
    def where(self) -> Where:
        return Where(self.contest.code, self.round.code)

    @property
    def rules(self) -> EntryRules:
        return EntryRules.from_json(self.round.entries)

    @property
    def is_practical(self) -> bool:
        return EntryKind.PRACTICAL in self.rules.kinds

    def to(self, endpoint: str, **values: Any) -> str:
        names = {"contest_code": self.contest.code, "round_code": self.round.code, **values}
        return url_for(f"entries_admin.{endpoint}", **names)


def contest_of(code: str) -> Contest:
    return contests.owned_one(current_session(), code, access.visitor().paths(*ORGANIZERS))


def here_at(contest_code: str, round_code: str) -> Here:
    """Return the round, or NotFound outside the organizer's part."""
    contest = contest_of(contest_code)
    for each in contest.rounds:
        if each.code == round_code and each.kind == RoundKind.ENTRIES:
            return Here(contest, each)
    raise NotFound(listing.NO_ROUND)


def span() -> tuple[int, dict[str, int]]:
    """Return the page asked for, and which rows to read: one more tells that another follows."""
    number = pages.page_number()
    return number, {"offset": (number - 1) * pages.PER_PAGE, "limit": pages.PER_PAGE + 1}


def page_of(number: int, found: list[Any]) -> pages.Page:
    return pages.Page(tuple(found[: pages.PER_PAGE]), number, len(found) > pages.PER_PAGE)
