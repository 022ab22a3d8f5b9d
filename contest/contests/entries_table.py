"""The part [rounds.entries] of a contest file: what a round takes, and how it is judged.

Everything wrong is noted at its place; `EntryRules` come out only where nothing is.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

from contest.contests.file_table import Table
from contest.errors import N_
from contest.rules import entry_rules as rules
from contest.rules.entry_rules import Check, EntryKind, EntryRules, VotePeriod, VoteRules
from contest.rules.rubric import CODE, Criterion, Level, Rubric

MOST_CRITERIA = 30  # written, of all divisions
MOST_LEVELS = 10
MOST_POINTS = Decimal(1000)  # of a criterion, of a line of a checklist
MOST_VOTE_DAYS = 90
PLACES = 4  # after the comma, as rubrics keep them
LONGEST_NAME = 200  # characters, this and the next
LONGEST_ABOUT = 1000
LONGEST_CODE = 32

UNUSED = N_("Phần [rounds.entries] chỉ dùng cho đợt nộp bài (kind = “entries”).")
NEEDS_KINDS = N_("Hãy chọn ít nhất một loại bài dự thi.")
NEEDS_CRITERIA = N_("Hãy nêu các tiêu chí chấm: thể lệ phải công bố trước khi nhận bài.")
NEEDS_CHECKLIST = N_("Phần thi thực hành cần một bảng kiểm các việc phải làm được.")
CHECKLIST_UNUSED = N_("Bảng kiểm chỉ dùng khi đợt thi có phần thực hành (“practical”).")
KIND_TWICE = N_("Mỗi loại bài dự thi chỉ ghi một lần.")
SHORTER = N_("Độ dài ít nhất của video không được lớn hơn độ dài nhiều nhất.")
BAD_CODE = N_(
    "Mã bắt đầu bằng chữ thường không dấu, sau đó là chữ thường, chữ số hoặc dấu gạch dưới, "
    "nhiều nhất %(most)d ký tự."
)
TWICE = N_("“%(code)s” được dùng hai lần.")
TOO_MANY = N_("Nhiều nhất %(most)d mục, ở đây là %(found)d.")
NO_DIVISION = N_("Cuộc thi không có bảng thi mang mã “%(code)s”.")
NOT_JUDGED = N_("Bảng thi “%(code)s” chưa có tiêu chí chấm nào.")
NOT_COUNTED = N_("Bảng thi “%(code)s” chưa có tiêu chí nào được tính điểm.")
NEEDS_GALLERY = N_("Muốn có bình chọn thì bài dự thi phải được trưng bày.")

Coded = TypeVar("Coded", Check, Criterion)


def read(parent: Table, divisions: Sequence[str]) -> EntryRules | None:
    """Take the part [entries] of a round for divisions of these codes; None where it is wrong.

    A part that is not there lacks its kinds and its criteria.
    """
    table = parent.one("entries")
    if table is None:
        if not parent.is_fine("entries"):
            return None
        table = parent.empty("entries")
    kinds = _kinds(table)
    checklist = _checklist(table, kinds)
    rubrics = _rubrics(table, kinds, divisions)
    least = table.whole_or("least_seconds", 0, 0, rules.MOST_SECONDS)
    most = table.whole_or("most_seconds", 300, 1, rules.MOST_SECONDS)
    if least > most:
        table.note("least_seconds", SHORTER)
    is_gallery = table.flag("gallery", default=False)
    settings = {
        "each": table.whole_or("each", 1, 1, rules.MOST_EACH),
        "most_members": table.whole_or("most_members", 0, 0, rules.MOST_MEMBERS),
        "most_clip_mb": table.whole_or("most_clip_mb", 200, 1, rules.MOST_MB),
        "most_file_mb": table.whole_or("most_file_mb", 20, 1, rules.MOST_FILE_MB),
        "most_pictures": table.whole_or("most_pictures", 1, 1, rules.MOST_PICTURES),
        "most_characters": table.whole_or(
            "most_characters", 10_000, rules.LEAST_CHARACTERS, rules.MOST_CHARACTERS
        ),
        "grace_s": table.whole_or("grace_s", 3600, 0, rules.MOST_GRACE_S),
        "judges_each": table.whole_or("judges_each", 3, 1, rules.MOST_JUDGES),
    }
    takes_links, is_blind = table.flag("links", default=False), table.flag("blind", default=True)
    vote = _vote(table, is_gallery=is_gallery)
    table.close()
    if not table.is_clean():
        return None
    return EntryRules(
        kinds=kinds,
        least_seconds=least,
        most_seconds=most,
        takes_links=takes_links,
        is_gallery=is_gallery,
        is_blind=is_blind,
        vote=vote,
        checklist=checklist,
        rubrics=rubrics,
        **settings,
    )


def _kinds(table: Table) -> tuple[EntryKind, ...]:
    if not table.has("kinds"):
        table.note("kinds", NEEDS_KINDS)
        return ()
    kinds = table.choices("kinds", (), kind=EntryKind)
    if not kinds:
        table.note("kinds", NEEDS_KINDS)
    if len(set(kinds)) < len(kinds):
        table.note("kinds", KIND_TWICE)
    return kinds


def _vote(parent: Table, *, is_gallery: bool) -> VoteRules | None:
    table = parent.one("vote")
    if table is None:
        return None
    if not is_gallery:
        parent.note("gallery", NEEDS_GALLERY)
    if not table.has("share"):
        table.missing("share")
    vote = VoteRules(
        period=table.choice("period", VotePeriod.DAY),
        share=_number(table, "share", "10", rules.MOST_VOTE_SHARE, above_zero=True),
        days=table.whole_or("days", 7, 1, MOST_VOTE_DAYS),
    )
    table.close()
    return vote


def _checklist(table: Table, kinds: Sequence[EntryKind]) -> tuple[Check, ...]:
    parts = table.tables("checklist")
    is_practical = EntryKind.PRACTICAL in kinds
    if is_practical and not parts and table.is_fine("checklist"):
        table.note("checklist", NEEDS_CHECKLIST)
    if parts and kinds and not is_practical:
        table.note("checklist", CHECKLIST_UNUSED)
    _refuse_many(table, "checklist", len(parts), rules.MOST_CHECKS)
    checks = [(part, _check(part)) for part in parts]
    _refuse_twice(checks)
    return tuple(check for _, check in checks)


def _check(table: Table) -> Check:
    check = Check(
        code=_code(table),
        name=table.text("name", LONGEST_NAME),
        name_en=table.text("name_en", LONGEST_NAME, needed=False),
        points=_number(table, "points", "1", MOST_POINTS, above_zero=True),
    )
    table.close()
    return check


def _rubrics(
    table: Table, kinds: Sequence[EntryKind], divisions: Sequence[str]
) -> dict[str, Rubric]:
    """Sort the criteria by division; those that name none belong to every division."""
    parts = table.tables("criteria")
    _refuse_many(table, "criteria", len(parts), MOST_CRITERIA)
    criteria = [(part, *_criterion(part, divisions)) for part in parts]
    named = sorted({code for _, _, codes in criteria for code in codes})
    found: dict[str, Rubric] = {}
    for division in (rules.EVERY, *named):
        mine = [(part, one) for part, one, codes in criteria if not codes or division in codes]
        _refuse_twice(mine)
        if mine:
            found[division] = Rubric(tuple(one for _, one in mine))
    if set(kinds) != {EntryKind.PRACTICAL} and table.is_fine("criteria"):
        _ensure_judged(table, found, divisions)
    return found


def _ensure_judged(table: Table, found: dict[str, Rubric], divisions: Sequence[str]) -> None:
    """Note a division whose entries nobody could mark."""
    if not found:
        table.note("criteria", NEEDS_CRITERIA)
    for division in divisions:
        rubric = found.get(division) or found.get(rules.EVERY)
        if rubric is None:
            table.note("criteria", NOT_JUDGED, code=division)
        elif not rubric.counted:
            table.note("criteria", NOT_COUNTED, code=division)


def _criterion(table: Table, divisions: Sequence[str]) -> tuple[Criterion, tuple[str, ...]]:
    """Take a criterion and the divisions it is for."""
    levels = table.tables("levels")
    _refuse_many(table, "levels", len(levels), MOST_LEVELS)
    made = Criterion(
        code=_code(table),
        name=table.text("name", LONGEST_NAME),
        name_en=table.text("name_en", LONGEST_NAME, needed=False),
        about=table.text("about", LONGEST_ABOUT, needed=False),
        about_en=table.text("about_en", LONGEST_ABOUT, needed=False),
        weight=_number(table, "weight", "1", MOST_POINTS, above_zero=True),
        least=_number(table, "least", "0", MOST_POINTS),
        most=_number(table, "most", "10", MOST_POINTS, above_zero=True),
        step=_number(table, "step", "1", MOST_POINTS, above_zero=True),
        levels=tuple(_level(level) for level in levels),
        is_counted=table.flag("counted", default=True),
    )
    codes = table.words("divisions")
    for code in codes:
        if code not in divisions:
            table.note("divisions", NO_DIVISION, code=code)
    table.close()
    if table.is_clean():
        _note_problems(table, made)
    return made, codes


def _note_problems(table: Table, made: Criterion) -> None:
    """Note what the numbers of one criterion cannot be together."""
    for place, problem in Rubric((made,)).problems().items():
        _at, _, key = place.partition(".")
        if key.startswith("levels."):
            key = f"levels.{int(key.removeprefix('levels.')) + 1}.points"
        if key:  # that nothing counts is said for each division
            table.note(key, problem.message, **problem.facts)


def _level(table: Table) -> Level:
    if not table.has("points"):
        table.missing("points")
    level = Level(
        points=_number(table, "points", "0", MOST_POINTS),
        text=table.text("text", LONGEST_ABOUT),
        text_en=table.text("text_en", LONGEST_ABOUT, needed=False),
    )
    table.close()
    return level


def _number(
    table: Table, key: str, default: str, most: Decimal, *, above_zero: bool = False
) -> Decimal:
    """Take a number; the same one is always written the same way."""
    found = table.decimal(key, default, most, places=PLACES, above_zero=above_zero)
    return Decimal(f"{found.normalize():f}")


def _code(table: Table) -> str:
    """Take a code that score sheets keep points under."""
    code = table.text("code", LONGEST_CODE)
    if code and CODE.fullmatch(code) is None:
        table.note("code", BAD_CODE, most=LONGEST_CODE)
    return code


def _refuse_twice(parts: Sequence[tuple[Table, Coded]]) -> None:
    seen: set[str] = set()
    for part, one in parts:
        if one.code and one.code in seen:
            part.note("code", TWICE, code=one.code)
        seen.add(one.code)


def _refuse_many(table: Table, key: str, found: int, most: int) -> None:
    if found > most:
        table.note(key, TOO_MANY, most=most, found=found)


def refuse(parent: Table) -> None:
    """Note settings of entries where papers are sat."""
    if parent.has("entries"):
        parent.note("entries", UNUSED)
