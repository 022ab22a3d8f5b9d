"""What changed in the rules of a published contest, in words everybody can read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from contest.contests import entry_changes
from contest.contests.models import Contest, Division, Round
from contest.errors import N_
from contest.rules.identity import USUAL_KEEP_DAYS

TEXTS = frozenset({"title", "title_en", "about", "about_en", "contact", "name", "name_en"})

# What each setting is called.
LABELS = {
    "unit_id": N_("đơn vị tổ chức"),
    "extra": N_("điều khoản khác"),
    "extra_en": N_("điều khoản khác bằng tiếng Anh"),
    "tries_total": N_("số lượt của cả cuộc thi"),
    "name_mask": N_("cách ghi tên trên bảng xếp hạng"),
    "combine": N_("cách tính cả cuộc thi"),
    "identity": N_("thông tin hỏi thêm"),
    "audience_id": N_("đối tượng"),
    "position": N_("thứ tự"),
    "is_easy": N_("chữ to sẵn"),
    "prizes": N_("giải thưởng"),
    "kind": N_("hình thức"),
    "weight": N_("tỉ trọng"),
    "opens_at": N_("giờ mở"),
    "closes_at": N_("giờ đóng"),
    "time_limit_s": N_("thời gian làm bài"),
    "deadline_rule": N_("khi đợt đóng giữa chừng"),
    "is_practice": N_("thi thử"),
    "tries_round": N_("số lượt trong đợt"),
    "tries_day": N_("số lượt mỗi ngày"),
    "tries_week": N_("số lượt mỗi tuần"),
    "counting": N_("lượt được tính"),
    "is_one_way": N_("đi một chiều"),
    "shuffles_questions": N_("đảo thứ tự câu"),
    "shuffles_options": N_("đảo thứ tự phương án"),
    "shows": N_("nộp xong thấy gì"),
    "explains": N_("cho xem đáp án sau khi đóng"),
    "requires_all": N_("phải trả lời đủ"),
    "plan": N_("cấu trúc đề"),
    "bound": N_("độ chênh giữa các đề"),
    "points": N_("điểm mỗi câu đúng"),
    "partial": N_("câu đúng một phần"),
    "wrong": N_("điểm trừ mỗi câu sai"),
    "guess_text": N_("câu hỏi dự đoán"),
    "guess_text_en": N_("câu hỏi dự đoán bằng tiếng Anh"),
    "guess_target": N_("số thật của câu dự đoán"),
    "ties": N_("tiêu chí xếp hạng"),
    "freeze_s": N_("thời gian bảng đứng yên"),
    "targets": N_("chỉ tiêu"),
    "divisions": N_("bảng thi"),
    "rounds": N_("đợt thi"),
    **entry_changes.LABELS,
}
# What a stored value is called; the record keeps these words as they were said that day.
VALUES = {
    "best": "tốt nhất",
    "first": "đầu tiên",
    "last": "cuối cùng",
    "sum": "cộng điểm các đợt",
    "weighted": "theo tỉ trọng từng đợt",
    "full": "họ tên đầy đủ",
    "initials": "họ và chữ cái đầu",
    "given_only": "chỉ tên gọi",
    "hidden": "không ghi tên",
    "earlier": "kết thúc theo lúc đến trước",
    "whole_limit": "luôn được làm đủ thời gian",
    "nothing": "chưa thấy gì",
    "score": "điểm",
    "marks": "điểm và câu đúng sai",
    "all_or_nothing": "đúng hết mới có điểm",
    "proportional": "tính theo phần đúng",
    "each_right": "tính theo từng ý đúng",
    "participants": "số người nộp bài",
    "all_right_people": "số người đúng hết",
    "tries": "số lượt nộp",
    "guess_distance": "dự đoán gần hơn",
    "guess_not_over": "dự đoán không vượt",
    "guess_not_under": "dự đoán không thấp hơn",
    "duration": "làm nhanh hơn",
    "handed_in_at": "nộp sớm hơn",
    "registered_at": "đăng ký sớm hơn",
    "draw": "rút thăm",
    "quiz": "trắc nghiệm",
    "entries": "nộp bài",
    "before": "hỏi khi đăng ký",
    "after": "hỏi sau khi nộp bài",
    "phone": "điện thoại",
    "national_id": "số căn cước",
    "address": "địa chỉ",
    "email": "thư điện tử",
    "class": "lớp",
    "student_code": "mã học sinh",
    "parent_name": "tên cha mẹ",
    "parent_phone": "điện thoại cha mẹ",
}
CHOICES = frozenset(
    {"name_mask", "combine", "kind", "deadline_rule", "counting", "shows", "partial"}
    | {"guess_target", "ties"}
)
SECONDS = frozenset({"time_limit_s", "freeze_s"})
NOTHING = "không"
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Change:
    """One setting: `where` is the round's or division's name, "" for the contest itself.

    `widens`: of a round of entries, and no entrant loses anything by it.
    """

    place: str
    where: str
    key: str
    old: str
    new: str
    widens: bool = False

    def as_json(self) -> dict[str, str]:
        return {"where": self.where, "key": self.key, "old": self.old, "new": self.new}


@dataclass(frozen=True, slots=True)
class Words:
    """What turns stored values into words: the zone of moments, the names of other rows by id."""

    zone: ZoneInfo
    names: Mapping[str, Mapping[int, str]]

    def say(self, key: str, value: Any) -> str:
        if value is None or value in ([], {}, ""):
            return NOTHING
        if key in self.names:
            return self.names[key].get(value, str(value))
        if key in CHOICES:
            several = value if isinstance(value, list) else [value]
            return ", ".join(VALUES.get(str(each), str(each)) for each in several)
        if key in SECONDS:
            return _span(value)
        return self._plain(key, value)

    def _plain(self, key: str, value: Any) -> str:
        if isinstance(value, bool):
            return "có" if value else NOTHING
        if isinstance(value, datetime):
            return f"{value.astimezone(self.zone):%H:%M %d/%m/%Y}"
        if isinstance(value, Decimal):
            return f"{value.normalize():f}".replace(".", ",")
        return PARTS.get(key, str)(value)


def _span(seconds: int) -> str:
    minutes, rest = divmod(seconds, MINUTE_S)
    parts = [f"{minutes} phút"] if minutes else []
    return " ".join([*parts, f"{rest} giây"] if rest or not minutes else parts)


def _plan(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say the whole plan: who reads the change must see which quota moved."""
    said = [
        f"{row['topic'] or 'chủ đề bất kỳ'}"
        + (f" độ khó {row['difficulty']}" if row["difficulty"] else "")
        + f": {row['count']}"
        for row in rows
    ]
    return f"{sum(row['count'] for row in rows)} câu ({'; '.join(said)})"


def _prizes(value: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{each['count']} {each['name']} {each['value']}".strip() for each in value)


def _identity(value: Mapping[str, Any]) -> str:
    fields = [
        VALUES[field["key"]]
        + ("" if field["required"] else ", không bắt buộc")
        + (", không trùng" if field["unique"] else "")
        + (", có thể của người thân" if field["relatives"] else "")
        for field in value["fields"]
    ]
    days = value.get("keep_days", USUAL_KEEP_DAYS)
    return f"{VALUES[value['when']]}: {'; '.join(fields)}; giữ {days} ngày"


PARTS: dict[str, Callable[[Any], str]] = {"plan": _plan, "prizes": _prizes, "identity": _identity}


def found(
    contest: Contest,
    *,
    columns: Mapping[str, Any],
    divisions: Mapping[str, Mapping[str, Any]],
    rounds: Mapping[str, Mapping[str, Any]],
    words: Words,
) -> list[Change]:
    """List the settings that would change when rows get these columns, wording aside."""
    changes = list(_changed(contest, columns, "", "", words))
    changes += _of_parts("divisions", contest.divisions, divisions, words)
    changes += _of_parts("rounds", contest.rounds, rounds, words)
    return changes


def _of_parts(
    label: str,
    rows: Iterable[Division | Round],
    wanted: Mapping[str, Mapping[str, Any]],
    words: Words,
) -> Iterator[Change]:
    here = {row.code: row for row in rows}
    for code in sorted(here.keys() ^ wanted.keys()):
        old = here[code].name if code in here else NOTHING
        new = wanted[code]["name"] if code in wanted else NOTHING
        yield Change(f"{label}.{code}", "", label, old, new)
    for code, row in here.items():
        if code in wanted:
            yield from _changed(row, wanted[code], f"{label}.{code}.", row.name, words)


def _changed(
    row: Contest | Division | Round,
    wanted: Mapping[str, Any],
    place: str,
    where: str,
    words: Words,
) -> Iterator[Change]:
    for key, value in wanted.items():
        before = getattr(row, key)
        if key == "entries":
            for one in entry_changes.found(before, value):
                yield Change(f"{place}{one.key}", where, one.key, one.old, one.new, one.widens)
            continue
        is_prizes = key == "prizes"
        same = _promised(before) == _promised(value) if is_prizes else before == value
        if key not in TEXTS and not same:
            said = words.say(key, before), words.say(key, value)
            yield Change(f"{place}{key}", where, key, *said)


def allowed_late(change: Change, contest: Contest, now: datetime) -> bool:
    """Say whether a change may still be made, with its reason, once people registered.

    Settings of entries may until their round opens; after that only what takes nothing away from
    those who sent something by the rules they had read.
    """
    label, _, rest = change.place.partition(".")
    if label != "rounds" or not change.key.startswith("entries"):
        return False
    code = rest.partition(".")[0]
    is_open = any(each.code == code and each.opens_at <= now for each in contest.rounds)
    return change.widens or not is_open


def _promised(prizes: list[Any]) -> list[tuple[int, str]]:
    """Give what prizes promise, their names aside."""
    return [(prize["count"], prize["value"]) for prize in prizes]
