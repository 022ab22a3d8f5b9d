"""The judge's pages: one's rounds, the queue, the sheet beside the work, the calibration.

A view gets an entry as a BlindEntry and its files as BlindFiles, and nothing else of it.
"""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request
from flask import url_for as address_of
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.accounts.models import Role
from contest.core import clock
from contest.core.storage import Storage
from contest.errors import Invalid, NotFound, Problem
from contest.judging import blind, judge_forms, judge_queries, others, queue, sheets
from contest.judging.judge_queries import Work
from contest.judging.sheets import Draft, Sheet
from contest.media import serving
from contest.media.previews import WORDS
from contest.rules.entry_rules import NAMES
from contest.rules.media import FileKind
from contest.rules.rubric import Criterion
from contest.web import access, errors, limits
from contest.web.application import current_session
from contest.web.words import points, translate

bp = Blueprint("judging", __name__, url_prefix="/judging")
MOST_STEPS = 11  # of a criterion whose points are shown as buttons, 0 to 10
VTT = "text/vtt; charset=utf-8"


@bp.get("/")
@access.roles(Role.JUDGE)
def mine() -> ResponseReturnValue:
    """The rounds one judges in."""
    now = clock.now()
    found = queue.mine(current_session(), by=access.visitor().id, now=now)
    leads = {
        each.seat.round.id
        for each in found
        if each.seat.panelist.is_head
        and others.may_see_totals(each.seat, is_all_done=each.is_all_done, now=now)
    }
    return render_template("judging/mine.html", found=found, leads=leads, now=now)


@bp.get("/rounds/<contest_code>/<round_code>")
@access.roles(Role.JUDGE)
def show_queue(contest_code: str, round_code: str) -> ResponseReturnValue:
    """One's own queue, in an order of one's own."""
    now = clock.now()
    found = queue.of_round(
        current_session(), contest_code, round_code, by=access.visitor().id, now=now
    )
    return render_template(
        "judging/queue.html",
        queue=found,
        seat=found.seat,
        refusal=found.seat.why_not(now),
        upcoming=found.next(),
        kinds=NAMES,
        has_anchors=any(each.is_anchor for each in found.items),
        compared=others.anchors(current_session(), found),
    )


@bp.get("/rounds/<contest_code>/<round_code>/anchors")
@access.roles(Role.JUDGE)
def anchors(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Own sums beside the others' mean, once all own anchors are handed in."""
    found = queue.of_round(
        current_session(), contest_code, round_code, by=access.visitor().id, now=clock.now()
    )
    compared = others.anchors(current_session(), found)
    if compared is None:
        raise NotFound(judge_queries.NO_ENTRY)
    return render_template("judging/anchors.html", seat=found.seat, compared=compared)


@bp.get("/rounds/<contest_code>/<round_code>/next")
@access.roles(Role.JUDGE)
def go_on(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Lead to the entry that is to be scored next, or back to the queue."""
    return redirect(_next_of(contest_code, round_code))


def _next_of(contest_code: str, round_code: str, *, after: str = "") -> str:
    found = queue.of_round(
        current_session(), contest_code, round_code, by=access.visitor().id, now=clock.now()
    )
    upcoming = found.next(after=after)
    if upcoming is None:
        return address_of("judging.show_queue", contest_code=contest_code, round_code=round_code)
    return address_of("judging.sheet", blind_code=upcoming)


def _reach(blind_code: str) -> Work:
    return judge_queries.reach(
        current_session(), blind_code, by=access.visitor().id, now=clock.now()
    )


def _files() -> Storage:
    found: Storage = current_app.extensions["storage"]
    return found


@bp.get("/<blind_code>")
@access.roles(Role.JUDGE)
def sheet(blind_code: str) -> ResponseReturnValue:
    """The work and one's sheet, side by side on a wide screen."""
    work = _reach(blind_code)
    return _page(work, sheets.own(current_session(), work))


def _page(
    work: Work,
    own: Sheet,
    *,
    typed: Draft | None = None,
    newer: Sheet | None = None,
    problems: Mapping[str, Problem] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """Draw the sheet with what was `typed`; `newer` is what another page saved meanwhile."""
    reading, refusal = current_session(), work.seat.why_not(clock.now())
    entry = blind.read(reading, work, _files())
    said = {
        place: translate(problem.message, problem.facts)
        for place, problem in (problems or {}).items()
    }
    page = render_template(
        "judging/sheet.html",
        entry=entry,
        kind=NAMES[entry.kind],
        seat=work.seat,
        division=work.division,
        boxes=[_box(each, (typed or own).scores) for each in work.rubric.criteria],
        own=own,
        shown=typed or own,
        total=_total(work, (typed or own).scores),
        known=own.known,
        newer=newer,
        problems=said,
        refusal=None if refusal is None else translate(refusal.message, refusal.facts),
        others=others.of_work(reading, work, is_done=own.is_done),
        keep=_keep(work),
        form=judge_forms.ActForm(),
        can_skip=work.assignment is not None,
        troubles=WORDS,
    )
    return errors.with_gaps(page, status) if entry.is_cut else (page, status)


def _keep(work: Work) -> str:
    """Name the copy a browser keeps: two judges at one tablet never see each other's."""
    told = f"{work.seat.panelist.code}:{work.blind_code}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _box(criterion: Criterion, scores: Mapping[str, str]) -> dict[str, Any]:
    """Give what the template needs of a criterion: its steps as buttons where they are few."""
    count = int((criterion.most - criterion.least) / criterion.step) + 1
    steps = [criterion.least + at * criterion.step for at in range(count)]
    typed = scores.get(criterion.code, "")
    chosen = _number(criterion, typed)
    return {
        "criterion": criterion,
        "value": typed if chosen is None else points(chosen),
        "steps": steps if count <= MOST_STEPS else [],
        "chosen": chosen,
    }


def _number(criterion: Criterion, typed: str) -> Decimal | None:
    try:
        return criterion.read(typed)
    except Invalid:
        return None


def _total(work: Work, scores: Mapping[str, str]) -> Decimal | None:
    """Sum a sheet up once it is whole."""
    try:
        return work.rubric.total(scores)
    except Invalid:
        return None


@bp.post("/<blind_code>")
@access.roles(Role.JUDGE)
@limits.ANSWERING
def write(blind_code: str) -> ResponseReturnValue:
    """Take a plain form: hand in, keep as a draft, or put off. Nothing typed is ever dropped."""
    work, now, writing = _reach(blind_code), clock.now(), current_session()
    draft = judge_forms.read_form(request.form, work.rubric)
    here = work.seat.round
    try:
        if request.form.get("go") != "submit":
            sheets.save_draft(writing, work, draft, now=now)
            if request.form.get("go") == "later":
                sheets.skip(writing, work, now=now)
                return redirect(_next_of(here.contest.code, here.code, after=blind_code), 303)
            flash(_("Đã lưu nháp. Phiếu chưa được nộp."), "success")
            return redirect(address_of("judging.sheet", blind_code=blind_code), 303)
        sheets.submit(writing, work, draft, by=access.visitor().id, now=now)
    except sheets.Newer as error:
        return _page(work, error.sheet, typed=draft, newer=error.sheet, status=409)
    except sheets.Counted as error:
        sheets.save_draft(writing, work, draft, now=now)
        flash(translate(error.message), "warning")
        return redirect(address_of("judging.sheet", blind_code=blind_code), 303)
    except Invalid as error:
        return _with_problems(work, draft, error)
    flash(_("Đã nộp phiếu. Bạn vẫn sửa được đến khi giai đoạn chấm đóng."), "success")
    return redirect(_next_of(here.contest.code, here.code, after=blind_code), 303)


def _with_problems(work: Work, draft: Draft, error: Invalid) -> ResponseReturnValue:
    """Show the sheet again with what is wrong; what can be kept is kept as a draft."""
    writing = current_session()
    try:
        own = sheets.save_draft(writing, work, draft, now=clock.now())
    except Invalid:
        own = sheets.own(writing, work)
    return _page(work, own, typed=draft, problems=error.problems, status=422)


@bp.post("/<blind_code>/draft")
@access.roles(Role.JUDGE)
@limits.ANSWERING
def draft(blind_code: str) -> ResponseReturnValue:
    """Save in the background; 409 holds the newer text when another page was faster."""
    work = _reach(blind_code)
    given = judge_forms.read_json(request.get_json(silent=True))
    try:
        saved = sheets.save_draft(current_session(), work, given, now=clock.now())
    except sheets.Newer as error:
        return {"error": "newer", "message": translate(error.message)} | _told(error.sheet), 409
    return _told(saved)


def _told(saved: Sheet) -> dict[str, Any]:
    return {
        "scores": dict(saved.scores),
        "comment": saved.comment,
        "note": saved.note,
        "known": saved.known,
    }


@bp.get("/<blind_code>/recuse")
@access.roles(Role.JUDGE)
def ask_recusal(blind_code: str) -> ResponseReturnValue:
    """Ask why one cannot judge an entry."""
    return _recusal(_reach(blind_code), judge_forms.RecusalForm())


@bp.post("/<blind_code>/recuse")
@access.roles(Role.JUDGE)
def recuse(blind_code: str) -> ResponseReturnValue:
    """Step back from an entry for good."""
    work, form = _reach(blind_code), judge_forms.RecusalForm()
    if not form.validate():
        return _recusal(work, form, status=422)
    sheets.recuse(
        current_session(), work, form.reason.data, by=access.visitor().id, now=clock.now()
    )
    flash(_("Bạn không chấm bài này nữa. Ban tổ chức đã nhận được lý do."), "success")
    here = work.seat.round
    return redirect(_next_of(here.contest.code, here.code, after=blind_code), 303)


def _recusal(
    work: Work, form: judge_forms.RecusalForm, *, status: int = 200
) -> ResponseReturnValue:
    refusal = work.seat.why_not(clock.now())
    if refusal is not None:
        raise refusal
    return render_template("judging/recuse.html", form=form, blind_code=work.blind_code), status


@bp.get("/<blind_code>/media/<int:n>/captions")
@access.roles(Role.JUDGE)
def captions(blind_code: str, n: int) -> ResponseReturnValue:
    """The captions of a clip."""
    return Response(blind.captions(current_session(), _reach(blind_code), n), content_type=VTT)


@bp.get("/<blind_code>/media/<int:n>/<kind>")
@access.roles(Role.JUDGE)
def file(blind_code: str, n: int, kind: str) -> ResponseReturnValue:
    """One file of the work, under a name of ours."""
    found = blind.file(current_session(), _reach(blind_code), n, kind)
    # An original's key holds the code that stands on its sender's receipt.
    stays = found.kept.kind == FileKind.ORIGINAL
    return serving.answer(_files(), found.kept, name=found.name, stays=stays)
