"""A round of entries with a jury as the organizer meets them: units, people, works, judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from factories.contests import make_contest, make_division, make_registration
from factories.entries import entry_rules, make_entries_round, make_entry
from factories.judging import make_panelist
from factories.people import make_account, make_grant, make_unit
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Role, Unit
from contest.contests.models import Contest, Division, Round
from contest.core.visitor import Scope, Visitor
from contest.entries.models import Entry
from contest.judging.models import Panelist

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Jury:
    """Entrants sit in schools of their own, judges in offices of their own: nobody is together."""

    session: Session
    contest: Contest
    division: Division
    round: Round
    province: Unit
    organizer: Account
    works: list[Entry] = field(default_factory=list)
    judges: list[Panelist] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)  # of the judges

    @property
    def by(self) -> Visitor:
        scope = Scope(Role.ORGANIZER, self.province.path)
        return Visitor(self.organizer.id, 1, "code", "Ban Tổ chức", (scope,))

    @property
    def where(self) -> tuple[Session, str, str]:
        return self.session, self.contest.code, self.round.code

    @property
    def closed(self) -> datetime:
        """A moment at which every entry is in."""
        return self.round.closes_at + 2 * HOUR

    def add_works(self, count: int, unit: Unit | None = None, **facts: Any) -> list[Entry]:
        made, state = [], facts.pop("state", None)
        for _ in range(count):
            number = len(self.works) + 1
            here = unit or make_unit(
                self.session, name=f"Trường {number}", kind="school", parent=self.province
            )
            account = make_account(self.session, here, f"Học sinh {number}")
            registration = make_registration(self.session, self.contest, self.division, account)
            made.append(make_entry(self.session, self.round, registration, **facts))
            made[-1].state = state or made[-1].state
            self.works.append(made[-1])
        self.session.flush()
        return made

    def add_account(self, name: str, unit: Unit | None = None) -> Account:
        here = unit or make_unit(
            self.session, name=f"Cơ quan của {name}", kind="agency", parent=self.province
        )
        return make_account(self.session, here, name)

    def add_judges(self, count: int, unit: Unit | None = None, **facts: Any) -> list[Panelist]:
        made = []
        for _ in range(count):
            number = len(self.judges) + 1
            account = self.add_account(f"Giám khảo {'ABCDEFGHIJKLMNOP'[number - 1]}", unit)
            made.append(
                make_panelist(self.session, self.round, account, **{"number": number, **facts})
            )
            self.judges.append(made[-1])
            self.accounts.append(account)
        return made


def make_jury(session: Session, *, works: int = 0, judges: int = 0, **rules: Any) -> Jury:
    """Make a province's contest with one round of entries, closed a week after OPENING."""
    province = make_unit(session, name="Tỉnh Lào Cai", kind="province")
    contest = make_contest(session, "hoi-thi", province)
    division = make_division(session, contest, "d1", name="Học sinh", name_en="Pupils")
    round_ = make_entries_round(session, contest, "r1", entry_rules(**rules), name="Vòng video")
    organizer = make_account(session, province, "Ban Tổ chức")
    make_grant(session, organizer, Role.ORGANIZER, province)
    made = Jury(session, contest, division, round_, province, organizer)
    made.add_works(works)
    made.add_judges(judges)
    session.flush()
    return made
