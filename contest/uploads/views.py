"""Pages of uploads: the plain form's door, and the receipt."""

from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms.validators import ValidationError

from contest.core import clock, db
from contest.core.visitor import Visitor
from contest.errors import N_, Invalid, NotFound
from contest.uploads import desk, plain_form, queries, service
from contest.uploads.models import State, Upload
from contest.uploads.plain_form import MEBIBYTE, MOST_BYTES, OVERHEAD, Sent
from contest.uploads.protocol import Refused
from contest.uploads.staging import DiskFull
from contest.uploads.terms import Asked, TooLarge
from contest.web import access, errors, pages
from contest.web.application import current_session
from contest.web.forms import csrf
from contest.web.limits import account, body, limiter
from contest.web.words import translate

bp = Blueprint("uploads", __name__, url_prefix="/uploads")
SENDING = limiter.shared_limit("60 per hour", scope="uploads-plain", key_func=account)

WORDS = {
    State.COMING: N_("Đang gửi dở"),
    State.RECEIVED: N_("Đã nhận đủ, đang cất vào kho"),
    State.READY: N_("Đã nhận và cất giữ"),
}
TONES = {State.COMING: "wait", State.RECEIVED: "info", State.READY: "good"}


@bp.errorhandler(Refused)
def refused(error: Refused) -> ResponseReturnValue:
    sentence = translate(error.message, error.facts)
    wait = desk.RETRY_SECONDS.get(error.status)
    response = errors.problem(error.status, sentence, kind=error.kind, wait=wait)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


@bp.errorhandler(TooLarge)
def too_large(error: TooLarge) -> ResponseReturnValue:
    return errors.problem(413, translate(error.message, error.facts), kind="TooLarge")


@bp.errorhandler(DiskFull)
def disk_full(_error: DiskFull) -> ResponseReturnValue:
    return refused(Refused(507, "disk-full", desk.DISK_FULL))


@bp.post("/plain/<purpose>")
@access.participant
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF is untyped
@SENDING
@body(MOST_BYTES + OVERHEAD)
def plain(purpose: str) -> ResponseReturnValue:
    """Take one file from a plain form: rights first, then the body, straight to disk.

    The token is a field of the body, so it is looked at after rights, size and room.
    """
    here, by, now = desk.here(), access.visitor(), clock.now()
    length = request.content_length
    if length is None or length > MOST_BYTES + OVERHEAD:
        raise TooLarge(
            N_("Cách gửi thường chỉ nhận tệp đến %(most)s MB. Bạn hãy chọn tệp nhẹ hơn."),
            most=MOST_BYTES // MEBIBYTE,
        )
    subject = request.args.get("subject", "")
    asked = service.clean(Asked(purpose, subject, "", "", max(0, length - OVERHEAD)))
    with db.reading_session() as session:
        here.terms(session, asked, by=by, now=now)
    here.ensure_room(length, is_new=True)
    with here.receiving(by.id):
        if request.mimetype != "multipart/form-data":
            raise Invalid(N_("Bạn hãy chọn một tệp rồi bấm gửi."))
        options = request.mimetype_params
        sent = plain_form.read(request.stream, options=options, length=length, staging=here.staging)
    try:
        _ensure_token(sent.token)
        if not sent.name:
            raise Invalid(N_("Bạn hãy chọn một tệp rồi bấm gửi."))
        asked = service.clean(Asked(purpose, subject, sent.name, sent.media_type, sent.length))
        code = _adopted(sent, asked, by=by, now=now)
    finally:
        sent.path.unlink(missing_ok=True)
    back = request.args.get("next")
    return redirect(url_for("uploads.receipt", code=code, next=back), 303)


def _ensure_token(token: str) -> None:
    if not current_app.config["WTF_CSRF_ENABLED"]:
        return
    try:
        validate_csrf(token)
    except ValidationError as error:
        raise CSRFError(error.args[0]) from error


def _adopted(sent: Sent, asked: Asked, *, by: Visitor, now: datetime) -> str:
    """Open and complete an upload whose bytes are here already; return its code."""
    here, session = desk.here(), current_session()
    wanted = here.terms(session, asked, by=by, now=now)
    code = here.staging.create()
    try:
        service.open(session, asked, wanted, code=code, by=by.id, now=now, lasts=here.lasts)
        here.staging.adopt(sent.path, code)
        service.complete(session, code, by=by.id, now=now)
    except BaseException:
        here.staging.remove(code)
        raise
    return code


@bp.get("/<code>/receipt")
@access.participant
def receipt(code: str) -> ResponseReturnValue:
    """Say what was received: size and time at once, the SHA-256 when the worker has it."""
    if not desk.is_code(code):
        raise NotFound(queries.NONE)
    upload = queries.own(current_session(), code, by=access.visitor().id)
    if errors.wants_json():
        return _facts(upload)
    return render_template(
        "uploads/receipt.html",
        upload=upload,
        word=translate(WORDS[State(upload.state)]),
        tone=TONES[State(upload.state)],
        offset=_offset(upload),
        is_ready=upload.state == State.READY,
        is_coming=upload.state == State.COMING,
        back=pages.safe_next() if request.args.get("next") else "",
    )


def _offset(upload: Upload) -> int:
    if upload.state != State.COMING:
        return upload.length
    return desk.here().staging.size(upload.code) or 0


def _facts(upload: Upload) -> dict[str, Any]:
    return {
        "code": upload.code,
        "name": upload.name,
        "state": str(upload.state),
        "word": translate(WORDS[State(upload.state)]),
        "length": upload.length,
        "offset": _offset(upload),
        "sha256": upload.sha256,
        "received_at": upload.received_at.isoformat() if upload.received_at else None,
    }
