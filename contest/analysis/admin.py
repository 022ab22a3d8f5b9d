"""How good the questions were: settled rounds, the figures of their questions, one question."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contest.accounts.models import Role
from contest.analysis import measuring, queries
from contest.core import clock, jobs
from contest.core.storage import Storage
from contest.errors import N_, NotFound
from contest.jobs import queries as job_queries
from contest.jobs import views as job_pages
from contest.web import access, limits, pages
from contest.web.application import current_session

bp = Blueprint("analysis", __name__, url_prefix="/analysis")

ORGANIZERS = (Role.ORGANIZER, Role.ADMINISTRATOR)
NAME = "analysis.measure"
TITLE = N_("Phân tích câu hỏi của đợt thi")
NO_QUESTION = N_("Câu này không có trong các đề của đợt thi.")
PER_PAGE = 50
MOST_ROUNDS = 30  # looked into for one question's past
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

job_pages.PAGES[NAME] = "analysis.measured"


def _paths() -> tuple[str, ...]:
    return access.visitor().paths(*ORGANIZERS)


def _storage() -> Storage:
    found: Storage = current_app.extensions["storage"]
    return found


@bp.get("/")
@access.roles(*ORGANIZERS)
def rounds() -> ResponseReturnValue:
    """List the settled rounds of one's own part."""
    return render_template(
        "analysis/rounds.html", rounds=queries.rounds(current_session(), _paths())
    )


@bp.get("/<contest_code>/<round_code>")
@access.roles(*ORGANIZERS)
def round(contest_code: str, round_code: str) -> ResponseReturnValue:  # noqa: A001 -- the page's name
    """Show the figures of a round's questions, those to look at first; or offer to measure them."""
    found = queries.settled(current_session(), contest_code, round_code, _paths())
    outcome = measuring.kept(_storage(), contest_code, round_code)
    number = pages.page_number()
    items = outcome["items"] if outcome else []
    at = (number - 1) * PER_PAGE
    return render_template(
        "analysis/round.html",
        contest_code=contest_code,
        round=found,
        outcome=outcome,
        items=items[at : at + PER_PAGE],
        doubtful=sum(any(not one["is_provisional"] for one in _grave(item)) for item in items),
        page=number,
        pages=-(-len(items) // PER_PAGE),
    )


def _grave(item: dict[str, Any]) -> list[dict[str, Any]]:
    light = {"too_few", "too_easy", "unused_option"}
    return [one for one in item["warnings"] if one["code"] not in light]


@bp.post("/<contest_code>/<round_code>/measure")
@access.roles(*ORGANIZERS)
@limits.STARTING
def measure(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Let a job work the figures out."""
    found = queries.settled(current_session(), contest_code, round_code, _paths())
    args = {"round_id": found.id, "contest": contest_code, "round": round_code}
    job = jobs.enqueue(
        current_session(),
        NAME,
        args,
        title=TITLE,
        subject=f"contest:{contest_code}",
        by=access.visitor().id,
        now=clock.now(),
    )
    return redirect(url_for("jobs.show", code=job.code), 303)


@bp.get("/measured/<code>")
@access.roles(*ORGANIZERS)
def measured(code: str) -> ResponseReturnValue:
    """Lead from a finished job to its round."""
    job = job_queries.visible(current_session(), code, by=access.visitor())
    if job.name != NAME:
        raise NotFound(job_queries.NONE)
    facts = {"contest_code": job.args["contest"], "round_code": job.args["round"]}
    return redirect(url_for("analysis.round", **facts), 303)


@bp.get("/<contest_code>/<round_code>/<path:code>")
@access.roles(*ORGANIZERS)
def question(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Show one question: every figure, who chose what, and how it did in other rounds."""
    found = queries.settled(current_session(), contest_code, round_code, _paths())
    outcome = measuring.kept(_storage(), contest_code, round_code)
    item = _item(outcome, code)
    if item is None:
        raise NotFound(NO_QUESTION)
    return render_template(
        "analysis/question.html",
        contest_code=contest_code,
        round=found,
        item=item,
        letters=LETTERS,
        past=_past(item["question_id"], code, (contest_code, round_code)),
    )


def _item(outcome: dict[str, Any] | None, code: str) -> dict[str, Any] | None:
    items = outcome["items"] if outcome else []
    return next((one for one in items if one["code"] == code), None)


def _past(question_id: int, code: str, here: tuple[str, str]) -> list[tuple[Any, dict[str, Any]]]:
    """Give the other measured rounds a question stood in, the latest first."""
    found = []
    for each in queries.rounds(current_session(), _paths())[:MOST_ROUNDS]:
        if (each.contest_code, each.code) == here:
            continue
        item = _item(measuring.kept(_storage(), each.contest_code, each.code), code)
        if item is not None and item["question_id"] == question_id:
            found.append((each, item["figures"]))
    return found
