"""What a person's tries make on each board, pure: one function for counting, settling, rebuilding.

A contest has three kinds of span: each round, each local month in which rounds close, and the
whole contest. A round's line is the try that counts by the round's own rule. A month's or the
contest's line is made of the person's round lines, as `combine` says: their sum, the best one, or
each round's share of its greatest possible score, by its weight (`_weighted`).

A round of entries has no tries here: it makes no board of its own, but the months and the contest
it belongs to stay provisional until it is settled.

Such a span is ranked by the ties and the draw of its latest round. The guess plays no part in it
until all its rounds are settled; then each line carries one distance, summed over the rounds that
ask for a guess (for "best": that round's own), and GUESS_DISTANCE compares it. The two rules
about guessing over or under make no sense of a sum and are left out.

A void try counts as a try, never as a result: somebody with void tries only stands on no board,
and is one of nobody's participants.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from contest.contests.specs import Combine
from contest.rules import ranking
from contest.rules.quota import CountingRule, Result, counting
from contest.rules.ranking import GUESS_RULES, TieBreak

__all__ = ["Combine", "ContestRules", "Entrant", "Line", "RoundRules", "Span", "Tried", "lines"]

CENT = Decimal("0.01")  # what a board stores of points


@dataclass(frozen=True, slots=True)
class RoundRules:
    """What the boards need to know of a counting round."""

    id: int
    code: str
    closes_at: datetime
    month: date  # local, of closing; its first day
    counting: CountingRule
    ties: tuple[TieBreak, ...]
    seed: int
    has_guess: bool
    actual: int | None
    is_settled: bool
    is_sat: bool = True  # False: a round of entries
    weight: Decimal | None = None  # percent of the whole, for Combine.WEIGHTED
    out_of: Decimal = Decimal(0)  # the greatest possible score of a paper


@dataclass(frozen=True, slots=True)
class Span:
    """What one board covers: `code` stands in its address. A sum or a best has no `round_id`."""

    code: str
    rounds: tuple[RoundRules, ...]  # earliest closing first
    round_id: int | None = None
    month: date | None = None

    @property
    def latest(self) -> RoundRules:
        """The round whose ties and draw rank the span; at least one is sat."""
        return [each for each in self.rounds if each.is_sat][-1]

    @property
    def is_settled(self) -> bool:
        return all(each.is_settled for each in self.rounds)

    @property
    def ties(self) -> tuple[TieBreak, ...]:
        if self.round_id is not None:
            return self.latest.ties
        left_out = GUESS_RULES - {TieBreak.GUESS_DISTANCE}
        return tuple(tie for tie in self.latest.ties if tie not in left_out)

    @property
    def actual(self) -> int | None:
        """The true number a line's guess is measured by; a combined line's guess is a distance."""
        if self.round_id is not None:
            return self.latest.actual
        return 0 if self.is_settled and any(each.has_guess for each in self.rounds) else None


@dataclass(frozen=True, slots=True)
class ContestRules:
    """The spans of a contest, and how the combined ones are made."""

    id: int
    code: str
    combine: Combine
    rounds: tuple[RoundRules, ...]  # earliest closing first

    def spans(self) -> list[Span]:
        """List the rounds, the months and the whole; a contest without counting rounds has none.

        Months in which nothing is sat have no board yet.
        """
        months: dict[date, list[RoundRules]] = defaultdict(list)
        for each in self.rounds:
            months[each.month].append(each)
        sat = [each for each in self.rounds if each.is_sat]
        found = [Span(f"round.{each.code}", (each,), round_id=each.id) for each in sat]
        found += [
            Span(f"month.{month:%Y-%m}", tuple(within), month=month)
            for month, within in months.items()
            if any(each.is_sat for each in within)
        ]
        return [*found, Span("all", self.rounds)] if found else []


@dataclass(frozen=True, slots=True)
class Entrant:
    """A registration."""

    id: int
    code: str
    division_id: int
    unit_id: int
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """A handed-in try."""

    id: int
    round_id: int
    points: Decimal
    duration_ms: int
    handed_in_at: datetime
    guess: int | None
    is_void: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A person's line on a board. `guess` is the round's own; settling gives its distance."""

    attempt_id: int | None
    points: Decimal
    guess: int | None
    guess_distance: int | None
    duration_ms: int
    handed_in_at: datetime
    tries: int
    sort_key: str = ""


def lines(
    entrant: Entrant, tries: Iterable[Tried], spans: Sequence[Span], combine: Combine
) -> dict[str, Line]:
    """Make the entrant's line for each span, by its code; no valid try in a span, no line."""
    of_round: dict[int, list[Tried]] = defaultdict(list)
    for each in tries:
        of_round[each.round_id].append(each)
    known = {each.id: each for span in spans for each in span.rounds}
    round_lines = {
        round_id: line
        for round_id, mine in of_round.items()
        if round_id in known and (line := _round_line(mine, known[round_id])) is not None
    }
    found = {}
    for span in spans:
        line = _span_line(span, round_lines, combine)
        if line is not None:
            found[span.code] = _keyed(line, entrant, span)
    return found


def as_row(line: Line, entrant: Entrant, span: Span) -> ranking.Row:
    """Show a line to the ranking rules."""
    return ranking.Row(
        id=entrant.id,
        public_code=entrant.code,
        score=line.points,
        guess=line.guess if span.round_id is not None else line.guess_distance,
        duration_ms=line.duration_ms,
        handed_in_at=line.handed_in_at,
        registered_at=entrant.registered_at,
    )


def _keyed(line: Line, entrant: Entrant, span: Span) -> Line:
    row = as_row(line, entrant, span)
    return replace(line, sort_key=ranking.sort_key(row, span.ties, span.actual, span.latest.seed))


def _round_line(mine: Sequence[Tried], rules: RoundRules) -> Line | None:
    chosen = counting(
        [each for each in mine if not each.is_void], rules.counting, _result, rules.ties
    )
    if chosen is None:
        return None
    is_measured = rules.actual is not None and chosen.guess is not None
    return Line(
        attempt_id=chosen.id,
        points=chosen.points,
        guess=chosen.guess,
        guess_distance=abs((chosen.guess or 0) - (rules.actual or 0)) if is_measured else None,
        duration_ms=chosen.duration_ms,
        handed_in_at=chosen.handed_in_at,
        tries=len(mine),
    )


def _result(each: Tried | Line) -> Result:
    return Result(each.points, each.duration_ms, each.handed_in_at)


def _span_line(span: Span, by_round: Mapping[int, Line], combine: Combine) -> Line | None:
    if span.round_id is not None:
        return by_round.get(span.round_id)
    mine = [(each, by_round[each.id]) for each in span.rounds if each.id in by_round]
    if not mine:
        return None
    tries = sum(line.tries for _, line in mine)
    if combine is Combine.BEST:
        best = counting([line for _, line in mine], CountingRule.BEST, _result, span.ties)
        mine = [(each, line) for each, line in mine if line is best]
    return Line(
        attempt_id=mine[0][1].attempt_id if len(mine) == 1 and combine is Combine.BEST else None,
        points=_combined(mine, combine),
        guess=None,
        guess_distance=_distance(mine) if span.is_settled else None,
        duration_ms=sum(line.duration_ms for _, line in mine),
        handed_in_at=max(line.handed_in_at for _, line in mine),
        tries=tries,
    )


def _combined(mine: Sequence[tuple[RoundRules, Line]], combine: Combine) -> Decimal:
    if combine is Combine.WEIGHTED:
        return _weighted(mine)
    return sum((line.points for _, line in mine), Decimal(0))


def _weighted(mine: Sequence[tuple[RoundRules, Line]]) -> Decimal:
    """Sum weight x score / greatest possible score: points out of 100 over the whole contest.

    Rounded once, half up, to what a board stores, so that what is shown is what is compared.
    """
    shares = (
        (each.weight or Decimal(0)) * line.points / each.out_of
        for each, line in mine
        if each.out_of
    )
    return sum(shares, Decimal(0)).quantize(CENT, ROUND_HALF_UP)


def _distance(mine: Sequence[tuple[RoundRules, Line]]) -> int | None:
    """Sum the distances of the rounds that ask for a guess; one guess missed leaves none."""
    asked = [line.guess_distance for each, line in mine if each.has_guess]
    measured = [distance for distance in asked if distance is not None]
    return sum(measured) if asked and len(measured) == len(asked) else None
