"""The organizer's page of assignment: what would be, why not more, then saved with one tap."""

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from contest.contests import queries as contests
from contest.core import clock
from contest.errors import Conflict, Invalid, TooEarly
from contest.judging import assigning
from contest.judging.admin_forms import AssignForm
from contest.judging.here import ORGANIZERS, own_round
from contest.web import access, limits, pages
from contest.web.application import current_session
from contest.web.words import translate

bp = Blueprint("judging_assigning", __name__, url_prefix="/organizer/judging")


@bp.get("/<contest_code>/<round_code>/assignment")
@access.roles(*ORGANIZERS)
@limits.CHECKING
def plan(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Show who would judge what; nothing is saved yet."""
    here, now = own_round(contest_code, round_code), clock.now()
    usual = assigning.usual_anchors(current_session(), here.round.id)
    text = pages.asked("anchors", 4)
    anchors = int(text) if text.isascii() and text.isdigit() else usual
    form = AssignForm(formdata=None, data={"anchors": anchors})
    proposal = refusal = None
    try:
        proposal = assigning.propose(current_session(), here.round, anchors=anchors, now=now)
        form.seen.data = proposal.seen
    except (Invalid, TooEarly) as error:
        refusal = translate(error.message, error.facts)
    return render_template(
        "judging_admin/assignment.html",
        here=here,
        form=form,
        proposal=proposal,
        refusal=refusal,
        anchors=anchors,
        most_anchors=assigning.MOST_ANCHORS,
        seed_hash=contests.commitment(here.round),
        now=now,
    )


@bp.post("/<contest_code>/<round_code>/assignment")
@access.roles(*ORGANIZERS)
@limits.CHECKING
def assign(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Save the plan that was looked at; when it would be another by now, show that first."""
    here = own_round(contest_code, round_code)
    form = AssignForm()
    if not form.validate():
        raise Invalid(assigning.TOO_MANY_ANCHORS, most=assigning.MOST_ANCHORS)
    try:
        done = assigning.assign(
            current_session(),
            contest_code,
            round_code,
            anchors=form.anchors.data,
            seen=form.seen.data or "",
            by=access.visitor(),
            now=clock.now(),
        )
    except Conflict as error:
        flash(translate(error.message, error.facts), "warning")
        return here.back("assigning.plan", anchors=form.anchors.data)
    said = ngettext(
        "Đã phân công. Thêm %(num)d phiếu phải chấm.",
        "Đã phân công. Thêm %(num)d phiếu phải chấm.",
        done.new,
    )
    flash(said, "success")
    return here.back("admin.progress")
