"""What the organizer's pages of judging share: the round they are about, the days people type."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from contest.accounts.models import Role
from contest.contests import queries as contests
from contest.contests.models import Contest, Round
from contest.contests.specs import RoundKind
from contest.core import clock
from contest.errors import NotFound
from contest.judging import result_queries
from contest.rules.entry_rules import EntryRules
from contest.web import access
from contest.web.application import current_session

ORGANIZERS = (Role.ORGANIZER, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Here:
    """The round a page is about, within the organizer's part of the tree."""

    contest: Contest
    round: Round

    @property
    def address(self) -> dict[str, str]:
        return {"contest_code": self.contest.code, "round_code": self.round.code}

    @property
    def rules(self) -> EntryRules:
        return EntryRules.from_json(self.round.entries)

    @property
    def may_deliberate(self) -> bool:
        """Say whether the jury's result is open to the visitor, who may score here as well."""
        here = access.visitor()
        if not here.may(Role.JUDGE):
            return True
        found = result_queries.why_not(current_session(), self.round, by=here.id, now=clock.now())
        return found is None

    def to(self, endpoint: str, **values: Any) -> str:
        """Give the address of a page about this round."""
        names = {**self.address, **values}
        return url_for(f"judging_{endpoint}", **names)

    def back(self, endpoint: str, **values: Any) -> ResponseReturnValue:
        """Lead to another page after an act."""
        return redirect(self.to(endpoint, **values), 303)


def own_contest(contest_code: str) -> Contest:
    """Return a contest of one's own part, NotFound for others."""
    paths = access.visitor().paths(*ORGANIZERS)
    return contests.owned_one(current_session(), contest_code, paths)


def own_round(contest_code: str, round_code: str) -> Here:
    """Return a round of entries of one's own part, NotFound for others."""
    contest = own_contest(contest_code)
    for each in contest.rounds:
        if each.code == round_code and each.kind == RoundKind.ENTRIES:
            return Here(contest, each)
    raise NotFound(contests.NO_ROUND)


def zone() -> ZoneInfo:
    """Return the zone in which people type and read times."""
    found: ZoneInfo = current_app.extensions["settings"].timezone
    return found


def local(moment: datetime) -> datetime:
    return moment.astimezone(zone())
