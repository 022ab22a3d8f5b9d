"""Who may enter: the visitor, and the decorators every view wears exactly one of.

A view without one lets nobody in. `accounts` registers the loader that turns the signed cookie's
sign-in code into a Visitor; this room does not know accounts.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import AnonymousUserMixin, LoginManager, current_user

from contest.core.visitor import PARTICIPANT, Visitor
from contest.errors import N_, NotAllowed

View = TypeVar("View", bound=Callable[..., Any])
DEVICE_COOKIE = "device"
DEVICE_AGE = 2 * 365 * 24 * 3600  # seconds
PUBLIC = "public"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # no address of ours has one; PostgreSQL refuses NUL


class Stranger(AnonymousUserMixin):  # type: ignore[misc]  # Flask-Login is untyped
    """Nobody signed in."""

    id = None
    name = ""

    def may(self, *_roles: str) -> bool:
        return False

    def paths(self, *_roles: str) -> tuple[str, ...]:
        return ()


def visitor() -> Visitor:
    """Return the signed-in visitor; only for views that are not public."""
    found: Visitor = current_user._get_current_object()  # noqa: SLF001 -- Flask-Login's documented way
    return found


def public(view: View) -> View:
    """Let everybody in."""
    return _declare(view, (PUBLIC,))


def participant(view: View) -> View:
    """Let everybody signed in, in."""
    return _declare(view, (PARTICIPANT,))


def roles(*names: str) -> Callable[[View], View]:
    """Let in who has one of the roles somewhere; the service checks where."""
    return lambda view: _declare(view, names)


def _declare(view: View, names: tuple[str, ...]) -> View:
    view.may_enter = names  # type: ignore[attr-defined]
    return view


def may_enter(endpoint: str) -> tuple[str, ...]:
    """Return what the endpoint's view declares; nothing declared lets nobody in."""
    view = current_app.view_functions.get(endpoint)
    return getattr(view, "may_enter", ())


def check() -> ResponseReturnValue | None:
    """Before each request: let in, send to sign in, or refuse."""
    if CONTROL.search(request.path):
        abort(HTTPStatus.NOT_FOUND)
    if request.endpoint is None or request.endpoint == "static":
        return None
    allowed = may_enter(request.endpoint)
    if PUBLIC in allowed:
        return None
    if not current_user.is_authenticated:
        return _sign_in_first()
    if not current_user.may(*allowed):
        raise NotAllowed(N_("Trang này dành cho người có vai trò khác trong hệ thống."))
    if current_user.must_change_password and request.endpoint not in {
        "accounts.change_password",
        "accounts.sign_out",
    }:
        return redirect(url_for("accounts.change_password"))
    return None


def _sign_in_first() -> ResponseReturnValue:
    if request.is_json or "Tus-Resumable" in request.headers:
        message = gettext("Bạn cần đăng nhập lại. Các câu đã chọn vẫn được giữ trên máy này.")
        return {"error": "sign-in", "message": message}, 401
    here = request.full_path if request.method == "GET" else url_for("main.home")
    return redirect(url_for("accounts.sign_in", next=here))


def device() -> str:
    """Return a hash naming this browser, from its cookie; a fresh one when it has none yet."""
    if "device" not in g:
        g.device_cookie = request.cookies.get(DEVICE_COOKIE, "")
        g.is_new_device = not 20 <= len(g.device_cookie) <= 64  # noqa: PLR2004
        if g.is_new_device:
            g.device_cookie = secrets.token_urlsafe(24)
        g.device = hashlib.sha256(g.device_cookie.encode()).hexdigest()
    name: str = g.device
    return name


def keep_device(response: Response) -> Response:
    """After each request: give a new browser its cookie, once somebody asked for it."""
    if g.get("is_new_device"):
        response.set_cookie(
            DEVICE_COOKIE,
            g.device_cookie,
            max_age=DEVICE_AGE,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    return response


def account_in_cookie() -> int | None:
    """Return the account id the signed cookie names, without asking the database (for limits)."""
    value = session.get("account")
    return value if isinstance(value, int) else None


def without_database() -> None:
    """Draw this answer without asking who is here: the database may be what failed."""
    if "_login_user" not in g:
        g._login_user = Stranger()  # noqa: SLF001 -- where Flask-Login keeps its answer


def install(login: LoginManager) -> None:
    """Set Flask-Login up: our own sign-in rows decide, never the address or the browser's name."""
    login.session_protection = None
    login.anonymous_user = Stranger
