"""The organizer's desk: contests and drafts of one's own part, set up page by page."""

import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.accounts import queries as people
from contest.accounts.models import Role
from contest.contests import queries as contests
from contest.contests import rule_changes
from contest.core import clock
from contest.drafts import kinds, places, queries, reading, rows, rubrics, service
from contest.drafts.forms import beginning, registry
from contest.drafts.forms.playing import cell_of, split
from contest.drafts.forms.step import Scene, StepForm, quizzes, said, sent
from contest.drafts.models import Draft
from contest.errors import N_, Conflict, Invalid, NotAllowed, NotFound, Problem
from contest.rules import entry_rules
from contest.web import access, limits, pages
from contest.web.application import current_session
from contest.web.words import named, translate
from question_bank import queries as bank

bp = Blueprint("drafts", __name__, url_prefix="/desk")

ORGANIZERS = (Role.ORGANIZER, Role.ADMINISTRATOR)
NO_STEP = N_("Không có bước này.")


def _paths() -> tuple[str, ...]:
    return access.visitor().paths(*ORGANIZERS)


def _zone() -> ZoneInfo:
    zone: ZoneInfo = current_app.extensions["settings"].timezone
    return zone


@bp.get("")
@access.roles(*ORGANIZERS)
def desk() -> ResponseReturnValue:
    """List the drafts and the contests of one's own part."""
    reading_ = current_session()
    now = clock.now()
    return render_template(
        "drafts/desk.html",
        drafts=queries.drafts(reading_, _paths()),
        contests=contests.owned(reading_, _paths()),
        steps=dict(places.STEPS),
        now=now,
    )


@bp.route("/new", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
@limits.STARTING
def begin() -> ResponseReturnValue:
    """Choose a kind and a name."""
    form = beginning.BeginForm(queries.units(current_session(), _paths(), ""))
    if request.method == "POST":
        try:
            draft = service.create(
                current_session(),
                kind=form.kind.data or "",
                title=form.title.data or "",
                unit=form.unit.data or "",
                by=access.visitor(),
                now=clock.now(),
                zone=_zone(),
            )
        except Invalid as error:
            for name, problem in error.problems.items():
                form[name].errors = [translate(problem.message, problem.facts)]
        else:
            return redirect(url_for("drafts.step", code=draft.code, step="about"), 303)
    page = render_template("drafts/begin.html", form=form, kinds=kinds.KINDS)
    return page, 422 if request.method == "POST" else 200


@bp.get("/<code>/<step>")
@access.roles(*ORGANIZERS)
def step(code: str, step: str) -> ResponseReturnValue:
    """Show one step; `check` in the address names what is to be mended in it."""
    _ensure_step(step)
    draft = queries.draft(current_session(), code, _paths())
    scene = _scene(draft, step)
    form = registry.FORMS[step](draft.data, scene, version=draft.version)
    noted = _noted(draft, step, scene) if "check" in request.args else []
    return _page(draft, step, scene, form, noted=noted)


@bp.post("/<code>/<step>")
@access.roles(*ORGANIZERS)
@limits.SEARCHING
def save(code: str, step: str) -> ResponseReturnValue:
    """Keep what was typed; then the next step, or the same one while something is to be mended."""
    _ensure_step(step)
    session = current_session()
    before = queries.draft(session, code, _paths())
    scene = _scene(before, step)
    form = registry.FORMS[step](before.data, scene, version=before.version)
    act = request.form.get("do", "save")
    try:
        draft = service.save(
            session,
            code,
            version=form.based_on(),
            change=_changing(form, step, act),
            next_step=_next(step, before.data) if act == "save" else step,
            by=access.visitor(),
            now=clock.now(),
        )
    except service.Stale as error:
        return _both_texts(error.draft, step, form)
    if act == "later":
        flash(_("Đã lưu bản nháp. Bạn quay lại làm tiếp lúc nào cũng được."), "success")
        return redirect(url_for("drafts.desk"), 303)
    if act != "save":
        return redirect(_address(draft, step, scene), 303)
    if _noted(draft, step, scene):
        return redirect(_address(draft, step, scene, check=1), 303)
    return redirect(_following(draft, step, scene), 303)


def _ensure_step(step: str) -> None:
    if step not in registry.FORMS:
        raise NotFound(NO_STEP)


def _next(step: str, data: dict[str, Any]) -> str:
    """Give the step after one, the last for the last: the check follows."""
    order = [name for name, _title in places.steps_of(data)]
    if step not in order:  # its rounds are gone
        return order[-1]
    return order[min(order.index(step) + 1, len(order) - 1)]


def _following(draft: Draft, step: str, scene: Scene) -> str:
    """Go on with the next round when a step's settings hold for one round only, else onward."""
    later = [at for at in _rounds_of(draft, step) if at > scene.round_at]
    is_one = step in places.OF_ENTRIES or request.form.get("applies") == "one"
    if step in places.OF_ROUND and is_one and later:
        return url_for("drafts.step", code=draft.code, step=step, round=later[0] + 1)
    if step == places.STEPS[-1][0]:
        return url_for("drafts.check", code=draft.code)
    return url_for("drafts.step", code=draft.code, step=_next(step, draft.data))


def _rounds_of(draft: Draft, step: str) -> list[int]:
    """Give the positions of the rounds a step is about."""
    return sent(draft.data) if step in places.OF_ENTRIES else quizzes(draft.data)


def _address(draft: Draft, step: str, scene: Scene, *, check: int | None = None) -> str:
    at = scene.round_at + 1 if step in places.OF_ROUND else None
    return url_for("drafts.step", code=draft.code, step=step, round=at, check=check)


def _changing(form: StepForm, step: str, act: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Put the form's text into the data, and then do what one of the buttons beside it does."""

    def change(data: dict[str, Any]) -> dict[str, Any]:
        return rows.after(form.put(data), step, act, round_at=form.scene.round_at)

    return change


def _scene(draft: Draft, step: str) -> Scene:
    """Gather what the step's page needs to know."""
    session = current_session()
    facts: dict[str, Any] = {"is_edit": draft.contest_id is not None}
    if step == "about":
        facts["units"] = tuple(queries.units(session, _paths(), str(draft.data.get("unit", ""))))
    if step == "divisions":
        facts["audiences"] = tuple((one.code, named(one)) for one in people.audiences(session))
    if step in places.OF_ROUND:
        facts["round_at"] = _round_at(draft, step)
    if step == "paper":
        facts["topics"] = _topics()
        facts["pool"] = _pool(draft, facts["round_at"])
    return Scene(**facts)


def _topics() -> tuple[tuple[str, str], ...]:
    return tuple((topic.code, named(topic)) for topic in bank.topics(current_session()))


def _round_at(draft: Draft, step: str) -> int:
    """Give the position of the round the address asks for (from 1), else of the first."""
    order = _rounds_of(draft, step)
    text = pages.asked("round", 4)
    wanted = int(text) - 1 if text.isascii() and text.isdigit() else -1
    counting = [at for at in order if not draft.data["rounds"][at].get("is_practice")]
    none = len(draft.data["rounds"]) if step in places.OF_ENTRIES else 0
    return wanted if wanted in order else next(iter(counting or order), none)


def _pool(draft: Draft, round_at: int) -> dict[tuple[str, str], int]:
    session, rounds = current_session(), draft.data["rounds"]
    closes_on = queries.closing_day(
        rounds[round_at] if round_at < len(rounds) else {}, now=clock.now(), zone=_zone()
    )
    known = [one.code for one in people.audiences(session)]
    return queries.pool(
        session, draft.data, closes_on=closes_on, unit_id=draft.unit_id, known=known
    )


def _noted(draft: Draft, step: str, scene: Scene) -> list[places.Found]:
    """Say what is to be mended in one step, the pool of questions aside."""
    try:
        reading.spec_of(draft.data, _zone())
    except Invalid as error:
        topics = scene.topics
        return [
            each
            for each in places.located(error.problems, draft.data, topics)
            if each.spot.step == step and each.spot.round_at in {None, scene.round_at}
        ]
    return []


def _page(
    draft: Draft,
    step: str,
    scene: Scene,
    form: StepForm,
    *,
    noted: list[places.Found],
    theirs: list[tuple[str, str, str]] | None = None,
    editor: str = "",
) -> str:
    fields = {field.id: field for field in form.every()}
    for each in noted:
        if each.spot.anchor in fields:
            field = fields[each.spot.anchor]
            field.errors = [*field.errors, _sentence(each.problem)]
    labels = [*(name for _code, name in scene.topics), _("Chủ đề nào cũng được")]
    return render_template(
        f"drafts/{step}.html",
        draft=draft,
        data=draft.data,
        step=step,
        steps=places.steps_of(draft.data),
        titles=dict(places.STEPS),
        form=form,
        scene=scene,
        noted=[(_href(draft, each), _words(each)) for each in noted],
        theirs=theirs,
        editor=editor,
        tabs=[(at, draft.data["rounds"][at]) for at in _rounds_of(draft, step)],
        rows=labels,
        ready=rubrics.kinds("criteria"),
        kind_names=entry_rules.NAMES,
        special=_special(draft, scene) if step == "paper" else [],
        onward=_following(draft, step, scene),
    )


def _special(draft: Draft, scene: Scene) -> list[tuple[str, str, Any, str]]:
    """Tell the quotas the table of numbers cannot show."""
    rounds = draft.data["rounds"]
    here = rounds[scene.round_at].get("plan", []) if scene.round_at < len(rounds) else []
    _cells, rest = split(here, scene)
    return [
        (*cell_of(quota), quota.get("count"), ", ".join(quota.get("audiences", [])))
        for quota in rest
    ]


def _sentence(problem: Problem) -> str:
    return translate(problem.message, problem.facts)


def _words(each: places.Found) -> str:
    """Say what is to be mended: where, which field, what."""
    label = translate(each.label) if each.label else ""
    where = f"“{each.spot.where}”" if each.spot.where else ""
    begins = ", ".join(part for part in (where, label) if part)
    sentence = _sentence(each.problem)
    return f"{begins}: {sentence}" if begins else sentence


def _href(draft: Draft, each: places.Found) -> str:
    facts: dict[str, Any] = {"code": draft.code, "step": each.spot.step, "check": 1}
    if each.spot.round_at is not None:
        facts["round"] = each.spot.round_at + 1
    return url_for("drafts.step", **facts, _anchor=each.spot.anchor)


def _both_texts(draft: Draft, step: str, form: StepForm) -> ResponseReturnValue:
    """Show what was typed, ready to be saved over what was saved meanwhile; both are readable."""
    scene = _scene(draft, step)
    stored = registry.FORMS[step].shown(draft.data, scene)
    typed = [(field.id, field.label.text, said(field)) for field in form.every()]
    theirs = [
        (label, stored.get(id_, ""), mine)
        for id_, label, mine in typed
        if stored.get(id_, "") != mine
    ]
    form.version.data = str(draft.version)
    editor = queries.editor(current_session(), draft)
    return _page(draft, step, scene, form, noted=[], theirs=theirs, editor=editor), 409


@bp.get("/<code>/check")
@access.roles(*ORGANIZERS)
def check(code: str) -> ResponseReturnValue:
    """Name everything to be mended; nothing left, the way to publishing."""
    draft = queries.draft(current_session(), code, _paths())
    return _checked(draft, "drafts/check.html")


@bp.get("/<code>/publish")
@access.roles(*ORGANIZERS)
def confirm(code: str) -> ResponseReturnValue:
    """Ask once more before everybody sees it."""
    draft = queries.draft(current_session(), code, _paths())
    return _checked(draft, "drafts/publish.html")


def _checked(draft: Draft, template: str, *, reason: str = "", error: str = "") -> str:
    refused = ""
    problems: dict[str, Problem] = {}
    changes: list[Any] = []
    try:
        problems, changes = service.problems(
            current_session(), draft, by=access.visitor(), now=clock.now(), zone=_zone()
        )
    except (Conflict, NotAllowed) as conflict:
        refused = translate(conflict.message, conflict.facts)
    found = places.located(problems, draft.data, _topics())
    if found or refused:
        template = "drafts/check.html"
    return render_template(
        template,
        draft=draft,
        step="check",
        steps=places.steps_of(draft.data),
        titles=dict(places.STEPS),
        found=[(each.spot.step, _href(draft, each), _words(each)) for each in found],
        refused=refused,
        changes=changes,
        labels=rule_changes.LABELS,
        spec=None if found else _spec(draft),
        kind_names=entry_rules.NAMES,
        reason=reason,
        error=error,
    )


def _spec(draft: Draft) -> Any:
    try:
        return reading.spec_of(draft.data, _zone())
    except Invalid:
        return None


@bp.post("/<code>/publish")
@access.roles(*ORGANIZERS)
@limits.STARTING
def publish(code: str) -> ResponseReturnValue:
    """Let everybody see the contest."""
    draft = queries.draft(current_session(), code, _paths())
    reason = request.form.get("reason", "")
    text = request.form.get("version", "")
    try:
        contest = service.publish(
            current_session(),
            code,
            version=int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0,
            reason=reason,
            by=access.visitor(),
            now=clock.now(),
            zone=_zone(),
        )
    except Invalid as error:
        reasons = error.problems.get("reason")
        words = "" if reasons is None else _sentence(reasons)
        return _checked(draft, "drafts/publish.html", reason=reason, error=words), 422
    flash(_("Cuộc thi đã được công bố."), "success")
    return redirect(url_for("contests.show", code=contest.code), 303)


@bp.route("/<code>/delete", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def delete(code: str) -> ResponseReturnValue:
    """Ask, then throw the draft away."""
    session = current_session()
    if request.method == "POST":
        gone = service.delete(session, code, by=access.visitor(), now=clock.now())
        flash(_("Đã xoá bản nháp “%(title)s”.", title=gone.title), "success")
        return redirect(url_for("drafts.desk"), 303)
    return render_template("drafts/delete.html", draft=queries.draft(session, code, _paths()))


@bp.post("/contests/<code>/copy")
@access.roles(*ORGANIZERS)
@limits.STARTING
def copy_contest(code: str) -> ResponseReturnValue:
    """Begin a new contest like an old one."""
    draft = service.copy_contest(
        current_session(), code, by=access.visitor(), now=clock.now(), zone=_zone()
    )
    told = _("Đã chép thành bản nháp mới. Đợt đầu mở vào thứ Hai tới; bạn xem lại ngày giờ nhé.")
    flash(told, "success")
    return redirect(url_for("drafts.step", code=draft.code, step="about"), 303)


@bp.post("/contests/<code>/edit")
@access.roles(*ORGANIZERS)
@limits.STARTING
def edit_contest(code: str) -> ResponseReturnValue:
    """Open a published contest for changing."""
    draft = service.edit_contest(
        current_session(), code, by=access.visitor(), now=clock.now(), zone=_zone()
    )
    return redirect(url_for("drafts.step", code=draft.code, step=draft.step), 303)
