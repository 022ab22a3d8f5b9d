"""A jury as plain facts: phases, panelists, what is assigned, sheets."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.contests.models import Round
from contest.core import ids
from contest.entries.models import Entry
from contest.judging.models import Assignment, JudgingPhase, Panelist, ScoreSheet, SheetState

DAY = timedelta(days=1)
_numbers = itertools.count(1)


def make_phase(session: Session, round_: Round, **facts: Any) -> JudgingPhase:
    """Add a blind phase of a week that opens when the round closes."""
    opens_at = facts.pop("opens_at", round_.closes_at)
    phase = JudgingPhase(
        code=ids.new_code(),
        round_id=round_.id,
        opens_at=opens_at,
        closes_at=facts.pop("closes_at", opens_at + 7 * DAY),
        **{
            "position": next(_numbers),
            "name": "Chấm chung khảo",
            "name_en": "Final judging",
            "may_score": True,
            "sees_others": "never",
            "sees_names": False,
            "sees_all": False,
            "counts": True,
            **facts,
        },
    )
    session.add(phase)
    session.flush()
    return phase


def make_panelist(session: Session, round_: Round, account: Account, **facts: Any) -> Panelist:
    panelist = Panelist(
        code=ids.new_code(),
        round_id=round_.id,
        account_id=account.id,
        joined_at=round_.opens_at,
        **{
            "number": next(_numbers),
            "is_head": False,
            "is_scoring": True,
            "most": None,
            "divisions": [],
            "languages": [],
            **facts,
        },
    )
    session.add(panelist)
    session.flush()
    return panelist


def make_assignment(
    session: Session, panelist: Panelist, entry: Entry, place: int = 1, **facts: Any
) -> Assignment:
    row = Assignment(
        panelist_id=panelist.id,
        entry_id=entry.id,
        place=place,
        **{
            "reason": "balance",
            "is_anchor": False,
            "made_at": panelist.joined_at,
            **facts,
        },
    )
    session.add(row)
    session.flush()
    return row


def make_sheet(
    session: Session,
    panelist: Panelist,
    entry: Entry,
    phase: JudgingPhase,
    scores: Mapping[str, str],
    *,
    version: int = 1,
    state: SheetState = SheetState.SUBMITTED,
    at: datetime | None = None,
    **facts: Any,
) -> ScoreSheet:
    """Add a sheet, handed in an hour after the phase opened unless told otherwise."""
    at = at or phase.opens_at + timedelta(hours=1)
    sheet = ScoreSheet(
        panelist_id=panelist.id,
        entry_id=entry.id,
        phase_id=phase.id,
        version=version,
        entry_version=entry.version,
        state=state,
        scores=dict(scores),
        begun_at=at,
        saved_at=at,
        submitted_at=None if state is SheetState.DRAFT else at,
        **{"comment": "", "note": "", **facts},
    )
    session.add(sheet)
    session.flush()
    return sheet
