"""What a person's tries make on each board, pure: one function for counting, settling, rebuilding.

A contest has three kinds of span: each round, each local month in which rounds close, and the
whole contest. A round's line is the try that counts by the round's own rule. A month's or the
contest's line is made of the person's round lines, as `combine` says: their sum, the best one, or
each round's share of its greatest possible score, by its weight (`_weighted`).

A round of entries is judged, not sat: its tries are the entries of a published jury's result, 0 to
100 points each, and a person's best entry counts, the one with the best place. It has a board of
its own once it is settled, in the jury's order and with the jury's places; until then the months
and the contest it belongs to stay provisional.

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
JUDGED_DIGITS = 9
JUDGED_TIES = (TieBreak.SCORE, TieBreak.HANDED_IN_AT)  # of spans in which nothing is sat
JUDGED_OUT_OF = Decimal(100)


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
        """The round whose ties and draw rank the span: the last that is sat, if any is."""
        return ([each for each in self.rounds if each.is_sat] or self.rounds)[-1]

    @property
    def is_judged(self) -> bool:
        """Say whether this is the board of one round of entries, in the jury's order."""
        return self.round_id is not None and not self.latest.is_sat

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

    @property
    def judged(self) -> tuple[int, ...]:
        """Name the rounds of entries whose published results count."""
        return tuple(each.id for each in self.rounds if not each.is_sat and each.is_settled)

    def spans(self) -> list[Span]:
        """List the rounds, the months and the whole; a contest without counting rounds has none.

        A round of entries is there once it is settled; months and the whole, once they hold
        something that is sat or settled.
        """
        months: dict[date, list[RoundRules]] = defaultdict(list)
        for each in self.rounds:
            months[each.month].append(each)
        shown = [each for each in self.rounds if each.is_sat or each.is_settled]
        found = [Span(f"round.{each.code}", (each,), round_id=each.id) for each in shown]
        found += [
            Span(f"month.{month:%Y-%m}", tuple(within), month=month)
            for month, within in months.items()
            if any(each in shown for each in within)
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
    """A handed-in try; `place`, the jury's, and no `id` for an entry of a published result."""

    id: int | None
    round_id: int
    points: Decimal
    duration_ms: int
    handed_in_at: datetime
    guess: int | None
    is_void: bool
    place: int | None = None


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
    place: int | None = None  # the jury's, on a round of entries


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
    if span.is_judged:
        return replace(line, sort_key=judged_key(line.place))
    row = as_row(line, entrant, span)
    return replace(line, sort_key=ranking.sort_key(row, span.ties, span.actual, span.latest.seed))


def judged_key(place: int | None) -> str:
    """Give the key of a line in the jury's order: its place, as wide as any."""
    return f"{place or 0:0{JUDGED_DIGITS}d}"


def _round_line(mine: Sequence[Tried], rules: RoundRules) -> Line | None:
    valid = [each for each in mine if not each.is_void]
    if rules.is_sat:
        chosen = counting(valid, rules.counting, _result, rules.ties)
    else:
        chosen = min(valid, key=lambda each: (each.place or 0, each.handed_in_at), default=None)
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
        place=chosen.place,
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
