"""Organizers' pages about people and units of their own part of the tree."""

from contextlib import closing

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.accounts import forms, logins, queries, service, unit_file, visitors
from contest.accounts.models import Role
from contest.core import clock, ids, passwords
from contest.core.visitor import Visitor
from contest.errors import Invalid
from contest.web import access, limits, pages
from contest.web.application import current_session
from contest.web.words import translate

bp = Blueprint("accounts_admin", __name__, url_prefix="/organizer")

LARGEST_BODY = 8 * 1024 * 1024  # bytes: above the file's own limit, which says more when passed


def _paths(here: Visitor) -> tuple[str, ...]:
    return here.paths(Role.ORGANIZER, Role.ADMINISTRATOR)


@bp.get("/people")
@access.roles(Role.ORGANIZER, Role.ADMINISTRATOR)
@limits.SEARCHING
def people() -> ResponseReturnValue:
    """Find anybody of one's part of the tree by name, without marks if one likes."""
    text = pages.asked("q")
    number = pages.page_number()
    found = queries.find_people(
        current_session(),
        text,
        paths=_paths(access.visitor()),
        login=logins.stored_login(text, current_app.extensions["sealer"]),
        offset=(number - 1) * pages.PER_PAGE,
        limit=pages.PER_PAGE + 1,
    )
    page = pages.Page(tuple(found[: pages.PER_PAGE]), number, len(found) > pages.PER_PAGE)
    return render_template("accounts/people.html", page=page, text=text)


@bp.get("/people/<code>")
@access.roles(Role.ORGANIZER, Role.ADMINISTRATOR)
def person(code: str) -> ResponseReturnValue:
    reading = current_session()
    found = queries.person(reading, code, paths=_paths(access.visitor()))
    return render_template(
        "accounts/person.html",
        person=found,
        units=queries.ancestors(reading, found.unit.path),
        scopes=queries.scopes(reading, found.id),
    )


@bp.post("/people/<code>/password")
@access.roles(Role.ORGANIZER, Role.ADMINISTRATOR)
def give_temporary_password(code: str) -> ResponseReturnValue:
    """Show a temporary password once; the person must change it at the next sign-in."""
    password = ids.new_password()
    hashed = passwords.hash_password(password)
    found = service.give_temporary_password(
        current_session(), code, password_hash=hashed, by=access.visitor(), now=clock.now()
    )
    visitors.forget_all()
    return render_template("accounts/temporary_password.html", person=found, password=password)


@bp.get("/units")
@access.roles(Role.ORGANIZER, Role.ADMINISTRATOR)
@limits.SEARCHING
def units() -> ResponseReturnValue:
    reading = current_session()
    code = pages.asked("in", 40)
    text = pages.asked("q")
    parent = queries.unit(reading, code) if code else None
    children = (
        queries.find_units(reading, text, limit=pages.PER_PAGE)
        if text
        else queries.children(reading, parent.id if parent else None)
    )
    return render_template(
        "accounts/units.html",
        text=text,
        parent=parent,
        above=queries.ancestors(reading, parent.path)[:-1] if parent else [],
        children=children,
        trails=queries.trails(reading, children),
        deeper=queries.with_children(reading, children),
        form=forms.UnitFileForm(),
        may_load=access.visitor().may(Role.ADMINISTRATOR),
    )


@bp.post("/units")
@access.roles(Role.ADMINISTRATOR)
@limits.body(LARGEST_BODY)
def load_units() -> ResponseReturnValue:
    """Take a whole spreadsheet of units, or none of it."""
    form = forms.UnitFileForm()
    try:
        rows = unit_file.read(_sent(form))
    except Invalid as error:
        return _unit_problems(error, _("Dòng"))
    try:
        added = service.load_units(current_session(), rows, by=access.visitor().id, now=clock.now())
    except Invalid as error:
        current_session().rollback()
        return _unit_problems(error, _("Mã"))
    said = _("Đã nhận %(rows)d đơn vị, trong đó %(added)d đơn vị mới.", rows=len(rows), added=added)
    flash(said, "success")
    return redirect(url_for("accounts_admin.units"), 303)


def _sent(form: forms.UnitFileForm) -> bytes:
    """Return the bytes of the file that was sent, none when there was no file."""
    if not form.file.data:
        return b""
    with closing(form.file.data) as file:
        sent: bytes = file.read()
    return sent


def _unit_problems(error: Invalid, what: str) -> ResponseReturnValue:
    """Name every place to mend: a row of the file, or a unit's code."""
    problems = {
        _("Tệp") if place == "file" else f"{what} {place}": translate(found.message, found.facts)
        for place, found in error.problems.items()
    }
    page = render_template(
        "accounts/unit_problems.html", message=translate(error.message), problems=problems
    )
    return page, 422
