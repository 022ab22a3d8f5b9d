"""The page for checking winners: names and prizes at once, what they gave after one more tap."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from contest.accounts.models import Role
from contest.contests import queries as contests
from contest.contests.models import Contest, Division
from contest.core import clock
from contest.errors import N_, NotFound, TooEarly
from contest.identities import forms
from contest.identities import queries as identities_read
from contest.identities.service import Given
from contest.rules.identity import IdentityKey, IdentityRules
from contest.standings import queries as standings
from contest.standings.models import Board, BoardKind
from contest.web import access, limits
from contest.web.application import current_session
from contest.web.words import day, is_english, named
from contest.winners import queries, service
from contest.winners.queries import Winner

bp = Blueprint("winners_admin", __name__, url_prefix="/organizer/winners")

ORGANIZERS = (Role.ORGANIZER, Role.ADMINISTRATOR)
NO_BOARD = N_("Không tìm thấy bảng xếp hạng này.")
NOT_YET = N_("Kết quả của bảng này chưa chính thức, nên chưa có người đoạt giải để kiểm tra.")


@dataclass(frozen=True, slots=True)
class Listed:
    """A board of the list; its address has no contest in it."""

    span: str
    division: str
    name: str
    is_official: bool


def _contest(code: str) -> Contest:
    paths = access.visitor().paths(*ORGANIZERS)
    return contests.owned_one(current_session(), code, paths)


@bp.get("/<code>")
@access.roles(*ORGANIZERS)
def boards(code: str) -> ResponseReturnValue:
    """List the boards whose divisions give prizes."""
    contest = _contest(code)
    divisions = {each.id: each for each in contest.divisions if each.prizes}
    listed = [
        _listed(contest, each, divisions[each.division_id])
        for each in standings.boards_of(current_session(), contest.id)
        if each.division_id in divisions
    ]
    return render_template("winners/boards.html", contest=contest, boards=listed)


def _listed(contest: Contest, board: Board, division: Division) -> Listed:
    span = board.code.split("/")[1]
    name = f"{_span_name(contest, board)}, {named(division)}"
    return Listed(span, division.code, name, board.revision > 0)


def _span_name(contest: Contest, board: Board) -> str:
    if board.kind == BoardKind.ROUND:
        return named(next(each for each in contest.rounds if each.id == board.round_id))
    if board.month is not None:
        return str(_("Tháng %(month)s", month=f"{board.month:%m/%Y}"))
    return str(_("Cả cuộc thi"))


@bp.get("/<code>/<span>/<division>")
@access.roles(*ORGANIZERS)
def winners(code: str, span: str, division: str) -> ResponseReturnValue:
    """Show who stands where a prize is, and who has still to give what is asked."""
    return _page(_contest(code), span, division, is_looking=False)


@bp.post("/<code>/<span>/<division>")
@access.roles(*ORGANIZERS)
@limits.SEARCHING
def look(code: str, span: str, division: str) -> ResponseReturnValue:
    """Show what the winners gave; the look is written down before anything is shown."""
    return _page(_contest(code), span, division, is_looking=True)


def _page(contest: Contest, span: str, division: str, *, is_looking: bool) -> str:
    session = current_session()
    own = next((each for each in contest.divisions if each.code == division), None)
    board = standings.board(session, f"{contest.code}/{span}/{division}")
    if own is None or board is None:
        raise NotFound(NO_BOARD)
    if not board.revision:
        raise TooEarly(NOT_YET)
    rules = IdentityRules.from_json(contest.identity)
    found = queries.winners(session, board, queries.places_of(own.prizes))
    opened: dict[int, dict[IdentityKey, Given]] = {}
    if is_looking:
        opened = service.look(
            session,
            contest,
            board.code,
            found,
            sealer=current_app.extensions["sealer"],
            by=access.visitor().id,
            now=clock.now(),
        )
        given = {id_: set(facts) for id_, facts in opened.items()}
    else:
        rows = identities_read.of_many(session, [each.registration_id for each in found])
        given = {id_: set(facts) for id_, facts in rows.items()}
    return render_template(
        "winners/winners.html",
        contest=contest,
        name=_listed(contest, board, own).name,
        address={"code": contest.code, "span": span, "division": division},
        rows=[_row(each, own, rules, given, opened) for each in found],
        asks=bool(rules.fields),
        is_looking=is_looking,
    )


def _row(
    each: Winner,
    division: Division,
    rules: IdentityRules,
    given: dict[int, set[IdentityKey]],
    opened: dict[int, dict[IdentityKey, Given]],
) -> dict[str, Any]:
    prize = queries.prize_at(division.prizes, each.place)
    here = given.get(each.registration_id, set())
    facts = opened.get(each.registration_id, {})
    return {
        "place": each.place,
        "name": each.name,
        "born": "" if each.birth_date is None else day(each.birth_date),
        "unit": each.unit_name,
        "points": each.points,
        "prize": "" if prize is None else _prize(prize),
        "missing": [
            str(forms.LABELS[field.key])
            for field in rules.fields
            if field.is_required and field.key not in here
        ],
        "facts": [
            (forms.LABELS[field.key], facts[field.key])
            for field in rules.fields
            if field.key in facts
        ],
    }


def _prize(prize: dict[str, Any]) -> str:
    name: str = (prize["name_en"] if is_english() else "") or prize["name"]
    return name
