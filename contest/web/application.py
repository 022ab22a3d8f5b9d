"""The Flask class: every request is one transaction, and reading never writes."""

from collections.abc import Callable
from typing import Any

from flask import Flask, g, request
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from contest.core import db
from contest.web.cookies import RememberedCookies

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def current_session() -> Session:
    """Give this request's session, opened the first time it is asked for."""
    if "session" not in g:
        g.session = (db.reading_session if request.method in SAFE else db.writing_session)()
    session: Session = g.session
    return session


class Json(DefaultJSONProvider):
    """Vietnamese as it is written; JSON nested too deeply is as wrong as JSON cut short."""

    ensure_ascii = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("JSON nested too deeply") from error


class Application(Flask):
    """Commits after a view that writes, rolls back after one that reads or fails."""

    json_provider_class = Json

    def __init__(self, *facts: Any, **more: Any) -> None:
        super().__init__(*facts, **more)
        self.session_interface = RememberedCookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Give the function as it is: nothing here is a coroutine, and asking costs each answer."""
        return func

    def dispatch_request(self) -> ResponseReturnValue:
        try:
            result = super().dispatch_request()
            session = g.get("session")
            if session is not None and session.in_transaction():
                (session.rollback if request.method in SAFE else session.commit)()
        except BaseException:
            if "session" in g:
                g.session.rollback()
            raise
        finally:
            if "session" in g:
                g.session.close()
        return result
