"""Which judge scores which entry: a plan that is reviewed first, then saved with its reasons.

Hard limits are never broken: no conflict, no more entries than a judge takes, the division and the
language fit. A full assignment is found wherever there is one. Within that: loads as equal as can
be, the same two judges together as seldom as can be, one connected graph of judges and entries (a
closed panel's severity cannot be told from its entries' quality), and anchors, entries that all may
score, for calibration. Near-balanced connected designs: Niu & Rosenberger, arXiv 1806.00034.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contest.errors import N_, Invalid, Problem
from contest.rules.judging import FEWEST_ENTRIES
from contest.rules.panel_graph import shape
from contest.rules.panels import Panels

NO_PANEL = N_("Mỗi bài cần ít nhất một giám khảo.")
NO_ANCHORS = N_("Số bài chấm chung không được nhỏ hơn 0.")
SHORT = N_("Bài %(entry)s mới có %(got)d trên %(wanted)d giám khảo.")
FEW_JUDGES = N_("Hội đồng chỉ có %(count)d giám khảo đang chấm.")
BY_CONFLICT = N_("%(count)d giám khảo có xung đột lợi ích với bài này.")
BY_DIVISION = N_("%(count)d giám khảo không chấm bảng “%(division)s”.")
BY_LANGUAGE = N_("%(count)d giám khảo không dùng ngôn ngữ của bài này.")
BY_TAKING_OFF = N_("%(count)d giám khảo đã được rút khỏi bài này.")
BY_LOAD = N_("%(count)d giám khảo đã nhận đủ số bài tối đa.")
ANCHOR_SHORT = N_(
    "Bài chấm chung %(entry)s có %(got)d trên %(wanted)d giám khảo chấm được, vì những người còn "
    "lại đã nhận đủ số bài tối đa."
)
FEW_ANCHORS = N_("Chỉ có %(got)d trên %(wanted)d bài chấm chung, vì không còn bài nào chấm được.")
APART = N_(
    "Giám khảo và bài dự thi tách thành %(parts)d nhóm không có bài chấm chung, nên sau này điểm "
    "giữa các nhóm không so sánh được. Hãy thêm bài chấm chung cho mọi giám khảo."
)
THIN = N_(
    "Có nhóm giám khảo chỉ nối với phần còn lại bằng một phiếu chấm. Hãy thêm bài chấm chung để "
    "phần bù điểm chắc chắn hơn."
)
FEW_ENTRIES = N_(
    "Giám khảo %(judges)s được giao ít hơn %(fewest)d bài, nên sau này chưa đủ để bù phần chặt tay "
    "hoặc dễ tay; kết quả sẽ dùng điểm trung bình."
)
FEW_RATINGS = N_(
    "Mỗi bài chỉ có khoảng một giám khảo, nên sau này chưa tách được phần chặt tay hoặc dễ tay; "
    "kết quả sẽ dùng điểm trung bình."
)


class Reason(StrEnum):
    """Why a judge has an entry. BRIDGE: it joins clusters of judges who would else not meet."""

    KEPT = "kept"
    ANCHOR = "anchor"
    BALANCE = "balance"
    TOP_UP = "top_up"
    BRIDGE = "bridge"


class Limit(StrEnum):
    """What keeps a judge from an entry; of several the first one counts."""

    CONFLICT = "conflict"
    DIVISION = "division"
    LANGUAGE = "language"
    TAKEN_OFF = "taken_off"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """`languages`: those a judge must know, all of them."""

    code: str
    division: str = ""
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JudgeFacts:
    """`most`: how many entries at the most, done ones counted; None: as many as there are.

    Without `divisions` a judge scores every division. One who is not active gets nothing new.
    """

    code: str
    most: int | None = None
    divisions: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Pair:
    """A judge who has an entry already; `is_done`: the sheet is handed in and counts."""

    entry: str
    judge: str
    is_done: bool = False
    is_anchor: bool = False


@dataclass(frozen=True, slots=True)
class Assigned:
    """`order`: the place of the entry in its judge's own queue, from 1."""

    entry: str
    judge: str
    reason: Reason
    is_anchor: bool
    order: int


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An entry with too few judges.

    `limits`: how many judges each limit keeps from it; `why`: the same in sentences.
    """

    entry: str
    got: int
    wanted: int
    problem: Problem
    why: tuple[Problem, ...]
    limits: Mapping[Limit, int]


@dataclass(frozen=True, slots=True)
class Unfit:
    """A judge who has an entry and would not be given it now; `missing`: languages not known."""

    pair: Pair
    limit: Limit
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """`pairs` by entry and judge; `dropped`: what existed and is not in the plan any more.

    `queues`: a judge's entries in order. `warnings`: what would weaken the result later.
    """

    pairs: tuple[Assigned, ...]
    anchors: tuple[str, ...]
    queues: Mapping[str, tuple[str, ...]]
    shortfalls: tuple[Shortfall, ...]
    warnings: tuple[Problem, ...]
    dropped: tuple[Pair, ...]

    @property
    def is_full(self) -> bool:
        return not self.shortfalls


def assign(
    entries: Sequence[EntryFacts],
    judges: Sequence[JudgeFacts],
    conflicts: Collection[tuple[str, str]],
    *,
    per_entry: int,
    anchors: int = 0,
    seed: int,
    existing: Collection[Pair] = (),
    taken_off: Collection[tuple[str, str]] = (),
) -> Plan:
    """Plan who scores what: `per_entry` judges an entry, and everybody for `anchors` of them.

    `conflicts` and `taken_off` are pairs of (entry, judge) that must not be. Of `existing` all that
    is done is kept, and what active judges still have to do; a pair in conflict is never kept, and
    nothing is kept of entries or judges that are not given. Kept pairs may break the other limits:
    somebody decided so. Only what is missing is added. To move unjudged entries off a slow judge,
    call again with those pairs in `taken_off` too.

    Everything depends on the values and `seed` alone, not on the order of what is given. Raises
    Invalid for fewer than one judge an entry or a negative number of anchors.
    """
    if per_entry < 1:
        raise Invalid(NO_PANEL)
    if anchors < 0:
        raise Invalid(NO_ANCHORS)
    desk = _Desk(
        entries={one.code: one for one in sorted(entries, key=lambda one: one.code)},
        judges={one.code: one for one in sorted(judges, key=lambda one: one.code)},
        conflicts=frozenset(conflicts),
        taken_off=frozenset(taken_off),
        per_entry=per_entry,
    )
    kept = {(one.entry, one.judge): one for one in existing if desk.keeps(one)}
    panels = desk.panels(kept, seed)
    chosen = desk.anchors(anchors, kept.values(), panels)
    panels.anchors = frozenset(chosen)
    panels.share_anchors()
    panels.fill()
    panels.level()
    panels.mix()
    panels.join()
    topped = {one.entry for one in existing}
    queues = _queues(panels)
    return Plan(
        pairs=tuple(_assigned(panels, kept, topped, queues)),
        anchors=chosen,
        queues=queues,
        shortfalls=tuple(desk.shortfalls(panels)),
        warnings=(*desk.anchor_warnings(panels, anchors), *warnings(panels.pairs())),
        dropped=tuple(
            sorted(
                (one for one in existing if (one.entry, one.judge) not in kept),
                key=lambda one: (one.entry, one.judge),
            )
        ),
    )


def warnings(pairs: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Say what a plan of (entry, judge) pairs, all different, would do to the result later.

    The same limits as the gate of `judging.adjust`; said before opening they can still be mended.
    """
    seen: defaultdict[str, set[str]] = defaultdict(set)
    scored = set[str]()
    for entry, judge in pairs:
        seen[judge].add(entry)
        scored.add(entry)
    found = shape((entry, judge) for judge, theirs in seen.items() for entry in theirs)
    if found.parts > 1:
        yield Problem(APART, parts=found.parts)
    elif found.links:
        yield Problem(THIN)
    few = sorted(judge for judge, theirs in seen.items() if len(theirs) < FEWEST_ENTRIES)
    if few:
        yield Problem(FEW_ENTRIES, judges=", ".join(few), fewest=FEWEST_ENTRIES)
    if scored and sum(map(len, seen.values())) <= len(scored):
        yield Problem(FEW_RATINGS)


def unfit(
    entries: Iterable[EntryFacts],
    judges: Iterable[JudgeFacts],
    conflicts: Collection[tuple[str, str]],
    existing: Iterable[Pair],
) -> tuple[Unfit, ...]:
    """Give the pairs that a conflict or a language would forbid now; those to be done come first.

    Facts change after assigning: a plan drops pairs in conflict, and keeps the others until
    somebody decides. Load and divisions bind what is added alone.
    """
    needed = {one.code: one.languages for one in entries}
    known = {one.code: one.languages for one in judges}
    found = []
    for pair in existing:
        if pair.entry not in needed or pair.judge not in known:
            continue
        missing = needed[pair.entry] - known[pair.judge]
        if (pair.entry, pair.judge) in conflicts:
            found.append(Unfit(pair, Limit.CONFLICT))
        elif missing:
            found.append(Unfit(pair, Limit.LANGUAGE, missing))
    return tuple(sorted(found, key=lambda one: (one.pair.is_done, one.pair.entry, one.pair.judge)))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What was given, by code, sorted."""

    entries: Mapping[str, EntryFacts]
    judges: Mapping[str, JudgeFacts]
    conflicts: frozenset[tuple[str, str]]
    taken_off: frozenset[tuple[str, str]]
    per_entry: int

    def keeps(self, pair: Pair) -> bool:
        if pair.entry not in self.entries or pair.judge not in self.judges:
            return False
        which = pair.entry, pair.judge
        if which in self.conflicts:
            return False
        is_going_on = self.judges[pair.judge].is_active and which not in self.taken_off
        return pair.is_done or is_going_on

    def bar(self, entry: EntryFacts, judge: JudgeFacts) -> Limit | None:
        """Give what keeps a judge from an entry, load left aside."""
        pair = entry.code, judge.code
        if pair in self.conflicts:
            return Limit.CONFLICT
        if judge.divisions and entry.division not in judge.divisions:
            return Limit.DIVISION
        if not entry.languages <= judge.languages:
            return Limit.LANGUAGE
        return Limit.TAKEN_OFF if pair in self.taken_off else None

    def active(self) -> list[JudgeFacts]:
        return [one for one in self.judges.values() if one.is_active]

    def panels(self, kept: Mapping[tuple[str, str], Pair], seed: int) -> Panels:
        active = self.active()
        made = Panels(
            may={
                code: [one.code for one in active if self.bar(entry, one) is None]
                for code, entry in self.entries.items()
            },
            room={
                code: float("inf") if one.most is None else one.most
                for code, one in self.judges.items()
            },
            wanted=self.per_entry,
            seed=seed,
        )
        for entry, judge in sorted(kept):
            made.keep(entry, judge)
        return made

    def anchors(self, wanted: int, kept: Iterable[Pair], panels: Panels) -> tuple[str, ...]:
        """Choose the entries that most judges may score, the lot deciding; kept ones stay."""
        old = sorted({one.entry for one in kept if one.is_anchor})
        fit = [code for code, may in panels.may.items() if may and code not in old]
        fit.sort(key=lambda code: (-len(panels.may[code]), panels.lot(code)))
        return tuple(sorted(old + fit[: max(0, wanted - len(old))]))

    def shortfalls(self, panels: Panels) -> Iterator[Shortfall]:
        for code, panel in panels.panel.items():
            if len(panel) < self.per_entry:
                limits = self._limits(code, panels)
                facts = {"entry": code, "got": len(panel), "wanted": self.per_entry}
                yield Shortfall(
                    entry=code,
                    got=len(panel),
                    wanted=self.per_entry,
                    problem=Problem(SHORT, **facts),
                    why=tuple(self._why(code, limits)),
                    limits=limits,
                )

    def _limits(self, code: str, panels: Panels) -> dict[Limit, int]:
        """Count the judges whom each limit keeps from an entry; all others have it."""
        found = dict.fromkeys(Limit, 0)
        for judge in self.active():
            if judge.code not in panels.panel[code]:
                found[self.bar(self.entries[code], judge) or Limit.LOAD] += 1
        return {limit: count for limit, count in found.items() if count}

    def _why(self, code: str, limits: Mapping[Limit, int]) -> Iterator[Problem]:
        count = len(self.active())
        if count < self.per_entry:
            yield Problem(FEW_JUDGES, count=count)
        for limit, number in limits.items():
            more = {"division": self.entries[code].division} if limit is Limit.DIVISION else {}
            yield Problem(_BLOCKED[limit], count=number, **more)

    def anchor_warnings(self, panels: Panels, wanted: int) -> Iterator[Problem]:
        if len(panels.anchors) < wanted:
            yield Problem(FEW_ANCHORS, got=len(panels.anchors), wanted=wanted)
        for code in sorted(panels.anchors):
            got = sum(judge in panels.panel[code] for judge in panels.may[code])
            if got < len(panels.may[code]):
                yield Problem(ANCHOR_SHORT, entry=code, got=got, wanted=len(panels.may[code]))


_BLOCKED = {
    Limit.CONFLICT: BY_CONFLICT,
    Limit.DIVISION: BY_DIVISION,
    Limit.LANGUAGE: BY_LANGUAGE,
    Limit.TAKEN_OFF: BY_TAKING_OFF,
    Limit.LOAD: BY_LOAD,
}


def _queues(panels: Panels) -> dict[str, tuple[str, ...]]:
    """Shuffle each judge's entries for that judge alone; an anchor is first only among anchors.

    Entries added later come in between and leave the order of the others as it was.
    """
    theirs: defaultdict[str, list[str]] = defaultdict(list)
    for entry, judge in panels.pairs():
        theirs[judge].append(entry)
    return {judge: _queue(panels, judge, theirs[judge]) for judge in sorted(theirs)}


def _queue(panels: Panels, judge: str, entries: list[str]) -> tuple[str, ...]:
    drawn = sorted(entries, key=lambda entry: panels.lot("queue", judge, entry))
    first = next((entry for entry in drawn if entry not in panels.anchors), drawn[0])
    drawn.remove(first)
    return first, *drawn


def _assigned(
    panels: Panels,
    kept: Mapping[tuple[str, str], Pair],
    topped: Collection[str],
    queues: Mapping[str, tuple[str, ...]],
) -> Iterator[Assigned]:
    place = {
        (entry, judge): at
        for judge, queue in queues.items()
        for at, entry in enumerate(queue, start=1)
    }
    for entry, judge in sorted(panels.pairs()):
        reason = Reason.BALANCE
        if (entry, judge) in kept:
            reason = Reason.KEPT
        elif entry in panels.anchors:
            reason = Reason.ANCHOR
        elif (entry, judge) in panels.bridges:
            reason = Reason.BRIDGE
        elif entry in topped:
            reason = Reason.TOP_UP
        yield Assigned(entry, judge, reason, entry in panels.anchors, place[entry, judge])
