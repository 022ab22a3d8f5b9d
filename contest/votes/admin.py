"""Organizers' page of a vote: how it stands, what deserves a look, striking and giving back."""

from collections.abc import Iterable
from datetime import datetime

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from contest.accounts.models import Role
from contest.core import clock
from contest.entries import publishing
from contest.entries.showing import Gallery
from contest.rules import voting
from contest.rules.voting import Shared
from contest.votes import forms, queries, rows, service
from contest.web import access, limits, pages
from contest.web.application import current_session

bp = Blueprint("votes_admin", __name__, url_prefix="/organizer/votes")

ORGANIZERS = (Role.ORGANIZER, Role.ADMINISTRATOR)
COLUMNS = ("nguoi", "ky", "luc_utc", "bai", "tinh")
MOST_ENTRIES = 5  # named beside a shared device or network


def _owned(contest_code: str, round_code: str) -> Gallery:
    paths = access.visitor().paths(*ORGANIZERS)
    _contest, here = publishing.owned(current_session(), contest_code, round_code, paths)
    service.rules_of(here)
    return here


@bp.get("/<contest_code>/<round_code>")
@access.roles(*ORGANIZERS)
@limits.LOOKING_OVER
def index(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Show how the vote stands, and in words what an eye should be cast on."""
    session, here, now = current_session(), _owned(contest_code, round_code), clock.now()
    rules = service.rules_of(here)
    closes_at = service.ended_at(here)
    casts = queries.casts(session, here.round.id)
    counts = queries.counts(session, here.round.id)
    since = _began(here, queries.opened_at(session, here.round.id), casts)
    bursts = voting.bursts(casts, since=since, until=min(now, closes_at))
    devices, networks = voting.shared_devices(casts), voting.busiest_networks(casts)
    names = queries.entries(session, counts)
    return render_template(
        "votes/index.html",
        here=here,
        rules=rules,
        closes_at=closes_at,
        is_over=now >= closes_at,
        forgets_at=voting.forgotten_at(here.round.closes_at, rules),
        rows=sorted(((names[id_], n) for id_, n in counts.items()), key=lambda row: -row[1]),
        people=len({cast.account for cast in casts}),
        votes=len(casts),
        bursts=[
            (each, names[each.entry], forms.named(each, names[each.entry].code)) for each in bursts
        ],
        devices=[_named(each, names) for each in devices],
        networks=[_named(each, names) for each in networks],
        strikes=queries.strikes(session, here.round.id),
        is_settled=here.round.settled_at is not None,
    )


def _began(here: Gallery, opened_at: datetime | None, casts: Iterable[voting.Cast]) -> datetime:
    """Return since when votes could come in: what is taken down may have had the first of them."""
    moments = [each.at for each in casts]
    if opened_at is not None:
        moments.append(opened_at)
    return min(moments, default=here.opens_at)


def _named(each: Shared, names: dict[int, queries.Named]) -> tuple[Shared, list[tuple[str, int]]]:
    return each, [(names[id_].title, votes) for id_, votes in each.entries[:MOST_ENTRIES]]


@bp.route("/<contest_code>/<round_code>/strike", methods=["GET", "POST"])
@access.roles(*ORGANIZERS)
def strike(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Ask why, then let the votes of a cluster not count."""
    session, form = current_session(), forms.StrikeForm()
    here = _owned(contest_code, round_code)
    if not form.is_submitted():
        form.cluster.data = pages.asked("cluster", 120)
    wanted = forms.cluster(form.cluster.data or "")
    if form.validate_on_submit():
        count = service.strike(
            session,
            here,
            wanted,
            reason=form.reason.data,
            by=access.visitor().id,
            now=clock.now(),
        )
        flash(ngettext("Đã loại %(num)d phiếu.", "Đã loại %(num)d phiếu.", count), "success")
        return _back(here)
    page = render_template(
        "votes/strike.html",
        here=here,
        form=form,
        is_device=isinstance(wanted, service.OfDevice),
        count=queries.count_in(session, here.round.id, service.condition(wanted)),
    )
    return page, 422 if form.errors else 200


@bp.post("/<contest_code>/<round_code>/strikes/<act>/give-back")
@access.roles(*ORGANIZERS)
def give_back(contest_code: str, round_code: str, act: str) -> ResponseReturnValue:
    here = _owned(contest_code, round_code)
    count = service.give_back(current_session(), here, act, by=access.visitor().id, now=clock.now())
    flash(ngettext("Đã trả lại %(num)d phiếu.", "Đã trả lại %(num)d phiếu.", count), "success")
    return _back(here)


def _back(here: Gallery) -> ResponseReturnValue:
    return redirect(url_for("votes_admin.index", **here.address), 303)


@bp.get("/<contest_code>/<round_code>/list.csv")
@access.roles(*ORGANIZERS)
@limits.LOOKING_OVER
def export(contest_code: str, round_code: str) -> ResponseReturnValue:
    """Hand out the list of votes without people, from which everybody can count again."""
    here = _owned(contest_code, round_code)
    sealer = current_app.extensions["sealer"]
    return rows.as_csv(here, COLUMNS, service.anonymous(current_session(), here, sealer))
