"""Drafts as plain facts."""

from __future__ import annotations

import copy
from typing import Any

from factories.contests import OPENING, WEEK
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.core import ids
from contest.drafts.models import Draft

# Everything a contest needs: one division for everybody, one week, three questions on devices.
WHOLE: dict[str, Any] = {
    "code": "an-toan",
    "title": "An toàn trên mạng",
    "about": "Thi để học.",
    "contact": "Ban tổ chức, 0214 000 000",
    "divisions": [{"code": "moi-nguoi", "name": "Mọi người", "audience": "everybody"}],
    "rounds": [
        {
            "code": "tuan-1",
            "name": "Tuần 1",
            "opens_at": "2026-11-16T16:00:00",
            "closes_at": "2026-11-23T15:00:00",
            "time_limit_s": 600,
            "plan": [{"topic": "devices", "difficulty": 1, "count": 3}],
        }
    ],
}


def make_draft(session: Session, unit: Unit, account: Account, **facts: Any) -> Draft:
    """Add a whole draft of a unit; `data` replaces single parts of it."""
    data = {**copy.deepcopy(WHOLE), "unit": unit.code, **facts.pop("data", {})}
    draft = Draft(
        code=ids.new_code(),
        unit_id=unit.id,
        title=str(data.get("title", "")),
        data={key: value for key, value in data.items() if value is not None},
        updated_by=account.id,
        **{
            "kind": "scratch",
            "step": "about",
            "version": 1,
            "updated_at": OPENING - WEEK,
            **facts,
        },
    )
    session.add(draft)
    session.flush()
    return draft
