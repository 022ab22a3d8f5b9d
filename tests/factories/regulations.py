"""A contest whose every setting says something, for the rules written from it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from factories.contests import OPENING, WEEK, make_contest, make_division, make_round, make_topic
from sqlalchemy.orm import Session

from contest.contests.models import Contest
from contest.rules.identity import AskedWhen, IdentityField, IdentityKey, IdentityRules

CODE = "an-toan"
PLAN = [
    {"topic": "devices", "difficulty": 1, "count": 6, "audiences": []},
    {"topic": None, "difficulty": None, "count": 4, "audiences": ["everybody"]},
]
IDENTITY = IdentityRules(
    AskedWhen.BEFORE,
    (
        IdentityField(IdentityKey.NATIONAL_ID, is_unique=True),
        IdentityField(IdentityKey.PHONE, may_be_relatives=True),
        IdentityField(IdentityKey.CLASS, is_required=False),
    ),
    keep_days=90,
).as_json()
PRIZES = [
    {"name": "giải Nhất", "name_en": "first prize", "count": 1, "value": "1.000.000 đồng"},
    {"name": "giải Ba", "name_en": "third prize", "count": 3, "value": "giấy khen"},
]


def make_full(
    session: Session, code: str = CODE, *, has_topic: bool = False, **facts: Any
) -> Contest:
    """Add one division, one counting round with everything set, and one of practice.

    Facts of the contest are given by name, of its round as `round_name`, of its division as
    `division_name`.
    """
    of = {"round": {}, "division": {}, "contest": {}}
    for key, value in facts.items():
        first, _, rest = key.partition("_")
        if first in {"round", "division"}:
            of[first][rest] = value
        else:
            of["contest"][key] = value
    contest = make_contest(
        session,
        code,
        **{"title": "Tìm hiểu an toàn trên mạng", "identity": IDENTITY} | of["contest"],
    )
    if not has_topic:
        make_topic(session, "devices")
    make_division(
        session, contest, "d1", **{"name": "Mọi người dân", "prizes": PRIZES} | of["division"]
    )
    usual = {
        "name": "Tuần 1",
        "name_en": "Week 1",
        "plan": PLAN,
        "tries_day": 3,
        "points": Decimal(2),
        "wrong": Decimal("0.5"),
        "guess_text": "Sẽ có bao nhiêu người tham gia?",
        "guess_text_en": "How many will take part?",
        "guess_target": "participants",
        "ties": ["score", "guess_distance", "duration", "handed_in_at", "draw"],
        "freeze_s": 7200,
        "draw_seed": 2026,
    }
    make_round(session, contest, "tuan-1", **usual | of["round"])
    make_round(
        *(session, contest, "thi-thu"),
        name="Thi thử",
        is_practice=True,
        plan=PLAN,
        opens_at=OPENING - WEEK,
        closes_at=OPENING - timedelta(days=1),
    )
    session.commit()
    return contest
