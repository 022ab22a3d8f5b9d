"""Pages of long work: how far it is, how to stop it, where its file is."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import BinaryIO, cast

from flask import Blueprint, current_app, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.accounts.models import Role
from contest.core import clock, jobs
from contest.core.jobs import Job, State
from contest.core.storage import Storage
from contest.errors import N_
from contest.jobs import queries, service
from contest.web import access, headers, pages, threads
from contest.web.application import current_session
from contest.web.words import number, translate

bp = Blueprint("jobs", __name__, url_prefix="/jobs")

WORDS = {
    "waiting": N_("Đang chờ đến lượt"),
    "running": N_("Đang làm"),
    "stopping": N_("Đang dừng lại"),
    "done": N_("Đã làm xong"),
    "failed": N_("Chưa làm được"),
    "cancelled": N_("Đã huỷ"),
}
# The name of a job → the endpoint of the page that shows what came of it, taking its code. Rooms
# above add theirs.
PAGES: dict[str, str] = {}
TONES = {"done": "good", "failed": "bad", "running": "info", "stopping": "wait", "waiting": "wait"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A job as its pages say it, in the visitor's language."""

    code: str
    title: str
    state: str  # a key of WORDS
    word: str
    tone: str
    stage: str
    counted: str  # "12 trên 40 (30%)", empty while nobody knows
    done: int
    total: int
    is_over: bool
    has_file: bool
    created_at: datetime
    finished_at: datetime | None
    again_at: datetime | None  # when it tries again by itself, after a failure


def state_of(job: Job, now: datetime) -> str:
    """Return the key of WORDS: what is stored, and whether somebody holds it now."""
    if job.state != State.WAITING:
        return job.state
    if job.cancel_asked_at is not None:
        return "stopping"
    return "running" if job.is_held(now) else "waiting"


def shown(job: Job, now: datetime) -> Shown:
    """Say a job in the visitor's language."""
    state = state_of(job, now)
    return Shown(
        code=job.code,
        title=translate(job.title),
        state=state,
        word=translate(WORDS[state]),
        tone=TONES.get(state, "plain"),
        stage=translate(job.stage) if job.stage else "",
        counted=_counted(job.done, job.total),
        done=job.done,
        total=job.total,
        is_over=job.state != State.WAITING,
        has_file=queries.has_file(job, now),
        created_at=job.created_at,
        finished_at=job.finished_at,
        again_at=job.run_at if state == "waiting" and job.error is not None else None,
    )


def _counted(done: int, total: int) -> str:
    if not total:
        return ""
    percent = min(100, done * 100 // total)
    places = {"done": number(done), "total": number(total), "percent": percent}
    return str(_("%(done)s trên %(total)s (%(percent)s%%)", **places))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a job failed: a sentence, and what is wrong at which place."""

    message: str
    problems: tuple[tuple[str, str], ...]


def reason_of(job: Job) -> Reason | None:
    """Return why the job's last try failed, in the visitor's language."""
    if job.error is None:
        return None
    problems = tuple(
        (place, translate(found["message"], jobs.facts_of(found)))
        for place, found in job.error["problems"].items()
    )
    return Reason(translate(job.error["message"], jobs.facts_of(job.error)), problems)


@bp.get("/")
@access.participant
def mine() -> ResponseReturnValue:
    """List one's own jobs; administrators see those that rest, too."""
    page_no, now, here = pages.page_number(), clock.now(), access.visitor()
    offset = (page_no - 1) * pages.PER_PAGE
    found = queries.own(current_session(), here.id, offset=offset, limit=pages.PER_PAGE + 1)
    rows = tuple(shown(job, now) for job in found[: pages.PER_PAGE])
    is_keeper = here.may(Role.ADMINISTRATOR)
    resting = queries.resting(current_session()) if is_keeper else []
    return render_template(
        "jobs/mine.html",
        page=pages.Page(rows, page_no, len(found) > pages.PER_PAGE),
        resting=[(shown(job, now), reason_of(job)) for job in resting],
        is_keeper=is_keeper,
    )


@bp.get("/<code>")
@access.participant
def show(code: str) -> ResponseReturnValue:
    """Show how far a job is; without JavaScript the page comes again by itself."""
    here = access.visitor()
    job = queries.visible(current_session(), code, by=here)
    return render_template(
        "jobs/show.html",
        job=shown(job, clock.now()),
        result=job.result,
        until=job.expires_at,
        reason=reason_of(job),
        is_owner=job.owner_id == here.id,
        page=PAGES.get(job.name),
    )


@bp.get("/<code>/state")
@access.participant
def state(code: str) -> ResponseReturnValue:
    """Answer the page's script: how far the job is."""
    job = shown(queries.visible(current_session(), code, by=access.visitor()), clock.now())
    return {
        "state": job.state,
        "word": job.word,
        "stage": job.stage,
        "counted": job.counted,
        "done": job.done,
        "total": job.total,
        "is_over": job.is_over,
    }


@bp.get("/<code>/cancel")
@access.participant
def confirm_cancel(code: str) -> ResponseReturnValue:
    """Ask before stopping."""
    job = queries.visible(current_session(), code, by=access.visitor())
    return render_template("jobs/cancel.html", job=shown(job, clock.now()))


@bp.post("/<code>/cancel")
@access.participant
def cancel(code: str) -> ResponseReturnValue:
    service.cancel(current_session(), code, by=access.visitor(), now=clock.now())
    return redirect(url_for("jobs.show", code=code), 303)


@bp.post("/<code>/restart")
@access.participant
def restart(code: str) -> ResponseReturnValue:
    service.restart(current_session(), code, by=access.visitor(), now=clock.now())
    return redirect(url_for("jobs.show", code=code), 303)


@bp.get("/<code>/file")
@access.participant
def download(code: str) -> ResponseReturnValue:
    """Hand the job's file to its owner, never to be shown inside the site."""
    job = queries.with_file(current_session(), code, by=access.visitor().id, now=clock.now())
    result = job.result or {}
    files: Storage = current_app.extensions["storage"]
    sent = threads.sent(partial(files.open, result["key"]), result["bytes"])
    answer = send_file(
        cast("BinaryIO", sent),
        mimetype=result["type"],
        as_attachment=True,
        download_name=result["name"],
    )
    answer.content_length = result["bytes"]
    answer.headers["Cache-Control"] = headers.PRIVATE
    return answer
