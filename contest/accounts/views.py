"""Signing in and out, opening an account, one's own facts."""

from datetime import date

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from sqlalchemy.orm import Session

from contest.accounts import forms, logins, queries, service, visitors
from contest.accounts.models import Account, Unit
from contest.core import clock, db, passwords
from contest.core.visitor import Visitor
from contest.errors import Conflict, Invalid
from contest.web import access, limits, pages
from contest.web.application import current_session
from contest.web.forms import BaseForm
from contest.web.words import named, translate

bp = Blueprint("accounts", __name__, url_prefix="/accounts")


def load_visitor(sign_in_code: str) -> Visitor | None:
    """Tell Flask-Login who holds the sign-in that the signed cookie names."""
    return visitors.load(sign_in_code)


@bp.route("/sign-in", methods=["GET", "POST"])
@access.public
@limits.SIGN_IN
def sign_in() -> ResponseReturnValue:
    form = forms.SignInForm()
    if not form.validate_on_submit():
        status = 422 if request.method == "POST" else 200
        return render_template("accounts/sign_in.html", form=form), status
    login = logins.stored_login(form.login.data, current_app.extensions["sealer"])
    with db.reading_session() as reading:  # the write lock is not held while hashing
        account = queries.by_login(reading, login)
        known = account is not None and queries.has_signed_in(reading, account.id, access.device())
    with limits.guessing(login, is_known_device=known):
        is_right = passwords.is_right(
            account.password_hash if account and account.is_active else None, form.password.data
        )
    if account is None or not is_right:
        form.password.errors = [translate(service.WRONG)]
        return render_template("accounts/sign_in.html", form=form), 422
    _let_in(account, password=form.password.data, stays=form.stays.data)
    return redirect(pages.safe_next(), 303)


def _let_in(account: Account, *, password: str, stays: bool) -> None:
    writing = current_session()
    if passwords.needs_rehash(account.password_hash):
        service.rehash(writing, account.id, passwords.hash_password(password))
    opened = service.open_sign_in(writing, account.id, device=access.device(), now=clock.now())
    _enter(account, opened.id, opened.code, stays=stays)


def _enter(account: Account, sign_in_id: int, code: str, *, stays: bool) -> None:
    session.clear()
    session.permanent = stays
    session["account"] = account.id
    login_user(Visitor(account.id, sign_in_id, code, account.name))


@bp.post("/sign-out")
@access.participant
def sign_out() -> ResponseReturnValue:
    here = access.visitor()
    service.end_sign_in(current_session(), here.sign_in_id, now=clock.now())
    visitors.forget(here.sign_in_code)
    logout_user()
    session.clear()
    flash(_("Bạn đã đăng xuất khỏi máy này."), "success")
    return redirect(url_for("main.home"), 303)


@bp.get("/register")
@access.public
@limits.SEARCHING
def choose_unit() -> ResponseReturnValue:
    """First step: under which unit is the person counted?"""
    return _choose_unit("accounts.register", _("Mở tài khoản"))


def _choose_unit(endpoint: str, title: str) -> ResponseReturnValue:
    reading = current_session()
    text = pages.asked("q")
    inside = pages.asked("in", 40)
    parent = queries.unit(reading, inside) if inside else _only_root(reading)
    found = queries.find_units(reading, text)
    children = queries.children(reading, parent.id if parent else None)
    return render_template(
        "accounts/choose_unit.html",
        endpoint=endpoint,
        title=title,
        text=text,
        found=found,
        trails=queries.trails(reading, found),
        parent=parent,
        above=queries.ancestors(reading, parent.path)[:-1] if parent else [],
        children=children,
        deeper=queries.with_children(reading, children),
    )


def _only_root(reading: Session) -> Unit | None:
    roots = queries.children(reading, None)
    return roots[0] if len(roots) == 1 else None


@bp.route("/register/<unit_code>", methods=["GET", "POST"])
@access.public
@limits.REGISTERING
@limits.REGISTERING_ADDRESS
@limits.REGISTERING_TRIES
@limits.REGISTERING_TRIES_ADDRESS
def register(unit_code: str) -> ResponseReturnValue:
    with db.reading_session() as reading:
        unit = queries.unit(reading, unit_code)
        form = forms.RegisterForm(audience_choices=_audience_choices(reading), today=_today())
    if not form.validate_on_submit():
        return _register_page(form, unit, 422 if request.method == "POST" else 200)
    wish = form.to_command(unit_code)
    try:
        service.check_password(wish.password, wish.login)
        account = _register(wish)
    except (Invalid, Conflict) as error:
        _onto(form, error)
        current_session().rollback()
        return _register_page(form, unit, 422)
    opened = service.open_sign_in(
        current_session(), account.id, device=access.device(), now=clock.now()
    )
    _enter(account, opened.id, opened.code, stays=True)
    flash(_("Tài khoản của bạn đã sẵn sàng."), "success")
    return redirect(pages.safe_next(), 303)


def _register(wish: service.Register) -> Account:
    hashed = passwords.hash_password(wish.password)
    return service.register(
        current_session(),
        wish,
        password_hash=hashed,
        sealer=current_app.extensions["sealer"],
        now=clock.now(),
    )


def _onto(form: BaseForm, error: Invalid | Conflict) -> None:
    """Put a rule's refusal beside the field it is about."""
    problems = error.problems if isinstance(error, Invalid) else {}
    for name, problem in problems.items():
        form[name].errors = [translate(problem.message, problem.facts)]
    if not problems:
        form["login"].errors = [translate(error.message, error.facts)]


def _register_page(form: forms.RegisterForm, unit: Unit, status: int) -> ResponseReturnValue:
    return render_template("accounts/register.html", form=form, unit=unit), status


def _today() -> date:
    """Return the calendar day it is here, which may not yet be the day it is in UTC."""
    return clock.now().astimezone(current_app.extensions["settings"].timezone).date()


def _audience_choices(reading: Session) -> list[tuple[str, str]]:
    found = queries.audiences(reading)
    return [(row.code, named(row)) for row in found if row.rules.get("is_declared")]


@bp.get("/me")
@access.participant
def me() -> ResponseReturnValue:
    reading = current_session()
    account = queries.account(reading, current_user.id)
    names = {row.code: row for row in queries.audiences(reading)}
    sealed = account.phone_sealed
    trade = dict(forms.TRADES).get(account.trade or "", account.trade)
    return render_template(
        "accounts/me.html",
        account=account,
        sex=dict(forms.SEXES).get(account.sex or ""),
        trade=trade,
        phone=current_app.extensions["sealer"].open(sealed) if sealed else None,
        units=queries.ancestors(reading, account.unit.path),
        audiences=[names[code] for code in account.audiences if code in names],
        form=forms.ConfirmForm(),
    )


@bp.get("/me/unit")
@access.participant
@limits.SEARCHING
def choose_own_unit() -> ResponseReturnValue:
    """Choose another unit before correcting one's facts."""
    return _choose_unit("accounts.change_facts", _("Đổi đơn vị"))


@bp.route("/me/facts/<unit_code>", methods=["GET", "POST"])
@access.participant
def change_facts(unit_code: str) -> ResponseReturnValue:
    reading = current_session()
    unit = queries.unit(reading, unit_code)
    account = queries.account(reading, current_user.id)
    born = account.birth_date
    form = forms.FactsForm(
        audience_choices=_audience_choices(reading),
        today=_today(),
        data={
            "name": account.name,
            "sex": account.sex or "",
            "trade": account.trade or "",
            "audiences": account.audiences,
            "birth_date": {"day": born.day, "month": born.month, "year": born.year} if born else {},
        },
    )
    if not form.validate_on_submit():
        status = 422 if request.method == "POST" else 200
        return render_template("accounts/change_facts.html", form=form, unit=unit), status
    wish = form.to_change(unit_code)
    service.change_facts(current_session(), wish, by=current_user.id, now=clock.now())
    visitors.forget(access.visitor().sign_in_code)
    flash(_("Đã lưu thông tin của bạn."), "success")
    return redirect(url_for("accounts.me"), 303)


@bp.route("/me/password", methods=["GET", "POST"])
@access.participant
def change_password() -> ResponseReturnValue:
    form = forms.ChangePasswordForm()
    if not form.validate_on_submit():
        return _password_page(form, 422 if request.method == "POST" else 200)
    here = access.visitor()
    with db.reading_session() as reading:
        account = queries.account(reading, here.id)
    with limits.guessing(account.login, is_known_device=True):
        is_right = passwords.is_right(account.password_hash, form.current.data)
    if not is_right:
        form.current.errors = [_("Mật khẩu đang dùng chưa đúng.")]
        return _password_page(form, 422)
    try:
        service.check_password(form.password.data, account.login)
    except Invalid as error:
        _onto(form, error)
        return _password_page(form, 422)
    _change_password(here, form.password.data)
    flash(_("Đã đổi mật khẩu. Các máy khác cần đăng nhập lại."), "success")
    return redirect(url_for("accounts.me"), 303)


def _change_password(here: Visitor, password: str) -> None:
    hashed = passwords.hash_password(password)
    writing = current_session()
    account = service.set_password(
        writing, here.id, password_hash=hashed, by=here.id, now=clock.now()
    )
    opened = service.open_sign_in(writing, here.id, device=access.device(), now=clock.now())
    visitors.forget_all()  # the other devices of this account, too, are out at once
    _enter(account, opened.id, opened.code, stays=session.permanent)


def _password_page(form: forms.ChangePasswordForm, status: int) -> ResponseReturnValue:
    return render_template("accounts/change_password.html", form=form), status
