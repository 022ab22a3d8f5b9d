"""Practical tasks for examiners: find somebody, tick what they showed, go on to the next."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.accounts import logins
from contest.contests.models import Contest, Round
from contest.core import clock
from contest.entries import acts_forms, examinees, practical, printing
from contest.entries.examinees import EXAMINERS, Person
from contest.rules.entry_rules import EntryRules
from contest.rules.timing import local_day
from contest.web import access, limits, pages
from contest.web.application import current_session

bp = Blueprint("practical", __name__, url_prefix="/practical")


@dataclass(frozen=True, slots=True)
class Here:
    """The round a page is about, and what is carried from one person to the next."""

    round: Round
    day: date | None  # typed for the person before
    is_from_paper: bool

    @property
    def contest(self) -> Contest:
        return self.round.contest

    @property
    def carried(self) -> dict[str, str]:
        """Return what the next page's address says of the person before."""
        said = {} if self.day is None else {"day": self.day.isoformat()}
        return said | ({"paper": "1"} if self.is_from_paper else {})

    def to(self, endpoint: str, **values: Any) -> str:
        names = {
            "contest_code": self.contest.code,
            "round_code": self.round.code,
            **self.carried,
            **values,
        }
        return url_for(f"practical.{endpoint}", **names)


def _zone() -> ZoneInfo:
    found: ZoneInfo = current_app.extensions["settings"].timezone
    return found


def _here(contest_code: str, round_code: str) -> Here:
    found = examinees.round_of(current_session(), contest_code, round_code, by=access.visitor())
    return Here(found, _day(pages.asked("day", 10)), pages.asked("paper", 1) == "1")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@bp.get("/")
@access.roles(*EXAMINERS)
def rounds() -> ResponseReturnValue:
    """Choose a round to examine in."""
    found = examinees.rounds(current_session(), by=access.visitor())
    return render_template("practical/rounds.html", rounds=found, now=clock.now())


@bp.get("/<contest_code>/<round_code>")
@access.roles(*EXAMINERS)
@limits.SEARCHING
def people(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Find the person who will show what they can do."""
    here = _here(contest_code, round_code)
    text, number = pages.asked("q"), pages.page_number()
    sealer = current_app.extensions["sealer"]
    found = examinees.find(
        current_session(),
        here.round,
        text,
        login=logins.stored_login(text, sealer) if text else "",
        by=access.visitor(),
        offset=(number - 1) * pages.PER_PAGE,
        limit=pages.PER_PAGE + 1,
    )
    page = pages.Page(tuple(found[: pages.PER_PAGE]), number, len(found) > pages.PER_PAGE)
    return render_template("practical/people.html", here=here, page=page, text=text)


def _person(here: Here, code: str) -> Person:
    return examinees.person(current_session(), here.round, code, by=access.visitor())


@bp.get("/<contest_code>/<round_code>/people/<code>")
@access.roles(*EXAMINERS)
def person(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Show the checklist for one person, or how to register them first."""
    here = _here(contest_code, round_code)
    found = _person(here, code)
    if found.registration is None:
        form = acts_forms.RegisterForm()
        return _registering(here, found, form)
    last = found.by_examiner(access.visitor().id)
    today = local_day(clock.now(), _zone())
    day = last.shown_on if last else here.day or today
    form = acts_forms.CheckForm(
        data={
            "after": last.no if last else 0,
            "ticked": last.ticked if last else [],
            "shown_on": {"day": day.day, "month": day.month, "year": day.year},
            "is_from_paper": last.is_from_paper if last else here.is_from_paper,
            "note": last.note if last else "",
        }
    )
    return _checking(here, found, form)


def _checking(here: Here, found: Person, form: acts_forms.CheckForm) -> str:
    rules = EntryRules.from_json(here.round.entries)
    form.offer(rules.checklist)
    first, last = practical.days(here.round, now=clock.now(), zone=_zone())
    return render_template(
        "practical/check.html",
        here=here,
        found=found,
        form=form,
        checklist={each.code: each for each in rules.checklist},
        is_own=found.account.id == access.visitor().id,
        first=first,
        last=last,
        me=access.visitor().id,
    )


def _registering(here: Here, found: Person, form: acts_forms.RegisterForm) -> str:
    on = local_day(clock.now(), _zone())
    divisions = examinees.divisions_for(current_session(), here.round, found.account.id, on)
    form.offer(divisions)
    return render_template(
        "practical/register.html", here=here, found=found, form=form, divisions=divisions
    )


@bp.post("/<contest_code>/<round_code>/people/<code>/register")
@access.roles(*EXAMINERS)
@limits.STARTING
def register(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Enter somebody in the contest for them."""
    here = _here(contest_code, round_code)
    found = _person(here, code)
    form = acts_forms.RegisterForm()
    on = local_day(clock.now(), _zone())
    form.offer(examinees.divisions_for(current_session(), here.round, found.account.id, on))
    if not form.validate():
        return _registering(here, found, form), 422
    practical.register(
        current_session(),
        contest_code,
        round_code,
        code,
        form.division.data,
        by=access.visitor(),
        now=clock.now(),
        zone=_zone(),
    )
    flash(_("Đã đăng ký cuộc thi cho %(name)s.", name=found.account.name), "success")
    return redirect(here.to("person", code=code), 303)


@bp.post("/<contest_code>/<round_code>/people/<code>")
@access.roles(*EXAMINERS)
@limits.ANSWERING
def save(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Keep what was ticked and go on to the next person, the day kept."""
    here = _here(contest_code, round_code)
    found = _person(here, code)
    form = acts_forms.CheckForm()
    form.offer(EntryRules.from_json(here.round.entries).checklist)
    is_right = form.validate()
    day = form.day() if is_right else None
    if day is None:
        return _checking(here, found, form), 422
    command = form.to_command(day)
    practical.save(
        current_session(),
        contest_code,
        round_code,
        code,
        command,
        by=access.visitor(),
        now=clock.now(),
        zone=_zone(),
    )
    flash(_("Đã lưu phiếu của %(name)s. Mời người tiếp theo.", name=found.account.name), "success")
    then = Here(here.round, day, command.is_from_paper)
    return redirect(then.to("people"), 303)


# Paper


@bp.get("/<contest_code>/<round_code>/sheet")
@access.roles(*EXAMINERS)
def sheet(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Ask whose names to print and how many empty lines."""
    here = _here(contest_code, round_code)
    return render_template("practical/sheet.html", here=here, form=_sheet_form(here, asked=False))


def _sheet_form(here: Here, *, asked: bool) -> acts_forms.SheetForm:
    form = acts_forms.SheetForm(request.args if asked else None)
    units = examinees.units_with_people(current_session(), here.round, by=access.visitor())
    form.offer(units)
    return form


@bp.get("/<contest_code>/<round_code>/sheet.pdf")
@access.roles(*EXAMINERS)
@limits.LOOKING_OVER
def sheet_file(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Give the sheet to print."""
    here = _here(contest_code, round_code)
    form = _sheet_form(here, asked=True)
    if not form.validate():
        return render_template("practical/sheet.html", here=here, form=form), 422
    unit = ""
    names: list[tuple[str, date | None]] = []
    if form.unit.data:
        unit, names = examinees.names_for_sheet(
            current_session(), here.round, form.unit.data, by=access.visitor()
        )
    data = printing.sheet(here.round, unit=unit, people=names, blank=form.blank.data or 0)
    answer: Response = current_app.response_class(data, mimetype="application/pdf")
    name = f"phieu-thuc-hanh-{here.round.code}.pdf"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
