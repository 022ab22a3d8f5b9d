"""The organizer's pages of the panel: who judges, how much it is, who leaves, who is too slow."""

from typing import Any

from flask import Blueprint, current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from contest.accounts import logins, visitors
from contest.accounts import queries as people
from contest.core import clock
from contest.errors import Conflict, Invalid
from contest.judging import assigning, panel, panel_queries
from contest.judging.admin_forms import ReasonForm, SeatForm, show
from contest.judging.here import ORGANIZERS, Here, own_round
from contest.rules.workload import CLIP_MINUTES, SHEET_MINUTES, Workload, workload
from contest.web import access, limits, pages
from contest.web.application import current_session

bp = Blueprint("judging_panel", __name__, url_prefix="/organizer/judging")

LIKELY = 60  # entries, until some are handed in or a number is typed
MOST_ENTRIES, MOST_MINUTES = 20_000, 240


@bp.get("/<contest_code>/<round_code>/panel")
@access.roles(*ORGANIZERS)
def show_panel(contest_code: str, round_code: str) -> ResponseReturnValue:
    """List the judges, and what the work comes to."""
    here = own_round(contest_code, round_code)
    seats = panel_queries.seats(current_session(), here.round.id)
    judges = sum(each.takes_more for each in seats)
    return render_template(
        "judging_admin/panel.html",
        here=here,
        seats=seats,
        load=_load(here, judges),
        judges=judges,
        namesakes=panel_queries.namesakes(current_session(), here.round.id, seats),
        divisions={each.code: each for each in here.contest.divisions},
        sheet_minutes=SHEET_MINUTES,
    )


def _number(name: str, most: int) -> int | None:
    """Return a whole number of the address's query, None for nonsense."""
    text = pages.asked(name, 6)
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if 0 < int(text) <= most else None


def _load(here: Here, judges: int) -> tuple[Workload, bool, int]:
    """Return what the work comes to, whether it is only guessed, and the minutes of one entry."""
    needed = [each.minutes for each in panel_queries.works(current_session(), here.round.id)]
    entries, minutes = _number("entries", MOST_ENTRIES), _number("minutes", MOST_MINUTES)
    is_guess = not needed or entries is not None or minutes is not None
    mean = round(sum(needed) / len(needed)) if needed else CLIP_MINUTES + SHEET_MINUTES
    each = minutes or mean
    if is_guess:
        needed = [each] * (entries or len(needed) or LIKELY)
    return workload(needed, per_entry=here.rules.judges_each, judges=judges), is_guess, each


@bp.get("/<contest_code>/<round_code>/panel/find")
@access.roles(*ORGANIZERS)
@limits.SEARCHING
def find(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Find somebody of one's own part by name, anybody by the whole login."""
    here = own_round(contest_code, round_code)
    text = pages.asked("q")
    found: list[people.Person] = []
    other = None
    if text:
        login = logins.stored_login(text, current_app.extensions["sealer"])
        paths = access.visitor().paths(*ORGANIZERS)
        found = people.find_people(
            current_session(), text, paths=paths, login=login, limit=pages.PER_PAGE
        )
        other = people.by_login(current_session(), login)
        if other is not None and other.code in {each.code for each in found}:
            other = None
    return render_template(
        "judging_admin/find.html", here=here, found=found, other=other, text=text
    )


@bp.route("/<contest_code>/<round_code>/panel/add", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def add(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Show what the work comes to with one more judge, then take them in."""
    here = own_round(contest_code, round_code)
    code = pages.asked("person", 16)
    form = SeatForm(data={"login": pages.asked("login")})
    form.offer(here.contest.divisions)
    typed = form.login.data or ""
    login = logins.stored_login(typed, current_app.extensions["sealer"]) if typed else ""
    account = panel.person(current_session(), code, login=login, by=access.visitor())
    if request.method == "POST" and form.validate():
        try:
            panel.invite(
                current_session(),
                contest_code,
                round_code,
                code,
                form.to_facts(),
                login=login,
                by=access.visitor(),
                now=clock.now(),
            )
        except (Invalid, Conflict) as error:
            show(form, error)
        else:
            visitors.forget_all()
            said = _("%(name)s đã ở trong ban giám khảo.", name=account.name)
            flash(said, "success")
            return here.back("panel.show_panel")
    seats = panel_queries.seats(current_session(), here.round.id)
    judges = sum(each.takes_more for each in seats) + 1
    page = render_template(
        "judging_admin/add.html",
        here=here,
        form=form,
        account=account,
        unit=people.account(current_session(), account.id).unit,
        load=_load(here, judges),
        judges=judges,
        sheet_minutes=SHEET_MINUTES,
    )
    return page, 422 if request.method == "POST" else 200


@bp.route("/<contest_code>/<round_code>/panel/<code>", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def change(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Change how much and what somebody judges, and whether they lead."""
    here = own_round(contest_code, round_code)
    seat = panel_queries.seat(current_session(), here.round.id, code)
    form = SeatForm(data=SeatForm.filled(seat.row))
    form.offer(here.contest.divisions)
    if request.method == "POST" and form.validate():
        try:
            panel.change(
                current_session(),
                contest_code,
                round_code,
                code,
                form.to_facts(),
                by=access.visitor(),
                now=clock.now(),
            )
        except (Invalid, Conflict) as error:
            show(form, error)
        else:
            flash(_("Đã lưu."), "success")
            return here.back("panel.show_panel")
    return _seat_page("seat", here, seat, form)


@bp.route("/<contest_code>/<round_code>/panel/<code>/leave", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def leave(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Ask why, say what stays and what goes back, then let a judge go."""
    here = own_round(contest_code, round_code)
    seat = panel_queries.seat(current_session(), here.round.id, code)
    form = ReasonForm()
    if request.method == "POST" and form.validate():
        count = panel.leave(
            current_session(),
            contest_code,
            round_code,
            code,
            reason=form.reason.data,
            by=access.visitor(),
            now=clock.now(),
        )
        said = ngettext(
            "Giám khảo đã rời ban. %(num)d bài chờ phân công lại.",
            "Giám khảo đã rời ban. %(num)d bài chờ phân công lại.",
            count,
        )
        flash(said, "success")
        return here.back("assigning.plan" if count else "panel.show_panel")
    undone = panel.undone(current_session(), here.round.id, seat.row.id)
    return _seat_page("leave", here, seat, form, waiting=len(undone))


@bp.route("/<contest_code>/<round_code>/panel/<code>/move", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def move(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Show who would take over, ask why, then move all that is not judged off a judge."""
    here, now = own_round(contest_code, round_code), clock.now()
    seat = panel_queries.seat(current_session(), here.round.id, code)
    form = ReasonForm()
    if request.method == "POST" and form.validate():
        done = assigning.move_off(
            current_session(),
            contest_code,
            round_code,
            code,
            reason=form.reason.data,
            by=access.visitor(),
            now=now,
        )
        said = ngettext(
            "Đã chuyển. Các giám khảo khác nhận thêm %(num)d bài.",
            "Đã chuyển. Các giám khảo khác nhận thêm %(num)d bài.",
            done.new,
        )
        flash(said, "success")
        return here.back("admin.progress")
    undone = panel.undone(current_session(), here.round.id, seat.row.id)
    proposal = None
    if undone:
        anchors = assigning.usual_anchors(current_session(), here.round.id)
        proposal = assigning.propose(
            current_session(), here.round, anchors=anchors, now=now, without=seat.row.id
        )
    return _seat_page("move", here, seat, form, waiting=len(undone), proposal=proposal)


def _seat_page(name: str, here: Here, seat: Any, form: Any, **facts: Any) -> ResponseReturnValue:
    page = render_template(f"judging_admin/{name}.html", here=here, seat=seat, form=form, **facts)
    return page, 422 if request.method == "POST" else 200
