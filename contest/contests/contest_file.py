"""A contest as its file says it: TOML, read as strictly as a form. See docs/contest-file.md.

`parse` makes the bytes of a file a nested dict, `spec_of` makes such a dict a ContestSpec: what an
organizer builds page by page goes through the second alone.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import InstrumentedAttribute

from contest.contests import entries_table
from contest.contests.file_table import Table
from contest.contests.models import Contest, Division, Round
from contest.contests.specs import (
    Combine,
    ContestSpec,
    DivisionSpec,
    PrizeSpec,
    QuotaSpec,
    RoundKind,
    RoundSpec,
    Shows,
    TargetSpec,
)
from contest.errors import N_, Invalid, Problem
from contest.rules import identity, ranking
from contest.rules.entry_rules import EntryRules
from contest.rules.guess import GuessTarget
from contest.rules.identity import AskedWhen, IdentityField, IdentityKey, IdentityRules
from contest.rules.privacy import NameMask
from contest.rules.quota import CountingRule
from contest.rules.ranking import TieBreak
from contest.rules.timing import DeadlineRule, utc
from question_bank.rules.drawing import EXPECTED_BY_DIFFICULTY
from question_bank.rules.keys import PartialPolicy

__all__ = [
    "ContestSpec",
    "DivisionSpec",
    "PrizeSpec",
    "RoundSpec",
    "TargetSpec",
    "parse",
    "read",
    "spec_of",
]

LARGEST = 512 * 1024  # bytes
SHORTEST_LIMIT_S = 10  # seconds for a paper
LONGEST_LIMIT_S = 7 * 24 * 3600
LONGEST_ABOUT = 20_000  # characters, this and the next
LONGEST_GUESS = 500
LONGEST_PRIZE = 120
LONGEST_VALUE = 200
LONGEST_CODE = 40  # codes of units, audiences, topics
MOST_TRIES = 1000
MOST_QUESTIONS = 200  # of one paper
MOST_PRIZES = 1000
MOST_PEOPLE = 10_000_000
MOST_POINTS = Decimal(1000)
MOST_DAYS = 3650
WHOLE = Decimal(100)  # percent
DAY_S = 24 * 3600
RELATIVE_TIME = time(8)  # local; at which rounds of demonstrations open and close
SYNTAX_PLACE = re.compile(r"at line (\d+), column (\d+)")
FILE = "file"  # the place of what concerns the file as a whole
NEVER = datetime.min.replace(tzinfo=UTC)  # stands where a moment was refused

BAD_FILE = N_("Tệp cuộc thi có %(count)d chỗ cần sửa.")
NOT_TEXT = N_("Tệp phải là văn bản UTF-8.")
TOO_LARGE = N_("Tệp lớn hơn %(kilobytes)d KB.")
BAD_SYNTAX = N_("Tệp chưa đúng cú pháp TOML.")
BAD_SYNTAX_AT = N_("Tệp chưa đúng cú pháp TOML ở dòng %(line)s, cột %(column)s.")
NEEDS_ONE = N_("Cần ít nhất một phần [[%(name)s]].")
TWICE = N_("“%(code)s” được dùng hai lần.")
BOTH_TIMES = N_(
    "Chỉ dùng một cách ghi giờ: opens_at và closes_at, hoặc opens_in_days và lasts_days."
)
NO_NOW = N_(
    "opens_in_days và lasts_days chỉ dùng cho dữ liệu giới thiệu; hãy ghi opens_at và closes_at."
)
NOT_AFTER = N_("Giờ đóng phải sau giờ mở.")
OVERLAP = N_("Đợt này mở khi đợt “%(other)s” chưa đóng; các đợt tính điểm không được chồng nhau.")
NEEDS_LIMIT = N_("“whole_limit” cần có thời gian làm bài time_limit_s.")
LONG_FREEZE = N_("Thời gian đóng băng bảng phải ngắn hơn thời gian mở đợt thi.")
GUESS_TOGETHER = N_("guess_text và guess_target phải có cùng nhau.")
NEEDS_PLAN = N_("Cần ít nhất một phần [[rounds.plan]] nói đề thi gồm những câu nào.")
GUESS_IN_PRACTICE = N_(
    "Đợt thi thử không được chốt kết quả, nên không tính được số thật của câu dự đoán."
)
GUESS_IN_ENTRIES = N_("Đợt nộp bài không có câu dự đoán.")
PRACTICE_ENTRIES = N_("Đợt nộp bài không thể là đợt thi thử.")
PLAN_IN_ENTRIES = N_("Đợt nộp bài không rút đề nên không có [[rounds.plan]].")
NEEDS_WEIGHT = N_("Cách tính “weighted” cần biết đợt này chiếm bao nhiêu phần trăm.")
WEIGHT_UNUSED = N_("weight chỉ dùng cho đợt tính điểm, khi combine là “weighted”.")
NOT_WHOLE = N_("Tỉ trọng của các đợt cộng lại phải bằng 100, ở đây là %(found)s.")
TOO_MANY_QUESTIONS = N_("Một đề có tối đa %(most)d câu, ở đây là %(found)d.")


def read(data: bytes, *, zone: ZoneInfo, now: datetime | None = None) -> ContestSpec:
    """Read a contest file; times without a zone are local ones of `zone`.

    `now` allows the relative times of demonstration files. Raises Invalid whose `problems` name
    everything that is wrong at once, each at its place ("rounds.tuan-1.closes_at").
    """
    return spec_of(parse(data), zone=zone, now=now)


def spec_of(values: dict[str, Any], *, zone: ZoneInfo, now: datetime | None = None) -> ContestSpec:
    """Make what a contest file says, as a nested dict, a spec; otherwise as `read`."""
    problems: dict[str, Problem] = {}
    table = Table(values, "", problems)
    spec = _contest(table, _Times(zone, now))
    if problems:
        raise Invalid(BAD_FILE, problems=problems, count=len(problems))
    return spec


def parse(data: bytes) -> dict[str, Any]:
    """Make the bytes of a file a nested dict; Invalid when it is no TOML."""
    if len(data) > LARGEST:
        raise _unreadable(Problem(TOO_LARGE, kilobytes=LARGEST // 1024))
    try:
        # Notepad puts a byte order mark before the text.
        return tomllib.loads(data.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise _unreadable(Problem(NOT_TEXT)) from error
    except (ValueError, RecursionError) as error:  # ValueError: a number of thousands of digits
        place = SYNTAX_PLACE.search(str(error))
        if place is None:
            raise _unreadable(Problem(BAD_SYNTAX)) from error
        raise _unreadable(Problem(BAD_SYNTAX_AT, line=place[1], column=place[2])) from error


def _unreadable(problem: Problem) -> Invalid:
    return Invalid(BAD_FILE, problems={FILE: problem}, count=1)


@dataclass(frozen=True, slots=True)
class _Times:
    """What turns the times of a file into moments."""

    zone: ZoneInfo
    now: datetime | None


def _longest(column: InstrumentedAttribute[str]) -> int:
    """Give the length a column holds, in characters."""
    length: int = column.type.length
    return length


def _contest(table: Table, times: _Times) -> ContestSpec:
    divisions = _each(table, "divisions", _division)
    codes = [each.code for _, each in divisions]
    rounds = _each(table, "rounds", lambda part: _round(part, times, codes))
    targets = [(part, _target(part)) for part in table.tables("targets")]
    _refuse_twice("unit", ((part, target.unit) for part, target in targets))
    _refuse_overlaps(rounds)
    combine = table.choice("combine", Combine.SUM)
    _check_weights(table, rounds, combine)
    spec = ContestSpec(
        code=table.code("code", _longest(Contest.code)),
        unit=table.text("unit", LONGEST_CODE),
        title=table.text("title", _longest(Contest.title)),
        title_en=table.text("title_en", _longest(Contest.title_en), needed=False),
        about=table.text("about", LONGEST_ABOUT, lines=True),
        about_en=table.text("about_en", LONGEST_ABOUT, needed=False, lines=True),
        contact=table.text("contact", _longest(Contest.contact)),
        extra=table.text("extra", LONGEST_ABOUT, needed=False, lines=True),
        extra_en=table.text("extra_en", LONGEST_ABOUT, needed=False, lines=True),
        tries_total=table.maybe_whole("tries_total", 1, MOST_TRIES),
        name_mask=table.choice("name_mask", NameMask.INITIALS),
        combine=combine,
        identity=_identity(table),
        divisions=tuple(division for _, division in divisions),
        rounds=tuple(each for _, each in rounds),
        targets=tuple(target for _, target in targets),
    )
    table.close()
    return spec


Part = TypeVar("Part", DivisionSpec, RoundSpec)


def _each(table: Table, key: str, make: Callable[[Table], Part]) -> list[tuple[Table, Part]]:
    """Take the rounds or the divisions: at least one, each code once."""
    parts = table.tables(key, named=True)
    if not parts and table.is_fine(key):
        table.note(key, NEEDS_ONE, name=key)
    made = [(part, make(part)) for part in parts]
    _refuse_twice("code", ((part, each.code) for part, each in made))
    return made


def _refuse_twice(key: str, parts: Iterable[tuple[Table, str]]) -> None:
    seen: set[str] = set()
    for part, code in parts:
        if code and code in seen:
            part.note(key, TWICE, code=code)
        seen.add(code)


def _check_weights(
    table: Table, rounds: Sequence[tuple[Table, RoundSpec]], combine: Combine
) -> None:
    """Note weights where none belong, none where one belongs, and a sum that is not the whole."""
    asked = [
        (part, each)
        for part, each in rounds
        if combine is Combine.WEIGHTED and not each.is_practice
    ]
    known = {id(part) for part, _ in asked}
    for part, _ in rounds:
        if part.has("weight") and id(part) not in known:
            part.note("weight", WEIGHT_UNUSED)
    for part, _ in asked:
        if not part.has("weight"):
            part.note("weight", NEEDS_WEIGHT)
    found = sum((each.weight or Decimal(0) for _, each in asked), Decimal(0))
    if asked and found != WHOLE and all(part.is_fine("weight") for part, _ in asked):
        table.note("combine", NOT_WHOLE, found=found)


def _identity(table: Table) -> IdentityRules:
    part = table.one("identity")
    if part is None:
        return IdentityRules()
    fields = [(each, _identity_field(each)) for each in part.tables("fields")]
    _refuse_twice("key", ((each, field.key) for each, field in fields))
    rules = IdentityRules(
        part.choice("when", AskedWhen.BEFORE),
        tuple(field for _, field in fields),
        part.maybe_whole("keep_days", 1, identity.LONGEST_KEEP_DAYS) or identity.USUAL_KEEP_DAYS,
    )
    part.close()
    return rules


def _identity_field(table: Table) -> IdentityField:
    if not table.has("key"):
        table.missing("key")
    field = IdentityField(
        key=table.choice("key", IdentityKey.PHONE),
        is_required=table.flag("required", default=True),
        is_unique=table.flag("unique", default=False),
        may_be_relatives=table.flag("relatives", default=False),
    )
    try:
        identity.check(field)
    except Invalid as error:
        table.note("relatives", error.message)
    table.close()
    return field


def _division(table: Table) -> DivisionSpec:
    spec = DivisionSpec(
        code=table.code("code", _longest(Division.code)),
        name=table.text("name", _longest(Division.name)),
        name_en=table.text("name_en", _longest(Division.name_en), needed=False),
        audience=table.text("audience", LONGEST_CODE),
        is_easy=table.flag("is_easy", default=False),
        time_limit_s=_time_limit(table),
        prizes=tuple(_prize(part) for part in table.tables("prizes")),
    )
    table.close()
    return spec


def _time_limit(table: Table) -> int | None:
    return table.maybe_whole("time_limit_s", SHORTEST_LIMIT_S, LONGEST_LIMIT_S)


def _prize(table: Table) -> PrizeSpec:
    spec = PrizeSpec(
        name=table.text("name", LONGEST_PRIZE),
        name_en=table.text("name_en", LONGEST_PRIZE, needed=False),
        count=table.whole("count", 1, MOST_PRIZES),
        value=table.text("value", LONGEST_VALUE, needed=False),
    )
    table.close()
    return spec


def _target(table: Table) -> TargetSpec:
    spec = TargetSpec(table.text("unit", LONGEST_CODE), table.whole("people", 1, MOST_PEOPLE))
    table.close()
    return spec


def _round(table: Table, times: _Times, divisions: Sequence[str]) -> RoundSpec:
    opens_at, closes_at = _window(table, times)
    kind = table.choice("kind", RoundKind.QUIZ)
    guess_target = table.maybe_choice("guess_target", GuessTarget)
    spec = RoundSpec(
        code=table.code("code", _longest(Round.code)),
        name=table.text("name", _longest(Round.name)),
        name_en=table.text("name_en", _longest(Round.name_en), needed=False),
        kind=kind,
        weight=_weight(table),
        opens_at=opens_at,
        closes_at=closes_at,
        time_limit_s=_time_limit(table),
        deadline_rule=table.choice("deadline_rule", DeadlineRule.EARLIER),
        is_practice=table.flag("is_practice", default=False),
        tries_round=table.maybe_whole("tries_round", 1, MOST_TRIES),
        tries_day=table.maybe_whole("tries_day", 1, MOST_TRIES),
        tries_week=table.maybe_whole("tries_week", 1, MOST_TRIES),
        counting=table.choice("counting", CountingRule.BEST),
        is_one_way=table.flag("is_one_way", default=False),
        shuffles_questions=table.flag("shuffles_questions", default=True),
        shuffles_options=table.flag("shuffles_options", default=True),
        shows=table.choice("shows", Shows.SCORE),
        explains=table.flag("explains", default=True),
        requires_all=table.flag("requires_all", default=False),
        plan=_plan(table, kind),
        bound=table.decimal("bound", "0.10", Decimal(1), places=4),
        points=table.decimal("points", "1", MOST_POINTS, places=2, above_zero=True),
        partial=table.choice("partial", PartialPolicy.ALL_OR_NOTHING),
        wrong=table.decimal("wrong", "0", MOST_POINTS, places=2),
        entries=_entries(table, kind, divisions),
        guess_text=table.text("guess_text", LONGEST_GUESS, needed=False) or None,
        guess_text_en=table.text("guess_text_en", LONGEST_GUESS, needed=False) or None,
        guess_target=guess_target,
        ties=table.choices("ties", _usual_ties(guess_target)),
        freeze_s=table.maybe_whole("freeze_s", 0, MOST_DAYS * DAY_S) or 0,
    )
    _check_round(table, spec)
    table.close()
    return spec


def _weight(table: Table) -> Decimal | None:
    if not table.has("weight"):
        return None
    return table.decimal("weight", "0", WHOLE, places=2, above_zero=True)


def _usual_ties(target: GuessTarget | None) -> tuple[TieBreak, ...]:
    guess = () if target is None else (TieBreak.GUESS_DISTANCE,)
    return (TieBreak.SCORE, *guess, TieBreak.DURATION, TieBreak.HANDED_IN_AT)


def _check_round(table: Table, spec: RoundSpec) -> None:
    """Note what single keys cannot show."""
    if spec.deadline_rule is DeadlineRule.WHOLE_LIMIT and not table.has("time_limit_s"):
        table.note("deadline_rule", NEEDS_LIMIT)
    if spec.guess_text is None and (table.has("guess_target") or spec.guess_text_en):
        table.note("guess_text", GUESS_TOGETHER)
    if spec.guess_text is not None and not table.has("guess_target"):
        table.note("guess_target", GUESS_TOGETHER)
    if spec.guess_text is not None and spec.is_practice:
        table.note("guess_text", GUESS_IN_PRACTICE)
    if spec.kind is RoundKind.ENTRIES:
        _check_entries(table, spec)
    try:
        ranking.check(spec.ties, has_guess=table.has("guess_target"))
    except Invalid as error:
        table.note("ties", error.message)
    is_dated = NEVER not in (spec.opens_at, spec.closes_at)
    if is_dated and timedelta(seconds=spec.freeze_s) >= utc(spec.closes_at) - utc(spec.opens_at):
        table.note("freeze_s", LONG_FREEZE)
    questions = sum(quota.count for quota in spec.plan)
    if questions > MOST_QUESTIONS:
        table.note("plan", TOO_MANY_QUESTIONS, most=MOST_QUESTIONS, found=questions)


def _check_entries(table: Table, spec: RoundSpec) -> None:
    """Note what a round without papers cannot have."""
    if spec.is_practice:
        table.note("is_practice", PRACTICE_ENTRIES)
    if spec.guess_text is not None:
        table.note("guess_text", GUESS_IN_ENTRIES)
    if spec.plan:
        table.note("plan", PLAN_IN_ENTRIES)


def _window(table: Table, times: _Times) -> tuple[datetime, datetime]:
    """Take opening and closing, NEVER for one that was refused."""
    if any([table.has("opens_in_days"), table.has("lasts_days")]):
        return _relative_window(table, times)
    opens_at = table.moment("opens_at", times.zone) or NEVER
    closes_at = table.moment("closes_at", times.zone) or NEVER
    if NEVER not in (opens_at, closes_at) and utc(closes_at) <= utc(opens_at):
        table.note("closes_at", NOT_AFTER)
        return NEVER, NEVER
    return opens_at, closes_at


def _relative_window(table: Table, times: _Times) -> tuple[datetime, datetime]:
    """Take local days counted from this morning: demonstrations are open whenever loaded."""
    if any([table.has("opens_at"), table.has("closes_at")]):
        table.note("opens_at", BOTH_TIMES)
    starts = table.whole("opens_in_days", -MOST_DAYS, MOST_DAYS)
    lasts = table.whole("lasts_days", 1, MOST_DAYS)
    if times.now is None:
        table.note("opens_in_days", NO_NOW)
        return NEVER, NEVER
    today = times.now.astimezone(times.zone).date()
    morning = datetime.combine(today, RELATIVE_TIME, times.zone)
    return morning + timedelta(days=starts), morning + timedelta(days=starts + lasts)


def _plan(table: Table, kind: RoundKind) -> tuple[QuotaSpec, ...]:
    parts = table.tables("plan")
    if not parts and kind is RoundKind.QUIZ and table.is_fine("plan"):
        table.note("plan", NEEDS_PLAN)
    return tuple(_quota(part) for part in parts)


def _entries(table: Table, kind: RoundKind, divisions: Sequence[str]) -> EntryRules | None:
    if kind is RoundKind.ENTRIES:
        return entries_table.read(table, divisions)
    entries_table.refuse(table)
    return None


def _quota(table: Table) -> QuotaSpec:
    levels = sorted(EXPECTED_BY_DIFFICULTY)
    spec = QuotaSpec(
        topic=table.text("topic", LONGEST_CODE, needed=table.has("topic")) or None,
        difficulty=table.maybe_whole("difficulty", levels[0], levels[-1]),
        count=table.whole("count", 1, MOST_QUESTIONS),
        audiences=table.words("audiences"),
    )
    table.close()
    return spec


def _refuse_overlaps(rounds: Sequence[tuple[Table, RoundSpec]]) -> None:
    """Refuse quizzes that count and are open together: a try must belong to one of them."""
    counting = [
        (part, each)
        for part, each in rounds
        if not each.is_practice
        and each.kind is RoundKind.QUIZ
        and NEVER not in (each.opens_at, each.closes_at)
    ]
    counting.sort(key=lambda pair: utc(pair[1].opens_at))
    longest: RoundSpec | None = None
    for part, each in counting:
        if longest is not None and utc(each.opens_at) < utc(longest.closes_at):
            part.note("opens_at", OVERLAP, other=longest.code)
        if longest is None or utc(each.closes_at) > utc(longest.closes_at):
            longest = each
