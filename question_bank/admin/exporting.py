"""Taking questions out: a list as a file, a paper to print; jobs make both."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contest.core import clock, ids, jobs
from contest.core.jobs import State
from contest.errors import N_
from contest.jobs import views as job_pages
from contest.web import access, limits
from contest.web.application import current_session
from contest.web.words import translate
from question_bank import moving, ownership, searching
from question_bank.admin import desk
from question_bank.admin.browsing import filter_form
from question_bank.admin.desk import ORGANIZERS, bp
from question_bank.admin.importing import own_job, waiting
from question_bank.formats.docx.printed import MOST_PRINTED
from question_bank.forms import browsing
from question_bank.forms.moving import WRITTEN, ExportForm, PrintForm
from question_bank.ownership import BankRow
from question_bank.searching import Filters
from question_bank.showing import LABELS

TITLE_EXPORT, TITLE_PRINT = N_("Xuất câu hỏi ra tệp"), N_("In đề thi ra giấy")
FILE_NAME = "cau-hoi"
MANY = N_("Danh sách có %(count)d câu; đề in nhiều nhất %(most)d câu. Hãy ghi số câu cần lấy.")
NONE = N_("Không có câu hỏi nào trong danh sách này.")

job_pages.PAGES[moving.EXPORT] = "questions_admin.exported"


def _listed() -> tuple[dict[str, str], Filters, list[BankRow], int]:
    """Give the list the address asks for: its filters, its banks, how many questions it has."""
    rows = desk.banks()
    asked = filter_form(rows).asked()
    chosen = [row for row in rows if row.code == asked.get("bank")] or rows
    filters = browsing.filters(asked, today=desk.today())
    found = searching.search(
        current_session(), filters, bank_ids=ownership.bank_ids(chosen), per_page=1
    )
    return asked, filters, chosen, found.total


def _enqueue(name: str, title: str, args: Mapping[str, Any]) -> str:
    asked, filters, rows, _total = _listed()
    code = ids.new_code()
    listed = {
        "banks": ownership.bank_ids(rows),
        "filters": moving.filters_as_json(filters),
        "sort": browsing.order(asked).value,
    }
    jobs.enqueue(
        current_session(),
        name,
        {**listed, **args},
        title=title,
        subject=f"bank:{rows[0].code}" if len(rows) == 1 else "banks",
        by=access.visitor().id,
        now=clock.now(),
        code=code,
    )
    return code


@bp.route("/export", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
@limits.SEARCHING
def export() -> ResponseReturnValue:
    """Take the list of the address out as a file."""
    asked, _filters, rows, total = _listed()
    form = ExportForm()
    if total and form.validate_on_submit():
        args = {"format": form.format.data, "name": FILE_NAME}
        code = _enqueue(moving.EXPORT, TITLE_EXPORT, args)
        return redirect(url_for("questions_admin.exported", code=code), 303)
    page = render_template(
        "questions_admin/export.html", form=form, asked=asked, total=total, rows=rows
    )
    return page, 422 if request.method == "POST" else 200


@bp.get("/exported/<code>")
@access.roles(*ORGANIZERS)
def exported(code: str) -> ResponseReturnValue:
    """Show how far the file is; then, before it is fetched, what of the questions it lacks."""
    job = own_job(code, moving.EXPORT)
    if job.state != State.DONE:
        return waiting(job)
    return render_template(
        "questions_admin/exported.html",
        code=code,
        report=moving.report_of(desk.storage(), code),
        format=translate(WRITTEN[job.args["format"]]),
        labels={name: translate(word) for name, word in LABELS.items()},
    )


@bp.route("/print", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
@limits.SEARCHING
def print_paper() -> ResponseReturnValue:
    """Print the list of the address as an exam of several codes."""
    asked, _filters, _rows, total = _listed()
    form = PrintForm()
    if request.method == "GET":
        form.seed.data = ids.new_code(8)
    elif form.validate():
        if not total:
            form.form_errors.append(translate(NONE))
        elif (form.count.data or total) > MOST_PRINTED:
            facts = {"count": total, "most": MOST_PRINTED}
            form.count.errors = [translate(MANY, facts)]
        else:
            args = {name: value for name, value in form.data.items() if name != "csrf_token"}
            args |= {name: args[name] or "" for name in ("organizer", "unit")}
            code = _enqueue(moving.PRINT, TITLE_PRINT, args)
            return redirect(url_for("jobs.show", code=code), 303)
    page = render_template("questions_admin/print.html", form=form, asked=asked, total=total)
    return page, 422 if form.errors else 200
