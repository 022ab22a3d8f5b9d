"""Voting: a box beside each entry of the gallery, one tap to vote, one to take it back."""

from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy.orm import Session

from contest.core import clock
from contest.entries import gallery, showing
from contest.entries.showing import Gallery, Shown
from contest.errors import ContestError
from contest.rules import voting
from contest.rules.entry_rules import VotePeriod
from contest.rules.timing import local_day
from contest.votes import queries, rows, service
from contest.votes.models import Vote
from contest.web import access, limits
from contest.web.application import current_session
from contest.web.words import translate

COLUMNS = ("nguoi", "ky", "bai", "tinh")
bp = Blueprint("votes", __name__, url_prefix="/votes")


def _zone() -> ZoneInfo:
    zone: ZoneInfo = current_app.extensions["settings"].timezone
    return zone


def box(session: Session, here: Gallery, entry: Shown) -> Markup:
    """Draw what stands beside an entry while its round has a vote, or had one."""
    rules, now = here.rules.vote, clock.now()
    if rules is None:
        return Markup()
    closes_at = service.ended_at(here)
    is_over = now >= closes_at
    refused: ContestError | None = None
    mine: Vote | None = None
    if current_user.is_authenticated and not is_over:
        by = access.visitor().id
        mine = queries.own(session, here.round.id, by, service.period(here, now, _zone()))
        voter = queries.voter(session, here.contest, by)
        refused = voting.why_not(voter, now, is_own=entry.account_id == by)
    other = ""
    if mine is not None and mine.entry_id != entry.id:
        other = queries.title(session, here, mine.entry_id, today=local_day(now, _zone()))
    return Markup(  # noqa: S704 -- our own template, escaped by Jinja
        render_template(
            "votes/_box.html",
            here=here,
            entry=entry,
            is_daily=rules.period is VotePeriod.DAY,
            share=rules.share,
            closes_at=closes_at,
            is_over=is_over,
            count=queries.count_of(session, entry.id) if is_over else None,
            mine=mine,
            other=other,
            refused=translate(refused.message, refused.facts) if refused is not None else "",
        )
    )


gallery.BESIDE.append(box)


@bp.post("/<contest_code>/<round_code>/<code>")
@access.participant
@limits.VOTING
def vote(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    """Vote, or move the vote of this period here."""
    session = current_session()
    here = showing.gallery(session, contest_code, round_code)
    service.vote(
        session,
        here,
        code,
        origin=service.origin(
            access.device(), request.remote_addr or "", current_app.extensions["sealer"]
        ),
        by=access.visitor().id,
        now=clock.now(),
        zone=_zone(),
    )
    flash(_("Đã ghi phiếu của bạn cho bài này. Bạn đổi ý thì bấm “Rút phiếu”."), "success")
    return _back(here, code)


@bp.post("/<contest_code>/<round_code>/<code>/take-back")
@access.participant
@limits.VOTING
def take_back(contest_code: str, round_code: str, code: str) -> ResponseReturnValue:
    session = current_session()
    here = showing.gallery(session, contest_code, round_code)
    service.take_back(session, here, by=access.visitor().id, now=clock.now(), zone=_zone())
    flash(_("Đã rút phiếu. Bạn có thể bình chọn cho một bài khác."), "success")
    return _back(here, code)


@bp.get("/<contest_code>/<round_code>/list.csv")
@access.public
@limits.LOOKING_OVER
def listed(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Hand out the votes of an official result without people, to be counted again."""
    session = current_session()
    here = showing.gallery(session, contest_code, round_code)
    sealer = current_app.extensions["sealer"]
    return rows.as_csv(here, COLUMNS, service.published(session, here, sealer))


def _back(here: Gallery, code: str) -> ResponseReturnValue:
    return redirect(url_for("gallery.show", code=code, **here.address) + "#vote", 303)
