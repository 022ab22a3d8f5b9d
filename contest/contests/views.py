"""The home page; contests with their rules in plain words; entering one."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from contest.accounts import queries as people
from contest.accounts.forms import TRADES
from contest.audiences.models import Audience
from contest.contests import forms, queries, rule_changes, service
from contest.contests.models import Contest, Division, Round
from contest.contests.specs import RoundKind
from contest.core import clock
from contest.errors import N_, Invalid, NotAllowed, Problem
from contest.identities import forms as identities
from contest.identities.service import problems_in
from contest.rules.eligibility import Reason, ReasonCode
from contest.rules.identity import IdentityRules
from contest.rules.lifecycle import Phase
from contest.rules.timing import GRACE, local_day
from contest.web import access, limits, preferences
from contest.web.application import current_session
from contest.web.forms import BaseForm
from contest.web.words import named, translate

home = Blueprint("main", __name__)
bp = Blueprint("contests", __name__, url_prefix="/contests")

MOST_ON_HOME = 6  # contests of each kind; the others stand on the list of all
UNIT_KINDS = {
    "province": N_("cấp tỉnh"),
    "commune": N_("xã, phường"),
    "village": N_("thôn, bản, tổ dân phố"),
    "school": N_("trường học"),
    "class": N_("lớp học"),
    "agency": N_("cơ quan, sở, ban, ngành"),
    "company": N_("doanh nghiệp"),
    "youth_cell": N_("tổ chức Đoàn"),
    "party_cell": N_("tổ chức Đảng"),
    "association": N_("hội, đoàn thể"),
    "digital_team": N_("tổ công nghệ số cộng đồng"),
}
# What must be alike for two rounds to share one page of rules.
RULE_COLUMNS = (
    *("time_limit_s", "deadline_rule", "counting", "is_one_way", "shows", "explains"),
    *("requires_all", "points", "partial", "wrong", "guess_text", "guess_target", "ties"),
    *("freeze_s", "tries_round", "tries_day", "tries_week"),
)


def zone() -> ZoneInfo:
    """Give the zone whose days count."""
    found: ZoneInfo = current_app.extensions["settings"].timezone
    return found


@home.get("/", endpoint="home")
@access.public
def front() -> ResponseReturnValue:
    """Say in one screen what is open and what to do."""
    rows = queries.published(current_session(), clock.now())
    open_now = [row for row in rows if row.open_round is not None]
    coming = [row for row in rows if row.open_round is None and row.next_round is not None]
    return render_template(
        "main/home.html",
        first=open_now[0] if open_now else None,
        others=open_now[1:MOST_ON_HOME],
        coming=coming[:MOST_ON_HOME],
        entered=_entered(current_session()),
    )


def _entered(reading: Session) -> set[int]:
    if not current_user.is_authenticated:
        return set()
    return queries.entered(reading, current_user.id)


@bp.get("/")
@access.public
def index() -> ResponseReturnValue:
    rows = queries.published(current_session(), clock.now())
    return render_template(
        "contests/index.html",
        open_now=[row for row in rows if row.open_round is not None],
        coming=[row for row in rows if row.open_round is None and row.next_round is not None],
        over=[row for row in rows if row.open_round is None and row.next_round is None],
        entered=_entered(current_session()),
    )


@bp.get("/<code>")
@access.public
def show(code: str) -> ResponseReturnValue:
    reading, now = current_session(), clock.now()
    contest = queries.contest(reading, code)
    division = _own_division(reading, contest)
    phases = {each.id: queries.phase(each, now) for each in contest.rounds}
    return render_template(
        "contests/show.html",
        contest=contest,
        owner=queries.owner(reading, contest),
        audiences=queries.audiences(reading, contest),
        division=division,
        rounds=sorted(contest.rounds, key=lambda each: _urgency(each, phases[each.id])),
        phases=phases,
        rules=_rules(contest.rounds),
        commitments={
            each.id: queries.commitment(each)
            for each in contest.rounds
            if not each.is_practice and each.kind == RoundKind.QUIZ
        },
        grace=GRACE,
        is_over=all(each.closes_at <= now for each in contest.rounds),
        changes=queries.changes_of(reading, contest.id),
        labels=rule_changes.LABELS,
    )


def _urgency(each: Round, phase: Phase) -> tuple[int, bool]:
    """Order rounds for somebody who wants to play: open, coming, over; practice after the real."""
    order = (Phase.OPEN, Phase.FROZEN, Phase.UPCOMING, Phase.SETTLING, Phase.OFFICIAL)
    return max(1, order.index(phase)), each.is_practice


def _own_division(reading: Session, contest: Contest) -> Division | None:
    """Return the division the visitor is in; an easy one makes easy mode the page's default."""
    if not current_user.is_authenticated:
        return None
    registration = queries.registration_of(reading, contest.id, current_user.id)
    if registration is None:
        return None
    own = next(each for each in contest.divisions if each.id == registration.division_id)
    if own.is_easy:
        preferences.suggest_easy()
    return own


def _rules(rounds: Sequence[Round]) -> list[list[Round]]:
    """Put the quizzes that count and have the same rules together, in their order."""
    alike: dict[str, list[Round]] = {}
    for each in rounds:
        if not each.is_practice and each.kind == RoundKind.QUIZ:
            key = repr([getattr(each, column) for column in RULE_COLUMNS])
            alike.setdefault(key, []).append(each)
    return list(alike.values())


@bp.route("/<code>/join", methods=["GET", "POST"])
@access.participant
@limits.STARTING
def join(code: str) -> ResponseReturnValue:
    session, here = current_session(), access.visitor()
    found = queries.kept(session, code)
    problems: Mapping[str, Problem] | None = {}
    if request.method == "POST":
        problems = _register(session, found, here.id)
        if problems is None:
            return redirect(url_for("contests.show", code=code), 303)
    if queries.registration_of(session, found.contest.id, here.id) is not None:
        return redirect(url_for("contests.show", code=code), 303)
    service.ensure_joinable(found.contest, clock.now())
    return _ask(session, found, here.id, problems or {})


def _register(session: Session, found: queries.Kept, by: int) -> Mapping[str, Problem] | None:
    """Enter the division the form names; None when that is done.

    Otherwise what is wrong with the details, whether or not the form names a division that is open
    to the person.
    """
    chosen = request.form.get("division", "")
    rules = _asked_now(found.contest)
    typed = identities.typed(identities.asking(BaseForm, rules)(), rules)
    wrong = problems_in(rules, typed)
    if wrong or all(each.code != chosen for each in found.contest.divisions):
        return wrong
    code, now = found.contest.code, clock.now()
    details = service.Details(typed, current_app.extensions["sealer"])
    try:
        entry = service.register(
            session, code, chosen, by=by, now=now, details=details, zone=zone()
        )
    except NotAllowed:
        return {}
    except Invalid as error:
        return error.problems
    name = named(found.divisions[entry.division_id])
    flash(_("Bạn đã đăng ký ở bảng “%(name)s”.", name=name), "success")
    return None


def _asked_now(contest: Contest) -> IdentityRules:
    """Return what a contest asks while registering."""
    rules = IdentityRules.from_json(contest.identity)
    return rules if rules.asks_before else IdentityRules()


def _ask(
    session: Session, found: queries.Kept, by: int, problems: Mapping[str, Problem]
) -> ResponseReturnValue:
    """Show the divisions open to a person, and why the others are not."""
    rules = _asked_now(found.contest)
    answers = queries.eligibility(session, found, by, local_day(clock.now(), zone()))
    form = identities.asking(forms.JoinForm, rules)(
        choices=[
            (division.code, _described(division, found.audiences))
            for division, reason in answers
            if reason is None
        ]
    )
    form.validate_on_submit()
    identities.refuse(form, problems)
    page = render_template(
        "contests/join.html",
        asked=identities.asked(form, rules),
        keep_days=rules.keep_days,
        **_before(found.contest),
        contest=found.contest,
        account=people.account(session, by),
        form=form,
        refused=[(division, _said(reason)) for division, reason in answers if reason is not None],
    )
    return page, 422 if request.method == "POST" else 200


def _before(contest: Contest) -> dict[str, Any]:
    """Give what the page says of the one round that can be begun at once, if there is just one.

    A division with a time of its own has other rules than those said here: then not. Neither when
    something is asked first: registering then takes a tap of its own.
    """
    now = clock.now()
    can_begin = [
        each
        for each in contest.rounds
        if each.kind == RoundKind.QUIZ
        and not each.is_practice
        and each.opens_at <= now < each.closes_at
    ]
    has_more_to_say = any(each.time_limit_s for each in contest.divisions)
    if len(can_begin) != 1 or has_more_to_say or _asked_now(contest).fields:
        return {"round": None}
    (one,) = can_begin
    window = one.window()
    limits_ = (one.tries_round, one.tries_day, one.tries_week, contest.tries_total)
    return {
        "round": one,
        "window": window,
        "deadline": window.deadline(now),
        "questions": sum(row["count"] for row in one.plan),
        "left": min((each for each in limits_ if each is not None), default=None),
        "may_start": True,
        "running": None,
        "is_early": False,
        "grace_s": GRACE.total_seconds(),
    }


def _described(division: Division, audiences: Mapping[int, Audience]) -> str:
    description = named(audiences[division.audience_id], "description")
    return f"{named(division)}. {description}" if description else named(division)


def _said(reason: Reason) -> str:
    """Say a reason in the visitor's language, with people's words for codes."""
    facts = dict(reason.facts)
    if reason.code is ReasonCode.TRADE:
        words = {code: str(label) for code, label in TRADES}
        facts["needed"] = ", ".join(words.get(code, code) for code in facts["choices"])
    elif reason.code is ReasonCode.UNIT_KIND:
        facts["needed"] = ", ".join(
            translate(UNIT_KINDS[code]) if code in UNIT_KINDS else code for code in facts["choices"]
        )
    return translate(reason.message, facts)
