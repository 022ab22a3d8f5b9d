"""Answers to open pages that ask what is new: tiny, and without SQL while nothing is.

Who asks is known by the signed cookie alone: thousands ask every ten seconds, and what is told is
an organizer's announcement and one's own clock.
"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from contest.attempts import news, queries, telling, watching
from contest.contests import queries as contests
from contest.errors import NotFound
from contest.web import access
from contest.web.application import current_session
from contest.web.pages import asked

bp = Blueprint("attempts_news", __name__, url_prefix="/attempts")


@bp.get("/<code>/news")
@access.public
def attempt(code: str) -> ResponseReturnValue:
    """Tell an open paper its deadline, whether its clock stands, and what was announced.

    `no` is the number of acts the page knows of: with the same one the answer holds nothing else.
    """
    account_id = access.account_in_cookie()
    if account_id is None:
        raise NotFound(queries.NO_ATTEMPT)
    reading = current_session()
    facts = queries.facts(reading, code, by=account_id)
    everybody = news.of_round(reading, facts.round_id)
    if asked("no", 10) == str(everybody.acts_no):
        return {"no": everybody.acts_no}
    own = news.of_attempt(reading, facts.id, everybody.acts_no)
    board = telling.told(everybody, own)
    return {
        "no": board.acts_no,
        "deadline_ms": telling.in_ms(own.deadline),
        "paused_ms": telling.in_ms(own.paused_at),
        "pause": board.pause,
        "news": [each.as_json() for each in board.items],
    }


@bp.get("/rounds/<contest_code>/<round_code>/news")
@access.public
def round(contest_code: str, round_code: str) -> ResponseReturnValue:  # noqa: A001 -- the page's name
    """Tell the page before the start the same, and count who waits there."""
    reading = current_session()
    _, found = contests.kept_round(reading, contest_code, round_code)
    watching.see_waiting(found.id, access.device())
    everybody = news.of_round(reading, found.id)
    if asked("no", 10) == str(everybody.acts_no):
        return {"no": everybody.acts_no}
    board = telling.told(everybody)
    return {
        "no": board.acts_no,
        "pause": board.pause,
        "news": [each.as_json() for each in board.items],
    }
