"""The organizer's pages of judging: which round, how far the jury is, and the phases."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.contests.specs import RoundKind
from contest.core import clock
from contest.errors import Invalid, TooEarly
from contest.judging import panel_queries, phases, queries
from contest.judging.admin_forms import ExtendForm, PhaseForm, ReasonForm, SureForm, show
from contest.judging.here import ORGANIZERS, Here, local, own_contest, own_round
from contest.judging.progress import progress as progress_of
from contest.web import access, pages
from contest.web.application import current_session
from contest.web.words import moment

bp = Blueprint("judging_admin", __name__, url_prefix="/organizer/judging")

REFUSED = (Invalid, TooEarly)  # said on the form itself


@bp.get("/<contest_code>")
@access.roles(*ORGANIZERS)
def rounds(contest_code: str) -> ResponseReturnValue:
    """Choose a round of entries; where there is one only, go there."""
    contest = own_contest(contest_code)
    found = [each for each in contest.rounds if each.kind == RoundKind.ENTRIES]
    if len(found) == 1:
        return redirect(Here(contest, found[0]).to("admin.progress"))
    return render_template(
        "judging_admin/rounds.html", contest=contest, rounds=found, now=clock.now()
    )


@bp.get("/<contest_code>/<round_code>")
@access.roles(*ORGANIZERS)
def progress(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Show how far each judge and each entry is; what was given is not shown."""
    here, now = own_round(contest_code, round_code), clock.now()
    found = progress_of(current_session(), here.round, now=now)
    number = pages.page_number()
    start = (number - 1) * pages.PER_PAGE
    lines = found.works[start : start + pages.PER_PAGE]
    more = len(found.works) > start + pages.PER_PAGE
    return render_template(
        "judging_admin/progress.html",
        here=here,
        found=found,
        page=pages.Page(tuple(lines), number, more),
        now=now,
    )


# Phases


@bp.get("/<contest_code>/<round_code>/phases")
@access.roles(*ORGANIZERS)
def list_phases(contest_code: str, round_code: str) -> ResponseReturnValue:
    """List the phases with their rights in words."""
    here, now = own_round(contest_code, round_code), clock.now()
    found = queries.phases(current_session(), here.round.id)
    return render_template(
        "judging_admin/phases.html",
        here=here,
        phases=sorted(found, key=lambda each: each.opens_at),
        early={
            each.code: phases.earliest(here.round, counts=each.counts)
            for each in found
            if each.opens_at < phases.earliest(here.round, counts=each.counts)
        },
        usual=phases.usual(here.round, now=now),
        now=now,
    )


@bp.post("/<contest_code>/<round_code>/phases/usual")
@access.roles(*ORGANIZERS)
def usual_phase(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Add the one phase most contests need: blind, seven days."""
    here, now = own_round(contest_code, round_code), clock.now()
    facts = phases.usual(here.round, now=now)
    phases.add(current_session(), contest_code, round_code, facts, by=access.visitor(), now=now)
    flash(_("Đã đặt một giai đoạn chấm kín trong 7 ngày."), "success")
    return here.back("admin.list_phases")


@bp.route("/<contest_code>/<round_code>/phases/new", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def add_phase(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Ask when it is and what the jury may do, then add it."""
    here, now = own_round(contest_code, round_code), clock.now()
    usual = {**PhaseForm.filled(phases.usual(here.round, now=now)), "name": "", "name_en": ""}
    form = PhaseForm(data=usual)
    if request.method == "POST" and form.validate():
        try:
            phases.add(
                current_session(),
                contest_code,
                round_code,
                form.to_facts(),
                by=access.visitor(),
                now=now,
            )
        except REFUSED as error:
            show(form, error)
        else:
            flash(_("Đã thêm giai đoạn chấm."), "success")
            return here.back("admin.list_phases")
    return _phase_page(here, form, None)


@bp.route("/<contest_code>/<round_code>/phases/<code>", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def change_phase(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Change a phase that has not opened yet."""
    here = own_round(contest_code, round_code)
    phase = panel_queries.phase(current_session(), here.round.id, code)
    form = PhaseForm(data=PhaseForm.filled(phase))
    if request.method == "POST" and form.validate():
        try:
            phases.change(
                current_session(),
                contest_code,
                round_code,
                code,
                form.to_facts(),
                by=access.visitor(),
                now=clock.now(),
            )
        except REFUSED as error:
            show(form, error)
        else:
            flash(_("Đã lưu giai đoạn chấm."), "success")
            return here.back("admin.list_phases")
    return _phase_page(here, form, phase)


def _phase_page(here: Here, form: PhaseForm, phase: Any) -> ResponseReturnValue:
    page = render_template(
        "judging_admin/phase.html",
        here=here,
        form=form,
        phase=phase,
        earliest=phases.earliest(here.round, counts=True),
        now=clock.now(),
    )
    return page, 422 if request.method == "POST" else 200


@bp.route("/<contest_code>/<round_code>/phases/<code>/extend", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def extend_phase(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Ask until when and why, then let a phase close later."""
    here, now = own_round(contest_code, round_code), clock.now()
    phase = panel_queries.phase(current_session(), here.round.id, code)
    proposed = local(max(phase.closes_at, now) + timedelta(days=2))
    filled = {"closes_day": f"{proposed:%d/%m/%Y}", "closes_time": f"{proposed:%H:%M}"}
    form = ExtendForm(data=filled)
    if request.method == "POST" and form.validate():
        try:
            phases.extend(
                current_session(),
                contest_code,
                round_code,
                code,
                form.closes_at(),
                reason=form.reason.data,
                by=access.visitor(),
                now=now,
            )
        except REFUSED as error:
            show(form, error)
        else:
            flash(_("Đã gia hạn đến %(at)s.", at=moment(form.closes_at())), "success")
            return here.back("admin.list_phases")
    page = render_template("judging_admin/extend.html", here=here, form=form, phase=phase)
    return page, 422 if request.method == "POST" else 200


@bp.route("/<contest_code>/<round_code>/phases/<code>/close", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def close_phase(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Say what is still to be judged, ask why, then end a phase before its time."""
    here, now = own_round(contest_code, round_code), clock.now()
    phase = panel_queries.phase(current_session(), here.round.id, code)
    form = ReasonForm()
    if request.method == "POST" and form.validate():
        phases.close_early(
            current_session(),
            contest_code,
            round_code,
            code,
            reason=form.reason.data,
            by=access.visitor(),
            now=now,
        )
        flash(_("Giai đoạn chấm đã kết thúc."), "success")
        return here.back("admin.list_phases")
    judges = progress_of(current_session(), here.round, now=now).judges
    page = render_template(
        "judging_admin/close_phase.html",
        here=here,
        form=form,
        phase=phase,
        left=sum(max(0, each.wanted - each.done) for each in judges),
        now=now,
    )
    return page, 422 if request.method == "POST" else 200


@bp.route("/<contest_code>/<round_code>/phases/<code>/delete", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def delete_phase(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Ask, then delete a phase that has not opened yet."""
    here, now = own_round(contest_code, round_code), clock.now()
    if request.method == "POST":
        phases.delete(
            current_session(), contest_code, round_code, code, by=access.visitor(), now=now
        )
        flash(_("Đã xoá giai đoạn chấm."), "success")
        return here.back("admin.list_phases")
    phase = panel_queries.phase(current_session(), here.round.id, code)
    return render_template(
        "judging_admin/delete_phase.html", here=here, form=SureForm(), phase=phase, now=now
    )
