"""Entries for organizers: the list, one entry, names for a blind jury, stuck files, likenesses."""

from collections.abc import Callable
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.contests.specs import RoundKind
from contest.core import clock, jobs
from contest.core.jobs import Job
from contest.entries import (
    acts_forms,
    dossier,
    filing,
    handling,
    likenesses,
    listing,
    organizing,
    tabling,
)
from contest.entries.dossier import Whole
from contest.entries.filing import FileState
from contest.entries.models import EntryFile, EntryState
from contest.entries.organizing import Here
from contest.errors import NotFound
from contest.media import queries as media
from contest.media import serving
from contest.rules.entry_rules import EntryKind
from contest.rules.media import FileKind
from contest.web import access, limits, pages
from contest.web.application import current_session
from contest.web.words import translate

ORGANIZERS = organizing.ORGANIZERS
bp = Blueprint("entries_admin", __name__, url_prefix="/organizer/entries")

bp.add_app_template_global(organizing.entry_words)


@bp.get("/<contest_code>")
@access.roles(*ORGANIZERS)
def rounds(contest_code: str) -> ResponseReturnValue:
    """Choose a round of entries of a contest."""
    contest = organizing.contest_of(contest_code)
    found = [each for each in contest.rounds if each.kind == RoundKind.ENTRIES]
    return render_template(
        "entries_admin/rounds.html", contest=contest, rounds=found, now=clock.now()
    )


# The list


@bp.get("/<contest_code>/<round_code>")
@access.roles(*ORGANIZERS)
@limits.SEARCHING
def entries(contest_code: str, round_code: str) -> ResponseReturnValue:
    """List a round's entries, with figures and filters."""
    here = organizing.here_at(contest_code, round_code)
    wanted = listing.Wanted(
        text=pages.asked("q"),
        division=_one_of("division", [each.code for each in here.contest.divisions]),
        kind=_one_of("kind", list(EntryKind)),
        state=_one_of("state", list(EntryState)),
        files=_one_of("files", list(FileState)),
    )
    number, rows = organizing.span()
    found = listing.page(current_session(), here.round.id, wanted, **rows)
    return render_template(
        "entries_admin/entries.html",
        here=here,
        page=organizing.page_of(number, found),
        wanted=wanted,
        figures=listing.figures(current_session(), here.round.id),
        unread=dossier.count_unread(current_session(), here.round.id),
        kinds=here.rules.kinds,
        states=list(organizing.STATES),
        file_states=list(organizing.FILES),
    )


def _one_of(name: str, known: list[Any]) -> str:
    """Return what the address asks for when there is such a thing, nothing otherwise."""
    asked = pages.asked(name, 40)
    return asked if asked in known else ""


@bp.post("/<contest_code>/<round_code>/table")
@access.roles(*ORGANIZERS)
@limits.LOOKING_OVER
def export(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Have a spreadsheet of all entries written."""
    here = organizing.here_at(contest_code, round_code)
    code = tabling.ask(
        current_session(),
        contest_code,
        here.round,
        by=access.visitor(),
        zone=current_app.extensions["settings"].timezone,
        now=clock.now(),
    )
    return redirect(url_for("jobs.show", code=code), 303)


# One entry


@bp.get("/<contest_code>/<round_code>/works/<code>")
@access.roles(*ORGANIZERS)
def entry(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Show an entry with its files, versions and what was done about it."""
    here = organizing.here_at(contest_code, round_code)
    return render_template(
        "entries_admin/entry.html",
        here=here,
        found=dossier.one(current_session(), here.round.id, code),
    )


def _asked(
    here: Here,
    page: str,
    form: Any,
    act: Callable[[Any], str],
    then: str,
    **facts: Any,
) -> ResponseReturnValue:
    """Show a page that asks; when its form is sent and right, act and go on to `then`."""
    is_sent = request.method == "POST"
    if is_sent and form.validate():
        flash(act(form), "success")
        return redirect(then, 303)
    shown = render_template(f"entries_admin/{page}.html", here=here, form=form, **facts)
    return shown, 422 if is_sent else 200


@bp.route("/<contest_code>/<round_code>/works/<code>/refuse", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def refuse(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Ask why, then take an entry out of the contest."""
    here = organizing.here_at(contest_code, round_code)
    found = dossier.one(current_session(), here.round.id, code)

    def act(form: acts_forms.ReasonForm) -> str:
        by, now = access.visitor(), clock.now()
        reason = form.reason.data
        handling.refuse(current_session(), here.where, code, reason=reason, by=by, now=now)
        return str(_("Bài này không còn được chấm. Người gửi đọc được lý do."))

    then = here.to("entry", code=code)
    return _asked(here, "refuse", acts_forms.ReasonForm(), act, then, found=found)


@bp.route("/<contest_code>/<round_code>/works/<code>/take-back", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def take_back(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Ask once more, then let a refused entry count again."""
    here = organizing.here_at(contest_code, round_code)
    found = dossier.one(current_session(), here.round.id, code)

    def act(_form: acts_forms.SureForm) -> str:
        handling.take_back(
            current_session(), here.where, code, by=access.visitor(), now=clock.now()
        )
        return str(_("Bài này lại được chấm như các bài khác."))

    then = here.to("entry", code=code)
    return _asked(here, "take_back", acts_forms.SureForm(), act, then, found=found)


@bp.route("/<contest_code>/<round_code>/works/<code>/languages", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def languages(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Correct which languages the judges of an entry must know."""
    here = organizing.here_at(contest_code, round_code)
    found = dossier.one(current_session(), here.round.id, code)

    def act(form: acts_forms.LanguagesForm) -> str:
        handling.set_languages(
            current_session(),
            here.where,
            code,
            languages=form.languages.data or (),
            version=form.seen_version(),
            by=access.visitor(),
            now=clock.now(),
        )
        return str(_("Đã lưu. Lần phân công sau chỉ chọn giám khảo hiểu bài này."))

    entry = found.entry
    form = acts_forms.LanguagesForm(
        data={"version": entry.version, "languages": entry.jury_languages}
    )
    return _asked(here, "languages", form, act, here.to("entry", code=code), found=found)


# Names


@bp.get("/<contest_code>/<round_code>/names")
@access.roles(*ORGANIZERS)
def names(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Lead to the first entry whose text nobody has looked at for names."""
    here = organizing.here_at(contest_code, round_code)
    return redirect(_next_unread(here, 0), 303)


def _next_unread(here: Here, after: int) -> str:
    code = dossier.unread(current_session(), here.round.id, after=after)
    if code is None:
        flash(_("Mọi bài đã nộp đều đã được xem tên."), "success")
        return here.to("entries")
    return here.to("redact", code=code)


@bp.route("/<contest_code>/<round_code>/works/<code>/names", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def redact(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Take names out of what the jury reads; "save and next" goes on to the next entry."""
    here = organizing.here_at(contest_code, round_code)
    whole = dossier.one(current_session(), here.round.id, code)
    form = acts_forms.RedactForm()
    if request.method == "POST" and form.validate():
        handling.redact(
            current_session(),
            here.where,
            code,
            title=form.title.data,
            text=form.text.data or "",
            version=form.seen_version(),
            by=access.visitor(),
            now=clock.now(),
        )
        flash(_("Đã lưu lời bài cho giám khảo."), "success")
        if request.form.get("do") == "next":
            return redirect(_next_unread(here, whole.entry.id), 303)
        return redirect(here.to("entry", code=code), 303)
    found = dossier.named(current_session(), whole, current_app.extensions["storage"])
    if request.method != "POST":
        entry = whole.entry
        form.version.data = entry.version
        form.title.data = entry.redacted_title or found.proposed_title
        form.text.data = found.proposed_text if entry.redacted is None else entry.redacted
    shown = render_template(
        "entries_admin/redact.html",
        here=here,
        form=form,
        whole=whole,
        found=found,
        left=dossier.count_unread(current_session(), here.round.id),
    )
    return shown, 422 if request.method == "POST" else 200


@bp.route(
    "/<contest_code>/<round_code>/works/<code>/files/<file_code>/withhold",
    methods=["GET", "POST"],
)
@access.roles(*ORGANIZERS)
def withhold_file(
    contest_code: str, round_code: str, code: str, file_code: str
) -> ResponseReturnValue:
    """Ask why, then keep a file of an entry from the jury."""
    here, whole, file = _file_of(contest_code, round_code, code, file_code)

    def act(form: acts_forms.WithholdForm) -> str:
        by, now = access.visitor(), clock.now()
        reason = form.reason.data
        handling.withhold_file(
            current_session(), here.where, file_code, reason=reason, by=by, now=now
        )
        return str(_("Giám khảo không xem được tệp này nữa."))

    form = acts_forms.WithholdForm(data={"reason": file.withheld or ""})
    return _asked(
        here, "withhold_file", form, act, here.to("redact", code=code), found=whole, file=file
    )


@bp.post("/<contest_code>/<round_code>/works/<code>/files/<file_code>/give")
@access.roles(*ORGANIZERS)
def give_file(contest_code: str, round_code: str, code: str, file_code: str) -> ResponseReturnValue:
    """Let the jury have a withheld file again."""
    here, _whole, _file = _file_of(contest_code, round_code, code, file_code)
    by, now = access.visitor(), clock.now()
    handling.give_file(current_session(), here.where, file_code, by=by, now=now)
    flash(_("Giám khảo lại xem được tệp này."), "success")
    return redirect(here.to("redact", code=code), 303)


def _file_of(
    contest_code: str, round_code: str, code: str, file_code: str
) -> tuple[Here, Whole, EntryFile]:
    """Return a round, an entry of it and a file of that, replaced or not; NotFound."""
    here = organizing.here_at(contest_code, round_code)
    whole = dossier.one(current_session(), here.round.id, code)
    for each in whole.files:
        if each.file.code == file_code:
            return here, whole, each.file
    raise NotFound(filing.NO_FILE)


# Files


@bp.get("/<contest_code>/<round_code>/queue")
@access.roles(*ORGANIZERS)
def queue(contest_code: str, round_code: str) -> ResponseReturnValue:
    """List the files that wait for a person, and those at work."""
    here = organizing.here_at(contest_code, round_code)
    number, rows = organizing.span()
    found = filing.queue(current_session(), here.round.id, **rows)
    return render_template(
        "entries_admin/queue.html", here=here, page=organizing.page_of(number, found), said=_said
    )


def _said(kept: dict[str, Any] | None) -> str:
    """Say a kept error in the visitor's language; nothing for none."""
    return "" if kept is None else translate(kept["message"], jobs.facts_of(kept))


@bp.app_template_global("job_error")
def job_error(job: Job | None) -> str:
    return "" if job is None else _said(job.error)


@bp.post("/<contest_code>/<round_code>/queue/<file_code>/again")
@access.roles(*ORGANIZERS)
def make_again(contest_code: str, round_code: str, file_code: str) -> ResponseReturnValue:
    """Have a file made anew."""
    here = organizing.here_at(contest_code, round_code)
    by, now = access.visitor(), clock.now()
    handling.make_again(current_session(), here.where, file_code, by=by, now=now)
    flash(_("Tệp đã vào hàng chờ xử lý lại."), "success")
    return redirect(here.to("queue"), 303)


@bp.route("/<contest_code>/<round_code>/queue/<file_code>/refuse", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def refuse_file(contest_code: str, round_code: str, file_code: str) -> ResponseReturnValue:
    """Ask why, then give up a file."""
    here = organizing.here_at(contest_code, round_code)
    file = filing.file_in(current_session(), here.contest.id, file_code)

    def act(form: acts_forms.ReasonForm) -> str:
        handling.refuse_file(
            current_session(),
            here.where,
            file_code,
            reason=form.reason.data,
            by=access.visitor(),
            now=clock.now(),
        )
        return str(_("Tệp này không được nhận. Người gửi đọc được lý do."))

    return _asked(here, "refuse_file", acts_forms.ReasonForm(), act, here.to("queue"), file=file)


@bp.get("/<contest_code>/<round_code>/files/<file_code>/<kind>")
@access.roles(*ORGANIZERS)
def file(contest_code: str, round_code: str, file_code: str, kind: str) -> Response:
    """Hand out a file of an entry of the contest: what was made for looking, or the original."""
    here = organizing.here_at(contest_code, round_code)
    found = filing.file_in(current_session(), here.contest.id, file_code)
    if kind not in list(FileKind):
        raise NotFound(filing.NO_FILE)
    kept = media.file(current_session(), found.media or "", FileKind(kind))
    return serving.answer(current_app.extensions["storage"], kept, name=found.name)


# Likenesses


@bp.get("/<contest_code>/<round_code>/alike")
@access.roles(*ORGANIZERS)
def alike(contest_code: str, round_code: str) -> ResponseReturnValue:
    """List the pairs of entries that are alike, undecided ones first."""
    here = organizing.here_at(contest_code, round_code)
    number, rows = organizing.span()
    code = pages.asked("entry", 16)
    found = likenesses.flags(current_session(), here.round.id, entry=code, **rows)
    return render_template(
        "entries_admin/alike.html",
        here=here,
        page=organizing.page_of(number, found),
        entry=code,
        open=filing.open_flags(current_session(), here.round.id),
    )


@bp.route("/<contest_code>/<round_code>/alike/<code>", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def pair(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Show two entries side by side at the moments that are alike; note what a person says."""
    here = organizing.here_at(contest_code, round_code)
    found = likenesses.flag(current_session(), here.round.id, code)

    def act(form: acts_forms.VerdictForm) -> str:
        handling.decide(
            current_session(),
            here.where,
            code,
            verdict=form.verdict.data,
            reason=form.reason.data,
            by=access.visitor(),
            now=clock.now(),
        )
        return str(_("Đã ghi lại nhận xét của bạn. Hai bài vẫn giữ nguyên."))

    form = acts_forms.VerdictForm(data={"verdict": found.flag.verdict, "reason": found.flag.reason})
    return _asked(here, "pair", form, act, here.to("alike"), found=found)
