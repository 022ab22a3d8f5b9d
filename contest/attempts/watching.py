"""What the organizers' live page is told of: saves, failing saves, who waits. Rough by design."""

from flask import Response, current_app, request

from contest.attempts import queries
from contest.core import clock
from contest.core.tally import Minutes, Tally

SAVING = frozenset({"attempts.answer", "attempts.save"})
SAVED = "saved"
LATE, REFUSED, FAST, BUSY, STALE = FAILURES = ("late", "refused", "fast", "busy", "stale")
KINDS = {
    400: STALE,
    401: STALE,
    403: REFUSED,
    404: REFUSED,
    409: LATE,
    413: REFUSED,
    415: REFUSED,
    422: REFUSED,
    429: FAST,
}
SERVER_ERROR = 500


def tally() -> Tally:
    found: Tally = current_app.extensions["tally"]
    return found


def _now() -> float:
    return clock.now().timestamp()


def group(round_id: int) -> str:
    return f"round:{round_id}"


def count_save(response: Response) -> Response:
    """After a save: count it, or why it failed; in memory, by the minute."""
    if request.endpoint in SAVING and request.method == "POST":
        round_id = queries.known_round((request.view_args or {}).get("code", ""))
        if round_id is not None:
            status = response.status_code
            what = KINDS.get(status, BUSY if status >= SERVER_ERROR else SAVED)
            tally().count(group(round_id), what, _now())
    return response


def see_waiting(round_id: int, device: str) -> None:
    """Note that a device has the round's page open."""
    tally().see(group(round_id), device[:20], _now())


def waiting(round_id: int) -> int:
    """Return how many devices had the round's page open within the last minute."""
    return tally().present(group(round_id), _now())


def minutes(round_id: int, *, back: int) -> Minutes:
    """Return saves and failing saves of the last minutes, by kind."""
    return tally().minutes(group(round_id), _now(), back=back)
