"""Sending an entry: the round's page, the entry's page, handing in, receipts, withdrawing."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.contests import queries as contests
from contest.contests.models import Division, Registration, Round
from contest.core import clock
from contest.core.sealing import Sealer
from contest.entries import counter, forms, queries, service, sheets
from contest.entries.models import EntryState
from contest.entries.queries import PURPOSE
from contest.entries.sheets import Sheet
from contest.errors import Invalid, NotFound, Problem
from contest.rules import receipts
from contest.rules.entry_rules import NAMES, EntryKind
from contest.rules.identity import IdentityRules
from contest.rules.timing import local_day
from contest.web import access, limits, preferences
from contest.web.application import current_session
from contest.web.errors import wants_json
from contest.web.words import named, translate

bp = Blueprint("entries", __name__)


def install(app: Flask) -> None:
    """Let files for entries be sent."""
    app.extensions["uploads"].policies[PURPOSE] = counter.policy


def _zone() -> ZoneInfo:
    found: ZoneInfo = current_app.extensions["settings"].timezone
    return found


def _sealer() -> Sealer:
    found: Sealer = current_app.extensions["sealer"]
    return found


def _suggest_easy(division_id: int) -> None:
    """An elderly division's pages are easy unless the person said otherwise."""
    if contests.division(current_session(), division_id).is_easy:
        preferences.suggest_easy()


@bp.get("/entries/")
@access.participant
def mine() -> ResponseReturnValue:
    """One's own entries in all contests."""
    return render_template(
        "entries/mine.html",
        found=queries.mine(current_session(), access.visitor().id),
        now=clock.now(),
        **_words(),
    )


def _words() -> dict[str, Mapping[str, str]]:
    return {
        "kinds": {kind.value: translate(name) for kind, name in NAMES.items()},
        "states": {state.value: translate(name) for state, name in sheets.STATES.items()},
        "tones": {state.value: tone for state, tone in sheets.TONES.items()},
    }


@bp.get("/contests/<contest_code>/rounds/<round_code>/entries")
@access.participant
def round(contest_code: str, round_code: str) -> ResponseReturnValue:  # noqa: A001 -- the page's name
    """What a round takes and how it is judged, in plain words; one's own entries; begin buttons."""
    reading, here, now = current_session(), access.visitor(), clock.now()
    found = queries.round_of(reading, contest_code, round_code)
    rules = found.entry_rules()
    registration = contests.registration_of(reading, found.contest_id, here.id)
    contest = contests.kept(reading, contest_code)
    own = queries.in_round(reading, found.id, here.id)
    if registration is not None:
        _suggest_easy(registration.division_id)
    may = _divisions(registration, contest, here.id)
    shown = contest.divisions[registration.division_id] if registration else next(iter(may), None)
    used = {each.no for each in own if each.state != EntryState.WITHDRAWN}
    return render_template(
        "entries/round.html",
        round=found,
        contest=found.contest,
        rules=rules,
        rubric=rules.rubric(shown.code) if rules and shown and rules.rubrics else None,
        own=own,
        left=0 if rules is None else rules.each - len(used),
        is_registered=registration is not None,
        divisions=may,
        asks_first=registration is None
        and IdentityRules.from_json(contest.contest.identity).asks_before,
        hours=_hours(found, now),
        form=forms.SureForm(),
        **_words(),
    )


def _divisions(
    registration: Registration | None, contest: contests.Kept, account_id: int
) -> list[Division]:
    """Return the divisions open to somebody who is not in the contest yet."""
    if registration is not None:
        return []
    on = local_day(clock.now(), _zone())
    answers = contests.eligibility(current_session(), contest, account_id, on)
    return [division for division, reason in answers if reason is None]


def _hours(round_: Round, now: datetime) -> sheets.Hours:
    if now < round_.opens_at:
        return sheets.Hours.EARLY
    return sheets.Hours.OPEN if now < round_.closes_at else sheets.Hours.OVER


@bp.post("/contests/<contest_code>/rounds/<round_code>/entries")
@access.participant
@limits.STARTING
def begin(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Begin an entry, or go on with the draft of that kind."""
    entry = service.begin(
        current_session(),
        contest_code,
        round_code,
        request.form.get("kind", ""),
        division=request.form.get("division", ""),
        by=access.visitor().id,
        now=clock.now(),
        zone=_zone(),
    )
    return redirect(url_for("entries.show", code=entry.code), 303)


@bp.get("/entries/<code>")
@access.participant
def show(code: str) -> ResponseReturnValue:
    """The entry: its words, its files, what is still missing, the way to hand it in."""
    reading = current_session()
    owned = queries.own(reading, code, by=access.visitor().id)
    form = forms.EntryForm(formdata=None, data=sheets.typed(owned.entry, _sealer()))
    return _sheet(sheets.of(reading, owned, now=clock.now()), form)


def _sheet(sheet: Sheet, form: forms.EntryForm, status: int = 200) -> ResponseReturnValue:
    reading, entry = current_session(), sheet.entry
    _suggest_easy(entry.division_id)
    _cut(form, sheet)
    needs = service.needs_guardian(reading, entry, now=clock.now(), zone=_zone())
    page = render_template(
        "entries/show.html",
        sheet=sheet,
        entry=entry,
        round=sheet.owned.round,
        contest=sheet.owned.round.contest,
        form=form,
        needs_guardian=needs,
        kept_as=f"entry:{entry.code}",
        **_words(),
    )
    return page, status


def _cut(form: forms.EntryForm, sheet: Sheet) -> None:
    """Leave of the form what this kind of entry has in this round."""
    kind, rules = sheet.entry.kind, sheet.rules
    asked = {
        "text": service.has_shape(kind, "text"),
        "figures": service.has_shape(kind, "figures"),
        "links": rules.takes_links and service.has_shape(kind, "clip"),
        "members": rules.most_members > 0,
        "shows_in_gallery": rules.is_gallery,
    }
    for name in (name for name, is_asked in asked.items() if not is_asked):
        del form[name]
    if EntryKind(kind) in {EntryKind.ESSAY, EntryKind.SCRIPT}:
        form.text.label.text = _("Bài viết (gõ ở đây, hoặc gửi tệp Word, PDF ở bước sau)")
    if kind == EntryKind.MODEL:
        form.text.label.text = _("Mô tả mô hình")


@bp.post("/entries/<code>")
@access.participant
@limits.ANSWERING
def save(code: str) -> ResponseReturnValue:
    """Keep what was typed; a script hears when and what is missing, a form goes on to files."""
    writing, here, now = current_session(), access.visitor(), clock.now()
    form = forms.EntryForm()
    typed = form.to_command()
    problems = service.save(
        writing, code, typed, by=here.id, now=now, zone=_zone(), sealer=_sealer()
    )
    said = {name: translate(each.message, each.facts) for name, each in problems.items()}
    if wants_json():
        missing = service.missing(writing, queries.own(writing, code, by=here.id))
        wanting = [translate(each.message, each.facts) for each in missing]
        return {"saved_ms": int(now.timestamp() * 1000), "problems": said, "missing": wanting}
    if not problems:
        flash(_("Đã lưu bài trên máy chủ."), "success")
        return redirect(url_for("entries.show", code=code, saved=1, _anchor="files"), 303)
    owned = queries.own(writing, code, by=here.id)
    _refuse(form, said)
    return _sheet(sheets.of(writing, owned, now=now), form, 422)


def _refuse(form: forms.EntryForm, said: Mapping[str, str]) -> None:
    form.validate()
    for name, sentence in said.items():
        form[name].errors = [sentence]


@bp.get("/entries/<code>/files")
@access.participant
def files(code: str) -> ResponseReturnValue:
    """The files alone, for the page to look again while they are being made."""
    reading = current_session()
    owned = queries.own(reading, code, by=access.visitor().id)
    sheet = sheets.of(reading, owned, now=clock.now())
    return render_template("entries/_files.html", sheet=sheet, entry=owned.entry)


@bp.get("/entries/<code>/hand-in")
@access.participant
def confirm(code: str) -> ResponseReturnValue:
    """Look over what will be judged before handing it in."""
    return _confirm(code, {}, 200)


def _confirm(code: str, problems: Mapping[str, Problem], status: int) -> ResponseReturnValue:
    reading = current_session()
    owned = queries.own(reading, code, by=access.visitor().id)
    sheet = sheets.of(reading, owned, now=clock.now())
    _suggest_easy(owned.entry.division_id)
    if not sheet.may_hand_in:
        return redirect(url_for("entries.show", code=code), 303)
    wanting = list(problems.values()) or sheet.missing
    page = render_template(
        "entries/confirm.html",
        sheet=sheet,
        entry=owned.entry,
        round=owned.round,
        content=service.content_of(owned),
        missing=[translate(each.message, each.facts) for each in wanting],
        form=forms.SureForm(),
        **_words(),
    )
    return page, status


@bp.post("/entries/<code>/hand-in")
@access.participant
@limits.STARTING
def hand_in(code: str) -> ResponseReturnValue:
    try:
        service.hand_in(current_session(), code, by=access.visitor().id, now=clock.now())
    except Invalid as error:
        return _confirm(code, error.problems, 422)
    return redirect(url_for("entries.received", code=code), 303)


@bp.get("/entries/<code>/received")
@access.participant
def received(code: str) -> ResponseReturnValue:
    """The receipt, large: code, moment, SHA-256; every earlier one below."""
    reading = current_session()
    owned = queries.own(reading, code, by=access.visitor().id)
    _suggest_easy(owned.entry.division_id)
    versions = queries.versions(reading, owned.entry.id)
    if not versions:
        return redirect(url_for("entries.show", code=code))
    return render_template(
        "entries/received.html",
        owned=owned,
        entry=owned.entry,
        round=owned.round,
        version=versions[0],
        earlier=versions[1:],
        sha256={each.code: each.sha256 for each in owned.entry.files},
        may_replace=clock.now() < owned.round.closes_at,
        **_words(),
    )


@bp.get("/entries/<code>/withdraw")
@access.participant
def confirm_withdrawal(code: str) -> ResponseReturnValue:
    owned = queries.own(current_session(), code, by=access.visitor().id)
    _suggest_easy(owned.entry.division_id)
    service.ensure_changeable(owned, clock.now())
    return render_template(
        "entries/withdraw.html",
        entry=owned.entry,
        round=owned.round,
        form=forms.SureForm(),
    )


@bp.post("/entries/<code>/withdraw")
@access.participant
def withdraw(code: str) -> ResponseReturnValue:
    service.withdraw(current_session(), code, by=access.visitor().id, now=clock.now())
    flash(_("Đã rút bài. Bạn khôi phục được đến khi đợt nộp bài đóng."), "success")
    return redirect(url_for("entries.show", code=code), 303)


@bp.post("/entries/<code>/resume")
@access.participant
def resume(code: str) -> ResponseReturnValue:
    entry = service.resume(current_session(), code, by=access.visitor().id, now=clock.now())
    is_sent = entry.state == EntryState.SENT
    said = _("Đã khôi phục bài, bài tính là đã nộp.") if is_sent else _("Đã khôi phục bản nháp.")
    flash(said, "success")
    return redirect(url_for("entries.show", code=code), 303)


@bp.post("/entries/<code>/consent-back")
@access.participant
def take_back_consent(code: str) -> ResponseReturnValue:
    service.take_back_consent(current_session(), code, by=access.visitor().id, now=clock.now())
    flash(_("Bài này không được trưng bày nữa. Việc chấm bài không thay đổi."), "success")
    return redirect(url_for("entries.show", code=code), 303)


@bp.get("/entries/receipts")
@access.public
@limits.CHECKING
def receipt_form() -> ResponseReturnValue:
    """Anybody who holds a receipt checks it; nothing says whose entry it is."""
    form = forms.ReceiptForm(request.args, meta={"csrf": False})
    if "code" not in request.args:
        return render_template("entries/receipt.html", form=form, found=None)
    if not form.validate():
        return render_template("entries/receipt.html", form=form, found=None), 422
    try:
        found = queries.by_receipt(current_session(), receipts.normalise(form.code.data))
    except (Invalid, NotFound) as error:
        form.code.errors = [translate(error.message, error.facts)]
        status = 404 if isinstance(error, NotFound) else 422
        return render_template("entries/receipt.html", form=form, found=None), status
    return render_template(
        "entries/receipt.html",
        form=form,
        found=found,
        title=f"{named(found.round.contest, 'title')} – {named(found.round)}",
        is_true=service.is_receipt_true(found),
        **_words(),
    )
