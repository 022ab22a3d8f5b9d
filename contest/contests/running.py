"""Writes to a round while it runs: held and let go, its closing moved along, every act counted.

Whoever acts on a running round holds its row first and its attempts after it, in the order of
their ids; settling takes the boards, then the row. So nobody waits for each other in a circle.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from contest.accounts import queries as people
from contest.accounts.models import Role, Unit
from contest.contests import queries, rule_changes
from contest.contests.models import Contest, Round, RuleChange
from contest.contests.specs import RoundKind
from contest.core import audit
from contest.core.visitor import Visitor
from contest.errors import NotFound
from contest.rules.lifecycle import ContestState


def lock_round(session: Session, contest_code: str, round_code: str, *, by: Visitor) -> Round:
    """Return a quiz of a published contest of the organizer's part, `.contest` loaded, locked.

    Starts go on beside the lock; settling, and other acts, wait for it. NotFound elsewhere.
    """
    found = session.scalar(
        select(Round)
        .join(Round.contest)
        .join(Unit, Unit.id == Contest.unit_id)
        .where(
            Contest.code == contest_code,
            Contest.state == ContestState.PUBLISHED,
            Round.code == round_code,
            Round.kind == RoundKind.QUIZ,
            people.inside(by.paths(Role.ORGANIZER, Role.ADMINISTRATOR)),
        )
        .options(contains_eager(Round.contest))
        .with_for_update(of=Round, key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(queries.NO_ROUND)
    return found


def note(
    session: Session, round_: Round, act: str, *, by: int | None, now: datetime, **facts: Any
) -> None:
    """Count an act on a locked round, so that open pages ask what is new, and log it."""
    round_.acts_no += 1
    audit.record(
        session,
        act,
        f"round:{round_.contest.code}/{round_.code}",
        by=by,
        now=now,
        unit_id=round_.contest.unit_id,
        contest=round_.contest.code,
        **facts,
    )
    session.flush()


def count_act(session: Session, round_id: int) -> None:
    """Count what the clock made good afterwards, so that open pages ask what is new."""
    found = session.get_one(Round, round_id, with_for_update={"key_share": True})
    found.acts_no += 1
    session.flush()


def move_closing(
    session: Session,
    round_: Round,
    closes_at: datetime,
    *,
    reason: str,
    by: int,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Close a locked round later; everybody reads it among the changes of the rules."""
    words = rule_changes.Words(zone, {})
    change = {
        "where": round_.name,
        "key": "closes_at",
        "old": words.say("closes_at", round_.closes_at),
        "new": words.say("closes_at", closes_at),
    }
    round_.closes_at = closes_at
    session.add(
        RuleChange(
            contest_id=round_.contest_id, at=now, by=by, reason=reason[:500], changes=[change]
        )
    )
    session.flush()
