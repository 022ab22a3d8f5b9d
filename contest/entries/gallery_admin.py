"""Organizers' pages of the gallery: what is shown, taking down, answering reports."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from contest.accounts.models import Role
from contest.contests import queries as contests
from contest.core import clock
from contest.entries import publishing, reports, selecting, showing
from contest.entries.gallery_forms import TAKEN_DOWN, AnswerForm, ReasonForm
from contest.entries.reports import WHYS
from contest.entries.selecting import LACKS
from contest.entries.showing import Gallery
from contest.rules.timing import local_day
from contest.web import access, pages
from contest.web.application import current_session

bp = Blueprint("gallery_admin", __name__, url_prefix="/organizer/gallery")

ORGANIZERS = (Role.ORGANIZER, Role.ADMINISTRATOR)


def _today() -> date:
    zone: ZoneInfo = current_app.extensions["settings"].timezone
    return local_day(clock.now(), zone)


def _paths() -> tuple[str, ...]:
    return access.visitor().paths(*ORGANIZERS)


def _owned(contest_code: str, round_code: str) -> Gallery:
    return publishing.owned(current_session(), contest_code, round_code, _paths())[1]


@bp.get("/<contest_code>")
@access.roles(*ORGANIZERS)
def rounds(contest_code: str) -> ResponseReturnValue:
    """List the rounds that have a gallery or a vote."""
    session = current_session()
    contest = contests.owned_one(session, contest_code, _paths())
    found = [each for each in (showing.of_round(contest, one) for one in contest.rounds) if each]
    open_reports = reports.count_open(session, [each.round.id for each in found])
    return render_template(
        "gallery/rounds.html", contest=contest, galleries=found, open_reports=open_reports
    )


@bp.get("/<contest_code>/<round_code>")
@access.roles(*ORGANIZERS)
def index(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Show each handed-in entry: whether it is shown, may be, or why it may not."""
    session, page = current_session(), pages.page_number()
    here = _owned(contest_code, round_code)
    rows = selecting.candidates(
        session,
        here.round.id,
        today=_today(),
        offset=(page - 1) * pages.PER_PAGE,
        limit=pages.PER_PAGE,
    )
    count = selecting.count(session, here.round.id)
    return render_template(
        "gallery/candidates.html",
        here=here,
        rows=rows,
        lacks=LACKS,
        divisions={each.id: each for each in here.contest.divisions},
        may_publish=clock.now() >= here.opens_at,
        open_reports=reports.count_open(session, [here.round.id]).get(here.round.id, 0),
        page=page,
        pages=max(1, -(-count // pages.PER_PAGE)),
    )


def _back(here: Gallery) -> ResponseReturnValue:
    return redirect(url_for("gallery_admin.index", **here.address), 303)


@bp.post("/<contest_code>/<round_code>/publish")
@access.roles(*ORGANIZERS)
def publish_all(contest_code: str, round_code: str) -> ResponseReturnValue:
    here = _owned(contest_code, round_code)
    count = publishing.publish_all(
        current_session(), here, by=access.visitor().id, now=clock.now(), today=_today()
    )
    flash(
        ngettext(
            "Đã đưa %(num)d bài ra trang trưng bày.",
            "Đã đưa %(num)d bài ra trang trưng bày.",
            count,
        ),
        "success",
    )
    return _back(here)


@bp.post("/<contest_code>/<round_code>/<code>/publish")
@access.roles(*ORGANIZERS)
def publish(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    here = _owned(contest_code, round_code)
    publishing.publish(
        current_session(), here, code, by=access.visitor().id, now=clock.now(), today=_today()
    )
    flash(_("Bài đã có trong trang trưng bày."), "success")
    return _back(here)


@bp.route("/<contest_code>/<round_code>/<code>/take-down", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def take_down(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Ask why, then take the entry out of the gallery."""
    session, form = current_session(), ReasonForm()
    here = _owned(contest_code, round_code)
    if form.validate_on_submit():
        reason, by = form.reason.data, access.visitor().id
        publishing.take_down(session, here, code, reason=reason, by=by, now=clock.now())
        flash(_("Đã gỡ bài. Người gửi đọc được lý do."), "success")
        return _back(here)
    _entry, _account, content = selecting.found(session, here.round.id, code)
    page = render_template(
        "gallery/take_down.html", here=here, code=code, title=content["title"], form=form
    )
    return page, 422 if form.errors else 200


@bp.get("/<contest_code>/<round_code>/reports")
@access.roles(*ORGANIZERS)
def queue(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Show what people reported, those not answered first."""
    here, page = _owned(contest_code, round_code), pages.page_number()
    found = reports.queue(
        current_session(),
        here.round.id,
        offset=(page - 1) * pages.PER_PAGE,
        limit=pages.PER_PAGE + 1,
    )
    rows = pages.Page(tuple(found[: pages.PER_PAGE]), page, len(found) > pages.PER_PAGE)
    return render_template("gallery/reports.html", here=here, page=rows, whys=WHYS)


@bp.route("/<contest_code>/<round_code>/reports/<code>", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def answer(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Show one report with the entry it is about; take the answer."""
    session, form = current_session(), AnswerForm()
    here = _owned(contest_code, round_code)
    if form.validate_on_submit():
        reports.answer(
            session,
            here,
            code,
            takes_down=form.verdict.data == TAKEN_DOWN,
            words=form.words.data,
            by=access.visitor().id,
            now=clock.now(),
        )
        flash(_("Đã trả lời báo cáo."), "success")
        return redirect(url_for("gallery_admin.queue", **here.address), 303)
    found = reports.one(session, here.round.id, code)
    page = render_template("gallery/answer.html", here=here, row=found, form=form, whys=WHYS)
    return page, 422 if form.errors else 200
