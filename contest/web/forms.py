"""The base of every form: CSRF for the whole app, messages in the visitor's language, NFC text."""

from datetime import date
from typing import Any

from flask import current_app, g, request, session
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect, same_origin
from wtforms import Form, IntegerField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from contest.core.cache import Cache
from contest.errors import N_
from contest.rules.languages import NAMES
from contest.rules.vietnamese import nfc
from contest.web.words import language_label

HEADER = "X-CSRFToken"
REMEMBERED = 20_000  # tokens found good


class Protection(CSRFProtect):  # type: ignore[misc]  # Flask-WTF is untyped
    """CSRF for the whole app; a script's token is in its header, so no form is looked for.

    A token does not age (WTF_CSRF_TIME_LIMIT is None), so one that was found good for a session
    stays good for it: the background saves of a paper all carry the same one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._good: Cache[bool] = Cache(size=REMEMBERED, seconds=None)

    def protect(self, apply_exemptions: bool = False) -> None:  # noqa: FBT001, FBT002 -- theirs
        """Refuse (400) a request that changes something without a token of its own session."""
        key = (current_app.secret_key, session.get("csrf_token"), request.headers.get(HEADER))
        is_known = None not in key and self._good.peek(key) is not None
        if is_known and _is_from_script() and _is_from_here():
            g.csrf_valid = True
            return
        super().protect(apply_exemptions)
        if g.get("csrf_valid"):
            g.csrf_token = self._get_csrf_token()  # a page that answers goes on with the same one
            if _is_from_script():
                self._good.put(key, value=True)

    def _get_csrf_token(self) -> str | None:
        if _is_from_script():
            return request.headers.get(HEADER)
        token: str | None = super()._get_csrf_token()
        return token


def _is_from_script() -> bool:
    return request.is_json or "Tus-Resumable" in request.headers


def _is_from_here() -> bool:
    """Say whether an HTTPS request's referrer is this host; Flask-WTF says why it is not."""
    return not request.is_secure or same_origin(request.referrer or "", f"https://{request.host}/")


csrf = Protection()

# WTForms' own English sentences, as its fields and validators say them.
SENTENCES = {
    "Not a valid integer value.": N_("Hãy gõ một số nguyên."),
    "Not a valid choice.": N_("Hãy chọn một trong các mục có sẵn."),
    "Not a valid choice": N_("Hãy chọn một trong các mục có sẵn."),
    "Invalid Choice: could not coerce.": N_("Hãy chọn một trong các mục có sẵn."),
    "Invalid choice(s): one or more data inputs could not be coerced.": N_(
        "Hãy chọn trong các mục có sẵn."
    ),
    "'%(value)s' is not a valid choice for this field.": N_("Hãy chọn trong các mục có sẵn."),
    "This field is required.": N_("Mục này cần được điền."),
}


class Sentences:
    """What WTForms asks for its messages."""

    def gettext(self, text: str) -> str:
        known = SENTENCES.get(text)
        return gettext(known) if known else text

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)


def tidy(value: object) -> object:
    """Bring typed text to NFC without control characters or outer blanks."""
    return nfc(value) if isinstance(value, str) else value


class BaseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """Forms check and hand over a command; they never write."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, _form: Form) -> Sentences:
            return Sentences()


def language_choices() -> list[SelectChoice]:
    """Give a tick for each language there is besides Vietnamese, in the visitor's words."""
    return [SelectChoice(code, language_label(code)) for code in NAMES]


class DateParts(Form):  # type: ignore[misc]  # WTForms is untyped
    """A birth date in three plain boxes: kinder to old hands than a calendar."""

    class Meta:
        def get_translations(self, _form: Form) -> Sentences:
            return Sentences()

    day = IntegerField(
        lazy_gettext("Ngày"),
        validators=[Optional(), NumberRange(1, 31, lazy_gettext("Ngày là một số từ 1 đến 31."))],
    )
    month = IntegerField(
        lazy_gettext("Tháng"),
        validators=[Optional(), NumberRange(1, 12, lazy_gettext("Tháng là một số từ 1 đến 12."))],
    )
    year = IntegerField(
        lazy_gettext("Năm"),
        validators=[Optional(), NumberRange(1000, 9999, lazy_gettext("Năm gồm bốn chữ số."))],
    )

    def value(self) -> date | None:
        """Return the date typed, None while a box is empty; ValueError when no calendar has it."""
        day, month, year = self.day.data, self.month.data, self.year.data
        if day is None or month is None or year is None:
            return None
        return date(year, month, day)

    def refuse(self, sentence: str) -> None:
        """Say what is wrong with the three boxes together (a FormField takes no validators)."""
        self.form_errors.append(sentence)


def needed(message: Any = None) -> InputRequired:
    """Return the check that a field is filled."""
    return InputRequired(message or lazy_gettext("Mục này cần được điền."))


def at_most(longest: int) -> Length:
    """Return the check that a text has at most `longest` characters."""
    return Length(max=longest, message=lazy_gettext("Tối đa %(max)d ký tự."))


__all__ = ["BaseForm", "DateParts", "ValidationError", "at_most", "csrf", "needed", "tidy"]
