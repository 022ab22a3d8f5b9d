"""The files of one's own entry: made part of it, described, taken out, watched and downloaded."""

from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.core import clock
from contest.core.storage import Storage
from contest.entries import files, queries, service
from contest.errors import Invalid, NotFound
from contest.media import queries as media
from contest.media import serving
from contest.rules.captions import MOST_BYTES
from contest.rules.media import FileKind
from contest.uploads.desk import is_code
from contest.web import access, limits
from contest.web.application import current_session
from contest.web.errors import wants_json
from contest.web.words import translate

bp = Blueprint("entry_files", __name__, url_prefix="/entries/<code>/files")

VTT = "text/vtt; charset=utf-8"


def _storage() -> Storage:
    found: Storage = current_app.extensions["storage"]
    return found


def _back(code: str, what: str) -> ResponseReturnValue:
    return redirect(url_for("entries.show", code=code, _anchor=f"files-{what}"), 303)


@bp.post("")
@access.participant
@limits.ANSWERING
def attach(code: str) -> ResponseReturnValue:
    """Make a received upload part of the entry; the clock does it, too, for who has left."""
    upload = request.form.get("upload", "")
    if not is_code(upload):
        raise NotFound(queries.NO_FILE)
    now = clock.now()
    file = service.attach(current_session(), code, upload, by=access.visitor().id, now=now)
    flash(_("Đã nhận tệp “%(name)s”.", name=file.name), "success")
    if wants_json():
        return {"code": file.code, "what": file.what, "bytes": file.bytes}
    return _back(code, file.what)


@bp.post("/<file_code>/about")
@access.participant
@limits.ANSWERING
def describe(code: str, file_code: str) -> ResponseReturnValue:
    """Keep what can be seen, and a clip's captions."""
    sent = request.files.get("captions")
    vtt = sent.stream.read(MOST_BYTES + 1) if sent is not None and sent.filename else None
    by, now = access.visitor().id, clock.now()
    try:
        service.describe_file(
            current_session(),
            code,
            file_code,
            about=request.form.get("about", ""),
            vtt=vtt,
            drops_captions=request.form.get("drop_captions") == "1",
            by=by,
            now=now,
        )
    except Invalid as error:
        flash(translate(error.message, error.facts), "error")
    else:
        flash(_("Đã lưu phần mô tả tệp."), "success")
    return _back(code, files.one(queries.own(current_session(), code, by=by), file_code).what)


@bp.post("/<file_code>/remove")
@access.participant
def remove(code: str, file_code: str) -> ResponseReturnValue:
    """Take a file out of the entry."""
    by = access.visitor().id
    what = files.one(queries.own(current_session(), code, by=by), file_code).what
    service.remove_file(current_session(), code, file_code, by=by, now=clock.now())
    flash(_("Đã bỏ tệp khỏi bài."), "success")
    return _back(code, what)


@bp.get("/<file_code>/captions.vtt")
@access.participant
def captions(code: str, file_code: str) -> ResponseReturnValue:
    file = files.one(queries.own(current_session(), code, by=access.visitor().id), file_code)
    if not file.captions:
        raise NotFound(queries.NO_FILE)
    headers: dict[str, Any] = {"Content-Security-Policy": serving.POLICY}
    return Response(file.captions, content_type=VTT, headers=headers)


@bp.get("/<file_code>/<kind>")
@access.participant
def watch(code: str, file_code: str, kind: str) -> ResponseReturnValue:
    """Play, look at or download one's own file; the original is nobody's but the sender's."""
    reading = current_session()
    file = files.one(queries.own(reading, code, by=access.visitor().id), file_code)
    if file.media is None or kind not in set(FileKind):
        raise NotFound(queries.NO_FILE)
    kept = media.file(reading, file.media, FileKind(kind))
    return serving.answer(_storage(), kept, name=file.name)
