"""A jury's scores made comparable: entries as they are, judges' severity taken out.

The model is y = u(entry) + b(judge) + e with entries fixed and judges random, b ~ N(0, σ_b²) and
e ~ N(0, σ_e²), fitted by REML (Patterson & Thompson, Biometrika 58, 1971) over the one ratio
λ = σ_b²/σ_e²; two-way effects for panels as in Kuhlisch et al., Metrika 79 (2016). A strict judge
who happened to see strong entries pulls nobody down, and a strong district is not taken for a
lenient panel: with entries fixed, the judges' effects of each connected part sum up to nothing.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from contest.errors import N_, Invalid, Problem

Matrix = npt.NDArray[np.floating]
Score = tuple[str, str, float]

FEWEST_ENTRIES = 5  # a judge has seen before severity is told apart from luck
LOG_RATIOS = np.linspace(-12.0, 8.0, 81)  # of λ; beyond, the answer does not change any more
GOLDEN = (math.sqrt(5) - 1) / 2
STEPS = 60  # of the golden section: the last bracket is some 1e-13 wide
# ln λ is taken from this grid. Around its minimum the deviance is too flat for the last digits to
# mean anything; on a grid every machine finds the same λ, and so the same result file.
FINE = 1e-3
AGREED = 1e-12  # of the total sum of squares: what is left is rounding

CONNECTED = N_("Điểm đã được bù phần chặt tay hoặc dễ tay của từng giám khảo.")
APART = N_(
    "Giám khảo và bài dự thi tách thành %(parts)d nhóm không có bài chấm chung, nên điểm giữa các "
    "nhóm không so sánh được. Hãy xếp hạng trong từng nhóm, hoặc cho vài bài được mọi giám khảo "
    "chấm."
)
TOO_FEW_SCORES = N_(
    "Mỗi bài mới có khoảng một phiếu chấm, nên chưa tách được phần chặt tay hoặc dễ tay của "
    "giám khảo. Kết quả dùng điểm trung bình."
)
TOO_FEW_ENTRIES = N_(
    "Có giám khảo mới chấm ít hơn %(fewest)d bài, nên chưa đủ để bù phần chặt tay hoặc dễ tay. "
    "Kết quả dùng điểm trung bình."
)
NOT_A_NUMBER = N_("Điểm chấm phải là một số.")


class Gate(StrEnum):
    """Whether the adjusted scores may be the result; else the raw means are."""

    ADJUST = "adjust"
    APART = "apart"
    TOO_FEW_SCORES = "too_few_scores"
    TOO_FEW_ENTRIES = "too_few_entries"


@dataclass(frozen=True, slots=True)
class EntryScore:
    """`raw`: the mean of an entry's scores; `mean`: adjusted; `se`: its standard error, points.

    `se` is None where nothing tells how much judges differ.
    """

    mean: float
    raw: float
    se: float | None
    count: int


@dataclass(frozen=True, slots=True)
class JudgeEffect:
    """How many points a judge gives above (below 0: below) the others on the same entries."""

    effect: float
    se: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Part:
    """Entries and judges that hang together by scores."""

    entries: frozenset[str]
    judges: frozenset[str]


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What `adjust` found. Variances are in points², `severity_p` a chance 0..1.

    `gate` and its sentence `verdict` say whether `mean` may be published; `published` gives what
    may. `covariance` is that of the entries' means, in the order of `entries`.
    """

    entries: Mapping[str, EntryScore]
    judges: Mapping[str, JudgeEffect]
    judge_variance: float
    residual_variance: float
    minus_two_reml: float | None
    severity_p: float | None
    components: tuple[Part, ...]
    gate: Gate
    verdict: Problem
    covariance: Matrix

    def published(self, entry: str) -> float:
        """Give the score of an entry that may be announced, points."""
        found = self.entries[entry]
        return found.mean if self.gate is Gate.ADJUST else found.raw


def adjust(scores: Iterable[Score]) -> Adjustment:
    """Take judges' severity out of `scores` of (entry, judge, points).

    Pure, and independent of the order of the scores. Entries and judges come back sorted. Where the
    model cannot be fitted (no more scores than entries) every mean is the raw one; where judges
    agree wholly or severity is not to be seen, the adjusted means are the raw ones by themselves.
    Raises Invalid for a score that is not a finite number.
    """
    rows = sorted((entry, judge, float(points)) for entry, judge, points in scores)
    if not all(math.isfinite(points) for *_, points in rows):
        raise Invalid(NOT_A_NUMBER)
    table = _Table.of(rows)
    parts = _parts(rows)
    fit = table.fit()
    gate = _gate(table, parts)
    raw = table.raw()
    entries = {
        name: EntryScore(
            mean=float(fit.means[at]),
            raw=float(raw[at]),
            se=fit.entry_error(at),
            count=int(table.per_entry[at]),
        )
        for at, name in enumerate(table.entries)
    }
    judges = {
        name: JudgeEffect(float(fit.effects[at]), fit.judge_error(at), int(table.per_judge[at]))
        for at, name in enumerate(table.judges)
    }
    return Adjustment(
        entries=entries,
        judges=judges,
        judge_variance=fit.ratio * fit.residual,
        residual_variance=fit.residual,
        minus_two_reml=fit.deviance,
        severity_p=_severity_p(fit),
        components=parts,
        gate=gate,
        verdict=_verdict(gate, parts),
        covariance=fit.covariance,
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    """The model at its best ratio; `deviance` is -2 REML, `flat` the same without severity."""

    means: Matrix
    effects: Matrix
    ratio: float
    residual: float
    deviance: float | None
    flat: float | None
    covariance: Matrix
    judge_covariance: Matrix

    def entry_error(self, at: int) -> float | None:
        return None if self.deviance is None else math.sqrt(max(0.0, self.covariance[at, at]))

    def judge_error(self, at: int) -> float | None:
        if self.deviance is None:
            return None
        return math.sqrt(max(0.0, self.judge_covariance[at, at]))


@dataclass(frozen=True, slots=True)
class _Spectrum:
    """The judges' equations with the entries swept out, by the eigenvectors of their matrix.

    C = diag(d) - T'diag(1/c)T and r = t - T'(s/c) are what judges differ by on the same entries;
    at any ratio λ the effects are (C + 1/λ)⁻¹r, and det M · Π(1 + λd) = Π c · det(1 + λC), so that
    one ratio costs as much as there are judges, not entries.
    """

    values: Matrix
    vectors: Matrix
    seen: Matrix  # r in the eigenvectors' coordinates
    within: float  # what is left of the squares with entries alone
    floor: float
    freedom: int
    log_counts: float

    @classmethod
    def of(cls, table: "_Table", within: float) -> "_Spectrum":
        shares = table.counts / table.per_entry[:, None]
        matrix = np.diag(table.per_judge) - table.counts.T @ shares
        values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
        return cls(
            values=np.clip(values, 0, None),
            vectors=vectors,
            seen=vectors.T @ (table.of_judge - shares.T @ table.of_entry),
            within=within,
            floor=AGREED * table.squares,
            freedom=table.freedom,
            log_counts=float(np.log(table.per_entry).sum()),
        )

    def shrunk(self, ratio: float) -> Matrix:
        """Give the eigenvalues of (C + 1/λ)⁻¹."""
        shrunk: Matrix = ratio / (1 + ratio * self.values)
        return shrunk

    def inverse(self, ratio: float) -> Matrix:
        inverse: Matrix = (self.vectors * self.shrunk(ratio)) @ self.vectors.T
        return inverse

    def effects(self, ratio: float) -> Matrix:
        effects: Matrix = self.vectors @ (self.shrunk(ratio) * self.seen)
        return effects

    def residual(self, ratio: float) -> float:
        left = self.within - float(self.seen @ (self.shrunk(ratio) * self.seen))
        return max(left, self.floor) / self.freedom

    def deviance(self, ratio: float) -> float:
        return (
            self.log_counts
            + float(np.log1p(ratio * self.values).sum())
            + self.freedom * (1 + math.log(2 * math.pi * self.residual(ratio)))
        )

    def best_ratio(self) -> float:
        """Find the ratio of the least -2 REML: a grid, then a golden section around its best."""
        found = [self._at(float(one)) for one in LOG_RATIOS]
        at = int(np.argmin(found))
        low = float(LOG_RATIOS[max(0, at - 1)])
        high = float(LOG_RATIOS[min(len(LOG_RATIOS) - 1, at + 1)])
        one, two = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        at_one, at_two = self._at(one), self._at(two)
        for _ in range(STEPS):
            if at_one <= at_two:
                high, two, at_two = two, one, at_one
                one = high - GOLDEN * (high - low)
                at_one = self._at(one)
            else:
                low, one, at_one = one, two, at_two
                two = low + GOLDEN * (high - low)
                at_two = self._at(two)
        near = round((low + high) / 2 / FINE)
        best = min((near - 1, near, near + 1), key=lambda one: (self._at(one * FINE), one))
        return math.exp(best * FINE)

    def _at(self, log_ratio: float) -> float:
        return self.deviance(math.exp(log_ratio))


@dataclass(frozen=True, slots=True)
class _Table:
    """Scores as sums: T (entries by judges, counts), what each gave and got, centred."""

    entries: tuple[str, ...]
    judges: tuple[str, ...]
    counts: Matrix
    of_entry: Matrix
    of_judge: Matrix
    squares: float
    centre: float

    @classmethod
    def of(cls, rows: list[Score]) -> "_Table":
        entries = tuple(sorted({entry for entry, *_ in rows}))
        judges = tuple(sorted({judge for _, judge, _ in rows}))
        entry_at = {name: at for at, name in enumerate(entries)}
        judge_at = {name: at for at, name in enumerate(judges)}
        counts = np.zeros((len(entries), len(judges)))
        of_entry, of_judge = np.zeros(len(entries)), np.zeros(len(judges))
        centre = math.fsum(points for *_, points in rows) / len(rows) if rows else 0.0
        squares = math.fsum((points - centre) ** 2 for *_, points in rows)
        for entry, judge, points in rows:
            counts[entry_at[entry], judge_at[judge]] += 1
            of_entry[entry_at[entry]] += points - centre
            of_judge[judge_at[judge]] += points - centre
        return cls(entries, judges, counts, of_entry, of_judge, squares, centre)

    @property
    def per_entry(self) -> Matrix:
        sums: Matrix = self.counts.sum(axis=1)
        return sums

    @property
    def per_judge(self) -> Matrix:
        sums: Matrix = self.counts.sum(axis=0)
        return sums

    @property
    def freedom(self) -> int:
        return int(self.counts.sum()) - len(self.entries)

    def raw(self) -> Matrix:
        if not self.entries:
            return np.zeros(0)
        return self.of_entry / self.per_entry + self.centre

    def fit(self) -> _Fit:
        """Fit the model at the ratio of the least -2 REML."""
        size, judges = len(self.entries), len(self.judges)
        unsaid = _Fit(
            means=self.raw(),
            effects=np.zeros(judges),
            ratio=0.0,
            residual=0.0,
            deviance=None,
            flat=None,
            covariance=np.zeros((size, size)),
            judge_covariance=np.zeros((judges, judges)),
        )
        if self.freedom <= 0 or self.squares == 0:
            return unsaid
        within = self.squares - float(self.of_entry @ (self.of_entry / self.per_entry))
        if within <= AGREED * self.squares:
            return unsaid
        spectrum = _Spectrum.of(self, within)
        flat, ratio = spectrum.deviance(0.0), spectrum.best_ratio()
        if flat <= spectrum.deviance(ratio):
            ratio = 0.0
        effects, inverse = spectrum.effects(ratio), spectrum.inverse(ratio)
        residual = spectrum.residual(ratio)
        shares = self.counts / self.per_entry[:, None]
        return _Fit(
            means=(self.of_entry - self.counts @ effects) / self.per_entry + self.centre,
            effects=effects,
            ratio=ratio,
            residual=residual,
            deviance=spectrum.deviance(ratio),
            flat=flat,
            covariance=residual * (np.diag(1 / self.per_entry) + shares @ inverse @ shares.T),
            judge_covariance=residual * inverse,
        )


def _parts(rows: list[Score]) -> tuple[Part, ...]:
    """Find what hangs together by scores, the largest part first."""
    graph: defaultdict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for entry, judge, _points in rows:
        graph["entry", entry].add(("judge", judge))
        graph["judge", judge].add(("entry", entry))
    found, seen = [], set[tuple[str, str]]()
    for start in sorted(graph):
        if start in seen:
            continue
        reached, todo = {start}, [start]
        while todo:
            fresh = graph[todo.pop()] - reached
            reached |= fresh
            todo += fresh
        seen |= reached
        names = {
            side: frozenset(name for kind, name in reached if kind == side)
            for side in ("entry", "judge")
        }
        found.append(Part(names["entry"], names["judge"]))
    return tuple(sorted(found, key=lambda part: (-len(part.entries), min(part.entries))))


def _gate(table: _Table, parts: tuple[Part, ...]) -> Gate:
    if len(parts) > 1:
        return Gate.APART
    if table.freedom <= 0:
        return Gate.TOO_FEW_SCORES
    seen = Counter[str]()
    for at, judge in enumerate(table.judges):
        seen[judge] = int((table.counts[:, at] > 0).sum())
    if min(seen.values()) < FEWEST_ENTRIES:
        return Gate.TOO_FEW_ENTRIES
    return Gate.ADJUST


def _verdict(gate: Gate, parts: tuple[Part, ...]) -> Problem:
    if gate is Gate.APART:
        return Problem(APART, parts=len(parts))
    if gate is Gate.TOO_FEW_ENTRIES:
        return Problem(TOO_FEW_ENTRIES, fewest=FEWEST_ENTRIES)
    return Problem(TOO_FEW_SCORES if gate is Gate.TOO_FEW_SCORES else CONNECTED)


def _severity_p(fit: _Fit) -> float | None:
    """Give the chance of so much severity by luck: a half and half mixture of χ²₀ and χ²₁.

    Self & Liang, JASA 82 (1987): the variance under test lies on the edge of what is possible.
    """
    if fit.deviance is None or fit.flat is None:
        return None
    gain = max(0.0, fit.flat - fit.deviance)
    return 0.5 * math.erfc(math.sqrt(gain / 2))
