"""A paper nobody has written in yet: its page is drawn once, then only filled in.

At the opening minute thousands get pages that differ in a code, a name, a moment and the questions.
The template is drawn with marks in these places and taken apart at them; a test holds the result to
the template's own answer, byte for byte.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from flask import g, render_template, request, session
from flask_wtf.csrf import generate_csrf
from markupsafe import escape

from contest.attempts import fragments
from contest.core.cache import Cache
from contest.core.visitor import Visitor
from contest.web.preferences import is_easy
from contest.web.words import clock_time, language, moment

TEMPLATE = "attempts/paper.html"
SECONDS = 60  # as long as contests are remembered
FAR_MS = 72_000_000  # a deadline so far away needs its day
QUESTION = "zqquestion%dzq"
CODE, NAME, TOKEN, DEADLINE, UNTIL, NOW = (
    f"zq{word}zq" for word in ("code", "name", "token", "deadline", "until", "now")
)
MARK = re.compile("(zq[a-z]+[0-9]*zq)")

_pages: Cache[list[str]] = Cache(size=500, seconds=SECONDS)


def until(deadline: datetime, now_ms: int) -> str:
    """Say when a paper is to be handed in: the time, with its day when that is far."""
    is_far = int(deadline.timestamp() * 1000) - now_ms > FAR_MS
    return moment(deadline) if is_far else clock_time(deadline)


def is_untouched(facts: Mapping[str, Any]) -> bool:
    """Say whether a paper's page differs from others of its round in the usual places only."""
    return not (
        facts["answered"]
        or facts["problems"]
        or facts["guess"] is not None
        or facts["round"].is_one_way
        or facts["round"].acts_no
        or facts["paused_ms"]
        or facts["attempt"].holder_no != 1
        or request.args
        or "_flashes" in session
    )


def draw(facts: Mapping[str, Any], visitor: Visitor) -> str:
    """Draw the page of an untouched paper from `facts` of its template."""
    look = (language(), is_easy())
    key = (
        facts["round"].id,
        facts["found"].division.id,
        facts["total"],
        facts["current"],
        look,
        frozenset(scope.role for scope in visitor.scopes),
        request.endpoint,
        request.script_root,
    )
    pieces = _pages.get(key, lambda: _pieces(facts, visitor))
    places = {
        CODE: facts["attempt"].code,
        NAME: str(escape(visitor.name)),
        TOKEN: generate_csrf(),
        DEADLINE: str(facts["deadline_ms"]),
        UNTIL: str(escape(facts["until"])),
        NOW: str(facts["server_now"]),
    }
    for one in facts["questions"]:
        is_hidden = facts["is_single"] and one.no != facts["current"]
        places[QUESTION % one.no] = fragments.blank_in(
            look, one, facts["total"], is_hidden=is_hidden
        )
    return "".join(
        [places[piece] if at % 2 else piece for at, piece in enumerate(pieces)]  # marks are odd
    )


def _pieces(facts: Mapping[str, Any], visitor: Visitor) -> list[str]:
    """Draw the template with marks; what stands at odd places of the answer is a mark."""
    attempt = facts["attempt"]
    generate_csrf()
    token, g.csrf_token = g.csrf_token, TOKEN
    try:
        page = render_template(
            TEMPLATE,
            **{
                **facts,
                "attempt": SimpleNamespace(code=CODE, deadline=attempt.deadline),
                "here": facts["here"].replace(attempt.code, CODE),
                "deadline_ms": DEADLINE,
                "until": UNTIL,
                "server_now": NOW,
                "current_user": SimpleNamespace(
                    is_authenticated=True, id=visitor.id, name=NAME, may=visitor.may
                ),
                "blank_question": lambda one, _total, **_: QUESTION % one.no,
            },
        )
    finally:
        g.csrf_token = token
    return MARK.split(page)
