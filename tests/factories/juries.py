"""A small judged round: three judges who scored every entry, a head of the jury, an organizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from factories.contests import make_contest, make_division, make_registration
from factories.entries import make_entries_round, make_entry
from factories.judging import make_panelist, make_phase, make_sheet
from factories.people import make_account, make_grant, make_unit
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.accounts.queries import scopes
from contest.contests import queries as contests
from contest.contests.models import Contest, Division, Registration, Round
from contest.core.visitor import Visitor
from contest.entries.models import Entry
from contest.judging import result_queries
from contest.judging.models import JudgingPhase, Panelist
from contest.judging.result_queries import Chair

PRIZES = [
    {"name": "Giải Nhất", "name_en": "First prize", "count": 1, "value": ""},
    {"name": "Giải Nhì", "name_en": "Second prize", "count": 1, "value": ""},
]
# What three judges give five entries: content and form; the third gives two points less.
SCORES = {
    "a": (("9", "9"), ("9", "8"), ("7", "7")),
    "b": (("8", "8"), ("8", "8"), ("6", "6")),
    "c": (("7", "6"), ("7", "7"), ("5", "5")),
    "d": (("6", "6"), ("5", "6"), ("4", "4")),
    "e": (("4", "5"), ("4", "4"), ("2", "3")),
}


@dataclass
class Jury:
    """`entries` and `people` by short names; the head of the jury judges nothing."""

    session: Session
    unit: Unit
    contest: Contest
    round: Round
    divisions: dict[str, Division]
    phase: JudgingPhase
    judges: list[Panelist]
    head: Account
    organizer: Account
    entries: dict[str, Entry] = field(default_factory=dict)
    people: dict[str, Registration] = field(default_factory=dict)

    @property
    def after(self) -> datetime:
        """A moment after all judging."""
        return self.phase.closes_at + timedelta(hours=1)

    @property
    def contest_read(self) -> Contest:
        """The contest as its readers get it: rounds and divisions loaded."""
        return contests.contest(self.session, self.contest.code)

    def visitor(self, account: Account) -> Visitor:
        return Visitor(account.id, 1, "code", account.name, scopes(self.session, account.id))

    def chair(self, account: Account | None = None) -> Chair:
        """The round as its chair, the organizer unless told otherwise, sees it afterwards."""
        return result_queries.chair(
            self.session,
            self.contest.code,
            self.round.code,
            by=self.visitor(account or self.organizer),
            now=self.after,
        )

    def enter(
        self,
        name: str,
        scores: Sequence[tuple[str, str]] = (),
        *,
        division: str = "hoc-sinh",
        person: str | None = None,
        **facts: Any,
    ) -> Entry:
        """Add an entry with a sheet of each of the first judges."""
        owner = person or name
        if owner not in self.people:
            account = make_account(self.session, self.unit, f"Lò Thị {owner.upper()}")
            self.people[owner] = make_registration(
                self.session, self.contest, self.divisions[division], account
            )
        entry = make_entry(
            self.session,
            self.round,
            self.people[owner],
            title=f"Bài {name}",
            **facts,
        )
        entry.blind_code = f"bai-{name}"
        self.entries[name] = entry
        for judge, (content, form) in zip(self.judges, scores, strict=False):
            self.score(judge, name, {"content": content, "form": form})
        return entry

    def score(self, judge: Panelist, name: str, scores: Mapping[str, str], **facts: Any) -> None:
        facts = {"comment": f"Lời khen {name}", **facts}
        make_sheet(self.session, judge, self.entries[name], self.phase, scores, **facts)


def make_jury(
    session: Session,
    *,
    scores: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    combine: str = "sum",
    rules: Any = None,
    judges: int = 3,
    code: str = "hoi-thi",
    **facts: Any,
) -> Jury:
    """Add the round and its jury, with SCORES unless told otherwise."""
    unit = make_unit(session, name="Xã Bản Hồ")
    contest = make_contest(session, code, unit, combine=combine)
    divisions = {
        code: make_division(session, contest, code, prizes=PRIZES)
        for code in ("hoc-sinh", "nguoi-dan")
    }
    round_ = make_entries_round(session, contest, "video", rules, **facts)
    phase = make_phase(session, round_)
    seats = []
    for number in range(1, judges + 1):
        account = make_account(session, unit, f"Giám Khảo {number}")
        seats.append(make_panelist(session, round_, account, number=number))
        seats[-1].code = f"gk{number}"
    head = make_account(session, unit, "Trưởng Ban")
    make_panelist(session, round_, head, number=judges + 1, is_head=True, is_scoring=False)
    organizer = make_account(session, unit, "Ban Tổ Chức")
    make_grant(session, organizer, "organizer", unit)
    jury = Jury(session, unit, contest, round_, divisions, phase, seats, head, organizer)
    for name, given in (SCORES if scores is None else scores).items():
        jury.enter(name, given)
    session.flush()
    session.expire_all()
    return jury
