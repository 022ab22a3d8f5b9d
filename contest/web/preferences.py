"""One tap on any page: easy mode and language, kept on this device, no account needed."""

from flask import Blueprint, Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from contest.web import access, pages
from contest.web.words import LANGUAGE_COOKIE, LANGUAGES, language

EASY_COOKIE = "easy"
AGE = 365 * 24 * 3600  # seconds

bp = Blueprint("preferences", __name__, url_prefix="/preferences")


@bp.post("/easy")
@access.public
def easy() -> ResponseReturnValue:
    """Turn easy mode on or off."""
    return _keep(EASY_COOKIE, "1" if request.form.get("easy") == "1" else "0")


@bp.post("/language", endpoint="language")
@access.public
def change_language() -> ResponseReturnValue:
    """Switch to the other language."""
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES:
        wanted = next(code for code in LANGUAGES if code != language())
    return _keep(LANGUAGE_COOKIE, wanted)


def _keep(name: str, value: str) -> Response:
    response = redirect(pages.safe_next(), 303)
    response.set_cookie(
        name,
        value,
        max_age=AGE,
        samesite="Lax",
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


def is_easy() -> bool:
    """Say whether this page is shown in easy mode: as asked for, else as the page suggests."""
    asked = request.cookies.get(EASY_COOKIE)
    if asked in {"0", "1"}:
        return asked == "1"
    return bool(g.get("suggests_easy", False))


def suggest_easy() -> None:
    """Make easy mode this page's default (the elderly division)."""
    g.suggests_easy = True


def install(app: Flask) -> None:
    """Give the templates `easy` and `locale`, worked out when the page is drawn."""
    app.register_blueprint(bp)

    @app.context_processor
    def words() -> dict[str, object]:
        return {"easy": is_easy(), "locale": language()}
