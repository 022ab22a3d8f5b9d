"""A jury's result from everything it rests on: pure, the same on every machine.

How a mark is made, in order. A sheet's total is 100 · Σ w·x / Σ w·most (rules/rubric.py). The
severity of judges is estimated over all entries of the round that are marked by one rubric, its
divisions together, and taken out where the gate of rules/judging.py allows it; else the raw mean
stands. A practical task is the mean of its examiners' points, the last check of each. With a
public vote, mark = (1 - share) · jury + share · 100 · votes / most votes of an entry of the
division. An entry that could not be voted for has in place of its votes the mean of those that
could, or its own votes where they are more; where none of a division could, the mark is the
jury's alone. A decision of the jury may set the mark, or leave an entry out of the ranking.
Entries are ranked by division, those with at least one sheet or check.

Equal marks are settled by rules/final_order.py: a decision of the jury, the mean of the head
criterion (the counted one of the greatest weight, the first of equals), how many judges put the
entry first in its division, the earlier hand-in.

What is published is rounded on the way, half up, and every later step works on the rounded number:
six places for raw, adjusted, standard error and vote, two for the mark.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np

from contest.errors import Problem
from contest.rules.entry_rules import Check, practical_points
from contest.rules.final_order import CENT, TieFacts, count_firsts, final_order, head_means, prizes
from contest.rules.judging import Adjustment, EntryScore, Gate, adjust
from contest.rules.prize_chances import are_tied, chances
from contest.rules.rubric import Criterion, Rubric

PLACES = Decimal("0.000001")
CHANCE_PLACES = Decimal("0.0001")
WHOLE = 100
SURE = (Decimal("0.1"), Decimal("0.9"))  # chances between which an entry is deliberated
SAME = 1e-9  # points; nearer to the raw mean than this is rounding of the computation


@dataclass(frozen=True, slots=True)
class Prize:
    """`count` equal prizes of a division; the best ones come first."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class DivisionRules:
    """What a division ranks by; `rubric` None where only practical tasks are shown."""

    code: str
    prizes: tuple[Prize, ...]
    rubric: Rubric | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What was fixed beforehand, and why the jury went on where something was missing.

    `vote_share` in percent. `goes_on`: the reason to publish although some entries have fewer
    sheets than `judges_each`; empty: they hold the result up. `corrects`: SHA-256 of the published
    file that this one replaces, with the `reason`.
    """

    contest: str
    round: str
    divisions: tuple[DivisionRules, ...]
    judges_each: int
    vote_share: Decimal | None = None
    checklist: tuple[Check, ...] = ()
    goes_on: str = ""
    corrects: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A handed-in sheet that counts; points as they were written, by criterion."""

    judge: str
    version: int
    scores: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """What an examiner saw a person do; of several by one examiner the highest `no` counts."""

    examiner: str
    no: int
    ticked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that stands: "mark" sets it, "order" a place among the tied, "out" leaves out."""

    code: str
    kind: str
    mark: Decimal | None
    place: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class EntryInput:
    """An entry by its public code; `sent_at` an aware moment in UTC, ISO 8601.

    `left_out` names judges whose sheets do not count because of a conflict. `is_votable` says
    whether everybody could vote for it while the vote was open.
    """

    code: str
    division: str
    sent_at: str
    is_practical: bool = False
    votes: int = 0
    is_votable: bool = True
    sheets: tuple[Sheet, ...] = ()
    checks: tuple[Shown, ...] = ()
    decisions: tuple[Decided, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """Everything a result is computed from."""

    settings: Settings
    entries: tuple[EntryInput, ...]


@dataclass(frozen=True, slots=True)
class EntryOutcome:
    """What became of an entry. Numbers are rounded; None where there is none.

    `adjusted`, `se` and `within` (chance to be among the first m, by m) are there only where the
    gate allows it; the chances are those of the scores and votes, decisions aside. `jury`: raw or
    adjusted, what counts. `vote`: None where the mark is the jury's alone. `prize`: the number of
    the division's prize from 0. `tie`: the others of the same mark. `step`: what put the entry
    below the one before it (final_order.Step), empty for the first. `is_close`: its scores are
    less than a standard error from those of the one before.
    """

    code: str
    count: int
    totals: tuple[tuple[str, Decimal], ...]  # by judge or examiner
    raw: Decimal | None
    adjusted: Decimal | None
    se: Decimal | None
    jury: Decimal | None
    vote: Decimal | None
    mark: Decimal | None
    place: int | None
    prize: int | None
    within: Mapping[int, Decimal]
    is_unsure: bool
    is_short: bool
    is_out: bool
    tie: tuple[str, ...]
    step: str
    is_close: bool


@dataclass(frozen=True, slots=True)
class JudgeOutcome:
    """How many points a judge gave above (below 0: below) the others on the same entries."""

    judge: str
    effect: Decimal
    se: Decimal | None
    count: int


@dataclass(frozen=True, slots=True)
class Pool:
    """The divisions of one rubric: severity is estimated over all their entries together."""

    divisions: tuple[str, ...]
    gate: Gate
    verdict: Problem
    judges: tuple[JudgeOutcome, ...]
    judge_variance: Decimal
    residual_variance: Decimal
    severity_p: Decimal | None
    parts: tuple[tuple[str, ...], ...]  # entries that hang together, where there are several
    found: Adjustment


@dataclass(frozen=True, slots=True)
class DivisionOutcome:
    """A division's entries: the ranked in their order, then the others by code."""

    code: str
    entries: tuple[EntryOutcome, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    pools: tuple[Pool, ...]
    divisions: tuple[DivisionOutcome, ...]

    @property
    def short(self) -> tuple[str, ...]:
        """Name the entries with fewer sheets or checks than the round wants."""
        return tuple(
            each.code
            for division in self.divisions
            for each in division.entries
            if each.is_short and not each.is_out
        )


def compute(given: Input, *, seed: str) -> Outcome:
    """Make the result. `seed` (the hash of the input) is all the chance there is.

    Independent of the order in which entries, sheets and decisions are given. Raises Invalid for a
    sheet that is not complete, for points no criterion allows and for a tick on no line.
    """
    rows = {
        each.code: _Row.of(each, given.settings)
        for each in sorted(given.entries, key=lambda one: one.code)
    }
    pools = _pools(given.settings, rows.values())
    divisions = tuple(
        _Division(division, given.settings, pools.get(division.code), rows).outcome(seed)
        for division in given.settings.divisions
    )
    return Outcome(tuple({pool.divisions: pool for pool in pools.values()}.values()), divisions)


@dataclass(frozen=True, slots=True)
class _Row:
    """An entry with its totals, exact."""

    given: EntryInput
    totals: tuple[tuple[str, Decimal], ...]
    wanted: int
    decided: Mapping[str, Decided]

    @classmethod
    def of(cls, given: EntryInput, settings: Settings) -> "_Row":
        decided = {each.kind: each for each in sorted(given.decisions, key=lambda one: one.code)}
        if given.is_practical:
            last = {each.examiner: each for each in sorted(given.checks, key=lambda one: one.no)}
            totals = [
                (name, practical_points(settings.checklist, last[name].ticked))
                for name in sorted(last)
            ]
            return cls(given, tuple(totals), 1, decided)
        rubric = _rubric(settings, given.division)
        sheets = sorted(given.sheets, key=lambda one: (one.judge, one.version))
        totals = [(each.judge, rubric.total(each.scores)) for each in sheets] if rubric else []
        return cls(given, tuple(totals), settings.judges_each, decided)

    @property
    def raw(self) -> Decimal | None:
        if not self.totals:
            return None
        exact = sum((Fraction(total) for _, total in self.totals), Fraction(0))
        return rounded(exact / len(self.totals), PLACES)

    @property
    def is_out(self) -> bool:
        return "out" in self.decided


def _rubric(settings: Settings, division: str) -> Rubric | None:
    return next(each.rubric for each in settings.divisions if each.code == division)


def _pools(settings: Settings, rows: Iterable[_Row]) -> dict[str, "Pool"]:
    """Estimate severity once for each rubric; give the pool of every division with sheets."""
    alike: defaultdict[Rubric, list[str]] = defaultdict(list)
    judged = [row for row in rows if row.totals and not row.given.is_practical]
    for division in settings.divisions:
        if division.rubric is not None:
            alike[division.rubric].append(division.code)
    pools: dict[str, Pool] = {}
    for codes in alike.values():
        scores = [
            (row.given.code, judge, float(total))
            for row in judged
            if row.given.division in codes
            for judge, total in row.totals
        ]
        if scores:
            pool = _pool(tuple(codes), adjust(scores))
            pools |= dict.fromkeys(codes, pool)
    return pools


def _pool(codes: tuple[str, ...], found: Adjustment) -> Pool:
    parts = tuple(tuple(sorted(part.entries)) for part in found.components)
    return Pool(
        divisions=codes,
        gate=found.gate,
        verdict=found.verdict,
        judges=tuple(
            JudgeOutcome(name, _six(one.effect), _six_or_none(one.se), one.count)
            for name, one in found.judges.items()
        ),
        judge_variance=_six(found.judge_variance),
        residual_variance=_six(found.residual_variance),
        severity_p=_six_or_none(found.severity_p),
        parts=parts if len(parts) > 1 else (),
        found=found,
    )


@dataclass(frozen=True, slots=True)
class _Division:
    """A division while it is worked out; `rows` are all of the round, by code."""

    rules: DivisionRules
    settings: Settings
    pool: Pool | None
    rows: Mapping[str, _Row]

    def outcome(self, seed: str) -> DivisionOutcome:
        mine = [row for row in self.rows.values() if row.given.division == self.rules.code]
        votes = self._votes(mine)
        made = {row.given.code: self._entry(row, votes.get(row.given.code)) for row in mine}
        ranked = [row for row in mine if row.totals and not row.is_out]
        ordered = self._ordered(ranked, made, seed)
        rest = made.keys() - {each.code for each in ordered}
        return DivisionOutcome(self.rules.code, (*ordered, *(made[code] for code in sorted(rest))))

    def _votes(self, mine: Sequence[_Row]) -> dict[str, Decimal]:
        """Give each entry's points of the vote; none where the mark is the jury's alone.

        What could not be voted for is neither pushed down by votes nobody could give nor lifted
        above those that stood the vote: it gets their mean.
        """
        if self.settings.vote_share is None or not any(row.given.is_votable for row in mine):
            return {}
        most = max(row.given.votes for row in mine) or 1
        own = {
            row.given.code: rounded(Fraction(WHOLE * row.given.votes, most), PLACES) for row in mine
        }
        stood = [Fraction(own[row.given.code]) for row in mine if row.given.is_votable]
        mean = rounded(sum(stood, Fraction(0)) / len(stood), PLACES)
        return {
            code: points if self.rows[code].given.is_votable else max(points, mean)
            for code, points in own.items()
        }

    def _entry(self, row: _Row, vote: Decimal | None) -> EntryOutcome:
        raw, score = row.raw, self._score(row)
        adjusted = None if raw is None or score is None else _near(score.mean, raw)
        jury = raw if adjusted is None else adjusted
        decided = row.decided.get("mark")
        mark = None if jury is None else self._mixed(jury, vote)
        if decided is not None and mark is not None:
            mark = rounded(Fraction(decided.mark or 0), CENT)
        return EntryOutcome(
            code=row.given.code,
            count=len(row.totals),
            totals=row.totals,
            raw=raw,
            adjusted=adjusted,
            se=None if score is None else _six_or_none(score.se),
            jury=jury,
            vote=vote,
            mark=mark,
            place=None,
            prize=None,
            within={},
            is_unsure=False,
            is_short=len(row.totals) < row.wanted,
            is_out=row.is_out,
            tie=(),
            step="",
            is_close=False,
        )

    def _score(self, row: _Row) -> EntryScore | None:
        """Give what may be published of the adjustment; None where the raw mean stands."""
        if self.pool is None or self.pool.gate is not Gate.ADJUST:
            return None
        return self.pool.found.entries.get(row.given.code)

    def _mixed(self, jury: Decimal, vote: Decimal | None) -> Decimal:
        share = self._share(vote)
        return rounded((1 - share) * Fraction(jury) + share * Fraction(vote or 0), CENT)

    def _share(self, vote: Decimal | None) -> Fraction:
        """Return how much of a mark is the vote's: nothing where there was none to stand."""
        return Fraction(0) if vote is None else Fraction(self.settings.vote_share or 0) / WHOLE

    def _ordered(
        self, ranked: Sequence[_Row], made: Mapping[str, EntryOutcome], seed: str
    ) -> list[EntryOutcome]:
        if not ranked:
            return []
        marks = {row.given.code: made[row.given.code].mark or Decimal(0) for row in ranked}
        order = final_order(
            _as_adjustment(marks), self._facts(ranked), decisions=_orders(ranked, marks)
        )
        names = [(str(no), prize.count) for no, prize in enumerate(self.rules.prizes)]
        won = prizes(order, names).given
        evidence = self._evidence(ranked, made)
        chance = self._chances(evidence, seed)
        found = []
        for at, row in enumerate(order.rows):
            within = chance.get(row.entry, {})
            low, high = SURE
            found.append(
                replace(
                    made[row.entry],
                    place=row.place,
                    prize=int(won[row.entry]) if row.entry in won else None,
                    within=within,
                    is_unsure=any(low < one < high for one in within.values()),
                    tie=row.tie,
                    step="" if row.step is None else row.step.value,
                    is_close=at > 0
                    and evidence is not None
                    and are_tied(evidence, order.rows[at - 1].entry, row.entry),
                )
            )
        return found

    def _facts(self, ranked: Sequence[_Row]) -> dict[str, TieFacts]:
        heads = head_means(
            (row.given.code, points) for row in ranked for points in self._head_points(row)
        )
        firsts = count_firsts(
            (row.given.code, judge, float(total)) for row in ranked for judge, total in row.totals
        )
        return {
            row.given.code: TieFacts(
                head=heads.get(row.given.code),
                firsts=firsts[row.given.code],
                handed_in_at=datetime.fromisoformat(row.given.sent_at),
            )
            for row in ranked
        }

    def _head_points(self, row: _Row) -> list[Decimal]:
        if self.rules.rubric is None or row.given.is_practical:
            return []
        head = head_criterion(self.rules.rubric)
        return [self.rules.rubric.clean(each.scores)[head.code] for each in row.given.sheets]

    def _evidence(
        self, ranked: Sequence[_Row], made: Mapping[str, EntryOutcome]
    ) -> Adjustment | None:
        """Give what the scores and votes say of the division: marks and how sure they are.

        None where raw means are published, whose errors are not known. Practical tasks have none
        either: they stand as they are.
        """
        if self.pool is None or self.pool.gate is not Gate.ADJUST:
            return None
        codes = [row.given.code for row in ranked]
        share = float(self._share(made[codes[0]].vote))  # alike in all of a division
        names = {name: at for at, name in enumerate(self.pool.found.entries)}
        judged = [at for at, code in enumerate(codes) if code in names]
        theirs = [names[codes[at]] for at in judged]
        spread = np.zeros((len(codes), len(codes)))
        spread[np.ix_(judged, judged)] = self.pool.found.covariance[np.ix_(theirs, theirs)]
        entries = {}
        for code in codes:
            one = made[code]
            mark = float(self._mixed(one.jury or Decimal(0), one.vote))
            entries[code] = EntryScore(mark, mark, None, one.count)
        return replace(self.pool.found, entries=entries, covariance=(1 - share) ** 2 * spread)

    def _chances(self, evidence: Adjustment | None, seed: str) -> dict[str, dict[int, Decimal]]:
        counts = np.cumsum([prize.count for prize in self.rules.prizes], dtype=int)
        if evidence is None or not len(counts):
            return {}
        digest = hashlib.sha256(f"{seed}|{self.rules.code}".encode()).hexdigest()
        found = chances(evidence, [int(one) for one in counts], seed=int(digest[:15], 16))
        return {
            code: {
                place: Decimal(one).quantize(CHANCE_PLACES) for place, one in chance.within.items()
            }
            for code, chance in found.items()
        }


def head_criterion(rubric: Rubric) -> Criterion:
    """Return the criterion that settles ties first: the heaviest counted one, first of equals."""
    return max(rubric.counted, key=lambda one: one.weight)


def rounded(exact: Fraction, places: Decimal) -> Decimal:
    """Round a fraction to `places` (a power of ten), half up, without a detour by floats."""
    units = math.floor(exact / Fraction(places) + Fraction(1, 2))
    return (units * places).quantize(places)


def _as_adjustment(marks: Mapping[str, Decimal]) -> Adjustment:
    """Show final marks to the rules of the order: as they are, and sure."""
    return Adjustment(
        entries={
            code: EntryScore(float(mark), float(mark), None, 1) for code, mark in marks.items()
        },
        judges={},
        judge_variance=0.0,
        residual_variance=0.0,
        minus_two_reml=None,
        severity_p=None,
        components=(),
        gate=Gate.ADJUST,
        verdict=Problem(""),
        covariance=np.zeros((len(marks), len(marks))),
    )


def _orders(ranked: Sequence[_Row], marks: Mapping[str, Decimal]) -> list[list[str]]:
    """Give the jury's own order of those ties in which it gave every entry a place."""
    ties: defaultdict[Decimal, list[tuple[int, str]]] = defaultdict(list)
    whole: defaultdict[Decimal, int] = defaultdict(int)
    for row in ranked:
        mark = marks[row.given.code]
        whole[mark] += 1
        if (decided := row.decided.get("order")) is not None:
            ties[mark].append((decided.place or 0, row.given.code))
    return [
        [code for _, code in sorted(tie)]
        for mark, tie in ties.items()
        if _is_whole(tie, whole[mark])
    ]


def _is_whole(tie: Sequence[tuple[int, str]], size: int) -> bool:
    return sorted(place for place, _ in tie) == list(range(1, size + 1))


def _near(found: float, raw: Decimal) -> Decimal:
    """Round an adjusted score; where nothing was adjusted it is the raw one to the last digit."""
    return raw if abs(found - float(raw)) < SAME else _six(found)


def _six(number: float) -> Decimal:
    return Decimal(f"{number:.6f}") + 0  # no minus before a nought


def _six_or_none(number: float | None) -> Decimal | None:
    return None if number is None else _six(number)
