"""Banks and their questions: lists, filters, opening and changing a bank."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.core import clock, ids
from contest.web import access, limits, pages
from contest.web.application import current_session
from question_bank import listing, ownership, searching, service
from question_bank.admin import desk
from question_bank.admin.desk import ORGANIZERS, bp
from question_bank.forms import browsing
from question_bank.forms.browsing import BankForm, FilterForm
from question_bank.models import Bank, QuestionState

PLATFORM_UNIT = ""  # an administrator may open a bank of no unit


@bp.get("/")
@access.roles(*ORGANIZERS)
def banks() -> ResponseReturnValue:
    """List the banks one may read, with how many questions each has."""
    rows = desk.banks()
    counts = listing.counts(current_session(), ownership.bank_ids(rows))
    return render_template(
        "questions_admin/banks.html", rows=rows, counts=counts, none=listing.Counts()
    )


@bp.get("/questions")
@access.roles(*ORGANIZERS)
@limits.SEARCHING
def questions() -> ResponseReturnValue:
    """List the questions of the banks one may read, as the filters say."""
    rows = desk.banks()
    form = filter_form(rows)
    asked, number = form.asked(), pages.page_number()
    chosen = [row for row in rows if row.code == asked.get("bank")] or rows
    found = searching.search(
        current_session(),
        browsing.filters(asked, today=desk.today()),
        bank_ids=ownership.bank_ids(chosen),
        sort=browsing.order(asked),
        page=number,
    )
    return render_template(
        "questions_admin/questions.html",
        form=form,
        asked=asked,
        found=found,
        page=number,
        pages=-(-found.total // searching.PER_PAGE),
        today=desk.today(),
        writable=[row for row in rows if row.may_write and row.retired_at is None],
        bank=chosen[0] if len(chosen) == 1 and asked.get("bank") else None,
    )


def filter_form(rows: list[ownership.BankRow]) -> FilterForm:
    """Build the filters' form of the address."""
    return FilterForm(
        request.args,
        banks=desk.bank_choices(rows),
        topics=desk.topic_choices(),
        audiences=desk.audience_choices(),
    )


@bp.get("/review")
@access.roles(*ORGANIZERS)
def queue() -> ResponseReturnValue:
    """List what waits for somebody to review it, in the banks one may change."""
    rows = [row for row in desk.banks() if row.may_write]
    number = pages.page_number()
    found = searching.search(
        current_session(),
        searching.Filters(state=QuestionState.IN_REVIEW),
        bank_ids=ownership.bank_ids(rows),
        sort=searching.Sort.NEWEST,
        page=number,
    )
    return render_template(
        "questions_admin/queue.html",
        found=found,
        page=number,
        pages=-(-found.total // searching.PER_PAGE),
        topics=dict(desk.topic_choices()),
    )


# Banks


@bp.route("/new", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def open_bank() -> ResponseReturnValue:
    """Open a bank of a unit of one's own part, or, as an administrator, of the platform."""
    looker = desk.looker()
    units = [(unit.code, unit.name) for unit in listing.units(current_session(), looker)]
    if looker.is_administrator:
        units.append((PLATFORM_UNIT, _("Không thuộc đơn vị nào: dùng chung toàn tỉnh")))
    form = BankForm(units)
    if form.validate_on_submit():
        code = form.unit.data or ""
        unit_id = None
        if code or not looker.is_administrator:
            unit_id = listing.unit_in(current_session(), code, looker).id
        bank = service.open_bank(
            current_session(),
            ids.new_code(),
            form.name.data or "",
            unit_id=unit_id,
            is_shared_down=bool(form.is_shared_down.data),
            by=access.visitor().id,
            now=clock.now(),
        )
        flash(_("Đã mở ngân hàng “%(name)s”.", name=bank.name), "success")
        return redirect(url_for("questions_admin.questions", bank=bank.code), 303)
    page = render_template("questions_admin/bank.html", form=form, bank=None)
    return page, 422 if form.errors else 200


@bp.route("/<bank>/settings", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def change_bank(bank: str) -> ResponseReturnValue:
    """Rename a bank, share it downward or not."""
    found = _own(bank)
    form = BankForm(None, name=found.name, is_shared_down=found.is_shared_down)
    if form.validate_on_submit():
        service.change_bank(
            current_session(),
            found.id,
            name=form.name.data or "",
            is_shared_down=bool(form.is_shared_down.data),
            by=access.visitor().id,
            now=clock.now(),
        )
        flash(_("Đã lưu."), "success")
        return redirect(url_for("questions_admin.banks"), 303)
    page = render_template("questions_admin/bank.html", form=form, bank=found)
    return page, 422 if form.errors else 200


@bp.post("/<bank>/retire")
@access.roles(*ORGANIZERS)
def retire_bank(bank: str) -> ResponseReturnValue:
    found = _own(bank)
    service.retire_bank(current_session(), found.id, by=access.visitor().id, now=clock.now())
    flash(_("Đã ngừng dùng ngân hàng này. Đề đã rút vẫn giữ nguyên."), "success")
    return redirect(url_for("questions_admin.banks"), 303)


@bp.post("/<bank>/bring-back")
@access.roles(*ORGANIZERS)
def bring_back_bank(bank: str) -> ResponseReturnValue:
    found = _own(bank)
    service.bring_back_bank(current_session(), found.id, by=access.visitor().id, now=clock.now())
    flash(_("Ngân hàng được dùng trở lại."), "success")
    return redirect(url_for("questions_admin.banks"), 303)


def _own(code: str) -> Bank:
    """Return a bank one may change."""
    return ownership.bank(current_session(), code, desk.looker(), to_write=True)
