"""The door of tus 1.0 (https://tus.io/protocols/resumable-upload).

No session is open while bytes flow: a short one before, for rights and limits, and a short one
after, when something is to be written.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, make_response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.http import http_date

from contest.core import clock, db
from contest.core.visitor import Visitor
from contest.errors import N_, ContestError, NotFound
from contest.uploads import desk, protocol, queries, receiving, service, terms
from contest.uploads.models import State, Upload
from contest.uploads.protocol import Refused
from contest.uploads.receiving import Body, End
from contest.uploads.staging import Busy, DiskFull
from contest.uploads.terms import Asked
from contest.web import access, errors, limits
from contest.web.application import current_session
from contest.web.words import translate

bp = Blueprint("tus", __name__, url_prefix="/uploads")

OVERRIDE = "HTTP_X_HTTP_METHOD_OVERRIDE"
METHODS = frozenset({"OPTIONS", "HEAD", "PATCH", "DELETE", "POST", "GET"})
OPENING = limits.limiter.shared_limit(
    "120 per hour", scope="uploads-opening", key_func=limits.account
)

GONE = N_("Tệp gửi dở này đã quá hạn và được dọn đi. Bạn hãy gửi lại từ đầu.")
TAKEN_OVER = N_("Một kết nối mới hơn của bạn đang gửi tiếp tệp này.")
MOVED = N_("Máy chủ đã nhận đến chỗ khác. Trang sẽ hỏi lại rồi gửi tiếp.")
TOO_LONG = N_("Phần gửi lên dài hơn mức cho phép nên không nhận.")
DAMAGED = N_("Phần vừa gửi bị hỏng trên đường nên không giữ lại. Bạn hãy gửi lại phần đó.")
WRONG_KIND = N_("Kiểu dữ liệu gửi lên không được hỗ trợ.")
OLD_PROTOCOL = N_("Trang gửi tệp này đã cũ. Bạn hãy tải lại trang.")
SLOW = N_("Đường truyền đứng quá lâu. Phần đã đến được giữ, bạn hãy gửi tiếp.")
CUT = N_("Đường truyền đứt giữa chừng. Phần đã đến được giữ, bạn hãy gửi tiếp.")


def mended(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Let X-HTTP-Method-Override replace the method, for uploads alone (old phones, proxies)."""

    def run(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        wanted = environ.get(OVERRIDE, "").upper()
        if wanted not in METHODS or not environ.get("PATH_INFO", "").startswith("/uploads/"):
            return app(environ, start)
        real, environ["REQUEST_METHOD"] = environ["REQUEST_METHOD"], wanted
        if wanted != "HEAD" or real == "HEAD":
            return app(environ, start)

        def start_empty(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            # The server sends a body's length only where the real method is HEAD.
            kept = [pair for pair in headers if pair[0].lower() != "content-length"]
            return start(status, [*kept, ("Content-Length", "0")], *more)

        return app(environ, start_empty)

    return run


def install(app: Flask) -> None:
    """Put the replacement of methods before everything that looks at them."""
    app.wsgi_app = mended(app.wsgi_app)  # type: ignore[method-assign]


def _chunk() -> int:
    return desk.here().chunk


@bp.after_request
def _speak_tus(response: Response) -> Response:
    response.headers["Tus-Resumable"] = protocol.VERSION
    return response


@bp.errorhandler(Refused)
def refused(error: Refused) -> ResponseReturnValue:
    """Answer what the protocol refuses; a script gets its sentence as JSON."""
    wait = desk.RETRY_SECONDS.get(error.status)
    sentence = translate(error.message, error.facts)
    response = errors.problem(error.status, sentence, kind=error.kind, wait=wait)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    if error.status == 412:  # noqa: PLR2004 -- the protocol's table
        response.headers["Tus-Version"] = protocol.VERSION
    if error.status == 460:  # noqa: PLR2004 -- the protocol's own status
        response.status = "460 Checksum Mismatch"
    return response


@bp.errorhandler(terms.TooLarge)
def too_large(error: terms.TooLarge) -> ResponseReturnValue:
    """The protocol has its own status for this."""
    return errors.problem(413, translate(error.message, error.facts), kind="TooLarge")


@bp.errorhandler(DiskFull)
def disk_full(_error: DiskFull) -> ResponseReturnValue:
    return refused(Refused(507, "disk-full", desk.DISK_FULL))


def _ensure_version() -> None:
    if request.headers.get("Tus-Resumable") != protocol.VERSION:
        raise Refused(412, "version", OLD_PROTOCOL)


@bp.route("/", methods=["OPTIONS"], provide_automatic_options=False, endpoint="abilities")
@bp.route("/<code>", methods=["OPTIONS"], provide_automatic_options=False, endpoint="abilities")
@access.public
def abilities(code: str = "") -> ResponseReturnValue:  # noqa: ARG001 -- the same for every upload
    """Say what this server speaks."""
    response = make_response("", 204)
    response.headers["Tus-Version"] = protocol.VERSION
    response.headers["Tus-Extension"] = protocol.EXTENSIONS
    response.headers["Tus-Max-Size"] = str(protocol.MOST_BYTES)
    response.headers["Tus-Checksum-Algorithm"] = ",".join(protocol.CHECKSUMS)
    return response


@bp.route("", methods=["POST"], provide_automatic_options=False)  # clients that drop the slash
@bp.route("/", methods=["POST"], provide_automatic_options=False)
@access.participant
@OPENING
@limits.body(_chunk)
def create() -> ResponseReturnValue:
    """Open an upload; rights, phase, quota, size and type are asked before the first byte."""
    _ensure_version()
    here, by, now = desk.here(), access.visitor(), clock.now()
    asked = _asked()
    checksum = protocol.checksum(request.headers.get("Upload-Checksum"))
    body = _body(min(here.chunk, asked.length))
    if not body.is_empty:
        _ensure_content_type()
    upload = _opened(asked, by=by, now=now)
    code = upload.code
    response = make_response("", 201)
    response.headers["Location"] = url_for("tus.offset", code=code)
    _say_expiry(response, upload.expires_at)
    if not body.is_empty:
        with suppress(Refused):  # a body that fails is sent again by PATCH; the upload is open
            _take(upload, body, offset=0, checksum=checksum)
        response.headers["Upload-Offset"] = str(here.staging.size(code) or 0)
    if here.staging.size(code) == upload.length:
        _complete(upload)
    return response


def _opened(asked: Asked, *, by: Visitor, now: datetime) -> Upload:
    """Write row and empty file, in a transaction that ends before bytes flow."""
    here, code = desk.here(), ""
    try:
        with db.transaction() as session:
            wanted = here.terms(session, asked, by=by, now=now)
            wanted.check(asked, now=now)
            here.ensure_room(asked.length, is_new=True)
            code = here.staging.create()
            return service.open(
                session,
                asked,
                wanted,
                code=code,
                sent_metadata=request.headers.get("Upload-Metadata", ""),
                by=by.id,
                now=now,
                lasts=here.lasts,
            )
    except BaseException:
        if code:
            here.staging.remove(code)
        raise


def _asked() -> Asked:
    length = protocol.whole(request.headers.get("Upload-Length"), "length")
    if length > protocol.MOST_BYTES:
        raise Refused(413, "TooLarge", TOO_LONG)
    found = protocol.metadata(request.headers.get("Upload-Metadata"))
    return service.clean(
        Asked(
            purpose=found.get("purpose", ""),
            subject=found.get("subject", ""),
            name=found.get("filename", ""),
            media_type=found.get("filetype", "").lower(),
            length=length,
            fingerprint=found.get("fingerprint", ""),
        )
    )


def _body(most: int) -> Body:
    return Body(request.environ, length=request.content_length, most=most)


def _ensure_content_type() -> None:
    if request.mimetype != protocol.CONTENT_TYPE:
        raise Refused(415, "content-type", WRONG_KIND)


def _own(code: str) -> Upload:
    """Return the visitor's upload in a session of its own, closed again at once."""
    if not desk.is_code(code):
        raise NotFound(queries.NONE)
    with db.reading_session() as session:
        return queries.own(session, code, by=access.visitor().id)


def _ensure_alive(upload: Upload, now: datetime) -> None:
    if upload.state == State.COMING and upload.expires_at is not None and upload.expires_at <= now:
        raise Refused(410, "expired", GONE)


def _say_expiry(response: Response, moment: datetime | None) -> None:
    if moment is not None:
        response.headers["Upload-Expires"] = http_date(moment)


@bp.route("/<code>", methods=["HEAD"], provide_automatic_options=False)
@access.participant
def offset(code: str) -> ResponseReturnValue:
    """Say how many bytes lie here, true to the last one; an older stuck request lets go."""
    _ensure_version()
    upload = _own(code)
    _ensure_alive(upload, clock.now())
    response = make_response("", 200)
    response.headers["Upload-Offset"] = str(_offset_of(upload))
    response.headers["Upload-Length"] = str(upload.length)
    response.headers["Cache-Control"] = "no-store"
    if upload.sent_metadata:
        response.headers["Upload-Metadata"] = upload.sent_metadata
    _say_expiry(response, upload.expires_at)
    return response


def _offset_of(upload: Upload) -> int:
    if upload.state != State.COMING:
        return upload.length
    try:
        with desk.here().staging.held(upload.code) as partial:
            size = partial.size
            if size == upload.length:
                partial.sync()
    except Busy as error:
        raise Refused(423, "locked", TAKEN_OVER) from error
    except FileNotFoundError as error:
        if _own(upload.code).state != State.COMING:  # completed and moved meanwhile
            return upload.length
        raise Refused(410, "expired", GONE) from error
    if size == upload.length:
        # The process died between the last byte and its row: the row follows now.
        with db.transaction() as session:
            service.complete(session, upload.code, by=upload.owner_id, now=clock.now())
    return size


@bp.route("/<code>", methods=["PATCH"], provide_automatic_options=False)
@access.participant
@limits.body(_chunk)
def append(code: str) -> ResponseReturnValue:
    """Take bytes at the offset; whatever arrives of a broken request is kept."""
    _ensure_version()
    now, here = clock.now(), desk.here()
    upload = _own(code)
    _ensure_alive(upload, now)
    _ensure_content_type()
    start = protocol.whole(request.headers.get("Upload-Offset"), "offset")
    checksum = protocol.checksum(request.headers.get("Upload-Checksum"))
    if upload.state != State.COMING:
        if start != upload.length or not _body(0).is_empty:
            raise Refused(409, "offset", MOVED)
        size = upload.length
    else:
        _ensure_taken(upload, now)
        here.ensure_room(request.content_length or 0, is_new=False)
        body = _body(min(here.chunk, upload.length - min(start, upload.length)))
        failure: Refused | None = None
        try:
            _take(upload, body, offset=start, checksum=checksum)
        except Refused as error:
            failure = error
        size = _size_now(upload)
        if size > start or size == upload.length:
            _write_down(upload, size)  # a broken request's bytes, too
        if failure is not None and (failure.status in NOT_TAKEN or size != upload.length):
            return refused(failure)
    response = make_response("", 204)
    response.headers["Upload-Offset"] = str(size)
    _say_expiry(response, upload.expires_at and clock.now() + here.lasts)
    return response


def _ensure_taken(upload: Upload, now: datetime) -> None:
    """Raise TooLate once no byte is taken any more.

    The usual request asks the row alone. What the row would refuse asks the policy anew, as of when
    the file was begun: organizers may have given more time since.
    """
    if upload.closes_at is None or now < upload.closes_at:
        return
    until = _taken_until(upload)
    terms.ensure_open(until, now)
    with db.transaction() as session:
        service.prolong(session, upload.code, closes_at=until)


def _taken_until(upload: Upload) -> datetime | None:
    by = access.visitor()
    try:
        with db.transaction() as session:
            asked = service.asked(upload)
            return desk.here().terms(session, asked, by=by, now=upload.created_at).taken_until
    except ContestError:  # they may begin no such file now: what was said then stands
        return upload.closes_at


NOT_TAKEN = {409, 413, 460}


def _write_down(upload: Upload, size: int) -> None:
    here, now = desk.here(), clock.now()
    if size == upload.length:
        _complete(upload)
    elif service.is_note_due(upload, now=now, lasts=here.lasts):
        service.note(current_session(), upload.code, now=now, lasts=here.lasts)


def _size_now(upload: Upload) -> int:
    """Return the bytes that lie here, or were moved on already; Refused when they are gone."""
    size = desk.here().staging.size(upload.code)
    if size is None:
        if _own(upload.code).state == State.COMING:
            raise Refused(410, "expired", GONE)
        return upload.length
    return size


def _complete(upload: Upload) -> None:
    service.complete(current_session(), upload.code, by=upload.owner_id, now=clock.now())


ENDS: dict[End, tuple[int, str]] = {
    End.BROKEN: (400, CUT),
    End.WANTED: (423, TAKEN_OVER),
    End.IDLE: (408, SLOW),
    End.BEYOND: (413, TOO_LONG),
    End.MISMATCH: (460, DAMAGED),
    End.FULL: (507, desk.DISK_FULL),
}


def _take(upload: Upload, body: Body, *, offset: int, checksum: protocol.Checksum | None) -> None:
    """Append a body at `offset`; Refused says how it ended when it did not end well."""
    here = desk.here()
    try:
        with here.receiving(upload.owner_id), here.staging.held(upload.code) as partial:
            if partial.size != offset:
                raise Refused(409, "offset", MOVED)
            end = receiving.receive(body, partial, checksum=checksum)
            if partial.size == upload.length:
                partial.sync()
    except Busy as error:
        raise Refused(423, "locked", TAKEN_OVER) from error
    except FileNotFoundError as error:
        raise Refused(410, "expired", GONE) from error
    if end in ENDS:
        status, sentence = ENDS[end]
        raise Refused(status, str(end), sentence)


@bp.route("/<code>", methods=["DELETE"], provide_automatic_options=False)
@access.participant
def remove(code: str) -> ResponseReturnValue:
    """Forget an upload: row first, bytes after, an older stuck request before both."""
    _ensure_version()
    upload = _own(code)
    here = desk.here()
    with suppress(FileNotFoundError, Busy), here.staging.held(code):
        pass  # whoever was writing has let go
    with db.transaction() as session:
        service.remove(session, code, by=upload.owner_id)
    here.staging.remove(code)
    return make_response("", 204)
