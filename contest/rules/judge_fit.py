"""How each judge scores beside the others, and how far a panel disagrees: for the chair alone.

Nothing here changes a result. A judge who is erratic, who keeps to the middle, who orders entries
unlike the others or who drifts is named in a plain sentence, so that the chair looks at the sheets.
The residual of a score is what the adjusted entry and the judge's effect leave unexplained.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import numpy.typing as npt

from contest.errors import N_, Problem
from contest.rules.judging import FEWEST_ENTRIES, Adjustment, Gate, Score

ERRATIC = 1.5  # times the common spread
NARROW, WIDE = 0.5, 1.5  # slope on the adjusted score
UNLIKE = 0.3  # correlation with the others' mean
FAR = 2.0  # times the spread of the judges' effects
SURE = 2.0  # standard errors before severity, a slope or a drift is spoken of
DISAGREED = 2.0  # times the common spread

STRICT_MADE_UP = N_(
    "Giám khảo %(judge)s cho thấp hơn các giám khảo khác %(points)s điểm trên cùng bài; điểm đã "
    "được bù phần đó."
)
KIND_MADE_UP = N_(
    "Giám khảo %(judge)s cho cao hơn các giám khảo khác %(points)s điểm trên cùng bài; điểm đã "
    "được bù phần đó."
)
STRICT = N_(
    "Giám khảo %(judge)s cho thấp hơn các giám khảo khác %(points)s điểm trên cùng bài; điểm công "
    "bố chưa được bù phần đó."
)
KIND = N_(
    "Giám khảo %(judge)s cho cao hơn các giám khảo khác %(points)s điểm trên cùng bài; điểm công "
    "bố chưa được bù phần đó."
)
OUTLYING = N_(
    "Giám khảo %(judge)s chấm chặt tay hoặc dễ tay hơn hẳn phần lớn hội đồng. Trưởng ban nên xem "
    "lại các phiếu của người này."
)
UNSTEADY = N_(
    "Điểm của giám khảo %(judge)s lệch thất thường, gấp %(times)s lần mức chung. Trưởng ban nên "
    "xem lại các phiếu lệch nhiều nhất."
)
CENTRAL = N_(
    "Giám khảo %(judge)s cho các bài gần bằng điểm nhau: bài hơn nhau 10 điểm thì người này chỉ "
    "cho hơn %(points)s điểm."
)
STRETCHED = N_(
    "Giám khảo %(judge)s cho điểm tách xa nhau: bài hơn nhau 10 điểm thì người này cho hơn "
    "%(points)s điểm."
)
DIFFERENT = N_(
    "Giám khảo %(judge)s xếp các bài khác với những giám khảo còn lại (tương quan %(r)s). Trưởng "
    "ban nên hỏi người này đã hiểu tiêu chí như thế nào."
)
RISING = N_("Giám khảo %(judge)s càng về sau cho càng cao: khoảng %(points)s điểm sau mỗi 10 bài.")
FALLING = N_(
    "Giám khảo %(judge)s càng về sau cho càng thấp: khoảng %(points)s điểm sau mỗi 10 bài."
)
TOO_FEW = N_("Giám khảo %(judge)s mới chấm %(count)d bài, chưa đủ để nhận xét.")
SPLIT_PANEL = N_(
    "Các giám khảo chấm bài %(entry)s cách nhau tới %(points)s điểm. Hội đồng nên trao đổi lại về "
    "bài này."
)

Vector = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class JudgeFit:
    """One judge. None where there is too little to tell.

    `effect`: points above (below 0: below) the others on the same entries. `spread`: the standard
    deviation of the residuals over the common one. `slope`: of the scores on the adjusted entries,
    1 for a judge who uses the scale as all do. `agreement`: correlation with the mean of the
    others. `drift`: points by which scores rise from one entry to the next. `notes`: sentences for
    the chair, none where nothing stands out.
    """

    judge: str
    count: int
    effect: float
    is_outlying: bool
    spread: float | None
    slope: float | None
    agreement: float | None
    drift: float | None
    notes: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class PanelFit:
    """One entry's judges. `gap`: highest less lowest score, points.

    `spread`: the standard deviation of its residuals over the common one, None with one judge or
    where nothing is left unexplained.
    """

    entry: str
    count: int
    gap: float
    spread: float | None
    note: Problem | None


def judge_fits(
    found: Adjustment,
    scores: Iterable[Score],
    orders: Mapping[tuple[str, str], int] | None = None,
) -> dict[str, JudgeFit]:
    """Look at every judge of `scores`, the rows from which `found` was adjusted.

    `orders` gives the place of a score in its judge's work, from 1, by (entry, judge); without it
    no drift is looked for. Judges with fewer than 5 scores are only counted.
    """
    rows = _Rows.of(found, scores)
    return {judge: _judge_fit(rows, judge, orders or {}) for judge in found.judges}


def panel_fits(found: Adjustment, scores: Iterable[Score]) -> dict[str, PanelFit]:
    """Look at every entry's panel: how far its judges are apart once their severity is out."""
    rows = _Rows.of(found, scores)
    return {entry: _panel_fit(rows, entry) for entry in found.entries}


@dataclass(frozen=True, slots=True)
class _Rows:
    """The scores by judge and by entry, and the common spread of what is left over."""

    found: Adjustment
    of_judge: Mapping[str, list[tuple[str, float]]]
    of_entry: Mapping[str, list[tuple[str, float]]]
    common: float

    @classmethod
    def of(cls, found: Adjustment, scores: Iterable[Score]) -> "_Rows":
        of_judge, of_entry = defaultdict(list), defaultdict(list)
        for entry, judge, points in sorted(scores):
            of_judge[judge].append((entry, float(points)))
            of_entry[entry].append((judge, float(points)))
        return cls(found, of_judge, of_entry, math.sqrt(found.residual_variance))

    def left(self, entry: str, judge: str, points: float) -> float:
        return points - self.found.entries[entry].mean - self.found.judges[judge].effect

    def others(self, entry: str, judge: str) -> float | None:
        """Give the mean of an entry's other scores, each less its judge's effect."""
        theirs = [
            points - self.found.judges[other].effect
            for other, points in self.of_entry[entry]
            if other != judge
        ]
        return math.fsum(theirs) / len(theirs) if theirs else None


def _judge_fit(rows: _Rows, judge: str, orders: Mapping[tuple[str, str], int]) -> JudgeFit:
    mine = rows.of_judge[judge]
    effect = rows.found.judges[judge].effect
    variance = rows.found.judge_variance
    is_outlying = effect**2 > FAR**2 * variance > 0
    if len(mine) < FEWEST_ENTRIES:
        few = Problem(TOO_FEW, judge=judge, count=len(mine))
        return JudgeFit(judge, len(mine), effect, is_outlying, None, None, None, None, (few,))
    left = np.array([rows.left(entry, judge, points) for entry, points in mine])
    given = np.array([points for _, points in mine])
    means = np.array([rows.found.entries[entry].mean for entry, _ in mine])
    slope = _line(means, given)
    drift = _drift(left, [orders.get((entry, judge)) for entry, _ in mine])
    spread = _ratio(left, rows)
    agreement = _agreement(rows, judge)
    notes = (
        *_severity(rows.found, judge, is_outlying=is_outlying),
        *_steadiness(judge, spread, agreement),
        *_usage(judge, slope, drift),
    )
    return JudgeFit(
        judge=judge,
        count=len(mine),
        effect=effect,
        is_outlying=is_outlying,
        spread=spread,
        slope=None if slope is None else slope.slope,
        agreement=agreement,
        drift=None if drift is None else drift.slope,
        notes=notes,
    )


@dataclass(frozen=True, slots=True)
class _Line:
    slope: float
    error: float

    def differs(self, from_slope: float) -> bool:
        return abs(self.slope - from_slope) > SURE * self.error


def _line(x: Vector, y: Vector) -> _Line | None:
    """Fit a line by least squares; None where all x are (but for rounding) the same."""
    here, there = x - x.mean(), y - y.mean()
    width = float(here @ here)
    if math.sqrt(width) <= 1e-9 * (1 + float(np.abs(x).max())):
        return None
    slope = float(here @ there) / width
    left = there - slope * here
    return _Line(slope, math.sqrt(float(left @ left) / (len(x) - 2) / width))


def _drift(left: Vector, places: list[int | None]) -> _Line | None:
    known = [at for at, place in enumerate(places) if place is not None]
    if len(known) < FEWEST_ENTRIES:
        return None
    return _line(np.array([float(places[at] or 0) for at in known]), left[known])


def _ratio(left: Vector, rows: _Rows) -> float | None:
    """Compare the spread of one judge's residuals with the common one.

    The common spread counts each score as (ratings − entries) / ratings of a degree of freedom, so
    the judge's own sum of squares is divided alike; a judge like all others has about 1.
    """
    ratings = sum(len(mine) for mine in rows.of_judge.values())
    if rows.common == 0:
        return None
    freedom = len(left) * (ratings - len(rows.of_entry)) / ratings
    return math.sqrt(float(left @ left) / freedom) / rows.common


def _agreement(rows: _Rows, judge: str) -> float | None:
    """Correlate a judge's scores with the others' means on the entries that others saw too."""
    seen = [(points, rows.others(entry, judge)) for entry, points in rows.of_judge[judge]]
    both = np.array([(mine, theirs) for mine, theirs in seen if theirs is not None])
    if len(both) < FEWEST_ENTRIES:
        return None
    mine, theirs = (both - both.mean(axis=0)).T
    size = math.sqrt(float(mine @ mine) * float(theirs @ theirs))
    return float(mine @ theirs) / size if size > 0 else None


def _severity(found: Adjustment, judge: str, *, is_outlying: bool) -> Iterator[Problem]:
    effect, error = found.judges[judge].effect, found.judges[judge].se
    points = _said(abs(effect))
    if error is not None and abs(effect) > SURE * error and points > 0:
        made_up = found.gate is Gate.ADJUST
        low, high = (STRICT_MADE_UP, KIND_MADE_UP) if made_up else (STRICT, KIND)
        yield Problem(low if effect < 0 else high, judge=judge, points=points)
    if is_outlying:
        yield Problem(OUTLYING, judge=judge)


def _steadiness(judge: str, spread: float | None, agreement: float | None) -> Iterator[Problem]:
    if spread is not None and spread > ERRATIC:
        yield Problem(UNSTEADY, judge=judge, times=_said(spread))
    if agreement is not None and agreement < UNLIKE:
        yield Problem(DIFFERENT, judge=judge, r=_said(agreement, "0.01"))


def _usage(judge: str, slope: _Line | None, drift: _Line | None) -> Iterator[Problem]:
    if slope is not None and slope.differs(1.0) and not NARROW <= slope.slope <= WIDE:
        sentence = CENTRAL if slope.slope < NARROW else STRETCHED
        yield Problem(sentence, judge=judge, points=_said(max(0.0, 10 * slope.slope)))
    if drift is not None and drift.differs(0.0) and (ten := _said(10 * abs(drift.slope))) > 0:
        yield Problem(RISING if drift.slope > 0 else FALLING, judge=judge, points=ten)


def _panel_fit(rows: _Rows, entry: str) -> PanelFit:
    theirs = rows.of_entry[entry]
    points = [given for _, given in theirs]
    gap = max(points) - min(points)
    if len(theirs) == 1 or rows.common == 0:
        return PanelFit(entry, len(theirs), gap, None, None)
    left = np.array([rows.left(entry, judge, given) for judge, given in theirs])
    spread = float(left.std(ddof=1)) / rows.common
    note = Problem(SPLIT_PANEL, entry=entry, points=_said(gap)) if spread > DISAGREED else None
    return PanelFit(entry, len(theirs), gap, spread, note)


def _said(number: float, places: str = "0.1") -> Decimal:
    return Decimal(number).quantize(Decimal(places), ROUND_HALF_UP)
