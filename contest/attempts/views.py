"""Sitting a round: the waiting page, the paper, handing in, the result, the receipt."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contest.attempts import forms, fragments, paper, queries, service, telling, untouched, watching
from contest.attempts.models import EPOCH, GUESS_NO
from contest.contests import queries as contests
from contest.contests.models import Round
from contest.core import clock, ids
from contest.errors import Invalid, NotAllowed, NotFound, Problem, TooLate
from contest.identities import queries as identities
from contest.rules import extra_time, quota, receipts, timing
from contest.rules.identity import IdentityRules
from contest.rules.privacy import NameMask, mask
from contest.web import access, limits
from contest.web.application import current_session
from contest.web.preferences import is_easy, suggest_easy
from contest.web.words import language, translate
from question_bank import queries as bank

bp = Blueprint("attempts", __name__, url_prefix="/attempts")
bp.add_app_template_global(fragments.choice, "choice")
bp.after_request(watching.count_save)


@bp.get("/")
@access.participant
def mine() -> ResponseReturnValue:
    """One's own tries, the running one first."""
    found = queries.mine(current_session(), access.visitor().id)
    return render_template("attempts/mine.html", found=found, now=clock.now())


@bp.get("/rounds/<contest_code>/<round_code>")
@access.participant
def round(contest_code: str, round_code: str) -> ResponseReturnValue:  # noqa: A001 -- the page's name
    """Before the start: the rules of this round in words, tries left, a countdown, one button."""
    reading, now, here = current_session(), clock.now(), access.visitor()
    found = contests.round_of(reading, contest_code, round_code)
    registration = contests.registration_of(reading, found.contest_id, here.id)
    if registration is None:
        return redirect(url_for("contests.join", code=contest_code))
    division = contests.division(reading, registration.division_id)
    if division.is_easy:
        suggest_easy()
    zone = current_app.extensions["settings"].timezone
    spent = queries.spent(
        reading,
        here.id,
        contest_id=found.contest_id,
        round_id=found.id,
        day=timing.local_day(now, zone),
        week=timing.local_week(now, zone),
    )
    window = found.window(division.time_limit_s)
    watching.see_waiting(found.id, access.device())
    return render_template(
        "attempts/round.html",
        round=found,
        contest=found.contest,
        division=division,
        window=window,
        deadline=window.deadline(max(now, found.opens_at)),
        grace_s=timing.GRACE.total_seconds(),
        running=queries.open_one(reading, here.id, found.id),
        sat=queries.in_round(reading, here.id, found.id),
        left=quota.left(service.quota_of(found), spent),
        questions=sum(row["count"] for row in found.plan),
        now=now,
        news=telling.round_news(reading, found),
        opens_at_ms=int(found.opens_at.timestamp() * 1000),
        form=forms.ConfirmForm(),
    )


@bp.post("/rounds/<contest_code>/<round_code>/start")
@access.participant
@limits.STARTING
def start(contest_code: str, round_code: str) -> ResponseReturnValue:
    attempt = service.start(
        current_session(),
        contest_code,
        round_code,
        by=access.visitor().id,
        device=access.device(),
        seed=ids.new_seed(),
        now=clock.now(),
        zone=current_app.extensions["settings"].timezone,
    )
    return redirect(url_for("attempts.sit", code=attempt.code), 303)


@bp.post("/rounds/<contest_code>/<round_code>/enter")
@access.participant
@limits.STARTING
def enter(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Register and start with one tap; a new paper is the answer itself: one round trip, no more.

    Sending the form again gives the same paper. A division that is not for the person is explained
    on the page of registering.
    """
    writing, now = current_session(), clock.now()
    try:
        attempt = service.enter(
            writing,
            contest_code,
            round_code,
            request.form.get("division", ""),
            by=access.visitor().id,
            device=access.device(),
            seed=ids.new_seed(),
            now=now,
            zone=current_app.extensions["settings"].timezone,
        )
    except NotAllowed as error:
        flash(translate(error.message, error.facts), "warning")
        return redirect(url_for("contests.join", code=contest_code), 303)
    here = url_for("attempts.sit", code=attempt.code)
    if attempt.holder != access.device() or attempt.handed_in_at is not None:
        return redirect(here, 303)
    found = queries.beside(writing, attempt, contest_code)
    if found.division.is_easy:
        suggest_easy()
    values: dict[int, Any] | None = {} if attempt.started_at == now else None
    page, status = _paper(found, current=found.attempt.reached, values=values)
    return page, status, {"Content-Location": here}


@bp.get("/rounds/<contest_code>/<round_code>/enter")
@access.participant
def entered(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Lead who loads the answer of `enter` by its address to the page before the start."""
    return redirect(url_for("attempts.round", contest_code=contest_code, round_code=round_code))


@bp.get("/<code>")
@access.participant
def sit(code: str) -> ResponseReturnValue:
    """The paper; another device is asked first whether it shall go on here."""
    found = queries.sat(current_session(), code, by=access.visitor().id)
    if _is_over(found, clock.now()):
        return redirect(url_for("attempts.result", code=code))
    if found.division.is_easy:
        suggest_easy()
    if found.attempt.holder != access.device():
        return render_template("attempts/elsewhere.html", found=found, form=forms.ConfirmForm())
    return _paper(found, current=_wanted_question(found))


def _is_over(found: queries.Sat, now: datetime) -> bool:
    attempt = found.attempt
    is_running = extra_time.is_running(attempt.deadline, attempt.paused_at, now)
    return attempt.handed_in_at is not None or not is_running


def _wanted_question(found: queries.Sat) -> int:
    if found.round.is_one_way:
        return found.attempt.reached
    text = request.values.get("go", request.args.get("q", "1"))
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1  # noqa: PLR2004
    return min(max(1, number), len(found.attempt.paper))


def _paper(
    found: queries.Sat,
    *,
    current: int,
    values: Mapping[int, Any] | None = None,
    problems: dict[str, str] | None = None,
    may_skip: bool = False,
    status: int = 200,
) -> tuple[str, int]:
    """Draw the paper; `values` are the saved choices by number, read where they are not given."""
    reading, attempt = current_session(), found.attempt
    drawn = paper.items(attempt.paper)
    questions = bank.versions(reading, [item.version_id for item in drawn])
    if values is None:
        values = queries.choices(reading, attempt.id)
    shown = paper.show(drawn, questions, values, language=language())
    now_ms = int(clock.now().timestamp() * 1000)
    facts = {
        "found": found,
        "attempt": attempt,
        "here": url_for("attempts.sit", code=attempt.code),
        "round": found.round,
        "contest": found.contest,
        "questions": [shown[current - 1]] if found.round.is_one_way else shown,
        "total": len(shown),
        "current": current,
        "is_single": is_easy() or found.round.is_one_way,
        "answered": {no for no, value in values.items() if value is not None},
        "guess": values.get(GUESS_NO),
        "has_guess": found.round.guess_text is not None
        and (not found.round.is_one_way or current == len(shown)),
        "server_now": now_ms,
        "deadline_ms": int(attempt.deadline.timestamp() * 1000),
        "until": untouched.until(attempt.deadline, now_ms),
        "paused_ms": telling.in_ms(attempt.paused_at),
        "news": telling.attempt_news(reading, attempt, found.round),
        "grace_ms": int(timing.GRACE.total_seconds() * 1000),
        "epoch": attempt.holder_no * EPOCH,
        "problems": problems or {},
        "may_skip": may_skip,
        "blank_question": fragments.blank_question,
        "was": lambda value: json.dumps(value, ensure_ascii=False),
    }
    if untouched.is_untouched(facts):
        return untouched.draw(facts, access.visitor()), status
    return render_template(untouched.TEMPLATE, **facts), status


@bp.post("/<code>/answers")
@access.participant
@limits.ANSWERING
def answer(code: str) -> ResponseReturnValue:
    """Save choices in the background; answers with the server's clock."""
    now = clock.now()
    given = forms.read_json(request.get_json(silent=True))
    saved = service.answer(
        current_session(), code, given, by=access.visitor().id, device=access.device(), now=now
    )
    return {
        "saved": [one.no for one in given],
        "now_ms": int(now.timestamp() * 1000),
        "deadline_ms": int(saved.deadline.timestamp() * 1000),
        "paused_ms": telling.in_ms(saved.paused_at),
        "is_elsewhere": saved.is_elsewhere,
    }


@bp.get("/<code>/save")
@access.participant
def back(code: str) -> ResponseReturnValue:
    """Lead who loads the answer of a form again back to the paper."""
    return redirect(url_for("attempts.sit", code=code))


@bp.post("/<code>/save")
@access.participant
@limits.ANSWERING
def save(code: str) -> ResponseReturnValue:
    """Save a plain form, and go where its button says: another question, or handing in."""
    writing, here, now = current_session(), access.visitor(), clock.now()
    facts = queries.facts(writing, code, by=here.id)
    given, problems = forms.read_form(request.form, request.form.to_dict(flat=False), facts.shapes)
    for one in given:
        try:
            service.answer(writing, code, [one], by=here.id, device=access.device(), now=now)
        except Invalid as error:
            problems[str(one.no)] = Problem(error.message, **error.facts)
        except TooLate as error:
            flash(translate(error.message, error.facts), "warning")
            return redirect(url_for("attempts.result", code=code), 303)
    if problems:
        return _with_problems(code, problems)
    go = request.form.get("go", "")
    if facts.is_one_way and go.startswith(("next-", "skip-")):
        after, leaves_blank = _number(go[5:]), go.startswith("skip-")
        try:
            service.go_on(
                writing, code, after=after, by=here.id, now=now, leaves_blank=leaves_blank
            )
        except Invalid as error:
            return _with_problems(code, {str(after): Problem(error.message)}, may_skip=True)
        return redirect(url_for("attempts.sit", code=code), 303)
    if go == "hand-in":
        return redirect(url_for("attempts.confirm", code=code), 303)
    target = _number(go)
    anchor = f"question-{target}" if target else None
    return redirect(
        url_for("attempts.sit", code=code, q=target or None, saved=1, _anchor=anchor), 303
    )


def _number(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 4  # noqa: PLR2004
    return int(text) if is_number else 0


def _with_problems(
    code: str, problems: dict[str, Problem], *, may_skip: bool = False
) -> ResponseReturnValue:
    """Show the paper again with what was wrong; everything else of the form was saved."""
    found = queries.sat(current_session(), code, by=access.visitor().id)
    if found.division.is_easy:
        suggest_easy()
    numbers = [int(no) for no in problems]
    current = found.attempt.reached
    if not found.round.is_one_way:
        current = min((no for no in numbers if no != GUESS_NO), default=len(found.attempt.paper))
    said = {
        str(no): translate(problems[str(no)].message, problems[str(no)].facts)
        for no in sorted(numbers, key=lambda no: (no == GUESS_NO, no))
    }
    return _paper(found, current=current, problems=said, may_skip=may_skip, status=422)


@bp.post("/<code>/take-over")
@access.participant
def take_over(code: str) -> ResponseReturnValue:
    service.take_over(
        current_session(), code, by=access.visitor().id, device=access.device(), now=clock.now()
    )
    return redirect(url_for("attempts.sit", code=code), 303)


@bp.get("/<code>/hand-in")
@access.participant
def confirm(code: str) -> ResponseReturnValue:
    """Ask before handing in, naming what is still blank."""
    reading = current_session()
    found = queries.sat(reading, code, by=access.visitor().id)
    if _is_over(found, clock.now()):
        return redirect(url_for("attempts.result", code=code))
    if found.division.is_easy:
        suggest_easy()
    saved = queries.answers(reading, found.attempt.id)
    answered = {one.no for one in saved if one.value is not None}
    total = len(found.attempt.paper)
    return render_template(
        "attempts/confirm.html",
        found=found,
        blanks=[no for no in range(1, total + 1) if no not in answered],
        misses_guess=found.round.guess_text is not None and GUESS_NO not in answered,
        total=total,
        deadline_ms=int(found.attempt.deadline.timestamp() * 1000),
        form=forms.ConfirmForm(),
    )


@bp.post("/<code>/hand-in")
@access.participant
def hand_in(code: str) -> ResponseReturnValue:
    service.hand_in(current_session(), code, by=access.visitor().id, now=clock.now())
    return redirect(url_for("attempts.result", code=code), 303)


@bp.get("/<code>/result")
@access.participant
def result(code: str) -> ResponseReturnValue:
    """What the rules allow to be shown: score at once, keys and explanations after closing."""
    reading, now = current_session(), clock.now()
    found = queries.sat(reading, code, by=access.visitor().id)
    if found.division.is_easy:
        suggest_easy()
    if not _is_over(found, now):
        return redirect(url_for("attempts.sit", code=code))
    if found.attempt.handed_in_at is None:
        return render_template("attempts/being_handed_in.html", found=found)
    return render_template(
        "attempts/result.html",
        found=found,
        attempt=found.attempt,
        round=found.round,
        explains=_explains(found.round),
        reviewed=_review(found) if _explains(found.round) else [],
        is_asked=_is_asked(found),
    )


def _is_asked(found: queries.Sat) -> bool:
    """Say whether a fact is still to be given before a prize can be."""
    rules = IdentityRules.from_json(found.contest.identity)
    if not rules.fields or found.round.is_practice:
        return False
    return identities.is_missing(current_session(), found.attempt.registration_id, rules)


def _explains(round_: Round) -> bool:
    """Keys are shown once nobody can be writing any more; in practice at once."""
    return round_.explains and (round_.is_practice or round_.settled_at is not None)


def _review(found: queries.Sat) -> list[dict[str, Any]]:
    reading = current_session()
    drawn = paper.items(found.attempt.paper)
    questions = bank.versions(reading, [item.version_id for item in drawn])
    saved = {one.no: one.value for one in queries.answers(reading, found.attempt.id)}
    shown = paper.show(drawn, questions, saved, language=language())
    marks = found.attempt.marks or []
    return [
        {
            "shown": one,
            "right": paper.right_in_words(one, item),
            "mark": mark,
            "said": paper.said_of(one, item, mark[1]),
        }
        for one, item, mark in zip(shown, drawn, marks, strict=True)
    ]


@bp.get("/receipts")
@access.public
@limits.CHECKING
def receipt_form() -> ResponseReturnValue:
    """Anybody who holds a receipt code checks it against what is stored."""
    form = forms.ReceiptForm(request.args, meta={"csrf": False})
    if "code" not in request.args:
        return render_template("attempts/receipt.html", form=form, found=None)
    if not form.validate():
        return render_template("attempts/receipt.html", form=form, found=None), 422
    reading = current_session()
    try:
        found = queries.by_receipt(reading, receipts.normalise(form.code.data))
    except (Invalid, NotFound) as error:
        form.code.errors = [translate(error.message, error.facts)]
        status = 404 if isinstance(error, NotFound) else 422
        return render_template("attempts/receipt.html", form=form, found=None), status
    return render_template(
        "attempts/receipt.html",
        form=form,
        found=found,
        name=mask(found.name, NameMask(found.contest.name_mask)),
        is_true=service.is_receipt_true(reading, found.attempt),
        answered=sum(1 for one in queries.answers(reading, found.attempt.id) if one.no),
    )
