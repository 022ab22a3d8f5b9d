"""Organizers' pages for lists: people, judges, helpers, headcounts from Excel or CSV."""

from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

from flask import Blueprint, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.accounts import forms, queries
from contest.accounts.importing import loading, workbooks
from contest.accounts.importing.outcome import Fate, Plan, Planned
from contest.accounts.importing.places import Places
from contest.accounts.models import Role
from contest.accounts.people_file import Kind
from contest.core import clock
from contest.errors import N_, Invalid, NotFound
from contest.web import access, limits, pages
from contest.web.application import current_session
from contest.web.words import translate

bp = Blueprint("accounts_lists", __name__, url_prefix="/organizer/lists")

LARGEST_BODY = 8 * 1024 * 1024  # bytes: above the file's own limit, which says more when passed
WORDS = {
    Fate.NEW: N_("Thêm mới"),
    Fate.CHANGED: N_("Cập nhật"),
    Fate.SAME: N_("Đã có"),
    Fate.REFUSED: N_("Không nạp được"),
}
TONES = {Fate.NEW: "good", Fate.CHANGED: "info", Fate.SAME: "plain", Fate.REFUSED: "bad"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the report, in the visitor's language."""

    number: int
    name: str
    birth_date: date | None
    unit: str
    login: str
    headcount: int | None
    word: str
    tone: str
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def _today(now: datetime) -> date:
    return now.astimezone(current_app.extensions["settings"].timezone).date()


@bp.get("/")
@access.roles(Role.ORGANIZER, Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    return _index(forms.ListFileForm())


def _index(form: forms.ListFileForm) -> str:
    may_load_units = access.visitor().may(Role.ADMINISTRATOR)
    return render_template("accounts/lists.html", form=form, may_load_units=may_load_units)


@bp.get("/templates/<kind>")
@access.roles(Role.ORGANIZER, Role.ADMINISTRATOR)
def template(kind: str) -> ResponseReturnValue:
    """Give an empty workbook to fill in, with the units of one's own part."""
    if kind not in workbooks.NAMES:
        raise NotFound(N_("Không có mẫu này."))
    reading = current_session()
    places = Places(reading, access.visitor().paths(Role.ORGANIZER, Role.ADMINISTRATOR))
    audiences = [audience.name for audience in queries.audiences(reading)]
    data = workbooks.template(kind, list(places.by_id.values()), audiences)
    return send_file(
        BytesIO(data),
        mimetype=workbooks.XLSX,
        as_attachment=True,
        download_name=workbooks.NAMES[kind],
    )


@bp.post("/")
@access.roles(Role.ORGANIZER, Role.ADMINISTRATOR)
@limits.LOOKING_OVER
@limits.body(LARGEST_BODY)
def send() -> ResponseReturnValue:
    """Keep a file to be looked over; what cannot be read is refused at once."""
    form = forms.ListFileForm()
    if not form.validate():
        return _index(form), 422
    with closing(form.file.data) as file:
        name, data = file.filename or "", file.read()
    try:
        sent = loading.send(
            *(current_session(), current_app.extensions["storage"], data, Kind(form.kind.data)),
            name=name,
            by=access.visitor().id,
            now=clock.now(),
        )
    except Invalid as error:  # raised before anything is written
        form.file.errors = [translate(each.message, each.facts) for each in error.problems.values()]
        return _index(form), 422
    return redirect(url_for("accounts_lists.look_over", code=sent.code), 303)


@bp.get("/<code>")
@access.roles(Role.ORGANIZER, Role.ADMINISTRATOR)
@limits.LOOKING_OVER
def look_over(code: str) -> ResponseReturnValue:
    """Show what each row would do; nothing is written by looking."""
    reading = current_session()
    sent = loading.sent_file(reading, code, by=access.visitor().id)
    if loading.job_of(reading, code) is not None:
        return redirect(url_for("jobs.show", code=code))
    plan = loading.looked_over(
        *(reading, current_app.extensions["storage"], sent),
        sealer=current_app.extensions["sealer"],
        today=_today(clock.now()),
    )
    is_narrow = request.args.get("show") == "doubtful"
    return render_template(
        "accounts/list.html",
        sent=sent,
        title=translate(loading.TITLES[plan.kind]),
        kind=plan.kind.value,
        counts=plan.counts,
        total=len(plan.lines),
        notes=[translate(note.message, note.facts) for note in plan.notes],
        is_narrow=is_narrow,
        doubtful=sum(map(_is_doubtful, plan.lines)),
        page=_page(plan, is_narrow=is_narrow),
    )


def _is_doubtful(line: Planned) -> bool:
    return bool(line.problems or line.warnings)


def _page(plan: Plan, *, is_narrow: bool) -> pages.Page:
    lines = [line for line in plan.lines if _is_doubtful(line) or not is_narrow]
    number = pages.page_number()
    start = (number - 1) * pages.PER_PAGE
    rows = tuple(_shown(line) for line in lines[start : start + pages.PER_PAGE])
    return pages.Page(rows, number, start + pages.PER_PAGE < len(lines))


def _shown(line: Planned) -> Shown:
    unit = line.unit.name if line.unit else line.row.unit if line.row else ""
    if line.new_class and line.unit:
        unit = f"{line.new_class.name}, {line.unit.name}"
    return Shown(
        number=line.number,
        name=line.name,
        birth_date=line.row.birth_date if line.row else None,
        unit=unit,
        login=line.shown_login or ("–" if line.fate is not Fate.SAME else _("như đang có")),
        headcount=line.headcount,
        word=translate(WORDS[line.fate]),
        tone=TONES[line.fate],
        problems=tuple(translate(each.message, each.facts) for each in line.problems),
        warnings=tuple(translate(each.message, each.facts) for each in line.warnings),
    )


@bp.post("/<code>")
@access.roles(Role.ORGANIZER, Role.ADMINISTRATOR)
def load(code: str) -> ResponseReturnValue:
    """Let the worker load every good row."""
    now = clock.now()
    asked = loading.ask(
        *(current_session(), current_app.extensions["storage"], code),
        by=access.visitor().id,
        now=now,
        today=_today(now),
    )
    return redirect(url_for("jobs.show", code=asked), 303)
