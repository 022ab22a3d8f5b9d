"""A contest ready to be sat, people entered in it, and tries as facts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, SignIn, Unit
from contest.attempts import service
from contest.attempts.models import EPOCH, Answer, Attempt, HandedInBy
from contest.attempts.service import GiveAnswer
from contest.audiences.models import Audience
from contest.contests.models import Contest, Division, Registration, Round
from contest.core import ids
from question_bank import service as bank
from question_bank.formats.reading import DraftQuestion, Reading
from question_bank.models import Question, QuestionVersion
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
OPENING = datetime(2026, 11, 23, 1, tzinfo=UTC)  # Monday, 8:00 in Hà Nội
CLOSING = OPENING + 14 * DAY
PHONE = "p" * 64
TABLET = "t" * 64
LAPTOP = "l" * 64

_numbers = itertools.count(1)


def make_attempt(
    session: Session,
    registration: Registration,
    round_: Round,
    *,
    started_at: datetime | None = None,
    duration_ms: int = 300_000,
    points: Decimal | int | str = 10,
    guess: int | None = None,
    is_void: bool = False,
    is_all_right: bool = False,
    is_open: bool = False,
) -> Attempt:
    """Add a try without a paper; it is handed in `duration_ms` after its start unless `is_open`."""
    started_at = started_at or round_.opens_at + timedelta(hours=1)
    no = next(_numbers)
    attempt = Attempt(
        code=ids.new_code(),
        account_id=registration.account_id,
        registration_id=registration.id,
        contest_id=registration.contest_id,
        round_id=round_.id,
        division_id=registration.division_id,
        contest_no=None if round_.is_practice else no,
        round_no=no,
        day=started_at.date(),
        day_no=no,
        week=started_at.date(),
        week_no=no,
        started_at=started_at,
        deadline=started_at + timedelta(minutes=15),
        paper=[],
        seed=no,
        holder=PHONE,
    )
    if not is_open:
        attempt.handed_in_at = started_at + timedelta(milliseconds=duration_ms)
        attempt.handed_in_by = HandedInBy.PERSON
        attempt.points = Decimal(points)
        attempt.out_of = Decimal(20)
        attempt.is_void = is_void
        attempt.is_all_right = is_all_right
        attempt.right_count = 0
        attempt.duration_ms = duration_ms
        attempt.guess = guess
        attempt.marks = []
    session.add(attempt)
    session.flush()
    return attempt


# A whole stage: topics, questions, a contest of one round and one division, people entered in it


def draft(
    code: str, kind: QuestionType, options: Sequence[str] = (), **facts: Any
) -> DraftQuestion:
    return DraftQuestion(
        **{
            "code": code,
            "type": kind,
            "topic": "devices",
            "difficulty": 1,
            "audiences": ("everybody",),
            "text": f"Câu {code}?",
            "options": tuple(options),
            "rights": (),
            "explanation": "Vì thế.",
            "source": "Sổ tay",
            **facts,
        }
    )


ONE = draft("q-one", QuestionType.ONE, "ABCD", key=OneKey(2, 4))
SEVERAL = draft("q-several", QuestionType.SEVERAL, "ABCD", key=SeveralKey(frozenset({0, 2}), 4))
TRUE_FALSE = draft("q-true-false", QuestionType.TRUE_FALSE, key=TrueFalseKey(right=True))
ORDERING = draft("q-ordering", QuestionType.ORDERING, "ABCD", key=OrderingKey(4))
MATCHING = draft(
    "q-matching", QuestionType.MATCHING, "ABC", rights=tuple("abcd"), key=MatchingKey((0, 1, 2), 4)
)
NUMBER = draft("q-number", QuestionType.NUMBER, key=NumberKey(Decimal("12.5"), Decimal("0.5")))
EVERY_KIND = (ONE, SEVERAL, TRUE_FALSE, ORDERING, MATCHING, NUMBER)


def many(count: int) -> tuple[DraftQuestion, ...]:
    """`count` questions of one right option (the third of four)."""
    return tuple(replace(ONE, code=f"q-{number:02}") for number in range(1, count + 1))


def import_drafts(session: Session, drafts: Sequence[DraftQuestion], now: datetime) -> None:
    report = bank.import_questions(session, Reading(tuple(drafts), ()), {}, by=None, now=now)
    assert report.problems == ()


@dataclass(frozen=True, slots=True)
class Stage:
    """Codes and ids only, so that any thread and session may use them."""

    contest: str
    round: str
    contest_id: int
    round_id: int
    division_id: int
    unit_id: int
    people: tuple[int, ...]  # account ids

    @property
    def person(self) -> int:
        return self.people[0]


def make_stage(
    session: Session,
    *,
    drafts: Sequence[DraftQuestion] = EVERY_KIND,
    people: int = 1,
    tries_total: int | None = None,
    division: Mapping[str, Any] | None = None,
    **round_facts: Any,
) -> Stage:
    """Add everything a person needs to start the round "r1" of the contest "hoi-thi"."""
    bank.load_topics(session, [{"code": "devices", "name": "Thiết bị", "name_en": "Devices"}])
    import_drafts(session, drafts, OPENING)
    unit = Unit(
        code="tinh",
        name="Tỉnh",
        name_folded="tinh",
        name_key="tinh",
        kind="province",
        path="/1/",
    )
    audience = Audience(
        code="all",
        name="Mọi người",
        name_en="Everybody",
        description="",
        description_en="",
        position=1,
        rules={},
    )
    session.add_all([unit, audience])
    session.flush()
    contest = Contest(
        code="hoi-thi",
        unit_id=unit.id,
        title="Hội thi",
        title_en="Contest",
        about="",
        about_en="",
        contact="",
        state="published",
        tries_total=tries_total,
        name_mask="initials",
        combine="sum",
        loaded_at=OPENING,
    )
    session.add(contest)
    session.flush()
    entered = Division(
        **{
            "contest_id": contest.id,
            "code": "d1",
            "name": "Bảng A",
            "name_en": "Division A",
            "audience_id": audience.id,
            "position": 1,
            "is_easy": False,
            "prizes": [],
            **(division or {}),
        }
    )
    session.add(entered)
    session.flush()
    round_ = add_round(session, contest.id, "r1", count=len(drafts), **round_facts)
    stage = Stage(contest.code, round_.code, contest.id, round_.id, entered.id, unit.id, people=())
    return replace(stage, people=tuple(enter(session, stage) for _ in range(people)))


def add_round(session: Session, contest_id: int, code: str, *, count: int, **facts: Any) -> Round:
    """Add a round of `count` questions, open from OPENING to CLOSING, 15 minutes a try."""
    plan = [{"topic": "devices", "difficulty": 1, "count": count, "audiences": []}]
    round_ = Round(
        **{
            "contest_id": contest_id,
            "code": code,
            "name": f"Đợt {code}",
            "name_en": f"Round {code}",
            "opens_at": OPENING,
            "closes_at": CLOSING,
            "time_limit_s": 900,
            "deadline_rule": "earlier",
            "is_practice": False,
            "counting": "best",
            "is_one_way": False,
            "shuffles_questions": False,
            "shuffles_options": True,
            "shows": "marks",
            "explains": True,
            "requires_all": False,
            "plan": plan,
            "bound": Decimal(1),
            "points": Decimal(1),
            "partial": "all_or_nothing",
            "wrong": Decimal(0),
            "ties": ["score", "duration", "handed_in_at"],
            "draw_seed": 2026,
            "freeze_s": 0,
            **facts,
        }
    )
    session.add(round_)
    session.flush()
    return round_


def add_person(session: Session, stage: Stage) -> int:
    """Add somebody who is not registered; return the account's id."""
    code = ids.new_code()
    account = Account(
        code=code,
        login=code,
        password_hash="-",
        name="Giàng A Dế",
        name_folded="giang a de",
        name_key="giang a de",
        unit_id=stage.unit_id,
        audiences=[],
        birth_date=date(1990, 1, 1),
        registered_at=OPENING,
    )
    session.add(account)
    session.flush()
    return account.id


def enter(session: Session, stage: Stage) -> int:
    """Add somebody registered in the stage's division; return the account's id."""
    account_id = add_person(session, stage)
    session.add(
        Registration(
            code=ids.new_code(),
            contest_id=stage.contest_id,
            account_id=account_id,
            division_id=stage.division_id,
            unit_id=stage.unit_id,
            registered_at=OPENING,
        )
    )
    session.flush()
    return account_id


def sign_in(session: Session, account_id: int) -> str:
    """Add a running sign-in; return the code its cookie carries."""
    opened = SignIn(
        code=ids.new_code(32), account_id=account_id, epoch=1, device=PHONE, opened_at=OPENING
    )
    session.add(opened)
    session.flush()
    return opened.code


# Sitting, in few words


def begin(session: Session, stage: Stage, now: datetime = OPENING, **facts: Any) -> Attempt:
    return service.start(
        session,
        stage.contest,
        facts.pop("round", stage.round),
        **{
            "by": stage.person,
            "device": PHONE,
            "seed": 7,
            "now": now,
            "zone": HANOI,
            **facts,
        },
    )


def save(
    session: Session, attempt: Attempt, *given: GiveAnswer, now: datetime, **facts: Any
) -> service.Saved:
    return service.answer(
        session,
        attempt.code,
        given,
        **{"by": attempt.account_id, "device": attempt.holder, "now": now, **facts},
    )


def seq(number: int, epoch: int = 1) -> int:
    """The `number`-th choice of the `epoch`-th device."""
    return epoch * EPOCH + number


def stored(session: Session, attempt_id: int) -> dict[int, tuple[Any, int]]:
    """What is saved: (value, seq) by question."""
    found = select(Answer.no, Answer.value, Answer.seq).where(Answer.attempt_id == attempt_id)
    return {row.no: (row.value, row.seq) for row in session.execute(found)}


def numbers(session: Session, attempt: Attempt) -> dict[str, int]:
    """The paper's question numbers by the questions' codes."""
    found = (
        select(QuestionVersion.id, Question.code)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(QuestionVersion.id.in_([row["v"] for row in attempt.paper]))
    )
    codes = {row.id: row.code for row in session.execute(found)}
    return {codes[row["v"]]: no for no, row in enumerate(attempt.paper, start=1)}


def on_screen(row: Mapping[str, Any], kind: QuestionType, authored: Any) -> Any:
    """Where a paper shows an authored answer, from the orders its row keeps."""
    order, rights = row["o"], row["r"]
    if kind is QuestionType.ONE:
        return order.index(authored)
    if kind is QuestionType.SEVERAL:
        return sorted(order.index(one) for one in authored)
    if kind is QuestionType.ORDERING:
        return [order.index(one) for one in authored]
    if kind is QuestionType.MATCHING:
        return [None if authored[left] is None else rights.index(authored[left]) for left in order]
    return authored


def answer_all(
    session: Session, attempt: Attempt, authored: Mapping[str, Any], *, now: datetime
) -> None:
    """Save authored answers by question code, where this paper shows them."""
    kinds = {one.code: one.type for one in EVERY_KIND}
    number_of = numbers(session, attempt)
    given = [
        GiveAnswer(
            number_of[code],
            on_screen(attempt.paper[number_of[code] - 1], kinds.get(code, QuestionType.ONE), value),
        )
        for code, value in authored.items()
    ]
    save(session, attempt, *given, now=now)
