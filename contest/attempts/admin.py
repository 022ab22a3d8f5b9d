"""The day itself, for organizers: a live page of a round, and what they can do while it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from contest.accounts import logins
from contest.accounts import queries as people
from contest.accounts.models import Role
from contest.attempts import (
    acts_forms,
    announcing,
    granting,
    live,
    pausing,
    reopening,
    watching,
)
from contest.contests import queries as contests
from contest.contests.models import Contest, Round
from contest.contests.specs import RoundKind
from contest.core import clock
from contest.core.shared_cache import SharedCache
from contest.errors import N_, NotFound
from contest.web import access, limits, pages
from contest.web.application import current_session
from contest.web.preferences import is_easy
from contest.web.words import clock_time, language, moment

bp = Blueprint("attempts_admin", __name__, url_prefix="/organizer/rounds")

ORGANIZERS = (Role.ORGANIZER, Role.ADMINISTRATOR)
KEPT_SECONDS = 5  # how old the figures may be: fifty organizers cost as one
CACHE = "live"
FAILURES_BACK = 10  # minutes
ORDERS = ("name", "registered", "started", "writing", "handed_in")


@bp.record_once
def _install(state: BlueprintSetupState) -> None:
    redis_url = state.app.extensions["settings"].redis_url
    state.app.extensions[CACHE] = SharedCache(redis_url, seconds=KEPT_SECONDS)


@dataclass(frozen=True, slots=True)
class Here:
    """The round a page is about, within the organizer's part of the tree."""

    contest: Contest
    round: Round

    @property
    def address(self) -> dict[str, Any]:
        return {"contest_code": self.contest.code, "round_code": self.round.code}

    def to(self, endpoint: str, **values: Any) -> str:
        names = {**self.address, **values}
        return url_for(f"attempts_admin.{endpoint}", **names)


def _paths() -> tuple[str, ...]:
    return access.visitor().paths(*ORGANIZERS)


def _here(contest_code: str, round_code: str) -> Here:
    """Return the round, or NotFound outside the organizer's part."""
    contest = contests.owned_one(current_session(), contest_code, _paths())
    for each in contest.rounds:
        if each.code == round_code and each.kind == RoundKind.QUIZ:
            return Here(contest, each)
    raise NotFound(contests.NO_ROUND)


@bp.get("/<contest_code>")
@access.roles(*ORGANIZERS)
def rounds(contest_code: str) -> ResponseReturnValue:
    """Choose a round of a contest to watch."""
    contest = contests.owned_one(current_session(), contest_code, _paths())
    quizzes = [each for each in contest.rounds if each.kind == RoundKind.QUIZ]
    return render_template(
        "attempts_admin/rounds.html", contest=contest, rounds=quizzes, now=clock.now()
    )


# Watching


@bp.get("/<contest_code>/<round_code>")
@access.roles(*ORGANIZERS)
def watch(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Show how many wait, write and have handed in; its figures come anew by themselves."""
    here = _here(contest_code, round_code)
    return render_template(
        "attempts_admin/watch.html",
        here=here,
        acts=live.acts_of(current_session(), here.round.id),
        figures=_figures(here),
        now=clock.now(),
    )


@bp.get("/<contest_code>/<round_code>/figures")
@access.roles(*ORGANIZERS)
def figures(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Give the part of the live page that changes."""
    return _figures(_here(contest_code, round_code))


def _figures(here: Here) -> Markup:
    """Draw the figures, or give them as they were drawn for somebody else a moment ago."""
    by = request.args.get("sort", "name")
    if by not in ORDERS:
        by = "name"
    unit_code = pages.asked("in", 40)
    kept: SharedCache = current_app.extensions[CACHE]
    key = f"live:{here.round.id}:{unit_code}:{by}:{language()}:{is_easy()}:{request.script_root}"
    drawn = kept.get(
        key,
        lambda: render_template(
            "attempts_admin/_figures.html", here=here, **_counted(here, unit_code, by)
        ),
    )
    return Markup(drawn)  # noqa: S704 -- a template of ours


def _counted(here: Here, unit_code: str, by: str) -> dict[str, Any]:
    reading, now = current_session(), clock.now()
    unit = people.unit(reading, unit_code) if unit_code else contests.owner(reading, here.contest)
    found = live.figures(reading, here.round, unit.id, unit.path, now=now)
    rows = found["units"]
    if by != "name":
        rows = sorted(rows, key=lambda row: -row[by])
    counted = watching.minutes(here.round.id, back=live.CHARTED)
    this_minute = int(now.timestamp()) // live.MINUTE_S
    shown = range(this_minute - live.CHARTED + 1, this_minute + 1)
    series = {
        "starts": [found["minutes"]["starts"].get(str(at), 0) for at in shown],
        "hand_ins": [found["minutes"]["hand_ins"].get(str(at), 0) for at in shown],
        "saves": [counted.get(watching.SAVED, {}).get(at, 0) for at in shown],
    }
    failing = {
        kind: sum(n for at, n in counted.get(kind, {}).items() if at > this_minute - FAILURES_BACK)
        for kind in watching.FAILURES
    }
    return {
        "figures": found,
        "waiting": watching.waiting(here.round.id),
        "failing": failing,
        "failures_back": FAILURES_BACK,
        "series": series,
        "minutes": [_clock(at) for at in shown],
        "rows": rows,
        "sort": by,
        "unit": unit,
        "is_top": unit.id == here.contest.unit_id,
        "now": now,
    }


def _clock(minute: int) -> str:
    """Say a minute since the epoch as the local time of day: "16:05"."""
    return clock_time(datetime.fromtimestamp(minute * live.MINUTE_S, UTC))[:5]


# More time


def _whom(here: Here) -> tuple[str, str, str]:
    """Return a registration's code or a unit's, and the name of who is meant."""
    reading, person, unit = current_session(), pages.asked("person", 16), pages.asked("unit", 40)
    if person:
        name = granting.name_of(reading, person, here.contest.id)
        if name is None:
            raise NotFound(N_("Không tìm thấy người này trong cuộc thi."))
        return person, "", name
    if unit:
        return "", unit, people.unit(reading, unit).name
    return "", "", _("Tất cả mọi người trong đợt thi")


@bp.route("/<contest_code>/<round_code>/more-time", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def more_time(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Ask how much, for whom and why; say whom it reaches; then give it."""
    here, now = _here(contest_code, round_code), clock.now()
    person, unit, name = _whom(here)
    form = acts_forms.GiveTimeForm()
    facts = {"here": here, "form": form, "name": name}
    if request.method == "GET":
        return render_template("attempts_admin/more_time.html", **facts)
    if not form.validate():
        return render_template("attempts_admin/more_time.html", **facts), 422
    asked = form.to_command(person=person, unit=unit, now=now)
    step = request.form.get("do", "")
    where = (current_session(), contest_code, round_code)
    if step == "mend":
        return render_template("attempts_admin/more_time.html", **facts)
    if step != "sure":
        reach = granting.reach(*where, asked, by=access.visitor(), now=now)
        return render_template("attempts_admin/more_time_sure.html", reach=reach, **facts)
    given = granting.give_time(*where, asked, by=access.visitor(), now=now)
    said = ngettext(
        "Đã thêm giờ cho %(num)d bài đang làm.",
        "Đã thêm giờ cho %(num)d bài đang làm.",
        given.lengthened,
    )
    if given.reopened:
        said += " " + ngettext("Đã mở lại %(num)d bài.", "Đã mở lại %(num)d bài.", given.reopened)
    flash(said, "success")
    return redirect(here.to("watch"), 303)


@bp.post("/<contest_code>/<round_code>/grants/<int:grant_id>/end")
@access.roles(*ORGANIZERS)
def end_grant(contest_code: str, round_code: str, grant_id: int) -> ResponseReturnValue:
    """Let a grant no longer count for who starts later."""
    by, now = access.visitor(), clock.now()
    granting.end_grant(current_session(), contest_code, round_code, grant_id, by=by, now=now)
    flash(_("Người bắt đầu từ bây giờ không còn được thêm giờ nữa."), "success")
    return _back(contest_code, round_code)


def _back(contest_code: str, round_code: str) -> ResponseReturnValue:
    there = url_for(
        "attempts_admin.watch", contest_code=contest_code, round_code=round_code, _anchor="acts"
    )
    return redirect(there, 303)


# Pausing


@bp.route("/<contest_code>/<round_code>/pause", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def pause(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Ask why, then let every clock of the round stand."""

    def act(form: acts_forms.ReasonForm) -> str:
        count = pausing.pause(
            current_session(),
            contest_code,
            round_code,
            reason=form.reason.data,
            by=access.visitor(),
            now=clock.now(),
        )
        said: str = ngettext(
            "Đợt thi đang tạm dừng. Đồng hồ của %(num)d bài đứng yên.",
            "Đợt thi đang tạm dừng. Đồng hồ của %(num)d bài đứng yên.",
            count,
        )
        return said

    return _asked(contest_code, round_code, "pause", acts_forms.ReasonForm(), act)


@bp.route("/<contest_code>/<round_code>/resume", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def resume(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Ask whether the closing moves too, then let the clocks run on."""

    def act(form: acts_forms.ResumeForm) -> str:
        count = pausing.resume(
            current_session(),
            contest_code,
            round_code,
            moves_closing=form.moves_closing.data,
            by=access.visitor(),
            now=clock.now(),
            zone=current_app.extensions["settings"].timezone,
        )
        said: str = ngettext(
            "Đợt thi chạy tiếp. Hạn nộp của %(num)d bài đã lùi lại bằng thời gian tạm dừng.",
            "Đợt thi chạy tiếp. Hạn nộp của %(num)d bài đã lùi lại bằng thời gian tạm dừng.",
            count,
        )
        return said

    return _asked(contest_code, round_code, "resume", acts_forms.ResumeForm(), act)


def _asked(
    contest_code: str,
    round_code: str,
    page: str,
    form: Any,
    act: Callable[[Any], str],
    **facts: Any,
) -> ResponseReturnValue:
    """Show a page that asks; when its form is sent and right, act and go back to the live page."""
    here = _here(contest_code, round_code)
    is_sent = request.method == "POST"
    if is_sent and form.validate():
        flash(act(form), "success")
        return _back(contest_code, round_code)
    shown = render_template(
        f"attempts_admin/{page}.html", here=here, form=form, now=clock.now(), **facts
    )
    return shown, 422 if is_sent else 200


# Announcing


@bp.route("/<contest_code>/<round_code>/announce", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def announce(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Write a few words to everybody who writes or waits."""

    def act(form: acts_forms.AnnounceForm) -> str:
        announcing.announce(
            current_session(),
            contest_code,
            round_code,
            words=form.words.data,
            words_en=form.words_en.data or "",
            token=form.token.data,
            by=access.visitor(),
            now=clock.now(),
        )
        return str(_("Đã gửi lời nhắn. Mọi người thấy trong vòng 15 giây."))

    return _asked(contest_code, round_code, "announce", acts_forms.AnnounceForm(), act)


@bp.post("/<contest_code>/<round_code>/announcements/<int:announcement_id>/withdraw")
@access.roles(*ORGANIZERS)
def withdraw(contest_code: str, round_code: str, announcement_id: int) -> ResponseReturnValue:
    """Take an announcement off the pages."""
    by, now = access.visitor(), clock.now()
    announcing.withdraw(
        current_session(), contest_code, round_code, announcement_id, by=by, now=now
    )
    flash(_("Đã rút lời nhắn khỏi trang của mọi người."), "success")
    return _back(contest_code, round_code)


# People


@bp.get("/<contest_code>/<round_code>/people")
@access.roles(*ORGANIZERS)
@limits.SEARCHING
def entrants(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Find anybody registered, by name without marks, by login or by a whole telephone number."""
    here = _here(contest_code, round_code)
    text, number = pages.asked("q"), pages.page_number()
    found = live.find_entered(
        current_session(),
        here.round,
        text,
        login=logins.stored_login(text, current_app.extensions["sealer"]) if text else "",
        offset=(number - 1) * pages.PER_PAGE,
        limit=pages.PER_PAGE + 1,
    )
    page = pages.Page(tuple(found[: pages.PER_PAGE]), number, len(found) > pages.PER_PAGE)
    return render_template("attempts_admin/entrants.html", here=here, page=page, text=text)


@bp.get("/<contest_code>/<round_code>/people/<code>")
@access.roles(*ORGANIZERS)
def history(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Show all that happened to one person's tries."""
    here = _here(contest_code, round_code)
    found = live.history(current_session(), here.contest.id, code)
    return render_template("attempts_admin/history.html", here=here, found=found, now=clock.now())


@bp.route("/<contest_code>/<round_code>/attempts/<code>/reopen", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def reopen(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Ask how long and why, then open a handed-in attempt again."""
    here = _here(contest_code, round_code)
    found = live.handed_in(current_session(), here.round.id, code)

    def act(form: acts_forms.ReopenForm) -> str:
        attempt = reopening.reopen(
            current_session(),
            contest_code,
            round_code,
            code,
            minutes=form.minutes.data,
            passes_closing=form.passes_closing.data,
            reason=form.reason.data,
            token=form.token.data,
            by=access.visitor(),
            now=clock.now(),
        )
        until = moment(attempt.deadline)
        return str(_("Đã mở lại bài. Hạn nộp mới: %(until)s.", until=until))

    form = acts_forms.ReopenForm()
    return _asked(contest_code, round_code, "reopen", form, act, found=found)
