"""The gallery for everybody: lists, the page of an entry, its files, reports; one's own entries."""

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy.orm import Session

from contest.accounts.models import Role
from contest.contests.models import Division
from contest.core import clock
from contest.entries import publishing, reports, selecting, showing
from contest.entries.gallery_forms import ReportForm
from contest.entries.models import EntryReport
from contest.entries.reports import WHYS, Why
from contest.entries.showing import Gallery, Shown
from contest.errors import NotFound
from contest.media import serving
from contest.media.previews import WORDS, Previews, Trouble
from contest.rules.entry_rules import NAMES
from contest.rules.media import FileKind
from contest.rules.timing import local_day
from contest.web import access, errors, limits, pages
from contest.web.application import current_session

bp = Blueprint("gallery", __name__, url_prefix="/gallery")

# For renditions and captions only. A browser that keeps one longer would show what was taken down.
PUBLIC = "public, max-age=600"
LONGEST_PREVIEW = 60_000  # bytes of a document's text that stand in the page

# What rooms above put beside an entry: given the session, the gallery and the entry, some HTML.
BESIDE: list[Callable[[Session, Gallery, Shown], Markup]] = []


def _today() -> date:
    zone: ZoneInfo = current_app.extensions["settings"].timezone
    return local_day(clock.now(), zone)


@bp.get("/<contest_code>/<round_code>")
@access.public
def index(contest_code: str, round_code: str) -> ResponseReturnValue:
    """List what is shown, by small pictures, in an order of this browser's own for this day."""
    session, today = current_session(), _today()
    here = showing.gallery(session, contest_code, round_code)
    division = _division(here)
    ids = showing.shuffled(
        session,
        here,
        seed=f"{access.device()}/{today.isoformat()}",
        today=today,
        division=None if division is None else division.id,
    )
    last = max(1, -(-len(ids) // showing.PER_PAGE))
    page = pages.page_number()
    if page > last:
        raise NotFound(_("Trang trưng bày không có trang này."))
    start = (page - 1) * showing.PER_PAGE
    return render_template(
        "gallery/index.html",
        here=here,
        cards=showing.cards(session, here, ids[start : start + showing.PER_PAGE]),
        division=division,
        divisions={each.id: each for each in here.contest.divisions},
        kinds=NAMES,
        count=len(ids),
        page=page,
        pages=last,
        is_judge=_is_judge(here),
        shows_votes=here.rules.vote is not None,
    )


def _division(here: Gallery) -> Division | None:
    code = pages.asked("division", 40)
    if not code:
        return None
    found = next((each for each in here.contest.divisions if each.code == code), None)
    if found is None:
        raise NotFound(_("Không tìm thấy bảng thi này."))
    return found


def _is_judge(here: Gallery) -> bool:
    """Say whether the visitor may be of the jury that still judges without names."""
    return not here.shows_names and bool(current_user.may(Role.JUDGE))


@bp.get("/<contest_code>/<round_code>/<code>")
@access.public
def show(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Show an entry; nothing of a clip is loaded before somebody wants it."""
    session = current_session()
    here = showing.gallery(session, contest_code, round_code)
    entry = showing.one(session, here, code, today=_today())
    previews = Previews(current_app.extensions["storage"])
    page = render_template(
        "gallery/show.html",
        here=here,
        entry=entry,
        kinds=NAMES,
        is_fine=pages.asked("size") == FileKind.LARGE,
        previews=_previews(session, here, entry, previews),
        troubles=WORDS,
        is_judge=_is_judge(here),
        beside=[make(session, here, entry) for make in BESIDE],
    )
    return errors.with_gaps(page) if previews.is_silent else page


def _previews(
    session: Session, here: Gallery, entry: Shown, previews: Previews
) -> dict[str, tuple[str | None, Trouble | None]]:
    """Return the text of short documents, or why it is not there; a link opens long ones."""
    found = {}
    for piece in entry.pieces:
        if 0 < piece.bytes.get(FileKind.PREVIEW, 0) <= LONGEST_PREVIEW:
            kept = showing.rendition(
                session, here, entry.code, piece.code, FileKind.PREVIEW, today=_today()
            )
            found[piece.code] = previews.text(kept, LONGEST_PREVIEW)
    return found


@bp.get("/<contest_code>/<round_code>/<code>/files/<file>/<kind>")
@access.public
def rendition(
    contest_code: str, round_code: str, code: str, file: str, kind: str
) -> ResponseReturnValue:
    """Hand out a file we made; ranges let a player jump. The original is nowhere here."""
    session = current_session()
    here = showing.gallery(session, contest_code, round_code)
    kept = showing.rendition(session, here, code, file, kind, today=_today())
    ending = ".pdf" if kind == FileKind.PAPER else ""
    files = current_app.extensions["storage"]
    return serving.answer(files, kept, name=f"{code}-{kind}{ending}", cache=PUBLIC)


@bp.get("/<contest_code>/<round_code>/<code>/files/<file>/captions.vtt")
@access.public
def captions(contest_code: str, round_code: str, code: str, file: str) -> ResponseReturnValue:
    session = current_session()
    here = showing.gallery(session, contest_code, round_code)
    text = showing.captions(session, here, code, file, today=_today())
    headers = {"Cache-Control": PUBLIC, "Content-Security-Policy": serving.POLICY}
    return Response(text, mimetype="text/vtt", headers=headers)


@bp.route("/<contest_code>/<round_code>/<code>/report", methods=["GET", "POST"])
@access.participant
@limits.REPORTING
def report(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Take a report; its answer is read among one's own things, the entry gone or not."""
    session, by = current_session(), access.visitor().id
    here = showing.gallery(session, contest_code, round_code)
    entry = showing.one(session, here, code, today=_today())
    form = ReportForm().offer()
    if form.validate_on_submit():
        reports.send(
            session,
            here,
            entry.id,
            why=Why(form.why.data),
            text=form.text.data or "",
            by=by,
            now=clock.now(),
        )
        flash(_("Đã gửi báo cáo cho ban tổ chức. Cảm ơn bạn."), "success")
        return redirect(url_for("gallery.mine"), 303)
    sent: EntryReport | None = reports.own(session, entry.id, by)
    page = render_template(
        "gallery/report.html", here=here, entry=entry, form=form, sent=sent, whys=WHYS
    )
    return page, 422 if form.errors else 200


@bp.get("/mine")
@access.participant
def mine() -> ResponseReturnValue:
    """List one's own entries that are or were shown, each with a way out."""
    session, by = current_session(), access.visitor().id
    return render_template(
        "gallery/mine.html",
        rows=[_own(each) for each in selecting.mine(session, by)],
        reported=reports.mine(session, by),
        whys=WHYS,
    )


def _own(each: selecting.Mine) -> dict[str, Any]:
    entry = each.entry
    return {
        "code": entry.code,
        "title": each.title,
        "contest": each.contest,
        "round": each.round,
        "published_at": entry.published_at,
        "takedown": entry.takedown,
        "agrees": entry.shows_in_gallery,
    }


@bp.post("/mine/<code>/withdraw")
@access.participant
def withdraw(code: str) -> ResponseReturnValue:
    """Take back one's consent: the entry leaves the gallery at once, and stays in the contest."""
    publishing.withdraw_own(current_session(), code, by=access.visitor().id, now=clock.now())
    flash(
        _("Bài không còn được trưng bày. Bài dự thi của bạn vẫn được chấm như thường."), "success"
    )
    return redirect(url_for("gallery.mine"), 303)
