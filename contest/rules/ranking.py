"""Who stands where: an ordered list of tie-breaks, and ties that stay ties when none applies.

Everything rests on one string a row, `sort_key`: rows are ordered by it, equal strings share a
place, and a database index or a sorted set may hold it to serve pages. Ids never decide.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from contest.errors import N_, Invalid
from contest.rules.timing import utc

SCORE_DECIMALS = 6
"""Scores are compared after rounding, half to even, to so many decimals."""

_SCORE_BOUND = 10**9
_SCORE_OFFSET = _SCORE_BOUND * 10**SCORE_DECIMALS
_NO_GUESS = 10**12 - 1
_DURATION_BOUND = 10**12
_DRAW_DIGITS = 32


class TieBreak(StrEnum):
    """What may separate two rows; a contest lists those it uses, in order (field.md §3.1)."""

    SCORE = "score"
    GUESS_DISTANCE = "guess_distance"
    GUESS_NOT_OVER = "guess_not_over"
    GUESS_NOT_UNDER = "guess_not_under"
    DURATION = "duration"
    HANDED_IN_AT = "handed_in_at"
    REGISTERED_AT = "registered_at"
    DRAW = "draw"


GUESS_RULES = frozenset(
    {TieBreak.GUESS_DISTANCE, TieBreak.GUESS_NOT_OVER, TieBreak.GUESS_NOT_UNDER}
)

TieValue = Decimal | int | datetime | str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One person's counting try: `duration_ms` in milliseconds, moments aware.

    `public_code` is what everybody may see of this row; the draw is made from it.
    """

    id: int
    public_code: str
    score: Decimal
    guess: int | None
    duration_ms: int
    handed_in_at: datetime
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    row: Row
    place: int


@dataclass(frozen=True, slots=True)
class Separation:
    """The first rule that separates two rows, and what it saw in each.

    Values: score a Decimal, guess_distance an int, guess_not_over and guess_not_under a bool,
    duration an int of milliseconds, the moments datetimes, draw a hexadecimal string; the guess
    rules see None where no guess was made.
    """

    rule: TieBreak
    value_a: TieValue
    value_b: TieValue


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a row stands where it does: what the nearest better row has before it.

    `tied` rows right above share its place. `better` and `separation` are None at the first place.
    """

    tied: int
    better: Row | None
    separation: Separation | None


def check(ties: Sequence[TieBreak], *, has_guess: bool) -> None:
    """Refuse with Invalid a list of tie-breaks that no board could follow.

    It must begin with the score, name nothing twice, and may ask for the guess only when the
    contest has a guess question.
    """
    if not ties or ties[0] is not TieBreak.SCORE:
        raise Invalid(N_("Tiêu chí xếp hạng đầu tiên phải là điểm."))
    if len(set(ties)) != len(ties):
        raise Invalid(N_("Mỗi tiêu chí xếp hạng chỉ được dùng một lần."))
    if not has_guess and not GUESS_RULES.isdisjoint(ties):
        raise Invalid(N_("Tiêu chí về câu hỏi dự đoán cần cuộc thi có câu hỏi dự đoán."))


def rank(
    rows: Iterable[Row], ties: tuple[TieBreak, ...], actual: int | None, seed: int
) -> list[Placed]:
    """Place the rows, best first, as 1, 2, 2, 4.

    `actual` is the true number behind the guess question, None until the round has closed: the
    guess rules are skipped until then. Rows that tie keep the order in which they were given.
    Raises Invalid as `check` and `sort_key` do.
    """
    keyed = sorted(((sort_key(row, ties, actual, seed), row) for row in rows), key=_first)
    places = competition_places([key for key, _ in keyed])
    return [Placed(row, place) for (_, row), place in zip(keyed, places, strict=True)]


def _first(pair: tuple[str, Row]) -> str:
    return pair[0]


def competition_places(ordered: Iterable[Hashable]) -> list[int]:
    """Give the standard competition places (1, 2, 2, 4) of values that are already in order."""
    places: dict[Hashable, int] = {}
    return [places.setdefault(value, number) for number, value in enumerate(ordered, start=1)]


def sort_key(row: Row, ties: tuple[TieBreak, ...], actual: int | None, seed: int) -> str:
    """Give an ASCII string that sorts (byte by byte) as the row ranks; equal strings tie.

    Its width depends only on `ties` and on whether `actual` is known, so keys are comparable
    exactly when they were made with the same three settings. Raises Invalid as `check` does,
    for a score that is no number below 10^9 in size, and for a duration outside 0 to 10^12 ms.
    """
    truth = _Truth(actual or 0, seed)
    return "|".join(_SEEN[rule](row, truth)[1] for rule in _active(ties, actual))


def separates(
    a: Row, b: Row, ties: tuple[TieBreak, ...], actual: int | None, seed: int
) -> Separation | None:
    """Find the first rule that tells `a` from `b`; None when they tie.

    It answers "why am I 7th?" (field.md §6.2). Raises Invalid as `sort_key` does.
    """
    truth = _Truth(actual or 0, seed)
    for rule in _active(ties, actual):
        (value_a, key_a), (value_b, key_b) = _SEEN[rule](a, truth), _SEEN[rule](b, truth)
        if key_a != key_b:
            return Separation(rule, value_a, value_b)
    return None


def explain(
    row: Row, above: Sequence[Row], ties: tuple[TieBreak, ...], actual: int | None, seed: int
) -> Explained:
    """Go up from a row until one is better, and say what separates the two.

    `above` holds rows that stand above it, in the order of the board. The line right above and the
    last one with a better place are enough. Raises Invalid as `separates` does.
    """
    for tied, upper in enumerate(reversed(above)):
        separation = separates(upper, row, ties, actual, seed)
        if separation is not None:
            return Explained(tied, upper, separation)
    return Explained(len(above), None, None)


def draw_value(seed: int, public_code: str) -> str:
    """Give the lot of one row; the smaller lot wins.

    The formula, for anyone to recompute: the first 32 hexadecimal digits of the SHA-256 of the
    seed in decimal digits, a vertical bar, and the public code, in UTF-8, as in
    `printf '%s' '2026|K7F2-9QMX' | sha256sum`. The seed must be made known only after the
    registration has ended, or a code could be chosen for its lot.
    """
    return hashlib.sha256(f"{seed}|{public_code}".encode()).hexdigest()[:_DRAW_DIGITS]


@dataclass(frozen=True, slots=True)
class _Truth:
    """What is known beside the row; `actual` is asked for only once it is known."""

    actual: int
    seed: int


_Seen = tuple[TieValue, str]
"""What a rule sees in a row: the value for people, the fixed-width text for sorting."""


def _active(ties: tuple[TieBreak, ...], actual: int | None) -> list[TieBreak]:
    check(ties, has_guess=True)
    return [rule for rule in ties if actual is not None or rule not in GUESS_RULES]


def _score(row: Row, _: _Truth) -> _Seen:
    if not row.score.is_finite() or abs(row.score) >= _SCORE_BOUND:
        raise Invalid(N_("Điểm %(score)s nằm ngoài khoảng xếp hạng được."), score=row.score)
    scaled = round(row.score.scaleb(SCORE_DECIMALS))
    return row.score, f"{_SCORE_OFFSET - scaled:016d}"


def _guess_distance(row: Row, truth: _Truth) -> _Seen:
    """Farther than any contest has people is one distance, still better than no guess."""
    if row.guess is None:
        return None, f"{_NO_GUESS:012d}"
    distance = abs(row.guess - truth.actual)
    return distance, f"{min(distance, _NO_GUESS - 1):012d}"


def _guess_not_over(row: Row, truth: _Truth) -> _Seen:
    return _yes_first(None if row.guess is None else row.guess <= truth.actual)


def _guess_not_under(row: Row, truth: _Truth) -> _Seen:
    return _yes_first(None if row.guess is None else row.guess >= truth.actual)


def _yes_first(answer: bool | None) -> _Seen:  # noqa: FBT001 -- the answer is all there is
    return answer, "2" if answer is None else "01"[not answer]


def _duration(row: Row, _: _Truth) -> _Seen:
    if not 0 <= row.duration_ms < _DURATION_BOUND:
        raise Invalid(N_("Thời gian làm bài không hợp lệ: %(ms)s ms."), ms=row.duration_ms)
    return row.duration_ms, f"{row.duration_ms:012d}"


def _handed_in_at(row: Row, _: _Truth) -> _Seen:
    return _moment(row.handed_in_at)


def _registered_at(row: Row, _: _Truth) -> _Seen:
    return _moment(row.registered_at)


def _moment(moment: datetime) -> _Seen:
    return moment, utc(moment).replace(tzinfo=None).isoformat(timespec="microseconds")


def _draw(row: Row, truth: _Truth) -> _Seen:
    lot = draw_value(truth.seed, row.public_code)
    return lot, lot


_SEEN: dict[TieBreak, Callable[[Row, _Truth], _Seen]] = {
    TieBreak.SCORE: _score,
    TieBreak.GUESS_DISTANCE: _guess_distance,
    TieBreak.GUESS_NOT_OVER: _guess_not_over,
    TieBreak.GUESS_NOT_UNDER: _guess_not_under,
    TieBreak.DURATION: _duration,
    TieBreak.HANDED_IN_AT: _handed_in_at,
    TieBreak.REGISTERED_AT: _registered_at,
    TieBreak.DRAW: _draw,
}
