"""Contests, rounds, divisions, registrations and a pool of questions, as plain facts."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from factories.people import make_audience, make_unit
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.audiences.models import Audience
from contest.contests.models import Contest, Division, Registration, Round
from contest.core import ids
from question_bank.models import Question, QuestionState, QuestionVersion, Topic

_numbers = itertools.count(1)
OPENING = datetime(2026, 11, 16, 9, tzinfo=UTC)  # Monday, 16:00 local
WEEK = timedelta(days=7)
PLAN = [{"topic": "devices", "difficulty": None, "count": 5, "audiences": []}]


def make_contest(
    session: Session, code: str | None = None, unit: Unit | None = None, **facts: Any
) -> Contest:
    """Add a published contest without rounds or divisions."""
    unit = unit or make_unit(session, name="Tỉnh Lào Cai", kind="province")
    contest = Contest(
        code=code or f"cuoc-thi-{next(_numbers)}",
        unit_id=unit.id,
        **{
            "title": "Bình dân học vụ số",
            "title_en": "Digital literacy for all",
            "about": "Thi để biết và dùng được.",
            "about_en": "Learn by playing.",
            "contact": "Ban tổ chức, 0214 000 000",
            "state": "published",
            "tries_total": None,
            "name_mask": "initials",
            "combine": "sum",
            "loaded_at": OPENING - WEEK,
            **facts,
        },
    )
    session.add(contest)
    session.flush()
    return contest


def make_round(session: Session, contest: Contest, code: str | None = None, **facts: Any) -> Round:
    """Add a round of a week that opens at `OPENING`."""
    number = next(_numbers)
    opens_at = facts.pop("opens_at", OPENING)
    made = Round(
        contest_id=contest.id,
        code=code or f"tuan-{number}",
        opens_at=opens_at,
        closes_at=facts.pop("closes_at", opens_at + WEEK),
        **{
            "name": f"Tuần {number}",
            "name_en": f"Week {number}",
            "time_limit_s": 900,
            "deadline_rule": "earlier",
            "is_practice": False,
            "counting": "best",
            "is_one_way": False,
            "shuffles_questions": True,
            "shuffles_options": True,
            "shows": "score",
            "explains": True,
            "requires_all": False,
            "plan": PLAN,
            "bound": Decimal("0.10"),
            "points": Decimal(1),
            "partial": "all_or_nothing",
            "wrong": Decimal(0),
            "ties": ["score", "duration", "handed_in_at"],
            "draw_seed": ids.new_seed(),
            "freeze_s": 0,
            **facts,
        },
    )
    session.add(made)
    session.flush()
    return made


def make_division(
    session: Session,
    contest: Contest,
    code: str | None = None,
    audience: Audience | None = None,
    **facts: Any,
) -> Division:
    """Add a division, for everybody unless told otherwise."""
    number = next(_numbers)
    if audience is None:
        audience = session.scalar(select(Audience).where(Audience.code == "everybody"))
    if audience is None:
        audience = make_audience(session)
    division = Division(
        contest_id=contest.id,
        code=code or f"bang-{number}",
        audience_id=audience.id,
        **{
            "name": f"Bảng {number}",
            "name_en": f"Division {number}",
            "position": number,
            "is_easy": False,
            "time_limit_s": None,
            "prizes": [],
            **facts,
        },
    )
    session.add(division)
    session.flush()
    return division


def make_registration(
    session: Session, contest: Contest, division: Division, account: Account, **facts: Any
) -> Registration:
    registration = Registration(
        code=ids.new_code(),
        contest_id=contest.id,
        division_id=division.id,
        account_id=account.id,
        unit_id=facts.pop("unit_id", account.unit_id),
        registered_at=facts.pop("registered_at", OPENING),
        **facts,
    )
    session.add(registration)
    session.flush()
    return registration


def make_topic(session: Session, code: str = "devices") -> Topic:
    topic = Topic(code=code, name=f"Chủ đề {code}", name_en=code, position=next(_numbers))
    session.add(topic)
    session.flush()
    return topic


def make_pool(
    session: Session,
    topic: Topic,
    count: int,
    *,
    difficulty: int = 1,
    audiences: tuple[str, ...] = ("everybody",),
    valid_until: date | None = None,
) -> None:
    """Add `count` published true-or-false questions."""
    for _ in range(count):
        number = next(_numbers)
        question = Question(code=f"q{number}", state=QuestionState.PUBLISHED, version_no=1)
        session.add(question)
        session.flush()
        session.add(
            QuestionVersion(
                question_id=question.id,
                no=1,
                type="true_false",
                topic_id=topic.id,
                difficulty=difficulty,
                audiences=list(audiences),
                text=f"Câu {number}?",
                options=[],
                rights=[],
                key={"right": True},
                explanation="",
                source="",
                valid_until=valid_until,
                parallel={},
                digest=f"{number:064d}",
                created_at=OPENING,
            )
        )
    session.flush()
