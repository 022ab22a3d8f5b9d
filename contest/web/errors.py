"""The table error → status → page; nothing else knows a status code."""

import logging
import math
import secrets
import traceback
from http import HTTPStatus

from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError, TooManyRequests

from contest.core.storage import NoAnswer
from contest.errors import (
    N_,
    Busy,
    Conflict,
    ContestError,
    Invalid,
    NotAllowed,
    NotFound,
    TooEarly,
    TooLate,
)
from contest.web import access, limits
from contest.web.words import translate

log = logging.getLogger(__name__)

STATUS: dict[type[ContestError], int] = {
    NotFound: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    TooEarly: HTTPStatus.CONFLICT,
    TooLate: HTTPStatus.CONFLICT,
    Conflict: HTTPStatus.CONFLICT,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
}
SENTENCES = {
    400: N_("Yêu cầu gửi đến bị thiếu hoặc sai. Bạn hãy tải lại trang rồi thử lại."),
    401: N_("Bạn cần đăng nhập để xem trang này."),
    403: N_("Bạn không được phép làm việc này."),
    404: N_("Không tìm thấy trang này. Địa chỉ có thể đã đổi hoặc gõ nhầm."),
    405: N_("Trang này không nhận cách gửi đó. Bạn hãy quay lại và dùng nút trên trang."),
    413: N_("Nội dung gửi lên quá lớn. Bạn hãy rút gọn rồi gửi lại."),
    415: N_("Kiểu dữ liệu gửi lên không được hỗ trợ."),
    429: N_("Bạn thao tác hơi nhanh. Vui lòng đợi rồi thử lại, mọi thứ đã lưu vẫn còn nguyên."),
    500: N_("Hệ thống gặp lỗi. Các câu trả lời đã lưu vẫn còn nguyên. Mã sự cố: %(reference)s"),
    503: N_("Hệ thống đang bận. Vui lòng đợi vài giây rồi thử lại."),
}
NO_FILES = N_(
    "Kho tệp đang tạm ngừng nên chưa mở được tệp. Tệp vẫn còn nguyên; bạn hãy thử lại sau ít phút."
)
BUSY_SECONDS = 2
NO_FILES_SECONDS = 30


def install(app: Flask) -> None:
    """Register the table."""
    app.register_error_handler(ContestError, contest_error)
    app.register_error_handler(Busy, crowded)
    app.register_error_handler(CSRFError, csrf_error)
    app.register_error_handler(TooManyRequests, too_fast)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(OperationalError, busy)
    app.register_error_handler(PoolTimeoutError, busy)
    app.register_error_handler(NoAnswer, no_files)
    app.register_error_handler(Exception, bug)


def status_of(error: ContestError) -> int:
    """Return the status of the nearest family member the error belongs to."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def contest_error(error: ContestError) -> ResponseReturnValue:
    problems = {}
    if isinstance(error, Invalid):
        problems = {place: translate(p.message, p.facts) for place, p in error.problems.items()}
    return problem(
        status_of(error),
        translate(error.message, error.facts),
        kind=type(error).__name__,
        problems=problems,
    )


def crowded(error: Busy) -> ResponseReturnValue:
    sentence = translate(error.message, error.facts)
    response = problem(STATUS[Busy], sentence, kind=type(error).__name__, wait=BUSY_SECONDS)
    response.headers["Retry-After"] = str(BUSY_SECONDS)
    return response


def csrf_error(_error: CSRFError) -> ResponseReturnValue:
    sentence = gettext(
        "Phiên làm việc trên trang này đã cũ. Bạn hãy tải lại trang rồi làm lại bước vừa rồi."
    )
    return problem(400, sentence, kind="csrf")


def too_fast(error: TooManyRequests) -> ResponseReturnValue:
    seconds = limits.seconds_to_wait(error)
    said = gettext(SENTENCES[429])
    if isinstance(error, limits.GuessedTooOften):
        said = translate(error.sentence, {"minutes": math.ceil(seconds / 60)})
    response = problem(429, said, kind="too-fast", wait=seconds)
    response.headers["Retry-After"] = str(seconds)
    return response


def http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if isinstance(error, InternalServerError):
        return bug(error.original_exception or error)
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        return error
    response = problem(status, gettext(SENTENCES.get(status, SENTENCES[400])), kind="http")
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def busy(error: OperationalError | PoolTimeoutError) -> ResponseReturnValue:
    """A lock or the pool took too long: the page, or autosave, tries again."""
    log.warning("busy: %s at %s", type(error).__name__, request.endpoint)
    access.without_database()
    response = problem(503, gettext(SENTENCES[503]), kind="busy", wait=BUSY_SECONDS)
    response.headers["Retry-After"] = str(BUSY_SECONDS)
    return response


def no_files(error: NoAnswer) -> ResponseReturnValue:
    """Storage does not answer: what was to be opened is still there, and nothing was written."""
    log.warning("storage does not answer: %s at %s", error, request.endpoint)
    response = problem(503, gettext(NO_FILES), kind="no-files", wait=NO_FILES_SECONDS)
    response.headers["Retry-After"] = str(NO_FILES_SECONDS)
    return response


def with_gaps(page: str, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    """Answer with a page that says itself where storage did not answer.

    Reading it is told as 503, so that machines come again; what a form is told stays.
    """
    is_fine = status == HTTPStatus.OK
    shown = HTTPStatus.SERVICE_UNAVAILABLE if is_fine else status
    return page, int(shown), {"Retry-After": str(NO_FILES_SECONDS)} if is_fine else {}


def bug(error: BaseException) -> ResponseReturnValue:
    """Anything unforeseen: the page shows a reference, the log what happened under it."""
    reference = secrets.token_hex(4)
    if isinstance(error, SQLAlchemyError):  # its text holds the row: names, logins, hashes
        stack = "".join(traceback.format_tb(error.__traceback__))
        log.error("bug %s at %s: %s\n%s", reference, request.endpoint, type(error).__name__, stack)
    else:
        log.error("bug %s at %s", reference, request.endpoint, exc_info=error)
    access.without_database()
    return problem(500, gettext(SENTENCES[500], reference=reference), kind="bug")


def wants_json() -> bool:
    """Say whether the caller is a script of ours rather than a person's browser."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def problem(
    status: int,
    message: str,
    *,
    kind: str,
    wait: int | None = None,
    problems: dict[str, str] | None = None,
) -> Response:
    """Answer with the problem page, or its JSON for scripts."""
    if wants_json():
        body: dict[str, object] = {"error": kind, "message": message}
        if wait is not None:
            body["wait_s"] = wait
        if problems:
            body["problems"] = problems
        return make_response(body, status)
    page = render_template(
        "errors/problem.html", status=int(status), message=message, wait=wait, problems=problems
    )
    return make_response(page, status)
