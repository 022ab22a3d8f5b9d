"""The organizer's pages of conflicts of interest: seen, set, lifted, and what becomes of sheets."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from contest.accounts.models import Unit
from contest.core import clock
from contest.drafts.forms.step import options
from contest.errors import Conflict, Invalid
from contest.judging import conflicts, panel_queries
from contest.judging.admin_forms import ConflictForm, LiftForm, SheetsForm, show
from contest.judging.here import ORGANIZERS, Here, own_round
from contest.judging.panel_queries import Standing, Work
from contest.web import access, pages
from contest.web.application import current_session

bp = Blueprint("judging_conflicts", __name__, url_prefix="/organizer/judging")


@bp.get("/<contest_code>/<round_code>/conflicts")
@access.roles(*ORGANIZERS)
def index(contest_code: str, round_code: str) -> ResponseReturnValue:
    """List the conflicts that stand, those lifted, and sheets that wait for a decision."""
    here = own_round(contest_code, round_code)
    standing = panel_queries.conflicts(current_session(), here.round.id)
    counting, kept_out = _sheets(here, standing)
    number = pages.page_number()
    start = (number - 1) * pages.PER_PAGE
    # What somebody has to decide comes first.
    standing.sort(key=lambda each: (each.row.lifted_at is not None, not counting[each.row.id]))
    return render_template(
        "judging_admin/conflicts.html",
        here=here,
        page=pages.Page(
            tuple(standing[start : start + pages.PER_PAGE]),
            number,
            len(standing) > start + pages.PER_PAGE,
        ),
        counting=counting,
        kept_out=kept_out,
        waiting=sum(counting[each.row.id] > 0 for each in standing if each.row.lifted_at is None),
    )


def _sheets(here: Here, standing: list[Standing]) -> tuple[Counter[int], Counter[int]]:
    """Count for each conflict the sheets given in spite of it: those that count, those kept out."""
    works = panel_queries.works(current_session(), here.round.id)
    handed_in = panel_queries.handed_in(current_session(), here.round.id)
    by_id = {each.id: each for each in works}
    counting: Counter[int] = Counter()
    kept_out: Counter[int] = Counter()
    for (entry_id, panelist_id), is_out in handed_in.items():
        for each in standing:
            work = by_id.get(entry_id)
            if work and each.row.panelist_id == panelist_id and each.covers(work):
                (kept_out if is_out else counting)[each.row.id] += 1
    return counting, kept_out


@bp.route("/<contest_code>/<round_code>/conflicts/new", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def add(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Ask who must not judge what, and why."""
    here = own_round(contest_code, round_code)
    asked = {"judge": pages.asked("judge", 16), "entry": pages.asked("entry", 16)}
    form = ConflictForm(data=asked)
    works = panel_queries.works(current_session(), here.round.id)
    _offer(form, here, works)
    if request.method == "POST" and form.validate():
        try:
            done = conflicts.set_one(
                current_session(),
                contest_code,
                round_code,
                form.to_wish(),
                by=access.visitor(),
                now=clock.now(),
            )
        except (Invalid, Conflict) as error:
            show(form, error)
        else:
            said = ngettext(
                "Đã ghi xung đột. %(num)d bài đã rút khỏi giám khảo này.",
                "Đã ghi xung đột. %(num)d bài đã rút khỏi giám khảo này.",
                done.ended,
            )
            flash(said, "success")
            return here.back("conflicts.index")
    page = render_template(
        "judging_admin/add_conflict.html", here=here, form=form, has_works=bool(works)
    )
    return page, 422 if request.method == "POST" else 200


def _offer(form: ConflictForm, here: Here, works: list[Work]) -> None:
    """Give the choices: judges who sit, entries handed in, the units these come from."""
    seats = panel_queries.seats(current_session(), here.round.id)
    form.judge.choices = options(
        *(
            (each.row.code, f"{each.row.number}. {each.name}")
            for each in seats
            if each.row.left_at is None
        )
    )
    nothing = ("", _("– không chọn –"))
    form.entry.choices = options(
        nothing, *((each.code, f"{each.title} – {each.unit_name}"[:120]) for each in works)
    )
    form.unit.choices = options(nothing, *_units(current_session(), works))


def _units(session: Session, works: list[Work]) -> list[tuple[str, str]]:
    paths = sorted({each.unit_path for each in works})
    found = panel_queries.units(session, paths)
    return [(each.code, each.name) for each in sorted(found, key=_by_name)]


def _by_name(unit: Unit) -> str:
    return unit.name_key


@bp.route("/<contest_code>/<round_code>/conflicts/<code>/lift", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def lift(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Ask why, and what becomes of sheets kept out; then let the judge judge."""
    here, form = own_round(contest_code, round_code), LiftForm()

    def act() -> str:
        conflicts.lift(
            current_session(),
            contest_code,
            round_code,
            code,
            reason=form.reason.data,
            counts_sheets=form.counts_sheets.data == "yes",
            by=access.visitor(),
            now=clock.now(),
        )
        said: str = _("Đã gỡ xung đột. Muốn giám khảo chấm bài này, hãy phân công bổ sung.")
        return said

    return _decided("lift", here, code, form, act)


@bp.route("/<contest_code>/<round_code>/conflicts/<code>/sheets", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def sheets(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Ask whether sheets given in spite of a conflict count, and why."""
    here, form = own_round(contest_code, round_code), SheetsForm()

    def act() -> str:
        done = conflicts.decide_sheets(
            current_session(),
            contest_code,
            round_code,
            code,
            keeps_out=form.keeps_out.data == "yes",
            reason=form.reason.data,
            by=access.visitor(),
            now=clock.now(),
        )
        said: str = ngettext(
            "Đã ghi quyết định cho %(num)d phiếu.",
            "Đã ghi quyết định cho %(num)d phiếu.",
            done.sheets,
        )
        return said

    return _decided("sheets", here, code, form, act)


def _decided(
    name: str, here: Here, code: str, form: Any, act: Callable[[], str]
) -> ResponseReturnValue:
    each = panel_queries.conflict(current_session(), here.round.id, code)
    if request.method == "POST" and form.validate():
        try:
            flash(act(), "success")
        except Invalid as error:
            show(form, error)
        else:
            return here.back("conflicts.index")
    counting, kept_out = _sheets(here, [each])
    page = render_template(
        f"judging_admin/{name}.html",
        here=here,
        form=form,
        each=each,
        counting=counting[each.row.id],
        kept_out=kept_out[each.row.id],
    )
    return page, 422 if request.method == "POST" else 200
