"""“See it as a participant”: an organizer sits a round of a draft; nothing of it is kept."""

import json
import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contest.accounts.models import Role
from contest.attempts import forms, paper, rehearsal, service
from contest.attempts.models import GUESS_NO
from contest.attempts.rehearsal import Rehearsal
from contest.core import clock, ids
from contest.drafts import queries as drafts
from contest.drafts import reading
from contest.errors import Invalid, Problem
from contest.web import access
from contest.web.application import current_session
from contest.web.preferences import is_easy, suggest_easy
from contest.web.words import language, translate
from question_bank import queries as bank

bp = Blueprint("rehearsals", __name__, url_prefix="/attempts/rehearsals")

ORGANIZERS = (Role.ORGANIZER, Role.ADMINISTRATOR)
SEED = re.compile(r"[0-9]{1,18}")


@bp.get("/<draft>/<int:round_at>/<int:division_at>")
@access.roles(*ORGANIZERS)
def show(draft: str, round_at: int, division_at: int) -> ResponseReturnValue:
    """The paper, newly drawn unless the address names its seed."""
    if not SEED.fullmatch(request.args.get("seed", "")):
        return redirect(_address(draft, round_at, division_at, ids.new_seed() % 10**17))
    found = _found(draft, round_at, division_at)
    return _page(found, draft, round_at, division_at, values={}, current=1)


@bp.post("/<draft>/<int:round_at>/<int:division_at>")
@access.roles(*ORGANIZERS)
def sit(draft: str, round_at: int, division_at: int) -> ResponseReturnValue:
    """Show the paper with what was chosen, or what handing in would come to."""
    if not SEED.fullmatch(request.args.get("seed", "")):
        return redirect(_address(draft, round_at, division_at, ids.new_seed() % 10**17), 303)
    found = _found(draft, round_at, division_at)
    shapes = found.facts.shapes
    given, problems = forms.read_form(request.form, request.form.to_dict(flat=False), shapes)
    values = _before(shapes)
    for one in given:
        try:
            values[one.no] = service.checked(found.facts, one)
        except Invalid as error:
            problems[str(one.no)] = Problem(error.message, **error.facts)
    go = request.form.get("go", "")
    if problems:
        first = min((int(no) for no in problems if no != str(GUESS_NO)), default=len(shapes))
        return _page(
            found,
            draft,
            round_at,
            division_at,
            values=values,
            current=first,
            problems=problems,
        )
    if go == "hand-in":
        return _result(found, draft, round_at, division_at, values)
    number = go.removeprefix("next-")
    current = int(number) if re.fullmatch(r"[0-9]{1,3}", number) else 1
    current += go.startswith("next-")
    current = min(max(1, current), len(shapes))
    return _page(found, draft, round_at, division_at, values=values, current=current)


def _address(draft: str, round_at: int, division_at: int, seed: int) -> str:
    return url_for(
        "rehearsals.show", draft=draft, round_at=round_at, division_at=division_at, seed=seed
    )


def _found(code: str, round_at: int, division_at: int) -> Rehearsal:
    session: Session = current_session()
    draft = drafts.draft(session, code, access.visitor().paths(*ORGANIZERS))
    return rehearsal.of_draft(
        session,
        reading.spec_of(draft.data, current_app.extensions["settings"].timezone),
        unit_id=draft.unit_id,
        round_at=round_at,
        division_at=division_at,
        seed=int(request.args["seed"]),
        now=clock.now(),
    )


def _before(shapes: Sequence[paper.Shape]) -> dict[int, Any]:
    """Give what the page was drawn with: the form carries it, since nothing is stored."""
    values: dict[int, Any] = {}
    for no, shape in enumerate(shapes, start=1):
        try:
            value = json.loads(request.form.get(f"was-{no}", "null")[:2000])
            values[no] = paper.checked(shape, value)
        except (ValueError, RecursionError, Invalid):
            values[no] = None
    guess = request.form.get(f"was-{GUESS_NO}", "")
    values[GUESS_NO] = int(guess) if re.fullmatch(r"[0-9]{1,12}", guess) else None
    return values


def _page(
    found: Rehearsal,
    draft: str,
    round_at: int,
    division_at: int,
    *,
    values: dict[int, Any],
    current: int,
    problems: dict[str, Problem] | None = None,
) -> ResponseReturnValue:
    if found.division.is_easy:
        suggest_easy()
    problems = problems or {}
    page = render_template(
        "rehearsals/show.html",
        **_facts(found, draft, round_at, division_at, values),
        current=current,
        is_single=is_easy() or found.round.is_one_way,
        answered={no for no, value in values.items() if value is not None},
        guess=values.get(GUESS_NO),
        problems={no: translate(one.message, one.facts) for no, one in problems.items()},
        was=lambda value: json.dumps(value, ensure_ascii=False),
    )
    return page, 422 if problems else 200


def _result(
    found: Rehearsal, draft: str, round_at: int, division_at: int, values: dict[int, Any]
) -> ResponseReturnValue:
    rehearsal.score(current_session(), found, values)
    facts = _facts(found, draft, round_at, division_at, values)
    drawn = paper.items(found.attempt.paper)
    rows = [
        {"shown": one, "right": paper.right_in_words(one, item), "mark": mark}
        for one, item, mark in zip(facts["shown"], drawn, found.attempt.marks or [], strict=True)
    ]
    return render_template("rehearsals/result.html", **facts, rows=rows)


def _facts(
    found: Rehearsal, draft: str, round_at: int, division_at: int, values: dict[int, Any]
) -> dict[str, Any]:
    drawn = paper.items(found.attempt.paper)
    questions = bank.versions(current_session(), [item.version_id for item in drawn])
    shown = paper.show(drawn, questions, values, language=language())
    here = _address(draft, round_at, division_at, found.attempt.seed)
    return {
        "draft": draft,
        "round_at": round_at,
        "division_at": division_at,
        "found": found,
        "round": found.round,
        "contest": found.contest,
        "attempt": found.attempt,
        "shown": shown,
        "total": len(shown),
        "here": here,
        "again": url_for(
            "rehearsals.show", draft=draft, round_at=round_at, division_at=division_at
        ),
    }
