"""The signed cookie, read once: a phone sends the same one with each of its answers.

Working out a signature and unpacking costs more than an answer's own work, so a cookie that was
found good is remembered by its exact text; its age is asked anew each time.
"""

from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

from contest.core import clock
from contest.core.cache import Cache

REMEMBERED = 20_000  # cookies, some 500 bytes each
PLAIN = (str, int, bool, type(None))

Known = tuple[float, dict[str, Any]]  # signed at (epoch seconds), what it holds


class RememberedCookies(SecureCookieSessionInterface):
    """Flask's session cookie; the same answer for the same text, without unpacking it again."""

    def __init__(self) -> None:
        self._known: Cache[Known] = Cache(size=REMEMBERED, seconds=None)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; an empty session for none, a forged or an old one."""
        text = request.cookies.get(self.get_cookie_name(app))
        if not text:
            return self.session_class()
        lasts: timedelta = app.permanent_session_lifetime
        known = self._known.peek(text)
        if known is None:
            known = self._read(app, text, lasts)
            if known is None:
                return self.session_class()
        signed_at, held = known
        if clock.now().timestamp() - signed_at > lasts.total_seconds():
            return self.session_class()
        return self.session_class(held)  # a copy: nothing inside can be changed in place

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie when it must be sent; mostly it was only read."""
        is_only_read = bool(session) and not session.modified
        if is_only_read and not self.should_set_cookie(app, session):
            response.headers.add("Vary", "Cookie")
            return
        super().save_session(app, session, response)

    def _read(self, app: Flask, text: str, lasts: timedelta) -> Known | None:
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            return None
        try:
            held, signed_at = serializer.loads(
                text, max_age=int(lasts.total_seconds()), return_timestamp=True
            )
        except BadSignature:
            return None
        known = (signed_at.timestamp(), held)
        if all(isinstance(value, PLAIN) for value in held.values()):
            self._known.put(text, known)
        return known
