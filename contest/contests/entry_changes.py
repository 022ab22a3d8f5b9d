"""What changes between two settings of a round of entries, in words, and what entrants may lose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from contest.errors import N_
from contest.rules.entry_rules import EVERY, NAMES, EntryRules, VotePeriod, VoteRules
from contest.rules.rubric import Criterion, Level, Rubric

LABELS = {
    "entries": N_("bài dự thi"),
    "entries.kinds": N_("loại bài dự thi"),
    "entries.each": N_("số bài mỗi người"),
    "entries.most_members": N_("số thành viên cùng nhóm"),
    "entries.most_clip_mb": N_("dung lượng video (MB)"),
    "entries.most_file_mb": N_("dung lượng hình hoặc tài liệu (MB)"),
    "entries.most_pictures": N_("số hình"),
    "entries.least_seconds": N_("độ dài ít nhất (giây)"),
    "entries.most_seconds": N_("độ dài nhiều nhất (giây)"),
    "entries.most_characters": N_("số chữ cái nhiều nhất"),
    "entries.takes_links": N_("nhận đường dẫn YouTube, TikTok"),
    "entries.grace_s": N_("thời gian chờ tệp gửi dở (giây)"),
    "entries.is_gallery": N_("trưng bày bài dự thi"),
    "entries.judges_each": N_("số giám khảo mỗi bài"),
    "entries.is_blind": N_("chấm ẩn tên"),
    "entries.vote": N_("bình chọn"),
    "entries.checklist": N_("bảng kiểm phần thực hành"),
    "entries.rubrics": N_("tiêu chí chấm"),
}
NOTHING = "không"
MORE = frozenset(
    {"each", "most_members", "most_clip_mb", "most_file_mb", "most_pictures", "most_seconds"}
    | {"most_characters", "takes_links", "grace_s", "is_gallery", "is_blind"}
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that differs; `widens`: no entrant loses anything by it."""

    key: str
    old: str
    new: str
    widens: bool


def found(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Compare stored settings, translations aside; {}: never set up, so nobody could send."""
    if not before or not after:
        if before == after:
            return []
        old, new = (_summary(each) for each in (before, after))
        return [Difference("entries", old, new, widens=not before)]
    one, other = (_untranslated(EntryRules.from_json(each)) for each in (before, after))
    return [
        Difference(f"entries.{key}", said(old), said(new), widens=_widens(key, old, new))
        for key, said in SAID.items()
        if (old := getattr(one, key)) != (new := getattr(other, key))
    ]


def _widens(key: str, old: Any, new: Any) -> bool:
    if key == "kinds":
        return set(old) <= set(new)
    if key == "checklist":
        return not old
    if key == "least_seconds":
        return bool(new < old)
    if key == "judges_each":  # a judge may fall ill: not the entrant's affair
        return True
    return key in MORE and bool(new > old)


def _untranslated(rules: EntryRules) -> EntryRules:
    return replace(
        rules,
        checklist=tuple(replace(each, name_en="") for each in rules.checklist),
        rubrics={code: _plain_rubric(each) for code, each in rules.rubrics.items()},
    )


def _plain_rubric(rubric: Rubric) -> Rubric:
    return Rubric(
        tuple(
            replace(
                each,
                name_en="",
                about_en="",
                levels=tuple(replace(level, text_en="") for level in each.levels),
            )
            for each in rubric.criteria
        )
    )


def _summary(stored: Mapping[str, Any]) -> str:
    if not stored:
        return NOTHING
    rules = EntryRules.from_json(stored)
    return f"{_kinds(rules.kinds)}; {_rubrics(rules.rubrics)}"


def _kinds(kinds: Any) -> str:
    return ", ".join(NAMES[kind] for kind in kinds)


def _number(number: Decimal) -> str:
    return f"{number.normalize():f}".replace(".", ",")


def _flag(value: object) -> str:
    return "có" if value else NOTHING


def _vote(vote: VoteRules | None) -> str:
    if vote is None:
        return NOTHING
    each = "mỗi ngày một phiếu" if vote.period is VotePeriod.DAY else "cả đợt một phiếu"
    return f"{each}, chiếm {_number(vote.share)} %, đến {vote.days} ngày sau khi đóng"


def _checklist(checks: Any) -> str:
    return "; ".join(f"{each.name} ({_number(each.points)})" for each in checks) or NOTHING


def _rubrics(rubrics: Mapping[str, Rubric]) -> str:
    """Say all criteria: who reads the change must see which one moved."""
    said = []
    for code, rubric in rubrics.items():
        where = f"bảng {code}: " if code != EVERY else ""
        said.append(where + "; ".join(_criterion(each) for each in rubric.criteria))
    return ". ".join(said) or NOTHING


def _criterion(each: Criterion) -> str:
    scale = f"{_number(each.least)}–{_number(each.most)}, bước {_number(each.step)}"
    levels = [_level(level) for level in each.levels]
    facts = [f"hệ số {_number(each.weight)}", scale, *([each.about] if each.about else []), *levels]
    if not each.is_counted:
        facts.append("không tính điểm")
    return f"{each.name} ({', '.join(facts)})"


def _level(level: Level) -> str:
    return f"{_number(level.points)}: {level.text}"


SAID: dict[str, Callable[[Any], str]] = {
    "kinds": _kinds,
    "each": str,
    "most_members": str,
    "most_clip_mb": str,
    "most_file_mb": str,
    "most_pictures": str,
    "least_seconds": str,
    "most_seconds": str,
    "most_characters": str,
    "takes_links": _flag,
    "grace_s": str,
    "is_gallery": _flag,
    "judges_each": str,
    "is_blind": _flag,
    "vote": _vote,
    "checklist": _checklist,
    "rubrics": _rubrics,
}
