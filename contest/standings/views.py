"""Boards for everybody: the list, one's own place, why one stands there, and the units."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from contest.accounts import queries as people
from contest.contests import queries as contests
from contest.contests.models import Contest, Division, Registration, Round
from contest.core import clock
from contest.core.shared_cache import SharedCache
from contest.errors import N_, NotFound
from contest.rules.privacy import NameMask, mask
from contest.rules.ranking import GUESS_RULES, Row, explain
from contest.rules.unit_totals import PlacedUnit, UnitOrder, UnitTotal, order, roll_up
from contest.standings import queries, reasons
from contest.standings.models import Board
from contest.standings.rules import ContestRules, Span
from contest.web import access, pages
from contest.web.application import current_session
from contest.web.words import named, number, points

bp = Blueprint("standings", __name__, url_prefix="/boards")

KEPT_SECONDS = 5  # how old the first page of a board may be
CACHE = "boards"
LEAST_PEOPLE = 5  # an average of fewer people says nothing
MOST_LEAST = 10_000


@bp.record_once
def _install(state: BlueprintSetupState) -> None:
    redis_url = state.app.extensions["settings"].redis_url
    state.app.extensions[CACHE] = SharedCache(redis_url, seconds=KEPT_SECONDS)


@dataclass(frozen=True, slots=True)
class Choice:
    """A span as people choose it."""

    code: str
    name: str
    closes_at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is: the contest, the span and the division of its board."""

    contest: Contest
    rules: ContestRules
    span: Span
    division: Division
    choices: list[Choice]

    @property
    def code(self) -> str:
        return f"{self.contest.code}/{self.span.code}/{self.division.code}"

    @property
    def address(self) -> dict[str, str]:
        return {
            "contest_code": self.contest.code,
            "span": self.span.code,
            "division": self.division.code,
        }


def _zone() -> ZoneInfo:
    zone: ZoneInfo = current_app.extensions["settings"].timezone
    return zone


def _rules(contest: Contest) -> ContestRules:
    found = queries.rules_of(contest, _zone())
    if not found.spans() or not contest.divisions:
        raise NotFound(N_("Cuộc thi này chưa có đợt thi nào tính kết quả."))
    return found


def _choices(contest: Contest, rules: ContestRules, now: datetime) -> list[Choice]:
    rounds = {each.id: each for each in contest.rounds}
    return [
        Choice(
            span.code,
            _span_name(span, rounds),
            span.latest.closes_at,
            any(rounds[each.id].opens_at <= now < each.closes_at for each in span.rounds),
        )
        for span in rules.spans()
    ]


def _span_name(span: Span, rounds: dict[int, Round]) -> str:
    if span.round_id is not None:
        return named(rounds[span.round_id])
    if span.month is not None:
        return str(_("Tháng %(month)s", month=f"{span.month:%m/%Y}"))
    return str(_("Cả cuộc thi"))


def _mine(contest: Contest) -> Registration | None:
    if not current_user.is_authenticated:
        return None
    return contests.registration_of(current_session(), contest.id, current_user.id)


@bp.get("/<contest_code>")
@access.public
def contest(contest_code: str) -> ResponseReturnValue:
    """Choose a board; the newest round that has opened and one's own division stand ready."""
    shown = contests.contest(current_session(), contest_code)
    rules = _rules(shown)
    now = clock.now()
    choices = _choices(shown, rules, now)
    mine = _mine(shown)
    own = mine.division_id if mine is not None else shown.divisions[0].id
    span = _asked("span", [each.code for each in choices], _newest(shown, rules, now))
    division = _asked(
        "division",
        [each.code for each in shown.divisions],
        next(each.code for each in shown.divisions if each.id == own),
    )
    address = {"contest_code": shown.code, "span": span, "division": division}
    if "span" in request.args:
        return redirect(
            url_for("standings.board", contest_code=shown.code, span=span, division=division)
        )
    return render_template(
        "standings/contest.html", contest=shown, choices=choices, address=address
    )


def _newest(shown: Contest, rules: ContestRules, now: datetime) -> str:
    opened = {each.id: each.opens_at for each in shown.rounds if each.opens_at <= now}
    with_board = [each for each in rules.rounds if each.is_sat or each.is_settled]
    rounds = [each for each in with_board if each.id in opened] or with_board[:1]
    newest = max(rounds, key=lambda each: (opened.get(each.id, now), each.closes_at))
    return f"round.{newest.code}"


def _asked(name: str, known: list[str], default: str) -> str:
    wanted = request.args.get(name, "")
    return wanted if wanted in known else default


def _place(contest_code: str, span_code: str, division_code: str) -> Place:
    shown = contests.contest(current_session(), contest_code)
    rules = _rules(shown)
    span = next((each for each in rules.spans() if each.code == span_code), None)
    division = next((each for each in shown.divisions if each.code == division_code), None)
    if span is None or division is None:
        raise NotFound(N_("Không tìm thấy bảng xếp hạng này."))
    return Place(shown, rules, span, division, _choices(shown, rules, clock.now()))


@bp.get("/<contest_code>/<span>/<division>")
@access.public
def board(contest_code: str, span: str, division: str) -> ResponseReturnValue:
    """A page of a board, with one's own line on top."""
    here = _place(contest_code, span, division)
    session = current_session()
    found = queries.board(session, here.code)
    number_of_page = pages.page_number()
    mine = _mine(here.contest)
    is_mine = mine is not None and mine.division_id == here.division.id
    own = queries.own(session, found, mine.id) if mine and found and is_mine else None
    people_on_it = found.people if found is not None else 0
    last = max(1, -(-people_on_it // queries.PER_PAGE))
    if number_of_page > last:
        raise NotFound(N_("Bảng xếp hạng không có trang này."))
    return render_template(
        "standings/board.html",
        here=here,
        contest=here.contest,
        span_name=next(each.name for each in here.choices if each.code == here.span.code),
        choices=here.choices,
        address=here.address,
        rows=[_told(row) for row in _rows(here, found, number_of_page)] if found else [],
        own=_told(_line(own, here.contest)) if own is not None else None,
        people=people_on_it,
        page=number_of_page,
        pages=last,
        is_official=found is not None and found.revision > 0,
        frozen_until=_still_until(here.contest, here.span, clock.now()),
        measured_at=_measured_at(found),
        revisions=queries.revisions(session, found.id) if found and found.revision else [],
        has_guess=_has_guess(here.span),
        actual=_actual(here.span),
        judged=_judged(here) if here.span.is_judged else None,
    )


def _judged(here: Place) -> str:
    """Return where a jury's result says why: its places rest on sheets, not on ties of a board."""
    return url_for(
        "judging_result.show",
        contest_code=here.contest.code,
        round_code=here.span.latest.code,
        division=here.division.code,
    )


def _has_guess(span: Span) -> bool:
    """Say whether guesses are shown: never while somebody may still guess."""
    return any(each.has_guess for each in span.rounds) and span.is_settled


def _actual(span: Span) -> int | None:
    """Return the true number of a round's guess question, once it is known."""
    return span.actual if span.round_id is not None else None


def _rows(here: Place, found: Board, page: int) -> list[dict[str, Any]]:
    def make() -> list[dict[str, Any]]:
        return [_line(row, here.contest) for row in queries.page(current_session(), found, page)]

    if page > 1:
        return make()
    key = f"board:{found.id}:{found.revision}:{here.contest.name_mask}"
    cache: SharedCache = current_app.extensions[CACHE]
    rows: list[dict[str, Any]] = cache.get(key, make)
    return rows


def _line(row: queries.BoardRow, contest: Contest) -> dict[str, Any]:
    """Say a line with what JSON can hold: names masked, points as text."""
    return {
        "place": row.place,
        "code": row.code,
        "name": mask(row.name, NameMask(contest.name_mask)),
        "unit": row.unit_name,
        "points": str(row.points),
        "duration_ms": row.duration_ms,
        "guess": row.guess,
        "distance": row.guess_distance,
    }


def _told(line: dict[str, Any]) -> dict[str, Any]:
    """Turn what JSON could hold back into what the template's filters read."""
    return {**line, "points": Decimal(line["points"])}


def _still_until(contest: Contest, span: Span, now: datetime) -> datetime | None:
    """Return when the boards of a span go on, should they stand still now."""
    mine = {each.id for each in span.rounds}
    still = [each for each in contest.rounds if each.id in mine]
    return max((each.closes_at for each in still if queries.frozen_since(each, now)), default=None)


def _measured_at(found: Board | None) -> datetime | None:
    """Return since when places are approximate: only a long, provisional board has steps."""
    return found.stepped_at if found is not None and not found.revision else None


@bp.get("/<contest_code>/<span>/<division>/why")
@access.public
def why(contest_code: str, span: str, division: str) -> ResponseReturnValue:
    """Say which rule puts a line (one's own unless another is named) below the one above it.

    Where the two share a place, the last line with a better one says what put them below it.
    """
    here = _place(contest_code, span, division)
    session = current_session()
    if here.span.is_judged:
        return redirect(_judged(here))
    found = queries.board(session, here.code)
    mine = _mine(here.contest)
    code = pages.asked("registration", 16)
    if code:
        wanted = queries.registration(session, here.contest.id, code)
    elif mine is not None:
        wanted = mine.id
    else:
        raise NotFound(N_("Hãy mở bảng xếp hạng và chọn một người để xem lý do thứ hạng."))
    row = queries.own(session, found, wanted) if found is not None else None
    if found is None or row is None:
        raise NotFound(N_("Người này chưa có kết quả trên bảng này."))
    upper = queries.above(session, found, wanted)
    is_me = mine is not None and mine.id == wanted
    is_tied = upper is not None and upper.place == row.place
    better = queries.better(session, found, row) if is_tied else None
    lines = [each for each in (better, upper) if each is not None]
    told, told_better, rule = _reason(here, lines, row, is_me=is_me)
    return render_template(
        "standings/why.html",
        here=here,
        contest=here.contest,
        address=here.address,
        span_name=next(each.name for each in here.choices if each.code == here.span.code),
        row=_told(_line(row, here.contest)),
        above=[_told(_line(each, here.contest)) for each in lines],
        is_me=is_me,
        told=told,
        told_better=told_better,
        rules=[(tie.value, reasons.NAMES[tie]) for tie in here.span.ties],
        rule=rule,
        has_guess=_has_guess(here.span),
        actual=_actual(here.span),
        waits=sorted(GUESS_RULES & set(here.span.latest.ties)) if not here.span.is_settled else [],
        is_official=found.revision > 0,
    )


def _reason(
    here: Place, above: list[queries.BoardRow], row: queries.BoardRow, *, is_me: bool
) -> tuple[str, str, str | None]:
    """Return the sentence of the line above, that of the better one, and the rule that decides.

    The second is empty unless the line above shares the place; no rule decides the first place.
    """
    span = here.span
    if not above:
        return _("Không có ai đứng trên dòng này."), "", None
    ranked = [_ranked(each, span) for each in above]
    why = explain(_ranked(row, span), ranked, span.ties, span.actual, span.latest.seed)
    told = ""
    if why.separation is not None:
        ties = [tie for tie in span.ties if span.actual is not None or tie not in GUESS_RULES]
        equal = ties[: ties.index(why.separation.rule)]
        told = reasons.sentence(why.separation, equal, is_me=is_me, score=points(row.points))
    rule = None if why.separation is None else why.separation.rule.value
    if not why.tied:
        return told, "", rule
    same = _("Hai người bằng nhau mọi tiêu chí nên cùng hạng.")
    if why.better is None:
        return same, "", None
    better = _line(above[0], here.contest)
    nearest = _(
        "Người gần nhất có hạng trên là %(name)s, hạng %(place)s.",
        name=better["name"],
        place=number(better["place"]),
    )
    return same, f"{nearest} {told}", rule


def _ranked(row: queries.BoardRow, span: Span) -> Row:
    return Row(
        id=row.registration_id,
        public_code=row.code,
        score=row.points,
        guess=row.guess if span.round_id is not None else row.guess_distance,
        duration_ms=row.duration_ms,
        handed_in_at=row.handed_in_at,
        registered_at=row.registered_at,
    )


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of the units' page; `shown` is what it is ordered by, in words."""

    place: int | None
    code: str
    name: str
    total: UnitTotal
    has_units: bool
    shown: str


@dataclass(frozen=True, slots=True)
class Crumb:
    """A unit above the one shown; without a page where the official result knows nothing of it."""

    code: str
    name: str
    has_page: bool


@bp.get("/<contest_code>/units")
@access.public
def units(contest_code: str) -> ResponseReturnValue:
    """The units below one, each with everything under it: count, rate, average, target.

    Once the span's result is official, all of it is as it was kept then.
    """
    session = current_session()
    shown = contests.contest(session, contest_code)
    rules = _rules(shown)
    now = clock.now()
    choices = _choices(shown, rules, now)
    span = _asked("span", [each.code for each in choices], "all")
    by = UnitOrder(_asked("by", list(UnitOrder), UnitOrder.COUNT))
    least = _least(by)
    root = contests.owner(session, shown)
    inside = pages.asked("in", 40)
    parent = people.unit(session, inside) if inside else root
    revisions = queries.unit_results(session, f"{shown.code}/{span}")
    if revisions:
        kept = queries.official_units(session, revisions[-1].id, parent.path)
    else:
        codes = [f"{shown.code}/{span}/{each.code}" for each in shown.divisions]
        targets = contests.targets(session, shown.id)
        kept = queries.units_in(session, codes, parent.path, targets)
    known = {each.id: each for each in kept}
    if parent.id not in known:  # the result is about another part of the tree
        return redirect(url_for("standings.units", contest_code=shown.code, span=span, by=by.value))
    higher = set(people.ids_in(parent.path)[:-1])
    found = [each for each in kept if each.id not in higher]
    totals = _roll_up(found, parent.id)
    below = [totals[each.id] for each in found if each.parent_id == parent.id]
    placed = order(below, by, max(least, 1))  # nobody in it: no place
    last = max(1, -(-len(placed) // queries.PER_PAGE))
    page = pages.page_number()
    if page > last:
        raise NotFound(N_("Bảng đơn vị không có trang này."))
    here = placed[(page - 1) * queries.PER_PAGE : page * queries.PER_PAGE]
    return render_template(
        "standings/units.html",
        contest=shown,
        choices=choices,
        span=span,
        by=by.value,
        least=least,
        parent=known[parent.id],
        above=[
            Crumb(
                each.code,
                known[each.id].name if each.id in known else each.name,
                not revisions or each.id in known,
            )
            for each in people.ancestors(session, parent.path)
        ],
        whole=totals[parent.id],
        own=known[parent.id].own,
        rows=_unit_rows(here, found, by),
        page=page,
        pages=last,
        orders=_orders(),
        is_official=bool(revisions),
        revisions=revisions,
        frozen_until=_still_until(
            shown, next(each for each in rules.spans() if each.code == span), now
        ),
    )


def _least(by: UnitOrder) -> int:
    """Return how many people a unit must have to be placed: asked for, or the average's own."""
    text = request.args.get("least", "")
    if text.isascii() and text.isdigit():
        return min(int(text[:6]), MOST_LEAST)
    return LEAST_PEOPLE if by is UnitOrder.AVERAGE else 0


def _roll_up(found: list[queries.UnitLine], top: int) -> dict[int, UnitTotal]:
    parents = {each.id: each.parent_id if each.id != top else None for each in found}
    return roll_up({each.id: each.own for each in found}, parents)


def _unit_rows(
    placed: list[PlacedUnit], found: list[queries.UnitLine], by: UnitOrder
) -> list[UnitRow]:
    known = {each.id: each for each in found}
    has_units = {each.parent_id for each in found}
    return [
        UnitRow(
            each.place,
            known[each.total.unit_id].code,
            known[each.total.unit_id].name,
            each.total,
            each.total.unit_id in has_units,
            _unit_value(each, by),
        )
        for each in placed
    ]


def _unit_value(placed: PlacedUnit, by: UnitOrder) -> str:
    if placed.value is None:
        return ""
    if by is UnitOrder.COUNT:
        return str(_("%(people)s người", people=number(placed.value)))
    if by is UnitOrder.AVERAGE:
        return str(_("%(points)s điểm", points=number(placed.value, 2)))
    return f"{number(placed.value * 100, 1)}%"


def _orders() -> list[tuple[str, str]]:
    return [
        (UnitOrder.COUNT.value, _("Số người dự thi")),
        (UnitOrder.RATE.value, _("Tỷ lệ tham gia")),
        (UnitOrder.AVERAGE.value, _("Điểm trung bình")),
        (UnitOrder.TARGET.value, _("Mức đạt chỉ tiêu")),
    ]
