"""The chair's door: deliberation, decisions, the result as proposed, its signatures, publishing.

The head of a round's jury and organizers of its contest enter; nobody else learns that there is
such a page.
"""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.core import clock
from contest.errors import Invalid, NotFound
from contest.judging import deliberation, publishing, result_queries
from contest.judging.chair_forms import (
    OFFICES,
    MarkForm,
    OutForm,
    PlainForm,
    ProposeForm,
    SignForm,
    order_form,
)
from contest.judging.models import ResultRun, RunState
from contest.judging.result_queries import Chair
from contest.web import access, limits
from contest.web.application import current_session
from contest.web.forms import BaseForm
from contest.web.words import translate

bp = Blueprint("judging_chair", __name__, url_prefix="/jury")

FILE_TYPE = "application/json; charset=utf-8"
STATES = {
    RunState.PROPOSED: "wait",
    RunState.SIGNED: "info",
    RunState.PUBLISHED: "good",
    RunState.DROPPED: "plain",
}


def _chair(contest_code: str, round_code: str) -> Chair:
    return result_queries.chair(
        current_session(), contest_code, round_code, by=access.visitor(), now=clock.now()
    )


def _page(name: str, chair: Chair, **values: Any) -> str:
    return render_template(
        f"judging_result/{name}.html",
        chair=chair,
        contest=chair.contest,
        round=chair.round,
        divisions={each.code: each for each in chair.contest.divisions},
        to=_addresses(chair),
        **values,
    )


def _addresses(chair: Chair) -> Callable[..., str]:
    def to(endpoint: str, **values: Any) -> str:
        codes = {"contest_code": chair.contest.code, "round_code": chair.round.code}
        where: dict[str, Any] = {**codes, **values}
        return url_for(f"judging_chair.{endpoint}", **where)

    return to


@bp.get("/<contest_code>/<round_code>")
@access.participant
def deliberate(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Show raw and adjusted side by side, what is unsure, who stands out, what was decided."""
    chair = _chair(contest_code, round_code)
    session = current_session()
    return _page(
        "deliberation",
        chair,
        found=deliberation.show(session, chair),
        runs=result_queries.runs(session, chair.round.id),
        states=STATES,
    )


# Decisions


def _found(chair: Chair, code: str) -> tuple[deliberation.Row, deliberation.Table]:
    for table in deliberation.show(current_session(), chair).tables:
        for row in table.rows:
            if row.outcome.code == code:
                return row, table
    raise NotFound(deliberation.NO_ENTRY)


def _entry_page(
    chair: Chair, code: str, mark: MarkForm | None = None, out: OutForm | None = None
) -> str:
    row, table = _found(chair, code)
    return _page(
        "entry",
        chair,
        row=row,
        table=table,
        kinds={each.kind for each in row.decisions},
        mark=mark or MarkForm(formdata=None, prefix="mark-"),
        out=out or OutForm(formdata=None, prefix="out-"),
    )


@bp.get("/<contest_code>/<round_code>/entries/<code>")
@access.participant
def entry(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Show one entry's sheets and decisions, with forms for the next decision."""
    return _entry_page(_chair(contest_code, round_code), code)


@bp.post("/<contest_code>/<round_code>/entries/<code>/mark")
@access.participant
@limits.STARTING
def decide_mark(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    chair = _chair(contest_code, round_code)
    form = MarkForm(prefix="mark-")
    mark = form.value() if form.validate() else None
    if mark is None:
        return _entry_page(chair, code, mark=form), 422
    deliberation.decide_mark(
        current_session(),
        chair,
        code,
        mark=mark,
        reason=form.reason.data,
        now=clock.now(),
    )
    return _decided(chair, _("Đã ghi điểm do hội đồng quyết định."))


@bp.post("/<contest_code>/<round_code>/entries/<code>/out")
@access.participant
@limits.STARTING
def leave_out(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    chair = _chair(contest_code, round_code)
    form = OutForm(prefix="out-")
    if not form.validate():
        return _entry_page(chair, code, out=form), 422
    deliberation.leave_out(current_session(), chair, code, reason=form.reason.data, now=clock.now())
    return _decided(chair, _("Đã ghi: bài này không xếp hạng."))


def _decided(chair: Chair, said: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(_addresses(chair)("deliberate"), 303)


@bp.route("/<contest_code>/<round_code>/ties/<code>", methods=["GET", "POST"])
@access.participant
@limits.STARTING
def order(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Put the entries that tie with this one into the jury's order."""
    chair = _chair(contest_code, round_code)
    table = _found(chair, code)[1]
    tie = next((one for one in table.ties if code in one), None)
    if tie is None:
        raise NotFound(deliberation.NO_ENTRY)
    form = order_form(tie)
    if form.validate_on_submit():
        try:
            deliberation.decide_order(
                current_session(),
                chair,
                form.places(),
                reason=form.reason.data,
                now=clock.now(),
            )
        except Invalid as error:
            form.form_errors.append(translate(error.message, error.facts))
        else:
            return _decided(chair, _("Đã ghi thứ tự do hội đồng quyết định."))
    tied = [each for each in table.rows if each.outcome.code in tie]
    return _page("order", chair, form=form, rows=tied), 422 if form.errors else 200


@bp.post("/<contest_code>/<round_code>/decisions/<code>/revoke")
@access.participant
@limits.STARTING
def revoke(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    chair = _chair(contest_code, round_code)
    deliberation.revoke(current_session(), chair, code, now=clock.now())
    return _decided(chair, _("Đã rút quyết định. Quyết định cũ vẫn được lưu trong nhật ký."))


# Results


@bp.route("/<contest_code>/<round_code>/propose", methods=["GET", "POST"])
@access.participant
@limits.STARTING
def propose(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Ask for what is needed, then compute the result that is to be signed."""
    chair = _chair(contest_code, round_code)
    session = current_session()
    form = ProposeForm()
    before = result_queries.published(session, chair.round.id)
    if form.validate_on_submit():
        try:
            run = publishing.propose(
                session,
                chair,
                goes_on=form.goes_on.data or "",
                reason=form.reason.data or "",
                now=clock.now(),
            )
        except Invalid as error:
            _refuse(form, error)
        else:
            return redirect(_addresses(chair)("run", code=run.code), 303)
    short = deliberation.now_standing(session, chair)[1].short
    page = _page("propose", chair, form=form, short=short, before=before)
    return page, 422 if form.errors else 200


def _refuse(form: BaseForm, error: Invalid) -> None:
    """Say what is wrong at the box it is about."""
    boxes = {publishing.SHORT: form.goes_on, publishing.WHY_CORRECT: form.reason}
    said = translate(error.message, error.facts)
    if (box := boxes.get(error.message)) is not None:
        box.errors = [*box.errors, said]
    else:
        form.form_errors.append(said)


@bp.get("/<contest_code>/<round_code>/runs/<code>")
@access.participant
def run(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Show a result as computed: its hash, who signed, and what can be done next."""
    chair = _chair(contest_code, round_code)
    return _run_page(chair, result_queries.run(current_session(), chair.round.id, code))


def _run_page(chair: Chair, found: ResultRun, form: SignForm | None = None) -> str:
    session = current_session()
    offices = publishing.offices(session, chair, found)
    if form is None:
        form = SignForm(formdata=None)
        form.offer(offices)
    is_waiting = found.state in (RunState.PROPOSED, RunState.SIGNED)
    return _page(
        "run",
        chair,
        run=found,
        document=json.loads(found.body),
        signatures=result_queries.signatures(session, found.id),
        is_stale=is_waiting and publishing.is_stale(session, chair, found),
        offices=offices,
        office_names=OFFICES,
        form=form,
        states=STATES,
    )


@bp.get("/<contest_code>/<round_code>/runs/<code>/file")
@access.participant
def run_file(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Give the file of a result, for checking it before signing."""
    chair = _chair(contest_code, round_code)
    found = result_queries.run(current_session(), chair.round.id, code)
    name = f"{chair.contest.code}-{chair.round.code}-{found.no}.json"
    return Response(
        found.body,
        content_type=FILE_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.post("/<contest_code>/<round_code>/runs/<code>/sign")
@access.participant
@limits.STARTING
def sign(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    chair = _chair(contest_code, round_code)
    session = current_session()
    found = result_queries.run(session, chair.round.id, code)
    form = SignForm()
    form.offer(tuple(OFFICES))
    if not form.validate():
        form.offer(publishing.offices(session, chair, found))
        return _run_page(chair, found, form), 422
    publishing.sign(session, chair, code, office=form.office.data, now=clock.now())
    flash(_("Đã ký kết quả."), "success")
    return redirect(_addresses(chair)("run", code=code), 303)


@bp.route("/<contest_code>/<round_code>/runs/<code>/publish", methods=["GET", "POST"])
@access.participant
@limits.STARTING
def publish(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Ask once more, then show the result to everybody."""
    chair = _chair(contest_code, round_code)
    session = current_session()
    form = PlainForm()
    if form.validate_on_submit():
        publishing.publish(session, chair, code, now=clock.now())
        flash(_("Đã công bố kết quả."), "success")
        there = url_for("judging_result.show", contest_code=contest_code, round_code=round_code)
        return redirect(there, 303)
    found = result_queries.run(session, chair.round.id, code)
    if found.state != RunState.SIGNED:
        return redirect(_addresses(chair)("run", code=code))
    return _page(
        "publish",
        chair,
        run=found,
        before=result_queries.published(session, chair.round.id),
        form=form,
    )
