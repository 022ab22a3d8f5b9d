"""A small province with a contest of two rounds, and people who sit them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from factories.attempts import make_attempt
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.attempts.models import Attempt
from contest.audiences.models import Audience
from contest.contests.models import Contest, Division, Registration, Round
from contest.core import ids
from contest.standings import queries, service
from contest.standings.models import Board, OfficialRow, Standing, UnitStanding

OPENS = datetime(2026, 10, 5, 1, tzinfo=UTC)  # 8:00 in Hà Nội
CLOSES = OPENS + timedelta(days=7)
AFTER = CLOSES + timedelta(minutes=30)
TIES = ["score", "guess_distance", "duration", "handed_in_at"]
NAMES = ("Giàng A Dế", "Lù Thị Mai", "Nguyễn Văn An", "Phàn Tả Mẩy", "Vàng Seo Sử", "Đỗ Thị Ơn")


@dataclass
class World:
    """What a test says about people, tries and boards, in few words."""

    session: Session
    contest: Contest
    units: dict[str, Unit]
    divisions: dict[str, Division]
    rounds: dict[str, Round]
    people: dict[str, Registration] = field(default_factory=dict)

    def enter(self, name: str, *, division: str = "d1", unit: str = "x1") -> Registration:
        account = Account(
            code=ids.new_code(),
            login=name.lower(),
            password_hash="-",
            name=NAMES[len(self.people) % len(NAMES)],
            name_folded=name,
            name_key=name,
            unit_id=self.units[unit].id,
            audiences=[],
            registered_at=OPENS,
        )
        self.session.add(account)
        self.session.flush()
        registration = Registration(
            code=f"reg-{name}",
            contest_id=self.contest.id,
            account_id=account.id,
            division_id=self.divisions[division].id,
            unit_id=self.units[unit].id,
            registered_at=OPENS + timedelta(minutes=len(self.people)),
        )
        self.session.add(registration)
        self.session.flush()
        self.people[name] = registration
        return registration

    def add_round(self, code: str, **facts: Any) -> Round:
        values: dict[str, Any] = {
            "opens_at": OPENS,
            "closes_at": CLOSES,
            "time_limit_s": 900,
            "deadline_rule": "earlier",
            "is_practice": False,
            "counting": "best",
            "is_one_way": False,
            "shuffles_questions": False,
            "shuffles_options": False,
            "shows": "score",
            "explains": False,
            "requires_all": False,
            "plan": [],
            "bound": Decimal("0.05"),
            "points": Decimal(1),
            "partial": "none",
            "wrong": Decimal(0),
            "ties": TIES,
            "draw_seed": 2026,
            "freeze_s": 0,
            "name": f"Đợt {code}",
            "name_en": f"Round {code}",
            "guess_target": "participants",
            **facts,
        }
        round_ = Round(contest_id=self.contest.id, code=code, **values)
        self.session.add(round_)
        self.session.flush()
        self.rounds[code] = round_
        return round_

    def sit(self, name: str, round_: str = "r1", **facts: Any) -> Attempt:
        if name not in self.people:
            self.enter(name)
        return make_attempt(self.session, self.people[name], self.rounds[round_], **facts)

    def count(self, now: datetime = AFTER) -> int:
        return service.catch_up(self.session, now=now)

    def board(self, span: str = "round.r1", division: str = "d1") -> Board:
        self.session.flush()
        found = self.session.scalars(
            select(Board)
            .where(Board.code == f"hoi-thi/{span}/{division}")
            .execution_options(populate_existing=True)
        )
        return found.one()

    def name_of(self, registration_id: int) -> str:
        return next(name for name, each in self.people.items() if each.id == registration_id)

    def places(
        self, span: str = "round.r1", division: str = "d1"
    ) -> list[tuple[int, str, Decimal]]:
        """The whole board as its pages show it: place, name, points."""
        page = queries.page(self.session, self.board(span, division), 1)
        return [(row.place, self.name_of(row.registration_id), row.points) for row in page]

    def lines(self) -> list[tuple[Any, ...]]:
        """Everything provisional, in a comparable form."""
        standings = [
            tuple(
                getattr(each, column.key) for column in Standing.__table__.c if column.key != "id"
            )
            for each in self.session.scalars(
                select(Standing)
                .order_by(Standing.board_id, Standing.registration_id)
                .execution_options(populate_existing=True)
            )
        ]
        units = [
            (each.board_id, each.unit_id, each.people, each.tries, each.points)
            for each in self.session.scalars(
                select(UnitStanding)
                .where(UnitStanding.people != 0)
                .order_by(UnitStanding.board_id, UnitStanding.unit_id)
                .execution_options(populate_existing=True)
            )
        ]
        people = self.session.execute(select(Board.id, Board.people).order_by(Board.id)).all()
        return [*standings, *units, *map(tuple, people)]

    def official(
        self, span: str = "round.r1", division: str = "d1", revision: int = 1
    ) -> list[Any]:
        board = self.board(span, division)
        found = self.session.scalars(
            select(OfficialRow)
            .where(OfficialRow.board_id == board.id, OfficialRow.revision == revision)
            .order_by(OfficialRow.position)
        )
        return [
            (row.position, row.place, self.name_of(row.registration_id), row.guess_distance)
            for row in found
        ]


def make_world(session: Session, *, combine: str = "sum") -> World:
    units = {}
    for code, parent in (("tinh", None), ("x1", "tinh"), ("x2", "tinh"), ("b1", "x1")):
        above = units[parent] if parent else None
        unit = Unit(
            code=code,
            name=f"Đơn vị {code}",
            name_folded=code,
            name_key=code,
            kind="unit",
            parent_id=above.id if above else None,
            path="",
            headcount=None,
        )
        session.add(unit)
        session.flush()
        unit.path = f"{above.path if above else '/'}{unit.id}/"
        units[code] = unit
    audience = Audience(
        code="all",
        name="Mọi người",
        name_en="All",
        description="",
        description_en="",
        position=1,
        rules={},
    )
    contest = Contest(
        code="hoi-thi",
        unit_id=units["tinh"].id,
        title="Hội thi",
        title_en="Contest",
        about="",
        about_en="",
        contact="",
        state="published",
        name_mask="initials",
        combine=combine,
        loaded_at=OPENS,
    )
    session.add_all([audience, contest])
    session.flush()
    divisions = {}
    for position, code in enumerate(("d1", "d2"), start=1):
        divisions[code] = Division(
            contest_id=contest.id,
            code=code,
            name=f"Bảng {code}",
            name_en=f"Division {code}",
            audience_id=audience.id,
            position=position,
            is_easy=False,
            prizes=[],
        )
    session.add_all(divisions.values())
    session.flush()
    found = World(session, contest, units, divisions, {})
    found.add_round("r1")
    return found
