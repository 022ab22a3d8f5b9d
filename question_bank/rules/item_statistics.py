"""The figures of questions and papers, from a table of scores.

Definitions as in Moodle's "Quiz statistics calculations" (docs.moodle.org/dev) and the figures
its quiz statistics report shows, so that both can be laid side by side; checked against the
figures of Moodle's own test quiz. Notation: x_p(s) points of item p in row s, T_s the total of
the row, X_p(s) = T_s - x_p(s) the rest, V and C variance and covariance over n - 1.

Papers are drawn, so a row holds some of the items only. As Moodle does for random questions, the
figures of an item come from the rows that hold it. What that changes: docs/item-analysis.md.
A figure that is not defined is None, never 0, never NaN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, sqrt
from operator import sub
from statistics import median

from contest.errors import N_, Invalid
from question_bank.rules.statistics_sums import (
    central_moment,
    covariance,
    deviations,
    mean,
    variance,
)

MOST = 1e9  # no points are larger; it keeps the sums of fourth powers finite


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What is known of an item beforehand; `random_guess` (see there) and weight in percent.

    Without `intended_weight` it is worked out from the papers.
    """

    id: int
    max_points: float
    random_guess: float | None = None
    intended_weight: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.max_points <= MOST:
            raise Invalid(N_("Điểm tối đa của câu phải lớn hơn 0."))


@dataclass(frozen=True, slots=True)
class Row:
    """One paper handed in. An item that is absent was not on it; None is a blank, 0 points."""

    total: float
    points: Mapping[int, float | None]

    def __post_init__(self) -> None:
        if not all(abs(value or 0) <= MOST for value in (self.total, *self.points.values())):
            raise Invalid(N_("Điểm phải là một số hữu hạn."))


@dataclass(frozen=True, slots=True)
class Scores:
    items: tuple[ItemFacts, ...]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        known = {item.id for item in self.items}
        if len(known) < len(self.items):
            raise Invalid(N_("Bảng điểm có hai câu trùng mã."))
        if not all(known.issuperset(row.points) for row in self.rows):
            raise Invalid(N_("Bảng điểm có câu không nằm trong danh sách câu."))


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """Figures of one item over the `n` rows that hold it; all but `n` in percent.

    facility: 100 · mean(x_p) / max_p.
    sd: 100 · sqrt V(x_p) / max_p, as Moodle's report shows it.
    intended_weight: share of the paper's points, 100 · max_p / Σ max_q; mean over its papers.
    effective_weight: 100 · sqrt C(x_p, T) / Σ sqrt C(x_q, T) over the items q of the paper, those
    with C < 0 left out; mean over its papers, which are all alike in Moodle. None when C < 0.
    discrimination_index: 100 · C(x_p, X_p) / sqrt(V(x_p) V(X_p)), the correlation with the rest.
    discriminative_efficiency: 100 · C(x_p, X_p) / C_max, C_max the covariance of the same points
    and rests both sorted: how much of the discrimination possible at this facility there is.
    """

    n: int
    facility: float | None = None
    sd: float | None = None
    random_guess: float | None = None
    intended_weight: float | None = None
    effective_weight: float | None = None
    discrimination_index: float | None = None
    discriminative_efficiency: float | None = None


@dataclass(frozen=True, slots=True)
class PaperStatistics:
    """Figures of the totals. mean, median, sd, standard_error in points; alpha, ratio in percent.

    sd: sqrt V(T).
    skewness: k3 / k2^(3/2) with k2 = n m2 / (n-1), k3 = n² m3 / ((n-1)(n-2)), m_k central moments.
    kurtosis: k4 / k2² with k4 = n² ((n+1) m4 - 3 (n-1) m2²) / ((n-1)(n-2)(n-3)); 0 when normal.
    cronbach_alpha: Moodle's coefficient of internal consistency,
    100 · P/(P-1) · (1 - (Σ V(x_p) + V(M)) / V(T)), at most 100, with P and Σ V(x_p) the means over
    the papers. V(M), the variance of what the drawn items give on average (M_s = Σ mean(x_p)), is
    0 when everybody has the same items and the formula is Moodle's; else it counts the luck of
    the draw as error, as Moodle's variances by slot do.
    error_ratio: 100 · sqrt(1 - alpha/100). standard_error: error_ratio/100 · sd.
    """

    n: int
    mean: float | None = None
    median: float | None = None
    sd: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None
    cronbach_alpha: float | None = None
    error_ratio: float | None = None
    standard_error: float | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    items: Mapping[int, ItemStatistics]
    paper: PaperStatistics


@dataclass(slots=True)
class _Column:
    """What the rows that hold an item say of it."""

    points: list[float] = field(default_factory=list)
    totals: list[float] = field(default_factory=list)
    intended: list[float] = field(default_factory=list)
    effective: list[float] = field(default_factory=list)
    with_total: float | None = None  # C(x_p, T)


def analyse(scores: Scores) -> Analysis:
    """Work out every figure, in one walk over the table for each step; any order of rows."""
    columns = {item.id: _Column() for item in scores.items}
    for row in scores.rows:
        for id_, points in row.points.items():
            columns[id_].points.append(points or 0.0)
            columns[id_].totals.append(row.total)
    for column in columns.values():
        if column.points:
            column.with_total = covariance(deviations(column.points), deviations(column.totals))
    _weigh(scores, columns)
    items = {item.id: _item_statistics(item, columns[item.id]) for item in scores.items}
    return Analysis(items, _paper_statistics(scores.rows, columns))


def _weigh(scores: Scores, columns: Mapping[int, _Column]) -> None:
    most = {item.id: item.max_points for item in scores.items}
    root = {id_: sqrt(max(0.0, column.with_total or 0.0)) for id_, column in columns.items()}
    for row in scores.rows:
        all_points, all_roots = (fsum(of[id_] for id_ in row.points) for of in (most, root))
        for id_ in row.points:
            columns[id_].intended.append(most[id_] / all_points)
            if all_roots:
                columns[id_].effective.append(root[id_] / all_roots)


def _item_statistics(item: ItemFacts, column: _Column) -> ItemStatistics:
    if not column.points:
        return ItemStatistics(
            0, random_guess=item.random_guess, intended_weight=item.intended_weight
        )
    rest = list(map(sub, column.totals, column.points))
    intended, effective = item.intended_weight, None
    if intended is None:
        intended = 100 * mean(column.intended)
    if column.effective and column.with_total is not None and column.with_total >= 0:
        effective = 100 * mean(column.effective)
    spread = variance(deviations(column.points))
    index, efficiency = _discrimination(column.points, rest)
    return ItemStatistics(
        n=len(column.points),
        facility=100 * mean(column.points) / item.max_points,
        sd=None if spread is None else 100 * sqrt(spread) / item.max_points,
        random_guess=item.random_guess,
        intended_weight=intended,
        effective_weight=effective,
        discrimination_index=index,
        discriminative_efficiency=efficiency,
    )


def _discrimination(
    points: Sequence[float], rest: Sequence[float]
) -> tuple[float | None, float | None]:
    own, other = deviations(points), deviations(rest)
    together, most = covariance(own, other), covariance(sorted(own), sorted(other))
    spread = sqrt(variance(own) or 0.0) * sqrt(variance(other) or 0.0)
    if together is None or not most:  # sorted, they vary together unless one of them is constant
        return None, None
    return max(-100.0, min(100.0, 100 * together / spread)), min(100.0, 100 * together / most)


def _paper_statistics(rows: Sequence[Row], columns: Mapping[int, _Column]) -> PaperStatistics:
    n = len(rows)
    if not n:
        return PaperStatistics(0)
    totals = [row.total for row in rows]
    away = deviations(totals)
    spread = variance(away)
    k2 = spread or 0.0
    skewness = kurtosis = None
    if k2 and n > 2:  # noqa: PLR2004 -- a third moment needs three
        k3 = n * n * central_moment(away, 3) / ((n - 1) * (n - 2))
        skewness = k3 / k2**1.5
    if k2 and n > 3:  # noqa: PLR2004 -- and a fourth four
        m2, m4 = central_moment(away, 2), central_moment(away, 4)
        k4 = n * n * ((n + 1) * m4 - 3 * (n - 1) * m2 * m2) / ((n - 1) * (n - 2) * (n - 3))
        kurtosis = k4 / (k2 * k2)
    alpha = _alpha(rows, columns, k2)
    ratio = None if alpha is None else 100 * sqrt(1 - alpha / 100)
    return PaperStatistics(
        n=n,
        mean=mean(totals),
        median=median(totals),
        sd=None if spread is None else sqrt(spread),
        skewness=skewness,
        kurtosis=kurtosis,
        cronbach_alpha=alpha,
        error_ratio=ratio,
        standard_error=None if ratio is None else ratio / 100 * sqrt(k2),
    )


def _alpha(rows: Sequence[Row], columns: Mapping[int, _Column], k2: float) -> float | None:
    length = mean([len(row.points) for row in rows])
    if not k2 or length <= 1:
        return None
    seen = {id_: column for id_, column in columns.items() if column.points}
    within = fsum(
        len(column.points) * (variance(deviations(column.points)) or 0.0)
        for column in seen.values()
    )
    means = {id_: mean(column.points) for id_, column in seen.items()}
    luck = variance(deviations([fsum(means[id_] for id_ in row.points) for row in rows])) or 0.0
    return min(100.0, 100 * length / (length - 1) * (1 - (within / len(rows) + luck) / k2))
