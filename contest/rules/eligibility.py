"""Who may enter: the rules of an audience, what we know of a person, and the reasons why not.

A refusal is always a sentence that says what would be needed, in plain and polite words: the
reader may be a child or may have come to a website for the first time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Self

from contest.errors import N_, Invalid, Problem

OLDEST = 150  # no living person is older; a greater age in a rule is a slip of the hand

_INVALID = N_("Quy định của đối tượng chưa hợp lệ ở: %(keys)s.")
_UNKNOWN_KEY = N_("Không có quy định nào tên là “%(key)s”.")
_NOT_AN_AGE = N_("“%(key)s” phải là số tuổi từ 0 đến %(oldest)s, hoặc để trống.")
_AGES_CROSSED = N_("Tuổi tối đa (%(age_to)s) không được nhỏ hơn tuổi tối thiểu (%(age_from)s).")
_NOT_A_LIST = N_("“%(key)s” phải là danh sách các chuỗi ký tự không rỗng.")
_NOT_A_SWITCH = N_("“%(key)s” phải là true hoặc false.")

_NO_BIRTH_DATE = N_(
    "Bảng này xét theo tuổi mà tài khoản của bạn chưa có ngày sinh;"
    " bạn hãy điền ngày sinh trong phần tài khoản nhé."
)
_TOO_YOUNG = N_(
    "Bảng này dành cho người từ %(age_from)s tuổi trở lên;"
    " theo ngày sinh trong tài khoản, bạn mới %(age)s tuổi."
)
_TOO_OLD = N_(
    "Bảng này dành cho người từ %(age_to)s tuổi trở xuống;"
    " theo ngày sinh trong tài khoản, bạn đã %(age)s tuổi."
)
_UNIT_KIND = N_(
    "Bảng này dành cho người thuộc: %(needed)s; đơn vị trong tài khoản của bạn chưa phù hợp."
    " Nếu đơn vị chưa đúng, bạn hãy chọn lại trong phần tài khoản nhé."
)
_BLOCK = N_(
    "Bảng này dành cho người ở khối: %(needed)s;"
    " đơn vị trong tài khoản của bạn chưa thuộc khối này."
    " Nếu đơn vị chưa đúng, bạn hãy chọn lại trong phần tài khoản nhé."
)
_TRADE = N_(
    "Bảng này dành cho người làm ngành nghề: %(needed)s;"
    " nếu đó là nghề của bạn, bạn hãy ghi trong phần tài khoản nhé."
)
_NOT_DECLARED = N_(
    "Bảng này dành cho người đã khai mình thuộc đối tượng này;"
    " nếu đúng là bạn, bạn hãy khai trong phần tài khoản rồi quay lại nhé."
)

_AGES = ("age_from", "age_to")
_LISTS = ("unit_kinds", "blocks", "trades")
_SWITCH = "is_declared"


class ReasonCode(StrEnum):
    """Why a person may not enter, in the order the reasons are looked for."""

    NO_BIRTH_DATE = "no_birth_date"
    TOO_YOUNG = "too_young"
    TOO_OLD = "too_old"
    UNIT_KIND = "unit_kind"
    BLOCK = "block"
    TRADE = "trade"
    NOT_DECLARED = "not_declared"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps a person out: a marked Vietnamese sentence and what fills it.

    `facts` always holds `audience_code`; for ages `age` and `age_from` or `age_to`; for unit
    kinds, blocks and trades `needed` (joined with commas) and `choices` (the same, sorted, as a
    tuple of codes, so that the web layer can put its own labels into `needed`).
    """

    code: ReasonCode
    message: str
    facts: Mapping[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return self.message % self.facts


@dataclass(frozen=True, slots=True)
class AudienceRules:
    """What an audience asks of a person; a rule that is None, empty or False asks nothing.

    Both ages are full years and count as inside. `unit_kinds`, `blocks` and `trades` are met by
    any one of their values. `is_declared`: the person must have declared the audience themselves.
    Raises `Invalid` with a problem for each faulty age.
    """

    age_from: int | None = None
    age_to: int | None = None
    unit_kinds: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()
    trades: frozenset[str] = frozenset()
    is_declared: bool = False

    def __post_init__(self) -> None:
        _refuse(_age_problems(self.age_from, self.age_to))

    @classmethod
    def from_json(cls, mapping: Mapping[str, Any]) -> Self:
        """Read rules as they are stored (JSON) or shipped (TOML); a missing key asks nothing.

        Raises `Invalid` whose `problems` name every key that is unknown or of the wrong type:
        an age must be a whole number (true is not one), a list a list of non-empty strings.
        """
        problems = {
            str(key): Problem(_UNKNOWN_KEY, key=key)
            for key in mapping
            if key not in {*_AGES, *_LISTS, _SWITCH}
        }
        lists = {key: mapping.get(key, []) for key in _LISTS}
        is_declared = mapping.get(_SWITCH, False)
        for key, values in lists.items():
            if not _is_list_of_words(values):
                problems[key] = Problem(_NOT_A_LIST, key=key)
        if not isinstance(is_declared, bool):
            problems[_SWITCH] = Problem(_NOT_A_SWITCH, key=_SWITCH)
        age_from, age_to = (mapping.get(key) for key in _AGES)
        _refuse(problems | _age_problems(age_from, age_to))
        unit_kinds, blocks, trades = (frozenset(values) for values in lists.values())
        return cls(age_from, age_to, unit_kinds, blocks, trades, is_declared)

    def as_json(self) -> dict[str, Any]:
        """Give the rules for storing, every key present and lists sorted; `from_json` reads it."""
        return {
            **{key: getattr(self, key) for key in _AGES},
            **{key: sorted(getattr(self, key)) for key in _LISTS},
            _SWITCH: self.is_declared,
        }


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What we know of a person when they ask to enter.

    `unit_kinds` and `blocks` are those of the person's unit and of all units above it.
    """

    birth_date: date | None = None
    unit_kinds: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()
    trade: str | None = None
    audience_codes: frozenset[str] = frozenset()


def full_years(birth_date: date, on: date) -> int:
    """Give the age in full years on a day; 0 before the birth.

    A year is full on the birthday, from its first minute. People born on 29 February turn a year
    older on 1 March of a common year. That is our own rule: the Civil Code (Bộ luật Dân sự 2015,
    Điều 148) says for terms in months that they end with the month's last day when the day is
    missing, says nothing of the kind for years, and does not speak of ages.
    """
    is_before_birthday = (on.month, on.day) < (birth_date.month, birth_date.day)
    return max(0, on.year - birth_date.year - is_before_birthday)


def why_not(
    person: PersonFacts, audience_code: str, rules: AudienceRules, on: date
) -> Reason | None:
    """Give the first reason why the person may not enter on that day, or None when they may.

    What nobody can change (age) comes before what may be a gap in the account. Never raises.
    """
    return next(iter(_reasons(person, audience_code, rules, on)), None)


def why_nots(
    person: PersonFacts, audiences: Mapping[str, AudienceRules], on: date
) -> dict[str, tuple[Reason, ...]]:
    """Give every reason for each audience, in the given order; no reason means: welcome.

    `audiences` maps the code of each division's audience to its rules. Never raises.
    """
    return {code: tuple(_reasons(person, code, rules, on)) for code, rules in audiences.items()}


def _reasons(
    person: PersonFacts, audience_code: str, rules: AudienceRules, on: date
) -> list[Reason]:
    trades = frozenset() if person.trade is None else frozenset({person.trade})
    found = [
        _age_reason(person.birth_date, audience_code, rules, on),
        _choice_reason(
            ReasonCode.UNIT_KIND, _UNIT_KIND, audience_code, rules.unit_kinds, person.unit_kinds
        ),
        _choice_reason(ReasonCode.BLOCK, _BLOCK, audience_code, rules.blocks, person.blocks),
        _choice_reason(ReasonCode.TRADE, _TRADE, audience_code, rules.trades, trades),
    ]
    if rules.is_declared and audience_code not in person.audience_codes:
        facts = {"audience_code": audience_code}
        found.append(Reason(ReasonCode.NOT_DECLARED, _NOT_DECLARED, facts))
    return [reason for reason in found if reason]


def _age_reason(
    birth_date: date | None, audience_code: str, rules: AudienceRules, on: date
) -> Reason | None:
    facts: dict[str, Any] = {"audience_code": audience_code}
    if rules.age_from is None and rules.age_to is None:
        return None
    if birth_date is None:
        return Reason(ReasonCode.NO_BIRTH_DATE, _NO_BIRTH_DATE, facts)
    age = full_years(birth_date, on)
    if rules.age_from is not None and age < rules.age_from:
        return Reason(
            ReasonCode.TOO_YOUNG, _TOO_YOUNG, facts | {"age": age, "age_from": rules.age_from}
        )
    if rules.age_to is not None and age > rules.age_to:
        return Reason(ReasonCode.TOO_OLD, _TOO_OLD, facts | {"age": age, "age_to": rules.age_to})
    return None


def _choice_reason(
    code: ReasonCode, message: str, audience_code: str, asked: frozenset[str], has: frozenset[str]
) -> Reason | None:
    if not asked or not has.isdisjoint(asked):
        return None
    choices = tuple(sorted(asked))
    facts = {"audience_code": audience_code, "needed": ", ".join(choices), "choices": choices}
    return Reason(code, message, facts)


def _age_problems(age_from: object, age_to: object) -> dict[str, Problem]:
    problems = {
        key: Problem(_NOT_AN_AGE, key=key, oldest=OLDEST)
        for key, age in zip(_AGES, (age_from, age_to), strict=True)
        if not _is_age(age)
    }
    if isinstance(age_from, int) and isinstance(age_to, int) and age_to < age_from:
        crossed = Problem(_AGES_CROSSED, age_from=age_from, age_to=age_to)
        problems.setdefault("age_to", crossed)
    return problems


def _is_age(value: object) -> bool:
    # bool is an int in Python, and "true years old" must not pass.
    return value is None or (
        isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= OLDEST
    )


def _is_list_of_words(values: object) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, str) and value.strip() for value in values
    )


def _refuse(problems: dict[str, Problem]) -> None:
    if problems:
        raise Invalid(_INVALID, problems=problems, keys=", ".join(problems))
