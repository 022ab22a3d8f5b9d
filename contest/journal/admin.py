"""The pages of the log: read, searched, taken away as a file; nothing here changes a line."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contest.accounts.models import Role
from contest.core import clock
from contest.journal import queries, service
from contest.journal.forms import FiltersForm
from contest.journal.queries import Line, Reader
from contest.journal.saying import told
from contest.web import access, limits, pages
from contest.web.application import current_session
from contest.web.words import translate

bp = Blueprint("journal", __name__, url_prefix="/organizer/journal")


@dataclass(frozen=True, slots=True)
class Shown:
    """A line in the visitor's language."""

    at: datetime
    sentence: str
    contest: str | None


def _zone() -> ZoneInfo:
    zone: ZoneInfo = current_app.extensions["settings"].timezone
    return zone


def _reader() -> Reader:
    here = access.visitor()
    return Reader.of(here.id, here.scopes)


def _form(source: object) -> FiltersForm:
    form = FiltersForm(source)
    form.offer(queries.contests(current_session(), _reader()))
    form.validate()
    return form


@bp.get("/")
@access.roles(Role.ORGANIZER, Role.ADMINISTRATOR)
@limits.SEARCHING
def index() -> ResponseReturnValue:
    """Show what was done, the newest first."""
    form, number = _form(request.args), pages.page_number()
    filters = form.to_filters()
    found = queries.lines(
        *(current_session(), _reader(), filters),
        zone=_zone(),
        offset=(number - 1) * pages.PER_PAGE,
        limit=pages.PER_PAGE + 1,
    )
    rows = tuple(map(_shown, found[: pages.PER_PAGE]))
    asked = {name: field.data for name, field in form._fields.items() if field.data}
    return render_template(
        "journal/index.html",
        form=form,
        asked=asked,
        page=pages.Page(rows, number, len(found) > pages.PER_PAGE),
        sees_all=_reader().is_administrator,
    )


def _shown(line: Line) -> Shown:
    return Shown(line.at, told(line, translate), line.contest)


@bp.post("/file")
@access.roles(Role.ORGANIZER, Role.ADMINISTRATOR)
def export() -> ResponseReturnValue:
    """Let the worker write what the page's filters find into a file."""
    form = _form(request.form)
    code = service.ask(
        *(current_session(), form.to_filters(), request.form.get("kind", "")),
        by=access.visitor(),
        zone=_zone(),
        now=clock.now(),
    )
    return redirect(url_for("jobs.show", code=code), 303)
