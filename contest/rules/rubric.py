"""What a jury marks an entry by: criteria with weights and steps, and the sum of a sheet.

A sheet counts only when it is complete; the sum is then 100 · Σ w·x / Σ w·most over the criteria
that count. Everything is decimal and exact, so anybody can work a sum out again by hand.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Self

from contest.errors import N_, Invalid, Problem

WHOLE = 100  # what a sheet of full points sums up to
PLACES = Decimal("0.0001")  # a sum is kept to so much
BOUND = Decimal(1_000_000)  # numbers of a rubric stay below it,
DECIMALS = 4  # with at most so many places, so that exact sums stay short
WRITTEN = re.compile(r"\d{1,6}([.,]\d{1,4})?", re.ASCII)
CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")

Given = str | Decimal | None

MISSHAPEN = N_("Phiếu chấm mẫu không đọc được. Hãy lập lại các tiêu chí.")
NOT_PLAIN = N_("Hãy ghi một số nhỏ hơn 1 000 000, nhiều nhất 4 chữ số sau dấu phẩy.")
NO_CRITERION = N_("Hãy lập ít nhất một tiêu chí được tính điểm.")
BAD_CODE = N_(
    "Mã tiêu chí bắt đầu bằng chữ thường không dấu, sau đó là chữ thường, chữ số hoặc dấu gạch "
    "dưới, nhiều nhất 32 ký tự."
)
TWICE = N_("Mã “%(code)s” đã dùng cho tiêu chí khác.")
NO_NAME = N_("Hãy đặt tên cho tiêu chí.")
BAD_WEIGHT = N_("Hệ số phải lớn hơn 0.")
BAD_LEAST = N_("Điểm thấp nhất không được nhỏ hơn 0.")
BAD_MOST = N_("Điểm cao nhất phải lớn hơn điểm thấp nhất.")
BAD_STEP = N_("Bước điểm phải lớn hơn 0 và chia hết khoảng từ %(least)s đến %(most)s.")
LEVEL_OUTSIDE = N_("Mức điểm %(points)s nằm ngoài khoảng từ %(least)s đến %(most)s.")
LEVEL_TWICE = N_("Mức điểm %(points)s được tả hai lần.")
UNKNOWN = N_("Phiếu chấm không có tiêu chí “%(code)s”.")
WRONG_POINTS = N_(
    "Tiêu chí “%(name)s”: điểm phải từ %(least)s đến %(most)s, mỗi bước %(step)s điểm."
)
INCOMPLETE = N_("Phiếu chấm còn thiếu điểm của tiêu chí “%(name)s”.")


@dataclass(frozen=True, slots=True)
class Level:
    """What a judge should see in an entry to give it so many points."""

    points: Decimal
    text: str
    text_en: str = ""

    def as_json(self) -> dict[str, str]:
        """Give JSON that `Rubric.from_json` reads back."""
        return {"points": _plain(self.points), "text": self.text, "text_en": self.text_en}


@dataclass(frozen=True, slots=True)
class Criterion:
    """Points from `least` to `most` in steps of `step`; `weight` times them goes into the sum.

    One that is not counted is asked for the record and may be left blank.
    """

    code: str
    name: str
    name_en: str = ""
    about: str = ""
    about_en: str = ""
    weight: Decimal = Decimal(1)
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(10)
    step: Decimal = Decimal(1)
    levels: tuple[Level, ...] = ()
    is_counted: bool = True

    def as_json(self) -> dict[str, Any]:
        """Give JSON that `Rubric.from_json` reads back."""
        return {
            "code": self.code,
            "name": self.name,
            "name_en": self.name_en,
            "about": self.about,
            "about_en": self.about_en,
            "weight": _plain(self.weight),
            "least": _plain(self.least),
            "most": _plain(self.most),
            "step": _plain(self.step),
            "levels": [level.as_json() for level in self.levels],
            "is_counted": self.is_counted,
        }

    def allows(self, points: Decimal) -> bool:
        """Say whether a judge may give these points."""
        if not _is_plain(points) or not self.least <= points <= self.most:
            return False
        return (points - self.least) % self.step == 0

    def read(self, given: Given) -> Decimal | None:
        """Read the points of one box, None for a blank one.

        A comma may stand for the point. Raises Invalid that names the criterion and what it allows.
        """
        if isinstance(given, str):
            given = given.strip()
        if given is None or given == "":
            return None
        points = _written(given) if isinstance(given, str) else given
        if not self.allows(points):
            raise Invalid(
                WRONG_POINTS, name=self.name, least=self.least, most=self.most, step=self.step
            )
        return points


@dataclass(frozen=True, slots=True)
class Rubric:
    """The criteria of a jury, in the order in which they are shown."""

    criteria: tuple[Criterion, ...]

    @classmethod
    def from_json(cls, stored: Sequence[Mapping[str, Any]]) -> Self:
        """Read what `as_json` gave; raises Invalid as `check` does, and for JSON of another shape.

        Decimals are strings (whole numbers may be numbers). What a criterion may leave out has the
        default of `Criterion`.
        """
        try:
            made = cls(tuple(_criterion(each) for each in stored))
        except (TypeError, KeyError, InvalidOperation, AttributeError) as error:
            raise Invalid(MISSHAPEN) from error
        made.check()
        return made

    def as_json(self) -> list[dict[str, Any]]:
        """Give JSON; decimals are strings."""
        return [criterion.as_json() for criterion in self.criteria]

    def problems(self) -> dict[str, Problem]:
        """Give what no jury could mark by, under the place where it stands.

        A place is the number of the criterion from 0 and its field: `2.weight`, `0.levels.1`;
        `criteria` for the whole.
        """
        found: dict[str, Problem] = {}
        uses = Counter[str]()
        for at, criterion in enumerate(self.criteria):
            uses[criterion.code] += 1
            if uses[criterion.code] > 1:
                found[f"{at}.code"] = Problem(TWICE, code=criterion.code)
            for place, problem in _problems(criterion):
                found.setdefault(f"{at}.{place}", problem)
        if not any(criterion.is_counted for criterion in self.criteria):
            found["criteria"] = Problem(NO_CRITERION)
        return found

    def check(self) -> None:
        """Raise Invalid with all `problems` where there is any; its sentence is the first one."""
        if found := self.problems():
            first = next(iter(found.values()))
            raise Invalid(first.message, problems=found, **first.facts)

    @property
    def counted(self) -> tuple[Criterion, ...]:
        return tuple(criterion for criterion in self.criteria if criterion.is_counted)

    def clean(self, scores: Mapping[str, Given]) -> dict[str, Decimal]:
        """Read the boxes of a sheet, by criterion code; blank ones are left out.

        In the rubric's order. Raises Invalid whose `problems` names every code with points that are
        not allowed, or that is no criterion's; its sentence is the first one.
        """
        read: dict[str, Decimal] = {}
        wrong: dict[str, Problem] = {}
        for criterion in self.criteria:
            try:
                points = criterion.read(scores.get(criterion.code))
            except Invalid as error:
                wrong[criterion.code] = Problem(error.message, **error.facts)
            else:
                if points is not None:
                    read[criterion.code] = points
        known = {criterion.code for criterion in self.criteria}
        wrong |= {code: Problem(UNKNOWN, code=code) for code in scores if code not in known}
        if wrong:
            first = next(iter(wrong.values()))
            raise Invalid(first.message, problems=wrong, **first.facts)
        return read

    def missing(self, scores: Mapping[str, Given]) -> tuple[Criterion, ...]:
        """Give the counted criteria that a sheet leaves blank. Raises Invalid as `clean` does."""
        read = self.clean(scores)
        return tuple(criterion for criterion in self.counted if criterion.code not in read)

    def total(self, scores: Mapping[str, Given]) -> Decimal:
        """Sum a complete sheet up: 100 · Σ w·x / Σ w·most over the counted criteria, 0 to 100.

        Worked out in fractions and rounded once, at the end: to 4 places, half up. Raises Invalid
        as `clean` does and for a sheet with a blank; `problems` then names every blank code.
        """
        read = self.clean(scores)
        if blanks := [one for one in self.counted if one.code not in read]:
            raise Invalid(
                INCOMPLETE,
                problems={one.code: Problem(INCOMPLETE, name=one.name) for one in blanks},
                name=blanks[0].name,
            )
        got = sum(Fraction(one.weight) * Fraction(read[one.code]) for one in self.counted)
        out_of = sum(Fraction(one.weight) * Fraction(one.most) for one in self.counted)
        return _rounded(WHOLE * Fraction(got) / Fraction(out_of))


def _rounded(exact: Fraction) -> Decimal:
    """Round a fraction that is not negative to `PLACES`, half up, without a detour by floats."""
    units = exact * 10**DECIMALS
    return Decimal(math.floor(units + Fraction(1, 2))).scaleb(-DECIMALS)


def _criterion(stored: Mapping[str, Any]) -> Criterion:
    levels = tuple(
        Level(_number(each["points"]), _text(each["text"]), _text(each.get("text_en", "")))
        for each in stored.get("levels", ())
    )
    is_counted = stored.get("is_counted", True)
    if type(is_counted) is not bool:
        raise TypeError(is_counted)
    return Criterion(
        code=_text(stored["code"]),
        name=_text(stored["name"]),
        name_en=_text(stored.get("name_en", "")),
        about=_text(stored.get("about", "")),
        about_en=_text(stored.get("about_en", "")),
        weight=_number(stored.get("weight", "1")),
        least=_number(stored.get("least", "0")),
        most=_number(stored.get("most", "10")),
        step=_number(stored.get("step", "1")),
        levels=levels,
        is_counted=is_counted,
    )


def _text(stored: Any) -> str:
    if not isinstance(stored, str):
        raise TypeError(stored)
    return stored


def _number(stored: Any) -> Decimal:
    if type(stored) not in (str, int):
        raise TypeError(stored)
    return Decimal(stored)


def _written(text: str) -> Decimal:
    found = WRITTEN.fullmatch(text)
    return Decimal(text.replace(",", ".")) if found else Decimal("NaN")


def _plain(number: Decimal) -> str:
    return f"{number:f}"


def _is_plain(number: Decimal) -> bool:
    """Say whether a number is one a form could hold; all sums stay exact and short then."""
    if not number.is_finite() or not -BOUND < number < BOUND:
        return False
    return number == number.quantize(PLACES, ROUND_HALF_UP)


def _problems(one: Criterion) -> Iterator[tuple[str, Problem]]:
    """Give place and problem; levels are looked at once the numbers make sense."""
    if CODE.fullmatch(one.code) is None:
        yield "code", Problem(BAD_CODE)
    if not one.name.strip():
        yield "name", Problem(NO_NAME)
    wrong = dict(_number_problems(one))
    yield from wrong.items()
    if not wrong:
        yield from _level_problems(one)


def _number_problems(one: Criterion) -> Iterator[tuple[str, Problem]]:
    numbers = {"weight": one.weight, "least": one.least, "most": one.most, "step": one.step}
    odd = [place for place, number in numbers.items() if not _is_plain(number)]
    if odd:
        yield from ((place, Problem(NOT_PLAIN)) for place in odd)
        return
    if one.weight <= 0:
        yield "weight", Problem(BAD_WEIGHT)
    if one.least < 0:
        yield "least", Problem(BAD_LEAST)
    if one.least >= one.most:
        yield "most", Problem(BAD_MOST)
    elif one.step <= 0 or (one.most - one.least) % one.step != 0:
        yield "step", Problem(BAD_STEP, least=one.least, most=one.most)


def _level_problems(one: Criterion) -> Iterator[tuple[str, Problem]]:
    seen = set[Decimal]()
    for at, level in enumerate(one.levels):
        facts = {"points": level.points}
        if not _is_plain(level.points):
            yield f"levels.{at}", Problem(NOT_PLAIN)
        elif not one.least <= level.points <= one.most:
            yield f"levels.{at}", Problem(LEVEL_OUTSIDE, **facts, least=one.least, most=one.most)
        elif level.points in seen:
            yield f"levels.{at}", Problem(LEVEL_TWICE, **facts)
        else:
            seen.add(level.points)
