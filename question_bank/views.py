"""Pictures of questions, to whoever shows a paper: named by their content, so kept for good."""

import re

from flask import Blueprint, Response, request

from contest.errors import N_, NotFound
from contest.web import access
from contest.web.application import current_session
from contest.web.assets import YEAR
from question_bank import queries

bp = Blueprint("questions", __name__, url_prefix="/questions")

DIGEST = re.compile(r"[0-9a-f]{64}")
NO_PICTURE = N_("Không có hình này.")
NO_RECORDING = N_("Không có bản đọc này.")


@bp.get("/pictures/<digest>.webp")
@access.public
def picture(digest: str) -> Response:
    found = queries.picture(current_session(), digest) if DIGEST.fullmatch(digest) else None
    if found is None:
        raise NotFound(NO_PICTURE)
    response = _kept_for_good(found.data, found.media_type, digest)
    response.make_conditional(request)
    return response


@bp.get("/recordings/<digest>")
@access.public
def recording(digest: str) -> Response:
    """Sound, also in parts: some browsers play nothing they cannot ask parts of."""
    found = queries.recording(current_session(), digest) if DIGEST.fullmatch(digest) else None
    if found is None:
        raise NotFound(NO_RECORDING)
    response = _kept_for_good(found.data, found.media_type, digest)
    response.make_conditional(request, accept_ranges=True, complete_length=len(found.data))
    return response


def _kept_for_good(data: bytes, media_type: str, digest: str) -> Response:
    response = Response(data, mimetype=media_type)
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.set_etag(digest)
    return response
