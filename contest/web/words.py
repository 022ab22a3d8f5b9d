"""Language: Vietnamese is what the code says, English is its translation; dates as people read."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, has_app_context, has_request_context, request
from flask_babel import Babel, get_locale, get_translations, gettext, ngettext
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from contest.rules.languages import NAMES

LANGUAGES = ("vi", "en")
LANGUAGE_COOKIE = "language"
WEEKDAYS_VI = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


def install(app: Flask) -> None:
    """Set Flask-Babel up and give the templates their words."""
    Babel(app, locale_selector=language, default_locale="vi")
    app.jinja_env.filters.update(
        moment=moment,
        day=day,
        clock=clock_time,
        duration=duration,
        number=number,
        points=points,
        named=named,
        languages=languages,
        marked=marked,
        unmarked=unmarked,
        iso=lambda value: value.isoformat(),
    )
    app.jinja_env.globals.update(translate=translate, gettext=said, _=said)


def language() -> str:
    """Return the language this browser asked for with one tap; Vietnamese until then."""
    if not has_request_context():
        return "vi"
    wanted = request.cookies.get(LANGUAGE_COOKIE, "vi")
    return wanted if wanted in LANGUAGES else "vi"


def is_english() -> bool:
    """Say whether this request speaks English; asked for each sentence, so it is kept."""
    if not has_app_context():
        return False
    known: bool | None = g.get("is_english")
    if known is None:
        known = g.is_english = str(get_locale()) == "en"
    return known


@pass_eval_context
def said(here: EvalContext, message: str, /, **places: Any) -> str:
    """Be the templates' `_`: Jinja's newstyle gettext, but Vietnamese is not looked up anywhere.

    A page says some hundred sentences. As there, what fills a place is escaped in HTML.
    """
    words = _looked_up(message) if is_english() else message
    if "%" not in words:
        return _safe(words) if here.autoescape else words
    filled: str = (Markup(words) if here.autoescape else words) % places  # noqa: S704 -- our own text
    return filled


def _looked_up(message: str) -> str:
    words: str = get_translations().ugettext(message)
    return words


_safe = lru_cache(maxsize=2000)(Markup)  # sentences of ours only


def translate(message: str, facts: Mapping[str, Any] | None = None) -> str:
    """Return a sentence marked with N_ in the visitor's language, its places filled."""
    shown = {name: _shown(value) for name, value in (facts or {}).items()}
    words: str = gettext(message, **shown)
    return words


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, Decimal):
        return points(value)
    return value


def moment(value: datetime) -> str:
    """Say a moment as local people do: "16:00, Thứ Hai 23/11/2026"."""
    local = value.astimezone(current_app.extensions["settings"].timezone)
    return f"{local:%H:%M}, {day(local)}"


def clock_time(value: datetime) -> str:
    """Say the time of day with seconds, local."""
    return f"{value.astimezone(current_app.extensions['settings'].timezone):%H:%M:%S}"


def day(value: date) -> str:
    """Say a day: "Thứ Hai 23/11/2026"."""
    name = f"{value:%a}" if is_english() else WEEKDAYS_VI[value.weekday()]
    return f"{name} {value:%d/%m/%Y}"


def duration(value: timedelta | int) -> str:
    """Say a span (a timedelta, or milliseconds): "12 phút 5 giây"."""
    seconds = int(value.total_seconds()) if isinstance(value, timedelta) else value // 1000
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = []
    if hours:
        parts.append(ngettext("%(num)d giờ", "%(num)d giờ", hours))
    if minutes:
        parts.append(ngettext("%(num)d phút", "%(num)d phút", minutes))
    if seconds or not parts:
        parts.append(ngettext("%(num)d giây", "%(num)d giây", seconds))
    return " ".join(parts)


def number(value: float | Decimal, places: int = 0) -> str:
    """Say a number with the language's separators: 12.345,6 or 12,345.6."""
    text = f"{value:,.{places}f}"
    return text if is_english() else text.translate(str.maketrans(",.", ".,"))


def points(value: Decimal | None) -> str:
    """Say points without useless zeros: "8", "8,5"."""
    if value is None:
        return ""
    text = f"{value.normalize():f}"
    return text if is_english() else text.replace(".", ",")


def marked(text: str, is_html: bool) -> Markup:  # noqa: FBT001 -- a filter's argument
    """Show a question's text: as it is when it is HTML, which is sanitised when it is stored."""
    return Markup(text) if is_html else escape(text)  # noqa: S704


def unmarked(text: str, is_html: bool) -> str:  # noqa: FBT001 -- a filter's argument
    """Give a question's text without marks, for where none may stand: a list box, a label."""
    return Markup(text).striptags() if is_html else text  # noqa: S704


def named(row: object, field: str = "name") -> str:
    """Return a row's name in the visitor's language, Vietnamese where there is no other."""
    vietnamese: str = getattr(row, field)
    if is_english():
        return getattr(row, f"{field}_en", "") or vietnamese
    return vietnamese


def languages(codes: Iterable[str]) -> str:
    """Say languages by their codes: "tiếng Mông, tiếng Dao"; "" for none."""
    return ", ".join(translate(NAMES.get(code, code)) for code in codes)


def language_label(code: str) -> str:
    """Say one language as a label: "Tiếng Mông"."""
    text = languages([code])
    return text[:1].upper() + text[1:]
