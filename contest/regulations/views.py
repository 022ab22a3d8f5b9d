"""The rules of a contest as a page, a Word file and a PDF."""

from collections.abc import Callable

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from contest.core.cache import Cache
from contest.regulations import files, queries
from contest.regulations.document import Document, Heading, Items, Paragraph, Table
from contest.regulations.writing import write
from contest.web import access, limits
from contest.web.application import current_session

bp = Blueprint("regulations", __name__, url_prefix="/contests")

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS = {Heading: "heading", Paragraph: "paragraph", Items: "items", Table: "table"}

_made: Cache[bytes] = Cache(size=40, seconds=None)  # equal rules make equal files; some 60 KB each


@bp.get("/<code>/regulations")
@access.public
def show(code: str) -> ResponseReturnValue:
    """The whole rules, ready to be printed."""
    found = queries.facts(current_session(), code)
    return render_template(
        "regulations/show.html",
        contest=found.contest,
        document=write(found),
        kind_of=lambda block: KINDS[type(block)],
    )


@bp.get("/<code>/regulations.pdf")
@access.public
@limits.CHECKING
def as_pdf(code: str) -> ResponseReturnValue:
    return _file(code, files.as_pdf, "pdf", "application/pdf")


@bp.get("/<code>/regulations.docx")
@access.public
@limits.CHECKING
def as_word(code: str) -> ResponseReturnValue:
    return _file(code, files.as_word, "docx", WORD)


def _file(code: str, make: Callable[[Document], bytes], ending: str, kind: str) -> Response:
    document = write(queries.facts(current_session(), code))
    data = _made.get((ending, document), lambda: make(document))
    answer: Response = current_app.response_class(data, mimetype=kind)
    prefix = "the-le" if document.language == "vi" else "rules"
    answer.headers.set("Content-Disposition", "attachment", filename=f"{prefix}-{code}.{ending}")
    return answer
