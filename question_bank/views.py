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


@bp.get("/pictures/<digest>.webp")
@access.public
def picture(digest: str) -> Response:
    found = queries.picture(current_session(), digest) if DIGEST.fullmatch(digest) else None
    if found is None:
        raise NotFound(NO_PICTURE)
    response = Response(found.data, mimetype=found.media_type)
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.set_etag(digest)
    response.make_conditional(request)
    return response
