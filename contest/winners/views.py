"""What a contest asks beyond the account, given or corrected by its owner."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.contests import queries as contests
from contest.contests.models import Contest, Registration
from contest.core import clock
from contest.core.sealing import Sealer
from contest.errors import N_, Invalid, NotFound
from contest.identities import forms
from contest.identities import queries as identities_read
from contest.identities import service as identities
from contest.rules.identity import IdentityRules
from contest.web import access, limits
from contest.web.application import current_session
from contest.web.forms import BaseForm
from contest.winners import service

bp = Blueprint("winners", __name__, url_prefix="/contests")

NOTHING_ASKED = N_("Cuộc thi này không hỏi thêm thông tin gì.")
SHOWN_DIGITS = 3


def _sealer() -> Sealer:
    found: Sealer = current_app.extensions["sealer"]
    return found


@bp.get("/<code>/details")
@access.participant
def details(code: str) -> ResponseReturnValue:
    """Show what was given, for correcting; what may not change any more is only told."""
    contest = _asking(code)
    registration = _own(contest)
    if registration is None:
        return redirect(url_for("contests.join", code=code))
    return _page(contest, registration, None)


@bp.post("/<code>/details")
@access.participant
@limits.STARTING
def keep_details(code: str) -> ResponseReturnValue:
    contest = _asking(code)
    registration = _own(contest)
    if registration is None:
        return redirect(url_for("contests.join", code=code), 303)
    session, now = current_session(), clock.now()
    rules = service.open_rules(session, contest, registration, now=now)
    form = forms.asking(BaseForm, rules)()
    given = forms.typed(form, rules)
    try:
        service.correct(session, contest, registration, given, sealer=_sealer(), now=now)
    except Invalid as error:
        form.validate()
        forms.refuse(form, error.problems)
        return _page(contest, registration, form), 422
    flash(_("Đã lưu thông tin của bạn. Cảm ơn bạn."), "success")
    return redirect(url_for("contests.show", code=code), 303)


def _asking(code: str) -> Contest:
    contest = contests.contest(current_session(), code)
    if not contest.identity:
        raise NotFound(NOTHING_ASKED)
    return contest


def _own(contest: Contest) -> Registration | None:
    return contests.registration_of(current_session(), contest.id, access.visitor().id)


def _page(contest: Contest, registration: Registration, form: BaseForm | None) -> str:
    """Draw the page: `form` as it was sent, else filled with what is stored."""
    session = current_session()
    rules = service.open_rules(session, contest, registration, now=clock.now())
    stored = identities.opened(identities_read.given(session, registration.id), _sealer())
    if form is None:
        form = forms.asking(BaseForm, rules)(data=forms.filled(stored))
    still = {each.key for each in rules.fields}
    told = [
        {"key": forms.LABELS[each.key], "value": _ended(stored[each.key].text)}
        for each in IdentityRules.from_json(contest.identity).fields
        if each.key not in still and each.key in stored
    ]
    return render_template(
        "winners/details.html",
        contest=contest,
        form=form,
        asked=forms.asked(form, rules),
        keep_days=rules.keep_days,
        told=told,
    )


def _ended(text: str) -> str:
    """Show the end of a fact, enough for its owner to know it."""
    return f"…{text[-SHOWN_DIGITS:]}"
