"""Bringing a file of questions in: sent, read by a job, looked through, then taken or left."""

import json
import re
from io import BytesIO
from typing import Any

from flask import Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from contest.core import audit, clock, ids, jobs
from contest.core.jobs import Job, State
from contest.errors import N_, Invalid, NotFound
from contest.jobs import queries as job_queries
from contest.jobs import views as job_pages
from contest.web import access, limits, pages
from contest.web.application import current_session
from contest.web.words import translate
from question_bank import moving, ownership, showing
from question_bank.admin import desk
from question_bank.admin.desk import ORGANIZERS, bp
from question_bank.admin.samples import SAMPLES
from question_bank.formats import pictures as picture_format
from question_bank.formats.reading import MOST_BYTES, FoundProblem
from question_bank.forms.moving import READ, ImportForm
from question_bank.forms.writing import said
from question_bank.importing import Fate
from question_bank.models import Bank

LARGEST_BODY = MOST_BYTES + 1024 * 1024
PER_PAGE = 20
MOST_SHOWN = 200  # problems on one page
PICTURE = re.compile(r"[0-9a-f]{16}\.(?:png|jpg|gif|webp)")
NO_FILE = N_("Hãy chọn một tệp câu hỏi.")
TOO_LARGE = N_("Tệp lớn hơn %(most)d MB. Hãy chia thành nhiều tệp nhỏ hơn.")
NO_IMPORT = N_("Không có lần nạp tệp này, hoặc đã cũ và được dọn đi.")
NO_SAMPLE = N_("Không có tệp mẫu này.")
TITLE_READ, TITLE_TAKE = N_("Đọc tệp câu hỏi"), N_("Nạp câu hỏi vào ngân hàng")

job_pages.PAGES[moving.READ] = "questions_admin.imported"
job_pages.PAGES[moving.TAKE] = "questions_admin.taken"

# Places in files, as codecs name them, in words people use.
PLACES = (
    (re.compile(r"^question (\d+)"), N_("Câu %(no)s")),
    (re.compile(r"^question(?= \()"), N_("Câu")),
    (re.compile(r"^line (\d+)"), N_("Dòng %(no)s")),
    (re.compile(r"^row (\d+)"), N_("Dòng %(no)s")),
    (re.compile(r"\bparagraph (\d+)"), N_("đoạn %(no)s")),
    (re.compile(r"\bpage (\d+)"), N_("trang %(no)s")),
    (re.compile(r"\btable (\d+)"), N_("bảng %(no)s")),
    (re.compile(r"^file$"), N_("Cả tệp")),
)


def place_in_words(place: str) -> str:
    """Say where in the file something is: "Câu 12, đoạn 45"."""
    for pattern, words in PLACES:
        place = pattern.sub(lambda found, words=words: _said(words, found), place)  # type: ignore[misc]
    return place


def _said(words: str, found: re.Match[str]) -> str:
    return translate(words, {"no": found[1]} if found.re.groups else {})


@bp.route("/import", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
@limits.body(LARGEST_BODY)
def bring_in() -> ResponseReturnValue:
    """Choose a file; a job reads it."""
    rows = [row for row in desk.banks() if row.may_write and row.retired_at is None]
    form = ImportForm(
        banks=desk.bank_choices(rows),
        topics=desk.topic_choices(),
        audiences=desk.audience_choices(),
    )
    if request.method == "GET":
        form.bank.data = pages.asked("bank", 40) or form.bank.data
    elif form.validate():
        file = request.files.get("file")
        data = file.read(MOST_BYTES + 1) if file and file.filename else b""
        if not data:
            form.file.errors = [translate(NO_FILE)]
        elif len(data) > MOST_BYTES:
            form.file.errors = [translate(TOO_LARGE, {"most": MOST_BYTES // 1024**2})]
        else:
            name = str(file.filename if file else "")[-150:]
            code = _enqueue_reading(form, data, name)
            return redirect(url_for("questions_admin.imported", code=code), 303)
    page = render_template(
        "questions_admin/import.html", form=form, has_bank=bool(rows), samples=SAMPLES
    )
    return page, 422 if form.errors else 200


def _enqueue_reading(form: ImportForm, data: bytes, name: str) -> str:
    """Put the file where the job finds it, then write the job's row."""
    bank = ownership.bank(current_session(), form.bank.data or "", desk.looker(), to_write=True)
    args = {
        "bank": bank.id,
        "bank_code": bank.code,
        "format": form.format.data,
        "name": name,
        "defaults": {
            "topic": form.topic.data or "",
            "difficulty": int(form.difficulty.data),
            "audiences": list(form.audiences.data or ()),
            "source": form.source.data or "",
        },
    }
    return _enqueue(moving.READ, TITLE_READ, args, bank, data)


def _enqueue(
    name: str, title: str, args: dict[str, Any], bank: Bank, data: bytes | None = None
) -> str:
    code, here, now = ids.new_code(), access.visitor(), clock.now()
    if data is not None:
        desk.storage().put(jobs.source_key(code), BytesIO(data), "application/octet-stream")
    jobs.enqueue(
        current_session(),
        name,
        args,
        title=title,
        subject=f"bank:{bank.code}",
        by=here.id,
        now=now,
        code=code,
        has_source=data is not None,
    )
    subject, unit_id = f"bank:{bank.code}", bank.unit_id
    audit.record(current_session(), name, subject, by=here.id, now=now, unit_id=unit_id, job=code)
    return code


def own_job(code: str, name: str) -> Job:
    """Return one's own job of a kind; NotFound for anybody else's."""
    job = job_queries.visible(current_session(), code, by=access.visitor())
    if job.name != name or job.owner_id != access.visitor().id:
        raise NotFound(NO_IMPORT)
    return job


def _result(job: Job) -> dict[str, Any]:
    if job.result is None or not job_queries.has_file(job, clock.now()):
        raise NotFound(NO_IMPORT)
    found: dict[str, Any] = json.loads(moving.read_all(desk.storage().open(job.result["key"])))
    return found


@bp.get("/import/<code>")
@access.roles(*ORGANIZERS)
def imported(code: str) -> ResponseReturnValue:
    """Show how far the reading is; then each question as it will look, and what is wrong where."""
    job = own_job(code, moving.READ)
    if job.state != State.DONE:
        return waiting(job)
    result = _result(job)
    plan = moving.plan_from_json(result)
    number = pages.page_number()
    asked = pages.asked("fate", 10)
    shown = [one for one in plan.questions if _is_asked(one.fate, asked)]
    at = (number - 1) * PER_PAGE
    return render_template(
        "questions_admin/imported.html",
        job=job,
        code=code,
        name=job.args["name"],
        bank_code=job.args["bank_code"],
        format=result["format"],
        formats=[(value, translate(word)) for value, word in READ.items()],
        counts={fate.value: plan.count(fate) for fate in Fate},
        good=plan.count(Fate.NEW) + plan.count(Fate.CHANGED),
        unread=len(plan.problems) - sum(len(one.problems) for one in plan.questions),
        questions=[
            (one, showing.preview(one.draft, no=at + no), showing.answer(one.draft))
            for no, one in enumerate(shown[at : at + PER_PAGE], 1)
        ],
        alike=sum(bool(one.alike) for one in plan.questions),
        problems=_told(plan.problems),
        notes=_told(plan.notes),
        more_problems=max(0, len(plan.problems) - MOST_SHOWN),
        more_notes=max(0, len(plan.notes) - MOST_SHOWN),
        said=said,
        fate=asked,
        page=number,
        pages=-(-len(shown) // PER_PAGE),
    )


def _is_asked(fate: Fate, asked: str) -> bool:
    if asked == "good":
        return fate in {Fate.NEW, Fate.CHANGED}
    return fate is Fate.LEFT_OUT if asked == "bad" else True


def _told(found: tuple[FoundProblem, ...]) -> list[tuple[str, str]]:
    return [(place_in_words(one.place), said(one.what)) for one in found[:MOST_SHOWN]]


def waiting(job: Job) -> ResponseReturnValue:
    return render_template(
        "questions_admin/waiting.html",
        job=job_pages.shown(job, clock.now()),
        reason=job_pages.reason_of(job),
        name=job.args.get("name", ""),
    )


@bp.get("/import/<code>/pictures/<name>")
@access.roles(*ORGANIZERS)
def imported_picture(code: str, name: str) -> ResponseReturnValue:
    """Show a picture of a file that was read, encoded anew as when it is stored."""
    job = own_job(code, moving.READ)
    if not PICTURE.fullmatch(name):
        raise NotFound(NO_IMPORT)
    data = moving.read_all(desk.storage().open(moving.picture_key(job.code, name)))
    try:
        return Response(picture_format.encode(data).data, mimetype=picture_format.MEDIA_TYPE)
    except Invalid as error:
        raise NotFound(NO_IMPORT) from error


@bp.post("/import/<code>/again")
@access.roles(*ORGANIZERS)
def read_again(code: str) -> ResponseReturnValue:
    """Read the same file as another format."""
    job = own_job(code, moving.READ)
    bank = _bank_of(job)
    format_ = request.form.get("format", "")
    args = {**job.args, "format": format_ if format_ in READ else "auto"}
    data = moving.read_all(desk.storage().open(jobs.source_key(job.code)))
    again = _enqueue(moving.READ, TITLE_READ, args, bank, data)
    return redirect(url_for("questions_admin.imported", code=again), 303)


def _bank_of(job: Job) -> Bank:
    """Return the bank a file goes to; the visitor must still be one who may change it."""
    looker = desk.looker()
    return ownership.bank(current_session(), job.args["bank_code"], looker, to_write=True)


@bp.post("/import/<code>/take")
@access.roles(*ORGANIZERS)
def take(code: str) -> ResponseReturnValue:
    """Take all good questions of the file as drafts of one's own."""
    job = own_job(code, moving.READ)
    _result(job)
    args = {**job.args, "source": job.code}
    taking = _enqueue(moving.TAKE, TITLE_TAKE, args, _bank_of(job))
    return redirect(url_for("questions_admin.taken", code=taking), 303)


@bp.get("/taken/<code>")
@access.roles(*ORGANIZERS)
def taken(code: str) -> ResponseReturnValue:
    """Show how far the taking is, then how many questions are in the bank now."""
    job = own_job(code, moving.TAKE)
    if job.state != State.DONE:
        return waiting(job)
    return render_template(
        "questions_admin/taken.html", result=_result(job), bank_code=job.args["bank_code"]
    )


@bp.get("/samples/<name>")
@access.roles(*ORGANIZERS)
def sample(name: str) -> ResponseReturnValue:
    """Hand out a file to fill in."""
    if name not in SAMPLES:
        raise NotFound(NO_SAMPLE)
    found = SAMPLES[name]
    return send_file(
        BytesIO(found.make()),
        mimetype=found.media_type,
        as_attachment=True,
        download_name=found.name,
    )
