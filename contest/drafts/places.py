"""From a place in a contest file to the step, the field and the words an organizer knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contest.contests import contest_file, entries_table, file_table, proving
from contest.contests.specs import RoundKind
from contest.errors import N_, Problem
from contest.rules.identity import IdentityKey

STEPS = (
    ("about", N_("Giới thiệu")),
    ("divisions", N_("Đối tượng và bảng thi")),
    ("rounds", N_("Các đợt thi")),
    ("paper", N_("Đề thi")),
    ("ranking", N_("Lượt thi và xếp hạng")),
    ("guess", N_("Câu hỏi dự đoán")),
    ("entries", N_("Bài dự thi")),
    ("criteria", N_("Tiêu chí chấm")),
    ("identity", N_("Thông tin hỏi thêm")),
    ("prizes", N_("Giải thưởng")),
)
OF_ENTRIES = frozenset({"entries", "criteria"})  # for rounds of entries alone
OF_QUIZZES = frozenset({"paper", "guess"})  # for rounds that are sat alone
OF_ROUND = frozenset({"paper", "ranking", "guess"}) | OF_ENTRIES  # about one round at a time

FIELD = N_("Hãy điền mục này.")
CHOOSE = N_("Hãy chọn một mục.")
MINUTES = N_("Hãy gõ số phút, ví dụ 15.")
SO_MANY_MINUTES = N_("Hãy gõ số phút, nhiều nhất %(most)s.")
OF_MINUTES = frozenset({"least_seconds", "most_seconds", "grace_s"})
# Sentences of files said for pages.
SENTENCES = {
    file_table.MISSING: FIELD,
    file_table.EMPTY: FIELD,
    file_table.WANTS_TEXT: FIELD,
    file_table.WANTS_WHOLE: N_("Hãy gõ một số nguyên từ %(least)d đến %(most)d."),
    file_table.WANTS_NUMBER: N_("Hãy gõ một số."),
    file_table.WANTS_ABOVE: N_("Hãy gõ một số lớn hơn %(least)s và không quá %(most)s."),
    file_table.WANTS_BETWEEN: N_("Hãy gõ một số từ %(least)s đến %(most)s."),
    file_table.WANTS_CHOICE: CHOOSE,
    file_table.WANTS_FLAG: CHOOSE,
    file_table.WANTS_LIST: CHOOSE,
    file_table.WANTS_TABLES: CHOOSE,
    file_table.WANTS_MOMENT: N_("Hãy gõ ngày như 07/12/2026 và giờ như 16:00."),
    contest_file.OVERLAP: N_(
        "Đợt này mở khi đợt “%(other)s” chưa đóng. Hãy lùi giờ mở, hoặc cho đợt kia đóng sớm hơn."
    ),
    contest_file.NEEDS_LIMIT: N_("Muốn vẫn được làm đủ thì phải có số phút làm bài."),
    contest_file.GUESS_TOGETHER: N_("Câu dự đoán cần cả lời hỏi và số thật là gì."),
    contest_file.NEEDS_PLAN: N_("Đợt này chưa có câu hỏi nào. Hãy ghi số câu vào bảng."),
    contest_file.NEEDS_WEIGHT: N_("Hãy ghi đợt này chiếm bao nhiêu phần trăm."),
    contest_file.TWICE: N_("Mục này trùng với một mục khác."),
    entries_table.NO_DIVISION: N_(
        "Tiêu chí này ghi một bảng thi không còn nữa. Hãy chọn lại bảng thi."
    ),
    proving.UNEVEN: N_(
        "Đợt “%(round)s”, bảng “%(division)s”: chỉ %(found)d trên %(needed)d đề rút thử đủ đều "
        "nhau. Hãy nới số phần trăm chênh nhau hoặc bổ sung câu hỏi."
    ),
}
NEEDS_ONE = {
    "divisions": N_("Cần ít nhất một bảng thi."),
    "rounds": N_("Cần ít nhất một đợt thi."),
}
LABELS = {
    "title": N_("Tên cuộc thi"),
    "code": N_("Mã trên địa chỉ trang"),
    "unit": N_("Đơn vị đứng ra tổ chức"),
    "about": N_("Lời giới thiệu"),
    "contact": N_("Liên hệ"),
    "extra": N_("Điều khoản khác của thể lệ"),
    "extra_en": N_("Điều khoản khác bằng tiếng Anh"),
    "keep_days": N_("Số ngày giữ thông tin"),
    "name": N_("Tên"),
    "audience": N_("Dành cho ai"),
    "time_limit_s": N_("Số phút làm bài"),
    "opens_at": N_("Giờ mở"),
    "closes_at": N_("Giờ đóng"),
    "points": N_("Điểm mỗi câu đúng"),
    "wrong": N_("Điểm trừ mỗi câu sai"),
    "bound": N_("Chênh nhau"),
    "plan": N_("Số câu"),
    "tries_total": N_("Số lượt cả cuộc thi"),
    "tries_round": N_("Số lượt trong đợt"),
    "tries_day": N_("Số lượt mỗi ngày"),
    "tries_week": N_("Số lượt mỗi tuần"),
    "ties": N_("Tiêu chí xếp hạng"),
    "freeze_s": N_("Bảng đứng yên"),
    "weight": N_("Phần trăm"),
    "combine": N_("Điểm của cả cuộc thi"),
    "guess_text": N_("Câu hỏi dự đoán"),
    "guess_target": N_("Số thật"),
    "count": N_("Số lượng"),
    "value": N_("Phần thưởng"),
    "kinds": N_("Loại bài"),
    "each": N_("Số bài mỗi người"),
    "most_members": N_("Số người thêm trong nhóm"),
    "most_clip_mb": N_("Tệp video (MB)"),
    "most_file_mb": N_("Hình, tài liệu (MB)"),
    "most_pictures": N_("Số hình"),
    "least_seconds": N_("Video dài ít nhất"),
    "most_seconds": N_("Video dài nhiều nhất"),
    "most_characters": N_("Độ dài bài gõ"),
    "grace_s": N_("Thời gian chờ tệp gửi dở"),
    "judges_each": N_("Số giám khảo mỗi bài"),
    "gallery": N_("Trưng bày"),
    "vote": N_("Bình chọn"),
    "share": N_("Phần trăm của bình chọn"),
    "days": N_("Số ngày bình chọn"),
    "criteria": N_("Tiêu chí"),
    "checklist": N_("Bảng kiểm"),
    "criterion.weight": N_("Hệ số"),
    "criterion.most": N_("Điểm cao nhất"),
    "criterion.step": N_("Bước điểm"),
    "criterion.points": N_("Điểm của một mức"),
    "criterion.text": N_("Lời tả một mức"),
    "criterion.divisions": N_("Bảng thi"),
    "check.points": N_("Điểm của một việc"),
}
# The fields of each step, by key of the file; what stands nowhere belongs to the first field.
ABOUT = (
    *("title", "title_en", "code", "unit", "about", "about_en"),
    *("contact", "extra", "extra_en"),
)
WHOLE = {"tries_total": "tries_total", "name_mask": "name_mask", "combine": "combine"}
DIVISION = {
    **{key: key for key in ("name", "name_en", "audience", "is_easy")},
    "code": "name",
    "time_limit_s": "minutes",
}
ROUND = {
    **{key: key for key in ("name", "name_en", "kind", "deadline_rule", "is_practice")},
    "code": "name",
    "opens_at": "opens_day",
    "closes_at": "closes_day",
    "time_limit_s": "minutes",
}
PAPER = frozenset(
    {"points", "wrong", "partial", "shuffles_questions", "shuffles_options", "is_one_way"}
    | {"requires_all", "shows", "explains", "bound"}
)
RANKING = {
    **{key: key for key in ("tries_round", "tries_day", "tries_week", "counting")},
    "ties": "ties-0-rule",
    "freeze_s": "freeze",
}
GUESS = frozenset({"guess_text", "guess_text_en", "guess_target"})
ENTRIES = {
    **{key: key for key in ("kinds", "each", "most_members", "most_clip_mb", "most_file_mb")},
    **{key: key for key in ("most_pictures", "most_characters", "judges_each")},
    **{key: key for key in ("links", "gallery", "blind", "vote")},
    "least_seconds": "least_minutes",
    "most_seconds": "most_minutes",
    "grace_s": "grace",
}
VOTE = {"share": "vote_share", "days": "vote_days"}
CRITERION = frozenset({"name", "weight", "most", "step", "about", "name_en", "about_en"})


def steps_of(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give the steps a draft needs: those about papers, about entries only where there are any."""
    kinds = {each.get("kind") == RoundKind.ENTRIES for each in data["rounds"]}
    off = OF_ENTRIES if True not in kinds else OF_QUIZZES if False not in kinds else frozenset()
    return [(step, title) for step, title in STEPS if step not in off]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is to be mended: `round_at` counts rounds from 0, None where it is no matter.

    `where` is the name of the round or the division, as it was typed.
    """

    step: str
    anchor: str
    key: str
    round_at: int | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to mend, where, and in an organizer's words."""

    spot: Spot
    problem: Problem

    @property
    def label(self) -> str:
        """What the field is called, "" when the sentence says all; to be translated."""
        return LABELS.get(self.spot.key, "")


def located(
    problems: Mapping[str, Problem], data: Mapping[str, Any], topics: Sequence[tuple[str, str]]
) -> list[Found]:
    """Put every problem of the reader at its step, in the order of the steps."""
    order = [step for step, _ in STEPS]
    found = []
    for place, problem in problems.items():
        spot = _spot(place.split("."), data, topics)
        if spot.key == "code" and spot.step != "about" and problem.message == file_table.MISSING:
            continue  # made of the name, which is missing too
        found.append(Found(spot, _said(problem, spot, data, dict(topics))))
    found.sort(key=lambda each: (order.index(each.spot.step), each.spot.round_at or 0))
    return found


def _said(
    problem: Problem, spot: Spot, data: Mapping[str, Any], topics: Mapping[str, str]
) -> Problem:
    facts = dict(problem.facts)
    message = SENTENCES.get(problem.message, problem.message)
    if spot.key in {"time_limit_s", "freeze_s"} and problem.message == file_table.WANTS_WHOLE:
        message = MINUTES
    if spot.key in OF_MINUTES and problem.message == file_table.WANTS_WHOLE:
        message, facts["most"] = SO_MANY_MINUTES, facts["most"] // 60
    if problem.message in {entries_table.NOT_JUDGED, entries_table.NOT_COUNTED}:
        names = {each.get("code"): each.get("name", "") for each in data["divisions"]}
        facts["code"] = names.get(facts["code"]) or facts["code"]
    if problem.message == contest_file.NEEDS_ONE:
        message = NEEDS_ONE[facts["name"]]
    if "other" in facts:
        names = {each.get("code"): each.get("name", "") for each in data["rounds"]}
        facts["other"] = names.get(facts["other"]) or facts["other"]
    if "topic" in facts:
        facts["topic"] = topics.get(facts["topic"], facts["topic"])
    return Problem(message, **facts)


def _spot(parts: Sequence[str], data: Mapping[str, Any], topics: Sequence[tuple[str, str]]) -> Spot:
    first, rest = parts[0], parts[1:]
    if first in {"divisions", "rounds"} and not rest:
        return Spot(first, f"add-{first}", first)
    if first == "divisions":
        return _in_division(rest, data)
    if first == "rounds":
        return _in_round(rest, data, topics)
    if first == "identity":
        return _in_identity(rest, data)
    if first in WHOLE:
        return Spot("ranking", WHOLE[first], first)
    return Spot("about", first if first in ABOUT else "title", first)


def _position(rows: Sequence[Mapping[str, Any]], label: str) -> int:
    """Find a row by its code, or by its number where two have the same."""
    codes = [each.get("code") for each in rows]
    if label in codes:
        return codes.index(label)
    return int(label) - 1 if label.isdigit() and 0 < int(label) <= len(rows) else 0


def _in_division(parts: Sequence[str], data: Mapping[str, Any]) -> Spot:
    at = _position(data["divisions"], parts[0])
    where = str(data["divisions"][at].get("name", ""))
    key = parts[1] if len(parts) > 1 else "name"
    if key == "prizes":
        number = int(parts[2]) - 1 if len(parts) > 3 else 0  # noqa: PLR2004 -- prizes.N.key
        field = parts[3] if len(parts) > 3 and parts[3] in {"name", "count", "value"} else "name"  # noqa: PLR2004
        return Spot("prizes", f"divisions-{at}-prizes-{number}-{field}", field, where=where)
    return Spot("divisions", f"divisions-{at}-{DIVISION.get(key, 'name')}", key, where=where)


def _in_round(
    parts: Sequence[str], data: Mapping[str, Any], topics: Sequence[tuple[str, str]]
) -> Spot:
    at = _position(data["rounds"], parts[0])
    here = data["rounds"][at]
    key = parts[1] if len(parts) > 1 else "name"
    where = str(here.get("name", ""))
    if key == "entries":
        return _in_entries(parts[2:], at, where)
    if key == "plan":
        return Spot("paper", _cell(parts[2:], here, topics), key, at, where)
    if key in RANKING:
        return Spot("ranking", RANKING[key], key, at, where)
    if key == "weight":
        weighed = [n for n, each in enumerate(data["rounds"]) if not _is_practice(each)]
        row = weighed.index(at) if at in weighed else 0
        return Spot("ranking", f"weights-{row}-weight", key, at, where)
    if key in PAPER | GUESS:
        return Spot("paper" if key in PAPER else "guess", key, key, at, where)
    return Spot("rounds", f"rounds-{at}-{ROUND.get(key, 'name')}", key, where=where)


def _in_entries(parts: Sequence[str], at: int, where: str) -> Spot:
    """Find the field of a place below `rounds.CODE.entries`."""
    key, rest = (parts[0], parts[1:]) if parts else ("kinds", [])
    if key == "criteria":
        return _in_criteria(rest, at, where)
    if key == "checklist":
        if not rest:
            return Spot("criteria", "add-checklist", key, at, where)
        number, field = int(rest[0]) - 1, rest[1] if len(rest) > 1 else "name"
        anchor = field if field in {"name", "name_en", "points"} else "name"
        label = "check.points" if field == "points" else field
        return Spot("criteria", f"checklist-{number}-{anchor}", label, at, where)
    if key == "vote" and rest and rest[0] in VOTE:
        return Spot("entries", VOTE[rest[0]], rest[0], at, where)
    return Spot("entries", ENTRIES.get(key, "kinds"), key, at, where)


def _in_criteria(parts: Sequence[str], at: int, where: str) -> Spot:
    if not parts:
        return Spot("criteria", "add-criteria", "criteria", at, where)
    row, field, deeper = int(parts[0]) - 1, *(parts[1:2] or ["name"]), parts[2:]
    if field == "levels" and deeper:
        last = deeper[1] if len(deeper) > 1 and deeper[1] in {"points", "text"} else "text"
        anchor = f"criteria-{row}-levels-{int(deeper[0]) - 1}-{last}"
        return Spot("criteria", anchor, f"criterion.{last}", at, where)
    anchor = {"least": "most", "divisions": "divisions"}.get(field, field)
    if anchor not in CRITERION | {"divisions"}:
        anchor = "name"
    label = f"criterion.{anchor}" if f"criterion.{anchor}" in LABELS else field
    return Spot("criteria", f"criteria-{row}-{anchor}", label, at, where)


def _is_practice(each: Mapping[str, Any]) -> bool:
    return bool(each.get("is_practice")) and each.get("kind") != "entries"


def _cell(parts: Sequence[str], here: Mapping[str, Any], topics: Sequence[tuple[str, str]]) -> str:
    """Find the cell of the table of numbers a quota stands in; the first one for the whole."""
    plan = here.get("plan", [])
    number = int(parts[0]) - 1 if parts and parts[0].isdigit() else 0
    if number >= len(plan):
        return "plan-0-level_1"
    quota = plan[number]
    codes = [code for code, _ in topics]
    row = codes.index(quota["topic"]) if quota.get("topic") in codes else len(codes)
    return f"plan-{row}-level_{quota.get('difficulty', 'any')}"


def _in_identity(parts: Sequence[str], data: Mapping[str, Any]) -> Spot:
    fields = data.get("identity", {}).get("fields", [])
    number = int(parts[1]) - 1 if len(parts) > 1 and parts[1].isdigit() else None
    if parts == ["keep_days"]:
        return Spot("identity", "keep_days", "keep_days")
    if parts[:1] != ["fields"] or number is None or number >= len(fields):
        return Spot("identity", "when", "when")
    keys = [key.value for key in IdentityKey]
    row = keys.index(fields[number]["key"]) if fields[number].get("key") in keys else 0
    field = {"relatives": "relatives", "unique": "unique"}.get(parts[-1], "ask")
    return Spot("identity", f"fields-{row}-{field}", "identity")
