"""Named limits against hammering. The strict keys are account, attempt and device.

An address alone is only a soft signal: a school or a commune shares one. Limits that decide
results (tries) are database constraints, never these.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter, RateLimitExceeded
from limits.errors import StorageError
from werkzeug.exceptions import TooManyRequests

from contest.core.pace import Pace
from contest.errors import N_
from contest.web import access

View = TypeVar("View", bound=Callable[..., Any])
STRATEGY = "sliding-window-counter"
REDIS_PATIENCE = 0.25  # seconds to connect or answer before this process counts by itself


class DecoratedLimiter(Limiter):
    """Counts where a view is decorated, and does nothing before every other request.

    There is no limit for all views, so Flask-Limiter's look before each request finds none.
    """

    def _check_request_limit(
        self,
        callable_name: str | None = None,
        in_middleware: bool = True,  # noqa: FBT001, FBT002 -- theirs
    ) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


limiter = DecoratedLimiter(key_func=lambda: address(), strategy=STRATEGY)  # noqa: PLW0108 -- defined below


def address() -> str:
    """Key: where the request comes from."""
    return f"address:{request.remote_addr}"


def device() -> str:
    """Key: this browser."""
    return f"device:{access.device()}"


def account() -> str:
    """Key: the account the signed cookie names, else the browser."""
    found = access.account_in_cookie()
    return f"account:{found}" if found is not None else device()


# Guesses at one account's password, whatever address they come from.
GUESSES = "8 per 15 minutes"
GUESSED = N_(
    "Tài khoản này vừa bị gõ sai mật khẩu nhiều lần. Bạn đợi %(minutes)d phút rồi thử lại; "
    "máy đã từng đăng nhập vẫn vào được."
)
GUESSED_HERE = N_(
    "Mật khẩu vừa bị gõ sai nhiều lần trên máy này. Bạn đợi %(minutes)d phút rồi thử lại."
)
# Reading a form costs nobody anything: where a page reads and writes, only what is sent counts.
SENT = ["POST"]


def _has_succeeded(response: Response) -> bool:
    return response.status_code == HTTPStatus.SEE_OTHER


# An address may be a school, a commune or a whole carrier: its limits only keep a flood away.
SIGN_IN = limiter.shared_limit("2000 per minute", scope="sign-in", key_func=address, methods=SENT)
# Accounts opened: one shared phone may register a hamlet; one address a whole commune in an hour.
REGISTERING = limiter.shared_limit(
    "120 per hour",
    scope="registering",
    key_func=device,
    methods=SENT,
    deduct_when=_has_succeeded,
)
REGISTERING_ADDRESS = limiter.shared_limit(
    "20000 per hour",
    scope="registering-address",
    key_func=address,
    methods=SENT,
    deduct_when=_has_succeeded,
)
# Forms sent, mistyped ones too: each may cost a password's hash.
REGISTERING_TRIES = limiter.shared_limit(
    "60 per minute", scope="registering-tries", key_func=device, methods=SENT
)
REGISTERING_TRIES_ADDRESS = limiter.shared_limit(
    "2000 per minute", scope="registering-tries-address", key_func=address, methods=SENT
)
SEARCHING = limiter.shared_limit("120 per minute", scope="searching", key_func=device)
# Reading a list of thousands takes a second or two of a processor.
LOOKING_OVER = limiter.shared_limit("30 per minute", scope="looking-over", key_func=device)
CHECKING = limiter.shared_limit("60 per minute", scope="checking", key_func=device)
# A mind changed now and then; the votes themselves are the database's.
VOTING = limiter.shared_limit("60 per hour", scope="voting", key_func=account)
REPORTING = limiter.shared_limit("20 per hour", scope="reporting", key_func=account)

# What thousands do in one minute is counted by each process on its own: nothing to ask, nobody to
# wait for, and it goes on whatever happens to Redis.
_answers = Pace(most=240, seconds=60)
_starts = Pace(most=30, seconds=60)


def _paced(view: View, pace: Pace) -> View:
    @wraps(view)
    def counted(*args: Any, **kwargs: Any) -> Any:
        wait = pace.spend(account(), time.time())
        if wait:
            raise TooManyRequests(retry_after=wait)
        return view(*args, **kwargs)

    return cast("View", counted)


def ANSWERING(view: View) -> View:  # noqa: N802 -- named like the policies above
    """Limit the saves of one account."""
    return _paced(view, _answers)


def STARTING(view: View) -> View:  # noqa: N802 -- same
    """Limit the joins and starts of one account; the tries themselves are the database's."""
    return _paced(view, _starts)


class GuessedTooOften(TooManyRequests):
    """One account's password was guessed wrong too often, here or elsewhere.

    It says the same whether there is such an account or not.
    """

    def __init__(self, wait: int, *, is_known_device: bool) -> None:
        super().__init__(retry_after=wait)
        self.sentence = GUESSED_HERE if is_known_device else GUESSED


@contextmanager
def guessing(login: str, *, is_known_device: bool) -> Iterator[None]:
    """Try one password inside this block; entering it spends one guess.

    `login` is the account's stored login (never a telephone number in clear). Browsers that have
    signed in to the account before count apart, so that strangers cannot shut its owner out.
    Flask-Limiter's own context manager will not do: it keeps the limit under its place in the
    code, where a second thread puts another account's.
    """
    g.guess = f"{login}:{access.device()}" if is_known_device else login
    try:
        _spend_guess()
    except RateLimitExceeded as error:
        raise GuessedTooOften(seconds_to_wait(error), is_known_device=is_known_device) from error
    yield


@limiter.shared_limit(GUESSES, scope="guessing", key_func=lambda: str(g.guess))
def _spend_guess() -> None:
    """Count one guess at the account named in `g.guess`."""


def body(largest: int | Callable[[], int]) -> Callable[[View], View]:
    """Let a view receive more bytes than the others may; a function is asked at each request."""

    def mark(view: View) -> View:
        view.largest_body = largest  # type: ignore[attr-defined]
        return view

    return mark


def _allow_body() -> None:
    """Before anything reads the body, the CSRF check too."""
    view = current_app.view_functions.get(request.endpoint or "")
    largest = getattr(view, "largest_body", None)
    if largest is not None:
        request.max_content_length = largest() if callable(largest) else largest


def seconds_to_wait(error: TooManyRequests) -> int:
    """Return whole seconds until the exceeded limit lets the visitor go on, at least 1."""
    if not isinstance(error, RateLimitExceeded):
        return int(error.retry_after) if isinstance(error.retry_after, int) else 1
    longest = int(error.limit.limit.get_expiry()) if error.limit else 1
    current = limiter.current_limit
    if current is None:
        return longest
    try:
        return min(longest, max(1, math.ceil(current.reset_at - time.time())))
    except StorageError:
        return longest


def install(app: Flask, redis_url: str | None) -> None:
    """Count in Redis when there is one, in this process otherwise or when Redis is gone."""
    _answers.forget()
    _starts.forget()
    app.before_request(_allow_body)
    app.config["RATELIMIT_STORAGE_URI"] = _storage(redis_url)
    app.config["RATELIMIT_KEY_PREFIX"] = f"limits:{STRATEGY}"
    app.config["RATELIMIT_HEADERS_ENABLED"] = False
    if redis_url is not None:
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {
            "socket_timeout": REDIS_PATIENCE,
            "socket_connect_timeout": REDIS_PATIENCE,
            "wrap_exceptions": True,
        }
        app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
        # Counting after the answer has no fallback: who just registered must not see an error.
        app.config["RATELIMIT_SWALLOW_ERRORS"] = True
    limiter.init_app(app)


def _storage(redis_url: str | None) -> str:
    if redis_url is None:
        return "memory://"
    return redis_url.replace("unix://", "redis+unix://", 1)
